"""Seeds and partners, against loops that draw the same random numbers one label at a time."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from oracles_aemlo import (
    in_turn_by_hand,
    partners_by_hand,
    seeds_by_hand,
    shares_by_hand,
)
from strategies import label_matrices

from skml_aemlo._seeds import by_shortage, choose, cycled, in_turn, partners

RULES = ["mixed", "shortage", "rows", "cycled"]


def stream(seed=0):
    """Return a fresh random stream."""
    return np.random.default_rng(seed)


def plain(drivers):
    """Return drivers as the loops give them, None for none."""
    return [None if driver == -1 else int(driver) for driver in drivers]


def as_labels(Y):
    """Return labels as samplers hold them."""
    return sp.csr_array(np.asarray(Y, dtype=np.int8))


@pytest.mark.parametrize("rule", RULES)
@given(Y=label_matrices(max_rows=12), n=st.integers(0, 40), seed=st.integers(0, 9))
def test_seeds_are_those_of_the_loops(rule, Y, n, seed):
    """Rule by rule; labels that nobody bears are left out beforehand, as the sampler does."""
    labels = np.flatnonzero(Y.any(axis=0))[::-1][:3]
    if not len(labels):
        return
    seeds, drivers = choose(rule, as_labels(Y), labels, n, stream(seed))
    expected = seeds_by_hand(rule, Y, labels.tolist(), n, stream(seed))
    assert (seeds.tolist(), plain(drivers)) == expected
    assert len(seeds) == len(drivers) == n


@given(lacking=st.lists(st.integers(0, 20), min_size=1, max_size=6), n=st.integers(0, 50))
def test_each_label_gets_seeds_by_what_it_lacks(lacking, n):
    """Shares in exact fractions, the largest remainders rounded up."""
    counts = max(lacking) + 1 - np.array(lacking)
    Y = np.arange(counts.max())[:, None] < counts
    _, drivers = by_shortage(as_labels(Y), np.arange(len(counts)), n, stream())
    shares = np.bincount(drivers, minlength=len(counts)).tolist()
    assert shares == shares_by_hand((counts.max() - counts).tolist(), n)


def test_labels_without_bearers_get_no_seeds():
    """Of the wanted labels only the second has a bearer."""
    Y = as_labels([[0, 0, 1], [0, 1, 1], [0, 0, 1]])
    seeds, drivers = by_shortage(Y, np.array([0, 1]), 3, stream())
    assert seeds.tolist() == [1, 1, 1]
    assert drivers.tolist() == [1, 1, 1]
    assert [len(part) for part in by_shortage(Y, np.array([0]), 3, stream())] == [0, 0]


def test_the_larger_half_goes_by_shortage():
    """Of five mixed seeds three bear the rare label."""
    Y = as_labels(np.column_stack([np.ones(20), np.arange(20) == 7]))
    seeds, drivers = choose("mixed", Y, np.array([1]), 5, stream())
    assert plain(drivers) == [1, 1, 1, None, None]
    assert seeds[:3].tolist() == [7, 7, 7]
    assert seeds[3] != seeds[4]


@given(n_rows=st.integers(1, 9), n=st.integers(0, 40), seed=st.integers(0, 9))
def test_all_come_once_before_any_comes_again(n_rows, n, seed):
    """In a new order every time, drawn as the loop draws it."""
    turns = in_turn(n_rows, n, stream(seed))
    assert turns.tolist() == in_turn_by_hand(list(range(n_rows)), n, stream(seed))
    counts = np.bincount(turns, minlength=n_rows)
    assert counts.max() - counts.min() <= 1


def test_orders_differ_from_pass_to_pass():
    """Rows in turn are shuffled anew where the published cycle is the same over again."""
    turns, cycle = in_turn(9, 18, stream()), cycled(np.arange(9), 18, stream())
    assert turns[:9].tolist() != turns[9:].tolist()
    assert cycle[:9].tolist() == cycle[9:].tolist()
    assert sorted(cycle[:9]) == list(range(9))
    assert cycle[:9].tolist() != list(range(9))


@given(
    Y=label_matrices(min_rows=2, max_rows=12),
    n_neighbors=st.integers(0, 5),
    seed=st.integers(0, 9),
)
def test_partners_are_those_of_the_loops(Y, n_neighbors, seed):
    """Of the nearest other bearers one at random; with codes of few values, many tie."""
    codes = stream(seed).integers(0, 3, size=(len(Y), 2)).astype(float)
    seeds, drivers = [], []
    for i in range(len(Y)):
        for driver in [-1, *np.flatnonzero(Y[i])]:
            seeds.append(i)
            drivers.append(driver)
    got = partners(
        codes, as_labels(Y), np.array(seeds), np.array(drivers), n_neighbors, stream(seed)
    )
    expected = partners_by_hand(codes, Y, seeds, plain(drivers), n_neighbors, stream(seed))
    assert got.tolist() == expected


def test_nobody_is_his_own_neighbour_among_twins():
    """Ten rows in one place: every one moves towards another."""
    seeds = np.repeat(np.arange(10), 20)
    Y = as_labels(np.ones((10, 1)))
    for driver in (-1, 0):
        towards = partners(np.zeros((10, 3)), Y, seeds, np.full(200, driver), 3, stream())
        assert (towards != seeds).all()


def test_every_neighbour_is_chosen_at_times():
    """Each of three neighbours of one row, and nobody else."""
    codes = np.array([[0.0], [1], [-2], [3], [4]])
    drawn = partners(
        codes, as_labels(np.ones((5, 1))), np.zeros(300, int), np.full(300, -1), 3, stream()
    )
    counts = np.bincount(drawn, minlength=5)
    assert counts[[0, 4]].tolist() == [0, 0]
    assert counts[1:4].min() > 70


def test_the_only_bearer_moves_nowhere():
    """Without another bearer of its label a seed is its own partner."""
    Y = as_labels([[1, 1], [1, 0], [1, 0]])
    assert partners(np.eye(3), Y, np.array([0]), np.array([1]), 5, stream()).tolist() == [0]
