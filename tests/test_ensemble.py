"""Ensembles: the papers' pseudo-code on the same draws, scikit-learn's manners, and their use."""

import pickle

import numpy as np
import oracles_ensemble as oracle
import pytest
import scipy.sparse as sp
from containers import X_CONTAINERS
from joblib import parallel_config
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_val_score
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import BernoulliNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import MLROS, make_sampler
from skml_aemlo.ensemble import COCOA, ECCRU, ECCRU2, ECCRU3, EnsembleOfSampling
from skml_aemlo.ensemble.voting import grid_f1

CASES = {
    "COCOA": lambda **more: COCOA(n_couplings=2, random_state=0, **more),
    "ECCRU": lambda **more: ECCRU(n_estimators=3, random_state=0, **more),
    "ECCRU2": lambda **more: ECCRU2(n_estimators=3, random_state=0, **more),
    "ECCRU3": lambda **more: ECCRU3(n_estimators=3, random_state=0, **more),
    "EnsembleOfSampling": lambda **more: EnsembleOfSampling(n_estimators=2, random_state=0, **more),
}
every_ensemble = pytest.mark.parametrize("make", CASES.values(), ids=CASES.keys())
every_binary_one = pytest.mark.parametrize("make", list(CASES.values())[:4], ids=list(CASES)[:4])


@pytest.fixture
def data():
    """Return 90 learnable rows with 4 labels, the last one rare."""
    rng = np.random.default_rng(0)
    X = np.round(rng.normal(size=(90, 5)), 2)
    Y = (X[:, :4] + 0.3 * rng.normal(size=(90, 4)) > [0.0, 0.3, 0.6, 1.4]).astype(int)
    return X, Y


def tree():
    """Return a tree whose leaves are not pure, so that probabilities are not 0 and 1 only."""
    return DecisionTreeClassifier(min_samples_leaf=4)


def same(model, expected, X_test):
    """Assert that a fitted model says what an oracle does."""
    scores, answers = expected
    np.testing.assert_allclose(model.predict_proba(X_test), scores, atol=1e-12)
    np.testing.assert_array_equal(model.predict(X_test), answers)
    assert 0 < answers.mean() < 1


def test_cocoa_is_the_papers(data):
    """Couplings, classes, undersampling, mean and thresholds are those of the transcription."""
    X, Y = data
    model = COCOA(tree(), n_couplings=2, random_state=3).fit(X[:60], Y[:60])
    same(model, oracle.cocoa(tree(), X[:60], Y[:60], X[60:], 2, 3), X[60:])


@pytest.mark.parametrize("c", [3, 5])
def test_eccru_is_the_papers(data, c):
    """Bags, orders, links, answers fed on, mean and thresholds are those of the transcription."""
    X, Y = data
    model = ECCRU(tree(), n_estimators=c, random_state=4).fit(X[:60], Y[:60])
    same(model, oracle.eccru(tree(), X[:60], Y[:60], X[60:], [c] * 4, 4), X[60:])


@pytest.mark.parametrize("cls", [ECCRU2, ECCRU3])
def test_eccru2_and_eccru3_are_the_papers(data, cls):
    """The number of chains a label is in depends on its rarity; all else is as in ECCRU."""
    X, Y = data
    rarer = np.minimum(Y[:60].sum(axis=0), 60 - Y[:60].sum(axis=0)).tolist()
    numbers = oracle.chain_numbers(rarer, 4, 1 if cls is ECCRU2 else 2, 8)
    assert len(set(numbers)) > 2
    model = cls(tree(), n_estimators=4, theta_max=2, random_state=5).fit(X[:60], Y[:60])
    same(model, oracle.eccru(tree(), X[:60], Y[:60], X[60:], numbers, 5), X[60:])


def test_ensemble_of_sampling_is_the_papers(data):
    """Copies, classifiers, mean and thresholds are those of the transcription."""
    X, Y = data
    base, sampler = MultiOutputClassifier(tree()), MLROS(fraction=0.5)
    model = EnsembleOfSampling(base, sampler, n_estimators=3, random_state=6).fit(X[:60], Y[:60])
    same(model, oracle.sampling(tree(), sampler, X[:60], Y[:60], X[60:], 3, 6), X[60:])


@pytest.mark.parametrize(
    ("cls", "numbers"), [(ECCRU, [10, 10, 10]), (ECCRU2, [5, 10, 40]), (ECCRU3, [7, 10, 40])]
)
def test_numbers_of_chains_by_hand(cls, numbers):
    """M = 100, 50, 10 have mean 160 / 3: 10 * 160 / 3 / m is 5.3, 10.7, 53.3; at most 4 * 10."""
    params = {"theta_max": 4.0} if cls is not ECCRU else {}
    params |= {"theta_min": 0.7} if cls is ECCRU3 else {}
    model = cls(n_estimators=10, **params)
    assert model._quotas(np.array([100, 50, 10])).tolist() == numbers


def test_a_chain_of_one_label_is_none_while_others_had_more(data):
    """ECCRU2 stops once a single label has chains left; the others have their number."""
    X, Y = data
    chains = ECCRU2(n_estimators=4, random_state=0).fit(X, Y).chains_
    rarer = np.minimum(Y.sum(axis=0), len(Y) - Y.sum(axis=0)).tolist()
    expected = oracle.chains_of(oracle.chain_numbers(rarer, 4, 1, 40))
    assert [sorted(chain.tolist()) for chain in chains] == expected
    assert len(chains[-1]) > 1


def test_grid_f1_is_the_lowest_best():
    """Scores in tenths, many ties: the first maximum of a plain loop."""
    rng = np.random.default_rng(1)
    scores, truth = rng.integers(11, size=(40, 6)) / 10, rng.integers(2, size=(40, 6))
    truth[:, 0] = 0
    expected = [oracle.threshold(scores[:, j], truth[:, j]) for j in range(6)]
    assert grid_f1(scores, truth).tolist() == expected


@every_ensemble
def test_a_given_threshold_is_used(make, data):
    """A number replaces tuning, and a label is predicted from it on."""
    X, Y = data
    model = make(threshold=0.25).fit(X, Y)
    np.testing.assert_array_equal(model.predict(X), model.predict_proba(X) >= 0.25)


@every_ensemble
def test_the_result_is_the_same_whatever_n_jobs(make, data):
    """Members have seeds of their own, drawn before any of them trains."""
    X, Y = data
    expected = make().fit(X, Y).predict_proba(X)
    with parallel_config(backend="threading"):
        found = make(n_jobs=3).fit(X, Y).predict_proba(X)
    np.testing.assert_array_equal(found, expected)


def test_processes_agree_with_one(data):
    """Worker processes, whose copies of X may be read-only, give the same."""
    X, Y = data
    for make in CASES.values():
        expected = make().fit(X, Y).predict_proba(X)
        np.testing.assert_array_equal(make(n_jobs=2).fit(X, Y).predict_proba(X), expected)


@every_ensemble
def test_the_seed_decides(make, data):
    """The same seed gives the same members, another one others; a Generator will do."""
    X, Y = data

    def seeded(random_state):
        model = make().set_params(random_state=random_state)
        return model.fit(X[:60], Y[:60]).predict_proba(X[60:])

    np.testing.assert_array_equal(seeded(0), seeded(0))
    np.testing.assert_array_equal(seeded(0), seeded(np.random.default_rng(0)))
    assert not np.array_equal(seeded(0), seeded(1))


# scikit-learn itself refuses the one and warns of the other
UNREAD = {"sparse frame with NaN gaps", "partly sparse frame"}


@pytest.mark.parametrize("held_in", sorted(X_CONTAINERS.keys() - UNREAD))
@every_ensemble
def test_any_container_of_features(make, held_in, data):
    """Dense, sparse, lists and frames give what an array of the same numbers gives."""
    X, Y = data
    x_container = X_CONTAINERS[held_in]
    # new rows of whole numbers are whole numbers again, so that only copies are the same
    more = {"sampler": "mlros"} if make is CASES["EnsembleOfSampling"] else {}
    plain = x_container.cast(X).astype(float)
    expected = make(**more).fit(plain, Y).predict_proba(plain)
    held = x_container.hold(X)
    np.testing.assert_allclose(make(**more).fit(held, Y).predict_proba(held), expected, atol=1e-12)


@every_ensemble
def test_any_container_of_labels(make, y_container, data):
    """Labels mean the same in whatever they are held."""
    X, Y = data
    expected = make().fit(X, Y).predict(X)
    found = make().fit(X, y_container.hold(Y)).predict(X)
    np.testing.assert_array_equal(found, expected)


class Seeing(ClassifierMixin, BaseEstimator):
    """A classifier that notes what holds the features it is shown, and the rows it learns from."""

    seen: list = []

    def fit(self, X, y):
        """Note and learn."""
        self.seen.append(X)
        self.inner_ = BernoulliNB().fit(X, y)
        self.classes_ = self.inner_.classes_
        return self

    def predict_proba(self, X):
        """Note and answer."""
        self.seen.append(X)
        return self.inner_.predict_proba(X)

    def predict(self, X):
        """Answer."""
        return self.inner_.predict(X)


@every_ensemble
def test_sparse_features_stay_sparse(make, data):
    """No classifier is shown a dense table where the caller gave a sparse one."""
    X, Y = data
    base = Seeing()
    if make is CASES["EnsembleOfSampling"]:
        base = MultiOutputClassifier(base)
    Seeing.seen.clear()
    make(estimator=base).fit(sp.csr_array(X), Y).predict(sp.csr_array(X))
    assert Seeing.seen
    assert all(sp.issparse(rows) for rows in Seeing.seen)


@every_binary_one
def test_members_learn_from_as_many_rows_of_each_class(make, data):
    """Whatever trains, trains on classes of one size; a constant never trains."""

    class Counting(DecisionTreeClassifier):
        def fit(self, X, y):
            _, counts = np.unique(y, return_counts=True)
            assert len(set(counts)) == 1
            assert len(counts) > 1
            return super().fit(X, y)

    make(estimator=Counting()).fit(*data)


@every_ensemble
def test_rows_are_answered_one_by_one(make, data):
    """What a row is answered depends on no other row it is asked with."""
    X, Y = data
    model = make().fit(X[:60], Y[:60])
    one_by_one = np.vstack([model.predict_proba(row[None]) for row in X[60:]])
    np.testing.assert_array_equal(one_by_one, model.predict_proba(X[60:]))


@every_ensemble
def test_cross_validation_shows_no_test_row(make, data):
    """cross_val_predict is a fit on each training fold alone; test labels are never read."""
    X, Y = data
    folds = KFold(3)
    found = cross_val_predict(make(), X, Y, cv=folds, method="predict_proba")
    for train, test in folds.split(X):
        expected = make().fit(X[train], Y[train]).predict_proba(X[test])
        np.testing.assert_array_equal(found[test], expected)


@every_ensemble
def test_constant_and_single_labels(make, data):
    """Constant labels are predicted as such, one positive or one negative is no obstacle."""
    X, Y = data
    odd = np.zeros((90, 5), dtype=int)
    odd[:, 1], odd[0, 2], odd[1:, 3], odd[:, 4] = 1, 1, 1, Y[:, 0]
    model = make().fit(X, odd)
    assert (model.predict(X)[:, :2] == [0, 1]).all()
    assert (model.predict_proba(X)[:, :2] == [0, 1]).all()
    assert np.isfinite(model.predict_proba(X)).all()
    np.testing.assert_array_equal(np.isnan(model.constants_), [False, False, True, True, True])


@every_binary_one
@pytest.mark.parametrize(
    "Y", [np.zeros((6, 3), int), np.ones((6, 1), int), np.eye(6, 3, dtype=int)]
)
def test_few_rows_and_nothing_to_learn(make, Y):
    """Six rows, with labels all constant, or of one positive each."""
    X = np.arange(12.0).reshape(6, 2)
    model = make().fit(X, Y)
    assert model.predict(X).shape == Y.shape
    if (Y[0] == Y).all():
        np.testing.assert_array_equal(model.predict(X), Y)


@every_binary_one
@pytest.mark.parametrize("n", [1, 2])
def test_one_row_or_two(make, n):
    """The least there is."""
    X, Y = np.arange(2.0 * n).reshape(n, 2), np.eye(n, 2, dtype=int)
    assert make().fit(X, Y).predict(X).shape == (n, 2)


@every_ensemble
def test_a_single_label(make, data):
    """One column is a multi-label problem too, with chains of one link."""
    X, Y = data
    model = make().fit(X, Y[:, :1])
    assert f1_score(Y[:, :1], model.predict(X)) > 0.8


@every_ensemble
def test_fitted_attributes_and_names(make, data):
    """Frames leave their names, arrays none; classes are 0 and 1 for each label."""
    pandas = pytest.importorskip("pandas")
    X, Y = data
    frame, labels = pandas.DataFrame(X, columns=list("abcde")), pandas.DataFrame(Y)
    model = make().fit(frame, labels.rename(columns="l{}".format))
    assert model.classes_.tolist() == [[0, 1]] * 4
    assert (model.n_features_in_, model.n_labels_) == (5, 4)
    assert list(model.feature_names_in_) == list("abcde")
    assert list(model.label_names_in_) == ["l0", "l1", "l2", "l3"]
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame[list("edcba")])
    assert not hasattr(model.fit(X, Y), "label_names_in_")


@every_ensemble
def test_clone_pickle_pipeline_and_scorers(make, data):
    """An estimator like any other: parameters come back, bytes too, scorers read it."""
    X, Y = data
    model = make()
    assert repr(clone(model)) == repr(model)
    model.fit(X, Y)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    pipeline = make_pipeline(MaxAbsScaler(), make())
    for scoring in ("f1_macro", "roc_auc", "average_precision"):
        assert np.isfinite(cross_val_score(pipeline, X, Y, cv=3, scoring=scoring)).all()


def test_grid_search_reaches_parameters_and_the_classifier(data):
    """Parameters of the ensemble, of its classifier and of its sampler can be searched."""
    X, Y = data
    for model, grid in (
        (COCOA(DecisionTreeClassifier()), {"n_couplings": [0, 1], "estimator__max_depth": [2]}),
        (ECCRU3(DecisionTreeClassifier()), {"theta_max": [1, 2], "estimator__max_depth": [2]}),
        (EnsembleOfSampling(sampler=MLROS()), {"sampler__fraction": [0.1, 0.2]}),
    ):
        search = GridSearchCV(model.set_params(random_state=0), grid, cv=2, scoring="f1_macro")
        assert search.fit(X, Y).best_params_.keys() == grid.keys()


def test_members_resample_differently_even_from_one_seed(data):
    """A sampler's own seed would make all copies one copy; each member gets another."""
    X, Y = data
    model = EnsembleOfSampling(sampler=MLROS(random_state=0), random_state=0).fit(X, Y)
    drawn = {tuple(member.sampler_.sample_indices_) for member in model.estimators_}
    assert len(drawn) == len(model.estimators_) == 5
    assert model.sampler.random_state == 0


class OnlyLabels(ClassifierMixin, BaseEstimator):
    """A multi-label classifier that gives no probabilities."""

    def fit(self, X, y):
        """Learn a tree."""
        self.tree_ = DecisionTreeClassifier(random_state=0).fit(X, y)
        return self

    def predict(self, X):
        """Answer with the tree's labels."""
        return self.tree_.predict(X)


def test_a_classifier_without_probabilities_votes(data):
    """EnsembleOfSampling takes it; the others name what they miss."""
    X, Y = data
    model = EnsembleOfSampling(OnlyLabels(), "mlros", n_estimators=4, random_state=0).fit(X, Y)
    assert set(np.unique(model.predict_proba(X) * 4)) <= {0, 1, 2, 3, 4}
    with pytest.raises(ValueError, match=r"'estimator' parameter of COCOA .*predict_proba"):
        COCOA(LinearSVC()).fit(X, Y)


@pytest.mark.parametrize("sampler", ["mlros", "mlsmote", "remedial-mlsmote", "none", ["mlul"]])
def test_any_sampler_will_do(sampler, data):
    """Names, lists, None of the registry."""
    X, Y = data
    sampler = None if sampler == "none" else sampler
    model = EnsembleOfSampling(sampler=sampler, n_estimators=2, random_state=0).fit(X, Y)
    assert f1_score(Y, model.predict(X), average="macro") > 0.8


def test_nominal_columns_reach_the_sampler():
    """A frame with a categorical column is resampled as such; the classifier encodes it."""
    pandas = pytest.importorskip("pandas")
    from sklearn.preprocessing import OneHotEncoder

    rng = np.random.default_rng(0)
    frame = pandas.DataFrame({"hue": pandas.Categorical(rng.choice(list("abc"), 60))})
    frame["size"] = np.where(frame["hue"] == "a", 1.0, 2.0)
    Y = np.column_stack([frame["hue"] == "a", rng.random(60) < 0.1]).astype(int)
    encoder = OneHotEncoder(handle_unknown="ignore")
    base = MultiOutputClassifier(make_pipeline(encoder, LogisticRegression()))
    model = EnsembleOfSampling(base, make_sampler("mlsmote"), random_state=0).fit(frame, Y)
    np.testing.assert_array_equal(model.predict(frame)[:, 0], Y[:, 0])


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (COCOA(n_couplings=-1), "n_couplings"),
        (ECCRU(n_estimators=0), "n_estimators"),
        (ECCRU(bootstrap="no"), "bootstrap"),
        (ECCRU2(theta_max=0.5), "theta_max"),
        (ECCRU3(theta_min=2), "theta_min"),
        (EnsembleOfSampling(n_estimators=1.5), "n_estimators"),
        (EnsembleOfSampling(sampler="mlsool"), "mlsool"),
        (COCOA(threshold=2), "threshold"),
        (COCOA(threshold="best"), "threshold"),
    ],
)
def test_bad_parameters_are_named(model, words, data):
    """The message says which parameter it is."""
    with pytest.raises(ValueError, match=words):
        model.fit(*data)


@every_ensemble
def test_bad_data_are_refused(make, data):
    """Labels of one dimension, other values, other lengths, other columns, no fit."""
    X, Y = data
    with pytest.raises(ValueError, match="binary indicator matrix"):
        make().fit(X, Y[:, 0])
    with pytest.raises(ValueError, match="holds"):
        make().fit(X, Y + 1)
    with pytest.raises(ValueError, match=r"X has \d+ rows and Y has \d+: every row of X"):
        make().fit(X, Y[:-1])
    with pytest.raises(ValueError, match="X has masked cells"):
        make().fit(np.ma.masked_array(X, X > 0), Y)
    with pytest.raises(ValueError, match="requires y"):
        make().fit(X, None)
    with pytest.raises(NotFittedError):
        make().predict(X)
    with pytest.raises(ValueError, match="features"):
        make().fit(X, Y).predict(X[:, :3])


@every_binary_one
def test_missing_values_are_the_classifiers_business(make, data):
    """Trees take NaN; a classifier that does not says so, and the tag agrees."""
    X, Y = data
    X = np.where(X > 2, np.nan, X)
    assert np.isfinite(make().fit(X, Y).predict_proba(X)).all()
    linear = make(estimator=LogisticRegression())
    assert (make()._takes_nan(), linear._takes_nan()) == (True, False)
    with pytest.raises(ValueError, match="NaN"):
        linear.fit(X, Y)


def imbalanced(seed):
    """Return rows to learn from and to test on, with correlated labels of 4 to 12 % of the rows."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(1200, 10))
    causes = X @ rng.normal(size=(10, 3))
    scores = causes @ rng.normal(size=(3, 8)) + 0.5 * rng.normal(size=(1200, 8))
    bounds = [np.quantile(s, q) for s, q in zip(scores.T, np.linspace(0.88, 0.96, 8), strict=True)]
    Y = (scores > bounds).astype(int)
    return X[:600], Y[:600], X[600:], Y[600:]


@pytest.mark.parametrize("cls", [COCOA, ECCRU, ECCRU2, ECCRU3, EnsembleOfSampling])
def test_they_help(cls):
    """With all defaults, Macro-F on imbalanced data is above that of a tree per label."""
    gains = []
    for seed in range(4):
        X, Y, X_test, Y_test = imbalanced(seed)
        base = MultiOutputClassifier(DecisionTreeClassifier(random_state=0)).fit(X, Y)
        model = cls(random_state=seed).fit(X, Y)
        quality = [f1_score(Y_test, m.predict(X_test), average="macro") for m in (model, base)]
        gains.append(quality[0] - quality[1])
    assert np.mean(gains) > 0.02


class Askew(DecisionTreeClassifier):
    """A tree that gives its probabilities in a shape, or of a value, they cannot have."""

    def __init__(self, fault: str = "NaN") -> None:
        super().__init__()
        self.fault = fault

    def predict_proba(self, X):
        """Give them wrongly."""
        found = super().predict_proba(X)
        return {"NaN": np.nan * found, "flat": found[:, 0], "narrow": found[:, :1]}[self.fault]


@pytest.mark.parametrize("make", [CASES["ECCRU"], CASES["COCOA"]])
@pytest.mark.parametrize("fault", ["NaN", "flat", "narrow"])
def test_probabilities_that_are_none_are_refused(make, fault, data):
    """NaN was a no to every label; the others ended in an IndexError."""
    problem = "hold NaN" if fault == "NaN" else "a column for each of its classes_.* Askew gave"
    with pytest.raises(ValueError, match=problem):
        make(estimator=Askew(fault)).fit(*data)
