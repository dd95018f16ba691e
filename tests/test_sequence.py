"""Sequences equal their samplers applied by hand, and trace rows to the first input."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from imblearn.over_sampling import SMOTE
from sklearn.base import clone

from skml_aemlo import MLROS, MLRUS, MLSMOTE, REMEDIAL, SamplerSequence, make_sampler


@pytest.fixture
def mixed():
    """Return 120 rows in which rare and frequent labels concur."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(120, 3))
    Y = (rng.random((120, 4)) < [0.8, 0.5, 0.15, 0.08]).astype(int)
    return X, Y


def test_equals_the_samplers_applied_by_hand(mixed):
    """Two seeded steps give the rows of the two calls, and provenance reaches the first input."""
    X, Y = mixed
    first, second = REMEDIAL(), MLSMOTE(random_state=4)
    by_hand = second.fit_resample(*first.fit_resample(X, Y))
    sequence = SamplerSequence([REMEDIAL(), MLSMOTE(random_state=4)])
    X_res, Y_res = sequence.fit_resample(X, Y)
    np.testing.assert_array_equal(X_res, by_hand[0])
    np.testing.assert_array_equal(Y_res, by_hand[1])
    expected = first.sample_indices_[second.sample_indices_]
    np.testing.assert_array_equal(sequence.sample_indices_, expected)
    np.testing.assert_array_equal(sequence.is_synthetic_, second.is_synthetic_)


@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
def test_made_rows_come_last_and_stay_marked(mixed, container):
    """Clones of made rows are still made, copies of real rows come before them."""
    X, Y = mixed
    sequence = SamplerSequence([MLSMOTE(), MLROS(fraction=0.5)], random_state=0)
    X_res, _ = sequence.fit_resample(container(X), Y)
    X_res = X_res.toarray() if sp.issparse(X_res) else X_res
    made = sequence.is_synthetic_
    assert np.all(np.diff(made.astype(int)) >= 0)
    np.testing.assert_array_equal(X_res[~made], X[sequence.sample_indices_[~made]])
    real = {tuple(row) for row in X}
    assert not any(tuple(row) in real for row in X_res[made])


def test_references_reach_the_first_input(mixed):
    """What a made row moves towards is a row of the first input, also after later steps."""
    X, Y = mixed
    first, second = REMEDIAL(), MLSMOTE(random_state=4)
    second.fit_resample(*first.fit_resample(X, Y))
    sequence = SamplerSequence([REMEDIAL(), MLSMOTE(random_state=4), MLRUS(fraction=0.2)])
    sequence.set_params(random_state=0).fit_resample(X, Y)
    kept = sequence.samplers_[-1][1].sample_indices_
    order = np.argsort(second.is_synthetic_[kept], kind="stable")
    expected = first.sample_indices_[second.reference_indices_[kept]][order]
    np.testing.assert_array_equal(sequence.reference_indices_, expected)
    made = sequence.is_synthetic_
    copied = sequence.sample_indices_[~made]
    np.testing.assert_array_equal(sequence.reference_indices_[~made], copied)
    sequence.set_params(samplers=[REMEDIAL()]).fit_resample(X, Y)
    assert not hasattr(sequence, "reference_indices_")


def test_steps_share_one_stream_but_not_its_numbers(mixed):
    """Two unseeded samplers of one kind draw different rows, and a seed repeats them."""
    X, Y = mixed
    sequence = SamplerSequence([MLROS(fraction=0.1), MLROS(fraction=0.1)], random_state=0)
    sequence.fit_resample(X, Y)
    once = sequence.sample_indices_
    sequence.fit_resample(X, Y)
    np.testing.assert_array_equal(sequence.sample_indices_, once)
    first = sequence.samplers_[0][1].sample_indices_[120:]
    second = sequence.samplers_[1][1].sample_indices_[120 + len(first) :]
    assert first.tolist() != second.tolist()


def test_the_given_samplers_stay_unfitted(mixed):
    """Clones are fitted; those passed in keep their state."""
    step = MLROS()
    SamplerSequence([step]).fit_resample(*mixed)
    assert not hasattr(step, "sample_indices_")


def test_parameters_are_reached_by_name():
    """Names are class names in lower case, numbered when they repeat, or those given."""
    sequence = SamplerSequence([MLROS(), MLROS(), ("thin", MLRUS())])
    sequence.set_params(**{"mlros-2__fraction": 0.5, "thin__fraction": 0.1})
    assert [step.fraction for step in (sequence.samplers[0], sequence.samplers[1])] == [0.25, 0.5]
    assert sequence.get_params()["thin__fraction"] == 0.1
    assert clone(sequence).get_params()["mlros-2__fraction"] == 0.5


def test_text_passes_through_samplers_that_read_no_features():
    """A sequence of row copiers takes a list of texts."""
    Y = [[1, 0], [1, 0], [1, 0], [1, 1]]
    X_res, _ = SamplerSequence([REMEDIAL(), MLROS()], random_state=0).fit_resample(list("abcd"), Y)
    assert X_res[:5] == ["a", "b", "c", "d", "d"]


@pytest.mark.parametrize("samplers", [[], ["mlros"], [None]])
def test_refuses_what_is_no_sampler(samplers, mixed):
    """An empty sequence or a foreign step is named in one clear error."""
    with pytest.raises((TypeError, ValueError), match="samplers must hold"):
        SamplerSequence(samplers).fit_resample(*mixed)


@pytest.mark.parametrize(
    ("step", "remedy"),
    [
        (MLROS, r"give an instance, MLROS\(\)"),
        ("mlros", r"make_sampler\('mlros'\)"),
        (SMOTE(), r"LabelPowersetSampler\(SMOTE\(\)\)"),
        (None, "or leave it out"),
        (("mlros",), r"a \(name, sampler\) pair"),
        (("first", MLROS), r"give an instance, MLROS\(\)"),
    ],
)
def test_every_wrong_step_gets_its_own_remedy(step, remedy, mixed):
    """The place of the step and what to give instead are in the message."""
    with pytest.raises(TypeError, match=rf"samplers\[1\] is .*: .*{remedy}.*\.$"):
        SamplerSequence([REMEDIAL(), step]).fit_resample(*mixed)


@pytest.mark.parametrize("name", ["remedial-mlros", "remedial-mlsmote"])
def test_recipes_start_by_tearing_rows(name, mixed):
    """The REMEDIAL-HwR recipes tear exactly the rows REMEDIAL tears."""
    X, Y = mixed
    torn = REMEDIAL()
    torn.fit_resample(X, Y)
    recipe = make_sampler(name, random_state=0)
    recipe.fit_resample(X, Y)
    np.testing.assert_array_equal(
        recipe.sample_indices_[: len(torn.sample_indices_)], torn.sample_indices_
    )


def test_label_names_reach_the_steps(mixed):
    """A step may name its labels as the caller's DataFrame does."""
    pd = pytest.importorskip("pandas")
    X, Y = mixed
    frame = pd.DataFrame(Y, columns=list("abcd"))
    before = int(frame["d"].sum())
    step = MLROS(sampling_strategy={"d": before + 3})
    _, Y_res = SamplerSequence([step], random_state=0).fit_resample(X, frame)
    assert Y_res["d"].sum() == before + 3


def test_a_whole_step_is_replaced_by_name(mixed):
    """set_params(name=sampler) puts that sampler in place of the step."""
    sequence = SamplerSequence([("first", REMEDIAL()), ("second", MLROS())])
    sequence.set_params(second=MLRUS(), second__fraction=0.1)
    assert [type(step) for _, step in sequence.samplers] == [REMEDIAL, MLRUS]
    assert sequence.samplers[1][1].fraction == 0.1
    assert len(sequence.fit_resample(*mixed)[0]) < len(REMEDIAL().fit_resample(*mixed)[0])


@pytest.mark.parametrize("samplers", [[("a",)], [MLROS], [("a__b", MLROS())], [(3, MLROS())]])
def test_malformed_steps_are_refused(samplers, mixed):
    """A pair without a sampler, a class, and names that cannot be reached are named."""
    sequence = SamplerSequence(samplers)
    sequence.get_params()
    with pytest.raises((TypeError, ValueError), match="samplers"):
        sequence.fit_resample(*mixed)


def test_samplers_that_disagree_about_nominal_columns_are_refused(mixed):
    """No setting is overridden without a word."""
    settings = [0], [1]
    sequence = SamplerSequence([MLSMOTE(categorical_features=s) for s in settings])
    with pytest.raises(ValueError, match=r"samplers disagree about categorical_features: \[\[0\]"):
        sequence.fit_resample(*mixed)


def test_a_sequence_takes_none_for_no_nominal_column(mixed):
    """None among its samplers is a setting, as it is without a sequence."""
    X, Y = mixed
    frame = pd.DataFrame({"flag": X[:, 0] > 0, "x": X[:, 1]})
    sequence = SamplerSequence([MLSMOTE(categorical_features=None)], random_state=0)
    sequence.fit_resample(frame, Y)
    assert not sequence.categorical_features_.any()
    sequence.set_params(samplers=[MLSMOTE()]).fit_resample(frame, Y)
    assert sequence.categorical_features_.tolist() == [True, False]
