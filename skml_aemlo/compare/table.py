"""The tidy table of a comparison, and its summary by data set and sampler."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .extras import require_pandas
from .scoring import METRICS, find_metrics
from .statistics import require_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KEYS", "NUMBERS", "as_csv", "inert", "summarise", "tidy"]

KEYS = ["dataset", "sampler", "estimator", "repeat", "fold"]
"""The columns that tell one cell from another."""
NUMBERS = (
    "n_rows_before",
    "n_rows_after",
    "share_synthetic",
    "n_made",
    "n_dropped",
    "share_unseen_labelsets",
    "cooccurrence_drift",
    "share_duplicates",
    "nearest_real_distance",
    "label_agreement",
    "label_agreement_real",
    "calibration_error",
    "mean_ir_before",
    "mean_ir_after",
    "cvir_before",
    "cvir_after",
    "scumble_before",
    "scumble_after",
    "n_test",
    "n_undefined_labels",
    "n_undefined_rows",
    "resample_seconds",
    "fit_seconds",
    "predict_seconds",
)
_SUMMARISED = ("dataset", "sampler", "estimator", "error")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def tidy(cells: Iterable[dict[str, Any]], metrics: Iterable[str]) -> pd.DataFrame:
    """Lay out cells as one table.

    Parameters
    ----------
    cells : iterable of dict
        As a journal keeps them.
    metrics : iterable of str
        Which metrics get a column.

    Returns
    -------
    DataFrame
        One row per cell, in the order given; NaN where a cell that failed has no number, where
        a sampler made no rows to diagnose, and where an older journal does not tell.

    Raises
    ------
    ImportError
        If pandas is missing.

    Examples
    --------
    >>> cell = dict(dataset="toy", sampler="none", estimator="tree", repeat=0, fold=1, macro_f=0.5)
    >>> table = tidy([{**cell, "error": None, "warnings": []}], ["macro_f"])
    >>> table[["dataset", "fold", "macro_f", "error"]].values.tolist()
    [['toy', 1, 0.5, '']]
    """
    pandas = require_pandas()
    numbers = [*metrics, *NUMBERS]
    cells = list(cells)
    columns: dict[str, Any] = {name: [cell[name] for cell in cells] for name in KEYS}
    for name in numbers:
        columns[name] = pandas.array([cell.get(name) for cell in cells], dtype="Float64")
    columns["warnings"] = [" | ".join(cell["warnings"]) for cell in cells]
    columns["error"] = [cell["error"] or "" for cell in cells]
    table = pandas.DataFrame(columns)
    return table.astype(dict.fromkeys(numbers, float)).astype(
        {name: int for name in numbers if name.startswith("n_") and not table[name].hasnans}
    )


def summarise(table: pd.DataFrame, metrics: Iterable[str] | None = None) -> pd.DataFrame:
    """Average a comparison over its folds and rank the samplers.

    Parameters
    ----------
    table : DataFrame
        As `run` returns it.
    metrics : iterable of str, optional
        Which metrics; by default all that the table holds.

    Returns
    -------
    DataFrame
        One row per estimator, metric, data set and sampler, in the order of the table: ``mean`` and
        ``sd`` (over cells, one degree of freedom less) of the metric, ``n_cells`` and ``n_failed``,
        ``rank`` among the samplers on that data set (1 is best; equal means share the mean of their
        ranks) and ``mean_rank``, its mean over data sets.

    Raises
    ------
    TypeError
        If ``table`` is no DataFrame.
    ValueError
        If it lacks a column, or a metric is unknown.

    Notes
    -----
    A sampler with a cell that failed has no mean on that data set and ranks last there: the folds
    it survived may well be the easy ones.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"dataset": "toy", "sampler": ["none", "none", "mlros", "mlros"],
    ...     "estimator": "tree", "macro_f": [0.5, 0.7, 0.8, 0.6], "error": ""})
    >>> summarise(table)[["sampler", "mean", "rank"]]
      sampler  mean  rank
    0    none   0.6   2.0
    1   mlros   0.7   1.0
    """
    pandas = require_pandas()
    require_table(table)
    known = [name for name in METRICS if name in table]
    names = known if metrics is None else [metric.name for metric in find_metrics(metrics)]
    absent = [name for name in (*_SUMMARISED, *names) if name not in table]
    if absent or not names:
        raise ValueError(
            f"table has no column {absent[0] if absent else 'of a metric'!r}; it holds "
            f"{', '.join(map(str, table.columns))}."
        )
    parts = [_summary_of(table, name) for name in names]
    summary = pandas.concat(parts, ignore_index=True)
    order = {estimator: i for i, estimator in enumerate(table["estimator"].unique())}
    # the columns inside an estimator are in order already, and a stable sort keeps them so
    summary = summary.sort_values("estimator", key=lambda c: c.map(order), kind="stable")
    return summary.reset_index(drop=True)


def _summary_of(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    groups = table.assign(failed=table["error"] != "").groupby(
        ["estimator", "dataset", "sampler"], sort=False
    )
    summary = groups.agg(
        mean=(metric, "mean"),
        sd=(metric, "std"),
        n_cells=(metric, "size"),
        n_failed=("failed", "sum"),
    ).reset_index()
    summary.loc[summary["n_failed"] > 0, ["mean", "sd"]] = float("nan")
    summary.insert(1, "metric", metric)
    summary["rank"] = _ranks(summary, METRICS[metric].greater_is_better)
    by_sampler = summary.groupby(["estimator", "sampler"], sort=False)
    summary["mean_rank"] = by_sampler["rank"].transform("mean")
    return summary


def _ranks(summary: pd.DataFrame, greater_is_better: bool) -> pd.Series:
    # twelve digits: means that differ in the last bit by the order of summation are equal
    means = summary.assign(mean=summary["mean"].round(12)).groupby(
        ["estimator", "dataset"], sort=False
    )["mean"]
    return means.rank(ascending=not greater_is_better, method="average", na_option="bottom")


def inert(text: str) -> str:
    """Return a text that no spreadsheet computes.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        With an apostrophe before it if it begins as a formula does and is no number.

    Examples
    --------
    >>> inert("=HYPERLINK(A1)"), inert("-1.5"), inert("none")
    ("'=HYPERLINK(A1)", '-1.5', 'none')
    """
    return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text


def _inert_if_text(value: Any) -> Any:
    # which Python 3.10 writes to no CSV
    return inert(value.replace("\0", "\u2400")) if isinstance(value, str) else value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def as_csv(table: pd.DataFrame) -> bytes:
    """Return a table as CSV, its texts inert.

    Parameters
    ----------
    table : DataFrame

    Returns
    -------
    bytes
        UTF-8; halves of surrogate pairs, which no encoding has, as escapes, and NUL as its
        picture.
    """
    texts = table.select_dtypes(exclude="number")
    harmless = {name: texts[name].map(_inert_if_text) for name in texts}
    text = table.assign(**harmless).to_csv(index=False, lineterminator="\n")
    return text.encode("utf-8", "backslashreplace")
