"""Who is near whom, oneself excluded.

Mixed numeric and nominal distances become Euclidean ones by embedding the columns (`Space`), so one
exact, chunked search (`nearest`) serves every sampler and every metric.
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import clone

from ._search import ExactSearch
from ._sklearn import HasMethods, StrOptions

METRICS = ("heom", "hvdm", "euclidean")
# what the parameters of every sampler that asks for neighbours may hold
SEARCH_RULES: dict[str, list[Any]] = {
    "metric": [StrOptions({"heom", "euclidean"})],
    "categorical_features": ["array-like", StrOptions({"auto"}), None],
    "neighbors": [HasMethods(["fit", "kneighbors"]), None],
    "n_jobs": [Integral, None],
}


class Space:
    """The columns of ``X`` as coordinates whose Euclidean distance is the wanted metric.

    Parameters
    ----------
    X : ndarray or csr_array of shape (n_samples, n_features)
        Features.
    categorical : ndarray of bool of shape (n_features,)
        Which columns are nominal.
    metric : {"heom", "hvdm", "euclidean"}
        "heom": numeric columns divided by their range over ``X``, nominal ones 0/1. "hvdm": the
        same, with nominal columns by their value difference with respect to a label.
        "euclidean": all columns as they are.

    Notes
    -----
    A nominal column becomes exact coordinates. Two values: 0 and 1. More values: an indicator per
    value, held twice as 1/2, so that a mismatch adds exactly 1 to the squared distance. Value
    difference: the column P(label | value), times the square root of two.
    """

    def __init__(self, X: Any, categorical: np.ndarray, metric: str = "heom") -> None:
        self.metric = metric
        self._nominal = np.flatnonzero(categorical) if metric != "euclidean" else np.empty(0, int)
        numeric = np.setdiff1d(np.arange(X.shape[1]), self._nominal)
        self._numeric = X if len(numeric) == X.shape[1] else X[:, numeric]
        if metric != "euclidean":
            self._numeric = _scale_columns(self._numeric)
        self._codes = _Codes(X[:, self._nominal]) if len(self._nominal) else None

    def points(self, target: np.ndarray | None = None) -> Any:
        """Return the coordinates, one row per row of ``X``.

        Parameters
        ----------
        target : ndarray of 0 and 1 of shape (n_samples,), optional
            The label that "hvdm" compares nominal values by.
        """
        if self._codes is None:
            return self._numeric
        if self.metric == "hvdm" and target is not None:
            nominal = self._codes.value_difference(target)
        else:
            nominal = self._codes.overlap()
        return _side_by_side(self._numeric, nominal)


class _Codes:
    """Nominal columns as value indices, counted from 0 over all columns together."""

    def __init__(self, X: Any) -> None:
        self.sparse = sp.issparse(X)
        columns = sp.csc_array(X) if self.sparse else X
        self.shape = X.shape
        self.values = [self._column_values(columns, j) for j in range(X.shape[1])]
        self.starts = np.concatenate([[0], np.cumsum([len(v) for v in self.values])])
        if self.sparse:
            columns.sum_duplicates()
            columns.eliminate_zeros()
            self.columns = columns
            parts = [self._find(j, columns.data[a:b]) for j, a, b in self._slices()]
            self.codes = np.concatenate(parts) if parts else np.empty(0, int)
            self.zeros = np.array([self._find(j, 0.0) for j in range(X.shape[1])])
        else:
            self.codes = np.column_stack([self._find(j, X[:, j]) for j in range(X.shape[1])])

    def _column_values(self, columns: Any, j: int) -> np.ndarray:
        if not self.sparse:
            return np.unique(columns[:, j])
        stored = columns.data[columns.indptr[j] : columns.indptr[j + 1]]
        return np.unique(np.append(stored, 0.0))

    def _slices(self) -> zip:
        return zip(
            range(self.shape[1]), self.columns.indptr[:-1], self.columns.indptr[1:], strict=True
        )

    def _find(self, j: int, values: Any) -> Any:
        return self.starts[j] + np.searchsorted(self.values[j], values)

    def overlap(self) -> Any:
        """Return coordinates in which two different values are exactly 1 apart."""
        sizes = np.diff(self.starts)
        few, many = np.flatnonzero(sizes <= 2), np.flatnonzero(sizes > 2)
        if self.sparse:
            pair = sp.csr_array(self.columns[:, few] != 0).astype(float)
        else:
            pair = (self.codes[:, few] - self.starts[few]).astype(float)
        return _side_by_side(pair, self._indicators(many)) if len(many) else pair

    def _indicators(self, many: np.ndarray) -> Any:
        n = self.shape[0]
        codes = np.tile(self.zeros[many], (n, 1)) if self.sparse else self.codes[:, many]
        if self.sparse:
            for place, j in enumerate(many):
                a, b = self.columns.indptr[j : j + 2]
                codes[self.columns.indices[a:b], place] = self.codes[a:b]
        rows = np.repeat(np.arange(n), 2 * len(many))
        twice = np.stack([2 * codes, 2 * codes + 1], axis=-1).ravel()
        return sp.csr_array(
            (np.full(len(rows), 0.5), (rows, twice)), shape=(n, 2 * int(self.starts[-1]))
        )

    def value_difference(self, target: np.ndarray) -> Any:
        """Return sqrt(2) P(label | value) in place of every value."""
        score = np.sqrt(2.0) * self._shares(np.asarray(target, dtype=float))
        if not self.sparse:
            return score[self.codes]
        column = np.repeat(np.arange(self.shape[1]), np.diff(self.columns.indptr))
        shifted = score[self.codes] - score[self.zeros[column]]
        made = sp.csc_array(
            (shifted, self.columns.indices, self.columns.indptr), shape=self.columns.shape
        )
        return sp.csr_array(made)

    def _shares(self, target: np.ndarray) -> np.ndarray:
        """P(label | value) for every value of every column."""
        n_values = int(self.starts[-1])
        if self.sparse:
            rows = self.columns.indices
            count = np.bincount(self.codes, minlength=n_values).astype(float)
            # without a stored value bincount forgets that weights are floats
            hits = np.bincount(self.codes, weights=target[rows], minlength=n_values).astype(float)
            count[self.zeros] += self.shape[0] - np.add.reduceat(count, self.starts[:-1])
            hits[self.zeros] += target.sum() - np.add.reduceat(hits, self.starts[:-1])
        else:
            flat = self.codes.ravel()
            count = np.bincount(flat, minlength=n_values).astype(float)
            hits = np.bincount(flat, np.repeat(target, self.shape[1]), minlength=n_values)
        return np.divide(hits, count, out=np.zeros(n_values), where=count > 0)


def _bounds(X: Any) -> tuple[np.ndarray, np.ndarray]:
    if X.shape[1] == 0:
        return np.zeros(0), np.zeros(0)
    least, most = X.min(axis=0), X.max(axis=0)
    if sp.issparse(X):
        least, most = least.toarray().ravel(), most.toarray().ravel()
    return least.astype(float), most.astype(float)


def _scale_columns(X: Any) -> Any:
    """Divide every column by its range; a constant one separates nobody and becomes 0.

    A column without zeros is moved to begin at 0 first, so that a large offset costs no digits. A
    sparse column of that kind stores all its entries, hence sparse data stay as sparse.
    """
    least, most = _bounds(X)
    offset = np.clip(0.0, least, most)
    # half the range, as the whole one may overflow; below the smallest normal number is constant
    half = most / 2 - least / 2
    varies = half > np.finfo(float).tiny
    weights = np.divide(0.5, half, out=np.zeros(len(half)), where=varies)
    if sp.issparse(X):
        data = (X.data - offset[X.indices]) * weights[X.indices]
        return sp.csr_array((data, X.indices, X.indptr), shape=X.shape)
    return (X - offset) * weights


def _side_by_side(left: Any, right: Any) -> Any:
    if left.shape[1] == 0:
        return right if sp.issparse(left) or not sp.issparse(right) else right.toarray()
    if sp.issparse(left) or (sp.issparse(right) and right.shape[1] > 4 * left.shape[1]):
        return sp.csr_array(sp.hstack([sp.csr_array(left), sp.csr_array(right)]))
    return np.hstack([left, right.toarray() if sp.issparse(right) else right])


def nearest(
    points: Any,
    n_neighbors: int,
    *,
    rows: np.ndarray | None = None,
    neighbors: Any = None,
    n_jobs: int | None = None,
) -> np.ndarray:
    """Return the nearest other rows of every row, nearest first, ties by row index.

    Parameters
    ----------
    points : ndarray or csr_array of shape (n, n_coordinates)
        Coordinates, from `Space.points`.
    n_neighbors : int
        How many neighbours; all others where there are fewer.
    rows : ndarray of int of shape (n_asked,), optional
        The rows whose neighbours are wanted, among all; by default every row's.
    neighbors : estimator with ``fit`` and ``kneighbors``, optional
        An index, perhaps approximate, that replaces the exact search. It is cloned.
    n_jobs : int, optional
        Threads that search side by side.

    Returns
    -------
    ndarray of int of shape (n_asked, min(n_neighbors, n - 1))
        A row is never among its own neighbours, duplicates or not.
    """
    n = points.shape[0]
    k = min(n_neighbors, n - 1)
    rows = np.arange(n) if rows is None else rows
    if k <= 0 or not len(rows):
        return np.empty((len(rows), max(k, 0)), dtype=np.intp)
    if neighbors is not None:
        return _ask_index(neighbors, points, k, rows)
    return ExactSearch(points, k)(rows, n_jobs)


def _ask_index(neighbors: Any, points: Any, k: int, rows: np.ndarray) -> np.ndarray:
    index = clone(neighbors).fit(points)
    asked = points if len(rows) == points.shape[0] else points[rows]
    found = np.asarray(index.kneighbors(asked, n_neighbors=k + 1, return_distance=False))
    other = found != rows[:, None]
    # where the index did not return the row itself (duplicates, approximation), drop the last
    other[other.all(axis=1), -1] = False
    return found[other].reshape(len(found), k).astype(np.intp)
