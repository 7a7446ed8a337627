"""What runs on the vault thread: an unlocked vault under its policy, opening and closing sessions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from mlid_desktop.decision.lockout import attempt_state
from mlid_desktop.decision.policy import Policy
from mlid_desktop.decision.verdict import Calibrations, Circumstances
from mlid_desktop.domain.characteristics import FACE, Characteristic, Modality
from mlid_desktop.domain.decisions import AttemptState, Decision, Verdict
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.ports import Clock
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.domain.subjects import (
    Consent,
    Details,
    DueRecord,
    Erased,
    ErasureReason,
    ShownInstead,
    Standing,
    SubjectSummary,
    Withdrawal,
    new_identifier,
)
from mlid_desktop.domain.templates import Reference
from mlid_desktop.station.drafts.enrolment_draft import draft_of, session_of
from mlid_desktop.station.drafts.search_draft import search_draft_of, search_of
from mlid_desktop.station.text.consent_texts import declined_facts
from mlid_desktop.vault.audit.log import Note
from mlid_desktop.vault.lifecycle import AttemptRecord, Vault
from mlid_desktop.vault.subjects.drafts import DraftSummary
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.identification import IdentificationSession
from mlid_desktop.workflow.verification import VerificationSession


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """A verification about to start: its session, whom it is about, and what to compare with."""

    session: VerificationSession
    subject: SubjectSummary
    references: tuple[Reference, ...] = field(repr=False)


class Desk:
    """The vault is read before a session and written after it; the attempt counter alone is written earlier."""

    def __init__(
        self,
        vault: Vault,
        policy: Policy,
        calibrations: Calibrations,
        clock: Clock,
        require_whole_program: Callable[[], None] = lambda: None,
    ) -> None:
        self.vault = vault
        self.policy = policy
        self.calibrations = calibrations
        self._clock = clock
        self._require_whole_program = require_whole_program

    def now(self) -> datetime:
        """By the station's clock."""
        return self._clock.now()

    def subject(self, number: str) -> SubjectSummary:
        """The person with this number. Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
        found = self.vault.find(number)
        if found is None:
            raise UsageError(Code.USAGE_UNKNOWN_SUBJECT)
        return found

    def require_free_number(self, number: str) -> None:
        """Raises UsageError(USAGE_NUMBER_TAKEN) where somebody has it already."""
        if self.vault.find(number) is not None:
            raise UsageError(Code.USAGE_NUMBER_TAKEN)

    def attempts(self, subject_id: str) -> AttemptState:
        """How many tries are left for this person, and how long to wait."""
        return self._state(self.vault.attempts(subject_id))

    def gallery_references(self, modality: Modality) -> tuple[Reference, ...]:
        """All references of a modality, for the recognition's gallery."""
        return tuple(self.vault.all_references(modality))

    def begin_enrolment(self, *, attested: bool = False) -> EnrolmentSession:
        """A new person. Raises StationError where the installed program is not known to be whole."""
        self._require_whole_program()
        circumstances = Circumstances("enrolment", self.vault.identity.demo, attested)
        return EnrolmentSession(new_identifier(), self.policy, self.calibrations, circumstances)

    def begin_renewal(self, subject: SubjectSummary) -> EnrolmentSession:
        """Somebody known, enrolled anew: consent is asked again, number and name are there. Raises StationError."""
        return replace(
            self.begin_enrolment(), subject_id=subject.subject_id, details=Details(subject.number, subject.name)
        )

    def is_known(self, subject_id: str) -> bool:
        """Whether this person is enrolled, so that saving would replace what is kept."""
        return any(one.subject_id == subject_id for one in self.vault.directory())

    def save(self, session: EnrolmentSession, second: SecondPerson | None = None) -> EnrolmentSession:
        """Writes the confirmed enrolment at once. That somebody similar who is enrolled is another person is said by
        two, and so is it that somebody known is enrolled anew. Raises VaultError (VAULT_SECOND_PERSON_NEEDED: nothing
        is lost), UsageError(USAGE_NUMBER_TAKEN)."""
        enrolment = session.enrolment(self._clock.now())
        if self.is_known(session.subject_id):
            self.vault.enrol_anew(enrolment, second)
            return session.advance(events.Saved())
        if session.review is not None:
            self.require_free_number(enrolment.details.number)
            self.vault.decide_search(session.subject_id, session.review.outcome.value, second)
        self.vault.save(enrolment)
        return session.advance(events.Saved())

    def close_enrolment(self, session: EnrolmentSession) -> None:
        """Notes an enrolment that ended unsaved. Of somebody who declined nothing is kept but that it happened, to
        which text, and which of the known reasons was given."""
        if session.reason is Reason.CONSENT_DECLINED and session.consent is not None:
            self._audit("consent.declined", "", **declined_facts(session.consent))
        elif session.reason is not None and session.verdict is not Verdict.ACCEPTED:
            self._audit("enrolment.refused", session.subject_id, reason=session.reason.value)

    def keep_draft(self, session: EnrolmentSession, replaces: str = "") -> str:
        """Keeps an enrolment in progress for a day, in the place of the draft named; the name of the new one. Durable
        when this returns. Raises VaultError, UsageError beyond the vault's bounds."""
        return self.vault.save_draft(session.subject_id, draft_of(session), replaces or None).draft_id

    def drafts(self) -> tuple[DraftSummary, ...]:
        """Enrolments that wait to be resumed, the oldest first."""
        return self.vault.drafts()

    def resume(self, draft_id: str) -> EnrolmentSession:
        """An enrolment taken up again. Raises UsageError(USAGE_UNKNOWN_DRAFT), StationError as a new one does."""
        return session_of(self.vault.load_draft(draft_id), self.begin_enrolment())

    def drop_draft(self, draft_id: str) -> None:
        """It was saved or given up. Whether it is there does not matter."""
        self.vault.discard_draft(draft_id)

    def keep_hit(self, session: IdentificationSession) -> None:
        """Keeps a search for a day, for somebody else to look at its candidates. Raises UsageError beyond the vault's
        bounds."""
        self.vault.save_draft("", search_draft_of(session))

    def hit(self, draft_id: str) -> IdentificationSession:
        """A search that waits for its answer. Raises UsageError(USAGE_UNKNOWN_DRAFT)."""
        circumstances = Circumstances("identification", self.vault.identity.demo)
        fresh = IdentificationSession(self.policy, self.calibrations, circumstances, FACE)
        return search_of(self.vault.load_draft(draft_id), fresh)

    def begin_verification(
        self, subject: SubjectSummary, wanted: Sequence[Characteristic] = (), *, attested: bool = False
    ) -> Opening:
        """Counts the attempt on disk, then opens the session. While a delay or lock-out holds nothing is counted and
        the session is decided already. Without ``wanted`` the first enrolled characteristics that the policy needs are
        asked. Raises UsageError(USAGE_CONSENT_WITHDRAWN) for somebody of whom nothing may be compared any more."""
        if subject.standing is Standing.WITHDRAWN:
            raise UsageError(Code.USAGE_CONSENT_WITHDRAWN)
        state = self.attempts(subject.subject_id)
        circumstances = Circumstances("verification", self.vault.identity.demo, attested)
        asked = tuple(wanted) or self._needed(subject)
        session = VerificationSession(subject.subject_id, self.policy, self.calibrations, circumstances, state, asked)
        if state.locked_out or state.retry_after > 0:
            self._audit("verification.delayed", subject.subject_id)
            return Opening(session.advance(events.CapturesFinished()), subject, ())
        self.vault.count_attempt(subject.subject_id)
        return Opening(session, subject, self.vault.references(subject.subject_id))

    def close_verification(self, session: VerificationSession) -> AttemptState:
        """Notes the outcome. Only an acceptance clears the count; what never came to a comparison is not held against
        it."""
        decision = session.decision
        if decision is None:
            self.vault.withdraw_attempt(session.subject_id)
            return self.attempts(session.subject_id)
        delayed = session.attempts.locked_out or session.attempts.retry_after > 0
        compared = any(result.score is not None for result in decision.results)
        note = _decided(session.subject_id, decision)
        if not delayed and decision.verdict is Verdict.INCONCLUSIVE and not compared:
            self.vault.withdraw_attempt(session.subject_id, note=note)
        else:
            accepted = decision.verdict is Verdict.ACCEPTED
            self.vault.record_outcome(session.subject_id, accepted=accepted, note=note)
        return self.attempts(session.subject_id)

    def checked_otherwise(self, subject: SubjectSummary, shown: ShownInstead, *, accepted: bool) -> None:
        """Somebody was recognised, or not, without biometrics. It is noted as such; it neither clears nor adds to the
        failed attempts, and never counts as a biometric acceptance."""
        outcome = "accepted" if accepted else "rejected"
        self._audit("verification.otherwise", subject.subject_id, how=shown.value, outcome=outcome)

    def begin_identification(self, characteristic: Characteristic) -> IdentificationSession:
        """A search among all who are enrolled."""
        circumstances = Circumstances("identification", self.vault.identity.demo)
        session = IdentificationSession(self.policy, self.calibrations, circumstances, characteristic)
        return session.advance(events.CaptureStarted(characteristic))

    def close_identification(self, session: IdentificationSession, second: SecondPerson | None = None) -> None:
        """Notes how many candidates were shown and what was said of them. That a candidate is the person is said by
        two. Raises VaultError(VAULT_SECOND_PERSON_NEEDED)."""
        review = session.review
        if review is not None and review.outcome is events.ReviewOutcome.SAME:
            self.vault.decide_search(review.subject_id, review.outcome.value, second)
        shown = 0 if session.found is None else len(session.found.candidates)
        outcome = "" if review is None else review.outcome.value
        self._audit("identification.closed", "", candidates=shown, outcome=outcome)

    def withdraw(self, subject: SubjectSummary, guardian: str = "", reason: str = "") -> None:
        """The person, or the guardian, takes consent back: nothing is compared any more and the record is due for
        erasure today. Raises UsageError(USAGE_CONSENT_WITHDRAWN) where it was taken back before."""
        self.vault.withdraw_consent(subject.subject_id, Withdrawal(self._clock.now(), guardian, reason))

    def prolong(self, subject: SubjectSummary, consent: Consent) -> None:
        """The person agreed again, to the text of today: what is kept may stay for its time from today on."""
        self.vault.renew_consent(subject.subject_id, consent)

    def due(self) -> tuple[DueRecord, ...]:
        """Who is to be erased by today, the longest overdue first."""
        return self.vault.due(self._clock.now().date())

    def erase(
        self, subject: SubjectSummary, second: SecondPerson | None, reason: ErasureReason = ErasureReason.REQUESTED
    ) -> Erased:
        """Destroys the person's key and everything it opens. Raises VaultError(VAULT_SECOND_PERSON_NEEDED)."""
        if subject.standing is Standing.WITHDRAWN:
            reason = ErasureReason.WITHDRAWN
        return self.vault.erase(subject.subject_id, second, reason)

    def _needed(self, subject: SubjectSummary) -> tuple[Characteristic, ...]:
        primary = [one for one in subject.characteristics if one.modality in self.policy.comparison.primary]
        return tuple(primary[: self.policy.comparison.minimum_primary])

    def _state(self, record: AttemptRecord) -> AttemptState:
        return attempt_state(
            record.failed_in_a_row,
            record.last_failed_at,
            self._clock.now(),
            self.policy.attempts,
            clock_set_back=record.clock_set_back,
        )

    def _audit(self, event: str, subject_id: str, **facts: str | int | bool) -> None:
        self.vault.append_audit(event, {"subject": subject_id, **facts})


def _decided(subject_id: str, decision: Decision) -> Note:
    facts = {
        "subject": subject_id,
        "verdict": decision.verdict.value,
        "reason": decision.reasons[0].value,
        "policy": decision.policy.digest,
        "attested": decision.attested,
    }
    return Note("verification.decided", facts)
