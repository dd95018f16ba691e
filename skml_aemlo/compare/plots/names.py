"""Names from data files, made fit to be drawn: short, on one line, of characters the font has."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["names_for", "shown", "tick_names"]

LONGEST = 24
_READ = 400  # characters of a name that are looked at
_SIZE = 8  # points


def names_for(label_names: Sequence[Any] | np.ndarray | None, n_labels: int) -> list[str]:
    """Return the names of labels, or their positions where they have none.

    Parameters
    ----------
    label_names : sequence, ndarray or None
    n_labels : int

    Returns
    -------
    list of str of length n_labels

    Raises
    ------
    ValueError
        If there are more or fewer names than labels.
    """
    if label_names is None:
        return [str(j) for j in range(n_labels)]
    names = [str(name) for name in label_names]
    if len(names) != n_labels:
        raise ValueError(
            f"label_names holds {len(names)} names for {n_labels} labels; give one for each."
        )
    return names


def plain(name: Any, longest: int = LONGEST) -> str:
    r"""Return a name on one line, without characters that steer, and no longer than some width.

    Parameters
    ----------
    name : object
    longest : int, default=24
        In characters.

    Returns
    -------
    str

    Examples
    --------
    >>> plain("a name of\nmany more words than fit"), plain("")
    ('a name of many more wor…', '(no name)')
    """
    words = " ".join(str(name)[:_READ].split())
    # controls, marks of direction, surrogates: nothing to see, much to break
    text = "".join(c for c in words if unicodedata.category(c)[0] != "C")
    if len(text) > longest:
        text = text[: longest - 1].rstrip() + "…"
    return text or "(no name)"


def shown(name: Any, longest: int = LONGEST) -> str:
    """Return a name as matplotlib can draw it, as `plain` and of characters that the font has.

    Parameters
    ----------
    name : object
    longest : int, default=24
        In characters.

    Returns
    -------
    str
        With U+FFFD for what the font lacks, about which matplotlib would warn.
    """
    known = _characters()
    return "".join(c if ord(c) in known else "\ufffd" for c in plain(name, longest))


def _characters() -> frozenset[int]:
    from matplotlib.font_manager import FontProperties, findfont

    families = FontProperties().get_family()
    return _of_fonts(tuple(findfont(FontProperties(family=[name])) for name in families))


@lru_cache(maxsize=4)
def _of_fonts(paths: tuple[str, ...]) -> frozenset[int]:
    from matplotlib.font_manager import get_font

    return frozenset().union(*(get_font(path).get_charmap() for path in paths))


def tick_names(ax: Axes, names: Sequence[Any], axis: str = "y", **text: Any) -> None:
    """Name the places 0, 1, ... of an axis, as many as fit without touching.

    Parameters
    ----------
    ax : matplotlib Axes
        Of its final size, near enough.
    names : sequence
    axis : {"x", "y"}, default="y"
    **text
        Properties of the names.
    """
    places = np.arange(0, len(names), _step(ax, len(names), axis))
    chosen = [shown(names[place]) for place in places.tolist()]
    style = {"parse_math": False, "fontsize": _SIZE, **text}
    (ax.set_yticks if axis == "y" else ax.set_xticks)(places, chosen, **style)


def _step(ax: Axes, n_names: int, axis: str) -> int:
    """Return how many places a name takes, with a fourth to spare."""
    extent = ax.get_window_extent()
    inches = (extent.height if axis == "y" else extent.width) / ax.figure.dpi
    return max(1, math.ceil(n_names * 1.2 * 1.25 * _SIZE / 72 / inches))
