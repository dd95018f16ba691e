"""The comparison label by label: what resampling did to each one, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .extras import require_pandas

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["tidy_labels"]

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
