"""Reads stored fingerprints: pictures, WSQ and finger image records, brought to dark ridges on light."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mlid_desktop.devices.decoding.decoder import PictureDecoder
from mlid_desktop.devices.formats.encoded_text import decoded_text
from mlid_desktop.devices.formats.headers.dimensions import JP2_START, PNG_START
from mlid_desktop.devices.formats.headers.finger_record import IDENTIFIER
from mlid_desktop.devices.formats.media_files import read_media_bytes
from mlid_desktop.devices.formats.wsq_segments import START as WSQ_START
from mlid_desktop.domain.samples import Image

FINGER_SUFFIXES = frozenset(
    {".wsq", ".jp2", ".j2k", ".j2c", ".jpc", ".jpx", ".jpf", ".fir"}
)  # beside those of any picture
STARTS = (IDENTIFIER, WSQ_START, PNG_START, JP2_START, b"\xff\xd8\xff", b"II*\0", b"MM\0*")  # also as text
RECORD_SUFFIX = ".iso"  # also the usual name of a minutiae record, so these are looked into


@dataclass(frozen=True, slots=True, eq=False)
class FingerPicture:
    """A fingerprint read from a file: ``image`` is (height, width) uint8, dark ridges; ``dpi`` as the file says, None
    where that is not credible."""

    image: Image = field(repr=False)
    dpi: float | None


def is_finger_file(path: Path) -> bool:
    """Whether the file is stored in a way that only fingerprints are; looks at the first bytes of ``.iso`` files."""
    suffix = path.suffix.lower()
    if suffix != RECORD_SUFFIX:
        return suffix in FINGER_SUFFIXES
    try:
        with path.open("rb") as file:
            return file.read(len(IDENTIFIER)) == IDENTIFIER
    except OSError:
        return False


def read_finger(path: Path, decoder: PictureDecoder, dpi: float | None = None) -> FingerPicture:
    """Reads a fingerprint in grey, with its resolution: ``dpi`` where somebody says it, else what the file says. Where
    it says two, for across and down, the picture is brought to the finer. Raises DeviceError."""
    return FingerPicture(*decoder.finger(decoded_text(read_media_bytes(path), STARTS), dpi))
