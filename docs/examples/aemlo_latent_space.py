"""
Has AEMLO learned anything, and where do its new rows lie?
==========================================================

Question: AEMLO trains a network and makes rows with it; before I train a classifier on these, how
do I see whether the network has learned, and whether the rows are any good?

Two pictures tell: the training curves, whose held-out line must fall and stay down, and the latent
space, where rows that gained a label must lie where the bearers of that label are. ``diagnose``
puts numbers to it.
"""

# %%
# The data set that comes with the library has 600 rows and twelve labels, the rarest of which is on
# 13 rows. ``fraction=1`` makes as many rows as there are, twice the default, for something to look
# at; 40 epochs of larger batches save time.

import matplotlib.pyplot as plt
import numpy as np

from skml_aemlo import AEMLO, datasets, measures
from skml_aemlo.compare.plots import LatentSpaceDisplay, TrainingDisplay

data = datasets.load_synthetic()
sampler = AEMLO(fraction=1.0, epochs=40, batch_size=64, device="cpu", random_state=0)
X_res, Y_res = sampler.fit_resample(data.X, data.Y)
print(f"{len(data.X)} rows become {len(X_res)}")

# %%
# A network that learns by heart
# ------------------------------
#
# Something bad to compare with: a quarter of the rows, ten times the learning rate, and nothing
# that keeps the network from remembering rows. ``patience`` would stop it soon; here it is to go
# on. ``fit`` trains without making rows.

by_heart = AEMLO(
    noise=0, dropout=0, learning_rate=0.01, epochs=40, patience=40, device="cpu", random_state=0
)
by_heart.fit(data.X[:150], data.Y[:150])

# %%
# Training curves
# ---------------
#
# Compare the two thick lines: what the network is trained on, and the same loss on the 15 % of the
# rows that are held out.

fig, axes = plt.subplots(1, 2, figsize=(10.5, 4.6), layout="constrained", sharey=True)
for ax, net, title in zip(axes, (sampler, by_heart), ("learns", "learns by heart"), strict=True):
    TrainingDisplay.from_sampler(net, ax=ax)
    ax.set_title(title, pad=8, loc="right")
    ax.set(xlabel="epoch", ylabel="loss a row (logarithmic)")

# %%
# On the left both fall. The held-out line may be the lower one, since the rows trained on are
# blurred by ``noise`` and ``dropout``. The best epoch is among the last, so that more ``epochs``
# would gain a little more.
#
# On the right the line of the rows trained on falls on while the other has turned: what is learned
# there is of no use to other rows. The weights kept, at the circle, are those before the turn, so
# that even this network is not lost; but raise ``noise`` and ``dropout``, lower ``learning_rate``,
# or take a sampler that does not train. If the held-out line never falls, there is little to be
# learned from these features.
#
# Where the new rows lie
# ----------------------
#
# ``earned_`` tells for which labels the decoder may add positives: those that it predicts better,
# on the rows held out, than copying the nearest row's labels would. A label with fewer than three
# bearers among these is never earned; all its new bearers have it from the row that they were grown
# from. The picture shows the rarest label that was earned.
#
# Every row has a code of 64 numbers, and the picture shows the two directions in which the codes of
# real rows differ most.

earned = [data.label_names[j] for j in np.flatnonzero(sampler.earned_)]
print(f"labels that the decoder has earned: {', '.join(earned)}")
fig, ax = plt.subplots(figsize=(7.5, 5.6), layout="constrained")
display = LatentSpaceDisplay.from_sampler(
    sampler, X_res, Y_res, label=earned[-1], label_names=data.label_names, ax=ax
)
print(display.alt)

# %%
# The triangles have the label from their seed, the row that they were grown from, and lie around
# and between its bearers, the filled circles. The squares gained it from the decoder: their seed
# lacks it. Those among the bearers are to be trusted; those far from all of them deserve doubt.
# Squares all over the plane would mean a decoder that has learned nothing of the label.
#
# Read the axes first. Together they hold a part of the variance only, so that rows that touch in
# the plane may be far apart. To leave the plane, measure: in the whole latent space, how far is
# each row from the nearest other row that really bears the label?

codes = sampler.encode(X_res)
kinds = display.frame()["kind"].to_numpy()
bearers = codes[kinds == "real, bears"]


def nearest(kind):
    """Return how far rows of a kind are from the nearest other row that bears the label."""
    gaps = np.linalg.norm(codes[kinds == kind][:, np.newaxis] - bearers, axis=2)
    return np.where(gaps > 0, gaps, np.inf).min(axis=1)


rows = {
    "real, with the label": "real, bears",
    "new, with its seed's label": "new, seed's",
    "new, label gained": "new, gained",
    "real, without it": "real",
}
fig, ax = plt.subplots(figsize=(7.5, 3.8), layout="constrained")
lines = {"medianprops": {"color": "k", "lw": 2}, "flierprops": {"ms": 3}}
ax.boxplot([nearest(kind) for kind in rows.values()], widths=0.5, **lines)
ax.set_xticks(range(1, 5), list(rows))
ax.set(xlabel="kind of row", ylabel=f"distance to the nearest\nother bearer of {earned[-1]}")

# %%
# Rows with their seed's label are close to a bearer because they grew from one. The third box is
# the one to look at: gained labels should lie nearer to real bearers than rows without the label
# do. Here they do so by little, as a decoder that has thirteen bearers to learn from cannot be sure
# of much.
#
# In numbers
# ----------
#
# ``diagnose`` compares the labels of new rows with those of the real rows around them.
# ``label_agreement`` should come near ``label_agreement_real``, which is what real rows reach among
# themselves.

found = measures.diagnose(data.X, data.Y, X_res, Y_res, sample_indices=sampler.sample_indices_)
print(f"labels agree with those around: {found.label_agreement:.2f}")
print(f"the same among real rows: {found.label_agreement_real:.2f}")
print(f"MeanIR {measures.mean_ir(data.Y):.1f}, afterwards {measures.mean_ir(Y_res):.1f}")
