"""An earlier image that comes again is a suspicion by itself, in a policy that asks nothing of fingers too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import Characteristic, FingerPosition, Modality
from mlid_desktop.domain.decisions import AttackVerdict
from mlid_desktop.domain.observations import Evidence, Observation
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.quality import Measure, Quality, QualityComponent
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import FingerSample
from mlid_desktop.workflow.capture import MOST_DOUBTS, CaptureState
from mlid_desktop.workflow.capture_plan import CapturePlan
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage
from mlid_desktop.workflow.events import CandidatesFound, CopyFound, OutOfOrderError
from mlid_desktop.workflow.identification import IdentificationSession, IdentificationStage
from mlid_desktop.workflow.take import touch_of, touches_of
from tests.makers import calibrations, evidence, policy

THUMB = Characteristic(Modality.FINGERPRINT, FingerPosition.RIGHT_THUMB)
INDEX = Characteristic(Modality.FINGERPRINT, FingerPosition.RIGHT_INDEX)
PLAN = CapturePlan(INDEX, takes=3)
POOR = Quality(10, (QualityComponent(Measure.MOISTURE, 5, 0.1, None, passed=False),))


def of_finger(number: int, *, repeated: bool = False, kind: SourceKind = SourceKind.LIVE) -> Evidence:
    made = evidence(characteristic=INDEX, liveness=None, kind=kind)
    sample = made.observation.sample
    image = np.full((8, 8), number % 256, np.uint8)
    finger = FingerSample(sample.sequence, sample.captured_at, sample.provenance, image, 500.0)
    return replace(made, observation=replace(made.observation, sample=finger), repeated=repeated)


def captured(*gathered: Evidence) -> CaptureState:
    state = CaptureState(PLAN)
    for item in gathered:
        state = state.advance(item)
    return state


@given(st.integers(0, 2))
def test_a_repeat_ends_the_capture_wherever_it_comes(repeat: int) -> None:
    state = captured(*[of_finger(number, repeated=number == repeat) for number in range(3)])
    assert state.attack_suspected
    assert state.finished
    assert len(state.takes) == repeat + 1
    assert state.best is not None
    assert state.best.finding.verdict is AttackVerdict.SUSPECTED


def test_honest_touches_are_kept_in_their_order() -> None:
    state = captured(*[of_finger(number) for number in range(3)])
    assert not state.attack_suspected
    assert [touch.characteristic for touch in touches_of(state.takes)] == [INDEX] * 3
    assert len({touch.digest for touch in touches_of(state.takes)}) == 3


def test_a_face_is_no_touch() -> None:
    face: Observation = evidence().observation
    assert touch_of(face) is None


def of_made(*, usable: bool = True, joined: bool = False, repeated: bool = False, kind: SourceKind) -> Evidence:
    made = of_finger(1, repeated=repeated, kind=kind)
    quality = made.observation.quality if usable else POOR
    return replace(made, observation=replace(made.observation, joined=joined, quality=quality))


def of_doubt(number: int, kind: SourceKind = SourceKind.LIVE) -> Evidence:
    made = of_finger(number, kind=kind)
    return replace(made, observation=replace(made.observation, quality=POOR, reason=Reason.RIDGES_BREAK_OFF))


@given(st.sampled_from((SourceKind.LIVE, SourceKind.RECORDED)), st.booleans(), st.integers(0, 2))
def test_what_is_joined_and_an_unusable_copy_end_the_capture(kind: SourceKind, joined: bool, before: int) -> None:
    made = of_made(joined=True, kind=kind) if joined else of_made(usable=False, repeated=True, kind=kind)
    state = captured(*[of_finger(2 + number, kind=kind) for number in range(before)], made)
    assert state.attack_suspected
    assert state.finished


@given(st.sampled_from((SourceKind.LIVE, SourceKind.RECORDED)), st.booleans())
def test_what_the_device_reports_as_an_attack_ends_the_capture(kind: SourceKind, usable: bool) -> None:
    made = of_made(usable=usable, kind=kind)
    sample = made.observation.sample
    assert isinstance(sample, FingerSample)
    reported = replace(made, observation=replace(made.observation, sample=replace(sample, attack_reported=True)))
    state = captured(of_finger(2, kind=kind), reported)
    assert state.attack_suspected
    assert state.suspicion is not None
    assert state.suspicion.source is kind


@given(st.lists(st.booleans(), max_size=12))
def test_doubtful_samples_are_asked_for_anew_and_the_third_is_a_suspicion(doubtful: list[bool]) -> None:
    plan = replace(PLAN, takes=20)
    state = CaptureState(plan)
    for number, doubt in enumerate(doubtful):
        state = state.advance(of_doubt(number) if doubt else of_finger(number))
    assert state.attack_suspected == (sum(doubtful) >= MOST_DOUBTS)
    if not state.attack_suspected:
        assert len(state.takes) == len(doubtful) - sum(doubtful)


def test_of_simulated_fingers_nothing_is_said() -> None:
    state = captured(of_made(joined=True, repeated=True, kind=SourceKind.SIMULATED))
    assert not state.attack_suspected
    state = captured(*[of_doubt(number, SourceKind.SIMULATED) for number in range(5)])
    assert not state.attack_suspected


def test_a_copy_that_a_search_comes_upon_ends_it_before_anybody_is_shown() -> None:
    circumstances = Circumstances("identification", demo=False)
    capture = captured(*[of_finger(number) for number in range(3)])
    searching = IdentificationSession(
        policy(), calibrations(), circumstances, INDEX, IdentificationStage.SEARCH, capture, attempt_id="a"
    )
    ended = searching.advance(CopyFound(INDEX))
    assert (ended.stage, ended.reason, ended.found) == (IdentificationStage.REFUSED, Reason.ATTACK_SUSPECTED, None)
    assert ended.suspicion is not None
    assert ended.suspicion.characteristic == INDEX
    with pytest.raises(OutOfOrderError):
        ended.advance(CandidatesFound((), 1, 0.0))


def test_a_copy_of_anothers_finger_ends_an_enrolment_and_keeps_nothing() -> None:
    circumstances = Circumstances("enrolment", demo=False, attested=True)
    kept = {INDEX: captured(*[of_finger(number) for number in range(3)]), THUMB: captured(of_finger(7))}
    searching = EnrolmentSession(
        "subject", policy(), calibrations(), circumstances, EnrolmentStage.DUPLICATES, kept=kept, attempt_id="a"
    )
    ended = searching.advance(CopyFound(INDEX))
    assert (ended.stage, ended.reason) == (EnrolmentStage.REFUSED, Reason.ATTACK_SUSPECTED)
    assert (ended.kept, ended.templates, ended.found) == ({}, {}, None)
    assert ended.suspicion is not None
    assert ended.suspicion.characteristic == INDEX
    with pytest.raises(OutOfOrderError):
        ended.advance(CandidatesFound((), 1, 0.0))
    with pytest.raises(OutOfOrderError):
        replace(searching, kept={THUMB: kept[THUMB]}).advance(CopyFound(INDEX))
