"""The classifiers a comparison knows by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.validation import check_is_fitted, validate_data

from .._phrases import unknown
from ..ensemble import COCOA, ECCRU3, EnsembleOfSampling
from ..skmultilearn import (
    BinaryRelevance,
    BRkNNa,
    ClassifierChain,
    LabelPowerset,
    MLkNN,
    RakelD,
)
from ..thresholds import TunedThresholdsClassifierCV

__all__ = ["ESTIMATORS", "NamedEstimator", "RangeScaler", "make_estimator"]


class RangeScaler(TransformerMixin, BaseEstimator):
    """Bring every feature to [0, 1] without making sparse features dense.

    Dense columns are shifted to their minimum and divided by their range; sparse ones are only
    divided, which leaves the same distances. Mulan's neighbour classifiers measure distance on such
    features; on raw ones a single wide column decides who is near.

    Attributes
    ----------
    minimum_, range_ : ndarray of shape (n_features,)
        What is taken off and divided by; 0 and 1 where there is nothing to do.

    Examples
    --------
    >>> RangeScaler().fit_transform([[0, 5], [10, 5], [5, 5]])
    array([[0. , 0. ],
           [1. , 0. ],
           [0.5, 0. ]])
    """

    def fit(self, X: Any, y: Any = None) -> RangeScaler:
        """Learn the range of every feature.

        Parameters
        ----------
        X : array-like or sparse container of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        self : RangeScaler
        """
        X = validate_data(self, X, accept_sparse="csr", dtype=float)
        low, high = (_as_row(extreme(axis=0)) for extreme in (X.min, X.max))
        self.minimum_ = np.zeros_like(low) if sp.issparse(X) else low
        self.range_ = np.where(high > low, high - low, 1.0)
        return self

    def transform(self, X: Any) -> Any:
        """Scale features by the ranges learned.

        Parameters
        ----------
        X : array-like or sparse container of shape (n_samples, n_features)

        Returns
        -------
        ndarray or sparse container of shape (n_samples, n_features)
            Outside [0, 1] where a value lies outside the range learned.
        """
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=float, reset=False)
        if sp.issparse(X):
            return (X @ sp.diags_array(1 / self.range_)).tocsr()
        return (X - self.minimum_) / self.range_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _as_row(extreme: Any) -> np.ndarray:
    return np.asarray(extreme.toarray() if sp.issparse(extreme) else extreme, float).ravel()


@dataclass(frozen=True)
class NamedEstimator:
    """A classifier with the name a comparison knows it by.

    Parameters
    ----------
    name : str
        What tables, files and the command line call it.
    make : callable
        Returns a new unfitted classifier.
    summary : str
        One sentence.
    """

    name: str
    make: Callable[[], Any]
    summary: str


def _logistic(**params: Any) -> BinaryRelevance:
    return BinaryRelevance(
        make_pipeline(RangeScaler(), LogisticRegression(max_iter=1000, **params))
    )


def _mlknn() -> Any:
    return make_pipeline(RangeScaler(), MLkNN(k=10))


def _tuned(classifier: Any) -> TunedThresholdsClassifierCV:
    # three folds find thresholds as good as five do, and a sampler works on each of them
    return TunedThresholdsClassifierCV(classifier, cv=3)


_CATALOGUE = (
    NamedEstimator(
        "br-tree",
        lambda: BinaryRelevance(DecisionTreeClassifier()),
        "Binary relevance: one decision tree per label.",
    ),
    NamedEstimator(
        "cc-tree",
        lambda: ClassifierChain(DecisionTreeClassifier()),
        "A chain of decision trees, each of which also sees the labels before its own.",
    ),
    NamedEstimator(
        "rakeld-tree",
        lambda: RakelD(DecisionTreeClassifier(), labelset_size=3),
        "Disjoint random label groups of three, one decision tree per group.",
    ),
    NamedEstimator(
        "lp-tree",
        lambda: LabelPowerset(DecisionTreeClassifier()),
        "Label powerset: one decision tree, a class per distinct set of labels.",
    ),
    NamedEstimator(
        "br-logistic",
        _logistic,
        "Binary relevance: one logistic regression per label, features scaled to [0, 1].",
    ),
    NamedEstimator(
        "mlknn",
        _mlknn,
        "Bayesian vote of the 10 nearest neighbours, features scaled to [0, 1].",
    ),
    NamedEstimator(
        "brknn",
        lambda: make_pipeline(RangeScaler(), BRkNNa(k=10)),
        "Majority vote of the 10 nearest neighbours, features scaled to [0, 1].",
    ),
    NamedEstimator(
        "br-tree-weighted",
        lambda: BinaryRelevance(DecisionTreeClassifier(class_weight="balanced")),
        "br-tree with both classes of each label weighted alike.",
    ),
    NamedEstimator(
        "br-logistic-weighted",
        lambda: _logistic(class_weight="balanced"),
        "br-logistic with both classes of each label weighted alike.",
    ),
    NamedEstimator(
        "br-tree-tuned",
        lambda: _tuned(BinaryRelevance(DecisionTreeClassifier(min_samples_leaf=5))),
        "Binary relevance of trees with leaves of 5 rows or more, a tuned threshold per label.",
    ),
    NamedEstimator(
        "br-logistic-tuned",
        lambda: _tuned(_logistic()),
        "br-logistic with a tuned threshold per label.",
    ),
    NamedEstimator(
        "br-logistic-weighted-tuned",
        lambda: _tuned(_logistic(class_weight="balanced")),
        "br-logistic-weighted with a tuned threshold per label.",
    ),
    NamedEstimator(
        "mlknn-tuned",
        lambda: _tuned(_mlknn()),
        "mlknn with a tuned threshold per label.",
    ),
    NamedEstimator(
        "emlsol",
        EnsembleOfSampling,
        "Trees on several tables that MLSOL resampled, averaged, a threshold per label.",
    ),
    NamedEstimator(
        "eccru3",
        ECCRU3,
        "Chains of trees on undersampled rows, a threshold per label.",
    ),
    NamedEstimator(
        "cocoa",
        COCOA,
        "Trees on each label, undersampled and coupled with other labels, a threshold per label.",
    ),
)
ESTIMATORS: dict[str, NamedEstimator] = {entry.name: entry for entry in _CATALOGUE}
"""Name -> entry: the classifiers the tables of this field are made of."""

VARIANTS = ("-weighted-tuned", "-weighted", "-tuned")
"""What the name of a classifier that does something against imbalance adds to the plain one's."""


def make_estimator(name: str) -> Any:
    """Return a new classifier by name.

    Parameters
    ----------
    name : str
        A key of `ESTIMATORS`.

    Returns
    -------
    estimator
        Unfitted.

    Raises
    ------
    ValueError
        If the name is unknown; the message offers near ones.

    Examples
    --------
    >>> make_estimator("br-tree").classifier
    DecisionTreeClassifier()
    """
    if not isinstance(name, str) or name not in ESTIMATORS:
        raise ValueError(unknown("estimator", name, ESTIMATORS))
    return ESTIMATORS[name].make()
