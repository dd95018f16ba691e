"""Metrics against scikit-learn and against loops over every pair."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics as sklearn_metrics

from skml_aemlo.compare import METRICS, scoring

# no test is timed, and one commit always tests the same examples
repeatable = settings(deadline=None, derandomize=True)
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
    assert {best, worst} == {0.0, 1.0}


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


def test_nan_scores_are_refused() -> None:
    """A score that cannot be ranked is an error, not a rank."""
    with pytest.raises(ValueError, match="scores holds NaN"):
        scoring.macro_auc([[1, 0], [0, 1]], [[np.nan, 0], [0, 1]])


def test_answers_of_another_shape_are_refused() -> None:
    """Broadcasting must not turn a wrong shape into a score."""
    with pytest.raises(ValueError, match="has shape"):
        scoring.hamming([[1, 0], [0, 1]], [[1, 0]])
