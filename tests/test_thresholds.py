"""Thresholds and earned labels, against brute force over all cuts of a column."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from oracles_aemlo import best_cut_by_loops, f1_by_loops, gains_by_loops, threshold_by_loops
from sklearn.metrics import f1_score

from skml_aemlo._thresholds import best_f1, earned, f1_of, match_prevalence


@st.composite
def judged(draw):
    """Draw scores with many ties, and labels of which some have no positive or nothing else."""
    n_rows, n_labels = draw(st.integers(1, 12)), draw(st.integers(1, 4))
    steps = draw(st.sampled_from([3, 10, 1000]))
    scores = draw(arrays(np.int64, (n_rows, n_labels), elements=st.integers(1, steps)))
    truth = draw(arrays(np.int8, (n_rows, n_labels), elements=st.integers(0, 1)))
    truth[:, draw(st.lists(st.integers(0, n_labels - 1), max_size=1))] = draw(st.integers(0, 1))
    return scores / (steps + 1), truth


@given(judged())
def test_the_highest_f1_is_found(given):
    """No other cut is better, and of equal ones the highest is taken."""
    scores, truth = given
    thresholds = best_f1(scores, truth)
    for j, threshold in enumerate(thresholds):
        np.testing.assert_array_equal(
            scores[:, j] > threshold, best_cut_by_loops(scores[:, j], truth[:, j])
        )
        expected = threshold_by_loops(scores[:, j], truth[:, j], "f1")
        assert threshold == pytest.approx(expected, abs=1e-15)


@given(judged())
def test_as_many_scores_lie_above_as_bear_the_label(given):
    """Half-way between two scores; where these tie, fewer lie above, and never more."""
    scores, truth = given
    counts = truth.sum(axis=0)
    for j, threshold in enumerate(match_prevalence(scores, counts)):
        expected = threshold_by_loops(scores[:, j], truth[:, j], "prevalence")
        assert threshold == pytest.approx(expected, abs=1e-15)
        ordered = sorted(scores[:, j], reverse=True)
        tied = 0 < counts[j] < len(scores) and ordered[counts[j] - 1] == ordered[counts[j]]
        above = sum(v > ordered[counts[j]] for v in ordered) if tied else counts[j]
        assert np.sum(scores[:, j] > threshold) == above


def test_labels_of_nobody_and_of_everybody():
    """One is never decoded, the other always, by either rule."""
    scores = np.array([[0.2, 0.2], [1.0, 0.9]])
    truth = np.array([[0, 1], [0, 1]])
    assert best_f1(scores, truth).tolist() == [1, 0]
    assert match_prevalence(scores, np.array([0, 2])).tolist() == [1, 0]


@given(arrays(np.int8, (9, 2), elements=st.integers(0, 1)))
def test_f1_is_scikit_learns(answers):
    """From counts alone; 0 where there is neither a guess nor a positive."""
    guess, truth = answers.T
    got = f1_of(*(np.array([part.sum()]) for part in (guess & truth, truth, guess)))
    assert got[0] == pytest.approx(f1_score(truth, guess, zero_division=0))
    assert got[0] == pytest.approx(f1_by_loops(guess, truth))


@given(st.lists(st.tuples(*[st.integers(0, 20)] * 3), min_size=1, max_size=6))
def test_labels_are_earned_as_in_a_loop(labels):
    """Gains drawn to their mean; those within rounding of 0 are left to chance."""
    decoded, copied, borne = (np.array(part) for part in zip(*labels, strict=True))
    seen = borne > 0
    mean = (decoded - copied)[seen].mean() if seen.any() else 0
    clear = np.abs(borne * (decoded - copied) + 5 * mean) > 1e-9
    got = earned(decoded / 20, copied / 20, borne)
    expected = np.array(gains_by_loops(decoded / 20, copied / 20, borne.tolist()))
    np.testing.assert_array_equal(got[clear], expected[clear])


def test_a_few_positives_prove_nothing():
    """Two are too few however good, three do; what helps the others counts for a rare label."""
    assert earned(np.ones(2), np.zeros(2), np.array([2, 3])).tolist() == [False, True]
    gained = earned(np.array([0.9, 0.4]), np.array([0.1, 0.5]), np.array([50, 3]))
    assert gained.tolist() == [True, True]
    assert earned(np.array([0.4]), np.array([0.5]), np.array([3])).tolist() == [False]


def test_copying_as_well_earns_nothing():
    """A decoder that is not better than a copy is not used."""
    assert not earned(np.array([0.5, 0.5]), np.array([0.5, 0.5]), np.array([9, 99])).any()
    assert not earned(np.ones(2), np.zeros(2), np.zeros(2, dtype=int)).any()


@pytest.mark.parametrize(("gain", "is_earned"), [(0.31, True), (0.29, False)])
def test_the_mean_weighs_as_much_as_five_positives(gain, is_earned):
    """Of five positives that lose 0.1 half is heard, and half the mean of 0.105 or 0.095."""
    decoded = np.array([0.5 + gain, 0.4])
    assert earned(decoded, np.full(2, 0.5), np.array([500, 5]))[1] == is_earned
