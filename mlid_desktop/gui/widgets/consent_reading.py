"""A consent text in full, to be scrolled by keys and read by the person in front of the desk."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.domain.subjects import Operator
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button, Check
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.gui.widgets.elements import Notice, clear, column, label, mark_subject_facing
from mlid_desktop.gui.widgets.fitting_area import MoreBelow
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow
from mlid_desktop.station.administration.organisation import Organisation
from mlid_desktop.station.text.consent_texts import ConsentText
from mlid_desktop.station.text.language import Language, is_right_to_left, open_language
from mlid_desktop.station.text.modality_terms import LISTED, terms_of

EDGE = 20  # px above and below the text
MEASURE = 80  # characters of a line that the eye still follows back to the next one


class ConsentParts(QWidget):
    """Lets the person leave out parts of what is asked: nothing is left out, and nothing agreed to, but what somebody
    ticks or says. ``changed`` tells of it."""

    changed = Signal()

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__()
        self._language = language
        self._checks: dict[Modality, Check] = {}
        layout = column(label(language.text("Anything to leave out?"), "strong"), spacing=theme.space("tight"))
        layout.addWidget(label(language.text("What is ticked is not captured."), "muted", wrap=True))
        boxes = WrappingRow(theme.space("base"), theme.space("hair"))
        for modality in LISTED:
            check = self._checks[modality] = Check(theme, language.text(terms_of(modality).left_out))
            check.toggled.connect(self.changed)
            boxes.addWidget(check)
        layout.addLayout(boxes)
        self.setLayout(layout)

    def check(self, modality: Modality) -> Check:
        """The box of one of them."""
        return self._checks[modality]

    @property
    def left_out(self) -> frozenset[Modality]:
        """What the person leaves out."""
        return frozenset(modality for modality, check in self._checks.items() if check.isChecked())

    @property
    def agreeing(self) -> str:
        """What the person agrees to, in the words of the button: without what is left out, or what alone is left."""
        text, left_out = self._language.text, self.left_out
        agreed = [modality for modality in Modality if modality not in left_out]
        if len(left_out) == 1:
            return text(terms_of(next(iter(left_out))).agreed_without)
        return text(terms_of(agreed[0]).agreed_alone) if len(agreed) == 1 else text("The person agrees")

    def show_left_out(self, left_out: Collection[Modality]) -> None:
        """Shows what is left out."""
        for modality, check in self._checks.items():
            check.setChecked(modality in left_out)


class PortraitChoice(QWidget):
    """The person's choice whether a small portrait may be kept; where the desk keeps none, that nobody is asked."""

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__()
        text = language.text
        self.check = Check(theme, text("A small portrait may be kept"))
        self._words = label("", "muted", wrap=True)
        self._free = text("A choice of its own: saying no costs nothing, and it can be destroyed at any time.")
        self._none = text("This desk keeps no portrait: nobody is asked for one.")
        self.setLayout(column(self.check, self._words, spacing=theme.space("tight")))

    def offer(self, *, spoken_of: bool, kept: bool) -> None:
        """Asks where the desk keeps portraits and the text speaks of them."""
        self.check.setVisible(kept)
        self._words.setText(self._free if kept else self._none)
        self.setVisible(spoken_of)

    @property
    def is_chosen(self) -> bool:
        """Whether the person was asked and chose that one is kept."""
        asked = not self.isHidden() and not self.check.isHidden() and self.check.isEnabled()
        return asked and self.check.isChecked()


class AskingMissing(Notice):
    """Says that a consent text does not name who asks, with the way to where that is entered for those who may. Of real
    people nobody agrees then before they were told."""

    def __init__(self, theme: Theme, language: Language, enter: Callable[[], None]) -> None:
        super().__init__(theme)
        self._theme, self._language, self._asks = theme, language, False
        self.ask: Callable[[Question], bool] = Question.asked
        self._enter = Button(theme, language.text("Enter the organisation …"), "plain").on(enter)
        self.offer(self._enter)

    def follow(self, organisation: Organisation, operator: Operator, *, demo: bool) -> None:
        """Shows itself where the organisation has no name."""
        self._asks = not (demo or organisation.name)
        text, may_enter = self._language.text, may(operator, Act.GOVERN)
        missing = text("This text does not say who asks: the organisation's name is missing.")
        said = missing if may_enter else " ".join((missing, text("A supervisor enters it under Administration.")))
        self._enter.setVisible(may_enter)
        self.say("" if organisation.name else said, Tone.INCONCLUSIVE)

    def is_told(self) -> bool:
        """Whether the person knows who asks: by the text, or as whoever is at the desk says."""
        if not self._asks:
            return True
        text = self._language.text
        why = text("Tell the person who asks for consent, and what for, or enter the organisation first.")
        title, do = text("The text does not say who asks"), text("The person was told")
        return self.ask(Question(self, self._theme, title, why, text("Cancel"), do))


class ConsentReading(QScrollArea):
    """Shows who asks and what is asked, in the language of the text and the way round that it is written.

    Its end is on the screen once, or ``aloud`` is ticked, before anybody agrees; ``progressed`` tells of both."""

    progressed = Signal()

    def __init__(self, theme: Theme, language: Language, catalogues: Path) -> None:
        super().__init__()
        self._theme, self._language, self._catalogues = theme, language, catalogues
        self.is_read = False
        wide = theme.space("wide")
        self._paragraphs = column(spacing=4, margins=(wide, EDGE, wide, EDGE))
        self.inside = QWidget()
        self.inside.setLayout(self._paragraphs)
        self.setWidgetResizable(True)
        self.setWidget(self.inside)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(language.text("Consent text"))
        mark_subject_facing(self)
        self.setMaximumWidth(MEASURE * self.fontMetrics().averageCharWidth() + 2 * wide + theme.space("base"))
        MoreBelow(theme, self)
        self._painted = QTimer(self)
        self._painted.setSingleShot(True)
        self._painted.timeout.connect(self._follow)
        self.verticalScrollBar().valueChanged.connect(lambda _: self._painted.start())
        self.aloud = Check(theme, language.text("It was read aloud to the end"))
        self.aloud.toggled.connect(self.progressed)

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Looks, each time that something of the text came to the screen, whether it was the end."""
        if event.type() is QEvent.Type.Paint and not self.is_read:
            self._painted.start()
        return super().viewportEvent(event)

    @property
    def why_not(self) -> str:
        """What has to be done before anybody agrees; empty once the person knows the whole text."""
        known = self.is_read or self.aloud.isChecked()
        return "" if known else self._language.text("Read the text to its end first.")

    def read_together(self) -> QVBoxLayout:
        """How the text is read with the person, and the box for one who heard it."""
        text = self._language.text
        said = text("Turn the screen to the person, or read the text aloud. Saying no is always possible.")
        head = label(text("Read it together"), "head", wrap=True)
        return column(head, label(said, "muted", wrap=True), self.aloud, spacing=self._theme.space("tight"))

    def begin(self) -> None:
        """Shows the text from its beginning, to somebody who has not read it yet."""
        self.verticalScrollBar().setValue(0)
        self.is_read = False
        self.aloud.setChecked(False)
        self.progressed.emit()

    def _follow(self) -> None:
        """Notes that the end was seen. The height is asked of the text itself: what is not laid out yet has none."""
        if self.is_read or not self.isVisible():
            return
        height = self._paragraphs.heightForWidth(self.viewport().width()) - EDGE
        if self.verticalScrollBar().value() + self.viewport().height() >= height:
            self.is_read = True
            self.progressed.emit()

    def show_text(self, text: ConsentText, organisation: Organisation | None) -> None:
        """Shows a text from its beginning, after who asks by it."""
        mirrored = is_right_to_left(text.language)
        way = Qt.LayoutDirection.RightToLeft if mirrored else Qt.LayoutDirection.LeftToRight
        self.inside.setLayoutDirection(way)
        clear(self._paragraphs)
        written = open_language(self._catalogues, text.language)
        asking = ("", "") if organisation is None else organisation.paragraph(written)
        for head, body in (*((asking,) if asking[1] else ()), *text.paragraphs):
            for part in (label(head, "strong", wrap=True), label(body, wrap=True)):
                part.setLayoutDirection(way)
                self._paragraphs.addWidget(part)
            self._paragraphs.addSpacing(self._theme.space("snug"))
        self._paragraphs.addStretch(1)
        self.begin()
