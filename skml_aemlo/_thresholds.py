"""From which score on a row bears a label, and whether such a verdict deserves trust."""

from __future__ import annotations

import numpy as np

__all__ = ["best_f1", "earned", "f1_of", "match_prevalence"]

_FEWEST = 3  # held-out positives without which nothing is known about a label
_PRIOR = 5  # positives that the mean over labels counts for


def match_prevalence(scores: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the thresholds above which as many scores lie as each label has positives.

    Parameters
    ----------
    scores : ndarray of float of shape (n_rows, n_labels)
        Scores between 0 and 1.
    counts : ndarray of int of shape (n_labels,)
        Positives of each label.

    Returns
    -------
    ndarray of float of shape (n_labels,)
        Half-way between the last score above and the first one below; 1 for a label without
        positives, which then never is decoded, 0 for one that every row bears. Where these two
        scores tie, fewer lie above.

    Examples
    --------
    >>> match_prevalence(np.array([[0.1], [0.5], [0.7]]), np.array([1]))
    array([0.6])
    """
    n_rows = len(scores)
    ranked = np.sort(scores, axis=0)
    labels = np.arange(scores.shape[1])
    above = ranked[np.minimum(n_rows - counts, n_rows - 1), labels]
    below = ranked[np.maximum(n_rows - counts - 1, 0), labels]
    return np.select([counts == 0, counts == n_rows], [1.0, 0.0], (above + below) / 2)


def best_f1(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the thresholds that give each label its highest F1.

    Parameters
    ----------
    scores : ndarray of float of shape (n_rows, n_labels)
        Scores between 0 and 1.
    truth : ndarray of shape (n_rows, n_labels)
        Whether a row bears a label, 0 or 1.

    Returns
    -------
    ndarray of float of shape (n_labels,)
        Half-way between the last score above and the first one below; of several best ones the
        highest. 1 for a label without positives, 0 where every row is to bear it.

    Examples
    --------
    >>> best_f1(np.array([[0.1], [0.5], [0.7], [0.9]]), np.array([[0], [1], [0], [1]]))
    array([0.3])
    """
    order = np.argsort(-scores, axis=0, kind="stable")
    ranked = np.take_along_axis(scores, order, axis=0)
    hits = np.cumsum(np.take_along_axis(truth, order, axis=0), axis=0, dtype=float)
    guessed = np.arange(1.0, len(scores) + 1)[:, None]
    quality = 2 * hits / (guessed + hits[-1])
    following = np.vstack([ranked[1:], -ranked[-1:]])
    quality[ranked == following] = -1  # no threshold parts equal scores
    best, labels = np.argmax(quality, axis=0), np.arange(scores.shape[1])
    cut = (ranked[best, labels] + following[best, labels]) / 2
    return np.where(hits[-1] > 0, cut, 1.0)


def f1_of(hits: np.ndarray, borne: np.ndarray, guessed: np.ndarray) -> np.ndarray:
    """Return F1 from counts: right guesses, positives and guesses; 0 where there is neither."""
    return 2 * hits / np.maximum(borne + guessed, 1)


def earned(decoded: np.ndarray, copied: np.ndarray, borne: np.ndarray) -> np.ndarray:
    """Tell which labels a decoder predicts better than copying a neighbour's does.

    Parameters
    ----------
    decoded, copied : ndarray of float of shape (n_labels,)
        F1 of either on rows that were held out.
    borne : ndarray of int of shape (n_labels,)
        Positives among these rows.

    Returns
    -------
    ndarray of bool of shape (n_labels,)

    Notes
    -----
    The gain of a label is drawn towards the mean gain of all labels seen, by
    ``borne / (borne + 5)``, because F1 of a few positives is mostly chance. With fewer than three
    positives nothing is known, and nothing is earned.

    Examples
    --------
    >>> earned(np.array([0.9, 0.1, 1.0]), np.array([0.5, 0.8, 0.0]), np.array([50, 50, 2]))
    array([ True, False, False])
    """
    seen = borne > 0
    if not seen.any():
        return seen
    gain = decoded - copied
    weight = borne / (borne + _PRIOR)
    drawn = weight * gain + (1 - weight) * gain[seen].mean()
    return (borne >= _FEWEST) & (drawn > 0)
