"""Figures of one day, without a person, an operator or a moment in them: how often each act came about in each hour,
and histograms of quality, of the time that steps took, and of comparison scores (FORMAT.md, section 17).

All four are counts by series and class. A class is a number: the hour of the day by the desk's clock; a twentieth of
the quality scale; an index into :data:`TIME_CLASSES`; a multiple of :data:`SCORE_STEP`.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from math import floor

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.provenance import DeviceIdentity

QUALITY_STEP = 5  # of the scale from 0 to 100
SCORE_STEP = 0.02
# Lower bounds in milliseconds, six a decade, up to a few minutes.
TIME_CLASSES = tuple(figure * 10**power / 10 for power in range(6) for figure in (10, 15, 20, 30, 50, 70))
MAXIMUM_CONTENT = 1024 * 1024
MOST_SERIES = 2000
UNIFIED, CAPTURE = "unified", "capture"  # names beside those of the components and steps of a modality

Counts = Mapping[str, Mapping[int, int]]


class FigureKind(StrEnum):
    """Kinds of figures that a day has."""

    ACTS = "acts"
    QUALITY = "quality"
    TIMES = "times"
    SCORES = "scores"
    REFUSED_SCORES = "refused_scores"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class CaptureFigures:
    """What is counted of one capture, once its attempt is over: ``quality`` 0 to 100 by component, ``times`` in
    milliseconds by step, and, where the person was accepted by it or it was part of a rejection (``refused``), the
    comparison ``score`` with the key of the ``extractor`` that made it."""

    modality: Modality
    device: DeviceIdentity
    quality: Mapping[str, int] = field(default_factory=dict)
    times: Mapping[str, float] = field(default_factory=dict)
    extractor: str = ""
    score: float | None = field(default=None, repr=False)
    refused: bool = False


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The figures of a day. The series of ``acts`` are named by :func:`counted_acts.name_of_act`, by hour; those of
    ``quality`` and ``times`` MODALITY/DEVICE/COMPONENT, with the device's mark; those of ``scores`` MODALITY/EXTRACTOR,
    of the checks alone that ended with an acceptance, those of ``refused_scores`` of those that ended with a rejection;
    ``people`` counts by the same series, in class 0, who was accepted for the first time in the month."""

    day: date
    acts: Counts = field(default_factory=dict)
    quality: Counts = field(default_factory=dict)
    times: Counts = field(default_factory=dict)
    scores: Counts = field(default_factory=dict)
    refused_scores: Counts = field(default_factory=dict)
    people: Counts = field(default_factory=dict)


def quality_class(value: int) -> int:
    """The class of a quality from 0 to 100."""
    return min(max(value, 0), 100) // QUALITY_STEP


def time_class(milliseconds: float) -> int:
    """The class of a time: the last one of which the lower bound is not above it."""
    return max(0, bisect_right(TIME_CLASSES, milliseconds) - 1)


def score_class(score: float) -> int:
    """The class of a comparison score."""
    return floor(score / SCORE_STEP)


def counts_of(captures: Iterable[CaptureFigures], marks: Mapping[DeviceIdentity, str]) -> dict[FigureKind, Counts]:
    """The counts that these captures add, with the mark of each device."""
    quality: dict[str, dict[int, int]] = {}
    times: dict[str, dict[int, int]] = {}
    scores: dict[str, dict[int, int]] = {}
    refused: dict[str, dict[int, int]] = {}
    for capture in captures:
        modality = capture.modality.value
        prefix = f"{modality}/{marks[capture.device]}"
        for name, value in capture.quality.items():
            if value >= 0:
                _count(quality, f"{prefix}/{name}", quality_class(value))
        for name, took in capture.times.items():
            _count(times, f"{prefix}/{name}", time_class(took))
        if capture.score is not None:
            series = f"{modality}/{capture.extractor}"
            _count(refused if capture.refused else scores, series, score_class(capture.score))
    found = {
        FigureKind.QUALITY: quality,
        FigureKind.TIMES: times,
        FigureKind.SCORES: scores,
        FigureKind.REFUSED_SCORES: refused,
    }
    return {kind: counts for kind, counts in found.items() if counts}


def people_of(captures: Iterable[CaptureFigures]) -> dict[FigureKind, Counts]:
    """The counts that somebody adds who is accepted for the first time in a month: one for each extractor that they
    were accepted by."""
    accepted = [capture for capture in captures if capture.score is not None and not capture.refused]
    series = {f"{capture.modality.value}/{capture.extractor}": {0: 1} for capture in accepted}
    return {FigureKind.PEOPLE: series} if series else {}


def add_counts(known: Counts, more: Counts) -> dict[str, dict[int, int]]:
    """The sum of two counts, series by series; no more series than a day may have."""
    found = {series: dict(classes) for series, classes in known.items()}
    for series, classes in more.items():
        if series not in found and len(found) >= MOST_SERIES:
            continue
        for number, count in classes.items():
            _count(found, series, number, count)
    return found


def encode_counts(counts: Counts) -> bytes:
    """Counts as bytes, the same for the same counts."""
    return json.dumps(counts, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def read_counts(untrusted: bytes) -> dict[str, dict[int, int]]:
    """Parses counts. Raises VaultError(VAULT_DAMAGED)."""
    if len(untrusted) > MAXIMUM_CONTENT:
        raise VaultError(Code.VAULT_DAMAGED, what="day figures")
    try:
        content = json.loads(untrusted)
        return {
            str(series): {int(number): _positive(count) for number, count in classes.items()}
            for series, classes in content.items()
        }
    except (ValueError, TypeError, AttributeError):
        raise VaultError(Code.VAULT_DAMAGED, what="day figures") from None


def _positive(count: object) -> int:
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise ValueError("a count")
    return count


def _count(counts: dict[str, dict[int, int]], series: str, number: int, count: int = 1) -> None:
    classes = counts.setdefault(series, {})
    classes[number] = classes.get(number, 0) + count
