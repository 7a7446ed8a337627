"""Draws the background of a synthetic face: the body, drawn once and then only moved, before a plain wall."""

from __future__ import annotations

import cv2
import numpy as np

from mlid_desktop.domain.samples import Image
from mlid_desktop.synthetic.face.body import body_sheets
from mlid_desktop.synthetic.face.grid_shapes import Field, noise
from mlid_desktop.synthetic.face.person import Person
from mlid_desktop.synthetic.face.scene import FAR, Pixels, Viewport, composite, focal_length, pack_sheets, render
from mlid_desktop.synthetic.face.shading import LightBall, Lighting

FINE = 2
DISTANCE = 700.0  # mm at which the body is drawn
TOP, BOTTOM = 0.4, 1.75  # of the frame's height: it reaches below the frame so that it can move up or away


class Backdrop:
    """The background of one person under one light, wall and body; ``lift`` mm that the eyes lie above the camera's
    axis."""

    def __init__(self, person: Person, lighting: Lighting, ball: LightBall, size: tuple[int, int], lift: float) -> None:
        self._size = size
        self._wall = wall(person, lighting, size)
        width, height = size
        model = pack_sheets(body_sheets(person))
        window = Viewport(0, round(TOP * height), width, round((BOTTOM - TOP) * height), FINE, size)
        behind = np.full(window.fine_size[::-1], FAR, np.float32)
        placed = model.vertices + np.array([0.0, lift, -DISTANCE], np.float32)
        colour, cover, depth = render(model, placed, np.eye(3, dtype=np.float32), ball, window, behind)
        layer = np.dstack([cv2.bitwise_and(colour, cv2.merge([cover, cover, cover])), cover])
        self._top = window.top
        self._layer: Pixels = cv2.resize(layer, (width, window.height), interpolation=cv2.INTER_AREA)
        nearest: Pixels = cv2.resize(depth, (width, window.height), interpolation=cv2.INTER_NEAREST)
        solid = self._layer[..., 3] == 255  # a half-covered edge must not hide the hair behind it
        self._depth: Pixels = np.where(solid, nearest, np.float32(FAR))

    def picture(self, shift: tuple[float, float], distance: float) -> Image:
        """Draws the wall (height, width, 3) and before it the body, ``shift`` mm right and up and ``distance`` mm
        away."""
        move = self._move(shift, distance)
        layer: Pixels = cv2.warpAffine(self._layer, move, self._size, flags=cv2.INTER_LINEAR)
        return composite(layer[..., :3], layer[..., 3], self._wall)

    def depth(self, shift: tuple[float, float], distance: float, window: Viewport) -> Field:
        """Depth of the body in a window, mm, at its fine size; ``FAR`` where it is not."""
        move = self._move(shift, distance) - np.array([[0.0, 0.0, window.left], [0.0, 0.0, window.top]])
        flags, fine = cv2.INTER_NEAREST, move * window.fine
        depth = cv2.warpAffine(self._depth, fine, window.fine_size, flags=flags, borderValue=(FAR,))
        return np.asarray(
            np.where(depth < FAR - 1, depth + np.float32(distance - DISTANCE), np.float32(FAR)), np.float32
        )

    def _move(self, shift: tuple[float, float], distance: float) -> Field:
        """Affine map (2, 3) from the body layer's pixels to the frame's."""
        width, height = self._size
        scale, unit = DISTANCE / distance, focal_length(height) / distance
        right = width / 2 * (1 - scale) + shift[0] * unit
        down = height / 2 * (1 - scale) + self._top * scale - shift[1] * unit
        return np.array([[scale, 0.0, right], [0.0, scale, down]])


def wall(person: Person, lighting: Lighting, size: tuple[int, int]) -> Image:
    """A plain wall, a little brighter towards the lamp."""
    width, height = size
    x, y = np.meshgrid(np.linspace(-1, 1, width, dtype=np.float32), np.linspace(1, -1, height, dtype=np.float32))
    lamp = lighting.direction
    level = 0.97 + 0.05 * (lamp[0] * x + lamp[1] * y) - 0.07 * (x * x + 0.8 * y * y)
    level = level + 0.004 * noise(np.random.default_rng(person.seed), (height, width), (5, 8))
    level = level * np.float32(min(lighting.level, 1.25) ** 0.45)
    return np.clip(np.asarray(person.wear.wall, np.float32) * level[..., None], 0, 255).round().astype(np.uint8)
