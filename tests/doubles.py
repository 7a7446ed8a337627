"""Stand-ins that a test moves by hand; each fulfils a port of ``domain.ports``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

DESK_OPENS = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


class FixedClock:
    """A ``domain.ports.Clock`` that stands still until a test moves it."""

    def __init__(self, start: datetime = DESK_OPENS) -> None:
        self._now = start
        self._monotonic = 1000.0
        self._boots = 0

    def now(self) -> datetime:
        """Wall-clock time, UTC, aware."""
        return self._now

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return self._monotonic

    def boot(self) -> str:
        """Which start of the machine this is."""
        return f"boot {self._boots}"

    def restart(self, off_s: float) -> None:
        """The machine is off for so long, and starts again."""
        self._now += timedelta(seconds=off_s)
        self._monotonic = 10.0
        self._boots += 1

    def advance(self, seconds: float) -> None:
        """Time passes, on both clocks."""
        if seconds < 0:
            raise ValueError("time that passes is positive; use set_wall to set the wall clock back")
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def set_wall(self, moment: datetime) -> None:
        """Somebody sets the wall clock (forwards or back); the monotonic one does not notice."""
        self._now = moment
