"""This program's own template of a finger as a file; the format is in docs/fingerprint.md.

Magic ``MLFT``, version of the format, finger position code, quality, code of the extractor (1 byte each), length of
the payload (2 bytes), the payload of :mod:`...templates`, CRC-32 of all before it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.minutiae_records.record import MAX_QUALITY, refuse
from mlid_desktop.modalities.fingerprint.templates import (
    MAX_PAYLOAD,
    Impression,
    decode_impressions,
    encode_impressions,
)

MAGIC = b"MLFT"
VERSION = 1
HEAD, TAIL = 10, 4  # bytes
MAX_POSITION = 10
MadeBy = tuple[str, int]
"""Name and version of an extractor."""
CODES: dict[int, MadeBy | None] = {
    0: None,  # from a record, whose maker is not known
    p.EXTRACTOR_VERSION: (p.EXTRACTOR_NAME, p.EXTRACTOR_VERSION),
    128 + p.NETWORK_EXTRACTOR_VERSION: (p.NETWORK_EXTRACTOR_NAME, p.NETWORK_EXTRACTOR_VERSION),
}
"""The extractors whose templates are written and read; from 128 on those whose minutiae a network found."""


@dataclass(frozen=True, slots=True)
class NativeFinger:
    """A finger template with what its file states of it: ``position`` finger position code (0 unknown, 1 to 10),
    ``quality`` 0 to 100, and the extractor that it was ``made_by``, None where that is not known."""

    impressions: tuple[Impression, ...] = field(repr=False)
    position: int
    quality: int
    made_by: MadeBy | None


def write_native(finger: NativeFinger) -> bytes:
    """The bytes of a native finger template file. Raises KeyError for an extractor without a code: a bug."""
    code = {made_by: number for number, made_by in CODES.items()}[finger.made_by]
    payload = encode_impressions(finger.impressions)
    head = MAGIC + bytes([VERSION, finger.position, finger.quality, code])
    content = head + len(payload).to_bytes(2, "big") + payload
    return content + zlib.crc32(content).to_bytes(TAIL, "big")


def read_native(untrusted: bytes) -> NativeFinger:
    """Reads a native finger template file. Raises ModelError: MODEL_RECORD_INVALID for what is no such file or damaged,
    MODEL_EXTRACTOR_MISMATCH where none of the extractors of ``CODES`` made it."""
    if not HEAD + TAIL < len(untrusted) <= HEAD + MAX_PAYLOAD + TAIL:
        refuse("length")
    if untrusted[:4] != MAGIC or untrusted[4] != VERSION:
        refuse("no template of this program")
    if zlib.crc32(untrusted[:-TAIL]).to_bytes(TAIL, "big") != untrusted[-TAIL:]:
        refuse("checksum")
    position, quality, extractor = untrusted[5:8]
    if position > MAX_POSITION or quality > MAX_QUALITY:
        refuse("finger position or quality")
    if extractor not in CODES:
        known = ", ".join(str(code) for code in CODES)
        raise ModelError(Code.MODEL_EXTRACTOR_MISMATCH, expected=known, found=extractor)
    if int.from_bytes(untrusted[8:HEAD], "big") != len(untrusted) - HEAD - TAIL:
        refuse("length")
    return NativeFinger(decode_impressions(untrusted[HEAD:-TAIL]), position, quality, CODES[extractor])
