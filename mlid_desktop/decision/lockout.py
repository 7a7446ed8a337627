"""Failed attempts and suspicions: how many tries are left, how long to wait, and what the next try has to give."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mlid_desktop.decision.policy import AttemptRules
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.decisions import AttemptRequirement, AttemptState, SuspicionStanding

DAY: Final = timedelta(days=1)
MOST_IN_A_DAY: Final = 3  # suspicions of one person, from which on two people may release
SEARCH_PERIOD: Final = timedelta(minutes=10)
MOST_IN_SEARCHES: Final = 5  # suspicions in that period with one device or one operator
SEARCH_DELAY: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class CountedSuspicion:
    """One suspicion of a person, by when it was and how it stands."""

    at: datetime
    standing: SuspicionStanding


def attempt_state(
    failed_in_a_row: int,
    last_at: datetime | None,
    now: datetime,
    rules: AttemptRules,
    *,
    clock_set_back: bool = False,
    suspicions: Sequence[CountedSuspicion] = (),
    can_give_more: bool = True,
    elsewhere: int = 0,
) -> AttemptState:
    """What a subject's failed attempts in a row and ``suspicions`` (in the order they were noted) mean now.

    A clock that was set back never shortens a delay: the whole delay is asked again from the present moment.
    ``can_give_more`` says whether the person can meet what a suspicion asks of the next attempt; so many of the failed
    ones were ``elsewhere``, at other desks.
    """
    attempts_left = max(0, min(rules.free, rules.lock_out) - failed_in_a_row)
    wait = 0.0
    if failed_in_a_row >= rules.free and last_at is not None:
        delay = timedelta(seconds=rules.delay_s)
        elapsed = timedelta(0) if clock_set_back or now < last_at else now - last_at
        wait = max(0.0, (delay - elapsed).total_seconds())
    locked_out = failed_in_a_row >= rules.lock_out
    held = [suspicion.at for suspicion in suspicions if suspicion.standing is not SuspicionStanding.RELEASED]
    is_open = any(suspicion.standing is SuspicionStanding.OPEN for suspicion in suspicions)
    asked = AttemptRequirement.CHALLENGE_OR_SECOND_MODALITY if is_open else AttemptRequirement.ORDINARY
    may_release = locked_out or most_in_a_day(held) >= MOST_IN_A_DAY or (is_open and not can_give_more)
    today = sum(now - at < DAY for at in held)
    return AttemptState(failed_in_a_row, attempts_left, wait, locked_out, today, asked, may_release, elsewhere)


def most_in_a_day(times: Sequence[datetime]) -> int:
    """How many of these moments, in the order they were noted, fall within one day at most. A clock that was set back
    between two of them parts them no further."""
    return max((sum(later - first <= DAY for later in times[index:]) for index, first in enumerate(times)), default=0)


def search_wait(times: Collection[datetime], now: datetime) -> float:
    """Seconds before the next search, after suspicions at these moments in searches with one device or by one
    operator. A moment still to come, of a clock that was set back, counts as one of just now."""
    recent = [min(at, now) for at in times if now - at < SEARCH_PERIOD]
    if len(recent) < MOST_IN_SEARCHES:
        return 0.0
    return max(0.0, (SEARCH_DELAY - (now - max(recent))).total_seconds())


def gives_more(requirement: AttemptRequirement, presented: Collection[Modality], *, challenge_passed: bool) -> bool:
    """Whether an attempt that passed with these modalities, and with a challenge or without, gives what is asked."""
    return requirement is AttemptRequirement.ORDINARY or challenge_passed or len(set(presented)) > 1


def can_give_more(enrolled: Collection[Modality], *, challenge_available: bool) -> bool:
    """Whether somebody of whom these modalities are enrolled can meet what a suspicion asks of the next attempt; the
    challenge is one of the face."""
    challenged = challenge_available and Modality.FACE in enrolled
    return gives_more(AttemptRequirement.CHALLENGE_OR_SECOND_MODALITY, enrolled, challenge_passed=challenged)
