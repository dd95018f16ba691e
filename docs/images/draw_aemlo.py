"""Draw the pictures of AEMLO's guide: ``python docs/images/draw_aemlo.py [FOLDER]``.

Needs the extra ``compare``.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure  # without pyplot: Agg draws, and no global setting changes
from PIL import Image

from skml_aemlo import AEMLO, datasets
from skml_aemlo.compare.plots import TrainingDisplay

HERE = Path(__file__).parent
RAREST = 11  # the label shown, "y11": 13 of 600 rows bear it
VERMILION, BLUE = "#d55e00", "#0072b2"


class Plane:
    """The two principal components of some latent codes."""

    def __init__(self, codes):
        self.centre = codes.mean(axis=0)
        _, sizes, axes = np.linalg.svd(codes - self.centre, full_matrices=False)
        self.axes = axes[:2]
        self.shares = (sizes**2 / (sizes**2).sum())[:2]

    def __call__(self, codes):
        """Return the places of codes in the plane, of shape (n, 2)."""
        return (codes - self.centre) @ self.axes.T

    def name(self, ax):
        """Name the axes."""
        ax.set_xlabel(f"1st principal component ({self.shares[0]:.0%} of the variance)")
        ax.set_ylabel(f"2nd principal component ({self.shares[1]:.0%})")
        ax.spines[["top", "right"]].set_visible(False)


def draw_latent(path, data, sampler, X, Y):
    """Draw the latent space on the left, and what grew from one seed on the right."""
    made = sampler.is_synthetic_
    seeds, partners = sampler.sample_indices_[made], sampler.reference_indices_[made]
    borne, bears = data.Y.toarray()[:, RAREST] > 0, Y.toarray()[made, RAREST] > 0
    real, new = sampler.encode(data.X), sampler.encode(X[made])
    figure = Figure(figsize=(10, 5.3), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    draw_rows(left, real, new, borne, bears & borne[seeds], bears & ~borne[seeds])
    among = borne[seeds] & borne[partners]
    draw_seed(right, real, new[among], seeds[among], partners[among])
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    write(figure, path)


def draw_rows(ax, real, new, borne, kept, gained):
    """Draw rows by kind, bearers of the rarest label or not; shapes tell them apart."""
    plane = Plane(real)
    plane.name(ax)
    ax.scatter(*plane(real[~borne]).T, s=9, c="0.8", lw=0, label="real row")
    rest = {"s": 42, "c": VERMILION, "edgecolors": "white", "lw": 0.6, "zorder": 3}
    ax.scatter(*plane(real[borne]).T, label=f"real row with y{RAREST}", **rest)
    name = f"new row with y{RAREST}"
    hollow = {"facecolors": "none", "lw": 0.9}
    triangles = {"s": 20, "marker": "^", "edgecolors": BLUE}
    ax.scatter(*plane(new[kept]).T, label=f"{name}, its seed's", **triangles, **hollow)
    squares = {"s": 24, "marker": "s", "edgecolors": "k"}
    ax.scatter(*plane(new[gained]).T, label=f"{name}, decoded", **squares, **hollow)
    ax.set_title(f"all rows, and the new ones with y{RAREST}")


def draw_seed(ax, real, new, seeds, partners):
    """Draw a seed with many partners, these, and the rows that grew between them."""
    far = np.linalg.norm(new - real[seeds], axis=1)
    seed = max(
        np.unique(seeds),
        key=lambda seed: (len(np.unique(partners[seeds == seed])), far[seeds == seed].mean()),
    )
    mine = seeds == seed
    plane = Plane(real[[seed, *np.unique(partners[mine])]])
    plane.name(ax)
    start, ends, grown = plane(real[seed]), plane(real[partners[mine]]), plane(new[mine])
    for k, (end, row) in enumerate(zip(ends, grown, strict=True)):
        way = end - start
        foot = start + way * ((row - start) @ way) / (way @ way)
        names = (None, None) if k else ("way from a seed to its partner", "off the way")
        ax.plot(*np.stack([start, end]).T, c="0.4", lw=1, ls="--", zorder=1, label=names[0])
        ax.plot(*np.stack([row, foot]).T, c=BLUE, lw=1, zorder=1.5, label=names[1])
    ax.scatter(*ends.T, s=80, c=VERMILION, edgecolors="white", lw=0.6, zorder=2)
    ax.scatter(*grown.T, s=50, marker="^", c="white", edgecolors=BLUE, lw=1.2, zorder=3)
    star = {"s": 330, "marker": "*", "c": VERMILION, "edgecolors": "k", "lw": 0.8, "zorder": 2.5}
    ax.scatter(*start, label="seed", **star)
    ax.set_title(f"one seed with y{RAREST}, its partners, its new rows")
    ax.set_aspect("equal", adjustable="datalim")


def draw_training(path, good, by_heart):
    """Draw the training curves of the default, and of one that learns its rows by heart."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    TrainingDisplay.from_history(good, ax=left)
    TrainingDisplay.from_history(by_heart, ax=right)
    left.set(xlabel="epoch (the default, 600 rows)", ylabel="loss a row (logarithmic)")
    right.set(xlabel="epoch (150 rows, noise=0, dropout=0: overfitting)", ylabel=None)
    write(figure, path)


def write(figure, path):
    """Write a figure in few colours, which takes a third of the space."""
    figure.savefig(path, dpi=110)
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(64)
    small.save(path, optimize=True)


def main(folder=HERE, epochs=100):
    """Train twice and draw both pictures into a folder."""
    data = datasets.load_synthetic()
    # twice the default's rows, for something to look at
    default = AEMLO(fraction=1.0, epochs=epochs, random_state=0)
    X, Y = default.fit_resample(data.X, data.Y)
    draw_latent(Path(folder) / "aemlo_latent.png", data, default, X, Y)
    by_heart = AEMLO(noise=0, dropout=0, epochs=epochs, patience=epochs, random_state=0)
    by_heart.fit(data.X[:150], data.Y[:150])
    draw_training(Path(folder) / "aemlo_training.png", default.history_, by_heart.history_)


if __name__ == "__main__":
    main(*sys.argv[1:2])
