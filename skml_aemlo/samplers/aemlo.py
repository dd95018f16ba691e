"""AEMLO: choose seeds, train an autoencoder, decode new rows, binarise their labels.

The torch half lives in ``_network`` and is imported when training starts, never before.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from numbers import Integral, Real
from types import ModuleType
from typing import Any

import numpy as np
import scipy.sparse as sp

from .._sklearn import Interval, StrOptions
from .._strategy import wanted_labels
from ..base import MultiLabelSampler, Resampling

__all__ = ["AEMLO"]

# AEMLO.md and the research code: the sizes of its bibtex and Corel5k runs
_PUBLISHED: dict[str, Any] = {
    "fraction": 0.1,
    "sampling_strategy": "auto",
    "latent_dim": 500,
    "hidden_dims": (200, 200, 100),
    "alpha": 1.0,
    "beta": 1.0,
    "decorrelation": 0.1,
    "epochs": 200,
    "batch_size": 128,
    "learning_rate": 1e-4,
    "threshold": 0.5,
    "clip": False,
    "dtype": "float32",
}
_CELLS_AT_ONCE = 4_000_000  # of the rows x labels score matrix, when thresholds are calibrated


class AEMLO(MultiLabelSampler):
    """Decode new rows from minority seeds with an autoencoder of features and labels.

    Two encoders map features and labels into one latent space, two decoders map back. New rows are
    decoded from the features of rows that bear a minority label; their labels are the decoded
    scores above a threshold.

    Parameters
    ----------
    fraction : float, default=0.1
        Rows to decode, as a fraction of the rows given (the paper's P); ``round(fraction * n)``.
        Decoded rows without a label are dropped, so that fewer may be added.
    sampling_strategy : "auto", list or callable, default="auto"
        Labels whose bearers are seeds: those with IRLbl > MeanIR ("auto"), a list or mask of
        labels, or a callable that gets the labels as a csr_array of shape (n_samples, n_labels) and
        returns such a list. Ints are always positions, strings names of a DataFrame's columns.
    latent_dim : int, default=64
        Width of the latent space (m).
    hidden_dims : tuple of three int, default=(200, 200, 100)
        Hidden widths of the feature maps (h_x), of the label encoder (h_y) and of the label
        decoder (h_d).
    alpha : float, default=1.0
        Weight of the label ranking loss (alpha).
    beta : float, default=1.0
        Weight of the feature reconstruction loss (beta).
    decorrelation : float, default=0.1
        Weight of the decorrelation of the codes, within the latent loss (lambda).
    epochs : int, default=200
        Passes over the rows. The weights of the lowest training loss are kept.
    batch_size : int, default=128
        Rows a training step (B).
    learning_rate : float, default=1e-4
        Of Adam.
    threshold : float or "calibrated", default="calibrated"
        Score from which on, strictly, a decoded row bears a label. "calibrated": one threshold per
        label, under which the share of training rows decoded positive is the label's prevalence.
    clip : bool, default=True
        Whether to keep decoded values inside the range observed in their column.
    categorical_features : "auto", None, or array-like of int, bool or str, default="auto"
        Nominal columns, decoded to an observed value: "auto" takes the categorical, string, object
        and boolean columns of a DataFrame, none of an array; None takes none; ints are positions.
        For the arrays of a `Dataset` pass its ``categorical``.
    device : str, default="auto"
        Where to train: "auto" (cuda, then mps, then cpu) or a torch device name.
    dtype : {"float32", "float64"}, default="float32"
        Precision of training and decoding.
    verbose : bool, default=False
        Whether to print the loss on standard error, ten times a training run.
    random_state : int, RandomState instance or None, default=None
        Draws weights, batches and seeds. The same seed gives the same rows on CPU.

    Attributes
    ----------
    network_ : torch.nn.Module
        The trained network, on CPU. Absent, like ``thresholds_`` and ``device_``, if nothing was
        to be made.
    history_ : list of dict
        One per epoch: ``epoch``, ``loss`` (the total), ``latent``, ``label``, ``feature`` (its
        unweighted terms, mean over rows) and ``seconds``.
    thresholds_ : ndarray of float of shape (n_labels_in_,)
        Threshold of each label, on the scale of the sigmoid.
    seed_indices_ : ndarray of int of shape (round(fraction * n_samples),)
        Row each decoded row came from, dropped ones included.
    n_epochs_ : int
        Number of epochs run.
    device_ : str
        Where it was trained.

    Raises
    ------
    ImportError
        If torch is missing.
    RuntimeError
        If the training loss is no longer finite.

    Warns
    -----
    UserWarning
        If no row bears a minority label, or no decoded row bears any label: nothing is added.

    See Also
    --------
    AEMLO.paper : The published configuration.

    Notes
    -----
    Departures from the paper and its research code:

    - the label ranking and pairwise feature losses are factored: same values, memory
      O(B (d + L + B)) instead of O(B L^2 + B^2 d);
    - thresholds are calibrated per label by default; the ranking loss is blind to a shift of a
      row's scores, so that a fixed 0.5 means nothing;
    - features are min-max scaled inside, on the rows given, and returned in the caller's units,
      inside the observed range (``clip``);
    - nominal columns are decoded to an observed value;
    - an empty label is no minority label;
    - the latent space is 64 wide instead of 500: wider than a batch has rows, codes cannot be
      decorrelated, and wider than the features, nothing is compressed. Half the time on small data.

    Decoding is deterministic: when fewer rows bear a minority label than rows are wanted, seeds are
    cycled and the new rows repeat themselves exactly.

    Training runs on one CPU thread, so that the same seed gives the same rows in every process and
    parallel folds do not fight for cores. torch's and numpy's global random streams are not used.
    Sparse ``X`` is densified a batch at a time; a value zero within rounding is not stored.

    References
    ----------
    .. [1] Zhou, Liu, Wang, Sun, Liu, "AEMLO: AutoEncoder-Guided Multi-Label Oversampling",
       ECML-PKDD 2024, LNAI 14941, 107-124. arXiv 2408.13078.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(100, 4))
    >>> Y = (X[:, :3] > [-1.5, 0, 1]).astype(int)
    >>> sampler = AEMLO(latent_dim=8, hidden_dims=(8, 8, 8), epochs=5, random_state=0)
    >>> X_res, Y_res = sampler.fit_resample(X, Y)
    >>> len(sampler.seed_indices_), len(sampler.history_)
    (10, 5)
    """

    _parameter_constraints = {
        "fraction": [Interval(Real, 0, None, closed="left")],
        "sampling_strategy": [StrOptions({"auto"}), "array-like", callable],
        "latent_dim": [Interval(Integral, 1, None, closed="left")],
        "hidden_dims": ["array-like"],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "beta": [Interval(Real, 0, None, closed="left")],
        "decorrelation": [Interval(Real, 0, None, closed="left")],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "threshold": [Interval(Real, 0, 1, closed="both"), StrOptions({"calibrated"})],
        "clip": ["boolean"],
        "categorical_features": [StrOptions({"auto"}), "array-like", None],
        "device": [str],
        "dtype": [StrOptions({"float32", "float64"})],
        "verbose": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        fraction: float = 0.1,
        sampling_strategy: Any = "auto",
        latent_dim: int = 64,
        hidden_dims: tuple[int, int, int] = (200, 200, 100),
        alpha: float = 1.0,
        beta: float = 1.0,
        decorrelation: float = 0.1,
        epochs: int = 200,
        batch_size: int = 128,
        learning_rate: float = 1e-4,
        threshold: float | str = "calibrated",
        clip: bool = True,
        categorical_features: Any = "auto",
        device: str = "auto",
        dtype: str = "float32",
        verbose: bool = False,
        random_state: Any = None,
    ) -> None:
        self.fraction = fraction
        self.sampling_strategy = sampling_strategy
        self.latent_dim = latent_dim
        self.hidden_dims = hidden_dims
        self.alpha = alpha
        self.beta = beta
        self.decorrelation = decorrelation
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.threshold = threshold
        self.clip = clip
        self.categorical_features = categorical_features
        self.device = device
        self.dtype = dtype
        self.verbose = verbose
        self.random_state = random_state

    @classmethod
    def paper(cls, **overrides: Any) -> AEMLO:
        """Return the published configuration: a fixed threshold of 0.5 and no clipping.

        Parameters
        ----------
        **overrides
            Parameters to change in it.

        Returns
        -------
        AEMLO

        Examples
        --------
        >>> AEMLO.paper(random_state=0).threshold
        0.5
        """
        return cls(**{**_PUBLISHED, **overrides})

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        """Train on all rows, then decode the seeds."""
        n_rows, widths = Y.shape[0], self._widths()
        torch_half = _torch_half()
        plan = self._plan(torch_half)
        self._forget()
        bag = self._bag(Y)
        wanted = round(self.fraction * n_rows) if len(bag) else 0
        if wanted == 0:
            return Resampling(source=np.arange(n_rows), Y=Y)
        drawn = rng.permutation(bag)[:wanted]
        scale = _MinMax.of(X, self.categorical_features_, clip=self.clip)
        network = torch_half.AutoEncoder(X.shape[1], Y.shape[1], self.latent_dim, widths).reset(rng)

        def batch(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return scale.scale(X[rows]), Y[rows].toarray()

        with torch_half.threads(1):
            history = torch_half.train(network, batch, n_rows, plan, rng)
            decoder = torch_half.Decoder(network, lambda rows: scale.scale(X[rows]), plan)
            thresholds = self._thresholds(decoder, Y)
            made, labels = _decode(decoder, drawn, scale, thresholds, X)
        self._keep(network.to("cpu"), history, thresholds, np.resize(drawn, wanted), plan.device)
        return self._append(Y, made, labels, len(drawn))

    def _widths(self) -> tuple[int, int, int]:
        widths = tuple(self.hidden_dims)
        if len(widths) != 3 or not all(isinstance(w, Integral) and w > 0 for w in widths):
            raise ValueError(
                "hidden_dims must be three positive widths (h_x, h_y, h_d), such as "
                f"(200, 200, 100); got {self.hidden_dims!r}."
            )
        return widths

    def _bag(self, Y: sp.csr_array) -> np.ndarray:
        """Return the rows that bear a wanted label."""
        names = getattr(self, "label_names_in_", None)
        labels, targets = wanted_labels(self.sampling_strategy, Y, names)
        if targets is not None:
            raise ValueError(
                "sampling_strategy of AEMLO cannot promise a number of positives, because labels "
                "are decoded; give a list of labels instead of a dict, and set fraction."
            )
        bag = np.flatnonzero(np.diff(Y[:, labels].indptr))
        if len(bag) == 0:
            warnings.warn(
                "AEMLO made no rows: no row of Y bears a minority label to grow from. Name labels "
                "in sampling_strategy, or leave these data as they are.",
                stacklevel=4,
            )
        return bag

    def _plan(self, torch_half: ModuleType) -> Any:
        return torch_half.Training(
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            alpha=self.alpha,
            beta=self.beta,
            decorrelation=self.decorrelation,
            device=torch_half.resolve_device(self.device, self.dtype),
            dtype=self.dtype,
            report=_progress(self.epochs) if self.verbose else None,
        )

    def _thresholds(self, decoder: Any, Y: sp.csr_array) -> np.ndarray:
        if self.threshold != "calibrated":
            return np.full(Y.shape[1], float(self.threshold))
        counts = np.bincount(Y.indices, minlength=Y.shape[1])
        rows = np.arange(Y.shape[0])
        blocks = decoder.scores_by_label(rows, max(1, _CELLS_AT_ONCE // len(rows)))
        return np.concatenate(
            [match_prevalence(scores, counts[labels]) for labels, scores in blocks]
        )

    def _forget(self) -> None:
        """Drop what an earlier call learned, so that an interrupted one leaves nothing half-set."""
        for name in ("network_", "thresholds_", "device_"):
            self._note(name, None)
        self.history_: list[dict[str, float]] = []
        self.n_epochs_ = 0
        self.seed_indices_ = np.empty(0, dtype=np.intp)

    def _keep(
        self, network: Any, history: Any, thresholds: np.ndarray, seeds: np.ndarray, device: str
    ) -> None:
        self.network_ = network
        self.history_ = history
        self.n_epochs_ = len(history)
        self.thresholds_ = thresholds
        self.seed_indices_ = seeds
        self.device_ = device

    def _append(self, Y: sp.csr_array, made: Any, labels: sp.csr_array, n_drawn: int) -> Resampling:
        """Cycle the decoded rows up to the budget, and drop those without a label."""
        cycle = np.arange(len(self.seed_indices_)) % n_drawn
        borne = np.diff(labels.indptr) > 0
        kept = np.flatnonzero(borne[cycle])
        everything = np.arange(Y.shape[0])
        if len(kept) == 0:
            warnings.warn(
                f"AEMLO made no rows: none of {len(cycle)} decoded rows bears a label. Use "
                "threshold='calibrated', or train for more epochs.",
                stacklevel=4,
            )
            return Resampling(source=everything, Y=Y)
        return Resampling(
            source=np.concatenate([everything, self.seed_indices_[kept]]),
            Y=sp.vstack([Y, labels[cycle[kept]]], format="csr"),
            X_new=made[cycle[kept]],
        )


def _torch_half() -> ModuleType:
    try:
        from . import _network
    except ImportError as error:
        raise ImportError(
            "AEMLO trains a neural network and needs torch: python -m pip install torch"
        ) from error
    return _network


def _progress(epochs: int) -> Callable[[list[dict[str, float]]], None]:
    """Return a reporter that prints the loss ten times a run."""
    every = max(1, epochs // 10)

    def report(history: list[dict[str, float]]) -> None:
        if len(history) % every == 0 or len(history) == epochs:
            last = history[-1]
            print(f"AEMLO epoch {last['epoch']}/{epochs} loss {last['loss']:.6g}", file=sys.stderr)

    return report


def match_prevalence(scores: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the thresholds above which as many scores lie as each label has positives.

    Parameters
    ----------
    scores : ndarray of float of shape (n_rows, n_labels)
        Scores between 0 and 1.
    counts : ndarray of int of shape (n_labels,)
        Positives of each label.

    Returns
    -------
    ndarray of float of shape (n_labels,)
        Half-way between the last score above and the first one below; 1 for a label without
        positives, which then never is decoded, 0 for one that every row bears. Where these two
        scores tie, fewer lie above.

    Examples
    --------
    >>> match_prevalence(np.array([[0.1], [0.5], [0.7]]), np.array([1]))
    array([0.6])
    """
    n_rows = len(scores)
    ranked = np.sort(scores, axis=0)
    labels = np.arange(scores.shape[1])
    above = ranked[np.minimum(n_rows - counts, n_rows - 1), labels]
    below = ranked[np.maximum(n_rows - counts - 1, 0), labels]
    return np.select([counts == 0, counts == n_rows], [1.0, 0.0], (above + below) / 2)


def _decode(
    decoder: Any, rows: np.ndarray, scale: _MinMax, thresholds: np.ndarray, X: Any
) -> tuple[Any, sp.csr_array]:
    """Return the features decoded from these rows, like ``X``, and their labels."""
    features, labels = [], []
    for decoded, scores in decoder.rows(rows):
        values = scale.restore(decoded).astype(X.dtype, copy=False)
        features.append(sp.csr_array(values) if sp.issparse(X) else values)
        labels.append(sp.csr_array(scores > thresholds, dtype=np.int8))
    stack = sp.vstack(features, format="csr") if sp.issparse(X) else np.concatenate(features)
    return stack, sp.vstack(labels, format="csr")


@dataclass(frozen=True)
class _MinMax:
    """Scaling of features to [0, 1], and back into valid values of their columns.

    Parameters
    ----------
    low, high : ndarray of shape (n_features,)
        Range observed in each column.
    observed : dict of int to ndarray
        Ascending values of each nominal column.
    clip : bool
        Whether restored values stay inside the range.
    """

    low: np.ndarray
    high: np.ndarray
    observed: dict[int, np.ndarray] = field(default_factory=dict)
    clip: bool = True

    @classmethod
    def of(cls, X: Any, nominal: np.ndarray, *, clip: bool) -> _MinMax:
        """Learn the scaling from these rows."""
        low, high = (
            np.asarray(_dense(bound), dtype=np.float64) for bound in (X.min(axis=0), X.max(axis=0))
        )
        return cls(low, high, dict(_observed(X, np.flatnonzero(nominal))), clip)

    def scale(self, X: Any) -> np.ndarray:
        """Return rows scaled to [0, 1], dense; a constant column is 0."""
        return (_dense(X) - self.low) / self._span(unless_zero=1.0)

    def restore(self, scaled: np.ndarray) -> np.ndarray:
        """Return scaled rows in the units of their columns."""
        span = self._span(unless_zero=0.0)
        values = self.low + scaled * span
        if self.clip:
            np.clip(values, self.low, self.high, out=values)
        # what rounding alone keeps from zero would fill a sparse matrix
        values[np.abs(values) <= np.finfo(np.float32).eps * span] = 0.0
        for column, observed in self.observed.items():
            values[:, column] = _nearest(values[:, column], observed)
        return values

    def _span(self, unless_zero: float) -> np.ndarray:
        span = self.high - self.low
        return np.where(span > 0, span, unless_zero)


def _dense(values: Any) -> np.ndarray:
    return values.toarray() if sp.issparse(values) else values


def _observed(X: Any, columns: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the distinct values of each of these columns, ascending."""
    by_column = sp.csc_array(X) if sp.issparse(X) and len(columns) else X
    for j in columns:
        if not sp.issparse(X):
            yield int(j), np.unique(X[:, j])
            continue
        stored = by_column.data[by_column.indptr[j] : by_column.indptr[j + 1]]
        implicit = [0.0] if len(stored) < X.shape[0] else []
        yield int(j), np.unique(np.concatenate([stored, implicit]))


def _nearest(values: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Return the value of ascending ``observed`` nearest to each of ``values``."""
    right = np.searchsorted(observed, values).clip(0, len(observed) - 1)
    left = np.maximum(right - 1, 0)
    closer_left = values - observed[left] <= observed[right] - values
    return np.where(closer_left, observed[left], observed[right])
