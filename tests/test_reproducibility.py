"""The same seed gives the same rows in every process, in every thread, beside any BLAS."""

import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from registered import NAMES, quick_sampler
from sklearn.base import clone
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import MultiLabelResampledClassifier
from skml_aemlo.samplers._network import threads


def digests(X, Y):
    """Return a digest of what each sampler, and the wrapper, makes of these data."""
    found = {}
    for name in NAMES:
        sampler = quick_sampler(name)
        parts = (*sampler.fit_resample(X, Y), sampler.sample_indices_, sampler.is_synthetic_)
        found[name] = hashlib.sha256(b"".join(p.tobytes() for p in parts)).hexdigest()
    tree = DecisionTreeClassifier(random_state=0)
    model = MultiLabelResampledClassifier(tree, quick_sampler("aemlo"), random_state=0)
    found["wrapper"] = hashlib.sha256(model.fit(X, Y).predict(X).tobytes()).hexdigest()
    return found


def wide():
    """Return rows and columns enough for BLAS to share out: 1500 x 120."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(1500, 120))
    return X, (rng.random((1500, 5)) < [0.8, 0.5, 0.3, 0.05, 0.02]).astype(int)


SCRIPT = """
import json, sys
sys.path.insert(0, sys.argv[1])
import torch
torch.set_num_threads(int(sys.argv[2]))
from test_reproducibility import digests, wide
print(json.dumps(digests(*wide())))
"""


def test_processes_and_numbers_of_threads_give_the_same_rows():
    """Another hash seed, and one or two threads for OpenMP, BLAS and torch, change no bit."""
    here = str(Path(__file__).parent)
    running = []
    for n in (1, 2):
        known = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        setting = dict.fromkeys(known, str(n)) | {"PYTHONHASHSEED": str(n - 1)}
        command = [sys.executable, "-W", "ignore", "-c", SCRIPT, here, str(n)]
        env = {**os.environ, **setting, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        running.append(subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True))
    one, two = (json.loads(process.communicate()[0]) for process in running)
    assert set(one) == {*NAMES, "wrapper"}
    assert one == two


def test_threads_beside_each_other_give_the_same_rows(small):
    """Four fits of every sampler at once give what one alone does."""
    samplers = [quick_sampler(name) for name in NAMES] * 4
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda s: clone(s).fit_resample(*small), samplers)
        for sampler, (X_res, Y_res) in zip(samplers, found, strict=True):
            X_alone, Y_alone = sampler.fit_resample(*small)
            np.testing.assert_array_equal(X_res, X_alone)
            np.testing.assert_array_equal(Y_res, Y_alone)


@pytest.mark.parametrize("first_out", [0, 1])
def test_overlapping_blocks_give_torch_its_threads_back(first_out):
    """Whichever ends first, one thread holds until both have ended."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        blocks = [threads(1), threads(1)]
        for block in blocks:
            block.__enter__()
        blocks[first_out].__exit__(None, None, None)
        assert torch.get_num_threads() == 1
        blocks[1 - first_out].__exit__(None, None, None)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
