"""What the words in a report's column heads mean."""

from __future__ import annotations

import re

from .sheets import Sheet

__all__ = ["TERMS", "anchor_of", "term_of", "terms_of"]

TERMS = {
    "IRLbl": "How many times rarer a label is than the most frequent label: 1 for that one.",
    "MeanIR": "The mean of IRLbl over the labels: the higher, the more imbalanced.",
    "CVIR": (
        "How much IRLbl varies from label to label: its standard deviation divided by its mean."
    ),
    "SCUMBLE": (
        "How much rare and frequent labels come together in the same rows: 0 not at all, 1 at "
        "most. Where it is high, copying the rows of rare labels copies frequent labels, too."
    ),
    "TCS": "How complex the data are: the logarithm of features × labels × label sets.",
    "cardinality": "The mean number of labels a row bears.",
    "density": "Cardinality divided by the number of labels.",
    "label sets": (
        "Label set: the labels that a row bears together. Rows with the same labels have the same "
        "label set."
    ),
    "synthetic": (
        "The share of rows, of all after the sampler, whose features are new: neither a real row "
        "nor the copy of one."
    ),
    "duplicates": (
        "The share of the rows a sampler made whose features equal those of a real row or of an "
        "earlier made one: 1 for samplers that copy rows."
    ),
    "label sets unseen": "The share of the rows a sampler made whose label set no real row has.",
    "mean rank": (
        "In each block the best sampler has rank 1, the next 2, and so on; this is the mean."
    ),
    "p (Holm)": (
        "The p of Wilcoxon's signed ranks, made larger by Holm's rule because several samplers "
        "are tested. Below the level, the difference is called significant."
    ),
    "P(equivalent)": (
        "The chance, by the Bayesian signed-rank test, that the sampler and the control do alike "
        "for practical purposes; P(worse) and P(better) are the chances of the rest."
    ),
}
_LONGEST_FIRST = sorted(TERMS, key=len, reverse=True)


def anchor_of(term: str) -> str:
    """Return the address of a term on the page.

    Parameters
    ----------
    term : str

    Returns
    -------
    str

    Examples
    --------
    >>> anchor_of("label sets unseen"), anchor_of("p (Holm)")
    ('term-label-sets-unseen', 'term-p-holm')
    """
    return "term-" + re.sub(r"[^a-z]+", "-", term.lower()).strip("-")


def term_of(head: object) -> str | None:
    """Return the term that the head of a column uses, if any.

    Parameters
    ----------
    head : phrase
        Names from data files are no terms, whatever they are.

    Returns
    -------
    str or None

    Examples
    --------
    >>> term_of("MeanIR before"), term_of("label sets unseen"), term_of("rows")
    ('MeanIR', 'label sets unseen', None)
    """
    if not isinstance(head, str):
        return None
    return next((term for term in _LONGEST_FIRST if term in head), None)


def terms_of(sheet: Sheet) -> list[str]:
    """Return the terms that the columns of a table use, each once.

    Parameters
    ----------
    sheet : Sheet

    Returns
    -------
    list of str
    """
    found = (term_of(column.head) for column in sheet.columns)
    return list(dict.fromkeys(term for term in found if term is not None))
