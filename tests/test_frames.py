"""DataFrames of polars: read, refused and given back as pandas' are."""

import datetime as dt
import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse as sp
from containers import assert_same_kind
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import cross_validate
from sklearn.multioutput import MultiOutputClassifier
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import (
    AEMLO,
    MLROS,
    MLSMOTE,
    MultiLabelResampledClassifier,
    compare,
    measures,
)
from skml_aemlo._containers import Features, Labels, Rows, read_labels
from skml_aemlo.datasets import Dataset
from skml_aemlo.skmultilearn import BinaryRelevance

pl = pytest.importorskip("polars")

WIDE = getattr(pl, "Int128", pl.Int64)  # the earliest polars has none of 128 bits

FEATURES, LABELS = list("abcdef"), list("vwxyz")


def new(held, made, wanted="auto"):
    """Return what one row of numbers becomes behind the first row of a frame."""
    features = Features(held, wanted)
    return features.restore(np.array([0, 0]), np.array([made], dtype=float))


@pytest.fixture
def frames(small):
    """Return the small data as two frames of polars."""
    return pl.DataFrame(small.X, schema=FEATURES), pl.DataFrame(small.Y, schema=LABELS)


@pytest.mark.parametrize("dtype", [pl.Int8, pl.Int16, pl.Int32, pl.Int64, WIDE], ids=str)
def test_made_whole_numbers_are_rounded(dtype):
    """To the nearest one, halves to the even one, as numpy rounds."""
    made = new(pl.DataFrame({"a": pl.Series([3, 9]).cast(dtype)}), [4.6])
    assert made.schema == {"a": dtype}
    assert made["a"].to_list() == [3, 5]


@pytest.mark.parametrize("name", ["Int8", "UInt8", "UInt64"])
def test_made_whole_numbers_stay_within_their_type(name):
    """Polars itself would refuse the cast, or wrap around."""
    dtype = getattr(pl, name)
    held = pl.DataFrame({"low": [3, 9], "high": [3, 9]}, schema={"low": dtype, "high": dtype})
    row = new(held, [-1e30, 1e30]).row(1)
    info = np.iinfo(name.lower())
    assert row[0] == info.min
    assert info.max - 2048 <= row[1] <= info.max


def test_integers_too_large_for_floats_stay_inside_the_column():
    """A constant column stays constant although float64 cannot hold it."""
    held = pl.DataFrame({"a": [2**60 + 1] * 2})
    assert new(held, [2.0**60])["a"].to_list() == [2**60 + 1] * 2


def test_decimals_are_rounded_to_their_places():
    """A price in cents stays one."""
    held = pl.DataFrame({"price": pl.Series([1.25, 2.5]).cast(pl.Decimal(10, 2))})
    assert [str(value) for value in new(held, [1.876])["price"]] == ["1.25", "1.88"]
    nothing = Features(held).restore(np.array([0]), np.empty((0, 1)))
    assert nothing.equals(held[:1])
    assert nothing.schema == held.schema


def test_flags_are_nominal_and_cut_at_one_half_where_they_are_not():
    """Among numbers a flag counts as 0 or 1."""
    held = pl.DataFrame({"flag": [True, False], "size": [1.0, 2.0]})
    assert Features(held, "auto").categorical.tolist() == [True, False]
    assert new(held, [0.49, 1], wanted=None)["flag"].to_list() == [True, False]
    assert new(held, [0.5, 1], wanted=None)["flag"].to_list() == [True, True]


@pytest.mark.parametrize(
    "column",
    [
        pl.Series("c", ["red", "blue", "green"]),
        pl.Series("c", ["red", "blue", "green"], dtype=pl.Categorical),
        pl.Series("c", ["red", "blue", "green"], dtype=pl.Enum(["red", "pink", "green", "blue"])),
    ],
    ids=["String", "Categorical", "Enum"],
)
def test_nominal_values_count_alphabetically_and_come_back(column):
    """Inside as in pandas; outside the very category, not one that nobody bears."""
    features = Features(pl.DataFrame([column]), "auto")
    assert features.values.ravel().tolist() == [2, 0, 1]
    restored = features.restore(np.array([1, 0, 0]), np.array([[2.0], [1.0]]))
    assert restored.schema == {"c": column.dtype}
    assert restored["c"].to_list() == ["blue", "red", "green"]


@pytest.mark.parametrize(
    "values",
    [
        [dt.date(2024, 2, 29), dt.date(1969, 7, 20)],
        pl.Series([3, 2]).cast(pl.Datetime("ns", "UTC")),
        pl.Series([3, 2]).cast(pl.Duration("ns")),
        pl.Series([2**62 + 1, 2**62], dtype=WIDE),
        [[2, 3], [1, 4]],
        [b"b", b"a"],
    ],
    ids=["dates", "nanoseconds", "durations", "wide integers", "lists", "bytes"],
)
def test_unusual_columns_may_be_named_nominal(values):
    """They are told apart to the last digit, counted in their order, and come back exact."""
    held = pl.DataFrame({"when": values})
    features = Features(held, ["when"])
    assert features.values[0] > features.values[1]
    restored = features.restore(np.array([0, 0]), features.values[[1]])
    assert restored.equals(held)
    assert restored.schema == held.schema


def test_nominal_columns_change_nothing_when_the_frame_does():
    """What AEMLO makes later has the values that were read."""
    held = pl.DataFrame({"c": ["red", "blue"]})
    features = Features(held, "auto")
    held[0, "c"] = "pink"
    assert features.restore(np.array([1, 0]), np.array([[1.0]]))["c"].to_list() == ["blue", "red"]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ([1, None], r"column 'c' of X is not numeric or has missing values \(1 of 2 cells are nul"),
        ([1.5, None], r"column 'c' of X .* has missing values \(1 of 2 cells are null\); fill"),
        ([1.5, float("nan")], "X contains NaN.* Fill such cells"),
        ([[1], [2]], "column 'c' of X is not numeric"),
        (pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int64, 2)), r"not numeric .*Array\("),
        ([{"a": 1}, {"a": 2}], "column 'c' of X is not numeric"),
        ([None, None], "column 'c' of X .* has missing values"),
        ([b"a", b"b"], "column 'c' of X is not numeric"),
        ([dt.date(2024, 1, 1)] * 2, "column 'c' of X holds dates or durations"),
        ([dt.time(1)] * 2, "column 'c' of X holds dates or durations"),
        ([dt.timedelta(1)] * 2, "column 'c' of X holds dates or durations"),
        (["red", None], "nominal column 'c' of X has missing values"),
        ([True, None], "nominal column 'c' of X has missing values"),
        (pl.Series(["a", None], dtype=pl.Enum(["a"])), "nominal column 'c' .* missing"),
    ],
)
def test_columns_that_cannot_be_read_are_named(column, message):
    """Nulls, nested values, dates: the message says which column and what helps."""
    with pytest.raises(ValueError, match=message):
        Features(pl.DataFrame({"x": [0.0, 1.0], "c": column}), "auto")


def test_a_categorical_column_that_is_not_named_is_refused():
    """Numbers made between categories would be none of them."""
    for dtype in (pl.Categorical, pl.Enum(["2", "10"])):
        X = pl.DataFrame({"size": pl.Series(["2", "10", "2"], dtype=dtype), "x": [0.0, 1, 2]})
        with pytest.raises(ValueError, match="column 'size' of X is categorical; name it"):
            Features(X, None)


def test_gaps_in_labels_are_missing_values():
    """In a frame of integers, too, where numpy would see a float that is no number."""
    with pytest.raises(ValueError, match=r"Y must be .*; it has missing values"):
        read_labels(pl.DataFrame({"a": [1, None], "b": [0, 1]}))


def test_labels_of_other_values_are_refused():
    """Twos and texts are no labels."""
    for wrong in ([1, 2], ["1", "0"]):
        with pytest.raises(ValueError, match=r"Y must be a binary indicator matrix .*also holds"):
            read_labels(pl.DataFrame({"a": wrong}))


def test_labels_of_several_dtypes_come_back_as_they_were():
    """Each column keeps its own."""
    Y = pl.DataFrame({"a": [True, False], "b": [0, 1], "c": pl.Series([1.0, 0], dtype=pl.Float32)})
    labels = Labels(Y)
    assert labels.matrix.toarray().tolist() == [[1, 0, 1], [0, 1, 0]]
    restored = labels.restore(labels.matrix)
    assert restored.equals(Y)
    assert restored.schema == Y.schema


LAZY = {
    "samplers": lambda X, Y: MLROS().fit_resample(X, Y),
    "samplers that read": lambda X, Y: MLSMOTE().fit_resample(X, Y),
    "the wrapper": lambda X, Y: MultiLabelResampledClassifier(BinaryRelevance(), None).fit(X, Y),
    "local imbalance": lambda X, Y: measures.local_imbalance(X, Y),
    "data sets": lambda X, Y: Dataset(X, Y, FEATURES, LABELS),
}


@pytest.mark.parametrize("use", LAZY.values(), ids=LAZY.keys())
def test_lazy_frames_are_to_be_collected(frames, use):
    """The message says how."""
    X, Y = frames
    with pytest.raises(TypeError, match=r"X is a LazyFrame, .* give X\.collect\(\)"):
        use(X.lazy(), Y)
    with pytest.raises(TypeError, match=r"Y is a LazyFrame, .* give Y\.collect\(\)"):
        use(X, Y.lazy())


def test_tables_of_pyarrow_are_to_be_converted(frames):
    """Their rows cannot be indexed; a class of the module's name stands in for one."""
    table = type("Table", (), {"__module__": "pyarrow.lib", "shape": (60, 6)})()
    for read in (Rows, Features):
        with pytest.raises(TypeError, match=r"X is a Table of pyarrow; give polars\.from_arrow"):
            read(table)
    with pytest.raises(TypeError, match="Y is a Table of pyarrow"):
        read_labels(table)


def test_a_series_of_texts_is_copied_by_samplers_that_read_nothing(small):
    """One text a row; provenance says which."""
    texts = pl.Series("text", [f"text {i}" for i in range(60)])
    sampler = MLROS(random_state=0)
    X_res, _ = sampler.fit_resample(texts, small.Y)
    assert X_res.to_list() == [f"text {i}" for i in sampler.sample_indices_]
    assert X_res.name == "text"


@pytest.mark.parametrize("sampler", [MLROS(random_state=0), MLSMOTE(random_state=0)])
def test_labels_are_known_by_their_names(frames, small, sampler):
    """sampling_strategy reads the column names of Y as it reads pandas'."""
    X, Y = frames
    named, _ = sampler.set_params(sampling_strategy=["y", "z"]).fit_resample(X, Y)
    numbered, _ = sampler.set_params(sampling_strategy=[3, 4]).fit_resample(*small)
    np.testing.assert_array_equal(named.to_numpy(), numbered)
    with pytest.raises(ValueError, match="unknown label 'q'"):
        sampler.set_params(sampling_strategy=["q"]).fit_resample(X, Y)


def test_nominal_columns_are_known_by_their_names(small):
    """Numbers named nominal take values that were there."""
    X = pl.DataFrame(np.round(small.X), schema=FEATURES)
    by_name = MLSMOTE(categorical_features=["b"], random_state=0).fit_resample(X, small.Y)[0]
    by_place = MLSMOTE(categorical_features=[1], random_state=0).fit_resample(
        np.round(small.X), small.Y
    )[0]
    np.testing.assert_array_equal(by_name.to_numpy(), by_place)
    assert set(by_name["b"]) <= set(X["b"])
    with pytest.raises(ValueError, match="names 'q', which is no column of X"):
        MLSMOTE(categorical_features=["q"]).fit_resample(X, small.Y)


@pytest.mark.parametrize("hold", [np.asarray, sp.csr_array, "pandas"])
def test_polars_goes_with_any_other_container(frames, small, hold):
    """On either side."""
    if hold == "pandas":
        hold = pytest.importorskip("pandas").DataFrame
    X, Y = frames
    expected = MLSMOTE(random_state=0).fit_resample(*small)
    for given in ((X, hold(small.Y)), (hold(small.X), Y)):
        found = MLSMOTE(random_state=0).fit_resample(*given)
        for result, before, wanted in zip(found, given, expected, strict=True):
            assert_same_kind(result, before)
            cells = result.toarray() if sp.issparse(result) else np.asarray(result)
            np.testing.assert_allclose(cells, wanted, rtol=0, atol=1e-13)


def test_the_wrapper_takes_frames(frames, small):
    """Predictions are those for arrays, names are noted, and cross-validation splits the rows."""
    X, Y = frames
    # compared to arrays told by position, for arrays have no names
    models = [
        MultiLabelResampledClassifier(
            MultiOutputClassifier(DecisionTreeClassifier(random_state=0)),
            MLSMOTE(sampling_strategy=wanted),
            random_state=0,
        )
        for wanted in (["z"], [4])
    ]
    models[0].fit(X, Y)
    models[1].fit(*small)
    assert models[0].feature_names_in_.tolist() == FEATURES
    assert models[0].label_names_in_.tolist() == LABELS
    assert (models[0].n_features_in_, models[0].n_labels_) == (6, 5)
    np.testing.assert_array_equal(models[0].predict(X), models[1].predict(small.X))
    scores = [
        cross_validate(model, *data, cv=3, scoring="f1_macro", error_score="raise")["test_score"]
        for model, data in zip(models, (frames, small), strict=True)
    ]
    np.testing.assert_array_equal(*scores)


def test_mended_classifiers_take_frames(frames, small):
    """scikit-multilearn's, behind the wrapper, on frames of numbers."""
    tree = BinaryRelevance(DecisionTreeClassifier(random_state=0))
    found, expected = (
        MultiLabelResampledClassifier(tree, "mlros", random_state=0).fit(*data).predict(data[0])
        for data in (frames, small)
    )
    np.testing.assert_array_equal(found, expected)


def test_columns_reach_transformers_behind_the_sampler(small):
    """A frame of texts is resampled before it is encoded, names and all."""
    pipeline_module = pytest.importorskip("imblearn.pipeline")
    letters = np.array(["a", "b", "c"])[np.arange(60) % 3]
    X = pl.DataFrame(small.X, schema=FEATURES).with_columns(letter=pl.Series(letters))
    # scikit-learn 1.6 finds no names in a frame of polars 2: the protocol it asks for is gone
    named = hasattr(StandardScaler().fit(X.select(FEATURES)), "feature_names_in_")
    letter = "letter" if named else len(FEATURES)
    encode = ColumnTransformer([("letter", OneHotEncoder(), [letter])], remainder=StandardScaler())
    model = pipeline_module.make_pipeline(
        MLSMOTE(random_state=0), encode, DecisionTreeClassifier(random_state=0)
    )
    assert model.fit(X, small.Y).predict(X).shape == small.Y.shape


def test_a_transformer_that_gives_polars_may_stand_before_a_sampler(small):
    """``set_output(transform="polars")`` hands the sampler a frame with names."""
    imblearn = pytest.importorskip("imblearn.pipeline")
    scale = StandardScaler().set_output(transform="polars")
    sampler = MLSMOTE(random_state=0)
    model = imblearn.make_pipeline(scale, sampler, DecisionTreeClassifier(random_state=0))
    model.fit(pl.DataFrame(small.X, schema=FEATURES), small.Y)
    assert model[1].feature_names_in_.tolist() == model[0].get_feature_names_out().tolist()
    scaled = StandardScaler().fit_transform(small.X)
    expected = sampler.fit_resample(scaled, small.Y)[0]
    plain = DecisionTreeClassifier(random_state=0).fit(expected, sampler.fit_resample(*small)[1])
    np.testing.assert_array_equal(
        model.predict(pl.DataFrame(small.X, schema=FEATURES)), plain.predict(scaled)
    )


def test_measures_read_frames(frames, small):
    """The figures of the arrays, and the frame's names."""
    X, Y = frames
    assert measures.mean_ir(Y) == measures.mean_ir(small.Y)
    assert measures.describe(Y).label_names == tuple(LABELS)
    found, expected = measures.local_imbalance(X, Y), measures.local_imbalance(*small)
    np.testing.assert_array_equal(found.neighbors, expected.neighbors)


def test_a_diagnosis_reads_frames_with_nominal_columns(small):
    """Counted as in arrays of the codes."""
    letters = np.arange(60) % 3
    X = pl.DataFrame(small.X, schema=FEATURES)
    X = X.with_columns(letter=pl.Series(np.array(["a", "b", "c"])[letters], dtype=pl.Categorical))
    sampler = MLSMOTE(random_state=0)
    X_res, Y_res = sampler.fit_resample(X, small.Y)
    found = measures.diagnose(X, small.Y, X_res, Y_res, categorical_features="auto")
    coded = [
        np.column_stack([part.to_numpy()[:, :6], [ord(c) for c in part["letter"]]]).astype(float)
        for part in (X, X_res)
    ]
    expected = measures.diagnose(coded[0], small.Y, coded[1], Y_res, categorical_features=[6])
    assert repr(found) == repr(expected)
    with pytest.raises(ValueError, match="the same columns in the same order"):
        measures.diagnose(
            X, small.Y, X_res.select([*"bacdef", "letter"]), Y_res, categorical_features="auto"
        )


def test_a_data_set_holds_frames(frames, small):
    """Gaps are missing values; what is kept are arrays."""
    X, Y = frames
    X = X.with_columns(a=pl.Series([None, *small.X[1:, 0]]))
    data = Dataset(X, Y, FEATURES, LABELS)
    np.testing.assert_array_equal(data.X[1:], small.X[1:])
    assert np.isnan(data.X[0, 0])
    np.testing.assert_array_equal(data.Y.toarray(), small.Y)


def test_a_comparison_takes_frames(frames, small, tmp_path):
    """The scores are those of the arrays."""
    pytest.importorskip("pandas")
    tree = MultiOutputClassifier(DecisionTreeClassifier(random_state=0))
    tables = [
        compare.run(
            [("small", *data)],
            {"mlsmote": MLSMOTE()},
            {"tree": tree},
            cv="1x3",
            metrics=["macro_f"],
            out=tmp_path / f"{i}.jsonl",
        )
        for i, data in enumerate((frames, small))
    ]
    np.testing.assert_array_equal(tables[0]["macro_f"], tables[1]["macro_f"])


def test_aemlo_gives_back_frames_at_every_step(frames, small):
    """``sample`` makes a frame, ``encode`` reads one and refuses other columns."""
    X, Y = frames
    quick = {"epochs": 1, "latent_dim": 4, "hidden_dims": (8, 8, 8), "random_state": 0}
    model, plain = AEMLO(**quick).fit(X, Y), AEMLO(**quick).fit(*small)
    for made, given, expected in zip(
        model.sample(5, random_state=0), frames, plain.sample(5, random_state=0), strict=True
    ):
        assert_same_kind(made, given)
        np.testing.assert_array_equal(made.to_numpy(), expected)
    np.testing.assert_array_equal(model.encode(X, Y)[0], plain.encode(*small)[0])
    with pytest.raises(ValueError, match="column 0 of X is called 'f'"):
        model.encode(X.select(FEATURES[::-1]))


def test_a_frame_of_one_row_or_no_column(small):
    """The smallest frames are refused or served as the smallest arrays are."""
    one = pl.DataFrame({"a": [1.0]})
    assert MLROS(fraction=0).fit_resample(one, [[1]])[0].equals(one)
    with pytest.raises(ValueError, match="X must hold a row"):
        MLSMOTE().fit_resample(one[:0], small.Y)
    with pytest.raises(ValueError, match="with nothing in it"):
        read_labels(pl.DataFrame())


def test_polars_needs_neither_pandas_nor_pyarrow():
    """In a process where neither can be imported, and where polars comes after the package."""
    script = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("pandas", "pyarrow"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
import numpy as np
from skml_aemlo import MLSMOTE
assert "polars" not in sys.modules
MLSMOTE().fit_resample(np.eye(8), np.eye(8, dtype=int) | 1 - np.eye(8, dtype=int)[:, :1])
assert "polars" not in sys.modules
import polars as pl
X = pl.DataFrame({"a": range(12), "c": ["x", "y", "z"] * 4})
Y = pl.DataFrame({"often": [1] * 12, "rare": [1, 1, 1] + [0] * 9})
X_res, Y_res = MLSMOTE(random_state=0).fit_resample(X, Y)
assert (X_res.schema, Y_res.schema) == (X.schema, Y.schema)
assert len(X_res) == len(Y_res) > 12
assert not {"pandas", "pyarrow"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_labels_of_128_bits_are_read_and_come_back(frames):
    """Numpy has no such integers, and polars refuses to make them."""
    X, Y = frames
    wide = Y.cast(WIDE)
    np.testing.assert_array_equal(read_labels(wide).toarray(), Y.to_numpy())
    back = MLROS(fraction=0.5, random_state=0).fit_resample(X, wide)[1]
    assert back.schema == wide.schema
    plain = MLROS(fraction=0.5, random_state=0).fit_resample(X, Y)[1]
    np.testing.assert_array_equal(back.cast(pl.Int64).to_numpy(), plain.to_numpy())
