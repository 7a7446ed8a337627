"""Whoever reads the audit reads sentences."""

from __future__ import annotations

from mlid_desktop.station import audit_wording
from mlid_desktop.vault import audit_events


def test_every_event_has_a_sentence_of_its_own() -> None:
    assert set(audit_wording.EVENTS) == audit_events.EVENTS
    assert len(set(audit_wording.EVENTS.values())) == len(audit_events.EVENTS)
