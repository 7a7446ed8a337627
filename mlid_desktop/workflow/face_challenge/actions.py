"""Actions of a head beside its neutral pose: how far each one is done, whether a pose is neutral, and whether two
frames that follow one another can be one scene. Pure arithmetic on ``FaceMotion``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import hypot, log

import numpy as np

from mlid_desktop.domain.observations import FaceAction, FaceMotion, Region

TURN = 12.0  # degrees
TURN_DEPTH = 0.11  # widths of the plane of eyes and mouth: asked as well, so that nothing flat turns
LEAST_ANGLE = 0.5  # of a turn's angle, where the nose makes up for it: of some heads that are turned nets see half
LIFT, LIFT_DEPTH = 10.0, 0.08
LEAST_SHARE = 0.7  # of the one where the other makes up for it: the angles of some raised heads are seen at a third
CLOSER = 1.25  # times the size
OPEN, OPEN_SHAPE = 0.07, 0.14  # heights of the face, and widths of the mouth: speech is there for less than 0.5 s
NEUTRAL_TURN, NEUTRAL_LIFT, NEUTRAL_SIZE, NEUTRAL_MOUTH = 9.0, 9.0, 1.15, 0.05
AT_REST = 0.05  # widths of the plane of eyes and mouth, by which the nose of a head at rest wanders in it
FASTEST_SHIFT, FASTEST_GROWTH = 4.0, 2.0  # sides of the face, and natural log of the size, a second
JUMP_SHIFT, JUMP_GROWTH = 0.25, 0.12  # more than these at once whatever the time between: a detector's own unrest
OTHER_SCENE = 14.0  # grey levels that the surroundings change by, on average, once the light is levelled
CALM = 10.0  # degrees from the neutral pose up to which a frame must be as alike as a neutral one
WIDEST = 30.0  # degrees beyond, at which the floor is lowest; an open mouth counts as much
LOWERED = 0.005  # of the comparison score a degree: a face turned by 40 degrees is asked 1 in 1,000 in place of 50,000
BESIDE = 0.5  # of the face's box on either side and above, and all below it: head, hair and shoulders move


def strength(action: FaceAction, motion: FaceMotion, neutral: FaceMotion) -> float:
    """How far an action is done: 0 as in the neutral pose, 1 enough, negative the other way."""
    turn = _turned((motion.turn - neutral.turn) / TURN, (motion.turn_depth - neutral.turn_depth) / TURN_DEPTH)
    back = _turned((neutral.turn - motion.turn) / TURN, (neutral.turn_depth - motion.turn_depth) / TURN_DEPTH)
    up = _both((motion.lift - neutral.lift) / LIFT, (motion.lift_depth - neutral.lift_depth) / LIFT_DEPTH)
    down = _both((neutral.lift - motion.lift) / LIFT, (neutral.lift_depth - motion.lift_depth) / LIFT_DEPTH)
    match action:
        case FaceAction.TURN_LEFT:
            return turn
        case FaceAction.TURN_RIGHT:
            return back
        case FaceAction.LOOK_UP:
            return up
        case FaceAction.LOOK_DOWN:
            return down
        case FaceAction.COME_CLOSER:
            return _growth(motion, neutral) / log(CLOSER)
        case FaceAction.OPEN_MOUTH:
            return min((motion.mouth - neutral.mouth) / OPEN, (motion.mouth_shape - neutral.mouth_shape) / OPEN_SHAPE)


def _turned(angle: float, depth: float) -> float:
    """How far a head is turned: never more than the nose says, which does not leave its place on anything flat; where
    it says more than enough, less of the angle will do."""
    return min(depth, (angle + depth) / 2, angle / LEAST_ANGLE)


def _both(first: float, second: float) -> float:
    """How far two measures say a movement is done: their mean, and never much more than the lesser."""
    return min((first + second) / 2, min(first, second) / LEAST_SHARE)


def strongest_other(action: FaceAction, motion: FaceMotion, neutral: FaceMotion) -> float:
    """How far the furthest of all other actions is done."""
    return max(strength(other, motion, neutral) for other in FaceAction if other is not action)


def is_neutral(motion: FaceMotion, neutral: FaceMotion) -> bool:
    """Whether the head is back where it was, as nearly as people come back. It is where either measure says so: the
    angles of a head that rests waver by five degrees in a grainy picture."""
    turned = min(abs(motion.turn - neutral.turn) / NEUTRAL_TURN, abs(motion.turn_depth - neutral.turn_depth) / AT_REST)
    lifted = min(abs(motion.lift - neutral.lift) / NEUTRAL_LIFT, abs(motion.lift_depth - neutral.lift_depth) / AT_REST)
    return (
        max(turned, lifted) <= 1.0
        and abs(_growth(motion, neutral)) <= log(NEUTRAL_SIZE)
        and abs(motion.mouth - neutral.mouth) <= NEUTRAL_MOUTH
    )


def likeness_floor(threshold: float, motion: FaceMotion, neutral: FaceMotion) -> float:
    """The lowest score at which a frame may still show the person of the neutral pose: the threshold of neutral frames,
    lower the further the head is turned or the mouth open, because the same face is less like itself then."""
    turned = max(abs(motion.turn - neutral.turn), abs(motion.lift - neutral.lift)) - CALM
    opened = WIDEST * (motion.mouth - neutral.mouth) / OPEN
    return threshold - LOWERED * min(max(turned, opened, 0.0), WIDEST)


def neutral_of(motions: Sequence[FaceMotion]) -> FaceMotion:
    """The middle of some frames of a person at rest. Raises ValueError for none."""
    if not motions:
        raise ValueError("a neutral pose needs a frame")

    def middle(values: Sequence[float]) -> float:
        return sorted(values)[len(values) // 2]

    return replace(
        motions[-1],
        turn=middle([motion.turn for motion in motions]),
        lift=middle([motion.lift for motion in motions]),
        turn_depth=middle([motion.turn_depth for motion in motions]),
        lift_depth=middle([motion.lift_depth for motion in motions]),
        size=middle([motion.size for motion in motions]),
        mouth=middle([motion.mouth for motion in motions]),
        mouth_shape=middle([motion.mouth_shape for motion in motions]),
    )


def is_one_scene(
    before: tuple[FaceMotion, Region], after: tuple[FaceMotion, Region], seconds: float, shape: tuple[int, int]
) -> bool:
    """Whether a frame can follow another after so many seconds: the face moves and grows no faster than a person does,
    and what surrounds it stays. ``shape`` is the frame's (height, width)."""
    (motion, region), (later, later_region) = before, after
    side = max(*region.box[2:], *later_region.box[2:], 1.0)
    shift = hypot(*(there - here for here, there in zip(_middle(region), _middle(later_region), strict=True))) / side
    if (
        shift > JUMP_SHIFT + FASTEST_SHIFT * seconds
        or abs(_growth(later, motion)) > JUMP_GROWTH + FASTEST_GROWTH * seconds
    ):
        return False
    return _change_of_surroundings(before, after, shape) <= OTHER_SCENE


def _growth(motion: FaceMotion, neutral: FaceMotion) -> float:
    return log(max(motion.size, 1e-3) / max(neutral.size, 1e-3))


def _middle(region: Region) -> tuple[float, float]:
    left, top, width, height = region.box
    return left + width / 2, top + height / 2


def _change_of_surroundings(
    before: tuple[FaceMotion, Region], after: tuple[FaceMotion, Region], shape: tuple[int, int]
) -> float:
    """Mean difference in grey levels of the cells beside the person in both frames, less what all of them share: a
    camera levels its light. 0 where the person fills the frame."""
    first, second = before[0].surroundings, after[0].surroundings
    if first is second:
        return 0.0
    if first.shape != second.shape:
        return float("inf")
    free = ~(_covered(before[1], first.shape, shape) | _covered(after[1], first.shape, shape))
    if not free.any():
        return 0.0
    change = second[free].astype(float) - first[free].astype(float)
    return float(np.abs(change - np.median(change)).mean())


def _covered(region: Region, cells: tuple[int, ...], shape: tuple[int, int]) -> np.ndarray:
    """Which cells show the person, or may."""
    left, top, width, height = region.box
    rows = np.arange(cells[0])[:, None] * shape[0] / cells[0]
    columns = np.arange(cells[1])[None, :] * shape[1] / cells[1]
    cell_height, cell_width = shape[0] / cells[0], shape[1] / cells[1]
    below = rows + cell_height > top - BESIDE * height
    beside = (columns + cell_width > left - BESIDE * width) & (columns < left + width + BESIDE * width)
    return np.asarray(below & beside)
