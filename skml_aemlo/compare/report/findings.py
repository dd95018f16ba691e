"""What the statistics say of a comparison, metric by metric, or why they say nothing."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..bayes import bayesian_signed_rank
from ..power import blocks_needed, to_tell
from ..results import Results
from ..scoring import METRICS, Metric
from ..statistics import (
    FriedmanTest,
    average_ranks,
    block_means,
    default_control,
    friedman,
    marks,
    wilcoxon_holm,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Finding", "find_all", "find_control"]

FEWEST = 3
ROPE = 0.01
DRAWS = 10_000  # good for two digits


@dataclass(frozen=True)
class Finding:
    """What was found by one metric.

    Parameters
    ----------
    metric : Metric
    scores : DataFrame of shape (n_blocks, n_samplers)
        As `block_means` returns it.
    by : str
        What a block is, in words.
    reason : str
        Why there is no test; "" where there is one.
    notes : list of str
        Which blocks were left out.
    ranks : Series, optional
        Average ranks by sampler.
    differ : FriedmanTest, optional
    against : DataFrame, optional
        As `wilcoxon_holm` returns it.
    chances : DataFrame, optional
        As `bayesian_signed_rank` returns it, differences up to `ROPE` being none to speak of.
    """

    metric: Metric
    scores: pd.DataFrame = field(repr=False)
    by: str
    reason: str = ""
    notes: list[str] = field(default_factory=list)
    ranks: pd.Series | None = None
    differ: FriedmanTest | None = None
    against: pd.DataFrame | None = None
    chances: pd.DataFrame | None = None

    @property
    def any_ranks(self) -> pd.Series:
        """Average ranks over whatever blocks there are, be they too few for a test."""
        if self.ranks is not None:
            return self.ranks
        return self.scores.rank(axis=1, ascending=not self.metric.greater_is_better).mean()

    def is_powerless(self, alpha: float) -> bool:
        """Tell whether no sampler could differ from the control, were it to win everywhere.

        Parameters
        ----------
        alpha : float

        Returns
        -------
        bool
        """
        compared = self.against
        return compared is not None and len(self.scores) < blocks_needed(len(compared), alpha)

    def mark(self, sampler: str, alpha: float) -> str:
        """Return ``*`` for a sampler significantly better than the control, ``†`` for worse.

        Parameters
        ----------
        sampler : str
        alpha : float

        Returns
        -------
        str
            "" for neither, and where nothing was tested.
        """
        if self.against is None or sampler not in self.against.index:
            return ""
        return str(marks(self.against.loc[[sampler]], alpha).iloc[0])


def find_control(results: Results, control: str | None) -> str | None:
    """Return the sampler that the others are compared with.

    Parameters
    ----------
    results : Results
    control : str, optional
        By default ``"none"``, or else the first one.

    Returns
    -------
    str or None
        None where there are no samplers.

    Raises
    ------
    ValueError
        If no such sampler was compared.
    """
    samplers = list(results.description["samplers"])
    if control is None:
        return default_control(samplers)
    if control not in samplers:
        raise ValueError(
            f"control={control!r} is no sampler of this comparison; choose one of "
            f"{', '.join(map(repr, samplers))}."
        )
    return control


def find_all(
    table: pd.DataFrame, metrics: tuple[str, ...], control: str | None
) -> Iterator[Finding]:
    """Yield what was found by each metric that is known.

    Parameters
    ----------
    table : DataFrame
        One row per cell, as `run` returns it.
    metrics : tuple of str
    control : str or None

    Yields
    ------
    Finding
        Over data sets where there are three or more of them, else over data sets under
        estimators.
    """
    for metric in (METRICS[name] for name in metrics if name in METRICS):
        found = find(table, metric, control, "dataset")
        if found.reason:
            found = find(table, metric, control, ("dataset", "estimator"))
        yield replace(found, chances=_chances(found, control))


def _chances(found: Finding, control: str | None) -> pd.DataFrame | None:
    if control is None or found.against is None:
        return None
    return bayesian_signed_rank(
        found.scores,
        control=control,
        greater_is_better=found.metric.greater_is_better,
        rope=ROPE,
        n_samples=DRAWS,
    )


def find(
    table: pd.DataFrame,
    metric: Metric,
    control: str | None,
    by: str | tuple[str, ...],
) -> Finding:
    """Return what was found by one metric over some blocks.

    Parameters
    ----------
    table : DataFrame
        One row per cell, as `run` returns it.
    metric : Metric
    control : str or None
    by : str or tuple of str
        What makes a block, as `block_means` takes it.

    Returns
    -------
    Finding
    """
    said = "data set" if by == "dataset" else "data set under a classifier"
    if table.empty:
        return Finding(metric, table, said, "no cell is finished")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scores = block_means(table, metric.name, by=by)
    notes = [str(item.message) for item in caught]
    if by != "dataset":
        scores, told = _without_copies(scores)
        notes += told
    reason = _too_little(scores, said)
    if reason:
        return Finding(metric, scores, said, reason, notes)
    better = metric.greater_is_better
    return Finding(
        metric,
        scores,
        said,
        "",
        notes,
        ranks=average_ranks(scores, greater_is_better=better).sort_values(kind="stable"),
        differ=friedman(scores, greater_is_better=better),
        against=None
        if control is None or control not in scores
        else wilcoxon_holm(scores, control=control, greater_is_better=better),
    )


def _without_copies(scores: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Leave out classifiers that score as another does, such as by a ranking under thresholds."""
    told_apart = scores.round(12).set_axis(range(scores.shape[1]), axis=1).reset_index("dataset")
    copies = told_apart.duplicated().to_numpy() & scores.notna().any(axis=1)
    if not copies.any():
        return scores, []
    n_left_out = int(copies.sum())
    blocks = "1 block was" if n_left_out == 1 else f"{n_left_out} blocks were"
    told = f"{blocks} left out of ranks and tests: another classifier has the very scores"
    return scores[~copies], [f"{told} there, as where thresholds change no ranking."]


def _too_little(scores: pd.DataFrame, said: str) -> str:
    n_blocks, n_samplers = scores.shape
    if n_samplers < 2:
        only = "only one sampler has" if n_samplers else "no sampler has"
        return f"to compare takes two samplers, and {only} finished cells"
    if n_blocks < FEWEST:
        complete = "is 1" if n_blocks == 1 else f"are {n_blocks}"
        return (
            f"any test takes {FEWEST} complete blocks (each a {said}), {to_tell(n_samplers - 1)} "
            f"at 5% takes {blocks_needed(n_samplers - 1)}, and there {complete}"
        )
    return ""
