"""compare: a comparison computed, printed and written."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from ..compare.conventions import CONVENTIONS
from ..compare.experiment import Experiment
from ..compare.progress import require_rich
from ..compare.scoring import DEFAULT_METRICS, METRICS
from ..compare.table import summarise
from .cluster import computing_on, require_one_place
from .sources import add_command, add_data, load
from .speech import FAILED_CELLS, INTERRUPTED, printable, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["add_compare"]

SHOWN = 5  # kinds of errors, and of warnings
LONGEST = 400  # characters of one


def add_compare(commands: Any) -> None:
    """Add the command compare."""
    command = add_command(
        commands, "compare", run_compare, "Cross-validate samplers under classifiers."
    )
    add_data(command, nargs="+")
    command.add_argument("--samplers", nargs="+", required=True, help="names that 'list' shows")
    command.add_argument(
        "--estimators", nargs="+", default=["br-tree", "mlknn"], help="names that 'list' shows"
    )
    command.add_argument("--cv", default="2x5", help="repeats x folds (default: 2x5)")
    command.add_argument(
        "--metrics",
        nargs="+",
        default=list(DEFAULT_METRICS),
        help=f"all, or some of {', '.join(METRICS)} (default: {' '.join(DEFAULT_METRICS)})",
    )
    command.add_argument(
        "--convention",
        default="default",
        metavar="NAME",
        help=f"whose rules hold where a metric is undefined: {', '.join(CONVENTIONS)}",
    )
    command.add_argument("--out", required=True, help="folder for results.jsonl and table.csv")
    command.add_argument("--jobs", type=int, help="worker processes (-1: one per core)")
    command.add_argument(
        "--dask", metavar="ADDRESS", help="compute on the Dask cluster of this scheduler instead"
    )
    command.add_argument(
        "--retry-failed", action="store_true", help="compute again the cells that failed before"
    )
    command.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
    command.add_argument("--no-progress", action="store_true", help="show no progress bar")


def run_compare(arguments: argparse.Namespace) -> int:
    """Compute what is missing of a comparison, and print its table."""
    require_rich()
    require_one_place(arguments.dask, arguments.jobs)
    out = Path(arguments.out)
    experiment = Experiment(
        [load(data, arguments.labels) for data in arguments.data],
        arguments.samplers,
        arguments.estimators,
        cv=arguments.cv,
        metrics=arguments.metrics,
        convention=arguments.convention,
        out=out / "results.jsonl",
        random_state=arguments.seed,
    )
    try:
        with computing_on(arguments.dask):
            n_computed = experiment.compute(
                n_jobs=arguments.jobs,
                progress=not arguments.no_progress,
                retry_failed=arguments.retry_failed,
            )
    except KeyboardInterrupt:
        say(f"stopped; finished cells are kept in {out}, and the same command goes on from there")
        return INTERRUPTED
    return _conclude(experiment, n_computed, out)


def _conclude(experiment: Experiment, n_computed: int, out: Path) -> int:
    from ..compare.console import print_summary

    table = experiment.table()
    _write_csv(table, out / "table.csv")
    print_summary(summarise(table), sys.stdout)
    n_failed = _report_failures(table)
    _report_warnings(experiment.results().cells)
    if n_computed:
        print(f"{n_computed} of {len(table)} cells computed")
    else:
        print(f"nothing was left to compute: all {len(table)} cells were finished before")
    if n_failed:
        say(f"{n_failed} of {len(table)} cells failed; --retry-failed computes these again")
    print(f"results in {out / 'results.jsonl'}, table in {out / 'table.csv'}")
    return FAILED_CELLS if n_failed else 0


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    """Replace the file in one step, so that nobody meets half a table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    table.to_csv(beside, index=False, errors="backslashreplace")
    os.replace(beside, path)


def _report_failures(table: pd.DataFrame) -> int:
    failed = table[table["error"] != ""]
    kinds = failed.groupby(["dataset", "sampler", "estimator", "error"], sort=False).size()
    for (dataset, sampler, estimator, error), count in list(kinds.items())[:SHOWN]:
        _say_kind(f"failed: {dataset}, {sampler}, {estimator} in {count} folds: {error}")
    if len(kinds) > SHOWN:
        say(f"failed: {len(kinds) - SHOWN} more kinds; see the column error of table.csv")
    return len(failed)


def _report_warnings(cells: list[dict[str, Any]]) -> None:
    """Say which warnings cells raised: those that differ in their numbers only count as one."""
    kinds: dict[str, list[str]] = {}
    for cell in cells:
        told = {
            re.sub(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?", "#", text): text for text in cell["warnings"]
        }
        for kind, text in told.items():
            kinds.setdefault(kind, []).append(text)
    frequent = sorted(kinds.values(), key=len, reverse=True)
    for texts in frequent[:SHOWN]:
        _say_kind(f"warned: {len(texts)} of {len(cells)} cells: {texts[0]}")
    if len(frequent) > SHOWN:
        say(f"warned: {len(frequent) - SHOWN} more kinds; see the column warnings of table.csv")


def _say_kind(message: str) -> None:
    say(printable(shorten(message, LONGEST, placeholder=" ...")))
