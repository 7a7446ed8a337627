"""The challenge as it goes on: what counts, what does not, and that no order of events gets past it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import AttackVerdict, ChallengeOutcome
from mlid_desktop.domain.observations import ActionKind, FaceAction, FaceMotion
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.capture_plan import CapturePlan
from mlid_desktop.workflow.face_challenge.draw import draw_challenge
from mlid_desktop.workflow.face_challenge.state import ChallengePhase
from tests.moving_faces import AHEAD, DONE, seen

RULES = AttackRules(window=6, threshold=0.5, frame_floor=0.35)
PLAN = CapturePlan(FACE, 1, 6, RULES, continuity_threshold=0.5, give_up_after_s=30.0)
FRAME_S = 0.11


@dataclass
class Desk:
    """Whoever sits before the camera, frame after frame, and what the capture makes of it."""

    state: CaptureState = field(default_factory=lambda: CaptureState(PLAN))
    now: float = 100.0
    chance: Random = field(default_factory=lambda: Random(11))

    def show(self, motion: FaceMotion | None, frames: int = 1, every: float = FRAME_S, **changes: object) -> None:
        for _ in range(frames):
            self.now += every * self.chance.uniform(0.97, 1.03)
            self.state = self.state.advance(seen(motion, self.now, score=0.8, **changes))  # type: ignore[arg-type]
            if self.state.needs_draw:
                self.state = self.state.begin_challenge(draw_challenge(self.chance))

    @property
    def asked(self) -> FaceAction | None:
        return None if self.state.challenge is None else self.state.challenge.asked

    def wait_to_be_asked(self) -> FaceAction:
        for _ in range(60):
            if self.asked is not None:
                return self.asked
            self.show(AHEAD)
        raise AssertionError("nothing was asked")

    def obey(self) -> None:
        """Sees what is asked, does it, comes back."""
        action = self.wait_to_be_asked()
        self.show(AHEAD, 3)
        self.show(DONE[action], 6)
        self.show(AHEAD, 2)

    def pass_whole(self) -> None:
        for _ in range(4):
            self.obey()
        self.show(AHEAD, 30)


def outcome(state: CaptureState) -> ChallengeOutcome | None:
    return state.takes[-1].challenge if state.takes else None


def test_who_does_what_is_asked_passes_and_the_take_is_made_of_frames_after_it() -> None:
    desk = Desk()
    desk.show(AHEAD, 6)
    assert not desk.state.finished
    for _ in range(4):
        desk.obey()
    last_action = desk.now
    desk.show(AHEAD, 30)
    assert outcome(desk.state) is ChallengeOutcome.PASSED
    assert desk.state.takes[0].observation.sample.captured_at > last_action - 3 * FRAME_S
    assert desk.state.takes[0].comparison is not None
    assert desk.state.finished


def test_a_window_that_is_sure_and_a_recording_are_not_asked() -> None:
    sure, recorded = Desk(), Desk()
    sure.show(AHEAD, 6, liveness=0.9)
    recorded.show(AHEAD, 6, kind=SourceKind.RECORDED)
    assert outcome(sure.state) is ChallengeOutcome.NOT_NEEDED
    assert outcome(recorded.state) is ChallengeOutcome.NOT_ASKED_RECORDING


def test_a_challenge_that_is_demanded_is_asked_of_a_window_that_is_sure() -> None:
    desk = Desk(CaptureState(replace(PLAN, challenge_demanded=True)))
    desk.show(AHEAD, 6, liveness=0.9)
    assert desk.state.challenge is not None


def test_an_action_is_asked_once_more_and_then_no_more() -> None:
    desk = Desk()
    action = desk.wait_to_be_asked()
    desk.show(AHEAD, 50)
    assert desk.state.challenge is not None
    assert desk.state.challenge.repeated
    assert desk.wait_to_be_asked() is action
    desk.show(AHEAD, 50)
    assert outcome(desk.state) is ChallengeOutcome.NOT_MET
    assert desk.state.takes[0].comparison is not None, "the attempt counts: something was compared"


def test_more_time_doubles_it_once() -> None:
    desk = Desk()
    desk.wait_to_be_asked()
    desk.show(AHEAD, 40)
    desk.state = desk.state.give_more_time()
    desk.show(AHEAD, 70)
    assert desk.asked is not None
    desk.state = desk.state.give_more_time()
    desk.show(AHEAD, 30)
    assert desk.state.challenge is not None
    assert desk.state.challenge.repeated


def test_another_action_than_the_one_asked_begins_a_new_draw() -> None:
    desk = Desk()
    action = desk.wait_to_be_asked()
    other = FaceAction.TURN_LEFT if action.kind is not ActionKind.TURN else FaceAction.LOOK_DOWN
    desk.show(AHEAD, 3)
    desk.show(DONE[other], 4)
    assert desk.state.challenge is None
    assert desk.state.challenges == 1


def test_who_moves_before_being_asked_or_sooner_than_anybody_reacts_begins_anew() -> None:
    early, sudden = Desk(), Desk()
    early.show(AHEAD, 10)
    early.show(DONE[FaceAction.TURN_LEFT], 4)
    assert early.state.challenge is None
    sudden.show(DONE[sudden.wait_to_be_asked()], 2)
    assert sudden.state.challenge is None
    assert sudden.state.challenges == 1


def test_a_gap_another_person_another_scene_or_another_camera_breaks_it() -> None:
    breaks: list[dict[str, object]] = [
        {"every": 0.3},
        {"continuity": 0.3},
        {"continuity": None},
        {"box": (600.0, 100.0, 200.0, 230.0)},
        {"kind": SourceKind.SIMULATED},
    ]
    for changes in breaks:
        desk = Desk()
        desk.wait_to_be_asked()
        desk.show(AHEAD, **changes)  # type: ignore[arg-type]
        assert desk.state.challenge is None, changes
        assert desk.state.challenges == 1
        expected = Reason.SOURCE_CHANGED if "kind" in changes else Reason.SCENE_CHANGED
        assert desk.state.broken_by is expected, changes


def test_a_face_that_is_gone_for_two_frames_breaks_it() -> None:
    desk = Desk()
    desk.wait_to_be_asked()
    desk.show(None, 2)
    assert desk.state.challenge is None


def test_a_challenge_broken_twice_is_not_met() -> None:
    desk = Desk()
    for _ in range(2):
        desk.wait_to_be_asked()
        desk.show(AHEAD, every=0.3)
    assert outcome(desk.state) is ChallengeOutcome.NOT_MET


def test_a_window_that_is_sure_after_a_challenge_was_broken_is_asked_all_the_same() -> None:
    desk = Desk()
    desk.wait_to_be_asked()
    desk.show(AHEAD, every=0.3)
    desk.show(AHEAD, 6, liveness=0.9)
    assert desk.state.takes == ()
    assert desk.state.challenge is not None


def test_a_camera_too_slow_for_it_is_given_up_in_the_time_of_a_capture() -> None:
    desk, begun = Desk(), 100.0
    desk.show(AHEAD, 200, every=0.3)
    assert desk.state.finished
    assert desk.state.challenges == 0
    assert desk.state.latest is not None
    assert desk.state.latest.sample.captured_at - begun <= 31.0


def test_a_window_that_is_whole_at_the_last_moment_is_asked() -> None:
    desk = Desk()
    desk.show(AHEAD, 5)
    desk.show(AHEAD, every=30.0)
    assert desk.state.challenge is not None
    assert not desk.state.finished


def test_frames_below_the_quality_that_is_asked_are_not_compared_after_it() -> None:
    desk = Desk(CaptureState(replace(PLAN, minimum_quality=50)))
    for _ in range(4):
        desk.obey()
    while desk.state.challenge is not None and desk.state.challenge.phase is ChallengePhase.REST:
        desk.show(AHEAD)
    before = desk.state
    desk.show(AHEAD, 8, quality=40)
    assert desk.state.challenge is not None
    assert desk.state.challenge.phase is ChallengePhase.CLOSING
    assert (desk.state.gathering, desk.state.takes) == (before.gathering, ())


def test_an_attack_like_frame_ends_it_as_a_suspicion_but_while_coming_closer() -> None:
    suspected = closer = 0
    for seed in range(12):
        desk = Desk(chance=Random(seed))
        action = desk.wait_to_be_asked()
        desk.show(AHEAD, liveness=0.1)
        if action is FaceAction.COME_CLOSER:
            closer += not desk.state.attack_suspected
        else:
            suspected += desk.state.attack_suspected
            assert desk.state.takes[0].finding.verdict is AttackVerdict.SUSPECTED
    assert closer >= 1
    assert suspected + closer == 12


def test_what_cannot_be_done_is_swapped_without_a_penalty_until_nothing_is_left_to_choose() -> None:
    desk = Desk()
    kinds = set()
    for _ in range(2):
        action = desk.wait_to_be_asked()
        kinds.add(action.kind)
        desk.state = desk.state.swap_action()
        assert desk.state.challenge is not None
        assert desk.state.challenge.misses == 0
        assert desk.state.challenge.draw.cannot == kinds
    desk.pass_whole()
    assert outcome(desk.state) is ChallengeOutcome.PASSED
    nothing = Desk()
    for _ in range(3):
        nothing.wait_to_be_asked()
        nothing.state = nothing.state.swap_action()
    assert outcome(nothing.state) is ChallengeOutcome.NOT_POSSIBLE


def test_nothing_is_swapped_before_it_was_shown() -> None:
    desk = Desk()
    desk.show(AHEAD, 8)
    before = desk.state
    assert desk.asked is None
    assert before.swap_action().challenge is before.challenge


def test_stopping_it_or_its_source_is_no_way_past_it() -> None:
    desk = Desk()
    desk.wait_to_be_asked()
    assert desk.state.take_best_so_far() is desk.state
    assert outcome(desk.state.end()) is ChallengeOutcome.NOT_MET
    assert desk.state.resume().challenge is None


def test_models_that_see_no_movement_do_not_pass_anybody() -> None:
    state = CaptureState(PLAN)
    for frame in range(6):
        made = seen(AHEAD, 1 + frame * 0.1 + frame * frame * 0.001)
        state = state.advance(replace(made, observation=replace(made.observation, motion=None)))
    assert outcome(state) is ChallengeOutcome.NOT_MET


def test_another_movement_between_two_tries_is_no_coming_back() -> None:
    """A recording goes on with what it does while the second try has not begun."""
    desk = Desk()
    action = desk.wait_to_be_asked()
    desk.show(AHEAD, 46)
    assert desk.asked is None
    movements = (movement for movement in FaceAction if movement is not FaceAction.COME_CLOSER)
    other = next(movement for movement in movements if movement.kind is not action.kind)
    desk.show(DONE[other], 4)
    assert desk.state.broken_by is Reason.SCENE_CHANGED


def test_who_is_late_with_what_was_asked_is_asked_once_more() -> None:
    desk = Desk()
    action = desk.wait_to_be_asked()
    desk.show(AHEAD, 46)
    desk.show(DONE[action], 6)
    assert desk.state.broken_by is None
    assert desk.wait_to_be_asked() is action


def test_a_movement_that_is_done_further_than_the_one_asked_is_not_taken_for_it() -> None:
    """A head that turns far is lifted a little too."""
    desks = (Desk(chance=Random(seed)) for seed in range(50))
    desk = next(desk for desk in desks if desk.wait_to_be_asked() is FaceAction.LOOK_UP)
    lifted = replace(AHEAD, lift=AHEAD.lift + 12.0, lift_depth=AHEAD.lift_depth + 0.1)
    desk.show(AHEAD, 3)
    desk.show(replace(lifted, turn=50.0, turn_depth=0.5), 8)
    assert desk.state.broken_by is Reason.SCENE_CHANGED
