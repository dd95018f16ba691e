"""Folds and a train/test split that keep the distribution of labels and their combinations."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.utils import check_random_state
from skmultilearn.model_selection.iterative_stratification import (
    IterativeStratification as Original,
)

from .._sklearn import n_rows_of, rows_of
from .folds import evidence_of
from .mended import check_positive, label_matrix, whole_number


class _Assignment:
    """Which rows went to which fold, and what each fold still wants."""

    def __init__(self, evidence: sp.csr_array, shares: np.ndarray) -> None:
        self.evidence = evidence
        self.bearers = evidence.tocsc()
        self.left = evidence.sum(axis=0)
        self.wanted = np.outer(shares, self.left)
        self.room = shares * evidence.shape[0]
        self.fold_of = np.full(evidence.shape[0], -1)

    def unassigned(self, combination: int) -> np.ndarray:
        start, end = self.bearers.indptr[combination : combination + 2]
        rows = np.sort(self.bearers.indices[start:end])
        return rows[self.fold_of[rows] < 0]

    def give(self, row: Any, fold: int) -> None:
        start, end = self.evidence.indptr[row : row + 2]
        own = self.evidence.indices[start:end]
        self.fold_of[row] = fold
        self.room[fold] -= 1
        self.left[own] -= 1
        self.wanted[fold, own] -= 1


def _one_of(ties: np.ndarray, rng: np.random.RandomState) -> int:
    return int(ties[0] if len(ties) == 1 else ties[rng.choice(len(ties))])


def _largest(candidates: np.ndarray, values: np.ndarray) -> np.ndarray:
    found = values[candidates]
    return candidates[found == found.max()]


def _stratify(
    evidence: sp.csr_array, n_members: np.ndarray, shares: np.ndarray, rng: np.random.RandomState
) -> np.ndarray:
    """Return the fold of each row: the rarest combination first, to the fold that lacks it most."""
    state, folds = _Assignment(evidence, shares), np.arange(len(shares))
    while state.left.any():
        rarest = _largest(np.flatnonzero(state.left), -state.left)
        combination = _one_of(_largest(rarest, n_members), rng)
        for row in state.unassigned(combination):
            lacking = _largest(folds, state.wanted[:, combination])
            state.give(row, _one_of(_largest(lacking, state.room), rng))
    for row in np.flatnonzero(state.fold_of < 0):
        state.give(row, _one_of(_largest(folds, state.room), rng))
    return state.fold_of


class IterativeStratification(Original):
    """Folds that keep the share of each label, or label combination: rare ones are dealt first.

    Parameters
    ----------
    n_splits : int, default=3
        How many folds.
    order : int, default=1
        Up to how many labels of a row are balanced together; 1 balances each label by itself.
    sample_distribution_per_fold : sequence of n_splits floats, default=None
        The share of the rows that each fold gets; None means equal shares.
    random_state : int, RandomState or None, default=None
        Breaks ties; None draws from numpy's global stream, as everywhere in scikit-learn. An int
        gives the same folds at every call.

    Attributes
    ----------
    percentage_per_fold : list of n_splits floats
        The shares that are used.

    Raises
    ------
    ValueError
        If a parameter is invalid; from ``split``, if ``y`` is no matrix of zeros and ones.

    Notes
    -----
    Mends: ``random_state`` is usable (D14), and global random state stays as it is when given;
    ``y`` may be a list, a DataFrame, a sparse matrix or a sparse array (D7, D8).

    Departures from scikit-multilearn, towards the papers: the next combination is the one with
    the fewest rows left, larger ones first among equals, where upstream takes whichever it met
    first; ties between folds go to the fold with the most room, as do rows without labels, where
    upstream draws. So labels and sizes are spread at least as evenly: with ``order=1`` the folds
    are those of the package iterative-stratification from the same random stream.

    References
    ----------
    .. [1] K. Sechidis, G. Tsoumakas, I. Vlahavas, "On the stratification of multi-label data",
       ECML PKDD 2011.
    .. [2] P. Szymanski, T. Kajdanowicz, "A network perspective on stratification of multi-label
       data", LIDTA, PMLR 74, 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from skml_aemlo.skmultilearn import IterativeStratification
    >>> Y = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [1, 1], [1, 1]])
    >>> folds = IterativeStratification(n_splits=2, random_state=0)
    >>> [Y[test].sum(axis=0).tolist() for _, test in folds.split(Y, Y)]
    [[2, 2], [2, 2]]
    """

    def __init__(
        self,
        n_splits: int = 3,
        order: int = 1,
        sample_distribution_per_fold: Any = None,
        random_state: Any = None,
    ) -> None:
        # Past the original's own, which says shuffle=False and so forbids a random_state.
        super(Original, self).__init__(n_splits, shuffle=True, random_state=random_state)
        self.order = whole_number("order", order, 1)
        self.sample_distribution_per_fold = sample_distribution_per_fold
        self.percentage_per_fold = self._shares()

    def _shares(self) -> list[float]:
        given = self.sample_distribution_per_fold
        if given is None:
            return [1 / self.n_splits] * self.n_splits
        try:
            shares = [float(share) for share in given]
        except (TypeError, ValueError):
            shares = []
        if len(shares) != self.n_splits or min(shares) < 0 or not np.isclose(sum(shares), 1):
            raise ValueError(
                f"sample_distribution_per_fold={given!r}; expected {self.n_splits} shares of at "
                "least 0 that sum to 1"
            )
        return shares

    def _iter_test_indices(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[np.ndarray]:
        labels = label_matrix(y, n_rows_of(X)).tocsr()
        evidence, combinations = evidence_of(labels, self.order)
        n_members = np.array([len(set(combination)) for combination in combinations], dtype=int)
        rng, shares = check_random_state(self.random_state), np.array(self.percentage_per_fold)
        fold_of = _stratify(evidence, n_members, shares, rng)
        for fold in range(self.n_splits):
            yield np.flatnonzero(fold_of == fold)


def iterative_train_test_split(
    X: Any, y: Any, test_size: float, random_state: Any = None
) -> tuple[Any, Any, Any, Any]:
    """Split rows in two so that labels, and pairs of labels, are spread evenly.

    Parameters
    ----------
    X : array-like, DataFrame or sparse, of shape (n_samples, n_features)
        The rows.
    y : array-like, DataFrame or sparse, of shape (n_samples, n_labels)
        The labels of each row, 0 and 1.
    test_size : float
        The share of the rows that becomes the test set, between 0 and 1.
    random_state : int, RandomState or None, default=None
        As in `IterativeStratification`.

    Returns
    -------
    X_train, y_train, X_test, y_test : as ``X`` and ``y``
        In this order, which is scikit-multilearn 0.2.0's; scikit-learn's ``train_test_split`` and
        scikit-multilearn-ng return X_train, X_test, y_train, y_test.

    Raises
    ------
    ValueError
        If ``test_size`` does not lie between 0 and 1, or ``y`` is no matrix of zeros and ones with
        as many rows as ``X``.

    Notes
    -----
    Mends: DataFrames, lists and every sparse container (D16), which come back as they came; a
    ``random_state``. See `IterativeStratification`, of which it is the first of two folds with
    ``order=2``.

    Examples
    --------
    >>> import numpy as np
    >>> from skml_aemlo.skmultilearn import iterative_train_test_split
    >>> X, Y = np.arange(8).reshape(8, 1), np.array([[1, 0], [0, 1]] * 4)
    >>> X_train, Y_train, X_test, Y_test = iterative_train_test_split(X, Y, 0.25, random_state=0)
    >>> Y_test.tolist()
    [[1, 0], [0, 1]]
    """
    check_positive("test_size", test_size, below=1)
    shares = [test_size, 1.0 - test_size]
    stratifier = IterativeStratification(2, 2, shares, random_state)
    train, test = next(stratifier.split(np.empty(n_rows_of(X)), _as_read(y)))
    return _rows(X, train), _rows(y, train), _rows(X, test), _rows(y, test)


def _as_read(y: Any) -> Any:
    # scikit-learn's split would index what it is given: dia and bsr containers cannot be.
    return y.tocsr() if sp.issparse(y) else y


def _rows(table: Any, rows: np.ndarray) -> Any:
    if sp.issparse(table):
        return table.tocsr()[rows].asformat(table.format)
    return rows_of(table, rows)
