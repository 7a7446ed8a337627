"""How scores and quality of a desk's visits stand month by month, from histograms without subject, and whether they
have moved.

A histogram counts visits in steps of the score or of quality. The number of people behind it bounds what it may be said
to show: a month of few people says nothing, however often they came.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from mlid_desktop.domain.characteristics import Modality

FEWEST_PEOPLE = 30  # of a month that is compared with others (rule of 30)
SMALLEST = 5  # a count from 1 to 4 is told to nobody
SLACK = 0.1  # of the distance between quartiles: a median that moved by less is not worth a word
WIDTH = 2.576  # standard errors of a median's interval: 99 %, since it is asked every month

Histogram = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Steps:
    """The widths by which scores and quality are counted."""

    score: float
    quality: float


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """The visits of one month (``2026-11``) by one modality and extractor: ``people`` at least were accepted; counts by
    step of the scores of accepted and of rejected visits, and of the quality of all captures of the modality."""

    month: str
    modality: Modality
    extractor: str
    people: int = 0
    accepted: Histogram = field(default_factory=dict)
    rejected: Histogram = field(default_factory=dict)
    quality: Histogram = field(default_factory=dict)

    @property
    def visits(self) -> int:
        """How many visits were accepted."""
        return sum(self.accepted.values())

    @property
    def is_told(self) -> bool:
        """Whether the month may be shown: by 5 visits and people or more."""
        return self.visits >= SMALLEST and self.people >= SMALLEST


class Moved(StrEnum):
    """What has moved, and which way."""

    SCORES_LOWER = "scores_lower"
    SCORES_HIGHER = "scores_higher"
    QUALITY_LOWER = "quality_lower"
    QUALITY_HIGHER = "quality_higher"


@dataclass(frozen=True, slots=True)
class Drift:
    """Something that moved: the ``median`` of ``month`` against that of the months ``before``."""

    modality: Modality
    moved: Moved
    month: str
    median: float
    before: float


@dataclass(frozen=True, slots=True)
class Refusals:
    """What another threshold would have done to past visits: of those ``accepted`` of at least ``people``,
    ``now_refused`` lie below it; of those ``rejected``, of whom nobody knows whether they were who they said,
    ``now_accepted`` do not."""

    people: int
    accepted: int
    now_refused: int
    rejected: int
    now_accepted: int

    @property
    def is_told(self) -> bool:
        """Whether what another threshold would have done may be shown: of 5 visits and people or more."""
        return self.accepted >= SMALLEST and self.people >= SMALLEST


def quantile(counts: Histogram, share: float, step: float) -> float:
    """The value below which a share of a histogram lies, taken as spread evenly within each step; NaN of none."""
    total = sum(counts.values())
    wanted, passed = share * total, 0
    for index in sorted(counts):
        if passed + counts[index] >= wanted and counts[index]:
            return (index + max(0.0, wanted - passed) / counts[index]) * step
        passed += counts[index]
    return math.nan


def drifts(months: Sequence[MonthFigures], extractors: Collection[str], steps: Steps) -> tuple[Drift, ...]:
    """What moved in the newest month that enough people came in, against all earlier ones of the same extractor
    together; other ``extractors`` than these are left out. Moved is what lies outside the 99 % interval of the newest
    month's median, taken over people, and by more than a step or a tenth of the distance between quartiles."""
    found: list[Drift] = []
    for extractor in extractors:
        enough = [month for month in months if month.extractor == extractor and month.people >= FEWEST_PEOPLE]
        if len(enough) < 2:
            continue
        newest, before = enough[-1], enough[:-1]
        pairs = (
            (newest.accepted, _together(month.accepted for month in before), steps.score, _SCORES),
            (newest.quality, _together(month.quality for month in before), steps.quality, _QUALITY),
        )
        for counts, earlier, step, names in pairs:
            usual, median = quantile(earlier, 0.5, step), quantile(counts, 0.5, step)
            low, high = _interval_of_median(counts, newest.people, step)
            slack = max(step, SLACK * (quantile(earlier, 0.75, step) - quantile(earlier, 0.25, step)))
            if usual < min(low, median - slack):
                found.append(Drift(newest.modality, names[1], newest.month, median, usual))
            elif usual > max(high, median + slack):
                found.append(Drift(newest.modality, names[0], newest.month, median, usual))
    return tuple(found)


def refusals(months: Iterable[MonthFigures], before: float, after: float, step: float) -> Refusals:
    """What a threshold ``after`` in the place of ``before`` would have done to these visits. A step that a threshold
    lies in counts whole, against the change: as refused, and as accepted. People who came in several months are
    counted once, at least as many as in the month with most."""
    chosen = list(months)
    accepted, rejected = _together(m.accepted for m in chosen), _together(m.rejected for m in chosen)
    refused = sum(n for index, n in accepted.items() if after > before and index * step < after)
    let_in = sum(n for index, n in rejected.items() if after < before and (index + 1) * step > after)
    people = max((month.people for month in chosen), default=0)
    return Refusals(people, sum(accepted.values()), refused, sum(rejected.values()), let_in)


_SCORES = (Moved.SCORES_LOWER, Moved.SCORES_HIGHER)
_QUALITY = (Moved.QUALITY_LOWER, Moved.QUALITY_HIGHER)


def _interval_of_median(counts: Histogram, people: int, step: float) -> tuple[float, float]:
    """Order statistics that hold the median, of as many independent visits as there are people."""
    half = WIDTH * 0.5 / math.sqrt(people)
    return quantile(counts, max(0.0, 0.5 - half), step), quantile(counts, min(1.0, 0.5 + half), step)


def _together(histograms: Iterable[Histogram]) -> dict[int, int]:
    total: dict[int, int] = {}
    for counts in histograms:
        for index, number in counts.items():
            total[index] = total.get(index, 0) + number
    return total
