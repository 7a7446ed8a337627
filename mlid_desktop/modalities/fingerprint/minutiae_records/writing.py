"""Writes finger minutiae records as bytes: the same lists of fields as in :mod:`.reading`."""

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
    """A finger minutiae record as the bytes of its edition. Raises ModelError(MODEL_RECORD_INVALID) where the edition
    cannot say what the record holds: views of unlike size in an edition with one size for all, more than 255 minutiae,
    a number too large for its field."""
    if not 1 <= len(record.views) <= MAX_VIEWS:
        refuse("views")
    try:
        body = _header(record) + b"".join(_view(record, view) for view in record.views)
    except OverflowError:
        refuse("a number too large for its field")
    start = IDENTIFIER + record.edition.version
    if record.edition is not Edition.ANSI_2004:
        return start + _integer_bytes(len(start) + 4 + len(body), 4) + body
    short = len(start) + 2 + len(body)
    return (
        start
        + (_integer_bytes(short, 2) if short < LONG else _integer_bytes(0, 2) + _integer_bytes(short + 4, 4))
        + body
    )


def _header(record: MinutiaeRecord) -> bytes:
    """The header fields that follow the record's length."""
    edition, first = record.edition, record.views[0]
    if edition is Edition.ISO_2011:
        return _integer_bytes(len(record.views), 2) + _integer_bytes(int(record.certified_devices), 1)
    product = b"" if edition.of_iso else _integer_bytes(record.vendor, 2) + _integer_bytes(record.subformat, 2)
    count = _integer_bytes(len(record.views), 1) + b"\0"
    if any(view.sensor != first.sensor for view in record.views):
        refuse("views of several sensors")
    if not edition.size_in_header:
        return product + _integer_bytes(first.sensor.certified, 1) + _integer_bytes(first.sensor.identifier, 2) + count
    if any(_size(view) != _size(first) for view in record.views):
        refuse("views of several sizes")
    return product + _short_sensor(first.sensor) + _size(first) + count


def _view(record: MinutiaeRecord, view: FingerView) -> bytes:
    edition = record.edition
    minutiae = _minutiae(view, with_quality=edition is not Edition.ISO_2011 or view.with_quality)
    rest = _integer_bytes(len(view.minutiae), 1) + minutiae + _extensions(edition, view)
    finger = _integer_bytes(view.position, 1)
    if edition.size_in_header:
        if view.number > 15 or view.impression > 15:
            refuse("a number too large for its field")
        return finger + bytes([view.number << 4 | view.impression, _only_quality(view)]) + rest
    if edition is not Edition.ISO_2011:
        quality = view.qualities[0] if view.qualities else None
        maker = _integer_bytes(quality.vendor, 2) + _integer_bytes(quality.algorithm, 2) if quality else bytes(4)
        kind = _integer_bytes(view.number, 1) + _integer_bytes(view.impression, 1)
        return finger + kind + bytes([_only_quality(view)]) + maker + _size(view) + rest
    head = _capture_time_bytes(view) + _integer_bytes(view.sensor.kind, 1) + _integer_bytes(view.sensor.vendor, 2)
    head += _integer_bytes(view.sensor.identifier, 2) + _qualities(view)
    if record.certified_devices:
        named = [
            _integer_bytes(certificate.authority, 2) + _integer_bytes(certificate.scheme, 1)
            for certificate in view.certificates
        ]
        head += _integer_bytes(len(named), 1) + b"".join(named)
    head += (
        finger + _integer_bytes(view.number, 1) + _resolution(view) + _integer_bytes(view.impression, 1) + _extent(view)
    )
    body = head + bytes([(6 if view.with_quality else 5) << 4 | view.ending_kind]) + rest
    return _integer_bytes(len(body) + 4, 4) + body


def _only_quality(view: FingerView) -> int:
    return view.qualities[0].value if view.qualities else 0


def _qualities(view: FingerView) -> bytes:
    scores = [
        _integer_bytes(quality.value, 1) + _integer_bytes(quality.vendor, 2) + _integer_bytes(quality.algorithm, 2)
        for quality in view.qualities
    ]
    return _integer_bytes(len(scores), 1) + b"".join(scores)


def _minutiae(view: FingerView, *, with_quality: bool) -> bytes:
    rows = view.minutiae
    if len(rows) > MAX_MINUTIAE or (len(rows) and max(rows["x"].max(), rows["y"].max()) > MAX_PLACE):
        refuse("a number too large for its field")
    columns = [rows["kind"] << 6 | rows["x"] >> 8, rows["x"] & 0xFF, rows["y"] >> 8, rows["y"] & 0xFF, rows["angle"]]
    columns += [rows["quality"]] if with_quality else []
    return np.stack([np.asarray(column, np.uint8) for column in columns], axis=1).tobytes() if len(rows) else b""


def _extensions(edition: Edition, view: FingerView) -> bytes:
    own = 0 if edition is Edition.ISO_2005 and view.bare_lengths else 4
    written = [
        _integer_bytes(extension.kind, 2) + _integer_bytes(len(extension.data) + own, 2) + extension.data
        for extension in view.extensions
    ]
    area = b"".join(written)
    return _integer_bytes(len(area), 2) + area


def _short_sensor(sensor: CaptureEquipment) -> bytes:
    if sensor.identifier > 0xFFF or sensor.certified > 15:
        refuse("a number too large for its field")
    return _integer_bytes(sensor.certified << 12 | sensor.identifier, 2)


def _size(view: FingerView) -> bytes:
    return _extent(view) + _resolution(view)


def _extent(view: FingerView) -> bytes:
    return _integer_bytes(view.width, 2) + _integer_bytes(view.height, 2)


def _resolution(view: FingerView) -> bytes:
    return _integer_bytes(view.resolution[0], 2) + _integer_bytes(view.resolution[1], 2)


def _capture_time_bytes(view: FingerView) -> bytes:
    at = view.captured
    if at is None:
        return UNKNOWN_MOMENT
    day = bytes([at.month, at.day, at.hour, at.minute, at.second])
    return _integer_bytes(at.year, 2) + day + _integer_bytes(at.millisecond, 2)


def _integer_bytes(number: int, size: int) -> bytes:
    """The number as big-endian bytes; raises OverflowError where it does not fit."""
    return number.to_bytes(size, "big")
