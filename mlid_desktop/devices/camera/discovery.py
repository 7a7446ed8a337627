"""Finds the connected cameras: their real names, a key that stays when the index changes, and whether they are real."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlid_desktop.devices.virtual_devices.kernel import CameraAnswer, ask_camera, is_answer_made_up, is_fed, is_made_up
from mlid_desktop.devices.virtual_devices.names import is_capture_card, is_virtual_camera
from mlid_desktop.devices.virtual_devices.paths import is_virtual_on_macos, is_virtual_on_windows

LINUX_CAMERAS = Path("/sys/class/video4linux")
LINUX_DEVICES = Path("/dev")
MAX_CAMERAS = 64
MAX_NAME_LENGTH = 200

AskCamera = Callable[[Path], CameraAnswer | None]


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A connected camera: ``index`` is OpenCV's, within the backend that :func:`opencv_backend` names; ``key`` tells
    model, serial number and socket; a ``virtual`` one has no lens: a program makes its pictures, or they come from a
    plug. ``driver`` is the kernel's, empty where the system names none."""

    index: int
    key: str
    name: str
    virtual: bool = False
    driver: str = ""

    def is_still(self, other: FoundCamera) -> bool:
        """Whether another look found the same camera: all but the index, which changes when others come and go."""
        return (self.key, self.name, self.virtual, self.driver) == (other.key, other.name, other.virtual, other.driver)


def find_cameras() -> tuple[FoundCamera, ...]:
    """The cameras that are connected now."""
    on_linux = sys.platform.startswith("linux")
    return find_linux_cameras(LINUX_CAMERAS) if on_linux else _find_other_cameras()


def opencv_backend() -> int:
    """OpenCV's number for the system's own camera interface, within which a camera's index counts."""
    import cv2  # noqa: PLC0415 - late: a heavy import

    return {"win32": cv2.CAP_MSMF, "darwin": cv2.CAP_AVFOUNDATION}.get(sys.platform, cv2.CAP_V4L2)


def find_linux_cameras(folder: Path, ask: AskCamera = ask_camera) -> tuple[FoundCamera, ...]:
    """The cameras among the nodes of Video4Linux: the first node of each device delivers pictures, the others metadata.
    The driver behind each is asked who it is."""
    try:
        nodes = [node for node in folder.iterdir() if _number(node) is not None]
    except OSError:
        return ()
    first = [node for node in sorted(nodes, key=_order) if _line(node / "index") in {"0", ""}]
    return tuple(_linux_camera(node, ask(LINUX_DEVICES / node.name)) for node in first[:MAX_CAMERAS])


def is_denied(index: int, folder: Path = LINUX_DEVICES) -> bool:
    """Whether this account may not open the camera; only Linux says so without opening it."""
    node = folder / f"video{index}"
    return sys.platform.startswith("linux") and node.exists() and not os.access(node, os.R_OK | os.W_OK)


def _linux_camera(node: Path, answer: CameraAnswer | None) -> FoundCamera:
    index, name = _order(node), _line(node / "name") or node.name
    device = node / "device"  # a driver without a device behind it (v4l2loopback) has no such link
    if not device.exists():
        return FoundCamera(index, node.name, name, virtual=True, driver="" if answer is None else answer.driver)
    path, driver = device.resolve(), (device / "driver").resolve().name if (device / "driver").exists() else ""
    model = [_line(path.parent / part) for part in ("idVendor", "idProduct", "serial")]
    said = [name] if answer is None else [name, answer.driver]
    virtual = (
        is_made_up(path, driver)
        or (answer is not None and is_answer_made_up(answer, driver))
        or is_fed(driver, ":".join(model[:2]))
        or any(is_virtual_camera(named) or is_capture_card(named) for named in said)
    )
    key = f"{':'.join(model)}@{path.name}" if model[0] else path.name
    return FoundCamera(index, key, name, virtual, driver)


def _find_other_cameras() -> tuple[FoundCamera, ...]:
    try:
        from cv2_enumerate_cameras import enumerate_cameras  # noqa: PLC0415 - absent on Linux
    except ImportError:
        return ()
    listed = [
        ListedCamera(
            int(camera.index),
            _printable(str(camera.name)),
            str(camera.path or ""),
            _number_of(camera.vid),
            _number_of(camera.pid),
        )
        for camera in enumerate_cameras(opencv_backend())
    ]
    return read_listed_cameras(listed[:MAX_CAMERAS], on_windows=sys.platform == "win32")


@dataclass(frozen=True, slots=True)
class ListedCamera:
    """A camera as Windows or macOS lists it: ``path`` is its symbolic link or unique identifier, ``maker`` and
    ``product`` its USB numbers, None where the system names none."""

    index: int
    name: str
    path: str
    maker: int | None
    product: int | None


def read_listed_cameras(listed: Sequence[ListedCamera], *, on_windows: bool) -> tuple[FoundCamera, ...]:
    """The cameras of a system's list, each told from a program as far as that system says where it is."""
    found = []
    for camera in listed:
        model = "" if camera.maker is None else f"{camera.maker:04x}:{camera.product or 0:04x}"
        virtual = (
            is_virtual_camera(camera.name)
            or is_capture_card(camera.name)
            or is_fed("", model)
            or (
                is_virtual_on_windows(camera.path)
                if on_windows
                else is_virtual_on_macos(camera.name, camera.path, camera.maker, camera.product)
            )
        )
        key = camera.path or f"{camera.maker}:{camera.product}:{camera.name}"
        found.append(FoundCamera(camera.index, key, camera.name, virtual))
    return tuple(found)


def _number_of(untrusted: object) -> int | None:
    return untrusted if isinstance(untrusted, int) and 0 <= untrusted <= 0xFFFF else None


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
    return _printable(untrusted.strip())


def _printable(untrusted: str) -> str:
    return "".join(character for character in untrusted if character.isprintable())[:MAX_NAME_LENGTH]
