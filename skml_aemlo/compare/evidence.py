"""What advice rests on: gains over no resampling, the profiles of their data, and seconds."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from .extras import require_pandas
from .results import Results
from .scoring import METRICS

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MEASURES",
    "SHIPPED_METRICS",
    "baseline_gains",
    "gains_of",
    "largest_timed",
    "profile_row",
    "read_evidence",
    "seconds_for",
]

MEASURES = {
    "n_samples": True,
    "n_labels": True,
    "cardinality": True,
    "mean_ir": True,
    "cvir": False,
    "scumble": False,
    "diversity": False,
    "minority_share": False,
}
"""What data sets are compared by, and whether the ratio of two values counts, or else the gap."""

SHIPPED_METRICS = ("macro_f", "macro_auc", "ranking_loss")
"""Metrics of the evidence that comes with the package."""

_COUNTED = ("n_minority_labels", "n_labels")
_KEYS = ("dataset", "estimator", "sampler")
_BLOCK = ["study", "dataset", "estimator"]


def profile_row(profile: dict[str, Any]) -> dict[str, float]:
    """Return the measures that data sets are compared by.

    Parameters
    ----------
    profile : dict
        The fields of `measures.LabelProfile`; None counts as undefined.

    Returns
    -------
    dict of str to float
        The keys of `MEASURES`; ``minority_share`` is the share of minority labels.

    Examples
    --------
    >>> from skml_aemlo import measures
    >>> found = measures.describe([[1, 0], [1, 1], [1, 0]])
    >>> profile_row(found.to_dict())["minority_share"]
    0.5
    """
    share = profile["n_minority_labels"] / profile["n_labels"]
    known = {**profile, "minority_share": share}
    return {name: float("nan" if known[name] is None else known[name]) for name in MEASURES}


def read_evidence(given: Any = None) -> pd.DataFrame:
    """Return evidence as one table, checked.

    Parameters
    ----------
    given : None, Results or DataFrame
        The table that comes with the package, a comparison of your own, or one row a cell (or a
        mean of cells) with the columns dataset, estimator, sampler, the metrics, and those of
        `MEASURES`, which describe the data set.

    Returns
    -------
    DataFrame
        With the column ``study``, empty if what is given has none: gains are taken inside a
        study, where folds are the same.

    Raises
    ------
    TypeError
        If it is something else.
    ValueError
        If a column is missing or there is no row of the sampler "none".

    Notes
    -----
    The table that comes with the package has six studies. "aemlo" is the main stage of
    ``docs/experiments/aemlo.py``: all samplers under trees and MLkNN on eight data sets, five
    repeats of two folds. The others are of ``docs/experiments/advice.py``, one repeat of two folds:
    "logistic" (seven samplers, "none" among them, under logistic regression, the same eight),
    "wide" (six of these under MLkNN, four larger data sets), "thresholds" and "tuned" (classifiers
    with and without tuned thresholds, no sampler), "inside" (four samplers under tuned thresholds).
    Its rows are means over folds; seconds, and rows before and after, are those of one call on a
    whole data set.

    Examples
    --------
    >>> table = read_evidence()
    >>> sorted(set(table["study"]))
    ['aemlo', 'inside', 'logistic', 'thresholds', 'tuned', 'wide']
    >>> sorted(set(table.loc[table["study"] == "aemlo", "estimator"]))
    ['br-tree', 'cc-tree', 'mlknn', 'rakeld-tree']
    """
    pandas = require_pandas()
    if given is None:
        with files(__package__).joinpath("evidence.csv").open(encoding="utf-8") as file:
            return pandas.read_csv(file)
    if isinstance(given, Results):
        _require_profiles(given)
        rows = {name: profile_row(found) for name, found in given.profiles.items()}
        profiles = pandas.DataFrame.from_dict(rows, orient="index")
        given = given.table().merge(profiles, left_on="dataset", right_index=True)
    elif not isinstance(given, pandas.DataFrame):
        raise TypeError(
            f"evidence must be a DataFrame or what read_results returns; got "
            f"{type(given).__name__}."
        )
    missing = [name for name in (*_KEYS, *MEASURES) if name not in given]
    if missing:
        raise ValueError(
            f"evidence lacks the columns {', '.join(missing)}; a comparison's table alone does not "
            "describe its data: pass read_results(path), whose profiles do."
        )
    if not (given["sampler"] == "none").any():
        raise ValueError(
            "evidence has no row of the sampler 'none', so no gain can be told; run it as well."
        )
    return given if "study" in given else given.assign(study="")


def _require_profiles(given: Results) -> None:
    """Refuse results that do not tell what their data sets are like."""
    asked = {*MEASURES, *_COUNTED} - {"minority_share"}
    for name in given.description["datasets"]:
        profile = given.profiles.get(name, {})
        lacking = sorted(asked - {*profile})
        unknown = [count for count in _COUNTED if profile.get(count) is None]
        for measure in (*lacking, *unknown):
            raise ValueError(
                f"evidence does not tell {measure} of the data set {name!r:.40}: another release "
                "wrote it, or it was changed; compute it again into another file."
            )


def gains_of(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return what every sampler gained over no resampling on the same folds.

    Parameters
    ----------
    table : DataFrame
        As `read_evidence` returns it.
    metric : str
        A name in `METRICS` with a column in the table.

    Returns
    -------
    DataFrame
        One row per study, data set, estimator and sampler other than "none": ``gain``, positive
        where the sampler is better, whichever way the metric points.

    Notes
    -----
    A sampler with a failed cell gains nothing that could be told: it gets minus infinity, so that
    no rule picks it.

    Examples
    --------
    >>> gains = gains_of(read_evidence(), "macro_f")
    >>> chosen = gains[(gains["estimator"] == "mlknn") & (gains["sampler"] == "aemlo")]
    >>> len(chosen), bool(chosen["gain"].mean() > 0.05)
    (12, True)
    """
    means = _means(table, metric)
    none = means[means["sampler"] == "none"].rename(columns={metric: "none"})
    others = means[means["sampler"] != "none"].merge(none[[*_BLOCK, "none"]], on=_BLOCK)
    sign = 1.0 if METRICS[metric].greater_is_better else -1.0
    others["gain"] = (sign * (others[metric] - others["none"])).round(12)
    return others[[*_BLOCK, "sampler", "gain"]].dropna(subset=["gain"]).reset_index(drop=True)


def _means(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Average over folds; minus the best there is where a cell failed."""
    failed = table["error"].fillna("") != "" if "error" in table else table["sampler"].isna()
    groups = table.assign(failed=failed).groupby([*_BLOCK, "sampler"], sort=False)
    means = groups.agg(**{metric: (metric, "mean"), "failed": ("failed", "any")}).reset_index()
    worst = -np.inf if METRICS[metric].greater_is_better else np.inf
    baseline = means["sampler"] == "none"
    means.loc[means["failed"] & ~baseline, metric] = worst
    means.loc[means["failed"] & baseline, metric] = np.nan
    return means.drop(columns="failed")


def baseline_gains(table: pd.DataFrame, metric: str, suffix: str) -> pd.DataFrame:
    """Return what a variant of each classifier gained over it, both without resampling.

    Parameters
    ----------
    table : DataFrame
        As `read_evidence` returns it.
    metric : str
    suffix : str
        What the variant's name adds, such as "-tuned".

    Returns
    -------
    DataFrame
        As `gains_of` returns it, the suffix in the column sampler.

    Examples
    --------
    >>> gains = baseline_gains(read_evidence(), "macro_f", "-tuned")
    >>> sorted(set(gains["estimator"]))
    ['br-logistic', 'br-tree', 'mlknn']
    """
    none = table[table["sampler"] == "none"]
    variant = none["estimator"].str.endswith(suffix)
    renamed = none[variant].assign(
        estimator=none.loc[variant, "estimator"].str.removesuffix(suffix), sampler=suffix
    )
    pandas = require_pandas()
    return gains_of(pandas.concat([none[~variant], renamed], ignore_index=True), metric)


def seconds_for(table: pd.DataFrame, sampler: str, n_samples: int) -> tuple[float, float] | None:
    """Return about how long a sampler takes on so many rows, and how far off that may be.

    Parameters
    ----------
    table : DataFrame
        As `read_evidence` returns it; its columns ``resample_seconds`` and ``n_rows_before`` tell.
    sampler : str
    n_samples : int

    Returns
    -------
    (float, float) or None
        Seconds, and the factor by which nine in ten of the data sets known were misjudged at most
        when each was left out. None where fewer than three were timed.

    Notes
    -----
    A line through the logarithms of rows and seconds, its slope between 0 and 2; beyond the largest
    table known, seconds grow with the rows at least.

    Examples
    --------
    >>> seconds, factor = seconds_for(read_evidence(), "aemlo", 2000)
    >>> 5 < seconds < 60
    True
    """
    if not {"resample_seconds", "n_rows_before"} <= set(table):
        return None
    known = table[table["sampler"] == sampler].dropna(subset=["resample_seconds"])
    timed = known.groupby("dataset")[["n_rows_before", "resample_seconds"]].mean()
    if len(timed) < 3:
        return None
    rows, seconds = np.log(np.maximum(timed.to_numpy().T, 1e-4))
    misses = [
        abs(_foretold(np.delete(rows, i), np.delete(seconds, i), rows[i]) - seconds[i])
        for i in range(len(rows))
    ]
    found = _foretold(rows, seconds, np.log(n_samples))
    return float(np.exp(found)), float(np.exp(np.quantile(misses, 0.9)))


def largest_timed(table: pd.DataFrame, sampler: str) -> tuple[float, int] | None:
    """Return how long a sampler took on the largest table it was timed on, and how large that was.

    Parameters
    ----------
    table : DataFrame
        As `read_evidence` returns it.
    sampler : str

    Returns
    -------
    (float, int) or None
        Seconds and rows, means over its cells; None where it was not timed.

    Examples
    --------
    >>> largest_timed(read_evidence(), "aemlo")[1]
    7395
    """
    if not {"resample_seconds", "n_rows_before"} <= set(table):
        return None
    known = table[table["sampler"] == sampler].dropna(subset=["resample_seconds"])
    if known.empty:
        return None
    timed = known.groupby("dataset")[["resample_seconds", "n_rows_before"]].mean()
    seconds, rows = timed.loc[timed["n_rows_before"].idxmax()]
    return float(seconds), round(rows)


def _foretold(rows: np.ndarray, seconds: np.ndarray, at: float) -> float:
    spread = np.sum((rows - rows.mean()) ** 2)
    gaps = (rows - rows.mean()) * (seconds - seconds.mean())
    slope = float(np.clip(gaps.sum() / spread, 0.0, 2.0)) if spread else 1.0
    inside = min(at, rows.max())
    known = seconds.mean() + slope * (inside - rows.mean())
    return float(known + max(slope, 1.0) * (at - inside))
