"""Network cameras: RTSP and Motion JPEG over HTTP through OpenCV's FFmpeg in the media helper, over HTTPS through
verified TLS, each picture decoded in the helper for pictures. Named ad hoc, they count as recorded."""

from __future__ import annotations

from collections.abc import Iterator

from mlid_desktop.devices.address import SourceAddress
from mlid_desktop.devices.camera.decoded_stream import DecodedStream
from mlid_desktop.devices.camera.driver_thread import Capture
from mlid_desktop.devices.camera.steady_camera import CameraTimeouts, SteadyCamera
from mlid_desktop.devices.camera.tls_stream import TlsMjpegCapture
from mlid_desktop.devices.decoding.ready_streams import ReadyStreams
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.samples import SourceItem

OPEN_TIMEOUT_MS = 5000
READ_TIMEOUT_MS = 3000
WATCHDOG_SLACK_S = 2.0  # FFmpeg ends a read that takes too long by itself; the watchdog is for when it does not


class NetworkCamera:
    """Frames of a network stream, the newest first; where it breaks off or falls silent, a notice, and another when it
    is back."""

    kind = SourceKind.RECORDED

    def __init__(
        self,
        address: SourceAddress,
        open_timeout_ms: int = OPEN_TIMEOUT_MS,
        read_timeout_ms: int = READ_TIMEOUT_MS,
        ready: ReadyStreams | None = None,
    ) -> None:
        self._address, self._ready = address, ready
        self._timeouts_ms = (open_timeout_ms, read_timeout_ms)
        self._identity = DeviceIdentity(address.scheme, address.masked, address.masked)
        patience = CameraTimeouts(
            first_frame=(open_timeout_ms + read_timeout_ms) / 1000 + WATCHDOG_SLACK_S,
            stalled_after=read_timeout_ms / 1000 + WATCHDOG_SLACK_S,
        )
        self._source = SteadyCamera(self._identity, self.kind, self._open, lambda: False, patience)

    @property
    def identity(self) -> DeviceIdentity:
        """The identity of the stream: its address without credentials."""
        return self._identity

    def close(self) -> None:
        """Ends the samples at once; the connection closes within the read timeout."""
        self._source.close()

    def samples(self) -> Iterator[SourceItem]:
        """Yields frames of the stream, and notices where it goes and comes back. Raises DeviceError: DEVICE_NOT_FOUND
        where the stream cannot be opened at first, DEVICE_STALLED where it gives no picture, or nothing but black."""
        return self._source.samples()

    def _open(self) -> Capture:
        """Opens the stream. Raises DeviceError, DEVICE_UNTRUSTED for ``rtsps``: FFmpeg would take any certificate for
        the camera's."""
        if self._address.scheme == "rtsps":
            raise DeviceError(Code.DEVICE_UNTRUSTED, source=self._address.masked, why="rtsps")
        if self._address.scheme == "https":
            return TlsMjpegCapture(self._address, self._timeouts_ms[1] / 1000)
        opening, reading = self._timeouts_ms
        return DecodedStream(self._address, opening, reading, self._ready)
