"""From a passphrase to the roots, and who may be let in (FORMAT.md, section 3)."""

from __future__ import annotations

from dataclasses import replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import Operator, Role
from mlid_desktop.vault.envelope import bind, derive, wipe
from mlid_desktop.vault.identity import VaultIdentity
from mlid_desktop.vault.keyfile import KEY_FILE, Control, KeyFile
from mlid_desktop.vault.slots import (
    MAXIMUM_NAME,
    MAXIMUM_SLOTS,
    KdfCost,
    Roots,
    make_grant,
    make_latch,
    open_grant,
    open_latch,
)

FIRST_EPOCH = 1


def first_key_file(
    identity: VaultIdentity, roots: Roots, operator_name: str, passphrase: str, cost: KdfCost, subject_wrap: bytes
) -> KeyFile:
    """The key file of a new vault: one supervisor. Raises what :func:`admitted` raises."""
    control = Control(identity, FIRST_EPOCH, verify_key(signing_key(roots, identity)), ())
    empty = KeyFile(control, b"", 0, (), subject_wrap)
    return admitted(empty, Operator(operator_name, Role.SUPERVISOR), passphrase, roots, cost)


def admitted(key_file: KeyFile, operator: Operator, passphrase: str, roots: Roots, cost: KdfCost) -> KeyFile:
    """A generation further, with one more person. Raises VaultError (not permitted: the roots are not a supervisor's;
    weak passphrase; KDF out of bounds) and UsageError(USAGE_BAD_ARGUMENT) where the name is taken or unusable."""
    control, identity = key_file.control, key_file.identity
    signing = signing_key(roots, identity)
    taken = any(one.name == operator.name for one in key_file.operators)
    usable = operator.name.strip() and len(operator.name) <= MAXIMUM_NAME and operator.name.isprintable()
    if taken or not usable or len(control.grants) >= MAXIMUM_SLOTS:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="operator")
    latch, public = make_latch(operator.name, passphrase, control.verify_key, identity, cost)
    grant = make_grant(operator, public, roots, control.epoch, identity)
    signed = replace(control, grants=(*control.grants, grant))
    return replace(
        key_file,
        control=signed,
        signature=signing.sign(signed.signed_bytes),
        generation=key_file.generation + 1,
        latches=(*key_file.latches, latch),
    )


def open_roots(key_file: KeyFile, name: str | None, passphrase: str) -> tuple[Operator, Roots]:
    """Who is at the desk and the roots behind the passphrase, each signature on the way checked.

    Raises VaultError: unknown operator, wrong passphrase, KDF out of bounds, damaged.
    """
    control = key_file.control
    grant = key_file.grant(name)
    latch = key_file.latch(grant.name)
    private, pinned = open_latch(latch, grant.public, passphrase, control.identity)
    require_succession(pinned, control)
    _require_signature(control.verify_key, key_file.signature, control.signed_bytes)
    roots = open_grant(grant, private, control.epoch, control.identity)
    wipe(private)
    return grant.operator, roots


def require_succession(pinned: bytes, control: Control) -> None:
    """From the verify key that the person knows, each rotation must lead to the present one. Raises VaultError."""
    trusted = pinned
    for step in control.succession:
        if step.by == trusted:
            _require_signature(step.by, step.signature, succession_bytes(control.identity, step.to, step.epoch))
            trusted = step.to
    if trusted != control.verify_key:
        raise VaultError(Code.VAULT_DAMAGED, what=KEY_FILE)


def succession_bytes(identity: VaultIdentity, successor: bytes, epoch: int) -> bytes:
    """What the outgoing signing key signs."""
    return bind(b"succession", identity.header, successor, epoch.to_bytes(4, "big"))


def signing_key(roots: Roots, identity: VaultIdentity) -> Ed25519PrivateKey:
    """What supervisors sign with. Raises VaultError(VAULT_NOT_PERMITTED) where the roots are not a supervisor's."""
    if roots.control is None:
        raise VaultError(Code.VAULT_NOT_PERMITTED)
    seed = derive(roots.control, "signing", identity.number)
    key = Ed25519PrivateKey.from_private_bytes(seed)
    wipe(seed)
    return key


def verify_key(signing: Ed25519PrivateKey) -> bytes:
    """The public half, 32 bytes."""
    return signing.public_key().public_bytes_raw()


def _require_signature(key: bytes, signature: bytes, signed: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signed)
    except (InvalidSignature, ValueError):
        raise VaultError(Code.VAULT_DAMAGED, what=KEY_FILE) from None
