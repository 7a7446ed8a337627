"""Local cameras through OpenCV: found by name, negotiated, and recovered when they are unplugged while running."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from mlid_desktop.devices.delivery import Stamp
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, Image, SourceItem

WANTED_WIDTH, WANTED_HEIGHT, WANTED_RATE = 1280, 720, 30
READ_FAILURES_BEFORE_LOST = 5
STALLED_AFTER_S = 5.0
REOPEN_EVERY_S = 0.5
BLACK_LEVEL = 2  # a covered lens still shows noise above this; a driver without light shows exact black
BLACK_FRAMES_BEFORE_FAULT = 90
LINUX_CAMERAS = Path("/sys/class/video4linux")
LINUX_DEVICES = Path("/dev")


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera that is connected now: OpenCV's ``index``, a ``key`` that stays when the index changes, its name."""

    index: int
    key: str
    name: str


class Capture(Protocol):
    """What this file uses of ``cv2.VideoCapture``."""

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        """Whether the device answered."""
        ...

    def read(self) -> tuple[bool, Any]:
        """The next frame."""
        ...

    def set(self, property_id: int, value: float, /) -> bool:
        """Asks for a property."""
        ...

    def get(self, property_id: int, /) -> float:
        """What was granted."""
        ...

    def release(self) -> None:
        """Gives the device back."""
        ...


OpenCapture = Callable[[int], Capture]
FindCameras = Callable[[], tuple[FoundCamera, ...]]


class Camera:
    """``camera:0``: the camera at that place in the list, then the same camera by its key, wherever it reappears."""

    kind = SourceKind.LIVE

    def __init__(self, index: int, find: FindCameras | None = None, open_capture: OpenCapture | None = None) -> None:
        self._find = find or find_cameras
        self._open_capture = open_capture or _open_capture
        self._index = index
        found = next((camera for camera in self._find() if camera.index == index), None)
        self._camera = found or FoundCamera(index, f"index-{index}", f"Camera {index}")
        self._closed = threading.Event()

    @property
    def identity(self) -> DeviceIdentity:
        """Known by bus path or unique identifier, not by index."""
        return DeviceIdentity("camera", self._camera.key, self._camera.name)

    def close(self) -> None:
        """Ends the samples after the frame being read."""
        self._closed.set()

    def samples(self) -> Iterator[SourceItem]:
        """Frames; where the camera goes away, a notice, and another when it is back.

        Raises DeviceError(DEVICE_NOT_FOUND, DEVICE_DENIED, DEVICE_BUSY) where it cannot be opened at first, and
        DEVICE_STALLED where it is there but delivers nothing, or nothing but black.
        """
        capture = self._open(self._index)
        stamp = Stamp(self.identity, self.kind)
        try:
            while not self._closed.is_set():
                yield from self._deliver(capture, stamp)
                capture.release()
                if self._closed.is_set():
                    return
                yield DeviceNotice(DeviceEvent.LOST, self.identity)
                reopened = self._await_return()
                if reopened is None:
                    return
                capture = reopened
                yield DeviceNotice(DeviceEvent.BACK, self.identity)
        finally:
            capture.release()

    def _deliver(self, capture: Capture, stamp: Stamp) -> Iterator[SourceItem]:
        """Until the camera fails several times in a row."""
        failures, black, last = 0, 0, time.monotonic()
        while not self._closed.is_set() and failures < READ_FAILURES_BEFORE_LOST:
            read, untrusted = capture.read()
            image = _frame(untrusted) if read else None
            if image is None:
                failures += 1
                if self._is_present() and time.monotonic() - last > STALLED_AFTER_S:
                    raise DeviceError(Code.DEVICE_STALLED)
                continue
            failures, last = 0, time.monotonic()
            black = black + 1 if int(image[::16, ::16].max()) <= BLACK_LEVEL else 0
            if black >= BLACK_FRAMES_BEFORE_FAULT:
                raise DeviceError(Code.DEVICE_STALLED, black=black)
            yield stamp.frame(image)

    def _await_return(self) -> Capture | None:
        """Waits for the camera with the same key, at whatever index; None once closed."""
        while not self._closed.wait(REOPEN_EVERY_S):
            found = next((camera for camera in self._find() if camera.key == self._camera.key), None)
            if found is None:
                continue
            try:
                return self._open(found.index)
            except DeviceError:
                continue
        return None

    def _is_present(self) -> bool:
        return any(camera.key == self._camera.key for camera in self._find())

    def _open(self, index: int) -> Capture:
        capture = self._open_capture(index)
        if not capture.isOpened():
            capture.release()
            raise DeviceError(self._why_closed(index), source=self._camera.name)
        _negotiate(capture)
        return capture

    def _why_closed(self, index: int) -> Code:
        node = LINUX_DEVICES / f"video{index}"
        if not any(camera.index == index for camera in self._find()):
            return Code.DEVICE_NOT_FOUND
        if sys.platform.startswith("linux") and node.exists() and not _may_open(node):
            return Code.DEVICE_DENIED
        return Code.DEVICE_BUSY


def find_cameras() -> tuple[FoundCamera, ...]:
    """The cameras that are connected now, with their real names."""
    on_linux = sys.platform.startswith("linux")
    return find_linux_cameras(LINUX_CAMERAS) if on_linux else _find_other_cameras()


def find_linux_cameras(folder: Path) -> tuple[FoundCamera, ...]:
    """Capture nodes of Video4Linux: ``index`` 0 of each device delivers pictures; the device's bus path is its key."""
    if not folder.is_dir():
        return ()
    cameras = []
    for node in sorted(folder.glob("video*"), key=lambda path: int(path.name[5:]) if path.name[5:].isdigit() else 0):
        if not node.name[5:].isdigit() or _line(node / "index") not in {"0", ""}:
            continue
        number = int(node.name[5:])
        bus = (node / "device").resolve().name if (node / "device").exists() else node.name
        cameras.append(FoundCamera(number, bus, _line(node / "name") or node.name))
    return tuple(cameras)


def _find_other_cameras() -> tuple[FoundCamera, ...]:
    try:
        from cv2_enumerate_cameras import enumerate_cameras  # noqa: PLC0415 - absent on Linux
    except ImportError:
        return ()
    return tuple(
        FoundCamera(int(one.index), str(one.path or f"{one.vid}:{one.pid}:{one.name}"), str(one.name))
        for one in enumerate_cameras()
    )


def _open_capture(index: int) -> Capture:
    import cv2  # noqa: PLC0415 - late: a heavy import

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # what fails is raised, not printed
    return cv2.VideoCapture(index)


def _negotiate(capture: Capture) -> None:
    """Motion JPEG first: without it most USB cameras deliver 720 lines at 10 frames a second."""
    import cv2  # noqa: PLC0415 - late: a heavy import

    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, WANTED_WIDTH)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, WANTED_HEIGHT)
    capture.set(cv2.CAP_PROP_FPS, WANTED_RATE)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)


def _frame(untrusted: object) -> Image | None:
    whole = isinstance(untrusted, np.ndarray) and untrusted.dtype == np.uint8 and untrusted.ndim == 3
    return untrusted if isinstance(untrusted, np.ndarray) and whole and untrusted.size else None


def _may_open(node: Path) -> bool:
    try:
        node.open("rb").close()
    except PermissionError:
        return False
    except OSError:
        return True
    return True


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()[:200]
    except OSError:
        return ""
