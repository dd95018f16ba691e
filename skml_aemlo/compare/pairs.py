"""Samplers and classifiers together: what a pair scores, and whether another classifier does more.

The tables of a comparison set samplers side by side under one classifier. Whoever wants the best
answer asks across classifiers, too: a threshold tuned for each label, or weights, may do what a
sampler is meant to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .estimators import VARIANTS
from .scoring import METRICS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Rival", "best_pair", "means_of", "rivals_of"]


@dataclass(frozen=True)
class Rival:
    """A variant of a classifier beside the classifier itself with the best sampler it had.

    Parameters
    ----------
    variant, plain : str
        Names of the classifiers.
    sampler : str
        Of the classifier itself: the one with the best mean over data sets.
    n_better, n_datasets : int
        On how many data sets the variant, which has no sampler, is better.
    mean, plain_mean : float
        Of the variant, and of the classifier with that sampler, over data sets.
    """

    variant: str
    plain: str
    sampler: str
    n_better: int
    n_datasets: int
    mean: float
    plain_mean: float


def means_of(summary: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return the mean over data sets of each sampler under each classifier.

    Parameters
    ----------
    summary : DataFrame
        As `summarise` returns it.
    metric : str

    Returns
    -------
    DataFrame of shape (n_samplers, n_estimators)
        NaN for a pair that failed, or is not finished, on a data set others have a score on.

    Examples
    --------
    >>> import pandas as pd
    >>> from skml_aemlo.compare import summarise
    >>> table = pd.DataFrame({"dataset": ["a", "b"] * 2, "sampler": "none",
    ...     "estimator": ["tree", "tree", "knn", "knn"], "macro_f": [0.1, 0.3, 0.5, 0.5],
    ...     "error": ""})
    >>> means_of(summarise(table), "macro_f").round(3)
    estimator  tree  knn
    sampler
    none        0.2  0.5
    """
    # of equal scores in another order the last digits may differ
    means = _scores(summary, metric).mean(skipna=False).round(12).unstack("estimator")
    rows = summary[summary["metric"] == metric]
    return means.reindex(index=rows["sampler"].unique(), columns=rows["estimator"].unique())


def _scores(summary: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return data sets x (estimator, sampler), without those on which the metric is undefined."""
    rows = summary[summary["metric"] == metric]
    wide = rows.pivot(index="dataset", columns=["estimator", "sampler"], values="mean")
    return wide.dropna(how="all").round(12)


def best_pair(means: pd.DataFrame, metric: str) -> tuple[str, str, float] | None:
    """Return the pair with the best mean.

    Parameters
    ----------
    means : DataFrame of shape (n_samplers, n_estimators)
        As `means_of` returns it.
    metric : str

    Returns
    -------
    (str, str, float) or None
        Sampler, estimator and mean; the first of several that are equal, None where no pair has a
        mean.

    Examples
    --------
    >>> import pandas as pd
    >>> means = pd.DataFrame({"tree": [0.2, 0.4], "knn": [0.1, None]}, index=["none", "mlros"])
    >>> best_pair(means, "macro_f"), best_pair(means, "hamming")
    (('mlros', 'tree', 0.4), ('none', 'knn', 0.1))
    """
    known = means.unstack().dropna()
    if known.empty:
        return None
    place = known.idxmax() if METRICS[metric].greater_is_better else known.idxmin()
    estimator, sampler = place
    return str(sampler), str(estimator), float(known[place])


def rivals_of(summary: pd.DataFrame, metric: str, control: str) -> Iterator[Rival]:
    """Yield how variants of classifiers do without a sampler, beside the classifiers with one.

    Parameters
    ----------
    summary : DataFrame
        As `summarise` returns it.
    metric : str
    control : str
        The baseline, with which a variant is taken.

    Yields
    ------
    Rival
        For each classifier whose name is another's with an ending of `estimators.VARIANTS`, where
        both are finished, and the variant's scores are others than the classifier's own: tuned
        thresholds change no ranking.
    """
    means, scores = means_of(summary, metric), _scores(summary, metric)
    for variant in means:
        plain = _plain(str(variant), [str(name) for name in means])
        if (
            plain is None
            or control not in means.index
            or means.loc[control, [variant, plain]].isna().any()
        ):
            continue
        best = best_pair(means.drop(index=control)[[plain]], metric)
        mean = float(means.at[control, variant])
        own = scores[(variant, control)]
        if best is None or own.equals(scores[(plain, control)]):
            continue
        ahead = own - scores[(plain, best[0])]
        better = ahead > 0 if METRICS[metric].greater_is_better else ahead < 0
        n_better, n_datasets = int(better.sum()), len(better)
        yield Rival(str(variant), plain, best[0], n_better, n_datasets, mean, best[2])


def _plain(name: str, known: list[str]) -> str | None:
    """Return the classifier a name is a variant of, if it was compared as well."""
    shorter = [name.removesuffix(ending) for ending in VARIANTS if name.endswith(ending)]
    return next((one for one in shorter if one in known), None)
