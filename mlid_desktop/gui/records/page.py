"""The records page: who is enrolled, as a list with search, and one person's record beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.records.actions import RecordActions
from mlid_desktop.gui.records.finder import FindPanel
from mlid_desktop.gui.records.portrait_section import PortraitSection
from mlid_desktop.gui.records.presenter import RecordScreen, record_screen, with_fields
from mlid_desktop.gui.state.people_index import Part
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button, Choice, ElidedLabel
from mlid_desktop.gui.widgets.elements import Icon, Notice, clear, column, frame, label, row, rule
from mlid_desktop.gui.widgets.footer import EmptyState
from mlid_desktop.station.text.language import N_ as _

SIDE_WIDTH, LEAST_SIDE_WIDTH = 420, 320
SETTLED_MS = 120  # a record is read when typing and arrow keys have come to rest: reading one would hold them up
PART_NAMES: Final = {
    Part.EVERYBODY: _("Everybody"),
    Part.TODAY: _("Enrolled today"),
    Part.DUE: _("Due to be erased"),
    Part.STOPPED: _("Withdrawals to confirm"),
    Part.WITHDRAWN: _("Consent withdrawn"),
    Part.SHARING: _("Sharing a number"),
    Part.EARLIER: _("Compared by an earlier model"),
}
PARTS: Final = tuple(PART_NAMES)


class RecordsPage(Page):
    """The page with the list of people at the start, one person's record at the end."""

    def __init__(
        self, workspace: Workspace, go: Callable[[PageName], None], enrol_anew: Callable[[str], None] = lambda _: None
    ) -> None:
        language, theme = workspace.language, workspace.theme
        super().__init__(theme, language, language.text("Records"))
        self._workspace, self._begin_anew = workspace, enrol_anew
        self.finder = FindPanel(workspace, self._chosen)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(SETTLED_MS)
        self._settled.timeout.connect(self._read)
        self.notice = Notice(theme)
        self.acts = RecordActions(self, workspace, self.notice)
        self._part = Choice(theme)
        self._part.setAccessibleName(language.text("Who is listed"))
        for part in PARTS:
            self._part.addItem(language.text(PART_NAMES[part]))
        self._part.currentIndexChanged.connect(lambda index: self.finder.list_part(PARTS[index]))
        self.header.addWidget(self._part)
        self.record = frame("card")
        self.record.setMinimumWidth(LEAST_SIDE_WIDTH)
        self.record.setMaximumWidth(SIDE_WIDTH)
        self._parts = column(spacing=theme.space("hair"))
        inside = QWidget()
        inside.setLayout(self._parts)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName(language.text("Record"))
        self._acts = QGridLayout()
        self._acts.setSpacing(theme.space("tight"))
        self.record.setLayout(column(scroll, self._acts, spacing=theme.space("snug"), margins=(24, 24, 24, 24)))
        self.empty = EmptyState(
            theme,
            "people",
            language.text("Nobody is enrolled here yet"),
            language.text("Each person you enrol appears here, with the date and what was captured."),
        )
        enrol = Button(theme, language.text("Enrol a person"), "plain", "enrol").on(lambda: go(PageName.ENROL))
        self.empty.offers.addWidget(enrol)
        self._list = QWidget()
        layout = row(self.finder, spacing=theme.space("base"))
        layout.addWidget(self.record)
        layout.setStretch(0, 1)
        layout.setStretch(1, 1)
        self._list.setLayout(layout)
        self.body.addWidget(self.empty, 1)
        self.body.addWidget(self.notice)
        self.body.addWidget(self._list, 1)
        workspace.people_changed.connect(self._follow)

    def enter(self) -> None:
        """Shows the page with everybody listed."""
        self.notice.say("")
        self.finder.clear()
        self.refresh()
        super().enter()

    def leave(self) -> None:
        """Resets the list, so that the next visit begins with everybody again."""
        self._part.setCurrentIndex(0)

    def first(self) -> QWidget:
        """The widget that gets the focus: the search field, or the button that helps."""
        return self.finder.field

    def refresh(self) -> None:
        """Reads the list of people again."""
        if self._workspace.is_open:
            people = self._workspace.unlocked.people
            self.finder.refresh()
            self._list.setVisible(bool(people))
            self.empty.setVisible(not people)

    def _follow(self) -> None:
        """Lists people again, unless the page is hidden: entering does it then."""
        if self.isVisible():
            self.refresh()

    def show_part(self, part: Part) -> None:
        """Lists a part of the people alone; called from the home page."""
        self._part.setCurrentIndex(PARTS.index(part))

    def show_record(self, screen: RecordScreen | None, person: SubjectSummary | None = None) -> None:
        """Shows one person's record, or the invitation to choose one."""
        clear(self._parts)
        clear(self._acts)
        text, theme = self.language.text, self.theme
        if screen is None or person is None:
            nothing = label(text("Choose a person to see the record."), "muted", wrap=True)
            self._parts.addWidget(nothing)
            self._parts.addStretch(1)
            return
        head = row(Icon(theme, "person", "accent", 32), spacing=theme.space("snug"))
        head.addLayout(column(ElidedLabel(screen.name, "head"), label(screen.number, "muted")), 1)
        self._parts.addLayout(head)
        self._parts.addWidget(rule())
        if self._workspace.is_open:
            acts = self.acts
            section = PortraitSection(self._workspace, person, self.notice, acts.ask, acts.choose_file)
            self._parts.addWidget(section)
        due = Notice(theme)
        due.say(screen.due, Tone.INCONCLUSIVE)
        self._parts.addWidget(due)
        for line in screen.lines:
            self._parts.addWidget(label(line, "muted", wrap=True))
        kept = (text("Kept"), screen.references), (text("Not captured"), screen.exceptions)
        sections = (text("Recorded besides"), screen.fields), *kept
        for title, rows in (*sections, (text("History"), screen.history)):
            if rows:
                self._parts.addSpacing(theme.space("tight"))
                self._parts.addWidget(label(title, "strong"))
            for name, fact in rows:
                self._parts.addWidget(label(name, wrap=True))
                self._parts.addWidget(label(fact, "muted", wrap=True))
        self._parts.addStretch(1)
        self._offer_acts(screen, person)

    def _offer_acts(self, screen: RecordScreen, person: SubjectSummary) -> None:
        """Shows the actions on a record, in pairs; what cannot be undone last and alone."""
        text, acts = self.language.text, self.acts
        offered = [(text("Enrol again …"), self._enrol_anew), (text("Prolong …"), acts.ask_renew)]
        offered += [(text("Export …"), acts.ask_export), (text("New code …"), acts.ask_code)]
        if not screen.withdrawn:
            offered.append((text("Correct …"), acts.ask_correction))
        offered.append((text("Movements …"), acts.ask_wish))
        if screen.stopped:
            offered += [(text("Confirm withdrawal …"), acts.ask_withdraw), (text("Undo …"), acts.ask_undo)]
        elif not screen.withdrawn:
            offered.append((text("Withdraw consent …"), acts.ask_withdraw))
        if self._workspace.is_open and person.subject_id in self._workspace.unlocked.people_index.sharing:
            offered.append((text("Another number …"), acts.ask_number))
        for index, (words, ask) in enumerate(offered):
            wide = 2 if index == len(offered) - 1 and index % 2 == 0 else 1
            button = Button(self.theme, words, "plain").on(partial(ask, person))
            self._acts.addWidget(button, index // 2, index % 2, 1, wide)
        erase = Button(self.theme, text("Erase {name} …", name=screen.name), "danger")
        self._acts.addWidget(erase.on(partial(acts.ask_erase, person)), len(offered), 0, 1, 2)

    def _enrol_anew(self, person: SubjectSummary) -> None:
        self._begin_anew(person.subject_id)

    def _chosen(self, subject_id: str) -> None:
        if subject_id:
            self._settled.start()
        else:
            self._settled.stop()
            self.show_record(None)

    def _read(self) -> None:
        unlocked = self._workspace.unlocked if self._workspace.is_open else None
        person = None if unlocked is None else unlocked.people_index.by_id.get(self.finder.selected)
        if unlocked is None or person is None:
            self.show_record(None)
            return
        subjects, today = unlocked.session.subjects, self._workspace.station.clock.now().date()
        fields = unlocked.session.site_fields
        language = self.language

        def read() -> RecordScreen:
            record, kept = subjects.record(person.subject_id), subjects.references(person.subject_id)
            screen = record_screen(person, record, kept, subjects.history(person.subject_id), today, language)
            return with_fields(screen, person, fields.schema(), fields.missing(person), language)

        def known(screen: RecordScreen) -> None:
            if self.finder.selected == person.subject_id:
                self.show_record(screen, person)

        self._workspace.on_vault(read, known)
