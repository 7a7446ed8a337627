"""The keys of an unlocked vault, each for one purpose (FORMAT.md, section 2)."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.process.locked_memory import hold_in_memory
from mlid_desktop.vault.audit.log import AuditKeys
from mlid_desktop.vault.crypto.envelope import KEY_BYTES, bind, derive, new_key, seal, unseal, wipe
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keys.key_file import KEY_FILE, KeyFile
from mlid_desktop.vault.keys.slots import Roots
from mlid_desktop.vault.subjects.subject_keys import BUCKETS, SubjectKeys

WRAPS_BYTES: Final = BUCKETS * KEY_BYTES
IN_FORCE = "subject-wrap"  # the fact that says which sealed bucket keys the rows are under


@dataclass(frozen=True, slots=True)
class VaultKeys:
    """The keys of an unlocked vault: those derived from the roots, and the bucket keys in force with their sealed
    form."""

    roots: Roots = field(repr=False)
    head: bytearray = field(repr=False)
    audit: AuditKeys = field(repr=False)
    subjects: SubjectKeys = field(repr=False)
    wrapped: bytes = field(repr=False)

    @classmethod
    def of(cls, roots: Roots, identity: VaultIdentity, wrapped: bytes, chain: AuditKeys) -> VaultKeys:
        """Derives the vault's keys from these roots, and takes those of the audit chain. Raises
        VaultError(VAULT_DAMAGED)."""
        wrap = _opened_wraps(roots, identity, wrapped)
        blind, tally = (derive(roots.data, purpose, identity.number) for purpose in ("blind-index", "tally"))
        people = SubjectKeys(identity.header, wrap, blind, tally)
        keys = cls(roots, head_key(roots, identity), chain, people, wrapped)
        hold_in_memory(*keys.buffers)
        return keys

    @property
    def buffers(self) -> tuple[bytearray, ...]:
        """The buffers of every key that is held while the vault is open."""
        more = [key for key in (self.roots.control, self.audit.first) if key is not None]
        people = self.subjects
        return (self.roots.data, self.head, self.audit.entries, people.wrap, people.blind, people.tally, *more)

    def with_fresh_wraps(self, identity: VaultIdentity, buckets: Collection[int]) -> VaultKeys:
        """The same keys with new ones for these buckets. What had one key for all gets keys for every bucket."""
        present = self.subjects.wrap
        wrap = bytearray(present if len(present) == WRAPS_BYTES else WRAPS_BYTES)
        hold_in_memory(wrap)
        for bucket in buckets:
            fresh = new_key()
            wrap[bucket * KEY_BYTES : (bucket + 1) * KEY_BYTES] = fresh
            wipe(fresh)
        return replace(self, subjects=replace(self.subjects, wrap=wrap), wrapped=_sealed(self.roots, identity, wrap))

    def with_wraps(self, identity: VaultIdentity, wrapped: bytes) -> VaultKeys:
        """The same keys with other bucket keys, sealed under the data root. Raises VaultError(VAULT_DAMAGED) where they
        are not."""
        wrap = _opened_wraps(self.roots, identity, wrapped)
        hold_in_memory(wrap)
        return replace(self, subjects=replace(self.subjects, wrap=wrap), wrapped=wrapped)

    def wipe(self) -> None:
        """Overwrites every key of the vault."""
        self.roots.wipe()
        wipe(self.head, self.audit.entries, *([] if self.audit.first is None else [self.audit.first]))
        wipe(self.subjects.wrap, self.subjects.blind, self.subjects.tally)


def database_key(roots: Roots, identity: VaultIdentity) -> bytearray:
    """The raw key of the SQLCipher database."""
    return derive(roots.data, "database", identity.number)


def head_key(roots: Roots, identity: VaultIdentity) -> bytearray:
    """The key that authenticates the head of the database."""
    return derive(roots.data, "head", identity.number)


def new_wraps(roots: Roots, identity: VaultIdentity) -> bytes:
    """New random keys of all buckets, sealed under the data root."""
    fresh = bytearray(os.urandom(WRAPS_BYTES))
    sealed = _sealed(roots, identity, fresh)
    wipe(fresh)
    return sealed


def wraps_name(wrapped: bytes) -> bytes:
    """The database's name for sealed bucket keys: their SHA-256."""
    return hashlib.sha256(wrapped).digest()


def wraps_in_force(key_file: KeyFile, facts: Mapping[str, bytes]) -> bytes:
    """The sealed bucket keys of the key file that the rows are under: an interrupted erasure leaves two to choose from.

    Raises VaultError(VAULT_ROLLED_BACK) where it is neither.
    """
    named = facts.get(IN_FORCE, b"")
    for wrapped in (key_file.subject_wrap, key_file.pending):
        if wrapped and hmac.compare_digest(wraps_name(wrapped), named):
            return wrapped
    raise VaultError(Code.VAULT_ROLLED_BACK)


def _sealed(roots: Roots, identity: VaultIdentity, wrap: bytearray) -> bytes:
    guard = derive(roots.data, "subject-wrap", identity.number)
    sealed = seal(guard, wrap, bind(b"bucket-wrap", identity.header))
    wipe(guard)
    return sealed


def _opened_wraps(roots: Roots, identity: VaultIdentity, wrapped: bytes) -> bytearray:
    """Opens the sealed bucket keys; of a vault of format 1 or 2, and of one whose migration is not through, the one key
    for all. Raises VaultError(VAULT_DAMAGED)."""
    purpose, size = (b"subject-wrap", KEY_BYTES) if len(wrapped) < WRAPS_BYTES else (b"bucket-wrap", WRAPS_BYTES)
    guard = derive(roots.data, "subject-wrap", identity.number)
    wrap = bytearray(unseal(guard, wrapped, bind(purpose, identity.header), KEY_FILE))
    wipe(guard)
    if len(wrap) != size:
        raise VaultError(Code.VAULT_DAMAGED, what=KEY_FILE)
    return wrap
