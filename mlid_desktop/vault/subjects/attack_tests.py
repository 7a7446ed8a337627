"""Presentations of a test of attack detection, each under a key of its own (FORMAT.md, section 16).

The vault does not know what a presentation says: the station hands in bytes and gets them back. The first entry of a
test is its plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import new_identifier
from mlid_desktop.vault.crypto.envelope import KEY_BYTES, bind, new_key, seal, unseal, wipe
from mlid_desktop.vault.crypto.multiset_hash import Cell
from mlid_desktop.vault.store.schema import ATTACK_TESTS
from mlid_desktop.vault.store.transaction import Transaction, require_tally
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys, bucket_of

MAXIMUM_ENTRY = 1024 * 1024
MAXIMUM_ENTRIES = 20_000
ENTRY = "attack test"
OWNER = "00" * 16  # the identifier in whose bucket all entries stand: a test is erased as a whole
BUCKET = bucket_of(OWNER)


def insert(transaction: Transaction, content: bytes, keys: SubjectKeys) -> int:
    """Appends an entry under a new key; gives its place, from 0. Raises UsageError(USAGE_BAD_ARGUMENT) beyond 1 MiB or
    20,000 entries."""
    sequence = count(transaction.connection)
    if len(content) > MAXIMUM_ENTRY or sequence >= MAXIMUM_ENTRIES:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=ENTRY)
    entry, key = new_identifier(), new_key()
    row: dict[str, Cell] = {
        "entry": entry,
        "sequence": sequence,
        "wrapped_key": seal(keys.wrap_for(OWNER), key, _context("attack-test-key", keys, entry, sequence)),
        "sealed": seal(key, content, _context(ENTRY, keys, entry, sequence)),
    }
    wipe(key)
    transaction.insert(ATTACK_TESTS, [row])
    return sequence


def count(connection: Connection) -> int:
    """The number of entries."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(ATTACK_TESTS)).scalar_one())


def open_entries(connection: Connection, keys: SubjectKeys) -> tuple[bytes, ...]:
    """Opens every entry, in their order. Raises VaultError(VAULT_DAMAGED), also where one is missing, be it the
    last."""
    require_tally(connection, keys.marker, ATTACK_TESTS)
    found = []
    for sequence, row in enumerate(connection.execute(sa.select(ATTACK_TESTS).order_by(ATTACK_TESTS.c.sequence))):
        if row.sequence != sequence:
            raise VaultError(Code.VAULT_DAMAGED, what=ENTRY)
        key = _key(row.wrapped_key, keys, row.entry, row.sequence)
        found.append(unseal(key, row.sealed, _context(ENTRY, keys, row.entry, row.sequence), ENTRY))
        wipe(key)
    return tuple(found)


def delete_all(transaction: Transaction) -> None:
    """Deletes every entry. Their keys can be had until those that remain are wrapped anew."""
    transaction.delete(ATTACK_TESTS, ATTACK_TESTS.c.sequence >= 0)


def rewrap(transaction: Transaction, old: SubjectKeys, new: SubjectKeys) -> None:
    """Wraps every entry's key anew, so that the keys of deleted ones cannot be had any more."""
    names = [column.name for column in ATTACK_TESTS.columns]

    def anew(row: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(rewrap_entry(dict(zip(names, row, strict=True)), old, new).values())

    transaction.rewrite(ATTACK_TESTS, ATTACK_TESTS.c.entry, ATTACK_TESTS.c.wrapped_key, anew)


def rewrap_entry(row: Mapping[str, Any], old: SubjectKeys, new: SubjectKeys) -> dict[str, Any]:
    """An entry's row with its key under another subject-wrap key. Raises VaultError(VAULT_DAMAGED)."""
    key = _key(row["wrapped_key"], old, row["entry"], row["sequence"])
    wrapped = seal(new.wrap_for(OWNER), key, _context("attack-test-key", new, row["entry"], row["sequence"]))
    wipe(key)
    return {**row, "wrapped_key": wrapped}


def _key(untrusted: bytes, keys: SubjectKeys, entry: str, sequence: int) -> bytearray:
    context = _context("attack-test-key", keys, entry, sequence)
    key = bytearray(unseal(keys.wrap_for(OWNER), untrusted, context, ENTRY))
    if len(key) != KEY_BYTES:
        raise VaultError(Code.VAULT_DAMAGED, what=ENTRY)
    return key


def _context(purpose: str, keys: SubjectKeys, entry: str, sequence: int) -> bytes:
    return bind(purpose.encode(), keys.header, entry.encode(), str(sequence).encode())
