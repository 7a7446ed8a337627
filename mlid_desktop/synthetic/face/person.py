"""The traits that distinguish one drawn person from another, all of them drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mlid_desktop.synthetic.face.grid_shapes import Colour


class HairStyle(StrEnum):
    """The styles of hair or headwear."""

    BALD = "bald"
    BUZZ = "buzz"
    SHORT = "short"
    SIDE_PART = "side-part"
    QUIFF = "quiff"
    CURLY = "curly"
    AFRO = "afro"
    BOB = "bob"
    LONG = "long"
    FRINGE = "fringe"
    BUN = "bun"
    SCARF = "scarf"
    TURBAN = "turban"


class BeardStyle(StrEnum):
    """The styles of beards."""

    NONE = "none"
    STUBBLE = "stubble"
    MOUSTACHE = "moustache"
    GOATEE = "goatee"
    SHORT = "short"
    FULL = "full"


class GlassesStyle(StrEnum):
    """The shapes of glasses."""

    NONE = "none"
    ROUND = "round"
    SQUARE = "square"
    WIDE = "wide"
    CAT = "cat"


class ClothesStyle(StrEnum):
    """The styles of clothes."""

    CREW = "crew"
    VEE = "vee"
    SHIRT = "shirt"
    BLAZER = "blazer"


@dataclass(frozen=True, slots=True)
class Skull:
    """The shape of a skull: factors about 1 for sizes; -1..1 or 0..1 for the rest."""

    width: float
    face_length: float
    forehead: float
    jaw_width: float
    chin_width: float
    chin_forward: float
    cheekbones: float
    fullness: float
    brow_ridge: float
    lumps: int
    """Seed of the smooth random relief that no other parameter names."""


@dataclass(frozen=True, slots=True)
class Nose:
    """The shape of a nose: factors about 1; ``hump`` and ``tip_up`` -1..1."""

    length: float
    width: float
    height: float
    hump: float
    tip: float
    tip_up: float


@dataclass(frozen=True, slots=True)
class Eyes:
    """The shape of the eyes: ``spacing`` mm between the pupils; ``width`` mm of an opening; ``open`` its height over
    its width; ``tilt`` radians, outer corner up; ``fold`` 0..1; ``depth`` mm; ``iris`` its colour, ``iris_size`` mm;
    ``peak`` -1 the opening is highest at its inner corner .. 1 at its outer one."""

    spacing: float
    width: float
    open: float
    tilt: float
    fold: float
    depth: float
    bags: float
    iris: Colour
    liner: float
    peak: float
    iris_size: float


@dataclass(frozen=True, slots=True)
class Brows:
    """The shape of the eyebrows: ``height`` mm above the pupil; ``thick`` mm; ``arch`` mm; ``tilt`` radians; ``gap`` mm
    from the middle to the inner end; ``length`` mm."""

    height: float
    thick: float
    arch: float
    tilt: float
    gap: float
    length: float
    density: float


@dataclass(frozen=True, slots=True)
class Mouth:
    """The shape of a mouth: ``width`` mm; ``upper`` and ``lower`` fullness mm; ``curve`` mm the corners rise; ``bow``
    0..1; ``below_nose`` mm; ``paint`` 0..1 of ``paint_colour``."""

    width: float
    upper: float
    lower: float
    curve: float
    bow: float
    below_nose: float
    paint: float
    paint_colour: Colour


@dataclass(frozen=True, slots=True)
class Skin:
    """The look of the skin: ``tone`` 0 lightest .. 1 darkest; ``warmth`` -1..1; ``flush``, ``age``, ``freckles`` 0..1;
    ``marks`` counts the moles; ``pattern`` seeds where everything lies."""

    tone: float
    warmth: float
    flush: float
    age: float
    freckles: float
    marks: int
    pattern: int


@dataclass(frozen=True, slots=True)
class Hair:
    """The look of the hair: ``colour`` of the strands; ``line`` mm the hairline lies higher; ``part`` mm of the parting
    from the middle; ``volume`` factor about 1; ``cloth`` is the colour of a scarf or turban."""

    style: HairStyle
    colour: Colour
    line: float
    part: float
    volume: float
    cloth: Colour


@dataclass(frozen=True, slots=True)
class Wear:
    """The glasses, the clothes and the wall behind a person."""

    glasses: GlassesStyle
    frame: Colour
    glasses_size: float
    frame_thick: float
    clothes: ClothesStyle
    cloth: Colour
    under: Colour
    wall: Colour


@dataclass(frozen=True, slots=True)
class Person:
    """The traits of a drawn person; :func:`~mlid_desktop.synthetic.face.sampling.sample_person` draws one from a
    seed."""

    seed: int
    skull: Skull
    nose: Nose
    eyes: Eyes
    brows: Brows
    mouth: Mouth
    skin: Skin
    hair: Hair
    beard: BeardStyle
    beard_length: float
    wear: Wear
