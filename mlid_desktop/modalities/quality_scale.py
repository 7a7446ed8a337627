"""Maps a measured quantity of a sample to a quality component of 0 to 100, for face and voice."""

from __future__ import annotations

from dataclasses import dataclass

from mlid_desktop.domain.quality import Measure
from mlid_desktop.domain.reasons import Hint


@dataclass(frozen=True, slots=True)
class QualityScale:
    """A piecewise linear map from a native quantity to the value of a quality component: straight lines between
    ``knots`` (native, value), the natives rising, level beyond both ends; ``hint`` says what would raise it."""

    measure: Measure
    knots: tuple[tuple[float, float], ...]
    hint: Hint

    def value(self, native: float) -> int:
        """The component's value, 0..100, of a native quantity in its own unit."""
        before = self.knots[0]
        if native <= before[0]:
            return round(before[1])
        for knot in self.knots[1:]:
            if native <= knot[0]:
                return round(before[1] + (knot[1] - before[1]) * (native - before[0]) / (knot[0] - before[0]))
            before = knot
        return round(before[1])
