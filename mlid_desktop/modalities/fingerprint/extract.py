"""From a finger image to minutiae: one straight list of steps."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.fingerprint.detect import Field, Mask
from mlid_desktop.modalities.fingerprint.minutiae import Minutiae, find_minutiae
from mlid_desktop.modalities.fingerprint.ridge_filter import Flow, enhance, follow, normalise, orientation_field
from mlid_desktop.modalities.fingerprint.ridge_period import ridge_period
from mlid_desktop.modalities.step_timer import Steps


@dataclass(frozen=True, slots=True, eq=False)
class Extraction:
    """The minutiae with the fields that quality is read from; ``ridge_period`` in pixels, None where it
    cannot be told."""

    mask: Mask = field(repr=False)
    enhanced: Field = field(repr=False)
    clarity: Field = field(repr=False)
    minutiae: Minutiae
    flow: Flow = field(repr=False)
    ridge_period: float | None = None


def extract(image: Image, mask: Mask, clock: Steps) -> Extraction:
    """``image`` (h, w) uint8 at 500 dpi, dark ridges; ``mask`` where the finger is."""
    normal = normalise(image, mask)
    clock.step("normalise")
    flow = follow(normal, orientation_field(normal))
    clock.step("orientation")
    enhanced, clarity = enhance(normal, flow, mask)
    clock.step("enhance")
    minutiae = find_minutiae(enhanced, clarity * flow.coherence, mask)
    clock.step("minutiae")
    period = ridge_period(normal, mask)
    clock.step("ridge period")
    return Extraction(mask, enhanced, clarity * flow.coherence, minutiae, flow, period)
