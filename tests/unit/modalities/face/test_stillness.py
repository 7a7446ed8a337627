"""What has changed between two frames: a still that is fed in is known whatever is done to it, a person who moves is
not taken for one, and what is drawn lacks the noise of a sensor."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from mlid_desktop.decision.pad import injection_signs
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import InjectionSign
from mlid_desktop.domain.observations import Observation, Region
from mlid_desktop.domain.samples import FrameSample, Image
from mlid_desktop.modalities.face.stillness import measure_change
from mlid_desktop.synthetic.face.features import Expression
from mlid_desktop.synthetic.face.portrait import HeadPose, SyntheticPortrait
from mlid_desktop.synthetic.face.sampling import sample_person
from tests.makers import sample

SIZE = (640, 360)
FACE_BOX = (255.0, 90.0, 130.0, 170.0)
CHANCE = np.random.default_rng(7)
STEPS = range(6)


def seen(frame: Image) -> Observation:
    made = sample()
    return Observation(FACE, FrameSample(made.sequence, made.captured_at, made.provenance, frame), (Region(FACE_BOX),))


def signs(frames: list[Image]) -> tuple[InjectionSign, ...]:
    first, *later = [seen(frame) for frame in frames]
    changes = [measure_change(first, observation) for observation in later]
    return injection_signs([change for change in changes if change is not None])


def noisy(frame: Image, level: float = 2.0) -> Image:
    return np.asarray(np.clip(frame + CHANCE.normal(0, level, frame.shape), 0, 255).round(), np.uint8)


def compressed(frame: Image, quality: int) -> Image:
    _, content = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)


def moved(frame: Image, step: int) -> Image:
    placed = cv2.getRotationMatrix2D((320, 180), 0.3 * step, 1 + 0.004 * step)
    placed[:, 2] += np.array([0.6 * step, -0.4 * step])
    return np.asarray(cv2.warpAffine(frame, placed, SIZE, flags=cv2.INTER_CUBIC), np.uint8)


@pytest.fixture(scope="module", params=[5, 8, 12], ids=["light skin", "dark skin", "lighter skin"])
def portrait(request: pytest.FixtureRequest) -> SyntheticPortrait:
    return SyntheticPortrait(sample_person(request.param), size=SIZE)


@pytest.fixture(scope="module")
def still(portrait: SyntheticPortrait) -> Image:
    return portrait.frame(HeadPose())


NOISES = [CHANCE.normal(0, 2, (SIZE[1], SIZE[0], 3)) for _ in range(2)]
FED: dict[str, Callable[[Image, int], Image]] = {
    "compressed anew": lambda frame, step: compressed(frame, 95 - 5 * step),
    "noise": lambda frame, _: noisy(frame),
    "noise that repeats, compressed": lambda frame, step: compressed(
        np.asarray(np.clip(frame + NOISES[step % 2], 0, 255).round(), np.uint8), 95 - 2 * step
    ),
    "moved and turned": moved,
    "moved, noisy, compressed": lambda frame, step: compressed(noisy(moved(frame, step)), 85),
    "compressed to blocks": lambda frame, step: compressed(frame, 60 - 5 * step),
    "burnt out": lambda frame, step: np.asarray(np.clip(frame * (1.0 + 0.06 * step) + 2.0 * step, 0, 255), np.uint8),
    "brighter": lambda frame, step: np.asarray(np.clip(frame * 1.01**step + step, 0, 255), np.uint8),
}


@pytest.mark.parametrize("fed", FED)
def test_a_still_is_known_whatever_is_done_to_it(still: Image, fed: str) -> None:
    assert InjectionSign.STILL_PICTURE in signs([FED[fed](still, step) for step in STEPS])


def burnt(frame: Image, step: int) -> Image:
    return noisy(FED["burnt out"](frame, 3 + step % 3), 1.0)


@pytest.mark.parametrize(
    "moving",
    [
        lambda step: (HeadPose(yaw=1.2 * step), Expression()),
        lambda step: (HeadPose(pitch=1.2 * step), Expression()),
        lambda step: (HeadPose(), Expression(mouth=0.06 * step)),
    ],
)
def test_a_head_that_turns_and_lips_that_part_are_no_still(
    portrait: SyntheticPortrait, moving: Callable[[int], tuple[HeadPose, Expression]]
) -> None:
    frames = [portrait.frame(*moving(step), step) for step in STEPS]
    assert signs([noisy(frame) for frame in frames]) == ()
    assert signs([burnt(frame, step) for step, frame in enumerate(frames)]) == ()  # nor in too strong a light


def test_what_nothing_changes_in_but_the_head_has_no_sensor_before_it(portrait: SyntheticPortrait) -> None:
    base = portrait.frame(HeadPose())
    frames = []
    for step in STEPS:
        frame = base.copy()
        left, top, width, height = (int(part) for part in FACE_BOX)
        turned = portrait.frame(HeadPose(yaw=1.5 * step), number=step)
        frame[top : top + height, left : left + width] = turned[top : top + height, left : left + width]
        frames.append(frame)
    assert InjectionSign.NO_SENSOR_NOISE in signs(frames)
    assert InjectionSign.NO_SENSOR_NOISE not in signs([noisy(frame, 0.6) for frame in frames])


def test_a_wall_that_is_white_says_nothing() -> None:
    white = np.full((360, 640, 3), 255, np.uint8)
    change = measure_change(seen(white), seen(white.copy()))
    assert change is not None
    assert change.unchanged == 0.0


def test_frames_of_another_size_or_without_a_face_are_not_compared(still: Image) -> None:
    assert measure_change(seen(still), seen(still[:180])) is None
    assert measure_change(Observation(FACE, sample()), seen(still)) is None
