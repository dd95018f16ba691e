"""Advice in five plain sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._phrases import counted
from ..measures import LabelProfile
from ..registry import SAMPLERS
from .scoring import METRICS

if TYPE_CHECKING:
    from .advice import Advice, Recommendation

__all__ = ["sentences_of"]

UNRELIABLE = 30.0  # a factor beyond which a guess at seconds is none
LITTLE = 0.01


def sentences_of(
    advice: Advice, found: LabelProfile, *, balanced: bool, borrowed: bool, shipped: bool
) -> tuple[str, ...]:
    """Return what the data are, whether resampling helps, what to try, its cost, and the evidence.

    Parameters
    ----------
    advice : Advice
        Its sentences are not read.
    found : LabelProfile
    balanced : bool
        Whether labels are almost equally frequent.
    borrowed : bool
        Whether the evidence is of other classifiers than the one asked for.
    shipped : bool
        Whether the evidence is the package's own.

    Returns
    -------
    tuple of five str
        None holds a name from the data.
    """
    return (
        _data(found),
        _verdict(advice, balanced),
        _choice(advice, balanced),
        _cost(advice),
        _basis(advice, balanced, borrowed, shipped),
    )


def _data(found: LabelProfile) -> str:
    text = f"These are {counted(found.n_samples, 'row')} with {counted(found.n_labels, 'label')}"
    if not found.counts.any():
        return f"{text}, none of which any row bears."
    minority = counted(found.n_minority_labels, "minority label")
    text += f", {found.cardinality:.2f} a row; on average a label is {found.mean_ir:.1f} times"
    text += f" rarer than the most frequent one (MeanIR), there are {minority}, and "
    mixed = "often" if found.scumble > 0.1 else "seldom"
    return f"{text}rare labels {mixed} share rows with frequent ones (SCUMBLE {found.scumble:.3f})."


def _verdict(advice: Advice, balanced: bool) -> str:
    subject = f"Whether resampling helps {_whom(advice)} is not known"
    if advice.verdict == "unknown":
        return f"{subject}: {'; '.join(advice.blockers)}{_instead(advice)}."
    if advice.verdict == "unlikely":
        why = (
            "the labels are almost equally frequent, so there is little to mend"
            if balanced
            else f"no sampler of the evidence gains {_metric(advice)} on most data sets with "
            f"{_whom(advice)}"
        )
        return f"Resampling is unlikely to help: {why}{_instead(advice)}."
    first = advice.recommended[0]
    how = "is likely to help" if advice.verdict == "likely" else "may help"
    little = " a little" if first.gain < LITTLE else ""
    text = f"Resampling {how} {_whom(advice)}{little}: "
    text += f"a gain of {first.gain:+.3f} in {_metric(advice)} is expected"
    if first.interval is not None:
        low, high = first.interval
        text += f", between {low:+.3f} and {high:+.3f} on eight in ten data sets"
    return f"{text}{_instead(advice, first.gain)}."


def _whom(advice: Advice) -> str:
    return advice.estimator or "classifiers in general"


def _metric(advice: Advice) -> str:
    metric = METRICS[advice.metric]
    return metric.title if metric.greater_is_better else f"{metric.title} (a fall is a gain)"


def _instead(advice: Advice, gain: float = 0.0) -> str:
    """Return what tuned thresholds have to offer, where that is more than a sampler's gain."""
    if (advice.estimator or "").endswith("-tuned"):
        return ""
    tuned = advice.thresholds
    if tuned is not None and tuned.gain > gain and 2 * tuned.n_better > tuned.n_datasets:
        return (
            f"; try tuned thresholds (TunedThresholdsClassifierCV) first, which gained "
            f"{tuned.gain:+.3f} without a sampler and were better on {tuned.n_better} of "
            f"{tuned.n_datasets} data sets"
        )
    if not advice.recommended and METRICS[advice.metric].needs == "labels" and tuned is None:
        return "; try tuned thresholds (TunedThresholdsClassifierCV) first"
    return ""


def _choice(advice: Advice, balanced: bool) -> str:
    if advice.recommended:
        first, *others = map(_reason, advice.recommended)
        return f"Try {', then '.join([first, *others])}."
    if advice.verdict == "unlikely" and balanced:
        return "No sampler is recommended: most aim at labels that are rarer than the others."
    if advice.verdict == "unlikely":
        return "No sampler is recommended: leaving the rows as they are was the better choice."
    return "No sampler is recommended: let compare.run tell on these data, or on a part of them."


def _reason(one: Recommendation) -> str:
    entry = SAMPLERS.get(one.sampler)
    what = entry.summary.rstrip(".") if entry and entry.summary else "a sampler of yours"
    what = what[0].lower() + what[1:]
    record = f"{one.gain:+.3f}, better on {one.n_better} of {one.n_datasets} data sets"
    return f"{one.sampler} ({what.replace(';', ',')}: {record})"


def _cost(advice: Advice) -> str:
    if not advice.recommended:
        return "So it costs nothing but the classifier itself, and a comparison if you run one."
    return f"One call on all rows takes {', '.join(map(_duration, advice.recommended))} (one core)."


def _duration(one: Recommendation) -> str:
    growth = "" if one.growth is None else f" and leaves {one.growth:.2g} times the rows"
    if one.seconds is None or one.seconds[1] > UNRELIABLE:
        return f"{one.sampler} a time that cannot be foretold{growth}"
    seconds, factor = one.seconds
    if seconds * factor < 1:
        return f"{one.sampler} less than a second{growth}"
    value, unit = (seconds / 60, "min") if seconds >= 120 else (seconds, "s")
    about = f"{float(f'{value:.1g}'):g} {unit}"  # one digit, and no exponent
    return f"{one.sampler} about {about} (give or take a factor of {factor:.2g}){growth}"


def _basis(advice: Advice, balanced: bool, borrowed: bool, shipped: bool) -> str:
    n = advice.frame()["dataset"].nunique()
    thin = borrowed or bool(advice.outside) or n < 5
    if not n:
        return "There is no evidence to rest on."
    parts = [f"The evidence is {'thin' if thin else 'modest'}: {counted(n, 'data set')}"]
    if borrowed:
        stand_in = "" if advice.verdict == "unknown" else ", so other classifiers stand in"
        parts.append(f"none of it with {advice.estimator}{stand_in}")
    parts += [
        f"{name} is {value:.3g} here and {low:.3g} to {high:.3g} there"
        for name, (value, low, high) in advice.outside.items()
    ]
    if advice.verdict != "unknown" and not balanced:
        parts.append(_record(advice))
    if shipped and any(one.sampler == "aemlo" for one in advice.recommended):
        parts.append("AEMLO's defaults were chosen on eight of these data sets, which flatters it")
    return f"{'; '.join(parts)}."


def _record(advice: Advice) -> str:
    tried = advice.validation
    if tried is None:
        return "too few to check such advice on data sets left out"
    if not tried.n_advised:
        return "with each left out in turn, the others never name a sampler"
    text = "with each left out in turn, the first sampler advised beat no resampling on "
    text += f"{tried.n_better} of {tried.n_advised}"
    text += ", which is no better than a coin" if tried.is_a_coin else ""
    if tried.n_above <= tried.n_below or not tried.n_above:
        text += f", and did no better than always taking {tried.overall}"
    return text
