"""Made data sets: each knob does what its name says, measured from the definitions."""

import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse as sp
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.neighbors import KNeighborsClassifier

from skml_aemlo.datasets import Dataset, load_synthetic, make_imbalanced_multilabel


def ratios(Y):
    """Return IRLbl of each label, written out from its definition."""
    counts = [sum(int(row[j]) for row in Y) for j in range(len(Y[0]))]
    return [max(counts) / count for count in counts]


def mean_ir(Y):
    """Return MeanIR, written out from its definition."""
    return sum(ratios(Y)) / len(ratios(Y))


def scumble(Y):
    """Return SCUMBLE, written out from its definition."""
    by_label, total = ratios(Y), 0.0
    for row in Y:
        active = [ratio for ratio, bit in zip(by_label, row, strict=True) if bit]
        if active:
            geometric = np.prod(active) ** (1 / len(active))
            total += 1 - geometric / (sum(active) / len(active))
    return total / len(Y)


def neighbour_auc(data):
    """Return how well ten neighbours in one half rank the labels of the other half."""
    X, Y, half = data.X, data.Y.toarray(), data.n_samples // 2
    model = KNeighborsClassifier(10).fit(X[:half], Y[:half])
    scores = np.column_stack([p[:, 1] for p in model.predict_proba(X[half:])])
    return roc_auc_score(Y[half:], scores, average="macro")


@given(
    shares=st.lists(st.floats(0.01, 1.0), min_size=1, max_size=6),
    n=st.integers(60, 200),
    concurrence=st.floats(0, 1),
    flip_y=st.floats(0, 1),
)
@settings(max_examples=60, deadline=None)
def test_frequencies_are_met_to_the_row(shares, n, concurrence, flip_y):
    """Every label has round(share x n) positives, whatever the other knobs say."""
    data = make_imbalanced_multilabel(
        n, 3, frequencies=shares, concurrence=concurrence, flip_y=flip_y, random_state=0
    )
    assert data.Y.sum(axis=0).tolist() == [round(share * n) for share in shares]
    assert set(data.Y.data.tolist()) <= {1}


@pytest.mark.parametrize(
    ("n", "labels", "wanted"),
    [(1000, 10, 1.0), (1000, 10, 5.0), (1000, 10, 20.0), (600, 12, 6.5), (3000, 50, 90.0),
     (300, 5, 3.3), (500, 174, 20.0), (100, 1, 1.0), (2000, 2, 30.0),
     (200, 2, 30.0), (100, 3, 14.9)],
)  # fmt: skip
def test_mean_ir_is_met_within_two_percent(n, labels, wanted):
    """MeanIR, computed from its definition, is what was asked for."""
    data = make_imbalanced_multilabel(n, 4, labels, mean_ir=wanted, random_state=0)
    assert data.n_labels == labels
    assert mean_ir(data.Y.toarray()) == pytest.approx(wanted, rel=0.02)


def test_frequencies_fall_when_mean_ir_is_wanted():
    """The first label is the most frequent and the last the rarest."""
    counts = make_imbalanced_multilabel(1000, 4, 10, mean_ir=9, random_state=0).Y.sum(axis=0)
    assert (np.diff(counts) <= 0).all()
    assert counts[0] == pytest.approx(400, abs=5)


@pytest.mark.parametrize("seed", range(3))
def test_concurrence_grows_with_its_knob(seed):
    """SCUMBLE and the share of rare positives beside a frequent label rise step by step."""
    levels, shares = [], []
    for concurrence in (0.0, 0.25, 0.5, 0.75, 1.0):
        data = make_imbalanced_multilabel(
            2000, 3, frequencies=[0.3, 0.3, 0.04, 0.03, 0.02], concurrence=concurrence,
            random_state=seed,
        )  # fmt: skip
        Y = data.Y.toarray()
        levels.append(scumble(Y))
        beside = Y[:, :2].any(axis=1)
        shares.append(Y[beside][:, 2:].sum() / Y[:, 2:].sum())
    assert all(low < high for low, high in itertools.pairwise(levels))
    assert shares == pytest.approx([0, 0.25, 0.5, 0.75, 1], abs=0.01)


def test_rare_labels_concur_when_there_is_no_room_beside():
    """Frequencies win over concurrence where frequent labels are everywhere."""
    data = make_imbalanced_multilabel(100, 3, frequencies=[1.0, 1.0, 0.05], concurrence=0)
    assert data.Y.sum(axis=0).tolist() == [100, 100, 5]


@pytest.mark.parametrize("sparse", [False, True])
def test_features_tell_the_labels(sparse):
    """With little noise, neighbours rank the labels far better than chance."""
    data = make_imbalanced_multilabel(
        800, 30, 6, mean_ir=4, noise=0.2, sparse=sparse, density=0.3, random_state=0
    )
    assert neighbour_auc(data) > 0.85


@pytest.mark.parametrize("sparse", [False, True])
def test_noise_hides_the_labels(sparse):
    """More noise makes the labels harder to find, down to chance."""
    found = [
        neighbour_auc(
            make_imbalanced_multilabel(
                800, 20, 6, mean_ir=4, noise=noise, sparse=sparse, density=0.3, random_state=0
            )
        )
        for noise in (0.1, 3, 1000)
    ]
    assert found[0] > found[1] > found[2]
    assert found[2] == pytest.approx(0.5, abs=0.06)


def test_only_informative_features_depend_on_the_labels():
    """The first columns correlate with some label, the others with none."""
    data = make_imbalanced_multilabel(
        5000, 6, 3, mean_ir=2, n_informative=2, noise=0.5, random_state=1
    )
    together = np.corrcoef(data.X, data.Y.toarray(), rowvar=False)[:6, 6:]
    strongest = np.abs(together).max(axis=1)
    assert (strongest[:2] > 0.3).all()
    assert (strongest[2:] < 0.06).all()


def test_flips_move_their_share_of_the_positives():
    """A quarter of each label's positives go to rows that did not bear it."""
    kept, moved = (
        make_imbalanced_multilabel(
            400, 3, frequencies=[0.5, 0.1], flip_y=flip, random_state=0
        ).Y.toarray()
        for flip in (0, 0.25)
    )
    assert ((kept == 1) & (moved == 0)).sum(axis=0).tolist() == [50, 10]
    assert ((kept == 0) & (moved == 1)).sum(axis=0).tolist() == [50, 10]


def test_sparse_features_look_like_tf_idf():
    """Non-negative, of the wanted density, each row of length one."""
    X = make_imbalanced_multilabel(300, 50, sparse=True, density=0.1, random_state=0).X
    assert isinstance(X, sp.csr_array)
    assert np.diff(X.indptr).tolist() == [5] * 300
    assert (X.data > 0).all()
    np.testing.assert_allclose(np.sqrt(X.multiply(X).sum(axis=1)), 1)


def test_blocks_do_not_show_in_what_is_drawn(monkeypatch):
    """Drawing documents in small blocks keeps shape, density and frequencies."""
    monkeypatch.setattr("skml_aemlo.datasets.synthetic._BLOCK_CELLS", 70)
    data = make_imbalanced_multilabel(
        101, 20, frequencies=[0.5, 0.1], sparse=True, density=0.2, random_state=0
    )
    assert data.X.shape == (101, 20)
    assert data.X.nnz == 101 * 4
    np.testing.assert_allclose(np.sqrt(data.X.multiply(data.X).sum(axis=1)), 1)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize(
    "make", [lambda: 3, lambda: np.random.RandomState(3), lambda: np.random.default_rng(3)]
)
def test_the_same_seed_gives_the_same_rows(make, sparse):
    """Integers, RandomStates and Generators all seed."""
    one, two = (
        make_imbalanced_multilabel(50, 6, 3, mean_ir=2, sparse=sparse, random_state=make())
        for _ in range(2)
    )
    assert (one.X != two.X).sum() == 0
    assert (one.Y != two.Y).nnz == 0


def test_another_seed_gives_other_rows():
    """The seed matters."""
    one, two = (make_imbalanced_multilabel(50, 6, random_state=seed).X for seed in (0, 1))
    assert (one != two).all()


def test_the_global_random_state_is_left_alone():
    """A seeded call draws nothing from numpy's global stream."""
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the global stream is the subject
    make_imbalanced_multilabel(50, 6, random_state=0)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_samples": 0}, "n_samples is 0; expected a whole number, at least 1"),
        ({"n_features": 2.5}, r"n_features is 2\.5"),
        ({"n_labels": -1}, "n_labels is -1"),
        ({"frequencies": [0.5, 1.5]}, "frequencies is .*expected one share"),
        ({"frequencies": [0.5, 0.0]}, "frequencies is .*expected one share"),
        ({"frequencies": []}, "frequencies is .*expected one share"),
        ({"frequencies": [[0.5]]}, "frequencies is .*expected one share"),
        ({"frequencies": [0.5, float("nan")]}, "frequencies is .*expected one share"),
        ({"frequencies": [0.5, 1e-4]}, "frequencies holds 0.0001, no row .*raise it or n_samples"),
        ({"frequencies": [0.5], "mean_ir": 2}, "frequencies and mean_ir=2 are both given"),
        ({"mean_ir": 0.5}, r"mean_ir is 0\.5; expected a finite number, at least 1"),
        ({"mean_ir": 1e4}, r"mean_ir is 10000\.0; expected at most [\d.]+ with n_samples=1000"),
        ({"n_labels": 1, "mean_ir": 2}, r"mean_ir is 2; expected at most 1 "),
        ({"concurrence": 1.1}, r"concurrence is 1\.1; expected a share from 0 to 1"),
        ({"concurrence": "high"}, "concurrence is 'high'"),
        ({"noise": -1}, "noise is -1; expected a finite number, at least 0"),
        ({"flip_y": -0.1}, r"flip_y is -0\.1"),
        ({"density": 0}, "density is 0; expected a share above 0 and at most 1"),
        ({"n_informative": 21}, "n_informative is 21; expected at most n_features=20"),
        ({"n_informative": 0}, "n_informative is 0"),
    ],
)
def test_a_bad_parameter_is_named(parameters, message):
    """Parameter, value, expectation and, where there is one, the remedy."""
    with pytest.raises(ValueError, match=message):
        make_imbalanced_multilabel(**parameters)


def test_the_embedded_set_is_imbalanced_and_always_the_same():
    """The demo's data: size, MeanIR by definition, and every label often enough for ten folds."""
    data, again = load_synthetic(), load_synthetic()
    assert isinstance(data, Dataset)
    assert (data.n_samples, data.n_features, data.n_labels) == (600, 24, 12)
    assert data.name == "synthetic"
    assert mean_ir(data.Y.toarray()) == pytest.approx(6.5, rel=0.01)
    assert data.Y.sum(axis=0).min() >= 10
    np.testing.assert_array_equal(data.X, again.X)
    assert (data.Y != again.Y).nnz == 0


def test_cloning_rare_rows_helps_neighbours_on_the_embedded_set():
    """Resampling matters here: clones of rare rows raise ten neighbours' Macro-F by 0.03."""
    data = load_synthetic()
    X, Y, scores = data.X, data.Y.toarray(), []
    rng = np.random.default_rng(0)
    for clone in (False, True):
        for fold in range(5):
            test = np.arange(data.n_samples) % 5 == fold
            train = np.flatnonzero(~test)
            if clone:
                by_label = np.array(ratios(Y[train].tolist()))
                for j in np.flatnonzero(by_label > by_label.mean()):
                    bearing = train[Y[train, j] == 1]
                    train = np.concatenate([train, rng.choice(bearing, 30)])
            predicted = KNeighborsClassifier(10).fit(X[train], Y[train]).predict(X[test])
            scores.append(f1_score(Y[test], predicted, average="macro", zero_division=0))
    assert np.mean(scores[5:]) > np.mean(scores[:5]) + 0.03


def test_making_data_needs_no_pandas_and_no_torch():
    """Importing the folder and making a set loads neither."""
    code = (
        "import sys; sys.modules['pandas'] = None\n"
        "from skml_aemlo.datasets import load_synthetic\n"
        "load_synthetic(); print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, cwd=Path(__file__).parents[1], check=False,
    )  # fmt: skip
    assert done.stdout == "False\n", done.stderr
