"""scikit-learn's and imbalanced-learn's own checks of estimators, on the wrapper."""

from typing import Any

import numpy as np
import pytest
import sklearn
from imblearn.utils.estimator_checks import (
    estimator_checks_generator as imblearn_checks_generator,
)
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import estimator_checks_generator

from skml_aemlo import MultiLabelResampledClassifier

ESTIMATORS = {
    "tree": DecisionTreeClassifier(random_state=0),
    "logistic": MultiOutputClassifier(LogisticRegression()),
    "ridge": RidgeClassifier(),
}
PAIRS = [("tree", None), ("tree", "mlros"), *((name, "mlsmote") for name in ESTIMATORS)]

NOT_BINARY = "feeds labels 1 and 2, which no binary indicator matrix holds"
ONE_COLUMN = "wants predictions of shape (n,) and probabilities of two columns for a single label"
# the check makes these targets itself, whatever the tags say
ALWAYS = {
    "check_classifiers_classes": "feeds a vector of class names",
    "check_classifiers_train": ONE_COLUMN,
    "check_sample_weights_not_an_array": NOT_BINARY,
    "check_sample_weights_pandas_series": NOT_BINARY,
}
# the check asks scikit-learn which targets the tags allow, and there is no tag for 0 and 1
BY_TAGS = {
    "check_classifier_data_not_an_array": NOT_BINARY,
    "check_estimators_dtypes": NOT_BINARY,
    "check_fit2d_1feature": NOT_BINARY,
    "check_sample_weights_not_overwritten": NOT_BINARY,
    "check_sample_weights_shape": NOT_BINARY,
}
TWO_COLUMNS = {
    "check_estimator_sparse_array": ONE_COLUMN,
    "check_estimator_sparse_matrix": ONE_COLUMN,
}
OF_PAIR = {
    "tree": {
        **TWO_COLUMNS,
        "check_classifiers_multilabel_output_format_predict_proba": (
            "wants probabilities above 0 and below 1; those of a full-grown tree are 0 and 1"
        ),
    },
    "logistic": TWO_COLUMNS,
    "ridge": {
        "check_classifier_multioutput": "looks predictions up in classes_ as if all shared one row"
    },
    ("tree", "mlsmote"): {
        "check_estimators_nan_inf": "MLSMOTE refuses NaN in fit, the tree takes it in predict"
    },
}
OLD = tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 7)


def expected(name: str, sampler: str | None, by_tags: dict[str, str]) -> dict[str, str]:
    """Return the checks that fail, with the reason of each."""
    return {**ALWAYS, **by_tags, **OF_PAIR[name], **OF_PAIR.get((name, sampler), {})}


def checks(pairs: list[Any], by_tags: dict[str, str]) -> list[Any]:
    """Return wrappers with every check, those expected to fail marked."""
    return [
        check
        for name, sampler in pairs
        for check in estimator_checks_generator(
            MultiLabelResampledClassifier(ESTIMATORS[name], sampler, random_state=0),
            expected_failed_checks=expected(name, sampler, by_tags),
            mark="xfail",
        )
    ]


def called(argument: Any) -> str:
    """Name a check or a wrapper within a test's name."""
    if isinstance(argument, MultiLabelResampledClassifier):
        return f"{type(argument.estimator).__name__}-{argument.sampler}"
    return getattr(argument, "func", argument).__name__


pytestmark = [
    # the checks' labels are not imbalanced
    pytest.mark.filterwarnings("ignore:(nothing was resampled|Y is almost balanced):UserWarning"),
    # RidgeClassifier remarks on a single label, which is a column here
    pytest.mark.filterwarnings("ignore:A column-vector y was passed"),
]


@pytest.mark.parametrize(("estimator", "check"), checks(PAIRS, BY_TAGS), ids=called)
def test_scikit_learns_checks_pass(monkeypatch, estimator, check):
    """Every check passes but those of other labels, a vector y and its shapes; strictly these."""

    def from_the_smaller(estimator: Any, y: Any) -> np.ndarray:
        y = np.asarray(y)
        return np.where(y == y.min(), y, y.min() + 1).reshape(-1, 1) if y.size else y

    if OLD:  # 1.6 numbers two classes from that of the first row: 1 and 0 become 1 and 2
        monkeypatch.setattr(estimator_checks, "_enforce_estimator_tags_y", from_the_smaller)
    check(estimator)


@pytest.mark.parametrize(("estimator", "check"), checks(PAIRS[-3:], {}), ids=called)
def test_scikit_learns_checks_pass_on_zeros_and_ones(monkeypatch, estimator, check):
    """With targets as 0 and 1, only checks fail that ask for a vector y and its shapes."""

    def zeros_and_ones(estimator: Any, y: Any) -> np.ndarray:
        y = np.asarray(y)
        if y.size and np.isfinite(y).all():
            y = (y != y.min()).astype(int)
        return y.reshape(-1, 1)

    monkeypatch.setattr(estimator_checks, "_enforce_estimator_tags_y", zeros_and_ones)
    check(estimator)


INAPPLICABLE = {
    "check_classifier_on_multilabel_or_multioutput_targets": "wants several labels refused",
    "check_classifiers_with_encoded_labels": "feeds a vector of three classes",
}


@pytest.mark.parametrize(
    ("estimator", "check"),
    list(
        imblearn_checks_generator(
            MultiLabelResampledClassifier(ESTIMATORS["tree"], "mlros", random_state=0),
            expected_failed_checks=INAPPLICABLE,
            mark="xfail",
        )
    ),
    ids=called,
)
def test_imbalanced_learns_checks_are_of_single_label_classifiers(estimator, check):
    """Neither of its checks of classifiers applies; a new one that does not pass is noticed."""
    check(estimator)
