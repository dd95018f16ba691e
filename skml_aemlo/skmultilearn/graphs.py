"""Labels in groups that occur together, found as communities of their co-occurrence graph."""

import random
from collections.abc import Iterable
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from skmultilearn import cluster
from skmultilearn.cluster.base import LabelGraphClustererBase

from .clustering import label_groups
from .mended import check_switch, label_matrix

# Upstream has these two only where their libraries are installed.
_NetworkX: Any = getattr(cluster, "NetworkXLabelGraphClusterer", LabelGraphClustererBase)
_IGraph: Any = getattr(cluster, "IGraphLabelGraphClusterer", LabelGraphClustererBase)


class LabelCooccurrenceGraphBuilder(BaseEstimator, cluster.LabelCooccurrenceGraphBuilder):
    """A graph of labels, with an edge between two that some row bears together.

    Parameters
    ----------
    weighted : bool, default=None
        Whether an edge weighs as many as there are such rows; otherwise it weighs 1.
    include_self_edges : bool, default=None
        Whether a label that occurs has an edge to itself.
    normalize_self_edges : bool, default=None
        Whether these weigh half; only with ``weighted`` and ``include_self_edges``.

    Notes
    -----
    Mends: ``y`` in any container (D7, D8); it can be cloned (D21). What the parameters may be is
    checked by ``transform``, so that a grid search may set them. Edges come sorted, so that the
    order of the rows changes no graph.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import LabelCooccurrenceGraphBuilder
    >>> builder = LabelCooccurrenceGraphBuilder(weighted=True, include_self_edges=False)
    >>> builder.transform([[1, 1, 0], [1, 1, 0], [0, 1, 1]])
    {(0, 1): 2.0, (1, 2): 1.0}
    """

    def __init__(
        self,
        weighted: Any = None,
        include_self_edges: Any = None,
        normalize_self_edges: Any = None,
    ) -> None:
        self.weighted = weighted
        self.include_self_edges = include_self_edges
        self.normalize_self_edges = normalize_self_edges

    @property
    def is_weighted(self) -> Any:
        """Scikit-multilearn's name of ``weighted``."""
        return self.weighted

    def _check_parameters(self) -> None:
        weighted = check_switch("weighted", self.weighted)
        loops = check_switch("include_self_edges", self.include_self_edges)
        halve = self.normalize_self_edges
        asked = halve is not None and check_switch("normalize_self_edges", halve)
        if asked and not (weighted and loops):
            raise ValueError(
                f"normalize_self_edges=True with weighted={weighted} and "
                f"include_self_edges={loops}; expected both to be True: there is nothing to "
                "halve otherwise"
            )

    def transform(self, y: Any) -> dict[tuple[int, int], float]:
        """Return the edges of the graph and their weights.

        Parameters
        ----------
        y : array-like, DataFrame or sparse, of shape (n_samples, n_labels)
            The labels of each row.

        Returns
        -------
        edges : dict of (int, int) to float
            The weight of each edge, the lower label first.
        """
        self._check_parameters()
        labels = label_matrix(y).astype(float)
        together = sp.triu(labels.T @ labels, k=0 if self.include_self_edges else 1).tocoo()
        edges = sorted(
            zip(together.row.tolist(), together.col.tolist(), together.data, strict=True)
        )
        return {(one, other): self._weight(one == other, rows) for one, other, rows in edges}

    def _weight(self, loop: bool, rows: float) -> float:
        if not self.weighted:
            return 1.0
        return float(rows) / 2 if loop and self.normalize_self_edges else float(rows)


class _LabelGraphClusterer(BaseEstimator):
    """Find the communities of a graph of labels."""

    graph_builder: Any
    method: Any
    random_state: Any
    _methods: tuple[str, ...]

    def _communities(
        self, n_labels: int, edges: dict[Any, float], seed: int
    ) -> Iterable[Iterable[int]]:
        raise NotImplementedError

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
            The label indices of each group, the group of the lowest label first.

        Raises
        ------
        ImportError
            If the library that finds the communities is not installed.
        """
        if self.method not in self._methods:
            raise ValueError(f"method={self.method!r}; expected one of {', '.join(self._methods)}")
        if not hasattr(self.graph_builder, "transform"):
            raise ValueError(
                f"graph_builder={self.graph_builder!r}; expected a builder of graphs, such as "
                "LabelCooccurrenceGraphBuilder(weighted=True, include_self_edges=False)"
            )
        labels = label_matrix(y)
        edges = self.graph_builder.transform(sp.csr_matrix(labels.astype(int)))
        weighted = getattr(self.graph_builder, "is_weighted", True)
        self.weights_ = {"weight": list(edges.values()) if weighted else None}
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        found = self._communities(labels.shape[1], edges, seed)
        groups = label_groups((list(group) for group in found), labels.shape[1], "the graph")
        return sorted(groups, key=lambda group: int(group[0]))


def _absent(package: str, name: str) -> ImportError:
    return ImportError(f"{name} needs the package {package}: pip install {package}")


class NetworkXLabelGraphClusterer(_LabelGraphClusterer, _NetworkX):
    """Communities of the label graph, found with networkx.

    Parameters
    ----------
    graph_builder : builder of label graphs
        Its ``transform(y)`` returns edges and weights; see `LabelCooccurrenceGraphBuilder`.
    method : {"louvain", "label_propagation"}
        "louvain" maximises modularity, with python-louvain; "label_propagation" is networkx's
        asynchronous one.
    random_state : int, RandomState or None, default=None
        Seeds the search; None draws from numpy's global stream, as everywhere in scikit-learn.

    Attributes
    ----------
    graph_ : networkx.Graph
        The graph.
    weights_ : dict
        The weights of its edges under "weight", or None if it is not weighted.

    Notes
    -----
    Mends: groups of unequal size (D5); ``y`` in any container (D7, D8); it can be cloned (D21); a
    seed. Upstream takes every unknown method for "label_propagation". Both libraries are imported
    when they are needed.

    References
    ----------
    .. [1] P. Szymański, T. Kajdanowicz, K. Kersting, "How is a data-driven approach better than
       random choice in label space division for multi-label classification?", Entropy 18, 2016.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import (
    ...     LabelCooccurrenceGraphBuilder, NetworkXLabelGraphClusterer)
    >>> builder = LabelCooccurrenceGraphBuilder(weighted=True, include_self_edges=False)
    >>> clusterer = NetworkXLabelGraphClusterer(builder, "louvain", random_state=0)
    >>> clusterer.fit_predict(None, [[1, 1, 0, 0], [0, 0, 1, 1]])
    [array([0, 1]), array([2, 3])]
    """

    _methods = ("louvain", "label_propagation")

    def __init__(self, graph_builder: Any, method: str, *, random_state: Any = None) -> None:
        self.graph_builder = graph_builder
        self.method = method
        self.random_state = random_state

    def _communities(
        self, n_labels: int, edges: dict[Any, float], seed: int
    ) -> Iterable[Iterable[int]]:
        try:
            import networkx
        except ImportError as error:
            raise _absent("networkx", type(self).__name__) from error
        self.graph_ = networkx.Graph()
        self.graph_.add_nodes_from(range(n_labels))
        for (one, other), weight in edges.items():
            self.graph_.add_edge(one, other, weight=weight)
        if self.method == "label_propagation":
            return networkx.community.asyn_lpa_communities(self.graph_, "weight", seed=seed)
        member = self._louvain(seed)
        return [[label for label in member if member[label] == one] for one in {*member.values()}]

    def _louvain(self, seed: int) -> dict[int, int]:
        try:
            from community import best_partition
        except ImportError as error:
            raise _absent("python-louvain", 'method="louvain"') from error
        return best_partition(self.graph_, random_state=seed)


class IGraphLabelGraphClusterer(_LabelGraphClusterer, _IGraph):
    """Communities of the label graph, found with igraph.

    Parameters
    ----------
    graph_builder : builder of label graphs
        Its ``transform(y)`` returns edges and weights; see `LabelCooccurrenceGraphBuilder`.
    method : str
        "fastgreedy", "infomap", "label_propagation", "leading_eigenvector", "multilevel" or
        "walktrap": igraph's ``community_...`` of that name.
    random_state : int, RandomState or None, default=None
        Seeds the search; None draws from numpy's global stream, as everywhere in scikit-learn.

    Attributes
    ----------
    graph_ : igraph.Graph
        The graph.
    weights_ : dict
        The weights of its edges under "weight", or None if it is not weighted.

    Notes
    -----
    Mends: groups of unequal size (D5); ``y`` in any container (D7, D8); it can be cloned (D21);
    labels after the last one that occurs with another are groups of their own, where upstream
    drops them, so that they are never predicted. A seed: igraph has one random generator for the
    process, which is set for the search and is Python's ``random`` again afterwards, igraph's own
    default. igraph is imported when it is needed; its licence is the GPL.

    References
    ----------
    .. [1] P. Szymański, T. Kajdanowicz, K. Kersting, "How is a data-driven approach better than
       random choice in label space division for multi-label classification?", Entropy 18, 2016.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import (
    ...     IGraphLabelGraphClusterer, LabelCooccurrenceGraphBuilder)
    >>> builder = LabelCooccurrenceGraphBuilder(weighted=True, include_self_edges=False)
    >>> clusterer = IGraphLabelGraphClusterer(builder, "fastgreedy")
    >>> clusterer.fit_predict(None, [[1, 1, 0, 0], [0, 0, 1, 1]])
    [array([0, 1]), array([2, 3])]
    """

    _methods = (
        "fastgreedy",
        "infomap",
        "label_propagation",
        "leading_eigenvector",
        "multilevel",
        "walktrap",
    )

    def __init__(self, graph_builder: Any, method: str, *, random_state: Any = None) -> None:
        self.graph_builder = graph_builder
        self.method = method
        self.random_state = random_state

    def _communities(
        self, n_labels: int, edges: dict[Any, float], seed: int
    ) -> Iterable[Iterable[int]]:
        try:
            import igraph
        except ImportError as error:
            raise _absent("igraph", type(self).__name__) from error
        self.graph_ = igraph.Graph(n=n_labels, edges=list(edges))
        weight = self.weights_["weight"]
        if weight is not None:
            self.graph_.es["weight"] = weight
        named = {"edge_weights" if self.method == "infomap" else "weights": weight}
        igraph.set_random_number_generator(random.Random(seed))
        try:
            found = getattr(self.graph_, f"community_{self.method}")(**named)
        finally:
            igraph.set_random_number_generator(random)
        return found.as_clustering() if hasattr(found, "as_clustering") else found
