"""No order of frames, gaps, people, wishes and ends gets past the challenge without all that was asked."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import ChallengeOutcome
from mlid_desktop.domain.observations import FaceAction
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.capture_plan import CapturePlan
from mlid_desktop.workflow.face_challenge.draw import draw_challenge
from mlid_desktop.workflow.face_challenge.state import ChallengePhase
from tests.moving_faces import AHEAD, DONE, seen

PLAN = CapturePlan(FACE, 1, 6, AttackRules(window=6, threshold=0.5), continuity_threshold=0.5, give_up_after_s=30.0)
OWN, STRANGER = 0.9, 0.2
MOTIONS = {"ahead": AHEAD} | {action.value: motion for action, motion in DONE.items()}


class AttackedChallenge(RuleBasedStateMachine):
    """Frames of two people in any pose, gaps, jumps, wishes and ends in any order; a ledger of its own says what was
    asked and who did it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 50.0
        self.state = CaptureState(PLAN)
        self.chance = Random(3)
        self.ledger: list[FaceAction] = []
        self.recent: list[tuple[str, float, float]] = []
        self.whole = True

    @initialize(seed=st.integers(0, 10_000))
    def begin(self, seed: int) -> None:
        self.chance = Random(seed)

    def frame(self, pose: str, person: float, every: float) -> None:
        if self.state.finished:
            return
        self.now += every * self.chance.uniform(0.97, 1.03)
        before = self.state.challenge
        self.state = self.state.advance(seen(MOTIONS.get(pose), self.now, score=0.8, continuity=person))
        if self.state.needs_draw:
            self.state = self.state.begin_challenge(draw_challenge(self.chance))
            self.ledger, self.whole, self.recent = [], True, []
            return
        self.recent = [*self.recent[-3:], (pose, person, every)]
        if before is None:
            return
        self.whole = self.whole and person == OWN and every < 0.2 and pose in MOTIONS
        after = self.state.challenge
        if after is not None and after.position > before.position:
            assert before.asked is not None
            self.ledger.append(before.asked)
            assert [frame[0] for frame in self.recent[-2:]] == [before.asked.value] * 2
            assert self.now - before.since >= 0.15

    @rule(
        pose=st.sampled_from([*MOTIONS, "ahead", "ahead", "nobody"]),
        person=st.sampled_from([OWN, OWN, OWN, STRANGER]),
        every=st.sampled_from([0.1, 0.1, 0.1, 0.3]),
    )
    def any_frame(self, pose: str, person: float, every: float) -> None:
        self.frame(pose, person, every)

    @rule(frames=st.integers(1, 25))
    def look_ahead(self, frames: int) -> None:
        for _ in range(frames):
            self.frame("ahead", OWN, 0.1)

    @rule(person=st.sampled_from([OWN, OWN, OWN, OWN, STRANGER]))
    def obey(self, person: float) -> None:
        asked = None if self.state.challenge is None else self.state.challenge.asked
        if asked is not None:
            for pose in ("ahead", "ahead", *[asked.value] * 8, "ahead"):
                self.frame(pose, person if pose == asked.value else OWN, 0.1)

    @rule()
    def more_time(self) -> None:
        self.state = self.state.give_more_time()

    @rule()
    def swap(self) -> None:
        if not self.state.finished:
            self.state = self.state.swap_action()

    @rule()
    def take_best(self) -> None:
        self.state = self.state.take_best_so_far()

    @rule()
    def resume(self) -> None:
        if not self.state.finished:
            self.state = self.state.resume()

    @rule(draw_seed=st.integers(0, 99))
    def draw_again(self, draw_seed: int) -> None:
        """A second draw, once the first was shown, changes nothing."""
        begun = self.state.challenge
        if begun is not None:
            self.state = self.state.begin_challenge(draw_challenge(Random(draw_seed)))
            assert self.state.challenge is begun

    @rule()
    def stop(self) -> None:
        if self.chance.random() < 0.1:
            self.state = self.state.end()

    @invariant()
    def nobody_passes_without_every_action_by_one_person(self) -> None:
        for take in self.state.takes:
            assert take.challenge is not ChallengeOutcome.NOT_NEEDED
            if take.challenge is ChallengeOutcome.PASSED:
                assert self.whole
                assert len(self.ledger) == 4
                assert len(set(self.ledger)) >= 2

    @invariant()
    def never_more_than_two_challenges_are_shown(self) -> None:
        assert self.state.challenges <= 2
        challenge = self.state.challenge
        broken = challenge is not None and challenge.phase is ChallengePhase.BROKEN
        assert self.state.finished or not broken


AttackedChallenge.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestNoOrderOfEvents = AttackedChallenge.TestCase


@pytest.mark.parametrize("seed", range(5))
def test_the_machine_above_can_reach_a_pass(seed: int) -> None:
    machine = AttackedChallenge()
    machine.begin(seed)
    for _ in range(5):
        machine.look_ahead(25)
        machine.obey(OWN)
    machine.look_ahead(25)
    assert machine.state.takes[0].challenge is ChallengeOutcome.PASSED
    machine.nobody_passes_without_every_action_by_one_person()
