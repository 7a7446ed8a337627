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
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.items import while_held
from mlid_desktop.vault.store.register.mail import Mail, Prekey, prekeys, put_prekeys, read_mail
from mlid_desktop.vault.store.transaction import Transaction, read_facts
from mlid_desktop.vault.unlocked.register.link import RegisterLink
from mlid_desktop.vault.unlocked.state import VaultState

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


def leave_prekeys(connection: RegisterConnection, link: RegisterLink, state: VaultState) -> None:
    """Leaves new one-time keys at the register where few are left, or one whose private half is gone; what no mail can
    come to any more is destroyed. No key is offered again that mail was sealed to: nobody mails while it is looked up
    which are left, and these are offered with the new ones. Where others hold the register it is left for the next
    time. Raises RegisterError."""
    desk = link.desk.desk
    offered = _offered(connection, desk)
    if len(offered) >= FEW and offered <= _held(state).keys():
        return

    def leave() -> None:
        unused, waiting = _offered(connection, desk), {mail.prekey.hex() for mail in read_mail(connection, desk)}
        kept = refilled({name: half for name, half in _held(state).items() if name in unused | waiting})
        with state.changing() as transaction:
            write_prekeys(transaction, kept)
        left = {name: half for name, half in kept.items() if name not in waiting}
        put_prekeys(connection, published(left, link.desk, state.identity))

    while_held(connection, leave)


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


def _offered(connection: RegisterConnection, desk: str) -> set[str]:
    """Which of a desk's keys whoever mails may take."""
    return {key.identifier.hex() for key in prekeys(connection, desk)}


def _held(state: VaultState) -> dict[str, bytes]:
    with state.database.reading() as local:
        return read_prekeys(read_facts(local))


def _bound(identity: VaultIdentity, desk: str, identifier: bytes, public: bytes) -> bytes:
    return bind(b"prekey", identity.header, desk.encode(), identifier, public)
