"""What every reader, fetcher and generator of this folder returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse as sp

from .._frames import refuse_unread
from .._indices import narrow

if TYPE_CHECKING:
    import pandas as pd

_TRUTH = {"0": 0.0, "1": 1.0, "0.0": 0.0, "1.0": 1.0, "false": 0.0, "true": 1.0}


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Features and labels of one multi-label data set, with their names.

    Parameters
    ----------
    X : array-like or sparse of shape (n_samples, n_features)
        The features; kept as a C-contiguous float64 array, or as a ``csr_array`` when sparse.
        A nominal column holds the index of the value in ``categories``; NaN is a missing value.
    Y : array-like or sparse of shape (n_samples, n_labels)
        The labels, 0 or 1; kept as a ``csr_array`` of int8, sorted, without stored zeros.
    feature_names, label_names : sequence of str
        The names of the columns of ``X`` and ``Y``.
    categorical : array-like of bool of shape (n_features,), default=None
        True where a feature is nominal; None means that all are numeric.
    categories : mapping of int to sequence of str, default={}
        The values of each nominal column, keyed by the column's index.
    name : str, default=""
        What the data set is called.

    Raises
    ------
    ValueError
        If the parts do not fit one another, or ``Y`` holds something other than 0 and 1.

    Notes
    -----
    In a sparse ``X`` an absent entry of a nominal column stands for its first value, as in
    sparse ARFF files. The inputs are never modified, but may be shared.

    Examples
    --------
    >>> from skml_aemlo.datasets import Dataset
    >>> data = Dataset([[0.5, 1], [1.5, 0]], [[1, 0], [1, 1]], ["size", "colour"], ["a", "b"],
    ...                categorical=[False, True], categories={1: ["red", "blue"]}, name="toy")
    >>> data
    Dataset('toy': 2 rows, 2 features (1 nominal, dense), 2 labels)
    >>> data.to_frame()[0]
       size colour
    0   0.5   blue
    1   1.5    red
    """

    X: Any
    Y: Any
    feature_names: Sequence[str]
    label_names: Sequence[str]
    categorical: Any = None
    categories: Mapping[int, Sequence[str]] = field(default_factory=dict)
    name: str = ""

    def __post_init__(self) -> None:
        columns = len(self.feature_names)
        categorical = np.zeros(columns, bool) if self.categorical is None else self.categorical
        normalised = {
            "X": _features(self.X),
            "Y": _labels(self.Y),
            "feature_names": list(self.feature_names),
            "label_names": list(self.label_names),
            "categorical": np.asarray(categorical, dtype=bool),
            "categories": {int(j): tuple(values) for j, values in self.categories.items()},
        }
        for attribute, value in normalised.items():
            object.__setattr__(self, attribute, value)
        self._check_fit()

    def _check_fit(self) -> None:
        (rows, features), (label_rows, labels) = self.X.shape, self.Y.shape
        _check_equal("X has {} rows but Y has {}", rows, label_rows)
        _check_equal("X has {} columns but feature_names {}", features, len(self.feature_names))
        _check_equal("Y has {} columns but label_names {}", labels, len(self.label_names))
        _check_equal("X has {} columns but categorical {}", features, len(self.categorical))
        nominal = np.flatnonzero(self.categorical).tolist()
        described = sorted(self.categories)
        _check_equal("categorical marks columns {} but categories describes {}", nominal, described)

    @property
    def n_samples(self) -> int:
        """Number of rows."""
        return int(self.X.shape[0])

    @property
    def n_features(self) -> int:
        """Number of features."""
        return int(self.X.shape[1])

    @property
    def n_labels(self) -> int:
        """Number of labels."""
        return int(self.Y.shape[1])

    def __repr__(self) -> str:
        stored = "sparse" if sp.issparse(self.X) else "dense"
        nominal = int(self.categorical.sum())
        return (
            f"Dataset({self.name!r}: {self.n_samples} rows, {self.n_features} features "
            f"({nominal} nominal, {stored}), {self.n_labels} labels)"
        )

    def to_frame(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the features and the labels as two pandas frames.

        Returns
        -------
        X_frame : DataFrame of shape (n_samples, n_features)
            Numeric columns as float64 (with a sparse dtype when ``X`` is sparse), nominal
            columns as ``Categorical`` of their value names, NaN where a value is missing.
        Y_frame : DataFrame of shape (n_samples, n_labels)
            The labels as int8, with a sparse dtype when ``X`` is sparse.

        Raises
        ------
        ImportError
            If pandas is not installed.
        ValueError
            If a nominal column holds something that is not the index of one of its values.

        Examples
        --------
        >>> from skml_aemlo.datasets import Dataset
        >>> X_frame, Y_frame = Dataset([[1.5]], [[1]], ["size"], ["big"]).to_frame()
        >>> Y_frame
           big
        0    1
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError(
                "frames of a data set, by which labels go by name, need the package pandas: pip "
                "install 'skml_aemlo[compare]'; or name labels by their indices."
            ) from error
        if sp.issparse(self.X):
            X_frame = pd.DataFrame.sparse.from_spmatrix(self.X)
            Y_frame = pd.DataFrame.sparse.from_spmatrix(self.Y)
        else:
            X_frame, Y_frame = pd.DataFrame(self.X), pd.DataFrame(self.Y.toarray())
        columns = dict(X_frame.items())
        for j, values in self.categories.items():
            columns[j] = pd.Categorical.from_codes(self.codes(j), categories=list(values))
        X_frame = pd.DataFrame(columns, index=X_frame.index)
        X_frame.columns, Y_frame.columns = self.feature_names, self.label_names
        return X_frame, Y_frame

    def codes(self, column: int) -> np.ndarray:
        """Return the value indices of one nominal column, -1 where a value is missing.

        Parameters
        ----------
        column : int
            Index of a nominal feature.

        Returns
        -------
        codes : ndarray of int of shape (n_samples,)

        Raises
        ------
        ValueError
            If the column holds something that is not the index of one of its values.

        Examples
        --------
        >>> from skml_aemlo.datasets import Dataset
        >>> data = Dataset([[1], [float("nan")]], [[1], [0]], ["colour"], ["a"],
        ...                categorical=[True], categories={0: ["red", "blue"]})
        >>> data.codes(0)
        array([ 1, -1])
        """
        values = self.X[:, [column]]
        values = (values.toarray() if sp.issparse(values) else values)[:, 0]
        codes = np.where(np.isnan(values), -1.0, values)
        allowed = np.arange(-1, len(self.categories[column]))
        if not (known := np.isin(codes, allowed)).all():
            row = int(np.argmin(known))
            raise ValueError(
                f"nominal feature {self.feature_names[column]!r} holds {codes[row]} in row {row}; "
                f"expected the index of one of its {len(allowed) - 1} values or NaN: "
                "use a sampler that was told which features are nominal"
            )
        return codes.astype(int)


def canonical(matrix: Any, dtype: type) -> sp.csr_array:
    """Return ``matrix`` as a sorted ``csr_array`` without stored zeros, never changing it."""
    csr = narrow(sp.csr_array(matrix, dtype=dtype))
    if not csr.has_canonical_format or not csr.data.all():
        csr = csr.copy()
        csr.sum_duplicates()
        csr.eliminate_zeros()
    return csr


def truth_of(values: Sequence[str]) -> list[float]:
    """Return 0.0 or 1.0 for each value of a nominal label, NaN for a value that is neither."""
    return [_TRUTH.get(value.strip().lower(), np.nan) for value in values]


def decode_labels(codes: Any, categories: Sequence[Sequence[str] | None]) -> Any:
    """Turn value indices of nominal labels into 0 and 1; numeric labels stay as they are.

    ``codes`` is dense or CSR with one column per label, ``categories`` has None for a numeric
    label. A label declared ``{1,0}`` is turned round, so that its absent entries become ones.
    """
    first = np.array([truth_of(values)[0] if values else 0.0 for values in categories])
    if not first.any():
        return codes
    ones = np.flatnonzero(first)
    sign = 1.0 - 2.0 * first
    if not sp.issparse(codes):
        return codes * sign + first
    rows, shape = codes.shape[0], codes.shape
    turned = (np.ones(rows * ones.size), np.tile(ones, rows), np.arange(rows + 1) * ones.size)
    return codes @ sp.diags_array(sign).tocsr() + sp.csr_array(turned, shape=shape)


def _features(X: Any) -> Any:
    refuse_unread("X", X)
    if sp.issparse(X):
        return canonical(X, np.float64)
    X = np.ascontiguousarray(X, dtype=np.float64)
    return _two_dimensional("X", X)


def _labels(Y: Any) -> sp.csr_array:
    refuse_unread("Y", Y)
    Y = Y if sp.issparse(Y) else _two_dimensional("Y", np.asarray(Y))
    csr = canonical(Y, np.float64)
    if not (csr.data == 1).all():
        wrong = csr.data[csr.data != 1][0]
        raise ValueError(f"Y holds {wrong}; expected only 0 and 1: binarise the labels first")
    return csr.astype(np.int8)


def _two_dimensional(parameter: str, values: np.ndarray) -> np.ndarray:
    if values.ndim != 2:
        raise ValueError(
            f"{parameter} has {values.ndim} dimensions; expected 2, one row per sample: reshape it"
        )
    return values


def _check_equal(message: str, first: object, second: object) -> None:
    if first != second:
        raise ValueError(f"{message.format(first, second)}; they must agree")
