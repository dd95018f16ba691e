"""The examples run, and what they claim holds."""

import importlib.util
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from guide import blocks, run
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import AEMLO, MLROS, MLSMOTE, MultiLabelResampledClassifier

DOCS = Path(__file__).parents[1] / "docs"
GUIDE = DOCS / "guide" / "aemlo.md"
LEAK = "leaking_evaluation"


def example(name, folder="examples"):
    """Return an example as a module."""
    spec = importlib.util.spec_from_file_location(name, DOCS / folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def printed():
    """Return what an example prints, run once by itself as a reader would run it."""
    for library in ("pandas", "matplotlib"):
        pytest.importorskip(library)
    known = {}

    def run_once(name):
        if name not in known:
            script = DOCS / "examples" / f"{name}.py"
            known[name] = subprocess.run(
                [sys.executable, script],
                capture_output=True,
                text=True,
                encoding="utf-8",
                env={**os.environ, "MPLBACKEND": "Agg", "PYTHONUTF8": "1"},
            )
        return known[name]

    return run_once


@pytest.mark.parametrize("name", sorted(path.stem for path in DOCS.glob("examples/*.py")))
def test_an_example_runs_without_a_word_of_complaint(printed, name):
    """It ends well, and neither it nor a library warns."""
    if name == "aemlo_latent_space":
        pytest.importorskip("torch")
    ran = printed(name)
    assert ran.stderr == ""
    assert ran.returncode == 0
    assert ran.stdout


def test_the_leaking_estimate_is_farther_from_the_truth(printed):
    """Of all four pairs of sampler and classifier, by the table that is printed."""
    rows = re.findall(r"^(ML.+?) +([\d.]+) +([\d.]+) +([\d.]+)$", printed(LEAK).stdout, re.M)
    assert len(rows) == 4
    for _, *numbers in rows:
        leaking, inside, truth = map(float, numbers)
        assert leaking > truth + 0.03
        assert abs(inside - truth) < 0.08
        assert abs(inside - truth) < leaking - truth


def test_where_features_know_nothing_only_the_leaking_estimate_does():
    """Labels are drawn by chance, so the truth is known: an area under the curve of one half."""
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(400, 5)), (rng.random((400, 3)) < [0.5, 0.4, 0.05]).astype(int)
    tree, folds = DecisionTreeClassifier(random_state=0), KFold(5, shuffle=True, random_state=0)
    X_res, Y_res = MLROS(sampling_strategy={2: 150}, random_state=0).fit_resample(X, Y)
    sampler = MLROS(sampling_strategy={2: 120}, random_state=0)
    honest = cross_val_predict(MultiLabelResampledClassifier(tree, sampler), X, Y, cv=folds)
    leaking = cross_val_predict(tree, X_res, Y_res, cv=folds)
    assert abs(roc_auc_score(Y[:, 2], honest[:, 2]) - 0.5) < 0.1
    assert roc_auc_score(Y_res[:, 2], leaking[:, 2]) > 0.9


@pytest.fixture(scope="module")
def grouped():
    """Return the example of grouped cross-validation, whose pictures are drawn on nothing."""
    pytest.importorskip("matplotlib").use("Agg")
    return example("grouped_cross_validation")


@pytest.mark.parametrize("sampler", [MLROS(random_state=0), MLSMOTE(random_state=0)])
def test_no_group_is_on_both_sides(grouped, sampler):
    """No row trained on has a source, or a row it moves towards, in a group tested on."""
    X, Y, groups = grouped.X, grouped.Y, grouped.groups
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
    X, Y, groups = grouped.X, grouped.Y, grouped.groups
    sampler = MLSMOTE(random_state=0)
    sampler.fit_resample(X, Y)
    sources, references = groups[sampler.sample_indices_], groups[sampler.reference_indices_]
    assert (sources != references).sum() > 10
    leaking = 0
    for held_out in np.unique(groups):
        leaking += ((sources != held_out) & (references == held_out)).sum()
    assert leaking == (sources != references).sum()


def test_running_it_shows_that_careless_splits_flatter(printed):
    """The printed score with patients on both sides is far above the honest one."""
    out = printed("grouped_cross_validation").stdout
    careless = [float(n) for n in re.findall(r"both sides: ([\d.]+)", out)]
    honest = [float(n) for n in re.findall(r"apart: ([\d.]+)", out)]
    inside = float(re.search(r"inside the folds: ([\d.]+)", out)[1])
    assert len(careless) == len(honest) == 2
    assert all(high > low + 0.1 for high, low in zip(careless, honest, strict=True))
    assert min(careless) > inside + 0.1
    assert re.findall(r"between two patients: (\d+)", out)[0] == "0"


def test_tagging_texts_stays_sparse_and_gains(capsys, monkeypatch):
    """The search sees sparse features only, and resampling raises the score of the tagger."""
    pytest.importorskip("matplotlib").use("Agg")
    seen, fit_resample = [], MLSMOTE.fit_resample

    def watched(sampler, X, Y):
        X_res, Y_res = fit_resample(sampler, X, Y)
        sparse = sp.issparse(X) and sp.issparse(X_res)
        seen.append((sampler.n_neighbors, sparse, X_res.shape[0] > X.shape[0]))
        return X_res, Y_res

    monkeypatch.setattr(MLSMOTE, "fit_resample", watched)
    example("text_tagging")
    out = capsys.readouterr().out
    assert re.search(r"best: {'sampler__n_neighbors': [135]}", out)
    assert re.search(r"630 texts, \d+ words, 150 tags", out)
    bare, resampled = map(float, re.findall(r"macro F1 \w+: ([\d.]+)", out))
    assert resampled > bare + 0.02
    found = re.findall(r"^(?:logistic regression|with [\w ]+?) +([\d.]+)$", out, re.MULTILINE)
    plain, sampled, weighted, tuned = map(float, found)
    assert tuned > weighted > plain + 0.4
    assert sampled < weighted
    # three settings on three folds; then the best, once more to look at, and under another model
    assert sorted(k for k, _, _ in seen[:9]) == [1, 1, 1, 3, 3, 3, 5, 5, 5]
    assert all(sparse and more for _, sparse, more in seen)


def test_the_code_of_the_guide_runs_and_does_what_it_says(tmp_path, monkeypatch, capsys):
    """Its blocks run in turn; a loaded sampler repeats the rows, and codes are as wide as said."""
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    shown, names = blocks("aemlo.md"), {}
    assert len(shown) == 3
    for block in shown:
        run(block, names)
    before, after = map(
        float, re.search(r"^([\d.]+) -> ([\d.]+)$", capsys.readouterr().out, re.M).groups()
    )
    assert after < 0.75 * before
    assert names["X_res"].shape == (len(names["data"].X) * 3 // 2, 24)
    assert names["codes"].shape == (100, 64)
    np.testing.assert_array_equal(names["X_again"], names["X_new"])
    assert (names["Y_again"] != names["Y_new"]).nnz == 0
    assert [f.name for f in tmp_path.iterdir()] == ["aemlo.safetensors"]
    assert names["scores"].shape == (3,)
    assert (names["scores"] > 0.1).all()


def test_the_guide_states_the_defaults_and_its_links_lead_somewhere():
    """The table has the signature's values; pictures and pages exist."""
    text = GUIDE.read_text()
    stated = re.findall(r"^\| `(\w+)` \| (\S+) \|", text, re.MULTILINE)
    signature = inspect.signature(AEMLO).parameters
    assert len(stated) == 6
    assert {name: value.strip('"') for name, value in stated} == {
        name: str(signature[name].default) for name, _ in stated
    }
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) >= 3
    files = [link.partition("#")[0] for link in links]
    assert [link for link in files if not (GUIDE.parent / link).exists()] == []


def test_the_pictures_of_displays_are_drawn_anew(tmp_path):
    """Six come out, the ones that the guide shows."""
    for library in ("pandas", "matplotlib", "PIL"):
        pytest.importorskip(library)
    example("draw_plots", "images").main(tmp_path, n_datasets=3, cv="1x2")
    text = (DOCS / "guide" / "plots.md").read_text()
    shown = re.findall(r"\]\(\.\./images/(\w+\.png)\)", text)
    assert sorted(shown) == sorted(path.name for path in tmp_path.iterdir())
    assert all((DOCS / "images" / name).exists() for name in shown)


def test_the_pictures_of_the_guide_are_drawn_anew(tmp_path):
    """Both come out small, with marks in both colours, and no setting of matplotlib changes."""
    pytest.importorskip("torch")
    mpl = pytest.importorskip("matplotlib")
    image = pytest.importorskip("PIL.Image")
    before = dict(mpl.rcParams)
    example("draw_aemlo", "images").main(tmp_path, epochs=3)
    assert dict(mpl.rcParams) == before
    assert {f.name for f in tmp_path.iterdir()} == {"aemlo_latent.png", "aemlo_training.png"}
    for path in tmp_path.iterdir():
        assert path.stat().st_size < 120_000
        pixels = np.asarray(image.open(path).convert("RGB")).astype(int)
        assert pixels.shape[1] > 900
        for colour in [(0xD5, 0x5E, 0), (0, 0x72, 0xB2)]:  # what is real or held out, what is new
            assert (np.abs(pixels - colour).max(axis=2) < 20).sum() > 200
