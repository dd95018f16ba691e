"""
Which parameters for the sampler, and which for the classifier?
===============================================================

Question: MLSMOTE has neighbours to choose, my tree has a depth; can I search both at once, and how
do I read what comes out?

Yes: a sampler in ``MultiLabelResampledClassifier`` is searched by ``GridSearchCV`` like any step of
a pipeline, and resampled inside the folds. Read the result beside the bare classifier, searched on
the same folds, and take differences smaller than their spread over folds for nothing.
"""

# %%
# The data have 1 200 rows and nine labels, the rarest on 29 of them. A third of the rows is put
# aside and not looked at until the end.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import f1_score
from sklearn.model_selection import GridSearchCV, RepeatedKFold, train_test_split
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import MLSMOTE, MultiLabelResampledClassifier, datasets

data = datasets.make_imbalanced_multilabel(1200, 12, 9, mean_ir=6, noise=0.8, random_state=1)
X, X_kept, Y, Y_kept = train_test_split(data.X, data.Y.toarray(), test_size=1 / 3, random_state=0)

# %%
# Two searches on the same folds
# ------------------------------
#
# Parameters of the sampler begin with ``sampler__``, those of the classifier with ``estimator__``.
# The sampler must be an object: a name such as ``"mlsmote"`` has no parameters to reach.
# ``fraction`` is how many rows are made for each row given.
#
# The folds have a fixed seed, so that both searches see the same ones; only then can their scores
# be compared fold by fold. Three folds twice give six scores for each setting.

tree = DecisionTreeClassifier(random_state=0)
folds = RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)
depths, neighbours, fractions = [2, 4, 6, 9, 13], [1, 7], [0.2, 0.6]
search = GridSearchCV(
    MultiLabelResampledClassifier(tree, MLSMOTE(), random_state=0),
    {
        "estimator__max_depth": depths,
        "sampler__n_neighbors": neighbours,
        "sampler__fraction": fractions,
    },
    cv=folds,
    scoring="f1_macro",
).fit(X, Y)
bare = GridSearchCV(tree, {"max_depth": depths}, cv=folds, scoring="f1_macro").fit(X, Y)
for name, found in ("with MLSMOTE", search), ("bare", bare):
    print(f"{name}: {found.best_score_:.3f} with {found.best_params_}")

# %%
# Scores by fold
# --------------
#
# ``cv_results_`` holds the score of every setting on every fold. ``GridSearchCV`` runs through the
# grid with the names in alphabetical order, the last one quickest, so that a reshape gives a table.


def by_fold(found, *shape):
    """Return the scores of a search, of shape (*shape, n_folds)."""
    n_folds = folds.get_n_splits()
    scores = [found.cv_results_[f"split{k}_test_score"] for k in range(n_folds)]
    return np.stack(scores, axis=-1).reshape(*shape, n_folds)


resampled = by_fold(search, len(depths), len(fractions), len(neighbours))
alone = by_fold(bare, len(depths))

# %%
# Curves, with the bare classifier among them
# -------------------------------------------
#
# The thick dashed line is the tree by itself, and the grey band is one standard deviation of its
# scores over the folds to either side.

fig, axes = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained", sharey=True)
for j, ax in enumerate(axes):
    mean, spread = alone.mean(axis=1), alone.std(axis=1, ddof=1)
    ax.fill_between(depths, mean - spread, mean + spread, color="0.9", lw=0)
    ax.plot(depths, mean, "k--", lw=2.5, label="bare tree")
    for k, marker in enumerate("o^"):
        curve = resampled[:, j, k].mean(axis=1)
        label = f"MLSMOTE, n_neighbors={neighbours[k]}"
        ax.plot(depths, curve, marker, ls="-", mfc="w", lw=1.2, label=label)
    ax.set(title=f"fraction={fractions[j]}", xlabel="depth of the tree", xticks=depths)
axes[0].set_ylabel("Macro-F, mean of six folds")
axes[0].legend(frameon=False, loc="lower right")

# %%
# The depth matters more than anything the sampler does: from 2 to 6 the score rises by far more
# than the band is wide. Shallow trees lose by MLSMOTE, the more rows it makes the more they lose;
# between the numbers of neighbours there is next to nothing. To read such curves, look at whole
# lines, not at the single highest mark: it was chosen among twenty.
#
# Fold by fold
# ------------
#
# The band says how much folds differ from each other, hard ones from easy ones. Both classifiers
# met the same folds, so a fairer question is how the *difference* spreads: a heat map of its mean,
# and beneath it, in the cell, its standard deviation over the six folds.

difference = resampled - alone[:, np.newaxis, np.newaxis]
mean, spread = difference.mean(axis=-1), difference.std(axis=-1, ddof=1)
settings = [f"fraction={f}, n_neighbors={k}" for f in fractions for k in neighbours]
fig, ax = plt.subplots(figsize=(8.5, 4), layout="constrained")
table = mean.reshape(len(depths), -1).T
limit = np.abs(table).max()
image = ax.imshow(table, cmap="Greys", vmin=-limit, vmax=limit, aspect="auto")
for (row, column), value in np.ndenumerate(table):
    text = f"{value:+.3f}\n± {spread.reshape(len(depths), -1).T[row, column]:.3f}"
    colour = "w" if value > 0.4 * limit else "k"
    ax.text(column, row, text, ha="center", va="center", fontsize=7, color=colour)
ax.set_xticks(range(len(depths)), depths)
ax.set_yticks(range(len(settings)), settings)
ax.set(xlabel="depth of the tree", ylabel="parameters of MLSMOTE")
fig.colorbar(image, label="Macro-F gained over the bare tree")

# %%
# A mean that is no larger than the number under it is nothing. And even one that is larger deserves
# care: the folds share most of their training rows, so that six scores are worth less than six.
#
# The rows put aside
# ------------------
#
# The best score of a search is too good, being the best of many. The rows that no search has seen
# tell what is left of it.

for name, found in ("with MLSMOTE", search), ("bare", bare):
    kept = f1_score(Y_kept, found.predict(X_kept), average="macro", zero_division=0)
    print(f"{name:13} best score of the search {found.best_score_:.3f}, rows kept {kept:.3f}")
