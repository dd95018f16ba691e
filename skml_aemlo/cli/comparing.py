"""compare: a comparison computed, printed and written."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..compare.conventions import CONVENTIONS
from ..compare.experiment import Experiment
from ..compare.progress import require_rich
from ..compare.scoring import DEFAULT_METRICS, METRICS
from ..compare.table import summarise
from .sources import add_command, add_data, load
from .speech import FAILED_CELLS, INTERRUPTED, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["add_compare"]

SHOWN_ERRORS = 5


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
    command.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
    command.add_argument("--no-progress", action="store_true", help="show no progress bar")


def run_compare(arguments: argparse.Namespace) -> int:
    """Compute what is missing of a comparison, and print its table."""
    require_rich()
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
        n_computed = experiment.compute(n_jobs=arguments.jobs, progress=not arguments.no_progress)
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
    n_warned = int((table["warnings"] != "").sum())
    if n_warned:
        print(f"{n_warned} of {len(table)} cells raised warnings: see the column of table.csv")
    if n_computed:
        print(f"{n_computed} of {len(table)} cells computed")
    else:
        print(f"nothing was left to compute: all {len(table)} cells were finished before")
    print(f"results in {out / 'results.jsonl'}, table in {out / 'table.csv'}")
    return FAILED_CELLS if n_failed else 0


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    """Replace the file in one step, so that nobody meets half a table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    table.to_csv(beside, index=False)
    os.replace(beside, path)


def _report_failures(table: pd.DataFrame) -> int:
    failed = table[table["error"] != ""]
    kinds = failed.groupby(["dataset", "sampler", "estimator", "error"], sort=False).size()
    for (dataset, sampler, estimator, error), count in list(kinds.items())[:SHOWN_ERRORS]:
        say(f"failed: {dataset}, {sampler}, {estimator} in {count} folds: {error}")
    if len(kinds) > SHOWN_ERRORS:
        say(f"failed: {len(kinds) - SHOWN_ERRORS} more kinds; see the column error of table.csv")
    return len(failed)
