"""What came of a comparison: tables made from its finished cells, at hand or read from its file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from .._phrases import counted
from .checking import refuse_cells, refuse_description, telling_of
from .journal import RESULTS, Journal, read_path
from .labels import tidy_labels, tidy_minority
from .table import tidy

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Results", "read_results", "results_of", "say_mixed", "troubles_in"]

_LONGEST = 500  # characters of a line that repeats what a cell said


@dataclass(frozen=True)
class Results:
    """The finished cells of one comparison.

    Parameters
    ----------
    description : dict
        What was compared: ``version``, ``random_state``, ``cv``, ``convention``, ``metrics`` (name
        to what it does where it is undefined), ``datasets`` (name to fingerprint), ``profiles``,
        ``samplers``, ``estimators`` and ``plan``, the keys of all cells in the order of the table.
    cells : list of dict
        Those that are finished, in the order of the plan.
    mixed_versions : dict of str to list of str
        Packages that some of them were computed with in one version and some in another.

    Examples
    --------
    >>> cell = dict(dataset="toy", sampler="none", estimator="tree", repeat=0, fold=1, macro_f=0.5)
    >>> cells = [{**cell, "error": None, "warnings": []}]
    >>> results = Results({"metrics": {"macro_f": ""}, "plan": ["k1", "k2"]}, cells)
    >>> results.table()["macro_f"].tolist(), results.n_missing
    ([0.5], 1)
    """

    description: dict[str, Any] = field(repr=False)
    cells: list[dict[str, Any]] = field(repr=False)
    mixed_versions: dict[str, list[str]] = field(default_factory=dict, repr=False)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics, in the order of the table."""
        return tuple(self.description["metrics"])

    @property
    def profiles(self) -> dict[str, dict[str, Any]]:
        """How imbalanced each data set is, by its name."""
        return dict(self.description.get("profiles", {}))

    @property
    def versions(self) -> dict[str, str]:
        """Versions that the cells computed last ran under; empty in older files."""
        return self.description.get("versions", {})

    @property
    def n_missing(self) -> int:
        """How many cells of the plan are not finished."""
        return len(self.description["plan"]) - len(self.cells)

    def table(self) -> pd.DataFrame:
        """Return one row per cell, as `run` does.

        Returns
        -------
        DataFrame
        """
        return tidy(self.cells, self.metrics)

    def label_table(self) -> pd.DataFrame:
        """Return one row per label, data set, sampler and estimator.

        Returns
        -------
        DataFrame
            As `tidy_labels` returns it.
        """
        return tidy_labels(self.cells, self.profiles)

    def minority_table(self, *, most: int | None = None) -> pd.DataFrame:
        """Return what becomes of the minority labels, one row per data set, sampler and estimator.

        Parameters
        ----------
        most : int, optional
            Take labels of so many positives or fewer for the minority, whatever their IRLbl.

        Returns
        -------
        DataFrame
            As `tidy_minority` returns it.
        """
        return tidy_minority(self.label_table(), most=most)


def read_results(path: str | os.PathLike[str]) -> Results:
    """Read the comparison that last wrote to a file.

    Parameters
    ----------
    path : path-like
        The file of JSON lines that `run` was given as ``out``, or the folder of the command line's
        ``--out``, in which it is called ``results.jsonl``.

    Returns
    -------
    Results

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no comparison's, or holds what no comparison writes.

    Examples
    --------
    >>> read_results("nowhere.jsonl")
    Traceback (most recent call last):
    FileNotFoundError: nowhere.jsonl: no such file of comparison results.
    """
    place = read_path(path, "path")
    file = place / RESULTS if place.is_dir() else place
    if not file.exists():
        raise FileNotFoundError(f"{file}: no such file of comparison results.")
    journal = Journal(file)
    complete = [one for one in journal.experiments if "plan" in one]
    if not complete:
        raise ValueError(f"{file} names no comparison; finish its run first.")
    with telling_of(file):
        refuse_description(complete[-1])
        mixed = journal.mixed_versions(complete[-1]["plan"])
        results = results_of(complete[-1], journal.cells, mixed)
        refuse_cells(results.description, results.cells)
    return results


def results_of(
    description: dict[str, Any],
    cells: dict[str, dict[str, Any]],
    mixed_versions: dict[str, list[str]] | None = None,
) -> Results:
    """Return the cells of one comparison among all that a file holds.

    Parameters
    ----------
    description : dict
        As `Results` takes it.
    cells : dict of str to dict
        By key.
    mixed_versions : dict of str to list of str, optional
        As `Results` takes it.

    Returns
    -------
    Results
    """
    finished = [cells[key] for key in description["plan"] if key in cells]
    return Results(description, finished, mixed_versions or {})


def say_mixed(versions: dict[str, list[str]]) -> str:
    """Say that cells were computed under several versions of a package; nothing if none were.

    Parameters
    ----------
    versions : dict of str to list of str
        As `Results.mixed_versions`.

    Returns
    -------
    str

    Examples
    --------
    >>> say_mixed({"numpy": ["2.0", "2.1"]})
    'cells ran under several versions (numpy 2.0 and 2.1): differences may be theirs'
    """
    if not versions:
        return ""
    told = "; ".join(f"{package} {' and '.join(met)}" for package, met in versions.items())
    return f"cells ran under several versions ({told}): differences may be theirs"


def say_outdated(outdated: list[tuple[str, str, int, str]]) -> list[str]:
    """Say that cells were read which ran under another version of a package than is installed.

    Parameters
    ----------
    outdated : list of (str, str, int, str)
        As `Experiment.outdated`.

    Returns
    -------
    list of str

    Examples
    --------
    >>> print(*say_outdated([("mixpair", "0.3.0", 20, "0.4.0")]))
    20 cells ran under mixpair 0.3.0 and were read, 0.4.0 is installed: ...
    """
    return [
        f"{counted(n_cells, 'cell')} ran under {package} {version} and were read, {now} is "
        "installed: a version alone computes nothing again; for scores of the new one name "
        "another out, or remove these cells' lines from the file of results"
        for package, version, n_cells, now in outdated
    ]


def troubles_in(cells: list[dict[str, Any]]) -> Iterator[str]:
    """Say how many cells failed and warned, since a table of thousands is read by its means.

    Parameters
    ----------
    cells : list of dict
        As `Results` takes them.

    Yields
    ------
    str
        A line for each of the two, if there are such cells, with what the first said.

    Examples
    --------
    >>> cell = dict(dataset="toy", sampler="none", estimator="tree", repeat=0, fold=1, warnings=[])
    >>> print(*troubles_in([{**cell, "error": "E: e"}]))
    1 of 1 cells failed: see the column 'error'; first: toy, none, tree, repeat 0, fold 1: E: e
    """
    for column, verb in (("error", "failed"), ("warnings", "warned")):
        those = [cell for cell in cells if cell[column]]
        if those:
            count, first = f"{len(those)} of {len(cells)} cells {verb}", _told(those[0], column)
            told = f"{count}: see the column {column!r}; first: {first}"
            yield shorten(told, _LONGEST, placeholder=" ...")


def _told(cell: dict[str, Any], column: str) -> str:
    names = ", ".join(cell[part] for part in ("dataset", "sampler", "estimator"))
    said = cell["error"] if column == "error" else cell["warnings"][0]
    return f"{names}, repeat {cell['repeat']}, fold {cell['fold']}: {said}"
