"""How large a picture may be that this program reads."""

from __future__ import annotations

from mlid_desktop.domain.errors import Code, DeviceError

MAX_IMAGE_BYTES = 64 * 1024 * 1024
MAX_PIXELS = 64 * 1024 * 1024
MIN_FINGER_DPI, MAX_FINGER_DPI = 250.0, 2000.0  # below are screens' 72 and 96; ISO/IEC 19794-4 levels begin at 250
MIN_SIDE = 1
MAX_SIDE = 20_000


def require_sensible(size: tuple[int, int] | None) -> tuple[int, int]:
    """The size, (width, height). Raises DeviceError: DEVICE_BAD_MEDIA where there is none, DEVICE_TOO_LARGE."""
    if size is None or min(size) < MIN_SIDE:
        raise DeviceError(Code.DEVICE_BAD_MEDIA)
    if max(size) > MAX_SIDE or size[0] * size[1] > MAX_PIXELS:
        raise DeviceError(Code.DEVICE_TOO_LARGE)
    return size
