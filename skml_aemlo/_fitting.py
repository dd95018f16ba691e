"""A fit happens wholly or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def all_or_nothing(estimator: Any) -> Iterator[None]:
    """Put an estimator's attributes back as they were, should the block be left by an exception.

    A refit that fails, or is interrupted, half-way would otherwise leave the counts and names of
    the new data beside the model of the old.

    Parameters
    ----------
    estimator : object
        What is fitted. Its attributes are to be set anew, not written into.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> model = SimpleNamespace(n_labels_=2)
    >>> try:
    ...     with all_or_nothing(model):
    ...         model.n_labels_ = 3
    ...         raise KeyboardInterrupt
    ... except KeyboardInterrupt:
    ...     model.n_labels_
    2
    """
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise
