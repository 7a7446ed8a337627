"""Passive attack detection with the MiniFASNet pair (Minivision, Silent-Face-Anti-Spoofing, 2020)."""

from __future__ import annotations

from math import exp

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.observations import AttackEvidence
from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.crop import box_crop
from mlid_desktop.modalities.face.detect import Face
from mlid_desktop.models.session import ModelSession

DETECTOR_NAME = "minifasnet-pair"


class Liveness:
    """A near and a far look at the same face."""

    def __init__(self, near: ModelSession, far: ModelSession) -> None:
        self._looks = ((near, p.LIVENESS_NEAR), (far, p.LIVENESS_FAR))
        self._input = np.empty((1, 3, p.LIVENESS_SIDE, p.LIVENESS_SIDE), np.float32)

    def assess(self, image: Image, face: Face) -> AttackEvidence:
        """Evidence of one frame: see :func:`liveness_value`."""
        odds = [self._look(image, face, session, growth) for session, growth in self._looks]
        return AttackEvidence(liveness_value(sum(odds) / len(odds)), DETECTOR_NAME)

    def _look(self, image: Image, face: Face, session: ModelSession, growth: float) -> float:
        crop = box_crop(image, face.box, growth, p.LIVENESS_SIDE)
        np.copyto(self._input[0], crop.transpose(2, 0, 1))
        return log_odds(session.run(self._input)[0][0])


def log_odds(logits: NDArray[np.float32]) -> float:
    """Natural log-odds of the live class (1) against both attack classes (0 print, 2 screen) of one look."""
    values = logits.astype(np.float64)
    return float(values[1] - np.logaddexp(values[0], values[2]))


def liveness_value(odds: float) -> float:
    """Log-odds as 0..1 with 0.5 in the middle of the gap between bona fide and attack frames.

    The softmax itself is useless for a mean over frames: it is 0 or 1 to three digits for most frames, so that a mean
    counts frames instead of weighing them. On the flat curve used here the mean of a window is close to the mean
    log-odds, and no single frame outweighs the others.
    """
    return 1 / (1 + exp(-max(-40.0, min(40.0, (odds - p.LIVENESS_MIDDLE) / p.LIVENESS_TEMPERATURE))))
