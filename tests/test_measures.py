"""The measures against R's mldr, the authors' Java code, and the definitions loop by loop."""

import json
import tracemalloc
from math import isnan

import numpy as np
import oracles
import pandas as pd
import pytest
import scipy.sparse as sp
import strategies
from containers import assert_identical
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator

from skml_aemlo import REMEDIAL, measures
from skml_aemlo.datasets import load_arff

CLOSE = {"rtol": 1e-12, "atol": 1e-14}

# what each function of Y should return, from the literal definition
ORACLES = {
    "label_counts": oracles.counts,
    "ir_per_label": lambda Y: [np.inf if r is None else float(r) for r in oracles.irlbl(Y)],
    "mean_ir": oracles.mean_ir,
    "max_ir": oracles.max_ir,
    "cvir": oracles.cvir,
    "imr_per_label": oracles.imr,
    "minority_labels": oracles.minority,
    "majority_labels": oracles.majority,
    "scumble_per_row": oracles.scumble_rows,
    "scumble": oracles.scumble,
    "scumble_per_label": oracles.scumble_labels,
    "cardinality": oracles.cardinality,
    "density": oracles.density,
    "labelset_ids": oracles.labelset_ids,
    "n_labelsets": oracles.labelsets,
    "diversity": lambda Y: oracles.labelsets(Y) / len(Y),
}
VARIATIONS = {
    "scumble_cv": oracles.scumble_cv,
    "scumble_cv_per_label": oracles.scumble_cv_labels,
}
FUNCTIONS = {
    **{name: getattr(measures, name) for name in [*ORACLES, *VARIATIONS]},
    "tcs": lambda Y: measures.tcs(Y, n_features=7),
    "diversity_possible": lambda Y: measures.diversity(Y, relative_to="possible"),
    "describe": lambda Y: list(measures.describe(Y, n_features=7).to_dict().values()),
}
LABELS = np.array([[1, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0]])


def test_every_measure_is_held_to_something():
    """A new public measure cannot stay without an oracle."""
    elsewhere = {"LabelProfile", "LocalImbalance", "describe", "local_imbalance", "tcs"}
    made = {"SamplingDiagnosis", "diagnose"}  # held in test_diagnosis.py
    assert set(measures.__all__) == {*ORACLES, *VARIATIONS, *elsewhere, *made}


@pytest.mark.parametrize("name", ORACLES)
@given(Y=strategies.label_matrices())
def test_measure_is_the_definition(name, Y):
    """Every measure equals its literal transcription."""
    np.testing.assert_allclose(getattr(measures, name)(Y), ORACLES[name](Y), **CLOSE)


@pytest.mark.parametrize("name", VARIATIONS)
@given(Y=strategies.label_matrices())
def test_coefficient_of_variation_is_the_definition(name, Y):
    """The spread of SCUMBLE equals its literal transcription, as far as floats carry it."""
    np.testing.assert_allclose(getattr(measures, name)(Y), VARIATIONS[name](Y), atol=1e-12)


@given(Y=strategies.label_matrices())
def test_empty_labels_can_count_as_zero(Y):
    """With ``empty="zero"`` an empty label has IRLbl 0 and enters the means, as in R's mldr."""
    expected = [0.0 if r is None else float(r) for r in oracles.irlbl(Y)]
    np.testing.assert_allclose(measures.ir_per_label(Y, empty="zero"), expected)
    for name in ("mean_ir", "cvir"):
        expected = getattr(oracles, name)(Y, "zero")
        np.testing.assert_allclose(getattr(measures, name)(Y, empty="zero"), expected, **CLOSE)


@given(Y=strategies.label_matrices(), n_features=st.integers(1, 10**6))
def test_tcs_is_the_definition(Y, n_features):
    """TCS is the logarithm of an exact product."""
    np.testing.assert_allclose(measures.tcs(Y, n_features), oracles.tcs(Y, n_features), **CLOSE)


@given(Y=strategies.label_matrices())
def test_possible_diversity_divides_by_all_label_sets(Y):
    """Relative to what is possible, diversity divides by 2**L."""
    expected = oracles.labelsets(Y) / 2 ** Y.shape[1]
    assert measures.diversity(Y, relative_to="possible") == expected


def test_possible_diversity_of_many_labels_does_not_overflow():
    """2**5000 is no float, yet the share of it is: 0."""
    assert measures.diversity(sp.csr_array((3, 5000)), relative_to="possible") == 0.0


@given(Y=strategies.label_matrices())
def test_minority_and_majority_part_the_labels_that_occur(Y):
    """Every label with a positive is one or the other, an empty one neither."""
    both = np.concatenate([measures.minority_labels(Y), measures.majority_labels(Y)])
    assert sorted(both) == np.flatnonzero(Y.any(axis=0)).tolist()


@given(Y=strategies.label_matrices())
def test_labels_of_one_frequency_concur_without_any_scumble(Y):
    """Rows whose labels are equally frequent get exactly 0, not rounding noise."""
    ratios = measures.ir_per_label(Y)
    even = [len(set(ratios[row == 1])) <= 1 for row in Y]
    assert not np.any(measures.scumble_per_row(Y)[even])


def test_remedial_tears_no_row_for_rounding_noise():
    """Two labels of one frequency, rarer than a third: the row that bears both stays whole."""
    Y = np.array([[1, 0, 0]] * 5 + [[0, 1, 1]])
    with pytest.warns(UserWarning, match="nothing was resampled"):
        _, Y_res = REMEDIAL().fit_resample(np.zeros((6, 1)), Y)
    np.testing.assert_array_equal(Y_res, Y)


@given(Y=strategies.label_matrices(), seed=st.integers(0, 9))
def test_order_of_rows_and_labels_does_not_matter(Y, seed):
    """Shuffled rows and labels leave the summary measures alone."""
    rng = np.random.default_rng(seed)
    shuffled = rng.permuted(rng.permuted(np.arange(Y.shape[0])))
    moved = Y[shuffled][:, rng.permutation(Y.shape[1])]
    for name in ("mean_ir", "max_ir", "cvir", "scumble", "scumble_cv", "n_labelsets"):
        measure = getattr(measures, name)
        np.testing.assert_allclose(measure(moved), measure(Y), atol=1e-12)


@pytest.mark.parametrize("measure", FUNCTIONS.values(), ids=FUNCTIONS)
def test_containers_give_the_same_bits(measure, y_container):
    """Whatever holds Y, the answer is that of the integer array, and Y is left as it was."""
    held = y_container.hold(LABELS)
    before = y_container.hold(LABELS)
    expected, found = measure(LABELS), measure(held)
    if isinstance(expected, list) and hasattr(held, "columns"):
        names = expected.index(tuple("0123"))
        expected[names] = ("c0", "c1", "c2", "c3")
    np.testing.assert_equal(found, expected)
    assert_identical(held, before)


@pytest.mark.parametrize("measure", FUNCTIONS.values(), ids=FUNCTIONS)
def test_stored_zeros_and_unsorted_indices_are_understood(measure):
    """A CSR matrix in an unusual but legal shape gives the usual answer."""
    column = np.tile(np.arange(4)[::-1], len(LABELS))
    data = np.take_along_axis(LABELS, column.reshape(LABELS.shape), axis=1).ravel()
    Y = sp.csr_array((data, column, np.arange(0, LABELS.size + 1, 4)), shape=LABELS.shape)
    assert Y.nnz == LABELS.size
    assert not Y.has_sorted_indices
    np.testing.assert_equal(measure(Y), measure(LABELS))
    assert Y.nnz == LABELS.size


BAD = {
    "one-dimensional list": [1, 0, 1],
    "one-dimensional array": np.array([1, 0, 1]),
    "one-dimensional sparse": sp.coo_array(np.array([1, 0, 1])),
    "three-dimensional": np.zeros((2, 2, 2)),
    "a number": 1,
    "None": None,
    "a string": "10",
    "sets of labels": [{"a"}, {"b"}],
    "NaN": [[np.nan, 1.0]],
    "sparse NaN": sp.csr_array([[np.nan, 1.0]]),
    "None inside": [[None, 1]],
    "missing in a frame": pd.DataFrame({"a": pd.array([1, None], dtype="Int64")}),
    "-1": [[-1, 1]],
    "2": [[2, 1]],
    "sparse 2": sp.csr_array([[2, 1]]),
    "a half": [[0.5, 1.0]],
    "infinity": [[np.inf, 1.0]],
    "strings": [["a", "b"]],
    "digits as strings": [["0", "1"]],
    "strings in a frame": pd.DataFrame({"a": ["x", "y"]}),
    "complex": [[1 + 1j, 0]],
    "sparse complex": sp.csr_array([[1 + 1j, 0]]),
    "ragged": [[1, 0], [1]],
    "empty list": [],
    "one empty row": [[]],
    "no rows": np.zeros((0, 3)),
    "no sparse rows": sp.csr_array((0, 3)),
    "no labels": np.zeros((3, 0)),
    "no columns in a frame": pd.DataFrame(index=range(3)),
}


@pytest.mark.parametrize("Y", BAD.values(), ids=BAD)
@pytest.mark.parametrize("measure", FUNCTIONS.values(), ids=FUNCTIONS)
def test_bad_labels_are_one_clear_error(measure, Y):
    """Whatever is no matrix of 0 and 1 is refused by name, with what was expected."""
    with pytest.raises(ValueError, match=r"^Y must be .*\(n_samples, n_labels\) holding 0 and 1; "):
        measure(Y)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: measures.ir_per_label(LABELS, empty="one"), "empty must be .*'one'"),
        (lambda: measures.mean_ir(LABELS, empty="one"), "empty must be .*'one'"),
        (lambda: measures.cvir(LABELS, empty=None), "empty must be .*None"),
        (lambda: measures.diversity(LABELS, relative_to="rows"), "relative_to must be .*'rows'"),
        (lambda: measures.tcs(LABELS, n_features=0), "n_features must be at least 1; got 0"),
        (lambda: measures.describe(LABELS, label_names=["a"]), "label_names has 1 .* 4 labels"),
    ],
)
def test_bad_options_are_named(call, message):
    """An option out of range is one clear error."""
    with pytest.raises(ValueError, match=message):
        call()


def test_a_matrix_without_ones_has_no_mean():
    """Where nothing occurs, means are NaN, counts 0 and nobody is a minority."""
    Y = np.zeros((3, 2))
    assert isnan(measures.mean_ir(Y))
    assert isnan(measures.max_ir(Y))
    assert isnan(measures.cvir(Y))
    assert measures.scumble(Y) == 0.0
    assert len(measures.minority_labels(Y)) == len(measures.majority_labels(Y)) == 0


def test_describe_gathers_the_measures():
    """Every field of the profile is what the definition gives."""
    profile = measures.describe(LABELS, n_features=7, label_names=["a", "b", "c", "d"])
    scalars = {
        "n_samples": 5,
        "n_labels": 4,
        "n_labelsets": oracles.labelsets(LABELS),
        "n_empty_labels": 1,
        "n_unlabelled_rows": 1,
        "n_minority_labels": len(oracles.minority(LABELS)),
        "n_majority_labels": len(oracles.majority(LABELS)),
        "cardinality": oracles.cardinality(LABELS),
        "density": oracles.density(LABELS),
        "diversity": oracles.labelsets(LABELS) / 5,
        "mean_ir": oracles.mean_ir(LABELS),
        "max_ir": oracles.max_ir(LABELS),
        "cvir": oracles.cvir(LABELS),
        "scumble": oracles.scumble(LABELS),
        "scumble_cv": oracles.scumble_cv(LABELS),
        "tcs": oracles.tcs(LABELS, 7),
    }
    found = profile.to_dict()
    assert {name: found[name] for name in scalars} == pytest.approx(scalars, rel=1e-12)
    assert profile.label_names == ("a", "b", "c", "d")
    np.testing.assert_array_equal(profile.counts, oracles.counts(LABELS))
    np.testing.assert_allclose(profile.scumble_per_label, oracles.scumble_labels(LABELS), **CLOSE)
    assert set(found) == {
        *scalars, "label_names", "counts", "ir_per_label", "scumble_per_label",
    }  # fmt: skip


def test_describe_without_features_has_no_tcs():
    """TCS needs the number of features; the printed profile leaves it out."""
    profile = measures.describe(LABELS)
    assert profile.tcs is None
    assert "tcs" not in str(profile)
    assert "mean_ir" in str(profile)


def test_describe_takes_names_from_a_frame():
    """A DataFrame's columns name the labels, unless names are given."""
    Y = pd.DataFrame(LABELS, columns=list("wxyz"))
    assert measures.describe(Y).label_names == ("w", "x", "y", "z")
    assert measures.describe(Y, label_names=list("abcd")).label_names == ("a", "b", "c", "d")
    assert measures.describe(pd.DataFrame(LABELS)).label_names == ("0", "1", "2", "3")


def test_describe_prints_one_line_a_number():
    """The printed profile is two columns, whole numbers without decimals."""
    lines = str(measures.describe([[1, 0], [1, 1], [1, 0]])).splitlines()
    assert lines[0].split() == ["n_samples", "3"]
    assert ["mean_ir", "2.0000"] in [line.split() for line in lines]


@pytest.fixture(scope="module")
def huge():
    """200 000 rows, 100 000 labels, 1 000 000 ones: 20 GB as a dense array of int8."""
    rng = np.random.default_rng(0)
    cells = np.unique(rng.integers(0, 200_000 * 100_000, 1_000_000))
    rows, columns = np.divmod(cells, 100_000)
    return sp.csr_array((np.ones(len(cells), np.int8), (rows, columns)), shape=(200_000, 100_000))


class Ring(BaseEstimator):
    """An index in which row i is near i + 1, i + 2, ..."""

    def fit(self, X):
        """Accept anything."""
        return self

    def kneighbors(self, X, n_neighbors, return_distance):
        """Return each row and those that follow it."""
        n = X.shape[0]
        return (np.arange(n)[:, None] + np.arange(n_neighbors)) % n


def _peak(call):
    tracemalloc.start()
    try:
        result = call()
        return tracemalloc.get_traced_memory()[1], result
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("measure", FUNCTIONS.values(), ids=FUNCTIONS)
def test_memory_follows_the_ones_not_the_matrix(measure, huge):
    """No measure of a sparse Y makes anything of n x L."""
    peak, _ = _peak(lambda: measure(huge))
    assert peak < 300e6


def test_local_imbalance_memory_follows_the_ones(huge):
    """Neither do the cells, their neighbours and their types."""
    X = np.zeros((huge.shape[0], 1))
    peak, found = _peak(lambda: measures.local_imbalance(X, huge, neighbors=Ring()))
    assert peak < 1e9
    assert found.C.nnz == huge.nnz


@pytest.fixture(scope="module")
def mldr(reference):
    """What R's mldr reports, by data set."""
    return json.loads((reference / "oracle" / "mldr_measures.json").read_text())


@pytest.fixture(
    params=["birds.arff.gz", "cal500.arff", "emotions.arff", "flags.arff", "genbase.arff.gz"]
)
def recorded(request, reference, mldr):
    """One data set and what mldr says of it."""
    return load_arff(reference / "data" / request.param), mldr[request.param.split(".")[0]]


@pytest.mark.reference
def test_measures_are_those_of_mldr(recorded):
    """The summary figures equal R's to 1e-12."""
    data, theirs = recorded
    ours = measures.describe(data.Y, data.n_features)
    of_r, again = theirs["measures"], theirs["measures"]["_recomputed"]
    figures = {
        "n_samples": of_r["num.instances"],
        "n_labels": of_r["num.labels"],
        "n_labelsets": of_r["num.labelsets"],
        "cardinality": of_r["cardinality"],
        "density": of_r["density"],
        "mean_ir": of_r["meanIR"],
        "scumble": of_r["scumble"],
        "scumble_cv": of_r["scumble.cv"],
        "tcs": of_r["tcs"],
        "cvir": again["cvir_ddof1"],
        "n_empty_labels": again["empty_labels"],
        "n_unlabelled_rows": again["rows_without_label"],
        "n_minority_labels": again["n_minority_labels"],
    }
    assert data.n_features == of_r["num.inputs"]
    found = {name: getattr(ours, name) for name in figures}
    assert found == pytest.approx(figures, rel=1e-12, abs=0)
    assert measures.mean_ir(data.Y, empty="zero") == pytest.approx(of_r["meanIR"], rel=1e-12)
    assert ours.max_ir == max(label["IRLbl"] for label in theirs["labels"].values())


@pytest.mark.reference
def test_measures_per_label_are_those_of_mldr(recorded):
    """Count, IRLbl, SCUMBLE and SCUMBLE.CV of every label equal R's to 1e-12."""
    data, theirs = recorded
    of_r = [theirs["labels"][name] for name in data.label_names]
    columns = {
        "count": measures.label_counts(data.Y),
        "IRLbl": measures.ir_per_label(data.Y, empty="zero"),
        "SCUMBLE": measures.scumble_per_label(data.Y),
        "SCUMBLE.CV": measures.scumble_cv_per_label(data.Y),
    }
    for name, ours in columns.items():
        np.testing.assert_allclose(ours, [label[name] for label in of_r], **CLOSE)


@pytest.mark.reference
def test_minority_labels_are_those_of_mldr(recorded):
    """The labels above MeanIR and the rows that bear them are R's."""
    data, theirs = recorded
    minority = measures.minority_labels(data.Y)
    names = [data.label_names[j] for j in minority]
    assert sorted(names) == sorted(theirs["derived"]["minority_labels_meanIR_nonempty"])
    bearing = np.diff(data.Y[:, minority].indptr) > 0
    assert bearing.sum() == theirs["measures"]["_recomputed"]["n_rows_with_minority_label"]


@pytest.mark.reference
def test_rows_above_mean_scumble_are_those_of_mldr(recorded):
    """As many rows exceed the mean SCUMBLE as REMEDIAL tears in R."""
    data, theirs = recorded
    rows = measures.scumble_per_row(data.Y)
    expected = theirs["measures"]["_recomputed"]["n_remedial"]
    assert np.sum(rows > measures.scumble(data.Y)) == expected


@pytest.fixture
def slashdot(mldr):
    """Any Y with slashdot's counts per label, two of them 0, and what mldr says of them."""
    theirs = mldr["slashdot"]
    n = int(theirs["measures"]["num.instances"])
    counts = [int(label["count"]) for label in theirs["labels"].values()]
    rows = np.concatenate([np.arange(count) for count in counts])
    columns = np.repeat(np.arange(len(counts)), counts)
    Y = sp.csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, len(counts)))
    return Y, theirs


@pytest.mark.reference
def test_empty_labels_of_slashdot_can_be_counted_as_mldr_does(slashdot):
    """With IRLbl 0 for the two empty labels, the figures are R's."""
    Y, theirs = slashdot
    expected = [label["IRLbl"] for label in theirs["labels"].values()]
    np.testing.assert_allclose(measures.ir_per_label(Y, empty="zero"), expected, rtol=1e-12)
    found = measures.mean_ir(Y, empty="zero")
    assert found == pytest.approx(theirs["measures"]["meanIR"], rel=1e-12)
    assert round(found, 3) == 17.693


@pytest.mark.reference
def test_empty_labels_of_slashdot_are_left_out(slashdot):
    """By default the two empty labels are in no mean, and no minority."""
    Y, theirs = slashdot
    again = theirs["measures"]["_recomputed"]
    profile = measures.describe(Y)
    assert profile.mean_ir == pytest.approx(again["meanIR_nonempty"], rel=1e-12)
    assert round(profile.mean_ir, 3) == 19.462
    assert profile.cvir == pytest.approx(again["cvir_ddof1"], rel=1e-12)
    assert profile.cardinality == pytest.approx(theirs["measures"]["cardinality"], rel=1e-12)
    assert profile.density == pytest.approx(theirs["measures"]["density"], rel=1e-12)
    assert profile.n_empty_labels == again["empty_labels"] == 2
    names = np.array(list(theirs["labels"]))[measures.minority_labels(Y)]
    assert sorted(names) == sorted(theirs["derived"]["minority_labels_meanIR_nonempty"])
    assert profile.n_minority_labels + profile.n_majority_labels == 20


class Recorded(BaseEstimator):
    """An index that returns the neighbours it was given, after each row itself."""

    def __init__(self, rows=None):
        self.rows = rows

    def fit(self, X):
        """Accept anything."""
        return self

    def kneighbors(self, X, n_neighbors, return_distance):
        """Return the row, then its recorded neighbours."""
        return np.column_stack([np.arange(len(self.rows)), self.rows])[:, :n_neighbors]


@pytest.fixture(params=["emotions", "flags", "genbase"])
def mulan(request, reference):
    """Figures of the authors' Java code for one data set."""
    return np.load(reference / "oracle" / "mulan" / f"{request.param}.npz")


@pytest.mark.reference
def test_label_measures_are_those_of_the_java_code(mulan):
    """IRLbl, ImR and SCUMBLE of every row equal Mulan's."""
    np.testing.assert_allclose(measures.ir_per_label(mulan["Y"]), mulan["IRLbl"], rtol=1e-12)
    np.testing.assert_allclose(measures.imr_per_label(mulan["Y"]), mulan["ImR"], rtol=1e-12)
    np.testing.assert_allclose(measures.scumble_per_row(mulan["Y"]), mulan["SCUMBLE_i"], **CLOSE)


def assert_local_imbalance(found, mulan):
    """Hold C, S, weights and types to a Mulan record."""
    minority = mulan["Y"] == mulan["minority_value"]
    np.testing.assert_array_equal(found.minority_value, mulan["minority_value"])
    np.testing.assert_array_equal(found.C.toarray()[minority], mulan["C"][minority])
    assert found.C.nnz == minority.sum()
    S = np.nan_to_num(mulan["S"], nan=0.0)
    np.testing.assert_allclose(found.S.toarray(), S, rtol=1e-12)
    np.testing.assert_allclose(found.weights, mulan["w"], rtol=1e-12, atol=1e-15)
    types = np.where(mulan["types_paper_rule"] == 4, 0, mulan["types_paper_rule"] + 1)
    np.testing.assert_array_equal(found.types.toarray(), types)


@pytest.mark.reference
def test_local_imbalance_around_recorded_neighbors_is_that_of_the_java_code(mulan):
    """Given Mulan's neighbours, ties and all, C, S, w and the types are Mulan's."""
    found = measures.local_imbalance(mulan["X"], mulan["Y"], neighbors=Recorded(mulan["knn"]))
    np.testing.assert_array_equal(found.neighbors, mulan["knn"])
    assert_local_imbalance(found, mulan)


@pytest.mark.reference
@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("mulan", ["emotions"], indirect=True)
def test_local_imbalance_from_features_is_that_of_the_java_code(mulan, container):
    """Where no tie decides, our own search leads to Mulan's C, S, w and types."""
    found = measures.local_imbalance(container(mulan["X"]), container(mulan["Y"]))
    assert_local_imbalance(found, mulan)


@pytest.mark.reference
@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
def test_shares_of_neighbors_from_features_are_those_of_the_java_code(mulan, container):
    """With nominal features too, C is Mulan's on every row that no tie decides."""
    nominal = mulan["feature_nominal_nvalues"] > 0
    found = measures.local_imbalance(
        container(mulan["X"]), container(mulan["Y"]), categorical_features=nominal
    )
    sure = ~(mulan["near_tie_k5_features"] | mulan["knn_tie_at_k"])
    minority = (mulan["Y"] == mulan["minority_value"]) & sure[:, None]
    np.testing.assert_array_equal(found.C.toarray()[minority], mulan["C"][minority])


@pytest.mark.reference
@pytest.mark.parametrize("mulan", ["flags"], indirect=True)
def test_an_exact_tie_on_flags_goes_to_the_lower_row(mulan):
    """Rows 6 and 67 are equally far from row 94; Java took either, we take the lower index."""
    nominal = mulan["feature_nominal_nvalues"] > 0
    X = mulan["X"]
    extremes = np.concatenate([X.argmin(axis=0), X.argmax(axis=0)])  # they hold the ranges
    table = oracles.heom(X[[94, 6, 67, *extremes]], nominal)
    assert table[0][1] == table[0][2]
    found = measures.local_imbalance(X, mulan["Y"], categorical_features=nominal)
    assert set(found.neighbors[94]) ^ set(mulan["knn"][94]) == {6, 67}
    assert found.neighbors[94, 4] == 6


@given(case=strategies.labelled_tables(), k=st.integers(1, 9), sparse=st.booleans())
def test_local_imbalance_is_the_definition(case, k, sparse):
    """Neighbours, C, S, weights and types equal the paper's definition, loop by loop."""
    X, categorical, Y = case
    near = oracles.neighbors(oracles.heom(X, categorical), k)
    C = oracles.local_c(Y, near)
    S = oracles.local_s(C)
    held = sp.csr_array(X) if sparse else X
    found = measures.local_imbalance(held, Y, k, categorical_features=categorical)
    assert found.neighbors.tolist() == near
    assert found.minority_value.tolist() == oracles.minority_values(Y)
    cells = [(i, j) for i, row in enumerate(C) for j, c in enumerate(row) if c is not None]
    assert list(zip(*(at.tolist() for at in _stored(found.C)), strict=True)) == cells
    np.testing.assert_allclose(found.C.data, [float(C[i][j]) for i, j in cells])
    np.testing.assert_allclose(found.S.toarray(), np.array(S, dtype=float), rtol=1e-12)
    np.testing.assert_allclose(found.weights, [float(sum(row)) for row in S], rtol=1e-12)
    assert found.types.toarray().tolist() == oracles.local_types(C, near)


def _stored(matrix):
    """Rows and columns of the stored entries, zeros included, in order."""
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)), matrix.indices


@given(case=strategies.labelled_tables(min_rows=3))
def test_local_weights_of_a_label_sum_to_one(case):
    """Down every label S sums to 1, or to 0 where no cell but outliers is contradicted."""
    X, categorical, Y = case
    found = measures.local_imbalance(X, Y, 2, categorical_features=categorical)
    contradicted = sp.csr_array((found.C.data % 1.0, found.C.indices, found.C.indptr), Y.shape)
    expected = contradicted.sum(axis=0) > 0
    np.testing.assert_allclose(found.S.sum(axis=0), expected, rtol=1e-12)


def test_rare_cells_turn_borderline_from_neighbor_to_neighbor():
    """A rare cell next to one that has just become borderline becomes borderline too."""
    near = np.array([
        [1, 4, 5, 6], [2, 4, 5, 6], [3, 7, 4, 5], [2, 7, 4, 5],
        [5, 6, 8, 9], [4, 6, 8, 9], [4, 5, 8, 9], [2, 3, 4, 5], [4, 5, 6, 9], [4, 5, 6, 8],
    ])  # fmt: skip
    Y = np.array([[1], [1], [1], [1], [0], [0], [0], [1], [0], [0]])
    found = measures.local_imbalance(np.zeros((10, 1)), Y, 4, neighbors=Recorded(near))
    assert found.C.toarray()[:4, 0].tolist() == [0.75, 0.75, 0.5, 0.5]
    assert found.types.toarray()[:4, 0].tolist() == [2, 2, 2, 2]


def test_local_imbalance_of_a_frame_reads_its_nominal_columns():
    """With "auto", a categorical column is nominal: the size of a code says nothing."""
    codes = pd.Categorical.from_codes([0, 2, 0, 1], categories=["a", "b", "c"])
    X = pd.DataFrame({"kind": codes, "size": [0.0, 0.1, 0.9, 0.2]})
    table = np.column_stack([codes.codes, X["size"]])
    near = oracles.neighbors(oracles.heom(table, [True, False]), 1)
    assert near != oracles.neighbors(oracles.heom(table, [False, False]), 1)
    Y = [[1], [0], [1], [0]]
    assert measures.local_imbalance(X, Y, 1).neighbors.tolist() == near


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metric": "hvdm"}, "metric must be 'heom' or 'euclidean'; got 'hvdm'"),
        ({"n_neighbors": 0}, "n_neighbors must be .* at least 1; got 0"),
        ({"n_neighbors": 2.5}, "n_neighbors must be .* at least 1; got 2.5"),
        ({"categorical_features": [3]}, "categorical_features names column 3"),
        ({"Y": [[1], [0]]}, "X has 3 rows and Y 2"),
        ({"X": [[1.0]], "Y": [[1]]}, "X has 1 rows and Y 1; both need .* at least two"),
        ({"X": [[1.0], [np.nan], [0.0]]}, "X contains NaN"),
        ({"Y": [1, 0, 1]}, "Y must be"),
    ],
)
def test_bad_local_imbalance_input_is_named(options, message):
    """Each bad parameter of `local_imbalance` is one clear error."""
    good = {"X": [[0.0], [1.0], [2.0]], "Y": [[1], [0], [1]]}
    with pytest.raises(ValueError, match=message):
        measures.local_imbalance(**{**good, **options})


# one label lies exactly on MeanIR: 20 is the harmonic mean of these counts
TIED = [20, 11, 110, 12, 60]


@pytest.mark.parametrize("times", [1, 3, 7])
def test_a_label_exactly_at_mean_ir_is_no_minority_label(times):
    """IRLbl = MeanIR in fractions is not above it, whatever floats make of 110/20 and the mean."""
    counts = np.array(TIED) * times
    Y = (np.arange(counts.max())[:, None] < counts).astype(np.int8)
    assert measures.minority_labels(Y).tolist() == oracles.minority(Y) == [1, 3]
    assert measures.majority_labels(Y).tolist() == [0, 2, 4]


@given(counts=st.lists(st.integers(0, 40), min_size=1, max_size=8))
def test_minority_is_decided_in_fractions(counts):
    """Whatever the counts, a label is a minority label when its exact IRLbl exceeds MeanIR."""
    Y = (np.arange(max(*counts, 1))[:, None] < np.array(counts)).astype(np.int8)
    assert measures.minority_labels(Y).tolist() == oracles.minority(Y)
    assert measures.majority_labels(Y).tolist() == oracles.majority(Y)


def test_label_sets_are_told_apart_when_their_first_words_collide(monkeypatch):
    """Two fingerprints that share the first word are told apart by the second, rows mingled."""
    rows = np.array([0, 1, 0, 2, 1, 0])
    Y = sp.csr_array(np.eye(3, 70, dtype=np.int8)[rows])

    class Colliding:
        """Draws words whose first ones are all alike."""

        def integers(self, low, high, size, dtype):
            return np.stack([np.full(size[1], 7), np.arange(size[1])]).astype(dtype)

    monkeypatch.setattr(np.random, "default_rng", lambda seed: Colliding())
    assert measures.labelset_ids(Y).tolist() == rows.tolist()


@given(Y=strategies.label_matrices())
def test_label_sets_of_many_labels_are_the_same(Y):
    """Beyond 64 labels the fingerprint is a random one, and the label sets stay what they are."""
    wide = np.pad(Y, ((0, 0), (40, 40)))
    assert measures.labelset_ids(wide).tolist() == oracles.labelset_ids(Y)


@pytest.mark.parametrize("n_labels", [63, 64, 65, 66])
def test_the_last_label_counts(n_labels):
    """No label goes unseen where fingerprints change from bits to random words."""
    Y = sp.csr_array(np.vstack([np.eye(n_labels), np.zeros((1, n_labels))]).astype(np.int8))
    assert measures.labelset_ids(Y).tolist() == list(range(n_labels + 1))
