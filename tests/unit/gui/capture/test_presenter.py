from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.observations import Region
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.quality import Measure, Quality, QualityComponent
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.domain.samples import FrameSample
from mlid_desktop.gui.capture.presenter import WHYS, attempt_picture, capture_screen, quality_bars, thumbnail_of
from mlid_desktop.gui.capture.steady_hint import HOLD_S, SETTLE_S, SettledFace, SteadyHint
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.text.language import open_language
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.capture_plan import plan_capture
from tests.makers import calibrations, evidence, observation, policy

ENGLISH = open_language(Path(), "en")
AT_THE_DESK = Circumstances("enrolment", demo=False)
IN_A_DEMO = Circumstances("enrolment", demo=True)
WINDOW = policy().attack[FACE.modality].window


def capture(frames: int = 0, **fields: Any) -> CaptureState:
    state = CaptureState(plan_capture(FACE, policy(), calibrations(), "enrolment"))
    for _ in range(frames):
        state = state.advance(evidence(0.5, **fields))
    return state


def test_before_the_first_picture_the_person_is_asked_to_look_at_the_camera() -> None:
    screen = capture_screen(FACE, None, AT_THE_DESK, ENGLISH)
    assert (screen.prompt, screen.progress, screen.finished) == ("Look at the camera", 0.0, False)


def test_one_hint_at_a_time_is_said_as_a_verb_with_its_reason() -> None:
    screen = capture_screen(FACE, capture(1, passed=False), AT_THE_DESK, ENGLISH, Hint.COME_CLOSER)
    assert screen.prompt == "Come closer"
    assert screen.why == "The face is too small for a clear picture."
    assert screen.tone is Tone.ACCENT


def test_bars_show_what_the_hint_is_about_as_long_as_it_stands() -> None:
    def seen(value: int, *, passed: bool) -> CaptureState:
        about = QualityComponent(Measure.YAW, value, 9.0, None if passed else Hint.TURN_TO_CAMERA, passed=passed)
        return replace(capture(1), latest=replace(observation(), quality=Quality(value, (about,))))

    steady, turned, straight = SteadyHint(), seen(20, passed=False), seen(90, passed=True)
    shown = steady.follow(Hint.TURN_TO_CAMERA, 0.0)
    steady.quality_of(turned)
    later = steady.follow(None, HOLD_S / 2)
    told_of = steady.quality_of(straight)
    screen = capture_screen(FACE, straight, AT_THE_DESK, ENGLISH, later, told_of)
    assert shown is later
    assert [(bar.value, bar.passed) for bar in screen.bars] == [(20, False)]
    steady.follow(None, 2 * HOLD_S)
    assert steady.quality_of(straight) is None


def test_every_hint_has_a_reason() -> None:
    assert set(WHYS) == set(Hint)


def test_bars_below_their_gate_come_before_all_others_which_keep_their_order() -> None:
    quality = Quality(
        60,
        (
            QualityComponent(Measure.SHARPNESS, 40, 1.0),
            QualityComponent(Measure.YAW, 70, 9.0, Hint.TURN_TO_CAMERA, passed=False),
            QualityComponent(Measure.CENTRING, 95, 1.0),
            QualityComponent(Measure.BACKGROUND, -1, 0.0),
        ),
    )
    assert [bar.name for bar in quality_bars(quality, ENGLISH)] == ["Facing the camera", "Centred", "Sharpness"]


def test_the_ring_fills_with_good_frames() -> None:
    shares = [capture_screen(FACE, capture(frames), AT_THE_DESK, ENGLISH).progress for frames in (1, 3, WINDOW)]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1


def test_the_best_attempt_has_the_star_not_the_last() -> None:
    state = capture(WINDOW, quality=90)
    for _ in range(WINDOW):
        state = state.advance(evidence(0.5, quality=70))
    screen = capture_screen(FACE, state, AT_THE_DESK, ENGLISH)
    assert [chip.best for chip in screen.chips] == [True, False]
    assert screen.chips[0].spoken == "Attempt 1, quality 90 of 100, the best so far"


def test_a_good_capture_is_said_with_a_tick_and_can_be_kept() -> None:
    screen = capture_screen(FACE, capture(2 * WINDOW), AT_THE_DESK, ENGLISH)
    assert (screen.prompt, screen.tone, screen.usable) == ("Captured", Tone.ACCEPTED, True)


def test_a_suspected_picture_is_said_calmly_to_the_operator_and_cannot_be_kept() -> None:
    screen = capture_screen(FACE, capture(WINDOW, liveness=0.0), AT_THE_DESK, ENGLISH)
    assert screen.tone is Tone.REJECTED
    assert not screen.usable
    assert "picture, a screen or a mask" in screen.prompt


def test_a_recording_is_refused_outside_a_demo_vault_and_shown_as_one_inside() -> None:
    recorded = capture(2 * WINDOW, kind=SourceKind.RECORDED)
    assert not capture_screen(FACE, recorded, AT_THE_DESK, ENGLISH).usable
    inside = capture_screen(FACE, recorded, IN_A_DEMO, ENGLISH)
    assert inside.usable
    assert inside.source == "recorded source"


def test_the_oval_goes_to_a_face_that_is_being_captured_and_home_while_something_is_asked() -> None:
    state = capture(1)
    assert state.latest is not None
    followed = replace(state, latest=replace(state.latest, regions=(Region((2.0, 2.0, 4.0, 4.0)),)))
    assert capture_screen(FACE, followed, AT_THE_DESK, ENGLISH).region == (0.25, 0.25, 0.5, 0.5)
    assert capture_screen(FACE, followed, AT_THE_DESK, ENGLISH, Hint.CENTRE).region is None


@pytest.mark.parametrize("held", [None, *Hint])
@pytest.mark.parametrize("passed", [True, False])
def test_a_tick_never_stands_beside_a_warning(held: Hint | None, passed: bool) -> None:
    screen = capture_screen(FACE, capture(1, passed=passed), AT_THE_DESK, ENGLISH, held)
    good = held is None and passed
    assert (screen.tone is Tone.ACCEPTED) is good
    assert (screen.guide_tone is Tone.ACCEPTED) is good
    assert good or screen.prompt != "Hold still" or held is Hint.HOLD_STILL
    assert all(bar.passed for bar in screen.bars) or screen.tone is not Tone.ACCEPTED


def test_who_stands_aside_is_shown_the_way_to_the_middle() -> None:
    state = capture(1)
    assert state.latest is not None
    aside = replace(state, latest=replace(state.latest, regions=(Region((0.0, 2.0, 4.0, 4.0)),)))
    assert capture_screen(FACE, aside, AT_THE_DESK, ENGLISH, Hint.CENTRE).towards == (0.25, 0.0)
    assert capture_screen(FACE, aside, AT_THE_DESK, ENGLISH).towards is None


def test_picture_and_figures_are_of_one_sample() -> None:
    state = capture(1)
    assert state.latest is not None
    assert isinstance(state.latest.sample, FrameSample)
    assert capture_screen(FACE, state, AT_THE_DESK, ENGLISH).picture is state.latest.sample.image


def test_an_ended_capture_without_anything_good_says_what_to_do() -> None:
    screen = capture_screen(FACE, capture(2, passed=False).end(), AT_THE_DESK, ENGLISH)
    assert screen.prompt == "No capture was good enough."
    assert screen.why
    assert not screen.usable


def test_an_attempt_can_be_reviewed_with_its_picture() -> None:
    take = capture(WINDOW).takes[0]
    shown = attempt_picture(0, take, ENGLISH)
    assert shown.title == "Attempt 1"
    assert shown.picture is not None


def test_a_hint_stands_for_its_time_before_another_takes_its_place() -> None:
    steady = SteadyHint()
    assert steady.follow(Hint.COME_CLOSER, 10.0) is Hint.COME_CLOSER
    assert steady.follow(Hint.MOVE_BACK, 10.0 + HOLD_S - 0.01) is Hint.COME_CLOSER
    assert steady.follow(None, 10.0 + HOLD_S - 0.01) is Hint.COME_CLOSER
    assert steady.follow(Hint.MOVE_BACK, 10.0 + HOLD_S + 0.01) is Hint.MOVE_BACK


def test_that_all_is_well_does_not_outlast_the_moment_at_which_it_is() -> None:
    steady = SteadyHint()
    assert steady.follow(None, 10.0) is None
    assert steady.follow(Hint.TURN_TO_CAMERA, 10.01) is Hint.TURN_TO_CAMERA
    assert steady.follow(None, 10.02) is Hint.TURN_TO_CAMERA


def test_a_hint_that_comes_and_goes_does_not_flicker() -> None:
    steady, shown = SteadyHint(), []
    for tick in range(40):
        wanted = Hint.CENTRE if tick % 2 else Hint.HOLD_STILL
        shown.append(steady.follow(wanted, tick * 0.1))
    changes = sum(now is not before for before, now in pairwise(shown))
    assert changes <= 4.0 / HOLD_S


@given(st.integers(-20, 320), st.integers(-20, 240), st.integers(1, 300))
def test_a_small_picture_is_square_and_has_the_face_in_its_middle_as_far_as_the_frame_reaches(
    left: int, top: int, side: int
) -> None:
    seen = observation(box=(left, top, side, side))
    assert isinstance(seen.sample, FrameSample)
    rows, columns = np.mgrid[0:240, 0:320]
    frame = np.dstack([columns % 256, rows, columns // 256]).astype(np.uint8)
    small = thumbnail_of(replace(seen, sample=replace(seen.sample, image=frame)))
    assert small is not None
    height, width = small.shape[:2]
    assert height == width <= 240
    first, last = (int(small[row, row, 0]) + 256 * int(small[row, row, 2]) for row in (0, -1))
    middle = min(max(left + side / 2, width / 2), 320 - width / 2)
    assert abs((first + last + 1) / 2 - middle) <= 1


def test_where_no_face_was_found_the_middle_of_the_picture_is_shown() -> None:
    seen = observation()
    assert isinstance(seen.sample, FrameSample)
    frame = np.arange(4 * 8 * 3, dtype=np.uint8).reshape(4, 8, 3)
    small = thumbnail_of(replace(seen, sample=replace(seen.sample, image=frame)))
    assert small is not None
    assert np.array_equal(small, frame[:, 2:6])


def test_who_is_walking_in_is_not_told_how_to_stand() -> None:
    face = SettledFace()
    for step in range(8):  # a face that crosses the picture
        settled = face.follow((0.1 * step, 0.2, 0.2, 0.3), 0.2 * step)
        assert not settled
        assert face.heed(Hint.UNCOVER_FACE, Hint.LOOK_AT_CAMERA, settled=settled) is Hint.LOOK_AT_CAMERA
        assert face.heed(Hint.ONE_PERSON, None, settled=settled) is Hint.ONE_PERSON
    assert face.follow((0.7, 0.2, 0.2, 0.3), 2.0 + SETTLE_S)
    assert face.heed(Hint.UNCOVER_FACE, None, settled=True) is Hint.UNCOVER_FACE
    assert not face.follow(None, 3.0)
    assert not face.follow((0.7, 0.2, 0.2, 0.3), 3.1)
