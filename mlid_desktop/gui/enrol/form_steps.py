"""The first two steps of an enrolment: the consent, and the person's details."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QScrollArea, QWidget

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, MlidError
from mlid_desktop.domain.subjects import Consent, ConsentOutcome, ConsentUse, Details
from mlid_desktop.gui.enrol.code_scan import BarCodeDialog
from mlid_desktop.gui.enrol.presenter import alike_text, name_fault, number_fault, taken_fault
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.state.people_index import PeopleIndex
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.consent_reading import AskingMissing, ConsentParts, ConsentReading, PortraitChoice
from mlid_desktop.gui.widgets.controls import Button, Check, Choice
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.gui.widgets.elements import Notice, column, frame, label, row, rule, tag, widget_of
from mlid_desktop.gui.widgets.field_form import FieldForm
from mlid_desktop.gui.widgets.fitting_area import FittingArea, MoreBelow
from mlid_desktop.gui.widgets.scan_guard import ScanGuard
from mlid_desktop.site_fields.licence import is_licence
from mlid_desktop.site_fields.schema import SiteField, Values
from mlid_desktop.station.administration.organisation import Organisation
from mlid_desktop.station.text.attempt_terms import DECLINES
from mlid_desktop.station.text.consent_texts import ConsentText, consent_texts, default_text_index, record_answer
from mlid_desktop.station.text.language import NATIVE_NAMES, READ_BY_NATIVES
from mlid_desktop.workflow.enrolment_steps import agrees_to_enough

FAULT_HEIGHT = 24  # px: kept free below each field, so that nothing moves when it is said what is wrong
LEAST_SIDE, MOST_SIDE = 340, 640  # px of the card beside the consent text
FORM_WIDTH = 656  # px, at most, of a card with fields


class ConsentPage(Page):
    """The consent text in full; the person, or the guardian, agrees or declines."""

    def __init__(self, workspace: Workspace, answered: Callable[[Consent], None], back: Callable[[], None]) -> None:
        language, theme = workspace.language, workspace.theme
        super().__init__(
            theme, language, language.text("Consent"), language.text("Leave"), language.text("The person agrees")
        )
        self._workspace, self._answered, self._back = workspace, answered, back
        self._texts = consent_texts()
        self._usual = default_text_index(self._texts, language)
        self._shown: tuple[int, Organisation | None] = (-1, None)  # none of them yet
        self.spoken = Choice(theme)
        self.spoken.setAccessibleName(language.text("Language of the text"))
        self.spoken.addItems([NATIVE_NAMES.get(line.language, line.language) for line in self._texts])
        self._version = label("", "muted")
        catalogues = workspace.station.resources / "translations"
        self.reading = ConsentReading(theme, language, catalogues)
        self._ready = False
        self.guardian = Check(theme, language.text("A guardian agrees for the person"))
        self.guardian_name = QLineEdit()
        self.guardian_name.setAccessibleName(language.text("Guardian's name"))
        self.guardian_name.setPlaceholderText(language.text("Guardian's name"))
        self.guardian_name.hide()
        self._portrait = PortraitChoice(theme, language)
        self.portrait = self._portrait.check
        self.parts = ConsentParts(theme, language)
        self.parts.changed.connect(self._check)
        self.reading.progressed.connect(self._check)
        self._too_little = Notice(theme)
        self.asking = AskingMissing(theme, language, workspace.organisation_wanted.emit)
        self.guardian.toggled.connect(self.guardian_name.setVisible)
        focus = self.guardian_name.setFocus  # once there is room for it: what gets the focus is scrolled to
        self.guardian.toggled.connect(lambda agrees: QTimer.singleShot(0, focus) if agrees else None)
        self.guardian.toggled.connect(self._check)
        self.guardian_name.textChanged.connect(self._check)
        if self.footer is not None:
            self._decline = self.footer.add(language.text("The person declines …"), self._ask_decline)
        self._build()
        self.spoken.currentIndexChanged.connect(self._speak)
        self._speak_usual()

    @property
    def _text(self) -> ConsentText:
        return self._texts[self._shown[0]]

    def first(self) -> QWidget:
        """The widget that gets the focus: the text, so that it can be scrolled by keys."""
        return self.reading

    def set_ready(self, *, ready: bool) -> None:
        """Sets whether an answer can be taken."""
        self._ready = ready
        self._offer_portrait()
        self._decline.setEnabled(ready)
        self._check()

    def reset(self) -> None:
        """Clears the page for the next person."""
        self.set_ready(ready=False)
        self.guardian.setChecked(False)
        self.guardian_name.clear()
        self.portrait.setChecked(False)
        self.parts.show_left_out(())
        self._speak_usual()
        self.reading.begin()

    def go_on(self) -> None:
        """Notes that the person agreed, who knows who asks."""
        if self.asking.is_told():
            self._answered(self._consent(ConsentOutcome.ACCEPTED))

    def go_back(self) -> None:
        """Leaves the enrolment."""
        self._back()

    def _consent(self, outcome: ConsentOutcome, reason: str = "") -> Consent:
        guardian = self.guardian_name.text().strip() if self.guardian.isChecked() else ""
        now = self._workspace.station.clock.now()
        left_out = self.parts.left_out
        return record_answer(
            self._text, outcome, now, guardian, reason, portrait=self._portrait.is_chosen, left_out=left_out
        )

    def _ask_decline(self) -> None:
        text = self.language.text
        question = Question(
            self,
            self.theme,
            text("The person declines"),
            text("Nothing is kept. Offer the way without biometrics, at no disadvantage."),
            text("Cancel"),
            text("End this enrolment"),
        )
        reasons = [(text(words), choice.value) for choice, words in DECLINES.items()]
        reason = question.add_choice(text("Reason, if one was given"), reasons)
        if question.asked():
            self._answered(self._consent(ConsentOutcome.DECLINED, str(reason.currentData())))

    def _check(self) -> None:
        if self.footer is not None:
            needs_name = self.guardian.isChecked() and not self.guardian_name.text().strip()
            workspace, left_out = self._workspace, self.parts.left_out
            enough = workspace.is_open and agrees_to_enough(workspace.unlocked.session.policy.comparison, left_out)
            words = self.language.text("What is left is not enough to check anybody by, later.")
            self._too_little.say(words if left_out and not enough else "", Tone.INCONCLUSIVE)
            self.portrait.setEnabled(Modality.FACE not in left_out)
            self.footer.primary.relabel(self.parts.agreeing)
            why = self.reading.why_not or (self.language.text("The guardian's name is missing.") if needs_name else "")
            self.footer.allow(self._ready and enough and not why, why if self._ready else "")

    def _offer_portrait(self) -> None:
        """Asks for the choice of a portrait only where this site keeps any and the text speaks of it."""
        workspace = self._workspace
        kept = workspace.is_open and workspace.unlocked.session.policy.keeps_portraits
        self._portrait.offer(spoken_of=ConsentUse.PORTRAIT in self._text.uses, kept=kept)

    def _speak_usual(self) -> None:
        """Shows the consent text in the language of the window, until the person asks for another."""
        self.spoken.setCurrentIndex(self._usual)
        self._speak(self._usual)

    def _speak(self, index: int) -> None:
        """Shows the consent text in this language; what is agreed to is this very text."""
        organisation = self._workspace.unlocked.organisation if self._workspace.is_open else None
        if self._shown == (index, organisation):
            return
        self._shown = index, organisation
        version = self.language.text("Version {number}", number=self._text.version.partition("-")[0])
        unread = "" if self._text.language in READ_BY_NATIVES else self.language.text("not yet read by native speakers")
        self._version.setText(" · ".join(filter(None, (version, unread))))
        self._version.setToolTip(self.language.text("Text {version}", version=self._text.version))
        self.reading.show_text(self._text, organisation)
        self._offer_portrait()

    def enter(self) -> None:
        """Shows the page, and whether the text says who asks."""
        unlocked = self._workspace.unlocked
        self.asking.follow(unlocked.organisation, unlocked.operator, demo=unlocked.demo)
        self._speak(self.spoken.currentIndex())
        super().enter()

    def _build(self) -> None:
        theme = self.theme
        card = frame("card")
        card.setLayout(column(self.reading, margins=(2, 2, 2, 2)))
        side = frame("card")
        side.setMinimumWidth(LEAST_SIDE)
        side.setMaximumWidth(MOST_SIDE)
        parts = column(spacing=theme.space("tight"), margins=(24, 12, 24, 12))
        parts.addLayout(self.reading.read_together())
        asked = rule(), self.parts, self._too_little, self._portrait, rule(), self.guardian, self.guardian_name
        for part in asked:
            parts.addWidget(part)
        parts.addStretch(1)
        area = FittingArea(widget_of(parts))
        MoreBelow(theme, area)
        side.setLayout(column(area, margins=(2, 2, 2, 2)))
        layout = row(card, side, 0, spacing=theme.space("base"))
        layout.setStretch(0, 3)
        layout.setStretch(1, 2)
        self.header.addWidget(self._version)
        self.header.addWidget(self.spoken)
        self.body.addWidget(self.asking)
        self.body.addLayout(layout, 1)


class DetailsPage(Page):
    """The page for a person's number and name, checked while they are typed."""

    def __init__(self, workspace: Workspace, entered: Callable[[Details], None], back: Callable[[], None]) -> None:
        language, theme = workspace.language, workspace.theme
        super().__init__(theme, language, language.text("Details"), language.text("Back"), language.text("Next"))
        self._workspace, self._entered, self._back = workspace, entered, back
        self._own = ""
        self._kept: Values = ()  # of the site's fields, as they were entered before
        self.alike = Notice(theme)
        self.number, self.name = QLineEdit(), QLineEdit()
        self.still = Check(theme, language.text("Do not ask this person to move the head"))
        self._number_fault, self._name_fault = label("", "fault", wrap=True), label("", "fault", wrap=True)
        self._touched: set[QLineEdit] = set()
        for field in (self.number, self.name):
            field.textChanged.connect(lambda _, field=field: self._edited(field))  # dictated through a reader too
        self.form = FieldForm(theme, language, lambda: workspace.station.clock.now().date())
        self.form.edited.connect(self._check)
        self.guard = ScanGuard(self)
        self.guard.scanned.connect(self._scanned)
        self.scan = Button(theme, language.text("Barcode …"), "plain", "camera").on(self.read_code)
        self.read_bar_code: Callable[[], str] = lambda: BarCodeDialog(self, workspace).read()
        self._build()
        self._check()

    def first(self) -> QWidget:
        """The widget that gets the focus: the first field that still has something to correct."""
        return (
            self.number if number_fault(self.number.text(), self.language) or self._number_fault.text() else self.name
        )

    def reset(self) -> None:
        """Clears the page for the next person."""
        self._own = ""
        self._fill("", "")
        self._touched.clear()
        self.still.setChecked(False)
        self._kept = ()
        self.form.reset()
        self._check()

    def show_fields(self, fields: Sequence[SiteField]) -> None:
        """Asks for these fields of the site besides, as far as the person agreed to them."""
        self.form.show_fields(fields, self._kept)
        self._kept = ()
        self._beside.setVisible(bool(fields))
        self._cards.addWidget(self._movements, int(bool(fields)), int(not fields), Qt.AlignmentFlag.AlignTop)
        self.guard.watch(widget for widget in self.findChildren(QWidget) if widget.focusPolicy())
        self._check()

    def show_details(self, details: Details, *, known: bool = False) -> None:
        """Shows the details that were entered before; ``known``: by somebody who is enrolled, and whose number it
        is."""
        self._own = details.number if known else ""
        self._fill(details.number, details.name)
        self.still.setChecked(details.without_movements)
        self._kept = details.fields
        self._check()

    def offer(self, number: str, name: str) -> None:
        """Fills in what another program knows of the person, where nothing was typed."""
        self._fill(self.number.text() or number, self.name.text() or name)
        self._check()

    def _fill(self, number: str, name: str) -> None:
        """Puts into the fields what nobody typed here: nothing is said against it yet."""
        touched = set(self._touched)
        self.number.setText(number)
        self.name.setText(name)
        self._touched = touched

    def refuse(self, fault: MlidError) -> None:
        """Says that the number is taken, or what is wrong with a field of the site."""
        sentence = fault_text(fault, self.language)
        if "field" in fault.facts:
            taken = self.language.text("Somebody else who is enrolled has this already. Check it.")
            said = taken if fault.code is Code.USAGE_FIELD_TAKEN else sentence
            if self.form.refuse(str(fault.facts["field"]), said):
                return
        self._say(self.number, self._number_fault, sentence)
        self.number.setFocus(Qt.FocusReason.OtherFocusReason)
        self.number.selectAll()

    def go_on(self) -> None:
        """Checks that the details are complete, and asks the vault whether the number is free."""
        self._touched = {self.number, self.name}
        whole = self.form.check(everything=True)
        if self._check() and whole:
            values = self.form.values()
            self._entered(Details(self.number.text(), self.name.text(), self.still.isChecked(), values))

    def go_back(self) -> None:
        """Goes back to the consent."""
        self._back()

    def _edited(self, field: QLineEdit) -> None:
        self._touched.add(field)
        self._check()

    def _check(self) -> bool:
        people_index = self._workspace.unlocked.people_index if self._workspace.is_open else PeopleIndex()
        typed = self.number.text()
        own = typed.strip() == self._own
        number = number_fault(typed, self.language) or ("" if own else taken_fault(typed, people_index, self.language))
        faults = (number, name_fault(self.name.text(), self.language))
        alike = "" if self._own else alike_text(self.name.text(), people_index, self.language)
        self.alike.say(alike, Tone.INFORMATION)
        pairs = ((self.number, self._number_fault), (self.name, self._name_fault))
        for (field, said), fault in zip(pairs, faults, strict=True):
            self._say(field, said, fault if field in self._touched else "")
        if self.footer is not None:
            text, whole = self.language.text, self.form.check()
            lacks = [fault for fault, part in zip(faults, (typed, self.name.text()), strict=True) if not part.strip()]
            why = text("Number and name are needed.") if lacks else text("Something is missing or has to be corrected.")
            self.footer.allow(whole and not any(faults), lacks[0] if len(lacks) == 1 else why)
        return not any(faults)

    def read_code(self) -> None:
        """Reads a barcode by the camera: a licence's code fills what is mapped, any other the first empty field that
        asks for a document, else the first empty one."""
        text = self.read_bar_code()
        if not text:
            return
        if not self.form.fill_from_licence(text):
            self.form.fill_next(text)
        self._check()

    def _scanned(self, text: str) -> None:
        """Of a driving licence's code, fills what is mapped; of any other code the first line is in its field."""
        if is_licence(text):
            self.guard.take_back()
            self.form.fill_from_licence(text)
            self._check()

    @staticmethod
    def _say(field: QLineEdit, said: QLabel, sentence: str) -> None:
        tag(field, wrong="true" if sentence else "false")
        field.setAccessibleDescription(sentence)
        said.setText(sentence)

    def _build(self) -> None:
        theme, text = self.theme, self.language.text
        grid = QGridLayout()
        grid.setVerticalSpacing(theme.space("hair"))
        rows = (
            (
                text("Number"),
                text("From the person's card or your own list. No two people may have the same."),
                self.number,
                self._number_fault,
            ),
            (text("Name"), text("As the person writes it, in any script."), self.name, self._name_fault),
        )
        for index, (caption, help_text, field, said) in enumerate(rows):
            name = label(caption, "strong")
            name.setBuddy(field)
            field.setAccessibleName(caption)
            said.setFixedHeight(FAULT_HEIGHT)
            grid.addWidget(name, 4 * index, 0)
            grid.addWidget(label(help_text, "muted", wrap=True), 4 * index + 1, 0)
            grid.addWidget(field, 4 * index + 2, 0)
            grid.addWidget(said, 4 * index + 3, 0)
        wide, base = theme.space("wide"), theme.space("base")
        card, self._beside = frame("card"), frame("card")
        card.setLayout(column(grid, self.alike, 1, spacing=theme.space("tight"), margins=(wide, base, wide, base)))
        why = text("No reason is needed. Checks then use a finger, compared more strictly, or a document.")
        self._movements = frame("card")
        movements = column(spacing=theme.space("tight"), margins=(wide, base, wide, base))
        for part in (label(text("Head movements at checks"), "strong"), self.still, label(why, "muted", wrap=True)):
            movements.addWidget(part)
        movements.addStretch(1)
        self._movements.setLayout(movements)
        inside = QWidget()
        inside.setLayout(column(row(1, self.scan), self.form, 1, margins=(wide, base, wide, base)))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._beside.setLayout(column(scroll, margins=(2, 2, 2, 2)))
        self._beside.hide()
        self._cards = QGridLayout()
        self._cards.setContentsMargins(0, 0, 0, 0)
        self._cards.setSpacing(base)
        self._cards.addWidget(card, 0, 0)
        self._cards.addWidget(self._beside, 0, 1, 3, 1)
        self._cards.setRowStretch(2, 1)
        self._cards.setColumnStretch(0, 1)
        self._cards.setColumnStretch(1, 1)
        cards = widget_of(self._cards)
        cards.setMaximumWidth(2 * FORM_WIDTH + base)
        layout = row(cards, 0)
        layout.setStretch(0, 1)
        self.body.addLayout(layout, 1)
