"""A vault of an earlier version of the program, in the real window: asked about at unlock, a backup first."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from mlid_desktop.gui.unlock.page import UnlockPage
from mlid_desktop.gui.widgets.controls import Check
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.vault.keys.key_file import VAULT_FORMAT
from mlid_desktop.vault.keys.key_file_codec import KEY_FILE, read_key_file
from tests.gui.stage import Stage
from tests.makers import ROOT

KEPT = ROOT / "tests" / "vectors" / "vault" / "format_1" / "vault"
PASSPHRASE = "correct horse battery"


@pytest.fixture
def old(qapp: QApplication, tmp_path: Path) -> Iterator[Stage]:
    """The window before a vault of format 1."""
    stage = Stage(qapp, tmp_path, models=tmp_path / "none")
    shutil.copytree(KEPT, stage.folder)
    stage.window.ask_for_vault(creating=False)
    yield stage
    stage.close()


def page_of(stage: Stage) -> UnlockPage:
    page = stage.window.current
    assert isinstance(page, UnlockPage)
    page.name.setText("sup")
    page.passphrase.setText(PASSPHRASE)
    return page


def stored_format(stage: Stage) -> int:
    return read_key_file((stage.folder / KEY_FILE).read_bytes()).format


def test_it_stays_as_it_is_until_somebody_agrees(old: Stage) -> None:
    page = page_of(old)
    asked: list[Question] = []

    def declined(question: Question) -> bool:
        asked.append(question)
        return False

    page.ask = declined
    page.go_on()
    old.until(lambda: "earlier version" in page.notice.text)
    assert len(asked) == 1
    assert stored_format(old) == 1


def test_it_is_backed_up_and_brought_forward_and_opens(old: Stage, tmp_path: Path) -> None:
    page = page_of(old)
    page.ask = lambda question: all(check.isChecked() for check in question.findChildren(Check))
    page.choose_folder = lambda _: str(tmp_path)
    page.go_on()
    old.until(lambda: bool(old.window.pages) and bool(old.workspace.engine_faults))
    assert stored_format(old) == VAULT_FORMAT
    (backup,) = tmp_path.glob("mlid-backup-*")
    assert {path.name for path in backup.iterdir()} == {"bulk.mlid", "keys.mlid"}


def test_a_backup_can_be_declined(old: Stage, tmp_path: Path) -> None:
    def without(question: Question) -> bool:
        for check in question.findChildren(Check):
            check.setChecked(False)
        return True

    page = page_of(old)
    page.ask = without
    page.go_on()
    old.until(lambda: bool(old.window.pages) and bool(old.workspace.engine_faults))
    assert stored_format(old) == VAULT_FORMAT
    assert not list(tmp_path.glob("mlid-backup-*"))
