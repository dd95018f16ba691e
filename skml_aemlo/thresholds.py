"""From which score on each label is predicted: as given, or as tuned on held-out rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.model_selection import check_cv
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from ._containers import Labels, require_as_many
from ._fitting import all_or_nothing
from ._sklearn import N_JOBS, HasMethods, Interval, StrOptions, make_generator, n_rows_of, rows_of
from ._targets import own_requests, read_target, tag_target
from ._thresholds import best_f1, match_prevalence
from .classifier import MultiLabelResampledClassifier, inner_has, with_rows

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["FixedThresholdsClassifier", "TunedThresholdsClassifierCV"]

_NEUTRAL = {"predict_proba": 0.5, "decision_function": 0.0}
_MOST_CUTS = 200  # what a metric of the caller's is asked for, per label
_ON_LOAN = ("classes_", "n_labels_", "n_features_in_", "feature_names_in_", "label_names_in_")


class _Thresholded(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """A classifier whose scores are cut at ``thresholds_``."""

    estimator: Any
    response_method: str
    thresholds_: np.ndarray

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimator": [
            HasMethods(["fit", "predict_proba"]),
            HasMethods(["fit", "decision_function"]),
        ],
        "response_method": [StrOptions({"auto", *_NEUTRAL})],
    }

    def _method(self) -> str:
        """Return the method whose scores are cut."""
        asked = [*_NEUTRAL] if self.response_method == "auto" else [self.response_method]
        for method in asked:
            if hasattr(self.estimator, method):
                return method
        raise ValueError(
            f"response_method={self.response_method!r}, but {type(self.estimator).__name__} has no "
            f"{' and no '.join(asked)}; choose another, or an estimator that gives scores."
        )

    def _unfitted(self, seed: int | None = None) -> MultiLabelResampledClassifier:
        """Return a clone of the estimator that gives dense scores of shape (n, n_labels)."""
        model = clone(self.estimator, safe=False)
        if not isinstance(model, MultiLabelResampledClassifier):
            model = MultiLabelResampledClassifier(model, sampler=None)
        if seed is not None and model.random_state is None:
            model.set_params(random_state=seed)
        return model

    def _keep(self, model: MultiLabelResampledClassifier) -> None:
        self._model = model
        wrapped = not isinstance(self.estimator, MultiLabelResampledClassifier)
        self.estimator_ = model.estimator_ if wrapped else model
        for name in _ON_LOAN:
            self.__dict__.pop(name, None)
            if hasattr(model, name):
                setattr(self, name, getattr(model, name))

    def predict(self, X: Any) -> np.ndarray:
        """Predict the labels whose score is at or above their threshold.

        Parameters
        ----------
        X : array-like, DataFrame or sparse container of shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray of int of shape (n_samples, n_labels)
            0 and 1.
        """
        check_is_fitted(self, "estimator_")
        scores = getattr(self._model, self._method())(X)
        _refuse_nan(scores)
        return (scores >= self.thresholds_).astype(int)

    @available_if(inner_has("predict_proba"))
    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the estimator's probability that each label is 1, whatever the thresholds.

        Parameters
        ----------
        X : array-like, DataFrame or sparse container of shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray of float of shape (n_samples, n_labels)
        """
        check_is_fitted(self, "estimator_")
        return self._model.predict_proba(X)

    @available_if(inner_has("decision_function"))
    def decision_function(self, X: Any) -> np.ndarray:
        """Return the estimator's confidence that each label is 1, whatever the thresholds.

        Parameters
        ----------
        X : array-like, DataFrame or sparse container of shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray of float of shape (n_samples, n_labels)
        """
        check_is_fitted(self, "estimator_")
        return self._model.decision_function(X)

    def get_metadata_routing(self) -> Any:
        """Return the metadata requested; what is inside gets none.

        Returns
        -------
        MetadataRequest

        Raises
        ------
        ValueError
            If the estimator inside requests weights.
        """
        return own_requests(self, self.estimator)

    def __sklearn_tags__(self) -> Any:
        tags = tag_target(super().__sklearn_tags__())
        tags.input_tags = get_tags(self._unfitted()).input_tags
        return tags


class FixedThresholdsClassifier(_Thresholded):
    """A multi-label classifier that predicts a label from a given score on.

    scikit-learn's ``FixedThresholdClassifier`` for many labels, each with its own threshold.

    Parameters
    ----------
    estimator : estimator object
        Any multi-label classifier of scikit-multilearn, scikit-learn or alike that gives scores. A
        fitted one goes in as ``sklearn.frozen.FrozenEstimator(estimator)``.
    thresholds : "auto", float, array-like of shape (n_labels,), or dict, default="auto"
        Score at or above which a label is predicted: one for all labels, one each, or label name or
        index -> threshold, the others being "auto": 0.5 of a probability, 0 of a decision function.
    response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
        Whose scores are cut; "auto" takes the first that the estimator has.

    Attributes
    ----------
    thresholds_ : ndarray of float of shape (n_labels,)
        The threshold of each label.
    estimator_ : estimator
        The fitted clone of ``estimator``.
    classes_ : ndarray of int of shape (n_labels, 2)
        0 and 1 for every label.
    n_labels_ : int
        Number of labels.
    n_features_in_ : int
        Number of features seen.
    feature_names_in_ : ndarray of str of shape (`n_features_in_`,)
        Names of features seen. Defined only when ``X`` has feature names that are all strings.
    label_names_in_ : ndarray of str of shape (`n_labels_`,)
        Names of labels seen. Defined only when ``Y`` has column names that are all strings.

    See Also
    --------
    TunedThresholdsClassifierCV : Chooses the thresholds.

    Notes
    -----
    A score equal to its threshold is a yes, as in scikit-learn; classifiers themselves mostly call
    a probability of exactly one half a no. Scores and all that is computed from them, such as
    rankings and areas under the curve, are the estimator's own. They are dense, whatever the
    estimator returns, as those of `MultiLabelResampledClassifier`.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skml_aemlo import FixedThresholdsClassifier
    >>> from skml_aemlo.skmultilearn import BinaryRelevance
    >>> X, Y = [[0.0], [1.0], [2.0], [3.0]], [[0, 0], [0, 0], [1, 0], [1, 1]]
    >>> logistic = BinaryRelevance(LogisticRegression())
    >>> model = FixedThresholdsClassifier(logistic, thresholds={1: 0.2}).fit(X, Y)
    >>> model.thresholds_, model.predict_proba([[2.0]]).round(2), model.predict([[2.0]])
    (array([0.5, 0.2]), array([[0.62, 0.29]]), array([[1, 1]]))
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **_Thresholded._parameter_constraints,
        "thresholds": [StrOptions({"auto"}), Real, "array-like", Mapping],
    }

    def __init__(
        self, estimator: Any, *, thresholds: Any = "auto", response_method: str = "auto"
    ) -> None:
        self.estimator = estimator
        self.thresholds = thresholds
        self.response_method = response_method

    def fit(self, X: Any, Y: Any) -> Self:
        """Fit the estimator.

        Parameters
        ----------
        X : array-like, DataFrame or sparse container of shape (n_samples, n_features)
            Features.
        Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
            Labels, 0 or 1.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If a parameter or the data are invalid.
        """
        self._validate_params()
        thresholds = _given(self.thresholds, read_target(Y), _NEUTRAL[self._method()])
        self._keep(self._unfitted().fit(X, Y))
        self.thresholds_ = thresholds
        return self


def _refuse_nan(scores: np.ndarray) -> None:
    if np.isnan(scores).any():
        raise ValueError("the estimator's scores hold NaN, which no threshold can part.")


def _given(thresholds: Any, labels: Labels, neutral: float) -> np.ndarray:
    """Return one threshold per label from what the caller gave."""
    n_labels = labels.matrix.shape[1]
    found = np.full(n_labels, neutral)
    if hasattr(thresholds, "to_dict"):
        thresholds = thresholds.to_dict()  # a Series is a dict with an order
    if isinstance(thresholds, Mapping):
        for label, value in thresholds.items():
            found[_position(label, labels)] = _number(value)
    elif not isinstance(thresholds, str):
        given = np.asarray(thresholds, dtype=object)
        values = np.reshape([_number(value) for value in given.ravel()], given.shape)
        if values.shape not in ((), (n_labels,)):
            raise ValueError(
                f"thresholds has shape {values.shape}, but Y has {n_labels} labels; give one "
                "number for all, one for each, or a dict label -> threshold."
            )
        found[:] = values
    if np.isnan(found).any():
        raise ValueError("thresholds holds NaN, which no score reaches; give np.inf for never.")
    return found


def _number(value: Any) -> float:
    if not isinstance(value, Real) or isinstance(value, bool | np.bool_):
        raise TypeError(f"thresholds holds {value!r}; expected numbers, such as 0.5 or np.inf.")
    return float(value)


def _position(label: Any, labels: Labels) -> int:
    names = [] if labels.names is None else labels.names.tolist()
    if label in names:
        return names.index(label)
    n_labels = labels.matrix.shape[1]
    is_index = isinstance(label, int | np.integer) and not isinstance(label, bool)
    if is_index and 0 <= label < n_labels:
        return int(label)
    called = f" or names {names[:8]!r}" if names else "; names need Y as a DataFrame"
    raise ValueError(
        f"thresholds names the unknown label {label!r}; known are indices 0 to {n_labels - 1}"
        f"{called}."
    )


class TunedThresholdsClassifierCV(_Thresholded):
    """A multi-label classifier that chooses, label by label, from which score on it predicts.

    scikit-learn's ``TunedThresholdClassifierCV`` for many labels, each with its own threshold. The
    scores that thresholds are chosen on are those of held-out rows: the training rows are split,
    and every part is scored by a clone of the estimator that was fitted on the others. Then the
    estimator is fitted on all rows.

    Parameters
    ----------
    estimator : estimator object
        Any multi-label classifier of scikit-multilearn, scikit-learn or alike that gives scores.
        One that resamples goes in as a `MultiLabelResampledClassifier`, not the other way round.
    scoring : {"f1", "prevalence"} or callable, default="f1"
        What a threshold is to do: give the label its highest F1 on held-out rows; predict the label
        on as many of them as bear it; or give the highest ``scoring(y_true, y_pred)``, a metric of
        one label such as ``sklearn.metrics.balanced_accuracy_score``.
    shrinkage : float, default=5
        Positives of a label that the threshold common to all labels counts for. 0 leaves every
        label its own threshold, however few its positives.
    response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
        Whose scores are cut; "auto" takes the first that the estimator has.
    cv : int, scikit-learn splitter or iterable of (train, test), default=5
        Folds over which rare labels are spread evenly, or any way of splitting of your own.
    refit : bool, default=True
        Whether to fit the estimator on all rows in the end. False keeps the clone fitted on the
        training part of ``cv``, which then must be a single split.
    n_jobs : int, default=None
        Workers that fit and score the folds.
    random_state : int, RandomState, Generator or None, default=None
        Draws the folds; where it is given, it also seeds what the estimator leaves unseeded.

    Attributes
    ----------
    thresholds_ : ndarray of float of shape (n_labels,)
        The threshold of each label; infinite where a label is constant in training: inf for one
        without positives, -inf for one without negatives.
    common_threshold_ : float
        What is best for all labels that are not constant, taken for one.
    estimator_ : estimator
        The fitted clone of ``estimator``.
    classes_ : ndarray of int of shape (n_labels, 2)
        0 and 1 for every label.
    n_labels_ : int
        Number of labels.
    n_features_in_ : int
        Number of features seen.
    feature_names_in_ : ndarray of str of shape (`n_features_in_`,)
        Names of features seen. Defined only when ``X`` has feature names that are all strings.
    label_names_in_ : ndarray of str of shape (`n_labels_`,)
        Names of labels seen. Defined only when ``Y`` has column names that are all strings.

    See Also
    --------
    FixedThresholdsClassifier : Takes thresholds as they are given.

    Notes
    -----
    A label's best threshold [1]_ is half-way between the two held-out scores that it parts; of
    several best ones the highest is taken. The best threshold of a few positives is mostly chance,
    most often far too low [2]_. So it is drawn towards the common one: with n positives its weight
    is ``n / (n + shrinkage)``, however scarce they are, where [2]_ gives up below a given F1.

    Scores and all that is computed from them, such as rankings and areas under the curve, are the
    estimator's own. They are dense, whatever the estimator returns, as those of
    `MultiLabelResampledClassifier`. With that one inside, every fold is resampled by itself and
    thresholds are chosen on rows as they are. With that one, or a sampler in a pipeline, outside,
    clones of one row would stand on both sides of a split, and thresholds would suit the resampled
    data instead of what there is to predict.

    An estimator fitted before, as ``sklearn.frozen.FrozenEstimator(estimator)``, is not fitted
    again: thresholds are chosen on all rows given, which should not be those it was fitted on.
    A metric of your own is asked about at most 200 cuts per label, evenly spaced among the ranked
    distinct scores.

    References
    ----------
    .. [1] R.-E. Fan, C.-J. Lin, "A Study on Threshold Selection for Multi-label Classification",
       National Taiwan University, 2007.
    .. [2] Y. Yang, "A Study on Thresholding Strategies for Text Categorization", SIGIR 2001.

    Examples
    --------
    >>> from sklearn.metrics import f1_score
    >>> from skml_aemlo import FixedThresholdsClassifier, TunedThresholdsClassifierCV
    >>> from skml_aemlo.compare import make_estimator
    >>> from skml_aemlo.datasets import load_synthetic
    >>> data, base = load_synthetic(), make_estimator("br-logistic")
    >>> X, Y = data.X, data.Y.toarray()
    >>> tuned = TunedThresholdsClassifierCV(base, random_state=0)
    >>> for model in FixedThresholdsClassifier(base), tuned:
    ...     guess = model.fit(X[::2], Y[::2]).predict(X[1::2])
    ...     print(f"Macro-F {f1_score(Y[1::2], guess, average='macro'):.1f}")
    Macro-F 0.4
    Macro-F 0.8
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **_Thresholded._parameter_constraints,
        "scoring": [StrOptions({"f1", "prevalence"}), callable],
        "shrinkage": [Interval(Real, 0, None, closed="left")],
        "cv": ["cv_object"],
        "refit": ["boolean"],
        "n_jobs": N_JOBS,
        "random_state": ["random_state", np.random.Generator],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        scoring: Any = "f1",
        shrinkage: float = 5,
        response_method: str = "auto",
        cv: Any = 5,
        refit: bool = True,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.scoring = scoring
        self.shrinkage = shrinkage
        self.response_method = response_method
        self.cv = cv
        self.refit = refit
        self.n_jobs = n_jobs
        self.random_state = random_state

    def with_sampler(self, sampler: Any) -> TunedThresholdsClassifierCV:
        """Return an unfitted copy that resamples what its estimator is fitted on, fold by fold.

        Parameters
        ----------
        sampler : str, sampler, list of these, or None
            As `MultiLabelResampledClassifier` takes it.

        Returns
        -------
        TunedThresholdsClassifierCV
        """
        inside = MultiLabelResampledClassifier(clone(self.estimator), sampler)
        return clone(self).set_params(estimator=inside)

    def fit(self, X: Any, Y: Any) -> Self:
        """Choose the thresholds on held-out rows, then fit the estimator on all.

        Parameters
        ----------
        X : array-like, DataFrame or sparse container of shape (n_samples, n_features)
            Features.
        Y : array-like, DataFrame or sparse container of shape (n_samples, n_labels)
            Labels, 0 or 1.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If a parameter or the data are invalid, or the estimator's scores hold NaN.
        """
        self._validate_params()
        labels, method = read_target(Y), self._method()
        rows = X.tocsr() if sp.issparse(X) else with_rows(X)
        # a DataFrame goes on as it is: a sampler inside may know labels by its column names
        table = labels.matrix if labels.names is None else Y
        rng = make_generator(self.random_state)
        splits = self._splits(rows, labels.matrix, rng)
        seed = None if self.random_state is None else int(rng.integers(2**31 - 1))
        scored = Parallel(n_jobs=self.n_jobs)(
            delayed(_score_held_out)(self._unfitted(seed), rows, table, *split, method)
            for split in splits
        )
        held_out = np.concatenate([test for _, test in splits])
        scores = np.concatenate([part for part, _ in scored])
        with all_or_nothing(self):
            self._tune(scores, labels.matrix[held_out].toarray(), labels.matrix)
            self._keep(self._unfitted(seed).fit(X, Y) if self.refit else scored[0][1])
        return self

    def _splits(
        self, X: Any, Y: sp.csr_array, rng: np.random.Generator
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        require_as_many(n_rows_of(X), Y)
        if isinstance(self.cv, Integral) or self.cv is None:
            splits = _spread_rare(Y, 5 if self.cv is None else int(self.cv), rng)
        else:
            given = check_cv(self.cv).split(X, Y.toarray())
            n = Y.shape[0]
            splits = [(_rows(train, n), _rows(test, n)) for train, test in given]
        if not splits:
            raise ValueError("cv makes no split; give one at least.")
        if not self.refit and len(splits) > 1:
            raise ValueError(
                f"refit=False keeps the estimator of a single split, but cv makes {len(splits)}; "
                "give a splitter such as ShuffleSplit(n_splits=1), or refit."
            )
        return splits

    def _tune(self, scores: np.ndarray, truth: np.ndarray, Y: sp.csr_array) -> None:
        _refuse_nan(scores)
        counts = np.bincount(Y.indices, minlength=Y.shape[1])
        varied = np.flatnonzero((counts > 0) & (counts < Y.shape[0]))
        self.thresholds_ = np.where(counts == 0, np.inf, -np.inf)
        common = _NEUTRAL[self._method()]
        if varied.size:
            common = self._best(scores[:, varied].ravel(), truth[:, varied].ravel())
        self.common_threshold_ = common
        for label in varied:
            weight = counts[label] / (counts[label] + float(self.shrinkage))
            own = self._best(scores[:, label], truth[:, label])
            between = weight * own + (1 - weight) * common
            # rounding must not carry a threshold over the score it stands at
            self.thresholds_[label] = np.clip(between, min(own, common), max(own, common))

    def _best(self, scores: np.ndarray, truth: np.ndarray) -> float:
        """Return the threshold that does on these scores what is asked for."""
        values, place = np.unique(scores, return_inverse=True)
        if callable(self.scoring):
            return _above(values, _best_by(self.scoring, truth, place, len(values)))
        ranks, borne = place[:, None] + 1.0, truth[:, None]
        by_f1 = self.scoring == "f1"
        cut = best_f1(ranks, borne) if by_f1 else match_prevalence(ranks, borne.sum(axis=0))
        return _above(values, int(cut[0]))


def _rows(part: Any, n_rows: int) -> np.ndarray:
    """Return the row numbers of one part of a split, which may come as a mask."""
    rows = np.asarray(part)
    if rows.dtype == bool and rows.shape == (n_rows,):
        return np.flatnonzero(rows)
    whole = rows.ndim == 1 and rows.size > 0 and rows.dtype.kind in "iu"
    if not whole or rows.min() < 0 or rows.max() >= n_rows:
        raise ValueError(
            f"cv makes the part {part!r}; expected row numbers from 0 to {n_rows - 1}, one at "
            "least, or a mask."
        )
    return rows


def _spread_rare(
    Y: sp.csr_array, n_splits: int, rng: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return folds that share the rows of each label, by the rarest that a row bears, evenly."""
    if not 2 <= n_splits <= Y.shape[0]:
        raise ValueError(
            f"cv={n_splits} asks for that many folds of n_samples={Y.shape[0]} rows; give 2 at "
            "least, and no more than there are rows."
        )
    # one pass over the entries of Y, where iterative stratification walks row by row
    counts = np.bincount(Y.indices, minlength=Y.shape[1])
    rarest = np.full(Y.shape[0], Y.shape[1])
    rarity = np.argsort(np.argsort(counts, kind="stable"))
    np.minimum.at(rarest, Y.tocoo().row, rarity[Y.indices])
    dealt = np.empty(Y.shape[0], dtype=int)
    dealt[np.lexsort((rng.permutation(Y.shape[0]), rarest))] = np.arange(Y.shape[0]) % n_splits
    return [
        (np.flatnonzero(dealt != fold), np.flatnonzero(dealt == fold)) for fold in range(n_splits)
    ]


def _score_held_out(
    model: MultiLabelResampledClassifier,
    X: Any,
    Y: Any,
    train: np.ndarray,
    test: np.ndarray,
    method: str,
) -> tuple[np.ndarray, MultiLabelResampledClassifier]:
    model.fit(rows_of(X, train), rows_of(Y, train))
    return getattr(model, method)(rows_of(X, test)), model


def _above(values: np.ndarray, n_below: int) -> float:
    """Return a threshold with ``n_below`` of these distinct ascending scores below it."""
    if n_below == 0:
        return float(values[0])
    if n_below == len(values):
        return float(np.nextafter(values[-1], np.inf))
    below, above = values[n_below - 1], values[n_below]
    middle = below / 2 + above / 2
    return float(middle if below < middle <= above else above)


def _best_by(
    metric: Callable[[np.ndarray, np.ndarray], float],
    truth: np.ndarray,
    place: np.ndarray,
    n_values: int,
) -> int:
    """Return how many distinct scores lie below the cut that a metric likes best."""
    cuts = np.unique(np.linspace(n_values - 1, 0, _MOST_CUTS).astype(int))[::-1]
    values = [metric(truth, (place >= cut).astype(int)) for cut in cuts]
    for value in values:
        if not isinstance(value, Real) or np.isnan(value):
            raise ValueError(
                f"scoring returned {value!r}; expected one number, the higher the better."
            )
    return int(cuts[int(np.argmax(values))])
