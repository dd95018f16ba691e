"""The pictures of a report, drawn from a comparison's results."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..plots import (
    CooccurrenceDisplay,
    CriticalDifferenceDisplay,
    LabelGainDisplay,
    LabelImbalanceDisplay,
    LabelSetDisplay,
    ScoreDisplay,
    svg,
)
from ..plots.display import Display
from .contents import slug
from .findings import Finding
from .words import Name, Phrase

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Picture",
    "draw_gains",
    "draw_profile",
    "draw_ranks",
    "draw_scores",
]

SHOWN_SETS = 20
_LARGE = 60_000


@dataclass(frozen=True)
class Picture:
    """One figure.

    Parameters
    ----------
    key : str
        What its files are called; of letters, digits and dashes.
    caption : phrase
    alt : str
        What is to be seen, in words.
    vector : str
        As SVG.
    raster : bytes
        As PNG.
    """

    key: str
    caption: Phrase
    alt: str
    vector: str = field(repr=False)
    raster: bytes = field(repr=False)

    @property
    def address(self) -> str:
        """The picture as an address that a page holds: SVG, or PNG where SVG is large."""
        content = self.vector.encode()
        if len(content) > _LARGE and len(self.raster) < len(content):
            return f"data:image/png;base64,{b64encode(self.raster).decode()}"
        return f"data:image/svg+xml;base64,{b64encode(content).decode()}"

    def write(self, folder: Path) -> None:
        """Write it as SVG and as PNG.

        Parameters
        ----------
        folder : Path
        """
        (folder / f"{self.key}.svg").write_text(self.vector, encoding="utf-8", newline="\n")
        (folder / f"{self.key}.png").write_bytes(self.raster)


def _picture(key: str, caption: Phrase, display: Display) -> Picture:
    drawn = io.BytesIO()
    display.figure_.savefig(drawn, format="png", dpi=110, metadata={"Software": None})
    # what is laid out need not be laid out again: half the time of a picture
    display.figure_.set_layout_engine("none")
    return Picture(key, caption, display.alt, svg(display), _with_palette(drawn))


def _with_palette(picture: io.BytesIO) -> bytes:
    """Return a PNG of 256 colours at most: a third of the size, and no difference to be seen."""
    from PIL import Image  # matplotlib depends on it

    small = io.BytesIO()
    Image.open(picture).convert("RGB").quantize(256).save(small, "PNG")
    return small.getvalue()


def draw_ranks(found: Finding, alpha: float) -> Picture | None:
    """Draw a critical-difference diagram.

    Parameters
    ----------
    found : Finding
    alpha : float

    Returns
    -------
    Picture or None
        None where the samplers could not be ranked.
    """
    if found.ranks is None:
        return None
    display = CriticalDifferenceDisplay.from_scores(
        found.scores, greater_is_better=found.metric.greater_is_better, alpha=alpha
    )
    caption = (
        f"{found.metric.title}: average ranks over {len(found.scores)} blocks (each a "
        f"{found.by}); samplers joined by a bar are not shown to differ (Nemenyi, level {alpha:g})"
    )
    if found.is_powerless(alpha):
        caption += (
            ". Nemenyi's is an approximation that fits many blocks: on so few, on which signed "
            "ranks could tell no sampler from the control, what no bar joins may be chance"
        )
    return _picture(slug("ranks", found.metric.name), caption, display)


def draw_scores(table: pd.DataFrame, found: Finding, control: str | None) -> Picture | None:
    """Draw by sampler what each cell gains over the control's, or scores where there is none.

    Parameters
    ----------
    table : DataFrame
        One row per cell, as `run` returns it.
    found : Finding
    control : str or None

    Returns
    -------
    Picture or None
        None where the metric has no value.
    """
    metric = found.metric
    if table.empty or table[metric.name].isna().all():
        return None
    key = slug("scores", metric.name)
    present = set(table["sampler"])
    if control not in present or len(present) < 2:
        caption: Phrase = f"{metric.title} of all cells, by sampler ({metric.direction})"
        return _picture(key, caption, ScoreDisplay.from_table(table, metric.name))
    display = ScoreDisplay.from_table(table, metric.name, control=control)
    turned = "" if metric.greater_is_better else ", the sign turned as lower is better"
    caption = (
        f"{metric.title}: what each cell gains over that of ",
        Name(str(control)),
        f" on the same data set, classifier and fold{turned}; right of 0 is better",
    )
    return _picture(key, caption, display)


def draw_profile(
    place: int,
    name: str,
    profile: dict[str, Any],
    cells: list[dict[str, Any]],
    sampler: str | None,
    why: str = "",
) -> Iterator[Picture]:
    """Draw how imbalanced a data set is, and what a sampler makes of it.

    Parameters
    ----------
    place : int
        Of the data set among all.
    name : str
    profile : dict
        As `profile_of` makes it.
    cells : list of dict
        Of this data set.
    sampler : str or None
    why : str
        Why this sampler is shown.

    Yields
    ------
    Picture
        Positives before and after, co-occurrence, label sets; those that the profile tells of.
    """
    names, counts = profile.get("label_names"), profile.get("counts")
    if names is None or counts is None or not len(names):
        return
    yield _draw_imbalance(place, name, profile, cells, sampler, why)
    pairs = profile.get("cooccurrence")
    if pairs and len(pairs["labels"]) > 1:
        chosen = [names[j] for j in pairs["labels"]]
        display: Display = CooccurrenceDisplay.from_counts(pairs["counts"], chosen)
        some = "" if len(chosen) == len(names) else f" (the {len(chosen)} most frequent)"
        caption: Phrase = (f"Labels borne together{some} in ", Name(name))
        yield _picture(slug("cooccurrence", place, name), caption, display)
    if profile.get("labelsets"):
        display = LabelSetDisplay.from_counts(
            profile["labelsets"],
            names,
            label_counts=counts,
            n_labelsets=profile.get("n_labelsets"),
            n_samples=profile.get("n_samples"),
            max_sets=SHOWN_SETS,
        )
        yield _picture(
            slug("labelsets", place, name),
            ("The most frequent label sets of ", Name(name)),
            display,
        )


def _draw_imbalance(
    place: int,
    name: str,
    profile: dict[str, Any],
    cells: list[dict[str, Any]],
    sampler: str | None,
    why: str,
) -> Picture:
    counted = [
        cell["label_counts"]
        for cell in cells
        if cell["sampler"] == sampler and "label_counts" in cell
    ]
    key = slug("imbalance", place, name)
    names = profile["label_names"]
    if not counted:
        display = LabelImbalanceDisplay.from_counts(profile["counts"], label_names=names)
        return _picture(key, ("Positives by label in ", Name(name)), display)
    before, after = (
        np.mean([one[when] for one in counted], axis=0) for when in ("before", "after")
    )
    display = LabelImbalanceDisplay.from_counts(before, after, label_names=names)
    caption = (
        "Positives by label in the training folds of ",
        Name(name),
        " before and after ",
        Name(str(sampler)),
        f" ({why}; means over folds)" if why else " (means over folds)",
    )
    return _picture(key, caption, display)


def draw_gains(
    label_table: pd.DataFrame, control: str | None, samplers: list[str]
) -> Iterator[Picture]:
    """Draw what each of some samplers gains label by label, against IRLbl.

    Parameters
    ----------
    label_table : DataFrame
        As `tidy_labels` returns it.
    control : str or None
    samplers : list of str

    Yields
    ------
    Picture
        For each sampler that has labels in common with the control.
    """
    present = set(label_table["sampler"])
    for place, sampler in enumerate(samplers, 1):
        if control in present and sampler in present:
            try:
                display = LabelGainDisplay.from_label_table(
                    label_table, sampler=sampler, control=str(control)
                )
            except ValueError:  # they share no label: each failed where the other did not
                continue
            caption = ("Gain in F1 of ", Name(sampler), " over ", Name(str(control)))
            yield _picture(slug("gain", place, sampler), (*caption, ", by IRLbl"), display)
