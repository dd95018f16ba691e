"""EmbeddingClassifier, SKLearnEmbedder and CLEMS: beside their steps called by hand."""

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.cross_decomposition import CCA
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.linear_model import LinearRegression
from sklearn.manifold import SpectralEmbedding
from sklearn.metrics import accuracy_score, hamming_loss
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skml_aemlo import MultiLabelResampledClassifier
from skml_aemlo.skmultilearn import CLEMS, EmbeddingClassifier, MLkNN, SKLearnEmbedder

TREE = DecisionTreeClassifier(max_depth=4, random_state=0)


def disagreement(truth, prediction):
    """Return the share of labels that differ, much faster than scikit-learn's function does."""
    return float((truth != prediction).mean())


EMBEDDERS = {
    "pca": SKLearnEmbedder(PCA(2, random_state=0)),
    "spectral": SKLearnEmbedder(SpectralEmbedding(2, affinity="rbf", random_state=0)),
    "clems": CLEMS(disagreement, params={"n_init": 2}, random_state=0),
}
SPARSE = [f"{f}_{k}" for f in ("csr", "csc", "coo", "lil") for k in ("matrix", "array")]
CONTAINERS = {
    "list": np.ndarray.tolist,
    "frame": pd.DataFrame,
    **{name: getattr(sp, name) for name in SPARSE},
}
each = pytest.mark.parametrize("embedder", EMBEDDERS.values(), ids=EMBEDDERS)


@pytest.fixture(scope="module")
def data():
    """Return training rows, their labels, and rows to predict."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4))
    signal = X @ rng.normal(size=(4, 4)) + rng.normal(scale=0.3, size=(60, 4))
    return X, (signal > 0.4).astype(int), rng.normal(size=(15, 4))


def model_of(embedder, **params):
    """Return a classifier of trees over linear guesses."""
    return EmbeddingClassifier(embedder, LinearRegression(), TREE, **params)


class TestEmbeddingClassifier:
    """Beside embedder, regressor and classifier called one after the other."""

    @each
    @pytest.mark.parametrize("per_dimension", [False, True])
    def test_equals_its_steps_by_hand(self, embedder, per_dimension, data):
        """Labels and probabilities are those of the three steps."""
        X, Y, new = data
        points = clone(embedder).fit_transform(X, Y)[1]
        guessed = LinearRegression().fit(X, points).predict(new)
        tree = clone(TREE).fit(np.hstack([X, points]), Y)
        model = model_of(embedder, regressor_per_dimension=per_dimension).fit(X, Y)
        assert model.n_regressors_ == (points.shape[1] if per_dimension else 1)
        both = np.hstack([new, guessed])
        np.testing.assert_array_equal(model.predict(new).toarray(), tree.predict(both))
        expected = np.column_stack([part[:, 1] for part in tree.predict_proba(both)])
        np.testing.assert_allclose(model.predict_proba(new).toarray(), expected)

    @each
    @pytest.mark.parametrize("container", CONTAINERS)
    def test_takes_any_container(self, embedder, container, data):
        """The containers of X and y change no answer (D7, D8)."""
        X, Y, new = data
        wrap = CONTAINERS[container]
        found = model_of(embedder).fit(wrap(X), wrap(Y)).predict(wrap(new))
        expected = model_of(embedder).fit(X, Y).predict(new)
        np.testing.assert_array_equal(found.toarray(), expected.toarray())

    def test_sparse_rows_may_stay_sparse(self, data):
        """With ``require_dense=False`` the steps get sparse rows, and answer alike."""
        X, Y, new = data
        dense = EmbeddingClassifier(EMBEDDERS["pca"], LinearRegression(), MLkNN(5)).fit(X, Y)
        sparse = clone(dense).set_params(require_dense=False).fit(sp.csr_array(X), Y)
        np.testing.assert_array_equal(
            sparse.predict(sp.csr_array(new)).toarray(), dense.predict(new).toarray()
        )

    @each
    def test_works_with_the_tools(self, embedder, data):
        """It clones, pickles, and works in Pipeline, GridSearchCV and the resampled classifier."""
        X, Y, new = data
        model = model_of(embedder)
        fitted = clone(model).fit(X, Y)
        expected = fitted.predict(new).toarray()
        for other in (clone(fitted).fit(X, Y), pickle.loads(pickle.dumps(fitted))):
            np.testing.assert_array_equal(other.predict(new).toarray(), expected)
        steps = make_pipeline(StandardScaler(), model).fit(X, Y)
        assert steps.predict(new).shape == (15, 4)
        wrapped = MultiLabelResampledClassifier(model, None, random_state=0).fit(X, Y)
        np.testing.assert_array_equal(wrapped.predict(new), expected)
        grid = {"classifier__max_depth": [1, 4]}
        search = GridSearchCV(model, grid, cv=2, error_score="raise").fit(X, Y)
        assert np.isfinite(search.cv_results_["mean_test_score"]).all()

    def test_what_was_given_stays_unfitted(self, data):
        """Embedder, regressor and classifier are cloned."""
        parts = SKLearnEmbedder(PCA(2)), DecisionTreeRegressor(), clone(TREE)
        EmbeddingClassifier(*parts).fit(*data[:2])
        assert not any(hasattr(parts[0], name) for name in ("embedder_", "components_"))
        assert not hasattr(parts[0].embedder, "components_")
        assert not hasattr(parts[1], "tree_")
        assert not hasattr(parts[2], "tree_")

    @pytest.mark.parametrize("name", ["embedder", "regressor", "classifier"])
    def test_missing_parts_are_named(self, name, data):
        """Each of the three is needed."""
        with pytest.raises(ValueError, match=f"^{name}=None"):
            model_of(EMBEDDERS["pca"]).set_params(**{name: None}).fit(*data[:2])

    def test_regressors_of_one_target(self, data):
        """A regressor that knows one target only serves dimension by dimension."""
        regressor = LinearSVR(random_state=0, max_iter=100000)
        model = EmbeddingClassifier(EMBEDDERS["pca"], regressor, TREE, True).fit(*data[:2])
        assert model.predict(data[2]).shape == (15, 4)


class TestSKLearnEmbedder:
    """Beside scikit-learn's embedders themselves."""

    @pytest.mark.parametrize("embedder", [PCA(2), TruncatedSVD(2, random_state=0)])
    def test_equals_the_embedder_itself(self, embedder, data):
        """Sparse or dense inside, the points are scikit-learn's."""
        X, Y, _ = data
        given, points = SKLearnEmbedder(embedder).fit_transform(X, sp.lil_array(Y))
        assert given is X
        np.testing.assert_allclose(points, clone(embedder).fit_transform(Y.astype(float)))

    def test_fit_returns_itself_and_x_is_passed_on(self, data):
        """With ``pass_input_space`` X comes first."""

        class First(PCA):
            def fit_transform(self, X, y):
                assert y.shape == (60, 4)
                return np.asarray(X)[:, 0]

        embedder = SKLearnEmbedder(First(), True)
        assert embedder.fit(*data[:2]) is embedder
        np.testing.assert_array_equal(embedder.fit_transform(*data[:2])[1][:, 0], data[0][:, 0])

    def test_what_is_no_embedding_is_named(self, data):
        """No embedder, and one that returns two arrays, are refused."""
        with pytest.raises(ValueError, match=r"^embedder=None"):
            SKLearnEmbedder().fit(*data[:2])
        with pytest.raises(ValueError, match=r"^embedder returned"):
            SKLearnEmbedder(CCA(2), True).fit(*data[:2])


def uneven(truth, prediction):
    """Return a cost that depends on which is the truth."""
    return float((2 * (truth > prediction) + (truth < prediction)).sum()) / truth.size


class TestCLEMS:
    """Beside the paper's stress, written out and minimised by scipy."""

    @pytest.mark.parametrize("measure", [disagreement, uneven])
    def test_no_general_minimiser_finds_less_nearby(self, measure, data):
        """From where it ends, scipy's minimiser of the written-out stress gains next to nothing."""
        Y = data[1][:, :3]
        model = CLEMS(measure, params={"eps": 1e-10, "max_iter": 5000, "n_init": 1}, random_state=0)
        model.fit(None, Y)
        kinds = [tuple(row) for row in model.labelsets_]
        rows = [sum(tuple(row) == kind for row in Y) for kind in kinds]

        def stress(flat):
            truths, points = flat.reshape(2, len(kinds), 3)
            total = 0.0
            for i, truth in enumerate(model.labelsets_):
                for j, prediction in enumerate(model.labelsets_):
                    wanted = np.sqrt(measure(truth[None], prediction[None]))
                    total += (
                        rows[i]
                        * (np.sqrt(((truths[i] - points[j]) ** 2).sum() + 1e-30) - wanted) ** 2
                    )
            return total

        flat = np.concatenate([model.truths_.ravel(), model.points_.ravel()])
        assert model.stress_ == pytest.approx(stress(flat), abs=1e-6)
        better = minimize(stress, flat, method="L-BFGS-B", options={"maxiter": 30}).fun
        assert better > 0.98 * model.stress_ - 1e-4

    def test_each_row_gets_the_point_of_its_labelset(self, data):
        """Rows of one labelset share a point; a nearer truth costs less."""
        points = clone(EMBEDDERS["clems"]).fit_transform(*data[:2])[1]
        model = clone(EMBEDDERS["clems"]).fit(*data[:2])
        for row, labels in enumerate(data[1]):
            at = (model.labelsets_ == labels).all(axis=1).argmax()
            np.testing.assert_array_equal(points[row], model.points_[at])

    def test_a_score_is_one_minus_the_cost(self, data):
        """``is_score`` turns a score into a cost, and is there to be cloned."""
        score = clone(CLEMS(accuracy_score, True, {"n_init": 1}, random_state=0))

        def cost(truth, prediction):
            return 1 - accuracy_score(truth, prediction)

        other = CLEMS(cost, params={"n_init": 1}, random_state=0)
        np.testing.assert_array_equal(
            score.fit_transform(*data[:2])[1], other.fit_transform(*data[:2])[1]
        )

    @pytest.mark.parametrize(
        ("params", "message"),
        [
            ({"params": {"metric": False}}, r"^params holds \['metric'\]"),
            ({"params": {"n_init": 0}}, "^n_init=0"),
            ({"params": {"eps": -1}}, "^eps=-1"),
            ({"measure": lambda truth, prediction: -1.0}, "^measure=.*cost of -1"),
        ],
    )
    def test_bad_parameters_are_named(self, params, message, data):
        """Unknown parameters of the scaling, and costs below zero, are refused."""
        with pytest.raises(ValueError, match=message):
            CLEMS(**{"measure": hamming_loss, **params}).fit(*data[:2])
