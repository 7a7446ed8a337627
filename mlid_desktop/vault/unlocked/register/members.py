"""Who is in a register: desks are let in, listed and taken out, and say which erasures they have carried out."""

from __future__ import annotations

import json
from collections.abc import Mapping

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.domain.roles import Act, SecondPerson
from mlid_desktop.vault.audit.log import AuditKeys
from mlid_desktop.vault.crypto.envelope import new_key
from mlid_desktop.vault.keys.desk_keys import desk_certificate_bytes
from mlid_desktop.vault.keys.key_file_codec import key_file_bytes
from mlid_desktop.vault.keys.slot_operations import signing_key
from mlid_desktop.vault.store import signed_values
from mlid_desktop.vault.store.register import mail
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.installation import (
    DeskRow,
    access_lines,
    add_desk,
    join_role_of,
    read_desks,
    read_point,
    remove_desk,
    renew_joining,
    require_register,
    role_of,
)
from mlid_desktop.vault.store.register.items import seen_heads
from mlid_desktop.vault.store.transaction import Transaction, read_facts
from mlid_desktop.vault.subjects import erasure_ledger
from mlid_desktop.vault.subjects.subject_keys import EVERY_BUCKET
from mlid_desktop.vault.unlocked.erasure.key_destruction import KeyDestruction
from mlid_desktop.vault.unlocked.register.contact import Contact
from mlid_desktop.vault.unlocked.register.desk_words import require_words
from mlid_desktop.vault.unlocked.register.joining import JoinAnswer, require_code, typed_code
from mlid_desktop.vault.unlocked.register.link import RegisterLink, seen_point
from mlid_desktop.vault.unlocked.register.standings import (
    REMOVED,
    DeskStanding,
    ErasureStanding,
    NewRegister,
    erasures_of,
    found_desk,
    removed_desks,
    standings_of,
)
from mlid_desktop.vault.unlocked.register.writing.key_mail import MAILED
from mlid_desktop.vault.unlocked.register.writing.mending import note_admitted
from mlid_desktop.vault.unlocked.state import VaultState


class RegisterDesks:
    """The desks of the register that an unlocked vault is in. Methods raise RegisterError for whatever is wrong with
    the server."""

    def __init__(self, state: VaultState, contact: Contact, keys: KeyDestruction) -> None:
        self._state, self._contact, self._keys = state, contact, keys

    def all(self) -> tuple[DeskStanding, ...]:
        """The desks of the register, and how far each has followed by its own word. Raises RegisterError."""
        with self._contact.connected() as (connection, link, desks):
            return self._standings(connection, link, desks)

    def erasures(self) -> tuple[ErasureStanding, ...]:
        """The erasures of the register, the newest first, and which desks have carried each out. Raises
        RegisterError."""
        with self._contact.connected() as (connection, link, desks):
            standings = self._standings(connection, link, desks)
        with self._state.database.reading() as local:
            return erasures_of(erasure_ledger.entries(local), standings, read_facts(local))

    def remove(self, untrusted_desk: str, second: SecondPerson | None) -> DeskStanding:
        """Takes the desk with this name, or whose identifier begins so, out of the register: it is let in no more, and
        every bucket key is renewed, which it does not get. What it holds has to be presumed known. What was
        interrupted goes on when it is asked again. Raises RegisterError(REGISTER_NO_SUCH_DESK), VaultError."""
        state = self._state
        with self._contact.connected(leads=True) as (connection, link, desks):
            standing = found_desk(self._standings(connection, link, desks), untrusted_desk)
            with state.database.reading() as local:
                removed = removed_desks(local, state)
            if standing.is_own or standing.identifier in removed:
                raise RegisterError(Code.REGISTER_NO_SUCH_DESK, name=untrusted_desk[:60])
            confirmed = state.require_two(Act.GOVERN, second)
            remove_desk(connection, standing.identifier)
        signing = signing_key(state.keys.roots, state.identity)

        def note(transaction: Transaction) -> None:
            present = removed_desks(transaction.connection, state)
            present[standing.identifier] = seen_point(transaction.facts).number + 1
            value = json.dumps(present, sort_keys=True).encode()
            signed_values.write(transaction, REMOVED, value, signing, state.identity)

        self._keys.erase(EVERY_BUCKET, note, "register.removed", device=standing.identifier, second=confirmed)
        return standing

    def renew_joining(self, administrator: Mapping[str, str], second: SecondPerson | None) -> NewRegister:
        """Gives those who ask to join another password, as an administrator of the server connects, and says again what
        the server has to allow. Raises RegisterError, VaultError."""
        from mlid_desktop.vault.crypto.tls_certificates import CertificateAuthority  # noqa: PLC0415 - late: X.509 is for those who administer

        state = self._state
        if self._contact.link is None:
            raise RegisterError(Code.REGISTER_NONE)
        state.require_two(Act.GOVERN, second)
        control = state.keys.roots.control
        assert control is not None  # who may govern has it
        connection = RegisterConnection.open(administrator, name="mlid register move")
        try:
            require_register(connection, state.identity.header)
            password = renew_joining(connection, state.identity.vault_id)
            lines = access_lines(connection.database)
        finally:
            connection.close()
        authority = CertificateAuthority(control, state.identity.number).certificate(state.clock.now())
        return NewRegister(join_role_of(state.identity.vault_id), password, authority, lines)

    def admit(self, untrusted_code: str, second: SecondPerson | None) -> str:
        """Admits the desk that shows this code; gives its identifier. Raises RegisterError(REGISTER_NO_APPLICANT),
        VaultError."""
        from mlid_desktop.vault.crypto.tls_certificates import CertificateAuthority  # noqa: PLC0415 - late: X.509 is for those who admit

        state = self._state
        code = typed_code(untrusted_code)
        state.require(Act.GOVERN)
        # Held, so that the bucket keys of the answer are those in force when the desk is one of the register.
        with state.shared.held(), self._contact.connected(leads=True) as (connection, _, desks):
            applicant = require_code(mail.read_applicant(connection, code), code)
            confirmed = state.require_two(Act.GOVERN, second)
            control = state.keys.roots.control
            assert control is not None  # who may govern has it
            role = role_of(applicant.desk)
            certificate = CertificateAuthority(control, state.identity.number).issue(
                applicant.tls_request, role, state.clock.now()
            )
            row = certified(self._state, applicant.desk, applicant.sign_key, applicant.box_key)
            if desks.get(applicant.desk) != applicant.sign_key:  # else it was cut off here, and is admitted once more
                add_desk(connection, row)
            answer = self._answer(certificate).sealed(applicant)
            with state.changing() as transaction:
                transaction.set_counter(MAILED + applicant.desk, state.key_file.generation)
                note_admitted(transaction, row)
                state.record(transaction, "register.admitted", device=applicant.desk, second=confirmed)
            mail.answer_applicant(connection, code, answer)
        return applicant.desk

    def _standings(
        self, connection: RegisterConnection, link: RegisterLink, desks: Mapping[str, bytes]
    ) -> tuple[DeskStanding, ...]:
        state, heads = self._state, seen_heads(connection)
        require_words(heads, desks, state.identity)
        with state.database.reading() as local:
            removed = removed_desks(local, state)
        rows, point = read_desks(connection), read_point(connection)
        return standings_of(rows, heads, point, link.desk.desk, removed, state.keys.roots, state.identity)

    def _answer(self, certificate: bytes) -> JoinAnswer:
        """What a new desk needs, with keys of its own for its audit."""
        state = self._state
        chain = AuditKeys(state.identity, new_key(), new_key())
        wrapped = chain.wrapped_under(state.keys.roots)
        key_file = key_file_bytes(state.key_file, state.keys.roots.data)
        answer = JoinAnswer(key_file, certificate, *wrapped, bytes(chain.first or b""))
        chain.wipe()
        return answer


def certified(state: VaultState, desk: str, sign_key: bytes, box_key: bytes, *, supervises: bool = False) -> DeskRow:
    """A desk with these keys, with the certificate that a supervisor of this vault signs."""
    epoch = state.key_file.control.epoch
    signed = desk_certificate_bytes(state.identity.header, desk, sign_key, box_key, epoch)
    certificate = signing_key(state.keys.roots, state.identity).sign(signed)
    return DeskRow(desk, sign_key, box_key, epoch, certificate, supervises)
