"""Nobody who subtracts learns a count from 1 to 4, whatever they know besides: the rule, the hours in which anything
happened, and every table that was shown on the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.disclosure import SMALLEST, GivenOut, give_out, told_number

UTC = ZoneInfo("UTC")
DAYS = [date(2026, 11, day) for day in (2, 9, 10, 30)]  # in three weeks
LOOKS = [
    *(datetime(2026, 11, day, hour, 30, tzinfo=UTC) for day in (2, 3, 9, 10, 11, 30) for hour in (0, 9, 10, 11, 23)),
    datetime(2026, 12, 1, 0, 1, tzinfo=UTC),
    datetime(2027, 3, 1, tzinfo=UTC),
]
Month = dict[date, dict[int, int]]


def shown(found: GivenOut) -> tuple[object, ...]:
    return (
        tuple(sorted(found.hours.items())),
        tuple(sorted(found.rests.items())),
        found.month,
        tuple(sorted(found.withheld)),
        found.total,
        tuple(found.of_day(day) for day in DAYS),
    )


def facts_of(month: Month) -> Iterator[tuple[str, int]]:
    """Every count of the month that somebody could want: hours, days, weeks and the month."""
    for day, hours in month.items():
        for hour, count in hours.items():
            yield f"{day} {hour}", count
        yield f"{day}", sum(hours.values())
    weeks: dict[int, int] = defaultdict(int)
    for day, hours in month.items():
        weeks[day.isocalendar().week] += sum(hours.values())
    for week, count in weeks.items():
        yield f"week {week}", count
    yield "month", sum(weeks.values())


def months(days: int, hours: int, most: int) -> Iterable[Month]:
    for counts in product(range(most + 1), repeat=days * hours):
        yield {
            DAYS[day]: {9 + hour: counts[day * hours + hour] for hour in range(hours) if counts[day * hours + hour]}
            for day in range(days)
        }


@pytest.mark.parametrize(
    ("days", "hours", "most"), [(1, 1, 7), (1, 2, 7), (1, 3, 6), (1, 4, 5), (2, 1, 6), (2, 2, 5), (3, 1, 6), (4, 1, 5)]
)
def test_every_small_count_could_have_been_another(days: int, hours: int, most: int) -> None:
    """All months of this size, grouped by what whoever looked at every moment has seen, and by the hours in which
    anything happened."""
    groups: dict[object, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for month in months(days, hours, most):
        happened = tuple((day, hour) for day, counts in month.items() for hour in counts)
        seen = tuple(shown(give_out(month, moment)) for moment in LOOKS)
        for name, count in facts_of(month):
            groups[happened, seen][name].add(count)
    learnt = [
        (name, counts)
        for group in groups.values()
        for name, counts in group.items()
        if len(counts) == 1 and 1 <= next(iter(counts)) < SMALLEST
    ]
    assert learnt == []


MONTHS = st.dictionaries(st.sampled_from(DAYS), st.dictionaries(st.integers(0, 23), st.integers(0, 12), max_size=12))


@given(MONTHS, st.sampled_from(LOOKS), st.sampled_from(LOOKS))
def test_what_was_shown_never_changes(month: Month, earlier: datetime, later: datetime) -> None:
    """So that two looks differ by what came to be over in between alone."""
    first, second = (give_out(month, moment) for moment in sorted((earlier, later)))
    assert first.hours.items() <= second.hours.items()
    assert first.rests.items() <= second.rests.items()
    assert first.month in (None, second.month)


@given(MONTHS, st.sampled_from(LOOKS))
def test_nothing_small_is_shown_and_nothing_is_shown_twice(month: Month, moment: datetime) -> None:
    found = give_out(month, moment)
    told = [*found.hours.values(), *found.rests.values(), *(() if found.month is None else (found.month,))]
    assert all(count >= SMALLEST for count in told)
    assert sum(told) == found.total <= sum(sum(hours.values()) for hours in month.values())
    assert all(date_ <= moment.date() for date_, _ in found.hours)
    assert all(day < moment.date() for day in found.rests)
    assert all((day, hour) < (moment.date(), moment.hour) for day, hour in found.hours)


@given(MONTHS)
def test_a_whole_month_tells_what_it_can(month: Month) -> None:
    """What is in no count is at most what no count could hide."""
    found = give_out(month, LOOKS[-1])
    for day, hours in month.items():
        missing = sum(hours.values()) - found.of_day(day)
        assert (missing > 0) == (day in found.withheld)


def test_a_small_desk_sees_its_days_and_a_smaller_one_its_month() -> None:
    day = {DAYS[0]: dict.fromkeys(range(9, 17), 2)}
    assert give_out(day, LOOKS[-1]).rests == {DAYS[0]: 16}
    refused = {date(2026, 11, number): {9 + number % 8: 1 + number % 3} for number in range(1, 21)}
    found = give_out(refused, LOOKS[-1])
    assert (found.rests, found.month) == ({}, sum(sum(hours.values()) for hours in refused.values()))


@given(st.integers(0, 500), st.integers(0, 500))
def test_numbers_in_tens_tell_no_single_capture(number: int, other: int) -> None:
    """Both a sum and its part are rounded: what is left over is known to nine at the best."""
    told, whole = told_number(number) or 0, told_number(number + other) or 0
    least, most = max(0, whole - told - 9), whole + 9 - told
    assert told <= number < told + 10
    assert least <= other <= most
    assert most - least >= 9
