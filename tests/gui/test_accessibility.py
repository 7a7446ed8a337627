"""Every page as a screen reader and a keyboard meet it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleInterface, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QMenu,
    QPushButton,
    QWidget,
)

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.gui.administration.page import AdministrationPage
from mlid_desktop.gui.administration.presenter import Section
from mlid_desktop.gui.device_setup.page import DevicesPage
from mlid_desktop.gui.device_setup.source_list import SourceButton
from mlid_desktop.gui.enrol.view import EnrolView
from mlid_desktop.gui.figures.page import FiguresPage
from mlid_desktop.gui.page.help_presenter import all_keys
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.records.page import RecordsPage
from mlid_desktop.gui.widgets import announcing
from mlid_desktop.gui.window.setup.view import SetupView
from mlid_desktop.station.administration.readiness import SetupStep
from mlid_desktop.station.figures.period import PeriodKind
from tests.gui.hands import Hands, press, tab_to_button, type_into
from tests.gui.hands import focused as hand_on
from tests.gui.stage import HAND_MS, ROOT, SECOND, SECOND_PASSPHRASE, Stage
from tests.gui.steps import enrol, is_called, with_finger

WORKED_WITH = frozenset(
    {
        QAccessible.Role.Button,
        QAccessible.Role.PushButton,
        QAccessible.Role.ButtonMenu,
        QAccessible.Role.CheckBox,
        QAccessible.Role.RadioButton,
        QAccessible.Role.ComboBox,
        QAccessible.Role.EditableText,
        QAccessible.Role.Table,
        QAccessible.Role.List,
    }
)


def tree(interface: QAccessibleInterface | None) -> Iterator[QAccessibleInterface]:
    """Everything that is shown, from the top."""
    if interface is None or not interface.isValid() or interface.state().invisible:
        return
    yield interface
    for index in range(interface.childCount()):
        yield from tree(interface.child(index))


def name_of(interface: QAccessibleInterface) -> str:
    return interface.text(QAccessible.Text.Name) or interface.text(QAccessible.Text.Description)


def test_whatever_is_worked_with_has_a_name_and_is_reached_by_keyboard(known: Stage) -> None:
    for page_name in PageName:
        known.window.go(page_name)
        known.settle()
        found = [
            interface
            for interface in tree(QAccessible.queryAccessibleInterface(known.window))
            if interface.role() in WORKED_WITH
        ]
        assert found, page_name
        nameless = [f"{page_name} {type(interface.object()).__name__}" for interface in found if not name_of(interface)]
        assert nameless == []
        wanted = {
            widget
            for kind in (QLineEdit, QComboBox, QAbstractItemView)
            for widget in known.window.findChildren(kind)
            if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        }
        assert wanted <= set(reached_by_tab(known))


def reached_by_tab(stage: Stage) -> Iterator[QWidget]:
    """Once round the whole window; Qt's chain holds everything, shown or not."""
    first = stage.window.nextInFocusChain()
    here: QWidget | None = first
    for _ in range(50_000):
        assert here is not None
        yield here
        here = here.nextInFocusChain()
        if here is first:
            return
    raise AssertionError("the way by Tab does not come round")


def focused(stage: Stage) -> QWidget:
    here = QApplication.focusWidget()
    assert here is not None
    assert stage.window.isAncestorOf(here)
    return here


def tab_to(stage: Stage, words: str) -> QWidget:
    """By Tab alone to what is called so."""
    for _ in range(200):
        here = focused(stage)
        if isinstance(here, QAbstractButton) and is_called(here.text(), words):
            return here
        stage.press(Qt.Key.Key_Tab)
    raise AssertionError(f"Tab does not come to {words}")


def test_figures_are_looked_through_and_read_as_a_table_by_keys_alone(known: Stage) -> None:
    known.press(Qt.Key.Key_F10, known.window)
    page = known.view(PageName.FIGURES)
    assert isinstance(page, FiguresPage)
    known.settle()
    assert focused(known) is page.kinds[PeriodKind.DAY]
    tab_to(known, "As a table")
    known.press(Qt.Key.Key_Space)
    assert page.table.isVisible()
    tab_to(known, "Earlier")
    before = page._period
    known.press(Qt.Key.Key_Space)
    known.until(lambda: page._period != before)
    known.press(Qt.Key.Key_Escape)
    assert known.window.current is known.view(PageName.HOME)


def test_the_first_day_is_gone_through_and_left_by_keys_alone(known: Stage) -> None:
    known.press(Qt.Key.Key_F12, known.window)
    guide = known.view(PageName.SETUP)
    assert isinstance(guide, SetupView)
    known.settle()
    seen: list[SetupStep] = []
    while known.window.current is guide and len(seen) < len(SetupStep):
        seen.append(guide._step)
        tab_to(known, "Skip for now" if guide._step in guide._missing else "Next" if guide._later else "Finish")
        known.press(Qt.Key.Key_Space)
        known.settle()
    assert len(set(seen)) == len(seen) > 3
    assert known.window.current is known.view(PageName.HOME)
    known.press(Qt.Key.Key_F12, known.window)
    known.press(Qt.Key.Key_Escape)
    assert known.window.current is known.view(PageName.HOME)


def test_somebody_alike_is_told_apart_and_somebody_is_erased_by_keys_alone(known: Stage) -> None:
    view = enrol(known, "1002", "Mary Okoye")
    known.until(view.duplicates.panel.isVisible)
    tab_to(known, "No, different people")
    known.press(Qt.Key.Key_Space)
    while focused(known) is not view.duplicates.panel.compared:
        known.press(Qt.Key.Key_Tab)
    known.press(Qt.Key.Key_End)  # something else: what it was is typed
    assert focused(known) is view.duplicates.panel.reason
    known.type(view.duplicates.panel.reason, "The passport photograph shows somebody else")
    known.press(Qt.Key.Key_Return)
    known.until(view.review.isVisible)
    hands = Hands()
    hands.answer("This enrolment is not saved", kept)
    known.press(Qt.Key.Key_F5, known.window)
    page = known.view(PageName.RECORDS)
    assert isinstance(page, RecordsPage)
    known.until(lambda: known.window.current is page)
    known.window.activateWindow()  # as a window manager does
    known.until(lambda: QApplication.focusWidget() is not None)
    known.until(lambda: not page.finder.waits)
    while focused(known) is not page.finder.table:
        known.press(Qt.Key.Key_Tab)
    known.press(Qt.Key.Key_Down)
    known.until(page.record.menu_button.isVisible)
    tab_to(known, "More acts")
    hands.answer("Erase Maria Okoye?", confirmed)
    hands.answer("Maria Okoye is erased", lambda dialog: press(dialog, Qt.Key.Key_Escape))  # without a certificate
    QTimer.singleShot(HAND_MS, choose_last)  # an open menu runs an event loop of its own
    known.press(Qt.Key.Key_Space)
    known.until(lambda: not known.workspace.unlocked.people)


def kept(dialog: QDialog) -> None:
    """The enrolment, for later."""
    tab_to_button(dialog, "Keep it until tomorrow")
    press(dialog, Qt.Key.Key_Space)


def choose_last() -> None:
    """In the menu that is open, by keys: what stands last, apart from the rest."""
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    QTest.keyClick(menu, Qt.Key.Key_Up)
    active = menu.activeAction()
    assert active is not None
    assert active.text().startswith("Erase"), active.text()
    QTest.keyClick(menu, Qt.Key.Key_Return)


def confirmed(dialog: QDialog) -> None:
    """By the second person, who types name and passphrase."""
    for field, text in zip(dialog.findChildren(QLineEdit), (SECOND, SECOND_PASSPHRASE), strict=True):
        while hand_on(dialog) is not field:
            press(dialog, Qt.Key.Key_Tab)
        type_into(dialog, text)
    tab_to_button(dialog, "Erase Maria Okoye")
    press(dialog, Qt.Key.Key_Space)


def test_what_a_reader_puts_into_a_field_counts_as_typed(demo: Stage) -> None:
    demo.window.go(PageName.ENROL)
    view = demo.view(PageName.ENROL)
    assert isinstance(view, EnrolView)
    demo.read()
    demo.go_on()
    demo.until(view.details.isVisible)
    assert not demo.primary().isEnabled()
    for field, dictated in ((view.details.number, "1001"), (view.details.name, "Maria Okoye")):
        interface = QAccessible.queryAccessibleInterface(field)
        assert interface is not None
        interface.setText(QAccessible.Text.Value, dictated)
    assert demo.primary().isEnabled()
    view.details.reset()
    assert not view.details._number_fault.text(), "the next person is not blamed for an empty field"


def test_a_reader_goes_to_a_page_by_its_button(demo: Stage) -> None:
    (button,) = [each for each in demo.window.findChildren(QAbstractButton) if each.text() == "Records"]
    for _ in range(2):  # the second time it is shown anew, and stays marked
        button.toggle()  # as the accessibility bus does with a button that can be checked
        demo.settle()
        assert demo.window.current is demo.view(PageName.RECORDS)
        assert button.isChecked()


def test_a_reader_chooses_among_several_by_a_toggle_and_a_press_chooses_once(
    demo: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo.window.go(PageName.ADMINISTRATION)
    administration = demo.view(PageName.ADMINISTRATION)
    assert isinstance(administration, AdministrationPage)
    button = administration.buttons[Section.MODELS]
    told: list[Section] = []
    monkeypatch.setattr(
        administration.shown, "begin", lambda section, **_: told.append(section)
    )  # what is shown is counted
    button.toggle()
    demo.settle()
    assert administration.section is Section.MODELS
    administration.buttons[Section.VAULT].click()
    administration.buttons[Section.VAULT].click()  # shown anew
    assert told == [Section.MODELS, Section.VAULT, Section.VAULT]
    demo.window.go(PageName.FIGURES)
    figures = demo.view(PageName.FIGURES)
    assert isinstance(figures, FiguresPage)
    demo.until(lambda: figures.first() is figures.kinds[PeriodKind.DAY])
    figures.kinds[PeriodKind.WEEK].toggle()
    demo.until(lambda: figures.first() is figures.kinds[PeriodKind.WEEK])
    demo.window.go(PageName.DEVICES)
    devices = demo.view(PageName.DEVICES)
    assert isinstance(devices, DevicesPage)
    demo.until(lambda: bool(devices.findChildren(SourceButton)))
    devices.tabs._buttons[Modality.VOICE].toggle()
    source = next(each for each in devices.findChildren(SourceButton) if each.isVisible())
    assert source.choice.modality is Modality.VOICE
    source.toggle()
    assert devices._chosen == source.choice


def test_what_happens_is_announced(demo: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(announcing, "tell", lambda _, text: said.append(text))
    with_finger(demo)
    assert any("finger" in sentence.lower() for sentence in said)
    demo.window.say("The camera is gone.")
    assert "The camera is gone." in said


def test_every_key_of_the_window_is_in_the_help_and_in_the_guide_and_none_is_there_that_does_nothing(
    demo: Stage,
) -> None:
    for page_name in PageName:
        demo.window.go(page_name)
    working = {shortcut.key().toString() for shortcut in demo.window.findChildren(QShortcut)}
    working |= {button.shortcut().toString() for button in demo.window.findChildren(QPushButton)} - {""}
    listed = {key for group in all_keys(demo.workspace.language) for key, _ in group.keys}
    on_pages = {"Enter", "Esc", "Tab", "Space", "R", "S", "X", "← →  1 … 0", "P"}  # pressed in the tests of their pages
    assert working == listed - on_pages
    guide = (ROOT / "docs" / "user-guide.md").read_text(encoding="utf-8")
    table = {row.split("|")[1].strip() for row in guide.partition("| key |")[2].splitlines() if row.startswith("| ")}
    assert listed <= table
