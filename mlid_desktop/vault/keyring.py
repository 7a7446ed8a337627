"""The keys of an unlocked vault, each for one purpose (FORMAT.md, section 2)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.audit.log import AuditKeys
from mlid_desktop.vault.crypto.envelope import KEY_BYTES, bind, derive, new_key, seal, unseal, wipe
from mlid_desktop.vault.crypto.locked_memory import hold_in_memory
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keys.key_file import KEY_FILE, KeyFile
from mlid_desktop.vault.keys.slots import Roots
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys

IN_FORCE = "subject-wrap"  # the fact that says which wrapped subject-wrap key the rows are under


@dataclass(frozen=True, slots=True)
class VaultKeys:
    """The keys of an unlocked vault: those derived from the roots, and the subject-wrap key in force with its wrapped
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
        guard = derive(roots.data, "subject-wrap", identity.number)
        wrap = bytearray(unseal(guard, wrapped, _context(identity), KEY_FILE))
        wipe(guard)
        if len(wrap) != KEY_BYTES:
            raise VaultError(Code.VAULT_DAMAGED, what=KEY_FILE)
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

    def with_fresh_wrap(self, identity: VaultIdentity) -> VaultKeys:
        """The same keys with a new subject-wrap key."""
        wrapped = new_wrap(self.roots, identity)
        guard = derive(self.roots.data, "subject-wrap", identity.number)
        wrap = bytearray(unseal(guard, wrapped, _context(identity), KEY_FILE))
        wipe(guard)
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


def new_wrap(roots: Roots, identity: VaultIdentity) -> bytes:
    """A new random subject-wrap key, wrapped under the data root."""
    guard, fresh = derive(roots.data, "subject-wrap", identity.number), new_key()
    wrapped = seal(guard, fresh, _context(identity))
    wipe(guard, fresh)
    return wrapped


def wrap_name(wrapped: bytes) -> bytes:
    """The database's name for a wrapped subject-wrap key: its SHA-256."""
    return hashlib.sha256(wrapped).digest()


def wrap_in_force(key_file: KeyFile, facts: Mapping[str, bytes]) -> bytes:
    """The wrapped subject-wrap key of the key file that the rows are under: an interrupted erasure leaves two to choose
    from.

    Raises VaultError(VAULT_ROLLED_BACK) where it is neither.
    """
    named = facts.get(IN_FORCE, b"")
    for wrapped in (key_file.subject_wrap, key_file.pending):
        if wrapped and hmac.compare_digest(wrap_name(wrapped), named):
            return wrapped
    raise VaultError(Code.VAULT_ROLLED_BACK)


def _context(identity: VaultIdentity) -> bytes:
    return bind(b"subject-wrap", identity.header)
