"""What the code of somebody else's class or function says, as JSON can hold it.

Parameters tell two samplers of one class apart, but not a class from the same class after a change.
Code of the packages whose versions a comparison notes is passed over: it changes with its version.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial, partialmethod
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from .provenance import is_noted

__all__ = ["code_of_class", "hidden_code"]

_FLAT = (type(None), str, int, float)
_SIMPLE = (*_FLAT, bytes, complex, list, tuple, set, frozenset, dict, np.generic, np.ndarray)
_PARTIAL = (partial, partialmethod)
# of Python 3.14: they make annotations, on which no result depends
_ANNOTATING = ("__annotate__", "__annotate_func__")


def code_of_class(kind: type) -> list[Any]:
    """Return the code of a class and of its bases, but for those of packages that are noted.

    Parameters
    ----------
    kind : type

    Returns
    -------
    list
        Of each class in the order of inheritance: its methods' code, defaults and what they
        enclose, and its attributes where these are numbers, texts, arrays, lists, sets and dicts
        of them, or partial functions. Empty where every class is of a package that is noted.

    Examples
    --------
    >>> from skml_aemlo import MLROS
    >>> code_of_class(MLROS)
    []
    """
    return _Reader().of_class(kind)


def hidden_code(function: FunctionType) -> list[Any]:
    """Return what of a function its names and flat constants do not tell.

    Parameters
    ----------
    function : function

    Returns
    -------
    list
        Its code with all that is nested in it, keyword defaults and enclosed values; empty where
        there is nothing of these, or where the function's package is noted.
    """
    is_flat = all(isinstance(constant, _FLAT) for constant in function.__code__.co_consts)
    is_told = is_flat and not function.__kwdefaults__ and not function.__closure__
    return [] if is_told or is_noted(function.__module__) else _Reader().of_function(function)


class _Reader:
    """Reads code; what is met again, as a function that encloses itself, is named only."""

    def __init__(self) -> None:
        self._met: set[int] = set()

    def of_class(self, kind: type) -> list[Any]:
        self._met.add(id(kind))
        bases = [base for base in kind.__mro__ if not is_noted(base.__module__)]
        return [[_name(base), list(self._members(base))] for base in bases]

    def _members(self, kind: type) -> Iterator[list[Any]]:
        for name, value in sorted(vars(kind).items()):
            functions = [] if name in _ANNOTATING else _functions_in(value)
            if functions and not isinstance(value, _PARTIAL):
                yield [name, [self.of_function(function) for function in functions]]
            elif isinstance(value, type) and id(value) not in self._met:
                yield [name, self.of_class(value) or _name(value)]
            elif isinstance(value, (*_SIMPLE, *_PARTIAL)) and not name.startswith("__"):
                yield [name, self.of_value(value)]

    def of_function(self, function: FunctionType) -> list[Any]:
        told: list[Any] = [_name(function)]
        if id(function) in self._met:
            return told
        self._met.add(id(function))
        # a decorator's wrapper bears the module of what it wraps; its globals are its own
        if not is_noted(function.__globals__.get("__name__")):
            told.append(self._of_code(function.__code__, function.__doc__))
            told.append(self.of_value([function.__defaults__, function.__kwdefaults__]))
        return [*told, [self.of_value(value) for value in _enclosed(function)]]

    def _of_code(self, code: CodeType, docstring: str | None = None) -> list[Any]:
        constants = [constant for constant in code.co_consts if constant is not docstring]
        arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        handlers = getattr(code, "co_exceptiontable", b"")  # Python 3.11 and later
        told = [code.co_code.hex(), handlers.hex(), list(code.co_names), list(arguments)]
        return [*told, self.of_value(constants)]

    def of_value(self, value: Any) -> Any:
        """Describe a value; of what is not simple, the class alone."""
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, _FLAT):
            return value
        if isinstance(value, list | tuple):
            return [self.of_value(part) for part in value]
        if isinstance(value, set | frozenset):  # whose order changes from process to process
            return sorted(json.dumps(self.of_value(part)) for part in value)
        if isinstance(value, dict):
            pairs = ([self.of_value(key), self.of_value(part)] for key, part in value.items())
            return sorted(map(json.dumps, pairs))
        if isinstance(value, np.ndarray):
            return [str(value.dtype), self.of_value(value.tolist())]
        if isinstance(value, CodeType):
            return self._of_code(value)
        if isinstance(value, FunctionType):
            return self.of_function(value)
        if isinstance(value, _PARTIAL):
            return [self.of_value(part) for part in (value.func, value.args, value.keywords)]
        if isinstance(value, bytes | complex | type(...)):
            return repr(value)
        return _name(value if isinstance(value, type) else type(value))


def _functions_in(member: Any) -> list[FunctionType]:
    """Return the functions that a member of a class is, or is made of."""
    if isinstance(member, FunctionType):
        return [member]
    if isinstance(member, staticmethod | classmethod):
        return _functions_in(member.__func__)
    if isinstance(member, property):
        parts: Any = (member.fget, member.fset, member.fdel)
    else:  # what decorators such as cached_property and scikit-learn's available_if return
        parts = () if isinstance(member, type) else getattr(member, "__dict__", {}).values()
    return [part for part in parts if isinstance(part, FunctionType)]


def _enclosed(function: FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # it is filled when the enclosing function goes on
            yield None


def _name(value: Any) -> str:
    return f"{value.__module__}.{value.__qualname__}"
