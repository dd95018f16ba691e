"""One writer per file, by a lock that dies with the process that holds it."""

from __future__ import annotations

import errno
import os
import warnings
from io import FileIO
from pathlib import Path

__all__ = ["take_lock"]

_BUSY = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}
_BEYOND = 2**31 - 2  # Windows locks bytes against reading too: one that no file of ours reaches


def take_lock(file: FileIO, path: Path) -> None:
    """Lock an open file until it is closed, or its process ends.

    Parameters
    ----------
    file : FileIO
    path : Path
        For messages.

    Raises
    ------
    BlockingIOError
        If another process, or another open file of this one, holds the lock.

    Warns
    -----
    UserWarning
        If the file system has no locks; the file is written all the same.

    Notes
    -----
    ``flock`` rather than a file beside it, which a killed process would leave behind, and rather
    than POSIX record locks, which a process loses as soon as it closes any other handle of the
    file. Worker processes do not inherit the handle, so none of them can outlive their parent with
    the lock in hand.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as named, open(named.name, "ab", buffering=0) as file:
    ...     take_lock(file, Path("results.jsonl"))
    """
    try:
        _lock(file)
    except OSError as error:
        if error.errno in _BUSY:
            raise BlockingIOError(
                f"another process is writing to {path}; wait until it has finished, or choose "
                "another place for out."
            ) from error
        warnings.warn(
            f"the file system of {path} has no locks ({error.strerror}): make sure that no other "
            "process writes to it.",
            UserWarning,
            stacklevel=2,
        )


if os.name == "nt":

    def _lock(file: FileIO) -> None:
        import msvcrt

        file.seek(_BEYOND)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]

else:

    def _lock(file: FileIO) -> None:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
