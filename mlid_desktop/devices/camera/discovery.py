"""Finds the connected cameras: their real names, a key that stays when the index changes, and whether they are real."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from mlid_desktop.devices.virtual_devices import is_virtual_camera

LINUX_CAMERAS = Path("/sys/class/video4linux")
LINUX_DEVICES = Path("/dev")
DEVICES_WITHOUT_HARDWARE = "virtual"  # the branch of the device tree for what a driver makes up (/sys/devices/virtual)
MAX_CAMERAS = 64
MAX_NAME_LENGTH = 200
VIRTUAL_DRIVERS = frozenset({"vivid", "vimc", "vicodec", "vim2m", "visl", "v4l2loopback"})  # Linux, media/test-drivers
WINDOWS_DEVICE, WINDOWS_SOFTWARE_DEVICE = "\\\\?\\", "\\\\?\\swd#"  # a path of the device tree; its software branch


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A connected camera: ``index`` is OpenCV's, within the backend that :func:`opencv_backend` names; ``key`` tells
    model, serial number and socket; a ``virtual`` one has no hardware behind it."""

    index: int
    key: str
    name: str
    virtual: bool = False


def find_cameras() -> tuple[FoundCamera, ...]:
    """The cameras that are connected now."""
    on_linux = sys.platform.startswith("linux")
    return find_linux_cameras(LINUX_CAMERAS) if on_linux else _find_other_cameras()


def opencv_backend() -> int:
    """OpenCV's number for the system's own camera interface, within which a camera's index counts."""
    import cv2  # noqa: PLC0415 - late: a heavy import

    return {"win32": cv2.CAP_MSMF, "darwin": cv2.CAP_AVFOUNDATION}.get(sys.platform, cv2.CAP_V4L2)


def find_linux_cameras(folder: Path) -> tuple[FoundCamera, ...]:
    """The cameras among the nodes of Video4Linux: the first node of each device delivers pictures, the others
    metadata."""
    try:
        nodes = [node for node in folder.iterdir() if _number(node) is not None]
    except OSError:
        return ()
    first = [node for node in sorted(nodes, key=_order) if _line(node / "index") in {"0", ""}]
    return tuple(_linux_camera(node) for node in first[:MAX_CAMERAS])


def is_denied(index: int, folder: Path = LINUX_DEVICES) -> bool:
    """Whether this account may not open the camera; only Linux says so without opening it."""
    node = folder / f"video{index}"
    return sys.platform.startswith("linux") and node.exists() and not os.access(node, os.R_OK | os.W_OK)


def is_virtual_on_windows(path: str) -> bool:
    """Whether a camera's symbolic link names a program instead of a device: cameras of DirectShow filters have no
    device path, those of Windows 11 lie in the branch of software devices."""
    lowered = path.lower()
    return not lowered.startswith(WINDOWS_DEVICE) or lowered.startswith(WINDOWS_SOFTWARE_DEVICE)


def _linux_camera(node: Path) -> FoundCamera:
    index, name = _order(node), _line(node / "name") or node.name
    device = node / "device"  # a driver without a device behind it (v4l2loopback) has no such link
    if not device.exists():
        return FoundCamera(index, node.name, name, virtual=True)
    socket = device.resolve()
    virtual = (
        (device / "driver").resolve().name in VIRTUAL_DRIVERS
        or DEVICES_WITHOUT_HARDWARE in socket.parts
        or is_virtual_camera(name)
    )
    model = [_line(socket.parent / part) for part in ("idVendor", "idProduct", "serial")]
    key = f"{':'.join(model)}@{socket.name}" if model[0] else socket.name
    return FoundCamera(index, key, name, virtual)


def _find_other_cameras() -> tuple[FoundCamera, ...]:
    try:
        from cv2_enumerate_cameras import enumerate_cameras  # noqa: PLC0415 - absent on Linux
    except ImportError:
        return ()
    on_windows = sys.platform == "win32"
    found = [
        (int(camera.index), str(camera.path or ""), str(camera.name), camera)
        for camera in enumerate_cameras(opencv_backend())
    ]
    return tuple(
        FoundCamera(
            index,
            path or f"{camera.vid}:{camera.pid}:{name}",
            name[:MAX_NAME_LENGTH],
            is_virtual_camera(name) or (on_windows and is_virtual_on_windows(path)),
        )
        for index, path, name, camera in found[:MAX_CAMERAS]
    )


def _number(node: Path) -> int | None:
    digits = node.name.removeprefix("video")
    return int(digits) if digits != node.name and digits.isascii() and digits.isdigit() and len(digits) < 4 else None


def _order(node: Path) -> int:
    return _number(node) or 0


def _line(path: Path) -> str:
    try:
        untrusted = path.read_text(encoding="utf-8", errors="replace")  # a device says of itself what it likes
    except OSError:
        return ""
    return "".join(character for character in untrusted.strip() if character.isprintable())[:MAX_NAME_LENGTH]
