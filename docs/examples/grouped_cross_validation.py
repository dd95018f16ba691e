"""
How do I keep groups apart when rows are resampled?
===================================================

Question: several of my rows come from one patient, so no patient may be trained on and tested on;
but what is the patient of a row that a sampler made?

A copy belongs to the patient of its source, ``groups[sampler.sample_indices_]``; a row made between
two patients belongs to neither side of a split that parts them, and ``reference_indices_`` tells
who the second one is. Inside ``MultiLabelResampledClassifier`` the question does not arise.
"""

# %%
# Sixty patients came four times each. Visits of one patient are alike, and so are their labels: a
# tree that has seen the patient knows the next visit.

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import MLROS, MLSMOTE, MultiLabelResampledClassifier

rng = np.random.default_rng(7)
groups = np.repeat(np.arange(60), 4)
patients = rng.normal(size=(60, 4))
X = patients[groups] + 0.2 * rng.normal(size=(len(groups), 4))
Y = (patients + rng.normal(size=patients.shape))[groups, :3] > [-1.0, 0.5, 1.2]
Y = Y.astype(int)
tree = DecisionTreeClassifier(random_state=0)

# %%
# The easy way: resample inside the folds
# ---------------------------------------
#
# ``GroupKFold`` parts the patients before anything is resampled, so that new rows are made from the
# patients trained on alone. If this is all you need, stop here.

model = MultiLabelResampledClassifier(tree, MLSMOTE(), random_state=0)
inside = cross_val_score(model, X, Y, groups=groups, cv=GroupKFold(5), scoring="f1_macro")
print(f"macro F1, resampled inside the folds: {inside.mean():.2f}")

# %%
# Rows that are resampled already
# -------------------------------
#
# Sometimes the rows are resampled once, written to a file, and split later. Then every row needs
# the groups of both its parents. MLROS sets no ``reference_indices_``, as it copies; nor do
# samplers that tear or drop rows, whose rows have one parent, too. ``LabelPowersetSampler`` sets
# none either, because imbalanced-learn tells no parents: rows that SMOTE made in it cannot be
# grouped this way.


def parents_of(sampler, groups):
    """Return the groups of both parents of every row; a copied row has the same group twice."""
    sources = sampler.sample_indices_
    references = getattr(sampler, "reference_indices_", sources)
    return np.column_stack([groups[sources], groups[references]])


def added_by(sampler):
    """Tell the rows that were added from those that were there before."""
    added = np.ones(len(sampler.sample_indices_), dtype=bool)
    added[np.unique(sampler.sample_indices_, return_index=True)[1]] = False
    return added


# %%
# An added row is no evidence, so none is tested on. One with a parent among the patients tested is
# not trained on either: it is left out of that fold.


def clean_folds(parents, added, n_splits=5):
    """Yield rows to train on and rows to test on, whose parents' groups are apart."""
    groups_res = parents[:, 0]
    for _, test in GroupKFold(n_splits).split(groups_res, groups=groups_res):
        tested = np.isin(parents, np.unique(groups_res[test]))
        yield np.flatnonzero(~tested.any(axis=1)), np.flatnonzero(tested[:, 0] & ~added)


def careless_folds(n_rows, n_splits=5):
    """Yield folds of rows, whosever they are."""
    rows = np.random.default_rng(0).permutation(n_rows)
    for test in np.array_split(rows, n_splits):
        yield np.setdiff1d(rows, test), test


def mean_score(X, Y, folds):
    """Return the mean macro F1 of the tree over folds."""
    predicted = ((tree.fit(X[train], Y[train]).predict(X[test]), Y[test]) for train, test in folds)
    return np.mean(
        [f1_score(Y_true, said, average="macro", zero_division=0) for said, Y_true in predicted]
    )


careless, honest = {}, {}
for name, sampler in ("MLROS", MLROS(random_state=0)), ("MLSMOTE", MLSMOTE(random_state=0)):
    X_res, Y_res = sampler.fit_resample(X, Y)
    parents, added = parents_of(sampler, groups), added_by(sampler)
    careless[name] = mean_score(X_res, Y_res, careless_folds(len(X_res)))
    honest[name] = mean_score(X_res, Y_res, clean_folds(parents, added))
    print(f"{name}: {len(X)} rows become {len(X_res)}")
    print(f"  made between two patients: {(parents[:, 0] != parents[:, 1]).sum()}")
    print(f"  macro F1 with patients on both sides: {careless[name]:.2f}")
    print(f"  macro F1 with patients apart: {honest[name]:.2f}")

# %%
# How much too good the careless score is, is the distance between the two marks of a line.

fig, ax = plt.subplots(figsize=(7, 2.4), layout="constrained")
places = np.arange(len(honest))
ax.hlines(places, honest.values(), careless.values(), color="0.7", zorder=0)
ax.scatter(careless.values(), places, marker="s", c="0.5", s=70, label="patients on both sides")
ax.scatter(honest.values(), places, marker="o", c="k", s=70, label="patients apart")
ax.set_yticks(places, list(honest))
ax.set(xlabel="Macro-F of a tree, mean of five folds", xlim=(0, 1), ylim=(1.5, -0.5))
ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False)

# %%
# What becomes of the made rows
# -----------------------------
#
# Below are the rows that MLSMOTE added, in their order, and the five folds. A row whose two parents
# come from patients of different folds is left out twice; going by its source alone, it would have
# been trained on in a fold that tests its second parent.

made = np.flatnonzero(added)
picture = np.zeros((5, len(made)))
for fold, (train, _) in enumerate(clean_folds(parents, added)):
    tested = np.setdiff1d(groups, parents[train].ravel())
    first, second = np.isin(parents[made], tested).T
    picture[fold] = np.select([first & second, first, second], [3, 2, 1])
fig, ax = plt.subplots(figsize=(9, 2.8), layout="constrained")
shades = ["0.95", "k", "0.45", "0.75"]
names = ["trained on", "left out: its second parent is tested", "left out: its source is tested"]
names.append("left out: both are")
ax.imshow(picture, cmap=ListedColormap(shades), vmin=0, vmax=3, aspect="auto")
boxes = [Patch(fc=shade, ec="k", lw=0.5) for shade in shades]
ax.legend(boxes, names, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False)
ax.set_yticks(range(5), range(1, 6))
ax.set(xlabel="rows that MLSMOTE made", ylabel="fold")
