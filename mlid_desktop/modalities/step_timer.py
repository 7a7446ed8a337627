"""Measures how long each step of a pipeline takes."""

from __future__ import annotations

from time import perf_counter


class StepTimer:
    """Records the milliseconds that each step of a pipeline takes since the step before."""

    def __init__(self) -> None:
        self._last = perf_counter()
        self._steps: list[tuple[str, float]] = []

    def step(self, name: str) -> None:
        """Marks the end of the step of that name."""
        now = perf_counter()
        self._steps.append((name, (now - self._last) * 1000))
        self._last = now

    @property
    def durations(self) -> tuple[tuple[str, float], ...]:
        """The durations of the steps so far, milliseconds by name."""
        return tuple(self._steps)
