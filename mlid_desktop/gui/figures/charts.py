"""Paints figures: strips of bars over time, bars that lie, and spreads on a scale. Each is told by word and shape, and
a colour only repeats it."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from mlid_desktop.gui.figures.presenter import Bar, Spread, SpreadGroup, Strip
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone

STRIP_HEIGHT, LINE_HEIGHT, AXIS_HEIGHT = 74, 30, 22
NAME_WIDTH, FIGURE_WIDTH = 236, 96  # of names, and the least of figures
MOST_NAMES = 0.42  # of the width
LEAST_TRACK = 80  # pixels: of a bar that lies
BAR_HEIGHT = 10
MOST_BAR = 26  # pixels: the width of a bar where there is room
GAP = 12


class Chart(QWidget):
    """The base of the charts: mirrored in languages that run from right to left."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The size below which names have no room."""
        return QSize(420, self.sizeHint().height())

    @property
    def mirrored(self) -> bool:
        """Whether time runs from right to left."""
        return self.layoutDirection() is Qt.LayoutDirection.RightToLeft

    def side(self, box: QRectF) -> QRectF:
        """A box where it stands in this direction of reading."""
        if self.mirrored:
            box = QRectF(self.width() - box.right(), box.top(), box.width(), box.height())
        return box

    def write(self, painter: QPainter, box: QRectF, words: str, *, at_end: bool = False, colour: str = "text") -> None:
        """A line of text in a box, cut short where it is too long."""
        painter.setPen(self.theme.colour(colour))
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(box.width()))
        side = Qt.AlignmentFlag.AlignRight if at_end is not self.mirrored else Qt.AlignmentFlag.AlignLeft
        upright = (
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        )  # figures have no direction of their own
        painter.drawText(self.side(box), int(side | upright), shown)


class StripChart(Chart):
    """One strip of bars for each kind of act, all on one axis of time. A dot stands where a number is too small to be
    shown."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._strips: tuple[Strip, ...] = ()

    def show_strips(self, strips: Sequence[Strip]) -> None:
        """Shows these strips."""
        self._strips = tuple(strips)
        self.setAccessibleName(". ".join(strip.spoken for strip in strips))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A line for each strip, and one for the axis."""
        return QSize(640, STRIP_HEIGHT * len(self._strips) + AXIS_HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints every strip and the axis below."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, strip in enumerate(self._strips):
            self._paint_strip(painter, index * STRIP_HEIGHT, strip)
        if self._strips:
            self._paint_axis(painter)
        painter.end()

    def _paint_strip(self, painter: QPainter, top: int, strip: Strip) -> None:
        names = self._names
        drawn = self.side(QRectF(0, top + 12, 20, 20))
        self.theme.drawing(strip.icon, strip.tone.value if strip.tone is not Tone.ACCENT else "accent").render(
            painter, drawn
        )
        painter.setFont(self.theme.font("head" if strip.is_told else "body", strong=strip.is_told))
        self.write(painter, QRectF(28, top + 6, names - 28, 30), strip.total)
        painter.setFont(self.theme.font("small"))
        self.write(painter, QRectF(28, top + 36, names - 28, 20), strip.name, colour="muted")
        ground = top + STRIP_HEIGHT - 8
        painter.setPen(QPen(self.theme.colour("line"), 1))
        base = self.side(QRectF(names, ground, self.width() - names, 1))
        painter.drawLine(base.topLeft(), base.topRight())
        most = max((slot.number or 0 for slot in strip.slots), default=0)
        widest = max(
            (painter.fontMetrics().horizontalAdvance(str(slot.number or 0)) for slot in strip.slots), default=0
        )
        roomy = widest < self._slot(0, len(strip.slots)).width()
        for index, slot in enumerate(strip.slots):
            box = self._slot(index, len(strip.slots))
            if slot.number is None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self.theme.colour("muted"))
                painter.drawEllipse(self.side(QRectF(box.center().x() - 2, ground - 7, 4, 4)))
            elif slot.number:
                shown = str(slot.number) if roomy or slot.number == most else ""
                self._paint_bar(painter, box, ground, slot.number / most, strip.tone, shown)

    def _paint_bar(self, painter: QPainter, box: QRectF, ground: int, share: float, tone: Tone, words: str) -> None:
        height = max(3.0, share * (STRIP_HEIGHT - 34))
        width = min(MOST_BAR, box.width() - 3)
        bar = self.side(QRectF(box.center().x() - width / 2, ground - height, width, height))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.colour(tone.value if tone is not Tone.ACCENT else "accent"))
        painter.drawRoundedRect(bar, 2, 2)
        if words:
            painter.setPen(self.theme.colour("text"))
            above = self.side(QRectF(box.center().x() - 30, ground - height - 18, 60, 16))
            painter.drawText(above, int(Qt.AlignmentFlag.AlignCenter), words)

    def _paint_axis(self, painter: QPainter) -> None:
        slots = self._strips[0].slots
        painter.setFont(self.theme.font("small"))
        metrics = painter.fontMetrics()
        widest = max(metrics.horizontalAdvance(slot.name) for slot in slots) + 6
        step = max(1, ceil(widest / self._slot(0, len(slots)).width()))
        top = STRIP_HEIGHT * len(self._strips)
        painter.setPen(self.theme.colour("muted"))
        for index in range(0, len(slots), step):
            box = self._slot(index, len(slots))
            left = min(box.center().x() - widest / 2, self.width() - widest)  # the last name is not cut off
            name = QRectF(left, top, widest, AXIS_HEIGHT)
            painter.drawText(self.side(name), int(Qt.AlignmentFlag.AlignCenter), slots[index].name)

    def _slot(self, index: int, count: int) -> QRectF:
        width = (self.width() - self._names) / max(1, count)
        return QRectF(self._names + index * width, 0, width, STRIP_HEIGHT)

    @property
    def _names(self) -> float:
        """The width of the names: what the longest takes, as far as most of the width is left to the bars."""
        wide = QFontMetrics(self.theme.font("body", strong=True)).horizontalAdvance
        longest = max((wide(strip.name) for strip in self._strips), default=0) + 28 + GAP
        return max(NAME_WIDTH, min(longest, self.width() * MOST_NAMES))


class BarChart(Chart):
    """A line with a name, a bar and a figure for each reason."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._bars: tuple[Bar, ...] = ()

    def show_bars(self, bars: Sequence[Bar]) -> None:
        """Shows these bars."""
        self._bars = tuple(bars)
        self.setAccessibleName(". ".join(f"{bar.name} {bar.figure}" for bar in bars))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A line for each bar."""
        return QSize(640, LINE_HEIGHT * len(self._bars))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints every line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.theme.font("body"))
        wide = painter.fontMetrics().horizontalAdvance
        figures = max((FIGURE_WIDTH, *(wide(bar.figure) + 1 for bar in self._bars)))
        names = max((self.width() * 0.4, *(float(wide(bar.name) + 1) for bar in self._bars)))
        names = min(names, self.width() - figures - 2 * GAP - LEAST_TRACK)
        track = self.width() - names - figures - 2 * GAP
        for index, bar in enumerate(self._bars):
            top = index * LINE_HEIGHT
            self.write(painter, QRectF(0, top, names, LINE_HEIGHT), bar.name)
            figure = QRectF(self.width() - figures, top, figures, LINE_HEIGHT)
            self.write(painter, figure, bar.figure, at_end=True)
            whole = QRectF(names + GAP, top + (LINE_HEIGHT - BAR_HEIGHT) / 2, track, BAR_HEIGHT)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.colour("sunken"))
            painter.drawRoundedRect(self.side(whole), 3, 3)
            if bar.value:
                painter.setBrush(self.theme.colour("accent"))
                filled = QRectF(whole.left(), whole.top(), max(4.0, track * bar.value), BAR_HEIGHT)
                painter.drawRoundedRect(self.side(filled), 3, 3)
        painter.end()


class SpreadChart(Chart):
    """A line for each component: a band where the middle half lies, and an upright stroke in the middle of it."""

    def __init__(self, theme: Theme, group: SpreadGroup) -> None:
        super().__init__(theme)
        self._group = group
        self.setAccessibleName(". ".join(f"{spread.name} {spread.figure}" for spread in group.spreads))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A line for each component, and one for the ends of the scale."""
        return QSize(420, LINE_HEIGHT * len(self._group.spreads) + AXIS_HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints every line and the ends of the scale."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.theme.font("body"))
        names = min(float(NAME_WIDTH), self.width() * 0.4)
        track = max(40.0, self.width() - names - FIGURE_WIDTH - 2 * GAP)
        for index, spread in enumerate(self._group.spreads):
            top = index * LINE_HEIGHT
            self.write(painter, QRectF(0, top, names, LINE_HEIGHT), spread.name)
            figure = QRectF(self.width() - FIGURE_WIDTH, top, FIGURE_WIDTH, LINE_HEIGHT)
            self.write(painter, figure, spread.figure, at_end=True)
            self._paint_spread(painter, spread, QRectF(names + GAP, top, track, LINE_HEIGHT))
        painter.setFont(self.theme.font("small"))
        ends = QRectF(names + GAP, LINE_HEIGHT * len(self._group.spreads), track, AXIS_HEIGHT)
        self.write(painter, ends, self._group.least, colour="muted")
        self.write(painter, ends, self._group.most, at_end=True, colour="muted")
        painter.end()

    def _paint_spread(self, painter: QPainter, spread: Spread, line: QRectF) -> None:
        middle = line.center().y()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.colour("sunken"))
        painter.drawRoundedRect(self.side(QRectF(line.left(), middle - 3, line.width(), 6)), 3, 3)
        if spread.low is None or spread.middle is None or spread.high is None:
            return
        left, right = line.left() + spread.low * line.width(), line.left() + spread.high * line.width()
        painter.setBrush(self.theme.colour("accent"))
        painter.drawRoundedRect(self.side(QRectF(left, middle - 5, max(4.0, right - left), 10)), 3, 3)
        painter.setBrush(self.theme.colour("text"))
        stroke = line.left() + spread.middle * line.width()
        painter.drawRect(self.side(QRectF(stroke - 1.5, middle - 9, 3, 18)))
