"""Whether a server answers is asked without keys and names."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.store.register.connection import RegisterConnection, addresses_of
from mlid_desktop.vault.store.register.reaching import ServerAddress, refused_connection, require_answer
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


def fault_of(**given: str) -> RegisterError:
    """How a connection that cannot be made ends."""
    with pytest.raises(RegisterError) as raised:
        RegisterConnection.open(given, name="mlid")
    return raised.value


UNCLEAR = {  # what is given, and what it says is not clear
    "port": {"port": "five"},
    "port out of range": {"port": "99999"},
    "ports for fewer hosts": {"port": "1,2,3"},
    "sslmode": {"sslmode": "perhaps"},
    "hostaddr": {"hostaddr": "here"},
    "target_session_attrs": {"target_session_attrs": "whichever"},
    "a host that no name is": {"host": "a..b"},
    "a host longer than a name": {"host": "a" * 300},
    "a password that nobody types": {"password": "\udce9"},
}


@pytest.mark.parametrize("given", UNCLEAR.values(), ids=UNCLEAR)
def test_what_is_not_clear_is_named(given: dict[str, str]) -> None:
    fault = fault_of(**{"host": LOOPBACK, "port": "9", **given})
    assert fault.code in {Code.REGISTER_SETTINGS, Code.REGISTER_UNVERIFIED}
    assert fault.facts


def test_a_certificate_to_check_the_server_with_that_is_not_there_is_named(server: Cluster) -> None:
    reached = {"host": LOOPBACK, "port": str(server.port), "user": "postgres", "sslmode": "verify-full"}
    fault = fault_of(**reached, sslrootcert="/nowhere/root.crt")
    assert fault.code is Code.REGISTER_NO_ROOT


@contextmanager
def one_that_refuses(said: str) -> Iterator[int]:
    """A server that lets nobody in, and says why in its own language; the port."""

    def answer(connection: socket.socket) -> None:
        with connection:
            while len(asked := connection.recv(4096)) == 8:  # for encryption
                connection.sendall(b"N")
            if asked:
                fields = b"".join(part.encode() + b"\0" for part in ("SFATAL", "C28P01", f"M{said}")) + b"\0"
                connection.sendall(b"E" + struct.pack("!i", len(fields) + 4) + fields)

    def serve() -> None:
        while True:
            try:
                made, _ = listening.accept()
            except OSError:
                return
            answer(made)

    with socket.create_server((LOOPBACK, 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_a_server_that_refuses_in_its_own_language_is_no_server_that_is_away() -> None:
    with one_that_refuses("Passwort-Authentifizierung für Benutzer »x« fehlgeschlagen") as port:
        fault = fault_of(host=LOOPBACK, port=str(port), user="x", password="y", gssencmode="disable")
    assert fault.code is Code.REGISTER_REFUSED


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("FATAL:  sorry, too many clients already", Code.REGISTER_CROWDED),
        ("FATAL:  remaining connection slots are reserved for roles", Code.REGISTER_CROWDED),
        ('FATAL:  database "a\nb" does not exist', Code.REGISTER_NO_DATABASE),
        ('definition of service "mlid" not found', Code.REGISTER_NO_SERVICE),
        ("FATAL:  the database system is starting up", Code.REGISTER_UNREACHABLE),
        ("was auch immer", Code.REGISTER_UNREACHABLE),
    ],
)
def test_what_is_said_of_a_connection_has_a_name(said: str, code: Code) -> None:
    assert refused_connection(said, [ServerAddress(LOOPBACK, 9)]).code is code
