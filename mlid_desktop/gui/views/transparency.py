"""The transparency page: to be read at the desk, by the person who is asked for consent too."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from mlid_desktop.gui.presenters.places import Place
from mlid_desktop.gui.presenters.transparency import Told, transparency_screen
from mlid_desktop.gui.views.page import Page
from mlid_desktop.gui.widgets.elements import column, frame, label
from mlid_desktop.gui.workplace import Workplace
from mlid_desktop.station.consent import consent_text
from mlid_desktop.station.transparency import read_measured

READING_WIDTH = 900  # pixels: lines stay short enough to read


class TransparencyPage(Page):
    """A card for each modality, one below the other."""

    def __init__(self, workplace: Workplace, go: Callable[[Place], None]) -> None:
        language, theme = workplace.language, workplace.theme
        super().__init__(theme, language, language.text("How good is this?"))
        self._go = go
        station = workplace.station
        days = consent_text(language).retention_days
        inside = QWidget()
        cards = column(spacing=theme.space("base"), margins=(0, 0, theme.space("base"), 0))
        for told in transparency_screen(read_measured(station.resources), days, language):
            cards.addWidget(self._card(told))
        cards.addStretch(1)
        inside.setLayout(cards)
        inside.setMaximumWidth(READING_WIDTH)
        self.reading = QScrollArea()
        self.reading.setFrameShape(QFrame.Shape.NoFrame)
        self.reading.setWidgetResizable(True)
        self.reading.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.reading.setWidget(inside)
        self.reading.setAccessibleName(language.text("How good is this?"))
        self.body.addWidget(self.reading, 1)

    def first(self) -> QWidget:
        """The text, so that the arrow keys move it."""
        return self.reading

    def go_back(self) -> None:
        """Esc leads home."""
        self._go(Place.HOME)

    def _card(self, told: Told) -> QWidget:
        card = frame("card")
        parts = column(label(told.title, "head"), spacing=self.theme.space("tight"), margins=(24, 16, 24, 16))
        for title, paragraph in told.paragraphs:
            parts.addWidget(label(title, "strong"))
            parts.addWidget(label(paragraph, wrap=True))
        card.setLayout(parts)
        return card
