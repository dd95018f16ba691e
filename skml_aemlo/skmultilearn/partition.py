"""A multi-label classifier for each group of labels: side by side, or voting."""

from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.utils import get_tags
from skmultilearn import ensemble
from skmultilearn.base import MLClassifierBase

from .clustering import label_groups
from .mended import as_array
from .transformation import Transformation, share_of_one


def label_answers(model: Any, rows: Any) -> np.ndarray:
    """Return what a classifier of one or several labels predicts, one column a label."""
    found = as_array(model.predict(rows))
    return found.reshape(len(found), -1).astype(int)


def label_shares(model: Any, rows: Any, n_labels: int) -> np.ndarray:
    """Return the probability of each label, however a classifier of them lays it out."""
    found, classes = model.predict_proba(rows), getattr(model, "classes_", ())
    if isinstance(found, list):  # scikit-learn: one array a label, one column a class
        return np.column_stack(
            [share_of_one(part, known) for part, known in zip(found, classes, strict=True)]
        )
    found = as_array(found)
    if n_labels == 1 and np.size(classes) == found.shape[1]:
        return share_of_one(found, classes)[:, None]
    return found


class LabelSpacePartitioningClassifier(Transformation, ensemble.LabelSpacePartitioningClassifier):
    """Divide the labels into disjoint groups, and give each to a classifier of its own.

    Parameters
    ----------
    classifier : estimator
        The multi-label classifier, of scikit-multilearn, scikit-learn or alike; each group of
        labels gets a clone of it.
    clusterer : clusterer of labels
        Divides the labels: its ``fit_predict(X, y)`` returns groups of label indices, each label
        once. It is cloned.
    require_dense : bool, pair of bools or None, default=None
        Whether the classifier is handed dense X and dense y. None means dense, except for
        scikit-multilearn's own classifiers.

    Attributes
    ----------
    clusterer_ : clusterer
        The fitted clone of ``clusterer``.
    partition_ : list of ndarray of int
        The labels of each group.
    classifiers_ : list of estimators
        The fitted classifier of each group.
    model_count_ : int
        How many there are.
    classes_ : ndarray of shape (n_labels, 2)
        0 and 1 for each label.
    n_features_in_ : int
        Number of features seen in ``fit``.

    Notes
    -----
    Mends, beside what the module shares: probabilities of scikit-learn's multi-label classifiers,
    which come as one array a label, are read by their classes; the clusterer is cloned, so that
    ``fit`` leaves it alone; a group whose labels are all constant is answered with these constants
    (silent wrong #6). A label in no group is refused, where upstream never predicts it, and so is
    one in several, where upstream joins the answers: that is `MajorityVotingClassifier`.

    References
    ----------
    .. [1] P. Szymański, T. Kajdanowicz, K. Kersting, "How is a data-driven approach better than
       random choice in label space division for multi-label classification?", Entropy 18, 2016.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skml_aemlo.skmultilearn import (
    ...     FixedLabelSpaceClusterer, LabelPowerset, LabelSpacePartitioningClassifier)
    >>> X, Y = make_multilabel_classification(n_classes=4, random_state=0)
    >>> groups = FixedLabelSpaceClusterer([[0, 3], [1, 2]])
    >>> powerset = LabelPowerset(DecisionTreeClassifier(random_state=0))
    >>> model = LabelSpacePartitioningClassifier(powerset, groups).fit(X, Y)
    >>> bool((model.predict(X).toarray() == Y).all())
    True
    """

    clusterer: Any
    _most: float = 1  # how many groups may hold a label

    def __init__(
        self, classifier: Any = None, clusterer: Any = None, require_dense: Any = None
    ) -> None:
        self.classifier = classifier
        self.clusterer = clusterer
        self.require_dense = require_dense

    def _fit(self, rows: Any, labels: sp.csc_array) -> None:
        self._check_fits()
        self.partition_ = self._divide(rows, labels)
        self.model_count_ = len(self.partition_)
        handed = self._for_base(rows)
        self.classifiers_ = [
            self._fit_group(handed, labels[:, group].toarray().astype(int))
            for group in self.partition_
        ]

    def _divide(self, rows: Any, labels: sp.csc_array) -> list[np.ndarray]:
        if not hasattr(self.clusterer, "fit_predict"):
            raise ValueError(
                f"clusterer={self.clusterer!r}; expected a clusterer of labels, such as "
                "RandomLabelSpaceClusterer(3, 2, allow_overlap=False)"
            )
        self.clusterer_ = clone(self.clusterer, safe=False)
        # scikit-multilearn's own clusterers know sparse matrices only.
        given = sp.csr_matrix(rows) if sp.issparse(rows) else rows
        found = self.clusterer_.fit_predict(given, sp.csc_matrix(labels.astype(int)))
        groups = label_groups(found, labels.shape[1], "what clusterer returned")
        held = np.zeros(labels.shape[1], dtype=int)
        for group in groups:
            held[group] += 1
        if not held.all():
            raise ValueError(
                f"clusterer left out the labels {np.flatnonzero(held == 0).tolist()}: add them to "
                "a group, or drop them from y"
            )
        if held.max() > self._most:
            raise ValueError(
                f"clusterer put the labels {np.flatnonzero(held > 1).tolist()} into several "
                "groups; expected each in one: use MajorityVotingClassifier for groups that overlap"
            )
        return groups

    def _fit_group(self, rows: Any, labels: np.ndarray) -> Any:
        if (labels == labels[0]).all():
            return DummyClassifier(strategy="most_frequent").fit(rows, labels)
        model = clone(self.classifier, safe=False)
        if not self._dense()[1]:
            model.fit(rows, sp.csr_matrix(labels))
        elif labels.shape[1] == 1 and self._wants_one_target():
            model.fit(rows, labels.ravel())
        else:
            model.fit(rows, labels)
        return model

    def _wants_one_target(self) -> bool:
        """Tell whether a single label is a vector to the classifier, not a column."""
        return (
            not isinstance(self.classifier, MLClassifierBase)
            and get_tags(self.classifier).target_tags.single_output
        )

    def _labels(self, rows: Any) -> np.ndarray:
        handed = self._for_base(rows)
        found = np.empty((rows.shape[0], len(self.classes_)), dtype=int)
        for group, model in zip(self.partition_, self.classifiers_, strict=True):
            found[:, group] = label_answers(model, handed)
        return found

    def _probabilities(self, rows: Any) -> np.ndarray:
        handed = self._for_base(rows)
        found = np.empty((rows.shape[0], len(self.classes_)))
        for group, model in zip(self.partition_, self.classifiers_, strict=True):
            found[:, group] = label_shares(model, handed, len(group))
        return found


class MajorityVotingClassifier(LabelSpacePartitioningClassifier, ensemble.MajorityVotingClassifier):
    """Divide the labels into groups that may overlap; the classifiers of a label vote on it.

    Parameters
    ----------
    classifier : estimator
        The multi-label classifier, of scikit-multilearn, scikit-learn or alike; each group of
        labels gets a clone of it.
    clusterer : clusterer of labels
        Divides the labels: its ``fit_predict(X, y)`` returns groups of label indices, each label
        at least once. It is cloned.
    require_dense : bool, pair of bools or None, default=None
        Whether the classifier is handed dense X and dense y. None means dense, except for
        scikit-multilearn's own classifiers.

    Attributes
    ----------
    clusterer_ : clusterer
        The fitted clone of ``clusterer``.
    partition_ : list of ndarray of int
        The labels of each group.
    classifiers_ : list of estimators
        The fitted classifier of each group.
    model_count_ : int
        How many there are.
    classes_ : ndarray of shape (n_labels, 2)
        0 and 1 for each label.
    n_features_in_ : int
        Number of features seen in ``fit``.

    Notes
    -----
    ``predict_proba`` is the share of votes: of the classifiers that know a label, those that
    predict it (D12: upstream's raises). ``predict`` is a share above one half, as upstream. The
    rest is mended as in `LabelSpacePartitioningClassifier`.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skml_aemlo.skmultilearn import FixedLabelSpaceClusterer, MajorityVotingClassifier
    >>> X, Y = make_multilabel_classification(n_classes=3, random_state=0)
    >>> groups = FixedLabelSpaceClusterer([[0, 1], [1, 2], [0, 2]])
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> model = MajorityVotingClassifier(tree, groups).fit(X, Y)
    >>> sorted(set(model.predict_proba(X).toarray().ravel().tolist())) == [0.0, 1.0]
    True
    """

    _most = np.inf
    _labels_in = sp.csr_matrix
    _probabilities_in = sp.csr_matrix

    def __init__(
        self, classifier: Any = None, clusterer: Any = None, require_dense: Any = None
    ) -> None:
        super().__init__(classifier, clusterer, require_dense)

    def _gives_probabilities(self) -> bool:
        return True

    def _labels(self, rows: Any) -> np.ndarray:
        return self._probabilities(rows) > 0.5

    def _probabilities(self, rows: Any) -> np.ndarray:
        handed = self._for_base(rows)
        votes = np.zeros((rows.shape[0], len(self.classes_)))
        for group, model in zip(self.partition_, self.classifiers_, strict=True):
            votes[:, group] += label_answers(model, handed)
        return votes / np.bincount(np.concatenate(self.partition_))
