"""The report as Chromium shows it: nothing refused, tables that sort, dark, narrow, on paper.

Run by ``nox -s browser``; screenshots and the PDF lie in ``SKML_AEMLO_SHOTS``, or in pytest's
temporary folder.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page
from reported import HOSTILE
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import MLROS, MLSMOTE
from skml_aemlo.compare import run, write_report

CONTRAST = """() => {
  // colours, laid over one another as they are painted, as the guidelines of the W3C weigh them
  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = parse(getComputedStyle(one).backgroundColor);
      if (colour.a === 1) return colour;
    }
    return { r: 255, g: 255, b: 255 };
  };
  const light = ({ r, g, b }) => [r, g, b].map((c) => c / 255).map(
    (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  ).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || ["STYLE", "SCRIPT"].includes(element.tagName)) continue;
    const [a, b] = [parse(getComputedStyle(element).color), behind(element)].map(light);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found.push([ratio, element.tagName + " " + element.textContent.trim().slice(0, 40)]);
  }
  return found;
}"""


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report of a real comparison in which all names are hostile, and one cell fails."""
    rng = np.random.default_rng(3)
    labels = [name for name in HOSTILE if "\ud800" not in name]
    X = rng.normal(size=(60, 4))
    Y = (rng.random((60, len(labels))) < np.linspace(0.6, 0.15, len(labels))).astype(int)
    frame = pd.DataFrame(Y, columns=labels)
    samplers = {
        HOSTILE[0]: None,
        HOSTILE[1]: MLROS(),
        HOSTILE[5]: MLSMOTE(n_neighbors=3),
        HOSTILE[6]: MLSMOTE(categorical_features=[99]),
    }
    trees = {HOSTILE[2]: DecisionTreeClassifier(), HOSTILE[3]: DecisionTreeClassifier(max_depth=3)}
    folder = tmp_path_factory.mktemp("report")
    with pytest.warns(UserWarning, match="cells (failed|warned)"):
        run(
            [(name, X[i:], frame[i:]) for i, name in enumerate(HOSTILE[:3])],
            *(samplers, trees),
            cv="1x2",
            metrics=["macro_f", "hamming"],
            out=folder / "results.jsonl",
        )
    return write_report(folder)


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder for pictures of the page."""
    named = os.environ.get("SKML_AEMLO_SHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("shots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def told() -> list[str]:
    """Return what the browser complains of and asks for."""
    return []


def open_page(browser: Browser, report: Path, told: list[str], **options: Any) -> Page:
    """Open the report from the disk, all complaints and requests noted."""
    page = browser.new_page(**options)
    page.on("console", lambda message: told.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: told.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (told.append("dialog"), dialog.dismiss()))
    page.on("request", lambda request: told.append(request.url))
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation', (e) => console.log(e.blockedURI))"
    )
    page.goto(report.as_uri())
    return page


def outside(told: list[str], report: Path) -> list[str]:
    """Return complaints, and requests for anything but the page and what is in it."""
    return [one for one in told if one != report.as_uri() and not one.startswith("data:image/")]


@pytest.fixture
def page(browser: Browser, report: Path, told: list[str]) -> Iterator[Page]:
    """Return the report, opened; at the end nothing was refused, asked for or complained of."""
    opened = open_page(browser, report, told)
    yield opened
    opened.close()
    assert outside(told, report) == []


def column(page: Page, table: str, place: int) -> list[float]:
    """Return the numbers of a column from the top, NaN for what is missing."""
    texts = page.locator(f"{table} tbody tr td:nth-child({place})").all_inner_texts()
    numbers = (re.match(r"\d\.\d+", text) for text in texts)
    return [float(number[0]) if number else float("nan") for number in numbers]


def assert_sorted(values: list[float], descending: bool) -> None:
    """Check the order, what is missing at the end."""
    known = [value for value in values if value == value]
    assert known == sorted(known, reverse=descending)
    assert values[: len(known)] == known
    assert 0 < len(known) < len(values)


TABLE = "table[id^=table-scores-macro-f-1]"


def test_hostile_names_do_nothing(page: Page) -> None:
    """No dialog, no element made of a name, the names to be read as they are."""
    assert page.locator("script").count() == 1
    assert page.locator("img:not([src^='data:image/'])").count() == 0
    shown = page.locator("bdi").all_inner_texts()
    assert {HOSTILE[0], HOSTILE[1], HOSTILE[2]} <= set(shown)
    assert page.evaluate("[...document.images].every((one) => one.naturalWidth > 0)")


def test_the_policy_refuses_what_a_name_could_bring(
    browser: Browser, report: Path, told: list[str]
) -> None:
    """Were a name ever markup, its script, handler, style and picture would still do nothing."""
    page = open_page(browser, report, told)
    page.evaluate(
        """() => document.body.insertAdjacentHTML("beforeend", '<b id="b" style="color: red">b</b>'
        + '<img src="file:///x.png" onerror="window.broken = 1">')"""
    )
    page.evaluate(
        """() => { const s = document.createElement("script"); s.textContent = "window.broken = 1";
        document.body.append(s); }"""
    )
    page.wait_for_timeout(200)
    assert page.evaluate("window.broken") is None
    assert page.evaluate("getComputedStyle(document.getElementById('b')).color") != "rgb(255, 0, 0)"
    refused = " ".join(told)
    assert all(rule in refused for rule in ("img-src", "style-src", "script-src"))
    page.close()


def test_a_click_sorts_numbers_and_another_turns_them(page: Page) -> None:
    """Best first, then worst first; the head says so; failed cells stay at the end."""
    head = page.locator(f"{TABLE} thead th:nth-child(2)")
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert_sorted(column(page, TABLE, 2), descending=True)
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert_sorted(column(page, TABLE, 2), descending=False)
    assert "ascending" in page.locator("#told").inner_text()


def test_the_keyboard_sorts_and_the_focus_is_seen(page: Page) -> None:
    """Tab reaches the skip link first; Enter and Space on a head sort; one column is sorted."""
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    first = page.locator(f"{TABLE} thead th:nth-child(1) button")
    first.focus()
    page.keyboard.press("Enter")
    names = page.locator(f"{TABLE} tbody th").all_inner_texts()
    page.keyboard.press("Space")
    assert page.locator(f"{TABLE} tbody th").all_inner_texts() == names[::-1]
    page.keyboard.press("Tab")
    width = "getComputedStyle(document.activeElement).outlineWidth"
    assert page.evaluate("document.activeElement.closest('th').cellIndex") == 1
    assert page.evaluate(width) == "3px"
    page.keyboard.press("Space")
    sorted_heads = page.locator(f"{TABLE} th[aria-sort]")
    assert sorted_heads.count() == 1
    assert_sorted(column(page, TABLE, 2), descending=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_by_day_and_by_night(
    browser: Browser, report: Path, told: list[str], shots: Path, scheme: Any
) -> None:
    """Every text has a contrast of 4.5 at least; pictures keep their white plate."""
    page = open_page(
        browser, report, told, color_scheme=scheme, viewport={"width": 1280, "height": 900}
    )
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    ratios = page.evaluate(CONTRAST)
    assert len(ratios) > 100
    assert [pair for pair in ratios if pair[0] < 4.5] == []
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", paper))) < 200) == (scheme == "dark")
    plate = page.evaluate("getComputedStyle(document.images[0]).backgroundColor")
    assert plate == "rgb(255, 255, 255)"
    page.screenshot(path=shots / f"{scheme}.png", full_page=True)
    page.close()
    assert outside(told, report) == []


def test_a_narrow_screen_scrolls_tables_not_the_page(
    browser: Browser, report: Path, told: list[str], shots: Path
) -> None:
    """At 320 pixels nothing is cut off, whatever a name is."""
    page = open_page(browser, report, told, viewport={"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    shown = "[...document.querySelectorAll('figure img')].map((i) => i.clientWidth)"
    assert min(page.evaluate(shown)) >= 590  # 600 with its border
    cue = "getComputedStyle(document.querySelector('figcaption'), '::before').content"
    assert "scrolls sideways" in page.evaluate(cue)
    shade = "getComputedStyle(document.querySelector('.scroll')).backgroundAttachment"
    assert page.evaluate(shade) == "local, local, scroll, scroll, scroll"
    wide = "[...document.querySelectorAll('.scroll')].some((s) => s.scrollWidth > s.clientWidth)"
    assert page.evaluate(wide)
    page.screenshot(path=shots / "narrow.png", full_page=True)
    page.close()
    assert outside(told, report) == []


def test_paper_has_all_of_it(page: Page, shots: Path) -> None:
    """What is folded is open in print, tables are as wide as the sheet, the menu is left out."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 690, "height": 900})  # an A4 sheet between its margins
    content = "getComputedStyle(document.querySelector('details'), '::details-content')"
    assert page.evaluate(f"{content}.contentVisibility") == "visible"
    assert not page.locator("nav").is_visible()
    tables = "[...document.querySelectorAll('.scroll:not(.wide) table')]"
    assert page.evaluate(f"{tables}.every((t) => t.offsetWidth <= 691)")
    pdf = page.pdf(prefer_css_page_size=True, print_background=True, path=shots / "report.pdf")
    assert pdf[:5] == b"%PDF-"
    boxes = re.findall(rb"/MediaBox\s*\[([\d. ]+)\]", pdf)
    sizes = {tuple(round(float(x)) for x in box.split()[2:]) for box in boxes}
    assert (595, 842) in sizes
    assert sizes <= {(595, 842), (842, 595), (596, 842), (842, 596)}


def test_tables_are_read_without_scripts(browser: Browser, report: Path) -> None:
    """No button that does nothing; every row is there."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator("button").count() == 0
    assert page.locator(f"{TABLE} tbody tr").count() == 4
    context.close()


def test_a_screen_reader_finds_its_way(page: Page) -> None:
    """Pictures have words, heads a scope, headings an order, tables and regions a name."""
    assert page.evaluate("[...document.images].every((one) => one.alt.trim())")
    assert page.evaluate("[...document.querySelectorAll('th')].every((one) => one.scope)")
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4')].map((h) => +h.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert max(np.diff(levels)) <= 1
    tree = page.locator("body").aria_snapshot()
    for landmark in ("banner", "navigation", "main", "contentinfo"):
        assert re.search(rf"^\s*- {landmark}", tree, re.MULTILINE)
    assert page.evaluate("[...document.querySelectorAll('table')].every((t) => t.caption)")
    assert page.evaluate("document.documentElement.lang") == "en"
