"""Which labels a sampler works on, and how many positives each should end with."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import scipy.sparse as sp

from .measures import cvir, label_counts, majority_labels, mean_ir, minority_labels


def wanted_labels(
    strategy: Any, Y: sp.csr_array, names: np.ndarray | None = None, *, under: bool = False
) -> tuple[np.ndarray, np.ndarray | None]:
    """Resolve ``sampling_strategy``.

    Parameters
    ----------
    strategy : "auto", list of label names or indices, dict label -> int, or callable
        "auto" takes the minority labels (the majority labels with ``under``); a dict gives the
        number of positives each label should end with; a callable gets ``Y`` and returns one of
        these.
    Y : csr_array of shape (n_samples, n_labels)
        Labels.
    names : ndarray of str of shape (n_labels,), optional
        What labels may be called.
    under : bool, default=False
        Whether rows are to be removed rather than added.

    Returns
    -------
    labels : ndarray of int
        Label indices.
    targets : ndarray of int or None
        Wanted number of positives of each, where a dict was given.

    Raises
    ------
    ValueError
        If a label is unknown, or a wanted number cannot be reached in this direction.
    """
    if callable(strategy):
        strategy = strategy(Y)
    if isinstance(strategy, str) and strategy == "auto":
        warn_if_balanced(Y)
        return (majority_labels(Y) if under else minority_labels(Y)), None
    if isinstance(strategy, str) or not np.iterable(strategy):
        raise ValueError(
            "sampling_strategy must be 'auto', a list of label names or indices, a dict label -> "
            f"wanted number of positives, or a callable returning one of these; got {strategy!r}."
        )
    given = list(strategy)
    labels = np.array([_position(label, Y.shape[1], names) for label in given], dtype=np.intp)
    if len(set(labels.tolist())) < len(labels):
        raise ValueError(f"sampling_strategy names a label twice: {given!r}.")
    if not isinstance(strategy, dict):
        return labels, None
    return labels, _targets(strategy, labels, Y, under)


def warn_if_balanced(Y: sp.csr_array) -> None:
    """Warn that resampling an almost balanced ``Y`` is unlikely to help."""
    mean, variation = mean_ir(Y), cvir(Y)
    if mean < 1.5 and variation < 0.2:
        warnings.warn(
            f"Y is almost balanced (MeanIR {mean:.3f} < 1.5, CVIR {variation:.3f} < 0.2): "
            "resampling is unlikely to help. Name labels in sampling_strategy to silence this.",
            UserWarning,
            stacklevel=2,
        )


def _position(label: Any, n_labels: int, names: np.ndarray | None) -> int:
    if names is not None and isinstance(label, str):
        found = np.flatnonzero(names == label)
        if len(found):
            return int(found[0])
    is_index = isinstance(label, int | np.integer) and not isinstance(label, bool)
    if is_index and 0 <= label < n_labels:
        return int(label)
    known = f"indices 0 to {n_labels - 1}" + ("" if names is None else f" or names {list(names)!r}")
    raise ValueError(f"sampling_strategy names the unknown label {label!r}; known are {known}.")


def _targets(strategy: Any, labels: np.ndarray, Y: sp.csr_array, under: bool) -> np.ndarray:
    counts = label_counts(Y)[labels]
    for name, wanted, present in zip(strategy, strategy.values(), counts, strict=True):
        if not isinstance(wanted, int | np.integer) or isinstance(wanted, bool) or wanted < 0:
            raise ValueError(
                f"sampling_strategy[{name!r}] must be a number of positives, an int of at least 0; "
                f"got {wanted!r}."
            )
        if (wanted > present) if under else (wanted < present):
            direction = "removes" if under else "adds"
            raise ValueError(
                f"sampling_strategy[{name!r}] asks for {wanted} positives, but the label has "
                f"{present} and this sampler only {direction} rows."
            )
        if present == 0 and wanted > 0:
            raise ValueError(
                f"sampling_strategy[{name!r}] asks for {wanted} positives of a label that has none "
                "to learn from; leave it out."
            )
    return np.array(list(strategy.values()), dtype=np.intp)
