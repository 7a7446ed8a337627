"""The mouth of a synthetic face: lips and what is seen between them, and how the skin about it moves as it opens."""

from __future__ import annotations

import numpy as np

from mlid_desktop.synthetic.face.features import Expression
from mlid_desktop.synthetic.face.grid_shapes import Field, paint, ramp
from mlid_desktop.synthetic.face.head_shape import face_layout
from mlid_desktop.synthetic.face.person import Person
from mlid_desktop.synthetic.face.skin import skin_tone

LIP_GLOSS = 66.0
GAP = 8.0  # mm of the skin between the lips of a wide open mouth, before the jaw that drops stretches it
ROOM_BELOW = 30.0  # mm below the line of the lips, down to which what lies under the gap gives way to it
JAW_DROP = np.array([0.0, -28.0, -6.0], np.float32)  # mm that the chin moves when the mouth is wide open
CHEEK_ABOVE, CHEEK_BELOW = 16.0, 26.0  # mm from the line of the lips over which the skin beside them is stretched
PURSED = 0.18  # of their distance from the middle, by which the corners of a wide open mouth come nearer to it


def paint_lips(person: Person, expression: Expression, x: Field, y: Field, canvas: Field, gloss: Field) -> None:
    """Paints the mouth onto ``canvas`` and ``gloss`` of a part of the face, in place."""
    mouth = person.mouth
    half = mouth.width / 2
    along = np.clip(np.abs(x) / half, 0.0, 1.2)
    within = np.clip(1.0 - along**2, 0.0, 1.0)
    line, open_by = _line(person, x), _gap(person, expression, x)
    bow = mouth.bow * (1.7 * np.exp(-0.5 * ((np.abs(x) - 5.5) / 3.0) ** 2) - 1.5 * np.exp(-0.5 * (x / 3.2) ** 2))
    top = line + (mouth.upper + bow) * np.clip(1.0 - along**1.6, 0.0, 1.0) ** 0.9
    bottom = line - open_by - mouth.lower * within**0.452
    lips = ramp(top - y, -0.7, 0.9) * ramp(y - bottom, -0.9, 1.0) * ramp(along, 1.03, 0.94)
    lower_light = (
        1.0
        + 0.10 * np.exp(-0.5 * ((y - (line - open_by + bottom) / 2) / 2.4) ** 2)
        - 0.10 * ramp(y, line - 0.5, line + 2.0)
    )
    wrinkles = 1.0 + 0.03 * np.sin(x * 2.1 + 0.5 * np.sin(y)) * within
    paint(
        canvas,
        np.asarray(_lip_colour(person) * (lower_light * wrinkles)[..., None], np.float32),
        lips * np.float32(0.88),
    )
    gloss += lips * (LIP_GLOSS * (1.0 + mouth.paint) - gloss)
    if expression.mouth > 0.02:
        _paint_between(expression, line - y, open_by, along, canvas, gloss)
    _paint_edge(x, y - line, along, half, canvas)


def lower_lip_maps(person: Person, expression: Expression, x: Field, y: Field) -> tuple[Field, Field]:
    """Where what is seen at each point of a part of the face with the mouth open lies with the mouth closed, as maps
    for ``cv2.remap`` (columns, rows): what is below the gap has given way to it."""
    line, open_by = _line(person, x), _gap(person, expression, x)
    below = line - open_by - person.mouth.lower
    given_way = (
        open_by * ramp(y, line - ROOM_BELOW, np.minimum(below, line - 0.5 * ROOM_BELOW)) * ramp(line - y, 0.0, 1.0)
    )
    height = np.maximum(-np.gradient(y, axis=0), 1e-3)
    across, down = np.meshgrid(np.arange(x.shape[1]), np.arange(x.shape[0]))
    return np.asarray(across, np.float32), np.asarray(down - given_way / height, np.float32)


def jaw_travel(person: Person, x: Field, y: Field, front: Field) -> Field:
    """The way (…, 3) mm that each point of the skin at rest goes until the mouth is wide open.

    In the middle the skin is stretched between the lips alone. Beside them it is stretched over the length of a cheek,
    so that the corners go down with the jaw half as far, and come nearer to one another.
    """
    marks, half = face_layout(person), person.mouth.width / 2
    depth = _line(person, np.clip(x, -half, half)) - y
    cheek = ramp(np.abs(x) / half, 0.6, 1.15)
    dropped = (1.0 - cheek) * np.clip(depth / GAP, 0.0, 1.0) + cheek * ramp(depth, -CHEEK_ABOVE, CHEEK_BELOW)
    held = ramp(y, marks.chin - 26.0, marks.chin - 12.0) * ramp(np.abs(x), 70.0, 45.0) * front
    travel = (dropped * held)[..., None] * JAW_DROP
    near = np.exp(-((x / (1.25 * half)) ** 4) - 0.5 * ((y - marks.mouth) / 20.0) ** 2)
    travel[..., 0] -= PURSED * x * near * front
    return np.asarray(travel, np.float32)


def _line(person: Person, x: Field) -> Field:
    """The height mm at which the lips meet."""
    along = np.clip(np.abs(x) / (person.mouth.width / 2), 0.0, 1.2)
    return np.asarray(face_layout(person).mouth + person.mouth.curve * along**2, np.float32)


def _gap(person: Person, expression: Expression, x: Field) -> Field:
    """How far mm the lips are apart before the jaw stretches what is between them."""
    within = np.clip(1.0 - (x / (person.mouth.width / 2)) ** 2, 0.0, 1.0)
    return np.asarray(GAP * expression.mouth * within**0.45, np.float32)


def _lip_colour(person: Person) -> Field:
    skin = np.asarray(skin_tone(person), np.float32)
    natural = skin * np.array([0.70, 0.66, 0.84], np.float32) + np.array([6.0, 2.0, 10.0], np.float32)
    return np.asarray(
        natural + person.mouth.paint * (np.asarray(person.mouth.paint_colour, np.float32) - natural), np.float32
    )


def _paint_between(
    expression: Expression, depth: Field, open_by: Field, along: Field, canvas: Field, gloss: Field
) -> None:
    """Paints the teeth and the tongue, ``depth`` mm below the line of the lips."""
    gap = ramp(depth, -0.2, 0.5) * ramp(open_by - depth, -0.2, 0.5) * ramp(along, 1.06, 0.98)
    inside = np.empty_like(canvas)
    inside[:] = (30, 22, 52)
    tongue = ramp(depth / np.maximum(open_by, 0.1), 0.55, 0.85) * ramp(along, 0.75, 0.45)
    paint(inside, (74, 66, 138), tongue * np.float32(0.8 * expression.mouth))
    shown = np.float32(0.62 - 0.42 * expression.mouth)  # the jaw that drops stretches what is painted here
    teeth = ramp(depth, 0.2, 0.6) * ramp(shown * open_by + 0.6 - depth, 0.0, 0.5) * ramp(along, 0.84, 0.62)
    paint(inside, (206, 216, 222), teeth * np.float32(0.92))
    paint(canvas, inside, gap)
    gloss *= 1.0 - 0.7 * gap


def _paint_edge(x: Field, above: Field, along: Field, half: float, canvas: Field) -> None:
    """Paints the dark line where the lips meet, and its ends."""
    edge = np.exp(-0.5 * (above / 0.62) ** 2) * ramp(along, 1.06, 0.98)
    paint(canvas, (34, 28, 58), np.asarray(0.72 * edge, np.float32))
    corner = np.exp(-0.5 * (((np.abs(x) - half) / 1.8) ** 2 + (above / 1.2) ** 2))
    paint(canvas, (38, 34, 62), np.asarray(0.45 * corner, np.float32))
