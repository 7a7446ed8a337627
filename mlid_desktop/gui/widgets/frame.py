"""What surrounds every page: the footer with its one primary button, the empty state, the focus ring."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QScrollArea, QWidget

from mlid_desktop.gui.style import Theme
from mlid_desktop.gui.widgets.elements import Button, Icon, column, label, row, tag

PRODUCT = "MLID"  # a name, not a word
RING_GAP = 2
RING_WIDTH = 2


class Footer(QFrame):
    """Leading actions at the start, Back and the one primary action at the end, always in the same place."""

    def __init__(self, theme: Theme, back: str, primary: str) -> None:
        super().__init__()
        tag(self, kind="footer")
        self._theme = theme
        self.back = Button(theme, back, "footer")
        self.primary = Button(theme, primary, "primary")
        self._leading: QHBoxLayout = row(spacing=theme.space("tight"))
        base, wide = theme.space("snug"), theme.space("wide")
        self.setLayout(
            row(
                self._leading, 1, self.back, self.primary, spacing=theme.space("snug"), margins=(wide, base, wide, base)
            )
        )

    def add(self, text: str, action: Callable[[], object], icon: str = "", kind: str = "footer") -> Button:
        """One more action at the start."""
        button = Button(self._theme, text, kind, icon).on(action)
        self._leading.addWidget(button)
        return button


class EmptyState(QWidget):
    """What will appear here and how."""

    def __init__(self, theme: Theme, icon: str, title: str, text: str) -> None:
        super().__init__()
        self._drawing = Icon(theme, icon, "edge", 48)
        self._title = label(title, "head")
        self._text = label(text, "muted", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text.setFixedWidth(440)
        self.offers = row(spacing=theme.space("snug"))
        layout = column(1, spacing=theme.space("tight"), margins=(24, 24, 24, 24))
        for part in (self._drawing, self._title, self._text):
            layout.addLayout(row(1, part, 1))
        layout.addSpacing(theme.space("tight"))
        layout.addLayout(self._centred())
        layout.addStretch(1)
        self.setLayout(layout)

    def say(self, icon: str, title: str, text: str) -> None:
        """Another reason to be empty."""
        self._drawing.show_as(icon, "edge")
        self._title.setText(title)
        self._text.setText(text)
        self.setAccessibleName(f"{title}. {text}")

    def _centred(self) -> QHBoxLayout:
        return row(1, self.offers, 1)


class FocusRing(QWidget):
    """Two pixels of accent, two pixels off the control that has the focus; above everything, never in the way."""

    def __init__(self, window: QWidget, theme: Theme) -> None:
        super().__init__(window)
        self._theme = theme
        self._followed: QWidget | None = None
        self._watched: list[QWidget] = []
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._follow)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Moves with the control."""
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide):
            self._place()
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("accent"), RING_WIDTH))
        half = RING_WIDTH / 2
        radius = self._theme.space("radius") + RING_GAP
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), radius, radius)
        painter.end()

    def _follow(self, _old: QWidget | None, now: QWidget | None) -> None:
        for watched in self._watched:
            if shiboken6.isValid(watched):
                watched.removeEventFilter(self)
        self._watched = []
        self._followed = now if now is not None and now.window() is self.window() and _is_control(now) else None
        widget: QWidget | None = self._followed
        while widget is not None and widget is not self.window():
            widget.installEventFilter(self)
            self._watched.append(widget)
            widget = widget.parentWidget()
        self._place()

    def _place(self) -> None:
        control = self._followed
        if control is None or not shiboken6.isValid(control) or not control.isVisible():
            self.hide()
            return
        off = RING_GAP + RING_WIDTH
        box = _in_window(control, self.window()).adjusted(-off, -off, off, off)
        area = control.parentWidget()
        while area is not None and not isinstance(area.parentWidget(), QScrollArea):
            area = area.parentWidget()
        if area is not None and not box.intersects(_in_window(area, self.window())):
            self.hide()
            return
        self.setGeometry(box)
        self.raise_()
        self.show()


class StartingPage(QWidget):
    """What stands in the window until the station is assembled: the name, and nothing that blinks."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setLayout(column(1, row(1, label(PRODUCT, "wordmark"), 1), 2))


def _is_control(widget: QWidget) -> bool:
    return bool(widget.property("ring") != "none")


def _in_window(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
