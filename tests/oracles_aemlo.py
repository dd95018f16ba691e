"""AEMLO, transcribed literally: slow, in float64, one row, label or pair after another.

What is random is drawn from the stream given, in the order in which the steps are described.
"""

import math
from fractions import Fraction

import numpy as np
import torch


def latent_by_loops(H_x, H_y, decorrelation):
    """[ |H_x - H_y|^2 + lambda ( |H_x'H_x - I|^2 + |H_y'H_y - I|^2 ) ] / B, entry by entry."""
    n_rows, width = H_x.shape
    total = sum((H_x[i, k] - H_y[i, k]) ** 2 for i in range(n_rows) for k in range(width))
    for H in (H_x, H_y):
        for k in range(width):
            for j in range(width):
                product = sum(H[i, k] * H[i, j] for i in range(n_rows))
                total += decorrelation * (product - (k == j)) ** 2
    return total / n_rows


def label_by_loops(Z, Y):
    """(1/B) sum_i sum_{p in Y_i, q not in Y_i} exp(Z_iq - Z_ip) / (|Y_i| |not Y_i|)."""
    total = 0.0
    for scores, labels in zip(Z, Y, strict=True):
        own, others = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
        for p in own:
            for q in others:
                total += np.exp(scores[q] - scores[p]) / (len(own) * len(others))
    return total / len(Z)


def feature_by_loops(X, decoded):
    """(1/B) [ mean |X^ - X| + sum_ab (|x_a - x_b|^2 - |x^_a - x^_b|^2)^2 / (B (B - 1)) ]."""
    n_rows = len(X)
    spread = 0.0
    for a in range(n_rows):
        for b in range(n_rows):
            true, made = X[a] - X[b], decoded[a] - decoded[b]
            spread += (np.sum(true**2) - np.sum(made**2)) ** 2
    pairs = n_rows * (n_rows - 1)
    return (np.mean(np.abs(decoded - X)) + (spread / pairs if pairs else 0.0)) / n_rows


def latent_literal(H_x, H_y, decorrelation):
    """Return the latent loss from its m x m matrices, for torch to differentiate."""
    identity = torch.eye(H_x.shape[1], dtype=H_x.dtype)
    spread = sum(((H.T @ H - identity) ** 2).sum() for H in (H_x, H_y))
    return (((H_x - H_y) ** 2).sum() + decorrelation * spread) / len(H_x)


def label_literal(Z, Y):
    """Return the ranking loss from its (B, L, L) array, for torch to differentiate."""
    gaps = torch.exp(Z[:, None, :] - Z[:, :, None])
    pairs = Y[:, :, None] * (1 - Y)[:, None, :]
    return ((gaps * pairs).sum(dim=(1, 2)) / pairs.sum(dim=(1, 2)).clamp(min=1)).mean()


def feature_literal(X, decoded):
    """Return the feature loss from its (B, B, d) arrays, for torch to differentiate."""
    n_rows = len(X)
    true = (X[:, None, :] - X[None, :, :]).square().sum(dim=-1)
    made = (decoded[:, None, :] - decoded[None, :, :]).square().sum(dim=-1)
    spread = (true - made).square().sum() / max(1, n_rows * (n_rows - 1))
    return ((decoded - X).abs().mean() + spread) / n_rows


def leaky(values):
    """LeakyReLU with slope 0.01."""
    return np.where(values > 0, values, 0.01 * values)


def linear(weights, name, values):
    """Apply one linear layer of a state dict."""
    return values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def forward(weights, X):
    """Return F_dx(F_ex(x)) and F_dy(F_ex(x)) of scaled rows, in numpy, from a state dict."""
    hidden = X
    for layer in (0, 2, 4):
        hidden = leaky(linear(weights, f"encode_features.{layer}", hidden))
    decoded = leaky(linear(weights, "decode_features.0", hidden))
    logits = leaky(linear(weights, "decode_labels.0", hidden))
    return linear(weights, "decode_features.2", decoded), linear(weights, "decode_labels.2", logits)


def encode_labels(weights, Y):
    """Return F_ey(y), in numpy, from a state dict."""
    hidden = leaky(linear(weights, "encode_labels.0", Y))
    gate = 1 / (1 + np.exp(-linear(weights, "encode_labels.2.weigh", hidden)))
    return linear(weights, "encode_labels.3", hidden * gate)


def encode(weights, X):
    """Return F_ex(x) of scaled rows, in numpy, from a state dict."""
    hidden = X
    for layer in (0, 2, 4):
        hidden = leaky(linear(weights, f"encode_features.{layer}", hidden))
    return hidden


def decode(weights, H):
    """Return F_dx(h) and sigmoid(F_dy(h)) of codes, in numpy, from a state dict."""
    features = leaky(linear(weights, "decode_features.0", H))
    labels = leaky(linear(weights, "decode_labels.0", H))
    logits = linear(weights, "decode_labels.2", labels)
    return linear(weights, "decode_features.2", features), 1 / (1 + np.exp(-logits))


def balanced_latent_by_loops(H_x, H_y, decorrelation):
    """Mean squared distance, plus lambda |C - I|^2 / m of either code, entry by entry.

    C is the matrix of products of coordinates, centred and divided by their standard deviation (of
    n - 1) plus 1e-4, averaged over n rows.
    """
    n_rows, width = H_x.shape
    total = sum((H_x[i, k] - H_y[i, k]) ** 2 for i in range(n_rows) for k in range(width))
    total /= n_rows * width
    if n_rows < 2:
        return total
    for H in (H_x, H_y):
        scaled = (H - H.mean(axis=0)) / (H.std(axis=0, ddof=1) + 1e-4)
        for k in range(width):
            for j in range(width):
                product = sum(scaled[i, k] * scaled[i, j] for i in range(n_rows)) / n_rows
                total += decorrelation * (product - (k == j)) ** 2 / width
    return total


def balanced_label_by_loops(Z, Y, entropy):
    """Cross-entropy over the entropy, plus log(1 + r) averaged over rows that have a pair."""
    n_rows, n_labels = Z.shape
    cross = 0.0
    for i in range(n_rows):
        for j in range(n_labels):
            score = 1 / (1 + np.exp(-Z[i, j]))
            cross -= np.log(score) if Y[i, j] else np.log(1 - score)
    ranks = []
    for scores, labels in zip(Z, Y, strict=True):
        own, others = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
        ratios = [np.exp(scores[q] - scores[p]) for p in own for q in others]
        if ratios:
            ranks.append(np.log(1 + np.mean(ratios)))
    return cross / (n_rows * n_labels) / entropy + (np.mean(ranks) if ranks else 0.0)


def entropy_by_loops(Y):
    """Mean entropy of the labels, none rarer or more frequent than one in ten thousand."""
    total = 0.0
    for column in Y.T:
        share = min(max(np.mean(column), 1e-4), 1 - 1e-4)
        total -= share * np.log(share) + (1 - share) * np.log(1 - share)
    return total / Y.shape[1]


def balanced_latent_literal(H_x, H_y, decorrelation):
    """Return the balanced latent loss from m x m matrices, for torch to differentiate."""
    total = ((H_x - H_y) ** 2).mean()
    identity = torch.eye(H_x.shape[1], dtype=H_x.dtype)
    for H in (H_x, H_y) if len(H_x) > 1 else ():
        scaled = (H - H.mean(dim=0)) / (H.std(dim=0) + 1e-4)
        correlation = scaled.T @ scaled / len(H)
        total = total + decorrelation * ((correlation - identity) ** 2).sum() / H.shape[1]
    return total


def balanced_label_literal(Z, Y, entropy):
    """Return the balanced label loss from its (B, L, L) array, for torch to differentiate."""
    scores = torch.sigmoid(Z)
    cross = -(Y * scores.log() + (1 - Y) * (1 - scores).log()).mean() / entropy
    pairs = Y[:, :, None] * (1 - Y)[:, None, :]
    some = pairs.sum(dim=(1, 2)) > 0
    if not some.any():
        return cross
    gaps = torch.exp(Z[:, None, :] - Z[:, :, None]) * pairs
    ratios = gaps[some].sum(dim=(1, 2)) / pairs[some].sum(dim=(1, 2))
    return cross + torch.log(1 + ratios).mean()


LAYERS = (
    ("encode_features.0", "d", "h_x"),
    ("encode_features.2", "h_x", "h_x"),
    ("encode_features.4", "h_x", "m"),
    ("encode_labels.0", "L", "h_y"),
    ("encode_labels.2.weigh", "h_y", "h_y"),
    ("encode_labels.3", "h_y", "m"),
    ("decode_labels.0", "m", "h_d"),
    ("decode_labels.2", "h_d", "L"),
    ("decode_features.0", "m", "h_x"),
    ("decode_features.2", "h_x", "d"),
)


def first_weights(sizes, rng):
    """Draw weights and biases from U(-1/sqrt(fan in), 1/sqrt(fan in)), layer by layer.

    They start in single precision, whatever follows.
    """
    weights = {}
    for name, into, out in LAYERS:
        bound = 1 / math.sqrt(sizes[into])
        weights[f"{name}.weight"] = rng.uniform(-bound, bound, (sizes[out], sizes[into]))
        weights[f"{name}.bias"] = rng.uniform(-bound, bound, sizes[out])
    start = {name: torch.from_numpy(value.astype(np.float32)) for name, value in weights.items()}
    return {name: value.double().requires_grad_() for name, value in start.items()}


def maps_of(weights, X, Y):
    """Return H_x, H_y, F_dy(H_x), F_dy(H_y) and F_dx(H_x), for torch to differentiate."""

    def apply(name, values):
        return values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def bend(values):
        return torch.where(values > 0, values, 0.01 * values)

    H_x = X
    for layer in (0, 2, 4):
        H_x = bend(apply(f"encode_features.{layer}", H_x))
    hidden = bend(apply("encode_labels.0", Y))
    H_y = apply("encode_labels.3", hidden * torch.sigmoid(apply("encode_labels.2.weigh", hidden)))
    of_x, of_y = (apply("decode_labels.2", bend(apply("decode_labels.0", H))) for H in (H_x, H_y))
    return H_x, H_y, of_x, of_y, apply("decode_features.2", bend(apply("decode_features.0", H_x)))


def terms_of(weights, X, Y, settings, scales=None, seen=None):
    """Return the latent, label and feature loss of a batch: published, or with scales balanced."""
    H_x, H_y, of_x, of_y, decoded = maps_of(weights, X if seen is None else seen, Y)
    decorrelation = settings["decorrelation"]
    if scales is None:
        latent = latent_literal(H_x, H_y, decorrelation)
        return latent, label_literal(of_y, Y), feature_literal(X, decoded)
    _, variance, entropy = scales
    label = balanced_label_literal(of_x, Y, entropy) + balanced_label_literal(of_y, Y, entropy)
    feature = ((decoded - X) ** 2).mean() / variance
    return balanced_latent_literal(H_x, H_y, decorrelation), label, feature


class Adam:
    """Adam as published: moments of decay 0.9 and 0.999, corrected for their start at zero."""

    def __init__(self, weights, learning_rate):
        self.weights, self.learning_rate, self.step = weights, learning_rate, 0
        self.mean = {name: torch.zeros_like(w) for name, w in weights.items()}
        self.square = {name: torch.zeros_like(w) for name, w in weights.items()}

    def update(self, loss):
        """Take one step down a loss."""
        self.step += 1
        gradients = torch.autograd.grad(loss, list(self.weights.values()), allow_unused=True)
        for (name, w), gradient in zip(self.weights.items(), gradients, strict=True):
            if gradient is None:
                continue
            self.mean[name] = 0.9 * self.mean[name] + 0.1 * gradient
            self.square[name] = 0.999 * self.square[name] + 0.001 * gradient**2
            mean = self.mean[name] / (1 - 0.9**self.step)
            square = self.square[name] / (1 - 0.999**self.step)
            with torch.no_grad():
                w -= self.learning_rate * mean / (square.sqrt() + 1e-8)


def train_by_hand(X, Y, rows, held_out, sizes, settings, rng, weights):
    """Train on min-max scaled rows; return the weights of the lowest loss, and the history.

    The history is a list of (loss, latent, label, feature, loss of the rows held out or None).
    """
    alpha, beta = settings["alpha"], settings["beta"]
    balanced = settings["objective"] == "balanced"
    scales = None
    if balanced:
        rng.permutation(rows)  # which rows are measured; here all of them
        spread = X[rows].std(axis=0)
        scales = spread, np.mean(spread**2), entropy_by_loops(Y[rows])
    X, Y = torch.from_numpy(X), torch.from_numpy(Y.astype(float))
    adam, history, lowest, best, kept = Adam(weights, settings["learning_rate"]), [], np.inf, 0, {}
    for epoch in range(1, settings["epochs"] + 1):
        order = rng.permutation(rows)
        sums = np.zeros(4)
        for start in range(0, len(order), settings["batch_size"]):
            batch = order[start : start + settings["batch_size"]]
            seen = X[batch]
            if balanced and (settings["noise"] or settings["dropout"]):
                drawn = rng.standard_normal(seen.shape, dtype=np.float32)
                seen = seen + settings["noise"] * torch.from_numpy(spread * drawn)
                dropped = rng.random(seen.shape, dtype=np.float32) < settings["dropout"]
                seen = torch.where(torch.from_numpy(dropped), 0.0, seen)
            terms = terms_of(weights, X[batch], Y[batch], settings, scales, seen)
            loss = terms[0] + alpha * terms[1] + beta * terms[2]
            sums += np.array([term.item() for term in (loss, *terms)]) * len(batch)
            adam.update(loss)
        judged = None
        if len(held_out):
            _, label, feature = terms_of(weights, X[held_out], Y[held_out], settings, scales)
            judged = (alpha * label + beta * feature).item()
        history.append((*(sums / len(order)), judged))
        now = judged if len(held_out) else history[-1][0]
        if now < lowest:
            lowest, best = now, epoch
            kept = {name: w.detach().numpy().copy() for name, w in weights.items()}
        if epoch - best >= settings["patience"]:
            break
    return kept, history


def scaled(X):
    """Min-max scale columns; a constant one is 0."""
    low, high = X.min(axis=0), X.max(axis=0)
    return (X - low) / np.where(high > low, high - low, np.inf)


def learn_by_hand(X, Y, settings, seed):
    """Hold rows out and train; return weights, history, rows held out and the random stream."""
    rng = np.random.default_rng(seed)
    h_x, h_y, h_d = settings["hidden_dims"]
    sizes = {"d": X.shape[1], "L": Y.shape[1], "m": settings["latent_dim"]}
    sizes |= {"h_x": h_x, "h_y": h_y, "h_d": h_d}
    weights = first_weights(sizes, rng)
    order = rng.permutation(len(X))
    n_held_out = round(settings["validation_fraction"] * len(X))
    held_out, rows = order[:n_held_out], order[n_held_out:]
    kept, history = train_by_hand(scaled(X), Y, rows, held_out, sizes, settings, rng, weights)
    return kept, history, held_out, rng


def minority_by_hand(Y):
    """Labels with IRLbl above MeanIR, in exact fractions; a label nobody bears is none."""
    counts = [int(count) for count in Y.sum(axis=0)]
    ratios = {j: Fraction(max(counts), count) for j, count in enumerate(counts) if count}
    mean = sum(ratios.values()) / len(ratios)
    return [j for j, ratio in ratios.items() if ratio > mean]


def paper_by_hand(X, Y, settings, seed):
    """AEMLO as published; return new features and labels, their seeds, all seeds, the history."""
    weights, history, _, rng = learn_by_hand(X, Y, settings, seed)
    rare = minority_by_hand(Y)
    bag = [i for i in range(len(X)) if any(Y[i, j] for j in rare)]
    shuffled = rng.permutation(bag)
    seeds = [int(shuffled[k % len(bag)]) for k in range(round(settings["fraction"] * len(X)))]
    low, high = X.min(axis=0), X.max(axis=0)
    features, labels, grown_from = [], [], []
    for i in seeds:
        made, scores = decode(weights, encode(weights, scaled(X)[i]))
        borne = [int(score > 0.5) for score in scores]
        if any(borne):
            features.append(low + made * (high - low))
            labels.append(borne)
            grown_from.append(i)
    return np.array(features), np.array(labels), grown_from, seeds, history


def shares_by_hand(lacking, n):
    """Share n out in proportion, the largest remainders rounded up, the first of equal ones."""
    weights = [int(x) for x in lacking] if any(lacking) else [1] * len(lacking)
    exact = [Fraction(n * weight, sum(weights)) for weight in weights]
    shares = [math.floor(x) for x in exact]
    by_remainder = sorted(range(len(exact)), key=lambda k: (shares[k] - exact[k], k))
    for k in by_remainder[: n - sum(shares)]:
        shares[k] += 1
    return shares


def in_turn_by_hand(bag, n, rng):
    """Take n of a bag: all of it in random order, as often as needed."""
    taken = []
    while len(taken) < n:
        taken += [bag[place] for place in rng.permutation(len(bag))]
    return taken[:n]


def seeds_by_hand(rule, Y, labels, n, rng):
    """Choose rows to grow from, and the label that chose each; None where no label did."""
    if rule == "cycled":
        bag = [i for i in range(len(Y)) if any(Y[i, j] for j in labels)]
        shuffled = rng.permutation(bag)
        return [int(shuffled[k % len(bag)]) for k in range(n)], [None] * n
    counts = Y.sum(axis=0)
    borne = [j for j in labels if counts[j]]
    n_chosen = {"rows": 0, "mixed": math.ceil(n / 2), "shortage": n}[rule]
    seeds, drivers = [], []
    if borne:
        shares = shares_by_hand([counts.max() - counts[j] for j in borne], n_chosen)
        for j, share in zip(borne, shares, strict=True):
            seeds += in_turn_by_hand(np.flatnonzero(Y[:, j]).tolist(), share, rng)
            drivers += [j] * share
    seeds += in_turn_by_hand(list(range(len(Y))), n - len(seeds), rng)
    return seeds, drivers + [None] * (n - len(drivers))


def partners_by_hand(codes, Y, seeds, drivers, n_neighbors, rng):
    """Choose one of the nearest other bearers of each seed's driver, the lower row of two tied."""
    luck, chosen = rng.random(len(seeds)), []
    for i, driver, u in zip(seeds, drivers, luck, strict=True):
        others = [r for r in range(len(codes)) if r != i and (driver is None or Y[r, driver])]
        near = sorted(others, key=lambda r: (np.sum((codes[r] - codes[i]) ** 2), r))[:n_neighbors]
        chosen.append(near[int(u * len(near))] if near else i)
    return chosen


def grow_by_hand(weights, X, Y, seeds, partners, steps, thresholds, earned, features, labels):
    """Decode one row after another, of numeric columns, inside the observed range.

    ``earned`` are the labels that may be decoded; ``labels`` tells whether the seed's stay.
    """
    low, high = X.min(axis=0), X.max(axis=0)
    made, borne = [], []
    for i, partner, step in zip(seeds, partners, steps, strict=True):
        start, end = (encode(weights, scaled(X)[row]) for row in (i, partner))
        place = start + step * (end - start)
        values, scores = decode(weights, place)
        if features == "residual":
            values = scaled(X)[i] + values - decode(weights, start)[0]
        made.append(np.clip(low + values * (high - low), low, high))
        decoded = [j for j in range(Y.shape[1]) if scores[j] > thresholds[j] and earned[j]]
        own = [] if labels == "decoded" else np.flatnonzero(Y[i]).tolist()
        borne.append([int(j in decoded or j in own) for j in range(Y.shape[1])])
    return np.array(made), np.array(borne)


def f1_by_loops(guess, truth):
    """F1 of guesses, 0 where there is neither a guess nor a positive."""
    hits = sum(bool(g and t) for g, t in zip(guess, truth, strict=True))
    return 2 * hits / (sum(guess) + sum(truth)) if sum(guess) + sum(truth) else 0.0


def best_cut_by_loops(scores, truth):
    """Return the guesses of the highest F1 that a threshold gives: the fewest of equal ones."""
    best, chosen = 0.0, np.zeros(len(scores), dtype=bool)
    if not sum(truth):
        return chosen
    for cut in sorted(set(scores), reverse=True):
        quality = f1_by_loops(scores >= cut, truth)
        if quality > best:
            best, chosen = quality, scores >= cut
    return chosen


def threshold_by_loops(scores, truth, rule):
    """Return a label's threshold: of the highest F1, or passed by as many as bear the label."""
    if not sum(truth):
        return 1.0
    ordered = sorted(scores, reverse=True)
    above = int(sum(best_cut_by_loops(scores, truth))) if rule == "f1" else int(sum(truth))
    return 0.0 if above == len(scores) else (ordered[above - 1] + ordered[above]) / 2


def gains_by_loops(decoded, copied, borne):
    """Tell which labels gain, each gain drawn to the mean of all seen, weighing five positives."""
    gains = [d - c for d, c in zip(decoded, copied, strict=True)]
    seen = [gain for gain, n in zip(gains, borne, strict=True) if n]
    mean = sum(seen) / len(seen) if seen else 0.0
    return [n >= 3 and (n * gain + 5 * mean) / (n + 5) > 0
            for gain, n in zip(gains, borne, strict=True)]  # fmt: skip


def earned_by_loops(codes, scores, Y, held_out, rule):
    """Tell which labels are decoded better than the nearest row's are copied, on rows held out."""
    rows = [i for i in range(len(Y)) if i not in set(held_out)]
    near = [min(rows, key=lambda r: (np.sum((codes[r] - codes[i]) ** 2), r)) for i in held_out]
    decoded, copied, borne = [], [], []
    for j in range(Y.shape[1]):
        cut = rule
        if isinstance(rule, str):
            cut = threshold_by_loops(scores[rows, j], Y[rows, j], rule)
        truth = Y[held_out, j]
        decoded.append(f1_by_loops(scores[held_out, j] > cut, truth))
        copied.append(f1_by_loops(Y[near, j], truth))
        borne.append(int(truth.sum()))
    return gains_by_loops(decoded, copied, borne)
