"""Libraries that only parts of a comparison need: each is asked for where it is used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = [
    "require",
    "require_jinja2",
    "require_matplotlib",
    "require_pandas",
    "require_rich",
    "require_tomli_w",
]


def require(
    module: str, who: str, *, package: str = "", extra: str = "compare", instead: str = ""
) -> Any:
    """Return a module, or say who needs it and how to get it.

    Parameters
    ----------
    module : str
        What is imported.
    who : str
        Who needs it, with the verb.
    package : str
        What is installed; by default called as the module.
    extra : str, default="compare"
        Of this library, that brings it.
    instead : str
        What may be done without it.

    Returns
    -------
    module

    Raises
    ------
    ImportError
        If it is not installed.

    Examples
    --------
    >>> require("nowhere", "a dream needs")
    Traceback (most recent call last):
    ImportError: a dream needs the package nowhere: pip install 'skml_aemlo[compare]'.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{who} the package {package or module}: pip install 'skml_aemlo[{extra}]'{instead}."
        ) from error


def require_pandas() -> Any:
    """Return pandas, or say how to get it."""
    return require("pandas", "the table of a comparison or of evidence needs")


def require_rich() -> Any:
    """Return rich, or say how to get it."""
    return require("rich", "the progress bar and the tables on screen need")


def require_matplotlib() -> Any:
    """Return matplotlib, or say how to get it."""
    return require("matplotlib", "a display needs")


def require_jinja2() -> Any:
    """Return jinja2, or say how to get it."""
    return require("jinja2", "a report needs")


def require_tomli_w() -> Any:
    """Return tomli-w, or say how to get it."""
    return require("tomli_w", "a comparison's experiment file needs", package="tomli-w")
