"""How much a caller may ask, and that nothing is asked twice by a copy. A moment is seconds that never run backwards;
the network thread alone uses these."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable

WINDOW_S = 60  # that a signature may be old, or ahead
NONCES_KEPT = 4096  # of one caller, which reaches its rate before


class ReplayWindow:
    """Remembers the nonces of signatures for as long as they could be used again."""

    def __init__(self) -> None:
        self._seen: dict[str, OrderedDict[str, float]] = {}

    def is_fresh(self, caller_id: str, nonce: str, now: float) -> bool:
        """Whether this caller uses the nonce for the first time; it is remembered."""
        seen = self._seen.setdefault(caller_id, OrderedDict())
        while seen and now - next(iter(seen.values())) > 2 * WINDOW_S:
            seen.popitem(last=False)
        if not nonce or nonce in seen or len(seen) >= NONCES_KEPT:
            return False
        seen[nonce] = now
        return True


class RateLimit:
    """At most so many within so many seconds, for each who is counted."""

    def __init__(self, most: int, seconds: float, counted: int = 256) -> None:
        self._most, self._seconds, self._counted = most, seconds, counted
        self._moments: dict[Hashable, deque[float]] = {}

    def allows(self, who: Hashable, now: float) -> bool:
        """Whether one more request of a caller is within the rate limit; it is counted then."""
        moments = self._moments.setdefault(who, deque())
        while moments and now - moments[0] >= self._seconds:
            moments.popleft()
        if len(self._moments) > self._counted:
            self._moments = {known: left for known, left in self._moments.items() if left or known == who}
        if len(moments) >= self._most:
            return False
        moments.append(now)
        return True
