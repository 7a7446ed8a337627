"""The vault's own time: seconds that certainly passed, counted by a clock that the machine's owner cannot set.

Waits that guard against one person acting as two run in it. The wall clock counts for nothing here but to notice that
it was set forward; seconds are those of the machine's own counter, within one start of the machine. What passes while
the machine is off is not counted: nobody can tell it from a clock that was set.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mlid_desktop.domain.ports import Clock
from mlid_desktop.vault.store.transaction import Transaction

SECONDS, CLOCKS = "own-seconds", "own-clocks"
JUMP_S = 3600.0  # a wall clock that runs away from the counter by more was set forward


@dataclass(frozen=True, slots=True)
class Passed:
    """Seconds to add to the vault's own time, and whether the wall clock was set forward meanwhile."""

    seconds: float
    jumped: bool


def time_passed(facts: Mapping[str, bytes], clock: Clock) -> Passed:
    """The seconds passed since the last change of the vault. Nothing is known to have passed over a restart of the
    machine, or where the facts hold no clocks."""
    try:
        boot, counter, wall = json.loads(facts[CLOCKS])
        counted = clock.monotonic() - float(counter)
        walked = (clock.now() - datetime.fromisoformat(wall)).total_seconds()
    except (KeyError, ValueError, TypeError):
        return Passed(0.0, jumped=False)
    if boot != clock.boot() or counted < 0:
        return Passed(0.0, jumped=False)
    return Passed(counted, walked - counted > JUMP_S)


def own_seconds(facts: Mapping[str, bytes], clock: Clock) -> int:
    """The vault's own time now, in whole seconds since it was made or brought to the format that has this."""
    return int.from_bytes(facts.get(SECONDS, b""), "big") + int(time_passed(facts, clock).seconds)


def advance(transaction: Transaction, clock: Clock) -> bool:
    """Advances the vault's own time to now; gives whether the wall clock was set forward since the change before.
    Fractions of a second are left to the next change."""
    passed = time_passed(transaction.facts, clock)
    whole = int(passed.seconds)
    transaction.set_counter(SECONDS, transaction.counter(SECONDS) + whole)
    clocks = [clock.boot(), clock.monotonic() - (passed.seconds - whole), clock.now().isoformat()]
    transaction.facts[CLOCKS] = json.dumps(clocks, separators=(",", ":")).encode()
    return passed.jumped
