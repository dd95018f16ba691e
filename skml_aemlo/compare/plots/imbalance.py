"""How many rows bear each label, before and after a sampler."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import measures
from ..._containers import Labels
from ..._imbalance import ratios_of
from ..._phrases import counted
from .display import BLUE, DARK, Display, bare, data_frame, legend
from .names import names_for, plain, tick_names

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["LabelImbalanceDisplay"]

_SKEWED = 20  # times the rarest label, from which counts are drawn on a logarithmic axis


@dataclass(eq=False)
class LabelImbalanceDisplay(Display):
    """Positives of every label, the most frequent one on top, before and after resampling.

    Make it by `from_labels` or `from_counts`.

    Parameters
    ----------
    table : DataFrame
        One row per label, from frequent to rare: ``label``, ``position``, ``before`` and
        ``ir_before`` (positives and IRLbl) and, if there is an after, ``after`` and ``ir_after``.
    n_samples : float, optional
        Rows before resampling.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was last drawn.
    figure_ : matplotlib Figure
        The figure of ``ax_``.

    Notes
    -----
    Where the most frequent label has twenty times the positives of the rarest, the axis is
    logarithmic beyond 1, so that a label without positives is drawn, too.

    Examples
    --------
    >>> from skml_aemlo import MLROS, datasets
    >>> data = datasets.load_synthetic()
    >>> X_res, Y_res = MLROS(random_state=0).fit_resample(data.X, data.Y)
    >>> names = data.label_names
    >>> display = LabelImbalanceDisplay.from_labels(data.Y, Y_res, label_names=names)
    >>> display.frame()[["label", "before", "after"]].tail(1)
       label  before  after
    11   y11    13.0   37.0
    """

    table: pd.DataFrame = field(repr=False)
    n_samples: float | None = None

    @classmethod
    def from_labels(
        cls,
        Y: Any,
        Y_res: Any = None,
        *,
        label_names: Sequence[str] | np.ndarray | None = None,
        ax: Axes | None = None,
    ) -> LabelImbalanceDisplay:
        """Count positives, and draw.

        Parameters
        ----------
        Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
            Labels, 0 or 1.
        Y_res : as ``Y``, optional
            The labels that a sampler made of them.
        label_names : sequence of str, optional
            By default the names of the DataFrame's columns, or else the positions.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        LabelImbalanceDisplay

        Raises
        ------
        ValueError
            If the labels are no zeros and ones, or the numbers of labels differ.
        """
        labels = Labels(Y)
        after = None if Y_res is None else measures.label_counts(Y_res)
        names = labels.names if label_names is None else label_names
        before = measures.label_counts(labels.matrix)
        n_samples = labels.matrix.shape[0]
        return cls.from_counts(before, after, label_names=names, n_samples=n_samples, ax=ax)

    @classmethod
    def from_counts(
        cls,
        before: Sequence[float] | np.ndarray,
        after: Sequence[float] | np.ndarray | None = None,
        *,
        label_names: Sequence[str] | np.ndarray | None = None,
        n_samples: float | None = None,
        ax: Axes | None = None,
    ) -> LabelImbalanceDisplay:
        """Draw positives that are counted.

        Parameters
        ----------
        before, after : array-like of shape (n_labels,)
            Positives of each label; means over folds may be fractions.
        label_names : sequence of str, optional
            By default the positions.
        n_samples : float, optional
            Rows before resampling.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        LabelImbalanceDisplay

        Raises
        ------
        ValueError
            If a count is missing or negative, there are none, or the lengths differ.
        """
        return cls(_table(before, after, label_names), n_samples).plot(ax)

    @property
    def alt(self) -> str:
        """What is to be seen, in a sentence or two of plain text."""
        first, last = (self.table.iloc[i] for i in (0, -1))
        rows = "" if self.n_samples is None else f" in {self.n_samples:,.6g} rows"
        text = (
            f"Positives of {counted(len(self.table), 'label')}{rows}, from {first['before']:,.6g} "
            f"({plain(first['label'])}) to {last['before']:,.6g} ({plain(last['label'])}); "
            f"MeanIR {_mean_ir(self.table['ir_before'])}."
        )
        if "after" not in self.table:
            return text
        low, high = self.table["after"].min(), self.table["after"].max()
        mean = _mean_ir(self.table["ir_after"])
        return f"{text} After resampling from {high:,.6g} to {low:,.6g}; MeanIR {mean}."

    def _size(self) -> tuple[float, float]:
        return 6.4, float(np.clip(1.1 + 0.19 * len(self.table), 2, 11))

    def _draw(self, ax: Axes) -> None:
        places = np.arange(len(self.table))
        size = float(np.clip(180 / len(places), 2, 6))  # points, of a marker
        style = {"ls": "none", "ms": size, "mew": min(1, size / 4)}
        handles = [_points(ax, self.table["before"], "o", {"mfc": "w", "mec": DARK, **style})]
        if "after" in self.table:
            handles += [_points(ax, self.table["after"], "D", {"c": BLUE, **style})]
            ends = self.table["before"], self.table["after"]
            ax.hlines(places, *ends, color="0.6", lw=min(1.2, size / 4), zorder=1)
            legend(ax, handles, ["before", "after"], ncols=2)
        self._finish(ax)

    def _finish(self, ax: Axes) -> None:
        counts = self.table.filter(["before", "after"]).to_numpy()
        _scale(ax, counts)
        of = "" if self.n_samples is None else f" (of {self.n_samples:,.6g} rows)"
        ax.set_xlabel(f"positives{of}")
        ax.set_ylim(len(self.table) - 0.4, -0.6)
        ax.grid(axis="x", color="0.9", lw=0.6)
        ax.set_axisbelow(True)
        bare(ax)
        tick_names(ax, self.table["label"].tolist())


def _table(before: Any, after: Any, label_names: Sequence[str] | np.ndarray | None) -> pd.DataFrame:
    counts = _checked("before", before)
    order = np.argsort(-counts, kind="stable")
    names = names_for(label_names, len(counts))
    columns = {"label": [names[j] for j in order], "position": order, "before": counts[order]}
    columns["ir_before"] = ratios_of(counts)[order]
    if after is not None:
        later = _checked("after", after)
        if len(later) != len(counts):
            raise ValueError(
                f"there are {len(counts)} labels before and {len(later)} after; give the counts "
                "of the same labels in the same order."
            )
        columns.update(after=later[order], ir_after=ratios_of(later)[order])
    return data_frame(columns)


def _checked(name: str, values: Any) -> np.ndarray:
    counts = np.asarray(values, dtype=float)
    if counts.ndim != 1 or not counts.size or not np.isfinite(counts).all() or counts.min() < 0:
        raise ValueError(
            f"{name} must hold the positives of each label, numbers from 0 in one dimension, got "
            f"{plain(repr(values), 80)}; measures.label_counts(Y) counts them."
        )
    return counts


def _mean_ir(ratios: pd.Series) -> str:
    finite = ratios[np.isfinite(ratios)]
    return f"{finite.mean():.3g}" if len(finite) else "undefined"


def _points(ax: Axes, counts: pd.Series, marker: str, style: dict[str, Any]) -> Any:
    return ax.plot(counts, np.arange(len(counts)), marker, clip_on=False, zorder=3, **style)[0]


def _scale(ax: Axes, counts: np.ndarray) -> None:
    if counts.max() > _SKEWED * max(counts.min(), 1):
        ax.set_xscale("symlog", linthresh=1, linscale=0.4)
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        ax.set_xlim(min(1, counts.min()) if counts.min() < 1 else 1, 1.15 * counts.max())
    else:
        ax.set_xlim(0, 1.05 * max(counts.max(), 1))
