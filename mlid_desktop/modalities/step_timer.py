"""How long each step took."""

from __future__ import annotations

from time import perf_counter


class StepTimer:
    """Milliseconds of each step since the one before."""

    def __init__(self) -> None:
        self._last = perf_counter()
        self._steps: list[tuple[str, float]] = []

    def step(self, name: str) -> None:
        """The step of that name ends now."""
        now = perf_counter()
        self._steps.append((name, (now - self._last) * 1000))
        self._last = now

    @property
    def durations(self) -> tuple[tuple[str, float], ...]:
        """The steps so far."""
        return tuple(self._steps)
