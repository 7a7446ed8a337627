"""What is done again and again to rows with known cells counts them as any other change does."""

from __future__ import annotations

import pytest

from mlid_desktop.vault.crypto.multiset_hash import Cell, Tally
from mlid_desktop.vault.keys.slot_operations import signing_key
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store import signed_values
from mlid_desktop.vault.store.schema import ATTEMPTS, GOVERNED, SUSPICIONS, TALLIED
from mlid_desktop.vault.store.statements import is_any_among, rows_with
from mlid_desktop.vault.store.transaction import read_facts, require_tally, tally_name
from mlid_desktop.vault.unlocked.register.applying import shared_tallies
from mlid_desktop.vault.unlocked.register.rows import SharedRows, shared_rows, tallies_of
from tests.unit.vault.conftest import enrolment

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
