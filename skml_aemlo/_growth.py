"""What a trained network makes of rows: codes, thresholds, and new rows between two old ones.

It reads any decoder with ``codes``, ``features``, ``scores`` and ``scores_by_label``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from ._columns import Columns, dense
from ._containers import Labels, Rows
from ._imbalance import counts_of
from ._search import ExactSearch
from ._thresholds import best_f1, earned, f1_of, match_prevalence

__all__ = ["Grown", "Growth", "Memory", "Reader"]

_CELLS_AT_ONCE = 4_000_000  # of the rows x labels score matrix, when thresholds are chosen
_ROWS_AT_ONCE = 1024  # of new rows, which are dense while they grow


@dataclass(frozen=True)
class Reader:
    """A trained network with the columns it was trained on.

    Parameters
    ----------
    decoder : object
        The network, read a batch of rows at a time.
    columns : Columns
        Scales what it is shown and restores what it says.
    """

    decoder: Any
    columns: Columns

    def codes(self, X: Any) -> np.ndarray:
        """Return the latent codes of rows, of shape (n_samples, latent_dim)."""
        codes: np.ndarray = self.decoder.codes(lambda rows: self.columns.scale(X[rows]), X.shape[0])
        return codes

    def thresholds(self, codes: np.ndarray, Y: sp.csr_array, rule: str | float) -> np.ndarray:
        """Return the threshold of each label: "f1", "prevalence", or one number for all."""
        if not isinstance(rule, str):
            return np.full(Y.shape[1], float(rule))
        by_label, found = sp.csc_array(Y), []
        for part, scores in self._scores_by_label(codes):
            truth = by_label[:, part]
            found.append(
                best_f1(scores, truth.toarray())
                if rule == "f1"
                else match_prevalence(scores, np.diff(truth.indptr))
            )
        return np.concatenate(found)

    def earned(
        self, codes: np.ndarray, Y: sp.csr_array, held_out: np.ndarray, rule: str | float
    ) -> np.ndarray:
        """Tell which labels are decoded better than copied, on rows held out from training.

        Parameters
        ----------
        codes : ndarray of float of shape (n_samples, latent_dim)
            Of all rows.
        Y : csr_array of shape (n_samples, n_labels)
            Their labels.
        held_out : ndarray of int
            Rows the network was not trained on.
        rule : str or float
            How thresholds are chosen, on the other rows.

        Returns
        -------
        ndarray of bool of shape (n_labels,)
            None where no rows are held out.
        """
        if not len(held_out):
            return np.zeros(Y.shape[1], dtype=bool)
        rows = np.setdiff1d(np.arange(len(codes)), held_out)
        nobody = np.full(len(held_out), -1)  # is among the rows it is compared with
        search = ExactSearch(codes[rows], 1, codes[held_out], own=nobody)
        near = search(np.arange(len(held_out)))[:, 0]
        thresholds = self.thresholds(codes[rows], Y[rows], rule)
        decoded = [
            sp.csc_array(scores > thresholds[part], dtype=np.int8)
            for part, scores in self._scores_by_label(codes[held_out])
        ]
        truth = Y[held_out]
        borne = counts_of(truth)
        of_decoding, of_copying = (
            f1_of(counts_of(sp.csr_array(truth.multiply(guess))), borne, counts_of(guess))
            for guess in (sp.csr_array(sp.hstack(decoded)), Y[rows[near]])
        )
        return earned(of_decoding, of_copying, borne)

    def _scores_by_label(self, codes: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        found: Iterator[tuple[slice, np.ndarray]] = self.decoder.scores_by_label(
            codes, max(1, _CELLS_AT_ONCE // len(codes))
        )
        return found


@dataclass(frozen=True)
class Grown:
    """New rows, and the rows they grew from and towards.

    Parameters
    ----------
    X : ndarray or csr_array of shape (n_new, n_features)
    Y : csr_array of shape (n_new, n_labels)
    seeds, partners : ndarray of int of shape (n_new,)
    """

    X: Any
    Y: sp.csr_array
    seeds: np.ndarray
    partners: np.ndarray

    def labelled(self) -> Grown:
        """Leave out rows without any label."""
        kept = np.flatnonzero(np.diff(self.Y.indptr))
        return Grown(self.X[kept], self.Y[kept], self.seeds[kept], self.partners[kept])


@dataclass(frozen=True)
class Memory:
    """The rows that new ones grow from, and the containers they came in.

    Parameters
    ----------
    X : ndarray or csr_array of shape (n_samples, n_features)
    Y : csr_array of shape (n_samples, n_labels)
    containers : tuple of Rows and Labels, optional
        Without them, new rows come as ``X`` and ``Y`` are.
    """

    X: Any
    Y: sp.csr_array
    containers: tuple[Rows, Labels] | None = None

    def restore(self, grown: Grown) -> tuple[Any, Any]:
        """Return new rows like the rows `fit` was given."""
        if self.containers is None:
            return grown.X, grown.Y
        features, labels = self.containers
        return features.restore(grown.seeds, grown.X), labels.restore(grown.Y)


@dataclass(frozen=True)
class Growth:
    """How new rows are decoded between a seed and its partner.

    Parameters
    ----------
    reader : Reader
    thresholds : ndarray of float of shape (n_labels,)
        Score above which a row bears a label.
    earned : ndarray of bool of shape (n_labels,)
        Labels that may be decoded.
    residual : bool
        Whether features are the seed's plus what decoding changes, or what is decoded.
    keep_labels : bool
        Whether new rows bear the seed's labels.
    """

    reader: Reader
    thresholds: np.ndarray
    earned: np.ndarray
    residual: bool
    keep_labels: bool

    def grow(
        self,
        X: Any,
        Y: sp.csr_array,
        codes: np.ndarray,
        seeds: np.ndarray,
        partners: np.ndarray,
        steps: np.ndarray,
    ) -> Grown:
        """Return a new row for every seed.

        Parameters
        ----------
        X : ndarray or csr_array of shape (n_samples, n_features)
        Y : csr_array of shape (n_samples, n_labels)
        codes : ndarray of float of shape (n_samples, latent_dim)
            Of all rows.
        seeds, partners : ndarray of int of shape (n_new,)
            Rows to grow from and towards.
        steps : ndarray of float of shape (n_new,)
            How far, 0 to 1.

        Returns
        -------
        Grown
            ``X`` in the container and dtype of the rows given.
        """
        made, labels = [X[:0]], [Y[:0]]
        for start in range(0, len(seeds), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            values, borne = self._block(X, Y, codes, seeds[part], partners[part], steps[part])
            made.append(sp.csr_array(values) if sp.issparse(X) else values)
            labels.append(borne)
        stack = sp.vstack(made, format="csr") if sp.issparse(X) else np.vstack(made)
        return Grown(stack, sp.vstack(labels, format="csr"), seeds, partners)

    def _block(
        self,
        X: Any,
        Y: sp.csr_array,
        codes: np.ndarray,
        seeds: np.ndarray,
        partners: np.ndarray,
        steps: np.ndarray,
    ) -> tuple[np.ndarray, sp.csr_array]:
        """Return the features, dense, and the labels of a few new rows."""
        decoder, columns = self.reader.decoder, self.reader.columns
        between = codes[seeds] + steps[:, None] * (codes[partners] - codes[seeds])
        decoded, nominal_from, own = decoder.features(between), None, X[seeds]
        if self.residual:
            scaled = columns.scale(own)
            decoded += scaled - decoder.features(codes[seeds])
            nominal_from = self._nearer(decoded, scaled, own, X[partners])
        values = columns.restore(decoded, nominal_from).astype(X.dtype, copy=False)
        if self.residual:
            # scaling and restoring would round a seed that has no partner and stays where it is
            still = seeds == partners
            values[still] = dense(own[still])
        borne = (decoder.scores(between) > self.thresholds) & self.earned
        if self.keep_labels:
            # what did not move is a copy, and no reason to bear other labels
            borne &= (values != dense(own)).any(axis=1)[:, None]
            borne |= Y[seeds].toarray() > 0
        return values, sp.csr_array(borne, dtype=np.int8)

    def _nearer(self, decoded: np.ndarray, scaled: np.ndarray, own: Any, other: Any) -> Any:
        """Return the seed's rows with the partner's nominal values where these are nearer.

        Codes of categories have no order, and between two of them lies no third.
        """
        columns = self.reader.columns
        nominal = np.flatnonzero(columns.is_nominal)
        if not len(nominal):
            return None
        chosen, partner = dense(own).copy(), dense(other)
        to_partner = np.abs(decoded - columns.scale(partner))[:, nominal]
        towards = to_partner < np.abs(decoded - scaled)[:, nominal]
        chosen[:, nominal] = np.where(towards, partner[:, nominal], chosen[:, nominal])
        return chosen
