"""Decodes untrusted pictures: dimensions are checked before anything is decoded."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.devices.formats.image_headers import dimensions, may_be_transparent
from mlid_desktop.devices.formats.kinds_not_read import kind_not_read
from mlid_desktop.devices.formats.netpbm import decode_netpbm, netpbm_head
from mlid_desktop.devices.formats.opencv import silence_opencv
from mlid_desktop.devices.formats.tiff_tags import is_tiff
from mlid_desktop.devices.formats.wsq_segments import is_wsq
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.samples import Image

MAX_IMAGE_BYTES = 64 * 1024 * 1024
MAX_PIXELS = 64 * 1024 * 1024
MIN_FINGER_DPI, MAX_FINGER_DPI = 250.0, 2000.0  # below are screens' 72 and 96; ISO/IEC 19794-4 levels begin at 250
MIN_SIDE = 1
MAX_NAME_SHOWN = 80  # characters of a name in a message
LIGHT_INK = 0.75  # of full scale: what is lighter on transparent ground would vanish on white
MAX_SIDE = 20_000


def read_colour(path: Path) -> Image:
    """Reads a picture file in colour: (height, width, 3) uint8 BGR, turned upright as the file says. Raises
    DeviceError."""
    return _as_bgr(_decode(read_media_bytes(path), colour=True))


def decode_colour(untrusted: bytes) -> Image:
    """Decodes a compressed picture in colour, (height, width, 3) uint8 BGR. Raises DeviceError."""
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
    _require_sensible(size)
    if (head := netpbm_head(untrusted)) is not None:
        drawn = decode_netpbm(untrusted, head)
        return drawn if colour or drawn.ndim == 2 else np.asarray(cv2.cvtColor(drawn, cv2.COLOR_BGR2GRAY))
    if may_be_transparent(untrusted) and (flat := _on_ground(untrusted)) is not None:
        return flat if colour else np.asarray(cv2.cvtColor(flat, cv2.COLOR_BGR2GRAY))
    flags = (cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH) if colour else (cv2.IMREAD_GRAYSCALE | cv2.IMREAD_ANYDEPTH)
    try:
        picture = cv2.imdecode(np.frombuffer(untrusted, np.uint8), flags)
    except cv2.error:
        picture = None
    if picture is None or picture.size == 0:
        raise DeviceError(Code.DEVICE_BAD_MEDIA)
    _require_sensible((picture.shape[1], picture.shape[0]))
    return picture


def _on_ground(untrusted: bytes) -> NDArray[np.uint8 | np.uint16] | None:
    """A picture with opacity as (h, w, 3), laid on white, or on black where what is opaque is light: ink stays visible
    on either. None where nothing is transparent, or everything."""
    import cv2  # noqa: PLC0415 - late: a heavy import

    try:
        picture = cv2.imdecode(np.frombuffer(untrusted, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if picture is None or picture.ndim != 3 or picture.shape[2] != 4 or picture.dtype not in (np.uint8, np.uint16):
        return None
    full = 255.0 if picture.dtype == np.uint8 else 65535.0
    opacity = picture[..., 3:].astype(np.float32) / full
    if opacity.min() >= 1.0 or opacity.max() <= 0.0:
        return None
    ink = picture[..., :3].astype(np.float32)
    if not (is_tiff(untrusted) and picture.dtype == np.uint8):  # whose decoder has multiplied already
        ink = ink * opacity
    light = float(ink.sum() / (3 * opacity.sum())) > LIGHT_INK * full
    flat = ink + (0.0 if light else full) * (1.0 - opacity)
    return np.asarray(np.minimum(flat.round(), full), np.uint8 if picture.dtype == np.uint8 else np.uint16)


def read_media_bytes(path: Path) -> bytes:
    """Reads a file of at most MAX_IMAGE_BYTES. Raises DeviceError."""
    try:
        size = path.stat().st_size
        if size > MAX_IMAGE_BYTES:
            raise DeviceError(Code.DEVICE_TOO_LARGE)
        if not path.is_file():
            raise DeviceError(Code.DEVICE_BAD_MEDIA)
        return path.read_bytes()
    except FileNotFoundError:
        raise DeviceError(Code.DEVICE_NOT_FOUND, source=path.name) from None
    except PermissionError:
        raise DeviceError(Code.DEVICE_DENIED) from None
    except (OSError, ValueError) as fault:
        raise unreachable(path, fault) from None


def unreachable(path: Path, fault: OSError | ValueError) -> DeviceError:
    """The fault for a path that the system does not take: too long a name or one that no file can have is no damage."""
    if isinstance(fault, ValueError) or fault.errno in {errno.ENAMETOOLONG, errno.ENOTDIR, errno.ELOOP, errno.EINVAL}:
        return DeviceError(Code.DEVICE_NOT_FOUND, source=path.name[:MAX_NAME_SHOWN])
    return DeviceError(Code.DEVICE_BAD_MEDIA)


def _require_sensible(size: tuple[int, int] | None) -> None:
    if size is None:
        raise DeviceError(Code.DEVICE_BAD_MEDIA)
    if min(size) < MIN_SIDE:
        raise DeviceError(Code.DEVICE_BAD_MEDIA)
    if max(size) > MAX_SIDE or size[0] * size[1] > MAX_PIXELS:
        raise DeviceError(Code.DEVICE_TOO_LARGE)


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
        return (picture.astype(np.uint16, copy=False) >> 8).astype(np.uint8)
    values = picture.astype(np.float32, copy=False)
    if not np.isfinite(values).all():
        raise DeviceError(Code.DEVICE_BAD_MEDIA)
    white = np.float32(max(float(values.max()), 1.0))
    shares: NDArray[np.float32] = np.clip(values / white, 0.0, 1.0)
    return (shares * np.float32(255.0)).round().astype(np.uint8)
