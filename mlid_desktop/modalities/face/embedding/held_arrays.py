"""Arrays for what a gallery keeps of people's faces: in pages of their own, locked where that is allowed, and given
back to the system when a gallery is dropped, so that nothing of them stays in memory that is used for other things.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mlid_desktop.process.locked_memory import held_pages


def held_array(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """An array of zeros of this shape; it begins at a page, so that rows of 64 bytes are one line of memory each."""
    size = prod(shape)
    if not size:
        return np.zeros(shape, dtype)
    return np.frombuffer(held_pages(size * np.dtype(dtype).itemsize), dtype, size).reshape(shape)


def held_join(parts: Sequence[NDArray[Any]], axis: int = 0) -> NDArray[Any]:
    """A copy of these arrays, joined along an axis; at least one."""
    shape = list(parts[0].shape)
    shape[axis] = sum(part.shape[axis] for part in parts)
    return np.concatenate(parts, axis=axis, out=held_array(tuple(shape), parts[0].dtype))


def held_rows(values: NDArray[Any], kept: NDArray[np.bool_], axis: int = 0) -> NDArray[Any]:
    """A copy of what of these arrays is ``kept`` along an axis."""
    rows, shape = np.flatnonzero(kept), list(values.shape)
    shape[axis] = len(rows)
    return values.take(rows, axis=axis, out=held_array(tuple(shape), values.dtype), mode="clip")  # "raise" copies again
