"""Tables as a report shows them, and as CSV and LaTeX beside it."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal

from ..table import inert
from .words import Name, Phrase, legible

__all__ = ["Cell", "Column", "Sheet", "number", "plain_text"]

_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "±": r"$\pm$",
    "†": r"$\dagger$",
    "−": "$-$",
    "–": "--",
    "…": r"\dots{}",
    "|": r"\textbar{}",
    "\ufffd": "?",  # which LuaTeX takes for broken UTF-8
    **{character: f"\\{character}" for character in "&%$#_{}"},
}
_OGONEK = "\u0328"
_OF_ITS_OWN = "ßæøœıłÆØŒŁ"
# what else there is, pdfTeX refuses; the engines that have it know this primitive
_OTHERS = (
    "% other characters: as they are under XeLaTeX and LuaLaTeX, their numbers under pdfLaTeX\n"
    r"\providecommand{\orcode}[2]{\ifdefined\Umathchar #1\else\texttt{[#2]}\fi}"
)


@dataclass(frozen=True)
class Column:
    """The head of a column.

    Parameters
    ----------
    head : phrase
    numeric : bool
        Whether it holds numbers.
    first : {"ascending", "descending"}
        Which way it is sorted first.
    """

    head: Phrase
    numeric: bool = False
    first: Literal["ascending", "descending"] = "ascending"


@dataclass(frozen=True)
class Cell:
    """One entry.

    Parameters
    ----------
    text : phrase
        What is shown.
    value : float, optional
        What it is sorted by, and what CSV holds; None where there is no number.
    aside : str
        Shown smaller behind it, such as a standard deviation.
    mark : str
        Of significance.
    best : bool
    spread : float, optional
        The number of the aside, which CSV holds in a column of its own.
    """

    text: Phrase
    value: float | None = None
    aside: str = ""
    mark: str = ""
    best: bool = False
    spread: float | None = None


def number(value: Any, digits: int = 3, **options: Any) -> Cell:
    """Return a cell that holds a number, or a dash for what is missing.

    Parameters
    ----------
    value : float or None
        NaN is missing, too.
    digits : int, default=3
        Behind the point.
    **options
        The other parameters of `Cell`.

    Returns
    -------
    Cell

    Examples
    --------
    >>> number(0.5).text, number(0.5).value, number(None).text
    ('0.500', 0.5, '–')
    """
    if value is None or value != value:
        return Cell("–", None, **options)
    return Cell(f"{value:,.{digits}f}", float(value), **options)


@dataclass(frozen=True)
class Sheet:
    """One table.

    Parameters
    ----------
    key : str
        What its files are called; of letters, digits and dashes.
    caption : phrase
    columns : list of Column
    rows : list of list of Cell
        The first cell of each is the row's head.
    notes : list of phrases
        Told below.
    """

    key: str
    caption: Phrase
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]] = field(repr=False)
    notes: Sequence[Phrase] = ()

    @property
    def is_large(self) -> bool:
        """Whether it is folded away at first."""
        return len(self.rows) > 30 or len(self.rows) * len(self.columns) > 400

    @property
    def is_wide(self) -> bool:
        """Whether it asks for a sheet of paper on its side."""
        return len(self.columns) > 12

    def csv(self) -> str:
        r"""Return the table as CSV, numbers in full, standard deviations in columns of their own.

        Returns
        -------
        str
            Texts that a spreadsheet would take for a formula begin with an apostrophe.

        Examples
        --------
        >>> rows = [[Cell(Name("none")), number(1 / 3)]]
        >>> Sheet("s", "Scores", [Column("sampler"), Column("toy", True)], rows).csv()
        'sampler,toy\nnone,0.3333333333333333\n'
        """
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        two = [
            any(row[j].spread is not None for row in self.rows) for j, _ in enumerate(self.columns)
        ]
        writer.writerow(chain.from_iterable(map(_heads, self.columns, two)))
        for row in self.rows:
            writer.writerow(chain.from_iterable(map(_entries, self.columns, row, two)))
        return text.getvalue()

    def latex(self) -> str:
        r"""Return the table as LaTeX, for the packages booktabs and, if it is long, longtable.

        Returns
        -------
        str

        Examples
        --------
        >>> rows = [[Cell(Name("a_b")), number(0.5, best=True, mark="*")]]
        >>> print(Sheet("s", "Scores", [Column("sampler"), Column("toy", True)], rows).latex())
        \begin{table}
        \caption{Scores}
        \label{tab:s}
        \begin{tabular}{lr}
        \toprule
        sampler & toy \\
        \midrule
        a\_b & \textbf{0.500}* \\
        \bottomrule
        \end{tabular}
        \end{table}
        """
        kinds = "".join("r" if column.numeric else "l" for column in self.columns)
        head = _latex_line(_escaped(column.head) for column in self.columns)
        body = [_latex_line(map(_latex_cell, row)) for row in self.rows]
        title = [rf"\caption{{{_escaped(self.caption)}}}", rf"\label{{tab:{self.key}}}"]
        if self.is_large:
            lines = [rf"\begin{{longtable}}{{{kinds}}}", title[0] + title[1] + r"\\", r"\toprule"]
            lines += [head, r"\midrule", r"\endhead", *body, r"\bottomrule", r"\end{longtable}"]
        else:
            lines = [r"\begin{table}", *title, rf"\begin{{tabular}}{{{kinds}}}", r"\toprule", head]
            lines += [r"\midrule", *body, r"\bottomrule", r"\end{tabular}", r"\end{table}"]
        others = [_OTHERS] if any(r"\orcode{" in line for line in lines) else []
        notes = [f"% {' '.join(plain_text(note).split())}" for note in self.notes]
        return "\n".join([*others, *lines, *notes]) + "\n"


def plain_text(phrase: Phrase) -> str:
    """Return a phrase without markup.

    Parameters
    ----------
    phrase : phrase

    Returns
    -------
    str
    """
    if isinstance(phrase, tuple):
        return "".join(map(plain_text, phrase))
    return legible(phrase.text if isinstance(phrase, Name) else phrase)


def _heads(column: Column, has_spread: bool) -> list[str]:
    head = inert(plain_text(column.head))
    return [head, f"{head} sd"] if has_spread else [head]


def _entries(column: Column, cell: Cell, has_spread: bool) -> list[str]:
    if not column.numeric:
        return [inert(plain_text(cell.text))]
    # whatever is said in place of a number, a reader of CSV wants an empty field
    numbers = [cell.value, cell.spread] if has_spread else [cell.value]
    return ["" if one is None else repr(one).removesuffix(".0") for one in numbers]


def _escaped(phrase: Phrase) -> str:
    words = " ".join(plain_text(phrase).split())
    return "".join(map(_latex_character, words))


def _latex_character(character: str) -> str:
    if character in _LATEX:
        return _LATEX[character]
    if character.isascii() or _is_accented(character):
        return character
    return rf"\orcode{{{character}}}{{U+{ord(character):04X}}}"


def _is_accented(character: str) -> bool:
    """Tell a letter of western Europe, which LaTeX's first font can make of a letter and a mark."""
    if not 0xC0 <= ord(character) <= 0x17F:
        return False
    parts = unicodedata.normalize("NFD", character)
    is_marked = len(parts) == 2 and parts[0].isascii() and parts[1] != _OGONEK
    return is_marked or character in _OF_ITS_OWN


def _latex_cell(cell: Cell) -> str:
    text = _escaped(cell.text)
    shown = rf"\textbf{{{text}}}" if cell.best else text
    aside = rf" {{\footnotesize {_escaped(cell.aside)}}}" if cell.aside else ""
    return shown + aside + _escaped(cell.mark)


def _latex_line(texts: Any) -> str:
    line = " & ".join(texts) + r" \\"
    # behind the end of a line, and behind a rule, these would be arguments
    return "{}" + line if line.startswith(("[", "*")) else line
