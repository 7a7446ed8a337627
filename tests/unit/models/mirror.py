"""A real HTTP server on loopback that publishes files and misbehaves as told."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Mirror:
    """``files`` by path. ``cut_after`` ends that many next answers after so many bytes; ``busy`` answers 503 as often;
    ``ranges`` off answers every request with the whole file; ``tagged`` off sends no ETag."""

    files: dict[str, bytes]
    address: str = ""
    cut_after: list[int] = field(default_factory=list)
    busy: int = 0
    ranges: bool = True
    tagged: bool = True
    silent_length: bool = False
    seen: list[tuple[str, str | None]] = field(default_factory=list)

    def url(self, name: str) -> str:
        return f"{self.address}/{name}"


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for the answers under way: no thread is left

    def __init__(self, mirror: Mirror) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.mirror = mirror


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        mirror = self.server.mirror
        mirror.seen.append((self.path, self.headers.get("Range")))
        content = mirror.files.get(self.path.removeprefix("/"))
        if mirror.busy:
            mirror.busy -= 1
            self._empty(503)
        elif content is None:
            self._empty(404)
        else:
            self._answer(mirror, content)

    def _answer(self, mirror: Mirror, content: bytes) -> None:
        tag = f'"{hashlib.sha256(content).hexdigest()}"'
        start = self._start(mirror, tag)
        if start >= len(content):
            self._empty(416)
            return
        body = content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if self.path.endswith("/"):
            self.send_header("Content-Type", "text/html")
        if mirror.tagged:
            self.send_header("ETag", tag)
        if not mirror.silent_length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: mirror.cut_after.pop(0)] if mirror.cut_after else body)

    def _start(self, mirror: Mirror, tag: str) -> int:
        wanted = self.headers.get("Range")
        condition = self.headers.get("If-Range")
        if wanted is None or not mirror.ranges or (condition is not None and condition != tag):
            return 0
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    def _empty(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


@contextmanager
def serving(mirror: Mirror) -> Iterator[Mirror]:
    """The mirror at its address, and gone without a trace afterwards."""
    server = _Server(mirror)
    mirror.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield mirror
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
