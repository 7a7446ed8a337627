"""Brings a register to the state of a vault: what differs goes there in signed changes, one after another.

The vault is the truth and the register follows it, so that a desk that cannot reach the server goes on and sends later.
Which rows differ their marks tell; within a session those that changed are known without looking at the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.audit import log as audit_log
from mlid_desktop.vault.crypto.multiset_hash import Tally
from mlid_desktop.vault.store.changes.change import Change, Point, digest_of, signed_change
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.installation import read_point
from mlid_desktop.vault.store.register.items import (
    ItemChanges,
    marks,
    marks_of,
    require_point,
    write_change,
)
from mlid_desktop.vault.store.schema import content_columns, is_shared
from mlid_desktop.vault.store.transaction import Transaction, read_facts
from mlid_desktop.vault.unlocked.register.applying import shared_tallies
from mlid_desktop.vault.unlocked.register.desk_words import leave_word
from mlid_desktop.vault.unlocked.register.link import Points, RegisterLink
from mlid_desktop.vault.unlocked.register.rows import (
    BY_NAME,
    Row,
    SharedRows,
    cells_of,
    condition_of,
    digest_of_tallies,
    shared_rows,
    tallies_of,
)
from mlid_desktop.vault.unlocked.state import VaultState

ITEMS_AT_A_TIME: Final = 1000
AS_SENT: Final = "register-as-sent"  # the fact with the digest of the tallies that were sent last
WHOLE, PART = "register.sent", "register.part"  # of a change: the state of the vault, or more of it follows

Key = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent: how many items came, how many went, and how far the register is now."""

    come: int
    gone: int
    point: Point


@dataclass(slots=True)
class Unsent:
    """Rows that changed since the register was last brought to the state of the vault, by key; ``tallies`` are those of
    the register then. ``is_known`` is false until it was once found out by comparing everything."""

    rows: dict[Key, tuple[sa.Table, Row]] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class _Difference:
    come: dict[Key, tuple[sa.Table, Row]]
    gone: tuple[Key, ...]
    marks: Mapping[Key, bytes]  # of the items that are replaced or go


class Sender:
    """Sends what changed in an unlocked vault; kept while it is open."""

    def __init__(self, state: VaultState) -> None:
        self._state = state
        self._unsent = Unsent()

    def note(self, transaction: Transaction) -> None:
        """Notes the rows of a change that was committed, as they were and as they are."""
        if self._unsent.is_known and transaction.changed_rows:
            rows = SharedRows(self._state.keys, self._state.identity)
            self._unsent.rows |= {rows.key_of(table, row): (table, row) for table, row in transaction.changed_rows}

    def send(
        self, connection: RegisterConnection, link: RegisterLink, rows: SharedRows, end: Point, *, is_whole: bool
    ) -> Sent:
        """Sends everything that differs; ``end`` is how far the register is, ``is_whole``: it ends with what was sent
        from here last. Raises RegisterError: busy, moved on, what came of a change unknown, and damaged where the
        server's rows are not those that were sent."""
        with self._state.database.reading() as local:
            self._begin(local, is_whole=is_whole)
            is_known = self._unsent.is_known
            found = self._known(connection, local) if is_known else self._all(connection, local, rows)
        batches = list(_batches(found))
        self._unsent.is_known = False  # until all of it is through
        tallies = self._unsent.tallies
        for number, (come, gone) in enumerate(batches, start=1):
            items = ItemChanges(tuple(rows.item_of(*found.come[key]) for key in come), tuple(gone))
            act = WHOLE if number == len(batches) else PART
            end = self._write(connection, link, act, items, found.marks, tallies, end)
        self._unsent = Unsent(tallies=tallies, is_known=True)
        if batches:
            with self._state.changing() as transaction:  # it arrived: a server that has less was set back
                Points(end, end).write(transaction)
        leave_word(connection, self._state, link, end, self._state.key_file.generation)
        return Sent(len(found.come), len(found.gone), end)

    def _begin(self, local: Connection, *, is_whole: bool) -> None:
        """Where the vault is as it was sent last, nothing has to be compared."""
        facts, marker = read_facts(local), self._state.keys.subjects.marker
        if not self._unsent.is_known and is_whole and AS_SENT in facts:
            present = shared_tallies(local, facts, marker)
            if digest_of_tallies(present) == facts[AS_SENT]:
                self._unsent = Unsent(tallies=present, is_known=True)

    def _known(self, connection: RegisterConnection, local: Connection) -> _Difference:
        """What differs, of the rows that are known to have changed."""
        come: dict[Key, tuple[sa.Table, Row]] = {}
        gone: list[Key] = []
        before = marks_of(connection, list(self._unsent.rows))
        for key, (table, row) in self._unsent.rows.items():
            wanted = sa.select(*content_columns(table)).where(condition_of(table, cells_of(table, row)))
            present = local.execute(wanted).first()
            if present is not None and is_shared(table, present):
                come[key] = (table, tuple(present))
            elif key in before:
                gone.append(key)
        return _Difference(come, tuple(gone), before)

    def _all(self, connection: RegisterConnection, local: Connection, rows: SharedRows) -> _Difference:
        """What differs, of all rows."""
        there = marks(connection)
        self._unsent.tallies = tallies_of((kind, _number(mark)) for (kind, _), mark in there.items())
        come: dict[Key, tuple[sa.Table, Row]] = {}
        seen: set[Key] = set()
        for table, row in shared_rows(local):
            key = rows.key_of(table, row)
            seen.add(key)
            if there.get(key, b"") != rows.mark_of(table, row).to_bytes(32, "big"):
                come[key] = (table, tuple(row))
        return _Difference(come, tuple(key for key in there if key not in seen), there)

    def _write(
        self,
        connection: RegisterConnection,
        link: RegisterLink,
        act: str,
        items: ItemChanges,
        before: Mapping[Key, bytes],
        tallies: dict[str, Tally],
        end: Point,
    ) -> Point:
        """Writes one change; which one, the vault knows before the server does."""
        went = [(kind, before[kind, key]) for kind, key in items.gone]
        went += [(item.kind, before[item.kind, item.key]) for item in items.come if (item.kind, item.key) in before]
        came = [(item.kind, item.mark) for item in items.come]
        for kind, mark in went:
            tallies[kind] = tallies.get(kind, Tally()) - _single(mark)
        for kind, mark in came:
            tallies[kind] = tallies.get(kind, Tally()) + _single(mark)
        change = self._signed(link, act, went, came, tallies, end)
        with self._state.changing() as transaction:
            Points(end, change.point).write(transaction)
            transaction.facts[AS_SENT] = change.tallies if act == WHOLE else b""
        try:
            with connection.transaction():
                require_point(connection, end)
                write_change(connection, change, items)
        except RegisterError as fault:
            if fault.code is not Code.REGISTER_OUTCOME_UNKNOWN or not self._arrived(link, change):
                raise
        return change.point

    def _arrived(self, link: RegisterLink, change: Change) -> bool:
        """Whether a change stands in the register of which it was not known: the server is asked anew."""
        again = link.connect(self._state.folder)
        try:
            return read_point(again) == change.point
        finally:
            again.close()

    def _signed(
        self,
        link: RegisterLink,
        act: str,
        went: Sequence[tuple[str, bytes]],
        came: Sequence[tuple[str, bytes]],
        tallies: Mapping[str, Tally],
        end: Point,
    ) -> Change:
        digest = digest_of((_number(mark) for _, mark in went), (_number(mark) for _, mark in came))
        written = digest_of_tallies(tallies)
        with self._state.database.reading() as local:
            audit_link = read_facts(local)[audit_log.LINK]
        bare = Change(end.number + 1, link.desk.desk, act, "", digest, written, audit_link)
        return signed_change(bare, end.link, self._state.identity.header, link.desk)


def _batches(found: _Difference) -> Iterator[tuple[list[Key], list[Key]]]:
    """The differences in parts: what goes first, so that nothing stands in the way of what comes; people before what
    belongs to them."""
    order = {name: index for index, name in enumerate(BY_NAME)}
    gone, come = list(found.gone), sorted(found.come, key=lambda key: order[key[0]])
    for at in range(0, len(gone), ITEMS_AT_A_TIME):
        yield [], gone[at : at + ITEMS_AT_A_TIME]
    for at in range(0, len(come), ITEMS_AT_A_TIME):
        yield come[at : at + ITEMS_AT_A_TIME], []


def _single(mark: bytes) -> Tally:
    return Tally(1, _number(mark))


def _number(mark: bytes) -> int:
    return int.from_bytes(mark, "big")
