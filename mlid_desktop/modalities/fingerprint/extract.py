"""Extracts the minutiae of a finger image: one straight list of steps."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.fingerprint.detect import Field, Mask
from mlid_desktop.modalities.fingerprint.minutiae import Minutiae, find_minutiae
from mlid_desktop.modalities.fingerprint.ridge_filter import (
    Flow,
    enhance,
    normalise,
    orientation_field,
    refine_orientation,
)
from mlid_desktop.modalities.fingerprint.ridge_period import ridge_period
from mlid_desktop.modalities.step_timer import StepTimer


@dataclass(frozen=True, slots=True, eq=False)
class Extraction:
    """The minutiae of a finger image with the fields that quality is computed from; ``ridge_period`` in pixels, None
    where it cannot be told."""

    mask: Mask = field(repr=False)
    enhanced: Field = field(repr=False)
    clarity: Field = field(repr=False)
    minutiae: Minutiae
    flow: Flow = field(repr=False)
    normal: Field = field(repr=False)
    ridge_period: float | None = None


def extract(image: Image, mask: Mask, timer: StepTimer) -> Extraction:
    """Extracts the minutiae of ``image`` (h, w) uint8 at 500 dpi with dark ridges; ``mask`` marks the finger."""
    normal = normalise(image, mask)
    timer.step("normalise")
    flow = refine_orientation(normal, orientation_field(normal))
    timer.step("orientation")
    enhanced, clarity = enhance(normal, flow, mask)
    timer.step("enhance")
    minutiae = find_minutiae(enhanced, clarity * flow.coherence, mask)
    timer.step("minutiae")
    period = ridge_period(normal, mask)
    timer.step("ridge period")
    return Extraction(mask, enhanced, clarity * flow.coherence, minutiae, flow, normal, period)
