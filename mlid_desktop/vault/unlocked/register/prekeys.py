"""One-time keys of a desk: mail with new keys of the vault is sealed to one of them, which is destroyed when
the mail is opened, so that no old copy of the server's data opens with anything that a desk still holds."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Final

from mlid_desktop.domain.errors import Code, RegisterError, VaultError
from mlid_desktop.vault.crypto.envelope import bind
from mlid_desktop.vault.crypto.public_key_sealing import new_private, open_sealed, public_half, seal_to
from mlid_desktop.vault.crypto.signing import is_signed
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keys.desk_keys import DeskKeys
from mlid_desktop.vault.store.register.mail import Mail, Prekey
from mlid_desktop.vault.store.transaction import Transaction

PREKEYS: Final = "register-prekeys"
MAIL: Final = "mail"
FULL, FEW = 64, 32
IDENTIFIER_BYTES = 16


def read_prekeys(facts: Mapping[str, bytes]) -> dict[str, bytes]:
    """The private halves that this desk holds, by identifier (hex)."""
    return {name: bytes.fromhex(kept) for name, kept in json.loads(facts.get(PREKEYS, b"{}")).items()}


def write_prekeys(transaction: Transaction, kept: Mapping[str, bytes]) -> None:
    """Writes the private halves among the facts."""
    content = {name: private.hex() for name, private in sorted(kept.items())}
    transaction.facts[PREKEYS] = json.dumps(content, separators=(",", ":")).encode()


def refilled(kept: Mapping[str, bytes]) -> dict[str, bytes]:
    """The keys with as many new ones as make them full."""
    fresh = {os.urandom(IDENTIFIER_BYTES).hex(): bytes(new_private()) for _ in range(FULL - len(kept))}
    return {**kept, **fresh}


def published(kept: Mapping[str, bytes], desk: DeskKeys, identity: VaultIdentity) -> list[Prekey]:
    """The public halves, signed by their desk."""
    made = []
    for name, private in kept.items():
        identifier, public = bytes.fromhex(name), public_half(private)
        made.append(Prekey(identifier, public, desk.sign(_bound(identity, desk.desk, identifier, public))))
    return made


def sealed_to_desk(prekey: Prekey, desk: str, verify_key: bytes, content: bytes, identity: VaultIdentity) -> bytes:
    """Seals mail to a desk's one-time key. Raises RegisterError(REGISTER_DAMAGED) for a key that the desk did not
    sign: the server must not slip in one of its own."""
    bound = _bound(identity, desk, prekey.identifier, prekey.public)
    if not is_signed([verify_key], prekey.signature, bound):
        raise RegisterError(Code.REGISTER_DAMAGED, what="prekey")
    return seal_to(prekey.public, content, bound, MAIL)


def opened_mail(mail: Mail, kept: Mapping[str, bytes], desk: str, identity: VaultIdentity) -> bytes | None:
    """What mail says; None for mail to a key that is not there any more. Raises RegisterError(REGISTER_DAMAGED)."""
    private = kept.get(mail.prekey.hex())
    if private is None:
        return None
    try:
        public = public_half(private)
        return open_sealed(private, public, mail.sealed, _bound(identity, desk, mail.prekey, public), MAIL)
    except VaultError:
        raise RegisterError(Code.REGISTER_DAMAGED, what="mailbox") from None


def _bound(identity: VaultIdentity, desk: str, identifier: bytes, public: bytes) -> bytes:
    return bind(b"prekey", identity.header, desk.encode(), identifier, public)
