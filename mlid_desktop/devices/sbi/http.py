"""One HTTP request to a device service on this machine: bounded in bytes and in time, never redirected, ended from any
thread.

The standard library's client is used, not the one for downloads: the verbs are the specification's own, a call must
end at its deadline even where the service sends a byte now and then, and a capture that waits for a finger must end at
once when nobody wants it any more. Both are done by shutting the socket down.
"""

from __future__ import annotations

import contextlib
import http.client
import selectors
import socket
import threading
from collections.abc import Iterator, Sequence
from http import HTTPStatus

from mlid_desktop.domain.errors import Code, DeviceError

HOST = "127.0.0.1"  # the specification binds services to this address and to no name
PORTS = range(4501, 4601)
APPLICATION = "MLID Desktop"
READ_BYTES = 1 << 16


class Call:
    """An HTTP request that is sent once."""

    def __init__(self, port: int, verb: str, path: str, body: bytes, deadline_s: float) -> None:
        self._request = (verb, path, body)
        self._connection = http.client.HTTPConnection(HOST, port, timeout=deadline_s)
        self._timer = threading.Timer(deadline_s, self._expire)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._ended_by: Code | None = None

    def abort(self) -> None:
        """Ends the request: nobody wants the answer. From any thread, before, while and after it is read."""
        self._end(Code.DEVICE_LOST)

    def answer(self, most_bytes: int) -> bytes:
        """The whole body of the answer, once the request was sent.

        Raises DeviceError: DEVICE_NOT_FOUND where nobody listens, DEVICE_STALLED at the deadline, DEVICE_LOST where the
        answer breaks off or was aborted, DEVICE_BAD_ANSWER for another status than 200, for more than ``most_bytes``
        and for what is not HTTP.
        """
        body = bytearray()
        for part in self.parts():
            body += part
            if len(body) > most_bytes:
                raise DeviceError(Code.DEVICE_BAD_ANSWER, what="length")
        return bytes(body)

    def parts(self) -> Iterator[bytes]:
        """The body of the answer as it comes, once the request was sent. Raises as :meth:`answer`."""
        self._timer.start()
        try:
            yield from self._parts()
        except ConnectionRefusedError:
            raise self._fault(Code.DEVICE_NOT_FOUND) from None
        except TimeoutError:
            raise self._fault(Code.DEVICE_STALLED) from None
        except (http.client.IncompleteRead, OSError):
            raise self._fault(Code.DEVICE_LOST) from None
        except (http.client.HTTPException, ValueError):
            raise self._fault(Code.DEVICE_BAD_ANSWER) from None
        finally:
            self._timer.cancel()
            self._connection.close()

    def _parts(self) -> Iterator[bytes]:
        self._connection.connect()
        with self._lock:
            self._socket = self._connection.sock
        if self._ended_by is not None:
            raise OSError
        verb, path, body = self._request
        headers = {"Content-Type": "application/json", "EXT": APPLICATION, "Connection": "close"}
        self._connection.request(verb, path, body, headers)
        with self._connection.getresponse() as response:
            if response.status != HTTPStatus.OK:
                raise DeviceError(Code.DEVICE_BAD_ANSWER, what="status", status=response.status)
            while part := response.read1(READ_BYTES):
                yield part
            if response.length:
                raise http.client.IncompleteRead(b"")
        if self._ended_by is not None:
            raise OSError

    def _expire(self) -> None:
        self._end(Code.DEVICE_STALLED)

    def _end(self, code: Code) -> None:
        with self._lock:
            self._ended_by = self._ended_by or code
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def _fault(self, code: Code) -> DeviceError:
        return DeviceError(self._ended_by or code, source="SBI")


def open_ports(ports: Sequence[int] = PORTS, patience_s: float = 0.5) -> tuple[int, ...]:
    """The ports of this machine on which somebody listens, all asked at once. Nothing is sent."""
    with selectors.DefaultSelector() as waiting, contextlib.ExitStack() as probes:
        for port in ports:
            probe = probes.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            probe.setblocking(False)
            probe.connect_ex((HOST, port))
            waiting.register(probe, selectors.EVENT_WRITE, port)
        return tuple(sorted(_connected(waiting, patience_s)))


def _connected(waiting: selectors.BaseSelector, patience_s: float) -> Iterator[int]:
    """Yields the ports that accept a connection; refused at once on Linux and macOS, while Windows tries for two
    seconds, which nobody waits for."""
    while waiting.get_map():
        decided = [key for key, _ in waiting.select(patience_s)]
        if not decided:
            return
        for key in decided:
            probe = waiting.unregister(key.fileobj).fileobj
            assert isinstance(probe, socket.socket)
            if probe.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                yield int(key.data)
