"""The tabs of the Devices page: one for each kind of device, with the sources that can be chosen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QLayout, QScrollArea, QStackedWidget, QWidget

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.gui.page.device_status import DEVICES
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import column, row, rule
from mlid_desktop.gui.widgets.fitting_area import MoreBelow
from mlid_desktop.station.text.language import Language

TICK = 16  # pixels
ROOM = 6 * "\u00a0"  # after a name, for the tick: spaces at which Qt cuts nothing off


class TabButton(Button):
    """The head of a tab: its icon, its name and, where its device was tested, a tick after that."""

    def __init__(self, theme: Theme, name: str, icon: str) -> None:
        super().__init__(theme, name, "tab", icon)
        self._name, self._is_ticked = name, False
        self.setAccessibleName(name)

    def tick(self, *, ticked: bool) -> None:
        """Shows the tick or takes it away."""
        if ticked is not self._is_ticked:
            self._is_ticked = ticked
            self.relabel(self._name + ROOM if ticked else self._name)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the tick into the room that is left for it after the name."""
        super().paintEvent(event)
        if not self._is_ticked:
            return
        half = (self.iconSize().width() + self.fontMetrics().horizontalAdvance(self._name + ROOM)) / 2
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        end = self.width() / 2 + (-half if mirrored else half - TICK)
        painter = QPainter(self)
        self._theme.drawing("tick", "accepted").render(painter, QRectF(end, (self.height() - TICK) / 2, TICK, TICK))
        painter.end()


class DeviceTabs(QWidget):
    """A tab for each kind of device; below them the list of the open one, and a field for more. ``opened`` is called
    when another tab is chosen; what stands under a tab is made when it is opened first."""

    def __init__(self, theme: Theme, language: Language, opened: Callable[[Modality], None]) -> None:
        super().__init__()
        self._theme, self._language = theme, language
        self._buttons: dict[Modality, TabButton] = {}
        self._pages: dict[Modality, QWidget] = {}
        self._group = QButtonGroup(self)
        self._stack = QStackedWidget()
        heads = row()
        for modality, (icon, name) in DEVICES.items():
            button = TabButton(theme, language.text(name), icon)
            button.on_chosen(partial(opened, modality))
            self._buttons[modality] = button
            self._group.addButton(button)
            heads.addWidget(button, 1)
        layout = column(column(heads, rule()), self._stack, spacing=theme.space("snug"))
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def button(self, modality: Modality) -> Button:
        """The head of a tab."""
        return self._buttons[modality]

    def has(self, modality: Modality) -> bool:
        """Whether what stands under this tab was made."""
        return modality in self._pages

    def add(self, modality: Modality, shown: QLayout, field: QWidget) -> None:
        """Adds what stands under the tab of a kind of device: the list that is ``shown``, and the field below it."""
        inside, scroll = QWidget(), QScrollArea()
        inside.setLayout(shown)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        MoreBelow(self._theme, scroll, "canvas")
        page = QWidget()
        layout = column(scroll, field, spacing=self._theme.space("snug"))
        layout.setStretch(0, 1)
        page.setLayout(layout)
        self._pages[modality] = page
        self._stack.addWidget(page)

    def open(self, modality: Modality) -> None:
        """Shows the tab of this kind of device."""
        self._buttons[modality].mark_chosen()
        self._stack.setCurrentWidget(self._pages[modality])

    def show_tested(self, modality: Modality, words: str) -> None:
        """Shows at the tab that the device in use was tested; nothing where the ``words`` for it are empty."""
        button = self._buttons[modality]
        button.tick(ticked=bool(words))
        button.setAccessibleDescription(words)
