"""Folds: what they promise, and what they refuse."""

import sys

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.model_selection import GroupKFold, KFold, RepeatedKFold, ShuffleSplit

from skml_aemlo.compare import Fold, make_folds
from skml_aemlo.compare.splitting import read_cv

RNG = np.random.default_rng(0)
Y = (RNG.random((60, 4)) < [0.5, 0.3, 0.2, 0.1]).astype(int)


def test_every_repeat_tests_every_row_once() -> None:
    """The test folds of a repeat partition the rows, and train is the rest."""
    folds = make_folds(Y, "2x5")
    assert [(fold.repeat, fold.fold) for fold in folds] == [
        (r, f) for r in (0, 1) for f in range(5)
    ]
    for repeat in (0, 1):
        tested = np.concatenate([fold.test for fold in folds if fold.repeat == repeat])
        np.testing.assert_array_equal(np.sort(tested), np.arange(60))
    for fold in folds:
        np.testing.assert_array_equal(np.setdiff1d(np.arange(60), fold.test), fold.train)


def test_folds_are_stratified() -> None:
    """Ten positives of a label come two to each of five folds: iterative stratification's aim."""
    rare = np.zeros((60, 2), int)
    rare[:10, 0] = rare[10:25, 1] = 1
    counts = [rare[fold.test].sum(axis=0).tolist() for fold in make_folds(rare, "1x5")]
    assert counts == [[2, 3]] * 5


def test_folds_depend_on_the_seed_and_on_nothing_else() -> None:
    """The same seed gives the same rows, whatever holds the labels; another seed does not."""
    prints = [fold.fingerprint for fold in make_folds(Y, random_state=1)]
    assert [fold.fingerprint for fold in make_folds(sp.coo_matrix(Y), random_state=1)] == prints
    assert [fold.fingerprint for fold in make_folds(Y, random_state=2)] != prints


def test_fingerprint_tells_train_from_test() -> None:
    """Swapping the sides, or moving one row over, is another fold."""
    one, two, three = np.array([0, 1]), np.array([2]), np.array([1, 2])
    folds = [Fold(0, 0, one, two), Fold(0, 0, two, one), Fold(0, 0, one[:1], three)]
    assert len({fold.fingerprint for fold in folds}) == 3


def test_a_single_label_is_stratified_too() -> None:
    """One column passes for a binary target elsewhere; here it is a label matrix."""
    column = np.repeat([0, 1], [40, 20])[:, None]
    assert [int(column[fold.test].sum()) for fold in make_folds(column, "1x4")] == [5] * 4


@pytest.mark.parametrize(
    ("text", "expected"), [("2x5", (2, 5)), ("5X2", (5, 2)), (" 3 ", (1, 3)), (4, (1, 4))]
)
def test_cv_is_repeats_by_folds(text: str | int, expected: tuple[int, int]) -> None:
    """The first number repeats, the second splits."""
    assert read_cv(text) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("10x1", "no rows to train on; write '1x10'"),
        ("0x5", "no repeat at all"),
        ("five", "write repeats x folds"),
        ("2x5x3", "write repeats x folds"),
        (1, "no rows to train on"),
    ],
)
def test_senseless_cv_is_refused_with_the_remedy(text: str | int, problem: str) -> None:
    """The message says what to write instead."""
    with pytest.raises(ValueError, match=problem):
        read_cv(text)


def test_scikit_learn_splitters_are_taken_as_they_are() -> None:
    """The rows are those the splitter gives on its own."""
    splitter = KFold(4, shuffle=True, random_state=3)
    expected = [test.tolist() for _, test in splitter.split(Y)]
    assert [fold.test.tolist() for fold in make_folds(Y, splitter)] == expected


def test_repeated_splitters_number_their_repeats() -> None:
    """Folds of a repeated splitter fall into repeats; others are one repeat."""
    repeated = make_folds(Y, RepeatedKFold(n_splits=3, n_repeats=2, random_state=0))
    assert [(fold.repeat, fold.fold) for fold in repeated][2:4] == [(0, 2), (1, 0)]
    shuffled = make_folds(Y, ShuffleSplit(n_splits=3, random_state=0))
    assert [(fold.repeat, fold.fold) for fold in shuffled] == [(0, 0), (0, 1), (0, 2)]


def test_more_folds_than_rows_are_refused() -> None:
    """Empty test folds would score nothing."""
    with pytest.raises(ValueError, match="only 60 rows"):
        make_folds(Y, "1x61")


def test_a_huge_label_matrix_is_not_made_dense() -> None:
    """Above the limit the stratification refuses, and a plain splitter still works."""
    huge = sp.csr_array((np.ones(3, np.int8), ([0, 1, 20_000], [0, 5, 7])), shape=(20_001, 5_001))
    with pytest.raises(ValueError, match="stratification needs it dense"):
        make_folds(huge, "1x2")
    assert len(make_folds(huge, KFold(2))) == 2


def test_missing_stratification_library_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, the message says how to install it."""
    monkeypatch.setitem(sys.modules, "iterstrat.ml_stratifiers", None)
    with pytest.raises(ImportError, match=r"pip install 'skml_aemlo\[compare\]'"):
        make_folds(Y, "2x5")


def test_a_fold_without_training_rows_is_refused() -> None:
    """Hand-made folds are checked before anything is computed."""
    with pytest.raises(ValueError, match="no train rows"):
        make_folds(Y, [(np.array([], int), np.arange(60))])


@pytest.mark.parametrize("cv", ["2x5", "5x2", "1x10"])
@pytest.mark.parametrize("seed", range(5))
def test_proportions_are_those_of_the_whole(cv: str, seed: int) -> None:
    """Labels borne alone are dealt out evenly to one row, others to a few rows on average.

    Iterative stratification gives the rarest label first to the fold that lacks most of it; a row
    with several labels can take a frequent label where there is enough of it already.
    """
    rng = np.random.default_rng(seed)
    alone = np.eye(5, dtype=int)[rng.choice(5, 200, p=[0.5, 0.25, 0.15, 0.07, 0.03])]
    mixed = (rng.random((200, 6)) < [0.5, 0.4, 0.3, 0.2, 0.1, 0.05]).astype(int)
    for labels, allowed in ((alone, 1.0), (mixed, 4.0)):
        folds = make_folds(labels, cv, random_state=seed)
        wanted = labels.sum(axis=0) / read_cv(cv)[1]
        off = [np.abs(labels[fold.test].sum(axis=0) - wanted) for fold in folds]
        assert np.max(off) < allowed
        by_chance = [
            np.abs(labels[test].sum(axis=0) - wanted)
            for _, test in KFold(read_cv(cv)[1], shuffle=True, random_state=seed).split(labels)
        ]
        assert np.mean(off) < np.mean(by_chance)


def test_splitters_that_need_features_get_them() -> None:
    """A splitter that reads X or Y sees the caller's, whatever holds the labels."""

    class ByFeature(KFold):
        def split(self, X, y=None, groups=None):  # type: ignore[no-untyped-def]
            assert y.shape == (60, 4)
            return GroupKFold(3).split(X, groups=X[:, 0])

    X = np.repeat(np.arange(20.0), 3)[:, None]
    folds = make_folds(sp.csr_array(Y), ByFeature(3), X=X)
    assert all(not set(X[f.train, 0]) & set(X[f.test, 0]) for f in folds)


@pytest.mark.parametrize("cv", [(1, 2), None, 2.5, {}, [(0, 1)], [([0], [1], [2])], ["ab", "cd"]])
def test_what_splits_nothing_is_refused_by_the_name_of_cv(cv: object) -> None:
    """The message says what was expected and what came."""
    with pytest.raises(ValueError, match=r"cv must be repeats x folds such as '2x5', a scikit"):
        make_folds(Y, cv)


@pytest.mark.parametrize(
    ("folds", "problem"),
    [
        ([], "no fold at all"),
        ([(Y[:, 0] == 0, Y[:, 0] == 1)], "np.flatnonzero"),
        ([([0, 1], [60])], "from 0 to 59"),
        ([([0, 1], [-1])], "from 0 to 59"),
        ([([0.0, 1.0], [2.0])], "float64"),
        ([([0, 1, 2], [2, 3])], "1 rows, such as 2, on both sides of fold 0 of repeat 0"),
    ],
)
def test_folds_that_are_no_rows_or_leak_are_refused(folds: list, problem: str) -> None:
    """Masks, rows that are not there, and rows that would both train and test."""
    with pytest.raises(ValueError, match=problem):
        make_folds(Y, folds)


def test_rows_may_train_twice() -> None:
    """A bootstrap is a split too: it draws training rows with replacement."""
    (fold,) = make_folds(Y, [([3, 3, 1], [2, 0])])
    assert (fold.train.tolist(), fold.test.tolist()) == ([1, 3, 3], [0, 2])
