"""What is told across classifiers, and of rare labels: figures laid down and added up by hand."""

from typing import Any

import pandas as pd
import pytest
from reported import comparison

from skml_aemlo.compare import summarise
from skml_aemlo.compare.labels import tidy_minority
from skml_aemlo.compare.pairs import best_pair, means_of, rivals_of
from skml_aemlo.compare.report.across import (
    minority_sheets,
    pair_sheets,
    say_minority,
    say_pairs,
)
from skml_aemlo.compare.report.sheets import plain_text
from skml_aemlo.compare.results import Results, results_of

# by classifier and sampler, on the data sets a and b
SCORES = {
    ("tree", "none"): (0.10, 0.30),
    ("tree", "mlros"): (0.30, 0.50),
    ("tree", "mlsmote"): (0.20, 0.40),
    ("tree-tuned", "none"): (0.50, 0.40),
    ("tree-tuned", "mlros"): (0.60, 0.50),
    ("tree-tuned", "mlsmote"): (0.10, 0.10),
    ("knn", "none"): (0.20, 0.20),
    ("knn", "mlros"): (0.20, 0.20),
    ("knn", "mlsmote"): (0.20, 0.20),
}


def laid_down(**failed: str) -> Results:
    """Return a comparison with these scores, a loss beside them; `failed` names one pair."""

    def score(cell: dict[str, Any]) -> dict[str, Any]:
        pair = (cell["estimator"], cell["sampler"])
        value = SCORES[pair]["ab".index(cell["dataset"])] + (0.01, -0.01)[cell["fold"]]
        broken = failed == dict(zip(("estimator", "sampler"), pair, strict=True))
        error = "E: e" if broken and cell["dataset"] == "b" else None
        scores = {"macro_f": value, "hamming": 1 - value}
        return {**cell, **(dict.fromkeys(scores) if error else scores), "error": error}

    estimators, samplers = (list(dict.fromkeys(names)) for names in zip(*SCORES, strict=True))
    names = ("macro_f", "hamming")
    made = comparison(["a", "b"], samplers, estimators, metrics=names, change=score)
    return results_of(*made)


def said(results: Results, metric: str) -> list[str]:
    """Return the sentences across classifiers."""
    phrases = say_pairs(summarise(results.table()), metric, "none")
    return [plain_text(phrase) for phrase in phrases]


def test_the_best_pair_is_named_and_the_baselines_best_beside_it() -> None:
    """(.60 + .50) / 2 is .55; without a sampler (.50 + .40) / 2; of a loss one less each."""
    best, against = said(laid_down(), "macro_f")
    assert best == (
        "Over all classifiers the best mean is 0.550, of tree-tuned with mlros; with none it is "
        "0.450, of tree-tuned."
    )
    assert against == (
        "Against tree with its best sampler, mlros (0.400): tree-tuned with none is better on 1 of "
        "2 data sets (0.450)."
    )
    loss, _ = said(laid_down(), "hamming")
    assert "the best mean is 0.450, of tree-tuned with mlros; with none it is 0.550" in loss


def test_a_variant_is_better_where_its_loss_is_lower() -> None:
    """Three data sets, so that better and worse are not as many."""
    scores = {"svm": (0.5, 0.5, 0.5), "svm-tuned": (0.4, 0.4, 0.6)}
    rows = [
        {"dataset": place, "sampler": sampler, "estimator": name, "hamming": loss, "error": ""}
        for name, losses in scores.items()
        for sampler in ("none", "mlros")
        for place, loss in enumerate(losses)
    ]
    [rival] = rivals_of(summarise(pd.DataFrame(rows)), "hamming", "none")
    assert (rival.n_better, rival.n_datasets) == (2, 3)


def test_a_pair_that_failed_somewhere_has_no_mean() -> None:
    """Its mean over the data sets it survived would be of other data."""
    results = laid_down(estimator="tree-tuned", sampler="mlros")
    summary = summarise(results.table())
    means = means_of(summary, "macro_f")
    assert means.isna().sum().sum() == 1
    assert best_pair(means, "macro_f") == ("none", "tree-tuned", pytest.approx(0.45))
    assert said(results, "macro_f")[0].endswith("best mean is 0.450, of tree-tuned with none.")
    [sheet, _] = pair_sheets(summary)
    assert [plain_text(cell.text) for cell in sheet.rows[1]] == [
        "mlros",
        "0.400",
        "no score",
        "0.200",
    ]


def test_the_table_of_pairs_marks_the_best_of_all() -> None:
    """One bold figure, which is not the best of each row or column."""
    sheets = list(pair_sheets(summarise(laid_down().table())))
    assert [sheet.key for sheet in sheets] == ["pairs-macro-f", "pairs-hamming"]
    for sheet in sheets:
        bold = [(j, k) for j, row in enumerate(sheet.rows) for k, c in enumerate(row) if c.best]
        assert bold == [(1, 2)]


def test_a_variant_is_known_by_its_name_and_needs_its_plain_classifier() -> None:
    """The longest ending whose rest was compared; a name that merely ends so is none."""
    rows = [
        {"dataset": "a", "sampler": sampler, "estimator": name, "macro_f": score, "error": ""}
        for name in ("svm", "svm-weighted", "svm-weighted-tuned", "forest-tuned")
        for sampler, score in (("none", len(name)), ("mlros", 10))
    ]
    rivals = list(rivals_of(summarise(pd.DataFrame(rows)), "macro_f", "none"))
    assert [(one.variant, one.plain, one.n_better) for one in rivals] == [
        ("svm-weighted", "svm", 1),
        ("svm-weighted-tuned", "svm", 1),
    ]


def test_a_variant_of_the_same_scores_is_none() -> None:
    """Tuned thresholds rank as the classifier does; in one of two data sets that is chance."""
    rows = [
        {"dataset": place, "sampler": sampler, "estimator": name, "macro_auc": score, "error": ""}
        for name, last in (("svm", 0.6), ("svm-tuned", 0.6), ("svm-weighted", 0.7))
        for sampler, gain in (("none", 0), ("mlros", -0.1))
        for place, score in (("a", 0.5 + gain), ("b", last + gain))
    ]
    rivals = list(rivals_of(summarise(pd.DataFrame(rows)), "macro_auc", "none"))
    assert [(one.variant, one.n_better) for one in rivals] == [("svm-weighted", 2)]


@pytest.mark.parametrize("absent", [("tree-tuned", "none"), ("tree", "none"), ("tree", "mlros")])
def test_a_comparison_that_is_not_finished_is_told(absent: tuple[str, str]) -> None:
    """No cell of a pair is there: others are told, and it is no rival."""
    table = laid_down().table()
    missing = (table["estimator"] == absent[0]) & (table["sampler"] == absent[1])
    summary = summarise(table[~missing])
    told = [plain_text(phrase) for phrase in say_pairs(summary, "macro_f", "none")]
    assert told[0].startswith("Over all classifiers the best mean is 0.550, of tree-tuned")
    assert len(told) == (2 if absent == ("tree", "mlros") else 1)
    assert len(list(pair_sheets(summary))) == 2


def test_variants_are_set_against_samplers_without_one() -> None:
    """Beside another control they would have a sampler, too."""
    summary = summarise(laid_down().table())
    assert len(list(say_pairs(summary, "macro_f", "mlros", is_bare=False))) == 1


def test_equal_scores_in_another_order_have_one_mean() -> None:
    """Sums differ in the last digit by their order."""
    rows = [
        {"dataset": place, "sampler": sampler, "estimator": "t", "macro_f": score, "error": ""}
        for sampler, scores in (("none", (0.255, 0.322, 0.719)), ("up", (0.719, 0.255, 0.322)))
        for place, score in enumerate(scores)
    ]
    means = means_of(summarise(pd.DataFrame(rows)), "macro_f")["t"]
    assert means["none"] == means["up"]


def test_one_classifier_has_nothing_across() -> None:
    """Neither a sentence nor a table."""
    results = results_of(*comparison(["a"], ["none", "mlros"], ["tree"], metrics=["macro_f"]))
    assert said(results, "macro_f") == []
    assert list(pair_sheets(summarise(results.table()))) == []


def fates() -> pd.DataFrame:
    """Return labels of two data sets; MeanIR of counts 60, 30, 2 is 11, of 60, 30 it is 1.5."""
    counts = {"a": (60, 30, 2, 0), "b": (60, 30)}
    hits = {"none": (30, 15, 0, 0), "mlros": (20, 15, 1, 0)}
    rows = [
        {"dataset": name, "sampler": sampler, "estimator": "tree", "count": count, "hits": hit}
        for name in counts
        for sampler in hits
        for count, hit in zip(counts[name], hits[sampler], strict=False)
    ]
    table = pd.DataFrame(rows)
    borne = table["count"]
    return table.assign(f1=table["hits"] / borne.clip(lower=1), borne=borne, predicted=3 * borne)


def test_minority_labels_are_those_above_mean_ir_and_empty_ones_are_neither() -> None:
    """Of b the second label is above 1.5; the label of a that nobody bears counts nowhere."""
    told = tidy_minority(fates()).set_index(["dataset", "sampler"])
    assert told["n_minority"].tolist() == [1, 1, 1, 1]
    assert told.loc[("a", "none"), ["f1_minority", "f1_others"]].tolist() == [0, 0.5]
    assert told.loc[("a", "mlros"), "f1_others"] == pytest.approx((20 / 60 + 15 / 30) / 2)
    assert told["n_never_found"].tolist() == [1, 0, 0, 0]
    assert told[["n_borne", "n_predicted"]].values.tolist() == [[2, 6], [2, 6], [30, 90], [30, 90]]


def test_a_pair_that_lacks_cells_is_best_at_nothing() -> None:
    """Of a, mlros was scored on half of the rows: what it found there is compared with nothing."""
    table = fates()
    half = (table["dataset"] == "a") & (table["sampler"] == "mlros")
    table.loc[half, "borne"] = table.loc[half, "borne"] // 2
    told = tidy_minority(table).set_index(["dataset", "sampler"])
    assert told["f1_minority"].isna().tolist() == [False, True, False, False]
    first, _ = (plain_text(one) for one in say_minority(tidy_minority(table), "none"))
    assert first.endswith("their mean F1 is 0.000 everywhere.")
    [(_, sheet), _] = minority_sheets(tidy_minority(table))
    assert sheet.rows[1][2].text == "–"


def test_a_label_that_no_test_row_bears_is_not_missed() -> None:
    """There was nothing to find."""
    table = fates()
    table.loc[(table["dataset"] == "a") & (table["count"] == 2), "borne"] = 0
    assert tidy_minority(table)["n_never_found"].tolist() == [0, 0, 0, 0]


def test_the_minority_can_be_told_by_a_number_of_positives() -> None:
    """Of a, the labels of 30 and of 2; of b, that of 30; nobody bears the last of a."""
    told = tidy_minority(fates(), most=30).set_index(["dataset", "sampler"])
    assert told["n_minority"].tolist() == [2, 2, 1, 1]
    assert told.loc[("a", "none"), ["f1_minority", "f1_others"]].tolist() == [0.25, 0.5]


def test_what_becomes_of_minority_labels_is_said_and_tabled() -> None:
    """The worst pair and the best, and the baseline's best where that is neither."""
    minority = tidy_minority(fates())
    first, second = (plain_text(one) for one in say_minority(minority, "none"))
    assert first == (
        "On a 1 of 4 labels is a minority label; their mean F1 is at worst 0.000 (tree with none, "
        "1 label never found), at best 0.500 (tree with mlros)."
    )
    assert second.endswith("their mean F1 is 0.500 everywhere.")
    knn = minority.query("dataset == 'a'").assign(estimator="knn", f1_minority=0.25)
    both = pd.concat([minority, knn], ignore_index=True)
    assert plain_text(next(say_minority(both, "none"))).endswith(
        "at best 0.500 (tree with mlros); with none at best 0.250 (knn with none, 1 label never "
        "found)."
    )
    *_, more = say_minority(minority, "none", limit=1)
    assert more == "The tables of labels tell of 1 more data set."
    [(name, sheet), _] = minority_sheets(minority)
    assert (name, sheet.key) == ("a", "minority-1-a")
    assert [cell.text for cell in sheet.rows[0][2:]] == ["0.000", "0.500", "1", "3.00"]
    assert [row[2].best for row in sheet.rows] == [False, True]
