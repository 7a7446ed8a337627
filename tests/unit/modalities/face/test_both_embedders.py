"""Two embedding networks beside one another: what runs on which frames, and how references of either alone count."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.errors import ModelError
from mlid_desktop.domain.ports import BackwardCompatible
from mlid_desktop.domain.samples import Image
from mlid_desktop.domain.templates import Reference, Template
from mlid_desktop.modalities.face.embedding.extract import SFaceEmbedder
from mlid_desktop.modalities.face.opening import open_face_pipeline, open_succeeding_pipeline
from mlid_desktop.modalities.face.pipeline import FacePipeline
from mlid_desktop.models.conversion.recipes import build
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.store import ModelStore
from mlid_desktop.station.services.recognition.gallery import Gallery
from tests.makers import RESOURCES
from tests.unit.modalities.face.pictures import PROVENANCE, photograph, sample

SOURCE = "face_recognition_sface_2021dec_int8bq.onnx"


@pytest.fixture
def both(shared: Path, tmp_path: Path) -> ModelStore:
    """A store of the pack with SFace beside it."""
    upstream = shared / "models" / "upstream"
    if not (upstream / SOURCE).is_file():
        pytest.skip("no upstream files among the shared models")
    folder = tmp_path
    manifest = Manifest.read(RESOURCES / "models" / "manifest.toml")
    for path in (shared / "models" / "pack").glob("*.onnx"):
        (folder / path.name).symlink_to(path)
    entry = manifest.entry("face-embedding-sface")
    (folder / entry.file).write_bytes(build(entry, [(upstream / SOURCE).read_bytes()]))
    return ModelStore(manifest, folder, threads=1)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each run of SFace."""
    seen: list[int] = []
    embed = SFaceEmbedder.embed

    def counted(self: SFaceEmbedder, image: Image, points: np.ndarray) -> np.ndarray:
        seen.append(1)
        return embed(self, image, points)

    monkeypatch.setattr(SFaceEmbedder, "embed", counted)
    return seen


def reference(template: Template | None) -> Reference:
    assert template is not None
    return Reference("r", "s", template, 90, PROVENANCE, datetime(2026, 1, 1, tzinfo=UTC))


def small(frame: Image) -> Image:
    """The face too small for the gates."""
    wide = np.full((frame.shape[0] * 3, frame.shape[1] * 3, 3), 110, np.uint8)
    wide[frame.shape[0] : 2 * frame.shape[0], frame.shape[1] : 2 * frame.shape[1]] = frame
    return wide


def test_sface_runs_on_frames_that_can_become_the_best_alone(both: ModelStore, shared: Path, runs: list[int]) -> None:
    desk = open_face_pipeline(both, RESOURCES / "face", sparing=True)
    good = desk.observe(sample(photograph(shared)))
    assert good.usable
    assert len(runs) == 1
    bad = desk.observe(sample(small(photograph(shared))))
    assert not bad.usable
    assert bad.template is None
    assert len(runs) == 1
    assert bad.linking_template is not None
    assert good.linking_template is not None
    assert desk.similarity(good.linking_template, bad.linking_template) > 0.4
    whole = open_face_pipeline(both, RESOURCES / "face").observe(sample(small(photograph(shared))))
    assert whole.template is not None
    assert whole.linking_template == bad.linking_template, "frames are linked as at a desk"


def test_frames_are_linked_by_the_extractor_that_was_there_before(
    both: ModelStore, pipeline: FacePipeline, shared: Path
) -> None:
    desk = open_face_pipeline(both, RESOURCES / "face", sparing=True)
    seen = desk.observe(sample(photograph(shared)))
    assert seen.linking_template == pipeline.observe(sample(photograph(shared))).template
    assert seen.template is not None
    assert seen.linking_template is not None
    with pytest.raises(ModelError):
        desk.similarity(seen.template, seen.linking_template)


@pytest.mark.parametrize("number", [0, 1])
def test_a_reference_of_either_alone_is_compared_by_it_and_renewed_by_both(
    both: ModelStore, pipeline: FacePipeline, shared: Path, runs: list[int], number: int
) -> None:
    today = open_succeeding_pipeline(both, RESOURCES / "face", sparing=True)
    assert isinstance(today, BackwardCompatible)
    earlier = today.earlier[number]
    kept = earlier.observe(sample(photograph(shared))).template
    if number == 1:
        kept = pipeline.observe(sample(photograph(shared))).template
    runs.clear()
    seen = today.observe(sample(photograph(shared)))
    assert seen.usable
    found = today.compare(seen, [reference(kept)])
    assert len(runs) == 1, "no network runs a second time"
    assert found.comparison is not None
    assert found.extractor == earlier.extractor.key
    assert found.renewal is not None
    assert found.renewal.template == seen.template
    gallery = Gallery(today, [reference(kept)])
    assert (len(gallery), gallery.without_model(FACE)) == (1, frozenset())
