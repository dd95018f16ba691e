"""Random selection: budgets, bags and protection, against counts by hand or by loops."""

import tracemalloc

import numpy as np
import oracles
import pytest
import scipy.sparse as sp
import strategies
from containers import dense
from hypothesis import given
from hypothesis import strategies as st

from skml_aemlo import LPROS, LPRUS, MLROS, MLRUS
from skml_aemlo.datasets import load_arff

MAY_WARN = pytest.mark.filterwarnings(
    "ignore:(nothing was resampled|Y is almost balanced|dropped):UserWarning"
)


@pytest.fixture
def skewed():
    """Return 200 rows with four labels borne by 120, 60, 12 and 6 rows, some together."""
    rng = np.random.default_rng(3)
    Y = np.zeros((200, 4), dtype=int)
    for label, count in enumerate((120, 60, 12, 6)):
        Y[rng.permutation(200)[:count], label] = 1
    return np.arange(200)[:, None], Y


def literal_irlbl(Y):
    """Compute IRLbl and MeanIR by the definition."""
    counts = [sum(row[j] for row in Y) for j in range(len(Y[0]))]
    ratios = [max(counts) / count for count in counts]
    return ratios, sum(ratios) / len(ratios)


def test_mlros_clones_exactly_the_budget(skewed):
    """int(P n) rows are added while minority labels are still short."""
    X, Y = skewed
    X_res, Y_res = MLROS(fraction=0.05, random_state=0).fit_resample(X, Y)
    assert len(X_res) == len(Y_res) == 210


def test_mlros_clones_only_bearers_of_minority_labels(skewed):
    """Every clone bears a label whose IRLbl exceeds MeanIR, and copies its source."""
    X, Y = skewed
    sampler = MLROS(fraction=0.2, random_state=1)
    X_res, Y_res = sampler.fit_resample(X, Y)
    ratios, mean = literal_irlbl(Y.tolist())
    minority = [j for j, ratio in enumerate(ratios) if ratio > mean]
    clones = sampler.sample_indices_[200:]
    assert minority == [2, 3]
    assert Y[clones][:, minority].any(axis=1).all()
    np.testing.assert_array_equal(X_res[200:], X[clones])
    np.testing.assert_array_equal(Y_res[:200], Y)


def test_mlros_retires_labels_at_the_starting_mean():
    """With budget to spare, a label stops at the first count whose IRLbl is at most MeanIR."""
    Y = np.zeros((46, 2), dtype=int)
    Y[:40, 0] = 1
    Y[40:, 1] = 1
    _, Y_res = MLROS(fraction=10.0, random_state=0).fit_resample(np.zeros((46, 1)), Y)
    # MeanIR = (1 + 40/6) / 2 = 3.8333; 40/10 = 4 is above it, 40/11 = 3.636 is not
    assert Y_res.sum(axis=0).tolist() == [40, 11]


def test_mlros_counts_a_clone_for_every_label_it_bears():
    """Two rare labels that always concur are served by the same clones."""
    Y = np.zeros((44, 3), dtype=int)
    Y[:40, 0] = 1
    Y[40:, 1:] = 1
    _, Y_res = MLROS(fraction=10.0, random_state=0).fit_resample(np.zeros((44, 1)), Y)
    # MeanIR = (1 + 10 + 10) / 3 = 7: 40/6 = 6.67 is the first IRLbl below it
    assert Y_res.sum(axis=0).tolist() == [40, 6, 6]


def test_mlros_reaches_wanted_positives():
    """A dict names the final number of positives."""
    Y = np.eye(3, dtype=int)[np.repeat([0, 1, 2], [30, 10, 5])]
    _, Y_res = MLROS(sampling_strategy={2: 25, 1: 12}, random_state=0).fit_resample(Y, Y)
    assert Y_res.sum(axis=0).tolist() == [30, 12, 25]


def test_mlros_says_what_a_dict_misses():
    """No row bears label 1 alone, so six of it and eleven of label 0 cannot be had together."""
    Y = np.zeros((20, 2), dtype=int)
    Y[:10, 0] = 1
    Y[:2, 1] = 1
    sampler = MLROS(sampling_strategy={1: 6, 0: 11}, random_state=0)
    with pytest.warns(UserWarning, match="by 3 positives in all"):
        sampler.fit_resample(Y, Y)


def test_mlros_draws_bag_rows_evenly():
    """Each row of a bag is cloned about equally often."""
    Y = np.eye(2, dtype=int)[np.repeat([0, 1], [4000, 4])]
    sampler = MLROS(sampling_strategy={1: 4004}, random_state=0)
    sampler.fit_resample(np.zeros((4004, 1)), Y)
    drawn = np.bincount(sampler.sample_indices_[4004:] - 4000)
    assert drawn.sum() == 4000
    # a fair four-sided die: standard deviation sqrt(4000 * 3/16) = 27
    assert np.all(np.abs(drawn - 1000) < 110)


def test_mlrus_spares_every_minority_bearer(skewed):
    """No dropped row bears a minority label, and exactly int(P n) rows go."""
    X, Y = skewed
    sampler = MLRUS(fraction=0.15, random_state=2)
    _, Y_res = sampler.fit_resample(X, Y)
    gone = np.setdiff1d(np.arange(200), sampler.sample_indices_)
    assert len(gone) == 30
    assert Y_res[:, 2:].sum(axis=0).tolist() == [12, 6]
    assert Y[gone].any(axis=1).all()


def test_mlrus_warns_when_droppable_rows_run_out():
    """A budget larger than the pool names what was done."""
    Y = np.zeros((20, 3), dtype=int)
    Y[:, 0] = 1
    Y[:8, 1] = 1
    Y[8:16, 2] = 1
    # IRLbl 1, 2.5, 2.5: all but four rows bear one of the two minority labels
    with pytest.warns(UserWarning, match="dropped 4 of the 10 rows"):
        _, Y_res = MLRUS(fraction=0.5, random_state=0).fit_resample(Y, Y)
    assert Y_res.sum(axis=0).tolist() == [16, 8, 8]


def test_mlrus_retires_labels_at_the_starting_mean():
    """A majority label stops losing rows once its IRLbl has risen to MeanIR."""
    Y = np.eye(2, dtype=int)[np.repeat([0, 1], [40, 6])]
    _, Y_res = MLRUS(fraction=0.9, random_state=0).fit_resample(Y, Y)
    # MeanIR = 3.8333: 40/11 = 3.636 is below it, 40/10 = 4 is not
    assert Y_res.sum(axis=0).tolist() == [10, 6]


def test_mlrus_meets_a_dict():
    """A dict names the final number of positives from above."""
    Y = np.eye(3, dtype=int)[np.repeat([0, 1, 2], [30, 10, 5])]
    _, Y_res = MLRUS(sampling_strategy={0: 12}, random_state=0).fit_resample(Y, Y)
    assert Y_res.sum(axis=0).tolist() == [12, 10, 5]


def labelset_sizes(Y):
    """Count rows per label set with a dictionary."""
    sizes = {}
    for row in np.asarray(Y).tolist():
        sizes[tuple(row)] = sizes.get(tuple(row), 0) + 1
    return sizes


def literal_shares(room, budget):
    """Share a budget out in turn, as the paper's pseudo-code passes the unused part on."""
    shares = []
    for turn, most in enumerate(room):
        fair = budget // (len(room) - turn)
        shares.append(min(most, fair))
        budget -= shares[-1]
    return shares


@pytest.mark.parametrize("fraction", [0.05, 0.25, 0.6])
def test_lpros_fills_small_labelsets_as_the_pseudo_code(skewed, fraction):
    """Sizes after cloning equal those of the literal sharing out, largest small set first."""
    X, Y = skewed
    _, Y_res = LPROS(fraction=fraction, random_state=0).fit_resample(X, Y)
    before, after = labelset_sizes(Y), labelset_sizes(Y_res)
    mean = 200 / len(before)
    small = sorted((k for k in before if before[k] < mean), key=lambda k: -before[k])
    shares = literal_shares([int(mean - before[k]) for k in small], int(fraction * 200))
    expected = sorted(before[k] + share for k, share in zip(small, shares, strict=True))
    assert sorted(after[k] for k in small) == expected
    assert all(after[k] == before[k] for k in before if k not in small)


@pytest.mark.parametrize("fraction", [0.05, 0.25, 0.6])
def test_lprus_thins_large_labelsets_as_the_pseudo_code(skewed, fraction):
    """Sizes after dropping equal those of the literal sharing out, smallest large set first."""
    X, Y = skewed
    sampler = LPRUS(fraction=fraction, random_state=0)
    X_res, Y_res = sampler.fit_resample(X, Y)
    before, after = labelset_sizes(Y), labelset_sizes(Y_res)
    mean = 200 / len(before)
    large = sorted((k for k in before if before[k] > mean), key=lambda k: before[k])
    shares = literal_shares([int(before[k] - mean) for k in large], int(fraction * 200))
    expected = sorted(before[k] - share for k, share in zip(large, shares, strict=True))
    assert sorted(after[k] for k in large) == expected
    np.testing.assert_array_equal(X_res.ravel(), sampler.sample_indices_)
    assert np.all(np.diff(sampler.sample_indices_) > 0)


@pytest.mark.parametrize("sampler", [LPROS(), LPRUS()])
def test_unique_labelsets_leave_nothing_to_do(sampler):
    """Where every label set occurs once, the data come back with a warning."""
    Y = np.eye(6, dtype=int)
    with pytest.warns(UserWarning, match="nothing was resampled"):
        _, Y_res = sampler.fit_resample(Y, Y)
    np.testing.assert_array_equal(Y_res, Y)


@pytest.mark.parametrize("sampler", [MLROS, MLRUS, LPROS, LPRUS])
def test_fraction_zero_changes_nothing(sampler, skewed):
    """A budget of nothing returns the rows that came, silently."""
    X, Y = skewed
    X_res, Y_res = sampler(fraction=0).fit_resample(X, Y)
    np.testing.assert_array_equal(X_res, X)
    np.testing.assert_array_equal(Y_res, Y)


@pytest.mark.parametrize("sampler", [MLRUS, LPRUS])
@pytest.mark.parametrize("fraction", [-0.1, 1.0, 1.5])
def test_undersampling_refuses_impossible_fractions(sampler, fraction, skewed):
    """A fraction outside [0, 1) is refused by name."""
    with pytest.raises(ValueError, match="'fraction' parameter"):
        sampler(fraction=fraction).fit_resample(*skewed)


def test_a_budget_is_not_lost_to_rounding():
    """0.29 * 100 is 28.999... in floating point, and still means 29 rows."""
    Y = np.eye(2, dtype=int)[np.repeat([0, 1], [90, 10])]
    _, Y_res = LPRUS(fraction=0.29, random_state=0).fit_resample(Y, Y)
    assert len(Y_res) == 71


# nearly every label set is unique here, which LPROS says
@pytest.mark.filterwarnings("ignore:nothing was resampled:UserWarning")
@pytest.mark.parametrize("sampler", [MLROS, MLRUS, LPROS, LPRUS])
def test_wide_sparse_labels_stay_sparse(sampler):
    """20 000 rows by 50 000 labels never become a dense matrix, which would take a gigabyte."""
    rng = np.random.default_rng(0)
    columns = (50_000 * rng.random(100_000) ** 4).astype(int)
    cells = (rng.integers(20_000, size=100_000), columns)
    Y = sp.csr_array((np.ones(100_000), cells), shape=(20_000, 50_000))
    Y.data[:] = 1
    tracemalloc.start()
    _, Y_res = sampler(fraction=0.1, random_state=0).fit_resample(np.arange(20_000)[:, None], Y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sp.issparse(Y_res)
    assert peak < 100e6


def clones_of(sampler, Y):
    """Return the rows appended, after those that came in their order."""
    sampler.fit_resample(np.zeros((len(Y), 1)), Y)
    assert sampler.sample_indices_[: len(Y)].tolist() == list(range(len(Y)))
    return sampler.sample_indices_[len(Y) :].tolist()


def stayed_of(sampler, Y):
    """Return the rows that stayed."""
    sampler.fit_resample(np.zeros((len(Y), 1)), Y)
    return sampler.sample_indices_.tolist()


def all_but(dropped, Y):
    """Return the other rows, ascending."""
    return [i for i in range(len(Y)) if i not in set(dropped)]


def assert_as_transcribed(Y, fraction, budget, seed):
    """Hold all four samplers to the literal transcriptions, fed the same random numbers."""
    chosen = {"fraction": fraction, "random_state": np.random.default_rng(seed)}
    again = np.random.default_rng(seed)
    expected = oracles.mlros(Y, oracles.minority(Y), budget, again)
    assert clones_of(MLROS(**chosen), Y) == expected
    chosen["random_state"], again = np.random.default_rng(seed), np.random.default_rng(seed)
    assert clones_of(LPROS(**chosen), Y) == oracles.lpros(Y, budget, again)
    if fraction >= 1:
        return
    chosen["random_state"], again = np.random.default_rng(seed), np.random.default_rng(seed)
    expected = all_but(oracles.mlrus(Y, oracles.majority(Y), budget, again), Y)
    assert stayed_of(MLRUS(**chosen), Y) == expected
    chosen["random_state"], again = np.random.default_rng(seed), np.random.default_rng(seed)
    assert stayed_of(LPRUS(**chosen), Y) == all_but(oracles.lprus(Y, budget, again), Y)


@MAY_WARN
@given(
    Y=strategies.label_matrices(max_rows=30, max_labels=5),
    quarters=st.integers(0, 8),
    seed=st.integers(0, 9),
)
def test_every_row_is_the_pseudo_code_s(Y, quarters, seed):
    """Row for row, all four do what the literal transcriptions do with the same numbers."""
    assert_as_transcribed(Y, quarters / 4, quarters * len(Y) // 4, seed)


@MAY_WARN
@pytest.mark.parametrize("name", ["emotions.arff", "flags.arff", "birds.arff.gz"])
@pytest.mark.parametrize("tenths", [1, 6])
def test_every_row_is_the_pseudo_code_s_on_real_data(reference, name, tenths):
    """Row for row, on the field's data."""
    Y = dense(load_arff(reference / "data" / name).Y).astype(int)
    assert_as_transcribed(Y, tenths / 10, tenths * len(Y) // 10, seed=tenths)


@MAY_WARN
@given(
    Y=strategies.label_matrices(min_rows=4, max_rows=30, min_labels=3, max_labels=5),
    labels=st.permutations([0, 1, 2]).map(lambda order: order[:2]),
    seed=st.integers(0, 9),
)
def test_named_labels_take_their_turns_in_the_order_given(Y, labels, seed):
    """A list names the bags and their order, and spares no minority label it names."""
    rng, again = np.random.default_rng(seed), np.random.default_rng(seed)
    sampler = MLROS(fraction=0.5, sampling_strategy=labels, random_state=rng)
    assert clones_of(sampler, Y) == oracles.mlros(Y, labels, len(Y) // 2, again)
    rng, again = np.random.default_rng(seed), np.random.default_rng(seed)
    sampler = MLRUS(fraction=0.5, sampling_strategy=labels, random_state=rng)
    expected = all_but(oracles.mlrus(Y, labels, len(Y) // 2, again), Y)
    assert stayed_of(sampler, Y) == expected


def test_a_label_retires_exactly_at_mean_ir():
    """Counts 20, 11, 110, 12, 60 have the harmonic mean 20, which floats miss."""
    Y = np.eye(5, dtype=int)[np.repeat(np.arange(5), [20, 11, 110, 12, 60])]
    _, Y_res = MLROS(fraction=1.0, random_state=0).fit_resample(Y, Y)
    assert Y_res.sum(axis=0).tolist() == [20, 20, 110, 20, 60]
    _, Y_res = MLRUS(fraction=0.9, random_state=0).fit_resample(Y, Y)
    assert Y_res.sum(axis=0).tolist() == [20, 11, 20, 12, 20]


def draws_per_row(make, Y, rows, seeds=400):
    """Count how often each of ``rows`` is cloned or dropped over many seeds."""
    times = np.zeros(len(Y), dtype=int)
    for seed in range(seeds):
        sampler = make(random_state=seed)
        sampler.fit_resample(np.zeros((len(Y), 1)), Y)
        times += np.abs(np.bincount(sampler.sample_indices_, minlength=len(Y)) - 1)
    assert times.sum() == times[rows].sum()
    return times[rows]


# one bag of 8 and one of 40; both are label sets too
TWO_BAGS = np.eye(2, dtype=int)[np.repeat([0, 1], [40, 8])]


@pytest.mark.parametrize("sampler", [MLROS, LPROS])
def test_every_row_of_a_bag_is_as_likely_to_be_cloned(sampler):
    """Four clones of eight rows, 400 times: 200 each, spread as the binomial law says."""
    times = draws_per_row(
        lambda random_state: sampler(fraction=4 / 48, random_state=random_state),
        TWO_BAGS,
        np.arange(40, 48),
    )
    assert times.sum() == 1600
    # chi-square with 7 degrees of freedom exceeds 24.3 once in a thousand
    assert np.sum((times - 200) ** 2 / 200) < 24.3


@pytest.mark.parametrize("sampler", [MLRUS, LPRUS])
def test_every_row_of_a_bag_is_as_likely_to_go(sampler):
    """Twelve of forty rows go, 400 times: 120 each; without replacement spread is smaller."""
    times = draws_per_row(
        lambda random_state: sampler(fraction=12 / 48, random_state=random_state),
        TWO_BAGS,
        np.arange(40),
    )
    assert times.sum() == 4800
    # drawn 12 of 40 at a time, the sum over rows is (39/40) (28/40) chi-square: 39 degrees, 72.1
    assert np.sum((times - 120) ** 2 / 120) / (28 / 39) < 72.1


@st.composite
def reachable_targets(draw):
    """Draw (Y, dict) where some choice of clones meets the dict."""
    Y = draw(strategies.label_matrices(min_rows=3, max_rows=12, min_labels=2, max_labels=4))
    times = np.array(draw(st.lists(st.integers(0, 3), min_size=len(Y), max_size=len(Y))))
    labels = draw(st.lists(st.integers(0, Y.shape[1] - 1), min_size=1, unique=True))
    return Y, {j: int((1 + times) @ Y[:, j]) for j in labels}


@given(case=reachable_targets(), seed=st.integers(0, 3))
def test_mlros_meets_every_dict_that_can_be_met(case, seed):
    """Where clones with the wanted sums exist, the labels end exactly there, silently."""
    Y, wanted = case
    sampler = MLROS(sampling_strategy=wanted, random_state=seed)
    _, Y_res = sampler.fit_resample(np.zeros((len(Y), 1)), Y)
    assert {j: int(Y_res[:, j].sum()) for j in wanted} == wanted
    np.testing.assert_array_equal(Y_res, Y[sampler.sample_indices_])


@given(
    Y=strategies.label_matrices(min_rows=4, max_rows=14, min_labels=2, max_labels=4),
    seed=st.integers(0, 9),
)
def test_mlrus_meets_every_dict_that_can_be_met(Y, seed):
    """Where droppable rows with the wanted sums exist, the labels end exactly there, silently."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(Y.shape[1])[: rng.integers(1, Y.shape[1] + 1)].tolist()
    spared = [j for j in oracles.minority(Y) if j not in labels]
    droppable = np.flatnonzero(~Y[:, spared].any(axis=1) & Y[:, labels].any(axis=1))
    dropped = droppable[rng.random(len(droppable)) < 0.5][: len(Y) - 1]
    wanted = {j: int(np.delete(Y[:, j], dropped).sum()) for j in labels}
    sampler = MLRUS(sampling_strategy=wanted, random_state=seed)
    _, Y_res = sampler.fit_resample(np.zeros((len(Y), 1)), Y)
    assert {j: int(Y_res[:, j].sum()) for j in wanted} == wanted
    assert Y_res[:, spared].sum() == Y[:, spared].sum()


def test_mlrus_says_what_a_dict_misses():
    """Rows with the minority label are spared, so the majority label cannot go below them."""
    Y = np.zeros((20, 2), dtype=int)
    Y[:, 0] = 1
    Y[:3, 1] = 1
    with pytest.warns(UserWarning, match="by 2 positives in all .label 0: wanted 1, got 3"):
        MLRUS(sampling_strategy={0: 1}, random_state=0).fit_resample(Y, Y)


def test_mlrus_leaves_a_row_at_least():
    """A dict that would empty the data is refused by name."""
    Y = np.ones((5, 1), dtype=int)
    with pytest.raises(ValueError, match="sampling_strategy would drop all 5 rows"):
        MLRUS(sampling_strategy={0: 0}).fit_resample(Y, Y)


def test_a_dict_of_what_is_there_changes_nothing():
    """Nothing is wanted, nothing is done, nothing is said."""
    Y = np.eye(2, dtype=int)[np.repeat([0, 1], [9, 3])]
    for sampler in (MLROS(sampling_strategy={0: 9, 1: 3}), MLRUS(sampling_strategy={0: 9})):
        _, Y_res = sampler.fit_resample(Y, Y)
        np.testing.assert_array_equal(Y_res, Y)


def test_mlrus_says_that_minority_labels_spare_their_rows():
    """The reason of a number that is missed is the protection where there is one."""
    Y = np.array([[1, 0]] * 5 + [[1, 1]] * 2)
    with pytest.warns(UserWarning, match="those with a minority label that is not named stay"):
        MLRUS(sampling_strategy={0: 1}, random_state=0).fit_resample(Y, Y)
