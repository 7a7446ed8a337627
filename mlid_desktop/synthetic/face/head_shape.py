"""Shapes the relief of a head: cross-sections stacked from crown to throat, then nose, eyes, lips and the rest laid
on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mlid_desktop.synthetic.face.grid_shapes import (
    Field,
    blur,
    bump,
    curve,
    mirrored_bumps,
    noise,
    ramp,
    smooth_maximum,
)
from mlid_desktop.synthetic.face.person import Person

CROWN, EQUATOR, THROAT = 117.0, 42.0, -132.0  # mm above the pupils
SPAN = float(np.radians(132.0))  # how far round the skin reaches from the middle of the face
MIDDLE_SHARE = 0.66  # slope of column to angle in the middle: finer there than at the sides
CROWN_ROWS = 0.24
EYEBALL = 12.6
LID = 1.5
LUMP_SIDE = 128
LUMPS, LAYOUT, ASKEW = 3.0, 1.6, 0.4  # mm, standard deviations of what is a person's own


@dataclass(frozen=True, slots=True)
class FaceLayout:
    """Positions of the parts of a face, mm from the middle between the pupils (x to the viewer's right, y up)."""

    eye_x: float
    nose_base: float
    nose_tip: float
    mouth: float
    chin: float
    hairline: float


@dataclass(frozen=True, slots=True, eq=False)
class HeadForm:
    """A head as a grid (rows, columns): ``points`` (…, 3) mm; ``x``, ``y`` the position on the face before the features
    displaced it, by which everything is painted; ``front`` 1 on the face, 0 from the ears back; ``angle`` radians."""

    points: Field
    x: Field
    y: Field
    front: Field
    angle: Field


def face_layout(person: Person) -> FaceLayout:
    """The positions of the parts of a person's face."""
    nose_base = -44.0 * person.nose.length * (0.5 + 0.5 * person.skull.face_length)
    mouth = nose_base - person.mouth.below_nose * (0.4 + 0.6 * person.skull.face_length)
    return FaceLayout(
        eye_x=person.eyes.spacing / 2,
        nose_base=nose_base,
        nose_tip=nose_base + 9.0 + 3.0 * person.nose.tip_up,
        mouth=mouth,
        chin=min(-106.0 * person.skull.face_length, mouth - 33.0),
        hairline=60.0 * person.skull.forehead + person.hair.line,
    )


def row_heights(rows: int) -> Field:
    """The height of each row of a head's grid: denser over the crown, where the surface lies flat."""
    share = np.linspace(0.0, 1.0, rows)
    crown = EQUATOR + (CROWN - EQUATOR) * np.cos(np.pi / 2 * np.minimum(share / CROWN_ROWS, 1.0))
    below = EQUATOR + (THROAT - EQUATOR) * (share - CROWN_ROWS) / (1.0 - CROWN_ROWS)
    return np.asarray(np.where(share < CROWN_ROWS, crown, below), np.float32)


def column_angles(columns: int) -> Field:
    """The angle of each column of a head's grid about the vertical, 0 in the middle of the face."""
    share = np.linspace(-1.0, 1.0, columns)
    return np.asarray(SPAN * (MIDDLE_SHARE * share + (1 - MIDDLE_SHARE) * share**3), np.float32)


def cross_sections(person: Person, y: Field) -> tuple[Field, Field, Field]:
    """Half width, depth to the front and depth to the back of a head at each height, mm."""
    skull, marks = person.skull, face_layout(person)
    jaw, full, chin = skull.jaw_width, skull.fullness, marks.chin
    wide = curve(
        [
            (chin - 22, 20),
            (chin - 9, 24 + 3 * skull.chin_width),
            (chin - 1, 25 + 8 * skull.chin_width),
            (chin + 11, (35 + 6 * skull.chin_width) * (0.55 + 0.45 * jaw) + 2.5 * full),
            (chin * 0.72, 50.5 * (0.15 + 0.85 * jaw) + 4.5 * full),
            (chin * 0.52, 58.5 * (0.3 + 0.7 * jaw) + 4.5 * full),
            (chin * 0.3, 64.5 + 3.0 * full + 1.5 * skull.cheekbones),
            (-8, 68.5 + 2.5 * skull.cheekbones),
            (14, 69.5),
            (30, 70.5),
            (55, 75),
            (80, 76),
            (117, 75),
        ],
        y,
        5.0,
    ) * np.float32(skull.width)
    front = curve(
        [
            (chin - 24, 22),
            (chin - 10, 46),
            (chin - 3, 73),
            (chin + 5, 87 + 3 * skull.chin_forward),
            (chin + 15, 92 + 3.5 * skull.chin_forward),
            (marks.mouth - 17, 88.5 + 1.5 * skull.chin_forward),
            (marks.mouth - 8, 91),
            (marks.mouth, 91.5),
            (marks.nose_base, 89),
            (-25, 88),
            (0, 85.5),
            (14, 89 + 2 * skull.brow_ridge),
            (24, 92 + 3 * skull.brow_ridge),
            (45, 92),
            (70, 88),
            (117, 84),
        ],
        y,
        4.0,
    )
    back = curve([(-140, 62), (-70, 74), (-20, 92), (30, 104), (70, 104), (117, 96)], y, 10.0)
    closing = np.sqrt(np.clip(1.0 - (np.clip((y - EQUATOR) / (CROWN - EQUATOR), 0.0, 1.0)) ** 2.1, 0.0, 1.0))
    return wide * closing, front * closing, back * closing


def shape_head(person: Person, rows: int, columns: int) -> HeadForm:
    """Shapes the head of a person as a grid."""
    tall, round_about = row_heights(rows)[:, None], column_angles(columns)[None, :]
    wide, front, back = cross_sections(person, tall)
    sine, cosine = np.sin(round_about), np.cos(round_about)
    x = np.sign(sine) * np.abs(sine) ** 0.94 * wide
    depth = np.where(cosine > 0, np.abs(cosine) ** 0.86 * front, -(np.abs(cosine) ** 0.95) * back)
    y = np.repeat(tall, columns, axis=1)
    facing = ramp(np.asarray(cosine, np.float32), 0.12, 0.55) * np.ones_like(y)
    x, depth = np.asarray(x, np.float32), np.asarray(depth, np.float32)
    face_x, face_y = _own_layout(person, x, y)
    relief = _relief(person, face_x, face_y, depth)
    points = np.stack([x, y, depth + relief * facing], axis=-1)
    return HeadForm(
        np.asarray(points, np.float32), face_x, face_y, facing, np.asarray(round_about * np.ones_like(y), np.float32)
    )


def _relief(person: Person, x: Field, y: Field, depth: Field) -> Field:
    """The relief that the features add to the front of the head, mm towards the viewer."""
    marks = face_layout(person)
    relief = _bones(person, marks, x, y)
    relief += _own_lumps(person, x, y)
    relief = _with_eyes(person, marks, x, y, depth, relief)
    relief += _nose(person, marks, x, y)
    relief += _lips(person, marks, x, y)
    return relief


def _bones(person: Person, marks: FaceLayout, x: Field, y: Field) -> Field:
    skull, age = person.skull, person.skin.age
    chin_y = marks.chin + 14
    relief = (1.5 + 4.5 * skull.cheekbones) * mirrored_bumps(x, y, (46, -24), (13, 9), 0.35)
    relief += (2.2 * skull.fullness - 1.2 * age - 1.2 * skull.cheekbones) * mirrored_bumps(x, y, (40, -58), (14, 17))
    relief += 3.0 * skull.brow_ridge * mirrored_bumps(x, y, (marks.eye_x - 3, 17), (17, 5.5), 0.12)
    relief -= 2.0 * mirrored_bumps(x, y, (58, 28), (9, 17))
    relief += (2.4 + 1.4 * skull.chin_forward) * bump(x, y, (0, chin_y), (9 + 8 * skull.chin_width, 9))
    relief -= 1.6 * bump(x, y, (0, marks.mouth - 16), (17, 4.5))
    fold = np.abs(np.abs(x) - (17 + 0.40 * (marks.nose_base + 6 - y)))
    below = ramp(y, marks.mouth - 12, marks.mouth + 2) * ramp(y, marks.nose_base + 10, marks.nose_base - 4)
    relief -= (0.35 + 1.3 * age) * np.exp(-0.5 * (fold / 2.4) ** 2) * below
    return np.asarray(relief, np.float32)


def _own_layout(person: Person, x: Field, y: Field) -> tuple[Field, Field]:
    """The position on the average face of each point of this one: every face is distorted a little, smoothly and nearly
    the same on both sides, which distinguishes people more than anything else."""
    rng = np.random.default_rng((person.skull.lumps, 1))
    down, across, down_askew, across_askew = (
        noise(rng, (LUMP_SIDE, LUMP_SIDE), cells) for cells in ((5, 2), (5, 2), (5, 4), (5, 4))
    )
    middle = np.sign(x) * np.clip(np.abs(x) / 12.0, 0.0, 1.0)
    moved_x = x + LAYOUT * middle * _mirrored(across, x, y) + ASKEW * _across(across_askew, x, y)
    moved_y = y + LAYOUT * _mirrored(down, x, y) + ASKEW * _across(down_askew, x, y)
    return np.asarray(moved_x, np.float32), np.asarray(moved_y, np.float32)


def _own_lumps(person: Person, x: Field, y: Field) -> Field:
    """A smooth relief of this person alone, mm; nearly the same on both sides."""
    rng = np.random.default_rng((person.skull.lumps, 0))
    sheet, lopsided = noise(rng, (LUMP_SIDE, LUMP_SIDE), (8, 3)), noise(rng, (LUMP_SIDE, LUMP_SIDE), (7, 5))
    below_brow = 0.35 + 0.65 * ramp(y, 30, 14)
    return blur(
        np.asarray(below_brow * (LUMPS * _mirrored(sheet, x, y) + 0.7 * _across(lopsided, x, y)), np.float32), 3.0
    )


def _mirrored(sheet: Field, x: Field, y: Field) -> Field:
    return _read(sheet, np.abs(x) / 80.0, y)


def _across(sheet: Field, x: Field, y: Field) -> Field:
    return _read(sheet, (x + 80.0) / 160.0, y)


def _read(sheet: Field, share: Field, y: Field) -> Field:
    """Reads a square sheet laid over the face, its columns by ``share`` 0..1 and its rows by height."""
    last = LUMP_SIDE - 1
    columns, rows = np.asarray(share * last, np.float32), np.asarray((CROWN - y) / (CROWN - THROAT) * last, np.float32)
    return np.asarray(cv2.remap(sheet, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _with_eyes(person: Person, marks: FaceLayout, x: Field, y: Field, depth: Field, relief: Field) -> Field:
    """The relief with the eyes: sockets pressed in, eyeballs under their lids raised out of them."""
    eyes = person.eyes
    side = np.abs(x)
    relief = relief - (6.5 + 0.6 * eyes.depth) * mirrored_bumps(x, y, (marks.eye_x - 1.5, 0.5), (13.5, 9.5))
    relief = relief - 2.5 * mirrored_bumps(x, y, (marks.eye_x - 16, 3), (6, 8))
    relief = relief + 1.6 * eyes.bags * mirrored_bumps(x, y, (marks.eye_x, -15), (10, 3.2), -0.1)
    relief = relief - 1.3 * eyes.bags * mirrored_bumps(x, y, (marks.eye_x - 3, -19), (11, 2.2), -0.18)
    cheek = 79.0 - 0.7 * eyes.depth
    centre = cheek - EYEBALL + 1.2
    out = np.sqrt(np.maximum((EYEBALL + LID) ** 2 - (side - marks.eye_x) ** 2 - y**2, 0.0))
    ball = np.where(out > 0, centre + out, -400.0).astype(np.float32)
    return smooth_maximum(relief, ball - depth, 2.2) - np.float32(0.0)


def _nose(person: Person, marks: FaceLayout, x: Field, y: Field) -> Field:
    nose = person.nose
    base, tip = marks.nose_base, marks.nose_tip
    out = 19.0 * nose.height
    ridge = curve(
        [
            (base - 4, 0),
            (base + 0.5, 0.34 * out),
            (base + 4, 0.72 * out),
            (tip, out + 1.0 + 1.2 * nose.tip),
            (tip + 6, out - 0.8),
            ((tip + 6) * 0.5, 0.66 * out + 2.4 * nose.hump),
            (0, 0.40 * out + 1.4 * nose.hump),
            (8, 0.28 * out),
            (22, 0.0),
            (30, 0.0),
        ],
        y,
        1.8,
    )
    girth = curve(
        [(base - 4, 9.5), (base + 4, 9.0 * nose.tip), (tip, 8.6 * nose.tip), (tip + 12, 8.0), (0, 7.6), (20, 12)],
        y,
        3.0,
    )
    girth = girth * np.float32(0.45 + 0.55 * nose.width)
    relief = ridge * np.exp(-((np.abs(x) / (1.25 * girth)) ** 2.3))
    wing = 13.2 * nose.width
    relief = relief + 8.5 * (0.6 + 0.4 * nose.height) * mirrored_bumps(x, y, (wing, base + 6.5), (4.6, 4.8))
    relief = relief + 1.8 * nose.tip * bump(x, y, (0, tip), (6 * nose.tip, 5))
    relief = relief - 3.6 * mirrored_bumps(x, y, (7.0 * nose.width, base + 1.0), (3.2, 1.8), 0.25)
    relief = relief - 1.4 * mirrored_bumps(x, y, (wing + 5.5, base + 7), (1.8, 5))
    return np.asarray(relief, np.float32)


def _lips(person: Person, marks: FaceLayout, x: Field, y: Field) -> Field:
    mouth = person.mouth
    half = mouth.width / 2
    across = np.clip(1.0 - (x / (half + 1.0)) ** 2, 0.0, 1.0)
    line = marks.mouth + mouth.curve * (x / half) ** 2
    above, below = y - line, line - y
    upper = 2.6 * across * np.exp(-0.5 * ((above - 0.55 * mouth.upper) / (0.55 * mouth.upper)) ** 2)
    lower = 3.6 * across * np.exp(-0.5 * ((below - 0.50 * mouth.lower) / (0.48 * mouth.lower)) ** 2)
    groove = 2.6 * np.sqrt(across) * np.exp(-0.5 * (above / 1.1) ** 2)
    philtrum = (
        1.0
        * np.exp(-0.5 * (x / 2.6) ** 2)
        * ramp(y, marks.mouth + 3, marks.mouth + 7)
        * ramp(y, marks.nose_base + 1, marks.nose_base - 3)
    )
    swell = 3.0 * bump(x, y, (0, marks.mouth), (half * 0.9, 13))
    corners = 1.5 * mirrored_bumps(x, y, (half + 2, marks.mouth + mouth.curve), (3.0, 3.5))
    return np.asarray(swell + upper + lower - groove - philtrum - corners, np.float32)
