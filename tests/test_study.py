"""The experiment file: what it may hold, what is written back, and the table made again from it."""

import argparse
import re
import shutil
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tomli_w
from sklearn.base import clone

from skml_aemlo import AEMLO, MLSMOTE, cli, make_sampler
from skml_aemlo.cli import comparing
from skml_aemlo.compare import Experiment, make_estimator, read_results
from skml_aemlo.compare.journal import Journal
from skml_aemlo.compare.provenance import versions_of
from skml_aemlo.compare.study import OPTIONS, STUDY, read_study
from skml_aemlo.datasets import load_arff, make_imbalanced_multilabel, save_arff

tomllib = pytest.importorskip("tomllib" if sys.version_info >= (3, 11) else "tomli")

SETTINGS: dict[str, Any] = {
    "data": ["toy.arff"],
    "samplers": ["none", "mlros"],
    "estimators": ["br-tree"],
    "cv": "1x2",
    "metrics": ["macro_f", "hamming"],
    "out": "runs",
    "report": False,
    "progress": False,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a small data set in it."""
    home = tmp_path / "home"
    home.mkdir()
    save_arff(make_imbalanced_multilabel(60, 5, 4, random_state=0), home / "toy.arff")
    return home


def write(folder: Path, name: str = "plan.toml", **changes: Any) -> Path:
    """Write an experiment file and return its path; None leaves a key out."""
    document = {key: value for key, value in {**SETTINGS, **changes}.items() if value is not None}
    (folder / name).write_text(tomli_w.dumps(document))
    return folder / name


def table_of(folder: Path) -> pd.DataFrame:
    """Return the table that a run wrote, without seconds."""
    table = pd.read_csv(folder / "table.csv")
    return table[[name for name in table if not name.endswith("_seconds")]]


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Assert that two tables hold the same."""
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_every_option_is_known_to_the_file_and_to_the_command_line() -> None:
    """Both are made from one table, so neither knows an option that the other lacks."""
    commands = argparse.ArgumentParser().add_subparsers()
    comparing.add_compare(commands)
    flags = {action.dest for action in commands.choices["compare"]._actions}
    assert flags - {"help", "config", "again"} == {key.replace("-", "_") for key in OPTIONS}


def test_the_help_shows_three_ways_and_every_default(capsys: pytest.CaptureFixture) -> None:
    """DATA goes with neither --config nor --again; an option that is left out has a value."""
    with pytest.raises(SystemExit):
        cli.main(["compare", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    for way in ("DATA [DATA ...] --samplers NAME [NAME ...]", "--config FILE", "--again DIR"):
        assert f"compare {way}" in told
    for option in OPTIONS.values():
        if isinstance(option.default, str | int) and not isinstance(option.default, bool):
            assert f"(default: {option.default}" in option.help
    assert "(default: 1; -1: one per core)" in told


def test_a_file_gives_the_table_that_the_same_options_give(folder: Path) -> None:
    """The oracle is the Python interface with the objects that the file describes."""
    samplers = {"none": {}, "nine": {"sampler": "mlsmote", "n_neighbors": 9}}
    estimators = {"stump": {"estimator": "br-tree", "classifier__max_depth": 1}}
    config = write(folder, samplers=samplers, estimators=estimators, seed=5)
    assert cli.main(["compare", "--config", str(config)]) == 0
    stump = clone(make_estimator("br-tree")).set_params(classifier__max_depth=1)
    data = load_arff(folder / "toy.arff")
    experiment = Experiment(
        ("toy", data.X, data.Y),
        {"none": None, "nine": MLSMOTE(n_neighbors=9)},
        {"stump": stump},
        cv="1x2",
        metrics=["macro_f", "hamming"],
        random_state=5,
    )
    experiment.compute()
    expected = experiment.table()
    written = table_of(folder / "runs")
    for name in ("sampler", "estimator", "fold", "n_rows_after"):
        assert written[name].tolist() == expected[name].tolist()
    for name in ("macro_f", "hamming"):
        # pandas 2 reads the last digit of a number wrong
        assert written[name].tolist() == pytest.approx(expected[name].tolist(), abs=1e-12)


def test_the_command_line_overrides_the_file(folder: Path) -> None:
    """One option is another, the rest stay."""
    config = write(folder)
    arguments = ["--config", str(config), "--samplers", "lpros", "--out", str(folder / "other")]
    assert cli.main(["compare", *arguments]) == 0
    assert set(table_of(folder / "other")["sampler"]) == {"lpros"}
    assert not (folder / "runs").exists()


def test_data_sets_have_labels_and_names_of_their_own(folder: Path) -> None:
    """A number, an XML path and the common labels, side by side, relative to the file."""
    (folder / "toy.xml").rename(folder / "list.xml")
    data = [
        {"path": "toy.arff", "labels": -4, "name": "counted"},
        {"path": "toy.arff", "labels": "list.xml", "name": "listed"},
        {"path": "toy.arff", "name": "common"},
    ]
    names = list(load_arff(folder / "toy.arff", labels=-4).label_names)
    config = write(folder, data=data, labels=names, samplers=["none"])
    assert cli.main(["compare", "--config", str(config)]) == 0
    assert list(table_of(folder / "runs")["dataset"].unique()) == ["counted", "listed", "common"]
    found = tomllib.loads((folder / "runs" / STUDY).read_text())
    assert [one["labels"] for one in found["data"]] == [-4, "../list.xml", names]
    assert len({one["fingerprint"] for one in found["provenance"]["data"].values()}) == 1


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"sampler": ["none"]}, "unknown key 'sampler'; did you mean 'samplers'?"),
        ({"seed": "one"}, "plan.toml: seed: expected a whole number, got 'one'"),
        ({"seed": True}, "seed: expected a whole number, got True"),
        ({"cv": "0x5"}, "plan.toml: cv: cv='0x5'"),
        ({"progress": "no"}, "progress: expected true or false, got 'no'"),
        ({"samplers": 3}, "samplers: expected a list of names, got 3"),
        ({"samplers": ["mlrso"]}, "samplers: unknown sampler 'mlrso'; did you mean "),
        ({"samplers": {"x": {"sampler": "mlsmote", "k": 3}}}, "samplers: x: Invalid parameter 'k'"),
        ({"samplers": {"x": {"sampler": "none", "k": 3}}}, "x: 'none' takes no parameters"),
        (
            {"samplers": {"x": {"sampler": "mlsmote", "n_neighbors": 0}}},
            "samplers: x: The 'n_neighbors' parameter of MLSMOTE must be an int in the range",
        ),
        (
            {"samplers": {"remedial-mlsmote": {"mlsmote__n_neighbors": "nine"}}},
            "samplers: remedial-mlsmote: The 'n_neighbors' parameter of MLSMOTE must be",
        ),
        ({"samplers": None}, "--samplers must be given, or samplers in"),
        ({"data": ["tyo.arff"]}, "plan.toml: data: 'tyo.arff' is no file"),
        ({"data": [{"path": "toy.arff", "label": 3}]}, "data: unknown key 'label'; did you mean"),
        ({"metrics": ["auc"]}, "plan.toml: metrics: "),
        ({"jobs": 0}, "plan.toml: jobs: 0 workers"),
        ({"out": 3}, "plan.toml: out: expected a path, got 3"),
    ],
)
def test_what_does_not_fit_is_named_by_file_and_key(
    folder: Path, capsys: pytest.CaptureFixture, changes: dict[str, Any], problem: str
) -> None:
    """One line, before any work."""
    config = write(folder, **changes)
    assert cli.main(["compare", "--config", str(config)]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "plan.toml" in line
    assert problem in line
    assert not (folder / "runs").exists()


def test_a_file_that_is_not_toml_is_named_with_the_place(folder: Path) -> None:
    """The parser's line and column reach the reader."""
    (folder / "plan.toml").write_text("seed = 1\ncv = \n")
    with pytest.raises(ValueError, match=r"plan\.toml is not TOML: .*line 2"):
        read_study(folder / "plan.toml")


def test_brackets_without_end_are_no_toml(folder: Path) -> None:
    """They exhaust the parser, which is told like any other fault."""
    (folder / "plan.toml").write_text(f"data = {'[' * 5000}{']' * 5000}")
    with pytest.raises(ValueError, match=r"plan\.toml is not TOML"):
        read_study(folder / "plan.toml")


@pytest.mark.parametrize("name", [STUDY, "table.csv"])
def test_a_folder_in_the_place_of_a_file_is_named(
    folder: Path, name: str, capsys: pytest.CaptureFixture
) -> None:
    """One line, exit code two, and nothing half written."""
    (folder / "runs" / name).mkdir(parents=True)
    assert cli.main(["compare", "--config", str(write(folder))]) == 2
    told = capsys.readouterr().err
    assert str(folder / "runs" / name) in told
    assert len(told.splitlines()) == 1
    assert not list((folder / "runs").glob("*.part"))


def test_a_run_notes_what_its_table_was_made_from(folder: Path) -> None:
    """Options, versions, seeds, fingerprints and the command, with no path but those given."""
    words = ["--samplers", "none", "mlros", "--cv", "1x2", "--out", str(folder / "runs")]
    quiet = ["--no-report", "--no-progress"]
    assert cli.main(["compare", str(folder / "toy.arff"), *words, *quiet]) == 0
    text = (folder / "runs" / STUDY).read_text()
    found = tomllib.loads(text)
    assert found["data"] == ["../toy.arff"]
    assert (found["cv"], found["seed"], found["out"]) == ("1x2", 0, ".")
    assert found["estimators"] == ["br-tree", "mlknn"]
    noted = found["provenance"]
    assert noted["command"].endswith(" ".join([*words, *quiet]))
    assert noted["versions"]["numpy"] == np.__version__
    assert "torch" not in noted["versions"]
    data = noted["data"]["toy"]
    assert (data["rows"], data["features"], data["labels"]) == (60, 5, 4)
    results = read_results(folder / "runs" / "results.jsonl")
    assert data["fingerprint"] == results.description["datasets"]["toy"]
    assert results.versions == noted["versions"]
    outside = re.sub(r"^command = .*$", "", text, flags=re.MULTILINE)
    assert str(folder) not in outside


@pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")
def test_torch_is_noted_where_a_sampler_trains_with_it() -> None:
    """Alone, derived from or inside a sequence; told by the installed package, not by an import."""
    assert versions_of([None, AEMLO()])["torch"] == version("torch")
    assert versions_of([type("Ours", (AEMLO,), {})()])["torch"] == version("torch")
    assert "torch" not in versions_of([make_sampler("remedial-mlsmote")])


def test_the_file_of_another_experiment_is_kept(
    folder: Path, capsys: pytest.CaptureFixture
) -> None:
    """It is study-1.toml then, and gives its own table yet; the same experiment changes nothing."""
    first = write(folder)
    cli.main(["compare", "--config", str(first)])
    old = (folder / "runs" / STUDY).read_bytes()
    expected = table_of(folder / "runs")
    cli.main(["compare", "--config", str(first), "--jobs", "2"])
    assert (folder / "runs" / STUDY).read_bytes() == old
    capsys.readouterr()
    cli.main(["compare", "--config", str(first), "--seed", "3"])
    assert "kept as study-1.toml" in capsys.readouterr().err
    assert (folder / "runs" / "study-1.toml").read_bytes() == old
    assert tomllib.loads((folder / "runs" / STUDY).read_text())["seed"] == 3
    assert cli.main(["compare", "--config", str(folder / "runs" / "study-1.toml")]) == 0
    same(table_of(folder / "runs"), expected)


def test_a_folder_that_another_process_writes_to_is_left_as_it_is(
    finished: Path, capsys: pytest.CaptureFixture
) -> None:
    """The file of the comparison at work keeps its name, and the other one is refused."""
    before = {path.name: path.read_bytes() for path in finished.iterdir()}
    with Journal(finished / "results.jsonl").writing():
        assert cli.main(["compare", "--config", str(finished / STUDY), "--seed", "3"]) == 2
    assert "another process" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in finished.iterdir()} == before


def test_a_file_that_is_kept_already_is_not_kept_twice(folder: Path) -> None:
    """Going to and fro between two experiments leaves one file of each beside the last one's."""
    first, runs = write(folder), folder / "runs"
    assert cli.main(["compare", "--config", str(first)]) == 0
    assert cli.main(["compare", "--config", str(first), "--seed", "3"]) == 0
    for number, seed in ((1, 0), (2, 3), (1, 0)):
        kept = runs / f"study-{number}.toml"
        assert cli.main(["compare", "--config", str(kept)]) == 0
        assert read_study(runs / STUDY).options["seed"] == seed
    studies = {path.name: read_study(path).options["seed"] for path in runs.glob("study*.toml")}
    assert studies == {STUDY: 0, "study-1.toml": 0, "study-2.toml": 3}


@pytest.fixture
def finished(folder: Path) -> Path:
    """Return the folder of a finished run."""
    assert cli.main(["compare", "--config", str(write(folder))]) == 0
    return folder / "runs"


def test_a_table_is_made_again_after_everything_has_moved(finished: Path, tmp_path: Path) -> None:
    """Without results, in another place, from the study and the data alone."""
    expected = table_of(finished)
    for name in ("results.jsonl", "table.csv"):
        (finished / name).unlink()
    shutil.move(finished.parent, tmp_path / "elsewhere")
    moved = tmp_path / "elsewhere" / "runs"
    assert cli.main(["compare", "--again", str(moved)]) == 0
    same(table_of(moved), expected)


def test_again_elsewhere_says_whether_the_tables_agree(
    finished: Path, capsys: pytest.CaptureFixture
) -> None:
    """Cell for cell: a digit changed by hand is found and named, and ends with one."""
    new = finished.with_name("new")
    again = ["compare", "--again", str(finished), "--out", str(new)]
    assert cli.main(again) == 0
    assert "the tables agree in all 4 cells, apart from seconds" in capsys.readouterr().out
    results = finished / "results.jsonl"
    value = read_results(results).table()["macro_f"].iloc[2]
    results.write_text(results.read_text().replace(f'"macro_f": {value}', '"macro_f": 0.125'))
    assert cli.main(again) == 1
    told = capsys.readouterr().out
    assert "the tables differ in 1 of 4 cells" in told
    assert f"toy, mlros, br-tree, 0, 0: macro_f is {value}, was 0.125" in told


def test_changed_data_are_refused(finished: Path, capsys: pytest.CaptureFixture) -> None:
    """Both fingerprints and the data set are named; the results stay."""
    noted = tomllib.loads((finished / STUDY).read_text())["provenance"]["data"]["toy"]
    before = (finished / "results.jsonl").read_bytes()
    save_arff(make_imbalanced_multilabel(60, 5, 4, random_state=1), finished.parent / "toy.arff")
    assert cli.main(["compare", "--again", str(finished)]) == 2
    line = capsys.readouterr().err
    assert "'toy' is not the one" in line
    assert f"was {noted['fingerprint']}" in line
    assert (finished / "results.jsonl").read_bytes() == before


def test_missing_data_are_named(finished: Path, capsys: pytest.CaptureFixture) -> None:
    """By the file that names them and the place looked at, with what to edit where they moved."""
    (finished.parent / "toy.arff").rename(finished.parent / "moved.arff")
    (finished.parent / "toy.xml").rename(finished.parent / "moved.xml")
    study = finished / STUDY
    assert cli.main(["compare", "--again", str(finished)]) == 2
    told = capsys.readouterr().err
    assert "study.toml: data: '../toy.arff' is no file" in told
    assert f"edit the path under data in {study}; fingerprints are checked" in told
    data = '{path = "../moved.arff", name = "toy"}'
    study.write_text(study.read_text().replace('"../toy.arff"', data))
    assert cli.main(["compare", "--again", str(finished)]) == 0


def test_again_elsewhere_wants_results_to_compare_with(
    finished: Path, capsys: pytest.CaptureFixture
) -> None:
    """Before any work, with what to do; without --out the file and the data suffice."""
    (finished / "results.jsonl").unlink()
    new = finished.with_name("new")
    assert cli.main(["compare", "--again", str(finished), "--out", str(new)]) == 2
    told = capsys.readouterr().err
    assert f"{finished}: there is no results.jsonl to compare with" in told
    assert "leave --out out" in told
    assert not new.exists()


@pytest.mark.parametrize("other", [False, True])
def test_config_warns_of_data_that_a_run_did_not_have(
    finished: Path, capsys: pytest.CaptureFixture, other: bool
) -> None:
    """By name, and both fingerprints; of the same data, and by a file without them, nothing."""
    noted = tomllib.loads((finished / STUDY).read_text())["provenance"]["data"]["toy"]
    if other:
        toy = make_imbalanced_multilabel(60, 5, 4, random_state=1)
        save_arff(toy, finished.parent / "toy.arff")
    capsys.readouterr()
    new = ["--out", str(finished.with_name("new"))]
    assert cli.main(["compare", "--config", str(finished / STUDY), *new]) == 0
    told = capsys.readouterr().err
    assert ("the data set 'toy' is not the one" in told) == other
    assert (f"was {noted['fingerprint']}" in told) == other
    assert cli.main(["compare", "--config", str(finished.parent / "plan.toml"), *new]) == 0
    assert "is not the one" not in capsys.readouterr().err


def test_other_versions_are_told(finished: Path, capsys: pytest.CaptureFixture) -> None:
    """Which they are, and nothing of those that agree."""
    path = finished / STUDY
    path.write_text(path.read_text().replace(f'numpy = "{np.__version__}"', 'numpy = "1.0"'))
    assert cli.main(["compare", "--again", str(finished)]) == 0
    err = capsys.readouterr().err
    assert f"numpy {np.__version__}, was 1.0" in err
    assert "scipy" not in err


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--seed", "3"], "--seed contradicts"),
        (["--samplers", "none"], "--samplers contradicts"),
        (["--config", "plan.toml"], "not allowed with argument"),
    ],
)
def test_again_takes_no_option_that_contradicts(
    finished: Path, capsys: pytest.CaptureFixture, words: list[str], problem: str
) -> None:
    """What shapes the results comes from the folder; what does not may be given."""
    try:
        status = cli.main(["compare", "--again", str(finished), *words])
    except SystemExit as leaving:
        status = leaving.code
    assert status == 2
    assert problem in capsys.readouterr().err
    again = ["compare", str(finished.parent / "toy.arff"), "--again", str(finished)]
    assert cli.main([*again, "--jobs", "2", "--seed", "0"]) == 0


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("seed = 0", "seed = 3", "seed is 3, was 0"),
        ('cv = "1x2"', 'cv = "1x3"', "cv is 1x3, was 1x2"),
        ('"mlros"', '"mlrus"', "samplers is none, mlrus, was none, mlros"),
        ('"../toy.arff"', '"../toy.arff", "synthetic"', "data are toy, synthetic, were toy"),
    ],
)
@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_study_changed_by_hand_is_refused(
    finished: Path,
    capsys: pytest.CaptureFixture,
    old: str,
    new: str,
    problem: str,
    elsewhere: bool,
) -> None:
    """Its table would be another than the one the folder tells of; nothing is written."""
    study = finished / STUDY
    text = study.read_text()
    assert text.count(old) == 1
    study.write_text(text.replace(old, new))
    before = {path.name: path.read_bytes() for path in finished.iterdir()}
    place = ["--out", str(finished.with_name("new"))] if elsewhere else []
    assert cli.main(["compare", "--again", str(finished), *place]) == 2
    told = capsys.readouterr().err
    assert f"({problem})" in told
    assert f"--config {study} and another --out" in told
    assert {path.name: path.read_bytes() for path in finished.iterdir()} == before
    assert not finished.with_name("new").exists()


def test_a_changed_parameter_is_noticed_without_results(folder: Path, capsys: Any) -> None:
    """By the digest that the run noted; what shapes no result may change, and so may the layout."""
    samplers = {"none": {}, "nine": {"sampler": "mlsmote", "n_neighbors": 9}}
    assert cli.main(["compare", "--config", str(write(folder, samplers=samplers))]) == 0
    study, results = folder / "runs" / STUDY, folder / "runs" / "results.jsonl"
    results.unlink()
    text = study.read_text().replace("progress = false", "progress   =   false # quiet\njobs = 2")
    study.write_text(text)
    assert cli.main(["compare", "--again", str(folder / "runs")]) == 0
    study.write_text(text.replace("n_neighbors = 9", "n_neighbors = 3"))
    results.unlink()
    assert cli.main(["compare", "--again", str(folder / "runs")]) == 2
    assert "its options are not those that the run noted" in capsys.readouterr().err


def test_again_wants_a_folder_of_a_run(folder: Path, capsys: pytest.CaptureFixture) -> None:
    """A folder without the file, and a file that no run wrote, are told apart."""
    assert cli.main(["compare", "--again", str(folder)]) == 2
    assert "there is no study.toml" in capsys.readouterr().err
    write(folder, STUDY)
    assert cli.main(["compare", "--again", str(folder)]) == 2
    assert "was not written by a run" in capsys.readouterr().err
