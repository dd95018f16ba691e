"""One sampler after another, as one sampler."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import clone

from .._containers import Features, Rows
from ..base import MultiLabelSampler, Resampling

__all__ = ["SamplerSequence"]


class SamplerSequence(MultiLabelSampler):
    """Apply several samplers in turn, each to the result of the one before.

    Parameters
    ----------
    samplers : list of samplers or of (name, sampler) pairs
        At least one. A sampler without a name is called by its class in lower case; parameters are
        reached as ``name__parameter``.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the one random stream that all samplers draw from, except those that have a
        ``random_state`` of their own.

    Attributes
    ----------
    samplers_ : list of (name, fitted sampler) pairs
    sample_indices_ : ndarray of int of shape (n_samples_new,)
        Input row of every output row, traced through all samplers.
    is_synthetic_ : ndarray of bool of shape (n_samples_new,)
        Whether any sampler made the features of the row.
    reference_indices_ : ndarray of int of shape (n_samples_new,)
        Input row an interpolated row moves towards, traced likewise; of any other row, its source.
        Defined only where a sampler interpolates.

    Notes
    -----
    Rows whose features are copies come first, then those made, each in the order of the last
    sampler. REMEDIAL followed by a resampler is REMEDIAL-HwR [1]_; the registry has it as
    "remedial-mlros", "remedial-mlenn" and "remedial-mlsmote".

    References
    ----------
    .. [1] F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "REMEDIAL-HwR: Tackling multilabel
       imbalance through label decoupling and data resampling hybridization", Neurocomputing
       326-327, 110-122, 2019.

    Examples
    --------
    >>> from skml_aemlo import MLROS, REMEDIAL, SamplerSequence
    >>> sequence = SamplerSequence([REMEDIAL(), MLROS(fraction=0.5)], random_state=0)
    >>> Y = [[1, 0], [1, 0], [1, 0], [1, 1]]
    >>> X_res, Y_res = sequence.fit_resample([["a"], ["b"], ["c"], ["d"]], Y)
    >>> sequence.sample_indices_
    array([0, 1, 2, 3, 3, 3])
    >>> sequence.set_params(mlros__fraction=0.25).samplers[1].fraction
    0.25
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "samplers": [list, tuple],
        "random_state": ["random_state"],
    }

    def __init__(self, samplers: Any, *, random_state: Any = None) -> None:
        self.samplers = samplers
        self.random_state = random_state

    @property
    def _reads_features(self) -> bool:  # type: ignore[override]
        return any(getattr(sampler, "_reads_features", True) for _, sampler in self._named())

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, with ``deep`` those of the samplers too.

        Parameters
        ----------
        deep : bool, default=True
            Whether to look into the samplers.

        Returns
        -------
        dict of str to object
        """
        params = super().get_params(deep=False)
        if deep:
            for name, sampler in self._named():
                params[name] = sampler
                known = isinstance(sampler, MultiLabelSampler)
                inner = sampler.get_params(deep=True) if known else {}
                params.update({f"{name}__{key}": value for key, value in inner.items()})
        return params

    def set_params(self, **params: Any) -> SamplerSequence:
        """Set parameters, those of a sampler as ``name__parameter``, a whole sampler as ``name``.

        Parameters
        ----------
        **params : object
            New values.

        Returns
        -------
        self : object
        """
        if "samplers" in params:
            self.samplers = params.pop("samplers")
        named = self._named()
        replaced = {name: params.pop(name) for name, _ in named if name in params}
        if replaced:
            self.samplers = [(name, replaced.get(name, sampler)) for name, sampler in named]
        return super().set_params(**params)

    def _named(self) -> list[tuple[str, Any]]:
        given = [
            item
            if isinstance(item, tuple) and len(item) == 2
            else (type(item).__name__.lower(), item)
            for item in (self.samplers if isinstance(self.samplers, list | tuple) else ())
        ]
        names = [name for name, _ in given]
        # the second "mlros" becomes "mlros-2", as in sklearn.pipeline.make_pipeline
        return [
            (
                name if names.index(name) == place else f"{name}-{names[: place + 1].count(name)}",
                step,
            )
            for place, (name, step) in enumerate(given)
        ]

    def _read(self, X: Any, Y: Any) -> Any:
        self._validate_params()
        if not self.samplers:
            raise ValueError("samplers must hold at least one sampler; got none.")
        for place, (name, sampler) in enumerate(self._named()):
            if not isinstance(name, str) or "__" in name or name in ("samplers", "random_state"):
                raise ValueError(
                    f"samplers cannot name a step {name!r}; use a string without '__' that is no "
                    "parameter of the sequence."
                )
            if not isinstance(sampler, MultiLabelSampler):
                raise TypeError(
                    f"samplers must hold multi-label samplers; samplers[{place}] is {sampler!r}: "
                    f"{_remedy(sampler)}."
                )
        if len({repr(setting) for setting in self._explicit_columns()}) > 1:
            raise ValueError(
                "samplers disagree about categorical_features: "
                f"{self._explicit_columns()!r}. All read the same columns: give them one setting."
            )
        return super()._read(X, Y)

    @property
    def categorical_features(self) -> Any:
        """What a sampler says that says more than "auto"; all read the same columns."""
        return next(iter(self._explicit_columns()), "auto")

    def _explicit_columns(self) -> list[Any]:
        settings = [
            getattr(sampler, "categorical_features", "auto") for _, sampler in self._named()
        ]
        return [setting for setting in settings if not isinstance(setting, str)]

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        source, made = np.arange(Y.shape[0]), np.zeros(Y.shape[0], dtype=bool)
        reference, interpolates = source, False
        self.samplers_ = []
        for name, sampler in self._named():
            step = clone(sampler)
            decided = step._resample_within(self, X, Y, rng)
            rows = Features(X) if self._reads_features else Rows(X)
            X, Y = rows.restore(decided.source, decided.X_new), decided.Y
            towards = getattr(step, "reference_indices_", step.sample_indices_)
            reference = np.where(
                step.is_synthetic_, source[towards], reference[step.sample_indices_]
            )
            interpolates |= hasattr(step, "reference_indices_")
            source = source[decided.source]
            made = made[decided.source] | step.is_synthetic_
            self.samplers_.append((name, step))
        order = np.argsort(made, kind="stable")
        last = order[len(order) - int(made.sum()) :]
        return Resampling(
            source[order],
            Y[order],
            X[last] if made.any() else None,
            reference[last] if interpolates else None,
        )


def _remedy(given: Any) -> str:
    """Say what to give instead of something that is no multi-label sampler."""
    if isinstance(given, type):
        return f"give an instance, {given.__name__}()"
    if isinstance(given, str):
        return f"make one from its name, make_sampler({given!r})"
    if hasattr(given, "fit_resample"):
        return f"wrap it, LabelPowersetSampler({given!r})"
    return "give a sampler or a (name, sampler) pair, or leave it out"
