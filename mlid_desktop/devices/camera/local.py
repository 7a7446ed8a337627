"""Local cameras through OpenCV: opened by their key, their format negotiated, reopened when they were unplugged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2

from mlid_desktop.devices.camera.discovery import FoundCamera, find_cameras, is_denied, opencv_backend
from mlid_desktop.devices.camera.driver_thread import Capture
from mlid_desktop.devices.camera.steady_camera import CameraTimeouts, SteadyCamera
from mlid_desktop.devices.formats.opencv import silence_opencv
from mlid_desktop.devices.formats.picture_bounds import MAX_PIXELS
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.samples import SourceItem

WANTED_WIDTH, WANTED_HEIGHT, WANTED_RATE = 1280, 720, 30
PATIENCE = CameraTimeouts(reopen_most=1.0)  # looking whether it is back costs a look into a folder

OpenCapture = Callable[[int], Capture]
FindCameras = Callable[[], tuple[FoundCamera, ...]]


@dataclass(frozen=True, slots=True)
class FrameFormat:
    """The format that a camera granted: pixels, and frames a second (0 where it does not say)."""

    width: int
    height: int
    rate: float


class Camera:
    """The camera at ``camera:0``: found once by its index in the list, then by its key, wherever it reappears.

    A virtual camera is known as one: a program, not a lens, makes its pictures.
    """

    def __init__(
        self,
        index: int,
        find: FindCameras | None = None,
        open_capture: OpenCapture | None = None,
        patience: CameraTimeouts | None = None,
    ) -> None:
        self._find = find or find_cameras
        self._open_capture = open_capture or _open_capture
        found = next((camera for camera in self._find() if camera.index == index), None)
        self._camera = found or FoundCamera(index, f"index-{index}", f"Camera {index}")
        self._granted: FrameFormat | None = None
        self._source = SteadyCamera(self.identity, self.kind, self._open, self._is_present, patience or PATIENCE)

    @property
    def identity(self) -> DeviceIdentity:
        """The camera's identity: model, serial number and socket, not its index."""
        return DeviceIdentity("camera", self._camera.key, self._camera.name)

    @property
    def kind(self) -> SourceKind:
        """The kind of source: live, or virtual where no lens is behind the camera."""
        return SourceKind.VIRTUAL if self._camera.virtual else SourceKind.LIVE

    @property
    def granted(self) -> FrameFormat | None:
        """The format that the camera agreed to; None before it was opened."""
        return self._granted

    def close(self) -> None:
        """Ends the samples at once; the driver closes the device in the background."""
        self._source.close()

    def samples(self) -> Iterator[SourceItem]:
        """Yields frames; where the camera goes away, a notice, and another when it is back.

        Raises DeviceError: DEVICE_NOT_FOUND, DEVICE_DENIED or DEVICE_BUSY where it cannot be opened at first,
        DEVICE_STALLED where it is there but delivers nothing, DEVICE_DARK where it shows nothing but black.
        """
        return self._source.samples()

    def _open(self) -> Capture:
        """Opens the camera; runs on the driver's thread."""
        camera = self._present()
        if camera is None:
            raise DeviceError(Code.DEVICE_NOT_FOUND, source=self._camera.name)
        capture = self._open_capture(camera.index)
        if not capture.isOpened():
            capture.release()
            raise DeviceError(self._why_closed(camera), source=camera.name)
        self._granted = _negotiated(capture)
        if self._granted.width * self._granted.height > MAX_PIXELS:
            capture.release()
            raise DeviceError(Code.DEVICE_TOO_LARGE, width=self._granted.width, height=self._granted.height)
        after = self._present()
        if after is None or after.index != camera.index:  # another may have taken its index before it was opened
            capture.release()
            raise DeviceError(Code.DEVICE_NOT_FOUND, source=self._camera.name)
        return capture

    def _why_closed(self, camera: FoundCamera) -> Code:
        if not self._is_present():
            return Code.DEVICE_NOT_FOUND
        return Code.DEVICE_DENIED if is_denied(camera.index) else Code.DEVICE_BUSY

    def _present(self) -> FoundCamera | None:
        """The camera as it is listed now; None where it is away, or another poses as it: with another driver, or no
        lens behind it."""
        listed = next((camera for camera in self._find() if camera.key == self._camera.key), None)
        return listed if listed is not None and listed.is_still(self._camera) else None

    def _is_present(self) -> bool:
        return self._present() is not None


def _open_capture(index: int) -> Capture:
    silence_opencv()
    return cv2.VideoCapture(index, opencv_backend())


def _negotiated(capture: Capture) -> FrameFormat:
    """Negotiates the frame format, Motion JPEG first: without it most USB cameras deliver 720 lines at 10 frames a
    second."""
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, WANTED_WIDTH)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, WANTED_HEIGHT)
    capture.set(cv2.CAP_PROP_FPS, WANTED_RATE)
    width, height = capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
    return FrameFormat(int(width), int(height), float(capture.get(cv2.CAP_PROP_FPS)))
