"""The tables of a report, made from a comparison's results."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..power import blocks_needed, to_tell
from ..scoring import METRICS
from ..table import summarise
from .findings import ROPE, Finding, find
from .sheets import Cell, Column, Sheet, number
from .words import Name

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "against_sheet",
    "effect_sheet",
    "label_sheets",
    "leaders",
    "profile_sheet",
    "rank_sheet",
    "score_sheets",
    "seconds_sheet",
    "slug",
]

SHOWN_LABELS = 100

_PROFILE = (
    ("n_samples", "rows", 0),
    ("n_features", "features", 0),
    ("n_labels", "labels", 0),
    ("n_labelsets", "label sets", 0),
    ("cardinality", "cardinality", 2),
    ("density", "density", 3),
    ("mean_ir", "MeanIR", 2),
    ("max_ir", "largest IRLbl", 1),
    ("cvir", "CVIR", 2),
    ("scumble", "SCUMBLE", 3),
    ("tcs", "TCS", 2),
)
_EFFECT = (
    ("n_rows_before", "rows before", 0),
    ("n_rows_after", "rows after", 0),
    ("mean_ir_before", "MeanIR before", 2),
    ("mean_ir_after", "MeanIR after", 2),
    ("cvir_before", "CVIR before", 2),
    ("cvir_after", "CVIR after", 2),
    ("scumble_before", "SCUMBLE before", 3),
    ("scumble_after", "SCUMBLE after", 3),
    ("share_synthetic", "synthetic", 3),
    ("share_duplicates", "duplicates", 3),
    ("share_unseen_labelsets", "label sets unseen", 3),
)
_SECONDS = (
    ("resample_seconds", "resample"),
    ("fit_seconds", "fit"),
    ("predict_seconds", "predict"),
)


def slug(*words: Any) -> str:
    """Return words as part of the name of a file.

    Parameters
    ----------
    *words : object

    Returns
    -------
    str

    Examples
    --------
    >>> slug("scores", 1, "../<b>Birds"), slug("mlsmote")
    ('scores-1-b-birds', 'mlsmote')
    """
    texts = (re.sub(r"[^a-z0-9]+", "-", str(word).lower()).strip("-")[:30] for word in words)
    return "-".join(text.rstrip("-") for text in texts if text)


def rank_sheet(findings: list[Finding], samplers: list[str], alpha: float) -> Sheet | None:
    """Return average ranks, samplers x metrics, in the order of the run as all tables.

    Parameters
    ----------
    findings : list of Finding
    samplers : list of str
    alpha : float

    Returns
    -------
    Sheet or None
        None where nothing was ranked.
    """
    ranked = [found for found in findings if found.ranks is not None]
    if not ranked:
        return None
    rows = [[Cell(Name(s)), *(_rank_cell(found, s, alpha) for found in ranked)] for s in samplers]
    columns = [Column("sampler"), *(Column(found.metric.title, True) for found in ranked)]
    return Sheet("ranks", "Average ranks; 1 is best", columns, rows)


_TESTED = (
    ("n_wins", "better", 0),
    ("n_ties", "equal", 0),
    ("n_losses", "worse", 0),
    ("median_difference", "median difference (+ = sampler better)", 4),
    ("p_value", "p", 4),
    ("p_holm", "p (Holm)", 4),
    ("p_worse", "P(worse)", 2),
    ("p_equivalent", "P(equivalent)", 2),
    ("p_better", "P(better)", 2),
)


def against_sheet(findings: list[Finding], control: str | None) -> Sheet | None:
    """Return how each sampler compares with the control, by Wilcoxon and by Bayes.

    Parameters
    ----------
    findings : list of Finding
    control : str or None

    Returns
    -------
    Sheet or None
        None where nothing was tested.
    """
    tested = [
        (found.metric, found.against.join(found.chances))
        for found in findings
        if found.against is not None and found.chances is not None
    ]
    if control is None or not tested:
        return None
    rows = [
        [
            Cell(metric.title),
            Cell(Name(str(sampler))),
            *(number(figures[key], digits) for key, _, digits in _TESTED),
        ]
        for metric, compared in tested
        for sampler, figures in compared.iterrows()
    ]
    heads = [Column("metric"), Column("sampler"), *(Column(h, True) for _, h, _ in _TESTED)]
    notes = [
        "Blocks in which the sampler is better, equal, worse; the median difference, positive "
        "where the sampler is better: where lower is better its sign is turned; Wilcoxon's signed "
        "ranks; then the Bayesian signed-rank test, to which differences up to "
        f"{ROPE:g} are equivalent."
    ]
    return Sheet("tests", ("Every sampler against ", Name(control)), heads, rows, notes)


def _rank(found: Finding, sampler: str) -> float:
    assert found.ranks is not None
    return float(found.ranks.get(sampler, float("nan")))


def _rank_cell(found: Finding, sampler: str, alpha: float) -> Cell:
    assert found.ranks is not None
    rank = _rank(found, sampler)
    best = bool(rank == found.ranks.min())
    return number(rank, 2, best=best, mark=found.mark(sampler, alpha))


def score_sheets(
    table: pd.DataFrame, metrics: tuple[str, ...], control: str | None, alpha: float
) -> Iterator[tuple[str, Sheet]]:
    """Yield the scores of each estimator by each metric, samplers x data sets.

    Parameters
    ----------
    table : DataFrame
        One row per cell, as `run` returns it.
    metrics : tuple of str
    control : str or None
    alpha : float

    Yields
    ------
    str, Sheet
        The estimator, and its table.
    """
    known = [name for name in metrics if name in METRICS and table[name].notna().any()]
    if table.empty or not known:
        return
    summary = summarise(table, known)
    for place, (estimator, part) in enumerate(summary.groupby("estimator", sort=False), 1):
        mine = table[table["estimator"] == estimator]
        for name in known:
            found = find(mine, METRICS[name], control, "dataset")
            key = slug("scores", name, place, estimator)
            rows = part[part["metric"] == name]
            yield str(estimator), _score_sheet(key, str(estimator), rows, found, control, alpha)


def _score_sheet(
    key: str,
    estimator: str,
    rows: pd.DataFrame,
    found: Finding,
    control: str | None,
    alpha: float,
) -> Sheet:
    metric = found.metric
    datasets, samplers = rows["dataset"].unique(), rows["sampler"].unique()
    first: Any = "descending" if metric.greater_is_better else "ascending"
    entries = {(row.dataset, row.sampler): row for row in rows.itertuples(index=False)}
    best = rows.groupby("dataset")["rank"].min()
    best_rank = rows["mean_rank"].min()
    body = []
    for sampler in samplers:
        cells = [
            _score_cell(entries.get((dataset, sampler)), best[dataset]) for dataset in datasets
        ]
        rank = rows.loc[rows["sampler"] == sampler, "mean_rank"].iloc[0]
        mark = found.mark(sampler, alpha)
        body.append(
            [Cell(Name(sampler)), *cells, number(rank, 2, best=bool(rank == best_rank), mark=mark)]
        )
    columns = [
        Column("sampler"),
        *(Column(Name(dataset), True, first) for dataset in datasets),
        Column("mean rank", True),
    ]
    caption = (f"{metric.title} of ", Name(estimator), f" ({metric.direction})")
    return Sheet(key, caption, columns, body, [_note(found, control, alpha)])


def _note(found: Finding, control: str | None, alpha: float) -> Any:
    said: tuple[Any, ...] = ("Mean ± standard deviation over folds; best in bold.",)
    if found.reason:
        return (*said, f" No mark of significance: {found.reason}.")
    if control is None or found.against is None:
        return said
    n_blocks, n_compared = len(found.scores), len(found.against)
    if found.is_powerless(alpha):
        needed = blocks_needed(n_compared, alpha)
        told = f"{to_tell(n_compared)} takes {needed} data sets, and there are {n_blocks}"
        return (*said, f" No mark of significance: {told}.")
    return (
        *said,
        " * significantly better, † significantly worse than ",
        Name(control),
        f" over the {n_blocks} data sets (Wilcoxon, Holm, level {alpha:g}).",
    )


def _score_cell(row: Any, best: float) -> Cell:
    if row is None:
        return Cell("missing")
    if row.n_failed:
        return Cell(f"{row.n_failed} of {row.n_cells} failed")
    if row.mean != row.mean:
        return Cell("undefined")
    best_here = bool(row.rank == best)
    if row.sd != row.sd:
        return number(row.mean, 3, best=best_here)
    return number(row.mean, 3, aside=f"±{row.sd:.3f}", spread=float(row.sd), best=best_here)


def profile_sheet(profiles: dict[str, dict[str, Any]]) -> Sheet:
    """Return how imbalanced the data sets are.

    Parameters
    ----------
    profiles : dict of str to dict
        As `profile_of` makes them, by name.

    Returns
    -------
    Sheet
    """
    columns = [Column("data set"), *(Column(head, True) for _, head, _ in _PROFILE)]
    rows = [
        [Cell(Name(name)), *(number(profile.get(key), digits) for key, _, digits in _PROFILE)]
        for name, profile in profiles.items()
    ]
    return Sheet("data-sets", "The data sets", columns, rows)


def effect_sheet(table: pd.DataFrame) -> Sheet | None:
    """Return what each sampler did to the training folds of each data set.

    Parameters
    ----------
    table : DataFrame
        One row per cell, as `run` returns it.

    Returns
    -------
    Sheet or None
        None without cells.
    """
    names = [name for name, _, _ in _EFFECT]
    means = table.groupby(["dataset", "sampler"], sort=False)[names].mean()
    if means.empty:
        return None
    columns = [Column("data set"), Column("sampler"), *(Column(h, True) for _, h, _ in _EFFECT)]
    rows = [
        [
            *(Cell(Name(part)) for part in place),
            *(number(means.at[place, name], digits) for name, _, digits in _EFFECT),
        ]
        for place in means.index
    ]
    caption = "What the samplers did to the training folds (means over folds)"
    return Sheet("effects", caption, columns, rows)


def seconds_sheet(table: pd.DataFrame) -> Sheet | None:
    """Return how long the samplers and the classifiers after them took.

    Parameters
    ----------
    table : DataFrame
        One row per cell, as `run` returns it.

    Returns
    -------
    Sheet or None
        None without cells.
    """
    names = [name for name, _ in _SECONDS]
    means = table.groupby("sampler", sort=False)[names].mean()
    if means.empty:
        return None
    columns = [Column("sampler"), *(Column(f"{h} (s)", True) for _, h in _SECONDS)]
    columns.append(Column("together (s)", True))
    rows = [
        [
            Cell(Name(str(sampler))),
            *(number(means.at[sampler, name]) for name in names),
            number(means.loc[sampler].sum(skipna=False)),
        ]
        for sampler in means.index
    ]
    notes = [
        "Seconds of one cell, means over data sets, classifiers and folds. Cells that differ in "
        "the classifier only share one resampled fold, and each tells its whole time."
    ]
    return Sheet("seconds", "Seconds by sampler", columns, rows, notes)


def label_sheets(
    label_table: pd.DataFrame, control: str, samplers: list[str]
) -> Iterator[tuple[str, Sheet]]:
    """Yield what samplers gain label by label, the rarest first, a table for each data set.

    Parameters
    ----------
    label_table : DataFrame
        As `tidy_labels` returns it.
    control : str
    samplers : list of str
        Whose gain over the control.

    Yields
    ------
    str, Sheet
        The data set, and its table.
    """
    for place, (dataset, part) in enumerate(label_table.groupby("dataset", sort=False), 1):
        labels = part.drop_duplicates("position").set_index("position").sort_values("count")
        f1 = part.groupby(["position", "sampler"])["f1"].mean().unstack("sampler")
        told = [sampler for sampler in samplers if sampler in part["sampler"].values]
        if control not in part["sampler"].values:
            continue
        rows = [
            [
                Cell(Name(row["label"])),
                number(row["count"], 0),
                number(row["ir"], 2),
                number(f1.at[j, control]),
                *(_gain(f1.at[j, sampler] - f1.at[j, control]) for sampler in told),
            ]
            for j, row in labels.head(SHOWN_LABELS).iterrows()
        ]
        yield str(dataset), _label_sheet(place, str(dataset), control, told, rows, len(labels))


def _gain(gain: float) -> Cell:
    if gain != gain:
        return number(None)
    return Cell(f"{gain:+.3f}".replace("-", "−"), float(gain))


def _label_sheet(
    place: int, dataset: str, control: str, told: list[str], rows: Any, n_labels: int
) -> Sheet:
    columns = [
        Column("label"),
        Column("positives", True),
        Column("IRLbl", True, "descending"),
        Column(("F1 with ", Name(control)), True, "descending"),
        *(Column(("gain of ", Name(sampler)), True, "descending") for sampler in told),
    ]
    notes: list[Any] = ["F1 over all test rows, mean over classifiers."]
    if n_labels > len(rows):
        notes.append(
            f"The {len(rows)} rarest of {n_labels} labels; tables/labels.csv holds all of them."
        )
    caption = ("Gain in F1 by label on ", Name(dataset))
    return Sheet(slug("labels", place, dataset), caption, columns, rows, notes)


def leaders(findings: list[Finding], samplers: list[str], control: str | None) -> list[str]:
    """Return the samplers beside the control, the best by their ranks first.

    Parameters
    ----------
    findings : list of Finding
    samplers : list of str
    control : str or None

    Returns
    -------
    list of str
        In the order given where nothing was scored.
    """
    ranked = [found.any_ranks for found in findings]
    means = {
        sampler: sum(float(ranks.get(sampler, len(samplers))) for ranks in ranked)
        for sampler in samplers
    }
    return sorted((s for s in samplers if s != control), key=lambda s: means[s])
