"""Where a command's data come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..compare.study import OPTIONS, read_option
from ..datasets import ArffError, Dataset, fetch, load_arff, load_synthetic

__all__ = ["add_command", "add_data", "load", "load_all", "stem"]


def add_command(commands: Any, name: str, run: Callable[[Any], int], summary: str) -> Any:
    """Add a command and return its parser."""
    command = commands.add_parser(name, help=summary, description=summary)
    command.set_defaults(command=run)
    return command


def add_data(command: Any) -> None:
    """Add the arguments that name a data set."""
    command.add_argument("data", metavar="DATA", help=OPTIONS["data"].help)
    command.add_argument("--labels", help=OPTIONS["labels"].help)


def load(source: str, labels: str | None) -> Dataset:
    """Return a data set by path or name, called as its file is."""
    (found,) = read_option("data", [source])
    return _load({**found, "labels": None if labels is None else read_option("labels", labels)})


def load_all(sources: list[dict[str, Any]]) -> list[Dataset]:
    """Return the data sets of a comparison, each with a name of its own."""
    names: dict[str, str] = {}
    for source in sources:
        name, path = _name_of(source), source["path"]
        if names.get(name) == path:
            raise ValueError(f"DATA: {path!r} is given twice; leave one out.")
        if name in names:
            raise ValueError(
                f"DATA: {names[name]!r} and {path!r} are both called {name!r}; name one of them in "
                f'an experiment file: data = [..., {{path = "{path}", name = "..."}}].'
            )
        names[name] = path
    return [_load(source) for source in sources]


def stem(path: Path) -> str:
    """Return the name of an ARFF file without its endings."""
    return path.name.removesuffix(".gz").removesuffix(".arff")


def _name_of(source: dict[str, Any]) -> str:
    path = Path(source["path"])
    return str(source.get("name") or (stem(path) if path.exists() else source["path"]))


def _load(source: dict[str, Any]) -> Dataset:
    path = Path(source["path"])
    if path.exists():
        data = _load_file(path, source.get("labels"))
    else:
        data = load_synthetic() if source["path"].lower() == "synthetic" else _fetch(source["path"])
    return replace(data, name=source["name"]) if source.get("name") else data


def _fetch(name: str) -> Dataset:
    try:
        return fetch(name)
    except ConnectionError as error:
        told = str(error).replace("and use load_arff", "and give its path as DATA")
        raise ConnectionError(told) from None


def _load_file(path: Path, labels: Any) -> Dataset:
    if path.is_dir():
        raise ValueError(f"DATA {str(path)!r} is a folder; name an ARFF file in it.")
    try:
        return replace(load_arff(path, labels=labels), name=stem(path))
    except ArffError as error:
        if path.name.removesuffix(".gz").endswith(".arff"):
            raise
        raise ValueError(
            f"DATA {str(path)!r} is no ARFF file ({error}); read are ARFF files of Mulan and MEKA, "
            "plain or gzipped. Arrays and frames are compared in Python, with compare.run."
        ) from None
    except ValueError as error:
        raise ValueError(_in_options(str(error))) from None


def _in_options(message: str) -> str:
    """Say a message of `load_arff` with the command line's words."""
    unsaid = message.removeprefix("labels is None, but ")
    if unsaid != message:
        found, _, remedy = unsaid.partition(": pass labels as ")
        return f"{found}: give --labels, {remedy}"
    return f"--{message}" if message.startswith("labels is ") else message
