"""What the repaired classifiers share: containers in and out, parameters, tags, score."""

from __future__ import annotations

from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator
from sklearn.utils import ClassifierTags, Tags, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from .._containers import read_labels
from .._fitting import all_or_nothing
from .._frames import refuse_masked
from .._indices import narrow
from .._targets import own_requests

if TYPE_CHECKING:
    from typing_extensions import Self


def label_matrix(y: Any, n_rows: int | None = None) -> sp.csc_array:
    """Return ``y`` as a (n_rows, n_labels) int8 matrix of ones, or say what is wrong."""
    labels = read_labels(y, "y")
    if n_rows is not None and labels.shape[0] != n_rows:
        raise ValueError(
            f"y has {labels.shape[0]} rows and X has {n_rows}: pass one row of y for each row of X"
        )
    return narrow(labels.tocsc())


def check_switch(name: str, value: Any) -> bool:
    """Return ``value`` as a bool, or raise naming the parameter."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name}={value!r}; expected True or False")
    return bool(value)


def whole_number(name: str, value: Any, least: int) -> int:
    """Return ``value`` as an int, or raise naming the parameter."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name}={value!r}; expected a whole number of at least {least}")
    return int(value)


def _as_float(value: Any) -> float:
    is_number = isinstance(value, Real) and not isinstance(value, bool | np.bool_)
    return float(value) if is_number else np.nan


def check_number(name: str, value: Any, least: float, most: float = np.inf) -> None:
    """Raise, naming the parameter, unless ``value`` is a number from ``least`` to ``most``."""
    number = _as_float(value)
    if not least <= number <= most:
        ends = (
            f"a number of at least {least}" if most == np.inf else f"a number in [{least}, {most}]"
        )
        raise ValueError(f"{name}={value!r}; expected {ends}")


def check_positive(name: str, value: Any, below: float = np.inf) -> None:
    """Raise, naming the parameter, unless ``value`` is a number above 0 and under ``below``."""
    number = _as_float(value)
    if not 0 < number < below:
        ends = "above 0" if below == np.inf else f"between 0 and {below}"
        raise ValueError(f"{name}={value!r}; expected a number {ends}")


def as_array(found: Any) -> np.ndarray:
    """Return a sparse matrix, a frame or an array as an array."""
    return found.toarray() if sp.issparse(found) else np.asarray(found)


def takes_sparse(estimator: Any) -> bool:
    """Tell whether an estimator says by its tags that it takes sparse rows."""
    has_tags = hasattr(estimator, "__sklearn_tags__")
    return bool(has_tags and get_tags(estimator).input_tags.sparse)


class Mended:
    """What every repaired class does alike; the subclasses only learn and answer.

    They give ``_fit``, ``_labels`` and ``_probabilities``: validated rows in, dense
    (n_samples, n_labels) answers out.
    """

    _dtype: Any = None  # what X becomes; None leaves it as it came
    _finite = False  # whether NaN is refused here, and not by a base classifier
    _labels_in: Any = sp.lil_matrix  # the containers scikit-multilearn answers in
    _probabilities_in: Any = sp.lil_matrix

    def _fit(self, rows: Any, labels: sp.csc_array) -> None:
        raise NotImplementedError

    def _labels(self, rows: Any) -> np.ndarray:
        raise NotImplementedError

    def _probabilities(self, rows: Any) -> np.ndarray:
        raise NotImplementedError

    # scikit-multilearn's own read a hand-kept list that its constructors fill.
    get_params = BaseEstimator.get_params
    set_params = BaseEstimator.set_params

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from rows and their labels.

        Parameters
        ----------
        X : array-like, DataFrame or sparse, of shape (n_samples, n_features)
            The training rows.
        y : array-like, DataFrame or sparse, of shape (n_samples, n_labels)
            Which labels each row bears: 0 and 1 as int, bool or float.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If ``y`` is not such a matrix, or a parameter does not suit the data.
        """
        with all_or_nothing(self):
            rows = self._features(X, reset=True)
            labels = label_matrix(y, rows.shape[0])
            self._fit(rows, labels)
            # One row of [0, 1] per label: the shape scikit-learn's cross_val_predict can index.
            self.classes_ = np.tile([0, 1], (labels.shape[1], 1))
        return self

    def predict(self, X: Any) -> Any:
        """Predict the labels of each row.

        Parameters
        ----------
        X : array-like, DataFrame or sparse, of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        labels : sparse matrix or ndarray of int, of shape (n_samples, n_labels)
            1 where the row is predicted to bear the label; columns in the order of ``y``.
        """
        check_is_fitted(self)
        return self._labels_in(self._labels(self._features(X, reset=False)).astype(int))

    def _gives_probabilities(self) -> bool:
        return True

    @available_if(lambda self: self._gives_probabilities())
    def predict_proba(self, X: Any) -> Any:
        """Predict how probable each label is for each row.

        Parameters
        ----------
        X : array-like, DataFrame or sparse, of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        probabilities : sparse matrix or ndarray of float, of shape (n_samples, n_labels)
            The probability, in [0, 1], of each label; columns in the order of ``y``.
        """
        check_is_fitted(self)
        return self._probabilities_in(self._probabilities(self._features(X, reset=False)))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the subset accuracy: the share of rows whose labels are all predicted right.

        Parameters
        ----------
        X : array-like, DataFrame or sparse, of shape (n_samples, n_features)
            The rows.
        y : array-like, DataFrame or sparse, of shape (n_samples, n_labels)
            Their true labels.
        sample_weight : array-like of shape (n_samples,), optional
            The weight of each row in the mean.

        Returns
        -------
        accuracy : float
            In [0, 1].
        """
        predicted = as_array(self.predict(X))
        truth = label_matrix(y, predicted.shape[0]).toarray()
        return float(np.average((predicted == truth).all(axis=1), weights=sample_weight))

    def _features(self, X: Any, reset: bool) -> Any:
        refuse_masked("X", X)
        # The base classifier decides about NaN and strings, where there is one.
        return validate_data(
            self,
            X,
            reset=reset,
            accept_sparse="csr",
            dtype=self._dtype,
            ensure_all_finite=self._finite,
        )

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "classes_")

    def get_metadata_routing(self) -> Any:
        """Return the metadata requested; what is inside gets none.

        Returns
        -------
        MetadataRequest

        Raises
        ------
        ValueError
            If the estimator inside requests weights.
        """
        return own_requests(
            self, getattr(self, "classifier", getattr(self, "base_classifier", None))
        )

    def __sklearn_tags__(self) -> Tags:
        # Not super(): scikit-multilearn lists BaseEstimator before ClassifierMixin, which loses
        # the classifier's tags on the way.
        tags = BaseEstimator.__sklearn_tags__(self)
        tags.estimator_type = "classifier"
        tags.classifier_tags = ClassifierTags(multi_class=False, multi_label=True)
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = False
        tags.input_tags.sparse = True
        return tags
