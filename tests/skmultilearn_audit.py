"""Every mended classifier x container x use: which cells give the answer of plain arrays.

``python tests/skmultilearn_audit.py`` audits the mended classes, ``--upstream`` the classes of
whatever owns the folder skmultilearn (scikit-multilearn 0.2.0, or -ng). A cell works if it runs
and gives the answer that fitting and asking by hand, on dense arrays of ints, gives.
"""

import argparse
import json
import os
import pickle
import random
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import scipy.sparse as sp
from imblearn.pipeline import make_pipeline as make_resampling_pipeline
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler
from sklearn.tree import DecisionTreeClassifier

from skml_aemlo import MLROS, MultiLabelResampledClassifier
from skml_aemlo import skmultilearn as mended

FOLDS = KFold(2)
TREE = DecisionTreeClassifier(max_depth=2, random_state=0)
DENSE = {"require_dense": [True, True]}
PARTS = [[0, 1], [2, 3]]

# class -> where upstream keeps it, its parameters, what a grid search varies
CLASSIFIERS: dict[str, tuple[str, dict[str, Any], tuple[str, list[Any]]]] = {
    "BinaryRelevance": (
        "problem_transform",
        {"classifier": TREE, **DENSE},
        ("classifier__max_depth", [1, 3]),
    ),
    "ClassifierChain": (
        "problem_transform",
        {"classifier": TREE, **DENSE, "order": [2, 0, 3, 1]},
        ("classifier__max_depth", [1, 3]),
    ),
    "LabelPowerset": (
        "problem_transform",
        {"classifier": TREE, **DENSE},
        ("classifier__max_depth", [1, 3]),
    ),
    "RakelD": (
        "ensemble",
        {"base_classifier": TREE, "base_classifier_require_dense": [True, True]},
        ("base_classifier__max_depth", [1, 3]),
    ),
    "RakelO": (
        "ensemble",
        {
            "base_classifier": TREE,
            "base_classifier_require_dense": [True, True],
            "model_count": 3,
            "labelset_size": 2,
        },
        ("base_classifier__max_depth", [1, 3]),
    ),
    "LabelSpacePartitioningClassifier": (
        "ensemble",
        {},
        ("classifier__classifier__max_depth", [1, 3]),
    ),
    "MajorityVotingClassifier": ("ensemble", {}, ("classifier__classifier__max_depth", [1, 3])),
    "MLkNN": ("adapt", {"k": 3}, ("k", [2, 4])),
    "BRkNNaClassifier": ("adapt", {"k": 3}, ("k", [2, 4])),
    "BRkNNbClassifier": ("adapt", {"k": 3}, ("k", [2, 4])),
    "MLARAM": ("adapt", {"vigilance": 0.9}, ("vigilance", [0.8, 0.95])),
    "MLTSVM": ("adapt", {"c_k": 2**-4}, ("c_k", [2**-4, 1.0])),
}

SPARSE = [
    f"{format}_{kind}" for format in ("csr", "csc", "coo", "lil") for kind in ("matrix", "array")
]
CONTAINERS: dict[str, Callable[[np.ndarray], Any]] = {
    "ndarray": np.array,
    "fortran": np.asfortranarray,
    "list": np.ndarray.tolist,
    "frame": lambda table: pd.DataFrame(table, columns=[f"c{j}" for j in range(table.shape[1])]),
    **{name: getattr(sp, name) for name in SPARSE},
}


class Case(NamedTuple):
    """What X and Y are held in."""

    x: str
    y: str
    dtype: type


CASES = list(
    dict.fromkeys(
        [Case(x, "ndarray", int) for x in CONTAINERS]
        + [Case("ndarray", y, int) for y in CONTAINERS]
        + [Case("ndarray", y, t) for y in ("ndarray", "frame", "csr_matrix") for t in (bool, float)]
        + [
            Case(both, both, int)
            for both in ("list", "frame", "csr_matrix", "csr_array", "lil_array")
        ]
    )
)


class Given(NamedTuple):
    """One table to learn from, and rows to ask about."""

    X: Any
    Y: Any
    new: Any


def plain() -> Given:
    """Return 40 rows in [0, 1] with 4 balanced labels that hang on them, and 10 more."""
    rng = np.random.default_rng(0)
    X = rng.random((50, 4)).round(3) * (rng.random((50, 4)) < 0.9)
    signal = X @ rng.normal(size=(4, 4)) + rng.normal(scale=0.2, size=(50, 4))
    Y = (signal > np.quantile(signal, [0.5, 0.6, 0.55, 0.65], axis=0).diagonal()).astype(int)
    return Given(X[:40], Y[:40], X[40:])


def held(given: Given, case: Case) -> Given:
    """Return the tables in the containers of a case."""
    hold_x, hold_y = CONTAINERS[case.x], CONTAINERS[case.y]
    return Given(hold_x(given.X), hold_y(given.Y.astype(case.dtype)), hold_x(given.new))


def dense(answer: Any) -> np.ndarray:
    """Return labels or probabilities as an array."""
    return np.asarray(answer.toarray() if sp.issparse(answer) else answer)


def fitted(model: Any, given: Given) -> Any:
    """Fit a clone, whatever its fit returns."""
    model = clone(model)
    model.fit(given.X, given.Y)
    return model


class Subject(NamedTuple):
    """A classifier under audit and the grid that is searched over it."""

    model: Any
    grid: dict[str, list[Any]]


# Each use comes twice: through the tool, in any container; and by hand, with plain arrays.


def _labels(one: Subject, given: Given) -> Any:
    return dense(fitted(one.model, given).predict(given.new))


def _probabilities(one: Subject, given: Given) -> Any:
    return dense(fitted(one.model, given).predict_proba(given.new))


def _scores(one: Subject, given: Given) -> Any:
    method = "predict_proba" if hasattr(one.model, "predict_proba") else "decision_function"
    return dense(getattr(fitted(one.model, given), method)(given.new))


def _cloned(one: Subject, given: Given) -> Any:
    return dense(fitted(fitted(one.model, given), given).predict(given.new))


def _pickled(one: Subject, given: Given) -> Any:
    return dense(pickle.loads(pickle.dumps(fitted(one.model, given))).predict(given.new))


def _pipeline(one: Subject, given: Given) -> Any:
    steps = make_pipeline(MaxAbsScaler(), one.model)
    steps.fit(given.X, given.Y)
    return dense(steps.predict(given.new))


def _pipeline_by_hand(one: Subject, given: Given) -> Any:
    most = np.abs(given.X).max(axis=0)
    return _labels(one, Given(given.X / most, given.Y, given.new / most))


def _resampling_pipeline(one: Subject, given: Given) -> Any:
    steps = make_resampling_pipeline(MLROS(sampling_strategy={3: 20}, random_state=0), one.model)
    steps.fit(given.X, given.Y)
    return dense(steps.predict(given.new))


def _resampled(given: Given) -> Given:
    return Given(
        *MLROS(sampling_strategy={3: 20}, random_state=0).fit_resample(given.X, given.Y), given.new
    )


def _resampling_by_hand(one: Subject, given: Given) -> Any:
    return _labels(one, _resampled(given))


def _cross_val_score(one: Subject, given: Given) -> Any:
    return cross_val_score(
        one.model, given.X, given.Y, cv=FOLDS, scoring="f1_macro", error_score="raise"
    )


def _folds(given: Given) -> Iterator[tuple[Given, np.ndarray]]:
    for train, test in FOLDS.split(given.X):
        yield Given(given.X[train], given.Y[train], given.X[test]), given.Y[test]


def _f1_by_hand(one: Subject, given: Given) -> Any:
    return [f1_score(truth, _labels(one, part), average="macro") for part, truth in _folds(given)]


def _cross_val_predict(one: Subject, given: Given) -> Any:
    return dense(cross_val_predict(one.model, given.X, given.Y, cv=FOLDS))


def _predictions_by_hand(one: Subject, given: Given) -> Any:
    return np.vstack([_labels(one, part) for part, _ in _folds(given)])


def _grid_search(one: Subject, given: Given) -> Any:
    search = GridSearchCV(one.model, one.grid, cv=FOLDS, scoring="f1_macro", error_score="raise")
    return search.fit(given.X, given.Y).cv_results_["mean_test_score"]


def _grid_by_hand(one: Subject, given: Given) -> Any:
    ((key, values),) = one.grid.items()
    models = [clone(one.model).set_params(**{key: value}) for value in values]
    return [np.mean(_f1_by_hand(Subject(model, {}), given)) for model in models]


def _ranked(scoring: str) -> Callable[[Subject, Given], Any]:
    def score(one: Subject, given: Given) -> Any:
        model = MultiLabelResampledClassifier(
            one.model, MLROS(sampling_strategy={3: 20}, random_state=0)
        )
        return cross_val_score(
            model, given.X, given.Y, cv=FOLDS, scoring=scoring, error_score="raise"
        )

    return score


def _ranked_by_hand(metric: Callable[..., float]) -> Callable[[Subject, Given], Any]:
    def score(one: Subject, given: Given) -> Any:
        return [
            metric(truth, _scores(one, _resampled(part)), average="macro")
            for part, truth in _folds(given)
        ]

    return score


def _in_a_worker(one: Subject, given: Given) -> Any:
    # A lambda travels by value: the worker cannot import this file.
    ask = delayed(lambda model, X, Y, new: (model.fit(X, Y), model.predict(new))[1])
    with Parallel(n_jobs=2, backend="loky") as workers:
        (answer,) = workers([ask(clone(one.model), *given)])
    return dense(answer)


USES: dict[str, tuple[Callable[[Subject, Given], Any], Callable[[Subject, Given], Any]]] = {
    "fit, predict": (_labels, _labels),
    "predict_proba": (_probabilities, _probabilities),
    "clone, fit": (_cloned, _labels),
    "pickle": (_pickled, _labels),
    "sklearn Pipeline": (_pipeline, _pipeline_by_hand),
    "imblearn Pipeline": (_resampling_pipeline, _resampling_by_hand),
    "cross_val_score f1_macro": (_cross_val_score, _f1_by_hand),
    "cross_val_predict": (_cross_val_predict, _predictions_by_hand),
    "GridSearchCV": (_grid_search, _grid_by_hand),
    "resampled, roc_auc": (_ranked("roc_auc"), _ranked_by_hand(roc_auc_score)),
    "resampled, average_precision": (
        _ranked("average_precision"),
        _ranked_by_hand(average_precision_score),
    ),
    "joblib worker": (_in_a_worker, _labels),
}


def subject(name: str, upstream: bool) -> Subject:
    """Return a classifier of ours, or upstream's of the same name, and its grid."""
    room, params, (key, values) = CLASSIFIERS[name]
    where = (lambda room: import_module(f"skmultilearn.{room}")) if upstream else lambda _: mended
    params = dict(params)
    if "classifier" in key and not params:
        params["classifier"] = where("problem_transform").LabelPowerset(TREE, [True, True])
        params["clusterer"] = where("cluster").FixedLabelSpaceClusterer(clusters=PARTS)
    if not upstream and name.startswith("Rakel"):
        params["random_state"] = 0
    return Subject(getattr(where(room), name)(**params), {key: values})


def _seeded(use: Callable[[Subject, Given], Any], one: Subject, given: Given) -> Any:
    # Upstream's RAkEL has no other seed than these.
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - as above
    return np.asarray(use(one, given), dtype=float)


class Cell(NamedTuple):
    """One cell of the grid, and what is wrong with it ("" if it works)."""

    name: str
    case: Case
    use: str
    problem: str


def cells_of(name: str, *, upstream: bool = False) -> Iterator[Cell]:
    """Run all cells of one classifier."""
    given = plain()
    for use, (through_tool, by_hand) in USES.items():
        try:
            expected = _seeded(by_hand, subject(name, upstream), given)
        except Exception as error:
            for case in CASES:
                yield Cell(name, case, use, f"by hand: {_said(error)}")
            continue
        for case in CASES:
            yield Cell(name, case, use, _problem(through_tool, name, upstream, case, expected))


def _problem(use: Any, name: str, upstream: bool, case: Case, expected: np.ndarray) -> str:
    try:
        found = _seeded(use, subject(name, upstream), held(plain(), case))
    except Exception as error:
        return _said(error)
    same = found.shape == expected.shape and np.allclose(found, expected, rtol=1e-9)
    return "" if same else "another answer than by hand on dense ints"


def _said(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0][:100]}"


def audit(*, upstream: bool = False) -> list[Cell]:
    """Run the whole grid."""
    names = [name for name in CLASSIFIERS if upstream or hasattr(mended, name)]
    return [cell for name in names for cell in cells_of(name, upstream=upstream)]


def report(cells: list[Cell]) -> str:
    """Return counts: of all, by classifier, and of the commonest problems."""
    working = Counter(cell.name for cell in cells if not cell.problem)
    lines = [f"{working.total()} of {len(cells)} cells work"]
    total = Counter(cell.name for cell in cells)
    lines += [f"  {name:34}{working[name]:5} of {total[name]}" for name in total]
    problems = Counter(cell.problem for cell in cells if cell.problem)
    lines += [f"  {count:5}  {problem}" for problem, count in problems.most_common(25)]
    return "\n".join(lines)


def saved(cells: list[Cell]) -> str:
    """Return cells as JSON."""
    return json.dumps([[c.name, CASES.index(c.case), c.use, c.problem] for c in cells])


def loaded(text: str) -> list[Cell]:
    """Return the cells that `saved` wrote."""
    return [Cell(name, CASES[case], use, said) for name, case, use, said in json.loads(text)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upstream", action="store_true", help="audit skmultilearn's own classes")
    parser.add_argument("--json", type=Path, help="file for the cells")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    os.environ["PYTHONWARNINGS"] = "ignore"  # the workers too
    found = audit(upstream=arguments.upstream)
    print(report(found))
    if arguments.json:
        arguments.json.write_text(saved(found), encoding="utf-8")
