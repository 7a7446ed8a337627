"""The window for the person in front of the desk: what is meant for them on the page, large, and nothing else.

Widgets that are for the person say so (``elements.mark_subject_facing``); whatever of them is on the page is drawn here
as it is there. Where none is, the name of the program stands, and where the vault is locked too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QPoint, QRectF, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QWidget

from mlid_desktop.gui.page.product import PRODUCT
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.elements import FOR_THE_PERSON, SAID_TO_THE_PERSON

EVERY_MS = 50
SMALLEST = (640, 400)
MARGIN = 32
REST_PT = 42
WORDS_HEIGHT = 72
DRAWN = QWidget.RenderFlag.DrawChildren | QWidget.RenderFlag.DrawWindowBackground


class SecondScreen(QWidget):
    """The window for the person in front of the desk: whole on the second screen where there is one, else to be put
    where it is seen."""

    def __init__(self, window: QWidget, theme: Theme, name: str, closed: Callable[[], None] = lambda: None) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self._window, self._theme, self._closed = window, theme, closed
        self.setWindowTitle(name)
        self.setAccessibleName(name)
        self.setMinimumSize(*SMALLEST)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)

    @property
    def shown(self) -> QWidget | None:
        """The widget that is drawn now; None while the program's name is shown."""
        return next(self._visible(FOR_THE_PERSON), None)

    @property
    def words(self) -> str:
        """The words of what the person is asked to do now."""
        return next((widget.accessibleName() for widget in self._visible(SAID_TO_THE_PERSON)), "")

    def _visible(self, name: str) -> Iterator[QWidget]:
        return (widget for widget in self._window.findChildren(QWidget, name) if widget.isVisible())

    def open(self) -> None:
        """Shows the window, without taking the focus from the desk."""
        screens = QGuiApplication.screens()
        elsewhere = [other for other in screens if other is not self._window.screen()]
        if elsewhere:
            self.setGeometry(elsewhere[0].geometry())
            self.showFullScreen()
        else:
            self.resize(960, 600)
            self.show()
        self._window.activateWindow()  # the keys stay with the desk
        self.update()
        self._timer.start(EVERY_MS)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Stops drawing when the window closes."""
        self._timer.stop()
        self._closed()
        super().closeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the widget as large as it fits, in its own proportions."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("canvas"))
        part = self.shown
        if part is None or part.width() < 1 or part.height() < 1:
            font = painter.font()
            font.setPointSize(REST_PT)
            painter.setFont(font)
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, PRODUCT)
            painter.end()
            return
        words = self.words
        below = WORDS_HEIGHT if words else 0
        height = self.height() - 2 * MARGIN - below
        scale = min((self.width() - 2 * MARGIN) / part.width(), height / part.height())
        painter.save()
        painter.translate((self.width() - scale * part.width()) / 2, MARGIN + (height - scale * part.height()) / 2)
        painter.scale(scale, scale)
        part.render(painter, QPoint(), QRegion(), DRAWN)
        painter.restore()
        if words:
            painter.setFont(self._theme.font("title", strong=True))
            painter.setPen(self._theme.colour("text"))
            area = QRectF(MARGIN, self.height() - MARGIN / 2 - below, self.width() - 2 * MARGIN, below)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
        painter.end()

    def _look(self) -> None:
        self.update()
