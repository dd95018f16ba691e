"""AEMLO's network: maps, losses and gradients against literal ones, and its training."""

import numpy as np
import pytest
import torch
from oracles_aemlo import (
    balanced_label_by_loops,
    balanced_label_literal,
    balanced_latent_by_loops,
    balanced_latent_literal,
    encode_labels,
    entropy_by_loops,
    feature_by_loops,
    feature_literal,
    forward,
    label_by_loops,
    label_literal,
    latent_by_loops,
    latent_literal,
)

from skml_aemlo.samplers import _network

SHAPES = [(7, 5, 3, 4), (6, 4, 8, 11), (2, 2, 1, 2), (1, 3, 4, 5), (5, 1, 2, 3)]
WHERE = {"device": "cpu", "dtype": "float64"}


@pytest.fixture(autouse=True)
def one_thread():
    """Keep torch to one thread, as the nox session does."""
    with _network.threads(1):
        yield


def plan(**overrides):
    """Return a training plan with small steps."""
    settings = {"epochs": 3, "batch_size": 8, "learning_rate": 1e-2, **WHERE}
    return _network.Training(
        **{**settings, "alpha": 1, "beta": 1, "decorrelation": 0.1, **overrides}
    )


def draw(shape, seed=0):
    """Return a random batch: true and decoded features, both codes, logits and labels."""
    n_rows, n_labels, n_features, width = shape
    rng = np.random.default_rng(seed)
    Y = (rng.random((n_rows, n_labels)) < 0.5).astype(float)
    Y[:1], Y[1:2] = 1, 0
    X, decoded = rng.normal(size=(2, n_rows, n_features))
    H_x, H_y = rng.normal(size=(2, n_rows, width))
    return X, decoded, H_x, H_y, 3 * rng.normal(size=(n_rows, n_labels)), Y


def same_gradient(ours, literal, *wrt):
    """Check that two functions have the same gradients in every tensor of ``wrt``."""
    values = [torch.from_numpy(value).requires_grad_() for value in wrt]
    gradients = [
        torch.autograd.grad(loss(*values), values, allow_unused=True) for loss in (ours, literal)
    ]
    for got, expected in zip(*gradients, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_latent_loss_is_the_published_one(shape):
    """Entry by entry, whichever Gram matrix is the smaller one."""
    _, _, H_x, H_y, _, _ = draw(shape)
    ours = _network.latent_loss(torch.from_numpy(H_x), torch.from_numpy(H_y), 0.3)
    assert float(ours) == pytest.approx(latent_by_loops(H_x, H_y, 0.3), rel=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_latent_gradient_is_that_of_the_literal_loss(shape):
    """The hand-written gradient equals autograd's over the m x m matrices."""
    _, _, H_x, H_y, _, _ = draw(shape)
    same_gradient(
        lambda a, b: 3 * _network.latent_loss(a, b, 0.3),
        lambda a, b: 3 * latent_literal(a, b, 0.3),
        H_x,
        H_y,
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_label_loss_is_the_published_one(shape):
    """Pair by pair, with rows that bear every label and rows that bear none."""
    *_, Z, Y = draw(shape)
    ours = _network.label_loss(torch.from_numpy(Z), torch.from_numpy(Y))
    assert float(ours) == pytest.approx(label_by_loops(Z, Y), rel=1e-10, abs=1e-14)


@pytest.mark.parametrize("shape", SHAPES)
def test_label_gradient_is_that_of_the_literal_loss(shape):
    """Masked logsumexps leave no NaN behind."""
    *_, Z, Y = draw(shape)
    Y = torch.from_numpy(Y)
    same_gradient(
        lambda Z: _network.label_loss(Z, Y),
        lambda Z: label_literal(Z, Y),
        Z,
    )


def test_label_loss_survives_a_common_shift():
    """Only differences of logits count, though exp(200) overflows float32."""
    *_, Z, Y = draw((6, 5, 1, 1))
    Z, Y = torch.from_numpy(Z).float(), torch.from_numpy(Y).float()
    shift = torch.tensor([200.0, -200.0, 300.0, 150.0, -90.0, 0.0])[:, None]
    shifted, plain = _network.label_loss(Z + shift, Y), _network.label_loss(Z, Y)
    assert float(shifted) == pytest.approx(float(plain), rel=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_feature_loss_is_the_published_one(shape):
    """Pair by pair, and a single row has no pair."""
    X, decoded, *_ = draw(shape)
    ours = _network.feature_loss(torch.from_numpy(X), torch.from_numpy(decoded))
    assert float(ours) == pytest.approx(feature_by_loops(X, decoded), rel=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_feature_gradient_is_that_of_the_literal_loss(shape):
    """The hand-written gradient equals autograd's over the (B, B, d) arrays."""
    X, decoded, *_ = draw(shape)
    X = torch.from_numpy(X)
    same_gradient(
        lambda decoded: 3 * _network.feature_loss(X, decoded),
        lambda decoded: 3 * feature_literal(X, decoded),
        decoded,
    )


def test_total_weighs_the_label_and_feature_terms():
    """Total = latent + alpha label + beta feature."""
    network = _network.AutoEncoder(3, 4, 5, (6, 7, 8)).reset(np.random.default_rng(0)).double()
    X, *_, Y = draw((6, 4, 3, 5))
    losses = plan(alpha=2, beta=5).losses(network, torch.from_numpy(X), torch.from_numpy(Y))
    expected = losses.latent + 2 * losses.label + 5 * losses.feature
    assert float(losses.loss.detach()) == pytest.approx(float(expected.detach()), rel=1e-14)


@pytest.mark.parametrize("shape", SHAPES)
def test_balanced_latent_loss_is_that_of_the_loops(shape):
    """Entry by entry, whichever Gram matrix is the smaller one."""
    _, _, H_x, H_y, _, _ = draw(shape)
    H_x[:, 0] = 2.0  # a coordinate that does not vary
    ours = _network.balanced_latent_loss(torch.from_numpy(H_x), torch.from_numpy(H_y), 0.3)
    assert float(ours) == pytest.approx(balanced_latent_by_loops(H_x, H_y, 0.3), rel=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_balanced_label_loss_is_that_of_the_loops(shape):
    """Row by row and pair by pair, with rows that bear every label and rows that bear none."""
    *_, Z, Y = draw(shape)
    ours = _network.balanced_label_loss(torch.from_numpy(Z), torch.from_numpy(Y), 0.4)
    assert float(ours) == pytest.approx(balanced_label_by_loops(Z, Y, 0.4), rel=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_balanced_gradients_are_those_of_the_literal_losses(shape):
    """Through the hand-written gradient of the correlation and the masked logsumexps."""
    _, _, H_x, H_y, Z, Y = draw(shape)
    Y = torch.from_numpy(Y)
    same_gradient(
        lambda a, b: 3 * _network.balanced_latent_loss(a, b, 0.3),
        lambda a, b: 3 * balanced_latent_literal(a, b, 0.3),
        H_x,
        H_y,
    )
    same_gradient(
        lambda Z: _network.balanced_label_loss(Z, Y, 0.4),
        lambda Z: balanced_label_literal(Z, Y, 0.4),
        Z,
    )


def test_balanced_losses_stay_finite_where_the_ranking_overflows():
    """Logits a thousand apart cost a thousand, in single precision too."""
    Z = torch.tensor([[-500.0, 500.0]], requires_grad=True)
    loss = _network.balanced_label_loss(Z, torch.tensor([[1.0, 0.0]]), 1.0)
    loss.backward()
    assert loss.item() == pytest.approx(1500)
    assert torch.isfinite(Z.grad).all()


def test_scales_are_measured_on_the_rows():
    """Spread of each column, mean variance, and entropy of the labels, rare ones not at 0."""
    rng = np.random.default_rng(0)
    X, Y = rng.random((1500, 3)) * [1, 0, 5], (rng.random((1500, 2)) < [0.3, 0]).astype(float)
    rows = np.arange(200, 1500)
    scales = _network._scales(lambda part: (X[part], Y[part]), rows, plan())
    spread = X[rows].std(axis=0)
    np.testing.assert_allclose(scales.spread, spread, atol=1e-7)
    assert scales.variance == pytest.approx(np.mean(spread**2))
    assert scales.entropy == pytest.approx(entropy_by_loops(Y[rows]))


def test_scales_of_nothing_that_varies_divide_by_no_zero():
    """Constant features and labels have a tiny scale, and not none."""
    scales = _network._scales(
        lambda part: (np.zeros((len(part), 2)), np.ones((len(part), 2))), np.arange(9), plan()
    )
    assert scales.variance > 0
    assert scales.entropy > 0


def test_maps_are_the_published_ones():
    """F_ex, F_ey with its gate, F_dx and F_dy, redone in numpy from their weights."""
    network = _network.AutoEncoder(3, 4, 5, (6, 7, 8)).reset(np.random.default_rng(0)).double()
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    X, *_, Y = draw((6, 4, 3, 5))
    with torch.no_grad():
        H_x, H_y, Z, decoded = network(torch.from_numpy(X), torch.from_numpy(Y))
        logits_of_x = network.decode_labels(H_x)
    np.testing.assert_allclose(decoded, forward(weights, X)[0], rtol=1e-12)
    np.testing.assert_allclose(logits_of_x, forward(weights, X)[1], rtol=1e-12)
    np.testing.assert_allclose(H_y, encode_labels(weights, Y), rtol=1e-12)
    np.testing.assert_allclose(Z, network.decode_labels(H_y).detach(), rtol=1e-12)


def train_once(epochs, learning_rate, n_held_out=0, **settings):
    """Train on eight rows in one batch; return the network and its history."""
    rng = np.random.default_rng(0)
    X, Y = rng.random((8 + n_held_out, 3)), rng.random((8 + n_held_out, 4)) < 0.5
    network = _network.AutoEncoder(3, 4, 5, (6, 7, 8)).reset(rng)
    plan_ = plan(epochs=epochs, learning_rate=learning_rate, **settings)
    rows = np.arange(8 + n_held_out)

    def batch(rows):
        return X[rows], Y[rows].astype(float)

    return network, _network.train(network, batch, rows[:8], rows[8:], plan_, rng)


def test_training_lowers_the_loss():
    """Two hundred small steps on eight rows fit them better than none."""
    _, history = train_once(200, 1e-2)
    assert history[-1]["loss"] < 0.5 * history[0]["loss"]


@pytest.mark.parametrize("objective", ["paper", "balanced"])
@pytest.mark.parametrize(("n_held_out", "judge"), [(0, "loss"), (5, "held_out")])
def test_weights_of_the_lowest_loss_are_kept(objective, n_held_out, judge):
    """Steps too large make the loss rise again; stopping at its lowest gives the same weights."""
    settings = {"n_held_out": n_held_out, "objective": objective}
    network, history = train_once(8, 0.3, **settings)
    lowest = int(np.argmin([epoch[judge] for epoch in history])) + 1
    stopped, _ = train_once(lowest, 0.3, **settings)
    assert 1 < lowest < 8
    for got, expected in zip(network.parameters(), stopped.parameters(), strict=True):
        assert torch.equal(got, expected)
    assert not network.training


def test_the_loss_of_rows_held_out_is_that_of_the_kept_weights():
    """Label and feature losses, weighted, of the rows held out and no others."""
    network, history = train_once(
        9, 0.05, n_held_out=5, objective="paper", alpha=2, beta=7, decorrelation=50
    )
    rng = np.random.default_rng(0)
    X, Y = rng.random((13, 3)), rng.random((13, 4)) < 0.5
    X, Y = torch.from_numpy(X[8:]), torch.from_numpy(Y[8:].astype(float))
    with torch.no_grad():
        _, _, Z, decoded = network(X, Y)
        expected = 2 * label_literal(Z, Y) + 7 * feature_literal(X, decoded)
    assert min(epoch["held_out"] for epoch in history) == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize("patience", [1, 4])
def test_training_ends_when_patience_does(patience):
    """So many epochs after the lowest loss; with more patience it would have gone on."""
    _, history = train_once(200, 0.1, n_held_out=5, patience=patience)
    judged = [epoch["held_out"] for epoch in history]
    assert len(history) == int(np.argmin(judged)) + 1 + patience < 200
    assert all(np.argmin(judged[:end]) + 1 + patience > end for end in range(patience, len(judged)))
    patient = train_once(len(history) + 1, 0.1, n_held_out=5)[1]
    assert len(patient) == len(history) + 1
    assert [epoch["loss"] for epoch in patient[:-1]] == [epoch["loss"] for epoch in history]


def test_a_callback_may_end_training():
    """It sees the newest epoch, and what was learned up to its end is kept."""
    seen, told = [], []

    def callback(epoch):
        seen.append(epoch["epoch"])
        return epoch["epoch"] == 3

    def report(history, ends):
        told.append((len(history), ends))

    network, history = train_once(9, 1e-3, callback=callback, report=report)
    stopped, _ = train_once(3, 1e-3)
    assert seen == [1, 2, 3]
    assert told == [(1, False), (2, False), (3, True)]
    assert len(history) == 3
    for got, expected in zip(network.parameters(), stopped.parameters(), strict=True):
        assert torch.equal(got, expected)


def test_history_holds_what_it_says():
    """Seconds, and a loss held out only where rows are."""
    names = {"epoch", "loss", "latent", "label", "feature", "seconds"}
    assert {frozenset(epoch) for epoch in train_once(2, 1e-3)[1]} == {frozenset(names)}
    held_out = train_once(2, 1e-3, n_held_out=3)[1]
    assert {frozenset(epoch) for epoch in held_out} == {frozenset(names | {"held_out"})}
    assert all(epoch["seconds"] > 0 for epoch in held_out)


@pytest.mark.parametrize("n_labels", [1, 3, 99])
def test_scores_by_label_are_the_scores(n_labels):
    """However many labels and rows are read at a time."""
    network = _network.AutoEncoder(3, 7, 5, (6, 7, 8)).reset(np.random.default_rng(0)).double()
    codes = np.random.default_rng(1).normal(size=(11, 5))
    decoder = _network.Decoder(network, batch_size=4)
    parts = list(decoder.scores_by_label(codes, n_labels))
    assert [part.start for part, _ in parts] == list(range(0, 7, n_labels))
    np.testing.assert_allclose(
        np.hstack([scores for _, scores in parts]), decoder.scores(codes), rtol=1e-12
    )


def test_weights_come_back_in_their_type():
    """Of a network of double precision, ready to be read."""
    one = _network.AutoEncoder(3, 4, 5, (6, 7, 8)).reset(np.random.default_rng(0)).double()
    weights = {name: value.numpy() for name, value in one.state_dict().items()}
    other = _network.with_weights(_network.AutoEncoder(3, 4, 5, (6, 7, 8)), weights)
    assert not other.training
    for got, expected in zip(other.parameters(), one.parameters(), strict=True):
        assert torch.equal(got, expected)
        assert got.dtype == torch.float64


def test_progress_on_a_terminal_is_one_line(capsys, monkeypatch):
    """Rewritten every epoch, with the time left, and ended where training ends."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    train_once(5, 1e-3, report=_network.progress(5), callback=lambda entry: entry["epoch"] == 3)
    shown = capsys.readouterr().err
    assert shown.count("\r") == 3
    assert shown.count("\n") == 1
    assert shown.endswith("\n")
    assert "epoch 2/5" in shown
    assert "s left" in shown
    assert shown.rstrip().endswith("done")


def test_a_last_step_that_breaks_the_weights_is_told():
    """One step, whose own loss was finite, and no later one to see what it did."""
    with pytest.raises(RuntimeError, match=r"diverged in epoch 1 .*lower learning_rate=inf"):
        train_once(1, np.inf)
