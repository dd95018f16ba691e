"""report: a comparison's folder as one HTML page."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from ..compare.extras import require_jinja2, require_matplotlib
from ..compare.report import write_report
from .sources import add_command
from .speech import meet_plugins

__all__ = ["add_report", "report_on", "require_report"]


def add_report(commands: Any) -> None:
    """Add the command report."""
    command = add_command(
        commands, "report", run_report, "Write a comparison as one HTML page that opens offline."
    )
    command.add_argument("folder", metavar="DIR", help="what compare wrote with --out DIR")
    command.add_argument("--out", metavar="FILE", help="the page (default: report.html in DIR)")
    command.add_argument(
        "--control",
        metavar="NAME",
        help="sampler that the others are compared with (default: none, or else the first)",
    )


def run_report(arguments: argparse.Namespace) -> int:
    """Write the page of a comparison."""
    meet_plugins()
    report_on(arguments.folder, arguments.out, arguments.control)
    return 0


def require_report() -> None:
    """Say what a report lacks, if anything, before the cells are computed."""
    require_matplotlib()
    require_jinja2()


def report_on(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    control: str | None = None,
) -> Path:
    """Write the page and say where it is."""
    path = write_report(folder, out, control=control)
    print(f"report in {path}, figures and tables beside it")
    return path
