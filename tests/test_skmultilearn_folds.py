"""Stratified folds and their measures: beside iterstrat, literal loops, and upstream's own."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import skmultilearn.model_selection as upstream
from containers import X_CONTAINERS, Y_CONTAINERS, assert_same_kind, dense
from iterstrat.ml_stratifiers import IterativeStratification as iterstrat
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from skmultilearn.model_selection import measures as upstream_measures

from skml_aemlo import skmultilearn as mended
from skml_aemlo.skmultilearn import IterativeStratification, iterative_train_test_split


def skewed(n_samples=90, n_labels=6, seed=0):
    """Return labels from frequent to rare, some rows without any."""
    rng = np.random.default_rng(seed)
    return (rng.random((n_samples, n_labels)) < np.linspace(0.5, 0.05, n_labels)).astype(int)


def folds_of(stratifier, Y):
    """Return the test rows of each fold."""
    return [test.tolist() for _, test in stratifier.split(np.zeros(len(dense(Y))), Y)]


def uneven(Y, folds):
    """Return how far the folds' numbers of positives are from equal ones, per label (std)."""
    return np.std([dense(Y)[fold].sum(axis=0) for fold in folds], axis=0)


class TestIterativeStratification:
    """Folds that keep labels together, seeded."""

    @pytest.mark.parametrize("n_splits", [2, 3, 10])
    @pytest.mark.parametrize("seed", range(5))
    def test_first_order_is_sechidis_algorithm(self, n_splits, seed):
        """With ``order=1`` each row's fold is iterstrat's from the same stream (D14)."""
        Y = skewed(seed=seed)
        found = folds_of(IterativeStratification(n_splits, random_state=seed), Y)
        expected = iterstrat(Y == 1, np.ones(n_splits) / n_splits, np.random.RandomState(seed))
        assert found == [np.flatnonzero(expected == fold).tolist() for fold in range(n_splits)]

    @pytest.mark.parametrize("order", [1, 2, 3])
    def test_seed_decides_the_folds_and_nothing_global_moves(self, order):
        """One seed gives one partition, call after call; another another; global state stays."""
        Y, before = skewed(), np.random.get_state()[1:3]  # noqa: NPY002 - it is looked at
        first = IterativeStratification(4, order, random_state=0)
        folds = folds_of(first, Y)
        assert sorted(row for fold in folds for row in fold) == list(range(len(Y)))
        assert folds == folds_of(first, Y)
        assert folds == folds_of(IterativeStratification(4, order, random_state=0), Y)
        assert folds != folds_of(IterativeStratification(4, order, random_state=1), Y)
        after = np.random.get_state()[1:3]  # noqa: NPY002 - as above
        assert before[0].tolist() == after[0].tolist()
        assert before[1] == after[1]

    def test_no_seed_draws_from_numpys_global_stream(self):
        """Without a seed the global stream decides, as everywhere in scikit-learn."""
        Y, folds = skewed(), []
        for seed in (0, 0, 1):
            np.random.seed(seed)  # noqa: NPY002 - the global stream is what is tested
            folds.append(folds_of(IterativeStratification(4), Y))
        assert folds[0] == folds[1] != folds[2]

    @pytest.mark.parametrize("container", Y_CONTAINERS)
    def test_takes_y_in_any_container(self, container):
        """The container of y changes no fold (D7, D8)."""
        Y, splitter = skewed(), IterativeStratification(3, 2, random_state=0)
        given = Y_CONTAINERS[container].hold(Y)
        found = [test.tolist() for _, test in splitter.split(np.zeros(len(Y)), given)]
        assert found == folds_of(splitter, Y)

    @pytest.mark.parametrize("order", [1, 2])
    def test_spreads_labels_at_least_as_evenly_as_upstream(self, order):
        """Over 30 data sets neither labels nor pairs nor sizes are spread less evenly."""
        ours, theirs = [], []
        for seed in range(30):
            Y = skewed(seed=seed)
            np.random.seed(seed)  # noqa: NPY002 - upstream's only stream
            original = upstream.IterativeStratification(5, order)
            for scores, splitter in (
                (ours, IterativeStratification(5, order, random_state=seed)),
                (theirs, original),
            ):
                folds = folds_of(splitter, Y)
                pairs = mended.folds_label_combination_pairs_without_evidence(Y, folds, 2)
                sizes = mended.example_distribution(folds, [18] * 5)
                scores.append([uneven(Y, folds).mean(), uneven(Y, folds)[-1], sizes, pairs])
        assert (np.mean(ours, axis=0) <= 1.02 * np.mean(theirs, axis=0)).all()

    def test_second_order_keeps_pairs_together(self):
        """``order=2`` leaves fewer pairs without evidence in a fold than ``order=1``."""
        missing = {
            order: sum(
                mended.folds_label_combination_pairs_without_evidence(
                    Y, folds_of(IterativeStratification(5, order, random_state=0), Y), 2
                )
                for Y in (skewed(seed=seed) for seed in range(20))
            )
            for order in (1, 2)
        }
        assert missing[2] < missing[1]

    @pytest.mark.parametrize("order", [1, 2])
    def test_shares_are_kept(self, order):
        """Folds of wanted sizes have these sizes, and each its share of each label."""
        Y = skewed(200)
        shares = np.array([0.6, 0.3, 0.1])
        splitter = IterativeStratification(3, order, shares, random_state=0)
        folds = folds_of(splitter, Y)
        assert np.abs([len(fold) for fold in folds] - 200 * shares).max() <= 1
        wanted = np.outer(shares, Y.sum(axis=0))
        assert np.abs([Y[fold].sum(axis=0) for fold in folds] - wanted).max() <= 1.5

    def test_rows_without_labels_level_the_sizes(self):
        """No fold is more than a row larger than another where no label asks for it."""
        sizes = [len(f) for f in folds_of(IterativeStratification(4), np.zeros((10, 2), int))]
        assert sorted(sizes) == [2, 2, 3, 3]

    def test_is_the_original_to_scikit_learn_and_isinstance(self):
        """It is an instance of upstream's class, and a grid search takes it as its cv."""
        Y = skewed()
        splitter = IterativeStratification(3, random_state=0)
        assert isinstance(splitter, upstream.IterativeStratification)
        assert splitter.get_n_splits() == 3
        assert "random_state=0" in repr(splitter)
        X = Y + np.random.default_rng(0).normal(size=Y.shape)
        search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [3]}, cv=splitter)
        found = search.fit(X, Y).cv_results_["mean_test_score"][0]
        scores = [
            clone(search.best_estimator_).fit(X[train], Y[train]).score(X[test], Y[test])
            for train, test in splitter.split(X, Y)
        ]
        assert found == pytest.approx(np.mean(scores))

    @pytest.mark.parametrize(
        "params",
        [
            {"order": 0},
            {"order": 1.5},
            {"sample_distribution_per_fold": [0.5, 0.5]},
            {"sample_distribution_per_fold": [0.5, 0.6, -0.1]},
            {"sample_distribution_per_fold": [0.5, 0.4, 0.2]},
            {"n_splits": 1},
        ],
    )
    def test_bad_parameters_are_named(self, params):
        """Orders are whole, shares are one per fold and sum to 1."""
        name = "n_splits|k-fold" if "n_splits" in params else f"^{next(iter(params))}="
        with pytest.raises(ValueError, match=name):
            IterativeStratification(**params)

    def test_bad_labels_are_named(self):
        """A y of other values, or none, is refused."""
        with pytest.raises(ValueError, match=r"y must .* it also holds"):
            folds_of(IterativeStratification(2), np.full((4, 2), 2))
        with pytest.raises(ValueError, match="requires y"):
            next(IterativeStratification(2).split(np.zeros(4)))


class TestTrainTestSplit:
    """Two folds of wanted sizes, in the caller's containers."""

    @pytest.mark.parametrize("x_name", X_CONTAINERS)
    @pytest.mark.parametrize("y_name", ["ndarray", "frame", "csr_array", "list"])
    def test_containers_come_back_with_the_same_rows(self, x_name, y_name):
        """Both halves are of the kinds that were given, their rows those of arrays (D16)."""
        Y, X = skewed(), np.arange(180.0).reshape(90, 2)
        given_x, given_y = X_CONTAINERS[x_name].hold(X), Y_CONTAINERS[y_name].hold(Y)
        found = iterative_train_test_split(given_x, given_y, 0.3, random_state=0)
        plain = iterative_train_test_split(X, Y, 0.3, random_state=0)
        for at, (part, expected) in enumerate(zip(found, plain, strict=True)):
            cast = X_CONTAINERS[x_name].cast if at % 2 == 0 else np.asarray
            np.testing.assert_array_equal(np.asarray(dense(part), float), cast(expected))
            given = given_y if at % 2 else given_x
            assert type(part) is type(given)
            if not isinstance(given, pd.DataFrame):
                assert_same_kind(part, given)

    def test_frames_keep_their_index(self):
        """The rows of a DataFrame keep their names, those of X and of y alike."""
        Y = pd.DataFrame(skewed(), index=[f"r{i}" for i in range(90)])
        _, train, X_test, test = iterative_train_test_split(Y.add(1), Y, 0.2, random_state=0)
        assert X_test.index.tolist() == test.index.tolist()
        assert sorted([*train.index, *test.index]) == sorted(Y.index)

    @pytest.mark.parametrize("test_size", [0.1, 0.3, 0.5])
    def test_order_sizes_and_stratification(self, test_size):
        """X_train, y_train, X_test, y_test; the share of rows and of every label's bearers."""
        Y = skewed(200)
        X = np.arange(200)[:, None]
        X_train, Y_train, X_test, Y_test = iterative_train_test_split(X, Y, test_size, 0)
        np.testing.assert_array_equal(Y[X_train.ravel()], Y_train)
        np.testing.assert_array_equal(Y[X_test.ravel()], Y_test)
        assert abs(len(X_test) - 200 * test_size) <= 2
        assert np.abs(Y_test.sum(axis=0) - test_size * Y.sum(axis=0)).max() <= 2

    def test_seed_decides(self):
        """One seed, one split."""
        Y = skewed()
        tests = [iterative_train_test_split(Y, Y, 0.3, seed)[2].tolist() for seed in (0, 0, 1)]
        assert tests[0] == tests[1] != tests[2]

    @pytest.mark.parametrize("test_size", [0, 1, 1.5, 30])
    def test_bad_test_size_is_named(self, test_size):
        """A number of rows is no share of them."""
        with pytest.raises(ValueError, match=f"^test_size={test_size}"):
            iterative_train_test_split(skewed(), skewed(), test_size)

    def test_unequal_numbers_of_rows_are_named(self):
        """X and y must have as many rows."""
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            iterative_train_test_split(skewed(9), skewed(8), 0.5)


def literal_combinations(row, order):
    """Return the combinations of one row, recursively."""
    borne = [label for label, bit in enumerate(row) if bit]
    if order == 1:
        return {(label,) for label in borne}
    shorter = literal_combinations(row, order - 1)
    return {(*short, label) for short in shorter for label in borne if label >= short[-1]}


def literal_measures(Y, folds, order):
    """Return FZ, FLZ, the share per fold and LPD, loop by loop from their papers."""
    per_row = [literal_combinations(row, order) for row in Y]
    known = {combination for row in per_row for combination in row}
    fz, flz, shares = 0, 0, []
    for fold in folds:
        lacking = [c for c in known if not any(c in per_row[i] for i in fold)]
        fz += bool(lacking)
        flz += len(lacking)
        shares.append(len(lacking) / len(known))
    total = 0.0
    for combination in known:
        borne = sum(combination in row for row in per_row)
        for fold in folds:
            here = sum(combination in per_row[i] for i in fold)
            total += abs(here / (len(fold) - here) - borne / (len(Y) - borne)) / len(folds)
    return fz, flz, shares, total / len(known)


FOLDS = [[0, 5, 9, 12, 3], list(range(13, 30)), [1, 2, 4, 6, 7, 8, 10, 11]]


class TestMeasures:
    """The six measures of folds, and what they are made of."""

    @pytest.mark.parametrize("container", Y_CONTAINERS)
    @pytest.mark.parametrize("order", [1, 2, 3])
    def test_equal_their_loops_in_any_container(self, container, order):
        """Counts, shares and distribution are those of literal loops (D15, D7, D8)."""
        Y = skewed(30)
        given = Y_CONTAINERS[container].hold(Y)
        fz, flz, shares, distribution = literal_measures(Y, FOLDS, order)
        assert (
            mended.folds_without_evidence_for_at_least_one_label_combination(given, FOLDS, order)
            == fz
        )
        assert mended.folds_label_combination_pairs_without_evidence(given, FOLDS, order) == flz
        found = mended.percentage_of_label_combinations_without_evidence_per_fold(
            given, FOLDS, order
        )
        assert found == pytest.approx(shares)
        found = mended.label_combination_distribution(given, FOLDS, order)
        assert found == pytest.approx(distribution)

    @pytest.mark.parametrize("container", Y_CONTAINERS)
    @pytest.mark.parametrize("order", [1, 2, 3])
    def test_combinations_of_each_row(self, container, order):
        """Each row's set, and their union, are those of a recursion."""
        Y = skewed(30)
        found = mended.get_combination_wise_output_matrix(Y_CONTAINERS[container].hold(Y), order)
        expected = [literal_combinations(row, order) for row in Y]
        assert found.tolist() == expected
        union = mended.get_unique_combinations(found[[0, 4, 7]])
        assert union == expected[0] | expected[4] | expected[7]

    def test_no_row_has_no_combinations(self):
        """The union of nothing is empty."""
        assert mended.get_unique_combinations([]) == set()

    @pytest.mark.parametrize("wrap", [list, np.array, lambda row: sp.csr_array([row])])
    def test_indicator_representation(self, wrap):
        """The columns of the ones."""
        found = mended.get_indicator_representation(wrap([0, 1, 0, 1]))
        assert found.tolist() == [1, 3]

    def test_example_distribution(self):
        """A fold of 3 where 1 was wanted and one of 4 where 5 were: 1.5 on average (D15)."""
        assert mended.example_distribution([[0, 1, 2], [3, 4, 5, 6]], [1, 5]) == 1.5
        with pytest.raises(ValueError, match="desired_size has 1"):
            mended.example_distribution([[0], [1]], [1])

    def test_distribution_at_its_ends(self):
        """What all rows bear differs nowhere; a fold of bearers only is infinitely far."""
        lpd = mended.label_combination_distribution
        assert lpd([[1], [1], [1]], [[0, 1], [2]], 1) == 0
        assert lpd([[1], [1], [0]], [[0, 1], [2]], 1) == np.inf

    @pytest.mark.parametrize(
        ("y", "folds", "order", "message"),
        [
            ([[0, 0]], [[0]], 1, "y bears no label"),
            ([[0, 1]], [[0], []], 1, "fold 1 is empty"),
            ([[0, 1]], [[0]], 0, "^order=0"),
            ([[0, 2]], [[0]], 1, "y must .* it also holds"),
        ],
    )
    def test_what_has_no_answer_is_named(self, y, folds, order, message):
        """No labels, no rows, no order: refused."""
        with pytest.raises(ValueError, match=message):
            mended.label_combination_distribution(y, folds, order)

    def test_pairs_without_evidence_without_labels(self):
        """Where there is no label, no fold lacks one."""
        assert mended.folds_label_combination_pairs_without_evidence([[0], [0]], [[0], [1]], 1) == 0


class TestUpstream:
    """Each defect is still in scikit-multilearn 0.2.0: a failure here is good news."""

    def test_upstream_d14_no_random_state(self):
        """D14: a seed is refused."""
        with pytest.raises(ValueError, match="Setting a random_state has no effect"):
            upstream.IterativeStratification(random_state=0)

    def test_upstream_takes_the_first_combination_not_the_rarest(self):
        """Equal orders: whichever label came first is dealt first, the rarest not before it."""
        module = upstream.iterative_stratification
        assert module._get_most_desired_combination({(0,): [1, 2, 3], (1,): [4]}) == (0,)

    @pytest.mark.parametrize(
        ("name", "arguments"),
        [
            ("folds_without_evidence_for_at_least_one_label_combination", (FOLDS, 1)),
            ("folds_label_combination_pairs_without_evidence", (FOLDS, 1)),
            ("percentage_of_label_combinations_without_evidence_per_fold", (FOLDS, 1)),
        ],
    )
    def test_upstream_d15_unions_of_arrays(self, name, arguments):
        """D15: rows are taken with a list in a list, which numpy reads as one more axis."""
        with pytest.raises((TypeError, IndexError, ValueError)):
            getattr(upstream_measures, name)(skewed(30), *arguments)

    def test_upstream_d15_sum_of_a_generator(self):
        """D15: numpy sums no generator any more."""
        with pytest.raises((TypeError, DeprecationWarning), match="generator"):
            upstream_measures.example_distribution([[0], [1, 2]], [1, 1])

    def test_upstream_d16_frames(self):
        """D16: a DataFrame has no rows to take by [rows, :]."""
        frame = pd.DataFrame(skewed())
        with pytest.raises(Exception, match=r"InvalidIndexError|slice|unhashable|\(array"):
            upstream.iterative_train_test_split(frame, frame, 0.3)
