"""How AEMLO learned: its losses, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._phrases import counted
from ..extras import require_pandas
from .display import BLUE, PALE, VERMILION, Display, bare, legend, require_fitted

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["TrainingDisplay"]

_LOSSES = {"label": ("-", BLUE), "feature": ("--", "#009e73"), "latent": (":", "0.3")}


@dataclass(eq=False)
class TrainingDisplay(Display):
    """Training curves: the three losses, what is judged, and the epoch whose weights were kept.

    Make it by `from_sampler` or `from_history`.

    Parameters
    ----------
    table : DataFrame
        One row per epoch, as ``history_`` of `AEMLO` has it, with ``trained``, the sum of label and
        feature loss, which ``held_out`` is to be compared with.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was last drawn.
    figure_ : matplotlib Figure
        The figure of ``ax_``.

    Examples
    --------
    >>> history = [{"epoch": 1, "loss": 9.0, "latent": 1.0, "label": 4.0, "feature": 4.0},
    ...     {"epoch": 2, "loss": 5.0, "latent": 1.0, "label": 2.0, "feature": 2.0}]
    >>> TrainingDisplay.from_history(history).frame()["trained"].tolist()
    [8.0, 4.0]
    """

    table: pd.DataFrame = field(repr=False)

    @classmethod
    def from_sampler(cls, sampler: Any, *, ax: Axes | None = None) -> TrainingDisplay:
        """Draw how a fitted sampler learned.

        Parameters
        ----------
        sampler : AEMLO
            Fitted.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        TrainingDisplay

        Raises
        ------
        TypeError
            If the sampler has no history: it is no AEMLO, or not fitted.
        ValueError
            If it was not trained, as there was nothing to be made.
        """
        require_fitted(sampler, "history_")
        return cls.from_history(sampler.history_, ax=ax)

    @classmethod
    def from_history(
        cls, history: Iterable[Mapping[str, float]], *, ax: Axes | None = None
    ) -> TrainingDisplay:
        """Draw a history.

        Parameters
        ----------
        history : iterable of dict
            As ``history_`` of `AEMLO`.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        TrainingDisplay

        Raises
        ------
        ValueError
            If it is empty.
        """
        entries = [dict(entry) for entry in history]
        if not entries:
            raise ValueError("history is empty: the sampler had nothing to learn; fit it first.")
        table = require_pandas().DataFrame(entries)
        return cls(table.assign(trained=table["label"] + table["feature"])).plot(ax)

    @property
    def kept(self) -> int:
        """The epoch whose weights were kept: that of the lowest loss held out, or else trained on.

        Returns
        -------
        int
        """
        judged = self.table["held_out" if "held_out" in self.table else "loss"]
        return int(self.table["epoch"].iloc[int(np.argmin(judged))])

    @property
    def alt(self) -> str:
        """What is to be seen, in a sentence or two of plain text."""
        first, last = (self.table.iloc[i] for i in (0, -1))
        text = (
            f"Training curves over {counted(len(self.table), 'epoch')}: label and feature loss a "
            f"row go from {first['trained']:.3g} to {last['trained']:.3g} on the rows trained on"
        )
        if "held_out" in self.table:
            held_out = self.table["held_out"]
            text += (
                f"; on rows held out they go from {held_out.iloc[0]:.3g} to {held_out.min():.3g}"
            )
        return f"{text}. The weights of epoch {self.kept} were kept."

    def _size(self) -> tuple[float, float]:
        return 6.4, 4.0

    def _draw(self, ax: Axes) -> None:
        epochs, handles = self.table["epoch"], []
        for name, (line, colour) in _LOSSES.items():
            handles += ax.plot(epochs, self.table[name], line, c=colour, lw=1.1, gid=name)
        handles += ax.plot(epochs, self.table["trained"], c="k", lw=2, gid="trained")
        names = [*_LOSSES, "label + feature, trained on"]
        if "held_out" in self.table:
            style: dict[str, Any] = {
                "c": VERMILION,
                "lw": 2,
                "ls": (0, (5, 1, 1, 1)),
                "gid": "held_out",
            }
            handles += ax.plot(epochs, self.table["held_out"], **style)
            names.append("the same, held out")
        handles += self._mark(ax, "held_out" if "held_out" in self.table else "trained")
        legend(ax, handles, [*names, f"weights kept (epoch {self.kept})"], ncols=2, fontsize=8)
        self._finish(ax)

    def _mark(self, ax: Axes, drawn: str) -> list[Any]:
        """Mark the epoch whose weights were kept."""
        ax.axvline(self.kept, c=PALE, lw=0.8, zorder=0)
        loss = self.table.loc[self.table["epoch"] == self.kept, drawn]
        style: dict[str, Any] = {
            "ms": 9,
            "mfc": "w",
            "mec": "k",
            "ls": "none",
            "zorder": 4,
            "gid": "kept",
        }
        return list(ax.plot([self.kept], loss, "o", **style))

    def _finish(self, ax: Axes) -> None:
        from matplotlib.ticker import MaxNLocator

        if (self.table[["trained", *_LOSSES]] > 0).all(axis=None):
            ax.set_yscale("log")
        ax.set(xlabel="epoch", ylabel="loss a row")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        bare(ax)
