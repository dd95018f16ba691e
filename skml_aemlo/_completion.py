"""Labels that classifiers give to rows which bear one label for certain."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from joblib import Parallel, delayed
from sklearn.base import clone

from ._imbalance import counts_of
from ._sklearn import random_states_of


def complete_labels(
    Y: sp.csr_array,
    points: Any,
    own: np.ndarray,
    model: Any,
    draws: list[int],
    n_jobs: int | None = None,
) -> sp.csr_array:
    """Return the labels of new rows: their own for certain, the others by classifiers.

    Parameters
    ----------
    Y : csr_array of shape (n_samples, n_labels), int8
        Labels of the rows that classifiers learn from.
    points : ndarray or csr_array of shape (n_samples + n_new, n_coordinates)
        What classifiers see of these rows, then of the new ones.
    own : ndarray of int of shape (n_new,)
        The label each new row bears for certain.
    model : classifier
        Cloned for every label; a label constant in ``Y`` keeps its constant.
    draws : list of int of length n_labels
        Seed of each label's classifier, where it has none.
    n_jobs : int, optional
        Threads.

    Returns
    -------
    csr_array of shape (n_new, n_labels), int8

    Raises
    ------
    ValueError
        If a classifier cannot be fitted, or does not answer for every row.
    """
    n, counts = Y.shape[0], counts_of(Y)
    asked = {j: np.flatnonzero(own != j) for j in np.flatnonzero(counts).tolist()}
    unsure = [j for j, which in asked.items() if len(which) and counts[j] < n]
    known, unknown, columns = points[:n], points[n:], sp.csc_array(Y)
    found = Parallel(n_jobs=n_jobs, prefer="threads")(
        delayed(_predict)(_seeded(model, draws[j]), known, columns, j, unknown, asked[j])
        for j in unsure
    )
    asked.update(zip(unsure, found, strict=True))
    rows = np.concatenate([np.arange(len(own)), *asked.values()])
    labels = np.concatenate([own, *(np.full(len(which), j) for j, which in asked.items())])
    ones = np.ones(len(rows), dtype=np.int8)
    return sp.csr_array((ones, (rows, labels)), shape=(len(own), Y.shape[1]))


def _predict(
    model: Any, known: Any, columns: sp.csc_array, label: int, unknown: Any, asked: np.ndarray
) -> np.ndarray:
    """Return those of the rows asked about that a classifier gives the label."""
    borne = np.zeros(known.shape[0], dtype=np.int8)
    borne[columns.indices[columns.indptr[label] : columns.indptr[label + 1]]] = 1
    try:
        answer = np.asarray(model.fit(known, borne).predict(unknown[asked])).ravel()
    except (ValueError, TypeError, ArithmeticError, RuntimeError) as error:
        raise ValueError(
            f"label_completion={type(model).__name__} cannot tell who bears label {label}: {error} "
            "Give another classifier."
        ) from error
    if len(answer) != len(asked):
        raise ValueError(
            f"label_completion={type(model).__name__} must predict one value a row, {len(asked)} "
            f"for label {label}; it gave {len(answer)}."
        )
    return asked[answer == 1]


def _seeded(model: Any, draw: int) -> Any:
    """Clone a classifier, and seed it wherever it has a random_state of None."""
    twin = clone(model)
    free = [name for name, given in random_states_of(twin).items() if given is None]
    return twin.set_params(**dict.fromkeys(free, draw)) if free else twin
