"""The pipeline with its real models: what it makes of good frames, bad frames and hostile ones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.quality import Measure
from mlid_desktop.domain.reasons import Hint, Reason
from mlid_desktop.domain.samples import FingerSample, FrameSample, Image
from mlid_desktop.domain.templates import Reference
from mlid_desktop.modalities.face.crop import enlarge_about
from mlid_desktop.modalities.face.embedding.forms import decode
from mlid_desktop.modalities.face.opening import open_face_pipeline
from mlid_desktop.modalities.face.parameters import COHORT_FILE, FaceGates
from mlid_desktop.modalities.face.pipeline import FacePipeline
from mlid_desktop.models.store import ModelStore
from tests.makers import RESOURCES, policy
from tests.unit.modalities.face.oracle import plain_vector
from tests.unit.modalities.face.pictures import PROVENANCE, moved, photograph, read, sample

LFW = Path("data") / "face" / "lfw_dev"


def some_people(shared: Path, people: int) -> list[tuple[str, Image]]:
    """All four pictures of every n-th person of lfw_dev."""
    folders = sorted((shared / LFW).iterdir())
    chosen = folders[:: len(folders) // people][:people]
    return [(folder.name, read(path)) for folder in chosen for path in sorted(folder.iterdir())]


def separation(vectors: np.ndarray, names: list[str]) -> float:
    """Distance of the mean genuine from the mean impostor score in impostor standard deviations."""
    first, second = np.triu_indices(len(names), 1)
    scores = (vectors @ vectors.T)[first, second]
    same = np.array(names)[first] == np.array(names)[second]
    return float((scores[same].mean() - scores[~same].mean()) / scores[~same].std())


def test_it_is_a_pipeline_of_faces(pipeline: FacePipeline) -> None:
    port: Pipeline = pipeline
    assert port.modality is Modality.FACE
    assert len(port.extractor.models) == 64


def test_a_good_frame_gives_all_that_a_decision_needs(pipeline: FacePipeline, shared: Path) -> None:
    observation = pipeline.observe(sample(photograph(shared)))
    assert observation.usable
    assert observation.reason is None
    assert observation.hint is None
    assert observation.quality.unified > 50
    assert observation.attack is not None
    assert 0 <= observation.attack.liveness <= 1
    assert len(observation.regions) == 1
    assert len(observation.regions[0].points) == 5
    assert {"detect", "align", "quality", "liveness", "extract"} <= {name for name, _ in observation.steps_ms}


def test_the_same_frame_gives_the_same_template_every_time(pipeline: FacePipeline, shared: Path) -> None:
    frame = photograph(shared)
    first = pipeline.observe(sample(frame))
    pipeline.observe(sample(moved(frame, 0.5)))
    again = pipeline.observe(sample(frame))
    assert first.template is not None
    assert first.template == again.template


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((0, 640, 3), np.uint8),
        np.zeros((480, 640), np.uint8),
        np.zeros((480, 640, 4), np.uint8),
        np.zeros((480, 640, 3), np.float32),
        np.full((480, 640, 3), np.nan),
        np.zeros((480, 640, 3), np.uint16),
        np.zeros((8, 8, 3), np.uint8),
        np.broadcast_to(np.zeros((1, 1, 3), np.uint8), (100_000, 100_000, 3)),
        None,
        "a frame",
    ],
    ids=["empty", "no rows", "grey", "alpha", "float", "nan", "16 bit", "tiny", "gigapixel", "none", "text"],
)
def test_what_is_no_picture_is_an_observation_with_a_reason(pipeline: FacePipeline, image: Image) -> None:
    observation = pipeline.observe(FrameSample(0, 0.0, PROVENANCE, image))
    assert observation.reason is Reason.EMPTY_SAMPLE
    assert observation.template is None
    assert not observation.usable


def test_a_sample_of_another_kind_is_not_a_face(pipeline: FacePipeline) -> None:
    finger = FingerSample(0, 0.0, PROVENANCE, np.zeros((300, 300), np.uint8), 500.0)
    assert pipeline.observe(finger).reason is Reason.EMPTY_SAMPLE


@pytest.mark.parametrize(
    ("level", "hint"), [(0, Hint.MORE_LIGHT), (128, Hint.LOOK_AT_CAMERA), (255, Hint.LOOK_AT_CAMERA)]
)
def test_a_frame_without_a_face_says_what_to_do(pipeline: FacePipeline, level: int, hint: Hint) -> None:
    observation = pipeline.observe(sample(np.full((480, 640, 3), level, np.uint8)))
    assert observation.reason is Reason.NO_FACE
    assert observation.template is None
    assert observation.hint is hint


def test_noise_shows_nobody(pipeline: FacePipeline) -> None:
    noise = np.random.default_rng(4).integers(0, 256, (480, 640, 3), np.uint8)
    assert pipeline.observe(sample(noise)).template is None


def test_frames_that_are_views_of_others_are_read_rightly(pipeline: FacePipeline, shared: Path) -> None:
    frame = photograph(shared)
    turned_over = np.ascontiguousarray(frame[:, ::-1])[:, ::-1]
    assert pipeline.observe(sample(turned_over)).template == pipeline.observe(sample(frame)).template


def test_of_two_people_the_one_in_the_middle_is_scored_and_the_other_is_noticed(
    pipeline: FacePipeline, shared: Path
) -> None:
    alone = photograph(shared)
    other = read(shared / "data" / "pad" / "nuaa_dev" / "live" / "0002" / "0002_01_00_01_29.jpg")
    both = alone.copy()
    both[180:540, :300] = other[60:420, 170:470]
    observation = pipeline.observe(sample(both))
    assert observation.reason is Reason.SEVERAL_FACES
    assert not observation.usable
    assert observation.hint is Hint.ONE_PERSON
    assert len(observation.regions) == 2
    single = pipeline.observe(sample(alone))
    assert observation.template is not None
    assert single.template is not None
    itself = pipeline.similarity(single.template, single.template)
    assert pipeline.similarity(observation.template, single.template) > 0.9 * itself


@pytest.mark.parametrize("scale", [0.12, 0.2, 0.5, 1.0, 1.5])
def test_faces_near_and_far_are_found(pipeline: FacePipeline, shared: Path, scale: float) -> None:
    observation = pipeline.observe(sample(moved(photograph(shared), scale)))
    assert observation.template is not None


def test_no_face_of_the_wild_is_missed(pipeline: FacePipeline, shared: Path) -> None:
    pictures = [image for _, image in some_people(shared, 12)]
    assert all(pipeline.observe(sample(image)).template is not None for image in pictures)


def test_people_are_told_apart_better_than_by_the_plain_cosine(
    pipeline: FacePipeline, store: ModelStore, shared: Path
) -> None:
    pictures = some_people(shared, 10)
    names = [name for name, _ in pictures]
    found = [pipeline.observe(sample(image)).template for _, image in pictures]
    ours = np.stack([decode(template.payload) for template in found if template is not None])
    detector, embedding = store.open("face-detector"), store.open("face-embedding")
    plain = np.stack([plain_vector(image, detector, embedding) for _, image in pictures])
    assert separation(ours, names) > separation(plain, names)


def test_a_person_resembles_the_own_references_most(pipeline: FacePipeline, shared: Path) -> None:
    pictures = some_people(shared, 3)
    made = datetime(2026, 1, 1, tzinfo=UTC)
    found = [(name, pipeline.observe(sample(image))) for name, image in pictures]
    references = [
        Reference(f"{name}-{row}", name, observation.template, observation.quality.unified, PROVENANCE, made)
        for row, (name, observation) in enumerate(found)
        if observation.template is not None and row % 4
    ]
    for name, probe in found[::4]:
        own = [reference for reference in references if reference.subject_id == name]
        others = [reference for reference in references if reference.subject_id != name]
        ours, theirs = pipeline.compare(probe, own).comparison, pipeline.compare(probe, others).comparison
        assert ours is not None
        assert theirs is not None
        assert ours.score > theirs.score
        assert probe.template is not None
        assert pipeline.index(references).search(probe.template, 1)[0].subject_id == name


def test_without_a_template_or_a_reference_nothing_is_compared(pipeline: FacePipeline, shared: Path) -> None:
    nobody = pipeline.observe(sample(np.zeros((480, 640, 3), np.uint8)))
    person = pipeline.observe(sample(photograph(shared)))
    assert person.template is not None
    reference = Reference("r", "s", person.template, 90, PROVENANCE, datetime(2026, 1, 1, tzinfo=UTC))
    assert pipeline.compare(nobody, [reference]).comparison is None
    assert pipeline.compare(person, []).comparison is None


def test_live_faces_and_prints_fall_on_different_sides(pipeline: FacePipeline, shared: Path) -> None:
    threshold = policy().attack[Modality.FACE].threshold
    for kind in ("live", "print"):
        for person in sorted((shared / "data" / "pad" / "nuaa_dev" / kind).iterdir()):
            frames = [pipeline.observe(sample(read(path))) for path in sorted(person.iterdir())[::4]]
            values = [observation.attack.liveness for observation in frames if observation.attack is not None]
            assert (sum(values) / len(values) > threshold) == (kind == "live")


def test_a_face_that_fills_the_frame_is_not_judged(pipeline: FacePipeline, shared: Path) -> None:
    path = min((shared / "data" / "pad" / "nuaa_dev" / "live" / "0002").iterdir())
    far = pipeline.observe(sample(read(path)))
    left, top, width, height = far.regions[0].box
    image = read(path)
    near = pipeline.observe(sample(enlarge_about(image, (left + width / 2, top + height / 2), 2.0)))
    assert far.attack is not None
    assert far.attack.judged
    assert near.template is not None
    assert near.attack is not None
    assert not near.attack.judged


def test_webcam_frames_can_be_enrolled(pipeline: FacePipeline, shared: Path) -> None:
    for person in sorted((shared / "data" / "pad" / "nuaa_dev" / "live").iterdir()):
        frames = [pipeline.observe(sample(read(path))) for path in sorted(person.iterdir())[::4]]
        assert sum(frame.usable for frame in frames) >= len(frames) / 2


def test_a_portrait_policy_refuses_what_the_default_accepts(store: ModelStore, shared: Path) -> None:
    strict = open_face_pipeline(store, RESOURCES / "face", FaceGates(eye_distance=90.0))
    observation = strict.observe(sample(photograph(shared)))
    component = observation.quality.component(Measure.EYE_DISTANCE)
    assert component is not None
    assert not component.passed
    assert observation.template is not None
    assert observation.template.characteristic == FACE
    assert observation.reason is Reason.POOR_QUALITY
    assert observation.hint is Hint.COME_CLOSER


def test_missing_cohort_statistics_are_a_missing_model(store: ModelStore, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        open_face_pipeline(store, tmp_path)
    assert caught.value.code is Code.MODEL_MISSING


def test_other_cohort_statistics_make_another_extractor(
    store: ModelStore, pipeline: FacePipeline, tmp_path: Path
) -> None:
    np.savez(tmp_path / COHORT_FILE, mean=np.zeros(256, "<f2"), centres=np.eye(256).astype("<f2"))
    assert open_face_pipeline(store, tmp_path).extractor.key != pipeline.extractor.key
