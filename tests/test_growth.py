"""New rows between two old ones, with a linear decoder whose answers are plain to see."""

import numpy as np
import pytest
import scipy.sparse as sp

from skml_aemlo import _growth
from skml_aemlo._columns import Columns
from skml_aemlo._containers import Features, Labels
from skml_aemlo._growth import Grown, Growth, Memory, Reader


class Mirror:
    """A decoder whose code of a row is twice its scaled features, and whose scores are these."""

    def codes(self, features, n_rows):
        """Return twice the scaled features."""
        return 2 * features(np.arange(n_rows))

    def features(self, codes):
        """Return the scaled features, all of them a tenth too high."""
        return codes / 2 + 0.1

    def scores(self, codes):
        """Return the scaled features of the first columns, one a label."""
        return codes[:, :2] / 2

    def scores_by_label(self, codes, n_labels):
        """Yield the scores of so many labels at a time."""
        for start in range(0, 2, n_labels):
            part = slice(start, min(start + n_labels, 2))
            yield part, self.scores(codes)[:, part]


@pytest.fixture
def rows():
    """Give 40 rows of two numbers, a count, a flag and a nominal column of four codes."""
    rng = np.random.default_rng(3)
    X = np.column_stack(
        [rng.random((40, 2)), rng.integers(0, 9, 40), rng.integers(0, 2, 40), rng.choice(4, 40) * 5]
    )
    return X, sp.csr_array((rng.random((40, 2)) < 0.4).astype(np.int8))


NOMINAL = np.array([False, False, False, False, True])


def growth(X, *, residual=True, keep_labels=True, earned=(True, True), threshold=0.5):
    """Return how rows grow with the mirror."""
    reader = Reader(Mirror(), Columns.of(X, NOMINAL))
    return Growth(
        reader, np.full(2, threshold), np.array(earned), residual=residual, keep_labels=keep_labels
    )


def grow(rows, *, hold=np.asarray, n=60, **options):
    """Grow rows from random seeds towards other rows; return what was grown, and the steps."""
    X, Y = rows
    rng = np.random.default_rng(4)
    seeds, steps = rng.integers(0, 40, n), rng.random(n)
    partners = (seeds + rng.integers(1, 40, n)) % 40
    rule = growth(X, **options)
    grown = rule.grow(hold(X), Y, rule.reader.codes(hold(X)), seeds, partners, steps)
    return grown, seeds, partners, steps


def on_the_way(rows, seeds, partners, steps):
    """Return the features a part of the way between two rows."""
    X, _ = rows
    return X[seeds] + steps[:, None] * (X[partners] - X[seeds])


def test_residual_rows_lie_between_seed_and_partner(rows):
    """What the decoder adds everywhere cancels; counts are whole, flags the nearer of two."""
    grown, seeds, partners, steps = grow(rows)
    expected = on_the_way(rows, seeds, partners, steps)
    np.testing.assert_allclose(grown.X[:, :2], expected[:, :2], atol=1e-12)
    np.testing.assert_array_equal(grown.X[:, 2], np.rint(expected[:, 2]))
    np.testing.assert_array_equal(grown.X[:, 3], expected[:, 3] > 0.5)
    assert len(np.unique(grown.X[:, 2])) > 5


def test_decoded_rows_are_what_the_decoder_says(rows):
    """A tenth of the range too high here, but not above the highest value observed."""
    X, _ = rows
    grown, *way = grow(rows, residual=False)
    high, span = X.max(axis=0), np.ptp(X, axis=0)
    expected = np.minimum(on_the_way(rows, *way) + 0.1 * span, high)
    np.testing.assert_allclose(grown.X[:, :2], expected[:, :2], atol=1e-12)


def test_nominal_values_are_the_seeds_or_the_partners(rows):
    """Never a code in between, though codes lie in a row; whichever end is nearer."""
    X, _ = rows
    grown, seeds, partners, steps = grow(rows)
    expected = np.where(steps > 0.5, X[partners, 4], X[seeds, 4])
    np.testing.assert_array_equal(grown.X[:, 4], expected)
    between = (X[seeds, 4] - X[partners, 4]) ** 2 > 25
    assert between.sum() > 10


def test_decoded_nominal_values_are_observed(rows):
    """Without a seed to start from, the nearest code of the column."""
    grown, *_ = grow(rows, residual=False)
    assert set(grown.X[:, 4]) <= {0, 5, 10, 15}


@pytest.mark.parametrize("keep_labels", [True, False])
@pytest.mark.parametrize("earned", [(True, True), (False, True), (False, False)])
def test_labels_are_the_seeds_and_the_decoded_ones(rows, keep_labels, earned):
    """Row by row: scores above the threshold, of labels that may be decoded."""
    X, Y = rows
    options = {"keep_labels": keep_labels, "earned": earned, "threshold": 0.6}
    grown, seeds, *way = grow(rows, **options)
    scaled = Columns.of(X, NOMINAL).scale(on_the_way(rows, seeds, *way))
    for k, seed in enumerate(seeds):
        for j in range(2):
            decoded = scaled[k, j] > 0.6 and earned[j]
            assert grown.Y[k, j] == (decoded or (keep_labels and Y[seed, j]))


def test_a_row_that_did_not_move_keeps_the_seeds_labels():
    """Flags that stay as they were are no reason for other labels; one that turns is."""
    X = np.column_stack([[0, 1, 0, 1.0]] * 5)
    Y = sp.csr_array(np.array([[0, 1], [0, 0], [1, 0], [0, 1]], dtype=np.int8))
    rule = growth(X, threshold=-1.0)
    seeds, partners = np.array([0, 0, 1, 2]), np.array([1, 1, 0, 2])
    steps = np.array([0.4, 0.6, 0.1, 0.9])
    grown = rule.grow(X, Y, rule.reader.codes(X), seeds, partners, steps)
    assert grown.X[:, 0].tolist() == [0, 1, 1, 0]
    assert grown.Y.toarray().tolist() == [[0, 1], [1, 1], [0, 0], [1, 0]]


def test_a_seed_that_is_its_own_partner_keeps_its_labels(rows):
    """Its features as well, to the bit: it has not moved."""
    X, Y = rows
    rule, everyone = growth(X, threshold=-1.0), np.arange(40)
    grown = rule.grow(X, Y, rule.reader.codes(X), everyone, everyone, np.full(40, 0.5))
    np.testing.assert_array_equal(grown.Y.toarray(), Y.toarray())
    np.testing.assert_array_equal(grown.X, X)


def test_sparse_rows_grow_as_dense_ones(rows):
    """Into a csr_array that stores no zero."""
    dense, *_ = grow(rows)
    sparse, *_ = grow(rows, hold=sp.csr_array)
    assert isinstance(sparse.X, sp.csr_array)
    np.testing.assert_array_equal(sparse.X.toarray(), dense.X)
    np.testing.assert_array_equal(sparse.Y.toarray(), dense.Y.toarray())
    assert sparse.X.nnz == np.count_nonzero(dense.X)


def test_rows_grow_in_blocks(rows, monkeypatch):
    """Blocks of seven give the rows of one block, none is lost, and none gets wide."""
    whole, *_ = grow(rows)
    monkeypatch.setattr(_growth, "_ROWS_AT_ONCE", 7)
    widest = []
    monkeypatch.setattr(
        Mirror, "scores", lambda self, codes: (widest.append(len(codes)), codes[:, :2] / 2)[1]
    )
    pieces, *_ = grow(rows)
    np.testing.assert_array_equal(pieces.X, whole.X)
    np.testing.assert_array_equal(pieces.Y.toarray(), whole.Y.toarray())
    assert max(widest) == 7


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [0, 1])
def test_rows_grow_in_the_type_of_the_rows_given(rows, dtype, n):
    """No row as well as one, and labels in int8."""
    X, Y = rows
    grown, *_ = grow((X.astype(dtype), Y), n=n)
    assert grown.X.dtype == dtype
    assert grown.X.shape == (n, 5)
    assert grown.Y.shape == (n, 2)
    assert grown.Y.dtype == np.int8


def test_rows_without_a_label_can_be_left_out():
    """Features, labels and provenance stay together."""
    Y = sp.csr_array(np.array([[0, 0], [0, 1], [0, 0], [1, 1]], dtype=np.int8))
    X = np.arange(4.0)[:, None]
    kept = Grown(X, Y, seeds=np.array([5, 6, 7, 8]), partners=np.array([1, 2, 3, 4])).labelled()
    assert kept.X.ravel().tolist() == [1, 3]
    assert kept.Y.toarray().tolist() == [[0, 1], [1, 1]]
    assert (kept.seeds.tolist(), kept.partners.tolist()) == ([6, 8], [2, 4])


def test_memory_restores_containers_where_it_has_any(rows):
    """Lists come back as lists; without containers rows are as they are inside."""
    X, Y = rows
    grown, *_ = grow(rows, n=3)
    plain = Memory(X, Y).restore(grown)
    assert plain[0] is grown.X
    assert plain[1] is grown.Y
    containers = Features(X.tolist()), Labels(Y.toarray().tolist())
    listed = Memory(X, Y, containers).restore(grown)
    assert listed == (grown.X.tolist(), grown.Y.toarray().tolist())


@pytest.mark.parametrize("cells", [1, 40, 1000])
@pytest.mark.parametrize("rule", ["f1", "prevalence", 0.25])
def test_thresholds_do_not_depend_on_the_labels_taken_at_once(rows, rule, cells, monkeypatch):
    """One label at a time or both: the thresholds of each column alone, or the number given."""
    X, Y = rows
    reader = growth(X).reader
    monkeypatch.setattr(_growth, "_CELLS_AT_ONCE", cells)
    got = reader.thresholds(reader.codes(X), Y, rule)
    scores, truth = reader.columns.scale(X)[:, :2], Y.toarray()
    if rule == 0.25:
        assert got.tolist() == [0.25, 0.25]
        return
    for j in range(2):
        above = scores[:, j] > got[j]
        if rule == "prevalence":
            assert above.sum() == truth[:, j].sum()
        else:
            best = max(f1(scores[:, j] >= cut, truth[:, j]) for cut in scores[:, j])
            assert f1(above, truth[:, j]) == best


def f1(guess, truth):
    """Return F1 of guesses."""
    return 2 * (guess & (truth == 1)).sum() / (guess.sum() + truth.sum())


def test_nothing_is_earned_without_rows_held_out(rows):
    """Nobody has seen the decoder at work."""
    X, Y = rows
    reader = growth(X).reader
    assert not reader.earned(reader.codes(X), Y, np.empty(0, dtype=int), "f1").any()
