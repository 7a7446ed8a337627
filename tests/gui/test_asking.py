"""Questions: where the focus stands is seen, and a field is marked as missing once somebody left it empty."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.gui.widgets.focus import FocusRing
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.text.language import open_language


def test_a_dialog_has_a_focus_ring_of_its_own(qtbot: QtBot, theme: Theme) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    ring = FocusRing(window, theme)
    question = Question(window, theme, "Who?", "Somebody.", "Cancel", "Save")
    names = [question.add_field(name) for name in ("First", "Second")]
    with qtbot.waitActive(question):
        question.show()
        question.activateWindow()
    for field in (*names, question.keep):
        field.setFocus()
        (own,) = question.findChildren(FocusRing)
        assert own.isVisible()
        assert own.geometry() == field.geometry().adjusted(-4, -4, 4, 4)
    assert not ring.isVisible()


def test_an_empty_field_is_marked_once_it_was_left_so(qtbot: QtBot, theme: Theme) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    question = Question(window, theme, "Who?", "Somebody.", "Cancel", "Save")
    first, second = (question.add_field(name) for name in ("First", "Second"))
    question.wait_for(open_language(resource_folder() / "translations", "en"), first, second)
    with qtbot.waitActive(question):
        question.show()
        question.activateWindow()
    edge = QPoint(first.width() // 2, 0)

    def edge_of(field: QLineEdit) -> str:
        return field.grab().toImage().pixelColor(edge).name()

    amber = theme.colour("inconclusive").name()
    assert edge_of(first) != amber, "nothing was typed yet, and nothing left"
    QTest.keyClick(first, Qt.Key.Key_Tab)
    assert edge_of(first) == amber
    assert edge_of(second) != amber
    first.setText("A. Clerk")
    assert edge_of(first) != amber
    QTest.keyClick(second, Qt.Key.Key_Return)
    assert edge_of(second) == amber, "whoever would go on is told why not"
