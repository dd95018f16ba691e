"""How each row's neighbours contradict its rarer labels; public through `skml_aemlo.measures`."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import scipy.sparse as sp

from ._containers import Features, read_labels
from ._neighbors import Space, nearest

__all__ = ["LocalImbalance", "local_imbalance"]


@dataclass(frozen=True)
class LocalImbalance:
    """How each row's neighbours contradict its rarer label values.

    Only *minority cells* are stored: cells (i, j) whose value is the rarer one of label j (1 on a
    tie). All four matrices share that sparsity pattern or a part of it.

    Parameters
    ----------
    neighbors : ndarray of int of shape (n_samples, n_neighbors)
        Each row's nearest rows, nearest first.
    minority_value : ndarray of int8 of shape (n_labels,)
        The rarer value of each label.
    C : csr_array of shape (n_samples, n_labels)
        Share of neighbours whose label differs. A zero inside the pattern is stored.
    S : csr_array of shape (n_samples, n_labels)
        C normalised to sum 1 over the cells of a label with C < 1; other cells are not stored.
    weights : ndarray of float of shape (n_samples,)
        Row sums of S.
    types : csr_array of int8 of shape (n_samples, n_labels)
        1 safe (C < 0.3), 2 borderline (C < 0.7), 3 rare (C < 1), 4 outlier (C = 1); 0, not stored,
        for cells of the majority value. A rare cell with a safe or borderline neighbour on that
        label is borderline.

    Examples
    --------
    >>> from skml_aemlo.measures import local_imbalance
    >>> X = [[0.0], [0.1], [0.2], [5.0], [5.1]]
    >>> found = local_imbalance(X, [[1], [0], [1], [0], [0]], n_neighbors=2)
    >>> found.types.toarray().ravel(), found.weights
    (array([2, 0, 2, 0, 0], dtype=int8), array([0.5, 0. , 0.5, 0. , 0. ]))
    """

    neighbors: np.ndarray
    minority_value: np.ndarray
    C: sp.csr_array
    S: sp.csr_array
    weights: np.ndarray
    types: sp.csr_array


SAFE, BORDERLINE, RARE, OUTLIER = 1, 2, 3, 4


def local_imbalance(
    X: Any,
    Y: Any,
    n_neighbors: int = 5,
    *,
    metric: str = "heom",
    categorical_features: Any = "auto",
    neighbors: Any = None,
    n_jobs: int | None = None,
) -> LocalImbalance:
    """Return the local imbalance of every row and label, as MLSOL and MLUL use it.

    Parameters
    ----------
    X : array-like, DataFrame or sparse container of shape (n_samples, n_features)
        Features.
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.
    n_neighbors : int, default=5
        Neighbours to ask; all others where there are fewer.
    metric : {"heom", "euclidean"}, default="heom"
        Distance between rows; "heom" divides numeric features by their range.
    categorical_features : "auto", None, or array-like of int, bool or str, default="auto"
        Nominal columns; "auto" reads a DataFrame's dtypes.
    neighbors : estimator with ``kneighbors``, optional
        An index that replaces the exact search.
    n_jobs : int, optional
        Threads for the search.

    Returns
    -------
    LocalImbalance

    Raises
    ------
    ValueError
        If ``X`` or ``Y`` is invalid, their lengths differ, there is a single row, or ``metric`` or
        ``n_neighbors`` is out of range.

    References
    ----------
    B. Liu, K. Blekas, G. Tsoumakas, "Multi-label sampling based on local label imbalance", Pattern
    Recognition 122, 108294, 2022.

    Examples
    --------
    >>> from skml_aemlo.measures import local_imbalance
    >>> X = [[0.0], [0.1], [0.2], [5.0], [5.1]]
    >>> local_imbalance(X, [[1], [0], [1], [0], [0]], n_neighbors=2).C.toarray().ravel()
    array([0.5, 0. , 0.5, 0. , 0. ])
    """
    if metric not in ("heom", "euclidean"):
        raise ValueError(f"metric must be 'heom' or 'euclidean'; got {metric!r}.")
    if not isinstance(n_neighbors, Integral) or n_neighbors < 1:
        raise ValueError(f"n_neighbors must be an int of at least 1; got {n_neighbors!r}.")
    labels, features = read_labels(Y), Features(X, categorical_features)
    if features.n_rows != labels.shape[0] or labels.shape[0] < 2:
        raise ValueError(
            f"X has {features.n_rows} rows and Y {labels.shape[0]}; both need the same number, "
            "at least two."
        )
    points = Space(features.values, features.categorical, metric).points()
    found = nearest(points, n_neighbors, neighbors=neighbors, n_jobs=n_jobs)
    return judge(labels, found)


def judge(Y: sp.csr_array, neighbors: np.ndarray) -> LocalImbalance:
    """Return the local imbalance of canonical ``Y`` among ``neighbors``, one row of them a row."""
    n, k = neighbors.shape
    counts = np.bincount(Y.indices, minlength=Y.shape[1])
    rare_value = (2 * counts <= n).astype(np.int8)
    cells = _minority_cells(Y, rare_value)
    near = sp.csr_array(
        (np.ones(n * k), neighbors.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n)
    )
    C = _with_data(cells, (k - _at(cells, near @ cells)) / k)
    S = _normalised(C)
    return LocalImbalance(
        neighbors, rare_value, C, S, np.asarray(S.sum(axis=1)).ravel(), _types(C, near)
    )


def _minority_cells(Y: sp.csr_array, rare_value: np.ndarray) -> sp.csr_array:
    """Mark the cells of the rarer value; only columns where that is 0 are ever made dense."""
    columns = sp.csc_array(Y, dtype=float)
    flipped = np.flatnonzero(rare_value == 0)
    if len(flipped):
        columns = sp.lil_array(columns)
        columns[:, flipped] = 1.0 - columns[:, flipped].toarray()
    cells = sp.csr_array(columns)
    cells.eliminate_zeros()
    cells.sort_indices()
    return cells


def _at(cells: sp.csr_array, values: sp.csr_array) -> np.ndarray:
    """Read ``values`` at the stored cells, zeros included, in storage order."""
    # adding the pattern first keeps a cell whose value is 0
    shifted = sp.csr_array((values + cells).multiply(cells))
    shifted.sort_indices()
    return shifted.data - 1.0


def _with_data(cells: sp.csr_array, data: np.ndarray) -> sp.csr_array:
    return sp.csr_array((data, cells.indices, cells.indptr), shape=cells.shape)


def _normalised(C: sp.csr_array) -> sp.csr_array:
    data = np.where(C.data < 1.0, C.data, 0.0)
    totals = np.bincount(C.indices, weights=data, minlength=C.shape[1])[C.indices]
    S = _with_data(C, np.divide(data, totals, out=np.zeros(len(data)), where=totals > 0))
    S = S.copy()
    S.eliminate_zeros()
    return S


def _types(C: sp.csr_array, near: sp.csr_array) -> sp.csr_array:
    code = np.select(
        [C.data < 0.3, C.data < 0.7, C.data < 1.0], [SAFE, BORDERLINE, RARE], OUTLIER
    ).astype(np.int8)
    pattern = _with_data(C, np.ones(len(code)))
    while True:
        inner = _with_data(C, ((code == SAFE) | (code == BORDERLINE)).astype(float))
        promoted = (code == RARE) & (_at(pattern, near @ inner) > 0)
        if not promoted.any():
            return _with_data(C, code)
        code[promoted] = BORDERLINE
