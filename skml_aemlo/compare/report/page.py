"""A report as one page: its contents laid out by a template, nothing in it that can be run."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..extras import require_jinja2
from .glossary import TERMS, anchor_of, term_of, terms_of
from .words import Name, Names, Phrase, legible

if TYPE_CHECKING:
    from markupsafe import Markup

__all__ = ["render"]

LONGEST_TEXT = 20_000
_FOLDER = Path(__file__).parent


def render(contents: dict[str, Any]) -> str:
    """Return the page.

    Parameters
    ----------
    contents : dict
        What the template asks for.

    Returns
    -------
    str
        HTML that loads nothing and runs one script, ours, by its digest.
    """
    from markupsafe import Markup

    jinja2 = require_jinja2()
    names = Names()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER, encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )

    def told(phrase: Phrase, linked: bool = True) -> Markup:
        return _told(phrase, names, linked)

    environment.filters |= {"told": told, "seen": legible, "named": Name}
    environment.filters |= {"anchored": anchor_of, "terms": terms_of, "explained": _explained}
    style, script = (_read(name) for name in ("page.css", "page.js"))
    return environment.get_template("page.html").render(
        **contents,
        names=names,
        terms=TERMS,
        longest_text=LONGEST_TEXT,
        policy=_policy(style, script),
        # our own files, in which nobody's names are
        style=Markup(style),
        script=Markup(script),
    )


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    digests = (b64encode(sha256(text.encode()).digest()).decode() for text in (style, script))
    style_digest, script_digest = (f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; img-src data:; style-src {style_digest}; script-src {script_digest}; "
        "base-uri 'none'; form-action 'none'"
    )


def _explained(head: Phrase, shown: Markup) -> Markup:
    """Return the head of a column, the term in it with its meaning."""
    from markupsafe import Markup, escape

    term = term_of(head)
    if term is None:
        return shown
    return shown.replace(
        escape(term), Markup('<abbr title="{}">{}</abbr>').format(TERMS[term], term)
    )


def _told(phrase: Phrase, names: Names, linked: bool) -> Markup:
    """Return a phrase as HTML, each name kept from changing the direction of what is around it."""
    from markupsafe import Markup, escape

    if isinstance(phrase, tuple):
        return Markup("").join(_told(part, names, linked) for part in phrase)
    if not isinstance(phrase, Name):
        return escape(legible(str(phrase)))
    text, number = names.short(phrase.text)
    shown = Markup("<bdi>{}</bdi>").format(text)
    if number is None:
        return shown
    if not linked:
        return Markup("{}<sup>{}</sup>").format(shown, number)
    return Markup('<a href="#name-{}">{}<sup>{}</sup></a>').format(number, shown, number)
