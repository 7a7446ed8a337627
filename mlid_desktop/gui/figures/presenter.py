"""What the page of figures paints, made of the rows of the table that it shows and saves, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, log, log10
from typing import Final

from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.documents import figure_sheet as sheet
from mlid_desktop.station.figures.figure_table import EARLIER, REST, FigureRow, FigureSection, FigureTable
from mlid_desktop.station.figures.period import Period, PeriodKind
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.terms import REASONS

KINDS: Final = {
    PeriodKind.DAY: _("Day"),
    PeriodKind.WEEK: _("Week"),
    PeriodKind.MONTH: _("Month"),
    PeriodKind.ALL: _("24 months"),
}
VERDICT_LOOKS: Final = {
    Verdict.ACCEPTED: ("tick", Tone.ACCEPTED),
    Verdict.REJECTED: ("cross", Tone.REJECTED),
    Verdict.INCONCLUSIVE: ("triangle", Tone.INCONCLUSIVE),
}
ACT_ICONS: Final = {
    "enrolment.saved": "enrol",
    "enrolment.refused": "enrol",
    "consent.declined": "consent",
    "consent.withdrawn": "consent",
    "attempts.released": "people",
    "verification.otherwise": "person",
    "identification.closed": "identify",
    "search.delayed": "clock",
    "subject.erased": "records",
}
FALLEN = 10  # times as many strangers score as high: worth a look at light and cameras


@dataclass(frozen=True, slots=True)
class Slot:
    """One bar of a strip: what it is of, and the number; None where it is too small to be shown, 0 where nothing is to
    be shown."""

    name: str
    number: int | None = 0


@dataclass(frozen=True, slots=True)
class Strip:
    """The bars of one kind of act over a period, with the word, the icon and the tone that tell it from others;
    ``is_told``: the ``total`` is a number, which stands out."""

    name: str
    icon: str
    tone: Tone
    slots: tuple[Slot, ...]
    total: str
    spoken: str
    is_told: bool = True


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar that lies: why checks were refused, and how often."""

    name: str
    value: float
    figure: str


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the middle half of what was measured lies, as shares of the scale from 0 to 1, and in words."""

    name: str
    figure: str
    low: float | None = None
    middle: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class SpreadGroup:
    """Spreads on one scale, of which the two ends are told."""

    title: str
    spreads: tuple[Spread, ...]
    least: str
    most: str


@dataclass(frozen=True, slots=True)
class FiguresScreen:
    """The page: the period's name, what is painted, and the same rows in words. ``too_few`` says that something was
    counted, and nothing often enough to be shown."""

    title: str
    strips: tuple[Strip, ...]
    refusals: tuple[Bar, ...]
    groups: tuple[SpreadGroup, ...]
    heads: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    drift: str = ""
    tone: Tone = Tone.INFORMATION
    too_few: bool = False


def figures_screen(table: FigureTable, language: Language) -> FiguresScreen:
    """The page of one table."""
    acts = table.of(FigureSection.ACTS)
    drift, tone = _drift(table.of(FigureSection.SCORES), language)
    too_few = bool(acts) and not shows_counts(table)
    return FiguresScreen(
        title=period_text(table.period, language),
        strips=() if too_few else tuple(_strips(acts, table.period, language)),
        refusals=() if too_few else tuple(_refusals(acts, language)),
        groups=(
            *_groups(table.of(FigureSection.QUALITY), language),
            *_groups(table.of(FigureSection.TIMES), language),
        ),
        heads=tuple(language.text(head) for head in sheet.HEADS),
        lines=tuple(sheet.figure_lines(table, language)),
        drift=drift,
        tone=tone,
        too_few=too_few,
    )


def shows_counts(table: FigureTable) -> bool:
    """Whether something was counted often enough to be shown."""
    return any(row.number for row in table.of(FigureSection.ACTS))


def period_text(period: Period, language: Language) -> str:
    """The name of a period."""
    if period.kind is PeriodKind.DAY:
        return language.day(period.first)
    return f"{language.day(period.first)} – {language.day(period.last)}"


def _strips(rows: Sequence[FigureRow], period: Period, language: Language) -> Iterable[Strip]:
    groups: dict[tuple[str, Verdict | None], list[FigureRow]] = {}
    for row in rows:
        check = sheet.check_of(row)
        groups.setdefault((row.what, None if check is None else check[0]), []).append(row)
    for (act, verdict), found in groups.items():
        icon, tone = (ACT_ICONS[act], Tone.ACCENT) if verdict is None else VERDICT_LOOKS[verdict]
        name = language.text(sheet.ACTS[act] if verdict is None else sheet.CHECKS[verdict])
        slots = _slots(found, period, language)
        number = sum(row.number or 0 for row in found)
        total = language.number(number) if number else language.text("too few to show")
        told = ", ".join(f"{slot.name} {slot.number}" for slot in slots if slot.number)
        yield Strip(
            name, icon, tone, slots, total, f"{name}: {total}. {told}" if told else f"{name}: {total}", bool(number)
        )


def _slots(rows: Iterable[FigureRow], period: Period, language: Language) -> tuple[Slot, ...]:
    names: dict[str, str]
    match period.kind:
        case PeriodKind.DAY:
            names = {f"{period.first}T{hour:02}": f"{hour}" for hour in range(24)}
        case PeriodKind.WEEK | PeriodKind.MONTH:
            names = {f"{day}": f"{day.day}" for day in period.days}
        case PeriodKind.ALL:
            names = {f"{day:%Y-%m}": f"{day.month}" for day in period.days if day.day == 1}
    numbers: dict[str, int | None] = dict.fromkeys(names, 0)
    rest = f"/{REST}"
    for row in rows:
        if row.when.endswith(rest):
            names.setdefault(rest, language.text("other hours"))
        key = rest if row.when.endswith(rest) else row.when
        known = numbers.get(key, 0)
        numbers[key] = (known or None) if row.number is None else (known or 0) + row.number
    return tuple(Slot(name, numbers.get(key, 0)) for key, name in names.items())


def _refusals(rows: Iterable[FigureRow], language: Language) -> Iterable[Bar]:
    """Why checks were not accepted and enrolments not saved, the most frequent first."""
    counted: dict[str, int] = {}
    for row in rows:
        check = sheet.check_of(row)
        refused = row.what in ("enrolment.refused", "consent.declined") or (
            check is not None and check[0] is not Verdict.ACCEPTED
        )
        if refused:
            name = sheet.what_text(row, language) if check is None else language.text(REASONS[check[1]][0])
            counted[name] = counted.get(name, 0) + (row.number or 0)
    most = max(counted.values(), default=0)
    for name, number in sorted(counted.items(), key=lambda item: -item[1]):
        told = language.number(number) if number else language.text("too few to show")
        yield Bar(name, number / most if most else 0.0, told)


def _groups(rows: Sequence[FigureRow], language: Language) -> Iterable[SpreadGroup]:
    found: dict[tuple[str, str], list[FigureRow]] = {}
    for row in rows:
        found.setdefault((row.kind, row.device), []).append(row)
    for shown in found.values():
        section = shown[0].section
        scale = _QUALITY_SCALE if section is FigureSection.QUALITY else _time_scale(row.high or 0.0 for row in shown)
        unit = sheet.unit_of(section, language)
        where = sheet.what_text(shown[0], language).rpartition(" · ")[0]
        title = f"{language.text(sheet.SECTIONS[section])} · {where}"
        spreads = tuple(_spread(row, scale, language) for row in shown)
        if any(spread.middle is not None for spread in spreads):  # the table tells of the others
            yield SpreadGroup(title, spreads, unit(scale.least), unit(scale.most))


@dataclass(frozen=True, slots=True)
class _Scale:
    """A scale between two values: even, or, where ``by_factors``, so that ten times as much is as far everywhere."""

    least: float
    most: float
    by_factors: bool = False

    def share(self, value: float) -> float:
        """Where a value lies on it, from 0 to 1."""
        if not self.by_factors:
            return (value - self.least) / (self.most - self.least)
        return log(max(value, self.least) / self.least) / log(self.most / self.least)


_QUALITY_SCALE: Final = _Scale(0, 100)


def _time_scale(highest: Iterable[float]) -> _Scale:
    """From a millisecond to the next power of ten above every value."""
    return _Scale(1, 10 ** max(1, ceil(log10(max(highest, default=1.0) or 1.0))), by_factors=True)


def _spread(row: FigureRow, scale: _Scale, language: Language) -> Spread:
    name = sheet.component_text(row, language)
    if row.low is None or row.middle is None or row.high is None:
        return Spread(name, sheet.number_text(row, language))
    figure = sheet.unit_of(row.section, language)(row.middle)
    return Spread(name, figure, *(scale.share(value) for value in (row.low, row.middle, row.high)))


def _drift(rows: Iterable[FigureRow], language: Language) -> tuple[str, Tone]:
    """Whether accepted people are as alike as they were in the months before, as the calibration counts likeness."""
    text, number = language.text, language.number
    middles: dict[str, dict[bool, float]] = {}
    for row in rows:
        if row.middle is not None:
            middles.setdefault(sheet.what_text(row, language), {})[row.when == EARLIER] = row.middle
    said, tone = [], Tone.INFORMATION
    for name, found in middles.items():
        now, before = found.get(False), found.get(True)
        if now is None:
            continue
        said.append(
            text("{name}: half of the accepted are as alike as 1 in {number} strangers is, or more.",
                 name=name, number=number(round(now)))
        )  # fmt: skip  # a sentence and its blanks
        if before is not None and now * FALLEN < before:
            said.append(text("It was 1 in {number} in the three months before: look at light, lenses and readers.",
                             number=number(round(before))))  # fmt: skip  # as above
            tone = Tone.INCONCLUSIVE
    return " ".join(said), tone


def is_future(period: Period, today: date) -> bool:
    """Whether a period lies after today."""
    return period.first > today
