"""A device service as the MOSIP SBI specification describes it, and all that one can do wrong."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from mlid_desktop.devices.sbi.http import PORTS
from tests.contracts.sbi_certificates import Holder, encode, make_device

Fields = dict[str, Any]
CONTENT = "application/json"
IDENTITY = {
    "serialNo": "123456789012",
    "make": "Maker",
    "model": "One",
    "type": "Finger",
    "deviceSubType": "Single",
    "deviceProvider": "Provider",
    "deviceProviderId": "PROVIDER",
    "dateTime": "2026-11-23T10:00:00Z",
}


class SbiService:
    """Runs from the start; the attributes change what it does from the next request on.

    ``record`` is the finger that is placed, None for none. ``change_data`` and ``change_entry`` alter an answer before
    and after it is signed; ``body`` replaces the parts of the body that are sent, in any verb; ``length`` what is said
    of them, None for nothing.
    """

    def __init__(self, port: int = 0, signer: Holder | None = None) -> None:
        self.signer = signer or make_device()
        self.identity: Fields = dict(IDENTITY)
        self.information: Fields = {
            "deviceStatus": "Ready",
            "deviceId": "1",
            "firmware": "1.0",
            "certification": "L0",
            "serviceVersion": "1.0",
            "deviceSubId": ["1"],
            "deviceCode": "123456789012",
            "env": "Production",
            "purpose": "Registration",
            "specVersion": ["0.9.5"],
        }
        self.record: bytes | None = None
        self.pictures: list[bytes] = []
        self.requests: list[tuple[str, Fields]] = []
        self.change_data: Callable[[Fields], object] = lambda _: None
        self.change_entry: Callable[[Fields], object] = lambda _: None
        self.body: Callable[[str, bytes], Iterable[bytes]] = lambda _verb, body: [body]
        self.status = 200
        self.length: int | None = -1
        self.waits_for_a_finger = threading.Event()
        self.waits_for_a_finger.set()
        self._stop = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = False
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="sbi-service")
        self._thread.start()

    def close(self) -> None:
        """Ends every answer and the service; its port is free at once."""
        self._stop.set()
        self.waits_for_a_finger.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def pause(self, seconds: float) -> bool:
        """Waits, but no longer than the service runs; whether it still does."""
        return not self._stop.wait(seconds)

    def discovery(self) -> list[Fields]:
        """Unsigned, as the specification has it."""
        return [{**self.information, "digitalId": encode(json.dumps(self.identity).encode()), "error": no_error()}]

    def info(self) -> list[Fields]:
        """Signed twice: the information, and the identity in it."""
        fields = {**self.information, "digitalId": self.signer.sign(self.identity)}
        return [{"deviceInfo": self.signer.sign(fields), "error": no_error()}]

    def capture(self, request: Fields) -> Fields:
        """One finger, or the specification's error 101."""
        if self.record is None:
            return {"biometrics": [{"specVersion": "0.9.5", "data": "", "hash": "", "error": error("101")}]}
        wanted = request["bio"][0]
        data: Fields = {
            "digitalId": self.signer.sign(self.identity),
            "deviceCode": "123456789012",
            "deviceServiceVersion": "1.0",
            "bioType": "Finger",
            "bioSubType": wanted["bioSubType"][0],
            "purpose": request["purpose"],
            "env": request["env"],
            "bioValue": encode(self.record),
            "transactionId": request["transactionId"],
            "timestamp": datetime.now(UTC).isoformat(),
            "requestedScore": wanted["requestedScore"],
            "qualityScore": "71",
        }
        self.change_data(data)
        previous = bytes.fromhex(wanted["previousHash"])
        linked = hashlib.sha256(previous + hashlib.sha256(self.record).digest()).hexdigest().upper()
        entry = {"specVersion": "0.9.5", "data": self.signer.sign(data), "hash": linked, "error": no_error()}
        self.change_entry(entry)
        return {"biometrics": [entry]}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_MOSIPDISC(self) -> None:
                service.answer(self, service.discovery)

            def do_MOSIPDINFO(self) -> None:
                service.answer(self, service.info)

            def do_RCAPTURE(self) -> None:
                request = service.read(self)
                service.waits_for_a_finger.wait()
                service.send(self, json.dumps(service.capture(request)).encode())

            def do_STREAM(self) -> None:
                service.read(self)
                service.stream(self)

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def read(self, request: BaseHTTPRequestHandler) -> Fields:
        """The body of a request, noted."""
        content = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        fields = json.loads(content or b"{}")
        self.requests.append((request.command, fields))
        return dict(fields)

    def answer(self, request: BaseHTTPRequestHandler, make: Callable[[], object]) -> None:
        """A list of devices."""
        self.read(request)
        self.send(request, json.dumps(make()).encode())

    def send(self, request: BaseHTTPRequestHandler, content: bytes) -> None:
        """The answer, as the test wants it sent."""
        request.send_response(self.status)
        request.send_header("Content-Type", CONTENT)
        request.send_header("Location", f"http://127.0.0.1:{self.port}/elsewhere")
        if self.length is not None:
            request.send_header("Content-Length", str(len(content) if self.length < 0 else self.length))
        request.send_header("Connection", "close")
        request.end_headers()
        self._write(request, self.body(request.command, content))

    def stream(self, request: BaseHTTPRequestHandler) -> None:
        """Motion JPEG, over and over."""
        request.send_response(200)
        request.send_header("Content-Type", "multipart/x-mixed-replace; boundary=--BoundaryString")
        request.end_headers()
        self._write(request, self._pictures())

    def _pictures(self) -> Iterator[bytes]:
        while self.pictures and self.pause(0.02):
            for jpeg in self.pictures:
                head = f"--BoundaryString\r\nContent-Type:image/jpeg\r\nContent-Length:{len(jpeg)}\r\n\r\n"
                yield head.encode() + jpeg + b"\r\n"

    @staticmethod
    def _write(request: BaseHTTPRequestHandler, parts: Iterable[bytes]) -> None:
        request.close_connection = True
        try:
            for part in parts:
                request.wfile.write(part)
        except OSError:
            time.sleep(0)


def service_on_a_specified_port() -> SbiService:
    """On one of the specification's ports, which other tests on this machine may use meanwhile; skips where all are
    taken."""
    for port in PORTS:
        with suppress(OSError):  # somebody has it
            return SbiService(port)
    pytest.skip("every port of the specification is taken")


def no_error() -> Fields:
    """How the specification says that all is well."""
    return error("0")


def error(number: str, said: str = "said by the service") -> Fields:
    """One of the specification's errors."""
    return {"errorCode": number, "errorInfo": said}
