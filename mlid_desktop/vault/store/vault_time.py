"""The time that a vault goes by: the machine's clock as long as that can be true, else the vault's latest time and the
seconds that the machine counted since.

Retention, dates of enrolments and delays after failed attempts hang on it, so that no clock that stands years away
makes people due for erasure or ends a delay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from mlid_desktop.domain.ports import Clock
from mlid_desktop.vault.store.own_time import time_passed
from mlid_desktop.vault.store.transaction import NEWEST_TIME, Transaction

LATEST: Final = "latest-time"
MAY_DIFFER: Final = timedelta(days=1)  # behind: a clock that was an hour ahead is set right, delays begin anew
LONGEST_REST: Final = timedelta(days=5 * 365)  # ahead: a vault that nobody opened for so long
MOST_COUNTED_S: Final = 7 * 86400.0  # between two changes: no counter that is wrong too moves the time by years
EARLIEST: Final = datetime(2020, 1, 1, tzinfo=UTC)  # before there was this program


@dataclass(frozen=True, slots=True)
class VaultTime:
    """The time ``now``, UTC; ``clock_is_wrong`` where it is not the machine's."""

    now: datetime
    clock_is_wrong: bool


def vault_time(facts: Mapping[str, bytes], made_at: datetime, clock: Clock) -> VaultTime:
    """The time of a vault with these facts, which was made at that moment."""
    stored = facts.get(LATEST)
    if stored is not None:
        latest = datetime.fromisoformat(stored.decode())
    else:  # a vault of an earlier format, before its first change
        newest = facts.get(NEWEST_TIME)
        seen = made_at if newest is None else datetime.fromisoformat(newest.decode())
        latest = max(made_at, seen, EARLIEST)
    wall, counted = clock.now(), timedelta(seconds=min(time_passed(facts, clock).seconds, MOST_COUNTED_S))
    is_wrong = wall < latest - MAY_DIFFER or wall > latest + LONGEST_REST
    return VaultTime(latest + counted if is_wrong else wall, is_wrong)


def advance_latest(transaction: Transaction, *, is_trusted: bool = False) -> None:
    """Notes the time of a change as the vault's latest. It goes back only where somebody said that the machine's clock
    ``is_trusted``."""
    stored = transaction.facts.get(LATEST)
    if is_trusted or stored is None or datetime.fromisoformat(stored.decode()) < transaction.now:
        transaction.facts[LATEST] = max(transaction.now, EARLIEST).isoformat().encode()
