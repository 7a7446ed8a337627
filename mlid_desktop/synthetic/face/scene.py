"""Packs sheets (curved grids with a painted texture) into one model, and draws such a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.samples import Image
from mlid_desktop.synthetic.face.grid_shapes import Field, normals_of
from mlid_desktop.synthetic.face.shading import LightBall

FIELD_OF_VIEW = float(np.radians(36.0))  # vertical, that of a desk webcam held upright in 16:9
NEAR, FAR = 50.0, 3000.0
DEPTH_MARGIN = 0.05  # mm
Pixels = NDArray[Any]  # cv2 gives its results no element type


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A curved grid with a painted texture: ``points`` (rows, columns, 3) mm, rows downwards and columns to the right
    as seen from outside; ``colour`` (h, w, 4) uint8 blue, green, red and gloss; ``normals`` (h, w, 3) float32. Texture
    corners lie on grid corners; a ``lined`` sheet is seen from inside too."""

    points: Field
    colour: Image
    normals: Field
    lined: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A model of several sheets as one mesh: ``vertices`` (n, 3) mm, ``triangles`` (m, 3), ``texture_points`` (n, 3)
    where each lies on the textures, in 0..1 (the third is unused), the textures side by side, and the texture column
    at which each sheet starts."""

    vertices: Field
    triangles: NDArray[np.int32]
    texture_points: Field
    colour: Image
    normals: Field
    starts: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Viewport:
    """The part of the frame that is drawn: ``left``, ``top``, ``width``, ``height`` in frame pixels, each drawn
    ``fine`` times as wide and high; ``size`` is the frame's (width, height)."""

    left: int
    top: int
    width: int
    height: int
    fine: float
    size: tuple[int, int]

    @property
    def fine_size(self) -> tuple[int, int]:
        """Size (width, height) of the drawn part, in fine pixels."""
        return round(self.width * self.fine), round(self.height * self.fine)

    @property
    def part(self) -> tuple[slice, slice]:
        """Rows and columns of the drawn part in the frame."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)


def textured_sheet(points: Field, colour: Field, gloss: Field, step: int, *, lined: bool = False) -> Sheet:
    """A sheet whose texture has the size of ``points`` and whose mesh has about every ``step``-th of them."""
    rows, columns = points.shape[:2]
    even_down = np.linspace(0, rows - 1, (rows - 2) // step + 2).astype(np.float32)
    even_across = np.linspace(0, columns - 1, (columns - 2) // step + 2).astype(np.float32)
    mesh = cv2.remap(points, *np.meshgrid(even_across, even_down), cv2.INTER_LINEAR)
    texture = np.dstack([colour, gloss])
    return Sheet(
        np.asarray(mesh, np.float32), np.clip(texture, 0, 255).round().astype(np.uint8), normals_of(points), lined
    )


def pack_sheets(sheets: Sequence[Sheet]) -> Model:
    """Packs sheets into one model."""
    height = max(sheet.colour.shape[0] for sheet in sheets)
    width = sum(sheet.colour.shape[1] for sheet in sheets)
    colour = np.zeros((height, width, 4), np.uint8)
    normals = np.zeros((height, width, 3), np.float32)
    vertices, triangles, coordinates, starts = [], [], [], []
    column = first = 0
    for sheet in sheets:
        tall, wide = sheet.colour.shape[:2]
        colour[:tall, column : column + wide] = sheet.colour
        normals[:tall, column : column + wide] = sheet.normals
        rows, columns = sheet.points.shape[:2]
        down, across = np.meshgrid(
            np.linspace(0.5, tall - 1.5, rows), np.linspace(0.5, wide - 1.5, columns), indexing="ij"
        )
        position = np.stack([(across + column) / width, down / height, np.zeros_like(down)], axis=-1)
        vertices.append(sheet.points.reshape(-1, 3))
        coordinates.append(position.reshape(-1, 3))
        outside = grid_triangles(rows, columns) + first
        triangles.append(outside)
        if sheet.lined:
            triangles.append(outside[:, ::-1])
        starts.append(column)
        column += wide
        first += rows * columns
    return Model(
        np.concatenate(vertices).astype(np.float32),
        np.concatenate(triangles).astype(np.int32),
        np.concatenate(coordinates).astype(np.float32),
        colour,
        normals,
        tuple(starts),
    )


def grid_triangles(rows: int, columns: int) -> NDArray[np.int32]:
    """The triangles of a grid, two for each cell, (2 * cells, 3)."""
    number = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
    return np.concatenate([np.stack([a, c, b], -1).reshape(-1, 3), np.stack([b, c, d], -1).reshape(-1, 3)])


def focal_length(height: int) -> float:
    """The focal length in pixels: those that 1 mm covers at a distance of 1 mm."""
    return height / 2 / float(np.tan(FIELD_OF_VIEW / 2))


def render(
    model: Model, placed: Field, turn: Field, ball: LightBall, window: Viewport, behind: Field
) -> tuple[Image, Image, Field]:
    """Renders a model: colour (h, w, 3) and cover (h, w), uint8, of the window at its fine size.

    ``placed`` (n, 3) are the vertices in camera space (x right, y up, looking along -z), ``turn`` (3, 3) rotates the
    normals there, ``behind`` (h, w) is the depth of what stands in the scene already and is left unchanged.
    """
    width, height = window.fine_size
    position = np.zeros((height, width, 3), np.float32)
    depth = behind.copy()
    settings = cv2.TriangleRasterizeSettings()
    settings.setShadingType(cv2.RASTERIZE_SHADING_SHADED)
    settings.setCullingMode(cv2.RASTERIZE_CULLING_CW)
    view, angle = _view(window)
    cv2.triangleRasterize(
        placed @ view.T, model.triangles, model.texture_points, position, depth, np.eye(4), angle, NEAR, FAR, settings
    )
    cover = np.where(depth < behind - DEPTH_MARGIN, np.uint8(255), np.uint8(0))
    across = position[..., 0] * np.float32(model.colour.shape[1])
    down = position[..., 1] * np.float32(model.colour.shape[0])
    colour = cv2.remap(model.colour, across, down, cv2.INTER_LINEAR)
    normals = cv2.transform(cv2.remap(model.normals, across, down, cv2.INTER_LINEAR), turn)
    return ball.shade(np.asarray(colour, np.uint8), np.asarray(normals, np.float32)), cover, depth


def composite(colour: Pixels, cover: Pixels, ground: Pixels) -> Image:
    """Lays colour that is already weighted by its cover over the ground; all (h, w, …) uint8."""
    rest = cv2.bitwise_not(cover)
    return np.asarray(cv2.add(colour, cv2.multiply(ground, cv2.merge([rest, rest, rest]), scale=1 / 255.0)), np.uint8)


def _view(window: Viewport) -> tuple[Field, float]:
    """The shear that brings the window's middle to the middle of the picture, and its vertical angle of view,
    radians."""
    scale = focal_length(window.size[1])
    right = (window.left + window.width / 2 - window.size[0] / 2) / scale
    down = (window.top + window.height / 2 - window.size[1] / 2) / scale
    shear = np.array([[1.0, 0.0, right], [0.0, 1.0, -down], [0.0, 0.0, 1.0]], np.float32)
    return shear, 2.0 * float(np.arctan(window.height / 2 / scale))
