"""The part of an unlocked vault that answers to the people in it: consent, retention, erasure, what is held of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from mlid_desktop.domain.audit import AuditEntry
from mlid_desktop.domain.roles import may
from mlid_desktop.domain.subjects import (
    BackupCopy,
    Consent,
    DueRecord,
    Enrolment,
    Erased,
    ErasureReason,
    LedgerEntry,
    SubjectRecord,
    Withdrawal,
    new_identifier,
)
from mlid_desktop.domain.templates import Reference
from mlid_desktop.vault.audit import verification as audit_verification
from mlid_desktop.vault.crypto.envelope import wipe
from mlid_desktop.vault.keyring import IN_FORCE, VaultKeys, wrap_name
from mlid_desktop.vault.second_person import Act, SecondPerson
from mlid_desktop.vault.store.schema import PROFILE
from mlid_desktop.vault.store.transaction import Change
from mlid_desktop.vault.subjects import (
    attempt_counter,
    consent_and_retention,
    drafts,
    erasure_ledger,
    repository,
    statistics,
)
from mlid_desktop.vault.subjects.attempt_counter import AttemptRecord
from mlid_desktop.vault.subjects.record_codec import read_reference
from mlid_desktop.vault.subjects.statistics import Statistics
from mlid_desktop.vault.unlocked.audit import EVERY_ENTRY
from mlid_desktop.vault.unlocked.backups import Backing

RECENT_ENTRIES = 1000  # are read for a person's history in some milliseconds


@dataclass(frozen=True, slots=True, eq=False)
class Holdings:
    """Everything that the vault holds about one person."""

    record: SubjectRecord = field(repr=False)
    references: tuple[Reference, ...] = field(repr=False)
    last_seen: date
    attempts: AttemptRecord
    entries: tuple[AuditEntry, ...]


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What happened with one person, as far as whoever asks may know: ``entries`` of the newest 1,000 of the audit, for
    those alone who may read it."""

    last_seen: date
    due: DueRecord
    attempts: AttemptRecord
    entries: tuple[AuditEntry, ...] = ()


class Custody(Backing):
    """Withdrawal takes one person at the desk; erasing and handing out what is held take two."""

    def withdraw_consent(self, subject_id: str, withdrawal: Withdrawal) -> None:
        """From now on nothing of this person is compared; the record is due for erasure today. Raises
        UsageError(USAGE_UNKNOWN_SUBJECT, USAGE_CONSENT_WITHDRAWN)."""
        self._require(Act.WITHDRAW)
        with self._change(self._forget_directory) as change:
            consent_and_retention.withdraw(change, subject_id, withdrawal, self._keys.subjects)
            self._enter(change, "consent.withdrawn", subject=subject_id, guardian=bool(withdrawal.guardian))

    def renew_consent(self, subject_id: str, consent: Consent) -> None:
        """The person agreed again, to the text of today. Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
        self._require(Act.ENROL)
        with self._change(self._forget_directory) as change:
            consent_and_retention.renew(change, subject_id, consent, self._keys.subjects)
            self._enter(
                change,
                "consent.renewed",
                subject=subject_id,
                text=consent.text_version,
                language=consent.language,
                guardian=bool(consent.guardian),
            )

    def enrol_anew(self, enrolment: Enrolment, second: SecondPerson | None) -> None:
        """Puts what was captured now in the place of what was kept about the same person, under a new key of theirs;
        failed attempts stay counted. It takes two, as it erases and as templates of somebody else would go unnoticed.
        Raises UsageError(USAGE_UNKNOWN_SUBJECT, USAGE_NUMBER_TAKEN), VaultError(VAULT_SECOND_PERSON_NEEDED)."""
        self._require(Act.ENROL)
        self._require_operational([enrolment])
        people, subject_id = self._keys.subjects, enrolment.subject_id
        with self._database.reading() as connection:
            before = repository.profile(connection, subject_id, people)
        confirmed = self._require_two(Act.ERASE, second)
        with self._change(self._forget_directory) as change:
            repository.delete_records(change, subject_id)
            repository.insert(change, [enrolment], people)
            consent_and_retention.take_over(change, before, people)
            self._enter(change, "enrolment.renewed", subject=subject_id, second=confirmed)

    def give_token(self, subject_id: str) -> str:
        """A new random token for the person's receipt, in the place of the one before, which leads nowhere any more.
        Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
        self._require(Act.ENROL)
        token = new_identifier()

        def known() -> None:
            if self._directory is not None and subject_id in self._directory:
                self._directory[subject_id] = replace(self._directory[subject_id], token=token)

        with self._change(known) as change:
            consent_and_retention.give_token(change, subject_id, token, self._keys.subjects)
            self._enter(change, "receipt.made", subject=subject_id)
        return token

    def due(self, until: date) -> tuple[DueRecord, ...]:
        """Who is to be erased by this day, the longest overdue first."""
        with self._reading(Act.READ_PEOPLE) as connection:
            return consent_and_retention.due(connection, until)

    def history(self, subject_id: str) -> History:
        """What happened with a person. Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
        with self._reading(Act.READ_PEOPLE) as connection:
            told = may(self._operator, Act.READ_AUDIT)
            first = max(1, audit_verification.newest(connection) - RECENT_ENTRIES + 1)
            entries = audit_verification.read(connection, self._keys.audit, first, EVERY_ENTRY) if told else ()
            return History(
                consent_and_retention.last_seen(connection, subject_id),
                consent_and_retention.due_on(connection, subject_id),
                attempt_counter.read(connection, subject_id, self._clock.now()),
                tuple(one for one in entries if one.facts.get("subject") == subject_id),
            )

    def erase(
        self, subject_id: str, second: SecondPerson | None, reason: ErasureReason = ErasureReason.REQUESTED
    ) -> Erased:
        """Destroys the person's key: a new subject-wrap key is made, the survivors' keys are wrapped anew, the old one
        is overwritten. The ledger remembers. Raises UsageError(USAGE_UNKNOWN_SUBJECT),
        VaultError(VAULT_SECOND_PERSON_NEEDED)."""
        self._require(Act.ERASE)
        with self._database.reading() as connection:
            record = repository.profile(connection, subject_id, self._keys.subjects)
        confirmed = self._require_two(Act.ERASE, second)
        successor = self._begin_erasure()
        with self._change(lambda: self._adopt(successor, [subject_id])) as change:
            self._destroy(change, [subject_id], successor)
            entry = erasure_ledger.append(change, subject_id, reason)
            self._enter(change, "subject.erased", subject=subject_id, second=confirmed, reason=reason.value)
        self.settle_key_file()
        unreached = [one for one in self.renew_backups() if one.made_at >= record.enrolled_at]
        return Erased(entry, tuple(BackupCopy(one.backup_id, one.made_at, one.place) for one in unreached))

    def ledger_entries(self) -> tuple[LedgerEntry, ...]:
        """Every erasure since the vault was made."""
        with self._reading(Act.VERIFY) as connection:
            return erasure_ledger.entries(connection)

    def replay_ledger(self, later: Sequence[LedgerEntry]) -> tuple[str, ...]:
        """Erases whom a ledger of a later day names and who is here: they came back with an older backup. Returns
        their identifiers. One change: all of them or none."""
        self._require(Act.RESTORE)
        successor = self._begin_erasure()
        back: tuple[str, ...] = ()
        with self._change(lambda: self._adopt(successor, back)) as change:
            back = erasure_ledger.merge(change, later)
            self._destroy(change, back, successor)
            self._enter(change, "ledger.replayed", entries=len(later), erased=len(back))
        self.settle_key_file()
        self.renew_backups()
        return back

    def holdings(self, subject_id: str, second: SecondPerson | None) -> Holdings:
        """All that is held about a person, for that person; noted in the audit. Raises
        UsageError(USAGE_UNKNOWN_SUBJECT), VaultError(VAULT_SECOND_PERSON_NEEDED)."""
        self._require(Act.EXPORT_PERSON)
        people = self._keys.subjects
        with self._database.reading() as connection:
            record = repository.profile(connection, subject_id, people)
        confirmed = self._require_two(Act.EXPORT_PERSON, second)
        self._note("subject.exported", subject=subject_id, second=confirmed)
        with self._database.reading() as connection:
            plain = repository.held_records(connection, subject_id, people)
            entries = audit_verification.read(connection, self._keys.audit, 1, EVERY_ENTRY)
            return Holdings(
                record,
                tuple(read_reference(subject_id, one) for kind, one in plain if kind != PROFILE),
                consent_and_retention.last_seen(connection, subject_id),
                attempt_counter.read(connection, subject_id, self._clock.now()),
                tuple(one for one in entries if one.facts.get("subject") == subject_id),
            )

    def decide_search(self, subject_id: str, outcome: str, second: SecondPerson | None) -> None:
        """What two people say of a candidate of a search: the audit has it, with both names. Raises
        VaultError(VAULT_SECOND_PERSON_NEEDED)."""
        confirmed = self._require_two(Act.DECIDE_SEARCH, second)
        self._note("identification.decided", subject=subject_id, outcome=outcome, second=confirmed)

    def statistics(self) -> Statistics:
        """Counts by month without identifiers; small ones are not told. Noted in the audit."""
        self._require(Act.STATISTICS)
        self._note("statistics.exported")
        with self._database.reading() as connection:
            entries = audit_verification.read(connection, self._keys.audit, 1, EVERY_ENTRY)
            return statistics.counted(entries, connection)

    def _begin_erasure(self) -> VaultKeys:
        """The keys after an erasure: the key file names both subject-wrap keys until it is through."""
        self.settle_key_file()
        successor = self._keys.with_fresh_wrap(self.identity)
        self._write_key_file(self._key_file.with_wrap(self._keys.wrapped, pending=successor.wrapped))
        return successor

    def _destroy(self, change: Change, erased: Sequence[str], successor: VaultKeys) -> None:
        for subject_id in erased:
            repository.delete(change, subject_id)
            drafts.delete_of(change, subject_id)
        repository.rewrap(change, self._keys.subjects, successor.subjects)
        drafts.rewrap(change, self._keys.subjects, successor.subjects)
        change.facts[IN_FORCE] = wrap_name(successor.wrapped)

    def _adopt(self, successor: VaultKeys, erased: Sequence[str]) -> None:
        wipe(self._keys.subjects.wrap)
        self._keys = successor
        if self._directory is not None:
            for subject_id in erased:
                self._directory.pop(subject_id, None)

    def _forget_directory(self) -> None:
        self._directory = None
