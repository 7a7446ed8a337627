"""Faces that move, as a pipeline would have seen them: for tests of the active challenge."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mlid_desktop.domain.observations import Evidence, FaceAction, FaceMotion
from mlid_desktop.domain.provenance import SourceKind
from tests.makers import evidence

AHEAD = FaceMotion(1.0, -4.0, 0.01, 0.36, 0.48, 0.15, 0.3, np.full((12, 16), 90, np.uint8))
DONE = {
    FaceAction.TURN_LEFT: replace(AHEAD, turn=26.0, turn_depth=0.21),
    FaceAction.TURN_RIGHT: replace(AHEAD, turn=-24.0, turn_depth=-0.16),
    FaceAction.LOOK_UP: replace(AHEAD, lift=16.0, lift_depth=0.6),
    FaceAction.LOOK_DOWN: replace(AHEAD, lift=-25.0, lift_depth=0.2),
    FaceAction.COME_CLOSER: replace(AHEAD, size=0.62),
    FaceAction.OPEN_MOUTH: replace(AHEAD, mouth=0.31, mouth_shape=0.65),
}
BOX = (200.0, 100.0, 200.0, 230.0)


def seen(
    motion: FaceMotion | None,
    at: float,
    *,
    continuity: float | None = 0.9,
    liveness: float = 0.6,
    score: float | None = None,
    usable: bool = True,
    quality: int = 80,
    kind: SourceKind = SourceKind.LIVE,
    box: tuple[float, float, float, float] = BOX,
    picture: int | None = None,
) -> Evidence:
    """One frame at ``at`` seconds; None shows no face. No two frames are alike but those of one ``picture``."""
    made = evidence(
        score,
        continuity,
        at=at,
        liveness=liveness,
        box=None if motion is None else box,
        passed=usable and motion is not None,
        quality=quality,
        found=motion is not None,
        kind=kind,
        picture=picture,
    )
    return replace(made, observation=replace(made.observation, motion=motion))
