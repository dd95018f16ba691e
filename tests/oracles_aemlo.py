"""AEMLO's losses and network, transcribed literally from the paper: slow, and in float64."""

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
