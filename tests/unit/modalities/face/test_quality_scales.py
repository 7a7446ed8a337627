"""The quality scales: 0 to 100, better is never less, and the gate lies at 50."""

from __future__ import annotations

import numpy as np
import pytest

from mlid_desktop.domain.quality import FAILURE_TO_ASSESS, Measure, QualityComponent
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.modalities.face.parameters import FaceGates
from mlid_desktop.modalities.face.quality import SCALES, assess, meets_gate, quality_without_face, unified_value
from mlid_desktop.modalities.quality_scale import QualityScale

IDEAL = {scale.measure: max(scale.knots, key=lambda knot: knot[1])[0] for scale in SCALES}
LONG = 20.0  # an embedding of a face that the network knows well how to place
FACE_MEASURES = [measure for measure in Measure if measure in IDEAL]


def test_sixteen_components_are_assessed_each_with_one_hint() -> None:
    quality = assess(IDEAL, LONG, FaceGates())
    assert len(quality.components) == 16
    assert all(component.hint is not None for component in quality.components)
    assert quality.passed
    assert quality.unified == 100
    assert quality.hint is None


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.measure.value)
def test_a_scale_rises_to_its_best_and_falls_after_it(scale: QualityScale) -> None:
    natives = np.linspace(scale.knots[0][0] - 1, scale.knots[-1][0] + 1, 400)
    values = np.array([scale.value(native) for native in natives])
    best = int(values.argmax())
    assert values.min() >= 0
    assert values.max() == 100
    assert (np.diff(values[: best + 1]) >= 0).all()
    assert (np.diff(values[best:]) <= 0).all()


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.measure.value)
def test_what_fails_the_default_gate_is_worth_less_than_half(scale: QualityScale) -> None:
    if scale.measure in {Measure.BACKGROUND, Measure.FACE_COUNT}:
        pytest.skip("the background stops nothing by default; faces are counted")
    for native in np.linspace(scale.knots[0][0], scale.knots[-1][0], 200):
        value = scale.value(float(native))
        if abs(value - 50) > 1:
            assert meets_gate(scale.measure, float(native), FaceGates()) == (value > 50)


def test_the_most_urgent_hint_comes_first() -> None:
    spoilt = IDEAL | {Measure.YAW: 50.0, Measure.EYE_DISTANCE: 20.0, Measure.EYES_OPEN: 0.01}
    assert assess(spoilt, LONG, FaceGates()).hint is Hint.COME_CLOSER


@pytest.mark.parametrize(
    ("turned", "asked"),
    [
        ({}, Hint.UNCOVER_FACE),
        ({Measure.YAW: 25.0}, Hint.TURN_TO_CAMERA),
        ({Measure.PITCH: -25.0}, Hint.TURN_TO_CAMERA),
        ({Measure.CENTRING: 0.3}, Hint.CENTRE),
    ],
)
def test_to_uncover_the_face_is_asked_of_whoever_faces_the_camera(turned: dict[Measure, float], asked: Hint) -> None:
    assert assess({**IDEAL, Measure.OCCLUSION: 0.7, **turned}, LONG, FaceGates()).hint is asked


def test_a_face_too_near_is_asked_back() -> None:
    assert assess(IDEAL | {Measure.FACE_SIZE: 1.4}, LONG, FaceGates()).hint is Hint.MOVE_BACK


def test_a_portrait_policy_can_ask_more() -> None:
    asked = IDEAL | {Measure.EYE_DISTANCE: 70.0}
    assert assess(asked, LONG, FaceGates()).passed
    assert not assess(asked, LONG, FaceGates(eye_distance=90.0)).passed


def test_nothing_found_could_not_be_assessed_and_says_what_to_do() -> None:
    assert quality_without_face(dark=False).unified == FAILURE_TO_ASSESS
    assert quality_without_face(dark=False).hint is Hint.LOOK_AT_CAMERA
    assert quality_without_face(dark=True).hint is Hint.MORE_LIGHT


def test_lowering_any_component_never_raises_the_unified_value() -> None:
    full = dict.fromkeys(FACE_MEASURES, 80)

    def of(values: dict[Measure, int]) -> int:
        return unified_value(tuple(QualityComponent(measure, value, 0.0) for measure, value in values.items()), LONG)

    for measure in FACE_MEASURES:
        falling = [of(full | {measure: value}) for value in range(80, -1, -5)]
        assert falling == sorted(falling, reverse=True)


def test_a_face_that_the_network_can_hardly_place_is_worth_less() -> None:
    values = [assess(IDEAL, length, FaceGates()).unified for length in (20, 16, 14, 12, 10, 8)]
    assert values == sorted(values, reverse=True)
    assert values[-1] == 0
