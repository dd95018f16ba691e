"""REMEDIAL against the field's row counts, the Java reference and a literal transcription."""

from collections import Counter

import numpy as np
import pytest

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


def literal_remedial(Y):
    """Transcribe the paper's pseudo-code with loops over rows and labels."""
    counts = Y.sum(axis=0)
    ratios = [max(counts) / c if c else None for c in counts]
    mean = np.mean([r for r in ratios if r is not None])
    concurrence = []
    for row in Y:
        borne = [ratios[j] for j in range(len(row)) if row[j]]
        even = np.prod(borne) ** (1 / len(borne)) / np.mean(borne) if len(borne) > 1 else 1.0
        concurrence.append(1 - even)
    kept, appended = [], []
    for row, level in zip(Y, concurrence, strict=True):
        if level <= np.mean(concurrence):
            kept.append(row.tolist())
            continue
        rare = [int(v and ratios[j] > mean) for j, v in enumerate(row)]
        kept.append(rare)
        appended.append([int(v and not r) for v, r in zip(row, rare, strict=True)])
    return kept + appended


@pytest.mark.parametrize("seed", range(5))
def test_equals_the_pseudo_code(seed):
    """Labels and their order equal a literal transcription, empty labels and rows included."""
    rng = np.random.default_rng(seed)
    Y = (rng.random((60, 7)) < [0.6, 0.5, 0.4, 0.2, 0.1, 0.05, 0.0]).astype(int)
    _, Y_res = REMEDIAL().fit_resample(np.zeros((60, 1)), Y)
    assert Y_res.tolist() == literal_remedial(Y)


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
    """No row's SCUMBLE exceeds 1."""
    Y = np.array([[1, 0], [1, 0], [1, 0], [1, 1]])
    _, Y_res = REMEDIAL(threshold=1).fit_resample(Y, Y)
    np.testing.assert_array_equal(Y_res, Y)
