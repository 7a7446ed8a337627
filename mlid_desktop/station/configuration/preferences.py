"""Preferences that people chose at this desk: small, not secret, and never a reason to stop the work."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

MAX_BYTES = 65_536  # as many folders and addresses as are kept, in any script
MOST_TEXTS, LONGEST_TEXT = 48, 512
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
FILE = "preferences.json"


@dataclass(frozen=True, slots=True)
class Preferences:
    """Choices made at this desk: ``language`` is a code, empty for the system's; ``sounds`` beside the hints;
    ``folders`` by kind of file, where one was chosen last; ``sources`` that were added by address, with the modality
    each delivers; ``in_use`` is the address in use by modality; ``proofs`` are the steps of
    the set-up that were proven, by vault; ``columns`` are widths in the list of people, ``listed_by`` what it is sorted
    by."""

    language: str = ""
    sounds: bool = True
    folders: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    in_use: dict[str, str] = field(default_factory=dict)
    proofs: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    listed_by: str = ""


def read_preferences(state: Path) -> Preferences:
    """Reads the preferences; whatever cannot be read counts as nothing chosen."""
    try:
        with (state / FILE).open("rb") as file:
            untrusted = json.loads(file.read(MAX_BYTES))
        language, sounds = untrusted["language"], untrusted.get("sounds", True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Preferences()
    known = isinstance(language, str) and LANGUAGE.fullmatch(language)
    texts = {name: _texts(untrusted.get(name)) for name in ("folders", "sources", "in_use", "proofs", "columns")}
    listed_by = _texts({"": untrusted.get("listed_by")}).get("", "")
    return Preferences(language if known else "", sounds is not False, listed_by=listed_by, **texts)


def write_preferences(state: Path, chosen: Preferences) -> None:
    """Stores the preferences for the next start; a folder that cannot be written to is no fault of the work."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        part = state / f"{FILE}.part"
        part.write_text(json.dumps(asdict(chosen)), encoding="utf-8")
        part.replace(state / FILE)
    except OSError:
        return


def _texts(untrusted: object) -> dict[str, str]:
    if not isinstance(untrusted, dict):
        return {}
    kept = {name: text for name, text in untrusted.items() if isinstance(text, str)}
    return {name: text for name, text in list(kept.items())[:MOST_TEXTS] if max(len(name), len(text)) <= LONGEST_TEXT}
