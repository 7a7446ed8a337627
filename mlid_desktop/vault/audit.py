"""The audit chain: each entry's code covers the one before (FORMAT.md, section 7)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.database import AUDIT
from mlid_desktop.vault.envelope import bind

START = bytes(32)


def append(
    connection: Connection, event: str, facts: Mapping[str, str | int | bool], at: datetime, key: bytearray
) -> None:
    """One more entry."""
    last = connection.execute(sa.select(AUDIT).order_by(AUDIT.c.sequence.desc()).limit(1)).first()
    sequence, before = (1, START) if last is None else (last.sequence + 1, last.mac)
    entry = json.dumps({"at": at.isoformat(), "event": event, "facts": dict(facts)}, sort_keys=True).encode()
    mac = _mac(key, sequence, before, entry)
    connection.execute(sa.insert(AUDIT).values(sequence=sequence, entry=entry, mac=mac))


def verify(connection: Connection, key: bytearray) -> int:
    """How many entries there are, each found whole and in place. Raises VaultError(VAULT_DAMAGED)."""
    before, expected = START, 0
    for row in connection.execute(sa.select(AUDIT).order_by(AUDIT.c.sequence)):
        expected += 1
        if row.sequence != expected or not hmac.compare_digest(row.mac, _mac(key, row.sequence, before, row.entry)):
            raise VaultError(Code.VAULT_DAMAGED, what=f"audit entry {expected}")
        before = row.mac
    return expected


def _mac(key: bytearray, sequence: int, before: bytes, entry: bytes) -> bytes:
    return hmac.new(bytes(key), bind(sequence.to_bytes(8, "big"), before, entry), hashlib.sha256).digest()
