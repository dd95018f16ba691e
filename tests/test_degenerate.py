"""What goes wrong: each case ends in a documented result, a UserWarning, or one clear error."""

import datetime
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from containers import PolarsLike, dense, int64_indices
from registered import names_with, parameter_called
from sklearn.base import clone

import skml_aemlo
from skml_aemlo import MLTL

PACKAGE = Path(skml_aemlo.__file__).parent
WORDS = [f"text {i}" for i in range(60)]


def changed(table: np.ndarray, value: Any) -> np.ndarray:
    """Return the table with one cell changed."""
    table = table.astype(object if isinstance(value, str | None) else float)
    table[4, 1] = value
    return table


Change = Callable[[np.ndarray, np.ndarray], tuple[Any, Any]]

BAD_LABELS: dict[str, Change] = {
    "NaN": lambda X, Y: (X, changed(Y, np.nan)),
    "NaN in a sparse Y": lambda X, Y: (X, sp.csr_array(changed(Y, np.nan))),
    "None": lambda X, Y: (X, changed(Y, None)),
    "pandas NA": lambda X, Y: (X, pd.DataFrame(Y).astype("Int64").replace(0, pd.NA)),
    "minus one": lambda X, Y: (X, changed(Y, -1)),
    "two": lambda X, Y: (X, changed(Y, 2)),
    "one half": lambda X, Y: (X, changed(Y, 0.5)),
    "two in a sparse Y": lambda X, Y: (X, sp.csr_array(changed(Y, 2))),
    "a word": lambda X, Y: (X, changed(Y, "yes")),
    "words": lambda X, Y: (X, Y.astype(str)),
    "one-dimensional": lambda X, Y: (X, Y[:, 0]),
    "three-dimensional": lambda X, Y: (X, Y[:, :, None]),
    "sets of labels": lambda X, Y: (X, [set(np.flatnonzero(row)) for row in Y]),
    "ragged": lambda X, Y: (X, [[1], *Y.tolist()[1:]]),
    "nothing": lambda X, Y: (X, None),
    "no rows": lambda X, Y: (X, Y[:0]),
    "no rows at all": lambda X, Y: (X[:0], Y[:0]),
    "no labels": lambda X, Y: (X, Y[:, :0]),
    "fewer rows than X": lambda X, Y: (X, Y[:-1]),
    "more rows than X": lambda X, Y: (X[:-1], Y),
    "names twice": lambda X, Y: (X, pd.DataFrame(Y, columns=list("aabcd"))),
    "names of several types": lambda X, Y: (X, pd.DataFrame(Y, columns=["a", 1, 2, 3, 4])),
    "infinity": lambda X, Y: (X, changed(Y, np.inf)),
    "infinity in a sparse Y": lambda X, Y: (X, sp.csr_array(changed(Y, np.inf))),
    "complex": lambda X, Y: (X, Y.astype(complex)),
    "complex, sparse": lambda X, Y: (X, sp.csr_array(Y.astype(complex))),
    "complex, in lists": lambda X, Y: (X, Y.astype(complex).tolist()),
    "complex, in a frame": lambda X, Y: (X, pd.DataFrame(Y.astype(complex))),
    "masked cells": lambda X, Y: (X, np.ma.masked_array(Y, mask=np.eye(60, 5, dtype=bool))),
    "NA in a boolean column": lambda X, Y: (
        X,
        pd.DataFrame(Y).astype("boolean").mask(np.eye(60, 5, dtype=bool)),
    ),
    "NA in a Float64 column": lambda X, Y: (
        X,
        pd.DataFrame(Y).astype("Float64").mask(np.eye(60, 5, dtype=bool)),
    ),
    "words in a nullable column": lambda X, Y: (X, pd.DataFrame(Y).astype("string")),
    "one-dimensional, sparse": lambda X, Y: (X, sp.coo_array(Y[:, 0])),
    "a Series": lambda X, Y: (X, pd.Series(Y[:, 0])),
    "an empty list": lambda X, Y: (X, []),
    "empty lists": lambda X, Y: (X, [[]] * 60),
    "a generator": lambda X, Y: (X, (row for row in Y.tolist())),
    "a dict": lambda X, Y: (X, {"a": Y}),
    "a text": lambda X, Y: (X, "a" * 60),
    "a number": lambda X, Y: (X, 1),
    "dates": lambda X, Y: (X, np.zeros((60, 2), "datetime64[D]")),
    "fields": lambda X, Y: (X, np.zeros(60, dtype=[("a", int)])),
}

NO_ROWS: dict[str, Change] = {
    "nothing": lambda X, Y: (None, Y),
    "a number": lambda X, Y: (5, Y),
    "a 0-d array": lambda X, Y: (np.array(5.0), Y),
    "a text": lambda X, Y: ("a" * len(Y), Y),
    "a dict": lambda X, Y: ({"a": 1}, Y),
    "a set": lambda X, Y: (set(range(len(Y))), Y),
    "a generator": lambda X, Y: ((row for row in X), Y),
    "no rows": lambda X, Y: (X[:0], Y),
    "an empty list": lambda X, Y: ([], Y),
    "an iterator": lambda X, Y: (map(list, X), Y),
    "names twice": lambda X, Y: (pd.DataFrame(X, columns=list("aabcde")), Y),
    "names of several types": lambda X, Y: (pd.DataFrame(X, columns=["a", 1, 2, 3, 4, 5]), Y),
}

BAD_FEATURES: dict[str, Change] = {
    "NaN": lambda X, Y: (changed(X, np.nan), Y),
    "infinity": lambda X, Y: (changed(X, np.inf), Y),
    "NaN in a sparse X": lambda X, Y: (sp.csr_matrix(changed(X, np.nan)), Y),
    "NaN in a frame": lambda X, Y: (pd.DataFrame(changed(X, np.nan)), Y),
    "NA in a nullable column": lambda X, Y: (pd.DataFrame({"a": pd.array([1, None] * 30)}), Y),
    "NA in an object column": lambda X, Y: (
        pd.DataFrame({"a": ["u", pd.NA] * 30}, dtype=object),
        Y,
    ),
    "NaT": lambda X, Y: (pd.DataFrame({"a": pd.to_datetime(["2024-02-29", None] * 30)}), Y),
    "dates": lambda X, Y: (np.arange(60).astype("datetime64[D]")[:, None], Y),
    "None": lambda X, Y: (changed(X, None), Y),
    "a word": lambda X, Y: (changed(X, "red"), Y),
    "texts": lambda X, Y: (WORDS, Y),
    "complex": lambda X, Y: (X.astype(complex), Y),
    "one-dimensional": lambda X, Y: (X[:, 0], Y),
    "three-dimensional": lambda X, Y: (X[:, :, None], Y),
    "ragged": lambda X, Y: ([[1.0], *X.tolist()[1:]], Y),
    "no columns": lambda X, Y: (X[:, :0], Y),
    "no rows at all in a frame": lambda X, Y: (pd.DataFrame(X)[:0], Y),
    "infinity in a sparse X": lambda X, Y: (sp.csr_array(changed(X, np.inf)), Y),
    "minus infinity in a frame": lambda X, Y: (pd.DataFrame(changed(X, -np.inf)), Y),
    "complex, sparse": lambda X, Y: (sp.csr_array(X.astype(complex)), Y),
    "complex, in lists": lambda X, Y: (X.astype(complex).tolist(), Y),
    "complex, in a frame": lambda X, Y: (pd.DataFrame(X.astype(complex)), Y),
    "masked cells": lambda X, Y: (np.ma.masked_array(X, mask=np.eye(60, 6, dtype=bool)), Y),
    "NA in a Float64 column": lambda X, Y: (pd.DataFrame(X).astype("Float64").mask(X > 2), Y),
    "NA in a boolean column": lambda X, Y: (
        pd.DataFrame(X > 0).astype("boolean").mask(X > 2),
        Y,
    ),
    "NA in a string column": lambda X, Y: (
        pd.DataFrame(X > 0).astype(str).astype("string").mask(X > 2),
        Y,
    ),
    "bytes": lambda X, Y: (np.array([[b"a"]] * 60), Y),
    "durations": lambda X, Y: (np.arange(60).astype("timedelta64[s]")[:, None], Y),
    "dates as objects": lambda X, Y: ([[datetime.date(2024, 2, 29)]] * 60, Y),
    "intervals": lambda X, Y: (pd.DataFrame({"a": pd.interval_range(0, 60)}), Y),
    "one-dimensional, sparse": lambda X, Y: (sp.coo_array(X[:, 0]), Y),
    "a Series": lambda X, Y: (pd.Series(X[:, 0]), Y),
    "differences that overflow": lambda X, Y: (np.sign(X) * 1.7e308, Y),
    "differences that overflow, sparse": lambda X, Y: (sp.csr_array(np.sign(X) * 1.7e308), Y),
    "differences that overflow in single": lambda X, Y: (np.float32(np.sign(X) * 3e38), Y),
}


def assert_refused(sampler: Any, X: Any, Y: Any, name: str) -> None:
    """Assert one clear error of ours that names the parameter, and that nothing is left half-set.

    Ours: raised in the package, or by scikit-learn's check of a constructor's parameter.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises((ValueError, TypeError), match=rf"\b{name}\b") as caught:
            sampler.fit_resample(X, Y)
    origin = Path(caught.traceback[-1].path)
    assert origin.is_relative_to(PACKAGE) or origin.name == "_param_validation.py", origin
    assert re.search(r"\bmust\b|[;:.] \w", str(caught.value)), "no remedy, no expectation"
    assert not hasattr(sampler, "sample_indices_")
    assert not hasattr(sampler, "is_synthetic_")


@pytest.mark.parametrize("change", BAD_LABELS.values(), ids=BAD_LABELS.keys())
def test_bad_labels_are_refused_by_name(sampler, small, change):
    """Labels that are no binary matrix with X's rows give one error that says Y."""
    assert_refused(sampler, *change(*small), "Y")


@pytest.mark.parametrize("change", NO_ROWS.values(), ids=NO_ROWS.keys())
def test_features_without_rows_are_refused_by_name(sampler, small, change):
    """What has no rows to copy gives one error that says X, features read or not."""
    assert_refused(sampler, *change(*small), "X")


@pytest.mark.parametrize("change", BAD_FEATURES.values(), ids=BAD_FEATURES.keys())
def test_bad_features_are_refused_by_name(reader, small, change):
    """Features that are no finite numbers give one error that says X."""
    assert_refused(reader, *change(*small), "X")


def test_an_error_leaves_the_attributes_of_an_earlier_call_consistent(reader, small):
    """After a refused call the sampler still describes the call before, wholly."""
    reader.fit_resample(small.X, small.Y)
    n_rows = len(reader.sample_indices_)
    with pytest.raises(ValueError, match="NaN"):
        reader.fit_resample(changed(small.X, np.nan)[:, :3], small.Y[:, :3])
    assert (reader.n_features_in_, reader.n_labels_in_) == (6, 5)
    assert len(reader.sample_indices_) == n_rows


def test_every_parameter_refuses_nonsense_by_name(sampler, small):
    """An object() given for any parameter is one ValueError or TypeError that says which."""
    for name in sampler.get_params(deep=False):
        assert_refused(clone(sampler).set_params(**{name: object()}), *small, name)


@pytest.mark.parametrize("sampler", names_with("fraction"), indirect=True)
@pytest.mark.parametrize("fraction", [-0.1, np.nan, np.inf, "half", [0.5]])
def test_fractions_that_are_none_are_refused(sampler, small, fraction):
    """``fraction`` is a finite number of at least 0."""
    key = parameter_called(sampler, "fraction")
    assert_refused(sampler.set_params(**{key: fraction}), *small, "fraction")


ODD: dict[str, Change] = {
    "one row": lambda X, Y: (X[:1], Y[:1]),
    "one row without labels": lambda X, Y: (X[:1], 0 * Y[:1]),
    "two rows": lambda X, Y: (X[:2], Y[:2]),
    "three rows": lambda X, Y: (X[:3], Y[:3]),
    "no label borne": lambda X, Y: (X, 0 * Y),
    "all labels borne": lambda X, Y: (X, 0 * Y + 1),
    "one label": lambda X, Y: (X, Y[:, 3:4]),
    "one label, borne by all": lambda X, Y: (X, 0 * Y[:, :1] + 1),
    "every label as rare as the others": lambda X, Y: (X, np.eye(5, dtype=int)[np.arange(60) % 5]),
    "one label set": lambda X, Y: (X, np.tile(Y[0], (60, 1))),
    "an empty label": lambda X, Y: (X, np.column_stack([Y, np.zeros(60, int)])),
    "a label of one row": lambda X, Y: (X, np.column_stack([Y, np.eye(60, 1, dtype=int)])),
    "labels of one row each": lambda X, Y: (X, np.eye(60, dtype=int)),
    "rows without labels": lambda X, Y: (X, np.vstack([Y[:30], 0 * Y[30:]])),
    "equal rows": lambda X, Y: (0 * X + 2.5, Y),
    "only zeros": lambda X, Y: (0 * X, Y),
    "only zeros, sparse": lambda X, Y: (sp.csr_array(X.shape), Y),
    "a constant feature": lambda X, Y: (np.column_stack([X, np.ones(60)]), Y),
    "one feature": lambda X, Y: (X[:, :1], Y),
    "duplicate rows": lambda X, Y: (X[np.arange(60) // 10], Y),
    "huge values": lambda X, Y: (X * 1e100, Y),
    "tiny values": lambda X, Y: (X * 1e-100, Y),
    "rare labels beside an empty row": lambda X, Y: (X, np.eye(60, 59, dtype=int)),
    "one row a label, one label for all": lambda X, Y: (
        X,
        np.column_stack([np.ones(60, int), np.eye(60, dtype=int)]),
    ),
    "zeros and ones": lambda X, Y: (X > 0, Y),
    "small integers at their limits": lambda X, Y: (
        np.where(X > 0, 127, -128).astype(np.int8),
        Y,
    ),
    "subnormal values": lambda X, Y: (X * 5e-322, Y),
    "more labels than rows": lambda X, Y: (X[:20], np.tile(Y[:20], (1, 6))),
}


UNLIKE = [ODD["labels of one row each"], ODD["rare labels beside an empty row"]]


@pytest.mark.parametrize("change", ODD.values(), ids=ODD.keys())
def test_odd_data_give_a_valid_result(sampler, small, change):
    """Degenerate data are resampled, or left alone with a UserWarning; MLTL may refuse."""
    X, Y = change(*small)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", UserWarning)
        if isinstance(sampler, MLTL) and change in UNLIKE:
            with pytest.raises(ValueError, match="MLTL would return no rows"):
                sampler.fit_resample(X, Y)
            return
        X_res, Y_res = sampler.fit_resample(X, Y)
    copied = ~sampler.is_synthetic_
    assert X_res.shape == (len(sampler.sample_indices_), X.shape[1])
    assert Y_res.shape == (len(sampler.sample_indices_), Y.shape[1])
    assert len(Y_res) > 0
    assert np.isfinite(dense(X_res)).all()
    assert np.isin(Y_res, [0, 1]).all()
    source = sampler.sample_indices_[copied]
    np.testing.assert_array_equal(dense(X_res)[copied], dense(X)[source])


@pytest.mark.parametrize("sampler", names_with("n_neighbors"), indirect=True)
@pytest.mark.parametrize("n_neighbors", [60, 10**9, np.int64(1000)])
def test_more_neighbours_than_rows_means_all(sampler, small, n_neighbors):
    """A neighbourhood larger than the data is the data."""
    key = parameter_called(sampler, "n_neighbors")
    X_res, _ = clone(sampler).set_params(**{key: n_neighbors}).fit_resample(*small)
    X_all, _ = clone(sampler).set_params(**{key: 59}).fit_resample(*small)
    np.testing.assert_array_equal(X_res, X_all)


HELD: dict[str, Change] = {
    "Fortran order": lambda X, Y: (np.asfortranarray(X), np.asfortranarray(Y)),
    "read-only": lambda X, Y: (_locked(X), _locked(Y)),
    "negative strides": lambda X, Y: (X[::-1].copy()[::-1], Y[::-1].copy()[::-1]),
    "matrices": lambda X, Y: (np.asmatrix(X), np.asmatrix(Y)),
    "masked arrays without a masked cell": lambda X, Y: (
        np.ma.masked_array(X),
        np.ma.masked_array(Y),
    ),
    "objects": lambda X, Y: (X.astype(object), Y.astype(object)),
    "lists of tuples": lambda X, Y: (list(map(tuple, X.tolist())), list(map(tuple, Y.tolist()))),
    "tuples of tuples": lambda X, Y: (
        tuple(map(tuple, X.tolist())),
        tuple(map(tuple, Y.tolist())),
    ),
    "lists of arrays": lambda X, Y: (list(X), list(Y)),
    "64-bit indices": lambda X, Y: (int64_indices(X), int64_indices(Y)),
    "sparse, by blocks": lambda X, Y: (sp.bsr_array(X), sp.bsr_array(Y)),
    "sparse, by diagonals": lambda X, Y: (sp.dia_array(X), sp.dia_array(Y)),
    "sparse, by keys": lambda X, Y: (sp.dok_array(X), sp.dok_array(Y)),
    "nullable columns": lambda X, Y: (
        pd.DataFrame(X).astype("Float64"),
        pd.DataFrame(Y).astype("boolean"),
    ),
    "rows of one name": lambda X, Y: (
        pd.DataFrame(X, index=[0] * 60),
        pd.DataFrame(Y, index=[0] * 60),
    ),
    "rows of two names": lambda X, Y: (
        pd.DataFrame(X, index=_pairs(6, 10)),
        pd.DataFrame(Y, index=_pairs(10, 6)),
    ),
    "columns of two names": lambda X, Y: (
        pd.DataFrame(X, columns=_pairs(2, 3)),
        pd.DataFrame(Y, columns=_pairs(1, 5)),
    ),
    "extended precision": lambda X, Y: (X.astype(np.longdouble), Y.astype(np.longdouble)),
    "a frame that is not pandas'": lambda X, Y: (PolarsLike(X), PolarsLike(Y)),
}


def _locked(table: np.ndarray) -> np.ndarray:
    table.flags.writeable = False
    return table


def _pairs(left: int, right: int) -> pd.MultiIndex:
    return pd.MultiIndex.from_product([range(left), range(right)])


@pytest.mark.filterwarnings("ignore:the matrix subclass")  # numpy's word, at their making
@pytest.mark.parametrize("change", HELD.values(), ids=HELD.keys())
def test_however_held_the_rows_are_those_of_plain_arrays(sampler, small, change):
    """What numbers lie in changes neither the rows chosen nor what they hold."""
    plain = clone(sampler)
    X_plain, Y_plain = plain.fit_resample(*small)
    X, Y = change(small.X.copy(), small.Y.copy())
    X_res, Y_res = sampler.fit_resample(X, Y)
    np.testing.assert_array_equal(sampler.sample_indices_, plain.sample_indices_)
    np.testing.assert_allclose(dense(X_res).astype(float), X_plain, rtol=0, atol=1e-13)
    np.testing.assert_array_equal(dense(Y_res).astype(int), Y_plain)


def test_memory_mapped_arrays_are_read_from_disk(sampler, small, tmp_path):
    """Read-only maps of files give the rows of arrays in memory."""
    X_plain, Y_plain = clone(sampler).fit_resample(*small)
    maps = []
    for name, table in zip("XY", small, strict=True):
        np.save(tmp_path / name, table)
        maps.append(np.load(tmp_path / f"{name}.npy", mmap_mode="r"))
    X_res, Y_res = sampler.fit_resample(*maps)
    np.testing.assert_array_equal(X_res, X_plain)
    np.testing.assert_array_equal(Y_res, Y_plain)


BEYOND_DOUBLE = np.column_stack([2**53 + 1 + 2 * np.arange(60), np.arange(60)])
EXACT = {
    "int64": BEYOND_DOUBLE,
    "uint64": BEYOND_DOUBLE.astype(np.uint64) * np.uint64(512),
    "int64 in a frame": pd.DataFrame(BEYOND_DOUBLE),
    "Int64 in a frame": pd.DataFrame(BEYOND_DOUBLE).astype("Int64"),
    "int64, sparse": sp.csc_array(BEYOND_DOUBLE),
    "ints in lists": BEYOND_DOUBLE.tolist(),
    "extended precision": BEYOND_DOUBLE.astype(np.longdouble) + np.longdouble(1) / 1024,
    "half precision": np.arange(120).reshape(60, 2).astype(np.float16),
}


@pytest.mark.parametrize("X", EXACT.values(), ids=EXACT.keys())
def test_copied_rows_are_exact_beyond_double_precision(sampler, small, X):
    """A copy holds the very number of its source, be it none that a double can hold."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "AEMLO made no rows")
        X_res, _ = sampler.fit_resample(X, small.Y)
    copied = np.flatnonzero(~sampler.is_synthetic_)
    table, made = dense(X), dense(X_res)
    assert made.dtype == table.dtype
    assert (made[copied] == table[sampler.sample_indices_[copied]]).all()


def as_numpy(value: Any) -> Any:
    """Return a number as numpy's scalar, anything else as it is."""
    kinds = {bool: np.bool_, int: np.int64, float: np.float64}
    return kinds.get(type(value), lambda same: same)(value)


def test_parameters_may_be_numpy_scalars(sampler, small):
    """Numbers that come out of an array or a grid do as well as Python's own."""
    X_plain, Y_plain = clone(sampler).fit_resample(*small)
    given = {key: as_numpy(value) for key, value in sampler.get_params().items()}
    X_res, Y_res = sampler.set_params(**given).fit_resample(*small)
    np.testing.assert_array_equal(X_res, X_plain)
    np.testing.assert_array_equal(Y_res, Y_plain)


@pytest.mark.parametrize("sampler", names_with("fraction"), indirect=True)
def test_a_fraction_of_zero_makes_nothing_and_keeps_every_row(sampler, small):
    """No row is made and none is lost."""
    sampler.set_params(**{parameter_called(sampler, "fraction"): 0})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", UserWarning)
        sampler.fit_resample(*small)
    assert not sampler.is_synthetic_.any()
    assert set(sampler.sample_indices_) == set(range(60))


@pytest.mark.parametrize("sampler", names_with("fraction"), indirect=True)
def test_a_fraction_above_one_only_adds(sampler, small):
    """Who removes rows refuses it by name; who adds rows takes it."""
    key = parameter_called(sampler, "fraction")
    less = clone(sampler).set_params(**{key: 0.2})
    less.fit_resample(*small)
    sampler.set_params(**{key: 1.5})
    if len(less.sample_indices_) < 60:
        assert_refused(sampler, *small, "fraction")
    else:
        sampler.fit_resample(*small)
        assert len(sampler.sample_indices_) >= len(less.sample_indices_)


@pytest.mark.parametrize("sampler", names_with("sampling_strategy"), indirect=True)
@pytest.mark.parametrize("strategy", [{99: 3}, {"nobody": 3}, {(99,): 3}, {-1: 3}, {0: -1}])
def test_a_dict_that_names_no_label_is_refused(sampler, small, strategy):
    """Unknown labels, unknown label sets, and numbers below zero."""
    key = parameter_called(sampler, "sampling_strategy")
    assert_refused(sampler.set_params(**{key: strategy}), *small, "sampling_strategy")


@pytest.mark.parametrize("sampler", names_with("random_state"), indirect=True)
@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "zero", [1, 2]])
def test_a_seed_that_is_none_is_refused(sampler, small, seed):
    """``random_state`` is an int below 2**32, a RandomState, a Generator or None."""
    assert_refused(sampler.set_params(random_state=seed), *small, "random_state")


@pytest.mark.parametrize("sampler", names_with("n_neighbors"), indirect=True)
@pytest.mark.parametrize("n_neighbors", [0, -1, 2.5, "five"])
def test_numbers_of_neighbours_that_are_none_are_refused(sampler, small, n_neighbors):
    """``n_neighbors`` is an int of at least 1."""
    key = parameter_called(sampler, "n_neighbors")
    assert_refused(sampler.set_params(**{key: n_neighbors}), *small, "n_neighbors")
