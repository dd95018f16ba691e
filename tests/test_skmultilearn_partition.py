"""Groups of labels: the mended clusterers, the classifiers on top of them, and what is refused.

What these classifiers share with the others is in test_skmultilearn.py.
"""

import pickle
import random
import sys
from fractions import Fraction
from importlib.util import find_spec
from math import ceil

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import skmultilearn.cluster as upstream_cluster
import skmultilearn.ensemble as upstream_ensemble
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.tree import DecisionTreeClassifier
from skmultilearn.cluster.balancedkmeans import (
    BalancedKMeansClusterer as UpstreamBalancedKMeansClusterer,
)
from skmultilearn.cluster.base import LabelGraphClustererBase, LabelSpaceClustererBase

from skml_aemlo import MultiLabelResampledClassifier, make_sampler
from skml_aemlo.skmultilearn import (
    BalancedKMeansClusterer,
    BinaryRelevance,
    FixedLabelSpaceClusterer,
    GraphToolLabelGraphClusterer,
    IGraphLabelGraphClusterer,
    Keras,
    LabelCooccurrenceGraphBuilder,
    LabelPowerset,
    LabelSpacePartitioningClassifier,
    MajorityVotingClassifier,
    MatrixLabelSpaceClusterer,
    Meka,
    NetworkXLabelGraphClusterer,
    OpenNetworkEmbedder,
    RandomLabelSpaceClusterer,
    StochasticBlockModel,
)

TREE = DecisionTreeClassifier(max_depth=3, random_state=0)
BUILDER = LabelCooccurrenceGraphBuilder(weighted=True, include_self_edges=False)
IGRAPH = (
    "fastgreedy",
    "infomap",
    "label_propagation",
    "leading_eigenvector",
    "multilevel",
    "walktrap",
)
INSTALLED = {name: find_spec(name) is not None for name in ("networkx", "community", "igraph")}

CLUSTERERS = {
    "fixed": FixedLabelSpaceClusterer([[4, 1], [0, 2, 3], [5, 6]]),
    "random": RandomLabelSpaceClusterer(3, 2, False, random_state=0),
    "overlapping": RandomLabelSpaceClusterer(3, 5, True, random_state=0),
    "kmeans": MatrixLabelSpaceClusterer(KMeans(3, random_state=0, n_init=2)),
    "agglomerative": MatrixLabelSpaceClusterer(AgglomerativeClustering(3)),
    "balanced": BalancedKMeansClusterer(3, 5, random_state=0),
    "louvain": NetworkXLabelGraphClusterer(BUILDER, "louvain", random_state=0),
    "propagation": NetworkXLabelGraphClusterer(BUILDER, "label_propagation", random_state=0),
    **{f"igraph {m}": IGraphLabelGraphClusterer(BUILDER, m, random_state=0) for m in IGRAPH},
}
if not INSTALLED["networkx"]:
    del CLUSTERERS["propagation"]
if not (INSTALLED["networkx"] and INSTALLED["community"]):
    del CLUSTERERS["louvain"]
if not INSTALLED["igraph"]:
    CLUSTERERS = {name: one for name, one in CLUSTERERS.items() if "igraph" not in name}
DISJOINT = [name for name in CLUSTERERS if name != "overlapping"]
each = pytest.mark.parametrize("name", CLUSTERERS)


def make_data(n_samples=80, n_labels=7, seed=0):
    """Return rows and labels in two blocks, which occur together within a block."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, 4))
    block = (X[:, :1] > 0).astype(int)
    wanted = np.where(np.arange(n_labels) < n_labels // 2, block, 1 - block)
    return X, (rng.random((n_samples, n_labels)) < 0.1 + 0.5 * wanted).astype(int)


@pytest.fixture(scope="module")
def data():
    """Return training rows, their labels, and rows to predict."""
    X, Y = make_data()
    return X, Y, make_data(n_samples=20, seed=1)[0]


def listed(groups):
    """Return groups as lists."""
    return [group.tolist() for group in groups]


SPARSE = {
    f"{format}_{kind}": getattr(sp, f"{format}_{kind}")
    for format in ("csr", "csc", "coo", "lil")
    for kind in ("matrix", "array")
}
CONTAINERS = {"list": np.ndarray.tolist, "frame": pd.DataFrame, "bool": lambda a: a > 0, **SPARSE}


class TestEveryClusterer:
    """What all clusterers share."""

    @each
    @pytest.mark.parametrize("container", CONTAINERS)
    def test_takes_y_in_any_container(self, name, container, data):
        """The container of y changes no group (D7, D8)."""
        expected = clone(CLUSTERERS[name]).fit_predict(data[0], data[1])
        found = clone(CLUSTERERS[name]).fit_predict(data[0], CONTAINERS[container](data[1]))
        assert listed(found) == listed(expected)

    @pytest.mark.parametrize("name", DISJOINT)
    def test_groups_share_out_the_labels(self, name, data):
        """Each label is in one group, none of which is empty, whatever their sizes (D5)."""
        groups = CLUSTERERS[name].fit_predict(None, data[1])
        assert sorted(np.concatenate(groups).tolist()) == list(range(7))
        assert min(map(len, groups)) > 0

    @each
    def test_clones_pickles_and_repeats(self, name, data):
        """A clone, a pickle and a second call give the same groups (D21, seeds)."""
        clusterer = clone(CLUSTERERS[name])
        before = str(clusterer.get_params())
        expected = listed(clusterer.fit_predict(*data[:2]))
        assert listed(clusterer.fit_predict(*data[:2])) == expected
        assert str(clusterer.get_params()) == before
        for other in (clone(clusterer), pickle.loads(pickle.dumps(clusterer))):
            assert listed(other.fit_predict(*data[:2])) == expected

    @each
    def test_is_one_of_upstreams(self, name):
        """Each is a subclass of its namesake."""
        theirs = UpstreamBalancedKMeansClusterer
        if name != "balanced":
            # upstream has its graph clusterers only beside all of their libraries
            named = type(CLUSTERERS[name]).__name__
            theirs = getattr(upstream_cluster, named, LabelGraphClustererBase)
        assert isinstance(CLUSTERERS[name], theirs)
        assert isinstance(CLUSTERERS[name], LabelSpaceClustererBase | LabelGraphClustererBase)

    @each
    def test_global_random_state_stays(self, name, data):
        """With a seed neither the stdlib's nor numpy's stream moves (silent wrong #8)."""
        stdlib, numpys = random.getstate(), np.random.get_state()[1:3]  # noqa: NPY002 - looked at
        CLUSTERERS[name].fit_predict(None, data[1])
        assert random.getstate() == stdlib
        after = np.random.get_state()[1:3]  # noqa: NPY002 - looked at
        assert (after[0].tolist(), after[1]) == (numpys[0].tolist(), numpys[1])

    @each
    def test_works_under_the_classifiers(self, name, data):
        """Resampled, in joblib's threads, on sparse labels or dense, the answers are the same."""
        X, Y, new = data
        kind = LabelSpacePartitioningClassifier if name in DISJOINT else MajorityVotingClassifier
        model = MultiLabelResampledClassifier(
            kind(LabelPowerset(TREE), CLUSTERERS[name]),
            make_sampler("mlros", sampling_strategy=[0, 4]),
            random_state=0,
        )
        expected = clone(model).fit(X, sp.csr_array(Y)).predict(new)
        fitted = Parallel(2, backend="threading")(delayed(clone(model).fit)(X, Y) for _ in range(2))
        for one in fitted:
            np.testing.assert_array_equal(one.predict(new), expected)

    @each
    def test_bad_labels_are_named(self, name):
        """A y that is no label matrix is refused."""
        with pytest.raises(ValueError, match=r"y must .* it also holds .*2"):
            clone(CLUSTERERS[name]).fit_predict(None, np.full((3, 7), 2))


class TestFixed:
    """What an expert may say."""

    @pytest.mark.parametrize(
        ("clusters", "message"),
        [
            (None, "^clusters=None"),
            ([[0, 7]], "^clusters holds .*0 to 6"),
            ([[-1, 2]], "^clusters holds .*0 to 6"),
            ([[0, 0]], "^clusters holds .*distinct"),
            ([[0.5]], "^clusters holds .*distinct"),
        ],
    )
    def test_bad_clusters_are_named(self, clusters, message, data):
        """Groups hold distinct indices of labels that exist."""
        with pytest.raises(ValueError, match=message):
            FixedLabelSpaceClusterer(clusters).fit_predict(*data[:2])


class TestRandom:
    """How many groups, of what size."""

    @pytest.mark.parametrize(
        ("size", "count", "sizes"), [(3, 2, [3, 3, 1]), (2, 9, [2, 2, 2, 1]), (9, 1, [7])]
    )
    def test_disjoint_sizes(self, size, count, sizes, data):
        """All are full but those left over, as documented upstream (D5)."""
        clusterer = RandomLabelSpaceClusterer(size, count, False)
        assert list(map(len, clusterer.fit_predict(*data[:2]))) == sizes

    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("count", [3, 5, 35])
    def test_overlapping_are_counted_distinct_and_cover(self, count, seed, data):
        """Exactly so many distinct sets hold every label between them (silent wrong #8)."""
        clusterer = RandomLabelSpaceClusterer(3, count, True, random_state=seed)
        groups = {tuple(group) for group in listed(clusterer.fit_predict(*data[:2]))}
        assert len(groups) == count
        assert {label for group in groups for label in group} == set(range(7))

    @pytest.mark.parametrize("given", [(3, 1, False), (3, 2, True), (3, 36, True), (0, 2, False)])
    def test_impossible_draws_are_named(self, given, data):
        """Too few groups for all labels, or more than there are, are refused."""
        with pytest.raises(ValueError, match=r"^cluster_(count|size)="):
            RandomLabelSpaceClusterer(*given).fit_predict(*data[:2])


class TestMatrix:
    """Beside scikit-learn's clusterers called on the labels' columns."""

    @pytest.mark.parametrize(
        "clusterer", [KMeans(3, random_state=0, n_init=1), AgglomerativeClustering(3)]
    )
    def test_equals_the_clusterer_itself(self, clusterer, data):
        """The groups are those that scikit-learn finds; its object stays unfitted."""
        groups = MatrixLabelSpaceClusterer(clusterer).fit_predict(*data[:2])
        assert not hasattr(clusterer, "labels_")
        member = clone(clusterer).fit_predict(data[1].T.astype(float))
        expected = {tuple(np.flatnonzero(member == one)) for one in member}
        assert {tuple(group) for group in groups} == expected

    def test_noise_stands_alone(self):
        """Labels that DBSCAN leaves out are groups of their own."""
        Y = np.array([[1, 1, 0, 1], [1, 1, 0, 1], [0, 0, 1, 1], [0, 0, 1, 1]])
        groups = MatrixLabelSpaceClusterer(DBSCAN(eps=0.5, min_samples=2)).fit_predict(None, Y)
        assert listed(groups) == [[0, 1], [2], [3]]

    def test_input_space_is_passed_on(self, data):
        """With ``pass_input_space`` X comes first."""

        class Pair(KMeans):
            def fit_predict(self, X, y):
                return (np.arange(y.shape[0]) > X.shape[1]).astype(int)

        found = MatrixLabelSpaceClusterer(Pair(2), True).fit_predict(*data[:2])
        assert listed(found) == [[0, 1, 2, 3, 4], [5, 6]]

    def test_clusterer_is_needed(self, data):
        """Without one the parameter is named."""
        with pytest.raises(ValueError, match=r"^clusterer=None"):
            MatrixLabelSpaceClusterer().fit_predict(*data[:2])


def literal_balanced(Y, first, k, rounds):
    """Return the groups of HOMER's figure: full groups pass on their last label, in fractions."""
    points = [[Fraction(int(value)) for value in column] for column in Y.T]
    centers = [points[label] for label in first]
    for _ in range(rounds):
        groups = [[] for _ in range(k)]
        for label, point in enumerate(points):
            away = [sum((a - b) ** 2 for a, b in zip(point, c, strict=True)) for c in centers]
            moved = (label, away)
            while True:
                label, away = moved
                at = min((d, c) for c, d in enumerate(away) if d is not None)[1]
                groups[at].append((away[at], label, away))
                groups[at].sort(key=lambda entry: entry[:2])
                if len(groups[at]) <= ceil(len(points) / k):
                    break
                _, label, away = groups[at].pop()
                moved = (label, [None if c == at else d for c, d in enumerate(away)])
        for at, group in enumerate(groups):
            if group:
                columns = [points[label] for _, label, _ in group]
                centers[at] = [sum(row) / len(group) for row in zip(*columns, strict=True)]
    return [sorted(label for _, label, _ in group) for group in groups if group]


class TestBalancedKMeans:
    """Beside HOMER's figure, written out in exact fractions."""

    @pytest.mark.parametrize("seed", range(6))
    @pytest.mark.parametrize(("k", "rounds"), [(2, 1), (3, 4), (4, 3), (11, 2)])
    def test_equals_the_papers_figure(self, k, rounds, seed):
        """The groups are the paper's, ties and all, none above its share."""
        Y = np.random.default_rng(seed).integers(0, 2, (9, 11))
        clusterer = BalancedKMeansClusterer(k, rounds, random_state=seed)
        groups = listed(clusterer.fit_predict(None, Y))
        first = np.random.RandomState(seed).permutation(11)[:k]
        assert groups == literal_balanced(Y, first, k, rounds)
        assert max(map(len, groups)) <= ceil(11 / k)

    @pytest.mark.parametrize("given", [(None, 3), (8, 3), (2, 0), (2, None)])
    def test_impossible_parameters_are_named(self, given, data):
        """Groups and rounds are counts; no more groups than labels."""
        with pytest.raises(ValueError, match=r"^(k|it)="):
            BalancedKMeansClusterer(*given).fit_predict(*data[:2])


def counted(Y, weighted, loops, halve):
    """Return the edges by counting pairs row by row."""
    edges = {}
    for row in Y:
        borne = np.flatnonzero(row).tolist()
        for one in borne:
            for other in borne:
                if one < other or (loops and one == other):
                    edges[one, other] = edges.get((one, other), 0) + 1 if weighted else 1
    return {e: w / 2 if halve and e[0] == e[1] else w for e, w in edges.items()}


class TestGraphs:
    """Beside counted pairs, networkx and igraph called directly."""

    @pytest.mark.parametrize(
        "given",
        [(True, False, None), (True, True, False), (True, True, True), (False, True, False)],
    )
    def test_edges_are_counted_pairs(self, given, data):
        """Ours and upstream's edges are those counted, whatever is stored for a zero."""
        stored = sp.csr_matrix(data[1])
        stored.data[:5] = 0
        Y = stored.toarray()
        expected = counted(Y, *given)
        assert LabelCooccurrenceGraphBuilder(*given).transform(stored) == expected
        assert upstream_cluster.LabelCooccurrenceGraphBuilder(*given).transform(Y) == expected

    @pytest.mark.parametrize(
        "given",
        [(None, True), (True, None), (True, True, "no"), (False, True, True), (True, False, True)],
    )
    def test_bad_switches_are_named(self, given, data):
        """All are True or False, and halving needs weights and loops."""
        with pytest.raises(ValueError, match=r"^(weighted|(include|normalize)_self_edges)="):
            LabelCooccurrenceGraphBuilder(*given).transform(data[1])

    def test_louvain_equals_python_louvain(self, data):
        """The groups are python-louvain's on the same graph."""
        community, networkx = pytest.importorskip("community"), pytest.importorskip("networkx")
        graph = networkx.Graph()
        graph.add_nodes_from(range(7))
        for (one, other), weight in sorted(counted(data[1], True, False, False).items()):
            graph.add_edge(one, other, weight=weight)
        member = community.best_partition(graph, random_state=1)
        groups = CLUSTERERS["louvain"].fit_predict(None, data[1])
        assert {tuple(group) for group in groups} == {
            tuple(label for label in range(7) if member[label] == one) for one in member.values()
        }
        assert len(groups) > 1

    @pytest.mark.parametrize("method", ["fastgreedy", "multilevel", "walktrap"])
    def test_equals_igraph(self, method, data):
        """The groups are igraph's on the same weighted graph."""
        igraph = pytest.importorskip("igraph")
        edges = sorted(counted(data[1], True, False, False).items())
        graph = igraph.Graph(n=7, edges=[edge for edge, _ in edges])
        found = getattr(graph, f"community_{method}")(weights=[weight for _, weight in edges])
        found = found if method == "multilevel" else found.as_clustering()
        groups = IGraphLabelGraphClusterer(BUILDER, method).fit_predict(None, data[1])
        assert {tuple(group) for group in groups} == {tuple(sorted(group)) for group in found}

    @pytest.mark.parametrize("name", [n for n in CLUSTERERS if n[:3] in ("lou", "pro", "igr")])
    def test_labels_that_never_meet_stand_alone(self, name):
        """A label without an edge is a group of its own, the last ones included."""
        Y = np.array([[1, 1, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 0]])
        assert listed(CLUSTERERS[name].fit_predict(None, Y)) == [[0, 1], [2], [3], [4]]

    @pytest.mark.parametrize("kind", [NetworkXLabelGraphClusterer, IGraphLabelGraphClusterer])
    @pytest.mark.parametrize(
        ("given", "message"),
        [((BUILDER, "best"), "^method='best'"), ((None, None), "^method=None")],
    )
    def test_unknown_methods_are_named(self, kind, given, message, data):
        """A method that is not there is refused."""
        with pytest.raises(ValueError, match=message):
            kind(*given).fit_predict(*data[:2])

    @pytest.mark.parametrize(
        ("clusterer", "module", "package"),
        [
            (NetworkXLabelGraphClusterer(BUILDER, "louvain"), "networkx", "networkx"),
            (IGraphLabelGraphClusterer(BUILDER, "infomap"), "igraph", "igraph"),
        ],
    )
    def test_absent_libraries_are_named(self, clusterer, module, package, data, monkeypatch):
        """Without its library a clusterer says which package to install."""
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(ImportError, match=f"pip install {package}$"):
            clusterer.fit_predict(*data[:2])

    def test_absent_louvain_is_named(self, data, monkeypatch):
        """Without python-louvain, which is imported as ``community``, its package is named."""
        pytest.importorskip("networkx")
        monkeypatch.setitem(sys.modules, "community", None)
        with pytest.raises(ImportError, match=r"pip install python-louvain$"):
            NetworkXLabelGraphClusterer(BUILDER, "louvain").fit_predict(*data[:2])


SEVEN = FixedLabelSpaceClusterer([[5, 1], [0, 2, 3], [4], [6]])
BASES = {
    "forest": RandomForestClassifier(3, random_state=0),
    "tree": TREE,
    "several": MultiOutputClassifier(LogisticRegression()),
    "network": MLPClassifier((3,), max_iter=5, random_state=0),
    "relevance": BinaryRelevance(GaussianNB()),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
class TestPartitioning:
    """Beside a classifier fitted by hand to each group's columns."""

    @pytest.mark.parametrize("base", BASES.values(), ids=BASES)
    @pytest.mark.parametrize("wrap", [np.asarray, sp.csr_array, pd.DataFrame])
    def test_each_group_is_answered_by_its_own_classifier(self, base, wrap, data):
        """Labels and probabilities are those of a classifier fitted to the group alone."""
        X, Y, new = data
        model = LabelSpacePartitioningClassifier(base, SEVEN).fit(wrap(X), Y)
        labels, shares = (
            model.predict(wrap(new)).toarray(),
            model.predict_proba(wrap(new)).toarray(),
        )
        for group in SEVEN.clusters:
            group = sorted(group)
            flat = len(group) == 1 and not isinstance(base, MultiOutputClassifier | BinaryRelevance)
            alone = clone(base).fit(X, Y[:, group[0]] if flat else Y[:, group])
            said, found = alone.predict(new), alone.predict_proba(new)
            said = said.toarray() if sp.issparse(said) else said.reshape(len(new), -1)
            np.testing.assert_array_equal(labels[:, group], said)
            if isinstance(found, list):
                found = np.column_stack([part[:, 1] for part in found])
            elif flat:
                found = found[:, 1:]
            found = found.toarray() if sp.issparse(found) else found
            np.testing.assert_allclose(shares[:, group], found)

    def test_votes_are_counted(self, data):
        """Probabilities are the share of the label's classifiers that say yes (D12)."""
        X, Y, new = data
        groups = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 0], [1, 2], [3, 5]]
        model = MajorityVotingClassifier(TREE, FixedLabelSpaceClusterer(groups)).fit(X, Y)
        yes, asked = np.zeros((len(new), 7)), np.zeros(7)
        for group in groups:
            said = clone(TREE).fit(X, Y[:, sorted(group)]).predict(new)
            for at, label in enumerate(sorted(group)):
                yes[:, label] += said[:, at]
                asked[label] += 1
        np.testing.assert_allclose(model.predict_proba(new).toarray(), yes / asked)
        np.testing.assert_array_equal(model.predict(new).toarray(), yes / asked > 0.5)

    @pytest.mark.parametrize("kind", [LabelSpacePartitioningClassifier, MajorityVotingClassifier])
    def test_what_was_given_stays_unfitted(self, kind, data):
        """Classifier and clusterer are cloned (silent wrong #7)."""
        tree, clusterer = clone(TREE), MatrixLabelSpaceClusterer(AgglomerativeClustering(2))
        kind(tree, clusterer).fit(*data[:2])
        assert not hasattr(tree, "tree_")
        assert not hasattr(clusterer, "clusterer_")

    @pytest.mark.parametrize("kind", [LabelSpacePartitioningClassifier, MajorityVotingClassifier])
    def test_constant_groups_are_answered_as_constants(self, kind, data):
        """A group of constant labels needs no classifier, which might refuse it (#6)."""
        X, Y, new = data
        Y = Y.copy()
        Y[:, [0, 2, 3, 4]] = [0, 1, 0, 1]
        model = kind(BASES["several"], SEVEN).fit(X, Y)
        for found in (model.predict(new), model.predict_proba(new)):
            np.testing.assert_array_equal(
                found.toarray()[:, [0, 2, 3, 4]], [[0, 1, 0, 1]] * len(new)
            )

    @pytest.mark.parametrize(
        ("clusters", "message"),
        [
            ([[0, 1, 2], [4, 5]], r"left out the labels \[3, 6\]"),
            ([[0, 1, 2, 3], [3, 4, 5, 6, 0]], r"labels \[0, 3\] into several.*MajorityVoting"),
        ],
    )
    def test_labels_left_out_or_shared_are_named(self, clusters, message, data):
        """A partition holds each label once."""
        with pytest.raises(ValueError, match=message):
            LabelSpacePartitioningClassifier(TREE, FixedLabelSpaceClusterer(clusters)).fit(
                *data[:2]
            )

    def test_what_is_missing_is_named(self, data):
        """Both the classifier and the clusterer are needed."""
        with pytest.raises(ValueError, match=r"^classifier=None"):
            LabelSpacePartitioningClassifier(None, SEVEN).fit(*data[:2])
        with pytest.raises(ValueError, match=r"^clusterer=None"):
            LabelSpacePartitioningClassifier(TREE).fit(*data[:2])

    def test_upstreams_clusterers_work_too(self, data):
        """A clusterer of scikit-multilearn that can run, and cannot be cloned, is copied."""
        builder = upstream_cluster.LabelCooccurrenceGraphBuilder(True, False)

        class Halves(LabelGraphClustererBase):
            def fit_predict(self, X, y):
                assert self.graph_builder.transform(y)
                return [[0, 1, 2, 3], [4, 5, 6]]

        model = LabelSpacePartitioningClassifier(TREE, Halves(builder)).fit(*data[:2])
        assert listed(model.partition_) == [[0, 1, 2, 3], [4, 5, 6]]


REFUSED = {
    GraphToolLabelGraphClusterer: "NetworkXLabelGraphClusterer",
    StochasticBlockModel: "IGraphLabelGraphClusterer",
    OpenNetworkEmbedder: "SKLearnEmbedder",
    Meka: "save_arff",
    Keras: "skorch or scikeras",
}


class TestRefused:
    """What cannot be mended says why, and what to use."""

    @pytest.mark.parametrize("refused", REFUSED)
    def test_the_constructor_gives_reason_and_remedy(self, refused):
        """The class's name comes first, the remedy after it."""
        with pytest.raises(NotImplementedError, match=f"^{refused.__name__} .*{REFUSED[refused]}"):
            refused()


class TestUpstream:
    """Each defect is still in scikit-multilearn 0.2.0: a failure here is good news."""

    @pytest.mark.parametrize(
        "clusterer",
        [
            upstream_cluster.RandomLabelSpaceClusterer(3, 2, False),
            upstream_cluster.MatrixLabelSpaceClusterer(
                AgglomerativeClustering(3, linkage="single")
            ),
        ],
    )
    def test_upstream_d5_unequal_groups(self, clusterer, data):
        """D5: groups of unequal size make no array."""
        with pytest.raises(ValueError, match="inhomogeneous"):
            clusterer.fit_predict(*data[:2])

    def test_upstream_d6_balanced_k_means(self, data):
        """D6: dense labels have no ``todense``."""
        with pytest.raises(AttributeError, match="todense"):
            UpstreamBalancedKMeansClusterer(2, 2).fit_predict(*data[:2])

    @pytest.mark.parametrize("wrap", [sp.csr_array, pd.DataFrame])
    def test_upstream_d7_d8_containers(self, wrap, data):
        """D7, D8: graphs take neither sparse arrays nor DataFrames."""
        with pytest.raises(AttributeError, match="getformat"):
            upstream_cluster.LabelCooccurrenceGraphBuilder(True, False).transform(wrap(data[1]))

    def test_upstream_d10_embeddings_cannot_be_imported(self):
        """D10: a part of scikit-learn is gone."""
        with pytest.raises(ImportError, match="externals"):
            __import__("skmultilearn.embedding")

    def test_upstream_d11_extensions_cannot_be_imported(self):
        """D11: Keras is needed even for Meka."""
        with pytest.raises(ImportError, match=r"keras|requests"):
            __import__("skmultilearn.ext")

    def test_upstream_d12_no_votes(self, data):
        """D12: MajorityVotingClassifier raises the constant NotImplemented."""
        with pytest.raises(TypeError, match="not callable"):
            upstream_ensemble.MajorityVotingClassifier(TREE).predict_proba(data[2])

    def test_upstream_d21_graph_clusterers_cannot_be_cloned(self):
        """D21: they are no estimators."""
        clusterer = pytest.importorskip("skmultilearn.cluster.networkx")
        with pytest.raises(TypeError, match="Cannot clone"):
            clone(clusterer.NetworkXLabelGraphClusterer(BUILDER, "louvain"))

    def test_upstream_wrong_8_one_group_too_many(self, data):
        """Silent wrong #8: one overlapping group more than asked for, from the stdlib's stream."""
        before = random.getstate()
        found = upstream_cluster.RandomLabelSpaceClusterer(3, 5, True).fit_predict(*data[:2])
        assert len(found) == 6
        assert random.getstate() != before

    def test_upstream_igraph_drops_labels(self):
        """Labels after the last that meets another are in no group."""
        module = pytest.importorskip("skmultilearn.cluster.igraph")
        clusterer = module.IGraphLabelGraphClusterer(BUILDER, "multilevel")
        found = clusterer.fit_predict(
            None, np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1]][:2])
        )
        assert np.sort(np.concatenate(found)).tolist() == [0, 1]

    def test_upstream_noise_joins_the_last_group(self):
        """What DBSCAN leaves out is put among the last cluster's labels."""
        Y = np.array([[1, 1, 1], [1, 1, 1], [0, 0, 1], [0, 0, 1]])
        clusterer = upstream_cluster.MatrixLabelSpaceClusterer(DBSCAN(eps=0.5, min_samples=2))
        assert clusterer.fit_predict(None, Y).tolist() == [[0, 1, 2]]
