"""A desk that follows: in step at once, without word of changes too, and again after the server was away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from queue import SimpleQueue
from types import SimpleNamespace
from typing import cast

import pytest

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.station.administration.register import waiting
from mlid_desktop.station.administration.register.following import FollowedState, RegisterFollower
from mlid_desktop.station.administration.register.service import RegisterService
from mlid_desktop.station.administration.register.waiting import (
    LONGEST_PAUSE_S,
    THREAD,
    ChangeWatch,
    next_pause,
)
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.vault.crypto import envelope
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.register import listening
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.listening import Listener
from mlid_desktop.vault.unlocked.register import link
from tests.unit.vault.conftest import enrolment
from tests.unit.vault.register.conftest import Desks

PATIENCE_S = 20.0
NEVER_S = 3600.0
OF_DESKS = "FROM pg_stat_activity WHERE usename LIKE 'mlid_desk_%' AND datname = '{}'"
END, SESSIONS = f"SELECT pg_terminate_backend(pid) {OF_DESKS}", f"SELECT array_agg(pid ORDER BY pid) {OF_DESKS}"


class FollowingDesk:
    """A desk that follows, with the test for its vault thread."""

    def __init__(self, desks: Desks, vault: Vault, looked_every_s: float) -> None:
        self.tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.told: list[FollowedState] = []
        service = RegisterService(cast(VaultSession, SimpleNamespace(vault=vault)))
        self.follower = RegisterFollower(service, self.tasks.put, self.told.append, desks.clock.now, looked_every_s)
        self.follower.begin()
        self.until(lambda: bool(self.told) and self.told[-1].fault is None)

    def until(self, holds: Callable[[], bool]) -> None:
        """Does what is handed in until the condition holds."""
        end = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < end, self.told[-3:]
            if self.tasks.empty():
                time.sleep(0.005)
            else:
                self.tasks.get()()


@pytest.fixture
def follow(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., FollowingDesk]]:
    """Has a desk follow, by word of changes alone unless it is to look so often; stopped after the test."""
    monkeypatch.setattr(waiting, "FIRST_PAUSE_S", 0.02)
    begun: list[FollowingDesk] = []

    def begin(vault: Vault, looked_every_s: float = NEVER_S) -> FollowingDesk:
        begun.append(FollowingDesk(desks, vault, looked_every_s))
        return begun[-1]

    yield begin
    for each in begun:
        each.follower.stop()


def test_a_new_person_is_there_by_word_of_the_change_alone(desks: Desks, follow: Callable[..., FollowingDesk]) -> None:
    reading, writing = follow(desks.reading), follow(desks.writing)
    saved = desks.writing.save(enrolment("9", "New"))
    writing.until(writing.tasks.empty)
    reading.until(lambda: desks.reading.find("9") == saved)
    assert reading.told[-1].has_changed
    assert not any(state.fault for state in reading.told + writing.told)


def test_one_connection_lasts(desks: Desks, follow: Callable[..., FollowingDesk]) -> None:
    writing = follow(desks.writing)
    before = desks.sql(SESSIONS.format(desks.database))
    desks.writing.save(enrolment("9", "New"))
    writing.until(writing.tasks.empty)
    assert desks.sql(SESSIONS.format(desks.database)) == before
    assert len(before[0][0]) == 2  # a session that waits, and one that works


def test_where_every_word_is_lost_the_desk_looks(
    desks: Desks, follow: Callable[..., FollowingDesk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "CHANNEL", "elsewhere")
    reading = follow(desks.reading, 0.1)
    desks.writing.save(enrolment("9", "New"))
    desks.writing.register.send()
    reading.until(lambda: desks.reading.find("9") is not None)


def test_sessions_that_the_server_ended_are_made_anew(desks: Desks, follow: Callable[..., FollowingDesk]) -> None:
    reading, writing = follow(desks.reading), follow(desks.writing)
    desks.sql(END.format(desks.database))
    reading.until(lambda: reading.told[-1].fault is not None)
    reading.until(lambda: reading.told[-1].fault is None)
    desks.writing.save(enrolment("9", "New"))
    writing.until(lambda: writing.tasks.empty() and writing.told[-1].fault is None)
    reading.until(lambda: desks.reading.find("9") is not None)


def test_the_copy_serves_while_the_server_lets_nobody_in(desks: Desks, follow: Callable[..., FollowingDesk]) -> None:
    reading = follow(desks.reading)
    desks.sql(f"ALTER DATABASE {desks.database} CONNECTION LIMIT 0")
    desks.sql(END.format(desks.database))
    reading.until(lambda: reading.told[-1].fault is not None)
    found = desks.reading.find("1")
    assert found is not None
    desks.clock.advance(8 * 3600 - 10)
    assert desks.reading.count_attempt(found.subject_id).failed_in_a_row == 1
    assert reading.told[-1].at is not None
    desks.sql(f"ALTER DATABASE {desks.database} CONNECTION LIMIT -1")
    reading.until(lambda: reading.told[-1].fault is None)


def test_nothing_is_handed_in_once_it_was_stopped(desks: Desks, follow: Callable[..., FollowingDesk]) -> None:
    reading = follow(desks.reading)
    reading.until(reading.tasks.empty)
    reading.follower.stop()
    reading.follower.ask()
    desks.writing.save(enrolment("9", "New"))
    desks.writing.register.send()
    time.sleep(0.1)
    assert reading.tasks.empty()


def test_a_register_that_was_set_back_is_told_and_the_copy_kept(
    desks: Desks, follow: Callable[..., FollowingDesk]
) -> None:
    desks.writing.save(enrolment("9", "New"))
    n = desks.writing.register.send().point.number
    reading = follow(desks.reading)
    desks.sql(f"UPDATE mlid.state SET n = {n - 1}, link = (SELECT link FROM mlid.change WHERE n = {n - 1})")
    desks.sql(f"DELETE FROM mlid.change WHERE n = {n}")
    reading.follower.ask()
    reading.until(lambda: reading.told[-1].fault is not None)
    fault = reading.told[-1].fault
    assert fault is not None
    assert fault.code is Code.REGISTER_ROLLED_BACK
    assert desks.reading.find("9") is not None


def test_after_a_connection_that_lasted_the_next_try_comes_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = iter(["down", "down", "up", "down"])
    paused: list[float] = []

    class EndedListener:
        def wait(self, seconds: float) -> None:
            raise RegisterError(Code.REGISTER_UNREACHABLE)

        def close(self) -> None:
            """Nothing is open."""

    def wanted() -> None:
        fault = RegisterError(Code.REGISTER_UNREACHABLE)
        watch.take(fault if next(outcomes) == "down" else cast(Listener, EndedListener()))

    class CountedPauses(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            paused.append(timeout or 0.0)
            return len(paused) == 4

    monkeypatch.setattr(waiting, "require_answer", lambda _: None)
    told: list[RegisterError] = []
    watch = ChangeWatch((), wanted, lambda: None, told.append, 30.0)
    monkeypatch.setattr(watch, "_over", CountedPauses())
    watch._wait()
    assert paused == [1.0, 2.0, 1.0, 2.0]


def test_pauses_grow_to_half_a_minute() -> None:
    pauses = [1.0]
    while pauses[-1] < LONGEST_PAUSE_S:
        pauses.append(next_pause(pauses[-1]))
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    assert next_pause(LONGEST_PAUSE_S) == LONGEST_PAUSE_S


def test_the_thread_that_waits_touches_no_key(
    desks: Desks, follow: Callable[..., FollowingDesk], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys are derived, and files with keys opened for a connection, on the vault thread alone."""
    on: list[str] = []
    derive, connect = envelope.derive, RegisterConnection.open

    def derived(key: bytes | bytearray, purpose: str, salt: bytes = b"") -> bytearray:
        on.append(threading.current_thread().name)
        return derive(key, purpose, salt)

    def opened(given: Mapping[str, str], *, name: str) -> RegisterConnection:
        on.append(threading.current_thread().name)
        return connect(given, name=name)

    monkeypatch.setattr(link, "derive", derived)
    monkeypatch.setattr(RegisterConnection, "open", opened)
    reading = follow(desks.reading, 0.05)
    reading.until(lambda: bool(reading.told))
    desks.sql(END.format(desks.database))
    reading.until(lambda: reading.told[-1].fault is not None)
    reading.until(lambda: reading.told[-1].fault is None)
    assert len(on) > 3
    assert THREAD not in on
