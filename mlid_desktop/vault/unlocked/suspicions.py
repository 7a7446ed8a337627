"""Suspicions of an attack in an unlocked vault: noted and counted at once, released by two people."""

from __future__ import annotations

from mlid_desktop.domain.decisions import Journey, NotedSuspicion, ReleaseReason, Suspicion, SuspicionStanding
from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.domain.roles import Act, SecondPerson
from mlid_desktop.domain.subjects import Enrolment, Role, ShownInstead
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects import attempt_counter, drafts, repository, suspicion_log
from mlid_desktop.vault.subjects.suspicion_log import Attempt, Marks
from mlid_desktop.vault.unlocked.register.writing.attempt_notes import note_cleared
from mlid_desktop.vault.unlocked.state import VaultState

COUNTED_BEFORE = frozenset({Journey.VERIFICATION})  # its attempt is counted when it begins
DOCUMENTS = frozenset({ShownInstead.IDENTITY_DOCUMENT, ShownInstead.OTHER_DOCUMENT})


class Suspicions:
    """Suspicions of attacks in an unlocked vault, noted by whoever is at the desk. Nothing of an attempt that a
    suspicion ended is accepted or saved."""

    def __init__(self, state: VaultState) -> None:
        self._state = state

    def note(self, suspicion: Suspicion, attempt: Attempt) -> None:
        """Writes the suspicion, its entry of the audit and the failed attempt in one change, durable when this returns.
        What was kept of the attempt as a draft goes in the same change. Once for each attempt: noting it again changes
        nothing."""
        self._state.require(Act.COMPARE)
        with self._state.changing() as transaction:
            if suspicion_log.is_noted(transaction.connection, attempt.attempt_id):
                return
            marks = self._marks
            suspicion_log.insert(transaction, suspicion, attempt, self._state.operator.name, marks)
            if attempt.draft_of:
                drafts.delete_of(transaction, attempt.draft_of)
            if attempt.subject_id and attempt.journey not in COUNTED_BEFORE:
                attempt_counter.count_failure(transaction, attempt.subject_id)
            self._state.record(
                transaction,
                "suspicion.noted",
                subject="" if attempt.subject_id.startswith(suspicion_log.CANDIDATE) else attempt.subject_id,
                attempt=attempt.attempt_id,
                purpose=attempt.journey.value,
                how=suspicion.characteristic.modality.value,
                device=marks.device(suspicion.device),
            )

    def key_of(self, subject_id: str, number: str) -> str:
        """Under what an enrolment's suspicions are counted: the person's identifier where they are enrolled, else the
        key of the number that is to be enrolled."""
        with self._state.reading(Act.COMPARE) as connection:
            known = repository.is_known(connection, subject_id)
        return subject_id if known or not number else self._marks.candidate(number)

    def take_over(self, transaction: Transaction, enrolment: Enrolment) -> None:
        """Part of saving: what was counted of the number as a candidate goes on as the person's, and what a suspicion
        asked of the attempt is met. Raises UsageError(USAGE_ATTEMPT_ENDED)."""
        subject_id = enrolment.subject_id
        suspicion_log.require_none(transaction.connection, enrolment.attempt_id)
        suspicion_log.take_over(transaction, self._marks.candidate(enrolment.details.number), subject_id)
        suspicion_log.change_standing(transaction, subject_id, (SuspicionStanding.OPEN,), SuspicionStanding.MET)

    def require_none(self, attempt_id: str) -> None:
        """Raises UsageError(USAGE_ATTEMPT_ENDED) where a suspicion ended this attempt."""
        with self._state.reading(Act.COMPARE) as connection:
            suspicion_log.require_none(connection, attempt_id)

    def of_person(self, subject_id: str) -> tuple[NotedSuspicion, ...]:
        """The suspicions of one person or candidate, in the order they were noted."""
        with self._state.reading(Act.COMPARE) as connection:
            return suspicion_log.person_suspicions(connection, subject_id)

    def of_searches_with(self, device: DeviceIdentity) -> tuple[NotedSuspicion, ...]:
        """The suspicions of searches with this device, whoever was at the desk."""
        with self._state.reading(Act.COMPARE) as connection:
            return suspicion_log.search_suspicions(connection, device=self._marks.device(device))

    def of_own_searches(self) -> tuple[NotedSuspicion, ...]:
        """The suspicions of searches by whoever is at the desk, with whatever device."""
        with self._state.reading(Act.COMPARE) as connection:
            return suspicion_log.search_suspicions(connection, operator=self._marks.operator(self._state.operator.name))

    def recent(self) -> tuple[NotedSuspicion, ...]:
        """All that are kept, of the last thirty days."""
        with self._state.reading(Act.READ_PEOPLE) as connection:
            return suspicion_log.all_suspicions(connection)

    def release(
        self, subject_id: str, reason: ReleaseReason, document: ShownInstead, second: SecondPerson | None
    ) -> None:
        """Two people, one of them a supervisor, let the person try anew, who saw a document: the count is cleared, the
        audit stays, and nobody is accepted by it. Raises VaultError(VAULT_NOT_PERMITTED, VAULT_SECOND_PERSON_NEEDED),
        UsageError(USAGE_BAD_ARGUMENT) where it was no document."""
        if document not in DOCUMENTS:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="document")
        self._state.require(Act.RELEASE_ATTEMPTS)
        roles = {self._state.operator.role} | (set() if second is None else {second.operator.role})
        if Role.SUPERVISOR not in roles:
            raise VaultError(Code.VAULT_NOT_PERMITTED)
        confirmed = self._state.require_two(Act.RELEASE_ATTEMPTS, second)
        with self._state.changing() as transaction:
            counted = attempt_counter.read(transaction.connection, subject_id, transaction.now).failed_in_a_row
            attempt_counter.clear(transaction, subject_id)
            note_cleared(transaction, subject_id)
            standing = (SuspicionStanding.OPEN, SuspicionStanding.MET)
            suspicion_log.change_standing(transaction, subject_id, standing, SuspicionStanding.RELEASED)
            self._state.record(
                transaction,
                "attempts.released",
                subject="" if subject_id.startswith(suspicion_log.CANDIDATE) else subject_id,
                second=confirmed,
                reason=reason.value,
                how=document.value,
                failed=counted,
            )

    @property
    def _marks(self) -> Marks:
        return Marks(self._state.keys.audit.entries)
