"""Slots: how an operator's passphrase opens the roots (FORMAT.md, section 3).

A slot has two halves. The **latch** is the person's own: the passphrase opens a private key and the pinned verify key
of the supervisors. The **grant** is the supervisors': name, role, and the roots encrypted to the person's public key.
So supervisors can rotate the roots while others are away, and a person can change a passphrase without a supervisor.
"""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import Operator, Role
from mlid_desktop.vault.crypto.envelope import KEY_BYTES, bind, derive, seal, unseal, wipe
from mlid_desktop.vault.crypto.public_key_sealing import open_sealed, public_half, seal_to
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity

MINIMUM_PASSPHRASE = 8  # NIST SP 800-63B-4, 3.1.1.2
MAXIMUM_PASSPHRASE = 1024
SALT_BYTES = 16
MAXIMUM_NAME = 100
MAXIMUM_SLOTS = 64
GRANT = "grant"  # what its key is derived for
BY_PASSPHRASE = "passphrase"  # noqa: S105 - the name of a kind of slot
BY_RECOVERY = "recovery"
KINDS = {BY_PASSPHRASE, BY_RECOVERY}
NO_DEVICE_SECRET = "none"  # noqa: S105 - the name of a binding
BINDINGS = ("secret-service", "keychain", "credential-manager")  # where a device secret may be kept, by name


@dataclass(frozen=True, slots=True)
class KdfCost:
    """Cost parameters of Argon2id (RFC 9106): memory in KiB, passes, lanes."""

    memory_kib: int
    passes: int
    lanes: int


FLOOR = KdfCost(19 * 1024, 2, 1)  # OWASP password storage cheat sheet: 19 MiB, t=2, p=1
CEILING = KdfCost(2 * 1024 * 1024, 64, 16)  # what a file may ask this machine to spend: 2 GiB
DEFAULT_COST = KdfCost(64 * 1024, 3, 4)  # RFC 9106, section 4, second recommended option


@dataclass(frozen=True, slots=True)
class Roots:
    """The root keys: the data root opens records; the control root, which supervisors alone have, signs what governs
    the desk."""

    data: bytearray = field(repr=False)
    control: bytearray | None = field(repr=False)

    def wipe(self) -> None:
        """Overwrites both roots."""
        wipe(self.data, *([] if self.control is None else [self.control]))


@dataclass(frozen=True, slots=True)
class DeviceSecret:
    """The secret that this machine adds to a passphrase: ``binding`` names the store (``BINDINGS``, or "none") it comes
    from."""

    binding: str = NO_DEVICE_SECRET
    secret: bytes = field(default=b"", repr=False)


NOTHING_ADDED = DeviceSecret()


@dataclass(frozen=True, slots=True)
class Latch:
    """An operator's own half of a slot: ``sealed_private`` holds the X25519 private key (32) and the pinned verify key
    (32).

    ``binding`` names what is mixed in besides the passphrase: "none", or the store of a device secret.
    """

    name: str
    binding: str
    salt: bytes
    cost: KdfCost
    sealed_private: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """The supervisors' half of a slot: ``sealed_roots`` is an ephemeral X25519 public key (32) and the sealed roots."""

    name: str
    role: Role
    kind: str
    public: bytes
    sealed_roots: bytes = field(repr=False)

    @property
    def operator(self) -> Operator:
        """The operator whom the grant is for."""
        return Operator(self.name, self.role)


def make_latch(
    name: str,
    passphrase: str,
    private: bytearray,
    verify_key: bytes,
    identity: VaultIdentity,
    cost: KdfCost,
    device: DeviceSecret = NOTHING_ADDED,
) -> Latch:
    """Makes a latch that opens ``private``. Raises VaultError(VAULT_WEAK_PASSPHRASE, VAULT_KDF_OUT_OF_BOUNDS)."""
    require_cost(cost)
    checked = checked_passphrase(passphrase)
    bare = Latch(name, device.binding, os.urandom(SALT_BYTES), cost, b"")
    key = _stretch(checked, bare, identity, device.secret)
    inside = bytearray(private + verify_key)
    sealed = seal(key, inside, _latch_context(bare, public_half(private), identity))
    wipe(key, inside)
    return Latch(bare.name, bare.binding, bare.salt, bare.cost, sealed)


def open_latch(
    latch: Latch, public: bytes, passphrase: str, identity: VaultIdentity, device_secret: bytes = b""
) -> tuple[bytearray, bytes]:
    """Opens a latch: the private key and the pinned verify key. Raises VaultError(VAULT_WRONG_PASSPHRASE,
    VAULT_KDF_OUT_OF_BOUNDS)."""
    require_latch(latch)
    key = _stretch(_normalised(passphrase), latch, identity, device_secret)
    try:
        inside = unseal(key, latch.sealed_private, _latch_context(latch, public, identity), "slot")
    except VaultError as fault:
        wrong = fault.code is Code.VAULT_DAMAGED
        raise VaultError(Code.VAULT_WRONG_PASSPHRASE) if wrong else fault from None
    finally:
        wipe(key)
    if len(inside) != 2 * KEY_BYTES:
        raise VaultError(Code.VAULT_DAMAGED, what="slot")
    return bytearray(inside[:KEY_BYTES]), inside[KEY_BYTES:]


def require_latch(latch: Latch) -> None:
    """Raises VaultError(VAULT_KDF_OUT_OF_BOUNDS, VAULT_UNSUPPORTED_VERSION) for a latch, before any work is done."""
    require_cost(latch.cost)
    if latch.binding not in {NO_DEVICE_SECRET, *BINDINGS}:
        raise VaultError(Code.VAULT_UNSUPPORTED_VERSION, found=latch.binding)


def make_grant(
    operator: Operator, public: bytes, roots: Roots, epoch: int, identity: VaultIdentity, kind: str = BY_PASSPHRASE
) -> Grant:
    """Makes a grant: the roots encrypted to an operator, both for supervisors, the data root for others."""
    inside = bytearray(roots.data)
    if operator.role is Role.SUPERVISOR:
        if roots.control is None:
            raise VaultError(Code.VAULT_NOT_PERMITTED)
        inside += roots.control
    bare = Grant(operator.name, operator.role, kind, public, b"")
    sealed = seal_to(public, inside, _grant_context(bare, epoch, identity), GRANT, identity.number)
    wipe(inside)
    return Grant(bare.name, bare.role, bare.kind, public, sealed)


def open_grant(grant: Grant, private: bytearray, epoch: int, identity: VaultIdentity) -> Roots:
    """Opens a grant: the roots. Raises VaultError(VAULT_DAMAGED, VAULT_UNSUPPORTED_VERSION)."""
    if grant.kind not in KINDS:
        raise VaultError(Code.VAULT_UNSUPPORTED_VERSION, found=grant.kind)
    context = _grant_context(grant, epoch, identity)
    inside = bytearray(open_sealed(private, grant.public, grant.sealed_roots, context, GRANT, identity.number))
    supervisor = grant.role is Role.SUPERVISOR
    if len(inside) != (2 * KEY_BYTES if supervisor else KEY_BYTES):
        raise VaultError(Code.VAULT_DAMAGED, what="slot")
    roots = Roots(inside[:KEY_BYTES], inside[KEY_BYTES:] if supervisor else None)
    wipe(inside)
    return roots


def require_cost(cost: KdfCost) -> None:
    """Raises VaultError(VAULT_KDF_OUT_OF_BOUNDS) for an Argon2id cost below the floor or above the ceiling."""
    pairs = (
        (FLOOR.memory_kib, cost.memory_kib, CEILING.memory_kib),
        (FLOOR.passes, cost.passes, CEILING.passes),
        (FLOOR.lanes, cost.lanes, CEILING.lanes),
    )
    if not all(low <= value <= high for low, value, high in pairs):
        raise VaultError(Code.VAULT_KDF_OUT_OF_BOUNDS)


def checked_passphrase(passphrase: str) -> bytes:
    """The normalised bytes of a new passphrase. Raises VaultError(VAULT_WEAK_PASSPHRASE)."""
    if not MINIMUM_PASSPHRASE <= len(passphrase) <= MAXIMUM_PASSPHRASE or not passphrase.strip():
        raise VaultError(Code.VAULT_WEAK_PASSPHRASE, minimum=MINIMUM_PASSPHRASE)
    return _normalised(passphrase)


def _normalised(passphrase: str) -> bytes:
    """A passphrase in NFKC, so that the same characters typed on another keyboard are the same passphrase."""
    return unicodedata.normalize("NFKC", passphrase[:MAXIMUM_PASSPHRASE]).encode("utf-8", "surrogatepass")


def _stretch(passphrase: bytes, latch: Latch, identity: VaultIdentity, device_secret: bytes) -> bytearray:
    """Derives the key of a latch: Argon2id, then HKDF, which mixes in a device secret."""
    cost = latch.cost
    kdf = Argon2id(
        salt=latch.salt, length=KEY_BYTES, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory_kib
    )
    stretched = bytearray(kdf.derive(passphrase))
    key = derive(bind(bytes(stretched), device_secret), "latch", identity.number, latch.binding.encode())
    wipe(stretched)
    return key


def _latch_context(latch: Latch, public: bytes, identity: VaultIdentity) -> bytes:
    numbers = (latch.cost.memory_kib, latch.cost.passes, latch.cost.lanes)
    cost = b"".join(number.to_bytes(4, "big") for number in numbers)
    return bind(b"latch", identity.header, latch.name.encode(), public, latch.binding.encode(), latch.salt, cost)


def _grant_context(grant: Grant, epoch: int, identity: VaultIdentity) -> bytes:
    position = (grant.name.encode(), grant.role.value.encode(), grant.kind.encode())
    return bind(b"grant", identity.header, *position, epoch.to_bytes(4, "big"))
