"""Which versions a comparison ran under, told without importing what it did not use."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

__all__ = ["versions_of"]

_PACKAGES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "imbalanced-learn",
    "scikit-multilearn",
    "scikit-multilearn-ng",
    "iterative-stratification",
)
_TORCH = ("skml_aemlo.samplers.aemlo", "skorch.", "torch.")


def versions_of(parts: Iterable[Any]) -> dict[str, str]:
    """Return the versions that results of these samplers and classifiers depend on.

    Parameters
    ----------
    parts : iterable of sampler, estimator or None

    Returns
    -------
    dict of str to str
        By package, Python and skml_aemlo first; torch only where a part trains with it, and no
        package that is not installed.

    Examples
    --------
    >>> list(versions_of([None]))[:3]
    ['python', 'skml_aemlo', 'numpy']
    """
    from .. import __version__

    packages = (*_PACKAGES, "torch") if any(map(_uses_torch, parts)) else _PACKAGES
    found = {package: _installed(package) for package in packages}
    return {
        "python": platform.python_version(),
        "skml_aemlo": __version__,
        **{package: number for package, number in found.items() if number is not None},
    }


def _uses_torch(part: Any) -> bool:
    inside = part.get_params().values() if hasattr(part, "get_params") else ()
    return any(f"{type(one).__module__}.".startswith(_TORCH) for one in (part, *inside))


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
