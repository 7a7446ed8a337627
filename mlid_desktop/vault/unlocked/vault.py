"""An unlocked vault: reading and saving records, and the services for everything else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.decisions import SuspicionStanding
from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import Enrolment, Operator, RenewedReference, SubjectRecord, SubjectSummary
from mlid_desktop.domain.templates import Reference, Touch
from mlid_desktop.vault.audit import log as audit_log
from mlid_desktop.vault.audit.log import Note
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.figures.day_figures import CaptureFigures
from mlid_desktop.vault.keys.key_file_codec import KEY_FILE, MAXIMUM_KEY_FILE, require_authentic
from mlid_desktop.vault.second_person import Act, SecondPerson
from mlid_desktop.vault.store import signed_values
from mlid_desktop.vault.store.atomic_files import read_whole
from mlid_desktop.vault.store.rollback_head import read_head
from mlid_desktop.vault.store.schema import RECORDS, TALLIED
from mlid_desktop.vault.store.transaction import head_of, read_facts, require_tally
from mlid_desktop.vault.store.vault_time import VaultTime
from mlid_desktop.vault.subjects import attempt_counter, consent_and_retention, founding, repository, suspicion_log
from mlid_desktop.vault.subjects import touches as kept_touches
from mlid_desktop.vault.subjects.attempt_counter import WHOLE_VAULT, AttemptRecord
from mlid_desktop.vault.subjects.records import portraits
from mlid_desktop.vault.subjects.records.sealed_people import SealedPeople
from mlid_desktop.vault.subjects.renewal import renew_all
from mlid_desktop.vault.unlocked.attack_tests import AttackTests
from mlid_desktop.vault.unlocked.audit import Audit
from mlid_desktop.vault.unlocked.backups import Backups
from mlid_desktop.vault.unlocked.callers import Callers
from mlid_desktop.vault.unlocked.drafts import Drafts
from mlid_desktop.vault.unlocked.enrolled.corrections import Corrections
from mlid_desktop.vault.unlocked.enrolled.people import People
from mlid_desktop.vault.unlocked.enrolled.requests_about_people import RequestedWithdrawals
from mlid_desktop.vault.unlocked.enrolled.saved_note import saved_note
from mlid_desktop.vault.unlocked.enrolled.searches import Searches
from mlid_desktop.vault.unlocked.erasure.key_destruction import KeyDestruction
from mlid_desktop.vault.unlocked.erasure.portraits import Portraits
from mlid_desktop.vault.unlocked.erasure.rotation import Rotation
from mlid_desktop.vault.unlocked.figures import Figures
from mlid_desktop.vault.unlocked.operators import Operators
from mlid_desktop.vault.unlocked.register.freshness import WITHOUT_REGISTER
from mlid_desktop.vault.unlocked.register.service import Register
from mlid_desktop.vault.unlocked.register.writing.attempt_notes import note_cleared, note_counted, with_elsewhere
from mlid_desktop.vault.unlocked.register.writing.visits import known_touches, note_visit
from mlid_desktop.vault.unlocked.settings import VaultSettings
from mlid_desktop.vault.unlocked.site_fields import SiteFields
from mlid_desktop.vault.unlocked.state import VaultState
from mlid_desktop.vault.unlocked.subject_rights import SubjectRights
from mlid_desktop.vault.unlocked.suspicions import Suspicions


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """Counts of what :meth:`Vault.verify` read and found whole."""

    subjects: int
    records: int
    audit_entries: int


class Vault:
    """An unlocked vault, as ``create_vault`` and ``unlock_vault`` make it. What it offers beyond reading and saving
    records, a service each offers. Every method, theirs too, raises VaultError(VAULT_LOCKED) after :meth:`lock`,
    VaultError(VAULT_NOT_PERMITTED) where the operator's role does not permit it (``domain.roles``), and RuntimeError on
    another thread than the one that unlocked it."""

    def __init__(self, state: VaultState) -> None:
        self._state = state
        self.audit = Audit(state)
        self.backups = Backups(state)
        self.drafts = Drafts(state)
        self.rotation = Rotation(state, self.backups)
        self.operators = Operators(state, self.rotation)
        self.settings = VaultSettings(state)
        keys = KeyDestruction(state, self.backups)
        self.subject_rights = SubjectRights(state, keys)
        self.portraits = Portraits(state, keys)
        self.register = Register(state, keys)
        self.suspicions = Suspicions(state)
        self.figures = Figures(state)
        self.searches = Searches(state)
        self.people = People(state)
        self.callers = Callers(state)
        self.requested_withdrawals = RequestedWithdrawals(state)
        self.attack_tests = AttackTests(state, keys)
        self.corrections = Corrections(state)
        self.site_fields = SiteFields(state, keys)

    @property
    def identity(self) -> VaultIdentity:
        """The vault's identity, with whether it is a demo vault."""
        return self._state.identity

    @property
    def operator(self) -> Operator:
        """The operator who unlocked the vault."""
        return self._state.operator

    def require(self, act: Act) -> None:
        """Raises VaultError(VAULT_NOT_PERMITTED) where the operator's role does not permit an act outside the vault."""
        self._state.require(act)

    def require_two(self, act: Act, second: SecondPerson | None) -> str:
        """Checks as :meth:`require` an act that takes two operators; gives the second one's name. Raises
        VaultError(VAULT_NOT_PERMITTED, VAULT_SECOND_PERSON_NEEDED)."""
        return self._state.require_two(act, second)

    def lock(self) -> None:
        """Locks the vault: wipes the keys and drops everything read; callable more than once."""
        self._state.lock()

    def save(self, enrolment: Enrolment) -> SubjectSummary:
        """Writes an enrolment whole, durable when this returns. Raises UsageError(USAGE_NUMBER_TAKEN,
        USAGE_FIELD_TAKEN), VaultError."""
        return self.save_all([enrolment])[0]

    def save_all(self, enrolments: Iterable[Enrolment]) -> tuple[SubjectSummary, ...]:
        """Writes all of these enrolments or none. Raises UsageError(USAGE_NUMBER_TAKEN, USAGE_FIELD_TAKEN;
        USAGE_ATTEMPT_ENDED where a suspicion ended the attempt), VaultError."""
        self._state.require(Act.ENROL)
        saved, written = list[SubjectSummary](), list(enrolments)
        self._state.require_operational(written)
        sealed = SealedPeople.of(written, self._state.keys.subjects)  # before other desks wait for this one
        with self._state.sharing(lambda: self._state.note_changed(*(person.subject_id for person in saved))) as change:
            for enrolment in written:
                self.suspicions.take_over(change, enrolment)
            people, schema = self._state.keys.subjects, self._state.fields(change.connection)
            saved += repository.insert(change, written, people, schema, sealed)
            founding.notice_people(change, written, demo=self.identity.demo)
            notes = [saved_note(enrolment, self.operator) for enrolment in written]
            audit_log.append_all(change, self._state.keys.audit, notes)
            for enrolment in written:
                self.callers.close_enrolled(change, enrolment)
        return tuple(saved)

    def people_with(self, number: str) -> tuple[SubjectSummary, ...]:
        """Everybody who has this number, however it is written, by blind index: one person, unless an earlier version
        kept spellings of it apart."""
        with self._state.reading(Act.READ_PEOPLE) as connection:
            return repository.people_with(connection, number, self._state.keys.subjects)

    def find(self, number: str) -> SubjectSummary | None:
        """The one person who has this number, by blind index. Raises UsageError(USAGE_NUMBER_AMBIGUOUS) where several
        have it."""
        found = self.people_with(number)
        if len(found) > 1:
            raise UsageError(Code.USAGE_NUMBER_AMBIGUOUS)
        return found[0] if found else None

    def record(self, subject_id: str) -> SubjectRecord:
        """The kept record of a person. Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
        with self._state.reading(Act.READ_PEOPLE) as connection:
            return repository.profile(connection, subject_id, self._state.keys.subjects)

    def directory(self) -> tuple[SubjectSummary, ...]:
        """The summary of every person, from memory: built when first asked for, dropped when locked. Who is meant by an
        identifier :attr:`people` tells without it."""
        return self.people.everybody()

    def references(self, subject_id: str) -> tuple[Reference, ...]:
        """A person's stored templates. Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
        with self._state.reading(Act.COMPARE) as connection:
            return repository.references(connection, subject_id, self._state.keys.subjects)

    def all_references(self, modality: Modality) -> tuple[Reference, ...]:
        """Every stored template of a modality, in the order of enrolment."""
        with self._state.reading(Act.COMPARE) as connection:
            return repository.all_references(connection, modality, self._state.keys.subjects)

    def people_made_by(self, extractors: Collection[str]) -> frozenset[str]:
        """The people who have references of one of these extractors (keys)."""
        with self._state.reading(Act.READ_PEOPLE) as connection:
            return repository.made_by(connection, extractors)

    def count_attempt(self, subject_id: str | None, without_register: timedelta = WITHOUT_REGISTER) -> AttemptRecord:
        """Counts an attempt (None: a search among all) as failed until an acceptance says otherwise; durable when this
        returns, so that a kill refunds nothing, and said at the register of its desks where that answers. Gives how the
        person stands then, with what other desks counted. Raises RegisterError where nobody is compared any more,
        since this desk was ``without_register`` for longer, or not this person."""
        self._state.require(Act.COMPARE)
        before = self.attempts(subject_id)
        self.register.require_fresh(without_register, before)
        with self._state.changing() as transaction:
            counted = attempt_counter.count_failure(transaction, subject_id or WHOLE_VAULT)
            note_counted(transaction, subject_id, counted.failed_in_a_row)
        if self._state.shared.is_alone:
            return counted
        self.register.attempts.counted(subject_id, before)
        return replace(self.attempts(subject_id), clock_set_back=counted.clock_set_back)

    def touches(self, subject_id: str) -> tuple[Touch, ...]:
        """The earlier images of a person's fingers, oldest first. Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
        with self._state.reading(Act.COMPARE) as connection:
            return known_touches(connection, subject_id, self._state.keys.subjects)

    def record_outcome(
        self,
        subject_id: str | None,
        *,
        accepted: bool,
        note: Note | None = None,
        attempt_id: str = "",
        touches: Sequence[Touch] = (),
        renewals: Sequence[RenewedReference] = (),
        measured: Sequence[CaptureFigures] = (),
    ) -> None:
        """Records the outcome of an attempt: an acceptance clears the count, is a visit, its images of fingers are
        kept so that they are known again, and it renews references of earlier extractors; a refusal leaves the count
        as it is. The note becomes an entry of the audit, and what was ``measured`` is counted, in the same change.
        Raises UsageError(USAGE_ATTEMPT_ENDED) where an attempt would be accepted that a suspicion ended,
        or USAGE_CONSENT_WITHDRAWN where comparisons of the person were stopped meanwhile."""
        self._state.require(Act.COMPARE)
        with self._state.changing() as transaction:
            is_first = accepted and consent_and_retention.is_first_of_month(transaction, subject_id or WHOLE_VAULT)
            if accepted:
                suspicion_log.require_none(transaction.connection, attempt_id)
                standing = (SuspicionStanding.OPEN,)
                suspicion_log.change_standing(transaction, subject_id or WHOLE_VAULT, standing, SuspicionStanding.MET)
                attempt_counter.clear(transaction, subject_id or WHOLE_VAULT)
                note_cleared(transaction, subject_id)
                if subject_id is not None and not self._state.shared.is_alone:
                    note_visit(transaction, subject_id, touches, renewals, self._state.keys.subjects)
                elif subject_id is not None:
                    consent_and_retention.touch(transaction, subject_id)
                    kept_touches.remember(transaction, subject_id, touches, self._state.keys.subjects)
                    for kind in renew_all(transaction, subject_id, renewals, self._state.keys.subjects):
                        self._state.changed.add(subject_id)
                        self._state.record(transaction, "reference.renewed", subject=subject_id, name=kind)
            if note is not None:
                self._state.record(transaction, note.event, **note.facts)
            self.figures.add_in(transaction, measured, first_in_month=is_first)

    def withdraw_attempt(
        self,
        subject_id: str | None,
        *,
        note: Note | None = None,
        attempt_id: str = "",
        measured: Sequence[CaptureFigures] = (),
    ) -> None:
        """Takes back the newest counted attempt, in which nothing was compared. One that a suspicion ended stays
        counted."""
        self._state.require(Act.COMPARE)
        with self._state.changing() as transaction:
            if not suspicion_log.is_noted(transaction.connection, attempt_id):
                attempt_counter.withdraw(transaction, subject_id or WHOLE_VAULT)
            if note is not None:
                self._state.record(transaction, note.event, **note.facts)
            self.figures.add_in(transaction, measured)

    def attempts(self, subject_id: str | None) -> AttemptRecord:
        """Failed attempts in a row, those at other desks with them, and whether the clock was set back since."""
        with self._state.reading(Act.COMPARE) as connection:
            now = self._state.time_in(connection).now
            own = attempt_counter.read(connection, subject_id or WHOLE_VAULT, now)
            return with_elsewhere(read_facts(connection), subject_id, own)

    @property
    def time(self) -> VaultTime:
        """The time that the vault goes by. Raises VaultError."""
        return self._state.time()

    def trust_clock(self) -> None:
        """Takes the machine's clock for right again (supervisor). Raises VaultError(VAULT_NOT_PERMITTED)."""
        self._state.trust_clock()

    def decide_search(self, subject_id: str, outcome: str, second: SecondPerson | None) -> None:
        """Records in the audit what two operators decided about a candidate of a search, with both names. Raises
        VaultError(VAULT_SECOND_PERSON_NEEDED)."""
        confirmed = self._state.require_two(Act.DECIDE_SEARCH, second)
        self._state.record_alone("identification.decided", subject=subject_id, outcome=outcome, second=confirmed)

    def verify(self) -> VerifyReport:
        """Verifies the vault: reads every page, record and audit entry. Raises VaultError(VAULT_DAMAGED,
        VAULT_ROLLED_BACK) naming the part that is not as it was written."""
        self._state.require(Act.VERIFY)
        untrusted = read_whole(self._state.folder / KEY_FILE, MAXIMUM_KEY_FILE)
        require_authentic(untrusted, self._state.key_file, self._state.keys.roots.data)
        if read_head(self._state.folder, self._state.keys.head, self._state.identity) != self._state.commits.head:
            raise VaultError(Code.VAULT_ROLLED_BACK)
        self._state.database.check_pages()
        people = self._state.keys.subjects
        with self._state.database.reading() as connection:
            if head_of(read_facts(connection)) != self._state.commits.head:
                raise VaultError(Code.VAULT_ROLLED_BACK)
            for table in sorted(TALLIED.difference(RECORDS.values()), key=str):
                require_tally(connection, people.marker, table)
            found, held = repository.read_all(connection, people)
            named = {person.subject_id: person.portrait for person in repository.everybody(connection, people)}
            held += portraits.require_whole(connection, named, people)
            for name in signed_values.names(connection):
                signed_values.read(connection, name, self._state.key_file.control.verify_key, self._state.identity)
            return VerifyReport(found, held, self.audit.require_whole(connection))
