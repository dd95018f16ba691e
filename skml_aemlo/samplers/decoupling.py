"""Decoupling: split the rows in which rare and frequent labels concur.

References
----------
F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Dealing with difficult minority labels in
imbalanced multilabel data sets", Neurocomputing 326-327, 39-53, 2019.
"""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp

from .._imbalance import counts_of, minority_of, scumbles_of
from .._sklearn import Interval
from .._strategy import warn_idle
from ..base import MultiLabelSampler, Resampling

__all__ = ["REMEDIAL"]


class REMEDIAL(MultiLabelSampler):
    """Tear rows that mix rare and frequent labels into one row for each kind.

    A row whose SCUMBLE exceeds the threshold keeps its minority labels; a copy of it, appended,
    takes the majority ones.

    Parameters
    ----------
    threshold : float or None, default=None
        Tear rows with a SCUMBLE above this, between 0 and 1; None takes the mean over all rows.

    Attributes
    ----------
    sample_indices_ : ndarray of int of shape (n_samples_new,)
        Input row of every output row: all rows in order, then the torn ones again.
    is_synthetic_ : ndarray of bool of shape (n_samples_new,)
        All False: features are copies, only labels change.

    See Also
    --------
    SamplerSequence : REMEDIAL before an oversampler (REMEDIAL-HwR).

    Notes
    -----
    A row can be torn although all its labels lie on one side of MeanIR; one of the two then bears
    no label at all, as in the paper's pseudo-code. It stays, so that row counts agree with the
    field's. Where no row exceeds the threshold, a warning says that nothing was done.

    References
    ----------
    F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Resampling multilabel datasets by
    decoupling highly imbalanced labels", HAIS 2015, 489-501.

    Examples
    --------
    >>> from skml_aemlo import REMEDIAL
    >>> Y = [[1, 0], [1, 0], [1, 0], [1, 1]]
    >>> X_res, Y_res = REMEDIAL().fit_resample([["a"], ["b"], ["c"], ["d"]], Y)
    >>> X_res[3:], Y_res[3:]
    ([['d'], ['d']], [[0, 1], [1, 0]])
    """

    _reads_features = False
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "threshold": [Interval(Real, 0, 1, closed="both"), None]
    }

    def __init__(self, *, threshold: float | None = None) -> None:
        self.threshold = threshold

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        counts = counts_of(Y)
        scumbles = scumbles_of(Y, counts)
        threshold = _just_above_mean(scumbles) if self.threshold is None else self.threshold
        torn = scumbles > threshold
        if not torn.any():
            warn_idle(f"no row has a SCUMBLE above {threshold:.4g}")
        rare = np.zeros(Y.shape[1], dtype=bool)
        rare[minority_of(counts)] = True
        # entries that leave their row for the copy: frequent labels of torn rows
        moved = np.repeat(torn, np.diff(Y.indptr)) & ~rare[Y.indices]
        stayed, gone = _entries(Y, ~moved), _entries(Y, moved)
        lengths = np.concatenate([np.diff(stayed[1]), np.diff(gone[1])[torn]])
        indices = np.concatenate([stayed[0], gone[0]])
        indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(Y.indptr.dtype)
        shape = (len(lengths), Y.shape[1])
        return Resampling(
            source=np.concatenate([np.arange(Y.shape[0]), np.flatnonzero(torn)]),
            Y=sp.csr_array((np.ones(len(indices), dtype=Y.dtype), indices, indptr), shape=shape),
        )


def _just_above_mean(values: np.ndarray) -> float:
    """Return the mean, raised beyond rounding: rows that all equal it are not above it."""
    return float(values.mean()) * (1 + 1e-12)


def _entries(Y: sp.csr_array, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the columns of the entries kept and where each row begins among them."""
    return Y.indices[kept], np.concatenate([[0], np.cumsum(kept)])[Y.indptr]
