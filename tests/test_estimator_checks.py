"""scikit-learn's own checks of estimators, on every sampler and on thresholds."""

from typing import Any

import numpy as np
import pytest
import sklearn
from registered import NAMES, quick_sampler
from sklearn.linear_model import LogisticRegression
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

from skml_aemlo import FixedThresholdsClassifier, TunedThresholdsClassifierCV
from skml_aemlo.skmultilearn import BinaryRelevance

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


OTHER_TARGETS = "feeds a vector, or labels other than 0 and 1, for a binary indicator matrix"
EXPECTED_OF_THRESHOLDS = {
    "check_estimators_dtypes": OTHER_TARGETS,
    "check_estimator_sparse_array": OTHER_TARGETS,
    "check_estimator_sparse_matrix": OTHER_TARGETS,
    "check_classifier_data_not_an_array": OTHER_TARGETS,
    "check_classifiers_classes": OTHER_TARGETS,
    "check_fit2d_1feature": OTHER_TARGETS,
    "check_classifiers_regression_target": "wants scikit-learn's words for other targets",
    "check_classifier_not_supporting_multiclass": "wants these words as well",
    "check_classifiers_one_label": "wants one class predicted as a vector",
    "check_classifiers_train": "wants labels as a vector and a column of probabilities a class",
    "check_classifier_multioutput": "wants labels to be the probabilities above one half",
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize(
    "model",
    [
        FixedThresholdsClassifier(BinaryRelevance(LogisticRegression())),
        TunedThresholdsClassifierCV(BinaryRelevance(LogisticRegression()), cv=2, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_scikit_learns_checks_pass_but_for_those_of_other_targets(model: Any) -> None:
    """Each of the few that fail has its reason, and tuned labels are not cut at one half."""
    done = check_estimator(model, on_fail=None, on_skip=None)
    failed = {check["check_name"] for check in done if check["status"] == "failed"}
    assert failed <= set(EXPECTED_OF_THRESHOLDS)
    assert sum(check["status"] == "passed" for check in done) >= 40
