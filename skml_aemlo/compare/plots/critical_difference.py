"""Which samplers differ: Demšar's diagram of average ranks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..statistics import nemenyi
from .display import DARK, Display, data_frame
from .names import plain, shown

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["CriticalDifferenceDisplay"]

_LINE = 0.2  # inches, between names
_STEP = 0.5  # lines, between bars


@dataclass(eq=False)
class CriticalDifferenceDisplay(Display):
    """Average ranks of samplers on one axis, those that do not differ joined by bars.

    Make it by `from_scores`.

    Parameters
    ----------
    table : DataFrame
        One row per sampler, best first: ``sampler`` and ``average_rank``.
    critical_difference : float
        Samplers whose average ranks differ by more than this differ.
    alpha : float
        Family-wise level.
    cliques : list of tuple
        The largest groups of samplers within a critical difference, best first.
    n_blocks : int
        Occasions ranked.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was last drawn.
    figure_ : matplotlib Figure
        The figure of ``ax_``.

    Notes
    -----
    As Demšar [1]_ draws it, with the best rank on the left. A bar says that no difference was
    shown, not that there is none.

    References
    ----------
    .. [1] J. Demšar, "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR 7
       (2006), 1-30.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"none": range(8), "mlros": range(1, 9), "mlsol": range(2, 10)})
    >>> display = CriticalDifferenceDisplay.from_scores(scores, greater_is_better=True)
    >>> display.cliques, round(display.critical_difference, 2)
    ([('mlsol', 'mlros'), ('mlros', 'none')], 1.17)
    """

    table: pd.DataFrame = field(repr=False)
    critical_difference: float
    alpha: float
    cliques: list[tuple[Any, ...]]
    n_blocks: int

    @classmethod
    def from_scores(
        cls,
        scores: pd.DataFrame,
        *,
        greater_is_better: bool,
        alpha: float = 0.05,
        failed: Literal["last", "drop"] = "last",
        ax: Axes | None = None,
    ) -> CriticalDifferenceDisplay:
        """Rank, compare by Nemenyi's test, and draw.

        Parameters
        ----------
        scores : DataFrame of shape (n_blocks, n_samplers)
            As `block_means` returns it.
        greater_is_better : bool
            Direction of the metric.
        alpha : float, default=0.05
            Level of the whole family of pairs.
        failed : {"last", "drop"}, default="last"
            As in `average_ranks`.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        CriticalDifferenceDisplay

        Raises
        ------
        TypeError, ValueError
            As in `nemenyi`.
        """
        found = nemenyi(scores, greater_is_better=greater_is_better, alpha=alpha, failed=failed)
        ranks = found.average_ranks.sort_values(kind="stable")
        samplers, values = ranks.index.tolist(), ranks.to_numpy()
        spans = _spans(values, found.critical_difference)
        cliques = [tuple(samplers[first : last + 1]) for first, last in spans]
        table = data_frame({"sampler": samplers, "average_rank": values})
        return cls(table, found.critical_difference, alpha, cliques, found.n_blocks).plot(ax)

    @property
    def alt(self) -> str:
        """What is to be seen, in a sentence or two of plain text."""
        first, last = (self.table.iloc[i] for i in (0, -1))
        size = next((len(group) for group in self.cliques if first["sampler"] in group), 1)
        beside = f"not shown to differ from {size - 1} of them" if size > 1 else "unlike all others"
        return (
            f"Critical-difference diagram of {len(self.table)} samplers ranked on {self.n_blocks} "
            f"occasions: best is {plain(first['sampler'])} with an average rank of "
            f"{first['average_rank']:.2f}, last is {plain(last['sampler'])} with "
            f"{last['average_rank']:.2f}. Ranks further apart than {self.critical_difference:.2f} "
            f"differ at level {self.alpha:g}; the best is {beside}."
        )

    def _bars(self) -> list[tuple[int, float, float]]:
        """Return level and ends of each bar; bars on one level do not touch."""
        rank = dict(zip(self.table["sampler"], self.table["average_rank"], strict=True))
        free: list[float] = []
        bars = []
        gap = 0.03 * (len(self.table) - 1)
        for group in self.cliques:
            start, end = rank[group[0]], rank[group[-1]]
            level = next((i for i, last in enumerate(free) if last + gap < start), len(free))
            free[level : level + 1] = [end]
            bars.append((level, start, end))
        return bars

    def _lines(self) -> float:
        """Return the height of the diagram in lines of text."""
        levels = max((level for level, *_ in self._bars()), default=-1) + 1
        return 2.8 + _STEP * levels + (len(self.table) + 1) // 2

    def _size(self) -> tuple[float, float]:
        return 7.6, 0.3 + _LINE * self._lines()

    def _draw(self, ax: Axes) -> None:
        lines, k = self._lines(), len(self.table)
        end = max(k, 1 + self.critical_difference)
        pad = 0.03 * (end - 1)
        ax.set(xlim=(1 - pad, end + pad), ylim=(lines - 2.3, -2.3))  # downwards, in lines
        ax.set_axis_off()
        inches = ax.get_window_extent().height / ax.figure.dpi
        size = float(np.clip(72 * inches / lines / 1.4, 1, 9))
        self._draw_axis(ax, size)
        bars = self._bars()
        for level, start, stop in bars:
            y = 0.6 + _STEP * level
            ends = start - pad / 4, stop + pad / 4
            ax.plot(ends, (y, y), c="k", lw=3.5, solid_capstyle="butt", zorder=3, gid="clique")
        first = 0.6 + _STEP * (max((level for level, *_ in bars), default=-1) + 1)
        self._draw_names(ax, size, first + 0.3)

    def _draw_axis(self, ax: Axes, size: float) -> None:
        k = len(self.table)
        ax.plot((1, k), (0, 0), c="k", lw=1, gid="axis")
        ticks = np.arange(1, k + 1, _step(ax, k, size))
        ax.vlines(ticks, -0.2, 0, color="k", lw=1)
        for tick in ticks.tolist():
            ax.text(tick, -0.3, f"{tick}", ha="center", va="bottom", fontsize=size)
        span = (1, 1 + self.critical_difference)
        ax.plot(span, (-1.75, -1.75), c="k", lw=1, marker="|", ms=5, gid="difference")
        name = f"critical difference {self.critical_difference:.2f}"
        place: dict[str, Any] = {"xytext": (5, 0), "textcoords": "offset points", "va": "center"}
        ax.annotate(name, (span[1], -1.75), fontsize=size, **place)

    def _draw_names(self, ax: Axes, size: float, first: float) -> None:
        k = len(self.table)
        left, right = ax.get_xlim()
        style: dict[str, Any] = {"va": "center", "fontsize": size, "parse_math": False}
        for place, (name, rank) in enumerate(self.table.itertuples(index=False)):
            best = place < (k + 1) // 2
            y = first + (place if best else k - 1 - place)
            edge = left if best else right
            ax.plot((rank, rank, edge), (0, y, y), c=DARK, lw=0.8, zorder=2, gid="sampler")
            text = f"{shown(name)}  {rank:.2f}" if best else f"{rank:.2f}  {shown(name)}"
            side = ((-3, 0), "right") if best else ((3, 0), "left")
            ax.annotate(text, (edge, y), side[0], textcoords="offset points", ha=side[1], **style)


def _step(ax: Axes, k: int, size: float) -> int:
    """Return how many ranks apart numbers of two digits do not touch."""
    left, right = ax.transData.transform([(1, 0), (k, 0)])[:, 0]
    return max(1, math.ceil(2 * size * ax.figure.dpi / 72 * (k - 1) / (right - left)))


def _spans(ranks: np.ndarray, difference: float) -> list[tuple[int, int]]:
    """Return first and last of the largest groups of sorted ranks that lie within a difference."""
    lasts = np.searchsorted(ranks, ranks + difference + 1e-12, side="right") - 1
    spans: list[tuple[int, int]] = []
    for first, last in enumerate(lasts.tolist()):
        if last > first and (not spans or last > spans[-1][1]):
            spans.append((first, last))
    return spans
