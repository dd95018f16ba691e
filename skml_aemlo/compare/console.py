"""A comparison's summary on screen: one table per classifier, ranks at the end, best in bold."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from .._phrases import counted, printable
from .extras import require_rich
from .scoring import METRICS, Metric
from .statistics import wilcoxon_holm

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

__all__ = ["print_summary"]

_WIDE = 10_000
_LEVEL = 0.05
_FEWEST = 6  # data sets, below which no signed-rank test can reach the level


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
    from rich.text import Text

    console = Console(file=file, width=None if file.isatty() else _WIDE, highlight=False)
    control = _control_of(summary)
    for estimator, part in summary.groupby("estimator", sort=False):
        console.print(_table_of(str(estimator), part, control))
    console.print("mean ± standard deviation over folds; best in bold; rank 1 is best")
    if control is not None:
        console.print(Text(_legend(printable(control), summary["dataset"].nunique())))


def _control_of(summary: pd.DataFrame) -> str | None:
    """Return the sampler that marks refer to, if there is one to compare it with."""
    samplers = list(summary["sampler"].unique())
    if len(samplers) < 2:
        return None
    return "none" if "none" in samplers else str(samplers[0])


def _legend(control: str, n_datasets: int) -> str:
    if n_datasets < _FEWEST:
        return (
            f"no marks of significance: over {counted(n_datasets, 'data set')} no sampler "
            f"can differ from {control} at {_LEVEL:.0%}; that takes {_FEWEST}"
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
    marks = _marks(metric, summary, control)
    table.add_row(head, "mean rank", *_ranks(groups[0][1], marks), end_section=True)


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
    if control is None or len(scores) < _FEWEST:
        return {}
    found = wilcoxon_holm(scores, control=control, greater_is_better=metric.greater_is_better)
    found = found[found["p_holm"] < _LEVEL]
    return {name: " *" if gain > 0 else " †" for name, gain in found["rank_biserial"].items()}


def _ranks(rows: pd.DataFrame, marks: dict[str, str]) -> list[str]:
    best = rows["mean_rank"].min()
    pairs = zip(rows["sampler"], rows["mean_rank"], strict=True)
    return [
        (f"[bold]{r:.2f}[/bold]" if r == best else f"{r:.2f}") + marks.get(name, "")
        for name, r in pairs
    ]
