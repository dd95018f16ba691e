"""What the measures compute, on labels already read; public through `skml_aemlo.measures`.

Every ``Y`` here is a canonical ``csr_array`` of ones, as samplers get it. The samplers use these
forms, which neither check nor copy.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp


def counts_of(Y: sp.csr_array) -> np.ndarray:
    """Return the number of positive rows of each label."""
    return np.bincount(Y.indices, minlength=Y.shape[1])


def ratios_of(counts: np.ndarray, empty: float = np.inf) -> np.ndarray:
    """Return IRLbl of each label, ``empty`` where it has no positives."""
    return np.divide(float(counts.max()), counts, out=np.full(len(counts), empty), where=counts > 0)


def even_counts(counts: np.ndarray) -> tuple[int, int]:
    """Return the counts next to the one at which IRLbl equals MeanIR, from below and above.

    Notes
    -----
    IRLbl > MeanIR says max / count > mean(max / counts): the count is below the harmonic mean of
    all counts. Where that may be a whole number the two are exact fractions, so that rounding
    decides nothing.
    """
    present = counts[counts > 0]
    if not len(present):
        return 0, 0
    even = len(present) / float((1.0 / present).sum())
    if abs(even - round(even)) > 1e-9 * even:
        return floor(even), ceil(even)
    values, times = np.unique(present, return_counts=True)
    shares = map(Fraction, times.tolist(), values.tolist())
    exact = len(present) / sum(shares, Fraction(0))
    return floor(exact), ceil(exact)


def minority_of(counts: np.ndarray) -> np.ndarray:
    """Return the labels with IRLbl > MeanIR."""
    return np.flatnonzero((counts > 0) & (counts < even_counts(counts)[1]))


def majority_of(counts: np.ndarray) -> np.ndarray:
    """Return the labels with IRLbl <= MeanIR that occur."""
    return np.flatnonzero((counts > 0) & (counts >= even_counts(counts)[1]))


def scumbles_of(Y: sp.csr_array, counts: np.ndarray) -> np.ndarray:
    """Return SCUMBLE of each row."""
    sizes = np.diff(Y.indptr)
    result = np.zeros(Y.shape[0])
    labelled = np.flatnonzero(sizes)
    if not len(labelled):
        return result
    borne = counts[Y.indices]
    starts, sizes = Y.indptr[labelled], sizes[labelled]
    # relative to the row's rarest label, so that labels of one frequency give exactly 0: rounding
    # noise above a mean of 0 would make REMEDIAL tear rows in which nothing concurs
    relative = np.repeat(np.minimum.reduceat(borne, starts), sizes) / borne
    geometric = np.exp(np.add.reduceat(np.log(relative), starts) / sizes)
    arithmetic = np.add.reduceat(relative, starts) / sizes
    result[labelled] = np.maximum(1.0 - geometric / arithmetic, 0.0)
    return result


def bearing(Y: sp.csr_array, labels: np.ndarray) -> np.ndarray:
    """Tell the rows that bear any of ``labels``."""
    marked = np.zeros(Y.shape[1])
    marked[labels] = 1.0
    return np.asarray(Y @ marked > 0)


def variation(values: np.ndarray) -> float:
    """Return sample standard deviation over mean, NaN where there is nothing to compare."""
    if len(values) < 2 or values.mean() == 0:
        return float("nan")
    return float(values.std(ddof=1) / values.mean())


class LabelSets(NamedTuple):
    """Rows grouped by label set, the sets in the order they first appear.

    Set ``s`` has the rows ``order[starts[s] : starts[s] + sizes[s]]``, ascending.
    """

    order: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray

    def ids(self) -> np.ndarray:
        """Return the number of each row's label set."""
        turn = np.argsort(self.starts)
        ids = np.empty(len(self.order), dtype=np.intp)
        ids[self.order] = np.repeat(turn, self.sizes[turn])
        return ids


def labelsets_of(Y: sp.csr_array) -> LabelSets:
    """Group rows by a fingerprint of their labels, so that no row is compared with another."""
    order, news = _sorted_prints(Y)
    starts = np.flatnonzero(news)
    turn = np.argsort(order[starts])
    sizes = np.diff(starts, append=Y.shape[0])
    return LabelSets(order, starts[turn], sizes[turn])


def _sorted_prints(Y: sp.csr_array) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows sorted by fingerprint and where a new one begins."""
    if Y.shape[1] <= 64:  # one bit a label: no two sets share a fingerprint
        words = np.left_shift(np.uint64(1), np.arange(Y.shape[1], dtype=np.uint64))
        prints = _row_sums(words, Y)
        order = np.argsort(prints, kind="stable")
        return order, _news(prints[order])
    words = np.random.default_rng(0).integers(0, 2**64, size=(2, Y.shape[1]), dtype=np.uint64)
    prints, checks = _row_sums(words[0], Y), _row_sums(words[1], Y)
    order = np.argsort(prints, kind="stable")
    news, differ = _news(prints[order]), _news(checks[order])
    if np.any(differ > news):  # two sets share the first word, and their rows may be mingled
        order = np.lexsort((checks, prints))
        news, differ = _news(prints[order]), _news(checks[order])
    return order, news | differ


def _row_sums(words: np.ndarray, Y: sp.csr_array) -> np.ndarray:
    """Sum each row's words; unsigned sums wrap around, which is what a fingerprint wants."""
    running = np.zeros(Y.nnz + 1, dtype=np.uint64)
    np.cumsum(words[Y.indices], out=running[1:])
    return running[Y.indptr[1:]] - running[Y.indptr[:-1]]


def _news(values: np.ndarray) -> np.ndarray:
    news = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=news[1:])
    return news
