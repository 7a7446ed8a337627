"""Samples the traits of a synthetic person: every parameter is drawn from the seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlid_desktop.synthetic.face.fixed_persons import CAST
from mlid_desktop.synthetic.face.grid_shapes import Colour
from mlid_desktop.synthetic.face.person import (
    BeardStyle,
    Brows,
    ClothesStyle,
    Eyes,
    GlassesStyle,
    Hair,
    HairStyle,
    Mouth,
    Nose,
    Person,
    Skin,
    Skull,
    Wear,
)

TRAITS = ("kind", "skull", "nose", "eyes", "brows", "mouth", "skin", "hair", "beard", "wear")
GENES = 256
IRIDES: tuple[Colour, ...] = (
    (28, 48, 78),
    (22, 36, 58),
    (18, 26, 40),
    (40, 78, 110),
    (66, 104, 96),
    (140, 118, 78),
    (168, 140, 92),
    (128, 120, 104),
)
HAIRS: tuple[Colour, ...] = (
    (24, 22, 22),
    (30, 34, 42),
    (36, 48, 70),
    (44, 66, 102),
    (70, 106, 150),
    (112, 158, 200),
    (40, 70, 150),
    (150, 152, 154),
    (206, 208, 210),
)
CLOTHS: tuple[Colour, ...] = (
    (92, 62, 40),
    (60, 60, 62),
    (120, 92, 60),
    (62, 92, 62),
    (58, 56, 128),
    (150, 132, 108),
    (196, 192, 186),
    (70, 110, 168),
    (128, 84, 110),
    (44, 42, 44),
    (110, 140, 150),
    (84, 120, 116),
)
WALLS: tuple[Colour, ...] = ((214, 208, 202), (206, 212, 216), (208, 214, 206), (218, 214, 206), (196, 200, 206))
FRAMES: tuple[Colour, ...] = ((26, 26, 28), (34, 46, 78), (120, 122, 126), (84, 122, 158), (52, 40, 110), (96, 66, 40))
LIPSTICKS: tuple[Colour, ...] = ((52, 40, 168), (88, 76, 196), (60, 40, 120), (92, 92, 178))


def sample_person(seed: int) -> Person:
    """The person of a seed (0 or greater); equal seeds give equal persons. The first are those of ``fixed_persons``;
    all others are drawn at random."""
    return person_from_genes(seed, read_genes(seed))


def read_genes(seed: int) -> tuple[int, ...]:
    """The numbers of a seed's person, one for each trait; those of ``fixed_persons`` were chosen so that the persons
    differ."""
    if seed < len(CAST):
        return tuple(CAST[seed])
    return tuple(np.random.default_rng((0x6D6C6964, seed)).integers(GENES, size=len(TRAITS)).tolist())


def person_from_genes(seed: int, genes: Sequence[int]) -> Person:
    """The person with these trait numbers ("genes"), each 0..255; traits whose genes are equal are equal, given type,
    tone and age."""
    rngs = {
        trait: np.random.default_rng((0x67656E65, number, gene))
        for number, (trait, gene) in enumerate(zip(TRAITS, genes, strict=True))
    }
    kind = rngs["kind"]
    masculine = bool(kind.random() < 0.5)
    tone = float(kind.random())
    age = float(kind.random() ** 1.3)
    return Person(
        seed,
        _skull(rngs["skull"], masculine),
        _nose(rngs["nose"], masculine, tone),
        _eyes(rngs["eyes"], masculine, tone, age),
        _brows(rngs["brows"], masculine),
        _mouth(rngs["mouth"], masculine, tone),
        _skin(rngs["skin"], tone, age),
        _hair(rngs["hair"], masculine, tone, age),
        _beard(rngs["beard"], masculine),
        _between(rngs["beard"], 0.5, 1.0),
        _wear(rngs["wear"], masculine),
    )


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    return float(rng.uniform(low, high))


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def _pick(rng: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    return colours[int(rng.integers(len(colours)))]


def _skull(rng: np.random.Generator, masculine: bool) -> Skull:
    return Skull(
        width=_between(rng, 0.87, 1.15),
        face_length=_between(rng, 0.86, 1.12),
        forehead=_between(rng, 0.88, 1.12),
        jaw_width=_between(rng, 0.84, 1.28) if masculine else _between(rng, 0.72, 1.08),
        chin_width=_between(rng, 0.6, 1.6) if masculine else _between(rng, 0.45, 1.1),
        chin_forward=_between(rng, -1, 1),
        cheekbones=_between(rng, 0, 1.4),
        fullness=_between(rng, -1.2, 1.6),
        brow_ridge=_between(rng, 0.3, 1) if masculine else _between(rng, 0, 0.35),
        lumps=_seed(rng),
    )


def _nose(rng: np.random.Generator, masculine: bool, tone: float) -> Nose:
    wide = 0.16 * tone + (0.05 if masculine else -0.04)
    return Nose(
        length=_between(rng, 0.74, 1.22),
        width=_between(rng, 0.74, 1.38) + wide,
        height=_between(rng, 0.55, 1.4),
        hump=_between(rng, -1, 1),
        tip=_between(rng, 0.7, 1.55),
        tip_up=_between(rng, -1, 1),
    )


def _eyes(rng: np.random.Generator, masculine: bool, tone: float, age: float) -> Eyes:
    dark = tone > 0.45 or rng.random() < 0.4
    width = _between(rng, 25.5, 36.5)
    return Eyes(
        spacing=max(_between(rng, 54, 77), 1.75 * width + 4.0),
        width=width,
        open=_between(rng, 0.24, 0.46) + (0.0 if masculine else 0.03),
        tilt=_between(rng, -0.14, 0.22),
        fold=_between(rng, 0, 1),
        depth=_between(rng, -3.5, 4.5),
        bags=_between(rng, 0, 0.25) + 0.7 * age * _between(rng, 0.3, 1),
        iris=_pick(rng, IRIDES[:4]) if dark else _pick(rng, IRIDES[3:]),
        liner=0.0 if masculine else _between(rng, 0, 1),
        peak=_between(rng, -0.35, 0.35),
        iris_size=_between(rng, 5.4, 6.8),
    )


def _brows(rng: np.random.Generator, masculine: bool) -> Brows:
    return Brows(
        height=_between(rng, 13, 24) if masculine else _between(rng, 16, 28),
        thick=_between(rng, 4.0, 13) if masculine else _between(rng, 1.8, 8.5),
        arch=_between(rng, 0, 4) if masculine else _between(rng, 1, 8),
        tilt=_between(rng, -0.10, 0.20),
        gap=_between(rng, 2, 17),
        length=_between(rng, 32, 52),
        density=_between(rng, 0.55, 1.0),
    )


def _mouth(rng: np.random.Generator, masculine: bool, tone: float) -> Mouth:
    full = 2.0 * tone + (0.0 if masculine else 1.2)
    painted = not masculine and rng.random() < 0.5
    return Mouth(
        width=_between(rng, 40, 70),
        upper=_between(rng, 2.0, 8.5) + 0.7 * full,
        lower=_between(rng, 4.0, 12.5) + full,
        curve=_between(rng, 2.6, 6.8),
        bow=_between(rng, 0, 1),
        below_nose=_between(rng, 14, 26),
        paint=_between(rng, 0.4, 0.9) if painted else 0.0,
        paint_colour=_pick(rng, LIPSTICKS),
    )


def _skin(rng: np.random.Generator, tone: float, age: float) -> Skin:
    return Skin(
        tone, _between(rng, -1, 1), _between(rng, 0, 1), age, _freckles(rng, tone), int(rng.integers(0, 4)), _seed(rng)
    )


def _freckles(rng: np.random.Generator, tone: float) -> float:
    return _between(rng, 0.3, 1) if tone < 0.5 and rng.random() < 0.3 else 0.0


def _hair(rng: np.random.Generator, masculine: bool, tone: float, age: float) -> Hair:
    men = (
        HairStyle.BALD,
        HairStyle.BUZZ,
        HairStyle.SHORT,
        HairStyle.SIDE_PART,
        HairStyle.QUIFF,
        HairStyle.CURLY,
        HairStyle.AFRO,
        HairStyle.LONG,
        HairStyle.TURBAN,
    )
    women = (
        HairStyle.BOB,
        HairStyle.LONG,
        HairStyle.FRINGE,
        HairStyle.BUN,
        HairStyle.CURLY,
        HairStyle.AFRO,
        HairStyle.SCARF,
        HairStyle.SHORT,
    )
    styles = men if masculine else women
    if age > 0.72:
        colours = HAIRS[6:]
    elif tone > 0.5:
        colours = HAIRS[:3]
    else:
        colours = HAIRS[1:7]
    return Hair(
        style=styles[int(rng.integers(len(styles)))],
        colour=_pick(rng, colours),
        line=_between(rng, -7, 9) + (7.0 * age if masculine else 0.0),
        part=_between(rng, -24, 24),
        volume=_between(rng, 0.75, 1.3),
        cloth=_pick(rng, CLOTHS),
    )


def _beard(rng: np.random.Generator, masculine: bool) -> BeardStyle:
    if not masculine:
        return BeardStyle.NONE
    return tuple(BeardStyle)[int(rng.integers(len(BeardStyle)))]


def _wear(rng: np.random.Generator, masculine: bool) -> Wear:
    shown = rng.random() < 0.45
    styles = tuple(GlassesStyle)[1:4] if masculine else tuple(GlassesStyle)[1:]
    clothes = tuple(ClothesStyle)
    return Wear(
        glasses=styles[int(rng.integers(len(styles)))] if shown else GlassesStyle.NONE,
        frame=_pick(rng, FRAMES),
        glasses_size=_between(rng, 0.9, 1.12),
        frame_thick=_between(rng, 0.8, 2.2),
        clothes=clothes[int(rng.integers(len(clothes)))],
        cloth=_pick(rng, CLOTHS),
        under=_pick(rng, CLOTHS),
        wall=_pick(rng, WALLS),
    )
