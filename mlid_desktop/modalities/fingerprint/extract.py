"""From a finger image to minutiae: one straight list of steps."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.fingerprint.detect import Field, Mask
from mlid_desktop.modalities.fingerprint.minutiae import Minutiae, find_minutiae
from mlid_desktop.modalities.fingerprint.ridge_filter import Flow, enhance, follow, normalise, orientation_field
from mlid_desktop.modalities.step_timer import Steps


@dataclass(frozen=True, slots=True, eq=False)
class Extraction:
    """The minutiae with the fields that quality is read from."""

    mask: Mask = field(repr=False)
    enhanced: Field = field(repr=False)
    clarity: Field = field(repr=False)
    minutiae: Minutiae
    flow: Flow = field(repr=False)


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
    return Extraction(mask, enhanced, clarity * flow.coherence, minutiae, flow)
