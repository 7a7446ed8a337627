"""Whether a server answers is asked without keys and names."""

from __future__ import annotations

import socket
import time

import pytest

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.store.register.connection import addresses_of
from mlid_desktop.vault.store.register.reaching import ServerAddress, require_answer
from tests.postgres import Cluster

LOOPBACK = "127.0.0.1"


def test_a_server_answers(server: Cluster) -> None:
    require_answer([ServerAddress(LOOPBACK, server.port)])
    require_answer([ServerAddress(LOOPBACK, 9), ServerAddress(LOOPBACK, server.port)])
    require_answer([ServerAddress("/run/postgresql", 5432)])  # of this machine: asked by connecting


def test_one_that_is_silent_or_not_there_is_named() -> None:
    with socket.create_server((LOOPBACK, 0)) as silent:
        port = silent.getsockname()[1]
        start = time.monotonic()
        for addresses in ([ServerAddress(LOOPBACK, port)], [ServerAddress(LOOPBACK, 9)], []):
            with pytest.raises(RegisterError) as raised:
                require_answer(addresses, 0.2)
            assert raised.value.code is Code.REGISTER_UNREACHABLE
        assert time.monotonic() - start < 5


def test_addresses_are_libpqs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "6543")
    assert addresses_of({"host": LOOPBACK}) == (ServerAddress(LOOPBACK, 6543),)
    assert addresses_of({"host": "::1,localhost", "port": "1,2"}) == (
        ServerAddress("::1", 1),
        ServerAddress("localhost", 2),
    )
    assert addresses_of({"host": "db.example.org", "hostaddr": LOOPBACK, "port": "x"}) == (
        ServerAddress(LOOPBACK, 5432),
    )
    monkeypatch.setenv("PGHOST", "/run/postgresql")
    (found,) = addresses_of({"dbname": "mlid"})
    assert found.is_socket
