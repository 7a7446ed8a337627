"""The kinds of backup targets, and the one that a location names."""

from __future__ import annotations

from pathlib import Path

from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.backup.target import BackupTarget


def target_at(location: str) -> BackupTarget:
    """The backup target that a location names: every location is the path of a folder today. Another kind begins its
    locations with a scheme of its own (``scheme:…``) and is asked for here."""
    return FolderTarget(Path(location))
