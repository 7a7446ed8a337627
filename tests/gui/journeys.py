"""Whole journeys of the front desk through the real window, for the tests and for the benches that time them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QPushButton

from mlid_desktop.domain.characteristics import VOICE, Modality
from mlid_desktop.domain.ports import Prompted, Source
from mlid_desktop.domain.subjects import ExceptionReason
from mlid_desktop.gui.capture import live_voice
from mlid_desktop.gui.enrol.view import EnrolView
from mlid_desktop.gui.identify.view import IdentifyView
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.records.page import RecordsPage
from mlid_desktop.gui.unlock.page import UnlockPage
from mlid_desktop.gui.verify.view import VerifyView
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.station.capture import prompted_takes
from mlid_desktop.workflow.enrolment import EnrolmentSession
from tests.contracts.virtual_reader import UNPLUG, VirtualReader, finger
from tests.gui.stage import PASSPHRASE, SECOND, SECOND_PASSPHRASE, Stage
from tests.gui.steps import (
    check,
    choose_language,
    enrol,
    enrol_view,
    is_called,
    look_up_and_check,
    offered,
    person,
    restore_dialog,
    saved,
    say_what_to_restore,
    to_face,
    to_fingers,
    told,
    use_source,
    verdict,
    visible,
    with_finger,
    without_voice,
)
from tests.recordings import half_of

LOOK_MS = 10
SPEED = 2.0  # the analysis of a take keeps up with it


def hurry(patch: pytest.MonkeyPatch) -> None:
    """Made-up people speak faster, the same digits each time; what holds their sound is as much larger."""

    def quick(source: Source) -> Source:
        assert isinstance(source, Prompted)
        return prompted_takes.SelfPacedTakes(source, source, SPEED)

    draws = iter(range(1, 1_000_000))
    patch.setattr(live_voice, "pace_as_spoken", quick)
    patch.setattr(prompted_takes, "SystemRandom", lambda: Random(next(draws)))


@contextmanager
def answers(*dialogs: tuple[str, ...] | None) -> Iterator[list[str]]:
    """Meanwhile, each question that comes up is filled in with the next of these and given its second answer; None
    gives the first. What they were called is collected."""
    waiting, seen = list(dialogs), list[str]()
    answered: set[int] = set()

    def look() -> None:
        question = QApplication.activeModalWidget()
        if not isinstance(question, Question) or id(question) in answered or not waiting:
            return
        answered.add(id(question))
        seen.append(question.windowTitle())
        typed = waiting.pop(0)
        for field, text in zip(question.findChildren(QLineEdit), typed or (), strict=False):
            field.setText(text)
        (question.keep if typed is None else question.do).click()
        answered.discard(id(question))

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(LOOK_MS)
    try:
        yield seen
    finally:
        timer.stop()


def all_three(stage: Stage, number: str = "1001", name: str = "Maria Okoye", seed: int = 1) -> EnrolmentSession:
    """Face, a finger of each hand and the voice, to the end."""
    person(stage, seed)
    view = to_face(stage, number, name)
    assert view.face.footer is not None
    stage.until(view.face.footer.primary.isEnabled)
    stage.go_on()
    stage.until(view.fingers.isVisible)
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: _fingers(view) == 2)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.voice.isVisible)
    stage.press(Qt.Key.Key_Space)
    stage.until(lambda: VOICE in view.session.kept)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.review.isVisible)
    if view.review.attest.isVisible():
        view.review.attest.click()
    stage.go_on()
    stage.until(view.ended.isVisible)
    stage.until(lambda: any(person.number == number for person in stage.workspace.unlocked.people))
    return view.session


def faces_checked(stage: Stage, people: Path, frames: Path) -> tuple[str, str, str]:
    """Somebody recorded at a webcam is enrolled by the first half of the frames; then what the decision page says
    of the second half, of somebody else, and of a printed picture."""
    use_source(stage, half_of(people, frames, "live", "0001", first=True), Modality.FACE)
    view = to_face(stage, "1001", "Maria Okoye")
    assert view.face.footer is not None
    stage.until(view.face.footer.primary.isEnabled)
    stage.go_on()
    stage.until(view.fingers.isVisible)
    view.fingers._pass_by(ExceptionReason.DECLINED)
    to_the_end(stage, view)

    def shown(kind: str, person: str) -> str:
        use_source(stage, half_of(people, frames, kind, person, first=False), Modality.FACE)
        check_page = look_up_and_check(stage, "1001")
        return told(check_page.decision)

    return shown("live", "0001"), shown("live", "0002"), shown("print", "0001")


def fingers_checked(stage: Stage) -> tuple[str, str]:
    """Enrolled by a finger; then the verdicts on the same person and on another."""
    saved(stage)
    return verdict(check(stage, "1001", 1)), verdict(check(stage, "1001", 2))


def declined(stage: Stage) -> EnrolView:
    """The person says no."""
    stage.window.go(PageName.ENROL)
    view = enrol_view(stage)
    stage.until(_button(stage, "The person declines").isEnabled)
    with answers(()):
        _button(stage, "The person declines").click()
        stage.until(view.ended.isVisible)
    return view


def missing_finger(stage: Stage) -> EnrolView:
    """The first finger is missing, the next one is taken; saved."""
    person(stage, 1)
    view = to_fingers(stage)
    view.fingers._except_for(ExceptionReason.MISSING)
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: bool(view.session.kept))
    stage.press(Qt.Key.Key_Return)
    to_the_end(stage, view)
    return view


@dataclass(frozen=True)
class Unplugging:
    """What was said while the reader was gone, and the session after it came back."""

    said: str
    session: EnrolmentSession


def unplugged(stage: Stage, folder: Path, seed: int = 7) -> Unplugging:
    """A real reader's driver: touched, pulled out in the middle, plugged in again, and the finger is kept."""
    reader = VirtualReader(folder, patience_s=0.0)  # the window's thread waits for nobody
    touching = QTimer()
    drawn = stage.workspace.inference_worker.submit(lambda: [finger(seed, number) for number in range(3)])
    stage.until(drawn.done)
    images = drawn.result()
    turns = iter(range(10_000))

    def touch() -> None:
        try:
            reader.touch(images[next(turns) % len(images)])
        except OSError:
            reader.let_go()

    touching.timeout.connect(touch)
    view = to_fingers(stage)
    use_source(stage, f"reader:0?virtual={reader.path}", Modality.FINGERPRINT)
    stage.press(Qt.Key.Key_Space)
    try:
        _once_open(stage, lambda: reader.touch(images[0]))
        _once_open(stage, lambda: reader.say(UNPLUG))
        stage.until(lambda: "is gone" in _words(view) or "disconnected" in _words(view) or "again" in _words(view))
        said = _words(view)
        reader.let_go()
        touching.start(200)
        stage.until(lambda: bool(view.session.kept))
    finally:
        touching.stop()
        view.fingers.panel.stop()
        reader.let_go()
    return Unplugging(said, view.session)


def locked_and_resumed(stage: Stage) -> tuple[EnrolmentSession, EnrolmentSession]:
    """The vault locks after the first finger; the enrolment is taken up again from the home page and saved."""
    view = with_finger(stage)
    before = view.session
    stage.window.lock()
    stage.until(lambda: isinstance(stage.window.current, UnlockPage))
    stage.workspace.open(stage.folder, "A. Clerk", PASSPHRASE, stage._refused)
    stage.until(lambda: bool(stage.window.pages))
    stage.until(lambda: any(True for _ in _buttons(stage, "Resume")))
    _button(stage, "Resume").click()
    view = enrol_view(stage)
    stage.until(view.fingers.isVisible)
    after = view.session
    stage.press(Qt.Key.Key_Return)
    to_the_end(stage, view)
    return before, after


def duplicate_reviewed(stage: Stage) -> EnrolView:
    """The same finger comes under another name: two people compare, say that it is somebody else, and it is saved."""
    saved(stage)
    view = enrol(stage, "1002", "Mary Okoye")
    view.duplicates.panel.compared.setCurrentIndex(1)
    different = next(button for button in visible(stage, QAbstractButton) if button.property("outcome") == "different")
    assert isinstance(different, QAbstractButton)
    different.click()
    stage.go_on()
    stage.until(view.review.isVisible)
    with answers((SECOND, SECOND_PASSPHRASE)):
        stage.go_on()
        stage.until(view.ended.isVisible)
    stage.until(lambda: len(stage.workspace.unlocked.people) == 2)
    return view


def identified(stage: Stage) -> IdentifyView:
    """A finger is searched for; two people say that the candidate is the person."""
    saved(stage)
    stage.window.go(PageName.IDENTIFY)
    view = stage.view(PageName.IDENTIFY)
    assert isinstance(view, IdentifyView)
    view._show(view.finger)
    stage.until(view.candidates.isVisible)
    assert not stage.primary().isEnabled()  # nobody is the person before somebody has compared
    first = view.candidates.panel.first()
    assert isinstance(first, QPushButton)
    first.click()
    same = next(button for button in visible(stage, QAbstractButton) if button.property("outcome") == "same")
    assert isinstance(same, QAbstractButton)
    same.click()
    view.candidates.panel.compared.setCurrentIndex(1)
    with answers((SECOND, SECOND_PASSPHRASE)):
        stage.go_on()
        stage.until(lambda: stage.window.current is stage.view(PageName.HOME))
    return view


def erased(stage: Stage, certificate: Path) -> RecordsPage:
    """Found, erased by two, the certificate saved."""
    saved(stage)
    stage.window.go(PageName.RECORDS)
    view = stage.view(PageName.RECORDS)
    assert isinstance(view, RecordsPage)
    view.acts.choose_file = lambda _: str(certificate)
    stage.type(view.finder.field, "oko")
    stage.until(lambda: bool(offered(view.record, "Erase Maria")))
    with answers((SECOND, SECOND_PASSPHRASE), ()):
        offered(view.record, "Erase Maria")[0].trigger()
        stage.until(certificate.is_file)
    stage.until(lambda: not stage.workspace.unlocked.people)
    return view


def language_changed(stage: Stage) -> set[str]:
    """In the middle of an enrolment to Arabic and back, then saved; what stood on the page meanwhile."""
    view = with_finger(stage)
    choose_language(stage, "العربية")
    meanwhile = {button.text() for button in visible(stage, QPushButton) if isinstance(button, QPushButton)}
    choose_language(stage, "English")
    view = enrol_view(stage)
    stage.until(view.fingers.isVisible)
    stage.press(Qt.Key.Key_Return)
    to_the_end(stage, view)
    return meanwhile


def without_devices(stage: Stage) -> bool:
    """Nothing is connected: enrolling offers a way on, and every page opens. Whether it was offered."""
    stage.workspace.engine_faults = dict.fromkeys(stage.workspace.engine_faults)  # it is about devices alone
    view = to_face(stage, "1001", "Maria Okoye")
    stage.until(view.face.panel.empty.isVisible)
    offered = any(view.face.panel.empty.isAncestorOf(button) for button in visible(stage, QAbstractButton))
    for page_name in PageName:
        stage.window.go(page_name)
        stage.settle()
    return offered


def restored(stage: Stage, backup: Path, name: str = "A. Clerk", passphrase: str = PASSPHRASE) -> VerifyView:
    """On a machine without a vault: the backup is checked, restored, unlocked, and the person in it is known again."""
    dialog = restore_dialog(stage)
    say_what_to_restore(dialog, backup, name, passphrase)
    dialog.do.click()
    stage.until(lambda: "1 person" in dialog.notice.text)
    assert not stage.folder.exists()  # nothing was made yet
    assert dialog.do.text() == "Restore"
    dialog.do.click()
    dialog.reject()  # Esc: what has begun is seen to its end
    assert dialog.isVisible()
    stage.until(lambda: isinstance(stage.window.current, UnlockPage) and not stage.window.current._creating)
    stage.workspace.open(stage.folder, name, passphrase, stage._refused)
    stage.until(lambda: bool(stage.window.pages) and bool(stage.workspace.engine_faults))
    stage.window.activateWindow()  # as a window manager does when the dialog is gone
    stage.until(stage.window.isActiveWindow)
    return check(stage, "1001", 1)


def to_the_end(stage: Stage, view: EnrolView) -> None:
    """Without a voice, from the step after the fingers until the person is in the directory."""
    stage.until(view.voice.isVisible)
    without_voice(view)
    stage.until(view.review.isVisible)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.ended.isVisible)
    stage.until(lambda: bool(stage.workspace.unlocked.people))


def _fingers(view: EnrolView) -> int:
    return sum(characteristic.modality is Modality.FINGERPRINT for characteristic in view.session.kept)


def _once_open(stage: Stage, act: Callable[[], None]) -> None:
    """The driver's socket is there once the helper has opened the reader."""

    def tried() -> bool:
        try:
            act()
        except OSError:
            return False
        return True

    stage.until(tried)


def _words(view: EnrolView) -> str:
    return view.fingers.panel.hint.accessibleName()


def _buttons(stage: Stage, name: str) -> Iterator[QPushButton]:
    for button in visible(stage, QPushButton):
        if isinstance(button, QPushButton) and is_called(button.text(), name):
            yield button


def _button(stage: Stage, name: str) -> QPushButton:
    return next(_buttons(stage, name))
