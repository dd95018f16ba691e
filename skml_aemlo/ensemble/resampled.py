"""EnsembleOfSampling: one classifier per resampled copy of the training rows."""

from __future__ import annotations

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.multioutput import MultiOutputClassifier
from sklearn.utils.validation import validate_data

from .._sklearn import HasMethods, Interval
from ..classifier import MultiLabelResampledClassifier, make_from
from .balanced import reseeded
from .voting import ThresholdedEnsemble, papers_tree

__all__ = ["EnsembleOfSampling"]


def _fit_member(member: Any, X: Any, Y: Any) -> Any:
    return member.fit(X, Y)


def _scores_of(member: Any, X: Any) -> np.ndarray:
    """Return probabilities, or votes of a classifier that has none."""
    gives = hasattr(member, "predict_proba")
    return member.predict_proba(X) if gives else member.predict(X).astype(float)


class EnsembleOfSampling(ThresholdedEnsemble):
    """A vote of classifiers, each trained on a resampled copy of its own.

    With MLSOL this is EMLSOL, with any other sampler its like.

    Parameters
    ----------
    estimator : estimator object or None, default=None
        Any multi-label classifier; None is, per label, a tree that splits by entropy and has two
        rows a leaf at least.
    sampler : str, sampler, list of these, or None, default="mlsol"
        A name of the registry, a sampler, or several to apply in turn.
    n_estimators : int, default=5
        Members, and resampled copies (the paper's M).
    threshold : "f1" or float, default="f1"
        Probability from which on a label is predicted. "f1" takes per label the one from 0.05 to
        0.95, by 0.05, that has the highest F1 on the training rows, the lowest of several.
    n_jobs : int or None, default=None
        Members trained and asked at once, as in joblib; the result is the same whatever it is.
    random_state : int, RandomState, Generator or None, default=None
        Seeds every ``random_state`` of each member's sampler and classifier, given or not: members
        of one seed would be one member.

    Attributes
    ----------
    estimators_ : list of MultiLabelResampledClassifier
        The fitted members, each with its sampler in ``sampler_``.
    thresholds_ : ndarray of float of shape (n_labels,)
        The probability from which on a label is predicted.
    constants_ : ndarray of float of shape (n_labels,)
        The value of a label constant in the training rows, NaN for the others.
    classes_ : ndarray of int of shape (n_labels, 2)
        0 and 1 for every label.
    n_labels_, n_features_in_ : int
        Numbers of labels and features seen.
    feature_names_in_ : ndarray of str of shape (`n_features_in_`,)
        Names of features seen. Defined only when ``X`` has feature names that are all strings.
    label_names_in_ : ndarray of str of shape (`n_labels_`,)
        Names of labels seen. Defined only when ``Y`` has column names that are all strings.

    See Also
    --------
    skml_aemlo.MultiLabelResampledClassifier : One member.

    Notes
    -----
    Thresholds are tuned on the training rows as they were before resampling. The authors' code
    gives every sampler P = 0.3; here each keeps its own parameters, MLSOL the same 0.3. Of C4.5,
    the base there, the default tree has no pruning. ``X`` reaches sampler and classifier as it is,
    so nominal columns of a DataFrame are what they are to the sampler. A classifier without
    ``predict_proba`` votes with what it predicts. A sampler that draws nothing, such as MLTL, makes
    every copy the same. Labels constant in the training rows are predicted as such.

    References
    ----------
    .. [1] B. Liu, K. Blekas, G. Tsoumakas, "Multi-label sampling based on local label imbalance",
       Pattern Recognition 122, 2022.
    .. [2] B. Liu, G. Tsoumakas, "Synthetic oversampling of multi-label data based on local label
       distribution", ECML-PKDD 2019.

    Examples
    --------
    >>> from skml_aemlo.datasets import load_synthetic
    >>> from skml_aemlo.ensemble import EnsembleOfSampling
    >>> data = load_synthetic()
    >>> model = EnsembleOfSampling(sampler="mlros", random_state=0).fit(data.X, data.Y)
    >>> model.predict(data.X[:3]).shape == (3, data.Y.shape[1])
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **ThresholdedEnsemble._parameter_constraints,
        "estimator": [HasMethods(["fit", "predict"]), None],
        "sampler": [HasMethods(["fit_resample"]), str, list, tuple, None],
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        estimator: Any = None,
        sampler: Any = "mlsol",
        *,
        n_estimators: int = 5,
        threshold: Any = "f1",
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.sampler = sampler
        self.n_estimators = n_estimators
        self.threshold = threshold
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _read(self, X: Any, *, reset: bool) -> Any:
        # the sampler knows nominal columns by the frame they come in
        validate_data(self, X, reset=reset, skip_check_array=True)
        return X

    def _base(self) -> Any:
        # unlike scikit-multilearn's binary relevance, this one leaves X dense or sparse as it is
        default = MultiOutputClassifier(papers_tree())
        return default if self.estimator is None else self.estimator

    def _fit_members(self, rows: Any, labels: np.ndarray, rng: np.random.Generator) -> None:
        model = MultiLabelResampledClassifier(self._base(), make_from(self.sampler))
        members = [reseeded(model, rng) for _ in range(self.n_estimators)]
        self.estimators_ = self._in_parallel(
            _fit_member, ((member, rows, labels) for member in members)
        )

    def _vote(self, rows: Any) -> np.ndarray:
        shares = self._in_parallel(_scores_of, ((member, rows) for member in self.estimators_))
        return sum(shares) / len(shares)
