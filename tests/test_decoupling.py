"""REMEDIAL against the field's row counts, the Java reference and a literal transcription."""

from collections import Counter

import numpy as np
import oracles
import pytest
import strategies
from containers import dense
from hypothesis import given
from hypothesis import strategies as st

from skml_aemlo import REMEDIAL
from skml_aemlo.datasets import load_arff


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("emotions.arff", 815),
        ("birds.arff.gz", 785),
        ("genbase.arff.gz", 752),
        ("cal500.arff", 737),
        ("flags.arff", 262),
        ("yeast.arff.gz", 3234),
    ],
)
def test_row_counts_are_the_published_ones(reference, name, rows):
    """Six data sets end with the number of rows other implementations report."""
    data = load_arff(reference / "data" / name)
    _, Y_res = REMEDIAL().fit_resample(data.X, data.Y)
    assert Y_res.shape[0] == rows


@pytest.mark.parametrize("name", ["emotions", "flags", "genbase"])
def test_rows_equal_those_of_the_java_code(reference, name):
    """The same origins get the same label sets, as a multiset."""
    figures = np.load(reference / "oracle" / "mulan" / f"{name}.npz")
    sampler = REMEDIAL()
    _, Y_res = sampler.fit_resample(figures["X"], figures["Y"])
    ours = Counter(zip(sampler.sample_indices_.tolist(), map(tuple, Y_res.tolist()), strict=True))
    theirs = zip(
        figures["remedial_origin"].tolist(),
        map(tuple, figures["remedial_Y"].tolist()),
        strict=True,
    )
    assert ours == Counter(theirs)


def rows_and_labels(sampler, Y):
    """Return origin and labels of every row after ``sampler``."""
    _, Y_res = sampler.fit_resample(np.zeros((len(Y), 1)), Y)
    return list(zip(sampler.sample_indices_.tolist(), Y_res.tolist(), strict=True))


@pytest.mark.filterwarnings("ignore:nothing was resampled:UserWarning")
@given(
    Y=strategies.label_matrices(max_rows=25, max_labels=6),
    threshold=st.sampled_from([None, 0.0, 0.05, 0.3]),
)
def test_equals_the_pseudo_code(Y, threshold):
    """Rows, labels and their order equal a literal transcription, whatever Y."""
    found = rows_and_labels(REMEDIAL(threshold=threshold), Y)
    assert found == oracles.remedial(Y, threshold)


@pytest.mark.parametrize("name", ["emotions.arff", "flags.arff", "birds.arff.gz"])
def test_equals_the_pseudo_code_on_real_data(reference, name):
    """Rows, labels and their order equal a literal transcription on the field's data."""
    Y = dense(load_arff(reference / "data" / name).Y).astype(int)
    assert rows_and_labels(REMEDIAL(), Y) == oracles.remedial(Y)


def test_rows_that_all_concur_alike_stay_whole():
    """No row lies above the mean of equal values, whatever rounding makes of that mean."""
    for n in range(1, 40):
        # label 0 on all rows, labels 1 to 3 on a third each: every row has the same SCUMBLE
        Y = np.hstack([np.ones((3 * n, 1), dtype=int), np.eye(3, dtype=int)[np.arange(3 * n) % 3]])
        with pytest.warns(UserWarning, match="nothing was resampled: no row has a SCUMBLE above"):
            _, Y_res = REMEDIAL().fit_resample(Y, Y)
        np.testing.assert_array_equal(Y_res, Y)


def test_labels_of_a_torn_row_are_shared_out():
    """The two halves of a torn row bear together exactly what it bore, and copy its features."""
    rng = np.random.default_rng(0)
    Y = (rng.random((80, 5)) < [0.7, 0.5, 0.3, 0.1, 0.05]).astype(int)
    X = rng.random((80, 3))
    sampler = REMEDIAL()
    X_res, Y_res = sampler.fit_resample(X, Y)
    total = np.zeros_like(Y)
    np.add.at(total, sampler.sample_indices_, Y_res)
    np.testing.assert_array_equal(total, Y)
    np.testing.assert_array_equal(X_res, X[sampler.sample_indices_])
    assert len(Y_res) > 80


def test_threshold_one_tears_nothing():
    """No row's SCUMBLE exceeds 1, and a warning says so as it does for any other threshold."""
    Y = np.array([[1, 0], [1, 0], [1, 0], [1, 1]])
    with pytest.warns(UserWarning, match="nothing was resampled: no row has a SCUMBLE above 1"):
        _, Y_res = REMEDIAL(threshold=1).fit_resample(Y, Y)
    np.testing.assert_array_equal(Y_res, Y)
