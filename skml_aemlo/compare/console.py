"""A comparison's summary on screen: one table per classifier, ranks at the end, best in bold."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from .._phrases import printable
from .extras import require_rich
from .power import blocks_needed, to_tell
from .report.across import say_pairs
from .report.sheets import plain_text
from .scoring import METRICS, Metric
from .statistics import default_control, marks, wilcoxon_holm

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

__all__ = ["print_summary"]

_WIDE = 10_000
_LEVEL = 0.05


def print_summary(summary: pd.DataFrame, file: IO[str], *, convention: str = "default") -> None:
    """Print a summary for people.

    Parameters
    ----------
    summary : DataFrame
        As `summarise` returns it.
    file : text file
        Where to; a terminal's width is kept to, other files get lines as long as it takes.
    convention : str, default="default"
        Whose rules the metrics obeyed; named where it is not the default, since ranks hang on it.

    Raises
    ------
    ImportError
        If rich is missing.
    """
    require_rich()
    from rich.console import Console
    from rich.text import Text

    console = Console(file=file, width=None if file.isatty() else _WIDE, highlight=False)
    samplers = list(summary["sampler"].unique())
    control = default_control(samplers) if len(samplers) > 1 else None
    for estimator, part in summary.groupby("estimator", sort=False):
        console.print(_table_of(str(estimator), part, control))
    rules = "" if convention == "default" else f"; metrics by the convention {convention}"
    console.print(f"mean ± standard deviation over folds; best in bold; rank 1 is best{rules}")
    if control is not None:
        n_compared, n_datasets = len(samplers) - 1, summary["dataset"].nunique()
        console.print(Text(_legend(printable(control), n_compared, n_datasets)))
        for metric in summary["metric"].unique():
            for sentence in say_pairs(summary, metric, control, is_bare=control == "none"):
                text = f"{METRICS[metric].title}: {plain_text(sentence)}"
                console.print(Text(printable(text)))


def _legend(control: str, n_compared: int, n_datasets: int) -> str:
    needed = blocks_needed(n_compared, _LEVEL)
    if n_datasets < needed:
        there = "is 1" if n_datasets == 1 else f"are {n_datasets}"
        return (
            f"no marks of significance: {to_tell(n_compared, control)} at {_LEVEL:.0%} takes "
            f"{needed} data sets (Wilcoxon's signed ranks, Holm), and there {there}"
        )
    return (
        f"behind a mean rank, * is significantly better than {control} over data sets, † "
        f"significantly worse (Wilcoxon's signed ranks, Holm, {_LEVEL:.0%})"
    )


def _table_of(estimator: str, summary: pd.DataFrame, control: str | None) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    # names come from data files: as Text, nothing in them is markup
    title = Text(f"classifier {printable(estimator)}")
    table = Table(title=title, box=SIMPLE_HEAD, title_justify="left")
    table.add_column("metric")
    table.add_column("data set")
    for sampler in summary["sampler"].unique():
        table.add_column(Text(printable(sampler)), justify="right")
    for metric, part in summary.groupby("metric", sort=False):
        _add_metric(table, METRICS[str(metric)], part, control)
    return table


def _add_metric(table: Table, metric: Metric, summary: pd.DataFrame, control: str | None) -> None:
    from rich.text import Text

    heads = [metric.title, f"({metric.direction})"]
    groups = list(summary.groupby("dataset", sort=False))
    for number, (dataset, rows) in enumerate(groups):
        head = heads[number] if number < len(heads) else ""
        best = rows["rank"].min()
        table.add_row(
            head, Text(printable(str(dataset))), *(_score(row, best) for row in _rows(rows))
        )
    head = heads[1] if len(groups) == 1 else ""
    beside = _marks(metric, summary, control)
    table.add_row(head, "mean rank", *_ranks(groups[0][1], beside), end_section=True)


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples(index=False))


def _score(row: Any, best: float) -> str:
    if row.n_failed:
        return f"[red]{row.n_failed} of {row.n_cells} failed[/red]"
    if row.mean != row.mean:
        return "undefined"
    text = f"{row.mean:.3f}" + ("" if row.sd != row.sd else f" ±{row.sd:.3f}")
    return f"[bold]{text}[/bold]" if row.rank == best else text


def _marks(metric: Metric, summary: pd.DataFrame, control: str | None) -> dict[str, str]:
    """Return the marks of the samplers that differ from the control, data sets being blocks."""
    scores = summary.pivot(index="dataset", columns="sampler", values="mean").dropna(how="all")
    if control is None or len(scores) < blocks_needed(len(scores.columns) - 1, _LEVEL):
        return {}
    found = wilcoxon_holm(scores, control=control, greater_is_better=metric.greater_is_better)
    return {str(name): f" {mark}" for name, mark in marks(found, _LEVEL).items() if mark}


def _ranks(rows: pd.DataFrame, beside: dict[str, str]) -> list[str]:
    best = rows["mean_rank"].min()
    pairs = zip(rows["sampler"], rows["mean_rank"], strict=True)
    return [
        (f"[bold]{r:.2f}[/bold]" if r == best else f"{r:.2f}") + beside.get(name, "")
        for name, r in pairs
    ]
