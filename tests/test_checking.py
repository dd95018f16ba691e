"""Files of results that were changed by hand: refused by name, and nothing silently believed."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reported import comparison, write
from sklearn.model_selection import KFold
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import cli
from skml_aemlo.compare import Experiment, read_results

pytest.importorskip("pandas")

DESCRIPTION, CELLS = comparison(["a", "b"], ["none", "up"], ["tree"])
Y = np.array([[1, 0], [0, 1], [1, 1]] * 4)


def changed(folder: Path, where: str, name: str, value: Any) -> Path:
    """Write the comparison with one entry of another value, and return its file."""
    description, cells = deepcopy((DESCRIPTION, CELLS))
    places = {"told": description, "cell": cells["k1"], "profile": description["profiles"]["a"]}
    places[where][name] = value
    return write(folder, description, cells) / "results.jsonl"


@pytest.mark.parametrize("value", [None, 5, [], [None], {}, {"x": 5}, 10**400, "what"])
@pytest.mark.parametrize(
    "place",
    [
        *(("told", name) for name in DESCRIPTION),
        *(("cell", name) for name in CELLS["k1"]),
        *(("profile", name) for name in DESCRIPTION["profiles"]["a"]),
    ],
    ids="-".join,
)
def test_whatever_is_changed_is_read_or_refused(
    place: tuple[str, str], value: Any, tmp_path: Path
) -> None:
    """Every entry, by a value of every kind: tables, or one line that names the file."""
    file = changed(tmp_path, *place, value)
    try:
        results = read_results(file)
    except ValueError as error:
        results, refusal = None, str(error)
    if results is None:
        assert str(file) in refusal
    else:
        assert len(results.table()) == len(results.description["plan"])
        assert not results.profiles or results.label_table()["f1"].between(0, 1).all()


@pytest.mark.parametrize(
    ("where", "name", "value", "problem"),
    [
        ("cell", "sampler", "nome", "has the sampler 'nome', which was not compared"),
        ("cell", "fold", 0, "has another one beside it"),
        ("cell", "macro_f", "0.9", "has the macro_f '0.9'"),
        ("cell", "macro_f", 1e999, "line 3, is broken"),
        ("cell", "label_counts", {"before": [1], "after": [2]}, "has the label_counts"),
        ("told", "plan", ["k1", "k1"], "not a list of different keys"),
        ("profile", "labelsets", [[[7], 3]], "the profile of 'a' has the labelsets"),
    ],
)
def test_what_is_wrong_is_named(
    where: str, name: str, value: Any, problem: str, tmp_path: Path, capsys: Any
) -> None:
    """On the command line it is one line and exit code two, and no page is written."""
    file = changed(tmp_path, where, name, value)
    assert cli.main(["report", str(file.parent)]) == 2
    told = capsys.readouterr().err
    assert problem in told
    assert told.count("\n") == 1
    assert not (file.parent / "report.html").exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda cell: cell.pop("error"),
        lambda cell: cell.update(macro_f="0.9"),
        lambda cell: cell.update(estimator="other"),
    ],
)
def test_a_changed_cell_is_refused_before_any_work(
    change: Callable[[dict[str, Any]], Any], tmp_path: Path
) -> None:
    """An experiment that goes on does not take a cell that it cannot have written."""
    file = tmp_path / "results.jsonl"

    def experiment() -> Experiment:
        data = ("toy", np.arange(24.0).reshape(12, 2), Y)
        tree = {"tree": DecisionTreeClassifier()}
        return Experiment(data, ["none"], tree, cv=KFold(3), metrics=["macro_f"], out=file)

    experiment().compute()
    assert experiment().missing() == []
    first, line, *others = file.read_text().splitlines()
    record = json.loads(line)
    change(record["cell"])
    file.write_text("\n".join([first, json.dumps(record), *others, ""]))
    with pytest.raises(ValueError, match="was changed by hand, or is damaged: the cell of dataset"):
        experiment()
