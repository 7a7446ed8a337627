"""How much a caller may ask, and that nothing is asked twice by a copy. A moment is seconds that never run backwards;
the network thread alone uses these."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable

WINDOW_S = 60  # that a signature may be old, or ahead
NONCES_KEPT = 4096  # of all callers: one that asks faster has reached its rate before


class ReplayWindow:
    """Remembers the nonces of signatures for as long as they could be used again."""

    def __init__(self) -> None:
        self._seen: dict[Hashable, float] = {}

    def is_fresh(self, caller_id: str, nonce: str, now: float) -> bool:
        """Whether this caller uses the nonce for the first time; it is remembered."""
        for known, at in tuple(self._seen.items()):
            if now - at <= 2 * WINDOW_S:
                break
            del self._seen[known]
        if not nonce or (caller_id, nonce) in self._seen or len(self._seen) >= NONCES_KEPT:
            return False
        self._seen[caller_id, nonce] = now
        return True


class RateLimit:
    """At most so many within so many seconds, for each who is counted."""

    def __init__(self, most: int, seconds: float, counted: int = 256) -> None:
        self._most, self._seconds, self._counted = most, seconds, counted
        self._moments: dict[Hashable, deque[float]] = {}

    def allows(self, who: Hashable, now: float) -> bool:
        """Whether one more is within the limit; it is counted then."""
        moments = self._moments.setdefault(who, deque())
        while moments and now - moments[0] >= self._seconds:
            moments.popleft()
        if len(self._moments) > self._counted:
            self._moments = {known: left for known, left in self._moments.items() if left or known == who}
        if len(moments) >= self._most:
            return False
        moments.append(now)
        return True
