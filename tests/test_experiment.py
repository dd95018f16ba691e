"""The grid of cells: what it computes, what it shares, and how it comes back after a crash."""

import json
import os
import sys
import threading
import time
import warnings
from contextlib import nullcontext
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import oracles_metrics
import pandas as pd
import pytest
import scipy.sparse as sp
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, hamming_loss, roc_auc_score
from sklearn.model_selection import KFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_info

from skml_aemlo import (
    AEMLO,
    MLROS,
    MLSMOTE,
    REMEDIAL,
    MultiLabelResampledClassifier,
    MultiLabelSampler,
    Resampling,
    SamplerSequence,
    TunedThresholdsClassifierCV,
)
from skml_aemlo.compare import (
    ESTIMATORS,
    METRICS,
    Experiment,
    RangeScaler,
    make_estimator,
    run,
    summarise,
)
from skml_aemlo.compare.identity import portrait, seed_everything
from skml_aemlo.compare.journal import Journal
from skml_aemlo.datasets import Dataset, make_imbalanced_multilabel
from skml_aemlo.measures import diagnose

SECONDS = ["resample_seconds", "fit_seconds", "predict_seconds"]
RNG = np.random.default_rng(5)
X = RNG.normal(size=(48, 3))
Y = (X + RNG.normal(size=X.shape) > [-0.2, 0.5, 1.1]).astype(int)
TOY = ("toy", X, Y)
TREE = {"tree": DecisionTreeClassifier(max_features=1)}
NESTED = Pipeline(
    [("step1", RangeScaler()), ("step2", TunedThresholdsClassifierCV(DecisionTreeClassifier()))]
)


def grid(
    samplers: Any = ("none", "mlros"), estimators: Any = TREE, *, told: Any = (), **options: Any
) -> pd.DataFrame:
    """Run a small grid on the toy data, which must warn of these troubles and no others."""
    arguments = (options.pop("data", TOY), samplers, estimators)
    with pytest.warns(UserWarning, match="cells") if told else nullcontext([]) as caught:
        table = run(*arguments, **{"cv": "1x2", **options})
    assert [str(item.message).split(":")[0] for item in caught] == list(told)
    return table


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Assert that two tables agree in everything but the time they took."""
    pd.testing.assert_frame_equal(
        one.drop(columns=SECONDS).reset_index(drop=True),
        other.drop(columns=SECONDS).reset_index(drop=True),
        check_exact=True,
    )


class Spy(BaseEstimator):
    """A sampler that remembers what it was given and gives it back."""

    seen: ClassVar[list[Any]] = []

    def __init__(self, categorical_features: Any = "auto", random_state: Any = None) -> None:
        self.categorical_features = categorical_features
        self.random_state = random_state

    def fit_resample(self, X: Any, Y: Any) -> tuple[Any, Any]:
        """Remember and return."""
        Spy.seen.append((X, Y, self.categorical_features, self.random_state))
        return X, Y


class Grumbling(Spy):
    """A sampler that fails on the training folds that hold row 0, and warns on the others."""

    def fit_resample(self, X: Any, Y: Any) -> tuple[Any, Any]:
        """Fail or warn."""
        if X[0, 0] == TOY[1][0, 0]:
            raise RuntimeError("no\nluck")
        warnings.warn("hmm", UserWarning, stacklevel=1)
        return X, Y


ONE_OF_EACH = ["1 of 4 cells failed", "1 of 4 cells warned"]


class SparseOnly(DecisionTreeClassifier):
    """A tree that refuses dense features."""

    def fit(self, X: Any, Y: Any) -> Any:
        """Fit, or complain."""
        assert sp.issparse(X)
        return super().fit(X, Y)


class Silent(KNeighborsClassifier):
    """A classifier without scores."""

    predict_proba = property()


def test_a_cell_scores_what_a_hand_written_loop_scores() -> None:
    """Fit on the training rows, predict the test rows, score with scikit-learn: the same digits."""
    tree = DecisionTreeClassifier(random_state=3)
    table = grid(["none"], {"tree": tree}, cv=KFold(3))
    for (_, row), (train, test) in zip(table.iterrows(), KFold(3).split(X), strict=True):
        predicted = DecisionTreeClassifier(random_state=3).fit(X[train], Y[train]).predict(X[test])
        assert row["macro_f"] == pytest.approx(f1_score(Y[test], predicted, average="macro"))
        assert row["hamming"] == pytest.approx(hamming_loss(Y[test], predicted))
        assert (row["n_rows_before"], row["n_test"]) == (len(train), len(test))


def test_there_is_one_row_per_cell_in_the_order_of_the_arguments() -> None:
    """Data sets, then samplers, then estimators, then repeats and folds."""
    estimators = {"b": DecisionTreeClassifier(), "a": DecisionTreeClassifier()}
    table = grid(["mlros", "none"], estimators, cv="2x2", data=[TOY, ("again", X, Y)])
    cells = table[["dataset", "sampler", "estimator", "repeat", "fold"]].values.tolist()
    expected = [
        [dataset, sampler, estimator, repeat, fold]
        for dataset in ("toy", "again")
        for sampler in ("mlros", "none")
        for estimator in ("b", "a")
        for repeat in (0, 1)
        for fold in (0, 1)
    ]
    assert cells == expected
    # nothing was made that could be diagnosed
    none = table["sampler"] == "none"
    assert set(table.columns[table[none].isna().any()]) == {
        "share_unseen_labelsets",
        "share_duplicates",
        "nearest_real_distance",
        "label_agreement",
        "label_agreement_real",
    }
    assert not table[~none].isna().any().any()


def test_the_table_tells_what_the_samplers_did() -> None:
    """Each fold's diagnosis is that of its training rows, before and after the sampler."""
    folds = list(KFold(3).split(X))
    table = grid({"mlsmote": MLSMOTE(random_state=3), "none": None}, cv=KFold(3))
    for (_, row), (train, _) in zip(table.iterrows(), folds, strict=False):
        sampler = MLSMOTE(random_state=3)
        after = sampler.fit_resample(X[train], Y[train])
        source = sampler.sample_indices_
        found = diagnose(X[train], Y[train], *after, sample_indices=source).to_dict()
        assert row[list(found)].to_dict() == found
    assert table["n_made"].gt(0).tolist() == [True] * 3 + [False] * 3
    assert table.loc[3:, ["n_made", "n_dropped", "cooccurrence_drift"]].eq(0).all().all()


def test_nominal_features_are_told_to_the_diagnosis() -> None:
    """Two values of a nominal feature are as far apart as any others."""
    nominal = np.column_stack([X, np.arange(len(X)) % 5])
    data = Dataset(nominal, Y, list("abcd"), list("xyz"), [False, False, False, True], {3: "vwxyz"})
    table = grid({"mlsmote": MLSMOTE(random_state=3)}, data=data, cv=KFold(2))
    train = next(KFold(2).split(X))[0]
    options = {"categorical_features": [3]}
    after = MLSMOTE(random_state=3, **options).fit_resample(nominal[train], Y[train])
    found = diagnose(nominal[train], Y[train], *after, **options)
    assert table.loc[0, "nearest_real_distance"] == found.nearest_real_distance


def test_a_diagnosis_that_fails_costs_no_cell() -> None:
    """Features with gaps have no distances, but a tree can be scored on their clones."""
    gaps = np.where(X > 1, np.nan, X)
    table = grid(["mlros", "none"], data=("gaps", gaps, Y), told=["2 of 4 cells warned"])
    assert (table["error"] == "").all()
    assert table["macro_f"].notna().all()
    assert table["n_made"].isna().tolist() == [True, True, False, False]
    told = "UserWarning: no diagnosis of the sampler's rows: ValueError: Input X contains NaN"
    assert table["warnings"].str.startswith(told).tolist() == [True, True, False, False]


def test_texts_are_resampled_without_a_word_on_distances() -> None:
    """Clones of texts need no vectoriser; what makes rows says where its vectoriser belongs."""
    model = {"tree": make_pipeline(TfidfVectorizer(), DecisionTreeClassifier())}
    table = grid(["mlros", "none"], model, data=TEXTS)
    assert (table["error"] == "").all()
    assert (table["warnings"] == "").all()
    failed = grid(["mlsmote"], model, data=TEXTS, told=["2 of 2 cells failed"])
    assert failed["error"].str.contains("let the sampler follow it in a pipeline").all()


WORDS = np.random.default_rng(0).choice(["red", "green", "blue", "grey"], (len(Y), 3))
TEXTS = ("texts", [" ".join([*row, f"only{j}"]) for j, row in enumerate(WORDS)], Y)
LINEAR = OneVsRestClassifier(LogisticRegression(C=50))


@pytest.mark.parametrize("sampler", [None, MLROS(random_state=3), MLSMOTE(random_state=3)])
def test_features_are_learned_from_the_training_fold_before_the_sampler(sampler: Any) -> None:
    """As in a pipeline that learns, resamples and fits, which is told of no sampler."""
    inside = MultiLabelResampledClassifier(LINEAR, sampler)
    told = grid(["none"], {"linear": make_pipeline(TfidfVectorizer(), inside)}, data=TEXTS)
    table = grid({"it": sampler}, {"linear": LINEAR}, data=TEXTS, transformer=TfidfVectorizer())
    assert table["macro_f"].tolist() == told["macro_f"].tolist()
    assert (table["error"] == "").all()
    if sampler is not None:
        assert (table["n_rows_after"] > table["n_rows_before"]).all()
        assert table["label_agreement"].notna().all()


def test_a_transformer_is_part_of_what_a_cell_is(tmp_path: Path) -> None:
    """Another one, and none, are other cells of one file; the same one is found again."""
    options = {"cv": "1x2", "out": tmp_path / "results.jsonl"}
    grid(transformer=MinMaxScaler(), **options)
    for transformer, n_missing in (
        (MinMaxScaler(), 0),
        (MinMaxScaler((0, 2)), 4),
        (StandardScaler(), 4),
        (None, 4),
    ):
        again = Experiment(TOY, ["none", "mlros"], TREE, transformer=transformer, **options)
        assert len(again.missing()) == n_missing


class Spoiling(MLROS):
    """Copies rows, and spoils those it was given."""

    def fit_resample(self, X: Any, y: Any) -> Any:
        """Resample a copy."""
        made = super().fit_resample(X.copy(), y)
        X *= 0
        return made


def test_rows_of_a_transformer_are_each_ones_own() -> None:
    """What scales or spoils its rows in place leaves those of the others, and of the caller."""
    before = X.copy()
    tuned = TunedThresholdsClassifierCV(DecisionTreeClassifier(max_features=1), cv=2)
    metrics = ["macro_f", "ranking_loss"]  # answers and scores are asked for one after the other
    tables = [
        grid(
            {"it": sampler},
            {
                "scaled": make_pipeline(StandardScaler(copy=copy), KNeighborsClassifier(3)),
                "again": make_pipeline(MinMaxScaler(copy=copy), KNeighborsClassifier(3)),
                "tuned": tuned,
            },
            transformer=StandardScaler(copy=copy),
            metrics=metrics,
        )
        for copy, sampler in ((True, MLROS(random_state=0)), (False, Spoiling(random_state=0)))
    ]
    assert np.array_equal(X, before)
    assert (tables[1]["error"] == "").all()
    assert tables[0][metrics].equals(tables[1][metrics])


@pytest.mark.parametrize("place", ["transformer", "classifier"])
def test_parameters_may_be_no_numbers(place: str, tmp_path: Path) -> None:
    """An imputer's missing value is NaN, for which JSON has no word."""
    gaps, imputer = np.where(X > 1, np.nan, X), SimpleImputer()
    inside = {"tree": make_pipeline(imputer, DecisionTreeClassifier())}
    options = {"cv": "1x2", "out": tmp_path / "results.jsonl", "data": ("gaps", gaps, Y)}
    if place == "transformer":
        table = grid(["mlros"], transformer=imputer, **options)
    else:
        table = grid(["none"], inside, **options)
    assert (table["error"] == "").all()
    assert table["macro_f"].notna().all()


def test_a_transformer_that_fails_is_a_row_with_its_error() -> None:
    """Texts are no numbers."""
    table = grid(data=TEXTS, transformer=StandardScaler(), told=["4 of 4 cells failed"])
    assert table["error"].str.startswith("ValueError: could not convert string").all()


@pytest.mark.parametrize("wrong", [TfidfVectorizer, "tfidf", LogisticRegression()])
def test_what_learns_no_features_is_refused(wrong: Any) -> None:
    """A class, a name and a classifier, before any work."""
    with pytest.raises(ValueError, match="transformer must be an object that learns features"):
        grid(transformer=wrong)


def test_a_journal_from_before_the_diagnoses_is_read(tmp_path: Path) -> None:
    """Its cells count as computed, and tell NaN."""
    out = tmp_path / "results.jsonl"
    first = grid(["mlros"], out=out)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    for line in lines[1:]:
        for name in ("n_made", "n_dropped", "label_agreement"):
            del line["cell"][name]
    out.write_text("".join(json.dumps(line) + "\n" for line in lines))
    later = grid(["mlros"], out=out)
    same(
        later.drop(columns=["n_made", "n_dropped", "label_agreement"]),
        first.drop(columns=["n_made", "n_dropped", "label_agreement"]),
    )
    assert later[["n_made", "n_dropped", "label_agreement"]].isna().all().all()


def test_the_sampler_sees_the_training_rows_only() -> None:
    """No test row reaches a sampler, and what it leaves untouched reaches the classifier whole."""
    Spy.seen.clear()
    grid({"spy": Spy()}, cv=KFold(3))
    for (rows, labels, *_), (train, _) in zip(Spy.seen, KFold(3).split(X), strict=True):
        np.testing.assert_array_equal(rows, X[train])
        np.testing.assert_array_equal(labels, Y[train])


@pytest.mark.parametrize("sampler", ["none", "mlros"])
def test_a_scaler_that_saves_a_copy_spoils_no_score(sampler: str) -> None:
    """Scaled in place or in a copy, alone or before another, scores are the same to the bit."""
    data = ("far", 3 * X + 7, Y)

    def scores(copies: bool) -> pd.DataFrame:
        scaled = make_pipeline(StandardScaler(copy=copies), KNeighborsClassifier(3))
        nearest = {"scaled": scaled, "plain": KNeighborsClassifier(3)}
        return grid([sampler], nearest, data=data, metrics=["macro_f", "macro_auc"])

    same(scores(copies=False), scores(copies=True))


class Spoiler(Spy):
    """A sampler that returns what it was given, and then writes into what it was given."""

    def fit_resample(self, X: Any, Y: Any) -> tuple[Any, Any]:
        """Leave nothing but zeros."""
        kept = X.copy(), Y.copy()
        X[:], Y[:] = 0, 0
        return kept


def test_a_sampler_that_writes_into_its_rows_is_told_by_the_true_ones() -> None:
    """Its positives before are those of the training folds, and no row is new."""
    experiment = Experiment(TOY, {"spoiler": Spoiler()}, TREE, cv=KFold(3))
    experiment.compute()
    cells = experiment.results().cells
    for cell, (train, _) in zip(cells, KFold(3).split(X), strict=True):
        assert cell["label_counts"]["before"] == Y[train].sum(axis=0).tolist()
    assert set(experiment.table()["n_made"]) == {0}


@pytest.mark.parametrize("kind", ["plain", "tuned"])
def test_a_sampler_that_changes_nothing_scores_exactly_as_none(kind: str) -> None:
    """Samplers are compared under the same random numbers of the classifier."""
    tree = TREE["tree"]
    estimator = tree if kind == "plain" else TunedThresholdsClassifierCV(tree, cv=2)
    table = grid({"none": None, "spy": Spy()}, {"tree": estimator})
    scores = ["macro_f", "micro_f", "macro_auc", "ranking_loss", "hamming"]
    by_sampler = {name: part[scores].to_numpy() for name, part in table.groupby("sampler")}
    np.testing.assert_array_equal(by_sampler["none"], by_sampler["spy"])


class Listed(DecisionTreeClassifier):
    """A tree that lists the rows it is fitted on and those it is asked about."""

    met: ClassVar[list[tuple[str, Any]]] = []

    def fit(self, X: Any, Y: Any) -> Any:
        """List and fit."""
        Listed.met.append(("fitted", np.array(X)))
        return super().fit(X, Y)

    def predict_proba(self, X: Any) -> Any:
        """List and answer."""
        Listed.met.append(("asked", np.array(X)))
        return super().predict_proba(X)


class Relating(MultiLabelSampler):
    """Makes a row between each row and the next, named by the largest first feature."""

    def _resample(self, X: Any, Y: Any, rng: Any) -> Resampling:
        Listed.met.append(("resampled", X.copy()))
        source = np.tile(np.arange(Y.shape[0]), 2)
        made = X + 0.5 * (np.roll(X, 1, axis=0) - X)
        return Resampling(source, Y[source], made, np.roll(np.arange(Y.shape[0]), 1))


def rows_in(table: np.ndarray) -> set[bytes]:
    """Return the rows of a table, each as something a set holds."""
    return {row.tobytes() for row in np.ascontiguousarray(table)}


def test_a_tuned_estimator_holds_out_no_relative_of_a_row_it_trains_on() -> None:
    """Each inner fold is resampled by itself: nothing fitted on comes from a row held out.

    What the sampler is given is what it can clone or move towards, so these rows are looked at.
    """
    Listed.met.clear()
    tuned = TunedThresholdsClassifierCV(Listed(), cv=3)
    folds = KFold(2)
    grid({"relating": Relating()}, {"tuned": tuned}, cv=folds, metrics=["macro_f"])
    for train, test in folds.split(X):
        # the fold shared by other estimators, then three inner folds, then the last fit
        (shared, given), *inner = [Listed.met.pop(0) for _ in range(1 + 3 * 3 + 2 + 1)]
        assert shared == "resampled"
        assert rows_in(given) == rows_in(X[train])
        held_out: list[np.ndarray] = []
        for _ in range(3):
            (_, given), (_, fitted), (asked, scored) = (inner.pop(0) for _ in range(3))
            assert asked == "asked"
            assert rows_in(scored).isdisjoint(rows_in(given))
            assert rows_in(scored) | rows_in(given) == rows_in(X[train])
            made = given + 0.5 * (np.roll(given, 1, axis=0) - given)
            np.testing.assert_array_equal(fitted, np.vstack([given, made]))
            held_out.append(scored)
        assert len(np.vstack(held_out)) == len(train)
        (_, given), (_, fitted), (asked, scored) = inner
        assert rows_in(given) == rows_in(X[train])
        assert len(fitted) == 2 * len(train)
        assert rows_in(scored) == rows_in(X[test])
    assert Listed.met == []


@pytest.mark.parametrize("sampler", ["none", "mlsmote", "mlros"])
def test_tuned_thresholds_change_no_ranking(sampler: str) -> None:
    """In the end, a tuned estimator is fitted on the very rows that the plain one is fitted on."""
    data = make_imbalanced_multilabel(80, 6, 4, random_state=0)
    names = ["br-logistic", "br-logistic-tuned", "mlknn", "mlknn-tuned"]
    told = ["4 of 8 cells warned"] if sampler == "mlsmote" else []
    table = grid([sampler], names, data=data, told=told).set_index("estimator")
    for name in ("br-logistic", "mlknn"):
        for metric in ("macro_auc", "ranking_loss"):
            plain, tuned = table.loc[name, metric], table.loc[f"{name}-tuned", metric]
            np.testing.assert_array_equal(plain, tuned)
    assert table.loc["mlknn", "macro_f"].mean() < table.loc["mlknn-tuned", "macro_f"].mean()


def test_weighted_estimators_weigh_both_classes_alike() -> None:
    """The logistic one answers as scikit-learn's balanced regression of each label."""
    table = grid(["none"], ["br-logistic-weighted", "br-tree-weighted"], cv=KFold(3))
    mine = table[table["estimator"] == "br-logistic-weighted"]["macro_auc"].tolist()
    for (train, test), value in zip(KFold(3).split(X), mine, strict=True):
        scale = MinMaxScaler().fit(X[train])
        model = MultiOutputClassifier(LogisticRegression(class_weight="balanced", max_iter=1000))
        model.fit(scale.transform(X[train]), Y[train])
        scores = np.column_stack([p[:, 1] for p in model.predict_proba(scale.transform(X[test]))])
        assert value == pytest.approx(roc_auc_score(Y[test], scores))
    assert make_estimator("br-tree-weighted").classifier.class_weight == "balanced"


def test_estimators_share_one_resampled_fold() -> None:
    """A second classifier costs no second resampling."""
    Spy.seen.clear()
    grid({"spy": Spy()}, {"one": DecisionTreeClassifier(), "two": DecisionTreeClassifier()})
    assert len(Spy.seen) == 2


def test_results_do_not_depend_on_what_else_is_compared() -> None:
    """Other samplers, estimators and data sets, in any order, leave a cell as it is."""
    alone = grid(["mlros"])
    more = grid(
        ["lpros", "mlros", "none"],
        {"other": KNeighborsClassifier(3), **TREE},
        data=[("first", X[::-1], Y[::-1]), TOY],
    )
    mine = more["dataset"].eq("toy") & more["sampler"].eq("mlros") & more["estimator"].eq("tree")
    same(alone, more[mine])


def test_results_do_not_depend_on_the_number_of_workers() -> None:
    """Two processes compute what one does."""
    same(grid(n_jobs=1), grid(n_jobs=2))


def test_another_seed_gives_other_folds_and_other_rows() -> None:
    """The seed reaches the folds."""
    one, two = (grid(["none"], random_state=seed) for seed in (0, 1))
    assert one["macro_f"].tolist() != two["macro_f"].tolist()


def test_a_second_run_computes_nothing(tmp_path: Path) -> None:
    """The file is left as it is, and the table is the same to the last digit and second."""
    out = tmp_path / "deep" / "results.jsonl"
    first, content = grid(out=out), out.read_bytes()
    experiment = Experiment(TOY, ["none", "mlros"], TREE, cv="1x2", out=out)
    assert experiment.missing() == []
    assert experiment.compute() == 0
    pd.testing.assert_frame_equal(experiment.table(), first, check_exact=True)
    assert out.read_bytes() == content


def cuts(content: bytes) -> list[int]:
    """Return where a kill may leave the file: in, before and after each line's end."""
    ends = [i + 1 for i, byte in enumerate(content) if byte == ord("\n")]
    return [0, 5, *(end + step for end in ends[:-1] for step in (-1, 0, 20)), ends[-1] - 1]


def test_a_killed_run_is_finished_by_the_next(tmp_path: Path) -> None:
    """Whatever byte the file ends at, exactly the missing cells are computed, to the same table."""
    out = tmp_path / "results.jsonl"
    undisturbed, content = grid(out=out), out.read_bytes()
    for cut in cuts(content):
        out.write_bytes(content[:cut])
        whole_cells = max(content[:cut].count(b"\n") - 1, 0)
        experiment = Experiment(TOY, ["none", "mlros"], TREE, cv="1x2", out=out)
        assert experiment.compute() == 4 - whole_cells, cut
        same(experiment.table(), undisturbed)
        assert [json.loads(line) for line in out.read_text().splitlines()]


@pytest.mark.parametrize(
    "change",
    [
        {"random_state": 1},
        {"samplers": {"none": None, "mlros": MLROS(fraction=0.4)}},
        {"estimators": {"tree": DecisionTreeClassifier(max_features=1, max_depth=2)}},
        {"data": ("toy", X + 1e-9, Y)},
        {"data": ("toy", X, 1 - Y)},
        {"data": ("renamed", X, Y)},
        {"cv": KFold(2)},
        {"convention": "mulan"},
    ],
    ids=["seed", "sampler", "estimator", "features", "labels", "name", "folds", "convention"],
)
def test_a_changed_argument_starts_new_cells(tmp_path: Path, change: dict[str, Any]) -> None:
    """Results of other arguments are neither taken nor lost."""
    out = tmp_path / "results.jsonl"
    original = grid(out=out)
    changed = grid(**change, out=out)
    same(changed, grid(**change))
    pd.testing.assert_frame_equal(grid(out=out), original, check_exact=True)
    lines = out.read_text().splitlines()
    first, second, third = (line for line in lines if "experiment" in json.loads(line))
    assert first == third != second  # the last one is the one to report


def test_a_metric_added_later_keeps_the_others(tmp_path: Path) -> None:
    """The cells are computed again for the new metric, and then hold both."""
    out = tmp_path / "results.jsonl"
    first = grid(out=out, metrics=["macro_f"])
    grid(out=out, metrics=["hamming"])
    wanted = ["macro_f", "hamming"]
    both = Experiment(TOY, ["none", "mlros"], TREE, cv="1x2", out=out, metrics=wanted)
    assert both.missing() == []
    assert both.table()["macro_f"].tolist() == first["macro_f"].tolist()
    assert both.table()["hamming"].notna().all()


def test_results_of_two_conventions_are_never_mixed(tmp_path: Path) -> None:
    """One file holds both, each under its own keys, and each table is that of its own run."""
    out, wanted = tmp_path / "results.jsonl", ["macro_f", "coverage"]
    ours, theirs = (
        Experiment(TOY, ["none"], TREE, cv="1x2", out=out, metrics=wanted, convention=convention)
        for convention in ("default", "mulan")
    )
    plain = Experiment(TOY, ["none"], TREE, cv="1x2", metrics=wanted)
    keys = [[planned.key for planned in one.plan] for one in (ours, theirs, plain)]
    assert keys[0] == keys[2]
    assert not set(keys[0]) & set(keys[1])
    assert ours.compute() == theirs.compute() == 2
    tables = [one.table() for one in (ours, theirs)]
    # Mulan counts one less for every row with labels, and ties can only take more away
    bears = [(Y[planned.fold.test].sum(axis=1) > 0).mean() for planned in ours.plan]
    assert (tables[0]["coverage"] - tables[1]["coverage"] >= np.array(bears) - 1e-12).all()
    assert [one.describe()["convention"] for one in (ours, theirs)] == ["default", "mulan"]
    assert theirs.describe()["metrics"] == {n: METRICS[n].others["mulan"] for n in wanted}


def test_all_metrics_and_the_calibration_error_are_columns() -> None:
    """The error is that of the tree's own probabilities, fold by fold; margins have none."""
    tree = DecisionTreeClassifier(max_depth=1, random_state=0)
    table = grid(["none"], {"tree": tree}, cv=KFold(3), metrics="all")
    assert set(METRICS) <= set(table)
    assert table[list(METRICS)].notna().all(axis=None)
    for (_, row), (train, test) in zip(table.iterrows(), KFold(3).split(X), strict=True):
        fitted = clone(tree).fit(X[train], Y[train])
        sure = np.column_stack([one[:, 1] for one in fitted.predict_proba(X[test])])
        loops = oracles_metrics.calibration_error(Y[test].tolist(), sure.tolist(), 10)
        assert row["calibration_error"] == pytest.approx(loops, abs=1e-12)
    margins = grid(["none"], {"margins": OneVsRestClassifier(LinearSVC())}, cv=KFold(3))
    assert margins["calibration_error"].isna().all()
    assert grid(["none"], metrics=["macro_f"])["calibration_error"].isna().all()


def test_splits_given_once_serve_every_data_set() -> None:
    """A generator is read once, not once a data set."""
    both = [("one", X, Y), ("two", X, 1 - Y)]
    table = grid(["none"], data=both, cv=KFold(3).split(X))
    same(table, grid(["none"], data=both, cv=KFold(3)))
    assert len(table) == 6


def test_a_failing_cell_is_a_row_and_the_run_goes_on(tmp_path: Path) -> None:
    """The error is told in one line, the other cells finish, and no number is made up."""
    out = tmp_path / "results.jsonl"
    samplers = {"grumbling": Grumbling(), "none": None}
    table = grid(samplers, cv=KFold(2), out=out, metrics=["macro_f"], told=ONE_OF_EACH)
    assert table["error"].tolist() == ["", "RuntimeError: no luck", "", ""]
    assert table["macro_f"].isna().tolist() == [False, True, False, False]
    assert table["n_test"].tolist() == [24] * 4
    traces = [json.loads(line)["cell"]["traceback"] for line in out.read_text().splitlines()[1:]]
    assert sum("in fit_resample" in (trace or "") for trace in traces) == 1


def test_a_failing_estimator_costs_its_own_cells_only() -> None:
    """The other estimator of the same resampled fold finishes."""
    table = grid(["none"], {"knn": KNeighborsClassifier(100), **TREE}, told=["2 of 4 cells failed"])
    failed = table["error"].str.startswith("ValueError: Expected n_neighbors")
    assert failed.tolist() == [True, True, False, False]


class Moody(Spy):
    """A sampler that fails as long as a file is there."""

    def __init__(self, path: str = "", random_state: Any = None) -> None:
        self.path = path
        self.random_state = random_state

    def fit_resample(self, X: Any, Y: Any) -> tuple[Any, Any]:
        """Fail or give back."""
        if Path(self.path).exists() and X[0, 0] == TOY[1][0, 0]:
            raise RuntimeError("no luck")
        return X, Y


def test_failed_cells_are_tried_again_on_request_only(tmp_path: Path) -> None:
    """A cell that failed is finished; on request exactly such cells are computed once more."""
    out, cause = tmp_path / "results.jsonl", tmp_path / "cause"
    cause.touch()
    samplers = {"moody": Moody(str(cause)), "none": None}
    told = ["2 of 6 cells failed"]
    first = grid(samplers, cv=KFold(3), out=out, told=told)
    assert (first["error"] != "").tolist() == [False, True, True, False, False, False]
    content = out.read_bytes()
    pd.testing.assert_frame_equal(grid(samplers, cv=KFold(3), out=out, told=told), first)
    assert out.read_bytes() == content
    cause.unlink()
    again = grid(samplers, cv=KFold(3), out=out, retry_failed=True)
    assert (again["error"] == "").all()
    rows = [0, 3, 4, 5]
    pd.testing.assert_frame_equal(again.loc[rows], first.loc[rows], check_dtype=False)
    new = out.read_bytes().removeprefix(content).splitlines()
    assert [json.loads(line)["cell"]["fold"] for line in new] == [1, 2]


def test_failures_kept_and_new_are_counted_once_each_by_the_bar(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """What failed before is counted from the start; what is tried again only when it ends."""
    out, samplers = tmp_path / "results.jsonl", {"grumbling": Grumbling()}
    options: dict[str, Any] = {"cv": KFold(2), "out": out}
    grid(samplers, **options, told=["1 of 2 cells failed", "1 of 2 cells warned"])
    for retry in (False, True):
        both = {**samplers, "none": None}
        grid(both, **options, retry_failed=retry, progress=True, told=ONE_OF_EACH)
        told = capsys.readouterr().err
        assert "4/4" in told
        assert "1 failed" in told
        assert "2 failed" not in told


def test_an_error_of_one_metric_does_not_stay_on_the_others(tmp_path: Path) -> None:
    """A cell that failed for want of scores is computed again when only labels are asked for."""
    out, silent = tmp_path / "results.jsonl", {"silent": Silent(3)}
    for metric, failed in (("macro_f", False), ("macro_auc", True), ("macro_f", False)):
        told = ["2 of 2 cells failed"] if failed else []
        table = grid(["none"], silent, metrics=[metric], out=out, told=told)
        assert (table["error"] != "").tolist() == [failed] * 2


class Quitting(Spy):
    """A sampler that raises whatever it is told to."""

    def __init__(self, error: Any = None, random_state: Any = None) -> None:
        self.error = error
        self.random_state = random_state

    def fit_resample(self, X: Any, Y: Any) -> tuple[Any, Any]:
        """Raise."""
        raise self.error


class Sealed(Exception):
    """An error that neither pickles nor tells anything."""

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def __str__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (SystemExit("bye"), "SystemExit: bye"),
        (MemoryError(), "MemoryError:"),
        (Sealed, "Sealed: an error without a text"),
    ],
)
def test_no_error_but_an_interrupt_ends_the_run(error: Any, line: str) -> None:
    """Whatever a cell raises is its error."""
    samplers, told = {"quitting": Quitting(error), "none": None}, ["2 of 4 cells failed"]
    table = grid(samplers, metrics=["macro_f"], told=told)
    assert table["error"].tolist() == [line, line, "", ""]


def test_an_interrupt_ends_the_run_and_keeps_what_is_finished(tmp_path: Path) -> None:
    """It is a person's, never a cell's."""
    out = tmp_path / "results.jsonl"
    with pytest.raises(KeyboardInterrupt):
        grid({"none": None, "quitting": Quitting(KeyboardInterrupt)}, out=out)
    assert len(Journal(out).cells) == 2
    experiment = Experiment(TOY, ["none"], TREE, cv="1x2", out=out)
    assert experiment.missing() == []


class Boundless(Spy):
    """A sampler that tells of infinity and of NaN."""

    def fit_resample(self, X: Any, Y: Any) -> tuple[Any, Any]:
        """Tell nonsense of rows."""
        self.is_synthetic_ = np.array([np.inf])
        return X, Y


def test_infinity_is_nothing_in_the_file(tmp_path: Path) -> None:
    """Each line is JSON as every other language reads it."""
    out = tmp_path / "results.jsonl"
    table = grid({"boundless": Boundless()}, out=out)
    assert table["share_synthetic"].isna().all()
    assert (table["error"] == "").all()

    def refuse(name: str) -> None:
        raise AssertionError(name)

    for line in out.read_text().splitlines():
        json.loads(line, parse_constant=refuse)


def test_a_cell_whose_worker_dies_is_a_row_and_costs_no_other(tmp_path: Path) -> None:
    """Cells of the same task and of the task beside it score as ever, each written once."""

    class Ending(DecisionTreeClassifier):
        """A tree whose process ends without a word where it meets row 0; it tells its threads."""

        def fit(self, X: Any, Y: Any) -> Any:
            if X[0, 0] == TOY[1][0, 0]:
                os._exit(3)
            threads = {library["num_threads"] for library in threadpool_info()}
            warnings.warn(f"threads {threads}", UserWarning, stacklevel=1)
            return super().fit(X, Y)

    out = tmp_path / "results.jsonl"
    options: dict[str, Any] = {"cv": KFold(2), "metrics": ["macro_f"]}
    estimators = {"ending": Ending(), **TREE}
    table = grid(["none"], estimators, n_jobs=2, out=out, told=ONE_OF_EACH, **options)
    ending, tree = (table[table["estimator"] == name] for name in ("ending", "tree"))
    assert ending["error"].str.contains(r"^WorkerDied: .*EXIT\(3\).*memory").tolist() == [
        False,
        True,
    ]
    assert ending["warnings"].tolist() == ["UserWarning: threads {1}", ""]
    # the rows of the dead cell are unknown, so the others' numbers of rows are no integers
    same(
        tree.astype({name: int for name in tree if name.startswith("n_")}),
        grid(["none"], **options),
    )
    assert len(out.read_text().splitlines()) == 1 + len(table)


def test_a_network_trains_on_one_thread_beside_another_worker() -> None:
    """Torch, whose own default is a thread per core, tells from inside the training."""
    torch = pytest.importorskip("torch")

    def tell(*_: Any) -> None:
        pools = {library["num_threads"] for library in threadpool_info()}
        warnings.warn(f"{torch.get_num_threads()} of {pools}", UserWarning, stacklevel=1)

    samplers = {"aemlo": AEMLO(epochs=1, callback=tell)}
    table = grid(samplers, n_jobs=2, metrics=["macro_f"], told=["2 of 2 cells warned"])
    assert table["error"].tolist() == ["", ""]
    assert table["warnings"].tolist() == ["UserWarning: 1 of {1}"] * 2


SMALL = {"epochs": 3, "latent_dim": 4, "hidden_dims": (4, 4, 4)}
VARIANTS = {
    "few": AEMLO(fraction=0.2, **SMALL),
    "wide": AEMLO(fraction=0.2, **{**SMALL, "latent_dim": 5}),
    "many": AEMLO(fraction=0.6, **SMALL),
}


def test_samplers_that_can_share_a_network_do_and_score_as_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three variants of AEMLO, two networks a fold; each cell is that of a run of its own."""
    network = pytest.importorskip("skml_aemlo.samplers._network")
    train, trained = network.train, []
    monkeypatch.setattr(network, "train", lambda *args: trained.append(0) or train(*args))
    table = grid(VARIANTS)
    assert len(trained) == 4
    for name, sampler in VARIANTS.items():
        same(table[table["sampler"] == name], grid({name: sampler}))
    assert table["n_made"].gt(0).all()
    same(table, grid(VARIANTS, n_jobs=2))


def test_networks_of_inner_folds_are_shared_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tuned classifiers, three inner folds each: seven networks a fold, for both variants."""
    network = pytest.importorskip("skml_aemlo.samplers._network")
    train, trained = network.train, []
    monkeypatch.setattr(network, "train", lambda *args: trained.append(0) or train(*args))
    estimators = ["br-tree", "br-tree-tuned", "mlknn-tuned"]
    table = grid({"few": VARIANTS["few"], "many": VARIANTS["many"]}, estimators)
    assert not table["error"].any()
    assert len(trained) == 2 * (1 + 3 + 3)


def test_a_network_that_was_shared_costs_each_cell_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Training takes half a second longer; both variants tell so, though one of them trained."""
    network = pytest.importorskip("skml_aemlo.samplers._network")
    train = network.train
    monkeypatch.setattr(network, "train", lambda *args: time.sleep(0.5) or train(*args))
    table = grid({name: VARIANTS[name] for name in ("few", "many")})
    assert table["resample_seconds"].ge(0.5).all()


def test_variants_of_one_sampler_get_the_same_random_numbers() -> None:
    """Whatever they are called, and those of a named sampler: both clone the same rows."""
    table = grid({"mlros": MLROS(), "mine": MLROS(), "more": MLROS(fraction=0.5)})
    first, second = (
        table[table["sampler"] == name].drop(columns="sampler") for name in ("mlros", "mine")
    )
    same(first, second)


def test_a_batch_whose_worker_dies_is_taken_apart(tmp_path: Path) -> None:
    """Of two samplers that share, one ends its process: only its own cells are lost."""

    class Sharing(MLROS):
        """It has something to share with those like it."""

        _costly_settings = ("random_state",)

        def fit_resample(self, X: Any, Y: Any) -> Any:
            if self.fraction == 0.25:
                os._exit(3)
            return super().fit_resample(X, Y)

    out = tmp_path / "results.jsonl"
    samplers = {"deadly": Sharing(fraction=0.25), "sound": Sharing(fraction=0.5)}
    options: dict[str, Any] = {"cv": "1x2", "metrics": ["macro_f"]}
    table = grid(samplers, n_jobs=2, out=out, told=["2 of 4 cells failed"], **options)
    deadly, sound = (table[table["sampler"] == name] for name in samplers)
    assert deadly["error"].str.startswith("WorkerDied").tolist() == [True, True]
    assert sound["error"].tolist() == ["", ""]
    reference = grid({"mlros": MLROS(fraction=0.5)}, **options)  # other clones, as many
    assert sound["n_rows_after"].tolist() == reference["n_rows_after"].tolist()
    assert len(out.read_text().splitlines()) == 1 + len(table)


def test_nothing_is_computed_where_nothing_can_be_written(tmp_path: Path) -> None:
    """The place is tried before the first cell."""
    (tmp_path / "file").touch()
    Spy.seen.clear()
    with pytest.raises(OSError, match=r"cannot be .*choose another place"):
        grid({"spy": Spy()}, out=tmp_path / "file" / "results.jsonl")
    out = tmp_path / "results.jsonl"
    with Journal(out).writing(), pytest.raises(BlockingIOError, match="another process"):
        grid({"spy": Spy()}, out=out)
    assert Spy.seen == []


def test_warnings_are_kept_in_the_row() -> None:
    """They are not repeated, and they say which cells they belong to."""
    table = grid({"grumbling": Grumbling(), "none": None}, cv=KFold(2), told=ONE_OF_EACH)
    assert table["warnings"].tolist() == ["UserWarning: hmm", "", "", ""]


def test_a_run_ends_by_saying_how_many_cells_failed_and_warned(tmp_path: Path) -> None:
    """With the first of each and its column, at the caller's line, cells of before included."""
    experiment = (TOY, {"none": None, "grumbling": Grumbling()}, TREE)
    for _ in range(2):
        with pytest.warns(UserWarning, match="cells") as caught:
            run(*experiment, cv=KFold(2), out=tmp_path / "results.jsonl")
        assert [str(item.message) for item in caught] == [
            "1 of 4 cells failed: see the column 'error'; first: toy, grumbling, tree, repeat 0, "
            "fold 1: RuntimeError: no luck",
            "1 of 4 cells warned: see the column 'warnings'; first: toy, grumbling, tree, "
            "repeat 0, fold 0: UserWarning: hmm",
        ]
        assert {item.filename for item in caught} == {__file__}


def test_scores_are_asked_for_only_when_a_metric_needs_them() -> None:
    """A classifier without scores can be compared on its labels, and says so otherwise."""
    assert (grid(["none"], {"silent": Silent(3)}, metrics=["macro_f"])["error"] == "").all()
    told = ["2 of 2 cells failed"]
    errors = grid(["none"], {"silent": Silent(3)}, metrics=["macro_auc"], told=told)["error"]
    assert errors.str.contains("neither predict_proba nor decision_function").all()


def test_decision_functions_serve_as_scores() -> None:
    """Probabilities are preferred, confidences taken."""
    table = grid(["none"], {"logistic": MultiOutputClassifier(LogisticRegression())})
    assert table["macro_auc"].between(0.5, 1).all()


def test_sparse_features_stay_sparse() -> None:
    """No cell makes them dense, and they score as the dense ones do."""
    spread = np.where(X > 0, X, 0)
    sparse, dense = (
        grid(["none", "mlros"], {"tree": tree(max_features=1)}, data=("toy", container(spread), Y))
        for tree, container in ((SparseOnly, sp.csr_array), (DecisionTreeClassifier, np.array))
    )
    assert (sparse["error"] == "").all()
    assert sparse["macro_f"].tolist() == dense["macro_f"].tolist()


def test_nominal_features_are_told_to_samplers_that_ask() -> None:
    """A data set's own mask replaces "auto", and nothing else."""
    nominal = np.column_stack([X[:, :2], Y[:, 0]])
    mask, names = [False, False, True], ["a", "b", "c"]
    data = Dataset(nominal, Y, names, names, mask, {2: ["x", "y"]}, name="nominal")
    Spy.seen.clear()
    grid({"asks": Spy(), "knows": Spy(categorical_features=None)}, data=data)
    assert [np.asarray(told).tolist() for _, _, told, _ in Spy.seen] == [mask, mask, None, None]


def test_a_seed_given_explicitly_is_kept() -> None:
    """Only what is None is seeded, each fold by itself."""
    Spy.seen.clear()
    grid({"free": Spy(), "fixed": Spy(random_state=7)})
    free, other, *fixed = (seed for *_, seed in Spy.seen)
    assert fixed == [7, 7]
    assert free != other
    assert isinstance(free, int)


class Bare:
    """A classifier that nothing can copy."""

    def fit(self, X: Any, Y: Any) -> Any:
        """Do nothing."""


def test_every_part_of_an_estimator_gets_its_own_seed() -> None:
    """A sequence's samplers do not share one stream."""
    sequence = SamplerSequence([("one", MLROS()), ("two", MLROS())])
    params = seed_everything(sequence, "words").get_params()
    seeds = [params[name] for name in ("random_state", "one__random_state", "two__random_state")]
    assert len(set(seeds)) == 3
    assert None not in seeds


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"samplers": ["mlrso"]}, "mlros"),
        (
            {"samplers": {"none": None, "mine": MLSMOTE(n_neighbors=0)}},
            "samplers: mine: The 'n_neighbors' parameter of MLSMOTE must be .* Got 0 instead",
        ),
        (
            {
                "samplers": {
                    "two": SamplerSequence([("one", MLROS()), ("two", MLROS(fraction="much"))])
                }
            },
            "samplers: two: The 'fraction' parameter of MLROS must be .* Got 'much' instead",
        ),
        ({"estimators": ["br-tre"]}, "did you mean 'br-tree'"),
        ({"metrics": ["auc"]}, "unknown metric 'auc'"),
        ({"metrics": None}, "metrics must be a list of names, got None"),
        ({"metrics": [["hamming"]]}, "unknown metric \\['hamming'\\]"),
        ({"out": 5}, "out must be a path, got 5"),
        ({"out": "a\0b"}, "out='a.x00b' holds a null"),
        ({"cv": b"2x5"}, "cv must be repeats x folds"),
        ({"samplers": {"a": MLROS}}, "samplers has the class MLROS as 'a'; make an object"),
        ({"samplers": MLROS}, "samplers is the class MLROS"),
        ({"estimators": {"a": Bare()}}, "Bare as 'a', which lacks get_params"),
        ({"convention": "sklern"}, "did you mean 'sklearn'"),
        ({"cv": "10x1"}, "no rows to train on"),
        ({"cv": (1, 2)}, "^cv must be repeats x folds such as '2x5'"),
        ({"random_state": None}, "random_state must be an integer"),
        ({"data": [TOY, TOY]}, "'toy' twice"),
        ({"data": []}, "datasets is empty"),
        ({"data": [X]}, r"Dataset objects or \(name, X, Y\)"),
        ({"data": ("toy", X[:3], Y)}, "3 rows of features and 48 of labels"),
        ({"samplers": []}, "samplers is empty"),
        ({"samplers": MLROS()}, r"samplers is MLROS\(\); tables need a name"),
        ({"samplers": None}, "samplers is None; tables need a name"),
        ({"samplers": [MLROS()]}, r"got MLROS\(\) without a name"),
        ({"samplers": {"none", "mlros"}}, "samplers is a set"),
        ({"samplers": ["none", "none"]}, "samplers holds 'none' twice"),
        ({"samplers": 3}, "samplers must be a list, got int"),
        ({"estimators": DecisionTreeClassifier()}, "estimators is DecisionTree.* need a name"),
        ({"data": (X, Y)}, r"without the name.* give \('mine', X, Y\)"),
        ({"data": "synthetic"}, "load it first"),
        ({"data": 3}, "datasets must be a list, got int"),
        ({"n_jobs": 0}, "n_jobs must be None or a whole number but 0"),
        ({"n_jobs": "x"}, "n_jobs must be"),
        ({"random_state": -1}, "must not be negative, got -1"),
        ({"estimators": {"x": object()}}, "estimators must be names"),
        ({"estimators": {"x": NESTED}}, "TunedThresholdsClassifierCV as step2, .* outermost"),
    ],
)
def test_wrong_arguments_are_refused_before_any_work(
    tmp_path: Path, options: dict[str, Any], problem: str
) -> None:
    """One clear line, and no file."""
    with pytest.raises(ValueError, match=problem):
        grid(**{"out": tmp_path / "results.jsonl", **options})
    assert list(tmp_path.iterdir()) == []


def test_missing_pandas_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, the message says how to install it, before any work."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install 'skml_aemlo\[compare\]'"):
        grid()


@pytest.mark.parametrize("name", list(ESTIMATORS))
def test_every_named_estimator_runs_on_dense_and_sparse_features(name: str) -> None:
    """Sparse features, which only MLkNN's kin and the logistic scale, are scored as well."""
    data = make_imbalanced_multilabel(60, 6, 4, random_state=0)
    sparse = ("sparse", sp.csr_array(np.where(data.X > 0, data.X, 0)), data.Y)
    table = grid(["none"], [name], data=[("dense", data.X, data.Y), sparse])
    assert table["error"].tolist() == [""] * 4
    assert table["macro_auc"].between(0, 1).all()


def test_range_scaler_keeps_distances_of_sparse_and_dense_features_alike() -> None:
    """Shifting moves every row alike, so only the division counts."""
    spread = np.where(X > 0, X * [1, 100, 0], 0)
    dense = RangeScaler().fit_transform(spread)
    sparse = RangeScaler().fit_transform(sp.csr_array(spread))
    assert sp.issparse(sparse)
    np.testing.assert_allclose(
        dense[:, None] - dense, sparse.toarray()[:, None] - sparse.toarray(), atol=1e-12
    )
    assert (dense.min(axis=0) == 0).all()
    assert dense.max(axis=0).tolist() == [1, 1, 0]


def test_portraits_tell_functions_and_parameters_apart() -> None:
    """Two lambdas share a name, two samplers a class: their cells must not."""
    functions = [lambda Y: [0], lambda Y: [1]]
    portraits = [portrait(MLROS(sampling_strategy=function)) for function in functions]
    assert portraits[0] != portraits[1]
    assert portrait(REMEDIAL()) == portrait(REMEDIAL())
    assert portrait(sp.csr_array(X)) != portrait(sp.csr_array(X + 1))
    assert portrait(make_estimator("mlknn")) != portrait(make_estimator("brknn"))


def test_what_cannot_be_identified_is_refused() -> None:
    """A parameter that no one can tell from another would mix cells."""
    with pytest.raises(ValueError, match="neither described nor pickled"):
        portrait({"lock": threading.Lock()})


def test_summary_averages_folds_and_ranks_samplers() -> None:
    """Means and deviations are numpy's, ranks are scipy's, for either direction."""
    table = grid(["none", "mlros", "lpros"], cv="1x3", data=[TOY, ("flipped", -X, Y)])
    summary = summarise(table, ["macro_f", "hamming"])
    for (metric, dataset), part in summary.groupby(["metric", "dataset"], sort=False):
        folds = table[table["dataset"] == dataset].groupby("sampler", sort=False)[metric]
        values = np.array([fold.to_numpy() for _, fold in folds])
        np.testing.assert_allclose(part["mean"], values.mean(axis=1))
        np.testing.assert_allclose(part["sd"], values.std(axis=1, ddof=1))
        sign = -1 if metric == "macro_f" else 1
        np.testing.assert_allclose(part["rank"], rankdata(sign * values.mean(axis=1).round(12)))
    for _, part in summary.groupby(["metric", "sampler"]):
        np.testing.assert_allclose(part["mean_rank"], part["rank"].mean())


def test_a_sampler_that_failed_ranks_last() -> None:
    """The folds it survived may be the easy ones, so their mean says nothing."""
    samplers, options = {"grumbling": Grumbling(), "none": None}, {"metrics": ["macro_f"]}
    table = grid(samplers, cv=KFold(2), told=ONE_OF_EACH, **options)
    summary = summarise(table).set_index("sampler")
    assert summary.loc["grumbling", ["n_failed", "rank"]].tolist() == [1, 2]
    assert np.isnan(summary.loc["grumbling", "mean"])
