"""The audit chain (FORMAT.md, section 7).

Each entry is sealed, linked to the one before, and authenticated with a key that evolves: after each entry the key is
replaced by a one-way function of itself, so that whoever takes the present key cannot rewrite what was written before.
The first key follows from the control root: supervisors can check every code; others check links, order and number.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.change import START, Change, read_facts
from mlid_desktop.vault.envelope import bind, derive, seal, unseal
from mlid_desktop.vault.identity import VaultIdentity
from mlid_desktop.vault.schema import AUDIT
from mlid_desktop.vault.slots import Roots

KEY, LINK, COUNT = "audit-key", "audit-link", "audit-count"
MAXIMUM_ENTRY = 16 * 1024

AuditFact = str | int | float | bool


@dataclass(frozen=True, slots=True)
class AuditKeys:
    """``first`` is None for those who have no control root."""

    identity: VaultIdentity
    entries: bytearray = field(repr=False)
    first: bytearray | None = field(repr=False)

    @classmethod
    def of(cls, roots: Roots, identity: VaultIdentity) -> AuditKeys:
        """The keys that these roots give."""
        first = None if roots.control is None else derive(roots.control, "audit-first", identity.number)
        return cls(identity, derive(roots.data, "audit-entries", identity.number), first)


def begin(change: Change, keys: AuditKeys) -> None:
    """The empty chain of a new vault."""
    if keys.first is None:
        raise VaultError(Code.VAULT_NOT_PERMITTED)
    change.facts[KEY] = bytes(keys.first)
    change.facts[LINK] = START
    change.set_counter(COUNT, 0)


def append(change: Change, keys: AuditKeys, event: str, facts: Mapping[str, AuditFact]) -> None:
    """One more entry, at the time of the change."""
    sequence = change.counter(COUNT) + 1
    content = {"at": change.now.isoformat(), "event": event, "facts": dict(facts)}
    plain = json.dumps(content, sort_keys=True, ensure_ascii=False).encode()
    if len(plain) > MAXIMUM_ENTRY:
        raise ValueError("an audit entry is short")
    sealed = seal(keys.entries, plain, _associated(keys, sequence))
    covered = _covered(sequence, change.facts[LINK], sealed)
    key, link = change.facts[KEY], hashlib.sha256(covered).digest()
    mac = hmac.digest(key, covered, "sha256")
    row = {"sequence": sequence, "sealed": sealed, "link": link, "mac": mac}
    change.connection.execute(sa.insert(AUDIT).values(**row))
    change.facts[KEY], change.facts[LINK] = _evolved(key), link
    change.set_counter(COUNT, sequence)


def verify(connection: Connection, keys: AuditKeys) -> int:
    """How many entries there are, each found whole and in place. Raises VaultError(VAULT_DAMAGED) naming the first that
    is not."""
    link, key, expected = START, keys.first, 0
    for row in connection.execute(sa.select(AUDIT).order_by(AUDIT.c.sequence)):
        expected += 1
        covered = _covered(expected, link, row.sealed)
        link = hashlib.sha256(covered).digest()
        authentic = key is None or hmac.compare_digest(row.mac, hmac.digest(key, covered, "sha256"))
        if row.sequence != expected or not hmac.compare_digest(row.link, link) or not authentic:
            raise VaultError(Code.VAULT_DAMAGED, what=f"audit entry {expected}")
        unseal(keys.entries, row.sealed, _associated(keys, expected), f"audit entry {expected}")
        key = None if key is None else bytearray(_evolved(key))
    facts = read_facts(connection)
    ends = facts.get(LINK) == link and int.from_bytes(facts.get(COUNT, b""), "big") == expected
    if not ends or (key is not None and not hmac.compare_digest(facts.get(KEY, b""), key)):
        raise VaultError(Code.VAULT_DAMAGED, what=f"audit entry {expected + 1}")
    return expected


def _covered(sequence: int, before: bytes, sealed: bytes) -> bytes:
    return bind(b"audit", sequence.to_bytes(8, "big"), before, sealed)


def _associated(keys: AuditKeys, sequence: int) -> bytes:
    return bind(b"audit", keys.identity.header, sequence.to_bytes(8, "big"))


def _evolved(key: bytes | bytearray) -> bytes:
    return hmac.digest(key, b"evolve", "sha256")
