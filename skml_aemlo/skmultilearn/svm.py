"""MLTSVM: for each label a hyperplane near the rows that bear it and far from the others."""

import warnings
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.linalg import cholesky, solve_triangular
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted
from skmultilearn import adapt

from .mended import Mended, as_array, check_positive, whole_number


class MLTSVM(Mended, adapt.MLTSVM):
    """A twin support vector machine: one hyperplane a label, and how near to it a row must be.

    Parameters
    ----------
    c_k : float, default=1.0
        What a row without the label costs where it comes nearer than the margin, above 0.
    sor_omega : float, default=1.0
        The relaxation factor, between 0 and 2.
    threshold : float, default=1e-6
        The relaxation ends when a sweep changes the dual variables by less, in the Euclidean norm.
    lambda_param : float, default=1.0
        The weight of the regularisation, above 0.
    max_iteration : int, default=500
        The most sweeps for a label.

    Attributes
    ----------
    coef_ : ndarray of shape (n_labels, n_features)
        The direction of each label's hyperplane; zero for a label constant in training.
    intercept_ : ndarray of shape (n_labels,)
        Its offset.
    reach_ : float
        How near to its hyperplane a row bears a label.
    constants_ : ndarray of float of shape (n_labels,)
        The value of a label constant in training, NaN for the others.
    n_iter_ : ndarray of int of shape (n_labels,)
        How many sweeps each label took.
    classes_ : ndarray of shape (n_labels, 2)
        0 and 1 for each label.
    n_features_in_ : int
        Number of features seen in ``fit``.

    Notes
    -----
    Mends, beside what the module shares: it can be fitted, on dense rows and on sparse ones (D4),
    which become dense; every label is set against its own negatives, not those of the second label
    (silent wrong #5); ``fit`` returns the estimator, not None; within a Pipeline it counts as
    fitted (D13). Upstream's successive overrelaxation clips whole sweeps, and ends when the
    clipping takes little away: often after three sweeps, seldom at the optimum. Here each step is
    clipped, and the change of a sweep decides. ``c_k`` is 1 unless given: upstream's 0 leaves every
    hyperplane zero, and no label is ever predicted. A label constant in training is predicted as
    that constant (silent wrong #6).

    As upstream the distance is the signed one, in the norm of direction and offset together, so
    that rows beyond the hyperplane, away from the negatives, bear the label; and the least margin
    of all labels is the reach of each. New: ``decision_function``. There are no probabilities.

    References
    ----------
    .. [1] W.-J. Chen, Y.-H. Shao, C.-N. Li, N.-Y. Deng, "MLTSVM: a novel twin support vector
       machine to multi-label learning", Pattern Recognition 52, 2016.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import MLTSVM
    >>> X, Y = [[0.0], [0.1], [0.9], [1.0]], [[1, 0], [1, 0], [0, 1], [0, 1]]
    >>> MLTSVM(lambda_param=0.1).fit(X, Y).predict([[0.05], [0.95]])
    array([[1, 0],
           [0, 1]])
    """

    _dtype = np.float64
    _finite = True
    _labels_in = np.asarray

    def __init__(
        self,
        c_k: float = 1.0,
        sor_omega: float = 1.0,
        threshold: float = 1e-6,
        lambda_param: float = 1.0,
        max_iteration: int = 500,
    ) -> None:
        self.c_k = c_k
        self.sor_omega = sor_omega
        self.threshold = threshold
        self.lambda_param = lambda_param
        self.max_iteration = max_iteration

    def _gives_probabilities(self) -> bool:
        return False

    def decision_function(self, X: Any) -> np.ndarray:
        """Return how far inside a label's reach each row lies.

        Parameters
        ----------
        X : array-like, DataFrame or sparse, of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        scores : ndarray of float, of shape (n_samples, n_labels)
            Above 0 where the label is predicted; the columns of labels constant in training lie
            beyond all others.
        """
        check_is_fitted(self)
        return self._scores(self._features(X, reset=False))

    def _check_parameters(self) -> None:
        check_positive("c_k", self.c_k)
        check_positive("sor_omega", self.sor_omega, below=2)
        check_positive("threshold", self.threshold)
        check_positive("lambda_param", self.lambda_param)
        whole_number("max_iteration", self.max_iteration, 1)

    def _fit(self, rows: Any, labels: sp.csc_array) -> None:
        self._check_parameters()
        borne = labels.toarray() == 1
        self.constants_ = np.where((borne != borne[0]).any(axis=0), np.nan, borne[0])
        self.n_iter_ = np.zeros(len(self.constants_), dtype=int)
        planes = np.zeros((len(self.constants_), rows.shape[1] + 1))
        extended = np.column_stack([as_array(rows), np.ones(rows.shape[0])])
        for label in np.flatnonzero(np.isnan(self.constants_)):
            planes[label], self.n_iter_[label] = self._plane(extended, borne[:, label])
        self.coef_, self.intercept_ = planes[:, :-1], planes[:, -1]
        lengths = np.linalg.norm(planes[np.isnan(self.constants_)], axis=1)
        self.reach_ = 1 / lengths.max() if lengths.size else 1.0
        self._warn_of_unfinished()

    def _plane(self, rows: np.ndarray, borne: np.ndarray) -> tuple[np.ndarray, int]:
        """Return direction and offset near the rows that bear the label, and how many sweeps."""
        near = rows[borne].T @ rows[borne] + self.lambda_param * np.eye(rows.shape[1])
        lower = cholesky(near, lower=True)
        # In these coordinates the dual's matrix is a plain product, which is never formed.
        others = solve_triangular(lower, rows[~borne].T, lower=True).T
        pull, n_iter = self._relax(np.ascontiguousarray(others))
        return -solve_triangular(lower, pull, lower=True, trans="T"), n_iter

    def _relax(self, others: np.ndarray) -> tuple[np.ndarray, int]:
        """Return ``others.T @ a`` for the a in [0, c_k] that minimises |others.T a|^2 / 2 - sum a.

        Each step minimises over one a, overdone by ``sor_omega`` and clipped.
        """
        dual, pull = np.zeros(len(others)), np.zeros(others.shape[1])
        step = self.sor_omega / (others * others).sum(axis=1)
        for sweep in range(1, self.max_iteration + 1):
            before = dual.copy()
            for at, row in enumerate(others):
                moved = min(max(dual[at] - step[at] * (row @ pull - 1), 0.0), self.c_k)
                if moved != dual[at]:
                    pull += (moved - dual[at]) * row
                    dual[at] = moved
            if np.linalg.norm(dual - before) < self.threshold:
                return pull, sweep
        return pull, self.max_iteration + 1

    def _warn_of_unfinished(self) -> None:
        unfinished = np.flatnonzero(self.n_iter_ > self.max_iteration).tolist()
        self.n_iter_ = np.minimum(self.n_iter_, self.max_iteration)
        if unfinished:
            warnings.warn(
                f"labels {unfinished} did not converge in max_iteration={self.max_iteration} "
                "sweeps: raise it, lower c_k, or scale the features",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _scores(self, rows: Any) -> np.ndarray:
        lengths = np.sqrt((self.coef_**2).sum(axis=1) + self.intercept_**2)
        learnt = np.isnan(self.constants_)
        beyond = as_array(rows @ self.coef_.T) + self.intercept_
        found = self.reach_ + beyond / np.where(learnt, lengths, 1)
        sure = 1 + np.abs(found[:, learnt]).max(initial=0)
        return np.where(learnt, found, np.where(self.constants_ == 1, sure, -sure))

    def _labels(self, rows: Any) -> np.ndarray:
        return self._scores(rows) > 0
