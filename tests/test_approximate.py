"""The approximate index: exact inside its lists, exact altogether when it looks into all."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.spatial.distance import cdist
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors

from skml_aemlo import MLSMOTE
from skml_aemlo._neighbors import nearest
from skml_aemlo.approximate import IVFNeighbors

CONTAINERS = [np.asarray, sp.csr_array, sp.csr_matrix, sp.csc_array]


@pytest.fixture
def points():
    """Return 300 rows in 50 dimensions around 12 centres, two thirds of the numbers zero."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 50))[rng.integers(12, size=300)] + rng.normal(size=(300, 50)) / 2
    return X * (rng.random((300, 50)) < 0.35)


@pytest.mark.parametrize("container", CONTAINERS)
def test_with_all_lists_it_is_exact(points, container):
    """Looking into every list gives scikit-learn's exact neighbours and distances."""
    index = IVFNeighbors(n_lists=9, n_probes=9, n_components=8).fit(container(points))
    queries = points[:40] + 0.01
    distances, found = index.kneighbors(container(queries), 6)
    expected = NearestNeighbors(algorithm="brute").fit(points).kneighbors(queries, 6)
    np.testing.assert_allclose(distances, expected[0], rtol=1e-9)
    np.testing.assert_array_equal(found, expected[1])


@pytest.mark.parametrize("container", CONTAINERS)
def test_inside_its_lists_it_is_exact(points, container):
    """With one list a query finds the nearest rows of the list it belongs to, and those only."""
    index = IVFNeighbors(n_lists=6, n_probes=1, n_components=8).fit(container(points))
    found = index.kneighbors(container(points), 4, return_distance=False)
    table = cdist(points, points)
    table[index.list_of_row_[:, None] != index.list_of_row_] = np.inf
    np.testing.assert_array_equal(found, np.argsort(table, axis=1, kind="stable")[:, :4])
    assert len(np.unique(index.list_of_row_)) == 6


def test_more_probes_find_more(points):
    """The share of true neighbours grows with the lists looked into."""
    true = nearest(points, 5)
    recall = []
    for n_probes in (1, 3, 6):
        found = nearest(points, 5, neighbors=IVFNeighbors(n_lists=30, n_probes=n_probes))
        recall.append(np.mean([np.isin(a, b).mean() for a, b in zip(true, found, strict=True)]))
    assert 0.2 < recall[0] < recall[1] < recall[2]


def test_small_lists_are_filled_from_the_next(points):
    """More neighbours than a list holds are looked for in as many lists as it takes."""
    index = IVFNeighbors(n_lists=100, n_probes=1).fit(points)
    found = index.kneighbors(points[:5], 250, return_distance=False)
    assert all(len(set(row)) == 250 for row in found.tolist())


def test_a_new_row_is_sorted_into_the_lists(points):
    """A query that is a copy of the fitted table finds what the fitted rows find."""
    index = IVFNeighbors(n_lists=12, n_probes=2).fit(points)
    np.testing.assert_array_equal(
        index.kneighbors(points.copy(), 3, return_distance=False),
        index.kneighbors(points, 3, return_distance=False),
    )


def test_a_clone_finds_the_same_neighbours(points):
    """The default seed makes the index repeatable, whatever numpy's global stream does."""
    index = IVFNeighbors(n_lists=20, n_probes=2)
    first = nearest(points, 5, neighbors=index)
    np.random.random()  # noqa: NPY002 - the global stream is the subject
    np.testing.assert_array_equal(nearest(points, 5, neighbors=clone(index)), first)


def test_equal_rows_and_single_rows_are_no_trouble():
    """Rows without any difference, and a table of one row, are indexed all the same."""
    index = IVFNeighbors().fit(np.ones((30, 3)))
    assert index.kneighbors(np.ones((2, 3)), 4)[1].tolist() == [[0, 1, 2, 3]] * 2
    assert IVFNeighbors().fit([[1.0]]).kneighbors([[2.0]], 1)[0].tolist() == [[1.0]]


@pytest.mark.parametrize("scale", [2.0**200, 2.0**-200])
def test_the_unit_of_the_rows_does_not_matter(points, scale):
    """Rows beyond single precision are sorted into the same lists."""
    found = IVFNeighbors(n_probes=2).fit(points * scale).kneighbors(points * scale, 4)[1]
    expected = IVFNeighbors(n_probes=2).fit(points).kneighbors(points, 4)[1]
    np.testing.assert_array_equal(found, expected)


def test_samplers_take_it(points):
    """A sampler interpolates towards rows that the index found."""
    Y = np.eye(2, dtype=int)[(np.arange(300) % 5 == 0).astype(int)]
    sampler = MLSMOTE(neighbors=IVFNeighbors(n_lists=4, n_probes=1), random_state=0)
    X_res, _ = sampler.fit_resample(points, Y)
    made = sampler.is_synthetic_
    seed, other = points[sampler.sample_indices_[made]], points[sampler.reference_indices_[made]]
    assert np.all(X_res[made] >= np.minimum(seed, other) - 1e-12)
    assert np.all(X_res[made] <= np.maximum(seed, other) + 1e-12)


@pytest.mark.parametrize(
    ("params", "name"),
    [({"n_lists": 0}, "n_lists"), ({"n_probes": 0}, "n_probes"), ({"n_components": 0.5}, "n_comp")],
)
def test_bad_parameters_are_named(points, params, name):
    """A parameter out of range is one clear error."""
    with pytest.raises(ValueError, match=name):
        IVFNeighbors(**params).fit(points)


def test_bad_queries_are_named(points):
    """Other features, or more neighbours than rows, are one clear error."""
    index = IVFNeighbors().fit(points)
    with pytest.raises(ValueError, match="X has 3 features"):
        index.kneighbors(points[:, :3])
    with pytest.raises(ValueError, match="n_neighbors must be an int of 1 to 300"):
        index.kneighbors(points, 301)
