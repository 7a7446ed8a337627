"""Failed attempts on one subject: how many are left, and how long to wait."""

from __future__ import annotations

from datetime import datetime, timedelta

from mlid_desktop.decision.policy import AttemptRules
from mlid_desktop.domain.decisions import AttemptState


def attempt_state(
    failed_in_a_row: int, last_at: datetime | None, now: datetime, rules: AttemptRules, *, clock_set_back: bool = False
) -> AttemptState:
    """What a subject's failed attempts in a row mean now: how many are left, how long to wait, whether locked out.

    A clock that was set back never shortens a delay: the whole delay is asked again from the present moment.
    """
    attempts_left = max(0, min(rules.free, rules.lock_out) - failed_in_a_row)
    wait = 0.0
    if failed_in_a_row >= rules.free and last_at is not None:
        delay = timedelta(seconds=rules.delay_s)
        elapsed = timedelta(0) if clock_set_back or now < last_at else now - last_at
        wait = max(0.0, (delay - elapsed).total_seconds())
    return AttemptState(failed_in_a_row, attempts_left, wait, locked_out=failed_in_a_row >= rules.lock_out)
