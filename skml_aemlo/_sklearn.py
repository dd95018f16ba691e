"""The only door to scikit-learn's private names: a release that moves one breaks one file."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing as rows_of
from sklearn.utils._param_validation import HasMethods, Options, StrOptions
from sklearn.utils._param_validation import Interval as _Interval
from sklearn.utils.metadata_routing import _routing_enabled as routing_is_enabled
from sklearn.utils.validation import _get_feature_names as feature_names_of
from sklearn.utils.validation import _num_samples as n_rows_of
from sklearn.utils.validation import check_random_state

__all__ = [
    "N_JOBS",
    "HasMethods",
    "Interval",
    "Options",
    "StrOptions",
    "feature_names_of",
    "make_generator",
    "n_rows_of",
    "random_states_of",
    "routing_is_enabled",
    "rows_of",
]


class Interval(_Interval):
    """scikit-learn's interval of numbers, in which True is none."""

    def is_satisfied_by(self, val: object) -> bool:
        return not isinstance(val, bool | np.bool_) and super().is_satisfied_by(val)


#: What joblib takes: 0 means nothing to it.
N_JOBS = [
    Interval(Integral, 1, None, closed="left"),
    Interval(Integral, None, -1, closed="right"),
    None,
]


def make_generator(random_state: object) -> np.random.Generator:
    """Turn scikit-learn's ``random_state`` into one numpy ``Generator``.

    An int seeds it; ``None`` draws a seed from numpy's global stream, as everywhere in
    scikit-learn; a ``RandomState`` is advanced; a ``Generator`` is used as it is.
    """
    if isinstance(random_state, np.random.Generator):
        return random_state
    if isinstance(random_state, Integral):
        return np.random.default_rng(int(random_state))
    words = check_random_state(random_state).randint(0, 2**32, size=8, dtype=np.uint32)
    return np.random.default_rng(words)


def random_states_of(estimator: Any) -> dict[str, Any]:
    """Return every ``random_state`` of an estimator and its parts, by parameter name, sorted."""
    params = estimator.get_params()
    return {name: params[name] for name in sorted(params) if name.split("__")[-1] == "random_state"}
