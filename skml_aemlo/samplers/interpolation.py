"""Interpolation: make rows between a seed and one of its neighbours."""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp

from .._neighbors import METRICS, SEARCH_RULES, Space, nearest
from .._sklearn import Interval, StrOptions
from .._strategy import wanted_labels
from ..base import MultiLabelSampler, Resampling
from ..measures import label_counts

__all__ = ["MLSMOTE"]

_BLOCK = 4_000_000  # numbers a block of neighbours may hold while it is dense


class MLSMOTE(MultiLabelSampler):
    """Make rows between rows of the same minority label (ML-SMOTE).

    Every row of a minority label is a seed. Its nearest neighbours among the rows of that label
    give a reference, towards which numeric features move by a random share, the most frequent value
    of each nominal feature, and a vote on the labels.

    Parameters
    ----------
    n_neighbors : int, default=5
        Neighbours inside the bag of the label; all of the bag when it is smaller.
    labelset_strategy : {"ranking", "union", "intersection"}, default="ranking"
        Labels of a new row: those borne by more than half of the seed and its neighbours, by any of
        them, or by all.
    fraction : float or None, default=None
        Number of new rows as a fraction of n_samples; None makes one row per seed.
    sampling_strategy : "auto", list, dict or callable, default="auto"
        Labels to oversample: those with IRLbl > MeanIR ("auto"), names or indices, a dict label ->
        wanted number of positives, or a callable of ``Y`` returning one of these. A dict says
        itself how many rows to make, and ``fraction`` is ignored.
    metric : {"hvdm", "heom", "euclidean"}, default="hvdm"
        Distance. Numeric features count by |a - b| / range, nominal ones by the value difference
        with respect to the label ("hvdm") or by 0/1 ("heom"); "euclidean" takes all as they are.
    categorical_features : "auto", None, or array-like of int, bool or str, default="auto"
        Nominal columns; "auto" reads a DataFrame's dtypes and finds none in an array.
    neighbors : estimator with ``kneighbors``, optional
        An index, perhaps approximate, that replaces the exact search.
    n_jobs : int, optional
        Threads for the search.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the draws.

    Attributes
    ----------
    sample_indices_ : ndarray of int of shape (n_samples_new,)
        Input row of every output row: all rows in order, then the seeds.
    reference_indices_ : ndarray of int of shape (n_samples_new,)
        The neighbour a new row moves towards; for a copied row, the row itself.
    is_synthetic_ : ndarray of bool of shape (n_samples_new,)
        False for the rows that came in, True for the rows made.
    categorical_features_ : ndarray of bool of shape (n_features,)
        Which columns were taken as nominal.

    Notes
    -----
    Bags and neighbours come from the rows given, not from data that grow in the loop, so results do
    not depend on the order of the labels. A bag of one row makes nothing. With ``fraction``, seeds
    of all labels are drawn without replacement, cycle by cycle. Numeric features move only where
    seed and reference differ, each by its own uniform share, towards the reference; zeros both
    share stay zeros, so sparse data stay sparse. A tie between nominal values goes to the nearest
    neighbour. "hvdm" divides numeric features by their range rather than by four standard
    deviations, to agree with "heom" where nothing is nominal.

    References
    ----------
    F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "MLSMOTE: Approaching imbalanced
    multilabel learning through synthetic instance generation", Knowledge-Based Systems 89, 385-397,
    2015.

    Examples
    --------
    >>> import numpy as np
    >>> from skml_aemlo import MLSMOTE
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0], [10.0], [12.0]])
    >>> Y = np.array([[1, 0], [1, 0], [1, 0], [1, 0], [0, 1], [0, 1]])
    >>> X_res, Y_res = MLSMOTE(random_state=0).fit_resample(X, Y)
    >>> Y_res.sum(axis=0), bool((X_res[6:] >= 10).all())
    (array([4, 4]), True)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **SEARCH_RULES,
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "labelset_strategy": [StrOptions({"ranking", "union", "intersection"})],
        "fraction": [Interval(Real, 0, None, closed="left"), None],
        "sampling_strategy": ["array-like", dict, callable, str],
        "metric": [StrOptions(set(METRICS))],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        n_neighbors: int = 5,
        labelset_strategy: str = "ranking",
        fraction: float | None = None,
        sampling_strategy: Any = "auto",
        metric: str = "hvdm",
        categorical_features: Any = "auto",
        neighbors: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.labelset_strategy = labelset_strategy
        self.fraction = fraction
        self.sampling_strategy = sampling_strategy
        self.metric = metric
        self.categorical_features = categorical_features
        self.neighbors = neighbors
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        names = getattr(self, "label_names_in_", None)
        labels, targets = wanted_labels(self.sampling_strategy, Y, names)
        bags = _bags(Y, labels)
        plan = self._plan(Y, bags, labels, targets, rng)
        space = Space(X, self.categorical_features_, self.metric)
        seeds, references = [np.arange(Y.shape[0])], []
        X_new, Y_new = [], [Y]
        for label, places in plan.items():
            bag = bags[label]
            near = bag[self._search(space, bag)][places]
            chosen = near[np.arange(len(places)), rng.integers(near.shape[1], size=len(places))]
            seeds.append(bag[places])
            references.append(chosen)
            X_new.append(_make_rows(X, bag[places], chosen, near, self.categorical_features_, rng))
            Y_new.append(_vote(Y, bag[places], near, self.labelset_strategy))
        return Resampling(
            source=np.concatenate(seeds),
            Y=sp.csr_array(sp.vstack(Y_new)),
            X_new=_stacked(X_new) if X_new else None,
            reference=np.concatenate([np.empty(0, np.intp), *references]),
        )

    def _search(self, space: Space, bag: np.ndarray) -> np.ndarray:
        """Neighbours of every row of a bag, as places in the bag."""
        points = space.points(bag, bearers=bag)
        return nearest(points, self.n_neighbors, neighbors=self.neighbors, n_jobs=self.n_jobs)

    def _plan(
        self,
        Y: sp.csr_array,
        bags: dict[int, np.ndarray],
        labels: np.ndarray,
        targets: np.ndarray | None,
        rng: np.random.Generator,
    ) -> dict[int, np.ndarray]:
        """Say which places of which bag become seeds; labels that make nothing are left out."""
        if targets is not None:
            plan = _plan_for_targets(Y, bags, labels, targets, rng)
        elif self.fraction is None:
            plan = {j: np.arange(len(bag)) for j, bag in bags.items()}
        else:
            plan = _plan_for_total(bags, int(self.fraction * Y.shape[0] + 1e-9), rng)
        if not plan and self.fraction != 0 and targets is None:
            warnings.warn(
                "MLSMOTE made no row: no label to oversample has two positives to go between.",
                UserWarning,
                stacklevel=2,
            )
        return plan


def _bags(Y: sp.csr_array, labels: np.ndarray) -> dict[int, np.ndarray]:
    """Rows of each label that has at least two."""
    columns = sp.csc_array(Y)
    bags = {j: columns.indices[columns.indptr[j] : columns.indptr[j + 1]] for j in labels.tolist()}
    return {j: np.sort(rows).astype(np.intp) for j, rows in bags.items() if len(rows) > 1}


def _plan_for_targets(
    Y: sp.csr_array,
    bags: dict[int, np.ndarray],
    labels: np.ndarray,
    targets: np.ndarray,
    rng: np.random.Generator,
) -> dict[int, np.ndarray]:
    missing = dict(zip(labels.tolist(), (targets - label_counts(Y)[labels]).tolist(), strict=True))
    lone = [j for j, number in missing.items() if number and j not in bags]
    if lone:
        warnings.warn(
            f"label {lone[0]} stays short of the number in sampling_strategy: its single positive "
            "has no neighbour to go towards.",
            UserWarning,
            stacklevel=2,
        )
    return {j: _cycles(len(bag), missing[j], rng) for j, bag in bags.items() if missing[j]}


def _plan_for_total(
    bags: dict[int, np.ndarray], total: int, rng: np.random.Generator
) -> dict[int, np.ndarray]:
    """Draw ``total`` seeds from the bags of all labels together."""
    if not bags:
        return {}
    sizes = np.array([len(bag) for bag in bags.values()])
    drawn = _cycles(int(sizes.sum()), total, rng)
    owner = np.repeat(np.arange(len(sizes)), sizes)[drawn]
    place = drawn - (np.cumsum(sizes) - sizes)[owner]
    plan = {j: place[owner == turn] for turn, j in enumerate(bags)}
    return {j: places for j, places in plan.items() if len(places)}


def _cycles(size: int, number: int, rng: np.random.Generator) -> np.ndarray:
    """Draw ``number`` of ``size`` things without replacement, cycle by cycle."""
    rounds = [rng.permutation(size) for _ in range(-(-number // size))]
    return np.concatenate(rounds)[:number] if rounds else np.empty(0, dtype=np.intp)


def _vote(Y: sp.csr_array, seeds: np.ndarray, near: np.ndarray, strategy: str) -> sp.csr_array:
    """Labels of new rows, from those of seed and neighbours together."""
    voters = np.column_stack([seeds, near])
    m, k = voters.shape
    ballot = sp.csr_array(
        (np.ones(m * k, np.int32), voters.ravel(), np.arange(0, m * k + 1, k)),
        shape=(m, Y.shape[0]),
    )
    votes = sp.csr_array(ballot @ Y.astype(np.int32))
    needed = {"union": 1, "intersection": k, "ranking": k // 2 + 1}[strategy]
    votes.data = (votes.data >= needed).astype(np.int8)
    votes.eliminate_zeros()
    votes.sort_indices()
    return votes.astype(np.int8)


def _make_rows(
    X: Any,
    seeds: np.ndarray,
    references: np.ndarray,
    near: np.ndarray,
    nominal: np.ndarray,
    rng: np.random.Generator,
) -> Any:
    """Features of new rows: numeric ones between seed and reference, nominal ones by majority."""
    step = max(1, _BLOCK // (near.shape[1] * max(1, X.shape[1])))
    blocks = []
    for start in range(0, len(seeds), step):
        part = slice(start, start + step)
        made = _between(X[seeds[part]], X[references[part]], nominal, rng)
        if nominal.any():
            values = _most_frequent(X, near[part], np.flatnonzero(nominal))
            made = _with_columns(made, values, np.flatnonzero(nominal))
        blocks.append(made)
    return _stacked(blocks)


def _between(left: Any, right: Any, nominal: np.ndarray, rng: np.random.Generator) -> Any:
    """Move numeric features a random share from ``left`` towards ``right``.

    One share is drawn for every feature in which the two differ, row by row, so that dense and
    sparse rows use up the same random numbers.
    """
    gap = right - left
    if not sp.issparse(gap):
        gap[:, nominal] = 0.0
        moving = gap != 0
        gap[moving] *= rng.random(int(moving.sum()))
        return left + gap
    gap.data[nominal[gap.indices]] = 0.0
    gap.eliminate_zeros()
    gap.sort_indices()
    gap.data *= rng.random(gap.nnz)
    made = sp.csr_array(left + gap)
    made.data[nominal[made.indices]] = 0.0
    made.eliminate_zeros()
    return made


def _most_frequent(X: Any, near: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Most frequent value among the neighbours, per row and column; a tie goes to the nearest."""
    m, k = near.shape
    values = X[near.ravel()][:, columns]
    values = values.toarray() if sp.issparse(values) else values
    values = values.reshape(m, k, len(columns))
    votes = np.zeros((m, k, len(columns)), dtype=np.int16)
    for other in range(k):
        votes += values == values[:, [other]]
    winner = votes.argmax(axis=1)[:, None]
    return np.take_along_axis(values, winner, axis=1)[:, 0]


def _with_columns(made: Any, values: np.ndarray, columns: np.ndarray) -> Any:
    if not sp.issparse(made):
        made[:, columns] = values
        return made
    rows, places = np.nonzero(values)
    nominal = sp.csr_array((values[rows, places], (rows, columns[places])), shape=made.shape)
    return sp.csr_array(made + nominal)


def _stacked(blocks: list[Any]) -> Any:
    if sp.issparse(blocks[0]):
        return sp.csr_array(sp.vstack(blocks))
    return np.concatenate(blocks)
