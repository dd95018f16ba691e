"""The mended classes and functions under scikit-multilearn's own names, for those who ask."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import update_wrapper
from importlib import import_module, metadata
from inspect import signature
from threading import RLock
from types import FunctionType, TracebackType
from typing import TYPE_CHECKING, Any

from skmultilearn.model_selection.iterative_stratification import (
    IterativeStratification as Original,
)

if TYPE_CHECKING:
    from typing_extensions import Self

# Imported first, so that none of them brings an original in later. Its embedding and ext cannot be
# imported at all (D10, D11), and dataset only beside liac-arff and requests.
_ROOMS = ("adapt", "cluster", "dataset", "ensemble", "model_selection", "problem_transform")
_LOCK = RLock()

Change = tuple[Any, str, Any, Any]  # where, which name, what was there, what is there now


class Patch:
    """What one call of `patch_skmultilearn` changed, and the way back.

    Parameters
    ----------
    changes : list of (owner, name, original, mended)
        What was set where.
    """

    def __init__(self, changes: list[Change]) -> None:
        self._changes = changes

    @property
    def changed(self) -> tuple[str, ...]:
        """The dotted names, inside skmultilearn, that now mean something else."""
        return tuple(
            f"{owner.__name__}.{name}"
            for owner, name, *_ in self._changes
            if not isinstance(owner, type)
        )

    def undo(self) -> None:
        """Put back every original that this call replaced; once is enough."""
        with _LOCK:
            _drop(self)
            for owner, name, original, mended in self._changes:
                if vars(owner)[name] is mended:
                    setattr(owner, name, original)
            self._changes = []

    def __len__(self) -> int:
        return len(self.changed)

    def __enter__(self) -> Self:
        with _LOCK:
            _ENTERED.append(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with _LOCK:
            _drop(self)
            if self in _ENTERED:
                return
            if _ENTERED:  # a block that began later, say in another thread, still counts on it
                _ENTERED[-1]._changes += self._changes
                self._changes = []
            self.undo()

    def __repr__(self) -> str:
        return f"<{len(self)} names patched in skmultilearn>"


# The blocks that are open, of all threads: what one of them changed holds until the last one ends.
_ENTERED: list[Patch] = []


def _drop(patch: Patch) -> None:
    if patch in _ENTERED:
        _ENTERED.remove(patch)


def is_ng() -> bool:
    """Tell whether the folder ``skmultilearn`` is scikit-multilearn-ng's.

    Both distributions own that folder, so where both are installed its code decides.
    """
    installed = set()
    for name in ("scikit-multilearn", "scikit-multilearn-ng"):
        with suppress(metadata.PackageNotFoundError):
            metadata.version(name)
            installed.add(name)
    if len(installed) == 1:
        return installed == {"scikit-multilearn-ng"}
    return "shuffle" in signature(Original).parameters


def patch_skmultilearn() -> Patch:
    """Let scikit-multilearn's own names mean the mended classes and functions.

    For code that must keep its imports. Call it before them: ``from skmultilearn.adapt import
    MLkNN`` then brings the mended MLkNN, from ``skmultilearn.adapt.mlknn`` too.

    Returns
    -------
    patch : Patch
        ``patch.changed`` lists the names that were replaced, ``len(patch)`` counts them,
        ``patch.undo()`` puts the originals back; as a context manager it does so at its end.

    Notes
    -----
    - Only names inside the modules of ``skmultilearn`` change, those of its classes and functions
      that `skml_aemlo.skmultilearn` mends. A second call finds nothing left to change.
    - Names imported before the call keep the originals, which still work as they did. Objects of
      these classes can no longer be pickled, as pickle finds another class under their name.
    - Where blocks overlap, as in several threads, the originals are back when the last one ends.
    - It holds for this process. Mended objects sent to another one, by joblib or pickle, work
      there without it, for they know their classes by where these are in skml_aemlo; code that
      imports from skmultilearn *there* needs the call there.
    - ``skmultilearn.embedding`` and ``skmultilearn.ext`` are left alone, as they cannot be
      imported today; so are the names that `skml_aemlo.skmultilearn` refuses.
    - scikit-multilearn-ng, which lives in the same folder, is left as it is: nothing is changed.

    Examples
    --------
    >>> from skml_aemlo.skmultilearn import MLkNN, patch_skmultilearn
    >>> with patch_skmultilearn():  # doctest: +SKIP
    ...     from skmultilearn.adapt import MLkNN as imported
    ...     imported is MLkNN
    True
    """
    if is_ng():
        return Patch([])
    with _LOCK:
        for room in _ROOMS:
            with suppress(ImportError):
                import_module(f"skmultilearn.{room}")
        names = list(_to_change())
        changes = [pin for _, _, original, _ in names for pin in _pins(original)]
        changes = list({id(change[2]): change for change in changes}.values()) + names
        for owner, name, _, mended in changes:
            setattr(owner, name, mended)
        return Patch(changes)


def _to_change() -> Iterator[Change]:
    """Yield each module of skmultilearn, and a name in it, that holds a mended thing's original."""
    package = sys.modules[__package__ or ""]
    ours = {name: getattr(package, name) for name in package.__all__}
    # What we refuse may yet work for someone who has graph-tool or Java.
    kept = [name for name in ours if not getattr(ours[name], "__module__", "").endswith(".refused")]
    for path, module in sorted(sys.modules.items()):
        if path.split(".")[0] == "skmultilearn":
            for name in kept:
                found = vars(module).get(name)
                if getattr(found, "__module__", "").split(".")[0] == "skmultilearn":
                    yield module, name, found, ours[name]


def _pins(original: Any) -> Iterator[Change]:
    """Yield methods of an original class that name it, with a copy in which it keeps its name.

    Its ``super(MLkNN, self)`` would ask for the mended class, of which it is none; called by a
    mended subclass it would come back to itself, without end.
    """
    if not isinstance(original, type):
        return
    for name, method in list(vars(original).items()):
        if isinstance(method, FunctionType) and original.__name__ in method.__code__.co_names:
            scope = {**method.__globals__, original.__name__: original}
            parts = name, method.__defaults__, method.__closure__
            pinned = FunctionType(method.__code__, scope, *parts)
            pinned.__kwdefaults__ = method.__kwdefaults__
            yield original, name, method, update_wrapper(pinned, method)
