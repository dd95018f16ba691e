"""What a column of features may hold: scaled to [0, 1], and back to values that could be real."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp

__all__ = ["Columns", "dense"]

_NUMERIC, _COUNT, _TWO, _LISTED = range(4)
_CELLS = 1 << 20  # of a dense X looked at together: a few MB
# what rounding in single precision, that of training, cannot tell from zero
_ROUNDING = float(np.finfo(np.float32).eps)

# cells, the lowest and the highest value of their column -> whether each cell is as wanted
Test = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Columns:
    """The range and the kind of each feature, learned from training rows by `of`.

    Parameters
    ----------
    low, high : ndarray of float64 of shape (n_features,)
        Smallest and largest value observed.
    kind : ndarray of int8 of shape (n_features,)
        0 numeric, 1 count, 2 two values (``low`` and ``high``, or one), 3 listed in ``values``.
    is_nominal : ndarray of bool of shape (n_features,)
        Columns whose values are codes without an order.
    values : ndarray of float64
        Ascending values of the columns of kind 3, one column after another.
    ends : ndarray of int64 of shape (number of columns of kind 3,)
        Where each of these columns ends in ``values``.
    valid : bool
        Whether restored columns that are not nominal are valid too: inside their range, whole
        where they count.

    Examples
    --------
    >>> X = np.array([[0.5, 0, 3], [1.5, 7, 9], [2.5, 2, 3]])
    >>> columns = Columns.of(X, np.array([False, False, True]))
    >>> columns.scale(X[:1])
    array([[0., 0., 0.]])
    >>> columns.restore(np.array([[0.25, 0.5, 0.7], [1.25, -1.0, 0.2]]))
    array([[1. , 4. , 9. ],
           [2.5, 0. , 3. ]])
    """

    low: np.ndarray
    high: np.ndarray
    kind: np.ndarray
    is_nominal: np.ndarray
    values: np.ndarray
    ends: np.ndarray
    valid: bool = True

    @classmethod
    def of(cls, X: Any, is_nominal: np.ndarray, *, valid: bool = True) -> Columns:
        """Learn range and kind of each column.

        Parameters
        ----------
        X : ndarray or canonical csr_array of shape (n_samples, n_features)
            Training rows, finite.
        is_nominal : ndarray of bool of shape (n_features,)
            Nominal columns.
        valid : bool, default=True
            False leaves columns that are not nominal unbounded, as published.

        Returns
        -------
        Columns

        Raises
        ------
        ValueError
            If the range of a column exceeds the largest float.

        Notes
        -----
        A count column holds three or more different values, all of them whole and none negative; a
        binary one holds exactly two. Memory is O(nnz) for a sparse ``X``.
        """
        is_nominal = np.array(is_nominal, dtype=bool)
        cells = X.tocsc() if sp.issparse(X) else X
        low, high = _range(cells)
        _refuse_overflow(low, high)
        two = _everywhere(cells, _at_an_end, low, high, is_nominal | valid)
        # a constant column that is not nominal needs no snapping: its range is one point
        two &= is_nominal | (low < high)
        whole = ~is_nominal & ~two & (low >= 0) & (low < high) & valid
        whole = _everywhere(cells, _is_whole, low, high, whole)
        listed = is_nominal & ~two
        kind = np.select([two, listed, whole], [_TWO, _LISTED, _COUNT], _NUMERIC).astype(np.int8)
        return cls(low, high, kind, is_nominal, *_listed(cells, np.flatnonzero(listed)), valid)

    def scale(self, rows: Any) -> np.ndarray:
        """Return rows scaled to [0, 1], dense; a constant column is 0.

        Parameters
        ----------
        rows : ndarray or sparse container of shape (n_rows, n_features)
            A few rows: they are densified. Other rows than the training ones may leave [0, 1].

        Returns
        -------
        ndarray of float64 of shape (n_rows, n_features)
        """
        scaled = dense(rows).astype(np.float64)
        scaled -= self.low
        scaled /= np.where(self._span > 0, self._span, np.inf)
        return scaled

    def restore(self, scaled: np.ndarray, nominal_from: Any = None) -> np.ndarray:
        """Return scaled rows in the units of their columns.

        Parameters
        ----------
        scaled : ndarray of shape (n_rows, n_features)
            Finite; outside [0, 1] too.
        nominal_from : ndarray or sparse container of shape (n_rows, n_features), optional
            Rows, not scaled, whose values nominal columns take as they are: between codes without
            an order the nearest one means little.

        Returns
        -------
        ndarray of float64 of shape (n_rows, n_features)
            Nominal columns hold the observed value nearest, the lower one at equal distance; so do
            binary ones with ``valid``, count columns whole numbers in their range, numeric ones
            numbers in theirs. What is zero within rounding is 0.
        """
        values = self.low + scaled * self._span
        if self.valid:
            np.clip(values, self.low, self.high, out=values)
            values[:, self._counts] = np.rint(values[:, self._counts])
        values[np.abs(values) <= self._nothing] = 0.0
        if nominal_from is not None:
            values[:, self.is_nominal] = dense(nominal_from)[:, self.is_nominal]
        self._snap(values, scaled, self.kind if nominal_from is None else self._kind_of_others)
        return values

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return everything learned as arrays, for `from_arrays`."""
        return {
            "low": self.low,
            "high": self.high,
            "kind": self.kind,
            "is_nominal": self.is_nominal,
            "values": self.values,
            "ends": self.ends,
            "valid": np.array(self.valid),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Columns:
        """Return the columns that gave these arrays.

        Parameters
        ----------
        arrays : mapping of str to ndarray
            What `to_arrays` returned.

        Returns
        -------
        Columns

        Raises
        ------
        ValueError
            If an array is missing or contradicts another one.
        """
        missing = [name for name in cls.__dataclass_fields__ if name not in arrays]
        if missing:
            raise ValueError(f"the columns of X cannot be restored: {missing[0]!r} is missing.")
        named: dict[str, Any] = {n: np.array(arrays[n]) for n in cls.__dataclass_fields__}
        wrong = _contradiction(**named)
        if wrong:
            raise ValueError(f"the columns of X cannot be restored: {wrong}.")
        return cls(**{**named, "valid": bool(named["valid"])})

    @cached_property
    def _span(self) -> np.ndarray:
        return self.high - self.low

    @cached_property
    def _counts(self) -> np.ndarray:
        return np.flatnonzero(self.kind == _COUNT)

    @cached_property
    def _nothing(self) -> np.ndarray:
        """Size up to which a value is rounding: 0 where zero is no value, or values are whole."""
        doubtful = (self.low <= 0) & (self.high >= 0) & (self.kind != _COUNT)
        return np.where(doubtful, _ROUNDING * self._span, 0.0)

    @cached_property
    def _kind_of_others(self) -> np.ndarray:
        return np.where(self.is_nominal, _NUMERIC, self.kind)

    def _snap(self, values: np.ndarray, scaled: np.ndarray, kind: np.ndarray) -> None:
        """Replace values in place by the nearest ones observed."""
        two = np.flatnonzero(kind == _TWO)
        values[:, two] = np.where(scaled[:, two] > 0.5, self.high[two], self.low[two])
        starts = np.append(0, self.ends)
        for i, j in enumerate(np.flatnonzero(kind == _LISTED)):
            values[:, j] = _nearest(values[:, j], self.values[starts[i] : starts[i + 1]])


def dense(rows: Any) -> np.ndarray:
    """Return a few rows, sparse or not, as an ndarray."""
    return rows.toarray() if sp.issparse(rows) else rows


def _range(cells: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest and the largest value of each column; never -0."""
    if not sp.issparse(cells):
        low, high = cells.min(axis=0), cells.max(axis=0)
        return low.astype(np.float64) + 0.0, high.astype(np.float64) + 0.0
    stored = np.diff(cells.indptr)
    some = np.flatnonzero(stored)
    bounds = np.zeros((2, cells.shape[1]))
    for bound, extreme in zip(bounds, (np.minimum, np.maximum), strict=True):
        if len(some):
            bound[some] = extreme.reduceat(cells.data, cells.indptr[some])
        gaps = stored < cells.shape[0]
        bound[gaps] = extreme(bound[gaps], 0.0)
    return bounds[0] + 0.0, bounds[1] + 0.0


def _refuse_overflow(low: np.ndarray, high: np.ndarray) -> None:
    with np.errstate(over="ignore"):
        infinite = np.flatnonzero(~np.isfinite(high - low))
    if len(infinite):
        j = infinite[0]
        raise ValueError(
            f"column {j} of X runs from {low[j]:g} to {high[j]:g}, wider than a float can tell; "
            "divide it by a constant first."
        )


def _at_an_end(cells: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return (cells == low) | (cells == high)


def _is_whole(cells: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return cells == np.rint(cells)


def _everywhere(
    cells: Any, test: Test, low: np.ndarray, high: np.ndarray, wanted: np.ndarray
) -> np.ndarray:
    """Return which of the wanted columns pass a test in every row."""
    passed = np.zeros(len(low), dtype=bool)
    kept = np.flatnonzero(wanted)
    if sp.issparse(cells):
        kept = kept[_stored_pass(cells, test, low, high)[kept]] if len(kept) else kept
    else:
        step = max(1, _CELLS // len(low))
        for start in range(0, len(cells), step):
            if not len(kept):  # as a rule the first rows already tell
                break
            part = cells[start : start + step]
            part = part if len(kept) == len(low) else part[:, kept]
            kept = kept[test(part, low[kept], high[kept]).all(axis=0)]
    passed[kept] = True
    return passed


def _stored_pass(cells: Any, test: Test, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return which columns of a csc_array pass a test, gaps included."""
    stored = np.diff(cells.indptr)
    good = test(cells.data, np.repeat(low, stored), np.repeat(high, stored))
    n_good = np.diff(np.append(0, np.cumsum(good))[cells.indptr])
    gap = test(np.zeros(len(low)), low, high)
    return (n_good == stored) & (gap | (stored == cells.shape[0]))


def _listed(cells: Any, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct values of these columns, ascending, and where each column ends."""
    listed = [np.unique(_column(cells, j)).astype(np.float64) + 0.0 for j in columns]
    ends = np.cumsum([len(values) for values in listed], dtype=np.int64)
    return np.concatenate([np.empty(0), *listed]), ends


def _column(cells: Any, j: int) -> np.ndarray:
    """Return what a column holds, with one zero for all the gaps of a csc_array."""
    if not sp.issparse(cells):
        return cells[:, j]
    stored = cells.data[cells.indptr[j] : cells.indptr[j + 1]]
    return stored if len(stored) == cells.shape[0] else np.append(stored, 0.0)


def _nearest(values: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Return the value of ascending ``observed`` nearest to each value, the lower one if tied."""
    right = np.searchsorted(observed, values).clip(0, len(observed) - 1)
    left = np.maximum(right - 1, 0)
    closer_left = values - observed[left] <= observed[right] - values
    return np.where(closer_left, observed[left], observed[right])


def _contradiction(
    low: np.ndarray,
    high: np.ndarray,
    kind: np.ndarray,
    is_nominal: np.ndarray,
    values: np.ndarray,
    ends: np.ndarray,
    valid: np.ndarray,
) -> str | None:
    """Return what is wrong with arrays that come from outside."""
    dtypes = [array.dtype.str[1:] for array in (low, high, kind, is_nominal, values, ends, valid)]
    if dtypes != ["f8", "f8", "i1", "b1", "f8", "i8", "b1"]:
        return "an array has another type than it was saved with"
    shapes = {array.shape for array in (low, high, kind, is_nominal)}
    if len(shapes) > 1 or low.ndim != 1 or values.ndim != 1 or valid.ndim != 0:
        return "its arrays have different lengths"
    with np.errstate(over="ignore", invalid="ignore"):
        if not (np.all(low <= high) and np.isfinite(high - low).all()):
            return "a column has no finite range"
    # two values may be codes or numbers; a list always holds codes, the other kinds never
    if not np.all((kind == _TWO) | (is_nominal == (kind == _LISTED))) or np.any(kind // 4):
        return "a column has an unknown kind"
    if ends.shape != (np.count_nonzero(kind == _LISTED),) or np.append(0, ends)[-1] != len(values):
        return "values are listed for other columns"
    starts = np.append(0, ends)
    if np.any(np.diff(starts) < 1) or not np.isfinite(values).all():
        return "a nominal column lists no values"
    steps = np.diff(values, prepend=-np.inf)
    steps[starts[:-1]] = 1
    return None if np.all(steps > 0) else "listed values do not ascend"
