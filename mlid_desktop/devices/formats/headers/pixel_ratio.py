"""Reads the ratio of resolutions that a picture file states without a unit: its pixels are no squares, whatever their
size."""

from __future__ import annotations

import struct
from typing import Final

from mlid_desktop.devices.formats.headers.dimensions import FAULTS, PNG_START
from mlid_desktop.devices.formats.headers.resolution import APP0, APP1, EXIF, jpeg_segments, png_chunks
from mlid_desktop.devices.formats.headers.tiff_tags import (
    TIFF_RESOLUTION_UNIT,
    TIFF_X_RESOLUTION,
    TIFF_Y_RESOLUTION,
    is_tiff,
    tiff_tags,
)

TIFF_NO_UNIT = 1
LARGEST_RATIO: Final = 4.0  # of facsimile and film; what is larger is no ratio


def pixel_ratio(untrusted: bytes) -> float | None:
    """How many times as many pixels lie on a length across as on the same length down, where the file states that alone
    (JFIF: ITU-T T.871, 10.1; PNG: 11.3.4.3; TIFF 6.0: ResolutionUnit); None where it states nothing of the kind."""
    try:
        across, down = _stated(untrusted)
        found = across / down
    except FAULTS:
        return None
    return found if 1 / LARGEST_RATIO <= found <= LARGEST_RATIO else None


def _stated(untrusted: bytes) -> tuple[float, float]:
    if untrusted.startswith(PNG_START):
        return _png(untrusted)
    if untrusted.startswith(b"\xff\xd8"):
        return _jpeg(untrusted)
    if is_tiff(untrusted):
        return _tiff(untrusted)
    raise ValueError("no format that states a ratio")


def _png(untrusted: bytes) -> tuple[float, float]:
    across, down, unit = struct.unpack_from(">IIB", dict(png_chunks(untrusted))[b"pHYs"])
    return _bare(across, down, unit, 0)


def _jpeg(untrusted: bytes) -> tuple[float, float]:
    for marker, body in jpeg_segments(untrusted):
        if marker == APP0 and body.startswith(b"JFIF\x00"):
            unit, across, down = struct.unpack_from(">BHH", body, 7)
            return _bare(across, down, unit, 0)
        if marker == APP1 and body.startswith(EXIF):
            return _tiff(body[len(EXIF) :])
    raise ValueError("nothing is stated")


def _tiff(untrusted: bytes) -> tuple[float, float]:
    found = tiff_tags(untrusted, {TIFF_X_RESOLUTION, TIFF_Y_RESOLUTION, TIFF_RESOLUTION_UNIT})
    return _bare(found[TIFF_X_RESOLUTION], found[TIFF_Y_RESOLUTION], int(found[TIFF_RESOLUTION_UNIT]), TIFF_NO_UNIT)


def _bare(across: float, down: float, unit: int, none: int) -> tuple[float, float]:
    if unit != none:
        raise ValueError("with a unit it is a resolution")
    return across, down
