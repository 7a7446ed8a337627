"""Keys that desks send one another through a register: bucket keys that an erasure made anew, by whichever desk erased,
and who may open the vault, by the desk that leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mlid_desktop.domain.errors import Code, RegisterError, VaultError
from mlid_desktop.vault.crypto.signing import require_signed
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keyring import VaultKeys, wraps_name
from mlid_desktop.vault.keys.key_file import KEY_FILE, KeyFile
from mlid_desktop.vault.keys.key_file_codec import (
    control_bytes,
    key_file_bytes,
    read_key_file,
    require_authentic,
)
from mlid_desktop.vault.store.changes.change import Change
from mlid_desktop.vault.store.register import mail as post
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.items import holding
from mlid_desktop.vault.store.register.mail import PEOPLE, WRAPS, Mail
from mlid_desktop.vault.store.transaction import Transaction, read_facts
from mlid_desktop.vault.subjects import repository
from mlid_desktop.vault.unlocked.register.prekeys import opened_mail, read_prekeys, sealed_to_desk, write_prekeys
from mlid_desktop.vault.unlocked.state import VaultState

TAKEN: Final = "register-keys"  # the generation of the key file of the desk that leads that was taken last
MAILED: Final = "register-mailed/"  # and a desk: the generation of the key file that was mailed to it last
NAME_BYTES: Final = 16
OWED: Final = "register-owed/"  # and a desk: it left no key to mail bucket keys to


@dataclass(frozen=True, slots=True)
class KeyMail:
    """What mail of keys says: bucket keys that come into force, the key file that says who may open the vault, and the
    mail that this is taken from."""

    successor: VaultKeys | None = None
    people: KeyFile | None = None
    taken: tuple[Mail, ...] = ()


def name_of_wraps(wrapped: bytes) -> str:
    """What a change calls the bucket keys that are in force after it: the first half of their name, in hex."""
    return wraps_name(wrapped)[:NAME_BYTES].hex()


def new_keys(
    mails: Sequence[Mail], facts: Mapping[str, bytes], state: VaultState, desk: str, newest: Change | None
) -> KeyMail:
    """Opens the mail of a desk, and finds the bucket keys that are in force after the ``newest`` change: in the mail,
    or those that the desk made itself when it was cut off. Raises RegisterError: REGISTER_KEYS_AWAITED where it has
    none of those, REGISTER_KEYS_RENEWED where the roots are others, and REGISTER_DAMAGED where no holder of the data
    root wrote the mail."""
    kept, taken = read_prekeys(facts) if mails else {}, list[Mail]()
    known = int.from_bytes(facts.get(TAKEN, b""), "big")
    found_wraps = [state.keys.wrapped, state.key_file.pending]
    people: KeyFile | None = None
    for mail in mails:
        content = opened_mail(mail, kept, desk, state.identity)
        taken.append(mail)
        if content is None:  # it was taken before, and the server not told
            continue
        if mail.kind == WRAPS:
            found_wraps.append(content)
        elif (found := _key_file(content, state)).generation > known:
            people = found
    if newest is None or newest.subject == name_of_wraps(state.keys.wrapped):
        return KeyMail(None, people, tuple(taken))
    wrapped = next((held for held in found_wraps if held and name_of_wraps(held) == newest.subject), b"")
    if not wrapped:
        raise RegisterError(Code.REGISTER_KEYS_AWAITED)
    try:
        return KeyMail(state.keys.with_wraps(state.identity, wrapped), people, tuple(taken))
    except VaultError:
        raise RegisterError(Code.REGISTER_DAMAGED, what="mailbox") from None


def require_opening(transaction: Transaction, keys: VaultKeys) -> None:
    """Raises RegisterError(REGISTER_DAMAGED) where not every key of a person opens under these keys."""
    try:
        repository.bare_keys(transaction.connection, keys.subjects)
    except VaultError:
        raise RegisterError(Code.REGISTER_DAMAGED, what="keys") from None


def take_people(state: VaultState, key_file: KeyFile) -> None:
    """Takes who may open the vault from the key file of the desk that leads, and keeps what is this desk's own."""
    own = state.key_file
    state.write_key_file(key_file.succeeding(own, own.subject_wrap, own.pending))


def settle_mail(transaction: Transaction, keys: KeyMail) -> None:
    """Destroys the one-time keys of mail that is taken: in the same change, so that it is never taken twice."""
    if not keys.taken:
        return
    kept = read_prekeys(transaction.facts)
    for mail in keys.taken:
        kept.pop(mail.prekey.hex(), None)
    write_prekeys(transaction, kept)
    if keys.people is not None:
        transaction.set_counter(TAKEN, keys.people.generation)


def mail_wraps(
    connection: RegisterConnection,
    others: Mapping[str, bytes],
    identity: VaultIdentity,
    transaction: Transaction,
    wrapped: bytes,
) -> None:
    """Mails bucket keys to the other desks, in the transaction of the server in which they come into force. Whoever
    left no key to seal them to is owed them."""
    for desk, verify_key in others.items():
        if _mail(connection, desk, verify_key, WRAPS, wrapped, identity):
            transaction.facts.pop(OWED + desk, None)
        else:
            transaction.facts[OWED + desk] = b"\x01"


def owed(facts: Mapping[str, bytes]) -> frozenset[str]:
    """The desks that are owed bucket keys."""
    return frozenset(name.removeprefix(OWED) for name in facts if name.startswith(OWED))


def mail_people(connection: RegisterConnection, others: Mapping[str, bytes], state: VaultState) -> None:
    """Mails the key file to the other desks that do not have it, where they left a key to seal it to: at the desk that
    leads."""
    with state.database.reading() as local:
        facts = read_facts(local)
    generation = state.key_file.generation
    wanting = {
        desk: key for desk, key in others.items() if int.from_bytes(facts.get(MAILED + desk, b""), "big") < generation
    }
    if not wanting:
        return
    content = key_file_bytes(state.key_file, state.keys.roots.data)
    with holding(connection):  # so that no two pieces of mail are sealed to one key
        mailed = [
            desk for desk, key in wanting.items() if _mail(connection, desk, key, PEOPLE, content, state.identity)
        ]
    with state.changing() as transaction:
        for desk in mailed:
            transaction.set_counter(MAILED + desk, generation)


def forget_mailed(transaction: Transaction) -> None:
    """What was mailed of who may open the vault counts as not mailed: the server lost its mail."""
    for name in [name for name in transaction.facts if name.startswith(MAILED)]:
        del transaction.facts[name]


def _mail(
    connection: RegisterConnection, desk: str, verify_key: bytes, kind: str, content: bytes, identity: VaultIdentity
) -> bool:
    left = post.prekeys(connection, desk)
    if not left:
        return False
    sealed = sealed_to_desk(left[0], desk, verify_key, content, identity)
    post.send_mail(connection, desk, kind, left[0].identifier, sealed)
    return True


def _key_file(content: bytes, state: VaultState) -> KeyFile:
    """A key file that supervisors signed: the data root, which every desk has, says nothing of who may open a vault."""
    control = state.key_file.control
    try:
        found = read_key_file(content)
        if found.control.epoch != control.epoch:
            raise RegisterError(Code.REGISTER_KEYS_RENEWED)
        require_authentic(content, found, state.keys.roots.data)
        if (found.identity, found.control.verify_key) != (control.identity, control.verify_key):
            raise RegisterError(Code.REGISTER_DAMAGED, what="mailbox")
        require_signed(control.verify_key, found.signature, control_bytes(found.control), KEY_FILE)
    except VaultError:
        raise RegisterError(Code.REGISTER_DAMAGED, what="mailbox") from None
    return found
