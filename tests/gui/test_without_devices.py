"""A desk to which nothing is connected: every step of an enrolment says what can be done and lets the person go on; and
nobody loses by a key what was captured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton, QWidget

from mlid_desktop.domain.characteristics import FACE, VOICE, Modality
from mlid_desktop.domain.subjects import ExceptionReason
from mlid_desktop.gui.enrol.presenter import ReviewRow, review_screen, steps_screen
from mlid_desktop.gui.enrol.view import EnrolView
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.widgets.dialogs import Answer, Question
from mlid_desktop.gui.widgets.step_line import StepLine
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.text.language import open_language
from mlid_desktop.workflow.enrolment_steps import EnrolmentStep
from tests.gui.stage import HAND_MS, Stage
from tests.gui.steps import buttons, enrol_view, person, to_fingers, to_voice, told, with_finger, words


@pytest.fixture
def bare(qapp: QApplication, tmp_path: Path) -> Iterator[Stage]:
    """A real vault without models, cameras, readers or microphones."""
    stage = Stage(qapp, tmp_path, models=tmp_path / "none")
    stage.create_vault(demo=False)
    yield stage
    stage.close()


def to_face(stage: Stage, name: str) -> EnrolView:
    stage.window.go(PageName.ENROL)
    view = enrol_view(stage)
    stage.read()
    asked: list[str] = []

    def refuse(question: Question) -> bool:
        asked.append(question.windowTitle())
        return False

    view.consent.asking.ask = refuse
    stage.press(Qt.Key.Key_Return)
    assert view.consent.isVisible()
    assert asked == ["The text does not say who asks"]
    stage.read()
    stage.press(Qt.Key.Key_Return)
    stage.type(view.details.number, "1001")
    stage.type(view.details.name, "x")
    view.details.name.setText(name)
    stage.wait(HAND_MS)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.face.isVisible)
    return view


def test_who_can_be_captured_by_nothing_is_sent_on_with_a_document(bare: Stage) -> None:
    view = to_face(bare, "Maria Okoye")
    buttons(view.face, "Go on without the face")[0].click()
    bare.until(view.fingers.isVisible)
    assert [(told.characteristic, told.reason) for told in view.session.exceptions] == [
        (FACE, ExceptionReason.DEVICE_ABSENT)
    ]
    said = words(view.fingers)
    assert "shows a document instead" in said
    buttons(view.fingers, "End without enrolling")[0].click()
    bare.until(lambda: bare.window.current is bare.view(PageName.HOME))
    assert not view.is_open


@pytest.mark.parametrize("name", ["سحر\u200cناز", "Ann\u00a0Example", "山田\u3000太郎"])
def test_a_name_is_taken_as_people_type_it_and_stands_in_the_header_of_every_step(bare: Stage, name: str) -> None:
    view = to_face(bare, name)
    details = view.session.details
    assert details is not None
    for page in (view.face, view.fingers):
        bare.until(page.isVisible)
        shown = [label.accessibleName() for label in page.findChildren(QLabel) if label.isVisible()]
        assert any(details.name in words and "1001" in words for words in shown)
        if page is view.face:
            buttons(view.face, "Go on without the face")[0].click()


def test_fingers_are_passed_by_with_one_reason_where_a_face_was_captured_without_a_reader(demo: Stage) -> None:
    view = with_finger(demo)
    view.fingers._pass_by(ExceptionReason.DEVICE_ABSENT)
    demo.until(view.voice.isVisible)
    told = {exception.characteristic.position for exception in view.session.exceptions} - {None}
    assert len(told) == 1  # the index that was not given; the other was
    assert {exception.characteristic.modality for exception in view.session.exceptions} == {
        Modality.FACE,
        Modality.FINGERPRINT,
    }


def test_the_line_of_steps_ticks_what_was_captured_and_nothing_that_was_passed_by(demo: Stage) -> None:
    view = with_finger(demo)  # of a person whose face was passed by
    view.fingers._pass_by(ExceptionReason.DEVICE_ABSENT)
    demo.until(view.voice.isVisible)
    names, at, _, passed_by = steps_screen(view.session, EnrolmentStep.VOICE, demo.workspace.language)
    assert [names[index] for index in sorted(passed_by) if index < at] == ["Face"]
    (line,) = [line for line in view.voice.findChildren(StepLine) if line.isVisible()]
    as_shown = line.grab().toImage()
    line.show_steps(names, at, "as if every step were done")
    assert line.grab().toImage() != as_shown


def test_enter_drops_no_finger_that_is_being_captured(demo: Stage) -> None:
    view = with_finger(demo)
    assert demo.primary().isEnabled()
    demo.press(Qt.Key.Key_Space)
    demo.until(lambda: view.fingers.panel.running)
    assert not demo.primary().isEnabled()
    demo.press(Qt.Key.Key_Return)
    demo.until(lambda: len([kept for kept in view.session.kept if kept.modality is Modality.FINGERPRINT]) == 2)
    assert view.fingers.isVisible()
    assert demo.primary().isEnabled()


def test_reasons_are_those_that_can_be_true(demo: Stage) -> None:
    view = to_voice(demo)

    def offered(menu: QMenu) -> list[str]:
        return [action.text() for action in menu.actions()]

    assert "missing" in offered(view.fingers._exception.menu())
    assert "missing" not in offered(view.face._skip.menu())
    assert offered(view.voice._skip.menu()) == ["declined", "not possible at this desk"]


def test_a_voice_that_is_captured_shows_its_attempts_when_it_is_come_back_to(demo: Stage) -> None:
    view = to_voice(demo)
    demo.press(Qt.Key.Key_Space)
    demo.until(lambda: VOICE in view.session.kept)
    demo.press(Qt.Key.Key_Escape)
    demo.until(view.fingers.isVisible)
    demo.press(Qt.Key.Key_Return)
    demo.until(view.voice.isVisible)
    said = [label.text() for label in view.voice.findChildren(QLabel) if label.isVisible()]
    assert "The voice is captured" in said
    assert "No attempt yet" not in said


@pytest.mark.parametrize("answer", list(Answer))
def test_leaving_is_asked_and_staying_is_what_enter_and_esc_do(
    demo: Stage, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    view = with_finger(demo)
    asked: list[Question] = []

    def answered(question: Question) -> Answer:
        question.show()
        demo.lay_out()
        assert question.keep.isDefault()
        drawn = [part.text() for part in question.findChildren(QPushButton) if part.property("kind") == "primary"]
        assert drawn == [question.keep.text()], "what Enter does is what stands out"
        assert question.keep.hasFocus() or question.focusWidget() is question.keep
        asked.append(question)
        question.close()
        return answer

    monkeypatch.setattr(Question, "answered", answered)
    demo.window.go(PageName.HOME)
    demo.settle()
    assert len(asked) == 1
    stayed = demo.window.current is view
    assert stayed == (answer is Answer.FIRST)
    kept = demo.workspace.vault_worker.submit(demo.vault.drafts.all).result()
    assert bool(kept) == (answer is not Answer.SECOND)


def test_enter_begins_and_the_other_finger_is_asked_for_by_itself(demo: Stage) -> None:
    person(demo, 1)
    view = to_fingers(demo)
    assert demo.primary() is view.fingers.take
    assert view.fingers.take.text() == "Capture (Space)"
    before = view.fingers.take.geometry()
    demo.press(Qt.Key.Key_Return)
    demo.until(lambda: "1 of 2 done" in view.fingers.panel.hint.accessibleDescription())
    assert not demo.primary().isEnabled()  # the next one is about to be captured
    demo.press(Qt.Key.Key_Return)
    demo.until(lambda: "2 of 2 done" in view.fingers.panel.hint.accessibleDescription())
    assert view.fingers.isVisible()
    demo.settle()
    after = view.fingers.take.geometry()
    assert after.top() == before.top()
    assert abs(after.right() - before.right()) <= 8, "beside Next, before and after"
    assert not view.fingers.hands._lines, "the quality is said by bars and attempts"
    assert demo.primary().text() == "Next"
    assert demo.primary().isEnabled()


def test_what_was_not_captured_is_said_at_the_review_and_a_device_that_comes_is_offered(demo: Stage) -> None:
    view = with_finger(demo)
    rows = {row.title: row.lines for row in review_screen_of(view)}
    assert rows["Finger (left index)"] == ("Not captured: bandaged",)
    assert rows["Voice"] == ("Not captured, and no reason was given",)
    assert rows["Face"] == ("Not captured: not possible at this desk",)
    without_source(demo, Modality.VOICE)
    demo.press(Qt.Key.Key_Return)
    demo.until(view.voice.panel.empty.isVisible)
    buttons(view.voice, "Go on without a voice")[0].click()
    demo.until(view.review.isVisible)
    assert not named_buttons(view.review, "Voice: Capture now")
    demo.workspace.refresh_sources()
    demo.until(lambda: bool(named_buttons(view.review, "Voice: Capture now")))
    assert "The microphone can be used now." in told(view.review.late)
    demo.settle()
    assert not view.review.late.findChildren(QPushButton), "each is captured by the act of its own card"
    named_buttons(view.review, "Voice: Capture now")[0].click()
    demo.until(view.voice.isVisible)
    assert Modality.FINGERPRINT in {kept.modality for kept in view.session.kept}


def test_a_reader_that_is_waited_for_is_used_once_it_is_there(demo: Stage) -> None:
    person(demo, 1)
    without_source(demo, Modality.FINGERPRINT)
    view = to_fingers(demo)
    demo.until(view.fingers.panel.empty.isVisible)
    demo.workspace.refresh_sources()
    demo.until(lambda: view.fingers.panel.running or bool(view.session.kept))


def named_buttons(part: QWidget, name: str) -> list[QPushButton]:
    """The buttons in view that a screen reader calls so."""
    return [each for each in part.findChildren(QPushButton) if each.accessibleName() == name and each.isVisible()]


def without_source(stage: Stage, modality: Modality) -> None:
    """Nothing is connected for this modality until sources are looked for again."""
    kept = tuple(choice for choice in stage.workspace.unlocked.choices if choice.modality is not modality)
    stage.workspace._unlocked = replace(stage.workspace.unlocked, choices=kept)
    stage.workspace.sources_changed.emit()


def review_screen_of(view: EnrolView) -> tuple[ReviewRow, ...]:
    """What the review would say of the enrolment as it stands."""
    return review_screen(view.session, open_language(resource_folder() / "translations", "en")).rows
