"""MLARAM and MLTSVM mended: beside their papers written out, and beside upstream where it is right.

What they share with the other classifiers is in test_skmultilearn.py.
"""

from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse as sp
import skmultilearn.adapt as upstream_adapt
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_score
from skmultilearn.adapt import mlaram
from skmultilearn.adapt.mlaram import Neuron

from skml_aemlo import MultiLabelResampledClassifier
from skml_aemlo.skmultilearn import MLARAM, MLTSVM

# upstream answers by way of numpy.matrix
pytestmark = pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")


def make_data(n_samples=90, n_labels=4, seed=0):
    """Return rows in [0, 1] and labels that hang on them."""
    rng = np.random.default_rng(seed)
    X = rng.random((n_samples, 3))
    signal = (X - 0.5) @ rng.normal(size=(3, n_labels)) + rng.normal(
        scale=0.1, size=(n_samples, n_labels)
    )
    return X, (signal > rng.uniform(0, 0.3, size=n_labels)).astype(int)


@pytest.fixture(scope="module")
def data():
    """Return training rows, their labels, and rows to predict."""
    X, Y = make_data()
    return X, Y, make_data(n_samples=25, seed=1)[0]


def literal_aram(X, Y, new, vigilance, threshold):
    """Return labels, shares and the number of neurons, a row and a neuron at a time."""
    lower, span = 0.0, 1.0
    if X.min() < 0 or X.max() > 1:
        lower, span = X.min(), X.max() - X.min()

    def point(row):
        scaled = [min(max((value - lower) / span, 0.0), 1.0) for value in row]
        return scaled + [1.0 - value for value in scaled]

    def overlap(one, other):
        return sum(min(a, b) for a, b in zip(one, other, strict=True))

    neurons = []  # box, labels, number of rows
    for row, labels in zip(X, Y.tolist(), strict=True):
        fuzzy = point(row)
        winner, choice = None, -1.0
        for neuron in neurons:
            common = overlap(neuron[0], fuzzy)
            enough = neuron[1] == labels and common / sum(fuzzy) > vigilance + 1e-12
            if enough and common / sum(neuron[0]) >= choice - 1e-12:
                winner, choice = neuron, common / sum(neuron[0])
        if winner is None:
            neurons.append([fuzzy, labels, 1])
        else:
            winner[0] = [min(a, b) for a, b in zip(winner[0], fuzzy, strict=True)]
            winner[2] += 1

    found, shares = [], []
    for row in new:
        activity = [overlap(box, point(row)) / (sum(box) + 1e-13) for box, _, _ in neurons]
        reach = threshold * (max(activity) - min(activity))
        top = max(activity)
        voting = [
            (a * neuron[2], neuron[1])
            for a, neuron in zip(activity, neurons, strict=True)
            if (top - a) / top <= reach + 1e-15
        ]
        total = sum(weight for weight, _ in voting)
        share = [
            sum(weight for weight, labels in voting if labels[j]) / total for j in range(Y.shape[1])
        ]
        ranked = sorted(range(len(share)), key=lambda j: -share[j])
        gaps = [round(share[a] - share[b], 10) for a, b in pairwise(ranked)]
        if gaps and max(gaps) > 0:
            taken = set(ranked[: gaps.index(max(gaps)) + 1])
        else:
            taken = {j for j in ranked if share[j] >= 0.5 - 1e-12}
        found.append([int(j in taken) for j in range(len(share))])
        shares.append(share)
    return np.array(found), np.array(shares), len(neurons)


@pytest.fixture
def upstream_aram(monkeypatch):
    """Let upstream's MLARAM run at all (D2): put back the names that numpy and scipy lost."""
    monkeypatch.setattr(mlaram, "umath", np)
    monkeypatch.setattr(
        mlaram,
        "_get_label_combination_representation",
        lambda labels: labels.nonzero()[0].tobytes(),
    )
    monkeypatch.setattr(mlaram.scipy, "ones", np.ones, raising=False)


class TestMLARAM:
    """Beside the algorithm written out, and beside upstream in [0, 1]."""

    @pytest.mark.parametrize(("vigilance", "threshold"), [(0.9, 0.02), (0.6, 0.5), (0, 0), (1, 3)])
    @pytest.mark.parametrize("scale", [1, 7])
    def test_equals_the_algorithm_written_out(self, vigilance, threshold, scale, data):
        """Labels, shares and neurons are those of a loop over rows and neurons."""
        X, Y, new = data
        X, new = X * scale - (scale - 1), new * scale - (scale - 1)
        fitted = MLARAM(vigilance, threshold).fit(X, Y)
        labels, shares, n_neurons = literal_aram(X, Y, new, vigilance, threshold)
        assert len(fitted.neurons_) == n_neurons
        np.testing.assert_allclose(fitted.predict_proba(new), shares, atol=1e-9)
        np.testing.assert_array_equal(fitted.predict(new), labels)

    @pytest.mark.parametrize("seed", range(5))
    def test_equals_the_algorithm_on_a_coarse_grid(self, seed):
        """Duplicate rows and rows at corners, where activations tie, give the same neurons."""
        rng = np.random.default_rng(seed)
        X, new = rng.integers(0, 3, (60, 2)) / 2, rng.integers(0, 3, (20, 2)) / 2
        Y = rng.integers(0, 2, (60, 2))
        fitted = MLARAM(0.7, 0.1).fit(X, Y)
        labels, shares, n_neurons = literal_aram(X, Y, new, 0.7, 0.1)
        assert len(fitted.neurons_) == n_neurons
        np.testing.assert_allclose(fitted.predict_proba(new), shares, atol=1e-9)
        np.testing.assert_array_equal(fitted.predict(new), labels)

    @pytest.mark.parametrize("vigilance", [0.5, 0.75, 0.9])
    def test_predicts_as_upstream_where_upstream_is_right(self, vigilance, data, upstream_aram):
        """Fresh, dense, whole and within [0, 1], upstream predicts the same labels."""
        X, Y, new = data
        borne = Y.sum(axis=1) > 0  # without labels upstream names the first
        theirs = upstream_adapt.MLARAM(vigilance).fit(X[borne].copy(), Y[borne].copy())
        ours = MLARAM(vigilance).fit(X[borne], Y[borne])
        ranked = theirs.predict_proba(new)
        np.testing.assert_array_equal(ours.predict(new), theirs.predict(new))
        scaled = ranked / ranked.max(axis=1, keepdims=True)
        expected = ours.predict_proba(new)
        np.testing.assert_allclose(scaled, expected / expected.max(axis=1, keepdims=True))
        for mine, original in zip(ours.neurons_, theirs.neurons, strict=True):
            np.testing.assert_allclose(mine.vc, original.vc)
            np.testing.assert_array_equal(mine.label, original.label)

    def test_a_second_fit_starts_anew(self, data):
        """Fitting other rows leaves nothing of the first ones (silent wrong #2)."""
        X, Y, new = data
        twice = MLARAM().fit(X, Y).fit(X[:20], Y[:20])
        once = MLARAM().fit(X[:20], Y[:20])
        np.testing.assert_array_equal(twice.boxes_, once.boxes_)
        np.testing.assert_array_equal(twice.predict_proba(new), once.predict_proba(new))

    def test_cross_validation_of_a_fitted_one_leaks_nothing(self, data):
        """The scores are those of a fresh one (silent wrong #2)."""
        X, Y, _ = data
        fresh = cross_val_score(MLARAM(), X, Y, cv=3, scoring="f1_macro")
        fitted = cross_val_score(MLARAM().fit(X, Y), X, Y, cv=3, scoring="f1_macro")
        np.testing.assert_array_equal(fresh, fitted)

    @pytest.mark.parametrize("dtype", [int, bool, np.uint8])
    def test_y_stays_as_it_was(self, dtype, data):
        """Counts are kept in the network, not in the caller's labels (silent wrong #1)."""
        given = data[1].astype(dtype)
        fitted = MLARAM(0.5).fit(data[0], given)
        np.testing.assert_array_equal(given, data[1].astype(dtype), strict=True)
        assert fitted.sizes_.max() > 1
        assert fitted.sizes_.sum() == len(given)

    def test_a_row_is_answered_alike_alone_and_in_a_batch(self, data):
        """The scale is the training rows'; rows beyond them are clipped to it."""
        X, Y, new = data
        fitted = MLARAM().fit(X * 10 - 5, Y)
        whole = fitted.predict_proba(new * 10 - 5)
        alone = [fitted.predict_proba(row[None])[0] for row in new * 10 - 5]
        np.testing.assert_array_equal(whole, alone)
        far = fitted.predict_proba([[1e6] * 3, [-1e6] * 3])
        np.testing.assert_array_equal(
            far, fitted.predict_proba([[X.max() * 10 - 5] * 3, [X.min() * 10 - 5] * 3])
        )

    def test_neurons_without_labels_predict_none_and_with_all_all(self):
        """Where no label stands out a share of one half decides."""
        X, Y = [[0.0], [1.0]], [[0, 0, 0], [1, 1, 1]]
        assert MLARAM().fit(X, Y).predict(X).tolist() == Y

    def test_constant_features(self):
        """Rows all alike have no range to divide by."""
        fitted = MLARAM().fit(np.full((3, 2), 7.0), [[1, 0], [1, 0], [0, 1]])
        np.testing.assert_allclose(fitted.predict_proba([[7.0, 7.0]]), [[2 / 3, 1 / 3]])

    def test_a_row_that_no_neuron_knows(self):
        """Opposite corners share nothing: then all neurons vote, by their size."""
        fitted = MLARAM().fit([[0.0], [0.0]], [[1, 0], [1, 1]])
        assert fitted.predict_proba([[1.0]]).tolist() == [[1.0, 0.5]]

    def test_neurons_given_go_on_learning(self, data):
        """Started from another network's neurons it is as if it had seen all rows in turn."""
        X, Y, new = data
        borne = Y.sum(axis=1) > 0
        X, Y = X[borne], Y[borne]
        first = MLARAM(0.8).fit(X[:30], Y[:30])
        given = first.neurons_
        before = [neuron.vc.copy() for neuron in given]
        model = MLARAM(0.8, neurons=given)
        for second in (model.fit(X[30:], Y[30:]), clone(model).fit(X[30:], Y[30:])):
            whole = MLARAM(0.8).fit(X, Y)
            np.testing.assert_array_equal(second.boxes_, whole.boxes_)
            np.testing.assert_array_equal(second.predict_proba(new), whole.predict_proba(new))
        for neuron, box in zip(given, before, strict=True):
            np.testing.assert_array_equal(neuron.vc, box)

    def test_neurons_of_other_data_are_refused(self, data):
        """Their boxes must have the features' size, and their labels the labels' number."""
        with pytest.raises(ValueError, match=r"^neurons hold boxes of 2 numbers and 4 labels; exp"):
            MLARAM(neurons=[Neuron(np.ones(2), np.ones(4))]).fit(*data[:2])

    def test_reset_forgets(self, data):
        """After ``reset`` it is as before ``fit``."""
        fitted = MLARAM(0.8).fit(*data[:2])
        fitted.reset()
        assert vars(fitted) == vars(MLARAM(0.8))

    @pytest.mark.parametrize(
        "params", [{"vigilance": -0.1}, {"vigilance": 2}, {"threshold": -1}, {"threshold": "a"}]
    )
    def test_bad_parameters_are_named(self, params, data):
        """Vigilance is a share, the threshold not below zero."""
        name, value = next(iter(params.items()))
        with pytest.raises(ValueError, match=f"^{name}={value!r}"):
            MLARAM(**params).fit(*data[:2])

    def test_nan_is_refused(self, data):
        """No base classifier is there to decide about NaN."""
        with pytest.raises(ValueError, match="NaN"):
            MLARAM().fit(np.full_like(data[0], np.nan), data[1])

    @pytest.mark.parametrize("model", [MLARAM(), MLTSVM(0.2)])
    @pytest.mark.parametrize("wrap", [np.asarray, sp.csr_array])
    def test_works_in_the_resampled_classifier(self, model, wrap, data):
        """Resampled by a sampler that copies, it answers as fitted on the rows by hand."""
        X, Y, new = data
        wrapped = MultiLabelResampledClassifier(model, "mlros", random_state=0).fit(wrap(X), Y)
        rows = wrapped.sampler_.sample_indices_
        expected = clone(model).fit(X[rows], Y[rows]).predict(new)
        np.testing.assert_array_equal(wrapped.predict(wrap(new)), expected)


def primal(weights, rows, borne, c, penalty):
    """Return what Chen et al. minimise for a label, the slack being what the margin lacks."""
    near, far = rows[borne] @ weights, rows[~borne] @ weights
    slack = np.maximum(0, 1 + far)
    return 0.5 * near @ near + 0.5 * penalty * weights @ weights + c * slack.sum()


def literal_plane(rows, borne, c, penalty):
    """Return a label's plane by the dual, a box-constrained quadratic programme, at full length."""
    H, G = rows[borne], rows[~borne]
    inverse = np.linalg.inv(H.T @ H + penalty * np.eye(rows.shape[1]))
    Q = G @ inverse @ G.T
    solved = minimize(
        lambda a: 0.5 * a @ Q @ a - a.sum(),
        np.full(len(G), c / 2),
        jac=lambda a: Q @ a - 1,
        bounds=[(0, c)] * len(G),
        method="L-BFGS-B",
        options={"maxiter": 10000, "ftol": 1e-15, "gtol": 1e-10, "maxfun": 10**6},
    )
    return -inverse @ G.T @ solved.x


class TestMLTSVM:
    """Beside the quadratic programme of each label, solved by scipy."""

    @pytest.mark.parametrize("wrap", [np.asarray, sp.csr_matrix, sp.csc_array])
    @pytest.mark.parametrize(
        ("c", "penalty", "omega"), [(0.2, 1.0, 1.0), (1.0, 0.5, 1.5), (0.05, 3.0, 0.5)]
    )
    def test_planes_and_labels_are_the_optimal_ones(self, wrap, c, penalty, omega, data):
        """Each label is set against its own negatives (silent wrong #5), at any relaxation."""
        X, Y, new = data
        model = MLTSVM(c, omega, 1e-9, penalty, 5000).fit(wrap(X), Y)
        rows = np.column_stack([X, np.ones(len(X))])
        planes = [literal_plane(rows, column == 1, c, penalty) for column in Y.T]
        np.testing.assert_allclose(
            np.column_stack([model.coef_, model.intercept_]), planes, atol=2e-4
        )
        lengths = [np.sqrt((plane**2).sum()) for plane in planes]
        distance = np.array(
            [
                [
                    -(row @ plane[:-1] + plane[-1]) / length
                    for plane, length in zip(planes, lengths, strict=True)
                ]
                for row in new
            ]
        )
        np.testing.assert_allclose(
            model.decision_function(wrap(new)),
            min(1 / one for one in lengths) - distance,
            atol=2e-4,
        )
        sure = np.abs(model.decision_function(new)) > 1e-3
        expected = distance < min(1 / length for length in lengths)
        assert sure.mean() > 0.98
        np.testing.assert_array_equal(model.predict(wrap(new))[sure], expected[sure])

    def test_no_plane_nearby_is_better(self, data):
        """The paper's objective, with slack, grows in every direction."""
        X, Y, _ = data
        model = MLTSVM(0.3, threshold=1e-9, max_iteration=5000).fit(X, Y)
        rows, rng = np.column_stack([X, np.ones(len(X))]), np.random.default_rng(0)
        for label in range(Y.shape[1]):
            plane = np.append(model.coef_[label], model.intercept_[label])
            least = primal(plane, rows, Y[:, label] == 1, 0.3, 1.0)
            for step in rng.normal(scale=1e-2, size=(50, len(plane))):
                assert primal(plane + step, rows, Y[:, label] == 1, 0.3, 1.0) > least

    def test_decision_function_ranks(self):
        """Far on either side of its negatives, a label's scores sort the rows."""
        X, Y = make_data(n_samples=300, n_labels=1)
        scores = MLTSVM(0.1).fit(X, Y).decision_function(X)
        assert roc_auc_score(Y, scores) > 0.95

    def test_constant_labels_are_predicted_as_constants(self, data):
        """They have no plane, reach nothing, and score beyond the others (silent wrong #6)."""
        X, Y, new = data
        with_constants = np.column_stack([np.ones(len(Y)), Y, np.zeros(len(Y))])
        model, alone = MLTSVM(0.2).fit(X, with_constants), MLTSVM(0.2).fit(X, Y)
        scores = model.decision_function(new)
        np.testing.assert_array_equal(scores[:, 1:-1], alone.decision_function(new))
        assert scores[:, 0].min() > scores[:, 1:-1].max()
        assert scores[:, -1].max() < scores[:, 1:-1].min()
        np.testing.assert_array_equal(model.predict(new)[:, [0, -1]], [[1, 0]] * len(new))

    def test_only_constant_labels(self, data):
        """Without any label to learn there are only constants."""
        given = np.tile([0, 1], (len(data[0]), 1))
        model = MLTSVM().fit(data[0], given)
        np.testing.assert_array_equal(model.predict(data[2]), given[: len(data[2])])

    def test_too_few_sweeps_warn(self, data):
        """What has not converged is named."""
        with pytest.warns(ConvergenceWarning, match=r"labels \[.*max_iteration=2 sweeps: raise it"):
            model = MLTSVM(max_iteration=2).fit(*data[:2])
        assert model.n_iter_.max() == 2

    @pytest.mark.parametrize(
        "params",
        [
            {"c_k": 0},
            {"c_k": "a"},
            {"sor_omega": 2.0},
            {"threshold": 0},
            {"lambda_param": -1},
            {"max_iteration": 0},
        ],
    )
    def test_bad_parameters_are_named(self, params, data):
        """Costs, regularisation and tolerance are above zero, the relaxation below two."""
        name, value = next(iter(params.items()))
        with pytest.raises(ValueError, match=f"^{name}={value!r}; expected a"):
            MLTSVM(**params).fit(*data[:2])

    def test_has_no_probabilities(self):
        """``hasattr`` tells the truth."""
        assert not hasattr(MLTSVM(), "predict_proba")


class TestUpstream:
    """Each defect is still in scikit-multilearn 0.2.0: a failure here is good news."""

    def test_upstream_d2_mlaram_cannot_be_fitted(self, data):
        """D2: scipy has no ``ones``."""
        with pytest.raises(AttributeError, match="ones"):
            upstream_adapt.MLARAM().fit(data[0], data[1].copy())

    def test_upstream_d3_mlaram_and_sparse_rows(self, data, upstream_aram):
        """D3: sparse rows are not learnt, even where dense ones are."""
        with pytest.raises(AttributeError, match="no attribute 'max'"):
            upstream_adapt.MLARAM().fit(sp.lil_matrix(data[0]), data[1].copy())

    def test_upstream_wrong_1_mlaram_writes_into_y(self, data, upstream_aram):
        """Silent wrong #1: the caller's labels become counts, and probabilities leave [0, 1]."""
        given = data[1].copy()
        fitted = upstream_adapt.MLARAM(0.5).fit(data[0], given)
        assert given.max() > 1
        assert fitted.predict_proba(data[2]).max() > 1

    def test_upstream_wrong_2_mlaram_clone_keeps_neurons(self, data, upstream_aram):
        """Silent wrong #2: a clone of a fitted network has learnt already."""
        fitted = upstream_adapt.MLARAM(0.5).fit(data[0], data[1].copy())
        assert len(clone(fitted).neurons) == len(fitted.neurons) > 0

    def test_upstream_mlaram_scales_each_batch_by_itself(self, data, upstream_aram):
        """A row is answered differently alone and among others."""
        X, new = data[0] * 10 - 5, data[2] * 10 - 5
        fitted = upstream_adapt.MLARAM().fit(X, data[1].copy())
        alone = np.vstack([fitted.predict_proba(row[None]) for row in new])
        assert not np.allclose(alone, fitted.predict_proba(new))

    def test_upstream_mlaram_names_a_label_where_there_is_none(self, upstream_aram):
        """A neuron without labels predicts the first, and one of all labels only the first."""
        X, Y = np.array([[0.0], [1.0]]), np.array([[0, 0, 0], [1, 1, 1]])
        fitted = upstream_adapt.MLARAM().fit(X, Y)
        assert fitted.predict(X).tolist() == [[1, 0, 0], [1, 0, 0]]

    @pytest.mark.parametrize("wrap", [np.asarray, sp.csr_matrix])
    def test_upstream_d4_mltsvm_cannot_be_fitted(self, wrap, data):
        """D4: ``.A`` is asked of what has none."""
        with pytest.raises(AttributeError, match="'A'"):
            upstream_adapt.MLTSVM(1).fit(wrap(data[0]), wrap(data[1]))

    def test_upstream_wrong_5_mltsvm_takes_one_labels_negatives(self, data):
        """Silent wrong #5: every label's negatives are the second label's."""
        X, Y, _ = data
        for label in range(Y.shape[1]):
            found = upstream_adapt.mltsvm._get_x_noclass_instances(X, Y, label)
            np.testing.assert_array_equal(found, X[Y[:, 1] == 0])

    def test_upstream_mltsvm_stops_far_from_the_optimum(self, data):
        """The relaxation ends after few sweeps with a much greater objective."""
        X, Y, _ = data
        rows, borne = np.column_stack([X, np.ones(len(X))]), Y[:, 0] == 1
        H, G = rows[borne], rows[~borne]
        Q = G @ np.linalg.inv(H.T @ H + np.eye(4)) @ G.T
        theirs = upstream_adapt.MLTSVM(1)
        theirs.iteration_count = []
        dual = theirs._successive_overrelaxation(1.0, Q).ravel()
        plane = literal_plane(rows, borne, 1.0, 1.0)
        ended = -np.linalg.inv(H.T @ H + np.eye(4)) @ G.T @ dual
        assert theirs.iteration_count[0] < 5
        assert primal(ended, rows, borne, 1, 1) > 3 * primal(plane, rows, borne, 1, 1)

    def test_upstream_mltsvm_default_is_no_cost(self):
        """With ``c_k`` at its default, 0, the dual allows only zeros."""
        assert upstream_adapt.MLTSVM().c_k == 0
