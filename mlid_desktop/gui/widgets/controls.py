"""Controls that a person presses, ticks or chooses from, and the line that is cut where it is too long."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRectF, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QWidget,
)

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.elements import DIRECTED, tag
from mlid_desktop.station.text.language import RIGHT_TO_LEFT_MARK, isolate_direction

ICON_SIZE = 20
ICON_GAP = 6  # between icon and text, beside the little that the style leaves


def is_keyed_as_a_whole(widget: QWidget) -> bool:
    """Whether keys go to a widget itself where nothing in it has the focus, as they do on a page: it takes the focus,
    and no ring is drawn around it."""
    return widget.focusPolicy() is Qt.FocusPolicy.StrongFocus and widget.property("ring") == "none"


class Button(QPushButton):
    """A button with an icon in a token's colour, where it has one. ``kind`` is plain, primary, footer, quiet, icon,
    danger, nav or chip."""

    def __init__(self, theme: Theme, text: str, kind: str = "plain", icon: str = "") -> None:
        super().__init__(isolate_direction(text))
        self._theme, self._icon, self._kind = theme, icon, kind
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        tag(self, kind=kind)
        self._paint_icon()
        theme.changed.connect(self._paint_icon)

    def on(self, action: Callable[[], object]) -> Button:
        """Runs the action whenever the button is pressed."""
        self.clicked.connect(lambda *_: action())
        return self

    def on_chosen(self, action: Callable[[], object]) -> Button:
        """Makes the button one to choose among several: runs the action whenever it is pressed, chosen already or not,
        and when a screen reader toggles it, which presses nothing. In no group, it is whoever shows what was chosen who
        marks it."""
        self.setCheckable(True)
        told = False

        def begin() -> None:
            nonlocal told
            told = False

        def toggled(on: bool) -> None:
            nonlocal told
            told = on or self.group() is None  # in a group the one that was chosen before is toggled as well
            if told:
                action()

        self.pressed.connect(begin)
        self.toggled.connect(toggled)
        self.clicked.connect(lambda *_: None if told else action())
        return self

    def mark_chosen(self, *, chosen: bool = True) -> None:
        """Shows whether the button is the chosen one, without its action."""
        with QSignalBlocker(self):
            self.setChecked(chosen)

    def become(self, kind: str) -> None:
        """Gives the button another kind, as what it does is now the next thing to do, or no longer is."""
        if kind != self._kind:
            self._kind = kind
            tag(self, kind=kind)
            self._paint_icon()

    def relabel(self, text: str, icon: str | None = None) -> None:
        """Gives the button another text."""
        self.setText(isolate_direction(text))
        self._icon = self._icon if icon is None else icon
        self._paint_icon()

    def setEnabled(self, enabled: bool) -> None:  # noqa: N802 - Qt's name
        """Opens or closes the button. One that has the focus leaves it to its page as it is closed: the toolkit would
        give it to whatever comes next, a list of devices or *Back*, which the next key would then work."""
        if not enabled:
            self._leave_focus()
        super().setEnabled(enabled)

    def setVisible(self, visible: bool) -> None:  # noqa: N802 - Qt's name
        """Shows or hides the button, which leaves the focus as one that is closed does."""
        if not visible:
            self._leave_focus()
        super().setVisible(visible)

    def _leave_focus(self) -> None:
        around = self.parentWidget() if self.hasFocus() else None
        while around is not None and not is_keyed_as_a_whole(around):
            around = around.parentWidget()
        if around is not None:
            around.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """In a dialog Enter presses the button that has the focus and no other, once however long it is held; before a
        dangerous one it is the dialog's answer that changes nothing, and a space presses it."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if not is_enter or self._kind == "danger" or not isinstance(self.window(), QDialog):
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            self.click()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Has the gap on the side of the text where reading goes the other way, and arrows that point its way."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._paint_icon()

    def _paint_icon(self) -> None:
        if self._icon:
            colours = {"primary": "on_accent", "danger": "rejected", "nav": "muted", "section": "muted"}
            gap = ICON_GAP if self.text() else 0
            self.setIconSize(QSize(ICON_SIZE + gap, ICON_SIZE))
            mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
            side, turned = -1 if mirrored else 1, mirrored and self._icon in DIRECTED
            colour = colours.get(self._kind, "text")
            self.setIcon(self._theme.icon(self._icon, colour, ICON_SIZE, gap=side * gap, turned=turned))


class FoldButton(Button):
    """Stands in for a part of a page that few people need, and shows it once it is pressed."""

    def __init__(self, theme: Theme, text: str, part: QWidget) -> None:
        super().__init__(theme, text, "quiet", "down")
        self._part = part
        part.hide()
        self.on(self._press)

    def unfold(self) -> None:
        """Shows the part in place of the button."""
        self.hide()
        self._part.show()

    def _press(self) -> None:
        self.unfold()
        self._part.setFocus(Qt.FocusReason.TabFocusReason)


class Check(QCheckBox):
    """A check box whose tick is drawn in the token's colour, and whose icon, where it has one, in that of its words."""

    def __init__(self, theme: Theme, text: str, icon: str = "") -> None:
        super().__init__(text)
        self._theme, self._icon = theme, icon
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        if icon:
            self.setIconSize(QSize(ICON_SIZE + ICON_GAP, ICON_SIZE))
            self._paint_icon()
            theme.changed.connect(self._paint_icon)

    def _paint_icon(self) -> None:
        side = -1 if self.layoutDirection() is Qt.LayoutDirection.RightToLeft else 1
        self.setIcon(self._theme.icon(self._icon, "text", ICON_SIZE, gap=side * ICON_GAP))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Has the gap on the side of the text where reading goes the other way."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange and self._icon:
            self._paint_icon()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the box as styled, and the tick."""
        super().paintEvent(_event)
        if self.isChecked():
            option = QStyleOptionButton()
            self.initStyleOption(option)
            box = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
            painter = QPainter(self)
            self._theme.drawing("tick", "on_accent").render(painter, QRectF(box).adjusted(4, 4, -4, -4))
            painter.end()


class Choice(QComboBox):
    """A drop-down list with its arrow drawn in the token's colour."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the box as styled, and the arrow at its end."""
        super().paintEvent(_event)
        size = 16
        left = 10 if self.layoutDirection() is Qt.LayoutDirection.RightToLeft else self.width() - size - 10
        painter = QPainter(self)
        self._theme.drawing("down", "muted").render(painter, QRectF(left, (self.height() - size) / 2, size, size))
        painter.end()


class ElidedLabel(QLabel):
    """A label with one line that ends in … where it is too long, and says the whole in its tool tip."""

    def __init__(self, text: str = "", kind: str = "body") -> None:
        super().__init__()
        self._whole = ""
        tag(self, kind=kind)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.show_text(text)

    def show_text(self, text: str) -> None:
        """Shows another line."""
        self._whole = text
        self.setAccessibleName(text)
        self._elide()
        self.updateGeometry()

    def event(self, event: QEvent) -> bool:
        """Fits the text again when the size of the label changes."""
        if event.type() in (
            QEvent.Type.Resize,
            QEvent.Type.FontChange,
            QEvent.Type.Polish,
            QEvent.Type.LayoutDirectionChange,
        ):
            self._elide()
        return super().event(event)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The size with room for the whole line."""
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 2, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The size with no width: the label takes what there is."""
        return QSize(0, super().minimumSizeHint().height())

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, max(0, self.width()))
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        marked = RIGHT_TO_LEFT_MARK + shown if mirrored and shown else shown  # a Latin name stands at the right as well
        if marked != self.text():
            super().setText(marked)
        self.setToolTip(self._whole if shown != self._whole else "")
