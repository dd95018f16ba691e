"""MLSOL against a literal transcription, the Java code's trace and the chances it promises."""

import warnings

import numpy as np
import oracles
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles_interpolation import mlsol, mlsol_weights
from scipy import stats
from sklearn.neighbors import NearestNeighbors
from strategies import labelled_tables, sparse_table

from skml_aemlo import MLSOL
from skml_aemlo._between import Steps
from skml_aemlo._local import judge
from skml_aemlo._neighbors import Space, nearest
from skml_aemlo.datasets import load_arff
from skml_aemlo.measures import local_imbalance
from skml_aemlo.samplers.interpolation import _Nursery


def made_by(sampler, X, Y, expected):
    """Assert that seeds, references, features and labels of new rows equal those expected."""
    X_res, Y_res = sampler.fit_resample(X, Y)
    X_res = X_res.toarray() if sp.issparse(X_res) else X_res
    seeds, references, X_new, Y_new = expected
    n = len(Y)
    assert sampler.sample_indices_[n:].tolist() == seeds
    assert sampler.reference_indices_[n:].tolist() == references
    np.testing.assert_array_equal(X_res[n:], np.reshape(X_new, (-1, X_res.shape[1])))
    np.testing.assert_array_equal(Y_res[n:], np.reshape(Y_new, (-1, Y_res.shape[1])))


@settings(max_examples=150)
@given(
    labelled_tables(),
    st.integers(1, 6),
    st.sampled_from(["feature", "row"]),
    st.sampled_from([0.5, 3.0]),
    st.sampled_from([np.asarray, sp.csr_array]),
)
def test_rows_equal_those_of_the_transcription(table, k, interpolation, fraction, container):
    """The same random numbers make the same rows, with ties, duplicates, empty and full labels."""
    X, categorical, Y = table
    near = oracles.neighbors(oracles.heom(X, categorical), k)
    wanted = int(fraction * len(X))
    expected = mlsol(X, categorical, Y, near, wanted, interpolation, np.random.default_rng(3))
    sampler = MLSOL(
        n_neighbors=k,
        fraction=fraction,
        interpolation=interpolation,
        categorical_features=categorical,
        random_state=np.random.default_rng(3),
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "(MLSOL made|nothing was resampled)", UserWarning)
        made_by(sampler, container(X), Y, expected)


@pytest.mark.reference
@pytest.mark.parametrize("name", ["emotions.arff", "birds.arff.gz", "flags.arff"])
@pytest.mark.parametrize("interpolation", ["feature", "row"])
def test_rows_of_real_data_equal_those_of_the_transcription(reference, name, interpolation):
    """On real data, neighbours given, the same random numbers make the same rows."""
    data = load_arff(reference / "data" / name)
    X, Y = np.asarray(data.X), data.Y.toarray()
    near = nearest(Space(X, data.categorical).points(), 5).tolist()
    expected = mlsol(
        X, data.categorical, Y, near, int(0.3 * len(X)), interpolation, np.random.default_rng(8)
    )
    sampler = MLSOL(
        interpolation=interpolation,
        categorical_features=data.categorical,
        random_state=np.random.default_rng(8),
    )
    made_by(sampler, X, Y, expected)


@pytest.mark.reference
@pytest.mark.parametrize("name", ["emotions", "flags", "genbase"])
@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
def test_rows_equal_those_of_the_java_code(reference, name, container):
    """Given its neighbours, seeds, references and shares, rows and labels are those it made."""
    figures = np.load(reference / "oracle" / "mulan" / f"{name}.npz")
    X = container(figures["X"])
    local = judge(sp.csr_array(figures["Y"]), figures["knn"].astype(np.intp))
    nominal = figures["feature_nominal_nvalues"] > 0
    nursery = _Nursery(X, local, nominal, "heom")
    parents = figures["mlsol_trace_seed_row"], figures["mlsol_trace_ref_row"]
    steps = Steps(X, *parents)
    # its coin says 1 where a nominal feature stays the seed's
    moved = np.where(nominal, 1 - figures["mlsol_trace_u"], figures["mlsol_trace_u"])
    shares = moved[steps.rows, steps.columns]
    X_new, Y_new = nursery.make(steps, *parents, shares)
    X_new = X_new.toarray() if sp.issparse(X_new) else X_new
    np.testing.assert_array_equal(X_new, figures["mlsol_trace_X"])
    np.testing.assert_array_equal(Y_new.toarray(), figures["mlsol_trace_Y_paper_types"])


@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
def test_equal_parents_are_equally_near(container):
    """Between rows without any distance, closeness is one half."""
    X = container(np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 2.0]]))
    steps = Steps(X, np.array([0, 0, 1]), np.array([1, 2, 0]))
    assert steps.closeness(np.array([0.25]), steps.gaps).tolist() == [0.5, 0.25, 0.5]


@pytest.fixture
def skewed():
    """Return 80 rows of 3 features: every row bears label 0, labels 1 to 3 are rarer and mixed."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(80, 3))
    Y = np.ones((80, 4), dtype=int)
    Y[:, 1:] = rng.random((80, 3)) < [0.3, 0.2, 0.6]
    return X, Y


def run(X, Y, **parameters):
    """Resample, and return the sampler with the new rows and their parents' features."""
    sampler = MLSOL(random_state=0, **parameters)
    X_res, Y_res = sampler.fit_resample(X, Y)
    made = sampler.is_synthetic_
    parents = sampler.sample_indices_[made], sampler.reference_indices_[made]
    return X_res[made], Y_res[made], *parents


def test_seeds_are_drawn_in_proportion_to_their_weights(skewed):
    """A chi-square test of 8000 seeds against the weights counted one by one."""
    X, Y = skewed
    _, _, seeds, _ = run(X, Y, fraction=100, metric="euclidean")
    near = NearestNeighbors(n_neighbors=6).fit(X).kneighbors(X)[1][:, 1:].tolist()
    weights = np.array(mlsol_weights(Y, near))
    counts = np.bincount(seeds, minlength=80)
    assert counts[weights == 0].sum() == 0
    drawn = weights > 0
    expected = weights[drawn] / weights.sum() * len(seeds)
    assert stats.chisquare(counts[drawn], expected).pvalue > 0.01


def test_references_are_drawn_evenly(skewed):
    """The first to the fifth neighbour serve equally often, and no other row."""
    X, Y = skewed
    _, _, seeds, references = run(X, Y, fraction=100, metric="euclidean")
    near = NearestNeighbors(n_neighbors=6).fit(X).kneighbors(X)[1][:, 1:]
    rank = near[seeds] == references[:, None]
    assert rank.any(axis=1).all()
    assert stats.chisquare(rank.sum(axis=0)).pvalue > 0.01


def test_features_move_by_shares_of_their_own(skewed):
    """Shares of all features are uniform, inside the segment and uncorrelated."""
    X, Y = skewed
    X_new, _, seeds, references = run(X, Y, fraction=30)
    shares = (X_new - X[seeds]) / (X[references] - X[seeds])
    assert shares.min() >= 0
    assert shares.max() <= 1
    assert stats.kstest(shares.ravel(), "uniform").pvalue > 0.01
    assert np.abs(np.corrcoef(shares.T) - np.eye(3)).max() < 0.06


def test_a_row_moves_by_one_share(skewed):
    """With interpolation="row" all features of a row move by one uniform share."""
    X, Y = skewed
    X_new, _, seeds, references = run(X, Y, fraction=30, interpolation="row")
    shares = (X_new - X[seeds]) / (X[references] - X[seeds])
    assert np.ptp(shares, axis=1).max() < 1e-9
    assert stats.kstest(shares[:, 0], "uniform").pvalue > 0.01


def test_nominal_features_come_from_either_parent(skewed):
    """A nominal cell is the seed's or the reference's, and each about half the time."""
    X, Y = skewed
    X = np.column_stack([100 * X, np.arange(80) % 4])
    for interpolation in ("feature", "row"):
        X_new, _, seeds, references = run(
            X,
            Y,
            fraction=30,
            interpolation=interpolation,
            categorical_features=[3],
            metric="euclidean",
        )
        differ = X[seeds, 3] != X[references, 3]
        from_reference = (X_new[:, 3] == X[references, 3])[differ]
        assert np.all(from_reference | (X_new[:, 3] == X[seeds, 3])[differ])
        assert abs(from_reference.mean() - 0.5) < 0.04


@pytest.mark.parametrize("fraction", [0.1, 0.29, 0.57, 1, 2.3])
def test_budget_is_exact(fraction):
    """Exactly int(P n) rows are made, unlabelled rows and products like 28.999 notwithstanding."""
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(100, 3)), (rng.random((100, 4)) < 0.15).astype(int)
    X_new, Y_new, _, _ = run(X, Y, fraction=fraction)
    assert len(X_new) == round(fraction * 100)
    assert Y_new.sum(axis=1).min() > 0


def test_a_budget_of_nothing_makes_nothing_silently(skewed):
    """fraction=0 gives back what came."""
    X, Y = skewed
    X_res, Y_res = MLSOL(fraction=0).fit_resample(X, Y)
    np.testing.assert_array_equal(X_res, X)
    np.testing.assert_array_equal(Y_res, Y)


def test_without_any_weight_nothing_is_made():
    """Labels that no neighbour contradicts leave no seed; a warning says so."""
    X = np.repeat([[0.0], [9.0]], 10, axis=0) + np.arange(20)[:, None] / 100
    Y = np.repeat([[1, 0], [0, 1]], 10, axis=0)
    with pytest.warns(UserWarning, match=r"nothing was resampled: .*\(all weights 0\)"):
        X_res, _ = MLSOL(random_state=0).fit_resample(X, Y)
    assert len(X_res) == 20


def test_rows_without_labels_alone_are_reported():
    """Where every new row would lack labels, draws end and a warning gives the number."""
    X = np.array([[0.0], [0.1], [0.5], [0.6], [0.7], [0.8], [0.9], [1.0], [1.1], [1.2]])
    Y = np.array([[0], [0], *[[1]] * 8])
    with pytest.warns(UserWarning, match="MLSOL made 0 of 3 rows: the others of 1030 draws"):
        X_res, _ = MLSOL(random_state=0).fit_resample(X, Y)
    assert len(X_res) == 10


def test_sparse_rows_stay_sparse():
    """A new row stores no more numbers than its parents together."""
    X = sparse_table(300, 200, 0.03)
    Y = (np.random.default_rng(1).random((300, 3)) < [0.9, 0.4, 0.2]).astype(int)
    sampler = MLSOL(random_state=0)
    X_res, _ = sampler.fit_resample(X, Y)
    made = np.flatnonzero(sampler.is_synthetic_)
    parents = X[sampler.sample_indices_[made]] + X[sampler.reference_indices_[made]]
    assert sp.issparse(X_res)
    assert np.all(np.diff(X_res[made].indptr) <= np.diff(parents.indptr))
    assert np.all(X_res.data != 0)


def test_weights_are_those_of_local_imbalance(skewed):
    """measures.local_imbalance gives, under the same parameters, the weights that seeds follow."""
    X, Y = skewed
    _, _, seeds, _ = run(X, Y, fraction=100, n_neighbors=3)
    near = oracles.neighbors(oracles.heom(X, [False] * 3), 3)
    weights = np.array(mlsol_weights(Y, near))
    np.testing.assert_allclose(local_imbalance(X, Y, 3).weights, weights, rtol=1e-12)
    drawn = weights > 0
    assert not drawn.all()
    counts = np.bincount(seeds, minlength=80)
    assert counts[~drawn].sum() == 0
    assert stats.chisquare(counts[drawn], weights[drawn] / weights.sum() * 8000).pvalue > 0.01
