"""Chooses the sound for a change in a capture, at most as often as a hint changes and none while a voice is recorded;
and for a verdict."""

from __future__ import annotations

from typing import Final

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.domain.modality_facts import SampleStream
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.station.capture.sound_output import SoundCue
from mlid_desktop.station.text.modality_terms import facts_of
from mlid_desktop.workflow.capture import CaptureState

VERDICT_SOUNDS: Final = {
    Verdict.ACCEPTED: SoundCue.CAPTURED,
    Verdict.REJECTED: SoundCue.REFUSED,
    Verdict.INCONCLUSIVE: SoundCue.LOOK,
}
"""The sound of each verdict, beside its word and shape."""


def cue_for_hint(modality: Modality, before: Hint | None, now: Hint | None) -> SoundCue | None:
    """The sound for a steady hint that became another one. The microphone hears what the loudspeaker says, so a voice
    gets none."""
    if _is_recording_sound(modality) or now is None or now is before:
        return None
    return SoundCue.LOOK


def cue_for_end(modality: Modality, capture: CaptureState | None) -> SoundCue | None:
    """The sound for a capture that is over: something was taken, or nothing; None where it could not even run."""
    if _is_recording_sound(modality):
        return None
    return SoundCue.CAPTURED if capture is not None and capture.best is not None else SoundCue.REFUSED


def _is_recording_sound(modality: Modality) -> bool:
    return facts_of(modality).stream is SampleStream.SOUND
