"""A fingerprint of whatever format, decoded and brought to dark ridges on light ground at one resolution."""

from __future__ import annotations

import numpy as np

from mlid_desktop.devices.formats.even_scale import rescale_evenly
from mlid_desktop.devices.formats.headers.finger_record import IDENTIFIER
from mlid_desktop.devices.formats.headers.pixel_ratio import pixel_ratio
from mlid_desktop.devices.formats.headers.resolution import Dots, resolutions
from mlid_desktop.devices.formats.image_decoding import decode_grey
from mlid_desktop.devices.formats.iso19794_4 import read_finger_record
from mlid_desktop.devices.formats.picture_bounds import MAX_FINGER_DPI, MIN_FINGER_DPI
from mlid_desktop.domain.samples import Image

# Which side is light. Blocks of about two ridge periods; what hardly varies is ground, what varies most is finger.
BLOCK = 16
GROUND, FINGER = 0.2, 0.5  # of the spread of the most contrasting tenth of the blocks
LEAST_GROUND = 0.03  # share of the picture that must be ground before it is asked for its colour
STAND_OUT = 0.4  # of the finger's own spread that the ground must be darker than its middle; prints are 0.6 lighter


def decode_finger(untrusted: bytes, dpi: float | None = None) -> tuple[Image, float | None]:
    """Decodes a fingerprint to (height, width) uint8, dark ridges, with its resolution: ``dpi`` where somebody says it,
    else what the file says, None where that is not credible. Where it says two, for across and down, or a mere ratio of
    them, the picture is brought to the finer, also where somebody says the one. Raises DeviceError."""
    if untrusted.startswith(IDENTIFIER):
        record = read_finger_record(untrusted, unstated=dpi)
        return _at(record.image, (record.dpi,), None, dpi)
    return _at(decode_grey(untrusted), resolutions(untrusted), pixel_ratio(untrusted), dpi)


def decode_finger_record(untrusted: bytes) -> tuple[Image, float]:
    """Decodes the image of an ISO/IEC 19794-4 record as it is, with its dots per inch. Raises DeviceError."""
    record = read_finger_record(untrusted)
    return rescale_evenly(record.image, record.dpi)


def _at(image: Image, claimed: tuple[Dots, ...], ratio: float | None, dpi: float | None) -> tuple[Image, float | None]:
    dots = next((dots for dots in claimed if _credible(dots)), None)
    if dpi is not None:
        even, finest = rescale_evenly(image, _as_said(dpi, dots, ratio))
        return make_ridges_dark(even), finest
    if dots is not None:
        even, finest = rescale_evenly(image, dots)
        return make_ridges_dark(even), finest
    even, _ = rescale_evenly(image, (1.0, 1.0 / (ratio or 1.0)))
    return make_ridges_dark(even), None


def _as_said(dpi: float, dots: Dots | None, ratio: float | None) -> Dots:
    """Across and down, where somebody says one number: of a file that says two it is the nearer one, of a mere ratio
    the one across."""
    if dots is None:
        return dpi, dpi / (ratio or 1.0)
    across, down = dots
    return (dpi, dpi * down / across) if abs(dpi - across) <= abs(dpi - down) else (dpi * across / down, dpi)


def make_ridges_dark(image: Image) -> Image:
    """The fingerprint ``image`` (h, w) uint8 itself, or its negative where the ground around the finger says that
    ridges are light.

    The ground has the colour of the valleys. Where a finger fills the picture there is no telling, and it stays.
    """
    trimmed = _without_frame(image)
    rows, columns = trimmed.shape[0] // BLOCK, trimmed.shape[1] // BLOCK
    if not rows or not columns:
        return image
    whole = trimmed[: rows * BLOCK, : columns * BLOCK].astype(np.float32)
    blocks = whole.reshape(rows, BLOCK, columns, BLOCK).swapaxes(1, 2).reshape(rows * columns, BLOCK * BLOCK)
    spread = blocks.std(axis=1)
    most = float(np.percentile(spread, 90))
    ground, finger = spread < GROUND * most, spread > FINGER * most
    if ground.mean() < LEAST_GROUND or not finger.any():
        return image
    ridges = blocks[finger]
    return 255 - image if float(np.median(blocks[ground])) < ridges.mean() - STAND_OUT * ridges.std() else image


def _without_frame(image: Image) -> Image:
    """Without rows and columns of one single value at the borders: a frame that somebody laid around the picture."""
    rows, columns = np.nonzero(np.ptp(image, axis=1))[0], np.nonzero(np.ptp(image, axis=0))[0]
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) and len(columns) else image


def _credible(claimed: Dots) -> bool:
    return all(MIN_FINGER_DPI <= dpi <= MAX_FINGER_DPI for dpi in claimed)
