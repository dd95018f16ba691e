"""Whether samplers have parameters that they can work with, asked before the first cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["refuse_unfit"]


def refuse_unfit(name: str, sampler: Any) -> None:
    """Refuse a sampler that would refuse its own parameters in every cell.

    Parameters
    ----------
    name : str
        What tables call it.
    sampler : object or None
        Asked by scikit-learn's ``_parameter_constraints``, where it or a part of it has them.

    Raises
    ------
    ValueError
        Names the sampler, the parameter, what came and what was expected.

    Examples
    --------
    >>> from skml_aemlo import MLSMOTE
    >>> refuse_unfit("mine", MLSMOTE(n_neighbors=0))
    Traceback (most recent call last):
    ValueError: mine: The 'n_neighbors' parameter of MLSMOTE must be ... Got 0 instead.
    """
    for part in _parts(sampler):
        try:
            part._validate_params()
        except (ValueError, TypeError) as error:
            raise ValueError(f"{name}: {error}") from None


def _parts(sampler: Any) -> Iterator[Any]:
    inner = sampler.get_params().values() if hasattr(sampler, "get_params") else ()
    for part in (sampler, *inner):
        known = hasattr(part, "_parameter_constraints") and hasattr(part, "_validate_params")
        if known and hasattr(part, "fit_resample"):
            yield part
