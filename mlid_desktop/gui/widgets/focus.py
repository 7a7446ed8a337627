"""The widget that draws a ring around the control that has the focus."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QApplication, QDialog, QScrollArea, QWidget

from mlid_desktop.gui.theme.style import Theme

RING_GAP = 2
RING_WIDTH = 2


class FocusRing(QWidget):
    """Draws a ring around the control that has the focus, two pixels of accent, two pixels off it; above everything,
    never in the way. The ring of the main window gives each dialog one of its own."""

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
        """Moves the ring with the control."""
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide):
            self._surround()
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("accent"), RING_WIDTH))
        half = RING_WIDTH / 2
        is_card = self._followed is not None and self._followed.property("kind") == "tile"
        radius = self._theme.space("card_radius" if is_card else "radius") + RING_GAP
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), radius, radius)
        painter.end()

    def _follow(self, _old: QWidget | None, now: QWidget | None) -> None:
        window = None if now is None else now.window()
        if isinstance(window, QDialog) and not isinstance(self.window(), QDialog) and not _has_ring(window):
            FocusRing(window, self._theme)._follow(None, now)
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
        self._surround()

    def _surround(self) -> None:
        control = self._followed
        if control is None or not shiboken6.isValid(control) or not control.isVisible():
            self.hide()
            return
        off = RING_GAP + RING_WIDTH
        box = _in_window(control, self.window()).adjusted(-off, -off, off, off)
        seen = _visible_part(box, control, self.window())
        if seen.isEmpty():
            self.hide()
            return
        self.setGeometry(box)
        self.setMask(QRegion(seen.translated(-box.topLeft())))
        self.raise_()
        self.show()


def _visible_part(box: QRect, control: QWidget, window: QWidget) -> QRect:
    """The part of a box in window coordinates that the areas around its control do not scroll out of sight. A ring may
    stand over the edge of an area by its own width."""
    off = RING_GAP + RING_WIDTH
    widget = control.parentWidget()
    while widget is not None and widget is not window:
        if isinstance(widget.parentWidget(), QScrollArea):
            box = box.intersected(_in_window(widget, window).adjusted(-off, -off, off, off))
        widget = widget.parentWidget()
    return box


def _is_control(widget: QWidget) -> bool:
    return bool(widget.property("ring") != "none")


def _has_ring(window: QWidget) -> bool:
    return bool(window.findChildren(FocusRing, options=Qt.FindChildOption.FindDirectChildrenOnly))


def _in_window(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
