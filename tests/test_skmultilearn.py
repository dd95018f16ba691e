"""The mended scikit-multilearn classifiers: right, where the originals fail or are wrong.

Each test of a mended result has an oracle beside scikit-multilearn; each ``test_upstream_...``
runs the original 0.2.0 and fails on the day that its defect is gone.
"""

import inspect
import pickle
import random
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import skmultilearn.adapt as upstream_adapt
import skmultilearn.ensemble as upstream_ensemble
import skmultilearn.problem_transform as upstream_transform
from joblib import Parallel, delayed
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_val_score
from sklearn.multioutput import ClassifierChain as ScikitChain
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from skml_aemlo.skmultilearn import (
    MLARAM,
    MLTSVM,
    BinaryRelevance,
    BRkNNa,
    BRkNNaClassifier,
    BRkNNb,
    BRkNNbClassifier,
    ClassifierChain,
    FixedLabelSpaceClusterer,
    LabelPowerset,
    LabelSpacePartitioningClassifier,
    MajorityVotingClassifier,
    MLkNN,
    RakelD,
    RakelO,
)
from skml_aemlo.skmultilearn.patching import is_ng

TREE = DecisionTreeClassifier(max_depth=3, random_state=0)
N_LABELS = 5

MENDED = {
    "BinaryRelevance": BinaryRelevance(TREE),
    "ClassifierChain": ClassifierChain(TREE, order=[3, 1, 4, 0, 2]),
    "LabelPowerset": LabelPowerset(TREE),
    "RakelD": RakelD(TREE, labelset_size=3, random_state=0),
    "RakelO": RakelO(TREE, model_count=6, labelset_size=3, random_state=0),
    "MLkNN": MLkNN(k=5),
    "BRkNNaClassifier": BRkNNaClassifier(k=5),
    "BRkNNbClassifier": BRkNNbClassifier(k=5),
    "MLARAM": MLARAM(0.8),
    "MLTSVM": MLTSVM(0.2, threshold=1e-3),
    "LabelSpacePartitioningClassifier": LabelSpacePartitioningClassifier(
        LabelPowerset(TREE), FixedLabelSpaceClusterer([[3, 0], [1, 2, 4]])
    ),
    "MajorityVotingClassifier": MajorityVotingClassifier(
        LabelPowerset(TREE), FixedLabelSpaceClusterer([[3, 0], [1, 2, 4], [0, 4, 2], [1, 0]])
    ),
}
BASED = ["BinaryRelevance", "ClassifierChain", "LabelPowerset", "RakelD", "RakelO"]
# a parameter, and two values that a grid search may set
GRID = {
    **{name: ("classifier__max_depth", [1, 4]) for name in BASED},
    **{name: ("base_classifier__max_depth", [1, 4]) for name in ("RakelD", "RakelO")},
    **{name: ("k", [1, 4]) for name in ("MLkNN", "BRkNNaClassifier", "BRkNNbClassifier")},
    "MLARAM": ("vigilance", [0.5, 0.95]),
    "MLTSVM": ("c_k", [0.1, 0.5]),
    "LabelSpacePartitioningClassifier": ("classifier__classifier__max_depth", [1, 4]),
    "MajorityVotingClassifier": ("classifier__classifier__max_depth", [1, 4]),
}
RAKELS = [RakelD(TREE, random_state=0), RakelO(TREE, model_count=6, random_state=0)]
UPSTREAM = {
    name: getattr(module, name)
    for module in (upstream_transform, upstream_adapt, upstream_ensemble)
    for name in MENDED
    if hasattr(module, name)
}

SPARSE = {
    f"{format}_{kind}": getattr(sp, f"{format}_{kind}")
    for format in ("csr", "csc", "coo", "lil")
    for kind in ("matrix", "array")
}
CONTAINERS = {
    "ndarray": np.asarray,
    "fortran": np.asfortranarray,
    "list": lambda a: a.tolist(),
    "frame": lambda a: pd.DataFrame(a, columns=[f"c{i}" for i in range(a.shape[1])]),
    **SPARSE,
}
LABELS = [(container, int) for container in CONTAINERS] + [
    (container, dtype)
    for container in ("ndarray", "frame", "csr_matrix", "lil_array")
    for dtype in (bool, float, np.uint8)
]


def make_data(n_samples=70, n_labels=N_LABELS, seed=0):
    """Return rows without ties and labels that hang on them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, 4))
    signal = X @ rng.normal(size=(4, n_labels)) + rng.normal(scale=0.7, size=(n_samples, n_labels))
    return X, (signal > rng.uniform(0.0, 1.5, size=n_labels)).astype(int)


@pytest.fixture(scope="module")
def data():
    """Return training rows, their labels, and rows to predict."""
    X, Y = make_data()
    return X, Y, make_data(n_samples=30, seed=1)[0]


@pytest.fixture
def upstream_neighbors(monkeypatch):
    """Let upstream's kNN classifiers be fitted at all (D1), to see what lies behind."""
    for module in (upstream_adapt.mlknn, upstream_adapt.brknn):
        monkeypatch.setattr(module, "NearestNeighbors", lambda k: NearestNeighbors(n_neighbors=k))


def dense(found):
    """Return an array of a sparse matrix or an array."""
    return found.toarray() if sp.issparse(found) else np.asarray(found)


def scores_of(estimator):
    """Name the method that ranks: there is no ``predict_proba`` of MLTSVM."""
    return "predict_proba" if hasattr(estimator, "predict_proba") else "decision_function"


def answers(estimator, X):
    """Return dense predictions and probabilities."""
    return dense(estimator.predict(X)), dense(getattr(estimator, scores_of(estimator))(X))


each = pytest.mark.parametrize("name", MENDED)


class TestAll:
    """What all share: containers, parameters, state, scikit-learn's tools."""

    @each
    def test_is_the_original_with_the_same_parameters(self, name):
        """Each is a subclass of its namesake and takes its parameters in the same places."""
        ours, theirs = type(MENDED[name]), UPSTREAM[name]
        assert issubclass(ours, theirs)
        assert ours.__name__ == theirs.__name__
        added = {"random_state", "n_jobs"} if is_ng() else {"random_state"}
        mine, original = (
            [
                (p.name, p.default)
                for p in inspect.signature(c).parameters.values()
                if p.name not in added
            ]
            for c in (ours, theirs)
        )
        # upstream's 0 leaves MLTSVM without any weight
        assert mine == [("c_k", 1.0) if p == ("c_k", 0) else p for p in original]

    def test_the_papers_names_are_aliases(self):
        """BRkNNa and BRkNNb are the same classes under the papers' names."""
        assert (BRkNNa, BRkNNb) == (BRkNNaClassifier, BRkNNbClassifier)

    @each
    @pytest.mark.parametrize("container", CONTAINERS)
    def test_takes_x_in_any_container(self, name, container, data):
        """The container of X changes no answer (D7)."""
        X, Y, new = data
        wrap = CONTAINERS[container]
        found = answers(clone(MENDED[name]).fit(wrap(X), Y), wrap(new))
        expected = answers(clone(MENDED[name]).fit(X, Y), new)
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_allclose(found[1], expected[1], rtol=1e-12)

    @each
    @pytest.mark.parametrize(("container", "dtype"), LABELS)
    def test_takes_y_in_any_container_and_dtype(self, name, container, dtype, data):
        """The container and the dtype of y change no answer (D7, D8, D9)."""
        X, Y, new = data
        given = CONTAINERS[container](Y.astype(dtype))
        found = answers(clone(MENDED[name]).fit(X, given), new)
        expected = answers(clone(MENDED[name]).fit(X, Y), new)
        np.testing.assert_array_equal(found, expected)

    @each
    def test_takes_csr_array_for_both(self, name, data):
        """Sparse arrays in both places work together."""
        X, Y, new = data
        found = clone(MENDED[name]).fit(sp.csr_array(X), sp.csr_array(Y)).predict(sp.csr_array(new))
        expected = clone(MENDED[name]).fit(X, Y).predict(new)
        np.testing.assert_array_equal(dense(found), dense(expected))

    @each
    def test_leaves_its_input_alone(self, name, data):
        """Neither X nor y is modified, unsorted indices and stored zeros of y included."""
        X, Y, _ = data
        stored = sp.csc_matrix(Y)
        stored.data[0] = 0
        stored.data, stored.indices = stored.data[::-1].copy(), stored.indices[::-1].copy()
        stored.indptr = stored.nnz - stored.indptr[::-1]
        before, x_before = stored.copy(), X.copy()
        clone(MENDED[name]).fit(X, stored)
        np.testing.assert_array_equal(X, x_before)
        np.testing.assert_array_equal(stored.data, before.data)
        np.testing.assert_array_equal(stored.indices, before.indices)

    @pytest.mark.parametrize(
        ("name", "labels_in", "probabilities_in"),
        [
            ("BinaryRelevance", sp.csc_matrix, sp.lil_matrix),
            ("ClassifierChain", sp.csc_matrix, sp.csc_matrix),
            ("LabelPowerset", sp.lil_matrix, sp.lil_matrix),
            ("RakelD", sp.lil_matrix, sp.lil_matrix),
            ("RakelO", sp.csr_matrix, sp.csr_matrix),
            ("MLkNN", sp.lil_matrix, sp.lil_matrix),
            ("BRkNNaClassifier", sp.csr_matrix, sp.csr_matrix),
            ("BRkNNbClassifier", sp.lil_matrix, sp.lil_matrix),
            ("MLARAM", np.ndarray, np.ndarray),
            ("LabelSpacePartitioningClassifier", sp.lil_matrix, sp.lil_matrix),
            ("MajorityVotingClassifier", sp.csr_matrix, sp.csr_matrix),
        ],
    )
    def test_answers_in_upstreams_matrices(self, name, labels_in, probabilities_in, data):
        """The kinds of sparse matrix are upstream's, with ints and floats in them."""
        X, Y, new = data
        fitted = clone(MENDED[name]).fit(X, Y)
        labels, probabilities = fitted.predict(new), fitted.predict_proba(new)
        assert (type(labels), type(probabilities)) == (labels_in, probabilities_in)
        assert labels.shape == probabilities.shape == (len(new), N_LABELS)
        assert (labels.dtype.kind, probabilities.dtype.kind) == ("i", "f")
        assert set(np.unique(dense(labels))) <= {0, 1}
        assert 0 <= dense(probabilities).min() <= dense(probabilities).max() <= 1

    @pytest.mark.parametrize("name", ["BinaryRelevance", "LabelPowerset"])
    def test_equals_upstream_where_upstream_is_right(self, name, data):
        """On data without any defect the answers are upstream's own, container included."""
        X, Y, new = data
        ours, theirs = clone(MENDED[name]).fit(X, Y), UPSTREAM[name](clone(TREE)).fit(X, Y)
        for method in ("predict", "predict_proba"):
            mine, original = getattr(ours, method)(new), getattr(theirs, method)(new)
            assert type(mine) is type(original)
            np.testing.assert_allclose(mine.toarray(), original.toarray(), rtol=1e-12)

    @each
    def test_fit_returns_itself(self, name, data):
        """``fit`` returns the estimator, so that calls may be chained."""
        estimator = clone(MENDED[name])
        assert estimator.fit(*data[:2]) is estimator

    @each
    def test_fitted_attributes_are_truthful(self, name, data):
        """Before ``fit`` scikit-learn sees an unfitted estimator, after it a fitted one (D13)."""
        estimator = clone(MENDED[name])
        for call in (estimator.predict, getattr(estimator, scores_of(estimator))):
            with pytest.raises(NotFittedError):
                call(data[2])
        estimator.fit(*data[:2])
        check_is_fitted(estimator)
        assert estimator.n_features_in_ == 4
        np.testing.assert_array_equal(estimator.classes_, [[0, 1]] * N_LABELS)

    @each
    def test_tags_say_multi_label_classifier(self, name):
        """scikit-learn takes it for a classifier of several labels and of sparse rows."""
        tags = get_tags(MENDED[name])
        assert is_classifier(MENDED[name])
        assert tags.classifier_tags.multi_label
        assert tags.target_tags.multi_output
        assert tags.input_tags.sparse

    @each
    def test_clone_and_pickle(self, name, data):
        """A clone has the parameters only; a pickle answers alike."""
        X, Y, new = data
        fitted = clone(MENDED[name]).fit(X, Y)
        fresh = clone(fitted)
        assert str(fresh.get_params()) == str(MENDED[name].get_params())
        assert not hasattr(fresh, "classes_")
        np.testing.assert_array_equal(
            answers(pickle.loads(pickle.dumps(fitted)), new), answers(fitted, new)
        )

    @each
    def test_fit_leaves_the_parameters_alone(self, name, data):
        """After ``fit`` every parameter is still the very object that was given."""
        estimator = clone(MENDED[name])
        before = estimator.get_params(deep=False)
        estimator.fit(*data[:2])
        after = estimator.get_params(deep=False)
        assert all(after[key] is before[key] for key in before)

    @each
    def test_works_in_a_pipeline(self, name, data):
        """As the last step of scikit-learn's Pipeline it counts as fitted (D13)."""
        X, Y, new = data
        steps = make_pipeline(StandardScaler(), clone(MENDED[name])).fit(X, Y)
        alone = clone(MENDED[name]).fit(StandardScaler().fit_transform(X), Y)
        expected = alone.predict(StandardScaler().fit(X).transform(new))
        np.testing.assert_array_equal(dense(steps.predict(new)), dense(expected))

    @each
    @pytest.mark.parametrize("container", ["ndarray", "frame", "csr_array"])
    def test_score_is_the_subset_accuracy(self, name, container, data):
        """``score`` equals accuracy_score of the dense predictions, weights included."""
        X, Y, _ = data
        fitted = clone(MENDED[name]).fit(X, Y)
        weight = np.linspace(0, 1, len(X))
        expected = accuracy_score(Y, dense(fitted.predict(X)), sample_weight=weight)
        assert fitted.score(X, CONTAINERS[container](Y), weight) == pytest.approx(expected)

    @each
    def test_cross_val_predict_gives_probabilities_in_label_order(self, name, data):
        """cross_val_predict of probabilities, or scores, equals fitting each fold by hand."""
        X, Y, _ = data
        folds = KFold(3)
        method = scores_of(MENDED[name])
        found = dense(cross_val_predict(MENDED[name], X, Y, cv=folds, method=method))
        for train, test in folds.split(X):
            fitted = clone(MENDED[name]).fit(X[train], Y[train])
            np.testing.assert_allclose(found[test], answers(fitted, X[test])[1])

    @each
    def test_scorers_of_labels_run(self, name, data):
        """cross_val_score with a label scorer needs no wrapper (D20)."""
        X, Y, _ = data
        scores = cross_val_score(MENDED[name], X, Y, cv=3, scoring="f1_macro", error_score="raise")
        assert np.isfinite(scores).all()

    @each
    def test_grid_search_reaches_nested_parameters(self, name, data):
        """GridSearchCV sets the base classifier's parameters: the scores are those by hand."""
        X, Y, _ = data
        key, values = GRID[name]
        search = GridSearchCV(MENDED[name], {key: values}, cv=KFold(3), error_score="raise")
        found = search.fit(X, Y).cv_results_["mean_test_score"]
        for value, score in zip(values, found, strict=True):
            means = []
            for train, test in KFold(3).split(X):
                fitted = clone(MENDED[name]).set_params(**{key: value}).fit(X[train], Y[train])
                means.append(accuracy_score(Y[test], dense(fitted.predict(X[test]))))
            assert score == pytest.approx(np.mean(means))

    def test_works_in_loky_workers(self, data):
        """Fitted and asked in fresh processes, all answer as they do here."""
        X, Y, new = data
        with Parallel(n_jobs=2, backend="loky") as workers:
            fitted = workers(delayed(clone(one).fit)(X, Y) for one in MENDED.values())
            found = workers(delayed(getattr(one, scores_of(one)))(new) for one in fitted)
        for one, scores in zip(MENDED.values(), found, strict=True):
            expected = answers(clone(one).fit(X, Y), new)[1]
            np.testing.assert_array_equal(dense(scores), expected)

    @each
    def test_single_label(self, name, data):
        """A y of one column works, and answers one column."""
        X, Y, new = data
        given = {"order": [0]} if name == "ClassifierChain" else {}
        given |= {"model_count": None} if name == "RakelO" else {}
        given |= {"clusterer__clusters": [[0]]} if hasattr(MENDED[name], "clusterer") else {}
        fitted = clone(MENDED[name]).set_params(**given).fit(X, Y[:, :1])
        assert [found.shape for found in answers(fitted, new)] == [(len(new), 1)] * 2

    @each
    @pytest.mark.parametrize(
        ("y", "message"),
        [
            (None, "requires y"),
            ([[0, 1]] * 3, "y has 3 rows and X has 4"),
            ([0, 1, 0, 1], r"y must be .* got 1 dimension\(s\).*reshape"),
            ([[0, 2]] * 4, r"y must be .* 0 and 1; it also holds .*2"),
            ([[0, float("nan")]] * 4, r"y must be .* 0 and 1; it also holds .*nan"),
            ([["a", "b"]] * 4, r"y must be .* 0 and 1; it also holds .*a"),
            (sp.coo_array(([1, 1], ([0, 0], [1, 1])), shape=(4, 2)), "it also holds .*2"),
            (sp.csc_array(([1, 1], [0, 0], [0, 2, 2]), shape=(4, 2)), "it also holds .*2"),
        ],
    )
    def test_bad_labels_are_named(self, name, y, message):
        """A y that is no label matrix is refused before any work, by name and with a remedy."""
        with pytest.raises(ValueError, match=message):
            clone(MENDED[name]).fit(np.eye(4), y)

    @each
    def test_wrong_number_of_features_is_refused(self, name, data):
        """Rows with another number of features raise in ``predict``."""
        fitted = clone(MENDED[name]).fit(*data[:2])
        with pytest.raises(ValueError, match="features"):
            fitted.predict(np.ones((2, 3)))


BASES = {"tree": TREE, "logistic": LogisticRegression()}
each_base = pytest.mark.parametrize("base", BASES.values(), ids=BASES)


class TestBaseClassifiers:
    """How a base classifier is handed over, cloned, and spared."""

    @pytest.mark.parametrize("name", BASED)
    def test_base_is_needed(self, name, data):
        """Without a base classifier the error names the parameter."""
        key = "base_classifier" if name.startswith("Rakel") else "classifier"
        with pytest.raises(ValueError, match=f"^{key}=None"):
            clone(MENDED[name]).set_params(**{key: None}).fit(*data[:2])

    @pytest.mark.parametrize("name", BASED)
    def test_predict_proba_exists_only_where_it_can(self, name):
        """``hasattr(..., "predict_proba")`` tells the truth; RakelO's votes need no base."""
        key = "base_classifier" if name.startswith("Rakel") else "classifier"
        estimator = clone(MENDED[name]).set_params(**{key: LinearSVC()})
        assert hasattr(estimator, "predict_proba") == (name == "RakelO")

    @pytest.mark.parametrize("name", BASED)
    def test_the_callers_base_is_not_fitted(self, name, data):
        """The caller's base classifier stays unfitted (silent wrong #7)."""
        key = "base_classifier" if name.startswith("Rakel") else "classifier"
        own = clone(TREE)
        clone(MENDED[name]).set_params(**{key: own}).fit(*data[:2])
        assert not hasattr(own, "tree_")

    @pytest.mark.parametrize("name", ["BinaryRelevance", "ClassifierChain", "LabelPowerset"])
    @pytest.mark.parametrize(
        ("require_dense", "expected"),
        [(None, False), (True, False), (False, True), ([False, True], True)],
    )
    def test_require_dense_decides_what_the_base_sees(self, name, require_dense, expected, data):
        """X reaches the base classifier dense, unless ``require_dense`` says sparse will do."""
        X, Y, _ = data
        seen = []

        class Spy(DecisionTreeClassifier):
            def fit(self, X, y):
                seen.append(sp.issparse(X))
                return super().fit(X, y.toarray() if sp.issparse(y) else y)

        order = {"order": None} if name == "ClassifierChain" else {}
        params = {"classifier": Spy(), "require_dense": require_dense} | order
        clone(MENDED[name]).set_params(**params).fit(sp.csr_matrix(X), Y)
        assert set(seen) == {expected}

    @pytest.mark.parametrize("require_dense", ["yes", [True], [1, 0]])
    def test_bad_require_dense_is_named(self, require_dense, data):
        """Anything but None, a bool or a pair of bools is refused by name."""
        with pytest.raises(ValueError, match="require_dense="):
            BinaryRelevance(TREE, require_dense).fit(*data[:2])

    @pytest.mark.parametrize("transform", [BinaryRelevance, ClassifierChain])
    def test_multi_label_base(self, transform, data):
        """A base classifier that is itself a multi-label one is handed one column."""
        X, Y, new = data
        found = transform(LabelPowerset(TREE)).fit(X, Y)
        expected = transform(TREE).fit(X, Y)
        np.testing.assert_allclose(answers(found, new), answers(expected, new))

    @pytest.mark.parametrize("name", BASED)
    @each_base
    def test_constant_labels_are_predicted_as_constants(self, name, base, data):
        """A label that never, or always, occurs is answered so, surely (silent wrong #6)."""
        X, Y, new = data
        Y = Y.copy()
        Y[:, 1], Y[:, 2] = 0, 1
        key = "base_classifier" if name.startswith("Rakel") else "classifier"
        labels, probabilities = answers(
            clone(MENDED[name]).set_params(**{key: base}).fit(X, Y), new
        )
        for found in (labels, probabilities):
            np.testing.assert_allclose(found[:, [1, 2]], [[0, 1]] * len(new))

    @pytest.mark.parametrize("name", BASED)
    def test_all_rows_alike(self, name, data):
        """Training rows that all bear one labelset are answered with it."""
        X, _, new = data
        Y = np.tile([0, 1, 1, 0, 1], (len(X), 1))
        key = "base_classifier" if name.startswith("Rakel") else "classifier"
        fitted = clone(MENDED[name]).set_params(**{key: LogisticRegression()}).fit(X, Y)
        np.testing.assert_array_equal(answers(fitted, new), [Y[: len(new)]] * 2)

    def test_base_that_saw_one_class_in_its_own_split(self, data):
        """A base that drops rows and so meets one class answers one column: that is mapped."""
        X, Y, new = data

        class FirstRows(DecisionTreeClassifier):
            def fit(self, X, y):
                return super().fit(X[:3], y[:3])

        Y = Y.copy()
        Y[:3, 0], Y[:3, 1] = 0, 1
        found = BinaryRelevance(FirstRows()).fit(X, Y).predict_proba(new).toarray()
        np.testing.assert_array_equal(found[:, :2], [[0, 1]] * len(new))


class TestBinaryRelevance:
    """Beside scikit-learn's MultiOutputClassifier."""

    @each_base
    def test_equals_multi_output_classifier(self, base, data):
        """Labels and probabilities are those of scikit-learn's MultiOutputClassifier."""
        X, Y, new = data
        labels, probabilities = answers(BinaryRelevance(base).fit(X, Y), new)
        oracle = MultiOutputClassifier(base).fit(X, Y)
        np.testing.assert_array_equal(labels, oracle.predict(new))
        expected = np.column_stack([p[:, 1] for p in oracle.predict_proba(new)])
        np.testing.assert_allclose(probabilities, expected)


class TestClassifierChain:
    """Beside scikit-learn's ClassifierChain."""

    @each_base
    @pytest.mark.parametrize("order", [None, [4, 3, 2, 1, 0], [2, 0, 3, 4, 1]])
    def test_equals_scikit_learns_chain(self, base, order, data):
        """Any order gives scikit-learn's chain, columns in label order (silent wrong #11)."""
        X, Y, new = data
        labels, probabilities = answers(ClassifierChain(base, order=order).fit(X, Y), new)
        oracle = ScikitChain(base, order=order).fit(X, Y)
        np.testing.assert_array_equal(labels, oracle.predict(new))
        np.testing.assert_allclose(probabilities, oracle.predict_proba(new))

    def test_sparse_rows_make_the_same_chain(self, data):
        """A chain over sparse rows answers as one over dense rows."""
        X, Y, new = data
        sparse = ClassifierChain(TREE, [False, True], order=[1, 0, 2, 4, 3])
        dense = ClassifierChain(TREE, order=[1, 0, 2, 4, 3])
        found, expected = answers(sparse.fit(X, Y), new), answers(dense.fit(X, Y), new)
        np.testing.assert_array_equal(found, expected)

    @pytest.mark.parametrize("order", [[0, 1, 2], [0, 1, 2, 3, 3], [1, 2, 3, 4, 5], "random"])
    def test_bad_order_is_named(self, order, data):
        """An order that is no permutation of the labels is refused by name."""
        with pytest.raises(ValueError, match=r"^order=.*each label index from 0 to 4 once"):
            ClassifierChain(TREE, order=order).fit(*data[:2])


def labelset_oracle(X, Y, new):
    """Return a Bayes classifier's answers over labelsets spelled as strings."""
    words = ["".join(map(str, row)) for row in Y]
    base = GaussianNB().fit(X, words)
    spelled = np.array([[int(letter) for letter in word] for word in base.classes_])
    labels = np.array([[int(letter) for letter in word] for word in base.predict(new)])
    return labels, base.predict_proba(new) @ spelled


def few_labelsets(Y):
    """Return Y with the rare labelsets replaced, so that each class has a variance."""
    kinds, counts = np.unique(Y, axis=0, return_counts=True)
    common = kinds[np.argsort(counts)[-4:]]
    return common[np.abs(Y[:, None] - common).sum(axis=2).argmin(axis=1)]


class TestLabelPowerset:
    """Beside a classifier of labelsets spelled as strings."""

    def test_equals_a_classifier_of_spelled_labelsets(self, data):
        """Labels and summed probabilities are those of a classifier of labelset strings."""
        X, Y, new = data
        Y = few_labelsets(Y)
        labels, probabilities = answers(LabelPowerset(GaussianNB()).fit(X, Y), new)
        expected = labelset_oracle(X, Y, new)
        np.testing.assert_array_equal(labels, expected[0])
        np.testing.assert_allclose(probabilities, expected[1], atol=1e-12)

    def test_base_that_missed_a_labelset(self):
        """A base that drops rows, and so misses labelsets, has its columns read by number."""

        class LastRows(DecisionTreeClassifier):
            def fit(self, X, y):
                return super().fit(X[2:], y[2:])

        X, Y = np.eye(4), np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1], [0, 0, 1]])
        fitted = LabelPowerset(LastRows(random_state=0)).fit(X, Y)
        np.testing.assert_array_equal(answers(fitted, X[2:]), [Y[2:]] * 2)

    @pytest.mark.parametrize("container", ["ndarray", "list", "frame", "csr_array"])
    def test_transform_numbers_and_inverse_transform_spells(self, container, data):
        """Unfitted or fitted, numbers are given in order of appearance and lead back."""
        X, Y, _ = data
        given = CONTAINERS[container](Y)
        for powerset in (LabelPowerset(TREE), LabelPowerset(TREE).fit(X, Y)):
            numbers = powerset.transform(given)
            seen = list(dict.fromkeys(map(tuple, Y.tolist())))
            assert numbers.tolist() == [seen.index(tuple(row)) for row in Y.tolist()]
            np.testing.assert_array_equal(powerset.inverse_transform(numbers).toarray(), Y)

    def test_transform_does_not_unlearn(self, data):
        """Numbering other rows leaves a fitted estimator as it was."""
        X, Y, new = data
        fitted = LabelPowerset(TREE).fit(X, Y)
        before = fitted.predict(new).toarray()
        fitted.transform(Y[::-1][:9])
        np.testing.assert_array_equal(fitted.predict(new).toarray(), before)

    def test_transform_refuses_unseen_labelsets_once_fitted(self):
        """A labelset that ``fit`` has not seen has no number."""
        fitted = LabelPowerset(TREE).fit(np.eye(3), [[0, 1], [1, 0], [1, 1]])
        with pytest.raises(ValueError, match="row 1 a labelset that fit has not seen"):
            fitted.transform([[0, 1], [0, 0]])

    def test_inverse_transform_needs_labelsets(self):
        """Before any labelset is known there is nothing to spell."""
        with pytest.raises(NotFittedError):
            LabelPowerset(TREE).inverse_transform([0])


class TestRakel:
    """Beside literal powersets and their votes."""

    @pytest.mark.parametrize(
        ("n_labels", "size", "sizes"),
        [(5, 3, [3, 2]), (6, 3, [3, 3]), (7, 3, [3, 3, 1]), (2, 3, [2])],
    )
    def test_disjoint_labelsets_share_out_the_labels(self, n_labels, size, sizes):
        """RakelD deals each label once, the last hand with what remains (D5)."""
        X, Y = make_data(n_labels=n_labels)
        fitted = RakelD(TREE, size, random_state=3).fit(X, Y)
        assert [len(labelset) for labelset in fitted.partition_] == sizes
        assert sorted(np.concatenate(fitted.partition_)) == list(range(n_labels))
        assert fitted.model_count_ == len(sizes)

    def test_disjoint_answers_are_those_of_each_powerset(self, data):
        """RakelD's columns are a literal label powerset's over each of its labelsets."""
        X, Y, new = data
        Y = few_labelsets(Y)
        fitted = RakelD(GaussianNB(), random_state=1).fit(X, Y)
        labels, probabilities = answers(fitted, new)
        for labelset in fitted.partition_:
            expected = labelset_oracle(X, Y[:, labelset], new)
            np.testing.assert_array_equal(labels[:, labelset], expected[0])
            np.testing.assert_allclose(probabilities[:, labelset], expected[1], atol=1e-12)

    def test_overlapping_answers_are_votes(self, data):
        """RakelO counts, label by label, the literal powersets that say yes (the paper's vote)."""
        X, Y, new = data
        Y = few_labelsets(Y)
        fitted = RakelO(GaussianNB(), model_count=7, random_state=1).fit(X, Y)
        yes, asked = np.zeros((len(new), N_LABELS)), np.zeros(N_LABELS)
        for labelset in fitted.partition_:
            for row, said in enumerate(labelset_oracle(X, Y[:, labelset], new)[0]):
                yes[row, labelset] += said
            asked[labelset] += 1
        labels, probabilities = answers(fitted, new)
        np.testing.assert_allclose(probabilities, yes / asked)
        np.testing.assert_array_equal(labels, yes / asked > 0.5)

    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize(("n_labels", "count"), [(5, 2), (5, 10), (7, 3), (7, 35), (8, 5)])
    def test_overlapping_labelsets_are_counted_distinct_and_cover(self, n_labels, count, seed):
        """RakelO draws exactly ``model_count`` distinct labelsets, each label in one (#8)."""
        X, Y = make_data(n_samples=20, n_labels=n_labels)
        fitted = RakelO(TREE, model_count=count, random_state=seed).fit(X, Y)
        drawn = {tuple(labelset) for labelset in fitted.partition_}
        assert len(fitted.partition_) == len(fitted.classifiers_) == len(drawn) == count
        assert drawn <= set(combinations(range(n_labels), 3))
        assert set(np.concatenate(fitted.partition_)) == set(range(n_labels))

    @pytest.mark.parametrize(
        ("n_labels", "expected"), [(1, 1), (2, 1), (3, 1), (4, 4), (5, 10), (6, 12), (8, 16)]
    )
    def test_default_model_count_is_the_papers(self, n_labels, expected):
        """Without ``model_count`` there are 2 * n_labels labelsets, or all there are."""
        X, Y = make_data(n_samples=20, n_labels=n_labels)
        assert RakelO(TREE, random_state=0).fit(X, Y).model_count_ == expected
        assert expected == min(2 * n_labels, comb(n_labels, min(3, n_labels)))

    @pytest.mark.parametrize("rakel", RAKELS, ids=["RakelD", "RakelO"])
    def test_seed_decides_the_draw_and_nothing_global_moves(self, rakel, data):
        """One seed gives one draw, seeds differ, and global random state stays (#8)."""
        stdlib, numpys = random.getstate(), np.random.get_state()  # noqa: NPY002 - it is looked at
        draws = [
            [labelset.tolist() for labelset in clone(rakel).fit(*data[:2]).partition_]
            for rakel in (rakel, rakel, clone(rakel).set_params(random_state=5))
        ]
        assert draws[0] == draws[1] != draws[2]
        assert random.getstate() == stdlib
        assert np.random.get_state()[1].tolist() == numpys[1].tolist()  # noqa: NPY002 - as above
        assert np.random.get_state()[2] == numpys[2]  # noqa: NPY002 - as above

    @pytest.mark.parametrize("count", [0, 1, 11, 2.5, True])
    def test_impossible_model_count_is_named(self, count, data):
        """Too few labelsets to cover the labels, or more than exist, are refused by name."""
        with pytest.raises(ValueError, match=f"^model_count={count}"):
            RakelO(TREE, model_count=count).fit(*data[:2])

    @pytest.mark.parametrize("rakel", RAKELS, ids=["RakelD", "RakelO"])
    @pytest.mark.parametrize("size", [0, 1.5, None])
    def test_impossible_labelset_size_is_named(self, rakel, size, data):
        """A labelset holds a whole number of labels, at least one."""
        with pytest.raises(ValueError, match=f"^labelset_size={size}"):
            clone(rakel).set_params(labelset_size=size).fit(*data[:2])


def literal_mlknn(X, Y, new, k, s, skipped=0):
    """Return labels and posteriors, step by step as Zhang and Zhou's figure 1 has them."""
    n, n_labels = Y.shape

    def neighbors(row, candidates):
        by_distance = sorted(candidates, key=lambda other: np.sum((X[other] - row) ** 2))
        return by_distance[skipped : skipped + k]

    others = [neighbors(X[i], [j for j in range(n) if j != i]) for i in range(n)]
    labels = np.zeros((len(new), n_labels), dtype=int)
    posterior = np.zeros((len(new), n_labels))
    for label in range(n_labels):
        prior = (s + sum(Y[i, label] for i in range(n))) / (s * 2 + n)
        c, c_without = [0] * (k + 1), [0] * (k + 1)
        for i in range(n):
            delta = sum(Y[j, label] for j in others[i])
            if Y[i, label] == 1:
                c[delta] += 1
            else:
                c_without[delta] += 1
        for row in range(len(new)):
            seen = sum(Y[j, label] for j in neighbors(new[row], range(n)))
            bearing = prior * (s + c[seen]) / (s * (k + 1) + sum(c))
            without = (1 - prior) * (s + c_without[seen]) / (s * (k + 1) + sum(c_without))
            labels[row, label] = bearing >= without
            posterior[row, label] = bearing / (bearing + without)
    return labels, posterior


class TestMLkNN:
    """Beside the paper's figure, written out."""

    @pytest.mark.parametrize("container", ["ndarray", "csr_matrix"])
    @pytest.mark.parametrize(("k", "s", "skipped"), [(5, 1.0, 0), (1, 1.0, 0), (7, 0.3, 2)])
    def test_equals_the_papers_figure(self, container, k, s, skipped, data):
        """Labels and posteriors are the paper's, normalised (D1, silent wrong #4)."""
        X, Y, new = data
        wrap = CONTAINERS[container]
        labels, posterior = answers(MLkNN(k, s, skipped).fit(wrap(X), Y), wrap(new))
        expected = literal_mlknn(X, Y, new, k, s, skipped)
        np.testing.assert_array_equal(labels, expected[0])
        np.testing.assert_allclose(posterior, expected[1], rtol=1e-10)

    def test_labels_are_those_more_probable_than_not(self, data):
        """A label is predicted exactly where its probability is at least one half."""
        X, Y, new = data
        labels, posterior = answers(MLkNN(5).fit(X, Y), new)
        np.testing.assert_array_equal(labels, posterior >= 0.5)

    @pytest.mark.parametrize("k", [1, 2, 5])
    def test_no_row_is_its_own_neighbor_among_duplicates(self, k):
        """With a label of its own each of six equal rows sees it at none of its neighbours."""
        fitted = MLkNN(k).fit(np.ones((6, 2)), np.eye(6))
        expected = np.array([2] + [1] * k) / (k + 2)
        np.testing.assert_allclose(fitted.conditional_[1], np.tile(expected, (6, 1)))

    @pytest.mark.parametrize(("k", "skipped"), [(4, 0), (3, 1), (9, 0)])
    def test_too_many_neighbors_are_named(self, k, skipped):
        """Four rows have three others each: more cannot be asked."""
        with pytest.raises(ValueError, match=rf"^k={k} .*n_samples = 4.*lower k"):
            MLkNN(k, ignore_first_neighbours=skipped).fit(np.eye(4), np.eye(4))

    @pytest.mark.parametrize(
        "params", [{"k": 0}, {"k": 2.0}, {"s": 0}, {"s": -1.0}, {"ignore_first_neighbours": -1}]
    )
    def test_bad_parameters_are_named(self, params, data):
        """K and what is passed over are counts; the smoothing is above zero."""
        name, value = next(iter(params.items()))
        with pytest.raises(ValueError, match=f"^{name}={value}"):
            MLkNN(**params).fit(*data[:2])


class TestBRkNN:
    """Beside scikit-learn's KNeighborsClassifier."""

    @pytest.mark.parametrize("k", [1, 4, 5])
    def test_a_equals_k_neighbors_classifier(self, k, data):
        """BRkNNa is scikit-learn's KNeighborsClassifier label by label, ties included (D1)."""
        X, Y, new = data
        labels, shares = answers(BRkNNaClassifier(k).fit(X, Y), new)
        oracle = KNeighborsClassifier(k).fit(X, Y)
        np.testing.assert_array_equal(labels, oracle.predict(new))
        expected = np.column_stack([share[:, 1] for share in oracle.predict_proba(new)])
        np.testing.assert_allclose(shares, expected)

    @pytest.mark.parametrize("k", [1, 4, 5])
    @pytest.mark.parametrize("n_labels", [5, 300])
    def test_b_takes_the_most_frequent_labels(self, k, n_labels):
        """BRkNNb sorts the shares, label by label, and takes as many as neighbours have."""
        X, Y = make_data(n_labels=n_labels)
        new = make_data(n_samples=20, seed=1)[0]
        labels, shares = answers(BRkNNbClassifier(k).fit(X, Y), new)
        oracle = KNeighborsClassifier(k).fit(X, Y)
        expected = np.column_stack([share[:, 1] for share in oracle.predict_proba(new)])
        np.testing.assert_allclose(shares, expected)
        for row, at in enumerate(oracle.kneighbors(new, return_distance=False)):
            wanted = round(sum(int(Y[i].sum()) for i in at) / k)
            best = sorted(range(n_labels), key=lambda label: (-expected[row, label], label))
            assert np.flatnonzero(labels[row]).tolist() == sorted(best[:wanted])

    def test_b_predicts_none_where_neighbors_bear_none(self):
        """Neighbours without labels predict no label (silent wrong #3)."""
        X, Y = [[0.0], [0.1], [0.2], [5.0]], [[0, 0], [0, 0], [0, 0], [1, 1]]
        assert BRkNNbClassifier(3).fit(X, Y).predict([[0.0]]).toarray().tolist() == [[0, 0]]

    @pytest.mark.parametrize("kind", [BRkNNaClassifier, BRkNNbClassifier])
    @pytest.mark.parametrize(("k", "message"), [(5, "n_samples = 4.*lower k"), (0, "whole number")])
    def test_impossible_k_is_named(self, kind, k, message):
        """More neighbours than rows, or none, are refused by name."""
        with pytest.raises(ValueError, match=f"^k={k}.*{message}"):
            kind(k).fit(np.eye(4), np.eye(4))

    @pytest.mark.parametrize("kind", [BRkNNaClassifier, BRkNNbClassifier])
    def test_k_may_be_all_rows(self, kind):
        """As many neighbours as there are rows is still possible."""
        assert kind(4).fit(np.eye(4), np.eye(4)).predict_proba(np.eye(4)).toarray().max() == 0.25


class TestUpstream:
    """Each defect is still in scikit-multilearn 0.2.0: a failure here is good news."""

    @pytest.mark.parametrize("name", ["MLkNN", "BRkNNaClassifier", "BRkNNbClassifier"])
    def test_upstream_d1_neighbors_cannot_be_fitted(self, name, data):
        """D1: NearestNeighbors takes no positional argument any more."""
        with pytest.raises(TypeError, match="positional argument"):
            UPSTREAM[name]().fit(*data[:2])

    def test_upstream_d5_unequal_labelsets(self, data):
        """D5: labelsets of unequal size make no array."""
        with pytest.raises(ValueError, match="inhomogeneous"):
            UPSTREAM["RakelD"](clone(TREE), 3).fit(*data[:2])

    @pytest.mark.parametrize("name", ["BinaryRelevance", "ClassifierChain", "LabelPowerset"])
    @pytest.mark.parametrize("which", [0, 1])
    def test_upstream_d7_sparse_arrays(self, name, which, data):
        """D7: neither X nor y may be a sparse array."""
        given = list(data[:2])
        given[which] = sp.csr_array(given[which])
        with pytest.raises(AttributeError, match="getformat"):
            UPSTREAM[name](clone(TREE)).fit(*given)

    @pytest.mark.parametrize("name", ["MLkNN", "BRkNNaClassifier", "BRkNNbClassifier"])
    def test_upstream_d8_frames(self, name, data, upstream_neighbors):
        """D8: the kNN classifiers take no DataFrame for y."""
        with pytest.raises(AttributeError, match="getformat"):
            UPSTREAM[name]().fit(data[0], pd.DataFrame(data[1]))

    def test_upstream_d9_float_labels(self, data, upstream_neighbors):
        """D9: MLkNN indexes with float labels."""
        with pytest.raises(ValueError, match="Inexact indices"):
            UPSTREAM["MLkNN"](5).fit(data[0], data[1].astype(float))

    def test_upstream_d12_no_votes(self, data):
        """D12: RakelO's predict_proba raises the constant NotImplemented."""
        rakel = UPSTREAM["RakelO"](clone(TREE), 4, 3)
        rakel.fit(*data[:2])
        with pytest.raises(TypeError, match="not callable"):
            rakel.predict_proba(data[2])

    def test_upstream_d13_fitted_rakel_looks_unfitted(self, data):
        """D13: a fitted RakelO has no attribute that says so."""
        rakel = UPSTREAM["RakelO"](clone(TREE), 4, 3)
        rakel.fit(*data[:2])
        with pytest.raises(NotFittedError):
            check_is_fitted(rakel)

    @pytest.mark.parametrize("name", ["BinaryRelevance", "ClassifierChain", "LabelPowerset"])
    def test_upstream_d20_no_classes_no_classifier(self, name, data):
        """D20: no ``classes_``, and tags that do not say classifier."""
        fitted = UPSTREAM[name](clone(TREE)).fit(*data[:2])
        assert not hasattr(fitted, "classes_")
        assert not is_classifier(fitted)

    def test_upstream_wrong_3_no_labels_become_all(self, upstream_neighbors):
        """Silent wrong #3: neighbours without labels predict every label."""
        X, Y = np.array([[0.0], [0.1], [0.2], [5.0]]), np.array([[0, 0]] * 3 + [[1, 1]])
        fitted = UPSTREAM["BRkNNbClassifier"](3).fit(X, Y)
        assert fitted.predict(np.zeros((1, 1))).toarray().tolist() == [[1, 1]]

    def test_upstream_brknnb_takes_less_frequent_labels(self, upstream_neighbors):
        """BRkNNb predicts labels that fewer neighbours bear than labels it leaves out."""
        X, Y = make_data(n_labels=300)
        fitted = UPSTREAM["BRkNNbClassifier"](5).fit(X, Y)
        labels = fitted.predict(X).toarray() == 1
        shares = np.asarray(fitted.confidences_)
        taken = np.where(labels, shares, np.inf).min(axis=1)
        left = np.where(labels, -np.inf, shares).max(axis=1)
        assert (taken < left).any()

    def test_upstream_brknnb_refuses_a_single_label(self, upstream_neighbors):
        """BRkNNb partitions one column at position one."""
        fitted = UPSTREAM["BRkNNbClassifier"](2).fit(np.eye(4), np.ones((4, 1), dtype=int))
        with pytest.raises(ValueError, match="out of bounds"):
            fitted.predict(np.eye(4))

    def test_upstream_wrong_4_joint_probabilities(self, data, upstream_neighbors):
        """Silent wrong #4: labels are predicted whose returned probability is below one half."""
        fitted = UPSTREAM["MLkNN"](5).fit(*data[:2])
        labels = fitted.predict(data[2]).toarray() == 1
        assert fitted.predict_proba(data[2]).toarray()[labels].min() < 0.5

    def test_upstream_mlknn_counts_a_row_as_its_own_neighbor(self, upstream_neighbors):
        """With one neighbour each row sees its own label, always."""
        X = np.arange(6.0)[:, None]
        fitted = UPSTREAM["MLkNN"](1).fit(X, np.eye(6, dtype=int))
        np.testing.assert_allclose(fitted._cond_prob_true.toarray(), [[1 / 3, 2 / 3]] * 6)

    @pytest.mark.parametrize("name", ["BinaryRelevance", "ClassifierChain"])
    def test_upstream_wrong_6_constant_labels(self, name, data):
        """Silent wrong #6: a constant label has no probability, or cannot be fitted."""
        X, Y, new = data
        Y = Y.copy()
        Y[:, 1] = 0
        with pytest.raises(IndexError):
            UPSTREAM[name](clone(TREE)).fit(X, Y).predict_proba(new)
        with pytest.raises(ValueError, match="2 classes"):
            UPSTREAM[name](LogisticRegression()).fit(X, Y)

    def test_upstream_wrong_7_fits_the_callers_base(self, data):
        """Silent wrong #7: LabelPowerset fits the object that it was given."""
        own = clone(TREE)
        UPSTREAM["LabelPowerset"](own).fit(*data[:2])
        assert hasattr(own, "tree_")

    def test_upstream_powerset_forgets_by_transform(self, data):
        """Numbering other rows replaces the labelsets of a fitted LabelPowerset."""
        fitted = UPSTREAM["LabelPowerset"](clone(TREE)).fit(*data[:2])
        fitted.transform(data[1][:1])
        assert len(fitted.reverse_combinations_) == 1

    def test_upstream_wrong_8_one_model_too_many_from_the_stdlib(self, data):
        """Silent wrong #8: model_count + 1 models, drawn from the global stdlib stream."""
        before = random.getstate()
        rakel = UPSTREAM["RakelO"](clone(TREE), 4, 3)
        inner = rakel.fit(*data[:2])
        assert len(inner.classifiers_) == 5
        assert random.getstate() != before
        assert inner is not rakel

    def test_upstream_wrong_11_ordered_chain_shuffles_columns(self, data):
        """Silent wrong #11: an ordered chain answers in chain order, and in floats."""
        X, Y, new = data
        order = [4, 3, 2, 1, 0]
        found = UPSTREAM["ClassifierChain"](clone(TREE), order=order).fit(X, Y).predict(new)
        right = ScikitChain(TREE, order=order).fit(X, Y).predict(new)
        np.testing.assert_array_equal(found.toarray(), right[:, order])
        assert (found.toarray() != right).any()
        assert found.dtype == float

    def test_upstream_chain_replaces_its_parameter(self, data):
        """Fitting a chain replaces the parameter ``classifier`` by a fitted copy."""
        own = clone(TREE)
        assert UPSTREAM["ClassifierChain"](own).fit(*data[:2]).classifier is not own
