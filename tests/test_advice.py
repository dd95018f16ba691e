"""Advice on resampling: gains counted by hand, what is never recommended, and what is not known."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import SAMPLERS, cli, measures
from skml_aemlo.compare import ESTIMATORS, METRICS, Experiment, advise, read_results
from skml_aemlo.compare.advice import Recommendation
from skml_aemlo.compare.evidence import (
    MEASURES,
    SHIPPED_METRICS,
    baseline_gains,
    gains_of,
    largest_timed,
    read_evidence,
    seconds_for,
)
from skml_aemlo.compare.wording import sentences_of
from skml_aemlo.datasets import load_synthetic, make_imbalanced_multilabel, save_arff

SKEWED = np.random.default_rng(3).random((300, 8)) < [0.7, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.05]
X, Y = np.zeros((300, 2)), SKEWED.astype(int)

# gains over none, in hundredths, on data sets a, b, c, d
HUNDREDTHS = {
    "mlros": (4, 2, 2, 8),
    "mlsol": (6, 6, -1, 9),
    "mlrus": (-1, -2, -3, -4),
    "remedial": (30, -1, -1, -1),
    "mltl": (1, 1, 1, -50),
}


def tiny(hundredths: dict = HUNDREDTHS, metric: str = "macro_f", sign: int = 1) -> pd.DataFrame:
    """Return evidence of one tree: data sets like ours, none at 0.5, and gains in hundredths."""
    found = measures.describe(Y)
    here = {
        **{name: getattr(found, name) for name in MEASURES if name != "minority_share"},
        "minority_share": found.n_minority_labels / found.n_labels,
    }
    rows = []
    for i, dataset in enumerate("abcd"):
        spread = {name: value * (0.8 + 0.2 * i) for name, value in here.items()}
        for sampler, gains in {"none": (0,) * 4, **hundredths}.items():
            score = 0.5 + sign * gains[i] / 100
            keys = {"dataset": dataset, "estimator": "br-tree", "sampler": sampler}
            rows.append({**keys, metric: score, **spread})
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def shipped() -> pd.DataFrame:
    """Return the evidence that comes with the package."""
    return read_evidence()


def test_samplers_come_in_the_order_of_gains_counted_by_hand() -> None:
    """Sums 20 and 16 over four data sets and one of gain 0; one lucky set does not count."""
    advice = advise(X, Y, evidence=tiny())
    assert [one.sampler for one in advice.recommended] == ["mlsol", "mlros"]
    assert [one.gain for one in advice.recommended] == pytest.approx([0.20 / 5, 0.16 / 5])
    assert [one.n_better for one in advice.recommended] == [3, 4]
    assert advice.outside == {}


def test_a_mean_of_benchmarks_is_called_so() -> None:
    """Not a forecast: it is the same for whatever data are asked about."""
    told = advise(X, Y, estimator="mlknn").sentences[1]
    assert "aemlo's mean gain on the 12 benchmark data sets, with one more of gain 0, is " in told
    assert "which is no forecast for these data" in told
    own = advise(X, Y, evidence=tiny()).sentences[1]
    assert "mlsol's mean gain on the 4 data sets of the evidence" in own


def test_data_that_are_among_the_evidence_are_told_so() -> None:
    """Data set b has our measures to the last digit; what was gained on it stands beside."""
    advice = advise(X, Y, evidence=tiny())
    assert advice.twin == "b"
    assert "'b', has the very measures of these data" in advice.sentences[4]
    assert "(gains there: mlsol +0.060, mlros +0.020)" in advice.sentences[4]
    assert advise(X, Y, evidence=tiny().query("dataset != 'b'")).twin is None
    assert advise(X[1:], Y[1:], evidence=tiny()).twin is None
    hostile = tiny().replace({"dataset": {"b": "\x1b[2J"}})
    assert r"'\x1b[2J'" in advise(X, Y, evidence=hostile).sentences[4]


def test_labels_that_no_sampler_can_help_are_counted_first() -> None:
    """Two without a row and one with a single one, counted by hand."""
    assert "no sampler can help" not in advise(X, Y).sentences[0]
    lonely = np.zeros((300, 3), int)
    lonely[7, 1] = 1
    told = advise(X, np.hstack([Y, lonely])).sentences[0]
    assert told.endswith(
        "; 2 labels have no row and 1 label has a single row, which no sampler can help."
    )


def test_labels_of_a_few_rows_are_counted_too() -> None:
    """Of labels of 2, 4 and 5 rows, two have fewer than five."""
    scarce = np.zeros((300, 3), int)
    for label, n_rows in enumerate((2, 4, 5)):
        scarce[:n_rows, label] = 1
    told = advise(X, np.hstack([Y, scarce])).sentences[0]
    assert told.endswith("; 2 labels have fewer than 5 rows, too few to measure.")


def test_one_minority_label_is_one() -> None:
    """The ratios 1, 1 and 10 have the mean 4, and one of them is above it."""
    labels = np.zeros((120, 3), int)
    labels[:50, 0] = labels[50:100, 1] = labels[100:105, 2] = 1
    assert "(MeanIR), there is 1 minority label, and" in advise(X[:120], labels).sentences[0]


@pytest.mark.parametrize(
    ("seconds", "timed", "words"),
    [
        ((1.0, 11.0), (1.0, 500), "mlsol up to 10 s"),
        ((300.0, 2.0), (1.0, 500), "mlsol between 2 min and 10 min"),
        ((40.0, 1.0), (1.0, 500), "mlsol about 40 s"),
        ((0.01, 20.0), (1.0, 500), "mlsol less than a second"),
        ((1.0, 31.0), (33.0, 2417), "not known (it took 30 s on the 2,417 rows tried)"),
        (None, (150.0, 600), "not known (it took 2 min on the 600 rows tried)"),
        (None, None, "mlsol a time that nobody has measured"),
    ],
)
def test_seconds_are_told_as_a_range(seconds, timed, words) -> None:
    """One digit; where no line can be drawn through the timings, the largest of them."""
    one = Recommendation("mlsol", 0.1, None, 3, 4, seconds, timed, 1.3)
    advice = replace(advise(X, Y, evidence=tiny()), recommended=(one,))
    found = measures.describe(Y)
    options = {"balanced": False, "borrowed": False, "shipped": False}
    assert words in sentences_of(advice, found, **options)[3]
    assert "and leaves 1.3 times the rows" in sentences_of(advice, found, **options)[3]


def test_the_interval_is_that_of_one_more_draw() -> None:
    """Student's quantile with three degrees of freedom, from a table: 1.638."""
    low, high = advise(X, Y, evidence=tiny()).recommended[0].interval
    gains = np.array([0.06, 0.06, -0.01, 0.09])
    variance = ((gains - 0.05) ** 2).sum() / 3
    assert (low + high) / 2 == pytest.approx(0.04)
    assert (high - low) / 2 == pytest.approx(1.638 * np.sqrt(variance * 1.25), rel=1e-3)


def test_a_metric_that_should_fall_gains_by_falling() -> None:
    """The same gains, taken off a loss."""
    advice = advise(X, Y, metric="ranking_loss", evidence=tiny(metric="ranking_loss", sign=-1))
    assert [one.sampler for one in advice.recommended] == ["mlsol", "mlros"]
    assert "(a fall is a gain)" in advice.sentences[1]


def test_leaving_one_out_is_counted_by_hand() -> None:
    """Without a, b, c or d the best of the others is mlros, mlsol, mlsol, mlsol."""
    # without a: mlros 12/4, mlsol 14/4; without b: remedial only lucky, mlsol 14, mlros 14: by
    # name mlros; without c: mlsol 21; without d: mlsol 11, mlros 8
    tried = advise(X, Y, evidence=tiny()).validation
    gains = [0.06, 0.02, -0.01, 0.09]
    assert (tried.n_datasets, tried.n_advised, tried.n_better) == (4, 4, 3)
    assert tried.mean_gain == pytest.approx(np.mean(gains))
    errors = [0.06 - 0.14 / 4, 0.02 - 0.14 / 4, -0.01 - 0.21 / 4, 0.09 - 0.11 / 4]
    assert tried.mean_error == pytest.approx(np.abs(errors).mean())
    # always taking the largest mean: remedial without b, c and d (28, 28, 28 of 100), else mlsol
    assert (tried.n_above, tried.n_below) == (2, 0)
    assert tried.overall == "remedial"
    assert tried.is_a_coin  # 5 in 16 by tossing


def test_samplers_that_failed_or_lost_are_never_named() -> None:
    """Nor is one with a single failed cell, whatever its other gains."""
    table = tiny().assign(error="")
    table.loc[(table["sampler"] == "mlsol") & (table["dataset"] == "d"), "error"] = "ValueError"
    advice = advise(X, Y, evidence=table)
    assert [one.sampler for one in advice.recommended] == ["mlros"]
    losing = {name: HUNDREDTHS[name] for name in ("mlrus",)}
    lost = advise(X, Y, evidence=tiny(losing))
    assert lost.verdict == "unlikely"
    assert lost.recommended == ()
    assert "mlrus" not in str(lost)


@pytest.mark.parametrize("metric", ["macro_f", "macro_auc", "ranking_loss"])
@pytest.mark.parametrize("estimator", [None, *ESTIMATORS])
def test_the_shipped_evidence_bears_what_is_recommended(shipped, metric, estimator) -> None:
    """Each gained on more than half of the data sets it was tried on, and five lines say so."""
    advice = advise(X, Y, estimator=estimator, metric=metric)
    assert len(str(advice).splitlines()) == 5
    for sentence in advice.sentences:
        assert re.fullmatch(r"[A-Z].*[^.]\.", sentence)
        assert not re.search(r"[.!?] [A-Z]", sentence)
        assert "nan" not in sentence.lower().split()
    rows = advice.frame()
    for one in advice.recommended:
        by_data = rows[rows["sampler"] == one.sampler].groupby("dataset")["gain"].mean()
        assert (by_data > 0).mean() > 0.5
        assert by_data.sum() / (len(by_data) + 1) == pytest.approx(one.gain)
        assert one.sampler in SAMPLERS
    assert (advice.verdict == "unknown") == bool(advice.blockers)


def test_gains_are_differences_on_the_same_folds(shipped) -> None:
    """A loop over the table of one study, and of a tuned classifier against the plain one."""
    part = shipped[(shipped["study"] == "aemlo") & (shipped["estimator"] == "cc-tree")]
    scores = part.set_index(["dataset", "sampler"])["ranking_loss"]
    told = gains_of(part, "ranking_loss")
    assert len(told) == len(part) - 8
    for row in told.itertuples():
        gain = scores[row.dataset, "none"] - scores[row.dataset, row.sampler]
        assert row.gain == pytest.approx(gain)
    none = shipped[(shipped["sampler"] == "none") & (shipped["study"] == "thresholds")]
    scores = none.set_index(["dataset", "estimator"])["macro_f"]
    tuned = baseline_gains(none, "macro_f", "-tuned").set_index(["dataset", "estimator"])["gain"]
    expected = scores["enron", "mlknn-tuned"] - scores["enron", "mlknn"]
    assert tuned["enron", "mlknn"] == pytest.approx(expected)


def test_neither_the_order_of_rows_and_labels_nor_their_container_matters() -> None:
    """Five equal sentences; nothing is drawn at random."""
    told = advise(X, Y, estimator="mlknn")
    rng = np.random.default_rng(0)
    for _ in range(3):
        rows, labels = rng.permutation(300), rng.permutation(8)
        assert str(advise(X, Y[rows][:, labels], estimator="mlknn")) == str(told)
    assert str(advise(sp.csr_array(X), sp.csr_matrix(Y), estimator="mlknn")) == str(told)
    assert str(advise(pd.DataFrame(X), pd.DataFrame(Y), estimator="mlknn")) == str(told)


def test_names_of_labels_are_not_repeated() -> None:
    """A name that would be markup or move the cursor cannot do harm."""
    hostile = pd.DataFrame(Y, columns=[f"<script>\x1b[2J{j}" for j in range(8)])
    assert str(advise(X, hostile)) == str(advise(X, Y))


def test_thresholds_come_first_where_they_gained_more() -> None:
    """ML-kNN ranks well and answers too seldom; a score is not touched by a threshold."""
    advice = advise(X, Y, estimator="mlknn")
    assert advice.thresholds.gain > advice.recommended[0].gain
    assert "try tuned thresholds" in advice.sentences[1]
    rows = read_evidence().query("sampler == 'none' and study == 'thresholds'")
    means = rows.pivot_table(index="dataset", columns="estimator", values="macro_f")
    gained = (means["mlknn-tuned"] - means["mlknn"]).mean()
    assert f"which gained {gained:+.3f} in the mean without a sampler" in advice.sentences[1]
    assert advise(X, Y, estimator="mlknn", metric="macro_auc").thresholds is None
    assert "thresholds" not in str(advise(X, Y, estimator="mlknn", metric="macro_auc"))
    assert "try tuned" not in str(advise(X, Y, estimator="mlknn-tuned"))


def test_balanced_labels_are_left_alone() -> None:
    """Each label on every second row: no sampler, thresholds first."""
    balanced = np.tile(np.eye(4, dtype=int), (30, 1))
    advice = advise(np.zeros((120, 1)), balanced)
    assert advice.verdict == "unlikely"
    assert advice.recommended == ()
    assert "unlikely to help" in advice.sentences[1]
    assert "try tuned thresholds" in advice.sentences[1]


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (Y[:, :1], "one label"),
        (np.zeros((60, 3), int), "no row bears a label"),
        (Y[:20], "20 rows are too few"),
        (np.tile(Y, (1, 600)), "4,800 labels, more than ten times beyond"),
        (np.tile(Y, (300, 1)), "90,000 rows, more than ten times beyond"),
    ],
)
def test_what_nothing_is_known_about_is_said_so(labels, reason) -> None:
    """The verdict is unknown for the reason given, and no sampler is named."""
    advice = advise(sp.csr_array((len(labels), 2)), labels)
    assert advice.verdict == "unknown"
    assert advice.recommended == ()
    assert "not known" in advice.sentences[1]
    assert reason in advice.sentences[1]


def test_a_hundred_thousand_sparse_rows_stay_sparse(monkeypatch) -> None:
    """4 000 labels, 400 million cells: no container makes them dense."""
    rng = np.random.default_rng(0)
    rows, labels = np.arange(100_000).repeat(3), rng.zipf(1.3, 300_000) % 4000
    many = sp.csr_array((np.ones(300_000), (rows, labels)), shape=(100_000, 4000))
    many.data[:] = 1
    for kind in (sp.csr_array, sp.csr_matrix):
        monkeypatch.setattr(kind, "toarray", None)
    advice = advise(sp.csr_array((100_000, 50_000)), many)
    assert advice.verdict == "unknown"
    assert {"n_samples", "n_labels"} <= set(advice.outside)


def test_texts_get_samplers_that_read_no_features() -> None:
    """MLROS clones a text; MLSOL cannot make one."""
    texts = ["a text"] * 300
    for rows in (texts, np.array(texts), pd.Series(texts)):
        assert [r.sampler for r in advise(rows, Y, evidence=tiny()).recommended] == ["mlros"]
    assert not {"aemlo", "mlsol"} & set(advise(texts, Y).frame()["sampler"])
    assert "ask again with their vectors, such as TF-IDF" in advise(texts, Y).sentences[2]
    assert "vectors" not in advise(X, Y).sentences[2]


def test_label_sets_that_never_repeat_leave_their_samplers_out() -> None:
    """What works on label sets has nothing to clone or drop."""
    distinct = (np.arange(64)[:, None] >> np.arange(6) & 1).astype(int)
    told = advise(np.zeros((64, 1)), distinct).frame()
    assert not {"lpros", "lprus", "lp-smote"} & set(told["sampler"])
    assert {"mlros", "mlsol"} <= set(told["sampler"])


def test_measures_outside_the_evidence_are_named() -> None:
    """Known are cardinalities of 0.8 to 1.4 times ours; twice as many labels a row lie outside."""
    dense = np.hstack([Y, 1 - Y])
    advice = advise(X, dense, evidence=tiny())
    value, low, high = advice.outside["cardinality"]
    assert value == pytest.approx(8.0)
    mine = Y.sum() / 300
    assert (low, high) == pytest.approx((0.8 * mine, 1.4 * mine))
    assert f"8 labels a row here, {low:.3g} to {high:.3g} there" in advice.sentences[4]
    assert "thin" in advice.sentences[4]
    assert advice.verdict == "possible"


def test_another_classifiers_evidence_is_called_so() -> None:
    """BRkNN was never tried; a classifier that mends imbalance itself has no stand-in."""
    assert "none of it with brknn" in advise(X, Y, estimator="brknn").sentences[4]
    assert advise(X, Y, estimator="brknn").verdict == "possible"
    assert advise(X, Y, estimator="cocoa").verdict == "unknown"


def test_a_mean_over_classifiers_is_over_the_same_ones() -> None:
    """A sampler tried under one easy classifier only does not outrank the others."""
    easy = tiny({"mlul": (40, 40, 40, 40)}).assign(estimator="mlknn")
    both = pd.concat([tiny(), easy])
    assert [one.sampler for one in advise(X, Y, evidence=both).recommended] == ["mlsol", "mlros"]
    own = advise(X, Y, estimator="mlknn", evidence=both)
    assert [one.sampler for one in own.recommended] == ["mlul"]


def test_seconds_follow_the_rows_of_what_was_timed() -> None:
    """Seconds of rows**1.5 are found again inside, and grow on beyond; two timings say nothing."""
    rows = np.array([100, 400, 1600, 6400])
    table = pd.DataFrame(
        {
            "dataset": list("abcd"),
            "sampler": "mlsol",
            "n_rows_before": rows,
            "resample_seconds": rows**1.5 / 1000,
        }
    )
    for n in (200, 12_800):
        seconds, factor = seconds_for(table, "mlsol", n)
        assert seconds == pytest.approx(n**1.5 / 1000)
        assert factor == pytest.approx(1.0)
    assert seconds_for(table[:2], "mlsol", 200) is None
    assert largest_timed(table[:2], "mlsol") == pytest.approx((8.0, 400))
    assert largest_timed(table, "mlros") is None
    flat = table.assign(resample_seconds=5.0)
    assert seconds_for(flat, "mlsol", 200)[0] == pytest.approx(5.0)
    assert seconds_for(flat, "mlsol", 12_800)[0] == pytest.approx(10.0)


def test_a_comparison_of_ones_own_is_evidence(tmp_path) -> None:
    """Read from its file, with the profiles it keeps; the frame has the means of its table."""
    data = [
        replace(make_imbalanced_multilabel(120, 4, 5, random_state=i), name=name)
        for i, name in enumerate(("one", "two", "three"))
    ]
    path = tmp_path / "results.jsonl"
    tree = {"my tree": DecisionTreeClassifier(random_state=0)}
    experiment = Experiment(data, ["none", "mlros"], tree, cv="1x2", out=path)
    experiment.compute()
    advice = advise(X, Y, estimator="my tree", evidence=read_results(path))
    means = experiment.table().groupby(["dataset", "sampler"])["macro_f"].mean()
    frame = advice.frame().set_index("dataset")
    assert set(frame.index) == {"one", "two", "three"}
    for name in frame.index:
        gain = means[name, "mlros"] - means[name, "none"]
        assert frame.loc[name, "gain"] == pytest.approx(gain)
    expected = measures.mean_ir(data[0].Y)
    assert frame.loc["one", "mean_ir"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"estimator": "br-tre"}, "did you mean 'br-tree'"),
        ({"metric": "macro-f"}, "did you mean 'macro_f'"),
        ({"metric": "hamming"}, "evidence has no 'hamming'; it has macro_f, macro_auc"),
        ({"evidence": pd.DataFrame({"dataset": ["a"]})}, "lacks the columns estimator, sampler"),
        ({"evidence": tiny().query("sampler != 'none'")}, "no row of the sampler 'none'"),
    ],
)
def test_what_is_unknown_or_missing_is_named(options, message) -> None:
    """One line with the remedy."""
    with pytest.raises(ValueError, match=re.escape(message)):
        advise(X, Y, **options)


def test_other_bad_input_is_refused() -> None:
    """Rows that disagree; evidence that is no table."""
    with pytest.raises(ValueError, match="X has 2 rows and Y 300"):
        advise(X[:2], Y)
    with pytest.raises(TypeError, match="evidence must be a DataFrame"):
        advise(X, Y, evidence=[1])


def test_every_measure_of_the_shipped_profiles_is_the_data_sets_own(shipped, reference) -> None:
    """The file on disk against the table, for one data set."""
    from skml_aemlo.datasets import load_arff

    data = load_arff(reference / "data" / "flags.arff")
    row = shipped[shipped["dataset"] == "flags"].iloc[0]
    assert row["mean_ir"] == pytest.approx(measures.mean_ir(data.Y), rel=1e-5)
    assert row["scumble"] == pytest.approx(measures.scumble(data.Y), rel=1e-5)
    assert row["n_samples"] == data.n_samples
    asked = advise(data.X, data.Y, estimator="mlknn")
    assert asked.twin == "flags"
    gain = asked.frame().query("dataset == 'flags' and sampler == 'mlsol'")["gain"].mean()
    assert "one of them, 'flags', has the very measures of these data" in asked.sentences[4]
    assert f"mlsol {gain:+.3f}" in asked.sentences[4]


def test_the_command_prints_five_sentences(tmp_path, capsys) -> None:
    """Those of the function; errors are one line and exit 2."""
    assert cli.main(["advise", "synthetic", "--estimator", "mlknn"]) == 0
    data = load_synthetic()
    printed = capsys.readouterr().out
    assert printed.splitlines() == list(advise(data.X, data.Y, estimator="mlknn").sentences)
    toy = make_imbalanced_multilabel(60, 4, random_state=0)
    save_arff(replace(toy, name="toy"), tmp_path / "toy.arff")
    assert cli.main(["advise", str(tmp_path / "toy.arff"), "--metric", "macro_auc"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 5
    assert cli.main(["advise", "synthetic", "--estimator", "mlkn"]) == 2
    assert "did you mean 'mlknn'" in capsys.readouterr().err
    assert cli.main(["advise", "synthetic", "--evidence", str(tmp_path)]) == 2
    assert "results.jsonl: no such file" in capsys.readouterr().err


def test_metrics_of_the_shipped_evidence_are_known(shipped, capsys) -> None:
    """Three metrics, none missing anywhere, every sampler registered; the help names them first."""
    for name in ("macro_f", "macro_auc", "ranking_loss"):
        assert name in METRICS
        assert shipped[name].between(0, 1).all()
    assert {name for name in METRICS if name in shipped} == set(SHIPPED_METRICS)
    with pytest.raises(SystemExit):
        cli.main(["advise", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "macro_f, macro_auc or ranking_loss (default: macro_f); with --evidence" in told
    assert set(shipped["sampler"]) <= set(SAMPLERS)
