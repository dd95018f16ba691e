"""Data sets made to measure: label frequencies, imbalance, concurrence and noise as wished."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy import sparse as sp
from sklearn.utils import check_random_state

from .dataset import Dataset

_TOP_SHARE = 0.4
_DEFAULT_MEAN_IR = 5.0
_BLOCK_CELLS = 2_000_000


def make_imbalanced_multilabel(
    n_samples: int = 1000,
    n_features: int = 20,
    n_labels: int = 10,
    *,
    frequencies: Any = None,
    mean_ir: float | None = None,
    concurrence: float = 0.5,
    n_informative: int | None = None,
    noise: float = 1.0,
    flip_y: float = 0.0,
    sparse: bool = False,
    density: float = 0.1,
    random_state: Any = None,
) -> Dataset:
    r"""Make a multi-label data set as imbalanced as wished.

    Parameters
    ----------
    n_samples, n_features, n_labels : int, default=1000, 20, 10
        The size. ``n_labels`` is not read when ``frequencies`` are given.
    frequencies : array-like of float of shape (n_labels,), default=None
        The wanted share of rows that bear each label, in (0, 1]; met to the nearest row.
    mean_ir : float, default=None
        The wanted MeanIR, at least 1, when no frequencies are given; None means 5. The
        frequencies then fall geometrically from about 0.4. Met as nearly as whole rows allow.
    concurrence : float, default=0.5
        The share of the rare labels' positives, in [0, 1], that also bear a frequent label.
        Rare is what lies above MeanIR, as for the samplers.
    n_informative : int, default=None
        How many features, the first ones, depend on the labels; None means all.
    noise : float, default=1.0
        Standard deviation of the noise on the informative features, where the labels' own
        contributions have standard deviation 1. For sparse features, the odds that a word
        comes from the background rather than from the labels' vocabulary.
    flip_y : float, default=0.0
        The share of each label's positives, in [0, 1], that are given to other rows after the
        features were drawn; the frequencies stay.
    sparse : bool, default=False
        Whether ``X`` is a ``csr_array`` of non-negative rows of length 1, like TF-IDF.
    density : float, default=0.1
        The share of non-zero features per row, in (0, 1], of a sparse ``X``.
    random_state : int, RandomState, Generator or None, default=None
        The source of randomness; the same seed gives the same rows.

    Returns
    -------
    data : Dataset
        All features numeric; the labels in the order of the frequencies.

    Raises
    ------
    ValueError
        If a parameter is out of its range, a label would have no positives, or ``mean_ir``
        cannot be reached with so few rows.

    Notes
    -----
    Labels are drawn first, features then: a row's informative features are the sum of its
    labels' prototypes (standard normal vectors) and the noise, so how hard the data are does not
    depend on how imbalanced they are. When too few rows are without a frequent label,
    rare ones concur more than asked for.

    Examples
    --------
    >>> from skml_aemlo.datasets import make_imbalanced_multilabel
    >>> data = make_imbalanced_multilabel(200, 8, frequencies=[0.5, 0.1, 0.05], random_state=0)
    >>> data
    Dataset('imbalanced': 200 rows, 8 features (0 nominal, dense), 3 labels)
    >>> data.Y.sum(axis=0).tolist()
    [100, 20, 10]
    """
    n_samples = _whole("n_samples", n_samples)
    n_features = _whole("n_features", n_features)
    n_informative = _informative(n_informative, n_features)
    _share("concurrence", concurrence)
    _share("flip_y", flip_y)
    _share("density", density, above=True)
    _at_least("noise", noise, 0)
    counts = _counts(n_samples, n_labels, frequencies, mean_ir)
    rng = _generator(random_state)

    Y = _draw_labels(n_samples, counts, concurrence, rng)
    if sparse:
        words = max(1, round(density * n_features))
        X: Any = _draw_documents(Y, n_features, n_informative, words, noise, rng)
    else:
        X = _draw_points(Y, n_features, n_informative, noise, rng)
    if flip_y:
        Y = _flip(Y, flip_y, rng)
    return Dataset(X, Y, _names("x", n_features), _names("y", counts.size), name="imbalanced")


def load_synthetic() -> Dataset:
    """Return the data set that the demo and the command line call ``synthetic``.

    Returns
    -------
    data : Dataset
        600 rows, 24 features (all numeric) and 12 labels with a MeanIR of 6.5, the rarest with
        13 positives; always the same.

    Examples
    --------
    >>> from skml_aemlo.datasets import load_synthetic
    >>> load_synthetic()
    Dataset('synthetic': 600 rows, 24 features (0 nominal, dense), 12 labels)
    """
    data = make_imbalanced_multilabel(600, 24, 12, mean_ir=6.5, random_state=0)
    return replace(data, name="synthetic")


def _counts(n_samples: int, n_labels: int, frequencies: Any, mean_ir: float | None) -> np.ndarray:
    if frequencies is None:
        target = _DEFAULT_MEAN_IR if mean_ir is None else mean_ir
        return _counts_by_mean_ir(n_samples, _whole("n_labels", n_labels), target)
    if mean_ir is not None:
        raise ValueError(
            f"frequencies and mean_ir={mean_ir!r} are both given; expected one: they fix the same"
        )
    return _counts_by_frequency(n_samples, np.asarray(frequencies, dtype=float))


def _counts_by_frequency(n_samples: int, frequencies: np.ndarray) -> np.ndarray:
    shares = frequencies.ravel()
    if frequencies.ndim != 1 or not shares.size or not ((shares > 0) & (shares <= 1)).all():
        raise ValueError(
            f"frequencies is {frequencies!r}; expected one share of the rows per label, "
            "above 0 and at most 1"
        )
    counts = np.round(shares * n_samples).astype(int)
    if not counts.all():
        rarest = shares[counts.argmin()]
        raise ValueError(
            f"frequencies holds {rarest}, no row at all out of n_samples={n_samples}; "
            f"expected at least {1 / n_samples:g}: raise it or n_samples"
        )
    return counts


def _counts_by_mean_ir(n_samples: int, n_labels: int, mean_ir: float) -> np.ndarray:
    _at_least("mean_ir", mean_ir, 1)
    top = max(1, round(_TOP_SHARE * n_samples))
    steps = np.arange(n_labels) / max(1, n_labels - 1)
    reachable = float((float(top) ** steps).mean())
    if mean_ir > reachable:
        raise ValueError(
            f"mean_ir is {mean_ir}; expected at most {reachable:.4g} with n_samples={n_samples} "
            f"and n_labels={n_labels}: raise one of them, or give frequencies"
        )
    low, high = 1.0, float(top)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (middle**steps).mean() < mean_ir else (low, middle)
    return _nudged(np.maximum(1, np.round(top / low**steps)).astype(int), mean_ir, n_samples)


def _nudged(counts: np.ndarray, mean_ir: float, n_samples: int) -> np.ndarray:
    """Undo what rounding to whole rows did to MeanIR, one row of one label at a time."""
    counts, moves = counts.copy(), np.array([[1], [-1]])
    while True:
        top, inverse = counts[0], 1 / counts
        # No label becomes empty, none more frequent than the first.
        tried = np.clip(counts + moves, 1, top)
        tried[:, 0] = np.clip(top + moves[:, 0], counts[1:].max(initial=1), n_samples)
        reached = inverse.mean() + (1 / tried - inverse) / counts.size
        reached *= np.concatenate([tried[:, :1], np.full((2, counts.size - 1), top)], axis=1)
        misses = np.abs(reached - mean_ir)
        if misses.min() >= abs(top * inverse.mean() - mean_ir):
            return counts
        move, j = np.unravel_index(misses.argmin(), misses.shape)
        counts[j] = tried[move, j]


def _draw_labels(n_samples: int, counts: np.ndarray, concurrence: float, rng: Any) -> sp.csr_array:
    ratios = counts.max() / counts
    rare = ratios > ratios.mean()
    with_frequent = np.zeros(n_samples, dtype=bool)
    columns: list[np.ndarray] = [np.empty(0, dtype=int)] * counts.size
    for j in np.flatnonzero(~rare):
        columns[j] = rng.permutation(n_samples)[: counts[j]]
        with_frequent[columns[j]] = True
    for j in np.flatnonzero(rare):
        columns[j] = _draw_rare(counts[j], with_frequent, concurrence, rng)
    return _from_columns(columns, n_samples)


def _draw_rare(count: int, with_frequent: np.ndarray, concurrence: float, rng: Any) -> np.ndarray:
    order = rng.permutation(with_frequent.size)
    beside, alone = order[with_frequent[order]], order[~with_frequent[order]]
    wanted = round(concurrence * count)
    wanted = min(max(wanted, count - alone.size), beside.size)
    return np.concatenate([beside[:wanted], alone[: count - wanted]])


def _from_columns(columns: list[np.ndarray], n_samples: int) -> sp.csr_array:
    indptr = np.cumsum([0, *(rows.size for rows in columns)])
    rows = np.concatenate(columns)
    parts = (np.ones(rows.size, dtype=np.int8), rows, indptr)
    return sp.csc_array(parts, shape=(n_samples, len(columns))).tocsr()


def _flip(Y: sp.csr_array, share: float, rng: Any) -> sp.csr_array:
    csc = Y.tocsc()
    columns = []
    for start, end in zip(csc.indptr[:-1], csc.indptr[1:], strict=True):
        positives = csc.indices[start:end]
        negatives = np.setdiff1d(np.arange(Y.shape[0]), positives)
        moved = min(round(share * positives.size), negatives.size)
        stay = rng.permutation(positives)[moved:]
        columns.append(np.concatenate([stay, rng.permutation(negatives)[:moved]]))
    return _from_columns(columns, Y.shape[0])


def _draw_points(
    Y: sp.csr_array, n_features: int, n_informative: int, noise: float, rng: Any
) -> np.ndarray:
    prototypes = rng.standard_normal((Y.shape[1], n_informative))
    X = rng.standard_normal((Y.shape[0], n_features))
    X[:, :n_informative] *= noise
    X[:, :n_informative] += Y @ prototypes
    return X


def _draw_documents(
    Y: sp.csr_array, n_features: int, n_informative: int, words: int, noise: float, rng: Any
) -> sp.csr_array:
    background = rng.exponential(size=n_features) + 0.1
    topics = rng.exponential(size=(Y.shape[1], n_informative)) ** 3
    blocks = [
        _documents(part, background, topics, words, noise, rng) for part in _blocks(Y, n_features)
    ]
    X = sp.vstack(blocks, format="csr")
    X.data *= np.log(Y.shape[0] / np.bincount(X.indices, minlength=n_features)[X.indices]) + 1
    lengths = np.sqrt(np.add.reduceat(X.data**2, X.indptr[:-1]))
    X.data /= np.repeat(lengths, np.diff(X.indptr))
    return X


def _blocks(Y: sp.csr_array, n_features: int) -> Iterator[sp.csr_array]:
    height = max(1, _BLOCK_CELLS // n_features)
    for start in range(0, Y.shape[0], height):
        yield Y[start : start + height]


def _documents(
    Y: sp.csr_array,
    background: np.ndarray,
    topics: np.ndarray,
    words: int,
    noise: float,
    rng: Any,
) -> sp.csr_array:
    """Draw ``words`` different words per row, likelier those of the row's labels."""
    weights = np.tile(background * (noise + 1e-3), (Y.shape[0], 1))
    weights[:, : topics.shape[1]] += Y @ topics
    # The largest of log-weight plus Gumbel noise are a weighted draw without replacement.
    keys = np.log(weights) + rng.gumbel(size=weights.shape)
    indices = np.sort(np.argpartition(-keys, words - 1, axis=1)[:, :words], axis=1)
    values = 1.0 + rng.exponential(size=indices.size)
    indptr = np.arange(Y.shape[0] + 1) * words
    return sp.csr_array((values, indices.ravel(), indptr), shape=weights.shape)


def _generator(random_state: Any) -> Any:
    # scikit-learn's check knows RandomState only; both draw through the same methods here.
    if isinstance(random_state, np.random.Generator):
        return random_state
    return check_random_state(random_state)


def _names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{i}" for i in range(count)]


def _whole(parameter: str, value: Any) -> int:
    if not isinstance(value, Integral) or value < 1:
        raise ValueError(f"{parameter} is {value!r}; expected a whole number, at least 1")
    return int(value)


def _informative(value: Any, n_features: int) -> int:
    count = n_features if value is None else _whole("n_informative", value)
    if count > n_features:
        raise ValueError(f"n_informative is {count}; expected at most n_features={n_features}")
    return count


def _at_least(parameter: str, value: Any, least: float) -> None:
    if not isinstance(value, Real) or not least <= float(value) < float("inf"):
        raise ValueError(f"{parameter} is {value!r}; expected a finite number, at least {least}")


def _share(parameter: str, value: Any, *, above: bool = False) -> None:
    inside = isinstance(value, Real) and 0 <= float(value) <= 1
    if not inside or (above and not value):
        bound = "above 0 and at most 1" if above else "from 0 to 1"
        raise ValueError(f"{parameter} is {value!r}; expected a share {bound}")
