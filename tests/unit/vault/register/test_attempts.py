"""Failed attempts count at every desk of a register; what is cleared at one is cleared at all, and no server clears
any."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from mlid_desktop.domain.decisions import ReleaseReason
from mlid_desktop.domain.errors import Code
from mlid_desktop.domain.subjects import ErasureReason, ShownInstead
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.transaction import read_facts
from mlid_desktop.vault.unlocked.register.writing.attempt_notes import everybody_noted
from tests.unit.vault.conftest import enrolment, replacing, witness
from tests.unit.vault.register.conftest import ANYBODY, NOBODY, Desks, both_in_step, code_of, reopen, subject

LET_GO = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'mlid_desk_%' AND datname = '{}'"


def fail(vault: Vault, times: int, number: str = "1") -> list[int]:
    return [vault.count_attempt(subject(vault, number)).failed_in_a_row for _ in range(times)]


def failed(vault: Vault, number: str = "1") -> int:
    return vault.attempts(subject(vault, number)).failed_in_a_row


def accept(vault: Vault, number: str = "1") -> None:
    vault.count_attempt(subject(vault, number))
    vault.record_outcome(subject(vault, number), accepted=True)


def settle(desks: Desks) -> None:
    """Both desks look until nothing is left to say."""
    for _ in range(3):
        for vault in (desks.reading, desks.writing):
            vault.register.fetch()


def rows(desks: Desks) -> int:
    return int(desks.sql("SELECT count(*) FROM mlid.attempt")[0][0])


def kept(vault: Vault) -> list[str]:
    with vault._state.database.reading() as local:  # what is kept has no other way to be seen
        return list(everybody_noted(read_facts(local)))


def away(desks: Desks) -> None:
    desks.sql(NOBODY.format(desks.database))
    desks.sql(LET_GO.format(desks.database))


def back(desks: Desks) -> None:
    desks.sql(ANYBODY.format(desks.database))


def test_what_failed_at_one_desk_counts_at_the_other(desks: Desks) -> None:
    assert fail(desks.reading, 5) == [1, 2, 3, 4, 5]
    record = desks.writing.count_attempt(subject(desks.writing, "1"))
    assert (record.failed_in_a_row, record.elsewhere) == (6, 5)
    assert fail(desks.reading, 1) == [7]
    assert failed(desks.reading, "2") == 0
    assert fail(desks.writing, 1, "2") == [1]


def test_an_acceptance_clears_at_every_desk_what_failed_before_it(desks: Desks) -> None:
    fail(desks.reading, 5)
    accept(desks.writing)
    assert failed(desks.writing) == 0
    assert fail(desks.writing, 1) == [1]  # what it cleared it does not hear again
    settle(desks)
    assert failed(desks.reading) == 1
    accept(desks.reading)
    settle(desks)
    assert (failed(desks.reading), failed(desks.writing), rows(desks)) == (0, 0, 0)
    assert kept(desks.reading) == kept(desks.writing) == []


def test_an_acceptance_clears_nothing_that_its_desk_had_not_heard_of(desks: Desks) -> None:
    fail(desks.reading, 2)
    desks.writing.count_attempt(subject(desks.writing, "1"))
    fail(desks.reading, 3)  # while the person is before the other desk
    desks.writing.record_outcome(subject(desks.writing, "1"), accepted=True)
    settle(desks)
    assert failed(desks.reading) == 3
    assert failed(desks.writing) == 3


def test_no_clock_clears_anything(desks: Desks) -> None:
    fail(desks.reading, 5)
    desks.clock.advance(3600)
    settle(desks)
    fail(desks.writing, 1)
    desks.clock.set_wall(desks.clock.now().replace(year=desks.clock.now().year - 1))
    desks.writing.record_outcome(subject(desks.writing, "1"), accepted=True)
    desks.clock.set_wall(desks.clock.now().replace(year=desks.clock.now().year + 1))
    settle(desks)
    assert failed(desks.reading) == 0
    fail(desks.reading, 1)
    settle(desks)
    assert fail(desks.writing, 1) == [2]


def test_what_failed_without_the_server_is_added(desks: Desks) -> None:
    fail(desks.reading, 1)
    fail(desks.writing, 1)
    away(desks)
    assert fail(desks.reading, 2) == [2, 3]
    back(desks)
    desks.reading.register.fetch()
    assert fail(desks.writing, 1) == [5]


def test_without_the_server_what_was_heard_counts_and_three_is_the_most(desks: Desks) -> None:
    fail(desks.reading, 2)
    fail(desks.writing, 1)
    away(desks)
    count = partial(desks.writing.count_attempt, subject(desks.writing, "1"))
    assert code_of(count) == Code.REGISTER_TRIED_ENOUGH.value
    assert failed(desks.writing) == 3  # what was refused is not counted
    assert fail(desks.writing, 3, "2") == [1, 2, 3]
    back(desks)
    desks.writing.register.fetch()
    assert fail(desks.writing, 1) == [4]


def test_what_was_taken_back_counts_nowhere(desks: Desks) -> None:
    fail(desks.reading, 2)
    desks.reading.withdraw_attempt(subject(desks.reading, "1"))
    settle(desks)
    assert fail(desks.writing, 1) == [2]
    desks.writing.withdraw_attempt(subject(desks.writing, "1"))
    fail(desks.reading, 1)
    settle(desks)
    assert (failed(desks.reading), failed(desks.writing)) == (2, 2)


def test_one_that_was_taken_back_and_another_one_are_told_apart(desks: Desks) -> None:
    """The other desk cleared the first of them: the second is not cleared by that."""
    fail(desks.reading, 1)
    desks.writing.count_attempt(subject(desks.writing, "1"))
    desks.reading.withdraw_attempt(subject(desks.reading, "1"))
    desks.writing.record_outcome(subject(desks.writing, "1"), accepted=True)
    fail(desks.reading, 1)
    settle(desks)
    assert (failed(desks.reading), failed(desks.writing)) == (1, 1)


def test_two_people_release_at_every_desk(desks: Desks) -> None:
    fail(desks.reading, 6)
    desks.writing.register.attempts.hear(subject(desks.writing, "1"))
    assert failed(desks.writing) == 6
    seen = (ReleaseReason.POOR_LIGHT, ShownInstead.IDENTITY_DOCUMENT, witness(desks.writing))
    desks.writing.suspicions.release(subject(desks.writing, "1"), *seen)
    assert failed(desks.writing) == 0
    settle(desks)
    assert (failed(desks.reading), failed(desks.writing), rows(desks)) == (0, 0, 0)


def test_what_was_counted_before_the_upgrade_counts_at_all_desks_after_it(desks_before: Desks) -> None:
    desks = desks_before
    fail(desks.reading, 4)
    assert fail(desks.writing, 1) == [1]
    desks.reading.register.fetch()
    desks.writing.register.upgrading.upgrade({"user": "postgres"}, (), witness(desks.writing))
    settle(desks)
    assert (failed(desks.reading), failed(desks.writing)) == (5, 5)
    assert fail(desks.writing, 1) == [6]


def test_a_desk_that_was_taken_out_counts_nothing(desks: Desks) -> None:
    fail(desks.reading, 4)
    fail(desks.writing, 1)
    (other,) = [desk.identifier for desk in desks.writing.register.desks.all() if not desk.is_own]
    before = desks.sql("SELECT * FROM mlid.attempt")
    desks.writing.register.desks.remove(other, witness(desks.writing))
    assert rows(desks) == 1
    assert fail(desks.writing, 1) == [2]
    assert len(before) == 2


def test_an_erased_person_leaves_no_row_of_any_desk(desks: Desks) -> None:
    fail(desks.reading, 2)
    fail(desks.writing, 2)
    fail(desks.writing, 1, "2")
    gone = subject(desks.writing, "1")
    desks.writing.subject_rights.erase(gone, witness(desks.writing), ErasureReason.REQUESTED)
    assert rows(desks) == 1
    settle(desks)
    assert rows(desks) == 1
    assert gone not in kept(desks.writing)
    assert gone not in kept(desks.reading)
    assert failed(desks.reading, "2") == 0
    assert fail(desks.reading, 1, "2") == [2]


def test_who_is_enrolled_anew_keeps_what_failed_at_all_desks(desks: Desks) -> None:
    fail(desks.reading, 4)
    settle(desks)
    known = subject(desks.writing, "1")
    anew = replacing(desks.writing, replace(enrolment("1", "Another name"), subject_id=known))
    desks.writing.subject_rights.enrol_anew(anew, witness(desks.writing))
    settle(desks)
    assert fail(desks.writing, 1) == [5]


def test_a_rotation_of_the_roots_forgets_what_nobody_can_read(desks: Desks) -> None:
    fail(desks.reading, 4)
    fail(desks.writing, 2)
    desks.writing.rotation.rotate()
    assert rows(desks) == 0
    desks.writing.register.send()
    assert (failed(desks.writing), rows(desks)) == (2, 1)
    assert fail(desks.writing, 1) == [3]


def test_a_kill_after_the_count_refunds_nothing_anywhere(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("mlid_desktop.vault.unlocked.register.writing.shared_attempts.put_attempt", killed)
        with pytest.raises(KeyboardInterrupt):
            desks.reading.count_attempt(subject(desks.reading, "1"))
    reopen(desks, "reading")
    assert failed(desks.reading) == 1
    desks.reading.register.fetch()
    assert fail(desks.writing, 1) == [2]


def test_of_two_desks_at_once_the_second_hears_of_the_first(desks: Desks) -> None:
    fail(desks.reading, 1)
    (said,) = desks.sql("SELECT person, number + 1, sealed, signature FROM mlid.attempt")
    link = desks.reading.register.link
    assert link is not None
    first = link.connect(desks.home / "reading")
    first.rows("BEGIN")
    first.rows("SELECT put_attempt(%s, %s, %s, %s)", said)
    ended: list[float] = []

    def end() -> None:
        ended.append(time.monotonic())
        first.rows("COMMIT")

    timer = threading.Timer(0.5, end)
    timer.start()
    fail(desks.writing, 1)  # and does not believe what was put here, which nobody signed
    assert ended
    assert time.monotonic() > ended[0]
    timer.join()
    first.close()


def test_a_check_is_one_round_trip(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    desks.reading.register.listen(lambda: None)
    desks.reading.register.fetch()
    person, asked = subject(desks.reading, "1"), list[str]()
    run = RegisterConnection.rows

    def noted(connection: RegisterConnection, statement: str, given: Sequence[Any] = (), **more: Any) -> list[Any]:
        asked.append(statement)
        return run(connection, statement, given, **more)

    with monkeypatch.context() as patch:
        patch.setattr(RegisterConnection, "rows", noted)
        desks.reading.count_attempt(person)
    assert len(asked) == 1
    assert "put_attempt(" in asked[0]


def test_a_desk_that_follows_waits_for_no_server_that_is_away(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    desks.reading.register.listen(lambda: None)
    desks.reading.register.fetch()
    away(desks)
    tried: list[object] = []
    assert fail(desks.reading, 1) == [1]  # the connection that was kept has ended
    monkeypatch.setattr(RegisterConnection, "open", lambda *_, **__: tried.append(1))
    assert fail(desks.reading, 2) == [2, 3]
    assert tried == []
    monkeypatch.undo()


def test_rows_go_when_nothing_is_left_to_say(desks: Desks) -> None:
    for number in "123":
        accept(desks.reading, number)
        accept(desks.writing, number)
    settle(desks)
    assert rows(desks) == 0
    both_in_step(desks)
