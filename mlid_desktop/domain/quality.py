"""Quality of a sample: named components and one unified value, 0 to 100 (ISO/IEC 29794-1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mlid_desktop.domain.reasons import Hint

FAILURE_TO_ASSESS = -1


class Measure(StrEnum):
    """Names of the quality components of all modalities (faces: ISO/IEC 29794-5, fingers: 29794-4)."""

    FACE_COUNT = "face_count"
    FACE_SIZE = "face_size"
    EYE_DISTANCE = "eye_distance"
    CENTRING = "centring"
    YAW = "yaw"
    PITCH = "pitch"
    ROLL = "roll"
    SHARPNESS = "sharpness"
    UNDER_EXPOSURE = "under_exposure"
    OVER_EXPOSURE = "over_exposure"
    ILLUMINATION_EVENNESS = "illumination_evenness"
    OCCLUSION = "occlusion"
    CUT_OFF = "cut_off"
    EYES_OPEN = "eyes_open"
    MOUTH_CLOSED = "mouth_closed"
    BACKGROUND = "background"
    FOREGROUND_AREA = "foreground_area"
    RIDGE_CLARITY = "ridge_clarity"
    MINUTIAE_COUNT = "minutiae_count"
    MOISTURE = "moisture"
    POSITION = "position"
    MOTION = "motion"
    RIDGE_PERIOD = "ridge_period"
    POLARITY = "polarity"
    UNBROKEN_RIDGES = "unbroken_ridges"
    ROOM_NOISE = "room_noise"
    SIGNAL_TO_NOISE = "signal_to_noise"
    CLIPPING = "clipping"
    SOUND_LEVEL = "sound_level"
    SPEECH_LENGTH = "speech_length"
    BANDWIDTH = "bandwidth"
    ONE_VOICE = "one_voice"


@dataclass(frozen=True, slots=True)
class QualityComponent:
    """One measured property of a sample: ``value`` is 0..100 (higher is better) or -1 where it could not be assessed;
    ``native`` is the measured quantity in its own unit (degrees, pixels, ...); ``hint`` says what would raise it;
    ``passed`` whether it meets the gate, which lies at the value ``gate``, -1 where there is none on this scale."""

    measure: Measure
    value: int
    native: float
    hint: Hint | None = None
    passed: bool = True
    gate: int = -1


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of a sample; ``unified`` is 0..100, or -1 where quality could not be assessed."""

    unified: int
    components: tuple[QualityComponent, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the sample was assessed and no component failed its gate."""
        return self.unified != FAILURE_TO_ASSESS and all(component.passed for component in self.components)

    @property
    def hint(self) -> Hint | None:
        """The most urgent hint among the failed components."""
        wanted = {component.hint for component in self.components if not component.passed}
        return next((hint for hint in Hint if hint in wanted), None)

    def component(self, measure: Measure) -> QualityComponent | None:
        """The quality component of this measure, or None where the modality does not assess it."""
        return next((component for component in self.components if component.measure is measure), None)


NOT_ASSESSED = Quality(FAILURE_TO_ASSESS)
