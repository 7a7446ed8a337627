"""Stretches of time that figures are told of: a day, a week, a month, and all months that are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from mlid_desktop.vault.figures.figure_store import first_kept

WEEK = timedelta(days=7)
ONE_DAY = timedelta(days=1)


class PeriodKind(StrEnum):
    """Kinds of stretches: counts are told by hour, by day, by day, and by month."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``first`` to ``last``, both included."""

    kind: PeriodKind
    first: date
    last: date

    @classmethod
    def around(cls, kind: PeriodKind, day: date) -> Period:
        """The period of this kind that a day lies in; weeks begin on Monday."""
        match kind:
            case PeriodKind.DAY:
                return cls(kind, day, day)
            case PeriodKind.WEEK:
                monday = day - timedelta(days=day.weekday())
                return cls(kind, monday, monday + WEEK - ONE_DAY)
            case PeriodKind.MONTH:
                return cls(kind, first_of_month(day), last_of_month(day))
            case PeriodKind.ALL:
                return cls(kind, first_kept(day), last_of_month(day))

    @property
    def before(self) -> Period:
        """The period of the same kind before this."""
        return Period.around(self.kind, self.first - ONE_DAY)

    @property
    def after(self) -> Period:
        """The period of the same kind after this."""
        return Period.around(self.kind, self.last + ONE_DAY)

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of the period."""
        return tuple(self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))


def first_of_month(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def last_of_month(day: date) -> date:
    """The last day of a day's month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - ONE_DAY
