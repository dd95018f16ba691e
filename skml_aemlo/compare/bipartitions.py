"""Metrics of predicted labels: what became of the counts of hits, misses and false alarms."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from .answers import Counts, read_answer
from .conventions import find_convention

__all__ = ["balanced_accuracy", "g_mean", "hamming", "macro_f", "micro_f", "subset_accuracy"]


def macro_f(
    Y_true: Any,
    Y_pred: Any,
    absent: Literal["zero", "one"] | None = None,
    *,
    convention: str = "default",
) -> float:
    """Return the mean over labels of F1.

    Parameters
    ----------
    Y_true, Y_pred : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True and predicted labels, 0 or 1.
    absent : {"zero", "one"}, optional
        F1 of a label that is neither borne nor predicted; by default the convention's: 0 as in
        scikit-learn, 1 as in Mulan and mldr.
    convention : str, default="default"
        Whose rule where F1 is undefined and how labels are averaged: a name in `CONVENTIONS`.

    Returns
    -------
    float
        Between 0 and 1, higher is better.

    Raises
    ------
    ValueError
        If the two differ in shape, either holds anything but 0 and 1, or ``absent`` or the
        convention is unknown.

    Notes
    -----
    R's mldr averages precision and recall over labels first and takes F1 of the two means, which
    is another number altogether; NaN where both means are 0.

    Examples
    --------
    >>> macro_f([[1, 0], [1, 0]], [[1, 0], [0, 0]])
    0.333...
    >>> macro_f([[1, 0], [1, 0]], [[1, 0], [0, 0]], convention="mulan")
    0.833...
    """
    rules = find_convention(convention)
    absent = rules.absent if absent is None else absent
    if absent not in ("zero", "one"):
        raise ValueError(f"absent must be 'zero' or 'one', got {absent!r}.")
    counts = Counts(Y_true, Y_pred)
    if rules.macro_f == "F1 of means":
        return _f_of_means(counts, float(absent == "one"))
    total = counts.borne + counts.predicted
    return float(_ratio(2.0 * counts.hits, total, float(absent == "one")).mean())


def micro_f(Y_true: Any, Y_pred: Any, *, convention: str = "default") -> float:
    """Return F1 over all cells of the label matrix.

    Parameters
    ----------
    Y_true, Y_pred : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True and predicted labels, 0 or 1.
    convention : str, default="default"
        Whose rule where there is neither label nor prediction: a name in `CONVENTIONS`.

    Returns
    -------
    float
        Between 0 and 1, higher is better.

    Raises
    ------
    ValueError
        If the two differ in shape, either holds anything but 0 and 1, or the convention is
        unknown.

    Notes
    -----
    R's mldr divides by the sum of precision and recall, so that there a prediction without a single
    hit is NaN.

    Examples
    --------
    >>> micro_f([[1, 0], [1, 0]], [[1, 0], [0, 0]])
    0.666...
    """
    rules = find_convention(convention)
    counts = Counts(Y_true, Y_pred)
    hits, total = counts.hits.sum(), counts.borne.sum() + counts.predicted.sum()
    if not total:
        return float(rules.absent == "one")
    if rules.macro_f == "F1 of means" and not hits:
        return float("nan")
    return float(2.0 * hits / total)


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
    counts = Counts(Y_true, Y_pred)
    wrong = counts.borne.sum() + counts.predicted.sum() - 2 * counts.hits.sum()
    return float(wrong / (counts.n_rows * len(counts.hits)))


def subset_accuracy(Y_true: Any, Y_pred: Any) -> float:
    """Return the share of rows whose labels are all predicted right.

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
    >>> subset_accuracy([[1, 0], [1, 0]], [[1, 0], [0, 0]])
    0.5
    """
    true, predicted = read_answer(Y_true, Y_pred)
    wrong = (true != predicted).tocsr()
    return float(np.mean(np.diff(wrong.indptr) == 0))


def g_mean(Y_true: Any, Y_pred: Any) -> float:
    """Return the mean over labels of the geometric mean of both recalls.

    The recalls are the share of positive rows that are predicted, and of negative rows that are
    not. Labels without a positive or without a negative row lack one of them and are skipped.

    Parameters
    ----------
    Y_true, Y_pred : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True and predicted labels, 0 or 1.

    Returns
    -------
    float
        Between 0 and 1, higher is better; NaN when every label is skipped.

    Raises
    ------
    ValueError
        If the two differ in shape or either holds anything but 0 and 1.

    References
    ----------
    M. Kubat, S. Matwin, "Addressing the Curse of Imbalanced Training Sets: One-Sided Selection",
    ICML 1997.

    Examples
    --------
    >>> g_mean([[1, 0], [1, 0], [0, 0], [0, 0]], [[1, 0], [0, 0], [0, 0], [0, 1]])
    0.707...
    """
    recalls = _recalls(Counts(Y_true, Y_pred))
    return _mean_defined(np.sqrt(recalls.prod(axis=0)))


def balanced_accuracy(Y_true: Any, Y_pred: Any) -> float:
    """Return the mean over labels of the mean of both recalls.

    As in `sklearn.metrics.balanced_accuracy_score`, a label without a positive or without a
    negative row counts the recall that it has.

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
    >>> balanced_accuracy([[1, 0], [1, 0], [0, 0], [0, 0]], [[1, 0], [0, 0], [0, 0], [0, 1]])
    0.75
    """
    return float(np.nanmean(_recalls(Counts(Y_true, Y_pred)), axis=0).mean())


def _ratio(above: Any, below: Any, otherwise: float | np.ndarray) -> np.ndarray:
    """Divide where there is something to divide by."""
    result = np.broadcast_to(otherwise, np.shape(below)).astype(float)
    np.divide(above, below, out=result, where=below > 0)
    return result


def _f_of_means(counts: Counts, absent: float) -> float:
    nothing = np.where(counts.borne + counts.predicted == 0, absent, 0.0)
    precision = _ratio(counts.hits, counts.predicted, nothing).mean()
    recall = _ratio(counts.hits, counts.borne, nothing).mean()
    total = precision + recall
    return float(2.0 * precision * recall / total) if total else float("nan")


def _recalls(counts: Counts) -> np.ndarray:
    """Return per label the recall of its positives and of its negatives, NaN without any."""
    negatives = counts.n_rows - counts.borne
    rejected = negatives - (counts.predicted - counts.hits)
    positive = _ratio(counts.hits, counts.borne, np.nan)
    return np.stack([positive, _ratio(rejected, negatives, np.nan)])


def _mean_defined(values: np.ndarray) -> float:
    kept = values[~np.isnan(values)]
    return float(kept.mean()) if len(kept) else float("nan")
