"""The audit of the mended classifiers: how many cells of its grid work, and why others cannot."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import skmultilearn_audit
from skmultilearn_audit import CASES, CLASSIFIERS, USES, Case, Cell, cells_of, loaded, report

from skml_aemlo.skmultilearn.patching import is_ng

NAMES = list(CLASSIFIERS)
CROSS_VALIDATED = {
    "cross_val_score f1_macro",
    "resampled, roc_auc",
    "resampled, average_precision",
}

D18 = "D18: scikit-learn's cross_validate takes no sparse y since 1.5, its own rule"
NO_PROBABILITIES = "MLTSVM has a decision_function and, as its paper, no probabilities"

# What was reached, of 408 cells each: all that scikit-learn's rule and the papers allow.
WORKING = {"MLTSVM": 335}
WORKING = {name: WORKING.get(name, 369) for name in NAMES}


def reason(cell: Cell) -> str:
    """Return why a cell is not expected to work, or an empty string."""
    if cell.name == "MLTSVM" and cell.use == "predict_proba":
        return NO_PROBABILITIES
    if cell.use in CROSS_VALIDATED and cell.case.y.endswith(("_matrix", "_array")):
        return D18
    return ""


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """Run the grid once, in a process of its own: within this one, full of tests, it drags."""
    file = tmp_path_factory.mktemp("audit") / "cells.json"
    script = Path(skmultilearn_audit.__file__)
    subprocess.run([sys.executable, script, "--json", file], check=True, capture_output=True)
    return loaded(file.read_text(encoding="utf-8"))


def test_the_grid_is_the_one_that_is_counted():
    """Every classifier, in every case and use; no less than the first audit's 3 752 cells."""
    assert len(set(CASES)) == len(CASES) == 34
    assert len(USES) == 12
    assert len(CASES) * len(USES) * len(CLASSIFIERS) >= 3752


@pytest.mark.parametrize("name", NAMES)
def test_all_cells_work_but_those_with_a_reason(name, cells):
    """A cell gives the answer that plain arrays give by hand, or has one of the reasons."""
    own = [cell for cell in cells if cell.name == name]
    assert [cell for cell in own if cell.problem and not reason(cell)] == []
    assert [cell for cell in own if not cell.problem and reason(cell)] == []


def test_the_reason_is_scikit_learns_own_words(cells):
    """Cells given up for D18 fail with scikit-learn's check of its parameter."""
    found = {cell.problem.split(" Got")[0] for cell in cells if reason(cell) == D18}
    assert found == {
        "InvalidParameterError: The 'y' parameter of cross_val_score must be an array-like or None."
    }


def test_the_count_does_not_fall(cells, capsys):
    """The numbers of working cells are printed, and are what was reached."""
    with capsys.disabled():
        print("\nskmultilearn audit: " + report(cells))
    found = Counter(cell.name for cell in cells if not cell.problem)
    assert {name: count for name, count in WORKING.items() if found[name] < count} == {}


@pytest.mark.skipif(is_ng(), reason="a defect of scikit-multilearn 0.2.0; -ng is installed")
def test_upstream_fails_in_the_same_grid():
    """The grid sees what is broken: upstream's MLkNN works in no cell (D1)."""
    cells = list(cells_of("MLkNN", upstream=True))
    assert len(cells) == len(CASES) * len(USES)
    assert not [cell for cell in cells if not cell.problem]


def test_another_answer_is_a_problem(monkeypatch):
    """A cell that runs and answers otherwise than by hand counts as not working."""
    use, by_hand = USES["pickle"]
    monkeypatch.setattr(
        "skmultilearn_audit.USES", {"pickle": (lambda *args: 1 - use(*args), by_hand)}
    )
    problems = {cell.problem for cell in cells_of("MLkNN")}
    assert problems == {"another answer than by hand on dense ints"}
    assert Case("ndarray", "ndarray", int) in CASES
