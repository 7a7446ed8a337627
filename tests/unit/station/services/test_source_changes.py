"""That another device took the place of the one before is in the audit, whatever becomes of the attempt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.station.capture.runner import run_capture
from mlid_desktop.station.session import StationSession
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.workflow import events
from mlid_desktop.workflow.verification import VerificationSession
from tests.shown_frames import ANOTHER_CAMERA, PERSON, ChosenPipelines, Shown

OTHER = replace(PERSON, device=ANOTHER_CAMERA)


def captured(session: StationSession, begun: VerificationSession, *shown: Shown) -> VerificationSession:
    """The verification after frames that a pipeline of the tests sees as they are said to be."""
    pipeline: Any = ChosenPipelines(lambda: None).open(Modality.FACE)
    frames: Any = shown
    return run_capture(begun.advance(events.CaptureStarted(FACE)), frames, pipeline, record=session.suspicions.record)


def test_a_change_within_an_attempt_is_audited_at_once(session: StationSession, vault: Vault) -> None:
    begun = session.verification.begin(session.subjects.by_number("1001")).session
    captured(session, begun, PERSON, PERSON, OTHER, OTHER, PERSON)
    noted = [entry.facts for entry in vault.audit.entries() if entry.event == "source.changed"]
    assert len(noted) == 2
    assert noted[0]["attempt"] == begun.attempt_id
    assert (noted[0]["subject"], noted[0]["purpose"]) == (begun.subject_id, "verification")


def test_without_a_change_nothing_is_noted(session: StationSession, vault: Vault) -> None:
    captured(session, session.verification.begin(session.subjects.by_number("1001")).session, *[PERSON] * 3)
    assert not [entry for entry in vault.audit.entries() if entry.event == "source.changed"]


def test_a_rehearsal_is_no_attempt_and_leaves_nothing(session: StationSession, vault: Vault) -> None:
    begun = session.verification.begin(session.subjects.by_number("1001")).session
    captured(session, replace(begun, attempt_id=""), PERSON, OTHER)
    assert not [entry for entry in vault.audit.entries() if entry.event == "source.changed"]


def test_the_line_of_a_decision_says_what_the_source_was(session: StationSession, vault: Vault) -> None:
    person = session.subjects.by_number("1001")
    begun = session.verification.begin(person).session
    shown = captured(session, begun, *[replace(PERSON, kind=SourceKind.VIRTUAL)] * 6)
    ended = shown.advance(events.CaptureKept()).advance(events.CapturesFinished())
    session.verification.record_outcome(person, ended)
    noted = vault.audit.entries()[-1]
    assert (noted.event, noted.facts["source"]) == ("verification.decided", "virtual")
