"""What a cell is known by, and what its sampler and classifier are told before they start.

A seed is a digest of the words that name its purpose, so it depends on no order, no earlier draw,
no worker and no neighbouring cell.
"""

from __future__ import annotations

import hashlib
import json
import math
from pickle import PicklingError
from types import FunctionType
from typing import Any

import joblib
import numpy as np
import scipy.sparse as sp

from .._sklearn import random_states_of
from .code import code_of_class, hidden_code

__all__ = [
    "data_fingerprint",
    "digest",
    "portrait",
    "seed_everything",
    "seed_of",
    "tell_categorical",
    "without_code",
]


def digest(words: Any) -> str:
    """Return 24 hexadecimal digits that stand for ``words``.

    Parameters
    ----------
    words : anything JSON can hold

    Returns
    -------
    str

    Examples
    --------
    >>> digest({"fold": 1, "repeat": 0}) == digest({"repeat": 0, "fold": 1})
    True
    """
    return hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()[:24]


def seed_of(*words: Any) -> int:
    """Return the seed that ``words`` name.

    Parameters
    ----------
    *words : anything JSON can hold

    Returns
    -------
    int
        Between 0 and 2**32 - 1, as scikit-learn wants it.

    Examples
    --------
    >>> seed_of("sampler", "emotions", 0) == seed_of("sampler", "emotions", 1)
    False
    """
    return int(digest(list(words))[:8], 16)


def seed_everything(estimator: Any, *words: Any) -> Any:
    """Set every ``random_state`` of an estimator and its parts that is still None.

    Parameters
    ----------
    estimator : object with get_params and set_params
        Changed in place.
    *words : anything JSON can hold
        Name the seeds; each part gets its own.

    Returns
    -------
    estimator

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> seed_everything(DecisionTreeClassifier(), "a").random_state == seed_of("a", "random_state")
    True
    >>> seed_everything(DecisionTreeClassifier(random_state=3), "a").random_state
    3
    """
    unset = [name for name, given in random_states_of(estimator).items() if given is None]
    return estimator.set_params(**{name: seed_of(*words, name) for name in unset})


def tell_categorical(sampler: Any, categorical: np.ndarray) -> None:
    """Name the nominal features to a sampler, and its parts, that were left to find them.

    Parameters
    ----------
    sampler : sampler
        Changed in place.
    categorical : ndarray of bool of shape (n_features,)

    Examples
    --------
    >>> from skml_aemlo import MLSMOTE
    >>> sampler = MLSMOTE()
    >>> tell_categorical(sampler, np.array([False, True]))
    >>> sampler.categorical_features
    array([False,  True])
    """
    asking = [
        name
        for name, value in sampler.get_params().items()
        if isinstance(value, str) and value == "auto" and name.endswith("categorical_features")
    ]
    if categorical.any():
        sampler.set_params(**dict.fromkeys(asking, categorical))


def data_fingerprint(X: Any, Y: sp.csr_array, categorical: np.ndarray | None = None) -> str:
    """Return digits that only the same features and labels share.

    Parameters
    ----------
    X : ndarray, sparse container, DataFrame or other picklable container of n_samples rows
    Y : csr_array of shape (n_samples, n_labels)
    categorical : ndarray of bool of shape (n_features,), optional
        Nominal features.

    Returns
    -------
    str

    Examples
    --------
    >>> Y = sp.csr_array(np.eye(2, dtype=np.int8))
    >>> data_fingerprint(np.zeros((2, 3)), Y) == data_fingerprint(np.ones((2, 3)), Y)
    False
    """
    return digest([portrait(X), portrait(Y), portrait(categorical)])


def portrait(value: Any) -> Any:
    """Describe a value by what its behaviour depends on, as JSON can hold it.

    Parameters
    ----------
    value : object
        Estimators are described by class and parameters, arrays by their bytes, functions by name
        and code, anything else by its pickle.

    Returns
    -------
    str, number, None, list or dict

    Raises
    ------
    ValueError
        If the value cannot even be pickled.

    Notes
    -----
    A class that is of none of the packages whose versions are noted anyway is told by its code as
    well: its methods and attributes, and those of its bases. What they call outside the class is
    not followed. A table, as anything that has a length, is told by its content alone.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> portrait(DecisionTreeClassifier(max_depth=3))["params"]["max_depth"]
    3
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)  # which JSON has no word for
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [portrait(part) for part in value]
    if isinstance(value, dict):
        return {str(key): portrait(part) for key, part in value.items()}
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        return _portrait_array(value)
    if sp.issparse(value) and value.format in ("csr", "csc"):
        return _portrait_sparse(value)
    if isinstance(value, type):
        code = _code_of(value)
        return {"class": _name(value), **code} if code else _name(value)
    if isinstance(value, FunctionType):
        return _portrait_function(value)
    if hasattr(value, "get_params"):
        params = portrait(value.get_params(deep=False))
        return {"class": _name(type(value)), "params": params, **_code_of(type(value))}
    return _portrait_pickle(value)


def without_code(portrayed: Any) -> Any:
    """Return a portrait that is the same whatever the code of its classes.

    Parameters
    ----------
    portrayed : str, number, None, list or dict
        As `portrait` returns it.

    Returns
    -------
    str, number, None, list or dict

    Examples
    --------
    >>> without_code({"class": "mine.Shake", "params": {"scale": 0.1}, "code": "0f3a"})
    {'class': 'mine.Shake', 'params': {'scale': 0.1}}
    """
    if isinstance(portrayed, list):
        return [without_code(part) for part in portrayed]
    if not isinstance(portrayed, dict):
        return portrayed
    told = {key: without_code(part) for key, part in portrayed.items()}
    return {key: part for key, part in told.items() if not ("class" in told and key == "code")}


def _name(value: Any) -> str:
    return f"{value.__module__}.{value.__qualname__}"


def _portrait_array(values: np.ndarray) -> list[Any]:
    content = np.ascontiguousarray(values).tobytes()
    return [str(values.dtype), list(values.shape), hashlib.sha256(content).hexdigest()[:24]]


def _portrait_sparse(matrix: Any) -> list[Any]:
    # the width of an index is chosen by whoever built the matrix and says nothing about it
    parts = (matrix.data, matrix.indices.astype(np.int64), matrix.indptr.astype(np.int64))
    return [matrix.format, list(matrix.shape), *(_portrait_array(part) for part in parts)]


def _code_of(kind: type) -> dict[str, str]:
    code = code_of_class(kind)
    return {"code": digest(code)} if code else {}


def _portrait_function(function: FunctionType) -> list[Any]:
    hidden = hidden_code(function)
    told = [_name(function), _portrait_code(function.__code__), portrait(function.__defaults__)]
    return [*told, digest(hidden)] if hidden else told


def _portrait_code(code: Any) -> list[str]:
    constants = [c for c in code.co_consts if c is None or isinstance(c, str | int | float)]
    return [code.co_code.hex(), repr(constants), repr(code.co_names)]


def _portrait_pickle(value: Any) -> dict[str, str]:
    kind = type(value)
    try:
        told = {"class": _name(kind), "pickle": joblib.hash(value)}
    except (PicklingError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{value!r} can be neither described nor pickled ({error}), so its cells could not be "
            "told from others; use a function or an object that pickles."
        ) from error
    return told if hasattr(kind, "__len__") else {**told, **_code_of(kind)}
