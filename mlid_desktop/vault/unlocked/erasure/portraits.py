"""Portraits in an unlocked vault: shown one by one and never with the galleries, each view in the audit; destroyed when
the person wishes."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import ConsentUse, Erased, ErasureReason
from mlid_desktop.domain.templates import PortraitView
from mlid_desktop.vault.audit.notices import NoticeKind, give_notice
from mlid_desktop.vault.crypto.envelope import wipe
from mlid_desktop.vault.second_person import Act, SecondPerson
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects import repository
from mlid_desktop.vault.subjects.consent_and_retention import require_state, state_of
from mlid_desktop.vault.subjects.records import portraits
from mlid_desktop.vault.subjects.subject_keys import bucket_of
from mlid_desktop.vault.unlocked.erasure.key_destruction import KeyDestruction
from mlid_desktop.vault.unlocked.state import VaultState

SHOWN = "portraits-shown"  # the fact with the times of the latest views outside checks
MOST_IN_AN_HOUR = 60
HOUR = timedelta(hours=1)
MOST_HELD = 50


class Portraits:
    """Shows and destroys portraits. At most 50 are held in memory, and wiped when the vault is locked."""

    def __init__(self, state: VaultState, keys: KeyDestruction) -> None:
        self._state = state
        self._keys = keys
        self._held: OrderedDict[str, bytearray] = OrderedDict()
        state.at_lock(self.wipe)
        keys.at_destruction(self.wipe)

    def show(self, subject_ids: Iterable[str], view: PortraitView) -> dict[str, bytes]:
        """The pictures (JPEG) of those of these people who have a portrait and agree to it today, by person; each is a
        view of its own in the audit before it is handed out. More than 60 in an hour outside checks are told to
        everybody at the desk. Raises VaultError."""
        self._state.require(Act.SEE_PORTRAITS)
        found: dict[str, bytes] = {}
        with self._state.database.reading() as connection:
            for subject_id in dict.fromkeys(subject_ids):
                picture = self._picture(connection, subject_id)
                if picture is not None:
                    found[subject_id] = picture
        if found:
            with self._state.changing() as transaction:
                for subject_id in found:
                    self._state.record(transaction, "portrait.shown", subject=subject_id, purpose=view.value)
                if not view.in_a_check:
                    self._count(transaction, len(found))
        return found

    def withdraw(self, subject_id: str) -> Erased:
        """Destroys a person's portrait alone, as easily as it was agreed to: its key cannot be had any more, here and
        in the backups in reach; the ledger has it. Raises UsageError(USAGE_UNKNOWN_SUBJECT, USAGE_NO_PORTRAIT)."""
        self._state.require(Act.WITHDRAW)
        with self._state.database.reading() as connection:
            record = repository.profile(connection, subject_id, self._state.keys.subjects)
        if not record.portrait:
            raise UsageError(Code.USAGE_NO_PORTRAIT)

        def committed() -> None:
            self._state.note_summary_changed(subject_id)

        with self._keys.destroying({bucket_of(subject_id)}, committed) as transaction:
            present = repository.profile(transaction.connection, subject_id, self._state.keys.subjects)
            require_state(present, state_of(record))  # no other than this portrait goes unnoted
            entry = self._keys.delete_portrait(transaction, subject_id, record.portrait, ErasureReason.WITHDRAWN)
            self._state.record(transaction, "portrait.destroyed", subject=subject_id)
        return self._keys.report(entry, record.enrolled_at)

    def export(self, subject_id: str, second: SecondPerson | None) -> bytes:
        """A person's portrait (JPEG), for that person alone; recorded like every export. Raises
        UsageError(USAGE_UNKNOWN_SUBJECT, USAGE_NO_PORTRAIT), VaultError(VAULT_SECOND_PERSON_NEEDED)."""
        self._state.require(Act.EXPORT_PERSON)
        people = self._state.keys.subjects
        with self._state.database.reading() as connection:
            record = repository.profile(connection, subject_id, people)
            if not record.portrait:
                raise UsageError(Code.USAGE_NO_PORTRAIT)
            portrait = portraits.read(connection, subject_id, record.portrait, people)
        confirmed = self._state.require_two(Act.EXPORT_PERSON, second)
        self._state.record_alone("subject.exported", subject=subject_id, second=confirmed, name="portrait")
        return portrait.picture

    def wipe(self) -> None:
        """Overwrites every picture that is held."""
        while self._held:
            self._drop(next(iter(self._held)))

    def _picture(self, connection: Connection, subject_id: str) -> bytes | None:
        people = self._state.keys.subjects
        try:
            record = repository.profile(connection, subject_id, people)
        except UsageError:  # erased since
            return None
        if not record.portrait or ConsentUse.PORTRAIT not in record.covers:
            return None
        held = self._held.pop(record.portrait, None)
        if held is None:
            held = bytearray(portraits.read(connection, subject_id, record.portrait, people).picture)
        self._held[record.portrait] = held
        while len(self._held) > MOST_HELD:
            self._drop(next(iter(self._held)))
        return bytes(held)

    def _drop(self, portrait_id: str) -> None:
        held = self._held.pop(portrait_id, None)
        if held is not None:
            wipe(held)

    def _count(self, transaction: Transaction, shown: int) -> None:
        """Counts views outside checks by the vault's time, and gives one notice for each 60 that an hour exceeds."""
        since = transaction.now - HOUR
        try:
            times = [datetime.fromisoformat(at) for at in json.loads(transaction.facts.get(SHOWN, b"[]"))]
        except (ValueError, TypeError):
            raise VaultError(Code.VAULT_DAMAGED, what=SHOWN) from None
        times = [at for at in times if since < at <= transaction.now] + [transaction.now] * shown
        if len(times) > MOST_IN_AN_HOUR:
            give_notice(transaction, NoticeKind.PORTRAITS_SHOWN, self._state.operator.name, str(MOST_IN_AN_HOUR))
            times = []
        transaction.facts[SHOWN] = json.dumps([at.isoformat() for at in times], separators=(",", ":")).encode()
