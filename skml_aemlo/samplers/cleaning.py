"""Cleaning: drop rows that their neighbours contradict, features read.

MLeNN and MLTL drop rows whose label sets differ from those nearby, MLUL rows that mislead others.
"""

from __future__ import annotations

import math
import warnings
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp

from .._imbalance import bearing, counts_of, majority_of, minority_of, ratios_of, scumbles_of
from .._local import judge, locate, retention_weights, row_of_cell
from .._neighbors import SEARCH_RULES, Space, nearest
from .._sklearn import Interval, StrOptions
from .._strategy import all_but, number_of, warn_idle
from ..base import MultiLabelSampler, Resampling

__all__ = ["MLTL", "MLUL", "MLeNN"]


class _Cleaner(MultiLabelSampler):
    """What the three share: a search over all features, and rows that stay as they are."""

    metric: str
    categorical_features: Any
    neighbors: Any
    n_jobs: int | None
    categorical_features_: np.ndarray

    def _near(self, X: Any, n_neighbors: int, rows: np.ndarray | None = None) -> np.ndarray:
        """Neighbours, among all rows, of ``rows``."""
        points = Space(X, self.categorical_features_, self.metric).points()
        return nearest(points, n_neighbors, rows=rows, neighbors=self.neighbors, n_jobs=self.n_jobs)


class MLeNN(_Cleaner):
    """Drop rows whose label sets differ from those of their neighbours (MLeNN).

    The edited nearest neighbour rule for label sets: a row without a minority label goes when at
    least half of its nearest rows bear labels too different from its own.

    Parameters
    ----------
    n_neighbors : int, default=3
        Neighbours to ask (the paper's NN); all others where there are fewer.
    threshold : float, default=0.75
        Distance between two label sets, from 0 to 1, above which they differ (the paper's HT).
    label_metric : {"dice", "jaccard"}, default="dice"
        Adjusted Hamming distance between label sets: labels borne by one of the two, over the sum
        of their sizes ("dice") or over the labels borne by either ("jaccard"). 0 if both are empty.
    metric : {"heom", "euclidean"}, default="heom"
        Distance between rows; "heom" divides numeric features by their range and counts nominal
        ones 0 or 1, "euclidean" takes all as they are.
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

    Attributes
    ----------
    sample_indices_ : ndarray of int of shape (n_samples_new,)
        The rows that stayed, ascending.
    is_synthetic_ : ndarray of bool of shape (n_samples_new,)
        All False.
    categorical_features_ : ndarray of bool of shape (n_features,)
        Which columns were taken as nominal.

    See Also
    --------
    MLTL : Ask the nearest row only.
    MLUL : Drop rows by what they do to others.

    Notes
    -----
    Every decision is about the data given, so that the order of the rows does not matter. Rows
    without any label bear no minority label either and can go. Where every row would go, none does,
    and a warning says so.

    References
    ----------
    F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "MLeNN: A first approach to heuristic
    multilabel undersampling", IDEAL 2014, 1-9.

    Examples
    --------
    >>> from skml_aemlo import MLeNN
    >>> X = [[0.0], [1.0], [2.0], [3.0], [4.0], [9.0]]
    >>> Y = [[1, 0, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0], [1, 0, 0], [0, 1, 1]]
    >>> cleaner = MLeNN()
    >>> X_res, Y_res = cleaner.fit_resample(X, Y)
    >>> cleaner.sample_indices_
    array([0, 1, 3, 4, 5])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **SEARCH_RULES,
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "threshold": [Interval(Real, 0, 1, closed="both")],
        "label_metric": [StrOptions({"dice", "jaccard"})],
    }

    def __init__(
        self,
        *,
        n_neighbors: int = 3,
        threshold: float = 0.75,
        label_metric: str = "dice",
        metric: str = "heom",
        categorical_features: Any = "auto",
        neighbors: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.threshold = threshold
        self.label_metric = label_metric
        self.metric = metric
        self.categorical_features = categorical_features
        self.neighbors = neighbors
        self.n_jobs = n_jobs

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        rows = np.flatnonzero(~bearing(Y, minority_of(counts_of(Y))))
        if not _worth_a_search(Y, rows, "every row bears a minority label"):
            return _without(Y, [])
        near = self._near(X, self.n_neighbors, rows)
        dropped = _contradicted(Y, rows, near, self.threshold, self.label_metric)
        if len(dropped) == Y.shape[0]:
            warn_idle(
                f"at least half of its neighbours contradict each of the {len(dropped)} rows, and "
                f"none would be left at threshold={self.threshold}; raise it"
            )
            return _without(Y, [])
        if not len(dropped):
            warn_idle(f"no row is contradicted by its neighbours at threshold={self.threshold}")
        return _without(Y, dropped)


class MLTL(_Cleaner):
    """Drop rows whose label sets differ from that of their nearest neighbour (MLTL).

    Tomek links for label sets: a row goes when the row nearest to it bears labels too different
    from its own.

    Parameters
    ----------
    mode : {"undersampling", "cleaning"}, default="undersampling"
        Which rows may go: those ``candidates`` says, or all.
    threshold : "auto" or float, default="auto"
        Distance between two label sets, from 0 to 1, above which they differ. "auto" takes, with I
        = 1 / sqrt(MeanIR), 0.5 where I > 0.5 or SCUMBLE > 0.3, else 0.3 where I > 0.3, else 0.15.
    candidates : {"no-minority", "majority"}, default="no-minority"
        Rows that undersampling looks at: those that bear no minority label, or those that bear a
        majority label, as the author's code does. Unused when ``mode`` is "cleaning".
    label_metric : {"jaccard", "dice"}, default="jaccard"
        Adjusted Hamming distance between label sets: labels borne by one of the two, over the
        labels borne by either ("jaccard") or over the sum of their sizes ("dice"). 0 if both are
        empty.
    metric : {"heom", "euclidean"}, default="heom"
        Distance between rows; "heom" divides numeric features by their range and counts nominal
        ones 0 or 1, "euclidean" takes all as they are.
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

    Attributes
    ----------
    sample_indices_ : ndarray of int of shape (n_samples_new,)
        The rows that stayed, ascending.
    is_synthetic_ : ndarray of bool of shape (n_samples_new,)
        All False.
    threshold_ : float
        The threshold in force.
    categorical_features_ : ndarray of bool of shape (n_features,)
        Which columns were taken as nominal.

    Raises
    ------
    ValueError
        If no row would be left.

    See Also
    --------
    MLeNN : Ask several neighbours.
    MLUL : Drop rows by what they do to others.

    Notes
    -----
    A link need not be mutual: a row's nearest neighbour may have a nearer one. Of a link only the
    candidate goes, in "cleaning" both ends where each is the other's nearest. Every decision is
    about the data given.

    References
    ----------
    R. M. Pereira, Y. M. G. Costa, C. N. Silla Jr., "MLTL: A multi-label approach for the Tomek Link
    undersampling algorithm", Neurocomputing 383, 95-105, 2020.

    Examples
    --------
    >>> from skml_aemlo import MLTL
    >>> X = [[0.0], [1.0], [2.1], [3.3], [3.5], [9.0]]
    >>> Y = [[1, 0, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 1]]
    >>> cleaner = MLTL(threshold=0.5)
    >>> X_res, Y_res = cleaner.fit_resample(X, Y)
    >>> cleaner.sample_indices_
    array([0, 1, 2, 5])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **SEARCH_RULES,
        "mode": [StrOptions({"undersampling", "cleaning"})],
        "threshold": [StrOptions({"auto"}), Interval(Real, 0, 1, closed="both")],
        "candidates": [StrOptions({"no-minority", "majority"})],
        "label_metric": [StrOptions({"jaccard", "dice"})],
    }

    def __init__(
        self,
        *,
        mode: str = "undersampling",
        threshold: Any = "auto",
        candidates: str = "no-minority",
        label_metric: str = "jaccard",
        metric: str = "heom",
        categorical_features: Any = "auto",
        neighbors: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.mode = mode
        self.threshold = threshold
        self.candidates = candidates
        self.label_metric = label_metric
        self.metric = metric
        self.categorical_features = categorical_features
        self.neighbors = neighbors
        self.n_jobs = n_jobs

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        automatic = isinstance(self.threshold, str)
        self.threshold_ = _automatic_threshold(Y) if automatic else float(self.threshold)
        rows, missing = self._candidates(Y)
        if not _worth_a_search(Y, rows, missing):
            return _without(Y, [])
        near = self._near(X, 1, rows)
        dropped = _contradicted(Y, rows, near, self.threshold_, self.label_metric)
        if len(dropped) == Y.shape[0]:
            raise ValueError(
                f"MLTL would return no rows: with threshold={self.threshold_} each of the "
                f"{len(dropped)} rows differs from its nearest one. Raise threshold, or resample "
                "with REMEDIAL first."
            )
        if not len(dropped):
            warn_idle(f"no row differs from its nearest one at threshold={self.threshold_}")
        return _without(Y, dropped)

    def _candidates(self, Y: sp.csr_array) -> tuple[np.ndarray, str]:
        """Say which rows may go, and what it means if there are none."""
        if self.mode == "cleaning":
            return np.arange(Y.shape[0]), ""
        if self.candidates == "majority":
            rows = np.flatnonzero(bearing(Y, majority_of(counts_of(Y))))
            return rows, "no row bears a majority label"
        rows = np.flatnonzero(~bearing(Y, minority_of(counts_of(Y))))
        return rows, "every row bears a minority label"


def _automatic_threshold(Y: sp.csr_array) -> float:
    counts = counts_of(Y)
    if not counts.any():
        return 0.15
    indicator = 1 / math.sqrt(ratios_of(counts[counts > 0]).mean())
    if indicator > 0.5 or scumbles_of(Y, counts).mean() > 0.3:
        return 0.5
    return 0.3 if indicator > 0.3 else 0.15


def _worth_a_search(Y: sp.csr_array, rows: np.ndarray, missing: str) -> bool:
    """Tell whether anything could be dropped; warn if not."""
    if Y.shape[0] == 1:
        warn_idle("a single row has no neighbours")
    elif not len(rows):
        warn_idle(missing)
    return Y.shape[0] > 1 and len(rows) > 0


def _contradicted(
    Y: sp.csr_array, rows: np.ndarray, near: np.ndarray, threshold: float, label_metric: str
) -> np.ndarray:
    """Return those of ``rows`` that at least half of their neighbours differ from."""
    differ = _label_distances(Y, rows, near, label_metric) > threshold
    return rows[2 * np.count_nonzero(differ, axis=1) >= near.shape[1]]


def _label_distances(
    Y: sp.csr_array, rows: np.ndarray, near: np.ndarray, label_metric: str
) -> np.ndarray:
    """Distances between the label sets of rows and their neighbours, in the shape of ``near``."""
    asked = Y[rows]
    shared = np.zeros((asked.nnz + 1, near.shape[1]), dtype=np.intp)
    borne = locate(Y, near[row_of_cell(asked)], asked.indices[:, None]) >= 0
    np.cumsum(borne, axis=0, out=shared[1:])
    shared = shared[asked.indptr[1:]] - shared[asked.indptr[:-1]]
    sizes = np.diff(Y.indptr)
    together = sizes[rows][:, None] + sizes[near]
    apart = together - 2 * shared
    total = together if label_metric == "dice" else together - shared
    return np.divide(apart, total, out=np.zeros(near.shape), where=total > 0)


def _without(Y: sp.csr_array, dropped: Any) -> Resampling:
    rows = all_but(dropped, Y.shape[0])
    return Resampling(source=rows, Y=Y[rows])


class MLUL(_Cleaner):
    """Drop rows that mislead the rows around them (MLUL).

    A row is worth keeping where its own rarer label values are contradicted by its neighbours, and
    less so the more it contradicts those of the rows it is a neighbour of. The rows that stay are
    drawn in proportion.

    Parameters
    ----------
    n_neighbors : int, default=5
        Neighbours that judge a row; all others where there are fewer.
    fraction : float, default=0.1
        Budget of dropped rows as a fraction of n_samples (the paper's P), below 1.
    metric : {"heom", "euclidean"}, default="heom"
        Distance between rows; "heom" divides numeric features by their range and counts nominal
        ones 0 or 1, "euclidean" takes all as they are.
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
        The rows that stayed, ascending.
    is_synthetic_ : ndarray of bool of shape (n_samples_new,)
        All False.
    categorical_features_ : ndarray of bool of shape (n_features,)
        Which columns were taken as nominal.

    See Also
    --------
    MLeNN : Drop rows their neighbours contradict.
    skml_aemlo.measures.local_imbalance : The figures that judge a row.

    Notes
    -----
    Exactly ``int(fraction * n_samples)`` rows go. Weights v = w - u are always moved so that the
    least is 0: rows with that weight leave first, at random among themselves, and the last of them
    stay when the budget is smaller. Where all rows weigh the same, rows go at random, and a warning
    says so.

    References
    ----------
    B. Liu, K. Blekas, G. Tsoumakas, "Multi-label sampling based on local label imbalance", Pattern
    Recognition 122, 108294, 2022.

    Examples
    --------
    Row 2 tells its neighbours, which bear the rare label, the opposite:

    >>> from skml_aemlo import MLUL
    >>> X = [[0.0], [0.2], [0.3], [0.5], [5.0], [5.1], [5.2], [5.3]]
    >>> Y = [[1], [1], [0], [1], [0], [0], [0], [0]]
    >>> cleaner = MLUL(n_neighbors=2, fraction=0.125, random_state=0)
    >>> X_res, Y_res = cleaner.fit_resample(X, Y)
    >>> cleaner.sample_indices_
    array([0, 1, 3, 4, 5, 6, 7])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **SEARCH_RULES,
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "fraction": [Interval(Real, 0, 1, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        n_neighbors: int = 5,
        fraction: float = 0.1,
        metric: str = "heom",
        categorical_features: Any = "auto",
        neighbors: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.fraction = fraction
        self.metric = metric
        self.categorical_features = categorical_features
        self.neighbors = neighbors
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        n = Y.shape[0]
        # a fraction just below 1 must not round to all rows
        budget = min(number_of(self.fraction, n), n - 1)
        if not budget:
            if self.fraction:
                warn_idle(f"fraction={self.fraction} of {n} rows is less than one row")
            return _without(Y, [])
        weights = retention_weights(judge(Y, self._near(X, self.n_neighbors)))
        if not weights.any():
            warnings.warn(
                f"all rows weigh the same: {budget} of {n} were dropped at random.",
                UserWarning,
                stacklevel=2,
            )
        return _without(Y, _last_drawn(weights, budget, rng))


def _last_drawn(weights: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """Rows left over when all others are drawn one by one in proportion to their weights.

    The first of several exponential clocks to ring is each in proportion to its rate, and so is
    the next among those left; a clock of rate 0 never rings.
    """
    waiting = rng.exponential(size=len(weights))
    never = weights == 0
    waiting[~never] /= weights[~never]
    return np.lexsort((waiting, never))[len(weights) - number :]
