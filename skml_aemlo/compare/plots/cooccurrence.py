"""Which labels come together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._containers import Labels
from ..._imbalance import counts_of
from ..._phrases import counted
from .display import Display, data_frame
from .names import names_for, plain, tick_names

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["CooccurrenceDisplay"]

_WRITTEN = 14  # labels, up to which the cells hold their numbers


@dataclass(eq=False)
class CooccurrenceDisplay(Display):
    """Heat map: of the rows that bear one label, the share that bear another.

    Make it by `from_labels` or `from_counts`.

    Parameters
    ----------
    counts : ndarray of int of shape (n_labels, n_labels)
        Rows that bear both labels; on the diagonal, those that bear the label.
    label_names : list of str
        As many.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was last drawn.
    figure_ : matplotlib Figure
        The figure of ``ax_``.

    Notes
    -----
    The share of row i and column j is that of the bearers of i that bear j: a dark column is a
    label that comes with many others, and a dark cell in the row of a rare label says that no
    clone of its rows leaves the other label as it is. The diagonal, always 1, is left out.

    Examples
    --------
    >>> Y = [[1, 0], [1, 1], [1, 0]]
    >>> CooccurrenceDisplay.from_labels(Y, label_names=["sky", "bird"]).frame()
       label other  n_both    share
    0    sky  bird       1 0.333333
    1   bird   sky       1 1.000000
    """

    counts: np.ndarray = field(repr=False)
    label_names: list[str] = field(repr=False)

    @classmethod
    def from_labels(
        cls,
        Y: Any,
        *,
        max_labels: int = 40,
        label_names: Sequence[str] | np.ndarray | None = None,
        ax: Axes | None = None,
    ) -> CooccurrenceDisplay:
        """Count the rows of every pair, and draw.

        Parameters
        ----------
        Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
            Labels, 0 or 1.
        max_labels : int, default=40
            So many of the most frequent labels are drawn.
        label_names : sequence of str, optional
            By default the names of the DataFrame's columns, or else the positions.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        CooccurrenceDisplay

        Raises
        ------
        ValueError
            If the labels are no zeros and ones, or ``max_labels`` is below 1.
        """
        if max_labels < 1:
            raise ValueError(f"max_labels must be at least 1, got {max_labels!r}.")
        labels = Labels(Y)
        names = names_for(
            labels.names if label_names is None else label_names, labels.matrix.shape[1]
        )
        chosen = np.argsort(-counts_of(labels.matrix), kind="stable")[:max_labels]
        part = labels.matrix[:, chosen].astype(np.int64)
        together = (part.T @ part).toarray()
        return cls.from_counts(together, [names[j] for j in chosen], ax=ax)

    @classmethod
    def from_counts(
        cls, counts: Any, label_names: Sequence[str], *, ax: Axes | None = None
    ) -> CooccurrenceDisplay:
        """Draw pairs that are counted.

        Parameters
        ----------
        counts : array-like of shape (n_labels, n_labels)
            Rows that bear both labels, as a data set's profile keeps them.
        label_names : sequence of str
            In the order of the counts.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        CooccurrenceDisplay

        Raises
        ------
        ValueError
            If the counts are not square, not symmetric, or not numbers from 0.
        """
        together = _checked(counts)
        return cls(together, names_for(label_names, len(together))).plot(ax)

    @property
    def shares(self) -> np.ndarray:
        """Of the bearers of each label, the shares that bear the others; NaN where there are none.

        Returns
        -------
        ndarray of float of shape (n_labels, n_labels)
        """
        bearers = np.diagonal(self.counts)[:, np.newaxis]
        nothing = np.full(self.counts.shape, np.nan)
        return np.divide(self.counts, bearers, out=nothing, where=bearers > 0)

    def frame(self) -> pd.DataFrame:
        """Return the numbers that are drawn.

        Returns
        -------
        DataFrame
            One row per ordered pair of different labels: ``label``, ``other``, ``n_both`` and
            ``share``, of the bearers of ``label``.
        """
        i, j = np.nonzero(~np.eye(len(self.counts), dtype=bool))
        names = np.array(self.label_names, dtype=object)
        both, share = self.counts[i, j], self.shares[i, j]
        return data_frame({"label": names[i], "other": names[j], "n_both": both, "share": share})

    @property
    def alt(self) -> str:
        """What is to be seen, in a sentence or two of plain text."""
        pairs = self.frame().dropna()
        text = f"Heat map of {counted(len(self.counts), 'label')} that come together."
        if pairs.empty or not pairs["n_both"].any():
            return f"{text} No two of them do."
        most = pairs.loc[pairs["n_both"].idxmax()]
        return (
            f"{text} {plain(most['label'])} and {plain(most['other'])} do most often, in "
            f"{most['n_both']:,} rows, {most['share']:.0%} of those with {plain(most['label'])}."
        )

    def _size(self) -> tuple[float, float]:
        side = float(np.clip(0.32 * len(self.counts), 1.6, 8.6))
        return side + 3, side + 1.6

    def _draw(self, ax: Axes) -> None:
        from matplotlib import colormaps

        shares = self.shares
        np.fill_diagonal(shares, np.nan)
        blank = colormaps["Blues"].with_extremes(bad="0.9")
        image = ax.imshow(
            shares, vmin=0, vmax=1, cmap=blank, aspect="auto", interpolation="nearest"
        )
        bar = ax.figure.colorbar(image, ax=ax, fraction=0.05, pad=0.02)
        bar.set_label("share of the row label's bearers")
        if len(shares) <= _WRITTEN:
            _write(ax, shares)
        tick_names(ax, [f"{n} ({c:,})" for n, c in self._totals()])
        tick_names(ax, self.label_names, "x", rotation=90)

    def _totals(self) -> list[tuple[str, int]]:
        return [
            (plain(n, 16), c)
            for n, c in zip(self.label_names, np.diagonal(self.counts), strict=True)
        ]


def _checked(counts: Any) -> np.ndarray:
    together = np.asarray(counts)
    square = together.ndim == 2 and together.shape[0] == together.shape[1] > 0
    if not square or together.dtype.kind not in "iuf":
        raise ValueError(
            f"counts must be a square table of numbers, got shape {together.shape}; Y.T @ Y is one."
        )
    if not np.isfinite(together).all() or (together < 0).any() or (together != together.T).any():
        raise ValueError("counts must hold numbers from 0, the same on both sides of the diagonal.")
    return together


def _write(ax: Axes, shares: np.ndarray) -> None:
    """Write hundredths into the cells."""
    for (i, j), share in np.ndenumerate(shares):
        if np.isfinite(share):
            colour = "w" if share > 0.55 else "k"
            ax.text(j, i, f"{100 * share:.0f}", ha="center", va="center", color=colour, fontsize=7)
