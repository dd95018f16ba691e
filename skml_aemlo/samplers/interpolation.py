"""Interpolation: make rows between a seed and one of its neighbours."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp

from .._between import elect_labels, make_rows
from .._neighbors import METRICS, SEARCH_RULES, Space, nearest
from .._sklearn import Interval, StrOptions
from .._strategy import draw_for_targets, number_of, wanted_labels, warn_missed
from ..base import MultiLabelSampler, Resampling
from ..measures import label_counts

__all__ = ["MLSMOTE"]


def _appended(
    Y: sp.csr_array, seeds: np.ndarray, references: np.ndarray, X_new: Any, Y_new: sp.csr_array
) -> Resampling:
    """Keep all rows and let the new ones follow."""
    n = Y.shape[0]
    return Resampling(
        source=np.concatenate([np.arange(n), seeds]),
        Y=sp.csr_array(sp.vstack([Y, Y_new])),
        X_new=X_new,
        reference=references,
    )


def _positives(Y_new: sp.csr_array) -> np.ndarray:
    """Count new positives by label, of which there may be none."""
    return np.bincount(Y_new.indices, minlength=Y_new.shape[1])


def _unchanged(Y: sp.csr_array) -> Resampling:
    return Resampling(source=np.arange(Y.shape[0]), Y=Y, reference=np.empty(0, dtype=np.intp))


def _warn_idle(sampler: str, reason: str) -> None:
    warnings.warn(f"{sampler} made no row: {reason}.", UserWarning, stacklevel=2)


@dataclass(frozen=True)
class _Bags:
    """The positives of labels that have at least two: label by label, rows ascending."""

    labels: np.ndarray
    starts: np.ndarray
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def label(self) -> np.ndarray:
        """The label of every row in a bag."""
        return np.repeat(self.labels, np.diff(self.starts))

    def __getitem__(self, turn: int) -> np.ndarray:
        return self.rows[self.starts[turn] : self.starts[turn + 1]]


def _bags(Y: sp.csr_array, labels: np.ndarray) -> _Bags:
    columns = sp.csc_array(Y)
    sizes = np.diff(columns.indptr)
    labels = labels[sizes[labels] > 1]
    starts = np.concatenate([[0], np.cumsum(sizes[labels])])
    shift = np.repeat(columns.indptr[labels] - starts[:-1], sizes[labels])
    rows = columns.indices[shift + np.arange(starts[-1])]
    return _Bags(labels, starts, rows.astype(np.intp))


class _BagInterpolator(MultiLabelSampler):
    """What samplers share whose seeds go towards neighbours inside the bag of a label."""

    n_neighbors: int
    metric: str
    neighbors: Any
    n_jobs: int | None

    def _search(
        self, space: Space, Y: sp.csr_array, bag: np.ndarray, label: int, places: np.ndarray
    ) -> np.ndarray:
        """Rows near those at these places of the bag, all in the bag."""
        target = Y[:, [label]].toarray().ravel() if self.metric == "hvdm" else None
        points = space.points(target)[bag]
        return bag[
            nearest(
                points, self.n_neighbors, rows=places, neighbors=self.neighbors, n_jobs=self.n_jobs
            )
        ]


class MLSMOTE(_BagInterpolator):
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
    of all labels are drawn without replacement, cycle by cycle. With a dict, seeds are drawn so
    that what the new rows bear adds up to the numbers wanted, exactly where that can be; a warning
    says by how much it cannot.

    Numeric features move only where seed and reference differ, each by its own uniform share,
    towards the reference; zeros both share stay zeros, so sparse data stay sparse. A tie between
    nominal values goes to the nearest neighbour. "hvdm" divides numeric features by their range
    rather than by four standard deviations, to agree with "heom" where nothing is nominal.

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
        bags, counts = _bags(Y, labels), label_counts(Y)
        if targets is None:
            asked, which = np.unique(self._draw(Y, bags, rng), return_inverse=True)
        else:
            asked = np.flatnonzero(np.isin(bags.label, labels[targets > counts[labels]]))
        near = self._near(X, Y, bags, asked)
        votes = elect_labels(Y, bags.rows[asked], near, self.labelset_strategy)
        if targets is not None:
            bears = sp.csr_array(votes[:, labels])
            which = draw_for_targets(bears, targets - counts[labels], rng)
            warn_missed(counts + _positives(votes[which]), labels, targets, names)
        seeds = bags.rows[asked[which]]
        references = near[which, rng.integers((near >= 0).sum(axis=1)[which])]
        X_new = make_rows(X, seeds, references, self.categorical_features_, rng, near[which])
        return _appended(Y, seeds, references, X_new, votes[which])

    def _draw(self, Y: sp.csr_array, bags: _Bags, rng: np.random.Generator) -> np.ndarray:
        """Say which rows of the bags become seeds."""
        total = len(bags) if self.fraction is None else number_of(self.fraction, Y.shape[0])
        if not len(bags) and self.fraction != 0:
            _warn_idle("MLSMOTE", "no label to oversample has two positives to go between")
        return np.arange(total) if self.fraction is None else _cycles(len(bags), total, rng)

    def _near(self, X: Any, Y: sp.csr_array, bags: _Bags, asked: np.ndarray) -> np.ndarray:
        """Neighbours of these rows of the bags, filled up with -1 in small bags."""
        space = Space(X, self.categorical_features_, self.metric)
        largest = int(np.diff(bags.starts).max(initial=2))
        near = np.full((len(asked), min(self.n_neighbors, largest - 1)), -1, dtype=np.intp)
        ends = np.searchsorted(asked, bags.starts)
        for turn in np.flatnonzero(np.diff(ends)).tolist():
            part = slice(ends[turn], ends[turn + 1])
            places = asked[part] - bags.starts[turn]
            found = self._search(space, Y, bags[turn], int(bags.labels[turn]), places)
            near[part, : found.shape[1]] = found
        return near


def _cycles(size: int, number: int, rng: np.random.Generator) -> np.ndarray:
    """Draw ``number`` of ``size`` things without replacement, cycle by cycle."""
    rounds = [rng.permutation(size) for _ in range(-(-number // size) if size else 0)]
    return np.concatenate(rounds)[:number] if rounds else np.empty(0, dtype=np.intp)
