"""Tables to learn from, made without the package."""

from collections.abc import Sequence

import numpy as np


def learnable(
    n_rows: int, bounds: Sequence[float] = (0.0, 0.3, 0.6, 1.2), noise: float = 0.3
) -> tuple[np.ndarray, np.ndarray]:
    """Return 5 normal features, and a label per bound: the feature in its place lies above it.

    Higher bounds are rarer labels; with more noise they are harder to tell.
    """
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 5))
    signal = X[:, : len(bounds)] + noise * rng.normal(size=(n_rows, len(bounds)))
    return X, (signal > bounds).astype(int)
