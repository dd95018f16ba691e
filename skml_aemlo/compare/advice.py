"""Is resampling likely to help these data, what to try first, and how much is known about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import binom, t

from .. import measures
from .._containers import count_rows, read_labels
from .._phrases import unknown
from ..registry import SAMPLERS
from .estimators import ESTIMATORS
from .evidence import (
    MEASURES,
    baseline_gains,
    gains_of,
    largest_timed,
    profile_row,
    read_evidence,
    seconds_for,
)
from .scoring import METRICS, find_metrics
from .wording import measured, sentences_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Advice", "Recommendation", "Validation", "advise"]

MIN_ROWS = 50
KEPT = 1e-5  # six digits are kept of the measures of what is known
FAR = 10.0  # times beyond what is known, from where on nothing is known
BALANCED = (1.5, 0.2)  # MeanIR and CVIR below which samplers warn, too
CHANCE = 0.05
LIKELY = 0.8
# these make up for imbalance in their own way, so that no other classifier can stand in for them
MENDED = ("-tuned", "-weighted", "emlsol", "eccru3", "cocoa")
SHOWN = 3


@dataclass(frozen=True)
class Recommendation:
    """A sampler worth trying, and why.

    Parameters
    ----------
    sampler : str
    gain : float
        Over no resampling: the mean over the data sets of the evidence and one more of gain 0, so
        that few say little. Positive is better, whichever way the metric points.
    interval : (float, float) or None
        Where the gain on another data set lies with 80 %, were gains normal; None below three.
    n_better, n_datasets : int
        On how many data sets it was better than no resampling, of how many.
    seconds : (float, float) or None
        One call on all rows in seconds of one core, and the factor that this may be off by.
    timed : (float, int) or None
        What the largest data set timed took, in seconds, and its rows.
    growth : float or None
        Rows after / rows before.
    """

    sampler: str
    gain: float
    interval: tuple[float, float] | None
    n_better: int
    n_datasets: int
    seconds: tuple[float, float] | None = None
    timed: tuple[float, int] | None = None
    growth: float | None = None


@dataclass(frozen=True)
class Validation:
    """How advice would have fared on each data set of the evidence, made from the others.

    Parameters
    ----------
    n_datasets, n_advised : int
        Left out in turn, and on how many of them the others named a sampler.
    n_better : int
        On how many of these the first sampler beat no resampling.
    overall : str
        The sampler that gained most in the mean over all classifiers, of those tried with this.
    n_above, n_below : int
        On how many the first sampler was better and worse than always taking the one that gained
        most over all classifiers of the others.
    mean_gain, mean_error : float
        What the first sampler gained, and how far that was from what was expected, in the mean.
    n_covered : int
        On how many the gain lay in the interval.
    """

    n_datasets: int
    n_advised: int
    n_better: int
    overall: str
    n_above: int
    n_below: int
    mean_gain: float
    mean_error: float
    n_covered: int

    @property
    def chance(self) -> float:
        """How often the first sampler is better, by Laplace's rule of succession."""
        return (self.n_better + 1) / (self.n_advised + 2)

    @property
    def is_a_coin(self) -> bool:
        """Whether a coin would be right as often with a chance above 0.05."""
        return bool(binom.sf(self.n_better - 1, self.n_advised, 0.5) > CHANCE)


@dataclass(frozen=True)
class Advice:
    """What `advise` found; printed, it is five sentences.

    Parameters
    ----------
    verdict : {"likely", "possible", "unlikely", "unknown"}
        Whether resampling helps.
    sentences : tuple of str
        The data, the verdict, what to try, what it costs, what it rests on.
    recommended : tuple of Recommendation
        Best first; none where none is likely to gain.
    metric : str
    estimator : str or None
        The classifier asked for.
    profile : dict of str to float
        The measures of the data.
    outside : dict of str to (float, float, float)
        Measures outside the evidence: the value, the least and the greatest known.
    twin : str or None
        The data set of the evidence whose measures are those of the data: most likely the same.
    blockers : tuple of str
        Why nothing is known, if that is so.
    thresholds : Recommendation or None
        What a tuned threshold per label gained without resampling, where that is known.
    validation : Validation or None
        None with fewer than three data sets.
    rows : DataFrame
        What `frame` gives.

    Examples
    --------
    >>> from skml_aemlo.datasets import load_synthetic
    >>> data = load_synthetic()
    >>> advice = advise(data.X, data.Y, estimator="mlknn")
    >>> advice.verdict, [one.sampler for one in advice.recommended]
    ('likely', ['aemlo', 'mlsol', 'mlrknnos'])
    """

    verdict: str
    sentences: tuple[str, ...]
    recommended: tuple[Recommendation, ...]
    metric: str
    estimator: str | None
    profile: dict[str, float]
    outside: dict[str, tuple[float, float, float]]
    twin: str | None
    blockers: tuple[str, ...]
    thresholds: Recommendation | None
    validation: Validation | None
    rows: Any = field(repr=False, compare=False)

    def __str__(self) -> str:
        return "\n".join(self.sentences)

    def frame(self) -> pd.DataFrame:
        """Return the evidence that the advice rests on, the most similar data sets first.

        Returns
        -------
        DataFrame
            One row per study, data set, estimator and sampler: ``gain`` over no resampling,
            ``distance`` from the data asked about (root mean square over the measures, each in
            units of its range in the evidence), and the measures.
        """
        return self.rows.copy()


def advise(
    X: Any,
    Y: Any,
    *,
    estimator: str | None = None,
    metric: str = "macro_f",
    evidence: Any = None,
) -> Advice:
    """Say whether resampling is likely to help, which samplers to try, and what that rests on.

    Parameters
    ----------
    X : container of n_samples rows
        Features; only their number is looked at, and whether they are texts.
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.
    estimator : str, optional
        The classifier: a name in `ESTIMATORS` or in the evidence. By default the mean over those
        of the evidence.
    metric : str, default="macro_f"
        A name in `METRICS`.
    evidence : Results or DataFrame, optional
        Your own comparison, as `read_evidence` takes it, instead of the one that comes along:
        12 data sets, 5 classifiers and 16 samplers, not all of them together.

    Returns
    -------
    Advice

    Raises
    ------
    ValueError
        If an argument names something unknown, rows disagree, or the evidence lacks a column.
    TypeError
        If the evidence is no table, or X has no rows.
    ImportError
        If pandas is missing.

    Notes
    -----
    All data sets of the evidence count alike: weighing them by likeness made advice no better
    (docs/develop/decisions/0022). Likeness only decides whether the advice is called thin.

    Examples
    --------
    >>> Y = [[1, 0], [0, 1]] * 40
    >>> advice = advise([[0.0]] * 80, Y)
    >>> print(advice.sentences[1])
    Resampling is unlikely to help: the labels are almost equally frequent, so there is little ...
    """
    name = find_metrics([metric])[0].name
    labels = read_labels(Y)
    if count_rows(X) != labels.shape[0]:
        raise ValueError(
            f"X has {count_rows(X)} rows and Y {labels.shape[0]}; give both the same rows."
        )
    table = read_evidence(evidence)
    _require_known(table, estimator, name)
    found = measures.describe(labels)
    texts = _is_text(X)
    usable = _without_useless(table, texts, found.diversity == 1.0)
    advice, said = _advice(usable, found, name, estimator)
    sentences = sentences_of(advice, found, shipped=evidence is None, texts=texts, **said)
    return replace(advice, sentences=sentences)


def _require_known(table: pd.DataFrame, estimator: str | None, metric: str) -> None:
    if metric not in table or table[metric].isna().all():
        known = ", ".join(name for name in METRICS if name in table and table[name].notna().any())
        raise ValueError(f"the evidence has no {metric!r}; it has {known or 'no metric'}.")
    known_estimators = [*dict.fromkeys([*table["estimator"], *ESTIMATORS])]
    if estimator is not None and estimator not in known_estimators:
        raise ValueError(unknown("estimator", estimator, map(str, known_estimators)))


def _is_text(X: Any) -> bool:
    """Tell rows that are no rows of columns."""
    if hasattr(X, "shape"):
        return len(X.shape) < 2
    return all(isinstance(row, str) for row in X)


def _without_useless(table: pd.DataFrame, text: bool, distinct: bool) -> pd.DataFrame:
    """Leave out samplers that cannot read the features, or find no label set twice."""
    dropped = {name for name in set(table["sampler"]) & set(SAMPLERS) if text and _reads(name)}
    if distinct:
        dropped |= {"lpros", "lprus", "lp-smote"}
    return table[~table["sampler"].isin(dropped)]


def _reads(name: str) -> bool:
    return name != "none" and getattr(SAMPLERS[name].factory(), "_reads_features", True)


def _advice(
    table: pd.DataFrame,
    found: measures.LabelProfile,
    metric: str,
    estimator: str | None,
) -> tuple[Advice, dict[str, bool]]:
    """Return advice without its sentences, and what these have to know besides."""
    gains = gains_of(table, metric)
    chosen = _rows_of(gains, estimator)
    borrowed = estimator is not None and not (gains["estimator"] == estimator).any()
    profile = profile_row(found.to_dict())
    known = table.drop_duplicates("dataset").set_index("dataset")[list(MEASURES)]
    known = known.loc[list(dict.fromkeys(chosen["dataset"]))]
    outside = _outside(profile, known)
    blockers = _blockers(found, outside, estimator if borrowed else None, chosen.empty)
    balanced = profile["mean_ir"] < BALANCED[0] and not profile["cvir"] >= BALANCED[1]
    ranked = () if blockers or balanced else _recommendations(_grid(chosen))[:SHOWN]
    tried = _validate(_grid(chosen), _grid(_rows_of(gains, None)))
    advice = Advice(
        verdict=_verdict(bool(ranked), bool(blockers), borrowed or bool(outside), tried),
        sentences=(),
        recommended=tuple(_with_costs(one, table, found.n_samples) for one in ranked),
        metric=metric,
        estimator=estimator,
        profile=profile,
        outside=outside,
        twin=_twin(profile, known),
        blockers=blockers,
        thresholds=_thresholds(table, metric, estimator),
        validation=tried,
        rows=_frame(chosen, profile, known),
    )
    return advice, {"balanced": balanced, "borrowed": borrowed}


def _rows_of(gains: pd.DataFrame, estimator: str | None) -> pd.DataFrame:
    """Return a classifier's rows; without one, or any of it, those of blocks that ran everything.

    A mean over classifiers must be over the same ones for every sampler, or a sampler is praised
    for the company it kept.
    """
    own = gains[gains["estimator"] == estimator]
    if len(own):
        return own
    sizes = gains.groupby(["study", "dataset", "estimator"])["sampler"].transform("size")
    return gains[sizes == sizes.max()]


def _grid(rows: pd.DataFrame) -> pd.DataFrame:
    """Return gains by data set and sampler, in the order of their names."""
    return rows.groupby(["dataset", "sampler"])["gain"].mean().unstack("sampler")


def _expected(gains: np.ndarray) -> np.ndarray:
    """Average each column over its rows and one more of gain 0, so that few rows say little."""
    # twelve digits: no order of summation decides
    return np.round(np.nansum(gains, axis=0) / (np.sum(~np.isnan(gains), axis=0) + 1), 12)


def _recommendations(grid: pd.DataFrame) -> list[Recommendation]:
    """Return the samplers that gain in the mean and on most data sets, best first."""
    expected = dict(zip(grid, _expected(grid.to_numpy()), strict=True))
    promising = [
        _recommendation(sampler, grid[sampler].dropna().to_numpy())
        for sampler, gain in sorted(expected.items(), key=lambda item: (-item[1], item[0]))
        if gain > 0
    ]
    return [one for one in promising if 2 * one.n_better > one.n_datasets]


def _recommendation(sampler: str, gains: np.ndarray) -> Recommendation:
    gain = float(_expected(gains[:, None])[0])
    return Recommendation(sampler, gain, _interval(gain, gains), int(np.sum(gains > 0)), len(gains))


def _interval(gain: float, gains: np.ndarray) -> tuple[float, float] | None:
    n = len(gains)
    if n < 3:
        return None
    half = float(t.ppf(0.9, n - 1) * gains.std(ddof=1) * np.sqrt(1 + 1 / n))
    return gain - half, gain + half


def _verdict(named: bool, blocked: bool, thin: bool, tried: Validation | None) -> str:
    if blocked:
        return "unknown"
    if not named:
        return "unlikely"
    sure = not thin and tried is not None and not tried.is_a_coin
    return "likely" if sure and tried is not None and tried.chance >= LIKELY else "possible"


def _thresholds(table: pd.DataFrame, metric: str, estimator: str | None) -> Recommendation | None:
    """Return what tuned thresholds gained; scores are not touched by them."""
    if METRICS[metric].needs == "scores":
        return None
    gains = baseline_gains(table, metric, "-tuned")
    own = gains if estimator is None else gains[gains["estimator"] == estimator]
    values = own[own["sampler"] == "-tuned"].groupby("dataset")["gain"].mean().to_numpy()
    return _recommendation("-tuned", values) if len(values) else None


def _with_costs(one: Recommendation, table: pd.DataFrame, n_samples: int) -> Recommendation:
    growth = None
    if {"n_rows_before", "n_rows_after"} <= set(table):
        rows = table[table["sampler"] == one.sampler]
        mean = float((rows["n_rows_after"] / rows["n_rows_before"]).mean())
        growth = mean if np.isfinite(mean) else None
    seconds = seconds_for(table, one.sampler, n_samples)
    return replace(one, seconds=seconds, timed=largest_timed(table, one.sampler), growth=growth)


def _outside(
    profile: dict[str, float], known: pd.DataFrame
) -> dict[str, tuple[float, float, float]]:
    bounds = {name: (float(known[name].min()), float(known[name].max())) for name in MEASURES}
    return {
        name: (profile[name], low, high)
        for name, (low, high) in bounds.items()
        if profile[name] < low * (1 - KEPT) or profile[name] > high * (1 + KEPT)
    }


def _twin(profile: dict[str, float], known: pd.DataFrame) -> str | None:
    """Return the first data set with the very same measures."""
    here = np.array([profile[name] for name in known])
    same = np.isclose(known.to_numpy(float), here, rtol=KEPT, atol=0, equal_nan=True).all(axis=1)
    return str(known.index[same][0]) if same.any() else None


def _blockers(
    found: measures.LabelProfile,
    outside: dict[str, tuple[float, float, float]],
    borrower: str | None,
    empty: bool,
) -> tuple[str, ...]:
    """Return why nothing is known about such data."""
    reasons = []
    if empty:
        reasons.append("no sampler of the evidence can be used on them")
    if borrower is not None and borrower.endswith(MENDED):
        reasons.append(f"{borrower} makes up for imbalance by itself, and no evidence is of it")
    if found.n_labels == 1:
        reasons.append("one label is no multi-label problem (imbalanced-learn has samplers for it)")
    if not found.counts.any():
        reasons.append("no row bears a label")
    if found.n_samples < MIN_ROWS:
        reasons.append(f"{found.n_samples} rows are too few to learn rare labels from")
    for name, (value, low, high) in outside.items():
        ratio = high / value if value > high else value / low
        if MEASURES[name] and value > 0 and ratio < 1 / FAR:
            reasons.append(f"{measured(name, value)}, more than ten times beyond what was tried")
    return tuple(reasons)


def _frame(rows: pd.DataFrame, profile: dict[str, float], known: pd.DataFrame) -> pd.DataFrame:
    gaps = {}
    for name, is_ratio in MEASURES.items():
        scale: Callable[[Any], Any] = np.log if is_ratio else np.asarray
        here = scale(profile[name]) if profile[name] > 0 or not is_ratio else np.nan
        there = scale(known[name].to_numpy(float))
        spread = np.ptp(there) if len(there) else 0.0
        gaps[name] = (there - here) / (spread or 1.0)
    squares = np.nan_to_num(np.array(list(gaps.values()))) ** 2
    told = known.assign(distance=np.sqrt(squares.mean(axis=0)))
    columns = ["study", "dataset", "estimator", "sampler", "gain", "distance", *MEASURES]
    frame = rows.merge(told, left_on="dataset", right_index=True)[columns]
    return frame.sort_values(["distance", "dataset"], kind="stable").reset_index(drop=True)


def _validate(grid: pd.DataFrame, overall: pd.DataFrame) -> Validation | None:
    if len(grid) < 3:
        return None
    shared = [name for name in overall if name in grid]
    overall = overall[shared] if shared else grid
    trials = [_trial(grid, overall, name) for name in grid.index]
    made = [one for one in trials if one is not None]
    gains, alone, misses, covered = np.array(made).reshape(-1, 4).T
    told = len(made) > 0
    return Validation(
        n_datasets=len(grid),
        n_advised=len(made),
        n_better=int(np.sum(gains > 0)),
        overall=_best(overall),
        n_above=int(np.sum(gains > alone)),
        n_below=int(np.sum(gains < alone)),
        mean_gain=float(gains.mean()) if told else float("nan"),
        mean_error=float(misses.mean()) if told else float("nan"),
        n_covered=int(covered.sum()),
    )


def _best(overall: pd.DataFrame) -> str:
    return str(overall.columns[int(np.argmax(_expected(overall.to_numpy())))])


def _trial(
    grid: pd.DataFrame, overall: pd.DataFrame, left_out: str
) -> tuple[float, float, float, bool] | None:
    """Return the first sampler's gain, the overall one's, the error and whether it was covered."""
    answer = grid.loc[left_out].dropna()
    advised = _recommendations(grid.drop(index=left_out)[answer.index])
    if not advised:
        return None
    first = advised[0]
    others = overall.drop(index=left_out, errors="ignore")
    shared = [name for name in answer.index if name in others]
    alone = float(answer[_best(others[shared])]) if len(others) and shared else 0.0
    gain = float(answer[first.sampler])
    low, high = first.interval or (-np.inf, np.inf)
    return gain, alone, abs(gain - first.gain), bool(low <= gain <= high)
