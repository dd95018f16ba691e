"""What the ensembles share: validation, constant labels, averaged votes and their thresholds."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import get_tags
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted, validate_data

from .._containers import Labels, require_as_many
from .._fitting import all_or_nothing
from .._frames import refuse_masked
from .._indices import narrow
from .._sklearn import N_JOBS, HasMethods, Interval, StrOptions, make_generator, n_rows_of
from .._targets import describe_target, own_requests, read_target, tag_target
from .._thresholds import f1_of

if TYPE_CHECKING:
    from typing_extensions import Self

# the authors' code tries these; a score of a few votes seldom falls between two of them
_GRID = np.arange(1, 20) / 20


def grid_f1(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the threshold from 0.05 to 0.95, by 0.05, of each label's highest F1.

    Parameters
    ----------
    scores : ndarray of float of shape (n_rows, n_labels)
        Scores between 0 and 1.
    truth : ndarray of shape (n_rows, n_labels)
        Whether a row bears a label, 0 or 1.

    Returns
    -------
    ndarray of float of shape (n_labels,)
        The lowest of several best ones.

    Examples
    --------
    >>> grid_f1(np.array([[0.1], [0.52], [0.7]]), np.array([[0], [1], [1]]))
    array([0.15])
    """
    borne = truth.sum(axis=0)
    guesses = (scores >= threshold for threshold in _GRID)
    quality = [
        f1_of((guess & (truth == 1)).sum(axis=0), borne, guess.sum(axis=0)) for guess in guesses
    ]
    return _GRID[np.argmax(quality, axis=0)]


class ThresholdedEnsemble(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """A multi-label classifier made of others, with a threshold per label.

    Subclasses give ``_fit_members`` and ``_vote``; everything else is here.

    Attributes
    ----------
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
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimator": [HasMethods(["fit", "predict_proba"]), None],
        "threshold": [StrOptions({"f1"}), Interval(Real, 0, 1, closed="both")],
        "n_jobs": N_JOBS,
        "random_state": ["random_state", np.random.Generator],
    }

    estimator: Any
    threshold: Any
    n_jobs: int | None
    random_state: Any

    def fit(self, X: Any, Y: Any) -> Self:
        """Train the members, then tune the thresholds on the same rows.

        Parameters
        ----------
        X : array-like, DataFrame or sparse container of shape (n_samples, n_features)
            Features.
        Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
            Labels, 0 or 1.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If a parameter or the data are invalid.
        """
        self._validate_params()
        with all_or_nothing(self):
            self._fit(X, Y)
        return self

    def _fit(self, X: Any, Y: Any) -> None:
        rows = self._read(X, reset=True)
        given = read_target(Y)
        require_as_many(n_rows_of(rows), given.matrix)
        self._describe(given)
        labels = given.matrix.toarray()
        self._fit_members(rows, labels, make_generator(self.random_state))
        self.thresholds_ = self._tune(rows, labels)

    def predict(self, X: Any) -> np.ndarray:
        """Predict the labels whose probability reaches their threshold.

        Parameters
        ----------
        X : array-like, DataFrame or sparse container of shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray of int of shape (n_samples, n_labels)
            0 and 1.
        """
        scores = self.predict_proba(X)
        return (scores >= self.thresholds_).astype(int)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the mean over members of the probability that each label is 1.

        Parameters
        ----------
        X : array-like, DataFrame or sparse container of shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray of float of shape (n_samples, n_labels)
        """
        check_is_fitted(self, "thresholds_")
        return self._scores(self._read(X, reset=False))

    def _fit_members(self, rows: Any, labels: np.ndarray, rng: np.random.Generator) -> None:
        """Train the members on valid rows and int8 labels."""
        raise NotImplementedError

    def _vote(self, rows: Any) -> np.ndarray:
        """Return the mean probabilities; those of constant labels are not looked at."""
        raise NotImplementedError

    def _read(self, X: Any, *, reset: bool) -> Any:
        """Validate the features, dense or as ``csr_matrix``, which every classifier takes."""
        refuse_masked("X", X)
        rows = validate_data(self, X, accept_sparse="csr", ensure_all_finite=False, reset=reset)
        return narrow(sp.csr_matrix(rows)) if sp.issparse(rows) else rows

    def _describe(self, given: Labels) -> None:
        labels = given.matrix
        borne = np.bincount(labels.indices, minlength=labels.shape[1])
        constant = (borne == 0) | (borne == labels.shape[0])
        self.constants_ = np.where(constant, (borne > 0).astype(float), np.nan)
        describe_target(self, given)

    def _varying(self) -> np.ndarray:
        return np.flatnonzero(np.isnan(self.constants_))

    def _scores(self, rows: Any) -> np.ndarray:
        found = self._vote(rows)
        if np.isnan(found[:, self._varying()]).any():
            raise ValueError(
                "the classifiers' probabilities hold NaN, which no threshold can part."
            )
        return np.where(np.isnan(self.constants_), found, self.constants_)

    def _tune(self, rows: Any, labels: np.ndarray) -> np.ndarray:
        varying = self._varying()
        thresholds = np.full(self.n_labels_, 0.5)
        if self.threshold != "f1":
            thresholds[varying] = self.threshold
        elif varying.size:
            thresholds[varying] = grid_f1(self._scores(rows)[:, varying], labels[:, varying])
        return thresholds

    def _base(self) -> Any:
        return papers_tree() if self.estimator is None else self.estimator

    def _in_parallel(self, task: Any, arguments: Any) -> list[Any]:
        """Call ``task`` on each tuple of arguments; answers come in their order."""
        return Parallel(n_jobs=self.n_jobs)(delayed(task)(*each) for each in arguments)

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
        return own_requests(self, self.estimator)

    def __sklearn_tags__(self) -> Any:
        tags = tag_target(super().__sklearn_tags__())
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = self._takes_nan()
        return tags

    def _takes_nan(self) -> bool:
        base = self._base()
        return hasattr(base, "__sklearn_tags__") and get_tags(base).input_tags.allow_nan


def papers_tree() -> DecisionTreeClassifier:
    """Return what comes near the papers' C4.5: splits by entropy, two rows a leaf at least.

    A tree of pure leaves repeats its training rows, on which the thresholds are tuned.
    """
    return DecisionTreeClassifier(criterion="entropy", min_samples_leaf=2)


def draw_seeds(rng: np.random.Generator, n: int) -> list[int]:
    """Draw the seeds of ``n`` members, so that these are the same in whatever order they train."""
    return rng.integers(2**31 - 1, size=n).tolist()
