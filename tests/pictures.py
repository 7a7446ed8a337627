"""Pictures in files, read on the road that the program takes: one decoding helper for all tests of a process."""

from __future__ import annotations

from pathlib import Path

from mlid_desktop.devices.catalog import open_source, parse_address
from mlid_desktop.devices.decoding.decoder import PictureDecoder
from mlid_desktop.devices.formats.media_files import read_media_bytes
from mlid_desktop.devices.recorded import finger_images
from mlid_desktop.devices.recorded.finger_images import FingerPicture
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.samples import Image

DECODER = PictureDecoder()


def read_colour(path: Path) -> Image:
    """(height, width, 3) uint8 BGR."""
    return DECODER.colour(read_media_bytes(path))


def read_finger(path: Path, dpi: float | None = None) -> FingerPicture:
    """A fingerprint in a file."""
    return finger_images.read_finger(path, DECODER, dpi)


def opened(text: str, modality: Modality = Modality.FACE) -> Source:
    """The source at the address."""
    return open_source(parse_address(text), modality, decoder=DECODER)
