"""Draws frames of a synthetic person in front of the camera, from models made once."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import cv2
import numpy as np

from mlid_desktop.domain.samples import Image
from mlid_desktop.synthetic.face.backdrop import Backdrop
from mlid_desktop.synthetic.face.features import Expression
from mlid_desktop.synthetic.face.grid_shapes import Field
from mlid_desktop.synthetic.face.head_model import HeadSolid
from mlid_desktop.synthetic.face.person import Person
from mlid_desktop.synthetic.face.scene import Pixels, Viewport, composite, focal_length, render
from mlid_desktop.synthetic.face.shading import Lighting, light_ball

FRAME_SIZE = (1280, 720)
NEUTRAL = Expression()
DESK_LIGHT = Lighting()
PIVOT = np.array([0.0, -70.0, -15.0], np.float32)  # mm: the top of the spine, about which a head turns
LIFT = 22.0  # mm that the eyes lie above the camera's axis
NEAREST = 300.0  # mm: closer, the head would reach the lens
FINE, MAX_FINE_PIXELS = 2.0, 520_000  # drawn so much finer than shown, within what a frame's time allows
WINDOW_MARGIN = 6
_MAKING = Lock()  # who asks for a person that is being made waits for that, and makes no second one
GRAIN, GRAIN_LEVEL, GRAIN_SLACK = 1.5, 8, 61  # grey levels: deviation and mean; pixels by which its place varies


@dataclass(frozen=True, slots=True)
class HeadPose:
    """The pose of a head in degrees: ``yaw`` to the viewer's left, ``pitch`` up, ``roll`` clockwise; ``shift`` mm right
    and up of the middle; ``distance`` mm from the camera."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    distance: float = 700.0


class SyntheticPortrait:
    """Draws frames of one person; models are kept between frames, so one thread at a time. ``size`` is (width,
    height); the head is drawn ``FINE`` times as fine as that, in as many as ``fine_pixels``."""

    def __init__(
        self,
        person: Person,
        lighting: Lighting = DESK_LIGHT,
        size: tuple[int, int] = FRAME_SIZE,
        fine_pixels: int = MAX_FINE_PIXELS,
    ) -> None:
        self._person = person
        self._size, self._fine_pixels = size, fine_pixels
        self._head = HeadSolid(person)
        self._grain = _grain(person, size)
        self._grain_level = np.full((size[1], size[0], 3), GRAIN_LEVEL, np.uint8)
        self.relight(lighting)

    def relight(self, lighting: Lighting) -> None:
        """Changes the light."""
        self._ball = light_ball(lighting)
        self._backdrop = Backdrop(self._person, lighting, self._ball, self._size, LIFT)

    def frame(self, pose: HeadPose, expression: Expression = NEUTRAL, number: int = 0) -> Image:
        """Draws a frame (height, width, 3) uint8 BGR; ``number`` picks the sensor's grain. Nobody comes closer than 300
        mm."""
        distance = max(pose.distance, NEAREST)
        self._head.express(expression)
        picture = self._backdrop.picture(pose.shift, distance)
        turn = head_rotation(pose)
        middle = np.array([pose.shift[0], pose.shift[1] + LIFT, -distance], np.float32)
        placed = (self._head.model.vertices - PIVOT) @ turn.T + PIVOT + middle
        window = self._window(placed)
        if window is not None:
            behind = self._backdrop.depth(pose.shift, distance, window)
            self._lay_head(picture, behind, placed, turn, window)
        return self._sensed(picture, number)

    def _window(self, placed: Field) -> Viewport | None:
        """The part of the frame that the head reaches into."""
        width, height = self._size
        scale = focal_length(height) / -placed[:, 2]
        across, down = width / 2 + placed[:, 0] * scale, height / 2 - placed[:, 1] * scale
        left, top = (max(0, int(edge.min()) - WINDOW_MARGIN) for edge in (across, down))
        right = min(width, int(across.max()) + WINDOW_MARGIN)
        bottom = min(height, int(down.max()) + WINDOW_MARGIN)
        if right <= left or bottom <= top:
            return None
        fine = min(FINE, max(1.0, (self._fine_pixels / ((right - left) * (bottom - top))) ** 0.5))
        return Viewport(left, top, right - left, bottom - top, fine, self._size)

    def _lay_head(self, picture: Image, behind: Field, placed: Field, turn: Field, window: Viewport) -> None:
        colour, cover, _ = render(self._head.model, placed, turn, self._ball, window, behind)
        masked = cv2.bitwise_and(colour, cv2.merge([cover, cover, cover]))
        size = (window.width, window.height)
        small: Pixels = cv2.resize(masked, size, interpolation=cv2.INTER_AREA)
        share: Pixels = cv2.resize(cover, size, interpolation=cv2.INTER_AREA)
        picture[window.part] = composite(small, share, picture[window.part])

    def _sensed(self, picture: Image, number: int) -> Image:
        """The frame with the grain of a sensor, for every frame another part of one noise sheet."""
        width, height = self._size
        down, across = number * 37 % GRAIN_SLACK, number * 23 % GRAIN_SLACK
        grain = self._grain[down : down + height, across : across + width]
        return np.asarray(cv2.subtract(cv2.add(picture, grain), self._grain_level), np.uint8)


def portrait_of(
    person: Person, lighting: Lighting, size: tuple[int, int], fine_pixels: int = MAX_FINE_PIXELS
) -> SyntheticPortrait:
    """The caller's own portrait of a person. Making one takes seconds, a copy does not: the newest two are kept, so
    that a camera that is opened again shows its person at once."""
    with _MAKING:
        kept = _kept_portrait(person, lighting, size, fine_pixels)
    return deepcopy(kept)


def keep_portrait(person: Person, lighting: Lighting, size: tuple[int, int], fine_pixels: int) -> None:
    """Makes the portrait of a person, so that :func:`portrait_of` has it at once while it is among the newest two."""
    with _MAKING:
        _kept_portrait(person, lighting, size, fine_pixels)


@lru_cache(maxsize=2)  # about 50 MB each
def _kept_portrait(person: Person, lighting: Lighting, size: tuple[int, int], fine_pixels: int) -> SyntheticPortrait:
    return SyntheticPortrait(person, lighting, size, fine_pixels)


def _grain(person: Person, size: tuple[int, int]) -> Pixels:
    rng = np.random.default_rng(person.seed)
    levels = rng.normal(GRAIN_LEVEL, GRAIN, (size[1] + GRAIN_SLACK, size[0] + GRAIN_SLACK))
    grain = np.clip(levels, 0, 255).round().astype(np.uint8)
    return cv2.merge([grain, grain, grain])


def head_rotation(pose: HeadPose) -> Field:
    """The rotation matrix (3, 3) of a head pose: yaw, then pitch, then roll."""
    yaw, pitch, roll = (float(np.radians(-angle)) for angle in (pose.yaw, pose.pitch, pose.roll))
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y, np.float32)
