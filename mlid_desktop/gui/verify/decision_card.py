"""The card that shows a decision: verdict in word, colour and icon; one row a characteristic; why; what next. Of whom
it is stands above it, where it stood during the check."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from mlid_desktop.gui.capture.portraits import LARGE, MIDDLE, ComparedPictures
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.verify.decision_presenter import DecisionRow, DecisionScreen
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import Icon, column, frame, label, row, rule, tag, widget_of
from mlid_desktop.station.text.language import Language

LEAST_WIDTH = 720
CAUTION = 24  # pixels: its sign stands in the middle under that of the verdict
SHAPE = 64  # pixels: seen across a counter, as the verdict is
AROUND, AROUND_CAUTION = 400, 42  # pixels of a page's height that are around the pictures, and that a caution takes


class DecisionCard(QFrame):
    """Shows one decision, and the picture that was captured beside it."""

    def __init__(self, theme: Theme, language: Language, screen: DecisionScreen) -> None:
        super().__init__()
        tag(self, kind="card")
        self.setMinimumWidth(LEAST_WIDTH)
        self._theme, self._language = theme, language
        self._figures: list[QLabel] = []
        self._is_cautious = bool(screen.caution)
        self.setAccessibleName(screen.announcement)
        self.pictures = ComparedPictures(theme, language, MIDDLE)
        self.pictures.hide()
        self._advice = label("", wrap=True)
        self._advised = row(Icon(theme, "person", "muted", 24), spacing=theme.space("base"))
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
        body = row(spacing=wide, margins=(wide, base, wide, base))
        body.addWidget(self.pictures, 0, Qt.AlignmentFlag.AlignTop)
        body.addLayout(said, 1)
        layout = column(self._head(screen))
        if screen.caution:
            layout.addWidget(self._caution(screen.caution))
        layout.addLayout(body)
        line = theme.tokens.line_width
        layout.setContentsMargins(line, line, line, line)
        self.setLayout(layout)

    def advise(self, words: str) -> None:
        """Says what else the person can be compared with; an empty sentence says nothing."""
        self._advice.setText(words)
        self._adviser.setVisible(bool(words))

    def fit(self, height: int) -> None:
        """Has pictures as large as a page of this height has room for: a larger one is compared more easily."""
        room = (height - AROUND - AROUND_CAUTION * self._is_cautious) * 3 // 4
        self.pictures.resize_pictures(max(MIDDLE, min(LARGE, room)))

    def _caution(self, words: str) -> QWidget:
        """What the verdict does not say of itself, right under it."""
        theme = self._theme
        strip = frame("caution")
        wide, tight = theme.space("wide"), theme.space("tight")
        layout = row(spacing=theme.space("base"), margins=(wide, tight, wide, tight))
        layout.addSpacing((SHAPE - CAUTION) // 2)
        layout.addWidget(Icon(theme, "triangle", "inconclusive", CAUTION))
        layout.addSpacing((SHAPE - CAUTION) // 2)
        layout.addWidget(label(words, "strong", wrap=True), 1)
        strip.setLayout(layout)
        return strip

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
            grid.addWidget(Icon(theme, shown.tone.icon, shown.tone.value, 24), index, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label(shown.name, "lead-strong"), index, 1, Qt.AlignmentFlag.AlignTop)
            said = column(label(shown.meaning, "lead", wrap=True), spacing=theme.space("hair"))
            said.addWidget(label(" · ".join(filter(None, (shown.source, shown.attack))), "muted", wrap=True))
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
        shown = (("info", screen.why, "body"), ("arrow", screen.next_step, "lead-strong"))
        for index, (icon, said, kind) in enumerate(shown):
            if said:
                grid.addWidget(Icon(self._theme, icon, "muted", 24), index, 0, Qt.AlignmentFlag.AlignTop)
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
