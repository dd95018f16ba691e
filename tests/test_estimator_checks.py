"""scikit-learn's own checks of estimators, on every sampler."""

from typing import Any

import numpy as np
import pytest
import sklearn
from registered import NAMES, quick_sampler
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import estimator_checks_generator

NOT_BINARY = "feeds labels 1 and 2, which no binary indicator matrix holds"
EXPECTED = {"check_estimators_dtypes": NOT_BINARY, "check_fit2d_1feature": NOT_BINARY}
OLD = tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 7)


@pytest.fixture(autouse=True)
def targets_of_scikit_learn_1_7(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have 1.6 number two classes from the smaller value, not from that of the first row.

    A target of 0 and 1 that starts with 1 becomes 1 and 2 there, and most checks would be about it.
    """

    def binary(estimator: Any, y: Any) -> np.ndarray:
        y = np.asarray(y)
        return np.where(y == y.min(), y, y.min() + 1).reshape(-1, 1) if y.size else y

    if OLD:
        monkeypatch.setattr(estimator_checks, "_enforce_estimator_tags_y", binary)


def checks() -> list[Any]:
    """Return every sampler with every check, those expected to fail marked."""
    return [
        pair
        for name in NAMES
        for pair in estimator_checks_generator(
            quick_sampler(name), expected_failed_checks=EXPECTED, mark="xfail"
        )
    ]


def called(argument: Any) -> str:
    """Name a check or an estimator within a test's name."""
    return getattr(getattr(argument, "func", argument), "__name__", " ".join(str(argument).split()))


# "nothing was resampled" and its like: the checks' labels are not imbalanced
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("estimator", "check"), checks(), ids=called)
def test_scikit_learns_checks_pass(estimator, check):
    """Every check passes but two, of labels outside 0 and 1; strictly these."""
    check(estimator)
