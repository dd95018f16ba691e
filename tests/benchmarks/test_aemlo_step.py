"""One training step of AEMLO on bibtex's shapes: factored against literal losses."""

import time

import numpy as np
import pytest
import torch
from oracles_aemlo import feature_literal, label_literal, latent_literal

from skml_aemlo.samplers import _network

N_ROWS, N_FEATURES, N_LABELS, LATENT = 128, 1836, 159, 500
REQUIRED = 30


class LiteralTraining(_network.Training):
    """The same step with the (B, L, L) and (B, B, d) arrays of the published losses."""

    def losses(self, network, X, Y, seen=None):
        """Return the losses of one batch, which is seen as it is."""
        H_x, H_y, Z, decoded = network(X, Y)
        latent = latent_literal(H_x, H_y, self.decorrelation)
        label, feature = label_literal(Z, Y), feature_literal(X, decoded)
        return _network.Losses(
            latent + self.alpha * label + self.beta * feature, latent, label, feature
        )


def make_step(training, dtype):
    """Return a function that takes one step (forward, losses, backward, Adam) on one batch."""
    plan = training(
        epochs=1, batch_size=N_ROWS, learning_rate=1e-4, alpha=1.0, beta=1.0, decorrelation=0.1,
        device="cpu", dtype=dtype,
    )  # fmt: skip
    rng = np.random.default_rng(0)
    X = plan.tensor((rng.random((N_ROWS, N_FEATURES)) < 0.037).astype(float))
    Y = plan.tensor((rng.random((N_ROWS, N_LABELS)) < 0.015).astype(float))
    network = _network.AutoEncoder(N_FEATURES, N_LABELS, LATENT, (200, 200, 100)).reset(rng)
    network.to(getattr(torch, dtype))
    optimizer = _network.adam(network, plan)
    return lambda: _network.step(network, optimizer, X, Y, plan)


def seconds(step):
    """Return how long one step takes."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def values(losses):
    """Return the four losses as numbers."""
    return [term.item() for term in losses]


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-10), ("float32", 1e-4)])
def test_factored_step_is_thirty_times_faster(benchmark, dtype, tolerance):
    """Same losses over three steps, and the fastest of interleaved steps at least 30 to 1."""
    with _network.threads(1):
        factored = make_step(_network.Training, dtype)
        literal = make_step(LiteralTraining, dtype)
        for _ in range(3):
            np.testing.assert_allclose(values(factored()), values(literal()), rtol=tolerance)
        rounds = [(seconds(literal), min(seconds(factored) for _ in range(8))) for _ in range(4)]
        benchmark(factored)
    slow, fast = (min(times) for times in zip(*rounds, strict=True))
    ratio = slow / fast
    print(f"\n{dtype}: literal {1e3 * slow:.0f} ms, factored {1e3 * fast:.1f} ms, {ratio:.1f}x")
    benchmark.extra_info.update(literal_ms=1e3 * slow, factored_ms=1e3 * fast, ratio=ratio)
    assert ratio >= REQUIRED
