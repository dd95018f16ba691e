"""How imbalanced is a label matrix: the field's measures, all functions of ``Y``.

Every function takes ``Y`` of shape (n_samples, n_labels) holding 0 and 1 as an array, a list, a
DataFrame or any sparse container, and costs time and memory in proportion to its ones: no dense
copy of a sparse ``Y`` is ever made. Two take ``X`` as well: `local_imbalance`, and `diagnose`,
which compares the rows before and after a sampler.

IRLbl, MeanIR, CVIR [1]_; SCUMBLE [2]_; TCS [3]_; local imbalance [4]_.

References
----------
.. [1] F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Addressing imbalance in multilabel
   classification: Measures and random resampling algorithms", Neurocomputing 163, 3-16, 2015.
.. [2] F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Dealing with difficult minority labels
   in imbalanced multilabel data sets", Neurocomputing 326-327, 39-53, 2019.
.. [3] F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "On the impact of dataset complexity
   and sampling strategy in multilabel classifiers performance", HAIS 2016, 500-511.
.. [4] B. Liu, K. Blekas, G. Tsoumakas, "Multi-label sampling based on local label imbalance",
   Pattern Recognition 122, 108294, 2022.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from ._containers import read_labels
from ._diagnosis import SamplingDiagnosis, diagnose
from ._frames import column_names
from ._imbalance import (
    counts_of,
    labelsets_of,
    majority_of,
    minority_of,
    ratios_of,
    scumbles_of,
    variation,
)
from ._local import LocalImbalance, local_imbalance

__all__ = [
    "LabelProfile",
    "LocalImbalance",
    "SamplingDiagnosis",
    "cardinality",
    "cvir",
    "density",
    "describe",
    "diagnose",
    "diversity",
    "imr_per_label",
    "ir_per_label",
    "label_counts",
    "labelset_ids",
    "local_imbalance",
    "majority_labels",
    "max_ir",
    "mean_ir",
    "minority_labels",
    "n_labelsets",
    "scumble",
    "scumble_cv",
    "scumble_cv_per_label",
    "scumble_per_label",
    "scumble_per_row",
    "tcs",
]


def label_counts(Y: Any) -> np.ndarray:
    """Return the number of positive rows of each label.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.

    Returns
    -------
    ndarray of int of shape (n_labels,)

    Examples
    --------
    >>> label_counts([[1, 0], [1, 1], [1, 0]])
    array([3, 1])
    """
    return counts_of(read_labels(Y))


def ir_per_label(Y: Any, *, empty: str = "ignore") -> np.ndarray:
    """Return IRLbl: how many times rarer each label is than the most frequent one.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.
    empty : {"ignore", "zero"}, default="ignore"
        The value of a label without positives: infinity, which every mean leaves out, or 0, which
        the means count, as R's mldr does.

    Returns
    -------
    ndarray of float of shape (n_labels,)
        1 for the most frequent label.

    Raises
    ------
    ValueError
        If ``empty`` is neither of the two.

    Examples
    --------
    >>> ir_per_label([[1, 0], [1, 1], [1, 0]])
    array([1., 3.])
    """
    if empty not in ("ignore", "zero"):
        raise ValueError(f"empty must be 'ignore' or 'zero'; got {empty!r}.")
    return ratios_of(label_counts(Y), np.inf if empty == "ignore" else 0.0)


def _counted_ir(Y: Any, empty: str) -> np.ndarray:
    return _finite(ir_per_label(Y, empty=empty))


def _finite(ratios: np.ndarray) -> np.ndarray:
    return ratios[np.isfinite(ratios)]


def _mean_or_nan(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else float("nan")


def _max_or_nan(values: np.ndarray) -> float:
    return float(values.max()) if values.size else float("nan")


def mean_ir(Y: Any, *, empty: str = "ignore") -> float:
    """Return MeanIR, the mean of IRLbl over the labels.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.
    empty : {"ignore", "zero"}, default="ignore"
        Whether labels without positives are left out or count as 0; see `ir_per_label`.

    Returns
    -------
    float
        At least 1; NaN when no label has a positive.

    Examples
    --------
    >>> mean_ir([[1, 0], [1, 1], [1, 0]])
    2.0
    """
    return _mean_or_nan(_counted_ir(Y, empty))


def max_ir(Y: Any) -> float:
    """Return MaxIR, the IRLbl of the rarest label that occurs at all.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.

    Returns
    -------
    float
        NaN when no label has a positive.

    Examples
    --------
    >>> max_ir([[1, 0], [1, 1], [1, 0]])
    3.0
    """
    return _max_or_nan(_counted_ir(Y, "ignore"))


def cvir(Y: Any, *, empty: str = "ignore") -> float:
    """Return CVIR, the coefficient of variation of IRLbl (sample standard deviation / mean).

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.
    empty : {"ignore", "zero"}, default="ignore"
        Whether labels without positives are left out or count as 0; see `ir_per_label`.

    Returns
    -------
    float
        NaN with fewer than two labels to compare.

    Examples
    --------
    >>> round(cvir([[1, 0], [1, 1], [1, 0]]), 4)
    0.7071
    """
    return variation(_counted_ir(Y, empty))


def imr_per_label(Y: Any) -> np.ndarray:
    """Return ImR: how many times rarer the rarer value of each label is than the other.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.

    Returns
    -------
    ndarray of float of shape (n_labels,)
        At least 1; infinity for a label that is constant.

    Examples
    --------
    >>> imr_per_label([[1, 0], [1, 1], [0, 0]])
    array([2., 2.])
    """
    Y = read_labels(Y)
    ones = counts_of(Y)
    zeros = Y.shape[0] - ones
    rarer = np.minimum(ones, zeros)
    return np.divide(
        np.maximum(ones, zeros), rarer, out=np.full(len(ones), np.inf), where=rarer > 0
    )


def minority_labels(Y: Any) -> np.ndarray:
    """Return the labels with IRLbl > MeanIR; an empty label is none of them.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.

    Returns
    -------
    ndarray of int
        Label indices, ascending.

    Examples
    --------
    >>> minority_labels([[1, 0], [1, 1], [1, 0]])
    array([1])
    """
    return minority_of(label_counts(Y))


def majority_labels(Y: Any) -> np.ndarray:
    """Return the labels with IRLbl <= MeanIR; an empty label is none of them.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.

    Returns
    -------
    ndarray of int
        Label indices, ascending.

    Examples
    --------
    >>> majority_labels([[1, 0], [1, 1], [1, 0]])
    array([0])
    """
    return majority_of(label_counts(Y))


def scumble_per_row(Y: Any) -> np.ndarray:
    """Return how unequal the labels of each row are in frequency.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.

    Returns
    -------
    ndarray of float of shape (n_samples,)
        1 - geometric mean / arithmetic mean of IRLbl over the labels the row bears, between 0 and
        1; exactly 0 for a row with one label, none, or labels of one frequency.

    Examples
    --------
    >>> scumble_per_row([[1, 0], [1, 1], [1, 0]]).round(4)
    array([0.   , 0.134, 0.   ])
    """
    Y = read_labels(Y)
    return scumbles_of(Y, counts_of(Y))


def scumble(Y: Any) -> float:
    """Return SCUMBLE, the mean of `scumble_per_row` over all rows.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.

    Returns
    -------
    float
        Between 0 (rare and frequent labels never share a row) and 1.

    Examples
    --------
    >>> round(scumble([[1, 0], [1, 1], [1, 0]]), 4)
    0.0447
    """
    return float(scumble_per_row(Y).mean())


def scumble_cv(Y: Any) -> float:
    """Return SCUMBLE.CV, the coefficient of variation of `scumble_per_row`.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.

    Returns
    -------
    float
        NaN when every row is 0.

    Examples
    --------
    >>> round(scumble_cv([[1, 0], [1, 1], [1, 0]]), 4)
    1.7321
    """
    return variation(scumble_per_row(Y))


def scumble_per_label(Y: Any) -> np.ndarray:
    """Return SCUMBLELbl, the mean of `scumble_per_row` over the rows that bear each label.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.

    Returns
    -------
    ndarray of float of shape (n_labels,)
        NaN for an empty label.

    Examples
    --------
    >>> scumble_per_label([[1, 0], [1, 1], [1, 0]]).round(4)
    array([0.0447, 0.134 ])
    """
    Y = read_labels(Y)
    counts = counts_of(Y)
    return _mean_over_bearers(Y, counts, scumbles_of(Y, counts))


def _mean_over_bearers(Y: sp.csr_array, counts: np.ndarray, values: np.ndarray) -> np.ndarray:
    borne = _borne(Y, values)
    # from one bearer's value on, so that the mean of equal values is exactly that value
    origin = np.full(len(counts), np.nan)
    origin[Y.indices] = borne
    sums = np.bincount(Y.indices, weights=borne - origin[Y.indices], minlength=len(counts))
    return origin + sums / np.maximum(counts, 1)


def _borne(Y: sp.csr_array, values: np.ndarray) -> np.ndarray:
    """Repeat each row's value for every label it bears, in storage order."""
    return np.repeat(values, np.diff(Y.indptr))


def scumble_cv_per_label(Y: Any) -> np.ndarray:
    """Return the coefficient of variation of `scumble_per_row` over the rows bearing each label.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.

    Returns
    -------
    ndarray of float of shape (n_labels,)
        NaN for a label with fewer than two positives; 0 where all its rows are 0, as in R's mldr.

    Examples
    --------
    >>> scumble_cv_per_label([[1, 0], [1, 1], [1, 0]]).round(4)
    array([1.7321,    nan])
    """
    Y = read_labels(Y)
    counts = counts_of(Y)
    rows = scumbles_of(Y, counts)
    means = _mean_over_bearers(Y, counts, rows)
    # two passes, as a difference of squares would lose half the digits
    gaps = _borne(Y, rows) - means[Y.indices]
    squares = np.bincount(Y.indices, weights=gaps**2, minlength=Y.shape[1])
    sd = np.sqrt(np.divide(squares, counts - 1, out=np.full(len(counts), np.nan), where=counts > 1))
    return np.divide(sd, means, out=sd.copy(), where=means > 0)


def cardinality(Y: Any) -> float:
    """Return the mean number of labels per row.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.

    Returns
    -------
    float

    Examples
    --------
    >>> cardinality([[1, 0], [1, 1]])
    1.5
    """
    return _cardinality(read_labels(Y))


def _cardinality(Y: sp.csr_array) -> float:
    return float(Y.nnz / Y.shape[0])


def density(Y: Any) -> float:
    """Return the mean share of labels a row bears: cardinality / n_labels.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.

    Returns
    -------
    float

    Examples
    --------
    >>> density([[1, 0], [1, 1]])
    0.75
    """
    Y = read_labels(Y)
    return _cardinality(Y) / Y.shape[1]


def labelset_ids(Y: Any) -> np.ndarray:
    """Give each distinct label set a number, in the order they first appear.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.

    Returns
    -------
    ndarray of int of shape (n_samples,)
        Rows with the same labels share a number, from 0.

    Notes
    -----
    Label sets are told apart by a fixed fingerprint, the sum of one word per label, so that no row
    is compared with another: one bit a label up to 64 labels, 128 random bits beyond.

    Examples
    --------
    >>> labelset_ids([[1, 0], [0, 1], [1, 0]])
    array([0, 1, 0])
    """
    return labelsets_of(read_labels(Y)).ids()


def n_labelsets(Y: Any) -> int:
    """Return the number of distinct label sets, the empty one included.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.

    Returns
    -------
    int

    Examples
    --------
    >>> n_labelsets([[1, 0], [0, 1], [1, 0]])
    2
    """
    return _n_labelsets(read_labels(Y))


def _n_labelsets(Y: sp.csr_array) -> int:
    return len(labelsets_of(Y).sizes)


def diversity(Y: Any, *, relative_to: str = "samples") -> float:
    """Return the share of label sets met among those that could have been.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.
    relative_to : {"samples", "possible"}, default="samples"
        Divide by the number of rows, or by the 2**n_labels sets there are.

    Returns
    -------
    float
        Between 0 and 1; with "possible" it is 0 beyond a thousand labels or so.

    Raises
    ------
    ValueError
        If ``relative_to`` is neither of the two.

    Examples
    --------
    >>> diversity([[1, 0], [0, 1], [1, 0]], relative_to="possible")
    0.5
    """
    Y = read_labels(Y)
    if relative_to == "samples":
        return _n_labelsets(Y) / Y.shape[0]
    if relative_to == "possible":
        return float(np.ldexp(float(_n_labelsets(Y)), -Y.shape[1]))
    raise ValueError(f"relative_to must be 'samples' or 'possible'; got {relative_to!r}.")


def tcs(Y: Any, n_features: int) -> float:
    """Return TCS, the theoretical complexity score ln(n_features * n_labels * n_labelsets).

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.
    n_features : int
        Number of features that go with ``Y``.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If ``n_features`` is not positive.

    Examples
    --------
    >>> round(tcs([[1, 0], [0, 1], [1, 0]], n_features=5), 4)
    2.9957
    """
    Y = read_labels(Y)
    return _tcs(n_features, Y.shape[1], _n_labelsets(Y))


def _tcs(n_features: int, n_labels: int, n_sets: int) -> float:
    if n_features < 1:
        raise ValueError(f"n_features must be at least 1; got {n_features!r}.")
    return float(np.log(float(n_features)) + np.log(float(n_labels)) + np.log(float(n_sets)))


@dataclass(frozen=True)
class LabelProfile:
    """What `describe` found, one field a measure.

    Parameters
    ----------
    n_samples, n_labels, n_labelsets, n_empty_labels, n_unlabelled_rows : int
        Sizes.
    n_minority_labels, n_majority_labels : int
        Labels with IRLbl above MeanIR, and the others that occur.
    cardinality, density, diversity, mean_ir, max_ir, cvir, scumble, scumble_cv : float
        The functions of the same names.
    tcs : float or None
        The theoretical complexity score, where the number of features was given.
    label_names : tuple of str
        Names, or indices as text.
    counts, ir_per_label, scumble_per_label : ndarray of shape (n_labels,)
        The functions of the same names, one value a label.

    Examples
    --------
    >>> profile = describe([[1, 0], [1, 1], [1, 0]], label_names=["sky", "bird"])
    >>> profile.n_labelsets, profile.to_dict()["counts"]
    (2, [3, 1])
    """

    n_samples: int
    n_labels: int
    n_labelsets: int
    n_empty_labels: int
    n_unlabelled_rows: int
    n_minority_labels: int
    n_majority_labels: int
    cardinality: float
    density: float
    diversity: float
    mean_ir: float
    max_ir: float
    cvir: float
    scumble: float
    scumble_cv: float
    tcs: float | None
    label_names: tuple[str, ...]
    counts: np.ndarray
    ir_per_label: np.ndarray
    scumble_per_label: np.ndarray

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as a dictionary of plain Python values."""
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in asdict(self).items()
        }

    def __str__(self) -> str:
        scalars = {
            name: value for name, value in asdict(self).items() if isinstance(value, int | float)
        }
        lines = (
            f"{name:<18}{value:>12}" if isinstance(value, int) else f"{name:<18}{value:>12.4f}"
            for name, value in scalars.items()
        )
        return "\n".join(lines)


def describe(
    Y: Any, n_features: int | None = None, label_names: Sequence[str] | None = None
) -> LabelProfile:
    """Return every measure of ``Y`` at once.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.
    n_features : int, optional
        Number of features that go with ``Y``; TCS needs it.
    label_names : sequence of str of length n_labels, optional
        Names; by default a DataFrame's columns, else the indices.

    Returns
    -------
    LabelProfile

    Raises
    ------
    ValueError
        If ``label_names`` has the wrong length.

    Examples
    --------
    >>> profile = describe([[1, 0], [1, 1], [1, 0]])
    >>> profile.mean_ir, profile.n_minority_labels
    (2.0, 1)
    """
    found, Y = column_names(Y), read_labels(Y)
    names = _as_text(found if label_names is None else label_names, Y.shape[1])
    if len(names) != Y.shape[1]:
        raise ValueError(f"label_names has {len(names)} entries, Y has {Y.shape[1]} labels.")
    counts, n_sets = counts_of(Y), _n_labelsets(Y)
    ratios, rows = ratios_of(counts), scumbles_of(Y, counts)
    present = _finite(ratios)
    return LabelProfile(
        n_samples=Y.shape[0],
        n_labels=Y.shape[1],
        n_labelsets=n_sets,
        n_empty_labels=int(np.sum(counts == 0)),
        n_unlabelled_rows=int(np.sum(np.diff(Y.indptr) == 0)),
        n_minority_labels=len(minority_of(counts)),
        n_majority_labels=len(majority_of(counts)),
        cardinality=_cardinality(Y),
        density=_cardinality(Y) / Y.shape[1],
        diversity=n_sets / Y.shape[0],
        mean_ir=_mean_or_nan(present),
        max_ir=_max_or_nan(present),
        cvir=variation(present),
        scumble=float(rows.mean()),
        scumble_cv=variation(rows),
        tcs=None if n_features is None else _tcs(n_features, len(counts), n_sets),
        label_names=tuple(names),
        counts=counts,
        ir_per_label=ratios,
        scumble_per_label=_mean_over_bearers(Y, counts, rows),
    )


def _as_text(names: Sequence[str] | np.ndarray | None, n_labels: int) -> list[str]:
    return [str(name) for name in (range(n_labels) if names is None else names)]
