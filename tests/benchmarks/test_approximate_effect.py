"""What an approximate index does to a classifier: the same scores, near enough."""

import numpy as np
import pytest
from measured import load, seeded
from sklearn.metrics import f1_score
from sklearn.model_selection import KFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC

from skml_aemlo._containers import Features
from skml_aemlo._neighbors import Space, nearest
from skml_aemlo.approximate import IVFNeighbors

FOLDS = KFold(2, shuffle=True, random_state=0)
ALLOWED = 0.01


def macro_f(table, sampler):
    """Return the mean Macro-F of linear classifiers over two folds."""
    scores = []
    for train, test in FOLDS.split(table.X):
        X, Y = table.X[train], table.Y[train]
        if sampler is not None:
            X, Y = sampler.fit_resample(X, Y)
        # OneVsRestClassifier counts labels in the dtype of Y, and int8 ends at 127
        model = OneVsRestClassifier(LinearSVC(random_state=0)).fit(X, Y.astype(int))
        scores.append(f1_score(table.Y[test], model.predict(table.X[test]), average="macro"))
    return np.mean(scores)


@pytest.mark.filterwarnings("ignore:Label not .* is present in all training examples")
@pytest.mark.filterwarnings("ignore:F-score is ill-defined")
@pytest.mark.parametrize("data", ["bibtex", "rcv1subset1_top944"])
def test_an_approximate_index_changes_no_score_by_much(data, reference):
    """MLSOL's Macro-F with an index that finds a part of the neighbours."""
    table = load(reference / "data", data)
    points = Space(Features(table.X, table.categorical).values, table.categorical).points()
    true = nearest(points, 5)
    exact = macro_f(table, seeded("mlsol", table))
    print(f"\n| {data} | none | | {macro_f(table, None):.3f} |")
    print(f"\n| {data} | exact | 1 | {exact:.3f} |")
    for n_probes in (8, 16, 32):
        index = IVFNeighbors(n_probes=n_probes)
        found = nearest(points, 5, neighbors=index)
        recall = np.mean([np.isin(a, b).mean() for a, b in zip(true, found, strict=True)])
        score = macro_f(table, seeded("mlsol", table, neighbors=index))
        print(f"\n| {data} | {n_probes} | {recall:.2f} | {score:.3f} |")
        assert abs(score - exact) < ALLOWED
