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
    tie). ``C`` and ``types`` share that sparsity pattern, ``S`` has a part of it.

    Parameters
    ----------
    neighbors : ndarray of int of shape (n_samples, n_neighbors)
        Each row's nearest rows, nearest first.
    minority_value : ndarray of int8 of shape (n_labels,)
        The rarer value of each label.
    C : csr_array of shape (n_samples, n_labels)
        Share of neighbours whose label differs. A zero inside the pattern is stored.
    S : csr_array of shape (n_samples, n_labels)
        C normalised to sum 1 over the cells of a label with 0 < C < 1; others are not stored.
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
        Nominal columns: "auto" takes the categorical, string, object and boolean columns of a
        DataFrame, none of an array; None takes none; ints are positions. For the arrays of a
        `Dataset` pass its ``categorical``.
    neighbors : estimator with ``fit`` and ``kneighbors``, optional
        An index, perhaps approximate, in place of the exact search. It is cloned, fitted on the
        coordinates of ``metric`` and searched with its own metric, so leave that Euclidean; its
        ``n_neighbors`` is ignored.
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
    rare_value = (2 * np.bincount(Y.indices, minlength=Y.shape[1]) <= n).astype(np.int8)
    cells = _minority_cells(Y, rare_value)
    alike = locate(cells, neighbors[row_of_cell(cells)], cells.indices[:, None])
    C = (k - np.count_nonzero(alike >= 0, axis=1)) / k
    S = _normalised(cells, C)
    weights = np.bincount(row_of_cell(S), weights=S.data, minlength=n)
    types = _with_data(cells, _types(C, alike))
    return LocalImbalance(neighbors, rare_value, _with_data(cells, C), S, weights, types)


def row_of_cell(cells: sp.csr_array) -> np.ndarray:
    """Return the row of every stored cell, in storage order."""
    return np.repeat(np.arange(cells.shape[0]), np.diff(cells.indptr))


def locate(cells: sp.csr_array, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Find cells in the storage of canonical ``cells``.

    Parameters
    ----------
    cells : csr_array of shape (n, n_labels)
        The cells stored; what they hold does not matter.
    rows, columns : ndarray of int
        The cells looked for; the two broadcast.

    Returns
    -------
    ndarray of int
        Place of each in ``cells.data``, -1 where it is not stored.
    """
    width = cells.shape[1]
    stored = np.append(
        row_of_cell(cells) * width + cells.indices, -1
    )  # the last one matches nothing
    wanted = rows * width + columns
    places = np.searchsorted(stored[:-1], wanted)
    places[stored[places] != wanted] = -1
    return places


def _minority_cells(Y: sp.csr_array, rare_value: np.ndarray) -> sp.csr_array:
    """Mark the cells of the rarer value."""
    flipped = np.flatnonzero(rare_value == 0)
    if not len(flipped):
        return Y
    (n, width), rows = Y.shape, row_of_cell(Y)
    kept = rare_value[Y.indices] == 1
    # more than half of these columns is 1, so that they have less than twice as many cells as Y
    zeros = np.ones((n, len(flipped)), dtype=bool)
    zeros[rows[~kept], np.searchsorted(flipped, Y.indices[~kept])] = False
    at, which = np.nonzero(zeros)
    cells = np.concatenate([rows[kept] * width + Y.indices[kept], at * width + flipped[which]])
    cells.sort(kind="stable")  # two sorted runs
    at, columns = np.divmod(cells, width)
    ends = np.cumsum(np.bincount(at, minlength=n))
    return _canonical(np.ones(len(cells), np.int8), columns, ends, Y.shape)


def _canonical(
    data: np.ndarray, columns: np.ndarray, ends: np.ndarray, shape: tuple[int, int]
) -> sp.csr_array:
    return sp.csr_array((data, columns, np.append(0, ends)), shape=shape)


def _with_data(cells: sp.csr_array, data: np.ndarray) -> sp.csr_array:
    return sp.csr_array((data, cells.indices, cells.indptr), shape=cells.shape)


def _normalised(cells: sp.csr_array, C: np.ndarray) -> sp.csr_array:
    counted = np.where(C < 1.0, C, 0.0)
    totals = np.bincount(cells.indices, weights=counted, minlength=cells.shape[1])
    kept = np.flatnonzero(counted)
    columns = cells.indices[kept]
    ends = np.searchsorted(kept, cells.indptr[1:])
    return _canonical(counted[kept] / totals[columns], columns, ends, cells.shape)


def _types(C: np.ndarray, alike: np.ndarray) -> np.ndarray:
    """Type of every minority cell, given the places of the same cell in its neighbours."""
    types = (np.searchsorted([0.3, 0.7, 1.0], C, side="right") + SAFE).astype(np.int8)
    # one more place, for a neighbour without that cell
    calm = np.append((types == SAFE) | (types == BORDERLINE), False)
    rare = np.flatnonzero(types == RARE)
    while True:
        near_calm = calm[alike[rare]].any(axis=1)
        if not near_calm.any():
            return types
        types[rare[near_calm]] = BORDERLINE
        calm[rare[near_calm]] = True
        rare = rare[~near_calm]


def reverse_counts(neighbors: np.ndarray) -> np.ndarray:
    """Return how many rows have each row among their neighbours."""
    return np.bincount(neighbors.ravel(), minlength=len(neighbors))


def influence(found: LocalImbalance) -> np.ndarray:
    """Return how much each row contradicts the rows that have it as a neighbour (the paper's u).

    Parameters
    ----------
    found : LocalImbalance
        What `judge` said.

    Returns
    -------
    ndarray of float of shape (n_samples,)
        Mean, over a row's reverse neighbours, of their S summed over the labels: taken positive
        where the row has the majority value or is an outlier, negative where it agrees. 0 for a row
        that is nobody's neighbour.
    """
    near = found.neighbors[row_of_cell(found.S)]
    places = locate(found.C, near, found.S.indices[:, None])
    # a cell of the majority value counts as an outlier
    agrees = np.append(found.C.data, 1.0)[places] < 1.0
    told = np.where(agrees, -1.0, 1.0) * found.S.data[:, None]
    n = len(found.neighbors)
    summed = np.bincount(near.ravel(), weights=told.ravel(), minlength=n)
    return summed / np.maximum(reverse_counts(found.neighbors), 1)


def retention_weights(found: LocalImbalance) -> np.ndarray:
    """Return what keeping each row is worth: v = w - u, moved so that the least is 0.

    Parameters
    ----------
    found : LocalImbalance
        What `judge` said.

    Returns
    -------
    ndarray of float of shape (n_samples,)
        At least 0; exactly 0 for every row as bad as the worst, whatever sums have rounded.
    """
    told = influence(found)
    worth = found.weights - told
    worth -= worth.min()
    worth[worth <= 1e-12 * (np.abs(told).max() + found.weights.max())] = 0.0
    return worth
