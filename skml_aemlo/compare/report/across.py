"""What a report tells across classifiers, and of the rare labels: sentences and tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..._phrases import counted
from ..pairs import Rival, best_pair, means_of, rivals_of
from ..scoring import METRICS, Metric
from .contents import slug
from .sheets import Cell, Column, Sheet, number
from .words import Name, Phrase, listed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["minority_sheets", "pair_sheets", "say_minority", "say_pairs"]

_RIVALS = 6


def say_pairs(
    summary: pd.DataFrame, metric: str, control: str, *, is_bare: bool = True
) -> Iterator[Phrase]:
    """Say which classifier does best with which sampler, and which does as much without.

    Parameters
    ----------
    summary : DataFrame
        As `summarise` returns it.
    metric : str
    control : str
    is_bare : bool, default=True
        Whether the control resamples nothing, so that variants can be set against samplers.

    Yields
    ------
    phrase
        Nothing where there is one classifier only.
    """
    means = means_of(summary, metric)
    best = best_pair(means, metric) if means.shape[1] > 1 else None
    if best is None:
        return
    yield (
        "Over all classifiers the best mean is ",
        *_pair(best),
        *_baseline(means, metric, control),
    )
    by_plain: dict[tuple[str, str], list[Rival]] = {}
    for rival in rivals_of(summary, metric, control) if is_bare else ():
        by_plain.setdefault((rival.plain, rival.sampler), []).append(rival)
    for (plain, sampler), (first, *others) in by_plain.items():
        of = f"{first.n_better} of {counted(first.n_datasets, 'data set')}"
        who = (Name(first.variant), " with ", Name(control))
        ahead = (*who, f" is better on {of} ({first.mean:.3f})")
        also = ((Name(one.variant), f" on {one.n_better} ({one.mean:.3f})") for one in others)
        yield (
            *("Against ", Name(plain), " with its best sampler, ", Name(sampler)),
            *(f" ({first.plain_mean:.3f}): ", listed([ahead, *also], _RIVALS), "."),
        )


def _pair(pair: tuple[str, str, float]) -> tuple[Any, ...]:
    sampler, estimator, mean = pair
    return (f"{mean:.3f}, of ", Name(estimator), " with ", Name(sampler))


def _baseline(means: pd.DataFrame, metric: str, control: str) -> tuple[Any, ...]:
    """Say the best mean that the control has, unless it was the best of all."""
    plain = best_pair(means[means.index == control], metric)
    best = best_pair(means, metric)
    if plain is None or plain == best:
        return (".",)
    return ("; with ", Name(control), f" it is {plain[2]:.3f}, of ", Name(plain[1]), ".")


def pair_sheets(summary: pd.DataFrame) -> Iterator[Sheet]:
    """Yield the mean scores over data sets, samplers x classifiers, a table for each metric.

    Parameters
    ----------
    summary : DataFrame
        As `summarise` returns it.

    Yields
    ------
    Sheet
        None where there is one classifier only.
    """
    if summary["estimator"].nunique() < 2:
        return
    n_datasets = summary["dataset"].nunique()
    for name in summary["metric"].unique():
        means = means_of(summary, name)
        if not means.isna().all(axis=None):
            yield _pair_sheet(METRICS[name], means, n_datasets)


def _pair_sheet(metric: Metric, means: pd.DataFrame, n_datasets: int) -> Sheet:
    first: Any = "descending" if metric.greater_is_better else "ascending"
    extreme = means.max(axis=None) if metric.greater_is_better else means.min(axis=None)
    rows = [
        [Cell(Name(str(sampler))), *(_mean_cell(value, extreme) for value in means.loc[sampler])]
        for sampler in means.index
    ]
    columns = [Column("sampler"), *(Column(Name(str(one)), True, first) for one in means)]
    over = f"mean over {counted(n_datasets, 'data set')}, {metric.direction}"
    notes = [
        "The best of all pairs in bold. Means over data sets of unlike difficulty say less than "
        "the ranks above: read them beside the scores of each data set."
    ]
    key = slug("pairs", metric.name)
    return Sheet(key, f"{metric.title} by sampler and classifier ({over})", columns, rows, notes)


def _mean_cell(value: float, extreme: float) -> Cell:
    if value != value:
        return Cell("no score")
    return number(value, 3, best=bool(value == extreme))


def say_minority(minority: pd.DataFrame, control: str, limit: int = 6) -> Iterator[Phrase]:
    """Say what becomes of the minority labels of each data set.

    Parameters
    ----------
    minority : DataFrame
        As `tidy_minority` returns it.
    control : str
    limit : int, default=6
        So many data sets are told of, the others counted.

    Yields
    ------
    phrase
    """
    with_some = minority[(minority["n_minority"] > 0) & minority["f1_minority"].notna()]
    groups = list(with_some.groupby("dataset", sort=False))
    for dataset, rows in groups[:limit]:
        of = f"{rows['n_minority'].iloc[0]} of {counted(rows['n_labels'].iloc[0], 'label')}"
        are = "is a minority label" if rows["n_minority"].iloc[0] == 1 else "are minority labels"
        yield ("On ", Name(str(dataset)), f" {of} {are}; their mean F1 is ", *_range(rows, control))
    if len(groups) > limit:
        yield f"The tables of labels tell of {counted(len(groups) - limit, 'more data set')}."


def _range(rows: pd.DataFrame, control: str) -> tuple[Any, ...]:
    """Tell the lowest and the highest, and the control's highest where that is another."""
    f1 = rows["f1_minority"]
    best = rows.loc[f1.idxmax()]
    plain = f1[rows["sampler"] == control]
    if f1.min() == f1.max():
        return (f"{f1.max():.3f} everywhere.",)
    told = ("at worst ", *_scored(rows.loc[f1.idxmin()]), ", at best ", *_scored(best))
    if plain.empty or plain.max() in (f1.min(), f1.max()):
        return (*told, ".")
    return (*told, "; with ", Name(control), " at best ", *_scored(rows.loc[plain.idxmax()]), ".")


def _scored(row: Any) -> tuple[Any, ...]:
    n_lost = int(row["n_never_found"])
    lost = f", {counted(n_lost, 'label')} never found)" if n_lost else ")"
    who = (Name(row["estimator"]), " with ", Name(row["sampler"]))
    return (f"{row['f1_minority']:.3f} (", *who, lost)


def minority_sheets(minority: pd.DataFrame) -> Iterator[tuple[str, Sheet]]:
    """Yield what becomes of minority labels and of the others, a table for each data set.

    Parameters
    ----------
    minority : DataFrame
        As `tidy_minority` returns it.

    Yields
    ------
    str, Sheet
        The data set, and its table; none for data without minority labels.
    """
    for place, (dataset, rows) in enumerate(minority.groupby("dataset", sort=False), 1):
        n_minority, n_labels = (int(rows[name].iloc[0]) for name in ("n_minority", "n_labels"))
        if n_minority:
            yield str(dataset), _minority_sheet(place, str(dataset), rows, n_minority, n_labels)


def _minority_sheet(
    place: int, dataset: str, rows: pd.DataFrame, n_minority: int, n_labels: int
) -> Sheet:
    columns = [
        Column("sampler"),
        Column("classifier"),
        Column("F1 of minority labels", True, "descending"),
        Column("F1 of the others", True, "descending"),
        Column("never found", True),
        Column("predicted, for each that bears one", True),
    ]
    tops = rows[["f1_minority", "f1_others"]].max()
    body = [
        [
            Cell(Name(row.sampler)),
            Cell(Name(row.estimator)),
            number(row.f1_minority, 3, best=row.f1_minority == tops["f1_minority"]),
            number(row.f1_others, 3, best=row.f1_others == tops["f1_others"]),
            number(row.n_never_found, 0),
            number(row.n_predicted / row.n_borne if row.n_borne else None, 2),
        ]
        for row in rows.itertuples(index=False)
    ]
    notes = [
        f"{n_minority} of {counted(n_labels, 'label')} {'is' if n_minority == 1 else 'are'} rarer "
        "than the average (IRLbl above MeanIR). F1 over the test rows of all folds and repeats "
        "taken together, mean over labels: Macro-F is a mean over folds, and differs. A label is "
        "never found if no row that bears it was predicted to; many more predictions than bearers "
        "buy that with false ones."
    ]
    caption = ("What becomes of the minority labels of ", Name(dataset))
    return Sheet(slug("minority", place, dataset), caption, columns, body, notes)
