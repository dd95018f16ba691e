"""The examples run, and what they claim holds."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from skml_aemlo import MLROS, MLSMOTE

FOLDER = Path(__file__).parents[1] / "docs" / "examples"


def example(name):
    """Return an example as a module."""
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def grouped():
    """Return the example of grouped cross-validation."""
    return example("grouped_cross_validation")


@pytest.mark.parametrize("sampler", [MLROS(random_state=0), MLSMOTE(random_state=0)])
def test_no_group_is_on_both_sides(grouped, sampler):
    """No row trained on has a source, or a row it moves towards, in a group tested on."""
    X, Y, groups = grouped.make_patients()
    X_res, _ = sampler.fit_resample(X, Y)
    added = grouped.added_by(sampler)
    reference = getattr(sampler, "reference_indices_", sampler.sample_indices_)
    tested = []
    for train, test in grouped.clean_folds(grouped.parents_of(sampler, groups), added):
        held_out = set(groups[sampler.sample_indices_[test]])
        assert not held_out & set(groups[sampler.sample_indices_[train]])
        assert not held_out & set(groups[reference[train]])
        assert len(train) > len(X) / 2
        tested.extend(test)
    assert sorted(tested) == list(range(len(X)))
    assert len(X_res) > len(X)


def test_the_source_alone_would_leak(grouped):
    """Made rows with parents in two groups exist; without references they would be trained on."""
    X, Y, groups = grouped.make_patients()
    sampler = MLSMOTE(random_state=0)
    sampler.fit_resample(X, Y)
    sources, references = groups[sampler.sample_indices_], groups[sampler.reference_indices_]
    assert (sources != references).sum() > 10
    leaking = 0
    for held_out in np.unique(groups):
        leaking += ((sources != held_out) & (references == held_out)).sum()
    assert leaking == (sources != references).sum()


def test_running_it_shows_that_careless_splits_flatter(grouped, capsys):
    """The printed score with patients on both sides is far above the honest one."""
    grouped.main()
    out = capsys.readouterr().out
    careless = [float(n) for n in re.findall(r"both sides: ([\d.]+)", out)]
    honest = [float(n) for n in re.findall(r"apart: ([\d.]+)", out)]
    assert len(careless) == len(honest) == 2
    assert all(high > low + 0.1 for high, low in zip(careless, honest, strict=True))
    assert re.findall(r"between two patients: (\d+)", out)[0] == "0"


def test_tagging_texts_stays_sparse_and_gains(capsys, monkeypatch):
    """The search sees sparse features only, and resampling raises the score of the tagger."""
    tagging, seen = example("text_tagging"), []
    fit_resample = MLSMOTE.fit_resample

    def watched(sampler, X, Y):
        X_res, Y_res = fit_resample(sampler, X, Y)
        seen.append(
            (
                sampler.n_neighbors,
                sp.issparse(X) and sp.issparse(X_res),
                X_res.shape[0] > X.shape[0],
            )
        )
        return X_res, Y_res

    monkeypatch.setattr(MLSMOTE, "fit_resample", watched)
    tagging.main()
    out = capsys.readouterr().out
    assert re.search(r"best: {'sampler__n_neighbors': [135]}", out)
    assert re.search(r"630 texts, \d+ words, 150 tags", out)
    bare, resampled = map(float, re.findall(r"macro F1 \w+: ([\d.]+)", out))
    assert resampled > bare + 0.02
    # three settings on three folds, and the best on all that was read
    assert sorted(k for k, _, _ in seen[:-1]) == [1, 1, 1, 3, 3, 3, 5, 5, 5]
    assert all(sparse and more for _, sparse, more in seen)
