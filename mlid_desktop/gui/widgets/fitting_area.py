"""An area that fits its content to the room there is, and scrolls only where the content can get no smaller; the sign
that there is more to scroll to."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QFrame, QScrollArea, QWidget

from mlid_desktop.gui.theme.style import Theme

VEIL, ARROW = 44, 20  # px: height of the veil over the last lines, and side of its arrow
MARGIN = 12  # pixels that are shown around the control that has the focus


class FittingArea(QScrollArea):
    """Shows a widget at the size of the area, or at the smallest size that the widget can take where that is larger.

    Qt's own resizing goes by the height that wrapped text would like, and shows scroll bars long before they are
    needed."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self._content = content
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(content)
        content.installEventFilter(self)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._follow_focus)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """No size is too small: what does not fit is scrolled to."""
        return QSize(0, 0)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The size that the content would like."""
        return self._content.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fits the content to the new size."""
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Fits the content anew when it came to need more or less room."""
        if watched is self._content and event.type() is QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def _follow_focus(self, _old: QWidget | None, now: QWidget | None) -> None:
        """Scrolls to the control that got the focus, also where the program set it; to its beginning, where it is
        larger than the area."""
        if now is None or not self._content.isAncestorOf(now):
            return
        if now.height() <= self.viewport().height():
            self.ensureWidgetVisible(now, MARGIN, MARGIN)
        else:
            begin = now.mapTo(self._content, QPoint(0, 0))
            self.ensureVisible(begin.x(), begin.y(), MARGIN, MARGIN)

    def _fit(self) -> None:
        room = self.maximumViewportSize()
        size = self._smallest(room)
        bar = self.verticalScrollBar().sizeHint().width()
        if size.height() > room.height():
            size = self._smallest(QSize(room.width() - bar, room.height()))
        if size.width() > room.width():
            size = size.expandedTo(QSize(0, room.height() - bar))
        self._content.resize(size)

    def _smallest(self, room: QSize) -> QSize:
        """The room, or as much as the content needs at least."""
        needed = self._content.minimumSizeHint()
        width, layout = max(room.width(), needed.width()), self._content.layout()
        least = needed.height()
        if layout is not None and layout.hasHeightForWidth():
            least = max(layout.minimumHeightForWidth(width), 0)
        return QSize(width, max(room.height(), least))


class MoreBelow(QWidget):
    """A veil with an arrow over the last lines of a text or table, as long as more of it stands below. ``ground`` is
    the colour that the text stands on."""

    def __init__(self, theme: Theme, area: QAbstractScrollArea, ground: str = "surface") -> None:
        super().__init__(area)
        self._theme, self._area, self._ground = theme, area, ground
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        bar = area.verticalScrollBar()
        bar.valueChanged.connect(self.follow)
        bar.rangeChanged.connect(self.follow)
        area.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Keeps to the lower edge when the area is resized."""
        if event.type() is QEvent.Type.Resize:
            self.follow()
        return super().eventFilter(watched, event)

    def follow(self) -> None:
        """Lies on the lower edge of the text, and is gone once its end is seen."""
        bar, shown = self._area.verticalScrollBar(), self._area.viewport().geometry()
        self.setGeometry(shown.left(), shown.bottom() + 1 - VEIL, shown.width(), VEIL)
        self.setVisible(bar.maximum() > 0 and bar.value() < bar.maximum())
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the ground over the text, denser towards the edge, and the arrow."""
        ground = self._theme.colour(self._ground)
        clear_ground = QColor(ground)
        clear_ground.setAlpha(0)
        veil = QLinearGradient(0, 0, 0, VEIL)
        veil.setColorAt(0, clear_ground)
        veil.setColorAt(0.7, ground)
        painter = QPainter(self)
        painter.fillRect(self.rect(), veil)
        spot = QRectF((self.width() - ARROW) / 2, VEIL - ARROW - 2, ARROW, ARROW)
        self._theme.drawing("down", "accent").render(painter, spot)
        painter.end()
