"""Exact nearest neighbours by brute force: screen by a matrix product, rank by differences.

A product in single precision costs a fraction of one in double, but its rounding could order near
neighbours by accident. So it only screens: every row whose lower bound stays within reach of the
k-th neighbour is a candidate, and the differences themselves, summed in double precision, decide.
Coordinates are scaled columns and carry rounding errors too: squared distances equal to 40 bits are
ties, which go to the lower row. Dense and sparse points thus give the same answer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from joblib import Parallel, delayed

_SCREEN = 1_500_000  # numbers a block of lower bounds holds, so that it stays in the cache
_NARROWEST = 64  # columns of such a block at least, without which products get slow
_BLOCK = 200_000  # numbers a block of differences holds, likewise
_TIE = 2.0**-40
_TINY = 1e-200  # squared norms below are scaled up
_SMALL = float(np.finfo(np.float32).tiny) * 2.0**20  # more than what single precision loses at 0
_FAR = 1e30  # a padding row's squared norm; an infinite one makes NaN in products
_WIDE = 50_000  # products added up beyond which single precision is too coarse
_CROWD = 4  # candidates per wanted neighbour above which single precision was too coarse

Candidates = tuple[np.ndarray, np.ndarray, np.ndarray]  # place of the asking row, row, lower bound


def search(points: Any, k: int, rows: np.ndarray, n_jobs: int | None = None) -> np.ndarray:
    """Return the ``k`` rows nearest to each of ``rows``, oneself excluded.

    Parameters
    ----------
    points : ndarray or csr_array of shape (n, n_coordinates), float
        Coordinates.
    k : int
        How many, 1 to n - 1.
    rows : ndarray of int of shape (n_asked,)
        Who asks.
    n_jobs : int, optional
        Threads that search side by side.

    Returns
    -------
    ndarray of int of shape (n_asked, k)
        Nearest first, ties by row index.

    Raises
    ------
    ValueError
        If squared distances overflow.
    """
    points = points.astype(float, copy=False)
    kept = _lowest_copies(points, k)
    if 2 * len(kept) > points.shape[0]:
        return ExactSearch(points, k)(rows, n_jobs)
    own = np.full(points.shape[0], -1)
    own[kept] = np.arange(len(kept))
    return kept[ExactSearch(points[kept], k, points, own)(rows, n_jobs)]


def _lowest_copies(points: Any, k: int) -> np.ndarray:
    """Return the rows that may be neighbours: of equal ones, k + 1 of the lowest."""
    n, width = points.shape
    words = np.random.default_rng(0).random(width)
    with np.errstate(over="ignore", invalid="ignore"):
        prints = points @ words if sp.issparse(points) else np.einsum("ij,j->i", points, words)
    order = np.argsort(prints, kind="stable")
    near = np.flatnonzero(np.diff(prints[order]) == 0)
    if 2 * len(near) < n:
        return np.arange(n)
    same = np.zeros(n, dtype=bool)
    same[near + 1] = squared_distances(points, order[near], points, order[near + 1]) == 0
    kind = np.cumsum(~same) - 1
    starts = np.flatnonzero(~same)
    return np.sort(order[np.arange(n) - starts[kind] <= k])


class ExactSearch:
    """The k nearest among ``points``, of other points or of their own.

    Parameters
    ----------
    points : ndarray or csr_array of shape (n, n_coordinates), float
        Coordinates.
    k : int
        How many: at most n, less one where those who ask are among the points.
    asked : ndarray or csr_array of shape (n_asked, n_coordinates), float, optional
        Who asks; by default the points themselves.
    own : ndarray of int of shape (n_asked,), optional
        Which of the points each asking one is, to be no neighbour of itself; -1 is none of them.

    Raises
    ------
    ValueError
        If squared distances overflow.
    """

    def __init__(
        self, points: Any, k: int, asked: Any = None, own: np.ndarray | None = None
    ) -> None:
        self.points: Any = points.astype(float, copy=False)
        self.asked: Any = self.points if asked is None else asked.astype(float, copy=False)
        self.k = k
        self.own = np.arange(points.shape[0]) if asked is None else own
        both = (self.points,) if asked is None else (self.points, self.asked)
        squares = tuple(_squared_norms(part) for part in both)
        most = max(part.max() for part in squares)
        if most < _TINY:
            # squares would vanish; a power of two changes no digit
            both = tuple(part * 2.0**600 for part in both)
            self.points, self.asked = both[0], both[-1]
            squares = tuple(_squared_norms(part) for part in both)
            most = max(part.max() for part in squares)
        # sums of halves and quarters, which nominal columns are made of, carry no rounding error
        self.exact = bool(most < 2.0**49 and all(_all_halves(part) for part in both))
        if self.exact:
            dtype = np.float32 if most < 2.0**19 else np.float64
            self.screen = _Screen(both, squares, k, dtype, error=0.0)
        else:
            self.centred = _centred(both, squares)
            # the bounds hold while rounding takes a small part of a product
            wide = _width(self.points) > _WIDE
            self.screen = _Screen(*self.centred, k, np.float64 if wide else np.float32)

    def __call__(self, rows: np.ndarray, n_jobs: int | None = None) -> np.ndarray:
        """Return the neighbours of ``rows`` of those who ask, an array of shape (n_rows, k)."""
        found, crowded = self._pass(self.screen, rows, n_jobs)
        if crowded.any():
            finer = _Screen(*self.centred, self.k, np.float64)
            found[crowded], _ = self._pass(finer, rows[crowded], n_jobs)
        return found

    def _pass(
        self, screen: _Screen, rows: np.ndarray, n_jobs: int | None
    ) -> tuple[np.ndarray, np.ndarray]:
        blocks = [rows[a : a + screen.step] for a in range(0, len(rows), screen.step)]
        if n_jobs in (None, 1):
            parts = [self._block(screen, block) for block in blocks]
        else:
            parts = Parallel(n_jobs=n_jobs, prefer="threads")(
                delayed(self._block)(screen, block) for block in blocks
            )
        found, crowded = zip(*parts, strict=True)
        return np.concatenate(found), np.concatenate(crowded)

    def _block(self, screen: _Screen, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        own = None if self.own is None else self.own[rows]
        place, candidate, bound = screen(rows, own)
        crowded = np.zeros(len(rows), dtype=bool)
        if self.exact:
            return _first(place, _order(place, bound, candidate), candidate, self.k), crowded
        if screen.single:
            crowded = np.bincount(place, minlength=len(rows)) > _CROWD * (self.k + 16)
            kept = ~crowded[place]
            place, candidate, bound = place[kept], candidate[kept], bound[kept]
        found = np.zeros((len(rows), self.k), dtype=np.intp)
        if not len(place):
            return found, crowded
        order = _order(place, bound, candidate)
        found[~crowded] = _first(place, order, candidate, self.k)
        unsure = np.zeros(len(rows), dtype=bool)
        unsure[self._overlapping(screen, rows, place[order], candidate[order], bound[order])] = True
        if unsure.any():
            asks = unsure[place]
            place, candidate = place[asks], candidate[asks]
            order = self._ranked(place, rows[place], candidate)
            found[unsure] = _first(place, order, candidate, self.k)
        return found, crowded

    def _overlapping(
        self,
        screen: _Screen,
        rows: np.ndarray,
        place: np.ndarray,
        candidate: np.ndarray,
        bound: np.ndarray,
    ) -> np.ndarray:
        """Return the places whose first k candidates, sorted by bounds, may stand otherwise."""
        rank = np.arange(len(place)) - np.searchsorted(place, place)
        overlap = (rank[1:] > 0) & (rank[1:] <= self.k)
        overlap &= screen.highest(rows, place, candidate, bound)[:-1] >= bound[1:]
        return place[1:][overlap]

    def _ranked(self, place: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Order candidates by asking row, distance and row, distances equal to 40 bits as equal."""
        distance = squared_distances(self.asked, left, self.points, right)
        order = _order(place, distance, right)
        group = _ties(place[order], distance[order])
        if group[-1] + 1 == len(group):
            return order
        return order[np.lexsort((right[order], group))]


class _Screen:
    """Candidates from bounds of squared distances, less the asking row's own squared norm.

    The bounds of a block of rows are one matrix product, squared norms included as a further
    column. The k-th smallest of the minima over groups of rows bounds the k-th neighbour, so that
    only few groups are looked at again.

    Notes
    -----
    Let f = |x|^2 - 2 xy be what a candidate x of the asking row y should have, E the relative
    rounding error of a sum of products, and g the bound computed, from |x|^2 (1 - 2 E). Since
    2 |x| |y| <= |x|^2 + |y|^2, f lies between g - E |y|^2 and g + 4 E |x|^2 + E |y|^2. At least k
    rows have a g up to ``kth``, so the k-th neighbour's f is at most kth + 4 E N + E |y|^2, N being
    the largest squared norm of those rows, and its g at most another E |y|^2 above: `_limit`. A
    row that near has |x| <= |y| + distance, which bounds N. Likewise a candidate whose g exceeds
    that of another by 4 E |x|^2 + 2 E |y|^2 of the other is farther: `highest`.
    """

    def __init__(
        self,
        both: tuple[Any, ...],
        squares: tuple[np.ndarray, ...],
        k: int,
        dtype: Any,
        error: float | None = None,
    ) -> None:
        points, asked = both[0], both[-1]
        n = points.shape[0]
        self.k, self.single = k, dtype is np.float32
        self.group = int(np.clip(n // (8 * k + 32), 1, 64))
        self.n_groups = -(-n // self.group)
        self.step = int(np.clip(_SCREEN // n, _NARROWEST, 512))
        # every product's relative rounding error, as often as products are added up
        rounding = (_width(points) + 10) * float(np.finfo(dtype).eps)
        self.error = rounding if error is None else error
        self.norms, self.squares = squares[0], squares[-1]
        # padding rows are far from everybody
        far = np.full(self.group * self.n_groups, _FAR)
        far[:n] = squares[0] * (1 - 2 * self.error)
        self.left = _with_column(points, -2.0, far.astype(dtype))
        self.right = _with_column(asked, 1.0, np.ones(asked.shape[0], dtype))

    def __call__(self, rows: np.ndarray, own: np.ndarray | None = None) -> Candidates:
        """Return the rows that may be among the nearest to ``rows``, sorted by place and row."""
        bounds = self._bounds(rows)
        if own is not None:
            bounds[own[own >= 0], np.flatnonzero(own >= 0)] = np.inf
        least = bounds.reshape(self.group, self.n_groups, len(rows)).min(axis=0)
        kth = np.partition(least, self.k - 1, axis=0)[self.k - 1].astype(float)
        limit = self._limit(kth, self.squares[rows])
        group, place = np.nonzero((least <= limit).T)[::-1]
        members = group + self.n_groups * np.arange(self.group)[:, None]
        bound = bounds[members, place]
        which, pair = np.nonzero(bound <= limit[place])
        order = np.lexsort((members[which, pair], place[pair]))
        which, pair = which[order], pair[order]
        found = place[pair], members[which, pair], bound[which, pair].astype(float)
        return found if self.error else _without_surplus_ties(found, kth, self.k)

    def _bounds(self, rows: np.ndarray) -> np.ndarray:
        left, asked = self.left, self.right[rows]
        if sp.issparse(asked):
            if asked.shape[1] > 4 * asked.nnz:
                # among very many columns, those that nobody here has add nothing
                used, places = np.unique(asked.indices, return_inverse=True)
                left, shape = left[:, used], (len(rows), len(used))
                asked = sp.csr_array((asked.data, places, asked.indptr), shape=shape)
            asked = asked.toarray()
        return np.asarray(left @ np.ascontiguousarray(asked.T))

    def highest(
        self, rows: np.ndarray, place: np.ndarray, candidate: np.ndarray, bound: np.ndarray
    ) -> np.ndarray:
        """Return the highest that another's bound may be to be as near as a candidate."""
        own = self.squares[rows][place]
        slack = 2 * self.error * (2 * self.norms[candidate] + own)
        return bound + slack + 64 * _TIE * (np.maximum(bound + own, 0.0) + slack) + _SMALL

    def _limit(self, kth: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Bound the lower bounds of all rows that may be as near as the k-th neighbour.

        A row that near has a norm of at most that of the asking row plus the distance, and its
        rounding error follows from the norms.
        """
        if not self.error:
            return kth
        reach = (np.maximum(kth + own, 0.0) + 10 * self.error * own) / (1 - 8 * self.error)
        norms = (np.sqrt(own) + np.sqrt(reach)) ** 2
        slack = 2 * self.error * (2 * norms + own) + 64 * _TIE * reach
        return kth + slack + _SMALL


def _width(points: Any) -> int:
    """Return how many products a distance adds up at most."""
    return int(np.diff(points.indptr).max() if sp.issparse(points) else points.shape[1])


def _with_column(points: Any, factor: float, column: np.ndarray) -> Any:
    """Return ``factor`` times ``points``, in the dtype of one more ``column``, perhaps longer."""
    (n, width), dtype = points.shape, column.dtype
    if not sp.issparse(points):
        made = np.zeros((len(column), width + 1), dtype)
        np.multiply(points, factor, out=made[:n, :width], casting="same_kind")
        made[:, width] = column
        return made
    ends = np.append(points.indptr[1:], np.full(len(column) - n, points.nnz))
    data = np.insert((factor * points.data).astype(dtype), ends, column)
    indices = np.insert(points.indices, ends, width)
    starts = np.append(0, ends) + np.arange(len(column) + 1)
    return sp.csr_array((data, indices, starts), shape=(len(column), width + 1))


def _without_surplus_ties(found: Candidates, kth: np.ndarray, k: int) -> Candidates:
    """Leave out candidates at the bound of the k-th neighbour beyond the k lowest rows."""
    place, candidate, bound = found
    tied = bound == kth[place]
    count = np.cumsum(tied)
    first = np.searchsorted(place, np.arange(len(kth)))
    kept = ~tied | (count - (count[first] - tied[first])[place] <= k)
    return place[kept], candidate[kept], bound[kept]


def _order(place: np.ndarray, distance: np.ndarray, candidate: np.ndarray) -> np.ndarray:
    return np.lexsort((candidate, distance, place))


def _first(place: np.ndarray, order: np.ndarray, candidate: np.ndarray, k: int) -> np.ndarray:
    """Return the first ``k`` candidates of every asking row that has any."""
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    return candidate[order[starts[:, None] + np.arange(k)]]


def _ties(place: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Give sorted candidates a number, the same to those as far as the first that has it."""
    begins = np.ones(len(place), dtype=bool)
    begins[1:] = (place[1:] != place[:-1]) | (distance[1:] > distance[:-1] * (1 + _TIE))
    while True:
        group = np.cumsum(begins) - 1
        # a chain of near ties ends where it has gone too far from its first
        far = np.flatnonzero(distance > (distance[begins] * (1 + _TIE))[group])
        if not len(far):
            return group
        begins[far[np.diff(group[far], prepend=-1) > 0]] = True


def squared_distances(one: Any, left: np.ndarray, other: Any, right: np.ndarray) -> np.ndarray:
    """Return squared distances between rows ``left`` of ``one`` and ``right`` of ``other``."""
    sparse = sp.issparse(one)
    width = int(one.nnz / one.shape[0]) if sparse else one.shape[1]
    block = max(1, _BLOCK // max(1, width))
    out = np.empty(len(left))
    for a in range(0, len(left), block):
        gap = one[left[a : a + block]] - other[right[a : a + block]]
        if sparse:
            gap.data *= gap.data
            out[a : a + block] = gap.sum(axis=1)
        else:
            out[a : a + block] = np.einsum("ij,ij->i", gap, gap)
    return out


def _squared_norms(points: Any) -> np.ndarray:
    with np.errstate(over="ignore"):
        if sp.issparse(points):
            rows = np.repeat(np.arange(points.shape[0]), np.diff(points.indptr))
            norms = np.bincount(rows, weights=points.data**2, minlength=points.shape[0])
        else:
            norms = np.einsum("ij,ij->i", points, points)
    # a squared distance is at most four times the larger norm
    if not np.all(norms < np.finfo(float).max / 8):
        raise ValueError(
            f"X holds values up to {abs(points).max():.3g}, too large to square for a distance; "
            "scale the features first, or use metric='heom', which does."
        )
    return norms


def _all_halves(points: Any) -> bool:
    values = points.data if sp.issparse(points) else points
    twice = 2 * values
    return bool(np.array_equal(twice, np.rint(twice)))


def _centred(
    both: tuple[Any, ...], squares: tuple[np.ndarray, ...]
) -> tuple[tuple[Any, ...], tuple[np.ndarray, ...]]:
    """Move points around the origin, where products lose least, and scale to about 1."""
    centre = _centre_of_filled(both) if sp.issparse(both[0]) else _centre(both[0])
    if centre.any():
        both = tuple(_minus(part, centre) for part in both)
        squares = tuple(_squared_norms(part) for part in both)
    most = max(part.max() for part in squares)
    # a power of two changes no digit, and keeps single precision from overflowing
    scale = 2.0 ** -np.ceil(np.log2(np.sqrt(most))) if most else 1.0
    return tuple(part * scale for part in both), tuple(part * scale**2 for part in squares)


def _centre(points: np.ndarray) -> np.ndarray:
    """Return the median of a few rows."""
    return np.asarray(np.median(points[:: max(1, points.shape[0] // 16)], axis=0))


def _centre_of_filled(both: tuple[sp.csr_array, ...]) -> np.ndarray:
    """Return the mean of the columns in which every row stores a number, 0 of the others."""
    width = both[0].shape[1]
    filled = [np.bincount(part.indices, minlength=width) == part.shape[0] for part in both]
    sums = np.bincount(both[0].indices, both[0].data, minlength=width)
    return np.where(np.all(filled, axis=0), sums / both[0].shape[0], 0.0)


def _minus(points: Any, centre: np.ndarray) -> Any:
    if not sp.issparse(points):
        return points - centre
    moved = points.data - centre[points.indices], points.indices, points.indptr
    return sp.csr_array(moved, shape=points.shape)
