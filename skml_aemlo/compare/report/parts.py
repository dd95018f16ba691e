"""What the page of a report is made of, section by section."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..._phrases import counted
from ..labels import tidy_minority
from ..results import Results
from ..scoring import METRICS, Metric
from ..study import STUDY
from ..table import summarise
from .across import minority_sheets, pair_sheets, say_minority, say_pairs
from .contents import (
    against_sheet,
    effect_sheet,
    label_sheets,
    leaders,
    profile_sheet,
    rank_sheet,
    score_sheets,
    seconds_sheet,
)
from .findings import Finding, find_all
from .page import LONGEST_TEXT
from .pictures import draw_gains, draw_profile, draw_ranks, draw_scores
from .summary import (
    SHOWN_TROUBLES,
    say_blocks,
    say_compared,
    say_finished,
    say_found,
    say_left_out,
    say_powerless,
    say_untested,
    troubles,
)
from .words import Name, Phrase

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["compose", "found_in"]

SHOWN_GAINS = 6
_LONGEST_STUDY = 100_000
T = TypeVar("T")


def compose(
    results: Results, source: Path | None, control: str | None, alpha: float
) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    """Return what a page is made of.

    Parameters
    ----------
    results : Results
    source : Path or None
        The folder they lie in.
    control : str or None
    alpha : float

    Returns
    -------
    dict, dict of str to DataFrame
        What the template asks for, and the tables that are kept in full beside the page.
    """
    table = results.table()
    known = [name for name in results.metrics if name in METRICS]
    summary = summarise(table, known) if len(table) and known else None
    findings = list(find_all(table, results.metrics, control))
    samplers = list(results.description["samplers"])
    best = leaders(findings, samplers, control)
    parts = {
        **_summary_parts(results, table, findings, control, alpha),
        "verdicts": [
            (metric, said)
            for metric, said in _verdicts(results, findings, summary, control, alpha)
            if said
        ],
        "pair_sheets": [] if summary is None else list(pair_sheets(summary)),
        **_rank_parts(table, findings, samplers, control, alpha),
        **_score_parts(results, table, findings, control, alpha),
        **_data_parts(results, table, next(iter(best), None), _why_first(findings, best)),
        **_label_parts(results, control, best, samplers),
        **_made_parts(results, source),
    }
    frames = {"labels": parts.pop("label_table"), "minority": parts.pop("minority_table")}
    if summary is not None:
        frames["scores"] = summary
    return parts, frames


def found_in(value: Any, kind: type[T]) -> Iterator[T]:
    """Yield all pictures, or all tables, among the parts of a page.

    Parameters
    ----------
    value : object
        What `compose` returns first, or a part of it.
    kind : type

    Yields
    ------
    object of that type

    Examples
    --------
    >>> list(found_in({"a": [1, ("b", 2)], "c": "d"}, int))
    [1, 2]
    """
    if isinstance(value, kind):
        yield value
    elif isinstance(value, dict):
        yield from found_in(list(value.values()), kind)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from found_in(one, kind)


def _summary_parts(
    results: Results,
    table: pd.DataFrame,
    findings: list[Finding],
    control: str | None,
    alpha: float,
) -> dict[str, Any]:
    n_samplers, n_datasets = (len(results.description[k]) for k in ("samplers", "datasets"))
    counts = {
        "samplers": n_samplers,
        "classifiers": len(results.description["estimators"]),
        "data sets": n_datasets,
        "cells": len(results.description["plan"]),
        "failed": int((table["error"] != "").sum()),
        "missing": results.n_missing,
    }
    title = f"{counted(n_samplers, 'sampler')} on {counted(n_datasets, 'data set')}"
    return {
        "title": title,
        "version": results.description["version"],
        "control": None if control is None else Name(control),
        "alpha": f"{alpha:g}",
        "compared": say_compared(results),
        "finished": say_finished(results, table),
        "facts": [(name, f"{count:,}") for name, count in counts.items()],
        "blocks": list(say_blocks(findings)),
        "remarks": [
            *say_powerless(findings, control, alpha),
            *say_untested(findings),
            *_remarks(findings),
        ],
        "left_out": list(say_left_out(findings)),
        "unscored": _why_unscored(results, table),
        "contents": _contents(),
    }


def _verdicts(
    results: Results,
    findings: list[Finding],
    summary: pd.DataFrame | None,
    control: str | None,
    alpha: float,
) -> Iterator[tuple[Metric, list[Phrase]]]:
    """Yield what is said of each metric: who wins, and which pair across classifiers."""
    is_bare = control is not None and results.description["samplers"][control] is None
    for found in findings:
        if not found.scores.empty:
            said = list(say_found(found, control, alpha))
            pairs: list[Phrase] = []
            if summary is not None and control is not None:
                pairs += say_pairs(summary, found.metric.name, control, is_bare=is_bare)
            # on few data sets blocks are no more than hints, and the classifiers tell more
            yield found.metric, [*pairs, *said] if "classifier" in found.by else [*said, *pairs]


def _contents() -> list[tuple[str, str]]:
    return [
        ("summary", "Summary"),
        ("ranks", "Ranks"),
        ("classifiers", "Classifiers"),
        ("scores", "Scores"),
        ("data", "Data sets"),
        ("labels", "Labels"),
        ("time", "Time"),
        ("troubles", "Failures and warnings"),
        ("metrics", "Metrics"),
        ("made", "How it was made"),
        ("terms", "Terms"),
    ]


def _remarks(findings: list[Finding]) -> Any:
    tested = [found for found in findings if not found.reason]
    if tested:
        yield (
            "Folds share rows, so the tests take one mean of each block, never the folds, for an "
            "observation."
        )
    if any("classifier" in found.by for found in tested):
        yield (
            "With fewer than three complete data sets, blocks are data sets under classifiers. "
            "Classifiers on the same data are not independent: read these tests as hints."
        )


def _why_unscored(results: Results, table: pd.DataFrame) -> str:
    if table.empty:
        return "no cell is finished yet."
    if (table["error"] != "").all():
        return "every cell failed; the failures are listed below."
    if not any(name in METRICS for name in results.metrics):
        return "this release knows none of the metrics."
    return "no metric is defined in any cell."


def _rank_parts(
    table: pd.DataFrame,
    findings: list[Finding],
    samplers: list[str],
    control: str | None,
    alpha: float,
) -> dict[str, Any]:
    return {
        "rank_sheet": rank_sheet(findings, samplers, alpha),
        "against_sheet": against_sheet(findings, control),
        "diagrams": [
            (found.metric, picture)
            for found in findings
            if (picture := draw_ranks(found, alpha)) is not None
        ],
        "untested": list(say_untested(findings)),
        "score_pictures": [
            picture
            for found in findings
            if (picture := draw_scores(table, found, control)) is not None
        ],
    }


def _score_parts(
    results: Results,
    table: pd.DataFrame,
    findings: list[Finding],
    control: str | None,
    alpha: float,
) -> dict[str, Any]:
    sheets = score_sheets(table, results.metrics, control, alpha)
    errors, warned = troubles(results.cells)
    return {
        "score_sheets": [
            (Name(estimator), [sheet for _, sheet in group])
            for estimator, group in groupby(sheets, key=lambda pair: pair[0])
        ],
        "seconds_sheet": seconds_sheet(table),
        "errors": errors,
        "warned": warned,
        "shown_troubles": SHOWN_TROUBLES,
    }


def _why_first(findings: list[Finding], best: list[str]) -> str:
    """Say why pictures that have room for one sampler show this one."""
    if len(best) < 2:
        return ""
    if all(found.any_ranks.dropna().empty for found in findings):
        return "the first sampler of the run"
    by = "its average ranks, all metrics together" if len(findings) > 1 else "average rank"
    return f"the best sampler by {by}"


def _data_parts(
    results: Results, table: pd.DataFrame, sampler: str | None, why: str
) -> dict[str, Any]:
    profiles = results.description.get("profiles", {})
    pictures = []
    for place, (name, profile) in enumerate(profiles.items(), 1):
        cells = [cell for cell in results.cells if cell["dataset"] == name]
        pictures.append((Name(name), list(draw_profile(place, name, profile, cells, sampler, why))))
    return {
        "profile_sheet": profile_sheet(profiles) if profiles else None,
        "effect_sheet": effect_sheet(table),
        "profile_pictures": pictures,
    }


def _label_parts(
    results: Results, control: str | None, best: list[str], samplers: list[str]
) -> dict[str, Any]:
    table = _label_table(results)
    minority = tidy_minority(table)
    shown = [sampler for sampler in samplers if sampler in best[:SHOWN_GAINS]]
    gains = list(draw_gains(table, control, shown))
    sheets = [] if control is None else list(label_sheets(table, control, shown))
    return {
        "label_table": table,
        "minority_table": minority,
        "fates": [] if control is None else list(say_minority(minority, control)),
        "minority_sheets": [(Name(one), sheet) for one, sheet in minority_sheets(minority)],
        "gain_pictures": gains,
        "gains_left_out": max(len(best) - SHOWN_GAINS, 0) if gains else 0,
        "label_sheets": [(Name(dataset), sheet) for dataset, sheet in sheets],
        "unlabelled": _why_unlabelled(table, control, bool(gains)),
    }


def _label_table(results: Results) -> pd.DataFrame:
    """Return the labels of those cells that an older release has not left without counts."""
    profiles = results.description.get("profiles", {})
    whole = [
        cell for cell in results.cells if "label_counts" in cell and cell["dataset"] in profiles
    ]
    return Results({**results.description, "profiles": profiles}, whole).label_table()


def _why_unlabelled(table: pd.DataFrame, control: str | None, has_gains: bool) -> str:
    if table.empty:
        return (
            "no finished cell has predicted labels (every metric reads scores, or every cell "
            "failed), or an older release wrote the results."
        )
    if control not in set(table["sampler"]):
        return "the control has no finished cells to compare with."
    return "" if has_gains else "there is no other sampler to compare with the control."


def _made_parts(results: Results, source: Path | None) -> dict[str, Any]:
    told = results.description
    versions = {"skml_aemlo": told["version"], **told.get("versions", {})}
    mixed = {name: " and ".join(met) for name, met in results.mixed_versions.items()}
    return {
        "versions": [(name, str(number)) for name, number in {**versions, **mixed}.items()],
        "seed": told["random_state"],
        "cv": str(told["cv"])[:LONGEST_TEXT],
        "convention": told.get("convention", ""),
        "metrics": [(name, METRICS.get(name), told["metrics"][name]) for name in results.metrics],
        "fingerprints": list(told["datasets"].items()),
        "study": _study(source),
        "portraits": [
            (kind, [(name, _portrait(value)) for name, value in told[key].items()])
            for key, kind in (("samplers", "samplers"), ("estimators", "classifiers"))
        ]
        + [
            ("transformer, before the sampler", [("transformer", _portrait(told["transformer"]))])
            for _ in range("transformer" in told)
        ],
    }


def _portrait(value: Any) -> str:
    text = "as it is" if value is None else json.dumps(value, indent=1)
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + " …"


def _study(source: Path | None) -> str:
    """Return the text of the experiment's file, if there is one."""
    file = None if source is None else source / STUDY
    if file is None or not file.is_file():
        return ""
    return file.read_text(encoding="utf-8", errors="replace")[:_LONGEST_STUDY]
