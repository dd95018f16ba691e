"""Metrics of scores: how labels are ranked within a row, rows within a label, and how sure."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.stats import rankdata

from .answers import read_scores
from .conventions import Convention, Ties, find_convention

__all__ = [
    "average_precision",
    "calibration_error",
    "coverage",
    "macro_auc",
    "macro_aucpr",
    "one_error",
    "ranking_loss",
]


def macro_auc(Y_true: Any, scores: Any, *, convention: str = "default") -> float:
    """Return the mean over labels of the area under the ROC curve.

    Labels without a positive or without a negative row have no such area and are skipped, unless
    the convention is another; `undefined_labels` counts them.

    Parameters
    ----------
    Y_true : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True labels, 0 or 1.
    scores : array-like of shape (n_samples, n_labels)
        Higher for labels held more likely.
    convention : str, default="default"
        Whose rule where a label has no area and where scores are tied: a name in `CONVENTIONS`.

    Returns
    -------
    float
        Between 0 and 1, higher is better; NaN when every label is skipped.

    Raises
    ------
    ValueError
        If the shapes differ or ``scores`` holds NaN, or the convention is unknown.

    Notes
    -----
    R's mldr leaves the direction to pROC, which ranks a label backwards where the median score of
    its negatives is the higher: there a bad label passes for a good one.

    Examples
    --------
    >>> macro_auc([[1, 0], [0, 0], [1, 0]], [[0.9, 0.1], [0.5, 0.2], [0.5, 0.3]])
    0.75
    >>> macro_auc([[1, 0], [0, 0], [1, 0]], [[0.9, 0.1], [0.5, 0.2], [0.5, 0.3]], convention="mldr")
    0.625
    """
    rules = find_convention(convention)
    true, scores = read_scores(Y_true, scores)
    by_label = true.T.tocsr()
    areas = _areas(by_label, scores.T, rules.area_ties)
    if rules.area_direction == "by medians":
        backwards = _lower_medians(true, scores)
        areas[backwards] = 1.0 - areas[backwards]
    constant = {"zero": 0.0, "half": 0.5, "nan": np.nan, "scikit-learn": np.nan}
    return _mean(areas, constant.get(rules.constant_label))


def macro_aucpr(Y_true: Any, scores: Any, *, convention: str = "default") -> float:
    """Return the mean over labels of the area under the precision-recall curve.

    The area is scikit-learn's average precision: precision at every threshold, weighted by the
    recall that it adds, without interpolation. Labels without a positive or without a negative row
    are skipped, unless the convention is another.

    Parameters
    ----------
    Y_true : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True labels, 0 or 1.
    scores : array-like of shape (n_samples, n_labels)
        Higher for labels held more likely.
    convention : str, default="default"
        Whose rule where a label has no area: a name in `CONVENTIONS`.

    Returns
    -------
    float
        Between 0 and 1, higher is better; NaN when every label is skipped.

    Raises
    ------
    ValueError
        If the shapes differ or ``scores`` holds NaN, or the convention is unknown.

    Examples
    --------
    >>> macro_aucpr([[1, 0], [0, 0], [1, 0]], [[0.9, 0.1], [0.5, 0.2], [0.5, 0.3]])
    0.833...
    """
    rules = find_convention(convention)
    true, scores = read_scores(Y_true, scores)
    by_label = true.T.tocsr()
    areas = _precisions(by_label, scores.T, "worst")
    areas[_n_pairs(by_label) == 0] = np.nan
    if rules.constant_label == "scikit-learn":
        return float(np.mean(np.where(np.isnan(areas), _has_any(by_label), areas)))
    constant = {"zero": 0.0, "half": 0.5, "nan": np.nan}
    return _mean(areas, constant.get(rules.constant_label))


def ranking_loss(Y_true: Any, scores: Any, *, convention: str = "default") -> float:
    """Return the mean over rows of the share of (borne, not borne) label pairs ranked wrong.

    Rows that bear no label or all of them have no such pair and are skipped, and a tie counts one
    half, unless the convention is another.

    Parameters
    ----------
    Y_true : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True labels, 0 or 1.
    scores : array-like of shape (n_samples, n_labels)
        Higher for labels held more likely.
    convention : str, default="default"
        Whose rule where a row has no pair and where scores are tied: a name in `CONVENTIONS`.

    Returns
    -------
    float
        Between 0 and 1, lower is better; NaN when every row is skipped.

    Raises
    ------
    ValueError
        If the shapes differ or ``scores`` holds NaN, or the convention is unknown.

    Notes
    -----
    `sklearn.metrics.label_ranking_loss` counts a tie as one whole error, and a row without any pair
    as 0 in the mean. Half a tie makes a row's loss one minus its area under the ROC curve, and a
    classifier that scores all labels alike no worse than one that guesses.

    Examples
    --------
    >>> ranking_loss([[1, 0, 0], [0, 0, 0]], [[0.5, 0.5, 0.1], [0.3, 0.2, 0.1]])
    0.25
    >>> ranking_loss([[1, 0, 0], [0, 0, 0]], [[0.6, 0.5, 0.7], [0.3, 0.2, 0.1]], convention="mulan")
    0.25
    """
    rules = find_convention(convention)
    true, scores = read_scores(Y_true, scores)
    if rules.pairless_row == "zero":
        return float(np.nansum(1.0 - _areas(true, scores, rules.pair_ties)) / true.shape[0])
    return 1.0 - _mean(_areas(true, scores, rules.pair_ties), None)


def one_error(Y_true: Any, scores: Any, *, convention: str = "default") -> float:
    """Return the share of rows whose highest-scored label they do not bear.

    Where several labels share the highest score, the share of them that the row does not bear
    counts; rows without labels, which no answer can get right, are skipped, unless the convention
    is another.

    Parameters
    ----------
    Y_true : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True labels, 0 or 1.
    scores : array-like of shape (n_samples, n_labels)
        Higher for labels held more likely.
    convention : str, default="default"
        Whose rule where a row bears no label and where the highest score is tied: a name in
        `CONVENTIONS`.

    Returns
    -------
    float
        Between 0 and 1, lower is better; NaN when every row is skipped.

    Raises
    ------
    ValueError
        If the shapes differ or ``scores`` holds NaN, or the convention is unknown.

    Examples
    --------
    >>> one_error([[1, 0], [0, 1], [0, 0]], [[0.9, 0.1], [0.5, 0.5], [0.2, 0.1]])
    0.25
    >>> one_error([[1, 0], [0, 1], [0, 0]], [[0.9, 0.1], [0.5, 0.5], [0.2, 0.1]], convention="mldr")
    0.666...
    """
    rules = find_convention(convention)
    true, scores = read_scores(Y_true, scores)
    top = _top(scores, rules)
    errors = 1.0 - true.multiply(top).sum(axis=1) / top.sum(axis=1)
    if rules.unlabelled_top == "skip":
        errors[~_has_any(true)] = np.nan
    return _mean(errors, None)


def coverage(Y_true: Any, scores: Any, *, convention: str = "default") -> float:
    """Return the mean over rows of how far down the ranking its last label is.

    By default the number of labels that score no less than the lowest of the row's own, as in
    `sklearn.metrics.coverage_error`; Mulan and mldr count one less. A row without labels counts 0.

    Parameters
    ----------
    Y_true : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True labels, 0 or 1.
    scores : array-like of shape (n_samples, n_labels)
        Higher for labels held more likely.
    convention : str, default="default"
        Whose rule where scores are tied and counting starts: a name in `CONVENTIONS`.

    Returns
    -------
    float
        Between 0 and n_labels, lower is better; a perfect ranking still costs every row its number
        of labels, or one less.

    Raises
    ------
    ValueError
        If the shapes differ or ``scores`` holds NaN, or the convention is unknown.

    Examples
    --------
    >>> coverage([[1, 0, 0], [0, 0, 1]], [[0.9, 0.1, 0.2], [0.5, 0.1, 0.3]])
    1.5
    >>> coverage([[1, 0, 0], [0, 0, 1]], [[0.9, 0.1, 0.2], [0.5, 0.1, 0.3]], convention="mulan")
    0.5
    """
    rules = find_convention(convention)
    true, scores = read_scores(Y_true, scores)
    rows, columns = true.tocoo().coords
    depths = np.zeros(true.shape[0])
    ranks = _descending(_ascending(true, scores, rules.rank_ties))
    np.maximum.at(depths, rows, ranks[rows, columns] - (1 - rules.coverage_from))
    return float(depths.mean())


def average_precision(Y_true: Any, scores: Any, *, convention: str = "default") -> float:
    """Return the mean over rows of the precision of the ranking at each of the row's labels.

    By default a row without labels counts 1, and tied labels all have the worst of their ranks, as
    in `sklearn.metrics.label_ranking_average_precision_score`.

    Parameters
    ----------
    Y_true : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True labels, 0 or 1.
    scores : array-like of shape (n_samples, n_labels)
        Higher for labels held more likely.
    convention : str, default="default"
        Whose rule where a row bears no label and where scores are tied: a name in `CONVENTIONS`.

    Returns
    -------
    float
        Between 0 and 1, higher is better; NaN when every row is skipped.

    Raises
    ------
    ValueError
        If the shapes differ or ``scores`` holds NaN, or the convention is unknown.

    Examples
    --------
    >>> average_precision([[1, 0, 0], [0, 0, 1]], [[0.9, 0.1, 0.2], [0.5, 0.1, 0.3]])
    0.75
    """
    rules = find_convention(convention)
    true, scores = read_scores(Y_true, scores)
    unlabelled = 1.0 if rules.unlabelled_precision == "one" else None
    return _mean(_precisions(true, scores, rules.rank_ties), unlabelled)


def calibration_error(Y_true: Any, probabilities: Any, n_bins: int = 10) -> float:
    """Return the expected calibration error over all cells of the label matrix.

    Cells are put into bins of equal width by their probability; the error is the distance between
    the mean probability of a bin and the share of its cells that are borne, averaged over cells.

    Parameters
    ----------
    Y_true : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True labels, 0 or 1.
    probabilities : array-like of shape (n_samples, n_labels)
    n_bins : int, default=10

    Returns
    -------
    float
        Between 0 and 1, lower is better; NaN when anything lies outside 0 and 1.

    Raises
    ------
    ValueError
        If the shapes differ, ``probabilities`` holds NaN, or ``n_bins`` is no number of bins.

    References
    ----------
    M. P. Naeini, G. F. Cooper, M. Hauskrecht, "Obtaining Well Calibrated Probabilities Using
    Bayesian Binning", AAAI 2015.

    Examples
    --------
    >>> round(calibration_error([[1, 0], [1, 0]], [[0.75, 0.25], [0.75, 0.25]]), 2)
    0.25
    """
    if not isinstance(n_bins, Integral) or isinstance(n_bins, bool) or n_bins < 1:
        raise ValueError(f"n_bins must be a whole number from 1 on, got {n_bins!r}.")
    true, sure = read_scores(Y_true, probabilities)
    if sure.min() < 0 or sure.max() > 1:
        return float("nan")
    bins = np.minimum((sure * n_bins).astype(int), n_bins - 1)
    expected = np.bincount(bins.ravel(), sure.ravel(), minlength=n_bins)
    borne = np.bincount(bins[true.tocoo().coords], minlength=n_bins)
    return float(np.abs(expected - borne).sum() / sure.size)


def _mean(values: np.ndarray, undefined: float | None) -> float:
    """Return the mean, NaN being replaced by a number, or left out for None."""
    missing = np.isnan(values)
    if undefined is not None:
        return float(np.mean(np.where(missing, undefined, values)))
    return float("nan") if missing.all() else float(np.mean(values[~missing]))


def _has_any(labels: sp.csr_array) -> np.ndarray:
    """Return which rows bear a label."""
    return np.diff(labels.indptr) > 0


def _n_pairs(labels: sp.csr_array) -> np.ndarray:
    """Return per row the pairs of a cell that is borne and one that is not."""
    borne = np.diff(labels.indptr).astype(float)
    return borne * (labels.shape[1] - borne)


def _areas(labels: sp.csr_array, scores: np.ndarray, ties: Ties) -> np.ndarray:
    """Return per row the area under its ROC curve, NaN without a pair.

    The area is the Mann-Whitney statistic: ranks of the positives, summed, less the least that sum
    can be, over the number of pairs.
    """
    rows, columns = labels.tocoo().coords
    ranks = _ascending(labels, scores, ties)
    rank_sums = np.bincount(rows, ranks[rows, columns], minlength=labels.shape[0])
    borne, pairs = np.diff(labels.indptr).astype(float), _n_pairs(labels)
    surplus = rank_sums - borne * (borne + 1) / 2
    return np.divide(surplus, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)


def _ascending(labels: sp.csr_array, scores: np.ndarray, ties: str) -> np.ndarray:
    """Return ranks within each row, 1 for the lowest score."""
    if ties in ("half", "worst"):
        return rankdata(scores, axis=1, method="average" if ties == "half" else "min")
    if ties == "later":
        order = np.argsort(scores, axis=1, kind="stable")
    else:
        borne = labels.toarray().astype(bool)
        order = np.lexsort((borne if ties == "won" else ~borne, scores), axis=1)
    ranks = np.empty(scores.shape)
    np.put_along_axis(ranks, order, np.arange(1.0, scores.shape[1] + 1)[None, :], axis=1)
    return ranks


def _descending(ranks: np.ndarray) -> np.ndarray:
    """Turn ranks round, 1 for the highest; tied lowest ranks become worst ranks."""
    return ranks.shape[1] + 1 - ranks


def _precisions(labels: sp.csr_array, scores: np.ndarray, ties: str) -> np.ndarray:
    """Return per row the mean, over its labels, of their share among labels ranked no lower.

    NaN without labels.
    """
    rows, columns = labels.tocoo().coords
    ranks = _ascending(labels, scores, ties)
    mine = np.zeros(scores.shape)
    mine[rows, columns] = ranks[rows, columns]
    among_mine = _descending(rankdata(mine, axis=1, method="min"))[rows, columns]
    shares = among_mine / _descending(ranks)[rows, columns]
    borne = np.diff(labels.indptr)
    sums = np.bincount(rows, shares, minlength=labels.shape[0])
    return np.divide(sums, borne, out=np.full(len(borne), np.nan), where=borne > 0)


def _lower_medians(true: sp.csr_array, scores: np.ndarray) -> np.ndarray:
    """Return which labels have positives and negatives, and these the higher median score."""
    borne = true.toarray().astype(bool)
    return np.array(
        [
            bool(one.any() and not one.all()) and np.median(column[~one]) > np.median(column[one])
            for one, column in zip(borne.T, scores.T, strict=True)
        ]
    )


def _top(scores: np.ndarray, rules: Convention) -> np.ndarray:
    """Mark the label of each row, or the labels, that stand highest."""
    if rules.top_ties == "share":
        return (scores == scores.max(axis=1, keepdims=True)).astype(float)
    last = scores.shape[1] - 1
    first = rules.top_ties == "first"
    place = scores.argmax(axis=1) if first else last - scores[:, ::-1].argmax(axis=1)
    top = np.zeros(scores.shape)
    top[np.arange(len(top)), place] = 1.0
    return top
