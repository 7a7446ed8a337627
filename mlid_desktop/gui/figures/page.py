"""The page of figures: a period, what was done in it, and the same rows as a table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QFrame,
    QHeaderView,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.gui.figures.charts import BarChart, SpreadChart, StripChart
from mlid_desktop.gui.figures.presenter import (
    KINDS,
    FiguresScreen,
    SpreadGroup,
    figures_screen,
    is_future,
    shows_counts,
)
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import Notice, clear, column, frame, label, row, widget_of
from mlid_desktop.gui.widgets.file_dialogs import FileDialogs, FileKind
from mlid_desktop.gui.widgets.fitting_area import MoreBelow
from mlid_desktop.gui.widgets.footer import EmptyState
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow
from mlid_desktop.station.documents.figure_sheet import figures_csv
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.figures.figure_table import FigureTable
from mlid_desktop.station.figures.period import Period, PeriodKind
from mlid_desktop.station.text.language import N_ as _

ROW_HEIGHT, LEAST_NAME_WIDTH = 36, 280
BESIDE_NAMES = 20  # pixels: the scroll bar of a long table
LONGER = {
    PeriodKind.WEEK: _("Show the week"),
    PeriodKind.MONTH: _("Show the month"),
    PeriodKind.ALL: _("Show all 24 months"),
}


class FiguresPage(Page):
    """The page of figures, for roles that may see statistics. What it paints, reads out and saves is one table."""

    def __init__(self, workspace: Workspace, go: Callable[[PageName], None]) -> None:
        language, theme = workspace.language, workspace.theme
        super().__init__(theme, language, language.text("Figures"), language.text("Back"), language.text("Back"))
        self._workspace, self._go = workspace, go
        self._period: Period | None = None
        self._screen: FiguresScreen | None = None
        self._asked = 0  # times that were asked for: what was read for an earlier one is not shown any more
        self._wants_table = False
        dialogs = FileDialogs(self, workspace.station)
        self.choose_file: Callable[[str, str], str] = partial(dialogs.save, FileKind.REPORT)
        text = language.text
        self.kinds = {kind: Button(theme, text(words), "tab") for kind, words in KINDS.items()}
        group = QButtonGroup(self)
        for kind, chip in self.kinds.items():
            group.addButton(chip)
            chip.on_chosen(partial(self.show_kind, kind))
        self.before = Button(theme, text("Earlier"), "plain").on(lambda: self._step(later=False))
        self.when = label("", "strong")
        self.after = Button(theme, text("Later"), "plain").on(lambda: self._step(later=True))
        self.as_table = Button(theme, text("As a table"), "footer").on(self._swap)
        self.save = Button(theme, text("Save as CSV …"), "footer").on(self._save)
        if self.footer is not None:
            self.footer.primary.hide()  # there is nothing to do here but to look
            self.footer.lead(self.as_table, self.save)
        self._tools = WrappingRow(theme.space("wide"))
        snug = theme.space("snug")
        for tools in (row(*self.kinds.values(), spacing=snug), row(self.before, self.when, self.after, spacing=snug)):
            self._tools.addWidget(widget_of(tools))
        self.notice = Notice(theme)
        self._cards = column(spacing=theme.space("base"), margins=(0, 0, theme.space("tight"), 0))
        inside = QWidget()
        inside.setLayout(self._cards)
        self.reading = QScrollArea()
        self.reading.setFrameShape(QFrame.Shape.NoFrame)
        self.reading.setWidgetResizable(True)
        self.reading.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.reading.setWidget(inside)
        self.reading.setAccessibleName(text("Figures"))
        MoreBelow(theme, self.reading, "canvas")
        self.table = QTableWidget()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.table.setAccessibleName(text("Figures as a table"))
        self.table.hide()
        self.body.addLayout(self._tools)
        self.body.addWidget(self.notice)
        self.body.addWidget(self.reading, 1)
        self.body.addWidget(self.table, 1)

    def enter(self) -> None:
        """Shows the page with the figures of now."""
        kind = PeriodKind.DAY if self._period is None else self._period.kind
        self.show_kind(kind)
        super().enter()

    def first(self) -> QWidget:
        """The widget that gets the focus: the period that is shown."""
        kind = PeriodKind.DAY if self._period is None else self._period.kind
        return self.kinds[kind]

    def go_back(self) -> None:
        """Goes to the home page (Esc)."""
        self._go(PageName.HOME)

    def show_kind(self, kind: PeriodKind) -> None:
        """Shows the period of this kind with today in it."""
        self.kinds[kind].mark_chosen()
        self._asked += 1
        asked, workspace = self._asked, self._workspace
        if not may(workspace.unlocked.operator, Act.STATISTICS):
            for tool in (*self.kinds.values(), self.before, self.after, self.as_table, self.save):
                tool.hide()
            self.notice.say(self.language.text("Supervisors and auditors see these figures."), Tone.INFORMATION)
            return
        figures = workspace.unlocked.session.figures

        def known(period: Period) -> None:
            if asked == self._asked:
                self._read(period)

        workspace.on_vault(partial(figures.period, kind), known, self._refused)

    def _step(self, *, later: bool) -> None:
        if self._period is not None:
            self._read(self._period.after if later else self._period.before)

    def _read(self, period: Period) -> None:
        if not self._workspace.is_open:
            return
        self._period = period
        self._asked += 1
        asked, figures = self._asked, self._workspace.unlocked.session.figures

        def look() -> tuple[FigureTable, PeriodKind | None]:
            """The table, and where it has nothing to show, the next longer time that has."""
            table, kinds = figures.table(period), tuple(KINDS)
            longer = () if shows_counts(table) else kinds[kinds.index(period.kind) + 1 :]
            shows = (kind for kind in longer if shows_counts(figures.table(figures.period(kind))))
            return table, next(shows, None)

        def known(found: tuple[FigureTable, PeriodKind | None]) -> None:
            table, longer = found
            if asked == self._asked and self._workspace.is_open:
                self.show_screen(figures_screen(table, self.language), longer)
                self.after.setEnabled(
                    period.kind is not PeriodKind.ALL and not is_future(period.after, table.made_at.date())
                )
                for step in (self.before, self.after):
                    step.setVisible(period.kind is not PeriodKind.ALL)

        self._workspace.on_vault(look, known, self._refused)

    def show_screen(self, screen: FiguresScreen, longer: PeriodKind | None = None) -> None:
        """Shows the figures of a period; where there are none, a ``longer`` time that has some is offered."""
        text = self.language.text
        self._screen = screen
        self.when.setText(self.language.place_at_start(screen.title))
        self.notice.say(screen.drift, screen.tone)
        self._show_table(self._wants_table and bool(screen.lines))
        has_any, why = bool(screen.lines), text("Nothing was counted in this time")
        for tool in (self.as_table, self.save):
            tool.setEnabled(has_any)
            tool.setAccessibleDescription("" if has_any else why)
            tool.setToolTip("" if has_any else why)
        self._cards.setContentsMargins(0, 0, self.theme.space("tight") if has_any else 0, 0)
        clear(self._cards)
        if screen.too_few:
            few = EmptyState(
                self.theme,
                "chart",
                text("Too few to show"),
                text(
                    "Counts from 1 to 4 could point at somebody. The table and the file say what was done, without "
                    "them."
                ),
            )
            self._offer(few, longer)
            self._cards.addWidget(few, 1)
        elif not screen.lines:
            empty = EmptyState(
                self.theme,
                "clock",
                text("Nothing was counted in this time"),
                text("Counts appear when an hour is over; those under 5 wait for the end of the day or the month."),
            )
            self._offer(empty, longer)
            self._cards.addWidget(empty, 1)
        if screen.strips:
            strips = StripChart(self.theme)
            strips.show_strips(screen.strips)
            why = text(
                "An act is counted when its hour is over. Counts from 1 to 4 are not shown, nor what would give them "
                "away: a dot stands for them."
            )
            self._cards.addWidget(self._card(text("What was done"), strips, why))
        if screen.refusals:
            bars = BarChart(self.theme)
            bars.show_bars(screen.refusals)
            self._cards.addWidget(self._card(text("Why checks and enrolments were refused"), bars))
        for group in screen.groups:
            self._cards.addWidget(self._spread_card(group))
        if screen.lines and not (screen.too_few and not screen.groups):
            self._cards.addStretch(1)  # what stands alone is in the middle
        self._fill_table(screen)

    def _offer(self, state: EmptyState, longer: PeriodKind | None) -> None:
        """A longer time, right under what says that there is nothing to see."""
        if longer is not None:
            words = self.language.text(LONGER[longer])
            state.offers.addWidget(Button(self.theme, words, "primary").on(partial(self.show_kind, longer)))

    def _spread_card(self, group: SpreadGroup) -> QWidget:
        why = self.language.text("The band holds the middle half, the stroke is the middle.")
        return self._card(group.title, SpreadChart(self.theme, group), why)

    def _card(self, title: str, chart: QWidget, why: str = "") -> QWidget:
        card = frame("card")
        parts = column(label(title, "head", wrap=True), spacing=self.theme.space("tight"), margins=(24, 16, 24, 16))
        if why:
            parts.addWidget(label(why, "muted", wrap=True))
        parts.addWidget(chart)
        card.setLayout(parts)
        return card

    def _fill_table(self, screen: FiguresScreen) -> None:
        self.table.setColumnCount(len(screen.heads))
        self.table.setHorizontalHeaderLabels(list(screen.heads))
        self.table.setRowCount(len(screen.lines))
        for index, line in enumerate(screen.lines):
            for column_index, words in enumerate(line):
                self.table.setItem(index, column_index, QTableWidgetItem(self.language.place_at_start(words)))
        head = self.table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self._fit_names()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Gives the names in the table the room that the figures leave."""
        super().resizeEvent(event)
        self._fit_names()

    def _fit_names(self) -> None:
        head = self.table.horizontalHeader()
        others = sum(head.sectionSize(at) for at in range(1, head.count()))
        room = self.body.geometry().width()
        self.table.setColumnWidth(0, max(LEAST_NAME_WIDTH, room - others - BESIDE_NAMES))

    def _swap(self) -> None:
        self._wants_table = self.table.isHidden()
        self._show_table(self._wants_table)

    def _show_table(self, shown: bool) -> None:
        """Shows the table in place of the pictures, or these; the button is named after the other."""
        self.table.setVisible(shown)
        self.reading.setVisible(not shown)
        self.as_table.relabel(self.language.text("As pictures") if shown else self.language.text("As a table"))
        self._fit_names()

    def _save(self) -> None:
        period = self._period
        chosen = "" if period is None else self.choose_file(self.language.text("Save"), f"figures-{period.first}.csv")
        if period is None or not chosen:
            return
        figures = self._workspace.unlocked.session.figures

        def write() -> str:
            write_private(Path(chosen), figures_csv(figures.table_to_export(period)), replace=True)
            return self.language.text("Written to {path}.", path=chosen)

        self._workspace.on_vault(write, lambda said: self.notice.say(said, Tone.ACCEPTED), self._refused)

    def _refused(self, fault: MlidError) -> None:
        if self._workspace.is_open:
            self.notice.say(fault_text(fault, self.language), Tone.REJECTED)
