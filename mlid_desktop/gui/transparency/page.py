"""The transparency page: to be read at the desk, by the person who is asked for consent too."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QWidget

from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.transparency.presenter import TransparencySection, transparency_screen
from mlid_desktop.gui.widgets.elements import column, frame, label
from mlid_desktop.station.documents.measured_accuracy import read_measured_accuracy
from mlid_desktop.station.text.consent_texts import consent_text

READING_WIDTH = 900  # pixels: lines stay short enough to read
SIDE_BY_SIDE = 1500  # pixels: from there on the cards stand beside one another


class TransparencyPage(Page):
    """The page with a card for each modality, one below the other, or side by side where there is room."""

    def __init__(self, workspace: Workspace, go: Callable[[PageName], None]) -> None:
        language, theme = workspace.language, workspace.theme
        super().__init__(theme, language, language.text("How good is this?"))
        self._go = go
        station = workspace.station
        days = consent_text(language).retention_days
        inside = QWidget()
        self._cards = cards = column(spacing=theme.space("base"), margins=(0, 0, theme.space("base"), 0))
        measured = read_measured_accuracy(station.resources, builtin=workspace.unlocked.session.evaluation)
        licences = sorted({entry.licence for entry in station.manifest.defaults})
        for section in transparency_screen(measured, days, licences, language):
            cards.addWidget(self._card(section))
        outside = column(cards, 1)
        inside.setLayout(outside)
        self._inside = inside
        self.reading = QScrollArea()
        self.reading.setFrameShape(QFrame.Shape.NoFrame)
        self.reading.setWidgetResizable(True)
        self.reading.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.reading.setWidget(inside)
        self.reading.setAccessibleName(language.text("How good is this?"))
        self.body.addWidget(self.reading, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fits the cards to the width, so that lines stay short enough to read."""
        super().resizeEvent(event)
        beside = self.width() >= SIDE_BY_SIDE
        self._cards.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        self._inside.setMaximumWidth(self._cards.count() * READING_WIDTH if beside else READING_WIDTH)

    def first(self) -> QWidget:
        """The widget that gets the focus: the text, so that the arrow keys move it."""
        return self.reading

    def go_back(self) -> None:
        """Goes to the home page (Esc)."""
        self._go(PageName.HOME)

    def _card(self, section: TransparencySection) -> QWidget:
        card = frame("card")
        parts = column(label(section.title, "head"), spacing=self.theme.space("tight"), margins=(24, 16, 24, 16))
        for title, paragraph in section.paragraphs:
            parts.addWidget(label(title, "strong"))
            parts.addWidget(label(paragraph, wrap=True))
        parts.addStretch(1)
        card.setLayout(parts)
        return card
