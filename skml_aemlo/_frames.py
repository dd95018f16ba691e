"""What a table of columns can do for us: pandas', polars', or an array whose columns differ.

Neither library is imported: a frame brings along all that it takes to make another one like it.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import scipy.sparse as sp

from ._sklearn import feature_names_of, rows_of

# polars' integers that numpy has not
_WIDE = {"Int128": "int64", "UInt128": "uint64"}


def is_frame(data: object) -> bool:
    """Tell a DataFrame of pandas or polars without importing either."""
    return (hasattr(data, "iloc") and hasattr(data, "columns")) or _is_polars(data)


def frame_of(data: Any) -> Frame | None:
    """Return what `data` can do for us as a frame, or None if it is none."""
    if _is_polars(data):
        return PolarsFrame(data)
    return PandasFrame(data) if is_frame(data) else None


def _is_polars(data: object) -> bool:
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(data, polars.DataFrame)


def column_names(data: Any) -> np.ndarray | None:
    """Return the column names of a frame where all are strings, None for anything else."""
    if _is_polars(data):  # scikit-learn 1.6 asks polars for a protocol that polars has dropped
        return np.array(data.columns, dtype=object) if data.columns else None
    return feature_names_of(data)


def refuse_unread(name: str, data: Any) -> None:
    """Refuse a container of rows that are yet to be computed, or one that nobody here can index.

    Raises
    ------
    TypeError
        If ``data``, the parameter ``name``, is a LazyFrame or one of pyarrow's containers.
    """
    kind, module = type(data).__name__, type(data).__module__.split(".")[0]
    if kind == "LazyFrame":
        raise TypeError(
            f"{name} is a LazyFrame, whose rows are yet to be computed; give {name}.collect()."
        )
    if module == "pyarrow":
        raise TypeError(
            f"{name} is a {kind} of pyarrow; give polars.from_arrow({name}) or {name}.to_pandas()."
        )


def refuse_masked(name: str, data: Any) -> None:
    """Refuse masked cells, which scikit-learn would read as what is behind the mask.

    Raises
    ------
    ValueError
        If the parameter ``name`` is a masked array of numpy with a masked cell.
    """
    if np.ma.is_masked(data):
        raise ValueError(f"{name} has masked cells; fill them, or leave those rows out.")


class Table:
    """Columns of a dtype each: an array of objects, strings or dates, or with nominal columns.

    Parameters
    ----------
    given : ndarray or DataFrame of shape (n_samples, n_columns)
        The caller's table.
    """

    def __init__(self, given: Any) -> None:
        self.given = given

    def column(self, j: int) -> Any:
        """Return column ``j`` as the library of the table holds it."""
        return self.given[:, j]

    def choose(self, cells: Any, rows: np.ndarray) -> Any:
        """Return some cells of a column, or of what this returned."""
        return cells[rows]

    def kind(self, j: int) -> str:
        """Return numpy's letter for what column ``j`` holds, or "category"."""
        dtype = getattr(self.column(j), "dtype", None)
        return "category" if str(dtype) == "category" else getattr(dtype, "kind", "O")

    def numbers(self, j: int) -> np.ndarray:
        """Return column ``j`` as float64.

        Raises
        ------
        TypeError, ValueError
            If it does not hold numbers only.
        """
        return np.asarray(self.column(j), dtype=np.float64)

    def objects(self, j: int) -> np.ndarray:
        """Return column ``j`` as Python objects that compare as its values do."""
        return np.asarray(self.column(j), dtype=object)


class Frame(Table, ABC):
    """A DataFrame of any library."""

    @abstractmethod
    def names(self, name: str) -> np.ndarray | None:
        """Return the column names of the parameter ``name`` where all are strings."""

    @abstractmethod
    def nominal(self) -> np.ndarray:
        """Tell the columns that hold texts, categories, objects or truth values."""

    def sparse(self) -> Any:
        """Return a scipy container, if all columns are sparse and their gaps mean 0, or None."""
        return None

    @abstractmethod
    def table(self) -> np.ndarray:
        """Return all cells as one array."""

    @abstractmethod
    def take(self, rows: np.ndarray) -> Any:
        """Return these rows, numbered from 0."""

    @abstractmethod
    def made(self, j: int, values: np.ndarray) -> Any:
        """Return made numbers as a Series of the dtype of column ``j``."""

    @abstractmethod
    def append(self, kept: Any, made: list[Any]) -> Any:
        """Return the rows ``kept``, then those of the columns ``made``."""

    @abstractmethod
    def like(self, matrix: sp.csr_array) -> Any:
        """Return zeros and ones with the names and dtypes of this frame."""


class PandasFrame(Frame):
    """A DataFrame of pandas, or of a library that does as pandas does."""

    def column(self, j: int) -> Any:
        """Return column ``j``, a Series."""
        return self.given.iloc[:, j]

    def names(self, name: str) -> np.ndarray | None:
        """Return the column names of the parameter ``name`` where all are strings."""
        columns = self.given.columns
        if not columns.is_unique:
            twice = columns[columns.duplicated()][0]
            raise ValueError(
                f"{name} has two columns named {twice!r}: give every column a name of its own."
            )
        try:
            return feature_names_of(self.given)
        except TypeError as error:
            raise TypeError(
                f"{name} has column names of several types, some of them strings: make all of them "
                f"strings with {name}.columns = {name}.columns.astype(str)."
            ) from error

    def nominal(self) -> np.ndarray:
        """Tell the columns that hold texts, categories, objects or truth values."""
        dtypes = [str(dtype) for dtype in self.given.dtypes]
        words = {"category", "object", "bool", "boolean"}
        return np.array([d in words or d.startswith(("str", "string")) for d in dtypes], dtype=bool)

    def sparse(self) -> Any:
        """Return a scipy container, if all columns are sparse and their gaps mean 0, or None."""
        gaps = [getattr(dtype, "fill_value", None) for dtype in self.given.dtypes]
        return self.given.sparse.to_coo() if gaps and all(gap == 0 for gap in gaps) else None

    def table(self) -> np.ndarray:
        """Return all cells as one array."""
        return np.asarray(self.given)

    def take(self, rows: np.ndarray) -> Any:
        """Return these rows, numbered from 0."""
        return rows_of(self.given, rows).reset_index(drop=True)

    def choose(self, cells: Any, rows: np.ndarray) -> Any:
        """Return some cells of a column, or of what this returned."""
        return cells.take(rows).reset_index(drop=True)

    def made(self, j: int, values: np.ndarray) -> Any:
        """Return made numbers as a Series of the dtype of column ``j``."""
        column, dtype = self.column(j), self.given.dtypes.iloc[j]
        if getattr(dtype, "kind", "f") in "iub":
            values = cast(values, _numpy_dtype(dtype))
            if values.dtype.kind in "iu":
                values = within(values, column.to_numpy(values.dtype))
        return type(column)(values).astype(dtype)

    def append(self, kept: Any, made: list[Any]) -> Any:
        """Return the rows ``kept``, then those of the columns ``made``."""
        new = type(self.given)(dict(enumerate(made)))
        new.columns = self.given.columns
        import pandas as pd  # the caller gave a frame, so pandas is here

        return pd.concat([kept, new], ignore_index=True)

    def like(self, matrix: sp.csr_array) -> Any:
        """Return zeros and ones with the names and dtypes of this frame."""
        given, make = self.given, type(self.given)
        if self.sparse() is not None:
            frame = make.sparse.from_spmatrix(sp.csr_matrix(matrix), columns=given.columns)
        else:
            frame = make(matrix.toarray(), columns=given.columns)
        return frame.astype(dict(zip(given.columns, given.dtypes, strict=True)))


class PolarsFrame(Frame):
    """A DataFrame of polars; takes neither pandas nor pyarrow."""

    def column(self, j: int) -> Any:
        """Return column ``j``, a Series."""
        return self.given.to_series(j)

    def kind(self, j: int) -> str:
        """Return "M" for dates, times and durations, "category" for categories, "O" for others."""
        dtype = self.given.dtypes[j]
        if _base(dtype) in {"Categorical", "Enum"}:
            return "category"
        return "M" if dtype.is_temporal() else "O"

    def numbers(self, j: int) -> np.ndarray:
        """Return column ``j`` as float64."""
        column = self.column(j)
        if column.null_count():
            raise ValueError(f"{column.null_count()} of {len(column)} cells are null")
        # numpy has no decimals, and no integers of 128 bits
        values = np.asarray(column.cast(float) if column.dtype.is_numeric() else column, np.float64)
        if values.ndim != 1:
            raise ValueError(f"its cells are {column.dtype}")
        return values

    def objects(self, j: int) -> np.ndarray:
        """Return column ``j`` as Python objects that compare as its values do."""
        column = self.column(j)
        if column.dtype.is_temporal():  # Python's dates know no nanoseconds
            column = column.to_physical()
        return np.fromiter(column.to_list(), dtype=object, count=len(column))

    def names(self, name: str) -> np.ndarray | None:
        """Return the column names."""
        return column_names(self.given)

    def nominal(self) -> np.ndarray:
        """Tell the columns that hold texts, categories, objects or truth values."""
        words = {"String", "Categorical", "Enum", "Object", "Boolean"}
        return np.array([_base(dtype) in words for dtype in self.given.dtypes], dtype=bool)

    def table(self) -> np.ndarray:
        """Return all cells as one array; null is None."""
        if not self.given.width:
            return np.empty(self.given.shape)
        wide = any(_base(dtype) in _WIDE for dtype in self.given.dtypes)
        if not wide and not any(column.null_count() for column in self.given.get_columns()):
            return np.asarray(self.given)
        return np.column_stack([self.objects(j) for j in range(self.given.width)])

    def take(self, rows: np.ndarray) -> Any:
        """Return these rows."""
        return self.given[rows]

    def choose(self, cells: Any, rows: np.ndarray) -> Any:
        """Return some cells of a column, or of what this returned."""
        return cells.gather(rows)

    def made(self, j: int, values: np.ndarray) -> Any:
        """Return made numbers as a Series of the name and dtype of column ``j``."""
        column = self.column(j)
        name = _base(column.dtype)
        if name == "Boolean":
            values = cast(values, np.dtype(bool))
        elif column.dtype.is_integer():
            values = cast(values, np.dtype(_WIDE.get(name, name.lower())))
            values = values if name in _WIDE else within(values, column.to_numpy())
        elif name == "Decimal":  # which earlier releases cut off rather than round
            texts = [f"{value:.{column.dtype.scale}f}" for value in values]
            return type(column)(column.name, texts).cast(column.dtype)
        return type(column)(column.name, values).cast(column.dtype)

    def append(self, kept: Any, made: list[Any]) -> Any:
        """Return the rows ``kept``, then those of the columns ``made``."""
        return kept.vstack(type(self.given)(made)).rechunk()

    def like(self, matrix: sp.csr_array) -> Any:
        """Return zeros and ones with the names and dtypes of this frame."""
        columns = matrix.toarray(order="F").T
        return type(self.given)([self.made(j, values) for j, values in enumerate(columns)])


def _base(dtype: Any) -> str:
    """Return polars' name of a dtype without its parameters."""
    return str(dtype).split("(")[0]


def _numpy_dtype(dtype: Any) -> np.dtype:
    """Return what numpy calls a numeric dtype of pandas, nullable and sparse ones too."""
    return np.dtype(getattr(dtype, "numpy_dtype", getattr(dtype, "subtype", dtype)))


def cast(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return made values in the caller's dtype: the nearest integer, or true from one half on."""
    if dtype.kind == "b":
        return values >= 0.5
    if dtype.kind not in "iu":
        return values.astype(dtype)
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    # a float cannot hold the largest 64-bit integers; the next one below it can
    top = float(high) if int(float(high)) == high else np.nextafter(float(high), 0.0)
    return np.clip(np.rint(values), float(low), top).astype(dtype)


def beyond_floats(X: np.ndarray) -> bool:
    """Tell integers that float64 cannot hold."""
    return X.dtype.kind in "iu" and max(int(X.max()), -int(X.min())) > 2**53


def within(made: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Keep made integers that rounding may have moved inside the range of the column."""
    if not beyond_floats(given):
        return made
    return np.clip(made, given.min(axis=0), given.max(axis=0))
