"""The one table of figures that the screen paints, a screen reader reads and a CSV file holds: counts of acts as
``decision.disclosure`` gives them out, and quality, times and scores by quartiles of at least ten captures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial

from mlid_desktop.decision.calibration import Calibration
from mlid_desktop.decision.calibration_set import Calibrations
from mlid_desktop.decision.disclosure import GivenOut, give_out, told_number
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.station.figures.period import Period, PeriodKind, first_of_month, last_of_month
from mlid_desktop.vault.figures.counted_acts import COUNTED
from mlid_desktop.vault.figures.day_figures import (
    CAPTURE,
    QUALITY_STEP,
    SCORE_STEP,
    TIME_CLASSES,
    UNIFIED,
    Counts,
    DayFigures,
)

STEPS_TOLD = (CAPTURE, "detect", "quality", "liveness", "extract", "minutiae", "sound")
BEFORE = timedelta(days=91)  # that scores are compared with
REST, EARLIER = "rest", "before"  # of a day or month without its hours or days; what went before a period


class FigureSection(StrEnum):
    """Parts of the table."""

    ACTS = "acts"
    QUALITY = "quality"
    TIMES = "times"
    SCORES = "scores"


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A row of the table. ``when`` is an hour (``2026-11-28T09``), a day, a month, a day or month with ``/rest``, or a
    period. ``what`` is the act, the component of quality or the step, ``kind`` what it came to, or the modality;
    ``device`` the name of a registered device. ``number`` is None where it is too small to be told; ``more``: there are
    some besides. ``low``, ``middle`` and ``high`` are quartiles: of quality from 0 to 100, of times in milliseconds, of
    scores the N of one in N strangers who score as high."""

    section: FigureSection
    when: str
    what: str
    kind: str = ""
    device: str = ""
    number: int | None = None
    more: bool = False
    low: float | None = None
    middle: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class FigureTable:
    """The figures of a period, as they stand at ``made_at``."""

    period: Period
    made_at: datetime
    rows: tuple[FigureRow, ...]

    def of(self, section: FigureSection) -> tuple[FigureRow, ...]:
        """The rows of a section."""
        return tuple(row for row in self.rows if row.section is section)


def span_to_read(period: Period) -> tuple[date, date]:
    """The days that the table of a period is made of: its whole months, and the time before that scores are compared
    with."""
    return min(first_of_month(period.first), period.first - BEFORE), last_of_month(period.last)


def figure_table(
    days: Iterable[DayFigures],
    period: Period,
    now: datetime,
    devices: Mapping[str, str],
    calibrations: Calibrations,
) -> FigureTable:
    """The table of a period, of the days of :func:`span_to_read`. ``now`` is by the desk's clock; ``devices`` are the
    names of registered devices by their marks."""
    known = tuple(days)
    here = [day for day in known if period.first <= day.day <= period.last]
    before = [day for day in known if period.first - BEFORE <= day.day < period.first]
    whole = f"{period.first}" if period.kind is PeriodKind.DAY else f"{period.first}/{period.last}"
    rows = [
        *_acts(known, period, now),
        *_spreads(
            FigureSection.QUALITY, (day.quality for day in here), whole, devices, lambda index: index * QUALITY_STEP
        ),
        *_spreads(FigureSection.TIMES, (day.times for day in here), whole, devices, lambda index: TIME_CLASSES[index]),
        *_scores((day.scores for day in here), whole, calibrations),
        *_scores((day.scores for day in before), EARLIER, calibrations),
    ]
    return FigureTable(period, now, tuple(rows))


def _acts(days: Iterable[DayFigures], period: Period, now: datetime) -> Iterator[FigureRow]:
    months: dict[str, dict[date, dict[date, Mapping[int, int]]]] = {}
    for day in days:
        month = first_of_month(day.day)
        if first_of_month(period.first) <= month <= period.last:
            for act, hours in day.acts.items():
                months.setdefault(act, {}).setdefault(month, {})[day.day] = hours
    order = list(COUNTED)
    for act in sorted(months, key=lambda name: (order.index(name.split("/")[0]), name)):
        event, _, kind = act.partition("/")
        found = {month: give_out(counts, now) for month, counts in months[act].items()}
        for when, number, more in _told(found, period):
            yield FigureRow(FigureSection.ACTS, when, event, kind, number=number or None, more=more)


def _told(found: Mapping[date, GivenOut], period: Period) -> Iterator[tuple[str, int, bool]]:
    if period.kind is PeriodKind.ALL:
        for month, given in sorted(found.items()):
            yield f"{month:%Y-%m}", given.total, bool(given.withheld) and given.month is None
        return
    given_out = [given for _, given in sorted(found.items())]
    for given in given_out:
        hours = sorted((at, count) for at, count in given.hours.items() if period.first <= at[0] <= period.last)
        active = {*(day for day, _ in given.hours), *given.rests, *given.withheld}
        days = sorted(day for day in active if day in period.days)
        if period.kind is PeriodKind.DAY:
            for (day, hour), count in hours:
                yield f"{day}T{hour:02}", count, False
            for day in days:
                if day in given.rests or day in given.withheld:
                    yield f"{day}/{REST}", given.rests.get(day, 0), day in given.withheld
            continue
        for day in days:
            yield f"{day}", given.of_day(day), day in given.withheld
        if period.kind is PeriodKind.MONTH and given.month is not None:
            yield f"{period.first:%Y-%m}/{REST}", given.month, False


def _spreads(
    section: FigureSection,
    days: Iterable[Counts],
    when: str,
    devices: Mapping[str, str],
    value_of: Callable[[int], float],
) -> Iterator[FigureRow]:
    """Quartiles by modality, device and component. Devices that are not registered are told as one."""
    together: dict[tuple[str, str, str], dict[int, int]] = {}
    for counts in days:
        for series, classes in counts.items():
            modality, mark, name = series.split("/", 2)
            if section is FigureSection.TIMES and name not in STEPS_TOLD:
                continue
            _add(together.setdefault((modality, devices.get(mark, ""), name), {}), classes)
    first = (UNIFIED, *STEPS_TOLD)
    modalities = [modality.value for modality in Modality]

    def order(key: tuple[str, str, str]) -> tuple[int, str, int, str]:
        return modalities.index(key[0]), key[1], first.index(key[2]) if key[2] in first else len(first), key[2]

    for modality, device, name in sorted(together, key=order):
        row = FigureRow(section, when, name, modality, device)
        yield _with_quartiles(row, together[modality, device, name], value_of)


def _scores(days: Iterable[Counts], when: str, calibrations: Calibrations) -> Iterator[FigureRow]:
    """What the scores of accepted people mean, of those extractors that are calibrated today."""
    together: dict[str, dict[int, int]] = {}
    for counts in days:
        for series, classes in counts.items():
            _add(together.setdefault(series, {}), classes)
    for modality, calibration in calibrations.items():
        found = together.get(f"{modality.value}/{calibration.extractor}")
        if found:
            row = FigureRow(FigureSection.SCORES, when, "accepted", modality.value)
            yield _with_quartiles(row, found, partial(_one_in, calibration))


def _one_in(calibration: Calibration, index: int) -> float:
    return calibration.meaning(index * SCORE_STEP).one_in


def _with_quartiles(row: FigureRow, classes: Mapping[int, int], value_of: Callable[[int], float]) -> FigureRow:
    number = told_number(sum(classes.values()))
    if number is None:
        return FigureRow(row.section, row.when, row.what, row.kind, row.device, more=True)
    low, middle, high = (value_of(_quantile(classes, share)) for share in (0.25, 0.5, 0.75))
    return FigureRow(row.section, row.when, row.what, row.kind, row.device, number, False, low, middle, high)


def _quantile(classes: Mapping[int, int], share: float) -> int:
    """The class that this share of all lies in or below."""
    reached, wanted = 0, share * sum(classes.values())
    for index in sorted(classes):
        reached += classes[index]
        if reached >= wanted:
            return index
    raise ValueError("no class holds anything")


def _add(known: dict[int, int], more: Mapping[int, int]) -> None:
    for index, count in more.items():
        known[index] = known.get(index, 0) + count
