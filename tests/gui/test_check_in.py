"""Check-in in the real window: codes from the keyboard alone, the face of simulated people, and who sees what."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.verify.check_in_page import CheckInPage
from mlid_desktop.gui.verify.check_in_spot import LOOK_MS
from mlid_desktop.gui.window.controller import WindowController
from mlid_desktop.workflow.check_in.session import CheckInStage
from tests.gui.stage import Stage
from tests.gui.steps import person, today, use_source


def opened(stage: Stage) -> CheckInPage:
    """The page, reached by its key."""
    stage.press(Qt.Key.Key_F11, stage.window)
    page = stage.view(PageName.CHECK_IN)
    assert isinstance(page, CheckInPage)
    assert stage.window.current is page
    return page


def give(stage: Stage, page: CheckInPage, code: str) -> None:
    """As a scanner types it."""
    stage.type(page.field, code)
    stage.press(Qt.Key.Key_Return, page.field)


def shown(stage: Stage, page: CheckInPage) -> Verdict:
    stage.until(lambda: page.state.stage is CheckInStage.SHOWN)
    assert page.state.outcome is not None
    return page.state.outcome.verdict


def attempts(stage: Stage) -> int:
    """Failures that are counted of the one person."""
    subject, vault = stage.workspace.unlocked.people[0], stage.vault
    return stage.workspace.vault_worker.submit(lambda: vault.attempts(subject.subject_id)).result().failed_in_a_row


def shows_camera(page: CheckInPage) -> bool:
    return page.panel is not None


def words(page: CheckInPage) -> list[str]:
    return [part.text() for part in page.recent.findChildren(QLabel) if part.text()]


def test_a_queue_is_checked_in_from_the_keyboard(enrolled: Stage) -> None:
    stage, page = enrolled, opened(enrolled)
    assert stage.window.isFullScreen()
    assert page.field.hasFocus()
    give(stage, page, "100")  # the beginning of a number is nobody's
    assert page.state.stage is CheckInStage.WAITING
    assert page.stand.reason == "Nobody has No. 100. Check it, or find the person by name."
    assert not page.notice.text, "a number that is mistyped is nothing for a help desk"
    assert page.field.selectedText() == "100"  # to be looked at; what is typed next takes its place
    assert (page.instead.isVisible(), page.give.isVisible()) == (True, False)
    assert page.card.words == "Please speak to the desk"
    stage.press(Qt.Key.Key_Return, page.field)  # as it stands it is not asked for again
    assert page.stand.reason == "Nobody has No. 100. Type it again, or find the person by name."
    give(stage, page, "100")  # typed anew it is
    assert page.stand.reason.startswith("Nobody has No. 100. Check it")
    stage.type(page.field, "1")
    assert page.card.words == "Next, please"
    assert (page.instead.isVisible(), page.give.isVisible(), page.stand.reason) == (False, True, "")
    page.field.clear()
    person(stage, 1)
    give(stage, page, "1001")
    give(stage, page, "1001")  # the same person is next, and both checks are left
    stage.press(Qt.Key.Key_Escape, page.field)
    stage.press(Qt.Key.Key_Escape, page.field)
    assert page.state.stage is CheckInStage.WAITING
    stage.until(lambda: attempts(stage) == 0)
    give(stage, page, "1001")
    stage.until(lambda: page.panel is not None)
    assert page.named.accessibleName() == "Checking Maria", "a queue reads the title"
    assert (page.whole_name.accessibleName(), page.number.text()) == ("Maria Okoye", "No. 1001")
    assert page.number.fontMetrics().height() < page.named.fontMetrics().height()
    assert page.lead.text() == "Next in line:"
    assert not page.by_name.isVisible()
    assert [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()] == [stage.window]
    stage.type(page.field, "10")  # what is typed meanwhile is no part of this check
    assert shown(stage, page) is Verdict.ACCEPTED
    assert page.card.words == "Accepted Maria"
    assert page.named.accessibleName() == "Maria"
    assert (page.whole_name.accessibleName(), page.number.text()) == ("Maria Okoye", "No. 1001"), (
        "the operator reads it"
    )
    assert page.stand.reason.endswith("Look yourself whether it is a living face."), "nothing looks at a simulation"
    assert page.card.property("tone") == "accepted", "the caution is the desk's, and the queue's card stays as it is"
    assert "living" not in " ".join(part.text() for part in page.card.findChildren(QLabel))
    assert not page.notice.text
    assert not page.recent.isVisible(), "who was here before stands beside nobody's verdict"
    page.history.click()
    assert page.recent.isVisible()
    assert "Maria Okoye" in words(page)
    page.history.click()
    assert page.card.accessibleName() == "Accepted. Maria"
    page.field.clear()
    person(stage, 2)
    before = page.state.outcome
    give(stage, page, "1001")
    stage.until(lambda: page.state.outcome is not before)  # who was checked last is shown until the next one is found
    assert shown(stage, page) is Verdict.REJECTED
    assert page.card.words == "Please speak to the desk Maria"  # to the queue neither verdict of failure nor reason
    assert "Not similar" in page.stand.reason
    assert "living" not in page.stand.reason, "a refusal needs no caution"
    said = [part.text() for part in page.card.findChildren(QLabel)]
    assert not [words for words in said if "similar" in words], "it is the operator's alone"
    stage.press(Qt.Key.Key_Return, page.field)
    assert page.state.stage is CheckInStage.WAITING
    assert "Maria" not in page.card.words
    done = today(stage)
    assert (done.accepted, done.rejected) == (1, 1)
    stage.press(Qt.Key.Key_Escape, page.field)
    assert stage.window.current is stage.view(PageName.HOME)
    assert not stage.window.isFullScreen()
    assert page.state.recent == ()


def test_a_face_alone_proposes_and_the_list_is_gone_at_lock(enrolled: Stage) -> None:
    stage, page = enrolled, opened(enrolled)
    controller = stage.window._attached
    assert isinstance(controller, WindowController)
    controller.toggle_second_screen()
    person(stage, 1)
    stage.press(Qt.Key.Key_Space, page.field)
    stage.until(lambda: page.state.stage not in (CheckInStage.SEARCHING, CheckInStage.WAITING))
    assert (page.state.stage, page.state.outcome) == (CheckInStage.PROPOSED, None)
    assert "Maria Okoye" in page.notice.text
    assert page.further.isVisible()
    assert controller.second_screen is not None
    assert controller.second_screen.shown is page.card
    assert page.card.words == "One moment"  # the queue hears nothing of a proposal
    give(stage, page, "1001")
    assert shown(stage, page) is Verdict.ACCEPTED
    stage.window.lock()
    stage.settle()
    assert not stage.window.isFullScreen()
    assert page.state.recent == ()


def test_somebody_who_steps_up_is_searched_for_and_only_then(enrolled: Stage) -> None:
    stage, page = enrolled, opened(enrolled)
    person(stage, 1)
    page.by_spot.setChecked(True)
    assert page.state.stage is CheckInStage.WAITING
    assert not shows_camera(page)  # whoever passes is not shown
    assert page.card.words == "Next, please Step up to the camera"
    stage.until(lambda: page.state.stage is CheckInStage.SEARCHING)
    assert shows_camera(page)
    stage.until(lambda: page.state.stage is CheckInStage.PROPOSED)
    assert "Maria Okoye" in page.notice.text
    give(stage, page, "1001")
    assert shown(stage, page) is Verdict.ACCEPTED
    stage.press(Qt.Key.Key_Return, page.field)
    assert page.state.stage is CheckInStage.WAITING
    give(stage, page, "1001")  # a code given while the spot is watched is its person's
    assert shown(stage, page) is Verdict.ACCEPTED
    stage.press(Qt.Key.Key_Return, page.field)
    page.by_spot.setChecked(False)
    assert page.card.words == "Next, please"
    stage.settle()
    stage.press(Qt.Key.Key_Escape, page.field)
    assert not page.by_spot.isChecked()


def test_where_no_camera_is_the_watch_says_so(enrolled: Stage) -> None:
    stage, page = enrolled, opened(enrolled)
    use_source(stage, "file:nowhere.png", Modality.FACE)
    page.by_spot.setChecked(True)
    stage.until(lambda: page.panel is not None and page.panel.is_faulted)
    assert page.state.stage is CheckInStage.WAITING
    person(stage, 2)  # the next source after the one that was added: the person who is enrolled
    give(stage, page, "1001")
    assert shown(stage, page) is Verdict.ACCEPTED


def test_a_watch_ends_with_the_vault(enrolled: Stage) -> None:
    stage, page = enrolled, opened(enrolled)
    person(stage, 1)
    page.by_spot.setChecked(True)
    stage.wait(200)
    stage.window.lock()
    stage.settle()
    stage.wait(3 * LOOK_MS)
    assert not stage.workspace.is_open


def test_no_number_is_cut_and_buttons_give_way_before_a_name_does(enrolled: Stage) -> None:
    stage = enrolled
    page = opened(stage)
    name, number = "Wolfeschlegelsteinhausen Bergerdorff", "1001-4711-2026"
    page.named.show_text(name)
    page.number.setText(f"No. {number}")
    page.number.show()
    short = list[tuple[str, ...]]()
    for width in (1366, 1024, 800):
        stage.window.resize(width, 768)
        stage.settle()
        assert page.number.width() >= page.number.sizeHint().width()
        buttons = (page.home, page.locking)
        assert all(button.accessibleName() for button in buttons)
        short.append(tuple(button.accessibleName() for button in buttons if not button.text()))
        is_cut = page.named.text() != name
        assert not is_cut or len(short[-1]) == len(buttons), "the buttons gave way first"
    assert short[0] == ()
    assert short[-1] == ("Leave check-in", "Lock")
