"""``sampling_strategy``: which labels, and how many positives each."""

import warnings
from collections import UserDict
from types import MappingProxyType

import numpy as np
import oracles
import pandas as pd
import pytest
import scipy.sparse as sp
import strategies
from hypothesis import given
from hypothesis import strategies as st
from registered import names_with, parameter_called, quick_sampler

from skml_aemlo import SAMPLERS, _strategy, make_sampler
from skml_aemlo._strategy import (
    draw_for_targets,
    number_of,
    wanted_labels,
    warn_missed,
)

# counts 6, 3, 1, 0: IRLbl 1, 2, 6; MeanIR 3
SKEWED = sp.csr_array(
    np.array([[1, 1, 1, 0], [1, 1, 0, 0], [1, 1, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]])
)
BALANCED = sp.csr_array(np.array([[1, 0], [0, 1], [1, 0], [0, 1]]))
NAMES = np.array(["sea", "sky", "owl", "yeti"], dtype=object)


def written(strategy):
    """Return an id that is the same in every process: the repr of a function holds its address."""
    return getattr(strategy, "__name__", None) or repr(strategy)


@pytest.mark.parametrize(("under", "expected"), [(False, [2]), (True, [0, 1])])
def test_auto_takes_the_paper_s_labels(under, expected):
    """Minority labels grow, majority labels shrink; the empty label is neither."""
    labels, targets = wanted_labels("auto", SKEWED, under=under)
    assert labels.tolist() == expected
    assert targets is None


@given(Y=strategies.label_matrices(), under=st.booleans())
def test_auto_is_the_definition(Y, under):
    """On any Y, "auto" is IRLbl > MeanIR, or the other labels that occur."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # some of these Y are balanced
        labels, _ = wanted_labels("auto", sp.csr_array(Y), under=under)
    assert labels.tolist() == (oracles.majority(Y) if under else oracles.minority(Y))


@pytest.mark.parametrize(
    "strategy",
    [
        ["owl", "sea"],
        [2, 0],
        ("owl", 0),
        np.array([2, 0]),
        np.array(["owl", "sea"]),
        [np.int8(2), 0],
    ],
    ids=written,
)
def test_labels_are_taken_by_name_or_index_in_the_order_given(strategy):
    """Names, indices and a mixture of both say the same."""
    labels, targets = wanted_labels(strategy, SKEWED, NAMES)
    assert labels.tolist() == [2, 0]
    assert targets is None


@pytest.mark.parametrize("strategy", [{"owl": 4, "sky": 3}, {2: 4, 1: np.int64(3)}], ids=written)
def test_a_dict_gives_the_wanted_numbers(strategy):
    """A dict's keys are labels, its values the positives each should end with."""
    labels, targets = wanted_labels(strategy, SKEWED, NAMES)
    assert labels.tolist() == [2, 1]
    assert targets.tolist() == [4, 3]


def test_a_dict_may_shrink_where_rows_are_removed():
    """With rows to be removed, a wanted number lies below the present one."""
    labels, targets = wanted_labels({"sea": 2, "owl": 0}, SKEWED, NAMES, under=True)
    assert labels.tolist() == [0, 2]
    assert targets.tolist() == [2, 0]


@pytest.mark.parametrize("under", [False, True])
def test_a_dict_may_ask_for_what_is_there(under):
    """The present number is reachable in either direction."""
    _, targets = wanted_labels({"sea": 6, "owl": 1, "yeti": 0}, SKEWED, NAMES, under=under)
    assert targets.tolist() == [6, 1, 0]


@pytest.mark.parametrize(
    ("answer", "labels", "targets"),
    [("auto", [2], None), (["owl"], [2], None), ({"owl": 5}, [2], [5])],
    ids=written,
)
def test_a_callable_gets_Y_and_returns_a_strategy(answer, labels, targets):
    """Whatever a callable returns is read as if it had been given."""
    seen = []

    def strategy(Y):
        seen.append(Y)
        return answer

    found, wanted = wanted_labels(strategy, SKEWED, NAMES)
    assert found.tolist() == labels
    assert (None if wanted is None else wanted.tolist()) == targets
    assert len(seen) == 1
    assert seen[0] is SKEWED


@pytest.mark.parametrize("strategy", [[], {}, np.array([], dtype=int)], ids=written)
def test_no_label_is_a_strategy_too(strategy):
    """An empty choice is obeyed."""
    labels, _ = wanted_labels(strategy, SKEWED)
    assert labels.shape == (0,)
    assert labels.dtype.kind == "i"


@pytest.mark.parametrize(
    "strategy", ["minority", True, 3, 0.5, None, lambda Y: 7, lambda Y: "not majority"], ids=written
)
def test_what_is_no_strategy_is_refused(strategy):
    """imbalanced-learn's words, numbers and None are refused with what is expected."""
    with pytest.raises(ValueError, match=r"sampling_strategy must be 'auto', a list .*; got "):
        wanted_labels(strategy, SKEWED, NAMES)


@pytest.mark.parametrize(
    "strategy",
    [["bear"], [4], [-1], [0, 99], [True, 1], {True}, [1.0], [None], {"bear": 3}, {True: 7}, [[0]]],
    ids=written,
)
def test_an_unknown_label_is_named_with_those_known(strategy):
    """A label that is not there is refused, and a boolean is no index."""
    with pytest.raises(ValueError, match=r"unknown label .*; known are indices 0 to 3 or names"):
        wanted_labels(strategy, SKEWED, NAMES)


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series], ids=written)
def test_a_mask_marks_labels_and_is_not_read_as_indices(kind):
    """Its values would mean the labels 0 and 1 if they were indices."""
    labels, targets = wanted_labels(kind([False, False, True, True]), SKEWED, NAMES)
    assert labels.tolist() == [2, 3]
    assert targets is None


@pytest.mark.parametrize("mask", [[True], [False] * 5])
def test_a_mask_of_another_length_is_refused(mask):
    """A mask says yes or no for every label."""
    with pytest.raises(ValueError, match=f"one entry for each of 4 labels; got {len(mask)}"):
        wanted_labels(mask, SKEWED)


def test_a_callable_that_fails_is_told_what_it_got():
    """Whoever expected a DataFrame learns what the callable is given."""
    with pytest.raises(ValueError, match=r"sampling_strategy, a callable, raised Attr.* csr_array"):
        wanted_labels(lambda Y: list(Y.columns), SKEWED, NAMES)


def test_a_misspelt_name_gets_the_close_ones():
    """A name that is nearly known is answered with those near it."""
    with pytest.raises(ValueError, match=r"unknown label 'skye'; did you mean 'sky'\?$"):
        wanted_labels(["skye"], SKEWED, NAMES)


def test_hundreds_of_names_are_not_all_listed():
    """The message shows eight names and the number of the others."""
    Y = sp.csr_array(np.eye(300, dtype=np.int8))
    names = np.array([f"label{j}" for j in range(300)], dtype=object)
    with pytest.raises(ValueError, match=r"'label7'\] and 292 more\.$"):
        wanted_labels(["bear"], Y, names)


def test_names_need_a_Y_that_has_them():
    """Without column names only indices are known."""
    with pytest.raises(ValueError, match=r"unknown label 'owl'; known are indices 0 to 3\.$"):
        wanted_labels(["owl"], SKEWED)


@pytest.mark.parametrize("strategy", [[1, 1], ["sky", 1], {"sky": 4, 1: 5}], ids=written)
def test_a_label_named_twice_is_refused(strategy):
    """The same label under two guises is refused."""
    with pytest.raises(ValueError, match="names a label twice"):
        wanted_labels(strategy, SKEWED, NAMES)


@pytest.mark.parametrize(
    ("strategy", "under", "message"),
    [
        ({"sky": 2}, False, r"\['sky'\] asks for 2 positives, .* has 3 and .* only adds rows"),
        ({"sky": 4}, True, r"\['sky'\] asks for 4 positives, .* has 3 and .* only removes rows"),
        ({"yeti": 5}, False, r"\['yeti'\] asks for 5 positives of a label that has none"),
        ({"yeti": 1}, True, r"\['yeti'\] asks for 1 positives, .* has 0"),
    ],
)
def test_an_unreachable_number_is_refused(strategy, under, message):
    """A number the sampler cannot reach is refused before any work."""
    with pytest.raises(ValueError, match=message):
        wanted_labels(strategy, SKEWED, NAMES, under=under)


@pytest.mark.parametrize("wanted", [4.0, 4.5, "4", True, None, -1, [4]], ids=written)
def test_a_wanted_number_is_a_whole_number(wanted):
    """Floats, booleans, text and negatives are no numbers of positives."""
    with pytest.raises(ValueError, match=r"sampling_strategy\[2\] must be a number of positives"):
        wanted_labels({2: wanted}, SKEWED)


def test_auto_warns_about_a_balanced_Y_and_obeys():
    """Almost balanced labels are unlikely to gain; "auto" says so and goes on."""
    with pytest.warns(UserWarning, match=r"almost balanced \(MeanIR 1\.000 < 1\.5, CVIR 0\.000"):
        labels, _ = wanted_labels("auto", BALANCED)
    assert labels.tolist() == []


def test_labels_named_by_the_caller_silence_the_warning():
    """Who names labels has decided."""
    labels, _ = wanted_labels([1], BALANCED)
    assert labels.tolist() == [1]


@pytest.mark.parametrize(
    ("counts", "warns"),
    [
        ([10, 10], True),
        ([12, 10], True),
        ([30, 10], False),  # MeanIR 2
        ([13, 13, 13, 7], False),  # MeanIR 1.214, CVIR 0.353
        ([10, 0], False),  # one label left: nothing to compare
        ([0, 0], False),
    ],
)
def test_the_warning_follows_both_bounds(counts, warns):
    """MeanIR below 1.5 alone does not make a Y balanced: CVIR must be below 0.2 as well."""
    Y = sp.csr_array((np.arange(40)[:, None] < np.array(counts)).astype(np.int8))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        wanted_labels("auto", Y)
    assert bool(caught) is warns


@st.composite
def reachable_needs(draw):
    """Draw (bears, need, once) where some choice of rows meets the need exactly."""
    bears = draw(strategies.label_matrices(min_rows=2, max_rows=8, max_labels=4))
    once = draw(st.booleans())
    times = draw(st.lists(st.integers(0, 1 if once else 3), min_size=len(bears)))
    return bears, np.array(times[: len(bears)]) @ bears, once


@given(case=reachable_needs(), seed=st.integers(0, 3))
def test_a_need_that_can_be_met_is_met_exactly(case, seed):
    """Where some rows have the wanted column sums, the rows drawn have them."""
    bears, need, once = case
    rows = draw_for_targets(sp.csr_array(bears), need, np.random.default_rng(seed), once=once)
    assert bears[rows].sum(axis=0).tolist() == need.tolist()
    assert bears[rows].any(axis=1).all()
    if once:
        assert len(set(rows.tolist())) == len(rows)


@given(
    bears=strategies.label_matrices(min_rows=2, max_rows=5, max_labels=3),
    need=st.lists(st.integers(0, 3), min_size=3, max_size=3),
    once=st.booleans(),
)
def test_any_other_need_is_missed_by_the_least(bears, need, once):
    """No choice of rows, all of them tried, comes nearer in total."""
    need = np.array(need[: bears.shape[1]])
    rows = draw_for_targets(sp.csr_array(bears), need, np.random.default_rng(0), once=once)
    least = oracles.least_miss(bears, need, 1 if once else 3)
    assert np.abs(bears[rows].sum(axis=0) - need).sum() == least


@pytest.mark.parametrize("once", [False, True])
def test_a_dead_end_is_left(once):
    """Two rows bear both labels, many the second alone: those must not use up its number."""
    bears = np.array([[1, 1]] * 5 + [[0, 1]] * 500)
    for seed in range(20):
        rows = draw_for_targets(
            sp.csr_array(bears), np.array([5, 5]), np.random.default_rng(seed), once=once
        )
        assert bears[rows].sum(axis=0).tolist() == [5, 5]


def test_few_draws_are_changed_to_leave_a_dead_end(monkeypatch):
    """The integer program keeps the random draws but for about as many as were missed."""
    changes, mend = [], _strategy._mend

    def watched(patterns, numbers, need, most):
        mended = mend(patterns, numbers, need, most)
        missed = np.abs(need - patterns.T @ numbers).sum()
        changes.append((missed, np.abs(mended - numbers).sum()))
        return mended

    monkeypatch.setattr(_strategy, "_mend", watched)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        bears = (rng.random((80, 8)) < [0.6, 0.5, 0.4, 0.3, 0.3, 0.2, 0.2, 0.1]).astype(np.int8)
        need = bears[rng.integers(80, size=60)].sum(axis=0)
        draw_for_targets(sp.csr_array(bears), need, np.random.default_rng(seed))
    assert len(changes) > 3
    assert all(changed <= 3 * missed for missed, changed in changes)


def test_the_search_for_rows_watches_no_clock(monkeypatch):
    """The same seed gives the same rows on a slow machine and on a fast one."""
    options, milp = [], _strategy.milp

    def watched(*args, **kwargs):
        options.append(dict(kwargs["options"]))
        return milp(*args, **kwargs)

    monkeypatch.setattr(_strategy, "milp", watched)
    bears = np.array([[1, 0, 1], [1, 1, 0], [0, 1, 1]])  # the odd need keeps both tries busy
    draw_for_targets(sp.csr_array(bears), np.array([24, 24, 29]), np.random.default_rng(0))
    assert len(options) == 2
    assert all("time_limit" not in each and each["node_limit"] <= 1000 for each in options)


@pytest.mark.parametrize("bound", ["_LARGEST", "_LARGEST_SPARING"])
def test_a_search_too_large_is_left_out(monkeypatch, bound):
    """Above the largest size the passes decide; between the two sizes needs are still met."""
    monkeypatch.setattr(_strategy, "_LARGEST_SPARING", 0)
    monkeypatch.setattr(_strategy, bound, 0)
    bears, need = np.array([[1, 1]] * 5 + [[0, 1]] * 500), np.array([5, 5])
    missed = 0
    for seed in range(20):
        rows = draw_for_targets(sp.csr_array(bears), need, np.random.default_rng(seed))
        missed += np.abs(bears[rows].sum(axis=0) - need).sum()
    assert (missed > 0) == (bound == "_LARGEST")


def test_an_odd_need_of_pairs_is_missed_by_one():
    """Every row bears two labels and 24 + 24 + 29 is odd: one too few or too many is the least."""
    bears, need = np.array([[1, 0, 1], [1, 1, 0], [0, 1, 1]]), np.array([24, 24, 29])
    rows = draw_for_targets(sp.csr_array(bears), need, np.random.default_rng(0))
    assert np.abs(bears[rows].sum(axis=0) - need).sum() == 1


def test_a_large_need_is_met_with_even_repeats():
    """A hundred thousand draws take no loop, and no row comes twice more often than another."""
    bears = sp.csr_array(np.eye(2, dtype=np.int8)[np.repeat([0, 1], [7, 30])])
    rows = draw_for_targets(bears, np.array([100_000, 11]), np.random.default_rng(0))
    times = np.bincount(rows, minlength=37)
    assert times[:7].sum() == 100_000
    assert times[7:].sum() == 11
    assert np.ptp(times[:7]) <= 1
    assert np.ptp(times[7:]) <= 1


def test_rows_alike_are_drawn_alike():
    """Over many seeds, each of four equal rows is the one drawn about equally often."""
    bears = sp.csr_array(np.ones((4, 1), dtype=np.int8))
    drawn = [
        draw_for_targets(bears, np.array([1]), np.random.default_rng(seed))[0]
        for seed in range(2000)
    ]
    # standard deviation sqrt(2000 * 3/16) = 19
    assert np.all(np.abs(np.bincount(drawn, minlength=4) - 500) < 80)


def test_nobody_to_draw_draws_nobody():
    """Without a bearer there is nothing to draw."""
    rows = draw_for_targets(
        sp.csr_array((3, 2), dtype=np.int8), np.array([4, 0]), np.random.default_rng(0)
    )
    assert rows.shape == (0,)


@pytest.mark.parametrize(
    ("fraction", "n", "rows"),
    [(0.29, 100, 29), (0.25, 10, 2), (0.0, 7, 0), (0.1, 30, 3), (0.999, 1000, 999), (2, 5, 10)],
)
def test_a_budget_is_the_whole_part(fraction, n, rows):
    """int(fraction * n), as exact fractions have it."""
    assert number_of(fraction, n) == rows


def test_what_was_missed_is_told_by_name():
    """Every label that misses its number is named, with both numbers."""
    counts, labels, targets = np.array([6, 4, 1, 0]), np.array([1, 0]), np.array([7, 6])
    message = "1 of 2 labels miss their number, by 3 positives in all.*"
    with pytest.warns(UserWarning, match=message + "label 'sky': wanted 7, got 4"):
        warn_missed(counts, labels, targets, NAMES)
    with pytest.warns(UserWarning, match=message + "label 1: wanted 7, got 4"):
        warn_missed(counts, labels, targets)


def test_why_a_number_was_missed_is_told():
    """A single positive is the reason of its own label alone, and of no label that was met."""
    counts, labels, alone = np.array([6, 1, 1]), np.array([0, 1]), np.array([False, True, True])
    several, single = "because rows bear several labels", "a single positive"
    for targets, reasons in (
        ([7, 1], [True, False]),
        ([6, 5], [False, True]),
        ([7, 5], [True, True]),
    ):
        with pytest.warns(UserWarning, match="not met exactly, because") as caught:
            warn_missed(counts, labels, np.array(targets), alone=alone)
        assert [text in str(caught[0].message) for text in (several, single)] == reasons


def test_what_was_met_is_not_told():
    """No label missed, no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_missed(np.array([6, 4]), np.array([1, 0]), np.array([4, 6]))


def test_a_set_is_taken_in_the_order_of_the_labels():
    """Names in a set come in another order in every process; the draws must not."""
    labels, _ = wanted_labels({"yeti", "owl", "sky", "sea"}, SKEWED, NAMES)
    assert labels.tolist() == [0, 1, 2, 3]


def test_any_mapping_is_a_dict():
    """A read-only view of a dict still gives numbers, not a list of labels."""
    _, targets = wanted_labels(MappingProxyType({"owl": 4}), SKEWED, NAMES)
    assert targets.tolist() == [4]


def test_a_number_beyond_any_memory_is_refused():
    """An int that no array can hold is refused by name."""
    with pytest.raises(ValueError, match=r"\['owl'\] asks for 10+ positives: too many"):
        wanted_labels({"owl": 10**30}, SKEWED, NAMES)


# what label sets are wanted is another question, and asked in other words
WITH_STRATEGY = [n for n in names_with("sampling_strategy") if SAMPLERS[n].family != "adapter"]
# what adds positives and promises how many; AEMLO decodes labels and promises none
WITH_NUMBERS = [name for name in WITH_STRATEGY if name != "aemlo"]


def resampled(name, strategy, small):
    """Return origins and labels after the sampler ``name``, its labels named a to e."""
    sampler = quick_sampler(name)
    sampler.set_params(**{parameter_called(sampler, "sampling_strategy"): strategy})
    _, Y_res = sampler.fit_resample(small.X, pd.DataFrame(small.Y, columns=list("abcde")))
    return sampler.sample_indices_.tolist(), Y_res


def numbers_for(name, small):
    """Return numbers of positives for the labels d and a, in the direction of the sampler."""
    change = -2 if "mlrus" in name else 2
    return {label: int(small.Y[:, "abcde".index(label)].sum()) + change for label in "da"}


# a has 90 of 100 positives, c has one: named alone, each leaves the samplers nothing to do
IDLE = {
    "mlros": ("a", "no named label has a higher IRLbl than MeanIR"),
    "mlrus": ("c", "no named label has a lower IRLbl than MeanIR"),
    "mlsmote": ("c", "no named label has two positives"),
    "mlrknnos": ("c", "no named label has two positives and is short"),
}


@pytest.mark.parametrize("name", IDLE)
def test_idleness_is_about_the_labels_that_were_named(name):
    """The reason speaks of the named labels, and of none where the list is empty."""
    Y = np.zeros((100, 3), dtype=int)
    Y[:90, 0] = Y[80:, 1] = Y[99, 2] = 1
    label, reason = IDLE[name]
    for strategy, told in (([label], reason), ([], "sampling_strategy names no label")):
        sampler = quick_sampler(name).set_params(sampling_strategy=strategy)
        with pytest.warns(UserWarning, match=f"^nothing was resampled: {told}"):
            X_res, _ = sampler.fit_resample(Y, pd.DataFrame(Y, columns=list("abc")))
        assert len(X_res) == 100


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", WITH_STRATEGY)
@pytest.mark.parametrize(
    "strategy",
    [
        [3, 0],
        ("d", 0),
        np.array([3, 0], dtype=np.uint8),
        np.array(["d", "a"]),
        pd.Index(["d", "a"]),
        lambda Y: ["d", "a"],
        lambda Y: np.array([3, 0]),
    ],
    ids=written,
)
def test_one_list_of_labels_in_every_guise(name, strategy, small):
    """Names, indices, numpy's and a callable's choose the same rows in every sampler."""
    expected, _ = resampled(name, ["d", "a"], small)
    assert resampled(name, strategy, small)[0] == expected


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", WITH_NUMBERS)
@pytest.mark.parametrize("guise", ["indices", "numpy", "callable", "mapping"])
def test_one_dict_in_every_guise(name, guise, small):
    """Names, indices, numpy's ints and a callable's dict choose the same rows in every sampler."""
    wanted = numbers_for(name, small)
    expected, _ = resampled(name, wanted, small)
    strategy = {
        "indices": {"abcde".index(key): value for key, value in wanted.items()},
        "numpy": {np.int16("abcde".index(key)): np.int64(v) for key, v in wanted.items()},
        "callable": lambda Y: wanted,
        "mapping": UserDict(wanted),
    }[guise]
    assert resampled(name, strategy, small)[0] == expected


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", WITH_STRATEGY)
def test_auto_is_the_callable_that_says_auto(name, small):
    """A callable may fall back on the paper's rule."""
    expected, _ = resampled(name, "auto", small)
    assert resampled(name, lambda Y: "auto", small)[0] == expected


@pytest.mark.parametrize("name", WITH_STRATEGY)
@pytest.mark.parametrize(
    "strategy", [["f"], [5], "d", lambda Y: None, lambda Y: 3, {"f": 3}, {"d": 1.5}], ids=written
)
def test_what_is_no_strategy_is_refused_by_every_sampler(name, strategy, small):
    """One ValueError names the parameter, wherever it is given."""
    with pytest.raises(ValueError, match="sampling_strategy"):
        resampled(name, strategy, small)


@pytest.mark.parametrize("name", ["mlros", "mlsmote", "mlsol", "lpros", "mlrknnos"])
def test_budgets_beyond_all_rows_are_refused_by_name(name):
    """A fraction that no memory holds is one clear error, before any work."""
    X, Y = np.arange(40.0)[:, None], np.eye(2, dtype=int)[np.repeat([0, 1], [34, 6])]
    with pytest.raises(ValueError, match=r"fraction=1e\+300 of 40 rows"):
        make_sampler(name, fraction=1e300).fit_resample(X, Y)


def test_a_series_is_a_dict():
    """Pandas' dictionary names labels by its index, not by its values."""
    Y = np.eye(3, dtype=int)[np.repeat([0, 1, 2], [20, 5, 3])]
    sampler = make_sampler("mlros", sampling_strategy=pd.Series({2: 7, 1: 6}), random_state=0)
    _, Y_res = sampler.fit_resample(np.arange(28)[:, None], Y)
    assert Y_res.sum(axis=0).tolist() == [20, 6, 7]
