"""Terms for the components of quality, short enough to stand beside a bar."""

from __future__ import annotations

from typing import Final

from mlid_desktop.domain.quality import Measure
from mlid_desktop.station.text.language import N_ as _

MEASURES: Final[dict[Measure, str]] = {
    Measure.FACE_COUNT: _("One face"),
    Measure.FACE_SIZE: _("Distance"),
    Measure.EYE_DISTANCE: _("Detail"),
    Measure.CENTRING: _("Centred"),
    Measure.YAW: _("Facing the camera"),
    Measure.PITCH: _("Head up"),
    Measure.ROLL: _("Head level"),
    Measure.SHARPNESS: _("Sharpness"),
    Measure.UNDER_EXPOSURE: _("Bright enough"),
    Measure.OVER_EXPOSURE: _("Not too bright"),
    Measure.ILLUMINATION_EVENNESS: _("Even light"),
    Measure.OCCLUSION: _("Uncovered"),
    Measure.CUT_OFF: _("Whole face in view"),
    Measure.EYES_OPEN: _("Eyes open"),
    Measure.MOUTH_CLOSED: _("Mouth closed"),
    Measure.BACKGROUND: _("Plain background"),
    Measure.FOREGROUND_AREA: _("Finger area"),
    Measure.RIDGE_CLARITY: _("Ridge clarity"),
    Measure.MINUTIAE_COUNT: _("Detail points"),
    Measure.MOISTURE: _("Moisture"),
    Measure.POSITION: _("Centred"),
    Measure.MOTION: _("Held still"),
    Measure.RIDGE_PERIOD: _("Distance of the ridges"),
    Measure.POLARITY: _("Dark ridges on a light ground"),
    Measure.UNBROKEN_RIDGES: _("Ridges go on everywhere"),
    Measure.ROOM_NOISE: _("Quiet room"),
    Measure.SIGNAL_TO_NOISE: _("Voice above noise"),
    Measure.CLIPPING: _("Not overdriven"),
    Measure.SOUND_LEVEL: _("Loudness"),
    Measure.SPEECH_LENGTH: _("Enough speech"),
    Measure.BANDWIDTH: _("Full range of tones"),
    Measure.ONE_VOICE: _("One voice"),
}
