"""Where new rows lie among the real ones: AEMLO's latent space in the plane."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._containers import Labels
from ..._imbalance import counts_of
from .display import BLUE, PALE, VERMILION, Display, bare, data_frame, legend, require_fitted
from .names import names_for, plain, shown

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["LatentSpaceDisplay"]

_VECTORS = 2000  # points of a kind beyond which they are drawn as one picture


@dataclass(eq=False)
class LatentSpaceDisplay(Display):
    """Real and new rows in the two principal components of their latent codes.

    Make it by `from_sampler`.

    Parameters
    ----------
    table : DataFrame
        One row per row of the data: ``x`` and ``y``, its place; ``is_synthetic``; ``bears``,
        whether it bears the label; ``kind``, one of "real", "real, bears", "new", "new, seed's"
        (the label is its seed's) and "new, gained" (its seed lacks the label).
    label : str
        Which label.
    explained : tuple of float
        Shares of the real codes' variance along the two components.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was last drawn.
    figure_ : matplotlib Figure
        The figure of ``ax_``.

    Notes
    -----
    The components are those of the real rows alone. What lies together in the plane need not do so
    in the latent space: read the shares of variance on the axes first.

    Examples
    --------
    >>> from skml_aemlo import AEMLO, datasets
    >>> data = datasets.load_synthetic()
    >>> sampler = AEMLO(epochs=3, random_state=0)
    >>> X_res, Y_res = sampler.fit_resample(data.X, data.Y)
    >>> display = LatentSpaceDisplay.from_sampler(sampler, X_res, Y_res, label=11)
    >>> display.frame()["kind"].value_counts().loc[["real", "real, bears"]].tolist()
    [587, 13]
    """

    table: pd.DataFrame = field(repr=False)
    label: str
    explained: tuple[float, float]

    @classmethod
    def from_sampler(
        cls,
        sampler: Any,
        X: Any,
        Y: Any,
        *,
        label: int | str | None = None,
        label_names: Any = None,
        ax: Axes | None = None,
    ) -> LatentSpaceDisplay:
        """Encode rows, project them, and draw.

        Parameters
        ----------
        sampler : AEMLO
            Whose ``fit_resample`` returned the rows.
        X : as ``fit_resample`` returned it, of shape (n_rows, n_features)
            Real rows, then new ones.
        Y : as ``fit_resample`` returned it, of shape (n_rows, n_labels)
            Their labels.
        label : int or str, optional
            Whose bearers stand out; by default the rarest label of the real rows that has any.
        label_names : sequence of str, optional
            By default the names of the DataFrame's columns, or else the positions.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        LatentSpaceDisplay

        Raises
        ------
        TypeError
            If the sampler is no AEMLO, or did not resample.
        ValueError
            If these are not the rows it returned, or there is no such label.
        """
        require_fitted(sampler, "history_", "is_synthetic_")
        labels = Labels(Y)
        _require_own(sampler, labels.matrix.shape[0])
        names = names_for(
            labels.names if label_names is None else label_names, labels.matrix.shape[1]
        )
        real = labels.matrix[np.flatnonzero(~sampler.is_synthetic_)]
        chosen = _position(label, names, counts_of(real))
        places, explained = _plane(sampler.encode(X), ~sampler.is_synthetic_)
        bears = labels.matrix[:, [chosen]].toarray().ravel() > 0
        table = _table(places, sampler.is_synthetic_, bears, sampler.sample_indices_)
        return cls(table, names[chosen], explained).plot(ax)

    @property
    def alt(self) -> str:
        """What is to be seen, in a sentence or two of plain text."""
        counts = self.table["kind"].value_counts()
        n_new = int(self.table["is_synthetic"].sum())
        name = plain(self.label)
        return (
            f"{len(self.table) - n_new:,} real and {n_new:,} new rows in two principal components "
            f"of AEMLO's latent space, {sum(self.explained):.0%} of the variance. "
            f"{counts.get('real, bears', 0):,} real rows bear {name}; of the new ones "
            f"""{counts.get("new, seed's", 0):,} have it from their seed and """
            f"{counts.get('new, gained', 0):,} gained it."
        )

    def _size(self) -> tuple[float, float]:
        return 6.4, 5.2

    def _draw(self, ax: Axes) -> None:
        handles, titles = [], []
        for kind, (title, style) in _kinds(_worded(self.label)).items():
            rows = self.table[self.table["kind"] == kind]
            if len(rows):
                pixels = len(rows) > _VECTORS
                handles.append(
                    ax.scatter(rows["x"], rows["y"], rasterized=pixels, gid=kind, **style)
                )
                titles.append(f"{title} ({len(rows):,})")
        legend(ax, handles, titles, ncols=2, fontsize=8)
        first, second = self.explained
        ax.set_xlabel(f"1st principal component ({first:.0%} of the variance)")
        ax.set_ylabel(f"2nd principal component ({second:.0%})")
        bare(ax)


def _worded(label: str) -> str:
    """Return a label as a legend names it: a bare number is the position of one without a name."""
    return f"label {label}" if label.isdecimal() else shown(label, 16)


def _kinds(name: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return title and style of every kind of row, those beneath first."""
    hollow = {"facecolors": "none", "zorder": 4}
    return {
        "real": ("real row", {"s": 9, "c": PALE, "lw": 0}),
        "new": ("new row", {"s": 8, "c": "0.55", "marker": "x", "lw": 0.5}),
        "real, bears": (
            f"real row that bears {name}",
            {"s": 44, "c": VERMILION, "edgecolors": "w", "lw": 0.7, "zorder": 3},
        ),
        "new, seed's": (
            f"new row that bears {name}, as its seed does",
            {"s": 20, "marker": "^", "edgecolors": BLUE, "lw": 0.9, **hollow},
        ),
        "new, gained": (
            f"new row that bears {name}, its seed does not",
            {"s": 24, "marker": "s", "edgecolors": "k", "lw": 0.9, **hollow},
        ),
    }


def _require_own(sampler: Any, n_rows: int) -> None:
    if len(sampler.is_synthetic_) != n_rows:
        raise ValueError(
            f"Y has {n_rows} rows, but the sampler returned {len(sampler.is_synthetic_)}; give X "
            "and Y as its fit_resample returned them."
        )


def _position(label: int | str | None, names: list[str], counts: np.ndarray) -> int:
    if label is None:
        return int(np.where(counts > 0, counts, counts.max() + 1).argmin())
    known = label in names if isinstance(label, str) else 0 <= label < len(names)
    if not known:
        raise ValueError(
            f"label={label!r} is none of the {len(names)} labels; give a position from 0, or one "
            f"of {', '.join(plain(name) for name in names[:20])}."
        )
    return names.index(label) if isinstance(label, str) else int(label)


def _plane(codes: np.ndarray, real: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
    """Return places in the plane of the real codes' two principal components."""
    from sklearn.decomposition import PCA

    n_components = min(2, codes.shape[1], int(real.sum()))
    found = PCA(n_components, svd_solver="full").fit(codes[real])
    places, shares = np.zeros((len(codes), 2)), np.zeros(2)
    places[:, :n_components] = found.transform(codes)
    shares[:n_components] = found.explained_variance_ratio_
    return places, (float(shares[0]), float(shares[1]))


def _table(
    places: np.ndarray, is_synthetic: np.ndarray, bears: np.ndarray, source: np.ndarray
) -> pd.DataFrame:
    had = bears[source]  # real rows come first, in their order
    kinds = np.select(
        [~is_synthetic & ~bears, ~is_synthetic, ~bears, had],
        ["real", "real, bears", "new", "new, seed's"],
        "new, gained",
    )
    columns = {"x": places[:, 0], "y": places[:, 1], "is_synthetic": is_synthetic, "bears": bears}
    return data_frame({**columns, "kind": kinds})
