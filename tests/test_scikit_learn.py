"""scikit-learn's classifiers in the wrapper say what they say fitted by hand on resampled rows."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression, RidgeClassifier, RidgeClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier
from tables import learnable

from skml_aemlo import MLROS, MLSMOTE, MultiLabelResampledClassifier

ESTIMATORS = [
    MultiOutputClassifier(LogisticRegression()),
    MultiOutputClassifier(HistGradientBoostingClassifier(max_iter=5, random_state=0)),
    ClassifierChain(LogisticRegression(), order=[3, 1, 0, 2]),
    OneVsRestClassifier(LogisticRegression()),
    OneVsRestClassifier(LinearSVC(random_state=0)),
    RandomForestClassifier(n_estimators=5, random_state=0),
    ExtraTreesClassifier(n_estimators=5, random_state=0),
    DecisionTreeClassifier(random_state=0),
    ExtraTreeClassifier(random_state=0),
    MLPClassifier((8,), solver="lbfgs", alpha=1.0, tol=0.01, random_state=0),
    KNeighborsClassifier(3),
    RidgeClassifier(),
    RidgeClassifierCV(),
]
DENSE_ONLY = (HistGradientBoostingClassifier, RidgeClassifierCV)


def named(estimator):
    """Name an estimator and what is inside."""
    inner = getattr(estimator, "estimator", None)
    return type(estimator).__name__ + (f"({type(inner).__name__})" if inner else "")


@pytest.fixture
def data():
    """Return 100 learnable rows with 4 labels, the last one rare."""
    return learnable(100)


def columns(found):
    """Return scores as one column a label."""
    if isinstance(found, list):
        return np.column_stack([part[:, 1] for part in found])
    return np.asarray(found)


@pytest.mark.parametrize("sampler", [MLROS(random_state=0), MLSMOTE(random_state=0)], ids=str)
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=named)
def test_it_says_what_it_says_by_hand(data, estimator, sampler):
    """predict, predict_proba and decision_function equal those of a fit on fit_resample's rows."""
    X, Y = data
    train, test = np.arange(70), np.arange(70, 100)
    model = MultiLabelResampledClassifier(estimator, sampler).fit(X[train], Y[train])
    X_res, Y_res = clone(sampler).fit_resample(X[train], Y[train])
    by_hand = clone(estimator).fit(X_res, Y_res)
    np.testing.assert_array_equal(model.predict(X[test]), by_hand.predict(X[test]))
    for method in ("predict_proba", "decision_function"):
        assert hasattr(model, method) == hasattr(by_hand, method)
        if hasattr(by_hand, method):
            found = getattr(model, method)(X[test])
            assert found.shape == (30, 4)
            np.testing.assert_array_equal(found, columns(getattr(by_hand, method)(X[test])))


@pytest.mark.parametrize(
    "estimator",
    [e for e in ESTIMATORS if not isinstance(getattr(e, "estimator", e), DENSE_ONLY)],
    ids=named,
)
def test_sparse_rows_say_the_same(data, estimator):
    """A sparse X and Y give the predictions of a dense one, but for solvers' rounding."""
    X, Y = data
    X = np.where(np.abs(X) < 0.5, 0, X)
    models = [
        MultiLabelResampledClassifier(estimator, MLROS(random_state=0)).fit(hold(X), hold(Y))
        for hold in (np.asarray, sp.csr_array)
    ]
    assert np.mean(models[0].predict(X) == models[1].predict(sp.csr_array(X))) > 0.97


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, bool, np.int64, np.float32])
def test_two_hundred_labels_of_any_dtype(dtype):
    """OneVsRestClassifier counts labels in Y's dtype, which int8 is too small for; wrapped, each
    label is what a classifier of its own says.
    """
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4))
    Y = (X @ rng.normal(size=(4, 200)) > 0.5).astype(dtype)
    Y[0] = 1
    # a row of more labels than int8 counts
    assert Y.astype(int).sum(axis=1).max() > 127
    estimator = OneVsRestClassifier(LogisticRegression())
    found = MultiLabelResampledClassifier(estimator, None).fit(X, Y).predict(X)
    expected = np.column_stack(
        [LogisticRegression().fit(X, Y[:, j].astype(int)).predict(X) for j in range(200)]
    )
    np.testing.assert_array_equal(found, expected)


def test_gaps_in_features_reach_an_estimator_that_takes_them(data):
    """A sampler that copies rows lets NaN through to HistGradientBoosting, and the tags say so."""
    X, Y = data
    X = X.copy()
    X[::7, 4] = np.nan
    estimator = MultiOutputClassifier(HistGradientBoostingClassifier(max_iter=3, random_state=0))
    model = MultiLabelResampledClassifier(estimator, MLROS(random_state=0)).fit(X, Y)
    X_res, Y_res = MLROS(random_state=0).fit_resample(X, Y)
    np.testing.assert_array_equal(model.predict(X), clone(estimator).fit(X_res, Y_res).predict(X))


@pytest.mark.parametrize(
    ("estimator", "sampler", "sparse", "gaps"),
    [
        (DecisionTreeClassifier(), "mlros", True, True),
        (DecisionTreeClassifier(), "mlsmote", True, False),
        (KNeighborsClassifier(), "mlros", True, False),
        (MultiOutputClassifier(HistGradientBoostingClassifier()), None, False, None),
        (DecisionTreeClassifier(), "no such sampler", True, True),
    ],
)
def test_tags_are_those_of_what_is_inside(estimator, sampler, sparse, gaps):
    """Sparse rows and gaps are welcome where both estimator and sampler take them."""
    tags = MultiLabelResampledClassifier(estimator, sampler).__sklearn_tags__().input_tags
    assert tags.sparse == sparse
    assert gaps is None or tags.allow_nan == gaps
