"""What the mended part of scikit-multilearn refuses, and in which words."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.metrics import hamming_loss
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo.skmultilearn import (
    CLEMS,
    MLARAM,
    BinaryRelevance,
    EmbeddingClassifier,
    FixedLabelSpaceClusterer,
    IterativeStratification,
    LabelSpacePartitioningClassifier,
    MatrixLabelSpaceClusterer,
    MLkNN,
    RandomLabelSpaceClusterer,
    SKLearnEmbedder,
    iterative_train_test_split,
    label_combination_distribution,
    load_dataset,
    percentage_of_label_combinations_without_evidence_per_fold,
    save_to_arff,
)

X = np.linspace(0, 1, 24).reshape(12, 2)
Y = np.tile([[1, 0, 1], [0, 1, 0], [1, 1, 0]], (4, 1))


@pytest.mark.parametrize(
    ("y", "problem"),
    [
        (np.ma.masked_array(Y, Y == 1), "masked cells"),
        (Y.astype(str), "it holds <U"),
        (Y.astype(str).astype(object), "it holds object"),
        (Y + 1j, "it holds complex"),
        (sp.csr_array(Y + 0j), "it holds complex"),
        (Y.astype("M8[ns]"), "it holds datetime64"),
    ],
)
def test_what_is_no_number_is_no_label(y, problem):
    """Masks were dropped, imaginary parts too, and texts and dates taken for numbers."""
    for model in (MLARAM(), MLkNN(k=2), IterativeStratification(2)):
        with pytest.raises(ValueError, match=problem):
            list(model.split(X, y)) if hasattr(model, "split") else model.fit(X, y)


@pytest.mark.parametrize("model", [MLARAM(), MLkNN(k=2), BinaryRelevance(DecisionTreeClassifier())])
def test_masked_features_are_refused(model):
    """What is behind the mask was learnt from, and predicted for."""
    hidden = np.ma.masked_array(X, X > 0.5)
    with pytest.raises(ValueError, match="X has masked cells"):
        model.fit(hidden, Y)
    with pytest.raises(ValueError, match="X has masked cells"):
        model.fit(X, Y).predict(hidden)


def test_a_range_beyond_floats_is_refused():
    """Every probability was NaN."""
    with pytest.raises(ValueError, match=r"X spans -1\.7e\+308 to 1\.7e\+308"):
        MLARAM().fit([[-1.7e308], [1.7e308], [0.0]], [[1], [0], [1]])


def test_a_failed_refit_of_an_embedder_leaves_the_first_one():
    """Labelsets of the new data stood beside points of the old."""
    clems = CLEMS(hamming_loss, random_state=0).fit(None, Y)
    linear = SKLearnEmbedder(PCA(2)).fit(None, Y)
    labelsets, first = clems.labelsets_, linear.embedder_
    clems.measure = lambda truth, guess: 1 / 0
    linear.embedder = PCA(50)
    with pytest.raises(ZeroDivisionError):
        clems.fit(None, Y[:, :2])
    with pytest.raises(ValueError, match="n_components"):
        linear.fit(None, Y)
    assert clems.labelsets_ is labelsets
    assert linear.embedder_ is first


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (np.ma.masked_array(X, X > 0.5), "masked cells"),
        (X + 1j, "X holds complex"),
        (sp.csr_array(X + 1j), "X holds complex"),
    ],
)
@pytest.mark.parametrize("sparse", [True, False])
def test_what_a_file_cannot_hold_is_not_written(rows, problem, sparse):
    """Masks and imaginary parts were left out."""
    with pytest.raises(ValueError, match=problem):
        save_to_arff(rows, Y, save_sparse=sparse)


@pytest.mark.parametrize("value", [None, 5])
def test_names_of_data_sets_are_texts(value, tmp_path):
    """An AttributeError came."""
    with pytest.raises(TypeError, match=f"^set_name={value}; expected"):
        load_dataset(value, "train", tmp_path)


def test_numbers_of_any_type_are_labels():
    """Objects that are numbers, and bools, are labels as before."""
    expected = MLkNN(k=2).fit(X, Y).predict(X).toarray()
    for y in (Y.astype(object), Y.astype(bool), Y.astype(np.float32), Y.tolist()):
        np.testing.assert_array_equal(MLkNN(k=2).fit(X, y).predict(X).toarray(), expected)


def test_a_lazy_frame_is_refused_with_the_remedy():
    """Its rows are yet to be computed."""
    pl = pytest.importorskip("polars")
    with pytest.raises(TypeError, match=r"y is a LazyFrame.*y\.collect"):
        MLkNN(k=2).fit(X, pl.DataFrame(Y).lazy())


@pytest.mark.parametrize("fold", [[-1], [99], [0.5], ["a"], np.arange(12) < 6, [[0, 1]]])
def test_folds_are_row_numbers(fold):
    """A mask was read as the rows 0 and 1, -1 as the last row, one half as none."""
    for measure in (
        label_combination_distribution,
        percentage_of_label_combinations_without_evidence_per_fold,
    ):
        with pytest.raises(ValueError, match=r"(?s)folds holds .*0 to 11"):
            measure(Y, [fold, np.arange(12)], 1)


def _relevance():
    return BinaryRelevance(DecisionTreeClassifier())


def _embedding(**params):
    return EmbeddingClassifier(SKLearnEmbedder(PCA(2)), LinearRegression(), _relevance(), **params)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda value: MLkNN(k=2, s=value), "s"),
        (lambda value: MLARAM(vigilance=value), "vigilance"),
        (lambda value: MLARAM(neurons=value), "neurons"),
        (lambda value: BinaryRelevance(DecisionTreeClassifier(), value), "require_dense"),
        (lambda value: _embedding(regressor_per_dimension=value), "regressor_per_dimension"),
    ],
)
@pytest.mark.parametrize("value", ["a", [1], np.nan, -1, object])
def test_parameters_of_classifiers_are_named(make, name, value):
    """One ValueError names the parameter and what came."""
    with pytest.raises(ValueError, match=f"^{name}=.*; expected"):
        make(value).fit(X, Y)


@pytest.mark.parametrize("value", ["a", [1], np.nan, 0, None])
def test_switches_are_true_or_false(value):
    """Anything was taken for its truth value."""
    makers = {
        "allow_overlap": lambda: RandomLabelSpaceClusterer(2, 2, value),
        "pass_input_space": lambda: MatrixLabelSpaceClusterer(KMeans(2), value),
        "is_score": lambda: CLEMS(hamming_loss, value),
    }
    for name, make in makers.items():
        with pytest.raises(ValueError, match=f"^{name}=.*True or False"):
            getattr(make(), "fit_predict" if name != "is_score" else "fit")(X, Y)
    with pytest.raises(ValueError, match=r"^pass_input_space=.*True or False"):
        SKLearnEmbedder(PCA(2), value).fit(X, Y)


@pytest.mark.parametrize("value", [np.inf, True])
def test_smoothing_is_a_finite_number(value):
    """With infinite smoothing every probability was NaN."""
    with pytest.raises(ValueError, match=r"^s="):
        MLkNN(k=2, s=value).fit(X, Y)


def test_huge_smoothing_is_a_number_too():
    """A Python int beyond 64 bits is as good as its float."""
    found, expected = (MLkNN(k=2, s=s).fit(X, Y).predict_proba(X) for s in (10**30, 1e30))
    np.testing.assert_array_equal(found.toarray(), expected.toarray())


@pytest.mark.parametrize("value", ["a", None, [1], np.nan, True])
def test_shares_of_rows_are_named(value):
    """A share of the rows is a number between 0 and 1."""
    with pytest.raises(ValueError, match=r"^test_size=.*between 0 and 1"):
        iterative_train_test_split(X, Y, value)
    if value is not None:
        with pytest.raises(ValueError, match=r"^sample_distribution_per_fold=.*2 shares"):
            IterativeStratification(2, sample_distribution_per_fold=value)


@pytest.mark.parametrize("value", [5, "01", {0: 1}, [0, 1, 2]])
def test_groups_are_named(value):
    """Groups of labels are no numbers, texts or dicts."""
    with pytest.raises(ValueError, match=r"^clusters holds .*expected groups"):
        FixedLabelSpaceClusterer(value).fit_predict(None, Y)


@pytest.mark.parametrize("groups", [[], [[]]])
def test_no_groups_leave_every_label_out(groups):
    """Numpy complained of nothing to concatenate."""
    model = LabelSpacePartitioningClassifier(_relevance(), FixedLabelSpaceClusterer(groups))
    with pytest.raises(ValueError, match=r"left out the labels \[0, 1, 2\]"):
        model.fit(X, Y)


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"measure": "hamming"}, "^measure='hamming'; expected"),
        ({"measure": lambda a, b: np.inf}, "finite costs"),
        ({"params": "eps"}, "^params='eps'; expected"),
        ({"params": [1]}, r"^params=\[1\]; expected"),
    ],
)
def test_clems_names_its_parameters(params, problem):
    """One ValueError names what is wrong."""
    with pytest.raises(ValueError, match=problem):
        CLEMS(**{"measure": hamming_loss, **params}).fit(None, Y)
