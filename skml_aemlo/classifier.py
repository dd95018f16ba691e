"""Resample the training fold, fit; predict untouched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import scipy.sparse as sp
from imblearn.base import BaseSampler
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import UNUSED, MetadataRouter, MethodMapping, process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from ._containers import Labels, read_labels, require_as_many
from ._fitting import all_or_nothing
from ._frames import column_names, refuse_unread
from ._sklearn import (
    HasMethods,
    make_generator,
    n_rows_of,
    random_states_of,
    routing_is_enabled,
    rows_of,
)
from ._targets import describe_target, read_target, remember, tag_target
from .registry import make_sampler
from .samplers.sequence import SamplerSequence

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["MultiLabelResampledClassifier"]


def inner_has(method: str) -> Callable[[Any], bool]:
    """Offer a method exactly when the inner estimator does."""

    def check(self: Any) -> bool:
        getattr(getattr(self, "estimator_", self.estimator), method)
        return True

    return check


class MultiLabelResampledClassifier(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """A multi-label classifier that resamples what it is trained on, and nothing else.

    ``fit`` resamples its data and fits the estimator on the result. Prediction and scoring touch no
    sampler, so inside cross-validation a test fold is never resampled.

    Parameters
    ----------
    estimator : estimator object
        Any multi-label classifier of scikit-multilearn, scikit-learn or alike.
    sampler : str, sampler, list of these, or None, default="aemlo"
        A name of the registry, a sampler, several to apply in turn, or None for no resampling.
    random_state : int, RandomState, Generator or None, default=None
        Where it is given, it seeds every ``random_state`` of sampler and estimator that is None.

    Attributes
    ----------
    estimator_ : estimator
        The fitted clone of ``estimator``.
    sampler_ : sampler or None
        The fitted clone of ``sampler``, with its provenance.
    classes_ : ndarray of int of shape (n_labels, 2)
        0 and 1 for every label.
    n_labels_ : int
        Number of labels.
    fitted_labels_ : ndarray of int
        Labels the estimator was fitted on: all, unless it cannot take one that is constant.
    constants_ : ndarray of float of shape (n_labels,)
        The value of a label constant in the resampled data, NaN for the others.
    n_features_in_ : int
        Number of features seen.
    feature_names_in_ : ndarray of str of shape (`n_features_in_`,)
        Names of features seen. Defined only when ``X`` has feature names that are all strings.
    label_names_in_ : ndarray of str of shape (`n_labels_`,)
        Names of labels seen. Defined only when ``Y`` has column names that are all strings.

    See Also
    --------
    imblearn.pipeline.Pipeline : Takes the samplers too.

    Notes
    -----
    ``predict``, ``predict_proba`` and ``decision_function`` return dense arrays of shape
    (n_samples, n_labels), whatever the estimator returns: scikit-multilearn's sparse matrices,
    scikit-learn's list of one array per label, a single column for a label of one class. The
    estimator gets ``Y`` dense and a sparse ``X`` as ``csr_matrix``, which all of them take.
    An estimator that raises ``ValueError`` on labels constant in training is fitted on the others,
    and the constant ones are predicted as such.

    A grid search reaches ``sampler__`` parameters when ``sampler`` is an object, from
    `make_sampler` say, not a name.

    What ``fit`` takes beside ``X`` and ``Y`` goes to the estimator's ``fit``; an entry a row, such
    as ``sample_weight``, follows its row through the sampler's ``sample_indices_``: a clone, a half
    of a row torn in two and a new row have the weight of the row they come from, so that weights
    are not evened out, and a label resampled to twice its rows weighs twice. With scikit-learn's
    metadata routing enabled, estimators get what they request, for ``fit`` and for prediction.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skml_aemlo import MultiLabelResampledClassifier
    >>> from skml_aemlo.datasets import load_synthetic
    >>> from skml_aemlo.skmultilearn import BinaryRelevance
    >>> data = load_synthetic()
    >>> model = MultiLabelResampledClassifier(
    ...     BinaryRelevance(DecisionTreeClassifier(random_state=0)), "mlsmote", random_state=0
    ... )
    >>> model.fit(data.X, data.Y).predict(data.X[:3]).shape == (3, data.Y.shape[1])
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimator": [HasMethods(["fit", "predict"])],
        "sampler": [HasMethods(["fit_resample"]), str, list, tuple, None],
        "random_state": ["random_state", np.random.Generator],
    }

    # a router of what the estimator requests: the wrapper's own fit consumes nothing
    __metadata_request__fit: ClassVar[dict[str, str]] = {"sample_weight": UNUSED}

    def __init__(self, estimator: Any, sampler: Any = "aemlo", *, random_state: Any = None) -> None:
        self.estimator = estimator
        self.sampler = sampler
        self.random_state = random_state

    def fit(self, X: Any, Y: Any = None, sample_weight: Any = None, **params: Any) -> Self:
        """Resample the training data and fit the estimator on the result.

        Parameters
        ----------
        X : array-like, DataFrame or sparse container of shape (n_samples, n_features)
            Features.
        Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
            Labels, 0 or 1. Goes by the name of ``y`` as well, as scikit-learn calls a target.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row, for an estimator that takes weights.
        **params : object
            What else the estimator's ``fit`` takes. Anything of n_samples entries is taken to have
            one a row. With metadata routing enabled, what the estimator requests.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If a parameter or the data are invalid, or if there is an entry a row and the sampler
            does not tell where its rows come from.
        """
        self._validate_params()
        refuse_unread("X", X)
        Y = _one_target(Y, params.pop("y", None))
        given = read_target(Y)
        X = with_rows(X)
        require_as_many(n_rows_of(X), given.matrix)
        params = self._params_of_fit(sample_weight, params, given.matrix.shape[0])
        sampler, estimator = make_from(self.sampler), clone(self.estimator)
        if self.random_state is not None:
            _seed((sampler, estimator), make_generator(self.random_state))
        X_fit, labels = X, given.matrix
        if sampler is not None:
            # a DataFrame goes on as it is: the sampler may know labels by its column names
            X_fit, resampled = sampler.fit_resample(X, labels if given.names is None else Y)
            labels = read_labels(resampled)
            params = _follow_rows(params, given.matrix.shape[0], sampler, labels.shape[0])
        with all_or_nothing(self):
            self.sampler_ = sampler
            self._describe_input(X, given)
            target = labels.toarray().astype(int)
            self._fit_estimator(estimator, _for_estimator(X_fit), target, params)
        return self

    def _params_of_fit(
        self, sample_weight: Any, params: dict[str, Any], n_rows: int
    ) -> dict[str, Any]:
        if sample_weight is not None:
            if not routing_is_enabled():
                _refuse_unknown_weights(self.estimator)
            weights = np.asarray(sample_weight)
            if weights.shape != (n_rows,):
                came = f"{len(weights)} entries" if weights.ndim == 1 else f"shape {weights.shape}"
                raise ValueError(
                    f"sample_weight has {came} and Y has {n_rows} rows; give every row its weight."
                )
            params = {"sample_weight": weights, **params}
        return self._routed("fit", params)

    def _routed(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Return what the estimator's method gets: what it requests, or without routing all."""
        if not routing_is_enabled():
            return params
        return process_routing(self, method, **params)["estimator"][method]

    def get_metadata_routing(self) -> MetadataRouter:
        """Return who gets which metadata: the estimator what it requests, ``score`` its weights.

        Returns
        -------
        MetadataRouter
        """
        mapping = MethodMapping()
        for method in ("fit", "predict", "predict_proba", "decision_function"):
            mapping.add(caller=method, callee=method)
        router = MetadataRouter(owner=type(self).__name__).add_self_request(self)
        return router.add(estimator=self.estimator, method_mapping=mapping)

    def _describe_input(self, X: Any, given: Labels) -> None:
        describe_target(self, given)
        remember(self, "feature_names_in_", column_names(X))
        if len(getattr(X, "shape", np.shape(X))) > 1:
            self.n_features_in_ = getattr(X, "shape", np.shape(X))[1]

    def _fit_estimator(self, estimator: Any, X: Any, Y: np.ndarray, params: dict[str, Any]) -> None:
        constant = np.ptp(Y, axis=0) == 0
        self.constants_ = np.where(constant, Y[0].astype(float), np.nan)
        self.fitted_labels_ = np.arange(Y.shape[1])
        fresh = clone(estimator)
        try:
            estimator.fit(X, Y, **params)
        except ValueError:
            if not constant.any() or constant.all():
                raise
            self.fitted_labels_ = np.flatnonzero(~constant)
            estimator = fresh
            estimator.fit(X, Y[:, self.fitted_labels_], **params)
        # what ``fit`` returns is not trusted: some return the inner object, one returns None
        self.estimator_ = estimator

    def predict(self, X: Any, **params: Any) -> np.ndarray:
        """Predict labels; nothing is resampled.

        Parameters
        ----------
        X : array-like, DataFrame or sparse container of shape (n_samples, n_features)
            Features.
        **params : object
            What else the estimator's method takes.

        Returns
        -------
        ndarray of int of shape (n_samples, n_labels)
            0 and 1.
        """
        check_is_fitted(self, "estimator_")
        found = _dense(self._asked("predict", X, params))
        if not np.isin(found, (0, 1)).all():
            raise ValueError(
                f"estimator must predict 0 and 1; {type(self.estimator_).__name__} predicts other "
                "values. Use a classifier rather than a regressor; where predict returns "
                "probabilities, override it with a threshold: predict_proba(X) > 0.5."
            )
        return self._all_labels(found).astype(int)

    @available_if(inner_has("predict_proba"))
    def predict_proba(self, X: Any, **params: Any) -> np.ndarray:
        """Predict the probability that each label is 1; nothing is resampled.

        Parameters
        ----------
        X : array-like, DataFrame or sparse container of shape (n_samples, n_features)
            Features.
        **params : object
            What else the estimator's method takes.

        Returns
        -------
        ndarray of float of shape (n_samples, n_labels)
        """
        check_is_fitted(self, "estimator_")
        return self._scores(self._asked("predict_proba", X, params))

    @available_if(inner_has("decision_function"))
    def decision_function(self, X: Any, **params: Any) -> np.ndarray:
        """Return the estimator's confidence that each label is 1; nothing is resampled.

        Parameters
        ----------
        X : array-like, DataFrame or sparse container of shape (n_samples, n_features)
            Features.
        **params : object
            What else the estimator's method takes.

        Returns
        -------
        ndarray of float of shape (n_samples, n_labels)
        """
        check_is_fitted(self, "estimator_")
        found = self._scores(self._asked("decision_function", X, params))
        hidden = np.setdiff1d(np.arange(self.n_labels_), self.fitted_labels_)
        # surer than anything the estimator says, and finite, as scorers want it
        found[:, hidden] = np.where(self.constants_[hidden], 1, -1) * (1 + np.abs(found).max())
        return found

    def _asked(self, method: str, X: Any, params: dict[str, Any]) -> Any:
        given = self._routed(method, params)
        found = getattr(self.estimator_, method)(_for_estimator(X), **given)
        n_rows = n_rows_of(with_rows(X))
        for part in found if isinstance(found, list) and method != "predict" else [found]:
            if found is None or n_rows_of(part) != n_rows:
                came = "None" if found is None else f"{n_rows_of(part)} rows"
                raise ValueError(
                    f"estimator must return a row for each of the {n_rows} of X; "
                    f"{type(self.estimator_).__name__}.{method} returned {came}."
                )
        return found

    def _scores(self, found: Any) -> np.ndarray:
        if isinstance(found, list):
            classes = self._inner_classes(len(found))
            found = np.column_stack(
                [_column_of_one(part, known) for part, known in zip(found, classes, strict=True)]
            )
        found = _dense(found).astype(float)
        if len(self.fitted_labels_) == 1 and found.ndim == 2:
            found = _column_of_one(found, self._inner_classes(1)[0])[:, None]
        return self._all_labels(found)

    def _inner_classes(self, n_labels: int) -> list[Any]:
        known = getattr(self.estimator_, "classes_", None)
        if n_labels == 1:
            return [known[0] if isinstance(known, list) else known]
        return list(known) if known is not None else [None] * n_labels

    def _all_labels(self, found: np.ndarray) -> np.ndarray:
        """Put back the constant labels the estimator was not shown."""
        shape, n_fitted = found.shape, len(self.fitted_labels_)
        found = found.reshape(len(found), -1)
        if found.shape[1] != n_fitted:
            raise ValueError(
                f"estimator must return one column for each of the {n_fitted} labels it was fitted "
                f"on; {type(self.estimator_).__name__} returned shape {shape}."
            )
        if found.shape[1] == self.n_labels_:
            return found
        filled = np.tile(self.constants_, (len(found), 1))
        filled[:, self.fitted_labels_] = found
        return filled

    def __sklearn_tags__(self) -> Any:
        tags = tag_target(super().__sklearn_tags__())
        inside = _input_tags(self.estimator, self.sampler)
        tags.input_tags.sparse = all(part.sparse for part in inside)
        tags.input_tags.allow_nan = all(part.allow_nan for part in inside)
        tags.input_tags.string = all(part.string for part in inside)
        tags.input_tags.positive_only = any(part.positive_only for part in inside)
        return tags


def _input_tags(estimator: Any, sampler: Any) -> list[Any]:
    """Return what estimator and sampler take, as far as they are scikit-learn's kind."""
    try:
        sampler = make_from(sampler)
    except (TypeError, ValueError):  # fit says so
        sampler = None
    parts = [part for part in (estimator, sampler) if hasattr(part, "__sklearn_tags__")]
    return [get_tags(part).input_tags for part in parts]


def make_from(sampler: Any) -> Any:
    """Return a fresh sampler from a name, a sampler, a list of these, or None."""
    if isinstance(sampler, str):
        return make_sampler(sampler)
    if isinstance(sampler, list | tuple):
        return SamplerSequence([make_from(step) for step in sampler])
    if isinstance(sampler, BaseSampler):
        raise ValueError(
            f"sampler={sampler!r} resamples a single target; wrap it: "
            f"LabelPowersetSampler({sampler!r})."
        )
    if sampler is not None and not hasattr(sampler, "fit_resample"):
        raise TypeError(
            f"sampler holds {sampler!r}; expected names of samplers, or samplers, objects with "
            "fit_resample, such as 'mlros' or MLROS()."
        )
    return None if sampler is None else clone(sampler)


def _seed(objects: tuple[Any, ...], rng: np.random.Generator) -> None:
    """Give every ``random_state`` that is None a seed of its own."""
    for each in objects:
        for name, given in ({} if each is None else random_states_of(each)).items():
            seed = int(rng.integers(2**31 - 1))  # drawn even if unused: others keep theirs
            if given is None:
                each.set_params(**{name: seed})


def with_rows(X: Any) -> Any:
    """Turn what offers itself as an array, and no more than that, into one."""
    bare = hasattr(X, "__array__") and not hasattr(X, "shape") and not hasattr(X, "__getitem__")
    return np.asarray(X) if bare else X


def _one_target(Y: Any, y: Any) -> Any:
    if Y is not None and y is not None:
        raise TypeError("fit got the target twice, as Y and as y; give one of them.")
    return y if Y is None else Y


def _refuse_unknown_weights(estimator: Any) -> None:
    takes = signature(estimator.fit).parameters
    if "sample_weight" in takes or any(p.kind is Parameter.VAR_KEYWORD for p in takes.values()):
        return
    raise ValueError(
        f"sample_weight was given, but {type(estimator).__name__}.fit takes none; leave it out, or "
        "take an estimator with weights, such as MultiOutputClassifier(DecisionTreeClassifier())."
    )


def _follow_rows(
    params: dict[str, Any], n_rows: int, sampler: Any, n_resampled: int
) -> dict[str, Any]:
    """Give every resampled row the entry of the row it comes from."""
    each = [name for name, value in params.items() if _has_entry_a_row(value, n_rows)]
    if not each:
        return params
    source = getattr(sampler, "sample_indices_", None)
    if source is None or len(source) != n_resampled:
        raise ValueError(
            f"{each[0]} has an entry for each row, but {type(sampler).__name__} does not tell in "
            "sample_indices_ which row each of its rows comes from; leave "
            f"{each[0]} out, or take a sampler that tells."
        )
    return {**params, **{name: rows_of(params[name], source) for name in each}}


def _has_entry_a_row(value: Any, n_rows: int) -> bool:
    if isinstance(value, str | bytes | Mapping):
        return False
    try:
        return n_rows_of(value) == n_rows
    except TypeError:
        return False


def _for_estimator(X: Any) -> Any:
    return sp.csr_matrix(X) if sp.issparse(X) else X


def _dense(found: Any) -> np.ndarray:
    return found.toarray() if sp.issparse(found) else np.asarray(found)


def _column_of_one(part: Any, classes: Any) -> np.ndarray:
    """Return the column of class 1 from one label's scores, one or two columns wide."""
    part = _dense(part)
    if part.ndim == 1:
        return part
    if part.shape[1] == 2:
        return part[:, 1]
    if part.shape[1] != 1:
        raise ValueError(
            f"estimator must give each label one column, or one for 0 and one for 1; it gave one "
            f"label {part.shape[1]} columns."
        )
    always = np.ravel(classes)[0] if classes is not None and np.size(classes) == 1 else None
    return part[:, 0] if always is None else np.full(len(part), float(always))
