"""The site as files: links lead somewhere, pictures are described, nothing is fetched.

Run by ``nox -s docs`` on what it built, which ``SKML_AEMLO_SITE`` names.
"""

import os
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import skml_aemlo
from skml_aemlo import SAMPLERS

SITE = Path(os.environ.get("SKML_AEMLO_SITE", "docs/_build/html")).resolve()
PAGES = sorted(path for path in SITE.rglob("*.html") if "_static" not in path.parts)
# what a page may lead to elsewhere by a click, but not load
CLICKED = {"a"}


class Page(HTMLParser):
    """What a page holds: places to jump to, what it leads to and loads, and its pictures."""

    def __init__(self, text):
        super().__init__()
        self.places, self.targets, self.pictures = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note a tag."""
        told = dict(attrs)
        self.places |= {told.get("id"), told.get("name")} - {None}
        for name in ("href", "src"):
            if told.get(name) and told.get("rel") not in ("canonical", "preconnect"):
                self.targets.append((tag, told[name]))
        if tag == "img":
            self.pictures.append((told.get("src"), told.get("alt")))


@cache
def read(path):
    """Return a page of the site."""
    return Page(path.read_text(encoding="utf-8"))


def name_of(path):
    """Return a page's place in the site."""
    return path.relative_to(SITE).as_posix()


def test_there_is_a_site():
    """Dozens of pages, one for every public name among them."""
    made = {path.stem for path in (SITE / "api" / "made").glob("*.html")}
    missing = [n for n in skml_aemlo.__all__ if f"skml_aemlo.{n}" not in made and n[0].isupper()]
    assert not missing
    assert len(PAGES) > 100


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_links_inside_the_site_lead_somewhere(path):
    """File and place on it exist."""
    broken = []
    for tag, target in read(path).targets:
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            if tag not in CLICKED:
                broken.append(f"{tag} loads {target}")
            continue
        there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        there = there / "index.html" if there.is_dir() else there
        if not there.exists() or SITE not in there.parents:
            broken.append(target)
        elif parts.fragment and there.suffix == ".html":
            place = unquote(parts.fragment)
            if place not in read(there).places:
                broken.append(target)
    assert not broken


GUIDE = sorted((SITE / "guide").glob("*.html"))
SOURCES = Path(__file__).parents[2] / "docs" / "guide"


@pytest.mark.parametrize("path", GUIDE, ids=name_of)
def test_a_sampler_is_linked_where_a_page_of_the_guide_names_it(path):
    """What stands in the source as code in the text, by a link to its own page."""
    source = (SOURCES / f"{path.stem}.md").read_text(encoding="utf-8")
    text = re.sub(r"^```.*?^```|^#.*?$", "", source, flags=re.MULTILINE | re.DOTALL)
    named = {type(entry.factory()).__name__ for entry in SAMPLERS.values() if entry.name != "none"}
    named = {name for name in named if re.search(rf"(?<!\[)`{name}`", text)}
    led = {urlsplit(target).path.split("/")[-1] for _, target in read(path).targets}
    assert {f"skml_aemlo.{name}.html" for name in named} <= led


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_pictures_say_what_they_show(path):
    """An alternative text that is no file name; a thumbnail has its title beside it, and none."""
    shown = [(src, alt) for src, alt in read(path).pictures if not src.endswith("_thumb.png")]
    assert not [src for src, alt in shown if not alt or alt.endswith((".png", ".svg"))]
