"""Rows of a person's records: sealed, and put in the place of others, in the tallies of their tables and the person."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.vault.crypto.envelope import seal, unseal
from mlid_desktop.vault.crypto.multiset_hash import Cell, Tally
from mlid_desktop.vault.store.schema import RECORDS, SUBJECTS
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys

Rows = Mapping[str, Sequence[dict[str, Cell]]]
"""New rows by the kind of their records."""
StoredRow = tuple[str, Sequence[Any]]
"""The kind of a record and its row, as :func:`.repository.held_rows` reads them."""


def sealed_row(
    subject_id: str, kind: str, sequence: int, extractor: str, plain: bytes, key: bytes, keys: SubjectKeys
) -> dict[str, Cell]:
    """The row of a record, sealed under the person's key."""
    sealed = seal(key, plain, keys.associated(subject_id, kind, sequence, extractor))
    return {"subject": subject_id, "sequence": sequence, "extractor": extractor, "sealed": sealed}


def sealed_note(connection: Connection, subject_id: str, kind: str, plain: bytes, keys: SubjectKeys) -> bytes:
    """What a desk notes about a person for a while, sealed under the person's key. Raises
    UsageError(USAGE_UNKNOWN_SUBJECT)."""
    return seal(_key_of(connection, subject_id, keys), plain, keys.associated(subject_id, kind, 0, ""))


def opened_note(
    connection: Connection, subject_id: str, kind: str, sealed: bytes, keys: SubjectKeys
) -> dict[str, Any] | None:
    """The JSON that :func:`sealed_note` sealed; None where the person has another key by now, as who was enrolled anew.
    Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
    key = _key_of(connection, subject_id, keys)
    try:
        plain = unseal(key, sealed, keys.associated(subject_id, kind, 0, ""), kind)
    except VaultError:
        return None
    found: dict[str, Any] = json.loads(plain)
    return found


def _key_of(connection: Connection, subject_id: str, keys: SubjectKeys) -> bytes:
    wrapped = connection.execute(sa.select(SUBJECTS.c.wrapped_key).where(SUBJECTS.c.subject == subject_id)).scalar()
    if wrapped is None:
        raise UsageError(Code.USAGE_UNKNOWN_SUBJECT)
    return keys.unwrapped(subject_id, wrapped)


def replace_rows(
    transaction: Transaction, subject_id: str, gone: Sequence[StoredRow], come: Rows, keys: SubjectKeys
) -> None:
    """Deletes rows of a person and writes others."""
    if not gone and not come:
        return
    mark = keys.marker.mark
    stored = sa.select(SUBJECTS.c.records_tally).where(SUBJECTS.c.subject == subject_id)
    tally = Tally.read(transaction.connection.execute(stored).scalar_one())
    for kind, row in gone:
        table = RECORDS[kind]
        transaction.delete(table, table.c.subject == subject_id, table.c.sequence == row[1])
        tally -= Tally.of([mark(table.name, list(row))])
    for kind, rows in come.items():
        transaction.insert(RECORDS[kind], rows)
        tally += Tally.of([mark(RECORDS[kind].name, list(cells.values())) for cells in rows])
    transaction.update(SUBJECTS, SUBJECTS.c.subject == subject_id, records_tally=tally.written())
