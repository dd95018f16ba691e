"""scikit-learn's and imbalanced-learn's own checks of estimators, on all samplers and classifiers.

A check that is expected to fail has its reason here, and is an error where it passes all the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest
import sklearn
from imblearn.utils import estimator_checks as checks_of_imblearn
from registered import NAMES, quick_sampler
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import BernoulliNB
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import estimator_checks

from skml_aemlo import (
    FixedThresholdsClassifier,
    MultiLabelResampledClassifier,
    TunedThresholdsClassifierCV,
)
from skml_aemlo.ensemble import COCOA, ECCRU, ECCRU2, ECCRU3, EnsembleOfSampling
from skml_aemlo.skmultilearn import BinaryRelevance

# the checks ask scikit-learn which targets the tags allow, and there is no tag for 0 and 1
NOT_BINARY = "feeds labels 1 and 2, which no binary indicator matrix holds"
OF_SAMPLERS = {"check_estimators_dtypes": NOT_BINARY, "check_fit2d_1feature": NOT_BINARY}
BY_TAGS = {
    **OF_SAMPLERS,
    "check_classifier_data_not_an_array": NOT_BINARY,
    "check_sample_weights_not_overwritten": NOT_BINARY,
    "check_sample_weights_shape": NOT_BINARY,
}
ONE_COLUMN = "wants predictions of shape (n,) and probabilities of two columns for a single label"
# these make their targets themselves
OF_CLASSIFIERS = {
    **BY_TAGS,
    "check_classifiers_classes": "feeds a vector of class names",
    "check_classifiers_train": ONE_COLUMN,
    "check_sample_weights_not_an_array": NOT_BINARY,
    "check_sample_weights_pandas_series": NOT_BINARY,
}
TWO_COLUMNS = {
    "check_estimator_sparse_array": ONE_COLUMN,
    "check_estimator_sparse_matrix": ONE_COLUMN,
}
TREES = {
    **TWO_COLUMNS,
    "check_classifiers_multilabel_output_format_predict_proba": (
        "wants probabilities above 0 and below 1; those of a full-grown tree are 0 and 1"
    ),
}
TUNED = {
    **TWO_COLUMNS,
    "check_classifier_multioutput": "wants labels to be the probabilities above one half",
}

TREE, BAYES = DecisionTreeClassifier(random_state=0), BernoulliNB()
LOGISTIC = BinaryRelevance(LogisticRegression())


def resampled(estimator: Any, sampler: str | None) -> MultiLabelResampledClassifier:
    """Return the wrapper, seeded."""
    return MultiLabelResampledClassifier(estimator, sampler, random_state=0)


SAMPLERS = {name: (quick_sampler(name), OF_SAMPLERS) for name in NAMES}
CLASSIFIERS = {
    name: (model, {**OF_CLASSIFIERS, **its_own})
    for name, model, its_own in [
        ("tree", resampled(TREE, None), TREES),
        ("mlros-tree", resampled(TREE, "mlros"), TREES),
        (
            "mlsmote-tree",
            resampled(TREE, "mlsmote"),
            {
                **TREES,
                "check_estimators_nan_inf": (
                    "MLSMOTE refuses NaN in fit, the tree takes it in predict"
                ),
            },
        ),
        (
            "mlsmote-logistic",
            resampled(MultiOutputClassifier(LogisticRegression()), "mlsmote"),
            TWO_COLUMNS,
        ),
        (
            "mlsmote-ridge",
            resampled(RidgeClassifier(), "mlsmote"),
            {
                "check_classifier_multioutput": (
                    "looks predictions up in classes_ as if all shared one row"
                )
            },
        ),
        ("fixed", FixedThresholdsClassifier(LOGISTIC), TWO_COLUMNS),
        ("tuned", TunedThresholdsClassifierCV(LOGISTIC, cv=2, random_state=0), TUNED),
        ("COCOA", COCOA(BAYES, n_couplings=2, random_state=0), TUNED),
        ("ECCRU", ECCRU(BAYES, n_estimators=3, random_state=0), TUNED),
        ("ECCRU2", ECCRU2(BAYES, n_estimators=3, random_state=0), TUNED),
        ("ECCRU3", ECCRU3(BAYES, n_estimators=3, random_state=0), TUNED),
        (
            "EnsembleOfSampling",
            EnsembleOfSampling(MultiOutputClassifier(BAYES), n_estimators=2, random_state=0),
            {
                **TUNED,
                "check_fit2d_predict1d": "hears of missing features: X may be a list of texts",
            },
        ),
    ]
}
OLD = tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 7)

pytestmark = [
    # the checks' labels are not imbalanced: "nothing was resampled" and its like
    pytest.mark.filterwarnings("ignore::UserWarning"),
    # RidgeClassifier remarks on a single label, which is a column here
    pytest.mark.filterwarnings("ignore:A column-vector y was passed"),
]


def named(check: Any) -> str:
    """Return a check's name."""
    return getattr(check, "func", check).__name__


def cases(
    models: Mapping[str, tuple[Any, dict[str, str]]], generator: Any = estimator_checks
) -> Iterator[Any]:
    """Yield every model with every check, those that must fail marked."""
    for name, (model, expected) in models.items():
        for own, check in generator.estimator_checks_generator(model):
            reason = expected.get(named(check))
            marks = pytest.mark.xfail(reason=reason, strict=True) if reason else ()
            yield pytest.param(own, check, marks=marks, id=f"{name}-{named(check)}")


def without_marks(given: Iterable[Any], names: Iterable[str]) -> list[Any]:
    """Return the cases of some checks, nothing expected of them but to pass."""
    return [pytest.param(*one.values, id=one.id) for one in given if named(one.values[1]) in names]


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


@pytest.mark.parametrize(("model", "check"), [*cases(SAMPLERS)])
def test_scikit_learns_checks_pass_with_samplers(model, check):
    """Every check passes but two, of labels outside 0 and 1."""
    check(model)


@pytest.mark.parametrize(("model", "check"), [*cases(CLASSIFIERS)])
def test_scikit_learns_checks_pass_with_classifiers(model, check):
    """Every check passes but those of a single target, and of predictions cut at one half."""
    check(model)


@pytest.mark.parametrize(
    ("model", "check"),
    without_marks(cases(SAMPLERS), OF_SAMPLERS) + without_marks(cases(CLASSIFIERS), BY_TAGS),
)
def test_what_fails_on_other_labels_passes_on_zeros_and_ones(monkeypatch, model, check):
    """The checks excused because they feed 1 and 2 pass once these are 0 and 1."""

    def zeros_and_ones(estimator: Any, y: Any) -> np.ndarray:
        y = np.asarray(y)
        if y.size and np.isfinite(y).all():
            y = (y != y.min()).astype(int)
        return y.reshape(-1, 1)

    monkeypatch.setattr(estimator_checks, "_enforce_estimator_tags_y", zeros_and_ones)
    check(model)


INAPPLICABLE = {
    "check_classifier_on_multilabel_or_multioutput_targets": "wants several labels refused",
    "check_classifiers_with_encoded_labels": "feeds a vector of three classes",
}


@pytest.mark.parametrize(
    ("model", "check"),
    [*cases({"mlros-tree": (resampled(TREE, "mlros"), INAPPLICABLE)}, checks_of_imblearn)],
)
def test_imbalanced_learns_checks_are_of_single_label_classifiers(model, check):
    """Neither of its checks of classifiers applies; a new one that does not pass is noticed."""
    check(model)


def test_no_excuse_is_out_of_date():
    """Every check that is expected to fail is one that scikit-learn runs on some model."""
    models = [*SAMPLERS.values(), *CLASSIFIERS.values()]
    run = {named(one.values[1]) for one in cases({**SAMPLERS, **CLASSIFIERS})}
    assert set().union(*(expected for _, expected in models)) <= run
