"""A thread that owns one camera driver: it reads without a pause, so that nothing queues up and nobody else ever
waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from mlid_desktop.devices.formats.picture_bounds import MAX_PIXELS
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.samples import Image

READ_FAILURES_BEFORE_GONE = 5
BETWEEN_FAILURES_S = 0.02  # a driver that fails at once is not asked in a tight circle


class Capture(Protocol):
    """The part of ``cv2.VideoCapture``'s interface that cameras are read through."""

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        """Whether the device answered."""
        ...

    def read(self) -> tuple[bool, Any]:
        """Whether a frame came, and the frame."""
        ...

    def set(self, property_id: int, value: float, /) -> bool:
        """Asks the device for a value of a property."""
        ...

    def get(self, property_id: int, /) -> float:
        """The value of a property that the device granted."""
        ...

    def release(self) -> None:
        """Closes the device."""
        ...


@dataclass(frozen=True, slots=True)
class DriverFrame:
    """A frame as the driver gave it: ``image`` is (height, width, 3) uint8, BGR; ``read_at`` the monotonic second at
    which the driver gave it."""

    read_at: float
    image: Image = field(repr=False)


class DriverThread:
    """Opens a capture and reads it on a thread of its own; :meth:`take` gives the newest frame not yet taken.

    A driver that never returns holds that thread alone: whoever takes waits no longer than asked, and a reader that is
    told to stop is left behind when its driver does not let it go.
    """

    def __init__(self, open_capture: Callable[[], Capture]) -> None:
        self._open_capture = open_capture
        self._changed = threading.Condition()
        self._frame: DriverFrame | None = None
        self._fault: DeviceError | None = None
        self._ended = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="mlid-driver", daemon=True)
        self._thread.start()

    def take(self, patience_s: float) -> DriverFrame | None:
        """Waits for the newest frame; None where none came in time, or none will come (see :attr:`ended`).

        Raises DeviceError where the capture could not be opened, or gave what no camera gives.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None or self._ended, patience_s)
            frame, self._frame = self._frame, None
            if frame is None and self._fault is not None:
                raise self._fault
            return frame

    @property
    def ended(self) -> bool:
        """Whether no frame will come any more."""
        with self._changed:
            return self._ended and self._frame is None

    def stop(self) -> None:
        """Tells the thread that no more frames are wanted, and wakes whoever waits in :meth:`take`. From any thread,
        more than once."""
        with self._changed:
            self._stopping = self._ended = True
            self._frame = None
            self._changed.notify_all()

    def join(self, patience_s: float) -> None:
        """Waits for the driver to close the device, but no longer than ``patience_s``."""
        self._thread.join(patience_s)

    def _run(self) -> None:
        fault: DeviceError | None = None
        try:
            capture = self._open_capture()
            try:
                self._read(capture)
            finally:
                capture.release()
        except DeviceError as error:
            fault = error
        except Exception as error:  # noqa: BLE001 - whatever a driver throws, the taker must hear of it
            fault = DeviceError(Code.DEVICE_LOST, driver=type(error).__name__)
        finally:
            with self._changed:
                self._fault = None if self._stopping else fault
                self._ended = True
                self._changed.notify_all()

    def _read(self, capture: Capture) -> None:
        """Reads frames until told to stop, or until the driver fails several times in a row."""
        failures = 0
        while failures < READ_FAILURES_BEFORE_GONE:
            read, untrusted = capture.read()
            image = _picture(untrusted) if read else None
            with self._changed:
                if self._stopping:
                    return
                if image is not None:
                    self._frame = DriverFrame(time.monotonic(), image)
                    self._changed.notify_all()
            failures = 0 if image is not None else failures + 1
            if failures:
                time.sleep(BETWEEN_FAILURES_S)


def _picture(untrusted: object) -> Image | None:
    """What a driver gave, as a colour frame; None for what is none. Raises DeviceError(DEVICE_TOO_LARGE)."""
    if not isinstance(untrusted, np.ndarray) or untrusted.dtype != np.uint8 or untrusted.ndim != 3:
        return None
    height, width, channels = untrusted.shape
    if height * width > MAX_PIXELS:
        raise DeviceError(Code.DEVICE_TOO_LARGE, width=width, height=height)
    return untrusted if channels == 3 and untrusted.size else None
