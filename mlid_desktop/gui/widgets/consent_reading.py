"""A consent text in full, to be scrolled by keys and read by the person in front of the desk."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QScrollArea, QVBoxLayout, QWidget

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.domain.subjects import Consent, Operator
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button, Check
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.gui.widgets.elements import Notice, clear, column, label, mark_subject_facing, row, widget_of
from mlid_desktop.gui.widgets.fitting_area import MoreBelow
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow
from mlid_desktop.station.administration.organisation import Organisation
from mlid_desktop.station.text.consent_texts import ITEM, ConsentText, blocks_of
from mlid_desktop.station.text.language import READ_BY_NATIVES, Language, is_right_to_left, open_language
from mlid_desktop.station.text.modality_terms import LISTED, terms_of

EDGE = 12  # px above and below the text
MEASURE = 80  # characters of a line that the eye still follows back to the next one


class ConsentParts(QWidget):
    """Asks what the person agrees to: a box for each part that is ``asked`` for, and one for all of them. Nothing is
    ticked but what somebody ticks; ``changed`` tells of it."""

    changed = Signal()

    def __init__(self, theme: Theme, language: Language, asked: Collection[Modality] = LISTED, note: str = "") -> None:
        super().__init__()
        self._language, self._is_following = language, False
        question = language.text("What does the person agree to?")
        layout = column(label(question, "strong", wrap=True), spacing=theme.space("tight"))
        boxes = WrappingRow(theme.space("base"), theme.space("hair"))
        self._checks = {part: Check(theme, language.text(terms_of(part).asked)) for part in LISTED if part in asked}
        self.all = Check(theme, language.text("All of these"))
        for check in self._checks.values():
            check.toggled.connect(self._follow_parts)
        self.all.toggled.connect(self._follow_all)
        for check in (*self._checks.values(), self.all):
            check.setAccessibleDescription(question)
            boxes.addWidget(check)
        if len(self._checks) == 1:
            self.all.hide()
        layout.addLayout(boxes)
        if note:
            layout.addWidget(label(note, "muted", wrap=True))
        self._impossible = label("", "muted", wrap=True)
        self._impossible.hide()
        layout.addWidget(self._impossible)
        self.setLayout(layout)

    @property
    def first(self) -> Check:
        """The box that gets the focus: that for all parts, where there are several."""
        return next(iter(self._checks.values())) if len(self._checks) == 1 else self.all

    def check(self, modality: Modality) -> Check:
        """The box of a part."""
        return self._checks[modality]

    @property
    def agreed(self) -> frozenset[Modality]:
        """What the person agrees to."""
        return frozenset(modality for modality, check in self._checks.items() if check.isChecked())

    @property
    def left_out(self) -> frozenset[Modality]:
        """What the person leaves out of what is asked."""
        return frozenset(self._checks) - self.agreed

    @property
    def why_not(self) -> str:
        """What has to be done before anybody agrees; empty once anything is ticked."""
        return "" if self.agreed else self._language.text("Tick what the person agrees to.")

    @property
    def agreeing(self) -> str:
        """What the person agrees to, in the words of the button: without what is left out, or what alone is left."""
        text, left_out, agreed = self._language.text, self.left_out, self.agreed
        if len(agreed) == 1 < len(self._checks):
            return text(terms_of(next(iter(agreed))).agreed_alone)
        without = terms_of(next(iter(left_out))).agreed_without if agreed and left_out else ""
        return text(without) if without else text("The person agrees")

    def show_answer(self, consent: Consent | None) -> None:
        """Shows what was agreed to before; where nobody answered yet, what is ticked stays."""
        if consent is not None:
            for modality, check in self._checks.items():
                check.setChecked(modality not in consent.left_out)

    def begin(self) -> None:
        """Shows that nothing is agreed to yet."""
        for check in self._checks.values():
            check.setChecked(False)

    def show_impossible(self, reasons: Mapping[Modality, str]) -> None:
        """Says what cannot be captured at this desk now, and why: agreed to, it is captured once it can be."""
        parts = ", ".join(f"{self._checks[part].text()} ({why})" for part, why in reasons.items())
        text = self._language.text
        self._impossible.setText(
            text("Not possible here now: {parts}. Ticked, it is captured once possible.", parts=parts)
        )
        self._impossible.setVisible(bool(reasons))

    def _follow_all(self, ticked: bool) -> None:
        if not self._is_following:
            self._is_following = True
            for check in self._checks.values():
                check.setChecked(ticked)
            self._is_following = False
            self.changed.emit()

    def _follow_parts(self) -> None:
        if not self._is_following:
            self._is_following = True
            self.all.setChecked(not self.left_out)
            self._is_following = False
            self.changed.emit()


class GuardianAnswer(QWidget):
    """Whether a guardian answers in the person's place, and the guardian's name; ``changed`` tells of either."""

    changed = Signal()

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__()
        self._language = language
        self.check = Check(theme, language.text("A guardian agrees for the person"))
        self.name = QLineEdit()
        self.name.setAccessibleName(language.text("Guardian's name"))
        self.name.setPlaceholderText(language.text("Guardian's name"))
        self.name.hide()
        self.check.toggled.connect(self.name.setVisible)
        focus = self.name.setFocus  # once there is room for it: what gets the focus is scrolled to
        self.check.toggled.connect(lambda agrees: QTimer.singleShot(0, focus) if agrees else None)
        self.check.toggled.connect(self.changed)
        self.name.textChanged.connect(self.changed)
        self.setLayout(column(self.check, self.name, spacing=theme.space("tight")))

    @property
    def answer(self) -> str:
        """The guardian's name; empty where none answers."""
        return self.name.text().strip() if self.check.isChecked() else ""

    @property
    def why_not(self) -> str:
        """What has to be done before a guardian agrees; empty where nothing has."""
        missing = self.check.isChecked() and not self.answer
        return self._language.text("The guardian's name is missing.") if missing else ""

    def begin(self) -> None:
        """Shows that no guardian was named yet."""
        self.check.setChecked(False)
        self.name.clear()


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
        self._enter = Button(theme, language.text("Enter the organisation …"), "chip").on(enter)
        self.offer(self._enter)

    def follow(self, organisation: Organisation, operator: Operator, *, demo: bool) -> None:
        """Shows itself where the organisation has no name."""
        self._asks = not (demo or organisation.name)
        text, may_enter = self._language.text, may(operator, Act.GOVERN)
        missing = text("The organisation's name is missing: this text does not say who asks.")
        blocks = text("You tell the person, and confirm that, before they can agree.")
        said = [missing, text("In a demo the person can agree all the same.") if demo else blocks]
        if not may_enter:
            said.append(text("A supervisor enters it under Administration."))
        self._enter.setVisible(may_enter)
        self.say("" if organisation.name else " ".join(said), Tone.INCONCLUSIVE)

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

    Its end is on the screen once, or ``aloud`` is ticked, before anybody agrees; ``progressed`` tells of both. Then the
    focus goes from the text to what :meth:`leads_to` named."""

    progressed = Signal()

    def __init__(self, theme: Theme, language: Language, catalogues: Path) -> None:
        super().__init__()
        self._theme, self._language, self._catalogues = theme, language, catalogues
        self.is_read = False
        self._next: QWidget | None = None
        self.unread = label("", "muted")  # where no native speaker read the text yet, that
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
        return "" if known else self._language.text("Read the text to its end, or tick that it was read aloud.")

    def leads_to(self, widget: QWidget) -> None:
        """Names what has the focus next, once the end was seen by whoever scrolled the text by keys."""
        self._next = widget

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
            if self._next is not None and self.hasFocus():
                self._next.setFocus(Qt.FocusReason.TabFocusReason)

    def show_text(self, text: ConsentText, organisation: Organisation | None) -> None:
        """Shows a text from its beginning, after who asks by it."""
        unread = self._language.text("not yet read by native speakers")
        self.unread.setText("" if text.language in READ_BY_NATIVES else unread)
        mirrored = is_right_to_left(text.language)
        way = Qt.LayoutDirection.RightToLeft if mirrored else Qt.LayoutDirection.LeftToRight
        self.inside.setLayoutDirection(way)
        clear(self._paragraphs)
        written = open_language(self._catalogues, text.language)
        asking = ("", "") if organisation is None else organisation.paragraph(written)
        for head, body in (*((asking,) if asking[1] else ()), *text.paragraphs):
            self._add(label(head, "lead-strong", wrap=True), way)
            for words, items in blocks_of(body):
                self._add(label(words, "strong" if items else "body", wrap=True), way)
                for item in items:
                    self._add(_item(self._theme, item), way)
                self._paragraphs.addSpacing(self._theme.space("tight"))
            self._paragraphs.addSpacing(self._theme.space("tight"))
        number = text.version.partition("-")[0]
        version = label(written.text("Text version {number}", number=number), "muted", wrap=True)
        version.setToolTip(written.text("Text {version}", version=text.version))
        self._add(version, way)
        self._paragraphs.addStretch(1)
        self.begin()

    def _add(self, part: QWidget, way: Qt.LayoutDirection) -> None:
        part.setLayoutDirection(way)
        self._paragraphs.addWidget(part)


def _item(theme: Theme, words: str) -> QWidget:
    """An item of a list: its sign at the edge, its words beside it in as many lines as they take."""
    said = row(spacing=theme.space("tight"))
    said.addWidget(label(ITEM.strip(), "muted"), 0, Qt.AlignmentFlag.AlignTop)
    said.addWidget(label(words, wrap=True), 1)
    said.setContentsMargins(theme.space("hair"), 0, 0, 0)
    return widget_of(said)
