"""Any sampler of imbalanced-learn, on label sets: equals running it by hand on class numbers."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from imblearn import FunctionSampler
from imblearn.combine import SMOTEENN, SMOTETomek
from imblearn.over_sampling import (
    ADASYN,
    SMOTE,
    SMOTEN,
    SMOTENC,
    SVMSMOTE,
    BorderlineSMOTE,
    KMeansSMOTE,
    RandomOverSampler,
)
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import (
    AllKNN,
    ClusterCentroids,
    CondensedNearestNeighbour,
    EditedNearestNeighbours,
    InstanceHardnessThreshold,
    NearMiss,
    NeighbourhoodCleaningRule,
    OneSidedSelection,
    RandomUnderSampler,
    RepeatedEditedNearestNeighbours,
    TomekLinks,
)
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import MLROS, LabelPowersetSampler, SamplerSequence, datasets, make_sampler

SETS = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 1, 0, 1]])


@pytest.fixture
def blobs():
    """Return overlapping features, labels and class numbers; 60, 40, 30 and 20 rows a label set.

    Classes are numbered in the order they first appear.
    """
    rng = np.random.default_rng(5)
    y = np.append(np.arange(4), rng.permutation(np.repeat(np.arange(4), [59, 39, 29, 19])))
    centres = np.array([[0, 0, 0], [1, 1, 0], [-1, 1, 1], [1, -1, 1]])
    X = np.round(centres[y] + rng.normal(size=(150, 3)), 3)
    return X, SETS[y], y


def rows_of(X, Y):
    """Return rows of features and labels side by side, in sorted order."""
    X = X.toarray() if sp.issparse(X) else np.asarray(X, dtype=float)
    return np.array(sorted(np.column_stack([X, Y]).tolist()))


KINDS = {
    "random over": RandomOverSampler(random_state=3),
    "smoothed over": RandomOverSampler(random_state=3, shrinkage=0.3),
    "smote": SMOTE(random_state=3),
    "smote, one neighbour": SMOTE(random_state=3, k_neighbors=1),
    "smote, own index": SMOTE(random_state=3, k_neighbors=NearestNeighbors(n_neighbors=4)),
    "borderline": BorderlineSMOTE(random_state=3),
    "borderline 2": BorderlineSMOTE(random_state=3, kind="borderline-2"),
    "svm": SVMSMOTE(random_state=3),
    "adasyn": ADASYN(random_state=3),
    "kmeans": KMeansSMOTE(random_state=3, kmeans_estimator=2, cluster_balance_threshold=0.0),
    "random under": RandomUnderSampler(random_state=3),
    "random under, replaced": RandomUnderSampler(random_state=3, replacement=True),
    "enn": EditedNearestNeighbours(),
    "repeated enn": RepeatedEditedNearestNeighbours(kind_sel="mode"),
    "all knn": AllKNN(),
    "tomek": TomekLinks(),
    "near miss": NearMiss(),
    "near miss 2": NearMiss(version=2),
    "near miss 3": NearMiss(version=3, n_neighbors_ver3=20),
    "condensed": CondensedNearestNeighbour(random_state=3),
    "one-sided": OneSidedSelection(random_state=3),
    "cleaning rule": NeighbourhoodCleaningRule(),
    "hardness": InstanceHardnessThreshold(
        estimator=DecisionTreeClassifier(max_depth=2, random_state=0), random_state=3
    ),
    "centroids": ClusterCentroids(random_state=3),
    "hard centroids": ClusterCentroids(random_state=3, voting="hard"),
    "smote and tomek": SMOTETomek(random_state=3),
    "smote and enn": SMOTEENN(random_state=3),
    "function": FunctionSampler(func=lambda X, y: (X[::-2], y[::-2])),
    "pipeline": make_pipeline(SMOTE(random_state=3), TomekLinks()),
}
every_kind = pytest.mark.parametrize("inner", KINDS.values(), ids=KINDS.keys())
# imbalanced-learn 0.14.2 multiplies matrices that do not fit
NO_SPARSE = {"borderline 2"}


@every_kind
def test_equals_the_sampler_run_by_hand_on_class_numbers(blobs, inner):
    """Rows and labels are those that imbalanced-learn gives for the class numbers."""
    X, Y, y = blobs
    X_hand, y_hand = clone(inner).fit_resample(X, y)
    X_res, Y_res = LabelPowersetSampler(inner).fit_resample(X, Y)
    np.testing.assert_array_equal(rows_of(X_res, Y_res), rows_of(X_hand, SETS[y_hand]))


@every_kind
def test_provenance_holds_for_every_kind_of_sampler(blobs, inner):
    """Copies equal their source; sources of made rows bear their labels; made rows come last."""
    X, Y, _ = blobs
    sampler = LabelPowersetSampler(inner)
    X_res, Y_res = sampler.fit_resample(X, Y)
    source, made = sampler.sample_indices_, sampler.is_synthetic_
    np.testing.assert_array_equal(X_res[~made], X[source[~made]])
    np.testing.assert_array_equal(Y_res, Y[source])
    assert np.all(np.diff(made.astype(int)) >= 0)
    known = {tuple(row) for row in X}
    assert not any(tuple(row) in known for row in X_res[made])


@pytest.mark.parametrize("inner", [KINDS[k] for k in ("smote", "tomek", "smote and enn", "kmeans")])
@pytest.mark.parametrize("container", [sp.csr_matrix, sp.csr_array, sp.csc_array, sp.coo_array])
def test_sparse_features_give_the_rows_of_dense_ones(blobs, inner, container):
    """The same rows come back, sparse, in the caller's format."""
    X, Y, _ = blobs
    X = X * (np.abs(X) > 0.5)
    plain, sampler = LabelPowersetSampler(inner), LabelPowersetSampler(inner)
    X_plain, Y_plain = plain.fit_resample(X, Y)
    X_res, Y_res = sampler.fit_resample(container(X), Y)
    assert type(X_res) is container
    np.testing.assert_allclose(X_res.toarray(), X_plain, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(Y_res, Y_plain)
    np.testing.assert_array_equal(sampler.sample_indices_, plain.sample_indices_)


def test_every_kind_takes_sparse_features(blobs):
    """No sampler fails on a sparse X that it takes by hand as a csr_matrix."""
    X, Y, y = blobs
    for inner in (v for k, v in KINDS.items() if k not in NO_SPARSE):
        X_hand, y_hand = clone(inner).fit_resample(sp.csr_matrix(X), y)
        X_res, Y_res = LabelPowersetSampler(inner).fit_resample(sp.csr_array(X), Y)
        np.testing.assert_array_equal(rows_of(X_res, Y_res), rows_of(X_hand, SETS[y_hand]))


def test_kept_rows_are_in_order_then_clones_then_made_rows(blobs):
    """Input order for rows that stay, whatever order the sampler works in."""
    X, Y, _ = blobs
    cleaned = LabelPowersetSampler(EditedNearestNeighbours())
    cleaned.fit_resample(X, Y)
    assert np.all(np.diff(cleaned.sample_indices_) > 0)
    grown = LabelPowersetSampler(RandomOverSampler(), random_state=0)
    grown.fit_resample(X, Y)
    np.testing.assert_array_equal(grown.sample_indices_[:150], np.arange(150))
    assert len(grown.sample_indices_) == 240


class SecondOfTwins(TomekLinks):
    """A cleaning that drops the first half of 300 rows, whose second half is the same again."""

    def _fit_resample(self, X, y):
        self.sample_indices_ = np.arange(150, len(y))
        return X[150:], y[150:]


def test_combined_samplers_tell_the_true_row_among_duplicates(blobs):
    """Of two equal rows the one that the cleaning kept is named, not the first of them."""
    X, Y, _ = blobs
    sampler = LabelPowersetSampler(SMOTETomek(random_state=3, tomek=SecondOfTwins()))
    sampler.fit_resample(np.vstack([X, X]), np.vstack([Y, Y]))
    found = sampler.sample_indices_[~sampler.is_synthetic_]
    np.testing.assert_array_equal(found, np.arange(150, 300))


class Liar(FunctionSampler):
    """A sampler that reverses the rows and claims otherwise, label set by label set."""

    def _fit_resample(self, X, y):
        order = np.argsort(y, kind="stable")
        self.sample_indices_ = order
        backwards = np.lexsort((-np.arange(len(y)), y))
        return X[backwards], y[backwards]


def test_rows_named_wrongly_are_looked_for_by_value(blobs):
    """RepeatedEditedNearestNeighbours of imbalanced-learn 0.14.2 names wrong rows at times."""
    X, Y, _ = blobs
    sampler = LabelPowersetSampler(Liar())
    X_res, _ = sampler.fit_resample(X, Y)
    np.testing.assert_array_equal(X_res, X)
    assert not sampler.is_synthetic_.any()
    apart = np.column_stack([X, 100 * Y])
    repeated = LabelPowersetSampler(RepeatedEditedNearestNeighbours())
    repeated.fit_resample(apart, Y)
    np.testing.assert_array_equal(repeated.sample_indices_, np.arange(150))


def test_unnamed_copies_of_equal_rows_are_shared_out(blobs):
    """Where a sampler names no rows, equal rows are each found once before any is found again."""
    X, Y, _ = blobs
    X, Y = np.vstack([X, X]), np.vstack([Y, Y])
    sampler = LabelPowersetSampler(FunctionSampler(func=lambda X, y: (X[::-1], y[::-1])))
    sampler.fit_resample(X, Y)
    np.testing.assert_array_equal(sampler.sample_indices_, np.arange(300))
    thrice = FunctionSampler(func=lambda X, y: (X[[7, 7, 7, 8]], y[[7, 7, 7, 8]]))
    sampler = LabelPowersetSampler(thrice)
    sampler.fit_resample(X, Y)
    np.testing.assert_array_equal(sampler.sample_indices_, [7, 8, 157, 7])
    assert not sampler.is_synthetic_.any()


def test_a_made_row_is_traced_to_the_nearest_row_of_its_label_set(blobs):
    """Brute force finds the same row."""
    X, Y, _ = blobs
    sampler = LabelPowersetSampler(SMOTE(), random_state=1)
    X_res, Y_res = sampler.fit_resample(X, Y)
    for i in np.flatnonzero(sampler.is_synthetic_):
        distance = ((X - X_res[i]) ** 2).sum(axis=1)
        distance[(Y_res[i] != Y).any(axis=1)] = np.inf
        assert sampler.sample_indices_[i] == distance.argmin()


def test_smoothed_clones_are_traced_to_the_row_they_were_drawn_from(blobs):
    """RandomOverSampler with shrinkage says itself which row it smoothed."""
    X, Y, y = blobs
    inner = RandomOverSampler(random_state=3, shrinkage=5.0)
    by_hand = clone(inner)
    by_hand.fit_resample(X, y)
    sampler = LabelPowersetSampler(inner)
    sampler.fit_resample(X, Y)
    np.testing.assert_array_equal(sampler.sample_indices_, by_hand.sample_indices_)
    np.testing.assert_array_equal(sampler.is_synthetic_, np.arange(240) >= 150)


def test_every_label_set_has_its_own_random_numbers():
    """A seed of the adapter runs through all classes; imbalanced-learn restarts an int for each."""
    X = np.tile(np.arange(6.0), 2)[:, None]
    X, Y = (
        np.vstack([X, np.arange(90.0)[:, None]]),
        np.eye(3, dtype=int)[[0] * 6 + [1] * 6 + [2] * 90],
    )
    X_res, _ = LabelPowersetSampler(SMOTE(k_neighbors=2), random_state=0).fit_resample(X, Y)
    first, second = X_res[102:186], X_res[186:]
    assert not np.array_equal(first, second)
    restarted, _ = SMOTE(k_neighbors=2, random_state=0).fit_resample(X, Y.argmax(axis=1))
    np.testing.assert_array_equal(restarted[102:186], restarted[186:])


def test_a_seed_of_the_inner_sampler_is_kept(blobs):
    """``random_state`` of the adapter seeds what is unseeded, nothing else."""
    X, Y, _ = blobs
    seeded = LabelPowersetSampler(SMOTE(random_state=3), random_state=0).fit_resample(X, Y)[0]
    other = LabelPowersetSampler(SMOTE(random_state=3), random_state=1).fit_resample(X, Y)[0]
    np.testing.assert_array_equal(seeded, other)
    sampler = LabelPowersetSampler(SMOTE())
    drawn = [sampler.set_params(random_state=s).fit_resample(X, Y)[0] for s in (0, 1, 0)]
    np.testing.assert_array_equal(drawn[0], drawn[2])
    assert not np.array_equal(drawn[0], drawn[1])


RARE = {
    "smote": (SMOTE(), 6),
    "smote, two": (SMOTE(k_neighbors=2), 3),
    "smote, own index": (SMOTE(k_neighbors=NearestNeighbors(n_neighbors=4)), 4),
    "adasyn": (ADASYN(n_neighbors=3), 4),
    "near miss": (NearMiss(n_neighbors=4), 4),
    "near miss 3": (NearMiss(version=3, n_neighbors=2, n_neighbors_ver3=5), 5),
    "hardness": (InstanceHardnessThreshold(estimator=DecisionTreeClassifier(max_depth=1), cv=4), 4),
    "combined": (SMOTETomek(), 6),
    "combined, own smote": (SMOTEENN(smote=SMOTE(k_neighbors=2)), 3),
    "one-sided": (OneSidedSelection(n_seeds_S=2), 3),
}


@pytest.mark.parametrize(("inner", "needed"), RARE.values(), ids=RARE.keys())
def test_label_sets_too_rare_for_the_sampler_are_left_alone(blobs, inner, needed):
    """They keep their rows; the warning counts rows and label sets; one row more takes part."""
    X, Y, _ = blobs
    rare, enough = np.array([[0, 0, 1, 0]] * (needed - 1)), np.array([[0, 0, 1, 1]] * needed)
    Y = np.vstack([rare, Y, enough])
    X = np.vstack([X[: needed - 1] + 0.01, X, X[-needed:] + 0.01])
    sampler = LabelPowersetSampler(inner, random_state=0)
    told = (
        f"^{needed - 1} rows of 1 label sets were left alone: {type(inner).__name__} needs at "
        f"least {needed} rows of a label set. Fewer neighbours or folds need fewer rows.$"
    )
    with pytest.warns(UserWarning, match=told):
        _, Y_res = sampler.fit_resample(X, Y)
    assert (Y_res == rare[0]).all(axis=1).sum() == needed - 1
    assert set(range(needed - 1)) <= set(sampler.sample_indices_)
    part = slice(needed - 1, None)
    by_hand = LabelPowersetSampler(inner, random_state=0)
    _, Y_part = by_hand.fit_resample(X[part], Y[part])
    assert len(Y_res) == len(Y_part) + needed - 1


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        (SMOTE(k_neighbors=39), "1 label set.* 40 row"),
        (SMOTE(k_neighbors=1000), "0 label set.* 1001 row"),
        (EditedNearestNeighbours(n_neighbors=150), "needs 151 rows.* have 150"),
        (BorderlineSMOTE(m_neighbors=200), "needs 201 rows"),
    ],
)
def test_nothing_is_done_where_the_sampler_cannot_work(blobs, inner, message):
    """All rows come back, and a warning says why."""
    X, Y, y = blobs
    X, Y = (X[y != 1], Y[y != 1]) if "40" in message else (X, Y)
    sampler = LabelPowersetSampler(inner)
    with pytest.warns(UserWarning, match=f"^nothing was resampled: .*{message}"):
        X_res, Y_res = sampler.fit_resample(X, Y)
    np.testing.assert_array_equal(X_res, X)
    np.testing.assert_array_equal(Y_res, Y)


def test_a_single_label_set_is_left_alone(blobs):
    """There is nothing to balance, and a warning says so."""
    X, Y, _ = blobs
    with pytest.warns(UserWarning, match="nothing was resampled: 1 label set"):
        X_res, _ = LabelPowersetSampler(RandomOverSampler()).fit_resample(X, 0 * Y + 1)
    np.testing.assert_array_equal(X_res, X)


def test_under_sampling_goes_down_to_the_smallest_label_set(blobs):
    """One rare label set of one row leaves one row of each, as documented."""
    X, Y, _ = blobs
    Y = np.vstack([[[1, 1, 1, 1]], Y[1:]])
    _, Y_res = LabelPowersetSampler(RandomUnderSampler(), random_state=0).fit_resample(X, Y)
    assert sorted(Y_res.tolist()) == sorted([*SETS.tolist(), [1, 1, 1, 1]])


NAMED = {
    "indices": {(0,): 10, (0, 1): 40, (): 5},
    "indices in any order": {(0,): 10, (1, 0): 40, frozenset(): 5},
    "names": {("a",): 10, ("a", "b"): 40, (): 5},
    "callable": lambda Y: {(0,): Y.shape[0] - 140, (): 5},
}


@pytest.mark.parametrize("strategy", NAMED.values(), ids=NAMED.keys())
def test_label_sets_are_named_by_their_labels(blobs, strategy):
    """A dict keyed by tuples of labels says how many rows each label set should end with."""
    X, Y, _ = blobs
    inner = RandomUnderSampler(sampling_strategy=strategy)
    sampler = LabelPowersetSampler(inner, random_state=0)
    _, Y_res = sampler.fit_resample(X, pd.DataFrame(Y, columns=list("abcd")))
    found = [(Y_res.to_numpy() == labels).all(axis=1).sum() for labels in SETS]
    assert found == [10, 40, 5, 20]


def test_a_list_names_the_label_sets_to_clean(blobs):
    """Only rows of the named label sets may go."""
    X, Y, y = blobs
    by_hand = EditedNearestNeighbours(sampling_strategy=[1])
    by_hand.fit_resample(X, y)
    sampler = LabelPowersetSampler(EditedNearestNeighbours(sampling_strategy=[(0, 1)]))
    sampler.fit_resample(X, Y)
    np.testing.assert_array_equal(sampler.sample_indices_, np.sort(by_hand.sample_indices_))


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        ({1: 10}, r"tuples of labels, names or indices, such as \(0, 2\); got 1"),
        ({"a": 10}, "tuples of labels.* got 'a'"),
        ({(9,): 10}, "unknown label 9"),
        ({(2, 3): 10}, r"label set \(2, 3\), which fewer than 1 rows bear"),
        ({(0,): -1}, r"give the label set \(0,\) a number of rows, .* got -1"),
        ({(0,): 2.5}, r"give the label set \(0,\) a number of rows, .* got 2.5"),
        ({(0,): 1000}, r"1000 rows of the label set \(0,\), which has 60, .* only drops rows"),
        ([(0, 1)], r"in a list, \[\(0, 1\)\]; RandomUnderSampler needs a dict"),
        (lambda Y: Y.columns, "sampling_strategy, a callable, raised AttributeError"),
        (0.5, "sampler RandomUnderSampler cannot .*float only when"),
        ("bogus", "sampler RandomUnderSampler cannot .*sampling_strategy"),
    ],
)
def test_strategies_that_name_no_label_set_are_refused(blobs, strategy, message):
    """One ValueError names the parameter."""
    X, Y, _ = blobs
    sampler = LabelPowersetSampler(RandomUnderSampler(sampling_strategy=strategy))
    with pytest.raises(ValueError, match=message):
        sampler.fit_resample(X, Y)


def test_an_over_sampler_is_not_asked_for_fewer_rows(blobs):
    """The label set is named as the caller wrote it, not by a class number."""
    X, Y, _ = blobs
    sampler = LabelPowersetSampler(SMOTE(sampling_strategy={(1, 0): 3}))
    with pytest.raises(
        ValueError, match=r"3 rows of the label set \(1, 0\), which has 40, .* adds"
    ):
        sampler.fit_resample(X, Y)


def test_class_numbers_of_a_failure_are_explained(blobs):
    """A sampler that fails in its own words is followed by what its class numbers mean."""
    X, Y, _ = blobs
    sampler = LabelPowersetSampler(SMOTEENN(sampling_strategy=[(0, 1)]))
    with pytest.raises(ValueError, match=r"class 1 is the label set \(0, 1\)"):
        sampler.fit_resample(X, Y)


def test_label_sets_that_nobody_named_are_left_alone_silently(blobs):
    """Who names label sets knows that the others stay; those too rare give no warning."""
    X, Y, _ = blobs
    Y = np.vstack([[[1, 1, 1, 1]], Y[1:]])
    wanted = {(0, 1): 50}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, Y_res = LabelPowersetSampler(SMOTE(sampling_strategy=wanted)).fit_resample(X, Y)
    assert (Y_res == [1, 1, 0, 0]).all(axis=1).sum() == 50


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        (MLROS(), "MLROS is multi-label already"),
        (LabelPowersetSampler(SMOTE()), "is multi-label already"),
        (SMOTE, r"give SMOTE\(\) instead"),
        (StandardScaler(), "'sampler' parameter"),
        ("smote", "'sampler' parameter"),
        (None, "'sampler' parameter"),
    ],
)
def test_what_is_no_sampler_of_imbalanced_learn_is_refused(blobs, inner, message):
    """A TypeError says what to give, alone and in a sequence."""
    X, Y, _ = blobs
    sampler = LabelPowersetSampler(inner)
    with pytest.raises(TypeError, match=message):
        sampler.fit_resample(X, Y)
    with pytest.raises(TypeError, match=message):
        SamplerSequence([MLROS(random_state=0), sampler]).fit_resample(X, Y)


FAILING = {
    "bad parameter": SMOTE(k_neighbors="many"),
    "minus one": SMOTE(k_neighbors=-1),
    "no cluster": KMeansSMOTE(kmeans_estimator=2, cluster_balance_threshold=1.0),
    "a Generator": SMOTE(random_state=np.random.default_rng(0)),
    "not for cleaning": TomekLinks(sampling_strategy={(0,): 3}),
    "its own bug": FunctionSampler(func=lambda X, y: {}["missing"]),
    "numbers beside names": SMOTENC(["a"]),
}


@pytest.mark.parametrize("inner", FAILING.values(), ids=FAILING.keys())
def test_what_the_sampler_raises_becomes_one_error_that_names_it(blobs, inner):
    """A ValueError of ours names ``sampler`` and its class; the cause is chained."""
    X, Y, _ = blobs
    with pytest.raises(ValueError, match=f"^sampler {type(inner).__name__} cannot") as caught:
        LabelPowersetSampler(inner).fit_resample(X, Y)
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("held", [np.array, sp.csr_array])
@pytest.mark.parametrize("inner", [SMOTE(), TomekLinks()])
def test_features_too_large_for_distances_are_refused(blobs, held, inner):
    """Squares that overflow would make any row anyone's neighbour, silently."""
    X, Y, _ = blobs
    with pytest.raises(ValueError, match=r"X holds values up to .* scale the features"):
        LabelPowersetSampler(inner).fit_resample(held(np.float64(X)) * 1e155, Y)


def test_a_sampler_that_drops_every_row_is_refused():
    """Nothing to train on is no result."""
    X = (np.repeat(np.arange(75.0), 2) + np.tile([0, 0.1], 75))[:, None]
    Y = SETS[np.tile([0, 1], 75)]
    inner = EditedNearestNeighbours(n_neighbors=1, sampling_strategy="all")
    with pytest.raises(ValueError, match="sampler EditedNearestNeighbours dropped every row"):
        LabelPowersetSampler(inner).fit_resample(X, Y)


def test_many_label_sets_are_not_taken_for_a_regression(blobs):
    """scikit-learn's warning about many classes is out of place, and does not appear."""
    X, _, _ = blobs
    Y = (np.arange(150)[:, None] >> np.arange(7)) & 1
    X_res, _ = LabelPowersetSampler(TomekLinks()).fit_resample(X, Y)
    assert len(X_res) < 150


def test_parameters_are_reached_through_two_levels(blobs):
    """``sampler__smote__k_neighbors`` and the like are parameters; clone and pickle keep them."""
    sampler = LabelPowersetSampler(SMOTETomek(smote=SMOTE()), random_state=0)
    sampler.set_params(sampler__smote__k_neighbors=2)
    assert sampler.sampler.smote.k_neighbors == 2
    twin = pickle.loads(pickle.dumps(clone(sampler)))
    assert repr(twin) == repr(sampler)
    assert make_sampler("lp-smote", sampler__k_neighbors=3).sampler.k_neighbors == 3
    X, Y, _ = blobs
    sampler.fit_resample(X, Y)
    assert not hasattr(sampler.sampler, "n_features_in_")
    assert sampler.sampler.smote.random_state is None
    assert pickle.loads(pickle.dumps(sampler)).sampler_.n_features_in_ == 3


@pytest.fixture
def mixed(blobs):
    """Return the features with two nominal columns between the numeric ones."""
    X, Y, y = blobs
    letters = np.array(["x", "y", "z"])[(np.abs(X[:, 0] * 10)).astype(int) % 3]
    frame = pd.DataFrame({"a": X[:, 0], "letter": pd.Categorical(letters), "b": X[:, 1]})
    return frame.assign(sign=X[:, 2] > 0, c=X[:, 2]), Y, y


def test_nominal_columns_are_one_hot_for_the_sampler(mixed):
    """By hand: indicators beside the numbers, SMOTE, the larger indicator wins."""
    X, Y, y = mixed
    shown = np.column_stack(
        [
            X[["a", "b", "c"]],
            pd.get_dummies(X["letter"]).to_numpy(float),
            ~X["sign"],
            X["sign"],
        ]
    ).astype(float)
    by_hand, y_hand = SMOTE(random_state=3).fit_resample(shown, y)
    X_res, Y_res = LabelPowersetSampler(SMOTE(random_state=3)).fit_resample(X, Y)
    np.testing.assert_array_equal(Y_res, SETS[y_hand])
    np.testing.assert_allclose(X_res[["a", "b", "c"]], by_hand[:, :3], atol=1e-12)
    letters = np.array(["x", "y", "z"])[by_hand[:, 3:6].argmax(axis=1)]
    np.testing.assert_array_equal(X_res["letter"], letters)
    np.testing.assert_array_equal(X_res["sign"], by_hand[:, 7] > by_hand[:, 6])
    assert X_res.dtypes.equals(X.dtypes)


def test_sparse_nominal_columns_are_one_hot_too(blobs):
    """A sparse X with nominal columns gives the rows of the dense one."""
    X, Y, _ = blobs
    X[:, 1] = np.abs(X[:, 1] * 10).astype(int) % 3
    sampler = LabelPowersetSampler(SMOTE(), categorical_features=[1], random_state=0)
    X_res, _ = sampler.fit_resample(sp.csr_array(X), Y)
    X_plain, _ = clone(sampler).fit_resample(X, Y)
    np.testing.assert_allclose(X_res.toarray(), X_plain, atol=1e-12)
    assert set(X_plain[:, 1]) == {0, 1, 2}


@pytest.mark.parametrize("categorical", ["auto", [1, 3]])
def test_smotenc_gets_codes_and_the_nominal_columns(mixed, categorical):
    """SMOTENC by hand on the same codes gives the same rows."""
    X, Y, y = mixed
    codes = X.assign(letter=X["letter"].cat.codes).astype(float).to_numpy()
    by_hand, _ = SMOTENC([1, 3], random_state=3).fit_resample(codes, y)
    X_res, _ = LabelPowersetSampler(SMOTENC(categorical, random_state=3)).fit_resample(X, Y)
    found = X_res.assign(letter=X_res["letter"].cat.codes).astype(float).to_numpy()
    np.testing.assert_allclose(found, by_hand, atol=1e-12)


def test_smoten_gets_codes(mixed):
    """SMOTEN by hand on the codes gives the same rows."""
    X, Y, y = mixed
    X = X[["letter", "sign"]]
    codes = X.assign(letter=X["letter"].cat.codes).astype(float).to_numpy()
    by_hand, _ = SMOTEN(random_state=3).fit_resample(codes, y)
    X_res, _ = LabelPowersetSampler(SMOTEN(random_state=3)).fit_resample(X, Y)
    found = X_res.assign(letter=X_res["letter"].cat.codes).astype(float).to_numpy()
    np.testing.assert_array_equal(found, by_hand)


@pytest.mark.parametrize("inner", [RandomOverSampler(), RandomUnderSampler()])
def test_random_samplers_take_features_of_any_kind(blobs, inner):
    """Texts are copied, never read."""
    _, Y, _ = blobs
    texts = [f"text {i}" for i in range(150)]
    sampler = LabelPowersetSampler(inner, random_state=0)
    X_res, _ = sampler.fit_resample(texts, Y)
    assert X_res == [texts[i] for i in sampler.sample_indices_]
    with pytest.raises(ValueError, match=r"\bX\b"):
        LabelPowersetSampler(RandomOverSampler(shrinkage=1.0)).fit_resample(texts, Y)


@pytest.mark.reference
@pytest.mark.parametrize(
    "inner",
    [
        RandomUnderSampler(),
        RandomOverSampler(),
        SMOTE(),
        EditedNearestNeighbours(),
        TomekLinks(),
        SMOTETomek(),
    ],
    ids=lambda inner: type(inner).__name__,
)
@pytest.mark.parametrize("name", ["emotions.arff", "flags.arff"])
def test_data_of_the_field_keep_their_label_sets_and_rows(reference, name, inner):
    """Copies are exact, no label set is invented, and counts are those wanted."""
    path = reference / "data" / name
    data = datasets.load_arff(path, labels=path.with_suffix(".xml"))
    sampler = LabelPowersetSampler(inner, random_state=0)
    X_res, Y_res = sampler.fit_resample(data.X, data.Y)
    source, made = sampler.sample_indices_, sampler.is_synthetic_
    np.testing.assert_array_equal(X_res[~made], data.X[source[~made]])
    Y, Y_res = (y.toarray() if sp.issparse(y) else np.asarray(y) for y in (data.Y, Y_res))
    np.testing.assert_array_equal(Y_res, Y[source])
    before = np.unique(Y, axis=0, return_counts=True)[1]
    after = np.unique(Y_res, axis=0, return_counts=True)[1]
    if isinstance(inner, RandomUnderSampler):
        assert set(after) == {before.min()}
    if isinstance(inner, RandomOverSampler):
        assert set(after) == {before.max()}
    if type(inner) is SMOTE:
        np.testing.assert_array_equal(after, np.where(before < 6, before, before.max()))
