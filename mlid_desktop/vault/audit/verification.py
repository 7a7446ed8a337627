"""Reads the audit chain, and finds what was done to it (FORMAT.md, section 7)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.audit import AuditEntry, AuditFault, AuditFinding
from mlid_desktop.domain.errors import VaultError
from mlid_desktop.vault.audit import log as audit_log
from mlid_desktop.vault.audit.log import AuditKeys
from mlid_desktop.vault.store.schema import AUDIT
from mlid_desktop.vault.store.transaction import START, read_facts

ROWS_AT_A_TIME = 1000


@dataclass(frozen=True, slots=True)
class Chain:
    """Result of walking the audit chain: ``links`` by entry number, the first being that before the first entry;
    ``finding`` is the first thing wrong."""

    links: Sequence[bytes]
    finding: AuditFinding | None = None

    @property
    def entries(self) -> int:
        """Number of audit entries found in place."""
        return len(self.links) - 1


def walk(connection: Connection, keys: AuditKeys) -> Chain:
    """Walks the audit chain in order, up to the first entry that is not as it was written. With the control root each
    code is recomputed from the first key."""
    links: list[bytes] = [START]
    key: bytes | bytearray | None = keys.first
    for row in _rows(connection, 1):
        sequence = len(links)
        link, next_key = _checked(row, sequence, links[-1], key, keys)
        if link is None:
            return Chain(links, AuditFinding(_fault_at(connection, row, sequence, keys), sequence))
        links.append(link)
        key = next_key
    return Chain(links, _ending(connection, links, key))


def read(connection: Connection, keys: AuditKeys, first: int, last: int) -> Iterator[AuditEntry]:
    """The audit entries ``first`` to ``last``. Raises VaultError(VAULT_DAMAGED) where one does not open under its
    number."""
    for row in _rows(connection, first):
        if row.sequence > last:
            return
        yield audit_log.read_entry(row.sequence, audit_log.open_entry(keys, row.sealed, row.sequence))


def newest_entry_number(connection: Connection) -> int:
    """The number of the newest audit entry."""
    return int(connection.execute(sa.select(sa.func.max(AUDIT.c.sequence))).scalar() or 0)


def sealed_rows(connection: Connection, keys: AuditKeys) -> Iterator[tuple[int, bytes, bytes, bytes]]:
    """Number, text, ciphertext and link of every audit entry, for an export."""
    for row in _rows(connection, 1):
        yield row.sequence, audit_log.open_entry(keys, row.sealed, row.sequence), row.sealed, row.link


def _rows(connection: Connection, first: int) -> Iterator[Any]:
    wanted = sa.select(AUDIT).where(AUDIT.c.sequence >= first).order_by(AUDIT.c.sequence)
    for rows in connection.execute(wanted).partitions(ROWS_AT_A_TIME):
        yield from rows


def _checked(
    row: Any, sequence: int, before: bytes, key: bytes | bytearray | None, keys: AuditKeys
) -> tuple[bytes | None, bytes | None]:
    """The entry's link and the next key, where the entry is as it was written; None for both where it is not."""
    if row.sequence != sequence:
        return None, None
    try:
        plain = audit_log.open_entry(keys, row.sealed, sequence)
    except VaultError:
        return None, None
    over = audit_log.covered_bytes(sequence, before, row.sealed, plain)
    link = hashlib.sha256(over).digest()
    authentic = key is None or hmac.compare_digest(row.mac, hmac.digest(key, over, "sha256"))
    if not authentic or not hmac.compare_digest(row.link, link):
        return None, None
    return link, None if key is None else audit_log.evolve_key(key)


def _ending(connection: Connection, links: Sequence[bytes], key: bytes | bytearray | None) -> AuditFinding | None:
    """The finding on the end of the chain: whether it ends where the database says; the key of the next entry cannot be
    had by going back."""
    facts = read_facts(connection)
    entries, said = len(links) - 1, int.from_bytes(facts.get(audit_log.COUNT, b""), "big")
    if said > entries:
        return AuditFinding(AuditFault.TRUNCATED, entries + 1)
    if said < entries:
        return AuditFinding(AuditFault.ADDED, said + 1)
    if not hmac.compare_digest(facts.get(audit_log.LINK, b""), links[-1]):
        return AuditFinding(AuditFault.CHANGED, entries)
    if key is not None and not hmac.compare_digest(facts.get(audit_log.KEY, b""), key):
        return AuditFinding(AuditFault.TRUNCATED, entries + 1)
    return None


def _fault_at(connection: Connection, row: Any, sequence: int, keys: AuditKeys) -> AuditFault:
    """The fault at this entry number. Every ciphertext is bound to the number it was written for: where it opens tells
    whether it was moved."""
    if _opens(keys, row.sealed, sequence) and row.sequence == sequence:
        return AuditFault.CHANGED
    others = [other for other in _rows(connection, 1) if other.sequence != row.sequence]
    if any(_opens(keys, other.sealed, sequence) for other in others):
        return AuditFault.REORDERED
    said = int.from_bytes(read_facts(connection).get(audit_log.COUNT, b""), "big")
    if sequence > said:
        return AuditFault.ADDED
    if row.sequence == sequence:
        moved_up = any(_opens(keys, row.sealed, later) for later in range(sequence + 1, said + 1))
        return AuditFault.REMOVED if moved_up else AuditFault.CHANGED
    return AuditFault.REMOVED


def _opens(keys: AuditKeys, sealed: bytes, sequence: int) -> bool:
    try:
        audit_log.open_entry(keys, sealed, sequence)
    except VaultError:
        return False
    return True
