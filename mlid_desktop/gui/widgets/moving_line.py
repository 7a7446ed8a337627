"""Lines that move: one on which a stretch goes to and fro while nobody knows for how long something is opened, and one
that fills until a button opens."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QStyle, QWidget

from mlid_desktop.gui.theme.style import Theme

LENGTH, HEIGHT = 160, 4  # pixels
STRETCH = 0.3  # of the length
PERIOD_S = 1.8  # there and back
STEP_MS = 40
BELOW = 44  # pixels under the middle of what it lies on: the words stand in the middle


class MovingLine(QWidget):
    """Lies on a widget, under the words in its middle; moves while it is shown, unless the system wants no motion."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._under, self._begun = theme, parent, 0.0
        self.setFixedSize(LENGTH, HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._timer = QTimer(self)
        self._timer.setInterval(STEP_MS)
        self._timer.timeout.connect(self.update)
        self.hide()

    @property
    def moves(self) -> bool:
        """Whether it is moving."""
        return self._timer.isActive()

    def lie_on_middle(self) -> None:
        """Takes its place on what it lies on, whose size has changed."""
        room = self._under.rect()
        self.move(room.center().x() - LENGTH // 2, min(room.center().y() + BELOW, room.bottom() - 2 * HEIGHT))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Begins to move."""
        super().showEvent(event)
        self.lie_on_middle()
        self._begun = time.monotonic()
        if self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self) > 0:
            self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Stops the animation while the line is hidden."""
        super().hideEvent(event)
        self._timer.stop()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the line, and the stretch where it is now."""
        share = (1 - math.cos(2 * math.pi * (time.monotonic() - self._begun) / PERIOD_S)) / 2
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("line"))
        painter.drawRoundedRect(QRectF(self.rect()), HEIGHT / 2, HEIGHT / 2)
        painter.setBrush(self._theme.colour("accent"))
        stretch = QRectF(share * LENGTH * (1 - STRETCH), 0, LENGTH * STRETCH, HEIGHT)
        painter.drawRoundedRect(stretch, HEIGHT / 2, HEIGHT / 2)
        painter.end()


class FillingLine(QWidget):
    """Fills along the lower edge of a button that is held for a moment: how long still is seen. Where the system wants
    no motion it is not there; what is said beside the button then says it alone."""

    def __init__(self, theme: Theme, button: QWidget) -> None:
        super().__init__(button)
        self._theme, self._button, self._begun, self._lasts_s = theme, button, 0.0, 1.0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._timer = QTimer(self)
        self._timer.setInterval(STEP_MS)
        self._timer.timeout.connect(self._lie_on_edge)
        self.hide()

    @property
    def share(self) -> float:
        """How much of the wait is over, 0..1."""
        return min(1.0, (time.monotonic() - self._begun) / self._lasts_s)

    def fill(self, lasts_ms: int) -> None:
        """Begins to fill, for so long."""
        if self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self) > 0:
            self._begun, self._lasts_s = time.monotonic(), lasts_ms / 1000
            self._lie_on_edge()
            self.show()
            self._timer.start()

    def stop(self) -> None:
        """The button is open, or was left."""
        self._timer.stop()
        self.hide()

    def _lie_on_edge(self) -> None:
        room = self._button.rect()
        self.setGeometry(HEIGHT, room.height() - 2 * HEIGHT, room.width() - 2 * HEIGHT, HEIGHT)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints what is over already, from the side that reading begins at."""
        line = QRectF(self.rect())
        done = QRectF(line)
        done.setWidth(line.width() * self.share)
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            done.moveRight(line.right())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for part, colour in ((line, "line"), (done, "accent")):
            painter.setBrush(self._theme.colour(colour))
            painter.drawRoundedRect(part, HEIGHT / 2, HEIGHT / 2)
        painter.end()
