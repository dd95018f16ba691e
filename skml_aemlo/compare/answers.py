"""What a classifier answered, checked against the truth and counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from .._containers import read_labels

__all__ = ["Counts", "count", "read_answer", "read_scores"]


def read_answer(Y_true: Any, Y_pred: Any) -> tuple[sp.csr_array, sp.csr_array]:
    """Return true and predicted labels, sparse and of one shape."""
    true, predicted = read_labels(Y_true, "Y_true"), read_labels(Y_pred, "Y_pred")
    _require_shape(true.shape, predicted.shape, "Y_pred")
    return true, predicted


def read_scores(Y_true: Any, scores: Any) -> tuple[sp.csr_array, np.ndarray]:
    """Return true labels and dense scores of one shape."""
    true = read_labels(Y_true, "Y_true")
    try:
        scores = np.asarray(scores.toarray() if sp.issparse(scores) else scores, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"scores must be a matrix of numbers, got {type(scores).__name__} ({error})."
        ) from error
    _require_shape(true.shape, scores.shape, "scores")
    if np.isnan(scores).any():
        raise ValueError("scores holds NaN, which no ranking can place; check the classifier.")
    return true, scores


def _require_shape(expected: tuple[int, ...], got: tuple[int, ...], name: str) -> None:
    if expected != got:
        raise ValueError(f"{name} has shape {got}, but Y_true has {expected}; they must agree.")


class Counts:
    """Per label: the hits, the rows that bear it, the rows predicted to; and the rows in all."""

    def __init__(self, Y_true: Any, Y_pred: Any) -> None:
        true, predicted = read_answer(Y_true, Y_pred)
        self.n_rows = true.shape[0]
        self.borne, self.predicted, self.hits = (
            count(matrix) for matrix in (true, predicted, true.multiply(predicted))
        )


def count(labels: Any) -> np.ndarray:
    """Return how many rows bear each label."""
    return np.bincount(sp.coo_array(labels).col, minlength=labels.shape[1])
