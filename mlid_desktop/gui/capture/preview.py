"""The widget of the live picture with its guide, painted from the newest frame."""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent, QTransform
from PySide6.QtWidgets import QDialog, QSizePolicy, QWidget

from mlid_desktop.domain.observations import FaceAction
from mlid_desktop.domain.samples import Image
from mlid_desktop.gui.capture.challenge_widgets import paint_sign, sign_path
from mlid_desktop.gui.capture.presenter import FACE_MIDDLE, FACE_TO_OVAL, OVAL_HEIGHT, CaptureScreen
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import ThemeName, Tone
from mlid_desktop.gui.widgets.moving_line import MovingLine

OVAL_ASPECT = 0.76  # width to height of a face with hair
CROP_LIMIT = 0.26  # of the picture's width may lie outside the frame before it is shown whole
FOLLOW_SHARE = 0.35  # of the way at each new state: what a detection trembles is not seen
BESIDE_FACE = 0.04  # of its own height: an oval that is further from where it belongs is there at once
FINGER_MARGIN = 0.92
HOME_OVAL = (0.5, 0.5, OVAL_HEIGHT)  # centre and height, as shares of the picture
RING_GAP = 10.0
RING_WIDTH = 7.0
SCRIM = QColor(8, 12, 18, 96)
ARROW = 56.0  # px: of the arrow at the oval
WAITING_ICON = 72.0  # px: above the words that stand where no picture is yet
CORNER_GROUND, CORNER_GAP = QColor(8, 12, 18, 190), 12.0  # behind the words in the corner; px from the edges


class Guide(StrEnum):
    """Kinds of guide that are drawn over the picture."""

    NONE = "none"
    OVAL = "oval"
    FINGER = "finger"


class Preview(QWidget):
    """Shows the frames of a live picture as they come. Where it is a ``mirror``, people see themselves in it as in
    one: left and right of what they are asked are those of the picture. The image wraps the frame's own buffer: nothing
    is copied before it is painted."""

    def __init__(self, theme: Theme, guide: Guide = Guide.OVAL, *, mirror: bool = False) -> None:
        super().__init__()
        self._theme = theme
        self._guide, self._is_mirror = guide, mirror
        self._pixels: Image | None = None
        self._image: QImage | None = None
        self._progress = 0.0
        self._tone = Tone.NEUTRAL
        self._following = False
        self._oval: tuple[float, ...] = HOME_OVAL
        self._waiting = ""
        self._sign: FaceAction | None = None
        self._source = self._title = self._waited_for = ""
        self._is_judged = False  # the picture is that of a sample that was looked at
        self._towards: tuple[float, float] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 240)
        theme.changed.connect(self.update)
        self.opening = MovingLine(theme, self)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keeps the moving line under the words."""
        super().resizeEvent(event)
        self.opening.lie_on_middle()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The size with room for a picture of a small camera."""
        return QSize(640, 440)

    @property
    def has_picture(self) -> bool:
        """Whether a picture is shown."""
        return self._image is not None

    def show_frame(self, pixels: Image | None) -> None:
        """Shows the newest frame: (height, width, 3) BGR or (height, width) grey, uint8; None clears."""
        if pixels is None:
            self._pixels = self._image = None
            self._is_judged = False
        else:
            self._pixels = np.ascontiguousarray(pixels)  # the same array where it is contiguous already
            self._image = as_image(self._pixels)
            self.opening.hide()
        self.update()

    def show_live(self, pixels: Image) -> None:
        """Shows a frame as it comes, until samples are looked at: what is said of a face from then on is said of the
        very picture that is shown."""
        if not self._is_judged:
            self.show_frame(pixels)

    def show_screen(self, guide: Guide, screen: CaptureScreen) -> None:
        """Shows what a capture says of its newest sample, over the picture of that sample where it is of a face."""
        self.show_source(screen.source)
        if guide is Guide.OVAL and screen.picture is not None and not screen.finished:
            self._is_judged = True
            self.show_frame(screen.picture)
        tone, following, way = screen.guide_tone, screen.following, screen.towards
        self.show_guide(guide, screen.progress, tone, following=following, region=screen.region, towards=way)

    def show_guide(
        self,
        guide: Guide,
        progress: float,
        tone: Tone,
        *,
        following: bool,
        region: tuple[float, float, float, float] | None = None,
        towards: tuple[float, float] | None = None,
    ) -> None:
        """Shows how far the capture is, and whether somebody is being followed; ``region`` (shares of the picture)
        where, ``towards`` which way they are asked to move, across and down."""
        self._guide, self._progress, self._tone, self._following = guide, progress, tone, following
        self._towards = towards
        wanted = HOME_OVAL if region is None else _around(region)
        ways = [then - now for now, then in zip(self._oval, wanted, strict=True)]
        share = 1.0 if max(map(abs, ways)) > BESIDE_FACE * wanted[2] else FOLLOW_SHARE
        self._oval = tuple(now + share * way for now, way in zip(self._oval, ways, strict=True))
        self.update()

    @property
    def oval(self) -> tuple[float, ...]:
        """Where the oval is: its centre and its height, as shares of the picture."""
        return self._oval

    def show_source(self, words: str) -> None:
        """Says in a corner of the picture what kind of source it comes from; nothing where that is empty."""
        if words != self._source:
            self._source = words
            self.setAccessibleDescription(words)
            self.update()

    def show_title(self, words: str) -> None:
        """Says in the upper corner what the picture is of; nothing where that is empty."""
        if words != self._title:
            self._title = words
            self.update()

    @property
    def sign(self) -> FaceAction | None:
        """The movement whose sign stands over the picture."""
        return self._sign

    def show_sign(self, action: FaceAction | None) -> None:
        """Shows the sign of a movement over the picture; None shows none."""
        if action is not self._sign:
            self._sign = action
            self.update()

    def show_waiting(self, text: str, *, opening: bool = False, icon: str = "") -> None:
        """Sets the text that is shown while there is no picture, under the ``icon`` of what is waited for; while
        something is ``opening``, a line moves."""
        self._waiting, self._waited_for = text, icon
        self.opening.setVisible(opening and self._image is None)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints backdrop, picture and guide."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        ground = "raised" if isinstance(self.window(), QDialog) else "canvas"  # shows at the round corners
        painter.fillRect(self.rect(), self._theme.colour(ground))
        frame = QPainterPath()
        radius = self._theme.space("card_radius")
        frame.addRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        finger = self._guide is Guide.FINGER
        painter.fillPath(frame, self._backdrop())
        painter.setClipPath(frame)
        if self._image is None:
            self._paint_waiting(painter)
        else:
            frame_rect = self._region(self._image)
            self._paint_image(painter, frame_rect, self._image)
            if self._guide is Guide.OVAL:
                self._paint_oval(painter, frame_rect, frame)
            elif finger:
                self._paint_bar(painter)
            if self._sign is not None:
                paint_sign(painter, QRectF(self.rect()), self._sign, self._theme.colour("accent"))
            if self._source:
                self._paint_corner(painter, self._source, at_top=False)
        if self._title:
            self._paint_corner(painter, self._title, at_top=True)
        painter.setClipping(False)
        painter.setPen(QPen(self._theme.colour("line"), self._theme.tokens.line_width))
        painter.drawPath(frame)
        painter.end()

    def _backdrop(self) -> QColor:
        """The colour behind the picture: a fingerprint has the ground that its reader gives it."""
        if self._guide is Guide.FINGER and self._image is not None:
            return QColor(self._image.pixel(0, 0))
        return self._theme.colour("sunken")

    def _region(self, image: QImage) -> QRectF:
        """The rectangle of the picture: it fills the frame where little is lost by it, else it is shown whole."""
        available = QRectF(self.rect())
        width, height = image.width(), image.height()
        fitting = min(available.width() / width, available.height() / height)
        filling = max(available.width() / width, available.height() / height)
        lost = 1 - (available.width() * available.height()) / (width * height * filling * filling)
        scale = filling if self._guide is not Guide.FINGER and lost <= CROP_LIMIT else fitting
        if self._guide is Guide.FINGER:
            scale *= FINGER_MARGIN
        size = (width * scale, height * scale)
        return QRectF(available.center().x() - size[0] / 2, available.center().y() - size[1] / 2, *size)

    def _paint_image(self, painter: QPainter, region: QRectF, image: QImage) -> None:
        painter.save()
        if self._is_mirror:
            painter.translate(2 * region.center().x(), 0.0)
            painter.scale(-1.0, 1.0)
        painter.drawImage(region, image)
        painter.restore()

    def _paint_waiting(self, painter: QPainter) -> None:
        if self.height() >= 3 * WAITING_ICON:  # else there is room for the words alone
            middle = QRectF(self.rect()).center() - QPointF(0, WAITING_ICON)
            spot = QRectF(middle.x() - WAITING_ICON / 2, middle.y() - WAITING_ICON / 2, WAITING_ICON, WAITING_ICON)
            icon = self._waited_for or ("finger" if self._guide is Guide.FINGER else "camera")
            self._theme.drawing(icon, "edge").render(painter, spot)
        painter.setPen(self._theme.colour("muted"))
        painter.setFont(self._theme.font("lead"))
        painter.drawText(
            self.rect().adjusted(24, 24, -24, -24),
            int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap),
            self._waiting,
        )

    def _paint_oval(self, painter: QPainter, region: QRectF, frame: QPainterPath) -> None:
        across, down, share = self._oval
        across = 1 - across if self._is_mirror else across
        height = region.height() * share
        oval = QRectF(0, 0, height * OVAL_ASPECT, height)
        oval.moveCenter(QPointF(region.left() + across * region.width(), region.top() + down * region.height()))
        inside = QPainterPath()
        inside.addEllipse(oval)
        if self._theme.tokens.name is not ThemeName.CONTRAST:
            painter.fillPath(frame.subtracted(inside), SCRIM)
        shown = self._theme.colour(self._tone.value) if self._following else QColor(255, 255, 255, 200)
        if self._following and self._tone is Tone.NEUTRAL:
            shown = QColor("#FFFFFF")
        painter.setPen(QPen(shown, 2.5, Qt.PenStyle.SolidLine if self._following else Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(oval)
        ring = oval.adjusted(-RING_GAP, -RING_GAP, RING_GAP, RING_GAP)
        painter.setPen(QPen(QColor(255, 255, 255, 70), RING_WIDTH))
        painter.drawEllipse(ring)
        if self._progress > 0 and self._tone is not Tone.INCONCLUSIVE:  # nothing counts while something is asked
            path = _ellipse_arc(ring, min(1.0, self._progress))
            for colour, width in ((QColor("#FFFFFF"), RING_WIDTH + 3), (self._ring_colour(), RING_WIDTH)):
                painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
                painter.drawPath(path)

        if self._towards is not None:
            self._paint_arrow(painter, oval, *self._towards)

    def _paint_arrow(self, painter: QPainter, oval: QRectF, across: float, down: float) -> None:
        """Paints an arrow inside the edge of the oval, the way the person is asked to move as they see themselves."""
        way = math.atan2(down, -across if self._is_mirror else across)
        path = QTransform().rotate(math.degrees(way)).scale(ARROW, ARROW).map(sign_path(FaceAction.TURN_RIGHT))
        reach = (oval.width() / 2 - ARROW, oval.height() / 2 - ARROW)
        path.translate(oval.center() + QPointF(reach[0] * math.cos(way), reach[1] * math.sin(way)))
        painter.setPen(QPen(QColor("#FFFFFF"), 4))
        painter.setBrush(self._theme.colour("accent"))
        painter.drawPath(path)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_corner(self, painter: QPainter, words: str, *, at_top: bool) -> None:
        """Paints words in a corner where a line begins: above what the picture is of, below what kind of source."""
        painter.setFont(self._theme.font("small", strong=at_top))
        size = painter.fontMetrics().size(0, words)
        box = QRectF(0, 0, size.width() + 20, size.height() + 8)
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        left = self.width() - CORNER_GAP - box.width() if mirrored else CORNER_GAP
        box.moveTo(left, CORNER_GAP if at_top else self.height() - CORNER_GAP - box.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(CORNER_GROUND)
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setPen(QColor("#FFFFFF"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_bar(self, painter: QPainter) -> None:
        """Paints the progress of a finger capture along the lower edge."""
        width = self.width() * min(1.0, self._progress)
        left = self.width() - width if self.layoutDirection() is Qt.LayoutDirection.RightToLeft else 0.0
        painter.fillRect(QRectF(left, self.height() - RING_WIDTH, width, RING_WIDTH), self._ring_colour())

    def _ring_colour(self) -> QColor:
        return self._theme.colour("accepted" if self._progress >= 1.0 else "accent")


def _around(region: tuple[float, float, float, float]) -> tuple[float, float, float]:
    """The oval around a face: centre and height, as shares of the picture."""
    left, top, width, height = region
    return left + width / 2, top + height * FACE_MIDDLE, height * FACE_TO_OVAL


class Thumbnail(QWidget):
    """A small picture with round corners, cropped to a square."""

    def __init__(self, theme: Theme, image: Image | None, icon: str, size: int) -> None:
        super().__init__()
        self._theme, self._pixels, self._icon, self._ink = theme, image, icon, "muted"
        self.setFixedSize(size, size)

    def tint(self, colour: str) -> None:
        """Gives the icon that stands for no picture another colour."""
        self._ink = colour
        self.update()

    def show_picture(self, image: Image | None) -> None:
        """Shows another picture."""
        self._pixels = image
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the picture, or the icon that stands for none."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        path = QPainterPath()
        path.addRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setClipPath(path)
        painter.fillRect(self.rect(), self._theme.colour("sunken"))
        if self._pixels is None:
            side = self.width() * 0.4
            square = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
            self._theme.drawing(self._icon, self._ink).render(painter, square)
        else:
            height, width = self._pixels.shape[:2]
            side = min(height, width)
            source = QRectF((width - side) / 2, (height - side) / 2, side, side)
            painter.drawImage(QRectF(self.rect()), as_image(self._pixels), source)
        painter.setPen(QPen(self._theme.colour("line"), 2 * self._theme.tokens.line_width))
        painter.drawPath(path)
        painter.end()


def as_image(pixels: Image) -> QImage:
    """A Qt picture that shares the array's memory; the caller keeps the array as long as the picture."""
    height, width = pixels.shape[:2]
    coloured = pixels.ndim == 3
    kind = QImage.Format.Format_BGR888 if coloured else QImage.Format.Format_Grayscale8
    return QImage(pixels.data, width, height, pixels.strides[0], kind)


def _ellipse_arc(box: QRectF, share: float) -> QPainterPath:
    """Part of an ellipse, clockwise from the top, by length along the parameter."""
    path = QPainterPath()
    steps = max(2, math.ceil(90 * share))
    for step in range(steps + 1):
        angle = 2 * math.pi * share * step / steps - math.pi / 2
        point = QPointF(
            box.center().x() + box.width() / 2 * math.cos(angle), box.center().y() + box.height() / 2 * math.sin(angle)
        )
        path.moveTo(point) if step == 0 else path.lineTo(point)
    return path
