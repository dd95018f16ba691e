"""The command line: list, describe, resample, compare."""

from __future__ import annotations

import argparse
import ast
import difflib
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import scipy.sparse as sp

from . import measures
from .compare.estimators import ESTIMATORS
from .compare.experiment import Experiment
from .compare.identity import tell_categorical
from .compare.progress import require_rich
from .compare.scoring import METRICS
from .compare.table import summarise
from .datasets import Dataset, fetch, load_arff, load_synthetic, save_arff
from .datasets.openml import OPENML_IDS
from .registry import SAMPLERS, make_sampler

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["main"]

FAILED_CELLS, USER_ERROR, INTERRUPTED = 1, 2, 130
SHOWN_LABELS = 20
SHOWN_ERRORS = 5


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; by default the process's own.

    Returns
    -------
    int
        0; 1 when cells of a comparison failed; 2 when the caller has something to mend, which one
        line on standard error names; 130 after Ctrl-C.

    Examples
    --------
    >>> main(["describe", "synthetic"])
    synthetic: 600 rows, 24 features (0 nominal), 12 labels
    ...
    """
    try:
        arguments = _parser().parse_args(argv)
        return arguments.command(arguments)
    except KeyboardInterrupt:
        _say("stopped")
        return INTERRUPTED
    except BrokenPipeError:
        # whoever read our output has gone; nothing more can be told, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except BrokenProcessPool:
        _say("error: a worker died, most likely for want of memory; try fewer --jobs")
        return USER_ERROR
    except (ValueError, OSError, ImportError) as error:
        _say(f"error: {error}")
        return USER_ERROR


def _say(message: str) -> None:
    print(" ".join(message.split()), file=sys.stderr)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, like all others."""

    def error(self, message: str) -> NoReturn:
        _say(f"error: {message}; see {self.prog} --help")
        sys.exit(USER_ERROR)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="skml-aemlo", description="Resampling for imbalanced multi-label data.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_list(commands)
    _add_describe(commands)
    _add_resample(commands)
    _add_compare(commands)
    return parser


def _add(commands: Any, name: str, run: Callable[[Any], int], summary: str) -> Any:
    command = commands.add_parser(name, help=summary, description=summary)
    command.set_defaults(command=run)
    return command


def _add_data(command: Any, **options: Any) -> None:
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


def _add_list(commands: Any) -> None:
    _add(commands, "list", run_list, "List samplers, classifiers and metrics.")


def _add_describe(commands: Any) -> None:
    command = _add(commands, "describe", run_describe, "Tell how imbalanced a data set is.")
    _add_data(command)
    command.add_argument("--all", action="store_true", help="show every label, however many")


def _add_resample(commands: Any) -> None:
    command = _add(commands, "resample", run_resample, "Resample a data set and write it as ARFF.")
    _add_data(command)
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


def _add_compare(commands: Any) -> None:
    command = _add(commands, "compare", run_compare, "Cross-validate samplers under classifiers.")
    _add_data(command, nargs="+")
    command.add_argument("--samplers", nargs="+", required=True, help="names that 'list' shows")
    command.add_argument(
        "--estimators", nargs="+", default=["br-tree", "mlknn"], help="names that 'list' shows"
    )
    command.add_argument("--cv", default="2x5", help="repeats x folds (default: 2x5)")
    command.add_argument(
        "--metrics", nargs="+", default=list(METRICS), help=f"some of {', '.join(METRICS)}"
    )
    command.add_argument("--out", required=True, help="folder for results.jsonl and table.csv")
    command.add_argument("--jobs", type=int, help="worker processes (-1: one per core)")
    command.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
    command.add_argument("--no-progress", action="store_true", help="show no progress bar")


def run_list(arguments: argparse.Namespace) -> int:
    """Print what a comparison can be made of."""
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
        _print_entry(metric.name, f"{metric.title}, {metric.direction}; {metric.convention}.")
    return 0


def _print_entry(name: str, *lines: str) -> None:
    first, *others = (line for line in lines if line)
    print(f"  {name:<22}{first}")
    for line in others:
        print(f"  {'':<22}{line}")


def run_describe(arguments: argparse.Namespace) -> int:
    """Print the profile of a data set and of its labels."""
    data = _load(arguments.data, arguments.labels)
    profile = measures.describe(data.Y, data.n_features, list(data.label_names))
    nominal = int(data.categorical.sum())
    print(
        f"{data.name}: {data.n_samples} rows, {data.n_features} features ({nominal} nominal), "
        f"{data.n_labels} labels"
    )
    print(profile, end="\n\n")
    for line in _label_lines(profile, None if arguments.all else SHOWN_LABELS):
        print(line)
    return 0


def _label_lines(profile: measures.LabelProfile, limit: int | None) -> Iterator[str]:
    """Yield one line per label, rarest first, the middle of a long list left out."""
    order = np.argsort(profile.counts, kind="stable")
    width = max(len("label"), *(len(_printable(name)) for name in profile.label_names))
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
        f"{_printable(profile.label_names[j]):<{width}}{count:>8}{count / profile.n_samples:>9.1%}"
        f"{ratio:>10.2f}{profile.scumble_per_label[j]:>10.4f}{mark}"
    )


def _printable(name: str) -> str:
    return name if name.isprintable() else ascii(name)[1:-1]


def run_resample(arguments: argparse.Namespace) -> int:
    """Resample a data set, write it, and print what changed."""
    sampler = _make_sampler(arguments)
    data = _load(arguments.data, arguments.labels)
    _refuse_same_file(arguments.data, arguments.labels, arguments.out)
    tell_categorical(sampler, data.categorical)
    with _spoken_warnings():
        X, Y = sampler.fit_resample(data.X, _named_labels(sampler, data))
    Y = Y if sp.issparse(Y) else sp.csr_array(Y.to_numpy())
    result = replace(data, X=X, Y=Y, name=_stem(Path(arguments.out)))
    save_arff(result, arguments.out)
    _print_change(data, result, int(np.sum(sampler.is_synthetic_)))
    print(f"written to {arguments.out} and {_stem(Path(arguments.out))}.xml beside it")
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
    return path.with_name(f"{_stem(path)}.xml")


@contextmanager
def _spoken_warnings() -> Iterator[None]:
    """Print warnings as one line each, without the place in the code that raised them."""
    with warnings.catch_warnings(record=True) as caught:
        yield
    for item in caught:
        _say(f"warning: {item.message}")


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


def run_compare(arguments: argparse.Namespace) -> int:
    """Compute what is missing of a comparison, and print its table."""
    require_rich()
    out = Path(arguments.out)
    experiment = Experiment(
        [_load(data, arguments.labels) for data in arguments.data],
        arguments.samplers,
        arguments.estimators,
        cv=arguments.cv,
        metrics=arguments.metrics,
        out=out / "results.jsonl",
        random_state=arguments.seed,
    )
    try:
        n_computed = experiment.compute(n_jobs=arguments.jobs, progress=not arguments.no_progress)
    except KeyboardInterrupt:
        _say(f"stopped; finished cells are kept in {out}, and the same command goes on from there")
        return INTERRUPTED
    return _conclude(experiment, n_computed, out)


def _conclude(experiment: Experiment, n_computed: int, out: Path) -> int:
    from .compare.console import print_summary

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
        _say(f"failed: {dataset}, {sampler}, {estimator} in {count} folds: {error}")
    if len(kinds) > SHOWN_ERRORS:
        _say(f"failed: {len(kinds) - SHOWN_ERRORS} more kinds; see the column error of table.csv")
    return len(failed)


def _load(source: str, labels: str | None) -> Dataset:
    """Return a data set by path or name, called as its file is."""
    path = Path(source)
    if path.is_file():
        return replace(load_arff(path, labels=_read_labels(labels)), name=_stem(path))
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


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".arff")


def _read_labels(text: str | None) -> Any:
    """Read --labels as a number, the path of an XML file, or names."""
    if text is None or text.lower().endswith(".xml"):
        return text
    try:
        return int(text)
    except ValueError:
        return [name.strip() for name in text.split(",")]
