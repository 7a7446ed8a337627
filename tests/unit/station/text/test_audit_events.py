"""Whoever reads the audit reads sentences."""

from __future__ import annotations

from mlid_desktop.station.text import audit_events as text_audit_events
from mlid_desktop.vault.audit import events as audit_events


def test_every_event_has_a_sentence_of_its_own() -> None:
    assert set(text_audit_events.EVENTS) == audit_events.EVENTS
    assert len(set(text_audit_events.EVENTS.values())) == len(audit_events.EVENTS)
