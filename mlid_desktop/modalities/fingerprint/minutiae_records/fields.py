"""Reads the fields that all editions of minutiae records share, each from a cursor."""

from __future__ import annotations

import numpy as np

from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.minutiae_records.cursor import Cursor
from mlid_desktop.modalities.fingerprint.minutiae_records.record import (
    MAX_KIND,
    MAX_QUALITY,
    MINUTIA,
    OTHER,
    QUALITY_FAILED,
    CaptureTime,
    Edition,
    Extension,
    Leniency,
    QualityScore,
    refuse,
)

PLAIN_THUMBS = {11: 1, 12: 6}  # ANSI/NIST-ITL's codes of a thumb that was placed flat
CENTIMETRE = 2.54  # an inch
MOST_PER_CENTIMETRE = int(p.MAX_DPI / CENTIMETRE) + 1
UNKNOWN_MOMENT = b"\xff" * 9
WITH_LENGTH, BARE = True, False
MAX_POSITION = 10


def read_minutiae(cursor: Cursor, count: int, *, with_quality: bool = True) -> np.ndarray:
    """Reads ``count`` minutiae as rows of MINUTIA. Raises ModelError(MODEL_RECORD_INVALID)."""
    size = 6 if with_quality else 5
    untrusted = np.frombuffer(cursor.take(size * count), np.uint8).reshape(count, size).astype(np.uint16)
    minutiae = np.zeros(count, MINUTIA)
    minutiae["kind"] = untrusted[:, 0] >> 6
    minutiae["x"] = (untrusted[:, 0] & 0x3F) << 8 | untrusted[:, 1]
    minutiae["y"] = (untrusted[:, 2] & 0x3F) << 8 | untrusted[:, 3]
    minutiae["angle"] = untrusted[:, 4]
    minutiae["quality"] = untrusted[:, 5] if with_quality else 0
    reserved = minutiae["kind"] > MAX_KIND
    if reserved.any():
        cursor.excuse(Leniency.MINUTIA_TYPE, "type of a minutia")
        minutiae["kind"][reserved] = OTHER
    reserved = (minutiae["quality"] > MAX_QUALITY) & (minutiae["quality"] < QUALITY_FAILED - 1)
    if reserved.any():
        cursor.excuse(Leniency.QUALITY, "quality of a minutia")
        minutiae["quality"][reserved] = 0
    return minutiae


def read_extensions(cursor: Cursor, edition: Edition) -> tuple[tuple[Extension, ...], bool]:
    """The extended data after the minutiae, and whether its lengths leave out their own four bytes. ISO 2005 is read
    both ways, as published records differ: only one of them comes out even."""
    if not cursor.remaining:
        cursor.excuse(Leniency.NO_EXTENSIONS, "cut short")  # the last view's length of nothing, which writers leave out
        return (), edition is not Edition.ISO_2005
    area = cursor.take(cursor.integer(2))
    extensions = _split_extensions(area, WITH_LENGTH)
    if extensions is None and edition is Edition.ISO_2005:
        bare = _split_extensions(area, BARE)
        if bare is not None:
            return bare, True
    if extensions is None:
        cursor.excuse(Leniency.EXTENSIONS, "extended data")
        return (), edition is not Edition.ISO_2005
    return extensions, edition is not Edition.ISO_2005 or not area


def _split_extensions(area: bytes, with_length: bool) -> tuple[Extension, ...] | None:
    extensions, offset = [], 0
    while offset < len(area):
        stated = int.from_bytes(area[offset + 2 : offset + 4], "big") - (4 if with_length else 0)
        if len(area) - offset < 4 or not 0 <= stated <= len(area) - offset - 4:
            return None
        kind = int.from_bytes(area[offset : offset + 2], "big")
        extensions.append(Extension(kind, area[offset + 4 : offset + 4 + stated]))
        offset += 4 + stated
    return tuple(extensions)


def finger_position(cursor: Cursor, code: int) -> int:
    """The finger position of a code: those above ten are of plain thumbs, several fingers or palms, of which a thumb is
    known and the others name no finger."""
    if code > MAX_POSITION:
        cursor.excuse(Leniency.POSITION, "finger position")
        return PLAIN_THUMBS.get(code, 0)
    return code


def quality_value(cursor: Cursor, value: int) -> int:
    """A record's quality value: 0 to 100, 254 where none was told, 255 where it could not be assessed."""
    if value > MAX_QUALITY and value < QUALITY_FAILED - 1:
        cursor.excuse(Leniency.QUALITY, "quality")
        return QUALITY_FAILED - 1
    return value


def read_score(cursor: Cursor) -> QualityScore:
    """Reads a quality score with the vendor and the method that it was assessed by."""
    return QualityScore(quality_value(cursor, cursor.integer(1)), cursor.integer(2), cursor.integer(2))


def per_centimetre_of(cursor: Cursor, across: int, down: int) -> tuple[int, int]:
    """The resolution of a view in pixels per centimetre. A lenient reading takes numbers too large for a centimetre as
    pixels per inch, and fills in an absent resolution from the ``dpi`` that its caller gave."""
    if (not across or not down) and cursor.dpi:
        cursor.excuse(Leniency.RESOLUTION_GIVEN, "resolution")
        return _per_centimetre(cursor.dpi), _per_centimetre(cursor.dpi)
    if not across or not down:
        refuse("resolution")
    if cursor.lenient and all(MOST_PER_CENTIMETRE < density <= p.MAX_DPI for density in (across, down)):
        cursor.excuse(Leniency.RESOLUTION_PER_INCH, "resolution")
        return _per_centimetre(across), _per_centimetre(down)
    return across, down


def _per_centimetre(dpi: int) -> int:
    return round(dpi / CENTIMETRE)


def read_moment(untrusted: bytes) -> CaptureTime | None:
    """The capture time in nine bytes, None where they say that it is not known."""
    if untrusted == UNKNOWN_MOMENT:
        return None
    month, day, hour, minute, second = untrusted[2:7]
    thousandth = int.from_bytes(untrusted[7:], "big")
    return CaptureTime(int.from_bytes(untrusted[:2], "big"), month, day, hour, minute, second, thousandth)
