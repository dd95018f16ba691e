"""The wrapper: trained on resampled rows, blind to the sampler afterwards, one return shape."""

import numpy as np
import pytest
import scipy.sparse as sp
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import Pipeline
from joblib import Parallel, delayed
from registered import NAMES
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_validate
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain as SklearnChain
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier
from tables import learnable

from skml_aemlo import (
    AEMLO,
    MLROS,
    MLSMOTE,
    REMEDIAL,
    MultiLabelResampledClassifier,
    MultiLabelSampler,
    Resampling,
    make_sampler,
)
from skml_aemlo.skmultilearn import BinaryRelevance, ClassifierChain, MLkNN, RakelD

QUICK = {
    "aemlo": {"epochs": 2, "latent_dim": 4},
    "none": {},
}


def quick(name):
    """Make a sampler that costs next to nothing."""
    return make_sampler(name, **QUICK.get(name, {}))


@pytest.fixture
def data():
    """Return 90 learnable rows with 4 labels, the last one rare."""
    return learnable(90, (0.0, 0.3, 0.6, 1.4))


def tree():
    """Return a seeded decision tree."""
    return DecisionTreeClassifier(random_state=0)


class Spy(MultiLabelSampler):
    """Clones every row once and remembers whom it saw, in a list shared by its clones."""

    seen: list = []

    def _resample(self, X, Y, rng):
        Spy.seen.append(X.copy())
        rows = np.tile(np.arange(Y.shape[0]), 2)
        return Resampling(rows, Y[rows])


class Recorder(ClassifierMixin, BaseEstimator):
    """Remembers what it was fitted and asked on, and predicts zeros."""

    def fit(self, X, y):
        """Keep the training rows."""
        self.X_, self.y_, self.asked_ = X, y, []

    def predict(self, X):
        """Keep the asked rows."""
        self.asked_.append(X)
        return np.zeros((len(X), self.y_.shape[1]))


def test_the_estimator_is_fitted_on_the_resampled_rows(data):
    """The inner estimator sees what the sampler returned, and labels as a dense array."""
    X, Y = data
    model = MultiLabelResampledClassifier(Recorder(), REMEDIAL()).fit(X, sp.csr_array(Y))
    X_res, Y_res = REMEDIAL().fit_resample(X, Y)
    np.testing.assert_array_equal(model.estimator_.X_, X_res)
    np.testing.assert_array_equal(model.estimator_.y_, Y_res)
    np.testing.assert_array_equal(model.sampler_.sample_indices_[:90], np.arange(90))


def test_a_test_fold_is_never_resampled(data):
    """In cross-validation the sampler sees exactly the training rows, once a fold, and predictions
    are asked for exactly the test rows, in order.
    """
    X, Y = data
    Spy.seen.clear()
    folds = KFold(5)
    model = MultiLabelResampledClassifier(Recorder(), Spy())
    result = cross_validate(model, X, Y, cv=folds, return_estimator=True)
    assert len(Spy.seen) == 5
    for (train, test), seen, fitted in zip(
        folds.split(X), Spy.seen, result["estimator"], strict=True
    ):
        np.testing.assert_array_equal(seen, X[train])
        np.testing.assert_array_equal(fitted.estimator_.asked_[0], X[test])
        assert len(fitted.estimator_.X_) == 2 * len(train)


@pytest.mark.parametrize("name", sorted({"mlsmote", "aemlo"} & {*NAMES}))
def test_no_training_statistic_sees_the_test_fold(data, name):
    """Wild values in the rows held out change nothing in the model."""
    X, Y = data
    wild = X.copy()
    wild[70:] = 1e6
    train = np.arange(70)
    models = [
        MultiLabelResampledClassifier(KNeighborsClassifier(3), quick(name), random_state=0).fit(
            table[train], Y[train]
        )
        for table in (X, wild)
    ]
    made = [model.estimator_._fit_X for model in models]
    np.testing.assert_array_equal(*made)


def test_prediction_touches_no_sampler(data):
    """predict, predict_proba and score leave the sampler alone."""
    X, Y = data
    Spy.seen.clear()
    model = MultiLabelResampledClassifier(tree(), Spy()).fit(X, Y)
    model.predict(X)
    model.predict_proba(X)
    model.score(X, Y)
    assert len(Spy.seen) == 1


MANY = [
    BinaryRelevance(tree()),
    ClassifierChain(tree()),
    RakelD(base_classifier=tree(), labelset_size=2),
    MLkNN(k=3),
    MultiOutputClassifier(tree()),
    MultiOutputClassifier(LogisticRegression()),
    SklearnChain(LogisticRegression()),
    OneVsRestClassifier(LogisticRegression()),
    RandomForestClassifier(n_estimators=5, random_state=0),
    KNeighborsClassifier(3),
    tree(),
]


@pytest.mark.parametrize("container", [np.asarray, sp.csr_array, sp.csc_matrix])
@pytest.mark.parametrize("estimator", MANY, ids=lambda e: type(e).__name__)
def test_one_return_shape_whatever_the_estimator(data, estimator, container):
    """Labels and probabilities are dense, (n, L), and agree with one another."""
    X, Y = data
    model = MultiLabelResampledClassifier(clone(estimator), "mlros", random_state=0)
    model.fit(container(X), Y)
    labels, scores = model.predict(container(X)), model.predict_proba(container(X))
    for found in (labels, scores):
        assert type(found) is np.ndarray
        assert found.shape == Y.shape
    assert set(np.unique(labels)) <= {0, 1}
    assert scores.min() >= 0
    assert scores.max() <= 1
    # a forest votes by probabilities, a chain's classes come from its own chain
    assert np.mean((scores > 0.5) == labels) > 0.97
    assert np.mean(labels == Y) > 0.8
    assert model.classes_.shape == (4, 2)


# OneVsRestClassifier remarks on the label this test makes constant
@pytest.mark.filterwarnings("ignore:Label .* is present in all training examples:UserWarning")
@pytest.mark.parametrize("estimator", MANY, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("value", [0, 1])
def test_a_label_constant_in_training_gets_its_constant(data, estimator, value):
    """A label always 0 or always 1 is predicted as such, whatever the estimator thinks of it."""
    X, Y = data
    Y = Y.copy()
    Y[:, 1] = value
    model = MultiLabelResampledClassifier(clone(estimator), None).fit(X, Y)
    assert np.all(model.predict(X)[:, 1] == value)
    scores = model.predict_proba(X)
    assert scores.shape == Y.shape
    # MLkNN smooths its counts and comes close to the constant only
    np.testing.assert_allclose(scores[:, 1], value, atol=0.05)


@pytest.mark.parametrize(
    "estimator", [tree(), LogisticRegression(), MultiOutputClassifier(tree()), MLkNN(k=3)]
)
def test_a_single_label_keeps_its_column(data, estimator):
    """With one label the answers still have shape (n, 1)."""
    X, Y = data
    if isinstance(estimator, LogisticRegression):
        estimator = MultiOutputClassifier(estimator)
    model = MultiLabelResampledClassifier(estimator, None).fit(X, Y[:, [0]])
    assert model.predict(X).shape == (90, 1)
    scores = model.predict_proba(X)
    assert scores.shape == (90, 1)
    assert np.mean((scores > 0.5) == Y[:, [0]]) > 0.8


def test_decision_function_follows_the_estimator(data):
    """It exists exactly when the estimator has one, and ranks as the probabilities do."""
    X, Y = data
    assert not hasattr(MultiLabelResampledClassifier(tree()), "decision_function")
    model = MultiLabelResampledClassifier(OneVsRestClassifier(LogisticRegression()), None)
    model.fit(X, Y)
    np.testing.assert_allclose(
        1 / (1 + np.exp(-model.decision_function(X))), model.predict_proba(X)
    )


@pytest.mark.parametrize(
    ("sampler", "kind"),
    [
        (None, type(None)),
        ("none", type(None)),
        ("mlros", MLROS),
        (MLROS(), MLROS),
    ],
)
def test_samplers_by_name_object_or_not_at_all(data, sampler, kind):
    """sampler_ is the fitted clone of what was asked for."""
    model = MultiLabelResampledClassifier(tree(), sampler).fit(*data)
    assert type(model.sampler_) is kind
    assert model.sampler_ is not sampler or sampler is None


def test_a_list_is_a_sequence(data):
    """Names and samplers in a list are applied in turn."""
    model = MultiLabelResampledClassifier(tree(), ["remedial", MLROS()], random_state=0).fit(*data)
    assert [name for name, _ in model.sampler_.samplers_] == ["remedial", "mlros"]


def test_aemlo_is_the_default_sampler():
    """The namesake is what one gets without asking."""
    assert MultiLabelResampledClassifier(tree()).sampler == "aemlo"
    assert isinstance(make_sampler("aemlo"), AEMLO)


def test_random_state_seeds_what_has_no_seed(data):
    """The wrapper's seed repeats a fit, and leaves seeds the user set alone."""
    X, Y = data
    forest = RandomForestClassifier(n_estimators=3)
    twice = [
        MultiLabelResampledClassifier(forest, "mlros", random_state=1).fit(X, Y) for _ in range(2)
    ]
    np.testing.assert_array_equal(*[model.predict_proba(X) for model in twice])
    kept = MultiLabelResampledClassifier(tree(), MLROS(random_state=7), random_state=1).fit(X, Y)
    assert kept.sampler_.random_state == 7
    assert kept.estimator_.random_state == 0


def test_what_the_user_passed_stays_unfitted(data):
    """Estimator and sampler are cloned."""
    sampler, estimator = MLROS(), tree()
    MultiLabelResampledClassifier(estimator, sampler).fit(*data)
    assert not hasattr(sampler, "sample_indices_")
    assert not hasattr(estimator, "tree_")


def test_frames_reach_the_estimator_as_frames(data):
    """Column names survive the resampling and are remembered."""
    pd = pytest.importorskip("pandas")
    X, Y = data
    frame = pd.DataFrame(X, columns=list("abcde"))
    model = MultiLabelResampledClassifier(tree(), "mlsmote", random_state=0).fit(frame, Y)
    assert model.feature_names_in_.tolist() == list("abcde")
    assert model.estimator_.feature_names_in_.tolist() == list("abcde")
    assert model.predict(frame).shape == Y.shape


@pytest.mark.parametrize(
    ("estimator", "sampler", "error"),
    [
        ("tree", None, "'estimator' parameter"),
        (tree(), 3, "'sampler' parameter"),
        (tree(), "smote", "unknown sampler 'smote'"),
        (tree(), ["mlros", 3], "3"),
    ],
)
def test_bad_parameters_are_named(data, estimator, sampler, error):
    """One clear error, before any work."""
    model = MultiLabelResampledClassifier(estimator, sampler)
    with pytest.raises((ValueError, TypeError), match=error):
        model.fit(*data)
    assert not hasattr(model, "sampler_")


def test_unfitted_models_say_so(data):
    """Prediction before fitting raises scikit-learn's error."""
    with pytest.raises(NotFittedError):
        MultiLabelResampledClassifier(tree()).predict(data[0])


def test_an_error_of_the_estimator_is_not_swallowed(data):
    """A failure that has nothing to do with constant labels comes through."""
    X, Y = data
    model = MultiLabelResampledClassifier(LogisticRegression(C=-1.0), None)
    with pytest.raises(ValueError, match="'C' parameter"):
        model.fit(X, Y)


ESTIMATORS = {
    "br": (BinaryRelevance(tree()), "classifier__max_depth"),
    "cc": (ClassifierChain(tree()), "classifier__max_depth"),
    "rakeld": (RakelD(base_classifier=tree(), labelset_size=2), "base_classifier__max_depth"),
    "mlknn": (MLkNN(k=3), "k"),
}
RESAMPLING = (
    "ignore:(Y is almost balanced|nothing was resampled|AEMLO made no row|.*were left alone)"
)


@pytest.mark.filterwarnings(RESAMPLING)  # 60 rows leave some samplers nothing to do
@pytest.mark.parametrize("name", ["none", *NAMES])
@pytest.mark.parametrize("key", ESTIMATORS)
def test_model_selection_runs_with_every_sampler(data, name, key):
    """cross_validate, GridSearchCV and imbalanced-learn's Pipeline run over four classifiers."""
    X, Y = data
    estimator, parameter = ESTIMATORS[key]
    sampler = quick(name)
    model = MultiLabelResampledClassifier(clone(estimator), sampler, random_state=0)
    scores = cross_validate(model, X, Y, cv=2, scoring=["f1_macro", "roc_auc"])
    assert np.all(scores["test_f1_macro"] > 0)
    assert np.all(scores["test_roc_auc"] > 0.5)
    search = GridSearchCV(model, {f"estimator__{parameter}": [2, 3]}, cv=2, scoring="f1_macro")
    assert np.isfinite(search.fit(X, Y).best_score_)
    pipeline = Pipeline([("sampler", sampler or "passthrough"), ("model", clone(estimator))])
    found = cross_val_predict(pipeline, X, Y, cv=2)
    assert found.shape == Y.shape


def test_a_grid_reaches_the_sampler(data):
    """sampler__ parameters are searched."""
    X, Y = data
    model = MultiLabelResampledClassifier(tree(), make_sampler("mlsmote"), random_state=0)
    grid = [{"sampler__n_neighbors": [1, 4]}, {"sampler": [MLROS(), None]}]
    search = GridSearchCV(model, grid, cv=2, scoring="f1_macro", error_score="raise").fit(X, Y)
    assert len(search.cv_results_["params"]) == 4


def test_worker_processes_give_the_same_model(data):
    """A fit in another process predicts what a fit here does."""
    X, Y = data
    model = MultiLabelResampledClassifier(MLkNN(k=3), "mlsmote", random_state=0)
    there = Parallel(n_jobs=2)(delayed(clone(model).fit)(X, Y) for _ in range(2))
    here = clone(model).fit(X, Y)
    np.testing.assert_array_equal(there[0].predict_proba(X), here.predict_proba(X))


def test_probabilities_survive_cross_val_predict(data):
    """cross_val_predict stacks the dense probabilities of all folds."""
    X, Y = data
    model = MultiLabelResampledClassifier(BinaryRelevance(tree()), "mlros", random_state=0)
    found = cross_val_predict(model, X, Y, cv=3, method="predict_proba")
    assert np.asarray(found).shape == Y.shape


def test_a_generator_is_a_random_state(data):
    """A Generator of numpy seeds the wrapper, as it does a sampler."""
    X, Y = data
    models = [
        MultiLabelResampledClassifier(tree(), "mlros", random_state=np.random.default_rng(5))
        for _ in range(2)
    ]
    rows = [model.fit(X, Y).sampler_.sample_indices_ for model in models]
    np.testing.assert_array_equal(*rows)


@pytest.mark.parametrize(
    "sampler",
    [
        MLROS(sampling_strategy={"d": 40}),
        ["remedial", MLROS(sampling_strategy={"d": 40})],
        make_sampler("mlsmote", sampling_strategy=["d"]),
    ],
)
def test_label_names_reach_the_sampler(data, sampler):
    """A sampler inside the wrapper knows labels by the names of the caller's DataFrame."""
    pd = pytest.importorskip("pandas")
    X, Y = data
    frame = pd.DataFrame(Y, columns=list("abcd"))
    model = MultiLabelResampledClassifier(Recorder(), sampler, random_state=0).fit(X, frame)
    assert model.label_names_in_.tolist() == list("abcd")
    assert model.estimator_.y_[:, 3].sum() > Y[:, 3].sum()


def test_a_regressor_is_refused(data):
    """Values between 0 and 1 are not quietly cut to 0."""
    from sklearn.linear_model import Ridge

    model = MultiLabelResampledClassifier(Ridge(), None).fit(*data)
    with pytest.raises(ValueError, match="estimator must predict 0 and 1; Ridge"):
        model.predict(data[0])


def test_a_constant_label_is_decided_beyond_doubt(data):
    """A label never seen scores below every other, in finite numbers."""
    X, Y = data
    Y = Y.copy()
    Y[:, 2] = 0
    model = MultiLabelResampledClassifier(SklearnChain(LogisticRegression()), None).fit(X, Y)
    scores = model.decision_function(X)
    assert np.isfinite(scores).all()
    assert scores[:, 2].max() < scores[:, [0, 1, 3]].min()


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_frame_of_labels_may_be_called_y(data, library):
    """What scikit-learn calls the target goes to the sampler by either name, names included."""
    frames = pytest.importorskip(library)
    X, Y = data
    frame = frames.DataFrame({name: Y[:, j] for j, name in enumerate("abcd")})
    sampler = MLROS(sampling_strategy={"d": 40}, random_state=0)
    models = [MultiLabelResampledClassifier(Recorder(), sampler) for _ in range(2)]
    models[0].fit(X, frame)
    models[1].fit(X, y=frame)
    np.testing.assert_array_equal(*(model.estimator_.y_ for model in models))


def test_a_sampler_of_a_single_target_is_told_how_to_be_wrapped(data):
    """imbalanced-learn's own samplers go by label sets, and the error says so."""
    with pytest.raises(ValueError, match=r"wrap it: LabelPowersetSampler\(SMOTE\(\)\)"):
        MultiLabelResampledClassifier(tree(), ["mlros", SMOTE()]).fit(*data)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda X, Y: (X, Y[:-1], None), "X has 90 rows and Y has 89"),
        (lambda X, Y: (X, sp.coo_array(Y[:, 0]), None), r"1 dimension"),
        (lambda X, Y: (X, Y, [1]), "sampler holds 1; expected"),
        (lambda X, Y: (X, Y, ["mlros", DecisionTreeClassifier()]), "sampler holds DecisionTree"),
    ],
)
@pytest.mark.parametrize("inner", [None, "blind"])
def test_what_cannot_be_fitted_is_named_by_the_wrapper(change, problem, inner, data):
    """Before any work, whether or not the estimator would have noticed."""
    X, Y, sampler = change(*data)

    class Blind(BaseEstimator):
        def fit(self, X, y):
            raise AssertionError("it was asked")

        def predict(self, X):
            raise AssertionError("it was asked")

    model = MultiLabelResampledClassifier(Blind() if inner else tree(), sampler)
    with pytest.raises((ValueError, TypeError), match=problem):
        model.fit(X, Y)


@pytest.mark.parametrize("sampler", [MLROS(fraction=True), MLSMOTE(n_neighbors=True)])
def test_true_is_no_number(sampler, data):
    """It was taken for 1, or failed without a word on which parameter it was."""
    with pytest.raises(ValueError, match=r"parameter of ML.* Got True"):
        sampler.fit_resample(*data)


@pytest.mark.parametrize("weight", [5, "a", np.ones((90, 2)), sp.csr_array(np.ones((90, 1)))])
def test_weights_are_one_a_row(weight, data):
    """A number, a text or a table of weights is refused by name."""
    model = MultiLabelResampledClassifier(tree(), None)
    with pytest.raises(ValueError, match=r"^sample_weight has shape \(.* and Y has 90 rows"):
        model.fit(*data, sample_weight=weight)


def test_the_target_is_given_once(data):
    """As Y or as y, and not as both."""
    X, Y = data
    with pytest.raises(TypeError, match="as Y and as y; give one"):
        MultiLabelResampledClassifier(tree(), None).fit(X, Y, y=Y)


class Fixed(ClassifierMixin, BaseEstimator):
    """Answers what it was given, whatever it is asked."""

    def __init__(self, answer: object = None) -> None:
        self.answer = answer

    def fit(self, X, y):
        """Learn nothing."""
        return self

    def predict(self, X):
        """Give the answer."""
        return self.answer

    predict_proba = predict


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (None, "a row for each of the 90 of X; Fixed.predict_proba returned None"),
        (np.zeros((89, 4)), "a row for each of the 90 of X; Fixed.* returned 89 rows"),
        ([np.zeros((89, 2))] * 4, "a row for each of the 90 of X; Fixed.* returned 89 rows"),
        ([np.zeros((90, 3))] * 4, "it gave one label 3 columns"),
    ],
)
def test_answers_of_another_shape_are_refused(answer, problem, data):
    """Too few rows were handed on, and of three classes the first was taken for the label."""
    model = MultiLabelResampledClassifier(Fixed(answer), None).fit(*data)
    with pytest.raises(ValueError, match=problem):
        model.predict_proba(data[0])
    if not isinstance(answer, list):
        with pytest.raises(ValueError, match="a row for each of the 90 of X"):
            model.predict(data[0])
