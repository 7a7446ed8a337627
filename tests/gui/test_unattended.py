"""Nobody at the desk: the vault locks, an enrolment in progress is kept, and is taken up again."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QPushButton

from mlid_desktop.gui.identify.view import IdentifyView
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.unlock.page import UnlockPage
from mlid_desktop.gui.widgets.dialogs import Answer, Question
from mlid_desktop.gui.window.auto_lock import WARNING_S, IdleWatch
from tests.gui.stage import PASSPHRASE, ROOT, Stage
from tests.gui.steps import enrol_view, to_fingers, visible, with_finger, without_voice


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def watch(stage: Stage, hands: Hands, limit_s: float = 600.0) -> tuple[IdleWatch, list[float | None]]:
    said: list[float | None] = []
    made = IdleWatch(stage.window, stage.workspace, limit_s, said.append, stage.window.lock, hands)
    return made, said


def unlock(stage: Stage) -> None:
    stage.until(lambda: isinstance(stage.window.current, UnlockPage))
    stage.workspace.open(stage.folder, "A. Clerk", PASSPHRASE, stage._refused)
    stage.until(lambda: bool(stage.window.pages))


def resume(stage: Stage) -> None:
    click(stage, "Resume")


def test_a_warning_comes_two_minutes_before_and_any_input_takes_it_away(demo: Stage) -> None:
    hands = Hands()
    idle, said = watch(demo, hands)
    hands.now += 600 - WARNING_S - 1
    idle.look()
    assert said == []
    hands.now += 2
    idle.look()
    assert said == [pytest.approx(119)]
    idle.note_input()
    assert said[-1] is None
    hands.now += WARNING_S
    idle.look()
    assert demo.workspace.is_open


@pytest.mark.parametrize("how", ["key", "mouse"])
def test_a_key_or_the_mouse_in_any_window_is_somebody(demo: Stage, how: str) -> None:
    hands = Hands()
    idle, said = watch(demo, hands)
    idle.start()
    try:
        dialog = QDialog(demo.window)
        for window in (demo.window, dialog):
            window.show()
            idle.look()
            hands.now += 600 - WARNING_S + 1
            idle.look()
            assert said[-1] == pytest.approx(119)
            handle = window.windowHandle()
            if how == "key":
                QTest.keyClick(handle, Qt.Key.Key_Shift)
            else:
                QTest.mouseMove(handle, QPoint(5, 5))
            demo.until(lambda: said[-1] is None)
    finally:
        idle.stop()


def test_the_vault_locks_when_the_time_is_over(demo: Stage) -> None:
    hands = Hands()
    idle, _ = watch(demo, hands)
    hands.now += 601
    idle.look()
    assert not demo.workspace.is_open
    assert isinstance(demo.window.current, UnlockPage)


@pytest.mark.parametrize("how", ["screen", "session", "sleep"])
def test_the_vault_locks_with_the_desktop(demo: Stage, how: str) -> None:
    idle, _ = watch(demo, Hands())
    idle.screen_locked(locked=False)
    idle.going_to_sleep(begins=False)
    assert demo.workspace.is_open
    if how == "screen":
        idle.screen_locked(locked=True)
    elif how == "session":
        idle.session_locked()
    else:
        idle.going_to_sleep(begins=True)
    assert not demo.workspace.is_open


def test_a_lock_is_seen_to_its_end_although_the_window_closes(qapp: QApplication, tmp_path: Path) -> None:
    """The vault thread is busy: what is queued behind is dropped when the window goes, the lock is not."""
    stage = Stage(qapp, tmp_path, models=tmp_path / "no-models")
    stage.create_vault()
    vault = stage.vault
    stage.workspace.vault_worker.submit(time.sleep, 0.3)
    stage.window.lock()
    stage.close()
    assert vault._state._locked


def test_a_lock_in_the_middle_of_an_enrolment_loses_nothing(demo: Stage) -> None:
    with_finger(demo)
    before = enrol_view(demo).session
    demo.window.lock()
    assert "Maria" not in "".join(button.text() for button in demo.window.findChildren(QPushButton))
    unlock(demo)
    resume(demo)
    view = enrol_view(demo)
    demo.until(view.fingers.isVisible)
    after = view.session
    assert after.subject_id == before.subject_id
    assert after.details == before.details
    assert after.consent == before.consent
    assert after.exceptions == before.exceptions
    (kept,) = after.kept.items()
    (was,) = before.kept.items()
    assert kept[0] == was[0]
    assert after.templates == before.templates
    assert kept[1].best is not None
    assert was[1].best is not None
    assert kept[1].best.observation.template == was[1].best.observation.template
    assert kept[1].best.quality == was[1].best.quality
    assert len(kept[1].takes) == len(was[1].takes)
    demo.press(Qt.Key.Key_Return)
    demo.until(view.voice.isVisible)
    without_voice(view)
    demo.until(view.review.isVisible)
    demo.press(Qt.Key.Key_Return)
    demo.until(view.ended.isVisible)
    demo.window.go(PageName.HOME)
    demo.until(lambda: not demo.workspace.pending.drafts)


def test_a_program_that_ends_leaves_the_draft_behind(qapp: QApplication, tmp_path: Path) -> None:
    first = Stage(qapp, tmp_path, models=tmp_path / "no-models")
    first.create_vault()
    with_finger(first)
    subject = enrol_view(first).session.subject_id
    first.workspace.vault_worker.submit(lambda: None).result()  # what was asked of the vault is done
    first.lose_power()
    again = Stage(qapp, tmp_path, models=tmp_path / "no-models")
    try:
        again.workspace.open(again.folder, "A. Clerk", PASSPHRASE, again._refused)
        again.until(lambda: bool(again.window.pages))
        resume(again)
        again.until(enrol_view(again).fingers.isVisible)
        assert enrol_view(again).session.subject_id == subject
        assert len(enrol_view(again).session.kept) == 1
    finally:
        again.close()


def test_a_search_that_nobody_could_answer_waits_and_is_answered_by_another(known: Stage) -> None:
    known.window.go(PageName.IDENTIFY)
    view = known.view(PageName.IDENTIFY)
    assert isinstance(view, IdentifyView)
    view._show(view.finger)
    known.until(view.candidates.isVisible)
    answer(known, view, "escalated")
    known.until(lambda: len(known.workspace.pending.searches) == 1)
    known.window.lock()
    unlock(known)
    click(known, "Review")
    again = known.view(PageName.IDENTIFY)
    assert isinstance(again, IdentifyView)
    known.until(again.candidates.isVisible)
    assert again._session is not None
    assert again._session.found is not None
    assert [candidate.subject_id for candidate in again._session.found.candidates] == [
        known.workspace.unlocked.people[0].subject_id
    ]
    answer(known, again, "different")
    known.until(lambda: not known.workspace.pending.searches)
    assert known.window.current is known.view(PageName.HOME)


def answer(stage: Stage, view: IdentifyView, outcome: str) -> None:
    said = next(button for button in visible(stage, QAbstractButton) if button.property("outcome") == outcome)
    assert isinstance(said, QAbstractButton)
    said.click()
    view.candidates.panel.compared.setCurrentIndex(1)
    stage.go_on()


def click(stage: Stage, text: str) -> None:
    def offered() -> list[QPushButton]:
        return [
            button
            for button in visible(stage, QPushButton)
            if isinstance(button, QPushButton) and button.text() == text
        ]

    stage.until(lambda: bool(offered()))
    offered()[0].click()


KILLED = """
import os, signal, sys
from pathlib import Path
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from tests.gui.stage import Stage
from tests.gui.steps import person, to_fingers
folder = Path(sys.argv[1])
stage = Stage(QApplication([]), folder, models=folder / "none")
stage.create_vault()
person(stage, 1)
view = to_fingers(stage, "1001", "Maria Okoye")
stage.press(Qt.Key.Key_Space)
stage.until(lambda: bool(view.session.kept))
stage.until(stage.workspace.vault_worker.submit(lambda: None).done)
print(view.session.subject_id, flush=True)
QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)  # the next finger is on its way
stage.until(lambda: view.fingers.panel.running)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is no signal there")
def test_a_process_that_is_killed_at_a_finger_is_taken_up_where_it_stood(qapp: QApplication, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        cwd=ROOT,
    )
    assert ran.returncode == -9, ran.stderr
    again = Stage(qapp, tmp_path, models=tmp_path / "none")
    try:
        again.workspace.open(again.folder, "A. Clerk", PASSPHRASE, again._refused)
        again.until(lambda: bool(again.window.pages))
        resume(again)
        view = enrol_view(again)
        again.until(view.fingers.isVisible)
        assert view.session.subject_id == ran.stdout.split()[-1]
        assert len(view.session.kept) == 1
    finally:
        again.close()


BUS = """
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtDBus import QDBusConnection, QDBusMessage
from mlid_desktop.gui.window.auto_lock import IdleWatch
application = QCoreApplication([])
class Desk:
    is_open = True
def lock():
    print("locked")
    application.quit()
watch = IdleWatch(application, Desk(), 600.0, lambda _: None, lock)
def announce():
    message = QDBusMessage.createSignal("/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver", "ActiveChanged")
    message.setArguments([True])
    bus = QDBusConnection.sessionBus()
    bus.registerService("org.freedesktop.ScreenSaver")
    bus.send(message)
QTimer.singleShot(100, announce)
QTimer.singleShot(60000, application.quit)
application.exec()
"""


@pytest.mark.skipif(shutil.which("dbus-run-session") is None, reason="no message bus can be started here")
def test_the_desktops_screen_lock_is_heard_on_a_real_message_bus() -> None:
    ran = subprocess.run(
        ["dbus-run-session", "--", sys.executable, "-c", BUS], capture_output=True, text=True, timeout=280, check=False
    )
    assert ran.stdout.strip() == "locked", ran.stderr


@pytest.mark.parametrize("known", [True, False], ids=["resumed", "while it is read"])
def test_nobodys_draft_is_lost_to_another_person(demo: Stage, monkeypatch: pytest.MonkeyPatch, known: bool) -> None:
    """Resumed, then begun anew by the key of the same page: the first person's draft stays beside the second's."""
    monkeypatch.setattr(Question, "answered", lambda _: Answer.THIRD)  # keep it for later
    with_finger(demo)
    demo.window.go(PageName.HOME)
    resume(demo)
    view = enrol_view(demo)
    if known:
        demo.until(lambda: view._session is not None)
    to_fingers(demo, "1002", "Ben Ho")
    demo.press(Qt.Key.Key_Space)
    demo.until(lambda: bool(view.session.kept))
    demo.window.go(PageName.HOME)
    demo.until(lambda: len(demo.workspace.pending.drafts) == 2)
    assert {draft.details.number for draft in demo.workspace.pending.drafts} == {"1001", "1002"}
