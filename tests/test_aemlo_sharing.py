"""AEMLOs that differ only in what follows training: one network, and no one can tell."""

import numpy as np
import pytest

from skml_aemlo import AEMLO
from skml_aemlo._sharing import sharing
from skml_aemlo.samplers import _network

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5))
Y = (X[:, :3] > [-0.5, 0.5, 1.2]).astype(int)
SETTINGS = {"epochs": 4, "latent_dim": 6, "hidden_dims": (5, 4, 3), "random_state": 0}


@pytest.fixture
def trainings(monkeypatch):
    """Count trainings."""
    train, seen = _network.train, []
    monkeypatch.setattr(_network, "train", lambda *args: seen.append(0) or train(*args))
    return seen


def rows(sampler, X=X, Y=Y):
    """Return the rows a sampler makes, features and labels beside each other."""
    return np.hstack(sampler.fit_resample(X, Y))


LATER = [
    {"fraction": 0.9},
    {"seeds": "rows", "n_neighbors": 2},
    {"labels": "added", "threshold": "prevalence"},
    {"features": "decoded", "valid": False},
    {"sampling_strategy": [1]},
]
EARLIER = [
    {"epochs": 3},
    {"epochs": 4, "latent_dim": 7},
    {"hidden_dims": (5, 4, 4)},
    {"random_state": 1},
    {"learning_rate": 0.01},
    {"validation_fraction": 0.3},
    {"noise": 0.2},
    {"batch_size": 16},
    {"objective": "paper"},
    {"dtype": "float64"},
    {"callback": lambda record: None},
]


@pytest.mark.parametrize("change", LATER)
def test_variants_of_what_follows_training_share_it(trainings, change):
    """One training, and to the bit the rows that the variant makes alone."""
    alone = rows(AEMLO(**SETTINGS, **change))
    trainings.clear()
    with sharing():
        first, second = AEMLO(**SETTINGS), AEMLO(**SETTINGS, **change)
        rows(first)
        np.testing.assert_array_equal(rows(second), alone)
    assert len(trainings) == 1
    assert second.history_ == first.history_
    assert second.network_ is not first.network_


@pytest.mark.parametrize("change", EARLIER, ids=lambda change: ", ".join(change))
def test_variants_of_training_train(trainings, change):
    """Another network, or a watched one, is trained, and gives the rows it gives alone."""
    alone = rows(AEMLO(**{**SETTINGS, **change}))
    trainings.clear()
    with sharing():
        rows(AEMLO(**SETTINGS))
        np.testing.assert_array_equal(rows(AEMLO(**{**SETTINGS, **change})), alone)
    assert len(trainings) == 2


@pytest.mark.parametrize("change", ["value", "label", "order"])
def test_other_data_train(trainings, change):
    """One value, one label or another order: no network is taken from others."""
    other, labels = X.copy(), Y.copy()
    if change == "value":
        other[7, 2] += 0.25
    elif change == "label":
        labels[7, 0] = 1 - labels[7, 0]
    else:
        other, labels = other[::-1], labels[::-1]
    alone = rows(AEMLO(**SETTINGS), other, labels)
    trainings.clear()
    with sharing():
        rows(AEMLO(**SETTINGS))
        np.testing.assert_array_equal(rows(AEMLO(**SETTINGS), other, labels), alone)
    assert len(trainings) == 2


def test_settings_that_bring_samplers_together_are_all_that_training_depends_on():
    """Each parameter belongs to one of two lists: named as costly, or shared above."""
    costly = set(AEMLO._costly_settings)
    later = {name for change in LATER for name in change}
    assert costly | later == set(AEMLO().get_params())
    assert not costly & later
