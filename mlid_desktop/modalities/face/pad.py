"""Passive attack detection with the MiniFASNet pair (Minivision, Silent-Face-Anti-Spoofing, 2020)."""

from __future__ import annotations

from math import exp

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.observations import AttackEvidence
from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.crop import box_crop, fill_planes
from mlid_desktop.modalities.face.detect import Face
from mlid_desktop.models.session import ModelSession

DETECTOR_NAME = "minifasnet-pair"


class Liveness:
    """A near and a far look at the same face, each also mirrored: one frame alone then strays less."""

    def __init__(self, near: ModelSession, far: ModelSession) -> None:
        self._looks = ((near, p.LIVENESS_NEAR), (far, p.LIVENESS_FAR))
        self._input = np.empty((2, 3, p.LIVENESS_SIDE, p.LIVENESS_SIDE), np.float32)

    def assess(self, image: Image, face: Face) -> AttackEvidence:
        """Evidence of one frame: see :func:`liveness_value`."""
        odds = [self._look(image, face, session, growth) for session, growth in self._looks]
        return AttackEvidence(liveness_value(sum(odds) / len(odds)), DETECTOR_NAME)

    def _look(self, image: Image, face: Face, session: ModelSession, growth: float) -> float:
        crop = box_crop(image, face.box, growth, p.LIVENESS_SIDE)
        fill_planes(self._input[0], crop)
        np.copyto(self._input[1], self._input[0, :, :, ::-1])
        return float(log_odds(session.run(self._input)[0]).mean())


def log_odds(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Natural log-odds of the live class (1) against both attack classes (0 and 2) of (n, 3) logits, (n,)."""
    values = logits.astype(np.float64)
    return np.asarray(values[:, 1] - np.logaddexp(values[:, 0], values[:, 2]))


def liveness_value(odds: float) -> float:
    """Log-odds as 0..1 with 0.5 in the middle of the gap between bona fide and attack frames.

    The softmax itself is useless for a mean over frames: it is 0 or 1 to three digits for most frames, so that a mean
    counts frames instead of weighing them. On the flat curve used here the mean of a window is close to the mean
    log-odds, and no single frame outweighs the others.
    """
    return 1 / (1 + exp(-max(-40.0, min(40.0, (odds - p.LIVENESS_MIDDLE) / p.LIVENESS_TEMPERATURE))))
