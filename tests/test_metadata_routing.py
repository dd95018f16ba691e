"""Weights, groups and other metadata through the wrapper, with routing disabled and enabled."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import sklearn
from imblearn.pipeline import Pipeline as ImbalancedPipeline
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, get_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, cross_validate
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from tables import learnable

from skml_aemlo import (
    MLROS,
    MLRUS,
    MLSMOTE,
    REMEDIAL,
    FixedThresholdsClassifier,
    MultiLabelResampledClassifier,
    TunedThresholdsClassifierCV,
)
from skml_aemlo.ensemble import EnsembleOfSampling
from skml_aemlo.skmultilearn import BinaryRelevance, RakelD

TREE = DecisionTreeClassifier(max_depth=3, random_state=0)


@pytest.fixture
def data():
    """Return 90 learnable rows with 4 labels, weights and nine groups."""
    X, Y = learnable(90)
    return X, Y, np.random.default_rng(1).integers(1, 6, size=90).astype(float), np.arange(90) % 9


@pytest.fixture
def routing():
    """Enable scikit-learn's metadata routing for one test."""
    with sklearn.config_context(enable_metadata_routing=True):
        yield


class Consumer(ClassifierMixin, BaseEstimator):
    """Keeps what it is given beside the rows, and predicts zeros."""

    def fit(self, X, y, sample_weight=None, ages=None, note=None):
        """Keep everything."""
        self.X_, self.y_ = np.asarray(X), y
        self.given_ = {"sample_weight": sample_weight, "ages": ages, "note": note}
        return self

    def predict(self, X, ages=None):
        """Keep the ages of the rows asked for."""
        self.asked_ = ages
        return np.zeros((len(X), self.y_.shape[1]))

    def predict_proba(self, X, ages=None):
        """Keep the ages of the rows asked for."""
        self.asked_ = ages
        return np.full((len(X), self.y_.shape[1]), 0.5)


@pytest.mark.parametrize(
    "sampler", [MLROS(random_state=1), MLRUS(random_state=1), MLSMOTE(random_state=1), REMEDIAL()]
)
def test_entries_follow_the_rows_they_come_from(data, sampler):
    """Each resampled row, made ones included, has the weight of the row in sample_indices_."""
    X, Y, weight, groups = data
    ages = pd.Series(groups, index=np.arange(90)[::-1])
    model = MultiLabelResampledClassifier(Consumer(), sampler)
    model.fit(X, Y, sample_weight=weight, ages=ages, note="of no row")
    found = model.estimator_.given_
    by_hand = clone(sampler)
    X_res, _ = by_hand.fit_resample(X, Y)
    np.testing.assert_array_equal(model.estimator_.X_, X_res)
    assert len(X_res) != 90
    np.testing.assert_array_equal(found["sample_weight"], weight[by_hand.sample_indices_])
    np.testing.assert_array_equal(found["ages"], groups[by_hand.sample_indices_])
    assert found["note"] == "of no row"
    # independent of provenance: a row that is a copy has the weight of a row that equals it
    copied = ~by_hand.is_synthetic_
    equal = (X_res[copied][:, None, :] == X[None]).all(axis=2).argmax(axis=1)
    np.testing.assert_array_equal(found["sample_weight"][copied], weight[equal])


def test_weights_reach_the_fit_as_by_hand(data):
    """A tree fitted by hand on the resampled rows and weights predicts the same, and not the same
    as one without weights.
    """
    X, Y, weight, _ = data
    weight = np.where(X[:, 4] > 0, 20.0, 0.1)
    model = MultiLabelResampledClassifier(TREE, MLSMOTE(random_state=0))
    found = clone(model).fit(X, Y, sample_weight=weight).predict_proba(X)
    sampler = MLSMOTE(random_state=0)
    X_res, Y_res = sampler.fit_resample(X, Y)
    by_hand = clone(TREE).fit(X_res, Y_res, sample_weight=weight[sampler.sample_indices_])
    expected = np.column_stack([part[:, 1] for part in by_hand.predict_proba(X)])
    np.testing.assert_array_equal(found, expected)
    assert (found != clone(model).fit(X, Y).predict_proba(X)).any()


def test_without_a_sampler_weights_stay(data):
    """Nothing is resampled, so nothing follows."""
    X, Y, weight, _ = data
    model = MultiLabelResampledClassifier(Consumer(), None).fit(X, Y, weight)
    np.testing.assert_array_equal(model.estimator_.given_["sample_weight"], weight)


def test_the_target_may_be_called_y(data):
    """scikit-learn calls every target y."""
    X, Y, _, _ = data
    model = MultiLabelResampledClassifier(Consumer(), None).fit(X, y=Y)
    np.testing.assert_array_equal(model.estimator_.y_, Y)


class Untold:
    """A sampler that keeps the first rows and does not say so."""

    def __init__(self, rows=60):
        self.rows = rows

    def get_params(self, deep=True):
        """Return the one parameter."""
        return {"rows": self.rows}

    def fit_resample(self, X, Y):
        """Keep the first rows."""
        return X[: self.rows], Y[: self.rows]


def test_a_sampler_that_does_not_tell_its_rows_is_refused_with_weights(data):
    """Weights cannot follow rows of unknown origin; without weights such a sampler is fine."""
    X, Y, weight, _ = data
    model = MultiLabelResampledClassifier(Consumer(), Untold())
    with pytest.raises(ValueError, match=r"sample_weight has an entry .* Untold does not tell"):
        model.fit(X, Y, sample_weight=weight)
    assert len(model.fit(X, Y, note="x" * 90).estimator_.X_) == 60


@pytest.mark.parametrize(
    ("estimator", "weight", "error"),
    [
        (KNeighborsClassifier(), np.ones(90), "KNeighborsClassifier.fit takes none"),
        (TREE, np.ones(80), "sample_weight has 80 entries and Y has 90 rows"),
    ],
)
def test_weights_that_cannot_be_used_are_refused(data, estimator, weight, error):
    """An estimator without weights, and weights of other rows, give one clear error."""
    X, Y, _, _ = data
    with pytest.raises(ValueError, match=error):
        MultiLabelResampledClassifier(estimator, None).fit(X, Y, sample_weight=weight)


def test_prediction_passes_parameters_on(data):
    """Without routing predict's parameters go to the estimator as they are."""
    X, Y, _, groups = data
    model = MultiLabelResampledClassifier(Consumer(), None).fit(X, Y)
    for method in (model.predict, model.predict_proba):
        method(X, ages=groups)
        assert model.estimator_.asked_ is groups


def test_score_weighs_its_rows(data):
    """The score is the weighted share of rows predicted in full."""
    X, Y, weight, _ = data
    model = MultiLabelResampledClassifier(TREE, "mlros", random_state=0).fit(X, Y)
    right = (model.predict(X) == Y).all(axis=1)
    assert model.score(X, Y, sample_weight=weight) == pytest.approx(
        weight[right].sum() / weight.sum()
    )


def folds_by_hand(model, X, Y, weight, folds, score):
    """Fit and score in a plain loop."""
    scores = []
    for train, test in folds:
        fitted = clone(model)
        # the wrapper's own part, by hand
        sampler = clone(fitted.sampler)
        X_res, Y_res = sampler.fit_resample(X[train], Y[train])
        inner = clone(fitted.estimator)
        inner.fit(X_res, Y_res, sample_weight=weight[train][sampler.sample_indices_])
        scores.append(score(Y[test], inner.predict(X[test]), weight[test]))
    return scores


def subset_accuracy(Y_true, Y_pred, weight):
    """Return the weighted share of rows that are right in full."""
    return np.average((Y_true == Y_pred).all(axis=1), weights=weight)


def test_weights_without_routing_reach_every_fold(data):
    """cross_validate's params go to fit, as with any estimator."""
    X, Y, weight, _ = data
    model = MultiLabelResampledClassifier(TREE, MLROS(random_state=0))
    found = cross_validate(model, X, Y, cv=KFold(3), params={"sample_weight": weight})
    by_hand = folds_by_hand(
        model, X, Y, weight, KFold(3).split(X), lambda y, p, w: (y == p).all(axis=1).mean()
    )
    np.testing.assert_allclose(found["test_score"], by_hand)


@pytest.mark.usefixtures("routing")
def test_routed_weights_and_groups_reach_fit_score_and_folds(data):
    """What estimator, wrapper and splitter request arrives: scores equal a loop by hand."""
    X, Y, weight, groups = data
    model = MultiLabelResampledClassifier(
        clone(TREE).set_fit_request(sample_weight=True), MLROS(random_state=0)
    ).set_score_request(sample_weight=True)
    found = cross_validate(
        model, X, Y, cv=GroupKFold(3), params={"sample_weight": weight, "groups": groups}
    )
    folds = list(GroupKFold(3).split(X, groups=groups))
    by_hand = folds_by_hand(model, X, Y, weight, folds, subset_accuracy)
    np.testing.assert_allclose(found["test_score"], by_hand)


@pytest.mark.usefixtures("routing")
def test_routed_weights_reach_a_named_scorer_within_a_search(data):
    """A weighted Macro-F picks and scores within GridSearchCV."""
    X, Y, weight, _ = data
    model = MultiLabelResampledClassifier(
        clone(TREE).set_fit_request(sample_weight=True), MLROS(random_state=0)
    )
    scorer = get_scorer("f1_macro").set_score_request(sample_weight=True)
    search = GridSearchCV(model, {"estimator__max_depth": [3]}, cv=KFold(3), scoring=scorer)
    search.fit(X, Y, sample_weight=weight)
    by_hand = folds_by_hand(
        model, X, Y, weight, KFold(3).split(X),
        lambda y, p, w: f1_score(y, p, average="macro", sample_weight=w),
    )  # fmt: skip
    assert search.best_score_ == pytest.approx(np.mean(by_hand))


@pytest.mark.usefixtures("routing")
def test_an_unspoken_request_is_an_error_and_a_refusal_is_kept(data):
    """Weights nobody asked for or refused raise; refused ones do not reach the estimator."""
    X, Y, weight, groups = data
    model = MultiLabelResampledClassifier(Consumer(), MLROS(random_state=0))
    with pytest.raises(ValueError, match=r"\[sample_weight\] are passed but are not explicitly"):
        model.fit(X, Y, sample_weight=weight)
    refusing = Consumer().set_fit_request(sample_weight=False, ages=True)
    model = MultiLabelResampledClassifier(refusing, MLROS(random_state=0))
    with pytest.raises(TypeError, match="sample_weight"):
        model.fit(X, Y, sample_weight=weight, ages=groups)
    model.fit(X, Y, ages=groups)
    np.testing.assert_array_equal(
        model.estimator_.given_["ages"], groups[model.sampler_.sample_indices_]
    )


@pytest.mark.usefixtures("routing")
def test_routed_parameters_of_prediction(data):
    """An alias the estimator asks for arrives under its own name."""
    X, Y, _, groups = data
    asking = Consumer().set_predict_request(ages="years").set_predict_proba_request(ages=True)
    model = MultiLabelResampledClassifier(asking, None).fit(X, Y)
    model.predict(X, years=groups)
    assert model.estimator_.asked_ is groups
    model.predict_proba(X, ages=groups)
    assert model.estimator_.asked_ is groups
    with pytest.raises(TypeError, match="ages"):
        model.predict(X, ages=groups)


@pytest.mark.usefixtures("routing")
def test_the_wrapper_itself_requests_weights_for_scoring_only():
    """Its fit routes and consumes nothing, so there is nothing to request for it."""
    model = MultiLabelResampledClassifier(TREE)
    assert hasattr(model, "set_score_request")
    assert not hasattr(model, "set_fit_request")


@pytest.mark.usefixtures("routing")
@pytest.mark.parametrize("make", [Pipeline, ImbalancedPipeline])
def test_routed_weights_cross_pipelines_around_and_inside(data, make):
    """A pipeline around the wrapper and one inside both let weights through."""
    X, Y, weight, _ = data
    consumer = Consumer().set_fit_request(sample_weight=True)
    inside = make(
        [("scale", StandardScaler().set_fit_request(sample_weight=False)), ("model", consumer)]
    )
    wrapper = MultiLabelResampledClassifier(inside, MLROS(random_state=0))
    around = make(
        [("scale", StandardScaler().set_fit_request(sample_weight=False)), ("wrapper", wrapper)]
    )
    around.fit(X, Y, sample_weight=weight)
    fitted = around.named_steps["wrapper"]
    np.testing.assert_array_equal(
        fitted.estimator_.named_steps["model"].given_["sample_weight"],
        weight[fitted.sampler_.sample_indices_],
    )  # fmt: skip


def test_weights_cross_pipelines_without_routing(data):
    """step__parameter reaches the innermost step, outside and inside the wrapper."""
    X, Y, weight, _ = data
    inside = Pipeline([("scale", StandardScaler()), ("model", Consumer())])
    wrapper = MultiLabelResampledClassifier(inside, MLROS(random_state=0))
    around = Pipeline([("scale", StandardScaler()), ("wrapper", wrapper)])
    around.fit(X, Y, wrapper__model__sample_weight=weight)
    fitted = around.named_steps["wrapper"]
    np.testing.assert_array_equal(
        fitted.estimator_.named_steps["model"].given_["sample_weight"],
        weight[fitted.sampler_.sample_indices_],
    )


def test_weights_reach_multi_output_classifier(data):
    """MultiOutputClassifier weighs each label's own classifier."""
    X, Y, weight, _ = data
    inner = MultiOutputClassifier(LogisticRegression())
    model = MultiLabelResampledClassifier(inner, MLROS(random_state=0)).fit(X, Y, weight)
    sampler = MLROS(random_state=0)
    X_res, Y_res = sampler.fit_resample(X, Y)
    for j in range(4):
        alone = LogisticRegression().fit(X_res, Y_res[:, j], weight[sampler.sample_indices_])
        np.testing.assert_allclose(model.predict_proba(X)[:, j], alone.predict_proba(X)[:, 1])


@pytest.mark.parametrize("first", ["import skml_aemlo", "set_config(enable_metadata_routing=True)"])
def test_routing_may_be_enabled_before_or_after_the_import(first):
    """A sampler in imbalanced-learn's pipeline is routed around either way."""
    code = f"""
from sklearn import set_config
{first}
import skml_aemlo, numpy as np
set_config(enable_metadata_routing=True)
from imblearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier
tree = DecisionTreeClassifier().set_fit_request(sample_weight=True)
X, Y = np.arange(20.0)[:, None], np.tile([[1, 0], [1, 1], [1, 0], [0, 0]], (5, 1))
model = skml_aemlo.MultiLabelResampledClassifier(make_pipeline(tree), None)
model.fit(X, Y, sample_weight=np.ones(20))
make_pipeline(skml_aemlo.MLROS(random_state=0), DecisionTreeClassifier()).fit(X, Y).predict(X)
print("done")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "done\n", done.stderr


def test_there_is_no_partial_fit():
    """Resampling a batch knows nothing of the others, so it is not offered."""
    from sklearn.linear_model import SGDClassifier

    model = MultiLabelResampledClassifier(MultiOutputClassifier(SGDClassifier()))
    assert not hasattr(model, "partial_fit")


@pytest.mark.parametrize(
    "make",
    [
        TunedThresholdsClassifierCV,
        FixedThresholdsClassifier,
        EnsembleOfSampling,
        BinaryRelevance,
        lambda tree: RakelD(base_classifier=tree),
    ],
)
def test_weights_that_would_be_lost_on_the_way_are_refused(make, data, routing):
    """A classifier that hands nothing on says so, where what is inside requests weights."""
    X, Y, weights, _ = data
    asking = clone(TREE).set_fit_request(sample_weight=True)
    with pytest.raises(ValueError, match="hands no sample_weight on to DecisionTree"):
        cross_validate(make(asking), X, Y, cv=2, params={"sample_weight": weights})
    assert np.isfinite(cross_validate(make(TREE), X, Y, cv=2)["test_score"]).all()
