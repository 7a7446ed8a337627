"""The tabs of the Devices page: one for each kind of device, with the sources that can be chosen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QLayout, QScrollArea, QStackedWidget, QWidget

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.gui.page.device_status import DEVICES
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import column, row, rule
from mlid_desktop.station.text.language import Language


class DeviceTabs(QWidget):
    """A tab for each kind of device; below them the list of the open one, and a field for more. ``opened`` is called
    when another tab is chosen; what stands under a tab is made when it is opened first."""

    def __init__(self, theme: Theme, language: Language, opened: Callable[[Modality], None]) -> None:
        super().__init__()
        self._theme, self._language = theme, language
        self._buttons: dict[Modality, Button] = {}
        self._pages: dict[Modality, QWidget] = {}
        self._group = QButtonGroup(self)
        self._stack = QStackedWidget()
        heads = row()
        for modality, (icon, name) in DEVICES.items():
            button = Button(theme, language.text(name), "tab", icon)
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
        button, (icon, name) = self._buttons[modality], DEVICES[modality]
        button.relabel(self._language.text(name), "tick" if words else icon)
        button.setAccessibleDescription(words)
