"""The experiment file: every option of a comparison, and what its table was made from.

One table of options says what the command line takes and what the file may hold, so that the two
cannot drift apart.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from numbers import Integral
from pathlib import Path
from typing import Any

from .._files import write_whole
from .._phrases import suggestion, unknown
from ..datasets.openml import OPENML_IDS
from ..registry import make_sampler
from .conventions import CONVENTIONS, find_convention
from .estimators import make_estimator
from .extras import require, require_tomli_w
from .journal import RESULTS
from .parameters import refuse_unfit
from .scoring import DEFAULT_METRICS, METRICS, find_metrics
from .splitting import read_cv

__all__ = [
    "OPTIONS",
    "STUDY",
    "MissingData",
    "Option",
    "Study",
    "complete",
    "make_parts",
    "read_flag",
    "read_option",
    "read_study",
    "write_study",
]

STUDY = "study.toml"
_KNOWN_DATA = ("synthetic", *OPENML_IDS)
_PROVENANCE = "provenance"
_HEADING = (
    "# What the tables of this folder were made from; this remakes them:\n"
    "# python -m skml_aemlo compare --again FOLDER\n"
    "# For another experiment change a copy, and give that to --config.\n\n"
)


class MissingData(ValueError):
    """Data are named that are neither a file nor known."""


@dataclass(frozen=True)
class Option:
    """One option of a comparison, on the command line and in the file alike.

    Parameters
    ----------
    key : str
        Its name in the file, and behind two dashes on the command line.
    read : callable
        Takes the value as the file has it and the folder that paths are relative to; returns the
        value as the program wants it, or raises ValueError.
    help : str
        What the command line says of it.
    default : object
        None where there is none.
    many : bool
        Whether the command line takes several values.
    required : bool
    shapes : bool
        Whether the results depend on it.
    number : bool
        Whether it is a whole number.
    """

    key: str
    read: Callable[[Any, Path], Any]
    help: str
    default: Any = None
    many: bool = False
    required: bool = False
    shapes: bool = True
    number: bool = False

    @property
    def flag(self) -> str:
        """What the command line calls it."""
        return "DATA" if self.key == "data" else f"--{self.key}"


def _read_text(value: Any, folder: Path) -> str:
    """Read text; a whole number may stand for it."""
    if isinstance(value, str) or _is_whole(value):
        return str(value)
    raise ValueError(f"expected text, got {value!r}.")


def _read_number(value: Any, folder: Path) -> int:
    """Read a whole number."""
    if _is_whole(value):
        return int(value)
    raise ValueError(f"expected a whole number, got {value!r}.")


def read_flag(value: Any, folder: Path) -> bool:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    raise ValueError(f"expected true or false, got {value!r}.")


def _read_path(value: Any, folder: Path) -> str:
    """Read a path, relative to the folder."""
    if isinstance(value, str) and value:
        return str(folder / value)
    raise ValueError(f"expected a path, got {value!r}.")


def _read_names(value: Any, folder: Path) -> list[str]:
    """Read a list of names, no name twice."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
        raise ValueError(f"expected a list of names, got {value!r}.")
    joined = next((name for name in names if "," in name), None)
    if joined is not None:
        apart = [name for name in joined.replace(",", " ").split() if name]
        raise ValueError(f"{joined!r} holds a comma; write the names apart: {' '.join(apart)}.")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{twice!r} stands there twice; leave one out.")
    return names


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _read_cv(value: Any, folder: Path) -> str:
    text = _read_text(value, folder)
    read_cv(text)
    return text


def _read_metrics(value: Any, folder: Path) -> list[str]:
    names = _read_names(value, folder)
    find_metrics(names)
    return names


def _read_convention(value: Any, folder: Path) -> str:
    return find_convention(_read_text(value, folder)).name


def _read_seed(value: Any, folder: Path) -> int:
    seed = _read_number(value, folder)
    if seed < 0:
        raise ValueError(f"expected a number that is not negative, got {seed}.")
    return seed


def _read_jobs(value: Any, folder: Path) -> int:
    jobs = _read_number(value, folder)
    if jobs == 0:
        raise ValueError("0 workers compute nothing; give 1 or more, or -1 for one per core.")
    return jobs


def _read_labels(value: Any, folder: Path) -> Any:
    """Read which attributes are labels: a number, an XML path, a list of names or text of them."""
    if _is_whole(value) or (isinstance(value, list) and all(isinstance(n, str) for n in value)):
        return value
    if not isinstance(value, str):
        raise ValueError(
            f"expected the path of an XML label list, a number or a list of names, got {value!r}."
        )
    if value.lower().endswith(".xml"):
        return str(folder / value)
    try:
        return int(value)
    except ValueError:
        return [name.strip() for name in value.split(",")]


def _read_data(value: Any, folder: Path) -> list[dict[str, Any]]:
    given = value if isinstance(value, list) else [value]
    if not given:
        raise ValueError("expected at least one data set.")
    return [_read_source(one, folder) for one in given]


def _read_source(given: Any, folder: Path) -> dict[str, Any]:
    source = {"path": given} if isinstance(given, str) else given
    if not isinstance(source, dict) or not isinstance(source.get("path"), str):
        raise ValueError(
            'expected paths, names of data sets, or tables such as {path = "a.arff", labels = -6}; '
            f"got {given!r}."
        )
    _refuse_unknown(source, ("path", "labels", "name"))
    if "labels" in source:
        source = {**source, "labels": _read_labels(source["labels"], folder)}
    if not isinstance(source.get("name", ""), str):
        raise ValueError(f"expected text as name, got {source['name']!r}.")
    return {**source, "path": _find_data(source["path"], folder)}


def _find_data(path: str, folder: Path) -> str:
    place = folder / path
    if place.exists():
        return str(place)
    if path.lower() in (name.lower() for name in _KNOWN_DATA):
        return path
    looked = "" if folder == Path() else f" ({place} is not there)"
    raise MissingData(
        f"{path!r} is no file and no known data set{looked}; {suggestion(path, _KNOWN_DATA)}."
    )


def _read_parts(kind: str, make: Callable[[str], Any]) -> Callable[[Any, Path], Any]:
    """Return a reader of names, or of a table of name -> name or table with parameters."""

    def read(value: Any, folder: Path) -> dict[str, dict[str, Any]]:
        if not isinstance(value, dict):
            value = {name: name for name in _read_names(value, folder)}
        if not value:
            raise ValueError(f"expected at least one {kind}.")
        parts = {name: _read_part(kind, name, given) for name, given in value.items()}
        for name, part in parts.items():
            _make_part(kind, make, name, part)
        return parts

    return read


def _read_part(kind: str, name: str, given: Any) -> dict[str, Any]:
    part = {kind: given} if isinstance(given, str) else given
    if not isinstance(part, dict) or not isinstance(part.get(kind, name), str):
        raise ValueError(
            f'{name}: expected a name, or a table such as {{{kind} = "...", parameter = 3}}; '
            f"got {given!r}."
        )
    return {kind: part.get(kind, name), **part}


def _make_part(kind: str, make: Callable[[str], Any], name: str, part: dict[str, Any]) -> Any:
    params = {key: value for key, value in part.items() if key != kind}
    made = make(part[kind])
    if not params:
        return made
    if made is None:
        raise ValueError(f"{name}: {part[kind]!r} takes no parameters; got {', '.join(params)}.")
    try:
        made.set_params(**params)
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{name}: {error}") from None
    refuse_unfit(name, made)
    return made


_MAKERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "samplers": ("sampler", make_sampler),
    "estimators": ("estimator", make_estimator),
}


def make_parts(key: str, parts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Make the samplers or estimators that an option describes.

    Parameters
    ----------
    key : {"samplers", "estimators"}
    parts : dict of str to dict
        As `read_option` returns them.

    Returns
    -------
    dict of str to object
        By the names that tables shall show.

    Examples
    --------
    >>> parts = read_option("samplers", {"mlsmote-9": {"sampler": "mlsmote", "n_neighbors": 9}})
    >>> make_parts("samplers", parts)
    {'mlsmote-9': MLSMOTE(n_neighbors=9)}
    """
    kind, make = _MAKERS[key]
    return {name: _make_part(kind, make, name, part) for name, part in parts.items()}


_TABLE = (
    Option(
        "data",
        _read_data,
        "'synthetic', an OpenML name, or a path to an ARFF file",
        many=True,
        required=True,
    ),
    Option(
        "labels",
        _read_labels,
        "of an ARFF file: path to the XML label list (default: the one beside the file), "
        "their number (negative: at the end), or names separated by commas",
    ),
    Option(
        "samplers",
        _read_parts(*_MAKERS["samplers"]),
        "names that 'list' shows",
        many=True,
        required=True,
    ),
    Option(
        "estimators",
        _read_parts(*_MAKERS["estimators"]),
        "names that 'list' shows (default: br-tree mlknn)",
        ["br-tree", "mlknn"],
        many=True,
    ),
    Option("cv", _read_cv, "repeats x folds (default: 2x5)", "2x5"),
    Option(
        "metrics",
        _read_metrics,
        f"all, or some of {', '.join(METRICS)} (default: {' '.join(DEFAULT_METRICS)})",
        list(DEFAULT_METRICS),
        many=True,
    ),
    Option(
        "convention",
        _read_convention,
        f"whose rules hold where a metric is undefined: {', '.join(CONVENTIONS)} "
        "(default: default)",
        "default",
    ),
    Option("seed", _read_seed, "random seed (default: 0)", 0, number=True),
    Option(
        "out",
        _read_path,
        f"folder for {RESULTS}, table.csv and {STUDY}",
        required=True,
        shapes=False,
    ),
    Option("jobs", _read_jobs, "workers (default: 1; -1: one per core)", number=True, shapes=False),
    Option(
        "dask",
        _read_text,
        "compute on the Dask cluster of this scheduler's address instead",
        shapes=False,
    ),
    Option(
        "retry-failed",
        read_flag,
        "compute again the cells that failed before",
        False,
        shapes=False,
    ),
    Option("report", read_flag, "write report.html, figures and tables", True, shapes=False),
    Option("progress", read_flag, "show a progress bar", True, shapes=False),
)
OPTIONS: dict[str, Option] = {option.key: option for option in _TABLE}
"""Key -> option, in the order of the file and of the command line's help."""


def read_option(key: str, value: Any, folder: Path = Path(), place: str = "") -> Any:
    """Read the value of an option.

    Parameters
    ----------
    key : str
        One of `OPTIONS`.
    value : object
        As the file or the command line has it.
    folder : Path
        What its paths are relative to.
    place : str
        Where it was found, for the error; by default the command line.

    Returns
    -------
    object

    Raises
    ------
    ValueError
        If the value does not fit.

    Examples
    --------
    >>> read_option("jobs", 0)
    Traceback (most recent call last):
    ValueError: --jobs: 0 workers compute nothing; give 1 or more, or -1 for one per core.
    """
    try:
        return OPTIONS[key].read(value, folder)
    except ValueError as error:
        kind = MissingData if isinstance(error, MissingData) else ValueError
        raise kind(f"{place or OPTIONS[key].flag}: {error}") from None


@dataclass(frozen=True)
class Study:
    """An experiment file as it was read.

    Parameters
    ----------
    path : Path
        The file.
    options : dict
        What it says of each option it names, as the program wants it.
    provenance : dict
        What the run that wrote it noted; empty in a file written by hand.
    """

    path: Path
    options: dict[str, Any] = field(repr=False)
    provenance: dict[str, Any] = field(repr=False)


def read_study(path: str | os.PathLike[str]) -> Study:
    """Read an experiment file.

    Parameters
    ----------
    path : path-like
        A TOML file; paths in it are relative to its folder.

    Returns
    -------
    Study

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no TOML, holds an unknown key, or a value that does not fit.

    Examples
    --------
    >>> read_study("nowhere.toml")
    Traceback (most recent call last):
    FileNotFoundError: nowhere.toml: no such experiment file.
    """
    path = Path(path)
    document = _parse(path)
    provenance = document.pop(_PROVENANCE, {})
    if not isinstance(provenance, dict):
        raise ValueError(f"{path}: {_PROVENANCE}: expected a table, got {provenance!r}.")
    try:
        _refuse_unknown(document, OPTIONS)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    options = {
        key: read_option(key, value, path.parent, f"{path}: {key}")
        for key, value in document.items()
    }
    return Study(path, options, provenance)


def _parse(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such experiment file.")
    parser = _toml_reader()
    try:
        return dict(parser.loads(path.read_text(encoding="utf-8-sig")))
    # TOMLDecodeError and UnicodeDecodeError are ValueErrors; brackets may be nested without end
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not TOML: {error}") from None


def _toml_reader() -> Any:
    if sys.version_info >= (3, 11):
        import tomllib

        return tomllib
    return require("tomli", "on Python 3.10 an experiment file needs")


def _refuse_unknown(table: dict[str, Any], known: Iterable[str]) -> None:
    for key in table:
        if key not in known:
            raise ValueError(unknown("key", key, known))


def complete(options: dict[str, Any], source: str = "an experiment file") -> dict[str, Any]:
    """Return options with defaults for those not given.

    Parameters
    ----------
    options : dict
        Those given, as `read_option` returns them.
    source : str
        Where else they might have been given, for the error.

    Returns
    -------
    dict
        All options; None for those that have no default. ``labels`` has gone to the data sets
        that do not say their own.

    Raises
    ------
    ValueError
        If a required one is missing.

    Examples
    --------
    >>> complete({"data": [{"path": "synthetic"}], "samplers": {}, "out": "runs"})["cv"]
    '2x5'
    """
    missing = [o for o in OPTIONS.values() if o.required and o.key not in options]
    if missing:
        flags, keys = (", ".join(getattr(o, name) for o in missing) for name in ("flag", "key"))
        raise ValueError(f"{flags} must be given, or {keys} in {source}; see compare --help")
    defaults = {
        key: None if option.default is None else option.read(option.default, Path())
        for key, option in OPTIONS.items()
        if key not in options
    }
    whole = {**defaults, **options}
    labels = whole["labels"]
    if labels is not None:
        whole["data"] = [{"labels": labels, **source} for source in whole["data"]]
    return {key: whole[key] for key in OPTIONS if key != "labels"}


def write_study(
    folder: Path, options: dict[str, Any], provenance: dict[str, Any], *, resumes: bool
) -> Path | None:
    """Write the experiment file of a folder, unless it is there already.

    Parameters
    ----------
    folder : Path
        Where the results lie; the file's paths are relative to it.
    options : dict
        As `complete` returns them.
    provenance : dict
        ``versions``, ``data`` (name to fingerprint and shape) and whatever else TOML can hold.
    resumes : bool
        Whether cells are left to compute, so that a change of versions matters.

    Returns
    -------
    Path or None
        What the file of another experiment, or of other versions, is called now.

    Raises
    ------
    ImportError
        If tomli-w is missing.
    """
    tomli_w = require_tomli_w()
    path = folder / STUDY
    if path.is_dir():
        raise ValueError(f"{path} is a folder; move it away, or choose another place for out.")
    document = {**_written(options, folder), _PROVENANCE: provenance}
    if path.exists() and _agree(path, document, resumes):
        return None
    content = _encoded(_HEADING + tomli_w.dumps(document))
    folder.mkdir(parents=True, exist_ok=True)
    older = _place_for(path) if path.exists() else None
    if older is not None and not older.exists():
        write_whole(older, path.read_bytes())
    write_whole(path, content)
    return older


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        near = text[max(error.start - 20, 0) : error.end + 20]
        raise ValueError(
            f"{STUDY} can hold no name or path that is not Unicode, got ...{near!r}...; give the "
            "file or the folder another name."
        ) from None


def _place_for(path: Path) -> Path:
    """Return where a file that gives way is kept: where one like it lies, or under a free name."""
    for number in count(1):
        kept = path.with_name(f"study-{number}.toml")
        if not kept.exists() or _are_alike(kept, path):
            break
    return kept


def _are_alike(*paths: Path) -> bool:
    try:
        one, other = (_parse(path) for path in paths)
    except ValueError:
        return False
    return one.get("data") == other.get("data") and _identity(one, True) == _identity(other, True)


def _agree(path: Path, document: dict[str, Any], resumes: bool) -> bool:
    """Tell whether a file is of the same experiment: its paths and its speed do not count."""
    try:
        there = _parse(path)
    except ValueError:
        return False
    parts = [_identity(one, resumes) for one in (there, document)]
    return parts[0] == parts[1]


def _identity(document: dict[str, Any], with_versions: bool) -> list[Any]:
    keys = [key for key, option in OPTIONS.items() if option.shapes and key != "data"]
    provenance = document.get(_PROVENANCE, {})
    noted = ("data", "options", "versions") if with_versions else ("data", "options")
    return [*(document.get(key) for key in keys), *(provenance.get(name) for name in noted)]


def _written(options: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the options as the file of a folder has them."""
    document = {key: value for key, value in options.items() if value is not None}
    document["data"] = [_written_source(source, folder) for source in options["data"]]
    for key, (kind, _) in _MAKERS.items():
        parts = options[key]
        plain = all(part == {kind: name} for name, part in parts.items())
        document[key] = list(parts) if plain else parts
    return {**document, "out": "."}


def _written_source(source: dict[str, Any], folder: Path) -> Any:
    path, labels = source["path"], source.get("labels")
    told = {**source, "path": _relative(path, folder) if Path(path).is_file() else path}
    if isinstance(labels, str):
        told["labels"] = _relative(labels, folder)
    return told["path"] if len(told) == 1 else told


def _relative(path: str, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive of Windows
        return Path(path).absolute().as_posix()
