"""``mlid register move`` on a real server: looked at first, taken over, and killed at instants of its own choosing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import AtVault, RecordedFingers
from tests.postgres import Cluster, running_server

KILLS = 6
START_S = 0.5  # of a process
PEOPLE = 2


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    """A running PostgreSQL; skips, with the reason, where none can be had."""
    yield from running_server()


def asked(server: Cluster, database: str, authority: Path) -> tuple[str | Path, ...]:
    """The command without its vault."""
    reached = f"host=127.0.0.1 port={server.port} dbname={database} sslrootcert={server.root_certificate}"
    return (
        "register", "move", "--server", reached, "--administrator", "user=postgres", "--authority-out", authority,
    )  # fmt: skip


def test_a_vault_is_looked_at_then_taken_over(vault: AtVault, server: Cluster, tmp_path: Path) -> None:
    database, authority = server.database(), tmp_path / "authority.crt"
    command = asked(server, database, authority)
    before = (vault.folder / "records.db").read_bytes()
    dry = vault.mlid(*command, "--dry-run", "--json")
    assert (dry.code, dry.json["people"], dry.json["ready"], dry.json["moved"]) == (0, PEOPLE, True, False)
    assert server.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'mlid'", database) == [(0,)]
    assert not authority.exists()
    assert len(before) == len((vault.folder / "records.db").read_bytes())
    assert "vault.second_person_needed" in vault.mlid(*command).err

    waiting = vault.mlid(*command, "--json", *vault.with_second)
    assert (waiting.code, waiting.json["moved"]) == (0, False), waiting.err
    server.let_in(authority.read_bytes(), ())
    done = vault.mlid(*command, "--json", *vault.with_second)
    assert (done.code, done.json["moved"], done.json["items"]) == (0, True, dry.json["items"]), done.err
    assert done.json["join_passphrase"] != waiting.json["join_passphrase"]
    again = vault.mlid(*command[:4], "--authority-out", authority, "--json")
    assert (again.json["moved"], again.json["sent"]) == (True, 0), again.err
    assert vault.mlid("register", "verify", "--json").json["items"] == dry.json["items"]


def test_a_server_that_lacks_something_is_left_as_it_was(vault: AtVault, server: Cluster, tmp_path: Path) -> None:
    database, authority = server.database(), tmp_path / "authority.crt"
    server.sql("CREATE ROLE plain LOGIN")
    server.let_in(b"", ("host all plain 127.0.0.1/32 trust",))
    command = [part if part != "user=postgres" else "user=plain" for part in asked(server, database, authority)]
    refused = vault.mlid(*command, *vault.with_second)
    assert (refused.code, "CREATEROLE" in refused.err, "register.server_lacks" in refused.err) == (4, True, True)
    dry = vault.mlid(*command, "--dry-run", "--json")
    assert (dry.code, dry.json["ready"]) == (0, False)
    server.sql("CREATE SCHEMA mlid", database)
    taken = vault.mlid(*asked(server, database, authority), *vault.with_second)
    assert "a register in this database already" in taken.err
    assert "register.none" in vault.mlid("register", "status").err


def test_a_move_that_is_killed_at_any_instant_goes_on(
    vault: AtVault, finger: RecordedFingers, server: Cluster, tmp_path: Path
) -> None:
    vault.enrol("1003", "Cy New", finger(9, 1, 2, 3))
    database, authority = server.database(), tmp_path / "authority.crt"
    command = [sys.executable, "-m", "mlid_desktop.cli.main", *map(str, asked(server, database, authority))]
    command += ["--force", "--json", *map(str, (*vault.options, *vault.with_second))]

    def begun() -> subprocess.Popen[str]:
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
        )

    def let_in() -> None:
        if authority.exists():
            server.let_in(authority.read_bytes(), ())

    start = time.monotonic()
    elsewhere = asked(server, server.database(), tmp_path / "other.crt")
    assert vault.copied(tmp_path / "measured").mlid(*elsewhere, *vault.with_second).code == 0
    whole = time.monotonic() - start
    killed = 0
    for kill in range(KILLS):
        run = begun()
        try:
            run.communicate(timeout=whole * (0.4 + 1.2 * kill / KILLS) + START_S)
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
            run.communicate()
            killed += 1
        let_in()
    assert killed
    let_in()
    begun().communicate()  # which may have to be let in
    let_in()
    out, err = begun().communicate()
    assert '"moved": true' in out, err
    assert vault.mlid("register", "verify").code == 0
    assert "1003" in vault.mlid("records", "list").out
