"""A station is lost, a backup is not: a vault is made of it in the window, and the people in it are known again."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit

from mlid_desktop.gui.administration.page import AdministrationPage
from mlid_desktop.gui.administration.presenter import Task
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.unlock.page import UnlockPage
from mlid_desktop.gui.unlock.restore_page import RestoreDialog
from mlid_desktop.vault.backup.folder_target import FolderTarget
from tests.gui.journeys import restored
from tests.gui.stage import PASSPHRASE, SECOND, Stage
from tests.gui.steps import check, restore_dialog, saved, say_what_to_restore, told, verdict, words


@pytest.fixture(scope="module")
def backup(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a station with one person."""
    folder = tmp_path_factory.mktemp("lost")
    stage = Stage(qapp, folder, models=folder / "none")
    try:
        stage.create_vault()
        saved(stage)
        vault, backup = stage.vault, folder / "backup"
        stage.workspace.vault_worker.submit(lambda: vault.backups.create(FolderTarget(backup))).result()
    finally:
        stage.close()
    return backup


@pytest.fixture
def fresh(qapp: QApplication, tmp_path: Path) -> Stage:
    """Another machine, on which there is no vault."""
    stage = Stage(qapp, tmp_path, models=tmp_path / "none")
    stage.window.ask_for_vault(creating=True)
    return stage


def test_a_backup_is_checked_then_restored_then_unlocked(fresh: Stage, backup: Path) -> None:
    try:
        assert verdict(restored(fresh, backup)) == "Accepted"
    finally:
        fresh.close()


def test_what_does_not_open_it_or_is_not_whole_makes_nothing(fresh: Stage, backup: Path, tmp_path: Path) -> None:
    try:
        dialog = restore_dialog(fresh)
        assert not dialog.do.isEnabled()
        assert dialog.do.accessibleDescription() == "Still to fill in: Folder of the backup"
        say_what_to_restore(dialog, backup, "A. Clerk", "another sentence altogether")
        dialog.do.click()
        fresh.until(dialog.do.isEnabled)
        assert dialog.notice.text
        assert dialog.do.text() == "Check the backup"
        broken = tmp_path / "broken"
        broken.mkdir()
        for file in backup.iterdir():
            content = bytearray(file.read_bytes())
            content[len(content) // 2] ^= 1
            (broken / file.name).write_bytes(content)
        say_what_to_restore(dialog, broken, "A. Clerk", PASSPHRASE)
        dialog.do.click()
        fresh.until(dialog.do.isEnabled)
        assert dialog.do.text() == "Check the backup"
        assert not fresh.folder.exists()
    finally:
        fresh.close()


def test_what_was_found_whole_is_checked_again_when_anything_changes(fresh: Stage, backup: Path) -> None:
    try:
        dialog = restore_dialog(fresh)
        say_what_to_restore(dialog, backup, "A. Clerk", PASSPHRASE)
        assert "Step 1 of 2: check it" in told(dialog)
        assert "Nothing is made or changed yet." in words(dialog)
        assert "Second person" not in words(dialog)  # nor what becomes of erasures, before anything is chosen
        dialog.do.click()
        fresh.until(lambda: dialog.do.text() == "Restore")
        assert "Step 2 of 2: restore it" in told(dialog)
        assert "a second one confirms" in words(dialog)  # it was founded by two
        assert "After it is restored: erase again" in words(dialog)
        assert dialog.notice.text.startswith("Complete: ")
        dialog.second_name.clear()
        assert dialog.do.accessibleDescription() == "Still to fill in: Second person's name"
        dialog.second_name.setText(SECOND)
        assert dialog.do.text() == "Restore"
        assert dialog.do.isEnabled()
        dialog.second_help.show_typed.click()
        assert dialog.second_secret.echoMode() is QLineEdit.EchoMode.Normal
        assert not dialog.secret.isVisible()
        dialog.back.click()
        assert dialog.secret.isVisible()
        dialog.help.show_typed.click()
        assert dialog.secret.echoMode() is QLineEdit.EchoMode.Normal
        dialog.name.setText("Somebody else")
        assert dialog.do.text() == "Check the backup"
        assert "Step 1 of 2: check it" in told(dialog)
        dialog.by_code.setChecked(True)
        assert not dialog.name.isEnabled()
        assert dialog.secret.accessibleName() == "Recovery code"
        dialog.reject()
    finally:
        fresh.close()


def test_a_damaged_vault_is_put_aside_and_its_backup_takes_its_place(stage: Stage, tmp_path: Path) -> None:
    stage.create_vault()
    saved(stage)
    vault, backup = stage.vault, tmp_path / "backup"
    stage.workspace.vault_worker.submit(lambda: vault.backups.create(FolderTarget(backup))).result()
    stage.window.lock()
    stage.until(lambda: isinstance(stage.window.current, UnlockPage))
    stage.workspace.vault_worker.submit(lambda: None).result()  # it is locked behind the window
    page = unlock_page(stage)
    assert not page.restore.isVisible()
    database = stage.folder / "records.db"
    whole = database.read_bytes()
    database.write_bytes(whole[: len(whole) // 2])
    page.name.setText("A. Clerk")
    page.passphrase.setText(PASSPHRASE)
    page.go_on()
    stage.until(page.restore.isVisible)
    assert "damaged" in page.notice.text
    dialog = restore_dialog(stage)
    say_what_to_restore(dialog, backup, "A. Clerk", PASSPHRASE)
    dialog.do.click()
    stage.until(lambda: dialog.do.text() == "Restore")
    dialog.do.click()
    stage.until(lambda: dialog.do.text() == "Done")
    (aside,) = stage.folder.parent.glob("*.set-aside-*")
    assert str(aside) in dialog.notice.text
    assert (aside / "records.db").read_bytes() == whole[: len(whole) // 2]
    dialog.do.click()
    stage.until(lambda: unlock_page(stage) is not page)
    stage.workspace.open(stage.folder, "A. Clerk", PASSPHRASE, stage._refused)
    stage.until(lambda: bool(stage.window.pages) and bool(stage.workspace.engine_faults))
    stage.window.activateWindow()
    stage.until(stage.window.isActiveWindow)
    assert verdict(check(stage, "1001", 1)) == "Accepted"


def test_a_supervisor_restores_from_the_administration_with_the_vault_locked(demo: Stage) -> None:
    demo.window.go(PageName.ADMINISTRATION)
    page = demo.view(PageName.ADMINISTRATION)
    assert isinstance(page, AdministrationPage)
    page.tasks.do(Task.RESTORE)
    demo.until(lambda: bool(unlock_page(demo).findChildren(RestoreDialog)))
    assert not demo.workspace.is_open
    dialog = unlock_page(demo).findChildren(RestoreDialog)[-1]
    assert any("put aside" in label.text() for label in dialog.findChildren(QLabel))
    dialog.reject()
    assert not unlock_page(demo)._creating


def unlock_page(stage: Stage) -> UnlockPage:
    page = stage.window.current
    assert isinstance(page, UnlockPage)
    return page
