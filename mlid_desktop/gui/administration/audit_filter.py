"""The entries of the audit: what is chosen of them (by whom, of what, of which day, whether with its codes), and the
table of those that are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Check, Choice
from mlid_desktop.gui.widgets.elements import label, row, widget_of
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow
from mlid_desktop.station.administration.audit_rows import AuditChoice, AuditOffers, AuditRow
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

LEAST_TABLE = 300  # pixels in height: what stands below it is scrolled to where a window is low
ROW_HEIGHT = 36
MOST_COLUMN, MOST_OUTCOME = 400, 200  # pixels across; an outcome takes more lines
HEADS: Final = (_("When"), _("What was done"), _("Outcome"), _("Person"), _("Done by"), _("Entry"))
DONE, OUTCOME, PERSON, NUMBER = 1, 2, 3, 5  # DONE takes the room that there is
LETTERS_WITH_NUMBER, LETTERS_WITH_PERSON = 99, 75  # across, from which on there is room for these columns
OUTCOME_LETTERS = 15  # of the outcome where there is little room: it wraps
ICON_SIZE = 16
PADDING, NO_LIMIT = 30, 10_000  # pixels: at both sides of a cell, and of lines under one another
VERDICT_TONES: Final = {
    Verdict.ACCEPTED: Tone.ACCEPTED,
    Verdict.REJECTED: Tone.REJECTED,
    Verdict.INCONCLUSIVE: Tone.INCONCLUSIVE,
}


class AuditFilter(QWidget):
    """Three lists to choose from, and a box for the audit's codes; ``changed`` when another choice was made."""

    changed = Signal()

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__()
        self._language = language
        self.by, self.act, self.day = Choice(theme), Choice(theme), Choice(theme)
        self.codes = Check(theme, language.text("With technical details"))
        names = (language.text("Done by"), language.text("What was done"), language.text("Day"))
        line = WrappingRow(theme.space("base"), theme.space("tight"))
        for choice, name in zip((self.by, self.act, self.day), names, strict=True):
            choice.setAccessibleName(name)
            choice.currentIndexChanged.connect(self.changed)
            caption = label(name, "muted")
            caption.setBuddy(choice)
            line.addWidget(widget_of(row(caption, choice, spacing=theme.space("tight"))))
        self.codes.toggled.connect(self.changed)
        line.addWidget(self.codes)
        self.setLayout(line)
        self.offer(AuditOffers())

    @property
    def choice(self) -> AuditChoice:
        """The entries of the audit that the filter now asks for."""
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


class WrappedLines(QStyledItemDelegate):
    """Asks for as many lines as words take beside the padding of a cell, which Qt forgets."""

    def sizeHint(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """The size that Qt gives, and the height of all lines."""
        asked, table = super().sizeHint(option, index), self.parent()
        if not isinstance(table, QTableWidget):
            return asked
        room = QRect(0, 0, table.columnWidth(index.column()) - PADDING, NO_LIMIT)
        metrics = table.fontMetrics()
        lines = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap.value, str(index.data())).height()
        return QSize(min(asked.width(), MOST_OUTCOME), max(asked.height(), lines + metrics.descent() * 2))


class AuditTable(QTableWidget):
    """The entries of the audit that are chosen, the newest first: a line each, several with the audit's codes."""

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__(0, len(HEADS))
        self._theme, self._language = theme, language
        self._names_people = False
        text = language.text
        self.setHorizontalHeaderLabels([text(head) for head in HEADS])
        self.setAccessibleName(text("Audit"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setMinimumHeight(LEAST_TABLE)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(ROW_HEIGHT)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head = self.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(DONE, QHeaderView.ResizeMode.Stretch)
        head.setMaximumSectionSize(MOST_COLUMN)
        head.sectionResized.connect(self._fit_lines)
        for column in (DONE, OUTCOME):
            self.setItemDelegateForColumn(column, WrappedLines(self))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Leaves out the number of the entry, and then the person, where there is no room for them."""
        super().resizeEvent(event)
        self._fit_columns()

    def _fit_lines(self, column: int) -> None:
        """Gives each entry as many lines as what was done takes at the width there is."""
        if column in (DONE, OUTCOME):
            self.resizeRowsToContents()

    def _fit_columns(self) -> None:
        letters = self.viewport().width() // max(1, self.fontMetrics().averageCharWidth())
        self.setColumnHidden(NUMBER, letters < LETTERS_WITH_NUMBER)
        self.setColumnHidden(PERSON, not self._names_people or letters < LETTERS_WITH_PERSON)
        head, narrow = self.horizontalHeader(), letters < LETTERS_WITH_PERSON
        sized = QHeaderView.ResizeMode.Fixed if narrow else QHeaderView.ResizeMode.ResizeToContents
        head.setSectionResizeMode(OUTCOME, sized)
        if narrow:  # else what was done would lose its head
            head.resizeSection(OUTCOME, OUTCOME_LETTERS * self.fontMetrics().averageCharWidth())

    def show_rows(self, rows: Sequence[AuditRow], names: Mapping[str, str] | None) -> None:
        """Shows other entries; ``names`` are those of the people whom they tell of, None where they are not to be
        seen."""
        self._names_people = names is not None
        self._fit_columns()
        self.setRowCount(len(rows))
        at_start = self._language.place_at_start
        for line, entry in enumerate(rows):
            person = self._language.text("no record") if entry.unsaved else (names or {}).get(entry.subject, "")
            told = (entry.moment, entry.done, entry.outcome, person, entry.operator, entry.number)
            cells = [QTableWidgetItem(at_start(words)) for words in told]
            if entry.verdict is not None:
                tone = VERDICT_TONES[entry.verdict]
                cells[OUTCOME].setIcon(self._theme.icon(tone.icon, tone.value, ICON_SIZE))
                cells[OUTCOME].setForeground(self._theme.colour(tone.value))
            cells[DONE].setToolTip(entry.done)
            for column in (NUMBER, PERSON) if entry.unsaved else (NUMBER,):
                cells[column].setForeground(self._theme.colour("muted"))
            for column, cell in enumerate(cells):
                self.setItem(line, column, cell)
        self.scrollToTop()
