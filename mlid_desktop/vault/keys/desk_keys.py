"""The keys of a desk: with one it signs what it changes, to the other mail for it is sealed (FORMAT.md, 21).

They are made where a vault is first opened on a machine, and kept in the system's key store, or where there is none
sealed under the data root, in a fact of that machine alone. So a vault that was copied to another machine has another
desk there.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.process.locked_memory import hold_in_memory
from mlid_desktop.vault.crypto.envelope import KEY_BYTES, bind, derive, new_key, seal, unseal, wipe
from mlid_desktop.vault.crypto.public_key_sealing import new_private, public_half
from mlid_desktop.vault.crypto.signing import SigningKey, is_signed_as_before, signing_key_of, verify_key_of
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keys.device_secret import OpenStore, keep_value, kept_value, usual_binding
from mlid_desktop.vault.keys.slots import BINDINGS, Roots

DESK_BYTES, EPOCH_BYTES = 16, 4
WRITTEN_BYTES: Final = DESK_BYTES + 2 * KEY_BYTES
KEPT: Final = "desk-key/"  # begins the names of the facts that say where the keys of a machine's desk are
MACHINE_DIGITS: Final = 16
MACHINE: Final = Path("/etc/machine-id")
WHAT: Final = "desk keys"


@dataclass(frozen=True, slots=True)
class DeskKeys:
    """A desk's identifier (32 hex digits), the seed of its Ed25519 key and its private X25519 key, 32 bytes each."""

    desk: str
    seed: bytearray = field(repr=False)
    box: bytearray = field(repr=False)
    _signing: list[SigningKey] = field(default_factory=list, init=False, repr=False, compare=False)

    @classmethod
    def read(cls, written: bytes) -> DeskKeys:
        """The inverse of :meth:`written`. Raises VaultError(VAULT_DAMAGED)."""
        if len(written) != WRITTEN_BYTES:
            raise VaultError(Code.VAULT_DAMAGED, what=WHAT)
        seed, box = written[DESK_BYTES : DESK_BYTES + KEY_BYTES], written[DESK_BYTES + KEY_BYTES :]
        keys = cls(written[:DESK_BYTES].hex(), bytearray(seed), bytearray(box))
        hold_in_memory(keys.seed, keys.box)
        return keys

    @property
    def sign_pk(self) -> bytes:
        """What the desk's signatures are checked with, 32 bytes."""
        return verify_key_of(signing_key_of(self.seed))

    @property
    def box_pk(self) -> bytes:
        """What mail to the desk is sealed to, 32 bytes."""
        return public_half(self.box)

    def sign(self, content: bytes) -> bytes:
        """The desk's Ed25519 signature over the content, 64 bytes. What the library makes of the seed is kept until
        the keys are wiped: to make it takes twice as long as to sign."""
        if not self._signing:
            self._signing.append(signing_key_of(self.seed))
        return self._signing[0].sign(content)

    def written(self) -> bytes:
        """The keys as bytes, to be kept sealed."""
        return bytes.fromhex(self.desk) + bytes(self.seed) + bytes(self.box)

    def wipe(self) -> None:
        """Overwrites both keys, and lets go of what signs: the library overwrites it then."""
        self._signing.clear()
        wipe(self.seed, self.box)


def new_desk_keys() -> DeskKeys:
    """The keys of a new desk."""
    return DeskKeys(os.urandom(DESK_BYTES).hex(), new_key(), new_private())


def desk_certificate_bytes(header: bytes, desk: str, sign_pk: bytes, box_pk: bytes, epoch: int) -> bytes:
    """The bytes that supervisors sign of a desk."""
    return bind(b"desk", header, desk.encode(), sign_pk, box_pk, epoch.to_bytes(EPOCH_BYTES, "big"))


def is_certified(
    trusted: Sequence[bytes], header: bytes, desk: str, sign_pk: bytes, box_pk: bytes, epoch: int, certificate: bytes
) -> bool:
    """Whether a desk's certificate is by one of the supervisors' verify keys, past or present."""
    if not 0 <= epoch < 1 << 8 * EPOCH_BYTES:
        return False  # a number that nobody signs
    return is_signed_as_before(trusted, certificate, desk_certificate_bytes(header, desk, sign_pk, box_pk, epoch))


def find_desk_keys(
    facts: Mapping[str, bytes], roots: Roots, identity: VaultIdentity, store: OpenStore
) -> DeskKeys | None:
    """The keys of this machine's desk; None where the vault was never opened here, or the key store has lost them."""
    machine = _digits_of_machine(identity)
    kept = facts.get(KEPT + machine, b"")
    try:
        if kept.decode("ascii", "replace") in BINDINGS:
            value = kept_value(kept.decode(), _account(identity), store)
            return None if value is None else DeskKeys.read(value)
        return DeskKeys.read(_opened(kept, roots, identity, machine))
    except VaultError:
        return None


def make_desk_keys(roots: Roots, identity: VaultIdentity, store: OpenStore) -> tuple[DeskKeys, dict[str, bytes]]:
    """Keys for a vault that says nothing of this machine, with the fact that is to say where they are: those that its
    key store has of an earlier copy of the vault, else new ones, kept there or, where there is no store, sealed."""
    digits, account = _digits_of_machine(identity), _account(identity)
    name, keys = KEPT + digits, new_desk_keys()
    try:
        binding = usual_binding()
        known = kept_value(binding, account, store)
        if known is not None:
            keys = DeskKeys.read(known)
        else:
            keep_value(binding, account, keys.written(), store)
    except VaultError:
        return keys, {name: _sealed(keys.written(), roots, identity, digits)}
    return keys, {name: binding.encode()}


def seal_under(facts: Mapping[str, bytes], old: Roots, new: Roots, identity: VaultIdentity) -> dict[str, bytes]:
    """The facts that hold desks' keys, sealed under new roots: part of a rotation. Raises VaultError(VAULT_DAMAGED)."""
    found = {name: kept for name, kept in facts.items() if name.startswith(KEPT)}
    sealed = {name: kept for name, kept in found.items() if kept.decode("ascii", "replace") not in BINDINGS}
    machines = {name: name.removeprefix(KEPT) for name in sealed}
    return {
        name: _sealed(_opened(kept, old, identity, machines[name]), new, identity, machines[name])
        for name, kept in sealed.items()
    }


def _sealed(written: bytes, roots: Roots, identity: VaultIdentity, machine: str) -> bytes:
    guard = derive(roots.data, "desk-key", identity.number)
    sealed = seal(guard, written, bind(b"desk-key", identity.header, machine.encode()))
    wipe(guard)
    return sealed


def _opened(kept: bytes, roots: Roots, identity: VaultIdentity, machine: str) -> bytes:
    guard = derive(roots.data, "desk-key", identity.number)
    try:
        return unseal(guard, kept, bind(b"desk-key", identity.header, machine.encode()), WHAT)
    finally:
        wipe(guard)


def _account(identity: VaultIdentity) -> str:
    return f"{identity.vault_id}/desk"


def _digits_of_machine(identity: VaultIdentity) -> str:
    """What tells machines apart, as far as the system has a name of its own for them: 16 hex digits that lead to no
    machine by themselves."""
    try:
        machine = MACHINE.read_bytes().strip()
    except OSError:
        machine = b""
    return hashlib.sha256(bind(b"desk-machine", identity.header, machine)).hexdigest()[:MACHINE_DIGITS]
