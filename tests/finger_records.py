"""Finger image records as a test needs them: the program reads such records and writes none."""

from __future__ import annotations

from mlid_desktop.devices.formats.headers.finger_record import (
    GREY_BITS,
    HEADER_2011,
    IDENTIFIER,
    IMAGE_2011,
    PER_INCH,
    REPRESENTATION_2011,
)
from mlid_desktop.domain.samples import Image


def write_finger_record(image: Image, dpi: int, position: int) -> bytes:
    """Writes an uncompressed finger image record of the edition of 2011."""
    height, width = image.shape
    data = image.tobytes()
    tail = IMAGE_2011.pack(position, 0, PER_INCH, dpi, dpi, dpi, dpi, GREY_BITS, 0, 0, width, height, len(data)) + data
    length = REPRESENTATION_2011.size + len(tail)
    representation = REPRESENTATION_2011.pack(length, bytes(9), 0, 0, 0, 0) + tail
    return HEADER_2011.pack(IDENTIFIER, b"020\0", HEADER_2011.size + length, 1, 0, 1) + representation
