"""What a person sees while a comparison runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from time import perf_counter
from typing import TYPE_CHECKING

from .._phrases import printable
from .extras import require_rich

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn

__all__ = ["Silence", "progress_bar", "seconds_left"]


def seconds_left(n_missing: int, n_finished: int, at_last: float, now: float) -> float | None:
    """Return how long a run will take yet, if the coming cells take what those finished took.

    Parameters
    ----------
    n_missing : int
        Cells the run had to compute when it began.
    n_finished : int
        Those it has finished.
    at_last, now : float
        Seconds from its beginning to the last cell finished, and until now.

    Returns
    -------
    float or None
        None before any cell is finished.

    Examples
    --------
    >>> seconds_left(8, 2, at_last=10.0, now=14.0)
    26.0
    """
    if n_finished == 0:
        return None
    # counted from the beginning: from the first finish on, the first cell of every worker would
    # have cost nothing, and the rest would seem half as long as it is
    return max(at_last / n_finished * (n_missing - n_finished) - (now - at_last), 0.0)


class Silence:
    """A progress bar that shows nothing."""

    def started(self, label: str) -> None:
        """Note that the cells called ``label`` are handed to a worker."""

    def finished(self, failed: bool) -> None:
        """Note that one more cell is finished."""


class _Bar(Silence):
    """A bar, the cell at work, and the time left."""

    def __init__(self, progress: Progress, total: int, done: int, n_failed: int) -> None:
        self._progress = progress
        self._row = progress.add_task(
            "starting",
            total=total,
            completed=done,
            failures="",
            n_missing=total - done,
            n_finished=0,
            began=perf_counter(),
            at_last=0.0,
        )
        self._failures = n_failed
        self._tell_failures()

    def started(self, label: str) -> None:
        self._progress.update(self._row, description=printable(label))

    def finished(self, failed: bool) -> None:
        self._failures += failed
        fields = self._progress.tasks[self._row].fields
        told = {"n_finished": fields["n_finished"] + 1, "at_last": perf_counter() - fields["began"]}
        self._progress.update(self._row, advance=1, **told)
        self._tell_failures()

    def _tell_failures(self) -> None:
        text = f"{self._failures} failed" if self._failures else ""
        self._progress.update(self._row, failures=text)


@contextmanager
def progress_bar(
    show: bool | None, *, total: int, done: int, n_failed: int = 0
) -> Iterator[Silence]:
    """Show a progress bar on standard error while the block runs.

    Parameters
    ----------
    show : bool or None
        Whether to show anything; None where someone can see it and rich is there.
    total, done : int
        Cells of the whole grid, and those finished before.
    n_failed : int, default=0
        How many of those finished before failed.

    Yields
    ------
    Silence
        To be told what started and what finished.

    Raises
    ------
    ImportError
        If the bar is wanted and rich is missing.

    Examples
    --------
    >>> with progress_bar(False, total=2, done=0) as bar:
    ...     bar.finished(failed=False)
    """
    if not (_is_seen() if show is None else show):
        yield Silence()
        return
    require_rich()
    with _make_progress() as progress:
        yield _Bar(progress, total, done, n_failed)


def _is_seen() -> bool:
    """Tell a terminal or a notebook from a file and a log."""
    try:
        from rich.console import Console
    except ImportError:
        return False
    console = Console(stderr=True)
    # in a notebook rich draws by ipywidgets, and warns where it cannot
    can_draw = not console.is_jupyter or find_spec("ipywidgets") is not None
    return (console.is_terminal or console.is_jupyter) and can_draw


def _make_progress() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        _time_left_column(),
        TextColumn("[red]{task.fields[failures]}"),
        # no markup: names come from data files
        TextColumn("{task.description}", markup=False),
        console=Console(stderr=True),
    )


def _time_left_column() -> ProgressColumn:
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    class TimeLeft(ProgressColumn):
        max_refresh = 0.5

        def render(self, task: Task) -> Text:
            told = task.fields
            now = perf_counter() - told["began"]
            left = seconds_left(told["n_missing"], told["n_finished"], told["at_last"], now)
            return Text("-:--:--" if left is None else _clock(left))

    return TimeLeft()


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
