"""Interpolation: make rows between a seed and one of its neighbours."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import is_regressor
from sklearn.svm import SVC

from .._between import Steps, blocks, draw_shares, elect_labels, make_rows, row_sizes, stacked
from .._completion import complete_labels
from .._imbalance import counts_of
from .._indices import narrow
from .._local import LocalImbalance, judge
from .._neighbors import METRICS, SEARCH_RULES, Space, inverse_ranges, nearest
from .._sklearn import HasMethods, Interval, StrOptions
from .._strategy import (
    draw_for_targets,
    number_of,
    wanted_labels,
    warn_idle,
    warn_missed,
    warn_no_label,
)
from ..base import MultiLabelSampler, Resampling

__all__ = ["MLSMOTE", "MLSOL", "MLRkNNOS"]


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


def _unchanged(Y: sp.csr_array) -> Resampling:
    return Resampling(source=np.arange(Y.shape[0]), Y=Y, reference=np.empty(0, dtype=np.intp))


@dataclass(frozen=True)
class _Bags:
    """The positives of labels that have at least two: label by label, rows ascending.

    ``asked`` are the labels that bags were asked for, ``labels`` those that have one.
    """

    asked: np.ndarray
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
    asked, labels = labels, labels[sizes[labels] > 1]
    starts = np.concatenate([[0], np.cumsum(sizes[labels])])
    shift = np.repeat(columns.indptr[labels] - starts[:-1], sizes[labels])
    rows = columns.indices[shift + np.arange(starts[-1])]
    return _Bags(asked, labels, starts, rows.astype(np.intp))


class _BagInterpolator(MultiLabelSampler):
    """What samplers share whose seeds go towards neighbours inside the bag of a label."""

    n_neighbors: int
    metric: str
    categorical_features_: np.ndarray
    neighbors: Any
    n_jobs: int | None

    def _space(self, X: Any) -> Space:
        return Space(X, self.categorical_features_, self.metric)

    def _search(self, space: Space, bag: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Rows near those at these places of the bag, all in the bag."""
        points = space.points(bag, bearers=bag)
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
        Labels to oversample: those with IRLbl > MeanIR ("auto"), a list or mask of labels, a dict
        label -> wanted number of positives, or a callable that gets the labels as a csr_array of
        shape (n_samples, n_labels) and returns one of these. Ints are always positions, strings
        names of a DataFrame's columns; numbers in a dict are absolute (inside cross-validation: of
        the training fold). A dict says itself how many rows to make, and ``fraction`` is ignored.
    metric : {"hvdm", "heom", "euclidean"}, default="hvdm"
        Distance. Numeric features count by ``|a - b|`` / range, nominal ones by the value
        difference with respect to the label ("hvdm") or by 0/1 ("heom"); "euclidean" takes all as
        they are.
    categorical_features : "auto", None, or array-like of int, bool or str, default="auto"
        Nominal columns: "auto" takes the categorical, string, object and boolean columns of a
        DataFrame, none of an array; None takes none; ints are positions. For the arrays of a
        `Dataset` pass its ``categorical``.
    neighbors : estimator with ``fit`` and ``kneighbors``, optional
        An index, perhaps approximate, in place of the exact search. It is cloned, fitted on the
        coordinates of ``metric`` and searched with its own metric, so leave that Euclidean; its
        ``n_neighbors`` is ignored.
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
        bags, counts = _bags(Y, labels), counts_of(Y)
        if targets is None:
            asked, which = np.unique(self._draw(Y, bags, rng), return_inverse=True)
        else:
            asked = np.flatnonzero(np.isin(bags.label, labels[targets > counts[labels]]))
        near = self._near(X, bags, asked)
        votes = elect_labels(Y, bags.rows[asked], near, self.labelset_strategy)
        if targets is not None:
            bears = sp.csr_array(votes[:, labels])
            which = draw_for_targets(bears, targets - counts[labels], rng)
            after = counts + counts_of(votes[which])
            warn_missed(after, labels, targets, names, alone=counts == 1)
        seeds = bags.rows[asked[which]]
        references = near[which, rng.integers((near >= 0).sum(axis=1)[which])]
        X_new = make_rows(X, seeds, references, self.categorical_features_, rng, near[which])
        return _appended(Y, seeds, references, X_new, votes[which])

    def _draw(self, Y: sp.csr_array, bags: _Bags, rng: np.random.Generator) -> np.ndarray:
        """Say which rows of the bags become seeds."""
        total = len(bags) if self.fraction is None else number_of(self.fraction, Y.shape[0])
        if not len(bags) and self.fraction != 0:
            lack = "has two positives to go between"
            warn_no_label(self.sampling_strategy, bags.asked, lack, "minority label")
        return np.arange(total) if self.fraction is None else _cycles(len(bags), total, rng)

    def _near(self, X: Any, bags: _Bags, asked: np.ndarray) -> np.ndarray:
        """Neighbours of these rows of the bags, filled up with -1 in small bags."""
        space = self._space(X)
        largest = int(np.diff(bags.starts).max(initial=2))
        near = np.full((len(asked), min(self.n_neighbors, largest - 1)), -1, dtype=np.intp)
        ends = np.searchsorted(asked, bags.starts)
        for turn in np.flatnonzero(np.diff(ends)).tolist():
            part = slice(ends[turn], ends[turn + 1])
            places = asked[part] - bags.starts[turn]
            found = self._search(space, bags[turn], places)
            near[part, : found.shape[1]] = found
        return near


def _cycles(size: int, number: int, rng: np.random.Generator) -> np.ndarray:
    """Draw ``number`` of ``size`` things without replacement, cycle by cycle."""
    rounds = [rng.permutation(size) for _ in range(-(-number // size) if size else 0)]
    return np.concatenate(rounds)[:number] if rounds else np.empty(0, dtype=np.intp)


class MLSOL(MultiLabelSampler):
    """Make rows where neighbours contradict rare label values (MLSOL).

    Seeds are drawn in proportion to how much the neighbourhood of a row contradicts its rarer label
    values, outliers apart. Features go a random share of the way to one of the neighbours; labels
    on which the two differ follow the nearer of them, sooner or later according to how safe the
    rarer value is.

    Parameters
    ----------
    n_neighbors : int, default=5
        Neighbours among all rows; all others where there are fewer.
    fraction : float, default=0.3
        Number of new rows as a fraction of n_samples (the paper's P).
    interpolation : {"feature", "row"}, default="feature"
        Whether each feature of a new row moves by its own random share of the way, or all by one.
    metric : {"heom", "euclidean"}, default="heom"
        Distance. "heom": numeric features count by ``|a - b|`` / range, nominal ones by 0/1.
        "euclidean": all features as they are.
    categorical_features : "auto", None, or array-like of int, bool or str, default="auto"
        Nominal columns: "auto" takes the categorical, string, object and boolean columns of a
        DataFrame, none of an array; None takes none; ints are positions. For the arrays of a
        `Dataset` pass its ``categorical``.
    neighbors : estimator with ``fit`` and ``kneighbors``, optional
        An index, perhaps approximate, in place of the exact search. It is cloned, fitted on the
        coordinates of ``metric`` and searched with its own metric, so leave that Euclidean; its
        ``n_neighbors`` is ignored.
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

    See Also
    --------
    MLSMOTE : Make rows inside the bags of minority labels.
    skml_aemlo.measures.local_imbalance : The weights and types of rows.

    Notes
    -----
    The authors' code draws a share for every feature, while the paper reads as if one served the
    row. With the former the new row is about half way, so that borderline and rare values act
    alike; yet over five data sets its Macro-F was better (0.410 to 0.402), hence the default. A
    nominal feature takes the value of seed or reference, the reference's with a probability that
    is the share. A new row without any label is dropped and drawn again; after ten times as many
    draws as rows wanted (and a thousand) a warning says how many rows are missing. A rare cell
    turns borderline when a neighbour is safe or borderline on that label, until nothing changes, as
    the paper says; the authors' code stops earlier.

    References
    ----------
    B. Liu, G. Tsoumakas, "Synthetic oversampling of multi-label data based on local label
    distribution", ECML-PKDD 2019. B. Liu, K. Blekas, G. Tsoumakas, "Multi-label sampling based on
    local label imbalance", Pattern Recognition 122, 108294, 2022.

    Examples
    --------
    >>> import numpy as np
    >>> from skml_aemlo import MLSOL
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]])
    >>> Y = np.array([[1, 0], [1, 0], [1, 1], [1, 1], [1, 0], [1, 0]])
    >>> X_res, Y_res = MLSOL(n_neighbors=2, fraction=0.5, random_state=0).fit_resample(X, Y)
    >>> X_res[6:].round(1).ravel(), Y_res[6:].sum(axis=0)
    (array([2.1, 1.4, 1.3]), array([3, 3]))
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **SEARCH_RULES,
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "fraction": [Interval(Real, 0, None, closed="left")],
        "interpolation": [StrOptions({"feature", "row"})],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        n_neighbors: int = 5,
        fraction: float = 0.3,
        interpolation: str = "feature",
        metric: str = "heom",
        categorical_features: Any = "auto",
        neighbors: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.fraction = fraction
        self.interpolation = interpolation
        self.metric = metric
        self.categorical_features = categorical_features
        self.neighbors = neighbors
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        wanted = number_of(self.fraction, Y.shape[0])
        if not wanted:
            return _unchanged(Y)
        if Y.shape[0] < 2:
            warn_idle("a single row has no neighbour")
            return _unchanged(Y)
        local = self._judge(X, Y)
        if not local.weights.any():
            warn_idle("no row of a rare label value has neighbours on either side (all weights 0)")
            return _unchanged(Y)
        nursery = _Nursery(X, local, self.categorical_features_, self.metric)
        made = self._fill(nursery, wanted, rng)
        seeds = np.concatenate([part[0] for part in made])[:wanted]
        if not len(seeds):
            return _unchanged(Y)
        references = np.concatenate([part[1] for part in made])[:wanted]
        X_new, Y_new = (stacked([part[i] for part in made])[:wanted] for i in (2, 3))
        return _appended(Y, seeds, references, X_new, Y_new)

    def _judge(self, X: Any, Y: sp.csr_array) -> LocalImbalance:
        points = Space(X, self.categorical_features_, self.metric).points()
        found = nearest(points, self.n_neighbors, neighbors=self.neighbors, n_jobs=self.n_jobs)
        return judge(Y, found)

    def _fill(
        self, nursery: _Nursery, wanted: int, rng: np.random.Generator
    ) -> list[tuple[Any, ...]]:
        """Draw until there are enough rows with labels, in rounds as large as the last suggest."""
        made: list[tuple[Any, ...]] = []
        have, drawn, most = 0, 0, 10 * wanted + 1000
        while have < wanted and drawn < most:
            size = min(most - drawn, -(-(wanted - have) * (drawn + 1) // (have + 1)))
            fresh = list(nursery.brood(size, self.interpolation == "row", rng))
            made += fresh
            have, drawn = have + sum(len(part[0]) for part in fresh), drawn + size
        if have < wanted:
            warnings.warn(
                f"MLSOL made {have} of {wanted} rows: the others of {drawn} draws bore no label.",
                UserWarning,
                stacklevel=2,
            )
        return made


# from which closeness on the rarer value is given up: safe, borderline, rare, outlier
_THRESHOLDS = np.array([np.nan, 0.5, 0.75, 1.0 + 1e-5, -1e-5])


class _Nursery:
    """Where MLSOL's rows are drawn and made."""

    def __init__(self, X: Any, local: LocalImbalance, nominal: np.ndarray, metric: str) -> None:
        self.X, self.local, self.nominal = X, local, nominal
        self.heom = metric == "heom"
        self.weights = inverse_ranges(X) if self.heom else np.ones(X.shape[1])
        self.upto = np.cumsum(local.weights)
        self.upto /= self.upto[-1]

    def brood(self, size: int, by_row: bool, rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
        """Draw seeds, references and shares; yield the rows with labels and their parents."""
        seeds = np.searchsorted(self.upto, rng.random(size), side="right")
        near = self.local.neighbors
        references = near[seeds, rng.integers(near.shape[1], size=size)]
        along = rng.random(size) if by_row else None
        sizes = row_sizes(self.X) + np.diff(self.local.types.indptr)
        for part in blocks(sizes[seeds] + sizes[references]):
            parents = seeds[part], references[part]
            steps = Steps(self.X, *parents)
            share = draw_shares(steps, self.nominal, rng, None if along is None else along[part])
            new = (*parents, *self.make(steps, *parents, share))
            labelled = np.flatnonzero(np.diff(new[-1].indptr))
            yield new if len(labelled) == len(parents[0]) else tuple(x[labelled] for x in new)

    def make(
        self, steps: Steps, seeds: np.ndarray, references: np.ndarray, shares: np.ndarray
    ) -> tuple[Any, sp.csr_array]:
        """Return the features and labels that these draws lead to."""
        lengths = steps.gaps * self.weights[steps.columns]
        if self.heom:
            lengths[self.nominal[steps.columns]] = 1.0
        closeness = steps.closeness(shares, lengths)
        return steps.take(shares), _inherit(self.local, seeds, references, closeness)


def _inherit(
    local: LocalImbalance, seeds: np.ndarray, references: np.ndarray, closeness: np.ndarray
) -> sp.csr_array:
    """Labels of new rows: what seed and reference share, else what the rarer one's type decides.

    Counted in claims to the rarer value: one from each parent that has it, one more from a parent
    whose type upholds it at this distance. Two claims win it: both parents agree, or one upholds.
    """
    claims = _claims(local.types, seeds, closeness)
    claims = sp.csr_array(claims + _claims(local.types, references, 1.0 - closeness))
    claims.data = (claims.data > 1).astype(np.int8)
    common = np.flatnonzero(local.minority_value == 0)
    if len(common):
        # where 0 is the rarer value, the label is borne unless 0 has won
        every = np.zeros((1, len(local.minority_value)), dtype=np.int8)
        every[0, common] = 1
        rows = np.zeros(len(seeds), dtype=np.intp)
        claims = sp.csr_array(sp.csr_array(every)[rows] != claims).astype(np.int8)
    claims.eliminate_zeros()
    claims.sort_indices()
    return claims


def _claims(types: sp.csr_array, rows: np.ndarray, closeness: np.ndarray) -> sp.csr_array:
    mine = types[rows]
    upheld = np.repeat(closeness, np.diff(mine.indptr)) <= _THRESHOLDS[mine.data]
    return sp.csr_array((1 + upheld.astype(np.int8), mine.indices, mine.indptr), shape=mine.shape)


class MLRkNNOS(_BagInterpolator):
    """Make rows towards reverse neighbours of a minority label (MLRkNN-OS).

    A positive of a minority label whom other positives of it count among their nearest is a seed;
    features move a random share of the way to one of those. The new row bears that label; a
    classifier for each other label, trained on the rows given, says whether it bears that one too.

    Without ``fraction`` many rows are made, n_samples - 2 c for a label of c positives, and MeanIR
    may rise; and the default trains an SVM per label on all rows, in between quadratic and cubic
    time. On large data, set ``fraction`` and give ``label_completion`` a linear model.

    Parameters
    ----------
    n_neighbors : int, default=5
        Neighbours inside the bag of the label; all of the bag when it is smaller.
    fraction : float or None, default=None
        Most new rows as a fraction of n_samples, shared out over the labels in proportion to what
        they lack. None sets no limit: each label gets n_samples - 2 c new rows, c being its number
        of positives, so that half of all rows it concerns bear it.
    label_completion : classifier or None, default=None
        What decides about a row's other labels: anything with ``fit`` and ``predict``, cloned for
        each label; None is scikit-learn's ``SVC()`` with its radial kernel.
    sampling_strategy : "auto", list, dict or callable, default="auto"
        Labels to oversample: those with IRLbl > MeanIR ("auto"), a list or mask of labels, a dict
        label -> wanted number of positives, or a callable that gets the labels as a csr_array of
        shape (n_samples, n_labels) and returns one of these. Ints are always positions, strings
        names of a DataFrame's columns; numbers in a dict are absolute (inside cross-validation: of
        the training fold). A dict says itself how many rows to make, and ``fraction`` is ignored.
    metric : {"heom", "euclidean"}, default="heom"
        Distance. "heom": numeric features count by ``|a - b|`` / range, nominal ones by 0/1.
        "euclidean": all features as they are.
    categorical_features : "auto", None, or array-like of int, bool or str, default="auto"
        Nominal columns: "auto" takes the categorical, string, object and boolean columns of a
        DataFrame, none of an array; None takes none; ints are positions. For the arrays of a
        `Dataset` pass its ``categorical``.
    neighbors : estimator with ``fit`` and ``kneighbors``, optional
        An index, perhaps approximate, in place of the exact search. It is cloned, fitted on the
        coordinates of ``metric`` and searched with its own metric, so leave that Euclidean; its
        ``n_neighbors`` is ignored.
    n_jobs : int, optional
        Threads for the search and for the classifiers.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the draws, and of the classifiers where theirs is None.

    Attributes
    ----------
    sample_indices_ : ndarray of int of shape (n_samples_new,)
        Input row of every output row: all rows in order, then the seeds.
    reference_indices_ : ndarray of int of shape (n_samples_new,)
        The reverse neighbour a new row moves towards; for a copied row, the row itself.
    is_synthetic_ : ndarray of bool of shape (n_samples_new,)
        False for the rows that came in, True for the rows made.
    categorical_features_ : ndarray of bool of shape (n_features,)
        Which columns were taken as nominal.

    See Also
    --------
    MLSMOTE : Completes labels by a vote, at a fraction of the cost.

    Notes
    -----
    Neighbours are looked for inside the bag, so a row that nobody in it is near to never seeds.
    Each differing feature moves by its own uniform share; a nominal one takes the value of seed or
    reference with equal chance. The paper treats every label; "auto" treats minority labels alone.
    With a dict, each label gets as many rows as it lacks, of which those are kept whose labels,
    completed ones included, add up to the numbers wanted, exactly where that can be.

    Classifiers see the coordinates of the distance: with "heom", numeric features divided by their
    range and nominal ones as indicators; with "euclidean", features as they are. A label constant
    in the rows given keeps its constant. ``n_jobs`` trains classifiers side by side.

    References
    ----------
    P. Sadhukhan, S. Palit, "Reverse-nearest neighborhood based oversampling for imbalanced,
    multi-label datasets", Pattern Recognition Letters 125, 813-820, 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from skml_aemlo import MLRkNNOS
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [10.0], [12.0]])
    >>> Y = np.array([[1, 0]] * 6 + [[0, 1]] * 2)
    >>> X_res, Y_res = MLRkNNOS(random_state=0).fit_resample(X, Y)
    >>> Y_res.sum(axis=0), bool((X_res[8:] >= 10).all())
    (array([6, 6]), True)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **SEARCH_RULES,
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "fraction": [Interval(Real, 0, None, closed="left"), None],
        "label_completion": [HasMethods(["fit", "predict"]), None],
        "sampling_strategy": ["array-like", dict, callable, str],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        n_neighbors: int = 5,
        fraction: float | None = None,
        label_completion: Any = None,
        sampling_strategy: Any = "auto",
        metric: str = "heom",
        categorical_features: Any = "auto",
        neighbors: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.fraction = fraction
        self.label_completion = label_completion
        self.sampling_strategy = sampling_strategy
        self.metric = metric
        self.categorical_features = categorical_features
        self.neighbors = neighbors
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        if self.label_completion is not None and is_regressor(self.label_completion):
            raise TypeError(
                "label_completion must be a classifier, which predicts 0 or 1; got the regressor "
                f"{self.label_completion!r}."
            )
        names = getattr(self, "label_names_in_", None)
        labels, targets = wanted_labels(self.sampling_strategy, Y, names)
        bags, counts = _bags(Y, labels), counts_of(Y)
        if targets is None:
            numbers = self._numbers(Y, bags)
        else:
            numbers = (targets - counts[labels])[np.isin(labels, bags.labels)]
        seeds, references = self._draw(X, bags, numbers, rng)
        X_new = make_rows(X, seeds, references, self.categorical_features_, rng)
        Y_new = self._complete(X, Y, X_new, np.repeat(bags.labels, numbers), rng)
        if targets is not None:
            # a row may have been given other wanted labels, which then need fewer rows
            bears = sp.csr_array(Y_new[:, labels])
            kept = np.sort(draw_for_targets(bears, targets - counts[labels], rng, once=True))
            after = counts + counts_of(Y_new[kept])
            warn_missed(after, labels, targets, names, alone=counts == 1)
            seeds, references = seeds[kept], references[kept]
            X_new, Y_new = X_new[kept], Y_new[kept]
        return _appended(Y, seeds, references, X_new, Y_new)

    def _numbers(self, Y: sp.csr_array, bags: _Bags) -> np.ndarray:
        """How many rows to make in each bag."""
        lacking = np.maximum(0, Y.shape[0] - 2 * np.diff(bags.starts))
        total = int(lacking.sum())
        if not total and self.fraction != 0:
            lack = "has two positives and is short of half the rows"
            warn_no_label(self.sampling_strategy, bags.asked, lack, "minority label")
        most = total if self.fraction is None else number_of(self.fraction, Y.shape[0])
        if total <= most:
            return lacking
        return np.diff(np.cumsum(lacking) * most // total, prepend=0)

    def _draw(
        self,
        X: Any,
        bags: _Bags,
        numbers: np.ndarray,
        rng: np.random.Generator,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw seeds among rows with reverse neighbours, and one of these for each."""
        space = self._space(X)
        drawn = []
        for turn in np.flatnonzero(numbers).tolist():
            bag = bags[turn]
            near = self._search(space, bag, np.arange(len(bag)))
            drawn.append(_reverse_pairs(bag, near, int(numbers[turn]), rng))
        nobody = np.empty((2, 0), dtype=np.intp)
        seeds, references = np.concatenate([nobody, *drawn], axis=1)
        return seeds, references

    def _complete(
        self, X: Any, Y: sp.csr_array, X_new: Any, own: np.ndarray, rng: np.random.Generator
    ) -> sp.csr_array:
        """Labels of new rows: their own for certain, the others by classifiers."""
        model = SVC() if self.label_completion is None else self.label_completion
        draws = rng.integers(2**31 - 1, size=Y.shape[1]).tolist()
        if not len(own):
            return Y[:0]
        points = self._coordinates(stacked([X, X_new]))
        return complete_labels(Y, points, own, model, draws, self.n_jobs)

    def _coordinates(self, X: Any) -> Any:
        """Return what classifiers see of rows, the same whatever container held them."""
        if sp.issparse(X) or not self.categorical_features_.any():
            points = self._space(X).points()
            return narrow(points) if sp.issparse(points) else points
        points = self._space(sp.csr_array(X)).points()
        # an identifier has as many coordinates as rows
        return points.toarray() if points.shape[1] <= 4 * X.shape[1] else narrow(points)


def _reverse_pairs(
    bag: np.ndarray, near: np.ndarray, number: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw rows of the bag that others count among their neighbours, and one of the others each."""
    count = np.bincount(np.searchsorted(bag, near.ravel()), minlength=len(bag))
    admirers = bag[np.argsort(near.ravel(), kind="stable") // near.shape[1]]
    seeds = np.flatnonzero(count)[rng.integers(np.count_nonzero(count), size=number)]
    first = np.cumsum(count) - count
    return bag[seeds], admirers[first[seeds] + rng.integers(count[seeds])]
