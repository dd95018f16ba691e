"""The torch half of AEMLO: network, three losses, training loop. Nothing else imports torch."""

from __future__ import annotations

import itertools
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple, cast

import numpy as np
import scipy.sparse as sp
import torch
from scipy.special import expit
from torch import Tensor, nn

__all__ = [
    "AutoEncoder",
    "Decoder",
    "Losses",
    "Training",
    "feature_loss",
    "label_loss",
    "latent_loss",
    "progress",
    "resolve_device",
    "threads",
    "train",
    "with_weights",
]

_SLOPE = 0.01  # of every LeakyReLU, as in the research code
_FLOOR = 1e-4  # of a standard deviation, where something constant would be divided by it
_RAREST = 1e-4  # prevalence that a label's entropy is taken at, at least
_SAMPLE = 4096  # rows that the scales of the balanced objective are measured on
_ROWS_READ = 512  # at a time, where nothing is learnt from them

# rows -> their scaled features and their labels, dense, of these rows alone
Batch = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


class Gate(nn.Module):
    """Weigh every coordinate of a code by a sigmoid of the whole code: ``h * sigmoid(W h)``.

    Parameters
    ----------
    width : int
        Width of the code.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weigh = nn.Linear(width, width)

    def forward(self, h: Tensor) -> Tensor:
        """Return the gated code, of the shape of ``h``."""
        return h * torch.sigmoid(self.weigh(h))


class AutoEncoder(nn.Module):
    """Two encoders into one latent space and two decoders out of it.

    Parameters
    ----------
    n_features, n_labels, latent_dim : int
        The paper's d, L and m.
    hidden_dims : tuple of three int
        Hidden widths h_x of the feature maps, h_y of the label encoder, h_d of the label decoder.

    Notes
    -----
    The weights are uninitialised until `reset` draws them: torch's global stream is never used.
    """

    def __init__(
        self, n_features: int, n_labels: int, latent_dim: int, hidden_dims: tuple[int, int, int]
    ) -> None:
        super().__init__()
        self.sizes = [latent_dim, *map(int, hidden_dims)]
        h_x, h_y, h_d = hidden_dims
        with torch.device("meta"):  # shapes only; torch would draw weights from its global stream
            self.encode_features = _layers(
                [n_features, h_x, h_x, latent_dim], last=nn.LeakyReLU(_SLOPE)
            )
            self.encode_labels = nn.Sequential(
                nn.Linear(n_labels, h_y),
                nn.LeakyReLU(_SLOPE),
                Gate(h_y),
                nn.Linear(h_y, latent_dim),
            )
            self.decode_labels = _layers([latent_dim, h_d, n_labels])
            self.decode_features = _layers([latent_dim, h_x, n_features])
        self.to_empty(device="cpu")

    def reset(self, rng: np.random.Generator) -> AutoEncoder:
        """Draw every weight and bias from U(-1/sqrt(fan_in), 1/sqrt(fan_in)), torch's own law."""
        with torch.no_grad():
            for layer in self.modules():
                if isinstance(layer, nn.Linear):
                    bound = 1 / math.sqrt(layer.in_features)
                    for values in (layer.weight, layer.bias):
                        drawn = rng.uniform(-bound, bound, size=tuple(values.shape))
                        values.copy_(torch.from_numpy(drawn))
        return self

    def forward(self, X: Tensor, Y: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the codes H_x and H_y, the logits Z = F_dy(H_y) and the features F_dx(H_x)."""
        H_x, H_y = self.encode_features(X), self.encode_labels(Y)
        return H_x, H_y, self.decode_labels(H_y), self.decode_features(H_x)


def _layers(widths: list[int], *, last: nn.Module | None = None) -> nn.Sequential:
    """Stack linear maps of these widths with LeakyReLU between them, then ``last``."""
    layers: list[nn.Module] = []
    for into, out in itertools.pairwise(widths):
        layers += [nn.Linear(into, out), nn.LeakyReLU(_SLOPE)]
    layers[-1:] = [] if last is None else [last]
    return nn.Sequential(*layers)


def latent_loss(H_x: Tensor, H_y: Tensor, decorrelation: float) -> Tensor:
    """Return how far apart two codes of the same rows lie, and how correlated each one is.

    Parameters
    ----------
    H_x, H_y : Tensor of shape (n_rows, latent_dim)
        Codes of the features and of the labels.
    decorrelation : float
        Weight lambda of the two ``|H'H - I|^2``.

    Returns
    -------
    Tensor of shape ()
        ``[ |H_x - H_y|^2 + lambda ( |H_x'H_x - I|^2 + |H_y'H_y - I|^2 ) ] / n_rows``.
    """
    distance = (H_x - H_y).square().sum()
    correlation = _Correlation.apply(H_x) + _Correlation.apply(H_y)  # type: ignore[no-untyped-call]
    return (distance + decorrelation * correlation) / len(H_x)


class _Correlation(torch.autograd.Function):
    """``|H'H - I|^2``, through the smaller of the two Gram matrices of ``H``.

    ``|H'H - I|^2 = |HH'|^2 - 2 |H|^2 + m``; with fewer rows than columns it is at least m - B, so
    that difference never cancels to nothing. The gradient is ``4 H (H'H - I) = 4 (HH'H - H)``: one
    product, where autograd, blind to the symmetry, would take two.
    """

    @staticmethod
    def forward(ctx: Any, H: Tensor) -> Tensor:
        """Return the squared norm."""
        n_rows, width = H.shape
        if n_rows < width:
            gram = H @ H.T
            value = gram.square().sum() - 2 * gram.trace() + width
        else:
            gram = H.T @ H
            gram.diagonal().sub_(1)
            value = gram.square().sum()
        ctx.save_for_backward(H, gram)
        return value

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> Tensor:
        """Return the gradient in ``H``, times the outer one."""
        H, gram = ctx.saved_tensors
        if len(H) < H.shape[1]:
            return torch.addmm(H, gram, H, beta=-1).mul_(4 * outer[0])
        return (H @ gram).mul_(4 * outer[0])


def label_loss(Z: Tensor, Y: Tensor) -> Tensor:
    """Return the ranking loss of logits: every borne label should outscore every other.

    Parameters
    ----------
    Z : Tensor of shape (n_rows, n_labels)
        Logits.
    Y : Tensor of shape (n_rows, n_labels)
        Labels, 0 or 1.

    Returns
    -------
    Tensor of shape ()
        Mean over rows of ``sum_pq exp(Z_q - Z_p) / (|Y| |not Y|)``, p borne and q not; a row with
        all labels or none counts as 0.

    Notes
    -----
    The double sum is the product of two sums, taken as two logsumexps: O(n_rows n_labels) memory
    instead of O(n_rows n_labels^2), and no overflow before the loss itself overflows.
    """
    return torch.exp(_log_pair_ratios(Z, Y)).sum() / len(Z)


def _log_pair_ratios(Z: Tensor, Y: Tensor) -> Tensor:
    """Return log of the mean of ``exp(Z_q - Z_p)`` over pairs, for each row that has any pair."""
    borne = Y > 0.5
    n_borne = borne.sum(dim=1)
    ranked = (n_borne > 0) & (n_borne < Y.shape[1])
    # rows out of the ranking leave before the logsumexp: its gradient is NaN where nothing is left
    scores, borne, n_borne = Z[ranked], borne[ranked], n_borne[ranked].to(Z.dtype)
    others = torch.logsumexp(scores.masked_fill(borne, -torch.inf), dim=1)
    own = torch.logsumexp((-scores).masked_fill(~borne, -torch.inf), dim=1)
    n_pairs = n_borne * (Y.shape[1] - n_borne)
    return others + own - n_pairs.log()


def feature_loss(X: Tensor, decoded: Tensor) -> Tensor:
    """Return how far decoded features lie from the true ones, row by row and pair by pair.

    Parameters
    ----------
    X, decoded : Tensor of shape (n_rows, n_features)
        Features, true and decoded.

    Returns
    -------
    Tensor of shape ()
        ``(1/B) [ mean |X^ - X| + sum_ab ( |x_a - x_b|^2 - |x^_a - x^_b|^2 )^2 / (B (B - 1)) ]``;
        a single row has no pairs, and only the first term.
    """
    n_rows = len(X)
    gap = (decoded - X).abs().mean()
    if n_rows > 1:
        gap = gap + _Spread.apply(X, decoded) / (n_rows * (n_rows - 1))  # type: ignore[no-untyped-call]
    return gap / n_rows


class _Spread(torch.autograd.Function):
    """``sum_ab ( |x_a - x_b|^2 - |x^_a - x^_b|^2 )^2``, its gradient in the decoded rows only.

    The gap E is symmetric, so that gradient is ``8 ( diag(E 1) - E ) X^``: one product, where
    autograd, blind to the symmetry, would take two.
    """

    @staticmethod
    def forward(ctx: Any, X: Tensor, decoded: Tensor) -> Tensor:
        """Return the sum over all pairs."""
        gap = _pairwise(decoded) - _pairwise(X)
        ctx.save_for_backward(gap, decoded)
        return gap.square().sum()

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> tuple[None, Tensor]:
        """Return the gradient in ``decoded``, times the outer one."""
        gap, decoded = ctx.saved_tensors
        laplacian = torch.diag(gap.sum(dim=1)) - gap
        return None, (8 * outer[0] * laplacian) @ decoded


def _pairwise(X: Tensor) -> Tensor:
    """Return the squared distances between rows, from their Gram matrix."""
    gram = X @ X.T
    norms = gram.diagonal()
    return norms[:, None] + norms[None, :] - 2 * gram


class Losses(NamedTuple):
    """The total of one batch or epoch and its three terms, unweighted."""

    loss: Any
    latent: Any
    label: Any
    feature: Any


@dataclass(frozen=True)
class Scales:
    """What the balanced objective measures noise and losses by, from a sample of the rows.

    Parameters
    ----------
    spread : Tensor of shape (n_features,)
        Standard deviation of each scaled feature.
    variance : float
        Mean variance of the scaled features.
    entropy : float
        Mean entropy of the labels: what predicting every label by its prevalence loses.
    """

    spread: Any
    variance: float
    entropy: float


@dataclass(frozen=True)
class Training:
    """What one training run is told.

    Parameters
    ----------
    epochs, batch_size : int
        Passes over the rows, and rows a step.
    learning_rate : float
        Of Adam.
    alpha, beta, decorrelation : float
        Weights of the label loss, of the feature loss, and of the decorrelation in the latent one.
    device : str
        Where to train.
    dtype : str
        "float32" or "float64".
    objective : {"paper", "balanced"}
        The published sum of losses, or losses in units of what the mean and the prevalence lose.
    noise : float
        Of the features that are encoded in training, in standard deviations of their columns.
    dropout : float
        Share of the features set to 0, their column's minimum, in training.
    patience : int
        Epochs without a lower held-out loss after which training ends, where rows are held out.
    scales : Scales, optional
        Of the balanced objective.
    report : callable, optional
        Called after every epoch with the history and whether training ends.
    callback : callable, optional
        Called with the last entry of the history; training ends where it returns True.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    alpha: float
    beta: float
    decorrelation: float
    device: str
    dtype: str
    objective: str = "paper"
    noise: float = 0.0
    dropout: float = 0.0
    patience: int = 1_000_000
    scales: Scales | None = field(default=None)
    report: Callable[[list[dict[str, float]], bool], None] | None = field(default=None)
    callback: Callable[[dict[str, float]], Any] | None = field(default=None)

    def losses(
        self, network: AutoEncoder, X: Tensor, Y: Tensor, seen: Tensor | None = None
    ) -> Losses:
        """Return the losses of one batch, of which the encoder sees ``seen`` instead of ``X``."""
        H_x = network.encode_features(X if seen is None else seen)
        H_y = network.encode_labels(Y)
        decoded = network.decode_features(H_x)
        if self.scales is None:
            latent = latent_loss(H_x, H_y, self.decorrelation)
            label, feature = label_loss(network.decode_labels(H_y), Y), feature_loss(X, decoded)
        else:
            latent = balanced_latent_loss(H_x, H_y, self.decorrelation)
            entropy = self.scales.entropy
            label = balanced_label_loss(network.decode_labels(H_x), Y, entropy)
            label = label + balanced_label_loss(network.decode_labels(H_y), Y, entropy)
            feature = (decoded - X).square().mean() / self.scales.variance
        return Losses(latent + self.alpha * label + self.beta * feature, latent, label, feature)

    def tensor(self, values: np.ndarray) -> Tensor:
        """Return ``values`` as a tensor of the wanted type, where training takes place."""
        return torch.from_numpy(values).to(device=self.device, dtype=getattr(torch, self.dtype))


def balanced_latent_loss(H_x: Tensor, H_y: Tensor, decorrelation: float) -> Tensor:
    """Return the mean squared distance of two codes and how correlated their coordinates are.

    Parameters
    ----------
    H_x, H_y : Tensor of shape (n_rows, latent_dim)
        Codes of the features and of the labels.
    decorrelation : float
        Weight of the two ``|C - I|^2 / latent_dim``, C the correlation matrix of a code.

    Returns
    -------
    Tensor of shape ()
    """
    spread = _correlation(H_x) + _correlation(H_y)
    return (H_x - H_y).square().mean() + decorrelation * spread


def _correlation(H: Tensor) -> Tensor:
    """Return ``|C - I|^2 / m``, through the smaller of two Gram matrices."""
    n_rows, width = H.shape
    if n_rows < 2:
        return H.new_zeros(())
    centred = H - H.mean(dim=0)
    scaled = centred / ((centred.std(dim=0) + _FLOOR) * math.sqrt(n_rows))
    return cast(Tensor, _Correlation.apply(scaled)) / width  # type: ignore[no-untyped-call]


def balanced_label_loss(Z: Tensor, Y: Tensor, entropy: float) -> Tensor:
    """Return a ranking loss plus the cross-entropy, in units of what prevalence alone would lose.

    Parameters
    ----------
    Z : Tensor of shape (n_rows, n_labels)
        Logits.
    Y : Tensor of shape (n_rows, n_labels)
        Labels, 0 or 1.
    entropy : float
        Mean entropy of the labels, which the cross-entropy is divided by.

    Returns
    -------
    Tensor of shape ()
        ``log(1 + r)`` of the mean ratio ``r`` of pairs, the published loss of a row, averaged over
        the rows that have some label but not all; the cross-entropy ties logits to probabilities,
        which a ranking cannot.
    """
    cross = nn.functional.binary_cross_entropy_with_logits(Z, Y) / entropy
    ratios = _log_pair_ratios(Z, Y)
    return cross if not len(ratios) else cross + nn.functional.softplus(ratios).mean()


def train(
    network: AutoEncoder,
    batch: Batch,
    rows: np.ndarray,
    held_out: np.ndarray,
    plan: Training,
    rng: np.random.Generator,
) -> list[dict[str, float]]:
    """Train ``network`` in place and leave it with the weights of its lowest loss.

    Parameters
    ----------
    network : AutoEncoder
        Already initialised.
    batch : callable
        Gives the scaled features and the labels of the rows it is asked for, as dense arrays.
    rows : ndarray of int
        Rows to train on.
    held_out : ndarray of int
        Rows whose label and feature losses decide which weights are kept and when to end; without
        any, the training loss decides.
    plan : Training
        How to train.
    rng : numpy.random.Generator
        Shuffles the rows before every epoch, and draws the noise.

    Returns
    -------
    list of dict
        One per epoch: ``epoch``, ``loss``, ``latent``, ``label``, ``feature``, ``held_out`` (where
        rows are), ``seconds``.

    Raises
    ------
    RuntimeError
        If a loss is no longer finite.
    """
    network.to(device=plan.device, dtype=getattr(torch, plan.dtype)).train()
    if plan.objective == "balanced":
        plan = replace(plan, scales=_scales(batch, rng.permutation(rows)[:_SAMPLE], plan))
    optimizer = adam(network, plan)
    history: list[dict[str, float]] = []
    kept = _Kept(network)
    for epoch in range(1, plan.epochs + 1):
        start = time.perf_counter()
        losses = _run_epoch(network, optimizer, batch, rng.permutation(rows), plan, rng)
        record = {"epoch": epoch, **losses._asdict()}
        if len(held_out):
            record["held_out"] = _held_out_loss(network, batch, held_out, plan)
        _refuse_infinite(record, plan)
        kept.see(record.get("held_out", losses.loss), epoch)
        history.append({**record, "seconds": time.perf_counter() - start})
        wants_end = plan.callback is not None and bool(plan.callback(dict(history[-1])))
        waited = len(held_out) and epoch - kept.epoch >= plan.patience
        ends = bool(epoch == plan.epochs or wants_end or waited)
        if plan.report is not None:
            plan.report(history, ends)
        if ends:
            break
    network.load_state_dict(kept.weights)
    # a loss is that before its step: the last step may have broken what no later loss tells
    if not all(bool(torch.isfinite(values).all()) for values in network.parameters()):
        _refuse_infinite({"epoch": len(history), "weights": math.nan}, plan)
    network.eval()
    return history


class _Kept:
    """The weights of the lowest loss so far, and the epoch they are from."""

    def __init__(self, network: AutoEncoder) -> None:
        self.network = network
        self.lowest, self.epoch = math.inf, 0
        self.weights: Any = network.state_dict()

    def see(self, loss: float, epoch: int) -> None:
        """Keep the weights as they are if ``loss`` is lower than any before."""
        if loss < self.lowest:
            self.lowest, self.epoch = loss, epoch
            self.weights = {name: v.clone() for name, v in self.network.state_dict().items()}


def with_weights(network: AutoEncoder, weights: dict[str, np.ndarray]) -> AutoEncoder:
    """Return the network with these weights, ready to be read."""
    state = {name: torch.from_numpy(value) for name, value in weights.items()}
    for value in state.values():
        network.to(value.dtype)
    network.load_state_dict(state)
    return network.eval()


def _scales(batch: Batch, rows: np.ndarray, plan: Training) -> Scales:
    """Measure features and labels of some rows, a batch at a time."""
    sums = [np.zeros(1)] * 3
    for piece in batches(rows, _ROWS_READ):
        X, Y = batch(piece)
        parts = X.sum(axis=0), np.square(X).sum(axis=0), Y.sum(axis=0, dtype=float)
        sums = [total + part for total, part in zip(sums, parts, strict=True)]
    mean, square, share = (total / len(rows) for total in sums)
    variance = np.maximum(square - mean**2, 0.0)
    share = np.clip(share, _RAREST, 1 - _RAREST)
    entropy = -(share * np.log(share) + (1 - share) * np.log(1 - share)).mean()
    spread = plan.tensor(np.sqrt(variance))
    return Scales(spread, max(float(variance.mean()), _FLOOR**2), float(entropy))


def _held_out_loss(network: AutoEncoder, batch: Batch, rows: np.ndarray, plan: Training) -> float:
    """Return the label and feature losses of these rows, weighted as in training."""
    total = 0.0
    network.eval()
    with torch.no_grad():
        for piece in batches(rows, max(plan.batch_size, _ROWS_READ)):
            X, Y = (plan.tensor(values) for values in batch(piece))
            losses = plan.losses(network, X, Y)
            total += float(plan.alpha * losses.label + plan.beta * losses.feature) * len(piece)
    network.train()
    return total / len(rows)


def adam(network: AutoEncoder, plan: Training) -> torch.optim.Optimizer:
    """Return Adam over the weights, fused (thrice as fast on CPU) where torch can."""
    fused = plan.device.split(":")[0] in {"cpu", "cuda"}
    return torch.optim.Adam(network.parameters(), lr=plan.learning_rate, fused=fused or None)


def _run_epoch(
    network: AutoEncoder,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    order: np.ndarray,
    plan: Training,
    rng: np.random.Generator,
) -> Losses:
    """Take one step for every batch of ``order``; return the mean losses over rows."""
    # what holds float64 adds up in it; Apple's processors do not
    precise = torch.float32 if plan.device.startswith("mps") else torch.float64
    total = torch.zeros(4, dtype=precise, device=plan.device)
    for rows in batches(order, plan.batch_size):
        X, Y = (plan.tensor(values) for values in batch(rows))
        losses = step(network, optimizer, X, Y, plan, _disturbed(X, plan, rng))
        total += torch.stack([term.detach() for term in losses]) * len(rows)
    return Losses(*(total / len(order)).tolist())


def _disturbed(X: Tensor, plan: Training, rng: np.random.Generator) -> Tensor | None:
    """Return a batch as its encoder sees it; chance is drawn by the seed alone, on the CPU."""
    if plan.scales is None or not (plan.noise or plan.dropout):
        return None
    drawn = rng.standard_normal(tuple(X.shape), dtype=np.float32)
    noisy = X + plan.noise * plan.scales.spread * plan.tensor(drawn)
    kept = rng.random(tuple(X.shape), dtype=np.float32) >= plan.dropout
    return noisy * plan.tensor(kept)


def step(
    network: AutoEncoder,
    optimizer: torch.optim.Optimizer,
    X: Tensor,
    Y: Tensor,
    plan: Training,
    seen: Tensor | None = None,
) -> Losses:
    """Take one training step on one batch: forward, losses, backward, update."""
    optimizer.zero_grad(set_to_none=True)
    losses = plan.losses(network, X, Y, seen)
    losses.loss.backward()
    optimizer.step()
    return losses


class Decoder:
    """A trained network, read a batch of rows at a time.

    Parameters
    ----------
    network : AutoEncoder
        Trained, on CPU.
    batch_size : int, default=1024
        Rows at a time.
    """

    def __init__(self, network: AutoEncoder, batch_size: int = 1024) -> None:
        self.network = network
        self.dtype = next(network.parameters()).dtype
        self.batch_size = batch_size

    def codes(self, features: Callable[[np.ndarray], np.ndarray], n_rows: int) -> np.ndarray:
        """Return the codes of rows 0 to ``n_rows`` - 1 of scaled ``features``, (n_rows, m)."""
        pieces = batches(np.arange(n_rows), self.batch_size)
        return np.concatenate(
            [self._apply(self.network.encode_features, features(rows)) for rows in pieces]
        )

    def codes_of_labels(self, Y: sp.csr_array) -> np.ndarray:
        """Return the codes of label sets, an array of shape (n_rows, m)."""
        pieces = batches(np.arange(Y.shape[0]), self.batch_size)
        return np.concatenate(
            [self._apply(self.network.encode_labels, Y[rows].toarray()) for rows in pieces]
        )

    def features(self, codes: np.ndarray) -> np.ndarray:
        """Return the scaled features decoded from a batch of codes."""
        return self._apply(self.network.decode_features, codes)

    def scores(self, codes: np.ndarray) -> np.ndarray:
        """Return the label scores, between 0 and 1, decoded from a batch of codes."""
        return expit(self._apply(self.network.decode_labels, codes))

    def scores_by_label(
        self, codes: np.ndarray, n_labels: int
    ) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield label scores of all ``codes``, ``n_labels`` labels at a time."""
        head = cast(nn.Linear, self.network.decode_labels[-1])
        inner = self.network.decode_labels[:-1]
        hidden = np.concatenate(
            [self._apply(inner, piece) for piece in batches(codes, self.batch_size)]
        )
        for start in range(0, head.out_features, n_labels):
            labels = slice(start, min(start + n_labels, head.out_features))
            part = partial(nn.functional.linear, weight=head.weight[labels], bias=head.bias[labels])
            yield labels, expit(self._apply(part, hidden))

    def _apply(self, part: Callable[[Tensor], Tensor], values: np.ndarray) -> np.ndarray:
        given = torch.from_numpy(values).to(self.dtype)
        with torch.no_grad():
            return part(given).double().numpy()


def batches(rows: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    """Cut ``rows`` into pieces of ``batch_size``; the last one may be shorter."""
    for start in range(0, len(rows), batch_size):
        yield rows[start : start + batch_size]


def _refuse_infinite(record: dict[str, float], plan: Training) -> None:
    if all(math.isfinite(value) for value in record.values()):
        return
    terms = ", ".join(f"{name} {value}" for name, value in record.items() if name != "epoch")
    raise RuntimeError(
        f"AEMLO's training diverged in epoch {record['epoch']} ({terms}): lower "
        f"learning_rate={plan.learning_rate}, set dtype='float64', or scale columns of X whose "
        "values are extreme."
    )


def resolve_device(device: str, dtype: str) -> str:
    """Return the device to train on, and refuse one that is not there.

    Parameters
    ----------
    device : str
        "auto" (cuda, then mps where the type allows it, then cpu) or a torch device name.
    dtype : str
        "float32" or "float64".

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If torch knows no such device, or this machine has none.

    Examples
    --------
    >>> resolve_device("cpu", "float32")
    'cpu'
    """
    mps = torch.backends.mps.is_available() and dtype != "float64"
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if mps else "cpu"
    try:
        torch.zeros(1, dtype=getattr(torch, dtype), device=device)
    except Exception as error:
        reason = str(error).partition("\n")[0]  # CUDA adds a paragraph on debugging
        raise ValueError(
            f"device={device!r} cannot hold {dtype} numbers here ({reason}); use 'auto' or 'cpu'."
        ) from error
    return device


_limiting = threading.Lock()
_blocks: list[list[int]] = []  # of each block that has not ended, the number of threads it found


@contextmanager
def threads(n_threads: int) -> Iterator[None]:
    """Let torch use ``n_threads`` threads, and give it back what it had.

    The number is the whole process's. Of blocks that overlap in several threads, one that ends
    before a later one leaves to that one what it found.
    """
    with _limiting:
        own = [torch.get_num_threads()]
        _blocks.append(own)
        torch.set_num_threads(n_threads)
    try:
        yield
    finally:
        with _limiting:
            place = next(i for i, block in enumerate(_blocks) if block is own)
            del _blocks[place]
            if place == len(_blocks):
                torch.set_num_threads(own[0])
            else:
                _blocks[place][:] = own


def progress(epochs: int) -> Callable[[list[dict[str, float]], bool], None]:
    """Return a reporter on standard error: a rewritten line on a terminal, ten lines elsewhere."""
    on_terminal = sys.stderr.isatty()
    every = 1 if on_terminal else max(1, epochs // 10)

    def report(history: list[dict[str, float]], ends: bool) -> None:
        if len(history) % every and not ends:
            return
        last = history[-1]
        left = (epochs - len(history)) * sum(e["seconds"] for e in history) / len(history)
        held_out = f" held out {last['held_out']:.4g}" if "held_out" in last else ""
        rest = "done" if ends else f"at most {left:.0f} s left"
        line = f"AEMLO epoch {last['epoch']}/{epochs} loss {last['loss']:.6g}{held_out}, {rest}"
        start, end = (f"\r{line:<79}", "\n" if ends else "") if on_terminal else (line, "\n")
        print(start, end=end, file=sys.stderr, flush=True)

    return report
