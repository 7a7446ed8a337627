"""Dialogs for files open where one of the same kind was chosen last, also after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from mlid_desktop.gui.widgets.file_dialogs import FileDialogs, FileKind
from mlid_desktop.station.assemble import Station, SystemClock
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.configuration.settings import Settings


def station(folder: Path) -> Station:
    settings = Settings(models=folder / "models", state=folder / "state", vaults=folder / "vaults", language="en")
    return Station(settings, resource_folder(), SystemClock())


class Chooser:
    """Answers the system's dialogs, and keeps where each was opened."""

    def __init__(self, answer: Path | None, patch: pytest.MonkeyPatch) -> None:
        self.answer, self.opened_at = answer, list[str]()
        patch.setattr(QFileDialog, "getSaveFileName", self._file)
        patch.setattr(QFileDialog, "getOpenFileName", self._file)
        patch.setattr(QFileDialog, "getExistingDirectory", self._folder)

    def _file(self, _parent: QWidget, _title: str, at: str, _filters: str) -> tuple[str, str]:
        self.opened_at.append(at)
        return ("" if self.answer is None else str(self.answer), "")

    def _folder(self, _parent: QWidget, _title: str, at: str) -> str:
        return self._file(_parent, _title, at, "")[0]


@pytest.fixture
def parent(qapp: QApplication) -> QWidget:
    return QWidget()


def test_a_kind_opens_where_it_was_chosen_last(
    parent: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    asked = Chooser(kept / "a.pdf", monkeypatch)
    assert FileDialogs(parent, station(tmp_path)).save(FileKind.RECEIPT, "Save", "a.pdf") == str(kept / "a.pdf")
    again = FileDialogs(parent, station(tmp_path))
    again.save(FileKind.RECEIPT, "Save", "b.pdf")
    again.open(FileKind.RECEIPT, "Open")
    again.save(FileKind.REPORT, "Save", "c.pdf")
    assert [Path(at) for at in asked.opened_at] == [Path("a.pdf"), kept / "b.pdf", kept, Path("c.pdf")]


def test_a_chosen_folder_is_remembered_and_one_that_is_gone_is_not_offered(
    parent: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    asked = Chooser(disk, monkeypatch)
    dialogs = FileDialogs(parent, station(tmp_path))
    dialogs.folder(FileKind.BACKUP, "Where")
    dialogs.folder(FileKind.BACKUP, "Where")
    disk.rmdir()
    dialogs.folder(FileKind.BACKUP, "Where")
    assert asked.opened_at == ["", str(disk), ""]


def test_nothing_chosen_changes_nothing(parent: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Chooser(None, monkeypatch)
    dialogs = FileDialogs(parent, station(tmp_path))
    assert dialogs.folder(FileKind.BACKUP, "Where") == ""
    assert dialogs.open(FileKind.REPORT, "Open") == ""
    dialogs.save(FileKind.REPORT, "Save", "a.txt")
    assert asked.opened_at[-1] == "a.txt"
