"""Another user of the machine, as a process of its own: at the port, and looking at what the window's process shows."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from mlid_desktop.api.server import InterfaceServer
from mlid_desktop.client import AnswerNotValidError, DeskClient, DeskPairing, DeskQuestion, new_private_key
from mlid_desktop.domain.errors import Code, StationError
from mlid_desktop.station.external_requests.request_desk import RequestDesk
from tests.calling_program import base64url
from tests.unit.api.conftest import Served

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/environ").exists() or os.geteuid() != 0, reason="another user takes the system's right"
)
BECOME = "import os, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
IMPOSTOR = (
    "import encodings.idna, http.server, json\n"
    + BECOME
    + """
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told = {"request": sent["request"], "state": "decided", "answer": sys.argv[1], "chain": [sys.argv[2]]}
        self.send_response(202); self.end_headers(); self.wfile.write(json.dumps(told).encode())
    def log_message(self, *said): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""
)
LOOK = (
    BECOME
    + """
for name in ("environ", "mem", "maps", "fd"):
    path = f"/proc/{sys.argv[1]}/{name}"
    try:
        print(name, os.listdir(path) if name == "fd" else open(path, "rb").read(1))
    except OSError as fault:
        print(name, type(fault).__name__)
"""
)
DESK = """
from mlid_desktop.station.installation.process_hardening import harden_process
harden_process()
print("ready", flush=True)
input()
"""


@contextmanager
def running(program: str, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-c", program, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), process
        finally:
            process.kill()


def test_that_has_the_port_is_named_and_believed_by_no_program(served: Served) -> None:
    """What it gets to see is the request: the number, and of a web page the token."""
    old = "eyJhbGciOiJFZERTQSIsInR5cCI6Im1saWQtYW5zd2VyK2p3dCJ9.e30." + base64url(b"s" * 64)
    with running(IMPOSTOR, old, old) as (port, _):
        with pytest.raises(StationError) as taken:
            InterfaceServer(RequestDesk(time.monotonic)).start(int(port))
        assert taken.value.code is Code.STATION_PORT_TAKEN
        trusted = base64url(served.program.private.public_key().public_bytes_raw())
        pairing = DeskPairing(new_private_key(), "c" * 32, trusted, "f" * 32, int(port))
        for accept_demo in (False, True):
            desk, question = DeskClient(pairing, accept_demo=accept_demo), DeskQuestion("verify", "1001")
            status = desk.ask(question)
            assert status.state == "decided"
            with pytest.raises(AnswerNotValidError):
                desk.answer(question, replace(status, chain=()))
            with pytest.raises(AnswerNotValidError):
                desk.answer(question, status)


def test_reads_neither_environment_nor_memory_nor_files_of_the_window() -> None:
    with running(DESK) as (said, desk):
        assert said == "ready"
        looked = subprocess.run(
            [sys.executable, "-c", LOOK, str(desk.pid)], capture_output=True, text=True, check=True, timeout=120
        )
    refused = dict(line.split(" ", 1) for line in looked.stdout.splitlines())
    assert refused == dict.fromkeys(("environ", "mem", "maps", "fd"), "PermissionError")
