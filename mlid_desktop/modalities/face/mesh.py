"""Fits the face mesh (Y. Kartynnik et al., "Real-time facial surface geometry from monocular video on mobile GPUs",
2019)."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.crop import shrunk_warp
from mlid_desktop.modalities.face.detect import Face
from mlid_desktop.modalities.face.eyes import eye_opening
from mlid_desktop.models.session import ModelSession


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """The 468 points of a face mesh: ``points`` (468, 2) float64 in pixels of ``picture``, the grey levelled crop;
    ``presence`` 0..1 of a face."""

    points: NDArray[np.float64]
    presence: float
    picture: NDArray[np.uint8]

    @property
    def eye_opening(self) -> float:
        """Mean opening of both eyes, see :func:`eyes.eye_opening`."""
        corners = (p.RIGHT_EYE_CORNERS, p.LEFT_EYE_CORNERS)
        return sum(eye_opening(self.picture, *self.points[list(pair)]) for pair in corners) / 2

    @property
    def mouth_opening(self) -> float:
        """Opening of the mouth: distance of the inner lips over that from the middle of the eyes to the chin (ISO/IEC
        29794-5, mouth closed)."""
        return self._length(*p.INNER_LIPS) / self._face_height

    @property
    def mouth_height(self) -> float:
        """Distance of the outer edges of the lips over that from the middle of the eyes to the chin: under a beard the
        mesh sees these edges part, where it keeps the inner ones together."""
        return self._length(*p.OUTER_LIPS) / self._face_height

    @property
    def mouth_shape(self) -> float:
        """Distance of the outer edges of the lips over that of the corners of the mouth."""
        return self._length(*p.OUTER_LIPS) / max(self._length(*p.MOUTH_CORNERS), 1.0)

    @property
    def _face_height(self) -> float:
        eyes = self.points[[*p.RIGHT_EYE_CORNERS, *p.LEFT_EYE_CORNERS]].mean(axis=0)
        return max(float(np.hypot(*(self.points[p.CHIN] - eyes))), 1.0)

    def _length(self, first: int, second: int) -> float:
        return max(float(np.hypot(*(self.points[first] - self.points[second]))), 1e-6)


class FaceMesh:
    """Fits the face mesh on a square crop about the face, turned so that the eyes are level."""

    def __init__(self, session: ModelSession) -> None:
        self._session = session
        self._input = np.empty((1, p.MESH_SIDE, p.MESH_SIDE, 3), np.float32)

    def fit(self, image: Image, face: Face) -> Mesh:
        """Fits the mesh to a found face."""
        crop = shrunk_warp(image, level_square(face, p.MESH_GROWTH, p.MESH_SIDE), p.MESH_SIDE)
        np.multiply(cv2.cvtColor(crop, cv2.COLOR_BGR2RGB), np.float32(1 / 255), out=self._input[0], dtype=np.float32)
        landmarks, score = self._session.run(self._input)
        points = landmarks.reshape(p.MESH_POINTS, 3)[:, :2].astype(np.float64)
        presence = 1 / (1 + exp(-max(-30.0, min(30.0, float(score.ravel()[0])))))
        return Mesh(points, presence, np.asarray(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY), np.uint8))


def level_square(face: Face, growth: float, size: int) -> NDArray[np.float64]:
    """The (2, 3) map from a frame to a square of ``size`` pixels about a face's box, ``growth`` times its longer side,
    with the eyes level."""
    across = face.points[p.LEFT_EYE] - face.points[p.RIGHT_EYE]
    angle = np.arctan2(across[1], across[0])
    scale = size / (face.side * growth)
    turn = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    shift = size / 2 - turn @ np.array(face.centre)
    return np.column_stack([turn, shift])
