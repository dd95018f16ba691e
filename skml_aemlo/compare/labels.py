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


def tidy_minority(label_table: pd.DataFrame) -> pd.DataFrame:
    """Tell what becomes of the minority labels, and of the others.

    Parameters
    ----------
    label_table : DataFrame
        As `tidy_labels` returns it.

    Returns
    -------
    DataFrame
        One row per data set, sampler and estimator: ``n_labels``, and ``n_minority`` of them whose
        IRLbl in the whole data set is above MeanIR; ``f1_minority`` and ``f1_others``, the mean
        F1 of these and of the other labels that occur, NaN where there are none; ``n_never_found``,
        the minority labels no bearer of which was predicted.

    Notes
    -----
    A metric such as Macro-F is the mean over all labels, so that a gain of the frequent ones may
    hide that the rare ones stay lost.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"dataset": "toy", "sampler": "none", "estimator": "tree",
    ...     "count": [50, 40, 2], "hits": [40, 30, 0], "f1": [0.8, 0.6, 0.0]})
    >>> tidy_minority(table).drop(columns=["dataset", "sampler", "estimator"])
       n_labels  n_minority  f1_minority  f1_others  n_never_found
    0         3           1          0.0        0.7              1
    """
    pandas = require_pandas()
    groups = label_table.groupby([*_GROUP], sort=False)
    rows = [dict(zip(_GROUP, place, strict=True)) | _fate(part) for place, part in groups]
    return pandas.DataFrame(rows, columns=[*_GROUP, *_FATE])


_FATE = ("n_labels", "n_minority", "f1_minority", "f1_others", "n_never_found")


def _fate(labels: pd.DataFrame) -> dict[str, Any]:
    counts = labels["count"].to_numpy()
    rare = np.zeros(len(counts), dtype=bool)
    rare[minority_of(counts)] = True
    f1 = labels["f1"]
    missed = int((labels["hits"][rare] == 0).sum())
    means = (f1[rare].mean(), f1[~rare & (counts > 0)].mean())
    return dict(zip(_FATE, (len(counts), int(rare.sum()), *means, missed), strict=True))
