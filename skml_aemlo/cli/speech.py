"""What a person reads beside a command's output, and the exit codes."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from .._phrases import printable
from ..registry import SAMPLERS

__all__ = ["FAILED_CELLS", "INTERRUPTED", "USER_ERROR", "meet_plugins", "say", "spoken_warnings"]

FAILED_CELLS, USER_ERROR, INTERRUPTED = 1, 2, 130


def say(message: str) -> None:
    """Print a message as one line on standard error."""
    print(printable(" ".join(message.split())), file=sys.stderr)


@contextmanager
def spoken_warnings() -> Iterator[None]:
    """Print warnings as one line each, without the place in the code that raised them."""
    with warnings.catch_warnings(record=True) as caught:
        yield
    for item in caught:
        say(f"warning: {item.message}")


def meet_plugins() -> None:
    """Look for samplers of other packages, and say of each that has a fault which it is."""
    with spoken_warnings():
        len(SAMPLERS)
