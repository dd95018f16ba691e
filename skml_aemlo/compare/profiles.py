"""What a comparison's files keep of its data: enough for every picture, without the rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from .. import measures

__all__ = ["SCALARS", "profile_of"]

SCALARS = (
    *("n_samples", "n_features", "n_labels", "n_labelsets", "n_minority_labels"),
    *("cardinality", "density", "diversity", "mean_ir", "max_ir"),
    *("cvir", "scumble", "scumble_cv", "tcs"),
)
"""Measures of a data set that are one number."""
SHOWN_LABELSETS = 30
SHOWN_PAIRS = 60


def profile_of(
    labels: sp.csr_array, n_features: int, label_names: tuple[str, ...]
) -> dict[str, Any]:
    """Return the profile of a data set as JSON can hold it.

    Parameters
    ----------
    labels : csr_array of shape (n_samples, n_labels)
    n_features : int
    label_names : tuple of str

    Returns
    -------
    dict
        The fields of `measures.describe`, with None for what is infinite or undefined, and
        ``n_features``; ``labelsets``, the most frequent ones as pairs of label indices and number
        of rows; ``cooccurrence``, a dict of ``labels`` (indices of the most frequent labels, most
        frequent first) and ``counts`` (rows that bear both, one list a label).

    Examples
    --------
    >>> profile = profile_of(sp.csr_array(np.array([[1, 0], [1, 1], [1, 0]])), 4, ("sky", "bird"))
    >>> profile["labelsets"], profile["cooccurrence"]["counts"]
    ([[[0], 2], [[0, 1], 1]], [[3, 1], [1, 1]])
    """
    found = measures.describe(labels, n_features, label_names).to_dict()
    return {
        **{name: _plain(value) for name, value in found.items()},
        "n_features": n_features,
        "labelsets": _labelsets(labels),
        "cooccurrence": _cooccurrence(labels),
    }


def _plain(value: Any) -> Any:
    """Return a value without infinity and NaN, which JSON lacks."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _labelsets(labels: sp.csr_array) -> list[list[Any]]:
    rows = np.split(labels.indices, labels.indptr[1:-1])
    counts: dict[tuple[int, ...], int] = {}
    for row in rows:
        key = tuple(row.tolist())
        counts[key] = counts.get(key, 0) + 1
    frequent = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [[list(key), count] for key, count in frequent[:SHOWN_LABELSETS]]


def _cooccurrence(labels: sp.csr_array) -> dict[str, Any]:
    counts = np.bincount(labels.indices, minlength=labels.shape[1])
    chosen = np.argsort(-counts, kind="stable")[:SHOWN_PAIRS]
    part = labels[:, chosen].astype(np.int64)
    return {"labels": chosen.tolist(), "counts": (part.T @ part).toarray().tolist()}
