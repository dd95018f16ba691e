"""AEMLO: the published method, ours, and what happens where something is odd."""

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
    decode,
    earned_by_loops,
    encode,
    forward,
    grow_by_hand,
    learn_by_hand,
    minority_by_hand,
    paper_by_hand,
    partners_by_hand,
    scaled,
    seeds_by_hand,
    threshold_by_loops,
)
from sklearn.base import clone

from skml_aemlo import _growth
from skml_aemlo.samplers import _network
from skml_aemlo.samplers.aemlo import AEMLO

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


SMALL = {
    "latent_dim": 8,
    "hidden_dims": (7, 6, 5),
    "epochs": 3,
    "batch_size": 32,
    "learning_rate": 1e-3,
    "random_state": 0,
    **WHERE,
}


def small(**overrides):
    """Return an AEMLO that trains in a blink, in float64 on the CPU."""
    return AEMLO(**{**SMALL, "fraction": 0.5, **overrides})


def published(**overrides):
    """Return the published AEMLO, of a size that trains in a blink."""
    return AEMLO.paper(**{**SMALL, **overrides})


def weights_of(sampler):
    """Return the weights of the network as numpy has them."""
    return {name: value.numpy() for name, value in sampler.network_.state_dict().items()}


PUBLISHED = {
    # sizes of the bibtex and Corel5k runs, and the weights of the losses
    "latent_dim": 500,
    "hidden_dims": (200, 200, 100),
    "objective": "paper",
    "alpha": 1,
    "beta": 1,
    "decorrelation": 0.1,
    # Adam on all rows, as they are
    "epochs": 200,
    "batch_size": 128,
    "learning_rate": 1e-4,
    "noise": 0,
    "dropout": 0,
    "validation_fraction": 0,
    # seeds that do not move, and what is decoded from them
    "fraction": 0.1,
    "sampling_strategy": "auto",
    "seeds": "cycled",
    "n_neighbors": 0,
    "features": "decoded",
    "labels": "decoded",
    "threshold": 0.5,
    "valid": False,
    # of ours alone
    "categorical_features": "auto",
    "device": "auto",
    "dtype": "float32",
    "verbose": False,
    "callback": None,
    "random_state": None,
}


def test_paper_has_the_published_settings():
    """Every parameter there is but patience, which only concerns rows that are held out."""
    settings = AEMLO.paper().get_params()
    del settings["patience"]
    assert settings == PUBLISHED


def test_paper_takes_overrides():
    """One parameter changed, the others as published."""
    settings = AEMLO.paper(epochs=7, random_state=3).get_params()
    del settings["patience"]
    assert settings == {**PUBLISHED, "epochs": 7, "random_state": 3}


def literal_settings(sampler, n_rows):
    """Return the parameters of a sampler for the transcriptions; the published has no patience."""
    settings = sampler.get_params()
    if settings["objective"] == "paper":
        settings["patience"] = np.inf
    if settings["batch_size"] == "auto":
        settings["batch_size"] = min(max(n_rows // 50, 32), 256)
    return settings


@pytest.mark.parametrize(
    "overrides",
    [
        {"dtype": "float64", "epochs": 3, "device": "cpu"},
        {**SMALL, "epochs": 8, "fraction": 1.0, "learning_rate": 1e-2},
        {**SMALL, "batch_size": 89, "alpha": 3, "beta": 0.5, "epochs": 20, "learning_rate": 1e-2},
    ],
    ids=["as published", "seeds come again", "a batch of one row"],
)
def test_paper_is_the_transcription(data, overrides):
    """Rows, seeds and losses from the first weight drawn to the last row decoded."""
    X, Y = data
    Y = np.column_stack([Y, np.zeros(90, dtype=int)])
    sampler = AEMLO.paper(**{**overrides, "random_state": 11})
    X_res, Y_res = sampler.fit_resample(X, Y)
    features, labels, grown_from, seeds, history = paper_by_hand(
        X, Y, literal_settings(sampler, 90), 11
    )
    assert len(features)
    np.testing.assert_allclose(X_res[90:], features, rtol=1e-8, atol=1e-8)
    np.testing.assert_array_equal(Y_res[90:], labels)
    assert sampler.seed_indices_.tolist() == seeds
    assert sampler.sample_indices_.tolist() == [*range(90), *grown_from]
    assert not hasattr(sampler, "reference_indices_")
    got = [[e["loss"], e["latent"], e["label"], e["feature"]] for e in sampler.history_]
    np.testing.assert_allclose(got, [epoch[:4] for epoch in history], rtol=1e-9)


def test_paper_runs_all_published_epochs(data):
    """Steps too large, so that the loss never is lower again: two hundred epochs all the same."""
    sampler = published(epochs=200, learning_rate=0.3)
    sampler.fit_resample(*data)
    assert sampler.n_epochs_ == 200


def test_history_is_the_mean_over_rows(data):
    """With steps too small to move anything, every epoch sees the same losses."""
    X, Y = data
    sampler = published(batch_size=90, learning_rate=1e-15, threshold=0.0)
    sampler.fit_resample(X, Y)
    *_, history = paper_by_hand(X, Y, literal_settings(sampler, 90), 0)
    last = sampler.history_[-1]
    got = [last["loss"], last["latent"], last["label"], last["feature"]]
    np.testing.assert_allclose(got, history[0][:4], rtol=1e-9)
    assert last["loss"] == pytest.approx(sum(got[1:]), rel=1e-12)
    assert [epoch["epoch"] for epoch in sampler.history_] == [1, 2, 3]
    assert sampler.n_epochs_ == 3


def test_seeds_bear_a_minority_label(data):
    """IRLbl of each label by hand, and every seed bears one above the mean."""
    X, Y = data
    rare = minority_by_hand(Y)
    assert 0 < len(rare) < Y.shape[1]
    for sampler in (published(fraction=0.5, threshold=0.0), small(seeds="shortage")):
        sampler.fit_resample(X, Y)
        assert Y[sampler.seed_indices_][:, rare].any(axis=1).all()


@pytest.mark.parametrize("make", [small, published])
@pytest.mark.parametrize(("fraction", "rows"), [(0.15, 14), (0.0389, 4), (0.29, 26), (1.0, 90)])
def test_budget_is_the_rounded_fraction(data, make, fraction, rows):
    """round(P n) rows are decoded, and those that bear a label are added."""
    X, Y = data
    sampler = make(fraction=fraction, threshold=0.0)
    X_res, Y_res = sampler.fit_resample(X, Y)
    assert len(sampler.seed_indices_) == rows
    assert len(X_res) == len(Y_res) == 90 + sampler.is_synthetic_.sum()
    np.testing.assert_array_equal(X_res[:90], X)
    np.testing.assert_array_equal(Y_res[:90], Y)
    assert not sampler.is_synthetic_[:90].any()


def test_seeds_are_used_up_before_they_repeat(data):
    """Seeds are cycled, and a seed used twice gives the same row twice."""
    X, Y = data
    sampler = published(fraction=1.0, sampling_strategy=[2], threshold=0.0)
    X_res, _ = sampler.fit_resample(X, Y)
    bag = np.flatnonzero(Y[:, 2])
    assert sorted(sampler.seed_indices_[: len(bag)]) == list(bag)
    np.testing.assert_array_equal(
        sampler.seed_indices_, np.resize(sampler.seed_indices_[: len(bag)], 90)
    )
    new = X_res[90:]
    np.testing.assert_allclose(new[len(bag) : 2 * len(bag)], new[: len(bag)], rtol=1e-12)


def test_sampling_strategy_names_the_seeds(data):
    """A label given by its name makes its bearers the seeds."""
    X, Y = data
    frame = pd.DataFrame(Y, columns=["fear", "joy", "awe", "calm"])
    for seeds in ("cycled", "shortage"):
        sampler = small(sampling_strategy=["joy"], seeds=seeds)
        sampler.fit_resample(X, frame)
        assert Y[sampler.seed_indices_, 1].all()


def test_dict_of_positives_is_refused(data):
    """Labels are decoded, so that no number of positives can be promised."""
    with pytest.raises(ValueError, match="give a list of labels instead of a dict"):
        small(sampling_strategy=lambda Y: {2: 50}).fit_resample(*data)


def test_dropped_rows_leave_provenance_right(data):
    """Where some decoded rows bear no label, every other one still names its own seed."""
    X, Y = data
    sampler = published(fraction=0.5, threshold=0.0)
    sampler.fit_resample(X, Y)
    _, logits = forward(weights_of(sampler), scaled(X)[sampler.seed_indices_])
    scores = 1 / (1 + np.exp(-logits))
    half = float(np.median(scores.max(axis=1)))
    _, Y_res = sampler.set_params(threshold=half).fit_resample(X, Y)
    borne = scores > half
    kept = borne.any(axis=1)
    assert 0 < kept.sum() < len(kept)
    np.testing.assert_array_equal(Y_res[90:], borne[kept])
    np.testing.assert_array_equal(sampler.sample_indices_[90:], sampler.seed_indices_[kept])


@pytest.mark.parametrize(
    "overrides",
    [
        {"noise": 0.0, "dropout": 0.0},
        {"noise": 0.5, "dropout": 0.0, "validation_fraction": 0.4},
        {"noise": 0.0, "dropout": 0.5, "alpha": 3, "beta": 0.5, "decorrelation": 2},
        {"batch_size": "auto", "learning_rate": 0.02, "epochs": 40, "patience": 2},
        {"validation_fraction": 0.0, "labels": "added", "learning_rate": 0.05},
    ],
    ids=["calm", "noise", "dropout", "early stopping", "nothing held out"],
)
def test_balanced_training_is_the_transcription(data, overrides):
    """Losses of every epoch, those of the rows held out, and the weights kept."""
    X, Y = data
    sampler = small(random_state=5, **overrides).fit(X, Y)
    weights, history, _, _ = learn_by_hand(X, Y, literal_settings(sampler, 90), 5)
    got = [
        [e["loss"], e["latent"], e["label"], e["feature"], e.get("held_out", np.nan)]
        for e in sampler.history_
    ]
    expected = np.array(history, dtype=float)
    np.testing.assert_allclose(got, expected, rtol=1e-7)
    for name, value in weights_of(sampler).items():
        np.testing.assert_allclose(value, weights[name], rtol=1e-6, atol=1e-8)
    if overrides.get("patience"):
        best = int(np.argmin(expected[:, 4])) + 1
        assert best + 2 == sampler.n_epochs_ < 40


def new_rows(sampler, X, Y, n, seed):
    """Return what the transcription grows from a fitted sampler's weights, and from which rows."""
    settings, rng, weights = sampler.get_params(), np.random.default_rng(seed), weights_of(sampler)
    seeds, drivers = seeds_by_hand(settings["seeds"], Y, minority_by_hand(Y), n, rng)
    codes = encode(weights, scaled(X))
    towards = partners_by_hand(codes, Y, seeds, drivers, settings["n_neighbors"], rng)
    rows = grow_by_hand(
        weights, X, Y, seeds, towards, rng.random(n), sampler.thresholds_, sampler.earned_,
        settings["features"], settings["labels"],
    )  # fmt: skip
    return *rows, seeds, towards


@pytest.mark.parametrize("seeds", ["mixed", "shortage", "rows", "cycled"])
@pytest.mark.parametrize("features", ["residual", "decoded"])
@pytest.mark.parametrize("labels", ["earned", "added", "seed", "decoded"])
def test_new_rows_are_the_transcription(data, seeds, features, labels):
    """Seeds, partners, steps, features and labels, one row after another, in every mode."""
    X, Y = data
    sampler = small(
        seeds=seeds, features=features, labels=labels, threshold="prevalence", learning_rate=1e-2
    ).fit(X, Y)
    X_new, Y_new = sampler.sample(70, random_state=3)
    features, borne, expected_seeds, _ = new_rows(sampler, X, Y, 70, 3)
    kept = borne.any(axis=1) if labels == "decoded" else np.ones(70, dtype=bool)
    np.testing.assert_allclose(X_new, features[kept], rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(Y_new, borne[kept])
    assert sampler.seed_indices_.tolist() == expected_seeds


def test_reference_indices_are_the_partners(data):
    """fit_resample draws on where training ended, and tells where each row moved towards."""
    X, Y = data
    sampler = small(seeds="mixed", random_state=8, noise=0.0, dropout=0.0)
    X_res, Y_res = sampler.fit_resample(X, Y)
    *_, rng = learn_by_hand(X, Y, literal_settings(sampler, 90), 8)
    features, borne, seeds, towards = new_rows(sampler, X, Y, 45, rng)
    assert sampler.reference_indices_.tolist() == [*range(90), *towards]
    assert sampler.sample_indices_.tolist() == [*range(90), *seeds]
    assert (np.array(towards) != seeds).all()
    np.testing.assert_allclose(X_res[90:], features, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(Y_res[90:], borne)


@pytest.mark.parametrize("labels", ["seed", "added"])
def test_seeds_keep_their_labels(data, labels):
    """A new row bears all its seed bears, and with "seed" nothing else."""
    X, Y = data
    sampler = small(labels=labels, threshold=0.4)
    _, Y_res = sampler.fit_resample(X, Y)
    own, new = Y[sampler.seed_indices_], Y_res[90:]
    assert (new >= own).all()
    assert (new > own).any() == (labels == "added")
    assert sampler.earned_.tolist() == [labels == "added"] * 4


@pytest.mark.parametrize("rule", ["f1", "prevalence", 0.3])
def test_labels_are_earned_on_rows_held_out(data, rule):
    """Redone in loops: thresholds of the rows trained on, nearest rows in the latent space."""
    X, Y = data
    rare = np.zeros(90, dtype=int)
    rare[:3] = 1
    Y = np.column_stack([Y, rare])
    outcomes = set()
    for seed in range(6):
        sampler = small(
            threshold=rule, random_state=seed, learning_rate=1e-2, epochs=25,
            validation_fraction=0.4, noise=0.0, dropout=0.0,
        ).fit(X, Y)  # fmt: skip
        rng = np.random.default_rng(seed)
        rng.random(sum(value.size for value in weights_of(sampler).values()))
        held_out = rng.permutation(90)[:36]
        codes = encode(weights_of(sampler), scaled(X))
        scores = decode(weights_of(sampler), codes)[1]
        expected = earned_by_loops(codes, scores, Y, held_out.tolist(), rule)
        assert sampler.earned_.tolist() == expected
        assert Y[held_out, 4].sum() > 2 or not sampler.earned_[4]
        outcomes.update(sampler.earned_[:4].tolist())
    assert outcomes == {True, False}


@pytest.mark.parametrize("rule", ["f1", "prevalence"])
def test_thresholds_are_those_of_brute_force(data, rule):
    """Over the scores of all rows given, redone in numpy, held out or not."""
    X, Y = data
    sampler = small(threshold=rule, epochs=20).fit(X, Y)
    scores = decode(weights_of(sampler), encode(weights_of(sampler), scaled(X)))[1]
    expected = [threshold_by_loops(scores[:, j], Y[:, j], rule) for j in range(4)]
    np.testing.assert_allclose(sampler.thresholds_, expected, rtol=1e-9)
    if rule == "prevalence":
        np.testing.assert_array_equal((scores > sampler.thresholds_).sum(axis=0), Y.sum(axis=0))


def test_unseen_label_is_never_decoded(data):
    """A label without positives is no seed and gets threshold 1."""
    X, Y = data
    Y = np.column_stack([Y, np.zeros(90, dtype=int)])
    for threshold in ("f1", "prevalence"):
        sampler = small(threshold=threshold, labels="added")
        _, Y_res = sampler.fit_resample(X, Y)
        assert sampler.thresholds_[4] == 1
        assert not Y_res[:, 4].any()


@pytest.fixture
def mixed(data):
    """Give the rows as a frame: a category, a word, a count, a flag, a number and a constant."""
    X, Y = data
    codes = np.arange(90) % 3
    frame = pd.DataFrame(
        {
            "colour": pd.Categorical.from_codes(codes, ["red", "green", "blue"]),
            "word": np.array(["alpha", "beta", "gamma", "delta"], dtype=object)[np.arange(90) % 4],
            "count": np.abs(np.rint(X[:, 1])).astype(int),
            "flag": X[:, 0] > 0,
            "number": X[:, 2],
            "constant": 7.0,
        }
    )
    return frame, pd.DataFrame(Y, columns=["fear", "joy", "awe", "calm"])


def test_new_values_are_ones_their_columns_could_hold(mixed):
    """Nominal values of seed or partner, whole counts, flags, numbers in their range."""
    X, Y = mixed
    sampler = small(fraction=2.0, epochs=60, learning_rate=1e-2)
    X_res, _ = sampler.fit_resample(X, Y)
    assert sampler.categorical_features_.tolist() == [True, True, False, True, False, False]
    pd.testing.assert_series_equal(X_res.dtypes, X.dtypes)
    new = X_res[90:].reset_index(drop=True)
    own, other = (
        X.iloc[rows[90:]].reset_index(drop=True)
        for rows in (sampler.sample_indices_, sampler.reference_indices_)
    )
    for name in ("colour", "word"):
        of_own, of_other = new[name] == own[name], new[name] == other[name]
        assert (of_own | of_other).all()
        assert (~of_own).any()
        assert (~of_other).any()
    assert set(new["count"]) <= set(range(X["count"].min(), X["count"].max() + 1))
    assert new["number"].between(X["number"].min(), X["number"].max()).all()
    assert not new["number"].isin(X["number"]).all()
    assert (new["constant"] == 7).all()


def test_counts_and_flags_are_whole_in_arrays_too(data):
    """A column of counts and one of two values, of floats, dense and sparse."""
    X, Y = data
    X = np.column_stack([np.abs(np.rint(X[:, 1])), np.where(X[:, 0] > 0, 4.5, 0), X[:, 2]])
    sampler = small(fraction=1.0)
    for hold in (np.asarray, sp.csr_array):
        new = sampler.fit_resample(hold(X), Y)[0][90:]
        new = new.toarray() if sp.issparse(new) else new
        np.testing.assert_array_equal(new[:, 0], np.rint(new[:, 0]))
        assert set(new[:, 1]) == {0, 4.5}
        assert len(np.unique(new[:, 2])) > 60
    unbounded = small(fraction=1.0, valid=False, features="decoded").fit_resample(X, Y)[0][90:]
    assert (unbounded[:, 0] != np.rint(unbounded[:, 0])).any()
    assert len(np.unique(unbounded[:, 1])) > 2


def test_paper_decodes_nominal_columns_to_observed_values(mixed):
    """Though seeds do not move, and all other columns are unbounded."""
    X, Y = mixed
    X_res, _ = published(fraction=0.5, threshold=0.0).fit_resample(X, Y)
    assert X_res["colour"].dtype == X["colour"].dtype
    assert X_res["colour"].notna().all()
    assert set(X_res["word"]) <= set(X["word"])
    assert len(X_res) == 135


@pytest.mark.parametrize("make", [small, published])
def test_sparse_rows_are_the_dense_ones(data, make):
    """The container changes nothing, and what is made from sparse rows is sparse."""
    X, Y = data
    X = np.where(np.abs(X) < 5, 0, X)
    dense = make(fraction=0.5, threshold=0.3).fit_resample(X, Y)
    sampler = make(fraction=0.5, threshold=0.3)
    sparse = sampler.fit_resample(sp.csr_array(X), sp.csc_matrix(Y))
    assert isinstance(sparse[0], sp.csr_array)
    np.testing.assert_array_equal(sparse[0].toarray(), dense[0])
    np.testing.assert_array_equal(sparse[1].toarray(), dense[1])
    assert sampler.is_synthetic_.sum() > 20
    assert sparse[0].nnz == np.count_nonzero(dense[0])


def test_sparse_input_is_densified_a_batch_at_a_time(data, monkeypatch):
    """No dense copy has more rows than a batch of those that training, codes and growth read."""
    X, Y = data
    seen = []
    toarray = sp.csr_array.toarray

    def spy(matrix, *args, **kwargs):
        seen.append(matrix.shape)
        return toarray(matrix, *args, **kwargs)

    monkeypatch.setattr(sp.csr_array, "toarray", spy)
    monkeypatch.setattr(_network, "_ROWS_READ", 11)
    monkeypatch.setattr(_growth, "_ROWS_AT_ONCE", 13)
    monkeypatch.setattr(_network.Decoder.__init__, "__defaults__", (15,))
    monkeypatch.setattr(_growth, "_CELLS_AT_ONCE", 1)
    sampler = small(batch_size=16, fraction=0.5)
    sampler.fit_resample(sp.csr_array(X), sp.csr_array(Y))
    assert max(rows for rows, columns in seen if columns > 1) == 16


def test_float32_features_stay_float32(data):
    """New rows come in the type of the rows given, still in range."""
    X, Y = data
    X = X.astype(np.float32)
    X_res, _ = small(dtype="float32").fit_resample(X, Y)
    assert X_res.dtype == np.float32
    assert (X_res >= X.min(axis=0)).all()
    assert (X_res <= X.max(axis=0)).all()
    assert (X_res[:, 4] == 7).all()


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
    sampler = small().fit(*data)
    step, calls = _network.step, []

    def interrupted(*args):
        calls.append(1)
        if len(calls) == 7:
            raise KeyboardInterrupt
        return step(*args)

    monkeypatch.setattr(_network, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sampler.fit_resample(*data)
    learned = {"network_", "thresholds_", "earned_", "device_", "_columns", "_rows"}
    assert not learned & set(vars(sampler))
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
    sampler = published(threshold=1.0)
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


@pytest.mark.parametrize("make", [small, published])
@pytest.mark.parametrize("batch_size", [1, 4, 1000])
def test_last_batch_may_be_one_row(make, batch_size):
    """Nine rows of one feature in batches of four, of one, or in one batch."""
    X = np.arange(9.0)[:, None]
    Y = np.column_stack([X[:, 0] > 1, X[:, 0] > 7]).astype(int)
    sampler = make(batch_size=batch_size, fraction=1.0, threshold=0.0)
    sampler.fit_resample(X, Y)
    assert np.isfinite([epoch["loss"] for epoch in sampler.history_]).all()
    assert len(sampler.seed_indices_) == 9


def test_a_single_label_can_be_named():
    """One label has nothing to be ranked against; its term is 0 and it still is decoded."""
    X = np.arange(12.0)[:, None]
    sampler = published(sampling_strategy=[0], fraction=0.5, threshold=0.0)
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
        ({"threshold": 1.5}, "'threshold' parameter"),
        ({"seeds": "all"}, "'seeds' parameter"),
        ({"labels": "all"}, "'labels' parameter"),
        ({"features": "all"}, "'features' parameter"),
        ({"objective": "mean"}, "'objective' parameter"),
        ({"n_neighbors": -1}, "'n_neighbors' parameter"),
        ({"patience": 0}, "'patience' parameter"),
        ({"validation_fraction": 1.0}, "'validation_fraction' parameter"),
        ({"dropout": 1.0}, "'dropout' parameter"),
        ({"n_neighbors": 0}, "with n_neighbors=0 use features='decoded'"),
        ({"validation_fraction": 0.0}, "labels='earned' is decided on held-out rows"),
        ({"fraction": 1e9}, "fraction=1000000000.0 of 90 rows"),
        ({"dtype": "float16"}, "'dtype' parameter"),
        ({"epochs": 0}, "'epochs' parameter"),
    ],
)
def test_wrong_parameter_is_refused_before_any_work(data, parameters, message):
    """The message names the parameter, and nothing has been trained."""
    sampler = small(**parameters)
    with pytest.raises(ValueError, match=message):
        sampler.fit_resample(*data)
    assert not hasattr(sampler, "network_")


def test_verbose_prints_to_standard_error(data, capsys):
    """Ten lines a run at most, none on standard output."""
    small(verbose=True, epochs=20).fit_resample(*data)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 10
    assert captured.err.splitlines()[-1].startswith("AEMLO epoch 20/20 loss ")


def test_callback_ends_training_and_what_was_learned_is_used(data, capsys):
    """It is told the newest epoch; the rows are those of as many epochs and no more."""
    X, Y = data
    told = []

    def callback(entry):
        told.append(entry)
        return entry["epoch"] == 2

    stopped = small(epochs=50, callback=callback, verbose=True)
    X_res, Y_res = stopped.fit_resample(X, Y)
    assert told == stopped.history_
    assert stopped.n_epochs_ == 2
    expected = small(epochs=2).fit_resample(X, Y)
    np.testing.assert_array_equal(X_res, expected[0])
    np.testing.assert_array_equal(Y_res, expected[1])
    patient = small(epochs=4, callback=lambda entry: None)
    patient.fit_resample(X, Y)
    assert patient.n_epochs_ == 4


def test_what_a_callback_raises_leaves_nothing_half_set(data):
    """It passes through, as Ctrl-C does."""

    def callback(entry):
        raise OSError("the disk is full")

    sampler = small().fit(*data).set_params(callback=callback)
    with pytest.raises(OSError, match="the disk is full"):
        sampler.fit(*data)
    assert not hasattr(sampler, "network_")
    assert sampler.history_ == []


def test_too_few_rows_to_hold_out_earn_nothing():
    """Of nine rows fifteen in a hundred are one: training goes by its own loss."""
    X = np.arange(9.0)[:, None]
    sampler = small().fit(X, np.column_stack([X[:, 0] > 1, X[:, 0] > 7]).astype(int))
    assert not sampler.earned_.any()
    assert "held_out" not in sampler.history_[0]
    more = small(validation_fraction=0.2).fit(X, np.column_stack([X > 1, X > 7]).astype(int))
    assert "held_out" in more.history_[0]
