"""What came in, and how it goes back: X and Y between the caller's containers and ours.

Inside the library ``X`` is a C-contiguous float ``ndarray`` or a ``csr_array``, ``Y`` a
``csr_array`` of int8 zeros and ones. `Features` and `Labels` remember what the caller gave and
rebuild it.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Set
from numbers import Real
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.utils import check_array

from ._frames import Frame, Table, beyond_floats, cast, frame_of, is_frame, refuse_unread, within
from ._indices import narrow
from ._sklearn import n_rows_of, rows_of

_HINT_LABELS = "Y must be a binary indicator matrix of shape (n_samples, n_labels) holding 0 and 1"
_ONE_COLUMN = "Reshape a single feature with X.reshape(-1, 1)."
_COMPLEX = "Complex data not supported"  # scikit-learn's words, which its checks look for


def like_sparse(matrix: Any, model: Any) -> Any:
    """Return sparse ``matrix`` in the format and family (matrix or array) of ``model``."""
    family = "array" if isinstance(model, sp.sparray) else "matrix"
    with warnings.catch_warnings():
        # the caller chose the format, be it one of diagonals
        warnings.simplefilter("ignore", sp.SparseEfficiencyWarning)
        return narrow(getattr(sp, f"{model.format}_{family}")(matrix))


def read_labels(Y: Any, name: str = "Y") -> sp.csr_array:
    """Return labels as a canonical ``csr_array`` of int8 zeros and ones.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Zeros and ones of any dtype.
    name : str, default="Y"
        What error messages call it.

    Returns
    -------
    csr_array of shape (n_samples, n_labels), int8
        Sorted indices, no stored zeros; never shares memory with ``Y``.

    Raises
    ------
    ValueError
        If ``Y`` is not two-dimensional, is empty, or holds anything but 0 and 1.
    TypeError
        If ``Y`` is a LazyFrame or one of pyarrow's containers.
    """
    refuse_unread(name, Y)
    hint = _HINT_LABELS.replace("Y", name, 1)
    if Y is None:
        raise ValueError(f"{hint}; it requires y to be passed, but the target y is None.")
    if np.ma.is_masked(Y):
        raise ValueError(f"{hint}; it has masked cells. Fill them, or leave those rows out.")
    labels = _sparse_labels(Y, hint) if sp.issparse(Y) else _dense_labels(Y, hint)
    if 0 in labels.shape:
        raise ValueError(f"{hint}; got shape {labels.shape}, with nothing in it.")
    return labels


def _sparse_labels(Y: Any, hint: str) -> sp.csr_array:
    if Y.ndim != 2:
        raise ValueError(f"{hint}; got {Y.ndim} dimension(s).")
    if Y.dtype.kind == "c":
        raise ValueError(f"{hint}; got complex numbers. {_COMPLEX}.")
    labels = sp.csr_array(Y, copy=True)
    labels.sum_duplicates()
    labels.eliminate_zeros()
    if not np.all(labels.data == 1):
        _refuse_values(labels.data, hint)
    return sp.csr_array(
        (np.ones(labels.nnz, np.int8), labels.indices, labels.indptr), shape=labels.shape
    )


def _dense_labels(Y: Any, hint: str) -> sp.csr_array:
    frame = frame_of(Y)
    if frame is not None and (matrix := frame.sparse()) is not None:
        return _sparse_labels(matrix, hint)
    try:
        values = np.asarray(Y) if frame is None else frame.table()
    except ValueError as error:
        raise ValueError(
            f"{hint}; got rows of different lengths. Sets of labels become such a matrix with "
            "sklearn.preprocessing.MultiLabelBinarizer."
        ) from error
    if values.dtype.kind == "c":
        raise ValueError(f"{hint}; got complex numbers. {_COMPLEX}.")
    if values.ndim != 2:
        raise ValueError(
            f"{hint}; got {values.ndim} dimension(s). Sets of labels become such a matrix with "
            "sklearn.preprocessing.MultiLabelBinarizer, a single target with Y.reshape(-1, 1)."
        )
    if values.dtype == object and any(map(_is_missing, values.flat)):
        raise ValueError(f"{hint}; it has missing values. Fill them, or leave those rows out.")
    ones = values == 1
    if not np.all(ones | (values == 0)):
        _refuse_values(values, hint)
    rows_end = np.append(0, np.cumsum(np.count_nonzero(ones, axis=1)))
    columns = np.nonzero(ones)[1]
    return sp.csr_array((np.ones(len(columns), np.int8), columns, rows_end), shape=values.shape)


def _is_missing(value: Any) -> bool:
    try:
        return value is None or bool(value != value)
    except TypeError:  # pandas.NA is neither equal to itself nor different
        return True


def _refuse_values(values: Any, hint: str) -> None:
    values = np.asarray(values)
    wrong = values[~((values == 0) | (values == 1))].ravel()[0]
    raise ValueError(f"{hint}; it also holds {wrong!r}. Encode the labels as 0 and 1 first.")


class Labels:
    """The labels of one call: as `matrix` inside, as the caller's container on the way out.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        The caller's labels.

    Attributes
    ----------
    matrix : csr_array of shape (n_samples, n_labels), int8
    names : ndarray of str or None
        Column names, where the caller gave any.
    """

    def __init__(self, Y: Any) -> None:
        self.given = Y
        self.matrix = read_labels(Y)
        self._frame = frame_of(Y)
        self.names = None if self._frame is None else self._frame.names("Y")

    def restore(self, matrix: sp.csr_array) -> Any:
        """Return ``matrix`` in the container and dtype of the caller's labels."""
        if sp.issparse(self.given):
            return like_sparse(matrix.astype(self.given.dtype), self.given)
        if self._frame is not None:
            return self._frame.like(matrix)
        dense = matrix.toarray().astype(np.asarray(self.given).dtype)
        return dense if isinstance(self.given, np.ndarray) else dense.tolist()


def require_columns(
    name: str, given: Rows | Labels, n_columns: int, names: np.ndarray | None
) -> None:
    """Refuse other columns than the ones learned from, or these in another order."""
    got = given.matrix.shape[1] if isinstance(given, Labels) else given.n_features
    if got is not None and got != n_columns:
        raise ValueError(
            f"{name} has {got} columns, but the rows trained on have {n_columns}; give the same."
        )
    if names is None or given.names is None or np.array_equal(given.names, names):
        return
    j = np.flatnonzero(given.names != names)[0]
    raise ValueError(
        f"column {j} of {name} is called {given.names[j]!r}, but {names[j]!r} was trained on in "
        "its place; give the same columns in the same order."
    )


def require_as_many(n_rows: int, labels: sp.csr_array) -> None:
    """Refuse labels of more rows than the features have, or of fewer."""
    if n_rows != labels.shape[0]:
        raise ValueError(
            f"X has {n_rows} rows and Y has {labels.shape[0]}: every row of X needs its row of "
            "labels."
        )


class Rows:
    """Features nobody reads: anything with rows, only ever copied.

    Parameters
    ----------
    X : sequence, array, DataFrame or sparse container with n_samples rows
        The caller's features; strings, text, NaN and objects are welcome.
    """

    def __init__(self, X: Any) -> None:
        refuse_unread("X", X)
        self.given = X
        self.values = X
        self._frame = frame_of(X)
        shape = _shape_of(X)
        self.n_rows = int(shape[0])
        self.names = None if self._frame is None else self._frame.names("X")
        self.n_features = int(shape[1]) if len(shape) > 1 else None
        if self.n_features == 0:
            raise ValueError(
                f"X has 0 feature(s) (shape={shape}) while a minimum of 1 is required. Give one "
                "column at least."
            )
        if len(shape) == 1 and getattr(getattr(X, "dtype", None), "kind", "O") in "biufc":
            raise ValueError(f"X must be two-dimensional; got shape {shape}. {_ONE_COLUMN}")
        self.categorical: np.ndarray | None = None

    def restore(self, source: np.ndarray, X_new: Any = None) -> Any:
        """Return the rows ``source`` in the caller's container, then the rows ``X_new``."""
        kept = self._copies(source if X_new is None else source[: len(source) - X_new.shape[0]])
        return kept if X_new is None else self._append(kept, X_new)

    def _copies(self, source: np.ndarray) -> Any:
        if sp.issparse(self.given):
            return like_sparse(sp.csr_array(self.given)[source], self.given)
        if type(self.given) is np.ndarray:
            return self.given.take(source, axis=0)
        if self._frame is not None:
            return self._frame.take(source)
        taken = rows_of(self.given, source)
        return taken.reset_index(drop=True) if hasattr(taken, "reset_index") else taken

    def _append(self, kept: Any, X_new: Any) -> Any:
        raise NotImplementedError("a sampler that reads no features makes none")


def count_rows(X: Any) -> int:
    """Return how many rows there are, or refuse by name what has none."""
    return int(_shape_of(X)[0])


def _shape_of(X: Any) -> tuple[int, ...]:
    """Return the number of rows and, where rows are sequences, of columns."""
    try:
        if isinstance(X, str | bytes):
            raise _no_rows(X)
        shape = getattr(X, "shape", None) or np.shape(np.asarray(X[:1], dtype=object))
        return (n_rows_of(X), *shape[1:])
    except (TypeError, KeyError, IndexError) as error:
        raise _no_rows(X) from error


def _no_rows(X: Any) -> TypeError:
    return TypeError(
        "X must have rows: a list, an array, a DataFrame or a sparse container; got "
        f"{type(X).__name__}."
    )


class Features(Rows):
    """The features of one call: numbers inside, the caller's container on the way out.

    Parameters
    ----------
    X : array-like, DataFrame or sparse container of shape (n_samples, n_features)
        Finite numbers; nominal columns may hold anything that can be compared.
    categorical_features : "auto", None, or array-like of int, bool or str
        Which columns are nominal. "auto" takes the categorical, string, object and boolean columns
        of a DataFrame and none of an array.
    categories : dict of int to tuple of ndarray, optional
        Codes and categories, ascending, of the nominal columns of other rows, to read these alike.

    Attributes
    ----------
    values : ndarray of shape (n_samples, n_features), float, C-contiguous, or csr_array
        Nominal columns that are not numeric hold the index of their category.
    categorical : ndarray of bool of shape (n_features,)
    categories : dict of int to tuple of ndarray
        Codes and categories of each nominal column that was read as such.
    """

    def __init__(
        self,
        X: Any,
        categorical_features: Any = None,
        categories: dict[int, tuple[np.ndarray, np.ndarray]] | None = None,
    ) -> None:
        self._as_list = isinstance(X, list | tuple)
        refuse_unread("X", X)
        super().__init__(X if sp.issparse(X) or is_frame(X) else _as_table(X))
        X = self.given
        if self.n_features is None or len(X.shape) != 2:
            remedy = (
                "Turn texts into numbers first, say with TfidfVectorizer; to learn it in each "
                "training fold, let the sampler follow it in a pipeline, which ends in "
                "MultiLabelResampledClassifier(classifier, sampler), or give compare.run the "
                "vectoriser as its transformer."
                if X.dtype.kind in "OUS"
                else _ONE_COLUMN
            )
            raise ValueError(
                f"X must be two-dimensional, (n_samples, n_features); got shape {X.shape}. {remedy}"
            )
        if not self.n_rows:
            raise ValueError(f"X must hold a row at least; got shape {X.shape}.")
        self.categorical = self._resolve(categorical_features)
        self._known = categories or {}
        self.categories: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self._choices: dict[int, Any] = {}
        self.values = self._read()

    def _resolve(self, wanted: Any) -> np.ndarray:
        mask = np.zeros(self.n_features or 0, dtype=bool)
        if wanted is None or (isinstance(wanted, str) and wanted == "auto"):
            return mask if wanted is None or self._frame is None else self._frame.nominal()
        columns = np.asarray(wanted if not isinstance(wanted, Set | Mapping) else [*wanted])
        if columns.dtype.kind in "UO" and columns.size:
            columns = self._positions(columns)
        if columns.dtype.kind == "u":
            columns = columns.astype(int)
        if columns.dtype.kind == "b" and columns.shape != mask.shape:
            raise ValueError(
                f"categorical_features as a mask must have shape {mask.shape}, one entry per "
                f"feature; got {columns.shape}."
            )
        if columns.dtype.kind not in "bi" and columns.size:
            raise ValueError(
                "categorical_features must be 'auto', None, column indices, column names or a "
                f"boolean mask; got {wanted!r}."
            )
        if columns.dtype.kind == "i":
            absent = columns[(columns >= len(mask)) | (columns < -len(mask))]
            if absent.size:
                raise ValueError(
                    f"categorical_features names column {absent[0]}, but X has {len(mask)} columns."
                )
        mask[columns if columns.size else []] = True
        return mask

    def _positions(self, names: np.ndarray) -> np.ndarray:
        known = {} if self.names is None else {name: i for i, name in enumerate(self.names)}
        unknown = [name for name in names.tolist() if name not in known]
        if unknown:
            raise ValueError(
                f"categorical_features names {unknown[0]!r}, which is no column of X; give X as a "
                "DataFrame with that column, or use column indices."
            )
        return np.array([known[name] for name in names])

    def _read(self) -> Any:
        X = self.given
        if sp.issparse(X):
            if X.dtype.kind == "c":
                raise _complex()
            values = _finite(X, accept_sparse="csr", dtype=_floating(X.dtype))
            values = sp.csr_array(values, copy=values is X)
            values.sum_duplicates()
            return values
        if self._frame is not None:
            return self._read_frame(self._frame)
        if X.dtype.kind in "OUSmM" or (np.any(self.categorical) and beyond_floats(X)):
            return self._read_columns(Table(X))
        return _finite(X, dtype=_floating(X.dtype), order="C")

    def _read_frame(self, frame: Frame) -> Any:
        matrix = None if np.any(self.categorical) else frame.sparse()
        if matrix is None:
            return self._read_columns(frame)
        if matrix.dtype.kind == "c":
            raise _complex()
        return sp.csr_array(_finite(matrix, accept_sparse="csr", dtype=np.float64))

    def _read_columns(self, table: Table) -> np.ndarray:
        values = np.empty(table.given.shape)
        for j in range(values.shape[1]):
            nominal = self.categorical is not None and self.categorical[j]
            values[:, j] = self._codes(j, table) if nominal else self._numbers(j, table)
        return _finite(values)

    def _name(self, j: int) -> str:
        return repr(j if self.names is None else self.names[j])

    def _numbers(self, j: int, table: Table) -> np.ndarray:
        kind = table.kind(j)
        if kind == "c":
            raise _complex()
        if kind in ("m", "M"):
            raise ValueError(
                f"column {self._name(j)} of X holds dates or durations; turn it into numbers, "
                "such as days since the first, or name it in categorical_features."
            )
        if kind == "category":
            raise ValueError(
                f"column {self._name(j)} of X is categorical; name it in categorical_features, or "
                "turn it into numbers."
            )
        try:
            return table.numbers(j)
        except (TypeError, ValueError) as error:
            # as in scikit-learn: what can be no number is of the wrong type, a gap has no value
            typed = isinstance(error, TypeError) and not any(map(_is_missing, table.objects(j)))
            raise (TypeError if typed else ValueError)(
                f"column {self._name(j)} of X is not numeric or has missing values ({error}); "
                "fill the gaps, or name a nominal column in categorical_features."
            ) from error

    def _codes(self, j: int, table: Table) -> np.ndarray:
        values = table.objects(j)
        if any(map(_is_missing, values)):
            raise ValueError(
                f"nominal column {self._name(j)} of X has missing values; fill them, or make "
                "'missing' a category of its own."
            )
        try:
            categories, first, which = np.unique(values, return_index=True, return_inverse=True)
        except TypeError as error:
            raise ValueError(
                f"nominal column {self._name(j)} of X mixes values that cannot be compared."
            ) from error
        codes = self._known_codes(j, categories) if j in self._known else _numbers_of(categories)
        self.categories[j] = codes, categories
        # kept in the caller's dtype, for a frame may change after it was read
        self._choices[j] = table.choose(table.column(j), first)
        return codes[which]

    def _known_codes(self, j: int, categories: np.ndarray) -> np.ndarray:
        known = dict(zip(self._known[j][1].tolist(), self._known[j][0], strict=True))
        unseen = [category for category in categories.tolist() if category not in known]
        if unseen:
            raise ValueError(
                f"nominal column {self._name(j)} of X holds {unseen[0]!r}, which the rows learned "
                "from do not; leave such rows out, or replace it."
            )
        return np.array([known[category] for category in categories.tolist()])

    def restore(self, source: np.ndarray, X_new: Any = None) -> Any:
        """Return the rows ``source`` in the caller's container, then the rows ``X_new``."""
        restored = super().restore(source, X_new)
        return restored.tolist() if self._as_list else restored

    def _append(self, kept: Any, X_new: Any) -> Any:
        given = self.given
        if self._frame is not None:
            return self._append_frame(self._frame, kept, X_new)
        if sp.issparse(given):
            new = sp.csr_array(X_new)
            new.data = cast(new.data, given.dtype)
            new.eliminate_zeros()
            return like_sparse(sp.vstack([sp.csr_array(kept), new]), given)
        new = X_new.toarray() if sp.issparse(X_new) else X_new
        if not self.categories and given.dtype.kind not in "OUS":
            made = within(cast(new, given.dtype), given)
            # of foreign byte order, too, the caller's dtype is kept
            return np.concatenate([kept, made]).astype(given.dtype, copy=False)
        columns = [self._decode(j, new[:, j]) for j in range(new.shape[1])]
        # of a string dtype only the kind is kept: a made number may need more characters
        kind = given.dtype.kind if given.dtype.kind in "US" else given.dtype
        return np.concatenate([kept, np.array(columns, dtype=object).T.astype(kind)])

    def _decode(self, j: int, column: np.ndarray) -> np.ndarray:
        return self._choices[j][self._places(j, column)] if j in self.categories else column

    def _places(self, j: int, column: np.ndarray) -> np.ndarray:
        codes = self.categories[j][0]
        return np.searchsorted((codes[1:] + codes[:-1]) / 2, column)

    def _append_frame(self, frame: Frame, kept: Any, X_new: Any) -> Any:
        by_column = sp.csc_array(X_new) if sp.issparse(X_new) else X_new
        columns = (by_column[:, [j]] for j in range(by_column.shape[1]))
        new = (c.toarray().ravel() if sp.issparse(c) else c.ravel() for c in columns)
        made = [
            frame.choose(self._choices[j], self._places(j, values))
            if j in self.categories
            else frame.made(j, values)
            for j, values in enumerate(new)
        ]
        return frame.append(kept, made)


def _as_table(X: Any) -> np.ndarray:
    try:
        table = np.asarray(X)
    except ValueError as error:
        raise ValueError("X must be two-dimensional; got rows of different lengths.") from error
    if table.dtype.kind in "US" and not isinstance(X, np.ndarray):
        table = np.asarray(X, dtype=object)  # numbers beside strings stay numbers
    if table.ndim == 0:
        raise _no_rows(X)
    if table.dtype.kind == "c":
        raise _complex()
    if np.ma.is_masked(X):
        raise ValueError("X has masked cells; fill them, or leave those rows out.")
    return table


def _complex() -> ValueError:
    return ValueError(
        f"{_COMPLEX}: X holds complex numbers, which no distance here is defined for; give real "
        "and imaginary part as two columns."
    )


def _finite(X: Any, **options: Any) -> Any:
    """Check that ``X`` holds finite numbers, and that their differences are finite as well."""
    try:
        # scikit-learn adds all values up first, and looks closer where the sum overflows
        with np.errstate(over="ignore", invalid="ignore"):
            values = check_array(X, input_name="X", **options)
    except ValueError as error:
        reason = str(error).split("\n")[0]
        raise ValueError(f"{reason} Fill such cells, or leave their rows out.") from error
    stored = values.data if sp.issparse(values) else values
    largest = max(stored.max(initial=0), -stored.min(initial=0))
    if largest > np.finfo(stored.dtype).max / 4:
        raise ValueError(
            f"X holds values up to {largest:.3g}, whose differences overflow {stored.dtype}; scale "
            "the features first."
        )
    return values


def categories_of(listed: Mapping[str, list[Any]]) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Return codes and categories of columns from lists of their categories, as JSON has them."""
    columns = {int(j): np.array(values, dtype=object) for j, values in listed.items()}
    return {j: (_numbers_of(categories), categories) for j, categories in columns.items()}


def _numbers_of(categories: np.ndarray) -> np.ndarray:
    """Return sorted categories as numbers: themselves where float64 holds them, else their turn.

    So a nominal column of numbers reads alike whatever holds it.
    """
    real = all(isinstance(c, Real | np.bool_) for c in categories)
    codes = categories.astype(np.float64) if real else np.empty(0)
    if real and np.isfinite(codes).all() and np.all(codes == categories):
        return codes
    return np.arange(len(categories), dtype=np.float64)


def _floating(dtype: np.dtype) -> Any:
    return np.float32 if dtype == np.float32 else np.float64
