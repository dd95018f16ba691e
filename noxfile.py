"""Every chore of the project; ``nox --list`` prints them.

CI runs, through ``.ci/run``: tests, lint, types, docs, oldest, ng, bare, and browser where there is
Chromium. A release is preceded by pythons, newest, bench and build besides, and by reproduce where
a sampler changed.
"""

from __future__ import annotations

import configparser
from pathlib import Path

import nox

nox.needs_version = ">=2024.4.15"
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["tests", "lint", "types"]

PINS = ("-c", "tests/constraints.txt")
OLDEST = ("-c", "tests/constraints-oldest.txt")
TEST_TOOLS = (
    *("pytest", "pytest-benchmark", "pytest-xdist", "hypothesis", "liac-arff", "setuptools"),
    "iterative-stratification",
)
# file by file: what a file's tests share is made once
SIDE_BY_SIDE = ("-n", "auto", "--maxprocesses=4", "--dist=loadfile")
ABSENT = (
    "from importlib.util import find_spec as found;"
    "here = [name for name in ('torch', 'safetensors', 'pandas', 'polars') if found(name)];"
    "assert not here, here"
)
# Cells run side by side in processes; a second thread inside one only steals from its neighbour.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@nox.session
def demo(session: nox.Session) -> None:
    """Compare five samplers under two classifiers on the embedded data set."""
    session.install(*PINS, ".[compare]")
    session.run(
        "python", "-m", "skml_aemlo", "compare", "synthetic",
        "--samplers", "none", "mlros", "mlsmote", "remedial", "aemlo",
        "--estimators", "br-tree", "mlknn",
        "--cv", "2x5", "--jobs", "2", "--out", "runs/demo",
        *session.posargs,
    )  # fmt: skip


@nox.session
def tests(session: nox.Session) -> None:
    """Run the test suite and every doctest."""
    session.install(*PINS, "-e", ".[compare,test]")
    session.run("pytest", *SIDE_BY_SIDE, *session.posargs, env=ONE_THREAD)


@nox.session(python=["3.10", "3.11", "3.12", "3.13"])
def pythons(session: nox.Session) -> None:
    """Run the whole test suite on every Python; for a release, since each fetches its own torch."""
    session.install(*PINS, "-e", ".[compare,test]")
    session.run("pytest", *SIDE_BY_SIDE, *session.posargs, env=ONE_THREAD)


@nox.session
def oldest(session: nox.Session) -> None:
    """Run the test suite on the oldest versions that setup.cfg allows."""
    session.install(*OLDEST, "-e", ".[compare,test]")
    session.run("pytest", *SIDE_BY_SIDE, *session.posargs, env=ONE_THREAD)


@nox.session
def newest(session: nox.Session) -> None:
    """Run the test suite on the newest versions there are; for a release, as pins move after it."""
    pins = Path("tests/constraints.txt").read_text(encoding="utf-8").split()
    torch = next(pin for pin in pins if pin.startswith("torch=="))
    session.install("--upgrade", "--upgrade-strategy", "eager", torch, "-e", ".[compare,test]")
    session.run("pytest", *SIDE_BY_SIDE, *session.posargs, env=ONE_THREAD)


@nox.session(python=["3.10", "3.13"])
def bare(session: nox.Session) -> None:
    """Test what needs neither torch nor pandas where neither is installed, Python by Python."""
    session.install(*PINS, *_requirements("install_requires", leave_out=("torch", "safetensors")))
    session.install(*PINS, *TEST_TOOLS)
    session.install("--no-deps", "-e", ".")
    session.run("python", "-c", ABSENT)
    session.run("pytest", *SIDE_BY_SIDE, *(session.posargs or ["tests"]), env=ONE_THREAD)


@nox.session
def ng(session: nox.Session) -> None:
    """Test the mended classifiers where scikit-multilearn-ng replaces scikit-multilearn."""
    session.install(*PINS, "-e", ".[compare,test]")
    # both own the same folder: the last one installed wins
    both = ("scikit-multilearn", "scikit-multilearn-ng")
    session.run("python", "-m", "pip", "uninstall", "--quiet", "--yes", *both)
    session.install(*PINS, "--no-deps", "scikit-multilearn-ng")
    files = sorted(map(str, Path("tests").glob("test_skmultilearn*.py")))
    named = session.posargs or [*files, "tests/test_classifier.py"]
    session.run("pytest", *SIDE_BY_SIDE, *named, env=ONE_THREAD)


def _requirements(option: str, leave_out: tuple[str, ...] = ()) -> list[str]:
    """Return the requirements that setup.cfg lists, but for some."""
    setup = configparser.ConfigParser()
    setup.read("setup.cfg")
    lines = setup["options"][option].split("\n")
    return [line for line in lines if line and not line.startswith(leave_out)]


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting."""
    session.install(*PINS, "ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check the package's type annotations, and what they tell users of mypy and of pyright."""
    session.install(*PINS, "mypy", "pyright[nodejs]", "-e", ".[compare]")
    session.run("mypy")
    session.run("mypy", "--strict", "--follow-imports=silent", "tests/typed_example.py")
    session.run("pyright", "tests/typed_example.py")
    session.run("python", "tests/typed_example.py")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed and memory as ratios within one run."""
    session.install(*PINS, "-e", ".[compare,test]")
    session.run(
        "pytest", "tests/benchmarks", "--benchmark-enable", "-q", *session.posargs, env=ONE_THREAD
    )


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site into docs/_build/html: every example runs, a warning is an error."""
    session.install(*PINS, "-e", ".[compare,docs]", "pytest", "pytest-benchmark")
    site = "docs/_build/html"
    session.run(
        "sphinx-build", "-W", "--keep-going", "-q", "-b", "html",
        "-d", "docs/_build/doctrees", *session.posargs, "docs", site,
        env=ONE_THREAD | {"MPLBACKEND": "Agg"},
    )  # fmt: skip
    session.run("pytest", "-q", "tests/site", env={"SKML_AEMLO_SITE": site})


@nox.session
def browser(session: nox.Session) -> None:
    """Open a report, and the site where it is built, in the system's Chromium (or CHROMIUM=PATH).

    Screenshots lie in runs/browser.
    """
    session.install(*PINS, "-e", ".[compare]", "pytest", "pytest-benchmark", "playwright")
    shots = {"SKML_AEMLO_SHOTS": str(Path("runs/browser").absolute())}
    session.run("pytest", "tests/browser", *session.posargs, env=ONE_THREAD | shots)


@nox.session
def reproduce(session: nox.Session) -> None:
    """Repeat the experiment behind AEMLO's default on a folder of data sets; resumes.

    nox -s reproduce -- FOLDER [--jobs 2] [--out runs/aemlo] [--stages main ablation sensitivity]
    """
    if not session.posargs:
        session.error("name the folder of ARFF files: nox -s reproduce -- FOLDER")
    session.install(*PINS, ".[compare]")
    session.run("python", "docs/experiments/aemlo.py", *session.posargs, env=ONE_THREAD)


@nox.session
def build(session: nox.Session) -> None:
    """Build the source distribution and the wheel, and check that the wheel imports."""
    session.install(*PINS, "build")
    session.run("python", "-m", "build", "--outdir", session.create_tmp(), ".")
