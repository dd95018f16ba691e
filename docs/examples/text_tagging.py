"""
How do I tag texts when most tags are rare?
===========================================

Question: nine hundred texts bear 150 tags, most of them on one text in fifty; a classifier that has
learned the frequent tags seldom says a rare one. Does resampling help, and can TF-IDF features stay
sparse?

They stay sparse from the vectoriser to the classifier. MLSMOTE, inside a grid search, raises the
mean F1 of a tree's tags a little: rare ones gain, and the frequent ones pay for it. Another
classifier with a threshold for each tag gains many times as much; try that first.
"""

# %%
# The texts are made here: every tag has four words of its own, and the n-th tag is on about 1 / n
# of the texts that the first is on. To each text ten words are added that mean nothing.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV, KFold, train_test_split
from sklearn.multiclass import OneVsRestClassifier
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import (
    MLSMOTE,
    MultiLabelResampledClassifier,
    TunedThresholdsClassifierCV,
    measures,
)

n_texts, n_tags = 900, 150
rng = np.random.default_rng(3)
Y = (rng.random((n_texts, n_tags)) < 0.4 / np.arange(1, n_tags + 1)).astype(int)
for tag in range(n_tags):  # enough of each to be found in every fold
    Y[rng.choice(n_texts, 12, replace=False), tag] = 1
texts = []
for tags in Y:
    own = np.repeat(np.flatnonzero(tags), 4)
    words = [f"tag{tag}word{rng.integers(4)}" for tag in own]
    words += [f"word{word}" for word in rng.integers(400, size=10)]
    texts.append(" ".join(words))

# %%
# The vectoriser learns its words from the texts to be read, and not from those kept apart. Its
# matrix is sparse, and nothing from here on makes it dense.

read, kept, Y_read, Y_kept = train_test_split(texts, Y, test_size=0.3, random_state=0)
vectors = TfidfVectorizer().fit(read)
X_read, X_kept = vectors.transform(read), vectors.transform(kept)
print(f"{X_read.shape[0]} texts, {X_read.shape[1]} words, {n_tags} tags")
rare = len(measures.minority_labels(Y_read))
print(f"MeanIR {measures.mean_ir(Y_read):.1f}, {rare} rare tags")

# %%
# Search inside the folds
# -----------------------
#
# Each setting is fitted on resampled folds and scored on folds left as they are. A tag that is
# never said scores 0, and ``zero_division=0`` says so without a warning for each.


def macro_f1(Y_true, Y_pred):
    """Return the mean F1 of the tags."""
    return f1_score(Y_true, Y_pred, average="macro", zero_division=0)


tree = DecisionTreeClassifier(max_features=100, random_state=0)
search = GridSearchCV(
    MultiLabelResampledClassifier(tree, MLSMOTE(), random_state=0),
    {"sampler__n_neighbors": [1, 3, 5]},
    scoring=make_scorer(macro_f1),
    cv=KFold(3, shuffle=True, random_state=0),
).fit(X_read, Y_read)
print(f"best: {search.best_params_}")

# %%
# On the texts kept apart
# -----------------------

bare = clone(tree).fit(X_read, Y_read)
said = {"bare": bare.predict(X_kept), "resampled": search.predict(X_kept)}
for name, predicted in said.items():
    print(f"macro F1 {name}: {macro_f1(Y_kept, predicted):.2f}")

# %%
# A mean over 150 tags hides which of them gained. In the picture each pair of marks is the mean of
# thirty tags, neighbours in frequency, and the faint marks are single tags.

n_learned = Y_read.sum(axis=0)
fifths = np.array_split(np.argsort(n_learned, kind="stable"), 5)
styles = {
    "bare": {"marker": "o", "ls": "--", "color": "0.45"},
    "resampled": {"marker": "^", "ls": "-", "color": "k"},
}
fig, ax = plt.subplots(figsize=(8, 4.4), layout="constrained")
for name, style in styles.items():
    scores = f1_score(Y_kept, said[name], average=None, zero_division=0)
    faint = {"marker": style["marker"], "facecolors": "none", "edgecolors": style["color"]}
    ax.scatter(n_learned, scores, s=14, alpha=0.3, lw=0.7, **faint)
    means = [(n_learned[part].mean(), scores[part].mean()) for part in fifths]
    ax.plot(*np.transpose(means), ms=8, label=f"{name}, mean of thirty tags", **style)
ax.set_xscale("log")
ax.set_xticks([5, 10, 20, 50, 100, 200], ["5", "10", "20", "50", "100", "200"])
ax.minorticks_off()
ax.set(xlabel="texts to learn the tag from (logarithmic)", ylabel="F1 on the texts kept apart")
ax.legend(frameon=False, loc="upper left")

# %%
# The rare tags gain, the most frequent fifth loses. Why, the labels of the made rows tell: a made
# row bears a tag if more than half of its seed and neighbours do, so that it has words of many tags
# and itself but one or two of them.

sampler = search.best_estimator_.sampler_
_, Y_res = sampler.fit_resample(X_read, Y_read)
made = Y_res[sampler.is_synthetic_]
print(
    f"tags a text: {Y_read.sum(axis=1).mean():.1f}, tags a made row: {made.sum(axis=1).mean():.1f}"
)

# %%
# Where frequent tags matter, look at micro F1 beside macro F1.
#
# The many marks at 0 are tags never said rightly. Of a tag that twelve texts can be learned from,
# five or so are kept apart; the F1 of a single tag is then little more than chance, and only means
# over many tags say something.
#
# Is it the sampler that is missing?
# ----------------------------------
#
# A logistic regression on the same features has no tag above one half either, and says few. But it
# ranks the texts well, so that class weights, or a threshold for each tag, are all it needs. A
# sampler adds nothing there. These texts are easier than yours, as each word belongs to one tag;
# the order of what to try is the same: thresholds and weights, then samplers beside them.

logistic = OneVsRestClassifier(LogisticRegression(C=10, solver="liblinear"))
weighted = OneVsRestClassifier(
    LogisticRegression(C=10, class_weight="balanced", solver="liblinear")
)
others = {
    "logistic regression": logistic,
    "with MLSMOTE": MultiLabelResampledClassifier(logistic, MLSMOTE(), random_state=0),
    "with balanced weights": weighted,
    "with tuned thresholds": TunedThresholdsClassifierCV(logistic, cv=3, random_state=0),
}
for name, model in others.items():
    print(f"{name:<22} {macro_f1(Y_kept, model.fit(X_read, Y_read).predict(X_kept)):.2f}")
