"""Finger minutiae records as bytes, read: one straight list of fields for each edition.

Clauses: ISO/IEC 19794-2:2005 7 (record format), :2011 8, ANSI INCITS 378-2004 6, 378-2009 and its amendment 1 6. Drafts
between the editions (such as the "2007" of some test sets) are refused.
"""

from __future__ import annotations

import numpy as np

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.modalities.fingerprint.minutiae_records.cursor import Cursor
from mlid_desktop.modalities.fingerprint.minutiae_records.record import (
    IDENTIFIER,
    MAX_KIND,
    MAX_QUALITY,
    MINUTIA,
    QUALITY_FAILED,
    CaptureEquipment,
    CaptureTime,
    Certificate,
    Edition,
    Extension,
    FingerView,
    MinutiaeRecord,
    QualityScore,
    refuse,
)

MAX_RECORD = 1 << 20  # 255 views of 255 minutiae with usual extensions are less than half of it
MAX_VIEWS = 176  # eleven positions of sixteen views
MAX_POSITION = 10
UNKNOWN_MOMENT = b"\xff" * 9
UNCOUNTED = 2  # bytes that some writers of ANSI records leave out of the length they state
EDITIONS = {  # ISO and ANSI call two pairs of editions alike: one of a pair at most can be read to its very end
    b" 20\0": (Edition.ISO_2005, Edition.ANSI_2004),
    b"020\0": (Edition.ANSI_2004,),  # no standard says so, but it is met with
    b"030\0": (Edition.ISO_2011, Edition.ANSI_2009),
    b"035\0": (Edition.ANSI_2009_AM1,),
}
WITH_LENGTH, BARE = True, False


def read_record(untrusted: bytes) -> MinutiaeRecord:
    """The record in the bytes. Raises ModelError(MODEL_RECORD_INVALID) for what is no such record, is cut short, goes
    on after its end, or says what cannot be."""
    if len(untrusted) > MAX_RECORD:
        refuse("length")
    if untrusted[:4] != IDENTIFIER:
        refuse("no minutiae record")
    candidates = EDITIONS.get(untrusted[4:8])
    if candidates is None:
        refuse("edition")
    faults = []
    for edition in candidates:
        try:
            return _read(edition, untrusted)
        except ModelError as fault:
            faults.append(fault)
    raise max(faults, key=lambda fault: int(fault.facts["at"])) from None


def _read(edition: Edition, untrusted: bytes) -> MinutiaeRecord:
    cursor = Cursor(untrusted)
    try:
        record = _record(edition, cursor)
    except ModelError as fault:
        raise ModelError(Code.MODEL_RECORD_INVALID, why=fault.facts["why"], at=cursor.place) from None
    if cursor.left:
        raise ModelError(Code.MODEL_RECORD_INVALID, why="more than its length", at=cursor.place)
    return record


def _record(edition: Edition, cursor: Cursor) -> MinutiaeRecord:
    cursor.take(8)  # identifier and version
    stated = _length(edition, cursor)
    if not 0 <= cursor.place + cursor.left - stated <= (0 if edition.of_iso else UNCOUNTED):
        refuse("length")
    if edition is Edition.ISO_2011:
        count, certified_devices = cursor.whole(2), cursor.whole(1) != 0
        views = tuple(_view_iso_2011(cursor, certified_devices) for _ in range(_views(count)))
        return MinutiaeRecord(edition, views, certified_devices=certified_devices)
    vendor, subformat = (0, 0) if edition.of_iso else (cursor.whole(2), cursor.whole(2))
    sensor = _sensor(edition, cursor)
    if edition.size_in_header:
        size = (cursor.whole(2), cursor.whole(2), cursor.whole(2), cursor.whole(2))
        count, _ = _views(cursor.whole(1)), cursor.take(1)
        views = tuple(_view_before_2009(cursor, edition, sensor, size) for _ in range(count))
        return MinutiaeRecord(edition, views, vendor, subformat)
    count, _ = _views(cursor.whole(1)), cursor.take(1)
    return MinutiaeRecord(edition, tuple(_view_ansi_2009(cursor, sensor) for _ in range(count)), vendor, subformat)


def _length(edition: Edition, cursor: Cursor) -> int:
    """ANSI 2004 takes two bytes, or after two of nothing four."""
    if edition is not Edition.ANSI_2004:
        return cursor.whole(4)
    return cursor.whole(2) or cursor.whole(4)


def _views(count: int) -> int:
    if not 1 <= count <= MAX_VIEWS:
        refuse("views")
    return count


def _sensor(edition: Edition, cursor: Cursor) -> CaptureEquipment:
    if edition.size_in_header:
        both = cursor.whole(2)
        return CaptureEquipment(both & 0xFFF, both >> 12)
    certified = cursor.whole(1)
    return CaptureEquipment(cursor.whole(2), certified)


def _view_before_2009(
    cursor: Cursor, edition: Edition, sensor: CaptureEquipment, size: tuple[int, int, int, int]
) -> FingerView:
    """ISO 2005 and ANSI 2004."""
    position, both = cursor.whole(1), cursor.whole(1)
    quality, count = cursor.whole(1), cursor.whole(1)
    minutiae = _minutiae(cursor, count)
    extensions, bare = _extensions(cursor, edition)
    return FingerView(
        _position(position), minutiae, size[0], size[1], _resolution(size[2], size[3]), both >> 4, both & 15,
        (QualityScore(_quality(quality)),), extensions, sensor, bare_lengths=bare,
    )  # fmt: skip  # as the fields follow one another


def _view_ansi_2009(cursor: Cursor, sensor: CaptureEquipment) -> FingerView:
    """The edition of 2009 and its amendment: what the ANSI header said of the image is said of each view."""
    position, number, impression = cursor.whole(1), cursor.whole(1), cursor.whole(1)
    quality = QualityScore(_quality(cursor.whole(1)), cursor.whole(2), cursor.whole(2))
    width, height, across, down = (cursor.whole(2) for _ in range(4))
    minutiae = _minutiae(cursor, cursor.whole(1))
    extensions, _ = _extensions(cursor, Edition.ANSI_2009)
    return FingerView(
        _position(position), minutiae, width, height, _resolution(across, down), number, impression,
        (quality,), extensions, sensor,
    )  # fmt: skip  # as the fields follow one another


def _view_iso_2011(cursor: Cursor, certified_devices: bool) -> FingerView:
    begun = cursor.place
    stated = cursor.whole(4)
    captured = _moment(cursor.take(9))
    kind, vendor, identifier = cursor.whole(1), cursor.whole(2), cursor.whole(2)
    qualities = tuple(
        QualityScore(_quality(cursor.whole(1)), cursor.whole(2), cursor.whole(2)) for _ in range(cursor.whole(1))
    )
    certificates = (
        tuple(Certificate(cursor.whole(2), cursor.whole(1)) for _ in range(cursor.whole(1)))
        if certified_devices
        else ()
    )
    position, number = _position(cursor.whole(1)), cursor.whole(1)
    resolution = _resolution(cursor.whole(2), cursor.whole(2))
    impression, width, height = cursor.whole(1), cursor.whole(2), cursor.whole(2)
    both = cursor.whole(1)
    if both >> 4 not in (5, 6):
        refuse("length of a minutia")
    minutiae = _minutiae(cursor, cursor.whole(1), with_quality=both >> 4 == 6)
    extensions, _ = _extensions(cursor, Edition.ISO_2011)
    if cursor.place - begun != stated:
        refuse("length of a view")
    return FingerView(
        position, minutiae, width, height, resolution, number, impression, qualities, extensions,
        CaptureEquipment(identifier, 0, vendor, kind), captured, certificates, both & 15, both >> 4 == 6,
    )  # fmt: skip  # as the fields of the class follow one another


def _minutiae(cursor: Cursor, count: int, *, with_quality: bool = True) -> np.ndarray:
    size = 6 if with_quality else 5
    untrusted = np.frombuffer(cursor.take(size * count), np.uint8).reshape(count, size).astype(np.uint16)
    found = np.zeros(count, MINUTIA)
    found["kind"] = untrusted[:, 0] >> 6
    found["x"] = (untrusted[:, 0] & 0x3F) << 8 | untrusted[:, 1]
    found["y"] = (untrusted[:, 2] & 0x3F) << 8 | untrusted[:, 3]
    found["angle"] = untrusted[:, 4]
    found["quality"] = untrusted[:, 5] if with_quality else 0
    if (found["kind"] > MAX_KIND).any():
        refuse("type of a minutia")
    if ((found["quality"] > MAX_QUALITY) & (found["quality"] < QUALITY_FAILED - 1)).any():
        refuse("quality of a minutia")
    return found


def _extensions(cursor: Cursor, edition: Edition) -> tuple[tuple[Extension, ...], bool]:
    """What follows the minutiae, and whether lengths leave their own four bytes out. ISO 2005 is read both ways:
    published records count them and do not; one way comes out even."""
    area = cursor.take(cursor.whole(2))
    found = _divided(area, WITH_LENGTH)
    if found is None and edition is Edition.ISO_2005:
        bare = _divided(area, BARE)
        if bare is not None:
            return bare, True
    if found is None:
        refuse("extended data")
    return found, edition is not Edition.ISO_2005 or not area


def _divided(area: bytes, with_length: bool) -> tuple[Extension, ...] | None:
    found, place = [], 0
    while place < len(area):
        stated = int.from_bytes(area[place + 2 : place + 4], "big") - (4 if with_length else 0)
        if len(area) - place < 4 or not 0 <= stated <= len(area) - place - 4:
            return None
        kind = int.from_bytes(area[place : place + 2], "big")
        found.append(Extension(kind, area[place + 4 : place + 4 + stated]))
        place += 4 + stated
    return tuple(found)


def _position(code: int) -> int:
    if code > MAX_POSITION:
        refuse("finger position")
    return code


def _quality(value: int) -> int:
    if value > MAX_QUALITY and value < QUALITY_FAILED - 1:  # 254: none was told, 255: it could not be
        refuse("quality")
    return value


def _resolution(across: int, down: int) -> tuple[int, int]:
    if not across or not down:
        refuse("resolution")
    return across, down


def _moment(untrusted: bytes) -> CaptureTime | None:
    if untrusted == UNKNOWN_MOMENT:
        return None
    month, day, hour, minute, second = untrusted[2:7]
    thousandth = int.from_bytes(untrusted[7:], "big")
    return CaptureTime(int.from_bytes(untrusted[:2], "big"), month, day, hour, minute, second, thousandth)
