"""Whatever is wrong with a register has a sentence of its own; the desk's copy stays whole and goes on serving, and
once it is mended the desk is in step again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.station.administration.register.erasures import desk_line
from mlid_desktop.station.text.errors import sentence
from mlid_desktop.station.text.language import open_language
from mlid_desktop.vault.unlocked.register.link import CERTIFICATE_FILE
from tests.unit.vault.conftest import enrolment, witness
from tests.unit.vault.register.conftest import PEOPLE, Desks


@dataclass(frozen=True, slots=True)
class Wrong:
    """What an administrator does to the server, what a desk says of it, and how it is mended."""

    does: str
    code: Code
    mends: str


def of_database(setting: str) -> str:
    """The statements that set something of the database, and end the desks' sessions, which have it as it was."""
    return (
        f"BEGIN READ WRITE; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I {setting}', current_database()); END $$;"
        " COMMIT; SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
        " WHERE usename LIKE 'mlid_desk%' AND datname = current_database()"
    )


def without(table: str, column: str) -> str:
    """The statements that take a cell away which has to be there."""
    return f"ALTER TABLE mlid.{table} ALTER {column} DROP NOT NULL; UPDATE mlid.{table} SET {column} = NULL"


WRONG = {
    "of another version": Wrong(
        "UPDATE mlid.register SET version = 99", Code.REGISTER_VERSION, "UPDATE mlid.register SET version = 2"
    ),
    "of another vault": Wrong(
        "UPDATE mlid.register SET header = header || '\\x00'::bytea",
        Code.REGISTER_ANOTHER,
        "UPDATE mlid.register SET header = substr(header, 1, length(header) - 1)",
    ),
    "a role without rights": Wrong(
        "REVOKE USAGE ON SCHEMA mlid FROM mlid_desk", Code.REGISTER_NOT_PERMITTED,
        "GRANT USAGE ON SCHEMA mlid TO mlid_desk",
    ),
    "a right taken from one table": Wrong(
        "REVOKE SELECT ON mlid.change FROM mlid_desk", Code.REGISTER_NOT_PERMITTED,
        "GRANT SELECT ON mlid.change TO mlid_desk",
    ),
    "a table that is gone": Wrong(
        "ALTER TABLE mlid.change RENAME TO changes", Code.REGISTER_MISSING, "ALTER TABLE mlid.changes RENAME TO change"
    ),
    "a schema that is gone": Wrong(
        "ALTER SCHEMA mlid RENAME TO elsewhere", Code.REGISTER_MISSING, "ALTER SCHEMA elsewhere RENAME TO mlid"
    ),
    "set to be read only": Wrong(
        of_database("SET default_transaction_read_only = on"), Code.REGISTER_READ_ONLY, of_database("RESET ALL"),
    ),
    "with as many connections as it takes": Wrong(
        of_database("CONNECTION LIMIT 0"), Code.REGISTER_CROWDED, of_database("CONNECTION LIMIT -1"),
    ),
    "a column that is gone": Wrong(
        "ALTER TABLE mlid.change RENAME COLUMN audit_link TO other", Code.REGISTER_DAMAGED,
        "ALTER TABLE mlid.change RENAME COLUMN other TO audit_link",
    ),
    "no state": Wrong(
        "CREATE TABLE kept AS TABLE mlid.state; DELETE FROM mlid.state", Code.REGISTER_DAMAGED,
        "INSERT INTO mlid.state SELECT * FROM kept",
    ),
}  # fmt: skip  # a line is a statement


NO_CELL = {
    "a number that is none": "UPDATE mlid.seen_head SET n = -1",
    "a moment that never comes": "UPDATE mlid.seen_head SET at = 'infinity'",
    "a number that nobody signs": "UPDATE mlid.desk SET epoch = -1",
    "a number that is too large": "UPDATE mlid.desk SET epoch = 1::bigint << 40",
    "none where a key belongs": without("desk", "box_pk"),
    "none where a link belongs": without("seen_head", "link"),
    "a number where bytes belong": "ALTER TABLE mlid.seen_head ALTER COLUMN link TYPE bigint USING 1::bigint << 60",
    "letters where bytes belong": "ALTER TABLE mlid.seen_head ALTER COLUMN sealed TYPE text USING 'x'",
}


def fault_of(act: Callable[[], object]) -> RegisterError:
    """How an act ends."""
    with pytest.raises(RegisterError) as raised:
        act()
    return raised.value


def serves(desks: Desks) -> bool:
    """Whether the copy is whole, and people are checked with it."""
    person = desks.reading.find("1")
    assert person is not None
    desks.reading.count_attempt(person.subject_id)
    return desks.reading.verify().subjects == len(PEOPLE)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_server_is_named_and_the_copy_serves(desks: Desks, name: str) -> None:
    wrong = WRONG[name]
    desks.writing.save(enrolment("9", "New"))
    desks.writing.register.send()
    desks.sql(wrong.does)
    for _ in range(2):  # with a connection that was kept, and with a new one
        fault = fault_of(desks.reading.register.fetch)
        assert fault.code is wrong.code
        assert serves(desks)
    desks.sql(wrong.mends)
    desks.reading.register.fetch()
    assert desks.reading.find("9") is not None


@pytest.mark.parametrize("what", NO_CELL)
def test_a_cell_that_no_desk_writes_is_named_and_the_copy_serves(desks: Desks, what: str) -> None:
    """Whoever administers the server may put anything anywhere, and take away what keeps it out."""
    desks.writing.save(enrolment("9", "New"))
    desks.sql(NO_CELL[what])
    assert fault_of(desks.reading.register.fetch).code is Code.REGISTER_DAMAGED
    assert fault_of(desks.reading.register.desks.all).code is Code.REGISTER_DAMAGED
    assert fault_of(desks.reading.register.verify).code is Code.REGISTER_DAMAGED
    assert serves(desks)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PGDATESTYLE", "German, DMY"), ("PGCLIENTENCODING", "SQL_ASCII"), ("PGCLIENTENCODING", "LATIN1")],
)
def test_what_a_machines_environment_says_changes_nothing_of_what_is_read(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    desks.writing.save(enrolment("9", "Zoë"))
    monkeypatch.setenv(name, value)
    desks.reading.register.fetch()
    assert desks.reading.find("9") == desks.writing.find("9")
    assert len(desks.reading.register.desks.all()) == 2


def test_a_desk_that_was_taken_out_is_told_so_when_it_comes_back(desks: Desks) -> None:
    (name,) = (desk.name for desk in desks.writing.register.desks.all() if not desk.is_own)
    desks.writing.register.desks.remove(name, witness(desks.writing))
    fault = fault_of(desks.reading.register.fetch)
    assert fault.code is Code.REGISTER_REFUSED
    assert "taken out" in sentence(fault, open_language(Path(), "en")).advice
    assert serves(desks)


def test_a_certificate_that_is_gone_or_none_is_named(desks: Desks) -> None:
    file = desks.home / "reading" / CERTIFICATE_FILE
    whole = file.read_bytes()
    for content in (b"", whole[: len(whole) // 2], b"no certificate at all\n"):
        file.write_bytes(content)
        assert fault_of(desks.reading.register.fetch).code is Code.REGISTER_CERTIFICATE
    file.unlink()
    assert fault_of(desks.reading.register.fetch).code is Code.REGISTER_CERTIFICATE
    assert serves(desks)
    file.write_bytes(whole)
    desks.reading.register.fetch()


def test_a_desk_that_stands_still_inside_a_write_holds_up_nobody_who_reads(desks: Desks) -> None:
    desks.writing.save(enrolment("9", "New"))
    desks.writing.register.send()
    given = {**desks.server.administrator, "dbname": desks.database}
    with psycopg.connect(" ".join(f"{name}={value}" for name, value in given.items())) as frozen:
        frozen.execute("SELECT FROM mlid.state FOR UPDATE")
        desks.reading.register.fetch()
    assert desks.reading.find("9") is not None


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_an_hour_off_changes_nothing_that_is_shared(desks: Desks, hours: int) -> None:
    desks.clock.set_wall(desks.clock.now() + timedelta(hours=hours))
    desks.writing.save(enrolment("9", "New"))
    desks.writing.register.send()
    desks.reading.register.fetch()
    assert desks.reading.find("9") == desks.writing.find("9")
    assert desks.writing.register.verify().items == 4 * (len(PEOPLE) + 1)


@pytest.mark.parametrize(("minutes", "is_said"), [(-90, True), (-4, False), (4, False), (90, True)])
def test_a_clock_that_differs_from_the_servers_is_noted(desks: Desks, minutes: int, *, is_said: bool) -> None:
    desks.clock.set_wall(datetime.now(UTC) + timedelta(minutes=minutes))
    desks.reading.register.fetch()
    (own,) = (desk for desk in desks.reading.register.desks.all() if desk.is_own)
    line = desk_line(own, desks.clock.now(), open_language(Path(), "en"))
    assert ("its clock and the server's differ by" in line) is is_said
    assert ("90 minutes" in line) is is_said
