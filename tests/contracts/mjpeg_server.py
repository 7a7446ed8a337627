"""A Motion JPEG camera on loopback whose cable can be pulled, and which can fall silent."""

from __future__ import annotations

import atexit
import functools
import socket
import socketserver
import ssl
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any

import cv2

from tests.contracts.pictures import picture

INTERVAL_S = 0.02


class MjpegServer:
    """Serves numbered pictures at 50 a second, the first ``opens_s`` after it was asked for; ``plugged`` and ``silent``
    may be changed at any time."""

    def __init__(
        self, tls: ssl.SSLContext | None = None, *, lengths: bool = True, password: str = "", opens_s: float = 0.0
    ) -> None:
        self.plugged: bool = True
        self._lengths, self._password, self._opens_s = lengths, password, opens_s
        self.silent: bool = False
        self.sent: int = 0
        self.viewers: int = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.serve(self)

            def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - http.server's name
                """Says nothing."""

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = False
            block_on_close = True

            def get_request(self) -> tuple[socket.socket, Any]:
                """The handshake is left to the viewer's own thread."""
                viewer, address = super().get_request()
                if tls is not None:
                    viewer = tls.wrap_socket(viewer, server_side=True, do_handshake_on_connect=False)
                return viewer, address

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A viewer that does not trust the camera hangs up in the handshake."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.address = f"{'http' if tls is None else 'https'}://127.0.0.1:{self._server.server_address[1]}/mjpeg"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def is_unplugged(self) -> bool:
        """Whether a viewer gets nothing at all."""
        return not self.plugged

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        """One viewer, until the cable is pulled on either side."""
        if self.is_unplugged():
            return
        if self._password and request.headers.get("Authorization") != self._password:
            request.send_response(401)
            request.end_headers()
            return
        self.viewers += 1
        self._stop.wait(self._opens_s)
        request.send_response(200)
        request.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        request.end_headers()
        while not self._stop.wait(INTERVAL_S) and not self.is_unplugged():
            if self.silent:
                continue
            self.sent += 1
            jpeg = cv2.imencode(".jpg", picture(self.sent))[1].tobytes()
            length = f"Content-Length: {len(jpeg)}\r\n" if self._lengths else ""
            head = f"--frame\r\nContent-Type: image/jpeg\r\n{length}\r\n".encode()
            try:
                request.wfile.write(head + jpeg + b"\r\n")
            except OSError:
                return

    def close(self) -> None:
        """Ends every viewer and the server."""
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@functools.cache
def held_port() -> socket.socket:
    """A port that is taken, so that no other process gets it, and on which nobody listens."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    atexit.register(held.close)
    return held


def closed_port() -> int:
    """A port on which nobody listens, to the end of the run."""
    return int(held_port().getsockname()[1])
