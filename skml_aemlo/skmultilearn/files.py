"""scikit-multilearn's functions for ARFF files, pickled dumps and named data sets."""

import bz2
import os
import pickle
from collections.abc import Iterator
from glob import escape
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import scipy.sparse as sp

from .._sklearn import n_rows_of
from ..datasets import Dataset, load_arff
from ..datasets.arff import write_number
from ..datasets.header import read_header, read_text
from ..datasets.openml import OPENML_IDS
from .folds import read_labels
from .mended import check_switch, whole_number

FilePath = str | os.PathLike[str]


def load_from_arff(
    filename: FilePath,
    label_count: int,
    label_location: str = "end",
    input_feature_type: Any = "float",
    encode_nominal: bool = True,
    load_sparse: bool = False,
    return_attribute_definitions: bool = False,
) -> Any:
    r"""Read a multi-label ARFF file into two sparse matrices.

    Parameters
    ----------
    filename : str or PathLike
        The file, plain or gzipped.
    label_count : int
        How many of the attributes are labels.
    label_location : {"end", "start"}, default="end"
        Where they stand: at the end, as Mulan has them, or at the start, as MEKA.
    input_feature_type : dtype, default="float"
        The dtype of ``X``.
    encode_nominal : bool, default=True
        Whether a nominal value becomes its index; otherwise it must be a number itself.
    load_sparse : bool, default=False
        Not needed any more: rows are read as they stand in the file, sparse or dense.
    return_attribute_definitions : bool, default=False
        Whether to return the attributes' names and types too.

    Returns
    -------
    X : lil_matrix of shape (n_samples, n_features)
        The features; a missing value is NaN.
    y : lil_matrix of int, of shape (n_samples, n_labels)
        The labels.
    feature_names, label_names : list of (str, str or list of str)
        Only if asked for: each attribute's name with ``"NUMERIC"`` or its nominal values.

    Raises
    ------
    ArffError
        If the file is broken: it names the line.
    FileNotFoundError
        If the file is not there.
    ValueError
        If a parameter is invalid or does not suit the file.

    See Also
    --------
    skml_aemlo.datasets.load_arff : Returns names, nominal columns and dense features as such.

    Notes
    -----
    Mends: rows without entries at the end of a sparse file are kept, and ``input_feature_type``
    holds for sparse files; a label declared ``{1,0}`` is read as what it says, not as its index;
    an unknown ``label_location`` is an error instead of None; the file is closed; liac-arff and
    requests need not be installed. Every numeric type is reported as ``"NUMERIC"``.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skml_aemlo.skmultilearn import load_from_arff
    >>> text = "@relation toy\n@attribute size real\n@attribute red {0,1}\n@data\n2.5,1\n0,0\n"
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "toy.arff")
    ...     _ = file.write_text(text)
    ...     X, y = load_from_arff(file, label_count=1)
    >>> X.toarray().tolist(), y.toarray().tolist()
    ([[2.5], [0.0]], [[1], [0]])
    """
    count, at_end = whole_number("label_count", label_count, 1), _at_end(label_location)
    encodes = check_switch("encode_nominal", encode_nominal)
    path = Path(filename)
    data = load_arff(path, -count if at_end else count)
    X = sp.lil_matrix(data.X)
    if not encodes:
        _decode(X, data)
    y = sp.lil_matrix(data.Y, dtype=int)
    found = X.astype(input_feature_type), y
    return (*found, *_definitions(path, count, at_end)) if return_attribute_definitions else found


def _at_end(label_location: str) -> bool:
    if label_location not in ("start", "end"):
        raise ValueError(f"label_location={label_location!r}; expected 'start' or 'end'")
    return label_location == "end"


def _decode(X: sp.lil_matrix, data: Dataset) -> None:
    """Replace the indices of nominal values by these, which must be numbers."""
    for column, values in data.categories.items():
        try:
            numbers = np.array([float(value) for value in values] + [np.nan])
        except ValueError as error:
            raise ValueError(
                f"encode_nominal=False, but attribute {data.feature_names[column]!r} has values "
                f"that are no numbers ({error}): pass encode_nominal=True"
            ) from None
        X[:, [column]] = numbers[data.codes(column)][:, None]


def _definitions(path: Path, count: int, at_end: bool) -> tuple[list[Any], list[Any]]:
    lines = list(enumerate(read_text(path).split("\n"), start=1))
    attributes = [
        (attribute.name, "NUMERIC" if attribute.categories is None else list(attribute.categories))
        for attribute in read_header(path, lines).attributes
    ]
    if at_end:
        return attributes[:-count], attributes[-count:]
    return attributes[count:], attributes[:count]


def save_to_arff(
    X: Any,
    y: Any,
    label_location: str = "end",
    save_sparse: bool = True,
    filename: FilePath | None = None,
) -> str | None:
    """Write rows and labels as ARFF, as MEKA and Mulan read it.

    Parameters
    ----------
    X : array-like, DataFrame or sparse, of shape (n_samples, n_features)
        The rows, all numeric.
    y : array-like, DataFrame or sparse, of shape (n_samples, n_labels)
        The labels of each row, 0 and 1.
    label_location : {"end", "start"}, default="end"
        Where the labels go: at the end, as Mulan has them, or at the start, as MEKA.
    save_sparse : bool, default=True
        Whether to write the entries that are not zero only.
    filename : str, PathLike or None, default=None
        The file; None returns the text.

    Returns
    -------
    text : str or None
        The ARFF, if there is no ``filename``.

    Raises
    ------
    ValueError
        If ``X`` is not numeric, ``y`` no matrix of zeros and ones with as many rows, or
        ``label_location`` unknown.

    See Also
    --------
    skml_aemlo.datasets.save_arff : Keeps names and nominal columns.

    Notes
    -----
    Mends: dense ``X`` and ``y``, lists and DataFrames (D17); values are written so that reading
    them gives the very same numbers, missing ones as ``?``.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import save_to_arff
    >>> print(save_to_arff([[0.5, 0.0]], [[1]]).split("@DATA")[1].strip())
    {0 0.5,2 1}
    """
    at_end = _at_end(label_location)
    labels = read_labels(y, n_rows_of(X))
    rows = X if sp.issparse(X) else _real_numbers(X)
    if rows.dtype.kind not in "biuf":
        raise ValueError(f"X holds {rows.dtype}; expected real numbers: write parts as columns")
    if rows.ndim != 2:
        raise ValueError(f"X has shape {rows.shape}; expected (n_samples, n_features)")
    names = [f"X{j}" for j in range(rows.shape[1])], [f"y{j}" for j in range(labels.shape[1])]
    data = Dataset(sp.csr_array(rows) if save_sparse else rows, labels, *names)
    lines = _sparse_lines(data, at_end) if save_sparse else _dense_lines(data, at_end)
    text = "\n".join([*_header_lines(data, at_end), *lines, ""])
    if filename is None:
        return text
    Path(filename).write_text(text, encoding="utf-8")
    return None


def _real_numbers(X: Any) -> np.ndarray:
    if np.ma.is_masked(X):
        raise ValueError("X has masked cells; fill them, with NaN where a value is missing")
    given = np.asarray(X)
    return given.astype(float) if given.dtype.kind != "c" else given


def _header_lines(data: Dataset, at_end: bool) -> Iterator[str]:
    # MEKA counts labels at the end with a minus.
    yield f"@RELATION 'traindata: -C {-data.n_labels if at_end else data.n_labels}'\n"
    features = [f"@ATTRIBUTE {name} NUMERIC" for name in data.feature_names]
    labels = [f"@ATTRIBUTE {name} {{0, 1}}" for name in data.label_names]
    yield from features + labels if at_end else labels + features
    yield "\n@DATA"


def _dense_lines(data: Dataset, at_end: bool) -> Iterator[str]:
    for i in range(data.n_samples):
        row = data.X[[i]].toarray()[0] if sp.issparse(data.X) else data.X[i]
        features = [write_number(value) for value in row.tolist()]
        labels = [str(bit) for bit in data.Y[[i]].toarray()[0].tolist()]
        yield ",".join(features + labels if at_end else labels + features)


def _sparse_lines(data: Dataset, at_end: bool) -> Iterator[str]:
    before_features = 0 if at_end else data.n_labels
    before_labels = data.n_features if at_end else 0
    for i in range(data.n_samples):
        row, borne = (slice(*part.indptr[i : i + 2]) for part in (data.X, data.Y))
        entries = zip(data.X.indices[row].tolist(), data.X.data[row].tolist(), strict=True)
        features = [f"{before_features + j} {write_number(value)}" for j, value in entries]
        labels = [f"{before_labels + j} 1" for j in data.Y.indices[borne].tolist()]
        yield f"{{{','.join(features + labels if at_end else labels + features)}}}"


def save_dataset_dump(
    input_space: Any,
    labels: Any,
    feature_names: Any,
    label_names: Any,
    filename: FilePath | None = None,
) -> dict[str, Any] | None:
    """Pickle a data set into a bz2 file.

    Parameters
    ----------
    input_space, labels : any
        The rows and their labels, in whatever containers.
    feature_names, label_names : any
        Their names, or None.
    filename : str, PathLike or None, default=None
        The file; ``.bz2`` is appended where it is missing. None returns what would be pickled.

    Returns
    -------
    data : dict or None
        With the keys X, y, features and labels, if there is no ``filename``.

    Notes
    -----
    Mends: a PathLike ``filename``.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import save_dataset_dump
    >>> save_dataset_dump([[0.5]], [[1]], ["size"], ["red"])
    {'X': [[0.5]], 'y': [[1]], 'features': ['size'], 'labels': ['red']}
    """
    data = {"X": input_space, "y": labels, "features": feature_names, "labels": label_names}
    if filename is None:
        return data
    with bz2.open(_dump_path(filename), "wb") as file:
        pickle.dump(data, file)
    return None


def load_dataset_dump(filename: FilePath) -> tuple[Any, Any, Any, Any]:
    """Read a data set that `save_dataset_dump`, or scikit-multilearn's, pickled.

    Parameters
    ----------
    filename : str or PathLike
        The file; ``.bz2`` is appended where it is missing.

    Returns
    -------
    X, y, feature_names, label_names : as they were saved

    Raises
    ------
    FileNotFoundError
        If the file is not there.

    Notes
    -----
    Unpickling runs whatever code a file holds: load only dumps that you made or trust.

    Mends: a name without ``.bz2``, which upstream appends when saving and then does not find;
    a PathLike.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skml_aemlo.skmultilearn import load_dataset_dump, save_dataset_dump
    >>> with TemporaryDirectory() as folder:
    ...     save_dataset_dump([[0.5]], [[1]], ["size"], ["red"], Path(folder, "toy"))
    ...     load_dataset_dump(Path(folder, "toy"))
    ([[0.5]], [[1]], ['size'], ['red'])
    """
    path = _dump_path(filename)
    if not path.exists():
        raise FileNotFoundError(
            f"no such file: {path}; expected one that save_dataset_dump has written"
        )
    with bz2.open(path, "rb") as file:
        data = pickle.load(file)
    return data["X"], data["y"], data["features"], data["labels"]


def _dump_path(filename: FilePath) -> Path:
    name = os.fspath(filename)
    return Path(name if name.endswith(".bz2") else f"{name}.bz2")


def load_dataset(
    set_name: str, variant: str, data_home: FilePath | None = None
) -> tuple[Any, Any, Any, Any]:
    """Read a data set that scikit-multilearn downloaded earlier; download nothing.

    Parameters
    ----------
    set_name : str
        Such as "emotions".
    variant : str
        Such as "train", "test" or "undivided".
    data_home : str, PathLike or None, default=None
        Where the copies are; None means the environment's ``SCIKIT_ML_LEARN_DATA``, else
        ``~/scikit_ml_learn_data``.

    Returns
    -------
    X, y, feature_names, label_names : as in `load_dataset_dump`

    Raises
    ------
    ConnectionError
        If there is no copy: it says what to use instead.

    Notes
    -----
    Mends: a copy on disk is found without asking the server (D22). Nothing is downloaded: the
    server cannot be relied on, and what it sends are pickles over plain http, which whoever
    stands between may replace by code of theirs.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import load_dataset
    >>> load_dataset("emotions", "train", data_home="nowhere")
    Traceback (most recent call last):
        ...
    ConnectionError: no copy of emotions-train in nowhere, and ...fetch('emotions')
    """
    for name, value in (("set_name", set_name), ("variant", variant)):
        if not isinstance(value, str):
            raise TypeError(f"{name}={value!r}; expected a name, such as 'emotions' or 'train'")
    default = os.environ.get("SCIKIT_ML_LEARN_DATA", "~/scikit_ml_learn_data")
    home = Path(default if data_home is None else data_home).expanduser()
    copies = sorted(home.glob(f"{escape(f'{set_name}-{variant}')}.*bz2"))
    if not copies:
        _refuse_to_download(f"no copy of {set_name}-{variant} in {home}, and ", set_name)
    return load_dataset_dump(copies[0])


def available_data_sets() -> NoReturn:
    """Refuse to ask scikit-multilearn's server for its list of data sets.

    Returns
    -------
    nothing
        It always raises.

    Raises
    ------
    ConnectionError
        Always (D22): it says what to use instead.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import available_data_sets
    >>> available_data_sets()
    Traceback (most recent call last):
        ...
    ConnectionError: skml_aemlo asks nothing of http://scikit.ml/datasets/, ...
    """
    _refuse_to_download()


def _refuse_to_download(found: str = "", set_name: str = "") -> NoReturn:
    known = {name.lower(): name for name in OPENML_IDS}.get(set_name.lower(), "emotions")
    raise ConnectionError(
        f"{found}skml_aemlo asks nothing of http://scikit.ml/datasets/, which cannot be relied on "
        "and sends pickles over plain http: read an ARFF file of Mulan's with load_from_arff, or "
        f"take one of OpenML's sets ({', '.join(sorted(OPENML_IDS))}): "
        f"skml_aemlo.datasets.fetch({known!r})"
    )
