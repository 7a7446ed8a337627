"""Measures a face in native units: the quantities behind its quality components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.quality import Measure
from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.detect import Face
from mlid_desktop.modalities.face.mesh import Mesh
from mlid_desktop.modalities.face.pose import Pose

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class FaceView:
    """What detection, alignment, mesh and pose found in one frame: ``shape`` (height, width), the chosen face, all
    faces, the aligned face (128, 128, 3), the close-up (160, 160, 3) with the face in its middle half, mesh and
    pose."""

    shape: tuple[int, int]
    face: Face
    faces: Sequence[Face]
    aligned: Image
    close_up: Image
    mesh: Mesh | None
    pose: Pose


def measure(view: FaceView) -> dict[Measure, float]:
    """The native quantity of every quality component of a face; those of eyes and mouth are left out without a mesh."""
    grey = np.asarray(cv2.cvtColor(view.aligned, cv2.COLOR_BGR2GRAY), np.uint8)
    levels = cv2.calcHist([grey], [0], FACE_AREA, [256], [0, 256]).cumsum() / FACE_AREA_PIXELS
    natives = {
        Measure.FACE_COUNT: count_faces(view),
        Measure.FACE_SIZE: view.face.side / min(view.shape),
        Measure.EYE_DISTANCE: view.face.eye_distance,
        Measure.CENTRING: off_centre(view.face, view.shape),
        Measure.YAW: abs(view.pose.yaw),
        Measure.PITCH: abs(view.pose.pitch),
        Measure.ROLL: abs(view.pose.roll),
        Measure.SHARPNESS: sharpness(grey),
        Measure.UNDER_EXPOSURE: float(np.searchsorted(levels, p.BRIGHT_SHARE)),
        Measure.OVER_EXPOSURE: float(1 - levels[p.SATURATED_LEVEL - 1]),
        Measure.ILLUMINATION_EVENNESS: evenness(grey),
        Measure.OCCLUSION: occlusion(view),
        Measure.CUT_OFF: share_inside(view.face, view.shape),
        Measure.BACKGROUND: background_unrest(view.close_up),
    }
    if view.mesh is not None:
        natives |= {Measure.EYES_OPEN: view.mesh.eye_opening, Measure.MOUTH_CLOSED: view.mesh.mouth_opening}
    return natives


def count_faces(view: FaceView) -> float:
    """Number of faces that count for a capture: the chosen one and all that are not much smaller, so that people far
    behind do not stop it."""
    return float(sum(face.side >= p.BYSTANDER_SHARE * view.face.side for face in view.faces))


def off_centre(face: Face, shape: tuple[int, int]) -> float:
    """Distance of the face from the frame's middle, the greater of both directions, as a share of the frame's side."""
    height, width = shape
    return max(abs(face.centre[0] / width - 0.5), abs(face.centre[1] / height - 0.5))


def share_inside(face: Face, shape: tuple[int, int]) -> float:
    """Share of the face's box that lies inside the frame, 0..1."""
    left, top, width, height = face.box
    inside_x = min(left + width, shape[1]) - max(left, 0.0)
    inside_y = min(top + height, shape[0]) - max(top, 0.0)
    return max(inside_x, 0.0) * max(inside_y, 0.0) / (width * height)


def sharpness(grey: Grey) -> float:
    """Sharpness of a picture, 0 (blurred) to 1: how much of the variation between neighbours goes when the picture is
    blurred again.

    F. Crete et al., "The blur effect: perception and estimation with a new no-reference perceptual blur metric", SPIE
    6492, 2007; independent of contrast.
    """
    centre = grey[16:-8, 16:-16]
    return min(_variation_lost(centre, axis) for axis in (0, 1))


def _variation_lost(grey: Grey, axis: int) -> float:
    blurred = np.asarray(cv2.blur(grey, (1, p.BLUR_LENGTH) if axis == 0 else (p.BLUR_LENGTH, 1)), np.uint8)
    steps_before, steps_after = _steps(grey, axis), _steps(blurred, axis)
    total = cv2.sumElems(steps_before)[0]
    return cv2.sumElems(cv2.subtract(steps_before, steps_after))[0] / total if total > 0 else 0.0


def _steps(grey: Grey, axis: int) -> Grey:
    """Absolute differences of neighbouring pixels."""
    first, second = (grey[1:], grey[:-1]) if axis == 0 else (grey[:, 1:], grey[:, :-1])
    return np.asarray(cv2.absdiff(first, second), np.uint8)


def evenness(grey: Grey) -> float:
    """Evenness of the light: darker over lighter side of the face, 0..1, compared on the cheeks and forehead."""
    right, left = (cv2.mean(grey[rows, columns])[0] for rows, columns in (RIGHT_CHEEK, LEFT_CHEEK))
    return (min(right, left) + 1) / (max(right, left) + 1)


def occlusion(view: FaceView) -> float:
    """Evidence against an occluded face, 0..1: the lower of the detector's and the mesh's confidence in a whole one."""
    return view.face.score if view.mesh is None else min(view.mesh.presence, view.face.score)


def background_unrest(close_up: Image) -> float:
    """Unrest of the background: mean step between neighbouring pixels beside and above the head, grey levels."""
    grey = cv2.cvtColor(close_up, cv2.COLOR_BGR2GRAY)
    return cv2.mean(cv2.absdiff(grey[:, 1:], grey[:, :-1]), BACKGROUND_AREA[:, 1:])[0]


def _ellipse(side: int, centre: tuple[float, float], axes: tuple[float, float]) -> Grey:
    rows, columns = np.mgrid[:side, :side] / side
    return np.asarray(((columns - centre[0]) / axes[0]) ** 2 + ((rows - centre[1]) / axes[1]) ** 2 <= 1, np.uint8)


FACE_AREA = _ellipse(p.ALIGNED_SIDE, (0.5, 0.58), (0.36, 0.44))
FACE_AREA_PIXELS = int(FACE_AREA.sum())
RIGHT_CHEEK = slice(70, 104), slice(24, 50)
LEFT_CHEEK = slice(70, 104), slice(78, 104)
BACKGROUND_AREA = 1 - _ellipse(p.CLOSE_UP_SIDE, (0.5, 0.55), (0.38, 0.48))
BACKGROUND_AREA[110:] = 0  # shoulders and clothes are no background
