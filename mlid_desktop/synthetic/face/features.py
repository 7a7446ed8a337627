"""The expression of a synthetic face, and its eyes (gaze and lids), painted over the skin in small patches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlid_desktop.synthetic.face.grid_shapes import Field, paint, ramp, tint
from mlid_desktop.synthetic.face.head_shape import face_layout
from mlid_desktop.synthetic.face.person import Person
from mlid_desktop.synthetic.face.skin import skin_tone

PUPIL_SHARE = 0.38
SCLERA = (196, 202, 210)
CATCHLIGHT = (-1.9, 2.1)
EYE_GLOSS = 120.0


@dataclass(frozen=True, slots=True)
class Expression:
    """The expression of a face: ``blink`` 0 open .. 1 closed; ``mouth`` 0 closed .. 1 open; ``gaze`` mm that the irises
    lie off the middle of the eyes (x to the viewer's right, y up)."""

    blink: float = 0.0
    mouth: float = 0.0
    gaze: tuple[float, float] = (0.0, 0.0)


def paint_eyes(person: Person, expression: Expression, x: Field, y: Field, canvas: Field, gloss: Field) -> None:
    """Paints both eyes onto ``canvas`` (h, w, 3) and ``gloss`` (h, w) of a part of the face, in place."""
    marks, eyes = face_layout(person), person.eyes
    out = np.abs(x) - marks.eye_x
    tilted = y - np.float32(np.tan(eyes.tilt)) * out
    half = eyes.width / 2
    tall = eyes.open * eyes.width
    along = np.clip(out / half, -1.25, 1.25)
    within = np.clip(1.0 - np.abs(along) ** 2.3, 0.0, 1.0)
    low = -0.42 * tall * np.clip(1.0 - along**2, 0.0, 1.0) ** 0.8
    up = 0.58 * tall * within**0.72
    up = up * (1.0 + 0.55 * eyes.peak * along)
    lid = up + (low + 0.4 - up) * np.float32(expression.blink)
    opening = ramp(lid - tilted, 0.0, 0.45) * ramp(tilted - low, 0.0, 0.45) * ramp(np.abs(along), 1.02, 0.97)
    _lid_skin(person, tilted, up, low, along, canvas)
    _eyeball(person, expression, x, y, lid - tilted, along, opening, canvas, gloss)
    _lashes(person, tilted, lid, low, along, canvas)


def _lid_skin(person: Person, y: Field, up: Field, low: Field, along: Field, canvas: Field) -> None:
    eyes = person.eyes
    near = ramp(np.abs(along), 1.3, 0.8)
    crease = up + 1.6 + 2.6 * eyes.fold
    line = np.exp(-0.5 * ((y - crease) / (0.55 + 0.5 * eyes.fold)) ** 2) * near
    canvas *= 1.0 - (0.18 + 0.26 * eyes.fold) * line[..., None] * np.array([1.0, 0.92, 0.75], np.float32)
    under = np.exp(-0.5 * ((y - low + 1.6) / 1.1) ** 2) * near
    canvas *= 1.0 + 0.05 * under[..., None]
    if eyes.liner > 0:
        shadow = ramp(y, 11.0, 4.0) * ramp(y - low, 0.0, 2.0) * ramp(np.abs(along), 1.35, 0.8)
        paint(
            canvas,
            tint(skin_tone(person), (0.60, 0.50, 0.56)),
            np.float32(0.55 * eyes.liner) * shadow,
        )


def _eyeball(
    person: Person,
    expression: Expression,
    x: Field,
    y: Field,
    under_lid: Field,
    along: Field,
    opening: Field,
    canvas: Field,
    gloss: Field,
) -> None:
    if not opening.any():
        return
    marks, eyes = face_layout(person), person.eyes
    white = np.empty_like(canvas)
    white[:] = SCLERA
    corner = ramp(along, -0.78, -0.97)[..., None]
    white += corner * (np.array([130, 132, 190], np.float32) - white)
    white *= 1.0 - 0.16 * np.abs(along)[..., None] ** 2
    centre = np.sign(x) * marks.eye_x + np.float32(expression.gaze[0])
    dx, dy = x - centre, y - np.float32(expression.gaze[1] + 0.4)
    radius = np.sqrt(dx * dx + dy * dy)
    turn = np.arctan2(dy, dx)
    size, pupil = eyes.iris_size, PUPIL_SHARE * eyes.iris_size
    rays = 0.10 * np.sin(turn * 23 + 3 * np.sin(turn * 5)) + 0.06 * np.sin(turn * 41)
    light = 0.85 + 0.55 * ramp(radius, pupil, size * 0.8) * (0.75 + rays) - 0.25 * dy / size
    iris = np.asarray(eyes.iris, np.float32) * light[..., None]
    iris *= (1.0 - 0.62 * ramp(radius, size - 1.5, size))[..., None]
    paint(white, np.asarray(iris, np.float32), ramp(radius, size + 0.25, size - 0.35))
    paint(white, (10, 9, 9), ramp(radius, pupil + 0.3, pupil - 0.3))
    white *= (0.42 + 0.58 * ramp(under_lid, 0.0, 4.2))[..., None]
    shine = ramp(np.sqrt((dx - CATCHLIGHT[0]) ** 2 + (dy - CATCHLIGHT[1]) ** 2), 1.25, 0.55)
    paint(white, (250, 250, 250), shine * np.float32(0.95))
    low_shine = ramp(np.sqrt((dx + CATCHLIGHT[0]) ** 2 + (dy + CATCHLIGHT[1]) ** 2), 1.5, 0.3)
    paint(white, (200, 200, 200), low_shine * np.float32(0.22))
    paint(canvas, white, opening)
    gloss += opening * (EYE_GLOSS - gloss)


def _lashes(person: Person, y: Field, lid: Field, low: Field, along: Field, canvas: Field) -> None:
    eyes = person.eyes
    dark = (18.0, 18.0, 22.0)
    ends = ramp(along, -1.06, -0.7) * ramp(along, 1.16, 0.95)
    thick = (0.55 + 0.7 * eyes.liner) * (0.6 + 0.6 * ramp(along, -0.8, 0.8))
    upper = np.exp(-0.5 * ((y - lid - 0.15) / thick) ** 2) * ends
    paint(canvas, dark, np.asarray(np.clip(1.15 * upper, 0.0, 0.92), np.float32))
    lower = np.exp(-0.5 * ((y - low + 0.2) / 0.45) ** 2) * ramp(along, -0.9, -0.4) * ramp(along, 1.05, 0.9)
    paint(
        canvas,
        tint(skin_tone(person), (0.45, 0.45, 0.45)),
        np.asarray((0.40 + 0.35 * eyes.liner) * lower, np.float32),
    )
