"""What goes wrong at a server or on the way to it is named, and leaves vault and register such that the next try goes
through, once."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
import pytest

from mlid_desktop.domain.errors import Code, MlidError
from mlid_desktop.vault.crypto.tls_certificates import CertificateAuthority, new_tls_key
from mlid_desktop.vault.store.register.installation import role_of
from mlid_desktop.vault.store.register.settings import LIMITS
from mlid_desktop.vault.unlocked.register.link import tls_password, write_tls_files
from mlid_desktop.vault.unlocked.register.writing import change_writer, hold, shared_writes, turns
from tests.unit.vault.conftest import enrolment, reopened
from tests.unit.vault.register.conftest import PEOPLE, Desks, both_in_step, code_of

FULL = """
CREATE FUNCTION mlid.fill() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER fill BEFORE INSERT ON mlid.change FOR EACH ROW EXECUTE FUNCTION mlid.fill()
"""

COMMITTED = "the vault has not committed"
STEPS = {  # of a write: what has been done, or would be done, when the desk stops
    "the register is held": (turns, "held_point", True),
    "the act runs": (shared_writes.SharedWrites, "begin", True),
    "items are written": (change_writer, "write_change", False),
    "the register has not committed": (shared_writes.SharedWrites, "publish", False),
    COMMITTED: (shared_writes.SharedWrites, "publish", True),
}


def saved_once(desks: Desks) -> bool:
    """Whether somebody is enrolled now, and stands in the register once and whole."""
    saved = desks.writing.save(enrolment("9", "New"))
    return stands_once(desks) and desks.reading.find("9") == saved


def stands_once(desks: Desks) -> bool:
    """Whether the register has the person once, and both desks have what it has."""
    for vault in (desks.writing, desks.reading):
        vault.register.fetch()
        assert vault.verify().subjects == len(PEOPLE) + 1
    return desks.writing.register.verify().items == 4 * (len(PEOPLE) + 1)


def address(desks: Desks) -> str:
    """How the server's administrator reaches the register."""
    given = {**desks.server.administrator, "dbname": desks.database}
    return " ".join(f"{name}={value}" for name, value in given.items())


def test_a_server_without_room_is_named(desks: Desks) -> None:
    desks.sql(FULL)
    assert code_of(partial(desks.writing.save, enrolment("9", "New"))) == Code.REGISTER_FULL.value
    assert desks.writing.find("9") is None
    desks.sql("DROP TRIGGER fill ON mlid.change")
    assert saved_once(desks)


def test_a_register_that_somebody_holds_is_busy_and_no_longer_than_that(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a desk was stopped inside a write: others wait, and go on when the server ended it."""
    with monkeypatch.context() as patch, psycopg.connect(address(desks)) as frozen:
        patch.setattr(hold, "TRIES", 1)
        frozen.execute("SELECT FROM mlid.state FOR UPDATE")
        assert code_of(partial(desks.writing.save, enrolment("9", "New"))) == Code.REGISTER_BUSY.value
        assert desks.writing.find("9") is None
    assert saved_once(desks)


def test_a_desk_that_stopped_while_it_held_the_register_is_ended_and_others_go_on(desks: Desks) -> None:
    with psycopg.connect(address(desks) + " options='-c idle_in_transaction_session_timeout=3s'") as frozen:
        frozen.execute("SELECT FROM mlid.state FOR UPDATE")
        assert saved_once(desks)
        frozen.close()


@pytest.mark.parametrize("step", STEPS)
def test_a_desk_that_stops_in_the_middle_of_a_write_is_ended_and_others_go_on(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Suspended, or swapped out, at each of the steps of a write: the server ends it, and others go on."""
    monkeypatch.setitem(LIMITS, "idle_in_transaction_session_timeout", "2s")
    owner, name, is_after = STEPS[step]
    real, stopped, goes_on = getattr(owner, name), threading.Event(), threading.Event()

    def stop(*given: Any, **named: Any) -> Any:
        is_first = threading.current_thread() is frozen and not stopped.is_set()
        found = real(*given, **named) if is_after else None
        if is_first:
            stopped.set()
            assert goes_on.wait(30)
        return found if is_after else real(*given, **named)

    faults: list[str] = []

    def save() -> None:
        vault = reopened(desks.home / "reading", desks.clock)
        vault.register.fetch()
        monkeypatch.setattr(owner, name, stop)
        try:
            vault.save(enrolment("8", "By who was stopped"))
        except MlidError as fault:
            faults.append(fault.code.value)
        finally:
            vault.lock()

    desks.reading.lock()
    frozen = threading.Thread(target=save)
    frozen.start()
    try:
        assert stopped.wait(30)
        desks.writing.save(enrolment("9", "New"))
        assert frozen.is_alive(), "the other wrote while this one stood still"
    finally:
        goes_on.set()
        frozen.join(60)
        desks.reading = reopened(desks.home / "reading", desks.clock)
    assert faults == ([] if step == COMMITTED else [Code.REGISTER_UNREACHABLE.value])
    both_in_step(desks)
    assert (desks.writing.find("8") is not None) is (step == COMMITTED)
    if faults:
        desks.reading.save(enrolment("8", "By who was stopped"))
        both_in_step(desks)


def test_the_server_ends_a_desk_that_stopped_inside_a_write(desks: Desks) -> None:
    link = desks.writing.register.link
    assert link is not None
    connected = link.connect(desks.home / "writing")
    limits = ("idle_in_transaction_session_timeout", "lock_timeout", "tcp_keepalives_idle", "tcp_user_timeout")
    shown = [connected.rows(f"SHOW {name}")[0][0] for name in limits]
    connected.close()
    assert shown == ["10s", "2s", "10", "30000"]


def test_a_role_without_rights_is_named(desks: Desks) -> None:
    desks.sql("REVOKE USAGE ON SCHEMA mlid FROM mlid_desk")
    assert code_of(desks.reading.register.fetch) == Code.REGISTER_NOT_PERMITTED.value
    desks.sql("GRANT USAGE ON SCHEMA mlid TO mlid_desk")
    desks.reading.register.fetch()


def test_a_certificate_that_expired_is_named(desks: Desks) -> None:
    link, state = desks.reading.register.link, desks.writing._state
    control = state.keys.roots.control
    assert link is not None
    assert control is not None
    role = role_of(link.desk.desk)
    private, request = new_tls_key(role, tls_password(link.desk).encode())
    long_ago = desks.clock.now() - timedelta(days=365 * 60)
    expired = CertificateAuthority(control, state.identity.number).issue(request, role, long_ago)
    write_tls_files(desks.home / "reading", private, expired)
    assert code_of(desks.reading.register.fetch) == Code.REGISTER_CERTIFICATE.value
    assert {person.number for person in desks.reading.directory()} == set(PEOPLE)
