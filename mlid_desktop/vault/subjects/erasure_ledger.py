"""The ledger of erasures: people who must not be restored with a backup (FORMAT.md, section 5).

An entry names the random identifier that the person had, when it was erased and why; nothing in it leads to the person.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import ErasureReason, LedgerEntry
from mlid_desktop.vault.store.schema import LEDGER, SUBJECTS
from mlid_desktop.vault.store.statements import is_any_among
from mlid_desktop.vault.store.transaction import Transaction

FORMAT = 1
MAXIMUM_LEDGER = 64 * 1024 * 1024
MAXIMUM_ENTRIES = 500_000
IDENTIFIERS_AT_ONCE = 500  # in one question to the database
_IDENTIFIER = re.compile(r"[0-9a-f]{32}")


def append(transaction: Transaction, subject_id: str, reason: ErasureReason) -> LedgerEntry:
    """Adds an erasure of now to the ledger."""
    number = sa.select(sa.func.coalesce(sa.func.max(LEDGER.c.sequence), 0))
    entry = LedgerEntry(transaction.connection.execute(number).scalar_one() + 1, subject_id, transaction.now, reason)
    _insert(transaction, [entry])
    return entry


def entries(connection: Connection) -> tuple[LedgerEntry, ...]:
    """Every entry of the erasure ledger, oldest first."""
    rows = connection.execute(sa.select(LEDGER).order_by(LEDGER.c.sequence)).all()
    return tuple(
        LedgerEntry(row.sequence, row.subject, datetime.fromisoformat(row.erased_at), ErasureReason(row.reason))
        for row in rows
    )


def merge(transaction: Transaction, later: Sequence[LedgerEntry]) -> tuple[str, ...]:
    """Merges the entries of a later ledger, and names those of its people who are still here: the caller erases them in
    the same change."""
    known = {entry.subject_id for entry in entries(transaction.connection)}
    new = [entry for entry in later if entry.subject_id not in known]
    first = len(known) + 1
    _insert(
        transaction,
        [
            LedgerEntry(first + index, entry.subject_id, entry.erased_at, entry.reason)
            for index, entry in enumerate(new)
        ],
    )
    return still_here(transaction.connection, later)


def still_here(connection: Connection, later: Sequence[LedgerEntry]) -> tuple[str, ...]:
    """The people of a ledger who are enrolled."""
    here = set(connection.execute(sa.select(SUBJECTS.c.subject)).scalars())
    return tuple(entry.subject_id for entry in later if entry.subject_id in here)


def require_not_erased(connection: Connection, subject_ids: Sequence[str]) -> None:
    """Raises UsageError(USAGE_RECORD_CHANGED) where one of these people was erased: nobody comes back under an
    identifier that stands for somebody who is gone."""
    for start in range(0, len(subject_ids), IDENTIFIERS_AT_ONCE):
        part = subject_ids[start : start + IDENTIFIERS_AT_ONCE]
        if is_any_among(connection, LEDGER, "subject", part):
            raise UsageError(Code.USAGE_RECORD_CHANGED)


def ledger_bytes(kept: Iterable[LedgerEntry]) -> bytes:
    """The ledger as one line of JSON, to be kept beside backups. It is not authenticated by itself."""
    rows = [[entry.sequence, entry.subject_id, entry.erased_at.isoformat(), entry.reason.value] for entry in kept]
    return json.dumps({"format": FORMAT, "erased": rows}, separators=(",", ":")).encode()


def read_ledger(untrusted: bytes) -> tuple[LedgerEntry, ...]:
    """Parses an erasure ledger as :func:`ledger_bytes` wrote it. Raises VaultError(VAULT_DAMAGED,
    VAULT_UNSUPPORTED_VERSION)."""
    if len(untrusted) > MAXIMUM_LEDGER:
        raise VaultError(Code.VAULT_DAMAGED, what=LEDGER.name)
    try:
        content: Any = json.loads(untrusted)
        found, rows = content["format"], content["erased"]
        if found == FORMAT and isinstance(rows, list) and len(rows) <= MAXIMUM_ENTRIES:
            return tuple(_entry(sequence, row) for sequence, row in enumerate(rows, start=1))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise VaultError(Code.VAULT_DAMAGED, what=LEDGER.name) from None
    if found != FORMAT:
        raise VaultError(Code.VAULT_UNSUPPORTED_VERSION, found=str(found)[:20])
    raise VaultError(Code.VAULT_DAMAGED, what=LEDGER.name)


def _entry(expected: int, row: Any) -> LedgerEntry:
    sequence, subject_id, erased_at, reason = row
    if sequence != expected or not _IDENTIFIER.fullmatch(subject_id):
        raise ValueError("an entry in order, with an identifier")
    return LedgerEntry(expected, subject_id, datetime.fromisoformat(erased_at), ErasureReason(reason))


def _insert(transaction: Transaction, new: Sequence[LedgerEntry]) -> None:
    transaction.insert(
        LEDGER,
        [
            {
                "sequence": entry.sequence,
                "subject": entry.subject_id,
                "erased_at": entry.erased_at.isoformat(),
                "reason": entry.reason.value,
            }
            for entry in new
        ],
    )
