"""A default AEMLO on real data and on 100 000 rows: CPU seconds, memory."""

import pytest
from measured import alone, cpu_seconds, load, seeded

BOUNDS = {"emotions": 5.0, "bibtex": 60.0}  # seconds, the import of torch excluded
GIGABYTES = 4.0

PROGRAM = """
import resource, warnings
import numpy as np, scipy.sparse as sp
from skml_aemlo import AEMLO
warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
X = rng.normal(size=(100_000, 500))
frequencies = np.minimum(0.3, 0.5 / np.arange(1, 1001) ** 0.8)
columns = [sp.csc_array((rng.random((100_000, 1)) < p).astype(np.int8)) for p in frequencies]
Y = sp.csr_array(sp.hstack(columns))
X_res, _ = AEMLO(fraction=1.0, epochs=5, random_state=0).fit_resample(X, Y)
print("rows", X_res.shape[0])
print("gigabytes", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)
"""


@pytest.mark.parametrize("name", BOUNDS)
def test_a_default_fit_takes_seconds(reference, name):
    """Training, thresholds and half as many new rows as there are, on one thread."""
    table = load(reference / "data", name)
    seeded("aemlo", table, epochs=1).fit_resample(table.X[:50], table.Y[:50])  # imports torch
    sampler = seeded("aemlo", table)
    seconds = cpu_seconds(lambda: sampler.fit_resample(table.X, table.Y), at_least=0, times=0)
    print(f"\n| {name} | {seconds:.1f} | {sampler.n_epochs_} |")
    assert seconds <= BOUNDS[name]


def test_a_hundred_thousand_rows_fit_into_four_gigabytes():
    """500 dense features, 1 000 sparse labels, 5 epochs, twice the rows at the end."""
    cost = alone(PROGRAM)
    print(f"\n| 100 000 x 500 x 1 000 | {cost['gigabytes']:.2f} GB |")
    assert cost["rows"] == 200_000
    assert cost["gigabytes"] <= GIGABYTES
