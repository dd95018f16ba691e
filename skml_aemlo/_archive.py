"""One file for arrays and what they mean: safetensors, with a sealed JSON header, never pickle."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import scipy.sparse as sp

from ._files import write_whole

__all__ = ["read", "write"]

_MARK = "skml_aemlo"  # our entry in the metadata of a safetensors file
_VERSION = 1
# the file's names of the types an array may have
_DTYPES = {
    **{f"F{bits}": f"<f{bits // 8}" for bits in (16, 32, 64)},
    **{f"I{bits}": f"<i{bits // 8}" for bits in (16, 32, 64)},
    **{f"U{bits}": f"<u{bits // 8}" for bits in (16, 32, 64)},
    "I8": "|i1",
    "U8": "|u1",
    "BOOL": "|b1",
}
_PARTS = ("data", "indices", "indptr")
_FLOAT = "__float__"  # JSON has no word for nan and the infinities


def write(path: str | os.PathLike[str], arrays: Mapping[str, Any], header: dict[str, Any]) -> None:
    """Write arrays and a header into one file, whole or not at all.

    Parameters
    ----------
    path : str or path-like
        Where to. A file that is there is replaced, once the new one is complete.
    arrays : mapping of str to ndarray or csr_array
        Numbers or booleans, of any shape.
    header : dict
        What JSON can hold: str, int, float (nan and the infinities too), bool, None, and lists and
        dicts of these. Tuples become lists, numpy's scalars Python's.

    Raises
    ------
    ImportError
        If safetensors is missing.
    TypeError
        If an array or something in the header cannot be stored.
    ValueError
        If a csr_array is inconsistent, two names collide, or the header holds itself.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(Path(folder) / "one.safetensors", {"w": np.ones(2)}, {"epochs": 3})
    ...     read(Path(folder) / "one.safetensors")
    ({'w': array([1., 1.])}, {'epochs': 3})
    """
    library = _library()
    if not isinstance(header, dict):
        raise TypeError(f"header must be a dict; got {type(header).__name__}.")
    parts, shapes = _apart(arrays)
    try:
        entry = {"version": _VERSION, "sparse": shapes, "header": _to_json(header, "header")}
        # one entry: of several safetensors shuffles the order, and no two files would be alike
        sealed = json.dumps({"seal": _seal(entry, parts), **entry}, allow_nan=False)
    except RecursionError as error:
        raise ValueError("header is nested too deeply, or holds itself.") from error
    _replace(Path(path), library.numpy.save(parts, metadata={_MARK: sealed}))


def read(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arrays and the header of a file that `write` made.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    arrays : dict of str to ndarray or csr_array
    header : dict

    Raises
    ------
    ImportError
        If safetensors is missing.
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no safetensors file or none of ours, of another version of the format, or damaged:
        a seal tells whether a single bit of header or arrays has changed. It is no signature.
    """
    library, path = _library(), Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no file {str(path)!r} to read.")
    if not path.is_file():
        raise _refusal(path, "it is no file")
    try:
        with library.safe_open(str(path), framework="numpy") as file:
            entry = _entry(file.metadata(), path)
            parts = {name: _part(file, name, path) for name in file.keys()}  # noqa: SIM118
    except library.SafetensorError as error:
        raise _refusal(path, f"it is no safetensors file, or it is damaged ({error})") from error
    try:
        header, seal = _from_json(entry["header"]), _seal(entry, parts)
    except (ValueError, TypeError, RecursionError) as error:
        raise _refusal(path, f"its header cannot be understood ({error})") from error
    if entry["seal"] != seal:
        raise _refusal(path, "it is damaged: its content does not match its seal")
    return _together(parts, entry["sparse"], path), header


def _library() -> ModuleType:
    try:
        import safetensors
        import safetensors.numpy
    except ImportError as error:
        raise ImportError(
            "saving and loading need safetensors: python -m pip install safetensors"
        ) from error
    return safetensors


def _refusal(path: Path, why: str) -> ValueError:
    return ValueError(f"{str(path)!r} cannot be read: {why}.")


def _apart(arrays: Mapping[str, Any]) -> tuple[dict[str, np.ndarray], dict[str, list[int]]]:
    """Return all arrays, sparse ones as three, and the shapes of the sparse ones."""
    parts: dict[str, np.ndarray] = {}
    shapes: dict[str, list[int]] = {}
    for name, array in arrays.items():
        if not isinstance(name, str) or name == "__metadata__":
            raise TypeError(f"names of arrays must be str, and not '__metadata__'; got {name!r}.")
        new = {name: array}
        if sp.issparse(array):
            new = _parts_of(name, array)
            shapes[name] = [int(length) for length in array.shape]
        twice = sorted(new.keys() & (parts.keys() | (arrays.keys() - {name})))
        if twice:
            raise ValueError(f"two arrays would be stored as {twice[0]!r}: rename one.")
        parts.update({key: _storable(key, value) for key, value in new.items()})
    return parts, shapes


def _parts_of(name: str, matrix: Any) -> dict[str, np.ndarray]:
    if matrix.format != "csr" or matrix.ndim != 2:
        raise TypeError(f"sparse arrays must be of two dimensions and csr; {name!r} is not.")
    parts = [getattr(matrix, part) for part in _PARTS]
    fault = _csr_fault(*parts, shape=matrix.shape)
    if fault:
        raise ValueError(f"the csr_array {name!r} is inconsistent: {fault}.")
    return {f"{name}.{part}": values for part, values in zip(_PARTS, parts, strict=True)}


def _storable(name: str, array: Any) -> np.ndarray:
    """Return an array as it lies in the file: in rows, the lowest byte first."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"arrays must be ndarrays or csr_arrays; {name!r} is {type(array)}.")
    little = array.dtype.newbyteorder("<")
    if little.str not in _DTYPES.values():
        raise TypeError(f"arrays must hold numbers or booleans; {name!r} holds {array.dtype}.")
    # safetensors stores the memory as it lies, whatever the strides say
    return np.asarray(array, dtype=little, order="C")


def _seal(entry: dict[str, Any], parts: Mapping[str, np.ndarray]) -> str:
    """Return a hash of all that a file holds."""
    told = {key: value for key, value in entry.items() if key != "seal"}
    digest = hashlib.sha256(json.dumps(told).encode())
    for name in sorted(parts):
        values = parts[name]
        digest.update(json.dumps([name, values.dtype.str, values.shape]).encode())
        digest.update(values.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Put a file in its place, or say why that cannot be."""
    target = Path(os.path.realpath(path))  # a link stays a link
    if not target.parent.is_dir():
        raise FileNotFoundError(f"cannot write {str(path)!r}: there is no such folder.")
    if target.is_dir():
        raise IsADirectoryError(f"cannot write {str(path)!r}: it is a folder.")
    if target.exists() and not target.is_file():
        raise OSError(f"cannot write {str(path)!r}: it is a device or a pipe, and no file.")
    write_whole(target, content)


def _entry(metadata: Mapping[str, str] | None, path: Path) -> dict[str, Any]:
    """Return our entry in the metadata, its form checked but not its seal."""
    if _MARK not in (metadata or {}):
        raise _refusal(path, "it is a safetensors file, but none that skml_aemlo wrote")
    try:
        entry = json.loads((metadata or {})[_MARK], parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _refusal(path, f"its header is not JSON ({error})") from error
    version = entry.get("version") if isinstance(entry, dict) else None
    if version is not None and (version != _VERSION or type(version) is not int):
        raise _refusal(
            path, f"its format has version {version!r}, and this skml_aemlo reads {_VERSION}"
        )
    if not _is_entry(entry):
        raise _refusal(path, "its header lacks what skml_aemlo writes")
    return entry


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _is_entry(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and entry.keys() == {"seal", "version", "sparse", "header"}
        and isinstance(entry["header"], dict)
        and isinstance(entry["sparse"], dict)
        and all(map(_is_shape, entry["sparse"].values()))
    )


def _is_shape(shape: Any) -> bool:
    return (
        isinstance(shape, list)
        and len(shape) == 2
        and all(type(length) is int and 0 <= length < 2**63 for length in shape)
    )


def _part(file: Any, name: str, path: Path) -> np.ndarray:
    dtype = file.get_slice(name).get_dtype()
    if dtype not in _DTYPES:
        raise _refusal(path, f"{name!r} holds {dtype}, which skml_aemlo never writes")
    return file.get_tensor(name)


def _together(
    parts: dict[str, np.ndarray], shapes: Mapping[str, list[int]], path: Path
) -> dict[str, Any]:
    """Return the arrays whose parts these are."""
    arrays: dict[str, Any] = dict(parts)
    for name, shape in shapes.items():
        own = [arrays.pop(f"{name}.{part}", None) for part in _PARTS]
        missing = any(part is None for part in own)
        fault = "a part is missing" if missing else _csr_fault(*own, shape=shape)
        if fault or name in arrays:
            raise _refusal(path, f"its csr_array {name!r} is inconsistent: {fault or 'twice'}")
        arrays[name] = sp.csr_array(tuple(own), shape=tuple(shape))
    return arrays


def _csr_fault(data: Any, indices: Any, indptr: Any, *, shape: Any) -> str | None:
    """Return what is wrong with the parts of a csr_array, which scipy would take as they are."""
    if not data.ndim == indices.ndim == indptr.ndim == 1:
        return "a part has more dimensions than one"
    if data.dtype.itemsize == 2 and data.dtype.kind == "f":
        return "scipy holds no half precision"
    if indices.dtype.kind != "i" or indptr.dtype.kind != "i":
        return "indices are not whole numbers"
    if len(data) != len(indices) or len(indptr) != shape[0] + 1:
        return "its parts have different lengths"
    if indptr[0] != 0 or indptr[-1] != len(indices) or np.any(indptr[1:] < indptr[:-1]):
        return "its rows do not follow one another"
    if np.any(indices < 0) or np.any(indices >= shape[1]):
        return "a column is beyond its shape"
    return None


def _to_json(value: Any, where: str) -> Any:
    """Return a value as JSON holds it, so that it comes back; ``where`` it stands if it cannot."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {_FLOAT: repr(value)}
    if isinstance(value, list | tuple):
        return [_to_json(item, f"{where}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        if _FLOAT in value:
            raise TypeError(f"{where} may not use the key {_FLOAT!r}.")
        return {key: _to_json(item, f"{where}[{key!r}]") for key, item in value.items()}
    raise TypeError(
        f"{where} must be made of str, int, float, bool, None, lists, and dicts with keys of str; "
        f"got {type(value).__name__}."
    )


def _from_json(value: Any) -> Any:
    if isinstance(value, list):
        return [_from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {_FLOAT}:
        return float(value[_FLOAT])
    return {key: _from_json(item) for key, item in value.items()}
