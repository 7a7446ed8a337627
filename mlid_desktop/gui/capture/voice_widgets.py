"""Widgets of a voice capture: the large digit with its ticks, the level meter and the running waveform."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mlid_desktop.gui.capture.voice_presenter import DigitTick, LevelScreen, PromptScreen
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.moving_line import MovingLine

DIGIT_SHARE, DIGIT_SHARE_OF_ROUNDS = 0.46, 0.38  # of the card's height that the large digit takes; of several rounds
DIGIT_LEAST, DIGIT_MOST = 48, 260  # px
DIGIT_FROM, DIGIT_LINE = 0.12, 1.15  # of the card's height above the digit; of a digit's size that its line takes
FROM_WITHOUT_WORDS = 0.06  # of the card's height above a digit that no words stand above
LINE_HEIGHT, BELOW_TICKS = 40, 28  # px: of what to do, below the digit; below the ticks, at most
TICK, TICK_GAP, GROUP_GAP = 32.0, 10.0, 26.0
ROW_GAP, NAME_GAP = 8.0, 16.0  # px between the rows of ticks of several rounds; beside their names
MOST_TICK = 96.0  # px: of the sign that everything was said
WAITING_ICON = 72.0  # px: above the words before anything is asked
WORDS_WIDTH = 520  # px of those words, at most
METER_HEIGHT = 14
WAVE_HEIGHT = 38
WAVE_PEAKS = 400  # two of each 20 ms: four seconds
SEGMENTS = 40
OPAQUE = 255
ABSOLUTE = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute  # else Arabic words change sides


class PromptCard(QWidget):
    """Shows one digit to say, as large as the card allows, for the person in front of the desk; read out by screen
    readers."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._screen: PromptScreen | None = None
        self._waiting = self._icon = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 174)
        theme.changed.connect(self.update)
        self.opening = MovingLine(theme, self)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keeps the moving line under the words."""
        super().resizeEvent(event)
        self.opening.lie_on_middle()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The size with room for a digit that is read across a desk."""
        return QSize(640, 380)

    def show_screen(self, screen: PromptScreen) -> None:
        """Shows another digit, tick or countdown."""
        if screen != self._screen:
            self._screen = screen
            self.opening.hide()
            self.setAccessibleName(screen.spoken)
            self.update()

    def show_waiting(self, text: str, *, opening: bool = False, icon: str = "") -> None:
        """Shows a text before anything is asked, below an icon where it has one; while something is ``opening``, a line
        moves."""
        self._screen, self._waiting, self._icon = None, text, icon
        self.opening.setVisible(opening)
        self.setAccessibleName(text)
        self.update()

    @property
    def hidden_digits(self) -> tuple[bool, ...]:
        """For each digit of the prompt, whether it is still to come."""
        return () if self._screen is None else tuple(not tick.digit for tick in self._screen.ticks)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the round, the digit, what to do, and the ticks."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, box = self._theme, QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("surface"))
        painter.drawRoundedRect(box, theme.space("card_radius"), theme.space("card_radius"))
        screen = self._screen
        if screen is None:
            painter.setPen(theme.colour("muted"))
            painter.setFont(theme.font("lead"))
            if self._icon and box.height() >= 3 * WAITING_ICON:  # else there is room for the words alone
                middle = box.center() - QPointF(0, WAITING_ICON if self._waiting else 0)
                spot = QRectF(middle.x() - WAITING_ICON / 2, middle.y() - WAITING_ICON / 2, WAITING_ICON, WAITING_ICON)
                colour = "accepted" if self._icon == "tick" else "edge"
                theme.drawing(self._icon, colour).render(painter, spot)
            beside = max(24.0, (box.width() - WORDS_WIDTH) / 2)  # no word stands alone in the last line
            painter.drawText(
                box.adjusted(beside, 24, -beside, -24),
                int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap),
                self._waiting,
            )
        else:
            self._paint_prompt(painter, box, screen)
        painter.end()

    def _paint_prompt(self, painter: QPainter, box: QRectF, screen: PromptScreen) -> None:
        theme = self._theme
        painter.setPen(theme.colour("muted"))
        painter.setFont(theme.font("body"))
        if not self._rows(box, screen):
            painter.drawText(box.adjusted(20, 16, -20, 0), int(Qt.AlignmentFlag.AlignHCenter), screen.round_text)
        digit, line = self.prompt_boxes(box, screen)
        font = QFont(theme.font("title", strong=True))
        font.setPixelSize(round(digit.height() / DIGIT_LINE))
        painter.setFont(font)
        quiet = screen.tone is Tone.NEUTRAL
        painter.setPen(theme.colour("muted" if quiet else "text"))
        if screen.large or screen.tone is not Tone.ACCEPTED:
            painter.drawText(digit, int(Qt.AlignmentFlag.AlignCenter), screen.large)
        else:
            side = min(MOST_TICK, digit.height())
            spot = QRectF(digit.center().x() - side / 2, digit.center().y() - side / 2, side, side)
            theme.drawing("tick", "accepted").render(painter, spot)
        painter.setFont(theme.font("title"))
        painter.setPen(
            theme.colour("muted" if quiet else screen.tone.value if screen.tone is Tone.ACCEPTED else "text")
        )
        painter.drawText(line, int(Qt.AlignmentFlag.AlignCenter), screen.line)
        self._paint_ticks(painter, box, screen)

    def prompt_boxes(self, box: QRectF, screen: PromptScreen) -> tuple[QRectF, QRectF]:
        """Where the digit stands and, below it, the line; on a low card the digit is smaller, so that the line stands
        above the ticks."""
        top = box.top() + box.height() * (FROM_WITHOUT_WORDS if self._rows(box, screen) else DIGIT_FROM)
        height = _digit_height(box, screen)
        line = min(top + height + 4, self._first_tick(box, screen).top() - LINE_HEIGHT)
        height = min(height, line - top)
        return (
            QRectF(box.left(), top, box.width(), height),
            QRectF(box.left() + 24, line, box.width() - 48, LINE_HEIGHT),
        )

    def _rows(self, box: QRectF, screen: PromptScreen) -> tuple[str, ...]:
        """The names of the rows of ticks: one for each round where the digit stays as large; none for a single row."""
        rows = len(screen.rounds) * (TICK + ROW_GAP) - ROW_GAP
        room = box.height() * (1 - FROM_WITHOUT_WORDS) - min(BELOW_TICKS, box.height() * 0.08) - LINE_HEIGHT - rows
        return screen.rounds if room >= _digit_height(box, screen) else ()

    def _name_width(self, rows: tuple[str, ...]) -> float:
        """What the names of rows take beside the ticks."""
        metrics = QFontMetricsF(self._theme.font("body", strong=True))
        return max((metrics.horizontalAdvance(name) + NAME_GAP for name in rows), default=0.0)

    def _first_tick(self, box: QRectF, screen: PromptScreen) -> QRectF:
        """The first tick of the first row."""
        count, rows = len(screen.ticks), self._rows(box, screen)
        names = self._name_width(rows)
        gaps = (count - 1) * TICK_GAP + (GROUP_GAP - TICK_GAP if screen.group < count else 0)
        size = min(TICK, (box.width() - 48 - names - gaps) / max(1, count))
        below = min(BELOW_TICKS, box.height() * 0.08)
        above = (max(1, len(rows)) - 1) * (size + ROW_GAP)
        left = box.center().x() - (count * size + gaps + names) / 2
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        return QRectF(left if mirrored else left + names, box.bottom() - below - size - above, size, size)

    def _paint_ticks(self, painter: QPainter, box: QRectF, screen: PromptScreen) -> None:
        """Paints the ticks, a row for each round by its name where there is room: what was said, what is asked now, and
        what is still to come."""
        first, rows = self._first_tick(box, screen), self._rows(box, screen)
        if not rows:
            self._paint_row(painter, first, screen.ticks, screen.group)
        said = tuple(DigitTick("", is_spoken=True, shown=False) for _ in screen.ticks)
        to_come = tuple(DigitTick("", is_spoken=False, shown=False) for _ in screen.ticks)
        for number, name in enumerate(rows):
            begin = first.translated(0, number * (first.height() + ROW_GAP))
            ticks = said if number < screen.at else screen.ticks if number == screen.at else to_come
            self._paint_row(painter, begin, ticks, screen.group)
            self._paint_name(painter, begin, len(ticks), name, current=number == screen.at)

    def _paint_name(self, painter: QPainter, begin: QRectF, count: int, name: str, *, current: bool) -> None:
        """Paints the name of a row where reading begins, before its ticks."""
        width = self._name_width((name,)) - NAME_GAP
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        end = begin.left() + count * begin.width() + (count - 1) * TICK_GAP
        left = end + NAME_GAP if mirrored else begin.left() - NAME_GAP - width
        painter.setFont(self._theme.font("body", strong=current))
        painter.setPen(self._theme.colour("text" if current else "muted"))
        side = Qt.AlignmentFlag.AlignLeft if mirrored else Qt.AlignmentFlag.AlignRight
        spot = QRectF(left, begin.top(), width, begin.height())
        painter.drawText(spot, int(side | ABSOLUTE | Qt.TextFlag.TextDontClip), name)

    def _paint_row(self, painter: QPainter, first: QRectF, ticks: Sequence[DigitTick], group: int) -> None:
        """Paints ticks from left to right, as digits are read in every language."""
        theme, left, inside = self._theme, first.left(), 0.22 * first.width()
        painter.setFont(theme.font("body", strong=True))
        for index, digit in enumerate(ticks):
            if index and index == group:
                left += GROUP_GAP - TICK_GAP
            spot = QRectF(left, first.top(), first.width(), first.height())
            left += first.width() + TICK_GAP
            edge = "accent" if digit.shown else "accepted" if digit.is_spoken else "edge"
            painter.setPen(QPen(theme.colour(edge), 2.5 if digit.shown else 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(spot, 8, 8)
            if digit.is_spoken:
                theme.drawing("tick", "accepted").render(painter, spot.adjusted(inside, inside, -inside, -inside))
            elif digit.digit:
                painter.setPen(theme.colour("text"))
                painter.drawText(spot, int(Qt.AlignmentFlag.AlignCenter), digit.digit)


def _digit_height(box: QRectF, screen: PromptScreen) -> float:
    """The height that the line of the large digit would like."""
    share = DIGIT_SHARE_OF_ROUNDS if screen.rounds else DIGIT_SHARE
    return DIGIT_LINE * max(DIGIT_LEAST, min(DIGIT_MOST, box.height() * share))


class LevelMeter(QWidget):
    """Shows how loud it is now, with the room and the zone where speech is cut off marked on the scale."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._screen = LevelScreen(0.0, 0.0, 0.9, Tone.NEUTRAL, "")
        self.setFixedHeight(METER_HEIGHT + 26)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_level(self, screen: LevelScreen) -> None:
        """Shows another level."""
        spoken = screen.advice or screen.word
        if spoken != (self._screen.advice or self._screen.word):
            self.setAccessibleName(spoken)
        self._screen = screen
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the segments, where the three zones meet, and their names; that of the level is set off."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, screen = self._theme, self._screen
        width, mirrored = self.width(), self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        step = width / SEGMENTS
        painter.setPen(Qt.PenStyle.NoPen)
        for segment in range(SEGMENTS):
            share = (segment + 0.5) / SEGMENTS
            lit = share <= screen.level
            hot = share >= screen.too_loud
            low = share < screen.enough
            colour = ("rejected" if hot else "muted" if low else "accepted") if lit else "line"
            left = (SEGMENTS - 1 - segment if mirrored else segment) * step
            painter.setBrush(theme.colour(colour))
            painter.drawRoundedRect(QRectF(left + 1, 0, step - 2, METER_HEIGHT), 2, 2)
        for share in (screen.enough, screen.too_loud):
            across = (1 - share if mirrored else share) * width
            painter.setPen(QPen(theme.colour("edge"), 2))
            painter.drawLine(QPointF(across, 0), QPointF(across, METER_HEIGHT + 4))
        self._paint_zones(painter, mirrored=mirrored)
        painter.end()

    def _paint_zones(self, painter: QPainter, *, mirrored: bool) -> None:
        """Paints the names of the zones: the quiet one where the scale begins, the loud one where it ends."""
        screen, theme = self._screen, self._theme
        sides = [Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight]
        if mirrored:
            sides.reverse()
        box = QRectF(0, METER_HEIGHT + 4, self.width(), 22)
        noisy = screen.tone is Tone.INCONCLUSIVE
        for index, (name, side) in enumerate(zip(screen.zones, sides, strict=True)):
            here, advised = index == screen.zone, index == screen.advised
            painter.setFont(theme.font("small", strong=here or advised))
            painter.setPen(theme.colour(Tone.INCONCLUSIVE.value if advised else "text" if here else "muted"))
            said = screen.advice if advised else screen.word if noisy and here else name
            painter.drawText(box, int(side | ABSOLUTE), said)


class Waveform(QWidget):
    """Shows the last four seconds of sound, newest at the right: the band of the room in the middle."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._peaks: deque[float] = deque([0.0] * WAVE_PEAKS, maxlen=WAVE_PEAKS)
        self._room = 0.0
        self.setFixedHeight(WAVE_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def clear(self) -> None:
        """Shows silence."""
        self._peaks.extend([0.0] * WAVE_PEAKS)
        self.update()

    def feed(self, peaks: Iterable[float], room: float) -> None:
        """Adds peaks, 0..1; ``room`` the magnitude of the quiet room."""
        self._peaks.extend(peaks)
        self._room = room
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the band of the room, then the curve."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, width, height = self._theme, self.width(), self.height()
        frame = QPainterPath()
        frame.addRoundedRect(QRectF(self.rect()), theme.space("card_radius"), theme.space("card_radius"))
        painter.setClipPath(frame)
        painter.fillRect(self.rect(), theme.colour("sunken"))
        middle, reach = height / 2, height / 2 - 2
        room = theme.colour("muted")
        room.setAlpha(60)
        band = max(1.0, reach * shown(self._room))
        painter.fillRect(QRectF(0, middle - band, width, 2 * band), room)
        painter.drawImage(0, 0, self._curve())
        painter.end()

    def _curve(self) -> QImage:
        """The curve over nothing, denser in a pixel the more of it the curve covers. A polygon of as many points takes
        many times as long, thirty times a second."""
        ratio = self.devicePixelRatioF()
        columns, rows = round(self.width() * ratio), round(self.height() * ratio)
        heights = np.sqrt(np.clip(np.array(self._peaks), 0.0, 1.0))
        across = np.linspace(0, WAVE_PEAKS - 1, columns)
        reach = (rows / 2 - 2 * ratio) * np.interp(across, np.arange(WAVE_PEAKS), heights) + 0.75 * ratio
        away = np.abs(np.arange(rows) + 0.5 - rows / 2)[:, np.newaxis]
        covered = np.rint(np.clip(reach - away + 0.5, 0.0, 1.0) * OPAQUE).astype(np.uint8)
        colour = self._theme.colour("accent")
        full = np.array((colour.red(), colour.green(), colour.blue(), OPAQUE))
        shades = np.rint(np.arange(OPAQUE + 1)[:, np.newaxis] / OPAQUE * full).astype(np.uint8)
        pixels = shades.view(np.uint32)[covered, 0]  # four bytes at a time
        image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888_Premultiplied).copy()
        image.setDevicePixelRatio(ratio)
        return image


def shown(magnitude: float) -> float:
    """The height at which a magnitude is drawn: its root, so that quiet speech is seen as well; both 0..1."""
    return float(min(1.0, max(0.0, magnitude)) ** 0.5)
