"""Which rows train and which test: one list of folds per data set, shared by every cell."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.model_selection import check_cv

from .._containers import read_labels
from .extras import require

__all__ = ["Fold", "make_folds", "read_cv", "read_splits"]

DENSE_CELLS = 10**8
"""Largest label matrix, in cells, that is made dense for the stratification."""


@dataclass(frozen=True)
class Fold:
    """One split of the rows.

    Parameters
    ----------
    repeat, fold : int
        Which repeat, and which fold of it, from 0.
    train, test : ndarray of int
        Rows of either side, in ascending order.

    Examples
    --------
    >>> import numpy as np
    >>> Fold(0, 1, train=np.array([0, 2]), test=np.array([1])).fingerprint
    '495bf3093ca1d639'
    """

    repeat: int
    fold: int
    train: np.ndarray = field(repr=False)
    test: np.ndarray = field(repr=False)

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that only a fold of the same rows shares."""
        digest = hashlib.sha256(f"{len(self.train)}:{len(self.test)}:".encode())
        for rows in (self.train, self.test):
            digest.update(np.ascontiguousarray(rows, dtype="<i8").tobytes())
        return digest.hexdigest()[:16]


def read_cv(cv: str | int) -> tuple[int, int]:
    """Return the repeats and the folds that ``cv`` asks for.

    Parameters
    ----------
    cv : str or int
        ``"2x5"`` is two repeats of five folds; ``5`` is one repeat of five folds.

    Returns
    -------
    repeats, folds : int

    Raises
    ------
    ValueError
        If ``cv`` is anything else, or asks for no repeat or for fewer than two folds.

    Examples
    --------
    >>> read_cv("5x2")
    (5, 2)
    >>> read_cv("10x1")
    Traceback (most recent call last):
    ValueError: cv='10x1' asks for 10 repeats of 1 fold, which leaves no rows to train on; ...
    """
    match = re.fullmatch(r"(?:(\d+)[xX×])?(\d+)", str(cv).strip())
    if match is None:
        raise ValueError(
            f"cv={cv!r} is not understood; write repeats x folds, such as '2x5' for two repeats of "
            "five folds, or give a scikit-learn splitter."
        )
    repeats, folds = int(match[1] or 1), int(match[2])
    if repeats < 1:
        raise ValueError(f"cv={cv!r} asks for no repeat at all; write '1x{max(folds, 2)}'.")
    if folds < 2:
        raise ValueError(
            f"cv={cv!r} asks for {repeats} repeats of {folds} fold{'' if folds == 1 else 's'}, "
            f"which leaves no rows to train on; write '1x{max(repeats, 2)}' for {max(repeats, 2)} "
            "folds."
        )
    return repeats, folds


def make_folds(Y: Any, cv: Any = "2x5", *, X: Any = None, random_state: int = 0) -> list[Fold]:
    """Return the folds of a data set.

    Parameters
    ----------
    Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
        Labels, 0 or 1.
    cv : str, int, scikit-learn splitter or iterable of (train, test), default="2x5"
        Repeats x folds of iterative stratification [1]_, or any way of splitting of your own, which
        then keeps its own seed.
    X : container with n_samples rows, optional
        Features, for splitters that read them.
    random_state : int, default=0
        Seed of the iterative stratification.

    Returns
    -------
    list of Fold

    Raises
    ------
    ImportError
        If iterative-stratification is needed and missing.
    ValueError
        If ``cv`` is not understood, there are more folds than rows, the label matrix is too large
        to stratify, or a fold has no row to train or test on, rows that are no positions, or rows
        on both sides.

    References
    ----------
    .. [1] K. Sechidis, G. Tsoumakas, I. Vlahavas, "On the Stratification of Multi-Label Data",
       ECML-PKDD 2011.

    Examples
    --------
    >>> import numpy as np
    >>> folds = make_folds(np.eye(6, dtype=int).repeat(2, axis=0), cv="2x3")
    >>> [(fold.repeat, fold.fold, len(fold.test)) for fold in folds][:4]
    [(0, 0, 4), (0, 1, 4), (0, 2, 4), (1, 0, 4)]
    """
    labels = read_labels(Y)
    stratified = isinstance(cv, str | int)
    splitter = _stratifier(labels, cv, random_state) if stratified else check_cv(read_splits(cv))
    placeholder = np.zeros(labels.shape[0]) if X is None else X
    pairs = list(splitter.split(placeholder, _readable(labels, must=stratified)))
    if not pairs:
        raise ValueError("cv gives no fold at all; give at least one (train, test).")
    per_repeat = max(len(pairs) // _n_repeats(splitter), 1)
    folds = [
        Fold(i // per_repeat, i % per_repeat, *(_positions(side, labels.shape[0]) for side in pair))
        for i, pair in enumerate(pairs)
    ]
    for fold in folds:
        _require_rows(fold)
    return folds


def read_splits(cv: Any) -> Any:
    """Return a way of splitting that can be asked again and again.

    Parameters
    ----------
    cv : str, int, scikit-learn splitter or iterable of (train, test)

    Returns
    -------
    str, int, scikit-learn splitter or list of (train, test)

    Raises
    ------
    ValueError
        If ``cv`` is none of these.

    Examples
    --------
    >>> read_splits((pair for pair in [([0, 1], [2])]))
    [([0, 1], [2])]
    >>> read_splits((1, 2))
    Traceback (most recent call last):
    ValueError: cv must be repeats x folds such as '2x5', a scikit-learn splitter or an iterable ...
    """
    if isinstance(cv, str | int) or (hasattr(cv, "split") and not isinstance(cv, bytes)):
        return cv
    is_listed = isinstance(cv, Iterable) and not isinstance(cv, Mapping | bytes)
    pairs = list(cv) if is_listed else []
    if not is_listed or not all(_is_pair(pair) for pair in pairs):
        raise ValueError(
            "cv must be repeats x folds such as '2x5', a scikit-learn splitter or an iterable of "
            f"(train, test) row positions, got {cv!r:.80}."
        )
    return pairs


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, tuple | list) and len(pair) == 2 and all(np.ndim(s) == 1 for s in pair)


def _positions(side: Any, n_rows: int) -> np.ndarray:
    """Return the rows of one side of a fold in ascending order."""
    rows = np.asarray(side)
    if len(rows) == 0:
        return rows.astype(int)
    if rows.dtype.kind not in "iu" or rows.min() < 0 or rows.max() >= n_rows:
        raise ValueError(
            f"cv must give positions of rows, from 0 to {n_rows - 1}, got {rows.dtype} values "
            f"from {rows.min()} to {rows.max()}; turn a mask into positions by np.flatnonzero."
        )
    return np.sort(rows)


def _stratifier(labels: sp.csr_array, cv: str | int, random_state: int) -> Any:
    repeats, folds = read_cv(cv)
    if folds > labels.shape[0]:
        raise ValueError(
            f"cv={cv!r} asks for {folds} folds, but there are only {labels.shape[0]} rows."
        )
    iterstrat = require(
        "iterstrat.ml_stratifiers",
        "stratified folds need",
        package="iterative-stratification",
        instead=", or give cv a scikit-learn splitter",
    )
    return iterstrat.RepeatedMultilabelStratifiedKFold(
        n_splits=folds, n_repeats=repeats, random_state=random_state
    )


def _readable(labels: sp.csr_array, must: bool) -> Any:
    """Return the labels dense where they fit, since most splitters read nothing else."""
    n_cells = labels.shape[0] * labels.shape[1]
    if n_cells > DENSE_CELLS:
        if not must:
            return sp.csr_matrix(labels)
        raise ValueError(
            f"Y has {labels.shape[0]} x {labels.shape[1]} cells; stratification needs it dense and "
            f"stops at {DENSE_CELLS:.0e}. Give cv a splitter that does not read labels, such as "
            "sklearn.model_selection.KFold(5, shuffle=True, random_state=0)."
        )
    dense = labels.toarray()
    # a lone column passes for a binary target, which iterstrat refuses; two equal ones split alike
    return np.repeat(dense, 2, axis=1) if must and dense.shape[1] == 1 else dense


def _n_repeats(splitter: Any) -> int:
    return int(getattr(splitter, "n_repeats", 1))


def _require_rows(fold: Fold) -> None:
    for side in ("train", "test"):
        if len(getattr(fold, side)) == 0:
            raise ValueError(
                f"cv leaves fold {fold.fold} of repeat {fold.repeat} no {side} rows; use fewer "
                "folds."
            )
    both = np.intersect1d(fold.train, fold.test)
    if len(both):
        raise ValueError(
            f"cv has {len(both)} rows, such as {both[0]}, on both sides of fold {fold.fold} of "
            f"repeat {fold.repeat}; no row may both train and test."
        )
