"""A sampler decides, the base applies: shown with samplers that decide by heart."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from skml_aemlo import MLROS, MultiLabelSampler, Resampling

X = np.arange(12.0).reshape(4, 3)
Y = np.array([[1, 0], [1, 1], [0, 1], [1, 0]])


class Scripted(MultiLabelSampler):
    """Do what it was told, and remember what it was shown."""

    def __init__(self, answer: Any = None, random_state: Any = None) -> None:
        self.answer = answer
        self.random_state = random_state

    def _resample(self, X: Any, Y: sp.csr_array, rng: np.random.Generator) -> Resampling:
        self.shown_ = SimpleNamespace(X=X, Y=Y, drawn=rng.random(4).tolist())
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or Resampling(np.arange(Y.shape[0]), Y)


class Blind(Scripted):
    """The same, without reading features."""

    _reads_features = False


def labels(*rows: list[int]) -> sp.csr_array:
    """Return rows of labels as a sampler returns them."""
    return sp.csr_array(np.array(rows, dtype=np.int8))


def test_a_resampling_without_new_features_makes_none():
    """n_new is 0 where X_new is None."""
    assert Resampling(np.array([0, 0]), labels([1, 0], [0, 1])).n_new == 0


def test_a_resampling_counts_its_new_features():
    """n_new is the number of rows of X_new, dense or sparse."""
    for X_new in (np.ones((1, 3)), sp.csr_array(np.ones((1, 3)))):
        assert Resampling(np.array([0, 0]), labels([1, 0], [0, 1]), X_new).n_new == 1


def test_a_resampling_needs_labels_for_every_row():
    """Source and Y of different lengths are refused."""
    with pytest.raises(ValueError, match="source names 3 rows, Y has 2"):
        Resampling(np.array([0, 0, 0]), labels([1, 0], [0, 1]))


def test_a_resampling_needs_a_source_for_every_new_row():
    """More new rows than rows are refused."""
    with pytest.raises(ValueError, match="X_new has 3 rows, the result only 2"):
        Resampling(np.array([0, 0]), labels([1, 0], [0, 1]), np.ones((3, 3)))


def test_a_resampling_is_frozen():
    """A decision is not changed after it was taken."""
    decided = Resampling(np.array([0]), labels([1, 0]))
    with pytest.raises(AttributeError):
        decided.X_new = X


def test_sources_are_applied_and_new_features_appended():
    """Rows before X_new copy their source, the last ones are X_new, and provenance says so."""
    answer = Resampling(np.array([2, 0, 3]), labels([0, 1], [1, 0], [1, 1]), np.full((1, 3), 9.0))
    sampler = Scripted(answer)
    X_res, Y_res = sampler.fit_resample(X, Y)
    assert X_res.tolist() == [[6, 7, 8], [0, 1, 2], [9, 9, 9]]
    assert Y_res.tolist() == [[0, 1], [1, 0], [1, 1]]
    assert sampler.sample_indices_.tolist() == [2, 0, 3]
    assert sampler.is_synthetic_.tolist() == [False, False, True]


def test_a_sampler_may_leave_no_row():
    """An empty answer gives empty containers of the same width."""
    empty = Resampling(np.array([], dtype=int), sp.csr_array((0, 2), dtype=np.int8))
    X_res, Y_res = Scripted(empty).fit_resample(pd.DataFrame(X), Y)
    assert (X_res.shape, Y_res.shape) == ((0, 3), (0, 2))


@pytest.mark.parametrize("given", [X, X.tolist(), X.astype(int), np.asfortranarray(X)])
def test_dense_features_reach_the_sampler_as_one_kind(given):
    """Inside, dense X is a C-contiguous array of doubles."""
    sampler = Scripted()
    sampler.fit_resample(given, Y)
    assert sampler.shown_.X.flags.c_contiguous
    assert sampler.shown_.X.dtype == np.float64


@pytest.mark.parametrize("form", [sp.csr_matrix, sp.csc_array, sp.coo_matrix, sp.lil_array])
def test_sparse_features_reach_the_sampler_as_one_kind(form):
    """Inside, sparse X is a csr_array of doubles with sorted indices."""
    sampler = Scripted()
    sampler.fit_resample(form(X.astype(int)), Y)
    assert isinstance(sampler.shown_.X, sp.csr_array)
    assert sampler.shown_.X.dtype == np.float64
    assert sampler.shown_.X.has_canonical_format


def test_sparse_features_reach_the_sampler_in_order():
    """Unsorted and repeated entries of a csr X are sorted and added up, in a copy."""
    given = sp.csr_array(([1.0, 2.0, 3.0], [2, 0, 2], [0, 3, 3, 3, 3]), shape=(4, 3))
    sampler = Scripted()
    sampler.fit_resample(given, Y)
    assert sampler.shown_.X.indices.tolist() == [0, 2]
    assert sampler.shown_.X.data.tolist() == [2, 4]
    assert given.indices.tolist() == [2, 0, 2]


def test_single_precision_stays_single():
    """float32 is not widened: memory is the caller's choice."""
    sampler = Scripted()
    sampler.fit_resample(X.astype("float32"), Y)
    assert sampler.shown_.X.dtype == np.float32


@pytest.mark.parametrize("given", [Y, Y.tolist(), Y > 0, sp.coo_matrix(Y), pd.DataFrame(Y)])
def test_labels_reach_the_sampler_as_one_kind(given):
    """Inside, Y is a canonical csr_array of int8 ones."""
    sampler = Scripted()
    sampler.fit_resample(X, given)
    shown = sampler.shown_.Y
    assert isinstance(shown, sp.csr_array)
    assert shown.dtype == np.int8
    assert shown.has_canonical_format
    assert shown.data.tolist() == [1] * 5
    assert shown.toarray().tolist() == Y.tolist()


def test_a_sampler_that_spoils_its_labels_spoils_no_callers():
    """What the sampler is shown of a csr Y is a copy."""
    given = sp.csr_array(Y.astype(np.int8))
    sampler = Scripted()
    sampler.fit_resample(X, given)
    sampler.shown_.Y.data[:] = 5
    assert given.toarray().tolist() == Y.tolist()


@pytest.mark.parametrize("family", [sp.csr_array, sp.csr_matrix])
def test_a_sampler_that_spoils_its_sparse_features_spoils_no_callers(family):
    """What the sampler is shown of a csr X of doubles is a copy."""
    given = family(X)
    sampler = Scripted()
    sampler.fit_resample(given, Y)
    sampler.shown_.X.data[:] = 5
    assert given.toarray().tolist() == X.tolist()


def test_features_nobody_reads_reach_the_sampler_unread():
    """A sampler that does not read features is handed the caller's very object."""
    texts = ["a", "b", "c", "d"]
    sampler = Blind()
    sampler.fit_resample(texts, Y)
    assert sampler.shown_.X is texts


def test_a_list_of_texts_has_no_number_of_features():
    """n_features_in_ is absent where rows have no columns."""
    sampler = Blind()
    sampler.fit_resample(["a", "b", "c", "d"], Y)
    assert not hasattr(sampler, "n_features_in_")


def test_one_stream_per_call():
    """An int seed starts the same stream in every call; a RandomState is advanced."""
    seeded = Scripted(random_state=5)
    seeded.fit_resample(X, Y)
    first = seeded.shown_.drawn
    seeded.fit_resample(X, Y)
    assert seeded.shown_.drawn == first
    advanced = Scripted(random_state=np.random.RandomState(5))
    advanced.fit_resample(X, Y)
    first = advanced.shown_.drawn
    advanced.fit_resample(X, Y)
    assert advanced.shown_.drawn != first


def test_a_generator_is_used_as_it_is():
    """The stream of a Generator is the one the sampler draws from."""
    sampler = Scripted(random_state=np.random.default_rng(5))
    sampler.fit_resample(X, Y)
    assert sampler.shown_.drawn == np.random.default_rng(5).random(4).tolist()


def test_every_sampler_accepts_a_generator_where_it_accepts_a_random_state():
    """A subclass that says "random_state" takes numpy's Generator too."""
    sampler = MLROS(random_state=np.random.default_rng(0))
    assert len(sampler.fit_resample(X, [[1, 0], [1, 0], [1, 0], [0, 1]])[0]) == 5


def test_invalid_data_are_refused_before_any_work():
    """The sampler decides nothing about data that do not pass."""
    sampler = Scripted()
    with pytest.raises(ValueError, match="X has 4 rows and Y has 3"):
        sampler.fit_resample(X, Y[:3])
    assert not hasattr(sampler, "shown_")
    assert not hasattr(sampler, "n_features_in_")


def test_a_failure_inside_leaves_no_provenance_of_an_earlier_call():
    """What a sampler knows after it failed is not about other data."""
    sampler = Scripted()
    sampler.fit_resample(X, Y)
    with pytest.raises(RuntimeError, match="out of ideas"):
        sampler.set_params(answer=RuntimeError("out of ideas")).fit_resample(X, Y)
    assert not hasattr(sampler, "sample_indices_")
    assert not hasattr(sampler, "is_synthetic_")


def test_within_a_sequence_the_outer_stream_is_used_unless_seeded():
    """Nested samplers draw from the stream they are handed, or from their own seed."""
    outer, inner = Scripted(), Scripted()
    Y_inside = sp.csr_array(Y, dtype=np.int8)
    inner._resample_within(outer, X, Y_inside, np.random.default_rng(9))
    assert inner.shown_.drawn == np.random.default_rng(9).random(4).tolist()
    inner.set_params(random_state=np.random.default_rng(3))
    inner._resample_within(outer, X, Y_inside, np.random.default_rng(9))
    assert inner.shown_.drawn == np.random.default_rng(3).random(4).tolist()


def test_within_a_sequence_names_are_those_of_the_outer_sampler():
    """A nested sampler knows the labels by the outer one's names."""
    outer, inner = Scripted(), Scripted()
    outer.fit_resample(X, pd.DataFrame(Y, columns=["rare", "common"]))
    inner._resample_within(outer, X, sp.csr_array(Y, dtype=np.int8), np.random.default_rng(0))
    assert inner.label_names_in_.tolist() == ["rare", "common"]


def test_the_base_class_is_abstract():
    """A class without ``_resample`` is no sampler."""
    with pytest.raises(TypeError, match="_resample"):
        MultiLabelSampler()


class Answers(MultiLabelSampler):
    """Answers with whatever it was made to answer."""

    def __init__(self, answer=None):
        self.answer = answer

    def _resample(self, X, Y, rng):
        return self.answer(X, Y)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda X, Y: (X, Y), "must return a Resampling"),
        (lambda X, Y: Resampling(np.arange(4) % 2 == 0, Y), "np.flatnonzero"),
        (lambda X, Y: Resampling(np.arange(4), Y.toarray()), "must be a scipy csr_array"),
        (
            lambda X, Y: Resampling(np.arange(4), Y, X[:1], np.array([True])),
            "reference must be row numbers, .* got bool",
        ),
        (lambda X, Y: Resampling(np.arange(4) - 1, Y), "names source rows outside 0 to 3"),
        (lambda X, Y: Resampling(np.arange(4) + 1, Y), "names source rows outside 0 to 3"),
        (
            lambda X, Y: Resampling(np.arange(4), Y, X[:1], np.array([4])),
            "names reference rows outside 0 to 3",
        ),
        (lambda X, Y: Resampling(np.arange(4), Y[:, :1]), "each of the 2 labels"),
        (lambda X, Y: Resampling(np.arange(4), Y * 2), "0 or 1 for each"),
        (lambda X, Y: Resampling(np.arange(4), Y, X[:1, :2]), "all 3 features"),
        (lambda X, Y: Resampling(np.arange(4), Y, X[:1] * np.nan), "finite values"),
    ],
)
def test_a_wrong_decision_is_refused(answer, message):
    """What a third party's sampler decides is checked before it is applied."""
    X, Y = np.arange(12.0).reshape(4, 3), np.array([[1, 0], [0, 1], [1, 1], [0, 0]])
    sampler = Answers(answer)
    with pytest.raises((TypeError, ValueError), match=message):
        sampler.fit_resample(X, Y)
    assert not hasattr(sampler, "sample_indices_")
