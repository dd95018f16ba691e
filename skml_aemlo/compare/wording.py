"""Advice in five plain sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .._phrases import counted
from ..measures import LabelProfile
from ..registry import SAMPLERS
from .scoring import METRICS

if TYPE_CHECKING:
    from .advice import Advice, Recommendation

__all__ = ["measured", "sentences_of"]

UNRELIABLE = 30.0  # a factor beyond which a guess at seconds is none
LITTLE = 0.01
SCARCE = 5  # a label of fewer rows has none in some fold of five
_MEASURES = {
    "n_samples": "{} rows",
    "n_labels": "{} labels",
    "cardinality": "{} labels a row",
    "mean_ir": "MeanIR {}",
    "cvir": "CVIR {}",
    "scumble": "SCUMBLE {}",
    "diversity": "{} label sets a row",
    "minority_share": "share of minority labels {}",
}


def sentences_of(
    advice: Advice,
    found: LabelProfile,
    *,
    balanced: bool,
    borrowed: bool,
    shipped: bool,
    texts: bool = False,
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
    texts : bool, default=False
        Whether rows are texts, of which most samplers can make nothing.

    Returns
    -------
    tuple of five str
        None holds a name from the data.
    """
    return (
        _data(found),
        _verdict(advice, balanced, shipped),
        _choice(advice, balanced) if not texts else _choice_of_texts(advice, balanced),
        _cost(advice),
        _basis(advice, balanced, borrowed, shipped),
    )


def measured(name: str, value: float) -> str:
    """Say a measure of data in words.

    Parameters
    ----------
    name : str
        One of `evidence.MEASURES`.
    value : float

    Returns
    -------
    str

    Examples
    --------
    >>> measured("n_samples", 2417), measured("mean_ir", 3.5291)
    ('2,417 rows', 'MeanIR 3.53')
    """
    return _MEASURES[name].format(_number(value))


def _number(value: float) -> str:
    """Write three digits, and all of a large whole number."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _data(found: LabelProfile) -> str:
    text = f"These are {counted(found.n_samples, 'row')} with {counted(found.n_labels, 'label')}"
    if not found.counts.any():
        return f"{text}, none of which any row bears."
    are = "is" if found.n_minority_labels == 1 else "are"
    minority = counted(found.n_minority_labels, "minority label")
    text += f", {found.cardinality:.2f} a row; on average a label is {found.mean_ir:.1f} times"
    text += f" rarer than the most frequent one (MeanIR), there {are} {minority}, and "
    mixed = "often" if found.scumble > 0.1 else "seldom"
    text += f"rare labels {mixed} share rows with frequent ones (SCUMBLE {found.scumble:.3f})"
    return f"{text}{_hopeless(found)}."


def _hopeless(found: LabelProfile) -> str:
    """Say how many labels have too few rows for any sampler, or for any measurement."""
    told = [
        f"{counted(number, 'label')} {'has' if number == 1 else 'have'} {rows}"
        for number, rows in (
            (int((found.counts == 0).sum()), "no row"),
            (int((found.counts == 1).sum()), "a single row"),
        )
        if number
    ]
    text = f"; {' and '.join(told)}, which no sampler can help" if told else ""
    scarce = int(((found.counts > 1) & (found.counts < SCARCE)).sum())
    if scarce:
        have = "has" if scarce == 1 else "have"
        text += f"; {counted(scarce, 'label')} {have} fewer than {SCARCE} rows, too few to measure"
    return text


def _places(number: int, shipped: bool) -> str:
    """Name the data sets that a gain was measured on."""
    kind, of = ("benchmark ", "") if shipped else ("", " of the evidence")
    return f"the {f'{number} {kind}data sets' if number > 1 else f'{kind}data set'}{of}"


def _verdict(advice: Advice, balanced: bool, shipped: bool) -> str:
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
    text = f"Resampling {how} {_whom(advice)}{little}: {first.sampler}'s mean gain on "
    text += f"{_places(first.n_datasets, shipped)}, with one more of gain 0, is {first.gain:+.3f} "
    text += f"in {_metric(advice)}, which is no forecast for these data"
    if first.interval is not None:
        low, high = first.interval
        text += f": on eight in ten data sets it may lie between {low:+.3f} and {high:+.3f}"
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
            f"{_plain_mean(tuned):+.3f} in the mean without a sampler and were better on "
            f"{tuned.n_better} of {tuned.n_datasets} data sets"
        )
    if not advice.recommended and METRICS[advice.metric].needs == "labels" and tuned is None:
        return "; try tuned thresholds (TunedThresholdsClassifierCV) first"
    return ""


def _plain_mean(one: Recommendation) -> float:
    """Return the mean without the one more of gain 0, by which samplers are judged."""
    return one.gain * (one.n_datasets + 1) / one.n_datasets


def _choice_of_texts(advice: Advice, balanced: bool) -> str:
    """Say what was not considered, and where it is."""
    return (
        f"{_choice(advice, balanced).removesuffix('.')}; of texts only samplers that read no "
        "features are considered: ask again with their vectors, such as TF-IDF, for the others, "
        "and have class weights and tuned thresholds beside them."
    )


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
        return "Without resampling there is no cost but that of the classifier."
    return f"One call on all rows takes {', '.join(map(_duration, advice.recommended))} (one core)."


def _duration(one: Recommendation) -> str:
    growth = "" if one.growth is None else f" and leaves {one.growth:.2g} times the rows"
    return f"{one.sampler} {_seconds(one)}{growth}"


def _seconds(one: Recommendation) -> str:
    if one.seconds is None or one.seconds[1] > UNRELIABLE:
        if one.timed is None:
            return "a time that nobody has measured"
        seconds, rows = one.timed
        return f"a time not known (it took {_time(seconds)} on the {counted(rows, 'row')} tried)"
    seconds, factor = one.seconds
    low, high = _time(seconds / factor), _time(seconds * factor)
    if low == high:
        return low if seconds * factor < 1 else f"about {low}"
    return f"up to {high}" if seconds / factor < 1 else f"between {low} and {high}"


def _time(seconds: float) -> str:
    """Write one digit, and no exponent."""
    if seconds < 1:
        return "less than a second"
    value, unit = (seconds / 60, "min") if seconds >= 120 else (seconds, "s")
    return f"{_number(float(f'{value:.1g}'))} {unit}"


def _basis(advice: Advice, balanced: bool, borrowed: bool, shipped: bool) -> str:
    n = advice.frame()["dataset"].nunique()
    thin = borrowed or bool(advice.outside) or n < 5
    if not n:
        return "There is no evidence to rest on."
    parts = [f"The evidence is {'thin' if thin else 'modest'}: {counted(n, 'data set')}"]
    parts += _twin(advice)
    if borrowed:
        stand_in = "" if advice.verdict == "unknown" else ", so other classifiers stand in"
        parts.append(f"none of it with {advice.estimator}{stand_in}")
    parts += [
        f"{measured(name, value)} here, {_number(low)} to {_number(high)} there"
        for name, (value, low, high) in advice.outside.items()
    ]
    if advice.verdict != "unknown" and not balanced:
        parts.append(_record(advice))
    if shipped and any(one.sampler == "aemlo" for one in advice.recommended):
        parts.append("AEMLO's defaults were chosen on eight of these data sets, which flatters it")
    return f"{'; '.join(parts)}."


def _twin(advice: Advice) -> list[str]:
    """Say so where the data are among the evidence themselves, and what was gained on them."""
    if advice.twin is None:
        return []
    # a name from the evidence: printed as Python writes it, nothing in it moves a cursor
    text = f"one of them, {advice.twin!r}, has the very measures of these data and may be the same"
    rows = advice.frame()
    own = rows[rows["dataset"] == advice.twin]
    gains = [
        f"{one.sampler} {gain:+.3f}"
        for one in advice.recommended
        if math.isfinite(gain := own.loc[own["sampler"] == one.sampler, "gain"].mean())
    ]
    return [f"{text} (gains there: {', '.join(gains)})" if gains else text]


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
