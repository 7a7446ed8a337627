"""A page fits into what room there is, and scrolls only where it can get no smaller; the focus is always in sight."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from mlid_desktop.gui.widgets.fitting_area import FittingArea

TEXT = "A sentence that is long enough to be wrapped into several lines where there is little room for it. " * 3


@pytest.fixture
def area(qtbot: QtBot, qapp: QApplication) -> FittingArea:
    content = QWidget()
    layout = QVBoxLayout(content)
    text = QLabel(TEXT)
    text.setWordWrap(True)
    layout.addWidget(text)
    for name in "abcdef":
        field = QLineEdit()
        field.setObjectName(name)
        field.setMinimumSize(300, 40)
        layout.addWidget(field)
    layout.addStretch(1)
    made = FittingArea(content)
    qtbot.addWidget(made)
    return made


def page_of(area: FittingArea) -> QWidget:
    page = area.widget()
    assert page is not None
    return page


@pytest.mark.parametrize("size", [(1200, 800), (900, 620), (500, 500)])
def test_a_page_that_fits_has_no_scroll_bar_and_fills_the_room(area: FittingArea, size: tuple[int, int]) -> None:
    area.resize(*size)
    area.show()
    QApplication.processEvents()
    assert (area.verticalScrollBar().maximum(), area.horizontalScrollBar().maximum()) == (0, 0)
    assert page_of(area).size() == area.viewport().size()


def test_a_page_that_does_not_fit_is_scrolled_to_and_nothing_is_squeezed(area: FittingArea) -> None:
    area.resize(240, 200)
    area.show()
    QApplication.processEvents()
    assert area.verticalScrollBar().maximum() > 0
    assert area.horizontalScrollBar().maximum() > 0
    fields = page_of(area).findChildren(QLineEdit)
    assert all(field.width() >= 300 and field.height() >= 40 for field in fields)


def test_the_focus_is_brought_into_sight_also_where_the_program_sets_it(area: FittingArea) -> None:
    area.resize(400, 200)
    area.show()
    area.activateWindow()
    QApplication.processEvents()
    last = page_of(area).findChild(QLineEdit, "f")
    assert last is not None
    last.setFocus()
    QApplication.processEvents()
    assert area.verticalScrollBar().value() > 0
    assert area.viewport().rect().intersects(last.geometry().translated(page_of(area).pos()))


def test_content_that_grows_is_given_room_at_once(area: FittingArea) -> None:
    area.resize(500, 500)
    area.show()
    QApplication.processEvents()
    layout = page_of(area).layout()
    assert layout is not None
    more = QLabel()
    more.setMinimumSize(100, 400)
    layout.addWidget(more)
    QApplication.processEvents()
    assert area.verticalScrollBar().maximum() > 0
    assert more.height() >= 400
