"""The ridge flow of many impressions prepared for comparison at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.orientation_grid import (
    READ_BLOCKS,
    FlowField,
    FlowGrid,
    corner_of,
    parts_of_flow,
)


def flow_fields(grids: Sequence[FlowGrid]) -> list[FlowField]:
    """Each of several grids, at least one, as ``flow_field`` makes it."""
    shapes = [grid.blocks.shape for grid in grids]
    around = np.array([(height + 2) * (width + 2) for height, width in shapes])
    size, width = np.array([[height * width, width] for height, width in shapes]).T
    corners = np.array([corner_of(grid) for grid in grids])
    blocks = np.concatenate([grid.blocks.ravel() for grid in grids])
    spots = np.flatnonzero(blocks != 0)
    of = np.repeat(np.arange(len(grids)), size)[spots]
    count = np.bincount(of, minlength=len(grids))
    first, start = np.cumsum(count) - count, np.cumsum(around) - around
    within, wide, corner = spots - (np.cumsum(size) - size)[of], width[of], corners[of]
    row = within // wide
    column = within - row * wide
    numbers = np.repeat(count, around)
    numbers[start[of] + within + 2 * row + wide + 3] = np.arange(len(spots)) - first[of]
    seen = np.empty((len(spots), 5), np.float32)
    seen[:, 0] = p.FLOW_BLOCK * column + corner.real
    seen[:, 1] = corner.imag - p.FLOW_BLOCK * row
    seen[:, 2:] = READ_BLOCKS.take(blocks[spots], axis=0)
    made = []
    for number, (height, wide_of) in enumerate(shapes):
        rows = np.zeros((count[number] + 1, 5), np.float32)
        rows[:-1] = seen[first[number] : first[number] + count[number]]
        own = numbers[start[number] : start[number] + around[number]].copy()
        parts = parts_of_flow(rows)
        made.append(
            FlowField(own.reshape(height + 2, wide_of + 2), complex(corners[number]), parts[0][:-1], *parts[1:], rows)
        )
    return made
