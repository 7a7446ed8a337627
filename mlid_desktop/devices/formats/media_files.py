"""Files that somebody else made, as bytes: of bounded size, and whatever is wrong with one is a typed fault."""

from __future__ import annotations

import errno
from pathlib import Path

from mlid_desktop.devices.formats.picture_bounds import MAX_IMAGE_BYTES
from mlid_desktop.domain.errors import Code, DeviceError

LEFT_BY_SYSTEMS = (".", "~$", "@eaDir", "__MACOSX")  # how names begin of what systems put beside people's own files
MAX_NAME_SHOWN = 80  # characters of a name in a message


def read_media_bytes(path: Path) -> bytes:
    """What is in a file of at most MAX_IMAGE_BYTES. Raises DeviceError."""
    try:
        size = path.stat().st_size
        if size > MAX_IMAGE_BYTES:
            raise DeviceError(Code.DEVICE_TOO_LARGE)
        if not path.is_file():
            raise DeviceError(Code.DEVICE_BAD_MEDIA)
        with path.open("rb") as file:
            untrusted = file.read(MAX_IMAGE_BYTES + 1)  # it may grow, and not all say their size
    except FileNotFoundError:
        raise DeviceError(Code.DEVICE_NOT_FOUND, source=path.name) from None
    except PermissionError:
        raise DeviceError(Code.DEVICE_DENIED) from None
    except (OSError, ValueError) as fault:
        raise unreachable(path, fault) from None
    if len(untrusted) > MAX_IMAGE_BYTES:
        raise DeviceError(Code.DEVICE_TOO_LARGE)
    return untrusted


def is_own(path: Path) -> bool:
    """Whether a file or folder is one that people made: none that is hidden, a lock, a thumbnail or the second half of
    a file of another system, which can have the names of pictures and be none."""
    return not path.name.startswith(LEFT_BY_SYSTEMS)


def unreachable(path: Path, fault: OSError | ValueError) -> DeviceError:
    """What a path that the system does not take says: too long a name or one that no file can have is no damage."""
    if isinstance(fault, ValueError) or fault.errno in {errno.ENAMETOOLONG, errno.ENOTDIR, errno.ELOOP, errno.EINVAL}:
        return DeviceError(Code.DEVICE_NOT_FOUND, source=path.name[:MAX_NAME_SHOWN])
    return DeviceError(Code.DEVICE_BAD_MEDIA)
