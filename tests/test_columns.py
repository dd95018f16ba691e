"""Columns: what each feature may hold, found again by loops over columns and cells."""

import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import MinMaxScaler
from strategies import feature_tables

from skml_aemlo._columns import Columns

NUMERIC, COUNT, TWO, LISTED = range(4)


def nominal(n_features, *columns):
    """Return a mask of these columns."""
    return np.isin(np.arange(n_features), columns)


def learn(column, *, is_nominal=False, valid=True):
    """Return the columns of a table of one."""
    return Columns.of(np.array(column, dtype=float)[:, None], np.array([is_nominal]), valid=valid)


def restored(columns, *scaled):
    """Return what a table of one column makes of these values."""
    return columns.restore(np.array(scaled)[:, None]).ravel().tolist()


def kind_by_loop(column, is_nominal, valid):
    """Tell the kind of one column from the set of its values."""
    values = set(column.tolist())
    if is_nominal:
        return TWO if len(values) <= 2 else LISTED
    if not valid or len(values) == 1:
        return NUMERIC
    if len(values) == 2:
        return TWO
    return COUNT if all(v >= 0 and v.is_integer() for v in values) else NUMERIC


def restore_by_loop(X, is_nominal, scaled, valid):
    """Restore one cell after another."""
    out = np.empty(scaled.shape)
    for j, column in enumerate(X.T):
        values = sorted(set(column.tolist()))
        low, high = values[0], values[-1]
        kind = kind_by_loop(column, is_nominal[j], valid)
        for i, cell in enumerate(scaled[:, j]):
            value = low + cell * (high - low)
            if kind in (TWO, LISTED):
                out[i, j] = min(values, key=lambda v, at=value: (abs(v - at), v))
                continue
            if valid:
                value = min(max(value, low), high)
            if kind == COUNT:
                out[i, j] = round(value)
            elif low <= 0 <= high and abs(value) <= 2.0**-23 * (high - low):
                out[i, j] = 0
            else:
                out[i, j] = value
    return out


def tables():
    """Draw tables in quarters or whole numbers, with nominal columns."""
    return st.tuples(feature_tables(), st.sampled_from([1, 4])).map(
        lambda drawn: (drawn[0][0] / drawn[1], drawn[0][1])
    )


@given(tables(), st.booleans())
def test_kinds_are_those_of_a_loop(table, valid):
    """Dense and sparse tables alike, and the range with them."""
    X, is_nominal = table
    for held in (X, sp.csr_array(X), X.astype(np.float32)):
        columns = Columns.of(held, is_nominal, valid=valid)
        expected = [
            kind_by_loop(column, mark, valid) for column, mark in zip(X.T, is_nominal, strict=True)
        ]
        assert columns.kind.tolist() == expected
        assert columns.low.tolist() == [min(column) for column in X.T.tolist()]
        assert columns.high.tolist() == [max(column) for column in X.T.tolist()]
        assert columns.low.dtype == columns.high.dtype == np.float64


@given(tables(), st.booleans(), st.data())
def test_restoring_is_that_of_a_loop(table, valid, data):
    """Cell by cell, inside [0, 1] and out of it; eighths tie where they can."""
    X, is_nominal = table
    cells = st.integers(-4, 12).map(lambda i: i / 8) | st.floats(-1, 2)
    scaled = data.draw(arrays(np.float64, (4, X.shape[1]), elements=cells))
    # a value in the middle up to rounding may go either way
    distance = np.abs(scaled - 0.5)
    assume(not np.any((distance > 0) & (distance < 1e-9)))
    columns = Columns.of(sp.csr_array(X), is_nominal, valid=valid)
    expected = restore_by_loop(X, is_nominal, scaled, valid)
    np.testing.assert_allclose(columns.restore(scaled), expected, rtol=1e-12, atol=1e-12)


@given(tables(), st.booleans())
def test_training_rows_come_back(table, valid):
    """Scaling, then restoring is the identity: exact but for the rounding of numeric columns."""
    X, is_nominal = table
    columns = Columns.of(X, is_nominal, valid=valid)
    scaled = columns.scale(sp.csr_array(X))
    assert scaled.dtype == np.float64
    assert scaled.min() >= 0
    assert scaled.max() <= 1
    back = columns.restore(scaled)
    np.testing.assert_allclose(back, X, rtol=1e-12, atol=1e-12)
    exact = columns.kind != NUMERIC
    np.testing.assert_array_equal(back[:, exact], X[:, exact])


@given(tables(), st.data())
def test_restored_values_are_valid(table, data):
    """Whatever a network says, a column holds what it could hold."""
    X, is_nominal = table
    said = data.draw(arrays(np.float64, (3, X.shape[1]), elements=st.floats(-1e6, 1e6)))
    back = Columns.of(X, is_nominal).restore(said)
    assert (back >= X.min(axis=0)).all()
    assert (back <= X.max(axis=0)).all()
    for j in range(X.shape[1]):
        values = set(X[:, j].tolist())
        if is_nominal[j] or len(values) == 2:
            assert set(back[:, j].tolist()) <= values


@given(tables(), st.booleans())
def test_arrays_bring_the_columns_back(table, valid):
    """What was saved restores the same values."""
    X, is_nominal = table
    columns = Columns.of(X, is_nominal, valid=valid)
    again = Columns.from_arrays({name: a.copy() for name, a in columns.to_arrays().items()})
    said = np.random.default_rng(0).normal(size=(5, X.shape[1]))
    np.testing.assert_array_equal(again.restore(said), columns.restore(said))
    np.testing.assert_array_equal(again.scale(X), columns.scale(X))
    np.testing.assert_array_equal(again.is_nominal, is_nominal)
    assert again.valid is valid


def test_scaling_is_scikit_learns():
    """MinMaxScaler agrees where no column is constant, on other rows too."""
    rng = np.random.default_rng(0)
    X, others = rng.normal(size=(30, 5)), rng.normal(size=(9, 5))
    columns = Columns.of(X, nominal(5), valid=False)
    scaler = MinMaxScaler().fit(X)
    np.testing.assert_allclose(columns.scale(others), scaler.transform(others), rtol=1e-12)
    np.testing.assert_allclose(columns.restore(others), scaler.inverse_transform(others))


def test_scaling_leaves_the_rows_alone():
    """The caller's array is not written to."""
    X = np.array([[1.0, 2], [3, 5]])
    Columns.of(X, nominal(2)).scale(X)
    assert X.tolist() == [[1, 2], [3, 5]]


def test_constant_columns_are_zero_and_come_back():
    """Also for a row that differs, which training never saw."""
    columns = learn([7, 7, 7])
    assert columns.scale(np.array([[7.0], [9.0]])).tolist() == [[0], [0]]
    assert restored(columns, -2.0, 0.3) == [7, 7]


def test_binary_columns_take_the_nearer_value():
    """Half-way goes down; without ``valid`` nothing is snapped."""
    assert restored(learn([2, 4, 4, 2]), -1, 0.49, 0.5, 0.51, 3) == [2, 2, 2, 4, 4]
    assert restored(learn([2, 4, 4, 2], valid=False), -1, 0.25, 3) == [0, 2.5, 8]


def test_counts_are_rounded_into_their_range():
    """Three whole values make a count; a negative or broken one unmakes it."""
    assert restored(learn([1, 3, 11]), -1, 0.26, 0.34, 2) == [1, 4, 4, 11]
    assert restored(learn([-1, 3, 9]), 0.25) == [1.5]
    assert restored(learn([1, 2.5, 11]), 0.25) == [3.5]
    assert restored(learn([1, 3, 11], valid=False), 0.25, 2) == [3.5, 21]


def test_small_counts_of_a_wide_column_are_kept():
    """Five of a hundred million is no rounding of zero."""
    assert restored(learn([0, 5, 1e8]), 5e-8) == [5]


def test_numbers_stay_in_their_range():
    """Clipped with ``valid``, unbounded without."""
    assert restored(learn([0.5, 1, 2.5]), -1, 0.25, 2) == [0.5, 1, 2.5]
    assert restored(learn([0.5, 1, 2.5], valid=False), -1, 0.25, 2) == [-1.5, 1, 4.5]


@pytest.mark.parametrize("valid", [True, False])
def test_nominal_columns_take_the_nearest_code(valid):
    """Half-way goes down, beyond the ends to the ends, published behaviour or not."""
    codes = learn([0, 10, 4, 4], is_nominal=True, valid=valid)
    assert restored(codes, 0.19, 0.2, 0.21, 0.69, 0.71, 3, -1) == [0, 0, 4, 4, 10, 10, 0]
    assert restored(learn([5, 3], is_nominal=True, valid=valid), -1, 0.6) == [3, 5]
    assert restored(learn([5, 5], is_nominal=True, valid=valid), -1, 0.6) == [5, 5]


@pytest.mark.parametrize("hold", [np.asarray, sp.csr_array])
def test_nominal_columns_may_come_from_other_rows(hold):
    """Their values are taken as they are, those of all other columns are restored."""
    X = np.array([[0, 0.5, 0, 3], [5, 1.5, 1, 4], [9, 2.5, 1, 3]])
    columns = Columns.of(X, nominal(4, 0, 3))
    taken = columns.restore(np.full((2, 4), 0.6), nominal_from=hold(X[[2, 0]]))
    np.testing.assert_allclose(taken, [[9, 1.7, 1, 3], [0, 1.7, 1, 3]])


def test_what_is_zero_within_rounding_is_zero():
    """A sparse matrix is not filled by the rounding of single precision, nor by -0."""
    column = learn([0, 0.7, -2.3])
    zero = np.float32(2.3 / 3)
    assert column.restore(np.array([[zero]], dtype=np.float64)) == 0
    assert restored(column, float(zero) + 1e-6)[0] > 0
    assert not np.signbit(restored(learn([0.0, 0.5, 1.5]), -1e-30)).any()
    assert not np.signbit(restored(learn([-0.0, 0.5, 1.5]), 0)).any()
    assert not np.signbit(restored(learn([-0.0, 2, 1], is_nominal=True), 0)).any()
    assert not np.signbit(restored(learn([-0.0, 2]), 0)).any()
    assert not np.signbit(restored(learn([-0.0, -2]), 1)).any()
    for other, end in ((2, 0), (-2, 1)):
        full = sp.csr_array((np.array([-0.0, other]), [0, 0], [0, 1, 2]))
        assert not np.signbit(restored(Columns.of(full, nominal(1)), end)).any()


def test_zero_is_not_put_where_it_is_outside_the_range():
    """A column of tiny values above zero keeps its lowest one."""
    assert restored(learn([1e-9, 0.5, 1]), 0) == [1e-9]


def test_gaps_of_a_sparse_matrix_are_values():
    """Stored zeros and gaps are one value; a full column has no gap; an empty one is constant."""
    X = sp.csr_array((3, 5))
    stored = [[0, 1, 2], [1, 1, 5], [0, 3, 2], [0, 0, 0]]
    dense = np.column_stack([*stored, [-1, 0, 1]]).astype(float)
    rows, cells = np.nonzero(np.ones((3, 5)))
    keep = (dense[rows, cells] != 0) | (rows == 0)
    X = sp.csr_array((dense[rows, cells][keep], (rows[keep], cells[keep])), shape=(3, 5))
    assert X.nnz > np.count_nonzero(dense)
    columns = Columns.of(X, nominal(5, 1, 2))
    assert columns.kind.tolist() == [COUNT, TWO, LISTED, NUMERIC, NUMERIC]
    assert columns.low.tolist() == [0, 1, 0, 0, -1]
    assert columns.high.tolist() == [2, 5, 3, 0, 1]
    assert columns.values.tolist() == [0, 2, 3]
    X.eliminate_zeros()
    assert Columns.of(X, nominal(5, 2)).values.tolist() == [0, 2, 3]
    assert Columns.of(X, nominal(5, 4)).values.tolist() == [-1, 0, 1]


def test_an_empty_sparse_matrix_is_constant():
    """No stored value at all."""
    columns = Columns.of(sp.csr_array((4, 3)), nominal(3, 1))
    assert columns.restore(np.ones((1, 3))).tolist() == [[0, 0, 0]]


def test_kinds_do_not_depend_on_the_rows_looked_at_together(monkeypatch):
    """What spoils a column may stand in the last row."""
    X = np.tile([[0.0, 1, 0], [2, 3, 1]], (10, 1))
    X[-1, :2] = 0.5, 7
    monkeypatch.setattr("skml_aemlo._columns._CELLS", 9)
    assert Columns.of(X, nominal(3)).kind.tolist() == [NUMERIC, COUNT, TWO]


def test_a_range_beyond_floats_is_refused():
    """Scaled it would be nan."""
    with pytest.raises(ValueError, match=r"column 1 of X runs from -1e\+308 to 1e\+308, wider"):
        Columns.of(np.array([[1, 1e308], [2, -1e308]]), nominal(2))


def test_the_smallest_range_scales():
    """A span whose inverse overflows is no obstacle."""
    tiny = np.array([[0.0], [5e-324], [1e-323]])
    columns = Columns.of(tiny, nominal(1), valid=False)
    assert columns.scale(tiny).ravel().tolist() == [0, 0.5, 1]


def spoil(name, value):
    """Return saved arrays, one of them replaced or, for None, removed."""
    X = np.array([[0.5, 0, 3, 0], [1.5, 7, 9, 1], [2.5, 2, 4, 1]])
    arrays = {**Columns.of(X, nominal(4, 2)).to_arrays(), name: value}
    return {key: array for key, array in arrays.items() if array is not None}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("low", None, "'low' is missing"),
        ("low", np.zeros(4, dtype=np.float32), "another type"),
        ("low", np.zeros(3), "different lengths"),
        ("low", np.zeros((2, 2)), "different lengths"),
        ("is_nominal", np.zeros(3, dtype=bool), "different lengths"),
        ("valid", np.array([True]), "different lengths"),
        ("low", np.full(4, 99.0), "no finite range"),
        ("high", np.array([9, np.nan, 9, 9]), "no finite range"),
        ("low", np.full(4, -np.inf), "no finite range"),
        ("kind", np.array([0, 1, 3, 4], dtype=np.int8), "unknown kind"),
        ("kind", np.array([0, -1, 3, 2], dtype=np.int8), "unknown kind"),
        ("kind", np.array([0, 3, 3, 2], dtype=np.int8), "unknown kind"),
        ("is_nominal", np.zeros(4, dtype=bool), "unknown kind"),
        ("ends", np.array([2]), "listed for other columns"),
        ("ends", np.array([1, 3]), "listed for other columns"),
        ("values", np.array([3.0, 9.0]), "listed for other columns"),
        ("values", np.array([3.0, 9.0, 4.0]), "do not ascend"),
        ("values", np.array([3.0, np.nan, 4.0]), "lists no values"),
    ],
)
def test_arrays_that_contradict_each_other_are_refused(name, value, message):
    """A file may hold anything."""
    with pytest.raises(ValueError, match=f"the columns of X cannot be restored: .*{message}"):
        Columns.from_arrays(spoil(name, value))


def test_lists_of_no_values_are_refused():
    """Ends that do not move, or move back."""
    arrays = Columns.of(np.arange(6.0).reshape(3, 2), nominal(2, 0, 1)).to_arrays()
    assert Columns.from_arrays(arrays).values.tolist() == [0, 2, 4, 1, 3, 5]
    for first in (0, 6, 7, -1):
        with pytest.raises(ValueError, match="lists no values"):
            Columns.from_arrays({**arrays, "ends": np.array([first, 6])})


def test_a_sparse_table_is_never_dense(monkeypatch):
    """Learning takes memory in the number of stored values, not of cells."""
    rng = np.random.default_rng(0)
    n_rows, n_features, n_stored = 20_000, 2_000, 100_000
    where = rng.choice(n_rows * n_features, n_stored, replace=False)
    X = sp.csr_array(
        (rng.integers(1, 4, n_stored).astype(float), divmod(where, n_features)),
        shape=(n_rows, n_features),
    )
    monkeypatch.setattr(sp.csr_array, "toarray", None)
    tracemalloc.start()
    columns = Columns.of(X, rng.random(n_features) < 0.1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert set(columns.kind.tolist()) == {COUNT, LISTED}
    assert peak < 100 * n_stored  # a dense copy would take 3 200 bytes a stored value
