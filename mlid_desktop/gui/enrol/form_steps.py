"""The first two steps of an enrolment: the consent, and the person's details."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
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
from mlid_desktop.gui.widgets.consent_reading import (
    AskingMissing,
    ConsentParts,
    ConsentReading,
    GuardianAnswer,
    PortraitChoice,
)
from mlid_desktop.gui.widgets.controls import Button, Check, Choice
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.gui.widgets.elements import Notice, column, frame, label, row, rule, tag, widget_of
from mlid_desktop.gui.widgets.field_form import FieldForm, captioned
from mlid_desktop.gui.widgets.fitting_area import FittingArea, MoreBelow
from mlid_desktop.gui.widgets.scan_guard import ScanGuard
from mlid_desktop.site_fields.licence import is_licence
from mlid_desktop.site_fields.schema import SiteField, Values
from mlid_desktop.station.administration.organisation import Organisation
from mlid_desktop.station.text.attempt_terms import DECLINES
from mlid_desktop.station.text.consent_texts import ConsentText, consent_texts, default_text_index, record_answer
from mlid_desktop.station.text.language import NATIVE_NAMES
from mlid_desktop.workflow.enrolment_steps import agrees_to_enough

FAULT_HEIGHT = 24  # px: kept free below each field, so that nothing moves when it is said what is wrong
UNDER_A_BOX = 32  # px: what explains a box stands under its words
LEAST_SIDE, MOST_SIDE = 340, 640  # px of the card beside the consent text
FORM_WIDTH = 736  # px, at most, of a card with fields


class ConsentPage(Page):
    """The consent text in full; the person, or the guardian, agrees or declines."""

    def __init__(self, workspace: Workspace, answered: Callable[[Consent], None], back: Callable[[], None]) -> None:
        language, theme = workspace.language, workspace.theme
        text = language.text
        super().__init__(theme, language, text("Consent"), text("Leave the enrolment"), text("The person agrees"))
        self._workspace, self._answered, self._back = workspace, answered, back
        self._texts = consent_texts()
        self._usual = default_text_index(self._texts, language)
        self._shown: tuple[int, Organisation | None] = (-1, None)  # none of them yet
        self.spoken = Choice(theme)
        self.spoken.setAccessibleName(language.text("Language of the text"))
        self.spoken.addItems([NATIVE_NAMES.get(line.language, line.language) for line in self._texts])
        catalogues = workspace.station.resources / "translations"
        self.reading = ConsentReading(theme, language, catalogues)
        self._ready = False
        self._guardian = GuardianAnswer(theme, language)
        self.guardian, self.guardian_name = self._guardian.check, self._guardian.name
        self._portrait = PortraitChoice(theme, language)
        self.portrait = self._portrait.check
        self.parts = ConsentParts(theme, language, note=language.text("What is not ticked is not captured."))
        self.reading.leads_to(self.parts.first)
        self.asking = AskingMissing(theme, language, workspace.organisation_wanted.emit)
        for changed in (self.parts.changed, self.reading.progressed, self._guardian.changed):
            changed.connect(self._check)
        for changed in (workspace.sources_changed, workspace.engines_changed):
            changed.connect(self._show_impossible)
        if self.footer is not None:
            self._decline = self.footer.add(language.text("The person declines …"), self._ask_decline)
        self._build()
        self.spoken.currentIndexChanged.connect(self._speak)
        self._speak_usual()

    @property
    def _text(self) -> ConsentText:
        return self._texts[self._shown[0]]

    def first(self) -> QWidget:
        """The widget that gets the focus: the text, so that it can be scrolled by keys, until it was read."""
        return self.reading if self.reading.why_not else self.parts.first

    def set_ready(self, *, ready: bool) -> None:
        """Sets whether an answer can be taken."""
        self._ready = ready
        self._offer_portrait()
        self._decline.setEnabled(ready)
        self._check()

    def reset(self) -> None:
        """Clears the page for the next person."""
        self.set_ready(ready=False)
        self._guardian.begin()
        self.portrait.setChecked(False)
        self.parts.begin()
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
        now, said = self._workspace.station.clock.now(), (self._guardian.answer, reason)
        left_out = self.parts.left_out if outcome is ConsentOutcome.ACCEPTED else ()
        return record_answer(self._text, outcome, now, *said, portrait=self._portrait.is_chosen, left_out=left_out)

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
            workspace, left_out = self._workspace, self.parts.left_out
            enough = workspace.is_open and agrees_to_enough(workspace.unlocked.session.policy.comparison, left_out)
            self.portrait.setEnabled(Modality.FACE not in left_out)
            self.footer.primary.relabel(self.parts.agreeing)
            too_little = self.language.text("What is ticked is not enough to check anybody by, later.")
            why = self.reading.why_not or self.parts.why_not or ("" if enough else too_little)
            why = why or self._guardian.why_not
            self.footer.allow(self._ready and not why, why if self._ready else "")

    def _show_impossible(self) -> None:
        """Says what of this can be captured at no device here now, or for want of models."""
        workspace, text = self._workspace, self.language.text
        models, device = text("its models are missing"), text("no device is connected")
        absent = [modality for modality in Modality if workspace.is_open and not workspace.can_capture(modality)]
        self.parts.show_impossible({each: device if workspace.source(each) is None else models for each in absent})

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
        self.reading.show_text(self._text, organisation)
        self._offer_portrait()

    def enter(self) -> None:
        """Shows the page, and whether the text says who asks."""
        unlocked = self._workspace.unlocked
        self.asking.follow(unlocked.organisation, unlocked.operator, demo=unlocked.demo)
        self._speak(self.spoken.currentIndex())
        self._show_impossible()
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
        for part in (self._guardian, rule(), self.parts, self._portrait):
            parts.addWidget(part)
        parts.addStretch(1)
        area = FittingArea(widget_of(parts))
        MoreBelow(theme, area)
        side.setLayout(column(area, margins=(2, 2, 2, 2)))
        layout = row(card, side, 0, spacing=theme.space("base"))
        layout.setStretch(0, 3)
        layout.setStretch(1, 2)
        self.header.addWidget(self.reading.unread)
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
        self._place_fields(alone=not fields)
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
        alike = alike_text(self.name.text(), people_index, self.language)
        self.alike.say("" if self._own else alike, Tone.INFORMATION)
        pairs = ((self.number, self._number_fault), (self.name, self._name_fault))
        for (field, said), fault in zip(pairs, faults, strict=True):
            self._say(field, said, fault if field in self._touched else "")
        if self.footer is not None:
            text, whole = self.language.text, self.form.check()
            lacks = [fault for fault, part in zip(faults, (typed, self.name.text()), strict=True) if not part.strip()]
            unsaid = [fault for fault, (field, _) in zip(faults, pairs, strict=True) if field not in self._touched]
            why = text("Number and name are needed.") if len(lacks) > 1 else "".join(lacks)
            heads = zip((text("Number"), text("Name")), faults, strict=True)
            wrong = [head for head, fault in heads if fault] + self.form.wrong_labels()
            marked = text("To be filled in or corrected: {fields}", fields=", ".join(wrong))
            said_why = why and (any(unsaid) or len(lacks) == len(wrong))
            self.footer.allow(whole and not any(faults), why if said_why else marked)
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
        self._grid = QGridLayout()
        self._grid.setVerticalSpacing(theme.space("hair"))
        self._grid.setHorizontalSpacing(theme.space("base"))
        self._asked: list[tuple[QWidget, ...]] = []  # what stands under one another: name, hint, field, fault
        whose = text("From the person's card or your own list. No two people may have the same.")
        rows = (
            (text("Number"), whose, self.number, self._number_fault),
            (text("Name"), text("As the person writes it, in any script."), self.name, self._name_fault),
        )
        for caption, help_text, field, said in rows:
            name = captioned(theme, caption, text("needed"), field)
            field.setAccessibleName(caption)
            said.setFixedHeight(FAULT_HEIGHT)
            self._asked.append((name, label(help_text, "muted", wrap=True), field, said))
        wide, base = theme.space("wide"), theme.space("base")
        why = text("No reason is needed. Checks then use a finger, compared more strictly, or a document.")
        self.still.setAccessibleDescription(why)
        words = row(label(why, "muted", wrap=True), margins=(UNDER_A_BOX, 0, 0, 0))
        card, self._beside = frame("card"), frame("card")
        parts = (self._grid, self.alike, rule(), self.still, words)
        card.setLayout(column(*parts, spacing=theme.space("tight"), margins=(wide, base, wide, base)))
        inside = QWidget()
        inside.setLayout(column(row(1, self.scan), self.form, 1, margins=(wide, base, wide, base)))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._beside.setLayout(column(scroll, margins=(2, 2, 2, 2)))
        self._beside.hide()
        self._beside.setMaximumWidth(FORM_WIDTH)
        cards = row(widget_of(column(card, 1)), self._beside, 0, spacing=base)
        cards.setStretch(0, 1)
        cards.setStretch(1, 1)
        self._card = card
        self.body.addLayout(cards, 1)
        self._place_fields(alone=True)

    def _place_fields(self, *, alone: bool) -> None:
        """Number and name stand side by side across the page where nothing else is asked for, else under one another,
        beside the site's fields."""
        self._beside.setHidden(alone)
        self._card.setMaximumWidth(2 * FORM_WIDTH if alone else FORM_WIDTH)
        for index, parts in enumerate(self._asked):
            for line, part in enumerate(parts):
                self._grid.addWidget(part, line if alone else len(parts) * index + line, index if alone else 0)
            self._grid.setColumnStretch(index, int(alone or not index))
