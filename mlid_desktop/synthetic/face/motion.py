"""The motion of a synthetic person before a camera: steps in from the side, sways, blinks, looks about a little."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, exp, pi, radians, sin

import numpy as np

from mlid_desktop.domain.observations import FaceAction
from mlid_desktop.synthetic.face.features import Expression
from mlid_desktop.synthetic.face.portrait import HeadPose

FRAME_RATE = 25  # frames a second that the motion is made for; delivery may be faster or slower
ARRIVAL_S, SETTLED_S = 0.9, 1.7
ARRIVAL_SHIFT, ARRIVAL_YAW = 170.0, -36.0  # mm to the side, degrees
DISTANCE = 660.0  # mm, at which the face takes about half of the frame's height
BLINK_EVERY_S, BLINK_S = 3.8, 0.26
EYE_TURN = 12.6  # mm: radius of an eyeball, along which an iris moves when the head turns under it
GAZE_LIMIT = 3.6
ACTED_TURN, ACTED_LIFT, ACTED_CLOSER = 30.0, 29.0, 0.42  # degrees, and how much larger a face becomes


@dataclass(frozen=True, slots=True)
class Moment:
    """The state of a motion at one frame."""

    pose: HeadPose
    expression: Expression


class IdleMotion:
    """The idle motion of the synthetic person of a seed; the same for every run."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        rng = np.random.default_rng((0x6D6F7665, seed))
        self._phases = rng.uniform(0, 2 * pi, 12).tolist()
        self._speeds = rng.uniform(0.85, 1.15, 12).tolist()
        self._side = 1.0 if rng.random() < 0.5 else -1.0

    def at(self, frame: int) -> Moment:
        """The state of the motion at a frame number (0 or greater)."""
        seconds = frame / FRAME_RATE
        away = self._away(seconds)
        yaw = 3.2 * self._wave(0, 0.11, seconds) + 1.0 * self._wave(1, 0.37, seconds) + self._side * ARRIVAL_YAW * away
        pitch = 1.8 * self._wave(2, 0.09, seconds) + 0.7 * self._wave(3, 0.31, seconds)
        roll = 1.6 * self._wave(4, 0.07, seconds) + 0.4 * self._wave(5, 0.23, seconds)
        across = 5.0 * self._wave(6, 0.08, seconds) + self._side * ARRIVAL_SHIFT * away
        up = 2.0 * self._wave(7, 0.26, seconds)
        distance = DISTANCE + 14.0 * self._wave(8, 0.06, seconds)
        pose = HeadPose(yaw, pitch, roll, (across, up), distance)
        return Moment(pose, Expression(self._blink(seconds), 0.0, self._gaze(pose, seconds)))

    def _wave(self, number: int, frequency: float, seconds: float) -> float:
        return sin(2 * pi * frequency * self._speeds[number] * seconds + self._phases[number])

    @staticmethod
    def _away(seconds: float) -> float:
        """Distance factor of the entry: 1 while the person is still beside the camera's axis, 0 once settled."""
        share = min(max((seconds - ARRIVAL_S) / (SETTLED_S - ARRIVAL_S), 0.0), 1.0)
        return 0.5 + 0.5 * cos(pi * share)

    def _blink(self, seconds: float) -> float:
        slot = int(seconds / BLINK_EVERY_S)
        start = float(np.random.default_rng((0x626C6E6B, self._seed, slot)).uniform(0.6, BLINK_EVERY_S - BLINK_S))
        share = (seconds - slot * BLINK_EVERY_S - start) / BLINK_S
        return round(exp(-(((share - 0.45) / 0.25) ** 4)), 2) if 0.0 <= share <= 1.0 else 0.0

    def _gaze(self, pose: HeadPose, seconds: float) -> tuple[float, float]:
        """The gaze: the eyes stay on the camera while the head turns, and wander a little now and then."""
        wander = 0.5 * round(1.4 * self._wave(9, 0.19, seconds))
        across = EYE_TURN * sin(radians(pose.yaw)) + wander
        up = -EYE_TURN * sin(radians(pose.pitch)) * 0.8
        return _held(across), _held(up)


def _held(offset: float) -> float:
    """The gaze limited to what an eye can turn, in steps too small to be seen."""
    return round(min(max(offset, -GAZE_LIMIT), GAZE_LIMIT) * 8) / 8


@dataclass(frozen=True, slots=True)
class Manner:
    """The manner of a person who does what is asked: seconds of ``lag`` before it, ``rise`` on the way there, ``hold``
    and ``fall`` on the way back; ``patience`` until the person stops by itself."""

    lag: float = 0.5
    rise: float = 0.4
    hold: float = 0.6
    fall: float = 0.5
    patience: float = 9.0

    def share(self, seconds: float, let_go_s: float | None = None) -> float:
        """How far the action is done so many seconds after it was asked, 0..1: held until the person is let go, where
        ``let_go_s`` says so many seconds after it was asked that was, and for ``hold`` at least; for long, without."""
        rising = (seconds - self.lag) / self.rise
        held = self.lag + self.rise + self.hold
        end = self.lag + self.patience if let_go_s is None else max(held, let_go_s + self.lag / 2)
        falling = (seconds - end) / self.fall
        return _eased(rising) - _eased(falling)


USUAL_MANNER = Manner()


def act(moment: Moment, action: FaceAction, share: float) -> Moment:
    """The moment with an action done to so far: 0 not at all, 1 as far as people usually go."""
    pose, expression = moment.pose, moment.expression
    match action:
        case FaceAction.TURN_LEFT:
            pose = replace(pose, yaw=pose.yaw - ACTED_TURN * share)
        case FaceAction.TURN_RIGHT:
            pose = replace(pose, yaw=pose.yaw + ACTED_TURN * share)
        case FaceAction.LOOK_UP:
            pose = replace(pose, pitch=pose.pitch + ACTED_LIFT * share)
        case FaceAction.LOOK_DOWN:
            pose = replace(pose, pitch=pose.pitch - ACTED_LIFT * share)
        case FaceAction.COME_CLOSER:
            pose = replace(pose, distance=pose.distance / (1.0 + ACTED_CLOSER * share))
        case FaceAction.OPEN_MOUTH:
            expression = replace(expression, mouth=min(1.0, round(share, 2)))
    return Moment(pose, expression)


def _eased(share: float) -> float:
    """0 before 0, 1 after 1, smooth between."""
    return 0.5 - 0.5 * cos(pi * min(max(share, 0.0), 1.0))
