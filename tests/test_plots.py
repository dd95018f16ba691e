"""Displays: their numbers against counts by hand, and what is drawn against their numbers."""

import warnings

import matplotlib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from matplotlib.figure import Figure
from PIL import Image
from sklearn.decomposition import PCA

from skml_aemlo.compare import nemenyi
from skml_aemlo.compare.plots import (
    CooccurrenceDisplay,
    CriticalDifferenceDisplay,
    LabelGainDisplay,
    LabelImbalanceDisplay,
    LabelSetDisplay,
    LatentSpaceDisplay,
    ScoreDisplay,
    TrainingDisplay,
    save,
)
from skml_aemlo.compare.profiles import profile_of

HOSTILE = [
    *("$x^2$", "$\\frac{", "a\\b_c", "_under", "<script>alert(1)</script>", "two\nlines\r\t!"),
    *("z" * 10_000, "שלום עולם", "\u202eevil\u202c", "", "dup", "dup", "日本語", "\ud800", "🎉"),
]
RNG = np.random.default_rng(0)
Y = (RNG.random((200, 15)) < np.linspace(0.6, 0.05, 15)).astype(int)
Y_RES = np.vstack([Y, Y[Y[:, 14] > 0]])
MANY = (RNG.random((500, 400)) < 0.5 / np.arange(1, 401) ** 0.9).astype(int)
MANY_NAMES = [f"a rather long name of label {j}" for j in range(400)]
HISTORY = [
    {"epoch": e, "loss": 9 / e, "latent": 1 / e, "label": 5 / e, "feature": 3 / e, "held_out": h}
    for e, h in enumerate((8.0, 5.0, 4.0, 4.5), start=1)
]


def ranked(n_samplers: int, n_blocks: int = 20) -> pd.DataFrame:
    """Return scores of samplers, the later the better."""
    rng = np.random.default_rng(n_samplers)
    values = rng.normal(size=(n_blocks, n_samplers)) + np.linspace(0, 3, n_samplers)
    return pd.DataFrame(values, columns=[f"sampler-of-long-name-{j}" for j in range(n_samplers)])


def cells(samplers=("none", "mlros", "aemlo")) -> pd.DataFrame:
    """Return cells of two data sets; the second sampler fails once and is undefined once."""
    rng = np.random.default_rng(1)
    rows = [
        {"dataset": dataset, "estimator": "tree", "sampler": sampler, "fold": fold, "error": ""}
        for dataset in ("birds", "yeast")
        for sampler in samplers
        for fold in range(10)
    ]
    table = pd.DataFrame(rows).assign(macro_f=rng.normal(0.5, 0.1, len(rows)))
    second = table.index[table["sampler"] == samplers[-1]]
    table.loc[second[0], ["macro_f", "error"]] = np.nan, "MemoryError: none left"
    table.loc[second[1], "macro_f"] = np.nan
    return table


def label_table() -> pd.DataFrame:
    """Return F1 of labels, one of them without positives, under two samplers."""
    rng = np.random.default_rng(2)
    rows = [
        {"dataset": dataset, "estimator": "tree", "sampler": sampler, "label": f"l{j}"}
        | {"position": j, "ir": [1.0, 3.0, 3.5, 40.0, 50.0, np.nan][j], "f1": rng.random()}
        for dataset in ("birds", "_yeast$")
        for sampler in ("none", "mlros")
        for j in range(6)
    ]
    return pd.DataFrame(rows)


class Encoder:
    """What a fitted AEMLO tells of itself, known by construction: 40 real rows and 10 new."""

    is_synthetic_ = np.arange(50) >= 40
    sample_indices_ = np.r_[np.arange(40), np.arange(10)]
    history_ = HISTORY

    def encode(self, X):
        """Return the rows themselves."""
        return X


CODES = RNG.normal(size=(50, 6)) * [9, 4, 1, 1, 1, 1]
CODE_LABELS = np.column_stack([np.ones(50), np.isin(np.arange(50), [2, 3, 20, 42, 44])]).astype(int)

MAKERS = {
    "imbalance": lambda **k: LabelImbalanceDisplay.from_labels(Y, Y_RES, label_names=HOSTILE, **k),
    "cooccurrence": lambda **k: CooccurrenceDisplay.from_labels(Y, label_names=HOSTILE, **k),
    "labelsets": lambda **k: LabelSetDisplay.from_labels(Y, label_names=HOSTILE, **k),
    "ranks": lambda **k: CriticalDifferenceDisplay.from_scores(
        ranked(len(set(HOSTILE))).set_axis(list(dict.fromkeys(HOSTILE)), axis=1),
        greater_is_better=True,
        **k,
    ),
    "scores": lambda **k: ScoreDisplay.from_table(
        cells(list(dict.fromkeys(HOSTILE))).rename(columns={"macro_f": "_macro$f"}), "_macro$f", **k
    ),
    "gains": lambda **k: LabelGainDisplay.from_label_table(label_table(), sampler="mlros", **k),
    "training": lambda **k: TrainingDisplay.from_sampler(Encoder(), **k),
    "latent": lambda **k: LatentSpaceDisplay.from_sampler(
        Encoder(), CODES, CODE_LABELS, label_names=["$all", "_rare"], **k
    ),
}
each = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


def drawn(ax, gid):
    """Return what bears a name inside axes."""
    return [artist for artist in ax.get_children() if artist.get_gid() == gid]


def grey(colour) -> float:
    """Return the lightness of a colour on paper without colours."""
    return float(np.dot(matplotlib.colors.to_rgb(colour), (0.299, 0.587, 0.114)))


def overlapping(texts, renderer) -> list[tuple[str, str]]:
    """Return the pairs of texts whose boxes overlap."""
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in texts]
    return [
        (name, other)
        for i, (name, box) in enumerate(boxes)
        for other, beside in boxes[:i]
        if box.width and beside.width and box.overlaps(beside)
    ]


def rendered(display):
    """Lay out a display and return its renderer."""
    display.figure_.draw_without_rendering()
    return display.figure_._get_renderer()


@each
def test_hostile_names_are_drawn_without_a_warning(make, tmp_path):
    """Mathematics, controls, missing glyphs and 10 kB names make a picture; warnings are errors."""
    save(make(), tmp_path / "picture.png", dpi=50)
    with Image.open(tmp_path / "picture.png") as picture:
        assert len(picture.convert("L").getcolors(256)) > 10


@each
def test_no_text_from_data_is_read_as_mathematics(make):
    """Every text with a dollar is drawn letter by letter."""
    display = make()
    rendered(display)
    texts = display.figure_.findobj(matplotlib.text.Text)
    assert not [t.get_text() for t in texts if "$" in t.get_text() and t.get_parse_math()
                and not t.get_text().startswith("$\\mathdefault")]  # fmt: skip


@each
def test_no_name_is_longer_than_24_characters(make):
    """The longest word drawn is cut."""
    assert not [t for t in make().figure_.findobj(matplotlib.text.Text) if "z" * 24 in t.get_text()]


@each
def test_axes_given_are_drawn_on(make):
    """No other figure is made, and a part of a figure will do."""
    part = Figure(figsize=(12, 8), layout="constrained").subfigures(1, 2)[0]
    ax = part.subplots()
    display = make(ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is part.figure
    assert ax.get_children()
    again = Figure().subplots()
    assert display.plot(again).ax_ is again


@each
def test_pyplot_and_settings_are_left_alone(make):
    """No figure stays open and no setting changes."""
    from matplotlib import pyplot

    before = dict(matplotlib.rcParams)
    make()
    assert pyplot.get_fignums() == []
    assert dict(matplotlib.rcParams) == before


@each
def test_a_notebook_shows_the_picture(make):
    """Its bytes are a PNG's."""
    assert make()._repr_png_()[:8] == b"\x89PNG\r\n\x1a\n"


@each
def test_the_frame_is_a_copy(make):
    """What a caller does to the numbers does not reach the display."""
    display = make()
    frame = display.frame()
    whole = frame.copy()
    del frame[frame.columns[0]]
    pd.testing.assert_frame_equal(display.frame(), whole)


@each
def test_words_are_two_plain_lines_at_most(make):
    """The description is short, on one line, without controls."""
    alt = make().alt
    assert 40 < len(alt) < 500
    assert alt.isprintable()


@pytest.mark.parametrize(
    "hold",
    [np.asarray, sp.csr_array, sp.coo_matrix, pd.DataFrame, pl.DataFrame, np.ndarray.tolist],
)
def test_positives_are_those_counted_by_hand(hold):
    """Whatever holds the labels, the frame has sums of columns, frequent labels first."""
    frame = LabelImbalanceDisplay.from_labels(hold(Y), hold(Y_RES)).frame()
    assert frame["before"].tolist() == sorted(Y.sum(axis=0), reverse=True)
    assert frame["after"].tolist() == Y_RES.sum(axis=0)[frame["position"]].tolist()
    assert np.allclose(frame["ir_before"], Y.sum(axis=0).max() / frame["before"])


def test_a_frames_columns_name_the_labels():
    """Names come from the DataFrame unless others are given."""
    named = pd.DataFrame(Y[:, :2], columns=["sky", "bird"])
    assert LabelImbalanceDisplay.from_labels(named).frame()["label"].tolist() == ["sky", "bird"]


def test_imbalance_draws_its_frame():
    """Circles stand at the positives before, diamonds at those after, lines join them."""
    display = LabelImbalanceDisplay.from_labels(Y, Y_RES)
    frame = display.frame()
    before, after = display.ax_.lines
    assert before.get_xdata().tolist() == frame["before"].tolist()
    assert after.get_xdata().tolist() == frame["after"].tolist()
    segments = np.array(display.ax_.collections[0].get_segments())[:, :, 0]
    assert segments.tolist() == frame[["before", "after"]].to_numpy().tolist()


def test_a_label_without_positives_is_drawn():
    """On the skewed axis 0 is a place to its own, left of 1."""
    ax = LabelImbalanceDisplay.from_counts([100, 1, 0]).ax_
    places = ax.transData.transform([(v, 0) for v in (0, 1, 100)])[:, 0]
    assert np.all(np.diff(places) > 5)
    assert ax.get_xlim()[0] <= 0


def test_cooccurrence_counts_pairs_as_loops_do():
    """Rows with both labels, and their share of the first label's rows."""
    frame = CooccurrenceDisplay.from_labels(Y, label_names=[f"l{j}" for j in range(15)]).frame()
    assert len(frame) == 15 * 14
    for name, other, n_both, share in frame.itertuples(index=False):
        i, j = int(name[1:]), int(other[1:])
        assert n_both == sum(1 for row in Y if row[i] and row[j])
        assert share == pytest.approx(n_both / Y[:, i].sum())


def test_cooccurrence_draws_its_frame():
    """The picture off the diagonal holds the shares, row by row."""
    display = CooccurrenceDisplay.from_labels(Y)
    image = display.ax_.images[0].get_array().filled(np.nan)
    off = ~np.eye(15, dtype=bool)
    assert image[off].tolist() == display.frame()["share"].tolist()
    assert np.isnan(np.diagonal(image)).all()


def test_the_profile_makes_the_same_pictures():
    """What results keep of a data set is enough for both displays."""
    names = tuple(f"l{j}" for j in range(15))
    profile = profile_of(sp.csr_array(Y.astype(np.int8)), 3, names)
    together = profile["cooccurrence"]
    pairs = CooccurrenceDisplay.from_counts(
        together["counts"], [names[j] for j in together["labels"]]
    )
    pd.testing.assert_frame_equal(
        pairs.frame(), CooccurrenceDisplay.from_labels(Y, label_names=names).frame()
    )
    sets = LabelSetDisplay.from_counts(profile["labelsets"], names)
    whole = LabelSetDisplay.from_labels(Y, label_names=names)
    pd.testing.assert_frame_equal(sets.frame(), whole.frame())


def test_labelsets_are_those_pandas_counts():
    """Rows of each set, most frequent first."""
    few = Y[:, :4]
    frame = LabelSetDisplay.from_labels(few, max_sets=30).frame()
    wanted = pd.DataFrame(few).value_counts()
    for positions, n_rows in zip(frame["positions"], frame["n_rows"], strict=True):
        assert wanted[tuple(int(j in positions) for j in range(4))] == n_rows
    assert frame["n_rows"].sum() == 200
    assert frame["n_rows"].is_monotonic_decreasing


def test_labelsets_draw_their_frame():
    """Bars are rows, dark dots are members, the bars on the right are positives."""
    display = LabelSetDisplay.from_labels(Y[:, :4])
    frame = display.frame()
    assert [bar.get_height() for bar in display.bars_.patches] == frame["n_rows"].tolist()
    dots = display.matrix_.collections[1].get_offsets()
    order = [tick.get_text() for tick in display.matrix_.get_yticklabels()]
    members = [{int(order[int(y)]) for x, y in dots if x == place} for place in frame.index]
    assert members == [set(positions) for positions in frame["positions"]]
    widths = [bar.get_width() for bar in display.totals_.patches]
    assert widths == [Y[:, int(name)].sum() for name in order]


def test_labelsets_of_a_thousand_labels_leave_sets_out():
    """The matrix has at most sixty rows, unless the first set alone has more."""
    sets = [(range(i * 25, i * 25 + 25), 9 - i) for i in range(5)]
    names = list(map(str, range(1000)))
    assert LabelSetDisplay.from_counts(sets, names).frame()["n_rows"].tolist() == [9, 8]
    assert len(LabelSetDisplay.from_counts([(range(100), 3), ([], 2)], names).frame()) == 1


def test_ranks_and_groups_are_those_of_loops():
    """Groups are the largest sets of samplers within the critical difference."""
    scores = ranked(12, 15)
    display = CriticalDifferenceDisplay.from_scores(scores, greater_is_better=True)
    ranks = scores.rank(axis=1, ascending=False).mean().sort_values()
    assert display.frame()["sampler"].tolist() == ranks.index.tolist()
    assert np.allclose(display.frame()["average_rank"], ranks)
    difference = nemenyi(scores, greater_is_better=True).critical_difference
    alike = [
        set(ranks.index[i : j + 1])
        for i in range(12)
        for j in range(i + 1, 12)
        if ranks.iloc[j] - ranks.iloc[i] <= difference
    ]
    largest = [group for group in alike if not any(group < other for other in alike)]
    assert [set(group) for group in display.cliques] == largest


def test_the_diagram_draws_ranks_and_groups():
    """Lines drop at the ranks, bars span the groups, the rule is a critical difference long."""
    display = CriticalDifferenceDisplay.from_scores(ranked(6, 12), greater_is_better=True)
    ax, frame = display.ax_, display.frame().set_index("sampler")["average_rank"]
    assert [line.get_xdata()[0] for line in drawn(ax, "sampler")] == frame.tolist()
    pad = 0.03 * (max(6, 1 + display.critical_difference) - 1) / 4
    ends = [line.get_xdata() for line in drawn(ax, "clique")]
    wanted = [(frame[group[0]] - pad, frame[group[-1]] + pad) for group in display.cliques]
    assert np.allclose(ends, wanted)
    start, end = drawn(ax, "difference")[0].get_xdata()
    assert end - start == pytest.approx(display.critical_difference)


def test_samplers_that_all_tie_are_one_group():
    """Equal scores: equal ranks and a single bar."""
    tied = pd.DataFrame(np.ones((5, 4)), columns=list("abcd"))
    display = CriticalDifferenceDisplay.from_scores(tied, greater_is_better=True)
    assert display.cliques == [tuple("abcd")]
    assert display.frame()["average_rank"].tolist() == [2.5] * 4


@pytest.mark.parametrize("n_samplers", [2, 3, 40])
def test_names_in_the_diagram_never_overlap(n_samplers):
    """Neither on a figure of its own nor on small axes."""
    small = Figure(figsize=(5, 4)).subplots()
    for ax in (None, small):
        display = CriticalDifferenceDisplay.from_scores(
            ranked(n_samplers), greater_is_better=True, ax=ax
        )
        assert overlapping(display.ax_.texts, rendered(display)) == []


def test_boxes_are_numpys_quantiles():
    """Quartiles, whiskers and counts of the cells that have a score."""
    table = cells()
    frame = ScoreDisplay.from_table(table, "macro_f", dataset="birds").frame().set_index("sampler")
    for name, row in frame.iterrows():
        of = table[(table["sampler"] == name) & (table["dataset"] == "birds")]["macro_f"].dropna()
        (wanted,) = matplotlib.cbook.boxplot_stats(of)
        keys = {"q1": "q1", "median": "med", "q3": "q3", "low": "whislo", "high": "whishi"}
        assert all(row[ours] == pytest.approx(wanted[key]) for ours, key in keys.items())
    assert frame[["n_scores", "n_failed", "n_undefined"]].loc["aemlo"].tolist() == [8, 1, 1]


def test_boxes_and_points_draw_the_frame():
    """Boxes span quartiles, points are the scores, and the gaps are told."""
    display = ScoreDisplay.from_table(cells(), "macro_f")
    ax, frame = display.ax_, display.frame()
    spans = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches]
    assert np.allclose(spans, frame[["q1", "q3"]])
    assert [len(line.get_xdata()) for line in drawn(ax, "scores")] == frame["n_scores"].tolist()
    assert [t.get_text() for t in ax.texts] == ["1 of 20 failed, 1 of 20 undefined"]
    (reference,) = drawn(ax, "reference")
    assert reference.get_xdata()[0] == frame.set_index("sampler")["median"]["none"]


@pytest.mark.parametrize(("metric", "sign"), [("macro_f", 1), ("hamming", -1), ("mine", 1)])
def test_gains_over_a_control_are_differences_cell_by_cell(metric, sign):
    """Looked up cell by cell; of a loss the sign is turned, and the axis says which is better."""
    table = cells().rename(columns={"macro_f": metric})
    table = table.sample(frac=1, random_state=0)
    display = ScoreDisplay.from_table(table, metric, control="none")
    of = table.set_index(["sampler", "dataset", "fold"])[metric]
    for name, scores in zip(display.frame()["sampler"], display.scores, strict=True):
        pairs = [(d, f) for d in ("birds", "yeast") for f in range(10)]
        wanted = [sign * (of[(name, *pair)] - of[("none", *pair)]) for pair in pairs]
        assert np.allclose(sorted(scores), sorted(w for w in wanted if w == w))
    assert "none" not in set(display.frame()["sampler"])
    (reference,) = drawn(display.ax_, "reference")
    assert reference.get_xdata()[0] == 0
    axis = {
        "macro_f": "gain in Macro-F over none (right of 0: better)",
        "hamming": "reduction of Hamming loss over none (right of 0: better)",
        "mine": "gain in mine over none (right of 0: better)",
    }
    assert display.ax_.get_xlabel() == axis[metric]


def test_gains_that_differ_by_rounding_have_whiskers():
    """0.3 less 0.1 and 0.4 less 0.2 are no two numbers to a reader; each lies in the box."""
    scores = [0.3 - 0.1, 0.4 - 0.2, 0.2, 0.7 - 0.5, 0.9 - 0.7]
    table = pd.DataFrame({"sampler": "s", "macro_f": scores})
    row = ScoreDisplay.from_table(table, "macro_f").frame().iloc[0]
    assert (row["low"], row["high"]) == (min(scores), max(scores))


def test_axes_name_a_metric_as_people_do():
    """Macro-F, not macro_f."""
    display = ScoreDisplay.from_table(cells(), "macro_f")
    assert display.ax_.get_xlabel() == "Macro-F"
    assert display.alt.startswith("Box plots of Macro-F, 3 samplers")


def test_a_sampler_that_always_failed_has_a_row():
    """It has no box, but its failures are told."""
    table = cells(["none", "bad"])
    table.loc[table["sampler"] == "bad", ["macro_f", "error"]] = np.nan, "oh"
    display = ScoreDisplay.from_table(table, "macro_f")
    assert [t.get_text() for t in display.ax_.texts] == ["20 of 20 failed"]
    assert len(display.ax_.patches) == 1


def test_gains_are_differences_by_hand():
    """F1 with the sampler less F1 without, label by label; a missing IRLbl is infinite."""
    table = label_table()
    frame = LabelGainDisplay.from_label_table(table, sampler="mlros").frame()
    f1 = table.set_index(["sampler", "dataset", "position"])["f1"]
    for row in frame.itertuples():
        key = (row.dataset, row.position)
        assert row.gain == f1[("mlros", *key)] - f1[("none", *key)]
    assert len(frame) == 12
    assert frame.loc[frame["position"] == 5, "ir"].tolist() == [np.inf] * 2


def test_gains_are_drawn_and_the_endless_stand_apart():
    """Points have the frame's places; those of infinite IRLbl lie under the infinity sign."""
    display = LabelGainDisplay.from_label_table(label_table(), sampler="mlros", dataset="birds")
    ax, frame = display.ax_, display.frame()
    (points,) = drawn(ax, "gains")
    finite = np.isfinite(frame["ir"])
    assert points.get_ydata().tolist() == frame["gain"].tolist()
    assert points.get_xdata()[finite].tolist() == frame["ir"][finite].tolist()
    marks = dict(zip([t.get_text() for t in ax.get_xticklabels()], ax.get_xticks(), strict=True))
    assert points.get_xdata()[~finite].tolist() == [marks["∞"]]


def test_the_trend_is_the_mean_of_a_doubling():
    """Labels between 2 and 4, and between 32 and 64; label 0 is alone between 1 and 2."""
    display = LabelGainDisplay.from_label_table(label_table(), sampler="mlros", dataset="birds")
    gain = display.frame()["gain"]
    trend = display.trend()
    assert np.allclose(trend["gain"], [gain[1:3].mean(), gain[3:5].mean()])
    assert np.allclose(trend["ir"], [np.sqrt(2 * 4), np.sqrt(32 * 64)])
    (line,) = drawn(display.ax_, "trend")
    assert line.get_ydata().tolist() == trend["gain"].tolist()


def test_training_draws_every_loss():
    """Lines are the history's entries, the mark the epoch of the lowest loss held out."""
    display = TrainingDisplay.from_history(HISTORY)
    for name in ("label", "feature", "latent", "held_out"):
        (line,) = drawn(display.ax_, name)
        assert line.get_ydata().tolist() == [entry[name] for entry in HISTORY]
    (line,) = drawn(display.ax_, "trained")
    assert np.allclose(line.get_ydata(), [8 / e for e in (1, 2, 3, 4)])
    (mark,) = drawn(display.ax_, "kept")
    assert (mark.get_xdata()[0], mark.get_ydata()[0], display.kept) == (3, 4.0, 3)


def test_training_without_rows_held_out():
    """The lowest total loss is marked, and a loss of 0 is no matter for a logarithm."""
    history = [{k: v for k, v in entry.items() if k != "held_out"} for entry in HISTORY]
    history[-1]["latent"] = 0.0
    display = TrainingDisplay.from_history(history)
    assert display.kept == 4
    assert display.ax_.get_yscale() == "linear"


def test_legends_are_plain_words():
    """A label without a name is "label 1", and no legend speaks of doublings."""
    latent = LatentSpaceDisplay.from_sampler(Encoder(), CODES, CODE_LABELS, label=1)
    texts = [text.get_text() for text in latent.ax_.get_legend().get_texts()]
    assert "real row that bears label 1 (3)" in texts
    assert any(text.startswith("new row that bears label 1, as its seed does") for text in texts)
    gains = LabelGainDisplay.from_label_table(label_table(), sampler="mlros")
    [*_, last] = [text.get_text() for text in gains.ax_.get_legend().get_texts()]
    assert last == "mean gain of labels about as rare"


def test_the_plane_is_that_of_pca():
    """Places are scikit-learn's components of the real rows' codes."""
    display = LatentSpaceDisplay.from_sampler(Encoder(), CODES, CODE_LABELS)
    pca = PCA(2).fit(CODES[:40])
    frame = display.frame()
    found = frame[["x", "y"]].to_numpy()
    wanted = pca.transform(CODES)
    assert np.allclose(np.abs(found), np.abs(wanted))
    assert np.allclose(display.explained, pca.explained_variance_ratio_)
    kinds = {2: "real, bears", 20: "real, bears", 42: "new, seed's", 44: "new, gained", 0: "real"}
    assert {row: frame["kind"][row] for row in kinds} == kinds
    assert frame["kind"][49] == "new"


def test_the_plane_draws_its_frame():
    """Every kind of row is drawn at its places."""
    display = LatentSpaceDisplay.from_sampler(Encoder(), CODES, CODE_LABELS)
    frame = display.frame()
    for kind, rows in frame.groupby("kind"):
        (points,) = drawn(display.ax_, kind)
        assert points.get_offsets().tolist() == rows[["x", "y"]].to_numpy().tolist()


def test_one_latent_dimension_lies_on_a_line():
    """The second component of a single column is 0."""
    display = LatentSpaceDisplay.from_sampler(Encoder(), CODES[:, :1], CODE_LABELS)
    assert (display.frame()["y"] == 0).all()
    assert display.explained == (1.0, 0.0)


def looks(artist) -> tuple:
    """Return marker or outline, line style and fill of a series, in grey."""
    if isinstance(artist, matplotlib.lines.Line2D):
        fill = artist.get_markerfacecolor()
        filled = None if fill == "none" else round(grey(fill), 1)
        shape = (artist.get_marker(), str(artist.get_linestyle()), artist.get_linewidth())
        return (*shape, filled, round(grey(artist.get_color()), 1), str(artist._dash_pattern))
    path = artist.get_paths()[0].vertices
    filled = artist.get_facecolor().size > 0
    return (len(path), filled, round(float(np.ptp(path)), 3), artist.get_sizes()[0])


@each
def test_series_differ_without_colour(make):
    """In each legend no two entries look alike in grey."""
    legend = make().ax_.get_legend()
    handles = [] if legend is None else legend.legend_handles
    assert len({looks(handle) for handle in handles}) == len(handles)


def test_twelve_data_sets_differ_without_colour():
    """So many markers are there before they come again."""
    parts = [label_table().query("dataset == 'birds'").assign(dataset=f"d{i}") for i in range(12)]
    display = LabelGainDisplay.from_label_table(pd.concat(parts), sampler="mlros")
    assert len({line.get_marker() for line in drawn(display.ax_, "gains")}) == 12


def test_the_heat_maps_colours_grow_darker():
    """Lightness falls from a share of 0 to one of 1."""
    image = CooccurrenceDisplay.from_labels(Y).ax_.images[0]
    lightness = [grey(image.cmap(share)) for share in np.linspace(0, 1, 21)]
    assert np.all(np.diff(lightness) < 0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: LabelImbalanceDisplay.from_labels(MANY, label_names=MANY_NAMES),
        lambda: CooccurrenceDisplay.from_labels(MANY, label_names=MANY_NAMES, max_labels=400),
        lambda: CooccurrenceDisplay.from_labels(MANY, label_names=MANY_NAMES),
        lambda: LabelSetDisplay.from_labels(MANY, label_names=MANY_NAMES),
        lambda: ScoreDisplay.from_table(cells([f"sampler-{j}" for j in range(40)]), "macro_f"),
    ],
    ids=["imbalance", "cooccurrence", "cooccurrence-40", "labelsets", "scores"],
)
def test_many_names_are_thinned_until_none_overlap(make):
    """400 labels or 40 samplers: what is written stays apart, and the figure is of finite size."""
    display = make()
    renderer = rendered(display)
    for ax in display.figure_.findobj(matplotlib.axes.Axes):
        for axis in (ax.xaxis, ax.yaxis):
            names = [t for t in axis.get_ticklabels() if t.get_visible() and t.get_text()]
            assert overlapping(names, renderer) == []
    assert display.figure_.get_size_inches().max() <= 20


@pytest.mark.parametrize(
    "make",
    [
        lambda: LabelImbalanceDisplay.from_labels([[1], [0]]),
        lambda: LabelImbalanceDisplay.from_counts([0, 0]),
        lambda: CooccurrenceDisplay.from_labels([[1], [0]]),
        lambda: CooccurrenceDisplay.from_labels([[0, 0], [0, 0]]),
        lambda: LabelSetDisplay.from_labels([[0], [0]]),
        lambda: ScoreDisplay.from_table(cells(["aemlo"]), "macro_f"),
        lambda: TrainingDisplay.from_history(HISTORY[:1]),
    ],
)
def test_the_smallest_pictures_are_drawn(make):
    """One label, one sampler, one epoch, no positives."""
    display = make()
    rendered(display)
    assert len(display.alt) > 20


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LabelImbalanceDisplay.from_labels([[np.nan, 1.0]]), "Y"),
        (lambda: LabelImbalanceDisplay.from_counts([1, np.nan]), "before must hold"),
        (lambda: LabelImbalanceDisplay.from_counts([]), "before must hold"),
        (lambda: LabelImbalanceDisplay.from_counts([1, 2], [1]), "2 labels before and 1 after"),
        (lambda: LabelImbalanceDisplay.from_counts([1], label_names=["a", "b"]), "label_names"),
        (lambda: CooccurrenceDisplay.from_counts([[1, 2]], ["a"]), "square"),
        (lambda: CooccurrenceDisplay.from_counts([[1, 0], [1, 1]], ["a", "b"]), "diagonal"),
        (lambda: CooccurrenceDisplay.from_labels(Y, max_labels=0), "max_labels"),
        (lambda: LabelSetDisplay.from_labels(Y, max_sets=0), "max_sets"),
        (lambda: LabelSetDisplay.from_counts([], ["a"]), "labelsets is empty"),
        (lambda: LabelSetDisplay.from_counts([([1], 3)], ["a"]), "the label 1"),
        (lambda: ScoreDisplay.from_table(cells(), "micro_f"), "no column 'micro_f'"),
        (lambda: ScoreDisplay.from_table(cells()[:0], "macro_f"), "table has no rows"),
        (
            lambda: ScoreDisplay.from_table(cells(), "macro_f", dataset="scene"),
            "dataset='scene' .* 'birds', 'yeast'",
        ),
        (
            lambda: ScoreDisplay.from_table(cells(), "macro_f", control="x"),
            "control='x' .* the samplers there are none, mlros, aemlo",
        ),
        (lambda: LabelGainDisplay.from_label_table(cells(), sampler="x"), "no column 'label'"),
        (
            lambda: LabelGainDisplay.from_label_table(label_table(), sampler="x"),
            "share no label; the samplers there are none, mlros",
        ),
        (lambda: TrainingDisplay.from_history([]), "history is empty"),
        (
            lambda: LatentSpaceDisplay.from_sampler(Encoder(), CODES, CODE_LABELS[:4]),
            "as its fit_resample returned them",
        ),
        (
            lambda: LatentSpaceDisplay.from_sampler(Encoder(), CODES, CODE_LABELS, label="sky"),
            "label='sky'",
        ),
        (
            lambda: CriticalDifferenceDisplay.from_scores(ranked(1), greater_is_better=True),
            "at least 2",
        ),
    ],
)
def test_what_cannot_be_drawn_is_said_once(make, message):
    """One error, with the parameter and what it wants."""
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("cls", [TrainingDisplay, LatentSpaceDisplay])
def test_only_a_fitted_sampler_has_pictures(cls):
    """Another object is refused with the call that is missing."""
    rows = () if cls is TrainingDisplay else (CODES, CODE_LABELS)
    with pytest.raises(TypeError, match="must be an AEMLO after fit"):
        cls.from_sampler(object(), *rows)


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    """The message has the command that installs it."""
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install 'skml_aemlo\[compare\]'"):
        LabelImbalanceDisplay.from_counts([3, 1])


def test_names_are_cut_before_they_are_searched():
    """A million characters cost no more than four hundred."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        display = LabelImbalanceDisplay.from_counts([3], label_names=["\n\x00a" * 1_000_000])
    assert len(display.ax_.get_yticklabels()[0].get_text()) <= 24
