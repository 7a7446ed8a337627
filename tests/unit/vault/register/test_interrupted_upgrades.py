"""An upgrade that is cut off, or meets somebody who writes; and a server that is restored from before its upgrade."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial

import psycopg
import pytest

from mlid_desktop.domain.errors import Code
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.unlocked.register.writing import hold
from tests.unit.vault.conftest import enrolment, witness
from tests.unit.vault.register.conftest import PEOPLE, Desks, Founded, both_in_step, code_of, reopen
from tests.unit.vault.register.test_upgrades import catalogue, upgraded


@pytest.mark.parametrize("script", [1, 2, 3, 4])
@pytest.mark.parametrize("how", ["the server ends it", "the desk is gone"])
def test_what_is_cut_off_in_the_middle_leaves_the_register_as_it_was(
    desks_before: Desks, founded: Founded, monkeypatch: pytest.MonkeyPatch, script: int, how: str
) -> None:
    """After each of its steps: in the place of an administrator, the tables, the functions, the end."""
    desks_before.reading.register.fetch()
    before = catalogue(desks_before, desks_before.database)
    run, done = RegisterConnection.script, 0

    def cut(connection: RegisterConnection, statements: str) -> None:
        nonlocal done
        run(connection, statements)
        done += 1
        if done == script and how == "the server ends it":
            ((process,),) = connection.rows("SELECT pg_backend_pid()")
            desks_before.sql(f"SELECT pg_terminate_backend({process})")
        elif done == script:
            os.close(connection.socket)  # as the system does with what a process leaves

    with monkeypatch.context() as patch:
        patch.setattr(RegisterConnection, "script", cut)
        found = code_of(partial(upgraded, desks_before.writing))
        assert found in {Code.REGISTER_UNREACHABLE.value, Code.REGISTER_OUTCOME_UNKNOWN.value}
    assert done == script
    assert catalogue(desks_before, desks_before.database) == before
    assert upgraded(desks_before.writing) == (1, 2)
    assert catalogue(desks_before, desks_before.database) == catalogue(desks_before, founded.database)
    both_in_step(desks_before)


KILLED = """
import os, signal, sys
from mlid_desktop.vault.store.register import installation
from mlid_desktop.vault.store.register.connection import RegisterConnection
given = dict(part.split("=", 1) for part in sys.argv[1].split())
connection, run = RegisterConnection.open(given, name="killed"), RegisterConnection.script
def script(self, statements):
    run(self, statements)
    if "put_attempts" in statements:
        os.kill(os.getpid(), signal.SIGKILL)
RegisterConnection.script = script
installation.upgrade(connection, bytes.fromhex(sys.argv[2]), lambda: None)
"""


def test_a_process_that_is_killed_before_its_commit_leaves_the_register_as_it_was(desks_before: Desks) -> None:
    desks_before.reading.register.fetch()
    before = catalogue(desks_before, desks_before.database)
    reached = f"host=127.0.0.1 port={desks_before.server.port} dbname={desks_before.database} user=postgres"
    ((header,),) = desks_before.sql("SELECT encode(header, 'hex') FROM mlid.register")
    ended = subprocess.run([sys.executable, "-c", KILLED, reached, str(header)], check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    assert catalogue(desks_before, desks_before.database) == before
    assert upgraded(desks_before.writing) == (1, 2)


def test_who_holds_the_register_is_waited_for_and_not_for_ever(
    desks_before: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    desks_before.reading.register.fetch()
    given = {**desks_before.server.administrator, "dbname": desks_before.database}
    with (
        monkeypatch.context() as patch,
        psycopg.connect(" ".join(f"{name}={value}" for name, value in given.items())) as held,
    ):
        patch.setattr(hold, "TRIES", 1)
        held.execute("SELECT FROM mlid.state FOR UPDATE")
        assert code_of(partial(upgraded, desks_before.writing)) == Code.REGISTER_BUSY.value
    assert hold.TRIES > 1
    assert upgraded(desks_before.writing) == (1, 2)


def test_nobody_writes_meanwhile(desks_before: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    desks_before.reading.register.fetch()
    run, tried = RegisterConnection.script, []

    def busy(connection: RegisterConnection, statements: str) -> None:
        run(connection, statements)
        if "put_attempts" in statements:
            with monkeypatch.context() as patch:
                patch.setattr(hold, "TRIES", 1)
                tried.append(code_of(partial(desks_before.reading.save, enrolment("9", "New"))))

    with monkeypatch.context() as patch:
        patch.setattr(RegisterConnection, "script", busy)
        assert upgraded(desks_before.writing) == (1, 2)
    assert tried == [Code.REGISTER_BUSY.value]
    desks_before.reading.save(enrolment("9", "New"))
    both_in_step(desks_before)


@pytest.mark.parametrize("wrote", [False, True])
@pytest.mark.parametrize("order", ["upgraded first", "mended first"])
def test_a_server_restored_from_before_its_upgrade_is_told_and_goes_on(
    desks_before: Desks, monkeypatch: pytest.MonkeyPatch, order: str, *, wrote: bool
) -> None:
    desks = desks_before
    old = desks.server.database(desks.database)
    desks.reading.register.fetch()
    upgraded(desks.writing)
    if wrote:
        desks.reading.save(enrolment("9", "Enrolled after it"))
    both_in_step(desks)
    desks.database = old
    monkeypatch.setenv("PGDATABASE", old)
    for vault in (desks.writing, desks.reading):
        assert code_of(vault.register.fetch) == Code.REGISTER_BEFORE_UPGRADE.value
        assert code_of(partial(vault.save, enrolment("x", "Too early"))) == Code.REGISTER_BEFORE_UPGRADE.value
    reopen(desks, "reading")
    assert code_of(desks.reading.register.fetch) == Code.REGISTER_BEFORE_UPGRADE.value
    acts: list[Callable[[], object]] = [partial(upgraded, desks.writing)]
    if wrote:
        acts.append(lambda: desks.writing.register.mending.mend(witness(desks.writing)))
    found = [act() for act in (acts if order == "upgraded first" else reversed(acts))]
    assert (1, 2) in found
    for _ in range(2):
        fetch_all((desks.reading, desks.writing))
    both_in_step(desks)
    assert len(desks.writing.directory()) == len(PEOPLE) + wrote


def fetch_all(vaults: Sequence[Vault]) -> None:
    for vault in vaults:
        vault.register.fetch()
