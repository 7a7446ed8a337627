"""Continuity of a take: whether one more sample continues the run of samples that it is made of.

A take shows one person before one device, in one stretch: whatever could be spliced, looped or fed in breaks it, and
the take starts again. Pure: times are the samples' own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlid_desktop.domain.observations import Evidence, Observation
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import FingerSample, FrameSample, Image

REGULAR_INTERVALS = 4  # so many intervals in a row that are alike are no accident
REGULAR_S = 2e-6  # a clock that is read when a frame has arrived over a bus scatters a hundred times as much
CUT_SHIFT = 1.5  # times the face's side that its middle moves between two samples: another scene
CUT_GROWTH = 2.0  # times that its side grows or shrinks between two samples


@dataclass(frozen=True, slots=True)
class Break:
    """Why a sample does not continue a take; ``reason`` is None where another person began one, which needs no
    explanation to the subject."""

    reason: Reason | None = None


def repeats_latest(gathered: Sequence[Evidence], evidence: Evidence) -> bool:
    """Whether the sample repeats the latest one: a driver that has no new frame hands out the old one."""
    return bool(gathered) and _same_picture(gathered[-1].observation, evidence.observation)


def find_break(gathered: Sequence[Evidence], evidence: Evidence, threshold: float | None) -> Break | None:
    """The break between a sample and those gathered; None where it continues them.

    ``threshold`` is the lowest continuity score (None: not checked); evidence without a score does not go on.
    """
    if not gathered:
        return None
    here, first = evidence.observation, gathered[0].observation
    if not here.is_of_same_source(first):
        return Break(Reason.SOURCE_CHANGED)
    if any(_same_picture(frame.observation, here) for frame in gathered):
        return Break(Reason.FRAMES_REPEATED)
    if _is_cut(gathered[-1].observation, here):
        return Break(Reason.SCENE_CHANGED)
    times = [frame.observation.sample.captured_at for frame in gathered]
    if here.provenance.kind is SourceKind.LIVE and is_too_regular([*times, here.sample.captured_at]):
        return Break(Reason.TIMING_TOO_REGULAR)
    if threshold is not None and (evidence.continuity is None or evidence.continuity < threshold):
        return Break()
    return None


def _picture(observation: Observation) -> Image | None:
    sample = observation.sample
    return sample.image if isinstance(sample, FrameSample | FingerSample) else None


def _same_picture(here: Observation, other: Observation) -> bool:
    """Whether two pictures are equal pixel for pixel: two frames of a camera differ in the noise of its sensor."""
    first, second = _picture(here), _picture(other)
    return first is not None and second is not None and np.array_equal(first, second)


def _is_cut(before: Observation, after: Observation) -> bool:
    if not before.regions or not after.regions:
        return False
    (left, top, width, height), (later_left, later_top, later_width, later_height) = (
        before.regions[0].box,
        after.regions[0].box,
    )
    side, later_side = max(width, height), max(later_width, later_height)
    if min(side, later_side) <= 0:
        return False
    across = later_left + later_width / 2 - left - width / 2
    down = later_top + later_height / 2 - top - height / 2
    shift = float(np.hypot(across, down)) / max(side, later_side)
    return shift > CUT_SHIFT or max(side, later_side) / min(side, later_side) > CUT_GROWTH


def is_too_regular(times: Sequence[float]) -> bool:
    """Whether the newest intervals between the frames of a live device, taken at these seconds, are alike beyond what a
    clock that is read on arrival can show."""
    if len(times) <= REGULAR_INTERVALS:
        return False
    return float(np.ptp(np.diff(times[-REGULAR_INTERVALS - 1 :]))) < REGULAR_S
