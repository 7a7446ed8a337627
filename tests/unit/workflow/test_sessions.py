"""The three sessions: what they wait for, what they refuse, and that nothing is decided out of order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import FACE, Characteristic, FingerPosition, Modality
from mlid_desktop.domain.decisions import AttemptState, Candidate, Meaning, Tier, Verdict
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.subjects import CaptureException, Consent, ConsentOutcome, Details, ExceptionReason
from mlid_desktop.workflow import events
from mlid_desktop.workflow.capture_plan import plan_capture
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage
from mlid_desktop.workflow.identification import IdentificationSession, IdentificationStage
from mlid_desktop.workflow.verification import VerificationSession, VerificationStage
from tests.makers import ENROLLED, INDEX, calibrations, evidence, policy

LEFT_INDEX = Characteristic(Modality.FINGERPRINT, FingerPosition.LEFT_INDEX)
AGREED = Consent(ConsentOutcome.ACCEPTED, "1", "en", ENROLLED)
FREE = AttemptState(0, 5, 0.0, locked_out=False)
SIMILAR = Candidate("other", FACE, Tier.STRONG, Meaning(5.0, 1e-5, capped=True), 0.5)


def enrolling(*, attested: bool = True, demo: bool = False) -> EnrolmentSession:
    circumstances = Circumstances("enrolment", demo, attested)
    return EnrolmentSession("subject", policy(), calibrations(), circumstances)


def capturing() -> EnrolmentSession:
    """Consent and details are given."""
    session = enrolling().advance(events.ConsentAnswered(AGREED))
    return session.advance(events.DetailsEntered(Details("1001", "A B")))


def after_capture(session: EnrolmentSession, **fields: object) -> EnrolmentSession:
    session = session.advance(events.ConsentAnswered(AGREED))
    session = session.advance(events.DetailsEntered(Details("1001", "A B")))
    session = session.advance(events.CaptureStarted(FACE))
    for _ in range(12):
        session = session.advance(evidence(**fields))  # type: ignore[arg-type] # the keywords of observation, handed on
        if session.stage is EnrolmentStage.REFUSED:
            return session
    return session.advance(events.CaptureKept())


def reviewed(session: EnrolmentSession) -> EnrolmentSession:
    session = after_capture(session).advance(events.CapturesFinished())
    return session.advance(events.CandidatesFound((), 10, 0.01))


def test_an_enrolment_goes_from_consent_to_saved() -> None:
    session = reviewed(enrolling()).advance(events.Confirmed())
    assert session.stage is EnrolmentStage.SAVING
    written = session.enrolment(ENROLLED)
    assert [capture.characteristic for capture in written.captures] == [FACE]
    assert written.consent is AGREED
    assert session.advance(events.Saved()).verdict is Verdict.ACCEPTED


def test_without_consent_nothing_is_asked_and_nothing_is_kept() -> None:
    declined = replace(AGREED, outcome=ConsentOutcome.DECLINED)
    session = enrolling().advance(events.ConsentAnswered(declined))
    assert (session.stage, session.verdict) == (EnrolmentStage.REFUSED, Verdict.REJECTED)
    assert session.kept == {}
    with pytest.raises(events.OutOfOrderError):
        session.advance(events.CaptureStarted(FACE))


def test_an_attack_ends_the_enrolment_and_nothing_is_kept_beside_it() -> None:
    session = after_capture(enrolling()).advance(events.CaptureStarted(INDEX))
    session = session.advance(evidence(characteristic=INDEX, liveness=None))
    session = session.advance(events.CaptureStarted(FACE)).advance(evidence(liveness=0.01))
    assert (session.stage, session.reason) == (EnrolmentStage.REFUSED, Reason.ATTACK_SUSPECTED)
    assert (session.kept, session.templates, session.unused) == ({}, {}, {})
    assert session.suspicion is not None
    assert session.suspicion.characteristic == FACE
    assert session.refused_outright
    for event in (events.CaptureStarted(FACE), events.SteppedBack(), events.CapturesReopened(), events.Confirmed()):
        with pytest.raises(events.OutOfOrderError):
            session.advance(event)


@pytest.mark.parametrize("kind", [SourceKind.RECORDED, SourceKind.SIMULATED])
def test_a_recording_enrols_in_a_demo_vault_only(kind: SourceKind) -> None:
    assert after_capture(enrolling(), kind=kind).reason is Reason.SOURCE_NOT_LIVE
    assert FACE in after_capture(enrolling(demo=True), kind=kind).kept


def test_a_duplicate_waits_for_a_person_to_look() -> None:
    session = after_capture(enrolling()).advance(events.CapturesFinished())
    session = session.advance(events.CandidatesFound((SIMILAR,), 10, 0.01))
    assert session.needs_duplicate_review
    assert session.verdict is None
    with pytest.raises(events.OutOfOrderError):
        session.advance(events.Confirmed())
    different = events.CandidatesReviewed(events.ReviewOutcome.DIFFERENT, "twins")
    assert session.advance(different).stage is EnrolmentStage.REVIEW
    same = session.advance(events.CandidatesReviewed(events.ReviewOutcome.SAME, "known", "other"))
    assert (same.stage, same.verdict) == (EnrolmentStage.REFUSED, Verdict.INCONCLUSIVE)


def test_a_live_person_is_saved_only_once_the_operator_has_looked() -> None:
    session = reviewed(enrolling(attested=False)).advance(events.Confirmed())
    assert (session.stage, session.reason) == (EnrolmentStage.REVIEW, Reason.ATTESTATION_MISSING)
    session = session.advance(events.Attested()).advance(events.Confirmed())
    assert session.stage is EnrolmentStage.SAVING


def test_what_was_attested_says_nothing_of_what_is_captured_later() -> None:
    session = reviewed(enrolling(attested=False)).advance(events.Attested())
    session = session.advance(events.Confirmed()).advance(events.SaveFailed())
    assert not session.needs_attestation
    for back in (events.SteppedBack(), events.CapturesReopened()):
        again = session.advance(back).advance(events.CapturesFinished()).advance(events.CandidatesFound((), 10, 0.01))
        assert again.needs_attestation


def test_a_missing_finger_stays_on_record() -> None:
    session = enrolling().advance(events.ConsentAnswered(AGREED))
    session = session.advance(events.DetailsEntered(Details("1001", "A B")))
    missing = CaptureException(INDEX, ExceptionReason.MISSING)
    session = session.advance(events.CaptureSkipped(missing)).advance(events.CaptureStarted(FACE))
    for _ in range(12):
        session = session.advance(evidence())
    session = session.advance(events.CaptureKept())
    assert session.exceptions == (missing,)


def one_finger(session: EnrolmentSession, agreement: tuple[float, ...], alike: float | None = None) -> EnrolmentSession:
    """The right index is captured and examined; ``alike`` is its score with the left index, where that was kept."""
    session = session.advance(events.CaptureStarted(INDEX))
    for quality in (70, 80, 75):
        session = session.advance(evidence(characteristic=INDEX, quality=quality, liveness=None))
    template = session.capture.best.observation.template if session.capture and session.capture.best else None
    assert template is not None
    others = () if alike is None else ((LEFT_INDEX, alike),)
    return session.advance(events.CaptureExamined(agreement, others, replace(template, payload=b"all takes")))


def test_a_finger_that_was_given_before_is_not_kept_under_another_name() -> None:
    session = one_finger(capturing(), (0.6, 0.6), alike=0.5)
    assert session.given_before == LEFT_INDEX
    refused = session.advance(events.CaptureKept())
    assert refused.reason is Reason.FINGER_GIVEN_TWICE
    assert INDEX not in refused.kept
    kept = one_finger(refused, (0.6, 0.6), alike=0.1).advance(events.CaptureKept())
    assert INDEX in kept.kept


def test_takes_of_different_fingers_are_not_kept_and_one_poor_take_is_no_obstacle() -> None:
    differing = one_finger(capturing(), (0.05, 0.1)).advance(events.CaptureKept())
    assert differing.reason is Reason.TAKES_DIFFER
    assert one_finger(capturing(), (0.05, 0.6)).advance(events.CaptureKept()).reason is None


def test_what_is_saved_is_made_of_all_takes() -> None:
    session = one_finger(capturing(), (0.6, 0.6)).advance(events.CaptureKept())
    session = session.advance(events.CapturesFinished()).advance(events.CandidatesFound((), 0, 0.0))
    (capture,) = session.advance(events.Confirmed()).enrolment(ENROLLED).captures
    assert capture.template is not None
    assert capture.template.payload == b"all takes"


def test_stepping_back_keeps_what_was_gathered() -> None:
    session = reviewed(enrolling()).advance(events.SteppedBack())
    assert session.stage is EnrolmentStage.CAPTURE
    assert FACE in session.kept
    assert session.details == Details("1001", "A B")


def test_nothing_can_be_saved_before_it_was_confirmed() -> None:
    with pytest.raises(events.OutOfOrderError):
        reviewed(enrolling()).enrolment(ENROLLED)


def verifying(attempts: AttemptState = FREE, *, wanted: tuple[object, ...] = (FACE,)) -> VerificationSession:
    circumstances = Circumstances("verification", demo=False, attested=True)
    return VerificationSession("subject", policy(), calibrations(), circumstances, attempts, wanted)  # type: ignore[arg-type] # characteristics


def verified(score: float, **fields: object) -> VerificationSession:
    session = verifying().advance(events.CaptureStarted(FACE))
    for _ in range(6):
        session = session.advance(evidence(score, **fields))  # type: ignore[arg-type] # as above
        if session.stage is VerificationStage.DECIDED:
            return session
    return session.advance(events.CaptureKept()).advance(events.CapturesFinished())


def test_a_verification_ends_in_one_of_three_verdicts() -> None:
    assert verified(0.5).verdict is Verdict.ACCEPTED
    assert verified(0.1).verdict is Verdict.REJECTED
    assert verified(0.5, liveness=0.0).verdict is Verdict.REJECTED
    assert verified(0.5, passed=False).verdict is Verdict.INCONCLUSIVE
    assert verifying().advance(events.CapturesFinished()).verdict is Verdict.INCONCLUSIVE


def test_the_best_frame_is_compared_not_the_best_score() -> None:
    session = verifying().advance(events.CaptureStarted(FACE))
    for number in range(6):
        session = session.advance(evidence(0.9 if number == 3 else 0.1, quality=90 if number == 0 else 50))
    session = session.advance(events.CaptureKept()).advance(events.CapturesFinished())
    assert session.verdict is Verdict.REJECTED


@pytest.mark.parametrize(
    ("attempts", "reason"),
    [
        (AttemptState(5, 0, 12.0, locked_out=False), Reason.DELAYED),
        (AttemptState(50, 0, 0.0, locked_out=True), Reason.LOCKED_OUT),
    ],
)
def test_a_delay_or_lock_decides_before_anything_is_compared(attempts: AttemptState, reason: Reason) -> None:
    session = verifying(attempts).advance(events.CapturesFinished())
    assert session.decision is not None
    assert (session.verdict, session.decision.reasons) == (Verdict.INCONCLUSIVE, (reason,))


def test_after_the_decision_nothing_more_is_taken_in() -> None:
    with pytest.raises(events.OutOfOrderError):
        verified(0.5).advance(events.CaptureStarted(FACE))


def test_what_was_wanted_and_never_captured_is_not_overlooked() -> None:
    session = verifying(wanted=(FACE, INDEX)).advance(events.CaptureStarted(FACE))
    for _ in range(6):
        session = session.advance(evidence(0.5))
    session = session.advance(events.CaptureKept())
    assert session.next_wanted == INDEX
    decided = session.advance(events.CapturesFinished())
    assert (decided.stage, decided.verdict) == (VerificationStage.DECIDED, Verdict.INCONCLUSIVE)


def identifying() -> IdentificationSession:
    circumstances = Circumstances("identification", demo=False)
    session = IdentificationSession(policy(), calibrations(), circumstances, FACE)
    return session.advance(events.CaptureStarted(FACE))


def test_a_search_has_candidates_and_no_verdict() -> None:
    session = identifying()
    for _ in range(6):
        session = session.advance(evidence())
    session = session.advance(events.CaptureKept())
    assert session.stage is IdentificationStage.SEARCH
    session = session.advance(events.CandidatesFound((SIMILAR,), 10, 0.01))
    assert (session.reason, session.verdict) == (Reason.CANDIDATES_TO_REVIEW, None)
    closed = session.advance(events.CandidatesReviewed(events.ReviewOutcome.ESCALATED, "unsure"))
    assert closed.stage is IdentificationStage.CLOSED


def test_an_attack_is_never_searched_for() -> None:
    session = identifying().advance(evidence(liveness=0.0))
    assert session.suspicion is not None
    assert (session.stage, session.verdict) == (IdentificationStage.REFUSED, Verdict.REJECTED)


def test_a_modality_that_the_policy_does_not_capture_is_not_planned_for() -> None:
    rules = policy()
    without = rules.model_copy(update={"capture": {Modality.FACE: rules.capture[Modality.FACE]}})
    with pytest.raises(ModelError) as fault:
        plan_capture(INDEX, without, calibrations(), "enrolment")
    assert fault.value.code is Code.MODEL_POLICY_INVALID


def test_a_search_that_waited_is_resumed_where_its_answer_is_asked() -> None:
    circumstances = Circumstances("identification", demo=False)
    fresh = IdentificationSession(policy(), calibrations(), circumstances, FACE)
    searched = fresh.advance(events.CaptureStarted(FACE))
    for _ in range(12):
        searched = searched.advance(evidence())
    assert searched.capture is not None
    assert searched.capture.best is not None
    found = events.CandidatesFound((SIMILAR,), 10, 0.01)
    again = fresh.advance(events.SearchResumed(FACE, searched.capture.best, found))
    assert (again.stage, again.found, again.reason) == (
        IdentificationStage.REVIEW,
        found,
        Reason.CANDIDATES_TO_REVIEW,
    )
    with pytest.raises(events.OutOfOrderError):
        again.advance(events.SearchResumed(FACE, searched.capture.best, found))
