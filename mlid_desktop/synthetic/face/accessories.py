"""Models ears and glasses of a synthetic face."""

from __future__ import annotations

import numpy as np

from mlid_desktop.synthetic.face.grid_shapes import ramp
from mlid_desktop.synthetic.face.head_shape import cross_sections, face_layout
from mlid_desktop.synthetic.face.person import GlassesStyle, Person
from mlid_desktop.synthetic.face.scene import Sheet, textured_sheet
from mlid_desktop.synthetic.face.skin import SKIN_GLOSS, skin_tone

FRAME_GLOSS = 150.0
EAR_DEPTH, EAR_HEIGHT = -6.0, -16.0


def ear_sheets(person: Person) -> list[Sheet]:
    """The sheets of both ears."""
    return [_ear(person, side) for side in (-1.0, 1.0)]


def _ear(person: Person, side: float) -> Sheet:
    rows, columns = 64, 128
    radius = np.linspace(0.0, 1.0, rows, dtype=np.float32)[:, None]
    around = np.linspace(0.0, 2 * np.pi, columns, dtype=np.float32)[None, :]
    tall = 29.0 * person.skull.face_length
    narrow = 1.0 - 0.30 * ramp(np.sin(around), 0.1, -0.9)
    back = radius * np.cos(around) * 17.0 * narrow
    up = radius * np.sin(around) * tall
    rim = (
        np.exp(-0.5 * ((radius - 0.86) / 0.10) ** 2)
        * ramp(np.sin(around), -0.85, -0.35)
        * ramp(np.cos(around), -0.95, -0.3)
    )
    fold = np.exp(-0.5 * ((radius - 0.56) / 0.10) ** 2) * ramp(np.cos(around), -0.2, 0.5)
    bowl = np.exp(-0.5 * (((back + 4) / 6.0) ** 2 + ((up + 3) / 8.0) ** 2))
    out = 4.5 * rim + 2.5 * fold - 6.0 * bowl + 2.0 * (1 - radius)
    wide = float(cross_sections(person, np.array([EAR_HEIGHT], np.float32))[0][0])
    x = side * (wide - 3.0 + 0.45 * (back + 15) + out * 0.78)
    z = EAR_DEPTH - 0.86 * back + 0.5 * out
    points = np.stack([x, EAR_HEIGHT + up, z], axis=-1).astype(np.float32)
    if side < 0:
        points = points[:, ::-1].copy()
        bowl, rim, fold = bowl[:, ::-1], rim[:, ::-1], fold[:, ::-1]
    colour = np.empty((rows, columns, 3), np.float32)
    colour[:] = skin_tone(person)
    colour *= np.array([0.90, 0.91, 1.0], np.float32) * (0.92 - 0.50 * bowl + 0.10 * rim + 0.05 * fold)[..., None]
    return textured_sheet(
        points, np.asarray(colour, np.float32), np.full((rows, columns), SKIN_GLOSS * 0.6, np.float32), 4
    )


def glasses_sheets(person: Person) -> list[Sheet]:
    """The sheets of the glasses (rims, bridge and temples), or none."""
    if person.wear.glasses is GlassesStyle.NONE:
        return []
    marks = face_layout(person)
    around = np.linspace(0.0, 2 * np.pi, 64)
    sheets = []
    for side in (-1.0, 1.0):
        x, y = rim_line(person, around)
        centre = marks.eye_x + 1.0
        outer = centre + float(x.max())
        rim = np.stack([side * (centre + x), y - 2.0, _plane(person, centre + x)], axis=-1)
        sheets.append(_tube(person, rim, closed=True))
        hinge = np.array([side * outer, 7.0, float(_plane(person, np.array([outer]))[0])])
        wide = float(cross_sections(person, np.array([5.0], np.float32))[0][0]) + 2.5
        ear = np.array([side * wide, 4.0, -8.0])
        knee = np.array([side * (max(outer, wide - 2) + 1.0), 7.0, hinge[2] - 10.0])
        sheets.append(_tube(person, _polyline([hinge, knee, ear, ear + np.array([0, -14.0, -12.0])], 24), closed=False))
    inner = marks.eye_x + 1.0 + float(rim_line(person, around)[0].min())
    across = np.linspace(-inner, inner, 16)
    bridge = np.stack(
        [across, 3.5 + 2.0 * (1 - (across / max(inner, 1)) ** 2), _plane(person, np.abs(across)) + 1.0], axis=-1
    )
    sheets.append(_tube(person, bridge, closed=False))
    return sheets


def rim_line(person: Person, around: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outline of the right-hand rim of the glasses about its middle, mm; x grows outwards."""
    size = person.wear.glasses_size
    cosine, sine = np.cos(around), np.sin(around)
    match person.wear.glasses:
        case GlassesStyle.ROUND:
            return 22.5 * size * cosine, 21.5 * size * sine
        case GlassesStyle.SQUARE:
            return _boxed(cosine, 25.5 * size, 0.45), _boxed(sine, 19.5 * size, 0.45)
        case GlassesStyle.WIDE:
            return _boxed(cosine, 27.0 * size, 0.6), _boxed(sine, 15.0 * size, 0.6)
        case _:
            lift = 5.0 * np.clip(cosine, 0, 1) ** 2 * (0.4 + 0.6 * np.clip(sine, 0, 1))
            return _boxed(cosine, 26.0 * size, 0.7), _boxed(sine, 17.5 * size, 0.7) + lift


def _boxed(wave: np.ndarray, size: float, power: float) -> np.ndarray:
    return np.asarray(size * np.sign(wave) * np.abs(wave) ** power)


def _plane(person: Person, side: np.ndarray) -> np.ndarray:
    """Forward position of the glasses' frame, mm, by distance from the middle: on the bridge of the nose, bent round
    the face."""
    bridge = 91.5 + 7.6 * person.nose.height + 1.5 * person.skull.brow_ridge
    return bridge - 0.0032 * np.asarray(side) ** 2


def _polyline(corners: list[np.ndarray], count: int) -> np.ndarray:
    points = np.array(corners)
    positions = np.linspace(0, len(corners) - 1, count)
    line = np.stack([np.interp(positions, range(len(corners)), points[:, axis]) for axis in range(3)], axis=-1)
    inner = (line[:-2] + 2 * line[1:-1] + line[2:]) / 4
    return np.concatenate([line[:1], inner, line[-1:]])


def _tube(person: Person, line: np.ndarray, *, closed: bool) -> Sheet:
    """A sheet for a round bar along a line (n, 3)."""
    ahead = np.gradient(line, axis=0)
    if closed:
        ahead[0] = ahead[-1] = line[1] - line[-2]
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-6)
    helper = np.where(np.abs(ahead[:, 2:]) > 0.8, np.array([[0.0, 1.0, 0.0]]), np.array([[0.0, 0.0, 1.0]]))
    first = np.cross(ahead, helper)
    first /= np.maximum(np.linalg.norm(first, axis=1, keepdims=True), 1e-6)
    second = np.cross(ahead, first)
    turn = np.linspace(0, 2 * np.pi, 9)
    radius = person.wear.frame_thick
    points = line[None] + radius * (
        np.cos(turn)[:, None, None] * first[None] + np.sin(turn)[:, None, None] * second[None]
    )
    grid = np.asarray(points, np.float32)
    colour = np.empty((*grid.shape[:2], 3), np.float32)
    colour[:] = person.wear.frame
    normals = np.asarray((points - line[None]) / radius, np.float32)
    sheet = textured_sheet(grid, colour, np.full(grid.shape[:2], FRAME_GLOSS, np.float32), 1)
    return Sheet(sheet.points, sheet.colour, normals)
