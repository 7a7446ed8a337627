"""Attempts are counted before the comparison, and no clock takes them back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlid_desktop.vault.lifecycle import Vault
from tests.doubles import DESK_OPENS, FixedClock
from tests.unit.vault.conftest import enrolment, reopened


def test_an_attempt_is_on_disk_before_it_is_answered(vault: Vault, folder: Path, clock: FixedClock) -> None:
    person = vault.save(enrolment()).subject_id
    record = vault.count_attempt(person)
    assert (record.failed_in_a_row, record.last_failed_at) == (1, clock.now())
    vault._state.database.close()  # the process dies: nothing more is written
    vault._state.folder_lock.release()
    again = reopened(folder, clock)
    assert again.attempts(person) == record
    again.lock()


def test_searches_among_all_have_a_count_of_their_own(vault: Vault) -> None:
    person = vault.save(enrolment()).subject_id
    vault.count_attempt(None)
    vault.count_attempt(None)
    assert vault.attempts(None).failed_in_a_row == 2
    assert vault.attempts(person).failed_in_a_row == 0
    vault.record_outcome(None, accepted=True)
    assert vault.attempts(None).failed_in_a_row == 0


def test_a_clock_set_back_starts_every_delay_anew_at_its_whole_length(vault: Vault, clock: FixedClock) -> None:
    person = vault.save(enrolment()).subject_id
    for _ in range(6):
        vault.count_attempt(person)
    clock.set_wall(DESK_OPENS - timedelta(hours=20))
    assert vault.attempts(person).clock_set_back
    assert vault.count_attempt("somebody else").clock_set_back
    record = vault.attempts(person)
    assert (record.failed_in_a_row, record.last_failed_at) == (6, clock.now())
    assert not record.clock_set_back  # from here time counts again, or nobody would ever get in
    assert vault.verify().audit_entries == 2  # the enrolment, and the clock


def test_under_a_clock_that_was_set_back_by_more_than_a_day_delays_go_on(vault: Vault, clock: FixedClock) -> None:
    person = vault.save(enrolment()).subject_id
    for _ in range(6):
        vault.count_attempt(person)
    clock.set_wall(DESK_OPENS - timedelta(days=300))
    clock.advance(20)
    record = vault.attempts(person)
    assert (record.last_failed_at, vault.time.now) == (DESK_OPENS, DESK_OPENS + timedelta(seconds=20))
    vault.count_attempt(person)
    assert vault.attempts(person).last_failed_at == DESK_OPENS + timedelta(seconds=20)
    assert vault.time.clock_is_wrong


def test_a_small_step_back_by_a_time_service_is_no_alarm(vault: Vault, clock: FixedClock) -> None:
    vault.count_attempt("person")
    clock.set_wall(DESK_OPENS - timedelta(seconds=1))
    assert not vault.attempts("person").clock_set_back
    assert not vault.count_attempt("person").clock_set_back
    assert vault.verify().audit_entries == 0


def test_any_write_moves_the_newest_moment_on(vault: Vault, clock: FixedClock) -> None:
    clock.advance(3600)
    vault.save(enrolment())
    clock.set_wall(DESK_OPENS + timedelta(minutes=30))
    assert vault.attempts("anybody").clock_set_back


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=5))
def test_whatever_the_clock_does_the_count_rises_and_no_delay_is_shortened(
    vault: Vault, clock: FixedClock, steps: list[int]
) -> None:
    person = vault.find("1001") or vault.save(enrolment())
    vault.record_outcome(person.subject_id, accepted=True)
    for count, step in enumerate(steps, start=1):
        clock.set_wall(clock.now() + timedelta(seconds=step))
        record = vault.count_attempt(person.subject_id)
        assert record.failed_in_a_row == count
        assert record.last_failed_at == clock.now()
        assert vault.attempts(person.subject_id).failed_in_a_row == count
