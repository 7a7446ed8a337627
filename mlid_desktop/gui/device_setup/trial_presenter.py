"""What the trial of a device says: how it stands now, and nothing that was so before or may be so later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from mlid_desktop.domain.modality_facts import SampleStream
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.capture.device_check import MENDABLE, CheckFinding, CheckKind, CheckOutcome
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

TESTING: Final = {
    SampleStream.FRAMES: _("Testing {source}: its pictures are measured for a few seconds."),
    SampleStream.TOUCHES: _("Testing {source}: put a finger on it."),
    SampleStream.SOUND: _("Testing {source}: say something, as the person will."),
}


class TrialPhase(StrEnum):
    """How far the trial of a device is."""

    CLOSED = "closed"  # nothing is tried
    OPENING = "opening"
    TESTING = "testing"
    WANTING = "wanting"  # it delivers, and something about it is to be mended first
    TESTED = "tested"
    LOST = "lost"  # it was disconnected, and is waited for
    STOPPED = "stopped"
    ENDED = "ended"  # it delivers no more, and was not seen to work
    FAILED = "failed"


RUNNING: Final = frozenset({TrialPhase.OPENING, TrialPhase.TESTING, TrialPhase.WANTING, TrialPhase.LOST})
"""Phases in which a test is under way, and can be stopped."""
MEASURING: Final = frozenset({TrialPhase.TESTING, TrialPhase.WANTING})
"""Phases in which the device delivers, and is measured."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial as it stands: of which ``source``, what it delivers, whether it is the one in use, whether there is a
    picture, and whether nothing more comes (``over``); ``prompt`` is what the device itself asks for, ``fault`` why it
    failed, both in words."""

    phase: TrialPhase = TrialPhase.CLOSED
    source: str = ""
    stream: SampleStream = SampleStream.FRAMES
    used: bool = False
    pictured: bool = False
    over: bool = False
    prompt: str = field(default="", repr=False)
    fault: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class TrialScreen:
    """What is shown of a trial: ``waiting`` in the place of the picture, a line moving there while the device is
    ``opening``; ``caption`` under it; ``said`` in its ``tone``; the source's ``standing`` in the list, empty where that
    is as it was; and what the next act is called: one that ``stops`` is none to be led to."""

    waiting: str
    opening: bool
    caption: str
    said: str
    tone: Tone
    standing: str
    act: str
    stops: bool


def wants_mending(findings: Sequence[CheckFinding]) -> bool:
    """Whether something was measured that is to be mended at the desk before the device counts as tested."""
    faulty = (CheckOutcome.TOO_LITTLE, CheckOutcome.TOO_MUCH)
    return any(finding.tried in MENDABLE and finding.outcome in faulty for finding in findings)


def awaits_rate(findings: Sequence[CheckFinding]) -> bool:
    """Whether too few pictures came yet to tell how many come in a second."""
    waits = CheckOutcome.WAITING
    return any(finding.tried is CheckKind.RATE and finding.outcome is waits for finding in findings)


def as_tested(findings: Sequence[CheckFinding]) -> tuple[CheckFinding, ...]:
    """The findings on a device that was seen to work: a voice that was heard was loud enough, whatever is heard now;
    what could not be measured is left out."""
    heard = (
        replace(finding, outcome=CheckOutcome.GOOD) if finding.tried is CheckKind.LEVEL else finding
        for finding in findings
    )
    return tuple(finding for finding in heard if finding.outcome is not CheckOutcome.WAITING)


def trial_screen(trial: Trial, language: Language) -> TrialScreen:
    """What is shown of a trial, all of it of one phase."""
    said, tone = _said(trial, language)
    stops = trial.used and trial.phase in RUNNING
    return TrialScreen(
        _waiting(trial, language),
        trial.phase is TrialPhase.OPENING,
        _caption(trial, language),
        said,
        tone,
        _standing(trial, language),
        _act(trial, language),
        stops,
    )


def _said(trial: Trial, language: Language) -> tuple[str, Tone]:
    text, source = language.text, trial.source
    match trial.phase:
        case TrialPhase.TESTING:
            return trial.prompt or text(TESTING[trial.stream], source=source), Tone.INFORMATION
        case TrialPhase.WANTING:
            return text("Not good enough yet: mend what is marked. The test goes on."), Tone.INCONCLUSIVE
        case TrialPhase.TESTED:
            return text("Tested: {source} works.", source=source), Tone.ACCEPTED
        case TrialPhase.LOST:
            return trial.prompt, Tone.INCONCLUSIVE
        case TrialPhase.ENDED:
            return text("{source} ended before it was seen to work.", source=source), Tone.INCONCLUSIVE
        case TrialPhase.FAILED:
            return trial.fault, Tone.REJECTED
    return "", Tone.NEUTRAL


def _waiting(trial: Trial, language: Language) -> str:
    """What stands in the place of the picture while there is none."""
    text, source = language.text, trial.source
    if trial.phase is TrialPhase.OPENING:
        return text("Opening {source} …", source=source)
    if trial.phase is TrialPhase.LOST:
        return text("Disconnected")
    if trial.phase is TrialPhase.STOPPED:
        return text("The test was stopped.")
    waits = trial.phase in MEASURING or (trial.phase is TrialPhase.TESTED and not trial.over)
    if waits and trial.stream is SampleStream.SOUND:
        return text("Listening …")
    return text("Waiting for a finger …") if waits and trial.stream is SampleStream.TOUCHES else ""


def _caption(trial: Trial, language: Language) -> str:
    text, source = language.text, trial.source
    if not trial.pictured:
        return ""
    if trial.over:
        return text("{source} has ended; this was the last picture.", source=source)
    if trial.phase in MEASURING or trial.phase is TrialPhase.TESTED:
        return text("Live from {source}. Nothing is kept or compared.", source=source)
    return ""


def _standing(trial: Trial, language: Language) -> str:
    """How the source stands in the list while it is tried; as before where nothing goes on."""
    text = language.text
    if trial.phase is TrialPhase.OPENING:
        return text("in use, being opened") if trial.used else text("being opened")
    if trial.phase in MEASURING:
        return text("in use, being tested") if trial.used else text("being tested")
    if trial.phase is TrialPhase.LOST:
        return text("disconnected")
    return ""


def _act(trial: Trial, language: Language) -> str:
    """What the next act on the source is called: one that is in use is tested, also again."""
    text = language.text
    if not trial.used:
        return text("Use this device")
    if trial.phase in RUNNING:
        return text("Stop the test")
    return text("Test this device again") if trial.phase is TrialPhase.TESTED else text("Test this device")
