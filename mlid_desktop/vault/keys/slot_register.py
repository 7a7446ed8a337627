"""The register of slots: when each slot was made or given a new passphrase, and by whom (FORMAT.md, section 14).

A slot is known by the public key in its grant, which is new whenever somebody else sets the passphrase. So a slot that
stands in the key file and not here, whoever put it there and however, is new from the moment it is first seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.crypto.multiset_hash import Cell
from mlid_desktop.vault.keys.slots import Grant
from mlid_desktop.vault.second_person import WAIT_S
from mlid_desktop.vault.store.own_time import SECONDS
from mlid_desktop.vault.store.schema import SLOTS
from mlid_desktop.vault.store.transaction import Transaction


class SlotOrigin(StrEnum):
    """The origins of a slot. ``FOUNDED``: at the keyboard when the vault was made; ``CARRIED``: before vaults kept
    this; ``FOUND``: nobody wrote down how."""

    FOUNDED = "founded"
    CARRIED = "carried"
    ADDED = "added"
    RESET = "reset"
    RECOVERED = "recovered"
    FOUND = "found"


SET_BY_OWNER = frozenset({SlotOrigin.FOUNDED, SlotOrigin.CARRIED})  # as far as the vault knows: they never wait


@dataclass(frozen=True, slots=True)
class SlotEntry:
    """The register's entry of a slot: ``slot`` is the public key (hex); ``seconds`` the vault's own time from which a
    wait is counted; ``set_by`` who set the passphrase (empty: the person alone, or nobody knows), ``second`` who
    confirmed it."""

    slot: str
    name: str
    at: datetime
    seconds: int
    set_by: str
    second: str
    how: SlotOrigin


def read_slots(connection: Connection) -> dict[str, SlotEntry]:
    """Reads every entry of the register, by slot. Raises VaultError(VAULT_DAMAGED)."""
    found = {}
    for row in connection.execute(sa.select(SLOTS)):
        try:
            at, how = datetime.fromisoformat(row.at), SlotOrigin(row.how)
        except ValueError:
            raise VaultError(Code.VAULT_DAMAGED, what=SLOTS.name) from None
        found[row.slot] = SlotEntry(row.slot, row.name, at, row.seconds, row.set_by, row.second, how)
    return found


def register(transaction: Transaction, grant: Grant, how: SlotOrigin, set_by: str = "", second: str = "") -> None:
    """Registers a slot that was made now, replacing the entry of the same name."""
    transaction.delete(SLOTS, (SLOTS.c.name == grant.name) | (SLOTS.c.slot == grant.public.hex()))
    seconds = transaction.counter(SECONDS)
    entry = SlotEntry(grant.public.hex(), grant.name, transaction.now, seconds, set_by, second, how)
    _insert(transaction, entry)


def settle(transaction: Transaction, grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """Brings the register up to date with the key file: entries of removed slots are dropped, slots that nobody
    registered are registered as found, now. Returns those."""
    standing = {grant.public.hex(): grant for grant in grants}
    known = read_slots(transaction.connection)
    for slot in known.keys() - standing.keys():
        transaction.delete(SLOTS, SLOTS.c.slot == slot)
    strange = tuple(grant for slot, grant in standing.items() if slot not in known or known[slot].name != grant.name)
    for grant in strange:
        register(transaction, grant, SlotOrigin.FOUND)
    return strange


def is_settled(connection: Connection, grants: Iterable[Grant]) -> bool:
    """Whether register and key file name the same slots."""
    known: Mapping[str, SlotEntry] = read_slots(connection)
    return {slot: entry.name for slot, entry in known.items()} == {grant.public.hex(): grant.name for grant in grants}


def begin_waits_anew(transaction: Transaction) -> None:
    """Restarts the waits that are not over, after the wall clock was set forward."""
    now = transaction.counter(SECONDS)
    for entry in read_slots(transaction.connection).values():
        if now - entry.seconds < WAIT_S and entry.how not in SET_BY_OWNER:
            transaction.delete(SLOTS, SLOTS.c.slot == entry.slot)
            _insert(transaction, replace(entry, seconds=now))


def _insert(transaction: Transaction, entry: SlotEntry) -> None:
    row: dict[str, Cell] = {
        "slot": entry.slot,
        "name": entry.name,
        "at": entry.at.isoformat(),
        "seconds": entry.seconds,
        "set_by": entry.set_by,
        "second": entry.second,
        "how": entry.how.value,
    }
    transaction.insert(SLOTS, [row])
