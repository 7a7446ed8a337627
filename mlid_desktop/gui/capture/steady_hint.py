"""Steadies the hint of a capture: one stands for a least time before another replaces it."""

from __future__ import annotations

from typing import Final

from mlid_desktop.domain.reasons import Hint

HOLD_S: Final = 0.7  # shorter than this nobody reads a hint (UI guide)


class SteadyHint:
    """Remembers which hint is shown since when; time is handed in."""

    def __init__(self, hold_s: float = HOLD_S) -> None:
        self._hold_s = hold_s
        self._shown: Hint | None = None
        self._since = float("-inf")

    @property
    def shown(self) -> Hint | None:
        """The hint that is shown now."""
        return self._shown

    def follow(self, wanted: Hint | None, now: float) -> Hint | None:
        """The hint to show at ``now`` (monotonic seconds), given the one that is true at this moment."""
        if wanted is not self._shown and now - self._since >= self._hold_s:
            self._shown, self._since = wanted, now
        return self._shown

    def reset(self) -> None:
        """Forgets the hint, for another capture."""
        self._shown, self._since = None, float("-inf")
