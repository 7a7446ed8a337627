"""Paints the skin of a head: tone, blood, creases, marks, brows and beard, on the same grid as its relief."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlid_desktop.synthetic.face.facial_hair import beard_cover, paint_beard, paint_brows
from mlid_desktop.synthetic.face.grid_shapes import (
    Colour,
    Field,
    blur,
    blurred_marks,
    bump,
    darken,
    mirrored_bumps,
    noise,
    paint,
    ramp,
    shadow,
    tint,
)
from mlid_desktop.synthetic.face.head_shape import FaceLayout, HeadForm, face_layout
from mlid_desktop.synthetic.face.person import HairStyle, Person
from mlid_desktop.synthetic.face.texture_map import TextureMap

TONES: tuple[Colour, ...] = (
    (162, 186, 226),
    (142, 171, 216),
    (120, 153, 204),
    (104, 140, 194),
    (82, 114, 170),
    (62, 88, 140),
    (50, 70, 112),
    (44, 58, 92),
)
SKIN_GLOSS = 34.0
UNCOVERED = frozenset({HairStyle.BALD, HairStyle.SCARF, HairStyle.TURBAN})


@dataclass(frozen=True, slots=True, eq=False)
class SkinPaint:
    """The painted skin of a head: ``colour`` (h, w, 3) float32 0..255, ``gloss`` (h, w) 0..255, ``rough`` (h, w) mm
    that the finest relief adds, ``beard`` (h, w) 0..1, the cover of the beard."""

    colour: Field
    gloss: Field
    rough: Field
    beard: Field


def skin_tone(person: Person) -> Colour:
    """The colour of the skin before anything is painted on it."""
    scaled_tone = person.skin.tone * (len(TONES) - 1)
    channels = [float(np.interp(scaled_tone, range(len(TONES)), [tone[c] for tone in TONES])) for c in range(3)]
    warm = person.skin.warmth
    return channels[0] * (1 - 0.07 * warm), channels[1] * (1 - 0.005 * warm), channels[2] * (1 + 0.02 * warm)


def paint_skin(person: Person, form: HeadForm) -> SkinPaint:
    """Paints the skin of a head form of texture size, without eyes and lips, which move."""
    rng = np.random.default_rng(person.skin.pattern)
    marks = face_layout(person)
    shape = (form.x.shape[0], form.x.shape[1])
    canvas = np.empty((*shape, 3), np.float32)
    canvas[:] = skin_tone(person)
    rough = np.zeros(shape, np.float32)
    _mottle(rng, canvas)
    _blood(person, marks, form, canvas)
    _hollows(form, canvas)
    _age(person, rng, marks, form, canvas, rough)
    _spots(person, rng, form, canvas, rough)
    _scalp(person, rng, marks, form, canvas, rough)
    beard = beard_cover(person, marks, form.x, form.y, form.angle)
    paint_beard(person, rng, beard, canvas, rough)
    paint_brows(person, rng, canvas, rough)
    rough += 0.020 * noise(rng, shape, (260, 260)) + 0.012 * rng.standard_normal(shape).astype(np.float32)
    oily = 0.6 * bump(form.x, form.y, (0, 40), (30, 16)) + 0.9 * bump(form.x, form.y, (0, -25), (9, 18))
    gloss = (
        SKIN_GLOSS
        * (0.55 + 0.6 * person.skin.tone)
        * (0.7 + oily + 0.3 * mirrored_bumps(form.x, form.y, (42, -20), (12, 9)))
    )
    return SkinPaint(canvas, np.asarray(gloss, np.float32), rough, beard)


def _mottle(rng: np.random.Generator, canvas: Field) -> None:
    shape = (canvas.shape[0], canvas.shape[1])
    coarse, middle, fine = noise(rng, shape, (7, 7)), noise(rng, shape, (40, 40)), noise(rng, shape, (220, 220))
    level = 1.0 + 0.016 * coarse + 0.010 * middle + 0.010 * fine
    canvas *= level[..., None]
    canvas *= 1.0 + np.float32(0.018) * (0.6 * coarse + 0.6 * noise(rng, shape, (24, 24)))[..., None] * np.array(
        [-0.6, -0.5, 0.5], np.float32
    )


def _blood(person: Person, marks: FaceLayout, form: HeadForm, canvas: Field) -> None:
    """Paints the blood under the skin: redder cheeks, nose and chin, paler brow, darker lids; a bluish shadow where a
    shaved beard would be."""
    x, y, flush = form.x, form.y, person.skin.flush
    red = (0.30 + 0.9 * flush) * mirrored_bumps(x, y, (42, -30), (15, 12)) + (0.35 + 0.5 * flush) * bump(
        x, y, (0, marks.nose_tip), (11, 9)
    )
    red = red + 0.25 * bump(x, y, (0, marks.chin + 12), (14, 8))
    darken(canvas, red, (0.17, 0.15, 0.02))
    nose = person.nose
    nostril = mirrored_bumps(x, y, (7.0 * nose.width, marks.nose_base + 2.4), (3.3, 1.7), 0.22)
    shadow(canvas, 0.80 * np.clip(1.5 * nostril, 0, 1), (1.2, 1.15, 0.85))
    under = bump(x, y, (0, marks.nose_base - 1.5), (15 * nose.width, 3.6)) + 0.9 * mirrored_bumps(
        x, y, (13.2 * nose.width + 3.4, marks.nose_base + 5.5), (1.7, 4.4), -0.2
    )
    shadow(canvas, 0.24 * np.clip(under, 0, 1), (1.2, 1.1, 0.8))
    lid = mirrored_bumps(x, y, (marks.eye_x, 1), (15, 9))
    darken(canvas, lid, (0.11, 0.13, 0.09))
    ring = mirrored_bumps(x, y, (marks.eye_x - 4, -14), (11, 4.5), -0.15) * (0.25 + 0.75 * person.eyes.bags)
    darken(canvas, ring, (0.13, 0.17, 0.14))
    canvas *= 1.0 + 0.035 * bump(x, y, (0, 40), (34, 18))[..., None]


def _hollows(form: HeadForm, canvas: Field) -> None:
    """Darkens hollows, which light reaches less, by how far the surface lies below its surroundings, at two sizes."""
    depth = form.points[..., 2]
    for sigma, strength, limit in ((7.0, 0.16, 0.30), (26.0, 0.032, 0.32)):
        below = np.clip(strength * (blur(depth, sigma) - depth), -0.06, limit) * form.front
        shadow(canvas, below, (1.25, 1.1, 0.85))


def _age(
    person: Person, rng: np.random.Generator, marks: FaceLayout, form: HeadForm, canvas: Field, rough: Field
) -> None:
    """Paints the lines of age: on the forehead, at the outer corners of the eyes and from nose to mouth."""
    x, y, side = form.x, form.y, np.abs(form.x)
    lines = np.zeros_like(x)
    brow = ramp(side, 44, 26)
    for number in range(3):
        height = 27.0 + number * 8.5 + rng.uniform(-1.5, 1.5)
        wave = height + 1.8 * np.cos(x / rng.uniform(9, 16) + rng.uniform(0, 6)) + 0.0022 * x * x
        lines += rng.uniform(0.4, 1.0) * np.exp(-0.5 * ((y - wave) / 0.9) ** 2) * brow
    corner = side - (marks.eye_x + person.eyes.width / 2 + 1)
    beside = ramp(corner, 0.5, 4), ramp(corner, 17, 9)
    for slope in (-0.55, -0.1, 0.38):
        ray = y - 1 - slope * corner - rng.uniform(-1, 1)
        lines += rng.uniform(0.4, 0.9) * np.exp(-0.5 * (ray / 0.7) ** 2) * beside[0] * beside[1]
    fold = side - (17.5 + 0.40 * (marks.nose_base + 6 - y))
    lines += (
        1.1
        * np.exp(-0.5 * (fold / 1.3) ** 2)
        * ramp(y, marks.mouth - 8, marks.mouth + 4)
        * ramp(y, marks.nose_base + 9, marks.nose_base)
    )
    frown = np.exp(-0.5 * ((side - 5.5 - rng.uniform(0, 2)) / 0.8) ** 2) * ramp(y, 6, 12) * ramp(y, 28, 18)
    strength = np.float32(max(0.0, person.skin.age - 0.22)) * np.minimum(lines + rng.uniform(0, 1) * frown, 1.2)
    darken(canvas, strength, (0.34, 0.30, 0.20))
    rough -= 0.5 * strength


def _spots(person: Person, rng: np.random.Generator, form: HeadForm, canvas: Field, rough: Field) -> None:
    texture_map = TextureMap(person, form.x.shape[0], form.x.shape[1])
    if person.skin.freckles > 0:
        mask = np.zeros(form.x.shape, np.uint8)
        for _ in range(int(500 * person.skin.freckles)):
            spot = (rng.normal(0, 30), rng.normal(-18, 15))
            texture_map.dot(mask, spot, rng.uniform(0.3, 0.7), int(rng.uniform(50, 170)))
        paint(
            canvas,
            tint(skin_tone(person), (0.45, 0.56, 0.74)),
            blurred_marks(mask, 1.0) * np.float32(0.75),
        )
    mask = np.zeros(form.x.shape, np.uint8)
    for _ in range(person.skin.marks):
        spot = (rng.uniform(-52, 52), rng.uniform(-95, 45))
        texture_map.dot(mask, spot, rng.uniform(0.6, 1.35), 255)
    soft = blurred_marks(mask, 1.2)
    paint(
        canvas,
        tint(skin_tone(person), (0.34, 0.36, 0.42)),
        soft * np.float32(0.85),
    )
    rough += 0.5 * soft


def hairline(marks: FaceLayout, x: Field) -> Field:
    """Height of the hairline over the forehead and down the temples, mm, by distance from the middle."""
    side = np.abs(x)
    return np.asarray(
        marks.hairline - 0.0022 * side**2 - ramp(side, 54, 66) * 34.0 - ramp(side, 64, 70) * 26.0, np.float32
    )


def _scalp(
    person: Person, rng: np.random.Generator, marks: FaceLayout, form: HeadForm, canvas: Field, rough: Field
) -> None:
    """Paints hair roots: they soften the edge of the hair that grows above, and are all there is of cropped hair."""
    style = person.hair.style
    if style in UNCOVERED:
        return
    shape = (form.x.shape[0], form.x.shape[1])
    edge = hairline(marks, form.x) + 1.6 * noise(rng, shape, (60, 90))
    over = ramp(form.y - edge, -2.5, 5.0)
    behind = ramp(np.abs(form.angle), 1.28, 1.42) * ramp(form.y, -6, 14)
    cover = np.maximum(over, behind * np.float32(0.9))
    grain = np.clip(0.82 + 0.20 * rng.standard_normal(shape).astype(np.float32), 0.3, 1.0)
    thick = 0.86 if style is HairStyle.BUZZ else 0.94
    paint(canvas, person.hair.colour, cover * grain * np.float32(thick))
    rough += 0.16 * cover * rng.standard_normal(shape).astype(np.float32)
