"""A fit that is cut short leaves an estimator as it was."""

import numpy as np
import pytest
from sklearn.multioutput import MultiOutputClassifier
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import (
    FixedThresholdsClassifier,
    MultiLabelResampledClassifier,
    TunedThresholdsClassifierCV,
)
from skml_aemlo.ensemble import COCOA, ECCRU, EnsembleOfSampling
from skml_aemlo.skmultilearn import (
    BinaryRelevance,
    FixedLabelSpaceClusterer,
    LabelSpacePartitioningClassifier,
)
from skml_aemlo.skmultilearn.mended import as_array


class CutShort(DecisionTreeClassifier):
    """A tree whose fit may be interrupted, after as many fits as are left."""

    left: float = np.inf

    def fit(self, X, y, **params):
        """Fit, or be interrupted."""
        CutShort.left -= 1
        if CutShort.left < 0:
            raise KeyboardInterrupt
        return super().fit(X, y, **params)


def _models():
    tree = CutShort(random_state=0)
    several = MultiOutputClassifier(tree)
    groups = FixedLabelSpaceClusterer([[0, 1], [2]])
    return {
        "wrapper": MultiLabelResampledClassifier(several, "lpros", random_state=0),
        "fixed": FixedThresholdsClassifier(several, thresholds=0.3),
        "tuned": TunedThresholdsClassifierCV(several, cv=2, random_state=0),
        "sampling": EnsembleOfSampling(several, "lpros", n_estimators=2, random_state=0),
        "chains": ECCRU(tree, n_estimators=1, random_state=0),
        "coupling": COCOA(tree, n_couplings=1, random_state=0),
        "relevance": BinaryRelevance(tree),
        "partition": LabelSpacePartitioningClassifier(BinaryRelevance(tree), groups),
    }


@pytest.mark.parametrize("name", list(_models()))
@pytest.mark.parametrize("left", [0, 1, 5])
def test_an_interrupted_refit_leaves_the_first_fit(name, left, monkeypatch):
    """After Ctrl-C in a refit on other data, everything learnt is what the first fit left."""
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(40, 4)), (rng.random((40, 3)) < 0.4).astype(int)
    model = _models()[name].fit(X, Y)
    kept = set(vars(model))
    said = as_array(model.predict(X)).tolist()
    monkeypatch.setattr(CutShort, "left", left)
    wider, fewer = np.hstack([X, X]), Y[:, [2, 0]] if name != "partition" else Y[::-1]
    try:
        model.fit(wider, fewer)
    except KeyboardInterrupt:
        assert set(vars(model)) == kept
        assert model.n_features_in_ == 4
        assert as_array(model.predict(X)).tolist() == said
    else:
        assert left == 5, "it never was interrupted"


def test_an_interrupted_first_fit_leaves_nothing(monkeypatch):
    """After Ctrl-C in the first fit the parameters are all there is."""
    monkeypatch.setattr(CutShort, "left", 0)
    for name, model in _models().items():
        with pytest.raises(KeyboardInterrupt):
            model.fit([[0.0], [1.0], [2.0], [3.0]], [[0, 1, 0]] * 3 + [[1, 0, 1]])
        assert vars(model).keys() == model.get_params(deep=False).keys(), name
