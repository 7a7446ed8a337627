"""The first day, driven through real widgets: every step of the guide with its proof, no page visited twice."""

from __future__ import annotations

import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.gui.administration.presenter import Task
from mlid_desktop.gui.device_setup.page import DevicesPage
from mlid_desktop.gui.device_setup.source_list import SourceButton
from mlid_desktop.gui.device_setup.trial_presenter import TrialPhase
from mlid_desktop.gui.home.page import HomePage
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.state.desk_readiness import DeskReadiness
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.gui.window.controller import WindowController
from mlid_desktop.gui.window.setup.step_page import SetupStepPage
from mlid_desktop.gui.window.setup.view import SetupView
from mlid_desktop.station.administration.readiness import (
    DeskFacts,
    SetupProofs,
    SetupStep,
    VaultFacts,
    missing_steps,
)
from tests.gui.stage import PASSPHRASE, SECOND, SECOND_PASSPHRASE, Stage
from tests.gui.steps import answering, buttons, check, offered, records, saved, told, verdict, words

MINUTES = 10


@given(
    st.booleans(), st.booleans(), st.booleans(), st.integers(1, 3), st.booleans(),
    st.frozensets(st.sampled_from(SetupStep)), st.booleans(), st.booleans(), st.frozensets(st.sampled_from(Modality)),
)  # fmt: skip  # a fact each
def test_a_step_is_missing_exactly_where_its_proof_is(
    code: bool, organisation: bool, policy: bool, supervisors: int, backup: bool, proven: frozenset[SetupStep],
    models: bool, device: bool, untested: frozenset[Modality],
) -> None:  # fmt: skip  # as above
    missing = missing_steps(
        VaultFacts(code, organisation, policy, supervisors, backup, proven), DeskFacts(models, device, untested)
    )
    assert (SetupStep.RECOVERY in missing) is not code
    assert (SetupStep.ORGANISATION in missing) is not organisation
    assert (SetupStep.POLICY in missing) is not policy
    assert (SetupStep.SECOND in missing) is (supervisors < 2)
    assert (SetupStep.BACKUP in missing) is not (backup and SetupStep.BACKUP in proven)
    assert (SetupStep.TRIAL in missing) is (SetupStep.TRIAL not in proven)
    assert (SetupStep.MODELS in missing) is not models
    assert (SetupStep.DEVICES in missing) is not (device and not untested)
    assert list(missing) == [step for step in SetupStep if step in missing]


def typed(question: Question) -> bool:
    """Fills whatever a question of the guide asks, and says yes."""
    shown = [label.text() for label in question.findChildren(QLabel)]
    answers = {
        "Type it from the paper": next((words for words in shown if words.count("-") > 3), ""),
        "Name of the organisation": "Riverside Clinic",
        "Contact: an address, a telephone number": "12 River Street",
        "How consent is taken back, such as “at this desk, or by post”": "at this desk",
        "Supervisor's name": "A. Clerk",
        "Name": "C. Third",
        "Passphrase": PASSPHRASE if question.windowTitle() == "Check a backup" else "a third sentence to remember",
        "Passphrase again": "a third sentence to remember",
    }
    for field in question.findChildren(QLineEdit):
        field.setText(answers.get(field.accessibleName(), field.text()))
    assert not question.findChildren(QComboBox), "whoever is admitted here is a supervisor"
    question.do.click()
    return True


def test_the_first_day_leads_to_a_desk_that_is_ready(stage: Stage, tmp_path: Path) -> None:
    stage.create_vault()
    begun, visited = time.monotonic(), list[PageName]()
    go = stage.window.go
    setup = stage.view(PageName.SETUP)
    assert isinstance(setup, SetupView)
    tasks = setup.tasks
    tasks.ask = typed
    tasks.ask_second = lambda *_: (SECOND, SECOND_PASSPHRASE)
    tasks.choose_folder = lambda _: str(tmp_path / "backups")
    (tmp_path / "backups").mkdir()

    def visit(page_name: PageName) -> None:
        visited.append(page_name)
        go(page_name)

    def page() -> SetupStepPage:
        shown = setup.page
        assert isinstance(shown, SetupStepPage)
        return shown

    def press(*starts: str) -> None:
        step, primary = page().step, setup.footer.primary
        assert [act.property("kind") for act in page().acts].count("primary") == 1
        assert (primary.isEnabled(), setup.skip.isVisible()) == (False, True)
        for start in starts:
            buttons(page(), start)[0].click()
            stage.settle()
        stage.until(lambda: step not in (readiness(stage).missing or (step,)))
        assert step in proven(page())
        assert "primary" not in [act.property("kind") for act in page().acts]
        assert (primary.isEnabled(), setup.skip.isVisible()) == (True, False), "going on is the next thing to do"
        setup.footer.primary.click()
        stage.settle()

    visit(PageName.SETUP)
    stage.until(lambda: readiness(stage).missing is not None)
    assert page().step is SetupStep.RECOVERY
    press("New recovery code")
    assert setup._step is SetupStep.DEVICES  # the models are there
    every_device_tested(stage, setup)
    setup.footer.primary.click()
    assert page().step is SetupStep.ORGANISATION
    press("Enter the organisation")
    assert setup.policies.checkedButton() is None, "a policy that nobody chose"
    assert not page().acts[0].isEnabled()
    setup.policies.buttons()[0].click()
    press("Use “Standard” …")
    if page().step is SetupStep.SECOND:
        press("Admit a second supervisor")
    tasks.choose_folder = lambda _: str(tmp_path / "backups")
    buttons(page(), "Back up now")[0].click()
    stage.until(lambda: bool(list((tmp_path / "backups").iterdir())))
    stage.settle()
    (made,) = (tmp_path / "backups").iterdir()
    tasks.choose_folder = lambda _: str(made)
    press("Check a backup")
    assert page().step is SetupStep.TRIAL
    stage.window.go = visit  # type: ignore[method-assign] # what the journey visits from here on
    saved(stage)
    assert verdict(check(stage, "1001", seed=1)) == "Accepted"
    view = records(stage)
    view.acts.ask = answering(SECOND, SECOND_PASSPHRASE)
    view.acts.choose_file = lambda _: str(tmp_path / "erased.pdf")
    view.finder.table.choose(0)
    stage.until(lambda: bool(offered(view.record, "Erase")))
    offered(view.record, "Erase")[0].trigger()
    stage.until(lambda: not stage.workspace.unlocked.people)
    stage.until((tmp_path / "erased.pdf").is_file)
    visit(PageName.HOME)
    stage.until(lambda: readiness(stage).missing == ())
    assert len(visited) == len(set(visited)), visited
    assert time.monotonic() - begun < MINUTES * 60


def every_device_tested(stage: Stage, setup: SetupView) -> None:
    """Each device in use is seen to work, one after the other, as the page leads to them."""
    page = setup.page
    assert isinstance(page, DevicesPage)
    for _ in Modality:
        stage.until(lambda: page.trial.phase is TrialPhase.TESTED)
        rows = [row for row in page.findChildren(SourceButton) if row.isVisible()]
        assert sum(row.accessibleName().count("in use, tested") for row in rows) == 1
        if page.onward.isVisible():
            page.onward.click()
    stage.until(setup.footer.primary.isEnabled)


def readiness(stage: Stage) -> DeskReadiness:
    """What the window reads of the desk's readiness."""
    controller = stage.window._controller
    assert isinstance(controller, WindowController)
    return controller.readiness


def proven(page: SetupStepPage) -> frozenset[SetupStep]:
    """The step of a page, where the page says that it is proven."""
    return frozenset({page.step}) if page.proof.isVisible() else frozenset()


def test_the_home_page_of_a_real_desk_tells_what_is_missing_and_opens_it(stage: Stage) -> None:
    stage.create_vault(demo=False)
    home = stage.view(PageName.HOME)
    assert isinstance(home, HomePage)
    stage.until(lambda: bool(buttons(home, "Go on")))
    assert home.setup.isVisible()
    assert "Recovery code" in told(home.setup)
    assert "Models" in told(home.setup), "no built-in models compare real people"
    assert "of 8 done" in told(home.setup)
    buttons(home, "Go on")[0].click()
    assert stage.window.current is stage.view(PageName.SETUP)


def test_the_steps_stand_beside_the_devices_where_there_is_room(demo: Stage) -> None:
    demo.window.go(PageName.SETUP)
    setup = demo.view(PageName.SETUP)
    assert isinstance(setup, SetupView)
    setup.show_step(SetupStep.DEVICES)
    for width, seen in ((1366, True), (1024, False)):
        demo.window.resize(width, 768)
        demo.settle()
        assert setup.list.isVisible() is seen
    demo.window.resize(1366, 768)
    demo.settle()
    setup.list.steps[SetupStep.POLICY].click()
    assert setup.page is setup._pages[SetupStep.POLICY]
    setup.footer.back.click()
    assert setup.page is setup._pages[SetupStep.ORGANISATION]


def test_what_goes_missing_comes_back(stage: Stage) -> None:
    stage.create_vault()
    readiness(stage).refresh()
    stage.until(lambda: readiness(stage).missing is not None)
    for choice in (stage.workspace.source(modality) for modality in Modality):
        assert choice is not None
        SetupProofs(stage.workspace.station.settings.state).note_tested(
            stage.workspace.unlocked.session.vault_id, choice.modality, choice.identity, choice.kind
        )
    readiness(stage).refresh()
    stage.until(lambda: SetupStep.DEVICES not in (readiness(stage).missing or ()))
    for choice in stage.workspace.unlocked.choices:
        stage.workspace.forget_source(choice)
    assert SetupStep.DEVICES in (readiness(stage).missing or ())


def test_a_recovery_code_counts_only_once_it_was_typed_as_it_is_shown(demo: Stage) -> None:
    asked: list[Question] = []
    setup = demo.view(PageName.SETUP)
    assert isinstance(setup, SetupView)

    def look(question: Question) -> bool:
        asked.append(question)
        (field,) = question.findChildren(QLineEdit)
        (shown,) = [label for label in question.findChildren(QLabel) if label.text().count("-") > 3]
        code = shown.text().replace("\n", "-")
        assert shown.text().count("\n") == 1, "in two lines"
        assert not question.do.isEnabled()
        question.show()
        assert question.do.accessibleDescription() == "Write it down first."
        turns = {button.text(): button for button in question.findChildren(QPushButton)}
        turns["It is on paper"].click()
        assert not shown.isVisible()
        assert question.focusWidget() is field
        assert question.do.accessibleDescription() == "Type it from the paper."
        turns["Show it again"].click()
        assert shown.isVisible()
        for typed, may in (
            (code[:-1], False),
            (code.lower().replace("-", " "), True),
            (f"{code}A", False),
            (code, True),
        ):
            field.setText(typed)
            assert question.do.isEnabled() is may, typed
        return False

    setup.tasks.ask = look
    setup.tasks.do(Task.RECOVERY_CODE)
    assert asked


def test_models_that_do_for_a_demo_are_not_said_to_be_enough_for_people(demo: Stage) -> None:
    demo.window.go(PageName.SETUP)
    setup = demo.view(PageName.SETUP)
    assert isinstance(setup, SetupView)
    setup.show_step(SetupStep.MODELS)
    demo.until(lambda: readiness(demo).missing is not None)
    page = setup.page
    assert isinstance(page, SetupStepPage)
    assert demo.workspace.unlocked.session.builtin
    demo.until(lambda: "Enough for a demo" in told(page))
    assert not setup.footer.primary.isEnabled(), "what real people need is still to do"
    assert setup.footer.primary.accessibleDescription() == "Before “Next”: install the models."
    assert [act.text() for act in page.acts if act.property("kind") == "primary"] == ["Install the models …"]
    assert "· 0 done" in setup.list.progress.text(), "but they do not count as done"
    assert setup.list.steps[SetupStep.MODELS].accessibleDescription().startswith("Enough for a demo")
    whole = "The models of everything that decides are installed and whole."
    assert whole not in page.proof.text
    assert f"Done when | {whole}" in words(page), "as what is still to be reached"
    assert setup.skip.text() == "Go on with the demo models"
    setup.skip.click()
    assert setup._step is SetupStep.DEVICES


def test_a_step_of_which_a_part_is_done_is_marked_as_begun(known: Stage) -> None:
    known.window.go(PageName.SETUP)
    setup = known.view(PageName.SETUP)
    assert isinstance(setup, SetupView)
    setup.show_step(SetupStep.TRIAL)
    trial = setup.list.steps[SetupStep.TRIAL]
    known.until(lambda: "begun" in trial.accessibleDescription())
    assert trial.accessibleName() == "8. Trial person"
    assert "1 begun" in setup.list.progress.text()
    assert "begun" not in setup.list.steps[SetupStep.BACKUP].accessibleDescription()
    assert setup.list.leave.isVisible()
    assert not setup.leave_below.isVisible(), "it stands once, and apart from the ways on"
    setup.list.leave.click()
    assert known.window.current is known.view(PageName.HOME)
