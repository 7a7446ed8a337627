"""The card that shows a decision: verdict in word, colour and icon; one row a characteristic; why; what next. Of whom
it is stands above it, where it stood during the check."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from mlid_desktop.gui.capture.portraits import MIDDLE, ComparedPictures
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.verify.decision_presenter import DecisionRow, DecisionScreen
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import Icon, column, frame, label, row, rule, tag, widget_of
from mlid_desktop.station.text.language import Language

LEAST_WIDTH = 720
SHAPE = 64  # pixels: seen across a counter, as the verdict is


class DecisionCard(QFrame):
    """Shows one decision, and the picture that was captured beside it."""

    def __init__(self, theme: Theme, language: Language, screen: DecisionScreen) -> None:
        super().__init__()
        tag(self, kind="card")
        self.setMinimumWidth(LEAST_WIDTH)
        self._theme, self._language = theme, language
        self._figures: list[QLabel] = []
        self.setAccessibleName(screen.announcement)
        self.pictures = ComparedPictures(theme, language, MIDDLE)
        self.pictures.hide()
        self._advice = label("", wrap=True)
        self._advised = row(Icon(theme, "person", "muted", 20), spacing=theme.space("base"))
        self._advised.addWidget(self._advice, 1)
        self._adviser = widget_of(self._advised)
        self._adviser.hide()
        wide, base = theme.space("wide"), theme.space("base")
        said = column(self._rows(screen.rows), spacing=base)
        if screen.rows:
            said.addWidget(rule())
        said.addLayout(self._grounds(screen))
        said.addWidget(self._adviser)
        said.addWidget(self._foot(screen))
        said.addStretch(1)
        body = row(spacing=wide, margins=(wide, wide, wide, wide))
        body.addWidget(self.pictures, 0, Qt.AlignmentFlag.AlignTop)
        body.addLayout(said, 1)
        layout = column(self._head(screen), body)
        line = theme.tokens.line_width
        layout.setContentsMargins(line, line, line, line)
        self.setLayout(layout)

    def advise(self, words: str) -> None:
        """Says what else the person can be compared with; an empty sentence says nothing."""
        self._advice.setText(words)
        self._adviser.setVisible(bool(words))

    def _head(self, screen: DecisionScreen) -> QWidget:
        theme = self._theme
        head = frame("verdict")
        tag(head, tone=screen.tone.value)
        verdict = label(screen.verdict.upper(), "verdict")
        tag(verdict, tone=screen.tone.value)
        wide = theme.space("wide")
        layout = row(spacing=theme.space("base"), margins=(wide, theme.space("base"), wide, theme.space("base")))
        layout.addWidget(Icon(theme, screen.tone.icon, screen.tone.value, SHAPE), 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addLayout(column(verdict, label(screen.subtitle, "lead"), spacing=0), 1)
        head.setLayout(layout)
        return head

    def _rows(self, rows: tuple[DecisionRow, ...]) -> QGridLayout:
        theme = self._theme
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.space("base"))
        grid.setVerticalSpacing(theme.space("snug"))
        grid.setColumnStretch(2, 1)
        for index, shown in enumerate(rows):
            grid.addWidget(Icon(theme, shown.tone.icon, shown.tone.value, 20), index, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label(shown.name, "strong"), index, 1, Qt.AlignmentFlag.AlignTop)
            said = column(label(shown.meaning, wrap=True), spacing=theme.space("hair"))
            said.addWidget(label(" · ".join(filter(None, (shown.source, shown.attack))), "muted", wrap=True))
            if shown.unchecked:
                unchecked = row(Icon(theme, "triangle", "inconclusive", 20), spacing=theme.space("tight"))
                unchecked.addWidget(label(shown.unchecked, wrap=True), 1)
                said.addLayout(unchecked)
            if shown.figures:
                figures = label(shown.figures, "muted", wrap=True)
                figures.hide()
                self._figures.append(figures)
                said.addWidget(figures)
            grid.addLayout(said, index, 2)
        return grid

    def _grounds(self, screen: DecisionScreen) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(self._theme.space("base"))
        grid.setVerticalSpacing(self._theme.space("snug"))
        grid.setColumnStretch(1, 1)
        shown = (("info", screen.why, "body"), ("arrow", screen.next_step, "strong"))
        for index, (icon, said, kind) in enumerate(shown):
            if said:
                grid.addWidget(Icon(self._theme, icon, "muted", 20), index, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(label(said, kind, wrap=True), index, 1)
        return grid

    def _foot(self, screen: DecisionScreen) -> QWidget:
        foot = row(label(screen.footnote, "muted", wrap=True), spacing=self._theme.space("base"))
        foot.setStretch(0, 1)
        details = Button(self._theme, self._language.text("Details"), "quiet", "down")
        details.setCheckable(True)
        details.toggled.connect(self._show_figures)
        foot.addWidget(details)
        further = label(screen.details, "muted", wrap=True)
        further.hide()
        self._figures.append(further)
        return widget_of(column(foot, further, spacing=0))

    def _show_figures(self, shown: bool) -> None:
        for figures in self._figures:
            figures.setVisible(shown)
