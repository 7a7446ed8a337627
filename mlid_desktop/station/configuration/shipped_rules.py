"""The policies and calibrations that the program ships."""

from __future__ import annotations

from pathlib import Path

from mlid_desktop.decision.calibration import read_calibration
from mlid_desktop.decision.calibration_set import CalibrationSet
from mlid_desktop.decision.policy import Policy, read_policy


def read_policies(folder: Path) -> list[Policy]:
    """The program's own policies. Raises ModelError."""
    return [read_policy(path.read_bytes()) for path in sorted(folder.glob("*.toml"))]


def read_calibrations(folder: Path) -> CalibrationSet:
    """Reads the shipped calibrations by modality, and those of earlier extractors in ``earlier``, the newest first by
    name; a modality without one is never accepted."""
    today, earlier = (
        [read_calibration(path.read_bytes()) for path in sorted(location.glob("*.toml"))]
        for location in (folder, folder / "earlier")
    )
    return CalibrationSet({calibration.modality: calibration for calibration in today}, tuple(earlier))
