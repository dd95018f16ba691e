"""advise: five sentences about a data set."""

from __future__ import annotations

import argparse
from typing import Any

from ..compare.advice import advise
from ..compare.evidence import SHIPPED_METRICS
from ..compare.results import read_results
from ..compare.scoring import METRICS
from .sources import add_command, add_data, load
from .speech import meet_plugins

__all__ = ["add_advise"]


def add_advise(commands: Any) -> None:
    """Add the command advise."""
    command = add_command(
        commands, "advise", run_advise, "Say whether resampling is likely to help, and which."
    )
    add_data(command)
    command.add_argument("--estimator", help="a classifier that 'list' shows (default: the mean)")
    command.add_argument(
        "--metric",
        default="macro_f",
        help=f"{', '.join(SHIPPED_METRICS[:-1])} or {SHIPPED_METRICS[-1]} (default: macro_f); with "
        f"--evidence what it has of {', '.join(METRICS)}",
    )
    command.add_argument(
        "--evidence",
        metavar="DIR",
        help="rest on a comparison of your own: its folder, or its results.jsonl",
    )


def run_advise(arguments: argparse.Namespace) -> int:
    """Print the five sentences, one a line."""
    meet_plugins()
    data = load(arguments.data, arguments.labels)
    evidence = None if arguments.evidence is None else read_results(arguments.evidence)
    advice = advise(
        data.X,
        data.Y,
        estimator=arguments.estimator,
        metric=arguments.metric,
        evidence=evidence,
    )
    print(advice)
    return 0
