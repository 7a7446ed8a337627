"""The content of a finger minutiae record, whichever edition it was written in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import pi
from typing import NoReturn

import numpy as np

from mlid_desktop.domain.errors import Code, ModelError

IDENTIFIER = b"FMR\0"
MINUTIA = np.dtype([("x", "u2"), ("y", "u2"), ("kind", "u1"), ("angle", "u1"), ("quality", "u1")])
OTHER, ENDING, BIFURCATION = 0, 1, 2  # the two bits of a minutia's type, alike in all editions
MAX_KIND = 2
MAX_PLACE = 0x3FFF  # 14 bits
MAX_MINUTIAE = 255  # one byte
MAX_QUALITY = 100
QUALITY_FAILED = 255  # an edition of 2009 or later says so where a quality could not be told


class Edition(Enum):
    """The five editions of minutiae records, by the name that the command line uses."""

    ISO_2005 = "iso19794-2:2005"
    ISO_2011 = "iso19794-2:2011"
    ANSI_2004 = "ansi378-2004"
    ANSI_2009 = "ansi378-2009"
    ANSI_2009_AM1 = "ansi378-2009-am1"

    @property
    def version(self) -> bytes:
        """The four version bytes after the record's identifier."""
        return VERSIONS[self]

    @property
    def of_iso(self) -> bool:
        """Whether ISO/IEC published the edition; else ANSI INCITS."""
        return self in (Edition.ISO_2005, Edition.ISO_2011)

    @property
    def angle_steps(self) -> int:
        """The number of steps into which the edition divides the circle (ISO: 1.40625 degrees each; ANSI: 2
        degrees)."""
        return 256 if self.of_iso else 180

    @property
    def size_in_header(self) -> bool:
        """Whether the record header of the edition gives width, height, resolution and sensor for every view."""
        return self in (Edition.ISO_2005, Edition.ANSI_2004)


VERSIONS = {
    Edition.ISO_2005: b" 20\0",
    Edition.ISO_2011: b"030\0",
    Edition.ANSI_2004: b" 20\0",
    Edition.ANSI_2009: b"030\0",
    Edition.ANSI_2009_AM1: b"035\0",
}


class Leniency(Enum):
    """A deviation of a record from its standard that is understood all the same, because it can mean one thing only."""

    TEXT = "text"
    PADDING = "padding"
    LENGTH = "length"
    POSITION = "finger_position"
    RESOLUTION_GIVEN = "resolution_given"
    RESOLUTION_PER_INCH = "resolution_per_inch"
    MINUTIA_TYPE = "minutia_type"
    QUALITY = "quality"
    EXTENSIONS = "extended_data"
    NO_EXTENSIONS = "no_extended_data"


@dataclass(frozen=True, slots=True)
class CaptureEquipment:
    """The capture device of a record: ``certified`` four bits of compliance (ANSI) or the byte that stands for them;
    ``vendor`` and ``kind`` are given in the ISO edition of 2011 alone."""

    identifier: int = 0
    certified: int = 0
    vendor: int = 0
    kind: int = 0


@dataclass(frozen=True, slots=True)
class QualityScore:
    """A quality score, 0 to 100 or 255 where it could not be assessed, and the method that it was assessed by."""

    value: int
    vendor: int = 0
    algorithm: int = 0


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate of a capture device, as the ISO edition of 2011 names it."""

    authority: int
    scheme: int


@dataclass(frozen=True, slots=True)
class CaptureTime:
    """The time at which a view was captured (UTC), as its nine bytes state it."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    millisecond: int


@dataclass(frozen=True, slots=True)
class Extension:
    """Extended data of a finger view: ridge counts (1), cores and deltas (2), zonal quality (3), a maker's own
    (others). Carried as it came."""

    kind: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class FingerView:
    """The minutiae of one finger in one image, as a record holds them.

    ``position`` finger position code (0 unknown, 1 to 10); ``impression`` code (0 live plain, 1 live rolled, 2 and 3
    from paper, 8 swiped); ``width``, ``height`` pixels; ``resolution`` pixels per centimetre across and down.
    ``minutiae`` (n,) MINUTIA: x right and y down from the upper left corner, angle in the edition's steps
    counter-clockwise from the right, quality 0 (not said) to 100.
    """

    position: int
    minutiae: np.ndarray = field(repr=False)
    width: int
    height: int
    resolution: tuple[int, int]
    number: int = 0
    impression: int = 0
    qualities: tuple[QualityScore, ...] = ()
    extensions: tuple[Extension, ...] = ()
    sensor: CaptureEquipment = CaptureEquipment()
    captured: CaptureTime | None = None
    certificates: tuple[Certificate, ...] = ()
    ending_kind: int = 0  # ISO 2011: what an ending's place is (0 fork of the valley's skeleton, 1 end of the ridge's)
    with_quality: bool = True  # ISO 2011: whether each minutia takes a sixth byte for its quality
    bare_lengths: bool = True  # ISO 2005: whether extended data count their own four bytes; writers differ

    @property
    def quality(self) -> int | None:
        """The view's first quality that could be assessed, 0 to 100."""
        return next((score.value for score in self.qualities if score.value <= MAX_QUALITY), None)


@dataclass(frozen=True, slots=True, eq=False)
class MinutiaeRecord:
    """A finger minutiae record of at least one view. ``vendor`` and ``subformat`` are the CBEFF product identifier of
    ANSI editions."""

    edition: Edition
    views: tuple[FingerView, ...]
    vendor: int = 0
    subformat: int = 0
    certified_devices: bool = False  # ISO 2011: whether views name certificates


def radians(edition: Edition, angles: Sequence[int] | np.ndarray) -> np.ndarray:
    """Angles in an edition's steps as (n,) float32 radians in [0, 2 pi); more steps than a circle has wrap around."""
    steps = np.asarray(angles, np.int64) % edition.angle_steps
    return np.asarray(steps * (2 * pi / edition.angle_steps), np.float32)


def refuse(why: str) -> NoReturn:
    """Refuses a minutiae record: always raises ModelError(MODEL_RECORD_INVALID)."""
    raise ModelError(Code.MODEL_RECORD_INVALID, why=why)
