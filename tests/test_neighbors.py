"""The neighbour search: distances, ties, oneself, containers, plugged-in indexes."""

import tracemalloc

import numpy as np
import oracles
import pytest
import scipy.sparse as sp
import strategies
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.base import BaseEstimator
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from skml_aemlo import _neighbors, _search
from skml_aemlo._neighbors import Space, nearest
from skml_aemlo._search import ExactSearch

CONTAINERS = [np.asarray, sp.csr_array]


def dense(points):
    """Return coordinates as an array."""
    return points.toarray() if sp.issparse(points) else points


def squared_distances(points):
    """Squared Euclidean distances between all rows, summed by scipy."""
    points = dense(points)
    return cdist(points, points, "sqeuclidean")


def oracle_distances(metric, X, categorical, target):
    """The literal squared distances of one metric."""
    if metric == "hvdm":
        return oracles.hvdm(X, categorical, target)
    return oracles.heom(X, categorical) if metric == "heom" else oracles.euclidean(X)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("metric", _neighbors.METRICS)
@given(data=st.data())
def test_distances_are_the_literal_ones(metric, container, data):
    """The embedding's Euclidean distances are the metric's, value by value."""
    X, categorical = data.draw(strategies.feature_tables())
    target = data.draw(strategies.label_matrices(n_rows=len(X), max_labels=1))[:, 0]
    points = Space(container(X), categorical, metric).points(bearers=np.flatnonzero(target))
    expected = np.array(oracle_distances(metric, X, categorical, target), dtype=float)
    np.testing.assert_allclose(squared_distances(points), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("metric", _neighbors.METRICS)
@given(data=st.data())
def test_neighbors_are_the_literal_ones(metric, container, data):
    """From features to neighbours, exact ties go by row index, whatever the scaling rounds."""
    X, categorical = data.draw(strategies.feature_tables())
    target = data.draw(strategies.label_matrices(n_rows=len(X), max_labels=1))[:, 0]
    k = data.draw(st.integers(1, len(X) + 2))
    points = Space(container(X), categorical, metric).points(bearers=np.flatnonzero(target))
    expected = oracles.neighbors(oracle_distances(metric, X, categorical, target), k)
    assert nearest(points, k).tolist() == expected


def test_hvdm_without_a_target_compares_nominal_values_by_equality():
    """Without a label to differ about, two nominal values are 0 or 1 apart."""
    X, categorical = np.array([[0.0, 1.0], [2.0, 2.0], [1.0, 2.0]]), np.array([True, False])
    points = Space(X, categorical, "hvdm").points()
    np.testing.assert_array_equal(
        squared_distances(points), np.array(oracles.heom(X, categorical), dtype=float)
    )


@given(data=st.data())
def test_dense_and_sparse_search_agree_on_any_numbers(data):
    """The same coordinates give the same rows, bit for bit, as an array and as CSR."""
    number = st.one_of(st.just(0.0), st.floats(-1e6, 1e6))
    X = np.array(
        data.draw(st.lists(st.lists(number, min_size=3, max_size=3), min_size=2, max_size=12))
    )
    k = data.draw(st.integers(1, len(X)))
    nominal = np.zeros(3, dtype=bool)
    for metric in ("heom", "euclidean"):
        found = [nearest(Space(make(X), nominal, metric).points(), k) for make in CONTAINERS]
        np.testing.assert_array_equal(*found)


@given(data=st.data())
def test_no_row_is_left_out_for_a_farther_one(data):
    """On any numbers, the distances found are the k smallest, to rounding."""
    X = np.array(
        data.draw(
            st.lists(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2), min_size=2, max_size=9)
        )
    )
    k = data.draw(st.integers(1, len(X) - 1))
    table = squared_distances(X)
    np.fill_diagonal(table, np.inf)
    found = np.take_along_axis(table, nearest(X, k), axis=1)
    np.testing.assert_allclose(found, np.sort(table, axis=1)[:, :k], rtol=1e-11)


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_row_is_never_its_own_neighbor(container):
    """Among identical rows each finds the others, lowest index first."""
    found = nearest(container(np.ones((4, 2))), 2)
    assert found.tolist() == [[1, 2], [0, 2], [0, 1], [0, 1]]


@pytest.mark.parametrize(("k", "width"), [(1, 1), (3, 3), (4, 3), (99, 3), (0, 0)])
def test_k_is_cut_to_the_other_rows(k, width):
    """There are at most n - 1 neighbours."""
    assert nearest(np.arange(4.0)[:, None], k).shape == (4, width)


def test_a_single_row_has_no_neighbors():
    """One row has nobody around it."""
    assert nearest(np.zeros((1, 2)), 3).shape == (1, 0)


@pytest.mark.parametrize("container", CONTAINERS)
def test_blocks_and_threads_change_nothing(container, monkeypatch):
    """The rows found do not depend on how the search is cut up."""
    X = container(np.random.default_rng(0).integers(0, 4, (60, 5)) / 3)
    whole = nearest(X, 7)
    monkeypatch.setattr(_search, "_BLOCK", 100)
    monkeypatch.setattr(_search, "_SCREEN", 100)
    monkeypatch.setattr(_search, "_NARROWEST", 7)
    np.testing.assert_array_equal(nearest(X, 7, n_jobs=2), whole)


@pytest.mark.parametrize("container", CONTAINERS)
def test_far_from_the_origin_near_rows_stay_apart(container):
    """An offset that swallows the matrix product's digits does not disturb the order."""
    X = np.random.default_rng(1).integers(0, 1000, (40, 3)) + 2.0**40
    expected = oracles.neighbors(oracles.euclidean(X), 4)
    assert nearest(container(X), 4).tolist() == expected
    assert nearest(container(X + 0.5), 4).tolist() == expected


@pytest.mark.parametrize("container", CONTAINERS)
def test_an_offset_costs_a_scaled_column_no_digit(container):
    """Whole numbers far from zero have the HEOM neighbours that they have near it."""
    X = np.random.default_rng(7).integers(1, 31, (100, 2)).astype(float)
    expected = oracles.neighbors(oracles.heom(X, [False] * 2), 4)
    for offset in (0.0, 2.0**45, -(2.0**45)):
        points = Space(container(X + offset), np.zeros(2, bool), "heom").points()
        assert nearest(points, 4).tolist() == expected


@pytest.mark.parametrize("container", CONTAINERS)
def test_large_whole_numbers_are_compared_digit_by_digit(container):
    """Whole numbers whose squares single precision cannot hold are searched exactly."""
    X = np.random.default_rng(8).integers(0, 10**6, (300, 1))
    expected = exact_neighbors(X, 5)
    np.testing.assert_array_equal(nearest(container(X.astype(float)), 5), expected)


def exact_neighbors(X, k):
    """The k nearest other rows by whole-numbered sums, ties by row index."""
    table = ((X[:, None].astype(np.int64) - X[None].astype(np.int64)) ** 2).sum(axis=2)
    np.fill_diagonal(table, np.iinfo(np.int64).max)
    return np.argsort(table, axis=1, kind="stable")[:, :k]


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("k", [1, 5])
@settings(max_examples=40)
@given(
    n=st.integers(100, 300),
    width=st.integers(1, 4),
    most=st.sampled_from([1, 4, 30, 1000]),
    # far from 0, thirds and tenths are too coarse to be told from what they stand for
    scale=st.sampled_from(
        [(1.0, 0), (1 / 3, 0), (0.1, 0), (1.0, 10**6), (0.25, 10**6), (2.0**-30, 7)]
    ),
    seed=st.integers(0, 2**32 - 1),
)
def test_groups_of_rows_lose_no_neighbor(container, k, n, width, most, scale, seed):
    """Hundreds of rows of few values, where ties abound, have the neighbours of whole numbers."""
    unit, offset = scale
    X = np.random.default_rng(seed).integers(0, most + 1, (n, width)) + offset
    found = nearest(container(X * unit), k)
    np.testing.assert_array_equal(found, exact_neighbors(X, k))


@pytest.mark.parametrize("container", CONTAINERS)
def test_single_precision_is_searched_in_double(container):
    """float32 coordinates find what the same numbers find in float64."""
    X = np.random.default_rng(2).normal(1e4, 1.0, (80, 3)).astype(np.float32)
    expected = nearest(X.astype(float), 5)
    for metric in ("euclidean", "heom"):
        found = nearest(Space(container(X), np.zeros(3, bool), metric).points(), 5)
        wanted = nearest(Space(X.astype(float), np.zeros(3, bool), metric).points(), 5)
        np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(nearest(container(X), 5), expected)


def test_scaling_keeps_sparse_columns_sparse():
    """No coordinate of a sparse table is filled in: zeros stay where they were."""
    X = strategies.sparse_table(500, 300, 0.01)
    nominal = np.arange(300) % 2 == 0
    X.data[np.isin(X.indices, np.flatnonzero(nominal))] = 1.0
    assert Space(X, nominal, "heom").points().nnz == X.nnz
    assert Space(X, nominal, "hvdm").points(bearers=np.arange(0, 500, 2)).nnz <= X.nnz


def test_many_values_keep_sparse_columns_sparse():
    """A nominal column of many values stores four numbers an entry and none for a zero."""
    X = strategies.sparse_table(200, 50, 0.05)
    X.data = np.ceil(X.data * 9)
    points = Space(X, np.ones(50, dtype=bool)).points()
    assert points.nnz == 4 * X.nnz
    mismatches = (X.toarray()[:, None] != X.toarray()[None]).sum(axis=2)
    np.testing.assert_array_equal(squared_distances(points), mismatches)


@pytest.mark.parametrize("container", CONTAINERS)
def test_some_rows_can_be_asked_for(container):
    """Asking for a few rows, in any order, gives what asking for all gives of them."""
    X = container(np.random.default_rng(4).integers(0, 9, (90, 4)) / 7)
    for rows in (np.array([80, 3, 3, 41]), np.arange(90)[::-1]):
        np.testing.assert_array_equal(nearest(X, 6, rows=rows), nearest(X, 6)[rows])
        plugged = nearest(X, 6, rows=rows, neighbors=NearestNeighbors())
        assert not np.any(plugged == rows[:, None])
    assert nearest(X, 6, rows=rows[:0]).shape == (0, 6)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("apart", [1.0, 1e-9, 0.0])
def test_a_crowd_is_told_apart_in_double_precision(container, apart):
    """Hundreds of rows that single precision cannot tell apart, beside one far row."""
    X = np.vstack([1.0 + apart * np.random.default_rng(5).random((400, 2)), [[3e4, -3e4]]])
    found = nearest(container(X), 3)
    table = squared_distances(X)
    np.fill_diagonal(table, np.inf)
    np.testing.assert_allclose(
        np.take_along_axis(table, found, axis=1), np.sort(table, axis=1)[:, :3], rtol=1e-9
    )


def test_a_chain_of_near_ties_does_not_carry_far_rows_along():
    """Rows each within 40 bits of the next are no tie from one end of the chain to the other."""
    m = 20000
    squares = 1 + np.arange(m)[::-1] * 2.0**-41
    X = np.append(0.0, np.sqrt(squares))[:, None]
    found = int(nearest(X, 1, rows=np.array([0]))[0, 0])
    assert squares[found - 1] <= 1 + 2.0**-40


def test_an_offset_of_a_filled_sparse_column_does_not_crowd_the_search():
    """A time stamp beside sparse words costs no more than without its offset."""
    rng = np.random.default_rng(7)
    words = (rng.random((500, 30)) < 0.1) * rng.random((500, 30))
    X = np.column_stack([words, 1.7e9 + rng.integers(0, 9, 500)])
    near = X - np.append(np.zeros(30), 1.7e9)
    np.testing.assert_array_equal(nearest(sp.csr_array(X), 4), nearest(near, 4))
    search = ExactSearch(sp.csr_array(X), 4)
    _, crowded = search._pass(search.screen, np.arange(500), None)
    assert not crowded.any()


def test_columns_that_no_asking_row_has_are_left_out():
    """A million columns, few of them used, give what the used ones alone give."""
    rng = np.random.default_rng(8)
    narrow = sp.random_array((300, 40), density=0.2, format="csr", random_state=rng)
    wide = sp.csr_array((narrow.data, 25_000 * narrow.indices, narrow.indptr), shape=(300, 10**6))
    np.testing.assert_array_equal(nearest(wide, 3), nearest(narrow, 3))
    tracemalloc.start()
    nearest(wide, 3)
    megabytes = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    assert megabytes < 100


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("scale", [2.0**-900, 2.0**-300, 2.0**200])
def test_the_unit_of_raw_features_does_not_matter(container, scale):
    """Points whose squares would vanish, or almost overflow, have the same neighbours."""
    X = np.random.default_rng(6).normal(size=(50, 3))
    np.testing.assert_array_equal(nearest(container(X * scale), 4), nearest(X, 4))


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("values", [1, 2, 7])
def test_a_few_distinct_rows_tie_by_index(container, values):
    """A thousand rows of few kinds: the lowest rows of the own kind come first."""
    X = np.repeat(np.arange(values)[:, None] / 3, 3, axis=1)[np.arange(1000) % values]
    found = nearest(container(X), 4)
    for row in (0, 1, 500, 999):
        same = np.flatnonzero(np.arange(1000) % values == row % values)
        assert found[row].tolist() == same[same != row][:4].tolist()


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("span", [5e-324, 1e-300, 1e300, 1.7e308])
def test_any_finite_range_is_scaled(container, span):
    """Columns as narrow or as wide as floats go give neither an overflow nor NaN."""
    X = container(np.array([[-span], [span], [0.0]]))
    points = dense(Space(X, np.zeros(1, bool)).points())
    assert np.isfinite(points).all()
    assert np.ptp(points) == pytest.approx(1.0 if span > 1e-307 else 0.0)


def test_overflowing_distances_are_refused():
    """Raw values too large to square are one clear error rather than wrong neighbours."""
    with pytest.raises(ValueError, match=r"X holds values up to 2e\+200, too large"):
        nearest(np.array([[1e200], [2e200], [0.0]]), 1)


def test_a_plugged_in_index_finds_the_same_rows():
    """scikit-learn's index, asked without ties, agrees with the exact search."""
    X = np.random.default_rng(3).normal(size=(70, 4))
    expected = nearest(X, 6)
    index = NearestNeighbors(algorithm="kd_tree")
    np.testing.assert_array_equal(nearest(X, 6, neighbors=index), expected)
    assert not hasattr(index, "n_samples_fit_")  # the caller's index is left unfitted


def test_a_plugged_in_index_never_returns_the_row_itself():
    """Duplicates push a row out of its own place in an index; it is no neighbour all the same."""
    X = np.repeat(np.arange(5.0), 8)[:, None]
    found = nearest(X, 3, neighbors=NearestNeighbors())
    assert found.shape == (40, 3)
    assert not np.any(found == np.arange(40)[:, None])
    np.testing.assert_array_equal(X[found, 0], np.repeat(X, 3, axis=1))


def test_a_plugged_in_index_may_ask_for_every_row():
    """With k of all others the index is not asked for more rows than there are."""
    found = nearest(np.arange(4.0)[:, None], 9, neighbors=NearestNeighbors())
    assert np.sort(found, axis=1).tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]


@pytest.mark.parametrize(
    "rows",
    [
        np.array([[0, 1, -1]] * 4),
        np.array([[0, 1, 4]] * 4),
        np.array([[0, 1, 1]] * 4),
        np.array([[0, 1]] * 4),
        np.array([[0.0, 1.0, 2.0]] * 4),
    ],
    ids=["too few", "out of range", "twice", "narrow", "floats"],
)
def test_an_index_that_gives_no_rows_is_refused_by_name(rows):
    """What is no answer of k + 1 different rows is one clear error, and nobody's neighbour."""
    with pytest.raises(ValueError, match="neighbors=Recorded must return"):
        nearest(np.zeros((4, 1)), 2, neighbors=Recorded(rows))


@pytest.mark.parametrize("index", [NearestNeighbors, KNeighborsClassifier()], ids=["class", "y"])
def test_what_is_no_index_of_rows_is_refused_by_name(index):
    """A class, or a classifier that wants targets, is one clear error."""
    with pytest.raises(TypeError, match=r"neighbors=.* must be an instance of an index"):
        nearest(np.zeros((4, 1)), 2, neighbors=index)


class Recorded(BaseEstimator):
    """An index that returns rows it was given, each row's own index first."""

    def __init__(self, rows=None):
        self.rows = rows

    def fit(self, X):
        """Accept anything."""
        return self

    def kneighbors(self, X, n_neighbors, return_distance):
        """Return the rows given."""
        return self.rows[:, :n_neighbors]


def test_an_index_that_forgets_the_row_loses_its_last_answer():
    """An approximate index that returned k + 1 others gives the first k of them."""
    rows = np.array([[1, 2, 3], [1, 0, 2], [3, 1, 2], [0, 3, 1]])
    found = nearest(np.zeros((4, 1)), 2, neighbors=Recorded(rows))
    assert found.tolist() == [[1, 2], [0, 2], [3, 1], [0, 1]]


def space_of(recorded, container=np.asarray):
    """The HEOM space of a Mulan record."""
    return Space(container(recorded["X"]), recorded["feature_nominal_nvalues"] > 0, "heom")


@pytest.fixture(params=["emotions", "flags", "genbase"])
def mulan(request, reference):
    """Figures of the authors' Java code for one data set."""
    return np.load(reference / "oracle" / "mulan" / f"{request.param}.npz")


@pytest.mark.reference
@pytest.mark.parametrize("container", CONTAINERS)
def test_neighbors_are_those_of_the_java_code(mulan, container):
    """Where no tie decides, the five nearest rows are Mulan's."""
    found = nearest(space_of(mulan, container).points(), 5)
    sure = ~(mulan["near_tie_k5_features"] | mulan["knn_tie_at_k"])
    assert sure.sum() > 40
    np.testing.assert_array_equal(np.sort(found[sure], 1), np.sort(mulan["knn"][sure], 1))


@pytest.mark.reference
def test_distances_are_those_of_the_java_code(mulan):
    """Ties or not, the five smallest distances are Mulan's."""
    points = space_of(mulan).points()
    found = nearest(points, 5)
    coordinates = dense(points)
    found = np.linalg.norm(coordinates[:, None] - coordinates[found], axis=2)
    np.testing.assert_allclose(found, mulan["knn_dist"], rtol=1e-12, atol=1e-12)


@pytest.mark.reference
@pytest.mark.parametrize("container", CONTAINERS)
def test_neighbors_inside_a_bag_are_those_of_the_java_code(mulan, container):
    """MLSMOTE's neighbours, inside the bag of a label and scaled over all rows."""
    points = space_of(mulan, container).points()
    for label in np.unique(mulan["mlsmote_static_label_seed"][:, 0]):
        bag = np.flatnonzero(mulan["Y"][:, label])
        mine = mulan["mlsmote_static_label_seed"][:, 0] == label
        seeds = mulan["mlsmote_static_label_seed"][mine, 1]
        recorded = mulan["mlsmote_static_nn_global_scaled"][mine]
        found = bag[nearest(points[bag], 5)][np.searchsorted(bag, seeds)]
        for ours, theirs in zip(found, recorded, strict=True):
            assert set(ours) == set(theirs[theirs >= 0])
