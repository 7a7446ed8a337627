"""The small widgets and layouts that every page is made of: labels, buttons, cards, icons, rules."""

from __future__ import annotations

import re
from typing import Final, TypeVar

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.announcing import announce

ICON_SIZE = 20
HOOK = 2  # pixels
FAULT_CODE: Final = re.compile(r"[a-z]+\.[a-z0-9_]+")  # as the help desk asks for it

L = TypeVar("L", bound=QBoxLayout)


FOR_THE_PERSON = "looks for the person"  # names of widgets: they are found by them wherever and whenever they were made
SAID_TO_THE_PERSON = "words for the person"


def tag(widget: QWidget, **properties: str) -> None:
    """Sets properties of a widget that the style sheet reads; repolishes what is styled already and changed. (What is
    new is styled when it is shown: to do it twice took a third of the making of a page.)"""
    changed = False
    for name, value in properties.items():
        if widget.property(name) != value:
            widget.setProperty(name, value)
            changed = True
    if changed and widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def mark_subject_facing(widget: QWidget, *, as_words: bool = False) -> None:
    """Marks a widget as one that may be shown to the person in front of the desk: nothing on it is about others. With
    ``as_words`` its accessible name is, not its looks."""
    widget.setObjectName(SAID_TO_THE_PERSON if as_words else FOR_THE_PERSON)


class WrappedLabel(QLabel):
    """A label whose text wraps. Written from the right, Qt moves each line but the last to the left by the space that
    it ends with: so much room is left there, or its last letter would be cut."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setWordWrap(True)
        self._leave_room()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Leaves room anew where the letters or their direction changed."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.LayoutDirectionChange, QEvent.Type.FontChange):
            self._leave_room()

    def _leave_room(self) -> None:
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        room = 2 * self.fontMetrics().horizontalAdvance(" ")  # the space of another script's font may be wider
        self.setContentsMargins(room if mirrored else 0, 0, 0, 0)


def label(text: str = "", kind: str = "body", *, wrap: bool = False) -> QLabel:
    """A label with plain text, never rich: what a person typed is shown as typed."""
    made = WrappedLabel(text) if wrap else QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    tag(made, kind=kind)
    return made


def clear_of_edge(made: QLabel) -> QLabel:
    """Moves a label's words off its edge by what a bold J reaches over it, which Qt cuts off."""
    if made.text().startswith("J"):
        made.setContentsMargins(HOOK, 0, 0, 0)
    return made


def frame(kind: str) -> QFrame:
    """A frame of this kind: a card, bar or notice."""
    made = QFrame()
    tag(made, kind=kind)
    return made


def rule(*, upright: bool = False) -> QFrame:
    """A thin dividing line."""
    return frame("rule-upright" if upright else "rule")


def column(
    *parts: QWidget | QLayout | int, spacing: int = 0, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QVBoxLayout:
    """A layout with parts from top to bottom; a number is a stretch."""
    layout = QVBoxLayout()
    return _filled(layout, parts, spacing, margins)


def row(
    *parts: QWidget | QLayout | int, spacing: int = 0, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QHBoxLayout:
    """A layout with parts in reading direction; a number is a stretch."""
    layout = QHBoxLayout()
    return _filled(layout, parts, spacing, margins)


def widget_of(layout: QLayout) -> QWidget:
    """A widget that is nothing but what stands in a layout, to be shown and hidden as one."""
    made = QWidget()
    made.setLayout(layout)
    return made


def _filled(
    layout: L, parts: tuple[QWidget | QLayout | int, ...], spacing: int, margins: tuple[int, int, int, int]
) -> L:
    layout.setSpacing(spacing)
    layout.setContentsMargins(*margins)
    for part in parts:
        if isinstance(part, int):
            layout.addStretch(part)
        elif isinstance(part, QLayout):
            layout.addLayout(part)
        else:
            layout.addWidget(part)
    return layout


def clear(layout: QLayout) -> None:
    """Takes everything out of a layout and deletes it."""
    while (item := layout.takeAt(0)) is not None:
        inner, widget = item.layout(), item.widget()
        if inner is not None:
            clear(inner)
        if widget is not None:
            widget.hide()
            widget.deleteLater()


DIRECTED = frozenset({"arrow", "back", "next"})


class Icon(QWidget):
    """A drawn icon, sharp at every scale; decoration beside a word that says the same."""

    def __init__(self, theme: Theme, name: str, colour: str = "text", size: int = 24) -> None:
        super().__init__()
        self._theme, self._name, self._colour = theme, name, colour
        self.setFixedSize(size, size)
        theme.changed.connect(self.update)

    def show_as(self, name: str, colour: str) -> None:
        """Shows another icon or colour."""
        if (name, colour) != (self._name, self._colour):
            self._name, self._colour = name, colour
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the strokes of the icon; an arrow points the way the text runs."""
        painter = QPainter(self)
        if self._name in DIRECTED and self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            painter.translate(self.width(), 0)
            painter.scale(-1, 1)
        self._theme.drawing(self._name, self._colour).render(painter, QRectF(self.rect()))
        painter.end()


class Notice(QFrame):
    """One sentence with an icon on a tint: a fault, a warning, a piece of information. The code of a fault stands in
    small print below; both can be marked with the mouse and copied."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._icon = Icon(theme, "info", "information", 20)
        self._text = label(kind="body", wrap=True)
        self._code = label(kind="muted")
        for part in (self._text, self._code):
            part.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        tag(self, kind="notice", tone=Tone.INFORMATION.value)
        layout = row(spacing=12, margins=(12, 10, 12, 10))
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(column(self._text, self._code, spacing=2), 1)
        self._layout = layout
        self.setLayout(layout)
        self.hide()

    def offer(self, act: QWidget) -> None:
        """Offers what helps, at the end of the line."""
        self._layout.setAlignment(self._icon, Qt.AlignmentFlag.AlignVCenter)
        self._layout.addWidget(act)

    def say(self, said: str, tone: Tone = Tone.REJECTED) -> None:
        """Shows a sentence; an empty one hides the notice. A last line that is the code of a fault is not spoken."""
        before, _, last = said.rpartition("\n")
        text, code = (before, last) if FAULT_CODE.fullmatch(last) else (said, "")
        self._text.setText(text)
        self._code.setText(code)
        self._code.setVisible(bool(code))
        self._icon.show_as(tone.icon if tone is not Tone.REJECTED else "triangle", tone.value)
        tag(self, tone=tone.value)
        if text != self.accessibleName():
            announce(self, text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))

    @property
    def text(self) -> str:
        """The sentence that the notice shows."""
        return self._text.text()

    @property
    def code(self) -> str:
        """The code of the fault that the notice shows; empty where it is no fault."""
        return self._code.text()
