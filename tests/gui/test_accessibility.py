"""Every page as a screen reader and a keyboard meet it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QLineEdit, QPushButton, QWidget

from mlid_desktop.gui.page.help_presenter import keys
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.widgets import announcing
from tests.gui.stage import ROOT, Stage
from tests.gui.steps import with_finger

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
    listed = {key for key, _ in keys(demo.workspace.language)}
    on_pages = {"Enter", "Esc", "Tab", "Space", "R", "S", "X", "← →  1 … 0", "P"}  # pressed in the tests of their pages
    assert working == listed - on_pages
    guide = (ROOT / "docs" / "user-guide.md").read_text(encoding="utf-8")
    table = {row.split("|")[1].strip() for row in guide.partition("| key |")[2].splitlines() if row.startswith("| ")}
    assert listed <= table
