"""The report of a comparison: a page parsed as a browser would, against figures counted by hand."""

import base64
import csv
import hashlib
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from reported import HOSTILE, comparison, write
from scipy import stats

from skml_aemlo import cli
from skml_aemlo.compare import METRICS, read_results, write_report
from skml_aemlo.compare.report import pictures, writing
from skml_aemlo.compare.report.contents import against_sheet, score_sheets
from skml_aemlo.compare.report.findings import find_all
from skml_aemlo.compare.report.summary import troubles
from skml_aemlo.compare.report.words import legible
from skml_aemlo.compare.results import Results, results_of
from skml_aemlo.compare.table import as_csv
from skml_aemlo.datasets import make_imbalanced_multilabel, save_arff

FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-x", "@SUM(A1)")
VOID = {"meta", "img", "br", "link", "input"}


class Page(HTMLParser):
    """A page as a list of elements: tag, attributes, text inside."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.elements: list[tuple[str, dict[str, Any], list[str]]] = []
        self._open: list[tuple[str, dict[str, Any], list[str]]] = []
        self.feed(self.source)
        self.close()
        assert not self._open, [element[0] for element in self._open]

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        element = (tag, dict(attributes), [])
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element, which bears this tag if the page is well formed."""
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        """Give text to all elements around it."""
        for _, _, text in self._open:
            text.append(data)

    def all(self, *tags: str) -> list[tuple[str, dict[str, Any], str]]:
        """Return the elements of some tags."""
        return [(tag, a, "".join(text)) for tag, a, text in self.elements if tag in tags]

    def text(self) -> str:
        """Return all that is read, on one line."""
        return " ".join(self.all("main")[0][2].split())


def rows_of(page: Page, key: str) -> list[list[str]]:
    """Return the texts of a table's rows, best ones between asterisks."""
    start = page.source.index(f'id="table-{key}"')
    table = page.source[start : page.source.index("</table>", start)]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    bold = [[re.sub(r"</?b>", "**", cell) for cell in row] for row in cells]
    return [[" ".join(re.sub(r"<[^>]*>", "", cell).split()) for cell in row] for row in bold]


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what takes the time of a report: each picture is the same small one."""

    def blank(key: str, caption: Any, display: Any) -> pictures.Picture:
        return pictures.Picture(key, caption, display.alt, "<svg></svg>", b"png")

    monkeypatch.setattr(pictures, "_picture", blank)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of three samplers on three data sets, with its report."""
    made = comparison(
        ["emotions", "birds", "scene"],
        ["none", "mlros", "mlsmote"],
        ["tree"],
        metrics=["macro_f", "hamming"],
    )
    where = write(tmp_path_factory.mktemp("report"), *made)
    (where / "study.toml").write_text('seed = 5 # <b>"quoted"</b>\n', encoding="utf-8")
    assert write_report(where) == where / "report.html"
    return where


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    """Return the page of that report."""
    return Page(folder / "report.html")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """Return the page of a comparison in which every name, error and warning is malicious."""

    def blame(cell: dict[str, Any]) -> dict[str, Any]:
        fails = cell["fold"] == 1 and cell["sampler"] == HOSTILE[3]
        error = f"ValueError: {HOSTILE[1]}{HOSTILE[0]}" * 20 if fails else None
        return {**cell, "error": error, "warnings": [f"UserWarning: {one}" for one in HOSTILE]}

    made = comparison(
        HOSTILE[5:6], HOSTILE, HOSTILE[:2], HOSTILE, metrics=["macro_f"], change=blame
    )
    where = write(tmp_path_factory.mktemp("hostile"), *made)
    return Page(write_report(where))


both = pytest.mark.parametrize("which", ["page", "hostile"])


@both
def test_nothing_on_the_page_loads_or_runs_but_one_script(which: str, request: Any) -> None:
    """The policy allows one style and one script, whose digests are those of what is there."""
    page = request.getfixturevalue(which)
    [policy] = [a["content"] for _, a, _ in page.all("meta") if "http-equiv" in a]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    for rule, tag in (("style-src", "style"), ("script-src", "script")):
        [(_, attributes, text)] = page.all(tag)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules.pop(rule) == f"'sha256-{digest}'"
        assert attributes == {}
    assert rules == {
        "default-src": "'none'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert {tag for tag, _, _ in page.elements} & {"link", "iframe", "object", "base"} == set()
    for _, attributes, _ in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert attributes.get("src", "data:image/").startswith("data:image/")
        assert re.match(r"#|figures/|tables/", attributes.get("href", "#"))


@both
def test_the_page_is_sane_to_a_screen_reader(which: str, request: Any) -> None:
    """Language, landmarks, headings in order, unique ids, heads with scope, words for pictures."""
    page = request.getfixturevalue(which)
    assert page.all("html")[0][1]["lang"] == "en"
    assert all(len(page.all(tag)) == 1 for tag in ("header", "nav", "main", "footer", "h1"))
    levels = [int(tag[1]) for tag, _, _ in page.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    ids = [a["id"] for _, a, _ in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    targets = [a["href"][1:] for _, a, _ in page.all("a") if a["href"].startswith("#")]
    assert set(targets) <= set(ids)
    assert targets[0] == "main"
    assert all(a.get("scope") in ("col", "row") for _, a, _ in page.all("th"))
    assert all(a["alt"].strip() for _, a, _ in page.all("img"))
    assert len(page.all("caption")) == len(page.all("table"))
    named = [a["aria-labelledby"] for _, a, _ in page.elements if "aria-labelledby" in a]
    assert set(named) <= set(ids)


def test_scores_are_the_means_over_folds(page: Page, folder: Path) -> None:
    """Each mean and deviation as numpy has them; the highest F and the lowest loss are bold."""
    table = read_results(folder / "results.jsonl").table()
    for metric, best in (("macro_f", "mlsmote"), ("hamming", "mlsmote")):
        head, *rows = rows_of(page, f"scores-{metric.replace('_', '-')}-1-tree")
        assert head == ["sampler", "emotions", "birds", "scene", "mean rank"]
        for sampler, *cells, rank in rows:
            for dataset, text in zip(head[1:], cells, strict=False):
                chosen = table[(table["sampler"] == sampler) & (table["dataset"] == dataset)]
                scores = chosen[metric].to_numpy()
                mean, sd = f"{scores.mean():.3f}", f"±{scores.std(ddof=1):.3f}"
                assert text == (f"**{mean}** {sd}" if sampler == best else f"{mean} {sd}")
            assert rank.strip("*") == {"mlsmote": "1.00", "mlros": "2.00", "none": "3.00"}[sampler]


def test_figures_and_tables_lie_beside_the_page(page: Page, folder: Path) -> None:
    """Every link leads to a file; each picture of the page is its SVG file, byte by byte."""
    linked = {a["href"] for _, a, _ in page.all("a") if "/" in a["href"]}
    written = {f.relative_to(folder).as_posix() for f in folder.glob("*/*")}
    assert linked == written - {f"tables/{n}.csv" for n in ("scores", "labels", "minority")}
    shown = [base64.b64decode(a["src"].partition("base64,")[2]) for _, a, _ in page.all("img")]
    files = [f.read_bytes() for f in folder.glob("figures/*.svg")]
    assert sorted(shown) == sorted(files)
    assert all(f.read_bytes()[:4] == b"\x89PNG" for f in folder.glob("figures/*.png"))
    # two diagrams of ranks, two of scores, three of each data set, two gains over none
    assert len(files) == 2 + 2 + 3 * 3 + 2


def test_terms_in_heads_are_explained_without_a_pointer(page: Page) -> None:
    """Each term of a head is linked below its table, and what it means is text on the page."""
    meant = {a["title"]: text for _, a, text in page.all("abbr")}
    words = {*meant.values()}
    known = {"IRLbl", "MeanIR", "CVIR", "SCUMBLE", "TCS", "synthetic", "duplicates"}
    assert known | {"label sets unseen"} <= words
    defined = [text for _, a, text in page.all("dt", "dd")]
    for meaning, term in meant.items():
        assert defined[defined.index(meaning) - 1] == term
    addresses = {a["id"]: text for _, a, text in page.all("dt") if "id" in a}
    linked = {text for _, a, text in page.all("a") if addresses.get(a["href"][1:]) == text}
    assert words <= linked


def test_all_tables_have_the_order_of_the_run(page: Page) -> None:
    """The worst sampler was named first, so no table is sorted by ranks, nor by name."""
    run = ["none", "mlros", "mlsmote"]
    assert [row[0] for row in rows_of(page, "ranks")[1:]] == run
    assert [row[1] for row in rows_of(page, "tests")[1:]] == run[1:] * 2
    assert [row[1] for row in rows_of(page, "effects")[1:4]] == run
    for key in ("seconds", "scores-macro-f-1-tree"):
        assert [row[0] for row in rows_of(page, key)[1:]] == run
    heads = [" ".join(head.split()) for head in rows_of(page, "labels-1-emotions")[0]]
    assert heads[3:] == ["F1 with none", "gain of mlros", "gain of mlsmote"]


def test_a_lower_loss_is_a_positive_difference(page: Page, folder: Path) -> None:
    """Page and file say which sign is better; losses go down from sampler to sampler."""
    head, *rows = rows_of(page, "tests")
    column = head.index("median difference (+ = sampler better)")
    assert "where lower is better its sign is turned" in page.text()
    means = read_results(folder / "results.jsonl").table().groupby(["sampler", "dataset"])
    fall = means["hamming"].mean().unstack("sampler")
    median = (fall["none"] - fall["mlsmote"]).median()
    assert rows[-1][:2] == ["Hamming loss", "mlsmote"]
    assert rows[-1][column] == f"{median:.4f}"
    assert float(rows[-1][column]) > 0
    read = pd.read_csv(folder / "tables/tests.csv")
    assert read[head[column]].iloc[-1] == pytest.approx(median)


def test_the_sampler_shown_is_the_best_and_the_caption_says_so(page: Page) -> None:
    """By every metric mlsmote has the best rank."""
    captions = [" ".join(text.split()) for _, _, text in page.all("figcaption")]
    [shown] = [text for text in captions if "folds of emotions before" in text]
    best = "mlsmote (the best sampler by its average ranks, all metrics together; means over folds)"
    assert best in shown


def test_csv_holds_the_numbers_in_full(folder: Path) -> None:
    """Read by pandas, means and deviations are those of the table to the last digit."""
    table = read_results(folder / "results.jsonl").table()
    scores = table.groupby(["sampler", "dataset"])["macro_f"]
    read = pd.read_csv(folder / "tables/scores-macro-f-1-tree.csv", index_col=0)
    for wanted in (scores.mean().unstack(), scores.std().unstack().add_suffix(" sd")):
        pd.testing.assert_frame_equal(
            read[wanted.columns].loc[wanted.index], wanted, check_names=False, rtol=1e-13
        )
    heads = ["emotions", "emotions sd", "birds", "birds sd", "scene", "scene sd", "mean rank"]
    assert read.columns.tolist() == heads
    labels = pd.read_csv(folder / "tables/labels.csv", keep_default_na=False)
    assert len(labels) == 3 * 3 * 2


def test_latex_has_every_cell_and_no_bare_special() -> None:
    """Lines of one width, braces in pairs, no character of TeX's own left from a name."""
    results = results_of(*comparison(["a&b"], HOSTILE, ["tree"], metrics=["macro_f"]))
    [(_, sheet)] = score_sheets(results.table(), ("macro_f",), None, 0.05)
    lines = sheet.latex().splitlines()
    body = [line for line in lines if line.endswith(r" \\")]
    assert len(body) == 1 + len(HOSTILE)
    for line in body:
        cells = line.removesuffix(r" \\")
        assert len(re.findall(r"(?<!\\)&", cells)) == 2
        plain = re.sub(r"\\[{}]", "", cells)
        assert plain.count("{") == plain.count("}")
        ours = r"\\(text\w+|footnotesize|dots|orcode)|\$\\?[\w-]+\$|\\[&%$#_{}]|[{}]| & "
        assert not set(re.sub(ours, "", cells)) & set("\\&%$#_^~")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_latex_of_hostile_names_is_accepted_by_latex(tmp_path: Path) -> None:
    """A small document of a short and a long table, and the list that holds their captions."""
    named = [*HOSTILE, *FORMULAS, "[1ex]", "*", "名前", "Ångström ß", "e\u0301 Ą", "\\input{x}"]
    results = results_of(*comparison(named[-3:], named, named[-2:], named, metrics=["macro_f"]))
    sheets = [sheet for _, sheet in score_sheets(results.table(), ("macro_f",), None, 0.05)]
    short = replace(sheets[0], rows=sheets[0].rows[-6:])
    tables = "".join(sheet.latex() for sheet in (*sheets, short))
    (tmp_path / "tables.tex").write_text(tables, encoding="utf-8")
    (tmp_path / "all.tex").write_text(
        r"\documentclass{article}\usepackage{booktabs,longtable}\begin{document}"
        r"\input{tables}\listoftables\end{document}"
    )
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "all.tex"]
    for _ in range(2):  # the list is read the second time
        told = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        assert told.returncode == 0, told.stdout[-2000:]


def test_no_spreadsheet_computes_a_name(tmp_path: Path, undrawn: None) -> None:
    """Names that begin as formulas do stand behind an apostrophe, and numbers as they are."""
    made = comparison([FORMULAS[0]], FORMULAS, [FORMULAS[1]], [*FORMULAS, "-1.5"])
    where = write(tmp_path, *made)
    write_report(where)
    for file in (where / "tables").glob("*.csv"):
        for row in csv.reader(file.read_text(encoding="utf-8").splitlines()):
            computed = [cell for cell in row if re.match(r"[=+@-](?!\d+(\.\d+)?(e-\d+)?$)", cell)]
            assert not computed, file.name
    labels = pd.read_csv(where / "tables/labels.csv", keep_default_na=False)
    assert {*labels["label"]} == {f"'{name}" for name in FORMULAS} | {"-1.5"}


def test_csv_tells_nul_by_its_picture() -> None:
    """Python 3.10 refuses to write the character itself."""
    assert as_csv(pd.DataFrame({"name": ["a\0b"]})).decode() == "name\na\u2400b\n"


def test_marks_say_what_scipys_wilcoxon_and_holm_say() -> None:
    """Seven data sets on which one sampler gains, one loses, and one does neither."""

    def shift(cell: dict[str, Any]) -> dict[str, Any]:
        j = "abcdefg".index(cell["dataset"])
        shifts = {"none": 0, "up": 0.1 + j / 100, "down": -0.1 - j / 100, "odd": (-1) ** j * 0.01}
        return {**cell, "macro_f": 0.5 + j / 50 + shifts[cell["sampler"]]}

    samplers = ["none", "up", "down", "odd"]
    made = comparison(list("abcdefg"), samplers, ["tree"], metrics=["macro_f"], change=shift)
    table = results_of(*made).table()
    means = table.groupby(["dataset", "sampler"])["macro_f"].mean().unstack()
    p = {s: stats.wilcoxon(means[s], means["none"], mode="exact").pvalue for s in samplers[1:]}
    # where all differences are of one size, the signed ranks are the signs
    p["odd"] = stats.binomtest(4, 7).pvalue
    held, order = {}, sorted(p, key=p.__getitem__)
    for step, sampler in enumerate(order):
        held[sampler] = max([(3 - step) * p[sampler], *held.values()])
    expected = {
        s: "" if held[s] >= 0.05 else "*" if (means[s] > means["none"]).all() else "†" for s in held
    }
    assert expected == {"up": "*", "down": "†", "odd": ""}
    [(_, sheet)] = score_sheets(table, ("macro_f",), "none", 0.05)
    marks = {str(row[0].text): row[-1].mark for row in sheet.rows}
    assert marks == {"none": "", **expected}
    tests = against_sheet(list(find_all(table, ("macro_f",), "none")), "none")
    assert tests is not None
    figures = {str(row[1].text): [cell.value for cell in row[2:8]] for row in tests.rows}
    gains = means.sub(means["none"], axis=0)
    for sampler in samplers[1:]:
        wins, losses = (gains[sampler] > 0).sum(), (gains[sampler] < 0).sum()
        middle = float(gains[sampler].median())
        assert figures[sampler] == pytest.approx(
            [wins, 0, losses, middle, p[sampler], min(held[sampler], 1)]
        )
    # gains of .1 and more on every data set; the odd one gains or loses no more than a hundredth
    likely = {str(row[1].text): [cell.value for cell in row[8:]] for row in tests.rows}
    assert [likely[s].index(max(likely[s])) for s in samplers[1:]] == [2, 0, 1]


def test_the_summary_says_who_wins_and_by_which_test(page: Page) -> None:
    """Three data sets are ranked; with so few no difference from the control can be significant."""
    text = page.text()
    assert "All 18 cells are finished and none failed." in text
    assert text.count("One block is a data set.") == 1
    gains = "mlsmote has the best average rank, 1.00, and a median gain of +0.500."
    assert f"mlsmote is best in 3 of 3 blocks; {gains}" in text
    # three blocks of one order: one in six twice
    assert "do not all do alike (Friedman, exact: p = 0.028)" in text
    assert text.count("what no bar joins may be chance") == 2
    assert "No mark of significance: to tell 2 samplers from the control takes 7 data sets" in text
    p = stats.wilcoxon([1, 1, 1.5], mode="exact").pvalue
    assert f"smallest p = {2 * p:.3f})." in text
    cannot = "By Macro-F and Hamming loss no sampler could differ significantly from none"
    assert text.count("could differ") == 1
    # 2 * 2 / 2**7 is below five hundredths, 2 * 2 / 2**6 is not
    needed = "to tell 2 samplers from the control takes 7 blocks, and there are 3."
    assert f"{cannot}, whatever its scores: {needed}" in text
    assert 'seed = 5 # <b>"quoted"</b>' in text


def test_hostile_names_are_read_as_they_are(hostile: Page) -> None:
    """Each is text in an element that isolates its direction; long ones are told once in full."""
    isolated = {text for _, _, text in hostile.all("bdi")}
    for name in HOSTILE[:5] + HOSTILE[6:12]:
        assert legible(name) in isolated
    assert "49" not in isolated
    long = HOSTILE[5]
    assert hostile.source.count(long) == 1 + sum(long in t for _, _, t in hostile.all("pre"))
    [(_, item, text)] = [e for e in hostile.all("li") if "value" in e[1]]
    assert (item["id"], text) == ("name-1", long)
    assert "(no name)" in isolated


def test_no_character_of_the_page_steers_or_lacks_an_encoding(hostile: Page) -> None:
    """Neither NUL nor bell, half a surrogate pair nor override; right-to-left text is isolated."""
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u202a-\u202e]", hostile.source)
    text = re.compile(r"[\u0590-\u06ff]")
    outside = re.sub(r"<bdi>[^<]*</bdi>|alt=\"[^\"]*\"", "", hostile.source)
    assert text.search(hostile.source)
    assert not text.search(outside)


def test_failures_and_warnings_are_grouped_with_their_text(hostile: Page) -> None:
    """Each text once, with the number of cells that it befell."""
    text = hostile.text()
    assert f"2 cells: {HOSTILE[3]} under {HOSTILE[0]} and {HOSTILE[1]} on endless" in text
    assert text.count(f"{4 * len(HOSTILE)} cells:") == len(HOSTILE)
    assert f"Of {4 * len(HOSTILE)} cells, {4 * len(HOSTILE) - 2} are finished, 2 failed" in text


def test_texts_that_differ_in_numbers_are_one_kind() -> None:
    """The count is of cells, even where one cell warned twice; the first text is shown."""
    cell = {"dataset": "a", "sampler": "s", "estimator": "e", "error": None}
    cells = [{**cell, "warnings": [f"W: {j} left", f"W: {j}.5 left"]} for j in range(3)]
    errors, [warned] = troubles([*cells, {**cell, "warnings": []}])
    assert errors == []
    assert (warned.text, warned.count, warned.n_texts) == ("W: 0 left", 3, 6)


def report_of(tmp_path: Path, *args: Any, **options: Any) -> Page:
    """Return the page of a comparison laid down by hand."""
    return Page(write_report(write(tmp_path / "made", *comparison(*args, **options))))


@pytest.mark.usefixtures("undrawn")
class TestWhatIsMissing:
    """Each page says it."""

    def test_a_failed_grid(self, tmp_path: Path) -> None:
        """The failures are all there is to tell."""
        page = report_of(
            tmp_path,
            *(["toy"], ["none", "mlros"], ["tree"]),
            change=lambda cell: {
                "error": "ValueError: no",
                **{k: cell[k] for k in ("dataset", "sampler", "estimator", "repeat", "fold")},
                "warnings": [],
            },
        )
        text = page.text()
        assert "4 cells: none and mlros under tree on toy ValueError: no" in text
        assert "There are no scores: every cell failed" in text
        assert "Nothing is known label by label" in text

    def test_an_empty_grid(self, tmp_path: Path) -> None:
        """A comparison that was stopped before its first cell."""
        page = report_of(tmp_path, ["toy"], ["none"], ["tree"], change=lambda cell: None)
        assert "Of 2 cells, 0 are finished, 2 are missing" in page.text()
        assert "no cell is finished yet" in page.text()

    def test_an_unfinished_grid(self, tmp_path: Path) -> None:
        """What is there is shown, and blocks that lack a sampler are not ranked."""
        page = report_of(
            tmp_path,
            *(["a", "b", "c", "d"], ["none", "mlros"], ["tree"]),
            metrics=["macro_f"],
            change=lambda cell: cell if cell["dataset"] != "d" or cell["fold"] else None,
        )
        assert "Of 16 cells, 14 are finished, 2 are missing" in page.text()
        page = report_of(
            tmp_path,
            *(["a", "b", "c", "d"], ["none", "mlros"], ["tree"]),
            metrics=["macro_f"],
            change=lambda cell: (
                cell if cell["dataset"] != "d" or cell["sampler"] == "none" else None
            ),
        )
        assert "1 of 4 blocks are left out" in page.text()
        [_, *rows] = rows_of(page, "scores-macro-f-1-tree")
        assert [row[4] == "missing" for row in rows] == [False, True]

    def test_one_sampler(self, tmp_path: Path) -> None:
        """There is nothing to compare it with."""
        text = report_of(tmp_path, ["a", "b", "c"], ["mlros"], ["tree"]).text()
        assert "to compare takes two samplers, and only one sampler has finished cells" in text
        assert "is best in" not in text
        assert "there is no other sampler to compare with the control" in text

    def test_two_blocks(self, tmp_path: Path) -> None:
        """Too few for a test; the reason is told once for all metrics."""
        page = report_of(tmp_path, ["a"], ["none", "mlros"], ["tree", "knn"])
        reason = "Macro-F, Macro-AUC and Hamming loss: not tested"
        assert "mlros (the best" not in page.text()  # there is no other to be shown
        assert page.text().count(reason) == 2  # in the summary, and in place of diagrams
        any_test = "any test takes 3 complete blocks (each a data set under a classifier)"
        this_one = "to tell a sampler from the control at 5% takes 6, and there are 2"
        assert f"{any_test}, {this_one}" in page.text()

    def test_few_data_sets_are_ranked_under_classifiers_with_a_caution(
        self, tmp_path: Path
    ) -> None:
        """Two data sets under two classifiers make four blocks that are not independent."""
        text = report_of(tmp_path, ["a", "b"], ["none", "mlros"], ["tree", "knn"]).text()
        assert "best in 4 of 4 blocks;" in text
        assert "One block is a data set under a classifier." in text
        assert "read these tests as hints" in text

    def test_a_classifier_that_scores_as_another_is_no_block(self, tmp_path: Path) -> None:
        """Of six blocks on two data sets, those of the copy say nothing new."""

        def copied(cell: dict[str, Any]) -> dict[str, Any]:
            height = {"none": 0.1, "up": 0.2}[cell["sampler"]] + 0.1 * (cell["dataset"] == "b")
            return {**cell, "macro_f": height + 0.05 * (cell["estimator"] == "other")}

        estimators = ["tree", "tree-tuned", "other"]
        made = comparison(
            ["a", "b"], ["none", "up"], estimators, metrics=["macro_f"], change=copied
        )
        text = Page(write_report(write(tmp_path / "made", *made))).text()
        assert "up is best in 4 of 4 blocks" in text
        assert "2 blocks were left out of ranks and tests: another classifier has" in text

    def test_an_older_journal(self, tmp_path: Path) -> None:
        """Cells without counts of labels, a description without profiles."""
        description, cells = comparison(["toy"], ["none", "mlros"], ["tree"])
        del description["profiles"]
        for cell in cells.values():
            del cell["label_counts"]
        text = Page(write_report(write(tmp_path / "old", description, cells))).text()
        assert "holds no profiles of the data" in text
        assert "an older release wrote the results" in text

    def test_a_metric_without_values_and_one_unknown(self, tmp_path: Path) -> None:
        """Undefined in all cells, or of a later release: no table of scores, and no trace."""
        page = report_of(
            tmp_path,
            *(["a"], ["none", "mlros"], ["tree"]),
            metrics=["macro_auc", "newer_metric"],
            change=lambda cell: {**cell, "macro_auc": None},
        )
        assert "There are no scores: no metric is defined in any cell." in page.text()
        assert "newer_metricunknown to this release" in page.text()

    def test_names_of_a_different_control_and_level(self, tmp_path: Path) -> None:
        """The control and the level are those asked for."""
        where = write(tmp_path, *comparison(["a", "b", "c"], ["none", "up"], ["tree"]))
        text = Page(write_report(where, control="up", alpha=0.1)).text()
        assert "No sampler differs significantly from up (level 0.1;" in text

    def test_the_same_results_give_the_same_page(self, tmp_path: Path) -> None:
        """No date, no address, nothing drawn by chance; also from Results at hand."""
        where = write(tmp_path / "r", *comparison(["a"], ["none", "up"], ["tree"]))
        results = read_results(where / "results.jsonl")
        first = write_report(where).read_bytes()
        assert write_report(results, tmp_path / "new" / "again.html").read_bytes() == first

    def test_conventions_are_those_that_the_run_recorded(self, tmp_path: Path) -> None:
        """Not those of the release that writes the page."""
        page = report_of(tmp_path, ["a"], ["none", "up"], ["tree"], metrics=["macro_f"])
        assert METRICS["macro_f"].convention not in page.text()
        assert "Macro-F higher labels 0 where absent" in re.sub(
            r"\s+", " ", " ".join(text for _, _, text in page.all("th", "td"))
        )

    def test_large_tables_are_folded_and_labels_counted(self, tmp_path: Path) -> None:
        """Of 130 labels the hundred rarest are shown, and the rest is named a number."""
        labels = [f"label {j}" for j in range(130)]
        page = report_of(tmp_path, ["a"], ["none", "up"], ["tree"], labels, metrics=["macro_f"])
        assert "The 100 rarest of 130 labels" in page.text()
        assert len(rows_of(page, "labels-1-a")) == 1 + 100
        assert "(100 rows)" in next(t for _, _, t in page.all("summary"))


def test_a_page_is_replaced_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undrawn: None
) -> None:
    """What fails on the way leaves the older page as it was, and no half of a new one."""
    where = write(tmp_path, *comparison(["a"], ["none", "up"], ["tree"]))
    old = write_report(where).read_bytes()

    def fail(contents: Any) -> str:
        raise RuntimeError("on the way")

    monkeypatch.setattr(writing, "render", fail)
    with pytest.raises(RuntimeError, match="on the way"):
        write_report(where)
    assert (where / "report.html").read_bytes() == old
    assert not list(where.glob("*.part"))


def test_a_disk_that_fills_up_is_told_with_the_page(
    tmp_path: Path, undrawn: None, capsys: pytest.CaptureFixture
) -> None:
    """Here a folder stands where a table is to go; the older page stays."""
    where = write(tmp_path / "r", *comparison(["a"], ["none", "up"], ["tree"]))
    (where / "tables" / "labels.csv").mkdir(parents=True)
    (where / "report.html").write_text("old")
    assert cli.main(["report", str(where)]) == 2
    assert re.search(r"r/report\.html' could not be written whole", capsys.readouterr().err)
    assert (where / "report.html").read_text() == "old"
    assert not list(where.glob("*.part"))


def test_a_place_that_cannot_be_written_is_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """One error with the path, in Python and on the command line; so for what is a folder."""
    where = write(tmp_path / "r", *comparison(["a"], ["none", "up"], ["tree"]))
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(writing, "compose", lambda *args: pytest.fail("worked"))
    out = tmp_path / "file" / "page.html"
    with pytest.raises(OSError, match=r"page\.html' cannot be written .*name a place"):
        write_report(where, out)
    assert cli.main(["report", str(where), "--out", str(out)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    with pytest.raises(ValueError, match="is a folder; name a file in it"):
        write_report(where, tmp_path)


def test_what_was_not_compared_is_refused(tmp_path: Path) -> None:
    """A control that is no sampler, a level that is none, results without a place, no results."""
    made = comparison(["a"], ["none", "up"], ["tree"])
    where = write(tmp_path / "r", *made)
    with pytest.raises(ValueError, match=r"control='down' is no sampler.*'none', 'up'"):
        write_report(where, control="down")
    with pytest.raises(ValueError, match="alpha must lie between 0 and 1, got 5"):
        write_report(where, alpha=5)
    with pytest.raises(ValueError, match="out is missing"):
        write_report(Results(made[0], list(made[1].values())))
    with pytest.raises(FileNotFoundError, match="no such file of comparison results"):
        write_report(tmp_path / "elsewhere")
    assert sorted(f.name for f in tmp_path.iterdir()) == ["r"]


def test_compare_writes_a_report_unless_told_not_to(
    tmp_path: Path, capsys: pytest.CaptureFixture, undrawn: None
) -> None:
    """The command line writes the page of a real comparison, and ``report`` writes it again."""
    save_arff(make_imbalanced_multilabel(60, 5, 4, random_state=0), tmp_path / "toy.arff")
    command = ["compare", str(tmp_path / "toy.arff"), "--samplers", "none", "mlros", "--cv=1x2"]
    command += ["--estimators", "lp-tree", "--no-progress", "--out", str(tmp_path / "r")]
    page = tmp_path / "r" / "report.html"
    assert cli.main([*command, "--no-report"]) == 0
    assert not page.exists()
    assert cli.main(command) == 0
    first = page.read_bytes()
    assert f"report in {page}, figures and tables beside it" in capsys.readouterr().out
    page.unlink()
    assert cli.main(["report", str(tmp_path / "r"), "--control", "none"]) == 0
    assert page.read_bytes() == first
    text = Page(page).text()
    profile = read_results(tmp_path / "r" / "results.jsonl").profiles["toy"]
    assert rows_of(Page(page), "data-sets")[1][:4] == ["toy", "60", "5", "4"]
    assert f"{np.mean(profile['ir_per_label']):.2f}" == rows_of(Page(page), "data-sets")[1][7]
    assert "--estimators lp-tree" in text  # the command, as the experiment's file has it
