"""Each quality component falls, step by step, as what it watches gets worse."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from mlid_desktop.domain.quality import Measure
from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.face.pipeline import FacePipeline
from mlid_desktop.synthetic.face.features import Expression
from mlid_desktop.synthetic.face.portrait import HeadPose
from tests.unit.modalities.face import pictures
from tests.unit.modalities.face.pictures import CALM, photograph, portrait, rendered, sample

PEOPLE = (1, 3, 7)
LEEWAY = 2  # points a component may rise between two steps: detector and nets are not exact


def values(pipeline: FacePipeline, frames: Sequence[Image], measure: Measure) -> list[int]:
    """The component's value on each frame."""
    found = [pipeline.observe(sample(frame)).quality.component(measure) for frame in frames]
    return [component.value for component in found if component is not None]


def assert_falls(series: list[int], by: int) -> None:
    """Never up by more than the leeway, down by at least ``by`` altogether."""
    assert all(after <= before + LEEWAY for before, after in pairwise(series)), series
    assert series[0] - series[-1] >= by, series


@pytest.fixture(params=["rendered", "photograph"])
def frame(request: pytest.FixtureRequest, shared: Path) -> Image:
    """A good frame, drawn or photographed."""
    return rendered() if request.param == "rendered" else photograph(shared)


def test_sharpness_falls_with_blur(pipeline: FacePipeline, frame: Image) -> None:
    steps = [pictures.blurred(frame, sigma) for sigma in (0, 1, 2, 3, 4, 6)]
    assert_falls(values(pipeline, steps, Measure.SHARPNESS), by=30)


def test_darkness_is_noticed(pipeline: FacePipeline, frame: Image) -> None:
    steps = [pictures.lit(frame, gain) for gain in (1, 0.7, 0.5, 0.35, 0.25, 0.15)]
    assert_falls(values(pipeline, steps, Measure.UNDER_EXPOSURE), by=50)


def test_glare_is_noticed(pipeline: FacePipeline, frame: Image) -> None:
    steps = [pictures.lit(frame, gain) for gain in (1, 1.5, 2, 3, 4.5)]
    assert_falls(values(pipeline, steps, Measure.OVER_EXPOSURE), by=40)


def test_light_from_one_side_is_noticed(pipeline: FacePipeline, frame: Image) -> None:
    left, _, width, _ = pipeline.observe(sample(frame)).regions[0].box
    steps = [pictures.lit_from_one_side(frame, left + width / 2, loss) for loss in (0, 0.2, 0.4, 0.6, 0.8)]
    assert_falls(values(pipeline, steps, Measure.ILLUMINATION_EVENNESS), by=30)


@pytest.mark.parametrize("measure", [Measure.EYE_DISTANCE, Measure.FACE_SIZE])
def test_distance_is_noticed(pipeline: FacePipeline, frame: Image, measure: Measure) -> None:
    steps = [pictures.moved(frame, scale) for scale in (1, 0.8, 0.6, 0.45, 0.3, 0.2)]
    assert_falls(values(pipeline, steps, measure), by=50)


def test_a_face_off_the_middle_is_noticed(pipeline: FacePipeline, frame: Image) -> None:
    steps = [pictures.moved(frame, 1, shift, 60) for shift in (0, 120, 220, 300, 360)]
    assert_falls(values(pipeline, steps, Measure.CENTRING), by=40)


def test_a_face_leaving_the_frame_is_noticed(pipeline: FacePipeline, frame: Image) -> None:
    steps = [pictures.moved(frame, 1, shift, 60) for shift in (300, 400, 430, 460)]
    assert_falls(values(pipeline, steps, Measure.CUT_OFF), by=20)


def test_a_tilted_head_is_noticed(pipeline: FacePipeline, frame: Image) -> None:
    steps = [pictures.moved(frame, 1, 0, 60, turn) for turn in (0, 8, 16, 24, 32)]
    assert_falls(values(pipeline, steps, Measure.ROLL), by=30)


def test_a_covered_face_is_noticed(pipeline: FacePipeline, frame: Image) -> None:
    box = pipeline.observe(sample(frame)).regions[0].box
    steps = [pictures.covered(frame, box, share) for share in (0, 0.15, 0.3, 0.45)]
    assert_falls(values(pipeline, steps, Measure.OCCLUSION), by=20)


def test_an_unquiet_background_is_noticed(pipeline: FacePipeline, frame: Image) -> None:
    box = pipeline.observe(sample(frame)).regions[0].box
    steps = [pictures.noisy_behind(frame, box, deviation) for deviation in (0, 8, 16, 32, 64)]
    assert_falls(values(pipeline, steps, Measure.BACKGROUND), by=20)


def test_a_turned_head_is_noticed(pipeline: FacePipeline) -> None:
    steps = [rendered(HeadPose(yaw=angle)) for angle in (0, 10, 20, 30, 40, 50)]
    assert_falls(values(pipeline, steps, Measure.YAW), by=50)


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_raised_or_lowered_head_is_noticed(pipeline: FacePipeline, sign: int) -> None:
    steps = [rendered(HeadPose(pitch=4.0 + sign * angle)) for angle in (14, 22, 30)]
    assert_falls(values(pipeline, steps, Measure.PITCH), by=8)


def test_a_step_back_is_noticed(pipeline: FacePipeline) -> None:
    steps = [rendered(HeadPose(distance=millimetres)) for millimetres in (700, 1000, 1400, 2000, 2800)]
    assert_falls(values(pipeline, steps, Measure.EYE_DISTANCE), by=50)


def test_a_dim_room_is_noticed(pipeline: FacePipeline) -> None:
    steps = [portrait(level=level).frame(HeadPose(), CALM, 0) for level in (1, 0.05)]
    assert_falls(values(pipeline, steps, Measure.UNDER_EXPOSURE), by=15)


def test_a_lamp_at_the_side_is_noticed(pipeline: FacePipeline) -> None:
    front, side = (
        pipeline.observe(sample(portrait(direction=direction).frame(HeadPose(), CALM, 0))).quality.component(
            Measure.ILLUMINATION_EVENNESS
        )
        for direction in ((0.0, 0.5, 0.8), (-1.0, 0.0, 0.0))
    )
    assert front is not None
    assert side is not None
    assert side.value < front.value
    assert side.native < 0.85 * front.native  # the scale is full well before the light is even


def test_closing_eyes_are_noticed(pipeline: FacePipeline) -> None:
    shares = (0, 0.5, 1)
    series = [mean_over_people(pipeline, Measure.EYES_OPEN, Expression(blink=share)) for share in shares]
    assert series == sorted(series, reverse=True)
    assert series[0] - series[-1] > 0.1


def test_an_opening_mouth_is_noticed(pipeline: FacePipeline) -> None:
    shares = (0, 0.5, 1)
    series = [mean_over_people(pipeline, Measure.MOUTH_CLOSED, Expression(mouth=share)) for share in shares]
    assert series == sorted(series)


def mean_over_people(pipeline: FacePipeline, measure: Measure, expression: Expression) -> float:
    """The native value, averaged over several rendered people."""
    found = [
        pipeline.observe(sample(rendered(expression=expression, seed=seed))).quality.component(measure)
        for seed in PEOPLE
    ]
    natives = [component.native for component in found if component is not None]
    return sum(natives) / len(natives)


def test_every_degradation_lowers_the_unified_value(pipeline: FacePipeline, frame: Image) -> None:
    good = pipeline.observe(sample(frame)).quality.unified
    worse = [
        pictures.blurred(frame, 6),
        pictures.lit(frame, 0.15),
        pictures.moved(frame, 0.3),
        pictures.moved(frame, 1, 460, 60),
    ]
    assert all(pipeline.observe(sample(picture)).quality.unified < good for picture in worse)
