"""A package that registers a sampler by its entry point: installed, found, checked, compared."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parent / "plugin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> dict[str, str]:
    """Return an environment that sees the plug-in."""
    return install(tmp_path_factory)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory) -> dict[str, str]:
    """Return an environment with the plug-in, and three more entry points that have a fault."""
    return install(
        tmp_path_factory,
        'Shaken = "skml_aemlo_jitter:JitteredClones"',
        'mlros = "skml_aemlo_jitter:JitteredClones"',
        'lost = "skml_aemlo_jitter:Lost"',
    )


def install(tmp_path_factory, *points: str) -> dict[str, str]:
    """Install the plug-in into a folder of its own; return an environment that sees it."""
    folder = tmp_path_factory.mktemp("site")
    source = tmp_path_factory.mktemp("source") / "plugin"
    source.mkdir()
    for file in PLUGIN.glob("*.*"):  # a build leaves files beside its sources
        (source / file.name).write_bytes(file.read_bytes())
    project = source / "pyproject.toml"
    named = project.read_text(encoding="utf-8").partition("jitter = ")
    project.write_text("\n".join([named[0], *points, named[1]]) + named[2], encoding="utf-8")
    run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"),
        *("--no-build-isolation", "--disable-pip-version-check", "--target", folder, source),
    )
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def run(*command: object, **options: object) -> str:
    """Run a command and return what it prints; its complaints are the error."""
    done = subprocess.run(  # type: ignore[call-overload]
        [*map(str, command)], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_name_is_known_once_it_is_installed(installed):
    """make_sampler and the catalogue know it, with its docstring's first line."""
    told = run(
        sys.executable,
        "-c",
        "import skml_aemlo as s; print(s.make_sampler('jitter', scale=0.1));"
        "print(s.SAMPLERS['jitter'].family, s.SAMPLERS['jitter'].summary)",
        env=installed,
    )
    assert told.splitlines() == [
        "JitteredClones(scale=0.1)",
        "third-party Clone each row of a minority label once, its non-zero features shaken a "
        "little.",
    ]


def test_the_command_line_lists_it(installed):
    """``list`` shows it among the samplers; without the plug-in it does not."""
    assert "jitter" in run(sys.executable, "-m", "skml_aemlo", "list", env=installed)
    assert "jitter" not in run(sys.executable, "-m", "skml_aemlo", "list")


FAULTS = """\
sampler plug-in 'Shaken' = 'skml_aemlo_jitter:JitteredClones' of skml-aemlo-jitter 1.0 is known as \
'shaken', since names are lower-case; call the entry point so.
sampler plug-in 'lost' = 'skml_aemlo_jitter:Lost' of skml-aemlo-jitter 1.0 was left out \
(AttributeError: module 'skml_aemlo_jitter' has no attribute 'Lost'); mend or uninstall it.
sampler plug-in 'mlros' = 'skml_aemlo_jitter:JitteredClones' of skml-aemlo-jitter 1.0 was left \
out, since the name 'mlros' is taken; rename or uninstall it.
""".splitlines()


def test_faults_are_a_line_each_on_the_command_line(faulty):
    """Neither a path of ours nor a line of code; what has no fault is listed."""
    done = subprocess.run(
        [sys.executable, "-m", "skml_aemlo", "list"],
        env=faulty, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert sorted(done.stderr.splitlines()) == [f"warning: {fault}" for fault in FAULTS]
    assert "  jitter " in done.stdout
    assert "  shaken " in done.stdout


def test_faults_stand_at_the_users_line(faulty, tmp_path):
    """In a script Python shows the line that asked for a sampler by its name."""
    script = tmp_path / "mine.py"
    script.write_text("import skml_aemlo\nskml_aemlo.make_sampler('mlros')\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script], env=faulty, capture_output=True, text=True, check=True
    )
    told = done.stderr.splitlines()
    assert sorted(told[::2]) == [f"{script}:2: UserWarning: {fault}" for fault in FAULTS]
    assert {line.strip() for line in told[1::2]} == {"skml_aemlo.make_sampler('mlros')"}


def test_it_keeps_the_published_contract(installed):
    """What its authors run, check_sampler on the sampler made by name, passes."""
    code = (
        "from skml_aemlo import make_sampler; from skml_aemlo.testing import check_sampler;"
        "check_sampler(make_sampler('jitter')); print('kept')"
    )
    assert run(sys.executable, "-c", code, env=installed) == "kept\n"


def test_its_distribution_is_noted(installed):
    """Name and version are its pyproject.toml's, wherever it is; without it, nobody names it."""
    code = """
import skml_aemlo as s
from skml_aemlo.compare.provenance import versions_of
from imblearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier
tree, mine = DecisionTreeClassifier(), s.make_sampler("jitter")
for part in (
    mine,
    s.SamplerSequence([("one", s.REMEDIAL()), ("two", mine)]),
    s.MultiLabelResampledClassifier(tree, mine),
    make_pipeline(mine, tree),
    s.MLROS(sampling_strategy={"a": type(mine)}),
    s.MLROS(sampling_strategy=type(mine)._resample),
    type("Ours", (type(mine),), {})(),
    s.SamplerSequence([("one", s.REMEDIAL()), ("two", s.MLROS())]),
):
    print(versions_of([None, part]).get("skml-aemlo-jitter"))
"""
    assert run(sys.executable, "-c", code, env=installed).split() == [*7 * ["1.0"], "None"]


def test_its_distribution_is_noted_by_its_entry_point(installed):
    """An editable install of another build backend than setuptools lists no modules of its own."""
    code = (
        "import skml_aemlo as s; from skml_aemlo.compare import provenance;"
        "provenance.packages_distributions = dict;"
        "print(provenance.versions_of([s.make_sampler('jitter')])['skml-aemlo-jitter'])"
    )
    assert run(sys.executable, "-c", code, env=installed) == "1.0\n"


def test_worker_processes_of_a_comparison_know_it(installed, tmp_path):
    """A comparison over two processes has its cells, none of them failed."""
    pytest.importorskip("pandas")
    run(
        *(sys.executable, "-m", "skml_aemlo", "compare", "synthetic"),
        *("--samplers", "none", "jitter", "--estimators", "br-tree", "--cv", "1x2"),
        *("--jobs", "2", "--no-report", "--out", tmp_path),
        env=installed,
    )
    lines = (tmp_path / "results.jsonl").read_text().splitlines()
    cells = [line["cell"] for line in map(json.loads, lines[1:])]
    cells = [cell for cell in cells if cell["sampler"] == "jitter"]
    assert len(cells) == 2
    assert all(cell["error"] is None and cell["share_synthetic"] > 0 for cell in cells)
    assert 'skml-aemlo-jitter = "1.0"' in (tmp_path / "study.toml").read_text(encoding="utf-8")
