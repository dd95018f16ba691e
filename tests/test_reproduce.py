"""The experiment behind AEMLO's default: it runs, it goes on, its tables hold what it computed."""

import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from registered import OURS

from skml_aemlo import AEMLO
from skml_aemlo.datasets import make_imbalanced_multilabel, save_arff

SCRIPT = Path(__file__).parents[1] / "docs" / "experiments" / "aemlo.py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Give a folder with three small data sets."""
    folder = tmp_path_factory.mktemp("data")
    for seed, name in enumerate(("one", "two", "three")):
        data = make_imbalanced_multilabel(60, 4, frequencies=[0.6, 0.4, 0.1], random_state=seed)
        save_arff(replace(data, name=name), folder / f"{name}.arff")
    return folder


def run(folder, out, *options):
    """Run the experiment in a fresh process, on one repeat of two folds."""
    names = ("--datasets", "one", "two", "three", "--cv", "1x2", "--out", str(out))
    command = [sys.executable, str(SCRIPT), str(folder), *names, *options]
    return subprocess.run(command, capture_output=True, text=True, check=True)


def test_a_stage_is_computed_and_laid_out_once(folder, tmp_path):
    """Every cell once; a second run computes none; gains are differences of the table's means."""
    options = ("--stages", "main", "--samplers", "none", "mlros", "lpros")
    run(folder, tmp_path, *options)
    journal = (tmp_path / "main.jsonl").read_bytes()
    table = pd.read_csv(tmp_path / "main.csv", keep_default_na=False)
    assert len(table) == 3 * 3 * 4 * 2
    assert set(table["error"]) == {""}
    run(folder, tmp_path, *options)
    assert (tmp_path / "main.jsonl").read_bytes() == journal
    text = (tmp_path / "main.md").read_text()
    scores = table.astype({"macro_f": float}).groupby(["sampler", "dataset"])["macro_f"].mean()
    gain = np.mean(
        [scores["mlros", name] - scores["none", name] for name in ("one", "two", "three")]
    )
    signs = tuple(f"| mlros | {sign}" for sign in "+-")
    line = next(line for line in text.splitlines() if line.startswith(signs))
    assert line.endswith(f"| {gain:+.3f} |")


def test_the_whole_registry_is_in_the_race():
    """Every registered sampler is a contender, AEMLO with its default settings."""
    script = runpy.run_path(str(SCRIPT))
    assert set(OURS) <= set(script["CONTENDERS"])
    assert script["CONTENDERS"]["aemlo"] == "aemlo"
    default = AEMLO().get_params()
    assert script["ABLATION"]["default"].get_params() == default
    for name, variant in {**script["ABLATION"], **script["SENSITIVITY"]}.items():
        changed = [key for key, value in variant.get_params().items() if value != default[key]]
        assert (name == "default") != bool(changed)
