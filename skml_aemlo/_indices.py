"""Sparse indices of 32 bits, which liblinear and libsvm insist on."""

from __future__ import annotations

from typing import Any

import numpy as np


def narrow(matrix: Any) -> Any:
    """Return a sparse container with indices of 32 bits where these will do; data are shared.

    scipy's arrays, unlike its matrices, keep the 64 bits that row numbers come in.
    """
    if max(matrix.nnz, *matrix.shape) > np.iinfo(np.int32).max:
        return matrix
    if matrix.format == "coo":
        wide = any(part.dtype != np.int32 for part in matrix.coords)
        coords = tuple(part.astype(np.int32, copy=False) for part in matrix.coords)
        return type(matrix)((matrix.data, coords), shape=matrix.shape) if wide else matrix
    if matrix.format not in ("csr", "csc") or matrix.indices.dtype == np.int32:
        return matrix
    parts = matrix.data, matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    return type(matrix)(parts, shape=matrix.shape)
