"""Converts between this program's minutiae and those of a standard record: positions, directions, qualities."""

from __future__ import annotations

from math import pi

import numpy as np

from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.minutiae import BIFURCATION, ENDING, Minutiae
from mlid_desktop.modalities.fingerprint.minutiae_records.record import (
    MAX_MINUTIAE,
    MINUTIA,
    Edition,
    FingerView,
    MinutiaeRecord,
    QualityScore,
    radians,
    refuse,
)

CENTIMETRE = 2.54  # an inch
RESOLUTION = 197  # pixels per centimetre: 500 dpi, rounded as all records round it
HALF_A_STEP = 0.5 * CENTIMETRE  # dpi by which a whole number of pixels per centimetre may be off
QUALITY_UNKNOWN = 1.0  # of a minutia whose maker says nothing
MARGIN = 16  # pixels round the minutiae where the size of the image is not known


def view_of(
    minutiae: Minutiae, edition: Edition, position: int, quality: int, size: tuple[int, int] | None = None
) -> FingerView:
    """The best 255 of ``minutiae`` as a finger view of a record. ``size`` (height, width) of the image at 500 dpi where
    it is known."""
    best = minutiae.select(np.argsort(-minutiae.quality, kind="stable")[:MAX_MINUTIAE])
    rows = np.zeros(len(best), MINUTIA)
    rows["x"], rows["y"] = np.rint(best.position).astype(np.uint16).T if len(best) else (0, 0)
    rows["kind"] = best.kind
    steps = edition.angle_steps
    rows["angle"] = np.rint(best.direction * (steps / (2 * pi))).astype(np.int64) % steps
    rows["quality"] = np.clip(np.rint(best.quality * 100), 1, 100)  # 0 would say that none is told
    reach = np.max(best.position, axis=0, initial=0).astype(int) + MARGIN
    height, width = size or (int(reach[1]), int(reach[0]))
    return FingerView(position, rows, width, height, (RESOLUTION, RESOLUTION), qualities=(QualityScore(quality),))


def minutiae_of(record: MinutiaeRecord, view: FingerView) -> Minutiae:
    """The minutiae of a finger view at 500 dpi, the best MAX_MINUTIAE of them; those of unknown type count as endings.

    Raises ModelError(MODEL_RECORD_INVALID) where there are fewer than MIN_MINUTIAE, or one lies where none can.
    """
    rows = view.minutiae
    if len(rows) < p.MIN_MINUTIAE:
        refuse("too few minutiae")
    scale = np.array([_scale(resolution) for resolution in view.resolution], np.float32)
    position = np.stack([rows["x"], rows["y"]], axis=1).astype(np.float32) * scale
    if not (position < p.MAX_SIDE).all():
        refuse("place of a minutia")
    quality = np.where(rows["quality"] == 0, QUALITY_UNKNOWN, np.minimum(rows["quality"], 100) / 100)
    kind = np.where(rows["kind"] == BIFURCATION, BIFURCATION, ENDING).astype(np.uint8)
    minutiae = Minutiae(position, radians(record.edition, rows["angle"]), kind, quality.astype(np.float32))
    return minutiae.select(np.argsort(-quality, kind="stable")[: p.MAX_MINUTIAE])


def _scale(per_centimetre: int) -> float:
    """The factor that brings a view's coordinates to 500 dpi. Raises ModelError(MODEL_RECORD_INVALID) for a resolution
    that no finger image has."""
    dpi = per_centimetre * CENTIMETRE
    if not p.MIN_DPI - HALF_A_STEP <= dpi <= p.MAX_DPI + HALF_A_STEP:
        refuse("resolution")
    return 1.0 if abs(dpi - p.RESOLUTION) <= HALF_A_STEP else p.RESOLUTION / dpi
