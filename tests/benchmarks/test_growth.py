"""How cost grows: rows doubled four times."""

import numpy as np
import pytest
from measured import Table, cpu_seconds, seeded
from sklearn.linear_model import LogisticRegression

from skml_aemlo import SAMPLERS, datasets

SIZES = [1000, 2000, 4000, 8000, 16000]
LEFT_OUT = {"none", "aemlo"}
# the default completes labels with support vector machines, cubic in the rows; see its docstring
PARAMS = {"mlrknnos": {"fraction": 0.1, "label_completion": LogisticRegression()}}


@pytest.fixture(scope="module")
def tables():
    """Sparse tables of 500 features and 100 labels, 10 and about 4 a row."""
    frequencies = np.minimum(0.3, 1 / (np.arange(100) + 3))
    made = [
        datasets.make_imbalanced_multilabel(
            n, 500, frequencies=frequencies, sparse=True, density=0.02, random_state=0
        )
        for n in SIZES
    ]
    return [Table(data.X, data.Y, None) for data in made]


@pytest.mark.parametrize("name", [name for name in SAMPLERS if name not in LEFT_OUT])
def test_cost_grows_no_faster_than_the_search(tables, name):
    """From the largest step, linear for those that read no features, else at most quadratic."""
    reads = seeded(name, tables[0])._reads_features
    samplers = [seeded(name, table, **PARAMS.get(name, {})) for table in tables]
    cost = [
        cpu_seconds(lambda s=s, t=t: s.fit_resample(t.X, t.Y), times=5)
        for s, t in zip(samplers, tables, strict=True)
    ]
    growth = np.log2(cost[-1] / cost[-2])
    cells = " | ".join(f"{seconds:.4f}" for seconds in cost)
    print(f"\n| {name} | {cells} | {growth:.2f} |")
    assert growth < (2.4 if reads else 1.4)
