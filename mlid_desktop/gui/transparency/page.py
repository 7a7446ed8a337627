"""The transparency page: to be read at the desk, by the person who is asked for consent too."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.transparency.intervals import IntervalChart
from mlid_desktop.gui.transparency.presenter import (
    RateRow,
    SettingRow,
    TransparencySection,
    missed_rows,
    mistake_rows,
    setting_rows,
    transparency_screen,
)
from mlid_desktop.gui.widgets.controls import FoldButton
from mlid_desktop.gui.widgets.elements import Icon, column, frame, label, row, rule, tag, widget_of
from mlid_desktop.gui.widgets.fitting_area import MoreBelow
from mlid_desktop.station.documents.measured_accuracy import read_measured_accuracy
from mlid_desktop.station.text.consent_texts import consent_text

COLUMN_WIDTH = 416  # pixels at the least, so that a line is neither broken too often nor too long to read
MOST_COLUMNS, WIDE_COLUMNS = 3, 2
NAMED_ICON = 24  # pixels


class TransparencyPage(Page):
    """The page with a chart of what was measured and a card for each modality, in as many columns as have room."""

    def __init__(self, workspace: Workspace, go: Callable[[PageName], None]) -> None:
        language, theme = workspace.language, workspace.theme
        super().__init__(
            theme, language, language.text("How good is this?"), language.text("Back"), language.text("Back")
        )
        self._go = go
        if self.footer is not None:
            self.footer.primary.hide()  # there is nothing to do here but to read
        station = workspace.station
        self._columns = 0  # the cards are laid out once the width is known
        inside = QWidget()
        self.reading = QScrollArea()
        self.reading.setFrameShape(QFrame.Shape.NoFrame)
        self.reading.setWidgetResizable(True)
        self.reading.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.reading.setWidget(inside)
        self.reading.setAccessibleName(language.text("How good is this?"))
        tag(self.reading, ring="none")  # it is the page itself, which the arrow keys move
        self._more = MoreBelow(theme, self.reading, "canvas")
        self.body.addWidget(self.reading, 1)
        days = consent_text(language).retention_days
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.space("base"))
        session = workspace.unlocked.session
        measured = read_measured_accuracy(
            station.resources, builtin=session.builtin, looks_for_attacks=session.looks_for_attacks
        )
        licences = sorted({entry.licence for entry in station.manifest.defaults})
        charts = (
            (language.text("Mistakes where both kinds are as frequent, in percent"), mistake_rows(measured, language)),
            (language.text("Attacks that were not noticed, in percent"), missed_rows(measured, language)),
        )
        drawn = row(*(self._chart(title, rows) for title, rows in charts if rows), spacing=theme.space("base"))
        limits = {modality: session.policy.comparison.rate(modality) for modality in Modality}
        shown = column(self._setting(setting_rows(measured, limits, language)), spacing=theme.space("base"))
        charted = widget_of(drawn)
        fold = FoldButton(theme, language.text("Charts of what was measured"), charted)
        self._charts = column(row(fold, 1), charted, spacing=theme.space("tight"))
        told = transparency_screen(measured, days, licences, language, limits)
        self._cards = [self._card(section, wide=section is told[-1]) for section in told]
        self._inside = column(shown, self._grid, self._charts, 1, spacing=theme.space("base"))
        inside.setLayout(self._inside)
        self.reading.verticalScrollBar().rangeChanged.connect(self._leave_room)
        self._leave_room()

    def _leave_room(self) -> None:
        """Ends the cards where the page ends, or with a gap before the scroll bar, which ends there."""
        bar = self.reading.verticalScrollBar()
        gap = self.theme.space("tight") if bar.maximum() > bar.minimum() else 0
        self._inside.setContentsMargins(0, 0, gap, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fits the cards to the width, so that lines stay short enough to read."""
        super().resizeEvent(event)
        self._more.follow()
        self._arrange(max(1, min(MOST_COLUMNS, self.width() // COLUMN_WIDTH)))

    def _arrange(self, columns: int) -> None:
        """Lays the cards of the modalities out in so many columns, row by row; what holds for all stands below, as wide
        as they are together."""
        if columns == self._columns:
            return
        self._columns = columns
        *cards, everything = self._cards
        for index, card in enumerate(cards):
            across = columns - index % columns if index == len(cards) - 1 else 1
            self._grid.addWidget(card, index // columns, index % columns, 1, across)
        self._grid.addWidget(everything, len(cards), 0, 1, columns)
        for index in range(MOST_COLUMNS):
            self._grid.setColumnStretch(index, int(index < columns))

    def first(self) -> QWidget:
        """The widget that gets the focus: the text, so that the arrow keys move it."""
        return self.reading

    def go_back(self) -> None:
        """Goes to the home page (Esc)."""
        self._go(PageName.HOME)

    def _setting(self, rows: tuple[SettingRow, ...]) -> QWidget:
        """How often this desk is wrong as it is set, a line for each modality."""
        text, theme = self.language.text, self.theme
        card, table = frame("card"), QGridLayout()
        table.setHorizontalSpacing(theme.space("wide"))
        table.setVerticalSpacing(theme.space("snug"))
        heads = "", text("Right people who are refused"), text("Strangers who pass")
        for at, words in enumerate(heads):
            table.addWidget(label(words, "muted", wrap=True), 0, at, Qt.AlignmentFlag.AlignBottom)
            table.setColumnStretch(at, 1)
        for index, shown in enumerate(rows):
            line = 2 * index + 1
            table.addWidget(rule(), line, 0, 1, len(heads))
            figure = "body" if shown.doubt else "head"  # what is not to be relied on does not stand out
            figures = shown.refused, shown.strangers
            table.addWidget(self._measured(shown), line + 1, 0, Qt.AlignmentFlag.AlignTop)
            for at, words in enumerate(figures, start=1):
                table.addWidget(label(words, figure, wrap=True), line + 1, at, Qt.AlignmentFlag.AlignTop)
        why = text("Whoever is refused may try again, or show a document: nobody is turned away by the desk alone.")
        parts = column(
            label(text("How often this desk is wrong, as it is set"), "head", wrap=True),
            label(why, "muted", wrap=True),
            table,
            spacing=theme.space("tight"),
            margins=(24, 16, 24, 16),
        )
        card.setLayout(parts)
        return card

    def _measured(self, shown: SettingRow) -> QWidget:
        """The name of a modality, and on how many people it was measured; too few of them with a sign."""
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(self.theme.space("tight"))
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(Icon(self.theme, shown.icon, "muted", NAMED_ICON), 0, 0, top)
        grid.addWidget(label(shown.name, "strong", wrap=True), 0, 1)
        said = label(shown.doubt or shown.people, "body" if shown.doubt else "muted", wrap=True)
        if shown.doubt:
            tone = Tone.INCONCLUSIVE
            tag(said, tone=tone.value)
            grid.addWidget(Icon(self.theme, tone.icon, tone.value, NAMED_ICON), 1, 0, top)
        grid.addWidget(said, 1, 1)
        return widget_of(grid)

    def _chart(self, title: str, rows: tuple[RateRow, ...]) -> QWidget:
        card = frame("card")
        explained = self.language.text(
            "The point is what was measured; the true rate is very likely on the line (95 %)."
        )
        chart = IntervalChart(self.theme, rows)
        parts = column(label(title, "head"), label(explained, "muted", wrap=True), chart, spacing=8)
        parts.setContentsMargins(24, 16, 24, 16)
        parts.addStretch(1)
        card.setLayout(parts)
        return card

    def _card(self, section: TransparencySection, *, wide: bool) -> QWidget:
        """A card of titled paragraphs; in a ``wide`` one they stand in two columns."""
        card = frame("card")
        head = row(
            Icon(self.theme, section.icon, "accent", NAMED_ICON),
            label(section.title, "head", wrap=True),
            spacing=self.theme.space("snug"),
        )
        head.setStretch(1, 1)
        parts = column(head, spacing=self.theme.space("tight"), margins=(24, 16, 24, 16))
        told = [
            column(label(title, "strong", wrap=True), label(paragraph, wrap=True), spacing=self.theme.space("hair"))
            for title, paragraph in section.paragraphs
        ]
        if not wide:
            for each in told:
                parts.addLayout(each)
        else:
            grid = QGridLayout()
            grid.setHorizontalSpacing(self.theme.space("wide"))
            grid.setVerticalSpacing(self.theme.space("snug"))
            for index, each in enumerate(told):
                each.addStretch(1)
                grid.addLayout(each, index // WIDE_COLUMNS, index % WIDE_COLUMNS)
                grid.setColumnStretch(index % WIDE_COLUMNS, 1)
            parts.addLayout(grid)
        parts.addStretch(1)
        card.setLayout(parts)
        return card
