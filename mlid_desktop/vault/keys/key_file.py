"""The content of a key file (FORMAT.md, section 3)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import Operator
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keys.slots import BY_PASSPHRASE, Grant, Latch

KEY_FILE = "vault.keys"
VAULT_FORMAT = 3  # of everything that is stored: raised once with each change of it (FORMAT.md, section 13)
READABLE_FORMATS = frozenset({1, 2, VAULT_FORMAT})


@dataclass(frozen=True, slots=True)
class Succession:
    """One rotation of the control root: the verify key ``by`` vouched for ``to`` from ``epoch`` on."""

    by: bytes
    to: bytes
    epoch: int
    signature: bytes


@dataclass(frozen=True, slots=True)
class Control:
    """The part of the key file that supervisors sign: the identity, the grants, and the verify key now. ``epoch``
    counts rotations."""

    identity: VaultIdentity
    epoch: int
    verify_key: bytes
    grants: tuple[Grant, ...]
    succession: tuple[Succession, ...] = ()

    @property
    def trusted_keys(self) -> tuple[bytes, ...]:
        """The present verify key and those before it, newest first."""
        return (self.verify_key, *(step.by for step in reversed(self.succession)))


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The content of a key file: ``subject_wrap`` are the sealed bucket keys; ``pending`` their successors while an
    erasure is under way; ``rotation`` is the digest of the head that comes with these keys, while a rotation is being
    completed; ``format`` is that of the whole vault."""

    control: Control
    signature: bytes
    generation: int
    latches: tuple[Latch, ...]
    subject_wrap: bytes = field(repr=False)
    pending: bytes = field(default=b"", repr=False)
    rotation: bytes = b""
    format: int = VAULT_FORMAT

    @property
    def identity(self) -> VaultIdentity:
        """Identity of the vault that the key file opens."""
        return self.control.identity

    @property
    def operators(self) -> tuple[Operator, ...]:
        """The operators who have a slot."""
        return tuple(grant.operator for grant in self.control.grants if grant.kind == BY_PASSPHRASE)

    def grant(self, name: str | None) -> Grant:
        """The grant of the named operator, or the only one. Raises VaultError(VAULT_UNKNOWN_OPERATOR)."""
        people = self.operators
        if name is None and len(people) == 1:
            name = people[0].name
        found = next((grant for grant in self.control.grants if grant.name == name), None)
        if found is None:
            raise VaultError(Code.VAULT_UNKNOWN_OPERATOR)
        return found

    def latch(self, name: str) -> Latch:
        """The latch of the named operator. Raises VaultError(VAULT_DAMAGED) where a grant has no latch."""
        found = next((latch for latch in self.latches if latch.name == name), None)
        if found is None:
            raise VaultError(Code.VAULT_DAMAGED, what=KEY_FILE)
        return found

    def with_wrap(self, subject_wrap: bytes, pending: bytes) -> KeyFile:
        """The key file of the next generation with these bucket keys."""
        return replace(self, subject_wrap=subject_wrap, pending=pending, rotation=b"", generation=self.generation + 1)

    def without_wraps(self) -> KeyFile:
        """The key file as the key part of a backup has it: who may open the vault, and no bucket keys."""
        return replace(self, subject_wrap=b"", pending=b"", rotation=b"")

    def in_present_format(self) -> KeyFile:
        """The key file of the next generation in today's vault format."""
        return replace(self, format=VAULT_FORMAT, generation=self.generation + 1)

    def succeeding(self, own: KeyFile, subject_wrap: bytes, pending: bytes) -> KeyFile:
        """The key file of another desk as this desk keeps it after its ``own``, with these subject-wrap keys."""
        generation = max(self.generation, own.generation) + 1
        return replace(self, subject_wrap=subject_wrap, pending=pending, rotation=b"", generation=generation)

    def with_rotation(self, digest: bytes) -> KeyFile:
        """The key file of the same generation, naming the head of the database that comes with it."""
        return replace(self, rotation=digest)

    def with_latch(self, latch: Latch) -> KeyFile:
        """The key file of the next generation, with this latch in place of the one of the same name."""
        latches = tuple(latch if other.name == latch.name else other for other in self.latches)
        return replace(self, latches=latches, generation=self.generation + 1)
