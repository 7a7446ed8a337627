"""Estimates head pose with the FSA-Net pair (T.-Y. Yang et al., "FSA-Net", CVPR 2019), both averaged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.crop import box_crop, fill_planes
from mlid_desktop.modalities.face.detect import Face
from mlid_desktop.models.session import ModelSession


@dataclass(frozen=True, slots=True)
class Pose:
    """Head pose in degrees: turn about the vertical (``yaw``), the ear-to-ear (``pitch``) and the nose axis (``roll``).

    The line through the detector's eye points is no measure of roll: on small faces they hardly follow a tilt.
    """

    yaw: float
    pitch: float
    roll: float


def estimate_pose_from_points(face: Face, nose_depth: float = p.NOSE_DEPTH) -> Pose:
    """Rough head pose from the five detector points, where no pose model is installed: how far the nose lies from the
    middle of the eyes, across and along, against a frontal face (the embedding's own standard points). ``nose_depth``
    is how far before the eyes its tip is, in distances between them, by what the points of this detector show of a
    turn."""
    eyes, across = face.points[:2].mean(axis=0), face.points[1] - face.points[0]
    width = max(float(np.hypot(*across)), 1e-6)
    along = np.array([-across[1], across[0]]) / width
    nose = (face.points[2] - eyes) / width
    sideways, down = float(nose @ (across / width)), float(nose @ along)
    yaw = float(np.degrees(np.arctan2(sideways, nose_depth)))
    pitch = float(np.degrees(np.arctan2(down - p.NOSE_DROP, p.NOSE_DEPTH)))
    return Pose(yaw, pitch, float(np.degrees(np.arctan2(across[1], across[0]))))


class HeadPoseEstimator:
    """Runs both pose networks on one crop of a face."""

    def __init__(self, first: ModelSession, second: ModelSession) -> None:
        self._sessions = (first, second)
        self._input = np.empty((1, 3, p.POSE_SIDE, p.POSE_SIDE), np.float32)

    def estimate(self, image: Image, face: Face) -> Pose:
        """The head pose of a found face."""
        crop = box_crop(image, face.box, p.POSE_GROWTH, p.POSE_SIDE)
        fill_planes(self._input[0], crop)
        np.subtract(self._input, np.float32(p.POSE_MEAN), out=self._input)
        np.multiply(self._input, np.float32(1 / p.POSE_DIVISOR), out=self._input)
        angles = np.mean([session.run(self._input)[0][0] for session in self._sessions], axis=0)
        return Pose(float(angles[0]), float(angles[1]), float(angles[2]))
