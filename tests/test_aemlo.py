"""AEMLO: losses, training, seeds, decoding, thresholds."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch
from joblib import Parallel, delayed
from oracles_aemlo import (
    encode_labels,
    feature_by_loops,
    feature_literal,
    forward,
    label_by_loops,
    label_literal,
    latent_by_loops,
    latent_literal,
)
from sklearn.base import clone
from sklearn.preprocessing import MinMaxScaler

from skml_aemlo.samplers import _network
from skml_aemlo.samplers.aemlo import AEMLO, _MinMax, match_prevalence

SHAPES = [(7, 5, 3, 4), (6, 4, 8, 11), (2, 2, 1, 2), (1, 3, 4, 5), (5, 1, 2, 3)]
WHERE = {"device": "cpu", "dtype": "float64"}


@pytest.fixture(autouse=True)
def one_thread():
    """Keep torch to one thread, as the nox session does."""
    with _network.threads(1):
        yield


@pytest.fixture
def data():
    """Give 90 rows whose third label is rare, one constant and one shifted column."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 6)) * [1, 10, 0.1, 1, 0, 1] + [0, 0, 0, 100, 7, -5]
    Y = (X[:, :4] > [0, -8, 0.13, 99]).astype(int)
    return X, Y


def small(**overrides):
    """Return an AEMLO that trains in a blink, in float64 on the CPU."""
    settings = {
        "latent_dim": 8,
        "hidden_dims": (7, 6, 5),
        "epochs": 3,
        "batch_size": 32,
        "learning_rate": 1e-3,
        "random_state": 0,
        **WHERE,
    }
    return AEMLO(**{**settings, **overrides})


def plan(**overrides):
    """Return a training plan with small steps."""
    settings = {"epochs": 3, "batch_size": 8, "learning_rate": 1e-2, **WHERE}
    return _network.Training(
        **{**settings, "alpha": 1, "beta": 1, "decorrelation": 0.1, **overrides}
    )


def draw(shape, seed=0):
    """Return a random batch: true and decoded features, both codes, logits and labels."""
    n_rows, n_labels, n_features, width = shape
    rng = np.random.default_rng(seed)
    Y = (rng.random((n_rows, n_labels)) < 0.5).astype(float)
    Y[:1], Y[1:2] = 1, 0
    X, decoded = rng.normal(size=(2, n_rows, n_features))
    H_x, H_y = rng.normal(size=(2, n_rows, width))
    return X, decoded, H_x, H_y, 3 * rng.normal(size=(n_rows, n_labels)), Y


def same_gradient(ours, literal, *wrt):
    """Check that two functions have the same gradients in every tensor of ``wrt``."""
    values = [torch.from_numpy(value).requires_grad_() for value in wrt]
    gradients = [
        torch.autograd.grad(loss(*values), values, allow_unused=True) for loss in (ours, literal)
    ]
    for got, expected in zip(*gradients, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_latent_loss_is_the_published_one(shape):
    """Entry by entry, whichever Gram matrix is the smaller one."""
    _, _, H_x, H_y, _, _ = draw(shape)
    ours = _network.latent_loss(torch.from_numpy(H_x), torch.from_numpy(H_y), 0.3)
    assert float(ours) == pytest.approx(latent_by_loops(H_x, H_y, 0.3), rel=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_latent_gradient_is_that_of_the_literal_loss(shape):
    """The hand-written gradient equals autograd's over the m x m matrices."""
    _, _, H_x, H_y, _, _ = draw(shape)
    same_gradient(
        lambda a, b: 3 * _network.latent_loss(a, b, 0.3),
        lambda a, b: 3 * latent_literal(a, b, 0.3),
        H_x,
        H_y,
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_label_loss_is_the_published_one(shape):
    """Pair by pair, with rows that bear every label and rows that bear none."""
    *_, Z, Y = draw(shape)
    ours = _network.label_loss(torch.from_numpy(Z), torch.from_numpy(Y))
    assert float(ours) == pytest.approx(label_by_loops(Z, Y), rel=1e-10, abs=1e-14)


@pytest.mark.parametrize("shape", SHAPES)
def test_label_gradient_is_that_of_the_literal_loss(shape):
    """Masked logsumexps leave no NaN behind."""
    *_, Z, Y = draw(shape)
    Y = torch.from_numpy(Y)
    same_gradient(
        lambda Z: _network.label_loss(Z, Y),
        lambda Z: label_literal(Z, Y),
        Z,
    )


def test_label_loss_survives_a_common_shift():
    """Only differences of logits count, though exp(200) overflows float32."""
    *_, Z, Y = draw((6, 5, 1, 1))
    Z, Y = torch.from_numpy(Z).float(), torch.from_numpy(Y).float()
    shift = torch.tensor([200.0, -200.0, 300.0, 150.0, -90.0, 0.0])[:, None]
    shifted, plain = _network.label_loss(Z + shift, Y), _network.label_loss(Z, Y)
    assert float(shifted) == pytest.approx(float(plain), rel=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_feature_loss_is_the_published_one(shape):
    """Pair by pair, and a single row has no pair."""
    X, decoded, *_ = draw(shape)
    ours = _network.feature_loss(torch.from_numpy(X), torch.from_numpy(decoded))
    assert float(ours) == pytest.approx(feature_by_loops(X, decoded), rel=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_feature_gradient_is_that_of_the_literal_loss(shape):
    """The hand-written gradient equals autograd's over the (B, B, d) arrays."""
    X, decoded, *_ = draw(shape)
    X = torch.from_numpy(X)
    same_gradient(
        lambda decoded: 3 * _network.feature_loss(X, decoded),
        lambda decoded: 3 * feature_literal(X, decoded),
        decoded,
    )


def test_total_weighs_the_label_and_feature_terms():
    """Total = latent + alpha label + beta feature."""
    network = _network.AutoEncoder(3, 4, 5, (6, 7, 8)).reset(np.random.default_rng(0)).double()
    X, *_, Y = draw((6, 4, 3, 5))
    losses = plan(alpha=2, beta=5).losses(network, torch.from_numpy(X), torch.from_numpy(Y))
    expected = losses.latent + 2 * losses.label + 5 * losses.feature
    assert float(losses.loss.detach()) == pytest.approx(float(expected.detach()), rel=1e-14)


def test_maps_are_the_published_ones():
    """F_ex, F_ey with its gate, F_dx and F_dy, redone in numpy from their weights."""
    network = _network.AutoEncoder(3, 4, 5, (6, 7, 8)).reset(np.random.default_rng(0)).double()
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    X, *_, Y = draw((6, 4, 3, 5))
    with torch.no_grad():
        H_x, H_y, Z, decoded = network(torch.from_numpy(X), torch.from_numpy(Y))
        logits_of_x = network.decode_labels(H_x)
    np.testing.assert_allclose(decoded, forward(weights, X)[0], rtol=1e-12)
    np.testing.assert_allclose(logits_of_x, forward(weights, X)[1], rtol=1e-12)
    np.testing.assert_allclose(H_y, encode_labels(weights, Y), rtol=1e-12)
    np.testing.assert_allclose(Z, network.decode_labels(H_y).detach(), rtol=1e-12)


def test_paper_has_the_published_settings():
    """Sizes, weights, optimiser and the fixed threshold of the research code."""
    settings = AEMLO.paper(random_state=3).get_params()
    published = {
        "fraction": 0.1,
        "latent_dim": 500,
        "hidden_dims": (200, 200, 100),
        "alpha": 1,
        "beta": 1,
        "decorrelation": 0.1,
        "epochs": 200,
        "batch_size": 128,
        "learning_rate": 1e-4,
        "threshold": 0.5,
        "clip": False,
        "random_state": 3,
    }
    assert {name: settings[name] for name in published} == published


def train_once(epochs, learning_rate):
    """Train on eight rows in one batch; return the network and its history."""
    rng = np.random.default_rng(0)
    X, Y = rng.random((8, 3)), (rng.random((8, 4)) < 0.5).astype(float)
    network = _network.AutoEncoder(3, 4, 5, (6, 7, 8)).reset(rng)
    settings = plan(epochs=epochs, learning_rate=learning_rate)
    history = _network.train(network, lambda rows: (X[rows], Y[rows]), 8, settings, rng)
    return network, history


def test_training_lowers_the_loss():
    """Two hundred small steps on eight rows fit them better than none."""
    _, history = train_once(200, 1e-2)
    assert history[-1]["loss"] < 0.5 * history[0]["loss"]


def test_weights_of_the_lowest_loss_are_kept():
    """Steps too large make the loss rise again; stopping at its lowest gives the same weights."""
    network, history = train_once(6, 0.2)
    lowest = int(np.argmin([epoch["loss"] for epoch in history])) + 1
    stopped, _ = train_once(lowest, 0.2)
    assert 1 < lowest < 6
    for got, expected in zip(network.parameters(), stopped.parameters(), strict=True):
        assert torch.equal(got, expected)


def test_history_is_the_mean_over_rows(data):
    """With steps too small to move anything, every epoch sees the same losses."""
    X, Y = data
    sampler = small(batch_size=90, learning_rate=1e-15)
    sampler.fit_resample(X, Y)
    scaled = torch.from_numpy(MinMaxScaler().fit_transform(X))
    labels = torch.from_numpy(Y.astype(float))
    with torch.no_grad():
        H_x, H_y, Z, decoded = sampler.network_(scaled, labels)
        terms = (
            latent_literal(H_x, H_y, 0.1),
            label_literal(Z, labels),
            feature_literal(scaled, decoded),
        )
    last = sampler.history_[-1]
    got = [last["latent"], last["label"], last["feature"]]
    np.testing.assert_allclose(got, terms, rtol=1e-9)
    assert last["loss"] == pytest.approx(float(sum(terms)), rel=1e-9)
    assert [epoch["epoch"] for epoch in sampler.history_] == [1, 2, 3]
    assert sampler.n_epochs_ == 3


def test_seeds_bear_a_minority_label(data):
    """IRLbl of each label by hand, and every seed bears one above the mean."""
    X, Y = data
    sampler = small(fraction=0.2)
    sampler.fit_resample(X, Y)
    ratio = max(Y.sum(axis=0)) / Y.sum(axis=0)
    rare = ratio > ratio.mean()
    assert 0 < rare.sum() < Y.shape[1]
    assert Y[sampler.seed_indices_][:, rare].any(axis=1).all()


def test_budget_is_the_rounded_fraction(data):
    """round(0.15 * 90) rows are decoded, and only those with a label are added."""
    X, Y = data
    sampler = small(fraction=0.15)
    X_res, Y_res = sampler.fit_resample(X, Y)
    assert len(sampler.seed_indices_) == 14
    assert len(X_res) == len(Y_res) == 90 + sampler.is_synthetic_.sum()
    assert np.asarray(Y_res)[90:].any(axis=1).all()
    np.testing.assert_array_equal(X_res[:90], X)
    np.testing.assert_array_equal(Y_res[:90], Y)


def test_seeds_are_used_up_before_they_repeat(data):
    """Seeds are cycled, and a seed used twice gives the same row twice."""
    X, Y = data
    sampler = small(fraction=1.0, sampling_strategy=[2], threshold=0.0)
    X_res, _ = sampler.fit_resample(X, Y)
    bag = np.flatnonzero(Y[:, 2])
    assert sorted(sampler.seed_indices_[: len(bag)]) == list(bag)
    np.testing.assert_array_equal(
        sampler.seed_indices_, np.resize(sampler.seed_indices_[: len(bag)], 90)
    )
    new = X_res[90:]
    np.testing.assert_array_equal(new[len(bag) : 2 * len(bag)], new[: len(bag)])


def test_sampling_strategy_names_the_seeds(data):
    """A label given by its name makes its bearers the seeds."""
    X, Y = data
    sampler = small()
    sampler.set_params(sampling_strategy=["joy"])
    sampler.fit_resample(X, pd.DataFrame(Y, columns=["fear", "joy", "awe", "calm"]))
    assert Y[sampler.seed_indices_, 1].all()


def test_dict_of_positives_is_refused(data):
    """Labels are decoded, so that no number of positives can be promised."""
    with pytest.raises(ValueError, match="give a list of labels instead of a dict"):
        small(sampling_strategy=lambda Y: {2: 50}).fit_resample(*data)


def by_hand(sampler, X):
    """Return the rows and scores that the trained network decodes from the drawn seeds."""
    weights = {name: value.numpy() for name, value in sampler.network_.state_dict().items()}
    scaler = MinMaxScaler().fit(X)
    decoded, logits = forward(weights, scaler.transform(X)[sampler.seed_indices_])
    values = scaler.inverse_transform(decoded)
    constant = scaler.data_range_ == 0
    values[:, constant] = X[0, constant]
    return values, 1 / (1 + np.exp(-logits))


def test_paper_decodes_seeds_and_cuts_at_one_half(data):
    """x~ = F_dx(F_ex(x)) and y~ = [sigmoid(F_dy(F_ex(x))) > 0.5], rows without a label dropped."""
    X, Y = data
    sampler = small(fraction=0.5, threshold=0.5, clip=False)
    X_res, Y_res = sampler.fit_resample(X, Y)
    values, scores = by_hand(sampler, X)
    borne = scores > 0.5
    kept = borne.any(axis=1)
    np.testing.assert_allclose(X_res[90:], values[kept], rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(Y_res[90:], borne[kept])
    np.testing.assert_array_equal(sampler.sample_indices_[90:], sampler.seed_indices_[kept])


def test_default_decodes_into_the_observed_range(data):
    """Clipped to each column's minimum and maximum; a constant column stays constant."""
    X, Y = data
    sampler = small(fraction=0.5)
    X_res, _ = sampler.fit_resample(X, Y)
    values, scores = by_hand(sampler, X)
    kept = (scores > sampler.thresholds_).any(axis=1)
    expected = np.clip(values, X.min(axis=0), X.max(axis=0))[kept]
    np.testing.assert_allclose(X_res[90:], expected, rtol=1e-9, atol=1e-9)
    assert (X_res[:, 4] == 7).all()
    assert (X_res >= X.min(axis=0)).all()
    assert (X_res <= X.max(axis=0)).all()


def test_dropped_rows_leave_provenance_right(data):
    """Where some decoded rows bear no label, every other one still names its own seed."""
    X, Y = data
    sampler = small(fraction=0.5)
    sampler.fit_resample(X, Y)
    _, scores = by_hand(sampler, X)
    half = float(np.median(scores.max(axis=1)))
    _, Y_res = sampler.set_params(threshold=half).fit_resample(X, Y)
    borne = scores > half
    kept = borne.any(axis=1)
    assert 0 < kept.sum() < len(kept)
    np.testing.assert_array_equal(Y_res[90:], borne[kept])
    np.testing.assert_array_equal(sampler.sample_indices_[90:], sampler.seed_indices_[kept])


def test_scaling_is_min_max_and_its_inverse(data):
    """As scikit-learn's MinMaxScaler, but for a constant column."""
    X, _ = data
    ours = _MinMax.of(X, np.zeros(6, dtype=bool), clip=False)
    expected = MinMaxScaler().fit_transform(X)
    np.testing.assert_allclose(ours.scale(X), expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(ours.restore(expected), X, rtol=1e-12, atol=1e-12)


def test_calibrated_thresholds_match_prevalence(data):
    """Redone in numpy: as many training rows score above as bear the label."""
    X, Y = data
    sampler = small(epochs=20)
    sampler.fit_resample(X, Y)
    weights = {name: value.numpy() for name, value in sampler.network_.state_dict().items()}
    _, logits = forward(weights, MinMaxScaler().fit_transform(X))
    scores = 1 / (1 + np.exp(-logits))
    np.testing.assert_array_equal((scores > sampler.thresholds_).sum(axis=0), Y.sum(axis=0))


def test_thresholds_do_not_depend_on_the_labels_taken_at_once(data, monkeypatch):
    """Scoring one label at a time gives the thresholds of all at once."""
    whole, pieces = small(), small()
    whole.fit_resample(*data)
    monkeypatch.setattr("skml_aemlo.samplers.aemlo._CELLS_AT_ONCE", 90)
    pieces.fit_resample(*data)
    np.testing.assert_allclose(pieces.thresholds_, whole.thresholds_, rtol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_match_prevalence_against_a_loop(seed):
    """Count the scores above, label by label, ties and empty and full labels included."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(1, 30, size=(20, 6)) / 30
    counts = np.array([0, 1, 7, 13, 19, 20])
    for column, count, threshold in zip(
        scores.T, counts, match_prevalence(scores, counts), strict=True
    ):
        ordered = sorted(column, reverse=True)
        tied = 0 < count < 20 and ordered[count - 1] == ordered[count]
        expected = sum(v > ordered[count] for v in column) if tied else count
        assert sum(column > threshold) == expected


def test_unseen_label_is_never_decoded(data):
    """A label without positives is no seed and gets threshold 1."""
    X, Y = data
    Y = np.column_stack([Y, np.zeros(90, dtype=int)])
    sampler = small()
    _, Y_res = sampler.fit_resample(X, Y)
    assert sampler.thresholds_[4] == 1
    assert not Y_res[:, 4].any()


def test_nominal_columns_hold_observed_values(data):
    """Decoded to a value that the column has, in a frame and in a sparse matrix."""
    X, Y = data
    X = X.copy()
    X[:, 0], X[:, 1] = np.arange(90) % 3 * 5, np.where(np.arange(90) % 4, 0, 2)
    colours = pd.DataFrame(X, columns=list("abcdef")).astype({"a": int})
    colours["a"] = pd.Categorical.from_codes(colours["a"] // 5, ["red", "green", "blue"])
    X_res, _ = small(fraction=0.5).fit_resample(colours, Y)
    assert X_res["a"].dtype == colours["a"].dtype
    assert X_res["a"].notna().all()
    sparse, _ = small(fraction=0.5, categorical_features=[0, 1]).fit_resample(sp.csr_array(X), Y)
    assert set(sparse[:, [0]].toarray().ravel()) <= {0, 5, 10}
    assert set(sparse[:, [1]].toarray().ravel()) <= {0, 2}
    assert sparse.shape[0] > 90


def test_nearest_observed_value_is_taken():
    """Halves go down, values beyond the ends to the ends."""
    scale = _MinMax(np.array([0.0]), np.array([10.0]), {0: np.array([0.0, 4.0, 10.0])})
    restored = scale.restore(np.array([[0.19], [0.2], [0.21], [0.69], [0.71], [3.0], [-1.0]]))
    np.testing.assert_array_equal(restored.ravel(), [0, 0, 4, 4, 10, 10, 0])


def test_sparse_rows_are_the_dense_ones(data):
    """The container changes nothing, and what is made from sparse rows is sparse."""
    X, Y = data
    X = np.where(np.abs(X) < 5, 0, X)
    dense = small(fraction=0.5).fit_resample(X, Y)
    sampler = small(fraction=0.5)
    sparse = sampler.fit_resample(sp.csr_array(X), sp.csc_matrix(Y))
    assert isinstance(sparse[0], sp.csr_array)
    np.testing.assert_array_equal(sparse[0].toarray(), dense[0])
    np.testing.assert_array_equal(sparse[1].toarray(), dense[1])
    assert sampler.is_synthetic_.sum() > 20
    assert sparse[0].nnz == np.count_nonzero(dense[0])


def test_sparse_input_is_densified_a_batch_at_a_time(data, monkeypatch):
    """No dense copy has more rows than a batch, save the column bounds."""
    X, Y = data
    seen = []
    toarray = sp.csr_array.toarray

    def spy(matrix, *args, **kwargs):
        seen.append(matrix.shape[0])
        return toarray(matrix, *args, **kwargs)

    monkeypatch.setattr(sp.csr_array, "toarray", spy)
    small(batch_size=16, fraction=0.5).fit_resample(sp.csr_array(X), sp.csr_array(Y))
    assert max(seen) == 16


def test_float32_features_stay_float32(data):
    """Decoded rows come in the type of the rows given, still in range."""
    X, Y = data
    X = X.astype(np.float32)
    X_res, _ = small(dtype="float32").fit_resample(X, Y)
    assert X_res.dtype == np.float32
    assert (X_res >= X.min(axis=0)).all()
    assert (X_res <= X.max(axis=0)).all()


def test_same_seed_same_rows(data):
    """Twice the same seed gives the same rows, another seed gives others."""
    X, Y = data
    first, again, other = (
        small(random_state=seed).fit_resample(X, Y)[0][90:] for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or not np.allclose(first, other)


def test_same_rows_in_a_worker_process(data):
    """A joblib process gives the rows of this one."""
    here = small().fit_resample(*data)
    (there,) = Parallel(n_jobs=2)([delayed(clone(small()).fit_resample)(*data)])
    np.testing.assert_array_equal(there[0], here[0])
    np.testing.assert_array_equal(there[1], here[1])


def test_fitted_sampler_pickles(data):
    """A round trip keeps history and network, and the copy resamples alike."""
    X, Y = data
    sampler = small()
    expected = sampler.fit_resample(X, Y)
    copied = pickle.loads(pickle.dumps(sampler))
    assert copied.history_ == sampler.history_
    assert copied.device_ == "cpu"
    for got, expected_ in zip(
        copied.network_.parameters(), sampler.network_.parameters(), strict=True
    ):
        assert torch.equal(got, expected_)
    np.testing.assert_array_equal(copied.fit_resample(X, Y)[0], expected[0])


def _numpy_state():
    return str(np.random.get_state())  # noqa: NPY002 - the global stream is what is watched


def test_global_state_is_untouched(data):
    """Random streams of torch and numpy, torch's default type and threads are as before."""
    X, Y = data
    torch.set_num_threads(2)
    before = torch.get_rng_state(), _numpy_state(), torch.get_default_dtype()
    small().fit_resample(X, Y)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert _numpy_state() == before[1]
    assert torch.get_default_dtype() == before[2]
    assert torch.get_num_threads() == 2
    assert torch.is_grad_enabled()


def run_python(code):
    """Run a line of Python in a fresh process; return its standard output."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_import_leaves_torch_alone():
    """Loading torch waits until training starts."""
    code = "import sys, skml_aemlo.samplers.aemlo as a; a.AEMLO(); print('torch' in sys.modules)"
    assert run_python(code) == "False"


def test_missing_torch_names_the_remedy():
    """Without torch, resampling says in one line how to get it."""
    code = (
        "import sys\n"
        "class NoTorch:\n"
        "    def find_spec(self, name, *args):\n"
        "        if name == 'torch': raise ImportError('no torch here')\n"
        "sys.meta_path.insert(0, NoTorch())\n"
        "from skml_aemlo.samplers.aemlo import AEMLO\n"
        "try: AEMLO().fit_resample([[0.0], [1.0], [2.0]], [[1, 0], [1, 0], [1, 1]])\n"
        "except ImportError as error: print(error)"
    )
    assert "python -m pip install torch" in run_python(code)


def test_infinite_loss_names_the_remedy(data):
    """Steps that blow up end with an error, and leave no network behind."""
    sampler = small(dtype="float32")
    sampler.fit_resample(*data)
    torch.set_num_threads(2)
    sampler.set_params(learning_rate=1e20)
    with pytest.raises(RuntimeError, match="lower learning_rate=1e\\+20"):
        sampler.fit_resample(*data)
    assert not hasattr(sampler, "network_")
    assert sampler.history_ == []
    assert torch.get_num_threads() == 2


def test_interrupted_training_leaves_nothing_half_set(data, monkeypatch):
    """Ctrl-C in the third epoch passes through; what an earlier call learned is gone."""
    sampler = small()
    sampler.fit_resample(*data)
    step, calls = _network.step, []

    def interrupted(*args):
        calls.append(1)
        if len(calls) == 7:
            raise KeyboardInterrupt
        return step(*args)

    monkeypatch.setattr(_network, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sampler.fit_resample(*data)
    assert not {"network_", "thresholds_", "device_"} & set(vars(sampler))
    assert sampler.n_epochs_ == 0
    assert len(sampler.seed_indices_) == 0


def test_no_minority_bearer_makes_nothing(data):
    """A wanted label without positives leaves nothing to grow from, and says so."""
    X, Y = data
    Y = np.column_stack([Y, np.zeros(90, dtype=int)])
    sampler = small(sampling_strategy=[4])
    with pytest.warns(UserWarning, match="no row of Y bears a minority label"):
        X_res, Y_res = sampler.fit_resample(X, Y)
    np.testing.assert_array_equal(X_res, X)
    np.testing.assert_array_equal(Y_res, Y)
    assert not sampler.is_synthetic_.any()
    assert len(sampler.seed_indices_) == 0


def test_rows_without_any_label_are_all_dropped(data):
    """Under a threshold nothing reaches, no row is made, and the remedy is named."""
    X, Y = data
    sampler = small(threshold=1.0)
    with pytest.warns(UserWarning, match="none of 9 decoded rows bears a label"):
        X_res, _ = sampler.fit_resample(X, Y)
    assert len(X_res) == 90
    assert len(sampler.seed_indices_) == 9


def test_zero_fraction_makes_nothing(data):
    """No budget, no training, the rows as they came."""
    sampler = small(fraction=0)
    X_res, _ = sampler.fit_resample(*data)
    np.testing.assert_array_equal(X_res, data[0])
    assert sampler.n_epochs_ == 0


@pytest.mark.parametrize("batch_size", [1, 4, 1000])
def test_last_batch_may_be_one_row(batch_size):
    """Nine rows of one feature in batches of four, of one, or in one batch."""
    X = np.arange(9.0)[:, None]
    Y = np.column_stack([X[:, 0] > 1, X[:, 0] > 7]).astype(int)
    sampler = small(batch_size=batch_size, fraction=1.0)
    sampler.fit_resample(X, Y)
    assert np.isfinite([epoch["loss"] for epoch in sampler.history_]).all()
    assert len(sampler.seed_indices_) == 9


@pytest.mark.filterwarnings("ignore:The labels are nearly balanced")
def test_a_single_label_can_be_named():
    """One label has nothing to be ranked against; its term is 0 and it still is decoded."""
    X = np.arange(12.0)[:, None]
    sampler = small(sampling_strategy=[0], fraction=0.5, threshold=0.0)
    _, Y_res = sampler.fit_resample(X, (X > 5).astype(int))
    assert {epoch["label"] for epoch in sampler.history_} == {0.0}
    assert Y_res[12:].all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"hidden_dims": (5, 5)}, "hidden_dims must be three positive widths"),
        ({"hidden_dims": (5, 0, 5)}, "hidden_dims must be three positive widths"),
        ({"device": "abacus"}, "device='abacus' cannot hold float64 numbers here"),
        ({"fraction": -0.1}, "'fraction' parameter"),
        ({"threshold": "half"}, "'threshold' parameter"),
        ({"dtype": "float16"}, "'dtype' parameter"),
        ({"epochs": 0}, "'epochs' parameter"),
    ],
)
def test_wrong_parameter_is_refused_before_any_work(data, parameters, message):
    """The message names the parameter, and nothing has been trained."""
    sampler = small(**parameters)
    with pytest.raises(ValueError, match=message):
        sampler.fit_resample(*data)
    assert not hasattr(sampler, "history_")


def test_verbose_prints_to_standard_error(data, capsys):
    """Ten lines a run at most, none on standard output."""
    small(verbose=True, epochs=20).fit_resample(*data)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 10
    assert captured.err.splitlines()[-1].startswith("AEMLO epoch 20/20 loss ")
