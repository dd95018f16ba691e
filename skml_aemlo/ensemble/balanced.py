"""One classifier of one target, learned from equally many rows of each class."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.dummy import DummyClassifier

from .._sklearn import random_states_of


def balanced_rows(target: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return as many rows of every class as the rarest one has, ascending.

    Parameters
    ----------
    target : ndarray of int of shape (n_rows,)
        Classes; those without a row do not count.
    rng : Generator
        Draws without replacement, class by class, from those with rows to spare.

    Returns
    -------
    ndarray of int

    Examples
    --------
    >>> balanced_rows(np.array([1, 1, 0]), np.random.default_rng(0)).size
    2
    """
    of_class = [np.flatnonzero(target == value) for value in np.unique(target)]
    fewest = min(map(len, of_class))
    kept = [
        rows if len(rows) == fewest else rng.choice(rows, fewest, replace=False)
        for rows in of_class
    ]
    return np.sort(np.concatenate(kept))


def reseeded(estimator: Any, rng: np.random.Generator) -> Any:
    """Return a clone with a seed of its own in every ``random_state``, nested ones too."""
    seeds = {name: int(rng.integers(2**31 - 1)) for name in random_states_of(estimator)}
    return clone(estimator).set_params(**seeds)


def fit_one(estimator: Any, rows: Any, target: np.ndarray, rng: np.random.Generator) -> Any:
    """Return a fitted clone, or its constant where there is a single class and nothing to learn."""
    if (target == target[0]).all():
        return DummyClassifier(strategy="most_frequent").fit(rows, target)
    model = reseeded(estimator, rng)
    model.fit(rows, target)
    return model


def share_of(model: Any, rows: Any, value: int) -> np.ndarray:
    """Return the probability of one class, which the classifier may never have seen."""
    classes = np.atleast_1d(model.classes_)
    at = np.flatnonzero(classes == value)
    if not at.size and classes.dtype.kind in "iu":
        return np.zeros(rows.shape[0])
    found = np.asarray(model.predict_proba(rows))
    if not at.size or found.shape != (rows.shape[0], len(classes)):
        raise ValueError(
            f"estimator must give a column for each of its classes_, {classes.tolist()}; "
            f"{type(model).__name__} gave shape {found.shape}."
        )
    return found[:, at[0]]
