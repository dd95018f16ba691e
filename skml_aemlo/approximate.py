"""An approximate neighbour index for many rows, to plug into a sampler's ``neighbors``."""

from __future__ import annotations

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from ._search import ExactSearch, squared_distances
from ._sklearn import Interval

__all__ = ["IVFNeighbors"]

_SAMPLE = 64  # rows that a list is learned from


class IVFNeighbors(BaseEstimator):
    """Nearest neighbours among the rows of the nearest lists only (inverted file, IVF).

    Rows are clustered into lists; a query looks at the lists nearest to its own and compares itself
    with their rows by exact distances. Dense and sparse rows work alike, no sparse table is made
    dense.

    Parameters
    ----------
    n_lists : int or None, default=None
        Number of lists; None takes the square root of the number of rows.
    n_probes : int, default=16
        Lists to look into. More of them find more of the true neighbours and cost more: with all of
        them the search is exact.
    n_components : int, default=32
        Dimensions of the space in which lists are made, where rows have more.
    random_state : int, RandomState or None, default=0
        Seed of the lists. The default makes a cloned index find the same neighbours again.

    Attributes
    ----------
    list_of_row_ : ndarray of int of shape (n_samples,)
        The list each row is in.
    n_features_in_ : int
        Number of features seen.

    Notes
    -----
    Lists are made by k-means on a truncated singular value decomposition, from at most 64 rows a
    list. Queries of one list share the lists they look into, those whose centres are nearest to the
    centre of theirs, so that a block of queries is one search.

    References
    ----------
    J. Sivic, A. Zisserman, "Video Google: A text retrieval approach to object matching in videos",
    ICCV 2003, 1470-1477.

    Examples
    --------
    >>> import numpy as np
    >>> from skml_aemlo import MLSMOTE
    >>> from skml_aemlo.approximate import IVFNeighbors
    >>> X = np.random.default_rng(0).normal(size=(200, 4))
    >>> IVFNeighbors(n_lists=10, n_probes=3).fit(X).kneighbors(X[:1], 2, return_distance=False)
    array([[ 0, 98]])
    >>> sampler = MLSMOTE(neighbors=IVFNeighbors(), random_state=0)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_lists": [Interval(Integral, 1, None, closed="left"), None],
        "n_probes": [Interval(Integral, 1, None, closed="left")],
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        n_lists: int | None = None,
        n_probes: int = 16,
        n_components: int = 32,
        random_state: Any = 0,
    ) -> None:
        self.n_lists = n_lists
        self.n_probes = n_probes
        self.n_components = n_components
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> IVFNeighbors:
        """Sort rows into lists.

        Parameters
        ----------
        X : array-like or sparse container of shape (n_samples, n_features)
            Finite numbers.
        y : None
            Ignored.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If a parameter is out of range, or ``X`` holds anything but finite numbers.
        """
        self._validate_params()
        self._points = _read(X)
        n, self.n_features_in_ = self._points.shape
        values = self._points.data if sp.issparse(self._points) else self._points
        # a power of two changes no digit, and keeps single precision from overflowing
        self._scale = 2.0 ** -np.frexp(np.abs(values).max(initial=1e-300))[1]
        self._reduction = None
        if self.n_components < min(n, self.n_features_in_):
            self._reduction = TruncatedSVD(
                self.n_components, n_iter=2, random_state=self.random_state
            ).fit(self._single(self._points))
        reduced = self._reduced(self._points)
        n_lists = min(self.n_lists or max(1, int(np.sqrt(n))), n)
        self._lists = MiniBatchKMeans(
            n_lists, batch_size=4096, max_iter=10, n_init=1, random_state=self.random_state
        ).fit(reduced[:: max(1, n // (_SAMPLE * n_lists))])
        self.list_of_row_ = self._lists.predict(reduced)
        self._order = np.argsort(self.list_of_row_, kind="stable")
        self._ends = np.cumsum(np.bincount(self.list_of_row_, minlength=n_lists))
        centres = self._lists.cluster_centers_
        self._nearest_lists = np.argsort(self._lists.transform(centres), axis=1, kind="stable")
        return self

    def kneighbors(self, X: Any, n_neighbors: int = 5, return_distance: bool = True) -> Any:
        """Return near rows of every query, nearest first.

        Parameters
        ----------
        X : array-like or sparse container of shape (n_queries, n_features)
            Queries; a row that was fitted finds itself.
        n_neighbors : int, default=5
            How many, at most the rows fitted.
        return_distance : bool, default=True
            Whether to return distances too.

        Returns
        -------
        distances : ndarray of shape (n_queries, n_neighbors)
            Euclidean; only with ``return_distance``.
        indices : ndarray of int of shape (n_queries, n_neighbors)

        Raises
        ------
        ValueError
            If ``n_neighbors`` exceeds the number of rows fitted, or ``X`` has other features.
        """
        check_is_fitted(self, "list_of_row_")
        queries, n = _read(X), self._points.shape[0]
        if queries.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {queries.shape[1]} features; the index was fitted on {self.n_features_in_}."
            )
        if not isinstance(n_neighbors, Integral) or not 1 <= n_neighbors <= n:
            raise ValueError(
                f"n_neighbors must be an int of 1 to {n}, the rows fitted; got {n_neighbors!r}."
            )
        lists = self._lists.predict(self._reduced(queries))
        found = np.empty((queries.shape[0], n_neighbors), dtype=np.intp)
        for number in np.unique(lists):
            asking = np.flatnonzero(lists == number)
            rows = self._rows_near(number, n_neighbors)
            search = ExactSearch(self._points[rows], n_neighbors, queries[asking])
            found[asking] = rows[search(np.arange(len(asking)))]
        if not return_distance:
            return found
        asking = np.repeat(np.arange(len(found)), n_neighbors)
        squares = squared_distances(queries, asking, self._points, found.ravel())
        return np.sqrt(squares).reshape(found.shape), found

    def _single(self, X: Any) -> Any:
        with np.errstate(over="ignore"):  # a query may be far from all that was fitted
            return (X * self._scale).astype(np.float32)

    def _reduced(self, X: Any) -> np.ndarray:
        X = self._single(X)
        if self._reduction is not None:
            return np.asarray(self._reduction.transform(X))
        return X.toarray() if sp.issparse(X) else X

    def _rows_near(self, number: int, n_neighbors: int) -> np.ndarray:
        """Return the rows of the lists nearest to a list, enough of them, ascending."""
        near = self._nearest_lists[number]
        sizes = np.diff(self._ends, prepend=0)[near]
        enough = int(np.searchsorted(np.cumsum(sizes), n_neighbors)) + 1
        chosen = near[: max(self.n_probes, enough)]
        ends = self._ends[chosen]
        starts = ends - sizes[: len(chosen)]
        return np.sort(
            np.concatenate([self._order[a:b] for a, b in zip(starts, ends, strict=True)])
        )


def _read(X: Any) -> Any:
    values = check_array(X, accept_sparse="csr", dtype=np.float64, order="C")
    return sp.csr_array(values) if sp.issparse(values) else values
