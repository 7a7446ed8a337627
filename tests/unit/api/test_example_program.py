"""The example program that the how-to hands out, against a real server."""

from __future__ import annotations

import importlib.util
import time
from concurrent.futures import Future
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mlid_desktop.api.server import InterfaceServer
from mlid_desktop.station.external_requests.request_desk import Caller, RequestDesk, StationAccess
from tests.architecture.sources import ROOT
from tests.makers import ENROLLED


def example() -> Any:
    spec = importlib.util.spec_from_file_location("ask_desk", ROOT / "docs" / "how-to" / "ask_desk.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_example_pairs_asks_and_hears() -> None:
    desk = RequestDesk(time.monotonic)
    access = StationAccess("f" * 32, True, 1, (), "the key to trust", ("link",))

    def pair(code: str, key: str, _origin: str, _token: str) -> Future[Caller | None]:
        caller = Caller("c" * 32, "Example", ("recognition",), ENROLLED, key=key) if code == "RIGHT" else None
        if caller is not None:
            desk.open(StationAccess("f" * 32, True, 1, (caller,), "the key to trust", ("link",)))
        done: Future[Caller | None] = Future()
        done.set_result(caller)
        return done

    desk.open(access)
    desk.pair = pair
    server = InterfaceServer(desk)
    server.start(0)
    try:
        program = example().Desk(Ed25519PrivateKey.generate(), port=server.port)
        with pytest.raises(PermissionError, match="wrong_code"):
            program.pair("WRONG")
        program.pair("RIGHT")
        assert (program.caller, program.trusted) == ("c" * 32, "the key to trust")
        asked = program.ask("enrol", "1001", name="Maria Okoye")
        with pytest.raises(PermissionError, match="busy"):
            program.ask("verify", "1001")
        key = (program.caller, asked["request"])
        desk.take(key)
        desk.decide(key, "a.signed.answer")
        standing = program.wait(asked["request"], 10)
        assert standing == {
            "request": asked["request"],
            "state": "decided",
            "answer": "a.signed.answer",
            "chain": ["link"],
        }
    finally:
        server.stop()
