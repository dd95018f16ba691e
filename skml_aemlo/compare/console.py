"""A comparison's summary on screen: one table per classifier, ranks at the end, best in bold."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from .progress import require_rich
from .scoring import METRICS, Metric

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

__all__ = ["print_summary"]

_WIDE = 10_000


def print_summary(summary: pd.DataFrame, file: IO[str]) -> None:
    """Print a summary for people.

    Parameters
    ----------
    summary : DataFrame
        As `summarise` returns it.
    file : text file
        Where to; a terminal's width is kept to, other files get lines as long as it takes.

    Raises
    ------
    ImportError
        If rich is missing.
    """
    require_rich()
    from rich.console import Console

    console = Console(file=file, width=None if file.isatty() else _WIDE, highlight=False)
    for estimator, part in summary.groupby("estimator", sort=False):
        console.print(_table_of(str(estimator), part))
    console.print("mean ± standard deviation over folds; best in bold; rank 1 is best")


def _table_of(estimator: str, summary: pd.DataFrame) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    # names come from data files: as Text, nothing in them is markup
    title = Text(f"classifier {estimator}")
    table = Table(title=title, box=SIMPLE_HEAD, title_justify="left")
    table.add_column("metric")
    table.add_column("data set")
    for sampler in summary["sampler"].unique():
        table.add_column(Text(sampler), justify="right")
    for metric, part in summary.groupby("metric", sort=False):
        _add_metric(table, METRICS[str(metric)], part)
    return table


def _add_metric(table: Table, metric: Metric, summary: pd.DataFrame) -> None:
    from rich.text import Text

    heads = [metric.title, f"({metric.direction})"]
    groups = list(summary.groupby("dataset", sort=False))
    for number, (dataset, rows) in enumerate(groups):
        head = heads[number] if number < len(heads) else ""
        best = rows["rank"].min()
        table.add_row(head, Text(str(dataset)), *(_score(row, best) for row in _rows(rows)))
    head = heads[1] if len(groups) == 1 else ""
    table.add_row(head, "mean rank", *_ranks(groups[0][1]), end_section=True)


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples(index=False))


def _score(row: Any, best: float) -> str:
    if row.n_failed:
        return f"[red]{row.n_failed} of {row.n_cells} failed[/red]"
    if row.mean != row.mean:
        return "undefined"
    text = f"{row.mean:.3f}" + ("" if row.sd != row.sd else f" ±{row.sd:.3f}")
    return f"[bold]{text}[/bold]" if row.rank == best else text


def _ranks(rows: pd.DataFrame) -> list[str]:
    best = rows["mean_rank"].min()
    return [f"[bold]{r:.2f}[/bold]" if r == best else f"{r:.2f}" for r in rows["mean_rank"]]
