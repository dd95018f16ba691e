"""The comparison label by label: what resampling did to each one, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .._imbalance import minority_of
from .extras import require_pandas

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["tidy_labels", "tidy_minority"]

_GROUP = ("dataset", "sampler", "estimator")


def tidy_labels(
    cells: Iterable[dict[str, Any]], profiles: Mapping[str, dict[str, Any]]
) -> pd.DataFrame:
    """Lay out, label by label, what each sampler and classifier did.

    Parameters
    ----------
    cells : iterable of dict
        As a journal keeps them; those that failed, or in which no labels were predicted, are
        left out.
    profiles : dict of str to dict
        The data sets, as `profile_of` describes them, by name.

    Returns
    -------
    DataFrame
        One row per data set, sampler, estimator and label: ``label``, its name; ``position``;
        ``count`` and ``ir``, the positives and IRLbl in the whole data set; ``before`` and
        ``after``, the mean positives of a training fold before and after the sampler; ``borne``,
        ``predicted`` and ``hits``, rows of all test folds taken together; ``f1`` of these three, 0
        for a label neither borne nor predicted.

    Notes
    -----
    F1 is taken over all test folds at once: a rare label has too few rows in one fold for its mean
    over folds to say anything [1]_.

    References
    ----------
    .. [1] G. Forman, M. Scholz, "Apples-to-Apples in Cross-Validation Studies", SIGKDD
       Explorations 12 (2010), 49-57.

    Examples
    --------
    >>> cell = dict(dataset="toy", sampler="mlros", estimator="tree", error=None,
    ...     label_counts={"before": [3], "after": [6]},
    ...     label_answers={"borne": [2], "predicted": [1], "hits": [1]})
    >>> profile = dict(label_names=["sky"], counts=[5], ir_per_label=[1.0])
    >>> tidy_labels([cell], {"toy": profile})[["label", "before", "after", "f1"]].values.tolist()
    [['sky', 3.0, 6.0, 0.666...]]
    """
    pandas = require_pandas()
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for cell in cells:
        if not cell["error"] and "label_answers" in cell:
            groups.setdefault(tuple(cell[name] for name in _GROUP), []).append(cell)
    parts = [
        pandas.DataFrame(
            {**dict(zip(_GROUP, group, strict=True)), **_columns(rows, profiles[group[0]])}
        )
        for group, rows in groups.items()
    ]
    return (
        pandas.concat(parts, ignore_index=True)
        if parts
        else pandas.DataFrame(columns=[*_GROUP, *_COLUMNS])
    )


_COLUMNS = (
    *("label", "position", "count", "ir", "before", "after"),
    *("borne", "predicted", "hits", "f1"),
)


def _columns(cells: list[dict[str, Any]], profile: dict[str, Any]) -> dict[str, Any]:
    before, after = (
        np.mean([cell["label_counts"][when] for cell in cells], axis=0)
        for when in ("before", "after")
    )
    borne, predicted, hits = (
        np.sum([cell["label_answers"][what] for cell in cells], axis=0)
        for what in ("borne", "predicted", "hits")
    )
    total = borne + predicted
    f1 = np.divide(2.0 * hits, total, out=np.zeros(len(total)), where=total > 0)
    names = profile["label_names"]
    figures = (profile["counts"], np.array(profile["ir_per_label"], dtype=float))
    values = (names, range(len(names)), *figures, before, after, borne, predicted, hits, f1)
    return dict(zip(_COLUMNS, values, strict=True))


def tidy_minority(label_table: pd.DataFrame, *, most: int | None = None) -> pd.DataFrame:
    """Tell what becomes of the minority labels, and of the others.

    Parameters
    ----------
    label_table : DataFrame
        As `tidy_labels` returns it.
    most : int, optional
        Take labels of so many positives or fewer for the minority, whatever their IRLbl.

    Returns
    -------
    DataFrame
        One row per data set, sampler and estimator: ``n_labels``, and ``n_minority`` of them whose
        IRLbl in the whole data set is above MeanIR; ``f1_minority`` and ``f1_others``, the mean
        F1 of these and of the other labels that occur, NaN where there are none and for a pair
        that lacks cells which others have; ``n_never_found``, the minority labels that test rows
        bear and that were predicted for none of these; ``n_borne`` and ``n_predicted``, how often a
        minority label was borne, and predicted, in all test rows.

    Notes
    -----
    A metric such as Macro-F is the mean over all labels, so that a gain of the frequent ones may
    hide that the rare ones stay lost.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"dataset": "toy", "sampler": "none", "estimator": "tree",
    ...     "count": [50, 40, 2], "borne": [50, 40, 2], "predicted": [50, 60, 0],
    ...     "hits": [40, 30, 0], "f1": [0.8, 0.6, 0.0]})
    >>> tidy_minority(table)[["n_minority", "f1_minority", "f1_others", "n_never_found"]]
       n_minority  f1_minority  f1_others  n_never_found
    0           1          0.0        0.7              1
    >>> tidy_minority(table, most=40)["f1_minority"].tolist()
    [0.3]
    """
    pandas = require_pandas()
    groups = label_table.groupby([*_GROUP], sort=False)
    rows = [dict(zip(_GROUP, place, strict=True)) | _fate(part, most) for place, part in groups]
    table = pandas.DataFrame(rows, columns=[*_GROUP, *_FATE])
    # all pairs are scored on the same rows; one that was on fewer lacks cells, maybe the hard ones
    n_scored = groups["borne"].sum().to_numpy()
    whole = pandas.Series(n_scored).groupby(table["dataset"]).transform("max")
    table.loc[n_scored < whole, ["f1_minority", "f1_others"]] = np.nan
    return table


_FATE = (
    *("n_labels", "n_minority", "f1_minority", "f1_others"),
    *("n_never_found", "n_borne", "n_predicted"),
)


def _fate(labels: pd.DataFrame, most: int | None) -> dict[str, Any]:
    counts = labels["count"].to_numpy()
    rare = np.zeros(len(counts), dtype=bool)
    rare[minority_of(counts) if most is None else (counts > 0) & (counts <= most)] = True
    f1 = labels["f1"]
    means = (f1[rare].mean(), f1[~rare & (counts > 0)].mean())
    missed = int(((labels["hits"] == 0) & (labels["borne"] > 0))[rare].sum())
    often = (int(labels[name][rare].sum()) for name in ("borne", "predicted"))
    return dict(zip(_FATE, (len(counts), int(rare.sum()), *means, missed, *often), strict=True))
