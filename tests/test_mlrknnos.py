"""MLRkNNOS against a literal transcription, its budget, and what completes its labels."""

import warnings

import numpy as np
import oracles
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles_interpolation import bag_of, mlrknnos, near_in_bag
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from strategies import labelled_tables

from skml_aemlo import MLRkNNOS
from skml_aemlo._neighbors import Space, nearest
from skml_aemlo.datasets import load_arff
from skml_aemlo.measures import minority_labels

GUESS = DummyClassifier()


@settings(max_examples=150)
@given(
    labelled_tables(),
    st.integers(1, 6),
    st.sampled_from([None, 0.5, 2.5]),
    st.sampled_from([np.asarray, sp.csr_array]),
)
def test_rows_equal_those_of_the_transcription(table, k, fraction, container):
    """The same random numbers make the same rows, with ties, duplicates, empty and full labels."""
    X, categorical, Y = table
    labels, n = list(range(Y.shape[1]))[::-1], len(X)
    distances = oracles.heom(X, categorical)
    own, seeds, references, X_new = mlrknnos(
        X,
        categorical,
        Y,
        labels,
        lambda j: near_in_bag(distances, bag_of(Y, j), k),
        fraction,
        np.random.default_rng(3),
    )
    sampler = MLRkNNOS(
        n_neighbors=k,
        fraction=fraction,
        label_completion=GUESS,
        sampling_strategy=labels,
        categorical_features=categorical,
        random_state=np.random.default_rng(3),
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "nothing was resampled", UserWarning)
        X_res, Y_res = sampler.fit_resample(container(X), Y)
    X_res = X_res.toarray() if sp.issparse(X_res) else X_res
    assert sampler.sample_indices_[n:].tolist() == seeds
    assert sampler.reference_indices_[n:].tolist() == references
    np.testing.assert_array_equal(X_res[n:], np.reshape(X_new, (-1, X.shape[1])))
    # the guess is what most rows have, 0 on a tie
    expected = np.tile((2 * Y.sum(axis=0) > n).astype(int), (len(own), 1))
    expected[np.arange(len(own)), own] = 1
    np.testing.assert_array_equal(Y_res[n:], expected)


@pytest.mark.reference
@pytest.mark.filterwarnings("ignore:Y is almost balanced:UserWarning")  # emotions is
@pytest.mark.parametrize("name", ["emotions.arff", "birds.arff.gz", "flags.arff"])
def test_rows_of_real_data_equal_those_of_the_transcription(reference, name):
    """On real data, neighbours given, the same random numbers make the same rows."""
    data = load_arff(reference / "data" / name)
    X, Y = np.asarray(data.X), data.Y.toarray()
    points = Space(X, data.categorical).points()

    def near_of(label):
        bag = np.flatnonzero(Y[:, label])
        return dict(zip(bag.tolist(), bag[nearest(points[bag], 5)].tolist(), strict=True))

    labels = minority_labels(Y).tolist()
    _, seeds, references, X_new = mlrknnos(
        X, data.categorical, Y, labels, near_of, 0.3, np.random.default_rng(8)
    )
    sampler = MLRkNNOS(
        fraction=0.3,
        label_completion=GUESS,
        categorical_features=data.categorical,
        random_state=np.random.default_rng(8),
    )
    X_res, _ = sampler.fit_resample(X, Y)
    assert sampler.sample_indices_[len(X) :].tolist() == seeds
    assert sampler.reference_indices_[len(X) :].tolist() == references
    np.testing.assert_array_equal(X_res[len(X) :], X_new)


@pytest.fixture
def table():
    """Return 90 rows with a frequent label, two rare ones, a full one and an empty one."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(90, 4)) * [1, 10, 100, 1]
    Y = np.zeros((90, 5), dtype=int)
    Y[:60, 0] = 1
    Y[rng.random(90) < 0.2, 1] = 1
    Y[rng.random(90) < 0.1, 2] = 1
    Y[:, 3] = 1
    X[Y[:, 1] == 1, 0] += 3
    return X, Y


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeClassifier(max_features=1),
        make_pipeline(StandardScaler(), DecisionTreeClassifier(splitter="random")),
        KNeighborsClassifier(3),
        None,
    ],
    ids=["tree", "pipeline", "neighbours", "default"],
)
@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
def test_other_labels_are_those_a_classifier_predicts(table, model, container):
    """A clone per label, seeded in turn and trained on the rows given, says the same by hand."""
    X, Y = table
    if container is sp.csr_array and model is not None:
        if isinstance(model, KNeighborsClassifier):
            model = clone(model).set_params(algorithm="brute")
        elif not isinstance(model, DecisionTreeClassifier):
            model = make_pipeline(StandardScaler(with_mean=False), DecisionTreeClassifier())
    sampler = MLRkNNOS(
        fraction=1.5,
        label_completion=model,
        sampling_strategy=[2, 1],
        metric="euclidean",
        random_state=np.random.default_rng(5),
    )
    X_res, Y_res = sampler.fit_resample(container(X), Y)
    made = X_res[90:].toarray() if sp.issparse(X_res) else X_res[90:]
    rng = np.random.default_rng(5)
    near = {
        j: near_in_bag([[((a - b) ** 2).sum() for b in X] for a in X], bag_of(Y, j), 5)
        for j in (1, 2)
    }
    own = mlrknnos(X, [False] * 4, Y, [2, 1], near.get, 1.5, rng)[0]
    seeds = [int(rng.integers(2**31 - 1)) for _ in range(5)]
    expected = np.tile([0, 0, 0, 1, 0], (len(own), 1))
    for j in (0, 1, 2):
        twin = SVC() if model is None else clone(model)
        free = [name for name, value in twin.get_params().items() if "random_state" in name]
        twin.set_params(**dict.fromkeys(free, seeds[j]))
        expected[:, j] = twin.fit(X, Y[:, j]).predict(made)
    expected[np.arange(len(own)), own] = 1
    np.testing.assert_array_equal(Y_res[90:], expected)


class Recorder(ClassifierMixin, BaseEstimator):
    """A classifier that notes what it is shown, and answers 0."""

    seen: list = []

    def fit(self, X, y):
        """Note the data."""
        Recorder.seen.append((X, np.array(y)))
        return self

    def predict(self, X):
        """Answer 0 for every row."""
        Recorder.seen.append((X, None))
        return np.zeros(X.shape[0])


@pytest.fixture
def recorder():
    """Return a recorder with an empty record."""
    Recorder.seen = []
    return Recorder()


def test_classifiers_see_features_divided_by_their_range(table, recorder):
    """With "heom" the coordinates of the distance are shown, up to an offset per column."""
    X, Y = table
    sampler = MLRkNNOS(fraction=0.2, label_completion=recorder, sampling_strategy=[1])
    X_res, _ = sampler.set_params(random_state=0).fit_resample(X, Y)
    scaled = X_res / np.ptp(X, axis=0)
    assert len(recorder.seen) == 4  # two labels are neither constant nor the row's own
    for shown, _ in recorder.seen:
        rows = scaled[:90] if len(shown) == 90 else scaled[90:]
        np.testing.assert_allclose(np.ptp(shown - rows, axis=0), 0, atol=1e-9)
    labels = [y for _, y in recorder.seen if y is not None]
    np.testing.assert_array_equal(labels, Y[:, [0, 2]].T)


def test_a_single_positive_is_named_as_the_reason(table):
    """A bag of one gives no pair, whatever other labels the rows bear."""
    X, Y = table
    Y = Y.copy()
    Y[:, 2] = 0
    Y[0, 2] = 1
    sampler = MLRkNNOS(sampling_strategy={2: 4}, label_completion=GUESS)
    with pytest.warns(UserWarning, match="because a label with a single positive has no second"):
        sampler.fit_resample(X, Y)


@pytest.mark.parametrize("strategy", [[4], {1: 0}, {}])
def test_no_classifier_is_trained_for_no_row(table, recorder, strategy):
    """Without a new row, nobody is asked."""
    X, Y = table
    if isinstance(strategy, dict) and strategy:
        strategy = {1: int(Y[:, 1].sum())}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "nothing was resampled", UserWarning)
        sampler = MLRkNNOS(label_completion=recorder, sampling_strategy=strategy)
        X_res, _ = sampler.fit_resample(X, Y)
    assert len(X_res) == 90
    assert recorder.seen == []


def test_each_label_gets_what_balances_it(table):
    """Without ``fraction``, n - 2 c rows are made for a label of c positives, all bearing it."""
    X, Y = table
    sampler = MLRkNNOS(label_completion=GUESS, sampling_strategy=[1, 2], random_state=0)
    _, Y_res = sampler.fit_resample(X, Y)
    first, second = 90 - 2 * Y[:, [1, 2]].sum(axis=0)
    assert len(Y_res) == 90 + first + second
    assert Y_res[90 : 90 + first, 1].all()
    assert Y_res[90 + first :, 2].all()


@pytest.mark.parametrize("fraction", [0.1, 0.29, 0.7, 1.0])
def test_fraction_caps_the_total(table, fraction):
    """Exactly int(fraction n) rows are made, shared out in proportion to what labels lack."""
    X, Y = table
    sampler = MLRkNNOS(
        fraction=fraction, label_completion=GUESS, sampling_strategy=[1, 2], random_state=0
    )
    _, Y_res = sampler.fit_resample(X, Y)
    total = int(fraction * 90 + 1e-9)
    lacking = 90 - 2 * Y[:, [1, 2]].sum(axis=0)
    assert len(Y_res) == 90 + total
    assert abs(Y_res[90:, 1].sum() - total * lacking[0] / lacking.sum()) < 1


def test_rows_nobody_is_near_to_never_seed():
    """An outlier of its class is a reference at times, a seed never."""
    X = np.array([[0.0], [0.1], [0.2], [0.3], [40.0], *[[9.0]] * 15])
    Y = np.eye(2, dtype=int)[np.repeat([0, 1], [5, 15])]
    sampler = MLRkNNOS(
        n_neighbors=2, sampling_strategy={0: 105}, label_completion=GUESS, random_state=0
    )
    sampler.fit_resample(X, Y)
    made = sampler.is_synthetic_
    assert 4 not in sampler.sample_indices_[made]
    assert 4 in sampler.reference_indices_[made]


def test_seeds_and_references_are_drawn_evenly():
    """All rows with reverse neighbours serve equally often, and each of these for its row."""
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(40, 2)), np.eye(2, dtype=int)[np.repeat([0, 1], [10, 30])]
    sampler = MLRkNNOS(
        n_neighbors=3,
        sampling_strategy={0: 4010},
        label_completion=GUESS,
        metric="euclidean",
        random_state=0,
    )
    sampler.fit_resample(X, Y)
    made = sampler.is_synthetic_
    pairs = np.zeros((10, 10))
    np.add.at(pairs, (sampler.sample_indices_[made], sampler.reference_indices_[made]), 1)
    table = [[((a - b) ** 2).sum() for b in X[:10]] for a in X[:10]]
    near = np.zeros((10, 10), dtype=bool)
    for row, others in enumerate(oracles.neighbors(table, 3)):
        near[others, row] = True
    loved = near.any(axis=1)
    expected = np.where(near, 4000 / loved.sum() / np.maximum(1, near.sum(axis=1))[:, None], 0)
    assert pairs[~near].sum() == 0
    assert stats.chisquare(pairs[near], expected[near]).pvalue > 0.01


def test_a_dict_is_met_where_it_can_be(table):
    """A row that a classifier gives another wanted label counts for both."""
    X, Y = table
    wanted = {1: int(Y[:, 1].sum()) + 30, 2: int(Y[:, 2].sum()) + 25}
    for model in (GUESS, KNeighborsClassifier(1), LogisticRegression()):
        sampler = MLRkNNOS(sampling_strategy=wanted, label_completion=model, random_state=0)
        _, Y_res = sampler.fit_resample(X, Y)
        assert Y_res[:, [1, 2]].sum(axis=0).tolist() == list(wanted.values())


def test_a_dict_that_cannot_be_met_gives_the_figures():
    """Where every row is given both labels, the smaller number is overshot or the larger missed."""
    X = np.arange(40.0)[:, None]
    Y = np.zeros((40, 3), dtype=int)
    Y[:4, 0] = Y[:4, 1] = Y[4:, 2] = 1
    sampler = MLRkNNOS(
        sampling_strategy={0: 10, 1: 4},
        label_completion=KNeighborsClassifier(1),
        random_state=0,
    )
    with pytest.warns(UserWarning, match=r"label [01]: wanted \d+, got \d+"):
        sampler.fit_resample(X, Y)


@pytest.mark.parametrize("metric", ["heom", "euclidean"])
def test_the_container_changes_no_completed_label(metric):
    """Nominal columns of several values, 0 among them or not, look alike to the classifiers."""
    for seed in range(6):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(50, 3))
        X[:, 0] = rng.choice([-2, 0, 5], 50)
        X[:, 1] = rng.choice([3, 4], 50)
        Y = (rng.random((50, 4)) < [0.6, 0.3, 0.2, 0.15]).astype(int)
        sampler = MLRkNNOS(random_state=0, categorical_features=[0, 1], metric=metric)
        _, dense = sampler.fit_resample(X, Y)
        _, sparse = sampler.fit_resample(sp.csr_array(X), Y)
        np.testing.assert_array_equal(dense, sparse)


class Short(ClassifierMixin, BaseEstimator):
    """A classifier that answers for one row only."""

    def fit(self, X, y):
        """Learn nothing."""
        return self

    def predict(self, X):
        """Answer once."""
        return np.ones(1)


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (MultinomialNB(), ValueError, "label_completion=MultinomialNB cannot tell .* Negative"),
        (Short(), ValueError, "label_completion=Short must predict one value a row"),
        (Ridge(), TypeError, "label_completion must be a classifier"),
    ],
)
def test_a_model_that_cannot_complete_labels_is_refused_by_name(model, error, message):
    """What a classifier raises, and what it leaves out, is one clear error."""
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(60, 3)) - 2, (rng.random((60, 3)) < [0.5, 0.3, 0.1]).astype(int)
    sampler = MLRkNNOS(label_completion=model, metric="euclidean", random_state=0)
    with pytest.raises(error, match=message):
        sampler.fit_resample(X, Y)
