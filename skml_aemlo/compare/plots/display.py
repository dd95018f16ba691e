"""What all displays share: a place to be drawn, the numbers drawn, and words for them."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ..extras import require_matplotlib, require_pandas

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "Display",
    "bare",
    "data_frame",
    "legend",
    "only",
    "require_fitted",
]

D = TypeVar("D", bound="Display")

# their lightness is 0.47, 0.34, 0.25 and 0.8 of white's
VERMILION, BLUE, DARK, PALE = "#d55e00", "#0072b2", "0.25", "0.8"


class Display(ABC):
    """A picture and its numbers.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was last drawn.
    figure_ : matplotlib Figure
        The figure of ``ax_``.
    """

    table: pd.DataFrame
    ax_: Axes
    figure_: Figure

    def plot(self: D, ax: Axes | None = None) -> D:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure, which pyplot does not know, by default.

        Returns
        -------
        Display
            Itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        require_matplotlib()
        self.ax_ = _new_axes(self._size()) if ax is None else ax
        self.figure_ = self.ax_.figure.figure  # of the whole, where the axes lie in a part
        self._draw(self.ax_)
        return self

    def frame(self) -> pd.DataFrame:
        """Return the numbers that are drawn.

        Returns
        -------
        DataFrame
            A copy.
        """
        return self.table.copy()

    @property
    @abstractmethod
    def alt(self) -> str:
        """What is to be seen, in a sentence or two of plain text."""

    @abstractmethod
    def _size(self) -> tuple[float, float]:
        """Return width and height of a new figure, in inches."""

    @abstractmethod
    def _draw(self, ax: Axes) -> None:
        """Draw what was computed."""

    def _repr_png_(self) -> bytes:
        """Show in a notebook what was drawn."""
        picture = io.BytesIO()
        self.figure_.savefig(picture, format="png", dpi=100)
        return picture.getvalue()


def _new_axes(size: tuple[float, float]) -> Axes:
    from matplotlib.figure import Figure  # pyplot would keep it, and ask for a screen

    return Figure(figsize=size, layout="constrained").subplots()


def data_frame(columns: dict[str, Any]) -> pd.DataFrame:
    """Return columns as a DataFrame.

    Parameters
    ----------
    columns : dict of str to sequence

    Returns
    -------
    DataFrame
    """
    return require_pandas().DataFrame(columns)


def legend(ax: Axes, handles: Sequence[Any], names: Sequence[str], **options: Any) -> None:
    """Name what is drawn, above the axes.

    Parameters
    ----------
    ax : matplotlib Axes
    handles : sequence of matplotlib Artist
    names : sequence of str
        Of any characters: matplotlib itself leaves out names that start with an underscore.
    **options
        Of `matplotlib.axes.Axes.legend`.
    """
    above = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0.2}
    made = ax.legend(handles, ["-"] * len(names), **{"frameon": False, **above, **options})
    for text, name in zip(made.get_texts(), names, strict=True):
        text.set(text=name, parse_math=False)


def bare(ax: Axes) -> None:
    """Take away the lines above and to the right of the axes.

    Parameters
    ----------
    ax : matplotlib Axes
    """
    ax.spines[["top", "right"]].set_visible(False)


def only(table: pd.DataFrame, name: str, **wanted: str | None) -> pd.DataFrame:
    """Return the rows of a table that hold some values.

    Parameters
    ----------
    table : DataFrame
    name : str
        What messages call it.
    **wanted
        Value of each column, or None for any.

    Returns
    -------
    DataFrame

    Raises
    ------
    ValueError
        If no row is left.
    """
    for column, value in wanted.items():
        if value is not None:
            there = list(table[column].unique()) if column in table else []
            if value not in there:
                known = ", ".join(map(repr, there[:20])) or "nothing"
                raise ValueError(f"{column}={value!r} is not in {name}, which holds {known}.")
            table = table[table[column] == value]
    if not len(table):
        raise ValueError(f"{name} has no rows; finish a cell of the comparison first.")
    return table


def require_fitted(sampler: Any, *attributes: str) -> None:
    """Refuse a sampler that is no AEMLO, or not ready.

    Parameters
    ----------
    sampler : object
    *attributes : str
        What it must have.

    Raises
    ------
    TypeError
        If it lacks one.
    """
    missing = [name for name in attributes if not hasattr(sampler, name)]
    if missing:
        call = "fit_resample" if "is_synthetic_" in attributes else "fit or fit_resample"
        raise TypeError(
            f"sampler must be an AEMLO after {call}; {type(sampler).__name__} has no {missing[0]}."
        )
