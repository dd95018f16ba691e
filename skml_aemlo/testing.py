"""The contract every sampler keeps, as checks that any package can run on its own samplers.

`check_sampler` is to samplers what scikit-learn's ``check_estimator`` is to estimators, which knows
nothing of resampling and feeds targets of one column.
"""

from __future__ import annotations

import copy
import pickle
import random
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from textwrap import shorten
from typing import Any

import numpy as np
import scipy.sparse as sp
from imblearn.base import is_sampler
from imblearn.pipeline import make_pipeline
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import get_tags

from .base import MultiLabelSampler
from .classifier import MultiLabelResampledClassifier

__all__ = ["check_sampler", "sampler_checks"]

Check = Callable[[Any], None]


def check_sampler(sampler: Any) -> None:
    """Check that a sampler keeps the contract of this library's own.

    Parameters
    ----------
    sampler : sampler object
        Configured as it is to be checked, such that it resamples 60 rows of 6 features and 5 labels
        in a moment. It is cloned.

    Raises
    ------
    AssertionError
        If a check fails; the message names each one that does, what it asks for and what came.
    TypeError
        If it is no sampler object.

    See Also
    --------
    sampler_checks : The same checks one by one, for a parametrised test.

    Notes
    -----
    A subclass of `MultiLabelSampler` that only implements ``_resample`` passes by inheritance,
    unless it draws from another stream than the one it is given, or has no ``random_state`` though
    it draws, writes into its input, gives rows of its input as new, or meets an error of numpy's
    where labels have no positives or one.

    Examples
    --------
    >>> from skml_aemlo import MLROS
    >>> from skml_aemlo.testing import check_sampler
    >>> check_sampler(MLROS(fraction=0.5))
    """
    _require_sampler(sampler)
    broken: list[tuple[Check, Exception]] = []
    with _global_stream_kept():  # unseeded samplers draw from it
        for check in _CHECKS:
            try:
                check(clone(sampler))
            except Exception as problem:
                broken.append((check, problem))
    if broken:
        name = type(sampler).__name__
        raise AssertionError(
            f"{name} fails {len(broken)} of {len(_CHECKS)} checks{_told(broken)}"
        ) from broken[0][1]


def _told(broken: list[tuple[Check, Exception]]) -> str:
    """Return what the checks ask for, and once each what came instead; first, if all are alike."""
    by_problem: dict[str, list[str]] = {}
    for check, problem in broken:
        said = shorten(f"{type(problem).__name__}: {problem}", 400)
        by_problem.setdefault(said, []).append(f"- {check.__name__}: {check.__doc__}")
    if len(by_problem) == 1 < len(broken):
        ((said, rules),) = by_problem.items()
        return "\n".join([f", all by one error; mend it first:\n  {said}", *rules])
    told = ("\n".join([*rules, f"  {said}"]) for said, rules in by_problem.items())
    return ":\n" + "\n".join(told)


def sampler_checks(sampler: Any) -> Iterator[tuple[Any, Check]]:
    """Yield a fresh copy of the sampler with each check, to be called as ``check(sampler)``.

    Parameters
    ----------
    sampler : sampler object
        As for `check_sampler`.

    Yields
    ------
    sampler : sampler object
        A clone.
    check : callable
        Takes the clone, raises where it breaks the rule that is the check's docstring.

    Examples
    --------
    In a test module: ``@pytest.mark.parametrize(("sampler", "check"), [*sampler_checks(mine)])``.

    >>> from skml_aemlo import MLROS
    >>> sampler, check = next(sampler_checks(MLROS()))
    >>> check.__name__
    'check_parameters_are_stored_and_nothing_else'
    """
    _require_sampler(sampler)
    for check in _CHECKS:
        yield clone(sampler), check


def _require_sampler(sampler: Any) -> None:
    is_object = hasattr(sampler, "fit_resample") and hasattr(sampler, "get_params")
    if not is_object or isinstance(sampler, type):
        raise TypeError(
            f"sampler={sampler!r}; expected a sampler object, with fit_resample and, of "
            "sklearn.base.BaseEstimator, get_params, such as MLROS()."
        )


def _table() -> tuple[np.ndarray, np.ndarray]:
    """Return 60 rows of 6 features, a third of the cells zero, and 5 labels, frequent to rare."""
    rng = np.random.default_rng(20)
    X = np.round(rng.normal(size=(60, 6)), 2) * (rng.random((60, 6)) < 0.7)
    Y = (rng.random((60, 5)) < [0.8, 0.5, 0.3, 0.12, 0.08]).astype(int)
    return X, Y


def _holders() -> dict[str, Callable[[np.ndarray], Any]]:
    """Return ways to hold a table, by name; frames where their library is installed."""
    holders: dict[str, Callable[[np.ndarray], Any]] = {
        "ndarray": np.array,
        "Fortran-ordered ndarray": np.asfortranarray,
        "list": np.ndarray.tolist,
        "csr_array": sp.csr_array,
        "csr_matrix": sp.csr_matrix,
        "csc_array": sp.csc_array,
        "coo_matrix": sp.coo_matrix,
        "lil_array": sp.lil_array,
    }
    if find_spec("pandas"):
        holders["pandas DataFrame"] = _pandas_frame
    if find_spec("polars"):
        holders["polars DataFrame"] = _polars_frame
    return holders


def _pandas_frame(table: np.ndarray) -> Any:
    import pandas as pd

    return pd.DataFrame(table, columns=[f"c{j}" for j in range(table.shape[1])])


def _polars_frame(table: np.ndarray) -> Any:
    import polars as pl

    return pl.DataFrame({f"c{j}": table[:, j] for j in range(table.shape[1])})


def _dense(held: Any) -> np.ndarray:
    if sp.issparse(held):
        return held.toarray()
    return held.to_numpy() if hasattr(held, "to_numpy") else np.asarray(held)


def _seeded(sampler: Any) -> Any:
    own = clone(sampler)
    return own.set_params(random_state=0) if "random_state" in own.get_params() else own


def _run(sampler: Any, X: Any, Y: Any) -> tuple[Any, Any]:
    """Resample; that there was nothing to do is no fault."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return sampler.fit_resample(X, Y)


def _assert_same(found: Any, expected: Any, what: str) -> None:
    np.testing.assert_allclose(
        _dense(found).astype(float), _dense(expected).astype(float), atol=1e-9, err_msg=what
    )


def _assert_same_kind(found: Any, given: Any, what: str) -> None:
    """Assert that a result is held like what was given: type, dtypes and column names."""
    assert type(found) is type(given), f"{what} came back as {type(found).__name__}"
    for trait in ("dtype", "dtypes", "columns"):
        if hasattr(given, trait):
            same = np.array_equal(
                np.atleast_1d(getattr(found, trait)), np.atleast_1d(getattr(given, trait))
            )
            assert same, f"{what} came back with other {trait}"


def check_parameters_are_stored_and_nothing_else(sampler: Any) -> None:
    """Store parameters as they come, and no more: clone and set_params give an equal sampler."""
    assert vars(sampler).keys() == sampler.get_params(deep=False).keys(), "more attributes are set"
    twin = clone(sampler)
    assert repr(twin.set_params(**sampler.get_params(deep=False))) == repr(sampler)


def check_it_is_a_sampler_of_several_labels(sampler: Any) -> None:
    """Be a sampler to imbalanced-learn, and one of several labels by its tags."""
    assert is_sampler(sampler), "imblearn.base.is_sampler says no: inherit from MultiLabelSampler"
    assert get_tags(sampler).target_tags.multi_output, "its tags say one target only"


def check_fitting_changes_no_parameter(sampler: Any) -> None:
    """Leave every parameter what it was before a call."""
    before = repr(sampler)
    _run(sampler, *_table())
    assert repr(sampler) == before, f"was {before}, is {sampler!r}"


def check_containers_come_back(sampler: Any) -> None:
    """Return X and Y in the containers, and with the dtypes and names, that they came in."""
    X, Y = _table()
    for name, hold in _holders().items():
        for held_X, held_Y in ((hold(X), Y), (X, hold(Y)), (hold(X.astype(np.float32)), hold(Y))):
            X_res, Y_res = _run(clone(sampler), held_X, held_Y)
            _assert_same_kind(X_res, held_X, f"X given as {name}")
            _assert_same_kind(Y_res, held_Y, f"Y given as {name}")


def check_containers_change_no_row(sampler: Any) -> None:
    """Give the same rows for the same seed, whatever holds X and Y."""
    X, Y = _table()
    X_plain, Y_plain = _run(_seeded(sampler), X, Y)
    for name, hold in _holders().items():
        X_res, Y_res = _run(_seeded(sampler), hold(X), hold(Y))
        _assert_same(X_res, X_plain, f"X given as {name}")
        _assert_same(Y_res, Y_plain, f"Y given as {name}")


def check_what_is_given_stays_as_it_is(sampler: Any) -> None:
    """Neither write into X and Y nor hand them back."""
    for hold in (np.array, sp.csr_array, sp.coo_matrix):
        given = [hold(table) for table in _table()]
        before = copy.deepcopy(given)
        for held, was, result in zip(given, before, _run(sampler, *given), strict=True):
            np.testing.assert_array_equal(_dense(held), _dense(was), "it was written into")
            assert not np.shares_memory(_stored(held), _stored(result)), "it is handed back"


def _stored(held: Any) -> np.ndarray:
    return held.data if sp.issparse(held) else held


def check_read_only_arrays_are_taken(sampler: Any) -> None:
    """Take read-only X and Y, as joblib's memory maps are."""
    X, Y = _table()
    X.flags.writeable = Y.flags.writeable = False
    _run(sampler, X, Y)


def check_labels_stay_binary(sampler: Any) -> None:
    """Return 0 and 1 in Y_res, a row for each of X_res, in the columns of Y."""
    X, Y = _table()
    X_res, Y_res = _run(sampler, X, Y)
    assert Y_res.shape == (len(X_res), Y.shape[1]), f"Y_res has shape {Y_res.shape}"
    assert set(np.unique(Y_res)) <= {0, 1}, f"Y_res holds {np.unique(Y_res)}"
    assert np.isfinite(X_res).all(), "X_res holds values that are not finite"


def check_provenance_is_told(sampler: Any) -> None:
    """Tell the source of each row in sample_indices_; one not is_synthetic_ equals it exactly."""
    X, Y = _table()
    X_res, _ = _run(sampler, X, Y)
    source, made = np.asarray(sampler.sample_indices_), np.asarray(sampler.is_synthetic_)
    assert source.shape == made.shape == (len(X_res),), "one entry a row of the result"
    assert source.dtype.kind == "i", "sample_indices_ must be row numbers"
    assert made.dtype == bool, "is_synthetic_ must be a mask"
    assert np.all((source >= 0) & (source < len(X))), "sample_indices_ names rows that are none"
    np.testing.assert_array_equal(X_res[~made], X[source[~made]], "copied rows")


def check_rows_called_new_are_new(sampler: Any) -> None:
    """Call no row synthetic that is the input's own: not all of X over again, be it rounded."""
    X, Y = _table()
    X_res, _ = _run(sampler, X, Y)
    made = X_res[np.asarray(sampler.is_synthetic_)]
    again = [bool(len(made)) and np.abs(made - row).max(axis=1).min() < 1e-6 for row in X]
    assert not all(again), "the new rows hold all of X: Resampling's X_new is for new rows alone"


def check_a_seed_repeats_the_rows(sampler: Any) -> None:
    """Give equal rows for equal seeds: in two objects, twice in one, after pickling."""
    X, Y = _table()
    own = _seeded(sampler)
    shipped = pickle.loads(pickle.dumps(own))
    first = _run(own, X, Y)
    for again in (own, _seeded(sampler), shipped, pickle.loads(pickle.dumps(own))):
        for found, expected in zip(_run(again, X, Y), first, strict=True):
            np.testing.assert_array_equal(found, expected)


def check_every_kind_of_random_state_is_taken(sampler: Any) -> None:
    """Take None, int, RandomState and Generator as random_state; None follows numpy's seed."""
    if "random_state" not in sampler.get_params():
        return
    X, Y = _table()
    makers: tuple[Callable[[], Any], ...] = (
        lambda: np.int64(7),
        lambda: np.random.RandomState(7),
        lambda: np.random.default_rng(7),
    )
    for make in makers:
        runs = [_run(clone(sampler).set_params(random_state=make()), X, Y)[0] for _ in range(2)]
        np.testing.assert_array_equal(*runs)
    with _global_stream_kept():
        runs = []
        for _ in range(2):
            np.random.set_state(np.random.RandomState(3).get_state())  # noqa: NPY002
            runs.append(_run(clone(sampler).set_params(random_state=None), X, Y)[0])
    np.testing.assert_array_equal(
        runs[0], runs[1], "random_state=None must follow numpy's global stream"
    )


def check_what_is_drawn_can_be_seeded(sampler: Any) -> None:
    """Take a random_state where anything is drawn: without one, every call draws the same."""
    if "random_state" in sampler.get_params(deep=False):
        return
    if not isinstance(sampler, MultiLabelSampler):  # gets no generator of ours
        return
    inside = [name for name in sampler.get_params() if name.endswith("__random_state")]
    sampler.set_params(**dict.fromkeys(inside, 0))
    first, *others = (_decided(clone(sampler), seed) for seed in range(_STREAMS))
    same = all(all(map(np.array_equal, first, other)) for other in others)
    assert same, "it draws random numbers but has no random_state, so that no seed reaches them"


_STREAMS = 5  # a sampler that draws decides the same under all of them once in a blue moon


def _decided(sampler: MultiLabelSampler, seed: int) -> list[np.ndarray]:
    """Return what a sampler decides under a generator of ours, as arrays."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        features, labels = sampler._read(*_table())
        rng = np.random.default_rng(seed)
        decided = sampler._resample(features.values, labels.matrix, rng)
    made = np.empty(0) if decided.X_new is None else _dense(decided.X_new)
    return [decided.source, decided.Y.toarray(), made]


@contextmanager
def _global_stream_kept() -> Iterator[None]:
    before = np.random.get_state()  # noqa: NPY002 - the global stream is the subject
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


def check_global_random_streams_stay_untouched(sampler: Any) -> None:
    """Advance, when seeded, neither numpy's global random stream nor Python's."""

    def streams() -> tuple[Any, ...]:
        numpys = np.random.get_state(legacy=False)  # noqa: NPY002 - the global stream is the subject
        return repr(numpys), numpys["state"]["key"].tobytes(), random.getstate()

    before = streams()
    _run(_seeded(sampler), *_table())
    assert streams() == before, "a global stream was advanced: draw from rng alone"


def check_bad_input_is_refused(sampler: Any) -> None:
    """Refuse what is no table, or no binary matrix, by ValueError or TypeError; leave nothing."""
    X, Y = _table()
    bad = {
        "Y of 0 and 2": (X, 2 * Y),
        "Y of one dimension": (X, Y[:, 0]),
        "Y of fewer rows": (X, Y[:-1]),
        "Y of None": (X, None),
        "Y with NaN": (X, np.where(Y == 1, np.nan, 0)),
    }
    if not get_tags(sampler).input_tags.allow_nan:
        bad["X with NaN"] = (np.where(X == 0, np.nan, X), Y)
    for name, (features, labels) in bad.items():
        own = clone(sampler)
        try:
            _run(own, features, labels)
        except (ValueError, TypeError):
            assert not hasattr(own, "sample_indices_"), f"{name} left sample_indices_ behind"
        else:
            raise AssertionError(f"{name} is taken without a word")


def check_degenerate_data_are_taken_or_refused(sampler: Any) -> None:
    """Resample empty, full and single labels, equal rows, two rows; or refuse by a ValueError."""
    X, Y = _table()
    empty, full = Y.copy(), Y.copy()
    empty[:, 1], full[:, 1] = 0, 1
    tables = [(X, empty), (X, full), (X, 0 * Y), (X, Y[:, [4]]), (0 * X, Y), (X[:2], Y[:2])]
    for features, labels in tables:
        try:
            X_res, Y_res = _run(clone(sampler), features, labels)
        except ValueError:
            continue
        assert len(X_res) == len(Y_res), "X_res and Y_res differ in their rows"
        assert set(np.unique(Y_res)) <= {0, 1}


def check_labels_without_positives_are_thought_of(sampler: Any) -> None:
    """Take a Y without positives, minority labels or a second bearer; no error met in numpy."""
    X, Y = _table()
    empty, lone = Y.copy(), Y.copy()
    empty[:, 1] = 0
    lone[:, 4] = np.arange(len(Y)) == 7
    alike = np.tile(np.eye(5, dtype=int), (12, 1))
    tables = {
        "a label without positives": empty,
        "a minority label of a single bearer": lone,
        "no positives": 0 * Y,
        "one label": Y[:, [4]],
        "labels of equal counts": alike,
    }
    for name, labels in tables.items():
        try:
            _run(clone(sampler), X, labels)
        except ValueError as problem:
            if _is_numpys(problem):
                raise AssertionError(f"with {name} in Y, numpy: {problem}") from problem


# what compiled functions say, numpy's mostly, of which a traceback knows no frame
_COMPILED = (
    *("need at least one array", "attempt to get arg", "operands could not be broadcast"),
    *("cannot reshape array", "cannot convert float NaN", "max() ", "min() ", "matmul: "),
)


def _is_numpys(problem: ValueError) -> bool:
    """Tell an error met inside numpy, scipy or random from one that somebody thought of."""
    frames = [frame for frame, _ in traceback.walk_tb(problem.__traceback__)]
    root = str(frames[-1].f_globals.get("__name__")).partition(".")[0]
    return root in ("numpy", "scipy", "random") or str(problem).startswith(_COMPILED)


class _Witness(ClassifierMixin, BaseEstimator):
    """A classifier that only remembers what it was shown."""

    def fit(self, X: Any, y: Any) -> _Witness:
        """Remember the training rows."""
        self.seen_ = X, y
        return self

    def predict(self, X: Any) -> Any:
        """Remember the rows asked about."""
        self.asked_ = X
        return np.zeros((len(X), self.seen_[1].shape[1]), dtype=int)


def check_models_resample_when_they_are_fitted_only(sampler: Any) -> None:
    """Resample in pipelines and MultiLabelResampledClassifier what is fitted, not what is asked."""
    X, Y = _table()
    own = _seeded(sampler)
    expected = _run(_seeded(sampler), X, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        pipeline = make_pipeline(own, _Witness()).fit(X, Y)
        wrapper = MultiLabelResampledClassifier(_Witness(), own).fit(X, Y)
    for model, witness in ((pipeline, pipeline[-1]), (wrapper, wrapper.estimator_)):
        for seen, whole in zip(witness.seen_, expected, strict=True):
            np.testing.assert_array_equal(seen, whole)
        model.predict(X[:7])
        np.testing.assert_array_equal(witness.asked_, X[:7])


_CHECKS: tuple[Check, ...] = (
    check_parameters_are_stored_and_nothing_else,
    check_it_is_a_sampler_of_several_labels,
    check_fitting_changes_no_parameter,
    check_containers_come_back,
    check_containers_change_no_row,
    check_what_is_given_stays_as_it_is,
    check_read_only_arrays_are_taken,
    check_labels_stay_binary,
    check_provenance_is_told,
    check_rows_called_new_are_new,
    check_a_seed_repeats_the_rows,
    check_every_kind_of_random_state_is_taken,
    check_what_is_drawn_can_be_seeded,
    check_global_random_streams_stay_untouched,
    check_bad_input_is_refused,
    check_degenerate_data_are_taken_or_refused,
    check_labels_without_positives_are_thought_of,
    check_models_resample_when_they_are_fitted_only,
)
