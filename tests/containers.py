"""The ways to hold a table, and how to see that one came back as it went in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp


@dataclass(frozen=True)
class Container:
    """One way to hold a table.

    Parameters
    ----------
    make : callable
        Puts an ndarray into the container.
    dtype : str
        numpy's name of what the container holds, all its columns alike.
    """

    make: Callable[[np.ndarray], Any]
    dtype: str = "float64"

    def hold(self, table: np.ndarray) -> Any:
        """Return the table, cast to this container's dtype, in this container."""
        return self.make(self.cast(table))

    def cast(self, table: np.ndarray) -> np.ndarray:
        """Return the table in this container's dtype; whole numbers hold tenths."""
        if table.dtype.kind == "f" and self.dtype.startswith("int"):
            table = np.rint(table * 10)
        return np.ascontiguousarray(table.astype(self.dtype))


class PolarsLike:
    """A frame that is not pandas': columns and rows, an array on request, no index."""

    def __init__(self, table: np.ndarray) -> None:
        self.table = table
        self.shape = table.shape
        self.columns = [f"c{j}" for j in range(table.shape[1])]

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, key: Any) -> "PolarsLike":
        return PolarsLike(self.table[key])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.table, dtype=dtype)


def int64_indices(table: np.ndarray) -> sp.csr_array:
    """Return the table as scipy holds one of more than 2**31 entries."""
    held = sp.csr_array(table)
    held.indices, held.indptr = held.indices.astype(np.int64), held.indptr.astype(np.int64)
    return held


def dense(held: Any) -> np.ndarray:
    """Take a table out of its container."""
    return held.toarray() if sp.issparse(held) else np.asarray(held)


def _read_only(table: np.ndarray) -> np.ndarray:
    table.flags.writeable = False
    return table


def _frame(table: np.ndarray) -> pd.DataFrame:
    """Name the columns and number the rows backwards: the index is not what counts."""
    names = [f"c{j}" for j in range(table.shape[1])]
    return pd.DataFrame(table, columns=names, index=range(len(table), 0, -1))


def _sparse_frame(table: np.ndarray) -> pd.DataFrame:
    return _frame(table).astype(pd.SparseDtype(table.dtype, table.dtype.type(0)))


_SPARSE = {
    f"{layout}_{family}": getattr(sp, f"{layout}_{family}")
    for layout in ("csr", "csc", "coo", "lil")
    for family in ("matrix", "array")
}

X_CONTAINERS = {
    "ndarray": Container(np.array),
    "ndarray float32": Container(np.array, "float32"),
    "ndarray int64": Container(np.array, "int64"),
    "ndarray int8": Container(np.array, "int8"),
    "ndarray bool": Container(np.array, "bool"),
    "ndarray Fortran": Container(np.asfortranarray),
    "ndarray read-only": Container(_read_only),
    "ndarray strided": Container(lambda table: np.repeat(table, 2, axis=1)[:, ::2]),
    "list": Container(np.ndarray.tolist),
    **{name: Container(make) for name, make in _SPARSE.items()},
    "csr_array float32": Container(sp.csr_array, "float32"),
    "csc_matrix int64": Container(sp.csc_matrix, "int64"),
    "coo_array bool": Container(sp.coo_array, "bool"),
    "frame": Container(_frame),
    "frame float32": Container(_frame, "float32"),
    "frame int64": Container(_frame, "int64"),
    "frame Int64": Container(lambda table: _frame(table).astype("Int64"), "int64"),
    "sparse frame": Container(_sparse_frame),
    "sparse frame int64": Container(_sparse_frame, "int64"),
    "sparse frame with NaN gaps": Container(
        lambda table: _frame(table).astype(pd.SparseDtype("float64", np.nan))
    ),
    "partly sparse frame": Container(
        lambda table: _frame(table).astype({"c1": pd.SparseDtype("float64", 0.0)})
    ),
}

Y_CONTAINERS = {
    "ndarray": Container(np.array, "int64"),
    "ndarray int8": Container(np.array, "int8"),
    "ndarray uint8": Container(np.array, "uint8"),
    "ndarray bool": Container(np.array, "bool"),
    "ndarray float": Container(np.array, "float64"),
    "ndarray read-only": Container(_read_only, "int64"),
    "list": Container(np.ndarray.tolist, "int64"),
    "list of bool": Container(np.ndarray.tolist, "bool"),
    **{name: Container(make, "int64") for name, make in _SPARSE.items()},
    "csr_array bool": Container(sp.csr_array, "bool"),
    "csc_matrix float": Container(sp.csc_matrix, "float64"),
    "frame": Container(_frame, "int64"),
    "frame bool": Container(_frame, "bool"),
    "frame Int64": Container(lambda table: _frame(table).astype("Int64"), "int64"),
    "sparse frame": Container(_sparse_frame, "int64"),
    "sparse frame with NaN gaps": Container(
        lambda table: _frame(table).astype(pd.SparseDtype("float64", np.nan)), "float64"
    ),
}


def assert_same_kind(out: Any, given: Any) -> None:
    """Assert that container, dtypes and column names are those of ``given``."""
    assert type(out) is type(given)
    if isinstance(given, list):
        assert [type(value) for value in out[0]] == [type(value) for value in given[0]]
    elif isinstance(given, pd.DataFrame):
        pd.testing.assert_index_equal(out.columns, given.columns)
        pd.testing.assert_series_equal(out.dtypes, given.dtypes)
        pd.testing.assert_index_equal(out.index, pd.RangeIndex(len(out)))
    else:
        assert out.dtype == given.dtype
        assert getattr(out, "format", None) == getattr(given, "format", None)


def assert_identical(left: Any, right: Any) -> None:
    """Assert that two containers are alike in every byte a caller could see."""
    assert type(left) is type(right)
    if sp.issparse(left):
        assert (left.format, left.dtype, left.shape) == (right.format, right.dtype, right.shape)
        for part in ("data", "indices", "indptr", "row", "col", "rows"):
            if hasattr(left, part):
                np.testing.assert_array_equal(getattr(left, part), getattr(right, part))
    elif isinstance(left, pd.DataFrame):
        pd.testing.assert_frame_equal(left, right, check_freq=True)
    elif isinstance(left, np.ndarray):
        np.testing.assert_array_equal(left, right, strict=True)
    else:
        assert left == right
