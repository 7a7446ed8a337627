"""A consent text in full, to be scrolled by keys and read by the person in front of the desk."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QWidget

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.elements import clear, column, label, mark_subject_facing
from mlid_desktop.station.administration.organisation import Organisation
from mlid_desktop.station.text.consent_texts import ConsentText
from mlid_desktop.station.text.language import is_right_to_left, open_language


class ConsentReading(QScrollArea):
    """Shows who asks and what is asked, in the language of the text and the way round that it is written."""

    def __init__(self, theme: Theme, name: str, catalogues: Path) -> None:
        super().__init__()
        self._theme, self._catalogues = theme, catalogues
        wide = theme.space("wide")
        self._paragraphs = column(spacing=4, margins=(wide, 20, wide, 20))
        self.inside = QWidget()
        self.inside.setLayout(self._paragraphs)
        self.setWidgetResizable(True)
        self.setWidget(self.inside)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        mark_subject_facing(self)

    def show_text(self, text: ConsentText, organisation: Organisation | None) -> None:
        """Shows a text from its beginning, after who asks by it."""
        mirrored = is_right_to_left(text.language)
        way = Qt.LayoutDirection.RightToLeft if mirrored else Qt.LayoutDirection.LeftToRight
        self.inside.setLayoutDirection(way)
        clear(self._paragraphs)
        language = open_language(self._catalogues, text.language)
        asking = ("", "") if organisation is None else organisation.paragraph(language)
        for head, body in (*((asking,) if asking[1] else ()), *text.paragraphs):
            for part in (label(head, "strong", wrap=True), label(body, wrap=True)):
                part.setLayoutDirection(way)
                self._paragraphs.addWidget(part)
            self._paragraphs.addSpacing(self._theme.space("snug"))
        self._paragraphs.addStretch(1)
        self.verticalScrollBar().setValue(0)
