"""The newest changes of a register as a desk keeps them: with these a server that lost them gets them back, signed as
they were (FORMAT.md, 22)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.vault.store.changes.change import Change, Point
from mlid_desktop.vault.store.changes.change_log import change_row
from mlid_desktop.vault.store.schema import REGISTER_CHANGES
from mlid_desktop.vault.store.statements import insert_rows
from mlid_desktop.vault.store.transaction import Transaction

KEPT: Final = 10_000  # some 4 MB, a week of a busy register
CUT_EVERY: Final = 1000


def keep(transaction: Transaction, changes: Sequence[Change]) -> None:
    """Keeps changes that the vault has the state of, the newest ones last, and forgets the oldest."""
    kept = changes[-KEPT:]
    if not kept:
        return
    insert_rows(transaction.connection, REGISTER_CHANGES, [change_row(change) for change in kept])
    newest = kept[-1].number
    if len(kept) >= CUT_EVERY or newest % CUT_EVERY == 0:
        transaction.connection.execute(sa.delete(REGISTER_CHANGES).where(REGISTER_CHANGES.c.n <= newest - KEPT))


def forget(transaction: Transaction) -> None:
    """Forgets all of them: the vault is in another register from now on."""
    transaction.connection.execute(sa.delete(REGISTER_CHANGES))


def kept_from(connection: Connection, point: Point) -> tuple[Change, ...]:
    """The change that led to this point, where it is kept, and every later one, in their order; nothing where none is
    kept that is as old."""
    wanted = sa.select(REGISTER_CHANGES).where(REGISTER_CHANGES.c.n >= point.number).order_by(REGISTER_CHANGES.c.n)
    found = tuple(Change(*row) for row in connection.execute(wanted))
    first = max(1, point.number)
    return found if found and found[0].number == first else ()
