"""Draw the README's picture from the demo's table: ``python docs/images/draw_demo.py``.

Needs ``nox -s demo`` to have run, and the extra ``compare``.
"""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skml_aemlo import MLSMOTE, datasets, measures

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "runs" / "demo" / "table.csv"


def draw_labels(ax):
    """Draw the positives of every label, before and after ML-SMOTE, rarest label last."""
    data = datasets.load_synthetic()
    before = measures.label_counts(data.Y)
    after = measures.label_counts(MLSMOTE(random_state=0).fit_resample(data.X, data.Y)[1])
    order = np.argsort(-before)
    places = np.arange(len(order))
    ax.bar(places, after[order], color="0.75", label="after ML-SMOTE")
    ax.bar(places, before[order], color="tab:blue", label="before")
    ax.set_xticks(places, [data.label_names[j] for j in order], rotation=60, ha="right")
    ax.set_ylabel("positive rows")
    ax.legend(frameon=False)


def draw_scores(ax):
    """Draw the mean Macro-F of every sampler under every classifier."""
    table = pd.read_csv(TABLE)
    means = table.groupby(["estimator", "sampler"], sort=False)["macro_f"].mean().unstack()
    means = means[list(dict.fromkeys(table["sampler"]))]
    for estimator, marker in zip(means.index, "osD^", strict=False):
        ax.plot(means.columns, means.loc[estimator], marker, ms=9, label=estimator)
    ax.set_ylabel("Macro-F")
    ax.grid(axis="y", color="0.9")
    ax.legend(frameon=False)


def main():
    """Draw both halves into one picture."""
    mpl.use("Agg")
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    draw_labels(left)
    draw_scores(right)
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(HERE / "demo.png", dpi=110)


if __name__ == "__main__":
    main()
