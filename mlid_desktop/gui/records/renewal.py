"""The question whether a person agrees again: the text in force stands in it, in the language that the person reads."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from mlid_desktop.domain.subjects import Consent, ConsentOutcome, ConsentUse, SubjectSummary
from mlid_desktop.gui.records.presenter import about_person
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.widgets.consent_reading import ConsentParts, ConsentReading
from mlid_desktop.gui.widgets.controls import Button, Check, Choice
from mlid_desktop.gui.widgets.dialogs import Answer, Question, resize_within
from mlid_desktop.gui.widgets.elements import column, frame, label
from mlid_desktop.station.text.consent_texts import consent_texts, default_text_index, record_answer
from mlid_desktop.station.text.language import NATIVE_NAMES
from mlid_desktop.station.text.modality_terms import LISTED, terms_of

if TYPE_CHECKING:
    from mlid_desktop.station.text.consent_texts import ConsentText

WIDTH, HEIGHT = 840, 660
LEAST_HEIGHT = 120  # pixels of the text that are seen at a time


class RenewalQuestion(Question):
    """The text of today, the guardian where one speaks for the person, and the choice of a portrait where this site
    keeps any. Saying no is an answer of its own, the third."""

    def __init__(self, parent: QWidget, workspace: Workspace, person: SubjectSummary) -> None:
        language, theme = workspace.language, workspace.theme
        text = language.text
        self._texts = consent_texts()
        usual = default_text_index(self._texts, language)
        kept_until = workspace.station.clock.now().date() + timedelta(days=self._texts[usual].retention_days)
        recorded = (text(terms_of(part).asked) for part in LISTED if part in person.modalities)
        super().__init__(
            parent,
            theme,
            text("{name} agrees again?", name=person.name),
            text(
                "Recorded: {what}. Read the consent text of today together. The record is then kept "
                "until {date}, and as long again after each later visit.",
                what=", ".join(recorded),
                date=language.day(kept_until),
            ),
            text("Cancel"),
            text("The person agrees"),
            about=about_person(person, language),
        )
        self._workspace = workspace
        self.spoken = Choice(theme)  # made first: it comes first, as on the page of an enrolment
        for line in self._texts:
            self.spoken.addItem(NATIVE_NAMES.get(line.language, line.language))
        self.guardian = QLineEdit()
        self.guardian.setPlaceholderText(text("where one speaks for the person"))
        self.reading = ConsentReading(theme, language, workspace.station.resources / "translations")
        self.reading.setMinimumHeight(LEAST_HEIGHT)
        self.parts = ConsentParts(theme, language, person.modalities)
        self.reading.leads_to(self.parts.first)
        self.reading.progressed.connect(self._check)
        self.parts.changed.connect(self._check)
        self.portrait = Check(theme, text("A small portrait may be kept"))
        card = frame("card")
        card.setLayout(column(self.reading, margins=(2, 2, 2, 2)))
        self.fields.setSpacing(theme.space("tight"))
        self.fields.addLayout(self._spoken())
        self.fields.addWidget(card, 1)
        self.fields.addLayout(self._answered())
        self.declines = Button(theme, text("The person declines …"), "footer")
        self._answers.insertWidget(0, self.declines.on(lambda: self.done(Answer.THIRD)))
        QWidget.setTabOrder(self.parts, self.declines)
        self.spoken.currentIndexChanged.connect(self._speak)
        self.spoken.setCurrentIndex(usual)
        self._speak()
        self.reading.setFocus()
        resize_within(self, WIDTH, HEIGHT)

    def _spoken(self) -> QGridLayout:
        """In which language the text is, and who speaks for the person: above the text, in two columns."""
        text, theme = self._workspace.language.text, self._workspace.theme
        grid = self._two_columns()
        for at, (caption, part) in enumerate(
            ((text("Language of the text"), self.spoken), (text("Guardian's name"), self.guardian))
        ):
            head = label(caption, "strong", wrap=True)
            head.setBuddy(part)
            part.setAccessibleName(caption)
            grid.addWidget(head, 0, at)
            grid.addWidget(part, 1, at)
        grid.setRowMinimumHeight(2, theme.space("hair"))
        return grid

    def _answered(self) -> QGridLayout:
        """What is asked once the text was read, in the same two columns."""
        text, theme = self._workspace.language.text, self._workspace.theme
        grid = self._two_columns()
        read = column(label(text("Read it together"), "strong"), self.reading.aloud, 1, spacing=theme.space("tight"))
        grid.addLayout(read, 0, 0)
        grid.addLayout(column(self.parts, self.portrait, 1, spacing=theme.space("tight")), 0, 1)
        return grid

    def _two_columns(self) -> QGridLayout:
        grid, theme = QGridLayout(), self._workspace.theme
        grid.setHorizontalSpacing(theme.space("wide"))
        grid.setVerticalSpacing(theme.space("hair"))
        for at in range(2):
            grid.setColumnStretch(at, 1)
        return grid

    def consent(self, now: datetime) -> Consent:
        """The record of the answer: what was agreed to is the very text that was shown."""
        portrait = not self.portrait.isHidden() and self.portrait.isChecked()
        said = self.guardian.text().strip()
        return record_answer(self._text, ConsentOutcome.ACCEPTED, now, said, portrait=portrait)

    def _check(self) -> None:
        """Lets the person agree once the text was read and everything is ticked that is recorded: what somebody takes
        back of it has to be erased as well, which enrolling them again does."""
        less = self._workspace.language.text("Tick each, or enrol the person again with less.")
        why = self.reading.why_not or self.parts.why_not or (less if self.parts.left_out else "")
        self.allow(not why, why)

    @property
    def _text(self) -> ConsentText:
        return self._texts[max(0, self.spoken.currentIndex())]

    def _speak(self) -> None:
        unlocked = self._workspace.unlocked
        self.reading.show_text(self._text, unlocked.organisation)
        self.portrait.setVisible(unlocked.session.policy.keeps_portraits and ConsentUse.PORTRAIT in self._text.uses)
