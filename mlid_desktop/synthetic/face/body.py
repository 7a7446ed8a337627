"""Models neck, shoulders and clothes of a synthetic person."""

from __future__ import annotations

import numpy as np

from mlid_desktop.synthetic.face.grid_shapes import Field, blur, curve, noise, normals_of, paint, ramp, tint
from mlid_desktop.synthetic.face.head_shape import face_layout
from mlid_desktop.synthetic.face.person import ClothesStyle, Person
from mlid_desktop.synthetic.face.scene import Sheet, textured_sheet
from mlid_desktop.synthetic.face.skin import SKIN_GLOSS, skin_tone

NECK_BASE = -142.0
CLOTH_GLOSS = 6.0


def body_sheets(person: Person) -> list[Sheet]:
    """The sheets of the body below the jaw, which does not turn with the head."""
    collar = [_collar(person)] if person.wear.clothes is ClothesStyle.SHIRT else []
    return [_neck(person), _torso(person), *collar]


def _neck(person: Person) -> Sheet:
    marks = face_layout(person)
    rows, columns = 160, 240
    y = np.linspace(-52.0, -205.0, rows, dtype=np.float32)[:, None]
    angle = np.linspace(-np.pi, np.pi, columns, dtype=np.float32)[None, :]
    girth = person.skull.width * (0.62 + 0.38 * person.skull.jaw_width)
    half = curve([(-205, 78), (-165, 67), (-140, 60), (-115, 57), (-82, 54), (-55, 40)], y, 8.0) * np.float32(girth)
    ahead = curve([(-205, 64), (-170, 46), (-140, 38), (-110, 32), (-50, 20)], y, 8.0)
    x = np.sin(angle) * half
    z = np.cos(angle) * np.where(np.cos(angle) > 0, ahead + 22, 58) - 22.0
    chords = (
        2.4
        * np.exp(-0.5 * ((np.abs(x) - (10 + 0.34 * (y + 205))) / 4.5) ** 2)
        * ramp(y, -130, -170)
        * (np.cos(angle) > 0)
    )
    points = np.stack([x, y * np.ones_like(x), z + chords], axis=-1).astype(np.float32)
    colour = np.empty((rows, columns, 3), np.float32)
    colour[:] = skin_tone(person)
    colour *= (0.94 + 0.01 * noise(np.random.default_rng(person.skin.pattern), (rows, columns), (12, 12)))[..., None]
    shadow = ramp(y, marks.chin - 40, marks.chin + 6) * np.ones_like(x)
    colour *= (1.0 - 0.50 * shadow)[..., None] ** np.array([1.15, 1.05, 0.85], np.float32)
    colour *= (1.0 - 0.03 * np.clip(-chords, 0, 1))[..., None]
    return textured_sheet(
        points, np.asarray(colour, np.float32), np.full((rows, columns), 0.5 * SKIN_GLOSS, np.float32), 5
    )


def _torso(person: Person) -> Sheet:
    rows, columns = 420, 800
    down = np.linspace(0.0, 1.0, rows, dtype=np.float32)[:, None]
    angle = np.linspace(-np.pi * 0.62, np.pi * 0.62, columns, dtype=np.float32)[None, :]
    broad = 0.90 + 0.16 * (person.skull.jaw_width - 0.8) / 0.36 * 0.6
    knots_x = [
        (0, 40),
        (0.03, 56),
        (0.06, 64),
        (0.16, 92),
        (0.30, 138),
        (0.42, 172),
        (0.50, 189),
        (0.58, 198),
        (0.75, 205),
        (1, 210),
    ]
    knots_y = [
        (0, NECK_BASE + 10),
        (0.06, NECK_BASE),
        (0.16, -156),
        (0.30, -172),
        (0.42, -190),
        (0.50, -212),
        (0.58, -242),
        (0.75, -325),
        (1, -480),
    ]
    knots_z = [(0, 20), (0.03, 40), (0.06, 46), (0.16, 58), (0.30, 76), (0.42, 86), (0.58, 96), (1, 116)]
    half = curve(knots_x, down, 0.02) * np.float32(broad)
    tall = curve(knots_y, down, 0.02)
    ahead = curve(knots_z, down, 0.02)
    front = np.clip(np.cos(angle), 0, 1)
    x = np.sin(angle) * half
    y = tall - 34.0 * front**3 * ramp(down, 0.5, 0.0)
    z = np.where(np.cos(angle) > 0, np.abs(np.cos(angle)) ** 0.8 * (ahead + 25), np.cos(angle) * 70) - 25.0
    rng = np.random.default_rng((person.skin.pattern, 11))
    folds = 2.2 * noise(rng, (rows, columns), (6, 9)) * ramp(down, 0.1, 0.4)
    points = np.stack([x, y, z], axis=-1).astype(np.float32)
    points = np.asarray(points + normals_of(points) * folds[..., None], np.float32)
    colour, raised = _dress(person, rng, points, down)
    points = np.asarray(points + normals_of(points) * raised[..., None], np.float32)
    return textured_sheet(points, colour, np.full((rows, columns), CLOTH_GLOSS, np.float32), 8)


def _dress(person: Person, rng: np.random.Generator, points: Field, down: Field) -> tuple[Field, Field]:
    """The clothes as colour (h, w, 3) and thickness mm (h, w)."""
    x, y = points[..., 0], points[..., 1]
    wear = person.wear
    weave = 1.0 + 0.02 * rng.standard_normal(x.shape).astype(np.float32)
    colour = np.empty((*x.shape, 3), np.float32)
    colour[:] = wear.cloth
    raised = np.full(x.shape, 3.0, np.float32)
    along = down * np.ones_like(x)
    match wear.clothes:
        case ClothesStyle.CREW:
            band = ramp(along, 0.045, 0.055) * ramp(along, 0.10, 0.09)
            colour *= (1.0 - 0.14 * band)[..., None]
            _bare(person, colour, raised, ramp(along, 0.052, 0.044))
        case ClothesStyle.VEE:
            depth = y - (-262.0 + 1.75 * np.abs(x))
            colour *= (1.0 - 0.16 * ramp(depth, -9.0, -7.5) * ramp(depth, 0.5, -0.5))[..., None]
            _bare(person, colour, raised, np.maximum(ramp(depth, -0.6, 0.6), ramp(along, 0.052, 0.044)))
        case ClothesStyle.SHIRT:
            _button_front(person, colour, raised, x, y, along)
        case ClothesStyle.BLAZER:
            opening = ramp(y - (-345.0 + 2.6 * np.abs(x)), -0.8, 0.8)
            paint(colour, wear.under, opening)
            lapel = ramp(y - (-345.0 + 2.6 * np.abs(x)), -78.0, -76.0) * (1.0 - opening)
            colour *= (1.0 - 0.10 * lapel)[..., None]
            seam = np.exp(-0.5 * ((y - (-345.0 + 2.6 * np.abs(x)) + 77.0) / 1.6) ** 2) + np.exp(
                -0.5 * ((y - (-345.0 + 2.6 * np.abs(x))) / 1.8) ** 2
            )
            colour *= (1.0 - 0.35 * np.clip(seam, 0, 1))[..., None]
            raised += 2.0 * lapel - 1.5 * opening
            _bare(person, colour, raised, ramp(along, 0.062, 0.054))
    near_neck = ramp(along, 0.13, 0.03)
    colour *= (1.0 - 0.30 * near_neck)[..., None]
    return np.asarray(colour * weave[..., None], np.float32), blur(raised, 1.2)


def _bare(person: Person, colour: Field, raised: Field, cover: Field) -> None:
    """Paints skin where the clothes leave it free."""
    paint(colour, tint(skin_tone(person), (0.95, 0.95, 0.95)), cover)
    raised -= 3.0 * cover


def _button_front(person: Person, colour: Field, raised: Field, x: Field, y: Field, along: Field) -> None:
    """Paints a shirt open at the top button, its placket and buttons."""
    side = np.abs(x)
    gap = ramp(y - (-222.0 + 2.6 * side), -0.6, 0.6) * ramp(along, 0.46, 0.40)
    placket = np.exp(-0.5 * ((side - 13.0) / 0.8) ** 2) * ramp(y, -222, -226)
    colour *= (1.0 - 0.14 * placket)[..., None]
    _bare(person, colour, raised, np.maximum(gap, ramp(along, 0.052, 0.044)))
    for height in (-238.0, -286.0, -334.0):
        button = ramp(np.sqrt(x**2 + (y - height) ** 2), 4.2, 3.4)
        paint(colour, 0.7 * np.asarray(person.wear.cloth, np.float32) + 60, button)


def _collar(person: Person) -> Sheet:
    """The sheet of a shirt's collar: it stands at the neck, folds over and ends in two points."""
    rows, columns = 60, 360
    share = np.linspace(0.0, 1.0, rows, dtype=np.float32)[:, None]
    start = 0.16 + 0.22 * share
    angle = start + np.linspace(0.0, 1.0, columns, dtype=np.float32)[None, :] * (2 * np.pi - 2 * start)
    front = np.clip(np.cos(angle), 0.0, 1.0)
    near = np.minimum(angle, 2 * np.pi - angle)
    tall = 25.0 + 20.0 * np.exp(-0.5 * ((near - 0.36) / 0.22) ** 2)
    fold = np.sqrt(share)
    y = -124.0 - 27.0 * front**2 + 3.0 * np.sin(np.pi * np.minimum(share * 3, 1.0)) - tall * share
    broad = 0.90 + 0.27 * (person.skull.jaw_width - 0.8)
    x = -np.sin(angle) * (62.0 + 13.0 * fold + 9.0 * share) * broad
    z = (
        np.where(
            np.cos(angle) > 0, np.cos(angle) * (66.0 + 9.0 * fold + 12.0 * share), np.cos(angle) * (52.0 + 8.0 * fold)
        )
        - 25.0
    )
    points = np.stack([x, y, z], axis=-1).astype(np.float32)[:, ::-1].copy()
    colour = np.empty((rows, columns, 3), np.float32)
    colour[:] = person.wear.cloth
    seam = np.exp(-0.5 * ((share - 0.90) / 0.02) ** 2)
    colour *= ((1.04 - 0.16 * seam) * np.ones_like(x))[..., None]
    return textured_sheet(points, colour, np.full((rows, columns), CLOTH_GLOSS, np.float32), 3, lined=True)
