"""Steadies the hint of a capture: it begins once a face has settled, and stands for a least time."""

from __future__ import annotations

from math import hypot
from typing import Final

from mlid_desktop.domain.quality import Quality
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.workflow.capture import CaptureState

HOLD_S: Final = 0.7  # shorter than this nobody reads a hint (UI guide)
SETTLE_S: Final = 0.4  # that a face stays about where it is before it is told how to stand
WALK: Final = 0.2  # of its own width: a face that moves further from one look to the next is still on its way
# What is said whether the face has settled or not: it is about who is there, and about moving itself.
AT_ONCE: Final = frozenset({Hint.LOOK_AT_CAMERA, Hint.ONE_PERSON, Hint.HOLD_STILL})

Region = tuple[float, float, float, float]


class SettledFace:
    """Knows whether a face has settled in the picture, so that whoever is still walking in is not told how to stand;
    time is handed in."""

    def __init__(self) -> None:
        self._at: Region | None = None
        self._since = float("inf")

    def follow(self, region: Region | None, now: float) -> bool:
        """Takes where the face is (left, top, width, height as shares of the picture; None where there is none) at
        ``now``, and returns whether it has settled."""
        before, self._at = self._at, region
        if region is None:
            self._since = float("inf")
        elif before is None or _moved(before, region):
            self._since = now
        return region is not None and now - self._since >= SETTLE_S

    def heed(self, wanted: Hint | None, shown: Hint | None, *, settled: bool) -> Hint | None:
        """The hint that may be given: one on how to stand only to a face that has settled, else what is shown stays."""
        return wanted if settled or wanted is None or wanted in AT_ONCE else shown


def _moved(before: Region, now: Region) -> bool:
    across = now[0] + now[2] / 2 - before[0] - before[2] / 2
    down = now[1] + now[3] / 2 - before[1] - before[3] / 2
    return hypot(across, down) > WALK * max(now[2], 1e-6)


class SteadyHint:
    """Remembers which hint is shown since when; time is handed in."""

    def __init__(self, hold_s: float = HOLD_S) -> None:
        self._hold_s = hold_s
        self._shown: Hint | None = None
        self._since = float("-inf")
        self._told_of: Quality | None = None

    @property
    def shown(self) -> Hint | None:
        """The hint that is shown now."""
        return self._shown

    def follow(self, wanted: Hint | None, now: float) -> Hint | None:
        """The hint to show at ``now`` (monotonic seconds), given the one that is true at this moment. A hint stands for
        its least time; that nothing is wrong does not outlast the moment at which something is."""
        if wanted is not self._shown and (self._shown is None or now - self._since >= self._hold_s):
            self._shown, self._since, self._told_of = wanted, now, None
        return self._shown

    def quality_of(self, capture: CaptureState | None) -> Quality | None:
        """The quality of the newest sample that the hint on the screen is about, so that bars agree with it; None where
        there is no hint, where it is about something else, and once the capture is over."""
        if capture is None or capture.finished or self._shown is None:
            return None
        if capture.latest is not None and capture.latest.quality.hint is self._shown:
            self._told_of = capture.latest.quality
        return self._told_of

    def reset(self) -> None:
        """Forgets the hint, for another capture."""
        self._shown, self._since, self._told_of = None, float("-inf"), None
