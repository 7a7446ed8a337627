"""A stream of the network, taken apart in the media helper and read frame by frame."""

from __future__ import annotations

from mlid_desktop.devices.address import SourceAddress
from mlid_desktop.devices.decoding.media_messages import MAX_URL
from mlid_desktop.devices.decoding.ready_streams import ReadyStreams
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.samples import Image


class DecodedStream:
    """One opened stream; implements :class:`~mlid_desktop.devices.camera.driver_thread.Capture`. Used on one thread."""

    def __init__(
        self, address: SourceAddress, opening_ms: int, reading_ms: int, ready: ReadyStreams | None = None
    ) -> None:
        """Takes a helper, the one that is ``ready`` where there is one; it opens the stream and nothing else. Raises
        DeviceError: DEVICE_NOT_FOUND where no stream is there, DEVICE_TOO_LARGE where its frames have more pixels than
        are read, DEVICE_BAD_ADDRESS for an address that is too long, DEVICE_DRIVER_MISSING where the helper cannot be
        started."""
        untrusted = str(address)
        if len(untrusted.encode()) > MAX_URL:
            raise DeviceError(Code.DEVICE_BAD_ADDRESS, what="length")
        self._patience_s = reading_ms / 1000
        self._ready = ready or ReadyStreams()
        self._decoder = self._ready.take()
        try:
            self._decoder.open_stream(untrusted, opening_ms, reading_ms)
        except DeviceError as fault:
            self.release()
            if fault.code in {Code.DEVICE_DRIVER_MISSING, Code.DEVICE_TOO_LARGE}:
                raise
            raise DeviceError(Code.DEVICE_NOT_FOUND, source=address.masked) from None

    def isOpened(self) -> bool:  # noqa: N802 - the name in the driver's interface
        """Returns True: the object could not have been made without a stream."""
        return True

    def read(self) -> tuple[bool, Image | None]:
        """Whether a frame came, and the frame: (height, width, 3) uint8, BGR."""
        if self._decoder.helper_number is None:
            return False, None
        try:
            frame = self._decoder.next_frame(self._patience_s)
        except DeviceError:
            frame = None
        if frame is None:
            self.release()
        return frame is not None, frame

    def set(self, property_id: int, value: float, /) -> bool:  # noqa: ARG002 - the driver's interface
        """Returns False: properties of a stream cannot be set."""
        return False

    def get(self, property_id: int, /) -> float:  # noqa: ARG002 - the driver's interface
        """Returns 0.0: nothing is said of the stream's properties."""
        return 0.0

    def release(self) -> None:
        """Closes the connection, with the helper; the next stream gets another."""
        self._decoder.close()
        self._ready.renew()
