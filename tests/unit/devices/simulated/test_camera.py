"""The simulated camera: whom it shows, how it ends, and that the face models see persons in it."""

from __future__ import annotations

import os
import threading
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

from mlid_desktop.devices.catalog import open_source, parse_address, prepare_source
from mlid_desktop.devices.sample_stamp import SampleStamp
from mlid_desktop.devices.simulated.camera import SimulatedCamera
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.provenance import CHAIN_START, DeviceIdentity, SourceKind, chain_link
from mlid_desktop.domain.quality import Measure
from mlid_desktop.domain.samples import FrameSample, Image
from mlid_desktop.domain.templates import Template
from mlid_desktop.modalities.face.opening import open_builtin_pipeline, open_face_pipeline
from mlid_desktop.modalities.face.pipeline import FacePipeline
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.store import ModelStore
from mlid_desktop.synthetic.face.features import Expression
from mlid_desktop.synthetic.face.motion import IdleMotion
from mlid_desktop.synthetic.face.portrait import HeadPose, SyntheticPortrait
from mlid_desktop.synthetic.face.sampling import sample_person
from mlid_desktop.synthetic.face.shading import Lighting
from mlid_desktop.workflow.check_in.spot import SeenFace

ROOT = Path(__file__).resolve().parents[4]
SMALL, HALF = (320, 180), (640, 360)


def test_a_person_who_is_drawn_is_shown_though_the_clock_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlid_desktop.devices.simulated.camera.time.monotonic", lambda: 7.0)
    samples = list(SimulatedCamera(3, frames=3, size=SMALL).samples())
    assert len(samples) == 3


def test_people_take_a_persons_time_to_come_on_a_machine_that_draws_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    now, yaws = [7.0], list[float]()

    def draw(_portrait: SyntheticPortrait, pose: HeadPose, _expression: Expression, _number: int) -> Image:
        now[0] += 0.15
        yaws.append(abs(pose.yaw))
        return np.zeros((1, 1, 3), np.uint8)

    monkeypatch.setattr("mlid_desktop.devices.simulated.camera.time.monotonic", lambda: now[0])
    monkeypatch.setattr(SyntheticPortrait, "frame", draw)
    list(SimulatedCamera(3, frames=13, fps=15, size=SMALL).samples())
    assert yaws[0] > 25
    assert yaws[-1] < 8  # 1.8 s later, however few frames there were


def test_what_is_prepared_is_what_the_camera_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = list[tuple[object, ...]]()
    small = SyntheticPortrait(sample_person(7), size=SMALL)

    def kept(*asked: object) -> SyntheticPortrait:
        wanted.append(asked)
        return small

    monkeypatch.setattr("mlid_desktop.synthetic.face.portrait._kept_portrait", kept)
    address = "simulated:face?seed=7&frames=1"
    prepare_source(address)
    list(open_source(parse_address(address), Modality.FACE).samples())
    assert wanted[0] == wanted[1]


def test_nothing_is_prepared_of_a_camera_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cv2.VideoCapture", lambda *_: pytest.fail("a camera was opened"))
    prepare_source("camera:0")
    prepare_source("no address at all")


def frames_of(seed: int, count: int, size: tuple[int, int] = SMALL) -> list[FrameSample]:
    samples = SimulatedCamera(seed, frames=count, fps=0, size=size).samples()
    return [sample for sample in samples if isinstance(sample, FrameSample)]


def test_a_seed_always_shows_the_same_person_in_the_same_motion() -> None:
    first, second = frames_of(7, 3), frames_of(7, 3)
    assert all(np.array_equal(frame.image, other.image) for frame, other in zip(first, second, strict=True))


@pytest.mark.parametrize("seed", [0, 99, 100, 2**31 - 1])
def test_every_seed_is_somebody_whom_it_always_names(seed: int) -> None:
    assert sample_person(seed) == sample_person(seed)
    assert sample_person(seed).seed == seed


def test_two_seeds_show_two_persons() -> None:
    assert sample_person(1) != sample_person(2)
    first, other = (SyntheticPortrait(sample_person(seed), size=SMALL).frame(HeadPose()) for seed in (1, 2))
    assert np.abs(first.astype(int) - other.astype(int)).mean() > 5


def test_a_frame_is_what_a_camera_delivers() -> None:
    (sample,) = SimulatedCamera(3, frames=1, fps=0).samples()
    assert isinstance(sample, FrameSample)
    assert sample.image.shape == (540, 960, 3)
    assert sample.image.dtype == np.uint8
    assert sample.image.flags.c_contiguous


def test_every_frame_says_that_it_is_simulated_and_links_the_chain() -> None:
    source = SimulatedCamera(5, frames=3, fps=0, size=SMALL)
    chain = CHAIN_START
    for number, sample in enumerate(source.samples()):
        assert isinstance(sample, FrameSample)
        chain = chain_link(chain, sample.image.data)
        assert (sample.sequence, sample.provenance.chain) == (number, chain)
        assert sample.provenance.kind is SourceKind.SIMULATED
        assert sample.provenance.device == source.identity
        assert source.identity.scheme == "simulated"


def test_an_address_opens_it() -> None:
    address = parse_address("simulated:face?seed=7&frames=2&fps=0")
    source = open_source(address, Modality.FACE)
    assert source.identity.key == "face-7"
    assert len(list(source.samples())) == 2


def test_closing_ends_it_while_the_next_frame_is_awaited() -> None:
    source = SimulatedCamera(2, fps=1, size=SMALL)
    started = threading.Event()

    def watch() -> None:
        for _ in source.samples():
            started.set()

    thread = threading.Thread(target=watch)
    thread.start()
    assert started.wait(30)
    source.close()
    source.close()
    thread.join(timeout=30)
    assert not thread.is_alive()


def test_a_closed_one_delivers_nothing() -> None:
    source = SimulatedCamera(2, frames=4, fps=0, size=SMALL)
    source.close()
    assert list(source.samples()) == []


def test_the_person_first_needs_guidance_and_then_settles() -> None:
    motion = IdleMotion(7)
    arriving, settled = motion.at(0), [motion.at(frame) for frame in range(50, 1500, 7)]
    assert abs(arriving.pose.yaw) > 25
    assert abs(arriving.pose.shift[0]) > 100
    assert all(abs(moment.pose.yaw) < 8 and abs(moment.pose.pitch) < 6 for moment in settled)


def test_the_person_blinks_every_few_seconds() -> None:
    motion = IdleMotion(7)
    closed = [motion.at(frame).expression.blink > 0.5 for frame in range(1500)]
    blinks = sum(now and not before for before, now in pairwise(closed))
    assert 12 <= blinks <= 20


def test_turning_the_head_moves_the_nose_steadily() -> None:
    portrait = SyntheticPortrait(sample_person(4), size=(640, 360))
    straight = portrait.frame(HeadPose())
    changes = [np.abs(portrait.frame(HeadPose(yaw=yaw)).astype(int) - straight).mean() for yaw in (3, 8, 15, 24)]
    assert changes == sorted(changes)


def test_a_blink_changes_the_eyes_and_nothing_below_them() -> None:
    portrait = SyntheticPortrait(sample_person(4), size=(640, 360))
    opened, closed = (portrait.frame(HeadPose(), Expression(blink=blink)).astype(int) for blink in (0.0, 1.0))
    rows = np.flatnonzero(np.abs(opened - closed).max(axis=(1, 2)) > 12)
    assert 0 < rows[-1] - rows[0] < 40


def test_less_light_makes_a_darker_picture() -> None:
    portrait = SyntheticPortrait(sample_person(4), Lighting(level=1.0), SMALL)
    bright = portrait.frame(HeadPose()).mean()
    portrait.relight(Lighting(level=0.3))
    assert portrait.frame(HeadPose()).mean() < 0.8 * bright


@pytest.fixture(scope="module")
def pipeline() -> FacePipeline:
    folder = Path(os.environ.get("MLID_SHARED") or ROOT.parent / "shared") / "models" / "pack"
    if not folder.is_dir():
        pytest.skip(f"no models at {folder} (set MLID_SHARED)")
    manifest = Manifest.read(ROOT / "resources" / "models" / "manifest.toml")
    return open_face_pipeline(ModelStore(manifest, folder, threads=1), ROOT / "resources" / "face")


def observed(pipeline: FacePipeline, image: Image) -> Observation:
    return pipeline.observe(SampleStamp(DeviceIdentity("simulated", "face", ""), SourceKind.SIMULATED).frame(image))


def test_one_face_is_found_in_every_pose_and_judged_good(pipeline: FacePipeline) -> None:
    for seed in range(3):
        portrait = SyntheticPortrait(sample_person(seed), size=HALF)
        for yaw in (-10.0, 0.0, 10.0):
            observation = observed(pipeline, portrait.frame(HeadPose(yaw=yaw, distance=600.0)))
            assert len(observation.regions) == 1
            assert observation.regions[0].score >= 0.85
            assert observation.usable


def test_who_stands_before_the_camera_is_sighted_and_who_stands_far_behind_is_small(pipeline: FacePipeline) -> None:
    portrait, stamp = (
        SyntheticPortrait(sample_person(3)),
        SampleStamp(DeviceIdentity("s", "f", ""), SourceKind.SIMULATED),
    )
    near, far = (pipeline.sight_faces(stamp.frame(portrait.frame(HeadPose(distance=mm)))) for mm in (660.0, 2000.0))
    ((left, _, width, height),) = near
    assert SeenFace(left + width / 2, height).is_on_spot
    assert not any(SeenFace(left + width / 2, height).is_on_spot for left, _, width, height in far)
    assert pipeline.sight_faces(stamp.frame(np.zeros((1, 1, 3), np.uint8))) == ()


def test_the_measured_yaw_follows_the_rendered_one(pipeline: FacePipeline) -> None:
    portrait = SyntheticPortrait(sample_person(3), size=HALF)
    straight, little, much = (
        yaw_of(observed(pipeline, portrait.frame(HeadPose(yaw=yaw)))) for yaw in (0.0, 12.0, 30.0)
    )
    assert straight + 4 < little < much - 8


def yaw_of(observation: Observation) -> float:
    component = observation.quality.component(Measure.YAW)
    assert component is not None
    return abs(component.native)


def test_the_comparison_tells_the_persons_apart(pipeline: FacePipeline) -> None:
    views = [templates(pipeline, seed) for seed in range(8)]
    same = [pipeline.similarity(first, other) for first, other in views]
    different = [pipeline.similarity(a, b) for first, second in combinations(views, 2) for a in first for b in second]
    assert min(same) > max(different) + 0.2


def test_the_small_models_that_come_with_the_program_tell_the_persons_of_the_demo_apart() -> None:
    folder = ROOT / "resources" / "models" / "builtin"
    small = open_builtin_pipeline(
        ModelStore(Manifest.read(folder / "manifest.toml"), folder, threads=1), ROOT / "resources" / "face"
    )
    views = [templates(small, seed) for seed in range(1, 7)]
    different = [small.similarity(a, b) for first, second in combinations(views, 2) for a in first for b in second]
    assert max(different) < 0.05  # at 0.098 one stranger of a thousand is taken for somebody


def templates(pipeline: FacePipeline, seed: int) -> tuple[Template, Template]:
    """Of two captures that differ in pose, distance and light."""
    portrait = SyntheticPortrait(sample_person(seed), size=HALF)
    front = portrait.frame(HeadPose())
    portrait.relight(Lighting((0.5, 0.3, 0.8), 0.75))
    turned = portrait.frame(HeadPose(yaw=8.0, pitch=-3.0, distance=800.0))
    first, second = (observed(pipeline, image).template for image in (front, turned))
    assert first is not None
    assert second is not None
    return first, second
