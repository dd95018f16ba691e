"""What a sampler did to a data set, seen from outside; public through `skml_aemlo.measures`.

Only the rows before and after are compared, so any sampler can be judged, whatever it tells about
itself.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from numbers import Integral
from typing import Any

import numpy as np
import scipy.sparse as sp

from ._between import blocks, row_sizes
from ._containers import Features, Rows, read_labels
from ._frames import PandasFrame, frame_of
from ._imbalance import labelsets_of
from ._neighbors import Space
from ._search import ExactSearch, squared_distances
from ._sklearn import make_generator

__all__ = ["SamplingDiagnosis", "diagnose"]


@dataclass(frozen=True)
class SamplingDiagnosis:
    """What `diagnose` found; a figure that nothing was there for is NaN.

    Parameters
    ----------
    n_rows_before, n_rows_after : int
        Rows the sampler was given (the real ones), and rows it returned.
    n_made : int
        Rows returned that are not one of those given: added, be it as a copy, or with other labels.
    n_dropped : int
        Rows given that are not among those returned, or not with these labels.
    share_unseen_labelsets : float
        Share of the made rows whose label set no real row has.
    cooccurrence_drift : float
        How far the co-occurrence of labels has moved, rows dropped included: 0 not at all, 1 to
        labels and pairs of labels that never occurred.
    share_duplicates : float
        Share of the made rows whose features are those of a real row or of an earlier made one.
    nearest_real_distance : float
        Mean distance of a made row from the nearest real one, in units of the median distance
        between a real row and the nearest other; 0 for clones.
    label_agreement : float
        How far the labels of a made row are those of its nearest real rows, 0 to 1.
    label_agreement_real : float
        The same of real rows, to compare with.

    Examples
    --------
    >>> from skml_aemlo.measures import diagnose
    >>> X, Y = [[0.0], [1.0]], [[1, 0], [0, 1]]
    >>> found = diagnose(X, Y, [*X, [0.5]], [*Y, [1, 1]])
    >>> found.n_made, found.share_unseen_labelsets, found.nearest_real_distance
    (1, 1.0, 0.5)
    """

    n_rows_before: int
    n_rows_after: int
    n_made: int
    n_dropped: int
    share_unseen_labelsets: float
    cooccurrence_drift: float
    share_duplicates: float
    nearest_real_distance: float
    label_agreement: float
    label_agreement_real: float

    def to_dict(self) -> dict[str, int | float]:
        """Return all fields as a dictionary."""
        return asdict(self)

    def __str__(self) -> str:
        return "\n".join(
            f"{name:<24}{value:>12}" if isinstance(value, int) else f"{name:<24}{value:>12.4f}"
            for name, value in self.to_dict().items()
        )


def diagnose(
    X: Any,
    Y: Any,
    X_res: Any,
    Y_res: Any,
    *,
    sample_indices: Any = None,
    n_neighbors: int = 5,
    metric: str = "heom",
    categorical_features: Any = "auto",
    max_rows: int | None = 2000,
    random_state: Any = 0,
) -> SamplingDiagnosis:
    """Compare what a sampler returned with what it was given.

    Parameters
    ----------
    X : array-like, DataFrame or sparse container of shape (n_samples, n_features)
        Features before: the real rows.
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels before, 0 or 1.
    X_res : array-like, DataFrame or sparse container of shape (n_samples_new, n_features)
        Features after.
    Y_res : array-like, DataFrame or sparse container of shape (n_samples_new, n_labels)
        Labels after.
    sample_indices : array-like of int of shape (n_samples_new,), optional
        Real row each row of ``X_res`` came from, a sampler's ``sample_indices_``. It is no witness
        for the labels of the row it became; without, only copies are known by their features.
    n_neighbors : int, default=5
        Real rows whose labels are compared, ``n_samples - 1`` at most.
    metric : {"heom", "euclidean"}, default="heom"
        Distance between rows; "heom" divides numeric features by their range in ``X``.
    categorical_features : "auto", None, or array-like of int, bool or str, default="auto"
        Nominal columns, as in `local_imbalance`.
    max_rows : int or None, default=2000
        Beyond so many made rows, and so many real ones, a random choice of them stands for all
        where neighbours are asked for; None takes all.
    random_state : int, RandomState, Generator or None, default=0
        Seed of that choice.

    Returns
    -------
    SamplingDiagnosis

    Raises
    ------
    ValueError
        If the four tables do not fit together, one of them is invalid, or a parameter is out of
        range.

    Notes
    -----
    *Made* are the rows of ``X_res``, ``Y_res`` beyond those that equal a row of ``X``, ``Y``, which
    counts once. So an oversampler's clones are made, an undersampler makes nothing, and REMEDIAL
    makes two rows of one that it drops. Equal rows are told by a fixed fingerprint of 128 bits.

    *Drift* is the total variation distance, half the sum of absolute differences, between the
    co-occurrence matrices before and after, ``Y.T @ Y`` divided by its sum: pairs of labels off the
    diagonal, frequencies on it. NaN where there are no labels.

    *Agreement* of a row is its mean Jaccard index with its neighbours: labels both bear by labels
    either bears, 1 where neither bears any. The real row that a made one came from is no neighbour
    of it: a clone agrees as its original does. Without ``sample_indices`` that is, of the real rows
    with its features, the first, preferably with its labels too; a row between others then has its
    seed among its neighbours, and agrees more. Rows of rare labels agree less, real or made.

    The unit of distance leaves out real rows that have a copy, at distance 0.

    Examples
    --------
    >>> from skml_aemlo import MLSMOTE, datasets
    >>> from skml_aemlo.measures import diagnose
    >>> data = datasets.load_synthetic()
    >>> sampler = MLSMOTE(random_state=0)
    >>> after = sampler.fit_resample(data.X, data.Y)
    >>> found = diagnose(data.X, data.Y, *after, sample_indices=sampler.sample_indices_)
    >>> found.n_made == len(after[0]) - len(data.X), found.share_duplicates
    (True, 0.0)
    """
    _check_options(n_neighbors, metric, max_rows)
    before, after = read_labels(Y), read_labels(Y_res, "Y_res")
    features = Features(X, categorical_features)
    _check_shapes((features, Rows(X_res)), (before, after))
    pool = _Pool(
        _read_together(features, Features(X_res, features.categorical)),
        sp.csr_array(sp.vstack([before, after])),
        features.n_rows,
        _read_sources(sample_indices, after.shape[0], before.shape[0]),
    )
    rng = make_generator(random_state)
    made = _chosen(pool.made, max_rows, rng)
    real = _chosen(np.arange(pool.n_real), max_rows, rng)
    points = Space(pool.X, np.asarray(features.categorical), metric, features.n_rows).points()
    distance, agreement = _beside_real_rows(pool, points, np.append(made, real), n_neighbors)
    return SamplingDiagnosis(
        n_rows_before=before.shape[0],
        n_rows_after=after.shape[0],
        n_made=len(pool.made),
        n_dropped=len(pool.made) + before.shape[0] - after.shape[0],
        share_unseen_labelsets=_mean(pool.unseen_labelsets()),
        cooccurrence_drift=_drift(before, after),
        share_duplicates=_mean(pool.duplicates()),
        nearest_real_distance=_relative(distance[: len(made)], distance[len(made) :]),
        label_agreement=_mean(agreement[: len(made)]),
        label_agreement_real=_mean(agreement[len(made) :]),
    )


def _check_options(n_neighbors: Any, metric: Any, max_rows: Any) -> None:
    if metric not in ("heom", "euclidean"):
        raise ValueError(f"metric must be 'heom' or 'euclidean'; got {metric!r}.")
    if not isinstance(n_neighbors, Integral) or n_neighbors < 1:
        raise ValueError(f"n_neighbors must be an int of at least 1; got {n_neighbors!r}.")
    if max_rows is not None and (not isinstance(max_rows, Integral) or max_rows < 1):
        raise ValueError(f"max_rows must be an int of at least 1, or None; got {max_rows!r}.")


def _check_shapes(features: tuple[Rows, Rows], labels: tuple[sp.csr_array, sp.csr_array]) -> None:
    widths = {part.n_features for part in features}, {part.shape[1] for part in labels}
    lengths = [{x.n_rows, y.shape[0]} for x, y in zip(features, labels, strict=True)]
    if any(len(sizes) > 1 for sizes in (*widths, *lengths)):
        shapes = [f"({part.n_rows}, {part.n_features})" for part in features]
        raise ValueError(
            f"X {shapes[0]} and Y {labels[0].shape} must have the same rows, X_res {shapes[1]} and "
            f"Y_res {labels[1].shape} too, X and X_res the same columns, and Y and Y_res."
        )


def _read_sources(sample_indices: Any, n_rows: int, n_real: int) -> np.ndarray | None:
    if sample_indices is None:
        return None
    rows = np.asarray(sample_indices)
    if rows.shape != (n_rows,) or rows.dtype.kind not in "iu":
        raise ValueError(
            f"sample_indices must be {n_rows} row numbers, one for each row of X_res; got "
            f"{rows.dtype} of shape {rows.shape}."
        )
    if rows.min() < 0 or rows.max() >= n_real:
        raise ValueError(f"sample_indices must name rows of X, 0 to {n_real - 1}.")
    return rows


def _read_together(before: Features, after: Features) -> Any:
    """Return the features of both, those before first; a nominal value has one code in both."""
    parts = [before.values, after.values]
    if any(map(sp.issparse, parts)):
        return sp.csr_array(sp.vstack([sp.csr_array(part) for part in parts]))
    if before.categorical is None or not before.categorical.any():
        return np.concatenate(parts)
    return Features(_stacked(before.given, after.given), before.categorical).values


def _stacked(before: Any, after: Any) -> Any:
    frames = frame_of(before), frame_of(after)
    if None not in frames and list(before.columns) != list(after.columns):
        raise ValueError("X and X_res must have the same columns in the same order.")
    if not all(isinstance(frame, PandasFrame) for frame in frames):
        return np.concatenate([np.asarray(before), np.asarray(after)])
    import pandas as pd  # the caller gave frames, so pandas is here

    return pd.concat([before, after], ignore_index=True)


class _Pool:
    """The rows before and, behind them, the rows after, each known by what it equals.

    Attributes
    ----------
    made : ndarray of int
        Rows after that are not one of the rows before.
    """

    def __init__(
        self, X: Any, Y: sp.csr_array, n_real: int, sources: np.ndarray | None = None
    ) -> None:
        self.X, self.Y, self.n_real = X, Y, n_real
        self._sources = sources
        self.looks, self.sets = _look_ids(X), labelsets_of(Y).ids()
        whole = self.looks * (self.sets.max() + 1) + self.sets
        self.kinds = np.unique(whole, return_inverse=True)[1]
        # of a kind as many rows are kept as there were
        room = 2 * np.bincount(self.kinds[:n_real], minlength=len(Y.indptr))
        later = _turns(self.kinds) >= room[self.kinds]
        self.made = n_real + np.flatnonzero(later[n_real:])

    def duplicates(self) -> np.ndarray:
        """Tell the made rows whose features an earlier row has."""
        return _turns(self.looks)[self.made] > 0

    def unseen_labelsets(self) -> np.ndarray:
        """Tell the made rows whose label set no real row has."""
        return _lowest(self.sets, self.n_real)[self.made] < 0

    def copied(self, rows: np.ndarray) -> np.ndarray:
        """Return the real row that each of ``rows`` is a copy of, -1 for none."""
        alike = _lowest(self.kinds, self.n_real)[rows]
        return np.where(alike < 0, _lowest(self.looks, self.n_real)[rows], alike)

    def origins(self, rows: np.ndarray) -> np.ndarray:
        """Return the real row that each of ``rows`` is or came from, -1 for an unknown one."""
        if self._sources is None:
            return np.where(rows < self.n_real, rows, self.copied(rows))
        return np.append(np.arange(self.n_real), self._sources)[rows]


def _turns(ids: np.ndarray) -> np.ndarray:
    """Return how many earlier rows have the number of each row."""
    order = np.argsort(ids, kind="stable")
    turns = np.empty(len(ids), dtype=np.intp)
    turns[order] = np.arange(len(ids)) - np.searchsorted(ids[order], ids[order])
    return turns


def _lowest(ids: np.ndarray, n_real: int) -> np.ndarray:
    """Return the lowest real row with the number of each row, -1 where there is none."""
    first = np.full(ids.max() + 1, -1)
    first[ids[:n_real][::-1]] = np.arange(n_real)[::-1]
    return first[ids]


def _look_ids(X: Any) -> np.ndarray:
    """Give rows of the same features the same number."""
    words = np.random.default_rng(0).integers(0, 2**64, size=(2, X.shape[1]), dtype=np.uint64)
    parts = blocks(row_sizes(X))
    prints = np.concatenate([_prints(X[part], words) for part in parts], axis=1)
    order = np.lexsort(prints)
    news = np.any(np.diff(prints[:, order], axis=1) != 0, axis=0)
    ids = np.empty(len(order), dtype=np.intp)
    ids[order] = np.append(0, np.cumsum(news))
    return ids


def _prints(X: Any, words: np.ndarray) -> np.ndarray:
    """Return two fingerprints of every row, to which zeros, stored or not, add nothing."""
    odd = words | np.uint64(1)
    if not sp.issparse(X):
        return (_stirred(X) @ odd.T).T
    running = np.zeros((2, X.nnz + 1), dtype=np.uint64)
    np.cumsum(odd[:, X.indices] * _stirred(X.data), axis=1, out=running[:, 1:])
    return running[:, X.indptr[1:]] - running[:, X.indptr[:-1]]


def _stirred(values: np.ndarray) -> np.ndarray:
    """Return the bits of numbers, mixed: unstirred, numbers of few digits differ in few bits."""
    bits = (values.astype(np.float64) + 0.0).view(np.uint64)
    for shift in (np.uint64(32), np.uint64(29)):
        bits = (bits ^ (bits >> shift)) * np.uint64(0x9E3779B97F4A7C15)
    return bits


def _chosen(rows: np.ndarray, most: int | None, rng: np.random.Generator) -> np.ndarray:
    if most is None or len(rows) <= most:
        return rows
    return np.sort(rng.choice(rows, most, replace=False))


def _drift(before: sp.csr_array, after: sp.csr_array) -> float:
    if not before.nnz or not after.nnz:
        return float("nan")
    gap = _cooccurrence(before) - _cooccurrence(after)
    return float(abs(gap).sum() / 2)


def _cooccurrence(Y: sp.csr_array) -> sp.csr_array:
    counts = Y.T.astype(float) @ Y.astype(float)
    return sp.csr_array(counts / counts.sum())


def _beside_real_rows(
    pool: _Pool, points: Any, rows: np.ndarray, n_neighbors: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return how far each row is from the nearest real one, and how far it agrees with such rows.

    Nearest to a made row may be its origin, but a real row is not its own neighbour.
    """
    k = min(int(n_neighbors), pool.n_real - 1)
    if not k:
        copied = (rows >= pool.n_real) & (pool.copied(rows) >= 0)
        return np.where(copied, 0.0, np.nan), np.full(len(rows), np.nan)
    own, everyone = pool.origins(rows), np.arange(len(rows))
    asked, real = points[rows].astype(float), points[: pool.n_real].astype(float, copy=False)
    near = ExactSearch(real, k, asked, own)(everyone)
    squares = squared_distances(asked, everyone, real, near[:, 0])
    grown = np.flatnonzero((rows >= pool.n_real) & (own >= 0))
    squares[grown] = np.minimum(squares[grown], squared_distances(asked, grown, real, own[grown]))
    return np.sqrt(squares), _agreement(pool.Y, rows, near)


def _agreement(Y: sp.csr_array, rows: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Return the mean Jaccard index of the labels of each row and of those near it."""
    one, other = np.repeat(rows, near.shape[1]), near.ravel()
    sizes = np.diff(Y.indptr)
    shared = Y[one].multiply(Y[other]).sum(axis=1)
    either = sizes[one] + sizes[other] - shared
    jaccard = np.divide(shared, either, out=np.ones(len(one)), where=either > 0)
    return jaccard.reshape(near.shape).mean(axis=1)


def _relative(made: np.ndarray, real: np.ndarray) -> float:
    """Return the mean distance of made rows in units of the median one of real rows."""
    apart = real[real > 0]
    if not made.any():
        return _mean(made)
    return _mean(made) / float(np.median(apart)) if len(apart) else float("nan")


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
