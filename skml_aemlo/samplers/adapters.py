"""Any sampler of imbalanced-learn, on label sets.

References
----------
G. Tsoumakas, I. Katakis, "Multi-label classification: An overview", International Journal of Data
Warehousing and Mining 3(3), 1-13, 2007: the label powerset transformation.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.under_sampling import (
    CondensedNearestNeighbour,
    OneSidedSelection,
    RandomUnderSampler,
)
from imblearn.under_sampling.base import BaseUnderSampler
from sklearn.base import clone
from sklearn.preprocessing import OneHotEncoder

from .._imbalance import labelsets_of
from .._search import ExactSearch
from .._sklearn import HasMethods, StrOptions, random_states_of
from .._strategy import answer_of, ranks, wanted_labels
from ..base import MultiLabelSampler, Resampling

__all__ = ["LabelPowersetSampler"]

_FAILURES = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


class LabelPowersetSampler(MultiLabelSampler):
    """Apply a sampler of imbalanced-learn to label sets.

    Each distinct row of ``Y`` becomes one class; the sampler balances these classes, and every
    row it returns bears the labels of its class again.

    Parameters
    ----------
    sampler : sampler of imbalanced-learn
        Any object with ``fit_resample(X, y)``: over-sampling, under-sampling, cleaning or both. It
        is cloned; its parameters are reached as ``sampler__parameter``. In a
        ``sampling_strategy`` that is a dict, a list or a callable, a label set is written as the
        tuple of its labels, names or indices: ``{("a", "b"): 50, (): 30}``; a callable gets
        the labels as a csr_array of shape (n_samples, n_labels).
    categorical_features : "auto", None, or array-like of int, bool or str, default="auto"
        Nominal columns: "auto" takes the categorical, string, object and boolean columns of a
        DataFrame, none of an array; None takes none; ints are positions. For the arrays of a
        `Dataset` pass its ``categorical``.
    random_state : int, RandomState, Generator or None, default=None
        Seed of every ``random_state`` of the sampler that is None.

    Attributes
    ----------
    sampler_ : object
        The clone that resampled the label sets, fitted unless nothing could be done.
    sample_indices_ : ndarray of int of shape (n_samples_new,)
        Input row of every output row: the rows kept in input order, then clones, then made rows.
        The source of a made row is the row of its label set that it lies nearest to.
    is_synthetic_ : ndarray of bool of shape (n_samples_new,)
        Whether the features of an output row were made.

    See Also
    --------
    LPROS : Clone rows of rare label sets, to a budget.
    LPRUS : Drop rows of frequent label sets, to a budget.

    Notes
    -----
    - The sampler is taken at its word. ``RandomUnderSampler()`` cuts every label set to the size
      of the smallest, mostly a single row; ``SMOTE()`` and ``RandomOverSampler()`` raise every
      label set to the size of the largest; ``EditedNearestNeighbours()`` drops a row as soon as one
      of its neighbours has another label set. Name sets in ``sampling_strategy`` to do less.
    - Balanced label sets are not balanced labels: raising every set to the largest can raise MeanIR
      (SMOTE on birds, 5.4 to 45.6). Rows without any label form a set too, often the largest.
    - Label sets with too few rows for the sampler keep their rows unchanged, unseen by it, and a
      warning says how many unless ``sampling_strategy`` names label sets: over-sampling between k
      neighbours needs k + 1 rows of a label set, NearMiss its ``n_neighbors``,
      InstanceHardnessThreshold its ``cv``. Fewer neighbours reach rarer label sets. Where fewer
      than two label sets remain, nothing is done.
    - A sampler of imbalanced-learn that is seeded with an int starts the same random stream again
      for every class; a ``random_state`` of None, which is seeded here, runs through all classes.
    - imbalanced-learn tells of no made row which rows it lies between, so ``reference_indices_``
      is not set, and the source of a made row is a finding, not the seed itself. Among rows equally
      near it takes what rounding gives it, which may differ between dense and sparse features.
    - Nominal columns reach the sampler one-hot encoded, and a made row takes the value it has most
      of. A sampler with ``categorical_features`` of its own, or for categories alone (SMOTEN), gets
      them as codes; its "auto" means the nominal columns found here.
    - RandomUnderSampler, and RandomOverSampler without shrinkage, never look at features, which may
      then be anything with rows.

    References
    ----------
    G. Tsoumakas, I. Katakis, "Multi-label classification: An overview", International Journal of
    Data Warehousing and Mining 3(3), 1-13, 2007.

    G. Lemaitre, F. Nogueira, C. K. Aridas, "Imbalanced-learn: A Python toolbox to tackle the curse
    of imbalanced datasets in machine learning", Journal of Machine Learning Research 18(17), 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from imblearn.over_sampling import SMOTE
    >>> from skml_aemlo import LabelPowersetSampler
    >>> X, Y = np.arange(8.0)[:, None], np.array([[1, 0]] * 5 + [[1, 1]] * 3)
    >>> sampler = LabelPowersetSampler(SMOTE(k_neighbors=2), random_state=0)
    >>> X_res, Y_res = sampler.fit_resample(X, Y)
    >>> Y_res[8:].tolist(), bool(X_res[8:].min() >= 5)
    ([[1, 1], [1, 1]], True)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "sampler": [HasMethods(["fit_resample", "get_params", "set_params"])],
        "categorical_features": ["array-like", StrOptions({"auto"}), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self, sampler: Any, *, categorical_features: Any = "auto", random_state: Any = None
    ) -> None:
        self.sampler = sampler
        self.categorical_features = categorical_features
        self.random_state = random_state

    @property
    def _reads_features(self) -> bool:  # type: ignore[override]
        blind = type(self.sampler) in (RandomOverSampler, RandomUnderSampler)
        return not blind or getattr(self.sampler, "shrinkage", None) is not None

    def _validate_params(self) -> None:
        super()._validate_params()
        if isinstance(self.sampler, type):
            raise TypeError(
                f"sampler must be a sampler, not a class: give {self.sampler.__name__}() instead "
                f"of {self.sampler.__name__}."
            )
        if isinstance(self.sampler, MultiLabelSampler):
            raise TypeError(
                f"sampler must be a sampler of imbalanced-learn; {type(self.sampler).__name__} is "
                "multi-label already: use it as it is, or in a SamplerSequence."
            )

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        self.sampler_ = _seeded(self.sampler, rng)
        ids = labelsets_of(Y).ids()
        needed = _rows_of_a_set(self.sampler_)
        rows = np.flatnonzero((np.bincount(ids) >= needed)[ids])
        found, y = np.unique(ids[rows], return_inverse=True)
        aside = np.setdiff1d(np.arange(len(ids)), rows)
        if self._is_idle(len(rows), len(found), needed):
            return Resampling(source=np.arange(len(ids)), Y=Y)
        first = rows[np.unique(y, return_index=True)[1]]
        named = self._translate_strategy(Y, Y[first], needed, np.bincount(y))
        if len(aside) and not named:
            _warn_aside(self.sampler_, len(aside), int(ids.max()) + 1 - len(found), needed)
        columns = self._columns(X)
        points = columns.encode(rows)
        X_res, y_res = _run(self.sampler_, points, y, named)
        source, made = _trace(self.sampler_, points, y, X_res, y_res)
        copies = np.concatenate([aside, rows[source[~made]]])
        source = np.concatenate([_in_order(copies), rows[source[made]]])
        X_new = columns.decode(X_res[made]) if made.any() else None
        return Resampling(source=source, Y=Y[source], X_new=X_new)

    def _is_idle(self, n_rows: int, n_sets: int, needed: int) -> bool:
        """Warn and say so where the sampler cannot do anything."""
        total = _rows_in_all(self.sampler_)
        name = type(self.sampler_).__name__
        if n_sets < 2:
            reason = f"{n_sets} label set(s) have the {needed} row(s) that {name} needs of each"
            reason += ", and it compares at least two"
        elif n_rows < total:
            reason = f"{name} needs {total} rows, and label sets large enough for it have {n_rows}"
        else:
            return False
        warnings.warn(f"nothing was resampled: {reason}.", UserWarning, stacklevel=2)
        return True

    def _translate_strategy(
        self, Y: sp.csr_array, sets: sp.csr_array, needed: int, sizes: np.ndarray
    ) -> dict[int, Any]:
        """Give the sampler class numbers for the label sets that the caller named; return both."""
        wanted = self.sampler_.get_params(deep=False).get("sampling_strategy")
        if wanted is None or isinstance(wanted, str | Real):
            return {}
        wanted = answer_of(wanted, Y) if callable(wanted) else wanted
        names = getattr(self, "label_names_in_", None)
        known = {tuple(s): c for c, s in enumerate(np.split(sets.indices, sets.indptr[1:-1]))}
        classes: Any = [_class_of(key, Y, names, known, needed) for key in wanted]
        named = dict(zip(classes, wanted, strict=True))
        if isinstance(wanted, Mapping):
            classes = dict(zip(classes, wanted.values(), strict=True))
            _refuse_numbers(self.sampler_, wanted, sizes[list(classes)])
        else:
            _refuse_list(self.sampler_, wanted)
        self.sampler_.set_params(sampling_strategy=classes)
        return named

    def _columns(self, X: Any) -> Any:
        """Choose how the sampler sees the features."""
        if not self._reads_features:
            return _RowNumbers()
        _refuse_huge(X)
        nominal = getattr(self, "categorical_features_", np.zeros(X.shape[1], dtype=bool))
        own = self.sampler_.get_params(deep=False)
        if "categorical_features" in own and isinstance(own["categorical_features"], str):
            self.sampler_.set_params(categorical_features=np.flatnonzero(nominal).tolist())
        if "categorical_features" in own or "categorical_encoder" in own or not nominal.any():
            return _AsTheyAre(X)
        return _OneHot(X, nominal)


def _seeded(sampler: Any, rng: np.random.Generator) -> Any:
    """Clone, and let every unseeded part draw on the stream of the call.

    A RandomState rather than an int: the sampler would restart an int for every class.
    """
    inner = clone(sampler)
    unseeded = [name for name, given in random_states_of(inner).items() if given is None]
    seeds = rng.integers(2**32, size=len(unseeded)).tolist()
    return inner.set_params(
        **{k: np.random.RandomState(seed) for k, seed in zip(unseeded, seeds, strict=True)}
    )


def _count(value: Any) -> int:
    """Return a number of neighbours or folds, given as such or inside an index."""
    value = getattr(value, "n_neighbors", value)
    return int(value) if isinstance(value, Integral) else 0


def _refuse_huge(X: Any) -> None:
    """Refuse values whose squares overflow, before distances turn meaningless without a word."""
    values = X.data if sp.issparse(X) else X
    largest = float(max(values.max(initial=0), -values.min(initial=0)))
    if largest > min(1e150, float(np.finfo(values.dtype).max) / 1e3):
        raise ValueError(
            f"X holds values up to {largest:.3g}, too large for the distances of a sampler; scale "
            "the features first."
        )


def _rows_of_a_set(inner: Any) -> int:
    """Return how many rows of a label set the sampler needs, lest it fail."""
    params = inner.get_params(deep=False)
    if "smote" in params:
        return _rows_of_a_set(params["smote"] or SMOTE())
    near = [params.get(key) for key in ("k_neighbors", "n_neighbors")]
    if isinstance(inner, BaseOverSampler):
        # an index counts the row itself, a number does not
        return max(1, *(_count(k) + isinstance(k, Integral) for k in near))
    if isinstance(inner, BaseUnderSampler | CondensedNearestNeighbour | OneSidedSelection):
        third = params.get("n_neighbors_ver3") if params.get("version") == 3 else 0
        # one-sided selection sorts what remains when its seeds are taken
        seeds = isinstance(inner, OneSidedSelection) and 1 + _count(params["n_seeds_S"])
        return max(1, seeds, *map(_count, [*near, third, params.get("cv")]))
    return 1


def _rows_in_all(inner: Any) -> int:
    """Return how many rows the sampler needs over all label sets."""
    params = inner.get_params().items()
    return max([2, *(_count(value) + 1 for name, value in params if name.endswith("neighbors"))])


def _warn_aside(inner: Any, n_rows: int, n_sets: int, needed: int) -> None:
    warnings.warn(
        f"{n_rows} rows of {n_sets} label sets were left alone: {type(inner).__name__} needs at "
        f"least {needed} rows of a label set. Fewer neighbours or folds need fewer rows.",
        UserWarning,
        stacklevel=2,
    )


def _class_of(
    key: Any,
    Y: sp.csr_array,
    names: np.ndarray | None,
    known: dict[tuple[Any, ...], int],
    needed: int,
) -> int:
    """Return the class number of a label set written as a tuple of labels."""
    if not isinstance(key, tuple | frozenset):
        raise ValueError(
            "sampling_strategy of sampler must name label sets by tuples of labels, names or "
            f"indices, such as (0, 2); got {key!r}."
        )
    labels = tuple(np.sort(wanted_labels(list(key), Y, names)[0]).tolist())
    if labels not in known:
        raise ValueError(
            f"sampling_strategy of sampler names the label set {key!r}, which fewer than {needed} "
            "rows bear: leave it out."
        )
    return known[labels]


def _refuse_list(inner: Any, wanted: Any) -> None:
    """Refuse names without numbers where imbalanced-learn takes numbers only."""
    if isinstance(inner, BaseOverSampler | BaseUnderSampler):
        raise ValueError(
            f"sampling_strategy of sampler names label sets in a list, {list(wanted)!r}; "
            f"{type(inner).__name__} needs a dict label set -> number of rows. Lists are for "
            "samplers that clean."
        )


def _refuse_numbers(inner: Any, wanted: Mapping[Any, Any], sizes: np.ndarray) -> None:
    """Refuse numbers of rows that the sampler cannot reach, by the name of the label set."""
    over, under = isinstance(inner, BaseOverSampler), isinstance(inner, BaseUnderSampler)
    for (key, number), present in zip(wanted.items(), sizes.tolist(), strict=True):
        if not isinstance(number, Integral) or isinstance(number, bool) or number < 0:
            raise ValueError(
                f"sampling_strategy of sampler must give the label set {key!r} a number of rows, "
                f"an int of at least 0; got {number!r}."
            )
        if (over and number < present) or (under and number > present):
            raise ValueError(
                f"sampling_strategy of sampler asks for {number} rows of the label set {key!r}, "
                f"which has {present}, but {type(inner).__name__} only "
                f"{'adds' if over else 'drops'} rows."
            )


def _run(inner: Any, points: Any, y: np.ndarray, named: dict[int, Any]) -> tuple[Any, np.ndarray]:
    """Run the sampler on the classes ``y``; what it raises becomes one error that names it."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            # with label sets, many classes are no sign of a regression
            warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
            # some samplers walk along the rows, which a sparse array gives without their shape
            shown = sp.csr_matrix(points) if sp.issparse(points) else points
            X_res, y_res = inner.fit_resample(shown, y)[:2]
    except _FAILURES as error:
        legend = "; ".join(f"class {c} is the label set {key!r}" for c, key in named.items())
        legend = f"({legend}.) " if legend else ""
        raise ValueError(
            f"sampler {type(inner).__name__} cannot resample {len(y)} rows of {y.max() + 1} label "
            f"sets: {error} {legend}Change its parameters (sampler__...), or use another sampler."
        ) from error
    if not len(y_res):
        raise ValueError(
            f"sampler {type(inner).__name__} dropped every row: all label sets contradict their "
            "neighbours. Name the label sets to clean in its sampling_strategy."
        )
    return _canonical(X_res, points), np.asarray(y_res)


def _canonical(X_res: Any, points: Any) -> Any:
    if not sp.issparse(X_res):
        return np.asarray(X_res, dtype=points.dtype)
    rows = sp.csr_array(X_res)
    rows.sum_duplicates()
    return rows


def _trace(
    inner: Any, X: Any, y: np.ndarray, X_res: Any, y_res: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the source of every row that the sampler gave, and which of them were made."""
    told = _told(inner, X, y, X_res, y_res)
    if told is None:
        source = _matched(X, y, X_res, y_res)
        made = source < 0
    else:
        source, made = told
    lost = np.flatnonzero(source < 0)
    if len(lost):
        source[lost] = _closest_of_set(X, y, X_res[lost], y_res[lost])
    return source, made


def _told(
    inner: Any, X: Any, y: np.ndarray, X_res: Any, y_res: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | None:
    """Read off the sampler where its rows are from, provided that the rows agree."""
    n = len(y)
    rows = _indices_of(inner, len(y_res))
    source = np.where(rows < n, rows, -1)
    copied = source >= 0
    if not np.array_equal(y_res[copied], y[source[copied]]):
        return None
    same = np.ones(len(rows), dtype=bool)
    same[copied] = _equal(X_res[copied], X[source[copied]])
    # only a smoothed clone, which comes after all rows, may differ from the row it names
    if not same[:n].all():
        return None
    return source, ~copied | ~same


def _indices_of(inner: Any, n_rows: int) -> np.ndarray:
    """Return the rows that a sampler kept, else the order in which over-samplers append."""
    # SMOTETomek and SMOTEENN clean the input and the rows made from it, stacked in this order
    for teller in (inner, getattr(inner, "tomek_", None), getattr(inner, "enn_", None)):
        rows = getattr(teller, "sample_indices_", None)
        if rows is not None and len(rows) == n_rows:
            return np.asarray(rows, dtype=np.intp)
    return np.arange(n_rows)


def _equal(left: Any, right: Any) -> np.ndarray:
    """Tell row by row whether two tables hold the same values."""
    if sp.issparse(left):
        return np.asarray((left != right).sum(axis=1)).ravel() == 0
    return (left == right).all(axis=1)


def _matched(X: Any, y: np.ndarray, X_res: Any, y_res: np.ndarray) -> np.ndarray:
    """Find input rows by their values: of equal rows the first serves first; -1 where none is."""
    n = len(y)
    prints = np.concatenate([_fingerprints(X, y), _fingerprints(X_res, y_res)])
    _, group = np.unique(prints, return_inverse=True)
    turn = np.concatenate([ranks(group[:n]), ranks(group[n:])])
    place = group * (len(group) + 1) + turn
    order = np.argsort(place[:n])
    sought = np.searchsorted(place[order], place[n:])
    found = order[np.minimum(sought, n - 1)]
    first = order[np.minimum(np.searchsorted(place[order], place[n:] - turn[n:]), n - 1)]
    source = np.where(place[found] == place[n:], found, first)
    return np.where(group[source] == group[n:], source, -1)


def _fingerprints(X: Any, y: np.ndarray) -> np.ndarray:
    """Give rows of equal values and class one 64-bit number."""
    words = np.random.default_rng(0).integers(0, 2**64, size=X.shape[1] + 1, dtype=np.uint64)
    salt = _scrambled(y.astype(np.uint64) ^ words[-1])
    values = X.data if sp.issparse(X) else X
    bits = (values.astype(np.float64) + 0.0).view(np.uint64)  # + 0.0: minus zero is zero
    if not sp.issparse(X):
        return _scrambled(bits ^ words[:-1]).sum(axis=1, dtype=np.uint64) + salt
    running = np.zeros(X.nnz + 1, dtype=np.uint64)
    np.cumsum(_scrambled(bits ^ words[X.indices]), out=running[1:])
    return running[X.indptr[1:]] - running[X.indptr[:-1]] + salt


def _scrambled(bits: np.ndarray) -> np.ndarray:
    """Spread every bit over the word: floats differ in few of them."""
    for _ in range(2):
        bits = (bits ^ (bits >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    return bits ^ (bits >> np.uint64(29))


def _closest_of_set(X: Any, y: np.ndarray, made: Any, classes: np.ndarray) -> np.ndarray:
    """Return for every made row the row of its class that it lies nearest to."""
    source = np.empty(len(classes), dtype=np.intp)
    order, asked = np.argsort(y, kind="stable"), np.argsort(classes, kind="stable")
    ordered, wanted = y[order], classes[asked]
    for c in np.unique(classes):
        rows = order[slice(*np.searchsorted(ordered, [c, c + 1]))]
        mine = asked[slice(*np.searchsorted(wanted, [c, c + 1]))]
        near = ExactSearch(X[rows], 1, made[mine])(np.arange(len(mine)))
        source[mine] = rows[near[:, 0]]
    return source


def _in_order(rows: np.ndarray) -> np.ndarray:
    """Put the rows kept in input order, then those that are there again."""
    kept, first = np.unique(rows, return_index=True)
    return np.concatenate([kept, np.delete(rows, first)])


class _AsTheyAre:
    """Columns that the sampler sees as they are."""

    def __init__(self, X: Any) -> None:
        self.points = X

    def encode(self, rows: np.ndarray) -> Any:
        """Return what the sampler sees of ``rows``."""
        return self.points if len(rows) == self.points.shape[0] else self.points[rows]

    def decode(self, made: Any) -> Any:
        """Return features of rows that the sampler made."""
        return made


class _RowNumbers:
    """A single column, for samplers that look at none."""

    def encode(self, rows: np.ndarray) -> np.ndarray:
        """Return what the sampler sees of ``rows``."""
        return rows[:, None]


class _OneHot(_AsTheyAre):
    """Nominal columns as an indicator for each value, after the numeric columns."""

    def __init__(self, X: Any, nominal: np.ndarray) -> None:
        self.nominal, self.numeric = np.flatnonzero(nominal), np.flatnonzero(~nominal)
        codes = X[:, self.nominal]
        self.encoder = OneHotEncoder(sparse_output=sp.issparse(X), dtype=X.dtype)
        shown = self.encoder.fit_transform(codes.toarray() if sp.issparse(X) else codes)
        parts = [X[:, self.numeric], shown]
        super().__init__(
            sp.csr_array(sp.hstack(parts, format="csr")) if sp.issparse(X) else np.hstack(parts)
        )

    def decode(self, made: Any) -> Any:
        """Take the value with the largest indicator in every nominal column."""
        values = self.encoder.categories_
        ends = len(self.numeric) + np.cumsum([len(v) for v in values])
        columns = [made[:, : len(self.numeric)]]
        for v, end in zip(values, ends, strict=True):
            best = made[:, end - len(v) : end].argmax(axis=1)
            columns.append(v[np.asarray(best).ravel()][:, None])
        place = np.argsort(np.concatenate([self.numeric, self.nominal]))
        if not sp.issparse(made):
            return np.hstack(columns)[:, place]
        return sp.csr_array(sp.hstack(columns, format="csr"))[:, place]
