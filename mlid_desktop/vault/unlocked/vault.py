"""An unlocked vault: what the vault thread may ask of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import Enrolment, SubjectRecord, SubjectSummary
from mlid_desktop.domain.templates import Reference
from mlid_desktop.vault.audit import log as audit_log
from mlid_desktop.vault.audit.log import Note
from mlid_desktop.vault.keys.key_file_codec import KEY_FILE, MAXIMUM_KEY_FILE, require_authentic
from mlid_desktop.vault.second_person import Act, SecondPerson
from mlid_desktop.vault.store import signed_values
from mlid_desktop.vault.store.atomic_files import read_whole
from mlid_desktop.vault.store.rollback_head import read_head
from mlid_desktop.vault.store.schema import POINT_READ
from mlid_desktop.vault.store.transaction import head_of, read_facts, require_tally
from mlid_desktop.vault.subjects import attempt_counter, consent_and_retention, repository
from mlid_desktop.vault.subjects.attempt_counter import WHOLE_VAULT, AttemptRecord
from mlid_desktop.vault.subjects.drafts import Drafting
from mlid_desktop.vault.unlocked.audit import Trail
from mlid_desktop.vault.unlocked.operators import Access
from mlid_desktop.vault.unlocked.rotation import Rotating
from mlid_desktop.vault.unlocked.settings import Governing
from mlid_desktop.vault.unlocked.subject_rights import Custody


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What :meth:`Vault.verify` read and found whole."""

    subjects: int
    records: int
    audit_entries: int


class Vault(Access, Custody, Rotating, Drafting, Governing, Trail):
    """Made by ``create_vault`` and ``unlock_vault``. Every method raises VaultError(VAULT_LOCKED) after :meth:`lock`,
    VaultError(VAULT_NOT_PERMITTED) where the operator's role does not permit it (``domain.roles``), and RuntimeError on
    another thread than the one that unlocked it."""

    def save(self, enrolment: Enrolment) -> SubjectSummary:
        """Writes an enrolment whole, durable when this returns. Raises UsageError(USAGE_NUMBER_TAKEN), VaultError."""
        return self.save_all([enrolment])[0]

    def save_all(self, enrolments: Iterable[Enrolment]) -> tuple[SubjectSummary, ...]:
        """Writes all of them or none. Raises UsageError(USAGE_NUMBER_TAKEN), VaultError."""
        self._require(Act.ENROL)
        people = self._keys.subjects
        saved: list[SubjectSummary] = []
        with self._change(lambda: self._remember(saved)) as change:
            written = list(enrolments)
            self._require_operational(written)
            saved += repository.insert(change, written, people)
            audit_log.append_all(change, self._keys.audit, [self._saved(one) for one in written])
        return tuple(saved)

    def find(self, number: str) -> SubjectSummary | None:
        """The person with this number, by blind index."""
        with self._reading(Act.READ_PEOPLE) as connection:
            return repository.find(connection, number, self._keys.subjects)

    def record(self, subject_id: str) -> SubjectRecord:
        """What is kept about a person. Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
        with self._reading(Act.READ_PEOPLE) as connection:
            return repository.profile(connection, subject_id, self._keys.subjects)

    def directory(self) -> tuple[SubjectSummary, ...]:
        """Everybody, from memory: built when first asked for, dropped when locked."""
        with self._reading(Act.READ_PEOPLE) as connection:
            if self._directory is None:
                found = repository.everybody(connection, self._keys.subjects)
                self._directory = {one.subject_id: one for one in found}
            return tuple(self._directory.values())

    def references(self, subject_id: str) -> tuple[Reference, ...]:
        """A person's stored templates. Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
        with self._reading(Act.COMPARE) as connection:
            return repository.references(connection, subject_id, self._keys.subjects)

    def all_references(self, modality: Modality) -> tuple[Reference, ...]:
        """Every stored template of a modality, in the order of enrolment."""
        with self._reading(Act.COMPARE) as connection:
            return repository.all_references(connection, modality, self._keys.subjects)

    def count_attempt(self, subject_id: str | None) -> AttemptRecord:
        """Counts an attempt (None: a search among all) as failed until an acceptance says otherwise; durable when this
        returns, so that a kill refunds nothing."""
        self._require(Act.COMPARE)
        with self._change() as change:
            return attempt_counter.count(change, subject_id or WHOLE_VAULT)

    def record_outcome(self, subject_id: str | None, *, accepted: bool, note: Note | None = None) -> None:
        """An acceptance clears the count and is a visit; a refusal leaves the count as it is. The note becomes an entry
        of the audit in the same change."""
        self._require(Act.COMPARE)
        with self._change() as change:
            if accepted:
                attempt_counter.clear(change, subject_id or WHOLE_VAULT)
                consent_and_retention.touch(change, subject_id or WHOLE_VAULT)
            if note is not None:
                self._enter(change, note.event, **note.facts)

    def withdraw_attempt(self, subject_id: str | None, *, note: Note | None = None) -> None:
        """Takes back the newest counted attempt: nothing was compared."""
        self._require(Act.COMPARE)
        with self._change() as change:
            attempt_counter.withdraw(change, subject_id or WHOLE_VAULT)
            if note is not None:
                self._enter(change, note.event, **note.facts)

    def attempts(self, subject_id: str | None) -> AttemptRecord:
        """Failures in a row, and whether the clock was set back since."""
        with self._reading(Act.COMPARE) as connection:
            return attempt_counter.read(connection, subject_id or WHOLE_VAULT, self._clock.now())

    def confirm_second(self, name: str, passphrase: str) -> SecondPerson:
        """Another person's consent to one act, proven by passphrase; it is handed to that act. Raises VaultError."""
        self._require_open()
        if name == self._operator.name:
            raise VaultError(Code.VAULT_SECOND_PERSON_NEEDED)
        return self._seconds.confirmed(self.confirm_passphrase(name, passphrase))

    def verify(self) -> VerifyReport:
        """Reads every page, record and audit entry. Raises VaultError(VAULT_DAMAGED, VAULT_ROLLED_BACK) naming what is
        not as it was written."""
        self._require(Act.VERIFY)
        untrusted = read_whole(self._folder / KEY_FILE, MAXIMUM_KEY_FILE)
        require_authentic(untrusted, self._key_file, self._keys.roots.data)
        if read_head(self._folder, self._keys.head, self.identity) != self._generations.head:
            raise VaultError(Code.VAULT_ROLLED_BACK)
        self._database.check_pages()
        people = self._keys.subjects
        with self._database.reading() as connection:
            if head_of(read_facts(connection)) != self._generations.head:
                raise VaultError(Code.VAULT_ROLLED_BACK)
            for table in POINT_READ:
                require_tally(connection, people.marker, table)
            found, held = repository.read_all(connection, people)
            for name in signed_values.names(connection):
                signed_values.read(connection, name, self._key_file.control.verify_key, self.identity)
            return VerifyReport(found, held, self._require_whole_audit(connection))

    def _saved(self, enrolment: Enrolment) -> Note:
        consent = enrolment.consent
        return Note(
            "enrolment.saved",
            {
                "operator": self._operator.name,
                "subject": enrolment.subject_id,
                "captures": sum(one.template is not None for one in enrolment.captures),
                "attested": enrolment.attested,
                "purpose": consent.purpose,
                "text": consent.text_version,
                "language": consent.language,
                "guardian": bool(consent.guardian),
            },
        )

    def _remember(self, saved: Iterable[SubjectSummary]) -> None:
        if self._directory is not None:
            self._directory.update((one.subject_id, one) for one in saved)
