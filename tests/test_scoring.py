"""Metrics against scikit-learn and against loops over every cell and pair."""

import math

import numpy as np
import oracles_metrics
import pandas as pd
import pytest
import scipy.sparse as sp
from guide import FOLDER
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from imblearn.metrics import geometric_mean_score
from sklearn import metrics as sklearn_metrics

from skml_aemlo.compare import CONVENTIONS, METRICS, calibration_error, scoring
from skml_aemlo.compare.conventions import find_convention

# no test is timed, and one commit always tests the same examples
repeatable = settings(deadline=None, derandomize=True)
briefly = settings(repeatable, max_examples=50)
SHAPE = (7, 4)
labels = arrays(np.int8, SHAPE, elements=st.integers(0, 1))
# few distinct values, so that ties are common
scores = arrays(float, SHAPE, elements=st.sampled_from([-1.0, 0.0, 0.25, 0.5, 3.0]))


def pair_loss(truth: np.ndarray, values: np.ndarray) -> float:
    """Share of (positive, negative) pairs ranked wrong, a tie counting one half, pair by pair."""
    positive, negative = values[truth == 1], values[truth == 0]
    wrong = [(p < q) + 0.5 * (p == q) for p in positive for q in negative]
    return float(np.mean(wrong)) if wrong else float("nan")


def mean_defined(values: list[float]) -> float:
    """Mean of what is not NaN, NaN when nothing is left."""
    kept = [value for value in values if not np.isnan(value)]
    return float(np.mean(kept)) if kept else float("nan")


@given(labels, labels)
@repeatable
def test_label_metrics_equal_scikit_learn(truth: np.ndarray, predicted: np.ndarray) -> None:
    """Macro-F, Micro-F and Hamming loss are scikit-learn's with undefined F1 counted 0."""
    f1 = {
        average: sklearn_metrics.f1_score(truth, predicted, average=average, zero_division=0)
        for average in ("macro", "micro")
    }
    assert scoring.macro_f(truth, predicted) == pytest.approx(f1["macro"], abs=1e-12)
    assert scoring.micro_f(truth, predicted) == pytest.approx(f1["micro"], abs=1e-12)
    expected = sklearn_metrics.hamming_loss(truth, predicted)
    assert scoring.hamming(truth, predicted) == pytest.approx(expected, abs=1e-12)


@given(labels, labels)
@repeatable
def test_macro_f_absent_label_counts_one_on_request(
    truth: np.ndarray, predicted: np.ndarray
) -> None:
    """``absent="one"`` is scikit-learn's zero_division=1: Mulan's and mldr's reading."""
    expected = sklearn_metrics.f1_score(truth, predicted, average="macro", zero_division=1)
    assert scoring.macro_f(truth, predicted, absent="one") == pytest.approx(expected, abs=1e-12)


@given(labels, scores)
@repeatable
def test_macro_auc_equals_scikit_learn_label_by_label(
    truth: np.ndarray, values: np.ndarray
) -> None:
    """Macro-AUC is the mean of scikit-learn's AUC over the labels that have both classes."""
    expected = mean_defined(
        [
            sklearn_metrics.roc_auc_score(truth[:, j], values[:, j])
            for j in range(truth.shape[1])
            if 0 < truth[:, j].sum() < len(truth)
        ]
    )
    assert scoring.macro_auc(truth, values) == pytest.approx(expected, abs=1e-12, nan_ok=True)


@given(labels, scores)
@repeatable
def test_ranking_loss_equals_a_loop_over_pairs(truth: np.ndarray, values: np.ndarray) -> None:
    """Ranking loss is the mean over rows with any pair of the pairs ranked wrong, ties half."""
    expected = mean_defined([pair_loss(*row) for row in zip(truth, values, strict=True)])
    assert scoring.ranking_loss(truth, values) == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_ranking_loss_equals_scikit_learn_where_nothing_is_undefined() -> None:
    """Without ties and without rows of no or all labels the conventions cannot differ."""
    rng = np.random.default_rng(0)
    truth, values = np.zeros((30, 6), int), rng.permuted(np.arange(180.0)).reshape(30, 6)
    truth[np.arange(30), rng.integers(6, size=30)] = 1
    expected = sklearn_metrics.label_ranking_loss(truth, values)
    assert scoring.ranking_loss(truth, values) == pytest.approx(expected, abs=1e-12)


def test_ranking_loss_departs_from_scikit_learn_as_documented() -> None:
    """scikit-learn counts a tie as a whole error and a row without pairs as 0."""
    truth, values = [[1, 0], [0, 0]], [[0.5, 0.5], [0.1, 0.2]]
    assert sklearn_metrics.label_ranking_loss(truth, values) == 0.5
    assert scoring.ranking_loss([truth[0]], [values[0]]) == 0.5
    assert sklearn_metrics.label_ranking_loss([truth[0]], [values[0]]) == 1.0
    assert scoring.ranking_loss(truth, values) == 0.5


@pytest.mark.parametrize("container", [sp.csr_array, sp.csc_matrix, sp.lil_array, pd.DataFrame])
@pytest.mark.parametrize("name", list(METRICS))
def test_metrics_do_not_depend_on_the_container(name: str, container: type) -> None:
    """Sparse labels and frames score as dense arrays do."""
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, (20, 5))
    needs_labels = METRICS[name].needs == "labels"
    answer = rng.integers(0, 2, (20, 5)) if needs_labels else rng.random((20, 5))
    given_answer = container(answer) if needs_labels else answer
    expected = METRICS[name].function(truth, answer)
    assert METRICS[name].function(container(truth), given_answer) == expected


@pytest.mark.parametrize("name", list(METRICS))
def test_a_perfect_answer_beats_its_opposite(name: str) -> None:
    """The direction of every entry is the direction of its function."""
    truth = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0]])
    best, worst = METRICS[name].function(truth, truth), METRICS[name].function(truth, 1 - truth)
    assert (best > worst) == METRICS[name].greater_is_better
    if name == "coverage":
        assert (best, worst) == (5 / 3, 3)  # the mean number of labels; all of them
    else:
        assert best == float(METRICS[name].greater_is_better)


def test_metrics_without_anything_defined_are_nan() -> None:
    """No label with both classes, no row with a pair: no number is made up."""
    truth, values = np.ones((3, 2), int), np.zeros((3, 2))
    assert np.isnan(scoring.macro_auc(truth, values))
    assert np.isnan(scoring.ranking_loss(truth, values))


@given(labels)
@repeatable
def test_undefined_labels_and_rows_are_counted(truth: np.ndarray) -> None:
    """The counts are those of columns and rows of one value."""
    assert scoring.undefined_labels(truth) == sum(len(set(column)) == 1 for column in truth.T)
    assert scoring.undefined_rows(sp.csr_array(truth)) == sum(len(set(row)) == 1 for row in truth)


def test_unknown_metric_is_refused_with_a_near_name() -> None:
    """A typo is answered with the name it was meant to be."""
    with pytest.raises(ValueError, match="did you mean 'macro_f'"):
        scoring.find_metrics(["macrof"])


@pytest.mark.parametrize("missing", ["labels", "scores"])
def test_metric_without_the_answer_it_needs_is_refused(missing: str) -> None:
    """A metric that needs scores cannot be had from labels, nor the reverse."""
    answers = {"labels": [[1, 0]], "scores": [[0.5, 0.1]], missing: None}
    with pytest.raises(ValueError, match=f"needs {missing}"):
        scoring.score_answers([[1, 0]], answers["labels"], answers["scores"])


def sklearn_by_label(score, truth: np.ndarray, answer: np.ndarray) -> float:
    """Mean over labels of one of scikit-learn's metrics of a single label."""
    return float(np.mean([score(*pair) for pair in zip(truth.T, answer.T, strict=True)]))


SKLEARN = {
    "macro_f": lambda t, a: sklearn_metrics.f1_score(t, a, average="macro", zero_division=0),
    "micro_f": lambda t, a: sklearn_metrics.f1_score(t, a, average="micro", zero_division=0),
    "macro_auc": lambda t, a: sklearn_by_label(sklearn_metrics.roc_auc_score, t, a),
    "macro_aucpr": lambda t, a: sklearn_by_label(sklearn_metrics.average_precision_score, t, a),
    "ranking_loss": sklearn_metrics.label_ranking_loss,
    "coverage": sklearn_metrics.coverage_error,
    "average_precision": sklearn_metrics.label_ranking_average_precision_score,
    "hamming": sklearn_metrics.hamming_loss,
    "subset_accuracy": sklearn_metrics.accuracy_score,
    "balanced_accuracy": lambda t, a: sklearn_by_label(
        sklearn_metrics.balanced_accuracy_score, t, a
    ),
}


def is_undefined(name: str, truth: np.ndarray) -> bool:
    """Tell where scikit-learn's versions differ between NaN, a warning and an error."""
    return name == "macro_auc" and scoring.undefined_labels(truth) > 0


# labels of one class are what is tested here; scikit-learn says so each time
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true:UserWarning")
@pytest.mark.filterwarnings("ignore:A single label was found:UserWarning")
@pytest.mark.filterwarnings("ignore:No positive class found in y_true:UserWarning")
@pytest.mark.parametrize("name", SKLEARN)
@given(labels, labels, scores)
@briefly
def test_the_convention_of_scikit_learn_is_scikit_learn(
    name: str, truth: np.ndarray, predicted: np.ndarray, values: np.ndarray
) -> None:
    """Every metric that scikit-learn has, on labels and rows of one class too."""
    answer = predicted if METRICS[name].needs == "labels" else values
    got = METRICS[name].under("sklearn")(truth, answer)
    if is_undefined(name, truth):
        assert math.isnan(got)
    else:
        assert got == pytest.approx(SKLEARN[name](truth, answer), abs=1e-12)


def in_loops(name: str, convention: str) -> bool:
    """Tell the pairs that loops transcribe: all but those that scikit-learn answers itself."""
    return convention != "sklearn" or name not in SKLEARN


@pytest.mark.parametrize("name", METRICS)
@given(labels, labels, scores)
@briefly
def test_metrics_equal_loops_under_every_convention(
    name: str, truth: np.ndarray, predicted: np.ndarray, values: np.ndarray
) -> None:
    """Rules of ties and of what is undefined, transcribed from each tool cell by cell."""
    answer = predicted if METRICS[name].needs == "labels" else values
    for convention in filter(lambda one: in_loops(name, one), CONVENTIONS):
        loops = getattr(oracles_metrics, name)(truth.tolist(), answer.tolist(), convention)
        got = scoring.score_answers(truth, predicted, values, [name], convention=convention)
        assert got[name] == pytest.approx(loops, abs=1e-12, nan_ok=True), convention


@given(labels, labels)
@briefly
def test_g_mean_equals_imbalanced_learn_label_by_label(
    truth: np.ndarray, predicted: np.ndarray
) -> None:
    """On labels with both classes it is imbalanced-learn's; the others are left out."""
    expected = mean_defined(
        [
            geometric_mean_score(truth[:, j], predicted[:, j])
            for j in range(truth.shape[1])
            if 0 < truth[:, j].sum() < len(truth)
        ]
    )
    assert scoring.g_mean(truth, predicted) == pytest.approx(expected, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("convention", CONVENTIONS)
@given(labels, labels, scores)
@briefly
def test_metrics_keep_to_their_range_and_ranks_to_the_order(
    convention: str, truth: np.ndarray, predicted: np.ndarray, values: np.ndarray
) -> None:
    """Scores count by their order alone, and no metric leaves 0 to 1, coverage n_labels."""
    # medians of pROC lie between two scores, and only straight lines keep their order
    moved = 4 * values + 1 if convention == "mldr" else np.exp(values)
    found, again = (
        scoring.score_answers(truth, predicted, given, convention=convention)
        for given in (values, moved)
    )
    np.testing.assert_equal(found, again)
    highest = {"coverage": truth.shape[1]}
    assert all(math.isnan(v) or 0 <= v <= highest.get(k, 1) for k, v in found.items())


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("name", METRICS)
def test_a_perfect_answer_is_perfect_under_every_convention(name: str, convention: str) -> None:
    """Where every label and row has both classes, no rule can cost a perfect answer anything."""
    truth = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0]])
    best = METRICS[name].under(convention)(truth, truth)
    perfect = 5 / 3 - (convention in ("mulan", "mldr")) if name == "coverage" else None
    expected = float(METRICS[name].greater_is_better) if perfect is None else perfect
    assert best == pytest.approx(expected, abs=1e-12)


def test_mldr_ranks_a_bad_label_backwards() -> None:
    """Its areas are pROC's, which choose the direction by medians: 0 becomes 1."""
    truth, values = [[1], [1], [0], [0]], [[0.1], [0.2], [0.3], [0.4]]
    assert scoring.macro_auc(truth, values) == 0
    assert scoring.macro_auc(truth, values, convention="mldr") == 1


@pytest.mark.parametrize("container", [np.asarray, sp.csr_matrix, sp.coo_array])
@given(labels, arrays(float, SHAPE, elements=st.integers(0, 16).map(lambda k: k / 16)))
@repeatable
def test_calibration_error_equals_loops(
    container, truth: np.ndarray, probabilities: np.ndarray
) -> None:
    """Ten and three bins; one is the last bin's."""
    for n_bins in (10, 3):
        got = calibration_error(container(truth), probabilities, n_bins)
        loops = oracles_metrics.calibration_error(truth.tolist(), probabilities.tolist(), n_bins)
        assert got == pytest.approx(loops, abs=1e-12)


def test_calibration_error_of_what_is_no_probability_is_nan() -> None:
    """Scores of a margin have no calibration."""
    assert math.isnan(calibration_error([[1, 0]], [[1.5, 0.0]]))
    assert math.isnan(calibration_error([[1, 0]], [[0.5, -0.1]]))


def test_a_calibrated_answer_has_no_error_and_a_sure_wrong_one_has_all() -> None:
    """The two ends of the scale."""
    truth = np.array([[1, 0], [1, 0], [1, 0], [0, 0]])
    assert calibration_error(truth, np.tile([0.75, 0.0], (4, 1))) == 0
    assert calibration_error(truth, 1 - truth) == 1


@pytest.mark.parametrize("name", [name for name in METRICS if METRICS[name].others])
def test_unknown_convention_is_refused_with_a_near_name(name: str) -> None:
    """Each function says so itself, and so does what calls them."""
    with pytest.raises(ValueError, match="did you mean 'mulan'"):
        METRICS[name].function([[1, 0]], [[1, 0]], convention="Mulan")
    with pytest.raises(ValueError, match="unknown convention 'mulam'"):
        scoring.score_answers([[1, 0]], [[1, 0]], [[1, 0]], ["hamming"], convention="mulam")


def test_all_metrics_go_by_one_word() -> None:
    """``"all"`` is every name, and the default is the first five."""
    assert scoring.find_metrics("all") == scoring.find_metrics(["all"]) == list(METRICS.values())
    assert list(scoring.DEFAULT_METRICS) == list(METRICS)[:5]


def table_of_conventions() -> list[str]:
    """Lay out what every metric does under every convention, as the guide shows it."""
    others = [name for name in CONVENTIONS if name != "default"]
    lines = [f"| metric | {' | '.join(f'`{name}`' for name in CONVENTIONS)} |"]
    lines.append("|---" * (1 + len(CONVENTIONS)) + "|")
    for metric in METRICS.values():
        told = [metric.told(name) for name in others]
        cells = ["as default" if text == metric.convention else text for text in told]
        lines.append(f"| `{metric.name}` | {metric.convention} | {' | '.join(cells)} |")
    return lines


def test_the_guide_tells_every_convention_of_every_metric() -> None:
    """The page's table is the one that the catalogue gives."""
    page = (FOLDER / "scoring.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in page if line.startswith("|")] == table_of_conventions()


@pytest.mark.parametrize("name", METRICS)
def test_the_catalogue_tells_conventions_apart_where_they_differ(name: str) -> None:
    """Two conventions told alike score alike, and those told apart somewhere do not."""
    rng = np.random.default_rng(0)
    metric = METRICS[name]
    found: dict[str, list[float]] = {convention: [] for convention in CONVENTIONS}
    for draw in range(100):
        # the first one has neither label nor prediction
        truth, predicted = rng.integers(0, 2, (2, 2, 2)) * (draw > 0)
        answer = predicted if metric.needs == "labels" else rng.integers(0, 2, (2, 2))
        for convention, values in found.items():
            values.append(metric.under(convention)(truth, answer))
    default = repr(found.pop("default"))
    for convention, values in found.items():
        told_apart = not (
            metric.told(convention).removesuffix(" (zero_division=0)") == metric.convention
            or metric.told(convention) == "it has none, so as by default"
        )
        assert (repr(values) != default) == told_apart, convention


def test_conventions_are_found_by_name() -> None:
    """The entry carries the name it is found by."""
    assert [find_convention(name).name for name in CONVENTIONS] == list(CONVENTIONS)


def test_nan_scores_are_refused() -> None:
    """A score that cannot be ranked is an error, not a rank."""
    with pytest.raises(ValueError, match="scores holds NaN"):
        scoring.macro_auc([[1, 0], [0, 1]], [[np.nan, 0], [0, 1]])


def test_answers_of_another_shape_are_refused() -> None:
    """Broadcasting must not turn a wrong shape into a score."""
    with pytest.raises(ValueError, match="has shape"):
        scoring.hamming([[1, 0], [0, 1]], [[1, 0]])
