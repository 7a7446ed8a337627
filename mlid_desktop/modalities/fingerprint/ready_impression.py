"""A finger impression prepared for comparison, so that the work is done once for many comparisons."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint.cylinders import Cylinders, Grid, Plane
from mlid_desktop.modalities.fingerprint.orientation_grid import FlowField, flow_field
from mlid_desktop.modalities.fingerprint.templates import Impression


@dataclass(frozen=True, slots=True, eq=False)
class ReadyImpression:
    """A finger impression prepared for comparison. ``weight`` (n,) 0..1: what each minutia counts; ``rank`` (n,) its
    cylinder or -1; ``order`` says which of two comes first, so that the comparison is the same in either order.
    ``rows`` (n, 15) has again, side by side, what is laid beside that of other impressions where many are compared at
    once."""

    cylinders: Cylinders
    flow: FlowField
    weight: Grid = field(repr=False)
    rank: NDArray[np.intp] = field(repr=False)
    order: tuple[int, bytes] = field(repr=False)
    rows: Grid = field(repr=False)


ReadyFinger = tuple[ReadyImpression, ...]


def ready_impression(impression: Impression, cylinders: Cylinders) -> ReadyImpression:
    """An impression prepared for comparison, with the cylinders of its minutiae."""
    rank = np.full(len(impression.minutiae), -1, np.intp)
    rank[cylinders.owner] = np.arange(len(cylinders))
    weight = impression.weight
    quality = impression.minutiae.quality
    rows = rows_of(cylinders.holding, cylinders.poses.T, cylinders.plane, weight, quality, rank)
    order = order_of(impression, cylinders)
    return ReadyImpression(cylinders, flow_field(impression.flow), weight, rank, order, rows)


def order_of(impression: Impression, cylinders: Cylinders) -> tuple[int, bytes]:
    """Which of two impressions comes first: the one with fewer cylinders, of as many by all that it shows."""
    minutiae, blocks = impression.minutiae, impression.flow.blocks
    return len(cylinders), minutiae.position.tobytes() + minutiae.direction.tobytes() + blocks.tobytes()


def rows_of(holding: Grid, poses: Grid, plane: Plane, weight: Grid, quality: Grid, rank: NDArray[np.intp]) -> Grid:
    """What of each minutia (...) enters the comparison of many impressions, (..., 15), side by side: ``holding`` (...,
    6), ``poses`` (..., 4), its place in the plane, weight, quality and rank."""
    rows = np.empty((*weight.shape, ROW), np.float32)
    rows[..., HOLDING] = holding
    rows[..., POSE] = poses
    rows[..., PLANE.start], rows[..., PLANE.stop - 1] = plane.real, plane.imag
    rows[..., WEIGHT], rows[..., QUALITY], rows[..., RANK] = weight, quality, rank
    return rows


HOLDING, POSE, PLANE = slice(0, 6), slice(6, 10), slice(10, 12)
AIM = slice(8, 10)  # of the pose
WEIGHT, QUALITY, RANK, ROW = 12, 13, 14, 15
