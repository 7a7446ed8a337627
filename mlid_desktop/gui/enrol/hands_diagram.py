"""A diagram of two hands seen from the back, ten fingers as targets. Never mirrored, whatever the language reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTransform,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mlid_desktop.domain.characteristics import FingerPosition
from mlid_desktop.gui.enrol.presenter import HANDS, FingerMark, FingerState
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.elements import tag

# One left hand in a box of 112 x 110: base x, base y, length, width, lean in degrees; little finger first, thumb last.
FINGERS = (
    (14, 68, 38, 16, -14),
    (32.5, 56, 45, 17, -6),
    (52, 52, 49, 17.5, 0),
    (71.5, 58, 44, 17, 7),
    (85, 92, 38, 17, 46),
)
PALM = (  # of the same hand: where it begins, then curves, each by two points that draw it and where it ends
    (8, 72),
    ((8, 60, 20, 58, 32, 53), (44, 47, 60, 47, 72, 55), (80, 61, 84, 70, 92, 84)),
    ((99, 97, 86, 105, 74, 107), (58, 110, 32, 110, 20, 106), (8, 102, 8, 84, 8, 72)),
)
HAND = (112.0, 110.0)
PALM_MIDDLE, PALM_SIZE = (47.0, 81.0), (74.0, 42.0)  # where it is said which hand it is
BETWEEN_FINGERS, BETWEEN_SIZE = 20.0, (60.0, 44.0)  # how far down, above the thumbs, it is said which side is seen
GAP, EDGE = 20.0, 4.0  # between the hands, and beside them: the little fingers lean outwards
CAP, CAP_GAP, CAP_CORNER = 19.0, 3.0, 4.0  # pixels: side of a key above its finger, what is between them, its corners
LINE = 23  # pixels of a line of words below the hands
LEAST_LETTERS = 9  # pixels, of what is said on a palm
LEAST_FIGURE, FIGURE_SHARE = 13, 0.46  # pixels of a quality that is written on a finger; of the finger's breadth
CENTRED = int(Qt.AlignmentFlag.AlignCenter)
KEY_SHARE = 0.66  # of a key's side: the letters on it
LOOKS = {  # fill and edge by state: tokens
    FingerState.EMPTY: ("surface", "edge"),
    FingerState.CAPTURED: ("accepted_tint", "accepted"),
    FingerState.EXCEPTION: ("sunken", "edge"),
}


class HandsDiagram(QWidget):
    """Lets fingers be chosen by mouse, arrow keys or the keys 1 to 9 and 0, from the left little finger on, each key
    above its finger. On the palms stands which hand it is (``sides``), between them which side is seen (``view``)."""

    def __init__(
        self,
        theme: Theme,
        chosen: Callable[[FingerPosition], None],
        sides: tuple[str, str] = ("", ""),
        view: str = "",
    ) -> None:
        super().__init__()
        self._theme, self._chosen, self._sides, self._view = theme, chosen, sides, view
        self._marks: tuple[FingerMark, ...] = ()
        self._current, self._is_wanted, self._is_told = FingerPosition.RIGHT_INDEX, True, False
        tag(self, ring="none")  # the ring is around the chosen finger
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumSize(300, 140)
        self._targets = tuple(QWidget(self) for _ in HANDS)  # so that screen readers find every finger by its name
        for target in self._targets:
            target.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The size with room for both hands side by side."""
        return QSize(420, 230)

    @property
    def current(self) -> FingerPosition:
        """The finger that is chosen in the diagram."""
        return self._current

    def show_marks(
        self, marks: Sequence[FingerMark], current: FingerPosition, *, wanted: bool = True, told: bool = False
    ) -> None:
        """Shows the state of every finger, and which is chosen: one that is ``wanted``, else one that may be added.
        What became of it stands below the hands, unless it is ``told`` beside them."""
        self._marks, self._current, self._is_wanted, self._is_told = tuple(marks), current, wanted, told
        mark = self._mark(current)
        self.setAccessibleName(mark.spoken if mark else "")
        for target, position in zip(self._targets, HANDS, strict=True):
            said = self._mark(position)
            target.setAccessibleName("" if said is None else said.spoken)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Handles the keys: left and right go to the neighbour as it lies on the screen, Home and End to the last ones,
        digits to the finger; the rest is the page's."""
        index = HANDS.index(self._current)
        wanted = {
            Qt.Key.Key_Left: index - 1,
            Qt.Key.Key_Right: index + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(HANDS) - 1,
        }.get(Qt.Key(event.key()))
        if wanted is not None:
            self._choose(HANDS[max(0, min(len(HANDS) - 1, wanted))])
        elif event.text().isdecimal():
            self._choose(HANDS[(int(event.text()) - 1) % len(HANDS)])
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Chooses the finger under the pointer."""
        position = self._at(event.position())
        if position is not None:
            self._choose(position)

    def event(self, event: QEvent) -> bool:
        """Shows the name and state of the finger under the pointer as a tool tip."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            position = self._at(event.pos().toPointF())
            mark = None if position is None else self._mark(position)
            QToolTip.showText(event.globalPos(), "" if mark is None else mark.spoken, self)
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Moves the targets that screen readers find to where the fingers are."""
        super().resizeEvent(event)
        to_widget = self._to_widget()
        for number, target in enumerate(self._targets):
            target.setGeometry(to_widget.map(_finger(number)).boundingRect().toAlignedRect())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints palms, fingers, figures and keys, and the state of the chosen finger in words."""
        painter = QPainter(self)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        to_widget = self._to_widget()
        painter.setPen(QPen(self._theme.colour("edge"), 1.5))
        painter.setBrush(self._theme.colour("surface"))
        for side in range(2):
            painter.drawPath(to_widget.map(_hand(right=side == 1)))
        self._paint_sides(painter, to_widget)
        painter.setPen(QPen(self._theme.colour("edge"), 1.5))
        for number, position in enumerate(HANDS):
            self._paint_finger(painter, to_widget, number, position)
            self._paint_key(painter, to_widget, number, position)
        self._paint_words(painter)
        painter.end()

    def _paint_sides(self, painter: QPainter, to_widget: QTransform) -> None:
        """Paints on each palm which hand it is, and between the fingers which side is seen, as large as there is
        room."""
        across, down = PALM_MIDDLE
        painter.setPen(self._theme.colour("muted"))
        spots = (
            (QPointF(across, down), PALM_SIZE, self._sides[0]),
            (QPointF(2 * HAND[0] + GAP - across, down), PALM_SIZE, self._sides[1]),
            (QPointF(HAND[0] + GAP / 2, BETWEEN_FINGERS), BETWEEN_SIZE, self._view),
        )
        for middle, size, said in spots:
            box = QRectF(0, 0, *size)
            box.moveCenter(middle)
            box = to_widget.mapRect(box)
            painter.setFont(self._theme.font("small"))
            needed = painter.boundingRect(QRectF(), CENTRED, said)
            if said and not box.contains(needed.translated(box.center() - needed.center())):
                fitting = painter.font()
                share = min(box.width() / needed.width(), box.height() / needed.height())
                fitting.setPixelSize(max(LEAST_LETTERS, int(share * painter.fontInfo().pixelSize())))
                painter.setFont(fitting)
            painter.drawText(box, CENTRED | int(Qt.TextFlag.TextDontClip), said)

    def _paint_finger(self, painter: QPainter, to_widget: QTransform, number: int, position: FingerPosition) -> None:
        """Paints one finger by its state: taken, green with a tick and the quality; exception, hatched with a cross.
        The chosen one is ringed, whatever its state."""
        mark, theme = self._mark(position), self._theme
        state = FingerState.EMPTY if mark is None else mark.state
        is_current = position is self._current
        path = to_widget.map(_finger(number))
        fill, edge = LOOKS[state]
        if is_current and state == FingerState.EMPTY:
            fill, edge = ("accent" if self._is_wanted else "accent_tint"), "accent"
        if is_current or state != FingerState.EMPTY:  # else it is a part of the hand
            painter.setPen(QPen(theme.colour(edge), 1.5))
            painter.setBrush(theme.colour(fill))
            painter.drawPath(path)
        if state == FingerState.EXCEPTION:
            painter.setBrush(QBrush(theme.colour("line"), Qt.BrushStyle.BDiagPattern))
            painter.drawPath(path)
        if is_current:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour("accent"), 3.5 if self.hasFocus() else 2.0))
            painter.drawPath(path)
        if mark is not None and state != FingerState.EMPTY:
            painter.setPen(theme.colour("text"))
            self._paint_mark(painter, to_widget, number, mark)

    def _paint_key(self, painter: QPainter, to_widget: QTransform, number: int, position: FingerPosition) -> None:
        """Paints the key that chooses a finger, as a key, above the finger."""
        mark, theme, cap = self._mark(position), self._theme, _cap(to_widget, number)
        if mark is not None:
            painter.setPen(QPen(theme.colour("edge"), 1))
            painter.setBrush(theme.colour("sunken"))
            painter.drawRoundedRect(cap, CAP_CORNER, CAP_CORNER)
            font = theme.font("small")
            font.setPixelSize(round(CAP * KEY_SHARE))
            painter.setFont(font)
            painter.setPen(theme.colour("muted"))
            painter.drawText(cap, CENTRED, mark.key)

    def _paint_mark(self, painter: QPainter, to_widget: QTransform, number: int, mark: FingerMark) -> None:
        """Paints a finger's mark upright, whichever way the finger leans."""
        across, tip = to_widget.m11() * _breadth(number), to_widget.map(_tip(number))
        root = to_widget.map(_root(number))
        if mark.state == FingerState.EXCEPTION:
            self._theme.drawing("cross", "text").render(painter, _around((tip + root) / 2, 0.9 * across))
            return
        self._theme.drawing("tick", "accepted").render(painter, _around(tip, 0.7 * across))
        if FIGURE_SHARE * across >= LEAST_FIGURE:  # else it is said below the hands
            font = self._theme.font("small", strong=True)
            font.setPixelSize(round(FIGURE_SHARE * across))
            painter.setFont(font)
            painter.drawText(_around((tip + root) / 2, 2 * across), CENTRED, mark.figure)

    def _paint_words(self, painter: QPainter) -> None:
        """Paints the words below the hands: what became of the chosen finger, which is named above, then every other
        one that is an exception and why."""
        top = self.height() - self._words_height
        for number, (ink, words) in enumerate(self._lines):
            painter.setFont(self._theme.font("small", strong=ink == "text"))
            painter.setPen(self._theme.colour(ink))
            box = QRectF(0, top + number * LINE, self.width(), LINE)
            shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, self.width() - 8)
            painter.drawText(box, CENTRED, shown)

    @property
    def _excepted(self) -> list[str]:
        """The exceptions in words, but that of the chosen finger, which is named anyway."""
        others = (mark for mark in self._marks if mark.position is not self._current)
        return [mark.spoken for mark in others if mark.state == FingerState.EXCEPTION]

    @property
    def _lines(self) -> list[tuple[str, str]]:
        """The words below the hands, with their ink."""
        mark = self._mark(self._current)
        told = "" if mark is None or mark.state == FingerState.EMPTY or self._is_told else mark.word
        return [line for line in (("text", told), ("muted", " · ".join(self._excepted))) if line[1]]

    @property
    def _words_height(self) -> int:
        return LINE * max(1, len(self._lines))

    def _at(self, point: QPointF) -> FingerPosition | None:
        to_widget = self._to_widget()

        def holds(number: int) -> bool:
            return to_widget.map(_finger(number)).contains(point) or _cap(to_widget, number).contains(point)

        return next((position for number, position in enumerate(HANDS) if holds(number)), None)

    def _choose(self, position: FingerPosition) -> None:
        if position is not self._current:
            self._chosen(position)

    def _mark(self, position: FingerPosition) -> FingerMark | None:
        return next((mark for mark in self._marks if mark.position is position), None)

    def _to_widget(self) -> QTransform:
        width, height = 2 * (HAND[0] + EDGE) + GAP, HAND[1]
        above = CAP + CAP_GAP
        room = self.height() - self._words_height - 4 - above
        scale = min(self.width() / width, room / height)
        move = QTransform()
        move.translate((self.width() - width * scale) / 2, above + (room - height * scale) / 2)
        move.scale(scale, scale)
        move.translate(EDGE, 0)
        return move


def _palm() -> QPainterPath:
    """Outline of the palm of a left hand, out to where the thumb begins."""
    path = QPainterPath(QPointF(*PALM[0]))
    for across, down, by_across, by_down, to_across, to_down in (*PALM[1], *PALM[2]):
        path.cubicTo(across, down, by_across, by_down, to_across, to_down)
    return path


def _hand(*, right: bool) -> QPainterPath:
    """Outline of a whole hand: palm and fingers in one."""
    outline = _on_side(_palm(), right=right)
    for number in range(len(FINGERS), len(HANDS)) if right else range(len(FINGERS)):
        outline = outline.united(_finger(number))
    return outline


def _finger(number: int) -> QPainterPath:
    """Outline of one of the ten fingers, in the coordinates of both hands."""
    _, _, length, width, _ = _measures(number)
    path = QPainterPath()
    path.addRoundedRect(QRectF(-width / 2, -length, width, length + 6), width / 2, width / 2)
    return _on_side(_turned(number).map(path), right=number >= len(FINGERS))


def _tip(number: int) -> QPointF:
    """Middle of the fingertip's round end."""
    _, _, length, width, _ = _measures(number)
    return _point(number, -length + width / 2)


def _root(number: int) -> QPointF:
    """The point where a finger leaves the hand."""
    return _point(number, 0.0)


def _cap(to_widget: QTransform, number: int) -> QRectF:
    """The key of a finger, upright above the fingertip, in pixels."""
    tip = to_widget.map(_tip(number))
    above = to_widget.m11() * _breadth(number) / 2 + CAP_GAP + CAP / 2
    return _around(tip - QPointF(0, above), CAP)


def _around(middle: QPointF, side: float) -> QRectF:
    return QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side)


def _point(number: int, along: float) -> QPointF:
    point = _turned(number).map(QPointF(0.0, along))
    return QPointF(2 * HAND[0] + GAP - point.x(), point.y()) if number >= len(FINGERS) else point


def _breadth(number: int) -> float:
    return _measures(number)[3]


def _measures(number: int) -> tuple[float, float, float, float, float]:
    return FINGERS[len(HANDS) - 1 - number if number >= len(FINGERS) else number]


def _turned(number: int) -> QTransform:
    x, y, _, _, lean = _measures(number)
    turned = QTransform()
    turned.translate(x, y)
    turned.rotate(lean)
    return turned


def _on_side(path: QPainterPath, *, right: bool) -> QPainterPath:
    if not right:
        return path
    mirrored = QTransform()
    mirrored.translate(2 * HAND[0] + GAP, 0)
    mirrored.scale(-1, 1)
    return mirrored.map(path)
