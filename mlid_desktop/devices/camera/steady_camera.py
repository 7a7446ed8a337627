"""Frames of cameras and streams that may go away while they are open, and go on when they are back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

from mlid_desktop.devices.camera.driver_thread import Capture, DriverFrame, DriverThread
from mlid_desktop.devices.sample_stamp import SampleStamp
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, Image, SourceItem

BLACK_LEVEL = 2  # of 255: a covered lens still shows noise above this; a driver without light shows exact black
BLACK_AFTER_S = 3.0  # cameras may start with a second of black while they measure the light
BLACK_FRAMES = 10
BLACK_STEP = 16  # every sixteenth pixel each way
STANDING_FRAMES = 3  # at one moment behind the first: no camera delivers four between two ticks of the coarsest clock


@dataclass(frozen=True, slots=True)
class CameraTimeouts:
    """Timeouts of a camera in seconds: from opening to the first frame, then without a frame, before the source counts
    as stalled; for the driver to close; between attempts to open it again (doubled after each that fails, up to
    ``reopen_most``)."""

    first_frame: float = 15.0
    stalled_after: float = 5.0
    release: float = 3.0
    reopen_first: float = 0.5
    reopen_most: float = 4.0
    black_after: float = BLACK_AFTER_S


class SteadyCamera:
    """Yields frames of a capture that ``open_capture`` opens, again and again while it is away.

    ``is_present`` tells a device that fell silent (a fault) from one that was taken away (a notice).
    """

    def __init__(
        self,
        identity: DeviceIdentity,
        kind: SourceKind,
        open_capture: Callable[[], Capture],
        is_present: Callable[[], bool],
        patience: CameraTimeouts,
    ) -> None:
        self._identity = identity
        self._kind = kind
        self._open_capture = open_capture
        self._is_present = is_present
        self._patience = patience
        self._reader: DriverThread | None = None
        self._closed = threading.Event()

    def close(self) -> None:
        """Ends the samples at once, whatever the driver does. From any thread, more than once."""
        self._closed.set()
        reader = self._reader
        if reader is not None:
            reader.stop()

    def samples(self) -> Iterator[SourceItem]:
        """Yields frames; a notice where they stop, and another before the first one after that.

        Raises DeviceError: what opening raises at first; DEVICE_STALLED where nothing is delivered although the device
        is there, or nothing at all; DEVICE_DARK where it delivers nothing but black; DEVICE_CLOCK_STANDS where frames
        come and no time passes.
        """
        stamp = SampleStamp(self._identity, self._kind)
        delivered, lost, wait = False, False, self._patience.reopen_first
        while not self._closed.is_set():
            try:
                with closing(self._frames()) as frames:
                    for frame in frames:
                        if lost:
                            stamp.begin_opening()
                            yield DeviceNotice(DeviceEvent.BACK, self._identity)
                        delivered, lost, wait = True, False, self._patience.reopen_first
                        yield stamp.frame(frame.image, frame.read_at)
            except DeviceError:
                if not lost:
                    raise
            if self._closed.is_set():
                return
            if not delivered:
                raise DeviceError(Code.DEVICE_STALLED, source=self._identity.name)
            if not lost:
                yield DeviceNotice(DeviceEvent.LOST, self._identity)
                lost = True
            self._closed.wait(wait)
            wait = min(2 * wait, self._patience.reopen_most)

    def _frames(self) -> Generator[DriverFrame, None, None]:
        """Frames of one opening of the camera, until the driver ends it or the source is closed. Raises DeviceError."""
        reader = self._reader = DriverThread(self._open_capture)
        dark, times = _BlackFrames(self._patience.black_after), _ReadingTimes()
        patience = self._patience.first_frame
        try:
            while not self._closed.is_set():
                frame = reader.take(patience)
                if frame is not None:
                    patience = self._patience.stalled_after
                    dark.look(frame)
                    times.look(frame)
                    yield frame
                elif reader.ended:
                    return
                elif self._is_present():
                    raise DeviceError(Code.DEVICE_STALLED, source=self._identity.name)
                else:
                    return
        finally:
            reader.stop()
            reader.join(self._patience.release)


class _ReadingTimes:
    """Watches that the machine's seconds go on: of frames without time between them no movement can be judged, and no
    patience would ever end."""

    def __init__(self) -> None:
        self._latest: float | None = None
        self._alike = 0

    def look(self, frame: DriverFrame) -> None:
        """Counts frames that were read at one moment. Raises DeviceError(DEVICE_CLOCK_STANDS)."""
        self._alike = self._alike + 1 if frame.read_at == self._latest else 0
        self._latest = frame.read_at
        if self._alike >= STANDING_FRAMES:
            raise DeviceError(Code.DEVICE_CLOCK_STANDS)


class _BlackFrames:
    """Watches how long a camera has shown nothing but black."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._since: float | None = None
        self._frames = 0

    def look(self, frame: DriverFrame) -> None:
        """Takes the next frame into account. Raises DeviceError(DEVICE_DARK) where the camera has been black for too
        long."""
        if not _is_black(frame.image):
            self._since, self._frames = None, 0
            return
        self._since = frame.read_at if self._since is None else self._since
        self._frames += 1
        if self._frames >= BLACK_FRAMES and frame.read_at - self._since >= self._patience_s:
            raise DeviceError(Code.DEVICE_DARK, frames=self._frames)


def _is_black(image: Image) -> bool:
    return int(image[::BLACK_STEP, ::BLACK_STEP].max()) <= BLACK_LEVEL
