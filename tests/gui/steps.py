"""Stretches of work in the real window that several journeys share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QLineEdit, QMenu, QWidget

from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.domain.subjects import ExceptionReason
from mlid_desktop.gui.enrol.view import EnrolView
from mlid_desktop.gui.page.language_button import LanguageButton
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.records.page import RecordsPage
from mlid_desktop.gui.state.source_choices import SourceChoice, address_for, choices_for
from mlid_desktop.gui.unlock.page import UnlockPage
from mlid_desktop.gui.unlock.restore_page import RestoreDialog
from mlid_desktop.gui.verify.decision_card import DecisionCard
from mlid_desktop.gui.verify.view import VerifyView
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.station.services.pending_work import DayCounts
from mlid_desktop.vault.figures import figure_store
from mlid_desktop.vault.figures.day_figures import CaptureFigures, FigureKind, counts_of
from tests.gui.stage import HAND_MS, SECOND, SECOND_PASSPHRASE, Stage
from tests.makers import CAMERA

ACCEPTED, REFUSED = "verification.decided/accepted/same_person", "verification.decided/rejected/different_person"


def enrol_view(stage: Stage) -> EnrolView:
    view = stage.view(PageName.ENROL)
    assert isinstance(view, EnrolView)
    return view


def person(stage: Stage, seed: int) -> None:
    for modality in Modality:
        stage.workspace.choose_source(choices_for(stage.workspace.unlocked.choices, modality)[seed - 1])


def use_source(stage: Stage, address: str, modality: Modality) -> SourceChoice:
    """What is at this address joins the list and is in use from now on."""
    found: list[SourceChoice] = []
    faults: list[MlidError] = []
    stage.workspace.add_source(address, modality, found.append, faults.append)
    stage.until(lambda: bool(found or faults))
    if faults:
        raise faults[0]
    stage.workspace.choose_source(found[0])
    return found[0]


def to_face(stage: Stage, number: str = "1001", name: str = "Maria Okoye") -> EnrolView:
    """Consent and details."""
    stage.window.go(PageName.ENROL)
    view = enrol_view(stage)
    stage.read()
    stage.press(Qt.Key.Key_Return)
    stage.type(view.details.number, number)
    stage.type(view.details.name, name)
    stage.wait(HAND_MS)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.face.isVisible)
    return view


def to_fingers(stage: Stage, number: str = "1001", name: str = "Maria Okoye") -> EnrolView:
    """Consent and details, and no camera."""
    view = to_face(stage, number, name)
    view.face._skip_for(ExceptionReason.DEVICE_ABSENT)
    stage.until(view.fingers.isVisible)
    return view


def with_finger(stage: Stage, number: str = "1001", name: str = "Maria Okoye", seed: int = 1) -> EnrolView:
    """A finger of this person is kept, and the step of the fingers is shown."""
    person(stage, seed)
    view = to_fingers(stage, number, name)
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: bool(view.session.kept))
    no_other_finger(stage, view)
    return view


def no_other_finger(stage: Stage, view: EnrolView) -> None:
    """The capture of the next finger is stopped: it is bandaged."""
    stage.press(Qt.Key.Key_S)
    view.fingers._except_for(ExceptionReason.BANDAGED)


def without_voice(view: EnrolView) -> None:
    """The step of the voice is passed: the person declines it."""
    view.voice._skip.menu().actions()[0].trigger()


def to_voice(stage: Stage, number: str = "1001", name: str = "Maria Okoye", seed: int = 1) -> EnrolView:
    view = with_finger(stage, number, name, seed)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.voice.isVisible)
    return view


def enrol(stage: Stage, number: str = "1001", name: str = "Maria Okoye", seed: int = 1) -> EnrolView:
    view = to_voice(stage, number, name, seed)
    without_voice(view)
    stage.until(lambda: view.review.isVisible() or view.duplicates.panel.isVisible())
    return view


def capture_again(stage: Stage, title: str) -> None:
    """From the review back to the step of this capture."""
    offered_again = buttons(enrol_view(stage).review, "Capture again …")
    (again,) = [button for button in offered_again if button.accessibleName() == f"{title}: Capture again …"]
    again.click()


def saved(stage: Stage, number: str = "1001", name: str = "Maria Okoye", seed: int = 1) -> None:
    view = enrol(stage, number, name, seed)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.ended.isVisible)
    stage.until(lambda: any(person.number == number for person in stage.workspace.unlocked.people))


def check(stage: Stage, number: str, seed: int) -> VerifyView:
    person(stage, seed)
    return look_up_and_check(stage, number)


def look_up(stage: Stage, number: str) -> VerifyView:
    """Verify is open, and the person with this number is found."""
    stage.window.go(PageName.VERIFY)
    view = stage.view(PageName.VERIFY)
    assert isinstance(view, VerifyView)
    stage.type(view.finder.finder.field, number)
    return view


def look_up_and_check(stage: Stage, number: str) -> VerifyView:
    """By the characteristic that is offered first, of whoever is at the device in use."""
    view = look_up(stage, number)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.decision.isVisible)
    return view


def today(stage: Stage) -> DayCounts:
    """What the audit says of today, as the home page shows it."""
    stage.workspace.refresh_pending()
    stage.settle()
    return stage.workspace.pending.today


def records(stage: Stage) -> RecordsPage:
    stage.window.go(PageName.RECORDS)
    view = stage.view(PageName.RECORDS)
    assert isinstance(view, RecordsPage)
    return view


def answering(*typed: str) -> Callable[[Question], bool]:
    """Fills the fields of a question in their order and gives its second answer."""

    def answer(question: Question) -> bool:
        for field, text in zip(question.findChildren(QLineEdit), typed, strict=False):
            field.setText(text)
        question.do.click()
        return question.result() == QDialog.DialogCode.Accepted

    return answer


def told(part: QWidget) -> str:
    """What a part of the window says."""
    return " ".join(label.text() for label in part.findChildren(QLabel))


def words(part: QWidget) -> str:
    """What a part of the window says that can be seen."""
    return " | ".join(label.text() for label in part.findChildren(QLabel) if label.isVisible())


def is_called(words: str, name: str) -> bool:
    """Whether a control with these words is called so, or begins with the whole of that name: ``Erase Maria Okoye …``
    is an ``Erase``, and ``Next: test the camera`` is no ``Next``."""
    return words == name or words.startswith(f"{name} ")


def buttons(part: QWidget, name: str) -> list[QAbstractButton]:
    """The buttons of a part of the window that can be seen and are called so; those of just that name where there are
    such."""
    seen = [button for button in part.findChildren(QAbstractButton) if button.isVisibleTo(part)]
    exact = [button for button in seen if button.text() in {name, f"{name} …"}]
    return exact or [button for button in seen if is_called(button.text(), name)]


def offered(part: QWidget, name: str) -> list[QAction]:
    """What the menus of a part of the window offer, of what is called so."""
    return [act for menu in part.findChildren(QMenu) for act in menu.actions() if is_called(act.text(), name)]


def visible(stage: Stage, *kinds: type[QWidget]) -> Iterator[QWidget]:
    for kind in kinds:
        for widget in stage.window.findChildren(kind):
            if widget.isVisible():
                yield widget


def verdict(view: VerifyView) -> str:
    card = view.decision.findChildren(DecisionCard)[-1]
    return card.accessibleName().partition(".")[0]


def same_finger_for_all(stage: Stage, finger: Characteristic) -> None:
    """From now on person 1 gives this finger, whichever is asked for."""
    choice = choices_for(stage.workspace.unlocked.choices, Modality.FINGERPRINT)[0]
    stubborn = replace(choice, address=address_for(choice, finger), identity=DeviceIdentity("reader", "1", "Reader"))
    stage.workspace._unlocked = replace(stage.workspace.unlocked, choices=(stubborn,))


def choose_language(stage: Stage, name: str) -> None:
    """By the window's own menu."""
    stage.until(lambda: any(visible(stage, LanguageButton)))
    button = next(button for button in visible(stage, LanguageButton) if isinstance(button, LanguageButton))
    next(action for action in button.menu().actions() if action.text() == name).trigger()
    stage.settle()


def restore_dialog(stage: Stage) -> RestoreDialog:
    """Opened from the page that asks for a vault."""
    page = stage.window.current
    assert isinstance(page, UnlockPage)
    page.restore.click()
    return page.findChildren(RestoreDialog)[-1]


def say_what_to_restore(dialog: RestoreDialog, backup: Path, name: str, passphrase: str) -> None:
    """The folder, who opens it, and the second person of a vault that two founded."""
    dialog.second_name.setText(SECOND)
    dialog.second_secret.setText(SECOND_PASSPHRASE)
    dialog.choose_folder = lambda: str(backup)
    dialog._choose.click()
    dialog.name.setText(name)
    dialog.secret.setText(passphrase)


def count_days(stage: Stage, *days: int) -> None:
    """What was counted so many days ago, on each of them: enough to be shown."""

    def write() -> None:
        vault = stage.vault
        seen = CaptureFigures(Modality.FACE, CAMERA, {"unified": 80}, {"capture": 2000.0})
        acts = {FigureKind.ACTS: {ACCEPTED: {9: 12, 10: 3, 11: 2, 12: 3}, REFUSED: {10: 6, 11: 1}}}
        with vault._state.changing() as transaction:
            for ago in days:
                day = figure_store.today(transaction) - timedelta(days=ago)
                figure_store.add(transaction, day, acts)
                figure_store.add(transaction, day, counts_of([seen] * 12, {CAMERA: "aa"}))

    stage.workspace.vault_worker.submit(write).result()
