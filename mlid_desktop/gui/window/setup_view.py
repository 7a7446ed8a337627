"""The guide through the first day: a page for each step, each with its proof; it can be left and resumed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QStackedWidget, QWidget

from mlid_desktop.domain.roles import Act
from mlid_desktop.gui.administration.actions import AdministrationActions
from mlid_desktop.gui.administration.presenter import TASKS, Task
from mlid_desktop.gui.device_setup.page import DevicesPage
from mlid_desktop.gui.page.navigation import PAGES, PageName
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.page.second_person import Confirm
from mlid_desktop.gui.page.setup_presenter import (
    CONSEQUENCES,
    STEPS,
    progress_text,
    proof_of,
    title_text,
)
from mlid_desktop.gui.page.view import View
from mlid_desktop.gui.state.desk_readiness import DeskReadiness
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import Icon, Notice, column, frame, label, row, tag
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow
from mlid_desktop.station.administration.readiness import SetupStep
from mlid_desktop.station.text.results import policy_name

CARD_WIDTH, LEAST_CARD_WIDTH, STEPS_WIDTH, LEAST_ROW = 1080, 420, 232, 72
WIDE = 1240  # pixels of a page on which the steps stand beside the devices
TASKS_OF = {
    SetupStep.RECOVERY: (Task.RECOVERY_CODE,),
    SetupStep.MODELS: (Task.INSTALL_MODELS, Task.INSTALL_MODELS_FROM),
    SetupStep.ORGANISATION: (Task.SET_ORGANISATION,),
    SetupStep.SECOND: (Task.ADMIT,),
    SetupStep.BACKUP: (Task.BACK_UP, Task.CHECK_BACKUP),
}


class StepList(QFrame):
    """The steps of the first day, one of them shown, those that are done with a tick."""

    def __init__(self, workspace: Workspace, shown: SetupStep) -> None:
        super().__init__()
        theme, text = workspace.theme, workspace.language.text
        tag(self, kind="card")
        self.setFixedWidth(STEPS_WIDTH)
        self._marks = {each: Icon(theme, "circle", "muted", 18) for each in SetupStep}
        names = [
            row(self._marks[each], label(text(STEPS[each].name), "strong" if each is shown else "muted", wrap=True))
            for each in SetupStep
        ]
        for line in names:
            line.setSpacing(8)
            line.setStretch(1, 1)
        self.setLayout(column(*names, spacing=theme.space("snug"), margins=(16, 16, 16, 16)))

    def show_state(self, missing: tuple[SetupStep, ...]) -> None:
        """Ticks the steps that are done."""
        for step, mark in self._marks.items():
            mark.show_as(*(("circle", "muted") if step in missing else ("tick", "accepted")))


class SetupStepPage(Page):
    """One step of the guide: why it is done, what does it, and what proves that it is done."""

    def __init__(
        self, workspace: Workspace, step: SetupStep, leave: Callable[[], None], onward: Callable[[], None]
    ) -> None:
        language, theme = workspace.language, workspace.theme
        text, words = language.text, STEPS[step]
        super().__init__(theme, language, title_text(step, language), text("Finish later"), text("Next"))
        self.step = step
        self._workspace = workspace
        self._go_home, self._onward = leave, onward
        self.proof, self.notice = Notice(theme), Notice(theme)
        self._first_act: Button | None = None
        self._acts = WrappingRow(theme.space("tight"))
        self.more = column(spacing=theme.space("tight"))
        card = frame("card")
        card.setMaximumWidth(CARD_WIDTH)
        card.setMinimumWidth(LEAST_CARD_WIDTH)
        parts = column(label(text(words.why), wrap=True), spacing=theme.space("base"), margins=(24, 24, 24, 24))
        parts.addLayout(self.more)
        parts.addLayout(self._acts)
        parts.addWidget(self.notice)
        parts.addWidget(self.proof)
        card.setLayout(parts)
        self._steps_list = StepList(workspace, step)
        beside = row(spacing=theme.space("base"))
        beside.addWidget(self._steps_list, 0, Qt.AlignmentFlag.AlignTop)
        beside.addWidget(card, CARD_WIDTH, Qt.AlignmentFlag.AlignTop)
        beside.addStretch(1)
        self.body.addLayout(beside)
        self.body.addStretch(1)

    def add_act(self, button: Button) -> None:
        """Adds something that can be done here; the first one gets the focus."""
        self._first_act = self._first_act or button
        self._acts.addWidget(button)

    def show_state(self, missing: tuple[SetupStep, ...]) -> None:
        """Says whether the step is done; what is not done can be left for later."""
        done = self.step not in missing
        text, builtin = self.language.text, self._workspace.unlocked.session.builtin
        self.proof.say(*proof_of(self.step, self.language, done=done, builtin=builtin))
        if self._first_act is not None:
            self._first_act.become("footer" if done else "primary")
        self._steps_list.show_state(missing)
        self.note(progress_text(missing, self.step, self.language))
        if self.footer is not None:
            self.footer.primary.relabel(text("Next") if done else text("Skip for now"))
            self.footer.primary.become("primary" if done or self._first_act is None else "footer")

    def first(self) -> QWidget:
        """The widget that gets the focus: the first action, else the primary one."""
        return self if self.footer is None else self._first_act or self.footer.primary

    def go_on(self) -> None:
        """Goes to the next step that is missing."""
        self._onward()

    def go_back(self) -> None:
        """Leaves the guide; it goes on where it stood when it is opened again."""
        self._go_home()


class PolicyButton(Button):
    """A policy to choose, by what it leads to, as high as its words are."""

    def __init__(self, theme: Theme, name: str, words: str, policy: str) -> None:
        super().__init__(theme, "", "row")
        self.setCheckable(True)
        self.setAccessibleName(f"{name}. {words}")
        self.setProperty("policy", policy)
        self._inside = row(Icon(theme, "consent", "muted", 24), spacing=12, margins=(12, 8, 12, 8))
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


class SetupView(View):
    """The guide that sets up a desk on its first day. It begins with the first step that is missing, and ends at the
    home page, whose card says whether the desk is ready. ``tasks`` does what the administration does, and is given
    other answers in tests."""

    def __init__(self, workspace: Workspace, readiness: DeskReadiness, go: Callable[[PageName], None]) -> None:
        super().__init__()
        self._workspace, self._readiness, self._go = workspace, readiness, go
        self._step = SetupStep.RECOVERY
        self._stack = QStackedWidget()
        self.tasks = AdministrationActions(self, workspace, self._say, self._done, lambda: None)
        self._pages: dict[SetupStep, Page] = {}
        self.policies = QButtonGroup(self)
        self.setLayout(column(self._stack))
        readiness.changed.connect(self._follow)

    def enter(self) -> None:
        """Shows the first step that is missing."""
        self._readiness.refresh()
        missing = self._missing
        self.show_step(missing[0] if missing else SetupStep.RECOVERY)

    def leave(self) -> None:
        """Lets go of what the step that is shown holds open, such as a camera."""
        page = self._pages.get(self._step)
        if page is not None:
            page.leave()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The steps stand beside the devices where there is room for both."""
        super().resizeEvent(event)
        if SetupStep.DEVICES in self._pages:
            self.beside_devices.setVisible(self.width() >= WIDE)

    def show_step(self, step: SetupStep) -> None:
        """Shows the page of a step."""
        self.leave()
        self._step = step
        page = self._page_of(step)
        self._stack.setCurrentWidget(page)
        self._follow()
        page.enter()

    @property
    def page(self) -> Page:
        """The page of the step that is shown."""
        return self._page_of(self._step)

    @property
    def _missing(self) -> tuple[SetupStep, ...]:
        missing = self._readiness.missing
        return tuple(SetupStep) if missing is None else missing

    def to_next(self) -> None:
        """Goes to the next step that is missing; after the last one to the home page."""
        steps = tuple(SetupStep)
        later = [step for step in steps[steps.index(self._step) + 1 :] if step in self._missing]
        if later:
            self.show_step(later[0])
        else:
            self._go(PageName.HOME)

    def _page_of(self, step: SetupStep) -> Page:
        if step not in self._pages:
            self._pages[step] = self._made(step)
            self._stack.addWidget(self._pages[step])
        return self._pages[step]

    def _made(self, step: SetupStep) -> Page:
        home = partial(self._go, PageName.HOME)
        if step is SetupStep.DEVICES:
            return self._devices
        page = SetupStepPage(self._workspace, step, home, self.to_next)
        text, theme = self._workspace.language.text, self._workspace.theme
        for task in TASKS_OF.get(step, ()):
            page.add_act(Button(theme, text(TASKS[task][0]), "footer").on(partial(self.tasks.do, task)))
        if step is SetupStep.POLICY:
            self._offer_policies(page)
        elif step is SetupStep.TRIAL:
            for name in (PageName.ENROL, PageName.VERIFY, PageName.RECORDS):
                words = PAGES[name]
                page.add_act(Button(theme, text(words.name), "footer", words.icon).on(partial(self._go, name)))
        return page

    @cached_property
    def beside_devices(self) -> StepList:
        """The steps, for the page of the devices."""
        return StepList(self._workspace, SetupStep.DEVICES)

    @cached_property
    def _devices(self) -> DevicesPage:
        """The page of the devices, with the steps beside them and the way on."""
        page = DevicesPage(self._workspace)
        page.parts.insertWidget(0, self.beside_devices, 0, Qt.AlignmentFlag.AlignTop)
        self.beside_devices.setVisible(self.width() >= WIDE)
        if page.footer is not None:
            text = self._workspace.language.text
            page.footer.add(text("Next step"), self.to_next, "arrow")
            page.footer.add(text("Finish later"), partial(self._go, PageName.HOME))
        return page

    def _offer_policies(self, page: SetupStepPage) -> None:
        """The policies by what they lead to, one of them to be chosen."""
        text, theme = self._workspace.language.text, self._workspace.theme
        for name, words in CONSEQUENCES.items():
            button = PolicyButton(theme, policy_name(name, self._workspace.language), text(words), name)
            self.policies.addButton(button)
            page.more.addWidget(button)
        self.policies.buttons()[0].setChecked(True)
        page.add_act(Button(theme, text("Choose this one"), "footer").on(self._choose_policy))

    def _choose_policy(self) -> None:
        """Stores the policy that was chosen by its consequences; two people, as always."""
        text, session = self._workspace.language.text, self._workspace.unlocked.session
        name = next(button.property("policy") for button in self.policies.buttons() if button.isChecked())
        content = Path(self._workspace.station.resources / "policy" / f"{name}.toml").read_bytes()

        def change(confirm: Confirm) -> str:
            session.administration.store_policy(content, confirm())
            return text("It holds from the next unlock on.")

        self.tasks.run_by_two(Act.CHANGE_POLICY, text("Choose this policy?"), change, policy=content)

    def _say(self, words: str, tone: Tone) -> None:
        page = self.page
        if isinstance(page, SetupStepPage):
            page.notice.say(words, tone)

    def _done(self) -> None:
        """Something was done: what it proves is read again."""
        self._readiness.refresh()

    def _follow(self) -> None:
        page, language = self._pages.get(self._step), self._workspace.language
        if isinstance(page, SetupStepPage):
            page.show_state(self._missing)
        elif page is not None:
            page.retitle(title_text(self._step, language), progress_text(self._missing, self._step, language))
            self.beside_devices.show_state(self._missing)
