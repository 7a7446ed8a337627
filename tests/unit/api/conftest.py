"""A served interface whose desk knows a program and a web page."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from mlid_desktop.api.server import InterfaceServer
from mlid_desktop.station.external_requests.request_desk import Caller, RequestDesk, StationAccess
from mlid_desktop.vault.callers.caller import digest_of_token
from tests.calling_program import CallingProgram
from tests.makers import ENROLLED

ORIGIN, TOKEN = "https://clinic.example", "a token that nobody guesses"
PAGE = Caller("e" * 32, "Web desk", ("recognition",), ENROLLED, origin=ORIGIN, token_digest=digest_of_token(TOKEN))


class Served:
    """A server whose desk knows one program and one web page."""

    def __init__(self) -> None:
        self.program = CallingProgram(0, "c" * 32)
        caller = Caller(self.program.caller, "Front desk", ("recognition",), ENROLLED, key=self.program.key)
        self.access = StationAccess("f" * 32, True, 1, (caller, PAGE), "key", ("link",))
        self.desk = RequestDesk(time.monotonic)
        self.desk.open(self.access)
        self.server = InterfaceServer(self.desk)
        self.server.start(0)
        self.program.port = self.server.port


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    made = Served()
    yield made
    made.server.stop()


@pytest.fixture(autouse=True)
def fresh(served: Served) -> Iterator[None]:
    """Nothing that an earlier test asked waits still."""
    served.desk.open(served.access)
    yield
    for request in served.desk.current().requests.values():
        served.desk.cancel(request.key)
