"""What a metric does where it is undefined or tied: the rules of each tool, by the tool's name.

Published rankings flip on these rules, so a table can be scored again under the rules of the tool
that made it. A rule says what the tool does; where a tool has no such metric, the default's rule
stands, or that of the tool's nearest metric, and the texts of `METRICS` say which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .._phrases import unknown

__all__ = ["CONVENTIONS", "Convention", "find_convention"]

Ties = Literal["half", "won", "lost", "later"]


@dataclass(frozen=True)
class Convention:
    """The rules of one tool.

    Parameters
    ----------
    name : str
        What ``convention`` takes.
    source : str
        Whose rules.
    absent : {"zero", "one"}
        F1 where nothing is borne and nothing predicted.
    macro_f : {"mean of F1", "F1 of means"}
        Whether labels are averaged after or before F1 is taken of precision and recall.
    constant_label : {"skip", "zero", "half", "nan", "scikit-learn"}
        Areas of a label without a positive or without a negative row; the last one is NaN for the
        area under the ROC curve, and 0 or 1 for that under the precision-recall curve.
    area_ties : {"half", "won"}
        What a tie between a positive and a negative row counts in the area under the ROC curve.
    area_direction : {"fixed", "by medians"}
        Whether a label is ranked backwards where the median score of its negatives is the higher.
    pairless_row : {"skip", "zero"}
        Ranking loss of a row that bears no label or all of them.
    pair_ties : {"half", "lost", "later"}
        Whether a tie is half an error, an error, or won by the label of the later column.
    rank_ties : {"worst", "later"}
        Ranks of tied labels in coverage and average precision: all the worst of theirs, or the
        later column first.
    top_ties : {"share", "first", "later"}
        Which of the labels tied at the top is meant in one-error.
    unlabelled_top : {"skip", "error"}
        One-error of a row that bears no label.
    unlabelled_precision : {"skip", "one"}
        Average precision of a row that bears no label.
    coverage_from : {0, 1}
        Coverage of a row whose only label comes first.
    """

    name: str
    source: str
    absent: Literal["zero", "one"] = "zero"
    macro_f: Literal["mean of F1", "F1 of means"] = "mean of F1"
    constant_label: Literal["skip", "zero", "half", "nan", "scikit-learn"] = "skip"
    area_ties: Literal["half", "won"] = "half"
    area_direction: Literal["fixed", "by medians"] = "fixed"
    pairless_row: Literal["skip", "zero"] = "skip"
    pair_ties: Literal["half", "lost", "later"] = "half"
    rank_ties: Literal["worst", "later"] = "worst"
    top_ties: Literal["share", "first", "later"] = "share"
    unlabelled_top: Literal["skip", "error"] = "skip"
    unlabelled_precision: Literal["skip", "one"] = "one"
    coverage_from: Literal[0, 1] = 1


_CATALOGUE = (
    Convention("default", "this library: what is undefined is skipped, a tie counts one half"),
    Convention(
        "sklearn",
        "scikit-learn's sklearn.metrics, F1 with zero_division=0",
        constant_label="scikit-learn",
        pairless_row="zero",
        pair_ties="lost",
    ),
    Convention(
        "mulan",
        "Mulan's measures of 2012; later sources count 0.5 where that Macro-AUC is NaN",
        absent="one",
        constant_label="nan",
        pairless_row="zero",
        pair_ties="later",
        rank_ties="later",
        top_ties="later",
        unlabelled_top="error",
        unlabelled_precision="skip",
        coverage_from=0,
    ),
    Convention(
        "mldr",
        "R's mldr with its defaults, areas by pROC",
        absent="one",
        macro_f="F1 of means",
        constant_label="half",
        area_direction="by medians",
        pairless_row="zero",
        pair_ties="lost",
        rank_ties="later",
        top_ties="first",
        unlabelled_top="error",
        coverage_from=0,
    ),
    Convention(
        "aemlo",
        "the research code of AEMLO",
        constant_label="zero",
        area_ties="won",
        pairless_row="zero",
        pair_ties="lost",
        top_ties="first",
        unlabelled_top="error",
    ),
)
CONVENTIONS: dict[str, Convention] = {one.name: one for one in _CATALOGUE}
"""Name -> rules."""


def find_convention(name: str) -> Convention:
    """Return the entry of `CONVENTIONS` called ``name``.

    Parameters
    ----------
    name : str

    Returns
    -------
    Convention

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> find_convention("mulan").absent
    'one'
    """
    if isinstance(name, str) and name in CONVENTIONS:
        return CONVENTIONS[name]
    raise ValueError(unknown("convention", name, CONVENTIONS))
