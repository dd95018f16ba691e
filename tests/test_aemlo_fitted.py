"""AEMLO fitted: sampled many times, asked where rows lie, saved and loaded."""

import json
import pickletools
import zipfile

import numpy as np
import pandas as pd
import pytest
import safetensors
import safetensors.numpy
import scipy.sparse as sp
import torch
from containers import assert_identical, assert_same_kind
from oracles_aemlo import encode, encode_labels, scaled
from sklearn.exceptions import NotFittedError

from skml_aemlo import MLROS, SamplerSequence, _archive
from skml_aemlo.samplers.aemlo import AEMLO


@pytest.fixture
def data():
    """Give 60 rows whose third label is rare, and a constant column."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4)) * [1, 10, 0, 1] + [0, 0, 7, -5]
    return X, (rng.random((60, 3)) < [0.8, 0.4, 0.15]).astype(int)


@pytest.fixture
def frames(data):
    """Give the rows as frames: a category, a word, a count, a flag and a number."""
    X, Y = data
    frame = pd.DataFrame(
        {
            "colour": pd.Categorical.from_codes(np.arange(60) % 3, ["red", "green", "blue"]),
            "word": np.array(["alpha", "beta", "gamma"], dtype=object)[np.arange(60) % 7 % 3],
            "count": np.abs(np.rint(X[:, 1])).astype(int),
            "flag": X[:, 0] > 0,
            "number": X[:, 3].astype(np.float32),
        }
    )
    return frame, pd.DataFrame(Y, columns=["fear", "joy", "awe"]).astype(np.int8)


def small(**overrides):
    """Return an AEMLO that trains in a blink."""
    settings = {
        "latent_dim": 5,
        "hidden_dims": (7, 6, 5),
        "epochs": 3,
        "device": "cpu",
        "dtype": "float64",
        "random_state": 0,
    }
    return AEMLO(**{**settings, **overrides})


def weights_of(sampler):
    """Return the weights of the network as numpy has them."""
    return {name: value.numpy() for name, value in sampler.network_.state_dict().items()}


def test_one_network_is_sampled_many_times(data):
    """As many rows as wanted, the same for the same seed, other ones for another."""
    sampler = small().fit(*data)
    weights = {name: value.copy() for name, value in weights_of(sampler).items()}
    first, again = sampler.sample(70, random_state=1), sampler.sample(70, random_state=1)
    other = sampler.sample(70, random_state=2)
    assert first[0].shape == (70, 4)
    assert first[1].shape == (70, 3)
    for left, right in zip(first, again, strict=True):
        np.testing.assert_array_equal(left, right)
    assert not np.allclose(first[0], other[0])
    assert sampler.sample()[0].shape == (1, 4)
    assert sampler.sample(0, random_state=0)[0].shape == (0, 4)
    for name, value in weights_of(sampler).items():
        np.testing.assert_array_equal(value, weights[name])


def test_fit_learns_what_fit_resample_learns(data):
    """The same weights, thresholds, earned labels and history from the same seed."""
    fitted, resampled = small().fit(*data), small()
    resampled.fit_resample(*data)
    for name, value in weights_of(fitted).items():
        np.testing.assert_array_equal(value, weights_of(resampled)[name])
    assert fitted.thresholds_.tolist() == resampled.thresholds_.tolist()
    assert fitted.earned_.tolist() == resampled.earned_.tolist()
    assert [e["loss"] for e in fitted.history_] == [e["loss"] for e in resampled.history_]
    assert not hasattr(fitted, "sample_indices_")


def test_sampling_draws_from_numpys_stream_if_not_seeded(data):
    """As everywhere in scikit-learn; a Generator is used as it is."""
    sampler = small().fit(*data)
    np.random.seed(3)  # noqa: NPY002 - None means the global stream
    first = sampler.sample(9)[0]
    np.random.seed(3)  # noqa: NPY002
    np.testing.assert_array_equal(sampler.sample(9)[0], first)
    rng = np.random.default_rng(5)
    one, two = sampler.sample(9, random_state=rng)[0], sampler.sample(9, random_state=rng)[0]
    assert not np.allclose(one, two)


def test_samples_come_in_the_frames_of_the_rows(frames):
    """Dtypes, names and categories; the index counts from 0."""
    X, Y = frames
    X_new, Y_new = small().fit(X, Y).sample(40, random_state=0)
    assert_same_kind(X_new, X)
    assert_same_kind(Y_new, Y)
    assert set(X_new["word"]) <= set(X["word"])
    assert X_new["colour"].notna().all()


@pytest.mark.parametrize(
    ("hold", "hold_labels"),
    [(sp.csr_matrix, sp.csc_array), (np.ndarray.tolist, np.ndarray.tolist)],
)
def test_samples_come_in_the_containers_of_the_rows(data, hold, hold_labels):
    """A sparse matrix and lists hold the rows that arrays do."""
    X, Y = data
    X = np.where(X < 0, 0.0, X)
    plain = small().fit(X, Y).sample(30, random_state=4)
    held = small().fit(hold(X), hold_labels(Y)).sample(30, random_state=4)
    for got, like, expected in zip(held, (hold(X), hold_labels(Y)), plain, strict=True):
        assert_same_kind(got, like)
        got = got.toarray() if sp.issparse(got) else np.array(got)
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("make", [small, lambda: AEMLO.paper(epochs=2, random_state=0)])
def test_sampling_before_fitting_is_refused(data, make):
    """fit_resample keeps no rows, and forgets those an earlier fit kept."""
    sampler = make().set_params(threshold=0.0)
    for call in (sampler.sample, lambda: sampler.encode(data[0]), lambda: sampler.save("x")):
        with pytest.raises(NotFittedError):
            call()
    sampler.fit(*data).sample()
    sampler.fit_resample(*data)
    with pytest.raises(NotFittedError, match=r"call fit\(X, Y\) first"):
        sampler.sample()


@pytest.mark.parametrize("wrong", [-1, 2.0, True, "ten", None])
def test_a_number_of_samples_that_is_none_is_refused(data, wrong):
    """The message says what came."""
    with pytest.raises(ValueError, match="n_samples must be an int, 0 or more; got"):
        small().fit(*data).sample(wrong)


def test_sampling_needs_a_row_to_grow_from(data):
    """Training does not; the remedy is named."""
    X, Y = data
    Y = np.column_stack([Y, np.zeros(60, dtype=int)])
    sampler = small(sampling_strategy=[3]).fit(X, Y)
    with pytest.raises(ValueError, match="Name labels that have positives"):
        sampler.sample(1)
    assert sampler.set_params(sampling_strategy=[2]).sample(1)[0].shape == (1, 4)


def test_codes_are_those_of_the_maps(data):
    """F_ex of min-max scaled rows and F_ey of labels, redone in numpy, of other rows too."""
    X, Y = data
    sampler = small().fit(X, Y)
    weights = weights_of(sampler)
    H_x, H_y = sampler.encode(X, Y)
    np.testing.assert_allclose(H_x, encode(weights, scaled(X)), rtol=1e-10)
    np.testing.assert_allclose(H_y, encode_labels(weights, Y), rtol=1e-10)
    assert H_x.shape == H_y.shape == (60, 5)
    beyond = np.vstack([X[:2], X[:2] + [3, 30, 0, -3]])
    among = scaled(np.vstack([X, [[np.nan] * 4]])[:60])  # the range of the rows trained on
    np.testing.assert_allclose(sampler.encode(beyond)[:2], encode(weights, among[:2]), rtol=1e-10)
    low, span = X.min(axis=0), np.where(np.ptp(X, axis=0) > 0, np.ptp(X, axis=0), np.inf)
    expected = encode(weights, (beyond - low) / span)
    np.testing.assert_allclose(sampler.encode(beyond), expected, rtol=1e-10)
    np.testing.assert_allclose(sampler.encode(sp.csr_array(beyond)), expected, rtol=1e-10)


def test_nominal_columns_are_encoded_as_in_training(frames):
    """One row alone lies where it lies among all others."""
    X, Y = frames
    sampler = small().fit(X, Y)
    together = sampler.encode(X)
    for i in (0, 1, 2, 59):
        np.testing.assert_allclose(sampler.encode(X.iloc[[i]])[0], together[i], rtol=1e-10)


def test_a_category_not_seen_in_training_is_refused(frames):
    """There is no code for it."""
    X, Y = frames
    sampler = small().fit(X, Y)
    new = X.iloc[:2].assign(word=["alpha", "omega"])
    with pytest.raises(ValueError, match="column 'word' of X holds 'omega'"):
        sampler.encode(new)


def test_other_columns_are_refused(data, frames):
    """Fewer, more, or in another order: each would be read as another column."""
    sampler = small().fit(*data)
    X, Y = data
    with pytest.raises(ValueError, match="X has 3 columns, but the rows trained on have 4"):
        sampler.encode(X[:, :3])
    with pytest.raises(ValueError, match="Y has 2 columns, but the rows trained on have 3"):
        sampler.encode(X, Y[:, :2])
    with pytest.raises(ValueError, match="X must be two-dimensional"):
        sampler.encode(X[0])
    X, Y = frames
    sampler = small().fit(X, Y)
    with pytest.raises(ValueError, match="X has 4 columns, but the rows trained on have 5"):
        sampler.encode(X.iloc[:, :4])
    with pytest.raises(ValueError, match="column 1 of X is called 'count', but 'word'"):
        sampler.encode(X[["colour", "count", "word", "flag", "number"]])
    with pytest.raises(ValueError, match="column 0 of Y is called 'joy', but 'fear'"):
        sampler.encode(X, Y[["joy", "fear", "awe"]])


def test_a_step_of_a_sequence_knows_its_columns(data, tmp_path):
    """Though the sequence has read the rows."""
    X, Y = data
    sequence = SamplerSequence([MLROS(), small()], random_state=0)
    sequence.fit_resample(X, Y)
    step = sequence.samplers_[1][1]
    assert step.n_features_in_ == 4
    step.save(tmp_path / "step")
    for sampler in (step, AEMLO.load(tmp_path / "step")):
        assert sampler.encode(X, Y)[0].shape == (60, 5)


def same(left, right):
    """Check that two samplers have learned the same."""
    for name, value in weights_of(left).items():
        np.testing.assert_array_equal(value, weights_of(right)[name], strict=True)
    for name in ("thresholds_", "earned_", "seed_indices_", "categorical_features_"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name), strict=True)
    for name in ("history_", "n_epochs_", "device_", "n_features_in_", "n_labels_in_"):
        assert getattr(left, name) == getattr(right, name)
    assert left.get_params() == {**right.get_params(), "callback": left.callback}


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"dtype": "float32", "valid": False, "labels": "decoded", "threshold": 0.2},
        {"sampling_strategy": [2, 0], "random_state": None, "labels": "added"},
        {"callback": lambda entry: False, "seeds": "cycled", "features": "decoded"},
    ],
)
def test_a_saved_sampler_is_the_one_loaded(data, tmp_path, parameters):
    """Weights, parameters, history, and the rows it makes."""
    X, Y = data
    sampler = small(**parameters).fit(X, Y)
    sampler.sample(3, random_state=9)
    sampler.save(tmp_path / "model")
    loaded = AEMLO.load(str(tmp_path / "model"))
    same(sampler, loaded)
    assert loaded.callback is None
    assert not loaded.network_.training
    np.testing.assert_array_equal(loaded.encode(X, Y), sampler.encode(X, Y), strict=True)
    X_new, Y_new = loaded.sample(50, random_state=1)
    expected = sampler.sample(50, random_state=1)
    assert_identical(X_new, expected[0])
    assert isinstance(Y_new, sp.csr_array)
    np.testing.assert_array_equal(Y_new.toarray(), expected[1])


def test_frames_are_encoded_after_loading(frames, tmp_path):
    """Names, categories and nominal columns are saved; samples are as samplers see them inside."""
    X, Y = frames
    sampler = small(sampling_strategy=["awe"]).fit(X, Y)
    sampler.save(tmp_path / "model")
    loaded = AEMLO.load(tmp_path / "model")
    same(sampler, loaded)
    assert loaded.feature_names_in_.tolist() == list(X)
    assert loaded.label_names_in_.tolist() == list(Y)
    np.testing.assert_array_equal(loaded.encode(X), sampler.encode(X))
    with pytest.raises(ValueError, match="column 'word' of X holds 'omega'"):
        loaded.encode(X.assign(word="omega"))
    X_new, Y_new = loaded.sample(20, random_state=1)
    frame, labels = sampler.sample(20, random_state=1)
    np.testing.assert_array_equal(X_new[:, 2], frame["count"])
    np.testing.assert_array_equal(X_new[:, 0], pd.Categorical(frame["colour"], ["blue", "green", "red"]).codes)  # fmt: skip  # noqa: E501
    np.testing.assert_array_equal(Y_new.toarray(), labels)
    assert loaded.fit(X, Y).sample(2, random_state=0)[0].dtypes.equals(X.dtypes)


def test_sparse_rows_stay_sparse_on_disk(data, tmp_path):
    """And give the same rows."""
    X, Y = data
    X = sp.csr_array(np.where(X < 0, 0, X))
    sampler = small().fit(X, Y)
    sampler.save(tmp_path / "model")
    loaded = AEMLO.load(tmp_path / "model")
    assert_identical(loaded.sample(9, random_state=0)[0], sampler.sample(9, random_state=0)[0])


def test_after_fit_resample_no_rows_are_saved(data, tmp_path):
    """It keeps none; what it has learned is saved all the same."""
    sampler = small()
    sampler.fit_resample(*data)
    sampler.save(tmp_path / "model")
    loaded = AEMLO.load(tmp_path / "model")
    same(sampler, loaded)
    assert {"X", "Y"}.isdisjoint(_archive.read(tmp_path / "model")[0])
    np.testing.assert_array_equal(loaded.encode(data[0]), sampler.encode(data[0]))
    with pytest.raises(NotFittedError, match=r"call fit\(X, Y\) first"):
        loaded.sample()


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("random_state", np.random.RandomState(0)),
        ("random_state", np.random.default_rng(0)),
        ("sampling_strategy", lambda Y: [0]),
    ],
)
def test_what_json_cannot_hold_is_refused(data, tmp_path, parameter, value):
    """The message names the parameter, and no file is written or replaced."""
    sampler = small(**{parameter: value}).fit(*data)
    path = tmp_path / "model"
    for content in (None, b"before"):
        if content:
            path.write_bytes(content)
        with pytest.raises(TypeError, match=parameter):
            sampler.save(path)
        assert [file.read_bytes() for file in tmp_path.iterdir()] == ([content] if content else [])


def test_the_file_is_safetensors_and_nothing_else(data, tmp_path):
    """The library of others reads all arrays, and no part of it is a pickle or an archive."""
    sampler = small().fit(*data)
    sampler.save(tmp_path / "model")
    content = (tmp_path / "model").read_bytes()
    arrays = safetensors.numpy.load(content)
    for name, value in weights_of(sampler).items():
        np.testing.assert_array_equal(arrays[f"network.{name}"], value)
    np.testing.assert_array_equal(arrays["X"], data[0])
    size = int.from_bytes(content[:8], "little")
    offsets = [v["data_offsets"] for k, v in json.loads(content[8 : 8 + size]).items() if k[0] != "_"]  # fmt: skip  # noqa: E501
    assert max(end for _, end in offsets) == len(content) - 8 - size
    assert not zipfile.is_zipfile(tmp_path / "model")
    with pytest.raises(ValueError):  # noqa: PT011 - of pickletools, whatever it says
        pickletools.dis(content)


@pytest.fixture
def saved(data, tmp_path):
    """Return the path of a saved sampler."""
    small().fit(*data).save(tmp_path / "model")
    return tmp_path / "model"


def test_damaged_files_are_refused(saved):
    """Cut short, a flipped bit, or none at all."""
    content = bytearray(saved.read_bytes())
    saved.write_bytes(content[:-1])
    with pytest.raises(ValueError, match="cannot be read"):
        AEMLO.load(saved)
    content[-100] ^= 1
    saved.write_bytes(content)
    with pytest.raises(ValueError, match="does not match its seal"):
        AEMLO.load(saved)
    saved.unlink()
    with pytest.raises(FileNotFoundError, match="there is no file"):
        AEMLO.load(saved)


def test_foreign_files_are_refused(tmp_path):
    """Weights of others, an archive of ours that holds something else, and a pickle."""
    path = tmp_path / "file"
    path.write_bytes(safetensors.numpy.save({"w": np.ones(2)}))
    with pytest.raises(ValueError, match="none that skml_aemlo wrote"):
        AEMLO.load(path)
    _archive.write(path, {"w": np.ones(2)}, {"sampler": "MLSMOTE"})
    with pytest.raises(ValueError, match="holds no AEMLO"):
        AEMLO.load(path)
    torch.save({"w": torch.ones(2)}, path)
    with pytest.raises(ValueError, match="cannot be read"):
        AEMLO.load(path)


LOST_ARRAYS = ["thresholds", "earned", "network.decode_labels.2.bias", "columns.low", "Y"]
LOST_ENTRIES = ["parameters", "categories", "n_features_in_", "history_"]


@pytest.mark.parametrize("lost", [*LOST_ARRAYS, *LOST_ENTRIES])
def test_files_that_lack_something_are_refused(saved, lost):
    """Whole and sealed, but not what this version writes."""
    arrays, header = _archive.read(saved)
    if lost == "Y":
        del arrays["Y"]
    else:
        (arrays if lost in arrays else header).pop(lost)
    _archive.write(saved, arrays, header)
    with pytest.raises(ValueError, match=r"train again|cannot be restored"):
        AEMLO.load(saved)


@pytest.mark.parametrize(
    ("name", "value"),
    [("sizes", [6, 8, 8, 8]), ("sizes", [8, 8]), ("parameters", {"unheard_of": 1})],
)
def test_files_that_contradict_themselves_are_refused(saved, name, value):
    """Weights of another size than the file says, or a parameter nobody knows."""
    arrays, header = _archive.read(saved)
    header[name] = value
    _archive.write(saved, arrays, header)
    with pytest.raises(ValueError, match="train again"):
        AEMLO.load(saved)


def test_saving_into_nowhere_says_so(data, tmp_path):
    """As the archive does."""
    with pytest.raises(FileNotFoundError, match="there is no such folder"):
        small().fit(*data).save(tmp_path / "nowhere" / "model")


def test_a_refused_fit_leaves_nothing_of_the_one_before():
    """Another number of columns is noted by then; the network for the old ones is gone."""
    rng = np.random.default_rng(0)
    Y = (rng.random((40, 3)) < [0.6, 0.4, 0.2]).astype(int)
    sampler = AEMLO(epochs=1, random_state=0).fit(rng.normal(size=(40, 4)), Y)
    sampler.set_params(sampling_strategy={2: 39})
    with pytest.raises(ValueError, match="cannot promise a number of positives"):
        sampler.fit(rng.normal(size=(40, 7)), Y)
    assert not hasattr(sampler, "network_")
    with pytest.raises(NotFittedError):
        sampler.set_params(sampling_strategy="auto").sample(3)


def test_sample_refuses_settings_that_do_not_fit():
    """Changed since fit: rows that cannot move would be clones."""
    rng = np.random.default_rng(0)
    Y = (rng.random((40, 3)) < [0.6, 0.4, 0.2]).astype(int)
    sampler = AEMLO(epochs=1, random_state=0).fit(rng.normal(size=(40, 4)), Y)
    with pytest.raises(ValueError, match="needs n_neighbors of 1 or more"):
        sampler.set_params(n_neighbors=0).sample(3)


def test_encode_refuses_labels_of_other_rows():
    """Codes of rows that do not belong together would be compared."""
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(40, 4)), (rng.random((40, 3)) < [0.6, 0.4, 0.2]).astype(int)
    sampler = AEMLO(epochs=1, random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match="X has 40 rows and Y has 5"):
        sampler.encode(X, Y[:5])


@pytest.mark.parametrize("later", [{"dtype": "float64"}, {"latent_dim": 3}])
def test_parameters_set_after_fit_break_neither_sampler_nor_file(tmp_path, later):
    """Size and type of the network are its own; parameters concern the next fit."""
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(40, 4)), (rng.random((40, 3)) < [0.6, 0.4, 0.2]).astype(int)
    sampler = AEMLO(epochs=1, random_state=0).fit(X, Y)
    codes = sampler.encode(X)
    sampler.set_params(**later).save(tmp_path / "a.safetensors")
    np.testing.assert_array_equal(sampler.encode(X), codes)
    np.testing.assert_array_equal(AEMLO.load(tmp_path / "a.safetensors").encode(X), codes)


def test_rows_written_over_after_fit_change_nothing():
    """sample() grows from what was trained on."""
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(40, 4)), (rng.random((40, 3)) < [0.6, 0.4, 0.2]).astype(int)
    given = X.copy()
    sampler = AEMLO(epochs=1, random_state=0).fit(given, Y)
    expected = sampler.sample(5, random_state=0)[0]
    given[:] = 1e6
    np.testing.assert_array_equal(sampler.sample(5, random_state=0)[0], expected)


def test_more_rows_than_can_be_made_are_refused():
    """Before any work, as fit_resample does."""
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(40, 4)), (rng.random((40, 3)) < [0.6, 0.4, 0.2]).astype(int)
    with pytest.raises(ValueError, match="cannot be made"):
        AEMLO(epochs=1, random_state=0).fit(X, Y).sample(10**12)
