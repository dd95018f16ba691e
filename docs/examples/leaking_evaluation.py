"""
Is my evaluation leaking?
=========================

Question: I resample my data, cross-validate a classifier on the result, and the scores have risen a
lot. Can I believe them?

No: copies and relatives of the rows tested on are among the rows trained on, and the tested rows
are no longer those that will come. Resample inside the folds, as ``MultiLabelResampledClassifier``
does: its estimate is close to what new rows will show.
"""

# %%
# We need to know the truth, so we make far more data than we learn from. Six small data sets of 300
# rows are drawn, and 3 000 rows that no one has seen are the fresh test set.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.metrics import f1_score
from sklearn.model_selection import KFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import MLROS, MLSMOTE, MultiLabelResampledClassifier, datasets

data = datasets.make_imbalanced_multilabel(
    4800, 12, frequencies=[0.4, 0.3, 0.2, 0.08, 0.06, 0.05], noise=1.5, random_state=0
)
X, Y = data.X, data.Y.toarray()
X_fresh, Y_fresh = X[1800:], Y[1800:]


def macro_f1(model, X, Y):
    """Return the mean F1 of the labels; a label that is never predicted scores 0."""
    return f1_score(Y, model.predict(X), average="macro", zero_division=0)


def cross_validated(model, X, Y):
    """Return the mean score over five folds."""
    folds = KFold(5, shuffle=True, random_state=0).split(X)
    return np.mean([macro_f1(clone(model).fit(X[a], Y[a]), X[b], Y[b]) for a, b in folds])


# %%
# Three numbers for the same model
# --------------------------------
#
# - **leaking**: resample everything, then cross-validate the classifier on what came out;
# - **inside the folds**: cross-validate the classifier with its sampler, on the rows as they are;
# - **truth**: fit the classifier with its sampler on all 300 rows, and score it on the fresh rows.


def three_scores(classifier, sampler, X, Y, X_fresh, Y_fresh):
    """Return the leaking estimate, the one from inside the folds, and the truth."""
    leaking = cross_validated(classifier, *clone(sampler).fit_resample(X, Y))
    model = MultiLabelResampledClassifier(classifier, sampler)
    inside = cross_validated(model, X, Y)
    return leaking, inside, macro_f1(model.fit(X, Y), X_fresh, Y_fresh)


classifiers = {
    "tree": DecisionTreeClassifier(random_state=0),
    "1-NN": KNeighborsClassifier(n_neighbors=1),
}
samplers = {
    "MLROS": MLROS(fraction=0.5, random_state=0),
    "MLSMOTE": MLSMOTE(random_state=0),
}
parts = np.split(np.arange(1800), 6)
scores = {
    f"{sampler_name}, {name}": np.array(
        [three_scores(classifier, sampler, X[p], Y[p], X_fresh, Y_fresh) for p in parts]
    )
    for sampler_name, sampler in samplers.items()
    for name, classifier in classifiers.items()
}
print(f"{'':14}{'leaking':>9}{'inside':>9}{'truth':>9}")
for name, found in scores.items():
    print(f"{name:14}" + "".join(f"{mean:9.2f}" for mean in found.mean(axis=0)))

# %%
# How to read the picture
# -----------------------
#
# Each mark is one of the six data sets. The grey squares, which are what one gets by resampling
# first, lie right of everything else, mostly by far: these models are not that good. The circles,
# from inside the folds, lie around the truth and a little below it. They scatter more than the
# truth does, because a fold of 60 rows has few bearers of a rare label.

styles = {
    "leaking: resampled, then split": {"marker": "s", "c": "0.6"},
    "inside the folds": {"marker": "o", "facecolors": "w", "edgecolors": "#0072b2"},
    "truth: fresh rows": {"marker": "|", "c": "k", "s": 90},
}
fig, ax = plt.subplots(figsize=(8, 4), layout="constrained")
for place, found in enumerate(scores.values()):
    for k, (label, style) in enumerate(styles.items()):
        heights = np.full(len(found), place + 0.22 * (k - 1))
        ax.scatter(found[:, k], heights, label=None if place else label, **style)
    ax.axhline(place + 0.5, color="0.9", lw=0.8)
ax.set_yticks(range(len(scores)), list(scores))
ax.set(xlabel="Macro-F (mean F1 of the six labels)", ylim=(len(scores) - 0.5, -0.5))
ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, frameon=False)

# %%
# Two faults in one
# -----------------
#
# Resampling first does two things wrong. A tested row has its copy, or a row made of it, among the
# rows trained on: a tree or a nearest neighbour then only has to remember. And the tested rows are
# resampled themselves, so that rare labels count as if they were more frequent than they are. The
# second fault alone flatters F1, which rises with the share of bearers.
#
# How large the gap is depends on how well the classifier remembers single rows and on how many rows
# were added; a linear model shows less of it. It never is a sign that a sampler works.
#
# Two things remain true of the honest estimate. It is that of a model fitted on four fifths of the
# rows, so it is a little too low rather than too high. And on one data set of 300 rows it can miss
# by several hundredths: repeat it with other folds before you compare two samplers.

error = {name: found[:, :2] - found[:, 2:] for name, found in scores.items()}
for name, found in error.items():
    leaking, inside = found.mean(axis=0)
    print(f"{name:14} leaking {leaking:+.2f}, inside the folds {inside:+.2f}")
