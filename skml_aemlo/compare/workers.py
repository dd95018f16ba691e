"""Tasks handed to workers, and what becomes of those whose worker dies.

Whoever shares a machine with a task that exhausts its memory dies with it. So tasks that were at
work when a worker died are computed again after all others, one by one, with nothing beside them;
one that dies even so is taken apart into its cells, and only a cell that dies alone is given up.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path
from pickle import PicklingError
from tempfile import TemporaryDirectory
from typing import Any

from joblib import Parallel, delayed
from joblib.parallel import get_active_backend

from .cell import Data, Task, error_line, failed_cells, run_task

__all__ = ["compute_tasks"]

Cells = list[tuple[str, dict[str, Any]]]
# a task and its cells, or the error of the worker that had it
Outcome = tuple[Task, Cells | Exception]
Lane = Callable[[Iterable[Task]], Generator[Outcome, None, None]]

# warning filters and thread limits belong to a process, not to a thread
_ONE_AT_A_TIME = threading.RLock()
_DEATHS = {"TerminatedWorkerError", "KilledWorker"}  # of loky and of Dask
_NO_DATA = Data("", None, None)


def compute_tasks(
    tasks: Iterable[Task], *, n_jobs: int | None, started: Callable[[str], None]
) -> Generator[Cells, None, None]:
    """Compute tasks under the caller's joblib backend, whatever happens to the workers.

    Parameters
    ----------
    tasks : iterable of Task
        Taken as workers become free.
    n_jobs : int or None
        Workers; None obeys ``joblib.parallel_config``. A Dask cluster has as many as it has.
    started : callable
        Told the name of each task that is handed to a worker.

    Yields
    ------
    list of (str, dict)
        Key and content of the cells of a task, or of some of them, as soon as they are finished.

    Raises
    ------
    ConnectionError
        If a Dask cluster is lost.

    Notes
    -----
    Under loky and Dask, a cell whose worker dies gets a row with an error. With one job, and under
    joblib's threads, cells run in this process, and nothing protects it from them; joblib's
    ``multiprocessing`` backend does not notice that a worker died, and waits for ever.
    """
    client = getattr(get_active_backend()[0], "client", None)

    def lane(some: Iterable[Task]) -> Generator[Outcome, None, None]:
        told = _telling(some, started)
        return _through_dask(told, client) if client else _through_joblib(told, n_jobs)

    suspects = []
    with closing(lane(tasks)) as outcomes:
        for task, outcome in outcomes:
            if isinstance(outcome, Exception):
                suspects.append(task)
            else:
                yield outcome
    for task in suspects:
        yield from _alone(task, lane)


def _telling(tasks: Iterable[Task], started: Callable[[str], None]) -> Iterator[Task]:
    for task in tasks:
        started(str(task))
        yield task


def _alone(task: Task, lane: Lane) -> Iterator[Cells]:
    """Compute a task with no other beside it, and its cells one by one if that fails."""
    for _, outcome in lane([task]):
        if not isinstance(outcome, Exception):
            yield outcome
        elif len(task.estimators) > 1:
            for key, estimator in task.estimators.items():
                yield from _alone(replace(task, estimators={key: estimator}), lane)
        else:
            yield failed_cells(task, _obituary(outcome))


def _obituary(error: Exception) -> str:
    if type(error).__name__ not in _DEATHS:
        return error_line(error)
    codes = re.search(r"\{.+?\}", str(error))
    return (
        f"WorkerDied: the process that computed this cell died{f' of {codes[0]}' if codes else ''}"
        ", with no other cell beside it: most likely for want of memory, or by a fault in compiled "
        "code"
    )


def _compute(task: Task) -> Cells:
    """Compute a task, one at a time in this process; return an error that is nobody's as cells."""
    with _ONE_AT_A_TIME:
        try:
            return run_task(task)
        except Exception as problem:  # memory may end anywhere
            return failed_cells(task, error_line(problem))


def _through_joblib(tasks: Iterable[Task], n_jobs: int | None) -> Generator[Outcome, None, None]:
    """Compute tasks under any backend of joblib's that has no client."""
    waiting: Iterator[tuple[int, Task]] = enumerate(tasks)
    handed: dict[int, Task] = {}

    def jobs(folder: str) -> Iterator[Any]:
        for number, task in waiting:
            handed[number] = task
            yield delayed(_compute_marked)(number, task, Path(folder))

    while True:
        with TemporaryDirectory() as folder:
            # joblib may group short tasks; a batch of one loses least when everything is killed
            workers = Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)
            try:
                for number, cells in workers(jobs(folder)):
                    yield handed.pop(number), cells
            except (BrokenProcessPool, PicklingError) as error:
                at_work = handed.keys() & {int(mark.name) for mark in Path(folder).iterdir()}
                yield from [(handed.pop(number), error) for number in at_work or list(handed)]
                waiting = chain(sorted(handed.items()), waiting)
                handed.clear()
            else:
                return


def _compute_marked(number: int, task: Task, folder: Path) -> tuple[int, Cells]:
    """Compute a task beside a mark that it is at work: a worker that died can tell no longer."""
    mark = folder / str(number)
    mark.touch()
    cells = _compute(task)
    mark.unlink()
    return number, cells


def _through_dask(tasks: Iterable[Task], client: Any) -> Generator[Outcome, None, None]:
    """Compute tasks on a cluster, each data set sent once.

    Joblib's own way there sends the data with every task, and waits for ever for one whose worker
    was killed.
    """
    from distributed import as_completed

    arriving = as_completed(loop=client.loop)
    running: dict[Any, Task] = {}
    kept: dict[str, Any] = {}
    try:
        for task in tasks:
            if len(running) >= _room(client):
                future = next(arriving)
                yield running.pop(future), _outcome(future)
            try:
                future = _submit(client, task, kept)
            except Exception as error:  # what cannot be sent is no one's fault but its own
                yield task, error
            else:
                running[future] = task
                arriving.add(future)
        for future in arriving:
            yield running.pop(future), _outcome(future)
    finally:
        client.cancel(list(running))


def _room(client: Any) -> int:
    """Return how many tasks keep a cluster busy: as many again wait as its workers have threads."""
    return max(2 * sum(client.ncores().values()), 2)


def _submit(client: Any, task: Task, kept: dict[str, Any]) -> Any:
    name = task.data.name
    if name not in kept:
        with warnings.catch_warnings():
            # sent once, and as a task of its own: scattered, it would be lost with its worker
            warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
            kept[name] = client.submit(_same, task.data, pure=False)
    return client.submit(_compute_on, kept[name], replace(task, data=_NO_DATA), pure=False)


def _same(data: Data) -> Data:
    return data


def _compute_on(data: Data, task: Task) -> Cells:
    return _compute(replace(task, data=data))


def _outcome(future: Any) -> Cells | Exception:
    if future.cancelled():
        raise ConnectionError(
            "the Dask cluster is gone, or has lost what it was sent; finished cells are kept, and "
            "the same call goes on from there."
        )
    return future.exception() or future.result()
