"""The calibrations that ship speak of the extractors that ship, and carry what the policies ask."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import ModelError
from mlid_desktop.domain.ports import Succeeding
from mlid_desktop.models.conversion.recipes import build
from mlid_desktop.station.assemble import assemble
from tests.leader_model import install_leader, published_leader
from tests.makers import policy

AGAIN = "the extractor changed: make its calibration again (docs/evaluation.md)"


def test_the_calibration_of_faces_belongs_to_the_extractor(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modality = Modality.FACE
    monkeypatch.setenv("MLID_MODELS", str(shared / "models" / "pack"))
    station = assemble()
    try:
        extractor = station.pipelines().open(modality).extractor
    except ModelError:
        pytest.skip("no models")
    assert station.calibrations[modality].extractor == extractor.key, AGAIN


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
    assert isinstance(pipeline, Succeeding)
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
    assert isinstance(pipeline, Succeeding)
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
