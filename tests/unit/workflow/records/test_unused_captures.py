"""What is captured and not kept can be looked at until the enrolment ends, and taken up again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.subjects import CaptureException, Consent, ConsentOutcome, Details, ExceptionReason
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage
from mlid_desktop.workflow.records.unused_captures import MOST_UNUSED
from tests.makers import ENROLLED, calibrations, evidence, policy

AGREED = Consent(ConsentOutcome.ACCEPTED, "1", "en", ENROLLED)


def capturing() -> EnrolmentSession:
    session = EnrolmentSession("subject", policy(), calibrations(), Circumstances("enrolment", False, True))
    session = session.advance(events.ConsentAnswered(AGREED))
    return session.advance(events.DetailsEntered(Details("1001", "A B")))


def captured(
    session: EnrolmentSession, quality: int = 80, liveness: float = 0.99, samples: int = 12
) -> EnrolmentSession:
    session = session.advance(events.CaptureStarted(FACE))
    for _ in range(samples):
        session = session.advance(evidence(quality=quality, liveness=liveness))
    return session


def qualities(session: EnrolmentSession) -> list[int]:
    return [passed.capture.best.quality for passed in session.unused.get(FACE, ()) if passed.capture.best is not None]


def test_a_capture_made_anew_leaves_the_one_before_to_be_looked_at() -> None:
    session = captured(capturing(), quality=90).advance(events.CaptureKept())
    assert qualities(session) == []
    session = captured(session, quality=60).advance(events.CaptureKept())
    assert qualities(session) == [90]
    kept = session.kept[FACE].best
    assert kept is not None
    assert kept.quality == 60
    assert session.unused[FACE][0].may_be_kept


def test_a_capture_that_was_broken_off_is_shown_and_can_not_be_kept() -> None:
    session = captured(capturing(), samples=8)
    session = captured(session).advance(events.CaptureKept())
    (broken_off,) = session.unused[FACE]
    assert (broken_off.reason, broken_off.may_be_kept) == (None, False)
    for index in (0, 1, 2, -1):
        with pytest.raises(ValueError, match="may be kept"):
            session.advance(events.AttemptChosen(FACE, index))


def test_a_capture_in_which_nothing_was_taken_leaves_nothing() -> None:
    session = captured(capturing(), samples=0)
    assert captured(session).advance(events.CaptureKept()).unused == {}


def test_an_earlier_capture_is_kept_after_all_and_the_two_change_places() -> None:
    session = captured(capturing(), quality=90).advance(events.CaptureKept())
    session = captured(session, quality=60).advance(events.CaptureKept())
    session = session.advance(events.CapturesFinished()).advance(events.CandidatesFound((), 10, 0.01))
    assert session.stage is EnrolmentStage.REVIEW
    session = session.advance(events.SteppedBack()).advance(events.AttemptChosen(FACE, 0)).advance(events.CaptureKept())
    kept = session.kept[FACE].best
    assert kept is not None
    assert kept.quality == 90
    assert qualities(session) == [60]
    assert session.found is None  # duplicates are looked for anew


@given(st.lists(st.integers(40, 100), min_size=1, max_size=8))
def test_no_more_than_a_few_are_held_and_the_newest_of_them(given_qualities: list[int]) -> None:
    session = capturing()
    for quality in given_qualities:
        session = captured(session, quality=quality).advance(events.CaptureKept())
    assert qualities(session) == given_qualities[:-1][-MOST_UNUSED:]


def test_what_is_skipped_declined_or_saved_holds_no_pictures_any_more() -> None:
    session = captured(captured(capturing()).advance(events.CaptureKept())).advance(events.CaptureKept())
    assert session.unused
    skipped = session.advance(events.CaptureSkipped(CaptureException(FACE, ExceptionReason.DECLINED)))
    assert skipped.unused == {}
    back = session.advance(events.SteppedBack()).advance(events.SteppedBack())
    declined = replace(AGREED, outcome=ConsentOutcome.DECLINED)
    assert back.advance(events.ConsentAnswered(declined)).unused == {}
    saving = session.advance(events.CapturesFinished()).advance(events.CandidatesFound((), 10, 0.01))
    assert saving.advance(events.Confirmed()).advance(events.Saved()).unused == {}
