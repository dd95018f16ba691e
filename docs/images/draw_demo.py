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


# what a sampler does, and what a classifier is, in the words of someone new
SAMPLERS = {
    "none": "none:\nrows as\nthey are",
    "mlros": "mlros:\nrare rows\ncloned",
    "mlsmote": "mlsmote:\nnew rows\nin between",
    "remedial": "remedial:\nmixed rows\ntorn in two",
    "aemlo": "aemlo:\nnew rows by\na network",
}
CLASSIFIERS = {
    "br-tree": "br-tree: one decision tree per label",
    "mlknn": "mlknn: the 10 nearest rows vote",
}


def draw_labels(ax):
    """Draw the positives of every label, before and after MLSMOTE, rarest label last."""
    data = datasets.load_synthetic()
    before = measures.label_counts(data.Y)
    after = measures.label_counts(MLSMOTE(random_state=0).fit_resample(data.X, data.Y)[1])
    order = np.argsort(-before)
    places = np.arange(len(order))
    ax.bar(places, after[order], color="tab:orange", label="rows that MLSMOTE adds")
    ax.bar(places, before[order], color="tab:blue", label="rows in the data (600)")
    rare = measures.minority_labels(data.Y)
    for place in np.flatnonzero(np.isin(order, rare)):
        ax.annotate("rare", (place, after[order[place]] + 4), ha="center")
    ax.set_xticks(places, [data.label_names[j] for j in order])
    ax.set(xlabel="label, the most frequent first", ylabel="rows that bear it")
    ax.set_title("Before and after: rare labels on more rows")
    ax.legend(frameon=False)


def draw_scores(ax):
    """Draw the mean Macro-F of every sampler under every classifier."""
    table = pd.read_csv(TABLE)
    means = table.groupby(["estimator", "sampler"], sort=False)["macro_f"].mean().unstack()
    means = means[list(dict.fromkeys(table["sampler"]))]
    places = np.arange(means.shape[1])
    for estimator, marker in zip(means.index, "os", strict=True):
        (drawn,) = ax.plot(places, means.loc[estimator], marker, ms=9, label=CLASSIFIERS[estimator])
        ax.axhline(means.loc[estimator, "none"], color=drawn.get_color(), lw=1, ls=":")
    ax.plot([], [], ":", color="0.4", label="dotted: without resampling")
    ax.set_xticks(places, [SAMPLERS[name] for name in means.columns], fontsize="small")
    ax.set(xlabel="sampler", ylabel="Macro-F on held-out rows (1 is best)")
    ax.set_title("Did it help? By sampler and classifier")
    ax.legend(frameon=False, loc="lower left")


def main():
    """Draw both halves into one picture."""
    mpl.use("Agg")
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    draw_labels(left)
    draw_scores(right)
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(HERE / "demo.png", dpi=110)


if __name__ == "__main__":
    main()
