"""Who is enrolled: a list with search, and one person's record beside it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.gui.presenters.faults import fault_text
from mlid_desktop.gui.presenters.places import Place
from mlid_desktop.gui.presenters.records import RecordScreen, record_rows, record_screen
from mlid_desktop.gui.views.find import FindPanel
from mlid_desktop.gui.views.page import Page
from mlid_desktop.gui.widgets.controls import Button, ElidedLabel
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.gui.widgets.elements import Icon, clear, column, frame, label, row, rule
from mlid_desktop.gui.widgets.footer import EmptyState
from mlid_desktop.gui.workplace import Workplace

SIDE_WIDTH = 400


class RecordsPage(Page):
    """The list at the start, the record at the end."""

    def __init__(self, workplace: Workplace, go: Callable[[Place], None]) -> None:
        language, theme = workplace.language, workplace.theme
        super().__init__(theme, language, language.text("Records"))
        self._workplace = workplace
        self.finder = FindPanel(theme, language, self._chosen)
        self.record = frame("card")
        self.record.setFixedWidth(SIDE_WIDTH)
        self._parts = column(spacing=theme.space("tight"), margins=(24, 24, 24, 24))
        self.record.setLayout(self._parts)
        self.empty = EmptyState(
            theme,
            "people",
            language.text("Nobody is enrolled here yet"),
            language.text("Each person you enrol appears here, with the date and what was captured."),
        )
        enrol = Button(theme, language.text("Enrol a person"), "plain", "enrol").on(lambda: go(Place.ENROL))
        self.empty.offers.addWidget(enrol)
        self._list = QWidget()
        layout = row(self.finder, spacing=theme.space("base"))
        layout.addWidget(self.record)
        layout.setStretch(0, 1)
        self._list.setLayout(layout)
        self.body.addWidget(self.empty, 1)
        self.body.addWidget(self._list, 1)
        workplace.people_changed.connect(self.refresh)

    def enter(self) -> None:
        """Everybody."""
        self.finder.clear()
        self.refresh()
        super().enter()

    def first(self) -> QWidget:
        """The search field, or the button that helps."""
        return self.finder.field

    def refresh(self) -> None:
        """Reads the list again."""
        if self._workplace.is_open:
            people = self._workplace.unlocked.people
            self.finder.show_rows(record_rows(people, self.language))
            self._list.setVisible(bool(people))
            self.empty.setVisible(not people)

    def show_record(
        self,
        screen: RecordScreen | None,
        erase: Callable[[], None] = lambda: None,
        withdraw: Callable[[], None] = lambda: None,
    ) -> None:
        """One person, or the invitation to choose one."""
        clear(self._parts)
        text, theme = self.language.text, self.theme
        if screen is None:
            nothing = label(text("Choose a person to see the record."), "muted", wrap=True)
            self._parts.addWidget(nothing)
            self._parts.addStretch(1)
            return
        head = row(Icon(theme, "person", "accent", 32), spacing=theme.space("snug"))
        head.addLayout(column(ElidedLabel(screen.name, "head"), label(screen.number, "muted")), 1)
        self._parts.addLayout(head)
        self._parts.addWidget(rule())
        for line in screen.lines:
            self._parts.addWidget(label(line, "muted", wrap=True))
        for title, rows in ((text("Kept"), screen.references), (text("Not captured"), screen.exceptions)):
            if rows:
                self._parts.addSpacing(theme.space("tight"))
                self._parts.addWidget(label(title, "strong"))
            for name, fact in rows:
                self._parts.addWidget(label(name))
                self._parts.addWidget(label(fact, "muted", wrap=True))
        self._parts.addStretch(1)
        if not screen.withdrawn:
            self._parts.addWidget(Button(theme, text("Withdraw consent …"), "plain").on(withdraw))
        button = Button(theme, text("Erase {name} …", name=screen.name), "danger").on(erase)
        self._parts.addWidget(button)

    def _chosen(self, subject_id: str) -> None:
        people = self._workplace.unlocked.people if self._workplace.is_open else ()
        person = next((one for one in people if one.subject_id == subject_id), None)
        if person is None:
            self.show_record(None)
            return
        vault = self._workplace.unlocked.session.desk.vault

        def read() -> RecordScreen:
            return record_screen(
                person, vault.record(person.subject_id), vault.references(person.subject_id), self.language
            )

        def known(screen: RecordScreen) -> None:
            if self.finder.selected == person.subject_id:
                self.show_record(screen, lambda: self._ask_erase(person), lambda: self._ask_withdraw(person))

        self._workplace.on_vault(read, known)

    def _ask_withdraw(self, person: SubjectSummary) -> None:
        """As easy as agreeing: one person at the desk, no reason needed."""
        text = self.language.text
        question = Question(
            self,
            self.theme,
            text("{name} withdraws consent?", name=person.name),
            text("From now on nothing about this person is compared. The record is due to be erased today."),
            text("Back"),
            text("Withdraw"),
        )
        guardian = question.add_field(text("Guardian's name, where one speaks for the person"))
        reason = question.add_field(text("Reason, if one was given"))
        if question.asked():
            self._withdraw(person, guardian.text().strip(), reason.text().strip())

    def _withdraw(self, person: SubjectSummary, guardian: str = "", reason: str = "") -> None:
        session = self._workplace.unlocked.session

        def withdrawn(_: None) -> None:
            self._workplace.refresh_people()
            self._chosen(person.subject_id)

        self._workplace.on_vault(lambda: session.desk.withdraw(person, guardian, reason), withdrawn)

    def _ask_erase(self, person: SubjectSummary, said: str = "") -> None:
        text = self.language.text
        question = Question(
            self,
            self.theme,
            text("Erase {name}?", name=person.name),
            text(
                "The person's key is destroyed, and with it everything kept about them. This cannot be undone. "
                "A second person confirms it."
            ),
            text("Keep"),
            text("Erase {name}", name=person.name),
            danger=True,
        )
        name = question.add_field(text("Second person's name"))
        passphrase = question.add_field(text("Second person's passphrase"), secret=True)
        question.notice.say(said)
        if question.asked():
            self._erase(person, name.text().strip(), passphrase.text())

    def _erase(self, person: SubjectSummary, second: str, passphrase: str) -> None:
        desk = self._workplace.unlocked.session.desk

        def erase() -> None:
            desk.erase(person, desk.vault.confirm_second(second, passphrase))

        def refused(fault: MlidError) -> None:
            self._ask_erase(person, fault_text(fault, self.language))

        self._workplace.on_vault(erase, lambda _: self._workplace.refresh_people(), refused)
