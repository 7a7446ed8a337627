"""What suspicions ask of the next attempt, when two people may release, and how long a search waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.lockout import (
    MOST_IN_SEARCHES,
    SEARCH_DELAY,
    SEARCH_PERIOD,
    CountedSuspicion,
    attempt_state,
    can_give_more,
    gives_more,
    most_in_a_day,
    search_wait,
)
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.decisions import AttemptRequirement, AttemptState, SuspicionStanding
from tests.doubles import DESK_OPENS
from tests.makers import policy

MORE = AttemptRequirement.CHALLENGE_OR_SECOND_MODALITY
NOW = DESK_OPENS
MINUTES = st.lists(st.integers(-3000, 3000), max_size=12)


def noted(*hours: float, standing: SuspicionStanding = SuspicionStanding.OPEN) -> list[CountedSuspicion]:
    return [CountedSuspicion(NOW + timedelta(hours=hour), standing) for hour in hours]


def state(suspicions: list[CountedSuspicion], failed: int = 1, *, can_give_more: bool = True) -> AttemptState:
    return attempt_state(failed, NOW, NOW, policy().attempts, suspicions=suspicions, can_give_more=can_give_more)


def test_after_one_suspicion_the_next_attempt_is_open_at_once_and_has_to_give_more() -> None:
    after = state(noted(0))
    assert (after.retry_after, after.locked_out, after.requirement) == (0.0, False, MORE)
    assert not after.may_release


def test_what_was_met_or_released_asks_for_nothing_and_what_was_met_still_counts_for_the_day() -> None:
    met = state(noted(0, 0, 0, standing=SuspicionStanding.MET))
    assert (met.requirement, met.suspicions, met.may_release) == (AttemptRequirement.ORDINARY, 3, True)
    released = state(noted(0, 0, 0, standing=SuspicionStanding.RELEASED))
    assert (released.requirement, released.suspicions, released.may_release) == (AttemptRequirement.ORDINARY, 0, False)


def test_two_people_may_release_after_three_in_a_day_at_lock_out_and_where_nothing_more_can_be_given() -> None:
    assert state(noted(-20, -10, 0)).may_release
    assert not state(noted(-40, -20, 0)).may_release
    assert state([], policy().attempts.lock_out).may_release
    assert state(noted(0), can_give_more=False).may_release
    assert not state([], can_give_more=False).may_release


@given(MINUTES, st.integers(0, 3000))
def test_a_clock_that_is_set_back_between_suspicions_never_parts_them(minutes: list[int], back: int) -> None:
    """Each moment is noted by a clock that only ever was set back since the one before."""
    times, at = [], NOW
    for step in minutes:
        at = at - timedelta(minutes=abs(step) % (back + 1))
        times.append(at)
    assert most_in_a_day(times) == len(times)


@given(MINUTES)
def test_suspicions_in_a_day_are_never_more_than_there_are_and_one_more_never_makes_them_fewer(
    minutes: list[int],
) -> None:
    times = [NOW + timedelta(minutes=step) for step in minutes]
    counted = most_in_a_day(times)
    assert counted <= len(times)
    assert bool(counted) == bool(times)
    assert most_in_a_day([*times, NOW]) >= counted


@given(MINUTES, st.integers(-100, 100))
def test_a_search_waits_no_longer_than_the_delay_and_never_for_ever(minutes: list[int], later: int) -> None:
    times = [NOW + timedelta(minutes=step) for step in minutes]
    now = NOW + timedelta(minutes=later)
    wait = search_wait(times, now)
    assert 0 <= wait <= SEARCH_DELAY.total_seconds()
    assert search_wait(times, max([now, *times]) + SEARCH_DELAY) == 0.0


def test_five_suspicions_in_ten_minutes_delay_the_next_search_for_half_a_minute() -> None:
    four = [NOW] * (MOST_IN_SEARCHES - 1)
    assert search_wait(four, NOW) == 0.0
    assert search_wait([*four, NOW], NOW) == SEARCH_DELAY.total_seconds()
    assert search_wait([*four, NOW], NOW + SEARCH_DELAY / 2) == SEARCH_DELAY.total_seconds() / 2
    assert search_wait([NOW - SEARCH_PERIOD, *four], NOW) == 0.0
    assert search_wait([NOW + timedelta(days=3), *four], NOW) == SEARCH_DELAY.total_seconds()  # the clock was set back


@pytest.mark.parametrize(
    ("presented", "challenged", "enough"),
    [
        ({Modality.FACE}, False, False),
        ({Modality.FACE}, True, True),
        ({Modality.FACE, Modality.FINGERPRINT}, False, True),
        ({Modality.FACE, Modality.VOICE}, False, True),
        (set(), False, False),
    ],
)
def test_a_challenge_or_a_second_modality_is_enough(presented: set[Modality], challenged: bool, enough: bool) -> None:
    assert gives_more(MORE, presented, challenge_passed=challenged) is enough
    assert can_give_more(presented, challenge_available=challenged) is enough
    assert gives_more(AttemptRequirement.ORDINARY, presented, challenge_passed=False)
