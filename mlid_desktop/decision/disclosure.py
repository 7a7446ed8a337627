"""Which counts of acts are given out: none from 1 to 4, by itself or by a difference between hours, days and a month.

Every act is given out in one place at the most: in the count of its hour, where that is 5 or more; else among the rest
of its day; else among the rest of its month. Sums of days, weeks and months are made of what is given out, so that
nothing can be subtracted. A rest is given out only where every hour in it could still have had any count from 1 to 4,
for whoever knows in which hours anything happened, and this rule. Hours, days and months are given out once they are
over and never change afterwards, so that looking twice tells nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

SMALLEST = 5
MOST_HIDDEN = SMALLEST - 1
ROUNDED_TO = 10  # numbers of captures are given out in tens, rounded down

HoursOfDays = Mapping[date, Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class GivenOut:
    """What is given out of one kind of act in a month: counts by ``hours`` (day and hour), by ``rests`` of days and of
    the ``month``. ``withheld`` are the days of which some acts are in no count of the day, or not yet."""

    hours: Mapping[tuple[date, int], int] = field(default_factory=dict)
    rests: Mapping[date, int] = field(default_factory=dict)
    month: int | None = None
    withheld: frozenset[date] = frozenset()

    def of_day(self, day: date) -> int:
        """What is given out of a day."""
        return sum(count for (of, _), count in self.hours.items() if of == day) + self.rests.get(day, 0)

    @property
    def total(self) -> int:
        """What is given out of the month."""
        return sum(self.hours.values()) + sum(self.rests.values()) + (self.month or 0)


def give_out(days: HoursOfDays, now: datetime) -> GivenOut:
    """What is given out of the counts by day and hour of one kind of act within one month, at this moment by the desk's
    clock."""
    hours: dict[tuple[date, int], int] = {}
    rests: dict[date, int] = {}
    carried: dict[date, list[int]] = {}
    withheld = set()
    for day, counts in days.items():
        over = {hour: count for hour, count in counts.items() if (day, hour) < (now.date(), now.hour) and count}
        small = [count for count in over.values() if count < SMALLEST]
        hours |= {(day, hour): count for hour, count in over.items() if count >= SMALLEST}
        if day >= now.date():
            withheld |= {day} if sum(counts.values()) > sum(over.values()) - sum(small) else set()
        elif _hides(sum(small), len(small)):
            rests[day] = sum(small)
        elif small:
            carried[day] = small
    withheld |= set(carried)
    month = None
    if carried and all((day.year, day.month) < (now.year, now.month) for day in carried):
        month = _rest_of_month(list(carried.values()))
    return GivenOut(hours, rests, month, frozenset(withheld))


def told_number(number: int) -> int | None:
    """A number of captures as it is given out: rounded down to tens; None below ten."""
    return number // ROUNDED_TO * ROUNDED_TO or None


def _hides(total: int, hours: int) -> bool:
    """Whether each of so many hours, of 1 to 4 each, may have had any of these counts where they sum to ``total``."""
    return hours + MOST_HIDDEN - 1 <= total <= MOST_HIDDEN * hours - (MOST_HIDDEN - 1)


def _range_of_hour(total: int, hours: int) -> set[int]:
    """The counts that an hour may have had in a day of which so many hours sum to this."""
    least, most = max(1, total - MOST_HIDDEN * (hours - 1)), min(MOST_HIDDEN, total - (hours - 1))
    return set(range(least, most + 1))


def _rest_of_month(carried: Sequence[Sequence[int]]) -> int | None:
    """The sum of the days that were not given out, where it hides every hour of them: for each day the sums are counted
    that it may have had as one that was not given out, beside the others."""
    total = sum(map(sum, carried))
    sizes = [len(day) for day in carried]
    possible = [
        [number for number in range(size, MOST_HIDDEN * size + 1) if not _hides(number, size)] for size in sizes
    ]
    before = _sums(possible)
    after = list(reversed(_sums(list(reversed(possible)))))
    for index, size in enumerate(sizes):
        others = _together(before[index], after[index + 1])
        left = {number for number in possible[index] if total >= number and others >> (total - number) & 1}
        counts = set().union(*(_range_of_hour(number, size) for number in left))
        if counts != set(range(1, SMALLEST)):
            return None
    return total


def _sums(possible: Sequence[Sequence[int]]) -> list[int]:
    """For each number of days from the first on, the sums that they may have: bit n of a mask says that n is one."""
    masks = [1]
    for sums in possible:
        mask = 0
        for number in sums:
            mask |= masks[-1] << number
        masks.append(mask)
    return masks


def _together(first: int, second: int) -> int:
    """The sums of one of the first mask and one of the second."""
    mask = 0
    while first:
        lowest = first & -first
        mask |= second << (lowest.bit_length() - 1)
        first ^= lowest
    return mask
