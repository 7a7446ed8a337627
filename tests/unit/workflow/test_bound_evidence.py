"""What is compared is what was checked: no order of frames and events gets anybody else accepted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import AttackVerdict, AttemptState, Verdict
from mlid_desktop.domain.observations import Evidence, Observation
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.reasons import Hint, Reason
from mlid_desktop.workflow import events
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.capture_plan import CapturePlan
from mlid_desktop.workflow.take import compare_window
from mlid_desktop.workflow.verification import VerificationSession
from tests.makers import CAMERA, calibrations, evidence, policy

RULES = AttackRules(window=6, threshold=0.5, frame_floor=0.15)
PLAN = CapturePlan(FACE, takes=1, frames=6, attack=RULES, continuity_threshold=0.5)
FREE = AttemptState(0, 5, 0.0, locked_out=False)
ANOTHER_CAMERA = DeviceIdentity("camera", "usb-2", "Another")
OWN_QUALITY = 71  # by which the simulated pipeline knows the person again
OWN, STRANGE = 0.9, 0.05  # scores of the person and of somebody else against the reference, and between the two


def capture(*gathered: Evidence, plan: CapturePlan = PLAN) -> CaptureState:
    state = CaptureState(plan)
    for item in gathered:
        state = state.advance(item)
    return state


@given(st.permutations([True] + [False] * 5))
def test_one_print_in_a_window_ends_the_take_wherever_it_comes(shown: list[bool]) -> None:
    state = capture(*[evidence(liveness=0.05 if printed else 0.95) for printed in shown])
    assert state.attack_suspected
    assert state.finished


def test_an_attack_like_frame_ends_the_take_at_once() -> None:
    state = capture(evidence(), evidence(liveness=0.1))
    assert state.finished
    assert state.takes[0].finding.verdict is AttackVerdict.SUSPECTED
    assert state.advance(evidence()) is state


def test_of_a_simulated_person_an_attack_like_frame_ends_nothing() -> None:
    assert not capture(evidence(kind=SourceKind.SIMULATED, liveness=0.01)).finished


@given(st.lists(st.floats(0.16, 1.0), min_size=6, max_size=6), st.permutations(range(40, 46)))
def test_what_is_kept_of_a_take_that_passes_has_passed_by_itself(liveness: list[float], quality: list[int]) -> None:
    shown = zip(liveness, quality, strict=True)
    take = capture(*[evidence(liveness=live, quality=good) for live, good in shown]).takes[0]
    attack = take.observation.attack
    assert attack is not None
    if take.finding.verdict is AttackVerdict.BONA_FIDE:
        assert attack.liveness >= RULES.threshold


@given(st.lists(st.floats(0, 1), min_size=6, max_size=6), st.permutations(range(40, 46)))
def test_the_score_is_never_above_that_of_the_checked_frame_nor_of_four_others(
    scores: list[float], quality: list[int]
) -> None:
    shown = [evidence(score, quality=good) for score, good in zip(scores, quality, strict=True)]
    take = capture(*shown).takes[0]
    assert take.comparison is not None
    assert take.best.comparison is not None
    assert take.comparison.score <= take.best.comparison.score
    assert sum(score >= take.comparison.score for score in scores) >= 5


def test_a_window_of_which_one_frame_was_not_compared_has_no_score() -> None:
    first = evidence(0.9)
    assert compare_window([first, evidence(None)], first) is None


def test_two_people_never_share_a_capture() -> None:
    plan = replace(PLAN, takes=2)
    first = capture(*[evidence() for _ in range(6)], plan=plan)
    assert len(first.takes) == 1
    assert first.anchor is first.takes[0].observation
    other = first.advance(evidence(continuity=0.1))
    assert (other.takes, len(other.gathering)) == ((), 1)
    assert len(first.advance(evidence()).takes) == 1


def test_a_frozen_picture_never_becomes_a_take() -> None:
    state = capture(*[evidence(picture=1) for _ in range(30)])
    assert not state.takes
    assert len(state.gathering) == 1
    assert state.broken_by is Reason.FRAMES_REPEATED
    assert state.end().takes[0].finding.verdict is AttackVerdict.INCOMPLETE
    assert state.end().shortfall is Reason.FRAMES_REPEATED
    assert capture(evidence(picture=1), evidence(picture=1), *[evidence() for _ in range(5)]).shortfall is None


def test_why_no_take_became_whole_is_told() -> None:
    circumstances = Circumstances("verification", demo=False, attested=True)
    session = VerificationSession("subject", policy(), calibrations(), circumstances, FREE, (FACE,))
    session = session.advance(events.CaptureStarted(FACE))
    for _ in range(9):
        session = session.advance(evidence(0.9, picture=1))
    session = session.advance(events.CaptureKept()).advance(events.CapturesFinished())
    assert session.decision is not None
    assert session.decision.reasons == (Reason.FRAMES_REPEATED,)


@given(st.integers(2, 5))
def test_a_loop_that_is_shorter_than_a_take_never_becomes_one(length: int) -> None:
    state = capture(*[evidence(picture=number % length) for number in range(40)])
    assert not state.takes
    assert state.broken_by is Reason.FRAMES_REPEATED


@pytest.mark.parametrize("box", [(600.0, 100.0, 100.0, 120.0), (100.0, 100.0, 300.0, 360.0)])
def test_a_face_that_jumps_or_changes_its_size_starts_the_take_again(box: tuple[float, float, float, float]) -> None:
    state = capture(evidence(box=(100.0, 100.0, 100.0, 120.0)), evidence(box=box))
    assert len(state.gathering) == 1
    assert state.broken_by is Reason.SCENE_CHANGED


def test_frames_of_a_live_camera_that_come_like_clockwork_start_the_take_again() -> None:
    regular = capture(*[evidence(at=number / 10) for number in range(6)])
    assert not regular.takes
    assert regular.broken_by is Reason.TIMING_TOO_REGULAR
    recorded = capture(*[evidence(at=number / 10, kind=SourceKind.RECORDED) for number in range(6)])
    assert recorded.takes


def test_a_face_too_near_to_be_judged_is_asked_to_step_back_and_counts_for_nothing() -> None:
    state = capture(*[evidence(judged=False, liveness=0.01) for _ in range(9)])
    assert state.hint is Hint.MOVE_BACK
    assert (state.gathering, state.too_near) == ((), 9)
    ended = state.end()
    assert ended.obstacle is Reason.TOO_NEAR_TO_JUDGE
    assert ended.unusable_finding.verdict is AttackVerdict.INCOMPLETE
    assert capture(evidence(judged=False), plan=CapturePlan(FACE, takes=1)).takes


@dataclass(frozen=True, slots=True)
class Shown:
    """One frame as the attacker chose it."""

    own: bool
    liveness: float | None
    usable: bool
    judged: bool
    picture: int
    camera: DeviceIdentity
    kind: SourceKind

    @property
    def is_good(self) -> bool:
        """Whether a frame of this kind may be part of a window that is accepted."""
        return self.own and self.usable and self.judged and self.liveness is not None and self.liveness >= 0.15


FRAMES = st.builds(
    Shown,
    own=st.sampled_from([True, True, True, False]),
    liveness=st.sampled_from([0.95, 0.95, 0.95, 0.9, 0.6, 0.45, 0.16, 0.05, None]),
    usable=st.sampled_from([True, True, True, False]),
    judged=st.sampled_from([True, True, True, False]),
    picture=st.integers(0, 40),
    camera=st.sampled_from([CAMERA, CAMERA, CAMERA, ANOTHER_CAMERA]),
    kind=st.sampled_from([SourceKind.LIVE, SourceKind.LIVE, SourceKind.LIVE, SourceKind.RECORDED]),
)


class AttackedVerification(RuleBasedStateMachine):
    """An attacker shows frames and sends events in any order; whoever is accepted was seen whole, by themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.session: VerificationSession
        self.shown: list[Shown] = []
        self.time = 0.0
        self.suspected = False

    @initialize(demo=st.booleans())
    def begin(self, demo: bool) -> None:
        circumstances = Circumstances("verification", demo, attested=True)
        rules = policy()
        face = replace_window(rules.attack[FACE.modality])
        changed = rules.model_copy(update={"attack": {FACE.modality: face}})
        self.session = VerificationSession("subject", changed, calibrations(), circumstances, FREE, (FACE,))
        self.session = self.session.advance(events.CaptureStarted(FACE))

    def _send(self, event: events.Event) -> None:
        try:
            self.session = self.session.advance(event)
        except events.OutOfOrderError:
            return
        self.suspected |= self.session.capture is not None and self.session.capture.attack_suspected

    def _show(self, shown: Shown) -> None:
        self.time += 0.1 + len(self.shown) ** 2 % 11 * 0.001
        anchor = None if self.session.capture is None else self.session.capture.anchor
        continuity = None if anchor is None else OWN if self._own_of(anchor) == shown.own else STRANGE
        made = evidence(
            OWN if shown.own else STRANGE,
            continuity,
            liveness=shown.liveness,
            passed=shown.usable,
            judged=shown.judged,
            picture=shown.picture,
            device=shown.camera,
            kind=shown.kind,
            at=self.time,
            quality=OWN_QUALITY if shown.own else 70,
        )
        self.shown.append(shown)
        self._send(made)

    @staticmethod
    def _own_of(anchor: Observation) -> bool:
        return anchor.quality.unified == OWN_QUALITY

    @rule(shown=FRAMES)
    def show_a_frame(self, shown: Shown) -> None:
        self._show(shown)

    @rule(shown=FRAMES, times=st.integers(2, 8))
    def show_frames_alike(self, shown: Shown, times: int) -> None:
        for number in range(times):
            self._show(replace(shown, picture=shown.picture + 100 * number))

    @rule(length=st.integers(3, 6), picture=st.integers(0, 40))
    def show_the_person(self, length: int, picture: int) -> None:
        """As somebody does who is who they say they are: without this the machine would hardly ever be accepted."""
        for number in range(length):
            self._show(Shown(True, 0.9, True, True, picture + 100 * number, CAMERA, SourceKind.LIVE))

    @rule(event=st.sampled_from([events.CaptureEnded(), events.BestTaken(), events.CaptureStarted(FACE)]))
    def interfere(self, event: events.Event) -> None:
        self._send(event)

    @precondition(lambda self: self.session.capture is not None)
    @rule()
    def finish(self) -> None:
        self._send(events.CaptureKept())
        self._send(events.CapturesFinished())

    @invariant()
    def who_is_accepted_was_seen_in_a_whole_window(self) -> None:
        if self.session.verdict is not Verdict.ACCEPTED:
            return
        counted = [frame for frame, _alike in groupby(frame for frame in self.shown if frame.usable and frame.judged)]
        assert not self.suspected, "accepted after a suspicion in the attempt"
        runs = [counted[start : start + 6] for start in range(len(counted) - 5)]
        assert any(is_whole(run) for run in runs)


def replace_window(rules: AttackRules) -> AttackRules:
    """The shipped rules with the length of window that this machine counts in."""
    return rules.model_copy(update={"window": 6, "threshold": 0.5, "frame_floor": 0.15})


def is_whole(run: list[Shown]) -> bool:
    """Six frames of the person alone, before one camera, none attack-like, their mean above the threshold."""
    liveness = [frame.liveness for frame in run if frame.liveness is not None]
    return (
        all(frame.is_good for frame in run)
        and len({(frame.camera, frame.kind) for frame in run}) == 1
        and len({frame.picture for frame in run}) >= 6
        and sum(liveness) / len(run) >= 0.5
    )


TestAttackedVerification = AttackedVerification.TestCase
TestAttackedVerification.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
