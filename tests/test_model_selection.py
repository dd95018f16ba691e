"""scikit-learn's model selection around the wrapper: every score equals a loop written by hand."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from imblearn.pipeline import make_pipeline as make_imbalanced_pipeline
from joblib import parallel_config
from sklearn import metrics
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    RandomizedSearchCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    permutation_test_score,
    validation_curve,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from tables import learnable

from skml_aemlo import MLROS, MLSMOTE, MultiLabelResampledClassifier
from skml_aemlo.compare.scoring import ranking_loss

TREE = DecisionTreeClassifier(max_depth=4, random_state=0)
LOGISTIC = OneVsRestClassifier(LogisticRegression())
FOLDS = KFold(3, shuffle=True, random_state=0)
GRID = {"sampler__n_neighbors": [1, 3, 8], "estimator__max_depth": [2, 4]}

# small folds and mixed-up labels leave a sampler little to do, or a rare label unpredicted
pytestmark = [
    pytest.mark.filterwarnings("ignore:(nothing was resampled|Y is almost balanced):UserWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning"),
]


@pytest.fixture
def data():
    """Return 120 learnable rows with 4 labels, from frequent to rare."""
    return learnable(120, (0.0, 0.4, 0.7, 1.1), noise=0.4)


def wrapper(estimator=TREE, sampler=None, **params):
    """Return a wrapper that is seeded throughout."""
    sampler = MLSMOTE(random_state=0) if sampler is None else sampler
    return MultiLabelResampledClassifier(estimator, sampler).set_params(**params)


class ByHand:
    """What the wrapper stands for, in three lines: resample, fit, ask for columns."""

    def __init__(self, model, X, Y):
        X_res, Y_res = clone(model.sampler).fit_resample(X, Y)
        self.estimator = clone(model.estimator).fit(X_res, Y_res)

    def predict(self, X):
        """Return 0 and 1."""
        return self.estimator.predict(X)

    def predict_proba(self, X):
        """Return the probability of 1, a column a label."""
        found = self.estimator.predict_proba(X)
        return np.column_stack([p[:, 1] for p in found]) if isinstance(found, list) else found

    def decision_function(self, X):
        """Return the estimator's own."""
        return self.estimator.decision_function(X)


def by_hand(model, X, Y, score, folds=FOLDS, train_size=None):
    """Return the score of every fold from a plain loop; ``score`` gets Y, the model and X."""
    return [
        score(Y[test], ByHand(model, X[train[:train_size]], Y[train[:train_size]]), X[test])
        for train, test in folds.split(X)
    ]


def macro_f1(Y, fitted, X):
    """Return the mean F1 of the labels, from counts."""
    found = fitted.predict(X)
    hits = (found * Y).sum(axis=0)
    return np.mean(2 * hits / np.maximum(found.sum(axis=0) + Y.sum(axis=0), 1))


PREDICTED = {
    "f1_macro": lambda y, p: metrics.f1_score(y, p, average="macro", zero_division=0),
    "f1_micro": lambda y, p: 2 * (y * p).sum() / (y.sum() + p.sum()),
    "f1_samples": lambda y, p: np.mean(
        2 * (y * p).sum(axis=1) / np.maximum((y + p).sum(axis=1), 1)
    ),
    "accuracy": lambda y, p: np.mean([np.array_equal(a, b) for a, b in zip(y, p, strict=True)]),
    "jaccard_samples": lambda y, p: np.mean(
        (y & p).sum(axis=1) / np.maximum((y | p).sum(axis=1), 1)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PREDICTED)
def test_scorers_of_labels(data, name):
    """A scorer by name equals its formula in a loop over the folds."""
    X, Y = data
    found = cross_val_score(wrapper(), X, Y, cv=FOLDS, scoring=name)
    expected = by_hand(wrapper(), X, Y, lambda y, m, x: PREDICTED[name](y, m.predict(x)))
    np.testing.assert_allclose(found, expected)


def pairs(y, scores):
    """Return the share of pairs of a positive and a negative in the right order, ties half."""
    above = scores[y == 1][:, None] - scores[y == 0][None]
    return np.mean((above > 0) + 0.5 * (above == 0))


def precision_of(y, scores):
    """Return average precision: precision at every threshold times the gain in recall."""
    reached = [scores >= t for t in np.unique(scores)[::-1]]
    recall = np.array([0, *(y[r == 1].sum() / y.sum() for r in reached)])
    return sum(np.diff(recall) * [y[r].mean() for r in reached])


def by_label(score):
    """Return the mean over labels of a score of one label."""
    return lambda y, s: np.mean([score(y[:, j], s[:, j]) for j in range(y.shape[1])])


def precision_within(y, s):
    """Return label ranking average precision, row by row."""
    rows = []
    for labels, scores in zip(y, s, strict=True):
        ranks = [(scores >= t).sum() for t in scores]
        own = [
            ((scores >= t) & (labels == 1)).sum() / r
            for t, r, b in zip(scores, ranks, labels, strict=True)
            if b
        ]
        rows.append(np.mean(own) if 0 < labels.sum() < len(labels) else 1.0)
    return np.mean(rows)


def depth(y, s):
    """Return how far down a row's ranking its last label is, ties at their worst."""
    rows = zip(y, s, strict=True)
    return np.mean([(a >= a[b == 1].min()).sum() if b.any() else 0 for b, a in rows])


def disorder(y, s):
    """Return the share of a row's pairs in the wrong order, ties wrong."""
    rows = [(b, a) for b, a in zip(y, s, strict=True)]
    wrong = [
        np.mean(a[b == 1][:, None] <= a[b == 0][None]) if 0 < b.sum() < len(b) else 0
        for b, a in rows
    ]
    return np.mean(wrong)


SCORES = ("decision_function", "predict_proba")
SCORED = {
    "roc_auc": ("roc_auc", by_label(pairs)),
    "average_precision": ("average_precision", by_label(precision_of)),
    "ranking precision": (
        make_scorer(metrics.label_ranking_average_precision_score, response_method=SCORES),
        precision_within,
    ),
    "coverage error": (make_scorer(metrics.coverage_error, response_method=SCORES), depth),
    "ranking loss": (make_scorer(metrics.label_ranking_loss, response_method=SCORES), disorder),
}


@pytest.mark.parametrize("estimator", [TREE, LOGISTIC], ids=["probabilities", "decisions"])
@pytest.mark.parametrize("name", SCORED)
def test_scorers_of_scores(data, name, estimator):
    """Rankings are scored from decision_function where there is one, else from probabilities."""
    X, Y = data
    scorer, formula = SCORED[name]
    model = wrapper(estimator)
    found = cross_val_score(model, X, Y, cv=FOLDS, scoring=scorer)
    method = "predict_proba" if estimator is TREE else "decision_function"
    expected = by_hand(model, X, Y, lambda y, m, x: formula(y, getattr(m, method)(x)))
    np.testing.assert_allclose(found, expected)


def label_log_loss(y, p):
    """Return the mean log loss of the labels, each a problem of its own."""
    return np.mean([metrics.log_loss(y[:, j], p[:, j], labels=[0, 1]) for j in range(y.shape[1])])


def test_log_loss_is_a_label_matter(data):
    """scikit-learn's own neg_log_loss takes labels for classes of a row; one a label works."""
    X, Y = data
    model = wrapper(LOGISTIC)
    with pytest.warns(UserWarning, match="do not sum to one"):
        cross_val_score(model, X, Y, cv=FOLDS, scoring="neg_log_loss")
    scorer = make_scorer(label_log_loss, response_method="predict_proba", greater_is_better=False)
    found = cross_val_score(model, X, Y, cv=FOLDS, scoring=scorer)

    def literally(y, m, x):
        p = m.predict_proba(x)
        return np.mean(np.where(y == 1, np.log(p), np.log1p(-p)))

    np.testing.assert_allclose(found, by_hand(model, X, Y, literally))


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_every_row_is_predicted_by_the_fold_that_left_it_out(data, method):
    """cross_val_predict stacks what each fold says, in the order of the rows."""
    X, Y = data
    model = wrapper(LOGISTIC)
    found = cross_val_predict(model, X, Y, cv=FOLDS, method=method)
    expected = np.full(Y.shape, np.nan)
    for train, test in FOLDS.split(X):
        expected[test] = getattr(ByHand(model, X[train], Y[train]), method)(X[test])
    np.testing.assert_allclose(found, expected)


def test_our_own_measures_score_too(data):
    """Scores of the comparison are functions for make_scorer."""
    X, Y = data
    scorer = make_scorer(ranking_loss, response_method=SCORES)

    def ranked_rows(y, m, x):
        # a row of no label or of all has no pair, and is left out
        some = (y.sum(axis=1) > 0) & (y.sum(axis=1) < 4)
        return disorder(y[some], m.decision_function(x)[some])

    found = cross_val_score(wrapper(LOGISTIC), X, Y, cv=FOLDS, scoring=scorer)
    np.testing.assert_allclose(found, by_hand(wrapper(LOGISTIC), X, Y, ranked_rows))


def test_curves(data):
    """learning_curve and validation_curve draw what loops over sizes and values find."""
    X, Y = data
    sizes, _, found = learning_curve(
        wrapper(), X, Y, cv=FOLDS, scoring="f1_macro", train_sizes=[0.5, 1.0]
    )
    for size, scores in zip(sizes, found, strict=True):
        np.testing.assert_allclose(scores, by_hand(wrapper(), X, Y, macro_f1, train_size=size))
    _, found = validation_curve(
        wrapper(), X, Y, param_name="sampler__n_neighbors", param_range=[1, 8], cv=FOLDS,
        scoring="f1_macro",
    )  # fmt: skip
    for value, scores in zip([1, 8], found, strict=True):
        model = wrapper(sampler__n_neighbors=value)
        np.testing.assert_allclose(scores, by_hand(model, X, Y, macro_f1))


def test_permuted_labels_score_worse(data):
    """The true labels beat every shuffle of them: the smallest p there is."""
    X, Y = data
    score, shuffled, p = permutation_test_score(
        wrapper(), X, Y, cv=FOLDS, scoring="f1_macro", n_permutations=9, random_state=0
    )
    assert score == pytest.approx(np.mean(by_hand(wrapper(), X, Y, macro_f1)))
    assert shuffled.max() < score - 0.1
    assert p == pytest.approx(1 / 10)


def grid_by_hand(X, Y, folds=FOLDS):
    """Return the mean score of every setting."""
    return {
        (depth, k): np.mean(
            by_hand(
                wrapper(estimator__max_depth=depth, sampler__n_neighbors=k), X, Y, macro_f1, folds
            )
        )
        for depth in GRID["estimator__max_depth"]
        for k in GRID["sampler__n_neighbors"]
    }


@pytest.mark.parametrize("container", [np.asarray, sp.csr_array], ids=["dense", "sparse"])
def test_a_grid_search_finds_what_a_loop_finds(data, container):
    """Scores of all settings, the best one, and the refitted model; Y may be sparse here."""
    X, Y = data
    search = GridSearchCV(wrapper(), GRID, cv=FOLDS, scoring="f1_macro").fit(X, container(Y))
    expected = grid_by_hand(X, Y)
    found = {
        (p["estimator__max_depth"], p["sampler__n_neighbors"]): score
        for p, score in zip(
            search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
        )
    }
    assert found == pytest.approx(expected)
    assert len(set(expected.values())) > 2
    best = max(expected, key=expected.get)
    refitted = ByHand(wrapper(estimator__max_depth=best[0], sampler__n_neighbors=best[1]), X, Y)
    np.testing.assert_array_equal(search.predict(X), refitted.predict(X))


def test_a_randomised_search_scores_its_draws(data):
    """Each drawn setting has the score of the grid."""
    X, Y = data
    search = RandomizedSearchCV(
        wrapper(), GRID, n_iter=3, cv=FOLDS, scoring="f1_macro", random_state=0
    ).fit(X, Y)
    expected = grid_by_hand(X, Y)
    for params, score in zip(
        search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
    ):
        key = params["estimator__max_depth"], params["sampler__n_neighbors"]
        assert score == pytest.approx(expected[key])


def test_halving_wants_a_number_of_rows_to_start_with(data):
    """Its default counts classes of a vector; given a number, the last round uses all rows."""
    X, Y = data
    with pytest.raises(ValueError, match="y should be a 1d array"):
        HalvingGridSearchCV(wrapper(), GRID, cv=3, scoring="f1_macro").fit(X, Y)
    search = HalvingGridSearchCV(
        wrapper(), GRID, factor=2, min_resources=30, cv=3, scoring="f1_macro", random_state=0
    ).fit(X, Y)
    assert list(search.n_resources_) == [30, 60, 120]
    assert list(search.n_candidates_) == [6, 3, 2]
    results = search.cv_results_
    last = np.flatnonzero(results["iter"] == 2)
    assert search.best_score_ == max(results["mean_test_score"][i] for i in last)
    refitted = ByHand(wrapper(**search.best_params_), X, Y)
    np.testing.assert_array_equal(search.predict(X), refitted.predict(X))


def test_nested_cross_validation(data):
    """The outer score is that of the setting that each inner search picks, by hand."""
    X, Y = data
    inner = KFold(2)
    search = GridSearchCV(wrapper(), GRID, cv=inner, scoring="f1_macro")
    found = cross_val_score(search, X, Y, cv=FOLDS, scoring="f1_macro")
    expected = []
    for train, test in FOLDS.split(X):
        scores = grid_by_hand(X[train], Y[train], inner)
        depth, k = max(scores, key=scores.get)
        model = wrapper(estimator__max_depth=depth, sampler__n_neighbors=k)
        expected.append(macro_f1(Y[test], ByHand(model, X[train], Y[train]), X[test]))
    np.testing.assert_allclose(found, expected)


def test_a_search_may_choose_the_sampler(data):
    """No sampler, a name and an object compete as values of one parameter."""
    X, Y = data
    samplers = [None, "remedial", MLROS(random_state=0)]
    search = GridSearchCV(wrapper(), {"sampler": samplers}, cv=FOLDS, scoring="f1_macro")
    found = search.fit(X, Y).cv_results_["mean_test_score"]
    bare = [
        macro_f1(Y[test], clone(TREE).fit(X[train], Y[train]), X[test])
        for train, test in FOLDS.split(X)
    ]
    assert found[0] == pytest.approx(np.mean(bare))
    assert found[2] == pytest.approx(
        np.mean(by_hand(wrapper(sampler=MLROS(random_state=0)), X, Y, macro_f1))
    )


def test_calibration_goes_inside(data):
    """Each label's own classifier is calibrated on the resampled rows; around the wrapper a
    CalibratedClassifierCV refuses several labels.
    """
    X, Y = data
    calibrated = CalibratedClassifierCV(LinearSVC(random_state=0), cv=3)
    model = wrapper(MultiOutputClassifier(calibrated)).fit(X, Y)
    X_res, Y_res = MLSMOTE(random_state=0).fit_resample(X, Y)
    for j in range(4):
        alone = clone(calibrated).fit(X_res, Y_res[:, j])
        np.testing.assert_allclose(model.predict_proba(X)[:, j], alone.predict_proba(X)[:, 1])
    with pytest.raises(ValueError, match="y should be a 1d array"):
        CalibratedClassifierCV(wrapper(), cv=3).fit(X, Y)
    with pytest.raises(ValueError, match="one column of the classes 0 and 1 for each label"):
        CalibratedClassifierCV(wrapper(), cv=3).fit(X, Y[:, 0])


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_workers_give_the_scores_of_one_process(data, backend):
    """Two processes or two threads score and refit like a plain loop."""
    X, Y = data
    with parallel_config(backend, n_jobs=2):
        found = cross_val_score(wrapper(), X, Y, cv=FOLDS, scoring="f1_macro")
    np.testing.assert_array_equal(
        found, cross_val_score(wrapper(), X, Y, cv=FOLDS, scoring="f1_macro")
    )
    np.testing.assert_allclose(found, by_hand(wrapper(), X, Y, macro_f1))


def test_sparse_labels_are_for_searches(data):
    """cross_validate refuses a sparse Y by scikit-learn's own rule; dense, it is the same task."""
    X, Y = data
    with pytest.raises(ValueError, match="must be an array-like"):
        cross_validate(wrapper(), X, sp.csr_array(Y), cv=FOLDS)
    fitted = [wrapper().fit(X, held) for held in (Y, sp.csr_array(Y))]
    np.testing.assert_array_equal(*[model.predict(X) for model in fitted])


class Watcher(ClassifierMixin, BaseEstimator):
    """Notes what kind of table it is fitted and asked on."""

    seen: list = []

    def fit(self, X, y):
        """Note the training table."""
        Watcher.seen.append(X)
        self.n_labels_ = y.shape[1]
        return self

    def predict(self, X):
        """Note the table asked about."""
        Watcher.seen.append(X)
        return np.zeros((X.shape[0], self.n_labels_), dtype=int)


@pytest.fixture
def texts():
    """Return 60 texts of words that go with three tags, and the tags."""
    rng = np.random.default_rng(0)
    Y = (rng.random((60, 3)) < [0.6, 0.3, 0.2]).astype(int)
    own = np.array(["red ruby", "green leaf", "blue sky"])
    return [" ".join([*own[tags == 1], f"word{rng.integers(9)}"]) for tags in Y], Y


def test_texts_stay_sparse_to_the_end(texts):
    """A vectoriser before the wrapper hands on, and a sampler makes, sparse rows only."""
    documents, Y = texts
    Watcher.seen.clear()
    inside = wrapper(Watcher())
    cross_val_score(make_pipeline(TfidfVectorizer(), inside), documents, Y, cv=3)
    assert len(Watcher.seen) == 6
    assert all(sp.issparse(X) for X in Watcher.seen)
    # training tables hold made rows
    assert all(X.shape[0] > 40 for X in Watcher.seen[::2])


def test_wide_sparse_rows_take_little_memory():
    """Two million columns, dense two gigabytes, never become a dense table."""
    import tracemalloc

    rng = np.random.default_rng(0)
    X = sp.random_array((120, 2_000_000), density=5e-6, format="csr", random_state=rng)
    Y = (rng.random((120, 3)) < [0.6, 0.3, 0.1]).astype(int)
    tracemalloc.start()
    wrapper(Watcher()).fit(X, Y).predict(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 120 * 2_000_000 * 8 / 10


@pytest.mark.parametrize("container", [list, np.array, pd.Series], ids=["list", "array", "Series"])
def test_texts_reach_a_pipeline_inside(texts, container):
    """Samplers that copy rows take texts; the vectoriser learns from the resampled texts only."""
    documents, Y = texts
    inner = make_pipeline(TfidfVectorizer(), LOGISTIC)
    model = wrapper(inner, MLROS(random_state=0)).fit(container(documents), Y)
    rows = MLROS(random_state=0)
    numbers, Y_res = rows.fit_resample(np.arange(60)[:, None], Y)
    expected = clone(inner).fit([documents[i] for i in numbers.ravel()], Y_res)
    np.testing.assert_allclose(
        model.predict_proba(container(documents)), expected.predict_proba(documents)
    )
    assert not hasattr(model, "n_features_in_")
    documents = np.array(documents)
    found = cross_val_score(model, container(documents), Y, cv=FOLDS, scoring="f1_macro")
    np.testing.assert_allclose(found, by_hand(model, documents, Y, macro_f1))


@pytest.mark.parametrize("make", [make_pipeline, make_imbalanced_pipeline])
def test_pipelines_before_inside_and_around(data, make):
    """A scaler before the wrapper, or in a pipeline inside, of either library: as by hand."""
    X, Y = data
    scaler = StandardScaler().fit(X)
    around = make(StandardScaler(), wrapper(LOGISTIC)).fit(X, Y)
    expected = ByHand(wrapper(LOGISTIC), scaler.transform(X), Y)
    np.testing.assert_array_equal(around.predict(X), expected.predict(scaler.transform(X)))
    inside = wrapper(make(StandardScaler(), LOGISTIC)).fit(X, Y)
    X_res, Y_res = MLSMOTE(random_state=0).fit_resample(X, Y)
    again = StandardScaler().fit(X_res)
    bare = clone(LOGISTIC).fit(again.transform(X_res), Y_res)
    np.testing.assert_array_equal(inside.predict(X), bare.predict(again.transform(X)))


def test_a_sampler_in_imbalanced_learns_pipeline_equals_the_wrapper(data):
    """Both resample the training fold only."""
    X, Y = data
    pipeline = make_imbalanced_pipeline(MLSMOTE(random_state=0), TREE)
    found = cross_val_score(pipeline, X, Y, cv=FOLDS, scoring="f1_macro")
    np.testing.assert_allclose(found, by_hand(wrapper(), X, Y, macro_f1))


def test_set_output_carries_names_to_the_estimator(data):
    """A scaler that puts out frames gives the wrapper, its sampler and its estimator names."""
    X, Y = data
    frame = pd.DataFrame(X, columns=list("abcde"))
    for model in (
        make_pipeline(StandardScaler().set_output(transform="pandas"), wrapper()),
        wrapper(make_pipeline(StandardScaler().set_output(transform="pandas"), TREE)),
    ):
        model.fit(frame, Y)
        last = model[-1].estimator_ if hasattr(model, "steps") else model.estimator_[-1]
        assert last.feature_names_in_.tolist() == list("abcde")
        assert model.feature_names_in_.tolist() == list("abcde")
        with pytest.raises(ValueError, match="feature names should match"):
            model.predict(frame.rename(columns={"a": "z"}))
    found = cross_val_score(wrapper(), frame, pd.DataFrame(Y), cv=FOLDS, scoring="f1_macro")
    np.testing.assert_allclose(found, by_hand(wrapper(), X, Y, macro_f1))
