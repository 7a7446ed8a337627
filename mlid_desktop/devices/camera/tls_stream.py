"""Motion JPEG over HTTPS, from a camera whose certificate the system trusts.

OpenCV's FFmpeg checks no certificate, so that anybody on the way could take the camera's place. Here the standard
library's TLS does: the system's authorities (``SSL_CERT_FILE`` adds a site's own), host name and validity. The stream
is ``multipart/x-mixed-replace`` (RFC 2046, 5.1) as cameras send it.
"""

from __future__ import annotations

import base64
import http.client
import ssl
from email.message import Message
from http import HTTPStatus
from urllib.parse import SplitResult, unquote, urlsplit

from mlid_desktop.devices.address import SourceAddress
from mlid_desktop.devices.decoding.decoder import PictureDecoder
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.samples import Image

MAX_PICTURE_BYTES = 16 * 1024 * 1024
MAX_HEADER_LINES = 32
MAX_LINE = 65536
MAX_BOUNDARY = 70  # RFC 2046, 5.1.1
PLAIN_STATUS = {HTTPStatus.UNAUTHORIZED: Code.DEVICE_DENIED, HTTPStatus.FORBIDDEN: Code.DEVICE_DENIED}


class TlsMjpegCapture:
    """One opened HTTPS stream, read picture by picture; implements
    :class:`~mlid_desktop.devices.camera.driver_thread.Capture`. Used on one thread."""

    def __init__(self, address: SourceAddress, timeout_s: float) -> None:
        """Connects to the camera and reads the head of its answer. Raises DeviceError: DEVICE_UNTRUSTED where the
        certificate does not prove who answers, DEVICE_DENIED without the right password, DEVICE_NOT_FOUND where no
        stream is there."""
        self._address = address
        self._part_begun = False
        self._decoder = PictureDecoder()
        self._response: http.client.HTTPResponse | None = None
        parts = urlsplit(str(address))
        self._connection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=timeout_s, context=ssl.create_default_context()
        )
        path = parts.path or "/"
        try:
            self._connection.request("GET", f"{path}?{parts.query}" if parts.query else path, headers=_headers(parts))
            self._response = self._connection.getresponse()
            self._boundary = self._checked_boundary(self._response)
        except ssl.SSLError as fault:
            self.release()
            raise DeviceError(Code.DEVICE_UNTRUSTED, source=address.masked, why=type(fault).__name__) from None
        except (OSError, http.client.HTTPException, ValueError):
            self.release()
            raise DeviceError(Code.DEVICE_NOT_FOUND, source=address.masked) from None
        except DeviceError:
            self.release()
            raise

    def isOpened(self) -> bool:  # noqa: N802 - the name in the driver's interface
        """Returns True: the object could not have been made without a stream."""
        return True

    def read(self) -> tuple[bool, Image | None]:
        """Whether a picture came, and the picture: (height, width, 3) uint8, BGR. What is no picture counts as none."""
        try:
            return True, self._decoder.colour(self._next_part())
        except (OSError, http.client.HTTPException, ValueError, DeviceError):
            return False, None

    def set(self, property_id: int, value: float, /) -> bool:  # noqa: ARG002 - the driver's interface
        """Returns False: properties of a stream cannot be set."""
        return False

    def get(self, property_id: int, /) -> float:  # noqa: ARG002 - the driver's interface
        """Returns 0.0: a stream has no properties to read."""
        return 0.0

    def release(self) -> None:
        """Closes the connection."""
        if self._response is not None:
            self._response.close()
        self._connection.close()
        self._decoder.close()

    def _checked_boundary(self, response: http.client.HTTPResponse) -> bytes:
        """The boundary between two pictures of the multipart answer. Raises DeviceError for what is no stream of
        pictures."""
        status = HTTPStatus(response.status)
        header = Message()
        header["Content-Type"] = response.headers.get("Content-Type", "")
        boundary = header.get_boundary("")
        if status is not HTTPStatus.OK or header.get_content_maintype() != "multipart" or not boundary:
            raise DeviceError(PLAIN_STATUS.get(status, Code.DEVICE_NOT_FOUND), source=self._address.masked)
        if len(boundary) > MAX_BOUNDARY:
            raise DeviceError(Code.DEVICE_BAD_ANSWER, source=self._address.masked)
        return b"--" + boundary.removeprefix("--").encode("latin-1", "replace")  # some cameras write the dashes twice

    def _next_part(self) -> bytes:
        """The body of the next part of the stream. Raises ValueError where it is longer than any picture, OSError at
        the end."""
        if not self._part_begun:
            self._until_boundary()
        self._part_begun = False
        length = None
        for _ in range(MAX_HEADER_LINES):
            name, _, untrusted = self._line().partition(b":")
            if not name.strip():
                break
            if name.strip().lower() == b"content-length":
                length = int(untrusted)
        if length is None:
            return self._until_boundary()
        if not 0 < length <= MAX_PICTURE_BYTES:
            raise ValueError("length of a picture")
        return self._stream.read(length)

    def _until_boundary(self) -> bytes:
        """The bytes before the next boundary: nothing, or the picture of a camera that does not say its length."""
        body = bytearray()
        while not (line := self._line()).startswith(self._boundary):
            body += line
            if len(body) > MAX_PICTURE_BYTES:
                raise ValueError("length of a picture")
        self._part_begun = True
        return bytes(body)

    @property
    def _stream(self) -> http.client.HTTPResponse:
        if self._response is None:
            raise ConnectionResetError
        return self._response

    def _line(self) -> bytes:
        line = self._stream.readline(MAX_LINE)
        if not line:
            raise ConnectionResetError
        return line


def _headers(parts: SplitResult) -> dict[str, str]:
    """Headers of the request, with the address's password where it has one (RFC 7617); TLS keeps it from others."""
    headers = {"User-Agent": "MLID-Desktop", "Accept": "multipart/x-mixed-replace"}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
    return headers
