"""Every page of the site as Chromium shows it: no error, no cut text on a narrow screen, search.

Run by ``nox -s browser`` where ``nox -s docs`` has built the site, which ``SKML_AEMLO_SITE`` names.
"""

import os
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

SITE = Path(os.environ.get("SKML_AEMLO_SITE", "docs/_build/html")).resolve()
PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
PAGES = [name for name in PAGES if not name.startswith("_static")]
PHONE = {"width": 390, "height": 844}

pytestmark = pytest.mark.skipif(not PAGES, reason="nox -s docs has not built the site")


class Quiet(SimpleHTTPRequestHandler):
    """A server of files that does not tell of every one."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the site to this machine alone."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def page(browser: Browser, address: str) -> Iterator[Page]:
    """Give a page that may ask this server only, and notes every complaint."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.complaints = []  # type: ignore[attr-defined]
    note = opened.complaints.append  # type: ignore[attr-defined]
    opened.on("console", lambda m: m.type in ("error", "warning") and note(m.text))
    opened.on("pageerror", lambda error: note(str(error)))
    opened.on("request", lambda r: r.url.startswith((address, "data:")) or note(r.url))
    opened.on("response", lambda r: r.status >= 400 and note(f"{r.status} {r.url}"))
    yield opened
    opened.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_a_complaint_and_fits_a_phone(
    page: Page, address: str, name: str
) -> None:
    """Nothing is asked of other machines, pictures are there, nothing sticks out of the screen."""
    page.complaints.clear()  # type: ignore[attr-defined]
    page.set_viewport_size(PHONE)
    page.goto(f"{address}/{name}", wait_until="load")
    blank = page.eval_on_selector_all(
        "img", "all => all.filter(i => !i.loading && !i.naturalWidth).map(i => i.src)"
    )
    assert not blank
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"] + 1
    size = page.evaluate("parseFloat(getComputedStyle(document.querySelector('main')).fontSize)")
    assert size >= 14
    assert not page.complaints  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "found"), [("mlsmote", "MLSMOTE"), ("SCUMBLE", "measures"), ("rare tags", "tags")]
)
def test_search_finds(page: Page, address: str, words: str, found: str) -> None:
    """The first results hold the page that one looks for."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{address}/search.html?q={words.replace(' ', '+')}")
    page.wait_for_selector("#search-results ul.search li a")
    titles = page.eval_on_selector_all(
        "#search-results ul.search li > a", "all => all.slice(0, 12).map(a => a.textContent)"
    )
    assert any(found.lower() in title.lower() for title in titles), titles


# where one begins, by the words of someone who knows none of ours
BEGINNINGS = {"choosing.html", "good_to_know.html", "start.html"}
WORDS = ("rare labels", "leak", "imbalance", "undersampling", "threshold", "text")


@pytest.mark.parametrize("words", WORDS)
def test_search_begins_where_a_newcomer_does(page: Page, address: str, words: str) -> None:
    """A page to begin with comes first; how the library is built is not among the first ten."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{address}/search.html?q={words.replace(' ', '+')}")
    page.wait_for_selector("#search-results ul.search li a")
    page.wait_for_function("document.querySelectorAll('#search-results ul.search li').length > 2")
    found = page.eval_on_selector_all(
        "#search-results ul.search li > a", "all => all.slice(0, 10).map(a => a.pathname.slice(1))"
    )
    assert found[0] in BEGINNINGS, found
    assert not [path for path in found if path.startswith(("develop/", "changelog"))]


def test_the_theme_can_be_changed_by_keyboard(page: Page, address: str) -> None:
    """The menu of light and dark opens and is chosen from by the keyboard."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{address}/index.html")
    page.locator("button.theme-switch-button:visible").first.press("Enter")
    page.locator("button.dropdown-item:visible", has_text="Dark").first.press("Enter")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
