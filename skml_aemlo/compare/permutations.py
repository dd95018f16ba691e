"""The exact p of Friedman's test, by all the orders that blocks could have put samplers in."""

from __future__ import annotations

from itertools import permutations

import numpy as np

__all__ = ["exact_p_of_friedman"]

_MOST = 500_000  # rank sums at a time, which take some tenths of a second
_LONGEST = 6  # samplers whose orders can be listed
_FEW = 12  # blocks, of which more leave little to an approximation to get wrong


def exact_p_of_friedman(ranks: np.ndarray) -> float | None:
    """Return how probable rank sums as unequal as these are, if all orders are equally probable.

    Parameters
    ----------
    ranks : ndarray of shape (n_blocks, n_samplers)
        Ranks within each block, those of ties averaged.

    Returns
    -------
    float or None
        None where there are too many ways to count, or enough blocks for an approximation.

    Notes
    -----
    What samplers are called makes no difference, so that rank sums are kept sorted, and blocks are
    added one by one [1]_. Where a block has ties, it keeps them.

    References
    ----------
    .. [1] M. Friedman, "The Use of Ranks to Avoid the Assumption of Normality Implicit in the
       Analysis of Variance", JASA 32 (1937), 675-701.

    Examples
    --------
    >>> exact_p_of_friedman(np.array([[1, 2], [1, 2], [1, 2], [1, 2]]))
    0.125
    >>> exact_p_of_friedman(np.array([[1, 2, 3], [1, 2, 3], [1, 2, 3]])) == 1 / 36
    True
    """
    # whole numbers, so that equal sums are equal
    doubled = np.rint(2 * np.sort(ranks, axis=1)).astype(np.int64)
    n_blocks, n_samplers = doubled.shape
    if n_samplers > _LONGEST or n_blocks > _FEW:
        return None
    base = 2 * n_blocks * n_samplers + 1
    sums: np.ndarray = doubled[:1]
    shares: np.ndarray = np.ones(1)
    for block in doubled[1:]:
        orders = np.array(sorted(set(permutations(block.tolist()))))
        if len(sums) * len(orders) > _MOST:
            return None
        longer = np.sort((sums[:, None] + orders).reshape(-1, n_samplers), axis=1)
        # one number for each row of sums: many times as quick to tell apart as rows
        codes = longer @ base ** np.arange(n_samplers)
        _, firsts, places = np.unique(codes, return_index=True, return_inverse=True)
        shares = np.bincount(places, np.repeat(shares / len(orders), len(orders)))
        sums = longer[firsts]
    mean = n_blocks * (n_samplers + 1)
    found = np.sum((np.rint(2 * ranks).astype(np.int64).sum(axis=0) - mean) ** 2)
    return float(min(shares[np.sum((sums - mean) ** 2, axis=1) >= found].sum(), 1.0))
