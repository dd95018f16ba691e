"""How good an answer is: each metric with its direction, what it reads, and a named convention.

Published rankings flip on what a metric does where it is undefined (a label without positives in
the test fold, a row without labels), so every entry of `METRICS` names what it does there.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
from scipy.stats import rankdata

from .._containers import read_labels

__all__ = [
    "METRICS",
    "Metric",
    "hamming",
    "macro_auc",
    "macro_f",
    "micro_f",
    "ranking_loss",
    "score_answers",
    "undefined_labels",
    "undefined_rows",
]


@dataclass(frozen=True)
class Metric:
    """One way to score an answer.

    Parameters
    ----------
    name : str
        What tables, files and the command line call it.
    title : str
        What people call it.
    function : callable
        Takes the true labels and the answer, returns a float; NaN where nothing is defined.
    needs : {"labels", "scores"}
        Whether the answer is predicted labels or scores.
    greater_is_better : bool
    convention : str
        What happens where the metric is undefined.
    """

    name: str
    title: str
    function: Callable[[Any, Any], float]
    needs: Literal["labels", "scores"]
    greater_is_better: bool
    convention: str

    @property
    def direction(self) -> str:
        """Which way is better, in words."""
        return "higher is better" if self.greater_is_better else "lower is better"


def macro_f(Y_true: Any, Y_pred: Any, absent: Literal["zero", "one"] = "zero") -> float:
    """Return the mean over labels of F1.

    Parameters
    ----------
    Y_true, Y_pred : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True and predicted labels, 0 or 1.
    absent : {"zero", "one"}, default="zero"
        F1 of a label that is neither borne nor predicted: 0 as in scikit-learn, or 1 as in Mulan
        and mldr.

    Returns
    -------
    float
        Between 0 and 1, higher is better.

    Raises
    ------
    ValueError
        If the two differ in shape, either holds anything but 0 and 1, or ``absent`` is unknown.

    Examples
    --------
    >>> macro_f([[1, 0], [1, 0]], [[1, 0], [0, 0]])
    0.333...
    >>> macro_f([[1, 0], [1, 0]], [[1, 0], [0, 0]], absent="one")
    0.833...
    """
    if absent not in ("zero", "one"):
        raise ValueError(f"absent must be 'zero' or 'one', got {absent!r}.")
    hits, borne, predicted = _counts(Y_true, Y_pred)
    total = borne + predicted
    per_label = np.full(len(total), float(absent == "one"))
    np.divide(2.0 * hits, total, out=per_label, where=total > 0)
    return float(per_label.mean())


def micro_f(Y_true: Any, Y_pred: Any) -> float:
    """Return F1 over all cells of the label matrix, 0 when there is neither label nor prediction.

    Parameters
    ----------
    Y_true, Y_pred : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True and predicted labels, 0 or 1.

    Returns
    -------
    float
        Between 0 and 1, higher is better.

    Raises
    ------
    ValueError
        If the two differ in shape or either holds anything but 0 and 1.

    Examples
    --------
    >>> micro_f([[1, 0], [1, 0]], [[1, 0], [0, 0]])
    0.666...
    """
    hits, borne, predicted = _counts(Y_true, Y_pred)
    total = borne.sum() + predicted.sum()
    return float(2.0 * hits.sum() / total) if total else 0.0


def hamming(Y_true: Any, Y_pred: Any) -> float:
    """Return the share of cells of the label matrix that are predicted wrong.

    Parameters
    ----------
    Y_true, Y_pred : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True and predicted labels, 0 or 1.

    Returns
    -------
    float
        Between 0 and 1, lower is better.

    Raises
    ------
    ValueError
        If the two differ in shape or either holds anything but 0 and 1.

    Examples
    --------
    >>> hamming([[1, 0], [1, 0]], [[1, 0], [0, 0]])
    0.25
    """
    true, predicted = _same_shape(Y_true, Y_pred)
    wrong = true.nnz + predicted.nnz - 2 * _n_common(true, predicted).sum()
    return float(wrong / (true.shape[0] * true.shape[1]))


def macro_auc(Y_true: Any, scores: Any) -> float:
    """Return the mean over labels of the area under the ROC curve.

    Labels without a positive or without a negative row have no such area and are skipped;
    `undefined_labels` counts them.

    Parameters
    ----------
    Y_true : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True labels, 0 or 1.
    scores : array-like of shape (n_samples, n_labels)
        Higher for labels held more likely.

    Returns
    -------
    float
        Between 0 and 1, higher is better; NaN when every label is skipped.

    Raises
    ------
    ValueError
        If the shapes differ or ``scores`` holds NaN.

    Examples
    --------
    >>> macro_auc([[1, 0], [0, 0], [1, 0]], [[0.9, 0.1], [0.5, 0.2], [0.5, 0.3]])
    0.75
    """
    true, scores = _with_scores(Y_true, scores)
    return _mean_auc(true, scores)


def ranking_loss(Y_true: Any, scores: Any) -> float:
    """Return the mean over rows of the share of (borne, not borne) label pairs ranked wrong.

    Rows that bear no label or all of them have no such pair and are skipped; a tie counts one half.

    Parameters
    ----------
    Y_true : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True labels, 0 or 1.
    scores : array-like of shape (n_samples, n_labels)
        Higher for labels held more likely.

    Returns
    -------
    float
        Between 0 and 1, lower is better; NaN when every row is skipped.

    Raises
    ------
    ValueError
        If the shapes differ or ``scores`` holds NaN.

    Notes
    -----
    `sklearn.metrics.label_ranking_loss` counts a tie as one whole error, and a row without any pair
    as 0 in the mean. Half a tie makes a row's loss one minus its area under the ROC curve, and a
    classifier that scores all labels alike no worse than one that guesses.

    Examples
    --------
    >>> ranking_loss([[1, 0, 0], [0, 0, 0]], [[0.5, 0.5, 0.1], [0.3, 0.2, 0.1]])
    0.25
    """
    true, scores = _with_scores(Y_true, scores)
    return 1.0 - _mean_auc(true.T.tocsr(), scores.T)


def undefined_labels(Y_true: Any) -> int:
    """Return how many labels have no positive or no negative row, so that no AUC is defined.

    Parameters
    ----------
    Y_true : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True labels, 0 or 1.

    Returns
    -------
    int

    Examples
    --------
    >>> undefined_labels([[1, 0, 1], [0, 0, 1]])
    2
    """
    return _n_constant(read_labels(Y_true, "Y_true"))


def undefined_rows(Y_true: Any) -> int:
    """Return how many rows bear no label or all of them, so that no ranking loss is defined.

    Parameters
    ----------
    Y_true : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True labels, 0 or 1.

    Returns
    -------
    int

    Examples
    --------
    >>> undefined_rows([[1, 0, 1], [0, 0, 0], [1, 1, 1]])
    2
    """
    return _n_constant(read_labels(Y_true, "Y_true").T.tocsr())


_CATALOGUE = (
    Metric(
        name="macro_f",
        title="Macro-F",
        function=macro_f,
        needs="labels",
        greater_is_better=True,
        convention="a label neither borne nor predicted counts 0",
    ),
    Metric(
        name="micro_f",
        title="Micro-F",
        function=micro_f,
        needs="labels",
        greater_is_better=True,
        convention="neither label nor prediction anywhere counts 0",
    ),
    Metric(
        name="macro_auc",
        title="Macro-AUC",
        function=macro_auc,
        needs="scores",
        greater_is_better=True,
        convention="labels without a positive or a negative are skipped",
    ),
    Metric(
        name="ranking_loss",
        title="Ranking loss",
        function=ranking_loss,
        needs="scores",
        greater_is_better=False,
        convention="rows with no or all labels are skipped; a tie counts one half",
    ),
    Metric(
        name="hamming",
        title="Hamming loss",
        function=hamming,
        needs="labels",
        greater_is_better=False,
        convention="always defined",
    ),
)
METRICS: dict[str, Metric] = {metric.name: metric for metric in _CATALOGUE}
"""Name -> entry, in the order tables show them."""


def find_metrics(names: Iterable[str]) -> list[Metric]:
    """Return the entries of `METRICS` called ``names``, in that order, each once.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    list of Metric

    Raises
    ------
    ValueError
        If there is no name, or one is unknown.

    Examples
    --------
    >>> [metric.title for metric in find_metrics(["hamming"])]
    ['Hamming loss']
    """
    names = [names] if isinstance(names, str) else list(dict.fromkeys(names))
    if not names:
        raise ValueError(f"metrics is empty; choose from {_all_names()}.")
    for name in names:
        if name not in METRICS:
            near = difflib.get_close_matches(str(name), METRICS, n=1)
            hint = f"did you mean {near[0]!r}? Known" if near else "known"
            raise ValueError(f"metrics names {name!r}, no known metric; {hint}: {_all_names()}.")
    return [METRICS[name] for name in names]


def _all_names() -> str:
    return ", ".join(METRICS)


def score_answers(
    Y_true: Any, Y_pred: Any, scores: Any, metrics: Iterable[str] = tuple(METRICS)
) -> dict[str, float]:
    """Return the value of every metric asked for.

    Parameters
    ----------
    Y_true : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True labels, 0 or 1.
    Y_pred : array-like or sparse container of shape (n_samples, n_labels), or None
        Predicted labels; may be None when no metric needs them.
    scores : array-like of shape (n_samples, n_labels), or None
        Higher for labels held more likely; may be None when no metric needs them.
    metrics : iterable of str
        Names in `METRICS`.

    Returns
    -------
    dict of str to float

    Raises
    ------
    ValueError
        If a metric is unknown or lacks the answer it needs.

    Examples
    --------
    >>> score_answers([[1, 0]], [[1, 0]], None, ["macro_f", "hamming"])
    {'macro_f': 0.5, 'hamming': 0.0}
    """
    answers = {"labels": Y_pred, "scores": scores}
    wanted = find_metrics(metrics)
    for metric in wanted:
        if answers[metric.needs] is None:
            raise ValueError(f"{metric.name} needs {metric.needs}, and none were given.")
    return {metric.name: metric.function(Y_true, answers[metric.needs]) for metric in wanted}


def _same_shape(Y_true: Any, Y_pred: Any) -> tuple[sp.csr_array, sp.csr_array]:
    true, predicted = read_labels(Y_true, "Y_true"), read_labels(Y_pred, "Y_pred")
    _require_shape(true.shape, predicted.shape, "Y_pred")
    return true, predicted


def _with_scores(Y_true: Any, scores: Any) -> tuple[sp.csr_array, np.ndarray]:
    true = read_labels(Y_true, "Y_true")
    scores = np.asarray(scores.toarray() if sp.issparse(scores) else scores, dtype=float)
    _require_shape(true.shape, scores.shape, "scores")
    if np.isnan(scores).any():
        raise ValueError("scores holds NaN, which no ranking can place; check the classifier.")
    return true, scores


def _require_shape(expected: tuple[int, ...], got: tuple[int, ...], name: str) -> None:
    if expected != got:
        raise ValueError(f"{name} has shape {got}, but Y_true has {expected}; they must agree.")


def _n_common(true: sp.csr_array, predicted: sp.csr_array) -> np.ndarray:
    """Return per label how many rows bear it in both matrices."""
    return np.bincount(true.multiply(predicted).tocoo().col, minlength=true.shape[1])


def _counts(Y_true: Any, Y_pred: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return per label the hits, the rows that bear it, the rows predicted to."""
    true, predicted = _same_shape(Y_true, Y_pred)
    borne, guessed = (np.bincount(m.indices, minlength=m.shape[1]) for m in (true, predicted))
    return _n_common(true, predicted), borne, guessed


def _n_constant(labels: sp.csr_array) -> int:
    positives = np.bincount(labels.indices, minlength=labels.shape[1])
    return int(np.sum((positives == 0) | (positives == labels.shape[0])))


def _mean_auc(labels: sp.csr_array, scores: np.ndarray) -> float:
    """Return the mean area under the ROC curve over the columns where it is defined.

    The area is the Mann-Whitney statistic: midranks of the positives, summed, less the least that
    sum can be, over the number of pairs. Midranks make a tie count one half.
    """
    cells = labels.tocoo()
    ranks = rankdata(scores, axis=0)
    rank_sums = np.bincount(cells.col, ranks[cells.row, cells.col], minlength=labels.shape[1])
    positives = np.bincount(cells.col, minlength=labels.shape[1]).astype(float)
    pairs = positives * (labels.shape[0] - positives)
    defined = pairs > 0
    if not defined.any():
        return float("nan")
    surplus = rank_sums - positives * (positives + 1) / 2
    return float(np.mean(surplus[defined] / pairs[defined]))
