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

from .._sklearn import Interval
from ..base import MultiLabelSampler, Resampling
from ..measures import minority_labels, scumble_per_row

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
    field's.

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
        concurrence = scumble_per_row(Y)
        threshold = concurrence.mean() if self.threshold is None else self.threshold
        torn = np.flatnonzero(concurrence > threshold)
        rare = np.zeros(Y.shape[1], dtype=bool)
        rare[minority_labels(Y)] = True
        in_place = np.zeros(Y.shape[0], dtype=bool)
        in_place[torn] = True
        return Resampling(
            source=np.concatenate([np.arange(Y.shape[0]), torn]),
            Y=sp.csr_array(sp.vstack([_without(Y, ~rare, in_place), _without(Y[torn], rare)])),
        )


def _without(Y: sp.csr_array, labels: np.ndarray, rows: np.ndarray | None = None) -> sp.csr_array:
    """Return ``Y`` with ``labels`` cleared, in all rows or in those marked."""
    cleared = labels[Y.indices]
    if rows is not None:
        cleared &= np.repeat(rows, np.diff(Y.indptr))
    made = sp.csr_array((np.where(cleared, 0, Y.data), Y.indices, Y.indptr), shape=Y.shape).copy()
    made.eliminate_zeros()
    return made
