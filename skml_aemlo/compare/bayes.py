"""How likely it is that a sampler is better than a control, worse, or no different to speak of."""

from __future__ import annotations

from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .statistics import differences

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["bayesian_signed_rank"]

_CHUNK = 4_000_000  # weights drawn at once: 32 MB


def bayesian_signed_rank(
    scores: pd.DataFrame,
    *,
    control: str,
    greater_is_better: bool,
    rope: float = 0.01,
    prior_strength: float = 0.5,
    n_samples: int = 50_000,
    random_state: int = 0,
    failed: Literal["last", "drop"] = "last",
) -> pd.DataFrame:
    """Compare every sampler with a control by the Bayesian signed-rank test.

    Parameters
    ----------
    scores : DataFrame of shape (n_blocks, n_samplers)
        As `block_means` returns it.
    control : str
        The sampler, a column of ``scores``, that the others are compared with.
    greater_is_better : bool
        Direction of the metric.
    rope : float, default=0.01
        Region of practical equivalence, in units of the metric: differences no larger are none to
        speak of.
    prior_strength : float, default=0.5
        Weight of the prior, which says that there is no difference, against that of one block.
    n_samples : int, default=50_000
        Draws from the posterior.
    random_state : int, default=0
        Seed of the draws.
    failed : {"last", "drop"}, default="last"
        As in `wilcoxon_holm`.

    Returns
    -------
    DataFrame of shape (n_samplers - 1, 3)
        One row per other sampler: ``p_worse``, ``p_equivalent`` and ``p_better``, which add up to
        1.

    Raises
    ------
    TypeError, ValueError
        As in `wilcoxon_holm`, or if ``rope``, ``prior_strength`` or ``n_samples`` is out of range.

    Notes
    -----
    The posterior of the differences is a Dirichlet process: one pseudo-difference of 0 weighs
    ``prior_strength``, every block 1 [1]_. A draw weighs the blocks at random and asks where the
    mean of two of them lies: above ``rope``, below ``-rope`` or between; a mean right on the border
    counts half on either side. The probability of an outcome is the share of draws in which it has
    the largest weight [2]_. Unlike a p-value it can speak for equivalence, and many samplers need
    no adjustment; it still takes blocks for independent.

    References
    ----------
    .. [1] A. Benavoli, F. Mangili, G. Corani, M. Zaffalon, F. Ruggeri, "A Bayesian Wilcoxon
       Signed-Rank Test Based on the Dirichlet Process", ICML 2014.
    .. [2] A. Benavoli, G. Corani, J. Demšar, M. Zaffalon, "Time for a Change: a Tutorial for
       Comparing Multiple Classifiers Through Bayesian Analysis", JMLR 18 (2017), 1-36.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"none": [0.1] * 8, "mlros": [0.1] * 8, "mlsol": [0.2] * 8})
    >>> bayesian_signed_rank(scores, control="none", greater_is_better=True).round(2)
           p_worse  p_equivalent  p_better
    mlros      0.0           1.0       0.0
    mlsol      0.0           0.0       1.0
    """
    import pandas

    _require_settings(rope, prior_strength, n_samples)
    _require_seed(random_state)
    apart = differences(scores, control=control, greater_is_better=greater_is_better, failed=failed)
    rows = [
        _outcomes(_finite(apart[name].to_numpy(), rope), rope, prior_strength, n_samples, seed)
        for name in apart
        for seed in [np.random.default_rng(random_state)]
    ]
    return pandas.DataFrame(rows, apart.columns, ["p_worse", "p_equivalent", "p_better"])


def _require_settings(rope: Any, prior_strength: Any, n_samples: Any) -> None:
    if not isinstance(rope, Real) or not 0 <= float(rope) < np.inf:
        raise ValueError(
            f"rope must be a number that is not negative, in units of the metric, got {rope!r}."
        )
    if not isinstance(prior_strength, Real) or not 0 < float(prior_strength) < np.inf:
        raise ValueError(f"prior_strength must be a positive number, got {prior_strength!r}.")
    if not isinstance(n_samples, Integral) or isinstance(n_samples, bool) or n_samples < 1:
        raise ValueError(f"n_samples must be a whole number from 1 on, got {n_samples!r}.")


def _require_seed(random_state: Any) -> None:
    is_whole = isinstance(random_state, Integral) and not isinstance(random_state, bool)
    if random_state is not None and not (is_whole and random_state >= 0):
        raise ValueError(
            f"random_state must be None or a whole number from 0 on, got {random_state!r}."
        )


def _finite(apart: np.ndarray, rope: float) -> np.ndarray:
    """Return the differences, a failure's larger than any other even when halved."""
    known = np.abs(apart[np.isfinite(apart)])
    large = 4 * (rope + known.max(initial=0.0) + 1)
    return np.clip(apart, -large, large)


def _outcomes(
    apart: np.ndarray, rope: float, prior_strength: float, n_samples: int, rng: np.random.Generator
) -> np.ndarray:
    values = np.append(apart, 0.0)
    means = np.add.outer(values, values) / 2
    better, worse = (np.heaviside(sign * means - rope, 0.5) for sign in (1, -1))
    strengths = np.append(np.ones(len(apart)), prior_strength)
    size = max(_CHUNK // len(values), 1)
    wins = np.zeros(3)
    for start in range(0, n_samples, size):
        weights = rng.dirichlet(strengths, size=min(size, n_samples - start))
        above, below = (np.sum(weights @ pairs * weights, axis=1) for pairs in (better, worse))
        shares = np.column_stack([below, 1 - above - below, above])
        wins += np.bincount(shares.argmax(axis=1), minlength=3)
    return wins / n_samples
