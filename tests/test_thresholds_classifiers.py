"""One threshold per label: as given, or as tuned on rows held out from training."""

import pickle
from typing import Any, ClassVar

import numpy as np
import pytest
import scipy.sparse as sp
from containers import X_CONTAINERS, Y_CONTAINERS
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import balanced_accuracy_score, f1_score
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    KFold,
    ShuffleSplit,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_validate,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from tables import learnable

from skml_aemlo import (
    MLROS,
    FixedThresholdsClassifier,
    MultiLabelResampledClassifier,
    MultiLabelSampler,
    Resampling,
    TunedThresholdsClassifierCV,
)
from skml_aemlo.compare import ESTIMATORS, make_estimator
from skml_aemlo.skmultilearn import BinaryRelevance, ClassifierChain, MLkNN, RakelD


class Echo(ClassifierMixin, BaseEstimator):
    """Scores a row by its own first columns, and remembers whom it met, in lists of the class."""

    fitted: ClassVar[list[Any]] = []
    asked: ClassVar[list[Any]] = []

    def fit(self, X: Any, y: Any) -> Any:
        """Remember the rows."""
        Echo.fitted.append(np.array(X))
        self.n_labels_ = y.shape[1]
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the first columns."""
        Echo.asked.append(np.array(X))
        return np.array(X)[:, : self.n_labels_]

    def predict(self, X: Any) -> np.ndarray:
        """Return what a half and more says."""
        return (self.predict_proba(X) > 0.5).astype(int)


class Spy(MultiLabelSampler):
    """Clones every row once and remembers whom it saw."""

    seen: ClassVar[list[Any]] = []

    def _resample(self, X: Any, Y: Any, rng: Any) -> Resampling:
        Spy.seen.append(X.copy())
        rows = np.tile(np.arange(Y.shape[0]), 2)
        return Resampling(rows, Y[rows])


@pytest.fixture
def data() -> tuple[np.ndarray, np.ndarray]:
    """Return 90 learnable rows with 4 labels, the last one rare."""
    return learnable(90, (0.0, 0.3, 0.8, 1.4), noise=0.5)


def logistic() -> BinaryRelevance:
    """Return one logistic regression per label."""
    return BinaryRelevance(LogisticRegression())


def threshold_by_loops(scores: Any, truth: Any, metric: Any) -> float:
    """Try a cut at every score, from the highest down, and return the best one's middle."""
    values = sorted(set(scores))
    best, found = -np.inf, np.nan
    for k in range(len(values) - 1, -1, -1):
        value = metric(truth, [int(score >= values[k]) for score in scores])
        if value > best + 1e-12:
            best, found = value, (values[k] + values[k - 1]) / 2 if k else values[0]
    return found


@st.composite
def scored(draw: Any) -> tuple[np.ndarray, np.ndarray]:
    """Draw scores with many ties, and labels each of which has positives and negatives."""
    shape = draw(st.integers(3, 12)), draw(st.integers(1, 3))
    steps = draw(st.sampled_from([2, 6, 1000]))
    scores = draw(arrays(np.int64, shape, elements=st.integers(0, steps))) / steps
    truth = draw(arrays(np.int64, shape, elements=st.integers(0, 1)))
    truth[0], truth[1] = 0, 1
    return scores, truth


def balanced(truth: Any, guess: Any) -> float:
    """Return the balanced accuracy, so that equal ones are equal to the last digit."""
    return round(balanced_accuracy_score(truth, guess), 12)


METRICS = {"f1": f1_score, balanced: balanced}


@pytest.mark.parametrize("scoring", list(METRICS))
@given(scored())
def test_no_other_threshold_is_better(scoring: Any, table: Any) -> None:
    """All cuts tried one by one, each label on its own: the same middle between two scores."""
    scores, truth = table
    model = TunedThresholdsClassifierCV(Echo(), scoring=scoring, shrinkage=0, cv=2, random_state=0)
    model.fit(scores, truth)
    for j in range(truth.shape[1]):
        expected = threshold_by_loops(scores[:, j], truth[:, j], METRICS[scoring])
        assert model.thresholds_[j] == pytest.approx(expected, abs=1e-15)
    together = threshold_by_loops(scores.ravel(), truth.ravel(), METRICS[scoring])
    assert model.common_threshold_ == pytest.approx(together, abs=1e-15)


@given(scored())
def test_as_many_rows_are_predicted_as_bear_the_label(table: Any) -> None:
    """With "prevalence", exactly, or fewer where scores tie."""
    scores, truth = table
    model = TunedThresholdsClassifierCV(Echo(), scoring="prevalence", shrinkage=0, cv=3)
    predicted = model.fit(scores, truth).predict(scores).sum(axis=0)
    for j, count in enumerate(truth.sum(axis=0)):
        ranked = np.sort(scores[:, j])[::-1]
        if ranked[count - 1] > ranked[count]:
            assert predicted[j] == count
        else:
            assert predicted[j] == np.sum(scores[:, j] > ranked[count])


def test_neighbouring_floats_are_parted() -> None:
    """Where no number lies between two scores, the upper one is the threshold."""
    low, high = 0.1, np.nextafter(0.1, 1)
    scores = np.array([[low], [high], [low], [high]])
    model = TunedThresholdsClassifierCV(Echo(), cv=2).fit(scores, [[0], [1], [0], [1]])
    assert model.predict(scores).ravel().tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("shrinkage", [0, 2.5, 5])
def test_rare_labels_are_drawn_to_the_common_threshold(data: Any, shrinkage: float) -> None:
    """N positives of a label count n, the labels together ``shrinkage``."""
    X, Y = data
    kind = TunedThresholdsClassifierCV
    own = kind(logistic(), shrinkage=0, random_state=0).fit(X, Y)
    model = kind(logistic(), shrinkage=shrinkage, random_state=0).fit(X, Y)
    expected = [
        (n * threshold + shrinkage * own.common_threshold_) / (n + shrinkage)
        for n, threshold in zip(Y.sum(axis=0), own.thresholds_, strict=True)
    ]
    np.testing.assert_allclose(model.thresholds_, expected)


def test_one_label_is_tuned_as_by_scikit_learn(data: Any) -> None:
    """On the same held-out rows, scikit-learn finds no threshold of a higher F1, nor we."""
    X, Y = data
    for j in range(4):
        split = [*ShuffleSplit(1, test_size=0.5, random_state=j).split(X)]
        model = TunedThresholdsClassifierCV(logistic(), cv=split, refit=False).fit(X, Y[:, [j]])
        test = split[0][1]
        scores = np.unique(model.predict_proba(X[test]))
        theirs = TunedThresholdClassifierCV(
            LogisticRegression(), cv=split, scoring="f1", thresholds=scores, refit=False
        ).fit(X, Y[:, j])
        ours = f1_score(Y[test, j], model.predict(X[test]))
        assert ours == pytest.approx(theirs.best_score_)
        assert theirs.best_threshold_ > 0


def test_scores_are_those_of_cross_validation(data: Any) -> None:
    """scikit-learn's held-out probabilities, cut by the loops, give the same thresholds."""
    X, Y = data
    folds = KFold(4, shuffle=True, random_state=1)
    inner = MultiOutputClassifier(LogisticRegression())
    model = TunedThresholdsClassifierCV(inner, cv=folds, shrinkage=0).fit(X, Y)
    held_out = cross_val_predict(inner, X, Y, cv=folds, method="predict_proba")
    for j in range(4):
        expected = threshold_by_loops(held_out[j][:, 1], Y[:, j], f1_score)
        assert model.thresholds_[j] == pytest.approx(expected)


def test_each_row_is_held_out_once_and_rare_labels_are_spread() -> None:
    """The estimator is asked about rows it was not fitted on; folds share positives evenly."""
    rng = np.random.default_rng(3)
    Y = np.zeros((60, 3), dtype=int)
    Y[:7, 2], Y[:25, 1], Y[:, 0] = 1, 1, rng.integers(0, 2, 60)
    order = rng.permutation(60)
    X, Y = np.column_stack([np.zeros((60, 3)), np.arange(60)])[order], Y[order]
    Echo.fitted.clear(), Echo.asked.clear()
    TunedThresholdsClassifierCV(Echo(), cv=5, random_state=0).fit(X, Y)
    asked = [set(part[:, 3]) for part in Echo.asked]
    assert sorted(row for part in asked for row in part) == list(range(60))
    for part, fitted in zip(asked, Echo.fitted, strict=False):
        assert part.isdisjoint(fitted[:, 3])
        assert len(part) + len(fitted) == 60
        bearing = Y[np.isin(X[:, 3], [*part])].sum(axis=0)
        assert bearing[2] in (1, 2)
        assert bearing[1] in (4, 5, 6)
    assert len(Echo.fitted[-1]) == 60


def test_resampling_stays_inside_each_inner_training_fold(data: Any) -> None:
    """The sampler sees the rows a threshold is not chosen on; those are scored as they are."""
    X, Y = data
    Spy.seen.clear(), Echo.fitted.clear(), Echo.asked.clear()
    folds = KFold(3)
    inner = MultiLabelResampledClassifier(Echo(), Spy())
    TunedThresholdsClassifierCV(inner, cv=folds).fit(X, Y)
    expected = [train for train, _ in folds.split(X)] + [np.arange(90)]
    for rows, seen, fitted in zip(expected, Spy.seen, Echo.fitted, strict=True):
        np.testing.assert_array_equal(seen, X[rows])
        np.testing.assert_array_equal(fitted, np.vstack([X[rows], X[rows]]))
    for (_, test), asked in zip(folds.split(X), Echo.asked, strict=True):
        np.testing.assert_array_equal(asked, X[test])


def test_a_copy_with_a_sampler_resamples_inside(data: Any) -> None:
    """with_sampler is the same as wrapping the estimator oneself, and leaves the original."""
    X, Y = data
    plain = TunedThresholdsClassifierCV(logistic(), cv=3, random_state=0)
    copied = plain.with_sampler(MLROS(random_state=1)).fit(X, Y)
    inner = MultiLabelResampledClassifier(logistic(), MLROS(random_state=1))
    wrapped = TunedThresholdsClassifierCV(inner, cv=3, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(copied.thresholds_, wrapped.thresholds_)
    assert copied.estimator_.sampler_.is_synthetic_.sum() == 0
    assert len(copied.estimator_.sampler_.sample_indices_) > 90
    assert isinstance(plain.estimator, BinaryRelevance)


def test_ranking_is_left_alone(data: Any) -> None:
    """Probabilities are those of the estimator fitted on all rows, whatever the thresholds."""
    X, Y = data
    expected = logistic().fit(X, Y).predict_proba(X).toarray()
    for model in (
        TunedThresholdsClassifierCV(logistic()),
        FixedThresholdsClassifier(logistic(), thresholds=0.9),
    ):
        np.testing.assert_array_equal(model.fit(X, Y).predict_proba(X), expected)
        np.testing.assert_array_equal(model.predict(X), (expected >= model.thresholds_) * 1)


def test_fixed_thresholds_are_scikit_learns_label_by_label(data: Any) -> None:
    """FixedThresholdClassifier on every label alone predicts the same."""
    X, Y = data
    thresholds = [0.2, 0.5, 0.7, 0.1]
    model = FixedThresholdsClassifier(logistic(), thresholds=thresholds).fit(X, Y)
    for j, threshold in enumerate(thresholds):
        theirs = FixedThresholdClassifier(LogisticRegression(), threshold=threshold)
        np.testing.assert_array_equal(model.predict(X)[:, j], theirs.fit(X, Y[:, j]).predict(X))


@pytest.mark.parametrize(
    ("thresholds", "expected"),
    [
        ("auto", [0.5, 0.5, 0.5, 0.5]),
        (0.3, [0.3, 0.3, 0.3, 0.3]),
        ([0.1, 0.2, 0.3, np.inf], [0.1, 0.2, 0.3, np.inf]),
        ({"d": 0.2, 0: 0.9}, [0.9, 0.5, 0.5, 0.2]),
        ({np.int64(1): 0.4}, [0.5, 0.4, 0.5, 0.5]),
    ],
)
def test_thresholds_are_read_as_given(data: Any, thresholds: Any, expected: Any) -> None:
    """One for all, one each, or by name or index; the rest at one half."""
    pd = pytest.importorskip("pandas")
    X, Y = data
    frame = pd.DataFrame(Y, columns=list("abcd"))
    model = FixedThresholdsClassifier(logistic(), thresholds=thresholds).fit(X, frame)
    assert model.thresholds_.tolist() == expected
    assert model.label_names_in_.tolist() == list("abcd")


def test_a_series_names_labels(data: Any) -> None:
    """As a dict does."""
    pd = pytest.importorskip("pandas")
    X, Y = data
    series = pd.Series({"b": 0.7})
    model = FixedThresholdsClassifier(logistic(), thresholds=series)
    assert model.fit(X, pd.DataFrame(Y, columns=list("abcd"))).thresholds_[1] == 0.7


def test_decision_functions_are_cut_at_zero(data: Any) -> None:
    """Without probabilities, and with them on request."""
    X, Y = data
    ridge = OneVsRestClassifier(RidgeClassifier())
    model = FixedThresholdsClassifier(ridge).fit(X, Y)
    np.testing.assert_array_equal(model.predict(X), ridge.fit(X, Y).predict(X))
    assert not hasattr(model, "predict_proba")
    both = OneVsRestClassifier(LogisticRegression())
    by_margin, by_share = (
        TunedThresholdsClassifierCV(both, response_method=method, shrinkage=0, random_state=0)
        for method in ("decision_function", "predict_proba")
    )
    margins, shares = (model.fit(X, Y).predict(X) for model in (by_margin, by_share))
    assert np.mean(margins == shares) > 0.97
    assert by_margin.thresholds_.min() < 0 < by_share.thresholds_.min()


MANY = [
    BinaryRelevance(DecisionTreeClassifier(min_samples_leaf=5, random_state=0)),
    ClassifierChain(LogisticRegression()),
    RakelD(base_classifier=DecisionTreeClassifier(random_state=0), labelset_size=2),
    MLkNN(k=3),
    MultiOutputClassifier(LogisticRegression()),
    OneVsRestClassifier(LogisticRegression()),
    KNeighborsClassifier(3),
    DecisionTreeClassifier(random_state=0),
    make_pipeline(StandardScaler(with_mean=False), KNeighborsClassifier(3)),
    *(make_estimator(name) for name in ESTIMATORS),
]


@pytest.mark.parametrize("container", [np.asarray, sp.csr_array, sp.coo_matrix])
@pytest.mark.parametrize("estimator", MANY, ids=lambda e: type(e).__name__)
def test_any_estimator_is_tuned(data: Any, estimator: Any, container: Any) -> None:
    """Labels are the scores at or above their thresholds: dense, of shape (n, n_labels)."""
    X, Y = data
    model = TunedThresholdsClassifierCV(estimator, cv=2, random_state=0).fit(container(X), Y)
    labels, scores = model.predict(container(X)), model.predict_proba(container(X))
    assert type(labels) is type(scores) is np.ndarray
    assert labels.shape == scores.shape == Y.shape
    np.testing.assert_array_equal(labels, scores >= model.thresholds_)
    assert np.mean(labels == Y) > 0.7
    assert model.classes_.tolist() == [[0, 1]] * 4


READ = [name for name in X_CONTAINERS if "gaps" not in name]  # which the classifier refuses


@pytest.mark.filterwarnings("ignore:pandas.DataFrame with sparse columns found")
@pytest.mark.parametrize("name", READ)
def test_features_come_in_any_container(data: Any, name: str) -> None:
    """The same numbers give the same thresholds."""
    (X, Y), held = data, X_CONTAINERS[name]
    model = TunedThresholdsClassifierCV(KNeighborsClassifier(3), cv=2, random_state=0)
    expected = clone(model).fit(held.cast(X), Y).thresholds_
    np.testing.assert_allclose(model.fit(held.hold(X), Y).thresholds_, expected)


@pytest.mark.parametrize("held", Y_CONTAINERS.values(), ids=Y_CONTAINERS)
def test_labels_come_in_any_container(data: Any, held: Any) -> None:
    """The same labels give the same thresholds."""
    X, Y = data
    model = TunedThresholdsClassifierCV(MLkNN(k=3), cv=2, random_state=0)
    expected = clone(model).fit(X, Y).thresholds_
    np.testing.assert_array_equal(model.fit(X, held.hold(Y)).thresholds_, expected)


# OneVsRestClassifier remarks on the label this test makes constant
@pytest.mark.filterwarnings("ignore:Label .* is present in all training examples:UserWarning")
@pytest.mark.parametrize("estimator", MANY[:9], ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("value", [0, 1])
def test_a_constant_label_is_predicted_so(data: Any, estimator: Any, value: int) -> None:
    """Whatever its scores; the thresholds of the others do not know of it."""
    X, Y = data
    constant = Y.copy()
    constant[:, 1] = value
    model = TunedThresholdsClassifierCV(estimator, cv=2, random_state=0).fit(X, constant)
    assert np.all(model.predict(X)[:, 1] == value)
    assert model.thresholds_[1] == (-np.inf if value else np.inf)
    assert np.isfinite(model.thresholds_[[0, 2, 3]]).all()


def test_all_labels_constant_are_predicted_so() -> None:
    """Nothing is tuned."""
    model = TunedThresholdsClassifierCV(KNeighborsClassifier(1), cv=2)
    model.fit(np.arange(4.0)[:, None], np.tile([0, 1], (4, 1)))
    assert model.predict([[7.0]]).tolist() == [[0, 1]]
    assert model.common_threshold_ == 0.5


def test_a_label_of_one_row_is_tuned_with_the_others(data: Any) -> None:
    """Where it is held out, no clone has seen it: its threshold is the common one, mostly."""
    X, Y = data
    Y = np.column_stack([Y, np.arange(90) == 7]).astype(int)
    model = TunedThresholdsClassifierCV(logistic(), random_state=0).fit(X, Y)
    assert model.thresholds_[4] >= 5 / 6 * model.common_threshold_


def test_label_names_reach_the_sampler_inside(data: Any) -> None:
    """A DataFrame's names survive the splits."""
    pd = pytest.importorskip("pandas")
    X, Y = data
    sampler = MLROS(sampling_strategy={"d": 40}, random_state=0)
    inner = MultiLabelResampledClassifier(logistic(), sampler)
    frame = pd.DataFrame(Y, columns=list("abcd"), index=range(90, 0, -1))
    model = TunedThresholdsClassifierCV(inner, cv=3).fit(X, frame)
    assert model.label_names_in_.tolist() == list("abcd")
    assert Y[model.estimator_.sampler_.sample_indices_, 3].sum() == 40


def test_texts_go_through(data: Any) -> None:
    """Lists of texts, which only the estimator reads, are split as well."""
    from sklearn.feature_extraction.text import CountVectorizer

    texts = [" ".join(f"w{i}" for i in np.flatnonzero(row > 0)) or "none" for row in data[0]]
    words = CountVectorizer(token_pattern=r"\w+")
    model = TunedThresholdsClassifierCV(make_pipeline(words, MLkNN(k=3)), random_state=0)
    assert model.fit(texts, data[1]).predict(texts[:3]).shape == (3, 4)


def test_the_same_seed_gives_the_same_thresholds_in_any_process(data: Any) -> None:
    """Whatever the number of workers; another seed draws other folds."""
    X, Y = data
    tree = BinaryRelevance(DecisionTreeClassifier(max_features=1, min_samples_leaf=5))
    model = TunedThresholdsClassifierCV(tree, random_state=3)
    one, two = (clone(model).set_params(n_jobs=n).fit(X, Y) for n in (1, 2))
    there = Parallel(n_jobs=2)(delayed(clone(model).fit)(X, Y) for _ in range(2))
    for other in (two, *there, pickle.loads(pickle.dumps(one))):
        np.testing.assert_array_equal(other.thresholds_, one.thresholds_)
        np.testing.assert_array_equal(other.predict_proba(X), one.predict_proba(X))
    other = clone(model).set_params(random_state=4).fit(X, Y)
    assert other.thresholds_.tolist() != one.thresholds_.tolist()


def test_model_selection_and_pipelines_take_it(data: Any) -> None:
    """cross_validate, GridSearchCV over inner parameters, and a pipeline of scikit-learn."""
    X, Y = data
    model = TunedThresholdsClassifierCV(logistic(), cv=3, random_state=0)
    scores = cross_validate(model, X, Y, cv=2, scoring=["f1_macro", "roc_auc"])
    assert np.all(scores["test_f1_macro"] > 0.5)
    assert np.all(scores["test_roc_auc"] > 0.7)
    grid = {"estimator__classifier__C": [0.1, 1.0], "scoring": ["f1", "prevalence"]}
    search = GridSearchCV(model, grid, cv=2, scoring="f1_macro", error_score="raise").fit(X, Y)
    assert search.best_score_ > 0.5
    fixed = GridSearchCV(
        FixedThresholdsClassifier(logistic()), {"thresholds": [0.3, 0.99]}, cv=2, scoring="f1_macro"
    )
    assert fixed.fit(X, Y).best_params_ == {"thresholds": 0.3}
    assert make_pipeline(StandardScaler(), model).fit(X, Y).predict(X).shape == Y.shape


def test_a_fitted_estimator_is_not_fitted_again(data: Any) -> None:
    """Frozen, it is scored on all rows given."""
    X, Y = data
    fitted = logistic().fit(X[:40], Y[:40])
    model = TunedThresholdsClassifierCV(FrozenEstimator(fitted), shrinkage=0).fit(X[40:], Y[40:])
    scores = fitted.predict_proba(X[40:]).toarray()
    np.testing.assert_array_equal(model.predict_proba(X[40:]), scores)
    expected = [threshold_by_loops(scores[:, j], Y[40:, j], f1_score) for j in range(4)]
    np.testing.assert_allclose(model.thresholds_, expected)


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        (TunedThresholdsClassifierCV(logistic(), scoring="auc"), "'scoring' parameter"),
        (TunedThresholdsClassifierCV(logistic(), shrinkage=-1), "'shrinkage' parameter"),
        (TunedThresholdsClassifierCV(logistic(), cv=1), "'cv' parameter"),
        (TunedThresholdsClassifierCV(logistic(), cv=91), "cv=91 asks for that many"),
        (TunedThresholdsClassifierCV(logistic(), refit=False), "cv makes 5"),
        (TunedThresholdsClassifierCV("tree"), "'estimator' parameter"),
        (
            TunedThresholdsClassifierCV(MLkNN(), response_method="decision_function"),
            "MLkNNClassifier has no decision_function|MLkNN has no decision_function",
        ),
        (FixedThresholdsClassifier(logistic(), thresholds="half"), "'thresholds' parameter"),
        (FixedThresholdsClassifier(logistic(), thresholds=[0.1, 0.2]), r"has shape \(2,\), but Y"),
        (FixedThresholdsClassifier(logistic(), thresholds={"d": 0.2}), "unknown label 'd'; .* Da"),
        (FixedThresholdsClassifier(logistic(), thresholds={4: 0.2}), "unknown label 4; .* 0 to 3"),
        (FixedThresholdsClassifier(logistic(), thresholds={True: 0.2}), "unknown label True"),
        (FixedThresholdsClassifier(logistic(), thresholds=np.nan), "thresholds holds NaN"),
        (FixedThresholdsClassifier(logistic(), thresholds=True), "thresholds holds True"),
        (FixedThresholdsClassifier(logistic(), thresholds=[0.1, 0.2, 0.3, "a"]), "holds 'a'"),
        (FixedThresholdsClassifier(logistic(), thresholds=[1j] * 4), "thresholds holds 1j"),
        (FixedThresholdsClassifier(logistic(), thresholds={0: [1, 2]}), r"holds \[1, 2\]"),
        (TunedThresholdsClassifierCV(logistic(), n_jobs=0), "'n_jobs' parameter"),
        (TunedThresholdsClassifierCV(logistic(), n_jobs=True), "'n_jobs' parameter"),
        (TunedThresholdsClassifierCV(logistic(), shrinkage=True), "'shrinkage' parameter"),
    ],
)
def test_bad_parameters_are_named_before_any_work(data: Any, model: Any, problem: str) -> None:
    """One clear error, and nothing fitted."""
    with pytest.raises((ValueError, TypeError), match=problem):
        model.fit(*data)
    assert not hasattr(model, "estimator_")
    with pytest.raises(NotFittedError):
        model.predict(data[0])


def test_a_huge_shrinkage_leaves_the_common_threshold(data: Any) -> None:
    """A Python int beyond 64 bits is as good as its float."""
    tuned = TunedThresholdsClassifierCV(logistic(), shrinkage=10**30, random_state=0).fit(*data)
    np.testing.assert_allclose(tuned.thresholds_, tuned.common_threshold_)


def test_rows_must_agree(data: Any) -> None:
    """Before any fold is drawn."""
    with pytest.raises(ValueError, match="X has 89 rows and Y has 90"):
        TunedThresholdsClassifierCV(logistic()).fit(data[0][1:], data[1])


def test_scores_that_are_no_numbers_are_refused(data: Any) -> None:
    """NaN would be cut anywhere."""
    X = data[0].copy()
    X[0, 0] = np.nan
    with pytest.raises(ValueError, match="scores hold NaN"):
        TunedThresholdsClassifierCV(Echo()).fit(X, data[1])


@pytest.mark.parametrize(
    "cv",
    [
        [],
        [([0, 1], [-1])],
        [([0, 1], [90])],
        [([0, 1], [])],
        [([], np.arange(0))],
        [([0.5], [1.0])],
        [(["a"], [1])],
    ],
)
def test_splits_are_row_numbers(data: Any, cv: Any) -> None:
    """-1 was read as the last row."""
    with pytest.raises(ValueError, match=r"^cv makes (no split|the part)"):
        TunedThresholdsClassifierCV(logistic(), cv=cv).fit(*data)


def test_a_mask_is_a_split(data: Any) -> None:
    """As scikit-learn takes it."""
    train = np.arange(len(data[0])) % 3 > 0
    found = [
        TunedThresholdsClassifierCV(logistic(), cv=[split]).fit(*data).thresholds_
        for split in ((train, ~train), (np.flatnonzero(train), np.flatnonzero(~train)))
    ]
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("value", [np.nan, "good", None, np.ones(2)])
def test_a_metric_returns_a_number(data: Any, value: Any) -> None:
    """NaN and texts were compared as if they were figures, so that any cut would do."""
    with pytest.raises(ValueError, match=r"^scoring returned .*expected one number"):
        TunedThresholdsClassifierCV(logistic(), scoring=lambda truth, guess: value).fit(*data)


class Unsure(DecisionTreeClassifier):
    """A tree that gives NaN for a probability."""

    def predict_proba(self, X: Any) -> Any:
        """Give NaN."""
        return [np.full_like(part, np.nan) for part in super().predict_proba(X)]


def test_fixed_thresholds_cut_no_nan(data: Any) -> None:
    """It was a no to every label."""
    model = FixedThresholdsClassifier(Unsure()).fit(*data)
    with pytest.raises(ValueError, match="scores hold NaN"):
        model.predict(data[0])
