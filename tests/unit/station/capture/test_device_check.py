"""A device that is tried out: what is measured, what is found, and what is said to mend it."""

from __future__ import annotations

import gettext

import cv2
import numpy as np
import pytest

from mlid_desktop.devices.camera.image_metrics import picture_figures
from mlid_desktop.devices.simulated.camera import SimulatedFace
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.samples import FingerSample, FrameSample, Image, SoundSample
from mlid_desktop.gui.device_setup.check_presenter import FIXES, NAMES, trial_rows
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.capture.device_check import BLURRED, Finding, Outcome, Trial, Tried
from mlid_desktop.station.text.language import Language

FROM = Provenance(SourceKind.SIMULATED, DeviceIdentity("simulated", "1", "Simulated"))
ENGLISH = Language("en", gettext.NullTranslations())


@pytest.fixture(scope="module")
def person() -> Image:
    frame = next(iter(SimulatedFace(1, frames=1, fps=0).samples()))
    assert isinstance(frame, FrameSample)
    return frame.image


def of_pictures(*pictures: Image, every_s: float = 0.04) -> dict[Tried, Finding]:
    trial = Trial()
    for number, picture in enumerate(pictures):
        trial.take(FrameSample(number, number * every_s, FROM, picture))
    return {one.tried: one for one in trial.findings()}


def of_sound(level: float, peak: float = 0.0, rate: int = 16_000) -> dict[Tried, Finding]:
    """Ten quiet blocks, then one as loud as is said; ``level`` of the room."""
    trial, source = Trial(), np.random.default_rng(1)
    for number in range(12):
        block = source.normal(0, level, 1600).astype(np.float32)
        if number == 11 and peak:
            block = (peak * np.sin(np.arange(1600) / 4)).astype(np.float32)
        trial.take(SoundSample(number, number * 0.1, FROM, block, rate))
    return {one.tried: one for one in trial.findings()}


def test_a_well_lit_sharp_picture_is_good_in_everything(person: Image) -> None:
    found = of_pictures(*[person] * 20)
    assert set(found) == {Tried.SIZE, Tried.RATE, Tried.LIGHT, Tried.SHARPNESS}
    assert all(one.outcome is Outcome.GOOD for one in found.values())
    assert (found[Tried.SIZE].other, found[Tried.SIZE].value) == (1280, 720)
    assert found[Tried.RATE].value == pytest.approx(25)


def test_each_fault_of_a_camera_is_told_apart(person: Image) -> None:
    assert of_pictures((person * 0.15).astype(np.uint8))[Tried.LIGHT].outcome is Outcome.TOO_LITTLE
    bright = np.clip(person.astype(np.float32) + 140, 0, 255).astype(np.uint8)
    assert of_pictures(bright)[Tried.LIGHT].outcome is Outcome.TOO_MUCH
    blurred = np.asarray(cv2.GaussianBlur(person, (0, 0), 6.0), np.uint8)
    assert of_pictures(blurred)[Tried.SHARPNESS].outcome is Outcome.TOO_LITTLE
    assert of_pictures(person[:240, :320].copy())[Tried.SIZE].outcome is Outcome.TOO_LITTLE
    assert of_pictures(*[person] * 5, every_s=0.3)[Tried.RATE].outcome is Outcome.TOO_LITTLE
    assert of_pictures(person)[Tried.RATE].outcome is Outcome.WAITING


def test_sharpness_does_not_follow_light_or_contrast(person: Image) -> None:
    pale = (128 + 0.4 * (person.astype(np.float32) - 128)).astype(np.uint8)
    assert picture_figures(pale).sharpness == pytest.approx(picture_figures(person).sharpness, rel=0.2)


@pytest.mark.parametrize("shape", [(1, 1), (2, 5, 3), (480, 640), (3000, 10, 3)])
def test_a_flat_picture_of_any_size_is_not_sharp(shape: tuple[int, ...]) -> None:
    assert picture_figures(np.full(shape, 90, np.uint8)).sharpness < BLURRED


def test_a_microphone_waits_for_a_voice_and_tells_loud_and_noisy_apart() -> None:
    quiet = of_sound(0.0005)
    assert quiet[Tried.LEVEL].outcome is Outcome.WAITING
    assert quiet[Tried.ROOM].outcome is Outcome.GOOD
    assert of_sound(0.0005, 0.3)[Tried.LEVEL].outcome is Outcome.GOOD
    assert of_sound(0.0005, 0.99)[Tried.LEVEL].outcome is Outcome.TOO_MUCH
    assert of_sound(0.05, 0.3)[Tried.ROOM].outcome is Outcome.TOO_MUCH
    assert of_sound(0.0005, rate=8_000)[Tried.HERTZ].outcome is Outcome.TOO_LITTLE


@pytest.mark.parametrize(
    ("dpi", "shape", "resolution", "area"),
    [
        (500.0, (374, 388), Outcome.GOOD, Outcome.GOOD),
        (300.0, (374, 388), Outcome.TOO_LITTLE, Outcome.GOOD),
        (500.0, (200, 152), Outcome.GOOD, Outcome.TOO_LITTLE),
        (0.0, (200, 152), Outcome.TOO_LITTLE, Outcome.TOO_LITTLE),
    ],
)
def test_a_reader_is_told_by_resolution_and_size(
    dpi: float, shape: tuple[int, int], resolution: Outcome, area: Outcome
) -> None:
    trial = Trial()
    trial.take(FingerSample(0, 0.0, FROM, np.zeros(shape, np.uint8), dpi))
    assert [one.outcome for one in trial.findings()] == [resolution, area]


def test_before_anything_came_nothing_is_said() -> None:
    assert Trial().findings() == ()


def test_everything_has_a_name_and_every_fault_what_mends_it() -> None:
    assert set(NAMES) == set(Tried)
    rows = trial_rows(tuple(Finding(*key, 1.0, 1.0) for key in FIXES), ENGLISH)
    assert all(one.fix and one.tone is not Tone.ACCEPTED for one in rows)
    good = trial_rows(tuple(Finding(one, Outcome.GOOD, 20.0, 30.0) for one in Tried), ENGLISH)
    assert all(one.value and not one.fix and one.tone is Tone.ACCEPTED for one in good)
