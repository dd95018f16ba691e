"""Displays as files: PNG, and SVG that a page of any policy can hold."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from ..extras import require_matplotlib
from .display import Display

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["save", "svg"]

_NAMESPACE = "http://www.w3.org/2000/svg"
_SALT = "skml_aemlo"


def svg(display: Display, *, prefix: str = "") -> str:
    """Return a display as the text of an SVG picture.

    Parameters
    ----------
    display : Display
    prefix : str, default=""
        Put before every id; several pictures inside one page each want their own.

    Returns
    -------
    str
        One ``<svg>`` element that asks for nothing outside itself: no script, no style sheet and no
        ``style`` attribute, which a strict content security policy refuses, no font (characters are
        outlines), no date. A display made again gives the same text.

    Examples
    --------
    >>> from skml_aemlo.compare.plots import LabelImbalanceDisplay
    >>> display = LabelImbalanceDisplay.from_counts([30, 5], label_names=["sky", "bird"])
    >>> svg(display)[:4]
    '<svg'
    """
    root = ElementTree.fromstring(_drawn(display.figure_))
    for parent in root.iter():
        for child in [one for one in parent if _tag(one) in ("metadata", "style")]:
            parent.remove(child)
    for element in root.iter():
        _make_plain(element, prefix)
    # what matplotlib says in a style sheet, here inherited from the root
    said = {"stroke-linejoin": "round", "stroke-linecap": "butt"}
    root.attrib.update(xmlns=_NAMESPACE, role="img", **{"aria-label": display.alt}, **said)
    return ElementTree.tostring(root, encoding="unicode")


def _drawn(figure: Figure) -> str:
    text = io.StringIO()
    options = {"svg.hashsalt": _SALT, "svg.fonttype": "path", "svg.id": None}
    matplotlib = require_matplotlib()
    known = {name: value for name, value in options.items() if name in matplotlib.rcParams}
    with matplotlib.rc_context(known):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _make_plain(element: ElementTree.Element, prefix: str) -> None:
    """Drop name spaces, spread a style over attributes, and put the prefix before ids."""
    element.tag = _tag(element)
    given = {name.rpartition("}")[2]: value for name, value in element.attrib.items()}
    style = given.pop("style", "")
    rules = dict(rule.split(":", 1) for rule in style.split(";") if ":" in rule)
    given.update({name.strip(): value.strip() for name, value in rules.items()})
    element.attrib.clear()
    element.attrib.update({name: _prefixed(name, v, prefix) for name, v in given.items()})


def _prefixed(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return prefix + value
    if name == "href" and value.startswith("#"):
        return f"#{prefix}{value[1:]}"
    return value.replace("url(#", f"url(#{prefix}")


def save(display: Display, path: str | os.PathLike[str], *, dpi: float = 150) -> None:
    """Write a display into a file.

    Parameters
    ----------
    display : Display
    path : path-like
        Its ending says the format: ``.svg``, as `svg` makes it, or ``.png``.
    dpi : float, default=150
        Dots an inch of a PNG.

    Raises
    ------
    ValueError
        If the ending is another one.

    Examples
    --------
    >>> from skml_aemlo.compare.plots import LabelImbalanceDisplay
    >>> save(LabelImbalanceDisplay.from_counts([30, 5]), "picture.gif")
    Traceback (most recent call last):
    ValueError: path must end in .svg or .png, got 'picture.gif'.
    """
    ending = os.path.splitext(os.fspath(path))[1].lower()
    if ending not in (".svg", ".png"):
        raise ValueError(f"path must end in .svg or .png, got {os.fspath(path)!r}.")
    if ending == ".svg":
        with open(path, "w", encoding="utf-8") as file:
            file.write(svg(display))
    else:
        # without a date or a version, the same picture is the same file
        display.figure_.savefig(path, format="png", dpi=dpi, metadata={"Software": None})
