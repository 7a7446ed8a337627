"""Transactions of the vault: rows in and out, each counted in its table's tally, and a generation further at the
end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.crypto.envelope import bind
from mlid_desktop.vault.crypto.multiset_hash import Cell, Marker, Tally
from mlid_desktop.vault.store.backend import DatabaseBackend
from mlid_desktop.vault.store.rollback_head import Head
from mlid_desktop.vault.store.schema import FACTS, SHARED, content_columns, content_names, is_shared
from mlid_desktop.vault.store.statements import (
    Known,
    carry_out,
    delete_rows,
    insert_cells,
    insert_rows,
    rows_with,
    select_rows,
    update_rows,
)

GENERATION, BEFORE, NEWEST_TIME, KEY_GENERATION = "generation", "before", "newest-time", "key-generation"
AUDIT_LINK = "audit-link"  # of the newest entry of the audit
FORMAT = "format"  # of the database; the key file has that of the whole vault
TALLY = "tally/"  # begins the name of every fact that holds a table's tally
COUNTER_BYTES = 8
UPKEEP = "upkeep"  # the act of a change that no entry of the audit stands for
START = bytes(32)
EVERY_FACT = sa.select(FACTS.c.name, FACTS.c.value)
REWRITE_FACT = sa.update(FACTS).where(FACTS.c.name == sa.bindparam("which")).values(value=sa.bindparam("what"))


class SharedRow(NamedTuple):
    """A row (content columns) that desks share and that went or came, with its mark."""

    table: sa.Table
    row: Sequence[Any]
    mark: int
    came: bool


class Transaction:
    """One change of the vault under way; nothing writes rows but through it."""

    def __init__(
        self,
        backend: DatabaseBackend,
        connection: Connection,
        marker: Marker,
        now: datetime,
        facts: dict[str, bytes] | None = None,
    ) -> None:
        """``facts``: those of the database, where they were read within this transaction already."""
        self._backend = backend
        self.connection = connection
        self.now = now
        self.clock_set_back = False
        self.facts = read_facts(connection) if facts is None else facts
        self._before = dict(self.facts)
        self._marker = marker
        self.act, self.subject = UPKEEP, ""
        self.marks_gone: list[int] = []
        self.marks_come: list[int] = []
        self.shared_rows: list[SharedRow] = []  # what desks share, in the order in which it went and came

    def name_act(self, act: str, subject: str) -> None:
        """Names what the change does, and to whom ("" to nobody); what is named first stays."""
        if self.act == UPKEEP:
            self.act, self.subject = act, subject

    def insert(self, table: sa.Table, rows: Sequence[Mapping[str, Cell]], known: Sequence[int] | None = None) -> None:
        """Inserts rows and counts them in the table's tally; ``known`` are their marks, where the caller has just
        computed them of these very rows."""
        names = content_names(table)
        if rows and len(rows[0]) == len(names):
            self.insert_content(table, [[row[name] for name in names] for row in rows], known)
        elif rows:
            insert_rows(self.connection, table, rows)
            self._count(table, [], [[row[name] for name in names] for row in rows], known)

    def insert_content(
        self, table: sa.Table, rows: Sequence[Sequence[Any]], known: Sequence[int] | None = None
    ) -> None:
        """As :meth:`insert`, of rows that are the cells of the content columns, in their order."""
        insert_cells(self.connection, table, content_names(table), rows)
        if rows:
            self._count(table, [], rows, known)

    def insert_uncounted(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Adds rows of a table whose completeness is kept by something else than a tally."""
        insert_rows(self.connection, table, rows)

    def rewrite(
        self,
        table: sa.Table,
        key: sa.Column[Any],
        column: sa.Column[Any],
        anew: Callable[[Sequence[Any]], Sequence[Any]],
        *conditions: sa.ColumnElement[bool],
    ) -> None:
        """Rewrites one column of the rows that fulfil every condition (none: all): ``anew`` makes the new row from the
        old one."""
        columns = content_columns(table)
        old = self.connection.execute(sa.select(*columns).where(*conditions)).all()
        new = [anew(row) for row in old]
        if new:
            which, what = columns.index(key), columns.index(column)
            statement = sa.update(table).where(key == sa.bindparam("which")).values({column: sa.bindparam("what")})
            self.connection.execute(statement, [{"which": row[which], "what": row[what]} for row in new])
        self._count(table, old, new)

    def update(self, table: sa.Table, condition: sa.ColumnElement[bool], **cells: Cell) -> int:
        """Sets these columns of the rows that fulfil the condition; gives how many rows there are."""
        columns = content_columns(table)
        old = self.connection.execute(sa.select(*columns).where(condition)).all()
        if old:
            self.connection.execute(sa.update(table).where(condition).values(**cells))
        new = [tuple(cells.get(column.name, value) for column, value in zip(columns, row, strict=True)) for row in old]
        self._count(table, old, new)
        return len(old)

    def delete(self, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
        """Deletes the rows that fulfil every condition (none: all); gives how many."""
        rows = self.connection.execute(sa.select(*content_columns(table)).where(*conditions)).all()
        if rows:
            self.connection.execute(sa.delete(table).where(*conditions))
            self._count(table, rows, [])
        return len(rows)

    def update_with(self, table: sa.Table, known: Known, **cells: Cell) -> int:
        """As :meth:`update`, of the rows that have the cells ``known``: what is done again and again."""
        names = content_names(table)
        old = rows_with(self.connection, table, known, *names)
        if old:
            update_rows(self.connection, table, known, cells)
            self._count(table, old, [tuple(map(cells.get, names, row)) for row in old])
        return len(old)

    def delete_with(self, table: sa.Table, known: Known) -> int:
        """As :meth:`delete`, of the rows that have the cells ``known``: what is done again and again."""
        old = rows_with(self.connection, table, known, *content_names(table))
        if old:
            delete_rows(self.connection, table, known)
            self._count(table, old, [])
        return len(old)

    def counter(self, name: str) -> int:
        """A fact as a number, 0 where there is none."""
        return int.from_bytes(self.facts.get(name, b""), "big")

    def set_counter(self, name: str, value: int) -> None:
        """Replaces a fact by a number."""
        self.facts[name] = value.to_bytes(COUNTER_BYTES, "big")

    def close(self, before: Head, key_generation: int) -> Head:
        """Writes the facts of the new generation and gives the content of its head."""
        self.set_counter(GENERATION, before.generation + 1)
        self.set_counter(KEY_GENERATION, key_generation)
        self.facts[BEFORE] = before.digest
        for name in self._before.keys() - self.facts.keys():
            delete_rows(self.connection, FACTS, {"name": name})
        changed = {name: value for name, value in self.facts.items() if self._before.get(name) != value}
        known = sorted(changed.keys() & self._before.keys())
        rewritten: list[Known] = [{"which": name, "what": changed[name]} for name in known]
        if rewritten:
            carry_out(self.connection, REWRITE_FACT, rewritten)
        fresh = [{"name": name, "value": value} for name, value in changed.items() if name not in self._before]
        insert_rows(self.connection, FACTS, fresh)
        self._backend.write_generation(self.connection, self.counter(GENERATION))
        return head_of(self.facts)

    def _count(
        self,
        table: sa.Table,
        old: Sequence[Sequence[Any]],
        new: Sequence[Sequence[Any]],
        known: Sequence[int] | None = None,
    ) -> None:
        """Counts rows that went and came in the table's tally; ``known`` are the marks of those that came."""
        gone = list(marks(self._marker, table, old))
        come = list(marks(self._marker, table, new) if known is None else known)
        before = Tally.read(self.facts.get(tally_name(table), b""))
        self.facts[tally_name(table)] = (before - Tally.of(gone) + Tally.of(come)).written()
        self.marks_gone += gone
        self.marks_come += come
        if table in SHARED:
            for rows, counted, came in ((old, gone, False), (new, come, True)):
                pairs = zip(rows, counted, strict=True)
                self.shared_rows += [SharedRow(table, row, mark, came) for row, mark in pairs if is_shared(table, row)]


def read_facts(connection: Connection) -> dict[str, bytes]:
    """Reads the facts of the database, by name."""
    return dict(select_rows(connection, EVERY_FACT))


def head_of(facts: Mapping[str, bytes]) -> Head:
    """The head for these facts: generation, and SHA-256 over every fact in the order of names. As the tallies are
    facts, it covers every row."""
    parts = [part for name in sorted(facts) for part in (name.encode(), facts[name])]
    digest = hashlib.sha256(bind(*parts)).digest()
    return Head(int.from_bytes(facts.get(GENERATION, b""), "big"), digest)


def tally_name(table: sa.Table) -> str:
    """The name of the fact that holds a table's tally."""
    return TALLY + table.name


def marks(marker: Marker, table: sa.Table, rows: Iterable[Sequence[Any]]) -> Iterable[int]:
    """Computes the marks of rows selected with :func:`schema.content_columns`."""
    return (marker.mark(table.name, row) for row in rows)


def require_tally(connection: Connection, marker: Marker, table: sa.Table) -> None:
    """Reads a whole table and checks its tally. Raises VaultError(VAULT_DAMAGED) where a row was added, changed or is
    missing."""
    found = Tally.of(marks(marker, table, connection.execute(sa.select(*content_columns(table)))))
    require_equal(read_facts(connection), table, found)


def require_equal(facts: Mapping[str, bytes], table: sa.Table, found: Tally) -> None:
    """Raises VaultError(VAULT_DAMAGED) where what was read is not what was written."""
    if found != Tally.read(facts.get(tally_name(table), b"")):
        raise VaultError(Code.VAULT_DAMAGED, what=table.name)
