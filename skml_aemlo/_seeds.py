"""Which rows new ones grow from, and which neighbour each of them moves towards."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from ._imbalance import counts_of
from ._neighbors import nearest

__all__ = ["choose", "partners"]

ANY = -1
"""Driver of a seed that no label chose."""


def choose(
    rule: str, Y: sp.csr_array, labels: np.ndarray, n: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows to grow from.

    Parameters
    ----------
    rule : {"mixed", "shortage", "rows", "cycled"}
        "cycled": bearers of any of the labels, shuffled and cycled; "shortage": see `by_shortage`;
        "rows": all rows in turn; "mixed": half of either, the larger half by shortage.
    Y : csr_array of shape (n_samples, n_labels)
        Labels.
    labels : ndarray of int
        Labels that want more bearers.
    n : int
        Number of seeds.
    rng : numpy.random.Generator

    Returns
    -------
    seeds : ndarray of int of shape (n,)
    drivers : ndarray of int of shape (n,)
        The label that chose each seed; -1 where none did.
    """
    if rule == "cycled":
        bag = np.flatnonzero(np.diff(Y[:, labels].indptr))
        return cycled(bag, n, rng), np.full(n, ANY)
    n_chosen = {"shortage": n, "mixed": (n + 1) // 2, "rows": 0}[rule]
    chosen, drivers = by_shortage(Y, labels, n_chosen, rng)
    others = in_turn(Y.shape[0], n - len(chosen), rng)
    return np.concatenate([chosen, others]), np.append(drivers, np.full(len(others), ANY))


def cycled(bag: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return ``n`` rows of ``bag``: shuffled, and the same order over again where they run out."""
    return np.resize(rng.permutation(bag)[:n], n)


def in_turn(n_rows: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return ``n`` rows of ``n_rows``: every one once, in random order, before any comes again."""
    passes = [rng.permutation(n_rows) for _ in range(-(-n // n_rows))]
    return np.concatenate([np.empty(0, dtype=np.intp), *passes])[:n]


def by_shortage(
    Y: sp.csr_array, labels: np.ndarray, n: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return ``n`` bearers of labels, each label's share as large as its shortage.

    Parameters
    ----------
    Y : csr_array of shape (n_samples, n_labels)
        Labels.
    labels : ndarray of int
        Labels that want more bearers; those without any get none.
    n : int
        Number of seeds.
    rng : numpy.random.Generator

    Returns
    -------
    seeds : ndarray of int of shape (n,)
        Rows; empty if none of the labels has a bearer. The bearers of a label are used up before
        one of them comes again.
    drivers : ndarray of int of shape (n,)
        The label that chose each seed.

    Notes
    -----
    A label lacks the positives it has fewer than the most frequent label; where none lacks any, all
    get the same share.

    Examples
    --------
    >>> Y = sp.csr_array(np.array([[1, 1, 0], [1, 0, 0], [1, 0, 1], [1, 0, 1]], dtype=np.int8))
    >>> seeds, drivers = by_shortage(Y, np.array([1, 2]), 5, np.random.default_rng(0))
    >>> drivers.tolist(), seeds[:3].tolist()
    ([1, 1, 1, 2, 2], [0, 0, 0])
    """
    counts = counts_of(Y)
    borne = labels[counts[labels] > 0]
    shares = _shares(counts.max() - counts[borne], n)
    by_label = sp.csc_array(Y)
    bags = [by_label.indices[by_label.indptr[j] : by_label.indptr[j + 1]] for j in borne]
    chosen = [
        bag[in_turn(len(bag), share, rng)] for bag, share in zip(bags, shares, strict=True) if share
    ]
    seeds = np.concatenate([np.empty(0, dtype=np.intp), *chosen])
    return seeds, np.repeat(borne, shares)


def _shares(lacking: np.ndarray, n: int) -> np.ndarray:
    """Share ``n`` out in proportion to ``lacking``, the largest remainders rounded up."""
    if not len(lacking):
        return np.zeros(0, dtype=np.intp)
    weights = lacking if lacking.any() else np.ones(len(lacking))
    exact = n * weights / weights.sum()
    shares = np.floor(exact).astype(np.intp)
    behind = np.argsort(shares - exact, kind="stable")
    shares[behind[: n - shares.sum()]] += 1
    return shares


def partners(
    codes: np.ndarray,
    Y: sp.csr_array,
    seeds: np.ndarray,
    drivers: np.ndarray,
    n_neighbors: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return, for every seed, one of its nearest rows in the latent space, at random.

    Parameters
    ----------
    codes : ndarray of float of shape (n_samples, latent_dim)
        Latent codes of all rows.
    Y : csr_array of shape (n_samples, n_labels)
        Labels.
    seeds, drivers : ndarray of int of shape (n,)
        Rows, and the label whose other bearers are their neighbours; -1 for all rows.
    n_neighbors : int
        Among how many neighbours to choose; all where there are fewer.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int of shape (n,)
        The seed itself where it has no neighbour.
    """
    luck = rng.random(len(seeds))
    chosen = seeds.copy()
    by_label = sp.csc_array(Y)
    for driver in np.unique(drivers):
        group = np.flatnonzero(drivers == driver)
        members = (
            np.arange(len(codes))
            if driver == ANY
            else by_label.indices[by_label.indptr[driver] : by_label.indptr[driver + 1]]
        )
        asking, which = np.unique(seeds[group], return_inverse=True)
        found = nearest(codes[members], n_neighbors, rows=np.searchsorted(members, asking))
        if found.shape[1]:
            column = (luck[group] * found.shape[1]).astype(np.intp)
            chosen[group] = members[found[which, column]]
    return chosen
