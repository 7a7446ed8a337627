"""The entries of the audit: what is chosen of them (by whom, of what, of which day, whether in its own words), and the
table of those that are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Check, Choice
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow
from mlid_desktop.station.administration.audit_rows import AuditChoice, AuditOffers, AuditRow
from mlid_desktop.station.text.language import Language

LEAST_TABLE = 300  # pixels in height: what stands below it is scrolled to where a window is low
ROW_HEIGHT = 36
DONE = 2  # the column that takes the room that there is


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


class AuditTable(QTableWidget):
    """The entries of the audit that are chosen, the newest first: a line each, several with the audit's own words."""

    def __init__(self, language: Language) -> None:
        super().__init__(0, 4)
        self._language = language
        text = language.text
        self.setHorizontalHeaderLabels([text("Number"), text("When"), text("What was done"), text("Done by")])
        self.setAccessibleName(text("Audit"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
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

    def show_rows(self, rows: Sequence[AuditRow]) -> None:
        """Shows other entries."""
        self.setRowCount(len(rows))
        for line, entry in enumerate(rows):
            for column, words in enumerate((entry.number, entry.moment, entry.done, entry.operator)):
                self.setItem(line, column, QTableWidgetItem(self._language.place_at_start(words)))
        self.scrollToTop()
