"""The first text of consent, to which people agreed before the clocks of the tests."""

from __future__ import annotations

from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.text.consent_texts import ConsentText, read_text


def first_text() -> ConsentText:
    """In English."""
    return read_text((resource_folder() / "consent" / "recognition.en.1.toml").read_bytes())[1]
