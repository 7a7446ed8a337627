"""What a desk lacks comes in one round trip, or part by part where it is much: the same either way."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, Final

import pytest

from mlid_desktop.domain.errors import Code
from mlid_desktop.vault.store.changes.change import Point
from mlid_desktop.vault.store.register import items
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.patience import patient_connection
from mlid_desktop.vault.store.register.settings import LIMITS
from mlid_desktop.vault.unlocked.register.link import START
from tests.unit.vault.conftest import enrolment, replacing, witness
from tests.unit.vault.register.conftest import PEOPLE, Desks, both_in_step, code_of, connection_of, subject


@pytest.mark.parametrize(("few", "at_a_time"), [(500, 1000), (3, 1000), (500, 2), (0, 1)])
def test_few_or_many_the_desk_is_in_step(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, few: int, at_a_time: int
) -> None:
    both_in_step(desks)
    for number in range(3):
        desks.writing.save(enrolment(f"n{number}", "New"))
    monkeypatch.setattr(items, "FEW_ITEMS", few)
    monkeypatch.setattr(items, "CHANGES_AT_A_TIME", at_a_time)
    fetched = desks.reading.register.fetch()
    assert (fetched.come, fetched.gone) == (12, 0)
    both_in_step(desks)
    assert len(desks.reading.directory()) == len(PEOPLE) + 3


def test_who_is_new_comes_with_who_is_enrolled_anew(desks: Desks) -> None:
    both_in_step(desks)
    known = subject(desks.writing, "1")
    anew = replacing(desks.writing, replace(enrolment("1", "Another name"), subject_id=known))
    desks.writing.save(enrolment("9", "New"))
    desks.writing.subject_rights.enrol_anew(anew, witness(desks.writing))
    desks.reading.register.fetch()
    both_in_step(desks)
    assert {person.name for person in desks.reading.directory()} == {"New", "Another name", "Person 2", "Person 3"}


def test_what_is_read_under_the_hold_is_asked_for_once(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    both_in_step(desks)
    desks.writing.save(enrolment("8", "New"))
    asked: list[str] = []
    rows, begin = RegisterConnection.rows, RegisterConnection.begin

    def noted(connection: RegisterConnection, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        asked.append(statement)
        return rows(connection, statement, parameters)

    def begun(connection: RegisterConnection, statement: str) -> list[Any]:
        asked.append(statement)
        return begin(connection, statement)

    with monkeypatch.context() as patch:
        patch.setattr(RegisterConnection, "rows", noted)
        patch.setattr(RegisterConnection, "begin", begun)
        desks.reading.save(enrolment("9", "New"))
    held = asked[asked.index("SELECT n, link FROM hold()") + 1 :]
    assert held == ["COMMIT"]
    both_in_step(desks)


def test_a_fault_within_a_round_trip_has_its_own_name(desks: Desks) -> None:
    """Of what was asked together the first that is at fault is named, not those that were not carried out for it."""
    desks.sql("ALTER TABLE mlid.state RENAME TO put_away")
    assert code_of(desks.reading.register.fetch) == Code.REGISTER_MISSING.value
    desks.sql("ALTER TABLE mlid.put_away RENAME TO state")
    both_in_step(desks)


def test_everybody_may_take_longer_to_come_than_a_statement_else_may(desks: Desks) -> None:
    desks.writing.save(enrolment("9", "New"))
    connected = connection_of(desks)
    try:
        for after, longest in ((1, "30s"), (0, items.LONG_REST)):
            with connected.view():
                with items.items_after(connected, after) as found:
                    came = list(found)
                assert [(len(came),)] == desks.sql(f"SELECT count(*) FROM mlid.item WHERE changed > {after}")
                assert came
                assert connected.rows("SHOW statement_timeout")[0][0] == longest
    finally:
        connected.close()


BULKY: Final = "('x', 'x'::bytea, 'x'::bytea, convert_to(repeat('x', 100000), 'UTF8'), '')"
TIMES: Final = "generate_series(1, 1000)"
FAULTY: Final = (  # the last row has no value
    " UNION ALL SELECT 'x', 'x'::bytea, 'x'::bytea, (1 / (n - n))::text::bytea, '' FROM state"
)


def test_rows_that_are_copied_are_those_that_are_there(desks: Desks) -> None:
    """However they come, and however many of them are taken; and what ends them too early is named."""
    desks.writing.save(enrolment("9", "New"))
    connected = connection_of(desks)
    every = f"{items.ITEMS} > 0"
    try:
        expected = sorted(connected.rows(every))
        for most in (0, 1, 2, len(expected), len(expected) + 1):
            with connected.copied(every) as rows:
                assert set(islice(rows, most)) <= set(expected)
            assert connected.rows("SELECT 1") == [(1,)]
        with connected.copied(every) as rows:
            assert sorted(rows) == expected
        with connected.copied(f"{every} AND false") as rows:
            assert list(rows) == []
        for faulty in (every + FAULTY, f"{every} AND false{FAULTY}"):
            assert code_of(partial(_copied, connected, faulty)) == Code.REGISTER_FAULTY.value
            assert connected.rows("SELECT 1") == [(1,)]
        assert code_of(partial(_copied, connected, every, desks)) == Code.REGISTER_UNREACHABLE.value
    finally:
        connected.close()


def _copied(connection: RegisterConnection, statement: str, ended_by: Desks | None = None) -> int:
    """How many rows come; ``ended_by``: of more than the network holds, and the server's session is ended."""
    many = statement if ended_by is None else f"{statement} UNION ALL SELECT x.* FROM (VALUES {BULKY}) AS x, {TIMES}"
    with connection.copied(many) as rows:
        next(rows)
        if ended_by is not None:
            ended_by.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%'")
        return len(list(rows))


@pytest.mark.parametrize("is_held", [False, True])
def test_what_is_asked_together_is_one_round_trip(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, *, is_held: bool
) -> None:
    link = desks.reading.register.link
    assert link is not None
    connected = link.connect(desks.home / "reading")
    trips = 0
    driver = patient_connection()
    execute, pipeline = driver.execute, driver.pipeline

    def executed(raw: Any, *given: Any, **named: Any) -> Any:
        nonlocal trips
        trips += raw.pgconn.pipeline_status == 0  # libpq's: no pipeline, so that the answer is waited for
        return execute(raw, *given, **named)

    def piped(raw: Any) -> Any:
        nonlocal trips
        trips += 1
        return pipeline(raw)

    try:
        if is_held:
            connected.rows("BEGIN")
        with monkeypatch.context() as patch:
            patch.setattr(driver, "execute", executed)
            patch.setattr(driver, "pipeline", piped)
            lacking, brought = items.read_brought(connected, START, link.desk.desk)
        assert trips == 1
        assert lacking.end.number == len(list(lacking.changes))
        assert brought.items
    finally:
        connected.close()


def test_what_is_asked_again_is_answered_as_at_first(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    link, kept = desks.reading.register.link, connection_of(desks)
    assert link is not None
    sent, execute = list[bytes](), kept._raw.execute

    def noted(statement: Any, *given: Any, **named: Any) -> Any:
        sent.append(statement)
        return execute(statement, *given, **named)

    monkeypatch.setattr(kept._raw, "execute", noted)
    try:
        for number in range(8):  # the server plans anew, and then once for all
            desks.writing.save(enrolment(f"n{number}", "New"))
            end = desks.sql("SELECT n FROM mlid.state")[0][0]
            fresh, start = connection_of(desks), Point(end - number, bytes(32))
            with closing(fresh):
                found = [items.read_brought(known, start, link.desk.desk) for known in (kept, fresh)]
            (first, first_brought), (second, second_brought) = found
            assert (list(first.changes), first.end, first.there) == (list(second.changes), second.end, second.there)
            assert sorted(first.heads, key=str) == sorted(second.heads, key=str)
            assert set(first_brought.items or ()) == set(second_brought.items or ())
            assert len(first_brought.items or ()) == 4 * number
            assert (first_brought.removed, first_brought.mail) == (second_brought.removed, second_brought.mail)
    finally:
        kept.close()
    assert [b"SELECT" in statement for statement in sent] == [True, True, *([False] * 7)]
    assert sent[1].startswith(b"PREPARE")


def test_from_what_was_asked_on_the_server_counts_how_long_a_desk_rests(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "idle_in_transaction_session_timeout", "1s")
    connected = connection_of(desks)
    try:
        items.hold(connected)
        items.read_brought(connected, START, "00" * 16)
        desks.writing.save(enrolment("9", "New"))  # which waits for the register no longer than that
        assert code_of(partial(connected.rows, "SELECT 1")) == Code.REGISTER_UNREACHABLE.value
    finally:
        connected.close()
    both_in_step(desks)


def test_however_a_server_writes_days_and_bytes_the_desk_is_in_step(desks: Desks) -> None:
    for setting in ("DateStyle = 'German, DMY'", "bytea_output = 'escape'", "TimeZone = 'Asia/Kathmandu'"):
        desks.sql(f"ALTER DATABASE {desks.database} SET {setting}")
    before = desks.writing.save(enrolment("9", "New"))
    both_in_step(desks)
    assert desks.reading.find("9") == before
    connected = connection_of(desks)
    try:
        heads = [items.read_lacking(connected, START).heads, items.seen_heads(connected)]
        assert heads[0] == heads[1]  # as asked in one message, and as the server's binary form has it
        assert len(heads[0]) == len(desks.writing.register.desks.all()) == 2
    finally:
        connected.close()
