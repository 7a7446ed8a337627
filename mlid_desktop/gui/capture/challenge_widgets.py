"""The widgets of an active challenge: the sign of each movement, drawn large over the live picture, and the buttons for
the person's wishes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QTransform
from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.observations import FaceAction
from mlid_desktop.gui.capture.challenge_presenter import ChallengeScreen
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import row
from mlid_desktop.station.text.language import Language
from mlid_desktop.workflow.events import Event
from mlid_desktop.workflow.face_challenge.events import ActionSwapped, MoreTimeAsked

SIDE_SHARE = 0.22  # of the picture's shorter side
MARGIN_SHARE = 0.05
OUTLINE = 6.0
DIRECTIONS = {  # degrees clockwise from the right, as the person who faces the screen sees it
    FaceAction.TURN_RIGHT: 0.0,
    FaceAction.LOOK_DOWN: 90.0,
    FaceAction.TURN_LEFT: 180.0,
    FaceAction.LOOK_UP: 270.0,
}


def paint_sign(painter: QPainter, area: QRectF, action: FaceAction, colour: QColor) -> None:
    """Paints the sign of an action inside the area of the picture."""
    side = SIDE_SHARE * min(area.width(), area.height())
    path = QTransform.fromScale(side, side).map(sign_path(action))
    path.translate(_centre(area, side, action))
    painter.setPen(QPen(QColor("#FFFFFF"), OUTLINE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(colour)
    painter.drawPath(path)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def sign_path(action: FaceAction) -> QPainterPath:
    """The outline of a sign in a square of side 1 about the origin: an arrow, two that part for coming closer, an open
    ring for the mouth."""
    if action is FaceAction.OPEN_MOUTH:
        ring = QPainterPath()
        ring.addEllipse(QRectF(-0.42, -0.5, 0.84, 1.0))
        ring.addEllipse(QRectF(-0.24, -0.32, 0.48, 0.64))  # stays open: a path is filled by the odd-even rule
        return ring
    if action is FaceAction.COME_CLOSER:
        parting = QPainterPath()
        for angle in (45.0, 225.0):
            parting.addPath(QTransform().rotate(angle).translate(0.42, 0.0).scale(0.7, 0.7).map(_arrow()))
        return parting
    return QTransform().rotate(DIRECTIONS[action]).map(_arrow())


def _arrow() -> QPainterPath:
    """An arrow to the right."""
    path = QPainterPath(QPointF(0.5, 0.0))
    for x, y in ((0.05, -0.45), (0.05, -0.18), (-0.5, -0.18), (-0.5, 0.18), (0.05, 0.18), (0.05, 0.45)):
        path.lineTo(x, y)
    path.closeSubpath()
    return path


def _centre(area: QRectF, side: float, action: FaceAction) -> QPointF:
    """Where the sign stands: on the side that it points to; below the face for the mouth and for coming closer."""
    margin = MARGIN_SHARE * min(area.width(), area.height()) + side / 2
    match action:
        case FaceAction.TURN_LEFT:
            return QPointF(area.left() + margin, area.center().y())
        case FaceAction.TURN_RIGHT:
            return QPointF(area.right() - margin, area.center().y())
        case FaceAction.LOOK_UP:
            return QPointF(area.center().x(), area.top() + margin)
        case _:
            return QPointF(area.center().x(), area.bottom() - margin)


class ChallengeWishButtons(QWidget):
    """Shown while a challenge goes on. ``tell`` hands a wish to the capture."""

    def __init__(self, theme: Theme, language: Language, tell: Callable[[Event], None]) -> None:
        super().__init__()
        self.more_time = Button(theme, language.text("More time"), "plain").on(lambda: tell(MoreTimeAsked()))
        self.other = Button(theme, language.text("Can't do this"), "plain").on(lambda: tell(ActionSwapped()))
        self.setLayout(row(self.more_time, self.other, 1, spacing=theme.space("base")))
        self.show_screen(None)

    def show_screen(self, screen: ChallengeScreen | None) -> None:
        """Shows which wishes would be heeded; nothing where no challenge goes on."""
        self.setVisible(screen is not None)
        self.more_time.setEnabled(screen is not None and screen.can_wait)
        self.other.setEnabled(screen is not None and screen.can_swap)
