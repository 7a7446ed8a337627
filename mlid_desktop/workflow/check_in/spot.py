"""Stepping onto the spot before the camera, told from where faces are seen and from nothing else of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

LEAST_HEIGHT = 0.25  # of the picture's: who stands behind the spot, or passes by, is smaller
MOST_ASIDE = 0.18  # of the picture's width, from its middle to that of the face
EMPTY_S, STANDING_S = 0.5, 0.7  # before a step, and for it: whoever walks through is across sooner
LONGEST_GAP_S = 1.0  # between two looks: what was in between is not known


@dataclass(frozen=True, slots=True)
class SeenFace:
    """Where a face is in the picture: its middle across and its height, in shares of the picture."""

    across: float
    height: float

    @property
    def is_on_spot(self) -> bool:
        """Whether it is as large and as much in the middle as somebody's who stands before the camera."""
        return self.height >= LEAST_HEIGHT and abs(self.across - 0.5) <= MOST_ASIDE


@dataclass(frozen=True, slots=True)
class Spot:
    """The state of a watch over the spot. ``empty_since`` and ``taken_since`` are seconds of the camera's time,
    ``ready`` whether it was empty for long enough that whoever comes has stepped up; who stands there when the watch
    begins has not. ``stepped`` is the act."""

    empty_since: float | None = None
    taken_since: float | None = None
    looked_at: float | None = None
    ready: bool = False
    stepped: bool = False

    def look(self, faces: Sequence[SeenFace], now: float) -> Spot:
        """The watch after one more look. Faces beside the spot are passed over; two on it are no act of one person."""
        if self.stepped:
            return self
        unseen = self.looked_at is not None and not 0.0 <= now - self.looked_at <= LONGEST_GAP_S
        here = Spot(looked_at=now) if unseen else replace(self, looked_at=now)
        standing = sum(face.is_on_spot for face in faces)
        if standing == 0:
            since = now if here.empty_since is None else here.empty_since
            return replace(here, empty_since=since, taken_since=None, ready=here.ready or now - since >= EMPTY_S)
        since = now if here.taken_since is None else here.taken_since
        taken = replace(here, empty_since=None, taken_since=since)
        if standing > 1 or not here.ready:
            return replace(taken, taken_since=now)
        return replace(taken, stepped=now - since >= STANDING_S)
