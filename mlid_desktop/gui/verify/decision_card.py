"""The card that shows a decision: verdict in word, colour and icon; one row a characteristic; why; what next."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.verify.decision_presenter import DecisionRow, DecisionScreen
from mlid_desktop.gui.widgets.controls import ElidedLabel
from mlid_desktop.gui.widgets.elements import Icon, column, frame, label, row, rule, tag

CARD_WIDTH = 760


class DecisionCard(QFrame):
    """Shows one decision."""

    def __init__(self, theme: Theme, screen: DecisionScreen) -> None:
        super().__init__()
        tag(self, kind="card")
        self.setMaximumWidth(CARD_WIDTH)
        self.setMinimumWidth(600)
        self._theme = theme
        self.setAccessibleName(screen.announcement)
        wide, base = theme.space("wide"), theme.space("base")
        body = column(spacing=theme.space("snug"), margins=(wide, base, wide, wide))
        body.addLayout(self._rows(screen.rows))
        body.addWidget(rule())
        body.addLayout(self._grounds(screen))
        layout = column(self._head(screen), body)
        line = theme.tokens.line_width
        layout.setContentsMargins(line, line, line, line)
        self.setLayout(layout)

    def _head(self, screen: DecisionScreen) -> QWidget:
        theme = self._theme
        head = frame("verdict")
        tag(head, tone=screen.tone.value)
        verdict = label(screen.verdict.upper(), "display")
        tag(verdict, tone=screen.tone.value)
        name = ElidedLabel(screen.name, "head")
        number = label(screen.number, "muted")
        first = row(verdict, 1, name, spacing=theme.space("base"))
        second = row(label(screen.subtitle), 1, number, spacing=theme.space("base"))
        icon = Icon(theme, screen.tone.icon, screen.tone.value, 52)
        layout = row(spacing=theme.space("base"), margins=(24, 16, 24, 16))
        layout.addWidget(icon, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addLayout(column(first, second, spacing=2), 1)
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
            said = column(label(shown.meaning, wrap=True), spacing=2)
            for detail in (shown.quality, shown.attack):
                if detail:
                    said.addWidget(label(detail, "muted", wrap=True))
            grid.addLayout(said, index, 2)
            grid.addWidget(label(shown.source, "muted"), index, 3, Qt.AlignmentFlag.AlignTop)
        return grid

    def _grounds(self, screen: DecisionScreen) -> QGridLayout:
        text = [("", screen.why)]
        if screen.next_step:
            text.append(("", screen.next_step))
        grid = QGridLayout()
        grid.setHorizontalSpacing(self._theme.space("base"))
        grid.setVerticalSpacing(self._theme.space("tight"))
        grid.setColumnStretch(1, 1)
        icons = ("info", "arrow")
        for index, (_, said) in enumerate(text):
            grid.addWidget(Icon(self._theme, icons[index], "muted", 20), index, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label(said, "strong" if index else "body", wrap=True), index, 1)
        if screen.footnote:
            grid.addWidget(label(screen.footnote, "muted", wrap=True), len(text), 1)
        return grid
