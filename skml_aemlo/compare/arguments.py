"""What a comparison is given, read and refused before anything is computed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from numbers import Integral
from typing import Any

import numpy as np

from .._containers import count_rows, read_labels
from .._frames import column_names
from ..datasets import Dataset
from .cell import Data
from .identity import data_fingerprint

__all__ = [
    "parts_by_name",
    "read_datasets",
    "read_transformer",
    "refuse_held_out_inside",
    "refuse_jobs",
]


def parts_by_name(given: Any, make: Callable[[str], Any], what: str, method: str) -> dict[str, Any]:
    """Return the objects that names, a dict of names to objects, or one name stand for.

    Parameters
    ----------
    given : str, list of str, or dict of str to object or str
    make : callable
        Makes the object that a name stands for.
    what : str
        What the caller calls them.
    method : str
        What each must have.

    Returns
    -------
    dict of str to object

    Raises
    ------
    ValueError
        If it is something else, or names one twice.

    Examples
    --------
    >>> from skml_aemlo import make_sampler
    >>> parts_by_name("mlros", make_sampler, "samplers", "fit_resample")
    {'mlros': MLROS()}
    """
    if not isinstance(given, dict):
        given = {name: name for name in _read_names(given, what, method)}
    named = dict(given)
    if not named:
        raise ValueError(f"{what} is empty; name at least one.")
    made = {name: make(x) if isinstance(x, str) else x for name, x in named.items()}
    for name, value in made.items():
        _refuse_uncopied(name, value, what)
        is_none = value is None and what == "samplers"
        if not isinstance(name, str) or not (is_none or hasattr(value, method)):
            raise ValueError(
                f"{what} must be names, or a dict of name to object with {method}; got "
                f"{name!r}: {value!r}."
            )
    return made


def _refuse_uncopied(name: Any, value: Any, what: str) -> None:
    """Refuse what no cell could have a copy of."""
    if isinstance(value, type):
        raise ValueError(
            f"{what} has the class {value.__name__} as {name!r}; make an object of it: "
            f"{{{name!r}: {value.__name__}()}}."
        )
    learns = hasattr(value, "fit") or hasattr(value, "fit_resample")
    if learns and not hasattr(value, "get_params"):
        raise ValueError(
            f"{what} has a {type(value).__name__} as {name!r}, which lacks get_params, so that no "
            "cell could have a copy of its own; derive it from sklearn.base.BaseEstimator."
        )


def _read_names(given: Any, what: str, method: str) -> list[str]:
    if isinstance(given, type):
        raise ValueError(
            f"{what} is the class {given.__name__}; make an object of it and give it a name: "
            f"{{'name': {given.__name__}()}}."
        )
    if given is None or hasattr(given, method):
        raise ValueError(
            f"{what} is {given!r}; tables need a name for it: {{'name': {given!r}}}, or a list of "
            "names."
        )
    names = _in_order([given] if isinstance(given, str) else given, what)
    for name in names:
        if not isinstance(name, str):
            raise ValueError(
                f"{what} must be names, or a dict of name to object with {method}; got {name!r} "
                f"without a name: {{'name': {name!r}}}."
            )
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{what} holds {twice!r} twice; leave one out.")
    return names


def _in_order(given: Any, what: str) -> list[Any]:
    """Return the members of whatever has an order."""
    if isinstance(given, set | frozenset):
        raise ValueError(f"{what} is a set, which has no order to lay a table out in; give a list.")
    if not isinstance(given, Iterable):
        raise ValueError(f"{what} must be a list, got {type(given).__name__}.")
    return list(given)


def refuse_jobs(n_jobs: Any) -> None:
    """Refuse a number of workers that is none.

    Parameters
    ----------
    n_jobs : int or None

    Raises
    ------
    ValueError
        Says what it may be.

    Examples
    --------
    >>> refuse_jobs(0)
    Traceback (most recent call last):
    ValueError: n_jobs must be None or a whole number but 0, got 0; -1 is one worker a core.
    """
    is_whole = isinstance(n_jobs, Integral) and not isinstance(n_jobs, bool)
    if n_jobs is not None and (not is_whole or n_jobs == 0):
        raise ValueError(
            f"n_jobs must be None or a whole number but 0, got {n_jobs!r}; -1 is one worker a core."
        )


def read_transformer(given: Any) -> Any:
    """Return what learns features, if it is something that can.

    Parameters
    ----------
    given : transformer or None

    Returns
    -------
    transformer or None

    Raises
    ------
    ValueError
        If it cannot; names what it lacks.

    Examples
    --------
    >>> read_transformer(3)
    Traceback (most recent call last):
    ValueError: transformer must be an object that learns features, ...
    """
    if given is None:
        return None
    wanted = ("fit_transform", "transform", "get_params")
    lacking = [name for name in wanted if not hasattr(given, name)]
    if isinstance(given, type) or lacking:
        what = f"the class {given.__name__}" if isinstance(given, type) else f"{given!r:.60}"
        lack = f", which lacks {' and '.join(lacking)}" if lacking else ""
        raise ValueError(
            "transformer must be an object that learns features, such as TfidfVectorizer() or a "
            f"pipeline of transformers; got {what}{lack}."
        )
    return given


def refuse_held_out_inside(estimators: dict[str, Any]) -> None:
    """Refuse estimators that would hold out rows which a sampler has already cloned.

    Parameters
    ----------
    estimators : dict of str to estimator

    Raises
    ------
    ValueError
        Names the estimator, the part of it, and the remedy.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> refuse_held_out_inside({"tree": DecisionTreeClassifier()})
    """
    for name, estimator in estimators.items():
        if hasattr(estimator, "with_sampler") or not hasattr(estimator, "get_params"):
            continue
        for place, part in estimator.get_params().items():
            if hasattr(part, "with_sampler"):
                raise ValueError(
                    f"the estimator {name!r} has a {type(part).__name__} as {place}, where clones "
                    "of one row would both train it and be held out; make it the outermost and "
                    "give it the rest as its estimator."
                )


def read_datasets(given: Any) -> list[Data]:
    """Return data sets as the cells read them.

    Parameters
    ----------
    given : Dataset, (name, X, Y), or list of these

    Returns
    -------
    list of Data

    Raises
    ------
    ValueError
        If it is something else, or names one twice.
    TypeError
        If features have no rows.

    Examples
    --------
    >>> [data.label_names for data in read_datasets(("toy", [[0.5], [1.5]], [[1, 0], [0, 1]]))]
    [('0', '1')]
    """
    datasets = [_read_dataset(one) for one in _as_list(given)]
    names = [data.name for data in datasets]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"datasets holds {twice[0]!r} twice; give every data set its own name.")
    if not datasets:
        raise ValueError("datasets is empty; give at least one.")
    return datasets


def _as_list(given: Any) -> list[Any]:
    if isinstance(given, Dataset) or _is_triple(given):
        return [given]
    if isinstance(given, str | os.PathLike):
        raise ValueError(
            f"datasets is {given!r}, a name or a path; load it first, with load_arff, fetch or "
            "load_synthetic of skml_aemlo.datasets."
        )
    is_table = hasattr(given, "shape")
    if is_table or (isinstance(given, list | tuple) and any(hasattr(x, "shape") for x in given)):
        raise ValueError(
            "datasets must hold Dataset objects or (name, X, Y), got rows without the name, which "
            "tables and seeds need; give ('mine', X, Y)."
        )
    return _in_order(given, "datasets")


def _is_triple(given: Any) -> bool:
    return isinstance(given, tuple) and len(given) == 3 and isinstance(given[0], str)


def _read_dataset(given: Any) -> Data:
    if isinstance(given, Dataset):
        name, X, Y, categorical = given.name, given.X, given.Y, given.categorical
        names: Any = given.label_names
    elif _is_triple(given):
        (name, X, Y), categorical = given, None
        names = column_names(Y)
    else:
        raise ValueError(
            f"datasets must hold Dataset objects or (name, X, Y), got {type(given).__name__}."
        )
    labels = read_labels(Y)
    X = np.asarray(X) if isinstance(X, list) else X
    n_rows = count_rows(X)
    if n_rows != labels.shape[0]:
        raise ValueError(
            f"data set {name!r} has {n_rows} rows of features and {labels.shape[0]} of labels."
        )
    names = range(labels.shape[1]) if names is None else names
    return Data(
        name,
        X,
        labels,
        categorical,
        data_fingerprint(X, labels, categorical),
        tuple(map(str, names)),
    )
