"""The contract every sampler keeps, in every container."""

import copy
import pickle
import random
import warnings
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from containers import (
    Y_CONTAINERS,
    assert_identical,
    assert_same_kind,
    dense,
    pd,
    pl,
)
from imblearn.base import is_sampler
from imblearn.pipeline import Pipeline
from joblib import Parallel, delayed
from registered import names_that_draw, names_with, parameter_called
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import check_array, get_tags

from skml_aemlo import MLSMOTE, LabelPowersetSampler


def expected_features(made: np.ndarray, dtype: str) -> np.ndarray:
    """Return features computed in double precision as a container of ``dtype`` can hold them."""
    kind = np.dtype(dtype).kind
    if kind == "b":
        return made >= 0.5
    return (np.rint(made) if kind == "i" else made).astype(dtype)


def double_run(sampler: Any, X: np.ndarray, Y: np.ndarray) -> tuple[Any, np.ndarray, np.ndarray]:
    """Resample with a fresh copy of ``sampler`` and dense doubles."""
    plain = clone(sampler)
    return plain, *plain.fit_resample(np.ascontiguousarray(X, dtype=float), Y)


def test_features_come_back_in_their_container(sampler, small, x_container):
    """Container, format, dtypes and column names of X are kept; Y is none the wiser."""
    X = x_container.hold(small.X)
    X_res, Y_res = sampler.fit_resample(X, small.Y)
    assert_same_kind(X_res, X)
    assert_same_kind(Y_res, small.Y)


def test_labels_come_back_in_their_container(sampler, small, y_container):
    """Container, format, dtypes and column names of Y are kept; X is none the wiser."""
    Y = y_container.hold(small.Y)
    X_res, Y_res = sampler.fit_resample(small.X, Y)
    assert_same_kind(Y_res, Y)
    assert_same_kind(X_res, small.X)


def test_containers_of_features_and_labels_are_independent(small, x_container):
    """Any container of X goes with any container of Y."""
    X = x_container.hold(small.X)
    for y_container in Y_CONTAINERS.values():
        Y = y_container.hold(small.Y)
        X_res, Y_res = MLSMOTE(random_state=0).fit_resample(X, Y)
        assert_same_kind(X_res, X)
        assert_same_kind(Y_res, Y)


def test_the_container_of_features_changes_no_row(sampler, small, x_container):
    """The same seed gives the rows of a dense run in double precision, whatever holds X."""
    X_res, Y_res = sampler.fit_resample(x_container.hold(small.X), small.Y)
    plain, X_plain, Y_plain = double_run(sampler, x_container.cast(small.X), small.Y)
    np.testing.assert_array_equal(Y_res, Y_plain)
    np.testing.assert_array_equal(sampler.is_synthetic_, plain.is_synthetic_)
    told = np.ones(len(Y_res), dtype=bool)
    if isinstance(sampler, LabelPowersetSampler) and x_container.dtype == "bool":
        # among rows equally near, imbalanced-learn takes what rounding gives it
        told = ~sampler.is_synthetic_
        assert told.sum() >= len(small.X)
    np.testing.assert_array_equal(sampler.sample_indices_[told], plain.sample_indices_[told])
    single = x_container.dtype == "float32"
    np.testing.assert_allclose(
        dense(X_res).astype(float)[told],
        expected_features(X_plain, x_container.dtype).astype(float)[told],
        rtol=0,
        atol=1e-6 if single else 1e-13,
    )


def test_the_container_of_labels_changes_no_row(sampler, small, y_container):
    """The same seed gives the rows of a dense run, whatever holds Y."""
    X_res, Y_res = sampler.fit_resample(small.X, y_container.hold(small.Y))
    _, X_plain, Y_plain = double_run(sampler, small.X, small.Y)
    np.testing.assert_array_equal(X_res, X_plain)
    np.testing.assert_array_equal(dense(Y_res).astype(int), Y_plain)


def test_features_given_are_never_modified(sampler, small, x_container):
    """X holds afterwards exactly what it held before."""
    X = x_container.hold(small.X)
    before = copy.deepcopy(X)
    sampler.fit_resample(X, small.Y)
    assert_identical(X, before)


def test_labels_given_are_never_modified(sampler, small, y_container):
    """Y holds afterwards exactly what it held before."""
    Y = y_container.hold(small.Y)
    before = copy.deepcopy(Y)
    sampler.fit_resample(small.X, Y)
    assert_identical(Y, before)


def test_results_share_no_memory_with_what_was_given(sampler, small):
    """Writing into the result does not write into the caller's arrays."""
    X_res, Y_res = sampler.fit_resample(small.X, small.Y)
    assert not np.shares_memory(X_res, small.X)
    assert not np.shares_memory(Y_res, small.Y)


def test_unsorted_duplicate_and_zero_entries_of_sparse_features_change_nothing(sampler, small):
    """A sparse X that is not canonical gives the rows of the table it means, and stays as it is."""
    halves = sp.coo_array(small.X)
    order = np.random.default_rng(1).permutation(2 * halves.nnz)
    X = sp.coo_array(
        (
            np.append(np.tile(halves.data / 2, 2)[order], 0.0),
            (
                np.append(np.tile(halves.row, 2)[order], 3),
                np.append(np.tile(halves.col, 2)[order], 2),
            ),
        ),
        shape=halves.shape,
    )
    before = copy.deepcopy(X)
    X_res, _ = sampler.fit_resample(X, small.Y)
    _, X_plain, _ = double_run(sampler, small.X, small.Y)
    np.testing.assert_allclose(X_res.toarray(), X_plain, rtol=0, atol=1e-13)
    assert_identical(X, before)


def letters_of(X: np.ndarray) -> np.ndarray:
    """Return a nominal column."""
    return np.array(["a", "b", "c"])[(np.abs(X[:, 3]) * 10).astype(int) % 3]


def mixed_pandas(X: np.ndarray) -> Any:
    """Return a column of every kind that pandas knows and tables have."""
    letters = letters_of(X)
    return pd.DataFrame(
        {
            "double": X[:, 0],
            "single": X[:, 1].astype("float32"),
            "nullable": pd.array((X[:, 2] * 10).astype(int), dtype="Int64"),
            "whole": (X[:, 4] * 10).astype("int16"),
            "category": pd.Categorical(letters, categories=["c", "b", "a", "never seen"]),
            "string": pd.array(letters[::-1], dtype="string"),
            "object": letters.astype(object),
            "flag": X[:, 5] > 0,
            "maybe": pd.array(X[:, 0] > 0, dtype="boolean"),
        }
    )


def mixed_polars(X: np.ndarray) -> Any:
    """Return a column of every kind that polars knows and tables have."""
    letters = letters_of(X)
    return pl.DataFrame(
        {
            "double": X[:, 0],
            "single": X[:, 1].astype("float32"),
            "wide": pl.Series((X[:, 2] * 10).astype(int)).cast(getattr(pl, "Int128", pl.Int64)),
            "whole": (X[:, 4] * 10).astype("int16"),
            "decimal": pl.Series(X[:, 5]).cast(pl.Decimal(10, 2)),
            "category": pl.Series(letters, dtype=pl.Categorical),
            "string": letters[::-1],
            "enum": pl.Series(letters, dtype=pl.Enum(["c", "b", "a", "never seen"])),
            "flag": X[:, 5] > 0,
        }
    )


@pytest.fixture(params=["pandas", "polars"])
def mixed(small, request) -> Any:
    """Return a frame with a column of every kind."""
    pytest.importorskip(request.param)
    return {"pandas": mixed_pandas, "polars": mixed_polars}[request.param](small.X)


NOMINAL = ["category", "string", "object", "enum", "flag", "maybe"]
ROUNDED = {"nullable": 0, "wide": 0, "whole": 0, "decimal": 2}


def as_numbers(frame: Any) -> np.ndarray:
    """Replace the values of nominal columns by their place in alphabetical order."""
    columns = [
        np.unique(frame[name].to_list(), return_inverse=True)[1]
        if name in NOMINAL
        else [float(value) for value in frame[name].to_list()]
        for name in frame.columns
    ]
    return np.array(columns, dtype=float).T


def test_a_frame_of_mixed_columns_keeps_every_dtype(sampler, small, mixed):
    """Nullable, categorical, string, boolean, wide and narrow columns come back as such."""
    X_res, _ = sampler.fit_resample(mixed, small.Y)
    assert_same_kind(X_res, mixed)


def test_a_frame_of_mixed_columns_gives_the_rows_of_the_coded_array(reader, small, mixed):
    """Made rows equal those of a dense run on codes that is told which columns are nominal."""
    X_res, _ = reader.fit_resample(mixed, small.Y)
    mask = np.isin(mixed.columns, NOMINAL)
    key = parameter_called(reader, "categorical_features")
    told = clone(reader).set_params(**{key: mask})
    coded, _ = told.fit_resample(as_numbers(mixed), small.Y)
    for j, name in enumerate(mixed.columns):
        found = X_res[name].to_list()
        if name in NOMINAL:
            values = np.unique(mixed[name].to_list())
            assert found == values[coded[:, j].astype(int)].tolist()
        else:
            expected = np.round(coded[:, j], ROUNDED.get(name, 15))
            np.testing.assert_allclose(np.array(found, dtype=float), expected, atol=1e-6)


def test_copied_rows_of_a_frame_are_exact(sampler, small, mixed):
    """Rows that are not synthetic equal their source row in every column."""
    X_res, _ = sampler.fit_resample(mixed, small.Y)
    copied = np.flatnonzero(~sampler.is_synthetic_)
    for name in mixed.columns:
        found, given = X_res[name].to_list(), mixed[name].to_list()
        assert [found[i] for i in copied] == [given[i] for i in sampler.sample_indices_[copied]]


def test_provenance_has_an_entry_per_row(sampler, small):
    """sample_indices_ names input rows, is_synthetic_ is a mask, both as long as the result."""
    X_res, Y_res = sampler.fit_resample(small.X, small.Y)
    assert len(X_res) == len(Y_res) == len(sampler.sample_indices_) == len(sampler.is_synthetic_)
    assert sampler.sample_indices_.dtype == np.intp
    assert sampler.is_synthetic_.dtype == bool
    assert set(sampler.sample_indices_) <= set(range(len(small.X)))


def test_rows_not_synthetic_copy_their_source(sampler, small, x_container):
    """X_res equals X[sample_indices_] wherever is_synthetic_ is False, to the bit."""
    X = x_container.hold(small.X)
    X_res, _ = sampler.fit_resample(X, small.Y)
    copied = ~sampler.is_synthetic_
    np.testing.assert_array_equal(
        dense(X_res)[copied], dense(X)[sampler.sample_indices_[copied]], strict=True
    )


def test_only_samplers_that_read_features_make_any(copier, small):
    """A sampler that does not read features marks no row as synthetic."""
    copier.fit_resample(small.X, small.Y)
    assert not copier.is_synthetic_.any()


def test_labels_stay_binary(sampler, small):
    """Y_res holds 0 and 1, in as many columns as Y."""
    _, Y_res = sampler.fit_resample(small.X, small.Y)
    assert Y_res.shape[1] == small.Y.shape[1]
    assert set(np.unique(Y_res)) == {0, 1}


def test_sparse_labels_come_back_without_stored_zeros(sampler, small):
    """What is stored of a sparse Y_res is its ones."""
    _, Y_res = sampler.fit_resample(small.X, sp.csr_array(small.Y))
    assert Y_res.nnz == Y_res.toarray().sum()


@pytest.mark.parametrize("layout", ["csr_array", "csr_matrix", "csc_array", "coo_array"])
def test_sparse_results_have_indices_that_liblinear_takes(sampler, small, layout):
    """Whatever the width of the indices given, a linear model can be fitted on the result."""
    X, Y = (getattr(sp, layout)(table) for table in small)
    if hasattr(X, "indices"):
        X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    for held in sampler.fit_resample(X, Y):
        check_array(held, accept_sparse=["csr", "csc", "coo"], accept_large_sparse=False)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_shapes_and_names_are_noted(sampler, small, library):
    """n_features_in_, feature_names_in_, n_labels_in_ and label_names_in_ describe the input."""
    DataFrame = pytest.importorskip(library).DataFrame
    X = DataFrame(dict(zip("abcdef", small.X.T, strict=True)))
    Y = DataFrame(dict(zip("vwxyz", small.Y.T, strict=True)))
    sampler.fit_resample(X, Y)
    assert (sampler.n_features_in_, sampler.n_labels_in_) == (6, 5)
    assert sampler.feature_names_in_.tolist() == list("abcdef")
    assert sampler.label_names_in_.tolist() == list("vwxyz")


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_names_of_an_earlier_fit_are_dropped(sampler, small, library):
    """After a refit on arrays no name of the frames before is left."""
    DataFrame = pytest.importorskip(library).DataFrame
    sampler.fit_resample(
        *(DataFrame({f"c{j}": column for j, column in enumerate(table.T)}) for table in small)
    )
    sampler.fit_resample(small.X[:, :4], small.Y[:, :4])
    assert not hasattr(sampler, "feature_names_in_")
    assert not hasattr(sampler, "label_names_in_")
    assert (sampler.n_features_in_, sampler.n_labels_in_) == (4, 4)


def test_fit_notes_the_input_and_resamples_nothing(sampler, small):
    """``fit`` returns the sampler, which then knows shapes but no provenance."""
    assert sampler.fit(small.X, small.Y) is sampler
    assert sampler.n_labels_in_ == 5
    assert not hasattr(sampler, "sample_indices_")


def test_parameters_survive_clone_and_round_trip(sampler):
    """Clone and set_params(**get_params()) give an equal sampler; the constructor sets no more."""
    twin = clone(sampler)
    assert repr(twin) == repr(sampler)
    assert repr(twin.set_params(**twin.get_params(deep=False))) == repr(sampler)
    assert vars(twin).keys() == twin.get_params(deep=False).keys()


def test_fitting_changes_no_parameter(sampler, small):
    """Parameters are afterwards what they were before."""
    before = repr(sampler)
    sampler.fit_resample(small.X, small.Y)
    assert repr(sampler) == before


def test_pickled_sampler_gives_the_same_rows(sampler, small):
    """A sampler that was pickled before fitting resamples as the original does."""
    twin = pickle.loads(pickle.dumps(sampler))
    for ours, theirs in zip(
        sampler.fit_resample(small.X, small.Y), twin.fit_resample(small.X, small.Y), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_pickled_fitted_sampler_keeps_its_provenance(sampler, small):
    """A sampler that was pickled after fitting still knows where its rows came from."""
    X_res, _ = sampler.fit_resample(small.X, small.Y)
    twin = pickle.loads(pickle.dumps(sampler))
    np.testing.assert_array_equal(twin.sample_indices_, sampler.sample_indices_)
    np.testing.assert_array_equal(twin.is_synthetic_, sampler.is_synthetic_)
    np.testing.assert_array_equal(twin.fit_resample(small.X, small.Y)[0], X_res)


def test_html_repr_names_the_sampler(sampler, small):
    """The notebook's picture works before and after fitting."""
    assert type(sampler).__name__ in sampler._repr_html_()
    sampler.fit_resample(small.X, small.Y)
    assert type(sampler).__name__ in sampler._repr_html_()


def test_tags_tell_the_truth(sampler, small):
    """A sampler of several labels, which takes sparse X, and anything where it does not read X."""
    tags = get_tags(sampler)
    assert tags.estimator_type == "sampler"
    assert tags.target_tags.required
    assert tags.target_tags.multi_output
    assert not tags.target_tags.single_output
    assert tags.classifier_tags.multi_label
    assert tags.input_tags.sparse
    try:
        sampler.fit_resample(np.full(small.X.shape, np.nan), small.Y)
    except ValueError:
        assert not tags.input_tags.allow_nan
    else:
        assert tags.input_tags.allow_nan


def test_imbalanced_learn_takes_it_for_a_sampler(sampler):
    """``imblearn.base.is_sampler`` says yes."""
    assert is_sampler(sampler)


class Witness(ClassifierMixin, BaseEstimator):
    """A classifier that only remembers what it was shown."""

    def fit(self, X: Any, Y: Any) -> "Witness":
        """Remember the training data."""
        self.seen_ = X, Y
        return self

    def predict(self, X: Any) -> Any:
        """Return what was asked about."""
        return X


def test_imbalanced_learns_pipeline_resamples_in_fit_only(sampler, small):
    """The last step is fitted on the resampled rows and asked about the rows given."""
    pipeline = Pipeline([("s", sampler), ("clf", Witness())]).fit(small.X, small.Y)
    X_res, Y_res = clone(sampler).fit_resample(small.X, small.Y)
    np.testing.assert_array_equal(pipeline[-1].seen_[0], X_res)
    np.testing.assert_array_equal(pipeline[-1].seen_[1], Y_res)
    np.testing.assert_array_equal(pipeline.predict(small.X), small.X)


def test_pipeline_trains_a_classifier(sampler, small):
    """A tree behind the sampler predicts a row of labels for every row given."""
    tree = DecisionTreeClassifier(random_state=0)
    pipeline = Pipeline([("s", sampler), ("clf", tree)]).fit(small.X, small.Y)
    assert pipeline.predict(small.X).shape == small.Y.shape


def test_worker_processes_give_the_same_rows(every_sampler, small):
    """A seeded sampler gives in a loky worker the rows it gives here."""
    jobs = [delayed(type(s).fit_resample)(clone(s), small.X, small.Y) for s in every_sampler]
    there = Parallel(n_jobs=2, backend="loky")(jobs)
    for sampler, (X_res, Y_res) in zip(every_sampler, there, strict=True):
        X_here, Y_here = sampler.fit_resample(small.X, small.Y)
        np.testing.assert_array_equal(X_res, X_here)
        np.testing.assert_array_equal(Y_res, Y_here)


@pytest.mark.parametrize("sampler", names_with("n_jobs"), indirect=True)
def test_n_jobs_changes_no_row(sampler, small):
    """Samplers that share their work out give the same rows however many share it."""
    key = parameter_called(sampler, "n_jobs")
    _, X_alone, _ = double_run(sampler, small.X, small.Y)
    X_res, _ = sampler.set_params(**{key: 2}).fit_resample(small.X, small.Y)
    np.testing.assert_array_equal(X_res, X_alone)


@pytest.mark.parametrize("sampler", names_with("random_state"), indirect=True)
@pytest.mark.parametrize(
    "make",
    [
        lambda: 7,
        lambda: np.int64(7),
        lambda: np.random.RandomState(7),
        lambda: np.random.default_rng(7),
    ],
    ids=["int", "numpy int", "RandomState", "Generator"],
)
def test_random_state_of_any_kind_repeats(sampler, small, make):
    """Equal random states give equal rows."""
    first = clone(sampler).set_params(random_state=make()).fit_resample(small.X, small.Y)
    again = clone(sampler).set_params(random_state=make()).fit_resample(small.X, small.Y)
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])


@pytest.mark.parametrize("sampler", names_with("random_state"), indirect=True)
def test_no_random_state_draws_from_numpys_global_stream(sampler, small):
    """None follows np.random.seed, as everywhere in scikit-learn."""
    sampler.set_params(random_state=None)
    rows = []
    for _ in range(2):
        np.random.seed(3)  # noqa: NPY002 - the global stream is the subject
        rows.append(clone(sampler).fit_resample(small.X, small.Y)[0])
    np.testing.assert_array_equal(*rows)


@pytest.mark.parametrize("sampler", names_that_draw(), indirect=True)
def test_different_seeds_give_different_rows(sampler, small):
    """Of five seeds, at least two disagree."""
    runs = [clone(sampler).set_params(random_state=s) for s in range(5)]
    results = {run.fit_resample(small.X, small.Y)[0].tobytes() for run in runs}
    assert len(results) > 1


def test_a_second_call_of_a_seeded_sampler_repeats_the_first(sampler, small):
    """An int seed belongs to each call, not to the object."""
    first, second = (sampler.fit_resample(small.X, small.Y)[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)


def torch_stream() -> tuple[Any, ...]:
    """Return the state of torch's global stream, where there is torch."""
    if find_spec("torch") is None:
        return ()
    import torch

    return (torch.get_rng_state().tolist(),)


def torch_settings() -> tuple[Any, ...]:
    """Return how many threads torch has, and whether it records gradients."""
    if find_spec("torch") is None:
        return ()
    import torch

    return torch.get_num_threads(), torch.is_grad_enabled()


def test_global_random_streams_stay_untouched(sampler, small):
    """A seeded sampler advances neither numpy's, nor torch's, nor Python's global stream."""

    def streams() -> tuple[Any, ...]:
        numpys = np.random.get_state()  # noqa: NPY002 - the global stream is the subject
        return numpys[1].tobytes(), numpys[2:], random.getstate(), *torch_stream()

    before = streams()
    sampler.fit_resample(small.X, small.Y)
    assert streams() == before


def test_warning_filters_and_torch_threads_stay_as_they_are(sampler, small):
    """A call changes no setting of the process."""
    before = list(warnings.filters), *torch_settings()
    sampler.fit_resample(small.X, small.Y)
    assert (list(warnings.filters), *torch_settings()) == before


WORDS = [f"text {i}" for i in range(60)]

UNREADABLE = {
    "array of strings": np.array(WORDS)[:, None].repeat(2, axis=1),
    "one-dimensional array": np.array(WORDS),
    "list of texts": WORDS,
    "list of rows of strings": [[word, "x"] for word in WORDS],
    "list of dicts": [{"word": word} for word in WORDS],
    "missing values": np.where(np.arange(120).reshape(60, 2) % 7 == 0, np.nan, 1.0),
    "infinite values": np.full((60, 2), np.inf),
    "objects": np.array([[word, None] for word in WORDS], dtype=object),
    "three dimensions": np.arange(60 * 4.0).reshape(60, 2, 2),
    "dates": np.arange(60).astype("datetime64[D]")[:, None],
}
GAPS = {"word": WORDS, "gap": [None, 1.0] * 30}
if pd is not None:
    UNREADABLE |= {"Series": pd.Series(WORDS), "frame with missing values": pd.DataFrame(GAPS)}
if pl is not None:
    UNREADABLE |= {
        "polars Series": pl.Series(WORDS),
        "polars with missing values": pl.DataFrame({**GAPS, "list": [[1, None]] * 60}),
    }


def rows_in(held: Any) -> list[Any]:
    """Return the rows of whatever has any."""
    if not hasattr(held, "columns"):
        return list(held)
    return [tuple(row) for row in (held.rows() if hasattr(held, "rows") else held.to_numpy())]


@pytest.mark.parametrize("X", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_features_nobody_reads_may_be_anything(copier, small, X):
    """A sampler that does not read features copies rows of whatever they are."""
    X_res, _ = copier.fit_resample(X, small.Y)
    assert type(X_res) is type(X)
    rows = rows_in(X)
    expected = [rows[i] for i in copier.sample_indices_]
    np.testing.assert_equal(rows_in(X_res), expected)
