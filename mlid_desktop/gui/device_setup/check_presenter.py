"""What the trial of a device shows: what it does well, what it does not, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.capture.device_check import CheckFinding, CheckKind, CheckOutcome
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

NAMES: Final = {
    CheckKind.SIZE: _("Picture size"),
    CheckKind.RATE: _("Pictures a second"),
    CheckKind.LIGHT: _("Light"),
    CheckKind.SHARPNESS: _("Sharpness"),
    CheckKind.HERTZ: _("Sampling rate"),
    CheckKind.LEVEL: _("Level"),
    CheckKind.ROOM: _("Quiet of the room"),
    CheckKind.RESOLUTION: _("Resolution"),
    CheckKind.AREA: _("Reading area"),
    CheckKind.PRINT: _("Print"),
}
FIXES: Final = {
    (CheckKind.SIZE, CheckOutcome.TOO_LITTLE): _(
        "Choose a larger picture in the camera's own settings, or another camera."
    ),
    (CheckKind.RATE, CheckOutcome.TOO_LITTLE): _(
        "Give it more light or a faster USB port; cameras slow down in the dark."
    ),
    (CheckKind.LIGHT, CheckOutcome.TOO_LITTLE): _("Too dark: put a lamp behind the camera, towards the person."),
    (CheckKind.LIGHT, CheckOutcome.TOO_MUCH): _("Too bright: turn the camera away from the window or lamp."),
    (CheckKind.SHARPNESS, CheckOutcome.TOO_LITTLE): _("Blurred: wipe the lens, then focus it on the person's place."),
    (CheckKind.HERTZ, CheckOutcome.TOO_LITTLE): _(
        "Telephone sound: choose another one; this counts in demo vaults only."
    ),
    (CheckKind.LEVEL, CheckOutcome.TOO_MUCH): _("Too loud: move away from it, or turn its level down."),
    (CheckKind.ROOM, CheckOutcome.TOO_MUCH): _("Noisy: close the window, switch off fans, or use a headset."),
    (CheckKind.RESOLUTION, CheckOutcome.TOO_LITTLE): _("Too coarse: a reader of 500 dpi sees what this one loses."),
    (CheckKind.PRINT, CheckOutcome.TOO_LITTLE): _("Faint: wipe the glass and the finger, and press a little harder."),
    (CheckKind.AREA, CheckOutcome.TOO_LITTLE): _("Small: place the middle of the finger, and take several touches."),
}


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One finding on a device that is tried out: ``value`` may be empty where nothing can be told yet; ``fix`` is empty
    where nothing needs mending."""

    name: str
    value: str
    tone: Tone
    fix: str

    @property
    def waits(self) -> bool:
        """Whether nothing can be told yet."""
        return self.tone is Tone.NEUTRAL


def check_rows(findings: tuple[CheckFinding, ...], language: Language) -> tuple[CheckRow, ...]:
    """Findings on a device as rows, in the order they were found."""
    return tuple(
        CheckRow(
            language.text(NAMES[finding.tried]),
            _value(finding, language),
            _tone(finding.outcome),
            _fix(finding, language),
        )
        for finding in findings
    )


def _fix(finding: CheckFinding, language: Language) -> str:
    fix = FIXES.get((finding.tried, finding.outcome), "")
    return language.text(fix) if fix else ""


def _tone(outcome: CheckOutcome) -> Tone:
    if outcome is CheckOutcome.WAITING:
        return Tone.NEUTRAL
    return Tone.ACCEPTED if outcome is CheckOutcome.GOOD else Tone.INCONCLUSIVE


def _value(finding: CheckFinding, language: Language) -> str:
    number, second, text = round(finding.value), round(finding.other), language.text
    match finding.tried:
        case CheckKind.SIZE:
            return text("{width} × {height} pixels", width=second, height=number)
        case CheckKind.RATE:
            return text("not measured yet") if finding.outcome is CheckOutcome.WAITING else str(number)
        case CheckKind.LIGHT | CheckKind.SHARPNESS | CheckKind.LEVEL if finding.outcome is CheckOutcome.GOOD:
            return text("good")
        case CheckKind.LIGHT | CheckKind.SHARPNESS:
            return ""
        case CheckKind.HERTZ:
            return text("{number} Hz", number=number)
        case CheckKind.LEVEL | CheckKind.ROOM:
            return text("{number} dB", number=number)
        case CheckKind.RESOLUTION:
            return text("{number} dpi", number=number)
        case CheckKind.PRINT:
            return text("quality {number} of 100", number=number)
        case CheckKind.AREA:
            return text("{width} × {height} mm", width=number, height=second)
