"""The file a comparison can be killed beside: one JSON line per finished cell, never half a line.

The first line says what the file is and which experiment began it; a later experiment with other
arguments adds its own such line. Cells are known by a key that holds everything their result
depends on, so cells of different experiments live in one file without mixing.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

__all__ = ["Journal"]

FORMAT = "skml_aemlo comparison 1"
_OPENING = f'{{"format": "{FORMAT}"'


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
        If the file is there and is no comparison's, or a line other than the last is broken.

    Notes
    -----
    A process killed while it writes leaves a last line without its end; that line is cut off and
    its cell computed again. One process may write to a file at a time.

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
        self.path = None if path is None else Path(path)
        self.cells: dict[str, dict[str, Any]] = {}
        self.experiments: list[dict[str, Any]] = []
        if self.path is not None and self.path.exists():
            self._read(self.path)

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
        """
        if not self.experiments:
            self.begin({})
        self._append({"key": key, "cell": cell})
        self._take(key, cell)

    def _take(self, key: str, cell: dict[str, Any]) -> None:
        self.cells[key] = {**self.cells.get(key, {}), **cell}

    def _append(self, record: dict[str, Any]) -> None:
        if self.path is None:
            return
        is_new = not self.path.exists()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(json.dumps(record, allow_nan=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            _sync_folder(self.path.parent)

    def _read(self, path: Path) -> None:
        if path.is_dir():
            raise ValueError(f"out={str(path)!r} is a folder; name a file in it: results.jsonl.")
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if not _is_ours(content[: len(_OPENING)]):
            raise ValueError(
                f"{path} is not a file of comparison results; choose another place for out."
            )
        for number, line in enumerate(content[:whole].splitlines(), start=1):
            self._read_line(number, line)
        if whole < len(content):
            os.truncate(path, whole)

    def _read_line(self, number: int, line: bytes) -> None:
        try:
            record = json.loads(line)
            if "experiment" in record:
                self.experiments.append(record["experiment"])
            else:
                self._take(record["key"], record["cell"])
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{self.path}, line {number}, is broken: {line[:40]!r}; remove that line and its "
                "cell is computed again, or choose another place for out."
            ) from error


def _is_ours(start: bytes) -> bool:
    """Tell whether a file begins as ours do, or as far as one of ours came before it was killed."""
    return _OPENING.encode().startswith(start)


def _sync_folder(folder: Path) -> None:
    """Make sure that the disk knows the new file's name, where the system can tell."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
