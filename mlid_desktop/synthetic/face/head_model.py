"""The drawable model of a head: form, skin, hair, ears and glasses as one, with the parts that move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from mlid_desktop.synthetic.face.accessories import ear_sheets, glasses_sheets
from mlid_desktop.synthetic.face.facial_hair import beard_height
from mlid_desktop.synthetic.face.features import Expression, paint_eyes
from mlid_desktop.synthetic.face.grid_shapes import Field, blur, normals_of
from mlid_desktop.synthetic.face.hair import hair_sheets
from mlid_desktop.synthetic.face.head_shape import HeadForm, face_layout, shape_head
from mlid_desktop.synthetic.face.mouth import ROOM_BELOW, jaw_travel, lower_lip_maps, paint_lips
from mlid_desktop.synthetic.face.person import HairStyle, Person
from mlid_desktop.synthetic.face.scene import Model, Sheet, pack_sheets
from mlid_desktop.synthetic.face.skin import SkinPaint, paint_skin

FORM_SIDE, TEXTURE_SIDE, MESH_SIDE = 448, 896, 112
EARS_COVERED = frozenset({HairStyle.SCARF, HairStyle.LONG, HairStyle.BOB, HairStyle.FRINGE})
PATCH_ANGLE = 1.3  # radians from the middle of the face: no part that moves lies farther round


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A part of the face that is repainted when it moves: its rows and columns in the texture, the bare skin under it
    with its normals, and where on the face each of its texture points lies (``x``, ``y`` mm)."""

    rows: slice
    columns: slice
    colour: Field
    gloss: Field
    normals: Field
    x: Field
    y: Field

    def moved(self, maps: tuple[Field, Field]) -> Patch:
        """The patch with its skin taken from elsewhere in it: ``maps`` are (columns, rows) for each of its points."""

        def taken(part: Field) -> Field:
            return np.asarray(cv2.remap(part, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)

        return replace(self, colour=taken(self.colour), gloss=taken(self.gloss), normals=taken(self.normals))


Brush = Callable[[Person, Expression, Field, Field, Field, Field], None]


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
        self._eyes, self._mouth = _patches(person, form, skin, self.model.normals.copy())
        self._at_rest = self.model.vertices.copy()
        self._jaw = _jaw_travel(person, form)
        self._expression: Expression | None = None

    def express(self, expression: Expression) -> None:
        """Paints eyes and mouth in this expression, where that changes anything."""
        if expression == self._expression:
            return
        self._draw(self._eyes, paint_eyes, expression)
        maps = lower_lip_maps(self._person, expression, self._mouth.x, self._mouth.y)
        self._draw(self._mouth.moved(maps), paint_lips, expression)
        skin = slice(0, len(self._jaw))
        self.model.vertices[skin] = self._at_rest[skin] + np.float32(expression.mouth) * self._jaw
        self._expression = expression

    def _draw(self, patch: Patch, brush: Brush, expression: Expression) -> None:
        """Paints a patch, and lays it into the texture."""
        colour, gloss = patch.colour.copy(), patch.gloss.copy()
        brush(self._person, expression, patch.x, patch.y, colour, gloss)
        self.model.colour[patch.rows, patch.columns] = np.clip(np.dstack([colour, gloss]), 0, 255)
        self.model.normals[patch.rows, patch.columns] = patch.normals


def _enlarged(form: HeadForm) -> HeadForm:
    """A head form at the size of the texture."""
    return replace(form, **{name: _grown(getattr(form, name)) for name in ("points", "x", "y", "front", "angle")})


def _grown(part: Field) -> Field:
    return np.asarray(cv2.resize(part, (TEXTURE_SIDE, TEXTURE_SIDE), interpolation=cv2.INTER_LINEAR), np.float32)


def _skin_sheet(person: Person, form: HeadForm, skin: SkinPaint) -> Sheet:
    """The sheet of the skin with the beard standing out from it, and its finest relief in the normals alone."""
    outward = normals_of(form.points)
    bearded = blur(skin.beard, 5.0) * beard_height(person)
    points = np.asarray(form.points + outward * bearded[..., None], np.float32)
    normals = normals_of(np.asarray(points + outward * skin.rough[..., None], np.float32))
    even = np.linspace(0, TEXTURE_SIDE - 1, MESH_SIDE).astype(np.float32)
    mesh = cv2.remap(points, *np.meshgrid(even, even), cv2.INTER_LINEAR)
    texture = np.clip(np.dstack([skin.colour, skin.gloss]), 0, 255).round().astype(np.uint8)
    return Sheet(np.asarray(mesh, np.float32), texture, normals)


def _jaw_travel(person: Person, form: HeadForm) -> Field:
    """The way (n, 3) mm that each vertex of the skin goes until the mouth is wide open, in the order of its mesh."""
    even = np.linspace(0, TEXTURE_SIDE - 1, MESH_SIDE).astype(np.float32)
    across, down = np.meshgrid(even, even)
    x, y, front = (
        np.asarray(cv2.remap(part, across, down, cv2.INTER_LINEAR), np.float32) for part in (form.x, form.y, form.front)
    )
    return jaw_travel(person, x, y, front).reshape(-1, 3)


def _patches(person: Person, form: HeadForm, skin: SkinPaint, normals: Field) -> tuple[Patch, Patch]:
    """The patches of the eyes and of the mouth."""
    marks, half = face_layout(person), person.mouth.width / 2
    reach = marks.eye_x + person.eyes.width / 2 + 7.0

    def cut(across: float, up: tuple[float, float]) -> Patch:
        inside = (np.abs(form.x) <= across) & (form.y >= up[0]) & (form.y <= up[1])
        inside &= np.abs(form.angle) < PATCH_ANGLE
        rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        part = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
        return Patch(*part, *(field[part].copy() for field in (skin.colour, skin.gloss, normals, form.x, form.y)))

    return cut(reach, (-12.0, 14.0)), cut(half + 6.0, (marks.mouth - ROOM_BELOW, marks.mouth + 14.0))
