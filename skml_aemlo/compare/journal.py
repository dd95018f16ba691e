"""The file a comparison can be killed beside: one JSON line per finished cell, never half a line.

The first line says what the file is and which experiment began it; a later experiment with other
arguments adds its own such line. Cells are known by a key that holds everything their result
depends on, so cells of different experiments live in one file without mixing.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Any

from .locking import take_lock

__all__ = ["RESULTS", "Journal", "read_path"]

RESULTS = "results.jsonl"
"""What the file is called in a folder of its own."""

_ANY_FORMAT = b'{"format": "skml_aemlo comparison '
FORMAT = "skml_aemlo comparison 1"
_OPENING = f'{{"format": "{FORMAT}"'.encode()


class Journal:
    """Cells in a file of JSON lines, appended one by one and flushed to the disk each time.

    Parameters
    ----------
    path : str, path-like or None
        The file; it and its folder are made on the first line written. None keeps the cells in
        memory only.

    Attributes
    ----------
    cells : dict of str to dict
        Every cell of the file, by its key. Of two lines with one key the later one adds to and
        overrides the earlier.
    experiments : list of dict
        The experiments that wrote to the file, the last one at the end.

    Raises
    ------
    ValueError
        If the file is there and is no comparison's, is one of another version, or a line other
        than the last is broken.
    OSError
        If it cannot be read.

    Notes
    -----
    Reading changes nothing. A process killed while it writes leaves a last line without its end;
    the next one to write cuts that line off, and its cell is computed again. Whoever writes holds a
    lock on the file, which the operating system takes back when the process ends, however it ends.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "results.jsonl"
    >>> Journal(path).append_cell("k1", {"macro_f": 0.5})
    >>> Journal(path).cells
    {'k1': {'macro_f': 0.5}}
    >>> folder.cleanup()
    """

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        self.path = None if path is None else read_path(path, "out")
        self.cells: dict[str, dict[str, Any]] = {}
        self.experiments: list[dict[str, Any]] = []
        self._noted_under: dict[str, int] = {}
        self._file: FileIO | None = None
        self._end = 0
        if self.path is not None:
            self._read(_content(self.path))

    def begin(self, experiment: dict[str, Any]) -> None:
        """Note the experiment that the coming cells belong to, unless the last note says so.

        Parameters
        ----------
        experiment : dict
            Whatever identifies it, as JSON can hold it.
        """
        experiment = json.loads(json.dumps(experiment))
        if experiment not in self.experiments[-1:]:
            self._append({"format": FORMAT, "experiment": experiment})
            self.experiments.append(experiment)

    def append_cell(self, key: str, cell: dict[str, Any]) -> None:
        """Write a finished cell and wait until the disk has it.

        Parameters
        ----------
        key : str
            What the cell's result depends on.
        cell : dict
            Its result, as JSON can hold it; no NaN.

        Raises
        ------
        OSError
            If it cannot be written, for want of space or otherwise; the file is as it was before.
        """
        if not self.experiments:
            self.begin({})
        self._append({"key": key, "cell": cell})
        self._take(key, cell)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep the file open and locked while the block runs.

        Whatever was written since the file was read is read first, and a line without its end is
        cut off.

        Raises
        ------
        OSError
            If the file or its folder cannot be made or written, or another process writes to it.
        """
        if self.path is None or self._file is not None:
            yield
            return
        with _opened(self.path) as self._file:
            try:
                self._catch_up(self._file)
                yield
            finally:
                self._file = None

    def _catch_up(self, file: FileIO) -> None:
        if os.fstat(file.fileno()).st_size != self._end:
            file.seek(0)
            self._read(file.readall())
            file.truncate(self._end)

    def _take(self, key: str, cell: dict[str, Any]) -> None:
        self.cells[key] = {**self.cells.get(key, {}), **cell}
        self._noted_under[key] = len(self.experiments) - 1

    def mixed_versions(self, keys: Iterable[str]) -> dict[str, list[str]]:
        """Return the packages that some of these cells were computed with in one version, some not.

        Parameters
        ----------
        keys : iterable of str
            Of cells; those that are not there are passed over.

        Returns
        -------
        dict of str to list of str
            Package to its versions, the first met first.
        """
        met = self.versions_met(keys)
        return {package: list(versions) for package, versions in met.items() if len(versions) > 1}

    def versions_met(self, keys: Iterable[str]) -> dict[str, Counter[str]]:
        """Count the cells that were computed with each version of each package.

        Parameters
        ----------
        keys : iterable of str
            Of cells; those that are not there are passed over.

        Returns
        -------
        dict of str to Counter
            Package to how many cells by version, the first met first. A package that was noted for
            one sampler or classifier counts for the cells of that one only.
        """
        there = [key for key in keys if key in self._noted_under]
        met: dict[str, Counter[str]] = {}
        for key in sorted(there, key=self._noted_under.__getitem__):
            note = self.experiments[self._noted_under[key]]
            idle = _unused_by(self.cells[key], note.get("uses", {}))
            for package, version in note.get("versions", {}).items():
                if package not in idle:
                    met.setdefault(package, Counter())[version] += 1
        return met

    def _append(self, record: dict[str, Any]) -> None:
        line = json.dumps(record, allow_nan=False).encode() + b"\n"
        with self.writing():
            if self._file is not None:
                self._catch_up(self._file)
                _write(self._file, line, self._end, self.path)
                self._end += len(line)

    def _read(self, content: bytes) -> None:
        _refuse_others(content, self.path)
        self._end = content.rfind(b"\n") + 1
        self.cells, self.experiments, self._noted_under = {}, [], {}
        for number, line in enumerate(content[: self._end].split(b"\n")[:-1], start=1):
            self._read_line(number, line)

    def _read_line(self, number: int, line: bytes) -> None:
        try:
            record = json.loads(line, parse_constant=_refuse_constant)
            if "experiment" in record:
                self.experiments.append({**record["experiment"]})
            else:
                self._take(record["key"], record["cell"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(
                f"{self.path}, line {number}, is broken: {line[:40]!r}; remove that line and its "
                "cell is computed again, or choose another place for out."
            ) from error


def _unused_by(cell: dict[str, Any], uses: dict[str, dict[str, list[str]]]) -> set[str]:
    """Return the packages that parts of an experiment use, but none of this cell's."""
    everyone = {package for parts in uses.values() for used in parts.values() for package in used}
    own = {"samplers": cell.get("sampler"), "estimators": cell.get("estimator")}
    mine = [uses.get(kind, {}).get(str(name), ()) for kind, name in own.items()]
    return everyone - {package for used in mine for package in used}


def read_path(given: str | os.PathLike[str], name: str) -> Path:
    """Return a path, or refuse what is none.

    Parameters
    ----------
    given : str or path-like
    name : str
        What the caller calls it.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        If it is no path, or one that no file can have.

    Examples
    --------
    >>> read_path(3, "out")
    Traceback (most recent call last):
    ValueError: out must be a path, got 3.
    """
    if not isinstance(given, str | os.PathLike) or not isinstance(os.fspath(given), str):
        raise ValueError(f"{name} must be a path, got {given!r:.80}.")
    if "\0" in os.fspath(given):
        raise ValueError(f"{name}={os.fspath(given)!r:.80} holds a null, which no path may.")
    return Path(given)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _content(path: Path) -> bytes:
    """Return what a file holds: nothing, where there is none."""
    try:
        if path.is_dir():
            raise ValueError(f"out={str(path)!r} is a folder; name a file in it: {RESULTS}.")
        if path.exists() and not path.is_file():
            raise ValueError(f"out={str(path)!r} is no ordinary file; choose another place.")
        return path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise _told(error, f"{path} cannot be read", "choose another place for out") from error


def _refuse_others(content: bytes, path: Path | None) -> None:
    """Refuse a file that does not begin as ours do, or as far as a killed process came with it."""
    if _OPENING.startswith(content[: len(_OPENING)]):
        return
    if content.startswith(_ANY_FORMAT):
        found = content[len(_ANY_FORMAT) :].split(b'"')[0][:20].decode(errors="replace")
        raise ValueError(
            f"{path} was written by another version of skml_aemlo (format {found}, this one reads "
            f"and writes {FORMAT.split()[-1]}); choose another place for out."
        )
    raise ValueError(f"{path} is not a file of comparison results; choose another place for out.")


@contextmanager
def _opened(path: Path) -> Iterator[FileIO]:
    try:
        is_new = not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b", buffering=0)
    except OSError as error:
        raise _told(error, f"{path} cannot be written", "choose another place for out") from error
    with file:
        take_lock(file, path)
        if is_new:
            _sync_folder(path.parent)
        yield file


def _write(file: FileIO, line: bytes, end: int, path: Path | None) -> None:
    """Append a line whole, or not at all."""
    try:
        rest = line
        while rest:
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())
    except BaseException as error:
        with suppress(OSError):  # the next one to write cuts off what stays
            file.truncate(end)
        if not isinstance(error, OSError):
            raise
        raise _told(
            error,
            f"{path} could not be written",
            "what it held is kept: make room, and the same call goes on from there",
        ) from error


def _told(error: OSError, what: str, remedy: str) -> OSError:
    """Return an error of the same kind that says what could not be done, why, and what to do."""
    return type(error)(f"{what} ({error.strerror or error}); {remedy}.")


def _sync_folder(folder: Path) -> None:
    """Make sure that the disk knows the new file's name, where the system can tell."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
