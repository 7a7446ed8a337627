"""Nothing that looks at or listens to a person is opened before the person has agreed, or was chosen, on any road."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from mlid_desktop.devices.simulated.camera import SimulatedCamera
from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.subjects import ExceptionReason
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.records.renewal import RenewalQuestion
from mlid_desktop.station.assemble import Station
from mlid_desktop.workflow.enrolment_steps import EnrolmentStep
from tests.contracts.mjpeg_server import MjpegServer
from tests.gui import journeys
from tests.gui.stage import HAND_MS, Stage
from tests.gui.steps import enrol_view, look_up, person, saved, to_face, use_source


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were opened to be looked at or listened to, in their order."""
    found: list[str] = []
    capturing, looking = Station.open_source, Station.open_untrusted

    def open_source(station: Station, address: str, *others: object) -> object:
        found.append(address)
        return capturing(station, address, *others)  # type: ignore[arg-type] # handed on as they came

    def open_untrusted(station: Station, address: str, *others: object) -> object:
        found.append(address)
        return looking(station, address, *others)  # type: ignore[arg-type] # as above

    monkeypatch.setattr(Station, "open_source", open_source)
    monkeypatch.setattr(Station, "open_untrusted", open_untrusted)
    return found


def home_and_back(stage: Stage) -> None:
    stage.window.go(PageName.HOME)
    stage.window.go(PageName.ENROL)


def other_language_and_back(stage: Stage) -> None:
    stage.workspace.speak("fr")
    stage.settle()
    stage.workspace.speak("en")
    stage.settle()


@pytest.mark.parametrize("before", [lambda _: None, home_and_back, other_language_and_back])
def test_no_device_is_opened_on_a_road_through_a_declined_consent(
    demo: Stage, opened: list[str], before: Callable[[Stage], None]
) -> None:
    person(demo, 1)
    demo.window.go(PageName.ENROL)
    demo.read()
    before(demo)
    journeys.declined(demo)
    enrol_view(demo).ended.another.click()  # the next person, who has not answered yet
    demo.settle()
    demo.window.go(PageName.VERIFY)
    demo.settle()
    assert opened == []


def test_a_helper_that_is_ready_for_a_stream_knows_nothing_before_consent_and_ends_with_the_lock(
    demo: Stage, opened: list[str]
) -> None:
    server = MjpegServer()
    try:
        person(demo, 1)
        use_source(demo, server.address, Modality.FACE)
        ready = demo.station.ready_streams
        demo.until(lambda: ready.helper_number is not None)
        opened.clear()  # that of adding it, which asks a stream nothing
        journeys.declined(demo)
        assert opened == []
        assert (server.viewers, server.sent) == (0, 0)
        demo.workspace.lock()
        demo.until(lambda: ready.helper_number is None)
    finally:
        server.close()


def test_a_camera_is_opened_once_the_details_are_there_and_let_go_with_the_page(
    demo: Stage, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cameras: list[SimulatedCamera] = []
    begin = SimulatedCamera.__init__

    def noted(camera: SimulatedCamera, *given: object, **named: object) -> None:
        cameras.append(camera)
        begin(camera, *given, **named)  # type: ignore[arg-type] # handed on as they came

    monkeypatch.setattr(SimulatedCamera, "__init__", noted)
    person(demo, 1)
    view = to_face(demo, "1001", "Maria Okoye")
    demo.until(lambda: bool(opened))
    demo.until(lambda: bool(cameras))
    demo.press(Qt.Key.Key_Escape)
    demo.until(view.details.isVisible)
    demo.until(lambda: all(camera._closed.is_set() for camera in cameras))


def test_of_what_a_person_leaves_out_no_device_is_opened(demo: Stage, opened: list[str]) -> None:
    person(demo, 1)
    demo.window.go(PageName.ENROL)
    view = enrol_view(demo)
    demo.read()
    for modality in (Modality.FACE, Modality.VOICE):
        view.consent.parts.check(modality).click()
    demo.press(Qt.Key.Key_Return)
    demo.type(view.details.number, "1001")
    demo.type(view.details.name, "Maria Okoye")
    demo.wait(HAND_MS)
    demo.press(Qt.Key.Key_Return)
    demo.until(view.fingers.isVisible)
    assert opened == []
    view.to_previous()
    demo.until(view.details.isVisible)  # the face is passed backwards as well
    assert opened == []
    assert {(told.characteristic.modality, told.reason) for told in view.session.exceptions} == {
        (Modality.FACE, ExceptionReason.DECLINED),
        (Modality.VOICE, ExceptionReason.DECLINED),
    }
    assert view.session.consent is not None
    assert view.session.consent.left_out == (Modality.FACE, Modality.VOICE)


def test_nothing_is_agreed_to_but_what_somebody_ticks_and_nothing_of_it_is_asked_of_the_next(demo: Stage) -> None:
    demo.window.go(PageName.ENROL)
    view = enrol_view(demo)
    parts, reading = view.consent.parts, view.consent.reading
    demo.settle()
    boxes = [parts.check(modality) for modality in Modality]
    assert not any(box.isChecked() for box in (*boxes, parts.all))
    assert demo.primary().accessibleDescription().startswith("Read the text to its end")
    reading.aloud.click()
    assert demo.primary().accessibleDescription() == "Tick what the person agrees to."
    parts.check(Modality.FINGERPRINT).click()
    assert demo.primary().text() == "The person agrees, fingers only"
    parts.check(Modality.VOICE).click()
    assert not parts.all.isChecked()
    demo.go_on()
    demo.until(view.details.isVisible)
    assert view.session.consent is not None
    assert view.session.consent.left_out == (Modality.FACE,)
    view.to_previous()
    demo.until(view.consent.isVisible)
    assert parts.agreed == {Modality.FINGERPRINT, Modality.VOICE}  # as it was answered
    demo.window.go(PageName.HOME)
    demo.window.go(PageName.ENROL)
    demo.settle()
    assert not parts.agreed
    assert not demo.primary().isEnabled()
    assert demo.primary().accessibleDescription().startswith("Read the text to its end")  # the next person as well


def test_by_keys_the_end_of_the_text_leads_to_the_box_that_ticks_all_and_enter_alone_agrees_to_nothing(
    demo: Stage,
) -> None:
    demo.window.go(PageName.ENROL)
    view = enrol_view(demo)
    demo.settle()
    parts, reading = view.consent.parts, view.consent.reading
    assert reading.hasFocus()
    for _ in range(20):
        if reading.why_not:
            demo.press(Qt.Key.Key_Return)
            demo.press(Qt.Key.Key_PageDown)
    demo.until(parts.all.hasFocus)
    demo.press(Qt.Key.Key_Return)
    assert not parts.agreed
    assert view.consent.isVisible()
    demo.press(Qt.Key.Key_Space)
    assert parts.agreed == set(Modality)
    parts.check(Modality.VOICE).click()
    assert not parts.all.isChecked()
    parts.all.click()
    assert parts.left_out == frozenset()
    parts.all.click()
    assert not parts.agreed
    demo.press(Qt.Key.Key_Space)
    demo.press(Qt.Key.Key_Return)
    demo.until(view.details.isVisible)
    assert view.session.left_out == frozenset()


def test_what_this_desk_cannot_capture_now_is_asked_with_its_reason(demo: Stage) -> None:
    demo.window.go(PageName.ENROL)
    consent = enrol_view(demo).consent
    demo.settle()
    said = consent.parts._impossible
    assert said.isHidden() == all(map(demo.workspace.can_capture, Modality))
    for modality in Modality:
        assert (f"{consent.parts.check(modality).text()} (" in said.text()) != demo.workspace.can_capture(modality)
    demo.workspace.engine_faults.clear()
    demo.workspace.engines_changed.emit()
    assert said.isHidden()


def test_whoever_agrees_again_is_asked_for_each_part_that_is_recorded(demo: Stage) -> None:
    saved(demo)
    (person,) = demo.workspace.unlocked.people
    known = replace(person, characteristics=(FACE, *person.characteristics))
    question = RenewalQuestion(demo.window, demo.workspace, known)
    question.reading.aloud.click()
    assert question.do.accessibleDescription() == "Tick what the person agrees to."
    question.parts.check(Modality.FINGERPRINT).click()
    assert question.do.accessibleDescription() == "Tick each, or enrol the person again with less."
    question.parts.all.click()
    assert question.parts.agreed == {Modality.FACE, Modality.FINGERPRINT}
    assert question.do.isEnabled()
    assert question.consent(demo.station.clock.now()).left_out == ()  # what was left out before stays so
    question.deleteLater()


def test_no_key_and_no_device_captures_what_was_left_out(demo: Stage, opened: list[str]) -> None:
    person(demo, 1)
    demo.window.go(PageName.ENROL)
    view = enrol_view(demo)
    demo.read()
    view.consent.parts.check(Modality.FACE).click()
    demo.press(Qt.Key.Key_Return)
    demo.type(view.details.number, "1001")
    demo.type(view.details.name, "Maria Okoye")
    demo.wait(HAND_MS)
    demo.press(Qt.Key.Key_Return)
    demo.until(view.fingers.isVisible)
    view._go_to(view.session, EnrolmentStep.FACE)  # as no road leads there
    demo.until(view.face.isVisible)
    demo.press(Qt.Key.Key_R)
    view.face.panel.restart_asked.emit()  # as when a camera is plugged in
    demo.settle()
    assert opened == []
    view.face._skip_for(ExceptionReason.DEVICE_ABSENT)
    assert {told.reason for told in view.session.exceptions} == {ExceptionReason.DECLINED}


def test_a_face_that_was_declined_at_its_step_is_captured_once_the_person_agrees(demo: Stage) -> None:
    person(demo, 1)
    view = to_face(demo, "1001", "Maria Okoye")
    view.face._skip_for(ExceptionReason.DECLINED)
    demo.until(view.fingers.isVisible)
    view.to_previous()
    demo.until(view.face.isVisible)
    view.face.panel.restart_asked.emit()  # as when a camera is plugged in
    demo.settle()
    assert not view.face.panel.running
    assert view.face._retry.text() == "The person now agrees (R)"
    demo.press(Qt.Key.Key_R)
    assert view.face.panel.running


@pytest.mark.parametrize("size", [(1280, 720), (1024, 768)])
def test_all_that_a_person_or_a_guardian_answers_is_seen_without_scrolling(demo: Stage, size: tuple[int, int]) -> None:
    demo.window.resize(*size)
    demo.window.go(PageName.ENROL)
    demo.settle()
    consent = enrol_view(demo).consent
    for box in (*map(consent.parts.check, Modality), consent.guardian):
        assert box.visibleRegion().boundingRect() == box.rect()
    demo.window.resize(960, 540)
    demo.settle()
    consent.guardian.click()
    demo.settle()
    assert not consent.guardian_name.visibleRegion().isEmpty(), "what gets the focus is scrolled to"


def test_by_a_voice_alone_nobody_is_enrolled(demo: Stage) -> None:
    demo.window.go(PageName.ENROL)
    view = enrol_view(demo)
    demo.read()
    for modality in (Modality.FACE, Modality.FINGERPRINT):
        view.consent.parts.check(modality).click()
    assert not demo.primary().isEnabled()
    view.consent.parts.check(Modality.FINGERPRINT).click()
    assert demo.primary().isEnabled()
    assert demo.primary().text() == "The person agrees, without face"


def test_a_check_opens_nothing_before_the_person_is_chosen(demo: Stage, opened: list[str]) -> None:
    saved(demo)
    opened.clear()
    look_up(demo, "1001")
    demo.settle()
    assert opened == []
    demo.press(Qt.Key.Key_Return)
    demo.until(lambda: bool(opened))
