"""Paints beards and eyebrows over the skin of a synthetic face, hair by hair."""

from __future__ import annotations

import numpy as np

from mlid_desktop.synthetic.face.grid_shapes import Colour, Field, blurred_marks, bump, noise, paint, ramp, tint
from mlid_desktop.synthetic.face.head_shape import FaceLayout
from mlid_desktop.synthetic.face.person import BeardStyle, Person
from mlid_desktop.synthetic.face.texture_map import TextureMap


def beard_cover(person: Person, marks: FaceLayout, x: Field, y: Field, angle: Field) -> Field:
    """Cover of a beard of this style, 0..1."""
    if person.beard is BeardStyle.NONE:
        return np.zeros_like(x)
    moustache = _moustache(person, marks, x, y)
    if person.beard is BeardStyle.MOUSTACHE:
        return moustache
    mouth = person.mouth
    below = (_chin_beard if person.beard is BeardStyle.GOATEE else _full_beard)(person, marks, x, y, angle)
    soul = bump(x, y, (0, marks.mouth - mouth.lower - 5), (5, 4)) * np.float32(0.8)
    return np.asarray(np.maximum(np.maximum(moustache, below), soul), np.float32)


def _moustache(person: Person, marks: FaceLayout, x: Field, y: Field) -> Field:
    mouth, side = person.mouth, np.abs(x)
    half = mouth.width / 2
    line = marks.mouth + mouth.curve * np.minimum(side / half, 1.2) ** 2
    over_lip = y - line - mouth.upper * np.sqrt(np.clip(1.0 - (side / (half + 2)) ** 2, 0.0, 1.0))
    droop = _upper_edge(marks) - 0.10 * np.maximum(side - 12.0, 0.0) ** 1.3
    return (
        ramp(np.asarray(droop - y, np.float32), -0.5, 3.0) * ramp(over_lip, -0.8, 1.2) * ramp(side, half + 5, half - 2)
    )


def _chin_beard(person: Person, marks: FaceLayout, x: Field, y: Field, _angle: Field) -> Field:
    half, edge = person.mouth.width / 2, _upper_edge(marks)
    pad = np.sqrt((np.abs(x) / (half + 8.0)) ** 2 + ((y - marks.mouth + 16) / 32.0) ** 2)
    chin = ramp(np.asarray(pad, np.float32), 1.05, 0.88)
    return np.asarray(chin * _outside_mouth(person, marks, x, y) * ramp(y, edge - 4, edge - 9), np.float32)


def _full_beard(person: Person, marks: FaceLayout, x: Field, y: Field, angle: Field) -> Field:
    side, half = np.abs(x), person.mouth.width / 2
    edge = -34.0 - 24.0 * ramp(np.asarray(70.0 - side, np.float32), 4.0, 36.0)
    cheeks = ramp(np.asarray(edge - y, np.float32), -3.0, 8.0) * _outside_mouth(person, marks, x, y)
    cheeks = cheeks * ramp(np.abs(angle), 1.72, 1.6)
    cheeks = cheeks * np.maximum(ramp(side, half - 4, half + 6), ramp(y, marks.mouth, marks.mouth - 6))
    return np.asarray(cheeks * ramp(y, marks.chin - 13, marks.chin - 3), np.float32)


def _outside_mouth(person: Person, marks: FaceLayout, x: Field, y: Field) -> Field:
    mouth = person.mouth
    reach = np.sqrt((np.abs(x) / (mouth.width / 2 + 3.5)) ** 2 + ((y - marks.mouth) / (mouth.lower + 8.0)) ** 2)
    return ramp(np.asarray(reach, np.float32), 0.96, 1.14)


def _upper_edge(marks: FaceLayout) -> float:
    """The height of a moustache's upper edge, mm: just below the nose."""
    return marks.nose_base - 1.0


def beard_height(person: Person) -> float:
    """Height of a beard over the skin, mm."""
    match person.beard:
        case BeardStyle.FULL:
            return 5.0 + 9.0 * person.beard_length
        case BeardStyle.GOATEE:
            return 3.0
        case BeardStyle.MOUSTACHE:
            return 2.2
        case BeardStyle.SHORT:
            return 1.5
    return 0.0


def paint_beard(person: Person, rng: np.random.Generator, grown: Field, canvas: Field, rough: Field) -> None:
    """Paints a beard onto the skin's ``canvas`` (h, w, 3) and into its relief ``rough`` mm, in place, where it is
    ``grown``: its cover (h, w) 0..1."""
    if not grown.any():
        return
    shape = (grown.shape[0], grown.shape[1])
    strands = noise(rng, shape, (90, 300))
    cover = np.clip(grown * (1.25 + 0.25 * strands) - 0.12, 0.0, 1.0)
    grain = rng.standard_normal(shape).astype(np.float32)
    thick = {BeardStyle.STUBBLE: 0.30 + 0.35 * person.beard_length, BeardStyle.SHORT: 0.88}.get(person.beard, 0.96)
    speckle = np.clip(0.75 + (0.45 if person.beard is BeardStyle.STUBBLE else 0.15) * grain, 0.0, 1.0)
    tint = (
        (1.0 + 0.20 * strands + 0.08 * grain)[..., None] * np.asarray(person.hair.colour, np.float32) * np.float32(0.92)
    )
    paint(canvas, tint, np.asarray(cover * speckle * thick, np.float32))
    tall = {BeardStyle.STUBBLE: 0.05, BeardStyle.SHORT: 0.35}.get(person.beard, 0.6)
    rough += np.float32(tall) * cover * (strands + 0.5 * grain)


def paint_brows(person: Person, rng: np.random.Generator, canvas: Field, rough: Field) -> None:
    """Paints the eyebrows as single hairs over a soft shadow; they rise at the inner end and lie down towards the
    tail."""
    brows = person.brows
    texture_map = TextureMap(person, canvas.shape[0], canvas.shape[1])
    for side in (-1.0, 1.0):
        hairs = np.zeros(canvas.shape[:2], np.uint8)
        base = np.zeros(canvas.shape[:2], np.uint8)
        for along in np.linspace(0.02, 0.98, 26):
            spot = _brow_point(person, side, float(along))
            texture_map.dot(base, spot, 0.5 * brows.thick * _brow_width(float(along)), 255)
        for _ in range(int(420 * brows.density)):
            along = float(rng.uniform(0, 1))
            x, y = _brow_point(person, side, along)
            y += float(rng.uniform(-0.5, 0.5)) * brows.thick * _brow_width(along)
            lean = np.radians(np.interp(along, [0, 0.3, 0.7, 1], [80, 40, 8, -28]) + rng.normal(0, 9))
            length = float(rng.uniform(3.5, 7.0)) * (0.6 + 0.05 * brows.thick)
            tip = (x + side * length * float(np.cos(lean)), y + length * float(np.sin(lean)))
            texture_map.line(hairs, (x, y), tip, int(rng.uniform(110, 255)))
        soft = blurred_marks(base, 3.5)
        colour = _brow_colour(person)
        paint(canvas, colour, np.float32(0.50 * brows.density) * soft)
        paint(canvas, colour, np.float32(0.78) * blurred_marks(hairs, 0.6))
        rough += 0.35 * soft + 0.2 * (hairs / np.float32(255))


def _brow_colour(person: Person) -> Colour:
    """The colour of the eyebrows: darker than the hair, and much darker than light hair."""
    light = sum(person.hair.colour) / 3
    share = 0.84 if light < 140 else 0.56
    return tint(person.hair.colour, (share, share, share))


def _brow_point(person: Person, side: float, along: float) -> tuple[float, float]:
    brows = person.brows
    x = brows.gap + brows.length * along
    rise = (
        brows.arch * float(np.sin(np.pi * min(along / 0.62, 1.0) / 2))
        - (brows.arch + 1.5) * max(0.0, along - 0.62) / 0.38
    )
    return side * x, brows.height + rise + brows.tilt * (x - 28.0)


def _brow_width(along: float) -> float:
    return float(np.interp(along, [0, 0.12, 0.5, 1.0], [0.75, 1.0, 0.9, 0.25]))
