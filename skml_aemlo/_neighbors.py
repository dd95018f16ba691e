"""Who is near whom, oneself excluded.

Mixed numeric and nominal distances become Euclidean ones by embedding the columns (`Space`), so one
exact, chunked search (`nearest`) serves every sampler and every metric.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import clone

from ._search import search
from ._sklearn import N_JOBS, HasMethods, StrOptions

METRICS = ("heom", "hvdm", "euclidean")
# what the parameters of every sampler that asks for neighbours may hold
SEARCH_RULES: dict[str, list[Any]] = {
    "metric": [StrOptions({"heom", "euclidean"})],
    "categorical_features": ["array-like", StrOptions({"auto"}), None],
    "neighbors": [HasMethods(["fit", "kneighbors"]), None],
    "n_jobs": N_JOBS,
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
    n_real : int, optional
        The ranges are those of the first so many rows; by default of all.

    Notes
    -----
    A nominal column becomes exact coordinates. Two values: 0 and 1. More values: an indicator per
    value, held twice as 1/2, so that a mismatch adds exactly 1 to the squared distance; in sparse
    tables 0 has no coordinate. Value difference: the column P(label | value), times the square root
    of two.
    """

    def __init__(
        self,
        X: Any,
        categorical: np.ndarray,
        metric: str = "heom",
        n_real: int | None = None,
    ) -> None:
        nominal = categorical if metric != "euclidean" else np.zeros(X.shape[1], dtype=bool)
        self._by_label = metric == "hvdm"
        self._numeric = _columns(X, ~nominal)
        if metric != "euclidean":
            self._numeric = _scale_columns(self._numeric, n_real)
        self._codes = _Codes(_columns(X, nominal)) if nominal.any() else None
        self._points: Any = None

    def points(self, rows: np.ndarray | None = None, *, bearers: np.ndarray | None = None) -> Any:
        """Return coordinates.

        Parameters
        ----------
        rows : ndarray of int, optional
            Rows of ``X`` whose coordinates are wanted; by default all.
        bearers : ndarray of int, optional
            The rows that bear the label that "hvdm" compares nominal values by; without them it
            compares as "heom" does. Costs time in proportion to the rows named, not to ``X``.

        Returns
        -------
        ndarray or csr_array of shape (n_rows, n_coordinates)
        """
        if self._codes is not None and self._by_label and bearers is not None:
            numeric = self._numeric if rows is None else self._numeric[rows]
            return _side_by_side(numeric, self._codes.value_difference(bearers, rows))
        if self._points is None:
            self._points = self._numeric
            if self._codes is not None:
                self._points = _side_by_side(self._numeric, self._codes.overlap())
        return self._points if rows is None else self._points[rows]


def _columns(X: Any, mask: np.ndarray) -> Any:
    return X if mask.all() else X[:, np.flatnonzero(mask)]


class _Codes:
    """Nominal columns as value indices, counted from 0 over all columns together.

    A sparse table stores the codes of its entries; ``zeros`` are those of the zeros between them.
    """

    def __init__(self, X: Any) -> None:
        self.sparse = sp.issparse(X)
        if not self.sparse:
            values = [np.unique(column) for column in X.T]
            self.starts = np.concatenate([[0], np.cumsum([len(v) for v in values])])
            coded = [np.searchsorted(v, column) for v, column in zip(values, X.T, strict=True)]
            self.codes = np.column_stack(coded) + self.starts[:-1]
        elif np.all(X.data == 1):
            # of a table of words every column holds 0 and 1
            self.starts = 2 * np.arange(X.shape[1] + 1)
            self.zeros = self.starts[:-1]
            data = 2 * X.indices.astype(np.intp) + 1
            self.codes = sp.csr_array((data, X.indices, X.indptr), shape=X.shape)
        else:
            self._read_sparse(sp.csc_array(X))
        self.counts = self._count(self.codes)

    def _read_sparse(self, X: sp.csc_array) -> None:
        X.eliminate_zeros()
        columns = np.split(X.data, X.indptr[1:-1])
        values = [np.unique(np.append(stored, 0.0)) for stored in columns]
        self.starts = np.concatenate([[0], np.cumsum([len(v) for v in values])])
        self.zeros = self.starts[:-1] + [np.searchsorted(v, 0.0) for v in values]
        coded = [np.searchsorted(v, stored) for v, stored in zip(values, columns, strict=True)]
        data = np.concatenate(coded) + np.repeat(self.starts[:-1], np.diff(X.indptr))
        self.codes = sp.csr_array(sp.csc_array((data, X.indices, X.indptr), shape=X.shape))

    def _count(self, codes: Any) -> np.ndarray:
        """Count how often every value occurs in rows of codes."""
        n_values = int(self.starts[-1])
        if not self.sparse:
            return np.bincount(codes.ravel(), minlength=n_values)
        counts = np.bincount(codes.data, minlength=n_values)
        stored = np.bincount(codes.indices, minlength=codes.shape[1])
        counts[self.zeros] += codes.shape[0] - stored
        return counts

    def overlap(self) -> Any:
        """Return coordinates in which two different values are exactly 1 apart."""
        sizes = np.diff(self.starts)
        many = sizes > 2
        few = _columns(self.codes, ~many)
        if self.sparse:
            # of two values one is 0 and not stored
            pair = sp.csr_array((np.ones(few.nnz), few.indices, few.indptr), shape=few.shape)
        else:
            pair = (few - self.starts[:-1][~many]).astype(float)
        if not many.any():
            return pair
        return _side_by_side(pair, self._indicators(many))

    def _indicators(self, many: np.ndarray) -> Any:
        codes = _columns(self.codes, many)
        if self.sparse:
            places, ends = _coordinates_around_zero(codes), codes.indptr
            width = 2 * (codes.shape[1] + int(self.starts[-1]))
        else:
            places, ends = np.stack([2 * codes, 2 * codes + 1], axis=-1), codes.shape[1]
            ends, width = ends * np.arange(len(codes) + 1), 2 * int(self.starts[-1])
        each = places.size // max(1, int(ends[-1]))
        made = sp.csr_array(
            (np.full(places.size, 0.5), places.ravel(), each * ends),
            shape=(codes.shape[0], width),
        )
        made.sort_indices()
        return made

    def value_difference(self, bearers: np.ndarray, rows: np.ndarray | None = None) -> Any:
        """Return sqrt(2) P(label | value) in place of every value, the label borne by some rows."""
        share = self._count(self.codes[bearers]) / np.maximum(self.counts, 1)
        score = np.sqrt(2.0) * share
        codes = self.codes if rows is None else self.codes[rows]
        if not self.sparse:
            return score[codes]
        shifted = score[codes.data] - score[self.zeros[codes.indices]]
        return sp.csr_array((shifted, codes.indices, codes.indptr), shape=codes.shape)


def _coordinates_around_zero(codes: sp.csr_array) -> np.ndarray:
    """Return the four coordinates in which an entry has 1/2 and a zero has nothing.

    Two belong to the column, two to the value: entries of different values share two of them, so
    that they are as far from each other as from a zero, exactly 1.
    """
    column = 2 * codes.indices.astype(np.int64)
    value = 2 * (codes.shape[1] + codes.data)
    return np.stack([column, column + 1, value, value + 1], axis=-1)


def inverse_ranges(X: Any) -> np.ndarray:
    """Return one over the range of every column, 0 for a constant one."""
    return _ranges(X)[1]


def _ranges(X: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the value of every column nearest to 0, and one over its range."""
    if X.shape[1] == 0:
        return np.zeros(0), np.zeros(0)
    least, most = X.min(axis=0), X.max(axis=0)
    if sp.issparse(X):
        least, most = least.toarray().ravel(), most.toarray().ravel()
    least, most = least.astype(float), most.astype(float)
    # half the range, as the whole one may overflow; below the smallest normal number is constant
    half = most / 2 - least / 2
    varies = half > np.finfo(float).tiny
    return np.clip(0.0, least, most), np.divide(0.5, half, out=np.zeros(len(half)), where=varies)


def _scale_columns(X: Any, n_real: int | None) -> Any:
    """Divide every column by its range in the first ``n_real`` rows; a constant one becomes 0.

    A column without zeros is moved to begin at 0 first, so that a large offset costs no digits. A
    sparse column of that kind stores all its entries, hence sparse data stay as sparse.
    """
    offset, weights = _ranges(X)
    if n_real is not None:
        weights = inverse_ranges(X[:n_real])
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

    Raises
    ------
    ValueError
        If ``neighbors`` gives anything but different rows, or squared distances overflow.
    """
    n = points.shape[0]
    k = max(0, min(int(n_neighbors), n - 1))
    asking = np.arange(n) if rows is None else rows
    if not k or not len(asking):
        return np.empty((len(asking), k), dtype=np.intp)
    if neighbors is None:
        return search(points, k, asking, n_jobs)
    index = _fitted(neighbors, points)
    asked = points if rows is None else points[rows]
    found = np.asarray(index.kneighbors(asked, n_neighbors=k + 1, return_distance=False))
    _check_answer(neighbors, found, (len(asking), k + 1), n)
    other = found != asking[:, None]
    # where the index did not return the row itself (duplicates, approximation), drop the last
    other[other.all(axis=1), -1] = False
    return found[other].reshape(len(found), k).astype(np.intp)


def _fitted(neighbors: Any, points: Any) -> Any:
    try:
        return clone(neighbors).fit(points)
    except TypeError as error:
        raise TypeError(
            f"neighbors={neighbors!r} must be an instance of an index that is fitted on rows, "
            f"such as sklearn.neighbors.NearestNeighbors(): {error}"
        ) from error


def _check_answer(neighbors: Any, found: np.ndarray, shape: tuple[int, int], n: int) -> None:
    """Refuse an answer that is no row of neighbours for every row."""
    name = type(neighbors).__name__
    if found.shape != shape or found.dtype.kind not in "iu":
        raise ValueError(
            f"neighbors={name} must return row numbers of shape {shape} from kneighbors; got "
            f"{found.dtype} of shape {found.shape}."
        )
    twice = np.diff(np.sort(found, axis=1), axis=1) == 0
    if found.min() < 0 or found.max() >= n or twice.any():
        raise ValueError(
            f"neighbors={name} must return {shape[1]} different rows of 0 to {n - 1} for every "
            "row; it returned others or too few. Let it search more thoroughly."
        )
