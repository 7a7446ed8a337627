"""What the header of a finger image record (ISO/IEC 19794-4:2005 and :2011) claims of its first image, and whether the
bytes bear it."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from mlid_desktop.devices.formats.headers.dimensions import JP2_START, JPEG_2000_CODE, PNG_START
from mlid_desktop.devices.formats.picture_bounds import MAX_IMAGE_BYTES
from mlid_desktop.devices.formats.wsq_segments import START as WSQ_START
from mlid_desktop.domain.errors import Code, DeviceError

IDENTIFIER = b"FIR\0"
HEADER_2005 = struct.Struct(">4s4s6sHHBBHHHHBBB")  # :2005, table 2
VIEW_2005 = struct.Struct(">IBBBBBHHB")  # :2005, table 4
HEADER_2011 = struct.Struct(">4s4sIHBB")  # :2011, table 2
REPRESENTATION_2011 = struct.Struct(">I9sBHHB")  # :2011, table 4, up to the number of quality blocks
QUALITY_BLOCK, CERTIFICATION_BLOCK = 5, 3  # bytes
IMAGE_2011 = struct.Struct(">BBBHHHHBBBHHI")  # :2011, table 4, from the finger position on
PER_INCH, PER_CENTIMETRE = 1, 2
UNCOMPRESSED = (0, 1)
JPEG, PNG, JPEG_2000 = (b"\xff\xd8",), (PNG_START,), (JP2_START, JPEG_2000_CODE)
COMPRESSIONS = {  # how the content begins: :2005, table 3; :2011, table 6, where 5 is JPEG 2000 without loss
    2: (WSQ_START,),
    3: JPEG,
    4: JPEG_2000,
    5: (*PNG, *JPEG_2000),
    6: PNG,
}
GREY_BITS = 8
MAX_SIDE = 10_000


@dataclass(frozen=True, slots=True)
class StatedImage:
    """The header fields of a record's first image."""

    position: int
    units: int
    resolution: tuple[int, int]
    depth: int
    compression: int
    width: int
    height: int
    start: int
    length: int

    @property
    def compressed(self) -> bool:
        """Whether its content is a picture of another format."""
        return self.compression not in UNCOMPRESSED


def read_stated(untrusted: bytes) -> tuple[StatedImage, bytes]:
    """What the record says of its first image, and that image's content, which is of the compression that it says.
    Raises DeviceError: DEVICE_TOO_LARGE, or DEVICE_BAD_MEDIA
    for what is no such record, cut short, of another depth than 8 bits, or compressed in a way that is not read here;
    nothing is decoded."""
    if len(untrusted) > MAX_IMAGE_BYTES:
        raise DeviceError(Code.DEVICE_TOO_LARGE)
    stated = _stated(untrusted)
    content = untrusted[stated.start : stated.start + max(0, stated.length)]
    _require_borne(stated, content)
    return stated, content


def _stated(untrusted: bytes) -> StatedImage:
    try:
        if untrusted[:4] != IDENTIFIER:
            raise bad_record("no finger image record")
        if untrusted[4:8] == b"010\0":
            return _edition_2005(untrusted)
        if untrusted[4:8] == b"020\0":
            return _edition_2011(untrusted)
    except struct.error:
        raise bad_record("cut short") from None
    raise bad_record("edition")


def _edition_2005(untrusted: bytes) -> StatedImage:
    head = HEADER_2005.unpack_from(untrusted)
    units, across, down, depth, compression = head[6], head[9], head[10], head[11], head[12]
    length, position, _, _, _, _, width, height, _ = VIEW_2005.unpack_from(untrusted, HEADER_2005.size)
    start = HEADER_2005.size + VIEW_2005.size
    return StatedImage(
        position, units, (across, down), depth, compression, width, height, start, length - VIEW_2005.size
    )


def _edition_2011(untrusted: bytes) -> StatedImage:
    certified = HEADER_2011.unpack_from(untrusted)[4]
    offset = HEADER_2011.size
    qualities = REPRESENTATION_2011.unpack_from(untrusted, offset)[5]
    offset += REPRESENTATION_2011.size + qualities * QUALITY_BLOCK
    if certified:
        offset += 1 + struct.unpack_from(">B", untrusted, offset)[0] * CERTIFICATION_BLOCK
    position, _, units, _, _, across, down, depth, compression, _, width, height, length = IMAGE_2011.unpack_from(
        untrusted, offset
    )
    start = offset + IMAGE_2011.size
    return StatedImage(position, units, (across, down), depth, compression, width, height, start, length)


def _require_borne(stated: StatedImage, untrusted_content: bytes) -> None:
    if stated.length <= 0 or len(untrusted_content) != stated.length:
        raise bad_record("cut short")
    if (
        stated.depth != GREY_BITS
        or not 0 < min(stated.width, stated.height) <= max(stated.width, stated.height) <= MAX_SIDE
    ):
        raise bad_record("size or depth")
    if stated.compressed:
        if not untrusted_content.startswith(COMPRESSIONS.get(stated.compression, ())):
            raise bad_record("compression")
    elif stated.length != stated.width * stated.height:
        raise bad_record("length")


def bad_record(why: str) -> DeviceError:
    """The fault of a finger image record that is not as it says."""
    return DeviceError(Code.DEVICE_BAD_MEDIA, why=why)
