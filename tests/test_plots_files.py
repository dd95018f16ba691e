"""Displays as files: an SVG that a page under the strictest policy can hold, and PNG."""

import re
from xml.etree import ElementTree

import pandas as pd
import pytest
from PIL import Image

from skml_aemlo.compare.plots import LabelImbalanceDisplay, ScoreDisplay, save, svg

NAMES = ["<script>alert(1)</script>", 'id="x" href="#y"', "-->", "a & b"]


@pytest.fixture
def display():
    """Return a display with clip paths, markers and hostile names."""
    return LabelImbalanceDisplay.from_counts([90, 5, 2, 1], [91, 9, 9, 4], label_names=NAMES)


def test_the_picture_asks_for_nothing_outside(display):
    """No reference leaves the picture, and no script, style, font or metadata is inside."""
    text = svg(display)
    assert text.startswith("<svg")
    root = ElementTree.fromstring(text)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "g", "defs", "path", "use", "clipPath", "rect", "image"}
    for element in root.iter():
        for name, value in element.attrib.items():
            assert name != "style"
            assert not name.startswith("on")
            if name.endswith("href"):
                assert value.startswith("#")
    assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"]


def test_nothing_points_nowhere(display):
    """Every reference has its id, prefixed as well, and no id is there twice."""
    text = svg(display, prefix="p1-")
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(set(ids)) == len(ids)
    assert all(name.startswith("p1-") for name in ids)
    pointed = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', text))
    assert {a or b for a, b in pointed} <= set(ids)
    assert pointed


def test_pictures_on_one_page_share_no_id(display):
    """Two prefixes, no common id."""
    first, second = (set(re.findall(r'\bid="([^"]+)"', svg(display, prefix=p))) for p in "ab")
    assert not first & second


def test_the_same_display_is_the_same_text(display):
    """Neither date nor chance gets in."""
    again = LabelImbalanceDisplay.from_counts([90, 5, 2, 1], [91, 9, 9, 4], label_names=NAMES)
    assert svg(display) == svg(again)


def test_words_go_with_the_picture(display):
    """The root bears the description, as a reader without eyes gets it."""
    root = ElementTree.fromstring(svg(display))
    assert root.get("aria-label") == display.alt
    assert root.get("role") == "img"


def test_styles_are_kept_as_attributes(display):
    """What was said in style attributes is there: the blue diamonds, the grey lines."""
    root = ElementTree.fromstring(svg(display))
    assert "#0072b2" in {element.get("fill") for element in root.iter()}
    assert "#999999" in {element.get("stroke") for element in root.iter()}


def test_files_are_written(display, tmp_path):
    """The ending chooses the format."""
    save(display, tmp_path / "a.svg")
    again = LabelImbalanceDisplay.from_counts([90, 5, 2, 1], [91, 9, 9, 4], label_names=NAMES)
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == svg(again)
    save(display, str(tmp_path / "a.PNG"), dpi=50)
    with Image.open(tmp_path / "a.PNG") as picture:
        assert picture.format == "PNG"
        assert picture.width == round(50 * display.figure_.get_size_inches()[0])
    with pytest.raises(ValueError, match=r"\.svg or \.png, got 'a\.gif'"):
        save(display, "a.gif")


def test_a_part_of_a_figure_is_saved_whole(tmp_path):
    """A display inside a figure of others is saved with these."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3))
    table = pd.DataFrame({"sampler": ["a", "b"], "macro_f": [0.1, 0.2]})
    left, right = figure.subplots(1, 2)
    ScoreDisplay.from_table(table, "macro_f", ax=left)
    display = ScoreDisplay.from_table(table, "macro_f", ax=right)
    save(display, tmp_path / "both.png", dpi=50)
    with Image.open(tmp_path / "both.png") as picture:
        assert picture.size == (400, 150)
