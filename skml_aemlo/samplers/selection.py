"""Random selection: clone or drop whole rows, features unread.

LPROS and LPRUS balance label sets, MLROS and MLRUS balance labels.

References
----------
F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Addressing imbalance in multilabel
classification: Measures and random resampling algorithms", Neurocomputing 163, 3-16, 2015.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from numbers import Real
from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp

from .._imbalance import bearing, counts_of, even_counts, labelsets_of, minority_of
from .._sklearn import Interval
from .._strategy import (
    all_but,
    draw_for_targets,
    number_of,
    wanted_labels,
    warn_idle,
    warn_missed,
    warn_no_label,
)
from ..base import MultiLabelSampler, Resampling

__all__ = ["LPROS", "LPRUS", "MLROS", "MLRUS"]

_STRATEGY = ["array-like", dict, callable, str]


class _RowSelector(MultiLabelSampler):
    """What the four share: features stay unread, labels go with their rows."""

    _reads_features = False
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"random_state": ["random_state"]}

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        rows = self._select(Y, rng)
        return Resampling(source=rows, Y=Y[rows])

    def _select(self, Y: sp.csr_array, rng: np.random.Generator) -> np.ndarray:
        raise NotImplementedError


class MLROS(_RowSelector):
    """Clone random rows of minority labels (ML-ROS).

    Passes over the minority labels and clones one random row of each, until a label's IRLbl has
    fallen to the MeanIR of the start, or the budget is spent.

    Parameters
    ----------
    fraction : float, default=0.25
        Budget of clones as a fraction of n_samples (the paper's P). Ignored when
        ``sampling_strategy`` is a dict, which says itself how much to add.
    sampling_strategy : "auto", list, dict or callable, default="auto"
        Labels to oversample: those with IRLbl > MeanIR ("auto"), a list or mask of labels, a dict
        label -> wanted number of positives, or a callable that gets the labels as a csr_array of
        shape (n_samples, n_labels) and returns one of these. Ints are always positions, strings
        names of a DataFrame's columns; numbers in a dict are absolute (inside cross-validation: of
        the training fold).
    random_state : int, RandomState, Generator or None, default=None
        Seed of the draws.

    Attributes
    ----------
    sample_indices_ : ndarray of int of shape (n_samples_new,)
        Input row of every output row: all rows in order, then the clones.
    is_synthetic_ : ndarray of bool of shape (n_samples_new,)
        All False: clones are copies.

    See Also
    --------
    MLRUS : Drop rows instead.
    LPROS : Balance label sets instead of labels.

    Notes
    -----
    A clone counts for every label it bears, so a label can retire without a clone of its own. A
    label is looked at when its turn comes; an empty label is no minority label. A label named in a
    list gets clones only while its IRLbl is above the MeanIR of the start. A dict is met
    exactly whenever some choice of clones meets it, else as nearly as can be; a warning then states
    the shortfall. With hundreds of named labels the search may end before it finds them. Rows with
    the same wanted labels are then cloned in cycles, none twice before all came once.

    References
    ----------
    F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Addressing imbalance in multilabel
    classification: Measures and random resampling algorithms", Neurocomputing 163, 3-16, 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from skml_aemlo import MLROS
    >>> Y = np.array([[1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [0, 1]])
    >>> X_res, Y_res = MLROS(fraction=0.25, random_state=0).fit_resample(np.arange(8)[:, None], Y)
    >>> Y_res.sum(axis=0)
    array([7, 2])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **_RowSelector._parameter_constraints,
        "fraction": [Interval(Real, 0, None, closed="left")],
        "sampling_strategy": _STRATEGY,
    }

    def __init__(
        self, *, fraction: float = 0.25, sampling_strategy: Any = "auto", random_state: Any = None
    ) -> None:
        self.fraction = fraction
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state

    def _select(self, Y: sp.csr_array, rng: np.random.Generator) -> np.ndarray:
        names = getattr(self, "label_names_in_", None)
        labels, targets = wanted_labels(self.sampling_strategy, Y, names)
        counts = counts_of(Y)
        if targets is None:
            budget = number_of(self.fraction, Y.shape[0])
            clones = _clone_in_turn(Y, labels, counts, budget, rng)
            if budget and not len(clones):
                warn_no_label(self.sampling_strategy, labels, "has a higher IRLbl than MeanIR")
        else:
            clones = draw_for_targets(Y[:, labels], targets - counts[labels], rng)
            warn_missed(counts + counts_of(Y[clones]), labels, targets, names)
        return np.concatenate([np.arange(Y.shape[0]), clones])


def _clone_in_turn(
    Y: sp.csr_array, labels: np.ndarray, counts: np.ndarray, budget: int, rng: np.random.Generator
) -> np.ndarray:
    """Clone one row per label and pass until each label's IRLbl has fallen to MeanIR."""
    enough = even_counts(counts)[1]
    labels = labels[(counts[labels] > 0) & (counts[labels] < enough)]
    bags, starts, sizes = _bags(Y, labels)
    room = (enough - counts).tolist()
    borne, ends, uniform = Y.indices.data, Y.indptr.data, _uniforms(rng)
    clones: list[int] = []
    active = list(zip(labels.tolist(), starts.tolist(), sizes.tolist(), strict=True))
    while active and len(clones) < budget:
        for label, start, size in active:
            if room[label] > 0 and len(clones) < budget:
                row = bags[start + int(next(uniform) * size)]
                clones.append(row)
                for other in borne[ends[row] : ends[row + 1]]:
                    room[other] -= 1
        active = [turn for turn in active if room[turn[0]] > 0]
    return np.array(clones, dtype=np.intp)


def _bags(Y: sp.csr_array, labels: np.ndarray) -> tuple[memoryview, np.ndarray, np.ndarray]:
    """Return the rows of each label in turn, where each label's begin, and how many there are."""
    by_label = sp.csc_array(Y)
    starts = by_label.indptr[labels]
    # single items of a memoryview are had in a fraction of the time of an array's
    return by_label.indices.data, starts, by_label.indptr[labels + 1] - starts


def _uniforms(rng: np.random.Generator) -> Iterator[float]:
    """Yield the numbers that ``rng.random()`` would give, drawn by the hundred."""
    while True:
        yield from rng.random(256).tolist()


class MLRUS(_RowSelector):
    """Drop random rows of majority labels (ML-RUS).

    Passes over the majority labels and drops one random row of each, sparing every row that bears a
    minority label, until a label's IRLbl has risen to the MeanIR of the start, or the budget is
    spent.

    Parameters
    ----------
    fraction : float, default=0.25
        Budget of dropped rows as a fraction of n_samples (the paper's P), below 1. Ignored when
        ``sampling_strategy`` is a dict.
    sampling_strategy : "auto", list, dict or callable, default="auto"
        Labels to undersample: those with IRLbl <= MeanIR ("auto"), a list or mask of labels, a dict
        label -> wanted number of positives, or a callable that gets the labels as a csr_array of
        shape (n_samples, n_labels) and returns one of these. Ints are always positions, strings
        names of a DataFrame's columns; numbers in a dict are absolute (inside cross-validation: of
        the training fold). Rows with a minority label that is not named are never dropped.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the draws.

    Attributes
    ----------
    sample_indices_ : ndarray of int of shape (n_samples_new,)
        The rows that stayed, ascending.
    is_synthetic_ : ndarray of bool of shape (n_samples_new,)
        All False.

    See Also
    --------
    MLROS : Clone rows instead.
    LPRUS : Balance label sets instead of labels.

    Notes
    -----
    Fewer rows than the budget go when every majority label has retired, or when no droppable row is
    left; a warning gives the number in the second case. Rows without any label are never dropped.
    A dict is met exactly whenever some choice of droppable rows meets it, else as nearly as can be;
    a warning then states the shortfall. With hundreds of named labels the search may end before it
    finds them.

    References
    ----------
    F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Addressing imbalance in multilabel
    classification: Measures and random resampling algorithms", Neurocomputing 163, 3-16, 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from skml_aemlo import MLRUS
    >>> Y = np.array([[1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [0, 1]])
    >>> X_res, Y_res = MLRUS(fraction=0.25, random_state=0).fit_resample(np.arange(8)[:, None], Y)
    >>> Y_res.sum(axis=0)
    array([5, 1])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **_RowSelector._parameter_constraints,
        "fraction": [Interval(Real, 0, 1, closed="left")],
        "sampling_strategy": _STRATEGY,
    }

    def __init__(
        self, *, fraction: float = 0.25, sampling_strategy: Any = "auto", random_state: Any = None
    ) -> None:
        self.fraction = fraction
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state

    def _select(self, Y: sp.csr_array, rng: np.random.Generator) -> np.ndarray:
        names = getattr(self, "label_names_in_", None)
        labels, targets = wanted_labels(self.sampling_strategy, Y, names, under=True)
        counts = counts_of(Y)
        spared = np.setdiff1d(minority_of(counts), labels)
        free = ~bearing(Y, spared)
        if targets is None:
            budget = number_of(self.fraction, Y.shape[0])
            dropped, dry = _drop_in_turn(Y, labels, counts, free, budget, rng)
            self._tell(labels, len(dropped), budget, dry)
        else:
            candidates = np.flatnonzero(free)
            bears, need = Y[candidates][:, labels], counts[labels] - targets
            dropped = candidates[draw_for_targets(bears, need, rng, once=True)]
            _refuse_to_drop_all(len(dropped), Y.shape[0])
            reason = "rows bear several labels"
            reason += ", and those with a minority label that is not named stay" * bool(len(spared))
            after = counts - counts_of(Y[dropped])
            warn_missed(after, labels, targets, names, reason=reason)
        return all_but(dropped, Y.shape[0])

    def _tell(self, labels: np.ndarray, n_dropped: int, budget: int, dry: bool) -> None:
        """Warn of what the budget allowed and was not done."""
        if dry:
            named = "" if isinstance(self.sampling_strategy, str) else " of the named labels"
            warnings.warn(
                f"dropped {n_dropped} of the {budget} rows of fraction={self.fraction}: every "
                f"other row{named} bears a minority label.",
                UserWarning,
                stacklevel=2,
            )
        elif budget and not n_dropped:
            warn_no_label(self.sampling_strategy, labels, "has a lower IRLbl than MeanIR")


def _drop_in_turn(
    Y: sp.csr_array,
    labels: np.ndarray,
    counts: np.ndarray,
    free: np.ndarray,
    budget: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, bool]:
    """Drop one row per label and pass; also tell whether droppable rows ran out."""
    excess = (counts - even_counts(counts)[0]).tolist()
    bags, ends = _free_bags(Y, free)
    starts, left = ends[:-1].tolist(), np.diff(ends).tolist()
    borne, row_ends, uniform = Y.indices.data, Y.indptr.data, _uniforms(rng)
    gone = bytearray(Y.shape[0])
    dropped: list[int] = []
    active = [label for label in labels.tolist() if excess[label] > 0]
    while active and len(dropped) < budget:
        for label in active:
            if excess[label] <= 0 or len(dropped) == budget:
                continue
            while left[label]:
                place, left[label] = int(next(uniform) * left[label]), left[label] - 1
                row = _take(bags, starts[label], place, left[label])
                if not gone[row]:
                    gone[row] = True
                    dropped.append(row)
                    for other in borne[row_ends[row] : row_ends[row + 1]]:
                        excess[other] -= 1
                    break
        active = [label for label in active if excess[label] > 0 and left[label]]
    short = len(dropped) < budget and any(excess[label] > 0 for label in labels.tolist())
    return np.array(dropped, dtype=np.intp), short


def _take(bags: memoryview, start: int, place: int, last: int) -> int:
    """Take a row out of a bag, whose last row fills the gap."""
    row: int = bags[start + place]
    bags[start + place] = bags[start + last]
    return row


def _free_bags(Y: sp.csr_array, free: np.ndarray) -> tuple[memoryview, np.ndarray]:
    """Return the droppable rows of each label, one label after another, and where each ends."""
    by_label = sp.csc_array(Y)
    kept = free[by_label.indices]
    upto = np.concatenate([[0], np.cumsum(kept)])
    return by_label.indices[kept].data, upto[by_label.indptr]


def _refuse_to_drop_all(n_dropped: int, n: int) -> None:
    if n_dropped == n:
        raise ValueError(
            f"sampling_strategy would drop all {n} rows; ask for a positive to be left at least."
        )


class LPROS(_RowSelector):
    """Clone random rows of rare label sets (LP-ROS).

    Parameters
    ----------
    fraction : float, default=0.25
        Budget of clones as a fraction of n_samples (the paper's P).
    random_state : int, RandomState, Generator or None, default=None
        Seed of the draws.

    Attributes
    ----------
    sample_indices_ : ndarray of int of shape (n_samples_new,)
        Input row of every output row: all rows in order, then the clones.
    is_synthetic_ : ndarray of bool of shape (n_samples_new,)
        All False: clones are copies.

    See Also
    --------
    LPRUS : Drop rows of frequent label sets instead.
    MLROS : Balance labels instead of label sets.

    Notes
    -----
    Label sets below the mean size are served largest first; each gets clones up to the mean, at
    most its equal share of what remains of the budget, and the unused share passes on to the
    smaller ones. Once all have the mean size, what is left of the budget stays unspent. Where every
    label set is as frequent as the others nothing can be done, and a warning says so.

    References
    ----------
    F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Addressing imbalance in multilabel
    classification: Measures and random resampling algorithms", Neurocomputing 163, 3-16, 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from skml_aemlo import LPROS
    >>> Y = np.array([[1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [0, 1]])
    >>> X_res, Y_res = LPROS(fraction=0.25, random_state=0).fit_resample(np.arange(8)[:, None], Y)
    >>> Y_res.sum(axis=0)
    array([7, 3])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **_RowSelector._parameter_constraints,
        "fraction": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(self, *, fraction: float = 0.25, random_state: Any = None) -> None:
        self.fraction = fraction
        self.random_state = random_state

    def _select(self, Y: sp.csr_array, rng: np.random.Generator) -> np.ndarray:
        n, (order, starts, sizes) = Y.shape[0], labelsets_of(Y)
        small = np.flatnonzero(sizes * len(sizes) < n)
        small = small[np.argsort(-sizes[small], kind="stable")]
        budget = number_of(self.fraction, n)
        shares = _share_out(n // len(sizes) - sizes[small], budget)
        if budget and not shares.any():
            warn_idle("no label set is at least one row short of the mean size")
        chosen = np.repeat(small, shares)
        places = (rng.random(len(chosen)) * sizes[chosen]).astype(np.intp)
        return np.concatenate([np.arange(n), order[starts[chosen] + places]])


class LPRUS(_RowSelector):
    """Drop random rows of frequent label sets (LP-RUS).

    Parameters
    ----------
    fraction : float, default=0.25
        Budget of dropped rows as a fraction of n_samples (the paper's P), below 1.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the draws.

    Attributes
    ----------
    sample_indices_ : ndarray of int of shape (n_samples_new,)
        The rows that stayed, ascending.
    is_synthetic_ : ndarray of bool of shape (n_samples_new,)
        All False.

    See Also
    --------
    LPROS : Clone rows of rare label sets instead.
    MLRUS : Balance labels instead of label sets.

    Notes
    -----
    Label sets above the mean size are served smallest first; each loses rows down to the mean, at
    most its equal share of what remains of the budget, and the unused share passes on to the larger
    ones. Rows without labels form a label set like any other.

    References
    ----------
    F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Addressing imbalance in multilabel
    classification: Measures and random resampling algorithms", Neurocomputing 163, 3-16, 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from skml_aemlo import LPRUS
    >>> Y = np.array([[1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [0, 1]])
    >>> X_res, Y_res = LPRUS(fraction=0.25, random_state=0).fit_resample(np.arange(8)[:, None], Y)
    >>> Y_res.sum(axis=0)
    array([5, 1])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **_RowSelector._parameter_constraints,
        "fraction": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(self, *, fraction: float = 0.25, random_state: Any = None) -> None:
        self.fraction = fraction
        self.random_state = random_state

    def _select(self, Y: sp.csr_array, rng: np.random.Generator) -> np.ndarray:
        n, (order, starts, sizes) = Y.shape[0], labelsets_of(Y)
        large = np.flatnonzero(sizes * len(sizes) > n)
        large = large[np.argsort(sizes[large], kind="stable")]
        budget = number_of(self.fraction, n)
        quotas = _share_out(sizes[large] + -n // len(sizes), budget)
        if budget and not quotas.any():
            warn_idle("no label set is at least one row above the mean size")
        thinned, quotas = large[quotas > 0], quotas[quotas > 0]
        rows, places = _members(order, starts[thinned], sizes[thinned], rng)
        return all_but(rows[places < np.repeat(quotas, sizes[thinned])], n)


def _members(
    order: np.ndarray, starts: np.ndarray, sizes: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of one label set after another, each shuffled, and each row's place in it."""
    places = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    rows = order[np.repeat(starts, sizes) + places]
    keys = rng.random(len(order))[rows]
    return rows[np.lexsort((keys, np.repeat(np.arange(len(sizes)), sizes)))], places


def _share_out(room: np.ndarray, budget: int) -> np.ndarray:
    """Give everyone in turn an equal share of what remains, at most its room; rooms ascend."""
    turns = np.arange(len(room), 0, -1)
    before = np.cumsum(room) - room
    # whoever has room for more than its share takes an equal one, and so do all after
    full = int(np.argmin(np.append(room <= (budget - before) // turns, False)))
    shares = room.copy()
    if full < len(room):
        equal, rest = divmod(budget - int(before[full]), len(room) - full)
        shares[full:] = equal
        shares[len(room) - rest :] += 1
    return shares
