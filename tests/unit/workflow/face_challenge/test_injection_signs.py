"""Frames that seem fed in turn a window that was sure into one that the challenge follows; the sign stays with the
evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import AttackVerdict, ChallengeOutcome, InjectionSign
from mlid_desktop.domain.observations import FrameChange
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.capture_plan import CapturePlan
from tests.moving_faces import AHEAD, seen
from tests.unit.workflow.face_challenge.test_state import Desk

RULES = AttackRules(window=6, threshold=0.5)
PLAN = CapturePlan(FACE, takes=1, frames=6, attack=RULES, continuity_threshold=0.5)
STILL, MOVING = FrameChange(0.02, 0.1), FrameChange(0.3, 0.1)


def after_window(*changes: FrameChange | None, kind: SourceKind = SourceKind.LIVE) -> CaptureState:
    """After a first frame and one for each change, all of them sure to be alive."""
    state = CaptureState(PLAN)
    for number, change in enumerate((None, *changes)):
        moment = 1.0 + number * 0.1 + number * number * 0.002
        state = state.advance(replace(seen(AHEAD, moment, liveness=0.95, kind=kind), change=change))
    return state


def test_a_sure_window_is_enough_where_frames_change_as_those_of_a_camera() -> None:
    state = after_window(*[MOVING] * 5)
    assert state.finished
    assert state.takes[0].finding.signs == ()


def test_a_sure_window_of_a_still_is_followed_by_the_challenge() -> None:
    state = after_window(*[STILL] * 5)
    assert not state.finished
    assert state.needs_draw


@pytest.mark.parametrize("changes", [[STILL] * 4 + [MOVING], [STILL] * 4 + [None]])
def test_one_frame_that_moved_or_was_not_measured_is_enough_against_it(changes: list[FrameChange | None]) -> None:
    assert after_window(*changes).finished


def test_a_recording_is_told_of_and_cannot_be_asked() -> None:
    (take,) = after_window(*[STILL] * 5, kind=SourceKind.RECORDED).takes
    assert take.challenge is ChallengeOutcome.NOT_ASKED_RECORDING
    assert take.finding.signs == (InjectionSign.STILL_PICTURE,)


def test_a_simulated_person_is_declared_as_one_and_not_judged() -> None:
    (take,) = after_window(*[STILL] * 5, kind=SourceKind.SIMULATED).takes
    assert take.finding.signs == ()


def test_what_was_shown_before_the_challenge_stays_with_the_evidence_after_it() -> None:
    desk = Desk(state=after_window(*[STILL] * 5), now=1.6)
    desk.show(AHEAD)
    desk.pass_whole()
    (take,) = desk.state.takes
    assert (take.challenge, take.finding.verdict) == (ChallengeOutcome.PASSED, AttackVerdict.BONA_FIDE)
    assert take.finding.signs == (InjectionSign.STILL_PICTURE,)
