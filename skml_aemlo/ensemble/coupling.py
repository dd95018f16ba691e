"""COCOA: each label by itself, and coupled with a few others."""

from __future__ import annotations

from numbers import Integral
from typing import Any, ClassVar

import numpy as np

from .._sklearn import Interval
from .balanced import balanced_rows, fit_one, share_of
from .voting import ThresholdedEnsemble, draw_seeds

__all__ = ["COCOA"]


def _draw_couplings(
    varying: np.ndarray, n_labels: int, n_couplings: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Draw, for every label that varies, as many others that do; none for a constant one."""
    drawn = [np.empty(0, dtype=np.intp)] * n_labels
    for label in varying:
        others = varying[varying != label]
        drawn[label] = rng.choice(others, min(n_couplings, len(others)), replace=False)
    return drawn


def _fit_label(
    estimator: Any, rows: Any, label: np.ndarray, coupled: np.ndarray, seed: int
) -> list[Any]:
    """Fit a label's binary classifier, then that of three classes for each coupled label."""
    rng = np.random.default_rng(seed)
    targets = [label, *(np.where(label == 1, 2, other) for other in coupled.T)]
    kept = [balanced_rows(target, rng) for target in targets]
    return [
        fit_one(estimator, rows[some], target[some], rng)
        for target, some in zip(targets, kept, strict=True)
    ]


def _vote_on_label(models: list[Any], rows: Any) -> np.ndarray:
    """Return the mean share of the class that bears the label: 1 of two, 2 of three."""
    total = share_of(models[0], rows, 1)
    for model in models[1:]:
        total = total + share_of(model, rows, 2)
    return total / len(models)


class COCOA(ThresholdedEnsemble):
    """Cross-coupling aggregation: one classifier per label and per random couple of labels.

    For each label a binary classifier, and for each of ``n_couplings`` others drawn at random one
    of three classes: without both labels, with the other one only, with the label. All are trained
    on as many rows of each class as the rarest one has; their mean is the label's probability.

    Parameters
    ----------
    estimator : estimator object or None, default=None
        Any classifier of several classes that has ``predict_proba``; None is a tree that splits by
        entropy and has two rows a leaf at least.
    n_couplings : int, default=10
        Labels that each label is coupled with (the paper's K), as far as there are so many others.
    threshold : "f1" or float, default="f1"
        Probability from which on a label is predicted. "f1" takes per label the one from 0.05 to
        0.95, by 0.05, that has the highest F1 on the training rows, the lowest of several.
    n_jobs : int or None, default=None
        Labels trained and asked at once, as in joblib; the result is the same whatever it is.
    random_state : int, RandomState, Generator or None, default=None
        Seeds couplings, undersampling and every ``random_state`` of the classifiers.

    Attributes
    ----------
    estimators_ : list of n_labels lists
        Fitted classifiers of each label: the binary one, then one per coupled label. A label that
        is constant in the training rows has none.
    couplings_ : list of n_labels ndarrays of int
        Labels each label is coupled with.
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
    ECCRU : Chains of undersampled classifiers instead of couples.

    Notes
    -----
    The papers leave the imbalance learner open; in their experiments, and here, it is a tree on
    randomly undersampled rows; of their C4.5 the default has no pruning. Where they add up
    probabilities, here is their mean, in [0, 1]. Thresholds are found as in the code published by
    the authors of [3]_, which however predicts strictly above them; here a label is predicted from
    its threshold on, as it is when F1 is measured. Labels constant in the training rows are
    predicted as such and couple with no other. A coupled label may leave one of the three classes
    empty; then the classifier learns the other two.

    It trains n_labels (1 + n_couplings) classifiers, on few rows each where labels are rare.

    References
    ----------
    .. [1] M.-L. Zhang, Y.-K. Li, X.-Y. Liu, "Towards class-imbalance aware multi-label learning",
       IJCAI 2015.
    .. [2] M.-L. Zhang, Y.-K. Li, H. Yang, X.-Y. Liu, "Towards class-imbalance aware multi-label
       learning", IEEE Transactions on Cybernetics 52(6), 2022.
    .. [3] B. Liu, G. Tsoumakas, "Making classifier chains resilient to class imbalance", ACML 2018.

    Examples
    --------
    >>> from skml_aemlo.datasets import load_synthetic
    >>> from skml_aemlo.ensemble import COCOA
    >>> data = load_synthetic()
    >>> model = COCOA(n_couplings=2, random_state=0).fit(data.X, data.Y)
    >>> model.predict_proba(data.X[:3]).shape == (3, data.Y.shape[1])
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **ThresholdedEnsemble._parameter_constraints,
        "n_couplings": [Interval(Integral, 0, None, closed="left")],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_couplings: int = 10,
        threshold: Any = "f1",
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.n_couplings = n_couplings
        self.threshold = threshold
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _fit_members(self, rows: Any, labels: np.ndarray, rng: np.random.Generator) -> None:
        varying = self._varying()
        self.couplings_ = _draw_couplings(varying, self.n_labels_, self.n_couplings, rng)
        seeds = draw_seeds(rng, len(varying))
        trained = self._in_parallel(
            _fit_label,
            (
                (self._base(), rows, labels[:, label], labels[:, self.couplings_[label]], seed)
                for label, seed in zip(varying, seeds, strict=True)
            ),
        )
        self.estimators_: list[list[Any]] = [[] for _ in range(self.n_labels_)]
        for label, models in zip(varying, trained, strict=True):
            self.estimators_[label] = models

    def _vote(self, rows: Any) -> np.ndarray:
        varying = self._varying()
        found = np.zeros((rows.shape[0], self.n_labels_))
        tasks = ((self.estimators_[label], rows) for label in varying)
        for label, share in zip(varying, self._in_parallel(_vote_on_label, tasks), strict=True):
            found[:, label] = share
        return found
