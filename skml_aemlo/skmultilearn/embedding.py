"""Labels as points in a space of few dimensions, which are learnt beside the features.

These are no subclasses of their namesakes: importing `skmultilearn.embedding` fails (D10).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import euclidean_distances
from sklearn.utils import check_random_state, get_tags
from skmultilearn.base import ProblemTransformationBase

from .._fitting import all_or_nothing
from .clustering import labels_of
from .mended import as_array, check_positive, check_switch, whole_number
from .partition import label_answers, label_shares
from .transformation import Transformation


def _check_embedding(found: Any, n_rows: int) -> np.ndarray:
    points = as_array(found).astype(float)
    if points.ndim == 1:
        points = points[:, None]
    if points.ndim != 2 or len(points) != n_rows:
        raise ValueError(
            f"embedder returned an array of shape {points.shape}; expected one row for each of "
            f"{n_rows} samples"
        )
    return points


class SKLearnEmbedder(BaseEstimator):
    """Embed the rows of ``y`` with an embedder of scikit-learn.

    Parameters
    ----------
    embedder : estimator with fit_transform, default=None
        It is cloned, and given the labels: sparse if its tags say that it takes sparse rows, dense
        otherwise.
    pass_input_space : bool, default=False
        Whether it is given ``X`` first, and the labels second.

    Attributes
    ----------
    embedder_ : estimator
        The fitted clone.

    Notes
    -----
    Mends: upstream's module cannot be imported (D10); ``y`` in any container; embedders that refuse
    sparse labels; the caller's embedder is cloned; ``fit`` returns the embedder, not None.

    Examples
    --------
    >>> from sklearn.decomposition import PCA
    >>> from skml_aemlo.skmultilearn import SKLearnEmbedder
    >>> Y = [[1, 0, 0], [0, 1, 1], [1, 1, 0]]
    >>> SKLearnEmbedder(PCA(2)).fit_transform(None, Y)[1].shape
    (3, 2)
    """

    def __init__(self, embedder: Any = None, pass_input_space: bool = False) -> None:
        self.embedder = embedder
        self.pass_input_space = pass_input_space

    def fit(self, X: Any, y: Any) -> "SKLearnEmbedder":
        """Embed, and keep the fitted embedder.

        Parameters
        ----------
        X : array-like, DataFrame or sparse, of shape (n_samples, n_features)
            The rows.
        y : array-like, DataFrame or sparse, of shape (n_samples, n_labels)
            Their labels.

        Returns
        -------
        self : object
        """
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: Any, y: Any) -> tuple[Any, np.ndarray]:
        """Embed the labels of each row.

        Parameters
        ----------
        X : array-like, DataFrame or sparse, of shape (n_samples, n_features)
            Handed to the embedder where ``pass_input_space`` says so.
        y : array-like, DataFrame or sparse, of shape (n_samples, n_labels)
            The labels of each row.

        Returns
        -------
        X : as given
        embedded : ndarray of shape (n_samples, n_dimensions)
            The point of each row's labels.
        """
        if not hasattr(self.embedder, "fit_transform"):
            raise ValueError(
                f"embedder={self.embedder!r}; expected an embedder with fit_transform, such as "
                "sklearn.manifold.SpectralEmbedding(n_components=10)"
            )
        embedder = clone(self.embedder, safe=False)
        labels = labels_of(y).astype(float)
        has_tags = hasattr(self.embedder, "__sklearn_tags__")
        sparse = has_tags and get_tags(self.embedder).input_tags.sparse
        given = sp.csr_matrix(labels) if sparse else labels.toarray()
        passes = check_switch("pass_input_space", self.pass_input_space)
        handed = (X, given) if passes else (given,)
        points = _check_embedding(embedder.fit_transform(*handed), labels.shape[0])
        self.embedder_ = embedder
        return X, points


class CLEMS(BaseEstimator):
    """Cost-sensitive label embedding: labelsets lie as far apart as confusing them costs.

    Parameters
    ----------
    measure : callable
        ``measure(truth, prediction)`` of two label matrices of one row: a cost, 0 where they agree.
    is_score : bool, default=False
        Whether ``measure`` is a score, 1 where they agree; the cost is then 1 minus it.
    params : dict or None, default=None
        Of the scaling: ``n_init`` (4) starts, ``max_iter`` (300) rounds, and ``eps`` (1e-3), the
        share of the stress that a round must still take away.
    random_state : int, RandomState or None, default=None
        Seeds the starts; None draws from numpy's global stream, as everywhere in scikit-learn.

    Attributes
    ----------
    labelsets_ : ndarray of shape (n_labelsets, n_labels)
        The distinct rows of ``y``.
    points_ : ndarray of shape (n_labelsets, n_labels)
        Their points, as predictions.
    truths_ : ndarray of shape (n_labelsets, n_labels)
        Their points, as truths.
    stress_ : float
        The weighted sum of squares by which distances miss the root of the cost.

    Notes
    -----
    Multidimensional scaling, by majorisation, of two points a labelset, one as truth and one as
    prediction: the distance from truth to prediction is to be the root of the cost, and a truth
    weighs as many rows as bear it. There are as many dimensions as labels.

    Mends: upstream's module cannot be imported (D10), and behind that it cannot be cloned; each row
    gets the point of its own labelset, where upstream looks the labels up among points that are
    not labels, and returns a point of the other role; a seed; ``fit`` returns the embedder. Of
    upstream's other ``params`` "metric", "n_jobs" and "verbose" are refused.

    References
    ----------
    .. [1] K.-H. Huang, H.-T. Lin, "Cost-sensitive label embedding for multi-label classification",
       Machine Learning 106, 2017.

    Examples
    --------
    >>> from sklearn.metrics import hamming_loss
    >>> from skml_aemlo.skmultilearn import CLEMS
    >>> Y = [[1, 0], [0, 1], [1, 1], [1, 0]]
    >>> CLEMS(hamming_loss, random_state=0).fit_transform(None, Y)[1].shape
    (4, 2)
    """

    def __init__(
        self,
        measure: Callable[[Any, Any], float],
        is_score: bool = False,
        params: Any = None,
        *,
        random_state: Any = None,
    ) -> None:
        self.measure = measure
        self.is_score = is_score
        self.params = params
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> "CLEMS":
        """Embed the labelsets.

        Parameters
        ----------
        X : ignored
            Not used.
        y : array-like, DataFrame or sparse, of shape (n_samples, n_labels)
            The labels of each row.

        Returns
        -------
        self : object
        """
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: Any, y: Any) -> tuple[Any, np.ndarray]:
        """Embed the labels of each row.

        Parameters
        ----------
        X : ignored
            Handed back.
        y : array-like, DataFrame or sparse, of shape (n_samples, n_labels)
            The labels of each row.

        Returns
        -------
        X : as given
        embedded : ndarray of shape (n_samples, n_labels)
            The point of each row's labels.
        """
        params = self._checked_params()
        with all_or_nothing(self):
            labels = labels_of(y).toarray().astype(int)
            self.labelsets_, place, rows = np.unique(
                labels, axis=0, return_inverse=True, return_counts=True
            )
            rng = check_random_state(self.random_state)
            wanted = np.sqrt(self._costs())
            found = [
                _scale(wanted, rows.astype(float), labels.shape[1], rng, params)
                for _ in range(params["n_init"])
            ]
            self.truths_, self.points_, self.stress_ = min(found, key=lambda one: one[2])
        return X, self.points_[place.ravel()]

    def _checked_params(self) -> dict[str, Any]:
        if not callable(self.measure):
            raise ValueError(
                f"measure={self.measure!r}; expected a cost of two label matrices of one row, such "
                "as sklearn.metrics.hamming_loss"
            )
        check_switch("is_score", self.is_score)
        known = {"n_init": 4, "max_iter": 300, "eps": 1e-3}
        if not isinstance(self.params, dict | None):
            raise ValueError(
                f"params={self.params!r}; expected None, or a dict of {', '.join(known)}"
            )
        params = known | dict(self.params or {})
        if params.keys() != known.keys():
            raise ValueError(
                f"params holds {sorted(params.keys() - known.keys())}; expected only "
                f"{', '.join(known)}"
            )
        for name in ("n_init", "max_iter"):
            whole_number(name, params[name], 1)
        check_positive("eps", params["eps"])
        return params

    def _costs(self) -> np.ndarray:
        """Return what it costs to predict each labelset (columns) where another is true (rows)."""
        each = [labelset[None, :] for labelset in self.labelsets_]
        costs = np.array([[float(self.measure(t, p)) for p in each] for t in each])
        costs = 1 - costs if self.is_score else costs
        if not ((costs >= -1e-12) & np.isfinite(costs)).all():
            raise ValueError(
                f"measure={self.measure!r} with is_score={self.is_score} gives a cost of "
                f"{costs.min()}; expected finite costs of at least 0: is_score tells a score "
                "from a cost"
            )
        return np.maximum(costs, 0)


def _scale(
    wanted: np.ndarray, weight: np.ndarray, n_components: int, rng: Any, params: dict[str, Any]
) -> tuple[np.ndarray, np.ndarray, float]:
    """Place truths and predictions at random, and majorise the stress until it stays.

    Only pairs of a truth and a prediction count, so the Guttman transform needs no more than this
    Laplacian of a weighted bipartite graph, solved once.
    """
    n = len(wanted)
    weights = np.zeros((2 * n, 2 * n))
    weights[:n, n:] = weight[:, None]
    weights[n:, :n] = weight
    inverse = np.linalg.pinv(np.diag(weights.sum(axis=1)) - weights, hermitian=True)
    goal = np.zeros_like(weights)
    goal[:n, n:], goal[n:, :n] = wanted, wanted.T
    points = rng.random_sample((2 * n, n_components))
    stress = np.inf
    for _ in range(params["max_iter"]):
        distance = euclidean_distances(points)
        before, stress = stress, _stress(weights, distance, goal)
        if before - stress <= params["eps"] * stress:
            break
        pull = weights * goal / np.maximum(distance, 1e-12)
        points = inverse @ (np.diag(pull.sum(axis=1)) - pull) @ points
    else:
        stress = _stress(weights, euclidean_distances(points), goal)
    return points[:n], points[n:], stress


def _stress(weights: np.ndarray, distance: np.ndarray, goal: np.ndarray) -> float:
    return float((weights * (distance - goal) ** 2).sum() / 2)


class EmbeddingClassifier(Transformation, ProblemTransformationBase):
    """A classifier of features and embedded labels, which a regressor guesses when predicting.

    Parameters
    ----------
    embedder : embedder of labels
        Its ``fit_transform(X, y)`` returns ``X`` and a point for each row's labels: a
        `SKLearnEmbedder`, say. It is cloned.
    regressor : estimator
        Learns the points from the features; it is cloned.
    classifier : estimator
        The multi-label classifier of features and points; it is cloned.
    regressor_per_dimension : bool, default=False
        Whether each dimension of the points has a regressor of its own.
    require_dense : bool, pair of bools or None, default=None
        Whether regressor and classifier are handed dense X, and dense y. None means dense.

    Attributes
    ----------
    embedder_, classifier_ : estimators
        The fitted clones.
    regressors_ : list of estimators
        The fitted regressors: one, or one a dimension.
    n_regressors_ : int
        How many there are.
    classes_ : ndarray of shape (n_labels, 2)
        0 and 1 for each label.
    n_features_in_ : int
        Number of features seen in ``fit``.

    Notes
    -----
    Mends, beside what the module shares: upstream's module cannot be imported (D10); the caller's
    embedder, regressor and classifier are cloned; ``regressor_per_dimension`` works, each
    regressor being a clone and its points an array, not a `numpy.matrix`.

    References
    ----------
    .. [1] P. Szymański, T. Kajdanowicz, N. Chawla, "LNEMLC: label network embeddings for
       multi-label classification", 2018.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.decomposition import PCA
    >>> from sklearn.linear_model import LinearRegression
    >>> from skml_aemlo.skmultilearn import EmbeddingClassifier, MLkNN, SKLearnEmbedder
    >>> X, Y = make_multilabel_classification(random_state=0)
    >>> model = EmbeddingClassifier(SKLearnEmbedder(PCA(2)), LinearRegression(), MLkNN(k=5))
    >>> model.fit(X, Y).predict(X).shape
    (100, 5)
    """

    embedder: Any
    regressor: Any

    def __init__(
        self,
        embedder: Any,
        regressor: Any,
        classifier: Any,
        regressor_per_dimension: bool = False,
        require_dense: Any = None,
    ) -> None:
        self.embedder = embedder
        self.regressor = regressor
        self.classifier = classifier
        self.regressor_per_dimension = regressor_per_dimension
        self.require_dense = require_dense

    def _dense(self) -> tuple[bool, bool]:
        return (True, True) if self.require_dense is None else super()._dense()

    def _fit(self, rows: Any, labels: sp.csc_array) -> None:
        self._check_fits()
        check_switch("regressor_per_dimension", self.regressor_per_dimension)
        for name, method in (("embedder", "fit_transform"), ("regressor", "fit")):
            if not hasattr(getattr(self, name), method):
                raise ValueError(f"{name}={getattr(self, name)!r}; expected one with {method}")
        handed = self._for_base(rows)
        given = labels.toarray().astype(int)
        self.embedder_ = clone(self.embedder, safe=False)
        self.classifier_ = clone(self.classifier, safe=False)
        embedded = self.embedder_.fit_transform(handed, given)[1]
        points = _check_embedding(embedded, len(given))
        targets = points.T if self.regressor_per_dimension else [points]
        self.regressors_ = [clone(self.regressor).fit(handed, target) for target in targets]
        self.n_regressors_ = len(self.regressors_)
        target = given if self._dense()[1] else sp.csr_matrix(given)
        self.classifier_.fit(self._beside(handed, points), target)

    def _beside(self, rows: Any, points: np.ndarray) -> Any:
        if sp.issparse(rows):
            return sp.csr_matrix(sp.hstack([rows, sp.csr_matrix(points)]))
        return np.column_stack([rows, points])

    def _extended(self, rows: Any) -> Any:
        """Return the rows beside the points that the regressors guess."""
        handed = self._for_base(rows)
        guessed = [as_array(one.predict(handed)) for one in self.regressors_]
        return self._beside(handed, np.column_stack(guessed))

    def _labels(self, rows: Any) -> np.ndarray:
        return label_answers(self.classifier_, self._extended(rows))

    def _probabilities(self, rows: Any) -> np.ndarray:
        return label_shares(self.classifier_, self._extended(rows), len(self.classes_))
