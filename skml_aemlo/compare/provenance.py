"""Which versions a comparison ran under, told without importing what it did not use."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import (
    PackageNotFoundError,
    entry_points,
    packages_distributions,
    version,
)
from types import FunctionType
from typing import Any

from ..registry import ENTRY_POINTS

__all__ = ["is_noted", "packages_of", "versions_of"]

_PACKAGES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "imbalanced-learn",
    "scikit-multilearn",
    "scikit-multilearn-ng",
    "iterative-stratification",
)
_ALWAYS = {"skml_aemlo", "numpy", "scipy", "sklearn", "imblearn", "skmultilearn", "iterstrat"}
_NOTED = _ALWAYS | {"torch", "skorch"} | sys.stdlib_module_names
_TORCH = ("skml_aemlo.samplers.aemlo.", "skorch.", "torch.")


def is_noted(module: str | None) -> bool:
    """Tell whether a module's code changes with a version that a comparison notes only.

    Parameters
    ----------
    module : str or None
        Its full name; None where it is not known.

    Returns
    -------
    bool
        True for Python's own modules, this library's, and those that they are built on.

    Examples
    --------
    >>> is_noted("sklearn.tree._classes"), is_noted("__main__"), is_noted("my_package.samplers")
    (True, False, False)
    """
    return (module or "").partition(".")[0] in _NOTED


def versions_of(parts: Iterable[Any]) -> dict[str, str]:
    """Return the versions that results of these samplers and classifiers depend on.

    Parameters
    ----------
    parts : iterable of sampler, estimator or None

    Returns
    -------
    dict of str to str
        By package, Python and skml_aemlo first; torch only where a part trains with it, and no
        package that is not installed. Last come the distributions of other packages that a part, or
        what is inside it, has its class, a base class or a function from.

    Examples
    --------
    >>> list(versions_of([None]))[:3]
    ['python', 'skml_aemlo', 'numpy']
    """
    from .. import __version__

    found = {package: _installed(package) for package in (*_PACKAGES, *packages_of(parts))}
    return {
        "python": platform.python_version(),
        "skml_aemlo": __version__,
        **{package: number for package, number in found.items() if number is not None},
    }


def packages_of(parts: Iterable[Any]) -> list[str]:
    """Return the packages that results of these parts depend on, but those of others do not.

    Parameters
    ----------
    parts : iterable of sampler, estimator or None

    Returns
    -------
    list of str
        torch where a part trains with it, then the distributions of other packages.

    Examples
    --------
    >>> from skml_aemlo import AEMLO, MLROS
    >>> packages_of([MLROS()]), packages_of([MLROS(), AEMLO()])
    ([], ['torch'])
    """
    modules = {module for part in parts for module in _modules_of(part)}
    trains = any(f"{module}.".startswith(_TORCH) for module in modules)
    return [*(["torch"] if trains else []), *_distributions_of(modules)]


def _modules_of(part: Any) -> Iterator[str]:
    """Yield the modules that a part, all it is made of, and their bases, come from."""
    inside: Iterable[Any] = ()
    if isinstance(part, list | tuple):
        inside = part
    elif isinstance(part, dict):
        inside = part.values()
    elif isinstance(part, FunctionType):
        yield part.__module__ or ""
    else:
        kind = part if isinstance(part, type) else type(part)
        yield from (base.__module__ for base in kind.__mro__)
        if hasattr(part, "get_params") and kind is not part:
            inside = part.get_params(deep=False).values()
    for one in inside:
        yield from _modules_of(one)


def _distributions_of(modules: Iterable[str]) -> list[str]:
    """Return what was installed to give the modules that are not noted anyway."""
    roots = {module.partition(".")[0] for module in modules} - sys.stdlib_module_names - _ALWAYS
    roots -= {"", "__main__", "torch"}
    if not roots:  # reading what is installed takes a moment
        return []
    known = packages_distributions()
    found = {name for root in roots for name in known.get(root, ())}
    # what is installed to be edited in place need not list its modules; its entry points name them
    for point in entry_points(group=ENTRY_POINTS):
        if point.dist is not None and point.module.partition(".")[0] in roots:
            found.add(point.dist.name)
    return sorted(found)


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
