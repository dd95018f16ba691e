"""list and describe: what there is, and how imbalanced it is."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import measures
from .._phrases import printable
from ..compare.conventions import CONVENTIONS
from ..compare.estimators import ESTIMATORS
from ..compare.scoring import METRICS
from ..registry import SAMPLERS
from .sources import add_command, add_data, load
from .speech import meet_plugins

__all__ = ["add_describe", "add_list"]

SHOWN_LABELS = 20


def add_list(commands: Any) -> None:
    """Add the command list."""
    add_command(commands, "list", run_list, "List samplers, classifiers and metrics.")


def add_describe(commands: Any) -> None:
    """Add the command describe."""
    command = add_command(commands, "describe", run_describe, "Tell how imbalanced a data set is.")
    add_data(command)
    command.add_argument("--all", action="store_true", help="show every label, however many")


def run_list(arguments: argparse.Namespace) -> int:
    """Print what a comparison can be made of."""
    meet_plugins()
    families: dict[str, list[Any]] = {}
    for entry in SAMPLERS.values():
        families.setdefault(entry.family, []).append(entry)
    for family, entries in families.items():
        print(f"samplers: {family}")
        for entry in entries:
            _print_entry(entry.name, entry.summary, entry.paper)
    print("classifiers")
    for named in ESTIMATORS.values():
        _print_entry(named.name, named.summary)
    print("metrics")
    for metric in METRICS.values():
        told = f"{metric.title}, {metric.direction}; {metric.convention}."
        _print_entry(metric.name, told, *(f"{k}: {v}." for k, v in metric.others.items()))
    print("conventions of metrics")
    for convention in CONVENTIONS.values():
        _print_entry(convention.name, f"{convention.source}.")
    return 0


def _print_entry(name: str, *lines: str) -> None:
    # somebody else's class may have no words for itself
    first, *others = [line for line in lines if line] or [""]
    head = f"  {name:<22}" if len(name) < 22 else f"  {name}\n  {'':<22}"
    print(f"{head}{first}".rstrip())
    for line in others:
        print(f"  {'':<22}{line}")


def run_describe(arguments: argparse.Namespace) -> int:
    """Print the profile of a data set and of its labels."""
    data = load(arguments.data, arguments.labels)
    profile = measures.describe(data.Y, data.n_features, list(data.label_names))
    nominal = int(data.categorical.sum())
    print(
        f"{printable(data.name)}: {data.n_samples} rows, {data.n_features} features "
        f"({nominal} nominal), {data.n_labels} labels"
    )
    print(profile, end="\n\n")
    for line in _label_lines(profile, None if arguments.all else SHOWN_LABELS):
        print(line)
    return 0


def _label_lines(profile: measures.LabelProfile, limit: int | None) -> Iterator[str]:
    """Yield one line per label, rarest first, the middle of a long list left out."""
    order = np.argsort(profile.counts, kind="stable")
    width = max(len("label"), *(len(printable(name)) for name in profile.label_names))
    yield f"{'label':<{width}}{'rows':>8}{'share':>9}{'IRLbl':>10}{'SCUMBLE':>10}"
    half = len(order) if limit is None or len(order) <= limit else limit // 2
    shown = [*order[:half], None, *order[-half:]] if half < len(order) else list(order)
    for j in shown:
        if j is None:
            yield f"... {len(order) - 2 * half} labels between; --all shows them"
        else:
            yield _label_line(profile, int(j), width)


def _label_line(profile: measures.LabelProfile, j: int, width: int) -> str:
    count, ratio = profile.counts[j], profile.ir_per_label[j]
    mark = "  minority" if np.isfinite(ratio) and ratio > profile.mean_ir else ""
    return (
        f"{printable(profile.label_names[j]):<{width}}{count:>8}{count / profile.n_samples:>9.1%}"
        f"{ratio:>10.2f}{profile.scumble_per_label[j]:>10.4f}{mark}"
    )
