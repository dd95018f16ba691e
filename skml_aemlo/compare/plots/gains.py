"""What a sampler does for frequent labels and for rare ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._phrases import counted
from .display import DARK, Display, bare, legend, only
from .names import plain, shown

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["LabelGainDisplay"]

_GROUP = ["dataset", "estimator", "position"]
_NEEDED = ("dataset", "sampler", "estimator", "label", "position", "ir", "f1")
# outlines and fills differ beside the shapes, so that grey tells up to twelve data sets apart
_STYLES = [
    *zip("oDs^v*", ["#0072b2", "#d55e00", "k", "#e69f00", "#56b4e9", "0.5"], strict=True),
    *zip("PXphH8", ["#0072b2", "#d55e00", "k", "#e69f00", "#56b4e9", "0.5"], strict=True),
]


@dataclass(eq=False)
class LabelGainDisplay(Display):
    """Gain in F1 of every label over a control, against how rare the label is.

    Make it by `from_label_table`.

    Parameters
    ----------
    table : DataFrame
        One row per data set, estimator and label: ``dataset``, ``estimator``, ``label``,
        ``position``, ``ir`` (IRLbl, infinite for a label without positives), ``f1_control``,
        ``f1`` and ``gain``, their difference.
    sampler, control : str
        What is compared.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was last drawn.
    figure_ : matplotlib Figure
        The figure of ``ax_``.

    Notes
    -----
    The line is the mean gain of the labels in each doubling of IRLbl, where that holds two labels
    or more. Labels without positives stand on the right, under an infinity sign. Beyond twelve data
    sets markers come again.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"dataset": "toy", "sampler": ["none", "none", "mlros", "mlros"],
    ...     "estimator": "tree", "label": ["sky", "bird"] * 2, "position": [0, 1] * 2,
    ...     "ir": [1.0, 9.0] * 2, "f1": [0.8, 0.1, 0.7, 0.4]})
    >>> LabelGainDisplay.from_label_table(table, sampler="mlros").frame()[["label", "ir", "gain"]]
      label   ir  gain
    0   sky  1.0  -0.1
    1  bird  9.0   0.3
    """

    table: pd.DataFrame = field(repr=False)
    sampler: str
    control: str

    @classmethod
    def from_label_table(
        cls,
        label_table: pd.DataFrame,
        *,
        sampler: str,
        control: str = "none",
        estimator: str | None = None,
        dataset: str | None = None,
        ax: Axes | None = None,
    ) -> LabelGainDisplay:
        """Subtract a control's F1 label by label, and draw.

        Parameters
        ----------
        label_table : DataFrame
            One row per label, data set, sampler and estimator, as `Results.label_table` returns it.
        sampler : str
            Whose gain.
        control : str, default="none"
            Over which sampler.
        estimator, dataset : str, optional
            Of which cells; of all by default.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        LabelGainDisplay

        Raises
        ------
        ValueError
            If a column is missing, or the two samplers share no label.
        """
        missing = [name for name in _NEEDED if name not in label_table]
        if missing:
            held = ", ".join(map(str, label_table.columns))
            raise ValueError(f"label_table has no column {missing[0]!r}; it holds {held}.")
        part = only(label_table, "label_table", estimator=estimator, dataset=dataset)
        return cls(_gains(part, sampler, control), sampler, control).plot(ax)

    @property
    def alt(self) -> str:
        """What is to be seen, in a sentence or two of plain text."""
        gain, ratio = self.table["gain"], self.table["ir"]
        rare = gain[ratio > ratio.median()]
        text = (
            f"Gain in F1 of {plain(self.sampler)} over {plain(self.control)} against IRLbl, "
            f"{counted(len(gain), 'label')}: it is above 0 for {(gain > 0).sum()}, below for "
            f"{(gain < 0).sum()}, {gain.mean():+.3f} on average"
        )
        return f"{text} and {rare.mean():+.3f} in the rarer half." if len(rare) else f"{text}."

    def trend(self) -> pd.DataFrame:
        """Return the mean gain in each doubling of IRLbl that holds two labels or more.

        Returns
        -------
        DataFrame
            ``ir``, the geometric middle of the doubling, ``gain`` and ``n_labels``.
        """
        finite = self.table[np.isfinite(self.table["ir"])]
        doubling = np.floor(np.log2(finite["ir"]) + 1e-9).rename("doubling")
        means = finite.groupby(doubling)["gain"].agg(gain="mean", n_labels="size")
        means = means[means["n_labels"] > 1].reset_index()
        means.insert(0, "ir", 2 ** (means.pop("doubling") + 0.5))
        return means

    def _size(self) -> tuple[float, float]:
        return 6.4, 4.0

    def _draw(self, ax: Axes) -> None:
        finite = self.table["ir"][np.isfinite(self.table["ir"])]
        furthest = max(finite.max(), 2.0) if len(finite) else 2.0
        places = self.table["ir"].where(np.isfinite(self.table["ir"]), 2 * furthest)
        ax.axhline(0, c="0.5", lw=0.9, zorder=1)
        handles: list[Any] = []
        names = list(self.table["dataset"].unique())
        for i, name in enumerate(names):
            mine = self.table["dataset"] == name
            marker, colour = _STYLES[i % len(_STYLES)]
            style: dict[str, Any] = {
                "mec": colour,
                "mfc": "none",
                "mew": 0.9,
                "ms": 4.5,
                "gid": "gains",
            }
            handles += ax.plot(places[mine], self.table["gain"][mine], marker, **style)
        self._draw_trend(ax, handles, names)
        self._finish(ax, furthest)

    def _draw_trend(self, ax: Axes, handles: list[Any], names: list[str]) -> None:
        trend = self.trend()
        titles = [shown(name) for name in names]
        if len(trend) > 1:
            handles += ax.plot(trend["ir"], trend["gain"], c=DARK, lw=1.8, gid="trend", zorder=3)
            titles.append("mean gain of labels about as rare")
        legend(ax, handles, titles, ncols=3, fontsize=8)

    def _finish(self, ax: Axes, furthest: float) -> None:
        ax.set_xscale("log")
        endless = not np.isfinite(self.table["ir"]).all()
        right = furthest * (3 if endless else 1.3)
        ax.set_xlim(0.85, right)
        ticks = [10.0**p * m for p in range(12) for m in (1, 2, 5) if 10.0**p * m <= furthest * 1.2]
        ticks = ticks[:: 1 + len(ticks) // 9]
        marks = [f"{tick:,.0f}" for tick in ticks]
        if endless:
            ax.axvline(1.4 * furthest, c="0.5", lw=0.8, ls=":")
            ticks, marks = [*ticks, 2 * furthest], [*marks, "∞"]
        ax.set_xticks(ticks, marks)
        ax.minorticks_off()
        ax.set_xlabel("IRLbl (logarithmic; rarer labels on the right)")
        gain = f"F1 of {shown(self.sampler)} less that of {shown(self.control)}"
        ax.set_ylabel(gain, parse_math=False)
        bare(ax)


def _gains(table: pd.DataFrame, sampler: str, control: str) -> pd.DataFrame:
    keys = [*_GROUP, "label", "ir"]
    mine, base = (table.loc[table["sampler"] == name, [*keys, "f1"]] for name in (sampler, control))
    both = base.rename(columns={"f1": "f1_control"}).merge(
        mine[[*_GROUP, "f1"]], on=_GROUP, validate="one_to_one"
    )
    if both.empty:
        there = ", ".join(plain(name) for name in table["sampler"].unique()[:20])
        raise ValueError(
            f"sampler={sampler!r} and control={control!r} share no label; the samplers there are "
            f"{there}."
        )
    both["ir"] = both["ir"].astype(float).fillna(np.inf)  # a profile keeps no infinity
    columns = ["dataset", "estimator", "label", "position", "ir", "f1_control", "f1"]
    return both[columns].assign(gain=both["f1"] - both["f1_control"])
