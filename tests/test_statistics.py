"""Ranks over blocks and the tests on them, against scipy, transcriptions and Demšar's example."""

import math
import warnings
from itertools import permutations, product

import numpy as np
import oracles_statistics as oracle
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.model_selection import KFold
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo.compare import (
    average_ranks,
    block_means,
    friedman,
    nemenyi,
    rank_markdown,
    rank_table,
    run,
    summarise,
    wilcoxon_holm,
)
from skml_aemlo.compare.permutations import exact_p_of_friedman

AUC = pd.DataFrame(oracle.DEMSAR_AUC, columns=oracle.DEMSAR_SAMPLERS)
PAPER_RANKS = pd.DataFrame(oracle.DEMSAR_RANKS, columns=oracle.DEMSAR_SAMPLERS)


def frame_of(values) -> pd.DataFrame:
    """Name the columns of an array as samplers."""
    values = np.asarray(values, dtype=float)
    return pd.DataFrame(values, columns=[f"s{j}" for j in range(values.shape[1])])


def random_frame(seed: int, n: int, k: int, *, ties: bool) -> pd.DataFrame:
    """Draw scores, with many ties if asked, of samplers that differ a little."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, k)) + np.linspace(0, 0.8, k)
    return frame_of(values.round(0) / 10 if ties else values)


def table_of(scores: dict, n_folds: int = 2, **columns) -> pd.DataFrame:
    """Lay out (dataset, estimator, sampler) -> mean as cells that average to it."""
    rows = [
        {
            "dataset": dataset,
            "estimator": estimator,
            "sampler": sampler,
            "repeat": 0,
            "fold": fold,
            "macro_f": mean + 0.01 * (fold - (n_folds - 1) / 2),
            "error": "",
            **columns,
        }
        for (dataset, estimator, sampler), mean in scores.items()
        for fold in range(n_folds)
    ]
    return pd.DataFrame(rows)


GRID = {
    (dataset, estimator, sampler): round(0.1 * i + 0.03 * j + 0.017 * (i * (k + 1) % 5), 3)
    for i, dataset in enumerate(["yeast", "emotions", "birds", "scene"])
    for j, estimator in enumerate(["tree", "knn"])
    for k, sampler in enumerate(["none", "mlros", "aemlo"])
}

small_frames = st.integers(2, 5).flatmap(
    lambda k: st.lists(
        st.lists(st.integers(0, 4), min_size=k, max_size=k), min_size=3, max_size=9
    ).map(frame_of)
)
TESTS = {
    "average_ranks": average_ranks,
    "friedman": friedman,
    "nemenyi": nemenyi,
    "wilcoxon_holm": lambda scores, **options: wilcoxon_holm(
        scores, control=getattr(scores, "columns", ["s0"])[0], **options
    ),
}
every_test = pytest.mark.parametrize("test", TESTS.values(), ids=TESTS.keys())


def test_average_ranks_are_demsars():
    """The ranks of Table 6, fed as scores of which less is better, average to its last line."""
    ranks = average_ranks(PAPER_RANKS, greater_is_better=False)
    assert ranks.round(3).tolist() == [3.143, 2.000, 2.893, 1.964]
    assert list(ranks.index) == oracle.DEMSAR_SAMPLERS


def test_ranks_of_the_scores_are_demsars_but_for_what_three_digits_tie():
    """From AUC as printed come the ranks as printed, the tie in "voting" apart."""
    ranks = [average_ranks(AUC.iloc[[i] * 3], greater_is_better=True) for i in range(len(AUC))]
    expected = PAPER_RANKS.copy()
    expected.iloc[12] = [4, 1, 2.5, 2.5]
    np.testing.assert_array_equal(ranks, expected)


def test_friedman_is_demsars():
    """His chi-square of 9.28 and F of 3.69, which make no allowance for ties."""
    found = friedman(PAPER_RANKS, greater_is_better=False, correct_ties=False)
    assert round(found.statistic, 2) == 9.28
    assert round(found.iman_davenport, 2) == 3.69
    assert (found.n_blocks, found.n_samplers) == (14, 4)
    # the paper: beyond the critical value of F(3, 39) at 0.05, which is 2.85
    assert found.iman_davenport_p == pytest.approx(stats.f(3, 39).sf(found.iman_davenport))
    assert found.iman_davenport_p < 0.05


def test_nemenyi_is_demsars():
    """Nothing differs at 0.05; at 0.10, C4.5 alone is worse than both variants that tune m."""
    strict = nemenyi(PAPER_RANKS, greater_is_better=False)
    lax = nemenyi(PAPER_RANKS, greater_is_better=False, alpha=0.10)
    assert round(strict.critical_difference, 2) == 1.25
    assert round(lax.critical_difference, 2) == 1.12
    assert (strict.p_values > 0.05).all(axis=None)
    pairs = lax.p_values.stack()
    assert set(pairs[pairs <= 0.10].index) == {
        pair for other in ("C4.5+m", "C4.5+m+cf") for pair in (("C4.5", other), (other, "C4.5"))
    }
    assert (np.diag(lax.p_values) == 1).all()


@pytest.mark.parametrize("k", oracle.DEMSAR_CRITICAL)
@pytest.mark.parametrize("level", [0, 1])
def test_critical_differences_follow_demsars_table(k, level):
    """The difference is his critical value times the standard error, within his digits."""
    scores = random_frame(0, 11, k, ties=False)
    found = nemenyi(scores, greater_is_better=True, alpha=(0.05, 0.10)[level])
    error = math.sqrt(k * (k + 1) / (6 * 11))
    assert found.critical_difference / error == pytest.approx(
        oracle.DEMSAR_CRITICAL[k][level], abs=0.0012
    )


def test_nemenyis_p_values_cross_the_level_at_the_critical_difference():
    """A pair has a p-value below alpha when and only when its ranks differ by more."""
    scores = random_frame(3, 20, 6, ties=True)
    for alpha in (0.01, 0.05, 0.3, 0.7):
        found = nemenyi(scores, greater_is_better=True, alpha=alpha)
        apart = np.abs(np.subtract.outer(found.average_ranks.values, found.average_ranks.values))
        np.testing.assert_array_equal(found.p_values < alpha, apart > found.critical_difference)
        assert found.alpha == alpha


def test_wilcoxon_is_demsars():
    """R- of 12 for C4.5 with m tuned against C4.5, zeros shared out: significant at 0.05."""
    found = wilcoxon_holm(
        AUC[["C4.5", "C4.5+m"]], control="C4.5", greater_is_better=True, zero_method="zsplit"
    ).loc["C4.5+m"]
    assert found["statistic"] == 12
    assert found["p_value"] < 0.05
    assert (found["n_wins"], found["n_ties"], found["n_losses"]) == (10, 2, 2)


@given(small_frames, st.booleans())
def test_ranks_are_those_of_the_definition(scores, greater):
    """Midranks, counted one by one, for either direction."""
    values = scores.to_numpy().astype(int).tolist()
    oriented = values if greater else [[-value for value in block] for block in values]
    expected = np.array(oracle.ranks(oriented), dtype=float).mean(axis=0)
    np.testing.assert_allclose(average_ranks(scores, greater_is_better=greater), expected)


@given(small_frames)
def test_friedman_is_the_definitions(scores):
    """Without allowance for ties Demšar's formulas; with it, an analysis of variance of ranks."""
    values = scores.to_numpy().astype(int).tolist()
    n, k = scores.shape
    plain = friedman(scores, greater_is_better=True, correct_ties=False)
    chi2 = oracle.friedman_chi2(values)
    assert plain.statistic == pytest.approx(float(chi2))
    if chi2 == n * (k - 1):
        assert plain.iman_davenport == math.inf
    else:
        assert plain.iman_davenport == pytest.approx(float(oracle.iman_davenport(chi2, n, k)))
    f = oracle.rank_anova(values)
    corrected = friedman(scores, greater_is_better=True)
    if f is None:
        assert corrected.iman_davenport == (math.inf if chi2 else 0)
        assert corrected.iman_davenport_p == (0 if chi2 else 1)
    else:
        assert corrected.iman_davenport == pytest.approx(float(f))


@pytest.mark.parametrize("ties", [True, False])
@pytest.mark.parametrize(("n", "k"), [(3, 3), (14, 4), (40, 9)])
def test_friedman_is_scipys(n, k, ties):
    """Chi-square and p-value, ties corrected."""
    scores = random_frame(n, n, k, ties=ties)
    found = friedman(scores, greater_is_better=True)
    expected = stats.friedmanchisquare(*scores.to_numpy().T)
    assert found.statistic == pytest.approx(expected.statistic)
    assert found.p_value == pytest.approx(expected.pvalue)


def test_samplers_that_always_tie_do_not_differ():
    """No statistic is undefined and nothing warns."""
    scores = frame_of(np.ones((5, 3)))
    found = friedman(scores, greater_is_better=True)
    assert (found.statistic, found.p_value) == (0, 1)
    assert (found.iman_davenport, found.iman_davenport_p) == (0, 1)
    assert (nemenyi(scores, greater_is_better=True).p_values == 1).all(axis=None)
    rows = wilcoxon_holm(scores, control="s1", greater_is_better=True)
    assert (rows[["p_value", "p_holm"]] == 1).all(axis=None)
    assert (rows[["statistic", "median_difference", "rank_biserial"]] == 0).all(axis=None)
    assert rows["n_ties"].tolist() == [5, 5]


@pytest.mark.parametrize("zero_method", ["wilcox", "pratt", "zsplit"])
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
@pytest.mark.parametrize("greater", [True, False])
@pytest.mark.parametrize(
    ("n", "ties"), [(8, True), (10, True), (12, False), (50, False), (90, True)]
)
def test_wilcoxon_is_scipys(n, ties, greater, alternative, zero_method):
    """Statistic and p-value of the differences, or of those that remain; better is positive.

    Where scipy would guess, with few blocks and ties, it is made to try all ways to sign them.
    """
    scores = random_frame(n, n, 3, ties=ties)
    found = wilcoxon_holm(
        scores,
        control="s0",
        greater_is_better=greater,
        alternative=alternative,
        zero_method=zero_method,
    )
    for name in ("s1", "s2"):
        apart = (scores[name] - scores["s0"]).round(12) * (1 if greater else -1)
        kept = apart[apart != 0] if zero_method == "wilcox" else apart
        method = stats.PermutationMethod() if n <= 10 else "auto"
        expected = stats.wilcoxon(
            kept, alternative=alternative, zero_method=zero_method, method=method
        )
        assert found.loc[name, "statistic"] == pytest.approx(expected.statistic)
        assert found.loc[name, "p_value"] == pytest.approx(expected.pvalue)
        assert found.loc[name, "median_difference"] == pytest.approx(apart.median())


@given(st.lists(st.integers(-4, 4), min_size=3, max_size=8))
def test_a_small_wilcoxon_is_exact(differences):
    """With few differences the p-value counts all ways to sign them; so does the effect."""
    scores = pd.DataFrame({"none": 0.0, "other": np.array(differences) / 8})
    found = wilcoxon_holm(scores, control="none", greater_is_better=True).loc["other"]
    positive, negative = map(float, oracle.signed_rank_sums(differences))
    assert found["statistic"] == min(positive, negative)
    assert found["p_value"] == pytest.approx(float(oracle.wilcoxon_exact(differences)))
    total = positive + negative
    assert found["rank_biserial"] == pytest.approx((positive - negative) / total if total else 0)
    signs = np.sign(differences)
    assert found[["n_wins", "n_ties", "n_losses"]].tolist() == [
        np.sum(signs == sign) for sign in (1, 0, -1)
    ]


def test_ties_leave_a_middling_wilcoxon_exact():
    """Twenty equal wins and two equal losses are as likely as that many heads of a coin."""
    scores = pd.DataFrame({"none": np.zeros(22), "other": [1.0] * 20 + [-1.0] * 2})
    found = wilcoxon_holm(scores, control="none", greater_is_better=True)
    assert found.loc["other", "p_value"] == pytest.approx(stats.binomtest(2, 22).pvalue)


def test_failures_among_many_blocks():
    """Infinite losses are ranked beyond fifty blocks, too."""
    scores = random_frame(1, 80, 2, ties=False)
    scores.iloc[[3, 30], 1] = math.nan
    found = wilcoxon_holm(scores, control="s0", greater_is_better=True)
    apart = scores["s1"].fillna(-100.0) - scores["s0"]
    apart.iloc[[3, 30]] = -100.0
    assert found.loc["s1", "p_value"] == pytest.approx(stats.wilcoxon(apart).pvalue)


def test_few_changes_among_many_blocks_are_not_significant():
    """Three wins are worth 1/4 however many blocks do not move: no normal curve is laid over."""
    scores = pd.DataFrame({"none": np.zeros(30), "other": [1.0, 2.0, 3.0] + [0.0] * 27})
    found = wilcoxon_holm(scores, control="none", greater_is_better=True)
    assert found.loc["other", "p_value"] == 0.25


@pytest.mark.parametrize("seed", range(5))
def test_holm_steps_down(seed):
    """An adjusted p-value is at most alpha when and only when the procedure rejects at alpha."""
    found = wilcoxon_holm(
        random_frame(seed, 12, 7, ties=False), control="s0", greater_is_better=True
    )
    p_values = found["p_value"].tolist()
    # levels between those at which a decision can change
    for alpha in np.linspace(0.00137, 0.99731, 200):
        rejected = oracle.holm_rejects(p_values, alpha)
        assert (found["p_holm"] <= alpha).tolist() == rejected
    assert found["p_holm"].between(found["p_value"], 1).all()


def test_differences_in_the_last_bit_are_none():
    """0.1 + 0.2 ties with 0.3, as a score and as the size of a difference."""
    scores = pd.DataFrame({"a": [0.3, 0.3, 0.3], "b": [0.1 + 0.2] * 3})
    assert average_ranks(scores, greater_is_better=True).tolist() == [1.5, 1.5]
    assert wilcoxon_holm(scores, control="a", greater_is_better=True)["n_ties"].tolist() == [3]
    # 0.3 - 0.2 and 0.2 - 0.1 are equal in size, and tie in rank
    moved = pd.DataFrame({"a": [0.2, 0.2, 0.5], "b": [0.3, 0.1, 0.9]})
    found = wilcoxon_holm(moved, control="a", greater_is_better=True)
    assert found["statistic"].tolist() == [1.5]


@every_test
def test_a_direction_turned_with_its_scores_changes_nothing(test):
    """Losses are ranked as their negatives are."""
    scores = random_frame(5, 12, 4, ties=True)
    scores.iloc[2, 1] = math.nan
    ours = test(scores, greater_is_better=True)
    turned = test(-scores, greater_is_better=False)
    assert str(ours) == str(turned)


@every_test
def test_dropping_leaves_the_other_blocks(test):
    """failed="drop" is the test on the complete blocks, and the warning counts and names."""
    scores = random_frame(6, 12, 3, ties=False)
    scores.iloc[[1, 4], 2] = math.nan
    scores.iloc[4, 0] = math.nan
    with pytest.warns(
        UserWarning, match=r"leaves out 2 of 12 blocks.*: s0 \(1\), s2 \(2\)"
    ) as told:
        found = test(scores, greater_is_better=True, failed="drop")
    assert told[0].filename == __file__
    assert str(found) == str(test(scores.dropna(), greater_is_better=True))


@every_test
@pytest.mark.parametrize("greater", [True, False])
def test_a_failure_counts_as_the_worst_score(test, greater):
    """failed="last" is the test with a score worse than every other, without a warning."""
    scores = random_frame(7, 12, 3, ties=False)
    scores.iloc[[1, 4], 2] = math.nan
    scores.iloc[4, 0] = math.nan
    found = test(scores, greater_is_better=greater)
    worst = scores.fillna(-1e3 if greater else 1e3)
    expected = test(worst, greater_is_better=greater)
    if isinstance(found, pd.DataFrame):
        assert found["n_failed"].tolist() == [0, 2]
        assert found.loc["s2", "median_difference"] == pytest.approx(
            (1 if greater else -1) * (scores["s2"] - scores["s0"]).median()
        )
        found, expected = (
            frame.drop(columns=["n_failed", "median_difference"]) for frame in (found, expected)
        )
    assert str(found) == str(expected)


def test_a_sampler_that_never_worked_has_no_median():
    """It loses everywhere, and there is no difference to tell."""
    scores = pd.DataFrame({"none": [0.1] * 6, "broken": [math.nan] * 6})
    found = wilcoxon_holm(scores, control="none", greater_is_better=True).loc["broken"]
    assert (found["n_losses"], found["n_failed"], found["rank_biserial"]) == (6, 6, -1)
    assert np.isnan(found["median_difference"])
    assert found["p_value"] == 2 / 2**6


@every_test
def test_tests_say_what_they_cannot_read(test):
    """One error, which names the argument and the remedy."""
    scores = random_frame(0, 6, 3, ties=False)
    with pytest.raises(ValueError, match="has 2 complete blocks; a test takes at least 3"):
        test(scores.iloc[:2], greater_is_better=True)
    with pytest.raises(ValueError, match="has 1 samplers"):
        test(scores[["s0"]], greater_is_better=True)
    with pytest.raises(ValueError, match="failed must be 'last' or 'drop', got 'first'"):
        test(scores, greater_is_better=True, failed="first")
    with pytest.raises(TypeError, match="got ndarray; block_means makes one"):
        test(scores.to_numpy(), greater_is_better=True)
    with pytest.raises(ValueError, match="the sampler 's1' twice"):
        test(scores[["s0", "s1", "s1"]], greater_is_better=True)


def test_wilcoxon_and_nemenyi_say_what_they_do_not_know():
    """An unknown control, alternative or zero method, and a level that is none."""
    scores = random_frame(0, 6, 3, ties=False)
    for options, message in (
        ({"control": "none"}, "control='none' is no sampler of scores; choose from s0, s1, s2"),
        ({"control": "s0", "alternative": "better"}, "alternative must be one of two-sided"),
        ({"control": "s0", "zero_method": "drop"}, "zero_method must be one of wilcox, pratt"),
    ):
        with pytest.raises(ValueError, match=message):
            wilcoxon_holm(scores, greater_is_better=True, **options)
    for alpha in (0, 1, 5, math.nan):
        with pytest.raises(ValueError, match="alpha must lie between 0 and 1"):
            nemenyi(scores, greater_is_better=True, alpha=alpha)


def test_block_means_average_the_folds_of_a_block():
    """Blocks and samplers keep the order of the table, whatever the order of cells in a block."""
    table = table_of(GRID, n_folds=3)
    means = block_means(table, "macro_f")
    assert means.columns.tolist() == ["none", "mlros", "aemlo"]
    assert means.columns.name == "sampler"
    assert means.index.names == ["dataset", "estimator"]
    assert means.index.tolist() == list(dict.fromkeys(key[:2] for key in GRID))
    for (dataset, estimator, sampler), mean in GRID.items():
        assert means.loc[(dataset, estimator), sampler] == pytest.approx(mean)
    mixed = block_means(table.sample(frac=1, random_state=0), "macro_f")
    pd.testing.assert_frame_equal(mixed.loc[means.index, means.columns], means)


def test_blocks_by_data_set_average_over_estimators():
    """The coarser block is the mean of the finer ones; one name will do for a list of it."""
    table = table_of(GRID)
    fine = block_means(table, "macro_f")
    for by in ("dataset", ["dataset"], iter(["dataset"])):
        coarse = block_means(table, "macro_f", by=by)
        assert coarse.index.tolist() == ["yeast", "emotions", "birds", "scene"]
        for dataset, row in coarse.iterrows():
            np.testing.assert_allclose(row, fine.loc[dataset].mean())


def test_a_failed_cell_leaves_no_mean():
    """One failure in a block is told; the mean of the folds it survived is not given."""
    table = table_of(GRID)
    failed = (table["sampler"] == "aemlo") & (table["dataset"] == "birds") & (table["fold"] == 1)
    table.loc[failed, "error"] = "ValueError: no"
    with pytest.warns(UserWarning, match=r"macro_f: 2 of 8 blocks lack a mean: aemlo \(2\)\."):
        means = block_means(table, "macro_f")
    assert means.isna().sum().tolist() == [0, 0, 2]
    assert means.loc["birds", "aemlo"].isna().all()


def test_an_error_left_empty_is_none():
    """A table that went through a CSV file holds NaN where there was no error."""
    table = table_of(GRID).replace({"error": {"": None}})
    assert block_means(table, "macro_f").notna().all(axis=None)


def test_a_fold_without_the_metric_is_left_out_of_the_mean():
    """NaN of a cell that did not fail is a metric that is undefined there."""
    table = table_of(GRID)
    table.loc[(table["dataset"] == "birds") & (table["fold"] == 1), "macro_f"] = math.nan
    means = block_means(table, "macro_f")
    assert means.loc[("birds", "knn"), "none"] == pytest.approx(
        GRID["birds", "knn", "none"] - 0.005
    )


def test_blocks_that_are_not_finished_are_left_out():
    """Means over different folds do not compare; every block must hold all samplers' cells."""
    table = table_of(GRID)
    lost = (table["sampler"] == "mlros") & (table["dataset"] == "scene")
    cut = table[~(lost & (table["estimator"] == "knn") & (table["fold"] == 0))]
    with pytest.warns(UserWarning, match="1 of 8 blocks are left out.*finish the run"):
        assert ("scene", "knn") not in block_means(cut, "macro_f").index
    with pytest.warns(UserWarning, match="1 of 4 blocks are left out.*finish the run"):
        assert "scene" not in block_means(cut, "macro_f", by="dataset").index
    with pytest.warns(UserWarning, match="2 of 8 blocks are left out.*finish the run"):
        assert len(block_means(table[~(lost & (table["fold"] == 0))], "macro_f")) == 6


def test_blocks_without_any_mean_are_left_out():
    """Where the metric is undefined for all, there is nothing to rank."""
    table = table_of(GRID)
    table.loc[table["dataset"] == "scene", "macro_f"] = math.nan
    with pytest.warns(UserWarning, match="2 of 8 blocks are left out, since no sampler has a mean"):
        assert len(block_means(table, "macro_f")) == 6


def test_block_means_say_what_they_cannot_read():
    """A column that is missing, blocks that are none, a cell that came twice."""
    table = table_of(GRID)
    with pytest.raises(ValueError, match="table has no column 'micro_f'; it holds dataset, "):
        block_means(table, "micro_f")
    with pytest.raises(ValueError, match="table has no column 'family'"):
        block_means(table, "macro_f", by="family")
    for by in ([], ["dataset", "sampler"]):
        with pytest.raises(ValueError, match=r"by=\[.*makes no blocks of samplers"):
            block_means(table, "macro_f", by=by)
    with pytest.raises(ValueError, match=r"holds a cell twice, \{'sampler': 'none', 'dataset': 'y"):
        block_means(pd.concat([table, table.head(1)]), "macro_f")


def test_ranks_are_those_of_the_summary():
    """Within an estimator, average ranks and `summarise` agree, failures included."""
    table = table_of(GRID)
    table.loc[(table["sampler"] == "none") & (table["dataset"] == "birds"), "error"] = "no"
    summary = summarise(table, ["macro_f"]).groupby(["estimator", "sampler"])["mean_rank"].first()
    for estimator, part in table.groupby("estimator"):
        with pytest.warns(UserWarning, match="lack a mean"):
            means = block_means(part, "macro_f")
        for sampler, rank in average_ranks(means, greater_is_better=True).items():
            assert rank == pytest.approx(summary[estimator, sampler])


def test_a_comparison_can_be_tested():
    """The table that `run` returns is one the statistics read."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    Y = (X + rng.normal(size=(40, 3)) > 0.7).astype(int)
    # the labels of one fold are almost balanced
    with pytest.warns(UserWarning, match="^3 of 12 cells warned"):
        table = run(
            [(name, np.roll(X, shift, axis=1), Y) for shift, name in enumerate("abc")],
            ["none", "mlros"],
            {"tree": DecisionTreeClassifier(max_depth=2)},
            cv=KFold(2),
            metrics=["macro_f", "ranking_loss"],
        )
    ranks = rank_table(table, {"macro_f": True, "ranking_loss": False}, control="none")
    assert sorted(ranks.index) == ["mlros", "none"]
    assert (ranks.xs("average_rank", axis=1, level=1).sum() == 3).all()


def two_metrics() -> pd.DataFrame:
    """Return a table in which aemlo leads by macro_f, and none by hamming."""
    scores = {
        (f"d{i}", "tree", sampler): 0.3 + 0.01 * i + (0.001 * i + 0.1) * k
        for i in range(8)
        for k, sampler in enumerate(["none", "mlros", "aemlo"])
    }
    table = table_of(scores)
    return table.assign(hamming=table["macro_f"])


def test_a_rank_table_holds_what_the_tests_return():
    """Average ranks and the comparison with the control, best sampler first."""
    table = two_metrics()
    metrics = {"macro_f": True, "hamming": False}
    ranks = rank_table(table, metrics, control="mlros", by=iter(["dataset"]))
    for metric, greater in metrics.items():
        means = block_means(table, metric, by="dataset")
        averages = average_ranks(means, greater_is_better=greater)
        found = wilcoxon_holm(means, control="mlros", greater_is_better=greater)
        for sampler in means:
            assert ranks.loc[sampler, (metric, "average_rank")] == averages[sampler]
            for figure in ("rank_biserial", "p_holm"):
                value = ranks.loc[sampler, (metric, figure)]
                assert np.isnan(value) if sampler == "mlros" else value == found[figure][sampler]
    alone = rank_table(table, {"macro_f": True})
    assert alone.index.tolist() == ["aemlo", "mlros", "none"]
    assert alone.columns.tolist() == [("macro_f", "average_rank")]


def test_a_rank_table_tells_a_gap_once():
    """Blocks dropped for a failure are counted by the means, and not again by each test."""
    table = two_metrics()
    table.loc[(table["sampler"] == "aemlo") & (table["dataset"] == "d1"), "error"] = "no"
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        rank_table(table, {"macro_f": True}, control="none", failed="drop")
    assert [str(warning.message) for warning in told] == [
        "macro_f: 1 of 8 blocks lack a mean: aemlo (1)."
    ]


def test_a_rank_table_says_which_metrics_it_wants():
    """Names without a direction are no metrics, and none is too few."""
    for metrics in (["macro_f"], {}):
        with pytest.raises(ValueError, match="metrics must be a dict of metric to whether greater"):
            rank_table(two_metrics(), metrics)


def test_markdown_marks_the_best_the_better_and_the_worse():
    """Bold for the lowest rank, a star or a dagger where the control differs, bars escaped."""
    table = two_metrics().replace({"sampler": {"mlros": "ml|ros"}})
    ranks = rank_table(table, {"macro_f": True, "hamming": False}, control="ml|ros")
    lines = rank_markdown(ranks).splitlines()
    assert lines[:2] == ["| sampler | macro_f | hamming |", "|---|---:|---:|"]
    assert sorted(lines[2:]) == [
        "| aemlo | **1.00** * | 3.00 † |",
        r"| ml\|ros | 2.00 | 2.00 |",
        "| none | 3.00 † | **1.00** * |",
    ]
    unmarked = rank_markdown(ranks, alpha=0.001)
    assert "*" not in unmarked.replace("**", "")
    assert "†" not in unmarked


def test_markdown_without_a_control_has_no_marks():
    """Ranks alone, those that print alike all bold."""
    table = two_metrics()
    both = rank_table(table, {"macro_f": True})
    assert rank_markdown(both).splitlines()[2] == "| aemlo | **1.00** |"
    level = table[table["sampler"] != "mlros"].assign(macro_f=0.5)
    assert rank_markdown(rank_table(level, {"macro_f": True})).count("**1.50**") == 2


@pytest.mark.parametrize(("n_blocks", "n_samplers"), [(2, 3), (4, 2), (3, 3), (3, 4)])
@pytest.mark.parametrize("ties", [False, True])
def test_the_exact_p_is_that_of_all_orders_one_by_one(n_blocks, n_samplers, ties):
    """Every block in every order, each once, and the statistic of each."""
    rng = np.random.default_rng(n_blocks + n_samplers)
    scores = rng.integers(0, 3 if ties else 10**6, (n_blocks, n_samplers)).astype(float)
    ranks = stats.rankdata(scores, axis=1)

    def spread(blocks):
        return round(float(np.var(np.sum(blocks, axis=0))), 9)

    all_orders = list(product(*(list(permutations(block)) for block in ranks)))
    expected = np.mean([spread(blocks) >= spread(ranks) for blocks in all_orders])
    assert exact_p_of_friedman(ranks) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("n_blocks", "n_samplers", "chi2", "p"),
    # upper tails of Friedman's own tables
    [(4, 3, 8.0, 0.0046), (4, 3, 6.5, 0.042), (5, 3, 6.4, 0.039), (4, 4, 7.8, 0.036)],
)
def test_the_exact_p_is_that_of_published_tables(n_blocks, n_samplers, chi2, p):
    """Some ranking with that statistic, found by trying many."""
    rng = np.random.default_rng(0)
    for _ in range(20_000):
        ranks = rng.permuted(np.tile(np.arange(1, n_samplers + 1), (n_blocks, 1)), axis=1)
        if stats.friedmanchisquare(*ranks.T).statistic == pytest.approx(chi2):
            break
    else:
        pytest.fail("no ranking has this statistic")
    assert exact_p_of_friedman(ranks) == pytest.approx(p, abs=5e-4)


def test_the_exact_p_is_left_to_approximations_where_there_is_too_much_to_count():
    """Seven samplers, or thirteen blocks."""
    assert exact_p_of_friedman(np.tile(np.arange(1, 8), (3, 1))) is None
    assert exact_p_of_friedman(np.tile([1, 2], (13, 1))) is None
    assert exact_p_of_friedman(np.tile([1, 2], (12, 1))) == 2.0**-11
