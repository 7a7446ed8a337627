"""The models that come with the program: the published files, small, for evaluation, and good enough to tell people
apart."""

from __future__ import annotations

import hashlib
import itertools

import pytest

from mlid_desktop.devices.catalog import open_source, parse_address
from mlid_desktop.devices.sample_stamp import SampleStamp
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.quality import Measure
from mlid_desktop.domain.samples import FrameSample
from mlid_desktop.domain.templates import Grade, Template
from mlid_desktop.modalities.face.opening import open_builtin_pipeline
from mlid_desktop.modalities.face.pipeline import FacePipeline
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.store import ModelStore
from mlid_desktop.synthetic.face.portrait import DESK_LIGHT, HeadPose, portrait_of
from mlid_desktop.synthetic.face.sampling import sample_person
from tests.makers import RESOURCES, ROOT

FOLDER = ROOT / "resources" / "models" / "builtin"
BIGGEST = {"face-detector-dynamic": 300_000, "face-embedding": 5_000_000}  # bytes
PEOPLE = (1, 2, 3)
CAMERA, FEW_PIXELS = DeviceIdentity("simulated", "face", "Simulated camera"), 100_000


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return Manifest.read(FOLDER / "manifest.toml")


@pytest.fixture(scope="module")
def pipeline(manifest: Manifest) -> FacePipeline:
    return open_builtin_pipeline(ModelStore(manifest, FOLDER, threads=1), RESOURCES / "face")


def test_the_files_are_those_of_the_manifest_small_and_for_evaluation(manifest: Manifest) -> None:
    for entry in manifest.defaults:
        content = (FOLDER / entry.file).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry.sha256
        assert len(content) <= BIGGEST[entry.role]
        assert entry.grade is Grade.EVALUATION
        assert (FOLDER / entry.card).is_file()


def templates(pipeline: FacePipeline, seed: int) -> list[Template]:
    source = open_source(parse_address(f"simulated:face?seed={seed}&fps=0"), Modality.FACE)
    try:
        frames = [sample for sample in itertools.islice(source.samples(), 26) if isinstance(sample, FrameSample)]
    finally:
        source.close()
    made = [pipeline.observe(frame).template for frame in frames[5::10]]
    return [template for template in made if template is not None]


def test_rendered_people_are_found_and_told_apart(pipeline: FacePipeline) -> None:
    people = [templates(pipeline, seed) for seed in PEOPLE]
    assert all(len(templates) >= 2 for templates in people)
    same = [pipeline.similarity(a, b) for templates in people for a, b in itertools.combinations(templates, 2)]
    others = [
        pipeline.similarity(a, b) for first, other in itertools.combinations(people, 2) for a in first for b in other
    ]
    assert min(same) > max(others)


@pytest.mark.parametrize(
    ("turned", "is_asked"), [(5.0, False), (15.0, False), (-15.0, False), (50.0, True), (-50.0, True)]
)
def test_a_head_that_is_clearly_turned_is_asked_to_face_the_camera(
    pipeline: FacePipeline, turned: float, *, is_asked: bool
) -> None:
    """On every page alike: the points of the small detector follow a turned nose less far than others do."""
    for seed in PEOPLE:
        portrait = portrait_of(sample_person(seed), DESK_LIGHT, (640, 360), FEW_PIXELS)
        sample = SampleStamp(CAMERA, SourceKind.SIMULATED).frame(portrait.frame(HeadPose(yaw=turned)), 0.0)
        facing = pipeline.observe(sample).quality.component(Measure.YAW)
        assert facing is not None
        assert facing.passed is not is_asked, (seed, facing.native)
