"""The records page: who is enrolled, as a list with search, and one person's record beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.roles import Act, may
from mlid_desktop.domain.subjects import Standing, SubjectSummary
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.records.actions import RecordActions
from mlid_desktop.gui.records.finder import FindPanel
from mlid_desktop.gui.records.portrait_section import PortraitSection
from mlid_desktop.gui.records.presenter import RecordScreen, add_site_fields, record_screen, shortened
from mlid_desktop.gui.records.record_panel import Ending, Offer, RecordPanel
from mlid_desktop.gui.state.people_index import Part
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.widgets.controls import Button, Choice
from mlid_desktop.gui.widgets.elements import Notice, label, row, widget_of
from mlid_desktop.gui.widgets.footer import EmptyState
from mlid_desktop.station.text.language import N_ as _

SETTLED_MS = 120  # a record is read when typing and arrow keys have come to rest: reading one would hold them up
PART_NAMES: Final = {
    Part.EVERYBODY: _("Everybody"),
    Part.TODAY: _("Enrolled today"),
    Part.DUE: _("Due to be erased"),
    Part.STOPPED: _("Withdrawals to confirm"),
    Part.WITHDRAWN: _("Consent withdrawn"),
    Part.SHARING: _("Sharing a number"),
    Part.EARLIER: _("Compared by an earlier model"),
    Part.PORTRAIT: _("With a portrait"),
}
PARTS: Final = tuple(PART_NAMES)


class RecordsPage(Page):
    """The page with the list of people at the start, one person's record at the end."""

    def __init__(
        self,
        workspace: Workspace,
        go: Callable[[PageName], None],
        enrol_anew: Callable[[str], None] = lambda _: None,
        verify: Callable[[str], None] = lambda _: None,
    ) -> None:
        language, theme = workspace.language, workspace.theme
        super().__init__(theme, language, language.text("Records"))
        self._workspace, self._begin_anew, self._verify = workspace, enrol_anew, verify
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
        listed = label(language.text("Show"), "muted")
        listed.setBuddy(self._part)
        self._filter = widget_of(row(listed, self._part, spacing=theme.space("tight")))
        self.header.insertWidget(1, self._filter)
        self.record = RecordPanel(theme, language)
        self.empty = EmptyState(
            theme,
            "people",
            language.text("Nobody is enrolled here yet"),
            language.text("Each person you enrol appears here, with the date and what was captured."),
        )
        self.enrol = Button(theme, language.text("Enrol a person"), "primary").on(lambda: go(PageName.ENROL))
        self.empty.offers.addWidget(self.enrol)
        self._list = QWidget()
        layout = row(self.finder, spacing=theme.space("base"))
        layout.addWidget(self.record)
        layout.setStretch(0, 3)
        layout.setStretch(1, 2)
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
        self.finder.keep_layout()
        self._part.setCurrentIndex(0)

    def first(self) -> QWidget:
        """The widget that gets the focus: the search field, or the button that helps."""
        return self.finder.field if self.empty.isHidden() else self.enrol

    def refresh(self) -> None:
        """Reads the list of people again."""
        if self._workspace.is_open:
            people = self._workspace.unlocked.people
            self.finder.refresh()
            self._list.setVisible(bool(people))
            self.empty.setVisible(not people)
            self._filter.setVisible(bool(people))

    def _follow(self) -> None:
        """Lists people again, unless the page is hidden: entering does it then."""
        if self.isVisible():
            self.refresh()

    def show_part(self, part: Part) -> None:
        """Lists a part of the people alone; called from the home page."""
        self._part.setCurrentIndex(PARTS.index(part))

    def show_record(self, screen: RecordScreen | None, person: SubjectSummary | None = None) -> None:
        """Shows one person's record, or the invitation to choose one."""
        if screen is None or person is None:
            self.record.show_nobody()
            return
        section = None
        if self._workspace.is_open and (person.portrait or self._workspace.unlocked.session.portraits.offered):
            section = PortraitSection(self._workspace, person, self.notice, self.acts.ask, self.acts.choose_file)
        offered, erase = self._offered(person), self._erase(screen, person)
        is_due = screen.withdrawn or bool(screen.due)
        goes_on = not is_due and not screen.stopped and self._workspace.is_open
        can_compare = goes_on and may(self._workspace.unlocked.operator, Act.COMPARE)
        text = self.language.text
        correct = (text("Correct …"), partial(self.acts.ask_correction, person))
        usual = [(text("Verify"), partial(self._verify, person.number)), correct] if can_compare else []
        if not can_compare and person.standing is Standing.HELD:
            offered[0].insert(0, correct)
        final = Ending(erase, is_due=is_due)
        self.record.show_screen(screen, section, offered, self._apart(screen, person), final, usual)

    def _offered(self, person: SubjectSummary) -> list[list[Offer]]:
        """The acts on a record that are asked for now and then: what changes it, and what the person asks for."""
        text, acts = self.language.text, self.acts
        stands = person.standing is Standing.HELD
        changed: list[Offer] = [
            (text("Enrol again …"), partial(self._begin_anew, person.subject_id)),
            (text("Prolong …"), partial(acts.ask_renew, person)),
        ]
        wished: list[Offer] = [
            (text("Head movements …"), partial(acts.ask_wish, person)),
            (text("New receipt code …"), partial(acts.ask_code, person)),
            (text("Hand out …"), partial(acts.ask_export, person)),
        ]
        shares = self._workspace.is_open and person.subject_id in self._workspace.unlocked.people_index.sharing
        if shares and not stands:  # else the correction is the one way to another number
            changed.append((text("Another number …"), partial(acts.ask_number, person)))
        return [changed, wished]

    def _erase(self, screen: RecordScreen, person: SubjectSummary) -> Offer:
        """What cannot be undone: in the menu, and below where a record is due to be erased."""
        name = shortened(screen.name)
        return self.language.text("Erase {name} …", name=name), partial(self.acts.ask_erase, person)

    def _apart(self, screen: RecordScreen, person: SubjectSummary) -> list[Offer]:
        """The acts that stand apart at the end: to withdraw consent, as easy as to give it."""
        text, acts = self.language.text, self.acts
        if screen.stopped:
            undo = (text("Undo …"), partial(acts.ask_undo, person))
            return [undo, (text("Confirm withdrawal …"), partial(acts.ask_withdraw, person))]
        if screen.withdrawn:
            return []
        return [(text("Withdraw consent …"), partial(acts.ask_withdraw, person))]

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
        fields, keeps = unlocked.session.site_fields, unlocked.session.portraits.offered
        language, rules = self.language, unlocked.session.policy.attempts

        def read() -> RecordScreen:
            record, kept = subjects.record(person.subject_id), subjects.references(person.subject_id)
            history = subjects.history(person.subject_id)
            screen = record_screen(person, record, kept, history, today, language, rules=rules, keeps_portraits=keeps)
            return add_site_fields(screen, person, fields.schema(), fields.missing(person), language)

        def known(screen: RecordScreen) -> None:
            if self.finder.selected == person.subject_id:
                self.show_record(screen, person)

        self._workspace.on_vault(read, known)
