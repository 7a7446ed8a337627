"""The page that unlocks: who is expected, what helps whoever types, and the recovery code."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit

from mlid_desktop.gui.state.demo_people import DEMO_OPERATOR, DEMO_PASSPHRASE, SECOND_PASSPHRASE, second_person_hint
from mlid_desktop.gui.unlock.page import UnlockPage
from mlid_desktop.gui.widgets.secret_help import caps_lock_of
from mlid_desktop.gui.window.controller import show_unlock_page
from mlid_desktop.station.administration.vault_admin import new_code
from tests.gui.stage import PASSPHRASE, SECOND, Stage
from tests.gui.stage import SECOND_PASSPHRASE as CONFIRMING
from tests.gui.steps import answering, visible, words

FRESH = "quite another sentence to remember"


def locked(stage: Stage) -> UnlockPage:
    stage.window.lock()
    page = stage.window.current
    assert isinstance(page, UnlockPage)
    return page


@pytest.mark.parametrize(
    ("typed", "shift", "caps"),
    [
        ("a", False, False),
        ("A", False, True),
        ("A", True, False),
        ("a", True, True),
        ("م", False, None),
        ("7", True, None),
    ],
)
def test_a_letter_tells_whether_caps_lock_is_on(typed: str, shift: bool, caps: bool | None) -> None:
    assert caps_lock_of(typed, shift=shift) is caps


def test_whoever_types_is_warned_of_caps_lock_and_may_see_what_is_typed(stage: Stage) -> None:
    stage.window.ask_for_vault(creating=True)
    page = stage.window.current
    assert isinstance(page, UnlockPage)
    stage.type(page.passphrase, "a")
    assert not page.help.warning.isVisible()
    stage.type(page.passphrase, "B")  # without Shift
    assert page.help.warning.isVisible()
    assert "guess" in page.strength.words.text()
    page.help.show_typed.click()
    assert page.passphrase.echoMode() is QLineEdit.EchoMode.Normal


def test_which_vault_it_is_is_said_where_several_stand_side_by_side(stage: Stage) -> None:
    stage.create_vault()
    assert "Vault: vault" not in words(locked(stage))
    (stage.folder.parent / "another").mkdir()
    stage.workspace.open(stage.folder, "A. Clerk", PASSPHRASE, stage._refused)
    stage.until(lambda: bool(stage.window.pages))
    assert "Vault: vault" in words(locked(stage))


def test_who_was_here_is_expected_and_a_recovery_code_gives_a_new_passphrase(stage: Stage) -> None:
    stage.create_vault()
    code, session = new_code(), stage.workspace.unlocked.session

    def keep() -> None:
        session.administration.set_recovery_code(code, code, session.confirm_second(SECOND, CONFIRMING))

    stage.workspace.vault_worker.submit(keep).result()
    page = locked(stage)
    assert page.name.text() == "A. Clerk"
    assert QApplication.focusWidget() is page.passphrase
    page.ask = answering(code, "A. Clerk", FRESH, "something else")
    page.recover.click()
    assert not page.notice.text  # while the two differ there is no answer
    page.ask = answering(code, "A. Clerk", FRESH, FRESH)
    page.recover.click()
    stage.until(lambda: "has a new passphrase" in page.notice.text)
    stage.type(page.passphrase, FRESH)
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: bool(stage.window.pages))


def test_the_demo_has_two_people_whose_passphrases_it_says_and_an_organisation(stage: Stage) -> None:
    show_unlock_page(stage.window, stage.workspace, stage.folder, demo=True)
    stage.until(lambda: bool(stage.window.pages))
    assert stage.workspace.unlocked.operator.name == DEMO_OPERATOR
    hint = second_person_hint(DEMO_OPERATOR, stage.workspace.language)
    assert SECOND_PASSPHRASE in hint
    session = stage.workspace.unlocked.session
    names = [operator.name for operator in stage.vault.operators.all()]
    assert all(name in hint or name == DEMO_OPERATOR for name in names)
    stage.workspace.vault_worker.submit(session.confirm_second, names[1], SECOND_PASSPHRASE).result()
    asking = stage.workspace.unlocked.organisation
    assert "simulated" in asking.name
    assert asking.contact
    assert asking.withdrawal
    assert DEMO_PASSPHRASE in locked(stage).notice.text
    show_unlock_page(stage.window, stage.workspace, stage.folder, demo=True)  # as the next start does
    stage.until(lambda: bool(stage.window.pages))
    assert stage.workspace.unlocked.operator.name == DEMO_OPERATOR


def test_a_demo_vault_of_other_people_asks_who_it_is_and_says_of_no_fault(demo: Stage) -> None:
    locked(demo)
    demo.settle()
    show_unlock_page(demo.window, demo.workspace, demo.folder, demo=True)
    demo.until(lambda: isinstance(demo.window.current, UnlockPage) and demo.window.current.passphrase.isVisible())
    demo.settle()
    assert not any("does not know" in label.text() for label in visible(demo, QLabel) if isinstance(label, QLabel))
