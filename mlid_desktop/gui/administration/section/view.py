"""Shows a section of the administration: its heading with the action that people mostly come for, how it stands, and
its cards; one sentence in the middle where there is nothing yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QWidget

from mlid_desktop.gui.administration.content import (
    DESTRUCTIVE,
    PURPOSES,
    VERBS,
    Acts,
    Nothing,
    SectionContent,
)
from mlid_desktop.gui.administration.presenter import SECTIONS, TASKS, Section, Task
from mlid_desktop.gui.administration.section.parts import Cards
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import Icon, Notice, clear, column, frame, label, row, widget_of
from mlid_desktop.gui.widgets.fitting_area import MoreBelow
from mlid_desktop.gui.widgets.footer import ClosedReason, EmptyState
from mlid_desktop.station.text.language import Language

READABLE = 116  # letters across: what belongs together stays near one another
HEAD_ICON = 28  # pixels
MOST_STRETCH = 1000  # what leads takes the room that there is; empty, it takes none
NO_LIMIT = 16_777_215  # pixels: Qt's own
Do = Callable[[Task, str], None]


class SectionView(QWidget):
    """Shows one section after another. ``do`` is called with the action of the button that was pressed, and what the
    row of the button names, empty beside none; ``go`` shows another section."""

    def __init__(self, theme: Theme, language: Language, do: Do, go: Callable[[Section], None]) -> None:
        super().__init__()
        self._theme, self._language, self._do, self._go = theme, language, do, go
        space = theme.space
        self._section = Section.PEOPLE
        self._icon = Icon(theme, SECTIONS[self._section].icon, "accent", HEAD_ICON)
        self.title, self.purpose = label("", "head"), label("", "muted", wrap=True)
        self.notice = Notice(theme)
        self._main = row(spacing=space("tight"))
        self.leading = column(spacing=space("snug"))
        self._cards = column(spacing=space("base"))
        self.reading = QScrollArea()
        self.reading.setFrameShape(QFrame.Shape.NoFrame)
        self.reading.setWidgetResizable(True)
        self._inside = column()
        self._inside.addLayout(self.leading, MOST_STRETCH)
        self._inside.addLayout(self._cards)
        self._inside.addStretch(1)
        self.reading.setWidget(widget_of(self._inside))
        self._more = MoreBelow(theme, self.reading, "canvas")
        self.reading.verticalScrollBar().rangeChanged.connect(self._leave_room)
        head = row(spacing=space("snug"))
        head.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(column(self.title, self.purpose, 1, spacing=space("hair")), 1)
        head.addLayout(self._main)
        parts = column(spacing=space("base"))
        parts.addLayout(head)
        parts.addWidget(self.notice)
        parts.addWidget(self.reading, 1)
        self._readable = widget_of(parts)
        across = row()
        across.addWidget(self._readable, MOST_STRETCH)
        across.addStretch(1)
        self.setLayout(across)
        self._leave_room()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keeps the veil over what is cut on the lower edge."""
        super().resizeEvent(event)
        self._more.follow()

    def begin(self, section: Section, *, wide: bool) -> None:
        """Shows the words of a section, with nothing below them yet; ``wide`` takes all the room across."""
        words = SECTIONS[section]
        self._section = section
        self._icon.show_as(words.icon, "accent")
        self.title.setText(self._language.text(words.name))
        self.purpose.setText(self._language.text(words.purpose))
        self.reading.setAccessibleName(self._language.text(words.name))
        letters = READABLE * self.purpose.fontMetrics().averageCharWidth()
        self._readable.setMaximumWidth(NO_LIMIT if wide else letters)
        self.notice.say("")
        clear(self._main)
        clear(self._cards)
        self._inside.setStretch(1, 0)

    def show_content(self, content: SectionContent, main: Task | None, offered: Sequence[Task]) -> None:
        """Shows what was read: ``main`` at the heading, or under the sentence where there is nothing yet; of the other
        actions those that are ``offered``."""
        clear(self._main)
        clear(self._cards)
        others = [task for task in offered if task is not main]
        cards = Cards(self._theme, self._language, self._row_button, others)
        if content.condition is not None:
            self._cards.addWidget(cards.condition(content.condition))
        self._inside.setStretch(1, 0 if content.nothing is None else MOST_STRETCH)  # what stands alone fills the page
        if content.nothing is not None:
            named = {task for part in content.parts if isinstance(part, Acts) for task in part.tasks}
            beside = [task for task in others if task not in named]
            self._cards.addWidget(self._empty(content.nothing, main, beside), 1)
        elif main is not None:
            self._show_main(self._button(main, "primary"), content.closed)
        for part in content.parts:
            card = cards.card(part)
            if card is not None:
                self._cards.addWidget(card)

    def _show_main(self, button: Button, closed: str) -> None:
        """Shows the action at the heading; under one that is ``closed`` stands why."""
        parts = column(button, spacing=self._theme.space("hair"))
        if closed:
            why = ClosedReason(button)
            why.allow(False, closed)
            parts.addWidget(why)
        parts.addStretch(1)
        self._main.addLayout(parts)

    def show_acts(self, main: Task | None, others: Sequence[Task]) -> None:
        """Shows the actions at the heading alone, all but the first in a menu: the section shows something else than
        cards."""
        clear(self._main)
        text = self._language.text
        if others:
            more = Button(self._theme, text("Export"), "footer", "down")
            after = Qt.LayoutDirection.LeftToRight if self._language.right_to_left else Qt.LayoutDirection.RightToLeft
            more.setLayoutDirection(after)  # the arrow stands after the word
            menu = QMenu(more)
            menu.setToolTipsVisible(True)
            for task in others:
                menu.addAction(text(TASKS[task][0]), partial(self._do, task, "")).setToolTip(text(PURPOSES[task]))
            more.setMenu(menu)
            self._main.addWidget(more, 0, Qt.AlignmentFlag.AlignTop)
        if main is not None:
            self._main.addWidget(self._button(main, "primary"), 0, Qt.AlignmentFlag.AlignTop)

    def _leave_room(self) -> None:
        """Ends the cards where the heading ends, or with a gap before the scroll bar, which ends there."""
        bar = self.reading.verticalScrollBar()
        gap = self._theme.space("tight") if bar.maximum() > bar.minimum() else 0
        self._inside.setContentsMargins(0, 0, gap, 0)

    def _empty(self, nothing: Nothing, main: Task | None, beside: Sequence[Task]) -> QFrame:
        """A card with one sentence, the next action under it, and further ones beside that."""
        text = self._language.text
        icon = SECTIONS[nothing.leads_to or self._section].icon
        state = EmptyState(self._theme, icon, nothing.title, nothing.words)
        for task in beside:
            state.offers.addWidget(self._button(task, "footer"))
        if main is not None:
            button = self._button(main, "primary")
            if nothing.act:
                button.relabel(nothing.act)
            state.offers.addWidget(button)
        elif nothing.leads_to is not None:
            where = text(SECTIONS[nothing.leads_to].name)
            state.offers.addWidget(
                Button(self._theme, text("Go to {section}", section=where), "primary").on(
                    partial(self._go, nothing.leads_to)
                )
            )
        card, air = frame("card"), self._theme.space("tight")
        card.setLayout(column(state, margins=(0, air, 0, air)))
        return card

    def _row_button(self, task: Task, about: str) -> Button:
        made = self._button(task, "danger" if task in DESTRUCTIVE else "plain", about)
        if not about and task in VERBS:
            made.relabel(self._language.text(VERBS[task]))
        return made

    def _button(self, task: Task, kind: str, about: str = "") -> Button:
        text = self._language.text
        made = Button(self._theme, text(TASKS[task][0]), kind).on(partial(self._do, task, about))
        made.setProperty("task", task.value)
        made.setAccessibleDescription(text(PURPOSES[task]))
        made.setAccessibleName(f"{text(TASKS[task][0])} · {about}" if about else text(TASKS[task][0]))
        return made
