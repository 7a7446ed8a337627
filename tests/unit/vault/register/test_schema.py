"""The schema on a real server: what a desk's role may do there, and what nobody may."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.store.register import patience
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.items import WRITE_CHANGE
from mlid_desktop.vault.unlocked.register.link import RegisterLink
from tests.unit.vault.conftest import enrolment, new_vault, witness
from tests.unit.vault.register.conftest import Desks, subject

TABLES = (
    "register",
    "desk",
    "state",
    "change",
    "item",
    "removed",
    "prekey",
    "mailbox",
    "applicant",
    "seen_head",
    "attempt",
)
WRITE = "SELECT write_change(%s, 'x', NULL, ''::bytea, ''::bytea, ''::bytea, ''::bytea, ''::bytea)"
WRITE_ITEMS = (
    "SELECT write_items(%s, '{}'::text[], '{}'::bytea[], '{}'::bytea[], '{}'::text[], '{}'::bytea[], '{}'::bytea[],"
    " %s::text[], %s::bytea[])"
)


def connected(desks: Desks, vault: str) -> RegisterConnection:
    """A connection as a desk."""
    opened = getattr(desks, vault)
    link = opened.register.link
    assert link is not None
    return link.connect(desks.home / vault)  # type: ignore[no-any-return]  # getattr says nothing of its type


def refusal(connection: RegisterConnection, statement: str, *parameters: object) -> Code:
    with pytest.raises(RegisterError) as raised:
        connection.rows(statement, parameters)
    return raised.value.code


@pytest.mark.parametrize("vault", ["writing", "reading"])
def test_a_desk_writes_into_no_table_itself(desks: Desks, vault: str) -> None:
    connection = connected(desks, vault)
    for table in TABLES:
        update = f"UPDATE {table} SET {first_column(desks, table)} = DEFAULT"
        for statement in (f"DELETE FROM {table}", update, f"INSERT INTO {table} DEFAULT VALUES"):
            assert refusal(connection, statement) is Code.REGISTER_NOT_PERMITTED
    connection.close()


def first_column(desks: Desks, table: str) -> str:
    """The name of the table's first column."""
    found = desks.sql(f"SELECT attname FROM pg_attribute WHERE attrelid = 'mlid.{table}'::regclass AND attnum = 1")
    return str(found[0][0])


@pytest.mark.parametrize("supervises_another", [False, True])
def test_a_desk_that_does_not_lead_admits_nobody(desks: Desks, supervises_another: bool) -> None:
    """Roles are the server's: that of a desk that leads another register of it counts for nothing here."""
    connection = connected(desks, "reading")
    if supervises_another:
        desks.sql(f"GRANT mlid_supervisor TO {connection.user}")
    own = "(SELECT desk FROM desk WHERE pg_role = session_user)"
    for statement in ("SELECT answer_applicant('', '')", f"SELECT remove_desk({own})"):
        assert refusal(connection, statement) is Code.REGISTER_NOT_PERMITTED
    asked = "SELECT add_desk(gen_random_uuid(), ''::bytea, ''::bytea, 'mlid_desk_000000000000', 1, ''::bytea, true)"
    assert refusal(connection, asked) is Code.REGISTER_NOT_PERMITTED
    desks.sql(f"REVOKE mlid_supervisor FROM {connection.user}")  # roles outlive the register of a test
    connection.close()


@pytest.mark.parametrize("vault", ["writing", "reading"])
def test_a_change_follows_the_newest_and_no_other(desks: Desks, vault: str) -> None:
    connection = connected(desks, vault)
    for number in (0, 1, 3, 100):
        assert refusal(connection, WRITE, number) is Code.REGISTER_MOVED_ON
        assert refusal(connection, WRITE_ITEMS, number, [], []) is Code.REGISTER_MOVED_ON
    connection.close()


def test_the_ledger_of_erasures_stays(desks: Desks) -> None:
    connection = connected(desks, "writing")
    assert refusal(connection, WRITE_ITEMS, 2, ["ledger"], [b"k"]) is Code.REGISTER_NOT_PERMITTED
    connection.close()


KNOWN, OTHER = ("ledger", b"known"), ("visits", b"other")
ITEMS = (
    "SELECT write_items(%s, %s::text[], %s::bytea[], %s::bytea[], %s::text[], %s::bytea[], %s::bytea[], %s::text[],"
    " %s::bytea[])"
)


@pytest.mark.parametrize(
    ("come", "gone", "code"),
    [
        ([KNOWN], [], Code.REGISTER_NOT_PERMITTED),
        ([OTHER, KNOWN], [], Code.REGISTER_NOT_PERMITTED),
        ([KNOWN], [OTHER], Code.REGISTER_NOT_PERMITTED),
        ([OTHER], [KNOWN], Code.REGISTER_NOT_PERMITTED),
        ([], [OTHER, KNOWN], Code.REGISTER_NOT_PERMITTED),
        ([], [(None, b"x"), KNOWN], Code.REGISTER_NOT_PERMITTED),
        ([(None, b"x"), KNOWN], [], Code.REGISTER_NOT_PERMITTED),
        ([], [(None, b"x")], Code.REGISTER_FAULTY),
        ([], [("visits", None)], Code.REGISTER_FAULTY),
        ([("ledger", b"new"), OTHER], [], None),
        ([OTHER], [("visits", b"gone")], None),
        ([], [], None),
    ],
)
def test_what_is_in_the_ledger_stays_whatever_comes_and_goes_with_it(
    desks: Desks, come: list[tuple[str, bytes]], gone: list[tuple[str, bytes]], code: Code | None
) -> None:
    desks.sql("INSERT INTO mlid.item VALUES ('ledger', 'known', sha256(''), '', NULL, 'kept', 1)")
    desks.sql("INSERT INTO mlid.item VALUES ('visits', 'gone', sha256(''), '', NULL, 'old', 1)")
    ((newest,),) = desks.sql("SELECT n FROM mlid.state")
    connection, many = connected(desks, "reading"), range(len(come))
    cells = [newest + 1, [kind for kind, _ in come], [key for _, key in come], [bytes(32) for _ in many]]
    cells += [["" for _ in many], [None for _ in many], [b"new" for _ in many]]
    cells += [[kind for kind, _ in gone], [key for _, key in gone]]
    if code is None:
        connection.rows(ITEMS, cells)
    else:
        assert refusal(connection, ITEMS, *cells) is code
    connection.close()
    assert desks.sql("SELECT convert_from(body, 'UTF8') FROM mlid.item WHERE key = 'known'") == [("kept",)]
    written = {key for _, key in come} if code is None else set()
    found = {bytes(key) for (key,) in desks.sql(f"SELECT key FROM mlid.item WHERE changed = {newest + 1}")}
    assert found == written
    went = [(key,) for _, key in gone] if code is None else []
    assert desks.sql(f"SELECT key FROM mlid.removed WHERE n = {newest + 1}") == went
    assert desks.sql("SELECT count(*) FROM mlid.item WHERE key = 'gone'") == [(0 if went else 1,)]


def test_who_asks_to_join_sees_nothing(desks: Desks) -> None:
    role = desks.sql("SELECT rolname FROM pg_roles WHERE rolname LIKE 'mlid_join\\_%'")[0][0]
    for table in TABLES:
        assert desks.sql(f"SELECT has_table_privilege('{role}', 'mlid.{table}', 'SELECT')") == [(False,)]
    assert desks.sql(f"SELECT has_function_privilege('{role}', 'mlid.this_desk()', 'EXECUTE')") == [(False,)]


def test_the_role_for_dumps_reads_and_no_more(desks: Desks) -> None:
    for table in TABLES:
        for right, has in (("SELECT", True), ("INSERT", False), ("UPDATE", False), ("DELETE", False)):
            found = desks.sql(f"SELECT has_table_privilege('mlid_dump', 'mlid.{table}', '{right}')")
            assert found == [(has,)], (table, right)


def test_a_role_that_is_no_desk_of_this_register_may_nothing(desks: Desks) -> None:
    desks.sql("UPDATE mlid.desk SET removed_n = 1")
    connection = connected(desks, "writing")
    assert refusal(connection, "SELECT hold()") is Code.REGISTER_NOT_A_DESK
    connection.close()


def test_without_the_certificate_nobody_is_a_desk(desks: Desks) -> None:
    given = {"host": "127.0.0.1", "port": str(desks.server.port), "dbname": os.environ["PGDATABASE"]}
    role = str(desks.sql("SELECT pg_role FROM mlid.desk LIMIT 1")[0][0])
    with pytest.raises(RegisterError) as raised:
        RegisterConnection.open({**given, "user": role}, name="test")
    assert raised.value.code in {Code.REGISTER_REFUSED, Code.REGISTER_CERTIFICATE}


def test_a_register_whose_making_was_interrupted_is_made_anew(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The server has it, the vault does not know: as where the power goes between the two."""
    vault = new_vault(tmp_path / "interrupted", desks.clock)
    vault.save(enrolment("1", "One"))
    reached = {"host": "127.0.0.1", "port": str(desks.server.port)}
    administrator = {**reached, "user": "postgres"}
    database = desks.server.database()
    monkeypatch.setenv("PGDATABASE", database)

    def gone(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(RegisterLink, "write", gone)
        with pytest.raises(SystemExit):
            vault.register.create(administrator, reached, "Desk", witness(vault))
    assert vault.register.link is None
    (left,) = desks.server.sql("SELECT pg_role FROM mlid.desk", database)
    assert vault.register.look_at_server(administrator).is_ready
    made = vault.register.create(administrator, reached, "Desk", witness(vault))
    assert desks.server.sql(f"SELECT count(*) FROM pg_roles WHERE rolname = '{left[0]}'") == [(0,)]
    desks.server.let_in(made.authority, ())
    vault.register.send()
    assert vault.register.verify().items == 4
    other = new_vault(tmp_path / "other", desks.clock)
    assert not other.register.look_at_server(administrator).is_ready
    for each in (vault, other):
        each.lock()


def refusal_together(connection: RegisterConnection, *sent: tuple[str, list[object]]) -> Code:
    """What is wrong with statements that are sent together."""

    def send() -> None:
        with connection.together():
            for statement, parameters in sent:
                connection.send(statement, parameters)

    with pytest.raises(RegisterError) as raised:
        send()
    return raised.value.code


def test_of_what_is_sent_together_nothing_after_a_fault_is_carried_out(desks: Desks) -> None:
    connection = connected(desks, "writing")
    before = connection.rows("SELECT count(*) FROM prekey")
    emptied: tuple[str, list[object]] = ("SELECT put_prekeys('{}'::bytea[], '{}'::bytea[], '{}'::bytea[])", [])
    assert refusal_together(connection, (WRITE, [100]), emptied) is Code.REGISTER_MOVED_ON
    assert connection.rows("SELECT count(*) FROM prekey") == before
    connection.close()


def test_calls_that_are_sent_together_are_one_statement_and_all_or_none(desks: Desks) -> None:
    """However they are sent: at once, after a statement that is no call, or one of them alone."""
    desks.writing.count_attempt(subject(desks.writing, "1"))
    connection = connected(desks, "writing")
    ahead: tuple[str, list[object]] = (WRITE_CHANGE, [100, "x", None, *[b""] * 5])
    ((person,),) = connection.rows("SELECT person FROM attempt")
    dropped: tuple[str, list[object]] = ("SELECT drop_attempts(%b::bytea[])", [[person]])
    no_call: tuple[str, list[object]] = ("SET LOCAL synchronous_commit = off", [])
    for first in ((), (no_call,)):
        for calls in ([dropped, ahead], [ahead, dropped], [ahead], [dropped, (WRITE, [100])]):
            assert refusal_together(connection, *first, *calls) is Code.REGISTER_MOVED_ON
            assert connection.rows("SELECT count(*) FROM attempt") == [(1,)]
    with connection.together():
        connection.send(*dropped)
        connection.send(*dropped)
        assert connection.rows("SELECT count(*) FROM attempt") == [(0,)]  # what is asked comes after what was sent
        connection.send(*dropped)
    connection.close()


def test_a_transaction_begins_with_its_first_statement_or_is_rolled_back(desks: Desks) -> None:
    connection = connected(desks, "writing")
    ((number, link),) = connection.begin("SELECT n, link FROM hold()")
    assert [(number, link)] == connection.rows("SELECT n, link FROM state")
    assert refusal(connection, WRITE.replace("%s", "100")) is Code.REGISTER_MOVED_ON
    connection.rows("ROLLBACK")
    with pytest.raises(RegisterError) as raised:
        connection.begin("SELECT n, link FROM no_such_hold()")
    assert raised.value.code is Code.REGISTER_MISSING
    connection.rows("ROLLBACK")
    assert connection.begin("SELECT n, link FROM hold()") == [(number, link)]
    connection.close()


def test_a_connection_that_ended_is_named_and_the_driver_prints_nothing(
    desks: Desks, capfd: pytest.CaptureFixture[str]
) -> None:
    connection = connected(desks, "writing")
    desks.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'mlid_desk_%'")
    assert refusal_together(connection, ("BEGIN", []), (WRITE, [2])) is Code.REGISTER_UNREACHABLE
    connection.close()
    assert capfd.readouterr().err == ""


def test_a_server_that_stops_answering_is_not_waited_for(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "ANSWERS_WITHIN_S", 0.5)
    for is_together in (False, True):
        connection = connected(desks, "writing")
        ((process,),) = connection.rows("SELECT pg_backend_pid()")
        os.kill(process, signal.SIGSTOP)
        began = time.monotonic()
        try:
            if is_together:
                assert refusal_together(connection, ("BEGIN", []), (WRITE, [2])) is Code.REGISTER_UNREACHABLE
            else:
                assert refusal(connection, "SELECT 1") is Code.REGISTER_UNREACHABLE
            assert not connection.is_open
            assert refusal(connection, "SELECT 1") is Code.REGISTER_UNREACHABLE
            connection.close()
        finally:
            os.kill(process, signal.SIGCONT)
        assert time.monotonic() - began < 10
    connection = connected(desks, "writing")
    assert connection.rows("SELECT 1") == [(1,)]
    connection.close()
