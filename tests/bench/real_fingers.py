"""The fingers of the three development sets as a pipeline reads them, kept for the next run."""

from __future__ import annotations

import pickle
from pathlib import Path

import cv2
import numpy as np

from mlid_desktop.devices.formats.wsq import decode_wsq
from mlid_desktop.domain.samples import FingerSample, Image
from mlid_desktop.domain.templates import Template
from mlid_desktop.modalities.fingerprint.pipeline import FingerprintPipeline
from tests.bench.report import Report
from tests.bench.synthetic_population import MADE, PROVENANCE

SETS = ("fvc2000_db1_b_wsq", "fvc2002_db1_b", "fvc2002_db3_b")


def real_fingers(report: Report, pipeline: FingerprintPipeline) -> dict[str, list[list[Template]]]:
    """The touches of each finger of each set, those without a template left out; none without the shared data."""
    path = MADE / f"real-{pipeline.extractor.name}-{pipeline.extractor.version}.pickle"
    if path.is_file():
        kept: dict[str, list[list[Template]]] = pickle.loads(path.read_bytes())
        return kept
    root = None if report.shared is None else report.shared / "data" / "fingerprint"
    if root is None or not all((root / name).is_dir() for name in SETS):
        report.note("no shared data: no figures with real fingers")
        return {}
    found = {name: _touches(pipeline, root / name) for name in SETS}
    MADE.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(found))
    return found


def _touches(pipeline: FingerprintPipeline, folder: Path) -> list[list[Template]]:
    fingers: dict[str, list[Template]] = {}
    for path in sorted([*folder.glob("*.tif"), *folder.glob("*.wsq")]):
        template = pipeline.observe(FingerSample(0, 0.0, PROVENANCE, _grey(path), 500.0)).template
        if template is not None:
            fingers.setdefault(path.stem.split("_")[0], []).append(template)
    return list(fingers.values())


def _grey(path: Path) -> Image:
    if path.suffix == ".wsq":
        return decode_wsq(path.read_bytes())
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return np.asarray(picture, np.uint8)
