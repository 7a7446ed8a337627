"""Checking people in from a queue, whatever happens in whatever order: nobody is accepted by a face alone, nothing of
the person before remains, a suspicion ends it all, and a code that comes early is the next person's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import FACE, VOICE, Characteristic
from mlid_desktop.domain.decisions import (
    AttemptState,
    Candidate,
    CharacteristicResult,
    Decision,
    PolicyIdentity,
    Suspicion,
    Tier,
    Verdict,
)
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.workflow import events
from mlid_desktop.workflow.check_in.session import (
    MOST_RECENT,
    CheckEnded,
    CheckInEvent,
    CheckInSession,
    CheckInStage,
    Cleared,
    CodeGiven,
    FurtherModalityAsked,
    Proof,
    SearchAsked,
    SearchEnded,
)
from mlid_desktop.workflow.events import OutOfOrderError
from mlid_desktop.workflow.identification import IdentificationSession, IdentificationStage
from mlid_desktop.workflow.verification import VerificationSession
from tests.makers import CAMERA, INDEX, calibrations, evidence, policy

PEOPLE = ("ada", "ben", "cleo")
SUSPICION = Suspicion(FACE, SourceKind.LIVE, CAMERA)
FREE = AttemptState(0, 5, 0.0, locked_out=False)


def verified(
    subject: str, verdict: Verdict | None, passed: tuple[Characteristic, ...] = (FACE,), *, suspected: bool = False
) -> VerificationSession:
    """A verification as it ended: without a verdict it was left."""
    session = VerificationSession(
        subject, policy(), calibrations(), Circumstances("verification", False, True), FREE, (FACE,)
    )
    results = tuple(
        CharacteristicResult(each, True, each is VOICE, Reason.SAME_PERSON, SourceKind.LIVE) for each in passed
    )
    decision = None if verdict is None else Decision(verdict, (Reason.SAME_PERSON,), results, PolicyIdentity("p", "d"))
    return replace(session, decision=decision, suspicion=SUSPICION if suspected else None)


def searched(found: tuple[Candidate, ...] | None, *, suspected: bool = False) -> IdentificationSession:
    """A search as it ended."""
    session = IdentificationSession(policy(), calibrations(), Circumstances("identification", False, True), FACE)
    if suspected:
        stage, reason = IdentificationStage.REFUSED, Reason.ATTACK_SUSPECTED
        return replace(session, suspicion=SUSPICION, stage=stage, reason=reason)
    return session if found is None else replace(session, found=events.CandidatesFound(found, 9, 0.1))


def candidate(subject: str, tier: Tier = Tier.STRONG) -> Candidate:
    return Candidate(subject, FACE, tier, None, None)


WHO = st.sampled_from(PEOPLE)
EVENTS: st.SearchStrategy[CheckInEvent] = st.one_of(
    st.builds(CodeGiven, WHO),
    st.just(SearchAsked()),
    st.just(FurtherModalityAsked()),
    st.builds(Cleared, st.booleans()),
    st.builds(
        lambda who, verdict, passed, suspected: CheckEnded(verified(who, verdict, tuple(passed), suspected=suspected)),
        WHO,
        st.sampled_from([*Verdict, None]),
        st.lists(st.sampled_from([FACE, INDEX, VOICE]), unique=True),
        st.booleans(),
    ),
    st.builds(
        lambda found, suspected: SearchEnded(searched(found, suspected=suspected)),
        st.one_of(st.none(), st.lists(st.builds(candidate, WHO, st.sampled_from(Tier)), max_size=3).map(tuple)),
        st.booleans(),
    ),
)


@given(st.lists(EVENTS, max_size=60))
def test_whatever_happens_in_whatever_order(sequence: list[CheckInEvent]) -> None:
    session, codes = CheckInSession(), set[str]()
    for event in sequence:
        before = session
        try:
            session = session.advance(event)
        except OutOfOrderError:
            continue
        if isinstance(event, CodeGiven):
            codes.add(event.subject_id)
        _require_nobody_is_accepted_by_a_face_alone(before, event, session)
        _require_nothing_remains(before, event, session)
        _require_a_suspicion_ends_it(before, event, session)
        if session.proof is Proof.CODE:
            assert session.subject_id in codes
        assert len(session.recent) <= MOST_RECENT


def _require_nobody_is_accepted_by_a_face_alone(
    before: CheckInSession, event: CheckInEvent, after: CheckInSession
) -> None:
    accepted = after.outcome is not None and after.outcome.verdict is Verdict.ACCEPTED
    if not accepted or after.outcome is before.outcome:
        return
    assert isinstance(event, CheckEnded)
    assert after.outcome is not None
    assert after.outcome.subject_id == event.session.subject_id == before.subject_id
    assert event.session.decision is not None
    passed = {result.characteristic for result in event.session.decision.results}
    assert before.proof is Proof.CODE or INDEX in passed
    assert event.session.suspicion is None


def _require_nothing_remains(before: CheckInSession, event: CheckInEvent, after: CheckInSession) -> None:
    if after.stage in (CheckInStage.CHECKING, CheckInStage.SEARCHING):
        assert after.outcome is None
    if after.stage is CheckInStage.CHECKING and before.stage is not CheckInStage.CHECKING:
        assert after.next_id == ""
    if after.stage in (CheckInStage.WAITING, CheckInStage.SEARCHING):
        assert (after.subject_id, after.proof, after.outcome) == ("", None, None)
    if before.stage is CheckInStage.CHECKING and isinstance(event, CodeGiven):  # typed while another is looked at
        assert (after.subject_id, after.proof, after.stage) == (before.subject_id, before.proof, before.stage)
        assert after.next_id == event.subject_id


def _require_a_suspicion_ends_it(before: CheckInSession, event: CheckInEvent, after: CheckInSession) -> None:
    if isinstance(event, CheckEnded | SearchEnded) and event.session.suspicion is not None:
        decided = isinstance(event, SearchEnded) or event.session.decision is not None
        if decided:
            assert after.halted
            assert after.outcome is not None
            assert after.outcome.verdict is not Verdict.ACCEPTED
    if before.halted and not (isinstance(event, Cleared) and event.by_operator):
        assert after.outcome is before.outcome
        assert after.stage is CheckInStage.SHOWN
    if before.halted and isinstance(event, Cleared) and event.by_operator:
        assert after.stage is CheckInStage.WAITING


def test_a_code_finds_and_the_face_confirms() -> None:
    session = CheckInSession().advance(CodeGiven("ada"))
    assert (session.stage, session.proof) == (CheckInStage.CHECKING, Proof.CODE)
    session = session.advance(CheckEnded(verified("ada", Verdict.ACCEPTED)))
    assert session.outcome is not None
    assert session.outcome.verdict is Verdict.ACCEPTED
    assert session.advance(Cleared(by_operator=False)).stage is CheckInStage.WAITING


def test_a_face_alone_proposes_and_a_finger_or_a_code_confirms() -> None:
    proposed = CheckInSession().advance(SearchAsked()).advance(SearchEnded(searched((candidate("ben"),))))
    assert (proposed.stage, proposed.outcome) == (CheckInStage.PROPOSED, None)
    further = proposed.advance(FurtherModalityAsked())
    alone = further.advance(CheckEnded(verified("ben", Verdict.ACCEPTED, (FACE, VOICE))))
    assert alone.outcome is not None
    assert (alone.outcome.verdict, alone.outcome.reason) == (Verdict.INCONCLUSIVE, Reason.REQUIRED_MODALITY_MISSING)
    both = further.advance(CheckEnded(verified("ben", Verdict.ACCEPTED, (FACE, INDEX))))
    assert both.outcome is not None
    assert both.outcome.verdict is Verdict.ACCEPTED
    assert proposed.advance(CodeGiven("cleo")).subject_id == "cleo"


@pytest.mark.parametrize(
    "found", [(), (candidate("ada", Tier.POSSIBLE),), (candidate("ada"), candidate("ben"))], ids=["no", "weak", "two"]
)
def test_nobody_is_proposed_where_it_is_not_clear_who(found: tuple[Candidate, ...]) -> None:
    session = CheckInSession().advance(SearchAsked()).advance(SearchEnded(searched(found)))
    assert session.outcome is not None
    assert (session.outcome.verdict, session.outcome.subject_id) == (Verdict.INCONCLUSIVE, "")


def test_a_code_that_comes_early_is_the_next_persons() -> None:
    session = CheckInSession().advance(CodeGiven("ada")).advance(CodeGiven("ben"))
    assert (session.subject_id, session.next_id) == ("ada", "ben")
    with pytest.raises(OutOfOrderError):  # the check of somebody else is none of this person's
        session.advance(CheckEnded(verified("ben", Verdict.ACCEPTED)))
    shown = session.advance(CheckEnded(verified("ada", Verdict.REJECTED)))
    after = shown.advance(Cleared(by_operator=False))
    assert (after.stage, after.subject_id, after.proof) == (CheckInStage.CHECKING, "ben", Proof.CODE)


def test_two_people_in_the_frame_are_no_take() -> None:
    """Passers-by give no template: the pipeline refuses the frame before anything is extracted of anybody."""
    check = replace(verified("ada", None), wanted=(FACE,)).advance(events.CaptureStarted(FACE))
    for _ in range(12):
        check = check.advance(evidence(score=0.9, found=False))
    decided = check.advance(events.CaptureKept()).advance(events.CapturesFinished())
    session = CheckInSession().advance(CodeGiven("ada")).advance(CheckEnded(decided))
    assert session.outcome is not None
    assert session.outcome.verdict is Verdict.INCONCLUSIVE


def test_the_last_twenty_are_kept_and_no_more() -> None:
    session = CheckInSession()
    for _ in range(MOST_RECENT + 5):
        session = session.advance(CodeGiven("ada")).advance(CheckEnded(verified("ada", Verdict.ACCEPTED)))
    assert len(session.recent) == MOST_RECENT
    assert session.advance(Cleared(by_operator=True)).recent == session.recent
