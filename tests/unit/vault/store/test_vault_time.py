"""The time that a vault goes by: no clock that stands years away moves it, and what it has seen is never unseen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.vault.store import own_time
from mlid_desktop.vault.store.vault_time import EARLIEST, LATEST, LONGEST_REST, MAY_DIFFER, vault_time

MADE = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class Machine:
    """A machine whose clock, counter and start are set by hand."""

    wall: datetime = MADE
    counter: float = 0.0
    start: str = "a"

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.counter

    def boot(self) -> str:
        return self.start


def facts(at: datetime, machine: Machine | None = None) -> dict[str, bytes]:
    """Those of a vault whose newest change was at this time, seen by this machine."""
    seen = {LATEST: at.isoformat().encode()}
    if machine is not None:
        clocks = f'["{machine.start}",{machine.counter},"{machine.wall.isoformat()}"]'
        seen[own_time.CLOCKS] = clocks.encode()
    return seen


@pytest.mark.parametrize(
    ("wall", "is_wrong"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), True),
        (MADE - MAY_DIFFER - timedelta(seconds=1), True),
        (MADE - timedelta(hours=1), False),
        (MADE, False),
        (MADE + timedelta(days=200), False),
        (MADE + LONGEST_REST + timedelta(days=1), True),
        (datetime(2099, 1, 1, tzinfo=UTC), True),
        (datetime.max.replace(tzinfo=UTC), True),
    ],
)
def test_a_clock_counts_as_long_as_it_can_be_true(wall: datetime, is_wrong: bool) -> None:
    told = vault_time(facts(MADE), MADE, Machine(wall))
    assert told.clock_is_wrong == is_wrong
    assert told.now == (MADE if is_wrong else wall)


def test_under_a_wrong_clock_the_time_goes_on_by_what_the_machine_counts() -> None:
    machine = Machine(datetime(1970, 1, 1, tzinfo=UTC))
    known = facts(MADE, machine)
    machine.counter = 90.0
    assert vault_time(known, MADE, machine).now == MADE + timedelta(seconds=90)
    machine.counter = 1e12  # a counter that is wrong as well
    assert vault_time(known, MADE, machine).now == MADE + timedelta(days=7)
    machine.start = "b"  # nobody knows how long it was off
    assert vault_time(known, MADE, machine).now == MADE


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)), st.floats(0, 1e6))
def test_the_time_is_never_far_from_what_the_vault_has_seen(latest: datetime, wall: datetime, counted: float) -> None:
    latest = min(max(latest, EARLIEST), datetime(2900, 1, 1, tzinfo=UTC))
    told = vault_time(facts(latest, Machine(MADE)), MADE, Machine(wall, counted))
    assert latest - MAY_DIFFER <= told.now <= latest + LONGEST_REST
