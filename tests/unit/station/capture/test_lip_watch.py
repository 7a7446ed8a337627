"""The camera beside the microphone: opened for who gave their face alone, let go with the take, and never in the way of
the speech."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from mlid_desktop.domain.characteristics import FACE, VOICE, Modality
from mlid_desktop.domain.errors import Code, DeviceError, ModelError
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.samples import FrameSample, Sample, SoundSample, SourceItem
from mlid_desktop.domain.templates import Reference, Template
from mlid_desktop.station.capture.lip_watch import LipWatch, consents_to_camera, may_watch
from mlid_desktop.station.capture.pipelines import Pipelines
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.capture_plan import plan_capture
from tests.makers import ENROLLED, EXTRACTOR, calibrations, policy
from tests.unit.station.capture.test_runner import Plain
from tests.unit.workflow.test_sessions import enrolling, verifying

CAMERA, MICROPHONE = DeviceIdentity("camera", "usb-1", "Camera"), DeviceIdentity("microphone", "usb-2", "Microphone")
RATE, BLOCK = 16_000, 320


class Mouths(Plain):
    """A face pipeline whose mouths are as open as the first pixel is bright."""

    sees_mouth = True

    def measure_mouth(self, sample: Sample) -> float | None:
        assert isinstance(sample, FrameSample)
        value = int(sample.image[0, 0, 0])
        return None if value == 0 else value / 255


class Camera:
    """Frames at 25 a second until it is closed; ``fails`` before the first."""

    identity = CAMERA

    def __init__(self, kind: SourceKind = SourceKind.LIVE, *, fails: bool = False) -> None:
        self.kind = kind
        self._fails = fails
        self.closed = threading.Event()
        self.opened = False

    def samples(self) -> Iterator[SourceItem]:
        self.opened = True
        if self._fails:
            raise DeviceError(Code.DEVICE_BUSY)
        number = 0
        while not self.closed.wait(0.02):
            number += 1
            image = np.full((4, 4, 3), 40 + number % 50 * 4, np.uint8)
            yield FrameSample(number, time.monotonic(), Provenance(self.kind, CAMERA), image)

    def close(self) -> None:
        self.closed.set()


class Microphone:
    """Only its kind matters here."""

    identity = MICROPHONE
    kind = SourceKind.LIVE

    def samples(self) -> Iterator[SourceItem]:
        yield from ()

    def close(self) -> None:
        return


def sound(number: int, *, late: float = 0.0) -> SoundSample:
    wave = np.random.default_rng(number).normal(0.0, 0.1, BLOCK).astype(np.float32)
    return SoundSample(number, time.monotonic() - late, Provenance(SourceKind.LIVE, MICROPHONE), wave, RATE)


def pipelines(pipeline: Plain | None = None) -> Pipelines:
    def opened() -> Plain:
        if pipeline is None:
            raise ModelError(Code.MODEL_MISSING)
        return pipeline

    return Pipelines({Modality.FACE: opened})


def spoken(watch: LipWatch, blocks: int, *, late: float = 0.0) -> SoundSample:
    """A take of so many blocks, in real time, through both ends of the watch."""

    def paced() -> Iterator[SourceItem]:
        for number in range(blocks):
            time.sleep(BLOCK / RATE)
            yield sound(number, late=late)

    heard = [item for item in watch.beside(paced()) if isinstance(item, SoundSample)]
    take = replace(heard[-1], block=np.concatenate([block.block for block in heard]), prompt=(1, 2))
    (marked,) = watch.marked([take])
    assert isinstance(marked, SoundSample)
    return marked


def test_a_take_beside_a_camera_says_how_far_lips_moved_with_it_and_the_camera_is_let_go() -> None:
    camera = Camera()
    with LipWatch(camera, Microphone(), pipelines(Mouths())) as watch:
        assert watch.watching
        take = spoken(watch, 150)
    assert take.lips is not None
    assert camera.opened
    assert camera.closed.is_set()


def test_a_mouth_that_is_not_seen_says_nothing() -> None:
    class Hidden(Mouths):
        def measure_mouth(self, sample: Sample) -> float | None:
            return None

    with LipWatch(Camera(), Microphone(), pipelines(Hidden())) as watch:
        assert spoken(watch, 100).lips is None


def test_late_sound_is_read_before_anything_is_looked_at() -> None:
    looked: list[Sample] = []

    class Counting(Mouths):
        def measure_mouth(self, sample: Sample) -> float | None:
            looked.append(sample)
            return 0.1

    with LipWatch(Camera(), Microphone(), pipelines(Counting())) as watch:
        assert spoken(watch, 20, late=1.0).lips is None
    assert not looked


@pytest.mark.parametrize("fails", [True, False])
def test_without_a_camera_models_or_frames_the_speech_goes_on(*, fails: bool) -> None:
    missing, blind = pipelines(), pipelines(Plain())
    cameras = [Camera(fails=fails), Camera(fails=fails), Camera(SourceKind.RECORDED)]
    for watch in (
        LipWatch(None, Microphone(), pipelines(Mouths())),
        LipWatch(cameras[0], Microphone(), missing),
        LipWatch(cameras[1], Microphone(), blind),
        LipWatch(cameras[2], Microphone(), pipelines(Mouths())),
    ):
        with watch:
            assert not watch.watching
            assert spoken(watch, 5).lips is None
    assert all(camera.closed.is_set() and not camera.opened for camera in cameras)


def test_a_camera_that_fails_is_as_none() -> None:
    with LipWatch(Camera(fails=True), Microphone(), pipelines(Mouths())) as watch:
        assert spoken(watch, 10).lips is None


def test_only_what_is_of_one_moment_is_compared() -> None:
    allowed = {
        (camera, microphone) for camera in SourceKind for microphone in SourceKind if may_watch(camera, microphone)
    }
    assert allowed == {(kind, kind) for kind in (SourceKind.LIVE, SourceKind.SIMULATED)}


def test_nobody_is_watched_who_did_not_give_their_face() -> None:
    session = enrolling()
    assert not consents_to_camera(session, ())
    kept = replace(session, kept={FACE: CaptureState(plan_capture(FACE, policy(), calibrations(), "enrolment"))})
    assert consents_to_camera(kept, ())
    checked, where = verifying(), Provenance(SourceKind.LIVE, CAMERA)
    for characteristics, expected in (((FACE, VOICE), True), ((VOICE,), False), ((), False)):
        templates = [Template(characteristic, EXTRACTOR, b"") for characteristic in characteristics]
        references = [Reference("r", "s", template, 80, where, ENROLLED) for template in templates]
        assert consents_to_camera(checked, references) is expected
