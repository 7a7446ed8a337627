"""A chart of rates with their intervals: a point for what was measured, a line for what it may well be."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.transparency.presenter import RateRow

ROW_HEIGHT, AXIS_HEIGHT = 34, 26
NAME_SHARE, FIGURE_WIDTH = 0.16, 288
TICKS = 4
NICE = (1.0, 2.0, 5.0, 10.0)
POINT, WHISKER = 5.0, 6.0


def end_of_scale(highest: float) -> float:
    """The end of a scale that holds the highest value and whose ticks are round numbers."""
    step = max(highest, 1e-3) / TICKS
    unit = 10.0 ** floor(log10(step))
    return TICKS * next(unit * nice for nice in NICE if unit * nice >= step * (1 - 1e-9))


class IntervalChart(QWidget):
    """Paints one row for each rate, all on one scale in percent; screen readers hear the rows as words."""

    def __init__(self, theme: Theme, rows: Sequence[RateRow]) -> None:
        super().__init__()
        self._theme, self._rows = theme, tuple(rows)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(". ".join(f"{shown.name}: {shown.figure}" for shown in self._rows))
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The size with a line for each row and the scale."""
        return QSize(420, ROW_HEIGHT * len(self._rows) + AXIS_HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The smallest width at which names and figures can be read."""
        return QSize(320, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the scale, then names, intervals, points and figures."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        most = end_of_scale(max((shown.high for shown in self._rows), default=1.0))
        left, right = self.width() * NAME_SHARE, self.width() - FIGURE_WIDTH - 12.0
        painter.setFont(self._theme.font("small"))
        self._paint_scale(painter, left, right, most)
        for index, shown in enumerate(self._rows):
            self._paint_row(painter, index * ROW_HEIGHT, shown, left, (right - left) / most)
        painter.end()

    def _paint_scale(self, painter: QPainter, left: float, right: float, most: float) -> None:
        bottom = ROW_HEIGHT * len(self._rows)
        for tick in range(TICKS + 1):
            across = left + (right - left) * tick / TICKS
            painter.setPen(QPen(self._theme.colour("line"), 1.0))
            painter.drawLine(self._point(across, 4.0), self._point(across, bottom))
            painter.setPen(self._theme.colour("muted"))
            box = self._box(QRectF(across - 40, bottom, 80, AXIS_HEIGHT))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), f"{most * tick / TICKS:g} %")

    def _paint_row(self, painter: QPainter, top: float, shown: RateRow, left: float, scale: float) -> None:
        middle, start = top + ROW_HEIGHT / 2, Qt.AlignmentFlag.AlignLeft
        if self._is_mirrored:
            start = Qt.AlignmentFlag.AlignRight
        painter.setPen(self._theme.colour("text"))
        name = painter.fontMetrics().elidedText(shown.name, Qt.TextElideMode.ElideRight, int(left) - 12)
        aligned = int(start | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(self._box(QRectF(0, top, left - 8, ROW_HEIGHT)), aligned, name)
        painter.setPen(self._theme.colour("muted" if shown.few else "text"))
        painter.drawText(
            self._box(QRectF(self.width() - FIGURE_WIDTH, top, FIGURE_WIDTH, ROW_HEIGHT)), aligned, shown.figure
        )
        low, point, high = (left + value * scale for value in (shown.low, shown.value, shown.high))
        colour = self._theme.colour("edge" if shown.few else "accent")  # grey, broken, hollow: not to be relied on
        painter.setPen(QPen(colour, 1.0, Qt.PenStyle.DashLine) if shown.few else QPen(colour, 2.0))
        painter.drawLine(self._point(low, middle), self._point(high, middle))
        painter.setPen(QPen(colour, 2.0))
        for end in (low, high):
            painter.drawLine(self._point(end, middle - WHISKER), self._point(end, middle + WHISKER))
        painter.setBrush(self._theme.colour("surface") if shown.few else colour)
        painter.drawEllipse(self._point(point, middle), POINT, POINT)

    @property
    def _is_mirrored(self) -> bool:
        return self.layoutDirection() is Qt.LayoutDirection.RightToLeft

    def _point(self, across: float, down: float) -> QPointF:
        return QPointF(self.width() - across if self._is_mirrored else across, down)

    def _box(self, box: QRectF) -> QRectF:
        if self._is_mirrored:
            box.moveLeft(self.width() - box.right())
        return box
