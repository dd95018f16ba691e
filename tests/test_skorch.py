"""skorch: a small torch network inside the wrapper, and behind a sampler in a pipeline."""

import numpy as np
import pytest
from guide import blocks, run
from imblearn.pipeline import make_pipeline
from sklearn.base import clone
from sklearn.model_selection import KFold, cross_val_score
from tables import learnable

from skml_aemlo import MLSMOTE, MultiLabelResampledClassifier

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")

torch.set_num_threads(1)


class MultiLabelNet(skorch.NeuralNet):
    """A network that predicts 0 and 1, and takes labels as whole numbers."""

    def fit(self, X, y, **fit_params):
        """Fit on single precision, from the same weights every time."""
        torch.manual_seed(0)
        return super().fit(np.float32(X), np.float32(y), **fit_params)

    def predict_proba(self, X):
        """Return probabilities, one column a label."""
        return super().predict_proba(np.float32(X))

    def predict(self, X):
        """Return the labels of at least even odds."""
        return (self.predict_proba(X) > 0.5).astype(int)


def net(kind=MultiLabelNet, **options):
    """Return a network of one layer."""
    return kind(
        torch.nn.Linear,
        module__in_features=5,
        module__out_features=4,
        criterion=torch.nn.BCEWithLogitsLoss,
        # left to itself, skorch adds an axis for the two values of a label
        predict_nonlinearity=torch.sigmoid,
        max_epochs=30,
        lr=1.0,
        batch_size=-1,
        train_split=None,
        verbose=0,
        **options,
    )


@pytest.fixture
def data():
    """Return 120 learnable rows with 4 labels."""
    return learnable(120, (0.0, 0.3, 0.6, 1.1))


def descend(X, Y):
    """Return the probabilities of a logistic layer, by torch alone: full batches, 30 steps."""
    torch.manual_seed(0)
    layer = torch.nn.Linear(5, 4)
    descent = torch.optim.SGD(layer.parameters(), lr=1.0)
    X, Y = torch.tensor(np.float32(X)), torch.tensor(np.float32(Y))
    for _ in range(30):
        descent.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(layer(X), Y).backward()
        descent.step()
    return lambda rows: torch.sigmoid(layer(torch.tensor(np.float32(rows)))).detach().numpy()


def test_a_network_learns_from_the_resampled_rows(data):
    """Inside the wrapper it says what a loop of torch says on fit_resample's rows."""
    X, Y = data
    model = MultiLabelResampledClassifier(net(), MLSMOTE(random_state=0)).fit(X, Y)
    expected = descend(*MLSMOTE(random_state=0).fit_resample(X, Y))(X)
    np.testing.assert_allclose(model.predict_proba(X), expected, atol=1e-5)
    np.testing.assert_array_equal(model.predict(X), expected > 0.5)
    assert np.abs(expected - descend(X, Y)(X)).max() > 0.01


def test_a_network_behind_a_sampler_in_a_pipeline(data):
    """imbalanced-learn's pipeline around both says the same."""
    X, Y = data
    pipeline = make_pipeline(MLSMOTE(random_state=0), net()).fit(X, Y)
    expected = descend(*MLSMOTE(random_state=0).fit_resample(X, Y))(X)
    np.testing.assert_allclose(pipeline.predict_proba(X), expected, atol=1e-5)
    np.testing.assert_array_equal(pipeline.predict(X), expected > 0.5)


def test_a_network_is_cross_validated(data):
    """Each fold trains a network anew."""
    X, Y = data
    model = MultiLabelResampledClassifier(net(), MLSMOTE(random_state=0))
    folds = KFold(3, shuffle=True, random_state=0)
    expected = []
    for train, test in folds.split(X):
        ask = descend(*clone(model.sampler).fit_resample(X[train], Y[train]))
        expected.append(np.all((ask(X[test]) > 0.5) == Y[test], axis=1).mean())
    np.testing.assert_allclose(cross_val_score(model, X, Y, cv=folds), expected)


def test_a_network_that_predicts_probabilities_is_refused_with_the_remedy(data):
    """NeuralNet of skorch predicts what the network puts out; that is no label."""
    X, Y = np.float32(data[0]), data[1]

    class Probabilities(skorch.NeuralNet):
        def get_loss(self, y_pred, y_true, *args, **kwargs):
            return super().get_loss(y_pred, y_true.float(), *args, **kwargs)

    model = MultiLabelResampledClassifier(net(Probabilities), MLSMOTE(random_state=0)).fit(X, Y)
    assert model.predict_proba(X).shape == Y.shape
    with pytest.raises(ValueError, match=r"Probabilities predicts other values.*threshold"):
        model.predict(X)


def test_an_answer_of_another_shape_is_refused(data):
    """Both values of each label, as skorch has them without predict_nonlinearity, are too many."""
    X, Y = data
    model = MultiLabelResampledClassifier(net().set_params(predict_nonlinearity="auto"), None)
    with pytest.raises(ValueError, match=r"one column for each of the 4 labels .*\(120, 2, 4\)"):
        model.fit(X, Y).predict_proba(X)


def test_the_network_of_the_guide_runs():
    """Its block fits a wrapper that predicts 0 and 1 for every label."""
    (block,) = blocks("classifier.md", "skorch")
    names = run(block, {"__name__": "guide"})
    assert names["model"].predict(names["data"].X).shape == names["data"].Y.shape
