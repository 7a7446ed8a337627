"""What an active challenge looks at: the attitude of the head, its depth, the mouth, and what surrounds it.

All of it comes from the mesh and the pose that the pipeline has anyway. Nothing is judged here: a change counts only
beside the neutral pose of the same person, see ``workflow.face_challenge.actions``.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.observations import FaceMotion
from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.detect import Face
from mlid_desktop.modalities.face.mesh import Mesh
from mlid_desktop.modalities.face.pose import Pose

CELLS = (16, 12)  # columns and rows of the surroundings
CELL_SAMPLES = 8  # pixels a cell is averaged over, along each side
LEAST_AREA = 1.0  # pixels: corners that fell together span no plane
# The five points in the mesh. It follows a head that is raised or lowered; the detector, whose points are means of
# several looks, follows one that is turned, where a mesh keeps half to a face from the front under scarf and beard.
FIVE_OF_MESH = (p.RIGHT_EYE_CORNERS[0], p.LEFT_EYE_CORNERS[1], p.MESH_NOSE_TIP, *p.MOUTH_CORNERS)


def measure_motion(image: Image, face: Face, mesh: Mesh, pose: Pose) -> FaceMotion:
    """The attitude of a found face. The pose model counts a turn to the viewer's left as positive."""
    return FaceMotion(
        turn=-pose.yaw,
        lift=pose.pitch,
        turn_depth=nose_depth(face.points[: len(p.MIRRORED_POINTS)])[0],
        lift_depth=nose_depth(mesh.points[list(FIVE_OF_MESH)])[1],
        size=face.side / image.shape[0],
        mouth=mesh.mouth_height,
        mouth_shape=mesh.mouth_shape,
        surroundings=shrink_frame(image),
    )


def read_mouth(image: Image, face: Face, mesh: Mesh) -> float | None:
    """How far the mouth of a found face is open, over the height of the face; None where that is not seen well enough:
    too dark, too small, turned away, or no face to the mesh."""
    left, top, width, height = (round(edge) for edge in face.box)
    part = image[max(0, top) : top + height : 4, max(0, left) : left + width : 4]
    dark = part.size == 0 or float(part.mean()) < p.DARK_FRAME
    turned = abs(nose_depth(face.points[: len(p.MIRRORED_POINTS)])[0]) > p.MOUTH_TURNED
    small = face.eye_distance < p.MOUTH_LEAST_EYES
    return None if dark or turned or small or mesh.presence < p.MOUTH_PRESENCE else mesh.mouth_opening


def nose_depth(points: NDArray[np.floating[Any]]) -> tuple[float, float]:
    """Where the tip of the nose lies over the plane of eyes and mouth: to the person's left of its middle line, and up
    from the mouth (0) to the eyes (1), in the plane's own coordinates. ``points`` (5, 2) are the right eye, the left
    one, the tip of the nose and the corners of the mouth.

    Coordinates in a plane's own axes do not change when the plane is turned, brought nearer or seen from aside: on a
    picture the nose stays where it is, whatever is done with the picture. On a head it stands before the plane and
    wanders over it as soon as the head turns.
    """
    right, left = points[p.RIGHT_EYE], points[p.LEFT_EYE]
    across = left - right
    down = points[[p.RIGHT_MOUTH, p.LEFT_MOUTH]].mean(axis=0) - (left + right) / 2
    area = float(across[0] * down[1] - across[1] * down[0])
    if abs(area) < LEAST_AREA:
        return 0.0, 0.0
    nose = points[p.NOSE_TIP] - (left + right) / 2
    sideways = float(nose[0] * down[1] - nose[1] * down[0]) / area
    below = float(across[0] * nose[1] - across[1] * nose[0]) / area
    return sideways, 1.0 - below


def shrink_frame(image: Image) -> Image:
    """(rows, columns) uint8: the whole frame in a few grey cells, each the mean of some of its pixels."""
    height, width = image.shape[:2]
    step_down = max(1, height // (CELLS[1] * CELL_SAMPLES))
    step_across = max(1, width // (CELLS[0] * CELL_SAMPLES))
    part = np.ascontiguousarray(image[::step_down, ::step_across])
    grey = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, CELLS, interpolation=cv2.INTER_AREA), np.uint8)
