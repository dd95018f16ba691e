"""The ways to hold a table, and how to see that one came back as it went in."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp


def optional(name: str) -> Any:
    """Import a library that tests can do without, or return None."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


pd, pl = optional("pandas"), optional("polars")


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


def _frame(table: np.ndarray) -> Any:
    """Name the columns and number the rows backwards: the index is not what counts."""
    names = [f"c{j}" for j in range(table.shape[1])]
    return pd.DataFrame(table, columns=names, index=range(len(table), 0, -1))


def _sparse_frame(table: np.ndarray) -> Any:
    return _frame(table).astype(pd.SparseDtype(table.dtype, table.dtype.type(0)))


def _polars(table: np.ndarray) -> Any:
    return pl.DataFrame(np.array(table), schema=[f"c{j}" for j in range(table.shape[1])])


def _chunked(table: np.ndarray) -> Any:
    """Hold the first row apart from the others, as reading a file in parts does."""
    return _polars(table[:1]).vstack(_polars(table[1:])) if len(table) > 1 else _polars(table)


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
}

_PANDAS_X = {
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

_POLARS_X = {
    "polars": Container(_polars),
    "polars float32": Container(_polars, "float32"),
    "polars int64": Container(_polars, "int64"),
    "polars int8": Container(_polars, "int8"),
    "polars in chunks": Container(_chunked),
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
}

_PANDAS_Y = {
    "frame": Container(_frame, "int64"),
    "frame bool": Container(_frame, "bool"),
    "frame Int64": Container(lambda table: _frame(table).astype("Int64"), "int64"),
    "sparse frame": Container(_sparse_frame, "int64"),
    "sparse frame with NaN gaps": Container(
        lambda table: _frame(table).astype(pd.SparseDtype("float64", np.nan)), "float64"
    ),
}

_POLARS_Y = {
    "polars": Container(_polars, "int64"),
    "polars uint8": Container(_polars, "uint8"),
    "polars bool": Container(_polars, "bool"),
    "polars float": Container(_polars, "float64"),
    "polars in chunks": Container(_chunked, "int8"),
}

for _library, _of_x, _of_y in ((pd, _PANDAS_X, _PANDAS_Y), (pl, _POLARS_X, _POLARS_Y)):
    if _library is not None:
        X_CONTAINERS |= _of_x
        Y_CONTAINERS |= _of_y


def is_pandas(held: Any) -> bool:
    """Tell a DataFrame of pandas, where pandas is installed."""
    return pd is not None and isinstance(held, pd.DataFrame)


def is_polars(held: Any) -> bool:
    """Tell a DataFrame of polars, where polars is installed."""
    return pl is not None and isinstance(held, pl.DataFrame)


def assert_same_kind(out: Any, given: Any) -> None:
    """Assert that container, dtypes and column names are those of ``given``."""
    assert type(out) is type(given)
    if isinstance(given, list):
        assert [type(value) for value in out[0]] == [type(value) for value in given[0]]
    elif is_polars(given):
        assert out.schema == given.schema
    elif is_pandas(given):
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
    elif is_polars(left):
        optional("polars.testing").assert_frame_equal(left, right, check_exact=True)
    elif is_pandas(left):
        pd.testing.assert_frame_equal(left, right, check_freq=True)
    elif isinstance(left, np.ndarray):
        np.testing.assert_array_equal(left, right, strict=True)
    else:
        assert left == right
