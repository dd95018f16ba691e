"""Random selection: clone or drop whole rows, features unread.

LPROS and LPRUS balance label sets, MLROS and MLRUS balance labels.

References
----------
F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Addressing imbalance in multilabel
classification: Measures and random resampling algorithms", Neurocomputing 163, 3-16, 2015.
"""

from __future__ import annotations

import warnings
from numbers import Real
from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp

from .._sklearn import Interval
from .._strategy import wanted_labels
from ..base import MultiLabelSampler, Resampling
from ..measures import label_counts, labelset_ids, mean_ir, minority_labels

__all__ = ["LPROS", "LPRUS", "MLROS", "MLRUS"]

_STRATEGY = ["array-like", dict, callable, str]


def _number_of(fraction: float, n: int) -> int:
    """Rows a budget allows: int(fraction * n), safe from 0.29 * 100 being 28.999..."""
    return int(fraction * n + 1e-9)


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
        Labels to oversample: those with IRLbl > MeanIR ("auto"), names or indices, a dict label ->
        wanted number of positives, or a callable of ``Y`` returning one of these.
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
    label is looked at when its turn comes; an empty label is no minority label. With a dict, a
    label may end above its number where rows of other labels bear it too; a warning says so.

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
        counts = label_counts(Y)
        if targets is None:
            budget: float = _number_of(self.fraction, Y.shape[0])
            enough = np.full(len(labels), counts.max() / mean_ir(Y))
        else:
            budget, enough = np.inf, targets
        clones = _clone_in_turn(Y, labels, enough, budget, rng)
        if targets is not None:
            _warn_missed(
                counts + label_counts(Y[clones]) if len(clones) else counts, labels, targets
            )
        elif not len(clones) and budget:
            _warn_idle("no label has a higher IRLbl than MeanIR")
        return np.concatenate([np.arange(Y.shape[0]), clones])


def _clone_in_turn(
    Y: sp.csr_array, labels: np.ndarray, enough: np.ndarray, budget: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw one row per label and pass until each label has ``enough`` positives."""
    bags = sp.csc_array(Y)
    counts, wanted = label_counts(Y), dict(zip(labels.tolist(), enough.tolist(), strict=True))
    active = [j for j in labels.tolist() if 0 < counts[j] < wanted[j]]
    clones: list[int] = []
    while active and len(clones) < budget:
        places = bags.indptr[active] + rng.integers(np.diff(bags.indptr)[active])
        for j, row in zip(active, bags.indices[places].tolist(), strict=True):
            if counts[j] < wanted[j] and len(clones) < budget:
                clones.append(row)
                counts[Y.indices[Y.indptr[row] : Y.indptr[row + 1]]] += 1
        active = [j for j in active if counts[j] < wanted[j]]
    return np.array(clones, dtype=np.intp)


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
        Labels to undersample: those with IRLbl <= MeanIR ("auto"), names or indices, a dict label
        -> wanted number of positives, or a callable of ``Y`` returning one of these. Rows with a
        minority label that is not named are never dropped.
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
        counts = label_counts(Y)
        if targets is None:
            budget: float = _number_of(self.fraction, Y.shape[0])
            enough = np.full(len(labels), counts.max() / mean_ir(Y))
        else:
            budget, enough = np.inf, targets
        spared = np.setdiff1d(minority_labels(Y), labels)
        dropped, dry = _drop_in_turn(Y, labels, enough, spared, budget, rng)
        if targets is not None:
            _warn_missed(
                counts - label_counts(Y[dropped]) if len(dropped) else counts, labels, targets
            )
        elif dry:
            warnings.warn(
                f"dropped {len(dropped)} of the {budget} rows of fraction={self.fraction}: every "
                "other row bears a minority label.",
                UserWarning,
                stacklevel=2,
            )
        return np.setdiff1d(np.arange(Y.shape[0]), dropped)


def _drop_in_turn(
    Y: sp.csr_array,
    labels: np.ndarray,
    enough: np.ndarray,
    spared: np.ndarray,
    budget: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, bool]:
    """Drop one row per label and pass; also tell whether droppable rows ran out."""
    counts, wanted = label_counts(Y), dict(zip(labels.tolist(), enough.tolist(), strict=True))
    pools = _pools(Y, labels, spared, rng)
    gone: set[int] = set()
    active = [j for j in labels.tolist() if counts[j] > wanted[j]]
    while active and len(gone) < budget:
        for j in active:
            if counts[j] <= wanted[j] or len(gone) >= budget:
                continue
            while pools[j] and pools[j][-1] in gone:
                pools[j].pop()
            if pools[j]:
                row = pools[j].pop()
                gone.add(row)
                counts[Y.indices[Y.indptr[row] : Y.indptr[row + 1]]] -= 1
        active = [j for j in active if counts[j] > wanted[j] and pools[j]]
    dry = not active and len(gone) < budget and any(counts[j] > wanted[j] for j in labels.tolist())
    return np.array(sorted(gone), dtype=np.intp), dry


def _pools(
    Y: sp.csr_array, labels: np.ndarray, spared: np.ndarray, rng: np.random.Generator
) -> dict[int, list[int]]:
    """Each label's droppable rows in random order."""
    protected = np.zeros(Y.shape[1])
    protected[spared] = 1.0
    free = (Y @ protected) == 0
    bags = sp.csc_array(Y)
    pools = {}
    for j in labels.tolist():
        rows = bags.indices[bags.indptr[j] : bags.indptr[j + 1]]
        pools[j] = rng.permutation(rows[free[rows]]).tolist()
    return pools


def _warn_missed(counts: np.ndarray, labels: np.ndarray, targets: np.ndarray) -> None:
    missed = [
        f"label {j}: wanted {wanted}, got {counts[j]}"
        for j, wanted in zip(labels.tolist(), targets.tolist(), strict=True)
        if counts[j] != wanted
    ]
    if missed:
        shown = "; ".join(missed[:5]) + ("; ..." if len(missed) > 5 else "")
        warnings.warn(
            f"sampling_strategy could not be met exactly, rows bear several labels ({shown}).",
            UserWarning,
            stacklevel=2,
        )


def _warn_idle(reason: str) -> None:
    warnings.warn(f"nothing was resampled: {reason}.", UserWarning, stacklevel=2)


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
    smaller ones. Where every label set is as frequent as the others nothing can be done, and a
    warning says so.

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
        sets, order, starts, sizes = _group(Y)
        mean = Y.shape[0] / len(sizes)
        small = np.flatnonzero(sizes < mean)
        small = small[np.argsort(-sizes[small], kind="stable")]
        room = np.floor(mean - sizes[small]).astype(int)
        budget = _number_of(self.fraction, Y.shape[0])
        shares = _share_out(room, budget)
        if budget and not shares.sum():
            _warn_idle("no label set is at least one row short of the mean size")
        chosen = np.repeat(small, shares)
        clones = order[starts[chosen] + rng.integers(sizes[chosen])]
        return np.concatenate([np.arange(len(sets)), clones])


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
        sets, _, starts, sizes = _group(Y)
        mean = Y.shape[0] / len(sizes)
        large = np.flatnonzero(sizes > mean)
        large = large[np.argsort(sizes[large], kind="stable")]
        room = np.floor(sizes[large] - mean).astype(int)
        budget = _number_of(self.fraction, Y.shape[0])
        quota = np.zeros(len(sizes), dtype=int)
        quota[large] = _share_out(room, budget)
        if budget and not quota.sum():
            _warn_idle("no label set is at least one row above the mean size")
        # a random order inside every label set, of which the first ``quota`` rows go
        shuffled = np.lexsort((rng.random(len(sets)), sets))
        rank = np.arange(len(sets)) - starts[sets[shuffled]]
        return np.sort(shuffled[rank >= quota[sets[shuffled]]])


def _group(Y: sp.csr_array) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return each row's label set, the rows sorted by it, and where each begins and its size."""
    sets = labelset_ids(Y)
    sizes = np.bincount(sets)
    order = np.argsort(sets, kind="stable")
    return sets, order, np.cumsum(sizes) - sizes, sizes


def _share_out(room: np.ndarray, budget: int) -> np.ndarray:
    """Give everyone in turn an equal share of what remains, at most its room."""
    shares = np.zeros(len(room), dtype=int)
    for turn, most in enumerate(room.tolist()):
        shares[turn] = min(most, budget // (len(room) - turn))
        budget -= shares[turn]
    return shares
