"""Results that are computed once: what is shared, and with whom."""

import itertools

import numpy as np
import pytest
import scipy.sparse as sp

from skml_aemlo._sharing import content_of, once, sharing, spared_seconds


def counted():
    """Return a function that returns a list, a new one at every call, and how often it ran."""
    runs = itertools.count()
    return lambda: [next(runs)]


def test_nothing_is_shared_unless_someone_asks():
    """Outside a block, every call computes, before and after one."""
    compute = counted()
    assert [once(lambda: "key", compute) for _ in range(2)] == [[0], [1]]
    with sharing():
        assert [once(lambda: "key", compute) for _ in range(2)] == [[2], [2]]
    assert once(lambda: "key", compute) == [3]


def test_keys_are_told_apart_and_blocks_as_well():
    """Another key computes, and so does a block inside the block."""
    compute = counted()
    with sharing():
        assert [once(lambda k=k: k, compute) for k in "aba"] == [[0], [1], [0]]
        with sharing():
            assert once(lambda: "a", compute) == [2]
        assert once(lambda: "a", compute) == [0]


def test_each_caller_owns_the_result():
    """What the first or a later one does to it is not seen by the next."""
    with sharing():
        for _ in range(3):
            found = once(lambda: "key", lambda: [np.zeros(2)])
            np.testing.assert_array_equal(found[0], 0)
            found[0][:] = 7


def test_the_latest_results_are_kept():
    """Of three results two are kept: the first is computed again."""
    compute = counted()
    with sharing(limit=2):
        assert [once(lambda k=k: k, compute) for k in "abcca"] == [[0], [1], [2], [2], [3]]


def test_what_is_asked_for_again_stays():
    """Of three results two are kept: not the oldest goes, but what no one has asked for longest."""
    compute = counted()
    with sharing(limit=2):
        assert [once(lambda k=k: k, compute) for k in "abacab"] == [[0], [1], [0], [2], [0], [3]]


def test_an_error_is_nothing_to_share():
    """What failed is tried again."""
    with sharing():
        with pytest.raises(ZeroDivisionError):
            once(lambda: "key", lambda: 1 // 0)
        assert once(lambda: "key", lambda: 5) == 5


def test_spared_seconds_are_those_of_the_computation(monkeypatch):
    """Three seconds, by a clock of ours, are spared by each of two who come later."""
    clock = iter([10.0, 13.0])
    monkeypatch.setattr("skml_aemlo._sharing.perf_counter", lambda: next(clock))
    assert spared_seconds() == 0
    with sharing():
        spared = []
        for _ in range(3):
            once(lambda: "key", list)
            spared.append(spared_seconds())
    assert spared == [0, 3, 6]
    assert spared_seconds() == 0


DENSE = np.arange(12.0).reshape(3, 4)
SPARSE = sp.csr_array(DENSE)
TABLES = {
    "dense": [DENSE],
    "transposed": [np.ascontiguousarray(DENSE.T)],
    "reshaped": [DENSE.reshape(4, 3)],
    "one value": [np.where(DENSE == 5, 5.5, DENSE)],
    "single precision": [DENSE.astype(np.float32)],
    "twice": [DENSE, DENSE],
    "cut": [DENSE[:2], DENSE[2:]],
    "sparse": [SPARSE],
    "wider": [sp.csr_array((SPARSE.data, SPARSE.indices, SPARSE.indptr), shape=(3, 5))],
    "other columns": [SPARSE[:, ::-1].tocsr()],
}


@pytest.mark.parametrize("name", TABLES)
def test_content_tells_tables_apart(name):
    """A copy has the same content, and none of the others has."""
    here = content_of(*TABLES[name])
    assert content_of(*(table.copy() for table in TABLES[name])) == here
    assert content_of(*(np.asfortranarray(t) if t is DENSE else t for t in TABLES[name])) == here
    assert all(content_of(*tables) != here for other, tables in TABLES.items() if other != name)
