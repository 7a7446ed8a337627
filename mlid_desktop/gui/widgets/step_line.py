"""The line of steps at the head of a task: what is done, where one is, and what is still to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone

HEIGHT, MARK = 28, 22.0
BESIDE, GAP = 8.0, 16.0  # between a mark and its name; least length of the line between two steps
MOST_GAP = 56.0
DOT = 7.0  # px: from the edge of a mark to the dot in it
NO_TONES: Mapping[int, Tone] = MappingProxyType({})


class StepLine(QWidget):
    """Shows the steps of a task in their order, each with its name; where there is no room for all names, with the name
    of the present one alone."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._names: tuple[str, ...] = ()
        self._at = 0
        self._passed_by: frozenset[int] = frozenset()
        self._tones: Mapping[int, Tone] = NO_TONES
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The size with room for the marks; names are shown as far as there is more."""
        return QSize(round(len(self._names) * (MARK + GAP)), HEIGHT)

    def show_steps(
        self,
        names: Sequence[str],
        at: int,
        spoken: str,
        passed_by: frozenset[int] = frozenset(),
        tones: Mapping[int, Tone] = NO_TONES,
    ) -> None:
        """Shows these steps; those before the one ``at`` are done, all where it is past the last, but for those that
        were ``passed_by``. ``spoken`` is what a screen reader says of it. A step with a tone has its sign and no tick:
        a dot where it is neutral, as of what was captured and not judged yet."""
        shown = tuple(names), at, passed_by, dict(tones)
        if shown != (self._names, self._at, self._passed_by, self._tones) or spoken != self.accessibleName():
            self._names, self._at, self._passed_by, self._tones = shown
            self.setAccessibleName(spoken)
            self.update()

    def shown_names(self) -> tuple[str, ...]:
        """The name that stands beside each mark; empty where there is no room for it."""
        if self._width_of(self._names) <= self.width():
            return self._names
        alone = tuple(name if index == self._at else "" for index, name in enumerate(self._names))
        return alone if self._width_of(alone) <= self.width() else ("",) * len(self._names)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints marks, names and the lines between them, in reading direction."""
        names = self.shown_names()
        spare = self.width() - self._width_of(names)
        gap = min(MOST_GAP, GAP + spare / max(1, len(names) - 1))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = 0.0
        for index, name in enumerate(names):
            if index:
                told = self._tones.get(index - 1, Tone.ACCEPTED)
                behind = index <= self._at and told is Tone.ACCEPTED
                painter.setPen(QPen(self._theme.colour("accepted" if behind else "edge"), 1.5))
                line = QLineF(self._across(left + 4), HEIGHT / 2, self._across(left + gap - 4), HEIGHT / 2)
                painter.drawLine(line)
                left += gap
            self._paint_mark(painter, index, self._placed(left, MARK, MARK))
            left += MARK
            if name:
                width = self._length(name, strong=index == self._at)
                self._paint_name(painter, index, self._placed(left + BESIDE, width, HEIGHT), name)
                left += BESIDE + width
        painter.end()

    def _paint_mark(self, painter: QPainter, index: int, box: QRectF) -> None:
        theme, here, passed_by = self._theme, index == self._at, index in self._passed_by and index < self._at
        done = index < self._at and not passed_by
        if done and index in self._tones and self._tones[index] is not Tone.ACCEPTED:
            self._paint_tone(painter, self._tones[index], box)
            return
        edge = "accepted" if done else "accent" if here else "edge"
        painter.setPen(QPen(theme.colour(edge), 1.5))
        painter.setBrush(theme.colour("accepted_tint" if done else "accent" if here else "surface"))
        painter.drawEllipse(box.adjusted(1, 1, -1, -1))
        if done:
            theme.drawing("tick", "accepted").render(painter, box.adjusted(5, 5, -5, -5))
            return
        if passed_by:
            painter.setPen(QPen(theme.colour("muted"), 1.5))
            painter.drawLine(QLineF(box.left() + 7, box.center().y(), box.right() - 7, box.center().y()))
            return
        painter.setFont(theme.font("small", strong=here))
        painter.setPen(theme.colour("on_accent" if here else "muted"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), str(index + 1))

    def _paint_tone(self, painter: QPainter, tone: Tone, box: QRectF) -> None:
        """What became of a step that is behind, where that is no tick."""
        theme, neutral = self._theme, tone is Tone.NEUTRAL
        painter.setPen(QPen(theme.colour(tone.value), 1.5))
        painter.setBrush(theme.colour("surface" if neutral else f"{tone.value}_tint"))
        painter.drawEllipse(box.adjusted(1, 1, -1, -1))
        if neutral:
            painter.setBrush(theme.colour(tone.value))
            painter.drawEllipse(box.adjusted(DOT, DOT, -DOT, -DOT))
        else:
            theme.drawing(tone.icon, tone.value).render(painter, box.adjusted(5, 5, -5, -5))

    def _paint_name(self, painter: QPainter, index: int, box: QRectF, name: str) -> None:
        here = index == self._at
        painter.setFont(self._theme.font("small", strong=here))
        painter.setPen(self._theme.colour("text" if here else "muted"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), name)

    def _width_of(self, names: Sequence[str]) -> float:
        lengths = (
            BESIDE + self._length(name, strong=index == self._at) if name else 0.0 for index, name in enumerate(names)
        )
        return len(names) * MARK + max(0, len(names) - 1) * GAP + sum(lengths)

    def _length(self, name: str, *, strong: bool) -> float:
        return QFontMetricsF(self._theme.font("small", strong=strong)).horizontalAdvance(name) + 2

    def _placed(self, left: float, width: float, height: float) -> QRectF:
        """A box that begins so far from where a line begins."""
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        return QRectF(self.width() - left - width if mirrored else left, (HEIGHT - height) / 2, width, height)

    def _across(self, left: float) -> float:
        return self.width() - left if self.layoutDirection() is Qt.LayoutDirection.RightToLeft else left
