"""Rows between rows: steps from seeds towards references, votes among neighbours.

Dense and sparse features take the same steps with the same random shares; where seed and reference
both hold zero, so does the new row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

_BLOCK = 1_000_000  # numbers a block of new rows may hold: 8 MB of float64
_RANKS = 45  # neighbours whose ranks fit behind the point of a float64 that counts them


def blocks(cost: np.ndarray) -> list[slice]:
    """Cut rows of these costs, in numbers held, into runs that fit into memory."""
    # no row is a run of none, so that stacking keeps the container
    run = np.cumsum(cost, dtype=np.int64) // _BLOCK
    edges = (np.flatnonzero(np.diff(run)) + 1).tolist()
    return [slice(a, b) for a, b in zip([0, *edges], [*edges, len(cost)], strict=True)]


def row_sizes(X: Any) -> np.ndarray:
    """Return how many numbers each row of ``X`` holds."""
    return np.diff(X.indptr) if sp.issparse(X) else np.full(X.shape[0], X.shape[1])


def stacked(parts: list[Any]) -> Any:
    """Return blocks of rows as one container of their kind."""
    if sp.issparse(parts[0]):
        return parts[0] if len(parts) == 1 else sp.csr_array(sp.vstack(parts))
    return np.concatenate(parts)


class Steps:
    """The cells in which references differ from their seeds, row by row.

    Parameters
    ----------
    X : ndarray or csr_array of shape (n_samples, n_features)
        Features.
    seeds, references : ndarray of int of shape (n_new,)
        Rows of ``X`` to go from, and to go towards.

    Attributes
    ----------
    n_rows : int
        How many there are.
    rows, columns : ndarray of int of shape (n_cells,)
        Where they differ, in row-major order whatever the container.
    gaps : ndarray of float of shape (n_cells,)
        Reference minus seed there.
    """

    def __init__(self, X: Any, seeds: np.ndarray, references: np.ndarray) -> None:
        self.n_rows = len(seeds)
        self._start = X[seeds]
        ahead = X[references] - self._start
        if sp.issparse(ahead):
            ahead.sort_indices()
            self._places, self.gaps, self._columns = ahead.indptr, ahead.data, ahead.indices
        else:
            self._places = np.flatnonzero(ahead)
            self.gaps = ahead.ravel()[self._places]

    @property
    def rows(self) -> np.ndarray:
        """The row of every cell."""
        if sp.issparse(self._start):
            return np.repeat(np.arange(self.n_rows), np.diff(self._places))
        return self._places // max(1, self._start.shape[1])

    @property
    def columns(self) -> np.ndarray:
        """The column of every cell."""
        if sp.issparse(self._start):
            return self._columns
        return self._places % max(1, self._start.shape[1])

    def take(self, shares: np.ndarray) -> Any:
        """Return the rows that lie these shares of each gap from their seed."""
        if not sp.issparse(self._start):
            if len(shares) == self._start.size:
                return self._start + (shares * self.gaps).reshape(self._start.shape)
            made = self._start.copy()
            made.reshape(-1)[self._places] += shares * self.gaps
            return made
        moved = sp.csr_array(
            (shares * self.gaps, self._columns, self._places), shape=self._start.shape
        )
        return sp.csr_array(self._start + moved)

    def closeness(self, shares: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return d(seed) / (d(seed) + d(reference)) of every new row, 1/2 where both are 0.

        Parameters
        ----------
        shares : ndarray of float of shape (n_cells,)
            As in `take`.
        lengths : ndarray of float of shape (n_cells,)
            How much each gap counts in the distance.
        """
        to_seed, to_reference = (
            np.sqrt(np.bincount(self.rows, (part * lengths) ** 2, minlength=self.n_rows))
            for part in (shares, 1.0 - shares)
        )
        whole = to_seed + to_reference
        return np.divide(to_seed, whole, out=np.full(len(whole), 0.5), where=whole > 0)


def draw_shares(
    steps: Steps, nominal: np.ndarray, rng: np.random.Generator, along: np.ndarray | None = None
) -> np.ndarray:
    """Draw how far each differing cell moves; a nominal one moves wholly or stays.

    Parameters
    ----------
    steps : Steps
        The cells.
    nominal : ndarray of bool of shape (n_features,)
        Which columns are nominal.
    rng : Generator
        Source of the draws.
    along : ndarray of float of shape (n_new,), optional
        How far each row moves as a whole, which for a nominal cell is the chance to move; without,
        every cell draws its own share.
    """
    shares = rng.random(len(steps.gaps)) if along is None else along[steps.rows]
    if nominal.any():
        tossed = nominal[steps.columns]
        chance = shares[tossed]
        moves = chance >= 0.5 if along is None else rng.random(len(chance)) < chance
        shares[tossed] = moves
    return shares


def make_rows(
    X: Any,
    seeds: np.ndarray,
    references: np.ndarray,
    nominal: np.ndarray,
    rng: np.random.Generator,
    near: np.ndarray | None = None,
) -> Any:
    """Return rows between seeds and references, each differing cell at its own share of the way.

    Parameters
    ----------
    X : ndarray or csr_array of shape (n_samples, n_features)
        Features.
    seeds, references : ndarray of int of shape (n_new,)
        Rows of ``X``.
    nominal : ndarray of bool of shape (n_features,)
        Which columns are nominal.
    rng : Generator
        Source of the shares, drawn row by row.
    near : ndarray of int of shape (n_new, n_neighbors), optional
        Rows whose most frequent values nominal columns take; without, those of seed or reference.
    """
    sizes = row_sizes(X)
    cost = sizes[seeds] + sizes[references]
    if near is not None and nominal.any():
        return _with_modes(X, seeds, references, nominal, rng, near, cost)
    made = []
    for part in blocks(cost):
        steps = Steps(X, seeds[part], references[part])
        made.append(steps.take(draw_shares(steps, nominal, rng)))
    return stacked(made)


def _with_modes(
    X: Any,
    seeds: np.ndarray,
    references: np.ndarray,
    nominal: np.ndarray,
    rng: np.random.Generator,
    near: np.ndarray,
    cost: np.ndarray,
) -> Any:
    numeric, mode, made = X[:, ~nominal], MostFrequent(X[:, nominal]), []
    for part in blocks(cost * near.shape[1]):
        steps = Steps(numeric, seeds[part], references[part])
        moved = steps.take(rng.random(len(steps.gaps)))
        made.append(_interleave(moved, mode(near[part]), nominal))
    return stacked(made)


def _interleave(numeric: Any, nominal: Any, where: np.ndarray) -> Any:
    """Put columns back in order, nominal ones ``where`` the mask says."""
    if not sp.issparse(numeric):
        made = np.empty((len(numeric), len(where)))
        made[:, ~where], made[:, where] = numeric, nominal
        return made
    place = np.concatenate([np.flatnonzero(~where), np.flatnonzero(where)])
    both = sp.csr_array(sp.hstack([numeric, nominal]))
    made = sp.csr_array((both.data, place[both.indices], both.indptr), shape=both.shape)
    made.sort_indices()
    return made


def elect_labels(
    Y: sp.csr_array, seeds: np.ndarray, near: np.ndarray, strategy: str
) -> sp.csr_array:
    """Return the labels that seeds and their neighbours vote for.

    Parameters
    ----------
    Y : csr_array of shape (n_samples, n_labels), int8
        Labels.
    seeds : ndarray of int of shape (n_new,)
        Rows of ``Y``.
    near : ndarray of int of shape (n_new, n_neighbors)
        Rows of ``Y``; -1 is nobody.
    strategy : {"ranking", "union", "intersection"}
        Whether more than half must bear a label, anyone or all.
    """
    voters = np.column_stack([seeds, near])
    # nobody reads the last entry, 0
    cost = np.append(np.diff(Y.indptr), 0)[voters].sum(axis=1) + 1
    return stacked([_elected(Y, voters[part], strategy) for part in blocks(cost)])


def _elected(Y: sp.csr_array, voters: np.ndarray, strategy: str) -> sp.csr_array:
    votes = sp.csr_array(_ballot(voters, Y.shape[0]) @ Y)
    electors = (voters >= 0).sum(axis=1)
    needed = electors // 2 + 1
    if strategy != "ranking":
        needed = np.ones_like(electors) if strategy == "union" else electors
    votes.data = (votes.data >= np.repeat(needed, np.diff(votes.indptr))).astype(np.int8)
    votes.eliminate_zeros()
    votes.sort_indices()
    return votes


def _ballot(voters: np.ndarray, n: int, worth: Any = 1) -> sp.csr_array:
    """Return a matrix of shape (n_new, n) with what each voter is worth; -1 is nobody."""
    present = voters >= 0
    ends = np.concatenate([[0], np.cumsum(present.sum(axis=1))])
    votes = np.broadcast_to(worth, voters.shape)[present]
    return sp.csr_array((votes, voters[present], ends), shape=(len(voters), n))


class MostFrequent:
    """The most frequent value of each column among neighbours, a tie going to the nearest.

    Parameters
    ----------
    X : ndarray or csr_array of shape (n_samples, n_columns)
        Nominal columns.
    """

    def __init__(self, X: Any) -> None:
        self._X = X
        if sp.issparse(X):
            if not X.data.all():
                self._X = X = X.copy()
                X.eliminate_zeros()
            self._column_of, self._value_of, self._bearers = _stored_values(X)

    def __call__(self, near: np.ndarray) -> Any:
        """Return a row for every row of neighbours, nearest first; -1 is nobody."""
        if not sp.issparse(self._X):
            return _first_mode(self._X[near], near >= 0)
        if near.shape[1] > _RANKS:
            return self._one_by_one(near)
        # votes are whole; what each adds to them is more than all that farther ones add, so that
        # no two values get the same sum
        worth = 1.0 + 0.5 ** np.arange(2, near.shape[1] + 2)
        votes = sp.csr_array(_ballot(near, self._X.shape[0], worth) @ self._bearers)
        return self._winners(votes, (near >= 0) @ worth)

    def _winners(self, votes: sp.csr_array, electorate: np.ndarray) -> sp.csr_array:
        """Keep of every column the value with most votes, unless the zeros have more."""
        votes.sort_indices()
        rows = np.repeat(np.arange(len(electorate)), np.diff(votes.indptr))
        values, most, taken = votes.indices, votes.data, votes.data
        if len(self._column_of) > self._X.shape[1] and len(values):
            cells = rows * self._X.shape[1] + self._column_of[values]
            first = np.flatnonzero(np.diff(cells, prepend=-1))
            taken, most = np.add.reduceat(taken, first), np.maximum.reduceat(most, first)
            leads = votes.data == np.repeat(most, np.diff(first, append=len(cells)))
            rows, values = rows[first], values[leads]
        wins = most > electorate[rows] - taken
        ends = np.append(0, np.cumsum(np.bincount(rows[wins], minlength=len(electorate))))
        values = values[wins]
        return sp.csr_array(
            (self._value_of[values], self._column_of[values], ends),
            shape=(len(electorate), self._X.shape[1]),
        )

    def _one_by_one(self, near: np.ndarray) -> sp.csr_array:
        """Do as for dense columns, a few rows at a time."""
        step = max(1, _BLOCK // (near.shape[1] * self._X.shape[1]))
        made = []
        for start in range(0, len(near), step):
            part = near[start : start + step]
            values = self._X[part.ravel()].toarray().reshape(*part.shape, -1)
            made.append(sp.csr_array(_first_mode(values, part >= 0)))
        return stacked(made)


def _stored_values(X: sp.csr_array) -> tuple[np.ndarray, np.ndarray, sp.csr_array]:
    """Return the column and the value of every value stored, and who bears it."""
    if len(X.data) and np.all(X.data == X.data[0]):
        column_of, codes = np.arange(X.shape[1]), X.indices
        value_of = np.full(X.shape[1], X.data[0])
    else:
        values, which = np.unique(X.data, return_inverse=True)
        codes = X.indices.astype(np.int64) * max(1, len(values)) + which
        present, codes = np.unique(codes, return_inverse=True)
        column_of, which = np.divmod(present, max(1, len(values)))
        value_of = values[which]
    bearers = sp.csr_array((np.ones(X.nnz), codes, X.indptr), shape=(X.shape[0], len(column_of)))
    return column_of, value_of, bearers


def _first_mode(values: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Reduce values of shape (m, k, c) over k to the most frequent one that comes first."""
    votes = np.zeros(values.shape, dtype=np.int32)
    for other in range(values.shape[1]):
        votes += (values == values[:, [other]]) & present[:, [other], None]
    # nobody's value never wins: whoever else holds it comes first
    winner = votes.argmax(axis=1)[:, None]
    return np.take_along_axis(values, winner, axis=1)[:, 0]
