"""The command line: list, describe, advise, resample, compare, report."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from .. import __version__
from .advising import add_advise
from .comparing import add_compare
from .describing import add_describe, add_list
from .reporting import add_report
from .resampling import add_resample
from .speech import INTERRUPTED, USER_ERROR, say

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; by default the process's own.

    Returns
    -------
    int
        0; 1 when cells of a comparison failed; 2 when the caller has something to mend, which one
        line on standard error names; 130 after Ctrl-C.

    Examples
    --------
    >>> main(["describe", "synthetic"])
    synthetic: 600 rows, 24 features (0 nominal), 12 labels
    ...
    """
    try:
        words = list(sys.argv[1:] if argv is None else argv)
        return _run(words)
    except KeyboardInterrupt:
        say("stopped")
        return INTERRUPTED
    except BrokenPipeError:
        # whoever read our output has gone; nothing more can be told, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, OSError, ImportError) as error:
        say(f"error: {error}")
        return USER_ERROR


def _run(words: list[str]) -> int:
    arguments = _parser().parse_args(words)
    arguments.words = words
    return arguments.command(arguments)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, like all others."""

    def error(self, message: str) -> NoReturn:
        say(f"error: {message}; see {self.prog} --help")
        sys.exit(USER_ERROR)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="skml-aemlo", description="Resampling for imbalanced multi-label data.")
    parser.add_argument("--version", action="version", version=f"skml_aemlo {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_list(commands)
    add_describe(commands)
    add_advise(commands)
    add_resample(commands)
    add_compare(commands)
    add_report(commands)
    return parser
