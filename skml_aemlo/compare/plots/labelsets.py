"""Which sets of labels rows bear: the UpSet plot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._containers import Labels
from ..._imbalance import counts_of
from .display import DARK, PALE, Display, bare, data_frame
from .names import names_for, plain, tick_names

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["LabelSetDisplay"]

_MOST_LABELS = 60  # rows of the matrix


@dataclass(eq=False)
class LabelSetDisplay(Display):
    """UpSet plot: the most frequent label sets, the rows that bear each, the labels each holds.

    Make it by `from_labels` or `from_counts`.

    Parameters
    ----------
    table : DataFrame
        One row per label set, from frequent to rare: ``labels`` (tuple of names), ``positions``
        (tuple of int), ``n_labels`` and ``n_rows``.
    label_names : list of str
        Of all labels.
    label_counts : ndarray of shape (n_labels,), optional
        Positives of each label, drawn on the right.
    n_labelsets : int, optional
        How many label sets there are, drawn or not.
    n_samples : int, optional
        Rows of the data set.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was last drawn; its three parts are its inset axes ``bars_``, ``matrix_`` and, if
        positives are given, ``totals_``.
    figure_ : matplotlib Figure
        The figure of ``ax_``.

    Notes
    -----
    As Lex et al. [1]_ draw it: a column per set, a dot per label in it. The row of a label that no
    set drawn holds is left out. Sets are drawn as long as they have at most 60 labels together.

    References
    ----------
    .. [1] A. Lex, N. Gehlenborg, H. Strobelt, R. Vuillemot, H. Pfister, "UpSet: Visualization of
       Intersecting Sets", IEEE TVCG 20 (2014), 1983-1992.

    Examples
    --------
    >>> Y = [[1, 0], [1, 1], [1, 0]]
    >>> LabelSetDisplay.from_labels(Y, label_names=["sky", "bird"]).frame()
            labels positions  n_labels  n_rows
    0       (sky,)      (0,)         1       2
    1  (sky, bird)    (0, 1)         2       1
    """

    table: pd.DataFrame = field(repr=False)
    label_names: list[str] = field(repr=False)
    label_counts: np.ndarray | None = field(default=None, repr=False)
    n_labelsets: int | None = None
    n_samples: int | None = None

    @classmethod
    def from_labels(
        cls,
        Y: Any,
        *,
        max_sets: int = 20,
        label_names: Sequence[str] | np.ndarray | None = None,
        ax: Axes | None = None,
    ) -> LabelSetDisplay:
        """Count the rows of every label set, and draw.

        Parameters
        ----------
        Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
            Labels, 0 or 1.
        max_sets : int, default=20
            So many of the most frequent sets are drawn.
        label_names : sequence of str, optional
            By default the names of the DataFrame's columns, or else the positions.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        LabelSetDisplay

        Raises
        ------
        ValueError
            If the labels are no zeros and ones, or ``max_sets`` is below 1.
        """
        labels = Labels(Y)
        names = labels.names if label_names is None else label_names
        sets = _labelsets(labels.matrix)
        known = {
            "label_counts": counts_of(labels.matrix),
            "n_labelsets": len(sets),
            "n_samples": labels.matrix.shape[0],
        }
        given = names_for(names, labels.matrix.shape[1])
        return cls.from_counts(sets, given, max_sets=max_sets, **known, ax=ax)

    @classmethod
    def from_counts(
        cls,
        labelsets: Iterable[tuple[Sequence[int], int]],
        label_names: Sequence[str],
        *,
        label_counts: Sequence[float] | None = None,
        n_labelsets: int | None = None,
        n_samples: int | None = None,
        max_sets: int = 20,
        ax: Axes | None = None,
    ) -> LabelSetDisplay:
        """Draw label sets that are counted.

        Parameters
        ----------
        labelsets : iterable of (sequence of int, int)
            Positions of the labels and number of rows, as a data set's profile keeps them.
        label_names : sequence of str
            Of all labels.
        label_counts : array-like of shape (n_labels,), optional
            Positives of each label; without them the bars on the right are left out.
        n_labelsets : int, optional
            How many label sets there are, given or not.
        n_samples : int, optional
            Rows of the data set.
        max_sets : int, default=20
            So many of the most frequent sets are drawn.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        LabelSetDisplay

        Raises
        ------
        ValueError
            If there are no sets, or one holds a position that no name has.
        """
        names = [str(name) for name in label_names]
        table = _table(list(labelsets), names, max_sets)
        counts = None if label_counts is None else np.asarray(label_counts)
        return cls(table, names, counts, n_labelsets, n_samples).plot(ax)

    @property
    def alt(self) -> str:
        """What is to be seen, in a sentence or two of plain text."""
        first, covered = self.table.iloc[0], self.table["n_rows"].sum()
        of = "" if self.n_labelsets is None else f" of {self.n_labelsets:,}"
        share = "" if self.n_samples is None else f", {covered / self.n_samples:.0%} of all rows"
        named = ", ".join(map(plain, first["labels"][:5])) or "no label at all"
        more = ", ..." if first["n_labels"] > 5 else ""
        return (
            f"UpSet plot of the {len(self.table):,}{of} most frequent label sets, which "
            f"{covered:,} rows bear{share}. {first['n_rows']:,} rows bear the most frequent one: "
            f"{named}{more}."
        )

    def _rows(self) -> list[int]:
        """Return the labels that are drawn, frequent ones first if that is known."""
        drawn = sorted({j for labels in self.table["positions"] for j in labels})
        if self.label_counts is None:
            return drawn
        counts = self.label_counts
        return sorted(drawn, key=lambda j: -counts[j])

    def _size(self) -> tuple[float, float]:
        width = 2.8 + 0.24 * max(len(self.table), 8)
        return width, 2.6 + 0.26 * max(len(self._rows()), 1)

    def _draw(self, ax: Axes) -> None:
        ax.set_axis_off()
        height = ax.get_window_extent().height / ax.figure.dpi
        low = float(np.clip(1 - 1.8 / height, 0.3, 0.8))  # share of the matrix
        wide = 0.8 if self.label_counts is not None else 1
        self.bars_ = ax.inset_axes((0, low + 0.02, wide, 0.98 - low))
        self.matrix_ = ax.inset_axes((0, 0, wide, low))
        self._draw_bars(self.bars_)
        self._draw_matrix(self.matrix_)
        if self.label_counts is not None:
            self.totals_ = ax.inset_axes((wide + 0.02, 0, 0.98 - wide, low))
            self._draw_totals(self.totals_)

    def _draw_bars(self, ax: Axes) -> None:
        places = np.arange(len(self.table))
        ax.bar(places, self.table["n_rows"], width=0.6, color=DARK)
        for place, n_rows in zip(places, self.table["n_rows"], strict=True):
            up = 90 if n_rows > 999 else 0
            ax.annotate(
                f"{n_rows}", (place, n_rows), (0, 1), textcoords="offset points",
                ha="center", va="bottom", fontsize=6.5, rotation=up,
            )  # fmt: skip
        ax.set(xlim=(-0.6, len(places) - 0.4), ylabel="rows")
        ax.margins(y=0.12)
        ax.set_xticks([])
        bare(ax)

    def _draw_matrix(self, ax: Axes) -> None:
        rows = self._rows()
        height = {j: y for y, j in enumerate(rows)}
        for y in range(0, len(rows), 2):
            ax.axhspan(y - 0.5, y + 0.5, color="0.95", lw=0, zorder=0)
        dots = [(x, height[j]) for x, labels in enumerate(self.table["positions"]) for j in labels]
        size = 20 if len(rows) < 40 else 9
        every = [(x, y) for x in range(len(self.table)) for y in range(len(rows))]
        for points, colour in ((every, PALE), (dots, DARK)):
            if points:
                across, down = zip(*points, strict=True)
                ax.scatter(across, down, s=size, lw=0, zorder=2, c=colour)
        for x, labels in enumerate(self.table["positions"]):
            if len(labels) > 1:
                ends = min(height[j] for j in labels), max(height[j] for j in labels)
                ax.vlines(x, *ends, color=DARK, lw=1.2, zorder=2)
        ax.set(xlim=(-0.6, len(self.table) - 0.4), ylim=(max(len(rows), 1) - 0.5, -0.5))
        ax.set_xticks([])
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
        tick_names(ax, [self.label_names[j] for j in rows])

    def _draw_totals(self, ax: Axes) -> None:
        rows = self._rows()
        assert self.label_counts is not None
        ax.barh(np.arange(len(rows)), self.label_counts[rows], height=0.6, color=DARK)
        ax.set(ylim=(max(len(rows), 1) - 0.5, -0.5), xlabel="positives")
        ax.set_yticks([])
        ax.locator_params(axis="x", nbins=2)
        bare(ax)


def _labelsets(labels: Any) -> list[tuple[tuple[int, ...], int]]:
    counts: dict[tuple[int, ...], int] = {}
    for row in np.split(labels.indices, labels.indptr[1:-1]):
        key = tuple(row.tolist())
        counts[key] = counts.get(key, 0) + 1
    return list(counts.items())


def _table(labelsets: list[Any], names: list[str], max_sets: int) -> pd.DataFrame:
    _check(labelsets, len(names), max_sets)
    sets = [(tuple(sorted(int(j) for j in labels)), int(n)) for labels, n in labelsets]
    frequent = sorted(sets, key=lambda one: (-one[1], one[0]))[:max_sets]
    kept = frequent[: _how_many(frequent)]
    positions = [labels for labels, _ in kept]
    columns = {
        "labels": [tuple(names[j] for j in labels) for labels in positions],
        "positions": positions,
        "n_labels": [len(labels) for labels in positions],
        "n_rows": [n for _, n in kept],
    }
    return data_frame(columns)


def _how_many(sets: list[tuple[tuple[int, ...], int]]) -> int:
    """Return how many sets the matrix has room for: at least one."""
    seen: set[int] = set()
    for place, (labels, _) in enumerate(sets):
        seen |= set(labels)
        if place and len(seen) > _MOST_LABELS:
            return place
    return len(sets)


def _check(labelsets: list[Any], n_labels: int, max_sets: int) -> None:
    if max_sets < 1:
        raise ValueError(f"max_sets must be at least 1, got {max_sets!r}.")
    if not labelsets:
        raise ValueError("labelsets is empty; give pairs of label positions and number of rows.")
    beyond = {j for labels, _ in labelsets for j in labels if not 0 <= j < n_labels}
    if beyond:
        raise ValueError(
            f"labelsets names the label {min(beyond)}, but there are {n_labels} label_names; "
            "positions count from 0."
        )
