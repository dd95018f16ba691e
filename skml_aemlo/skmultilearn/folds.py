"""How evenly folds hold a label matrix: Sechidis' measures, for labels and their combinations.

Each function is scikit-multilearn's of the same name, with its arguments and in its definition,
written anew: four of them no longer run on numpy >= 1.23 or 2.4 (D15), and none took sparse arrays,
DataFrames or lists. A *combination of order k* is what upstream means by it: k labels of one row,
with repetition, so that order 2 counts the pairs of labels and, as (i, i), each label by itself.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import scipy.sparse as sp

from .._sklearn import n_rows_of
from .mended import label_matrix, whole_number

Combination = tuple[int, ...]


def combinations_of(labels: sp.csr_array, order: int) -> list[list[Combination]]:
    """Return, row by row, the combinations of ``order`` labels that a row bears."""
    order = whole_number("order", order, 1)
    rows = np.split(labels.indices, labels.indptr[1:-1])
    return [list(combinations_with_replacement(row.tolist(), order)) for row in rows]


def evidence_of(labels: sp.csr_array, order: int) -> tuple[sp.csr_array, list[Combination]]:
    """Return which rows (n, c) bear which of the c combinations, and these, sorted."""
    borne = combinations_of(labels, order)
    known = sorted(set().union(*borne))
    number = {combination: column for column, combination in enumerate(known)}
    columns = [number[combination] for row in borne for combination in row]
    ends = np.append(0, np.cumsum([len(row) for row in borne]))
    shape = (len(borne), len(known))
    return sp.csr_array((np.ones(len(columns), dtype=int), columns, ends), shape=shape), known


def _borne_by_fold(y: Any, folds: Iterable[Any], order: int) -> tuple[np.ndarray, np.ndarray]:
    """Return how many rows of each fold (n_folds, c), and of all (c,), bear each combination."""
    evidence = evidence_of(label_matrix(y).tocsr(), order)[0]
    by_fold = [evidence[_rows_of(fold, evidence.shape[0])].sum(axis=0) for fold in folds]
    return np.array(by_fold).reshape(len(by_fold), evidence.shape[1]), evidence.sum(axis=0)


def _rows_of(fold: Any, n_rows: int) -> np.ndarray:
    rows = np.asarray(fold)
    if rows.size == 0:
        return np.empty(0, dtype=int)
    if rows.ndim != 1 or rows.dtype.kind not in "iu" or rows.min() < 0 or rows.max() >= n_rows:
        raise ValueError(
            f"folds holds {fold!r}; expected row numbers from 0 to {n_rows - 1}, such as "
            "np.flatnonzero makes of a mask"
        )
    return rows


def _at_least_one(counts: np.ndarray) -> None:
    if counts.shape[-1] == 0:
        raise ValueError("y bears no label in any row; expected at least one: check the columns")


def get_indicator_representation(row: Any) -> np.ndarray:
    """Return which labels a row bears.

    Parameters
    ----------
    row : array-like or sparse of shape (n_labels,) or (1, n_labels)
        Zeros and ones.

    Returns
    -------
    labels : ndarray of int
        The columns of the ones, in ascending order.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import get_indicator_representation
    >>> get_indicator_representation([0, 1, 1])
    array([1, 2])
    """
    return np.flatnonzero(row.toarray() if sp.issparse(row) else np.asarray(row))


def get_combination_wise_output_matrix(y: Any, order: int) -> np.ndarray:
    """Return the set of label combinations that each row bears.

    Parameters
    ----------
    y : array-like, DataFrame or sparse, of shape (n_samples, n_labels)
        The labels of each row, 0 and 1.
    order : int
        How many labels, with repetition, make a combination.

    Returns
    -------
    combinations : ndarray of object, of shape (n_samples,)
        A set of tuples of label columns for each row.

    Raises
    ------
    ValueError
        If ``y`` is not such a matrix, or ``order`` no whole number above 0.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import get_combination_wise_output_matrix
    >>> [sorted(row) for row in get_combination_wise_output_matrix([[1, 1, 0], [0, 0, 0]], 2)]
    [[(0, 0), (0, 1), (1, 1)], []]
    """
    borne = combinations_of(label_matrix(y).tocsr(), order)
    found = np.empty(len(borne), dtype=object)
    found[:] = [set(row) for row in borne]
    return found


def get_unique_combinations(combinations_per_row: Iterable[set[Combination]]) -> set[Combination]:
    """Return the union of the rows' combinations.

    Parameters
    ----------
    combinations_per_row : iterable of sets of tuples
        What `get_combination_wise_output_matrix` returns, or some rows of it.

    Returns
    -------
    combinations : set of tuples
        Each combination that occurs; empty where there is no row.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import get_unique_combinations
    >>> sorted(get_unique_combinations([{(0,)}, {(0,), (2,)}]))
    [(0,), (2,)]
    """
    return set().union(*combinations_per_row)


def example_distribution(folds: Sequence[Any], desired_size: Sequence[float]) -> float:
    """Return by how many rows the folds miss their wanted sizes, on average (ED).

    Parameters
    ----------
    folds : sequence of n_folds sequences of int
        The rows of each fold.
    desired_size : sequence of n_folds numbers
        How many rows each fold should hold.

    Returns
    -------
    distribution : float
        Mean absolute difference, in rows; 0 is best.

    Raises
    ------
    ValueError
        If there are not as many sizes as folds.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import example_distribution
    >>> example_distribution([[0, 1, 2], [3]], [2, 2])
    1.0
    """
    if len(folds) != len(desired_size):
        raise ValueError(
            f"desired_size has {len(desired_size)} numbers and folds {len(folds)} folds; expected "
            "one size per fold"
        )
    sizes = np.array([len(fold) for fold in folds])
    return float(np.abs(sizes - np.asarray(desired_size)).mean())


def folds_without_evidence_for_at_least_one_label_combination(
    y: Any, folds: Iterable[Any], order: int = 1
) -> int:
    """Count the folds in which some label combination of the data does not occur (FZ).

    Parameters
    ----------
    y : array-like, DataFrame or sparse, of shape (n_samples, n_labels)
        The labels of each row, 0 and 1.
    folds : iterable of n_folds sequences of int
        The rows of each fold.
    order : int, default=1
        How many labels, with repetition, make a combination.

    Returns
    -------
    count : int
        From 0, the best, to n_folds.

    Raises
    ------
    ValueError
        If ``y`` is not such a matrix, or ``order`` no whole number above 0.

    References
    ----------
    .. [1] K. Sechidis, G. Tsoumakas, I. Vlahavas, "On the stratification of multi-label data",
       ECML PKDD 2011.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import (
    ...     folds_without_evidence_for_at_least_one_label_combination as fz)
    >>> fz([[1, 0], [1, 1], [1, 0]], folds=[[0, 2], [1]])
    1
    """
    return int((_borne_by_fold(y, folds, order)[0] == 0).any(axis=1).sum())


def folds_label_combination_pairs_without_evidence(y: Any, folds: Iterable[Any], order: int) -> int:
    """Count the pairs of a fold and a label combination that does not occur in it (FLZ).

    Parameters
    ----------
    y : array-like, DataFrame or sparse, of shape (n_samples, n_labels)
        The labels of each row, 0 and 1.
    folds : iterable of n_folds sequences of int
        The rows of each fold.
    order : int
        How many labels, with repetition, make a combination.

    Returns
    -------
    count : int
        From 0, the best, to n_folds times the number of combinations in the data.

    Raises
    ------
    ValueError
        If ``y`` is not such a matrix, or ``order`` no whole number above 0.

    References
    ----------
    .. [1] K. Sechidis, G. Tsoumakas, I. Vlahavas, "On the stratification of multi-label data",
       ECML PKDD 2011.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import folds_label_combination_pairs_without_evidence as flz
    >>> flz([[1, 0], [1, 1], [1, 0]], folds=[[0], [1], [2]], order=1)
    2
    """
    return int((_borne_by_fold(y, folds, order)[0] == 0).sum())


def percentage_of_label_combinations_without_evidence_per_fold(
    y: Any, folds: Iterable[Any], order: int
) -> list[float]:
    """Return for each fold the share of the data's label combinations that it lacks.

    Parameters
    ----------
    y : array-like, DataFrame or sparse, of shape (n_samples, n_labels)
        The labels of each row, 0 and 1.
    folds : iterable of n_folds sequences of int
        The rows of each fold.
    order : int
        How many labels, with repetition, make a combination.

    Returns
    -------
    shares : list of n_folds floats
        From 0, the best, to 1. (A share, whatever its name says; so upstream.)

    Raises
    ------
    ValueError
        If ``y`` is not such a matrix or bears no label at all, or ``order`` is no whole number
        above 0.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import (
    ...     percentage_of_label_combinations_without_evidence_per_fold as shares)
    >>> shares([[1, 0], [1, 1], [1, 0]], folds=[[0, 2], [1]], order=1)
    [0.5, 0.0]
    """
    by_fold = _borne_by_fold(y, folds, order)[0]
    _at_least_one(by_fold)
    return (by_fold == 0).mean(axis=1).tolist()


def label_combination_distribution(y: Any, folds: Iterable[Any], order: int) -> float:
    """Return how far the folds' odds of each label combination are from the data's (LD, LPD).

    Parameters
    ----------
    y : array-like, DataFrame or sparse, of shape (n_samples, n_labels)
        The labels of each row, 0 and 1.
    folds : iterable of n_folds sequences of int
        The rows of each fold.
    order : int
        How many labels, with repetition, make a combination.

    Returns
    -------
    distribution : float
        Absolute difference between odds, rows with to rows without, averaged over combinations
        and folds; 0 is best. Infinite where a fold holds only rows with a combination that others
        lack; a combination that all rows bear differs nowhere.

    Raises
    ------
    ValueError
        If ``y`` is not such a matrix or bears no label at all, a fold is empty, or ``order`` is no
        whole number above 0.

    References
    ----------
    .. [1] K. Sechidis, G. Tsoumakas, I. Vlahavas, "On the stratification of multi-label data",
       ECML PKDD 2011.
    .. [2] P. Szymanski, T. Kajdanowicz, "A network perspective on stratification of multi-label
       data", LIDTA, PMLR 74, 2017.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import label_combination_distribution
    >>> label_combination_distribution([[1], [0], [1], [0]], folds=[[0, 1], [2, 3]], order=1)
    0.0
    """
    folds = list(folds)
    for number, fold in enumerate(folds):
        if len(fold) == 0:
            raise ValueError(f"fold {number} is empty; expected rows in each: use fewer folds")
    by_fold, in_all = _borne_by_fold(y, folds, order)
    _at_least_one(in_all)
    sizes = np.array([len(fold) for fold in folds])[:, None]
    here, there = _odds(by_fold, sizes), _odds(in_all, n_rows_of(y))
    # Where both are infinite they do not differ, and inf - inf would say nan.
    gaps = np.subtract(here, there, out=np.zeros(here.shape), where=here != there)
    return float(np.abs(gaps).mean())


def _odds(borne: np.ndarray, size: Any) -> np.ndarray:
    without = (size - borne).astype(float)
    return np.divide(borne, without, out=np.full(borne.shape, np.inf), where=without > 0)
