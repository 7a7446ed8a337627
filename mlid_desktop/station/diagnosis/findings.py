"""Findings of a test of the desk: what was looked at, whether it is as it should be, and what helps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from mlid_desktop.station.text.language import N_ as _


class FindingState(StrEnum):
    """Grades of a finding. A LIMIT narrows what the desk can do, a FAULT must be mended before people are enrolled."""

    GOOD = "good"
    LIMIT = "limit"
    FAULT = "fault"


class Subject(StrEnum):
    """Subjects that are tested, in the order of the report."""

    PROGRAM = "program"
    SYSTEM = "system"
    DISPLAY = "display"
    FONTS = "fonts"
    LANGUAGE = "language"
    CLOCK = "clock"
    RIGHTS = "rights"
    DISK = "disk"
    MODELS = "models"
    DEVICES = "devices"
    SOUND = "sound"
    UPDATES = "updates"


SUBJECTS = {
    Subject.PROGRAM: _("Program"),
    Subject.SYSTEM: _("System"),
    Subject.DISPLAY: _("Display"),
    Subject.FONTS: _("Fonts"),
    Subject.LANGUAGE: _("Language"),
    Subject.CLOCK: _("Clock"),
    Subject.RIGHTS: _("Rights"),
    Subject.DISK: _("Disk"),
    Subject.MODELS: _("Models"),
    Subject.DEVICES: _("Devices"),
    Subject.SOUND: _("Sound"),
    Subject.UPDATES: _("Updates"),
}
STATES = {FindingState.GOOD: _("in order"), FindingState.LIMIT: _("limited"), FindingState.FAULT: _("to be mended")}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, in the language of the reader: ``said`` is what was found, ``remedy`` what helps (empty where
    nothing is needed)."""

    subject: Subject
    state: FindingState
    said: str
    remedy: str = ""


def gravest_state(findings: Iterable[Finding]) -> FindingState:
    """The gravest state among findings; GOOD for none."""
    order = tuple(FindingState)
    return max((finding.state for finding in findings), key=order.index, default=FindingState.GOOD)
