"""The administration page: a list of sections at the start, the chosen section at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QFrame, QGridLayout, QLineEdit, QScrollArea, QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.gui.administration.actions import AdministrationActions
from mlid_desktop.gui.administration.audit_filter import AuditFilter
from mlid_desktop.gui.administration.presenter import (
    SECTIONS,
    TASKS,
    Rows,
    Section,
    Task,
    has_place,
    offered,
    sections_found,
)
from mlid_desktop.gui.administration.section_rows import read_audit, section_rows
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import Notice, clear, column, frame, label, row
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow
from mlid_desktop.station.administration.audit_rows import AuditOffers

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
        if section is not Section.DESKS:
            self._show_actions(section)
        self.audit_filter.setVisible(section is Section.AUDIT and self._may_read_audit)
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
            if not value:  # a sentence, such as that there is nothing yet
                self._rows.addWidget(label(self.language.place_at_start(name), "muted", wrap=True), index, 0, 1, 2)
                continue
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
        if not self._workspace.is_open:
            return
        tasks = offered(section, self._workspace.unlocked.operator)
        if section is not Section.DESKS:
            self._show_tasks(tasks)
            return
        service = self._workspace.unlocked.session.register
        self._workspace.on_vault(lambda: service.leads, partial(self._show_desk_tasks, tasks), self._refused)

    def _show_desk_tasks(self, tasks: Sequence[Task], leads: bool | None) -> None:
        """Those that have their place at this desk."""
        if self._workspace.is_open and self.section is Section.DESKS:
            clear(self._acts)
            self._show_tasks([task for task in tasks if has_place(task, leads)])

    def _show_tasks(self, tasks: Sequence[Task]) -> None:
        for task in tasks:
            self._acts.addWidget(self._task_button(task))

    def _task_button(self, task: Task) -> Button:
        button = Button(self.theme, self.language.text(TASKS[task][0]), "plain").on(partial(self.tasks.do, task))
        button.setProperty("task", task.value)
        return button

    @property
    def _may_read_audit(self) -> bool:
        return self._workspace.is_open and may(self._workspace.unlocked.operator, Act.READ_AUDIT)

    def _redo(self) -> None:
        """Reads the shown section again, on the vault thread."""
        if not self._workspace.is_open:
            return
        section, session, language = self.section, self._workspace.unlocked.session, self.language
        if section is Section.FIELDS:
            self._workspace.destroy_values()
        if section is Section.DESKS:
            self._show_actions(section)
        if self.audit_filter.isHidden():
            read = partial(section_rows, section, session, self._workspace.station, language)
            self._workspace.on_vault(read, partial(self.show_rows, section), self._refused)
        else:
            chosen = partial(read_audit, session, language, self.audit_filter.choice)
            self._workspace.on_vault(chosen, self._show_audit, self._refused)

    def _show_audit(self, read: tuple[Rows, AuditOffers]) -> None:
        rows, offers = read
        self.audit_filter.offer(offers)
        self.show_rows(Section.AUDIT, rows)

    def _callers_changed(self) -> None:
        """Another program was paired, or is nobody any more."""
        if self.section is Section.CALLERS and self.isVisible():
            self._redo()

    def _refused(self, fault: MlidError) -> None:
        if self._workspace.is_open:  # else it was locked meanwhile, and this page is gone
            self.say(fault_text(fault, self.language), Tone.REJECTED)
