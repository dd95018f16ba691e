"""ECCRU, ECCRU2, ECCRU3: ensembles of classifier chains with random undersampling."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp

from .._sklearn import Interval
from .balanced import balanced_rows, fit_one, share_of
from .voting import ThresholdedEnsemble, draw_seeds

__all__ = ["ECCRU", "ECCRU2", "ECCRU3"]


class _Widening:
    """Rows, dense or sparse as they came, that gain a feature with every answered label."""

    def __init__(self, rows: Any, n_answers: int) -> None:
        n_rows, self._width = rows.shape
        self._sparse = rows if sp.issparse(rows) else None
        self._answers = np.zeros((n_rows, n_answers), dtype=np.int8)
        if self._sparse is None:
            # room for all answers at once, or each would copy the table
            self._answers = np.empty((n_rows, self._width + n_answers), dtype=rows.dtype)
            self._answers[:, : self._width] = rows
        self._answered = 0

    def now(self, some: Any = slice(None)) -> Any:
        """Return some rows with the features gained so far."""
        if self._sparse is None:
            return self._answers[some, : self._width + self._answered]
        gained = sp.csr_matrix(self._answers[some, : self._answered])
        return sp.hstack([self._sparse[some], gained], format="csr")

    def append(self, answer: np.ndarray) -> None:
        at = self._answered + (self._width if self._sparse is None else 0)
        self._answers[:, at] = answer
        self._answered += 1


def _fit_chain(
    estimator: Any, rows: Any, labels: np.ndarray, chain: np.ndarray, bootstrap: bool, seed: int
) -> list[Any]:
    """Fit one link per label of the chain; each sees what those before it answer."""
    rng = np.random.default_rng(seed)
    n_rows = labels.shape[0]
    bag = rng.integers(n_rows, size=n_rows) if bootstrap else np.arange(n_rows)
    # a row drawn twice is answered once
    drawn, place = np.unique(bag, return_inverse=True)
    wide, labels = _Widening(rows[drawn], len(chain)), labels[drawn]
    links = []
    for label in chain:
        some = place[balanced_rows(labels[place, label], rng)]
        links.append(fit_one(estimator, wide.now(some), labels[some, label], rng))
        wide.append(share_of(links[-1], wide.now(), 1) >= 0.5)
    return links


def _vote_of_chain(links: list[Any], rows: Any) -> np.ndarray:
    """Return the links' probabilities, a column for each label of the chain."""
    wide = _Widening(rows, len(links))
    shares = np.empty((rows.shape[0], len(links)))
    for turn, link in enumerate(links):
        shares[:, turn] = share_of(link, wide.now(), 1)
        wide.append(shares[:, turn] >= 0.5)
    return shares


class ECCRU(ThresholdedEnsemble):
    """Ensemble of classifier chains with random undersampling.

    Each chain draws rows with replacement and an order of the labels. Its links, one per label, are
    trained on as many rows of either value as the rarer one has; they see the features and what the
    links before them answer.

    Parameters
    ----------
    estimator : estimator object or None, default=None
        Any classifier that has ``predict_proba``; None is a tree that splits by entropy and has two
        rows a leaf at least.
    n_estimators : int, default=10
        Chains (the paper's c).
    bootstrap : bool, default=True
        Whether a chain draws as many rows as there are, with replacement, or has each once.
    threshold : "f1" or float, default="f1"
        Probability from which on a label is predicted. "f1" takes per label the one from 0.05 to
        0.95, by 0.05, that has the highest F1 on the training rows, the lowest of several.
    n_jobs : int or None, default=None
        Chains trained and asked at once, as in joblib; the result is the same whatever it is.
    random_state : int, RandomState, Generator or None, default=None
        Seeds bags, orders, undersampling and every ``random_state`` of the classifiers.

    Attributes
    ----------
    estimators_ : list of lists
        The fitted links of each chain.
    chains_ : list of ndarrays of int
        The labels of each chain, in its order.
    thresholds_ : ndarray of float of shape (n_labels,)
        The probability from which on a label is predicted.
    constants_ : ndarray of float of shape (n_labels,)
        The value of a label constant in the training rows, NaN for the others.
    classes_ : ndarray of int of shape (n_labels, 2)
        0 and 1 for every label.
    n_labels_, n_features_in_ : int
        Numbers of labels and features seen.
    feature_names_in_ : ndarray of str of shape (`n_features_in_`,)
        Names of features seen. Defined only when ``X`` has feature names that are all strings.
    label_names_in_ : ndarray of str of shape (`n_labels_`,)
        Names of labels seen. Defined only when ``Y`` has column names that are all strings.

    See Also
    --------
    ECCRU2 : As many chains per label as its rarity asks for.
    ECCRU3 : The same, with a least number of chains per label.

    Notes
    -----
    What the abstract's "random undersampling" leaves open is settled as in the authors' code: rows
    are drawn with replacement; whichever value is more frequent is undersampled, anew for each
    link; links are trained on the answers of those before them, not on the true labels; a link
    answers 1 from probability 0.5 on; chains are averaged by probability. A label that the drawn
    rows do not vary in is answered as its constant in that chain; one that no training row varies
    in is left out of all chains and predicted as its constant. Of C4.5, the base there, the default
    tree has no pruning. Every link sees the answers of those before it, so that the cost grows with
    the square of the number of labels; beyond some hundreds, `COCOA` is far quicker.

    References
    ----------
    .. [1] B. Liu, G. Tsoumakas, "Making classifier chains resilient to class imbalance", ACML 2018.
    .. [2] B. Liu, G. Tsoumakas, "Dealing with class imbalance in classifier chains via random
       undersampling", Knowledge-Based Systems 192, 2020.

    Examples
    --------
    >>> from skml_aemlo.datasets import load_synthetic
    >>> from skml_aemlo.ensemble import ECCRU
    >>> data = load_synthetic()
    >>> model = ECCRU(n_estimators=3, random_state=0).fit(data.X, data.Y)
    >>> [len(chain) == data.Y.shape[1] for chain in model.chains_]
    [True, True, True]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **ThresholdedEnsemble._parameter_constraints,
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
        "bootstrap": ["boolean"],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_estimators: int = 10,
        bootstrap: bool = True,
        threshold: Any = "f1",
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.bootstrap = bootstrap
        self.threshold = threshold
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _quotas(self, rarer: np.ndarray) -> np.ndarray:
        """Return how many chains each label is to be in, given the rows of its rarer value."""
        return np.full(len(rarer), self.n_estimators)

    def _memberships(self, labels: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the labels of each chain; a chain of one label is none while others had more."""
        varying = self._varying()
        borne = labels[:, varying].sum(axis=0, dtype=np.int64)
        quotas = self._quotas(np.minimum(borne, len(labels) - borne))
        for turn in range(max(quotas, default=0)):
            left = varying[quotas > turn]
            if len(left) < min(2, len(varying)):
                return
            yield left

    def _fit_members(self, rows: Any, labels: np.ndarray, rng: np.random.Generator) -> None:
        self.chains_ = [rng.permutation(left) for left in self._memberships(labels)]
        seeds = draw_seeds(rng, len(self.chains_))
        self.estimators_ = self._in_parallel(
            _fit_chain,
            (
                (self._base(), rows, labels, chain, self.bootstrap, seed)
                for chain, seed in zip(self.chains_, seeds, strict=True)
            ),
        )

    def _vote(self, rows: Any) -> np.ndarray:
        total, asked = np.zeros((rows.shape[0], self.n_labels_)), np.zeros(self.n_labels_)
        votes = self._in_parallel(_vote_of_chain, ((links, rows) for links in self.estimators_))
        for chain, shares in zip(self.chains_, votes, strict=True):
            total[:, chain] += shares
            asked[chain] += 1
        return total / np.maximum(asked, 1)


class ECCRU2(ECCRU):
    """ECCRU with more chains for rarer labels, at about the same cost.

    A label whose rarer value m of the rows have is in ``n_estimators * mean(m) / m`` chains: fewer
    rows a link, more links, so that more rows of the frequent value are learned from. Chains get
    shorter as labels have their share.

    Parameters
    ----------
    estimator : estimator object or None, default=None
        Any classifier that has ``predict_proba``; None is a tree that splits by entropy and has two
        rows a leaf at least.
    n_estimators : int, default=10
        Chains of a label as rare as the mean (the paper's c).
    theta_max : float, default=10.0
        Most chains of a label, as a multiple of ``n_estimators``.
    bootstrap : bool, default=True
        Whether a chain draws as many rows as there are, with replacement, or has each once.
    threshold : "f1" or float, default="f1"
        Probability from which on a label is predicted. "f1" takes per label the one from 0.05 to
        0.95, by 0.05, that has the highest F1 on the training rows, the lowest of several.
    n_jobs : int or None, default=None
        Chains trained and asked at once, as in joblib; the result is the same whatever it is.
    random_state : int, RandomState, Generator or None, default=None
        Seeds bags, orders, undersampling and every ``random_state`` of the classifiers.

    Attributes
    ----------
    estimators_ : list of lists
        The fitted links of each chain.
    chains_ : list of ndarrays of int
        The labels of each chain, in its order.
    thresholds_, constants_, classes_, n_labels_, n_features_in_ : as in `ECCRU`

    Notes
    -----
    Numbers of chains are rounded down, and are at least one. As in the authors' code, no more
    chains are made once a single label is left, so that the rarest may get fewer than it asked for.
    Everything else is as in `ECCRU`.

    References
    ----------
    .. [1] B. Liu, G. Tsoumakas, "Making classifier chains resilient to class imbalance", ACML 2018.
    .. [2] B. Liu, G. Tsoumakas, "Dealing with class imbalance in classifier chains via random
       undersampling", Knowledge-Based Systems 192, 2020.

    Examples
    --------
    >>> from skml_aemlo.datasets import load_synthetic
    >>> from skml_aemlo.ensemble import ECCRU2
    >>> data = load_synthetic()
    >>> model = ECCRU2(n_estimators=3, random_state=0).fit(data.X, data.Y)
    >>> len(model.chains_[0]) > len(model.chains_[-1])
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **ECCRU._parameter_constraints,
        "theta_max": [Interval(Real, 1, None, closed="left")],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_estimators: int = 10,
        theta_max: float = 10.0,
        bootstrap: bool = True,
        threshold: Any = "f1",
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            estimator,
            n_estimators=n_estimators,
            bootstrap=bootstrap,
            threshold=threshold,
            n_jobs=n_jobs,
            random_state=random_state,
        )
        self.theta_max = theta_max

    def _quotas(self, rarer: np.ndarray) -> np.ndarray:
        # in whole numbers: the mean, as a float, may end a rounding below
        shares = self.n_estimators * rarer.sum() // (len(rarer) * rarer)
        return np.clip(shares, self._least(), int(self.n_estimators * self.theta_max))

    def _least(self) -> int:
        return 1


class ECCRU3(ECCRU2):
    """ECCRU2 that leaves no label with a few chains only.

    Parameters
    ----------
    estimator : estimator object or None, default=None
        Any classifier that has ``predict_proba``; None is a tree that splits by entropy and has two
        rows a leaf at least.
    n_estimators : int, default=10
        Chains of a label as rare as the mean (the paper's c).
    theta_min : float, default=0.5
        Fewest chains of a label, as a multiple of ``n_estimators``.
    theta_max : float, default=10.0
        Most chains of a label, as a multiple of ``n_estimators``.
    bootstrap : bool, default=True
        Whether a chain draws as many rows as there are, with replacement, or has each once.
    threshold : "f1" or float, default="f1"
        Probability from which on a label is predicted. "f1" takes per label the one from 0.05 to
        0.95, by 0.05, that has the highest F1 on the training rows, the lowest of several.
    n_jobs : int or None, default=None
        Chains trained and asked at once, as in joblib; the result is the same whatever it is.
    random_state : int, RandomState, Generator or None, default=None
        Seeds bags, orders, undersampling and every ``random_state`` of the classifiers.

    Attributes
    ----------
    estimators_ : list of lists
        The fitted links of each chain.
    chains_ : list of ndarrays of int
        The labels of each chain, in its order.
    thresholds_, constants_, classes_, n_labels_, n_features_in_ : as in `ECCRU`

    Notes
    -----
    As in `ECCRU2`, with ``theta_min * n_estimators``, rounded down, in place of one.

    References
    ----------
    .. [1] B. Liu, G. Tsoumakas, "Making classifier chains resilient to class imbalance", ACML 2018.
    .. [2] B. Liu, G. Tsoumakas, "Dealing with class imbalance in classifier chains via random
       undersampling", Knowledge-Based Systems 192, 2020.

    Examples
    --------
    >>> from skml_aemlo.datasets import load_synthetic
    >>> from skml_aemlo.ensemble import ECCRU3
    >>> data = load_synthetic()
    >>> model = ECCRU3(n_estimators=4, random_state=0).fit(data.X, data.Y)
    >>> [len(chain) for chain in model.chains_[:2]] == [data.Y.shape[1]] * 2
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **ECCRU2._parameter_constraints,
        "theta_min": [Interval(Real, 0, 1, closed="both")],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_estimators: int = 10,
        theta_min: float = 0.5,
        theta_max: float = 10.0,
        bootstrap: bool = True,
        threshold: Any = "f1",
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            estimator,
            n_estimators=n_estimators,
            theta_max=theta_max,
            bootstrap=bootstrap,
            threshold=threshold,
            n_jobs=n_jobs,
            random_state=random_state,
        )
        self.theta_min = theta_min

    def _least(self) -> int:
        return max(1, int(self.n_estimators * self.theta_min))
