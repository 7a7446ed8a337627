"""Opens, adds, replaces and rotates the slots of a key file (FORMAT.md, section 3)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import Operator, Role
from mlid_desktop.vault.crypto.envelope import bind, derive, wipe
from mlid_desktop.vault.crypto.public_key_sealing import new_private, public_half
from mlid_desktop.vault.crypto.signing import SigningKey, require_signed, signing_key_of, verify_key_of
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keys.key_file import KEY_FILE, Control, KeyFile, Succession
from mlid_desktop.vault.keys.key_file_codec import control_bytes
from mlid_desktop.vault.keys.slots import (
    BY_PASSPHRASE,
    BY_RECOVERY,
    MAXIMUM_NAME,
    MAXIMUM_SLOTS,
    NOTHING_ADDED,
    DeviceSecret,
    KdfCost,
    Roots,
    make_grant,
    make_latch,
    open_grant,
    open_latch,
)

FIRST_EPOCH = 1
RECOVERY_NAME = "recovery code"  # nobody may be called so
RECOVERY = Operator(RECOVERY_NAME, Role.SUPERVISOR)


@dataclass(frozen=True, slots=True)
class Admission:
    """The input of a new latch: passphrase, cost, and this machine's device secret."""

    passphrase: str = field(repr=False)
    cost: KdfCost
    device: DeviceSecret = NOTHING_ADDED


def first_key_file(
    identity: VaultIdentity, roots: Roots, operator_name: str, passphrase: str, cost: KdfCost, subject_wrap: bytes
) -> KeyFile:
    """The key file of a new vault, with one supervisor. Raises what :func:`add_operator_slot` raises."""
    control = Control(identity, FIRST_EPOCH, verify_key_of(signing_key(roots, identity)), ())
    empty = KeyFile(control, b"", 0, (), subject_wrap)
    return add_operator_slot(empty, Operator(operator_name, Role.SUPERVISOR), Admission(passphrase, cost), roots)


def add_operator_slot(key_file: KeyFile, operator: Operator, admission: Admission, roots: Roots) -> KeyFile:
    """The key file of the next generation with one more operator. Raises VaultError (not permitted: the roots are not a
    supervisor's; weak passphrase; KDF out of bounds) and UsageError(USAGE_BAD_ARGUMENT) where the name is taken or
    unusable."""
    taken = any(grant.name == operator.name for grant in key_file.control.grants) or operator.name == RECOVERY_NAME
    usable = operator.name.strip() and len(operator.name) <= MAXIMUM_NAME and operator.name.isprintable()
    if taken or not usable or len(key_file.control.grants) >= MAXIMUM_SLOTS:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="operator")
    return _put_slot(key_file, operator, admission, roots, BY_PASSPHRASE)


def replace_operator_slot(key_file: KeyFile, name: str, admission: Admission, roots: Roots) -> KeyFile:
    """The key file of the next generation, with a new key pair and passphrase for an operator who lost theirs. Raises
    VaultError."""
    operator = key_file.grant(name).operator
    return _put_slot(key_file, operator, admission, roots, BY_PASSPHRASE)


def add_recovery_slot(key_file: KeyFile, admission: Admission, roots: Roots) -> KeyFile:
    """The key file of the next generation with the recovery slot; a code made before is void. Raises VaultError."""
    return _put_slot(key_file, RECOVERY, admission, roots, BY_RECOVERY)


def replace_passphrase(key_file: KeyFile, name: str, private: bytearray, admission: Admission) -> KeyFile:
    """The key file of the next generation with an operator's latch made anew, which needs no supervisor. Raises
    VaultError."""
    control = key_file.control
    made = make_latch(
        name, admission.passphrase, private, control.verify_key, control.identity, admission.cost, admission.device
    )
    return key_file.with_latch(made)


def rotate_slots(key_file: KeyFile, old: Roots, new: Roots, subject_wrap: bytes, leaving: str | None = None) -> KeyFile:
    """The key file of the next generation, under new roots, for everybody but ``leaving``; the old signing key vouches
    for the new.

    Raises VaultError(VAULT_NOT_PERMITTED) where the roots are not a supervisor's.
    """
    control, identity = key_file.control, key_file.identity
    outgoing, incoming, epoch = signing_key(old, identity), signing_key(new, identity), control.epoch + 1
    successor = verify_key_of(incoming)
    vouched = outgoing.sign(succession_bytes(identity, successor, epoch))
    staying = tuple(grant for grant in control.grants if grant.name != leaving)
    grants = tuple(make_grant(grant.operator, grant.public, new, epoch, identity, grant.kind) for grant in staying)
    signed = Control(
        identity,
        epoch,
        successor,
        grants,
        (*control.succession, Succession(control.verify_key, successor, epoch, vouched)),
    )
    return KeyFile(
        signed,
        incoming.sign(control_bytes(signed)),
        key_file.generation + 1,
        tuple(latch for latch in key_file.latches if latch.name != leaving),
        subject_wrap,
    )


@dataclass(frozen=True, slots=True)
class OpenedSlot:
    """A slot that a passphrase opened: the operator, the roots, the person's private key, and the verify key that was
    pinned."""

    operator: Operator
    roots: Roots = field(repr=False)
    private: bytearray = field(repr=False)
    pinned: bytes
    device: DeviceSecret

    def wipe(self) -> None:
        """Overwrites the keys and roots of the slot."""
        wipe(self.private)
        self.roots.wipe()


def open_roots(key_file: KeyFile, name: str | None, passphrase: str) -> tuple[Operator, Roots]:
    """The operator and the roots that a passphrase opens. Raises what :func:`open_slot` raises."""
    opened = open_slot(key_file, name, passphrase)
    wipe(opened.private)
    return opened.operator, opened.roots


def open_slot(key_file: KeyFile, name: str | None, passphrase: str, device: DeviceSecret = NOTHING_ADDED) -> OpenedSlot:
    """Opens an operator's slot, each signature on the way checked.

    Raises VaultError: unknown operator, wrong passphrase, KDF out of bounds, damaged.
    """
    control = key_file.control
    grant = key_file.grant(name)
    latch = key_file.latch(grant.name)
    private, pinned = open_latch(latch, grant.public, passphrase, control.identity, device.secret)
    require_succession(pinned, control)
    require_signed(control.verify_key, key_file.signature, control_bytes(control), KEY_FILE)
    roots = open_grant(grant, private, control.epoch, control.identity)
    return OpenedSlot(grant.operator, roots, private, pinned, device)


def require_succession(pinned: bytes, control: Control) -> None:
    """Checks that the rotations lead from the verify key that the operator has pinned to the present one. Raises
    VaultError."""
    trusted = pinned
    for step in control.succession:
        if step.by == trusted:
            signed = succession_bytes(control.identity, step.to, step.epoch)
            require_signed(step.by, step.signature, signed, KEY_FILE)
            trusted = step.to
    if trusted != control.verify_key:
        raise VaultError(Code.VAULT_DAMAGED, what=KEY_FILE)


def succession_bytes(identity: VaultIdentity, successor: bytes, epoch: int) -> bytes:
    """The bytes that the outgoing signing key signs at a rotation."""
    return bind(b"succession", identity.header, successor, epoch.to_bytes(4, "big"))


def signing_key(roots: Roots, identity: VaultIdentity) -> SigningKey:
    """The key that supervisors sign with. Raises VaultError(VAULT_NOT_PERMITTED) where the roots are not a
    supervisor's."""
    if roots.control is None:
        raise VaultError(Code.VAULT_NOT_PERMITTED)
    seed = derive(roots.control, "signing", identity.number)
    key = signing_key_of(seed)
    wipe(seed)
    return key


def _put_slot(key_file: KeyFile, operator: Operator, admission: Admission, roots: Roots, kind: str) -> KeyFile:
    """The key file of the next generation, with this slot in place of any other of the same name."""
    control, identity = key_file.control, key_file.identity
    signing = signing_key(roots, identity)
    private = new_private()
    latch = make_latch(
        operator.name,
        admission.passphrase,
        private,
        control.verify_key,
        identity,
        admission.cost,
        admission.device,
    )
    grant = make_grant(operator, public_half(private), roots, control.epoch, identity, kind)
    wipe(private)
    grants = [other for other in control.grants if other.name != operator.name]
    latches = [other for other in key_file.latches if other.name != operator.name]
    signed = replace(control, grants=(*grants, grant))
    return replace(
        key_file,
        control=signed,
        signature=signing.sign(control_bytes(signed)),
        generation=key_file.generation + 1,
        latches=(*latches, latch),
    )
