"""Finger minutiae records as bytes, written: the same lists of fields as in :mod:`.reading`."""

from __future__ import annotations

import numpy as np

from mlid_desktop.modalities.fingerprint.minutiae_records.fields import UNKNOWN_MOMENT
from mlid_desktop.modalities.fingerprint.minutiae_records.reading import MAX_VIEWS
from mlid_desktop.modalities.fingerprint.minutiae_records.record import (
    IDENTIFIER,
    MAX_MINUTIAE,
    MAX_PLACE,
    CaptureEquipment,
    Edition,
    FingerView,
    MinutiaeRecord,
    refuse,
)

LONG = 0xFFFF  # from here on ANSI 2004 says its length in six bytes


def write_record(record: MinutiaeRecord) -> bytes:
    """The bytes. Raises ModelError(MODEL_RECORD_INVALID) where the edition cannot say what the record holds: views of
    unlike size in an edition with one size for all, more than 255 minutiae, a number too large for its field."""
    if not 1 <= len(record.views) <= MAX_VIEWS:
        refuse("views")
    try:
        body = _header(record) + b"".join(_view(record, one) for one in record.views)
    except OverflowError:
        refuse("a number too large for its field")
    start = IDENTIFIER + record.edition.version
    if record.edition is not Edition.ANSI_2004:
        return start + _whole(len(start) + 4 + len(body), 4) + body
    short = len(start) + 2 + len(body)
    return start + (_whole(short, 2) if short < LONG else _whole(0, 2) + _whole(short + 4, 4)) + body


def _header(record: MinutiaeRecord) -> bytes:
    """What follows the length."""
    edition, first = record.edition, record.views[0]
    if edition is Edition.ISO_2011:
        return _whole(len(record.views), 2) + _whole(int(record.certified_devices), 1)
    product = b"" if edition.of_iso else _whole(record.vendor, 2) + _whole(record.subformat, 2)
    count = _whole(len(record.views), 1) + b"\0"
    if any(one.sensor != first.sensor for one in record.views):
        refuse("views of several sensors")
    if not edition.size_in_header:
        return product + _whole(first.sensor.certified, 1) + _whole(first.sensor.identifier, 2) + count
    if any(_size(one) != _size(first) for one in record.views):
        refuse("views of several sizes")
    return product + _short_sensor(first.sensor) + _size(first) + count


def _view(record: MinutiaeRecord, view: FingerView) -> bytes:
    edition = record.edition
    minutiae = _minutiae(view, with_quality=edition is not Edition.ISO_2011 or view.with_quality)
    rest = _whole(len(view.minutiae), 1) + minutiae + _extensions(edition, view)
    finger = _whole(view.position, 1)
    if edition.size_in_header:
        if view.number > 15 or view.impression > 15:
            refuse("a number too large for its field")
        return finger + bytes([view.number << 4 | view.impression, _only_quality(view)]) + rest
    if edition is not Edition.ISO_2011:
        said = view.qualities[0] if view.qualities else None
        maker = _whole(said.vendor, 2) + _whole(said.algorithm, 2) if said else bytes(4)
        kind = _whole(view.number, 1) + _whole(view.impression, 1)
        return finger + kind + bytes([_only_quality(view)]) + maker + _size(view) + rest
    head = _moment(view) + _whole(view.sensor.kind, 1) + _whole(view.sensor.vendor, 2)
    head += _whole(view.sensor.identifier, 2) + _qualities(view)
    if record.certified_devices:
        named = [_whole(one.authority, 2) + _whole(one.scheme, 1) for one in view.certificates]
        head += _whole(len(named), 1) + b"".join(named)
    head += finger + _whole(view.number, 1) + _resolution(view) + _whole(view.impression, 1) + _extent(view)
    body = head + bytes([(6 if view.with_quality else 5) << 4 | view.ending_kind]) + rest
    return _whole(len(body) + 4, 4) + body


def _only_quality(view: FingerView) -> int:
    return view.qualities[0].value if view.qualities else 0


def _qualities(view: FingerView) -> bytes:
    said = [_whole(one.value, 1) + _whole(one.vendor, 2) + _whole(one.algorithm, 2) for one in view.qualities]
    return _whole(len(said), 1) + b"".join(said)


def _minutiae(view: FingerView, *, with_quality: bool) -> bytes:
    rows = view.minutiae
    if len(rows) > MAX_MINUTIAE or (len(rows) and max(rows["x"].max(), rows["y"].max()) > MAX_PLACE):
        refuse("a number too large for its field")
    columns = [rows["kind"] << 6 | rows["x"] >> 8, rows["x"] & 0xFF, rows["y"] >> 8, rows["y"] & 0xFF, rows["angle"]]
    columns += [rows["quality"]] if with_quality else []
    return np.stack([np.asarray(column, np.uint8) for column in columns], axis=1).tobytes() if len(rows) else b""


def _extensions(edition: Edition, view: FingerView) -> bytes:
    own = 0 if edition is Edition.ISO_2005 and view.bare_lengths else 4
    written = [_whole(one.kind, 2) + _whole(len(one.data) + own, 2) + one.data for one in view.extensions]
    area = b"".join(written)
    return _whole(len(area), 2) + area


def _short_sensor(sensor: CaptureEquipment) -> bytes:
    if sensor.identifier > 0xFFF or sensor.certified > 15:
        refuse("a number too large for its field")
    return _whole(sensor.certified << 12 | sensor.identifier, 2)


def _size(view: FingerView) -> bytes:
    return _extent(view) + _resolution(view)


def _extent(view: FingerView) -> bytes:
    return _whole(view.width, 2) + _whole(view.height, 2)


def _resolution(view: FingerView) -> bytes:
    return _whole(view.resolution[0], 2) + _whole(view.resolution[1], 2)


def _moment(view: FingerView) -> bytes:
    at = view.captured
    if at is None:
        return UNKNOWN_MOMENT
    day = bytes([at.month, at.day, at.hour, at.minute, at.second])
    return _whole(at.year, 2) + day + _whole(at.millisecond, 2)


def _whole(number: int, size: int) -> bytes:
    """Raises OverflowError."""
    return number.to_bytes(size, "big")
