"""What is chosen of the audit: by whom, of what, of which day, and whether in its own words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QWidget

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Check, Choice
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow
from mlid_desktop.station.administration.audit_rows import AuditChoice, AuditOffers
from mlid_desktop.station.text.language import Language


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
