"""Capturing: the best of the takes is kept, an attack is never outvoted, and one take shows one person."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.domain.characteristics import FACE, VOICE
from mlid_desktop.domain.decisions import AttackVerdict
from mlid_desktop.domain.observations import Evidence
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.quality import Measure, Quality, QualityComponent
from mlid_desktop.domain.reasons import Hint, Reason
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.capture_plan import CapturePlan, plan_capture
from tests.makers import calibration, calibrations, evidence, policy

PLAN = CapturePlan(FACE, takes=2, frames=3, attack=AttackRules(window=3, threshold=0.2), continuity_threshold=0.5)


def capture(*gathered: object, plan: CapturePlan = PLAN) -> CaptureState:
    state = CaptureState(plan)
    for item in gathered:
        state = state.advance(item)  # type: ignore[arg-type] # evidence
    return state


def test_the_best_take_is_kept_not_the_last() -> None:
    state = capture(*[evidence(quality=value) for value in (60, 90, 70, 50, 55, 40)])
    assert state.finished
    assert [take.quality for take in state.takes] == [90, 55]
    assert state.best_index == 0
    assert state.best is not None
    assert state.best.quality == 90


@given(st.lists(st.integers(1, 100), min_size=6, max_size=6))
def test_the_kept_take_is_never_worse_than_another(qualities: list[int]) -> None:
    state = capture(*[evidence(quality=value) for value in qualities])
    assert state.best is not None
    assert state.best.quality == max(qualities)


def test_unusable_frames_count_for_nothing_but_their_hint() -> None:
    state = capture(evidence(), evidence(passed=False))
    assert len(state.gathering) == 1
    assert state.hint is Hint.HOLD_STILL
    assert not state.finished


def loud_take() -> Evidence:
    heard = evidence(passed=False)
    return replace(heard, observation=replace(heard.observation, reason=Reason.ROOM_TOO_LOUD))


def test_a_voice_in_a_loud_room_is_asked_for_twice_and_then_no_more() -> None:
    spoken = CapturePlan(VOICE, takes=2, frames=1)
    state = capture(loud_take(), plan=spoken)
    assert (state.finished, state.obstacle) == (False, None)
    state = state.advance(loud_take())
    assert (state.finished, state.best, state.obstacle) == (True, None, Reason.ROOM_TOO_LOUD)


def test_an_enrolment_with_a_good_take_goes_on_in_a_room_that_became_loud() -> None:
    spoken = CapturePlan(VOICE, takes=2, frames=1)
    state = capture(evidence(), loud_take(), loud_take(), loud_take(), plan=spoken)
    assert not state.finished
    assert state.advance(evidence()).finished


def test_an_attack_ends_the_capture_and_is_not_hidden_behind_a_better_picture() -> None:
    live = [evidence(quality=99) for _ in range(3)]
    attack = [evidence(quality=40, liveness=0.01) for _ in range(3)]
    state = capture(*live, *attack, plan=replace(PLAN, takes=5))
    assert state.finished
    assert state.attack_suspected
    assert state.best is not None
    assert state.best.finding.verdict is AttackVerdict.SUSPECTED


def test_another_person_in_mid_take_starts_the_take_again() -> None:
    state = capture(evidence(), evidence(), evidence(continuity=0.1))
    assert state.takes == ()
    assert len(state.gathering) == 1


def test_another_device_in_mid_take_starts_the_take_again() -> None:
    state = capture(evidence(), evidence(device=DeviceIdentity("camera", "usb-2", "Other")))
    assert len(state.gathering) == 1


def test_frames_that_cannot_be_compared_do_not_continue_a_take() -> None:
    assert len(capture(evidence(), evidence(continuity=None)).gathering) == 1


def test_a_live_capture_that_is_cut_short_is_incomplete() -> None:
    best = capture(evidence(), evidence()).end().best
    assert best is not None
    assert best.finding.verdict is AttackVerdict.INCOMPLETE


def test_a_recording_that_ends_early_never_counts_as_a_whole_take() -> None:
    state = capture(evidence(kind=SourceKind.RECORDED), evidence(kind=SourceKind.RECORDED)).end()
    assert state.best is not None
    assert state.best.finding.verdict is AttackVerdict.INCOMPLETE


def test_a_rest_after_a_whole_take_is_left_out() -> None:
    assert len(capture(*[evidence() for _ in range(4)]).end().takes) == 1


def test_without_a_usable_frame_the_capture_says_so() -> None:
    state = capture(*[evidence(passed=False, liveness=0.9) for _ in range(9)]).end()
    assert state.obstacle is Reason.NO_USABLE_CAPTURE
    assert state.unusable_finding.verdict is not AttackVerdict.SUSPECTED


def test_poor_pictures_of_an_attack_are_still_an_attack() -> None:
    state = capture(*[evidence(passed=False, liveness=0.01) for _ in range(9)]).end()
    assert state.unusable_finding.verdict is AttackVerdict.SUSPECTED


STRICTLY = replace(PLAN, takes=1, frames=6, attack=AttackRules(window=6, threshold=0.5))


@given(st.permutations(["poor print"] * 6 + ["living"] * 5))
def test_poor_pictures_of_an_attack_end_the_capture_in_whatever_order_with_good_ones(order: list[str]) -> None:
    shown = {"poor print": {"passed": False, "liveness": 0.1}, "living": {"liveness": 0.9}}
    state = capture(*[evidence(**shown[what]) for what in order], plan=STRICTLY)
    assert state.finished
    assert state.suspicion is not None
    assert state.best is not None
    assert state.best.finding.verdict is AttackVerdict.SUSPECTED


def test_a_few_poor_pictures_of_an_attack_are_not_hidden_behind_a_capture_that_was_begun() -> None:
    poor = [evidence(passed=False, liveness=0.1) for _ in range(4)]
    assert capture(*poor, evidence(liveness=0.9), plan=STRICTLY).end().suspicion is not None


def test_poor_pictures_of_the_living_end_nothing() -> None:
    poor = [evidence(passed=False, liveness=value) for value in (0.34, 0.5, 0.45, 0.4, 0.5, 0.45, 0.3, 0.5)]
    state = capture(*poor, *[evidence(liveness=0.9) for _ in range(6)], plan=STRICTLY)
    assert state.finished
    assert state.suspicion is None


def test_poor_pictures_of_a_face_too_far_away_wait_until_the_capture_ends() -> None:
    size = QualityComponent(Measure.FACE_SIZE, 5, 0.05, Hint.COME_CLOSER, False)
    poor = [evidence(passed=False, liveness=0.1) for _ in range(9)]
    far = [replace(each, observation=replace(each.observation, quality=Quality(5, (size,)))) for each in poor]
    state = capture(*far, plan=STRICTLY)
    assert not state.finished
    assert state.end().suspicion is not None


def test_poor_pictures_of_a_simulated_person_end_nothing() -> None:
    poor = [evidence(passed=False, liveness=0.1, kind=SourceKind.SIMULATED) for _ in range(9)]
    assert not capture(*poor, plan=STRICTLY).finished


def test_a_live_capture_gives_up_by_the_samples_own_time_and_a_recording_does_not() -> None:
    plan = replace(PLAN, give_up_after_s=30)
    live = capture(evidence(passed=False, at=0), evidence(passed=False, at=31), plan=plan)
    recorded = capture(*(evidence(passed=False, at=at, kind=SourceKind.RECORDED) for at in (0.0, 31.0)), plan=plan)
    assert live.finished
    assert not recorded.finished


def test_the_manual_trigger_takes_the_best_so_far() -> None:
    early = capture(evidence())
    assert not early.take_best_so_far().finished
    later = capture(*[evidence() for _ in range(4)]).take_best_so_far()
    assert later.finished
    assert len(later.takes) == 1


def test_progress_rises_to_one() -> None:
    state, seen = CaptureState(PLAN), []
    for _ in range(6):
        state = state.advance(evidence())
        seen.append(state.progress)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_a_finished_capture_takes_nothing_more() -> None:
    state = capture(*[evidence() for _ in range(6)])
    assert state.advance(evidence(quality=100)) is state


def test_the_policy_makes_the_plan() -> None:
    plan = plan_capture(FACE, policy(), calibrations(), "enrolment")
    assert plan.frames == policy().attack[FACE.modality].window
    asked = policy().comparison.rate(FACE.modality)
    assert plan.continuity_threshold == calibrations()[FACE.modality].threshold(asked)


def test_a_capture_is_held_together_as_strictly_as_the_calibration_carries() -> None:
    few = {FACE.modality: calibration(limit=1e-3)}
    assert plan_capture(FACE, policy(), few, "enrolment").continuity_threshold == few[FACE.modality].threshold(1e-3)


def test_an_interrupted_capture_goes_on_with_its_whole_takes_and_a_fresh_time() -> None:
    plan = replace(PLAN, give_up_after_s=10.0)
    state = capture(*[evidence(at=1.0) for _ in range(4)], plan=plan).resume()
    assert (len(state.takes), state.gathering) == (1, ())
    later = state.advance(evidence(at=60.0))
    assert not later.finished
    assert len(later.takes) == 1


def test_takes_of_another_device_or_another_kind_do_not_count_beside_this_ones() -> None:
    state = capture(*[evidence(kind=SourceKind.RECORDED) for _ in range(3)]).resume()
    assert len(state.takes) == 1
    live = state.advance(evidence(kind=SourceKind.LIVE))
    assert live.takes == ()
    other = capture(*[evidence() for _ in range(3)]).resume()
    assert other.advance(evidence(device=DeviceIdentity("camera", "another", ""))).takes == ()
