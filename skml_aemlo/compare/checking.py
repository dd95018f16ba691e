"""Whether what a file of results holds can have been written by a comparison.

Files are edited by hand, merged and cut. What would end in a traceback, or in wrong numbers without
a word, is refused by name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from .profiles import SCALARS
from .table import NUMBERS

__all__ = ["refuse_cells", "refuse_description", "telling_of"]

_PARTS = {"dataset": "datasets", "sampler": "samplers", "estimator": "estimators"}
_PLACE = (*_PARTS, "repeat", "fold")
_TABLES = ("metrics", *_PARTS.values())
_COUNTED = {"label_counts": ("before", "after"), "label_answers": ("borne", "predicted", "hits")}
_OF_LABELS: dict[str, Any] = {"label_names": str, "counts": Real, "ir_per_label": Real | None}


@contextmanager
def telling_of(path: Path | None) -> Iterator[None]:
    """Name the file in what is refused while the block runs.

    Parameters
    ----------
    path : Path or None
        The file; None where cells are kept in memory.
    """
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{path} was changed by hand, or is damaged: {error}") from error


def refuse_description(description: dict[str, Any]) -> None:
    """Refuse a description that tells of no comparison.

    Parameters
    ----------
    description : dict
        As `Results` takes it.

    Raises
    ------
    ValueError
        Says what is wrong.

    Examples
    --------
    >>> refuse_description({"plan": 3})
    Traceback (most recent call last):
    ValueError: plan is 3, not a list of different keys.
    """
    plan: Any = description.get("plan")
    if not _is_list_of(str, plan) or len(set(plan)) < len(plan):
        raise ValueError(f"plan is {plan!r:.40}, not a list of different keys.")
    for name in _TABLES:
        if not isinstance(description.get(name), dict):
            raise ValueError(f"{name} is {description.get(name)!r:.40}, not a table by name.")
    texts = [*description["metrics"].values(), description.get("convention", "")]
    if not _is_list_of(str, texts):
        raise ValueError("metrics or convention is not told in words.")
    for name in ("version", "random_state", "cv"):
        if not isinstance(description.get(name), str | int):
            raise ValueError(f"{name} is {description.get(name)!r:.40}.")
    profiles = description.get("profiles", {})
    if not isinstance(profiles, dict) or not isinstance(description.get("versions", {}), dict):
        raise ValueError("profiles or versions is not a table by name.")
    if not _is_table_of_lists(description.get("uses", {})):
        raise ValueError("uses is not a table of lists of packages.")
    for name, profile in profiles.items():
        for fault in _faults_of_profile(profile):
            raise ValueError(f"the profile of {name!r:.40} has {fault}.")


def refuse_cells(description: dict[str, Any], cells: Iterable[dict[str, Any]]) -> None:
    """Refuse cells that no comparison of this description has.

    Parameters
    ----------
    description : dict
        As `Results` takes it.
    cells : iterable of dict
        As a journal keeps them.

    Raises
    ------
    ValueError
        Names the first cell that does not fit, what is wrong with it, and the remedy.

    Examples
    --------
    >>> told = {"datasets": {"toy": ""}, "samplers": {"none": None}, "estimators": {"tree": {}}}
    >>> refuse_cells(told, [{"dataset": "toy", "sampler": "nome"}])
    Traceback (most recent call last):
    ValueError: the cell of dataset 'toy', sampler 'nome', estimator None, ...
    """
    places = set()
    for cell in cells:
        place = tuple(cell.get(name) for name in _PLACE)
        fault = next(_faults_of_cell(cell, description), None)
        if fault is None and place in places:
            fault = "another one beside it"
        if fault is not None:
            told = ", ".join(f"{n} {v!r:.40}" for n, v in zip(_PLACE, place, strict=True))
            raise ValueError(
                f"the cell of {told} has {fault}; remove its line and it is computed again."
            )
        places.add(place)


def _faults_of_profile(profile: Any) -> Iterator[str]:
    if not isinstance(profile, dict):
        yield f"nothing but {profile!r:.40}"
        return
    names = profile.get("label_names")
    n_labels = len(names) if isinstance(names, list) else 0
    for name, kind in _OF_LABELS.items():
        values: Any = profile.get(name)
        if not _is_list_of(kind, values) or len(values) != n_labels:
            yield f"the {name} {values!r:.40}"
    if not _are_label_sets(profile.get("labelsets") or [], n_labels):
        yield f"the labelsets {profile['labelsets']!r:.40}"
    if not _are_pairs(profile.get("cooccurrence") or {"labels": [], "counts": []}, n_labels):
        yield f"the cooccurrence {profile['cooccurrence']!r:.40}"
    for name in SCALARS:
        if not _is_number(profile.get(name)):
            yield f"the {name} {profile[name]!r:.40}"


def _are_label_sets(given: Any, n_labels: int) -> bool:
    return _is_list_of(list, given) and all(
        len(pair) == 2 and _are_positions(pair[0], n_labels) and isinstance(pair[1], Integral)
        for pair in given
    )


def _are_pairs(given: Any, n_labels: int) -> bool:
    if not isinstance(given, dict) or not _are_positions(given.get("labels"), n_labels):
        return False
    rows: Any = given.get("counts")
    size = len(given["labels"])
    return (
        _is_list_of(list, rows)
        and len(rows) == size
        and all(_is_list_of(Real, row) and len(row) == size for row in rows)
    )


def _are_positions(given: Any, n_labels: int) -> bool:
    return _is_list_of(Integral, given) and all(0 <= j < n_labels for j in given)


def _faults_of_cell(cell: dict[str, Any], description: dict[str, Any]) -> Iterator[str]:
    for name, table in _PARTS.items():
        if not isinstance(cell.get(name), str) or cell[name] not in description[table]:
            yield f"the {name} {cell.get(name)!r:.40}, which was not compared"
    for name in ("repeat", "fold"):
        if not isinstance(cell.get(name), int) or not _is_number(cell[name]):
            yield f"the {name} {cell.get(name)!r:.40}"
    if not isinstance(cell.get("error", 0), str | None):
        yield f"the error {cell.get('error', 'missing')!r:.40}"
    if not _is_list_of(str, cell.get("warnings")):
        yield f"the warnings {cell.get('warnings')!r:.40}"
    for name in (*description["metrics"], *NUMBERS):
        if not _is_number(cell.get(name)):
            yield f"the {name} {cell[name]!r:.40}"
    profile = description.get("profiles", {}).get(cell["dataset"])
    for name, parts in _COUNTED.items():
        if name in cell and not _are_counts(cell[name], parts, profile):
            yield f"the {name} {cell[name]!r:.40}"


def _is_number(value: Any) -> bool:
    if value is None:
        return True
    try:
        return isinstance(value, Real) and math.isfinite(value)
    except OverflowError:  # a whole number beyond the largest float
        return False


def _are_counts(given: Any, parts: tuple[str, ...], profile: dict[str, Any] | None) -> bool:
    return isinstance(given, dict) and all(
        _is_list_of(Real, given.get(part))
        and (profile is None or len(given[part]) == len(profile["counts"]))
        for part in parts
    )


def _is_table_of_lists(given: Any) -> bool:
    """Tell whether it has, by kind and name, lists of texts."""
    kinds: list[Any] = list(given.values()) if isinstance(given, dict) else [None]
    return _is_list_of(dict, kinds) and all(
        _is_list_of(str, one) for kind in kinds for one in kind.values()
    )


def _is_list_of(kind: Any, given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(one, kind) for one in given)
