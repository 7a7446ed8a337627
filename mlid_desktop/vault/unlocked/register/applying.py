"""Applies what came of a register to the copy that a desk keeps of it: items to rows, checked one by one and, at the
end, by the tallies that the desk that wrote them signed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, RegisterError, VaultError
from mlid_desktop.vault.crypto.multiset_hash import Marker, Tally
from mlid_desktop.vault.store.register.items import Item
from mlid_desktop.vault.store.schema import (
    FIELD_INDEX,
    GOVERNED,
    LEDGER,
    OF_EACH_DESK,
    RECORDS,
    SHARED,
    SHARED_NUMBERS,
    SUBJECTS,
    content_columns,
)
from mlid_desktop.vault.store.statements import Known, select_rows, those_among
from mlid_desktop.vault.store.transaction import Transaction, marks, tally_name
from mlid_desktop.vault.subjects import repository, suspicion_log
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys
from mlid_desktop.vault.subjects.suspicion_log import Marks
from mlid_desktop.vault.unlocked.register.rows import (
    BY_NAME,
    Row,
    SharedRows,
    cells_of,
    known_of,
    require_signed,
)

NAMED_BY_HASH: Final = (GOVERNED, LEDGER, SHARED_NUMBERS, FIELD_INDEX)  # small: looked through for their keys
GOVERNED_OF_EACH: Final = sa.select(*content_columns(GOVERNED)).where(
    GOVERNED.c.name.in_([sa.literal(name) for name in sorted(OF_EACH_DESK)])
)
OF_PEOPLE: Final = frozenset({SUBJECTS.name, *(table.name for table in RECORDS.values())})


class NotAtOnceError(Exception):
    """What came of a register is much, or brings keys: no act whose transaction has begun applies it."""


class ArrivedRow(NamedTuple):
    """A row that came, and its mark."""

    table: sa.Table
    row: Row
    mark: int


def rows_of(items: Iterable[Item], readers: Sequence[SharedRows]) -> list[ArrivedRow]:
    """The rows of these items, in the order in which they go into their tables. ``readers``: with the keys that are to
    come, where there are such, and with the present ones. Raises RegisterError(REGISTER_DAMAGED)."""
    order = {table.name: index for index, table in enumerate(SHARED)}
    found = [ArrivedRow(*_opened(item, readers), int.from_bytes(item.mark, "big")) for item in items]
    return sorted(found, key=lambda came: order[came.table.name])  # whose marks are those of the items, or none opened


def apply_rows(
    transaction: Transaction,
    rows: Sequence[ArrivedRow],
    gone: Sequence[tuple[str, bytes]],
    naming: Callable[[], SharedRows],
    delete_people: Callable[[Sequence[str]], None],
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Takes rows away, as far as ``naming`` knows them by their keys, and puts others in their place; gives the people
    that this was about, and those who are new."""
    delete_people([key.hex() for kind, key in gone if kind == SUBJECTS.name])
    for kind, known in _known(transaction.connection, gone, naming()) if gone else ():
        transaction.delete_with(BY_NAME[kind], known)
    fresh: dict[sa.Table, tuple[list[Row], list[int]]] = {}
    come = [cells_of(table, row)["subject"] for table, row, _ in rows if table is SUBJECTS]
    there = those_among(transaction.connection, SUBJECTS, "subject", come)
    newcomers = frozenset(come) - there  # of whom the vault has no record, as each refers to its person
    about, people = [key[:16].hex() for kind, key in gone if kind in OF_PEOPLE], []
    for table, row, mark in rows:
        cells = cells_of(table, row)
        is_of_person = table.name in OF_PEOPLE
        if is_of_person:
            about.append(cells["subject"])
        is_new = is_of_person and cells["subject"] in newcomers
        if is_new or not transaction.update_with(table, known_of(table, cells), **cells):
            new, marked = fresh.setdefault(table, ([], []))
            new.append(row)
            marked.append(mark)
            if table is SUBJECTS:
                people.append(cells["subject"])
    for table, (new, marked) in fresh.items():
        transaction.insert_content(table, new, marked)
    return frozenset(about), tuple(people)


def take_over_candidates(transaction: Transaction, about: Collection[str], keys: SubjectKeys, marks: Marks) -> None:
    """What was noted and counted here under the number of somebody who is enrolled by now goes on as that person's."""
    candidates = suspicion_log.candidates(transaction.connection)
    people = repository.summaries(transaction.connection, about, keys) if candidates else {}
    for subject_id, person in people.items():
        candidate = marks.candidate(person.number)
        if candidate in candidates:
            suspicion_log.take_over(transaction, candidate, subject_id)


def require_tallies(connection: Connection, facts: Mapping[str, bytes], marker: Marker, signed: bytes) -> None:
    """Raises RegisterError(REGISTER_DAMAGED) where the rows are not those that the newest change left."""
    require_signed(shared_tallies(connection, facts, marker), signed)


def shared_tallies(connection: Connection, facts: Mapping[str, bytes], marker: Marker) -> dict[str, Tally]:
    """The tallies of all rows that desks share: those of the facts, without the rows that each desk has of its own."""
    tallies = {table.name: Tally.read(facts.get(tally_name(table), b"")) for table in SHARED}
    own = select_rows(connection, GOVERNED_OF_EACH)
    tallies[GOVERNED.name] -= Tally.of(marks(marker, GOVERNED, own))
    return tallies


def _opened(item: Item, readers: Sequence[SharedRows]) -> tuple[sa.Table, Row]:
    """A row under the keys that open it."""
    for reader in readers:
        try:
            return reader.row_of(item)
        except VaultError:
            continue
    raise RegisterError(Code.REGISTER_DAMAGED, what=item.kind)


def _known(connection: Connection, gone: Sequence[tuple[str, bytes]], naming: SharedRows) -> list[tuple[str, Known]]:
    """What finds each row that goes; of those that are named by a hash alone, by looking through their tables."""
    wanted: set[tuple[str, bytes]] = set(gone)
    found: list[tuple[str, Known]] = []
    for table in NAMED_BY_HASH:
        if any(kind == table.name for kind, _ in wanted):
            rows = connection.execute(sa.select(*content_columns(table))).all()
            named = [row for row in rows if naming.key_of(table, row) in wanted]
            found += [(table.name, known_of(table, cells_of(table, row))) for row in named]
    for kind, key in gone:
        if kind in BY_NAME and BY_NAME[kind] not in NAMED_BY_HASH and kind != SUBJECTS.name:
            found.append((kind, naming.known_of_key(kind, key)))
    return found
