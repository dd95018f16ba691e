"""Multi-label problems turned into single-label ones: by label, in a chain, by labelset."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.utils.validation import check_is_fitted
from skmultilearn import problem_transform
from skmultilearn.base import MLClassifierBase

from .mended import Mended, as_array, label_matrix


def _column(labels: sp.csc_array, label: int) -> np.ndarray:
    return labels[:, [label]].toarray().ravel()


def _answers(model: Any, rows: Any) -> np.ndarray:
    """Return what a classifier of one target predicts, as a flat int array."""
    return as_array(model.predict(rows)).ravel().astype(int)


def share_of_one(found: np.ndarray, classes: Any) -> np.ndarray:
    """Return the column of class 1, which a classifier may never have seen."""
    at = np.flatnonzero(np.asarray(classes) == 1)
    return found[:, at[0]] if at.size else np.zeros(found.shape[0])


def _positive_probability(model: Any, rows: Any) -> np.ndarray:
    found = model.predict_proba(rows)
    if isinstance(model, MLClassifierBase):
        return as_array(found)[:, 0]
    return share_of_one(found, getattr(model, "classes_", (0, 1)))


class Transformation(Mended):
    """Solve the labels through clones of a base classifier."""

    classifier: Any
    require_dense: Any

    def _gives_probabilities(self) -> bool:
        return hasattr(self.classifier, "predict_proba")

    def _dense(self) -> tuple[bool, bool]:
        """Return whether the base classifier is handed a dense X, and a dense y."""
        asked = self.require_dense
        if asked is None:
            asked = not isinstance(self.classifier, MLClassifierBase)
        pair = tuple(asked) if isinstance(asked, list | tuple) else (asked, asked)
        if len(pair) != 2 or not all(isinstance(one, bool) for one in pair):
            raise ValueError(
                f"require_dense={self.require_dense!r}; expected None, a bool, or a pair of bools "
                "(for X, for y)"
            )
        return pair

    def _check_fits(self) -> None:
        if not hasattr(self.classifier, "fit"):
            raise ValueError(
                f"classifier={self.classifier!r}; expected a classifier with fit and predict, such "
                "as sklearn.tree.DecisionTreeClassifier()"
            )

    def _for_base(self, rows: Any) -> Any:
        if self._dense()[0]:
            return rows.toarray() if sp.issparse(rows) else rows
        return sp.csr_matrix(rows)

    def _fit_one(self, rows: Any, target: np.ndarray, dense: bool) -> Any:
        """Return a clone fitted to one target, or its constant where there is nothing to learn."""
        self._check_fits()
        if (target == target[0]).all():
            return DummyClassifier(strategy="most_frequent").fit(rows, target)
        model = clone(self.classifier, safe=False)
        model.fit(rows, target if dense else sp.csr_matrix(target[:, None]))
        return model


class BinaryRelevance(Transformation, problem_transform.BinaryRelevance):
    """One classifier per label, each on its own.

    Parameters
    ----------
    classifier : estimator
        The base classifier; each label gets a clone of it.
    require_dense : bool, pair of bools or None, default=None
        Whether the base classifier is handed dense X and dense y. None means dense, except for
        scikit-multilearn's own classifiers.

    Attributes
    ----------
    classifiers_ : list of n_labels estimators
        The fitted classifier of each label.
    classes_ : ndarray of shape (n_labels, 2)
        0 and 1 for each label.
    n_features_in_ : int
        Number of features seen in ``fit``.

    Notes
    -----
    Mends, beside what the module shares: a label that is constant in the training rows is
    predicted as that constant, with probability 0 or 1; upstream its probability is an IndexError
    and LogisticRegression refuses to be fitted (silent wrong #6).

    References
    ----------
    .. [1] G. Tsoumakas, I. Katakis, "Multi-label classification: an overview", Int. J. Data
       Warehousing and Mining 3(3), 2007.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skml_aemlo.skmultilearn import BinaryRelevance
    >>> X, Y = [[0.0], [1.0], [2.0], [3.0]], [[1, 0], [1, 0], [0, 0], [0, 1]]
    >>> BinaryRelevance(DecisionTreeClassifier()).fit(X, Y).predict([[0.0], [3.0]]).toarray()
    array([[1, 0],
           [0, 1]])
    """

    _labels_in = sp.csc_matrix

    def __init__(self, classifier: Any = None, require_dense: Any = None) -> None:
        self.classifier = classifier
        self.require_dense = require_dense

    def _fit(self, rows: Any, labels: sp.csc_array) -> None:
        handed, dense = self._for_base(rows), self._dense()[1]
        self.classifiers_ = [
            self._fit_one(handed, _column(labels, label), dense) for label in range(labels.shape[1])
        ]

    def _labels(self, rows: Any) -> np.ndarray:
        handed = self._for_base(rows)
        return np.column_stack([_answers(model, handed) for model in self.classifiers_])

    def _probabilities(self, rows: Any) -> np.ndarray:
        handed = self._for_base(rows)
        shares = [_positive_probability(model, handed) for model in self.classifiers_]
        return np.column_stack(shares)


def _append(rows: Any, column: np.ndarray) -> Any:
    if sp.issparse(rows):
        return sp.hstack([rows, sp.csr_matrix(column[:, None])], format="csr")
    return np.column_stack([rows, column])


class ClassifierChain(Transformation, problem_transform.ClassifierChain):
    """One classifier per label, each also fed the labels before it in the chain.

    Parameters
    ----------
    classifier : estimator
        The base classifier; each label gets a clone of it.
    require_dense : bool, pair of bools or None, default=None
        Whether the base classifier is handed dense X and dense y. None means dense, except for
        scikit-multilearn's own classifiers.
    order : sequence of n_labels ints or None, default=None
        The label indices in the order of the chain; None is the order of the columns.

    Attributes
    ----------
    classifiers_ : list of n_labels estimators
        The fitted classifier of each label, in label order.
    order_ : ndarray of shape (n_labels,)
        The chain that was used.
    classes_ : ndarray of shape (n_labels, 2)
        0 and 1 for each label.
    n_features_in_ : int
        Number of features seen in ``fit``.

    Notes
    -----
    Mends, beside what the module shares: with an ``order``, ``predict`` and ``predict_proba``
    return columns in label order, not in chain order (silent wrong #11); constant labels are
    predicted as their constant (silent wrong #6); ``fit`` leaves the parameter ``classifier``
    alone (upstream replaces it by the last fitted one); predictions are ints, not floats.
    Upstream's ``fit`` also takes an ``order``, and ignores it; here it does not take one.

    References
    ----------
    .. [1] J. Read, B. Pfahringer, G. Holmes, E. Frank, "Classifier chains for multi-label
       classification", Machine Learning 85, 2011.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skml_aemlo.skmultilearn import ClassifierChain
    >>> X, Y = [[0.0], [1.0], [2.0], [3.0]], [[1, 0], [1, 0], [0, 0], [0, 1]]
    >>> chain = ClassifierChain(DecisionTreeClassifier(random_state=0), order=[1, 0]).fit(X, Y)
    >>> chain.predict([[0.0], [3.0]]).toarray()
    array([[1, 0],
           [0, 1]])
    """

    _labels_in = sp.csc_matrix
    _probabilities_in = sp.csc_matrix

    def __init__(
        self, classifier: Any = None, require_dense: Any = None, order: Any = None
    ) -> None:
        self.classifier = classifier
        self.require_dense = require_dense
        self.order = order

    def _chain(self, n_labels: int) -> np.ndarray:
        chain = np.arange(n_labels) if self.order is None else np.ravel(self.order)
        if not np.array_equal(np.sort(chain), np.arange(n_labels)):
            raise ValueError(
                f"order={self.order!r}; expected each label index from 0 to {n_labels - 1} once"
            )
        return chain

    def _fit(self, rows: Any, labels: sp.csc_array) -> None:
        self.order_ = self._chain(labels.shape[1])
        self.classifiers_: list[Any] = [None] * labels.shape[1]
        extended, dense = self._for_base(rows), self._dense()[1]
        for label in self.order_:
            target = _column(labels, label)
            self.classifiers_[label] = self._fit_one(extended, target, dense)
            extended = _append(extended, target)

    def _walk(self, rows: Any) -> Iterator[tuple[int, Any, np.ndarray]]:
        """Yield, link by link, the label, the features its classifier sees, and its answer."""
        extended = self._for_base(rows)
        for label in self.order_:
            answer = _answers(self.classifiers_[label], extended)
            yield label, extended, answer
            extended = _append(extended, answer)

    def _labels(self, rows: Any) -> np.ndarray:
        found = np.empty((rows.shape[0], len(self.order_)), dtype=int)
        for label, _, answer in self._walk(rows):
            found[:, label] = answer
        return found

    def _probabilities(self, rows: Any) -> np.ndarray:
        found = np.empty((rows.shape[0], len(self.order_)))
        for label, extended, _ in self._walk(rows):
            found[:, label] = _positive_probability(self.classifiers_[label], extended)
        return found


class LabelPowerset(Transformation, problem_transform.LabelPowerset):
    """One multi-class classifier whose classes are the labelsets of the training rows.

    Parameters
    ----------
    classifier : estimator
        The base classifier, able to tell several classes apart; a clone of it is fitted.
    require_dense : bool, pair of bools or None, default=None
        Whether the base classifier is handed a dense X; the classes are always a dense vector.
        None means dense, except for scikit-multilearn's own classifiers.

    Attributes
    ----------
    classifier_ : estimator
        The fitted base classifier; its classes are rows of ``labelsets_``.
    labelsets_ : ndarray of shape (n_labelsets, n_labels)
        The distinct rows of ``y``, in the order of their first appearance.
    classes_ : ndarray of shape (n_labels, 2)
        0 and 1 for each label.
    n_features_in_ : int
        Number of features seen in ``fit``.

    Notes
    -----
    Mends, beside what the module shares: the caller's ``classifier`` is cloned, not fitted in
    place (silent wrong #7); training rows that all bear the same labelset are answered with it,
    whatever the base classifier says to a single class (silent wrong #6). ``transform`` of a
    fitted estimator no longer replaces the labelsets it was fitted on. ``labelsets_`` stands in
    place of ``unique_combinations_`` and ``reverse_combinations_``.

    References
    ----------
    .. [1] G. Tsoumakas, I. Katakis, "Multi-label classification: an overview", Int. J. Data
       Warehousing and Mining 3(3), 2007.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skml_aemlo.skmultilearn import LabelPowerset
    >>> X, Y = [[0.0], [1.0], [2.0], [3.0]], [[1, 0], [1, 0], [0, 0], [0, 1]]
    >>> powerset = LabelPowerset(DecisionTreeClassifier()).fit(X, Y)
    >>> powerset.predict([[2.0], [3.0]]).toarray()
    array([[0, 0],
           [0, 1]])
    >>> powerset.transform(Y)
    array([0, 0, 1, 2])
    """

    def __init__(self, classifier: Any = None, require_dense: Any = None) -> None:
        self.classifier = classifier
        self.require_dense = require_dense

    def transform(self, y: Any) -> np.ndarray:
        """Return the number of each row's labelset.

        An estimator that is not fitted learns the labelsets of ``y`` first.

        Parameters
        ----------
        y : array-like, DataFrame or sparse, of shape (n_samples, n_labels)
            The labels of each row, 0 and 1.

        Returns
        -------
        numbers : ndarray of int, of shape (n_samples,)
            The row of ``labelsets_`` that each row of ``y`` equals.

        Raises
        ------
        ValueError
            If a fitted estimator meets a labelset it has not seen.
        """
        labels = label_matrix(y).toarray()
        if not self.__sklearn_is_fitted__():
            return self._learn_labelsets(labels)
        known = {row.tobytes(): number for number, row in enumerate(self.labelsets_)}
        numbers = [known.get(row.tobytes(), -1) for row in labels]
        if -1 in numbers:
            raise ValueError(
                f"y holds in row {numbers.index(-1)} a labelset that fit has not seen: drop such "
                "rows, or number them with a new LabelPowerset"
            )
        return np.array(numbers)

    def inverse_transform(self, y: Any) -> sp.lil_matrix:
        """Return the labelsets of these numbers.

        Parameters
        ----------
        y : array-like of int, of shape (n_samples,)
            Rows of ``labelsets_``.

        Returns
        -------
        labels : lil_matrix of int, of shape (n_samples, n_labels)
            The labels of each row.
        """
        check_is_fitted(self, "labelsets_")
        return sp.lil_matrix(self.labelsets_[np.asarray(y, dtype=int)].astype(int))

    def _learn_labelsets(self, labels: np.ndarray) -> np.ndarray:
        # Numbered as upstream does it, so that base classifiers break their ties alike.
        _, first, place = np.unique(labels, axis=0, return_index=True, return_inverse=True)
        appearance = np.argsort(first)
        self.labelsets_ = labels[first[appearance]]
        return np.argsort(appearance)[place.ravel()]

    def _fit(self, rows: Any, labels: sp.csc_array) -> None:
        numbers = self._learn_labelsets(labels.toarray())
        self.classifier_ = self._fit_one(self._for_base(rows), numbers, dense=True)

    def _labels(self, rows: Any) -> np.ndarray:
        return self.labelsets_[_answers(self.classifier_, self._for_base(rows))]

    def _probabilities(self, rows: Any) -> np.ndarray:
        shares = self.classifier_.predict_proba(self._for_base(rows))
        known = np.asarray(getattr(self.classifier_, "classes_", np.arange(shares.shape[1])))
        # A sum of many shares may end a rounding above 1, which a log loss refuses.
        return np.minimum(shares @ self.labelsets_[known], 1.0)
