"""The published contract: our samplers keep it, and each rule catches a sampler that breaks it."""

# each broken sampler below bears its fault as its name
# ruff: noqa: D101, D102

import random
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from registered import NAMES, quick_sampler
from sklearn.base import BaseEstimator

from skml_aemlo import MLROS, MultiLabelSampler, Resampling, measures
from skml_aemlo.testing import check_sampler, sampler_checks


@pytest.mark.parametrize("name", NAMES)
def test_our_own_samplers_keep_the_contract(name):
    """check_sampler is silent about every registered sampler."""
    check_sampler(quick_sampler(name))


class Doubling(MultiLabelSampler):
    """Right, and the base of all that is wrong below: each row and a shifted copy of it."""

    def __init__(self, shift: float = 1.0, *, random_state: Any = None) -> None:
        self.shift = shift
        self.random_state = random_state

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        rows = np.arange(Y.shape[0])
        made = (X.toarray() if sp.issparse(X) else X) + self._moved(X, rng)
        return Resampling(np.append(rows, rows), sp.vstack([Y, Y], format="csr"), made)

    def _moved(self, X: Any, rng: np.random.Generator) -> Any:
        return self.shift * rng.random()


def test_a_sampler_written_by_the_book_keeps_the_contract():
    """A third party's ``_resample`` on the base class passes all checks."""
    check_sampler(Doubling())


class Rebuilding(Doubling):
    """Makes every row anew, and keeps none."""

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        made = (X.toarray() if sp.issparse(X) else X) + self._moved(X, rng)
        return Resampling(np.arange(Y.shape[0]), Y, made)


class Overlapping(Doubling):
    """Some of its new rows come out as the rows that they grew from."""

    def _moved(self, X: Any, rng: np.random.Generator) -> Any:
        return (np.arange(X.shape[0]) % 3 == 0)[:, None] * 0.5


class Refusing(Doubling):
    """Says in its own words what it cannot do."""

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        if not len(measures.minority_labels(Y)):
            raise ValueError("Y has no minority label; leave this sampler out.")
        return super()._resample(X, Y, rng)


@pytest.mark.parametrize("right", [Rebuilding, Overlapping, Refusing])
def test_unusual_samplers_keep_the_contract(right):
    """A rule against carelessness refuses none that is merely unlike ours."""
    check_sampler(right())


class Reversing(MultiLabelSampler):
    """Draws a number and does nothing with it, and has no seed."""

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        rows = np.arange(Y.shape[0] + int(rng.random()))[::-1]
        return Resampling(rows, Y[rows])


class Passing(MultiLabelSampler):
    """Leaves all drawing to the sampler inside it, which has a seed of its own."""

    def __init__(self, inside: Any) -> None:
        self.inside = inside

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        return self.inside._resample_within(self, X, Y, rng)


def test_a_sampler_without_a_seed_may_leave_it_to_its_part():
    """What has its own random_state, or none to need, is not told that it lacks one."""
    check_sampler(Reversing())
    check_sampler(Passing(MLROS(random_state=0)))


class SetsMore(Doubling):
    def __init__(self, shift: float = 1.0, *, random_state: Any = None) -> None:
        super().__init__(shift, random_state=random_state)
        self.ready = True


class NoSampler(BaseEstimator):
    def fit_resample(self, X: Any, Y: Any) -> Any:
        return MLROS(random_state=0).fit_resample(X, Y)


class ChangesAParameter(Doubling):
    def _moved(self, X: Any, rng: np.random.Generator) -> Any:
        self.shift = 2.0
        return 1.0


class AlwaysDense(Doubling):
    def fit_resample(self, X: Any, Y: Any) -> Any:
        X_res, Y_res = super().fit_resample(X, Y)
        return X_res.toarray() if sp.issparse(X_res) else X_res, Y_res


class LooksAtTheContainer(Doubling):
    def _moved(self, X: Any, rng: np.random.Generator) -> Any:
        return 1.0 if sp.issparse(X) else 2.0


class WritesIntoX(Doubling):
    def fit_resample(self, X: Any, Y: Any) -> Any:
        result = super().fit_resample(X, Y)
        if isinstance(X, np.ndarray) and X.flags.writeable:
            X[0] = 7
        return result


class HandsBack(Doubling):
    def fit_resample(self, X: Any, Y: Any) -> Any:
        super().fit_resample(X, Y)
        self.sample_indices_, self.is_synthetic_ = np.arange(len(Y)), np.zeros(len(Y), bool)
        return X, Y


class NeedsToWrite(Doubling):
    def fit_resample(self, X: Any, Y: Any) -> Any:
        if isinstance(X, np.ndarray):
            X[0] = X[0]
        return super().fit_resample(X, Y)


class CountsLabels(Doubling):
    def fit_resample(self, X: Any, Y: Any) -> Any:
        X_res, Y_res = super().fit_resample(X, Y)
        return X_res, Y_res + Y_res if isinstance(Y_res, np.ndarray) else Y_res


class OverflowsQuietly(Doubling):
    def fit_resample(self, X: Any, Y: Any) -> Any:
        X_res, Y_res = super().fit_resample(X, Y)
        if isinstance(X_res, np.ndarray):
            X_res[-1] = np.inf
        return X_res, Y_res


class CallsItsRowsReal(Doubling):
    def fit_resample(self, X: Any, Y: Any) -> Any:
        result = super().fit_resample(X, Y)
        self.is_synthetic_[:] = False
        return result


class TellsTooLittle(Doubling):
    def fit_resample(self, X: Any, Y: Any) -> Any:
        result = super().fit_resample(X, Y)
        self.sample_indices_ = self.sample_indices_[:-1]
        return result


class GivesTheWholeTable(Doubling):
    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        decided = super()._resample(X, Y, rng)
        table = X.toarray() if sp.issparse(X) else X
        return Resampling(decided.source, decided.Y, np.vstack([table, decided.X_new]))


class ScalesTheWholeTable(Doubling):
    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        decided = super()._resample(X, Y, rng)
        table = X.toarray() if sp.issparse(X) else X
        scaled = np.vstack([table / 3 + 0.1, decided.X_new])
        scaled[: len(table)] = (scaled[: len(table)] - 0.1) * 3  # there and back, to the last digit
        return Resampling(decided.source, decided.Y, scaled)


class ClonesAsNew(Doubling):
    def _moved(self, X: Any, rng: np.random.Generator) -> Any:
        return 0.0


class DrawsElsewhere(Doubling):
    def _moved(self, X: Any, rng: np.random.Generator) -> Any:
        return np.random.default_rng().random()


class TakesNoGenerator(Doubling):
    def _moved(self, X: Any, rng: np.random.Generator) -> Any:
        return np.random.RandomState(self.random_state).random()


class DeafToNumpysSeed(Doubling):
    def _moved(self, X: Any, rng: np.random.Generator) -> Any:
        return rng.random() if self.random_state is not None else np.random.default_rng().random()


class AdvancesTheGlobalStream(Doubling):
    def _moved(self, X: Any, rng: np.random.Generator) -> Any:
        np.random.random()  # noqa: NPY002 - the fault to be found
        return 1.0


class TakesAnything(Doubling):
    def fit_resample(self, X: Any, Y: Any) -> Any:
        try:
            return super().fit_resample(X, Y)
        except ValueError:
            return X, Y


class LeavesHalf(Doubling):
    def fit_resample(self, X: Any, Y: Any) -> Any:
        self.sample_indices_ = np.arange(3)
        return super().fit_resample(X, Y)


class StumblesOverEmptyLabels(Doubling):
    def _moved(self, X: Any, rng: np.random.Generator) -> Any:
        return X[10_000] if X.shape[0] < 3 else 1.0


class ChoosesAmongNone(Doubling):
    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        rng.choice(np.flatnonzero(Y.sum(axis=1)), 3)
        return super()._resample(X, Y, rng)


class JoinsNothing(Doubling):
    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        rare = measures.minority_labels(Y)
        np.concatenate([np.flatnonzero(Y[:, [label]].toarray()) for label in rare])
        return super()._resample(X, Y, rng)


class TakesTheMaximumOfNothing(Doubling):
    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        np.max(measures.minority_labels(Y))
        return super()._resample(X, Y, rng)


class ReshapesNothing(Doubling):
    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        rare = measures.minority_labels(Y)
        rare.reshape(-1, len(rare))
        return super()._resample(X, Y, rng)


class CountsTheMeanOfNothing(Doubling):
    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        with np.errstate(all="ignore"):
            int(np.nansum(Y.sum(axis=0)) / np.float64(len(measures.minority_labels(Y))) * 0)
        return super()._resample(X, Y, rng)


class NeedsTwoBearers(Doubling):
    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        for label in measures.minority_labels(Y):
            rng.choice(np.flatnonzero(Y[:, [label]].toarray()), 2, replace=False)
        return super()._resample(X, Y, rng)


class NeedsTwoOfPythons(Doubling):
    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        for label in measures.minority_labels(Y):
            bearers = np.flatnonzero(Y[:, [label]].toarray()).tolist()
            random.Random(int(rng.integers(99))).sample(bearers, 2)
        return super()._resample(X, Y, rng)


class DrawsUnseeded(MultiLabelSampler):
    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        rows = rng.permutation(Y.shape[0])
        return Resampling(rows, Y[rows])


class LabelsUnseeded(MultiLabelSampler):
    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        given = rng.random(Y.shape) < 0.5
        return Resampling(np.arange(Y.shape[0]), sp.csr_array(given.astype(np.int8)))


class ShiftsUnseeded(MultiLabelSampler):
    def __init__(self, inside: Any = None) -> None:
        self.inside = inside

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        made = (X.toarray() if sp.issparse(X) else X) + rng.random()
        return Resampling(np.arange(Y.shape[0]), Y, made)


class NeverTwiceAlike(Doubling):
    calls = 0

    def _moved(self, X: Any, rng: np.random.Generator) -> Any:
        NeverTwiceAlike.calls += 1
        return float(NeverTwiceAlike.calls)


BROKEN = {
    SetsMore: "check_parameters_are_stored_and_nothing_else",
    NoSampler: "check_it_is_a_sampler_of_several_labels",
    ChangesAParameter: "check_fitting_changes_no_parameter",
    AlwaysDense: "check_containers_come_back",
    LooksAtTheContainer: "check_containers_change_no_row",
    WritesIntoX: "check_what_is_given_stays_as_it_is",
    HandsBack: "check_what_is_given_stays_as_it_is",
    NeedsToWrite: "check_read_only_arrays_are_taken",
    CountsLabels: "check_labels_stay_binary",
    OverflowsQuietly: "check_labels_stay_binary",
    CallsItsRowsReal: "check_provenance_is_told",
    TellsTooLittle: "check_provenance_is_told",
    GivesTheWholeTable: "check_rows_called_new_are_new",
    ScalesTheWholeTable: "check_rows_called_new_are_new",
    ClonesAsNew: "check_rows_called_new_are_new",
    DrawsElsewhere: "check_a_seed_repeats_the_rows",
    TakesNoGenerator: "check_every_kind_of_random_state_is_taken",
    DeafToNumpysSeed: "check_every_kind_of_random_state_is_taken",
    DrawsUnseeded: "check_what_is_drawn_can_be_seeded",
    LabelsUnseeded: "check_what_is_drawn_can_be_seeded",
    ShiftsUnseeded: "check_what_is_drawn_can_be_seeded",
    AdvancesTheGlobalStream: "check_global_random_streams_stay_untouched",
    TakesAnything: "check_bad_input_is_refused",
    LeavesHalf: "check_bad_input_is_refused",
    StumblesOverEmptyLabels: "check_degenerate_data_are_taken_or_refused",
    ChoosesAmongNone: "check_labels_without_positives_are_thought_of",
    JoinsNothing: "check_labels_without_positives_are_thought_of",
    TakesTheMaximumOfNothing: "check_labels_without_positives_are_thought_of",
    ReshapesNothing: "check_labels_without_positives_are_thought_of",
    CountsTheMeanOfNothing: "check_labels_without_positives_are_thought_of",
    NeedsTwoBearers: "check_labels_without_positives_are_thought_of",
    NeedsTwoOfPythons: "check_labels_without_positives_are_thought_of",
    NeverTwiceAlike: "check_models_resample_when_they_are_fitted_only",
}


@pytest.mark.parametrize(
    ("broken", "rule"), BROKEN.items(), ids=lambda a: getattr(a, "__name__", a)
)
def test_a_sampler_that_breaks_a_rule_is_told_which(broken, rule):
    """The error names the check that the fault is about."""
    with pytest.raises(AssertionError, match=rule) as caught:
        check_sampler(broken())
    assert str(caught.value).startswith(f"{broken.__name__} fails")


def test_every_check_has_a_sampler_that_breaks_it():
    """No rule is without its counterexample above."""
    assert {check.__name__ for _, check in sampler_checks(MLROS())} == set(BROKEN.values())


@pytest.mark.parametrize("broken", [NeedsTwoBearers, NeedsTwoOfPythons])
def test_a_label_of_one_bearer_is_named(broken):
    """The remedy is in the table: which Y it was, and what numpy or random said of it."""
    with pytest.raises(AssertionError, match="with a minority label of a single bearer in Y"):
        check_sampler(broken())


def test_checks_come_with_fresh_copies():
    """What one check does to its sampler, the next one does not see."""
    sampler = MLROS()
    given = [own for own, _ in sampler_checks(sampler)]
    assert len({id(own) for own in [*given, sampler]}) == len(given) + 1


def test_numpys_stream_is_given_back():
    """The checks themselves leave the global stream where it was."""
    before = repr(np.random.get_state(legacy=False))  # noqa: NPY002 - the stream is the subject
    check_sampler(MLROS())
    assert repr(np.random.get_state(legacy=False)) == before  # noqa: NPY002


class Boxing(BaseEstimator):
    """Keeps something else than it was given, so that no clone can be made."""

    def __init__(self, shift: float = 1.0) -> None:
        self.shift = [shift]

    def fit_resample(self, X: Any, y: Any) -> Any:
        return X, y


def test_a_sampler_that_cannot_be_cloned_fails_by_name():
    """scikit-learn's RuntimeError came instead of the list of broken rules."""
    with pytest.raises(
        AssertionError, match=r"(?s)modifies parameter shift.*check_parameters_are_stored"
    ):
        check_sampler(Boxing())


@pytest.mark.parametrize("thing", [None, "mlros", 5, MLROS, object(), BaseEstimator(), [MLROS()]])
def test_what_is_no_sampler_object_is_refused(thing):
    """With a class, a name or a list scikit-learn's cloning had the word."""
    with pytest.raises(TypeError, match=r"^sampler=.*expected a sampler object"):
        check_sampler(thing)
    with pytest.raises(TypeError, match=r"^sampler=.*expected a sampler object"):
        list(sampler_checks(thing))


class Fails(Doubling):
    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        raise RuntimeError("no such thing " + 500 * "x")


def test_one_fault_is_told_once_and_briefly():
    """What breaks many rules is said after all of them, not after each, and not at any length."""
    with pytest.raises(AssertionError) as caught:
        check_sampler(Fails())
    told = str(caught.value)
    assert told.count("check_") >= 10
    assert told.count("no such thing") == 1
    assert max(map(len, told.splitlines())) < 420


class FailsWhateverComes(Doubling):
    def fit_resample(self, X: Any, Y: Any) -> Any:
        raise RuntimeError("no such thing")

    _fit_resample = fit_resample

    def _read(self, X: Any, Y: Any) -> Any:
        raise RuntimeError("no such thing")

    def __sklearn_tags__(self) -> Any:
        raise RuntimeError("no such thing")


def test_an_error_that_all_failing_checks_end_in_comes_first():
    """It stood under a dozen rules, which are no help until it is mended."""
    with pytest.raises(AssertionError) as caught:
        check_sampler(FailsWhateverComes())
    first, second, *rules = str(caught.value).splitlines()
    assert first.endswith("checks, all by one error; mend it first:")
    assert second == "  RuntimeError: no such thing"
    assert all(rule.startswith("- check_") for rule in rules)
    assert len(rules) > 10
