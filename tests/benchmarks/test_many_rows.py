"""100 000 sparse rows, 2 000 features, 4 000 labels: time, memory, and an approximate index."""

import pytest
from measured import alone

ALLOWED, FASTER, GIGABYTES = 1.5, 5.0, 4.0

PROGRAM = """
import resource, sys, time, warnings
import numpy as np
from skml_aemlo import datasets, make_sampler
from skml_aemlo._neighbors import Space, nearest
from skml_aemlo.approximate import IVFNeighbors
from skml_aemlo.measures import mean_ir, minority_labels
warnings.simplefilter("ignore")
wanted, index = sys.argv[1:]
frequencies = np.minimum(0.15, 0.5 / (np.arange(4000) + 3))
data = datasets.make_imbalanced_multilabel(
    100_000, 2_000, frequencies=frequencies, sparse=True, density=0.01, noise=0.3, random_state=0
)
neighbors = IVFNeighbors(n_probes=int(index)) if index != "exact" else None
def spent(call):
    start = time.process_time()
    result = call()
    return result, time.process_time() - start
points = Space(data.X, np.zeros(2_000, dtype=bool)).points()
asked = np.arange(0, 100_000, 100)
if wanted == "floor":
    from sklearn.neighbors import NearestNeighbors
    for k in (1, 5):
        search = NearestNeighbors(algorithm="brute", n_neighbors=k).fit(points)
        print(f"k{k}", 100 * spent(lambda: search.kneighbors(points[asked]))[1])
    columns, total = data.Y.tocsc(), 0.0
    for j in minority_labels(data.Y):
        bag = points[np.sort(columns.indices[columns.indptr[j] : columns.indptr[j + 1]])]
        search = NearestNeighbors(algorithm="brute", n_neighbors=min(5, bag.shape[0] - 1))
        total += spent(lambda: search.fit(bag).kneighbors())[1]
    print("bags", total)
elif wanted == "recall":
    found, seconds = spent(lambda: nearest(points, 5, neighbors=neighbors))
    true = nearest(points, 5, rows=asked)
    print("seconds", seconds)
    print("recall", np.mean([np.isin(a, b).mean() for a, b in zip(true, found[asked])]))
else:
    sampler = make_sampler(wanted, neighbors=neighbors)
    if "random_state" in sampler.get_params():
        sampler.set_params(random_state=0)
    (_, Y), seconds = spent(lambda: sampler.fit_resample(data.X, data.Y))
    print("seconds", seconds)
    print("rows", Y.shape[0])
    print("mean_ir", mean_ir(Y))
    print("gigabytes", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)
"""


@pytest.fixture(scope="module")
def floor():
    """CPU seconds of scikit-learn's searches: of a hundredth of all rows, times a hundred."""
    return alone(PROGRAM, "floor", "exact")


@pytest.mark.parametrize(("name", "search"), [("mlsmote", "bags"), ("mlsol", "k5"), ("mltl", "k1")])
def test_the_search_is_the_floor_here_too(floor, name, search):
    """At most 1.5 times scikit-learn's search, in less than 4 GB."""
    cost = alone(PROGRAM, name, "exact")
    ratio = cost["seconds"] / floor[search]
    print(
        f"\n| {name} | {cost['seconds']:.1f} | {floor[search]:.1f} | {ratio:.2f} "
        f"| {cost['gigabytes']:.2f} |"
    )
    assert ratio <= ALLOWED
    assert cost["gigabytes"] < GIGABYTES


def test_an_approximate_index_is_five_times_faster():
    """MLSOL with an index that looks into 8 lists, beside the exact one."""
    exact = alone(PROGRAM, "mlsol", "exact")
    for n_probes in ("8", "16", "32"):
        found, cost = alone(PROGRAM, "recall", n_probes), alone(PROGRAM, "mlsol", n_probes)
        ratio = exact["seconds"] / cost["seconds"]
        print(
            f"\n| {n_probes} | {found['recall']:.2f} | {found['seconds']:.1f} "
            f"| {cost['seconds']:.1f} | {ratio:.1f} | {cost['mean_ir']:.2f} |"
        )
        if n_probes == "8":
            assert ratio >= FASTER
            assert cost["rows"] == exact["rows"]
    print(f"\n| exact | 1 | | {exact['seconds']:.1f} | 1 | {exact['mean_ir']:.2f} |")
