"""Terms for the components of quality, short enough to stand beside a bar."""

from __future__ import annotations

from typing import Final

from mlid_desktop.domain.quality import Measure
from mlid_desktop.domain.reasons import Hint
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
    Measure.OCCLUSION: _("Whole face seen"),
    Measure.CUT_OFF: _("Inside the picture"),
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

HINTS: Final[dict[Hint, str]] = {
    Hint.LOOK_AT_CAMERA: _("Look at the camera"),
    Hint.ONE_PERSON: _("One person only"),
    Hint.COME_CLOSER: _("Come closer"),
    Hint.MOVE_BACK: _("Move back a little"),
    Hint.CENTRE: _("Move to the middle"),
    Hint.TURN_TO_CAMERA: _("Turn to the camera"),
    Hint.LEVEL_HEAD: _("Hold the head straight"),
    Hint.MORE_LIGHT: _("More light on the face"),
    Hint.LESS_LIGHT: _("Less light"),
    Hint.EVEN_LIGHT: _("Turn away from the side light"),
    Hint.HOLD_STILL: _("Hold still"),
    Hint.OPEN_EYES: _("Open your eyes"),
    Hint.CLOSE_MOUTH: _("Close your mouth"),
    Hint.UNCOVER_FACE: _("Uncover the face"),
    Hint.PLAIN_BACKGROUND: _("Choose a plain background"),
    Hint.PLACE_FINGER: _("Place the finger"),
    Hint.ONE_FINGER: _("Place one finger"),
    Hint.CENTRE_FINGER: _("Centre the fingertip"),
    Hint.PRESS_HARDER: _("Press a little harder"),
    Hint.PRESS_LIGHTER: _("Press more lightly"),
    Hint.DRY_FINGER: _("Dry the finger"),
    Hint.MOISTEN_FINGER: _("Breathe on the finger"),
    Hint.CLEAN_READER: _("Clean the reader"),
    Hint.LIFT_FINGER: _("Lift the finger"),
    Hint.SPEAK_LOUDER: _("Speak louder"),
    Hint.SPEAK_SOFTER: _("Speak more softly"),
    Hint.KEEP_SPEAKING: _("Keep speaking"),
    Hint.SPEAK_ALONE: _("Speak alone"),
    Hint.QUIETEN_ROOM: _("Quieten the room"),
    Hint.CHANGE_MICROPHONE: _("Change the microphone"),
}
