"""
How skewed are my labels, and what follows from it?
===================================================

Question: ``measures.describe`` printed sixteen numbers about my label matrix; what do they tell,
and what should I do about it?

MeanIR says how rare the labels are, CVIR whether that is the fault of a few of them, SCUMBLE
whether rare labels sit on the rows of frequent ones, TCS how large the task is. The first two say
whether there is anything to resample, and the third which samplers can do it.
"""

# %%
# Two archives of photographs are labelled with eight words, and every word is on as many
# photographs of the one as of the other. They differ in one thing: in the first, none of the six
# rarer words is on a photograph of people or streets; in the second, all of them always are.

import matplotlib.pyplot as plt
import numpy as np

from skml_aemlo import MLROS, measures
from skml_aemlo.compare.plots import CooccurrenceDisplay, LabelImbalanceDisplay

names = ["people", "street", "tree", "dog", "kite", "owl", "otter", "lynx"]
n_photos, n_bearers = 1200, [600, 480, 240, 160, 100, 50, 30, 20]


def draw_labels(beside_frequent_ones):
    """Return labels whose six rarer ones are all beside the two frequent ones, or all apart."""
    rng = np.random.default_rng(0)
    Y = np.zeros((n_photos, len(names)), dtype=int)
    for j in 0, 1:
        Y[rng.choice(n_photos, n_bearers[j], replace=False), j] = 1
    photos = np.flatnonzero(Y.any(axis=1) == beside_frequent_ones)
    for j in range(2, len(names)):
        Y[rng.choice(photos, n_bearers[j], replace=False), j] = 1
    return Y


archives = {"apart": draw_labels(False), "together": draw_labels(True)}

# %%
# One number at a time
# --------------------
#
# ``describe`` returns all measures at once. The number of features, which only TCS asks for, is 40.

profiles = {name: measures.describe(Y, 40, names) for name, Y in archives.items()}
for measure in ["mean_ir", "max_ir", "cvir", "scumble", "tcs"]:
    values = "".join(f"{getattr(profile, measure):10.2f}" for profile in profiles.values())
    print(f"{measure:<8}{values}")

# %%
# **IRLbl** of a label is how many times rarer it is than the most frequent label: 600 / 20 = 30 for
# the lynx. **MeanIR** is the mean of that. At 1 all labels are equally frequent, and there is
# nothing to resample. The samplers call a label rare if its IRLbl is above MeanIR, here the owl,
# the otter and the lynx.
#
# **CVIR** is the spread of IRLbl relative to its mean. A low one says that labels are much alike;
# at about 1, as here, a few labels make up most of MeanIR, and naming these to the sampler
# (``sampling_strategy=["lynx"]``) may be all that is needed.
#
# **TCS** is the logarithm of features times labels times label sets. It measures size, not skew,
# and compares data sets: one more in TCS is 2.7 times as many combinations. The second archive has
# more label sets, as its animals come with people, with streets or with both.

fig, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
LabelImbalanceDisplay.from_labels(archives["apart"], label_names=names, ax=ax)
mean_ir = profiles["apart"].mean_ir
ax.axvline(n_bearers[0] / mean_ir, color="k", ls="--", lw=1)
ax.text(n_bearers[0] / mean_ir, 6.5, "  left of the line: rarer than MeanIR", va="center")
ax.set(xlabel="photographs that bear the word, of 1 200 (logarithmic)", ylabel="word")

# %%
# SCUMBLE: who shares a row with whom
# -----------------------------------
#
# The two archives have the same MeanIR and the same CVIR, as both read nothing but frequencies.
# **SCUMBLE** looks at rows: it is 0 where all labels of a row are equally frequent and nears 1
# where a row bears a very rare and a very frequent one. The mean over all rows stays small even
# where it matters, since most rows have no rare label at all: 0.1 is much.
# ``measures.scumble_per_label`` takes it over the bearers of each label instead.
#
# ``CooccurrenceDisplay`` shows why. In a row of the heat map are the bearers of one word, and in a
# cell how many hundredths of them bear the other word, too. On the right, the rows of all rarer
# words have dark cells under "people" and "street".

for name, profile in profiles.items():
    print(f"{name:9} SCUMBLE of the lynx {profile.scumble_per_label[7]:.2f}")

fig, axes = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
for ax, (name, Y) in zip(axes, archives.items(), strict=True):
    CooccurrenceDisplay.from_labels(Y, label_names=names, ax=ax)
    title = f"{name}: SCUMBLE {profiles[name].scumble:.2f}"
    ax.set(title=title, xlabel="... also bear this word", ylabel="of the bearers of this word ...")

# %%
# What follows
# ------------
#
# A clone of a lynx beside people is one more photograph of people: the higher SCUMBLE, the more a
# sampler that copies whole rows drags frequent labels along. Below, MLROS clones until each of the
# three rare words is on 150 photographs.

wanted = {5: 150, 6: 150, 7: 150}
added = {}
for name, Y in archives.items():
    _, Y_res = MLROS(sampling_strategy=wanted, random_state=0).fit_resample(Y, Y)
    added[name] = measures.label_counts(Y_res) - measures.label_counts(Y)
    print(f"{name:9} MeanIR {measures.mean_ir(Y):.1f}, after MLROS {measures.mean_ir(Y_res):.1f}")

fig, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
places = np.arange(len(names))
ax.barh(places - 0.2, added["apart"], 0.38, color="w", edgecolor="k", label="archive “apart”")
ax.barh(places + 0.2, added["together"], 0.38, color="0.35", label="archive “together”")
ax.set_yticks(places, names)
ax.invert_yaxis()
ax.set(xlabel="photographs that MLROS added", ylabel="word that they bear")
ax.legend(frameon=False)

# %%
# In the first archive, trees and dogs come along, but people and streets stay where they were. In
# the second, people gain more photographs than any animal, although no one asked for it, and MeanIR
# falls less. What to take from a profile, then:
#
# - MeanIR below 1.5 and CVIR below 0.2: the labels are almost balanced.
# - High CVIR: look at the few labels that make it, and name them to the sampler.
# - High SCUMBLE: expect little from clones. AEMLO and MLSOL gained the most on such data sets.
#   REMEDIAL, which tears such rows in two, was made for them, but cost Macro-F on all data sets
#   that it was tried on.
#
# None of these numbers reads a feature. Whether a classifier can tell the lynx from the otter, only
# a cross-validation can say.
