"""Vectors of length 1, as the comparisons by cosine need them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST_LENGTH = 1e-12  # a null vector is divided by this and stays null


def unit_vector(vector: NDArray[np.floating]) -> NDArray[np.float32]:
    """The (d,) vector of the same direction with length 1; a null vector stays null."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), LEAST_LENGTH), np.float32)


def unit_rows(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The (n, d) matrix with each row brought to length 1; null rows stay null."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), LEAST_LENGTH), np.float32)
