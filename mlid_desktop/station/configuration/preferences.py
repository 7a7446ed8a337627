"""Preferences that people chose at this desk: small, not secret, and never a reason to stop the work."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

MAX_BYTES = 65_536  # as many folders as are kept, in any script
MOST_FOLDERS, LONGEST_FOLDER = 16, 512
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
FILE = "preferences.json"


@dataclass(frozen=True, slots=True)
class Preferences:
    """Choices made at this desk: ``language`` is a code, empty for the system's; ``sounds`` beside the hints;
    ``folders`` by kind of file, where one was chosen last."""

    language: str = ""
    sounds: bool = True
    folders: dict[str, str] = field(default_factory=dict)


def read_preferences(state: Path) -> Preferences:
    """Reads the preferences; whatever cannot be read counts as nothing chosen."""
    try:
        with (state / FILE).open("rb") as file:
            untrusted = json.loads(file.read(MAX_BYTES))
        language, sounds = untrusted["language"], untrusted.get("sounds", True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Preferences()
    known = isinstance(language, str) and LANGUAGE.fullmatch(language)
    return Preferences(language if known else "", sounds is not False, _folders(untrusted.get("folders")))


def write_preferences(state: Path, chosen: Preferences) -> None:
    """Stores the preferences for the next start; a folder that cannot be written to is no fault of the work."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        part = state / f"{FILE}.part"
        part.write_text(json.dumps(asdict(chosen)), encoding="utf-8")
        part.replace(state / FILE)
    except OSError:
        return


def _folders(untrusted: object) -> dict[str, str]:
    if not isinstance(untrusted, dict):
        return {}
    kept = {kind: folder for kind, folder in untrusted.items() if isinstance(folder, str)}
    return {kind: folder for kind, folder in list(kept.items())[:MOST_FOLDERS] if len(folder) <= LONGEST_FOLDER}
