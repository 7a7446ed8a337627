"""Decodes untrusted pictures in the helper process, which is bounded: nobody else decodes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.devices.formats.headers.dimensions import dimensions, may_be_transparent
from mlid_desktop.devices.formats.headers.kinds_not_read import kind_not_read
from mlid_desktop.devices.formats.headers.tiff_tags import is_tiff
from mlid_desktop.devices.formats.netpbm import decode_netpbm, netpbm_head
from mlid_desktop.devices.formats.opencv import silence_opencv
from mlid_desktop.devices.formats.picture_bounds import require_sensible
from mlid_desktop.devices.formats.wsq_segments import is_wsq
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.samples import Image

BAND = 256  # rows
LIGHT_INK = 0.75  # of full scale: what is lighter on transparent ground would vanish on white


def decode_colour(untrusted: bytes) -> Image:
    """Decodes a compressed picture in colour, (height, width, 3) uint8 BGR, turned upright as it says. Raises
    DeviceError, and MemoryError where the system refuses what it takes."""
    return _as_bgr(_decode(untrusted, colour=True))


def decode_grey(untrusted: bytes) -> Image:
    """Decodes a compressed picture in grey, WSQ among them, (height, width) uint8. Raises DeviceError."""
    if is_wsq(untrusted):
        from mlid_desktop.devices.formats.wsq import decode_wsq  # noqa: PLC0415 - late: a heavy import

        return decode_wsq(untrusted)
    picture = _decode(untrusted, colour=False)
    grey = picture if picture.ndim == 2 else picture[..., 0]
    return np.ascontiguousarray(_as_8_bit(_as_16_used_bits(grey)))


def _decode(untrusted: bytes, *, colour: bool) -> NDArray[np.generic]:
    silence_opencv()
    import cv2  # noqa: PLC0415 - late: a heavy import

    size = dimensions(untrusted)
    if size is None and (kind := kind_not_read(untrusted)) is not None:
        raise DeviceError(Code.DEVICE_KIND_NOT_READ, kind=kind)
    require_sensible(size)
    if (head := netpbm_head(untrusted)) is not None:
        drawn = decode_netpbm(untrusted, head)
        return drawn if colour or drawn.ndim == 2 else np.asarray(cv2.cvtColor(drawn, cv2.COLOR_BGR2GRAY))
    if may_be_transparent(untrusted) and (flat := _on_ground(untrusted)) is not None:
        return flat if colour else np.asarray(cv2.cvtColor(flat, cv2.COLOR_BGR2GRAY))
    flags = (cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH) if colour else (cv2.IMREAD_GRAYSCALE | cv2.IMREAD_ANYDEPTH)
    picture = _opened(untrusted, flags)
    if picture is None or picture.size == 0:
        raise DeviceError(Code.DEVICE_BAD_MEDIA)
    require_sensible((picture.shape[1], picture.shape[0]))
    return picture


def _opened(untrusted: bytes, flags: int) -> NDArray[np.generic] | None:
    """What OpenCV makes of it; None where that is nothing. Raises MemoryError."""
    import cv2  # noqa: PLC0415 - late: a heavy import

    try:
        return cv2.imdecode(np.frombuffer(untrusted, np.uint8), flags)
    except cv2.error as fault:
        if fault.code == cv2.Error.StsNoMem:
            raise MemoryError from None
        return None


def _on_ground(untrusted: bytes) -> NDArray[np.uint8 | np.uint16] | None:
    """A picture with opacity as (h, w, 3), laid on white, or on black where what is opaque is light: ink stays visible
    on either. None where nothing is transparent, or everything. A band of rows at a time: it takes little memory."""
    import cv2  # noqa: PLC0415 - late: a heavy import

    picture = _opened(untrusted, cv2.IMREAD_UNCHANGED)
    if picture is None or picture.ndim != 3 or picture.shape[2] != 4 or picture.dtype not in (np.uint8, np.uint16):
        return None
    full = 255.0 if picture.dtype == np.uint8 else 65535.0
    least, most = float(picture[..., 3].min()), float(picture[..., 3].max())
    if least >= full or most <= 0.0:
        return None
    multiplied = is_tiff(untrusted) and picture.dtype == np.uint8  # whose decoder has done it already
    bands = [picture[top : top + BAND] for top in range(0, len(picture), BAND)]
    ink, opacity = 0.0, 0.0
    for band in bands:
        visible, share = _ink(band, full, multiplied=multiplied)
        ink, opacity = ink + float(visible.sum()), opacity + float(share.sum())
    ground = 0.0 if ink / (3 * opacity) > LIGHT_INK * full else full
    flat = np.empty((*picture.shape[:2], 3), np.uint8 if picture.dtype == np.uint8 else np.uint16)
    for number, band in enumerate(bands):
        visible, share = _ink(band, full, multiplied=multiplied)
        flat[number * BAND : number * BAND + len(band)] = np.minimum((visible + ground * (1.0 - share)).round(), full)
    return flat


def _ink(
    band: NDArray[np.generic], full: float, *, multiplied: bool
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What is to be seen of each pixel, (h, w, 3), and its opacity, (h, w, 1) 0..1."""
    opacity = band[..., 3:].astype(np.float32) / np.float32(full)
    ink = band[..., :3].astype(np.float32)
    return (ink if multiplied else ink * opacity), opacity


def _as_bgr(picture: NDArray[np.generic]) -> Image:
    whole = _as_8_bit(picture)
    return np.repeat(whole[..., None], 3, axis=2) if whole.ndim == 2 else np.ascontiguousarray(whole[..., :3])


def _as_16_used_bits(picture: NDArray[np.generic]) -> NDArray[np.generic]:
    """A 16-bit picture whose used bits are moved up: readers that measure 10 or 12 bits leave the upper ones empty."""
    if picture.dtype != np.uint16:
        return picture
    grey = picture.astype(np.uint16, copy=False)
    return grey << np.uint16(16 - max(8, int(grey.max()).bit_length()))


def _as_8_bit(picture: NDArray[np.generic]) -> Image:
    """A picture brought to 8 bits: 16-bit is scaled by its full range; floats must be finite, and are taken as 0..1
    unless they go beyond."""
    if picture.dtype == np.uint8:
        return picture.astype(np.uint8, copy=False)
    if picture.dtype == np.uint16:
        narrow = np.empty(picture.shape, np.uint8)
        for top in range(0, len(picture), BAND):
            narrow[top : top + BAND] = picture[top : top + BAND].astype(np.uint16, copy=False) >> 8
        return narrow
    values = picture.astype(np.float32, copy=False)
    if not np.isfinite(values).all():
        raise DeviceError(Code.DEVICE_BAD_MEDIA)
    white = np.float32(max(float(values.max()), 1.0))
    shares: NDArray[np.float32] = np.clip(values / white, 0.0, 1.0)
    return (shares * np.float32(255.0)).round().astype(np.uint8)
