"""compare: a comparison computed, printed and written."""

from __future__ import annotations

import argparse
import platform
import re
import shlex
import sys
from datetime import datetime, timezone
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from .._files import write_whole
from .._phrases import counted
from ..compare.experiment import Experiment
from ..compare.extras import require_rich, require_tomli_w
from ..compare.journal import RESULTS
from ..compare.results import say_mixed, say_outdated
from ..compare.study import (
    OPTIONS,
    STUDY,
    Option,
    Study,
    complete,
    make_parts,
    read_flag,
    read_option,
    read_study,
    write_study,
)
from ..compare.table import as_csv, summarise
from .cluster import computing_on, require_one_place, without_place
from .remaking import recall, shape_of, tell_agreement, tell_other_data
from .reporting import report_on, require_report
from .sources import add_command, load_all
from .speech import FAILED_CELLS, INTERRUPTED, meet_plugins, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["add_compare"]

# argparse's own would show DATA as required, which it is not beside the other two
_USAGE = """%(prog)s DATA [DATA ...] --samplers NAME [NAME ...] --out FOLDER [options]
       %(prog)s --config FILE [options]
       %(prog)s --again DIR [options]"""
SHOWN = 5  # kinds of errors, and of warnings
LONGEST = 400  # characters of one


def add_compare(commands: Any) -> None:
    """Add the command compare."""
    command = add_command(
        commands, "compare", run_compare, "Cross-validate samplers under classifiers."
    )
    command.usage = _USAGE
    for option in OPTIONS.values():
        _add_option(command, option)
    files = command.add_mutually_exclusive_group()
    files.add_argument("--config", metavar="FILE", help="experiment file: these options as TOML")
    files.add_argument(
        "--again",
        metavar="DIR",
        help="remake the table of a folder that compare wrote; with --out, elsewhere and compared",
    )


def _add_option(command: argparse.ArgumentParser, option: Option) -> None:
    settings: dict[str, Any] = {"help": option.help, "default": argparse.SUPPRESS}
    if option.many:
        settings["nargs"] = "+"
    if option.read is read_flag:
        settings["action"] = argparse.BooleanOptionalAction
    elif option.number:
        settings["type"] = int
    if option.key == "data":
        action = command.add_argument("data", metavar="DATA", **settings)
        # with "*" it would be taken for absent when it stands behind an option
        action.required = False
    else:
        command.add_argument(option.flag, **settings)


def run_compare(arguments: argparse.Namespace) -> int:
    """Compute what is missing of a comparison, and print its table."""
    meet_plugins()
    require_rich()
    require_tomli_w()
    given = _given(arguments)
    if arguments.again is not None:
        return _run_again(arguments, given)
    study = None if arguments.config is None else read_study(arguments.config)
    options = _options(study, given)
    experiment = _make_experiment(options, load_all(options["data"]))
    if study is not None:
        tell_other_data(study, experiment.datasets)
    return _run(experiment, options, arguments.words)


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the options that the command line names."""
    told = {key: getattr(arguments, key.replace("-", "_"), None) for key in OPTIONS}
    return {key: read_option(key, value) for key, value in told.items() if value is not None}


def _options(study: Study | None, given: dict[str, Any]) -> dict[str, Any]:
    if study is None:
        return complete(given)
    return complete({**without_place(study.options, given), **given}, str(study.path))


def _run_again(arguments: argparse.Namespace, given: dict[str, Any]) -> int:
    memory = recall(Path(arguments.again), given)
    experiment = _make_experiment(memory.options, memory.load())
    memory.tell_versions(experiment.versions)
    before = memory.results()
    status = _run(experiment, memory.options, arguments.words)
    if before is None or status == INTERRUPTED:
        return status
    return max(status, tell_agreement(before.table(), experiment.table()))


def _make_experiment(options: dict[str, Any], datasets: list[Any]) -> Experiment:
    return Experiment(
        datasets,
        make_parts("samplers", options["samplers"]),
        make_parts("estimators", options["estimators"]),
        cv=options["cv"],
        metrics=options["metrics"],
        convention=options["convention"],
        out=Path(options["out"]) / RESULTS,
        random_state=options["seed"],
    )


def _run(experiment: Experiment, options: dict[str, Any], words: list[str]) -> int:
    require_one_place(options["dask"], options["jobs"])
    if options["report"]:
        require_report()
    # held to the end: whoever else writes here finds neither file half done, and changes neither
    with computing_on(options["dask"]), experiment.journal.writing():
        return _compute(experiment, options, words)


def _compute(experiment: Experiment, options: dict[str, Any], words: list[str]) -> int:
    out = Path(options["out"])
    try:
        _write_study(experiment, options, words)
        for name, n_cells in experiment.changed_code().items():
            say(f"{name}: code changed, {counted(n_cells, 'cell')} to compute again")
        n_computed = experiment.compute(
            n_jobs=options["jobs"],
            progress=options["progress"],
            retry_failed=options["retry-failed"],
        )
    except KeyboardInterrupt:
        say(f"stopped; finished cells are kept in {out}, and the same command goes on from there")
        return INTERRUPTED
    status = _conclude(experiment, n_computed, out)
    if options["report"]:
        report_on(out)
    return status


def _write_study(experiment: Experiment, options: dict[str, Any], words: list[str]) -> None:
    out = Path(options["out"])
    resumes = bool(experiment.missing())
    older = write_study(out, options, _provenance(experiment, options, words), resumes=resumes)
    if older is not None:
        say(f"{out / STUDY} was of another experiment or other versions: kept as {older.name}")


def _provenance(
    experiment: Experiment, options: dict[str, Any], words: list[str]
) -> dict[str, Any]:
    return {
        "options": shape_of(options),
        "command": shlex.join(["python", "-m", "skml_aemlo", *words]),
        "date": datetime.now(timezone.utc).replace(microsecond=0),
        "platform": platform.platform(),
        "versions": experiment.versions,
        "data": {
            data.name: {
                "fingerprint": data.fingerprint,
                "rows": data.Y.shape[0],
                "features": experiment.profiles[data.name]["n_features"],
                "labels": data.Y.shape[1],
                "fold_seed": experiment.fold_seed(data.name),
            }
            for data in experiment.datasets
        },
    }


def _conclude(experiment: Experiment, n_computed: int, out: Path) -> int:
    from ..compare.console import print_summary

    table = experiment.table()
    _write_csv(table, out / "table.csv")
    print_summary(summarise(table), sys.stdout, convention=experiment.convention)
    n_failed = _report_failures(table)
    results = experiment.results()
    _report_warnings(results.cells)
    if results.mixed_versions:
        say(f"warning: {say_mixed(results.mixed_versions)}")
    for line in say_outdated(experiment.outdated):
        say(f"warning: {line}")
    _tell_count(len(table), n_computed, n_failed)
    print(f"results in {out / RESULTS}, table in {out / 'table.csv'}, experiment in {out / STUDY}")
    return FAILED_CELLS if n_failed else 0


def _tell_count(n_cells: int, n_computed: int, n_failed: int) -> None:
    """Say what was computed, and what is left to mend."""
    if n_computed:
        print(f"{n_computed} of {n_cells} cells computed")
    elif n_failed:
        finished = f"{n_cells - n_failed} of {n_cells} cells finished, {n_failed} failed before"
        print("nothing was left to compute")
        say(f"{finished}; --retry-failed computes those again")
        return
    else:
        print(f"nothing was left to compute: all {n_cells} cells were finished before")
    if n_failed:
        say(f"{n_failed} of {n_cells} cells failed; --retry-failed computes these again")


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    """Replace the file in one step, so that nobody meets half a table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_whole(path, as_csv(table))
    except OSError as error:
        raise OSError(
            f"{path} could not be written ({error.strerror or error}); the finished cells are in "
            "results.jsonl: make room, and the same command writes it from them."
        ) from error


def _report_failures(table: pd.DataFrame) -> int:
    failed = table[table["error"] != ""]
    kinds = failed.groupby(["dataset", "sampler", "estimator", "error"], sort=False).size()
    for (dataset, sampler, estimator, error), count in list(kinds.items())[:SHOWN]:
        place = f"{dataset}, {sampler}, {estimator} in {counted(count, 'fold')}"
        _say_kind(f"failed: {place}: {error}")
    if len(kinds) > SHOWN:
        say(
            f"failed: {counted(len(kinds) - SHOWN, 'more kind')}; see the column error of table.csv"
        )
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
        more = counted(len(frequent) - SHOWN, "more kind")
        say(f"warned: {more}; see the column warnings of table.csv")


def _say_kind(message: str) -> None:
    say(shorten(message, LONGEST, placeholder=" ..."))
