"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Put a file in its place once all of it is on the disk.

    Parameters
    ----------
    path : path-like
        The file. One that was there before is replaced, or stays as it was if this fails; a link
        stays a link.
    content : bytes

    Raises
    ------
    OSError
        If it cannot be written. Nothing is left beside it then.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "file"
    >>> write_whole(path, b"content")
    >>> path.read_bytes()
    b'content'
    >>> folder.cleanup()
    """
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with open(beside, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
