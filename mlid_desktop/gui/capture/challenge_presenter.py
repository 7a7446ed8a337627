"""What the capture page shows while an active challenge goes on: one sentence, one sign, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mlid_desktop.domain.observations import FaceAction
from mlid_desktop.gui.capture.presenter import CaptureScreen
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.capture.sound_output import SoundCue
from mlid_desktop.station.text.challenge_terms import challenge_progress, challenge_sentence
from mlid_desktop.station.text.language import Language
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.face_challenge.state import ChallengePhase


@dataclass(frozen=True, slots=True)
class ChallengeScreen:
    """The challenge as it is shown. ``sign`` is drawn over the picture, None while the person looks ahead;
    ``can_swap`` and ``can_wait`` say which wishes would be heeded."""

    sentence: str
    progress: str
    share: float
    sign: FaceAction | None
    can_swap: bool
    can_wait: bool


def challenge_screen(capture: CaptureState | None, language: Language) -> ChallengeScreen | None:
    """The screen of the challenge that goes on; None where none does. No action is named before it is asked."""
    challenge = None if capture is None or capture.finished else capture.challenge
    if challenge is None:
        return None
    return ChallengeScreen(
        sentence=challenge_sentence(challenge, language),
        progress=challenge_progress(challenge, language),
        share=challenge.position / len(challenge.draw.actions),
        sign=challenge.asked,
        can_swap=challenge.asked is not None or challenge.repeated,
        can_wait=not challenge.slow and challenge.phase is not ChallengePhase.CLOSING,
    )


def add_challenge(screen: CaptureScreen, asked: ChallengeScreen) -> CaptureScreen:
    """The screen of a capture with the sentence and the progress of the challenge in place of its own."""
    return replace(
        screen,
        prompt=asked.sentence,
        why=asked.progress,
        tone=Tone.INFORMATION,
        hint=None,
        progress=asked.share,
        bars=(),
    )


def cue_for_step(before: ChallengeScreen | None, now: ChallengeScreen | None) -> SoundCue | None:
    """One sound a step: when another movement, or none, is asked."""
    if now is None or (before is not None and before.sign is now.sign):
        return None
    return SoundCue.LOOK
