"""Models hair, scarves and turbans as shells about the skull, from the crown down to an edge that the style sets."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mlid_desktop.synthetic.face.grid_shapes import Field, curve, noise, normals_of, ramp
from mlid_desktop.synthetic.face.head_shape import CROWN, EQUATOR, FaceLayout, cross_sections, face_layout
from mlid_desktop.synthetic.face.person import HairStyle, Person
from mlid_desktop.synthetic.face.scene import Sheet, textured_sheet

ROWS, COLUMNS = 320, 768
MESH_STEP = 5
HAIR_GLOSS, CLOTH_GLOSS = 58.0, 8.0
HANG = 0.0  # mm: below this height long hair hangs straight instead of following the cheek


@dataclass(frozen=True, slots=True)
class Cut:
    """The parameters of a hair style: ``edge`` are knots (degrees from the front, mm above the hairline), ``top`` and
    ``side`` mm thickness, ``thin`` mm over which it thins out at the edge, ``curl`` mm of bumps, ``cells`` their number
    across, ``flare`` widening of what hangs (0: nothing hangs), ``ragged`` mm by which the edge varies."""

    edge: tuple[tuple[float, float], ...]
    top: float
    side: float
    thin: float
    curl: float
    cells: float
    flare: float = 0.0
    ragged: float = 1.5


# Knots of an edge: degrees from the front, mm from the hairline.
CROPPED = (
    (0, 0),
    (28, 1),
    (44, -2),
    (56, -12),
    (66, -27),
    (74, -48),
    (79, -64),
    (84, -50),
    (104, -46),
    (116, -70),
    (135, -105),
    (180, -112),
)
HANGING = ((0, 2), (26, 0), (42, -8), (52, -26), (60, -58), (66, -130), (72, -195), (90, -205), (180, -215))
CHIN_LONG = ((0, 0), (26, -3), (42, -14), (52, -36), (58, -66), (63, -120), (68, -148), (90, -152), (180, -158))
FRINGED = ((0, -32), (30, -34), (46, -38), (55, -48), (60, -76), (64, -125), (70, -195), (90, -205), (180, -215))
WOUND = ((0, -12), (35, -16), (60, -36), (78, -56), (100, -62), (125, -90), (180, -110))
VEILED = ((0, 0), (24, -3), (40, -13), (50, -32), (56, -62), (60, -110), (65, -172), (80, -205), (180, -230))
CUTS: dict[HairStyle, Cut] = {
    HairStyle.SHORT: Cut(CROPPED, top=11, side=2.2, thin=24, curl=0.8, cells=60, ragged=0.8),
    HairStyle.SIDE_PART: Cut(CROPPED, top=17, side=3.0, thin=16, curl=0.9, cells=34, ragged=0.8),
    HairStyle.QUIFF: Cut(CROPPED, top=22, side=2.0, thin=11, curl=1.2, cells=34, ragged=0.8),
    HairStyle.CURLY: Cut(CROPPED, top=20, side=10, thin=9, curl=3.0, cells=34, ragged=2.5),
    HairStyle.AFRO: Cut(CROPPED, top=36, side=28, thin=18, curl=3.0, cells=52, ragged=1.8),
    HairStyle.BOB: Cut(CHIN_LONG, top=14, side=11, thin=14, curl=0.9, cells=30, flare=0.10, ragged=1.0),
    HairStyle.LONG: Cut(HANGING, top=15, side=11, thin=18, curl=2.4, cells=14, flare=0.09, ragged=1.0),
    HairStyle.FRINGE: Cut(FRINGED, top=14, side=11, thin=9, curl=0.8, cells=30, flare=0.05, ragged=1.5),
    HairStyle.BUN: Cut(CROPPED, top=8, side=4, thin=20, curl=0.5, cells=40, ragged=0.5),
    HairStyle.TURBAN: Cut(WOUND, top=30, side=24, thin=9, curl=0, cells=0, ragged=0),
    HairStyle.SCARF: Cut(VEILED, top=13, side=11, thin=9, curl=0, cells=0, flare=0.10, ragged=0),
}
CLOTH = frozenset({HairStyle.TURBAN, HairStyle.SCARF})


def hair_sheets(person: Person) -> list[Sheet]:
    """The sheets of the person's hair or headwear; none for bald and cropped ones."""
    cut = CUTS.get(person.hair.style)
    if cut is None:
        return []
    rng = np.random.default_rng((person.skin.pattern, 7))
    sheets = [_shell(person, cut, rng)]
    if person.hair.style is HairStyle.BUN:
        sheets.append(_bun(person, rng))
    if person.hair.style is HairStyle.SCARF:
        sheets.append(_drape(person, rng))
    return sheets


def _shell(person: Person, cut: Cut, rng: np.random.Generator) -> Sheet:
    marks = face_layout(person)
    cloth = person.hair.style in CLOTH
    share = np.linspace(0.0, 1.0, ROWS, dtype=np.float32)[:, None]
    angle = np.linspace(-np.pi, np.pi, COLUMNS, dtype=np.float32)[None, :]
    strands = _swept(person, noise(rng, (ROWS, COLUMNS), (3, 190)) * 0.7 + noise(rng, (ROWS, COLUMNS), (2, 70)) * 0.7)
    edge = _edge(marks, cut, angle) + cut.ragged * strands[-1:, :] * ramp(np.abs(angle), 2.4, 2.0)
    top = (CROWN - EQUATOR) + cut.top * person.hair.volume
    y = edge + (EQUATOR + top - edge) * np.cos(share * np.pi / 2)
    down = np.asarray(y - edge, np.float32)
    thickness = _thickness(person, cut, angle, y, down)
    points = _around(person, y, angle, thickness, cut, top)
    bumps = _bumps(person, cut, rng, strands, cloth)
    points = points + normals_of(points) * bumps[..., None]
    colour = _cloth_colour(person, bumps) if cloth else _strand_colour(person, rng, strands, share, down, bumps)
    gloss = CLOTH_GLOSS if cloth else HAIR_GLOSS
    return textured_sheet(points, colour, np.full((ROWS, COLUMNS), gloss, np.float32), MESH_STEP, lined=cut.flare > 0)


def _swept(person: Person, strands: Field) -> Field:
    """The strands bent from the straight way between crown and edge to the side they are combed to."""
    lean = {HairStyle.SHORT: 70.0, HairStyle.SIDE_PART: 190.0, HairStyle.QUIFF: 60.0}.get(person.hair.style, 25.0)
    lean = lean if person.hair.part > 0 else -lean
    rows, columns = np.mgrid[0:ROWS, 0:COLUMNS].astype(np.float32)
    moved = columns + np.float32(lean) * (rows / ROWS) ** 1.5
    return np.asarray(
        cv2.remap(strands, moved % COLUMNS, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP), np.float32
    )


def _edge(marks: FaceLayout, cut: Cut, angle: Field) -> Field:
    return marks.hairline + curve(cut.edge, np.asarray(np.degrees(np.abs(angle)), np.float32), 3.0)


def _thickness(person: Person, cut: Cut, angle: Field, y: Field, down: Field) -> Field:
    upward = ramp(y, 35, 95)
    full = (cut.side + (cut.top - cut.side) * upward) * np.float32(person.hair.volume)
    if person.hair.style is HairStyle.QUIFF:
        full = full + 9.0 * person.hair.volume * ramp(np.abs(angle), 1.0, 0.2) * ramp(y, 60, 90)
    if person.hair.style is HairStyle.SIDE_PART:
        lean = np.float32(np.sign(person.hair.part or 1.0))
        full = full * (1.0 + 0.5 * lean * np.sin(angle) * upward)
    at_edge = 1.0 - np.exp(-np.maximum(down, 0.0) / cut.thin)
    start = 0.6 if person.hair.style in CLOTH else -1.6
    return np.asarray(start + full * at_edge, np.float32)


def _around(person: Person, y: Field, angle: Field, thickness: Field, cut: Cut, top: float) -> Field:
    """The points of the shell of hair: the head's cross-sections grown by the thickness; what hangs keeps the width of
    the ears."""
    squeezed = np.where(y > EQUATOR, EQUATOR + (y - EQUATOR) * (CROWN - EQUATOR) / top, np.maximum(y, HANG))
    flat = np.asarray(squeezed, np.float32)
    wide, front, back = cross_sections(person, flat)
    hanging = np.maximum(HANG - y, 0.0)
    sine, cosine = np.sin(angle), np.cos(angle)
    closing = np.sqrt(np.clip(1.0 - np.clip((flat - EQUATOR) / (CROWN - EQUATOR), 0.0, 1.0) ** 2.1, 0.0, 1.0))
    thick = thickness * np.where(y > EQUATOR, closing, 1.0)
    half = wide + thick + cut.flare * hanging
    x = np.sign(sine) * np.abs(sine) ** 0.94 * half
    ahead = np.abs(cosine) ** 0.86 * (front + thick)
    behind = -(np.abs(cosine) ** 0.95) * (back + thick - 0.25 * np.minimum(hanging, 120))
    depth = np.where(cosine > 0, ahead, behind)
    return np.stack([x, y * np.ones_like(x), depth], axis=-1).astype(np.float32)


def _bumps(person: Person, cut: Cut, rng: np.random.Generator, strands: Field, cloth: bool) -> Field:
    if cloth:
        return _folds(person, rng)
    bumps = np.float32(0.5 + 0.4 * (cut.curl < 3)) * strands
    if cut.curl >= 3:
        curls = noise(rng, (ROWS, COLUMNS), (cut.cells * 0.6, cut.cells * 1.6))
        bumps = bumps * 0.4 + np.float32(cut.curl) * np.abs(curls) + 0.5 * noise(rng, (ROWS, COLUMNS), (110, 260))
    else:
        waves = noise(rng, (ROWS, COLUMNS), (7, cut.cells))
        bumps = bumps + np.float32(cut.curl * 1.3) * waves
    return np.asarray(bumps, np.float32)


def _folds(person: Person, rng: np.random.Generator) -> Field:
    rows, columns = np.mgrid[0:ROWS, 0:COLUMNS].astype(np.float32)
    around, down = (columns / COLUMNS - 0.5) * 2, rows / ROWS
    if person.hair.style is HairStyle.TURBAN:
        cross = np.sin((down * 9.0 - np.abs(around) * 6.0) * np.pi + 0.5 * noise(rng, (ROWS, COLUMNS), (3, 5)))
        return np.asarray(2.6 * np.abs(cross) ** 0.6 * ramp(down, 0.02, 0.3), np.float32)
    soft = noise(rng, (ROWS, COLUMNS), (2.5, 22)) * ramp(np.abs(around), 0.05, 0.4)
    return np.asarray(1.3 * soft + 0.5 * noise(rng, (ROWS, COLUMNS), (5, 40)), np.float32)


def _cloth_colour(person: Person, bumps: Field) -> Field:
    colour = np.empty((ROWS, COLUMNS, 3), np.float32)
    colour[:] = person.hair.cloth
    shade = 0.94 + 0.05 * (bumps - bumps.mean())
    return np.asarray(colour * np.clip(shade, 0.6, 1.15)[..., None], np.float32)


def _strand_colour(
    person: Person, rng: np.random.Generator, strands: Field, share: Field, down: Field, bumps: Field
) -> Field:
    grain = noise(rng, (ROWS, COLUMNS), (5, 420))
    level = 0.98 + 0.13 * strands + 0.11 * grain + 0.10 * np.clip(bumps / max(float(np.std(bumps)), 1e-3), -2, 2) * 0.5
    level = level * (0.80 + 0.20 * ramp(share * np.ones_like(strands), 0.0, 0.25))
    level = level * (0.72 + 0.28 * ramp(down, 0.0, 14.0))
    return np.asarray(
        np.asarray(person.hair.colour, np.float32) * np.clip(level, 0.25, 1.6)[..., None] * np.float32(1.12), np.float32
    )


def _bun(person: Person, rng: np.random.Generator) -> Sheet:
    size = 27.0 * person.hair.volume
    rows, columns = 96, 192
    polar = np.linspace(0.02, np.pi - 0.02, rows, dtype=np.float32)[:, None]
    around = np.linspace(-np.pi, np.pi, columns, dtype=np.float32)[None, :]
    radius = size * (1 + 0.04 * np.sin(6 * around + 5 * polar))
    points = np.stack(
        [
            radius * np.sin(polar) * np.sin(around),
            120 + radius * 0.85 * np.cos(polar),
            -36 + radius * np.sin(polar) * np.cos(around),
        ],
        axis=-1,
    ).astype(np.float32)
    strands = noise(rng, (rows, columns), (4, 60))
    level = np.clip(1.0 + 0.16 * strands, 0.3, 1.6)
    colour = np.asarray(person.hair.colour, np.float32) * level[..., None]
    points = points + normals_of(points) * (0.7 * strands)[..., None]
    return textured_sheet(
        np.asarray(points, np.float32),
        np.asarray(colour, np.float32),
        np.full((rows, columns), HAIR_GLOSS, np.float32),
        4,
    )


def _drape(person: Person, rng: np.random.Generator) -> Sheet:
    """The part of a scarf that closes under the chin and falls on the chest."""
    marks = face_layout(person)
    rows, columns = 160, 320
    angle = np.linspace(-1.75, 1.75, columns, dtype=np.float32)[None, :]
    share = np.linspace(0.0, 1.0, rows, dtype=np.float32)[:, None]
    rim = marks.chin - 3.0 + 78.0 * ramp(np.abs(angle), 0.40, 1.15) - 3.0 * np.cos(angle)
    y = rim + (-225.0 - rim) * share
    radius = curve([(0, 0), (0.06, 5), (0.2, 9), (0.5, 18), (1, 45)], np.asarray(share, np.float32), 0.03)
    wide, _, _ = cross_sections(person, np.asarray(np.maximum(y, marks.chin + 10.0), np.float32))
    half = np.maximum(wide * 0.99, 58.0) + radius
    ahead = 60.0 + 16.0 * ramp(y, marks.chin - 26, marks.chin - 4) + radius
    soft = noise(rng, (rows, columns), (6, 9)) + 0.6 * np.sin(
        share * 22 + 3 * np.cos(angle) + noise(rng, (rows, columns), (3, 3))
    )
    points = np.stack([np.sin(angle) * half, y, np.cos(angle) * ahead], axis=-1).astype(np.float32)
    points = points + normals_of(points) * (1.4 * soft * ramp(share, 0.0, 0.12))[..., None]
    colour = (
        np.asarray(person.hair.cloth, np.float32)
        * (0.86 + 0.04 * soft)[..., None]
        * (0.72 + 0.28 * ramp(share, 0.02, 0.2))[..., None]
    )
    return textured_sheet(
        np.asarray(points, np.float32),
        np.asarray(colour, np.float32),
        np.full((rows, columns), CLOTH_GLOSS, np.float32),
        4,
    )
