"""One person's record over the whole height of the page: what is kept, what happened, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QMenu, QScrollArea, QWidget

from mlid_desktop.gui.records.presenter import RecordScreen
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button, ElidedLabel
from mlid_desktop.gui.widgets.elements import Icon, Notice, clear, column, label, row, rule, tag
from mlid_desktop.gui.widgets.fitting_area import MoreBelow
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow
from mlid_desktop.station.text.language import Language

LEAST_WIDTH, MOST_WIDTH = 388, 560
BEFORE, AFTER = 20, 16  # px at the sides
COLUMNS = 2, 3  # the shares of names and facts
Offer = tuple[str, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class Ending:
    """What cannot be undone: a button of its own at the foot where it is due, else the last of the menu, in red."""

    offer: Offer
    is_due: bool


class RecordPanel(QFrame):
    """A card with the person's name, a menu of acts, all that is kept, and at its foot the usual acts, with those far
    from them that end something: to withdraw consent, and to erase where that is due."""

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__()
        tag(self, kind="card")
        self._theme, self._language = theme, language
        self.setMinimumWidth(LEAST_WIDTH)
        self.setMaximumWidth(MOST_WIDTH)
        self._icon = Icon(theme, "person", "accent", 32)
        self._name, self._number = ElidedLabel(kind="head"), label("", "muted")
        self.menu_button = Button(theme, language.text("More acts"), "plain", "down")
        after = Qt.LayoutDirection.LeftToRight if language.right_to_left else Qt.LayoutDirection.RightToLeft
        self.menu_button.setLayoutDirection(after)  # the arrow stands after the word
        self.menu = QMenu(self.menu_button)
        self.menu_button.setMenu(self.menu)
        self._parts = column(spacing=theme.space("hair"), margins=(0, 0, theme.space("tight"), 0))
        inside = QWidget()
        inside.setLayout(self._parts)
        self.reading = QScrollArea()
        self.reading.setFrameShape(QFrame.Shape.NoFrame)
        self.reading.setWidgetResizable(True)
        self.reading.setWidget(inside)
        self.reading.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.reading.setAccessibleName(language.text("Record"))
        self._more = MoreBelow(theme, self.reading)
        self._twice: list[tuple[Button, QAction]] = []  # in the foot where there is room, else in the menu
        self._usual, self._apart = WrappingRow(theme.space("tight")), WrappingRow(theme.space("tight"))
        self._rules = (rule(), rule())
        self._foot = row(self._usual, self._apart, spacing=theme.space("tight"))
        head = row(self._icon, spacing=theme.space("snug"))
        head.addLayout(column(self._name, self._number), 1)
        head.addWidget(self.menu_button)
        layout = column(head, self._rules[0], spacing=theme.space("snug"), margins=(BEFORE, 16, AFTER, 16))
        layout.addWidget(self.reading, 1)
        layout.addWidget(self._rules[1])
        layout.addLayout(self._foot)
        self.setLayout(layout)
        self.show_nobody()

    def show_nobody(self) -> None:
        """Invites to choose somebody."""
        self._show_head("", "", ())
        self._twice = []
        clear(self._parts)
        clear(self._usual)
        clear(self._apart)
        words = self._language.text("Choose a person to see the record.")
        self._parts.addWidget(label(words, "muted", wrap=True))
        self._parts.addStretch(1)

    def show_screen(
        self,
        screen: RecordScreen,
        portrait: QWidget | None,
        offered: Sequence[Sequence[Offer]],
        apart: Sequence[Offer],
        final: Ending | None = None,
        usual: Sequence[Offer] = (),
    ) -> None:
        """Shows a record, with groups of what is ``offered`` in the menu, and below the ``usual`` acts, of which the
        first stands out, and the acts that stand ``apart``; the ``final`` one cannot be undone."""
        text, theme = self._language.text, self._theme
        self._show_head(screen.name, screen.number, offered)
        clear(self._parts)
        clear(self._usual)
        clear(self._apart)
        due = Notice(theme)
        self._parts.addWidget(due)
        due.say(screen.due, Tone.INCONCLUSIVE)
        for line in screen.lines:
            self._parts.addWidget(label(line, wrap=True))
        self._parts.addLayout(self._table(screen.facts))
        if portrait is not None:
            self._parts.addSpacing(theme.space("tight"))
            self._parts.addWidget(portrait)
        sections = (
            (text("Recorded besides"), screen.fields),
            (text("Stored, with its quality"), screen.references),
            (text("Not captured"), screen.exceptions),
            (text("History"), screen.history),
        )
        for title, rows in sections:
            if rows:
                self._parts.addSpacing(theme.space("snug"))
                self._parts.addWidget(label(title, "strong"))
                self._parts.addLayout(self._table(rows))
        self._parts.addStretch(1)
        for at, is_wide in enumerate((bool(usual), not usual)):
            self._foot.setStretch(at, int(is_wide))
        if final is not None and not final.is_due:
            self._add_ending(*final.offer)
        self._twice = []
        for position, (words, act) in enumerate(usual):
            button = Button(theme, words, "footer" if position else "primary").on(act)
            self._usual.addWidget(button)
            if position:
                action = QAction(words, self.menu)
                action.triggered.connect(lambda *_, act=act: act())
                self.menu.insertAction(self.menu.actions()[0], action)
                self._twice.append((button, action))
        for words, act in apart:
            self._apart.addWidget(Button(theme, words, "footer").on(act))
        if final is not None and final.is_due:
            self._apart.addWidget(Button(theme, final.offer[0], "danger").on(final.offer[1]))
        self._fit()
        self.reading.verticalScrollBar().setValue(0)

    def _add_ending(self, words: str, act: Callable[[], object]) -> None:
        """What ends a record before its time: in the menu after a line."""
        self.menu.addSeparator()
        ending = self.menu.addAction(words)
        ending.triggered.connect(lambda *_: act())
        self.menu.setDefaultAction(ending)  # by this alone the style sheet tells it from the others, and makes it red

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Leaves out of the foot, for the menu, what there is no room for in one line."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room, gap = self.width() - BEFORE - AFTER, self._theme.space("wide")
        parts = self._usual.widgets() + self._apart.widgets()
        fits = sum(part.sizeHint().width() + gap for part in parts) <= room + gap
        for button, action in self._twice:
            button.setVisible(fits)
            action.setVisible(not fits)

    def _table(self, rows: Sequence[tuple[str, ...]]) -> QGridLayout:
        """Names at the start, facts beside them, in the same two columns in every part."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(self._theme.space("base"))
        grid.setVerticalSpacing(self._theme.space("hair"))
        for at, share in enumerate(COLUMNS):
            grid.setColumnStretch(at, share)
        for index, (name, *facts) in enumerate(rows):
            grid.addWidget(label(name, "muted", wrap=True), index, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label(" · ".join(facts), wrap=True), index, 1, Qt.AlignmentFlag.AlignTop)
        return grid

    def _show_head(self, name: str, number: str, offered: Sequence[Sequence[Offer]]) -> None:
        self._name.show_text(name)
        self._number.setText(number)
        self.menu_button.setAccessibleName(self._language.text("More acts for {name}", name=name))
        for part in (self._icon, self._name, self._number, self.menu_button, *self._rules):
            part.setVisible(bool(name))
        self.menu.clear()
        for at, group in enumerate(offered):
            if at and group:
                self.menu.addSeparator()
            for words, act in group:
                self.menu.addAction(words).triggered.connect(lambda *_, act=act: act())
