"""Do the samplers differ, and which of them: ranks over blocks, and the tests on them.

A *block* is one occasion on which every sampler was measured: a data set under an estimator, or a
data set. `block_means` makes the frame of blocks x samplers that every other function reads.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy import stats

from .permutations import exact_p_of_friedman

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FriedmanTest",
    "NemenyiTest",
    "average_ranks",
    "block_means",
    "default_control",
    "differences",
    "friedman",
    "least_p_holm",
    "marks",
    "nemenyi",
    "rank_markdown",
    "rank_table",
    "require_level",
    "require_table",
    "wilcoxon_holm",
]

_CELL = ("dataset", "estimator", "repeat", "fold")
_DIGITS = 12
"""Means that differ beyond by the order of summation are equal."""
_EXACT = 50
"""Blocks up to which the signed ranks' chances are counted; each is exact in double precision."""


def block_means(
    table: pd.DataFrame, metric: str, *, by: str | Iterable[str] = ("dataset", "estimator")
) -> pd.DataFrame:
    """Average a metric over the folds of each block.

    Parameters
    ----------
    table : DataFrame
        One row per cell, as `run` returns it: the columns ``by``, ``sampler`` and ``metric``, and,
        where there are such, ``dataset``, ``estimator``, ``repeat``, ``fold`` and ``error``.
    metric : str
        Which column.
    by : str or iterable of str, default=("dataset", "estimator")
        The columns that make a block; everything else but the sampler is averaged over.
        ``"dataset"`` averages over estimators, too.

    Returns
    -------
    DataFrame of shape (n_blocks, n_samplers)
        Blocks in the index, samplers in the columns, both in the order of the table; NaN where a
        cell of the sampler failed, or the metric is undefined in all of its cells.

    Raises
    ------
    ValueError
        If a column is missing, ``by`` names the sampler, or a cell is there twice.

    Warns
    -----
    UserWarning
        If blocks are left out, because a sampler's cells are not all there (a run that was
        interrupted) or no sampler has a mean; or if a mean is missing elsewhere.

    Notes
    -----
    Folds share training rows and repeats share all rows, so that no test may take them for
    independent: their mean is one observation [1]_. Two estimators on one data set are no more than
    nearly independent; ``by="dataset"`` is the stricter choice, with less power.
    A sampler with a failed cell has no mean in that block, since the folds it survived may well be
    the easy ones. What comes of it is for the tests to say (``failed``).
    To compare some of the samplers, pass their rows only: ranks depend on who takes part.

    References
    ----------
    .. [1] J. Demšar, "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR 7
       (2006), section 3.2.3.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"dataset": "toy", "sampler": ["none", "none", "mlros", "mlros"],
    ...     "estimator": "tree", "fold": [0, 1, 0, 1], "macro_f": [0.5, 0.7, 0.8, 0.6]})
    >>> block_means(table, "macro_f", by="dataset")
    sampler  none  mlros
    dataset
    toy       0.6    0.7
    """
    require_table(table)
    blocks = _columns_of(by)
    _require_columns(table, blocks, metric)
    _require_distinct(table)
    means = _means(table, blocks, metric)
    unfinished = _unfinished(table, blocks).reindex(means.index)
    empty = means.isna().all(axis=1) & ~unfinished
    kept = means[~(unfinished | empty)]
    _warn_of_gaps(metric, len(means), int(unfinished.sum()), int(empty.sum()), kept)
    return kept


def require_table(given: Any, name: str = "table", maker: str = "run") -> None:
    """Refuse what is no table.

    Parameters
    ----------
    given : object
    name : str
        What the caller calls it.
    maker : str
        Which function returns one.

    Raises
    ------
    TypeError
        If it is no DataFrame of pandas.

    Examples
    --------
    >>> require_table([])
    Traceback (most recent call last):
    TypeError: table must be a DataFrame, as run returns it; got list.
    """
    import pandas

    if not isinstance(given, pandas.DataFrame):
        raise TypeError(
            f"{name} must be a DataFrame, as {maker} returns it; got {type(given).__name__}."
        )


def _columns_of(by: Any) -> list[str]:
    names = [by] if isinstance(by, str) or not isinstance(by, Iterable) else list(by)
    if not all(isinstance(name, str) for name in names):
        raise ValueError(f"by must be a column, or a list of columns, got {by!r:.80}.")
    return names


def _require_columns(table: pd.DataFrame, blocks: list[str], metric: str) -> None:
    if not blocks or "sampler" in blocks:
        raise ValueError(
            f"by={blocks!r} makes no blocks of samplers; name columns that tell occasions apart, "
            "such as ('dataset', 'estimator')."
        )
    names = (*blocks, "sampler", metric)
    missing = [name for name in names if not isinstance(name, str) or name not in table]
    if missing:
        raise ValueError(
            f"table has no column {missing[0]!r}; it holds {', '.join(map(str, table.columns))}."
        )


def _require_distinct(table: pd.DataFrame) -> None:
    keys = ["sampler", *_CELL]
    if set(keys) <= set(table) and table.duplicated(keys).any():
        cell = table.loc[table.duplicated(keys), keys].iloc[0].to_dict()
        raise ValueError(f"table holds a cell twice, {cell}; drop the duplicates.")


def _means(table: pd.DataFrame, blocks: list[str], metric: str) -> pd.DataFrame:
    groups = [table[name] for name in (*blocks, "sampler")]
    means = table[metric].groupby(groups, sort=False).mean()
    if "error" in table:
        failed = table["error"].fillna("") != ""
        means = means.mask(failed.groupby(groups, sort=False).any())
    return means.unstack("sampler")


def _unfinished(table: pd.DataFrame, blocks: list[str]) -> pd.Series:
    """Tell for each block whether some sampler lacks a cell that another one has."""
    cells = list(dict.fromkeys([*blocks, *(name for name in _CELL if name in table)]))
    n_samplers = table.groupby(cells, sort=False)["sampler"].transform("nunique")
    lacking = n_samplers < table["sampler"].nunique()
    return lacking.groupby([table[name] for name in blocks], sort=False).any()


def _warn_of_gaps(metric: str, n: int, unfinished: int, empty: int, kept: pd.DataFrame) -> None:
    told = [
        (unfinished, "are left out, since not every sampler has all cells there: finish the run"),
        (empty, "are left out, since no sampler has a mean there"),
        (int(kept.isna().any(axis=1).sum()), f"lack a mean: {_blame(kept)}"),
    ]
    reasons = [f"{count} of {n} blocks {reason}" for count, reason in told if count]
    if reasons:
        warnings.warn(f"{metric}: {'; '.join(reasons)}.", UserWarning, stacklevel=3)


def _blame(means: pd.DataFrame) -> str:
    """Say which samplers lack how many means."""
    counts = means.isna().sum()
    return ", ".join(f"{sampler} ({count})" for sampler, count in counts.items() if count)


def average_ranks(
    scores: pd.DataFrame,
    *,
    greater_is_better: bool,
    failed: Literal["last", "drop"] = "last",
) -> pd.Series:
    """Rank the samplers in each block and average the ranks over blocks.

    Parameters
    ----------
    scores : DataFrame of shape (n_blocks, n_samplers)
        As `block_means` returns it.
    greater_is_better : bool
        Direction of the metric.
    failed : {"last", "drop"}, default="last"
        What to do where a sampler has no mean: rank it last in that block, as `summarise` does, or
        leave out the block for all samplers, with a warning that counts.

    Returns
    -------
    Series of shape (n_samplers,)
        Average rank of each sampler, 1 is best.

    Raises
    ------
    TypeError
        If ``scores`` is not a DataFrame.
    ValueError
        If there are fewer than two samplers or three blocks, a sampler is there twice, or
        ``failed`` is unknown.

    Notes
    -----
    Samplers of equal score share the mean of their ranks. Scores are compared to twelve decimals:
    beyond, means of the same numbers differ by the order of summation.
    To drop a block means to judge a sampler where it works; this flatters the one that failed.

    References
    ----------
    .. [1] J. Demšar, "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR 7
       (2006), 1-30.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"none": [0.5, 0.6, 0.7], "mlros": [0.6, 0.6, 0.8]})
    >>> average_ranks(scores, greater_is_better=True).round(2).to_dict()
    {'none': 1.83, 'mlros': 1.17}
    """
    return _ranks(_oriented(scores, greater_is_better, failed)).mean().rename("average_rank")


def _oriented(scores: pd.DataFrame, greater_is_better: bool, failed: str) -> pd.DataFrame:
    """Return the scores so that higher is better, and lowest of all where a sampler failed."""
    _require_frame(scores)
    if not isinstance(greater_is_better, bool | np.bool_):
        raise TypeError(
            f"greater_is_better must be True or False, got {greater_is_better!r}; "
            "METRICS[name].greater_is_better has it for each metric."
        )
    if failed not in ("last", "drop"):
        raise ValueError(f"failed must be 'last' or 'drop', got {failed!r}.")
    oriented = (scores if greater_is_better else -scores).astype(float).round(_DIGITS)
    if failed == "drop":
        oriented = oriented.dropna()
        _warn_of_dropped(scores, len(oriented))
    _require_enough(oriented)
    return oriented.fillna(-math.inf)


def _require_frame(scores: Any) -> None:
    import pandas

    if not isinstance(scores, pandas.DataFrame):
        raise TypeError(
            f"scores must be a DataFrame of blocks x samplers, got {type(scores).__name__}; "
            "block_means makes one of a comparison's table."
        )
    if not scores.columns.is_unique:
        twice = scores.columns[scores.columns.duplicated()][0]
        raise ValueError(f"scores has the sampler {twice!r} twice; give each its own name.")


def _warn_of_dropped(scores: pd.DataFrame, n_kept: int) -> None:
    if n_kept < len(scores):
        warnings.warn(
            f"failed='drop' leaves out {len(scores) - n_kept} of {len(scores)} blocks, where "
            f"samplers have no mean: {_blame(scores)}.",
            UserWarning,
            stacklevel=4,
        )


def _require_enough(scores: pd.DataFrame) -> None:
    n_blocks, n_samplers = scores.shape
    if n_samplers < 2:
        raise ValueError(f"scores has {n_samplers} samplers; to compare takes at least 2.")
    if n_blocks < 3:
        raise ValueError(
            f"scores has {n_blocks} complete blocks; a test takes at least 3. Add data sets, or "
            "estimators with by=('dataset', 'estimator')."
        )


def _ranks(oriented: pd.DataFrame) -> pd.DataFrame:
    return oriented.rank(axis=1, ascending=False, method="average")


@dataclass(frozen=True)
class FriedmanTest:
    """What `friedman` found.

    Parameters
    ----------
    statistic : float
        Friedman's chi-square, with n_samplers - 1 degrees of freedom.
    p_value : float
        Its p-value.
    iman_davenport : float
        Iman and Davenport's F, with n_samplers - 1 and (n_samplers - 1)(n_blocks - 1) degrees of
        freedom; infinite where all blocks rank the samplers alike.
    iman_davenport_p : float
        Its p-value.
    exact_p : float or None
        The p-value counted by permutations; None where there are too many.
    n_blocks, n_samplers : int
        What was tested.
    """

    statistic: float
    p_value: float
    iman_davenport: float
    iman_davenport_p: float
    exact_p: float | None
    n_blocks: int
    n_samplers: int


def friedman(
    scores: pd.DataFrame,
    *,
    greater_is_better: bool,
    failed: Literal["last", "drop"] = "last",
    correct_ties: bool = True,
) -> FriedmanTest:
    """Test whether the samplers differ at all.

    Parameters
    ----------
    scores : DataFrame of shape (n_blocks, n_samplers)
        As `block_means` returns it.
    greater_is_better : bool
        Direction of the metric; it matters where a sampler failed.
    failed : {"last", "drop"}, default="last"
        As in `average_ranks`.
    correct_ties : bool, default=True
        Whether to allow for ties, as scipy does; Demšar's worked example does not.

    Returns
    -------
    FriedmanTest
        ``statistic`` and ``p_value`` of Friedman's chi-square [1]_, ``iman_davenport`` and
        ``iman_davenport_p`` of the F derived from it, ``exact_p`` where few samplers are ranked by
        few blocks, ``n_blocks`` and ``n_samplers``.

    Raises
    ------
    TypeError, ValueError
        As in `average_ranks`.

    Notes
    -----
    Friedman's chi-square is conservative; Iman and Davenport's F [2]_ is the one to read, and the
    one Demšar [1]_ recommends for ten blocks and more. On fewer it finds differences too easily,
    and where all blocks agree its p-value is 0: read ``exact_p``. With ties corrected, the F is
    that of a two-way analysis of variance of the ranks. Samplers that tie in every block give a
    statistic of 0 and a p-value of 1.

    References
    ----------
    .. [1] J. Demšar, "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR 7
       (2006), 1-30.
    .. [2] R. L. Iman, J. M. Davenport, "Approximations of the Critical Region of the Friedman
       Statistic", Communications in Statistics A 9 (1980), 571-595.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"none": [1, 2, 1, 3], "mlros": [2, 1, 3, 4], "mlsol": [3, 3, 2, 5]})
    >>> found = friedman(scores, greater_is_better=True)
    >>> f"{found.statistic:.2f} {found.p_value:.3f} {found.iman_davenport_p:.3f}"
    '4.50 0.105 0.084'
    """
    ranks = _ranks(_oriented(scores, greater_is_better, failed)).to_numpy()
    n, k = ranks.shape
    # ranks are whole or half numbers, so that these sums are exact, and so is their difference
    between = float(np.sum((ranks.sum(axis=0) - n * (k + 1) / 2) ** 2))
    total = float(np.sum((ranks - (k + 1) / 2) ** 2)) if correct_ties else n * k * (k**2 - 1) / 12
    chi2 = (k - 1) * _ratio(between, total)
    f = _ratio((n - 1) * between, n * total - between)
    return FriedmanTest(
        statistic=chi2,
        p_value=float(stats.chi2.sf(chi2, k - 1)),
        iman_davenport=f,
        iman_davenport_p=float(stats.f.sf(f, k - 1, (k - 1) * (n - 1))),
        exact_p=exact_p_of_friedman(ranks),
        n_blocks=n,
        n_samplers=k,
    )


def _ratio(part: float, whole: float) -> float:
    """Divide; nothing of nothing is 0."""
    if whole == 0:
        return math.inf if part else 0.0
    return part / whole


@dataclass(frozen=True)
class NemenyiTest:
    """What `nemenyi` found.

    Parameters
    ----------
    critical_difference : float
        Samplers whose average ranks differ by more than this differ at level ``alpha``.
    alpha : float
        Family-wise level.
    average_ranks : Series of shape (n_samplers,)
        1 is best.
    p_values : DataFrame of shape (n_samplers, n_samplers)
        P-value of every pair, allowing for the number of pairs; 1 on the diagonal.
    n_blocks, n_samplers : int
        What was tested.
    """

    critical_difference: float
    alpha: float
    average_ranks: pd.Series = field(repr=False)
    p_values: pd.DataFrame = field(repr=False)
    n_blocks: int
    n_samplers: int


def nemenyi(
    scores: pd.DataFrame,
    *,
    greater_is_better: bool,
    alpha: float = 0.05,
    failed: Literal["last", "drop"] = "last",
) -> NemenyiTest:
    """Compare every sampler with every other by their average ranks.

    Parameters
    ----------
    scores : DataFrame of shape (n_blocks, n_samplers)
        As `block_means` returns it.
    greater_is_better : bool
        Direction of the metric.
    alpha : float, default=0.05
        Level of the whole family of pairs, between 0 and 1.
    failed : {"last", "drop"}, default="last"
        As in `average_ranks`.

    Returns
    -------
    NemenyiTest
        ``critical_difference``, ``alpha``, ``average_ranks``, ``p_values`` of all pairs,
        ``n_blocks`` and ``n_samplers``.

    Raises
    ------
    TypeError, ValueError
        As in `average_ranks`, or if ``alpha`` is not between 0 and 1.

    Notes
    -----
    The critical difference is q sqrt(k (k + 1) / (6 n)), q being the upper quantile of the
    studentized range of k samplers with infinite degrees of freedom over the root of 2 [1]_. It
    makes no allowance for ties. Against one control, `wilcoxon_holm` has more power.

    References
    ----------
    .. [1] J. Demšar, "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR 7
       (2006), 1-30.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"none": range(8), "mlros": range(1, 9), "mlsol": range(2, 10)})
    >>> found = nemenyi(scores, greater_is_better=True)
    >>> print(f"{found.critical_difference:.2f} {found.p_values.loc['none', 'mlsol']:.4f}")
    1.17 0.0002
    """
    require_level(alpha)
    oriented = _oriented(scores, greater_is_better, failed)
    ranks = _ranks(oriented).mean().rename("average_rank")
    n, k = oriented.shape
    # in units of the studentized range, which spans root 2 standard errors of a difference
    unit = math.sqrt(k * (k + 1) / (12 * n))
    return NemenyiTest(
        critical_difference=float(stats.studentized_range.isf(alpha, k, math.inf)) * unit,
        alpha=alpha,
        average_ranks=ranks,
        p_values=_pairwise_p(ranks, unit),
        n_blocks=n,
        n_samplers=k,
    )


def require_level(alpha: Any) -> None:
    """Refuse what is no level of a test.

    Parameters
    ----------
    alpha : float

    Raises
    ------
    ValueError
        If it does not lie between 0 and 1.

    Examples
    --------
    >>> require_level(5)
    Traceback (most recent call last):
    ValueError: alpha must lie between 0 and 1, got 5; 0.05 is customary.
    """
    if not isinstance(alpha, Real) or not 0 < float(alpha) < 1:
        raise ValueError(f"alpha must lie between 0 and 1, got {alpha!r}; 0.05 is customary.")


def _pairwise_p(ranks: pd.Series, unit: float) -> pd.DataFrame:
    import pandas

    apart = np.abs(np.subtract.outer(ranks.to_numpy(), ranks.to_numpy())) / unit
    # each integral is slow, and pairs come twice
    values, where = np.unique(apart, return_inverse=True)
    p_values = stats.studentized_range.sf(values, len(ranks), math.inf)[where]
    return pandas.DataFrame(p_values.reshape(apart.shape), ranks.index, ranks.index)


def wilcoxon_holm(
    scores: pd.DataFrame,
    *,
    control: str,
    greater_is_better: bool,
    alternative: Literal["two-sided", "greater", "less"] = "two-sided",
    zero_method: Literal["wilcox", "pratt", "zsplit"] = "wilcox",
    failed: Literal["last", "drop"] = "last",
) -> pd.DataFrame:
    """Compare every sampler with a control by Wilcoxon's signed ranks, adjusted by Holm.

    Parameters
    ----------
    scores : DataFrame of shape (n_blocks, n_samplers)
        As `block_means` returns it.
    control : str
        The sampler, a column of ``scores``, that the others are compared with.
    greater_is_better : bool
        Direction of the metric.
    alternative : {"two-sided", "greater", "less"}, default="two-sided"
        What to look for: that a sampler differs from the control, is better, or is worse, whatever
        the direction of the metric.
    zero_method : {"wilcox", "pratt", "zsplit"}, default="wilcox"
        Blocks without a difference are dropped, or are ranked and then dropped, or are ranked and
        shared out evenly to either side, as Demšar [1]_ does.
    failed : {"last", "drop"}, default="last"
        Where a sampler has no mean: it loses by more than any difference seen, and ties with a
        control that failed, too; or the block is left out for all, with a warning that counts.

    Returns
    -------
    DataFrame of shape (n_samplers - 1, 9)
        One row per other sampler: ``n_wins``, ``n_ties``, ``n_losses`` and ``n_failed`` (blocks in
        which it is better than, equal to, worse than the control, has no mean);
        ``median_difference`` (over the blocks where both have a mean; positive where the sampler
        is better); ``rank_biserial`` (from -1, worse wherever they differ, to 1); ``statistic``
        (the smaller rank sum, or that of the wins if one-sided), ``p_value``, ``p_holm``.

    Raises
    ------
    TypeError, ValueError
        As in `average_ranks`, or if ``control`` is no sampler of ``scores``, or ``alternative`` or
        ``zero_method`` is unknown.

    Notes
    -----
    Holm's step-down [2]_ keeps the chance of any false finding among the rows at the level,
    whatever their dependence; several controls make several families, each at its own level.
    With up to fifty blocks that differ the p-value is exact, ties or not; beyond, it is scipy's
    normal approximation. Scipy itself, by default, lays the normal curve over as few as fourteen
    blocks where there are ties or zeros, and release 1.14 took ties for none.
    Without any difference the statistic is 0 and the p-value 1. Differences are compared to twelve
    decimals, as scores are.

    References
    ----------
    .. [1] J. Demšar, "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR 7
       (2006), 1-30.
    .. [2] S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal
       of Statistics 6 (1979), 65-70.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"none": [0.1] * 6, "mlros": [0.2, 0.3, 0.4, 0.5, 0.6, 0.7],
    ...     "mlsol": [0.0, 0.2, 0.1, 0.3, 0.4, 0.5]})
    >>> found = wilcoxon_holm(scores, control="none", greater_is_better=True)
    >>> found[["n_wins", "n_ties", "n_losses", "p_value", "p_holm"]].values.tolist()
    [[6.0, 0.0, 0.0, 0.03125, 0.0625], [4.0, 1.0, 1.0, 0.1875, 0.1875]]
    """
    import pandas

    _require_choice("alternative", alternative, ("two-sided", "greater", "less"))
    _require_choice("zero_method", zero_method, ("wilcox", "pratt", "zsplit"))
    oriented = _oriented(scores, greater_is_better, failed)
    _require_control(oriented, control)
    others = oriented.drop(columns=control)
    rows = [_against(others[name], oriented[control], alternative, zero_method) for name in others]
    found = pandas.DataFrame(rows, index=others.columns)
    return found.assign(p_holm=_holm(found["p_value"].to_numpy()))


def differences(
    scores: pd.DataFrame,
    *,
    control: str,
    greater_is_better: bool,
    failed: Literal["last", "drop"] = "last",
) -> pd.DataFrame:
    """Return by how much each sampler is better than a control, block by block.

    Parameters
    ----------
    scores, control, greater_is_better, failed
        As in `wilcoxon_holm`.

    Returns
    -------
    DataFrame of shape (n_blocks, n_samplers - 1)
        Positive where the sampler is better, whatever the direction of the metric; infinite where
        one of the two failed and 0 where both did.

    Raises
    ------
    TypeError, ValueError
        As in `wilcoxon_holm`.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"none": [0.5, 0.5, 0.5], "mlros": [0.25, 0.5, None]})
    >>> differences(scores, control="none", greater_is_better=False)["mlros"].tolist()
    [0.25, 0.0, -inf]
    """
    oriented = _oriented(scores, greater_is_better, failed)
    _require_control(oriented, control)
    others = oriented.drop(columns=control)
    return others.apply(lambda column: _difference(column, oriented[control]))


def _difference(scores: pd.Series, control: pd.Series) -> pd.Series:
    # where both failed, infinity less infinity: they are equal
    return scores.sub(control).where(scores != control, 0.0).round(_DIGITS)


def _require_control(scores: pd.DataFrame, control: str) -> None:
    if not isinstance(control, Hashable) or control not in scores:
        raise ValueError(
            f"control={control!r} is no sampler of scores; choose from "
            f"{', '.join(map(str, scores))}."
        )


def _require_choice(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}.")


def _against(
    scores: pd.Series, control: pd.Series, alternative: str, zero_method: str
) -> dict[str, float]:
    both = np.isfinite(scores) & np.isfinite(control)
    apart = _difference(scores, control).to_numpy()
    moved = _signed(apart[apart != 0])
    statistic, p_value = _wilcoxon(apart, alternative, zero_method)
    return {
        "n_wins": int(np.sum(apart > 0)),
        "n_ties": int(np.sum(apart == 0)),
        "n_losses": int(np.sum(apart < 0)),
        "n_failed": int(np.sum(~np.isfinite(scores))),
        "median_difference": float(scores.sub(control)[both].median()),
        "rank_biserial": _ratio(float(moved.sum()), float(np.abs(moved).sum())),
        "statistic": statistic,
        "p_value": p_value,
    }


def _signed(apart: np.ndarray) -> np.ndarray:
    """Return the ranks of the differences' sizes, with their signs."""
    return np.sign(apart) * stats.rankdata(np.abs(apart))


def _wilcoxon(apart: np.ndarray, alternative: str, zero_method: str) -> tuple[float, float]:
    if not apart.any():
        return 0.0, 1.0
    kept = apart[apart != 0] if zero_method == "wilcox" else apart
    if np.count_nonzero(kept) > _EXACT:
        found = stats.wilcoxon(kept, alternative=alternative, zero_method=zero_method)
        return float(found.statistic), float(found.pvalue)
    ranks = stats.rankdata(np.abs(kept))
    wins, losses = float(ranks[kept > 0].sum()), float(ranks[kept < 0].sum())
    shared = float(ranks[kept == 0].sum()) / 2 if zero_method == "zsplit" else 0.0
    statistic = min(wins, losses) if alternative == "two-sided" else wins
    return statistic + shared, _exact_p(ranks[kept != 0], wins, alternative)


def _exact_p(ranks: np.ndarray, wins: float, alternative: str) -> float:
    """Return the p-value of a rank sum when each rank is won by the toss of a coin."""
    chances = np.ones(1)  # by twice the rank sum, since ranks of ties are whole or half numbers
    for rank in (2 * ranks).astype(int):
        chances = (np.pad(chances, (0, rank)) + np.pad(chances, (rank, 0))) / 2
    greater = float(chances[int(2 * wins) :].sum())
    less = float(chances[: int(2 * wins) + 1].sum())
    tails = {"greater": greater, "less": less, "two-sided": min(2 * min(greater, less), 1.0)}
    return tails[alternative]


def _holm(p_values: np.ndarray) -> np.ndarray:
    """Return the smallest levels at which Holm's step-down rejects."""
    order = np.argsort(p_values, kind="stable")
    steps = np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps * p_values[order]), 1.0)
    return adjusted


def rank_table(
    table: pd.DataFrame,
    metrics: Mapping[str, bool],
    *,
    control: str | None = None,
    by: str | Iterable[str] = ("dataset", "estimator"),
    failed: Literal["last", "drop"] = "last",
) -> pd.DataFrame:
    """Rank the samplers by several metrics, and compare them with a control by each.

    Parameters
    ----------
    table : DataFrame
        As `run` returns it.
    metrics : dict of str to bool
        Which metrics, and whether greater is better, such as
        ``{name: METRICS[name].greater_is_better for name in names}``.
    control : str, optional
        The sampler to compare the others with.
    by : str or iterable of str, default=("dataset", "estimator")
        As in `block_means`.
    failed : {"last", "drop"}, default="last"
        As in `average_ranks`.

    Returns
    -------
    DataFrame of shape (n_samplers, n_metrics * 3)
        Samplers in the index, the lowest mean over metrics of the average rank first. Columns are
        pairs of a metric and ``average_rank`` or, with a control, ``rank_biserial`` and ``p_holm``
        of `wilcoxon_holm`, NaN for the control.

    Raises
    ------
    TypeError, ValueError
        As in `block_means`, `average_ranks` and `wilcoxon_holm`, or if ``metrics`` is not a dict,
        or empty.

    Notes
    -----
    Holm's procedure allows for the number of samplers, not for the number of metrics.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"dataset": list("abc") * 2, "sampler": ["none"] * 3 + ["mlros"] * 3,
    ...     "macro_f": [0.1, 0.2, 0.3, 0.2, 0.3, 0.2]})
    >>> rank_table(table, {"macro_f": True}, by="dataset")["macro_f"].round(2).to_dict()
    {'average_rank': {'mlros': 1.33, 'none': 1.67}}
    """
    import pandas

    if not isinstance(metrics, Mapping) or not metrics:
        raise ValueError(
            f"metrics must be a dict of metric to whether greater is better, got {metrics!r}."
        )
    by = _columns_of(by)
    parts = {
        metric: _ranked(block_means(table, metric, by=by), control, greater, failed)
        for metric, greater in metrics.items()
    }
    ranks = pandas.concat(parts, axis="columns", names=["metric", "figure"])
    means = ranks.xs("average_rank", axis="columns", level="figure").mean(axis="columns")
    return ranks.loc[means.sort_values(kind="stable").index]


def _ranked(scores: pd.DataFrame, control: str | None, greater: bool, failed: Any) -> pd.DataFrame:
    if failed == "drop":  # block_means has told of the gaps
        scores = scores.dropna()
    ranks = average_ranks(scores, greater_is_better=greater, failed=failed).to_frame()
    if control is None:
        return ranks
    found = wilcoxon_holm(scores, control=control, greater_is_better=greater, failed=failed)
    return ranks.join(found[["rank_biserial", "p_holm"]])


def rank_markdown(ranks: pd.DataFrame, *, alpha: float = 0.05) -> str:
    r"""Lay out a table of ranks as Markdown, best in bold, marked where the control differs.

    Parameters
    ----------
    ranks : DataFrame
        As `rank_table` returns it.
    alpha : float, default=0.05
        Level of the marks.

    Returns
    -------
    str
        One line per sampler, one column per metric. After a rank, ``*`` says significantly better
        than the control and ``†`` significantly worse.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"dataset": [*range(6)] * 2, "sampler": ["none"] * 6 + ["mlros"] * 6,
    ...     "macro_f": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.2, 0.4, 0.6, 0.8, 0.7, 0.9]})
    >>> ranks = rank_table(table, {"macro_f": True}, by="dataset", control="none")
    >>> print(rank_markdown(ranks))
    | sampler | macro_f |
    |---|---:|
    | mlros | **1.00** * |
    | none | 2.00 |
    """
    require_table(ranks, "ranks", "rank_table")
    metrics = ranks.columns.get_level_values(0).unique()
    columns = [_marked(ranks[metric], alpha) for metric in metrics]
    lines = zip(map(str, ranks.index), *columns, strict=True)
    head = [_line(["sampler", *map(str, metrics)]), "|---|" + "---:|" * len(metrics)]
    return "\n".join([*head, *map(_line, lines)])


def _marked(ranks: pd.DataFrame, alpha: float) -> list[str]:
    """Return the ranks of one metric as text."""
    texts = [f"{rank:.2f}" for rank in ranks["average_rank"]]
    best = f"{ranks['average_rank'].min():.2f}"
    texts = [f"**{text}**" if text == best else text for text in texts]
    if "p_holm" not in ranks:
        return texts
    return [
        f"{text} {mark}".rstrip() for text, mark in zip(texts, marks(ranks, alpha), strict=True)
    ]


def marks(found: pd.DataFrame, alpha: float) -> pd.Series:
    """Return the signs of significance that stand beside samplers.

    Parameters
    ----------
    found : DataFrame
        With the columns ``rank_biserial`` and ``p_holm`` of `wilcoxon_holm`.
    alpha : float
        Level.

    Returns
    -------
    Series of str
        ``*`` for better than the control, ``†`` for worse, "" for neither and where nothing was
        tested.

    Examples
    --------
    >>> import pandas as pd
    >>> found = pd.DataFrame({"rank_biserial": [1, -1, 0.2], "p_holm": [0.01, 0.01, 0.5]})
    >>> marks(found, 0.05).tolist()
    ['*', '†', '']
    """
    signs = found["rank_biserial"].gt(0).map({True: "*", False: "†"}).astype(object)
    return signs.where(found["p_holm"] < alpha, "")


def least_p_holm(n_blocks: int, n_compared: int) -> float:
    """Return the least adjusted p-value that `wilcoxon_holm` can give, two-sided.

    Parameters
    ----------
    n_blocks : int
        Blocks that all differ.
    n_compared : int
        Samplers beside the control.

    Returns
    -------
    float

    Notes
    -----
    A sampler that wins in every block has one of ``2**n_blocks`` orders of signs on either side.

    Examples
    --------
    >>> least_p_holm(6, 1), least_p_holm(6, 2)
    (0.03125, 0.0625)
    """
    return min(1.0, n_compared * 2.0 ** (1 - n_blocks))


def default_control(samplers: Iterable[str]) -> str | None:
    """Return the sampler that the others are compared with unless another is named.

    Parameters
    ----------
    samplers : iterable of str

    Returns
    -------
    str or None
        ``"none"``, or else the first one; None where there are no samplers.

    Examples
    --------
    >>> default_control(["mlros", "none"]), default_control(["mlros", "mlsol"])
    ('none', 'mlros')
    """
    names = [str(name) for name in samplers]
    return "none" if "none" in names else next(iter(names), None)


def _line(texts: Iterable[str]) -> str:
    # names come from data files and callers
    return "| " + " | ".join(text.replace("|", r"\|") for text in texts) + " |"
