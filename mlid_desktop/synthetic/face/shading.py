"""Shades a surface: a ball is lit once, and every surface point takes the light of the ball point facing its way."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mlid_desktop.domain.samples import Image
from mlid_desktop.synthetic.face.grid_shapes import Field

BALL_SIDE = 256
UNIT = 128.0  # ball value of light that leaves a painted colour as it is
GAMMA = 2.2
WRAP = (0.18, 0.24, 0.38)  # how far light bleeds round an edge; red travels farthest in skin
SKY, GROUND, KEY, FILL, RIM = 0.34, 0.20, 0.74, 0.16, 0.16
KEY_WARMTH = (0.94, 0.99, 1.04)
FILL_WARMTH = (1.05, 1.0, 0.96)
GLOSS_NARROW, GLOSS_WIDE = 38.0, 9.0


@dataclass(frozen=True, slots=True)
class Lighting:
    """The light of a scene, from its main lamp: ``direction`` towards it (x right, y up, z to the viewer), ``level`` 1
    for a well lit desk."""

    direction: tuple[float, float, float] = (-0.42, 0.55, 0.75)
    level: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class LightBall:
    """A lit ball as look-up tables by the x and y of a unit normal: ``diffuse`` (side, side, 3) and ``gloss`` (side,
    side), uint8."""

    diffuse: Image
    gloss: Image

    def shade(self, colour: Image, normals: Field) -> Image:
        """The picture of painted ``colour`` (h, w, 4) with ``normals`` (h, w, 3) in camera space under this light."""
        half = np.float32((BALL_SIDE - 1) / 2)
        across, down = normals[..., 0] * half + half, half - normals[..., 1] * half
        diffuse = cv2.remap(self.diffuse, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        gloss = cv2.remap(self.gloss, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        lit = cv2.multiply(np.ascontiguousarray(colour[..., :3]), diffuse, scale=1 / UNIT)
        shine = cv2.multiply(np.ascontiguousarray(colour[..., 3]), gloss, scale=1 / 255.0)
        return np.asarray(cv2.add(lit, cv2.merge([shine, shine, shine])), np.uint8)


def light_ball(lighting: Lighting) -> LightBall:
    """The lit ball of a lamp, with soft light from the room around."""
    axis = np.linspace(-1.0, 1.0, BALL_SIDE, dtype=np.float32)
    x, y = np.meshgrid(axis, -axis)
    z = np.sqrt(np.maximum(1.0 - x * x - y * y, 0.0))
    length = np.sqrt(x * x + y * y + z * z)
    x, y, z = x / length, y / length, z / length
    lamp = np.array(lighting.direction, np.float64)
    lamp /= np.linalg.norm(lamp)
    towards = x * lamp[0] + y * lamp[1] + z * lamp[2]
    fill = np.clip((-0.8 * x + 0.1 * y + 0.6 * z) * np.sign(-lamp[0] or 1.0) + 0.3 * z, 0.0, 1.0)
    rim = np.clip(1.0 - z, 0.0, 1.0) ** 3 * np.clip(0.5 + 0.5 * y, 0.0, 1.0)
    room = GROUND + (SKY - GROUND) * (0.5 + 0.5 * y)
    channels = []
    for wrap, warm, cool in zip(WRAP, KEY_WARMTH, FILL_WARMTH, strict=True):
        key = np.clip((towards + wrap) / (1.0 + wrap), 0.0, 1.0) ** 1.2
        energy = lighting.level * (room + KEY * warm * key + FILL * cool * fill + RIM * rim)
        channels.append(UNIT * np.power(energy, 1.0 / GAMMA))
    middle = np.array([lamp[0], lamp[1], lamp[2] + 1.0])
    middle /= np.linalg.norm(middle)
    facing = np.clip(x * middle[0] + y * middle[1] + z * middle[2], 0.0, 1.0)
    shine = 0.6 * facing**GLOSS_NARROW + 0.4 * facing**GLOSS_WIDE
    gloss = 255.0 * np.clip(shine * min(lighting.level, 1.6), 0.0, 1.0)
    diffuse = np.clip(np.stack(channels, axis=-1), 0.0, 255.0).round().astype(np.uint8)
    return LightBall(diffuse, gloss.round().astype(np.uint8))
