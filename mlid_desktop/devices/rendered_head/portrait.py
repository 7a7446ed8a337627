"""A person in front of the camera: models made once, frames drawn from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.devices.rendered_head.body import body_sheets
from mlid_desktop.devices.rendered_head.features import Expression, paint_eyes, paint_lips
from mlid_desktop.devices.rendered_head.field import Field, noise, normals_of
from mlid_desktop.devices.rendered_head.hair import hair_sheets
from mlid_desktop.devices.rendered_head.head import marks_of, shape_head
from mlid_desktop.devices.rendered_head.light import Lighting, light_ball
from mlid_desktop.devices.rendered_head.person import HairStyle, Person
from mlid_desktop.devices.rendered_head.scene import FAR, Sheet, Window, draw, focal, pack
from mlid_desktop.devices.rendered_head.skin import beard_cover, beard_height, paint_skin
from mlid_desktop.devices.rendered_head.wear import ear_sheets, glasses_sheets
from mlid_desktop.domain.samples import Image

FORM_SIDE, TEXTURE_SIDE, MESH_SIDE = 448, 896, 150
PIVOT = np.array([0.0, -70.0, -15.0], np.float32)  # mm: the top of the spine, about which a head turns
AIM = -22.0  # mm: the height that the camera looks at
PATCH_MARGIN = 26.0
FINE = 2
MAX_FINE_PIXELS = 1_100_000
BODY_DISTANCE = 700.0
BODY_FINE = 2
WINDOW_MARGIN = 6
GRAIN, GRAIN_LEVEL, GRAIN_SLACK = 1.5, 8, 61  # grey levels: deviation and mean; pixels by which its place varies


Pixels = NDArray[Any]  # cv2 gives its results no element type


@dataclass(frozen=True, slots=True)
class Pose:
    """Degrees: ``yaw`` to the viewer's left, ``pitch`` up, ``roll`` clockwise; ``shift`` mm right and up of the aim."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    distance: float = BODY_DISTANCE


class Portrait:
    """Draws one person under one light; buffers and models are kept, so one thread at a time."""

    def __init__(self, person: Person, lighting: Lighting | None = None, size: tuple[int, int] = (1280, 720)) -> None:
        self._person = person
        self._size = size
        self._ball = light_ball(lighting or Lighting())
        rng = np.random.default_rng(person.seed)
        grain = GRAIN_LEVEL + GRAIN * rng.standard_normal((size[1] + GRAIN_SLACK, size[0] + GRAIN_SLACK)).astype(
            np.float32
        )
        self._grain = cv2.merge([np.clip(grain, 0, 255).round().astype(np.uint8)] * 3)
        self._grain_level = np.full((size[1], size[0], 3), GRAIN_LEVEL, np.uint8)
        self._build_head()
        self._build_body(lighting or Lighting())

    def frame(self, pose: Pose, expression: Expression | None = None, number: int = 0) -> Image:
        """(height, width, 3) uint8 BGR; ``number`` picks the sensor's noise."""
        self._express(expression or Expression())
        picture, depth = self._place_body(pose)
        turn = turned(pose)
        centre = np.array([pose.shift[0], pose.shift[1] - AIM, -pose.distance], np.float32)
        placed = (self._head.vertices - PIVOT) @ turn.T + PIVOT + centre
        window = self._window(placed)
        if window is not None:
            self._lay_head(picture, depth, placed, turn, window)
        return self._sensed(picture, number)

    def _build_head(self) -> None:
        person = self._person
        self._form = form = shape_head(person, FORM_SIDE, FORM_SIDE)
        x, y, front, angle = (grown(part) for part in (form.x, form.y, form.front, form.angle))
        points = grown(form.points)
        large = type(form)(points, x, y, front, angle)
        skin = paint_skin(person, large)
        cover = beard_cover(person, marks_of(person), x, y, angle)
        tall = beard_height(person)
        smooth = normals_of(points)
        grown_beard = cv2.GaussianBlur(cover, (0, 0), 5.0) * np.float32(tall)
        points = points + smooth * grown_beard[..., None]
        fine = points + smooth * skin.rough[..., None]
        normals = normals_of(np.asarray(fine, np.float32))
        even = np.linspace(0, TEXTURE_SIDE - 1, MESH_SIDE).astype(np.float32)
        mesh = cv2.remap(points, *np.meshgrid(even, even), cv2.INTER_LINEAR)
        texture = np.clip(np.dstack([skin.colour, skin.gloss]), 0, 255).round().astype(np.uint8)
        self._x, self._y = x, y
        head = Sheet(np.asarray(mesh, np.float32), texture, normals)
        covered_ears = person.hair.style in {HairStyle.SCARF, HairStyle.LONG, HairStyle.BOB, HairStyle.FRINGE}
        ears = [] if covered_ears else ear_sheets(person)
        self._head = pack([head, *ears, *hair_sheets(person), *glasses_sheets(person)])
        self._patches = self._bare_patches(skin.colour, skin.gloss)
        self._expression: Expression | None = None

    def _bare_patches(self, colour: Field, gloss: Field) -> list[tuple[slice, slice, Field, Field]]:
        """The skin under eyes and mouth, from which they are painted anew when they move."""
        marks, mouth, eyes = marks_of(self._person), self._person.mouth, self._person.eyes
        reach = marks.eye_x + eyes.width / 2 + 7
        boxes = (
            (-reach, reach, -12.0, 14.0),
            (-mouth.width / 2 - 6, mouth.width / 2 + 6, marks.mouth - 26.0, marks.mouth + 14.0),
        )
        patches = []
        for left, right, low, high in boxes:
            inside = (
                (self._x >= left)
                & (self._x <= right)
                & (self._y >= low)
                & (self._y <= high)
                & (np.abs(self._form_angle()) < 1.3)
            )
            rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
            part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
            patches.append((*part, colour[part].copy(), gloss[part].copy()))
        return patches

    def _form_angle(self) -> Field:
        return grown(self._form.angle)

    def _express(self, expression: Expression) -> None:
        if expression == self._expression:
            return
        for (rows, columns, colour, gloss), brush in zip(self._patches, (paint_eyes, paint_lips), strict=True):
            canvas, shine = colour.copy(), gloss.copy()
            brush(self._person, expression, self._x[rows, columns], self._y[rows, columns], canvas, shine)
            self._head.colour[rows, columns] = np.clip(np.dstack([canvas, shine]), 0, 255)
        self._expression = expression

    def _build_body(self, lighting: Lighting) -> None:
        width, height = self._size
        model = pack(body_sheets(self._person))
        window = Window(0, 0, width, height, BODY_FINE, self._size)
        behind = np.full((height * BODY_FINE, width * BODY_FINE), FAR, np.float32)
        placed = model.vertices + np.array([0.0, -AIM, -BODY_DISTANCE], np.float32)
        colour, cover, depth = draw(model, placed, np.eye(3, dtype=np.float32), self._ball, window, behind)
        layer = np.dstack([cv2.bitwise_and(colour, cv2.merge([cover] * 3)), cover])
        self._body = cv2.resize(layer, self._size, interpolation=cv2.INTER_AREA)
        self._body_depth = cv2.resize(depth, self._size, interpolation=cv2.INTER_NEAREST)
        self._wall = wall(self._person, self._size, lighting)

    def _place_body(self, pose: Pose) -> tuple[Image, Field]:
        """The wall with the body before it, and the body's depth."""
        width, height = self._size
        scale = BODY_DISTANCE / pose.distance
        unit = focal(height) / pose.distance
        move_x, move_y = pose.shift[0] * unit, -pose.shift[1] * unit
        aim = np.array([[scale, 0, width / 2 * (1 - scale) + move_x], [0, scale, height / 2 * (1 - scale) + move_y]])
        layer = cv2.warpAffine(self._body, aim, self._size, flags=cv2.INTER_LINEAR)
        depth = cv2.warpAffine(self._body_depth, aim, self._size, flags=cv2.INTER_NEAREST, borderValue=FAR)
        moved: Field = np.where(depth < FAR - 1, depth + np.float32(pose.distance - BODY_DISTANCE), np.float32(FAR))
        return over(layer[..., :3], layer[..., 3], self._wall), moved

    def _window(self, placed: Field) -> Window | None:
        width, height = self._size
        scale = focal(height) / -placed[:, 2]
        across, down = width / 2 + placed[:, 0] * scale, height / 2 - placed[:, 1] * scale
        left, top = (max(0, int(edge.min()) - WINDOW_MARGIN) for edge in (across, down))
        right, bottom = (
            min(limit, int(edge.max()) + WINDOW_MARGIN) for limit, edge in ((width, across), (height, down))
        )
        if right <= left or bottom <= top:
            return None
        fine = FINE if (right - left) * (bottom - top) * FINE**2 <= MAX_FINE_PIXELS else 1
        return Window(left, top, right - left, bottom - top, fine, self._size)

    def _lay_head(self, picture: Image, depth: Field, placed: Field, turn: Field, window: Window) -> None:
        part = (slice(window.top, window.top + window.height), slice(window.left, window.left + window.width))
        fine_size = (window.width * window.fine, window.height * window.fine)
        behind = np.asarray(cv2.resize(depth[part], fine_size, interpolation=cv2.INTER_NEAREST), np.float32)
        colour, cover, _ = draw(self._head, placed, turn, self._ball, window, behind)
        masked = cv2.bitwise_and(colour, cv2.merge([cover, cover, cover]))
        small = cv2.resize(masked, (window.width, window.height), interpolation=cv2.INTER_AREA)
        share = cv2.resize(cover, (window.width, window.height), interpolation=cv2.INTER_AREA)
        picture[part] = over(small, share, picture[part])

    def _sensed(self, picture: Image, number: int) -> Image:
        """With the grain of a sensor: another part of one sheet of it for every frame."""
        width, height = self._size
        down, across = number * 37 % GRAIN_SLACK, number * 23 % GRAIN_SLACK
        grain = self._grain[down : down + height, across : across + width]
        return np.asarray(cv2.subtract(cv2.add(picture, grain), self._grain_level), np.uint8)


def grown(part: Field) -> Field:
    """A form's field at the size of the texture."""
    return np.asarray(cv2.resize(part, (TEXTURE_SIDE, TEXTURE_SIDE), interpolation=cv2.INTER_LINEAR), np.float32)


def turned(pose: Pose) -> Field:
    """Rotation (3, 3) of the head: yaw, then pitch, then roll."""
    yaw, pitch, roll = (np.radians(angle) for angle in (-pose.yaw, -pose.pitch, -pose.roll))
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y, np.float32)


def over(colour: Pixels, cover: Pixels, ground: Pixels) -> Image:
    """Colour already weighted by its cover, laid over the ground."""
    rest = cv2.merge([255 - cover] * 3)
    return np.asarray(cv2.add(colour, cv2.multiply(ground, rest, scale=1 / 255.0)), np.uint8)


def wall(person: Person, size: tuple[int, int], lighting: Lighting) -> Image:
    """A plain wall, a little brighter towards the lamp."""
    width, height = size
    x, y = np.meshgrid(np.linspace(-1, 1, width, dtype=np.float32), np.linspace(1, -1, height, dtype=np.float32))
    lamp = lighting.direction
    level = 0.97 + 0.05 * (lamp[0] * x + lamp[1] * y) - 0.07 * (x * x + 0.8 * y * y)
    level = level + 0.004 * noise(np.random.default_rng(person.seed), (height, width), (5, 8))
    level = level * np.float32(min(lighting.level, 1.25) ** 0.45)
    return np.clip(np.asarray(person.wear.wall, np.float32) * level[..., None], 0, 255).round().astype(np.uint8)
