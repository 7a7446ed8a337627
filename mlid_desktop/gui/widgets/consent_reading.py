"""A consent text in full, to be scrolled by keys and read by the person in front of the desk."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Check
from mlid_desktop.gui.widgets.elements import clear, column, label, mark_subject_facing
from mlid_desktop.station.administration.organisation import Organisation
from mlid_desktop.station.text.consent_texts import ConsentText
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language, is_right_to_left, open_language
from mlid_desktop.station.text.modality_terms import LISTED

VEIL, ARROW = 44, 20  # px: height of the veil over the last lines, and side of its arrow
PARTS = {Modality.FACE: _("Face"), Modality.FINGERPRINT: _("Fingers"), Modality.VOICE: _("Voice")}


class ConsentParts(QWidget):
    """Lets the person leave out parts of what is asked: nothing is left out, and nothing agreed to, but what somebody
    ticks or says. ``changed`` tells of it."""

    changed = Signal()

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__()
        self._checks: dict[Modality, Check] = {}
        layout = column(label(language.text("The person leaves out"), "strong"), spacing=theme.space("tight"))
        for modality in LISTED:
            check = self._checks[modality] = Check(theme, language.text(PARTS[modality]))
            check.toggled.connect(self.changed)
            layout.addWidget(check)
        self.setLayout(layout)

    def check(self, modality: Modality) -> Check:
        """The box of one of them."""
        return self._checks[modality]

    @property
    def left_out(self) -> frozenset[Modality]:
        """What the person leaves out."""
        return frozenset(modality for modality, check in self._checks.items() if check.isChecked())

    def show_left_out(self, left_out: Collection[Modality]) -> None:
        """Shows what is left out."""
        for modality, check in self._checks.items():
            check.setChecked(modality in left_out)


class MoreBelow(QWidget):
    """A veil with an arrow over the last lines of a text, as long as more of it stands below."""

    def __init__(self, theme: Theme, area: QScrollArea) -> None:
        super().__init__(area)
        self._theme, self._area = theme, area
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        bar = area.verticalScrollBar()
        bar.valueChanged.connect(self.follow)
        bar.rangeChanged.connect(self.follow)

    def follow(self) -> None:
        """Lies on the lower edge of the text, and is gone once its end is seen."""
        bar, shown = self._area.verticalScrollBar(), self._area.viewport().geometry()
        self.setGeometry(shown.left(), shown.bottom() + 1 - VEIL, shown.width(), VEIL)
        self.setVisible(bar.maximum() > 0 and bar.value() < bar.maximum())
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the ground of the card over the text, denser towards the edge, and the arrow."""
        ground = self._theme.colour("surface")
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
        self._more = MoreBelow(theme, self)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keeps the veil on the lower edge."""
        super().resizeEvent(event)
        self._more.follow()

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
