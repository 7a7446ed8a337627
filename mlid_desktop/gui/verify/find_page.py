"""The page that chooses whom to verify, and by what."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QButtonGroup, QFrame, QWidget

from mlid_desktop.domain.characteristics import FACE, VOICE, Characteristic
from mlid_desktop.domain.decisions import InsteadReason
from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.records.finder import FindPanel
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.verify.without_biometrics import Answer, ask_without_biometrics
from mlid_desktop.gui.widgets.controls import Button, Check, Choice, ElidedLabel
from mlid_desktop.gui.widgets.elements import Notice, clear, column, frame, label, row, rule, widget_of
from mlid_desktop.gui.widgets.footer import EmptyState
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow
from mlid_desktop.station.text.attempt_terms import INSTEAD_REASONS
from mlid_desktop.station.text.language import capitalised
from mlid_desktop.station.text.modality_terms import facts_of, terms_of
from mlid_desktop.station.text.terms import characteristic_name

LIST_SHARE, CARD_SHARE = 3, 2
LEAST_CARD, MOST_CARD = 340, 440  # pixels


class FindPage(Page):
    """The page that chooses whom to check, and by what."""

    def __init__(
        self,
        workspace: Workspace,
        begin: Callable[[SubjectSummary, tuple[Characteristic, ...], bool | None, InsteadReason | None], None],
        go: Callable[[PageName], None],
    ) -> None:
        language, theme = workspace.language, workspace.theme
        super().__init__(
            theme,
            language,
            language.text("Verify: find the person"),
            language.text("Back"),
            language.text("Start the check"),
        )
        self._workspace, self._begin, self._go = workspace, begin, go
        self.finder = FindPanel(workspace, self._chosen, self.go_on, short=True)
        wide, hair = theme.space("wide"), theme.space("hair")
        self._by, self._by_finger = WrappingRow(wide, hair), WrappingRow(wide, hair)
        self._several = label("", "muted", wrap=True)
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)  # several may be asked together; what they then decide is the policy's
        self._group.buttonToggled.connect(lambda *_: self._enable())
        self.voice = Check(theme, language.text("Also the voice, in support"))
        self.still = Check(theme, language.text("Do not ask for head movements"))
        self._instead_of_movements = label(
            language.text("No reason is needed. A finger, compared more strictly, and a second person stand in."),
            "muted",
            wrap=True,
        )
        self.still.setAccessibleDescription(self._instead_of_movements.text())
        self.still.toggled.connect(self._choose_by_wish)
        self.still.toggled.connect(self._instead_of_movements.setVisible)
        self._instead_of_movements.hide()
        self.instead = Choice(theme)
        self.instead.setAccessibleName(language.text("Why something else than the policy asks"))
        self.instead.addItem(language.text("The policy asks for something else: why not?"), "")
        for reason, words in INSTEAD_REASONS.items():
            self.instead.addItem(language.text(words), reason.value)
        self.instead.currentIndexChanged.connect(lambda _: self._enable())
        self.finder.table.doubleClicked.connect(lambda _: self.go_on())
        self.empty = EmptyState(
            theme,
            "people",
            language.text("Nobody is enrolled here yet"),
            language.text("People you enrol appear here and can be checked."),
        )
        enrol = Button(theme, language.text("Enrol a person"), "primary").on(lambda: go(PageName.ENROL))
        self.empty.offers.addWidget(enrol)
        self.enrol = enrol
        self.notice = Notice(theme)
        self.ask: Callable[[SubjectSummary], Answer | None] = partial(ask_without_biometrics, self, workspace)
        self.without_biometrics = Button(theme, language.text("Check by document …")).on(self.check_without_biometrics)
        self.without_biometrics.setEnabled(False)
        self.body.addWidget(self.notice)
        self.body.addWidget(self.empty, 1)
        both = row(spacing=theme.space("base"))
        both.addWidget(self.finder, LIST_SHARE)
        both.addLayout(column(self._means_card(), 1), CARD_SHARE)
        self._both = widget_of(both)
        self.body.addWidget(self._both, 1)
        for part in (self.instead, self.voice, self.still):
            part.hide()
        workspace.people_changed.connect(self._refresh)

    def _means_card(self) -> QFrame:
        """By what the chosen person is checked, beside the list."""
        theme, text = self.theme, self.language.text
        card = frame("card")
        card.setMinimumWidth(LEAST_CARD)
        card.setMaximumWidth(MOST_CARD)
        self._whom_chosen, self._number = ElidedLabel(kind="head"), label("", "muted")
        self._nobody = label(text("Choose a person: what they can be checked by appears here."), "muted", wrap=True)
        means = column(self._whom_chosen, self._number, rule(), spacing=theme.space("tight"))
        means.addSpacing(theme.space("hair"))
        hair = theme.space("hair")
        means.addLayout(column(label(text("Check by"), "strong"), self._several, spacing=hair))
        means.addLayout(column(self._by, self._by_finger, spacing=hair))
        for part in (self.voice, self.instead):
            means.addWidget(part)
        means.addSpacing(theme.space("tight"))
        means.addWidget(self.still)
        means.addWidget(self._instead_of_movements)
        means.addSpacing(theme.space("tight"))
        means.addWidget(rule())
        means.addSpacing(theme.space("hair"))
        means.addWidget(label(text("Or without a capture"), "strong"))
        means.addLayout(row(self.without_biometrics, 1))
        means.addStretch(1)
        self._means = widget_of(means)
        self._means.hide()
        base = theme.space("base")
        card.setLayout(column(self._nobody, self._means, spacing=0, margins=(20, base, 20, base)))
        return card

    def enter(self) -> None:
        """Shows the page with everybody offered; typing narrows."""
        self.notice.say("")
        self.finder.clear()
        self._refresh()
        super().enter()

    def first(self) -> QWidget:
        """The widget that gets the focus: the search field, or where nobody is enrolled what to do about it."""
        return self.enrol if self._has_nobody else self.finder.field

    def go_on(self) -> None:
        """Goes on with the chosen person and characteristic."""
        person, chosen = self._person(), self._asked_for()
        if person is not None and chosen:
            voiced = self.voice.isVisible() and self.voice.isChecked()
            wanted = (*chosen, VOICE) if voiced else chosen
            still = None if self.still.isHidden() else self.still.isChecked()  # not offered: the person's wish holds
            self._begin(person, wanted, still, self._reason() if self._must_say_why() else None)

    def go_back(self) -> None:
        """Goes to the home page."""
        self._go(PageName.HOME)

    def check_without_biometrics(self) -> None:
        """Notes that the chosen person is recognised by a document or by people, as the person likes or as is
        needed."""
        person = self._person()
        answer = None if person is None else self.ask(person)
        if person is not None and answer is not None:
            self.note_check(person, answer)

    def note_check(self, person: SubjectSummary, answer: Answer) -> None:
        """Notes by what a person was recognised, or that it was somebody else, and says which."""
        shown, accepted = answer
        verification, language = self._workspace.unlocked.session.verification, self.language

        def noted(_: None) -> None:
            if accepted:
                said = language.text("Noted for {name}: checked without biometrics.", name=person.name)
                self.notice.say(said, Tone.ACCEPTED)
            else:
                said = language.text(
                    "Noted: whoever is here is not {name}. Do not go on as for them.", name=person.name
                )
                self.notice.say(said, Tone.INCONCLUSIVE)

        record = partial(verification.record_check_without_biometrics, person, shown, accepted=accepted)
        self._workspace.on_vault(record, noted)

    @property
    def _has_nobody(self) -> bool:
        """Whether nobody is enrolled in the vault that is open."""
        return self._workspace.is_open and not self._workspace.unlocked.people

    def _refresh(self) -> None:
        if self._workspace.is_open:
            nobody = self._has_nobody
            self.finder.refresh()
            self._both.setHidden(nobody)
            self.empty.setVisible(nobody)
            if self.footer is not None:
                self.footer.setHidden(nobody)
            self._enable()

    def _person(self) -> SubjectSummary | None:
        return self._workspace.unlocked.people_index.by_id.get(self.finder.selected)

    def _asked_for(self) -> tuple[Characteristic, ...]:
        chosen = [button for button in self._group.buttons() if button.isChecked()]
        return tuple(Characteristic.parse(button.property("characteristic")) for button in chosen)

    def _reason(self) -> InsteadReason | None:
        chosen = str(self.instead.currentData())
        return InsteadReason(chosen) if chosen else None

    def _must_say_why(self) -> bool:
        """Whether something else is chosen than the policy asks of this person."""
        person = self._person() if self._workspace.is_open else None
        if person is None or self.still.isChecked():
            return False
        return bool(self._workspace.unlocked.session.verification.replaced_by(person, self._asked_for()))

    def _enable(self) -> None:
        must = self._must_say_why()
        self.instead.setVisible(must)
        if self.footer is not None:
            lacks = self._what_lacks(must=must)
            self.footer.allow(not lacks, lacks)

    def _what_lacks(self, *, must: bool) -> str:
        """What is still to be chosen before the check can begin; empty where nothing is."""
        text = self.language.text
        if not self._workspace.is_open or self._person() is None:
            return text("Choose a person.")
        if not self._asked_for():
            return text("Choose what to check by.")
        return text("Say why something else than the policy asks.") if must and self._reason() is None else ""

    def _chosen(self, _: str) -> None:
        """Offers the characteristics that the chosen person was enrolled with."""
        person = self._person() if self._workspace.is_open else None
        self.instead.setCurrentIndex(0)
        for button in self._group.buttons():
            self._group.removeButton(button)
        for ticks in (self._by, self._by_finger):
            clear(ticks)
        self._means.setVisible(person is not None)
        self._nobody.setVisible(person is None)
        if person is not None:
            self._whom_chosen.show_text(person.name)
            asked = self._workspace.unlocked.session.verification.asked_of(person)
            names = ", ".join(capitalised(characteristic_name(each, self.language)) for each in asked)
            words = self.language.text("Tick one or more. The policy asks for: {names}", names=names)
            self._several.setText(words if names else "")
            self._number.setText(self.language.text("No. {number}", number=person.number))
            deciding = [
                characteristic
                for characteristic in person.characteristics
                if not facts_of(characteristic.modality).supports_only
            ]
            for characteristic in deciding:
                terms = terms_of(characteristic.modality)
                icon = terms.sign or terms.icon
                tick = Check(self.theme, capitalised(characteristic_name(characteristic, self.language)), icon)
                tick.setProperty("characteristic", str(characteristic))
                self._group.addButton(tick)
                ticks = self._by if characteristic.position is None else self._by_finger
                ticks.addWidget(tick)
        self.voice.setVisible(person is not None and VOICE in person.characteristics)
        self._offer_wish(person)
        self._choose_by_wish()
        self._enable()
        self.without_biometrics.setEnabled(person is not None)

    def _offer_wish(self, person: SubjectSummary | None) -> None:
        """Begins without movements with people who wish it; where there is no such way, says so."""
        fingers = () if person is None else self._in_place_of_movements(person)
        offered = bool(fingers) and person is not None and FACE in person.characteristics
        wishes = person is not None and person.without_movements
        self.still.setVisible(offered)
        self.still.setChecked(offered and wishes)
        if person is not None and wishes and not fingers:
            said = self.language.text(
                "{name} asks to be checked without movements. No finger can stand in for them here.", name=person.name
            )
            self.notice.say(said, Tone.INFORMATION)
        elif person is not None:
            self.notice.say("")

    def _choose_by_wish(self) -> None:
        """Chooses what the policy asks, or the fingers that stand in its place."""
        person = self._person() if self._workspace.is_open else None
        if person is None:
            return
        buttons = self._group.buttons()
        asked = self._workspace.unlocked.session.verification.asked_of(person)
        usual = [str(characteristic) for characteristic in asked]
        still = self.still.isChecked()
        chosen = [str(finger) for finger in self._in_place_of_movements(person)] if still else usual
        for button in buttons:
            button.setChecked(button.property("characteristic") in chosen)
            button.setEnabled(not still or button.property("characteristic") != str(FACE))

    def _in_place_of_movements(self, person: SubjectSummary) -> tuple[Characteristic, ...]:
        return self._workspace.unlocked.session.verification.fingers_in_place_of_movements(person)
