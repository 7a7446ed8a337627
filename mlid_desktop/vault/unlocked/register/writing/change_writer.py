"""Writes a change of what desks share into a register: the items of the rows that went and came, and the change that
covers them, signed; within one transaction of the server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from mlid_desktop.vault.audit import log as audit_log
from mlid_desktop.vault.crypto.multiset_hash import Marker
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.store.changes.change import Change, Point, digest_of, signed_change
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.items import marks, write_change, write_items
from mlid_desktop.vault.store.transaction import SharedRow, Transaction
from mlid_desktop.vault.unlocked.register.applying import shared_tallies
from mlid_desktop.vault.unlocked.register.link import RegisterLink
from mlid_desktop.vault.unlocked.register.rows import (
    BY_NAME,
    Row,
    SharedRows,
    digest_of_tallies,
    shared_rows,
)

UNSENT: Final = "register-unsent"  # a fact: the register has to be made the state of the vault, with the next change
ITEMS_AT_A_TIME: Final = 1000
WHOLE: Final = "register.sent"  # the act of a change after which the register is the state of a vault
CLOSED: Final = "register.closed"  # the act of one after which it is none until its desk wrote everything anew
MENDED: Final = "register.mended"  # the act of one by which a register that was set back has its state again

Key = tuple[str, bytes]
Progress = Callable[[int, int], None]  # how many items are done, of how many
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change does to the items of a register: rows by key that come, each with its mark, keys that go, and the
    marks of both."""

    come: dict[Key, tuple[str, Row, int]]
    gone: tuple[Key, ...]
    marks_gone: tuple[int, ...]
    marks_come: tuple[int, ...]


NOTHING: Final = Difference({}, (), (), ())


def difference_of(changed: Sequence[SharedRow], rows: SharedRows) -> Difference:
    """What rows that went and came amount to, in the order in which they did."""
    first: dict[Key, SharedRow] = {}
    last: dict[Key, SharedRow] = {}
    for step in changed:
        key = rows.key_of(step.table, step.row)
        first.setdefault(key, step)
        last[key] = step
    before = {key: step.mark for key, step in first.items() if not step.came}
    after = {key: step for key, step in last.items() if step.came}
    come = {key: step for key, step in after.items() if before.get(key) != step.mark}
    gone = tuple(key for key in before if key not in after)
    return Difference(
        {key: (step.table.name, step.row, step.mark) for key, step in come.items()},
        gone,
        tuple(mark for key, mark in before.items() if key in come or key not in after),
        tuple(step.mark for step in come.values()),
    )


def whole_difference(connection: RegisterConnection, transaction: Transaction, rows: SharedRows) -> Difference:
    """What makes the register, whatever it has, the state of the vault."""
    there = {key: int.from_bytes(mark, "big") for key, mark in marks(connection).items()}
    come: dict[Key, tuple[str, Row, int]] = {}
    marks_come: list[int] = []
    seen: set[Key] = set()
    for table, row in shared_rows(transaction.connection):
        key, mark = rows.key_of(table, row), rows.mark_of(table, row)
        seen.add(key)
        if there.get(key) != mark:
            come[key] = (table.name, tuple(row), mark)
            marks_come.append(mark)
    gone = tuple(key for key in there if key not in seen)
    replaced = tuple(mark for key, mark in there.items() if key in come or key not in seen)
    return Difference(come, gone, replaced, tuple(marks_come))


def unheard(done: int, of: int) -> None:
    """Hears of items of which nobody asks how far they are."""


def counted(items: Iterable[T], of: int, progress: Progress) -> Iterator[T]:
    """The items, counted as they pass."""
    for done, item in enumerate(items, 1):
        if done % ITEMS_AT_A_TIME == 0:
            progress(done, of)
        yield item


def write_difference(
    connection: RegisterConnection,
    link: RegisterLink,
    identity: VaultIdentity,
    marker: Marker,
    transaction: Transaction,
    found: Difference,
    rows: SharedRows,
    end: Point,
    wraps: str,
    act: str = WHOLE,
    progress: Progress = unheard,
) -> Change:
    """Writes the next change after ``end``; gives it. ``wraps`` names the bucket keys in force after it. Raises
    RegisterError."""
    number, gone, keys = end.number + 1, list(found.gone), list(found.come)
    for at in range(0, max(len(gone), len(keys), 1), ITEMS_AT_A_TIME):
        part = slice(at, at + ITEMS_AT_A_TIME)
        items = [rows.item_of(BY_NAME[name], row, mark) for name, row, mark in (found.come[key] for key in keys[part])]
        if items or gone[part]:
            write_items(connection, number, items, gone[part])
            progress(min(part.stop, len(keys)), len(keys))
    tallies = shared_tallies(transaction.connection, transaction.facts, marker)
    bare = Change(
        number,
        link.desk.desk,
        act,
        wraps,
        digest_of(found.marks_gone, found.marks_come),
        digest_of_tallies(tallies),
        transaction.facts[audit_log.LINK],
    )
    change = signed_change(bare, end.link, identity.header, link.desk)
    write_change(connection, change)
    return change
