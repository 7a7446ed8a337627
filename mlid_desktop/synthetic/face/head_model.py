"""The drawable model of a head: form, skin, hair, ears and glasses as one, with the parts that move."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from mlid_desktop.synthetic.face.accessories import ear_sheets, glasses_sheets
from mlid_desktop.synthetic.face.facial_hair import beard_cover, beard_height
from mlid_desktop.synthetic.face.features import Expression, paint_eyes, paint_lips
from mlid_desktop.synthetic.face.grid_shapes import Field, blur, normals_of, ramp
from mlid_desktop.synthetic.face.hair import hair_sheets
from mlid_desktop.synthetic.face.head_shape import HeadForm, face_layout, shape_head
from mlid_desktop.synthetic.face.person import HairStyle, Person
from mlid_desktop.synthetic.face.scene import Model, Sheet, pack_sheets
from mlid_desktop.synthetic.face.skin import SkinPaint, paint_skin

FORM_SIDE, TEXTURE_SIDE, MESH_SIDE = 448, 896, 112
EARS_COVERED = frozenset({HairStyle.SCARF, HairStyle.LONG, HairStyle.BOB, HairStyle.FRINGE})
JAW_DROP = np.array([0.0, -24.0, -6.0], np.float32)  # mm that the chin moves when the mouth is wide open
GAP_PAINTED, CHEEK = 6.0, 38.0  # mm over which the skin is stretched, between the lips and beside them
PATCH_ANGLE = 1.3  # radians from the middle of the face: no part that moves lies farther round


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A part of the face that is repainted when it moves: its rows and columns in the texture, the bare skin under it,
    and where on the face each of its texture points lies (``x``, ``y`` mm)."""

    rows: slice
    columns: slice
    colour: Field
    gloss: Field
    x: Field
    y: Field


class HeadSolid:
    """The drawable head of a person with its present expression; :attr:`model` is what is drawn."""

    def __init__(self, person: Person) -> None:
        self._person = person
        form = _enlarged(shape_head(person, FORM_SIDE, FORM_SIDE))
        skin = paint_skin(person, form)
        ears = [] if person.hair.style in EARS_COVERED else ear_sheets(person)
        self.model: Model = pack_sheets(
            [_skin_sheet(person, form, skin), *ears, *hair_sheets(person), *glasses_sheets(person)]
        )
        self._eyes, self._mouth = _patches(person, form, skin)
        self._at_rest = self.model.vertices.copy()
        self._jaw = _jaw_shares(person, form)
        self._expression: Expression | None = None

    def express(self, expression: Expression) -> None:
        """Paints eyes and mouth in this expression, where that changes anything."""
        if expression == self._expression:
            return
        for patch, brush in ((self._eyes, paint_eyes), (self._mouth, paint_lips)):
            colour, gloss = patch.colour.copy(), patch.gloss.copy()
            brush(self._person, expression, patch.x, patch.y, colour, gloss)
            self.model.colour[patch.rows, patch.columns] = np.clip(np.dstack([colour, gloss]), 0, 255)
        skin, dropped = slice(0, len(self._jaw)), np.float32(expression.mouth) * self._jaw[:, None] * JAW_DROP
        self.model.vertices[skin] = self._at_rest[skin] + dropped
        self._expression = expression


def _enlarged(form: HeadForm) -> HeadForm:
    """A head form at the size of the texture."""
    return replace(form, **{name: _grown(getattr(form, name)) for name in ("points", "x", "y", "front", "angle")})


def _grown(part: Field) -> Field:
    return np.asarray(cv2.resize(part, (TEXTURE_SIDE, TEXTURE_SIDE), interpolation=cv2.INTER_LINEAR), np.float32)


def _skin_sheet(person: Person, form: HeadForm, skin: SkinPaint) -> Sheet:
    """The sheet of the skin with the beard standing out from it, and its finest relief in the normals alone."""
    outward = normals_of(form.points)
    bearded = blur(beard_cover(person, face_layout(person), form.x, form.y, form.angle), 5.0) * beard_height(person)
    points = np.asarray(form.points + outward * bearded[..., None], np.float32)
    normals = normals_of(np.asarray(points + outward * skin.rough[..., None], np.float32))
    even = np.linspace(0, TEXTURE_SIDE - 1, MESH_SIDE).astype(np.float32)
    mesh = cv2.remap(points, *np.meshgrid(even, even), cv2.INTER_LINEAR)
    texture = np.clip(np.dstack([skin.colour, skin.gloss]), 0, 255).round().astype(np.uint8)
    return Sheet(np.asarray(mesh, np.float32), texture, normals)


def _jaw_shares(person: Person, form: HeadForm) -> Field:
    """How much of the jaw's drop each vertex of the skin follows, 0..1, in the order of its mesh: from nothing at the
    line of the lips to all of it below the gap that is painted there, over the length of a cheek beside the mouth."""
    even = np.linspace(0, TEXTURE_SIDE - 1, MESH_SIDE).astype(np.float32)
    across, down = np.meshgrid(even, even)
    x, y, front = (
        np.asarray(cv2.remap(part, across, down, cv2.INTER_LINEAR), np.float32) for part in (form.x, form.y, form.front)
    )
    marks, half = face_layout(person), person.mouth.width / 2
    beside = np.clip((np.abs(x) / half - 0.75) / 0.5, 0.0, 1.0)
    length = GAP_PAINTED + (CHEEK - GAP_PAINTED) * beside
    below = np.clip((marks.mouth - y) / length, 0.0, 1.0)
    held = ramp(y, marks.chin - 26.0, marks.chin - 12.0) * ramp(np.abs(x), 70.0, 45.0) * front
    return np.asarray((below * held).ravel(), np.float32)


def _patches(person: Person, form: HeadForm, skin: SkinPaint) -> tuple[Patch, Patch]:
    """The patches of the eyes and of the mouth."""
    marks, half = face_layout(person), person.mouth.width / 2
    reach = marks.eye_x + person.eyes.width / 2 + 7.0
    return (
        _patch(form, skin, (-reach, reach), (-12.0, 14.0)),
        _patch(form, skin, (-half - 6.0, half + 6.0), (marks.mouth - 26.0, marks.mouth + 14.0)),
    )


def _patch(form: HeadForm, skin: SkinPaint, across: tuple[float, float], up: tuple[float, float]) -> Patch:
    inside = (form.x >= across[0]) & (form.x <= across[1]) & (form.y >= up[0]) & (form.y <= up[1])
    inside &= np.abs(form.angle) < PATCH_ANGLE
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    part = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    return Patch(*part, skin.colour[part].copy(), skin.gloss[part].copy(), form.x[part].copy(), form.y[part].copy())
