"""Whatever a person does before the camera: sentence, bars and oval say the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.observations import Region
from mlid_desktop.domain.quality import Measure, Quality, QualityComponent
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.gui.capture.presenter import (
    FACE_MIDDLE,
    FACE_TO_OVAL,
    OVAL_HEIGHT,
    CaptureScreen,
    capture_screen,
    quality_bars,
    region_shares,
)
from mlid_desktop.gui.capture.steady_hint import ABOUT, CaptureHint
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.modalities.face.parameters import FaceGates
from mlid_desktop.modalities.face.quality import SCALES, assess
from mlid_desktop.station.text.language import open_language
from mlid_desktop.station.text.measure_terms import MEASURES
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.capture_plan import plan_capture
from tests.makers import calibrations, evidence, observation, policy

ENGLISH = open_language(Path(), "en")
AT_THE_DESK = Circumstances("enrolment", demo=False)
PICTURE = (240, 320)  # rows and columns of the makers' box
MOST_SHOWN = 3
NATURAL = {measure: hint for scale in SCALES for measure, hint in ((scale.measure, scale.hint),)}


def natives(across: float, size: float, yaw: float, seen: float) -> dict[Measure, float]:
    """What is measured of a face whose middle is ``across`` the picture (0..1) and whose side is ``size`` of it."""
    good = {
        Measure.FACE_COUNT: 1.0,
        Measure.PITCH: 5.0,
        Measure.ROLL: 3.0,
        Measure.SHARPNESS: 0.5,
        Measure.UNDER_EXPOSURE: 120.0,
        Measure.OVER_EXPOSURE: 0.1,
        Measure.ILLUMINATION_EVENNESS: 0.8,
        Measure.EYES_OPEN: 0.3,
        Measure.MOUTH_CLOSED: 0.02,
    }
    inside = min(1.0, (min(across, 1 - across) + size / 2) / size)
    return good | {
        Measure.FACE_SIZE: size,
        Measure.EYE_DISTANCE: 300 * size,
        Measure.CENTRING: abs(across - 0.5),
        Measure.YAW: yaw,
        Measure.OCCLUSION: seen,
        Measure.CUT_OFF: inside,
    }


def approach(seed: int) -> Iterator[tuple[float, CaptureState]]:
    """Somebody walks in from a side, turned, comes closer or steps back, and stands: the states of the capture."""
    draw = np.random.default_rng(seed)
    start = (draw.uniform(0, 1), draw.uniform(0.1, 0.6), draw.uniform(-60, 60), draw.uniform(0.75, 0.95))
    end = (draw.uniform(0.35, 0.65), draw.uniform(0.2, 0.5), draw.uniform(-25, 25), draw.uniform(0.85, 0.97))
    state, now = CaptureState(plan_capture(FACE, policy(), calibrations(), "enrolment")), 0.0
    for step in range(40):
        now += float(draw.uniform(0.05, 0.3))
        share = min(1.0, step / float(draw.integers(10, 35)))
        at = [then + share * (last - then) for then, last in zip(start, end, strict=True)]
        across, size, yaw, seen = (float(value + draw.normal(0, 0.01) * max(value, 1.0)) for value in at)
        quality = assess(natives(across, size, abs(yaw), seen), None, FaceGates())
        rows, columns = PICTURE
        side = size * rows
        box = (across * columns - side / 2, rows / 2 - FACE_MIDDLE * side, side, side)
        face = observation(box=box, side=rows)
        yield now, replace(state, latest=replace(face, quality=quality))


def screens(seed: int) -> Iterator[tuple[CaptureScreen, CaptureState, Hint | None]]:
    """What is shown of an approach, as the panel shows it."""
    hint = CaptureHint()
    for now, state in approach(seed):
        assert state.latest is not None
        hint.follow(state, now, region_shares(state.latest), asks=True, stands=True)
        told_of = hint.quality_of(state)
        yield capture_screen(FACE, state, AT_THE_DESK, ENGLISH, hint.shown, told_of), state, hint.shown


def shown_bars(screen: CaptureScreen) -> dict[str, bool]:
    """The bars that are seen, by name, and whether each is good."""
    return {bar.name: bar.passed for bar in screen.bars[:MOST_SHOWN]}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_sentence_bars_and_oval_agree_while_somebody_walks_in_turns_and_stands(seed: int) -> None:
    for screen, state, held in screens(seed):
        bars = shown_bars(screen)
        if held is None and screen.tone is Tone.ACCENT:
            assert not bars, "nothing is judged of who is still walking in"
        if held is None:
            assert all(bars.values())
            continue
        asked = {measure for measure, hint in NATURAL.items() if hint is held} | ABOUT.get(held, frozenset())
        green = {name for name, passed in bars.items() if passed}
        assert not green & {MEASURES[measure] for measure in asked}, (screen.prompt, bars)
        if state.hint is not None:
            assert not all(bars.values()), "what is asked for is seen among the bars"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_centred_is_never_green_beside_a_head_outside_the_oval(seed: int) -> None:
    for screen, state, _ in screens(seed):
        assert state.latest is not None
        shares = region_shares(state.latest)
        assert shares is not None
        if shown_bars(screen).get(MEASURES[Measure.CENTRING]) or screen.tone is Tone.ACCEPTED:
            around = screen.region
            assert around is not None
            assert around[0] + around[2] / 2 == pytest.approx(shares[0] + shares[2] / 2)
            assert around[1] + FACE_MIDDLE * around[3] == pytest.approx(shares[1] + FACE_MIDDLE * shares[3])
        if screen.tone is Tone.ACCEPTED:
            assert screen.region == shares


def test_a_head_that_is_turned_a_little_is_not_called_facing_while_it_is_asked_to_turn() -> None:
    quality = assess(natives(0.22, 0.4, 26.0, 0.85), None, FaceGates())
    assert quality.hint is Hint.TURN_TO_CAMERA
    names = {bar.name: bar.passed for bar in quality_bars(quality, ENGLISH, quality.hint)}
    assert names["Whole face seen"] is False
    assert "Facing the camera" not in names


@pytest.mark.parametrize(("nose", "moved"), [(4.0, 0.0), (3.8, 0.06), (2.0, 0.25)])
def test_the_oval_is_around_the_head_and_not_around_what_is_seen_of_a_turned_face(nose: float, moved: float) -> None:
    state = CaptureState(plan_capture(FACE, policy(), calibrations(), "enrolment")).advance(evidence(0.5))
    assert state.latest is not None
    points = ((3.0, 3.0), (5.0, 3.0), (nose, 4.0))
    turned = replace(state, latest=replace(state.latest, regions=(Region((2.0, 2.0, 4.0, 4.0), points),)))
    region = capture_screen(FACE, turned, AT_THE_DESK, ENGLISH).region
    assert region is not None
    assert region == pytest.approx((0.25 + moved, 0.25, 0.5, 0.5))


def test_what_is_asked_stands_first_whatever_else_is_worse() -> None:
    parts = (
        QualityComponent(Measure.SHARPNESS, 5, 0.0, Hint.HOLD_STILL, passed=False),
        QualityComponent(Measure.CENTRING, 40, 0.0, Hint.CENTRE, passed=False),
    )
    assert quality_bars(Quality(5, parts), ENGLISH, Hint.CENTRE)[0].name == "Centred"


@pytest.mark.parametrize("held", [Hint.COME_CLOSER, Hint.MOVE_BACK])
def test_whose_distance_is_wrong_sees_an_oval_of_the_right_size(held: Hint) -> None:
    state = next(iter(approach(1)))[1]
    assert state.latest is not None
    near = replace(state, latest=replace(state.latest, quality=Quality(50)))
    region = capture_screen(FACE, near, AT_THE_DESK, ENGLISH, held).region
    assert region is not None
    assert region[3] * FACE_TO_OVAL == pytest.approx(OVAL_HEIGHT)
