"""The tabs of the Devices page: one for each kind of device, which says what is in use."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QLayout, QScrollArea, QStackedWidget, QWidget

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.gui.page.device_status import DEVICES
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button, ElidedLabel
from mlid_desktop.gui.widgets.elements import column, row
from mlid_desktop.station.text.language import Language


class DeviceTabs(QWidget):
    """A tab for each kind of device; below them what is in use of the open one, its list, and a field for more."""

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__()
        self._theme, self._language = theme, language
        self._buttons: dict[Modality, Button] = {}
        self._states: dict[Modality, ElidedLabel] = {}
        self._group = QButtonGroup(self)
        self._heads = row(spacing=theme.space("tight"))
        self._stack = QStackedWidget()
        layout = column(self._heads, self._stack, spacing=theme.space("snug"))
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def add(self, modality: Modality, shown: QLayout, field: QWidget) -> None:
        """Adds the tab of a kind of device: the list that is ``shown``, and the field below it."""
        icon, name = DEVICES[modality]
        button = Button(self._theme, self._language.text(name), "chip", icon)
        button.on_chosen(lambda: self.open(modality))
        self._buttons[modality], self._states[modality] = button, ElidedLabel(kind="muted")
        self._group.addButton(button)
        self._heads.addWidget(button, 1)
        inside, scroll = QWidget(), QScrollArea()
        inside.setLayout(shown)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        page = QWidget()
        layout = column(self._states[modality], scroll, field, spacing=self._theme.space("tight"))
        layout.setStretch(1, 1)
        page.setLayout(layout)
        self._stack.addWidget(page)
        if len(self._buttons) == 1:
            button.mark_chosen()

    def open(self, modality: Modality) -> None:
        """Shows the tab of this kind of device."""
        self._buttons[modality].mark_chosen()
        self._stack.setCurrentIndex(list(self._buttons).index(modality))

    def show_state(self, modality: Modality, used: str) -> None:
        """Says which source is in use; none where its name is empty."""
        text = self._language.text
        self._states[modality].show_text(text("In use: {source}", source=used) if used else text("None is connected"))
