"""Writes everything that a vault holds into a new database under other roots, for rotation and restoring.

Records stay under the people's keys unless those are made anew; marks, tallies and signatures are always made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.site_fields.schema import NO_FIELDS
from mlid_desktop.vault.crypto.envelope import new_key, seal, unseal, wipe
from mlid_desktop.vault.crypto.multiset_hash import Cell, Tally
from mlid_desktop.vault.crypto.signing import SigningKey, is_signed
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keyring import IN_FORCE, VaultKeys, database_key, wraps_name
from mlid_desktop.vault.store import signed_values
from mlid_desktop.vault.store.changes.change import Signer
from mlid_desktop.vault.store.changes.change_log import log_change
from mlid_desktop.vault.store.engines import create_database
from mlid_desktop.vault.store.rollback_head import Head
from mlid_desktop.vault.store.schema import (
    ATTACK_TESTS,
    ATTEMPTS,
    DRAFTS,
    FACTS,
    FIELD_INDEX,
    GOVERNED,
    METADATA,
    PORTRAIT_KEYS,
    PORTRAITS,
    PROFILE,
    RECORDS,
    SHARED_NUMBERS,
    SUBJECTS,
    TALLIED,
    content_columns,
    defaults_of,
)
from mlid_desktop.vault.store.transaction import BEFORE, GENERATION, KEY_GENERATION, TALLY, Transaction
from mlid_desktop.vault.subjects import attack_tests, drafts, shared_numbers
from mlid_desktop.vault.subjects.record_codec import profile_without, read_summary
from mlid_desktop.vault.subjects.records import portraits
from mlid_desktop.vault.subjects.site_fields import GOVERNED_NAME, index_rows, ledger_name, schema_of
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys
from mlid_desktop.vault.subjects.suspicion_log import CANDIDATE

ROWS_AT_A_TIME = 200
MADE_ANEW = {GENERATION, BEFORE, KEY_GENERATION, IN_FORCE}  # facts about the database itself
KINDS = {table.name: kind for kind, table in RECORDS.items()}


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of one table, in the table's own order."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reencryption:
    """The plan of a re-encryption: people's old keys, the verify keys whose signatures count, and the new keys.
    ``erased`` are the identifiers of a ledger, of fields of the site and portraits too. ``portraits`` are the old keys
    of portraits, by their own identifiers."""

    identity: VaultIdentity
    people: Mapping[str, bytes] = field(repr=False)
    trusted: tuple[bytes, ...]
    keys: VaultKeys = field(repr=False)
    signing: SigningKey | None = field(repr=False)
    old: SubjectKeys = field(repr=False)
    deep: bool
    erased: frozenset[str] = frozenset()
    portraits: Mapping[str, bytes] = field(repr=False, default_factory=dict)


def batches(connection: Connection, tables: Iterable[sa.Table] | None = None) -> Iterator[Batch]:
    """All rows of the database, or of these tables, table by table; the facts come first. Of a database of an earlier
    format, the tables and columns that it has."""
    there = sa.inspect(connection)
    known = set(there.get_table_names())
    for table in sorted(tables or METADATA.sorted_tables, key=lambda table: table is not FACTS):
        if table.name not in known:
            continue
        stored = {column["name"] for column in there.get_columns(table.name)}
        columns = [column for column in table.columns if column.name in stored]
        names = tuple(column.name for column in columns)
        found = connection.execute(sa.select(*columns).order_by(*table.primary_key.columns))
        for rows in found.partitions(ROWS_AT_A_TIME):
            yield Batch(table.name, names, tuple(tuple(row) for row in rows))


class RowSink(Protocol):
    """A destination of transferred rows."""

    facts: dict[str, bytes]

    def insert(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Takes rows and counts them in the table's tally."""
        ...

    def insert_uncounted(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Takes rows of a table that has no tally."""
        ...


class DiscardedRows:
    """A destination that keeps no rows, to check a transfer alone."""

    def __init__(self) -> None:
        self.facts: dict[str, bytes] = {}

    def insert(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Discards the rows."""

    def insert_uncounted(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Discards the rows."""


class RecordTransfer:
    """Transfers rows into one new database."""

    def __init__(self, sink: RowSink, plan: Reencryption) -> None:
        self._sink, self._plan = sink, plan
        self._marker = plan.keys.subjects.marker
        self._fresh: dict[str, bytes] = {}
        self._tallies: dict[str, Tally] = {}
        self._blind: dict[str, bytes] = {}
        self._more: dict[str, dict[str, Any]] = {}
        self._fields = NO_FIELDS
        self._index: list[dict[str, Cell]] = []
        self._portraits: list[dict[str, Cell]] = []
        self.people = self.records = 0
        self.left_out: set[str] = set()

    def add(self, batch: Batch) -> None:
        """Transfers one batch of rows. Raises VaultError(VAULT_DAMAGED) where a row is not what it says."""
        if batch.table not in METADATA.tables:
            raise VaultError(Code.VAULT_UNSUPPORTED_VERSION, found=batch.table)
        table = METADATA.tables[batch.table]
        later = {name: value for name, value in defaults_of(table).items() if name not in batch.columns}
        if {*batch.columns, *later} != {column.name for column in table.columns}:
            raise VaultError(Code.VAULT_UNSUPPORTED_VERSION, found=batch.table)
        rows = [{**later, **dict(zip(batch.columns, row, strict=True))} for row in batch.rows]
        if table is FACTS:
            self._add_facts(rows)
        elif table in {SHARED_NUMBERS, FIELD_INDEX, PORTRAIT_KEYS}:
            return  # made anew, from the people's numbers and fields and from the plan
        elif table is SUBJECTS:
            self._more |= {row["subject"]: row for row in rows if self._stays(table, row)}
        else:
            self._insert(table, [self._converted(table, row) for row in rows if self._stays(table, row)])

    def finish(self) -> None:
        """Writes the rows of the people, which come last. Raises VaultError(VAULT_DAMAGED) where one has no profile."""
        people = self._plan.keys.subjects
        rows: list[dict[str, Cell]] = []
        blinds, shared = shared_numbers.index_numbers(
            {who: self._blind.get(who, b"") for who in self._plan.people}, people
        )
        for subject_id, key in sorted(self._plan.people.items()):  # as they are stored
            if subject_id not in self._blind or subject_id not in self._more:
                raise VaultError(Code.VAULT_DAMAGED, what=PROFILE)
            rows.append(
                {
                    **self._more[subject_id],
                    "blind_number": blinds[subject_id],
                    "wrapped_key": people.wrapped(subject_id, self._fresh.get(subject_id, key)),
                    "records_tally": self._tallies[subject_id].written(),
                }
            )
        self._sink.insert(SUBJECTS, rows)
        self._sink.insert(SHARED_NUMBERS, shared)
        self._sink.insert(FIELD_INDEX, self._index)
        self._sink.insert(PORTRAIT_KEYS, self._portraits)
        self._sink.facts[IN_FORCE] = wraps_name(self._plan.keys.wrapped)
        self.people = len(rows)

    def _add_facts(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            if not row["name"].startswith(TALLY) and row["name"] not in MADE_ANEW:
                self._sink.facts[row["name"]] = bytes(row["value"])

    def _stays(self, table: sa.Table, row: Mapping[str, Any]) -> bool:
        """Whether a row is transferred: what belongs to a person only with the person; the ledger of the erased belongs
        to nobody."""
        belongs = table in {ATTEMPTS, SUBJECTS} or any(key.column.table is SUBJECTS for key in table.foreign_keys)
        if table is PORTRAITS and row["portrait"] not in self._plan.portraits:
            return False
        if not belongs or not row["subject"] or row["subject"] in self._plan.people:
            return True
        if row["subject"].startswith(CANDIDATE):
            return True
        self.left_out.add(row["subject"])
        return False

    def _converted(self, table: sa.Table, row: dict[str, Any]) -> dict[str, Any]:
        if table.name in KINDS:
            return self._record(table, row)
        if table is PORTRAITS:
            return self._portrait(row)
        if table is DRAFTS:
            return drafts.rewrap_draft(row, self._plan.old, self._plan.keys.subjects)
        if table is ATTACK_TESTS:
            return attack_tests.rewrap_entry(row, self._plan.old, self._plan.keys.subjects)
        return self._signed_again(row) if table is GOVERNED else row

    def _record(self, table: sa.Table, row: dict[str, Any]) -> dict[str, Any]:
        """Transfers a record after opening it under the old key, so that nothing damaged is transferred."""
        subject_id, kind, people = row["subject"], KINDS[table.name], self._plan.keys.subjects
        bound = people.associated(subject_id, kind, row["sequence"], row["extractor"])
        plain = unseal(self._plan.people[subject_id], row["sealed"], bound, kind)
        if kind == PROFILE:
            row, plain = self._indexed(row, plain, bound)
        if self._plan.deep:
            key = self._fresh.setdefault(subject_id, bytes(new_key()))
            row = {**row, "sealed": seal(key, plain, bound)}
        mark = self._marker.mark(table.name, [row[column.name] for column in content_columns(table)])
        self._tallies[subject_id] = self._tallies.get(subject_id, Tally()) + Tally.of([mark])
        self.records += 1
        return row

    def _indexed(self, row: dict[str, Any], plain: bytes, bound: bytes) -> tuple[dict[str, Any], bytes]:
        """A profile, without what stood in fields that the ledger says are gone and the name of a portrait that it says
        was destroyed, entered into the indexes."""
        subject_id, people = row["subject"], self._plan.keys.subjects
        summary = read_summary(subject_id, plain)
        gone = {key for key, _ in summary.fields if ledger_name(self._plan.identity, key) in self._plan.erased}
        shorter = profile_without(plain, gone, self._plan.erased)
        if shorter is not None:
            row, plain = {**row, "sealed": seal(self._plan.people[subject_id], shorter, bound)}, shorter
        self._blind[subject_id] = people.blind_number(summary.number)
        self._index += index_rows(subject_id, summary.fields, self._fields, people)
        return row, plain

    def _portrait(self, row: dict[str, Any]) -> dict[str, Any]:
        """Transfers a portrait after opening it, and keeps its key for the end."""
        people, key = self._plan.keys.subjects, self._plan.portraits[row["portrait"]]
        plain = portraits.open_portrait(row, key, people)
        if self._plan.deep:
            key = bytes(new_key())
            row = portraits.sealed_anew(row, plain, key, people)
        names = {"subject": row["subject"], "portrait": row["portrait"]}
        self._portraits.append({**names, **portraits.wrapped_key(names, key, people)})
        self.records += 1
        return row

    def _signed_again(self, row: dict[str, Any]) -> dict[str, Any]:
        name, value = row["name"], bytes(row["value"])
        signed = signed_values.signed_bytes(name, value, self._plan.identity)
        if not is_signed(self._plan.trusted, row["signature"], signed):
            raise VaultError(Code.VAULT_DAMAGED, what=name)
        if name == GOVERNED_NAME:  # it comes before the people
            self._fields = schema_of(value, self._plan.identity, self._plan.erased)
        return row if self._plan.signing is None else {**row, "signature": self._plan.signing.sign(signed)}

    def _insert(self, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        if table in TALLIED:
            self._sink.insert(table, rows)
        else:
            self._sink.insert_uncounted(table, rows)


def build_database(
    folder: Path,
    name: str,
    plan: Reencryption,
    fill: Callable[[RecordTransfer, Transaction], Signer],
    before: Head,
    key_generation: int,
    now: datetime,
) -> Head:
    """Builds a new database of this name, one generation after ``before``, as a change signed by the desk that ``fill``
    gives; returns the content of its head."""
    key = database_key(plan.keys.roots, plan.identity)
    database = create_database(folder, key, name)
    wipe(key)
    try:
        with database.filling() as connection:  # people come last
            transaction = Transaction(database, connection, plan.keys.subjects.marker, now)
            transfer = RecordTransfer(transaction, plan)
            desk = fill(transfer, transaction)
            log_change(transaction, before.generation + 1, plan.identity.header, desk)
            head = transaction.close(before, key_generation)
        database.check_pages()
    finally:
        database.close()
    return head
