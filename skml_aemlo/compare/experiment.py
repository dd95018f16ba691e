"""Data sets x samplers x estimators x folds, computed in parallel, resumed after any crash."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import TYPE_CHECKING, Any

from ..registry import SAMPLERS, make_sampler
from .arguments import (
    parts_by_name,
    read_datasets,
    read_transformer,
    refuse_held_out_inside,
    refuse_jobs,
)
from .cell import Data, Task
from .checking import refuse_cells, telling_of
from .conventions import find_convention
from .estimators import make_estimator
from .extras import require_pandas
from .identity import digest, portrait, seed_of, without_code
from .journal import Journal
from .parameters import refuse_unfit
from .profiles import profile_of
from .progress import progress_bar
from .provenance import packages_of, versions_of
from .results import Results, results_of, say_outdated, troubles_in
from .scoring import DEFAULT_METRICS, METRICS, find_metrics
from .splitting import Fold, make_folds, read_splits
from .workers import compute_tasks

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Experiment", "run"]


def run(
    datasets: Any,
    samplers: Any,
    estimators: Any,
    *,
    cv: Any = "2x5",
    metrics: Iterable[str] = DEFAULT_METRICS,
    convention: str = "default",
    transformer: Any = None,
    out: str | os.PathLike[str] | None = None,
    n_jobs: int | None = None,
    random_state: int = 0,
    progress: bool | None = None,
    retry_failed: bool = False,
) -> pd.DataFrame:
    """Compare samplers under classifiers on data sets, cross-validated.

    Parameters
    ----------
    datasets : Dataset, (name, X, Y), or list of these
        What to train on. ``Y`` holds 0 and 1 and has shape (n_samples, n_labels).
    samplers : list of str, or dict of str to sampler, str or None
        Registry names, or samplers of your own by the name tables shall show. ``"none"``, or None
        as an object, leaves the training fold as it is.
    estimators : list of str, or dict of str to estimator or str
        Names in `ESTIMATORS`, or estimators of your own by the name tables shall show. One that
        holds out training rows, as `TunedThresholdsClassifierCV` does, gets the sampler inside.
    cv : str, int, scikit-learn splitter or iterable of (train, test), default="2x5"
        Repeats x folds of iterative stratification, or any splits. Every sampler and estimator
        sees the same folds.
    metrics : iterable of str
        Names in `METRICS`, or ``"all"``; five of them by default.
    convention : str, default="default"
        A name in `CONVENTIONS`: whose rules hold where a metric is undefined or tied. Cells of
        another convention are other cells.
    transformer : transformer, optional
        Makes the features that samplers and estimators get, such as ``TfidfVectorizer()`` of texts
        or a pipeline of imputer and scaler: fitted on each training fold as it is, before the
        sampler. Nominal columns are those of what it returns.
    out : path-like, optional
        File of JSON lines that gets each cell as soon as it is finished. Cells it holds already,
        those that failed among them, are not computed again.
    n_jobs : int, optional
        Workers; None obeys the caller's ``joblib.parallel_config`` and is one without it. Every
        worker keeps its numeric libraries to one thread.
    random_state : int, default=0
        Seed of the folds and, with a cell's key, of the cell.
    progress : bool, optional
        Whether to show a progress bar with the cell at work and the time left; by default where
        someone can see it and rich is installed: on a terminal, or in a notebook with ipywidgets.
    retry_failed : bool, default=False
        Whether to compute again the cells that ``out`` holds an error of.

    Returns
    -------
    DataFrame
        One row per cell, in the order of the arguments: dataset, sampler, estimator, repeat, fold,
        the metrics, rows and imbalance before and after, share of synthetic rows, calibration error
        of probabilities, number of labels and test rows where a metric is undefined, seconds,
        warnings, error ("" when there is none).

    Raises
    ------
    ValueError
        If an argument names something unknown or does not fit; nothing has been computed by then.
    TypeError
        If features have no rows; nothing has been computed by then.
    OSError
        If ``out`` cannot be written, or another process writes to it; nothing has been computed by
        then. If the disk is full: cells finished before are kept.
    ImportError
        If pandas, or iterative-stratification where it is needed, is missing.

    Warns
    -----
    UserWarning
        At the end, if cells failed, and another if cells warned: how many and what the first said.
        The columns ``error`` and ``warnings`` tell all of it. One more for each package that a
        sampler or estimator of another party comes from, if cells of it ran under another version
        than is installed and were read.

    Notes
    -----
    Everything is fitted on the training fold; no test row is resampled or looked at before it is
    scored. The seeds of a cell derive from its names, repeat and fold, so that order, resuming and
    the number of workers change nothing. Changing an argument that would change a result starts new
    cells, in the same file if need be.

    A cell that raises is a row with its error, and the others go on. With several jobs or on a
    cluster that holds for a cell whose process dies, too: tasks that were at work beside it are
    computed again, one by one. With one job, cells run in the caller's own process and can end it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(40, 3))
    >>> Y = (X + rng.normal(size=(40, 3)) > 0.7).astype(int)
    >>> table = run(("toy", X, Y), ["none", "mlros"], {"tree": DecisionTreeClassifier()}, cv="1x2")
    >>> table[["sampler", "fold", "n_rows_before"]].values.tolist()
    [['none', 0, 20], ['none', 1, 20], ['mlros', 0, 20], ['mlros', 1, 20]]
    """
    experiment = Experiment(
        datasets,
        samplers,
        estimators,
        cv=cv,
        metrics=metrics,
        convention=convention,
        transformer=transformer,
        out=out,
        random_state=random_state,
    )
    experiment.compute(n_jobs=n_jobs, progress=progress, retry_failed=retry_failed)
    results = experiment.results()
    for trouble in (*say_outdated(experiment.outdated), *troubles_in(results.cells)):
        warnings.warn(trouble, stacklevel=2)
    return results.table()


@dataclass(frozen=True)
class _Planned:
    """One cell of the grid, before it is computed."""

    key: str
    data: Data
    fold: Fold
    sampler: str
    estimator: str

    @property
    def place(self) -> tuple[str, str, str, int, int]:
        """Where it stands in the table, whatever its result depends on."""
        return self.data.name, self.sampler, self.estimator, self.fold.repeat, self.fold.fold


class Experiment:
    """A grid of cells, some of them finished: what `run` plans, computes and lays out.

    Parameters
    ----------
    datasets, samplers, estimators, cv, metrics, convention, transformer, out, random_state
        As in `run`.

    Attributes
    ----------
    plan : list
        Every cell of the grid, in the order of the table.

    Examples
    --------
    >>> from skml_aemlo.datasets import load_synthetic
    >>> experiment = Experiment(load_synthetic(), ["none", "mlros"], ["lp-tree"], cv="1x3")
    >>> len(experiment.plan), len(experiment.missing())
    (6, 6)
    """

    plan: list[_Planned]
    datasets: list[Data]
    samplers: dict[str, Any]
    estimators: dict[str, Any]
    metrics: tuple[str, ...]
    convention: str
    transformer: Any
    random_state: int
    journal: Journal
    _prepared: dict[str, Any]
    _portraits: dict[str, dict[str, Any]]
    _words: dict[str, str]
    _cv: str

    def __init__(
        self,
        datasets: Any,
        samplers: Any,
        estimators: Any,
        *,
        cv: Any = "2x5",
        metrics: Iterable[str] = DEFAULT_METRICS,
        convention: str = "default",
        transformer: Any = None,
        out: str | os.PathLike[str] | None = None,
        random_state: int = 0,
    ) -> None:
        require_pandas()
        if not isinstance(random_state, Integral) or isinstance(random_state, bool):
            raise ValueError(
                f"random_state must be an integer, got {random_state!r}: without one, no cell "
                "could be found again."
            )
        if random_state < 0:
            raise ValueError(f"random_state must not be negative, got {random_state}.")
        self.random_state = int(random_state)
        self.metrics = tuple(metric.name for metric in find_metrics(metrics))
        self.convention = find_convention(convention).name
        self.samplers = parts_by_name(samplers, make_sampler, "samplers", "fit_resample")
        for name, sampler in self.samplers.items():
            refuse_unfit(f"samplers: {name}", sampler)
        self.estimators = parts_by_name(estimators, make_estimator, "estimators", "fit")
        refuse_held_out_inside(self.estimators)
        self.transformer = read_transformer(transformer)
        self.datasets = read_datasets(datasets)
        cv = read_splits(cv)
        self.journal = Journal(out)
        self._portraits = {
            kind: {name: portrait(value) for name, value in members.items()}
            for kind, members in (("sampler", self.samplers), ("estimator", self.estimators))
        }
        self._prepared = {} if transformer is None else {"transformer": portrait(transformer)}
        self._words = {name: _seed_word(name, it) for name, it in self.samplers.items()}
        self._cv = str(cv) if isinstance(cv, str | int) or hasattr(cv, "split") else "given folds"
        self.plan = list(self._make_plan(cv))
        self._check_cells()

    def _check_cells(self) -> None:
        """Refuse cells of ours in the file that no run of ours can have written."""
        names = [data.name for data in self.datasets]
        known = {"datasets": names, "samplers": self.samplers, "estimators": self.estimators}
        cells = self.journal.cells
        with telling_of(self.journal.path):
            refuse_cells(
                {**known, "metrics": self.metrics},
                [cells[one.key] for one in self.plan if one.key in cells],
            )

    def _make_plan(self, cv: Any) -> Iterator[_Planned]:
        for data in self.datasets:
            folds = make_folds(data.Y, cv, X=data.X, random_state=self.fold_seed(data.name))
            for sampler in self.samplers:
                for estimator in self.estimators:
                    for fold in folds:
                        key = self._key(data, sampler, estimator, fold)
                        yield _Planned(key, data, fold, sampler, estimator)

    def fold_seed(self, dataset: str) -> int:
        """Return the seed of a data set's folds.

        Parameters
        ----------
        dataset : str
            Its name.

        Returns
        -------
        int
        """
        return seed_of("folds", self.random_state, dataset)

    def _key(self, data: Data, sampler: str, estimator: str, fold: Fold) -> str:
        """Return a digest of everything that the result of a cell depends on."""
        from .. import __version__

        # keys of the default are those of before there were others
        scored = {} if self.convention == "default" else {"convention": self.convention}
        word = self._words[sampler]
        seeded = {} if word == sampler else {"seed": word}
        return digest(
            {
                "version": __version__,
                "random_state": self.random_state,
                "data": [data.name, data.fingerprint],
                "fold": [fold.repeat, fold.fold, fold.fingerprint],
                "sampler": [sampler, self._portraits["sampler"][sampler]],
                "estimator": [estimator, self._portraits["estimator"][estimator]],
                **scored,
                **seeded,
                **self._prepared,
            }
        )

    def missing(self, *, retry_failed: bool = False) -> list[_Planned]:
        """Return the cells that are not finished: never computed, or short of a metric.

        Parameters
        ----------
        retry_failed : bool, default=False
            Whether those that failed are missing as well. Otherwise a cell that failed when the
            same metrics were asked for is finished: it would fail again.

        Returns
        -------
        list
        """
        return [one for one in self.plan if not self._is_finished(one.key, retry_failed)]

    def _is_finished(self, key: str, retry_failed: bool) -> bool:
        cell = self.journal.cells.get(key)
        if cell is None:
            return False
        if cell["error"]:
            return not retry_failed and set(cell.get("asked", ())) == set(self.metrics)
        return set(self.metrics) <= set(cell)

    def compute(
        self, *, n_jobs: int | None = None, progress: bool | None = None, retry_failed: bool = False
    ) -> int:
        """Compute the missing cells.

        Parameters
        ----------
        n_jobs : int, optional
            As in `run`.
        progress : bool, optional
            As in `run`.
        retry_failed : bool, default=False
            As in `run`.

        Returns
        -------
        int
            How many cells were computed.

        Raises
        ------
        OSError
            If the file of results cannot be written, or another process writes to it; nothing has
            been computed by then. If the disk is full: what was finished before is kept.
        """
        refuse_jobs(n_jobs)
        if not self.missing(retry_failed=retry_failed) and self._is_told():
            return 0
        with self.journal.writing():
            missing = self.missing(retry_failed=retry_failed)
            self.journal.begin(self.describe() if missing else self._noted())
            self._compute(missing, n_jobs, progress)
        return len(missing)

    def _is_told(self) -> bool:
        """Tell whether the file names this experiment as the last one that wrote to it."""
        return self.journal.experiments[-1:] == [self._noted()]

    def _noted(self) -> dict[str, Any]:
        """Return the description in the file, with the versions that the cells were computed by."""
        mine = json.loads(json.dumps(self.describe()))
        like = [one for one in self.journal.experiments if _what_of(one) == _what_of(mine)]
        return like[-1] if like else mine

    def _compute(self, missing: list[_Planned], n_jobs: int | None, progress: bool | None) -> None:
        given_up = {one.key for one in self.plan if self._has_failed(one.key)}
        given_up -= {one.key for one in missing}
        done = len(self.plan) - len(missing)
        with (
            progress_bar(progress, total=len(self.plan), done=done, n_failed=len(given_up)) as bar,
            closing(
                compute_tasks(self._batches(missing), n_jobs=n_jobs, started=bar.started)
            ) as finished,
        ):
            for cells in finished:
                for key, cell in cells:
                    self.journal.append_cell(key, cell)
                    bar.finished(bool(cell["error"]))

    def _has_failed(self, key: str) -> bool:
        return bool(self.journal.cells.get(key, {}).get("error"))

    def _batches(self, missing: list[_Planned]) -> Iterator[tuple[Task, ...]]:
        """Bring tasks together whose samplers can share the costly part of their work."""
        batches: dict[Any, list[Task]] = {}
        for task in self._tasks(missing):
            batches.setdefault((task.place, self._costly_part(task.sampler_name)), []).append(task)
        yield from map(tuple, batches.values())

    def _costly_part(self, name: str) -> str:
        """Name the part of a sampler's work that another can share; its own name if none can."""
        sampler = self.samplers[name]
        settings = getattr(sampler, "_costly_settings", ())
        if not settings:
            return name
        part = {setting: portrait(getattr(sampler, setting)) for setting in settings}
        return digest([self._words[name], portrait(type(sampler)), part])

    def _tasks(self, missing: list[_Planned]) -> Iterator[Task]:
        """Group cells that differ in the estimator only: they share one resampled fold."""
        groups: dict[tuple[str, str, int, int], list[_Planned]] = {}
        for cell in missing:
            place = (cell.data.name, cell.sampler, cell.fold.repeat, cell.fold.fold)
            groups.setdefault(place, []).append(cell)
        for cells in groups.values():
            first = cells[0]
            yield Task(
                data=first.data,
                fold=first.fold,
                sampler_name=first.sampler,
                sampler=self.samplers[first.sampler],
                sampler_word=self._words[first.sampler],
                estimators={cell.key: self.estimators[cell.estimator] for cell in cells},
                names={cell.key: cell.estimator for cell in cells},
                metrics=self.metrics,
                convention=self.convention,
                random_state=self.random_state,
                transformer=self.transformer,
            )

    def describe(self) -> dict[str, Any]:
        """Return what is compared, as JSON can hold it.

        Returns
        -------
        dict
            As `Results` takes it.
        """
        from .. import __version__

        return {
            "version": __version__,
            "versions": self.versions,
            **({"uses": self._uses} if self._uses else {}),
            "random_state": self.random_state,
            "cv": self._cv,
            "convention": self.convention,
            "metrics": {name: METRICS[name].told(self.convention) for name in self.metrics},
            "datasets": {data.name: data.fingerprint for data in self.datasets},
            "profiles": self.profiles,
            "samplers": self._portraits["sampler"],
            "estimators": self._portraits["estimator"],
            **self._prepared,
            "plan": [planned.key for planned in self.plan],
        }

    @cached_property
    def versions(self) -> dict[str, str]:
        """Versions of Python and of the packages that the results depend on."""
        return versions_of([*self.samplers.values(), *self.estimators.values(), self.transformer])

    @cached_property
    def _uses(self) -> dict[str, dict[str, list[str]]]:
        """Packages that some cells depend on and others do not, by the part that brings them."""
        always = packages_of([self.transformer])
        found = {}
        for kind, members in (("samplers", self.samplers), ("estimators", self.estimators)):
            used = {name: packages_of([part]) for name, part in members.items()}
            lists = {name: [one for one in of if one not in always] for name, of in used.items()}
            found[kind] = {name: packages for name, packages in lists.items() if packages}
        return {kind: lists for kind, lists in found.items() if lists}

    @property
    def outdated(self) -> list[tuple[str, str, int, str]]:
        """Packages of other parties that cells ran under another version of than is installed.

        Package, the version that cells ran under, how many did, and the version now.
        """
        parts = [*self.samplers.values(), *self.estimators.values(), self.transformer]
        met = self.journal.versions_met(one.key for one in self.plan)
        return [
            (package, version, n_cells, self.versions[package])
            for package in packages_of(parts)
            if package in self.versions and package != "torch"  # as numpy's, its code is not ours
            for version, n_cells in met.get(package, {}).items()
            if version != self.versions[package]
        ]

    def changed_code(self) -> dict[str, int]:
        """Count the missing cells that the file has of the same part with other code.

        Returns
        -------
        dict of str to int
            By the name of the sampler or estimator, in the order of the arguments.
        """
        missing, python = self.missing(), _python_of(self.describe())
        # another Python compiles the same words to other code
        alike = [one for one in self.journal.experiments if _python_of(one) == python]
        counts = {}
        for kind, portraits in self._portraits.items():
            for name, mine in json.loads(json.dumps(portraits)).items():
                notes = [one for one in alike if name in one.get(f"{kind}s", {})]
                before = notes[-1][f"{kind}s"][name] if notes else mine
                if before == mine or without_code(before) != without_code(mine):
                    continue
                cells = map(self.journal.cells.get, notes[-1].get("plan", ()))
                there = {_place_of(cell) for cell in cells if cell and cell.get(kind) == name}
                again = [one for one in missing if one.place in there]
                if again:
                    counts[name] = len(again)
        return counts

    @cached_property
    def profiles(self) -> dict[str, dict[str, Any]]:
        """How imbalanced each data set is, by its name."""
        return {
            data.name: profile_of(data.Y, _n_columns(data.X), data.label_names)
            for data in self.datasets
        }

    def table(self) -> pd.DataFrame:
        """Return the finished cells of the grid as one tidy table.

        Returns
        -------
        DataFrame
            As in `run`.
        """
        return self.results().table()

    def label_table(self) -> pd.DataFrame:
        """Return what the samplers did for each label.

        Returns
        -------
        DataFrame
            As `tidy_labels` returns it.
        """
        return self.results().label_table()

    def results(self) -> Results:
        """Return the finished cells.

        Returns
        -------
        Results
        """
        mixed = self.journal.mixed_versions(one.key for one in self.plan)
        return results_of(self.describe(), self.journal.cells, mixed)


def _place_of(cell: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(cell.get(part) for part in ("dataset", "sampler", "estimator", "repeat", "fold"))


def _python_of(description: dict[str, Any]) -> list[str]:
    return str(description.get("versions", {}).get("python")).split(".")[:2]


def _what_of(description: dict[str, Any]) -> dict[str, Any]:
    """Return what is compared, without what it ran under."""
    return {key: told for key, told in description.items() if key not in ("versions", "uses")}


def _seed_word(name: str, sampler: Any) -> str:
    """Return what the seed of a sampler derives from: its kind, whatever the caller calls it.

    Variants of one kind are thus compared under the same random numbers, and can share a network.
    """
    known = sampler is None or name in SAMPLERS
    return name if known else type(sampler).__name__.lower()


def _n_columns(X: Any) -> int:
    """Return how many features there are; a list of texts has one."""
    shape: tuple[int, ...] = getattr(X, "shape", (0,))
    return int(shape[1]) if len(shape) > 1 else 1
