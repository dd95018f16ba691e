"""Where a command's data come from."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..datasets import Dataset, fetch, load_arff, load_synthetic
from ..datasets.openml import OPENML_IDS

__all__ = ["add_command", "add_data", "load", "stem"]


def add_command(commands: Any, name: str, run: Callable[[Any], int], summary: str) -> Any:
    """Add a command and return its parser."""
    command = commands.add_parser(name, help=summary, description=summary)
    command.set_defaults(command=run)
    return command


def add_data(command: Any, **options: Any) -> None:
    """Add the arguments that name data sets."""
    command.add_argument(
        "data",
        metavar="DATA",
        help="'synthetic', an OpenML name, or a path to an ARFF file",
        **options,
    )
    command.add_argument(
        "--labels",
        help="of an ARFF file: path to the XML label list (default: the one beside the file), "
        "their number (negative: at the end), or names separated by commas",
    )


def load(source: str, labels: str | None) -> Dataset:
    """Return a data set by path or name, called as its file is."""
    path = Path(source)
    if path.is_file():
        return replace(load_arff(path, labels=_read_labels(labels)), name=stem(path))
    if source == "synthetic":
        return load_synthetic()
    known = ["synthetic", *OPENML_IDS]
    if source.lower() in (name.lower() for name in known):
        return fetch(source)
    near = difflib.get_close_matches(source, known, n=1)
    hint = f"did you mean {near[0]!r}? Known" if near else "known"
    raise ValueError(
        f"DATA {source!r} is no file and no known data set; {hint}: {', '.join(known)}"
    )


def stem(path: Path) -> str:
    """Return the name of an ARFF file without its endings."""
    return path.name.removesuffix(".gz").removesuffix(".arff")


def _read_labels(text: str | None) -> Any:
    """Read --labels as a number, the path of an XML file, or names."""
    if text is None or text.lower().endswith(".xml"):
        return text
    try:
        return int(text)
    except ValueError:
        return [name.strip() for name in text.split(",")]
