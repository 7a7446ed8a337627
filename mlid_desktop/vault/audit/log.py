"""Writes the audit chain (FORMAT.md, section 7).

Each entry is sealed, linked to the one before, and authenticated with a key that evolves: after each entry the key is
replaced by a one-way function of itself, so that whoever takes the present key cannot rewrite what was written before.
The first key follows from the control root: supervisors can check every code; others check links, order and number,
and the signatures of checkpoints.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mlid_desktop.domain.audit import AuditEntry, AuditFact
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.audit.events import require_known
from mlid_desktop.vault.crypto.envelope import KEY_BYTES, bind, derive, new_key, seal, unseal, wipe
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.figures import figure_store
from mlid_desktop.vault.keys.slots import Roots
from mlid_desktop.vault.store.schema import AUDIT
from mlid_desktop.vault.store.statements import insert_rows
from mlid_desktop.vault.store.transaction import AUDIT_LINK, START, Transaction

KEY, LINK, COUNT = "audit-key", AUDIT_LINK, "audit-count"
WRAPPED_ENTRIES, WRAPPED_FIRST = "audit-entries", "audit-first"  # names of facts, and what their guards are derived for
MAXIMUM_ENTRY = 16 * 1024


@dataclass(frozen=True, slots=True)
class Note:
    """An act to be recorded as an audit entry."""

    event: str
    facts: Mapping[str, AuditFact]


@dataclass(frozen=True, slots=True)
class AuditKeys:
    """The keys of the audit: ``entries`` seals entries. ``first`` begins the chain of codes and is None for those
    without control root. Both are random and stand wrapped among the facts, so that a rotation of the roots leaves the
    chain as it is."""

    identity: VaultIdentity
    entries: bytearray = field(repr=False)
    first: bytearray | None = field(repr=False)

    @classmethod
    def of(cls, roots: Roots, identity: VaultIdentity, facts: Mapping[str, bytes]) -> AuditKeys:
        """Unwraps the audit's keys with these roots. Raises VaultError(VAULT_DAMAGED)."""
        entries = _unwrapped(roots.data, WRAPPED_ENTRIES, identity, facts)
        first = None if roots.control is None else _unwrapped(roots.control, WRAPPED_FIRST, identity, facts)
        return cls(identity, entries, first)

    def wrap(self, transaction: Transaction, roots: Roots) -> None:
        """Wraps the audit's keys under a supervisor's roots: at creation, and when roots are rotated. Raises
        VaultError(VAULT_NOT_PERMITTED)."""
        transaction.facts[WRAPPED_ENTRIES], transaction.facts[WRAPPED_FIRST] = self.wrapped_under(roots)

    def wrapped_under(self, roots: Roots) -> tuple[bytes, bytes]:
        """Both keys wrapped under a supervisor's roots: that of the entries, and the first. Raises
        VaultError(VAULT_NOT_PERMITTED)."""
        if roots.control is None or self.first is None:
            raise VaultError(Code.VAULT_NOT_PERMITTED)
        entries = _wrapped(roots.data, WRAPPED_ENTRIES, self.identity, self.entries)
        return entries, _wrapped(roots.control, WRAPPED_FIRST, self.identity, self.first)

    def wipe(self) -> None:
        """Overwrites both keys of the audit."""
        wipe(self.entries, *([] if self.first is None else [self.first]))


def begin(transaction: Transaction, roots: Roots, identity: VaultIdentity) -> None:
    """Begins the empty audit chain of a new vault. Raises VaultError(VAULT_NOT_PERMITTED) without a control root."""
    keys = AuditKeys(identity, new_key(), new_key())
    keys.wrap(transaction, roots)
    transaction.facts[KEY] = bytes(keys.first or b"")
    transaction.facts[LINK] = START
    transaction.set_counter(COUNT, 0)
    keys.wipe()


def begin_wrapped(transaction: Transaction, entries: bytes, first: bytes, key: bytes) -> None:
    """Begins the empty audit chain of another desk, with keys that a supervisor wrapped; ``key`` is the first one."""
    transaction.facts[WRAPPED_ENTRIES], transaction.facts[WRAPPED_FIRST] = entries, first
    transaction.facts[KEY] = key
    transaction.facts[LINK] = START
    transaction.set_counter(COUNT, 0)


def append(transaction: Transaction, keys: AuditKeys, event: str, facts: Mapping[str, AuditFact]) -> None:
    """Appends one audit entry, at the time of the change. Raises ValueError for an event or a fact that is not known
    (``events``)."""
    append_all(transaction, keys, [Note(event, facts)])


def append_all(transaction: Transaction, keys: AuditKeys, notes: Sequence[Note]) -> None:
    """Appends one audit entry for each note, in this order, and counts those that are counted by day."""
    rows = []
    sequence, key, link = transaction.counter(COUNT), transaction.facts[KEY], transaction.facts[LINK]
    for note in notes:
        require_known(note.event, note.facts)
        sequence += 1
        plain = _plain(note, transaction.now)
        sealed = sealed_entry(keys, plain, sequence)
        over = covered_bytes(sequence, link, sealed, plain)
        link = hashlib.sha256(over).digest()
        rows.append({"sequence": sequence, "sealed": sealed, "link": link, "mac": hmac.digest(key, over, "sha256")})
        key = evolve_key(key)
    if rows:
        transaction.name_act(notes[0].event, str(notes[0].facts.get("subject", "")))
        insert_rows(transaction.connection, AUDIT, rows)
        transaction.facts[KEY], transaction.facts[LINK] = key, link
        transaction.set_counter(COUNT, sequence)
        figure_store.count_acts(transaction, ((note.event, note.facts) for note in notes))


def sealed_entry(keys: AuditKeys, plain: bytes, sequence: int) -> bytes:
    """The text of an audit entry, sealed for its number in the chain."""
    return seal(keys.entries, plain, _associated(keys.identity, sequence))


def open_entry(keys: AuditKeys, sealed: bytes, sequence: int) -> bytes:
    """Opens the text of an audit entry. Raises VaultError(VAULT_DAMAGED) where it is not what was written under this
    number."""
    return unseal(keys.entries, sealed, _associated(keys.identity, sequence), f"audit entry {sequence}")


def read_entry(sequence: int, plain: bytes) -> AuditEntry:
    """Parses an audit entry. Raises VaultError(VAULT_DAMAGED)."""
    try:
        content = json.loads(plain)
        at = datetime.fromisoformat(content["at"])
        return AuditEntry(sequence, at, str(content["event"]), dict(content["facts"]))
    except (ValueError, KeyError, TypeError):
        raise VaultError(Code.VAULT_DAMAGED, what=f"audit entry {sequence}") from None


def covered_bytes(sequence: int, before: bytes, sealed: bytes, plain: bytes) -> bytes:
    """The bytes that the link and the authentication code of an audit entry are computed over. Hashes of ciphertext and
    text stand for them, so that an export without any key can be checked too."""
    return covered_digests(sequence, before, hashlib.sha256(sealed).digest(), hashlib.sha256(plain).digest())


def covered_digests(sequence: int, before: bytes, sealed_digest: bytes, plain_digest: bytes) -> bytes:
    """The same bytes as :func:`covered_bytes`, from the hashes of ciphertext and text alone."""
    return bind(b"audit", sequence.to_bytes(8, "big"), before, sealed_digest, plain_digest)


def evolve_key(key: bytes | bytearray) -> bytes:
    """The authentication key of the next audit entry."""
    return hmac.digest(key, b"evolve", "sha256")


def _plain(note: Note, now: datetime) -> bytes:
    content = {"at": now.isoformat(), "event": note.event, "facts": dict(note.facts)}
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    if len(plain) > MAXIMUM_ENTRY:
        raise ValueError("an audit entry is short")
    return plain


def _associated(identity: VaultIdentity, sequence: int) -> bytes:
    return bind(b"audit", identity.header, sequence.to_bytes(8, "big"))


def _wrapped(root: bytearray, name: str, identity: VaultIdentity, key: bytearray) -> bytes:
    guard = derive(root, name, identity.number)
    sealed = seal(guard, key, bind(name.encode(), identity.header))
    wipe(guard)
    return sealed


def _unwrapped(root: bytearray, name: str, identity: VaultIdentity, facts: Mapping[str, bytes]) -> bytearray:
    guard = derive(root, name, identity.number)
    key = bytearray(unseal(guard, facts.get(name, b""), bind(name.encode(), identity.header), name))
    wipe(guard)
    if len(key) != KEY_BYTES:
        raise VaultError(Code.VAULT_DAMAGED, what=name)
    return key
