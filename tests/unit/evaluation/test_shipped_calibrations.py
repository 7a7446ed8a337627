"""The calibrations that ship speak of the extractors that ship, and carry what the policies ask."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from mlid_desktop.decision.calibration import read_calibration
from mlid_desktop.decision.calibration_set import continuity_calibration
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.ports import BackwardCompatible
from mlid_desktop.domain.templates import Grade
from mlid_desktop.models.conversion.recipes import build
from mlid_desktop.station.assemble import Station, assemble
from tests.leader_model import install_leader, published_leader
from tests.makers import RESOURCES, policy
from tests.unit.modalities.face.pictures import photograph, sample

AGAIN = "the extractor changed: make its calibration again (docs/evaluation.md)"
SFACE, RETAIL = "face-sface-128.onnx", "face-reidentification-retail-0095.onnx"
MESH = "face-landmark-468.onnx"
SFACE_SOURCE = "face_recognition_sface_2021dec_int8bq.onnx"


def station_with(folder: Path, shared: Path, embedders: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> Station:
    """A station with the shared pack, whose embedding networks of faces are these alone."""
    upstream, pack = shared / "models" / "upstream", shared / "models" / "pack"
    if not (upstream / SFACE_SOURCE).is_file():
        pytest.skip("no models")
    for path in pack.glob("*.onnx"):
        if path.name != RETAIL or RETAIL in embedders:
            (folder / path.name).symlink_to(path)
    monkeypatch.setenv("MLID_MODELS", str(folder))
    station = assemble()
    if SFACE in embedders:
        entry = station.manifest.entry("face-embedding-sface")
        (folder / entry.file).write_bytes(build(entry, [(upstream / SFACE_SOURCE).read_bytes()]))
    return station


@pytest.mark.parametrize(
    ("embedders", "name", "earlier"),
    [
        ([SFACE, RETAIL], "face-sface-retail-0095", ["face-sface", "face-retail-0095"]),
        ([SFACE], "face-sface", []),
        ([RETAIL], "face-retail-0095", []),
    ],
)
def test_the_calibration_of_faces_belongs_to_the_embedders_that_are_installed(
    embedders: list[str],
    name: str,
    earlier: list[str],
    shared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    station = station_with(tmp_path, shared, embedders, monkeypatch)
    pipeline, in_use = station.pipelines().open(Modality.FACE), station.calibrations_in_use()
    assert pipeline.extractor.name == name
    assert pipeline.extractor.grade is Grade.OPERATIONAL
    assert in_use[Modality.FACE].extractor == pipeline.extractor.key, AGAIN
    before = pipeline.earlier if isinstance(pipeline, BackwardCompatible) else ()
    assert [made.extractor.name for made in before] == earlier
    kept = [made.extractor for made in in_use.earlier if made.modality is Modality.FACE]
    assert kept == [made.extractor.key for made in before], AGAIN


@pytest.mark.parametrize("embedders", [[SFACE, RETAIL], [SFACE], [RETAIL]])
@pytest.mark.parametrize("looks_for_attacks", [True, False])
@pytest.mark.parametrize("sparing", [True, False])
def test_frames_are_linked_by_the_extractor_whose_calibration_holds_a_capture_together(
    embedders: list[str],
    shared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    looks_for_attacks: bool,
    sparing: bool,
) -> None:
    station = station_with(tmp_path, shared, embedders, monkeypatch)
    if not looks_for_attacks:
        (tmp_path / MESH).unlink()
    pipeline = station.pipelines(demo=True, sparing=sparing).open(Modality.FACE)
    link = pipeline.observe(sample(photograph(shared))).linking_template
    linking = continuity_calibration(station.calibrations_in_use(), Modality.FACE)
    assert link is not None
    assert linking is not None
    assert linking.extractor == link.extractor.key
    assert linking.extractor.startswith("face-sface/" if embedders == [SFACE] else "face-retail-0095/")
    assert pipeline.similarity(link, link) > linking.threshold(1e-4)


@pytest.mark.parametrize("file", ["face.toml", "earlier/face-1-sface.toml"])
def test_a_calibration_of_faces_is_bounded_by_the_group_that_is_confused_most(file: str) -> None:
    made = read_calibration((RESOURCES / "calibration" / file).read_bytes())
    assert set(made.groups) == {"women", "men"}
    assert all(all_of_them * 5 >= worst * 0.999 for all_of_them, worst in zip(made.fmr, made.group_fmr, strict=True))
    assert made.limit_fmr <= 1e-5  # what the strict policy asks


def test_the_calibrations_of_voices_belong_to_todays_encoder_and_to_the_one_before(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream, pack = shared / "models" / "upstream", shared / "models" / "pack"
    if not (upstream / "campplus_cn_en_common.pt").is_file():
        pytest.skip("no models")
    monkeypatch.setenv("MLID_MODELS", str(tmp_path))
    station = assemble()
    entry = station.manifest.entry("speaker-embedding")
    (tmp_path / entry.file).write_bytes(build(entry, [(upstream / "campplus_cn_en_common.pt").read_bytes()]))
    for file in ("speaker-bilstm-128.onnx", "silero_vad.onnx"):
        shutil.copy(pack / file, tmp_path / file)
    pipeline = station.pipelines().open(Modality.VOICE)
    assert isinstance(pipeline, BackwardCompatible)
    in_use = station.calibrations_in_use()
    assert in_use[Modality.VOICE].extractor == pipeline.extractor.key, AGAIN
    (before,) = pipeline.earlier
    assert [made.extractor for made in in_use.earlier if made.modality is Modality.VOICE] == [before.extractor.key]
    (tmp_path / entry.file).unlink()
    stepped_back = station.calibrations_in_use()[Modality.VOICE].extractor
    assert stepped_back == station.pipelines().open(Modality.VOICE).extractor.key == before.extractor.key


def test_the_calibrations_of_fingers_belong_to_the_network_and_to_the_one_before(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published_leader(shared)
    monkeypatch.setenv("MLID_MODELS", str(tmp_path))
    station = assemble()
    stepped_back = station.calibrations_in_use()
    assert stepped_back[Modality.FINGERPRINT].extractor == station.pipelines().open(Modality.FINGERPRINT).extractor.key
    install_leader(tmp_path, shared)
    pipeline = station.pipelines().open(Modality.FINGERPRINT)
    assert isinstance(pipeline, BackwardCompatible)
    in_use = station.calibrations_in_use()
    assert in_use[Modality.FINGERPRINT].extractor == pipeline.extractor.key, AGAIN
    (before,) = pipeline.earlier
    made = [made.extractor for made in in_use.earlier if made.modality is Modality.FINGERPRINT]
    assert made == [before.extractor.key] == [stepped_back[Modality.FINGERPRINT].extractor]


@pytest.mark.parametrize("modality", [Modality.FACE, Modality.FINGERPRINT])
def test_a_calibration_carries_what_the_standard_policy_asks(modality: Modality) -> None:
    made = assemble().calibrations[modality]
    asked = policy().comparison.fmr[modality]
    assert made.meaning(made.threshold(asked)).fmr <= asked
    assert made.limit_fmr * made.impostor >= 2.9  # never beyond the rule of three
