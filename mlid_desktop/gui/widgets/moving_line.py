"""A line on which a stretch moves to and fro: something is being opened, and nobody knows for how long."""

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
