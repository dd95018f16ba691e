"""Mulan and MEKA files: ARFF with its labels named by an XML list, a count or the caller."""

from __future__ import annotations

import difflib
import gzip
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
from scipy import sparse as sp

from .._files import write_whole
from .dataset import Dataset, decode_labels, truth_of
from .header import (
    ITEM,
    VALUE,
    ArffError,
    Attribute,
    Header,
    Line,
    check_unique,
    content,
    cut,
    ends,
    located,
    quote,
    read_bytes,
    read_header,
    read_text,
    scan,
    some,
    unescape,
)

_PAIR = re.compile(rf"\s*(?P<index>-?\d+)\s+{VALUE}\s*(?=[,%{{}}]|$)")
# A row with one of these (or an underscore, which float() ignores) is read value by value.
_SPECIAL = re.compile(r"""['"%\\?{}_]""")
_UNREADABLE = (KeyError, IndexError, ValueError)
_MEKA = re.compile(r":.*?\s-C\s+(-?\d+)\b")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def load_arff(
    path: str | os.PathLike[str],
    labels: str | os.PathLike[str] | Sequence[str] | int | None = None,
) -> Dataset:
    r"""Read a multi-label ARFF file, dense or sparse, plain or gzipped.

    Parameters
    ----------
    path : str or PathLike
        The ARFF file.
    labels : str, PathLike, sequence of str, int or None, default=None
        Which attributes are the labels: the path of Mulan's XML label list, their names, or how
        many stand first (negative: last). None takes the ``.xml`` of the same stem beside the
        file, else MEKA's ``-C n`` in the relation's name.

    Returns
    -------
    data : Dataset
        Labels and features in the order of the file's header. ``X`` is a float64 array, or a
        ``csr_array`` when the rows are sparse; nominal values are stored as their index, missing
        ones (``?``) as NaN.

    Raises
    ------
    ArffError
        If the file, or the XML, is broken: it names the file and the line.
    FileNotFoundError
        If a file is not there.
    ValueError
        If ``labels`` is missing, or names what the file does not have.

    Notes
    -----
    - The XML is read as a set of names: its own order, which may differ from the header's, is
      not used. Nested (hierarchical) labels are all taken.
    - A label is numeric, or nominal with the values 0 and 1 (or FALSE and TRUE); in a sparse row
      an absent label declared ``{1,0}`` is 1, as the format has it.
    - MEKA's options are not part of the data set's ``name``.
    - Unquoted names and values may hold blanks and apostrophes, which WEKA refuses.
    - String, date and relational attributes and instance weights are refused, not skipped.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skml_aemlo.datasets import load_arff
    >>> text = "@relation toy\n@attribute size real\n@attribute red {0,1}\n@data\n2.5,1\n?,0\n"
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "toy.arff")
    ...     _ = file.write_text(text)
    ...     load_arff(file, labels=["red"])
    Dataset('toy': 2 rows, 1 features (0 nominal, dense), 1 labels)
    """
    path = Path(path)
    lines = list(enumerate(read_text(path).split("\n"), start=1))
    header = read_header(path, lines)
    columns = _label_columns(path, header, labels)
    rows = [(number, text) for number, line in lines[header.end :] if (text := content(line))]
    read = _sparse_rows if rows and rows[0][1].startswith("{") else _dense_rows
    matrix = read(path, rows, header.attributes)
    targets = _targets(path, rows, matrix[:, columns], [header.attributes[j] for j in columns])
    return _dataset(header, matrix, targets, columns)


def save_arff(dataset: Dataset, path: str | os.PathLike[str]) -> None:
    """Write a data set as ARFF, with Mulan's XML label list beside it.

    Parameters
    ----------
    dataset : Dataset
        What to write; its rows become sparse if ``X`` is.
    path : str or PathLike
        The ``.arff`` file, or ``.arff.gz`` to compress it; the list becomes the ``.xml`` of the
        same stem. Files already there are replaced, each in one step.

    Raises
    ------
    FileNotFoundError
        If the folder is not there.
    ValueError
        If the path ends otherwise, two columns share a name, a label's name holds a character
        that XML cannot, or a nominal column holds no index of a value.

    Notes
    -----
    `load_arff` gives back the same matrices, names and categories to the last bit; only a
    negative zero of a sparse ``X``, and an empty ``name``, do not survive.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skml_aemlo.datasets import Dataset, load_arff, save_arff
    >>> data = Dataset([[2.5], [0.1]], [[1], [0]], ["size"], ["red"], name="toy")
    >>> with TemporaryDirectory() as folder:
    ...     save_arff(data, Path(folder, "toy.arff.gz"))
    ...     load_arff(Path(folder, "toy.arff.gz")).X.tolist()
    [[2.5], [0.1]]
    """
    path = Path(path)
    _check_writable(dataset, path)
    rows = _sparse_lines(dataset) if sp.issparse(dataset.X) else _dense_lines(dataset)
    text = "\n".join([*_header_lines(dataset), *rows, ""])
    arff = text.encode()
    write_whole(_xml_beside(path), _xml(dataset.label_names).encode())
    write_whole(path, gzip.compress(arff, mtime=0) if path.suffix == ".gz" else arff)


def _dense_rows(path: Path, rows: list[Line], attributes: list[Attribute]) -> np.ndarray:
    matrix = np.empty((len(rows), len(attributes)))
    converters = [attribute.convert for attribute in attributes]
    for i, (number, text) in enumerate(rows):
        try:
            matrix[i] = _plain_row(text, converters)
        except _UNREADABLE:
            with located(path, number):
                matrix[i] = _careful_row(text, attributes)
    return matrix


def _plain_row(text: str, converters: list[Callable[[str], float]]) -> list[float]:
    if _SPECIAL.search(text):
        raise ValueError
    pairs = zip(converters, text.split(","), strict=True)
    return [convert(value) for convert, value in pairs]


def _careful_row(text: str, attributes: list[Attribute]) -> list[float]:
    if text.startswith("{"):
        raise ValueError("a sparse row in a file that began with dense ones: write all alike")
    items, rest = scan(ITEM, text)
    if rest.startswith("{"):
        raise ValueError("instance weights ({...} after the row) are not supported: remove them")
    if not ends(rest):
        raise ValueError(f"cannot read {cut(rest)!r}; expected a comma or the line's end")
    if len(items) != len(attributes):
        raise ValueError(f"{len(items)} values; expected {len(attributes)}, one per attribute")
    return [a.read(item["value"]) for a, item in zip(attributes, items, strict=True)]


def _sparse_rows(path: Path, rows: list[Line], attributes: list[Attribute]) -> sp.csr_array:
    converters = [attribute.convert for attribute in attributes]
    indptr, indices, values = [0], [], []
    for number, text in rows:
        try:
            columns, row = _plain_pairs(text, converters)
        except _UNREADABLE:
            with located(path, number):
                columns, row = _careful_pairs(text, attributes)
        indices += columns
        values += row
        indptr.append(len(indices))
    parts = (np.array(values, dtype=float), np.array(indices, np.int32), np.array(indptr))
    return sp.csr_array(parts, shape=(len(rows), len(attributes)))


def _plain_pairs(
    text: str, converters: list[Callable[[str], float]]
) -> tuple[list[int], list[float]]:
    inside = text[1:-1]
    if not text.startswith("{") or not text.endswith("}") or _SPECIAL.search(inside):
        raise ValueError
    pairs = [pair.split() for pair in inside.split(",")]
    columns = [int(column) for column, _ in pairs]
    _check_columns(columns, len(converters))
    return columns, [converters[int(column)](value) for column, value in pairs]


def _careful_pairs(text: str, attributes: list[Attribute]) -> tuple[list[int], list[float]]:
    if not text.startswith("{"):
        raise ValueError("a dense row in a file that began with sparse ones: write all alike")
    items, rest = scan(_PAIR, text[1:])
    if not rest.lstrip().startswith("}"):
        raise ValueError(f"cannot read {cut(rest)!r}; expected 'index value' pairs and a brace")
    if not ends(tail := rest.lstrip()[1:]):
        raise ValueError(f"{cut(tail)!r} after the row; instance weights are not supported")
    columns = [int(item["index"]) for item in items]
    _check_columns(columns, len(attributes))
    pairs = zip(columns, items, strict=True)
    return columns, [attributes[column].read(item["value"]) for column, item in pairs]


def _check_columns(columns: list[int], count: int) -> None:
    previous = -1
    for column in columns:
        if not 0 <= column < count:
            raise ValueError(f"index {column} is out of range; expected 0 to {count - 1}")
        if column <= previous:
            problem = "stands twice" if column == previous else f"comes after {previous}"
            raise ValueError(f"index {column} {problem}; expected rising indices")
        previous = column


def _label_columns(path: Path, header: Header, labels: Any) -> list[int]:
    if labels is None:
        labels = _labels_beside(path, header)
    if isinstance(labels, int | np.integer):
        return _columns_by_count(int(labels), len(header.names))
    if isinstance(labels, str | os.PathLike):
        return _columns_by_xml(path, Path(labels), header.names)
    if not isinstance(labels, Iterable):
        raise TypeError(f"labels is {labels!r}; expected an XML path, names, a number or None")
    check_unique("name in labels", names := list(labels))
    return _columns_by_name(path, names, header.names)


def _labels_beside(path: Path, header: Header) -> Path | int:
    xml = _xml_beside(path)
    if xml.exists():
        return xml
    if meka := _MEKA.search(header.relation):
        return int(meka[1])
    raise ValueError(
        f"labels is None, but there is no {xml.name} beside {path} and no -C in its relation: "
        "pass labels as the path of the XML list, the labels' names, or their number "
        "(negative: at the end)"
    )


def _xml_beside(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".gz").removesuffix(".arff") + ".xml")


def _columns_by_count(count: int, total: int) -> list[int]:
    if not 0 < abs(count) < total:
        raise ValueError(
            f"labels is {count}, but the file has {total} attributes; expected 1 to {total - 1} "
            "labels, or the same below zero for labels at the end"
        )
    return list(range(count)) if count > 0 else list(range(total + count, total))


def _columns_by_name(path: Path, labels: list[str], names: list[str]) -> list[int]:
    for label in labels:
        if label not in names:
            close = difflib.get_close_matches(str(label), names, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"expected some of {some(names)}"
            raise ValueError(f"label {label!r} is not an attribute of {path}; {hint}")
    if not 0 < len(labels) < len(names):
        raise ValueError(
            f"{len(labels)} of the {len(names)} attributes of {path} are labels; "
            "expected at least one label and one feature"
        )
    wanted = set(labels)
    return [j for j, name in enumerate(names) if name in wanted]


def _columns_by_xml(path: Path, xml: Path, names: list[str]) -> list[int]:
    known = set(names)
    # R's mldr escapes quotes in the XML as in the ARFF: Swainson\'s Thrush.
    labels = [name if name in known else unescape(name) for name in _xml_labels(xml)]
    with located(xml, None):
        return _columns_by_name(path, labels, names)


def _xml_labels(xml: Path) -> list[str]:
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(read_bytes(xml))
    except ParseError as error:
        raise ArffError(f"not well-formed XML: {error}", xml, error.position[0]) from None
    except LookupError as error:
        raise ArffError(f"unreadable XML: {error}", xml) from None
    except DefusedXmlException as error:
        raise ArffError(f"refused, it declares entities or a DTD: {error}", xml) from None
    found = [node.get("name") for node in root.iter() if node.tag.rpartition("}")[2] == "label"]
    names = [name for name in found if name is not None]
    if not names or len(names) < len(found):
        raise ArffError("expected <label name=...> elements, as Mulan writes them", xml)
    return list(dict.fromkeys(names))


def _targets(path: Path, rows: list[Line], codes: Any, attributes: list[Attribute]) -> sp.csr_array:
    for attribute in attributes:
        if attribute.categories and np.isnan(truth_of(attribute.categories)).any():
            raise ArffError(
                f"label {attribute.name!r} has the values {some(attribute.categories)}; "
                "expected 0 and 1: is it a feature?",
                path,
                attribute.line,
            )
    values = decode_labels(codes, [attribute.categories for attribute in attributes])
    coo = sp.coo_array(values)
    for entry in np.flatnonzero((coo.data != 0) & (coo.data != 1))[:1]:
        i, j = coo.coords[0][entry], coo.coords[1][entry]
        number = rows[i][0]
        raise ArffError(
            f"label {attributes[j].name!r} is {coo.data[entry]:g}; expected 0 or 1", path, number
        )
    return coo.tocsr()


def _dataset(header: Header, matrix: Any, targets: Any, columns: list[int]) -> Dataset:
    attributes, labels = header.attributes, set(columns)
    kept = [j for j in range(len(attributes)) if j not in labels]
    features = [attributes[j] for j in kept]
    relation = header.relation
    return Dataset(
        X=matrix[:, kept],
        Y=targets,
        feature_names=[attribute.name for attribute in features],
        label_names=[attributes[j].name for j in columns],
        categorical=[attribute.categories is not None for attribute in features],
        categories={j: a.categories for j, a in enumerate(features) if a.categories is not None},
        name=relation.partition(":")[0].strip() if _MEKA.search(relation) else relation,
    )


def _check_writable(dataset: Dataset, path: Path) -> None:
    if not path.name.endswith((".arff", ".arff.gz")):
        raise ValueError(f"path is {str(path)!r}; expected a name ending in .arff or .arff.gz")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"no such folder: {path.parent}: create it first")
    check_unique("column name", [*dataset.feature_names, *dataset.label_names])
    for name in dataset.label_names:
        if bad := _NOT_XML.search(name):
            raise ValueError(
                f"label_names holds {name!r}, but XML has no {bad[0]!r}: rename the label"
            )


def _header_lines(dataset: Dataset) -> Iterator[str]:
    yield f"@relation {quote(dataset.name)}\n"
    for j, name in enumerate(dataset.feature_names):
        values = dataset.categories.get(j)
        kind = "numeric" if values is None else f"{{{','.join(map(quote, values))}}}"
        yield f"@attribute {quote(name)} {kind}"
    for name in dataset.label_names:
        yield f"@attribute {quote(name)} {{0,1}}"
    yield "\n@data"


def _dense_lines(dataset: Dataset) -> Iterator[str]:
    writers = _writers(dataset)
    for x, y in zip(dataset.X.tolist(), dataset.Y.toarray().tolist(), strict=True):
        cells = [write(value) for write, value in zip(writers, x, strict=True)]
        yield ",".join([*cells, *map(str, y)])


def _sparse_lines(dataset: Dataset) -> Iterator[str]:
    X, Y, writers = dataset.X, dataset.Y, _writers(dataset)
    for i in range(dataset.n_samples):
        row = slice(X.indptr[i], X.indptr[i + 1])
        cells = zip(X.indices[row].tolist(), X.data[row].tolist(), strict=True)
        ones = Y.indices[Y.indptr[i] : Y.indptr[i + 1]] + dataset.n_features
        pairs = [f"{j} {writers[j](value)}" for j, value in cells]
        yield f"{{{','.join([*pairs, *(f'{j} 1' for j in ones)])}}}"


def _writers(dataset: Dataset) -> list[Callable[[float], str]]:
    writers: list[Callable[[float], str]] = [write_number] * dataset.n_features
    for j, values in dataset.categories.items():
        # Checked here, whole, so that a wrong code stops the writing before it began.
        dataset.codes(j)
        writers[j] = _value_writer([quote(value) for value in values])
    return writers


def _value_writer(quoted: list[str]) -> Callable[[float], str]:
    return lambda code: "?" if code != code else quoted[int(code)]


def write_number(value: float) -> str:
    """Return the shortest text that WEKA reads as this very number, or as missing."""
    if value != value:
        return "?"
    # WEKA knows Infinity but not inf.
    return repr(value).removesuffix(".0").replace("inf", "Infinity")


def _xml(labels: Sequence[str]) -> str:
    lines = [f"<label name={quoteattr(label)}></label>" for label in labels]
    opening = '<?xml version="1.0" encoding="utf-8"?>'
    space = '<labels xmlns="http://mulan.sourceforge.net/labels">'
    return "\n".join([opening, space, *lines, "</labels>", ""])
