"""Makes observations, calibrations and policies for tests, in the words of the domain."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from mlid_desktop.decision.calibration import Calibration
from mlid_desktop.decision.calibration_set import Calibrations
from mlid_desktop.decision.policy import Policy, read_policy
from mlid_desktop.domain.characteristics import FACE, Characteristic, FingerPosition, Modality
from mlid_desktop.domain.observations import AttackEvidence, Comparison, Evidence, Observation, Region
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.quality import Measure, Quality, QualityComponent
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.domain.samples import FrameSample
from mlid_desktop.domain.templates import Extractor, Template

ROOT = Path(__file__).resolve().parent.parent
RESOURCES = ROOT / "resources"
EXTRACTOR = Extractor("test-extractor", 1, "")
CAMERA = DeviceIdentity("camera", "usb-1", "Test camera")
INDEX = Characteristic(Modality.FINGERPRINT, FingerPosition.RIGHT_INDEX)
_FRAMES = itertools.count()
ENROLLED = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def policy(name: str = "standard") -> Policy:
    """A shipped policy."""
    return read_policy((ROOT / "resources" / "policy" / f"{name}.toml").read_bytes())


def calibration(modality: Modality = Modality.FACE, limit: float = 1e-6) -> Calibration:
    """Score s means one false match in 10^(10 s): 0.3 is 1 in 1,000."""
    scores = tuple(step / 100 for step in range(round(-np.log10(limit) * 10) + 1))
    return Calibration(
        format=1,
        modality=modality,
        extractor=EXTRACTOR.key,
        dataset="made up",
        people=100,
        genuine=100,
        impostor=300_000,
        method="by rule",
        made_on="2026-01-01",
        limit_fmr=limit,
        score=scores,
        fmr=tuple(float(10 ** (-10 * score)) for score in scores),
        llr=tuple(20 * score - 4 for score in scores),
    )


def calibrations() -> Calibrations:
    """Face and finger."""
    return {modality: calibration(modality) for modality in (Modality.FACE, Modality.FINGERPRINT)}


def sample(
    kind: SourceKind = SourceKind.LIVE,
    at: float | None = None,
    device: DeviceIdentity = CAMERA,
    picture: int | None = None,
    opening: int = 0,
    side: int = 8,
) -> FrameSample:
    """A small frame, no two alike but those of one ``picture``; frames come about ten a second, as a camera's do."""
    number = next(_FRAMES)
    image = np.full((side, side, 3), 128, np.uint8)
    image.reshape(-1)[:4] = np.frombuffer(
        (number if picture is None else -1 - picture).to_bytes(4, signed=True), np.uint8
    )
    moment = number * 0.1 + number * number % 11 * 0.001 if at is None else at
    return FrameSample(0, moment, Provenance(kind, device, opening=opening), image)


def observation(
    *,
    kind: SourceKind = SourceKind.LIVE,
    quality: int = 80,
    passed: bool = True,
    liveness: float | None = 0.9,
    characteristic: Characteristic = FACE,
    at: float | None = None,
    device: DeviceIdentity = CAMERA,
    found: bool = True,
    picture: int | None = None,
    judged: bool = True,
    box: tuple[float, float, float, float] | None = None,
    opening: int = 0,
    side: int = 8,
) -> Observation:
    """What a pipeline would have made of a sample."""
    component = QualityComponent(Measure.SHARPNESS, quality, 1.0, Hint.HOLD_STILL, passed)
    return Observation(
        characteristic,
        sample(kind, at, device, picture, opening, side),
        () if box is None else (Region(box),),
        quality=Quality(quality, (component,)),
        attack=None if liveness is None else AttackEvidence(liveness, "test", judged=judged),
        template=Template(characteristic, EXTRACTOR, b"template") if found else None,
    )


def evidence(score: float | None = None, continuity: float | None = 0.9, **fields: object) -> Evidence:
    """An observation with its comparison."""
    made = observation(**fields)  # type: ignore[arg-type] # the keywords of observation, handed on
    comparison = None if score is None else Comparison(score, "ref", ENROLLED)
    return Evidence(made, comparison, continuity)
