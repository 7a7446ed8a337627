"""The guide through the first day: a page for each step, each with its proof, in one shell; it can be left and
resumed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QButtonGroup, QLabel, QStackedWidget

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
    begun_steps,
    does_for_a_demo,
    lacking_text,
    policy_in_force,
    policy_title,
    progress_text,
    title_text,
)
from mlid_desktop.gui.page.view import View
from mlid_desktop.gui.state.desk_readiness import DeskReadiness
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import column, label, row, tag, widget_of
from mlid_desktop.gui.widgets.footer import Footer
from mlid_desktop.gui.window.setup.step_list import StepList
from mlid_desktop.gui.window.setup.step_page import PolicyButton, SetupStepPage
from mlid_desktop.station.administration.readiness import SetupStep
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import capitalised
from mlid_desktop.station.text.results import policy_name

WIDE, LEAST_WIDTH, LEAST_HEIGHT = 1180, 900, 500  # pixels in which the steps stand beside devices; beside other steps
TASKS_OF = {  # what does a step: by which task of its list, and called how where the task's own name says less
    SetupStep.RECOVERY: ((Task.RECOVERY_CODE, None, ""),),
    SetupStep.MODELS: ((Task.INSTALL_MODELS, 0, ""), (Task.INSTALL_MODELS_FROM, 1, "")),
    SetupStep.ORGANISATION: ((Task.SET_ORGANISATION, None, _("Enter the organisation …")),),
    SetupStep.BACKUP: ((Task.BACK_UP, 0, ""), (Task.CHECK_BACKUP, 1, "")),
}


class SetupView(View):
    """The guide that sets up a desk on its first day: the list of steps, the step that is shown, and one footer with
    the ways back and on. It begins with the first step that is missing, and ends at the home page, whose card says
    whether the desk is ready. ``tasks`` does what the administration does, and is given other answers in tests."""

    def __init__(self, workspace: Workspace, readiness: DeskReadiness, go: Callable[[PageName], None]) -> None:
        super().__init__()
        self._workspace, self._readiness, self._go = workspace, readiness, go
        text = workspace.language.text
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        tag(self, kind="canvas")
        self._step = SetupStep.RECOVERY
        self._stack = QStackedWidget()
        self.tasks = AdministrationActions(self, workspace, self._say, self._done, lambda: None)
        self._pages: dict[SetupStep, Page] = {}
        self.policies = QButtonGroup(self)
        self._about_devices: QLabel | None = None
        leave = partial(go, PageName.HOME)
        self.list = StepList(workspace, self.show_step, leave)
        self.footer = Footer(workspace.theme, text("Back"), text("Next"))
        self.leave_below = self.footer.add(text("Finish later"), leave, kind="quiet")  # without the list beside
        self.skip = self.footer.add_before_primary(text("Skip for now"), self.to_next)
        self.skip.become("quiet")
        self.footer.back.clicked.connect(lambda *_: self.to_previous())
        self.footer.primary.clicked.connect(lambda *_: self.to_next())
        base, wide = workspace.theme.space("base"), workspace.theme.space("wide")
        beside = row(margins=(0, base, 0, base))
        beside.addSpacing(wide)  # on the side that reading begins at, which margins do not know
        beside.addWidget(self.list)
        self._aside = widget_of(beside)
        shown = row(self._aside)
        shown.addWidget(self._stack, 1)
        layout = column(shown, self.footer)
        layout.setStretch(0, 1)
        self.setLayout(layout)
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
        """The steps stand beside the page where there is room for both."""
        super().resizeEvent(event)
        self._fit()

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

    @property
    def _not_whole(self) -> tuple[SetupStep, ...]:
        """The steps that are missing, or done as far as a demo needs them alone: none of them counts as done."""
        missing = self._missing
        return tuple(
            step for step in SetupStep if step in missing or does_for_a_demo(step, done=True, builtin=self._has_builtin)
        )

    @property
    def _has_builtin(self) -> bool:
        """Whether the built-in models compare the faces: in a demo alone."""
        return self._workspace.is_open and self._workspace.unlocked.session.builtin

    @property
    def _later(self) -> list[SetupStep]:
        """The steps after the one shown that are missing."""
        steps = tuple(SetupStep)
        return [step for step in steps[steps.index(self._step) + 1 :] if step in self._missing]

    def to_next(self) -> None:
        """Goes to the next step that is missing; after the last one to the home page."""
        later = self._later
        if later:
            self.show_step(later[0])
        else:
            self._go(PageName.HOME)

    def to_previous(self) -> None:
        """Goes to the step before, done or not; from the first one to the home page."""
        steps = tuple(SetupStep)
        index = steps.index(self._step)
        if index:
            self.show_step(steps[index - 1])
        else:
            self._go(PageName.HOME)

    def _page_of(self, step: SetupStep) -> DevicesPage | SetupStepPage:
        if step not in self._pages:
            page = self._made(step)
            page.footer = self.footer  # Enter does what its primary button does
            self._pages[step] = page
            self._stack.addWidget(page)
        found = self._pages[step]
        assert isinstance(found, DevicesPage | SetupStepPage)
        return found

    def _made(self, step: SetupStep) -> DevicesPage | SetupStepPage:
        if step is SetupStep.DEVICES:
            devices = DevicesPage(self._workspace, self.to_previous, within=True)
            devices.sounds.hide()
            why = self._workspace.language.text(STEPS[step].why)
            self._about_devices = label(why, "muted", wrap=True)
            devices.body.insertWidget(0, self._about_devices)
            devices.tested.connect(self._done)
            return devices
        page = SetupStepPage(self._workspace, step, self.to_previous, self.to_next)
        text, theme = self._workspace.language.text, self._workspace.theme
        for task, index, name in TASKS_OF.get(step, ()):
            words = text(name or TASKS[task][0])
            page.add_act(Button(theme, words, "footer").on(partial(self.tasks.do, task)), index)
        if step is SetupStep.SECOND:
            admit = Button(theme, text("Admit a second supervisor …"), "footer").on(self.tasks.admit_supervisor)
            page.add_act(admit)
        elif step is SetupStep.POLICY:
            self._offer_policies(page)
        elif step is SetupStep.TRIAL:
            for index, page_name in enumerate((PageName.ENROL, PageName.VERIFY, PageName.RECORDS)):
                named = PAGES[page_name]
                button = Button(theme, text(named.name), "footer", named.icon).on(partial(self._go, page_name))
                page.add_act(button, index)
        return page

    def _offer_policies(self, page: SetupStepPage) -> None:
        """The policies by what they lead to, one of them to be chosen."""
        text, theme = self._workspace.language.text, self._workspace.theme
        language, in_force = self._workspace.language, self._workspace.unlocked.session.policy.name
        page.more.addWidget(label(policy_in_force(in_force, language), "strong", wrap=True))
        for name, words in CONSEQUENCES.items():
            title = policy_title(name, in_force, language)
            button = PolicyButton(theme, title, text(words), name)
            self.policies.addButton(button)
            page.more.addWidget(button)
        use = Button(theme, text("Use this policy …"), "footer").on(self._choose_policy)
        page.add_act(use)

        def follow() -> None:
            chosen = self._chosen_policy
            use.setEnabled(chosen is not None)
            use.setAccessibleDescription("" if chosen else text("Choose one first."))
            if chosen is not None:
                named = capitalised(policy_name(chosen.property("policy"), language))
                use.relabel(text("Use “{policy}” …", policy=named))

        self.policies.buttonToggled.connect(lambda *_: follow())
        if SetupStep.POLICY not in self._missing:
            self._mark_policy(self._workspace.unlocked.session.policy.name)
        follow()

    def _mark_policy(self, name: str) -> None:
        for button in self.policies.buttons():
            button.setChecked(button.property("policy") == name)

    @property
    def _chosen_policy(self) -> PolicyButton | None:
        button = self.policies.checkedButton()
        return button if isinstance(button, PolicyButton) else None

    def _choose_policy(self) -> None:
        """Stores the policy that was chosen by its consequences; two people, as always."""
        text, session = self._workspace.language.text, self._workspace.unlocked.session
        chosen = self._chosen_policy
        if chosen is None:
            return
        name = chosen.property("policy")
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
        """Shows how the step stands; once it is done, going on is the next thing to do. A demo may go on with the
        models that it has, and is told that real people need others."""
        page = self._pages.get(self._step)
        if page is None:
            return
        text, missing = self._workspace.language.text, self._missing
        done, facts = self._step not in missing, self._readiness.facts
        whole = self._step not in self._not_whole
        if isinstance(page, SetupStepPage):
            parts = {SetupStep.TRIAL: facts.trial, SetupStep.BACKUP: (facts.has_backup, done)}
            page.show_state(done=done, tasks_done=parts.get(self._step, ()))
        self.list.show_state(missing, begun_steps(missing, facts), self._step, builtin=self._has_builtin)
        was_done, footer = self.footer.primary.isEnabled(), self.footer
        footer.back.setVisible(self._step is not SetupStep.RECOVERY)
        self.skip.relabel(text("Go on with the demo models") if done else text("Skip for now"))
        self.skip.setVisible(not whole)
        onward = text("Next") if self._later else text("Finish")
        footer.primary.relabel(onward)
        footer.primary.become("primary" if whole else "footer")
        if isinstance(page, DevicesPage):
            page.stand_back(back=done)
        footer.allow(whole, lacking_text(self._step, onward, self._readiness.untested, self._workspace.language))
        if whole and not was_done and self._has_focus():
            footer.primary.setFocus(Qt.FocusReason.OtherFocusReason)
        self._fit()

    def _has_focus(self) -> bool:
        focused = QApplication.focusWidget()
        return focused is not None and self.isAncestorOf(focused)

    def _fit(self) -> None:
        """Shows the steps beside the page, or, where there is no room, in its head."""
        page = self._pages.get(self._step)
        if page is None:
            return
        language, steps, missing = self._workspace.language, tuple(SetupStep), self._not_whole
        beside = self.width() >= (WIDE if self._step is SetupStep.DEVICES else LEAST_WIDTH)
        beside = beside and self.height() >= LEAST_HEIGHT
        self._aside.setVisible(beside)
        self.leave_below.setVisible(not beside and bool(self._missing))
        if self._about_devices is not None:
            self._about_devices.setVisible(beside)  # without the room for it the devices themselves come first
        begun = len(begun_steps(self._missing, self._readiness.facts))
        words, at = progress_text(missing, begun, self._step, language), steps.index(self._step)
        page.retitle(title_text(self._step, language))
        self.list.progress.setText(words)
        names = [language.text(STEPS[step].name) for step in steps] if not beside else []
        passed = frozenset(index for index, step in enumerate(steps) if step in missing)
        page.show_steps(names, at, "" if beside else words, passed)
