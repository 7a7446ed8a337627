"""Verifies that a person is who they were enrolled as (1:1): each attempt counted before it begins, its outcome
recorded after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mlid_desktop.decision.alternative import is_offered
from mlid_desktop.decision.asked_modalities import asked_by_policy, replaced_modalities
from mlid_desktop.decision.lockout import gives_more
from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.decisions import AttemptRequirement, AttemptState, InsteadReason, Verdict
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.roles import Act, SecondPerson
from mlid_desktop.domain.subjects import ShownInstead, Standing, SubjectSummary, new_identifier
from mlid_desktop.domain.templates import Reference
from mlid_desktop.station.capture.runner import Interventions
from mlid_desktop.station.figures.capture_figures import figures_of
from mlid_desktop.station.services.one_shot_capture import Publish, capture_once, publish_nothing
from mlid_desktop.station.services.recognition.recognition import Recognition
from mlid_desktop.station.services.redaction import decision_for, note_of, note_of_leaving
from mlid_desktop.station.services.suspicion_recorder import SuspicionRecorder
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.workflow import events
from mlid_desktop.workflow.verification import VerificationSession


@dataclass(frozen=True, slots=True, eq=False)
class BegunVerification:
    """A verification about to start: its session, the person, and the references to compare with."""

    session: VerificationSession
    subject: SubjectSummary
    references: tuple[Reference, ...] = field(repr=False)


class VerificationService:
    """Verifies people and counts their attempts. Call on the vault thread; :meth:`verify` on one thread that owns the
    pipelines too. The attempt counter is written before the comparison, so that a kill refunds nothing."""

    def __init__(self, session: VaultSession, recognition: Recognition, recorder: SuspicionRecorder) -> None:
        self._session = session
        self._recognition = recognition
        self._recorder = recorder

    def attempts(self, subject: SubjectSummary) -> AttemptState:
        """How many tries are left for this person, how long to wait, and what the next try has to give."""
        return self._session.attempts_of(subject.subject_id, subject.able)

    def begin(
        self,
        subject: SubjectSummary,
        wanted: Sequence[Characteristic] = (),
        *,
        attested: bool = False,
        may_add: bool = True,
        without_movements: bool | None = None,
        instead: InsteadReason | None = None,
    ) -> BegunVerification:
        """Counts the attempt on disk, then begins the verification. While a delay or lock-out holds, or where what is
        captured cannot be enough after a suspicion, nothing is counted and the session is decided already. Without
        ``wanted`` the first enrolled characteristics that the policy needs are asked; where a suspicion asks for more
        than is wanted and ``may_add`` says so, another modality of the person is asked too.

        ``without_movements`` asks for fingers in place of a face that has to move; without it (None) that is done for
        people who wish it, where a face would be asked. Nothing is counted where there is no such way, nor where
        another modality is wanted than the policy asks and no reason for it (``instead``) is given. Raises
        UsageError(USAGE_CONSENT_WITHDRAWN) for somebody of whom nothing may be compared any more, and
        USAGE_UNKNOWN_SUBJECT for somebody who is gone."""
        subject = self._session.present(subject.subject_id)
        if subject.standing is not Standing.HELD:
            raise UsageError(Code.USAGE_CONSENT_WITHDRAWN)
        self._recorder.settle()
        state = self.attempts(subject)
        if state.has_to_wait:  # unless another desk has cleared it
            self._session.vault.register.attempts.hear(subject.subject_id)
            state = self.attempts(subject)
        asked = tuple(dict.fromkeys(wanted)) or self.asked_of(subject)
        alone = without_movements
        if alone is None:
            alone = subject.without_movements and Modality.FACE in {wished.modality for wished in asked}
        if alone:
            asked = self._fingers(asked, subject, may_add=may_add)
        elif may_add:
            asked = self._completed(asked, subject, state.requirement)
        replaced = () if alone else self.replaced_by(subject, asked)
        circumstances = self._circumstances(asked, state.requirement, attested=attested, without_movements=alone)
        session = VerificationSession(
            subject.subject_id,
            self._session.policy,
            self._session.calibrations,
            replace(circumstances, replaced=replaced),
            state,
            asked,
            earlier=self._session.vault.touches(subject.subject_id),
            instead=instead if replaced else None,
        )
        if state.has_to_wait:
            return self._delayed(session, subject)
        if replaced and instead is None:
            return BegunVerification(session.refuse(Reason.OTHER_THAN_ASKED), subject, ())
        if alone and not self._is_offered(len(asked)):
            return BegunVerification(session.refuse(Reason.NO_ALTERNATIVE), subject, ())
        if not self._is_enough(asked, state.requirement):
            return BegunVerification(session.refuse(Reason.MORE_IS_ASKED), subject, ())
        heard = self._session.vault.count_attempt(subject.subject_id, self._session.policy.without_register)
        if heard.elsewhere:
            state = self._session.attempts_of(subject.subject_id, subject.able, heard.before_newest)
            if state.has_to_wait:
                self._session.vault.withdraw_attempt(subject.subject_id)
                return self._delayed(replace(session, attempts=state), subject)
        counted = replace(session, attempt_id=new_identifier())
        return BegunVerification(counted, subject, self._session.vault.references(subject.subject_id))

    def _delayed(self, session: VerificationSession, subject: SubjectSummary) -> BegunVerification:
        self._session.record_event("verification.delayed", subject.subject_id)
        return BegunVerification(session.advance(events.CapturesFinished()), subject, ())

    def record_outcome(
        self, subject: SubjectSummary, session: VerificationSession, second: SecondPerson | None = None
    ) -> AttemptState:
        """Records how a verification attempt ended. Only an acceptance clears the count; what never came to a
        comparison is not held against the person, unless an attack was suspected or an action of the active challenge
        was shown. Who is accepted without movements is so by two. Raises UsageError where an attempt would be accepted
        in which a suspicion was noted (USAGE_ATTEMPT_ENDED), or of somebody who was erased or enrolled anew since
        ``subject`` was read (USAGE_RECORD_CHANGED); VaultError(VAULT_SECOND_PERSON_NEEDED)."""
        self._recorder.record_here(session)
        self._recorder.settle()
        vault, decision, attempt = self._session.vault, session.decision, session.attempt_id
        if decision is None:
            self._record_withdrawal(subject, session)
            return self.attempts(subject)
        tried = session.challenges > 0 or any(result.score is not None for result in decision.results)
        note = note_of(session, decision)
        if attempt and decision.verdict is Verdict.INCONCLUSIVE and not tried:
            vault.withdraw_attempt(subject.subject_id, note=note, attempt_id=attempt, measured=figures_of(session))
        else:
            accepted = decision.verdict is Verdict.ACCEPTED
            if accepted and not attempt:
                raise ValueError("nobody is accepted without a counted attempt")
            if accepted:
                self._session.require_same(subject)
            if accepted and decision.without_movements:
                confirmed = vault.require_two(Act.ACCEPT_WITHOUT_MOVEMENTS, second)
                note = replace(note, facts={**note.facts, "second": confirmed})
            vault.record_outcome(
                subject.subject_id,
                accepted=accepted,
                note=note,
                attempt_id=attempt,
                touches=session.touches,
                renewals=session.renewals,
                measured=figures_of(session),
            )
        return self.attempts(subject)

    def _record_withdrawal(self, subject: SubjectSummary, session: VerificationSession) -> None:
        """An attempt that came to nothing is not held against the person, unless an action of the active challenge was
        shown: seeing what is asked and leaving would be a guess that costs nothing."""
        vault = self._session.vault
        if session.challenges == 0:
            vault.withdraw_attempt(subject.subject_id, attempt_id=session.attempt_id, measured=figures_of(session))
            return
        vault.record_outcome(
            session.subject_id,
            accepted=False,
            note=note_of_leaving(session),
            measured=figures_of(session),
        )

    def record_check_without_biometrics(self, subject: SubjectSummary, shown: ShownInstead, *, accepted: bool) -> None:
        """Records that a person was checked by a document or by people, with or without success. It is recorded as
        such; it neither clears nor adds to the failed attempts, and never counts as a biometric acceptance."""
        outcome = "accepted" if accepted else "rejected"
        self._session.record_event("verification.otherwise", subject.subject_id, how=shown.value, outcome=outcome)

    def verify(
        self,
        number: str,
        sources: Mapping[Characteristic, Source],
        publish: Publish = publish_nothing,
        *,
        attested: bool = False,
        without_movements: bool | None = None,
        second: SecondPerson | None = None,
        interventions: Interventions = tuple,
        instead: InsteadReason | None = None,
        camera: Source | None = None,
    ) -> VerificationSession:
        """Carries out one counted verification attempt up to its decision. ``second`` confirms who is accepted
        ``without_movements``; ``interventions`` are what the person wishes meanwhile; the ``camera`` watches who
        speaks, where their face is enrolled. Raises UsageError for a number nobody has, DeviceError and ModelError;
        what the attempt had come to by then is recorded."""
        begun = self.begin(
            self._session.subject(number),
            tuple(sources),
            attested=attested,
            may_add=False,
            without_movements=without_movements,
            instead=instead,
        )
        session = (
            begun.session
            if second is None or begun.session.decision is not None
            else begun.session.advance(events.SecondConfirmed())
        )

        def follow(state: object) -> None:
            nonlocal session
            session = state if isinstance(state, VerificationSession) else session
            publish(state)

        try:
            for characteristic, source in sources.items():
                if session.decision is None and characteristic in session.wanted:
                    session = capture_once(
                        session,
                        self._recognition,
                        characteristic,
                        source,
                        begun.references,
                        follow,
                        interventions,
                        camera,
                    )
            if session.decision is None:
                session = session.advance(events.CapturesFinished())
        finally:
            self.record_outcome(begun.subject, session, second)
        if session.decision is None:
            return session
        return replace(session, decision=decision_for(self._session.operator, session.decision))

    def asked_of(self, subject: SubjectSummary) -> tuple[Characteristic, ...]:
        """What the policy asks of a person, in its order."""
        return asked_by_policy(self._session.policy.comparison, subject.characteristics)

    def replaced_by(self, subject: SubjectSummary, wanted: Sequence[Characteristic]) -> tuple[Modality, ...]:
        """What the policy asks of a person and that what is wanted stands in for; a reason is given for that."""
        return replaced_modalities(self._session.policy.comparison, subject.characteristics, wanted)

    def _completed(
        self, asked: tuple[Characteristic, ...], subject: SubjectSummary, requirement: AttemptRequirement
    ) -> tuple[Characteristic, ...]:
        """With another modality of the person, where that is needed and there is one."""
        if self._is_enough(asked, requirement):
            return asked
        known = {characteristic.modality for characteristic in asked}
        others = [other for other in subject.characteristics if other.modality not in known]
        return (*asked, *others[:1])

    def fingers_in_place_of_movements(self, subject: SubjectSummary) -> tuple[Characteristic, ...]:
        """The fingers of a person that are asked for in place of a face that has to move; none where there is no such
        way, so that the person is checked without biometrics."""
        found = self._fingers((), subject, may_add=True)
        return found if self._is_offered(len(found)) else ()

    def _fingers(
        self, asked: Sequence[Characteristic], subject: SubjectSummary, *, may_add: bool
    ) -> tuple[Characteristic, ...]:
        """Those of the characteristics asked for that are fingers and, where ``may_add`` says so, as many others of the
        person as the policy asks of everybody."""
        enrolled = [finger for finger in subject.characteristics if finger.modality is Modality.FINGERPRINT]
        fingers = [finger for finger in asked if finger.modality is Modality.FINGERPRINT]
        others = [finger for finger in enrolled if finger not in fingers]
        lacking = max(0, self._session.policy.comparison.minimum_primary - len(fingers))
        return (*fingers, *(others[:lacking] if may_add else ()))

    def _is_offered(self, fingers: int) -> bool:
        calibration = self._session.calibrations.get(Modality.FINGERPRINT)
        return is_offered(self._session.policy.comparison, calibration, fingers)

    def _circumstances(
        self,
        asked: Sequence[Characteristic],
        requirement: AttemptRequirement,
        *,
        attested: bool,
        without_movements: bool,
    ) -> Circumstances:
        """After a suspicion, an attempt of one modality has to answer the active challenge."""
        modalities = {characteristic.modality for characteristic in asked}
        asks_more = not gives_more(requirement, modalities, challenge_passed=False)
        return self._session.circumstances(
            "verification",
            attested=attested,
            requirement=requirement,
            challenge_demanded=asks_more,
            without_movements=without_movements,
        )

    def _is_enough(self, asked: Sequence[Characteristic], requirement: AttemptRequirement) -> bool:
        modalities = {characteristic.modality for characteristic in asked}
        challenged = self._session.challenge_available and Modality.FACE in modalities
        return gives_more(requirement, modalities, challenge_passed=challenged)
