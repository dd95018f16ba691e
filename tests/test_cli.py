"""The command line: what it prints, what it writes, and how it fails."""

import json
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from registered import OURS
from sklearn.base import BaseEstimator

from skml_aemlo import MLSMOTE, cli, measures, register_sampler, registry
from skml_aemlo.compare import CONVENTIONS, ESTIMATORS, METRICS, Experiment, make_estimator
from skml_aemlo.datasets import (
    Dataset,
    load_arff,
    load_synthetic,
    make_imbalanced_multilabel,
    save_arff,
)

COMPARE = ("--estimators", "br-tree", "--cv", "1x2", "--no-report", "--no-progress")


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """Return the path of a small ARFF file with its XML beside it."""
    data = make_imbalanced_multilabel(60, 5, 4, random_state=0)
    save_arff(data, tmp_path / "toy.arff")
    return tmp_path / "toy.arff"


def lines_of(capsys: pytest.CaptureFixture) -> tuple[list[str], list[str]]:
    """Return the lines on standard output and standard error."""
    captured = capsys.readouterr()
    return captured.out.splitlines(), captured.err.splitlines()


def test_list_names_everything_a_comparison_can_be_made_of(capsys: pytest.CaptureFixture) -> None:
    """Each sampler with its family, sentence and paper; each classifier; each metric."""
    assert cli.main(["list"]) == 0
    text = capsys.readouterr().out
    for entry in OURS.values():
        assert re.search(rf"^  {entry.name} *{re.escape(entry.summary)}", text, re.MULTILINE)
        assert f"samplers: {entry.family}\n" in text
        assert entry.paper in text
    for name in (*ESTIMATORS, *METRICS, *CONVENTIONS):
        assert re.search(rf"^  {name}( |$)", text, re.MULTILINE)
    for metric in METRICS.values():
        assert metric.convention in text
        assert all(f"{name}: {told}.\n" in text for name, told in metric.others.items())


def test_list_shows_a_sampler_without_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """A class without docstring, paper or summary has a line; the list ended there before."""
    catalogue = registry._Catalogue(registry._OURS)
    catalogue._asked = True  # plug-ins that are installed here stay out
    monkeypatch.setattr(registry, "SAMPLERS", catalogue)
    monkeypatch.setattr("skml_aemlo.cli.describing.SAMPLERS", catalogue)
    register_sampler("wordless", lambda: MLSMOTE())
    assert cli.main(["list"]) == 0
    lines, _ = lines_of(capsys)
    assert lines[lines.index("samplers: third-party") + 1] == "  wordless"


def test_describe_prints_the_profile_and_every_label(
    toy: Path, capsys: pytest.CaptureFixture
) -> None:
    """The numbers are those of the measures; labels come rarest first."""
    assert cli.main(["describe", str(toy)]) == 0
    out, err = lines_of(capsys)
    data = load_arff(toy)
    counts = data.Y.toarray().sum(axis=0)
    assert out[0] == "toy: 60 rows, 5 features (0 nominal), 4 labels"
    assert f"mean_ir           {measures.mean_ir(data.Y):>12.4f}" in out
    shown = [line.split()[:2] for line in out[-4:]]
    assert shown == [[data.label_names[j], str(counts[j])] for j in np.argsort(counts)]
    assert err == []


def test_describe_abbreviates_a_long_list_of_labels(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """Ten rarest, ten most frequent, and how many lie between; ``--all`` shows them."""
    save_arff(make_imbalanced_multilabel(200, 4, 33, random_state=0), tmp_path / "many.arff")
    cli.main(["describe", str(tmp_path / "many.arff")])
    abbreviated, _ = lines_of(capsys)
    cli.main(["describe", "--all", str(tmp_path / "many.arff")])
    complete, _ = lines_of(capsys)
    assert "... 13 labels between; --all shows them" in abbreviated
    assert len(complete) - len(abbreviated) == 12


def test_labels_can_be_named_counted_or_listed(toy: Path, capsys: pytest.CaptureFixture) -> None:
    """An XML path, a number from the end, and names are the same labels."""
    names = load_arff(toy).label_names
    toy.with_suffix(".xml").rename(toy.with_name("other.xml"))
    outputs = []
    for labels in (str(toy.with_name("other.xml")), "-4", ", ".join(names)):
        assert cli.main(["describe", str(toy), f"--labels={labels}"]) == 0
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1] == outputs[2]


def test_resample_writes_what_the_sampler_makes(toy: Path, capsys: pytest.CaptureFixture) -> None:
    """The file loads again as the rows and labels that Python gives for the same seed."""
    out = toy.with_name("more.arff.gz")
    command = ["resample", str(toy), "--sampler", "mlsmote", "--seed", "3", "-o", str(out)]
    assert cli.main([*command, "--set", "n_neighbors=3", "labelset_strategy=union"]) == 0
    data, written = load_arff(toy), load_arff(out)
    sampler = MLSMOTE(n_neighbors=3, labelset_strategy="union", random_state=3)
    X, Y = sampler.fit_resample(data.X, data.Y)
    np.testing.assert_array_equal(written.X, X)
    np.testing.assert_array_equal(written.Y.toarray(), Y.toarray())
    printed, _ = lines_of(capsys)
    assert printed[1].split() == ["rows", "60", str(len(X))]
    assert printed[2].split() == ["synthetic", "0", str(len(X) - 60)]


def test_resample_keeps_nominal_features_nominal(tmp_path: Path) -> None:
    """The sampler is told which they are, so every written value is one of the declared ones."""
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=50), rng.integers(0, 3, 50)])
    Y = (rng.random((50, 3)) < [0.8, 0.3, 0.1]).astype(int)
    data = Dataset(X, Y, ["a", "b"], list("xyz"), [False, True], {1: ["p", "q", "r"]}, "nominal")
    save_arff(data, tmp_path / "in.arff")
    out = tmp_path / "out.arff"
    assert cli.main(["resample", str(tmp_path / "in.arff"), "--sampler=mlsmote", f"-o{out}"]) == 0
    written = load_arff(out)
    assert len(written.X) > 50
    assert written.categories == {1: ("p", "q", "r")}
    assert set(written.X[:, 1]) <= {0.0, 1.0, 2.0}


def test_resample_does_not_overwrite_what_it_reads(
    toy: Path, capsys: pytest.CaptureFixture
) -> None:
    """The original is the only copy of the original."""
    content = toy.read_bytes()
    assert cli.main(["resample", str(toy), "--sampler", "mlros", "-o", str(toy)]) == 2
    assert toy.read_bytes() == content
    assert "would write over" in capsys.readouterr().err


def test_resample_prints_a_sampler_warning_as_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """What the sampler could not do reaches a person without a place in the code."""
    X, Y = np.arange(8.0).reshape(4, 2), np.array([[1, 0], [0, 1], [1, 0], [0, 1]])
    save_arff(Dataset(X, Y, ["a", "b"], ["x", "y"], name="even"), tmp_path / "even.arff")
    with warnings.catch_warnings():
        # the project's tests turn warnings into errors; a person's interpreter does not
        warnings.simplefilter("default")
        source, out = str(tmp_path / "even.arff"), str(tmp_path / "out.arff")
        assert cli.main(["resample", source, "--sampler=mlros", f"-o{out}"]) == 0
    _, err = lines_of(capsys)
    assert all(line.startswith("warning: ") for line in err)
    assert any("balanced" in line for line in err)


def test_compare_writes_and_prints_a_complete_table(
    toy: Path, capsys: pytest.CaptureFixture
) -> None:
    """One row per cell in table.csv, one column per sampler on screen, ranks at the end."""
    out = toy.with_name("runs")
    command = ["compare", str(toy), "--samplers", "none", "mlros", "--out", str(out), *COMPARE]
    assert cli.main(command) == 0
    table = pd.read_csv(out / "table.csv")
    assert table[["dataset", "sampler", "fold"]].to_numpy().tolist() == [
        ["toy", sampler, fold] for sampler in ("none", "mlros") for fold in (0, 1)
    ]
    printed, err = lines_of(capsys)
    assert err == []
    best = table.groupby("sampler")["macro_f"].mean().to_dict()
    row = next(line for line in printed if "Macro-F" in line)
    assert all(f"{best[sampler]:.3f} ±" in row for sampler in ("none", "mlros"))
    ranks = next(line.split()[-2:] for line in printed if "mean rank" in line)
    assert ranks == (["1.00", "2.00"] if best["none"] > best["mlros"] else ["2.00", "1.00"])
    assert printed[-2:] == [
        "4 of 4 cells computed",
        f"results in {out / 'results.jsonl'}, table in {out / 'table.csv'}, "
        f"experiment in {out / 'study.toml'}",
    ]


def test_compare_twice_computes_nothing(toy: Path, capsys: pytest.CaptureFixture) -> None:
    """The second run says so, and prints and writes the same table."""
    out = toy.with_name("runs")
    command = ["compare", str(toy), "--samplers", "none", "--out", str(out), *COMPARE]
    cli.main(command)
    (first, _), files = lines_of(capsys), [path.read_bytes() for path in sorted(out.iterdir())]
    assert cli.main(command) == 0
    second, _ = lines_of(capsys)
    assert second[-2] == "nothing was left to compute: all 2 cells were finished before"
    assert second[:-2] == first[:-2]
    assert [path.read_bytes() for path in sorted(out.iterdir())] == files


def test_compare_with_failing_cells_ends_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """The error is named on standard error, the table is printed all the same."""
    data = make_imbalanced_multilabel(60, 5, 4, random_state=0)
    X = data.X.copy()
    X[0, 0] = np.nan
    gap = Dataset(X, data.Y, data.feature_names, data.label_names, name="gap")
    save_arff(gap, tmp_path / "gap.arff")
    command = ["compare", str(tmp_path / "gap.arff"), "--out", str(tmp_path / "runs"), *COMPARE]
    assert cli.main([*command, "--samplers", "none", "mlsmote"]) == 1
    out, err = lines_of(capsys)
    assert err[0].startswith("failed: gap, mlsmote, br-tree in 1 fold: ValueError: ")
    assert err[1:] == ["1 of 4 cells failed; --retry-failed computes these again"]
    assert any("1 of 2 failed" in line for line in out)
    # a failure that is kept ends with one as well, and is computed again on request
    assert cli.main([*command, "--samplers", "none", "mlsmote"]) == 1
    out, err = lines_of(capsys)
    assert out[-2] == "nothing was left to compute"
    before = "3 of 4 cells finished, 1 failed before"
    assert err[-1] == f"{before}; --retry-failed computes those again"
    assert cli.main([*command, "--samplers", "none", "mlsmote", "--retry-failed"]) == 1
    assert lines_of(capsys)[0][-2] == "1 of 4 cells computed"


class Muttering(BaseEstimator):
    """A sampler that warns of a number, of a long text, and of what moves a cursor."""

    def fit_resample(self, X, Y):
        """Warn and give back."""
        for text in (f"{X[0, 0]!s} is odd", "long " * 1000, "\x1b[2J", *"abc"):
            warnings.warn(text, UserWarning, stacklevel=1)
        return X, Y


def test_compare_tells_which_warnings_cells_raised(
    toy: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five kinds with their counts, numbers aside, one short harmless line each."""
    samplers = {"mlros": Muttering(), "none": None}
    parts = {"samplers": samplers, "estimators": {"lp-tree": make_estimator("lp-tree")}}
    monkeypatch.setattr("skml_aemlo.cli.comparing.make_parts", lambda kind, named: parts[kind])
    command = ["compare", str(toy), "--samplers", "mlros", "none", *COMPARE]
    assert cli.main([*command, "--out", str(toy.with_name("runs"))]) == 0
    _, err = lines_of(capsys)
    assert re.fullmatch(r"warned: 2 of 4 cells: UserWarning: -?[\d.]+ is odd", err[0])
    assert len(err[1]) <= 400
    assert err[2] == r"warned: 2 of 4 cells: UserWarning: \x1b[2J"
    assert err[3:] == [
        *(f"warned: 2 of 4 cells: UserWarning: {text}" for text in "ab"),
        "warned: 1 more kind; see the column warnings of table.csv",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("PK", "is not a file of comparison results"),
        ('{"format": "skml_aemlo comparison 9"}\n', "another version"),
        ('{"format": "skml_aemlo comparison 1", "experiment": {}}\nx\n', "line 2, is broken"),
    ],
)
def test_compare_leaves_a_file_it_cannot_go_on_with(
    toy: Path, capsys: pytest.CaptureFixture, content: str, problem: str
) -> None:
    """One line says which, why, and what to do."""
    out = toy.with_name("runs")
    out.mkdir()
    (out / "results.jsonl").write_text(content)
    assert cli.main(["compare", str(toy), "--samplers", "none", "--out", str(out), *COMPARE]) == 2
    printed, (line,) = lines_of(capsys)
    assert printed == []
    assert problem in line
    assert "choose another place" in line
    assert (out / "results.jsonl").read_text() == content


def test_names_from_data_are_no_markup(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """A file called like a formatting command, or a picture, is shown as it is called."""
    path = tmp_path / "[bold]x:smile:.arff"
    save_arff(make_imbalanced_multilabel(40, 3, 3, random_state=0), path)
    command = ["compare", str(path), "--samplers", "none", "--out", str(tmp_path / "runs")]
    assert cli.main([*command, *COMPARE[:-1]]) == 0
    captured = capsys.readouterr()
    assert "[bold]x:smile:" in captured.out
    assert "[bold]x:smile:" in captured.err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such file names")
def test_no_name_steers_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """A file called like an escape sequence is told by escapes, in table, bar and errors."""
    path = tmp_path / "\x1b[31mrosé.arff"
    save_arff(make_imbalanced_multilabel(40, 3, 3, random_state=0), path)
    command = ["compare", str(path), "--samplers", "none", "--out", str(tmp_path / "runs")]
    assert cli.main([*command, *COMPARE[:-1]]) == 0
    assert cli.main(["describe", str(path)]) == 0
    assert cli.main(["describe", str(path), "--labels", "7"]) == 2
    for text in capsys.readouterr():
        assert "\x1b" not in text
        assert r"\x1b[31mrosé" in text


@pytest.mark.skipif(sys.platform != "linux", reason="file names are Unicode elsewhere")
def test_a_file_name_without_an_encoding_is_refused(
    toy: Path, capsys: pytest.CaptureFixture
) -> None:
    """The experiment file cannot hold it: one line, and no cell is computed."""
    path = toy.with_name("half\udcff.arff")
    path.write_bytes(toy.read_bytes())
    labels = str(toy.with_suffix(".xml"))
    command = ["compare", str(path), "--labels", labels, "--samplers", "none", *COMPARE]
    assert cli.main([*command, "--out", str(toy.parent / "runs")]) == 2
    assert r"half\udcff.arff" in capsys.readouterr().err
    assert (toy.parent / "runs" / "results.jsonl").read_bytes() == b""


def test_the_progress_bar_goes_to_standard_error(toy: Path, capsys: pytest.CaptureFixture) -> None:
    """It counts all cells and leaves standard output to the results."""
    command = ["compare", str(toy), "--samplers", "none", "--out", str(toy.with_name("runs"))]
    assert cli.main([*command, *COMPARE[:-1]]) == 0
    captured = capsys.readouterr()
    assert "2/2" in captured.err
    assert "2/2" not in captured.out


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("describe nosuch.arff", "'nosuch.arff' is no file and no known data set"),
        ("describe emotion", "did you mean 'emotions'"),
        ("describe {toy} --labels lable1", "lable1"),
        ("describe {broken}", "line 5"),
        ("resample {toy} --sampler mlsmot -o x.arff", "mlsmote"),
        ("resample {toy} --sampler none -o x.arff", "changes nothing"),
        ("resample {toy} --sampler mlros --set k=5 -o x.arff", "'k'"),
        ("resample {toy} --sampler mlros --set five -o x.arff", "write KEY=VALUE"),
        ("resample {toy} --sampler mlros --set fraction=-1 -o x.arff", "fraction"),
        ("resample {toy} --sampler mlros -o x.txt", ".arff"),
        ("compare {toy} --samplers mlrso --out runs", "mlros"),
        ("compare {toy} --samplers none --estimators br-tre --out runs", "'br-tree'"),
        ("compare {toy} --samplers none --metrics auc --out runs", "'auc'"),
        ("compare {toy} --samplers none --cv 10x1 --out runs", "1x10"),
        ("compare {toy} {toy} --samplers none --out runs", "twice"),
        ("compare {toy} --out runs", "--samplers"),
        ("compare {toy} --samplers none,mlros --out runs", "apart: none mlros"),
        ("compare {toy} --samplers none none --out runs", "--samplers: 'none' stands there twice"),
        ("compare {toy} --samplers none --cv 0x5 --out runs", "--cv: cv='0x5'"),
        ("compare {toy} --samplers none --jobs 0 --out runs", "--jobs: 0 workers"),
        ("compare {toy} --samplers none --jobs x --out runs", "--jobs"),
        ("compare {toy} --samplers none --seed -1 --out runs", "--seed: "),
        ("compare {toy} sub/toy.arff --samplers none --out runs", "both called 'toy'"),
        ("describe {broken} --labels 9", "--labels is 9"),
        ("describe plain.csv", "is no ARFF file"),
        ("describe bare.arff", "give --labels"),
        ("describe sub", "is a folder"),
        ("describe", "DATA"),
        ("nonsense", "nonsense"),
    ],
)
def test_what_a_user_can_mend_is_one_line_and_exit_code_two(
    toy: Path,
    capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    problem: str,
) -> None:
    """The line names the problem; nothing is printed or written beside it."""
    broken = toy.with_name("broken.arff")
    broken.write_text("@relation b\n@attribute a real\n@attribute x {0,1}\n@data\noops,1\n")
    broken.with_suffix(".xml").write_text('<labels><label name="x"/></labels>')
    (toy.parent / "plain.csv").write_text("a,b\n1,2\n")
    (toy.parent / "bare.arff").write_text(toy.read_text())
    (toy.parent / "sub").mkdir()
    (toy.parent / "sub" / "toy.arff").write_text(toy.read_text())
    before = sorted(toy.parent.iterdir())
    monkeypatch.chdir(toy.parent)
    arguments = command.format(toy=toy, broken=broken).split()
    try:
        status = cli.main(arguments)
    except SystemExit as leaving:
        status = leaving.code
    out, err = lines_of(capsys)
    assert (status, out, len(err)) == (2, [], 1)
    assert err[0].startswith("error: ")
    assert problem in err[0]
    assert sorted(toy.parent.iterdir()) == before


def test_ctrl_c_keeps_what_is_finished(
    toy: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status is a shell's for an interrupt, and the line says how to go on."""

    def interrupted(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(Experiment, "compute", interrupted)
    command = ["compare", str(toy), "--samplers", "none", "--out", str(toy.with_name("runs"))]
    assert cli.main(command) == 130
    assert "the same command goes on from there" in capsys.readouterr().err


@pytest.mark.parametrize(
    "module", ["pandas", "rich", "tomli_w", "iterstrat.ml_stratifiers", "jinja2", "matplotlib"]
)
def test_a_missing_extra_names_the_remedy(
    toy: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    """Before any work, one line tells what to install."""
    monkeypatch.setitem(sys.modules, module, None)
    out = toy.with_name("runs")
    command = ["compare", str(toy), "--samplers", "none", "--out", str(out), *COMPARE, "--report"]
    assert cli.main(command) == 2
    _, err = lines_of(capsys)
    assert len(err) == 1
    assert "pip install 'skml_aemlo[compare]'" in err[0]
    assert not out.exists()


def test_the_module_runs_as_a_command() -> None:
    """``python -m skml_aemlo`` hands its arguments on and returns the status."""
    command = [sys.executable, "-m", "skml_aemlo", "describe", "nosuch"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: DATA: 'nosuch'")


def test_results_hold_the_settings_of_the_run(toy: Path) -> None:
    """The first line of the file identifies the experiment."""
    out = toy.with_name("runs")
    cli.main(["compare", str(toy), "--samplers", "mlros", "--out", str(out), "--seed=4", *COMPARE])
    header = json.loads((out / "results.jsonl").read_text().splitlines()[0])["experiment"]
    assert (header["random_state"], header["cv"]) == (4, "1x2")
    assert header["samplers"]["mlros"]["params"]["fraction"] == 0.25


@pytest.mark.reference
def test_describe_reads_a_sparse_file_of_the_field(
    reference: Path, capsys: pytest.CaptureFixture
) -> None:
    """Enron's published figures: 53 labels, MeanIR 73.953."""
    assert cli.main(["describe", str(reference / "data" / "enron.arff.gz")]) == 0
    text = capsys.readouterr().out
    assert "53 labels" in text
    assert "73.9528" in text


@pytest.mark.reference
def test_resampled_yeast_loads_again(reference: Path, tmp_path: Path) -> None:
    """The issue's own command, with the XML written beside the file."""
    out = tmp_path / "yeast-mlsmote.arff"
    source = str(reference / "data" / "yeast.arff.gz")
    assert cli.main(["resample", source, "--sampler", "mlsmote", "-o", str(out)]) == 0
    original, written = load_arff(source), load_arff(out)
    assert written.label_names == original.label_names
    np.testing.assert_array_equal(written.X[:2417], original.X)
    assert written.n_samples > 2417


def test_resample_knows_labels_by_name(tmp_path):
    """A label named in --set is found among the data set's own names."""
    data = load_synthetic()
    name = data.label_names[-1]
    out = tmp_path / "more.arff"
    setting = f"sampling_strategy={{'{name}': 50}}"
    assert (
        cli.main(["resample", "synthetic", "--sampler", "mlros", "--set", setting, "-o", str(out)])
        == 0
    )
    assert load_arff(out).Y[:, [-1]].sum() == 50


@pytest.mark.parametrize(
    ("labels", "out", "victim"),
    [
        (None, "data.arff.gz", "data.xml"),
        ("lists.xml", "lists.arff", "lists.xml"),
        ("lists.xml", "data.arff", "data.arff"),
    ],
)
def test_resample_never_writes_over_what_it_reads(tmp_path, labels, out, victim, capsys):
    """Neither the rows nor the label list of the input are replaced."""
    data = make_imbalanced_multilabel(40, 3, 3, random_state=0)
    save_arff(data, tmp_path / "data.arff")
    (tmp_path / "lists.xml").write_bytes((tmp_path / "data.xml").read_bytes())
    before = (tmp_path / victim).read_bytes()
    asked = ["resample", str(tmp_path / "data.arff"), "--sampler", "mlros"]
    asked += ["--labels", str(tmp_path / labels)] if labels else []
    assert cli.main([*asked, "-o", str(tmp_path / out)]) == 2
    assert "would write over" in capsys.readouterr().err
    assert (tmp_path / victim).read_bytes() == before


def test_a_setting_inside_a_plain_value_is_refused(tmp_path, capsys):
    """fraction__x names nothing that has parameters."""
    asked = ["resample", "synthetic", "--sampler", "mlros", "--set", "fraction__x=3"]
    assert cli.main([*asked, "-o", str(tmp_path / "out.arff")]) == 2
    assert "error: --set names a parameter" in capsys.readouterr().err


def test_the_version_is_told(capsys: pytest.CaptureFixture) -> None:
    """As the installed package has it."""
    with pytest.raises(SystemExit) as leaving:
        cli.main(["--version"])
    assert leaving.value.code == 0
    assert re.fullmatch(r"skml_aemlo \d+\.\d+\.\d+\n", capsys.readouterr().out)
