"""Frames that are shown twice, keep time like a clock, or are one picture that is moved: none passes a challenge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlid_desktop.domain.decisions import ChallengeOutcome
from mlid_desktop.domain.observations import FaceAction, FrameChange
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from tests.moving_faces import AHEAD, DONE, seen
from tests.unit.workflow.face_challenge.test_state import FRAME_S, Desk

STILL, MOVING = FrameChange(0.02, 0.1), FrameChange(0.3, 0.1)
PICTURES = {action: 1000 + number for number, action in enumerate(FaceAction)}
REST = 999


def asked_once() -> Desk:
    """Somebody of whom the first action is asked."""
    desk = Desk()
    desk.show(AHEAD, 6)
    desk.wait_to_be_asked()
    return desk


def goes_on(desk: Desk) -> bool:
    """Whether the challenge that was begun goes on."""
    return desk.state.challenge is not None


def show_changed(desk: Desk, change: FrameChange, frames: int) -> None:
    """A head at rest whose frames differ so from the first of those that are compared."""
    for _ in range(frames):
        desk.now += FRAME_S * desk.chance.uniform(0.97, 1.03)
        desk.state = desk.state.advance(replace(seen(AHEAD, desk.now, score=0.8), change=change))


def test_a_picture_that_was_shown_before_breaks_the_challenge() -> None:
    desk = asked_once()
    desk.show(AHEAD, picture=REST)
    desk.show(AHEAD, 2)
    assert goes_on(desk)
    desk.show(AHEAD, picture=REST)
    assert not goes_on(desk)
    assert desk.state.broken_by is Reason.FRAMES_REPEATED


def test_pictures_of_every_action_that_are_put_in_as_it_is_asked_do_not_pass() -> None:
    desk = Desk()
    desk.show(AHEAD, 6)
    for _ in range(200):
        action = desk.asked
        motion, picture = (AHEAD, REST) if action is None else (DONE[action], PICTURES[action])
        desk.show(motion, picture=picture)
    assert not desk.state.challenge_passed


def test_a_frame_that_a_driver_hands_out_twice_is_passed_over() -> None:
    desk = asked_once()
    desk.show(AHEAD, picture=REST, every=0.05)
    desk.show(AHEAD, picture=REST, every=0.05)
    assert goes_on(desk)
    desk.pass_whole()
    assert desk.state.challenge_passed


def test_a_frame_that_stands_for_longer_than_a_gap_may_last_breaks_it() -> None:
    desk = asked_once()
    desk.show(AHEAD, 3, picture=REST)
    assert not goes_on(desk)
    assert desk.state.broken_by is Reason.FRAMES_REPEATED


def test_a_repeated_frame_that_shows_an_attack_is_a_suspicion_first() -> None:
    desk = asked_once()
    desk.show(AHEAD, picture=REST)
    desk.show(AHEAD, 2)
    desk.show(AHEAD, picture=REST, liveness=0.1)
    assert desk.state.attack_suspected


def test_frames_that_come_like_clockwork_break_it() -> None:
    desk = asked_once()
    for _ in range(5):
        desk.now += 0.1
        desk.state = desk.state.advance(seen(AHEAD, desk.now, score=0.8))
    assert desk.state.broken_by is Reason.TIMING_TOO_REGULAR


def test_of_a_simulated_person_no_frame_is_held_against_another() -> None:
    desk = Desk()
    desk.show(AHEAD, 6, kind=SourceKind.SIMULATED)
    desk.show(AHEAD, 3, picture=REST, kind=SourceKind.SIMULATED)
    assert goes_on(desk)
    assert desk.state.frame_history.digests == {b""}


@pytest.mark.parametrize(("change", "outcome"), [(STILL, ChallengeOutcome.NOT_MET), (MOVING, ChallengeOutcome.PASSED)])
def test_whoever_did_everything_and_is_a_still_picture_then_has_not_passed(
    change: FrameChange, outcome: ChallengeOutcome
) -> None:
    desk = Desk()
    desk.show(AHEAD, 6)
    for _ in range(4):
        desk.obey()
    show_changed(desk, change, 100)
    assert desk.state.takes[-1].challenge is outcome


def test_whoever_sits_still_for_a_moment_is_waited_for() -> None:
    desk = Desk()
    desk.show(AHEAD, 6)
    for _ in range(4):
        desk.obey()
    show_changed(desk, STILL, 30)
    assert not desk.state.finished
    show_changed(desk, MOVING, 1)
    assert desk.state.challenge_passed


def test_no_more_frames_are_held_than_a_window_has() -> None:
    desk = Desk()
    desk.show(AHEAD, 6)
    for _ in range(4):
        desk.obey()
    show_changed(desk, STILL, 40)
    assert len(desk.state.gathering) < desk.state.plan.frames
