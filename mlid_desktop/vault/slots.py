"""Slots: a passphrase, stretched by Argon2id, opens the roots (FORMAT.md, section 3)."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import Operator, Role
from mlid_desktop.vault.envelope import KEY_BYTES, bind, seal, unseal

MINIMUM_PASSPHRASE = 8  # NIST SP 800-63B-4, 3.1.1.2
MAXIMUM_PASSPHRASE = 1024
SALT_BYTES = 16
MAXIMUM_NAME = 100
MAXIMUM_SLOTS = 64


@dataclass(frozen=True, slots=True)
class KdfCost:
    """Argon2id (RFC 9106): memory in KiB, passes, lanes."""

    memory_kib: int
    passes: int
    lanes: int


FLOOR = KdfCost(19 * 1024, 2, 1)  # OWASP's least
CEILING = KdfCost(2 * 1024 * 1024, 64, 16)  # what a file may ask this machine to spend
DEFAULT_COST = KdfCost(256 * 1024, 3, 4)  # about half a second to a second on desk machines of the day


@dataclass(frozen=True, slots=True)
class Roots:
    """The data root opens records; the control root, supervisors alone have it, signs what governs the desk."""

    data: bytearray = field(repr=False)
    control: bytearray | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Slot:
    """One person's way in: name and role in clear, roots wrapped under the passphrase."""

    name: str
    role: Role
    salt: bytes
    cost: KdfCost
    wrapped: bytes = field(repr=False)

    @property
    def operator(self) -> Operator:
        """Who this slot is for."""
        return Operator(self.name, self.role)


def make_slot(operator: Operator, passphrase: str, roots: Roots, header: bytes, cost: KdfCost) -> Slot:
    """A new slot. Supervisors get both roots, others the data root. Raises VaultError(VAULT_WEAK_PASSPHRASE)."""
    require_cost(cost)
    checked = checked_passphrase(passphrase)
    salt = os.urandom(SALT_BYTES)
    supervisor = operator.role is Role.SUPERVISOR
    if supervisor and roots.control is None:
        raise VaultError(Code.VAULT_NOT_PERMITTED)
    inside = bytes(roots.data) + (bytes(roots.control) if supervisor and roots.control is not None else b"")
    bare = Slot(operator.name, operator.role, salt, cost, b"")
    wrapped = seal(_stretch(checked, salt, cost), inside, _associated(header, bare))
    return Slot(operator.name, operator.role, salt, cost, wrapped)


def open_slot(slot: Slot, passphrase: str, header: bytes) -> Roots:
    """The roots behind a slot. Raises VaultError(VAULT_WRONG_PASSPHRASE, VAULT_KDF_OUT_OF_BOUNDS)."""
    require_cost(slot.cost)
    key = _stretch(_normalised(passphrase), slot.salt, slot.cost)
    try:
        inside = unseal(key, slot.wrapped, _associated(header, slot), "slot")
    except VaultError as fault:
        wrong = fault.code is Code.VAULT_DAMAGED
        raise VaultError(Code.VAULT_WRONG_PASSPHRASE) if wrong else fault from None
    expected = 2 * KEY_BYTES if slot.role is Role.SUPERVISOR else KEY_BYTES
    if len(inside) != expected:
        raise VaultError(Code.VAULT_DAMAGED, what="slot")
    control = bytearray(inside[KEY_BYTES:]) if slot.role is Role.SUPERVISOR else None
    return Roots(bytearray(inside[:KEY_BYTES]), control)


def require_cost(cost: KdfCost) -> None:
    """Raises VaultError(VAULT_KDF_OUT_OF_BOUNDS) below the floor or above the ceiling."""
    pairs = (
        (FLOOR.memory_kib, cost.memory_kib, CEILING.memory_kib),
        (FLOOR.passes, cost.passes, CEILING.passes),
        (FLOOR.lanes, cost.lanes, CEILING.lanes),
    )
    if not all(low <= value <= high for low, value, high in pairs):
        raise VaultError(Code.VAULT_KDF_OUT_OF_BOUNDS)


def checked_passphrase(passphrase: str) -> bytes:
    """Normalised bytes of a new passphrase. Raises VaultError(VAULT_WEAK_PASSPHRASE)."""
    if not MINIMUM_PASSPHRASE <= len(passphrase) <= MAXIMUM_PASSPHRASE:
        raise VaultError(Code.VAULT_WEAK_PASSPHRASE, minimum=MINIMUM_PASSPHRASE)
    return _normalised(passphrase)


def _normalised(passphrase: str) -> bytes:
    """NFKC, so that the same characters typed on another keyboard are the same passphrase."""
    return unicodedata.normalize("NFKC", passphrase[:MAXIMUM_PASSPHRASE]).encode("utf-8", "surrogatepass")


def _stretch(passphrase: bytes, salt: bytes, cost: KdfCost) -> bytes:
    kdf = Argon2id(salt=salt, length=KEY_BYTES, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory_kib)
    return kdf.derive(passphrase)


def _associated(header: bytes, slot: Slot) -> bytes:
    numbers = (slot.cost.memory_kib, slot.cost.passes, slot.cost.lanes)
    cost = b"".join(number.to_bytes(4, "big") for number in numbers)
    return bind(b"slot", header, slot.name.encode(), slot.role.value.encode(), slot.salt, cost)
