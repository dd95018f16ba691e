"""
How do I plug in a sampler of my own?
=====================================

Question: I have an idea for a sampler; how much must I write until it works with sparse matrices,
data frames, seeds and cross-validation, and how do I see whether it is any good?

One class with one method: it says which rows come out and what is new about them, and the base
class does the rest. ``check_sampler`` tells whether it keeps the contract, ``register_sampler``
gives it a name, and ``compare.run`` sets it beside others.
"""

# %%
# The idea here: clone each row of a rare label, but shake its features a little, so that a tree
# cannot simply cut out the clones.

import matplotlib.pyplot as plt
import numpy as np
import scipy.sparse as sp
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import (
    MultiLabelSampler,
    Resampling,
    compare,
    datasets,
    make_sampler,
    measures,
    register_sampler,
)
from skml_aemlo.compare.plots import ScoreDisplay
from skml_aemlo.testing import check_sampler

# %%
# The class
# ---------
#
# ``_resample`` gets ``X`` as a float array or a ``csr_array`` and ``Y`` as a ``csr_array``. It
# draws from ``rng`` and nothing else. Its answer is a ``Resampling``: the input row that each
# output row comes from, the labels, and the features of the rows that are new, which come last.
#
# Sparse features are multiplied rather than shifted, so that zeros stay zeros.


class Shake(MultiLabelSampler):
    """Clone each row of a rare label, its features shaken by a share of their size."""

    _parameter_constraints = {
        "scale": [float, int],
        "times": [int],
        "random_state": ["random_state"],
    }

    def __init__(self, scale=0.2, times=2, *, random_state=None):
        self.scale = scale
        self.times = times
        self.random_state = random_state

    def _resample(self, X, Y, rng):
        rare = measures.minority_labels(Y)
        chosen = np.repeat(np.flatnonzero(Y[:, rare].sum(axis=1)), self.times)
        factors = rng.normal(1, self.scale, size=(len(chosen), X.shape[1]))
        made = X[chosen].multiply(factors).tocsr() if sp.issparse(X) else X[chosen] * factors
        source = np.append(np.arange(Y.shape[0]), chosen)
        return Resampling(source, Y[source], made)


# %%
# Check it, name it
# -----------------
#
# ``check_sampler`` raises an error that names what is wrong; it says nothing when all is well. From
# then on the sampler goes wherever one of the library's does, by name as well.

check_sampler(Shake(random_state=0))
register_sampler("shake", Shake)

data = datasets.load_synthetic()
sampler = make_sampler("shake", scale=0.2, random_state=0)
X_res, Y_res = sampler.fit_resample(data.X, data.Y)
print(f"{len(data.X)} rows become {len(X_res)}, {sampler.is_synthetic_.sum()} of them made")
print(f"MeanIR {measures.mean_ir(data.Y):.1f} becomes {measures.mean_ir(Y_res):.1f}")

# %%
# What it does to the data
# ------------------------
#
# A look at two features before any score: the rows of the rarest label, and what was made of them.
# How far a row moves is in proportion to the size of its values, so rows near the origin hardly
# move at all. That is a weakness of the idea, and the picture shows it before any classifier does.

rarest = int(measures.label_counts(data.Y).argmin())
real = data.Y.toarray()[:, rarest] > 0
new = sampler.is_synthetic_ & (Y_res.toarray()[:, rarest] > 0)
sources = data.X[sampler.sample_indices_[new]]
fig, ax = plt.subplots(figsize=(6.5, 5), layout="constrained")
ax.scatter(data.X[~real, 0], data.X[~real, 1], s=8, c="0.85", label="other rows")
ends = np.stack([sources[:, :2], X_res[new, :2]])
ax.plot(ends[..., 0], ends[..., 1], c="0.5", lw=0.8)
ax.scatter(*data.X[real, :2].T, s=40, c="k", zorder=3, label="rows of the rarest label")
made_style = {"marker": "^", "facecolors": "w", "edgecolors": "k", "zorder": 2.5}
ax.scatter(*X_res[new, :2].T, s=30, label="made of them", **made_style)
ax.set(xlabel="first feature", ylabel="second feature")
ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, frameon=False)

# %%
# Is it any good?
# ---------------
#
# ``compare.run`` gives every sampler the same folds, resamples inside them, and returns a row for
# each cell. Beside one's own sampler there should always be ``none`` and something simple: MLROS
# clones without shaking.

cells = compare.run(
    ("synthetic", data.X, data.Y.toarray()),
    {"none": None, "mlros": make_sampler("mlros"), "shake": Shake()},
    {"tree": DecisionTreeClassifier(random_state=0), "kNN": "mlknn"},
    cv="4x3",
)
means = cells.groupby(["estimator", "sampler"], sort=False)["macro_f"].agg(["mean", "std"])
print(means.round(3).to_string())

# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
for ax, estimator in zip(axes, ("tree", "kNN"), strict=True):
    ScoreDisplay.from_table(cells, "macro_f", estimator=estimator, ax=ax)
    ax.set(title=estimator, xlabel="Macro-F of a fold, twelve folds", ylabel="sampler")

# %%
# Boxes that overlap as far as these say little. Where they are apart, it is one data set that they
# are apart on: before you believe in a sampler, run it on several, and let ``compare.friedman`` and
# ``compare.wilcoxon_holm`` tell whether it wins more often than chance would.
