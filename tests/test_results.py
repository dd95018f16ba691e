"""The comparison label by label, and the profiles kept beside it, against counting by hand."""

import json
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score
from sklearn.model_selection import KFold
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import MLROS, cli, datasets, measures, registry
from skml_aemlo.compare import Experiment, make_estimator, read_results, run

RNG = np.random.default_rng(5)
X = RNG.normal(size=(48, 3))
Y = pd.DataFrame(
    (X + RNG.normal(size=X.shape) > [-0.2, 0.5, 1.1]).astype(int), columns=["a", "b", "<c>"]
)
TREE = DecisionTreeClassifier(random_state=3)


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    """Return a computed comparison of two samplers on three folds."""
    samplers = {"none": None, "mlros": MLROS(random_state=3)}
    made = Experiment(("toy", X, Y), samplers, {"tree": TREE}, cv=KFold(3))
    made.compute()
    return made


def test_f1_of_a_label_is_scikit_learns_over_all_test_rows(experiment: Experiment) -> None:
    """Predictions of all folds laid in one column give the same F1, label by label."""
    labels = Y.to_numpy()
    answers = np.empty_like(labels)
    for train, test in KFold(3).split(X):
        answers[test] = (
            DecisionTreeClassifier(random_state=3).fit(X[train], labels[train]).predict(X[test])
        )
    table = experiment.label_table()
    none = table[table["sampler"] == "none"]
    assert none["label"].tolist() == ["a", "b", "<c>"]
    assert none["f1"].to_numpy() == pytest.approx(f1_score(labels, answers, average=None))
    assert none["borne"].tolist() == labels.sum(axis=0).tolist()
    assert none["predicted"].tolist() == answers.sum(axis=0).tolist()
    assert none["ir"].to_numpy() == pytest.approx(measures.ir_per_label(labels))


def test_positives_after_the_sampler_are_those_of_its_rows(experiment: Experiment) -> None:
    """The mean over folds of what the sampler gives for the training rows."""
    labels = Y.to_numpy()
    after = [
        MLROS(random_state=3).fit_resample(X[train], labels[train])[1].sum(axis=0)
        for train, _ in KFold(3).split(X)
    ]
    table = experiment.label_table()
    assert table.loc[table["sampler"] == "mlros", "after"].to_numpy() == pytest.approx(
        np.mean(after, axis=0)
    )
    none = table[table["sampler"] == "none"]
    assert none["after"].tolist() == none["before"].tolist()


def test_failed_cells_and_unasked_labels_have_no_rows() -> None:
    """Without predicted labels there is nothing to tell."""
    made = Experiment(("toy", X, Y), ["none"], {"tree": TREE}, cv="1x2", metrics=["macro_auc"])
    made.compute()
    assert made.label_table().empty
    assert "f1" in made.label_table()


def test_a_profile_counts_label_sets_and_pairs(experiment: Experiment) -> None:
    """Against a counter over rows and a matrix product; JSON can hold it."""
    profile = json.loads(json.dumps(experiment.profiles["toy"], allow_nan=False))
    sets = Counter(tuple(np.flatnonzero(row).tolist()) for row in Y.to_numpy())
    assert {tuple(key): count for key, count in profile["labelsets"]} == dict(sets)
    pairs = profile["cooccurrence"]
    order = pairs["labels"]
    expected = (Y.T @ Y).to_numpy()[np.ix_(order, order)]
    assert pairs["counts"] == expected.tolist()
    assert np.all(np.diff(np.diag(expected)) <= 0)
    assert profile["label_names"] == ["a", "b", "<c>"]
    assert profile["n_features"] == 3


def test_a_label_without_rows_has_no_ratio() -> None:
    """Infinity is nothing in JSON."""
    lone = Y.assign(never=0)
    made = Experiment(("toy", X, lone), ["none"], {"tree": TREE}, cv="1x2")
    assert made.profiles["toy"]["ir_per_label"][-1] is None
    json.dumps(made.profiles, allow_nan=False)


def test_versions_are_those_that_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under other ones a finished comparison is read as it is; what is computed anew tells them."""
    path = tmp_path / "results.jsonl"
    toy = ("toy", X, Y)
    Experiment(toy, ["none"], {"tree": TREE}, cv="1x2", out=path).compute()
    before = path.read_bytes()
    monkeypatch.setattr("skml_aemlo.compare.experiment.versions_of", lambda parts: {"numpy": "99"})
    assert Experiment(toy, ["none"], {"tree": TREE}, cv="1x2", out=path).compute() == 0
    assert path.read_bytes() == before
    other = Experiment(toy, ["mlros"], {"tree": TREE}, cv="1x2", out=path)
    assert other.compute() == 2
    assert read_results(path).versions == {"numpy": "99"}
    # the last one to be asked for is the one to report, under the versions that it ran under
    assert Experiment(toy, ["none"], {"tree": TREE}, cv="1x2", out=path).compute() == 0
    assert read_results(path).versions["numpy"] == np.__version__


def test_cells_of_several_versions_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half a grid under one numpy, half under another: results, screen and report say so."""
    pytest.importorskip("jinja2")
    options = ["--estimators", "br-tree", "--cv", "1x2", "--metrics", "macro_f", "--no-progress"]
    for version, samplers in (("1", ["none"]), ("99", ["none", "mlros"])):
        versions = {"numpy": version, "python": "3"}
        monkeypatch.setattr("skml_aemlo.compare.experiment.versions_of", lambda _, v=versions: v)
        words = ["compare", "synthetic", "--samplers", *samplers, *options]
        assert cli.main([*words, "--out", str(tmp_path)]) == 0
        told = capsys.readouterr().err
        assert ("several versions (numpy 1 and 99)" in told) == (version == "99")
    assert read_results(tmp_path).mixed_versions == {"numpy": ["1", "99"]}
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "several versions (numpy 1 and 99)" in page


def test_a_package_counts_for_the_cells_that_use_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plug-in's new version is none of the cells without it, before and after its own are new."""
    path, version = tmp_path / "results.jsonl", "0.3.0"

    def packages_of(parts: list[object]) -> list[str]:
        return ["mixpair"] if any(isinstance(part, MLROS) for part in parts) else []

    place = "skml_aemlo.compare.experiment"
    monkeypatch.setattr(f"{place}.packages_of", packages_of)
    monkeypatch.setattr(f"{place}.versions_of", lambda parts: {"numpy": "1", "mixpair": version})

    def computed(fraction: float) -> Experiment:
        samplers = {"none": None, "mixed": MLROS(fraction=fraction, random_state=3)}
        made = Experiment(("toy", X, Y), samplers, {"tree": TREE}, cv="1x2", out=path)
        made.compute()
        return made

    computed(0.1)
    version = "0.4.0"
    assert computed(0.2).results().mixed_versions == {}
    assert read_results(path).mixed_versions == {}
    # a note of before it was told who uses what counts for every cell, as it did
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        assert line.get("experiment", {}).pop("uses", {"samplers": {"mixed": ["mixpair"]}}) == {
            "samplers": {"mixed": ["mixpair"]}
        }
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert read_results(path).mixed_versions == {"mixpair": ["0.3.0", "0.4.0"]}
    assert computed(0.2).missing() == []


def test_cells_of_another_version_than_the_installed_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its version is bumped, its code is not: two of four cells are told, with the remedy."""
    place, version = "skml_aemlo.compare.experiment", "0.3.0"

    def packages_of(parts: list[object]) -> list[str]:
        return ["mixpair"] if any(isinstance(part, MLROS) for part in parts) else []

    def computed() -> list[str]:
        samplers = {"none": None, "mixed": MLROS(random_state=3)}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run(("toy", X, Y), samplers, {"tree": TREE}, cv="1x2", out=tmp_path / "r.jsonl")
        return [str(one.message) for one in caught]

    monkeypatch.setattr(f"{place}.packages_of", packages_of)
    monkeypatch.setattr(f"{place}.versions_of", lambda parts: {"numpy": "1", "mixpair": version})
    words = "compare synthetic --samplers none mlros --estimators br-tree --cv 1x2 --no-report"
    command = [*words.split(), "--no-progress", "--out", str(tmp_path)]
    assert computed() == []
    assert cli.main(command) == 0
    assert "mixpair" not in capsys.readouterr().err
    version = "0.4.0"
    (told,) = computed()
    assert told.startswith("2 cells ran under mixpair 0.3.0 and were read, 0.4.0 is installed")
    assert "another out" in told
    assert "lines" in told
    assert cli.main(command) == 0
    assert f"warning: {told}" in capsys.readouterr().err


class Mine(MLROS):
    """A sampler of another package, whose code is mended in a test."""

    weight = 1


def test_changed_code_is_told_with_the_cells_that_it_costs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two folds of the mended sampler, of its own cells alone; nothing where parameters differ."""
    catalogue = registry._Catalogue(registry._OURS)
    monkeypatch.setattr(registry, "SAMPLERS", catalogue)
    catalogue.add(registry.SamplerEntry("mine", Mine, "selection", "", "Clones."))
    words = "compare synthetic --samplers none mine --estimators br-tree --cv 1x2 --no-report"
    command = [*words.split(), "--no-progress", "--out", str(tmp_path)]
    assert cli.main(command) == 0
    assert "code changed" not in capsys.readouterr().err
    monkeypatch.setattr(Mine, "weight", 2)
    assert cli.main(command) == 0
    told = capsys.readouterr()
    assert "mine: code changed, 2 cells to compute again\n" in told.err
    assert "2 of 4 cells computed" in told.out
    assert cli.main(command) == 0
    assert "code changed" not in capsys.readouterr().err
    monkeypatch.setattr(Mine, "weight", 3)
    monkeypatch.setattr("platform.python_version", lambda: "2.7.18")
    assert cli.main(command) == 0
    assert "code changed" not in capsys.readouterr().err
    samplers = {"none": None, "mine": Mine(fraction=0.3)}
    tree = {"br-tree": make_estimator("br-tree")}
    path = tmp_path / "results.jsonl"
    other = Experiment(datasets.load_synthetic(), samplers, tree, cv="1x2", out=path)
    assert other.changed_code() == {}
    assert len(other.missing()) == 2


def test_results_are_read_from_the_file_alone(tmp_path: Path) -> None:
    """The comparison that wrote last is the one that is read, in the order of its own arguments."""
    samplers = {"mlros": MLROS(random_state=3), "none": None}
    path = tmp_path / "r.jsonl"
    first = Experiment(("toy", X, Y), samplers, {"tree": TREE}, cv=KFold(3), out=path)
    first.compute()
    second = Experiment(("toy", X, Y), ["none"], {"tree": TREE}, cv=KFold(2), out=path)
    second.compute()
    assert len(read_results(path).table()) == 2
    again = Experiment(("toy", X, Y), samplers, {"tree": TREE}, cv=KFold(3), out=path)
    assert again.compute() == 0
    read = read_results(path)
    pd.testing.assert_frame_equal(read.table(), first.table())
    pd.testing.assert_frame_equal(read.label_table(), first.label_table())
    assert read.n_missing == 0
    path.rename(tmp_path / "results.jsonl")
    pd.testing.assert_frame_equal(read_results(tmp_path).table(), first.table())
