"""Calibration of a site in the window: measured, shown before and after, decided by two, and taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QComboBox, QDialog, QLabel, QWidget

from mlid_desktop.decision.site_calibration.measurement import FEWEST_PEOPLE
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.subjects import Operator, Role
from mlid_desktop.gui.administration.calibration.dialog import CalibrationDialog
from mlid_desktop.gui.administration.calibration.presenter import calibration_screen
from mlid_desktop.gui.administration.content import Facts
from mlid_desktop.gui.administration.page import AdministrationPage
from mlid_desktop.gui.administration.presenter import Section, Task, offered_tasks
from mlid_desktop.gui.administration.section.recognition_presenter import calibration_content
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.station.site_calibration.service import measure
from tests.alike_people import PEOPLE, save_alike_people
from tests.gui.stage import SECOND, SECOND_PASSPHRASE, Stage


@pytest.fixture
def page(demo: Stage) -> AdministrationPage:
    demo.workspace.vault_worker.submit(save_alike_people, demo.vault).result(60)
    demo.window.go(PageName.ADMINISTRATION)
    view = demo.view(PageName.ADMINISTRATION)
    assert isinstance(view, AdministrationPage)
    view.choose(Section.CALIBRATION)
    view.tasks.ask_second = lambda *_: (SECOND, SECOND_PASSPHRASE)
    demo.settle()
    return view


NEEDED = {Modality.FACE: 246, Modality.FINGERPRINT: 776, Modality.VOICE: 36}


def words(part: QWidget) -> str:
    return " | ".join(label.text() for label in part.findChildren(QLabel) if not label.isHidden())


def stored(stage: Stage) -> bytes | None:
    """What the vault keeps of the face."""
    return stage.workspace.vault_worker.submit(stage.vault.settings.read, "calibration/face").result(60)


def choosing(name: str) -> object:
    """Answers the question for the modality of this name."""

    def answer(question: Question) -> bool:
        choice = question.findChildren(QComboBox)[0]
        choice.setCurrentIndex(choice.findData(name))
        return True

    return answer


def calibrate(stage: Stage, page: AdministrationPage, name: str, answer: QDialog.DialogCode) -> list[str]:
    """Compares, answers the dialog once that has ended, and returns what it said."""
    said: list[str] = []

    def show(dialog: CalibrationDialog) -> int:
        dialog.show()
        assert not dialog.store.isEnabled()
        assert dialog.bar.isVisible()
        stage.until(lambda: not dialog.bar.isVisible(), 60)
        stage.lay_out()  # what is shown in its place appears with its layout
        said.append(words(dialog))
        return int(answer) if dialog.store.isEnabled() else int(QDialog.DialogCode.Rejected)

    page.tasks.calibration.show = show
    page.tasks.ask = choosing(name)  # type: ignore[assignment]
    page.tasks.do(Task.CALIBRATE)
    stage.until(lambda: bool(said) or page.notice.text not in {"", "Working …"}, 60)
    return said


def test_two_people_decide_by_what_was_shown_and_take_it_back(demo: Stage, page: AdministrationPage) -> None:
    assert "This desk uses the limits that came with the program." in words(page)
    (said,) = calibrate(demo, page, "face", QDialog.DialogCode.Rejected)
    assert f"{PEOPLE} people were compared, every two of them: 1,770 pairs." in said
    assert "Before | After" in said
    assert "Policy evaluation, in force" in said
    assert "Too few people to rely on it" in said
    assert "Strangers who pass | 1 in 885 | 2 of 1,770 pairs, up to 1 in " in said
    assert "Of 100 right people, refused | 0 | past visits that were accepted | 0 | 0 of 12 past visits" in said
    assert "this desk would be stricter" in said
    assert stored(demo) is None  # nothing was
    calibrate(demo, page, "face", QDialog.DialogCode.Accepted)
    demo.until(lambda: "Stored. The new limits are used from the next unlock on." in page.notice.text)
    demo.until(lambda: "the people here" in words(page) and SECOND in words(page))
    page.tasks.do(Task.REVERT_CALIBRATION)
    demo.until(lambda: "The supplied limits are used from the next unlock on." in page.notice.text)
    assert stored(demo) == b""


def test_too_few_people_of_a_characteristic_are_told_so_and_nothing_is_stored(
    demo: Stage, page: AdministrationPage
) -> None:
    (said,) = calibrate(demo, page, "fingerprint", QDialog.DialogCode.Accepted)
    assert "0 people do not carry a calibration of this site" in said
    assert "Nothing was measured." in said
    assert stored(demo) is None


def test_new_limits_wait_for_a_before_and_an_after_and_what_carries_neither_is_named_in_one_line(
    demo: Stage, page: AdministrationPage
) -> None:
    session, language = demo.workspace.unlocked.session, demo.workspace.language
    material = demo.workspace.vault_worker.submit(session.site_calibration.material, Modality.FACE).result(60)
    pipelines = session.recognition.pipelines
    found = demo.workspace.inference_worker.submit(lambda: measure(material, pipelines.open(Modality.FACE))).result(60)
    screen = calibration_screen(found, language)
    assert screen.closed == ""
    few = CalibrationDialog(demo.window, demo.theme, language, "Face")
    few.show_finding(screen)
    assert screen.outcome.startswith("Keep the present limits: 60 people are too few")
    assert few.close_button.text() == "Keep the present limits"
    assert few.close_button.property("kind") == "primary"
    assert few.store.property("kind") == "footer"
    assert few.store.isEnabled()
    few.deleteLater()
    enough = CalibrationDialog(demo.window, demo.theme, language, "Face")
    enough.show_finding(replace(screen, doubt=""))
    assert enough.store.property("kind") == "primary"
    enough.deleteLater()
    assert [policy.name for policy in screen.policies] == ["Policy evaluation, in force"]
    assert "Strict" in screen.how[-1] or "strict" in screen.how[-1]
    neither = tuple(change for change in found.changes if change.before is None and change.after is None)
    assert neither
    held = calibration_screen(replace(found, changes=neither), language)
    assert held.closed == "No policy has a before and an after."
    dialog = CalibrationDialog(demo.window, demo.theme, language, "Face")
    dialog.show_finding(held)
    demo.lay_out()
    assert not dialog.store.isEnabled()
    assert held.closed in words(dialog)
    lost = replace(found.changes[0], after=None, false_after=None, visits=None)
    (told,) = calibration_screen(replace(found, changes=(lost,)), language).policies
    assert [row.after.words for row in told.rows] == ["none", "100", "–"]
    dialog.deleteLater()


def test_calibrating_is_closed_with_its_reason_until_enough_people_are_enrolled(demo: Stage) -> None:
    content = calibration_content((), FEWEST_PEOPLE - 1, NEEDED, demo.workspace.language)
    assert content.closed == "Enrol 1 more person first."
    assert calibration_content((), FEWEST_PEOPLE, NEEDED, demo.workspace.language).closed == ""
    about = content.parts[0]
    assert isinstance(about, Facts)
    assert about.rows[0].value == f"{FEWEST_PEOPLE} people enrolled at this desk"
    assert about.rows[1].value == "Face about 246 · Finger about 776 · Voice about 36"
    for people, said in ((29, "nothing to do"), (60, "How many it takes"), (776, "calibrate on them")):
        state = calibration_content((), people, NEEDED, demo.workspace.language).condition
        assert state is not None
        assert said in state.why
    demo.window.go(PageName.ADMINISTRATION)
    view = demo.view(PageName.ADMINISTRATION)
    assert isinstance(view, AdministrationPage)
    view.choose(Section.CALIBRATION)
    reason = f"Enrol {FEWEST_PEOPLE} more people first."
    demo.until(lambda: reason in words(view))
    (act,) = [button for button in view.shown.findChildren(Button) if button.property("task") == Task.CALIBRATE.value]
    assert not act.isEnabled()
    assert act.accessibleDescription() == reason


def test_who_leaves_while_people_are_compared_stores_nothing(demo: Stage, page: AdministrationPage) -> None:
    left: list[bool] = []

    def show(dialog: CalibrationDialog) -> int:
        left.append(dialog.store.isEnabled())
        return int(QDialog.DialogCode.Rejected)

    page.tasks.calibration.show = show
    page.tasks.ask = choosing("face")  # type: ignore[assignment]
    page.tasks.do(Task.CALIBRATE)
    demo.until(lambda: bool(left), 60)
    demo.settle()
    assert left == [False]
    assert stored(demo) is None


def test_only_who_may_change_the_policy_is_offered_it() -> None:
    assert offered_tasks(Section.CALIBRATION, Operator("sup", Role.SUPERVISOR)) == (
        Task.CALIBRATE,
        Task.REVERT_CALIBRATION,
    )
    assert offered_tasks(Section.CALIBRATION, Operator("clerk", Role.OPERATOR)) == ()
