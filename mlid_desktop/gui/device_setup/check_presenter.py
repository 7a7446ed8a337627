"""What a device that is tried out does well, what it does not, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.capture.device_check import Finding, Outcome, Tried
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

NAMES: Final = {
    Tried.SIZE: _("Picture size"),
    Tried.RATE: _("Pictures a second"),
    Tried.LIGHT: _("Light"),
    Tried.SHARPNESS: _("Sharpness"),
    Tried.HERTZ: _("Sampling rate"),
    Tried.LEVEL: _("Level"),
    Tried.ROOM: _("Quiet of the room"),
    Tried.RESOLUTION: _("Resolution"),
    Tried.AREA: _("Sensor"),
}
FIXES: Final = {
    (Tried.SIZE, Outcome.TOO_LITTLE): _("Choose a larger picture in the camera's own settings, or another camera."),
    (Tried.RATE, Outcome.TOO_LITTLE): _("Give it more light or a faster USB port; cameras slow down in the dark."),
    (Tried.LIGHT, Outcome.TOO_LITTLE): _("Too dark: put a lamp behind the camera, towards the person."),
    (Tried.LIGHT, Outcome.TOO_MUCH): _("Too bright: turn the camera away from the window or lamp."),
    (Tried.SHARPNESS, Outcome.TOO_LITTLE): _("Blurred: wipe the lens, then focus it on the person's place."),
    (Tried.HERTZ, Outcome.TOO_LITTLE): _("Telephone sound: choose another one; this counts in demo vaults only."),
    (Tried.LEVEL, Outcome.WAITING): _("Say something, as the person will."),
    (Tried.LEVEL, Outcome.TOO_MUCH): _("Too loud: move away from it, or turn its level down."),
    (Tried.ROOM, Outcome.TOO_MUCH): _("Noisy: close the window, switch off fans, or use a headset."),
    (Tried.RESOLUTION, Outcome.TOO_LITTLE): _("Too coarse: a reader of 500 dpi sees what this one loses."),
    (Tried.AREA, Outcome.TOO_LITTLE): _("Small: place the middle of the finger, and take several touches."),
}


@dataclass(frozen=True, slots=True)
class TrialRow:
    """``value`` may be empty where nothing can be told yet; ``fix`` is empty where nothing needs mending."""

    name: str
    value: str
    tone: Tone
    fix: str


def trial_rows(findings: tuple[Finding, ...], language: Language) -> tuple[TrialRow, ...]:
    """A row each, in the order they were found."""
    return tuple(
        TrialRow(language.text(NAMES[one.tried]), _value(one, language), _tone(one.outcome), _fix(one, language))
        for one in findings
    )


def _fix(finding: Finding, language: Language) -> str:
    fix = FIXES.get((finding.tried, finding.outcome), "")
    return language.text(fix) if fix else ""


def _tone(outcome: Outcome) -> Tone:
    if outcome is Outcome.WAITING:
        return Tone.NEUTRAL
    return Tone.ACCEPTED if outcome is Outcome.GOOD else Tone.INCONCLUSIVE


def _value(finding: Finding, language: Language) -> str:
    number, other, text = round(finding.value), round(finding.other), language.text
    match finding.tried:
        case Tried.SIZE:
            return text("{width} × {height} pixels", width=other, height=number)
        case Tried.RATE:
            return "" if finding.outcome is Outcome.WAITING else str(number)
        case Tried.LIGHT | Tried.SHARPNESS:
            return text("good") if finding.outcome is Outcome.GOOD else ""
        case Tried.HERTZ:
            return text("{number} Hz", number=number)
        case Tried.LEVEL | Tried.ROOM:
            return text("{number} dB", number=number)
        case Tried.RESOLUTION:
            return text("{number} dpi", number=number)
        case Tried.AREA:
            return text("{width} × {height} mm", width=number, height=other)
