"""The page that chooses whom to verify, and by what."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QButtonGroup, QWidget

from mlid_desktop.domain.characteristics import FACE, VOICE, Characteristic
from mlid_desktop.domain.decisions import InsteadReason
from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.records.finder import FindPanel
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.verify.without_biometrics import Answer, ask_without_biometrics
from mlid_desktop.gui.widgets.controls import Button, Check, Choice
from mlid_desktop.gui.widgets.elements import Notice, clear, label, row, widget_of
from mlid_desktop.gui.widgets.footer import EmptyState
from mlid_desktop.station.text.attempt_terms import INSTEAD_REASONS
from mlid_desktop.station.text.modality_terms import facts_of, terms_of
from mlid_desktop.station.text.terms import characteristic_name


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
            theme, language, language.text("Whom do you check?"), language.text("Back"), language.text("Next")
        )
        self._workspace, self._begin, self._go = workspace, begin, go
        self.finder = FindPanel(workspace, self._chosen, self.go_on)
        self._by = row(spacing=theme.space("tight"))
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
        self.notice = Notice(theme)
        self.ask: Callable[[SubjectSummary], Answer | None] = partial(ask_without_biometrics, self, workspace)
        if self.footer is not None:
            self.without_biometrics = self.footer.add(
                language.text("Without biometrics …"), self.check_without_biometrics
            )
            self.without_biometrics.setEnabled(False)
        self.body.addWidget(self.notice)
        self.body.addWidget(self.empty, 1)
        self.body.addWidget(self.finder, 1)
        self.body.addLayout(row(self._by, self.voice, 1, spacing=theme.space("wide")))
        still = row(self.still, spacing=theme.space("base"))
        still.addWidget(self._instead_of_movements, 1)
        self._wish = widget_of(still)
        self.body.addWidget(self._wish)
        self.body.addWidget(self.instead)
        self.instead.hide()
        self.voice.hide()
        self.still.hide()
        self._wish.hide()
        workspace.people_changed.connect(self._refresh)

    def enter(self) -> None:
        """Shows the page with everybody offered; typing narrows."""
        self.notice.say("")
        self.finder.clear()
        self._refresh()
        super().enter()

    def first(self) -> QWidget:
        """The widget that gets the focus: the search field."""
        return self.finder.field

    def go_on(self) -> None:
        """Goes on with the chosen person and characteristic, or to enrol somebody where nobody is."""
        if self._has_nobody:
            self._go(PageName.ENROL)
            return
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
        if person is None or answer is None:
            return
        shown, accepted = answer
        verification, language = self._workspace.unlocked.session.verification, self.language

        def noted(_: None) -> None:
            said = language.text("Noted for {name}: checked without biometrics.", name=person.name)
            self.notice.say(said, Tone.INFORMATION)

        record = partial(verification.record_check_without_biometrics, person, shown, accepted=accepted)
        self._workspace.on_vault(record, noted)

    @property
    def _has_nobody(self) -> bool:
        """Whether nobody is enrolled in the vault that is open."""
        return self._workspace.is_open and not self._workspace.unlocked.people

    def _refresh(self) -> None:
        if self._workspace.is_open:
            nobody, text = self._has_nobody, self.language.text
            self.finder.refresh()
            self.finder.setHidden(nobody)
            self.empty.setVisible(nobody)
            if self.footer is not None:
                self.without_biometrics.setHidden(nobody)
                self.footer.primary.relabel(text("Enrol a person") if nobody else text("Next"))
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
            chosen = self._workspace.is_open and bool(self._person() and self._asked_for())
            self.footer.primary.setEnabled(self._has_nobody or (chosen and (not must or self._reason() is not None)))

    def _chosen(self, _: str) -> None:
        """Offers the characteristics that the chosen person was enrolled with."""
        person = self._person() if self._workspace.is_open else None
        self.instead.setCurrentIndex(0)
        for button in self._group.buttons():
            self._group.removeButton(button)
        clear(self._by)
        if person is not None:
            self._by.addWidget(label(self.language.text("Check by"), "muted"))
            deciding = [
                characteristic
                for characteristic in person.characteristics
                if not facts_of(characteristic.modality).supports_only
            ]
            for characteristic in deciding:
                icon = terms_of(characteristic.modality).icon
                button = Button(self.theme, characteristic_name(characteristic, self.language), "chip", icon)
                button.setCheckable(True)
                button.setProperty("characteristic", str(characteristic))
                self._group.addButton(button)
                self._by.addWidget(button)
        self.voice.setVisible(person is not None and VOICE in person.characteristics)
        self._offer_wish(person)
        self._choose_by_wish()
        self._enable()
        if self.footer is not None:
            self.without_biometrics.setEnabled(person is not None)

    def _offer_wish(self, person: SubjectSummary | None) -> None:
        """Begins without movements with people who wish it; where there is no such way, says so."""
        fingers = () if person is None else self._in_place_of_movements(person)
        offered = bool(fingers) and person is not None and FACE in person.characteristics
        wishes = person is not None and person.without_movements
        self.still.setVisible(offered)
        self._wish.setVisible(offered)
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
