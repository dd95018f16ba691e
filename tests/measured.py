"""Time and memory for the benchmarks: CPU seconds, peaks, and the data they are taken on."""

import subprocess
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp

from skml_aemlo import datasets, make_sampler


class Table(NamedTuple):
    """Features, labels and which features are nominal."""

    X: Any
    Y: Any
    categorical: Any


def load(folder: Path, name: str) -> Table:
    """Read a reference set; "scene" is its training half, as the peers were timed on."""
    path = next(folder.glob(f"{name}*.arff*"))
    data = datasets.load_arff(path, labels=folder / f"{name}.xml")
    n = 1211 if name == "scene" else data.X.shape[0]
    Y = data.Y[:n] if sp.issparse(data.X) else _dense(data.Y[:n])
    return Table(data.X[:n], Y, data.categorical)


def _dense(Y: Any) -> np.ndarray:
    return Y.toarray() if sp.issparse(Y) else Y


def seeded(name: str, table: Table, **params: Any) -> Any:
    """Make a sampler that knows the nominal columns; parameters it lacks are left out."""
    sampler = make_sampler(name)
    known = sampler.get_params()
    wanted = {"random_state": 0, "categorical_features": table.categorical, **params}
    return sampler.set_params(**{key: value for key, value in wanted.items() if key in known})


def cpu_seconds(call: Callable[[], Any], at_least: float = 0.3, times: int = 25) -> float:
    """Return the CPU seconds of the quickest of several calls, after one to warm up."""
    quickest, spent = _once(call), 0.0
    while spent < at_least and times:
        now = _once(call)
        quickest, spent, times = min(quickest, now), spent + now, times - 1
    return quickest


def _once(call: Callable[[], Any]) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        start = time.process_time()
        call()
        return time.process_time() - start


def traced_peak(call: Callable[[], Any]) -> float:
    """Return the most megabytes that Python and numpy held during a call."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        tracemalloc.start()
        try:
            call()
            return tracemalloc.get_traced_memory()[1] / 1e6
        finally:
            tracemalloc.stop()


def alone(program: str, *arguments: str) -> dict[str, float]:
    """Run a program in a process of its own; it prints lines "name value"."""
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    pairs = (line.split() for line in done.stdout.splitlines())
    return {name: float(value) for name, value in pairs}
