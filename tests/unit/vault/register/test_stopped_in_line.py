"""A desk that stops, is killed or cut off while it is the next to hold its register, and a line in which nobody moves:
the others go on, and what it was at is not done."""

from __future__ import annotations

import threading
import time
from functools import partial

import psycopg
import pytest

from mlid_desktop.domain.errors import Code, MlidError
from mlid_desktop.vault.store.register import line
from mlid_desktop.vault.store.register.settings import LIMITS
from mlid_desktop.vault.unlocked.register.writing import hold, turns
from tests.unit.vault.conftest import enrolment, reopened
from tests.unit.vault.register.conftest import (
    LOCKS,
    Desks,
    Killed,
    both_in_step,
    code_of,
    meanwhile,
    reopen,
)
from tests.unit.vault.register.test_faults import address


def test_a_desk_that_stops_as_the_next_is_passed_by_and_then_ended(
    company: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Suspended: who is behind waits for two seconds at most, as the register is free."""
    monkeypatch.setitem(LIMITS, "idle_in_transaction_session_timeout", "4s")
    monkeypatch.setitem(LIMITS, "lock_timeout", "500ms")
    company.writing.lock()
    company.reading.lock()
    stopped, goes_on, faults = threading.Event(), threading.Event(), list[str]()

    def stop() -> None:
        stopped.set()
        assert goes_on.wait(30)

    def save() -> None:
        vault = reopened(company.home / "writing", company.clock)
        vault.register.fetch()
        vault.register._shared._turns._has_come = True
        try:
            with meanwhile(stop):
                vault.save(enrolment("8", "By who was stopped"))
        except MlidError as fault:
            faults.append(fault.code.value)
        finally:
            vault.lock()

    frozen = threading.Thread(target=save)
    frozen.start()
    try:
        assert stopped.wait(30)
        company.reading = reopened(company.home / "reading", company.clock)
        company.reading.register.fetch()
        company.reading.register._shared._turns._has_come = True
        company.reading.save(enrolment("9", "New"))
        assert company.sql(LOCKS) == [(1,)], "the other wrote while this one stood still"
        until = time.monotonic() + 30
        while company.sql(LOCKS) != [(0,)]:
            assert time.monotonic() < until
            time.sleep(0.1)
    finally:
        goes_on.set()
        frozen.join(60)
        company.writing = reopened(company.home / "writing", company.clock)
    assert faults == [Code.REGISTER_UNREACHABLE.value]
    both_in_step(company)
    assert company.writing.find("8") is None
    company.writing.save(enrolment("8", "By who was stopped"))
    both_in_step(company)


@pytest.mark.parametrize("whose", ["line", "register"])
def test_whoever_keeps_the_line_or_the_register_is_waited_for_no_longer_than_before(
    company: Desks, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    kept = f"SELECT pg_advisory_lock({line.LINE})" if whose == "line" else "SELECT FROM mlid.state FOR UPDATE"
    desk = company.writing
    desk.register._contact._kept.rows("SET lock_timeout = '200ms'")  # type: ignore[union-attr]  # it lasts
    with psycopg.connect(address(company)) as frozen:
        frozen.execute(kept)
        if whose == "line":
            desk.save(enrolment("9", "New"))
            with monkeypatch.context() as patch:
                patch.setattr(turns, "line_up", lambda *_: pytest.fail("waited for again"))
                desk.register._shared._turns._has_come = True
                desk.save(enrolment("10", "New"))
        else:
            monkeypatch.setattr(hold, "TRIES", 1)
            assert code_of(partial(desk.save, enrolment("9", "New"))) == Code.REGISTER_BUSY.value
        assert company.sql(LOCKS) == [(int(whose == "line"),)]
    if whose == "register":
        desk.save(enrolment("9", "New"))
    both_in_step(company)


def test_a_desk_killed_as_the_next_leaves_the_line(company: Desks) -> None:
    def kill() -> None:
        raise Killed

    with pytest.raises(Killed), meanwhile(kill):
        company.writing.save(enrolment("8", "By who was killed"))
    reopen(company, "writing")
    company.reading.save(enrolment("9", "New"))
    both_in_step(company)
    assert company.writing.find("8") is None


def test_a_desk_whose_connection_breaks_as_the_next_has_done_nothing(company: Desks) -> None:
    def cut() -> None:
        company.sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")

    company.reading.save(enrolment("8", "Before"))
    save = partial(company.writing.save, enrolment("9", "New"))
    with meanwhile(cut):
        assert code_of(save) == Code.REGISTER_UNREACHABLE.value
    assert company.writing.find("9") is None
    save()
    both_in_step(company)
