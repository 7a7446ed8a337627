"""An area that fits its content to the room there is, and scrolls only where the content can get no smaller."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

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
