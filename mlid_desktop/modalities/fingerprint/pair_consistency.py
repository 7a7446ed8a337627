"""Second stage of a 1:N fingerprint search: whether matched cylinders have the same geometry to one another in both
fingers."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import pi

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint import parameters as p

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class CylinderPairs:
    """The most similar cylinder of each of g fingers for each of a probe's n cylinders: ``unlike`` (g, n) 0..1 their
    dissimilarity, ``partner`` (g, n, 3) the pose of the finger's cylinder (x, y in pixels, direction in radians)."""

    unlike: Floats = field(repr=False)
    partner: Floats = field(repr=False)


def pair_consistency(probe: Floats, pairs: CylinderPairs) -> Floats:
    """Geometric consistency (g,) of the PAIRS_ASKED most similar pairs of each finger: every two of them whose
    distance, bearing and turn are the same in both fingers, within skin's stretch, count by their similarity. ``probe``
    (n, 3)."""
    count = min(p.PAIRS_ASKED, pairs.unlike.shape[1])
    nearest = np.argpartition(pairs.unlike, count - 1, axis=1)[:, :count]
    finger = np.arange(len(nearest))[:, None]
    likeness = np.clip(1.0 - pairs.unlike[finger, nearest], 0.0, 1.0)
    probe_relations, finger_relations = _relations(probe[nearest]), _relations(pairs.partner[finger, nearest])
    same = (
        np.abs(probe_relations.distance - finger_relations.distance)
        < p.PAIRS_PLACE + p.PAIRS_STRETCH * probe_relations.distance
    )
    bearing_slack = p.PAIRS_ANGLE + p.PAIRS_NEAR / np.maximum(probe_relations.distance, p.PAIRS_NEAR)
    same &= _apart(probe_relations.bearing, finger_relations.bearing) < bearing_slack
    same &= _apart(probe_relations.turn, finger_relations.turn) < p.PAIRS_ANGLE
    same &= (probe_relations.distance > p.PAIRS_NEAR) & (finger_relations.distance > p.PAIRS_NEAR)
    weighed = same * (likeness[:, :, None] * likeness[:, None, :])
    return np.asarray(weighed.sum(axis=(1, 2)) / count, np.float32)


@dataclass(frozen=True, slots=True)
class _Relations:
    distance: Floats
    bearing: Floats
    turn: Floats


def _relations(poses: Floats) -> _Relations:
    """Relations (g, m, m) of every two of m poses: their distance, the bearing seen along the first, and the turn."""
    across = poses[:, None, :, :2] - poses[:, :, None, :2]
    along = poses[:, :, None, 2]
    distance = np.hypot(across[..., 0], across[..., 1])
    bearing = np.arctan2(-across[..., 1], across[..., 0]) - along
    return _Relations(distance, bearing, poses[:, None, :, 2] - along)


def _apart(first: Floats, second: Floats) -> Floats:
    """Difference of two angles, 0..pi."""
    return np.asarray(np.abs((first - second + pi) % (2 * pi) - pi), np.float32)
