"""What can happen to an active challenge besides frames, in whichever session it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.face_challenge.draw import ChallengeDraw


class ChallengeEvent:
    """An event of an active challenge other than a frame."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ChallengeDrawn(ChallengeEvent):
    """The actions that will be asked, by chance; nobody sees one before it is asked."""

    draw: ChallengeDraw = field(repr=False)


@dataclass(frozen=True, slots=True)
class MoreTimeAsked(ChallengeEvent):
    """The person needs more time for each action."""


@dataclass(frozen=True, slots=True)
class ActionSwapped(ChallengeEvent):
    """The person cannot do what is asked."""


def after_challenge_event(capture: CaptureState, event: ChallengeEvent) -> CaptureState:
    """The capture after the event. Where no challenge goes on, nothing changes: a person's wish may come a frame too
    late."""
    match event:
        case ChallengeDrawn(draw):
            return capture.begin_challenge(draw)
        case MoreTimeAsked():
            return capture.give_more_time()
        case ActionSwapped():
            return capture.swap_action()
    return capture
