"""The trial of a device says how it stands now: no sentence of one stage is shown in another."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from mlid_desktop.domain.modality_facts import SampleStream
from mlid_desktop.gui.device_setup.trial_presenter import (
    RUNNING,
    Trial,
    TrialPhase,
    as_tested,
    awaits_rate,
    trial_screen,
    wants_mending,
)
from mlid_desktop.station.capture.device_check import CheckFinding, CheckKind, CheckOutcome
from mlid_desktop.station.text.language import open_language

ENGLISH = open_language(Path(), "en")

STAGES = [
    Trial(stage, "Camera", stream, used, pictured, over, prompt, "The device is busy.")
    for stage, stream, used, pictured, over, prompt in product(
        TrialPhase, SampleStream, (True, False), (True, False), (True, False), ("", "Hold still. The finger is there.")
    )
]
OF_STAGE = {  # what only these stages may say, wherever it stands
    "Opening": {TrialPhase.OPENING},
    "opened": {TrialPhase.OPENING},
    "Testing": {TrialPhase.TESTING},
    "Hold still": {TrialPhase.TESTING, TrialPhase.LOST},
    "being tested": {TrialPhase.TESTING, TrialPhase.WANTING},
    "Not good enough yet": {TrialPhase.WANTING},
    "works": {TrialPhase.TESTED},
    "Tested": {TrialPhase.TESTED},
    "again": {TrialPhase.TESTED},
    "isconnected": {TrialPhase.LOST},
    "was stopped": {TrialPhase.STOPPED},
    "ended before": {TrialPhase.ENDED},
    "is busy": {TrialPhase.FAILED},
    "Stop the test": set(RUNNING),
    "Live from": {TrialPhase.TESTING, TrialPhase.WANTING, TrialPhase.TESTED},
    "Listening": {TrialPhase.TESTING, TrialPhase.WANTING, TrialPhase.TESTED},
}


def test_no_two_stages_are_told_at_once() -> None:
    for trial in STAGES:
        screen = trial_screen(trial, ENGLISH)
        told = f"{screen.waiting} | {screen.caption} | {screen.said} | {screen.standing} | {screen.act}"
        for words, stages in OF_STAGE.items():
            assert words not in told or trial.phase in stages, (trial, words, told)


def test_a_test_is_offered_or_stopped_never_both() -> None:
    for trial in STAGES:
        screen = trial_screen(trial, ENGLISH)
        assert screen.stops is (trial.used and trial.phase in RUNNING), trial
        assert (screen.act == "Stop the test") is screen.stops, trial
        assert screen.act.startswith("Use") is not trial.used, trial
        assert screen.opening is (trial.phase is TrialPhase.OPENING), trial


def test_a_stage_in_which_something_goes_on_says_so() -> None:
    for trial in STAGES:
        screen = trial_screen(trial, ENGLISH)
        if trial.phase in RUNNING and trial.phase is not TrialPhase.LOST:
            assert screen.standing
            assert screen.said or screen.waiting


def test_what_can_be_mended_at_the_desk_is_told_from_what_is_as_it_was_bought() -> None:
    dark = CheckFinding(CheckKind.LIGHT, CheckOutcome.TOO_LITTLE, 10.0)
    small = CheckFinding(CheckKind.SIZE, CheckOutcome.TOO_LITTLE, 240.0, 320.0)
    unknown = CheckFinding(CheckKind.RATE, CheckOutcome.WAITING, 0.0)
    assert wants_mending((small, dark))
    assert not wants_mending((small, unknown))
    assert awaits_rate((dark, unknown))
    assert not awaits_rate((dark, small))


def test_nothing_of_a_device_that_was_tested_waits() -> None:
    quiet = CheckFinding(CheckKind.LEVEL, CheckOutcome.WAITING, -65.0)
    unknown = CheckFinding(CheckKind.RATE, CheckOutcome.WAITING, 0.0)
    assert as_tested((quiet, unknown)) == (CheckFinding(CheckKind.LEVEL, CheckOutcome.GOOD, -65.0),)
