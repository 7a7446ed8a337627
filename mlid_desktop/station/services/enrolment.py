"""Enrols a person: begun, kept as a draft while it goes on, saved once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.decisions import AttemptRequirement, AttemptState, Verdict
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.domain.subjects import CaptureException, Consent, Details, Enrolment, SubjectSummary, new_identifier
from mlid_desktop.domain.templates import Touch
from mlid_desktop.station.capture.portrait_crop import portrait_of
from mlid_desktop.station.capture.runner import Interventions
from mlid_desktop.station.drafts.enrolment_draft import details_in, draft_of, session_of
from mlid_desktop.station.figures.capture_figures import figures_of
from mlid_desktop.station.services.one_shot_capture import Publish, capture_once, publish_nothing
from mlid_desktop.station.services.recognition.gallery_preparation import GalleryPreparation
from mlid_desktop.station.services.recognition.recognition import Recognition
from mlid_desktop.station.services.redaction import search_for
from mlid_desktop.station.services.site_fields import SiteFieldService
from mlid_desktop.station.services.suspicion_recorder import SuspicionRecorder
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.station.text.consent_texts import declined_facts
from mlid_desktop.vault.callers.request_log import ENROLLED, AskedBy
from mlid_desktop.vault.subjects.consent_and_retention import state_of
from mlid_desktop.vault.subjects.drafts import DraftKind
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """The input of an unattended enrolment besides the samples. ``duplicates`` is the outcome of a review, if one was
    made, which ``second`` confirms. Pictures ``of_list`` may be somebody's again by mistake: a list has rows twice.
    ``interventions`` are what the person wishes while a capture goes on. The
    ``camera`` watches who speaks, once their face is captured."""

    details: Details = field(repr=False)
    consent: Consent
    sources: Mapping[Characteristic, Source]
    exceptions: tuple[CaptureException, ...] = ()
    duplicates: events.CandidatesReviewed | None = None
    attested: bool = False
    second: SecondPerson | None = None
    interventions: Interventions = tuple
    camera: Source | None = None
    of_list: bool = False


class EnrolmentService:
    """Begins, drafts and saves enrolments. The vault is read before an enrolment and written after it; the draft alone
    is written in between. Call on the vault thread; :meth:`enrol` on one thread that owns the pipelines too."""

    def __init__(
        self,
        session: VaultSession,
        recognition: Recognition,
        recorder: SuspicionRecorder,
        galleries: GalleryPreparation,
    ) -> None:
        self._session = session
        self._recognition = recognition
        self._galleries = galleries
        self._recorder = recorder
        self._fields = SiteFieldService(session)

    def begin(self, *, attested: bool = False) -> EnrolmentSession:
        """Begins the enrolment of a new person. Raises StationError where the installed program is not known to be
        whole, and VaultError(VAULT_CLOCK_SET_BACK) where the clock is wrong and the operator is no supervisor."""
        self._session.require_whole_program()
        self._session.require_clock()
        self._recorder.settle()
        return EnrolmentSession(
            new_identifier(),
            self._session.policy,
            self._session.calibrations,
            self._session.circumstances("enrolment", attested=attested),
            attempt_id=new_identifier(),
            fields=self._fields.schema(),
        )

    def begin_re_enrolment(self, subject: SubjectSummary) -> EnrolmentSession:
        """Begins to enrol an enrolled person anew: consent is asked again, number and name are kept. Raises
        StationError, UsageError(USAGE_TRY_LATER, USAGE_LOCKED_OUT) after failed attempts."""
        record = self._session.vault.record(subject.subject_id)
        known = replace(
            self.begin(),
            subject_id=subject.subject_id,
            details=record.details,
            earlier=self._session.vault.touches(subject.subject_id),
            replaces=state_of(record),
        )
        return self._with_requirement(known, record.details.number)

    def begin_again(self, ended: EnrolmentSession) -> EnrolmentSession:
        """The next attempt of a person whose last one a suspicion ended: consent and details stand, everything is
        captured anew. Raises StationError, UsageError(USAGE_TRY_LATER, USAGE_LOCKED_OUT)."""
        if ended.consent is None or ended.details is None:
            raise ValueError("a capture comes after consent and details")
        words = events.EnrolmentResumed(
            ended.subject_id, ended.consent, ended.details, {}, {}, (), replaces=ended.replaces
        )
        begun = replace(self.begin(), earlier=self._earlier(ended.subject_id))
        return self._with_requirement(begun, ended.details.number, ended.subject_id).advance(words)

    def enter_details(self, session: EnrolmentSession, details: Details) -> EnrolmentSession:
        """Number, name and the site's own fields of the person, with what suspicions in earlier attempts under this
        number ask of this one. Raises UsageError: USAGE_NUMBER_TAKEN where somebody else has it, USAGE_FIELD_INVALID,
        USAGE_FIELD_TAKEN, USAGE_FIELDS_PROBED, USAGE_TRY_LATER, USAGE_LOCKED_OUT."""
        if not (self.is_enrolled(session.subject_id) and self._is_number_of(details.number, session.subject_id)):
            self.require_free_number(details.number)
        details = self._fields.require_fit(session.subject_id, details, session.consent)
        return self._with_requirement(session, details.number).advance(events.DetailsEntered(details))

    def attempts(self, subject_id: str, number: str) -> AttemptState:
        """How many tries are left under this number, how long to wait, and what the next try has to give."""
        key = self._session.vault.suspicions.key_of(subject_id, number)
        return self._session.attempts_of(key, self._session.policy.capture)

    def is_enrolled(self, subject_id: str) -> bool:
        """Whether this person is enrolled, so that saving would replace what is kept."""
        return self._session.vault.people.is_enrolled(subject_id)

    def require_free_number(self, number: str) -> None:
        """Raises UsageError(USAGE_NUMBER_TAKEN) where the number belongs to an enrolled person."""
        if self._session.people_with(number):
            raise UsageError(Code.USAGE_NUMBER_TAKEN)

    def save(
        self, session: EnrolmentSession, second: SecondPerson | None = None, asked_by: AskedBy | None = None
    ) -> EnrolmentSession:
        """Saves the confirmed enrolment in one step, which closes the request of a caller that asked for it. Two
        operators confirm that a similar enrolled person is another one, and that a known person is enrolled anew.
        Raises VaultError (VAULT_SECOND_PERSON_NEEDED: nothing is lost), UsageError(USAGE_NUMBER_TAKEN;
        USAGE_RECORD_CHANGED where what is kept of the person is not what it was when they agreed)."""
        self._recorder.settle()
        vault, enrolment = self._session.vault, session.enrolment(self._session.now())
        portrait = portrait_of(session, enrolment.enrolled_at)
        enrolment = replace(enrolment, consent=self._session.dated(enrolment.consent), portrait=portrait)
        if vault.people.holds(enrolment):  # saving it was cut off before that was told
            if asked_by is not None:
                vault.callers.close(*asked_by, ENROLLED, session.subject_id)
            return session.advance(events.Saved())
        if self.is_enrolled(session.subject_id):
            vault.subject_rights.enrol_anew(enrolment, second)
        elif session.replaces:  # erased since
            raise UsageError(Code.USAGE_RECORD_CHANGED)
        else:
            if session.review is not None:
                self.require_free_number(enrolment.details.number)
                vault.decide_search(session.subject_id, session.review.outcome.value, second)
            self._save_new(replace(enrolment, asked_by=asked_by))
        vault.figures.add(figures_of(session))
        return session.advance(events.Saved())

    def _save_new(self, enrolment: Enrolment) -> None:
        """Saves a new person. Where the number is taken by this very enrolment, which a register had and the vault
        lacked, there is nothing left to do."""
        vault = self._session.vault
        try:
            vault.save(enrolment)
        except UsageError:
            if not vault.people.holds(enrolment):
                raise

    def save_confirmed(
        self, session: EnrolmentSession, name: str, passphrase: str, asked_by: AskedBy | None = None
    ) -> EnrolmentSession:
        """Saves as :meth:`save`, confirmed by a second operator with a passphrase. Raises VaultError and UsageError."""
        return self.save(session, self._session.vault.operators.confirm_second(name, passphrase), asked_by)

    def record_refusal(self, session: EnrolmentSession) -> None:
        """Records in the audit an enrolment that ended unsaved. Of somebody who declined nothing is kept but that it
        happened, to which text, and which of the known reasons was given."""
        if session.reason is Reason.CONSENT_DECLINED and session.consent is not None:
            self._session.record_event("consent.declined", "", **declined_facts(session.consent))
        elif session.reason is not None and session.verdict is not Verdict.ACCEPTED:
            self._session.record_event("enrolment.refused", session.subject_id, reason=session.reason.value)
            self._session.vault.figures.add(figures_of(session))

    def save_draft(self, session: EnrolmentSession, replaces: str = "") -> str:
        """Keeps an enrolment in progress as a draft for a day and gives the draft's name. It replaces the draft named,
        where that is of the same person: a draft of somebody else stays. Durable when this returns. Raises VaultError,
        UsageError beyond the vault's bounds."""
        vault = self._session.vault
        same = any(
            draft.draft_id == replaces and draft.subject_id == session.subject_id for draft in vault.drafts.all()
        )
        return vault.drafts.save(
            DraftKind.ENROLMENT,
            session.subject_id,
            draft_of(session),
            replaces if same else None,
            attempt_id=session.attempt_id,
        ).draft_id

    def resume(self, draft_id: str) -> EnrolmentSession:
        """Resumes the enrolment of a draft, in the attempt that it was left in. Raises UsageError: USAGE_UNKNOWN_DRAFT,
        USAGE_TRY_LATER, USAGE_LOCKED_OUT; StationError as a new one does."""
        content = self._session.vault.drafts.load(draft_id)
        number = details_in(content).number
        resumed = session_of(content, self.begin())
        return self._with_requirement(replace(resumed, earlier=self._earlier(resumed.subject_id)), number)

    def discard_draft(self, draft_id: str) -> None:
        """Discards the draft of an enrolment that was saved or given up, where there is one."""
        self._session.vault.drafts.discard(draft_id)

    def enrol(
        self, request: EnrolmentRequest, publish: Publish = publish_nothing, *, rehearse: bool = False
    ) -> EnrolmentSession:
        """Enrols without a person at the screen: ends saved, refused, or where an operator must review. A rehearsal
        takes the same steps, ends before anything is written and leaves no note."""
        session = self.begin(attested=request.attested)
        session = session.advance(events.ConsentAnswered(request.consent))
        if rehearse:
            session = replace(session, attempt_id="")  # a rehearsal is no attempt: nothing comes of it
        if session.stage is not EnrolmentStage.REFUSED:
            session = self.enter_details(session, request.details)
            session = self._capture_all(session, request, publish)
        if session.stage is EnrolmentStage.DUPLICATES:
            session = self._find_duplicates(session, request.duplicates, of_list=request.of_list)
        if session.stage is EnrolmentStage.REVIEW:
            session = session.advance(events.Confirmed())
        if rehearse:
            return session
        if session.stage is EnrolmentStage.SAVING:
            session = self.save(session, request.second)
        else:
            self.record_refusal(session)
        return search_for(self._session.operator, session)

    def _capture_all(self, session: EnrolmentSession, request: EnrolmentRequest, publish: Publish) -> EnrolmentSession:
        for exception in request.exceptions:
            session = session.advance(events.CaptureSkipped(exception))
        for characteristic, source in request.sources.items():
            session = capture_once(
                session,
                self._recognition,
                characteristic,
                source,
                (),
                publish,
                request.interventions,
                request.camera,
            )
            if session.reason is not None:
                return session
        return session.advance(events.CapturesFinished()) if session.kept else session

    def _with_requirement(self, session: EnrolmentSession, number: str, subject_id: str = "") -> EnrolmentSession:
        """The session under what earlier suspicions ask, of the person named or the session's own. Raises
        UsageError(USAGE_TRY_LATER, USAGE_LOCKED_OUT)."""
        state = self.attempts(subject_id or session.subject_id, number)
        if state.locked_out:
            raise UsageError(Code.USAGE_LOCKED_OUT)
        if state.retry_after > 0:
            raise UsageError(Code.USAGE_TRY_LATER, seconds=ceil(state.retry_after))
        asks_more = state.requirement is not AttemptRequirement.ORDINARY and self._session.challenge_available
        circumstances = replace(session.circumstances, requirement=state.requirement, challenge_demanded=asks_more)
        return replace(session, circumstances=circumstances)

    def _earlier(self, subject_id: str) -> tuple[Touch, ...]:
        """The earlier images of the fingers of somebody who is enrolled anew; none of a new person."""
        return self._session.vault.touches(subject_id) if self.is_enrolled(subject_id) else ()

    def _is_number_of(self, number: str, subject_id: str) -> bool:
        return any(person.subject_id == subject_id for person in self._session.people_with(number))

    def _find_duplicates(
        self, session: EnrolmentSession, review: events.CandidatesReviewed | None, *, of_list: bool
    ) -> EnrolmentSession:
        modalities = {characteristic.modality for characteristic in session.kept}
        self._galleries.prepare(modalities)
        session = self._recognition.find_duplicates(
            session, self._session.vault.directory(), suspects_copies=not of_list
        )
        if session.needs_duplicate_review and review is not None:
            session = session.advance(review)
        return session


def outcome_reason(session: EnrolmentSession) -> Reason | None:
    """Why an enrolment did not end saved; None where it did."""
    if session.stage is EnrolmentStage.SAVED:
        return None
    return session.reason or Reason.NO_USABLE_CAPTURE
