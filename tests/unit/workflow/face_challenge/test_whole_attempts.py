"""The challenge within whole sessions: what is kept has passed it, and no session shows more than two that are not
met."""

from __future__ import annotations

from random import Random

import pytest

from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import ChallengeOutcome
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.subjects import Details
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage
from mlid_desktop.workflow.face_challenge.draw import draw_challenge
from mlid_desktop.workflow.face_challenge.events import ChallengeDrawn
from mlid_desktop.workflow.identification import IdentificationSession
from tests.makers import calibrations, policy
from tests.moving_faces import AHEAD, DONE, seen
from tests.unit.workflow.test_sessions import AGREED

Session = EnrolmentSession | IdentificationSession


class Desk:
    """Frames shown to a session, with actions drawn as the capture asks for them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.now = 10.0
        self.chance = Random(7)

    def show(self, frames: int, **fields: object) -> None:
        for _ in range(frames):
            self.now += 0.1 * self.chance.uniform(0.97, 1.03)
            motion = fields.get("motion", AHEAD)
            liveness = fields.get("liveness", 0.6)
            self.session = self.session.advance(seen(motion, self.now, liveness=liveness))  # type: ignore[arg-type]
            capture = self.session.capture
            if capture is not None and capture.needs_draw:
                self.session = self.session.advance(ChallengeDrawn(draw_challenge(self.chance)))

    @property
    def is_asked(self) -> bool:
        capture = self.session.capture
        return capture is not None and capture.challenge is not None and capture.challenge.asked is not None

    def wait_to_be_asked(self) -> bool:
        for _ in range(60):
            if self.is_asked or self.session.capture is None or self.session.capture.finished:
                return self.is_asked
            self.show(1)
        raise AssertionError("neither asked nor ended")

    def pass_challenge(self) -> None:
        for _ in range(4):
            assert self.wait_to_be_asked()
            capture = self.session.capture
            assert capture is not None
            assert capture.challenge is not None
            action = capture.challenge.asked
            assert action is not None
            self.show(3)
            self.show(6, motion=DONE[action])
            self.show(2)
        self.show(30)


def enrolling() -> EnrolmentSession:
    session = EnrolmentSession("subject", policy(), calibrations(), Circumstances("enrolment", demo=False))
    session = session.advance(events.ConsentAnswered(AGREED))
    return session.advance(events.DetailsEntered(Details("1001", "A B")))


def searching() -> IdentificationSession:
    return IdentificationSession(policy(), calibrations(), Circumstances("identification", demo=False), FACE)


def test_a_capture_kept_while_its_challenge_goes_on_is_judged_as_it_ends() -> None:
    desk = Desk(enrolling().advance(events.CaptureStarted(FACE)))
    desk.show(6, liveness=0.9)
    assert desk.wait_to_be_asked()
    kept = desk.session.advance(events.CaptureKept())
    assert isinstance(kept, EnrolmentSession)
    assert kept.reason is Reason.CHALLENGE_NOT_MET
    assert kept.kept == {}


@pytest.mark.parametrize("begun", [enrolling(), searching()])
def test_capturing_again_shows_no_more_than_two_challenges(begun: Session) -> None:
    desk, shown = Desk(begun), 0
    for _ in range(5):
        desk.session = desk.session.advance(events.CaptureStarted(FACE))
        shown += desk.wait_to_be_asked()
    assert shown == 2
    capture = desk.session.capture
    assert capture is not None
    assert capture.takes[0].challenge is ChallengeOutcome.NOT_MET


@pytest.mark.parametrize("begun", [enrolling(), searching()])
def test_a_challenge_that_was_left_is_asked_again_whatever_the_next_window_shows(begun: Session) -> None:
    desk = Desk(begun.advance(events.CaptureStarted(FACE)))
    assert desk.wait_to_be_asked()
    desk.session = desk.session.advance(events.CaptureStarted(FACE))
    desk.show(6, liveness=0.9)
    assert desk.session.capture is not None
    assert desk.session.capture.challenge is not None


def test_whoever_passes_is_captured_as_often_as_needed() -> None:
    desk = Desk(enrolling())
    for _ in range(3):
        desk.session = desk.session.advance(events.CaptureStarted(FACE))
        desk.pass_challenge()
        desk.session = desk.session.advance(events.CaptureKept())
        assert isinstance(desk.session, EnrolmentSession)
        assert desk.session.kept[FACE].challenge_passed
    assert desk.session.stage is EnrolmentStage.CAPTURE


def test_an_earlier_capture_that_is_taken_up_gives_no_challenge_back() -> None:
    desk = Desk(enrolling().advance(events.CaptureStarted(FACE)))
    desk.show(12, liveness=0.9)
    desk.session = desk.session.advance(events.CaptureStarted(FACE))
    for _ in range(2):
        assert desk.wait_to_be_asked()
        desk.session = desk.session.advance(events.CaptureStarted(FACE))
    desk.session = desk.session.advance(events.AttemptChosen(FACE, 0)).advance(events.CaptureStarted(FACE))
    assert not desk.wait_to_be_asked()
