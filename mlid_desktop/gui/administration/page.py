"""The administration page: a list of sections at the start, the chosen section at the end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.gui.administration.actions import AdministrationActions
from mlid_desktop.gui.administration.audit_filter import AuditFilter, AuditTable
from mlid_desktop.gui.administration.content import USUAL_ACTS, SectionContent
from mlid_desktop.gui.administration.presenter import GROUPS, SECTIONS, Section, Task, offered_tasks, sections_found
from mlid_desktop.gui.administration.section.reading import AuditReading, read_audit, section_content
from mlid_desktop.gui.administration.section.view import SectionView
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button, ElidedLabel
from mlid_desktop.gui.widgets.elements import Notice, column, frame, label, row, tag, widget_of
from mlid_desktop.gui.widgets.fitting_area import FittingArea, MoreBelow

SIDE_WIDTH, SEARCH_WIDTH = 256, 300
RING = (4, 4, 4, 4)  # pixels around the sections: of the ring around the one that has the focus


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
        self.heads = [self._head(text) for text, _ in GROUPS]
        self.search = QLineEdit()
        self.search.setPlaceholderText(language.text("Search the administration"))
        self.search.setAccessibleName(language.text("Search the administration"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._find)
        self.search.returnPressed.connect(self._open_found)
        self._nothing = label(language.text("Nothing here is called so."), "muted", wrap=True)
        self._nothing.hide()
        names = FittingArea(widget_of(self._list()))
        MoreBelow(theme, names)
        names.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.search.setFixedWidth(SEARCH_WIDTH)
        self.header.addWidget(self.search)  # beside the title: the list below it has its whole height
        side.setLayout(column(self._nothing, names, margins=(8, 4, 8, 4)))
        self.shown = SectionView(theme, language, self.tasks.do, self.choose)
        self.audit_filter = AuditFilter(theme, language)
        self.audit_filter.changed.connect(self._redo)
        self.audit_table = AuditTable(theme, language)
        MoreBelow(theme, self.audit_table)
        self._signed = label("", "muted", wrap=True)
        self._audit = frame("card")
        wide, snug = theme.space("base"), theme.space("snug")
        self._audit.setLayout(
            column(self._signed, self.audit_filter, self.audit_table, spacing=snug, margins=(wide, wide, wide, snug))
        )
        self.shown.leading.addWidget(self._audit, 1)
        layout = row(side, spacing=theme.space("wide"))
        layout.addWidget(self.shown, 1)
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
        self.buttons[section].mark_chosen()
        if any(button.hasFocus() for button in self.buttons.values()):
            self.buttons[section].setFocus(Qt.FocusReason.OtherFocusReason)
        reads_audit = section is Section.AUDIT and self._may_read_audit
        self.shown.begin(section, wide=reads_audit)
        self._audit.setVisible(reads_audit)
        self._redo()

    def say(self, text: str, tone: Tone) -> None:
        """Says in the notice what came of an action."""
        self.notice.say(text, tone)

    @property
    def notice(self) -> Notice:
        """Says what came of an action."""
        return self.shown.notice

    @property
    def reading(self) -> QScrollArea:
        """What scrolls, where there is more to read than there is room for."""
        return self.shown.reading

    def show_content(self, section: Section, content: SectionContent) -> None:
        """Shows what was read, where its section is still shown."""
        if section is not self.section or not self._workspace.is_open:
            return
        main, offered = self._offered(content)
        self.shown.show_content(content, main, offered)

    def _offered(self, content: SectionContent) -> tuple[Task | None, list[Task]]:
        """The action that comes next, where it is offered, and all that are."""
        may_be_done = offered_tasks(self.section, self._workspace.unlocked.operator)
        tasks = [task for task in may_be_done if task not in content.absent]
        main = content.next_act or USUAL_ACTS.get(self.section)
        return (main if main in tasks else None), tasks

    def _find(self, typed: str) -> None:
        """Lists the sections that have what is typed."""
        operator = self._workspace.unlocked.operator if self._workspace.is_open else None
        found = tuple(Section) if operator is None else sections_found(typed, operator, self.language)
        for section, button in self.buttons.items():
            button.setVisible(section in found)
        for head, (_, sections) in zip(self.heads, GROUPS, strict=True):
            head.setVisible(any(section in found for section in sections))
        self._nothing.setVisible(not found)

    def _open_found(self) -> None:
        """Shows the first section that was found, and the whole list again."""
        first = next((section for section, button in self.buttons.items() if not button.isHidden()), None)
        if first is not None:
            self.search.clear()
            self.choose(first)
            self.buttons[first].setFocus(Qt.FocusReason.OtherFocusReason)

    def _section_button(self, section: Section) -> Button:
        words = SECTIONS[section]
        button = Button(self.theme, self.language.text(words.name), "section", words.icon)
        tag(button, dense="true")  # all of them are seen in a window of 768 pixels
        return button.on_chosen(partial(self.choose, section))

    def _head(self, words: str) -> ElidedLabel:
        return ElidedLabel(self.language.text(words), "group")

    def _list(self) -> QVBoxLayout:
        """The sections under the heads of their groups; a screen reader is told the group with each section."""
        made = column(spacing=1, margins=RING)
        for head, (words, sections) in zip(self.heads, GROUPS, strict=True):
            snug = self.theme.space("snug")
            made.addLayout(row(head, margins=(snug, 0, snug, 0)))
            for section in sections:
                self.buttons[section].setAccessibleDescription(self.language.text(words))
                made.addWidget(self.buttons[section])
        made.addStretch(1)
        return made

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
        if self._audit.isHidden():
            read = partial(section_content, section, session, self._workspace.station, language)
            self._workspace.on_vault(read, partial(self.show_content, section), self._refused)
        else:
            people = self._workspace.unlocked.people
            chosen = partial(read_audit, session, people, language, self.audit_filter.choice)
            self._workspace.on_vault(chosen, self._show_audit, self._refused)

    def _show_audit(self, read: AuditReading) -> None:
        if self.section is not Section.AUDIT or not self._workspace.is_open:
            return
        self.audit_filter.offer(read.offers)
        self.audit_table.show_rows(read.rows, read.names)
        self._signed.setText(read.signed)
        main, offered = self._offered(SectionContent(()))
        self.shown.show_acts(main, [task for task in offered if task is not main])

    def _callers_changed(self) -> None:
        """Another program was paired, or is nobody any more."""
        if self.section is Section.CALLERS and self.isVisible():
            self._redo()

    def _refused(self, fault: MlidError) -> None:
        if self._workspace.is_open:  # else it was locked meanwhile, and this page is gone
            self.say(fault_text(fault, self.language), Tone.REJECTED)
