"""Encodes pictures of samples as bytes, small enough to keep for a while: grey ones exactly, colour ones to be looked
at."""

from __future__ import annotations

from mlid_desktop.devices.formats.image_decoding import decode_colour, decode_grey
from mlid_desktop.devices.formats.opencv import silence_opencv
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.samples import Image

LOOKED_AT = 90  # JPEG quality: no block is seen, and nothing is extracted from it again
SMALL_QUALITIES = (20, 92)  # JPEG: below, blocks are all that is seen; above, only bytes are added
FAST = 1  # PNG compression: the desk waits for it


def encode_still(image: Image) -> bytes:
    """Encodes ``image`` (h, w) or (h, w, 3) uint8: PNG where it is grey, JPEG where it is in colour."""
    silence_opencv()
    import cv2  # noqa: PLC0415 - late: a heavy import

    grey = image.ndim == 2
    settings = [cv2.IMWRITE_PNG_COMPRESSION, FAST] if grey else [cv2.IMWRITE_JPEG_QUALITY, LOOKED_AT]
    made, content = cv2.imencode(".png" if grey else ".jpg", image, settings)
    if not made:
        raise DeviceError(Code.DEVICE_BAD_MEDIA)
    return content.tobytes()


def encode_small(image: Image, most: int) -> bytes | None:
    """Encodes a colour picture as the best JPEG of at most ``most`` bytes; None where none is small enough. Raises
    DeviceError."""
    silence_opencv()
    import cv2  # noqa: PLC0415 - late: a heavy import

    def encoded(quality: int) -> bytes:
        settings = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1, cv2.IMWRITE_JPEG_PROGRESSIVE, 1]
        made, content = cv2.imencode(".jpg", image, settings)
        if not made:
            raise DeviceError(Code.DEVICE_BAD_MEDIA)
        return content.tobytes()

    best: bytes | None = None
    low, high = SMALL_QUALITIES
    while low <= high:
        middle = (low + high) // 2
        content = encoded(middle)
        if len(content) <= most:
            best, low = content, middle + 1
        else:
            high = middle - 1
    return best


def decode_still(untrusted: bytes, *, colour: bool) -> Image:
    """Decodes a picture that :func:`encode_still` made. Raises DeviceError."""
    return decode_colour(untrusted) if colour else decode_grey(untrusted)
