"""Distances of spoken digits by dynamic time warping, many at once.

H. Sakoe and S. Chiba, "Dynamic programming algorithm optimization for spoken word recognition", IEEE Trans. ASSP 26(1),
1978: symmetric weights, slope limit P = 1 (no part is stretched or squeezed by more than two). With that limit a row of
the table depends on the two rows before alone, so that all columns of all pairs are one array operation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.voice import parameters as p

FAR = 1e9


def add_deltas(shape: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cepstra (n, T, c) with their deltas, (n, T, 2 c): loudness is weighted less, deltas (regression over five frames;
    S. Furui, IEEE Trans. ASSP 34(1), 1986)."""
    weighed = shape.copy()
    weighed[:, :, 0] *= p.LOUDNESS_WEIGHT
    reach = p.DELTA_REACH
    padded = np.pad(weighed, ((0, 0), (reach, reach), (0, 0)), mode="edge")
    length = shape.shape[1]
    change = sum(
        step * (padded[:, reach + step : reach + step + length] - padded[:, reach - step : reach - step + length])
        for step in range(1, reach + 1)
    )
    slope = change / (2.0 * sum(step * step for step in range(1, reach + 1)))
    return np.concatenate([weighed, slope], axis=2).astype(np.float32)


def warped_distances(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean distances (a, b) along the best warping path of each of (a, T, d) onto each of (b, T, d)."""
    local = local_distances(first, second)
    rows, length = local.shape[:2], local.shape[2]
    before_last = np.full((*rows, length), FAR, np.float32)
    last = before_last.copy()
    last[..., 0] = 2.0 * local[:, :, 0, 0]
    for index in range(1, length):
        now, cost, before = np.full((*rows, length), FAR, np.float32), local[:, :, index], local[:, :, index - 1]
        now[..., 1:] = last[..., :-1] + 2.0 * cost[..., 1:]
        np.minimum(now[..., 2:], last[..., :-2] + 2.0 * cost[..., 1:-1] + cost[..., 2:], out=now[..., 2:])
        if index > 1:
            np.minimum(now[..., 1:], before_last[..., :-1] + 2.0 * before[..., 1:] + cost[..., 1:], out=now[..., 1:])
        before_last, last = last, now
    return np.asarray(last[..., -1] / (2.0 * length), np.float32)


def local_distances(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Euclidean distances (a, b, T, T) of each frame to each, per square root of the number of coefficients."""
    size = first.shape[2]
    first_frames, second_frames = first.reshape(-1, size), second.reshape(-1, size)
    squares = (
        np.sum(first_frames**2, axis=1)[:, None]
        + np.sum(second_frames**2, axis=1)[None]
        - 2.0 * first_frames @ second_frames.T
    )
    square = squares.reshape(len(first), first.shape[1], len(second), second.shape[1]).transpose(0, 2, 1, 3)
    return np.asarray(np.sqrt(np.maximum(square, 0.0)) / np.sqrt(size), np.float32)
