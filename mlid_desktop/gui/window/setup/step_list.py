"""The list of the steps of the first day: what is done, where one is, and a way to every step."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel

from mlid_desktop.gui.page.setup_presenter import ENOUGH_FOR_A_DEMO, STEPS, does_for_a_demo
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button, ElidedLabel
from mlid_desktop.gui.widgets.elements import Icon, column, label, row, tag
from mlid_desktop.station.administration.readiness import SetupStep

STEPS_WIDTH = 296
MARK = 18
TO_DO, BEGUN = ("circle", "muted"), ("half", "accent")


class StepButton(Button):
    """One step in the list: a mark that tells whether it is done, and its name; a band where it is the one shown."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__(theme, "", "section")
        self._name = name
        self._mark, self._words = Icon(theme, "circle", "muted", MARK), ElidedLabel(name)
        self._later = label("", "muted")
        inside = row(
            self._mark, spacing=theme.space("tight"), margins=(theme.space("snug"), 0, theme.space("tight"), 0)
        )
        inside.addWidget(self._words, 1)
        inside.addWidget(self._later)
        self.setLayout(inside)
        for part in self.findChildren(QLabel):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_state(self, mark: tuple[str, str], *, here: bool, spoken: str, later: str = "") -> None:
        """Shows by a ``mark``, an icon in its colour, whether the step is done, and whether it is the one shown;
        ``spoken`` says whether it is done, ``later`` that it is begun or can wait."""
        self._later.setText(later)
        self._mark.show_as(*mark)
        tag(self._words, kind="strong" if here else "body")
        self.mark_chosen(chosen=here)
        self.setAccessibleName(self._name)
        self.setAccessibleDescription(", ".join(filter(None, (spoken, later))))


class StepList(QFrame):
    """The steps of the first day, those that are done with a tick; each leads to its page. Above them stands
    how far the guide is, below them what leaves it until later."""

    def __init__(self, workspace: Workspace, go: Callable[[SetupStep], None], leave: Callable[[], object]) -> None:
        super().__init__()
        self._text = workspace.language.text
        theme = workspace.theme
        tag(self, kind="card")
        self.setFixedWidth(STEPS_WIDTH)
        number = workspace.language.number
        self.steps = {
            step: StepButton(theme, f"{number(at)}. {self._text(STEPS[step].name)}")
            for at, step in enumerate(SetupStep, 1)
        }
        for step, button in self.steps.items():
            button.on_chosen(partial(go, step))
        around = theme.space("tight")
        self.leave = Button(theme, self._text("Finish later"), "quiet").on(leave)
        self.progress = label("", "muted", wrap=True)
        head = row(self.progress, margins=(theme.space("snug"), theme.space("tight"), 0, theme.space("tight")))
        shown = column(head, *self.steps.values(), 1, self.leave, spacing=2, margins=(around, around, around, around))
        self.setLayout(shown)

    def show_state(
        self, missing: tuple[SetupStep, ...], begun: frozenset[SetupStep], shown: SetupStep, *, builtin: bool
    ) -> None:
        """Ticks the steps that are done, half fills the mark of those that are ``begun``, warns of one that does for a
        demo alone (``builtin`` models compare the faces), and marks the one that is shown."""
        self.leave.setVisible(bool(missing))
        for step, button in self.steps.items():
            done = step not in missing
            mark, spoken = (("tick", "accepted"), self._text("done")) if done else (TO_DO, self._text("to do"))
            if does_for_a_demo(step, done=done, builtin=builtin):
                tone = Tone.INCONCLUSIVE
                mark, spoken = (tone.icon, tone.value), self._text(ENOUGH_FOR_A_DEMO)
            later = "" if done or STEPS[step].needed else self._text("later")
            if step in begun:
                mark, spoken, later = BEGUN, self._text("to do"), self._text("begun")
            button.show_state(mark, here=step is shown, spoken=spoken, later=later)
