"""What samplers cost beside scikit-learn's exact search of the same matrix, in one run."""

import numpy as np
import pytest
from measured import cpu_seconds, load, seeded
from sklearn.neighbors import NearestNeighbors

from skml_aemlo._containers import Features, read_labels
from skml_aemlo._neighbors import Space
from skml_aemlo.measures import minority_labels

SETS = ["yeast", "scene", "corel5k", "bibtex"]
N_NEIGHBORS = {"mlsol": 5, "mlul": 5, "mlenn": 3, "mltl": 1}
ALLOWED = 1.5
# the wish is 1.5 here too, and missed: in bags this small, reading, making and writing rows
# outweighs a search of a few milliseconds
MISSED = {("yeast", "hvdm"), ("yeast", "heom"), ("scene", "hvdm"), ("scene", "heom")}
MISSED |= {("bibtex", "hvdm")}
AT_THE_EDGE = {("bibtex", "heom")}  # 1.4 to 1.7, as the machine is more or less loaded


def search(points, k):
    """Return the CPU seconds of one brute-force search among ``points``."""
    k = min(k, points.shape[0] - 1)
    return cpu_seconds(
        lambda: NearestNeighbors(algorithm="brute", n_neighbors=k).fit(points).kneighbors(), times=3
    )


@pytest.fixture(scope="module", params=SETS)
def case(request, reference):
    """One data set, and the coordinates that are searched."""
    table = load(reference / "data", request.param)
    values = Features(table.X, table.categorical).values
    return request.param, table, Space(values, table.categorical)


def report(data, name, ours, theirs):
    """Print one row of the table and hold it to the bound."""
    print(f"\n| {data} | {name} | {ours:.3f} | {theirs:.3f} | {ours / theirs:.2f} |")
    assert ours <= ALLOWED * theirs


@pytest.mark.parametrize("name", N_NEIGHBORS)
def test_one_search_is_the_floor(case, name):
    """MLSOL, MLUL, MLeNN and MLTL take at most 1.5 times one search of all rows."""
    data, table, space = case
    sampler = seeded(name, table)
    ours = cpu_seconds(lambda: sampler.fit_resample(table.X, table.Y), times=3)
    report(data, name, ours, search(space.points(), N_NEIGHBORS[name]))


@pytest.mark.parametrize("metric", ["hvdm", "heom"])
def test_searches_in_bags_are_the_floor(case, metric, request):
    """MLSMOTE takes at most 1.5 times the sum of its searches inside the bags."""
    data, table, _ = case
    if (data, metric) in MISSED | AT_THE_EDGE:
        strict = (data, metric) in MISSED
        reason = "missed, see docs/benchmarks.md"
        request.applymarker(pytest.mark.xfail(reason=reason, strict=strict))
    sampler = seeded("mlsmote", table, metric=metric)
    ours = cpu_seconds(lambda: sampler.fit_resample(table.X, table.Y), times=3)
    Y = read_labels(table.Y)
    space = Space(Features(table.X, table.categorical).values, table.categorical, metric)
    bags = [np.flatnonzero(Y[:, [j]].toarray()) for j in minority_labels(Y)]
    theirs = sum(search(space.points(bag, bearers=bag), 5) for bag in bags if len(bag) > 1)
    report(data, f"mlsmote {metric}", ours, theirs)
