"""Steadies the hint of a capture: it begins once a face has settled, stands for a least time, and agrees with what is
shown beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import hypot
from typing import Final

from mlid_desktop.domain.quality import Measure, Quality, QualityComponent
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.workflow.capture import CaptureState

HOLD_S: Final = 0.7  # shorter than this nobody reads a hint (UI guide)
SETTLE_S: Final = 0.4  # that a face stays about where it is before it is told how to stand
WALK: Final = 0.2  # of its own width: a face that moves further from one look to the next is still on its way
# What is said whether the face has settled or not: it is about who is there, and about moving itself.
AT_ONCE: Final = frozenset({Hint.LOOK_AT_CAMERA, Hint.ONE_PERSON, Hint.HOLD_STILL})
# What hints are about besides the measures that ask for them: one of these in green would contradict the sentence.
ABOUT: Final[Mapping[Hint, frozenset[Measure]]] = {
    Hint.LOOK_AT_CAMERA: frozenset({Measure.YAW, Measure.PITCH}),
    Hint.MOVE_BACK: frozenset({Measure.FACE_SIZE}),
    Hint.PLACE_FINGER: frozenset({Measure.FOREGROUND_AREA}),
    Hint.DRY_FINGER: frozenset({Measure.MOISTURE}),
    Hint.MOISTEN_FINGER: frozenset({Measure.MOISTURE}),
    Hint.SPEAK_LOUDER: frozenset({Measure.SOUND_LEVEL}),
    Hint.SPEAK_SOFTER: frozenset({Measure.SOUND_LEVEL}),
}

Region = tuple[float, float, float, float]


def agreeing(quality: Quality, hint: Hint | None) -> Quality:
    """The quality as it may stand beside a hint: without what is good enough although the hint asks for more of it. A
    head may face the camera nearly enough, and be asked to turn because a part of it is not seen."""
    about = frozenset[Measure]() if hint is None else ABOUT.get(hint, frozenset())

    def contradicts(component: QualityComponent) -> bool:
        return hint is not None and component.passed and (component.hint is hint or component.measure in about)

    return replace(quality, components=tuple(part for part in quality.components if not contradicts(part)))


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


class CaptureHint:
    """Follows a capture, and knows what is asked of the person and of which quality that is said; time is handed in."""

    def __init__(self) -> None:
        self._steady, self._settled = SteadyHint(), SettledFace()

    @property
    def shown(self) -> Hint | None:
        """What is asked now."""
        return self._steady.shown

    def follow(
        self, capture: CaptureState | None, now: float, face: Region | None, *, asks: bool, stands: bool
    ) -> None:
        """Takes the state of a capture at ``now``. ``asks`` is False while something else is asked, such as a movement;
        ``stands`` whether what is captured has its spot in the picture, which is ``face``."""
        wanted = capture.hint if asks and capture is not None else None
        if stands and capture is not None and capture.latest is not None:
            wanted = self._settled.heed(wanted, self.shown, settled=self._settled.follow(face, now))
        self._steady.follow(wanted, now)

    def quality_of(self, capture: CaptureState | None) -> Quality | None:
        """The quality that what is asked is said of; None where nothing is asked."""
        return self._steady.quality_of(capture)
