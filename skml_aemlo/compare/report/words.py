"""Text of a report: what we say, and the names from data files that it must hold harmlessly."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Name", "Names", "Phrase", "enumerated", "legible", "listed"]

LONGEST = 40
FULL = 20_000
_KEPT = "\n\t"
_STEERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Name:
    """A name that someone else chose, of a data set, a sampler, an estimator or a label.

    Parameters
    ----------
    text : str
    """

    text: str

    def __str__(self) -> str:
        return legible(self.text)


Phrase = str | Name | tuple[Any, ...]
"""What a sentence is made of: our words, others' names, and phrases of these."""


def legible(text: str) -> str:
    r"""Return a text in which every character can be seen and encoded.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Control characters as their pictures; other controls, halves of surrogate pairs and marks
        that override the direction of what follows as U+FFFD; line ends and tabs as they are.

    Examples
    --------
    >>> legible("a\0b"), legible("\ud800")
    ('a␀b', '�')
    """
    return "".join(_seen(c) for c in text)


def _seen(character: str) -> str:
    code = ord(character)
    if character in _KEPT:
        return character
    if unicodedata.category(character) not in ("Cc", "Cs") and character not in _STEERING:
        return character
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def listed(phrases: Iterable[Any], limit: int | None = None) -> Phrase:
    """Return phrases as an enumeration.

    Parameters
    ----------
    phrases : iterable of phrases
    limit : int, optional
        So many are told, the others counted.

    Returns
    -------
    phrase

    Examples
    --------
    >>> "".join(listed(["a", "b", "c"])), "".join(listed(["a", "b", "c", "d"], 2))
    ('a, b and c', 'a, b and 2 more')
    """
    all_of_them = list(phrases)
    told = all_of_them[:limit]
    if len(told) < len(all_of_them):
        told.append(f"{len(all_of_them) - len(told)} more")
    joined: list[Any] = []
    for place, phrase in enumerate(told):
        between = " and " if place == len(told) - 1 else ", "
        joined.extend([between, phrase] if place else [phrase])
    return tuple(joined)


def enumerated(names: Iterable[str], limit: int = 8) -> Phrase:
    """Return names as an enumeration, of many the first.

    Parameters
    ----------
    names : iterable of str
    limit : int, default=8

    Returns
    -------
    phrase
    """
    return listed(map(Name, names), limit)


@dataclass
class Names:
    """Those names that are too long to be shown wherever they are mentioned.

    Examples
    --------
    >>> names = Names()
    >>> names.short("sky"), names.short("a name of " + "very " * 20 + "many words")
    (('sky', None), ('a name of very very very very very very…', 1))
    >>> names.full
    [(1, 'a name of very very ... many words')]
    """

    _numbers: dict[str, int] = field(default_factory=dict)

    def short(self, text: str) -> tuple[str, int | None]:
        """Return what is shown of a name, and its number among those that are told in full.

        Parameters
        ----------
        text : str

        Returns
        -------
        str, int or None
        """
        words = " ".join(text[: 4 * LONGEST].split())
        if len(words) <= LONGEST and len(text) <= 4 * LONGEST:
            return legible(words) or "(no name)", None
        number = self._numbers.setdefault(text, len(self._numbers) + 1)
        return legible(words[: LONGEST - 1].rstrip()) + "…", number

    @property
    def full(self) -> list[tuple[int, str]]:
        """The long names, of enormous ones the beginning, by number."""
        return [(number, _limited(text)) for text, number in self._numbers.items()]


def _limited(text: str) -> str:
    left_out = f" … ({len(text) - FULL} characters more)" if len(text) > FULL else ""
    return legible(text[:FULL]) + left_out
