"""The rights of subjects in an unlocked vault: consent, retention, erasure, and access to what is held about them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date

from mlid_desktop.domain.audit import AuditEntry
from mlid_desktop.domain.decisions import SuspicionStanding
from mlid_desktop.domain.roles import may
from mlid_desktop.domain.subjects import (
    Consent,
    ConsentUse,
    DueRecord,
    Enrolment,
    Erased,
    ErasureReason,
    LedgerEntry,
    SubjectRecord,
    Withdrawal,
    new_identifier,
)
from mlid_desktop.domain.templates import Portrait, Reference, Touch, newest_touches
from mlid_desktop.site_fields.schema import NO_FIELDS, FieldSchema, dropped_fields
from mlid_desktop.vault.audit import verification as audit_verification
from mlid_desktop.vault.callers.request_log import NOT_WITHDRAWN
from mlid_desktop.vault.second_person import Act, SecondPerson
from mlid_desktop.vault.store.schema import TOUCHES
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects import (
    attempt_counter,
    consent_and_retention,
    erasure_ledger,
    founding,
    repository,
    shared_numbers,
    suspicion_log,
)
from mlid_desktop.vault.subjects import touches as kept_touches
from mlid_desktop.vault.subjects.attempt_counter import AttemptRecord
from mlid_desktop.vault.subjects.records import portraits, unsent_withdrawals
from mlid_desktop.vault.subjects.records.touch_codec import read_touches
from mlid_desktop.vault.subjects.subject_keys import bucket_of
from mlid_desktop.vault.unlocked.audit import EVERY_ENTRY
from mlid_desktop.vault.unlocked.enrolled.requests_about_people import AnsweredRequest, answers_about, settle
from mlid_desktop.vault.unlocked.enrolled.withdrawals import withdraw
from mlid_desktop.vault.unlocked.erasure import field_erasure
from mlid_desktop.vault.unlocked.erasure.key_destruction import KeyDestruction
from mlid_desktop.vault.unlocked.state import VaultState

RECENT_ENTRIES = 1000  # are read for a person's history in some milliseconds


@dataclass(frozen=True, slots=True, eq=False)
class Holdings:
    """Everything that the vault holds about one person."""

    record: SubjectRecord = field(repr=False)
    references: tuple[Reference, ...] = field(repr=False)
    last_seen: date
    attempts: AttemptRecord
    entries: tuple[AuditEntry, ...]
    touches: tuple[Touch, ...] = field(default=(), repr=False)
    fields: FieldSchema = NO_FIELDS
    portrait: Portrait | None = None
    answered: tuple[AnsweredRequest, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """The history of one person, as far as the operator may know it: ``entries`` among the newest 1,000 of the audit,
    for those alone who may read it; ``is_unsent``: consent was taken back here, and the register does not know yet."""

    last_seen: date
    due: DueRecord
    attempts: AttemptRecord
    entries: tuple[AuditEntry, ...] = ()
    is_unsent: bool = False


class SubjectRights:
    """Carries out the rights of subjects: withdrawal takes one operator; erasing and handing out what is held take
    two."""

    def __init__(self, state: VaultState, keys: KeyDestruction) -> None:
        self._state = state
        self._keys = keys

    def withdraw_consent(self, subject_id: str, withdrawal: Withdrawal) -> bool:
        """Withdraws a person's consent: nothing of theirs is compared any more; the record is due for erasure today.
        False where it holds at this desk alone until the register of its desks is reached. Raises
        UsageError(USAGE_UNKNOWN_SUBJECT, USAGE_CONSENT_WITHDRAWN)."""
        return withdraw(self._state, subject_id, withdrawal)

    def renew_consent(self, subject_id: str, consent: Consent) -> None:
        """Renews a person's consent to today's text. A portrait that it does not cover any more is destroyed. Raises
        UsageError(USAGE_UNKNOWN_SUBJECT; USAGE_RECORD_CHANGED where another desk changed the record meanwhile)."""
        self._state.require(Act.ENROL)
        with self._state.database.reading() as connection:
            before = repository.profile(connection, subject_id, self._state.keys.subjects)
        gone = "" if ConsentUse.PORTRAIT in consent.covers else before.portrait
        with self._changing_person(subject_id, destroys=bool(gone)) as transaction:
            present = repository.profile(transaction.connection, subject_id, self._state.keys.subjects)
            consent_and_retention.require_state(present, consent_and_retention.state_of(before))
            settle(transaction, self._state, subject_id, NOT_WITHDRAWN)
            consent_and_retention.renew(transaction, subject_id, consent, self._state.keys.subjects)
            if gone:
                self._keys.delete_portrait(transaction, subject_id, gone, ErasureReason.WITHDRAWN)
                self._state.record(transaction, "portrait.destroyed", subject=subject_id)
            self._state.record(
                transaction,
                "consent.renewed",
                subject=subject_id,
                text=consent.text_version,
                language=consent.language,
                guardian=bool(consent.guardian),
                portrait=consent.portrait,
            )
        if gone:
            self._keys.renew_backups(before.enrolled_at)

    def enrol_anew(self, enrolment: Enrolment, second: SecondPerson | None) -> None:
        """Replaces a person's references and record by a new enrolment, under a new key of theirs; failed attempts stay
        counted, an earlier portrait is destroyed. It takes two, as it erases and as templates of somebody else would go
        unnoticed. Raises UsageError(USAGE_UNKNOWN_SUBJECT, USAGE_NUMBER_TAKEN, USAGE_FIELD_TAKEN, USAGE_ATTEMPT_ENDED;
        USAGE_RECORD_CHANGED where it was to replace another record), VaultError(VAULT_SECOND_PERSON_NEEDED)."""
        self._state.require(Act.ENROL)
        self._state.require_operational([enrolment])
        subject_id = enrolment.subject_id
        with self._state.database.reading() as connection:
            before = repository.profile(connection, subject_id, self._state.keys.subjects)
        confirmed = self._state.require_two(Act.ENROL_ANEW, second)
        consent_and_retention.require_state(before, enrolment.replaces)
        with self._changing_person(subject_id, destroys=bool(before.portrait)) as transaction:
            people = self._state.keys.subjects
            present = repository.profile(transaction.connection, subject_id, people)
            consent_and_retention.require_state(present, enrolment.replaces)  # as other desks left it
            suspicion_log.require_none(transaction.connection, enrolment.attempt_id)
            settle(transaction, self._state, subject_id, NOT_WITHDRAWN)
            suspicion_log.change_standing(transaction, subject_id, (SuspicionStanding.OPEN,), SuspicionStanding.MET)
            founding.notice_people(transaction, [enrolment], demo=self._state.identity.demo)
            earlier = kept_touches.touches(transaction.connection, subject_id, people)
            touches = newest_touches((*earlier, *enrolment.touches))  # copies of them are copies of the same fingers
            schema = self._state.fields(transaction.connection)
            repository.replace(transaction, replace(enrolment, touches=touches), people, schema)
            consent_and_retention.take_over(transaction, present, people)
            if before.portrait:
                erasure_ledger.append(transaction, before.portrait, ErasureReason.REQUESTED)
                self._state.record(transaction, "portrait.destroyed", subject=subject_id)
            self._state.record(
                transaction,
                "enrolment.renewed",
                subject=subject_id,
                second=confirmed,
                not_compared=enrolment.not_compared,
                portrait=enrolment.portrait is not None,
            )
        if before.portrait:
            self._keys.renew_backups(before.enrolled_at)

    def give_token(self, subject_id: str) -> str:
        """Makes a new random token for the person's receipt; the earlier one no longer finds the record. Raises
        UsageError(USAGE_UNKNOWN_SUBJECT)."""
        self._state.require(Act.ENROL)
        token = new_identifier()
        with self._state.sharing(lambda: self._state.note_summary_changed(subject_id)) as transaction:
            consent_and_retention.give_token(transaction, subject_id, token, self._state.keys.subjects)
            self._state.record(transaction, "receipt.made", subject=subject_id)
        return token

    def sharing_numbers(self) -> tuple[tuple[str, ...], ...]:
        """The identifiers of people who share a number that an earlier version kept apart, together for each number."""
        with self._state.reading(Act.READ_PEOPLE) as connection:
            return shared_numbers.sharing(connection)

    def give_number(self, subject_id: str, number: str, second: SecondPerson | None) -> None:
        """Gives a person who shares a number another one, by two, with what was noted under it. Raises
        UsageError(USAGE_UNKNOWN_SUBJECT, USAGE_NUMBER_TAKEN, USAGE_NUMBER_NOT_SHARED), VaultError and ValueError."""
        confirmed = self._state.require_two(Act.CHANGE_NUMBER, second)
        with self._state.sharing(lambda: self._state.note_summary_changed(subject_id)) as transaction:
            consent_and_retention.give_number(transaction, subject_id, number, self._state.keys.subjects)
            candidate = suspicion_log.Marks(self._state.keys.audit.entries).candidate(number)
            suspicion_log.take_over(transaction, candidate, subject_id)
            self._state.record(transaction, "number.changed", subject=subject_id, second=confirmed)

    def note_wish(self, subject_id: str, *, without_movements: bool) -> None:
        """Notes whether a person asks to be checked without movements. The audit says that a wish was noted, and not
        which. Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
        self._state.require(Act.NOTE_WISH)
        with self._state.sharing(lambda: self._state.note_summary_changed(subject_id)) as transaction:
            people = self._state.keys.subjects
            consent_and_retention.note_wish(transaction, subject_id, people, without_movements=without_movements)
            self._state.record(transaction, "wish.noted", subject=subject_id)

    def due(self, until: date) -> tuple[DueRecord, ...]:
        """The people who are to be erased by this day, the longest overdue first."""
        with self._state.reading(Act.READ_PEOPLE) as connection:
            return consent_and_retention.due(connection, until)

    def history(self, subject_id: str) -> History:
        """The history of a person. Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
        with self._state.reading(Act.READ_PEOPLE) as connection:
            told = may(self._state.operator, Act.READ_AUDIT)
            first = max(1, audit_verification.newest_entry_number(connection) - RECENT_ENTRIES + 1)
            entries = audit_verification.read(connection, self._state.keys.audit, first, EVERY_ENTRY) if told else ()
            return History(
                consent_and_retention.last_seen(connection, subject_id),
                consent_and_retention.due_on(connection, subject_id),
                attempt_counter.read(connection, subject_id, self._state.time_in(connection).now),
                tuple(entry for entry in entries if entry.facts.get("subject") == subject_id),
                not self._state.shared.is_alone and subject_id in unsent_withdrawals.standings(connection, subject_id),
            )

    def erase(
        self, subject_id: str, second: SecondPerson | None, reason: ErasureReason = ErasureReason.REQUESTED
    ) -> Erased:
        """Erases a person by destroying their key: the key of their bucket is made anew, the keys of others in it are
        wrapped anew, the old one is overwritten. The ledger remembers. Raises UsageError(USAGE_UNKNOWN_SUBJECT),
        VaultError(VAULT_SECOND_PERSON_NEEDED)."""
        self._state.require(Act.ERASE)
        with self._state.database.reading() as connection:
            record = repository.profile(connection, subject_id, self._state.keys.subjects)
        confirmed = self._state.require_two(Act.ERASE, second)
        with self._keys.destroying({bucket_of(subject_id)}, lambda: self._keys.forget([subject_id])) as transaction:
            self._keys.delete_people(transaction, [subject_id])
            entry = erasure_ledger.append(transaction, subject_id, reason)
            self._state.record(transaction, "subject.erased", subject=subject_id, second=confirmed, reason=reason.value)
        return self._keys.report(entry, record.enrolled_at)

    def erasures(self) -> tuple[LedgerEntry, ...]:
        """Every erasure since the vault was made."""
        with self._state.reading(Act.VERIFY) as connection:
            return erasure_ledger.entries(connection)

    def replay_erasures(self, later: Sequence[LedgerEntry], second: SecondPerson | None) -> tuple[str, ...]:
        """Erases the people, and destroys the portraits, that a later ledger names and that came back with an older
        copy of the vault. Returns the people's identifiers. One change: all of them or none. Raises
        VaultError(VAULT_NOT_PERMITTED, VAULT_SECOND_PERSON_NEEDED): a ledger is not authenticated, so that two people
        answer for it."""
        confirmed = self._state.require_two(Act.REPLAY_ERASURES, second)
        back: tuple[str, ...] = ()
        with self._state.database.reading() as connection:
            here = erasure_ledger.still_here(connection, later)
            pictured = portraits.owners(connection, {entry.subject_id for entry in later}).values()
        buckets = {bucket_of(subject_id) for subject_id in (*here, *pictured)}
        with self._keys.destroying(buckets, lambda: self._keys.forget(back)) as transaction:
            before = self._state.fields(transaction.connection)
            back = erasure_ledger.merge(transaction, later)
            left = self._state.fields(transaction.connection)
            if gone := {known.key: "" for known in dropped_fields(before, left)}:
                field_erasure.begin_erasing(transaction, gone)
            self._keys.delete_people(transaction, back)
            for subject_id in portraits.owners(transaction.connection, {entry.subject_id for entry in later}).values():
                consent_and_retention.forget_portrait(transaction, subject_id, self._state.keys.subjects)
                portraits.delete_of(transaction, subject_id)
            self._state.record(transaction, "ledger.replayed", entries=len(later), erased=len(back), second=confirmed)
        self._keys.renew_backups(self._state.identity.created_at)
        return back

    def holdings(self, subject_id: str, second: SecondPerson | None) -> Holdings:
        """All that is held about a person, for that person; recorded in the audit. Raises
        UsageError(USAGE_UNKNOWN_SUBJECT), VaultError(VAULT_SECOND_PERSON_NEEDED)."""
        self._state.require(Act.EXPORT_PERSON)
        people = self._state.keys.subjects
        with self._state.database.reading() as connection:
            record = repository.profile(connection, subject_id, people)
        confirmed = self._state.require_two(Act.EXPORT_PERSON, second)
        self._state.record_alone("subject.exported", subject=subject_id, second=confirmed)
        with self._state.database.reading() as connection:
            plain = repository.held_records(connection, subject_id, people)
            theirs, programs = [], {}
            for entry in audit_verification.read(connection, self._state.keys.audit, 1, EVERY_ENTRY):
                if entry.facts.get("program"):
                    programs[str(entry.facts.get("caller", ""))] = str(entry.facts["program"])
                if entry.facts.get("subject") == subject_id:
                    theirs.append(entry)
            portrait_id = record.portrait
            return Holdings(
                record,
                repository.references_in(subject_id, plain),
                consent_and_retention.last_seen(connection, subject_id),
                attempt_counter.read(connection, subject_id, self._state.time_in(connection).now),
                tuple(theirs),
                tuple(touch for kind, record in plain if kind == TOUCHES for touch in read_touches(record)),
                self._state.fields(connection),
                portraits.read(connection, subject_id, portrait_id, people) if portrait_id else None,
                answers_about(connection, subject_id, programs),
            )

    def _changing_person(self, subject_id: str, *, destroys: bool) -> AbstractContextManager[Transaction]:
        """A change of a person's record, in which keys are destroyed or not."""

        def committed() -> None:
            self._state.note_changed(subject_id)

        if not destroys:
            return self._state.sharing(committed)
        return self._keys.destroying({bucket_of(subject_id)}, committed)
