"""Reads finger minutiae records from bytes: one straight list of fields for each edition.

Clauses: ISO/IEC 19794-2:2005 7 (record format), :2011 8, ANSI INCITS 378-2004 6, 378-2009 and its amendment 1 6. Drafts
between the editions (such as the "2007" of some test sets) are refused. What other makers write against the standard
is read where it can mean one thing only, and each such leniency is named.
"""

from __future__ import annotations

from dataclasses import dataclass

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.modalities.fingerprint.minutiae_records.cursor import Cursor
from mlid_desktop.modalities.fingerprint.minutiae_records.fields import (
    finger_position,
    per_centimetre_of,
    quality_value,
    read_extensions,
    read_minutiae,
    read_moment,
    read_score,
)
from mlid_desktop.modalities.fingerprint.minutiae_records.record import (
    IDENTIFIER,
    CaptureEquipment,
    Certificate,
    Edition,
    FingerView,
    Leniency,
    MinutiaeRecord,
    QualityScore,
    refuse,
)

MAX_RECORD = 1 << 20  # 255 views of 255 minutiae with usual extensions are less than half of it
MAX_VIEWS = 176  # eleven positions of sixteen views
EMPTY = (b"\0", b"\xff", b" ", b"\r\n\x1a")  # what is put behind a record: fillers, and the end of a text
UNCOUNTED = 2  # bytes that some writers of ANSI records leave out of the length they state
EDITIONS = {  # ISO and ANSI call two pairs of editions alike: one of a pair at most can be read to its very end
    b" 20\0": (Edition.ISO_2005, Edition.ANSI_2004),
    b"020\0": (Edition.ANSI_2004,),  # no standard says so, but it is met with
    b"030\0": (Edition.ISO_2011, Edition.ANSI_2009),
    b"035\0": (Edition.ANSI_2009_AM1,),
}


@dataclass(frozen=True, slots=True)
class LenientReading:
    """A minutiae record with the leniencies that reading it took."""

    record: MinutiaeRecord
    leniencies: tuple[Leniency, ...] = ()


def read_record(untrusted: bytes) -> MinutiaeRecord:
    """Reads a finger minutiae record, strictly by its standard. Raises ModelError(MODEL_RECORD_INVALID) for what is no
    such record, is cut short, goes on after its end, or says what cannot be."""
    faults = []
    for edition in _candidates(untrusted):
        try:
            return _read(edition, Cursor(untrusted))
        except ModelError as fault:
            faults.append(fault)
    raise _furthest(faults) from None


def read_leniently(untrusted: bytes, dpi: int | None = None) -> LenientReading:
    """Reads a finger minutiae record as other makers write it: padded, with a wrong length, a position or quality that
    the standard leaves open, a resolution per inch, or none where ``dpi`` says it. Raises
    ModelError(MODEL_RECORD_INVALID) for what cannot be read, or can be read in two ways."""
    faults, readings = [], []
    for edition in _candidates(untrusted):
        cursor = Cursor(untrusted, lenient=True, dpi=dpi)
        try:
            record = _read(edition, cursor)
        except ModelError as fault:
            faults.append(fault)
        else:
            readings.append(LenientReading(record, tuple(cursor.leniencies)))
    if not readings:
        raise _furthest(faults) from None
    fewest = min(len(reading.leniencies) for reading in readings)
    best = [reading for reading in readings if len(reading.leniencies) == fewest]
    if len(best) > 1 and fewest:
        refuse("edition")
    return best[0]


def _candidates(untrusted: bytes) -> tuple[Edition, ...]:
    if len(untrusted) > MAX_RECORD:
        refuse("length")
    if untrusted[:4] != IDENTIFIER:
        refuse("no minutiae record")
    candidates = EDITIONS.get(untrusted[4:8])
    if candidates is None:
        refuse("edition")
    return candidates


def _furthest(faults: list[ModelError]) -> ModelError:
    return max(faults, key=lambda fault: int(fault.facts["at"]))


def _read(edition: Edition, cursor: Cursor) -> MinutiaeRecord:
    try:
        stated, record = _record(edition, cursor)
    except ModelError as fault:
        raise ModelError(Code.MODEL_RECORD_INVALID, why=fault.facts["why"], at=cursor.offset) from None
    end = cursor.offset
    filler = cursor.take(cursor.remaining)
    if filler and (not cursor.lenient or all(filler.strip(empty) for empty in EMPTY)):
        raise ModelError(Code.MODEL_RECORD_INVALID, why="more than its length", at=end)
    if filler:
        cursor.excuse(Leniency.PADDING, "more than its length")
    if not 0 <= end - stated <= (0 if edition.of_iso else UNCOUNTED) and stated != end + len(filler):
        cursor.excuse(Leniency.LENGTH, "length")
    return record


def _record(edition: Edition, cursor: Cursor) -> tuple[int, MinutiaeRecord]:
    """The length that a record states, and the record."""
    cursor.take(8)  # identifier and version
    stated = _length(edition, cursor)
    slack = 0 if edition.of_iso else UNCOUNTED
    if not cursor.lenient and not 0 <= cursor.offset + cursor.remaining - stated <= slack:
        refuse("length")
    if edition is Edition.ISO_2011:
        count, certified_devices = cursor.integer(2), cursor.integer(1) != 0
        views = tuple(_view_iso_2011(cursor, certified_devices) for _ in range(_views(count)))
        return stated, MinutiaeRecord(edition, views, certified_devices=certified_devices)
    vendor, subformat = (0, 0) if edition.of_iso else (cursor.integer(2), cursor.integer(2))
    sensor = _sensor(edition, cursor)
    if edition.size_in_header:
        size = (cursor.integer(2), cursor.integer(2), cursor.integer(2), cursor.integer(2))
        count, _ = _views(cursor.integer(1)), cursor.take(1)
        views = tuple(_view_before_2009(cursor, edition, sensor, size) for _ in range(count))
        return stated, MinutiaeRecord(edition, views, vendor, subformat)
    count, _ = _views(cursor.integer(1)), cursor.take(1)
    views = tuple(_view_ansi_2009(cursor, sensor) for _ in range(count))
    return stated, MinutiaeRecord(edition, views, vendor, subformat)


def _length(edition: Edition, cursor: Cursor) -> int:
    """Reads the stated length: ANSI 2004 takes two bytes or, after two that are zero, four."""
    if edition is not Edition.ANSI_2004:
        return cursor.integer(4)
    return cursor.integer(2) or cursor.integer(4)


def _views(count: int) -> int:
    if not 1 <= count <= MAX_VIEWS:
        refuse("views")
    return count


def _sensor(edition: Edition, cursor: Cursor) -> CaptureEquipment:
    if edition.size_in_header:
        both = cursor.integer(2)
        return CaptureEquipment(both & 0xFFF, both >> 12)
    certified = cursor.integer(1)
    return CaptureEquipment(cursor.integer(2), certified)


def _view_before_2009(
    cursor: Cursor, edition: Edition, sensor: CaptureEquipment, size: tuple[int, int, int, int]
) -> FingerView:
    """Reads a finger view of ISO 2005 or ANSI 2004."""
    position, both = cursor.integer(1), cursor.integer(1)
    quality, count = cursor.integer(1), cursor.integer(1)
    minutiae = read_minutiae(cursor, count)
    extensions, bare = read_extensions(cursor, edition)
    return FingerView(
        finger_position(cursor, position), minutiae, size[0], size[1], per_centimetre_of(cursor, size[2], size[3]),
        both >> 4, both & 15, (QualityScore(quality_value(cursor, quality)),), extensions, sensor, bare_lengths=bare,
    )  # fmt: skip  # as the fields follow one another


def _view_ansi_2009(cursor: Cursor, sensor: CaptureEquipment) -> FingerView:
    """Reads a finger view of ANSI 2009 or its amendment, where each view carries the image's size and resolution
    itself."""
    position, number, impression = cursor.integer(1), cursor.integer(1), cursor.integer(1)
    quality = read_score(cursor)
    width, height, across, down = (cursor.integer(2) for _ in range(4))
    minutiae = read_minutiae(cursor, cursor.integer(1))
    extensions, _ = read_extensions(cursor, Edition.ANSI_2009)
    return FingerView(
        finger_position(cursor, position), minutiae, width, height, per_centimetre_of(cursor, across, down), number,
        impression, (quality,), extensions, sensor,
    )  # fmt: skip  # as the fields follow one another


def _view_iso_2011(cursor: Cursor, certified_devices: bool) -> FingerView:
    begun = cursor.offset
    stated = cursor.integer(4)
    captured = read_moment(cursor.take(9))
    kind, vendor, identifier = cursor.integer(1), cursor.integer(2), cursor.integer(2)
    qualities = tuple(read_score(cursor) for _ in range(cursor.integer(1)))
    certificates = (
        tuple(Certificate(cursor.integer(2), cursor.integer(1)) for _ in range(cursor.integer(1)))
        if certified_devices
        else ()
    )
    position, number = finger_position(cursor, cursor.integer(1)), cursor.integer(1)
    resolution = per_centimetre_of(cursor, cursor.integer(2), cursor.integer(2))
    impression, width, height = cursor.integer(1), cursor.integer(2), cursor.integer(2)
    both = cursor.integer(1)
    if both >> 4 not in (5, 6):
        refuse("length of a minutia")
    minutiae = read_minutiae(cursor, cursor.integer(1), with_quality=both >> 4 == 6)
    extensions, _ = read_extensions(cursor, Edition.ISO_2011)
    if cursor.offset - begun != stated:
        cursor.excuse(Leniency.LENGTH, "length of a view")
    return FingerView(
        position, minutiae, width, height, resolution, number, impression, qualities, extensions,
        CaptureEquipment(identifier, 0, vendor, kind), captured, certificates, both & 15, both >> 4 == 6,
    )  # fmt: skip  # as the fields of the class follow one another
