"""Two hands seen from the back, ten fingers as targets. Never mirrored, whatever the language reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from mlid_desktop.domain.characteristics import FingerPosition
from mlid_desktop.gui.presenters.enrolment import HANDS, FingerMark, FingerState
from mlid_desktop.gui.style import Theme

# One left hand in a box of 100 x 130: base x, base y, length, width, lean in degrees; little finger first, thumb last.
FINGERS = (
    (14, 68, 38, 16, -14),
    (32.5, 56, 45, 17, -6),
    (52, 52, 49, 17.5, 0),
    (71.5, 58, 44, 17, 7),
    (85, 92, 38, 17, 46),
)
PALM = QRectF(8, 62, 72, 62)
HAND = (112.0, 132.0)
GAP = 20.0


class HandsDiagram(QWidget):
    """Fingers are chosen by mouse, arrow keys or the keys 1 to 9 and 0, from the left little finger on."""

    def __init__(self, theme: Theme, chosen: Callable[[FingerPosition], None]) -> None:
        super().__init__()
        self._theme, self._chosen = theme, chosen
        self._marks: tuple[FingerMark, ...] = ()
        self._current = FingerPosition.RIGHT_INDEX
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumSize(300, 170)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Both hands side by side."""
        return QSize(420, 230)

    @property
    def current(self) -> FingerPosition:
        """The chosen finger."""
        return self._current

    def show_marks(self, marks: Sequence[FingerMark], current: FingerPosition) -> None:
        """State of every finger."""
        self._marks, self._current = tuple(marks), current
        mark = self._mark(current)
        self.setAccessibleName(mark.spoken if mark else "")
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrow keys go to the neighbour, digits to the finger."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None:
            place = HANDS.index(self._current) + step
            if 0 <= place < len(HANDS):
                self._choose(HANDS[place])
        elif event.text().isdigit():
            self._choose(HANDS[(int(event.text()) - 1) % len(HANDS)])
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """The finger under the pointer."""
        point = event.position()
        for place, position in enumerate(HANDS):
            if self._to_widget().map(_finger(place)).contains(point):
                self._choose(position)
                return

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Palms, fingers, figures."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = self._to_widget()
        line = QPen(self._theme.colour("edge"), 1.5)
        for side in range(2):
            palm = QPainterPath()
            palm.addRoundedRect(PALM, 24, 24)
            painter.setPen(line)
            painter.setBrush(self._theme.colour("sunken"))
            painter.drawPath(place.map(_on_side(palm, right=side == 1)))
        for number, position in enumerate(HANDS):
            self._paint_finger(painter, place.map(_finger(number)), position)
        painter.end()

    def _paint_finger(self, painter: QPainter, path: QPainterPath, position: FingerPosition) -> None:
        mark = self._mark(position)
        is_current = position is self._current
        fills = {FingerState.CAPTURED: "accepted_tint", FingerState.EXCEPTION: "sunken"}
        fill = fills.get(mark.state, "surface") if mark else "surface"
        edge = "accepted" if mark and mark.state == FingerState.CAPTURED else "edge"
        painter.setBrush(self._theme.colour("accent" if is_current else fill))
        painter.setPen(QPen(self._theme.colour("accent" if is_current else edge), 1.5))
        painter.drawPath(path)
        text = "" if mark is None else mark.figure if mark.state == FingerState.CAPTURED else ""
        if mark is not None and mark.state == FingerState.EXCEPTION:
            text = "✕"
        font = QFont(self._theme.font("small", strong=True))
        painter.setFont(font)
        painter.setPen(self._theme.colour("on_accent" if is_current else "text"))
        painter.drawText(path.boundingRect(), int(Qt.AlignmentFlag.AlignCenter), text or (mark.key if mark else ""))

    def _choose(self, position: FingerPosition) -> None:
        if position is not self._current:
            self._chosen(position)

    def _mark(self, position: FingerPosition) -> FingerMark | None:
        return next((one for one in self._marks if one.position is position), None)

    def _to_widget(self) -> QTransform:
        width, height = 2 * HAND[0] + GAP, HAND[1]
        scale = min(self.width() / width, self.height() / height)
        move = QTransform()
        move.translate((self.width() - width * scale) / 2, (self.height() - height * scale) / 2)
        move.scale(scale, scale)
        return move


def _finger(place: int) -> QPainterPath:
    """Outline of one of the ten fingers, in the space of both hands."""
    right = place >= len(FINGERS)
    x, y, length, width, lean = FINGERS[len(HANDS) - 1 - place if right else place]
    path = QPainterPath()
    path.addRoundedRect(QRectF(-width / 2, -length, width, length + 6), width / 2, width / 2)
    turned = QTransform()
    turned.translate(x, y)
    turned.rotate(lean)
    return _on_side(turned.map(path), right=right)


def _on_side(path: QPainterPath, *, right: bool) -> QPainterPath:
    if not right:
        return path
    mirrored = QTransform()
    mirrored.translate(2 * HAND[0] + GAP, 0)
    mirrored.scale(-1, 1)
    return mirrored.map(path)
