"""Reads finger image records (ISO/IEC 19794-4:2005 and :2011): the first image of a record, with its
resolution."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mlid_desktop.devices.formats.headers.dimensions import dimensions
from mlid_desktop.devices.formats.headers.finger_record import (
    PER_CENTIMETRE,
    PER_INCH,
    StatedImage,
    bad_record,
    read_stated,
)
from mlid_desktop.devices.formats.image_decoding import decode_grey
from mlid_desktop.domain.samples import Image

INCH = 2.54
MIN_DPI, MAX_DPI = 99.0, 2000.0  # the standard's lowest level, and the highest that readers have


@dataclass(frozen=True, slots=True, eq=False)
class FingerRecord:
    """A finger image from a record: ``image`` (h, w) uint8, dark ridges; ``dpi`` across and down; ``position`` is the
    standard's finger code, 0 where it is unknown."""

    image: Image = field(repr=False)
    dpi: tuple[float, float]
    position: int


def read_finger_record(untrusted: bytes, unstated: float | None = None) -> FingerRecord:
    """Reads the first image of a finger image record; ``unstated`` are the dots per inch, as somebody says them, of one
    that states 0. Raises DeviceError: DEVICE_TOO_LARGE, or DEVICE_BAD_MEDIA for
    what is no such record, cut short, of another depth than 8 bits, or compressed in a way that is not read here."""
    stated, content = read_stated(untrusted)
    return FingerRecord(_image(stated, content), _dpi(stated, unstated), stated.position)


def _image(stated: StatedImage, untrusted_content: bytes) -> Image:
    if not stated.compressed:
        return np.frombuffer(untrusted_content, np.uint8).reshape(stated.height, stated.width).copy()
    if dimensions(untrusted_content) != (stated.width, stated.height):
        raise bad_record("size")
    image = decode_grey(untrusted_content)
    if image.shape != (stated.height, stated.width):
        raise bad_record("size")
    return image


def _dpi(stated: StatedImage, unstated: float | None) -> tuple[float, float]:
    if unstated is not None and not all(stated.resolution):
        return unstated, unstated
    factor = {PER_INCH: 1.0, PER_CENTIMETRE: INCH}.get(stated.units)
    if factor is None:
        raise bad_record("resolution")
    across, down = (resolution * factor for resolution in stated.resolution)
    if not all(MIN_DPI <= dpi <= MAX_DPI for dpi in (across, down)):
        raise bad_record("resolution")
    return across, down
