"""resample: a data set in, more or fewer rows out."""

from __future__ import annotations

import argparse
import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from .. import measures
from ..compare.identity import tell_categorical
from ..datasets import Dataset, save_arff
from ..registry import make_sampler
from .sources import add_command, add_data, load, stem
from .speech import meet_plugins, spoken_warnings

__all__ = ["add_resample"]


def add_resample(commands: Any) -> None:
    """Add the command resample."""
    command = add_command(
        commands, "resample", run_resample, "Resample a data set and write it as ARFF."
    )
    add_data(command)
    command.add_argument("--sampler", required=True, help="a name that 'list' shows")
    command.add_argument(
        "--set",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help="parameters of the sampler, such as n_neighbors=7",
    )
    command.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
    command.add_argument("-o", "--out", required=True, help="the .arff or .arff.gz file to write")


def run_resample(arguments: argparse.Namespace) -> int:
    """Resample a data set, write it, and print what changed."""
    meet_plugins()
    sampler = _make_sampler(arguments)
    data = load(arguments.data, arguments.labels)
    _refuse_same_file(arguments.data, arguments.labels, arguments.out)
    tell_categorical(sampler, data.categorical)
    with spoken_warnings():
        X, Y = sampler.fit_resample(data.X, _named_labels(sampler, data))
    Y = Y if sp.issparse(Y) else sp.csr_array(Y.to_numpy())
    result = replace(data, X=X, Y=Y, name=stem(Path(arguments.out)))
    save_arff(result, arguments.out)
    _print_change(data, result, int(np.sum(sampler.is_synthetic_)))
    print(f"written to {arguments.out} and {stem(Path(arguments.out))}.xml beside it")
    return 0


def _named_labels(sampler: Any, data: Dataset) -> Any:
    """Return the labels, as a frame with their names if the sampler may ask for one by name."""
    strategies = [v for k, v in sampler.get_params().items() if k.endswith("sampling_strategy")]
    return data.Y if all(v == "auto" for v in strategies) else data.to_frame()[1]


def _make_sampler(arguments: argparse.Namespace) -> Any:
    sampler = make_sampler(arguments.sampler)
    if sampler is None:
        raise ValueError(f"sampler {arguments.sampler!r} changes nothing; choose another.")
    if "random_state" in sampler.get_params():
        sampler.set_params(random_state=arguments.seed)
    settings = dict(_read_setting(text) for text in arguments.set)
    try:
        return sampler.set_params(**settings)
    except AttributeError as error:
        raise ValueError(f"--set names a parameter of something that has none: {error}.") from None


def _read_setting(text: str) -> tuple[str, Any]:
    """Read KEY=VALUE, the value as Python would, or else as plain text."""
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise ValueError(f"--set {text!r} is not understood; write KEY=VALUE.")
    try:
        return key, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return key, {"true": True, "false": False, "none": None}.get(value.lower(), value)


def _refuse_same_file(data: str, labels: str | None, out: str) -> None:
    """Refuse to write the rows or their label list over a file that is read."""
    target, source = Path(out), Path(data)
    written = (target, _xml_of(target))
    read = (source, _xml_of(source), Path(labels or source))
    for old in (path for path in read if path.is_file()):
        if any(new.exists() and new.samefile(old) for new in written):
            raise ValueError(f"--out {out!r} would write over {str(old)!r}, which is read.")


def _xml_of(path: Path) -> Path:
    return path.with_name(f"{stem(path)}.xml")


def _print_change(before: Dataset, after: Dataset, n_synthetic: int) -> None:
    print(f"{'':<12}{'before':>12}{'after':>12}")
    print(f"{'rows':<12}{before.n_samples:>12}{after.n_samples:>12}")
    print(f"{'synthetic':<12}{0:>12}{n_synthetic:>12}")
    for title, measure in (
        ("cardinality", measures.cardinality),
        ("MeanIR", measures.mean_ir),
        ("CVIR", measures.cvir),
        ("SCUMBLE", measures.scumble),
    ):
        print(f"{title:<12}{measure(before.Y):>12.4f}{measure(after.Y):>12.4f}")
