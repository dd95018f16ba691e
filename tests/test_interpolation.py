"""MLSMOTE against a literal transcription, the Java reference and what interpolation must keep."""

import warnings

import numpy as np
import oracles
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles_interpolation import bag_of, mlsmote, most_frequent, near_in_bag
from scipy import stats
from sklearn.neighbors import NearestNeighbors
from strategies import labelled_tables, sparse_table

from skml_aemlo import MLSMOTE, MLSOL, MLRkNNOS, _between
from skml_aemlo._between import MostFrequent, elect_labels
from skml_aemlo._neighbors import Space, nearest
from skml_aemlo.datasets import load_arff
from skml_aemlo.measures import minority_labels

BALANCED = "ignore:Y is almost balanced:UserWarning"  # emotions is, and MLSMOTE says so


@pytest.fixture
def bags():
    """Return 90 rows: a frequent label, and two rare ones in clusters of 12 and 5 rows."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(90, 4))
    Y = np.zeros((90, 3), dtype=int)
    Y[:73, 0] = 1
    Y[73:85, 1] = 1
    Y[85:, 2] = 1
    Y[70:76, 2] = 0
    return X, Y


def distances_of(X, categorical, Y, metric, label):
    """Return all squared distances in fractions."""
    if metric == "euclidean":
        return oracles.euclidean(X)
    if metric == "heom":
        return oracles.heom(X, categorical)
    return oracles.hvdm(X, categorical, Y[:, label])


def assert_made(sampler, result, expected, n):
    """Seeds, references, features and labels of the rows made equal those expected."""
    seeds, references, X_new, Y_new = expected
    X_res, Y_res = result
    X_res = X_res.toarray() if sp.issparse(X_res) else X_res
    assert sampler.sample_indices_[n:].tolist() == seeds
    assert sampler.reference_indices_[n:].tolist() == references
    np.testing.assert_array_equal(X_res[n:], np.reshape(X_new, (-1, X_res.shape[1])))
    np.testing.assert_array_equal(Y_res[n:], np.reshape(Y_new, (-1, Y_res.shape[1])))


@settings(max_examples=150)
@given(
    labelled_tables(),
    st.integers(1, 6),
    st.sampled_from(["ranking", "union", "intersection"]),
    st.sampled_from(["hvdm", "heom", "euclidean"]),
    st.sampled_from([None, 0.5, 2.5]),
    st.sampled_from([np.asarray, sp.csr_array]),
)
def test_rows_equal_those_of_the_transcription(table, k, strategy, metric, fraction, container):
    """The same random numbers make the same rows, with ties, duplicates, empty and full labels."""
    X, categorical, Y = table
    labels = list(range(Y.shape[1]))[::-1]
    number = None if fraction is None else int(fraction * len(X))
    expected = mlsmote(
        X,
        categorical,
        Y,
        labels,
        lambda j: near_in_bag(distances_of(X, categorical, Y, metric, j), bag_of(Y, j), k),
        strategy,
        number,
        np.random.default_rng(3),
    )
    sampler = MLSMOTE(
        n_neighbors=k,
        labelset_strategy=strategy,
        metric=metric,
        fraction=fraction,
        sampling_strategy=labels,
        categorical_features=categorical,
        random_state=np.random.default_rng(3),
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "nothing was resampled", UserWarning)
        result = sampler.fit_resample(container(X), Y)
    assert_made(sampler, result, expected, len(X))


@pytest.mark.reference
@pytest.mark.filterwarnings(BALANCED)
@pytest.mark.parametrize("name", ["emotions.arff", "birds.arff.gz", "flags.arff"])
@pytest.mark.parametrize("fraction", [None, 0.2])
def test_rows_of_real_data_equal_those_of_the_transcription(reference, name, fraction):
    """On real data, neighbours given, the same random numbers make the same rows."""
    data = load_arff(reference / "data" / name)
    X, Y = np.asarray(data.X), data.Y.toarray()
    space = Space(X, data.categorical, "heom")

    def near_of(label):
        bag = np.flatnonzero(Y[:, label])
        return dict(zip(bag.tolist(), bag[nearest(space.points()[bag], 5)].tolist(), strict=True))

    number = None if fraction is None else int(fraction * len(X))
    labels = minority_labels(Y).tolist()
    expected = mlsmote(
        X, data.categorical, Y, labels, near_of, "ranking", number, np.random.default_rng(8)
    )
    sampler = MLSMOTE(
        metric="heom",
        fraction=fraction,
        categorical_features=data.categorical,
        random_state=np.random.default_rng(8),
    )
    assert_made(sampler, sampler.fit_resample(X, Y), expected, len(X))


@settings(max_examples=200)
@given(st.data())
def test_most_frequent_values_are_those_counted_one_by_one(data):
    """Any number of values, neighbours and absent neighbours; a tie goes to the nearest."""
    n, width, k = (data.draw(st.integers(1, most)) for most in (6, 3, 6))
    X = np.array(data.draw(st.lists(st.integers(-1, 2), min_size=n * width, max_size=n * width)))
    X = X.reshape(n, width).astype(float)
    sizes = data.draw(st.lists(st.integers(1, k), min_size=1, max_size=4))
    rows = [data.draw(st.lists(st.integers(0, n - 1), min_size=s, max_size=s)) for s in sizes]
    near = np.array([row + [-1] * (k - len(row)) for row in rows])
    expected = [[most_frequent([X[i, j] for i in row]) for j in range(width)] for row in rows]
    np.testing.assert_array_equal(MostFrequent(X)(near), expected)
    np.testing.assert_array_equal(MostFrequent(sp.csr_array(X))(near).toarray(), expected)
    with pytest.MonkeyPatch.context() as patch:
        # as if there were too many neighbours to rank them in a float
        patch.setattr(_between, "_RANKS", 0)
        np.testing.assert_array_equal(MostFrequent(sp.csr_array(X))(near).toarray(), expected)


@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
@pytest.mark.parametrize(
    "sampler",
    [MLSMOTE(), MLSOL(), MLSOL(interpolation="row"), MLRkNNOS(fraction=0.5)],
    ids=repr,
)
def test_small_blocks_make_the_same_rows(bags, container, sampler, monkeypatch):
    """Rows made in blocks of a few are those made at once."""
    X, Y = bags
    X = np.column_stack([X, np.arange(90) % 3])
    sampler.set_params(random_state=0, categorical_features=[4])
    X_res, Y_res = sampler.fit_resample(container(X), Y)
    monkeypatch.setattr(_between, "_BLOCK", 20)
    X_small, Y_small = sampler.fit_resample(container(X), Y)
    np.testing.assert_array_equal(Y_small, Y_res)
    assert abs(X_small - X_res).max() == 0


@pytest.mark.filterwarnings(BALANCED)
@pytest.mark.parametrize(
    ("name", "new"), [("emotions.arff", 655), ("birds.arff.gz", 79), ("flags.arff", 78)]
)
def test_number_of_new_rows_is_the_published_one(reference, name, new):
    """One new row per seed in every minority bag of two rows or more."""
    data = load_arff(reference / "data" / name)
    sampler = MLSMOTE(random_state=0, categorical_features=data.categorical)
    sampler.fit_resample(data.X, data.Y)
    assert sampler.is_synthetic_.sum() == new


@pytest.mark.filterwarnings(BALANCED)
@pytest.mark.parametrize("name", ["emotions", "flags"])
@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
def test_seeds_and_neighbours_equal_those_of_the_reference(reference, name, container):
    """Seeds come label by label, and references are among the reference figures' neighbours."""
    figures = np.load(reference / "oracle" / "mulan" / f"{name}.npz")
    sampler = MLSMOTE(
        metric="heom", categorical_features=figures["feature_nominal_nvalues"] > 0, random_state=0
    )
    sampler.fit_resample(container(figures["X"]), figures["Y"])
    made = sampler.is_synthetic_
    seeds = figures["mlsmote_static_label_seed"][:, 1]
    np.testing.assert_array_equal(sampler.sample_indices_[made], seeds)
    near = figures["mlsmote_static_nn_global_scaled"]
    references = sampler.reference_indices_[made]
    assert all(one in row for one, row in zip(references, near, strict=True))


@pytest.mark.parametrize("name", ["emotions", "flags"])
def test_votes_equal_those_of_the_java_code(reference, name):
    """Given its seeds and neighbours, more than half of the votes give its label sets."""
    figures = np.load(reference / "oracle" / "mulan" / f"{name}.npz")
    seeds = figures["mlsmote_static_label_seed"][:, 1]
    Y = sp.csr_array(figures["Y"])
    made = elect_labels(Y, seeds, figures["mlsmote_static_nn_bag_scaled"], "ranking")
    np.testing.assert_array_equal(made.toarray(), figures["mlsmote_static_Y_more_than_half"])


def test_new_rows_lie_between_seed_and_reference(bags):
    """No feature leaves the segment, and each moves by its own share."""
    X, Y = bags
    sampler = MLSMOTE(random_state=0)
    X_res, _ = sampler.fit_resample(X, Y)
    made = sampler.is_synthetic_
    seed, other = X[sampler.sample_indices_[made]], X[sampler.reference_indices_[made]]
    share = (X_res[made] - seed) / (other - seed)
    assert share.min() >= 0
    assert share.max() <= 1
    assert np.ptp(share, axis=1).min() > 0


def test_shares_are_uniform(bags):
    """The shares of many new rows pass a Kolmogorov-Smirnov test for the uniform distribution."""
    X, Y = bags
    sampler = MLSMOTE(fraction=20, random_state=0)
    X_res, _ = sampler.fit_resample(X, Y)
    made = sampler.is_synthetic_
    seed, other = X[sampler.sample_indices_[made]], X[sampler.reference_indices_[made]]
    share = ((X_res[made] - seed) / (other - seed)).ravel()
    assert stats.kstest(share[:5000], "uniform").pvalue > 0.01


def test_references_are_neighbours_inside_the_bag(bags):
    """A reference is among the nearest rows of the label, as scikit-learn finds them."""
    X, Y = bags
    sampler = MLSMOTE(n_neighbors=3, metric="euclidean", sampling_strategy=[1, 2])
    sampler.fit_resample(X, Y)
    made = np.flatnonzero(sampler.is_synthetic_)
    for label in (1, 2):
        bag = np.flatnonzero(Y[:, label])
        near = NearestNeighbors(n_neighbors=4).fit(X[bag]).kneighbors(X[bag])[1][:, 1:]
        allowed = {seed: set(bag[row]) for seed, row in zip(bag, near, strict=True)}
        drawn = [i for i in made if sampler.sample_indices_[i] in allowed]
        assert all(
            sampler.reference_indices_[i] in allowed[sampler.sample_indices_[i]] for i in drawn
        )
        assert drawn


def test_references_are_drawn_evenly(bags):
    """Each of a seed's neighbours serves about equally often."""
    X, Y = bags
    sampler = MLSMOTE(n_neighbors=4, sampling_strategy={2: 4005}, random_state=0)
    sampler.fit_resample(X, Y)
    made = sampler.is_synthetic_
    pairs = np.zeros((90, 90))
    np.add.at(pairs, (sampler.sample_indices_[made], sampler.reference_indices_[made]), 1)
    counts = pairs[85:, 85:][~np.eye(5, dtype=bool)]
    # 4000 draws over 20 pairs: 200 each, standard deviation 12
    assert stats.chisquare(counts).pvalue > 0.001


def test_fraction_draws_seeds_cycle_by_cycle(bags):
    """With more rows wanted than seeds, no seed serves twice more often than another."""
    X, Y = bags
    sampler = MLSMOTE(fraction=0.5, sampling_strategy=[1, 2], random_state=0)
    X_res, _ = sampler.fit_resample(X, Y)
    uses = np.bincount(sampler.sample_indices_[sampler.is_synthetic_], minlength=90)[73:]
    assert len(X_res) == 90 + 45
    assert uses.sum() == 45
    assert uses.max() - uses.min() == 1


def test_dict_gives_the_wanted_positives(bags):
    """Disjoint labels end with exactly the numbers asked for."""
    X, Y = bags
    _, Y_res = MLSMOTE(sampling_strategy={1: 30, 2: 8}, random_state=0).fit_resample(X, Y)
    assert Y_res.sum(axis=0).tolist() == [73, 30, 8]


@pytest.mark.parametrize(
    ("strategy", "needed"), [("ranking", 2), ("union", 1), ("intersection", 3)]
)
def test_labels_are_voted_by_seed_and_neighbours(strategy, needed):
    """With three rows in the bag, every vote can be counted by hand."""
    rng = np.random.default_rng(0)
    Y = np.zeros((60, 4), dtype=int)
    Y[3:, 0] = 1
    Y[:3] = [[1, 1, 0, 1], [0, 1, 0, 1], [0, 0, 0, 1]]
    Y[10:20, 1] = 1
    Y[20:40, 2] = 1
    votes = Y[:3].sum(axis=0)
    sampler = MLSMOTE(
        sampling_strategy=[3], labelset_strategy=strategy, n_neighbors=2, random_state=0
    )
    _, Y_res = sampler.fit_resample(rng.random((60, 2)), Y)
    assert Y_res[60:].tolist() == [(votes >= needed).astype(int).tolist()] * 3


@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
def test_nominal_values_are_voted_by_the_neighbours(container):
    """A nominal column takes the most frequent value among the neighbours, the seed not counted."""
    X = np.array([[0, 3], [1, 5], [2, 5], [3, 5], [9, 1], [9, 1], [9, 1], [9, 0], [9, 0]], float)
    Y = np.array([[1, 0]] * 4 + [[0, 1]] * 5)
    sampler = MLSMOTE(
        sampling_strategy=[0], categorical_features=[1], metric="heom", random_state=0
    )
    X_res, _ = sampler.fit_resample(container(X), Y)
    made = X_res.toarray()[9:] if sp.issparse(X_res) else X_res[9:]
    assert made[:, 1].tolist() == [5, 5, 5, 5]


def test_cells_come_in_row_major_order_whatever_the_container():
    """A sparse X with unsorted entries and stored zeros has the cells of the table it means."""
    X = sp.csr_array(
        (np.array([0.0, 1.0, 3.0, 5.0, 4.0]), np.array([1, 0, 2, 2, 1]), np.array([0, 3, 5])),
        shape=(2, 3),
    )
    rows = np.array([0, 1]), np.array([1, 0])
    steps, plain = _between.Steps(X, *rows), _between.Steps(X.toarray(), *rows)
    for name in ("rows", "columns", "gaps"):
        np.testing.assert_array_equal(getattr(steps, name), getattr(plain, name))
    moved = steps.take(np.ones(6))
    assert moved.toarray().tolist() == [[0, 4, 5], [1, 0, 3]]
    assert np.all(moved.data != 0)


def test_columns_of_sparse_rows_come_back_in_order():
    """Numeric columns between nominal ones return to their places, stored in ascending order."""
    nominal = np.array([False, True, False, True])
    numeric = sp.csr_array(np.array([[1.0, 2.0], [0.0, 3.0]]))
    values = sp.csr_array(np.array([[4.0, 5.0], [6.0, 0.0]]))
    made = _between._interleave(numeric, values, nominal)
    assert made.toarray().tolist() == [[1, 4, 2, 5], [0, 6, 3, 0]]
    assert made.indices.tolist() == [0, 1, 2, 3, 1, 2]


def test_a_tie_between_nominal_values_goes_to_the_nearest():
    """Two neighbours with different values: the nearer one decides."""
    X = np.array([[0, 7], [1, 4], [3, 6], [9, 1], [9, 1], [9, 1], [9, 1]], float)
    Y = np.array([[1, 0]] * 3 + [[0, 1]] * 4)
    sampler = MLSMOTE(
        sampling_strategy=[0], categorical_features=[1], metric="heom", random_state=0
    )
    X_res, _ = sampler.fit_resample(X, Y)
    assert X_res[7:, 1].tolist() == [4, 7, 4]


def test_sparse_rows_equal_dense_rows(bags):
    """The same seed makes the same rows, bit for bit, in either container."""
    X, Y = bags
    X = np.where(np.abs(X) < 0.7, 0.0, X)
    dense, Y_dense = MLSMOTE(random_state=5).fit_resample(X, Y)
    sparse, Y_sparse = MLSMOTE(random_state=5).fit_resample(sp.csr_array(X), sp.csr_array(Y))
    np.testing.assert_array_equal(sparse.toarray(), dense)
    np.testing.assert_array_equal(Y_sparse.toarray(), Y_dense)


def test_shared_zeros_stay_zeros():
    """Interpolation stores no number where both parents have none."""
    X = sparse_table(400, 300, 0.02)
    Y = np.eye(2, dtype=int)[np.repeat([0, 1], [360, 40])]
    sampler = MLSMOTE(random_state=0)
    X_res, _ = sampler.fit_resample(X, Y)
    made = sampler.is_synthetic_
    parents = X[sampler.sample_indices_[made]] + X[sampler.reference_indices_[made]]
    assert X_res[np.flatnonzero(made)].nnz <= parents.nnz
    assert np.all(X_res.data != 0)


def test_a_bag_of_one_makes_nothing():
    """A single positive has no neighbour; a warning says that nothing was made."""
    Y = np.array([[1, 0]] * 9 + [[0, 1]])
    with pytest.warns(UserWarning, match="nothing was resampled: no minority label has two"):
        _, Y_res = MLSMOTE().fit_resample(np.arange(10.0)[:, None], Y)
    np.testing.assert_array_equal(Y_res, Y)


def test_a_dict_says_when_a_bag_of_one_falls_short():
    """A wanted number that a single positive cannot give is reported by label."""
    Y = np.array([[1, 0]] * 9 + [[0, 1]])
    with pytest.warns(UserWarning, match="label 1: wanted 4, got 1") as caught:
        MLSMOTE(sampling_strategy={1: 4}).fit_resample(np.arange(10.0)[:, None], Y)
    assert "because a label with a single positive has no second one" in str(caught[0].message)


def test_a_dict_is_met_where_labels_concur():
    """New rows that bear two wanted labels count for both."""
    rng = np.random.default_rng(0)
    Y = np.zeros((60, 3), dtype=int)
    Y[:30, 0] = Y[25:45, 1] = Y[40:50, 2] = Y[:4, 2] = 1
    wanted = {0: 47, 1: 33, 2: 40}
    sampler = MLSMOTE(sampling_strategy=wanted, labelset_strategy="union", random_state=0)
    _, Y_res = sampler.fit_resample(rng.random((60, 3)), Y)
    assert Y_res.sum(axis=0).tolist() == [47, 33, 40]


def test_a_dict_with_nothing_to_add_adds_nothing(bags):
    """Numbers that are there already make no row, and no warning."""
    X, Y = bags
    X_res, _ = MLSMOTE(sampling_strategy={1: 12}).fit_resample(X, Y)
    assert len(X_res) == len(X)


def test_a_small_bag_uses_all_of_itself():
    """A bag of three with five neighbours asked for interpolates among its three rows."""
    X = np.array([[0.0], [1.0], [2.0]] + [[50.0]] * 12)
    Y = np.array([[1, 0]] * 3 + [[0, 1]] * 12)
    X_res, _ = MLSMOTE(random_state=0).fit_resample(X, Y)
    assert len(X_res) == 18
    assert X_res[15:].max() <= 2


def test_a_plugged_in_index_is_used(bags):
    """An estimator with kneighbors gives the same rows as the exact search it equals."""
    X, Y = bags
    plain = MLSMOTE(random_state=0).fit_resample(X, Y)[0]
    plugged = MLSMOTE(neighbors=NearestNeighbors(algorithm="kd_tree"), random_state=0)
    np.testing.assert_array_equal(plugged.fit_resample(X, Y)[0], plain)


def test_integer_columns_stay_integers():
    """New values of an integer table are rounded, inside the range of their parents."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 9, size=(40, 3))
    Y = np.eye(2, dtype=int)[np.repeat([0, 1], [32, 8])]
    X_res, _ = MLSMOTE(random_state=0).fit_resample(X, Y)
    assert X_res.dtype == X.dtype
    assert X_res[40:].min() >= X[32:].min()
    assert X_res[40:].max() <= X[32:].max()


def test_made_numbers_fit_into_string_tables():
    """A string array widens rather than cut the digits, and the exponent, of a made number."""
    X = np.array([[f"{(i + 1) * 1e-6:.1e}", "ab"[i % 2]] for i in range(40)])
    Y = np.eye(2, dtype=int)[np.repeat([0, 1], [30, 10])]
    sampler = MLSMOTE(categorical_features=np.array([1], dtype=np.uint8), random_state=0)
    X_res, _ = sampler.fit_resample(X, Y)
    made = X_res[40:, 0].astype(float)
    assert X_res.dtype.kind == "U"
    assert made.min() >= 31e-6 * 0.999
    assert made.max() <= 40e-6 * 1.001
