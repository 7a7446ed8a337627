"""Extracts the minutiae of a finger image: one straight list of steps."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.fingerprint.detect import Field, Mask
from mlid_desktop.modalities.fingerprint.minutiae import Minutiae, find_minutiae
from mlid_desktop.modalities.fingerprint.minutiae_network import MinutiaeNetwork
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
    """The minutiae of a finger image with the fields that quality is computed from: ``minutiae`` are those of its
    template, ``followed`` those that the ridges themselves show; ``ridge_period`` in pixels, None where it cannot be
    told."""

    mask: Mask = field(repr=False)
    enhanced: Field = field(repr=False)
    clarity: Field = field(repr=False)
    minutiae: Minutiae
    followed: Minutiae
    flow: Flow = field(repr=False)
    normal: Field = field(repr=False)
    ridge_period: float | None = None


def extract(image: Image, mask: Mask, timer: StepTimer, network: MinutiaeNetwork | None = None) -> Extraction:
    """Extracts the minutiae of ``image`` (h, w) uint8 at 500 dpi with dark ridges; ``mask`` marks the finger. With a
    ``network`` the template's minutiae are those that it finds."""
    normal = normalise(image, mask)
    timer.step("normalise")
    flow = refine_orientation(normal, orientation_field(normal))
    timer.step("orientation")
    enhanced, clarity = enhance(normal, flow, mask)
    timer.step("enhance")
    followed = find_minutiae(enhanced, clarity * flow.coherence, mask)
    minutiae = followed if network is None else network.find(image, mask)
    timer.step("minutiae")
    period = ridge_period(normal, mask)
    timer.step("ridge period")
    return Extraction(mask, enhanced, clarity * flow.coherence, minutiae, followed, flow, normal, period)
