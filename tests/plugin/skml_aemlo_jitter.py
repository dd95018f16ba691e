"""A sampler of another package, registered by its entry point alone."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp

from skml_aemlo import MultiLabelSampler, Resampling, measures


class JitteredClones(MultiLabelSampler):
    """Clone each row of a minority label once, its non-zero features shaken a little.

    Parameters
    ----------
    scale : float, default=0.05
        Standard deviation of the factor that a feature is multiplied by, around 1.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the factors.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "scale": [float, int],
        "random_state": ["random_state"],
    }

    def __init__(self, scale: float = 0.05, *, random_state: Any = None) -> None:
        self.scale = scale
        self.random_state = random_state

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        rare = measures.minority_labels(Y)
        chosen = np.flatnonzero(Y[:, rare].sum(axis=1))
        factors = rng.normal(1.0, self.scale, size=(len(chosen), X.shape[1]))
        made = X[chosen] * factors if not sp.issparse(X) else X[chosen].multiply(factors).tocsr()
        source = np.append(np.arange(Y.shape[0]), chosen)
        return Resampling(source, Y[source], made)
