"""Which labels a sampler works on, how many positives each ends with, and which rows give them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Set
from difflib import get_close_matches
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import LinearConstraint, milp

from ._imbalance import counts_of, labelsets_of, majority_of, minority_of, ratios_of, variation

# what bounds the exact search for rows: nodes rather than seconds, so that the same seed gives the
# same rows on every machine. Sizes are kinds of rows times wanted labels; a search within these
# bounds takes a few seconds, ten where many labels concur, half a minute at worst
_MOST_NODES, _ALL_NODES = 1000, 10_000_000
_LARGEST_SPARING, _LARGEST = 500_000, 1_500_000
_MOST_ROWS = 2**31 - 1


def number_of(fraction: float, n: int) -> int:
    """Return the rows a budget allows: int(fraction * n), safe from 0.29 * 100 being 28.999..."""
    rows = fraction * n + 1e-9
    if rows > _MOST_ROWS:
        raise ValueError(
            f"fraction={fraction!r} of {n} rows is {rows:.3g} rows, and more than {_MOST_ROWS} "
            "cannot be made; give a smaller fraction."
        )
    return int(rows)


def wanted_labels(
    strategy: Any, Y: sp.csr_array, names: np.ndarray | None = None, *, under: bool = False
) -> tuple[np.ndarray, np.ndarray | None]:
    """Resolve ``sampling_strategy``.

    Parameters
    ----------
    strategy : "auto", list of label names or indices, mask, dict label -> int, or callable
        "auto" takes the minority labels (the majority labels with ``under``); a dict gives the
        number of positives each label should end with; a callable gets ``Y`` and returns one of
        these.
    Y : csr_array of shape (n_samples, n_labels)
        Labels.
    names : ndarray of str of shape (n_labels,), optional
        What labels may be called.
    under : bool, default=False
        Whether rows are to be removed rather than added.

    Returns
    -------
    labels : ndarray of int
        Label indices.
    targets : ndarray of int or None
        Wanted number of positives of each, where a dict was given.

    Raises
    ------
    ValueError
        If a label is unknown, a mask has not one entry a label, a callable fails, or a wanted
        number cannot be reached in this direction.
    """
    if callable(strategy):
        strategy = answer_of(strategy, Y)
    kind = getattr(getattr(strategy, "dtype", None), "kind", "")
    if hasattr(strategy, "to_dict") and kind != "b":
        strategy = strategy.to_dict()  # a Series is a dict with an order
    if isinstance(strategy, str) and strategy == "auto":
        counts = counts_of(Y)
        _warn_if_balanced(counts)
        return (majority_of(counts) if under else minority_of(counts)), None
    if isinstance(strategy, str) or not np.iterable(strategy):
        raise ValueError(
            "sampling_strategy must be 'auto', a list of label names or indices, a dict label -> "
            f"wanted number of positives, or a callable returning one of these; got {strategy!r}."
        )
    given = _marked(list(strategy), Y.shape[1]) if _is_mask(strategy) else list(strategy)
    known = {} if names is None else dict(zip(names.tolist(), range(len(names)), strict=True))
    labels = np.array([_position(label, Y.shape[1], known) for label in given], dtype=np.intp)
    if len(set(labels.tolist())) < len(labels):
        raise ValueError(f"sampling_strategy names a label twice: {given!r}.")
    if isinstance(strategy, Set):
        labels.sort()  # a set of names comes in another order in every process
    if not isinstance(strategy, Mapping):
        return labels, None
    return labels, _targets(strategy, labels, Y, under)


def _warn_if_balanced(counts: np.ndarray) -> None:
    if not counts.any():
        return
    ratios = ratios_of(counts[counts > 0])
    mean, spread = ratios.mean(), variation(ratios)
    if mean < 1.5 and spread < 0.2:
        warnings.warn(
            f"Y is almost balanced (MeanIR {mean:.3f} < 1.5, CVIR {spread:.3f} < 0.2): "
            "resampling is unlikely to help. Name labels in sampling_strategy to silence this.",
            UserWarning,
            stacklevel=2,
        )


def answer_of(strategy: Callable[[sp.csr_array], Any], Y: sp.csr_array) -> Any:
    """Ask a callable; what it raises becomes one error that says what it was given."""
    try:
        return strategy(Y)
    except Exception as error:
        raise ValueError(
            f"sampling_strategy, a callable, raised {type(error).__name__}: {error} It is given Y "
            f"as a csr_array of shape (n_samples, n_labels), here {Y.shape}, whatever Y was; "
            "Y.sum(axis=0) counts the positives of each label."
        ) from error


def _is_mask(strategy: Any) -> bool:
    given = [] if isinstance(strategy, Mapping | Set) else list(strategy)
    return bool(given) and all(isinstance(value, bool | np.bool_) for value in given)


def _marked(mask: list[bool], n_labels: int) -> list[int]:
    """Return the labels that a mask marks."""
    if len(mask) != n_labels:
        raise ValueError(
            f"sampling_strategy as a mask must have one entry for each of {n_labels} labels; got "
            f"{len(mask)}."
        )
    return [j for j, marked in enumerate(mask) if marked]


def _position(label: Any, n_labels: int, names: dict[str, int]) -> int:
    if isinstance(label, str) and label in names:
        return names[label]
    is_index = isinstance(label, int | np.integer) and not isinstance(label, bool)
    if is_index and 0 <= label < n_labels:
        return int(label)
    hint = _hint(label, n_labels, list(names))
    raise ValueError(f"sampling_strategy names the unknown label {label!r}; {hint}")


def _hint(label: Any, n_labels: int, names: list[str]) -> str:
    """Say which label may have been meant, or which there are."""
    close = get_close_matches(label, names, n=3) if isinstance(label, str) else []
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    called = f" or names {names[:8]!r}{more}" if names else ""
    return f"known are indices 0 to {n_labels - 1}{called}."


def _targets(strategy: Any, labels: np.ndarray, Y: sp.csr_array, under: bool) -> np.ndarray:
    counts = counts_of(Y)[labels]
    for name, wanted, present in zip(strategy, strategy.values(), counts, strict=True):
        if not isinstance(wanted, int | np.integer) or isinstance(wanted, bool) or wanted < 0:
            raise ValueError(
                f"sampling_strategy[{name!r}] must be a number of positives, an int of at least 0; "
                f"got {wanted!r}."
            )
        if wanted > _MOST_ROWS:
            raise ValueError(f"sampling_strategy[{name!r}] asks for {wanted} positives: too many.")
        if (wanted > present) if under else (wanted < present):
            direction = "removes" if under else "adds"
            raise ValueError(
                f"sampling_strategy[{name!r}] asks for {wanted} positives, but the label has "
                f"{present} and this sampler only {direction} rows."
            )
        if present == 0 and wanted > 0:
            raise ValueError(
                f"sampling_strategy[{name!r}] asks for {wanted} positives of a label that has none "
                "to learn from; leave it out."
            )
    return np.array(list(strategy.values()), dtype=np.intp)


def all_but(dropped: np.ndarray, n: int) -> np.ndarray:
    """Return the rows that stay of ``n``, ascending."""
    stays = np.ones(n, dtype=bool)
    stays[dropped] = False
    return np.flatnonzero(stays)


def draw_for_targets(
    bears: sp.csr_array, need: np.ndarray, rng: np.random.Generator, *, once: bool = False
) -> np.ndarray:
    """Draw rows that bear each label as often as wanted.

    Parameters
    ----------
    bears : csr_array of shape (n_candidates, n_wanted), of 0 and 1
        Which candidate bears which wanted label.
    need : ndarray of int of shape (n_wanted,)
        How often each label is to be drawn, at least 0.
    rng : Generator
        Source of the draws.
    once : bool, default=False
        Whether a candidate may be drawn once only.

    Returns
    -------
    ndarray of int
        Candidates in random order. Their column sums equal ``need`` where that is possible, else
        they miss it by as little in total as a bounded search can find.

    Notes
    -----
    Rows with the same wanted labels are alike, so their numbers are settled first: in passes over
    the labels still short, at random among the rows that overshoot no label, then, where that ends
    in a dead end, by an integer program that changes few of these draws. Within one kind the rows
    are drawn in cycles, so that none comes twice before all came once.

    The program is bounded by its size alone, kinds of rows times wanted labels: above half a
    million it may change any number of draws, above one and a half million (a thousand labels in a
    few thousand rows) the passes have the last word.
    """
    rows = np.flatnonzero(np.diff(bears.indptr))
    if not len(rows):
        return rows
    kinds = labelsets_of(sp.csr_array(bears[rows])).ids()
    sizes = np.bincount(kinds)
    _, first = np.unique(kinds, return_index=True)
    patterns = sp.csr_array(bears[rows[first]], dtype=np.int64)
    most = sizes if once else np.full(len(sizes), need.max())
    numbers = _pass_over(patterns, sizes, need, most, rng, once)
    if np.any(patterns.T @ numbers != need):
        numbers = _mend(patterns, numbers, need, most)
    return rng.permutation(rows[_cycle(kinds, sizes, numbers, rng)])


def _pass_over(
    patterns: sp.csr_array,
    sizes: np.ndarray,
    need: np.ndarray,
    most: np.ndarray,
    rng: np.random.Generator,
    once: bool,
) -> np.ndarray:
    """Draw kinds for the labels still short until each has enough or nobody fits any more."""
    numbers, left = np.zeros(len(sizes), dtype=np.int64), need.astype(np.int64)
    bags = sp.csc_array(patterns)
    label_of = np.repeat(np.arange(len(left)), np.diff(bags.indptr))
    while True:
        fits = (patterns @ (left == 0).astype(np.int64) == 0) & (numbers < most)
        choices = np.where(fits, sizes - numbers if once else sizes, 0)[bags.indices]
        upto = np.concatenate([[0], np.cumsum(choices)])
        before = upto[bags.indptr[:-1]]
        bag = upto[bags.indptr[1:]] - before
        short = label_of[:0] if not upto[-1] else np.flatnonzero((left > 0) & (bag > 0))
        if not len(short):
            return numbers
        # half of what is missing at a time, the labels with the least choice first
        short = short[np.argsort(bag[short], kind="stable")]
        turns = np.repeat(short, (left[short] + 1) // 2)
        spots = before[turns] + (rng.random(len(turns)) * bag[turns]).astype(np.int64)
        drawn = bags.indices[np.searchsorted(upto[1:], spots, side="right")]
        drawn = drawn[ranks(drawn) < (most - numbers)[drawn]]
        drawn = drawn[_in_time(patterns[drawn], left)]
        numbers += np.bincount(drawn, minlength=len(numbers))
        left = need - patterns.T @ numbers


def _in_time(drawn: sp.csr_array, left: np.ndarray) -> np.ndarray:
    """Tell which draws come before any of their labels has been drawn as often as is left."""
    late = ranks(drawn.indices) >= left[drawn.indices]
    turns = np.repeat(np.arange(drawn.shape[0]), np.diff(drawn.indptr))
    return np.bincount(turns[late], minlength=drawn.shape[0]) == 0


def ranks(values: np.ndarray) -> np.ndarray:
    """Return how many equal values come before each."""
    order = np.argsort(values, kind="stable")
    sizes = np.bincount(values)
    ranks = np.empty(len(values), dtype=np.int64)
    ranks[order] = np.arange(len(values)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return ranks


def _mend(
    patterns: sp.csr_array, numbers: np.ndarray, need: np.ndarray, most: np.ndarray
) -> np.ndarray:
    """Bring the numbers of each kind as near to the need as an integer program can."""
    best, least = numbers, np.abs(need - patterns.T @ numbers).sum()
    size = patterns.shape[0] * patterns.shape[1]
    # few changes first, which keeps the draws' spread; then at any price
    tries = [(1e-3, 0.9)] * (size <= _LARGEST_SPARING) + [(0.0, 0.0)] * (size <= _LARGEST)
    for price, gap in tries:
        found = _solve(patterns, best, need, most, price, gap)
        missed = np.abs(need - patterns.T @ found).sum()
        if missed < least:
            best, least = found, missed
        if not least:
            break
    return best


def _solve(
    patterns: sp.csr_array,
    numbers: np.ndarray,
    need: np.ndarray,
    most: np.ndarray,
    price: float,
    gap: float,
) -> np.ndarray:
    """Minimise what is missing or too much, plus ``price`` for every draw added or taken back."""
    n, n_labels = patterns.shape
    slack = sp.eye_array(n_labels)
    table = sp.csc_array(sp.hstack([patterns.T, -patterns.T, slack, -slack]), dtype=float)
    missing = need - patterns.T @ numbers
    found = milp(
        np.repeat([price, 1.0], [2 * n, 2 * n_labels]),
        integrality=np.repeat([1, 0], [2 * n, 2 * n_labels]),
        bounds=(0.0, np.concatenate([most - numbers, numbers, np.full(2 * n_labels, np.inf)])),
        constraints=LinearConstraint(table, missing, missing),
        options={"node_limit": min(_MOST_NODES, _ALL_NODES // (n * n_labels)), "mip_rel_gap": gap},
    )
    if found.x is None:
        return numbers
    changes = np.rint(found.x[: 2 * n]).astype(np.int64)
    return numbers + changes[:n] - changes[n:]


def _cycle(
    kinds: np.ndarray, sizes: np.ndarray, numbers: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw as many rows of each kind as wanted, all of them before any comes again."""
    order = np.lexsort((rng.random(len(kinds)), kinds))
    places = np.arange(len(kinds)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    rounds, rest = np.divmod(numbers, sizes)
    return np.repeat(order, np.repeat(rounds, sizes) + (places < np.repeat(rest, sizes)))


def warn_missed(
    counts: np.ndarray,
    labels: np.ndarray,
    targets: np.ndarray,
    names: np.ndarray | None = None,
    *,
    reason: str = "rows bear several labels",
    alone: np.ndarray | None = None,
) -> None:
    """Warn of the labels that end with another number of positives than was wanted, and why.

    Parameters
    ----------
    counts : ndarray of int of shape (n_labels,)
        Positives of every label after resampling.
    labels, targets : ndarray of int of shape (n_wanted,)
        What `wanted_labels` returned.
    names : ndarray of str of shape (n_labels,), optional
        What labels are called.
    reason : str, default="rows bear several labels"
        Why a label may miss its number.
    alone : ndarray of bool of shape (n_labels,), optional
        Labels that were given no row because they have a single positive.
    """
    missed = np.flatnonzero(counts[labels] != targets)
    if not len(missed):
        return
    single = np.zeros(len(counts), dtype=bool) if alone is None else alone
    single = single[labels[missed]]
    reasons = [] if single.all() else [reason]
    if single.any():
        reasons.append("a label with a single positive has no second one to go towards")
    shown = [
        f"label {_called(j, names)}: wanted {wanted}, got {counts[j]}"
        for j, wanted in zip(labels[missed[:5]].tolist(), targets[missed[:5]].tolist(), strict=True)
    ]
    total = int(np.abs(counts[labels] - targets).sum())
    warnings.warn(
        f"sampling_strategy was not met exactly, because {' and '.join(reasons)}: {len(missed)} of "
        f"{len(labels)} labels miss their number, by {total} positives in all "
        f"({'; '.join(shown)}{'; ...' if len(missed) > 5 else ''}).",
        UserWarning,
        stacklevel=2,
    )


def _called(label: int, names: np.ndarray | None) -> str:
    return str(label) if names is None else repr(str(names[label]))


def warn_no_label(strategy: Any, labels: np.ndarray, lack: str, automatic: str = "label") -> None:
    """Warn that no label was resampled, of all or of those the caller named.

    Parameters
    ----------
    strategy : object
        ``sampling_strategy`` as it was given.
    labels : ndarray of int
        What `wanted_labels` made of it.
    lack : str
        What none of the labels has, such as "has two positives".
    automatic : str, default="label"
        What the labels are that "auto" means.
    """
    if isinstance(strategy, str):
        warn_idle(f"no {automatic} {lack}")
    else:
        warn_idle(f"no named label {lack}" if len(labels) else "sampling_strategy names no label")


def warn_idle(reason: str) -> None:
    """Warn that a sampler did nothing, and why."""
    warnings.warn(f"nothing was resampled: {reason}.", UserWarning, stacklevel=2)
