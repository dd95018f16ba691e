"""Samplers that read no features, and all measures, on 200 000 rows by 100 000 labels."""

import numpy as np
import pytest
import scipy.sparse as sp
from measured import cpu_seconds, traced_peak

from skml_aemlo import make_sampler, measures

N_ROWS, N_LABELS, N_ONES = 200_000, 100_000, 1_000_000
SAMPLERS = ["mlros", "mlrus", "lpros", "lprus", "remedial"]
NEEDS = {"tcs": {"n_features": 10}}
MEASURES = sorted(set(measures.__all__) - {"LabelProfile", "LocalImbalance", "local_imbalance"})
SECONDS, MEGABYTES = 5, 1000


@pytest.fixture(scope="module")
def Y():
    """A million ones, half of them on a hundredth of the labels."""
    rng = np.random.default_rng(0)
    labels = (N_LABELS * rng.random(N_ONES) ** 8).astype(int)
    rows = rng.integers(N_ROWS, size=N_ONES)
    made = sp.csr_array((np.ones(N_ONES, np.int8), (rows, labels)), shape=(N_ROWS, N_LABELS))
    made.data[:] = 1
    return made


def report(name, call):
    """Print one row of the table and hold it to the bounds."""
    seconds, megabytes = cpu_seconds(call, times=2), traced_peak(call)
    print(f"\n| {name} | {seconds:.2f} | {megabytes:.0f} |")
    assert seconds < SECONDS
    assert megabytes < MEGABYTES


@pytest.mark.parametrize("name", SAMPLERS)
def test_samplers_cost_what_the_ones_cost(Y, name):
    """A sampler that reads no features takes under 5 s and 1 GB."""
    sampler, X = make_sampler(name), np.arange(N_ROWS)[:, None]
    report(name, lambda: sampler.fit_resample(X, Y))


@pytest.mark.parametrize("name", MEASURES)
def test_measures_cost_what_the_ones_cost(Y, name):
    """A measure takes under 5 s and 1 GB."""
    report(name, lambda: getattr(measures, name)(Y, **NEEDS.get(name, {})))
