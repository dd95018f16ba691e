"""AEMLO: train an autoencoder, choose seeds, grow new rows from them in its latent space.

The torch half lives in ``_network`` and is imported when training starts, never before;
``_training`` stands between the two.
"""

from __future__ import annotations

import os
import warnings
from numbers import Integral, Real
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.utils.validation import check_is_fitted

from .. import _archive
from .._columns import Columns
from .._containers import (
    Features,
    Labels,
    Rows,
    categories_of,
    require_as_many,
    require_columns,
)
from .._growth import Grown, Growth, Memory, Reader
from .._imbalance import counts_of
from .._seeds import choose, partners
from .._sklearn import Interval, StrOptions, make_generator
from .._strategy import number_of, wanted_labels
from ..base import MultiLabelSampler, Resampling
from ._training import torch_half, trained_network

__all__ = ["AEMLO"]

# the paper and its research code: the sizes of its bibtex and Corel5k runs
_PUBLISHED: dict[str, Any] = {
    "fraction": 0.1,
    "sampling_strategy": "auto",
    "seeds": "cycled",
    "n_neighbors": 0,
    "features": "decoded",
    "labels": "decoded",
    "threshold": 0.5,
    "latent_dim": 500,
    "hidden_dims": (200, 200, 100),
    "objective": "paper",
    "alpha": 1.0,
    "beta": 1.0,
    "decorrelation": 0.1,
    "noise": 0.0,
    "dropout": 0.0,
    "epochs": 200,
    "batch_size": 128,
    "learning_rate": 1e-4,
    "validation_fraction": 0.0,
    "valid": False,
    "dtype": "float32",
}
_FOR_TRAINING = (
    *("objective", "alpha", "beta", "decorrelation", "noise", "dropout", "epochs"),
    *("learning_rate", "patience", "dtype", "callback"),
)


class AEMLO(MultiLabelSampler):
    """Grow new rows in the latent space of an autoencoder of features and labels.

    Two encoders map features and labels into one latent space, two decoders map back. A new row
    grows from a seed: it moves some way towards a neighbour in the latent space, its features move
    as the decoder says, and it keeps the seed's labels and gains those that the decoder sees there,
    as far as the decoder has proved itself on rows held out from its training.

    Parameters
    ----------
    fraction : float, default=0.5
        Rows to make, as a fraction of the rows given (the paper's P), rounded.
    sampling_strategy : "auto", list or callable, default="auto"
        Labels that want more bearers: those with IRLbl > MeanIR ("auto"), a list or mask of labels,
        or a callable that gets the labels as a csr_array of shape (n_samples, n_labels) and returns
        such a list. Ints are always positions, strings names of a DataFrame's columns.
    seeds : {"mixed", "shortage", "rows", "cycled"}, default="mixed"
        Which rows new ones grow from. "shortage": bearers of the wanted labels, each label's share
        in proportion to what it lacks of the most frequent label; "rows": all rows in turn;
        "mixed": half of either; "cycled": bearers of any wanted label, shuffled and cycled, as
        published.
    n_neighbors : int, default=5
        A seed moves towards one of so many nearest rows in the latent space, the other bearers of
        the label that chose it, or all rows where no label did. 0: it does not move.
    features : {"residual", "decoded"}, default="residual"
        "residual": the seed plus what decoding changes on the way; "decoded": what is decoded.
    labels : {"earned", "added", "seed", "decoded"}, default="earned"
        "seed": those of the seed; "added": these and the decoded ones; "earned": these and, of the
        decoded ones, the labels that the decoder predicts better on held-out rows than copying the
        nearest row's labels does; "decoded": the decoded ones alone.
    threshold : "f1", "prevalence" or float, default="f1"
        Score above which a row bears a label: the one of the highest F1 on the rows given, the one
        that as many rows exceed as bear the label, or a number for all labels.
    latent_dim : int, default=64
        Width of the latent space (m).
    hidden_dims : tuple of three int, default=(200, 200, 100)
        Hidden widths of the feature maps (h_x), of the label encoder (h_y) and of the label
        decoder (h_d).
    objective : {"balanced", "paper"}, default="balanced"
        "paper": the published losses. "balanced": features and labels in units of what their mean
        and prevalence alone would lose, and labels decoded from both codes, with a cross-entropy
        beside the ranking.
    alpha : float, default=1.0
        Weight of the label loss (alpha).
    beta : float, default=1.0
        Weight of the feature loss (beta).
    decorrelation : float, default=0.01
        Weight of the decorrelation of the codes, within the latent loss (lambda).
    noise : float, default=0.1
        Of the features encoded in training, in standard deviations of their columns. Only with the
        balanced objective, as ``dropout``.
    dropout : float, default=0.1
        Share of the features set to their column's minimum when encoded in training.
    epochs : int, default=100
        Most passes over the rows.
    batch_size : int or "auto", default="auto"
        Rows a training step (B). "auto": a fiftieth of the rows, but 32 to 256.
    learning_rate : float, default=1e-3
        Of Adam.
    validation_fraction : float, default=0.15
        Share of the rows held out from training, if some remain. The weights of their lowest loss
        are kept; with 0, or fewer than two such rows, those of the lowest training loss, and no
        label is earned.
    patience : int, default=15
        Epochs without a lower loss of the rows held out after which training ends; without such
        rows it takes all epochs.
    valid : bool, default=True
        Whether new values are ones their columns could hold: numbers inside the observed range,
        whole ones in a column of counts, one of the two in a binary column.
    categorical_features : "auto", None, or array-like of int, bool or str, default="auto"
        Nominal columns, which get an observed value: the seed's or its neighbour's, whichever is
        nearer to what is decoded (with ``features="decoded"`` the nearest of all). "auto" takes the
        categorical, string, object and boolean columns of a DataFrame, none of an array; None takes
        none; ints are positions. For the arrays of a `Dataset` pass its ``categorical``.
    device : str, default="auto"
        Where to train: "auto" (cuda, then mps, then cpu) or a torch device name.
    dtype : {"float32", "float64"}, default="float32"
        Precision of training and decoding.
    verbose : bool, default=False
        Whether to show the progress of training on standard error: a line that is rewritten on a
        terminal, ten lines elsewhere.
    callback : callable, optional
        Called with a copy of the newest entry of ``history_`` after every epoch; training ends, and
        what was learned is used, where it returns something true.
    random_state : int, RandomState instance, Generator or None, default=None
        Draws weights, batches, seeds and steps. The same seed gives the same rows on CPU.

    Attributes
    ----------
    network_ : torch.nn.Module
        The trained network, on CPU. Absent, like ``thresholds_``, ``earned_`` and ``device_``, if
        nothing was to be made.
    history_ : list of dict
        One per epoch: ``epoch``, ``loss`` (the total), ``latent``, ``label``, ``feature`` (its
        unweighted terms, mean over rows), ``held_out`` (label and feature loss of the rows held
        out, where there are any) and ``seconds``.
    thresholds_ : ndarray of float of shape (`n_labels_in_`,)
        Threshold of each label, on the scale of the sigmoid.
    earned_ : ndarray of bool of shape (`n_labels_in_`,)
        Labels that new rows may gain from the decoder.
    seed_indices_ : ndarray of int of shape (n_made,)
        Row each new row of the latest call grew from, those left out for want of a label included.
    n_epochs_ : int
        Number of epochs run.
    device_ : str
        Where it was trained.

    Raises
    ------
    ImportError
        If torch is missing, or safetensors to save or load.
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
    `AEMLO.paper` departs from the paper and its research code in these points only:

    - the label ranking and pairwise feature losses are factored: same values, memory
      O(B (d + L + B)) instead of O(B L^2 + B^2 d);
    - features are min-max scaled inside, on the rows given, and returned in the caller's units;
    - nominal columns are decoded to an observed value;
    - an empty label is no minority label.

    The default departs in seeds, partners, features, labels, thresholds and training, each named
    above; the page on its fidelity gives the reason of each, measured.

    Training runs on one CPU thread, so that the same seed gives the same rows in every process and
    parallel folds do not fight for cores. torch's global random stream is not used,
    and numpy's only where ``random_state`` is None. Sparse ``X`` is densified a batch at a time; a
    value zero within rounding is not stored.

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
    >>> sampler = AEMLO(epochs=5, random_state=0)
    >>> X_res, Y_res = sampler.fit_resample(X, Y)
    >>> X_res.shape, len(sampler.history_), sampler.encode(X).shape
    ((150, 4), 5, (100, 64))
    """

    _costly_settings = (
        *_FOR_TRAINING,
        *("latent_dim", "hidden_dims", "batch_size", "validation_fraction"),
        *("categorical_features", "device", "verbose", "random_state"),
    )
    _parameter_constraints = {
        "fraction": [Interval(Real, 0, None, closed="left")],
        "sampling_strategy": [StrOptions({"auto"}), "array-like", callable],
        "seeds": [StrOptions({"mixed", "shortage", "rows", "cycled"})],
        "n_neighbors": [Interval(Integral, 0, None, closed="left")],
        "features": [StrOptions({"residual", "decoded"})],
        "labels": [StrOptions({"earned", "added", "seed", "decoded"})],
        "threshold": [Interval(Real, 0, 1, closed="both"), StrOptions({"f1", "prevalence"})],
        "latent_dim": [Interval(Integral, 1, None, closed="left")],
        "hidden_dims": ["array-like"],
        "objective": [StrOptions({"balanced", "paper"})],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "beta": [Interval(Real, 0, None, closed="left")],
        "decorrelation": [Interval(Real, 0, None, closed="left")],
        "noise": [Interval(Real, 0, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "patience": [Interval(Integral, 1, None, closed="left")],
        "valid": ["boolean"],
        "categorical_features": [StrOptions({"auto"}), "array-like", None],
        "device": [str],
        "dtype": [StrOptions({"float32", "float64"})],
        "verbose": ["boolean"],
        "callback": [callable, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        fraction: float = 0.5,
        sampling_strategy: Any = "auto",
        seeds: str = "mixed",
        n_neighbors: int = 5,
        features: str = "residual",
        labels: str = "earned",
        threshold: float | str = "f1",
        latent_dim: int = 64,
        hidden_dims: tuple[int, int, int] = (200, 200, 100),
        objective: str = "balanced",
        alpha: float = 1.0,
        beta: float = 1.0,
        decorrelation: float = 0.01,
        noise: float = 0.1,
        dropout: float = 0.1,
        epochs: int = 100,
        batch_size: int | str = "auto",
        learning_rate: float = 1e-3,
        validation_fraction: float = 0.15,
        patience: int = 15,
        valid: bool = True,
        categorical_features: Any = "auto",
        device: str = "auto",
        dtype: str = "float32",
        verbose: bool = False,
        callback: Any = None,
        random_state: Any = None,
    ) -> None:
        self.fraction = fraction
        self.sampling_strategy = sampling_strategy
        self.seeds = seeds
        self.n_neighbors = n_neighbors
        self.features = features
        self.labels = labels
        self.threshold = threshold
        self.latent_dim = latent_dim
        self.hidden_dims = hidden_dims
        self.objective = objective
        self.alpha = alpha
        self.beta = beta
        self.decorrelation = decorrelation
        self.noise = noise
        self.dropout = dropout
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.valid = valid
        self.categorical_features = categorical_features
        self.device = device
        self.dtype = dtype
        self.verbose = verbose
        self.callback = callback
        self.random_state = random_state

    @classmethod
    def paper(cls, **overrides: Any) -> AEMLO:
        """Return the published configuration.

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

    def fit(self, X: Any, Y: Any) -> AEMLO:
        """Train the network, and keep the rows, so that `sample` can grow new ones from them.

        Parameters
        ----------
        X : array-like, DataFrame or sparse container of shape (n_samples, n_features)
            Features.
        Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
            Labels, 0 or 1.

        Returns
        -------
        self : AEMLO

        Raises
        ------
        ValueError
            If a parameter, ``X`` or ``Y`` is invalid. Nothing has been done by then.
        """
        features, labels = self._read(X, Y)
        self._prepare()
        self._wanted(labels.matrix)  # refuses a strategy before any work
        rng = make_generator(self.random_state)
        self._train(features.values, labels.matrix, rng)
        X = features.values
        if isinstance(features.given, np.ndarray) and np.may_share_memory(X, features.given):
            X = X.copy()  # what the caller writes there later is not what was trained on
        self._rows = Memory(X, labels.matrix, (features, labels))
        return self

    def sample(self, n_samples: int = 1, random_state: Any = None) -> tuple[Any, Any]:
        """Grow new rows from the ones that `fit` was given.

        ``seeds``, ``n_neighbors`` and ``sampling_strategy`` may be changed between two calls; what
        concerns training, ``labels`` and ``threshold`` take another `fit`.

        Parameters
        ----------
        n_samples : int, default=1
            Number of new rows.
        random_state : int, RandomState instance, Generator or None, default=None
            Draws seeds and steps; None draws from numpy's global stream.

        Returns
        -------
        X_new : same container and dtypes as ``X`` in `fit`, of shape (n_samples, n_features)
        Y_new : same container and dtypes as ``Y`` in `fit`, of shape (n_samples, n_labels)
            After `load`, both are what samplers see inside: an ndarray or csr_array, and a
            csr_array of int8. With ``labels="decoded"``, rows without a label are left out.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If `fit` has not been called; `fit_resample` does not keep the rows.
        ValueError
            If ``n_samples`` is no number of rows, or no row bears a label to grow from.
        """
        check_is_fitted(
            self, "_rows", msg="sample() needs the rows of fit(): call fit(X, Y) first."
        )
        self._validate_params()
        self._check_settings()
        if not isinstance(n_samples, Integral) or isinstance(n_samples, bool) or n_samples < 0:
            raise ValueError(f"n_samples must be an int, 0 or more; got {n_samples!r}.")
        number_of(1.0, int(n_samples))  # refuses more than can be made
        labels = self._wanted(self._rows.Y)
        if n_samples and not len(labels):
            raise ValueError(
                "there is no row to grow from: none bears a label of sampling_strategy. Name "
                "labels that have positives."
            )
        rng = make_generator(random_state)
        codes = self._codes(self._rows.X)
        grown = self._grow(self._rows, codes, labels, int(n_samples), rng)
        return self._rows.restore(grown)

    def encode(self, X: Any, Y: Any = None) -> Any:
        """Return the place of rows in the latent space.

        Parameters
        ----------
        X : array-like, DataFrame or sparse container of shape (n_samples, n_features)
            Features, in the columns of the ones trained on.
        Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels), optional
            Labels, 0 or 1.

        Returns
        -------
        H_x : ndarray of float of shape (n_samples, latent_dim)
            Codes of the features.
        H_y : ndarray of float of shape (n_samples, latent_dim)
            Codes of the labels; only if ``Y`` is given.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If nothing has been trained.
        ValueError
            If ``X`` or ``Y`` has other columns than the ones trained on.
        """
        check_is_fitted(self, "network_")
        known = getattr(self, "feature_names_in_", None)
        require_columns("X", Rows(X), len(self._columns.low), known)
        rows = Features(X, self.categorical_features_, self._categories).values
        labels = None if Y is None else Labels(Y)
        if labels is not None:
            known = getattr(self, "label_names_in_", None)
            require_columns("Y", labels, len(self.thresholds_), known)
            require_as_many(rows.shape[0], labels.matrix)
        codes = self._codes(rows)
        if labels is None:
            return codes
        with torch_half().threads(1):
            return codes, self._reader().decoder.codes_of_labels(labels.matrix)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the trained sampler into one safetensors file, with its settings as JSON.

        Parameters
        ----------
        path : str or path-like
            File to write. After `fit` it holds the training rows as well, for `sample`.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If nothing has been trained.
        TypeError
            If a parameter is a function or a random stream, or a category is no number or text,
            which JSON cannot hold; ``callback`` is left out.
        OSError
            If the file cannot be written; one that was there before is untouched.
        """
        check_is_fitted(self, "network_")
        arrays = {name.rstrip("_"): getattr(self, name) for name in _LEARNED}
        arrays |= {f"network.{k}": v.numpy() for k, v in self.network_.state_dict().items()}
        arrays |= {f"columns.{name}": v for name, v in self._columns.to_arrays().items()}
        if hasattr(self, "_rows"):
            arrays |= {"X": self._rows.X, "Y": self._rows.Y}
        told = [name for name in (*_IN_HEADER, *_NAMES) if hasattr(self, name)]
        header = {name: _plain(getattr(self, name)) for name in told}
        header["parameters"] = {
            name: _plain(value)
            for name, value in self.get_params(deep=False).items()
            if name != "callback"
        }
        header["sizes"] = self.network_.sizes  # parameters may have been set since
        header["categories"] = {
            str(j): _plain(categories) for j, (_, categories) in self._categories.items()
        }
        try:
            _archive.write(path, arrays, {"sampler": "AEMLO", **header})
        except TypeError as error:
            raise TypeError(
                f"this AEMLO cannot be saved, because {error} Give parameters and categories as "
                "numbers, texts or lists."
            ) from error

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> AEMLO:
        """Return a sampler that `save` wrote.

        Parameters
        ----------
        path : str or path-like
            The file.

        Returns
        -------
        AEMLO
            Trained. `sample` works if the one saved had been fitted with `fit`.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file is damaged, or no AEMLO.
        """
        arrays, header = _archive.read(path)
        if header.get("sampler") != "AEMLO":
            raise ValueError(f"{os.fspath(path)!r} holds no AEMLO.")
        try:
            parameters = header["parameters"]
            parameters["hidden_dims"] = tuple(parameters["hidden_dims"])
            return cls(**parameters)._restored(arrays, header)
        except (AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
            raise ValueError(
                f"{os.fspath(path)!r} was saved by another version of AEMLO, or something is "
                f"missing ({error}); train again."
            ) from error

    def _restored(self, arrays: dict[str, Any], header: dict[str, Any]) -> AEMLO:
        """Take what an archive holds."""
        self._columns = Columns.from_arrays(_under("columns.", arrays))
        for name in _LEARNED:
            setattr(self, name, arrays[name.rstrip("_")])
        for name in _IN_HEADER:
            setattr(self, name, header[name])
        for name in _NAMES:
            self._note(name, np.array(header[name], dtype=object) if name in header else None)
        self.categorical_features_ = self._columns.is_nominal
        self._categories = categories_of(header["categories"])
        latent_dim, *widths = header["sizes"]
        half = torch_half()
        network = half.AutoEncoder(self.n_features_in_, self.n_labels_in_, latent_dim, widths)
        self.network_ = half.with_weights(network, _under("network.", arrays))
        if "X" in arrays:
            self._rows = Memory(arrays["X"], arrays["Y"])
        return self

    def _read(self, X: Any, Y: Any) -> tuple[Rows, Labels]:
        """Read the rows; what an earlier call learned is not about them."""
        read = super()._read(X, Y)
        self._forget()
        return read

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        """Train on all rows, then grow new ones."""
        n_rows = Y.shape[0]
        self._prepare()
        labels = self._wanted(Y)
        wanted = self._number_of_rows(n_rows) if len(labels) else 0
        if wanted == 0:
            if not len(labels):
                _warn(
                    "no row of Y bears a minority label to grow from. Name labels in "
                    "sampling_strategy, or leave these data as they are"
                )
            return Resampling(source=np.arange(n_rows), Y=Y)
        codes = self._train(X, Y, rng)
        grown = self._grow(Memory(X, Y), codes, labels, wanted, rng)
        if not len(grown.seeds):
            _warn(
                f"none of {wanted} decoded rows bears a label. Use threshold='f1', or train for "
                "more epochs"
            )
            return Resampling(source=np.arange(n_rows), Y=Y)
        return Resampling(
            source=np.concatenate([np.arange(n_rows), grown.seeds]),
            Y=sp.vstack([Y, grown.Y], format="csr"),
            X_new=grown.X,
            reference=grown.partners if self.n_neighbors else None,
        )

    def _number_of_rows(self, n_rows: int) -> int:
        number_of(self.fraction, n_rows)  # refuses more than can be made
        return round(self.fraction * n_rows)

    def _prepare(self) -> None:
        """Forget what an earlier call learned, and refuse settings that do not fit."""
        self._forget()
        self._check_settings()
        self.history_: list[dict[str, float]] = []
        self.n_epochs_ = 0
        self.seed_indices_ = np.empty(0, dtype=np.intp)

    def _check_settings(self) -> None:
        self._widths()
        if self.features == "residual" and not self.n_neighbors:
            raise ValueError(
                "features='residual' moves a seed towards a neighbour and needs n_neighbors of 1 "
                "or more; with n_neighbors=0 use features='decoded'."
            )
        if self.labels == "earned" and not self.validation_fraction:
            raise ValueError(
                "labels='earned' is decided on held-out rows and needs validation_fraction above "
                "0; without any use labels='seed', 'added' or 'decoded'."
            )

    def _plan(self, n_rows: int) -> Any:
        """Return what the training is told."""
        automatic = self.batch_size == "auto"  # some fifty steps an epoch, within reason
        half = torch_half()
        return half.Training(
            batch_size=int(np.clip(n_rows // 50, 32, 256)) if automatic else int(self.batch_size),
            device=half.resolve_device(self.device, self.dtype),
            report=half.progress(self.epochs) if self.verbose else None,
            **{name: getattr(self, name) for name in _FOR_TRAINING},
        )

    def _widths(self) -> tuple[int, int, int]:
        widths = tuple(self.hidden_dims)
        if len(widths) != 3 or not all(isinstance(w, Integral) and w > 0 for w in widths):
            raise ValueError(
                "hidden_dims must be three positive widths (h_x, h_y, h_d), such as "
                f"(200, 200, 100); got {self.hidden_dims!r}."
            )
        return widths

    def _wanted(self, Y: sp.csr_array) -> np.ndarray:
        """Return the labels that want more bearers and have some to grow from."""
        names = getattr(self, "label_names_in_", None)
        labels, targets = wanted_labels(self.sampling_strategy, Y, names)
        if targets is not None:
            raise ValueError(
                "sampling_strategy of AEMLO cannot promise a number of positives, because labels "
                "are decoded; give a list of labels instead of a dict, and set fraction."
            )
        return labels[counts_of(Y)[labels] > 0]

    def _train(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> np.ndarray:
        """Train on all rows but those held out, choose thresholds, and return all rows' codes."""
        plan, sizes = self._plan(Y.shape[0]), (self.latent_dim, self._widths())
        self._columns = Columns.of(X, self.categorical_features_, valid=self.valid)
        try:
            with torch_half().threads(1):
                trained = trained_network(
                    X, Y, self._columns, sizes, self.validation_fraction, plan, rng
                )
                self.network_ = trained.network
                self._judge(trained.codes, Y, trained.held_out)
        except BaseException:  # Ctrl-C, too, leaves nothing half-set
            self._forget()
            raise
        self.device_ = plan.device
        self.history_ = trained.history
        self.n_epochs_ = len(trained.history)
        return trained.codes

    def _judge(self, codes: np.ndarray, Y: sp.csr_array, held_out: np.ndarray) -> None:
        """Choose thresholds, and tell which labels the decoder has earned."""
        reader = self._reader()
        self.thresholds_ = reader.thresholds(codes, Y, self.threshold)
        self.earned_ = (
            reader.earned(codes, Y, held_out, self.threshold)
            if self.labels == "earned"
            else np.full(Y.shape[1], self.labels != "seed")
        )

    def _codes(self, X: Any) -> np.ndarray:
        with torch_half().threads(1):
            return self._reader().codes(X)

    def _reader(self) -> Reader:
        return Reader(torch_half().Decoder(self.network_), self._columns)

    def _grow(
        self, rows: Memory, codes: np.ndarray, labels: np.ndarray, n: int, rng: np.random.Generator
    ) -> Grown:
        """Choose seeds and partners, and decode a row between each two."""
        X, Y = rows.X, rows.Y
        seeds, drivers = choose(self.seeds, Y, labels, n, rng)
        residual, keep_labels = self.features == "residual", self.labels != "decoded"
        growth = Growth(self._reader(), self.thresholds_, self.earned_, residual, keep_labels)
        toward = partners(codes, Y, seeds, drivers, self.n_neighbors, rng)
        with torch_half().threads(1):
            grown = growth.grow(X, Y, codes, seeds, toward, rng.random(n))
        self.seed_indices_ = seeds
        return grown if keep_labels else grown.labelled()

    def _forget(self) -> None:
        """Drop what an earlier call learned, so that an interrupted one leaves nothing half-set."""
        for name in ("network_", "thresholds_", "earned_", "device_", "_columns", "_rows"):
            self._note(name, None)


_LEARNED = ("thresholds_", "earned_", "seed_indices_")
_IN_HEADER = ("history_", "n_epochs_", "device_", "n_features_in_", "n_labels_in_")
_NAMES = ("feature_names_in_", "label_names_in_")


def _under(prefix: str, arrays: dict[str, Any]) -> dict[str, Any]:
    return {n.removeprefix(prefix): v for n, v in arrays.items() if n.startswith(prefix)}


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


def _warn(reason: str) -> None:
    warnings.warn(f"AEMLO made no rows: {reason}.", stacklevel=4)
