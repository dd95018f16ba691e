"""Reading the caller's containers, and putting made rows back into them."""

import json

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from containers import X_CONTAINERS, Y_CONTAINERS, assert_same_kind, dense
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from skml_aemlo._containers import Features, Labels, Rows, categories_of, like_sparse, read_labels

NOBODY = np.array([], dtype=int)


def sources(*rows: int, new: int = 0) -> np.ndarray:
    """Return source rows, those of ``new`` made rows at the end."""
    return np.array([*rows, *[0] * new])


tables = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
    elements=st.integers(-8, 8).map(lambda v: v / 4),
)


@given(tables, st.sampled_from(list(X_CONTAINERS)))
def test_every_row_kept_gives_back_what_came_in(table, name):
    """Restoring all rows in order is the identity, whatever the container."""
    container = X_CONTAINERS[name]
    if name == "partly sparse frame" and table.shape[1] < 2:
        table = np.repeat(table, 2, axis=1)
    held = container.hold(table)
    restored = Features(held).restore(np.arange(len(table)))
    assert_same_kind(restored, held)
    np.testing.assert_array_equal(dense(restored), dense(held), strict=True)


@given(tables, st.sampled_from(list(X_CONTAINERS)), st.data())
def test_made_rows_follow_the_copies(table, name, data):
    """Values already in the container's dtype pass through unchanged, dense or sparse."""
    container = X_CONTAINERS[name]
    if name == "partly sparse frame" and table.shape[1] < 2:
        table = np.repeat(table, 2, axis=1)
    held = container.hold(table)
    made = container.cast(table[::-1]).astype(float)
    made = sp.csr_array(made) if data.draw(st.booleans()) else made
    restored = Features(held).restore(np.append([0], np.zeros(made.shape[0], int)), made)
    assert_same_kind(restored, held)
    np.testing.assert_array_equal(dense(restored)[1:].astype(float), dense(made))


@given(
    hnp.arrays(
        np.int8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.integers(0, 1)
    ),
    st.sampled_from(list(Y_CONTAINERS)),
)
def test_labels_read_and_restored_are_the_labels_given(table, name):
    """Reading and restoring labels is the identity, whatever the container."""
    held = Y_CONTAINERS[name].hold(table)
    labels = Labels(held)
    np.testing.assert_array_equal(labels.matrix.toarray(), table)
    restored = labels.restore(labels.matrix)
    assert_same_kind(restored, held)
    np.testing.assert_array_equal(dense(restored), dense(held), strict=True)


def test_labels_read_share_no_memory_with_those_given():
    """Changing what was read changes nothing of the caller's."""
    Y = sp.csr_array(np.eye(3, dtype=np.int8))
    read = read_labels(Y)
    assert not np.shares_memory(read.data, Y.data)
    assert not np.shares_memory(read.indices, Y.indices)


def test_labels_read_are_canonical():
    """Stored zeros go, and indices are sorted."""
    Y = sp.csr_array((np.array([1, 0, 1]), np.array([2, 1, 0]), np.array([0, 3])), shape=(1, 3))
    read = read_labels(Y)
    assert read.indices.tolist() == [0, 2]
    assert read.data.tolist() == [1, 1]


def test_labels_stored_twice_are_refused():
    """Two ones in one cell mean 2, which is no label."""
    Y = sp.coo_array(([1, 1], ([0, 0], [1, 1])), shape=(2, 2))
    with pytest.raises(ValueError, match=r"Y must be a binary .* it also holds .*2"):
        read_labels(Y)


def test_messages_call_labels_what_the_caller_calls_them():
    """``name`` is the word of the error message."""
    with pytest.raises(ValueError, match="y_true must be a binary indicator matrix"):
        read_labels([[3]], name="y_true")


@pytest.mark.parametrize("family", ["matrix", "array"])
@pytest.mark.parametrize("layout", ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"])
def test_like_sparse_knows_every_layout(layout, family):
    """Format and family are those of the model."""
    model = getattr(sp, f"{layout}_{family}")(np.eye(3))
    made = like_sparse(sp.csr_array(np.eye(2)), model)
    assert type(made) is type(model)


def test_made_whole_numbers_are_rounded():
    """Truncation would pull every made value towards zero."""
    made = np.array([[1.6, -1.6]])
    for held in (
        np.zeros((1, 2), dtype=int),
        sp.csr_matrix((1, 2), dtype=int),
        pd.DataFrame(np.zeros((1, 2)), dtype="Int64"),
        pd.DataFrame(np.zeros((1, 2), dtype=int)).astype(pd.SparseDtype("int64", 0)),
    ):
        restored = Features(held).restore(sources(0, new=1), made)
        assert dense(restored)[1].tolist() == [2, -2]


def test_made_whole_numbers_stay_within_their_type():
    """A value out of the type's range becomes its limit instead of wrapping around."""
    for dtype in ("uint8", "int8", "int64", "uint64"):
        info = np.iinfo(dtype)
        restored = Features(np.zeros((1, 2), dtype)).restore(
            sources(0, new=1), [[-1e30, 1e30]] * np.ones((1, 1))
        )
        assert restored[1, 0] == info.min
        assert restored[1, 1] >= info.max - 2048


def test_made_flags_are_cut_at_one_half():
    """A boolean feature is true from one half on."""
    restored = Features(np.zeros((1, 3), bool)).restore(
        sources(0, new=1), np.array([[0.49, 0.5, 1]])
    )
    assert restored[1].tolist() == [False, True, True]


def test_made_zeros_are_not_stored():
    """What rounding turns into zero leaves a sparse container."""
    held = sp.csr_array(np.array([[3, 0]]))
    restored = Features(held).restore(sources(0, new=1), sp.csr_array(np.array([[0.2, 1.0]])))
    assert restored.nnz == 2


def test_nominal_values_are_read_as_places_and_written_back():
    """Categories count alphabetically inside, and come back as themselves."""
    frame = pd.DataFrame({"color": ["red", "blue", "red"], "size": [1.0, 2.0, 3.0]})
    features = Features(frame, "auto")
    assert features.values.tolist() == [[1, 1], [0, 2], [1, 3]]
    restored = features.restore(sources(1, new=1), np.array([[1.0, 2.5]]))
    assert restored["color"].tolist() == ["blue", "red"]


def test_a_category_nobody_bears_stays_known():
    """The categories of a categorical column are kept, their order too."""
    dtype = pd.CategoricalDtype(["small", "large", "huge"], ordered=True)
    frame = pd.DataFrame({"size": pd.Series(["small", "large"], dtype=dtype)})
    restored = Features(frame, "auto").restore(sources(0, new=1), np.array([[0.0]]))
    assert restored["size"].dtype == dtype
    assert restored["size"].tolist() == ["small", "large"]


def test_numbers_beside_strings_in_a_list_stay_numbers():
    """Numpy would make strings of them."""
    rows = [["red", 1.5], ["blue", 2]]
    restored = Features(rows, [0]).restore(sources(1, new=1), np.array([[1.0, 2.5]]))
    assert restored == [["blue", 2], ["red", 2.5]]


def test_whole_numbers_beyond_doubles_are_copied_exactly():
    """Copies never pass through floating point."""
    large = np.array([[2**53 + 1]])
    assert Features(large).restore(sources(0, 0)).tolist() == [[2**53 + 1]] * 2


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (None, [False, False, False]),
        ("auto", [True, False, False]),
        ([2], [False, False, True]),
        ([-1], [False, False, True]),
        ([True, False, True], [True, False, True]),
        (["size", "color"], [True, True, False]),
        ([], [False, False, False]),
        (np.array([0, 1]), [True, True, False]),
    ],
)
def test_nominal_columns_are_found(wanted, expected):
    """categorical_features may be auto, indices, a mask or names."""
    frame = pd.DataFrame({"color": ["1", "2"], "size": [1.0, 2.0], "weight": [3, 4]})
    assert Features(frame, wanted).categorical.tolist() == expected


def test_an_array_has_no_nominal_columns_of_its_own():
    """The word "auto" reads dtypes of a DataFrame's columns only."""
    assert not Features(np.zeros((2, 3), bool), "auto").categorical.any()


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ([3], "names column 3, but X has 3 columns"),
        ([0, -4], "names column -4, but X has 3 columns"),
        (["shape"], "names 'shape', which is no column of X"),
        ([True, False], "as a mask must have shape"),
        ([0.5], "must be 'auto', None, column indices"),
        (np.array([[0]], dtype=float), "must be 'auto', None, column indices"),
    ],
)
def test_nominal_columns_that_are_not_there_are_refused(wanted, message):
    """The message names categorical_features, what came, and what X has."""
    frame = pd.DataFrame({"color": ["1", "2"], "size": [1.0, 2.0], "weight": [3, 4]})
    with pytest.raises(ValueError, match=f"categorical_features {message}"):
        Features(frame, wanted)


def test_a_column_that_is_not_numeric_is_named():
    """The message says which column of a frame, or of an array by number."""
    with pytest.raises(ValueError, match="column 'color' of X is not numeric"):
        Features(pd.DataFrame({"size": [1], "color": ["red"]}))
    with pytest.raises(ValueError, match="column 1 of X is not numeric"):
        Features(np.array([[1, "red"]], dtype=object))


@pytest.mark.parametrize("gap", [None, np.nan, pd.NA, pd.NaT])
def test_gaps_in_a_nominal_column_are_no_value(gap):
    """A missing value is not taken for a category."""
    with pytest.raises(ValueError, match="nominal column 'color' of X has missing values"):
        Features(pd.DataFrame({"color": ["red", gap]}, dtype=object), "auto")
    with pytest.raises(ValueError, match="nominal column 'color' of X has missing values"):
        Features(pd.DataFrame({"color": pd.Categorical(["red", None])}), "auto")


def test_values_that_cannot_be_compared_are_refused():
    """A nominal column of words and numbers has no order to count by."""
    with pytest.raises(ValueError, match="nominal column 0 of X mixes values"):
        Features(np.array([["red"], [1]], dtype=object), [0])


@pytest.mark.parametrize("read", [Rows, Features])
@pytest.mark.parametrize(("given", "kind"), [(None, "NoneType"), ("text", "str"), ({1}, "set")])
def test_what_has_no_rows_is_named(read, given, kind):
    """The message says what came, not what numpy made of it."""
    with pytest.raises(TypeError, match=f"X must have rows: .* got {kind}"):
        read(given)


def test_rows_are_counted_without_reading_them():
    """Texts, dicts and ragged rows are rows; columns are counted where there are any."""
    assert (Rows(["a", "b"]).n_rows, Rows(["a", "b"]).n_features) == (2, None)
    assert Rows([{"a": 1}, {}]).n_features is None
    assert (Rows([[1, "x"], [2, "y"]]).n_rows, Rows([[1, "x"]]).n_features) == (2, 2)
    assert Rows(sp.coo_array((5, 7))).n_features == 7


def test_no_row_kept_gives_an_empty_container():
    """An empty selection keeps width and dtype."""
    for name, container in X_CONTAINERS.items():
        held = container.hold(np.ones((2, 3)))
        restored = Rows(held).restore(NOBODY)
        if name != "list":
            assert restored.shape == (0, 3)
            assert_same_kind(restored, held)


@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
def test_complex_labels_are_refused(container):
    """Zeros and ones with an imaginary part, even of zero, are no labels."""
    with pytest.raises(ValueError, match=r"Y must be .* got complex numbers"):
        read_labels(container(np.array([[1 + 0j, 0], [0, 1]])))


def test_a_categorical_column_that_is_not_named_is_refused():
    """Numbers made between categories would be none of them, even where these look like numbers."""
    X = pd.DataFrame({"size": pd.Categorical(["2", "10", "2"]), "x": [0.0, 1.0, 2.0]})
    with pytest.raises(ValueError, match="column 'size' of X is categorical; name it"):
        Features(X, None)
    assert Features(X, "auto").categorical.tolist() == [True, False]


@pytest.mark.parametrize("hold", [np.array, np.ndarray.tolist, pd.DataFrame, sp.csr_array])
def test_a_nominal_column_of_numbers_reads_alike_in_every_container(hold):
    """Its codes are the numbers themselves, which a metric that ignores nominality relies on."""
    X = np.array([[0.0, 5.0], [100.0, 6.0], [-3.0, 5.0]])
    values = Features(hold(X), [0]).values
    np.testing.assert_array_equal(values.toarray() if sp.issparse(values) else values, X)


def test_nominal_integers_too_large_for_floats_come_back_exact():
    """Codes beyond 2**53 are told apart, and decoded to what they were."""
    X = np.array([[2**60 + 1, 0], [2**60 + 3, 1], [2**60 + 1, 1]])
    features = Features(X, [0])
    assert features.values[:, 0].tolist() == [0.0, 1.0, 0.0]
    restored = features.restore(np.array([0, 0]), np.array([[1.0, 1.0]]))
    assert restored.tolist() == [[2**60 + 1, 0], [2**60 + 3, 1]]


def test_made_integers_too_large_for_floats_stay_inside_the_column():
    """A constant column stays constant although float64 cannot hold it."""
    X = np.array([[2**60 + 1], [2**60 + 1]])
    for hold in (np.array, pd.DataFrame):
        restored = Features(hold(X)).restore(np.array([0, 0]), np.array([[2.0**60]]))
        assert np.asarray(restored).ravel().tolist() == [2**60 + 1] * 2


@pytest.mark.parametrize("dtype", [">i8", ">f4", "M8[ns]"])
def test_made_rows_keep_unusual_dtypes(dtype):
    """Foreign byte order and the unit of dates survive."""
    X = np.array([[1, 2], [3, 4]]).astype(dtype)
    nominal = [0, 1] if dtype.startswith("M") else None
    features = Features(X, nominal)
    restored = features.restore(np.array([0, 1]), features.values[[1]])
    assert restored.dtype == X.dtype
    np.testing.assert_array_equal(restored, X)


def test_nominal_columns_may_be_named_in_a_set():
    """A set of positions is as good as a list."""
    assert Features(np.zeros((2, 3)), {2, 0}).categorical.tolist() == [True, False, True]


def test_texts_are_told_to_be_vectorised():
    """What helps a column of numbers does not help documents."""
    with pytest.raises(ValueError, match="say with TfidfVectorizer"):
        Features(np.array(["a text", "another"]))
    with pytest.raises(ValueError, match=r"Reshape a single feature with X\.reshape"):
        Features(np.arange(3.0))


LEARNED = pd.DataFrame({"color": ["red", "blue", "green", "red"], "size": [1.0, 2.0, 3.0, 4.0]})


@pytest.mark.parametrize(
    ("colors", "codes"),
    [(["green"], [1]), (["red", "green"], [2, 1]), (["blue", "red", "blue"], [0, 2, 0])],
)
@pytest.mark.parametrize("dtype", ["object", "category"])
def test_nominal_values_read_as_in_other_rows(colors, codes, dtype):
    """Whatever of the categories the new rows hold, codes are those of the rows learned from."""
    known = Features(LEARNED, "auto").categories
    frame = pd.DataFrame({"color": pd.Series(colors, dtype=dtype), "size": 5.0})
    features = Features(frame, "auto", known)
    assert features.values.tolist() == [[code, 5] for code in codes]
    made = features.restore(np.arange(len(codes)))["color"].tolist()
    assert made == colors


def test_a_category_not_learned_is_refused():
    """The message names column and value."""
    known = Features(LEARNED, "auto").categories
    frame = pd.DataFrame({"color": ["red", "pink"], "size": [1.0, 1.0]})
    with pytest.raises(ValueError, match="column 'color' of X holds 'pink', which the rows"):
        Features(frame, "auto", known)


def test_categories_come_back_from_lists():
    """As JSON holds them: words, flags, and numbers that are their own codes or beyond floats."""
    frame = pd.DataFrame(
        {
            "word": ["b", "a", "c"],
            "flag": [True, False, True],
            "number": [2.5, -1.0, 7.0],
            "large": [2**60 + 3, 2**60 + 1, 2**60 + 3],
        }
    )
    categories = Features(frame, [0, 1, 2, 3]).categories
    listed = {str(j): values.tolist() for j, (_, values) in categories.items()}
    restored = categories_of(json.loads(json.dumps(listed)))
    assert restored.keys() == categories.keys() == {0, 1, 2, 3}
    for j, (codes, values) in categories.items():
        assert restored[j][0].tolist() == codes.tolist()
        assert restored[j][1].tolist() == values.tolist()
    again = Features(frame, [0, 1, 2, 3], restored).values
    np.testing.assert_array_equal(again, Features(frame, [0, 1, 2, 3]).values)
