"""What is done again and again to rows with known cells counts them as any other change does."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from mlid_desktop.vault.crypto.multiset_hash import Cell, Tally
from mlid_desktop.vault.keys.slot_operations import signing_key
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store import signed_values
from mlid_desktop.vault.store.backend import DatabaseBackend
from mlid_desktop.vault.store.schema import ATTEMPTS, FACTS, GOVERNED, SUSPICIONS, TALLIED
from mlid_desktop.vault.store.statements import (
    _made,
    carry_out,
    delete_rows,
    insert_cells,
    insert_rows,
    is_any_among,
    rows_with,
    select_rows,
    those_among,
    update_rows,
)
from mlid_desktop.vault.store.transaction import read_facts, require_tally, tally_name
from mlid_desktop.vault.unlocked.register.applying import shared_tallies
from mlid_desktop.vault.unlocked.register.rows import SharedRows, shared_rows, tallies_of
from tests.unit.vault.conftest import enrolment, new_vault

COUNTED: list[dict[str, Cell]] = [
    {"subject": name, "failed": number, "last_at": ""} for number, name in enumerate("abc")
]


def test_rows_with_known_cells_change_and_go_alone_and_are_counted(vault: Vault) -> None:
    state = vault._state
    with state.changing() as transaction:
        transaction.insert(ATTEMPTS, COUNTED)
        assert transaction.update_with(ATTEMPTS, {"subject": "b"}, failed=7, last_at="now") == 1
        assert transaction.update_with(ATTEMPTS, {"subject": "d"}, failed=7) == 0
        assert transaction.update_with(ATTEMPTS, {"subject": "c", "failed": 0}, failed=7) == 0
        assert transaction.delete_with(ATTEMPTS, {"subject": "a"}) == 1
        assert transaction.delete_with(ATTEMPTS, {"subject": "a"}) == 0
    with state.database.reading() as connection:
        found = sorted(tuple(row) for row in rows_with(connection, ATTEMPTS, {}))
        assert found == [("b", 7, "now"), ("c", 2, "")]
        assert rows_with(connection, ATTEMPTS, {"failed": 7}, "subject") == [("b",)]
        assert is_any_among(connection, ATTEMPTS, "subject", ["x", "c"])
        assert not is_any_among(connection, ATTEMPTS, "subject", ["x"])
        assert not is_any_among(connection, SUSPICIONS, "attempt", [])
        for table in TALLIED:
            require_tally(connection, state.keys.subjects.marker, table)
    assert vault.verify().subjects == 0


def test_facts_are_rewritten_added_and_taken_away(vault: Vault) -> None:
    state = vault._state
    for kept in ({"x": b"1", "y": b"2"}, {"x": b"3", "z": b""}, {}):
        with state.changing() as transaction:
            for name in ("x", "y", "z"):
                transaction.facts.pop(name, None)
            transaction.facts.update(kept)
            expected = transaction.facts
        with state.database.reading() as connection:
            assert read_facts(connection) == expected
            assert {name: value for name, value in expected.items() if name in {"x", "y", "z"}} == kept


@pytest.mark.parametrize("own", [(), ("devices",), ("devices", "callers")])
def test_what_desks_share_is_counted_without_what_each_has_of_its_own(vault: Vault, own: tuple[str, ...]) -> None:
    vault.save(enrolment())
    state = vault._state
    with state.changing() as transaction:
        key = signing_key(state.keys.roots, state.identity)
        for name in ("site-fields", *own):
            signed_values.write(transaction, name, b"[]", key, state.identity)
    rows = SharedRows(state.keys, state.identity)
    with state.database.reading() as connection:
        counted = shared_tallies(connection, read_facts(connection), state.keys.subjects.marker)
        recounted = tallies_of((table.name, rows.mark_of(table, row)) for table, row in shared_rows(connection))
        of_all = Tally.read(read_facts(connection)[tally_name(GOVERNED)])
    assert {name: tally for name, tally in counted.items() if tally.rows} == recounted
    assert of_all.rows == counted["governed"].rows + len(own)


STARTS = sa.select(ATTEMPTS.c.subject, ATTEMPTS.c.failed).where(
    ATTEMPTS.c.subject.startswith("a/%", autoescape=True),
    ATTEMPTS.c.failed.in_([sa.literal(1), sa.literal(2)]),
    ATTEMPTS.c.failed > sa.bindparam("more"),
)
FAILED = sa.update(ATTEMPTS).where(ATTEMPTS.c.subject == sa.bindparam("which")).values(failed=sa.bindparam("what"))


def test_the_short_road_does_what_the_library_does(vault: Vault) -> None:
    rows = [{"subject": f"a/%{number}", "failed": number, "last_at": "é"} for number in range(5)]
    more = [[f"a/_{number}", "", number] for number in range(5)]
    columns = sa.select(ATTEMPTS).order_by(ATTEMPTS.c.subject)
    with vault._state.database.changing() as connection:
        insert_rows(connection, ATTEMPTS, rows)
        insert_rows(connection, ATTEMPTS, [])
        insert_cells(connection, ATTEMPTS, ("subject", "last_at", "failed"), more)
        update_rows(connection, ATTEMPTS, {"subject": "a/%1", "failed": 1}, {"failed": 2, "subject": "a/%1b"})
        delete_rows(connection, ATTEMPTS, {"failed": 4})
        carry_out(connection, FAILED, [{"which": "a/_0", "what": 7}, {"which": "a/_2", "what": 8}])
        expected = sorted(
            [
                ("a/%0", 0, "é"),
                ("a/%1b", 2, "é"),
                ("a/%2", 2, "é"),
                ("a/%3", 3, "é"),
                ("a/_0", 7, ""),
                ("a/_1", 1, ""),
                ("a/_2", 8, ""),
                ("a/_3", 3, ""),
            ]
        )
        assert connection.execute(columns).all() == expected
        assert select_rows(connection, STARTS, {"more": 1}) == connection.execute(STARTS, {"more": 1}).all()
        assert sorted(row.subject for row in select_rows(connection, STARTS, {"more": 0})) == ["a/%1b", "a/%2"]
        everybody = [row[0] for row in expected]
        for asked in range(1200):
            among = [f"nobody {number}" for number in range(asked)]
            if asked < 4 or asked % 331 == 0:
                assert those_among(connection, ATTEMPTS, "subject", among) == frozenset()
                assert those_among(connection, ATTEMPTS, "subject", [*among, *everybody]) == frozenset(everybody)


def test_a_statement_is_made_once_for_all_vaults_and_anew_for_another_language(vault: Vault, tmp_path: Path) -> None:
    another = new_vault(tmp_path / "another")
    with vault._state.database.reading() as here, another._state.database.reading() as there:
        first, second = here.dialect, there.dialect
    another.lock()
    assert first is not second
    assert _made(STARTS, first) is _made(STARTS, second)
    assert _made(sa.insert(ATTEMPTS), first, ("subject",)).names == ("subject",)
    for name, value in (("paramstyle", "numeric"), ("server_version_info", (3, 7))):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(second, name, value)
            assert _made(STARTS, first) is not _made(STARTS, second)
    assert "%(more)s" in _made(STARTS, sa.create_engine("postgresql+psycopg://").dialect).text
    assert "?" in _made(STARTS, first).text


def test_what_the_short_road_writes_first_is_committed_and_what_fails_is_taken_back(vault: Vault) -> None:
    database = vault._state.database
    with database.changing() as connection:
        insert_rows(connection, ATTEMPTS, COUNTED)
    with database.reading() as connection:
        assert len(rows_with(connection, ATTEMPTS, {})) == len(COUNTED)
    with pytest.raises(sa.exc.IntegrityError) as fault:
        _delete_one_and_insert_another_twice(database)
    assert "77777" not in str(fault.value)
    assert "when" not in str(fault.value)
    with database.reading() as connection:
        assert len(rows_with(connection, ATTEMPTS, {})) == len(COUNTED)
        facts = select_rows(connection, sa.select(FACTS.c.name, FACTS.c.value))
        assert dict(facts) == read_facts(connection)


def _delete_one_and_insert_another_twice(database: DatabaseBackend) -> None:
    with database.changing() as connection:
        delete_rows(connection, ATTEMPTS, {"subject": "a"})
        insert_rows(connection, ATTEMPTS, [{"subject": "b", "failed": 77_777, "last_at": "when"}])
