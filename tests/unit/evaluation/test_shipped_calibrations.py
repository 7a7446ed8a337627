"""The calibrations that ship speak of the extractors that ship, and carry what the policies ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import ModelError
from mlid_desktop.station.assemble import assemble
from tests.makers import policy

AGAIN = "the extractor changed: make its calibration again (docs/evaluation.md)"


@pytest.mark.parametrize("modality", [Modality.FACE, Modality.FINGERPRINT])
def test_a_calibration_belongs_to_the_extractor(
    modality: Modality, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLID_MODELS", str(shared / "models" / "pack"))
    station = assemble()
    try:
        extractor = station.pipelines().open(modality).extractor
    except ModelError:
        pytest.skip("no models")
    assert station.calibrations[modality].extractor == extractor.key, AGAIN


@pytest.mark.parametrize("modality", [Modality.FACE, Modality.FINGERPRINT])
def test_a_calibration_carries_what_the_standard_policy_asks(modality: Modality) -> None:
    made = assemble().calibrations[modality]
    asked = policy().comparison.fmr[modality]
    assert made.meaning(made.threshold(asked)).fmr <= asked
    assert made.limit_fmr * made.impostor >= 2.9  # never beyond the rule of three
