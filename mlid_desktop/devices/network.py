"""Network cameras: RTSP and Motion JPEG over HTTP, through OpenCV's FFmpeg. Named ad hoc, they count as recorded."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from mlid_desktop.devices.address import SourceAddress
from mlid_desktop.devices.delivery import Stamp
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, SourceItem

if TYPE_CHECKING:
    import cv2

OPEN_TIMEOUT_MS = 5000
READ_TIMEOUT_MS = 3000
RECONNECT_EVERY_S = 1.0
FFMPEG_LOG_LEVEL, QUIET = "OPENCV_FFMPEG_LOGLEVEL", "-8"


class NetworkCamera:
    """Frames of a stream; where it breaks off, a notice, and another when it is back."""

    kind = SourceKind.RECORDED

    def __init__(
        self, address: SourceAddress, open_timeout_ms: int = OPEN_TIMEOUT_MS, read_timeout_ms: int = READ_TIMEOUT_MS
    ) -> None:
        self._address = address
        self._timeouts = (open_timeout_ms, read_timeout_ms)
        self._identity = DeviceIdentity(address.scheme, address.masked, address.masked)
        self._closed = threading.Event()

    @property
    def identity(self) -> DeviceIdentity:
        """The address without its credentials."""
        return self._identity

    def close(self) -> None:
        """Ends the samples within the read timeout."""
        self._closed.set()

    def samples(self) -> Iterator[SourceItem]:
        """Raises DeviceError(DEVICE_NOT_FOUND) where the stream cannot be opened at first."""
        capture = self._open()
        if capture is None:
            raise DeviceError(Code.DEVICE_NOT_FOUND, source=self._address.masked)
        stamp = Stamp(self._identity, self.kind)
        try:
            while not self._closed.is_set():
                read, image = capture.read()
                if read and image.ndim == 3 and image.dtype == np.uint8:
                    yield stamp.frame(image.astype(np.uint8, copy=False))
                    continue
                capture.release()
                if self._closed.is_set():
                    return
                yield DeviceNotice(DeviceEvent.LOST, self._identity)
                reopened = self._await_return()
                if reopened is None:
                    return
                capture = reopened
                yield DeviceNotice(DeviceEvent.BACK, self._identity)
        finally:
            capture.release()

    def _await_return(self) -> cv2.VideoCapture | None:
        while not self._closed.wait(RECONNECT_EVERY_S):
            capture = self._open()
            if capture is not None:
                return capture
        return None

    def _open(self) -> cv2.VideoCapture | None:
        os.environ.setdefault(FFMPEG_LOG_LEVEL, QUIET)  # read at the first stream; faults are raised instead
        import cv2  # noqa: PLC0415 - late: a heavy import

        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        capture = cv2.VideoCapture()
        capture.setExceptionMode(False)
        opening, reading = self._timeouts
        options = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, opening, cv2.CAP_PROP_READ_TIMEOUT_MSEC, reading]
        if capture.open(str(self._address), cv2.CAP_FFMPEG, options) and capture.isOpened():
            return capture
        capture.release()
        return None
