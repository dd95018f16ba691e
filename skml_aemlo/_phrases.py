"""Phrases that messages and pages share: things counted, names that were meant, names made safe."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

__all__ = ["counted", "printable", "suggestion", "unknown"]


def counted(number: int, what: str) -> str:
    """Return a number of things in words; more than one take an s.

    >>> counted(1, "label"), counted(1200, "cell")
    ('1 label', '1,200 cells')
    """
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def suggestion(name: Any, known: Iterable[str]) -> str:
    """Return what may have been meant by a name that is not known, and what there is.

    >>> suggestion("mlsmot", ["mlros", "mlsmote"]), suggestion("?", ["none"])
    ("did you mean 'mlsmote'? Known: mlros, mlsmote", 'known: none')
    """
    names = list(known)
    near = get_close_matches(str(name), names, n=1)
    return f"{f'did you mean {near[0]!r}? Known' if near else 'known'}: {', '.join(names)}"


def unknown(kind: str, name: Any, known: Iterable[str]) -> str:
    """Return the message on a name that is not known.

    >>> unknown("metric", "macro-f", ["macro_f", "hamming"])
    "unknown metric 'macro-f'; did you mean 'macro_f'? Known: macro_f, hamming."
    """
    return f"unknown {kind} {name!r}; {suggestion(name, known)}."


def printable(name: str) -> str:
    r"""Return a name in which nothing moves the cursor of a terminal.

    Characters that cannot be seen, or not be encoded, are told as escapes.

    >>> print(printable("na\x1b[31mïve"))
    na\x1b[31mïve
    """
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)
