"""What the meta-estimators and the mended classes cost beside the parts that they are made of."""

import numpy as np
import pytest
from iterstrat.ml_stratifiers import MultilabelStratifiedKFold
from measured import cpu_seconds, traced_peak
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import (
    MLROS,
    MultiLabelResampledClassifier,
    TunedThresholdsClassifierCV,
    datasets,
)
from skml_aemlo.ensemble import EnsembleOfSampling
from skml_aemlo.skmultilearn import BinaryRelevance, IterativeStratification

TREE = DecisionTreeClassifier(max_depth=8, random_state=0)


@pytest.fixture(scope="module")
def table():
    """Return 1 500 sparse rows of 200 features with 30 labels, most of them rare."""
    frequencies = np.minimum(0.3, 1 / (np.arange(30) + 3))
    data = datasets.make_imbalanced_multilabel(
        1500, 200, frequencies=frequencies, sparse=True, density=0.05, random_state=0
    )
    return data.X, data.Y.toarray().astype(int)


def hold(name, whole, parts, limit):
    """Print both costs and their ratio, and hold the ratio below its limit."""
    cost, floor = (cpu_seconds(call, times=3) for call in (whole, parts))
    print(f"\n| {name} | {cost:.2f} | {floor:.2f} | {cost / floor:.2f} |")
    assert cost / floor < limit


def test_the_wrapper_beside_sampler_and_estimator(table):
    """Resampling inside a classifier costs what resampling and fitting cost."""
    X, Y = table
    model = MultiLabelResampledClassifier(MultiOutputClassifier(TREE), MLROS(random_state=0))

    def by_hand():
        MultiOutputClassifier(TREE).fit(*MLROS(random_state=0).fit_resample(X, Y))

    hold("wrapper", lambda: model.fit(X, Y), by_hand, 1.15)


def test_memory_of_the_wrapper(table):
    """It holds the resampled table and one dense Y, not more of either than a fit by hand."""
    X, Y = table
    tree = clone(TREE).set_params(max_depth=1)
    model = MultiLabelResampledClassifier(tree, MLROS(random_state=0))
    whole = traced_peak(lambda: model.fit(X, Y))
    parts = traced_peak(lambda: clone(tree).fit(*MLROS(random_state=0).fit_resample(X, Y)))
    print(f"\n| wrapper, MB | {whole:.0f} | {parts:.0f} | {whole / parts:.2f} |")
    assert whole / parts < 1.5


def test_tuned_thresholds_beside_the_fits_they_need(table):
    """Three folds and the final fit are four fits, the last one on all rows."""
    X, Y = table
    model = MultiOutputClassifier(LogisticRegression(max_iter=50))

    def four_fits():
        for rows in (slice(0, 1000), slice(0, 1000), slice(0, 1000), slice(0, 1500)):
            clone(model).fit(X[rows], Y[rows]).predict_proba(X[:500])

    tuned = TunedThresholdsClassifierCV(model, cv=3, random_state=0)
    hold("tuned thresholds", lambda: tuned.fit(X, Y), four_fits, 1.35)


def test_an_ensemble_beside_its_members(table):
    """Five members and their scores cost five wrappers."""
    X, Y = table
    base = BinaryRelevance(TREE)
    ensemble = EnsembleOfSampling(base, sampler="mlros", n_estimators=5, random_state=0)

    def members():
        for seed in range(5):
            one = MultiLabelResampledClassifier(base, MLROS(random_state=seed))
            one.fit(X, Y).predict_proba(X)

    hold("ensemble of sampling", lambda: ensemble.fit(X, Y), members, 1.3)


def test_binary_relevance_beside_scikit_learn(table):
    """The mended class costs what MultiOutputClassifier does on the rows it is handed."""
    X, Y = table
    dense = X.toarray()
    hold(
        "BinaryRelevance",
        lambda: BinaryRelevance(TREE).fit(dense, Y),
        lambda: MultiOutputClassifier(TREE).fit(dense, Y),
        1.3,
    )


def test_stratification_beside_iterstrat(table):
    """Folds by the mended IterativeStratification take no longer than iterstrat's."""
    X, Y = table
    ours = IterativeStratification(n_splits=5, order=1, random_state=0)
    theirs = MultilabelStratifiedKFold(5, shuffle=True, random_state=0)
    hold("folds", lambda: list(ours.split(X, Y)), lambda: list(theirs.split(X, Y)), 1.3)
