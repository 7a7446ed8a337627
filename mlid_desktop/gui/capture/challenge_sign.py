"""The sign of each movement that a person is asked for, drawn large over the live picture."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QTransform

from mlid_desktop.domain.observations import FaceAction

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
        inside = QPainterPath()
        inside.addEllipse(QRectF(-0.24, -0.32, 0.48, 0.64))
        return ring.subtracted(inside)
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
