"""MLeNN, MLTL and MLUL against the authors' Java code and their definitions loop by loop."""

import tracemalloc
import warnings
from collections import Counter
from fractions import Fraction

import numpy as np
import oracles
import pandas as pd
import pytest
import scipy.sparse as sp
import strategies
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import cdist
from sklearn.base import BaseEstimator
from sklearn.neighbors import NearestNeighbors

from skml_aemlo import MLTL, MLUL, REMEDIAL, MLeNN, make_sampler
from skml_aemlo._local import influence, locate, retention_weights, reverse_counts
from skml_aemlo.datasets import load_arff
from skml_aemlo.measures import local_imbalance

THRESHOLDS = st.sampled_from([0, 0.15, 0.3, 0.5, 0.6, 0.75, 1])
LABEL_METRICS = st.sampled_from(["dice", "jaccard"])


class Recorded(BaseEstimator):
    """An index that returns the neighbours it was given, and notes how many it was asked for."""

    asked = 0

    def __init__(self, rows=None):
        self.rows = rows

    def fit(self, X):
        """Accept anything."""
        return self

    def kneighbors(self, X, n_neighbors, return_distance):
        """Return for row i, known by its first feature, itself and its recorded neighbours."""
        Recorded.asked = X.shape[0]
        rows = (X[:, [0]].toarray() if sp.issparse(X) else X[:, [0]]).astype(int)
        return np.column_stack([rows, self.rows[rows[:, 0]]])[:, :n_neighbors]


def dropped(sampler, X, Y):
    """Resample, whatever is warned of, and return the rows that are gone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        X_res, Y_res = sampler.fit_resample(X, Y)
    kept = sampler.sample_indices_.tolist()
    assert kept == sorted(set(kept))
    assert X_res.shape[0] == Y_res.shape[0] == len(kept) > 0
    return sorted(set(range(X.shape[0])) - set(kept))


# --- decisions, loop by loop ----------------------------------------------------------------------


@given(
    case=strategies.labelled_tables(),
    k=st.integers(1, 9),
    threshold=THRESHOLDS,
    metric=LABEL_METRICS,
    sparse=st.booleans(),
)
def test_mlenn_is_the_definition(case, k, threshold, metric, sparse):
    """Rows dropped are those of the pseudo-code; where those are all, none is."""
    X, categorical, Y = case
    near = oracles.neighbors(oracles.heom(X, categorical), k)
    candidates = oracles.rows_without(Y, oracles.minority(Y))
    expected = oracles.contradicted(Y, near, candidates, threshold, metric)
    sampler = MLeNN(
        n_neighbors=k, threshold=threshold, label_metric=metric, categorical_features=categorical
    )
    found = dropped(sampler, sp.csr_array(X) if sparse else X, Y)
    assert found == (expected if len(expected) < len(Y) else [])


@given(
    case=strategies.labelled_tables(),
    mode=st.sampled_from(["undersampling", "cleaning"]),
    candidates=st.sampled_from(["no-minority", "majority"]),
    threshold=st.one_of(st.just("auto"), THRESHOLDS),
    metric=LABEL_METRICS,
    sparse=st.booleans(),
)
def test_mltl_is_the_definition(case, mode, candidates, threshold, metric, sparse):
    """Rows dropped are those of the pseudo-code; where those are all, one clear error says so."""
    X, categorical, Y = case
    near = oracles.neighbors(oracles.heom(X, categorical), 1)
    asked = oracles.rows_without(Y, oracles.minority(Y))
    if mode == "cleaning":
        asked = range(len(Y))
    elif candidates == "majority":
        asked = oracles.rows_bearing(Y, oracles.majority(Y))
    number = oracles.tomek_threshold(Y) if threshold == "auto" else threshold
    expected = oracles.contradicted(Y, near, asked, number, metric)
    sampler = MLTL(
        mode=mode,
        threshold=threshold,
        candidates=candidates,
        label_metric=metric,
        categorical_features=categorical,
    )
    X = sp.csr_array(X) if sparse else X
    if len(expected) == len(Y):
        with pytest.raises(ValueError, match=r"would return no rows.* Raise threshold"):
            sampler.fit_resample(X, Y)
    else:
        assert dropped(sampler, X, Y) == expected
    assert sampler.threshold_ == number


@given(case=strategies.labelled_tables(), k=st.integers(1, 9))
def test_weights_of_mlul_are_the_definition(case, k):
    """Reverse neighbours, u and v equal the paper's definition, loop by loop."""
    X, categorical, Y = case
    found = local_imbalance(X, Y, k, categorical_features=categorical)
    near = found.neighbors.tolist()
    C = oracles.local_c(Y, near)
    expected = oracles.local_u(C, oracles.local_s(C), near)
    sizes = [len(back) for back in oracles.reverse_neighbors(near)]
    weights = np.array(oracles.mlul_weights(Y, near), dtype=float)
    assert reverse_counts(found.neighbors).tolist() == sizes
    np.testing.assert_allclose(influence(found), np.array(expected, float), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(retention_weights(found), weights, rtol=1e-12, atol=1e-14)
    assert ((retention_weights(found) == 0) == (weights == 0)).all()


@given(Y=strategies.label_matrices(), data=st.data())
def test_cells_are_found_where_they_are_stored(Y, data):
    """``locate`` gives the place a dictionary gives, and -1 for what is not stored."""
    held = sp.csr_array(Y)
    places = {cell: place for place, cell in enumerate(zip(*np.nonzero(Y), strict=True))}
    size = data.draw(st.integers(0, 20))
    rows = np.array(
        data.draw(st.lists(st.integers(0, Y.shape[0] - 1), min_size=size, max_size=size)), int
    )
    columns = np.array(
        data.draw(st.lists(st.integers(0, Y.shape[1] - 1), min_size=size, max_size=size)), int
    )
    expected = [places.get(cell, -1) for cell in zip(rows, columns, strict=True)]
    assert locate(held, rows, columns).tolist() == expected


# --- the reference data ---------------------------------------------------------------------------


@pytest.fixture(params=["emotions", "flags", "genbase"])
def mulan(request, reference):
    """Figures of the authors' Java code for one data set."""
    return np.load(reference / "oracle" / "mulan" / f"{request.param}.npz")


def assert_drops(sampler, mulan, recorded, ties):
    """Assert that the rows dropped are those recorded, rows that a tie decides apart."""
    sampler.set_params(categorical_features=mulan["feature_nominal_nvalues"] > 0)
    found = np.isin(np.arange(len(mulan["Y"])), dropped(sampler, mulan["X"], mulan["Y"]))
    expected = np.isin(np.arange(len(mulan["Y"])), recorded)
    sure = ~ties
    assert sure.sum() > 40
    np.testing.assert_array_equal(found[sure], expected[sure])


@pytest.mark.reference
@pytest.mark.parametrize("mode", ["undersampling", "cleaning"])
@pytest.mark.parametrize("threshold", ["auto", 0.5, 0.3, 0.15])
def test_mltl_drops_the_rows_of_its_authors_code(mulan, mode, threshold):
    """Looking at rows with any majority label, as that code does, the very same rows go."""
    sampler = MLTL(mode=mode, threshold=threshold, candidates="majority", label_metric="jaccard")
    recorded = mulan[f"imb__MLTL_{mode}_th{threshold}__features_only"]
    assert len(recorded) > 0
    assert_drops(sampler, mulan, recorded, mulan["near_tie_k1_features"])


@pytest.mark.reference
@pytest.mark.parametrize("k", [3, 5])
@pytest.mark.parametrize("threshold", [0.5, 0.75])
def test_mlenn_drops_the_rows_of_the_java_code(mulan, k, threshold):
    """With that code's union in the denominator and a real half, the very same rows go."""
    sampler = MLeNN(n_neighbors=k, threshold=threshold, label_metric="jaccard")
    recorded = mulan[f"imb__MLeNN_nn{k}_ht{threshold}__realdiv_features_only"]
    assert len(recorded) > 0
    assert_drops(sampler, mulan, recorded, mulan[f"near_tie_k{k}_features"])


@pytest.mark.reference
def test_weights_of_mlul_are_those_of_its_authors_code(mulan):
    """Around Mulan's neighbours, ties and all, reverse neighbours, u, v and weights are Mulan's."""
    X = np.column_stack([np.arange(len(mulan["X"])), mulan["X"]])
    index = Recorded(mulan["knn"])
    found = local_imbalance(X, mulan["Y"], metric="euclidean", neighbors=index)
    np.testing.assert_array_equal(found.neighbors, mulan["knn"])
    close = {"rtol": 1e-12, "atol": 1e-14}
    np.testing.assert_array_equal(reverse_counts(found.neighbors), mulan["rknn_size"])
    np.testing.assert_allclose(influence(found), mulan["u"], **close)
    np.testing.assert_allclose(found.weights - influence(found), mulan["v"], **close)
    np.testing.assert_allclose(retention_weights(found), mulan["mlul_weights"], **close)


def table_of_neighbors(X, categorical, k):
    """The k nearest rows by sorting a table of all distances, and which rows no tie decides."""
    numeric = X[:, ~categorical]
    width = np.ptp(numeric, axis=0)
    squares = cdist(*[numeric[:, width > 0] / width[width > 0]] * 2, "sqeuclidean")
    for j in np.flatnonzero(categorical):
        squares += X[:, j, None] != X[:, j]
    np.fill_diagonal(squares, np.inf)
    order = np.argsort(squares, axis=1)
    ranked = np.take_along_axis(squares, order[:, : k + 1], axis=1)
    return order[:, :k], ranked[:, k] - ranked[:, k - 1] > 1e-9


def table_of_label_distances(Y, near, metric):
    """Adjusted Hamming distances between rows and their neighbours, on dense labels."""
    there = Y[near]
    here = np.broadcast_to(Y[:, None], there.shape)
    apart = (here != there).sum(axis=2)
    total = (here + there).sum(axis=2) if metric == "dice" else (here | there).sum(axis=2)
    return apart / np.maximum(total, 1)


@pytest.mark.reference
@pytest.mark.parametrize("name", ["emotions.arff", "flags.arff", "birds.arff.gz"])
@pytest.mark.parametrize(
    "sampler", [MLeNN(), MLeNN(n_neighbors=4, threshold=0.5), MLTL(), MLTL(label_metric="dice")]
)
def test_real_rows_dropped_are_those_of_a_dense_computation(reference, name, sampler):
    """On real tables, sorting all distances and comparing dense label sets gives the same rows."""
    data = load_arff(reference / "data" / name)
    X, Y = data.X.toarray() if sp.issparse(data.X) else data.X, data.Y.toarray().astype(int)
    k = getattr(sampler, "n_neighbors", 1)
    near, sure = table_of_neighbors(X, data.categorical, k)
    threshold = oracles.tomek_threshold(Y) if sampler.threshold == "auto" else sampler.threshold
    far = table_of_label_distances(Y, near, sampler.label_metric) > threshold
    spared = Y[:, oracles.minority(Y.tolist())].any(axis=1)
    expected = ~spared & (far.sum(axis=1) >= k / 2)
    sampler = sampler.set_params(categorical_features=data.categorical)
    for held in (X, sp.csr_array(X)):
        found = np.isin(np.arange(len(Y)), dropped(sampler, held, data.Y))
        np.testing.assert_array_equal(found[sure], expected[sure])
    assert expected[sure].any()


# --- what goes, and when nothing does -------------------------------------------------------------


def test_a_distance_at_the_threshold_is_no_difference():
    """Label sets exactly as far apart as the threshold do not contradict each other."""
    X = np.array([[0.0], [1.0], [5.0], [6.0], [20.0]])
    Y = np.array([[1, 1, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 0, 1]])
    assert dropped(MLTL(threshold=0.5), X, Y) == []
    assert dropped(MLTL(threshold=0.49), X, Y) == [1]
    assert dropped(MLeNN(n_neighbors=1, threshold=1 / 3), X, Y) == []
    assert dropped(MLeNN(n_neighbors=1, threshold=0.33), X, Y) == [1]


def test_half_of_the_neighbours_suffice():
    """Of two neighbours one contradicts row 0 and it goes; of three, one is not enough."""
    X = np.array([[0.0], [1.0], [-1.5], [2.0], [30.0], [31.0], [32.0], [33.0], [34.0]])
    Y = np.zeros((9, 3), int)
    Y[:, 0] = 1
    Y[1] = [0, 1, 0]
    Y[4, 1] = 1
    Y[5, 2] = 1
    assert 0 in dropped(MLeNN(n_neighbors=2), X, Y)
    assert 0 not in dropped(MLeNN(n_neighbors=3), X, Y)


def of_sizes(*sizes):
    """Rows with one label each, as many of each as said."""
    return np.eye(len(sizes), dtype=int)[np.repeat(np.arange(len(sizes)), sizes)]


@pytest.mark.parametrize(
    ("Y", "threshold"),
    [
        (of_sizes(30, 20), 0.5),  # MeanIR 1.25
        (of_sizes(90, 10), 0.3),  # MeanIR 5
        (of_sizes(300, 10), 0.15),  # MeanIR 15.5
        (np.column_stack([np.ones(60, int), of_sizes(*[3] * 20)]), 0.5),  # 19.1, SCUMBLE 0.57
    ],
)
def test_the_automatic_threshold_follows_imbalance_and_concurrence(Y, threshold):
    """0.5, 0.3 or 0.15 as MeanIR grows, and 0.5 where rare and frequent labels concur."""
    sampler = MLTL()
    dropped(sampler, np.arange(len(Y))[:, None].astype(float), Y)
    assert sampler.threshold_ == threshold


@pytest.mark.parametrize("sampler", [MLeNN(), MLTL(), MLTL(candidates="majority"), MLUL()])
def test_rows_that_may_not_go_are_not_searched_for(sampler):
    """Only candidates ask the index; MLUL needs everybody's neighbours."""
    rng = np.random.default_rng(0)
    Y = np.zeros((40, 3), int)
    Y[:25, 0] = 1
    Y[20:30, 1] = 1
    Y[30:34, 2] = 1
    near = (np.arange(40)[:, None] + rng.integers(1, 6, (40, 1)) + np.arange(6)) % 40
    X = np.arange(40.0)[:, None]
    dropped(sampler.set_params(neighbors=Recorded(near), metric="euclidean"), X, Y)
    minority, majority = Y[:, [2]].any(axis=1), Y[:, [0, 1]].any(axis=1)
    asked = majority.sum() if getattr(sampler, "candidates", "") == "majority" else ~minority
    assert Recorded.asked == (40 if isinstance(sampler, MLUL) else np.sum(asked))


def test_a_plugged_in_index_finds_the_same_rows(small):
    """An estimator with kneighbors drops the rows that the exact search it equals drops."""
    index = NearestNeighbors(algorithm="kd_tree")
    for sampler in (MLeNN(), MLTL(), MLUL(random_state=0)):
        plain = dropped(sampler, *small)
        assert plain
        assert dropped(sampler.set_params(neighbors=index), *small) == plain


@pytest.mark.parametrize("sampler", [MLeNN(), MLTL(), MLUL(fraction=0.3, random_state=0)])
def test_nominal_columns_are_compared_by_equality_in_every_container(sampler):
    """A mask on arrays, dense or sparse, and a DataFrame's dtypes lead to the same rows."""
    rng = np.random.default_rng(3)
    X = np.column_stack([rng.integers(0, 6, (80, 3)), rng.integers(0, 3, (80, 3))]).astype(float)
    Y = (rng.random((80, 4)) < [0.6, 0.4, 0.3, 0.08]).astype(int)
    nominal = np.arange(6) < 3
    plain = dropped(sampler.set_params(categorical_features="auto"), X, Y)
    frame = pd.DataFrame(X).add_prefix("f")
    frame = frame.astype({"f0": "category", "f1": "category", "f2": "category"})
    told = dropped(sampler, frame, Y)
    sampler.set_params(categorical_features=nominal)
    assert dropped(sampler, X, Y) == dropped(sampler, sp.csr_array(X), sp.csr_array(Y)) == told
    assert told != plain


@pytest.mark.parametrize("sampler", [MLeNN(), MLTL()])
def test_without_candidates_nothing_is_dropped(sampler):
    """Where every row bears a minority label, the data come back with a warning."""
    Y = np.array([[1, 1, 0], [1, 1, 0], [0, 1, 0], [0, 1, 0], [0, 1, 1]])
    Y = np.column_stack([Y[:, 1:2], np.eye(5, dtype=int)[:, :5]])
    with pytest.warns(UserWarning, match="nothing was resampled: every row bears a minority"):
        _, Y_res = sampler.fit_resample(np.arange(5.0)[:, None], Y)
    np.testing.assert_array_equal(Y_res, Y)


@pytest.mark.parametrize("sampler", [MLeNN(), MLTL()])
def test_a_warning_says_when_no_row_is_contradicted(sampler):
    """Neighbours that agree leave the data as they are."""
    X, Y = np.append(np.arange(8.0), np.arange(100.0, 104.0))[:, None], of_sizes(8, 4)
    with pytest.warns(UserWarning, match=r"nothing was resampled: no row .* at threshold=0\."):
        _, Y_res = sampler.fit_resample(X, Y)
    np.testing.assert_array_equal(Y_res, Y)


def test_rows_without_any_label_have_no_majority_label():
    """Looking for majority labels passes by rows without labels, and warns if there is no other."""
    with pytest.warns(UserWarning, match="no row bears a majority label"):
        MLTL(candidates="majority").fit_resample(np.eye(3), np.zeros((3, 2), int))


@pytest.mark.parametrize("sampler", [MLeNN(), MLTL(), MLTL(mode="cleaning"), MLUL(fraction=0.9)])
def test_a_single_row_stays(sampler):
    """One row has no neighbours to be contradicted by; a warning says so."""
    with pytest.warns(UserWarning, match="nothing was resampled: .*(single|one) row"):
        X_res, Y_res = sampler.fit_resample([[1.0, 2.0]], [[1, 0]])
    assert (X_res, Y_res) == ([[1.0, 2.0]], [[1, 0]])


def test_mltl_refuses_to_return_no_rows():
    """Where every row would go, the error names the threshold and the remedy."""
    with pytest.raises(ValueError, match=r"no rows: with threshold=0\.2 .* 4 rows .* Raise thresh"):
        MLTL(threshold=0.2).fit_resample(np.arange(4.0)[:, None], np.eye(4, dtype=int))


def test_mlenn_drops_nothing_where_everything_would_go():
    """Where every row would go, the data come back with a warning."""
    with pytest.warns(UserWarning, match=r"nothing was resampled: .*none would be left"):
        _, Y_res = MLeNN().fit_resample(np.arange(4.0)[:, None], np.eye(4, dtype=int))
    np.testing.assert_array_equal(Y_res, np.eye(4))


def test_remedial_mlenn_is_the_one_after_the_other():
    """The recipe returns what MLeNN makes of REMEDIAL's rows."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(90, 3))
    Y = (rng.random((90, 5)) < [0.8, 0.5, 0.3, 0.12, 0.08]).astype(int)
    recipe = make_sampler("remedial-mlenn")
    X_res, Y_res = recipe.fit_resample(X, Y)
    torn = REMEDIAL().fit_resample(X, Y)
    X_hand, Y_hand = MLeNN().fit_resample(*torn)
    np.testing.assert_array_equal(X_res, X_hand)
    np.testing.assert_array_equal(Y_res, Y_hand)
    assert len(X_res) < len(torn[0])
    assert len(torn[0]) > 90


# --- the rows MLUL draws --------------------------------------------------------------------------


@pytest.mark.parametrize("fraction", [0.01, 0.1, 0.29, 0.57, 0.999])
@pytest.mark.parametrize("n", [100, 101, 160])
def test_mlul_drops_exactly_its_budget(fraction, n):
    """int(P n) rows go, whatever floating point makes of 0.29 * 100."""
    rng = np.random.default_rng(n)
    Y = (rng.random((n, 3)) < [0.6, 0.3, 0.1]).astype(int)
    gone = dropped(MLUL(fraction=fraction, random_state=0), rng.random((n, 2)), Y)
    assert len(gone) == int(Fraction(str(fraction)) * n)


def few_rows():
    """Six rows of six different weights, one of them 0, by the definition."""
    X = np.array([[14.0], [15.0], [22.0], [28.0], [1.0], [4.0]])
    Y = np.array([[1, 1, 0], [0, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1], [1, 1, 1]])
    weights = oracles.mlul_weights(Y, oracles.neighbors(oracles.heom(X, [False]), 3))
    assert len(set(weights)) == 6
    return X, Y, weights


def assert_drawn(tally, chances, draws):
    """Chi-square test of the sets of rows drawn against their exact chances."""
    assert set(tally) <= set(chances)
    sets = list(chances)
    expected = np.array([float(chances[rows]) for rows in sets]) * draws
    counted = np.array([tally[rows] for rows in sets])
    rare = expected < 8
    if rare.any():
        expected = np.append(expected[~rare], expected[rare].sum())
        counted = np.append(counted[~rare], counted[rare].sum())
    assert len(counted) > 2
    assert stats.chisquare(counted, expected).pvalue > 0.01


@pytest.mark.parametrize("kept", [1, 2, 4])
def test_mlul_draws_rows_in_proportion_to_their_weights(kept):
    """The sets of rows kept have the chances of drawing one by one without replacement."""
    X, Y, weights = few_rows()
    tally = Counter()
    for seed in range(600):
        sampler = MLUL(n_neighbors=3, fraction=(6 - kept) / 6, random_state=seed)
        sampler.fit_resample(X, Y)
        tally[frozenset(sampler.sample_indices_.tolist())] += 1
    assert_drawn(tally, oracles.kept_sets(weights, kept), 600)


def test_rows_of_weight_zero_leave_first():
    """Rows of no worth go before any other, and evenly where the budget is smaller than they."""
    X = np.array([0.0, 1, 2, 3, 50, 51, 52, 53, 54, 100, 101, 102, 103, 150, 151, 152, 153, 154])
    X, Y = X[:, None], np.zeros((18, 1), int)
    Y[[0, 1, 2, 9, 10, 11]] = 1  # each triple has one neighbour of its own that misleads it
    near = oracles.neighbors(oracles.heom(X, [False]), 3)
    weights = oracles.mlul_weights(Y, near)
    assert [i for i, v in enumerate(weights) if v == 0] == [3, 12]
    tally = Counter()
    for seed in range(200):
        (gone,) = dropped(MLUL(n_neighbors=3, fraction=1 / 18, random_state=seed), X, Y)
        tally[gone] += 1
    assert stats.chisquare([tally[3], tally[12]], [100, 100]).pvalue > 0.01
    both = MLUL(n_neighbors=3, fraction=2 / 18, random_state=0)
    assert dropped(both, X, Y) == [3, 12]


def test_rounding_ranks_no_row_below_another_of_the_same_worth():
    """Sums that rounding tells apart by 6e-17 are both the least, and either row may go."""
    X = np.array([[8.0], [18.0], [17.0], [11.0], [20.0], [26.0], [0.0], [22.0], [4.0]])
    Y = [
        *([1, 1, 1, 1], [0, 1, 1, 0], [0, 0, 1, 1], [1, 1, 1, 0], [1, 0, 1, 1]),
        *([0, 0, 1, 1], [0, 0, 1, 0], [0, 1, 0, 0], [1, 1, 1, 0]),
    ]
    weights = oracles.mlul_weights(Y, oracles.neighbors(oracles.heom(X, [False]), 3))
    assert [i for i, v in enumerate(weights) if v == 0] == [1, 7]
    found = local_imbalance(X, Y, 3)
    assert np.flatnonzero(retention_weights(found) == 0).tolist() == [1, 7]


def test_mlul_drops_at_random_where_all_rows_weigh_the_same():
    """Without any contradiction, the budget is met evenly, and a warning says so."""
    X, Y = np.arange(5.0)[:, None], np.zeros((5, 2), int)
    tally = Counter()
    for seed in range(300):
        sampler = MLUL(fraction=0.2, random_state=seed)
        with pytest.warns(UserWarning, match="weigh the same: 1 of 5 were dropped at random"):
            sampler.fit_resample(X, Y)
        tally[frozenset(sampler.sample_indices_.tolist())] += 1
    assert_drawn(tally, oracles.kept_sets([0] * 5, 4), 300)


def test_a_fraction_of_less_than_a_row_is_said(small):
    """A budget that rounds to nothing warns; one of nothing is silent."""
    with pytest.warns(UserWarning, match=r"fraction=0\.01 of 60 rows is less than one row"):
        X_res, _ = MLUL(fraction=0.01).fit_resample(*small)
    assert len(X_res) == 60
    X_res, _ = MLUL(fraction=0).fit_resample(*small)
    np.testing.assert_array_equal(X_res, small.X)


def test_a_fraction_just_below_one_leaves_a_row(small):
    """However large the fraction, one row stays."""
    assert len(dropped(MLUL(fraction=1 - 1e-13, random_state=0), *small)) == 59


@pytest.mark.parametrize("fraction", [1.0, 1.5])
def test_mlul_refuses_to_drop_all_rows(small, fraction):
    """A fraction outside [0, 1) is refused by name."""
    with pytest.raises(ValueError, match="'fraction' parameter"):
        MLUL(fraction=fraction).fit_resample(*small)


# --- size -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("sampler", [MLeNN(), MLTL(threshold=0.9), MLUL(random_state=0)])
def test_wide_sparse_labels_stay_sparse(sampler):
    """20 000 rows by 50 000 labels never become a dense matrix, which would take a gigabyte."""
    n, rng = 20_000, np.random.default_rng(0)
    columns = (50_000 * rng.random(100_000) ** 4).astype(int)
    Y = sp.csr_array((np.ones(100_000), (rng.integers(n, size=100_000), columns)), (n, 50_000))
    Y.data[:] = 1
    near = (np.arange(n)[:, None] + rng.integers(1, 50, (n, 1)) + np.arange(6)) % n
    X = np.arange(float(n))[:, None]
    sampler.set_params(neighbors=Recorded(near), metric="euclidean")
    tracemalloc.start()
    gone = dropped(sampler, X, Y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert gone
    assert peak < 100e6
