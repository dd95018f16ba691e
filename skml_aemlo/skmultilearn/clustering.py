"""Labels in groups: given, drawn, clustered by scikit-learn, or by balanced k-means."""

from math import ceil, comb
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.utils import check_random_state
from skmultilearn import cluster
from skmultilearn.cluster.balancedkmeans import (
    BalancedKMeansClusterer as UpstreamBalancedKMeansClusterer,
)

from .mended import check_switch, label_matrix, takes_sparse, whole_number


def label_groups(found: Any, n_labels: int, named: str) -> list[np.ndarray]:
    """Return groups of labels as sorted arrays, the empty ones left out; ``named`` is to blame."""
    given = list(found) if np.iterable(found) and not isinstance(found, str | dict) else [found]
    if not all(np.ndim(group) for group in given):
        raise ValueError(
            f"{named} holds {given!r}; expected groups of distinct label indices, such as "
            "[[0, 2], [1]]"
        )
    groups = [np.sort(np.asarray(group)) for group in given]
    groups = [group for group in groups if group.size]
    for group in groups:
        if group.ndim != 1 or group.dtype.kind not in "iu" or np.unique(group).size < group.size:
            raise ValueError(
                f"{named} holds {group.tolist()}; expected groups of distinct label indices, such "
                "as [[0, 2], [1]]"
            )
        if group[0] < 0 or group[-1] >= n_labels:
            raise ValueError(
                f"{named} holds {group.tolist()}; expected label indices from 0 to {n_labels - 1}"
            )
    return groups


def deal_labels(n_labels: int, size: int, rng: np.random.RandomState) -> list[np.ndarray]:
    """Deal out all labels at random, ``size`` to a hand; the last hand may hold fewer."""
    dealt = rng.permutation(n_labels)
    return [np.sort(dealt[start : start + size]) for start in range(0, n_labels, size)]


def draw_labelsets(
    n_labels: int, size: int, wanted: int, rng: np.random.RandomState
) -> list[np.ndarray]:
    """Draw distinct labelsets, which may overlap and together hold every label.

    The first ones deal out the labels, the last of those filled up; the others are uniform.
    """
    dealt = np.resize(rng.permutation(n_labels), (ceil(n_labels / size), size))
    drawn = {tuple(np.sort(labelset)) for labelset in dealt}
    labelsets = [np.sort(labelset) for labelset in dealt]
    while len(labelsets) < wanted:
        labelset = np.sort(rng.choice(n_labels, size, replace=False))
        if tuple(labelset) not in drawn:
            drawn.add(tuple(labelset))
            labelsets.append(labelset)
    return labelsets


def check_count(name: str, value: Any, n_labels: int, size: int) -> int:
    """Return how many labelsets are to be drawn, or raise where so many cannot be."""
    fewest, most = ceil(n_labels / size), comb(n_labels, size)
    wanted = whole_number(name, value, 1)
    if not fewest <= wanted <= most:
        raise ValueError(
            f"{name}={wanted}; {n_labels} labels in labelsets of {size} need at least "
            f"{fewest} to cover each label, and there are only {most}: choose between them"
        )
    return wanted


class FixedLabelSpaceClusterer(cluster.FixedLabelSpaceClusterer):
    """The groups of labels that an expert names.

    Parameters
    ----------
    clusters : sequence of sequences of int, default=None
        The groups, as label indices.

    Notes
    -----
    Mends: the groups are checked, and come back as arrays of int; upstream hands back whatever it
    was given, so that a wrong index fails later or, if negative, counts from the end.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import FixedLabelSpaceClusterer
    >>> FixedLabelSpaceClusterer([[0, 2], [1]]).fit_predict(None, [[1, 0, 1], [0, 1, 0]])
    [array([0, 2]), array([1])]
    """

    def __init__(self, clusters: Any = None) -> None:
        self.clusters = clusters

    def fit_predict(self, X: Any, y: Any) -> list[np.ndarray]:
        """Return the groups that were given.

        Parameters
        ----------
        X : ignored
            Not used.
        y : array-like, DataFrame or sparse, of shape (n_samples, n_labels)
            The labels of each row; their number is what counts.

        Returns
        -------
        groups : list of ndarray of int
            The label indices of each group.
        """
        if self.clusters is None:
            raise ValueError("clusters=None; expected groups of label indices, [[0, 2], [1]] say")
        return label_groups(self.clusters, label_matrix(y).shape[1], "clusters")


class RandomLabelSpaceClusterer(cluster.RandomLabelSpaceClusterer):
    """Groups of labels drawn at random, of one size, disjoint or overlapping.

    Parameters
    ----------
    cluster_size : int
        How many labels each group holds; all of them where there are fewer.
    cluster_count : int
        How many groups there are. Disjoint groups may be fewer, where the labels run out, or one
        more, for those left over.
    allow_overlap : bool
        Whether a label may be in several groups.
    random_state : int, RandomState or None, default=None
        Seeds the draw; None draws from numpy's global stream, as everywhere in scikit-learn.

    Notes
    -----
    Mends: groups of unequal size (D5); ``y`` in any container; a seed, with which all global
    random state is left alone, and exactly ``cluster_count`` overlapping groups, distinct as sets,
    where upstream draws one more from the stdlib's stream and takes one set in two orders for two
    (silent wrong #8); a draw that covers every label ends, where upstream redraws until it does.

    Examples
    --------
    >>> import numpy as np
    >>> from skml_aemlo.skmultilearn import RandomLabelSpaceClusterer
    >>> clusterer = RandomLabelSpaceClusterer(2, 2, allow_overlap=False, random_state=0)
    >>> [len(group) for group in clusterer.fit_predict(None, np.eye(5))]
    [2, 2, 1]
    """

    def __init__(
        self,
        cluster_size: int,
        cluster_count: int,
        allow_overlap: bool,
        *,
        random_state: Any = None,
    ) -> None:
        self.cluster_size = cluster_size
        self.cluster_count = cluster_count
        self.allow_overlap = allow_overlap
        self.random_state = random_state

    def fit_predict(self, X: Any, y: Any) -> list[np.ndarray]:
        """Draw the groups.

        Parameters
        ----------
        X : ignored
            Not used.
        y : array-like, DataFrame or sparse, of shape (n_samples, n_labels)
            The labels of each row; their number is what counts.

        Returns
        -------
        groups : list of ndarray of int
            The label indices of each group.

        Raises
        ------
        ValueError
            If so many groups of that size cannot be drawn, or do not hold every label.
        """
        n_labels = label_matrix(y).shape[1]
        size = min(whole_number("cluster_size", self.cluster_size, 1), n_labels)
        rng = check_random_state(self.random_state)
        if check_switch("allow_overlap", self.allow_overlap):
            count = check_count("cluster_count", self.cluster_count, n_labels, size)
            return draw_labelsets(n_labels, size, count, rng)
        count = whole_number("cluster_count", self.cluster_count, 1)
        if ceil(n_labels / size) > count + 1:
            raise ValueError(
                f"cluster_count={count}; {n_labels} labels in groups of {size} need at least "
                f"{ceil(n_labels / size) - 1}: raise cluster_count or cluster_size"
            )
        return deal_labels(n_labels, size, rng)


class MatrixLabelSpaceClusterer(cluster.MatrixLabelSpaceClusterer):
    """Groups of labels that a clusterer of scikit-learn finds, a label being a point.

    Parameters
    ----------
    clusterer : estimator with fit_predict, default=None
        It is cloned, and given one row per label and one column per sample: sparse if its tags say
        that it takes sparse rows, dense otherwise.
    pass_input_space : bool, default=False
        Whether it is given ``X`` first.

    Attributes
    ----------
    clusterer_ : estimator
        The fitted clone.

    Notes
    -----
    Mends: groups of unequal size (D5); ``y`` in any container (D7, D8); clusterers that refuse
    sparse rows; the caller's clusterer is cloned, not fitted in place. Labels that a clusterer
    calls noise (-1, as of DBSCAN) are groups of their own; upstream adds them to the last group.

    Examples
    --------
    >>> from sklearn.cluster import AgglomerativeClustering
    >>> from skml_aemlo.skmultilearn import MatrixLabelSpaceClusterer
    >>> clusterer = MatrixLabelSpaceClusterer(AgglomerativeClustering(n_clusters=2))
    >>> clusterer.fit_predict(None, [[1, 1, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1]])
    [array([0, 1]), array([2])]
    """

    def __init__(self, clusterer: Any = None, pass_input_space: bool = False) -> None:
        self.clusterer = clusterer
        self.pass_input_space = pass_input_space

    def fit_predict(self, X: Any, y: Any) -> list[np.ndarray]:
        """Cluster the labels.

        Parameters
        ----------
        X : array-like, DataFrame or sparse, of shape (n_samples, n_features)
            Handed to the clusterer where ``pass_input_space`` says so; ignored otherwise.
        y : array-like, DataFrame or sparse, of shape (n_samples, n_labels)
            The labels of each row.

        Returns
        -------
        groups : list of ndarray of int
            The label indices of each group.
        """
        if not hasattr(self.clusterer, "fit_predict"):
            raise ValueError(
                f"clusterer={self.clusterer!r}; expected a clusterer with fit_predict, such as "
                "sklearn.cluster.KMeans(n_clusters=3)"
            )
        self.clusterer_ = clone(self.clusterer, safe=False)
        points = label_matrix(y).T.astype(float)
        points = sp.csr_matrix(points) if takes_sparse(self.clusterer) else points.toarray()
        passes = check_switch("pass_input_space", self.pass_input_space)
        given = (X, points) if passes else (points,)
        member = np.asarray(self.clusterer_.fit_predict(*given)).ravel()
        if member.size != points.shape[0]:
            raise ValueError(
                f"clusterer={self.clusterer!r} put {member.size} points into clusters; expected "
                f"one for each of {points.shape[0]} labels"
            )
        groups = [np.flatnonzero(member == one) for one in np.unique(member[member >= 0])]
        return groups + [np.array([label]) for label in np.flatnonzero(member < 0)]


class BalancedKMeansClusterer(UpstreamBalancedKMeansClusterer):
    """Balanced k-means, as of HOMER: groups of labels borne alike, none above its share.

    Parameters
    ----------
    k : int, default=None
        How many groups, at most one per label.
    it : int, default=None
        How many rounds of dealing out the labels and moving the centres.
    random_state : int, RandomState or None, default=None
        Seeds the choice of labels that are the first centres; None draws from numpy's global
        stream, as everywhere in scikit-learn.

    Notes
    -----
    Mends: it runs on numpy >= 2.4 and on dense ``y`` (D6), with groups of unequal size (D5);
    ``fit_predict`` leaves the parameter ``it`` as it was (upstream counts it down to 0, and fails
    when called again); a seed; distinct first centres. As in the paper, no group holds more than
    ceil(n_labels / k) labels, a full group gives up its farthest label to a nearer one, and a
    centre is the mean of its labels: upstream allows one label more, keeps whichever came first,
    and divides all sums by k.

    Distances are Euclidean, between the columns of ``y``. At equal distances the lower label, and
    then the lower centre, comes first. Groups that stay empty are left out.

    References
    ----------
    .. [1] G. Tsoumakas, I. Katakis, I. Vlahavas, "Effective and efficient multilabel
       classification in domains with large number of labels", ECML/PKDD Workshop on Mining
       Multidimensional Data 2008.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import BalancedKMeansClusterer
    >>> Y = [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]]
    >>> groups = BalancedKMeansClusterer(k=2, it=5, random_state=0).fit_predict(None, Y)
    >>> sorted(group.tolist() for group in groups)
    [[0, 1], [2, 3]]
    """

    def __init__(self, k: Any = None, it: Any = None, *, random_state: Any = None) -> None:
        self.k = k
        self.it = it
        self.random_state = random_state

    def fit_predict(self, X: Any, y: Any) -> list[np.ndarray]:
        """Cluster the labels.

        Parameters
        ----------
        X : ignored
            Not used.
        y : array-like, DataFrame or sparse, of shape (n_samples, n_labels)
            The labels of each row.

        Returns
        -------
        groups : list of ndarray of int
            The label indices of each group.
        """
        points = label_matrix(y).T.astype(float).tocsr()
        k, rounds = whole_number("k", self.k, 1), whole_number("it", self.it, 1)
        if k > points.shape[0]:
            raise ValueError(
                f"k={k}; expected at most one group for each of {points.shape[0]} labels"
            )
        first = check_random_state(self.random_state).permutation(points.shape[0])[:k]
        centers = points[first].toarray()
        for _ in range(rounds):
            member = _deal_to_nearest(_squared_distances(points, centers))
            centers = _means(points, member, centers)
        groups = [np.flatnonzero(member == one) for one in range(k)]
        return [group for group in groups if group.size]


def _squared_distances(points: sp.csr_array, centers: np.ndarray) -> np.ndarray:
    lengths = points.sum(axis=1)[:, None]  # zeros and ones are their own squares
    found = lengths - 2 * (points @ centers.T) + (centers**2).sum(axis=1)
    return np.round(found, 9)  # distances that are equal shall compare so


def _deal_to_nearest(distances: np.ndarray) -> np.ndarray:
    """Return the centre of each label: the nearest pairs first, no centre above its share.

    Where labels and centres both prefer the nearest, this is where the paper's exchange of labels
    between full groups ends: the one assignment that no label and centre would both leave.
    """
    n_labels, k = distances.shape
    room = np.full(k, ceil(n_labels / k))
    member = np.full(n_labels, -1)
    for pair in np.argsort(distances, axis=None, kind="stable"):
        label, center = divmod(int(pair), k)
        if member[label] < 0 and room[center] > 0:
            member[label] = center
            room[center] -= 1
    return member


def _means(points: sp.csr_array, member: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Return the mean of each group's labels; an empty group keeps its centre."""
    groups = sp.csr_array(
        (np.ones(member.size), (member, np.arange(member.size))),
        shape=(len(centers), member.size),
    )
    sizes = groups.sum(axis=1)[:, None]
    return np.where(sizes > 0, (groups @ points).toarray() / np.maximum(sizes, 1), centers)
