"""The system's own dialogs for files and folders; each kind of file opens where one of its kind was chosen last."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Protocol

from PySide6.QtWidgets import QFileDialog, QWidget


class FileKind(StrEnum):
    """Kinds of files that people keep in folders of their own."""

    BACKUP = "backup"
    MODELS = "models"
    REPORT = "report"
    RECEIPT = "receipt"
    SOURCE = "source"
    CERTIFICATE = "certificate"


class FolderMemory(Protocol):
    """Remembers the folder in which a file of a kind was chosen last, from one start to the next."""

    def folder_of(self, kind: str, /) -> Path | None:
        """The folder of this kind; None where none was chosen, or it is gone."""
        ...

    def remember_folder(self, kind: str, folder: Path, /) -> None:
        """Keeps the folder for this kind."""
        ...


class FileDialogs:
    """Asks for files and folders above ``parent``. An empty answer means that nothing was chosen."""

    def __init__(self, parent: QWidget, memory: FolderMemory) -> None:
        self._parent, self._memory = parent, memory

    def save(self, kind: FileKind, title: str, name: str, filters: str = "") -> str:
        """A file to write; the system asks before one that is there is replaced."""
        return self._kept(kind, QFileDialog.getSaveFileName(self._parent, title, self._in(kind, name), filters)[0])

    def open(self, kind: FileKind, title: str, filters: str = "") -> str:
        """A file to read."""
        return self._kept(kind, QFileDialog.getOpenFileName(self._parent, title, self._in(kind), filters)[0])

    def folder(self, kind: FileKind, title: str) -> str:
        """A folder to read, or to write into."""
        chosen = QFileDialog.getExistingDirectory(self._parent, title, self._in(kind))
        if chosen:
            self._memory.remember_folder(kind.value, Path(chosen))
        return chosen

    def _in(self, kind: FileKind, name: str = "") -> str:
        folder = self._memory.folder_of(kind.value)
        return name if folder is None else str(folder / name)

    def _kept(self, kind: FileKind, chosen: str) -> str:
        if chosen:
            self._memory.remember_folder(kind.value, Path(chosen).parent)
        return chosen
