"""The upper half of an ARFF file: names, types, quoting, and errors that know their line."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_QUOTED = r"""'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*\""""
VALUE = rf"""(?P<value>{_QUOTED}|(?!['"])[^,%{{}}]*?)"""
ITEM = re.compile(rf"\s*{VALUE}\s*(?=[,%{{}}]|$)")
_KEYWORD = re.compile(r"@(\w+)\s*(.*)")
_NAME = re.compile(rf"""({_QUOTED}|[^\s{{}}'"][^\s{{}}]*)\s*(.*)""")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|[0-7]{1,3}|.)", re.DOTALL)
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}
_PLAIN = re.compile(r"[A-Za-z0-9_.+-]+")

Line = tuple[int, str]


class ArffError(ValueError):
    """A file that is not the ARFF (or the XML label list) it should be.

    Parameters
    ----------
    message : str
        What was found, what was expected and the remedy.
    path : str or PathLike
        The file at fault.
    line : int, default=None
        Its line at fault, counted from 1; None when no single line is.

    Examples
    --------
    >>> from skml_aemlo.datasets import ArffError
    >>> print(ArffError("2 values where 3 were declared", "birds.arff", 12))
    birds.arff, line 12: 2 values where 3 were declared
    """

    def __init__(self, message: str, path: str | os.PathLike[str], line: int | None = None) -> None:
        super().__init__(message, path, line)
        self.message, self.path, self.line = message, path, line

    def __str__(self) -> str:
        place = "" if self.line is None else f", line {self.line}"
        return f"{os.fspath(self.path)}{place}: {self.message}"


@dataclass(frozen=True)
class Attribute:
    """One declared column; ``categories`` is None if it is numeric."""

    name: str
    categories: tuple[str, ...] | None
    line: int

    @cached_property
    def convert(self) -> Callable[[str], float]:
        """The quick reading of a plain value; what it refuses goes through `read`."""
        return float if self.categories is None else self._index.__getitem__

    @cached_property
    def _index(self) -> dict[str, float]:
        return {value: float(i) for i, value in enumerate(self.categories or ())}

    def read(self, raw: str) -> float:
        """Read one value as it stands in the file, quotes and escapes included."""
        if raw == "?":
            return float("nan")
        value = unquote(raw)
        if self.categories is None:
            return _number(self.name, value)
        if value not in self._index:
            raise ValueError(
                f"{value!r} is not a value of attribute {self.name!r}; "
                f"expected {some(self.categories)}"
            )
        return self._index[value]


@dataclass(frozen=True)
class Header:
    """What stands above the data, and the number of the ``@data`` line."""

    relation: str
    attributes: list[Attribute]
    end: int

    @property
    def names(self) -> list[str]:
        """The attributes' names, in the file's order."""
        return [attribute.name for attribute in self.attributes]


@contextmanager
def located(path: Path, line: int | None) -> Iterator[None]:
    """Add the place to whatever is wrong inside."""
    try:
        yield
    except ArffError:
        raise
    except ValueError as error:
        raise ArffError(str(error), path, line) from None


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes, decompressed if they are gzip's."""
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
    except FileNotFoundError:
        raise FileNotFoundError(f"no such file: {path}; expected a path to read") from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ArffError(f"not a whole gzip file ({error}): fetch it again", path) from None


def read_text(path: Path) -> str:
    """Return a file's text with plain newlines."""
    raw = read_bytes(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Older Mulan files are Latin-1, in which every byte means something.
        text = raw.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def content(line: str) -> str:
    """Return the line stripped; nothing of a comment."""
    text = line.strip()
    return "" if text.startswith("%") else text


def read_header(path: Path, lines: list[Line]) -> Header:
    """Read the lines up to ``@data``."""
    relation = path.name.removesuffix(".gz").removesuffix(".arff")
    attributes: dict[str, Attribute] = {}
    for number, line in lines:
        with located(path, number):
            keyword, rest = _keyword(content(line))
            if keyword == "relation":
                relation = _relation(rest) or relation
            elif keyword == "attribute":
                _declare(attributes, _attribute(rest, number))
            elif keyword == "data":
                return Header(relation, list(attributes.values()), number)
    raise ArffError("no @data line: the file is cut short or no ARFF file", path, len(lines))


def _declare(attributes: dict[str, Attribute], new: Attribute) -> None:
    if old := attributes.get(new.name):
        raise ValueError(
            f"attribute {new.name!r} was declared in line {old.line} already; "
            "expected one name each: rename it"
        )
    attributes[new.name] = new


def _keyword(text: str) -> tuple[str, str]:
    match = _KEYWORD.fullmatch(text)
    keyword = match[1].lower() if match else ""
    if text and keyword not in ("relation", "attribute", "data"):
        raise ValueError(f"{cut(text)!r} in the header; expected @relation, @attribute or @data")
    return keyword, match[2] if match else ""


def _relation(text: str) -> str:
    match = re.match(_QUOTED, text)
    return unquote(match[0]) if match else text


def _attribute(text: str, line: int) -> Attribute:
    match = _NAME.fullmatch(text)
    if match is None:
        raise ValueError(f"cannot read the attribute {cut(text)!r}; expected a name and a type")
    name, kind = unquote(match[1]), match[2]
    if kind.startswith("{"):
        return Attribute(name, _nominal(name, kind), line)
    word = kind.partition("%")[0].strip().lower()
    if word not in ("numeric", "real", "integer"):
        raise ValueError(
            f"attribute {name!r} has the type {word!r}; expected numeric, real, integer or "
            "{...}: drop or encode the attribute"
        )
    return Attribute(name, None, line)


def _nominal(name: str, text: str) -> tuple[str, ...]:
    items, rest = scan(ITEM, text[1:])
    values = [unquote(item["value"]) for item in items]
    if not rest.startswith("}") or not ends(rest[1:]):
        raise ValueError(f"cannot read the values of attribute {name!r} at {cut(rest)!r}")
    if values == [""] and "'" not in text and '"' not in text:
        raise ValueError(f"nominal attribute {name!r} has no values; expected at least one")
    check_unique(f"value of attribute {name!r}", values)
    return tuple(values)


def check_unique(what: str, names: Iterable[str]) -> None:
    """Raise on the first name that comes a second time."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"the {what} {name!r} stands twice; expected each once: rename it")
        seen.add(name)


def scan(pattern: re.Pattern[str], text: str) -> tuple[list[re.Match[str]], str]:
    """Match comma-separated items; return them and what follows the last."""
    found, position = [], 0
    while match := pattern.match(text, position):
        found.append(match)
        position = match.end()
        if text[position : position + 1] != ",":
            break
        position += 1
    return found, text[position:]


def ends(rest: str) -> bool:
    """Say whether a line holds nothing more than blanks or a comment."""
    return not rest.strip() or rest.lstrip().startswith("%")


def unquote(raw: str) -> str:
    """Return the name or value that a quoted or plain text stands for."""
    return unescape(raw[1:-1]) if raw[:1] in ("'", '"') else raw


def unescape(text: str) -> str:
    """Resolve the backslash escapes of a quoted text."""
    return _ESCAPE.sub(_meaning, text)


def _meaning(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) == 5:
        return chr(int(code[1:], 16))
    return chr(int(code, 8)) if code.isdigit() and code < "8" else _CONTROLS.get(code, code)


def _number(name: str, value: str) -> float:
    try:
        return float("" if "_" in value else value)
    except ValueError:
        raise ValueError(
            f"{value!r} is not a number, as attribute {name!r} wants; write ? if it is missing"
        ) from None


def cut(text: str) -> str:
    """Shorten what an error message quotes."""
    return text if len(text) <= 60 else f"{text[:57]}..."


def some(names: Sequence[str]) -> str:
    """List the first names for an error message."""
    return ", ".join(map(repr, names[:8])) + (", ..." if len(names) > 8 else "")


def quote(name: str) -> str:
    """Write a name or value so that `unquote` gives it back."""
    if _PLAIN.fullmatch(name):
        return name
    return "'" + "".join(map(_escape, name)) + "'"


def _escape(character: str) -> str:
    if character in "'\"\\%":
        return "\\" + character
    return character if character.isprintable() else _escape_unprintable(character)


def _escape_unprintable(character: str) -> str:
    # Beyond the basic plane there is no \u form; nothing there can break a line.
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else character
