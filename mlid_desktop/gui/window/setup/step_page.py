"""One step of the guide: why it is done, what it takes, what does it, and what proves that it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QSizePolicy, QWidget

from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.page.setup_presenter import STEPS, StepTask, does_for_a_demo, facts_of_step, proof_of, title_text
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import Icon, Notice, column, frame, label, row, widget_of
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow
from mlid_desktop.station.administration.readiness import SetupStep
from mlid_desktop.station.text.language import Language

LINE_WIDTH, LEAST_CARD_WIDTH, FACTS_WIDTH = 640, 420, 288
SIDE_BY_SIDE = 840  # pixels of a page that has room for the facts beside the step
LEAST_ROW, NUMBER_WIDTH = 72, 24
CHOICE_MARK, CHOSEN_RING, OPEN_RING = 24, 6.0, 2.0  # pixels
QWIDGETSIZE_MAX = (1 << 24) - 1  # Qt's own


class TaskLine(QWidget):
    """One thing to do: its number or a tick, what it is and how it is done, and the button that does it."""

    def __init__(self, theme: Theme, language: Language, number: str, task: StepTask) -> None:
        super().__init__()
        self._number, self._tick = label(number, "strong"), Icon(theme, "tick", "accepted", NUMBER_WIDTH)
        self._number.setFixedWidth(NUMBER_WIDTH)
        self._tick.hide()
        self.button: Button | None = None
        title = label(language.text(task.title), "strong", wrap=True)
        self._words = column(title, label(language.text(task.how), "muted", wrap=True), spacing=2)
        line = row(spacing=theme.space("tight"))
        for mark in (self._number, self._tick):
            line.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(self._words, 1)
        self.setLayout(line)
        self._gap = theme.space("tight")

    def add(self, button: Button) -> None:
        """Puts the button that does it under its words."""
        self.button = button
        self._words.addSpacing(self._gap)
        self._words.addLayout(row(button, 1))

    def show_done(self, *, done: bool) -> None:
        """Shows whether it is done."""
        self._tick.setVisible(done)
        self._number.setVisible(not done)


class FactList(QFrame):
    """What is good to know of a step: how long, when, what to have ready, and when it is done."""

    def __init__(self, theme: Theme, facts: Sequence[tuple[str, str, str]], back: str) -> None:
        super().__init__()
        self.setProperty("kind", "chip")
        base = theme.space("base")
        self._last = QWidget()
        lines = column(spacing=base, margins=(base, base, base, base))
        for icon, about, fact in facts:
            line = row(spacing=theme.space("tight"))
            line.addWidget(Icon(theme, icon, "muted", 20), 0, Qt.AlignmentFlag.AlignTop)
            line.addLayout(column(label(about, "muted"), label(fact, wrap=True), spacing=2), 1)
            self._last = widget_of(line)
            lines.addWidget(self._last)
        lines.addWidget(label(back, "muted", wrap=True))
        self.setLayout(lines)

    def show_done(self, *, done: bool) -> None:
        """Says when the step is done while it is not: of one that is done, its proof says so."""
        self._last.setVisible(not done)


class SetupStepPage(Page):
    """One step of the guide. ``back`` goes to the step before, ``onward`` to the next that is missing."""

    def __init__(
        self, workspace: Workspace, step: SetupStep, back: Callable[[], None], onward: Callable[[], None]
    ) -> None:
        language, theme = workspace.language, workspace.theme
        text, words = language.text, STEPS[step]
        super().__init__(theme, language, title_text(step, language))
        self.step = step
        self._workspace, self._back, self._onward = workspace, back, onward
        self.proof, self.notice = Notice(theme), Notice(theme)
        self.acts: list[Button] = []
        self._row = WrappingRow(theme.space("tight"))
        self.more = column(spacing=theme.space("tight"))
        self.tasks = [
            TaskLine(theme, language, f"{number}." if words.ordered else "•", task)
            for number, task in enumerate(words.tasks, 1)
        ]
        wide = theme.space("wide")
        why = label(text(words.why), "lead", wrap=True)
        parts = column(why, self.more, *self.tasks, spacing=theme.space("base"))
        parts.addLayout(self._row)
        for said in (self.notice, self.proof):
            parts.addWidget(said)
        parts.addStretch(1)
        self._step_holder = widget_of(parts)
        came_back = text("Leave at any time: the home page leads back here, and so does F12.")
        self._facts = FactList(theme, facts_of_step(step, language), came_back)
        self._halves = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._halves.setSpacing(wide)
        self._halves.setContentsMargins(wide, wide, wide, wide)
        self._halves.addWidget(self._step_holder, LINE_WIDTH)
        self._halves.addStretch(1)
        self._halves.addWidget(self._facts, 0, Qt.AlignmentFlag.AlignTop)
        card = frame("card")
        card.setMinimumWidth(LEAST_CARD_WIDTH)
        card.setLayout(self._halves)
        self.body.addWidget(card, 1)

    def add_act(self, button: Button, task: int | None = None) -> None:
        """Adds something that can be done here, under the ``task`` it does, or below all of them."""
        self.acts.append(button)
        if task is None:
            self._row.addWidget(button)
        else:
            self.tasks[task].add(button)

    def show_state(self, *, done: bool, tasks_done: Sequence[bool] = ()) -> None:
        """Says whether the step is done, and which of its tasks; what is next to do is the primary act."""
        builtin = self._workspace.unlocked.session.builtin
        self.proof.say(*proof_of(self.step, self.language, done=done, builtin=builtin))
        whole = done and not does_for_a_demo(self.step, done=done, builtin=builtin)
        found = [*tasks_done, *[whole] * len(self.tasks)][: len(self.tasks)]
        for task, is_done in zip(self.tasks, found, strict=True):
            task.show_done(done=is_done and STEPS[self.step].ordered)
        self._facts.show_done(done=whole)
        following = None if whole else self._next_act(found)
        for act in self.acts:
            act.become("primary" if act is following else "footer")

    def _next_act(self, done: Sequence[bool]) -> Button | None:
        buttons = [task.button for task, is_done in zip(self.tasks, done, strict=True) if not is_done and task.button]
        return next(iter([*buttons, *self.acts]), None)

    def first(self) -> QWidget:
        """The widget that gets the focus: what is next to do here, else the way on."""
        primary = next((act for act in self.acts if act.property("kind") == "primary"), None)
        if primary is not None and not primary.isEnabled():
            return self  # the ring of the focus around what is to be chosen would look like a choice
        return primary or (self if self.footer is None else self.footer.primary)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Puts the facts under the step where there is no room beside it."""
        super().resizeEvent(event)
        beside = self.width() >= SIDE_BY_SIDE
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._halves.direction() is not way:
            self._halves.setDirection(way)
        # under one another both are as wide as the card: a layout asks for the height at that width, whatever the most
        self._step_holder.setMaximumWidth(LINE_WIDTH if beside else QWIDGETSIZE_MAX)
        self._facts.setMaximumWidth(FACTS_WIDTH if beside else QWIDGETSIZE_MAX)
        self._facts.setMinimumWidth(FACTS_WIDTH if beside else 0)

    def go_on(self) -> None:
        """Goes to the next step that is missing."""
        self._onward()

    def go_back(self) -> None:
        """Goes to the step before; from the first one home."""
        self._back()


class ChoiceMark(QWidget):
    """Shows whether a card is chosen, as a radio button does: of several cards one is."""

    def __init__(self, theme: Theme, card: Button) -> None:
        super().__init__()
        self._theme, self._card = theme, card
        self.setFixedSize(CHOICE_MARK, CHOICE_MARK)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        card.toggled.connect(lambda *_: self.update())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints a circle; a thick ring where the card is chosen."""
        chosen = self._card.isChecked()
        line = CHOSEN_RING if chosen else OPEN_RING
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("accent" if chosen else "edge"), line))
        painter.setBrush(self._theme.colour("surface"))
        inset = line / 2 + 1
        painter.drawEllipse(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset))
        painter.end()


class PolicyButton(Button):
    """A policy to choose, by what it leads to, as high as its words are; ``name`` is what it is called."""

    def __init__(self, theme: Theme, name: str, words: str, policy: str) -> None:
        super().__init__(theme, "", "row")
        self.setCheckable(True)
        self.setAccessibleName(f"{name}. {words}")
        self.setProperty("policy", policy)
        self.name = name
        self._inside = row(ChoiceMark(theme, self), spacing=12, margins=(12, 8, 12, 8))
        self._inside.addLayout(column(label(name, "strong"), label(words, wrap=True), spacing=2), 1)
        self.setLayout(self._inside)
        fitting = self.sizePolicy()
        fitting.setHeightForWidth(True)
        fitting.setVerticalPolicy(QSizePolicy.Policy.Minimum)
        self.setSizePolicy(fitting)

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """The words wrap."""
        return True

    def heightForWidth(self, width: int, /) -> int:  # noqa: N802 - Qt's name
        """The height of the words, and no less than that of a row."""
        return max(LEAST_ROW, self._inside.heightForWidth(width))
