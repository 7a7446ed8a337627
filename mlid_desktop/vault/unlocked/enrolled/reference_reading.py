"""Reads every reference of a modality in parts, so that whoever is at the desk does not wait for the whole."""

from __future__ import annotations

import sqlalchemy as sa

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.roles import Act
from mlid_desktop.domain.templates import Reference, SearchTable
from mlid_desktop.vault.crypto.multiset_hash import MODULUS, Tally
from mlid_desktop.vault.store.schema import RECORDS, SEARCH_TABLES, SUBJECTS, content_columns
from mlid_desktop.vault.store.transaction import read_facts, tally_name
from mlid_desktop.vault.subjects.record_codec import read_reference
from mlid_desktop.vault.subjects.records.search_table_codec import read_table
from mlid_desktop.vault.subjects.records.whole_tables import open_record
from mlid_desktop.vault.subjects.repository import withdrawn
from mlid_desktop.vault.unlocked.state import VaultState

ROWS_AT_A_TIME = 1000  # a twentieth of a second


class ReferenceReading:
    """A reading of every reference of one modality with their search tables, as they all stood at one moment: where
    one came or went between two parts, it begins anew."""

    def __init__(self, state: VaultState, modality: Modality) -> None:
        self._state = state
        tabulated = SEARCH_TABLES.get(modality)
        self._kinds = (*(() if tabulated is None else (tabulated,)), modality.value)
        self._expected: tuple[Tally, ...] = ()
        self._begin(())

    def _begin(self, expected: tuple[Tally, ...]) -> None:
        self._expected = expected
        self._at, self._after, self._rows, self._marks = 0, 0, 0, 0
        self._done = 0
        self._tables: dict[str, SearchTable] = {}
        self._references: list[Reference] = []

    def read_part(self) -> tuple[Reference, ...] | None:
        """Reads the next part; gives all references once the last is read, and None before. Those of people who
        withdrew are left out. Raises VaultError(VAULT_DAMAGED) where one is missing or changed."""
        keys, marker = self._state.keys.subjects, self._state.keys.subjects.marker
        with self._state.reading(Act.COMPARE) as connection:
            facts = read_facts(connection)
            present = tuple(Tally.read(facts.get(tally_name(RECORDS[kind]), b"")) for kind in self._kinds)
            if present != self._expected:
                self._begin(present)
            kind = self._kinds[self._at]
            table = RECORDS[kind]
            joined = table.join(SUBJECTS, table.c.subject == SUBJECTS.c.subject)
            columns = (table.c.place, SUBJECTS.c.wrapped_key, *content_columns(table))
            wanted = sa.select(*columns).select_from(joined).where(table.c.place > self._after)
            rows = connection.execute(wanted.order_by(table.c.place).limit(ROWS_AT_A_TIME)).all()
            for number, wrapped, *row in rows:
                self._marks += marker.mark(table.name, row)
                plain = open_record(kind, row, keys.unwrapped(row[0], wrapped), keys)
                if kind in SEARCH_TABLES.values():
                    reference_id, made = read_table(plain)
                    self._tables[reference_id] = made
                else:
                    self._references.append(read_reference(row[0], plain, self._tables))
                self._after = number
            self._rows += len(rows)
            self._done += len(rows)
            if len(rows) == ROWS_AT_A_TIME:
                return None
            if Tally(self._rows, self._marks % MODULUS) != self._expected[self._at]:
                raise VaultError(Code.VAULT_DAMAGED, what=table.name)
            self._at, self._after, self._rows, self._marks = self._at + 1, 0, 0, 0
            if self._at < len(self._kinds):
                return None
            barred = withdrawn(connection)
            return tuple(reference for reference in self._references if reference.subject_id not in barred)

    @property
    def share(self) -> float:
        """How much of it is read, 0..1."""
        return self._done / max(sum(tally.rows for tally in self._expected), 1)
