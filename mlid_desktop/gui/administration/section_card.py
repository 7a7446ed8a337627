"""The card of a section of the administration: its heading with the act that people mostly come for, rows in
groups, and each further action beside a sentence on what it is for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout

from mlid_desktop.gui.administration.content import PURPOSES, Group, SectionContent
from mlid_desktop.gui.administration.presenter import SECTIONS, TASKS, Section, Task
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import Notice, clear, column, label, row, rule, tag, widget_of
from mlid_desktop.station.text.language import Language

HEAD_WIDTH = 248  # pixels: longer names of rows take more lines
MOST_STRETCH = 1000  # what leads takes the room that there is; empty, it takes none
MOST_LINED = 40  # rows of a group with lines between them: more are a list, which is read faster without
Do = Callable[[Task, str], None]


class SectionCard(QFrame):
    """Shows one section after another. ``do`` is called with the action of the button that was pressed, and what the
    row of the button names, empty beside none."""

    def __init__(self, theme: Theme, language: Language, do: Do) -> None:
        super().__init__()
        tag(self, kind="card")
        self._theme, self._language, self._do = theme, language, do
        self.title, self.purpose = label("", "head"), label("", "muted", wrap=True)
        self.notice = Notice(theme)
        self._main = row()
        self.leading = column(spacing=theme.space("tight"), margins=(0, 0, theme.space("tight"), 0))
        self._groups = column(spacing=theme.space("wide"), margins=(0, 0, theme.space("tight"), 0))
        self.reading = QScrollArea()
        self.reading.setFrameShape(QFrame.Shape.NoFrame)
        self.reading.setWidgetResizable(True)
        inside = column(spacing=theme.space("base"))
        inside.addLayout(self.leading, MOST_STRETCH)
        inside.addLayout(self._groups)
        inside.addStretch(1)
        self.reading.setWidget(widget_of(inside))
        head = row(spacing=theme.space("base"), margins=(0, 0, theme.space("tight"), 0))
        head.addLayout(column(self.title, self.purpose, spacing=theme.space("hair")), 1)
        head.addLayout(self._main)
        parts = column(spacing=theme.space("base"), margins=(24, 20, 16, 16))
        parts.addLayout(head)
        parts.addWidget(self.notice)
        parts.addWidget(self.reading, 1)
        self.setLayout(parts)

    def begin(self, section: Section) -> None:
        """Shows the words of a section, with nothing below them yet."""
        words = SECTIONS[section]
        self.title.setText(self._language.text(words.name))
        self.purpose.setText(self._language.text(words.purpose))
        self.reading.setAccessibleName(self._language.text(words.name))
        self.notice.say("")
        clear(self._main)
        clear(self._groups)

    def show_content(self, content: SectionContent, main: Task | None, others: Sequence[Task]) -> None:
        """Shows what was read: ``main`` at the heading, the ``others`` after the first groups, each with its use."""
        clear(self._main)
        clear(self._groups)
        if main is not None:
            self._main.addWidget(self._button(main, "primary", idle=main in content.idle), 0, Qt.AlignmentFlag.AlignTop)
        for group in content.groups[: content.before_acts]:
            self._add_group(group)
        reason = content.idle.get(main) if main is not None else None
        if others or reason:
            self._groups.addLayout(self._actions(content, others, main if reason else None))
        for group in content.groups[content.before_acts :]:
            self._add_group(group)

    def _add_group(self, group: Group) -> None:
        if not group.rows:
            return
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(self._theme.space("base"))
        grid.setVerticalSpacing(self._theme.space("tight"))
        grid.setColumnStretch(1, 1)
        lined = len(group.rows) <= MOST_LINED
        for name, value in group.rows:
            self._add_row(grid, name, value, group.about.get(name, ()), lined=lined)
        holder = QVBoxLayout()
        holder.setSpacing(self._theme.space("tight"))
        if group.title:
            holder.addWidget(label(group.title, "strong"))
        holder.addWidget(rule())
        holder.addLayout(grid)
        self._groups.addLayout(holder)

    def _add_row(self, grid: QGridLayout, name: str, value: str, about: Sequence[Task], *, lined: bool) -> None:
        """A name, what is said of it and the actions on it, above a thin line; a sentence stands alone."""
        line = grid.rowCount()
        if not value:
            grid.addWidget(self._words(name, "body"), line, 0, 1, 3)
        else:
            head = self._words(name, "muted")
            head.setFixedWidth(HEAD_WIDTH)
            grid.addWidget(head, line, 0, Qt.AlignmentFlag.AlignTop if not about else Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(self._words(value, "body"), line, 1, 1, 1 if about else 2)
        if about:
            acts = column(
                *(self._button(task, "plain", about=name) for task in about), spacing=self._theme.space("tight")
            )
            grid.addLayout(acts, line, 2, Qt.AlignmentFlag.AlignVCenter)
        if lined:
            grid.addWidget(rule(), line + 1, 0, 1, 3)

    def _words(self, words: str, kind: str) -> QLabel:
        return label(self._language.place_at_start(words), kind, wrap=True)

    def _actions(self, content: SectionContent, others: Sequence[Task], main: Task | None) -> QGridLayout:
        """Each action's purpose, or why it has nothing to do, and its button at the end."""
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(self._theme.space("base"))
        grid.setVerticalSpacing(self._theme.space("tight"))
        grid.setColumnStretch(0, 1)
        if main is not None:
            grid.addWidget(self._words(content.idle[main], "muted"), 0, 0, 1, 2)
        for line, task in enumerate(others, start=1):
            said = content.idle.get(task) or self._language.text(PURPOSES[task])
            grid.addWidget(self._words(said, "muted"), line, 0, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(self._button(task, "plain", idle=task in content.idle), line, 1)
        return grid

    def _button(self, task: Task, kind: str, *, about: str = "", idle: bool = False) -> Button:
        text = self._language.text
        made = Button(self._theme, text(TASKS[task][0]), kind).on(partial(self._do, task, about))
        made.setProperty("task", task.value)
        made.setEnabled(not idle)
        made.setAccessibleDescription(text(PURPOSES[task]))
        if about:
            made.setAccessibleName(f"{text(TASKS[task][0])} · {about}")
        return made
