"""What a training of AEMLO comes to, done once for all who may share it."""

from __future__ import annotations

from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp

from .._columns import Columns
from .._growth import Reader
from .._sharing import content_of, once

__all__ = ["Trained", "torch_half", "trained_network"]

_FEWEST_HELD_OUT = 2  # rows, below which there is nothing to hold out


class Trained(NamedTuple):
    """What a training comes to."""

    network: Any  # on CPU
    history: list[dict[str, float]]
    codes: np.ndarray  # of all rows
    held_out: np.ndarray  # rows it did not see
    stream: Any  # state of the generator afterwards


def trained_network(
    X: Any,
    Y: sp.csr_array,
    columns: Columns,
    sizes: tuple[int, tuple[int, int, int]],
    validation_fraction: float,
    plan: Any,
    rng: np.random.Generator,
) -> Trained:
    """Train on all rows but those held out, and leave ``rng`` as training does.

    Parameters
    ----------
    X : ndarray or csr_array of shape (n_samples, n_features)
    Y : csr_array of shape (n_samples, n_labels)
    columns : Columns
        Of ``X``.
    sizes : (int, tuple of three int)
        Latent and hidden widths.
    validation_fraction : float
        Share of the rows held out.
    plan : Training
        A training that someone watches takes place, shared or not.
    rng : numpy.random.Generator

    Returns
    -------
    Trained
    """

    def train() -> Trained:
        network = torch_half().AutoEncoder(X.shape[1], Y.shape[1], *sizes).reset(rng)
        rows, held_out = _split(Y.shape[0], validation_fraction, rng)
        history = torch_half().train(network, batch, rows, held_out, plan, rng)
        codes = Reader(torch_half().Decoder(network.to("cpu")), columns).codes(X)
        return Trained(network, history, codes, held_out, rng.bit_generator.state)

    def batch(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return columns.scale(X[rows]), Y[rows].toarray()

    def key() -> tuple[str, str]:
        told = sizes, validation_fraction, plan, rng.bit_generator.state
        return content_of(X, Y, columns.low, columns.high), repr(told)

    if plan.report is not None or plan.callback is not None:
        return train()
    trained = once(key, train)
    rng.bit_generator.state = trained.stream
    return trained


def _split(
    n_rows: int, validation_fraction: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows to train on, and those to hold out."""
    n_held_out = round(validation_fraction * n_rows)
    n_held_out = n_held_out if _FEWEST_HELD_OUT <= n_held_out < n_rows else 0
    held_out, rows = np.split(rng.permutation(n_rows), [n_held_out])
    return rows, held_out


def torch_half() -> ModuleType:
    """Return the module that imports torch."""
    try:
        from . import _network
    except ImportError as error:
        raise ImportError(
            "AEMLO trains a neural network and needs torch: python -m pip install torch"
        ) from error
    return _network
