"""The administration page: a list of sections at the start, the chosen section at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QGridLayout, QLineEdit, QScrollArea, QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.gui.administration import presenter as said
from mlid_desktop.gui.administration.actions import AdministrationActions
from mlid_desktop.gui.administration.attack_test_presenter import rows_of_test
from mlid_desktop.gui.administration.caller_actions import caller_rows
from mlid_desktop.gui.administration.fields_presenter import field_rows
from mlid_desktop.gui.administration.presenter import SECTIONS, TASKS, Rows, Section, Task, offered, sections_found
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button, Check, Choice
from mlid_desktop.gui.widgets.elements import Notice, clear, column, frame, label, row
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow
from mlid_desktop.station.administration.audit_rows import AuditChoice, AuditOffers, audit_offers, audit_rows
from mlid_desktop.station.documents.measured_accuracy import read_fusion_figures
from mlid_desktop.station.installation.components import list_components, list_models, own_version
from mlid_desktop.station.session import StationSession
from mlid_desktop.station.site_calibration.report import standing_rows
from mlid_desktop.station.text.language import Language

SIDE_WIDTH = 232
LONG_NAME = 36  # characters: what a site calls a field may need more lines than one


class AdministrationPage(Page):
    """The page that administers a vault. Everything is read on the vault thread; an action says what came of it in the
    notice above the rows."""

    def __init__(self, workspace: Workspace, go: Callable[[PageName], None], restore: Callable[[], None]) -> None:
        language, theme = workspace.language, workspace.theme
        super().__init__(theme, language, language.text("Administration"))
        self._workspace, self._go = workspace, go
        self.section = Section.PEOPLE
        self.tasks = AdministrationActions(self, workspace, self.say, self._redo, restore)
        self.buttons = {section: self._section_button(section) for section in Section}
        group = QButtonGroup(self)
        for button in self.buttons.values():
            group.addButton(button)
        side = frame("card")
        side.setFixedWidth(SIDE_WIDTH)
        self.search = QLineEdit()
        self.search.setPlaceholderText(language.text("Search here"))
        self.search.setAccessibleName(language.text("Search the administration"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._find)
        self.search.returnPressed.connect(self._open_found)
        self._nothing = label(language.text("Nothing here is called so."), "muted", wrap=True)
        self._nothing.hide()
        listed = column(self.search, self._nothing, *self.buttons.values(), 1, spacing=1, margins=(12, 12, 12, 8))
        listed.insertSpacing(1, 8)
        side.setLayout(listed)
        self.title, self.purpose = label("", "head"), label("", "muted", wrap=True)
        self.notice = Notice(theme)
        self._acts = WrappingRow(theme.space("tight"))
        self._rows = QGridLayout()
        self._rows.setHorizontalSpacing(theme.space("wide"))
        self._rows.setVerticalSpacing(theme.space("tight"))
        self._rows.setColumnStretch(1, 1)
        inside = QWidget()
        holder = column(spacing=0)
        holder.addLayout(self._rows)
        holder.addStretch(1)
        inside.setLayout(holder)
        self.reading = QScrollArea()
        self.reading.setFrameShape(QFrame.Shape.NoFrame)
        self.reading.setWidgetResizable(True)
        self.reading.setWidget(inside)
        card = frame("card")
        parts = column(self.title, self.purpose, self.notice, spacing=theme.space("tight"), margins=(24, 20, 24, 20))
        parts.addLayout(self._acts)
        self.audit_filter = AuditFilter(theme, language)
        self.audit_filter.changed.connect(self._redo)
        parts.addWidget(self.audit_filter)
        parts.addWidget(self.reading, 1)
        card.setLayout(parts)
        layout = row(side, spacing=theme.space("base"))
        layout.addWidget(card, 1)
        self.body.addLayout(layout, 1)
        workspace.callers_changed.connect(self._callers_changed)

    def enter(self) -> None:
        """Shows the page, and reads its section again."""
        self.choose(self.section)
        super().enter()

    def first(self) -> QWidget:
        """The widget that gets the focus: the button of the section that is shown."""
        return self.buttons[self.section]

    def go_back(self) -> None:
        """Goes to the home page (Esc)."""
        self._go(PageName.HOME)

    def choose(self, section: Section) -> None:
        """Shows a section of the administration."""
        self.section = section
        self.buttons[section].setChecked(True)
        words = SECTIONS[section]
        self.title.setText(self.language.text(words.name))
        self.purpose.setText(self.language.text(words.purpose))
        self.reading.setAccessibleName(self.language.text(words.name))
        self.notice.say("")
        self._show_actions(section)
        self._offer_audit(section)
        self._redo()

    def say(self, text: str, tone: Tone) -> None:
        """Says in the notice what came of an action."""
        self.notice.say(text, tone)

    def show_rows(self, section: Section, rows: Rows) -> None:
        """Shows the rows that were read, where their section is still shown."""
        if section is not self.section or not self._workspace.is_open:
            return
        clear(self._rows)
        for index, (name, value) in enumerate(rows):
            shown = label(self.language.place_at_start(value), wrap=True)
            head = label(self.language.place_at_start(name), "strong", wrap=len(name) > LONG_NAME)
            if len(name) > LONG_NAME:
                head.setMinimumWidth(SIDE_WIDTH)
            self._rows.addWidget(head, index, 0, Qt.AlignmentFlag.AlignTop)
            self._rows.addWidget(shown, index, 1)

    def _find(self, typed: str) -> None:
        """Lists the sections that have what is typed."""
        operator = self._workspace.unlocked.operator if self._workspace.is_open else None
        found = tuple(Section) if operator is None else sections_found(typed, operator, self.language)
        for section, button in self.buttons.items():
            button.setVisible(section in found)
        self._nothing.setVisible(not found)

    def _open_found(self) -> None:
        """Shows the first section that was found, and the whole list again."""
        first = next((section for section, button in self.buttons.items() if not button.isHidden()), None)
        if first is not None:
            self.search.clear()
            self.choose(first)
            self.buttons[first].setFocus(Qt.FocusReason.OtherFocusReason)

    def _section_button(self, section: Section) -> Button:
        button = Button(self.theme, self.language.text(SECTIONS[section].name), "section")
        button.setCheckable(True)
        button.clicked.connect(partial(self.choose, section))
        return button

    def _show_actions(self, section: Section) -> None:
        clear(self._acts)
        if self._workspace.is_open:
            for action in offered(section, self._workspace.unlocked.operator):
                self._acts.addWidget(self._task_button(action))

    def _task_button(self, task: Task) -> Button:
        button = Button(self.theme, self.language.text(TASKS[task][0]), "plain").on(partial(self.tasks.do, task))
        button.setProperty("task", task.value)
        return button

    def _redo(self) -> None:
        """Reads the shown section again, on the vault thread."""
        if self._workspace.is_open:
            section, session = self.section, self._workspace.unlocked.session
            if section is Section.FIELDS:
                self._workspace.destroy_values()
            choice = self.audit_filter.choice
            self._workspace.on_vault(
                partial(self._read, section, session, choice), lambda rows: self.show_rows(section, rows), self._refused
            )

    def _offer_audit(self, section: Section) -> None:
        """Shows over the audit, to whoever may read it, what can be chosen of it."""
        reads = section is Section.AUDIT and self._workspace.is_open
        reads = reads and may(self._workspace.unlocked.operator, Act.READ_AUDIT)
        self.audit_filter.setVisible(reads)
        if reads:
            session, language = self._workspace.unlocked.session, self.language

            def offers() -> AuditOffers:
                return audit_offers(session.administration.audit_entries(), language)

            self._workspace.on_vault(offers, self.audit_filter.offer, self._refused)

    def _callers_changed(self) -> None:
        """Another program was paired, or is nobody any more."""
        if self.section is Section.CALLERS and self.isVisible():
            self._redo()

    def _refused(self, fault: MlidError) -> None:
        if self._workspace.is_open:  # else it was locked meanwhile, and this page is gone
            self.say(fault_text(fault, self.language), Tone.REJECTED)

    def _read(self, section: Section, session: StationSession, choice: AuditChoice) -> Rows:
        station, language = self._workspace.station, self.language
        match section:
            case Section.PEOPLE:
                return said.people_rows(session.administration.operators(), language)
            case Section.ORGANISATION:
                organisation = session.administration.organisation(station.settings)
                return said.organisation_rows(organisation, station.settings.managed, language)
            case Section.POLICY:
                figures = read_fusion_figures(station.resources)
                rows = said.policy_rows(session.policy, station.settings.managed, language)
                return *rows, *said.rule_rows(session.policy, figures, language)
            case Section.FIELDS | Section.AUDIT:
                return self._fields(session) if section is Section.FIELDS else self._audit(session, choice)
            case Section.MODELS:
                return said.model_rows(list_models(station.models()), language)
            case Section.CALIBRATION:
                return standing_rows(session.site_calibration.standings(), language)
            case Section.BACKUPS:
                permitted = may(session.operator, Act.BACK_UP)
                made = session.administration.backups() if permitted else ()
                rows = said.backup_rows([(backup.made_at, backup.location) for backup in made], language)
                return rows or ((language.text("None was made yet"), ""),)
            case Section.VAULT:
                permitted = may(session.operator, Act.READ_PEOPLE)
                people = language.number(session.subjects.count()) if permitted else "–"
                identifier = session.vault_id
                return (language.text("People enrolled"), people), (language.text("Identifier"), identifier)
            case Section.ATTACK_TEST:
                permitted = may(session.operator, Act.ENROL)
                test = session.attack_tests.test() if permitted else None
                return rows_of_test(test, language, looks_for_attacks=not session.evaluation)
            case Section.CALLERS | Section.ABOUT:
                about = said.about_rows(own_version(), list_components(), language)
                return self._callers(session) if section is Section.CALLERS else about

    def _callers(self, session: StationSession) -> Rows:
        access = session.external_requests.access()
        return caller_rows(access.port, access.callers, self.language)

    def _fields(self, session: StationSession) -> Rows:
        fields = session.site_fields
        due = fields.due() if may(session.operator, Act.READ_PEOPLE) else {}
        return field_rows(fields.schema(), fields.people_left(), due, self.language)

    def _audit(self, session: StationSession, choice: AuditChoice) -> Rows:
        signed = said.checkpoint_row(session.administration.newest_checkpoint(), self.language)
        if not may(session.operator, Act.READ_AUDIT):
            return signed, (self.language.text("Supervisors and auditors read the entries."), "")
        return signed, *audit_rows(session.administration.audit_entries(), self.language, choice)


class AuditFilter(QWidget):
    """Three lists to choose from, and a box for the audit's own words; ``changed`` when another choice was made."""

    changed = Signal()

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__()
        self._language = language
        self.by, self.act, self.day = Choice(theme), Choice(theme), Choice(theme)
        self.codes = Check(theme, language.text("Show the audit's own words"))
        names = (language.text("Done by"), language.text("What was done"), language.text("Day"))
        line = WrappingRow(theme.space("tight"))
        for choice, name in zip((self.by, self.act, self.day), names, strict=True):
            choice.setAccessibleName(name)
            choice.currentIndexChanged.connect(self.changed)
            line.addWidget(choice)
        self.codes.toggled.connect(self.changed)
        line.addWidget(self.codes)
        self.setLayout(line)
        self.offer(AuditOffers())

    @property
    def choice(self) -> AuditChoice:
        """What is chosen now."""
        day = self.day.currentData()
        return AuditChoice(
            str(self.by.currentData() or ""),
            str(self.act.currentData() or ""),
            day if isinstance(day, date) else None,
            codes=self.codes.isChecked(),
        )

    def offer(self, offers: AuditOffers) -> None:
        """Fills the lists with what there are entries of; what was chosen stays chosen where it is still there."""
        text = self._language.text
        days = [(self._language.day(day), day) for day in offers.days]
        self._fill(self.by, text("Everybody"), [(name, name) for name in offers.operators])
        self._fill(self.act, text("Everything that was done"), [(said, event) for event, said in offers.events])
        self._fill(self.day, text("All days"), days)

    def _fill(self, choice: Choice, everything: str, offered: Sequence[tuple[str, object]]) -> None:
        before = choice.currentData()
        with QSignalBlocker(choice):
            choice.clear()
            choice.addItem(everything, None)
            for name, value in offered:
                choice.addItem(name, value)
            kept = [value for _, value in offered]
            choice.setCurrentIndex(1 + kept.index(before) if before in kept else 0)
