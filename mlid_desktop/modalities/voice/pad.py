"""Detects synthetic and converted voices with AASIST on windows of the speech; advisory.

J. Jung et al., "AASIST", ICASSP 2022. It was trained on ASVspoof 2019 LA and hears the microphone and the codec as much
as the synthesis: its middle is data of each microphone. Signs of a replay are in :mod:`replay`.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.observations import AttackEvidence
from mlid_desktop.modalities.voice import parameters as p
from mlid_desktop.modalities.voice.detect import SpeechSegment
from mlid_desktop.modalities.voice.parameters import AttackScale
from mlid_desktop.modalities.voice.sound import Wave
from mlid_desktop.models.session import ModelSession

DETECTOR_NAME = "aasist"


class SpoofDetector:
    """Detects synthetic speech; ``scales`` holds the scale of each microphone by its device key, others get the default
    one."""

    def __init__(self, session: ModelSession, scales: Mapping[str, AttackScale], usual: AttackScale) -> None:
        self._session = session
        self._scales = dict(scales)
        self._usual = usual

    def assess(self, wave: Wave, spoken: tuple[SpeechSegment, ...], device_key: str) -> AttackEvidence:
        """Attack evidence of the part of a take that holds speech."""
        odds = self.log_odds(spoken_part(wave, spoken))
        return AttackEvidence(liveness_value(odds, self._scales.get(device_key, self._usual)), DETECTOR_NAME)

    def log_odds(self, wave: Wave) -> float:
        """Natural log-odds of genuine speech, the mean over windows of 4 s; at most eight, spread over the take."""
        logits = [self._session.run(window[None])[0][0] for window in windows(wave)]
        return float(np.mean([float(row[1]) - float(row[0]) for row in logits]))


def spoken_part(wave: Wave, spoken: tuple[SpeechSegment, ...]) -> Wave:
    """The part of a take from just before the first word to just after the last, pauses included, because the model was
    trained with them."""
    margin = round(p.SPEECH_MARGIN_SECONDS * p.RATE)
    return wave[max(0, spoken[0].start - margin) : spoken[-1].end + margin]


def windows(wave: Wave) -> list[NDArray[np.float32]]:
    """Windows of 64,600 samples of a wave; a shorter recording is repeated, as in training."""
    size = p.AASIST_SAMPLES
    if len(wave) <= size:
        return [np.tile(wave, -(-size // len(wave)))[:size].astype(np.float32)]
    count = min(p.MAX_AASIST_WINDOWS, -(-len(wave) // size))
    starts = np.linspace(0, len(wave) - size, count).astype(int)
    return [np.ascontiguousarray(wave[start : start + size], np.float32) for start in starts]


def liveness_value(odds: float, scale: AttackScale) -> float:
    """The detector's log-odds mapped to 0..1 on a flat curve with 0.5 at the middle of the microphone's scale."""
    return 1.0 / (1.0 + exp(-max(-40.0, min(40.0, (odds - scale.middle) / scale.temperature))))
