"""Enrolments through the real window that do not go straight on."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFrame,
    QPushButton,
    QRadioButton,
    QScrollBar,
    QWidget,
)

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.subjects import ExceptionReason
from mlid_desktop.gui.capture.gauges import AttemptStrip
from mlid_desktop.gui.capture.presenter import AttemptChip
from mlid_desktop.gui.enrol.attempts_page import AttemptsDialog
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage
from tests.gui.stage import HAND_MS, Stage
from tests.gui.steps import (
    capture_again,
    enrol,
    enrol_view,
    no_other_finger,
    person,
    same_finger_for_all,
    saved,
    to_face,
    to_fingers,
    told,
    visible,
    with_finger,
    without_voice,
)


def test_the_person_is_given_a_receipt_where_the_operator_says(demo: Stage, tmp_path: Path) -> None:
    saved(demo)
    view = enrol_view(demo)
    view.receipts.choose_file = lambda name: str(tmp_path / name)
    view.ended.receipt.click()
    demo.until(lambda: "receipt-1001.pdf" in view.ended.notice.text)
    assert (tmp_path / "receipt-1001.pdf").is_file()
    view.receipts.choose_file = lambda name: str(tmp_path / "nowhere" / name)
    view.ended.receipt.click()
    demo.until(lambda: "cannot be written" in view.ended.notice.text)


def test_a_finger_given_before_is_not_taken_for_another(demo: Stage) -> None:
    view = with_finger(demo)
    (first,) = view.session.kept
    same_finger_for_all(demo, first)
    demo.press(Qt.Key.Key_Space)
    demo.until(lambda: view.session.given_before is not None)
    assert view.session.given_before == first
    assert len(view.session.kept) == 1
    demo.until(view.fingers.redo.isVisible)
    assert view.fingers.panel.hint.prompt == "This is the right index"
    assert view.fingers.redo.text() == "Capture the right index again"
    view.fingers.redo.click()
    assert view.session.capturing == first
    assert not view.fingers.redo.isVisible()


def test_what_is_asked_for_at_the_fingers_stands_at_their_head(demo: Stage) -> None:
    view = to_fingers(demo)
    hint = view.fingers.panel.hint
    assert hint.prompt == "Capture the right index"
    view.fingers._except_for(ExceptionReason.BANDAGED)
    assert view.fingers.whole_hand.title() == "The whole left hand"
    view.fingers.whole_hand.actions()[0].trigger()
    assert len(view.session.exceptions) == 1 + 1 + 5, "the face, a finger, a hand"
    assert view.fingers.whole_hand.title() == "The whole right hand"
    assert not view.session.kept
    assert hint.prompt.startswith("Capture the"), "nothing was captured: that is never called enough"


def test_once_no_finger_is_asked_for_any_more_that_is_enough(demo: Stage) -> None:
    view = with_finger(demo)
    assert view.fingers.panel.hint.prompt == "That is enough"
    assert demo.primary().text() == "Next"
    assert view.fingers.panel.hint.accessibleDescription().startswith("1 done, 1 skipped, of 2. Go on, or add the")
    assert view.fingers.take.text() == "Capture another (Space)"
    assert "kept until tomorrow" in view.fingers.status.text(), "as on every other step that is taken up again"


def test_nothing_is_painted_over_anything_else_beside_a_finger_that_was_captured(demo: Stage) -> None:
    """What is painted by hand has no words that a look at labels would find cut off."""
    demo.window.resize(1280, 720)
    panel = with_finger(demo).fingers.panel
    panel.attempts.show_chips([AttemptChip(f"right index {86 + attempt}", "", best=False) for attempt in range(4)])
    demo.settle()
    beside = panel.attempts.parentWidget()
    assert beside is not None
    parts = [part for part in beside.children() if isinstance(part, QWidget) and part.isVisible()]
    for part, other in combinations(parts, 2):
        assert not part.geometry().intersects(other.geometry())
    assert all(beside.rect().contains(part.geometry()) for part in parts)


def test_attempts_to_come_are_counted_before_any_quality_is_spoken_of(demo: Stage) -> None:
    strip = AttemptStrip(demo.theme, demo.workspace.language, lambda _: None)
    strip.side = 64
    strip.show_chips([], 2)
    assert "0 of 2 captured" in told(strip)
    assert "uality" not in told(strip)
    strip.show_chips([AttemptChip("1: 80", "Attempt 1", best=True)], 2)
    assert "1 of 2 captured. Quality, out of 100:" in told(strip)


def test_one_candidate_and_all_that_next_needs_fit_a_low_page(demo: Stage) -> None:
    saved(demo)
    view = enrol(demo, "1002", "Mary Okoye")
    panel = view.duplicates.panel
    assert "Enrolling: Mary Okoye · No. 1002" in told(view.duplicates), "nobody takes who is enrolled for the other"
    for width, height in ((1280, 720), (1024, 768)):
        demo.window.resize(width, height)
        demo.settle()
        for needed in (panel.first(), *panel.findChildren(QRadioButton), panel.compared):
            assert needed.visibleRegion().boundingRect() == needed.rect(), (width, needed.accessibleName())
        assert not [bar for bar in view.duplicates.findChildren(QScrollBar) if bar.isVisible()]


def test_a_name_is_changed_from_the_review_and_the_review_comes_again(demo: Stage) -> None:
    view = enrol(demo)
    kept = view.session.kept
    view.review.change.click()
    demo.until(view.details.isVisible)
    demo.press(Qt.Key.Key_Escape)
    demo.until(view.review.isVisible)
    assert view.session.stage is EnrolmentStage.REVIEW
    view.review.change.click()
    demo.until(view.details.isVisible)
    view.details.name.clear()
    demo.type(view.details.name, "Mary Okoye")
    demo.wait(HAND_MS)
    demo.press(Qt.Key.Key_Return)
    demo.until(view.review.isVisible)
    assert view.session.details is not None
    assert (view.session.details.name, view.session.kept) == ("Mary Okoye", kept)
    assert "Mary Okoye" in told(view.review)
    while not view.details.isVisible():
        view.to_previous()
    demo.press(Qt.Key.Key_Escape)  # whoever came step by step goes on step by step
    assert view.consent.isVisible()


def test_somebody_enrolled_already_is_reviewed_by_a_person(demo: Stage) -> None:
    saved(demo)
    view = enrol(demo, "1002", "Mary Okoye")
    assert view.duplicates.panel.isVisible()
    assert not demo.primary().isEnabled()
    view.duplicates.panel.compared.setCurrentIndex(1)
    different = next(button for button in visible(demo, QAbstractButton) if button.property("outcome") == "different")
    assert isinstance(different, QAbstractButton)
    different.click()
    demo.go_on()
    demo.until(view.review.isVisible)
    view.ask_second = lambda *_: None  # nobody else is there
    view._confirmed(attested=True)
    assert view.review.isVisible()
    assert view.session.stage is EnrolmentStage.REVIEW
    view.ask_second = lambda *_: ("nobody", "of this name")
    view._confirmed(attested=True)
    demo.until(lambda: bool(view.review.notice.text))
    assert view.session.stage is EnrolmentStage.REVIEW
    assert len(demo.workspace.unlocked.people) == 1


def test_the_consent_is_read_in_the_persons_language_and_recorded_in_it(demo: Stage) -> None:
    demo.window.go(PageName.ENROL)
    view = enrol_view(demo)
    demo.read()
    names = [view.consent.spoken.itemText(index) for index in range(view.consent.spoken.count())]
    assert "English" in names
    view.consent.spoken.setCurrentIndex(names.index("العربية"))
    assert view.consent.reading.inside.layoutDirection() is Qt.LayoutDirection.RightToLeft
    demo.read()  # this text as well
    demo.press(Qt.Key.Key_Return)
    consent = view.session.consent
    assert consent is not None
    assert consent.language == "ar"
    demo.window.go(PageName.HOME)
    demo.window.go(PageName.ENROL)
    assert view.consent.spoken.currentText() == "English"


def test_a_number_that_is_taken_and_a_name_that_is_known_are_said_while_typing(demo: Stage) -> None:
    saved(demo)
    demo.window.go(PageName.ENROL)
    view = enrol_view(demo)
    demo.read()
    demo.press(Qt.Key.Key_Return)
    demo.type(view.details.name, "MARIA okoye")
    assert "1001" in view.details.alike.text
    assert "A number is needed." in told(view.details.footer or view.details)  # what lacks, beside Next
    demo.type(view.details.number, "1001")
    assert "belongs to somebody" in view.details.number.accessibleDescription()
    assert not demo.primary().isEnabled()
    assert "To be filled in or corrected: Number" in told(view.details.footer or view.details)
    demo.type(view.details.number, "7")
    assert view.details.number.accessibleDescription() == ""
    assert demo.primary().isEnabled()


def test_a_missing_finger_is_kept_as_an_exception(demo: Stage) -> None:
    view = to_fingers(demo)
    view.fingers._except_for(ExceptionReason.BANDAGED)
    assert [exception.reason for exception in view.session.exceptions][-1] is ExceptionReason.BANDAGED
    assert "bandaged" in {mark.figure for mark in view.fingers.hands._marks}


def test_a_face_is_captured_again_from_the_review_and_stays_until_then(demo: Stage) -> None:
    person(demo, 1)
    view = to_face(demo, "1001", "Maria Okoye")
    demo.until(demo.primary().isEnabled)
    demo.go_on()
    demo.until(view.fingers.isVisible)
    view.fingers._pass_by(ExceptionReason.DECLINED)
    demo.until(view.voice.isVisible)
    without_voice(view)
    demo.until(view.review.isVisible)
    kept = view.session.kept[FACE]
    capture_again(demo, "Face")
    demo.until(view.face.isVisible)
    assert not view.face.panel.running
    assert view.session.kept[FACE] is kept
    demo.press(Qt.Key.Key_R)
    demo.until(lambda: view.session.capture is not None and demo.primary().isEnabled())
    demo.go_on()
    assert view.session.kept[FACE] is not kept


def test_every_attempt_can_be_looked_at_and_an_earlier_one_kept_after_all(demo: Stage) -> None:
    view = with_finger(demo)
    (finger,) = view.session.kept
    before = view.session.kept[finger]
    assert finger.position is not None
    view.fingers._choose(finger.position)  # the same finger anew
    demo.press(Qt.Key.Key_Space, view.fingers.hands)
    demo.until(lambda: view.session.kept[finger] is not before)
    after = view.session.kept[finger]
    no_other_finger(demo, view)
    demo.press(Qt.Key.Key_Return)
    demo.until(view.voice.isVisible)
    without_voice(view)
    demo.until(view.review.isVisible)
    capture_again(demo, "Finger (right index)")  # back to its step, where what was captured still stands
    demo.until(view.fingers.isVisible)
    assert view.session.kept[finger] is after
    no_other_finger(demo, view)
    demo.press(Qt.Key.Key_Return)
    demo.until(view.voice.isVisible)  # declined, which is said there again
    demo.press(Qt.Key.Key_Return)
    demo.until(view.review.isVisible)
    (button,) = [button for button in visible(demo, QPushButton) if button.accessibleName().endswith("6 attempts")]
    assert isinstance(button, QPushButton)
    assert "6 attempts" in button.text()

    def keep_the_earlier_one() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, AttemptsDialog)
        spoken = [frame.accessibleName() for frame in dialog.findChildren(QFrame)]
        assert sum(words.startswith("Attempt ") for words in spoken) == 6
        assert sum(", best" in words for words in spoken) == 1
        keep = next(button for button in dialog.findChildren(QPushButton) if button.text() == "Use this one instead")
        keep.click()

    QTimer.singleShot(0, keep_the_earlier_one)
    button.click()
    demo.until(lambda: view.review.isVisible() and view.session.stage is EnrolmentStage.REVIEW)
    assert view.session.kept[finger].takes == before.takes
    assert [passed.capture.takes for passed in view.session.unused[finger]] == [after.takes]
    demo.go_on()
    demo.until(view.ended.isVisible)
    assert view.session.unused == {}
