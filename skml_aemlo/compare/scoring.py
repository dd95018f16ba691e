"""How good an answer is: each metric with its direction, what it reads, and its conventions.

Published rankings flip on what a metric does where it is undefined (a label without positives in
the test fold, a row without labels), so every entry of `METRICS` names what it does there, under
each of `CONVENTIONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp

from .._containers import read_labels
from .._phrases import unknown
from .answers import count
from .bipartitions import balanced_accuracy, g_mean, hamming, macro_f, micro_f, subset_accuracy
from .conventions import find_convention
from .rankings import average_precision, coverage, macro_auc, macro_aucpr, one_error, ranking_loss

__all__ = [
    "DEFAULT_METRICS",
    "METRICS",
    "Metric",
    "average_precision",
    "balanced_accuracy",
    "coverage",
    "g_mean",
    "hamming",
    "macro_auc",
    "macro_aucpr",
    "macro_f",
    "micro_f",
    "one_error",
    "ranking_loss",
    "score_answers",
    "subset_accuracy",
    "undefined_labels",
    "undefined_rows",
]


@dataclass(frozen=True)
class Metric:
    """One way to score an answer.

    Parameters
    ----------
    name : str
        What tables, files and the command line call it.
    title : str
        What people call it.
    function : callable
        Takes the true labels and the answer, returns a float; NaN where nothing is defined. Where
        conventions differ it takes ``convention`` too.
    needs : {"labels", "scores"}
        Whether the answer is predicted labels or scores.
    greater_is_better : bool
    convention : str
        What happens by default where the metric is undefined or tied.
    others : dict of str to str
        The same under each other of `CONVENTIONS`; empty where all agree.
    """

    name: str
    title: str
    function: Callable[..., float]
    needs: Literal["labels", "scores"]
    greater_is_better: bool
    convention: str
    others: dict[str, str] = field(default_factory=dict)

    @property
    def direction(self) -> str:
        """Which way is better, in words."""
        return "higher is better" if self.greater_is_better else "lower is better"

    def under(self, convention: str) -> Callable[[Any, Any], float]:
        """Return the function as a convention has it.

        Parameters
        ----------
        convention : str
            A name in `CONVENTIONS`.

        Returns
        -------
        callable
        """
        return partial(self.function, convention=convention) if self.others else self.function

    def told(self, convention: str) -> str:
        """Return what happens where the metric is undefined or tied.

        Parameters
        ----------
        convention : str
            A name in `CONVENTIONS`.

        Returns
        -------
        str
        """
        return self.others.get(convention, self.convention)


def undefined_labels(Y_true: Any) -> int:
    """Return how many labels have no positive or no negative row, so that no AUC is defined.

    Parameters
    ----------
    Y_true : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True labels, 0 or 1.

    Returns
    -------
    int

    Examples
    --------
    >>> undefined_labels([[1, 0, 1], [0, 0, 1]])
    2
    """
    return _n_constant(read_labels(Y_true, "Y_true"))


def undefined_rows(Y_true: Any) -> int:
    """Return how many rows bear no label or all of them, so that no ranking loss is defined.

    Parameters
    ----------
    Y_true : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True labels, 0 or 1.

    Returns
    -------
    int

    Examples
    --------
    >>> undefined_rows([[1, 0, 1], [0, 0, 0], [1, 1, 1]])
    2
    """
    return _n_constant(read_labels(Y_true, "Y_true").T.tocsr())


_NONE = "it has none, so as by default"

_CATALOGUE = (
    Metric(
        name="macro_f",
        title="Macro-F",
        function=macro_f,
        needs="labels",
        greater_is_better=True,
        convention="a label neither borne nor predicted counts 0",
        others={
            "sklearn": "a label neither borne nor predicted counts 0 (zero_division=0)",
            "mulan": "a label neither borne nor predicted counts 1",
            "mldr": "F1 of the means of precision and recall, NaN where both are 0; "
            "a label neither borne nor predicted counts 1 in both",
            "aemlo": "a label neither borne nor predicted counts 0",
        },
    ),
    Metric(
        name="micro_f",
        title="Micro-F",
        function=micro_f,
        needs="labels",
        greater_is_better=True,
        convention="neither label nor prediction anywhere counts 0",
        others={
            "sklearn": "neither label nor prediction anywhere counts 0 (zero_division=0)",
            "mulan": "neither label nor prediction anywhere counts 1",
            "mldr": "neither label nor prediction anywhere counts 1; no hit is NaN",
            "aemlo": "neither label nor prediction anywhere counts 0",
        },
    ),
    Metric(
        name="macro_auc",
        title="Macro-AUC",
        function=macro_auc,
        needs="scores",
        greater_is_better=True,
        convention="labels without a positive or a negative are skipped",
        others={
            "sklearn": "NaN with any label without a positive or a negative",
            "mulan": "NaN with any label without a positive or a negative",
            "mldr": "labels without a positive or a negative count 0.5; a label whose negatives "
            "have the higher median score is ranked backwards",
            "aemlo": "labels without a positive or a negative count 0; a tie counts as won",
        },
    ),
    Metric(
        name="ranking_loss",
        title="Ranking loss",
        function=ranking_loss,
        needs="scores",
        greater_is_better=False,
        convention="rows with no or all labels are skipped; a tie counts one half",
        others={
            "sklearn": "rows with no or all labels count 0; a tie is an error",
            "mulan": "rows with no or all labels count 0; of tied labels the later ranks higher",
            "mldr": "rows with no or all labels count 0; a tie is an error",
            "aemlo": "rows with no or all labels count 0; a tie is an error",
        },
    ),
    Metric(
        name="hamming",
        title="Hamming loss",
        function=hamming,
        needs="labels",
        greater_is_better=False,
        convention="always defined",
    ),
    Metric(
        name="macro_aucpr",
        title="Macro-AUCPR",
        function=macro_aucpr,
        needs="scores",
        greater_is_better=True,
        convention="labels without a positive or a negative are skipped",
        others={
            "sklearn": "labels without a positive count 0, without a negative 1",
            "mulan": "it had none; NaN as its Macro-AUC with any label without a positive or a "
            "negative",
            "mldr": "it has none; labels without a positive or a negative count 0.5 as in its "
            "Macro-AUC",
            "aemlo": "it has none; labels without a positive or a negative count 0 as in its "
            "Macro-AUC",
        },
    ),
    Metric(
        name="one_error",
        title="One-error",
        function=one_error,
        needs="scores",
        greater_is_better=False,
        convention="rows without labels are skipped; of labels tied at the top, the share missed",
        others={
            "sklearn": _NONE,
            "mulan": "rows without labels count 1; of labels tied at the top, the last",
            "mldr": "rows without labels count 1; of labels tied at the top, the first",
            "aemlo": "rows without labels count 1; of labels tied at the top, the first",
        },
    ),
    Metric(
        name="coverage",
        title="Coverage",
        function=coverage,
        needs="scores",
        greater_is_better=False,
        convention="counts from 1; rows without labels count 0; tied labels have their worst rank",
        others={
            "sklearn": "counts from 1; rows without labels count 0; tied labels have their worst "
            "rank",
            "mulan": "counts from 0; rows without labels count 0; of tied labels the later ranks "
            "higher",
            "mldr": "counts from 0; rows without labels count 0; of tied labels the later ranks "
            "higher",
            "aemlo": _NONE,
        },
    ),
    Metric(
        name="average_precision",
        title="Average precision",
        function=average_precision,
        needs="scores",
        greater_is_better=True,
        convention="rows without labels count 1; tied labels have their worst rank",
        others={
            "sklearn": "rows without labels count 1; tied labels have their worst rank",
            "mulan": "rows without labels are skipped; of tied labels the later ranks higher",
            "mldr": "rows without labels count 1; of tied labels the later ranks higher",
            "aemlo": _NONE,
        },
    ),
    Metric(
        name="subset_accuracy",
        title="Subset accuracy",
        function=subset_accuracy,
        needs="labels",
        greater_is_better=True,
        convention="always defined",
    ),
    Metric(
        name="g_mean",
        title="G-mean",
        function=g_mean,
        needs="labels",
        greater_is_better=True,
        convention="labels without a positive or a negative are skipped; no other tool has it",
    ),
    Metric(
        name="balanced_accuracy",
        title="Balanced accuracy",
        function=balanced_accuracy,
        needs="labels",
        greater_is_better=True,
        convention="labels without a positive or a negative count the recall that they have, as in "
        "scikit-learn; no other tool has it",
    ),
)
METRICS: dict[str, Metric] = {metric.name: metric for metric in _CATALOGUE}
"""Name -> entry, in the order tables show them."""

DEFAULT_METRICS = ("macro_f", "micro_f", "macro_auc", "ranking_loss", "hamming")
"""What a comparison scores by where no metric is named."""


def find_metrics(names: Iterable[str]) -> list[Metric]:
    """Return the entries of `METRICS` called ``names``, in that order, each once.

    Parameters
    ----------
    names : iterable of str
        ``"all"`` is all of them.

    Returns
    -------
    list of Metric

    Raises
    ------
    ValueError
        If there is no name, or one is unknown.

    Examples
    --------
    >>> [metric.title for metric in find_metrics(["hamming"])]
    ['Hamming loss']
    """
    if not isinstance(names, Iterable):
        raise ValueError(
            f"metrics must be a list of names, got {names!r}; known: {', '.join(METRICS)}."
        )
    names = [names] if isinstance(names, str) else list(names)
    names = list(METRICS) if names == ["all"] else names
    if not names:
        raise ValueError(f"metrics is empty; known: {', '.join(METRICS)}.")
    for name in names:
        if not isinstance(name, str) or name not in METRICS:
            raise ValueError(unknown("metric", name, METRICS))
    return [METRICS[name] for name in dict.fromkeys(names)]


def score_answers(
    Y_true: Any,
    Y_pred: Any,
    scores: Any,
    metrics: Iterable[str] = tuple(METRICS),
    *,
    convention: str = "default",
) -> dict[str, float]:
    """Return the value of every metric asked for.

    Parameters
    ----------
    Y_true : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        True labels, 0 or 1.
    Y_pred : array-like or sparse container of shape (n_samples, n_labels), or None
        Predicted labels; may be None when no metric needs them.
    scores : array-like of shape (n_samples, n_labels), or None
        Higher for labels held more likely; may be None when no metric needs them.
    metrics : iterable of str
        Names in `METRICS`.
    convention : str, default="default"
        A name in `CONVENTIONS`: whose rules hold where a metric is undefined or tied.

    Returns
    -------
    dict of str to float

    Raises
    ------
    ValueError
        If a metric or the convention is unknown, or a metric lacks the answer it needs.

    Examples
    --------
    >>> score_answers([[1, 0]], [[1, 0]], None, ["macro_f", "hamming"])
    {'macro_f': 0.5, 'hamming': 0.0}
    >>> score_answers([[1, 0]], [[1, 0]], None, ["macro_f"], convention="mulan")
    {'macro_f': 1.0}
    """
    find_convention(convention)
    answers = {"labels": Y_pred, "scores": scores}
    wanted = find_metrics(metrics)
    for metric in wanted:
        if answers[metric.needs] is None:
            raise ValueError(f"{metric.name} needs {metric.needs}, and none were given.")
    return {
        metric.name: metric.under(convention)(Y_true, answers[metric.needs]) for metric in wanted
    }


def _n_constant(labels: sp.csr_array) -> int:
    positives = count(labels)
    return int(np.sum((positives == 0) | (positives == labels.shape[0])))
