"""The torch half of AEMLO: network, three losses, training loop. Nothing else imports torch."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import numpy as np
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
    "resolve_device",
    "threads",
    "train",
]

_SLOPE = 0.01  # of every LeakyReLU, as in the research code

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
        The papers' d, L and m.
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
    correlation = _Correlation.apply(H_x) + _Correlation.apply(H_y)
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
    borne = Y > 0.5
    n_borne = borne.sum(dim=1)
    ranked = (n_borne > 0) & (n_borne < Y.shape[1])
    # rows out of the ranking leave before the logsumexp: its gradient is NaN where nothing is left
    scores, borne, n_borne = Z[ranked], borne[ranked], n_borne[ranked].to(Z.dtype)
    others = torch.logsumexp(scores.masked_fill(borne, -torch.inf), dim=1)
    own = torch.logsumexp((-scores).masked_fill(~borne, -torch.inf), dim=1)
    n_pairs = n_borne * (Y.shape[1] - n_borne)
    return torch.exp(others + own - n_pairs.log()).sum() / len(Z)


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
        gap = gap + _Spread.apply(X, decoded) / (n_rows * (n_rows - 1))
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
    report : callable, optional
        Called with the history after every epoch.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    alpha: float
    beta: float
    decorrelation: float
    device: str
    dtype: str
    report: Callable[[list[dict[str, float]]], None] | None = field(default=None)

    def losses(self, network: AutoEncoder, X: Tensor, Y: Tensor) -> Losses:
        """Return the losses of one batch."""
        H_x, H_y, Z, decoded = network(X, Y)
        latent = latent_loss(H_x, H_y, self.decorrelation)
        label, feature = label_loss(Z, Y), feature_loss(X, decoded)
        return Losses(latent + self.alpha * label + self.beta * feature, latent, label, feature)

    def tensor(self, values: np.ndarray) -> Tensor:
        """Return ``values`` as a tensor of the wanted type, where training takes place."""
        return torch.from_numpy(values).to(device=self.device, dtype=getattr(torch, self.dtype))


def train(
    network: AutoEncoder, batch: Batch, n_rows: int, plan: Training, rng: np.random.Generator
) -> list[dict[str, float]]:
    """Train ``network`` in place and leave it with the weights of its lowest training loss.

    Parameters
    ----------
    network : AutoEncoder
        Already initialised.
    batch : callable
        Gives the scaled features and the labels of the rows it is asked for, as dense arrays.
    n_rows : int
        Number of training rows.
    plan : Training
        How to train.
    rng : numpy.random.Generator
        Shuffles the rows before every epoch.

    Returns
    -------
    list of dict
        One per epoch: ``epoch``, ``loss``, ``latent``, ``label``, ``feature``, ``seconds``.

    Raises
    ------
    RuntimeError
        If the loss is no longer finite.
    """
    network.to(device=plan.device, dtype=getattr(torch, plan.dtype)).train()
    optimizer = adam(network, plan)
    history: list[dict[str, float]] = []
    lowest, best = math.inf, network.state_dict()
    for epoch in range(1, plan.epochs + 1):
        start = time.perf_counter()
        losses = _run_epoch(network, optimizer, batch, rng.permutation(n_rows), plan)
        _refuse_infinite(losses, epoch, plan)
        if losses.loss < lowest:
            lowest = losses.loss
            best = {name: value.clone() for name, value in network.state_dict().items()}
        seconds = time.perf_counter() - start
        history.append({"epoch": epoch, **losses._asdict(), "seconds": seconds})
        if plan.report is not None:
            plan.report(history)
    network.load_state_dict(best)
    network.eval()
    return history


def adam(network: AutoEncoder, plan: Training) -> torch.optim.Optimizer:
    """Return Adam over the weights, fused (thrice as fast on CPU) where torch can."""
    fused = plan.device.split(":")[0] in {"cpu", "cuda"} and torch.__version__ >= "2.4"
    return torch.optim.Adam(network.parameters(), lr=plan.learning_rate, fused=fused or None)


def _run_epoch(
    network: AutoEncoder,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    order: np.ndarray,
    plan: Training,
) -> Losses:
    """Take one step for every batch of ``order``; return the mean losses over rows."""
    total = torch.zeros(4, dtype=torch.float64 if plan.device == "cpu" else torch.float32)
    total = total.to(plan.device)
    for rows in batches(order, plan.batch_size):
        X, Y = (plan.tensor(values) for values in batch(rows))
        losses = step(network, optimizer, X, Y, plan)
        total += torch.stack([term.detach() for term in losses]) * len(rows)
    return Losses(*(total / len(order)).tolist())


def step(
    network: AutoEncoder, optimizer: torch.optim.Optimizer, X: Tensor, Y: Tensor, plan: Training
) -> Losses:
    """Take one training step on one batch: forward, losses, backward, update."""
    optimizer.zero_grad(set_to_none=True)
    losses = plan.losses(network, X, Y)
    losses.loss.backward()
    optimizer.step()
    return losses


class Decoder:
    """A trained network, read a batch of rows at a time.

    Parameters
    ----------
    network : AutoEncoder
        Trained.
    features : callable
        Gives the scaled features of the rows it is asked for, as a dense array.
    plan : Training
        How it was trained: device, type and batch size.
    """

    def __init__(
        self,
        network: AutoEncoder,
        features: Callable[[np.ndarray], np.ndarray],
        plan: Training,
    ) -> None:
        self.network = network
        self.features = features
        self.plan = plan

    def rows(self, rows: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield decoded features and label scores of ``rows``, a batch at a time."""
        for H in self._codes(rows):
            with torch.no_grad():
                decoded, logits = self.network.decode_features(H), self.network.decode_labels(H)
            yield _double(decoded), expit(_double(logits))

    def scores_by_label(
        self, rows: np.ndarray, n_labels: int
    ) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield label scores of all ``rows``, ``n_labels`` labels at a time."""
        head = cast(nn.Linear, self.network.decode_labels[-1])
        with torch.no_grad():
            hidden = torch.cat([self.network.decode_labels[:-1](H) for H in self._codes(rows)])
        for start in range(0, head.out_features, n_labels):
            labels = slice(start, min(start + n_labels, head.out_features))
            with torch.no_grad():
                logits = nn.functional.linear(hidden, head.weight[labels], head.bias[labels])
            yield labels, expit(_double(logits))

    def _codes(self, rows: np.ndarray) -> Iterator[Tensor]:
        for piece in batches(rows, self.plan.batch_size):
            X = self.plan.tensor(self.features(piece))
            with torch.no_grad():  # not around the yield: a generator would leak it to its caller
                H = self.network.encode_features(X)
            yield H


def _double(values: Tensor) -> np.ndarray:
    return values.cpu().double().numpy()


def batches(rows: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    """Cut ``rows`` into pieces of ``batch_size``; the last one may be shorter."""
    for start in range(0, len(rows), batch_size):
        yield rows[start : start + batch_size]


def _refuse_infinite(losses: Losses, epoch: int, plan: Training) -> None:
    if all(math.isfinite(term) for term in losses):
        return
    raise RuntimeError(
        f"AEMLO's training loss is {losses.loss} in epoch {epoch} (latent {losses.latent}, label "
        f"{losses.label}, feature {losses.feature}): lower learning_rate={plan.learning_rate}, "
        "set dtype='float64', or scale columns of X whose values are extreme."
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
        raise ValueError(
            f"device={device!r} cannot hold {dtype} numbers here ({error}); use 'auto' or 'cpu'."
        ) from error
    return device


@contextmanager
def threads(n_threads: int) -> Iterator[None]:
    """Let torch use ``n_threads`` threads, and give it back what it had."""
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
