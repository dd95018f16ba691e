"""A comparison killed at any moment, in the middle of a line too, ends with the same table."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from skml_aemlo.datasets import make_imbalanced_multilabel, save_arff

KILLS = 20
# One interpreter imports once; each life of the comparison is a fork of it, a process group of its
# own. The file hands on a third of what it is given and rests, so that lines take a while to write.
DRIVER = """
import os, random, signal, sys, time
from io import FileIO
from pathlib import Path
import iterstrat.ml_stratifiers, pandas, rich.console, sklearn.tree, skmultilearn.problem_transform
from skml_aemlo import cli

ordinary = Path.open
reference, out, arguments = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]

class Slow(FileIO):
    def write(self, content):
        written = super().write(bytes(content)[: max(len(content) // 3, 50)])
        time.sleep(0.002)
        return written

def live():
    child = os.fork()
    if child:
        return child
    os.setpgid(0, 0)
    Path.open = lambda path, mode="r", *args, **options: (
        Slow(path, mode) if mode == "a+b" else ordinary(path, mode, *args, **options)
    )
    sys.stdout = open(os.devnull, "w")
    try:
        status = cli.main([*arguments, "--out", str(out)])
    except BaseException as error:
        print(repr(error), file=sys.stderr, flush=True)
        status = 70
    os._exit(status)

rng = random.Random(20)
whole = reference.stat().st_size
for moment in sorted(rng.uniform(0, 0.9) for _ in range(int(os.environ["KILLS"]))):
    child = live()
    file = out / "results.jsonl"
    while not (file.exists() and file.stat().st_size >= moment * whole):
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            sys.exit("ended by itself")
        time.sleep(0.0005)
    time.sleep(rng.uniform(0, 0.03))
    os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    left = file.read_bytes() if file.exists() else b""
    print(os.WTERMSIG(status), left.count(b"\\n"), left[-1:] not in (b"", b"\\n"), flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills process groups as POSIX has them")
def test_twenty_kills_change_nothing(tmp_path: Path) -> None:
    """Exactly the missing cells are computed, none twice, and the tables differ in seconds only."""
    save_arff(make_imbalanced_multilabel(60, 5, 4, random_state=0), tmp_path / "toy.arff")
    arguments = ["compare", str(tmp_path / "toy.arff"), "--no-progress", "--no-report"]
    arguments += [
        "--estimators",
        "lp-tree",
        "--samplers",
        "none",
        "mlros",
        "lpros",
        "mlrus",
        "remedial",
        "--cv",
        "2x4",
    ]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    command = [sys.executable, "-m", "skml_aemlo", *arguments, "--out"]
    subprocess.run([*command, str(whole)], check=True, capture_output=True)

    reference = str(whole / "results.jsonl")
    driver = [sys.executable, "-c", DRIVER, reference, str(killed), *arguments]
    driven = subprocess.run(
        driver, env={**os.environ, "KILLS": str(KILLS)}, capture_output=True, text=True, check=False
    )
    assert (driven.returncode, driven.stderr) == (0, "")
    lives = [line.split() for line in driven.stdout.splitlines()]
    assert [signal for signal, *_ in lives] == ["9"] * KILLS
    # no life lost a line that the one before had finished, and some died in the middle of one
    lines = [int(count) for _, count, _ in lives]
    assert lines == sorted(lines)
    assert sum(is_half == "True" for *_, is_half in lives) >= 3

    finished = subprocess.run([*command, str(killed)], check=True, capture_output=True, text=True)
    assert f"{41 - lines[-1]} of 40 cells computed" in finished.stdout
    keys = [
        json.loads(line).get("key") for line in (killed / "results.jsonl").read_text().splitlines()
    ][1:]
    assert len(keys) == len(set(keys)) == 40
    one, other = (
        pd.read_csv(folder / "table.csv").filter(regex=r"^(?!.*_seconds$)")
        for folder in (whole, killed)
    )
    pd.testing.assert_frame_equal(one, other, check_exact=True)
