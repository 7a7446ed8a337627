"""Passive attack detection with the MiniFASNet pair (Minivision, Silent-Face-Anti-Spoofing, 2020)."""

from __future__ import annotations

from math import exp

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.observations import AttackEvidence
from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.crop import box_crop, continued_crop, fill_planes, greatest_growth
from mlid_desktop.modalities.face.detect import Face
from mlid_desktop.models.session import ModelSession

DETECTOR_NAME = "minifasnet-pair"


class Liveness:
    """Passive presentation attack detector: averages three crops of the same face, each also mirrored, which lowers the
    variance of one frame.

    The near net gets two of them: one as wide as the frame allows, and one of the size that it was trained on, the
    frame continued by its mirror image. A print or screen held near the camera passes the first and fails the second.
    """

    def __init__(self, near: ModelSession, far: ModelSession) -> None:
        self._near, self._far = near, far
        self._input = np.empty((2, 3, p.LIVENESS_SIDE, p.LIVENESS_SIDE), np.float32)

    def assess(self, image: Image, face: Face) -> AttackEvidence:
        """Attack evidence of one frame, see :func:`liveness_value`; marked as not judged where the face is too near for
        its surroundings to be seen, because there no measurement told a print from a face."""
        room = greatest_growth(image, face.box)
        near = self._odds(self._near, box_crop(image, face.box, p.LIVENESS_NEAR, p.LIVENESS_SIDE))
        continued = near
        if room < p.LIVENESS_NEAR:
            crop = continued_crop(image, face.box, p.LIVENESS_NEAR, p.LIVENESS_SIDE)
            continued = self._odds(self._near, crop)
        far = self._odds(self._far, box_crop(image, face.box, p.LIVENESS_FAR, p.LIVENESS_SIDE))
        value = liveness_value((near + continued + far) / 3)
        return AttackEvidence(value, DETECTOR_NAME, judged=room >= p.LIVENESS_LEAST_GROWTH)

    def _odds(self, session: ModelSession, crop: Image) -> float:
        fill_planes(self._input[0], crop)
        np.copyto(self._input[1], self._input[0, :, :, ::-1])
        return float(log_odds(session.run(self._input)[0]).mean())


def log_odds(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Natural log-odds of the live class (1) against both attack classes (0 and 2) of (n, 3) logits, (n,)."""
    values = logits.astype(np.float64)
    return np.asarray(values[:, 1] - np.logaddexp(values[:, 0], values[:, 2]))


def liveness_value(odds: float) -> float:
    """The detector's log-odds mapped to 0..1, with 0.5 midway between bona fide and attack frames.

    The softmax itself is useless for a mean over frames: it is 0 or 1 to three digits for most frames, so that a mean
    counts frames instead of weighing them. On the flat curve used here the mean of a window is close to the mean
    log-odds, and no single frame outweighs the others.
    """
    return 1 / (1 + exp(-max(-40.0, min(40.0, (odds - p.LIVENESS_MIDDLE) / p.LIVENESS_TEMPERATURE))))
