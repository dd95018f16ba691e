"""Tasks handed to workers, and what becomes of those whose worker dies.

A worker is handed a batch: tasks that share a costly result, such as a trained network, or just
one. Whoever shares a machine with a batch that exhausts its memory dies with it. So batches that
were at work when a worker died are computed again after all others, one by one, with nothing beside
them; one that dies even so is taken apart into its tasks, these into their cells, and only a cell
that dies alone is given up.
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

from .._sharing import sharing
from .cell import Data, Task, error_line, failed_cells, run_task

__all__ = ["compute_tasks"]

Cells = list[tuple[str, dict[str, Any]]]
Batch = tuple[Task, ...]  # of one data set
# a batch and its cells, or the error of the worker that had it
Outcome = tuple[Batch, Cells | Exception]
Lane = Callable[[Iterable[Batch]], Generator[Outcome, None, None]]

# warning filters and thread limits belong to a process, not to a thread
_ONE_AT_A_TIME = threading.RLock()
_DEATHS = {"TerminatedWorkerError", "KilledWorker"}  # of loky and of Dask
_NO_DATA = Data("", None, None)


def compute_tasks(
    batches: Iterable[Batch], *, n_jobs: int | None, started: Callable[[str], None]
) -> Generator[Cells, None, None]:
    """Compute tasks under the caller's joblib backend, whatever happens to the workers.

    Parameters
    ----------
    batches : iterable of tuple of Task
        Taken as workers become free. The tasks of a batch are of one data set and computed by one
        worker, one after the other.
    n_jobs : int or None
        Workers; None obeys ``joblib.parallel_config``. A Dask cluster has as many as it has.
    started : callable
        Told the name of the first task of each batch that is handed to a worker.

    Yields
    ------
    list of (str, dict)
        Key and content of the cells of a batch, or of some of them, as soon as they are finished.

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

    def lane(some: Iterable[Batch]) -> Generator[Outcome, None, None]:
        told = _telling(some, started)
        return _through_dask(told, client) if client else _through_joblib(told, n_jobs)

    suspects = []
    with closing(lane(batches)) as outcomes:
        for batch, outcome in outcomes:
            if isinstance(outcome, Exception):
                suspects.append(batch)
            else:
                yield outcome
    for batch in suspects:
        yield from _alone(batch, lane)


def _telling(batches: Iterable[Batch], started: Callable[[str], None]) -> Iterator[Batch]:
    for batch in batches:
        started(str(batch[0]))
        yield batch


def _alone(batch: Batch, lane: Lane) -> Iterator[Cells]:
    """Compute a batch with no other beside it, and what it consists of if that fails."""
    for _, outcome in lane([batch]):
        if not isinstance(outcome, Exception):
            yield outcome
            continue
        parts = _parts(batch)
        for part in parts:
            yield from _alone(part, lane)
        if not parts:
            yield failed_cells(batch[0], _obituary(outcome))


def _parts(batch: Batch) -> list[Batch]:
    """Return the tasks of a batch, or the cells of a task that is alone; nothing for one cell."""
    if len(batch) > 1:
        return [(task,) for task in batch]
    cells = batch[0].estimators
    return [(replace(batch[0], estimators={k: v}),) for k, v in cells.items() if len(cells) > 1]


def _obituary(error: Exception) -> str:
    if type(error).__name__ not in _DEATHS:
        return error_line(error)
    codes = re.search(r"\{.+?\}", str(error))
    return (
        f"WorkerDied: the process that computed this cell died{f' of {codes[0]}' if codes else ''}"
        ", with no other cell beside it: most likely for want of memory, or by a fault in compiled "
        "code"
    )


def _compute(batch: Batch) -> Cells:
    """Compute a batch, one at a time in this process."""
    with _ONE_AT_A_TIME, sharing():
        return list(chain.from_iterable(map(_cells_of, batch)))


def _cells_of(task: Task) -> Cells:
    """Compute a task; return an error that is nobody's as cells."""
    try:
        return run_task(task)
    except Exception as problem:  # memory may end anywhere
        return failed_cells(task, error_line(problem))


def _through_joblib(batches: Iterable[Batch], n_jobs: int | None) -> Generator[Outcome, None, None]:
    """Compute batches under any backend of joblib's that has no client."""
    waiting: Iterator[tuple[int, Batch]] = enumerate(batches)
    handed: dict[int, Batch] = {}

    def jobs(folder: str) -> Iterator[Any]:
        for number, batch in waiting:
            handed[number] = batch
            yield delayed(_compute_marked)(number, batch, Path(folder))

    while True:
        with TemporaryDirectory() as folder:
            # joblib may group short calls; one at a time loses least when everything is killed
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


def _compute_marked(number: int, batch: Batch, folder: Path) -> tuple[int, Cells]:
    """Compute a batch beside a mark that it is at work: a worker that died can tell no longer."""
    mark = folder / str(number)
    mark.touch()
    cells = _compute(batch)
    mark.unlink()
    return number, cells


def _through_dask(batches: Iterable[Batch], client: Any) -> Generator[Outcome, None, None]:
    """Compute batches on a cluster, each data set sent once.

    Joblib's own way there sends the data with every batch, and waits for ever for one whose worker
    was killed.
    """
    from distributed import as_completed

    arriving = as_completed(loop=client.loop)
    running: dict[Any, Batch] = {}
    kept: dict[str, Any] = {}
    try:
        for batch in batches:
            if len(running) >= _room(client):
                future = next(arriving)
                yield running.pop(future), _outcome(future)
            try:
                future = _submit(client, batch, kept)
            except Exception as error:  # what cannot be sent is no one's fault but its own
                yield batch, error
            else:
                running[future] = batch
                arriving.add(future)
        for future in arriving:
            yield running.pop(future), _outcome(future)
    finally:
        client.cancel(list(running))


def _room(client: Any) -> int:
    """Return how many batches keep a cluster busy: two for each thread of its workers."""
    return max(2 * sum(client.ncores().values()), 2)


def _submit(client: Any, batch: Batch, kept: dict[str, Any]) -> Any:
    data = batch[0].data
    if data.name not in kept:
        with warnings.catch_warnings():
            # sent once, and as a task of its own: scattered, it would be lost with its worker
            warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
            kept[data.name] = client.submit(_same, data, pure=False)
    light = tuple(replace(task, data=_NO_DATA) for task in batch)
    return client.submit(_compute_on, kept[data.name], light, pure=False)


def _same(data: Data) -> Data:
    return data


def _compute_on(data: Data, batch: Batch) -> Cells:
    return _compute(tuple(replace(task, data=data) for task in batch))


def _outcome(future: Any) -> Cells | Exception:
    if future.cancelled():
        raise ConnectionError(
            "the Dask cluster is gone, or has lost what it was sent; finished cells are kept, and "
            "the same call goes on from there."
        )
    return future.exception() or future.result()
