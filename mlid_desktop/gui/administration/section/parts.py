"""The cards that a section of the administration is made of: how it stands, facts, tables, those who are named, and
actions with what each does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QIcon
from PySide6.QtWidgets import QApplication, QFrame, QGridLayout, QLabel, QLayout, QSizePolicy, QWidget

from mlid_desktop.gui.administration.content import (
    LOGO,
    PURPOSES,
    Acts,
    Cell,
    Fact,
    Facts,
    NamedRows,
    Part,
    SectionState,
    Table,
)
from mlid_desktop.gui.administration.presenter import TASKS, Task
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button, ElidedLabel
from mlid_desktop.gui.widgets.elements import Icon, column, frame, label, row, rule, tag, widget_of
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.text.language import Language

BUTTON_LETTERS = 17  # that a button in a row has room for at least: buttons of several rows look alike
LONGEST_WORD = 24  # letters: a name that is longer, as files have, is cut where there is no room for it
FIRST_LETTERS = 20  # that the first column of a table has room for at least
EVEN_LETTERS = 14  # that each column of an even table has room for at least
NAME_LETTERS = 36  # of a fact's name beside what is said of it: longer ones take more lines
SHORT_LETTERS = 22  # of a short one
STATE_ICON, NAMED_ICON, LOGO_SIZE = 20, 24, 64  # pixels
MakeButton = Callable[[Task, str], Button]  # of an action, and what its row names


class Cards:
    """Makes the cards. ``button`` makes the button of an action in a row; ``offered`` are those that may be carried
    out."""

    def __init__(self, theme: Theme, language: Language, button: MakeButton, offered: Sequence[Task]) -> None:
        self._theme, self._language, self._button = theme, language, button
        self._offered = frozenset(offered)

    def condition(self, condition: SectionState) -> QFrame:
        """How the section stands: an icon and a sentence in the colour of its tone, and what follows from it."""
        band = frame("condition")
        tag(band, tone=condition.tone.value)
        space = self._theme.space
        words = self._words(condition.words, "strong")
        tag(words, tone=condition.tone.value)
        said = column(words, spacing=space("hair"))
        if condition.why:
            said.addWidget(self._words(condition.why, "body"))
        line = row(spacing=space("snug"), margins=(space("base"), space("snug"), space("base"), space("snug")))
        line.addWidget(
            Icon(self._theme, condition.tone.icon, condition.tone.value, STATE_ICON), 0, Qt.AlignmentFlag.AlignTop
        )
        line.addLayout(said, 1)
        band.setLayout(line)
        band.setAccessibleName(" ".join(part for part in (condition.words, condition.why) if part))
        return band

    def card(self, part: Part) -> QWidget | None:
        """The card of a part; None where nothing of it is to be shown."""
        if isinstance(part, Acts):
            tasks = [task for task in part.tasks if task in self._offered]
            return self._framed(part.title, self._acts(tasks)) if tasks else None
        if not part.rows:
            return None
        if isinstance(part, Facts):
            return self._framed(part.title, self._facts(part.rows, SHORT_LETTERS if part.short else NAME_LETTERS))
        if isinstance(part, NamedRows):
            return self._framed(part.title, self._named(part))
        return self._framed(part.title, self._table(part), part.note)

    def _framed(self, title: str, inside: QLayout, note: str = "") -> QFrame:
        card, space = frame("card"), self._theme.space
        parts = column(spacing=space("snug"), margins=(space("wide"), space("base"), space("wide"), space("base")))
        if title:
            parts.addWidget(label(title, "strong", wrap=True))
        parts.addLayout(inside)
        if note:
            parts.addWidget(self._words(note, "muted"))
        card.setLayout(parts)
        return card

    def _facts(self, rows: Sequence[Fact], letters: int) -> QGridLayout:
        grid = self._grid()
        grid.setHorizontalSpacing(self._theme.space("wide"))
        grid.setColumnStretch(1, 1)
        for index, fact in enumerate(rows):
            line = self._next_line(grid, 2, first=not index)
            name = self._words(fact.name, "muted")
            name.setFixedWidth(self._letters(letters))
            name.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
            grid.addWidget(name, line, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(self._said(fact.value, fact.tone, "muted" if fact.minor else "body"), line, 1)
        return grid

    def _table(self, table: Table) -> QGridLayout:
        grid = self._grid()
        grid.setHorizontalSpacing(self._theme.space("wide"))
        if table.even:
            for at in range(len(table.heads)):
                grid.setColumnStretch(at, 1)
                grid.setColumnMinimumWidth(at, self._letters(EVEN_LETTERS))
        else:
            grid.setColumnStretch(table.wide, 1)
        if table.wide:
            named = table.named or table.wide >= len(table.heads)
            widest = max(max(map(len, row[0].words.split()), default=0) for row in table.rows)
            grid.setColumnMinimumWidth(0, self._letters(NAME_LETTERS if named else max(FIRST_LETTERS, widest + 2)))
        for at, words in enumerate(table.heads):
            grid.addWidget(self._placed(self._words(words, "muted"), at, table), 0, at, Qt.AlignmentFlag.AlignBottom)
        for cells in table.rows:
            line = self._next_line(grid, max(len(table.heads), table.wide + 1), first=False)
            for at, cell in enumerate(cells):
                grid.addWidget(self._cell(cell, at, table), line, at, Qt.AlignmentFlag.AlignTop)
        return grid

    def _cell(self, cell: Cell, at: int, table: Table) -> QWidget:
        words = self._said(cell.words, cell.tone, "body", table if at in table.numbers else None)
        if not cell.note:
            return words
        note = self._words(cell.note, "muted")
        if max(map(len, cell.note.split())) > LONGEST_WORD:
            note = ElidedLabel(self._language.place_at_start(cell.note), "muted")
        return widget_of(column(words, note, spacing=0))

    def _named(self, part: NamedRows) -> QGridLayout:
        grid = self._grid()
        grid.setColumnStretch(1, 1)
        for index, named in enumerate(part.rows):
            line = self._next_line(grid, 3, first=not index)
            grid.addWidget(self._picture(part.icon), line, 0)
            said = column(self._words(named.name, "head" if part.icon == LOGO else "strong"), spacing=0)
            if named.said:
                said.addWidget(self._words(named.said, "muted"))
            grid.addLayout(said, line, 1)
            acts = [self._button(task, named.name) for task in named.about if task in self._offered]
            if acts:
                grid.addLayout(row(*acts, spacing=self._theme.space("tight")), line, 2)
        return grid

    def _picture(self, icon: str) -> QWidget:
        if icon != LOGO:
            return Icon(self._theme, icon, "muted", NAMED_ICON)
        drawn = QLabel()
        ratio = drawn.devicePixelRatioF()
        drawn.setPixmap(QIcon(str(resource_folder() / "application.svg")).pixmap(QSize(LOGO_SIZE, LOGO_SIZE), ratio))
        drawn.setFixedSize(LOGO_SIZE, LOGO_SIZE)
        drawn.setScaledContents(True)
        return drawn

    def _acts(self, tasks: Sequence[Task]) -> QGridLayout:
        """Each action by its name, with what it does under it, and its button at the end of the row."""
        grid, text = self._grid(), self._language.text
        grid.setColumnStretch(0, 1)
        for index, task in enumerate(tasks):
            line = self._next_line(grid, 2, first=not index)
            name = text(TASKS[task][0]).rstrip("… \u00a0\u202f")
            said = column(self._words(name, "strong"), self._words(text(PURPOSES[task]), "muted"), spacing=0)
            grid.addLayout(said, line, 0)
            button = self._button(task, "")
            button.setMinimumWidth(self._letters(BUTTON_LETTERS))
            grid.addWidget(button, line, 1, Qt.AlignmentFlag.AlignVCenter)
        return grid

    @staticmethod
    def _letters(number: int) -> int:
        """As many pixels as letters take across, of the size that the person has chosen."""
        return number * QFontMetrics(QApplication.font()).averageCharWidth()

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(self._theme.space("base"))
        grid.setVerticalSpacing(self._theme.space("snug"))
        return grid

    @staticmethod
    def _next_line(grid: QGridLayout, columns: int, *, first: bool) -> int:
        """The number of the next line of a grid, under a thin rule where it is not the first."""
        line = grid.rowCount()
        if first:
            return line
        grid.addWidget(rule(), line, 0, 1, columns)
        return line + 1

    def _said(self, words: str, tone: Tone | None, kind: str, table: Table | None = None) -> QWidget:
        """Words; in a tone after its icon."""
        said = self._words(words, kind)
        if table is not None:
            said.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignTop)
        if tone is None:
            return said
        tag(said, tone=tone.value)
        line = row(spacing=self._theme.space("tight"))
        line.addWidget(Icon(self._theme, tone.icon, tone.value, STATE_ICON), 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(said, 1)
        return widget_of(line)

    @staticmethod
    def _placed(head: QLabel, at: int, table: Table) -> QLabel:
        if at in table.numbers:
            head.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignBottom)
        return head

    def _words(self, words: str, kind: str) -> QLabel:
        return label(self._language.place_at_start(words), kind, wrap=True)
