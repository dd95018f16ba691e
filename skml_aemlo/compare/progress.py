"""What a person sees while a comparison runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["Silence", "progress_bar", "require_rich"]


def require_rich() -> None:
    """Say how to get rich where it is missing.

    Raises
    ------
    ImportError
        If rich is not installed.
    """
    try:
        import rich  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "the progress bar and the tables on screen need the package rich: "
            "pip install 'skml_aemlo[compare]'."
        ) from error


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
        self._row = progress.add_task("starting", total=total, completed=done, failures="")
        self._failures = n_failed
        self._tell_failures()

    def started(self, label: str) -> None:
        self._progress.update(self._row, description=label)

    def finished(self, failed: bool) -> None:
        self._failures += failed
        self._progress.update(self._row, advance=1)
        self._tell_failures()

    def _tell_failures(self) -> None:
        text = f"{self._failures} failed" if self._failures else ""
        self._progress.update(self._row, failures=text)


@contextmanager
def progress_bar(show: bool, *, total: int, done: int, n_failed: int = 0) -> Iterator[Silence]:
    """Show a progress bar on standard error while the block runs.

    Parameters
    ----------
    show : bool
        Whether to show anything.
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
    if not show:
        yield Silence()
        return
    require_rich()
    with _make_progress() as progress:
        yield _Bar(progress, total, done, n_failed)


def _make_progress() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("[red]{task.fields[failures]}"),
        # no markup: names come from data files
        TextColumn("{task.description}", markup=False),
        console=Console(stderr=True),
        # cells differ a hundredfold in length: an estimate from the last half minute would jump
        speed_estimate_period=600.0,
    )
