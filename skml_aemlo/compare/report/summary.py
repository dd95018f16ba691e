"""A comparison in plain sentences: what was compared, who wins where, what went wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..._phrases import counted
from ..power import blocks_needed, to_tell
from ..results import Results, say_mixed
from .findings import Finding
from .words import Name, Phrase, enumerated, listed

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Trouble",
    "say_blocks",
    "say_compared",
    "say_finished",
    "say_found",
    "say_left_out",
    "say_powerless",
    "say_untested",
    "troubles",
]

SHOWN_TROUBLES = 100
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?")


def say_compared(results: Results) -> Phrase:
    """Say what was compared.

    Parameters
    ----------
    results : Results

    Returns
    -------
    phrase
    """
    told = results.description
    samplers, estimators, datasets = (
        list(told[kind]) for kind in ("samplers", "estimators", "datasets")
    )
    return (
        f"{counted(len(samplers), 'sampler')} (",
        enumerated(samplers),
        f") under {counted(len(estimators), 'classifier')} (",
        enumerated(estimators),
        f") on {counted(len(datasets), 'data set')} (",
        enumerated(datasets),
        f"), cross-validated ({_clipped(str(told['cv']))}).",
    )


def _clipped(text: str, limit: int = 120) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def say_finished(results: Results, table: pd.DataFrame) -> Phrase:
    """Say how many cells are finished, failed and missing.

    Parameters
    ----------
    results : Results
    table : DataFrame
        One row per finished cell.

    Returns
    -------
    phrase
    """
    planned = len(results.description["plan"])
    n_failed = int((table["error"] != "").sum())
    mixed = say_mixed(results.mixed_versions)
    caution = f" Beware: {mixed}." if mixed else ""
    if not results.n_missing and not n_failed:
        return f"All {planned:,} cells are finished and none failed.{caution}"
    parts = [f"Of {planned:,} cells, {len(table) - n_failed:,} are finished"]
    if n_failed:
        parts.append(f", {n_failed:,} failed (a sampler ranks last where a cell of it failed)")
    if results.n_missing:
        parts.append(
            f", {results.n_missing:,} are missing: the comparison was interrupted, and what "
            "follows is preliminary"
        )
    return "".join(parts) + "." + caution


def say_found(found: Finding, control: str | None, alpha: float) -> Iterator[Phrase]:
    """Say who wins by one metric, and whether that is more than chance.

    Parameters
    ----------
    found : Finding
        With one block at least.
    control : str or None
    alpha : float

    Yields
    ------
    phrase
        One sentence each.
    """
    if found.scores.shape[1] > 1:
        yield _say_wins(found)
    if found.reason:
        return
    yield _say_differ(found, alpha)
    if control is not None and found.against is not None:
        yield _say_against(found, control, alpha)


def say_untested(findings: list[Finding]) -> Iterator[Phrase]:
    """Say which metrics were not tested, and why, those with one reason together.

    Parameters
    ----------
    findings : list of Finding

    Yields
    ------
    phrase
        One sentence for each reason.
    """
    for reason, titles in _by_text((f.reason, f) for f in findings if f.reason):
        yield (listed(titles), f": not tested, so differences may be chance: {reason}.")


def say_left_out(findings: list[Finding]) -> Iterator[Phrase]:
    """Say which blocks were left out, those metrics together that say the same.

    Parameters
    ----------
    findings : list of Finding

    Yields
    ------
    phrase
        One sentence for each note.
    """
    notes = ((note.removeprefix(f"{f.metric.name}: "), f) for f in findings for note in f.notes)
    for note, titles in _by_text(notes):
        yield (listed(titles), f": {_clipped(note, 400)}")


def _by_text(pairs: Iterable[tuple[str, Finding]]) -> Iterable[tuple[str, list[str]]]:
    """Return the titles of the metrics that share a text, by the text."""
    titles: dict[str, list[str]] = {}
    for text, found in pairs:
        titles.setdefault(text, []).append(found.metric.title)
    return titles.items()


def _say_wins(found: Finding) -> Phrase:
    better = found.scores if found.metric.greater_is_better else -found.scores
    better = better.round(12)
    wins = better.eq(better.max(axis=1), axis=0).sum().sort_values(ascending=False, kind="stable")
    winners = [str(name) for name in wins.index[wins == wins.max()]]
    verb = "is" if len(winners) == 1 else "are each"
    places = f"{wins.max()} of {counted(len(better), 'block')}"
    sentence: tuple[Any, ...] = (enumerated(winners, 4), f" {verb} best in {places}")
    if found.ranks is None:
        return (*sentence, ".")
    leader = [str(name) for name in found.ranks.index[found.ranks == found.ranks.min()]]
    has = "has" if len(leader) == 1 else "have"
    rank = f"{found.ranks.min():.2f}{_size(found, leader)}"
    return (*sentence, "; ", enumerated(leader, 4), f" {has} the best average rank, {rank}.")


def _size(found: Finding, leader: list[str]) -> str:
    """Tell how much a leader gains over the control, which its rank does not."""
    if found.against is None or len(leader) > 1 or leader[0] not in found.against.index:
        return ""
    gain = round(float(found.against.loc[leader[0], "median_difference"]), 3)
    told = f"{gain:+.3f}".replace("-", "−") if gain else "0.000"
    return f", and a median gain of {told}"


def _say_differ(found: Finding, alpha: float) -> Phrase:
    assert found.differ is not None
    how, p = "exact", found.differ.exact_p
    if p is None:
        how, p = "Iman and Davenport", found.differ.iman_davenport_p
    verdict = "do not all do alike" if p < alpha else "are not shown to differ"
    return f"The samplers {verdict} (Friedman, {how}: {_p(p)})."


def _say_against(found: Finding, control: str, alpha: float) -> Phrase:
    assert found.against is not None
    assert found.ranks is not None
    test = f"level {alpha:g}; Wilcoxon, Holm; smallest {_p(found.against['p_holm'].min())}"
    told: list[Any] = []
    for mark, word in (("*", "better"), ("†", "worse")):
        names = [str(name) for name in found.ranks.index if found.mark(str(name), alpha) == mark]
        if names:
            start = "; significantly" if told else "Significantly"
            told += [f"{start} {word} than ", Name(control), ": ", enumerated(names)]
    if not told:
        return ("No sampler differs significantly from ", Name(control), f" ({test}).")
    return (*told, f" ({test}).")


def say_blocks(findings: list[Finding]) -> Iterator[Phrase]:
    """Say what a block is, once for the metrics that agree on it.

    Parameters
    ----------
    findings : list of Finding

    Yields
    ------
    phrase
    """
    scored = [found for found in findings if not found.scores.empty]
    kinds = list(_by_text((f"a {found.by}", found) for found in scored))
    for kind, titles in kinds:
        to_whom = (" for ", listed(titles)) if len(kinds) > 1 else ()
        yield ("One block is ", kind, *to_whom, ".")


def say_powerless(findings: list[Finding], control: str | None, alpha: float) -> Iterator[Phrase]:
    """Say so where even a sampler that wins everywhere would not be significantly better.

    Parameters
    ----------
    findings : list of Finding
    control : str or None
    alpha : float

    Yields
    ------
    phrase
        Once for the metrics of which the same is to be said.
    """
    for text, titles in _by_text((_powerless(found, alpha), found) for found in findings):
        if text and control is not None:
            yield (
                *("By ", listed(titles), " no sampler could differ significantly from "),
                Name(control),
                text,
            )


def _powerless(found: Finding, alpha: float) -> str:
    if found.against is None or not found.is_powerless(alpha):
        return ""
    n_compared = len(found.against)
    needed = blocks_needed(n_compared, alpha)
    return (
        f", whatever its scores: {to_tell(n_compared)} takes {needed} blocks, and there are "
        f"{len(found.scores)}."
    )


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


@dataclass(frozen=True)
class Trouble:
    """One error or warning, and where it came up.

    Parameters
    ----------
    text : str
        Of the first cell.
    count : int
        Of cells.
    n_texts : int
        How many texts there are that differ in their numbers only.
    datasets, samplers, estimators : list of str
    """

    text: str
    count: int
    n_texts: int
    datasets: list[str]
    samplers: list[str]
    estimators: list[str]

    @property
    def place(self) -> Phrase:
        """Where it came up."""
        groups = (self.samplers, self.estimators, self.datasets)
        samplers, estimators, datasets = (enumerated(names, 6) for names in groups)
        return (samplers, " under ", estimators, " on ", datasets)


def troubles(cells: list[dict[str, Any]]) -> tuple[list[Trouble], list[Trouble]]:
    """Group errors and warnings by their text but for its numbers, the most frequent first.

    Parameters
    ----------
    cells : list of dict
        As a journal keeps them.

    Returns
    -------
    list of Trouble, list of Trouble
        Errors and warnings.

    Examples
    --------
    >>> cell = dict(dataset="toy", sampler="none", estimator="tree", warnings=["W: w"])
    >>> errors, warned = troubles([{**cell, "error": "E: e"}, {**cell, "error": None}])
    >>> [(e.text, e.count) for e in errors], [(w.text, w.count) for w in warned]
    ([('E: e', 1)], [('W: w', 2)])
    """
    errors = ((cell["error"], cell) for cell in cells if cell["error"])
    warned = ((text, cell) for cell in cells for text in cell["warnings"])
    return _grouped(errors), _grouped(warned)


def _grouped(found: Iterable[tuple[str, dict[str, Any]]]) -> list[Trouble]:
    groups: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for text, cell in found:
        groups.setdefault(_NUMBER.sub("#", text), []).append((text, cell))
    return [_trouble(group) for group in sorted(groups.values(), key=len, reverse=True)]


def _trouble(group: list[tuple[str, dict[str, Any]]]) -> Trouble:
    texts, cells = zip(*group, strict=True)
    kinds = ("dataset", "sampler", "estimator")
    places = (list(dict.fromkeys(cell[kind] for cell in cells)) for kind in kinds)
    n_cells = len({id(cell) for cell in cells})
    return Trouble(texts[0], n_cells, len(set(texts)), *places)
