"""Who is near whom, oneself excluded.

Mixed numeric and nominal distances become Euclidean ones by embedding the columns (`Space`), so one
exact, chunked search (`nearest`) serves every sampler and every metric.
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
import scipy.sparse as sp
from joblib import Parallel, delayed
from sklearn.base import clone

from ._sklearn import HasMethods, StrOptions

_BLOCK = 8_000_000  # numbers held at once: 64 MB of float64
_TIE_BITS = 40
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
    search = _Search(points, k)
    blocks = (rows[a : a + search.step] for a in range(0, len(rows), search.step))
    found = Parallel(n_jobs=n_jobs, prefer="threads")(delayed(search)(block) for block in blocks)
    return np.concatenate(found)


def _ask_index(neighbors: Any, points: Any, k: int, rows: np.ndarray) -> np.ndarray:
    index = clone(neighbors).fit(points)
    asked = points if len(rows) == points.shape[0] else points[rows]
    found = np.asarray(index.kneighbors(asked, n_neighbors=k + 1, return_distance=False))
    other = found != rows[:, None]
    # where the index did not return the row itself (duplicates, approximation), drop the last
    other[other.all(axis=1), -1] = False
    return found[other].reshape(len(found), k).astype(np.intp)


class _Search:
    """Exact brute force: candidates by one matrix product, ranked by recomputed distances.

    The product's rounding errors could order near ties by accident, differently for dense and
    sparse input. So it only proposes rows (all within its error of the k-th), and the differences
    decide. Scaled columns carry rounding errors too: distances equal to 40 bits are ties.
    """

    def __init__(self, points: Any, k: int) -> None:
        self.points: Any = points.astype(float, copy=False)
        self.transposed = self.points.T
        self.k = k
        self.squares = _squared_norms(self.points)
        self.step = max(1, _BLOCK // self.points.shape[0])
        values = self.points.data if sp.issparse(points) else self.points
        # products and sums of halves, which nominal columns are made of, carry no rounding error
        self.exact = (
            bool(np.all(2 * values == np.rint(2 * values))) and self.squares.max() < 2.0**49
        )

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        rough = self._rough(rows)
        rough[np.arange(len(rows)), rows] = np.inf
        kth = np.partition(rough, self.k - 1, axis=1)[:, self.k - 1]
        limit = kth + np.abs(kth) * 2.0 ** (2 - _TIE_BITS) + self._error(rows)
        where, candidates = np.nonzero(rough <= limit[:, None])
        if self.exact:
            distance = rough[where, candidates]
        else:
            distance = _merge_ties(self._precise(rows[where], candidates))
        order = np.lexsort((candidates, distance, where))
        first = np.searchsorted(where, np.arange(len(rows)))
        return candidates[order[first[:, None] + np.arange(self.k)]]

    def _rough(self, rows: np.ndarray) -> np.ndarray:
        product = self.points[rows] @ self.transposed
        product = product.toarray() if sp.issparse(product) else product
        product *= -2.0
        product += self.squares[rows][:, None]
        product += self.squares
        return product

    def _error(self, rows: np.ndarray) -> np.ndarray:
        """Bound twice the rounding error of `_rough`."""
        if self.exact:
            return np.zeros(len(rows))
        width = 16.0 + self.points.shape[1]
        return 4.0 * np.finfo(float).eps * width * (self.squares[rows] + self.squares.max())

    def _precise(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        block = max(1, _BLOCK // max(1, self.points.shape[1]))
        out = np.empty(len(left))
        for a in range(0, len(left), block):
            gap = self.points[left[a : a + block]] - self.points[right[a : a + block]]
            gap = gap.toarray() if sp.issparse(gap) else gap
            out[a : a + block] = np.einsum("ij,ij->i", gap, gap)
        return out


def _squared_norms(points: Any) -> np.ndarray:
    with np.errstate(over="ignore"):
        squares = points.multiply(points) if sp.issparse(points) else points**2
        norms = np.asarray(squares.sum(axis=1)).ravel()
    # a squared distance is at most four times the larger norm
    if not np.all(norms < np.finfo(float).max / 8):
        raise ValueError(
            f"X holds values up to {abs(points).max():.3g}, too large to square for a distance; "
            "scale the features first, or use metric='heom', which does."
        )
    return norms


def _merge_ties(distance: np.ndarray) -> np.ndarray:
    mantissa, exponent = np.frexp(distance)
    return np.ldexp(np.rint(np.ldexp(mantissa, _TIE_BITS)), exponent - _TIE_BITS)
