"""Texts for the page that shows why a capture was refused."""

from __future__ import annotations

from mlid_desktop.domain.reasons import Reason
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.terms import REASONS


def reason_text(reason: Reason, language: Language) -> str:
    """A reason and its advice in one text."""
    return " ".join(language.text(part) for part in REASONS[reason] if part)
