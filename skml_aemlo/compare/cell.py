"""One cell: resample a training fold, fit a classifier on it, score the untouched test fold."""

from __future__ import annotations

import math
import traceback
import warnings
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from .. import measures
from .._containers import read_labels
from .._sharing import spared_seconds
from .._sklearn import rows_of
from ..classifier import MultiLabelResampledClassifier
from .identity import seed_everything, tell_categorical
from .rankings import calibration_error
from .scoring import find_metrics, score_answers, undefined_labels, undefined_rows
from .splitting import Fold

__all__ = ["Data", "Task", "error_line", "failed_cells", "run_task"]

_BEFORE_AND_AFTER: dict[str, Callable[[Any], float]] = {
    "mean_ir": measures.mean_ir,
    "cvir": measures.cvir,
    "scumble": measures.scumble,
}
_UNTOUCHED: dict[str, float] = {"n_made": 0, "n_dropped": 0, "cooccurrence_drift": 0.0}
_JUDGED = 1000  # rows whose neighbours a diagnosis asks for: a fraction of a second on enron


@dataclass(frozen=True)
class Data:
    """One data set as the cells read it.

    Parameters
    ----------
    name : str
    X : container with n_samples rows
        Features.
    Y : csr_array of shape (n_samples, n_labels)
        Labels.
    categorical : ndarray of bool of shape (n_features,), optional
        Nominal features, for the samplers that ask.
    fingerprint : str
        Digits that only the same data share.
    label_names : tuple of str
        By position.
    """

    name: str
    X: Any = field(repr=False)
    Y: sp.csr_array = field(repr=False)
    categorical: np.ndarray | None = field(default=None, repr=False)
    fingerprint: str = ""
    label_names: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Task:
    """The cells that share one resampled training fold: one per estimator.

    Parameters
    ----------
    data : Data
    fold : Fold
    sampler_name : str
    sampler : sampler or None
    sampler_word : str
        What its seed derives from, beside its place.
    estimators : dict of str to estimator
        By the key of the cell.
    names : dict of str to str
        The estimator's name, by the key of the cell.
    metrics : tuple of str
    random_state : int
    convention : str
    transformer : transformer, optional
        Learns features from the training fold, before the sampler.
    learned : (X_train, X_test), optional
        What came of it.
    """

    data: Data
    fold: Fold
    sampler_name: str
    sampler: Any
    sampler_word: str
    estimators: dict[str, Any]
    names: dict[str, str]
    metrics: tuple[str, ...]
    random_state: int
    convention: str = "default"
    transformer: Any = None
    learned: tuple[Any, Any] | None = field(default=None, repr=False)

    @property
    def place(self) -> tuple[str, int, int]:
        """Data set, repeat and fold."""
        return self.data.name, self.fold.repeat, self.fold.fold

    def __str__(self) -> str:
        name, repeat, fold = self.place
        return f"{name} · {self.sampler_name} · repeat {repeat + 1}, fold {fold + 1}"


def run_task(task: Task) -> list[tuple[str, dict[str, Any]]]:
    """Compute the cells of a task.

    Parameters
    ----------
    task : Task

    Returns
    -------
    list of (str, dict)
        Key and content of each cell. A cell that failed says so in ``"error"``.

    Notes
    -----
    The sampler's seed knows nothing of the estimator, so that estimators can share one resampled
    fold. The estimator's seed knows nothing of the sampler, so that samplers are compared under the
    same random numbers, and one that changes nothing scores exactly as no sampler.
    A classifier that holds out training rows of its own, and says so by a method ``with_sampler``,
    gets the fold as it is and the sampler, and resamples what it fits on; the seed of the sampler
    is the same, so in the end it is fitted on the rows that the others are fitted on.
    The numeric libraries get one thread, alone or beside other workers: otherwise the last digits
    would depend on the number of workers.
    """
    with threadpool_limits(limits=1):
        resampled = _attempt(_resample, task)
        return [(key, _cell(task, key, resampled)) for key in task.estimators]


def failed_cells(task: Task, error: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the cells of a task of which nothing but an error is left.

    Parameters
    ----------
    task : Task
    error : str
        In one line.

    Returns
    -------
    list of (str, dict)
        As `run_task` returns them.
    """
    attempt = _Attempt(None, error, None, [])
    return [(key, _cell(task, key, attempt)) for key in task.estimators]


@dataclass(frozen=True)
class _Attempt:
    """What came of calling a function: its value or its error, and its warnings."""

    value: Any
    error: str | None
    trace: str | None
    warnings: list[str]


def _attempt(function: Callable[..., Any], *args: Any) -> _Attempt:
    value = error = trace = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # addressed to programmers, and of no consequence to a result
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        try:
            value = function(*args)
        except KeyboardInterrupt:
            raise
        except BaseException as problem:  # sys.exit() and a panic of Rust's are no Exception
            error = error_line(problem)
            trace = traceback.format_exc()
    return _Attempt(value, error, trace, _distinct(caught))


def error_line(problem: BaseException) -> str:
    """Return the kind and the text of an error as one line."""
    try:
        text = str(problem)
    except Exception:
        text = "an error without a text"
    return " ".join(f"{type(problem).__name__}: {text}".split())


def _distinct(caught: list[warnings.WarningMessage]) -> list[str]:
    texts = (f"{item.category.__name__}: {item.message}" for item in caught)
    return list(dict.fromkeys(" ".join(text.split()) for text in texts))


@dataclass(frozen=True)
class _Resampled:
    """A training fold after the sampler, and what there is to tell about it."""

    task: Task
    X: Any
    Y: Any
    facts: dict[str, Any]


def _resample(task: Task) -> _Resampled:
    task = _learn_features(task)
    X, Y = _training_rows(task)
    facts, told = _imbalance(Y, "before"), _UNTOUCHED
    X_res, Y_res, seconds, share = X, Y, 0.0, 0.0
    if task.sampler is not None:
        sampler = _prepared_sampler(task)
        start = _clock()
        X_res, Y_res = sampler.fit_resample(X, Y)
        seconds = _clock() - start
        X, Y = _training_rows(task)  # it may have written into those it was given
        share = _share_synthetic(sampler)
        nominal = task.data.categorical if task.learned is None else None
        told = _diagnosis(sampler, nominal, X, Y, X_res, Y_res)
    facts |= told | _imbalance(Y_res, "after")
    counts = {"before": _positives(Y), "after": _positives(Y_res)}
    return _Resampled(
        task,
        X_res,
        Y_res,
        facts | {"label_counts": counts, "share_synthetic": share, "resample_seconds": seconds},
    )


def _clock() -> float:
    """Return the time, what a shared result spared counted as spent: a cell tells its own cost."""
    return perf_counter() + spared_seconds()


def _learn_features(task: Task) -> Task:
    """Return a task that knows the features which its transformer makes of the two folds."""
    if task.transformer is None:
        return task
    transformer = clone(task.transformer)
    seed_everything(transformer, "transformer", task.random_state, *task.place)
    X_train = transformer.fit_transform(*_training_rows(task))
    return replace(task, learned=(X_train, transformer.transform(_test_rows(task))))


def _training_rows(task: Task) -> tuple[Any, np.ndarray]:
    """Return rows that whoever gets them may write into."""
    learned = task.learned and deepcopy(task.learned[0])
    X = rows_of(task.data.X, task.fold.train) if learned is None else learned
    return X, task.data.Y[task.fold.train].toarray()


def _prepared_sampler(task: Task) -> Any:
    """Return a copy of the task's sampler that knows its seed and the nominal features."""
    sampler = clone(task.sampler)
    # a transformer's columns are others, and bear their dtypes
    if task.data.categorical is not None and task.learned is None:
        tell_categorical(sampler, task.data.categorical)
    return seed_everything(sampler, "sampler", task.random_state, *task.place, task.sampler_word)


def _imbalance(Y: Any, when: str) -> dict[str, float]:
    labels = read_labels(Y)
    facts = {f"{name}_{when}": measure(labels) for name, measure in _BEFORE_AND_AFTER.items()}
    return {f"n_rows_{when}": labels.shape[0], **facts}


def _positives(Y: Any) -> list[int]:
    """Return how many rows bear each label."""
    return np.bincount(read_labels(Y).indices, minlength=Y.shape[1]).tolist()


def _share_synthetic(sampler: Any) -> float:
    """Return the share of rows with new features, NaN for a sampler that does not tell."""
    return float(np.mean(getattr(sampler, "is_synthetic_", math.nan)))


def _diagnosis(sampler: Any, categorical: np.ndarray | None, *tables: Any) -> dict[str, float]:
    """Return what the sampler did to the rows; nothing, and a warning, where that fails."""
    if len(getattr(tables[0], "shape", (0,))) < 2:  # texts have no distances, and no one errs
        return {}
    nominal: Any = "auto" if categorical is None or not categorical.any() else categorical
    try:
        return measures.diagnose(
            *tables,
            sample_indices=getattr(sampler, "sample_indices_", None),
            categorical_features=nominal,
            max_rows=_JUDGED,
        ).to_dict()
    except Exception as problem:  # the scores do not depend on it
        message = f"no diagnosis of the sampler's rows: {type(problem).__name__}: {problem}"
        warnings.warn(message, UserWarning, stacklevel=2)
        return {}


def _cell(task: Task, key: str, resampled: _Attempt) -> dict[str, Any]:
    fitted = resampled if resampled.error else _attempt(_evaluate, key, resampled.value)
    cell = {
        **_heading(task, key),
        **(resampled.value.facts if resampled.value else {}),
        **(fitted.value if isinstance(fitted.value, dict) else {}),
        **({"asked": list(task.metrics)} if fitted.error else {}),
        "error": fitted.error,
        "traceback": fitted.trace,
        "warnings": list(dict.fromkeys(resampled.warnings + fitted.warnings)),
    }
    return _plain(cell)


def _heading(task: Task, key: str) -> dict[str, Any]:
    truth = task.data.Y[task.fold.test]
    name, repeat, fold = task.place
    return {
        "dataset": name,
        "sampler": task.sampler_name,
        "estimator": task.names[key],
        "repeat": repeat,
        "fold": fold,
        "n_test": truth.shape[0],
        "n_undefined_labels": undefined_labels(truth),
        "n_undefined_rows": undefined_rows(truth),
    }


def _evaluate(key: str, train: _Resampled) -> dict[str, Any]:
    task = train.task
    model = _unfitted(task, key)
    rows = _rows_to_fit(key, train)
    start = _clock()
    model.fit(*rows)
    fitted = _clock()
    needs = {metric.needs for metric in find_metrics(task.metrics)}
    labels = model.predict(_test_rows(task)) if "labels" in needs else None
    scores = _scores(model, _test_rows(task)) if "scores" in needs else None
    predicted = _clock()
    truth = task.data.Y[task.fold.test]
    values = score_answers(truth, labels, scores, task.metrics, convention=task.convention)
    told: dict[str, Any] = {}
    if labels is not None:
        told["label_answers"] = _per_label(truth, labels)
    if scores is not None and hasattr(model, "predict_proba"):
        told["calibration_error"] = calibration_error(truth, scores)
    seconds = {"fit_seconds": fitted - start, "predict_seconds": predicted - fitted}
    return {**values, **told, **seconds}


def _rows_to_fit(key: str, train: _Resampled) -> tuple[Any, Any]:
    """Return rows that are the cell's own: a scaler that saves a copy writes into what it gets."""
    task = train.task
    if _resamples_itself(task.estimators[key]):
        return _training_rows(task)
    rows = (train.X, train.Y)
    return rows if len(task.estimators) == 1 else deepcopy(rows)


def _test_rows(task: Task) -> Any:
    return (
        rows_of(task.data.X, task.fold.test) if task.learned is None else deepcopy(task.learned[1])
    )


def _per_label(truth: sp.csr_array, answer: Any) -> dict[str, list[int]]:
    """Return, label by label, the rows that bear it, that are predicted to, and that both are."""
    predicted = read_labels(answer)
    both = truth.multiply(predicted)
    return {
        name: _positives(sp.csr_array(matrix))
        for name, matrix in (("borne", truth), ("predicted", predicted), ("hits", both))
    }


def _unfitted(task: Task, key: str) -> Any:
    """Return a copy of a cell's classifier that knows its seed and gives dense answers."""
    estimator = clone(task.estimators[key])
    if _resamples_itself(estimator):
        sampler = None if task.sampler is None else _prepared_sampler(task)
        estimator = estimator.with_sampler(sampler)
    model = MultiLabelResampledClassifier(estimator, sampler=None)
    return seed_everything(model, "estimator", task.random_state, *task.place, task.names[key])


def _resamples_itself(estimator: Any) -> bool:
    """Tell a classifier that holds training rows out, so that these must not be resampled."""
    return hasattr(estimator, "with_sampler")


def _scores(model: Any, X: Any) -> Any:
    for method in ("predict_proba", "decision_function"):
        if hasattr(model, method):
            return getattr(model, method)(X)
    raise ValueError(
        f"{type(model.estimator).__name__} has neither predict_proba nor decision_function; "
        "leave out the metrics that need scores."
    )


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it: NaN and infinity become nothing, arrays lists."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
