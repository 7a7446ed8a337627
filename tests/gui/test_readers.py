"""Fingerprint readers in the real window: libfprint with its driver without hardware, and a device service."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from mlid_desktop.devices.fingerprint.process import READER_PROGRAM
from mlid_desktop.domain.characteristics import FingerPosition, Modality
from mlid_desktop.domain.subjects import ExceptionReason
from mlid_desktop.gui.device_setup.page import DevicesPage
from mlid_desktop.gui.device_setup.source_list import SourceButton
from mlid_desktop.gui.device_setup.trust_presenter import trust_screen
from mlid_desktop.gui.enrol.fingers_step import FingersStep
from mlid_desktop.gui.enrol.presenter import review_screen
from mlid_desktop.gui.enrol.view import EnrolView
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.station.capture.handoff import Newest
from tests.contracts.sbi_desk import record_of
from tests.contracts.sbi_service import SbiService, service_on_a_specified_port
from tests.contracts.virtual_reader import FINGER, UNPLUG, VirtualReader, finger, require_libfprint
from tests.gui.stage import PATIENCE_S, SECOND, SECOND_PASSPHRASE, Stage
from tests.gui.steps import person, to_fingers, use_source


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[VirtualReader]:
    """The reader on the desk."""
    require_libfprint()
    made = VirtualReader(tmp_path)
    yield made
    made.let_go()


def at_the_reader(stage: Stage, address: str) -> EnrolView:
    """The finger step, with this reader in use."""
    use_source(stage, address, Modality.FINGERPRINT)
    return to_fingers(stage)


def takes(view: EnrolView) -> int:
    capture = view.session.capture
    return 0 if capture is None else len(capture.takes)


def ready(stage: Stage, view: EnrolView) -> None:
    """Until the window asks for the finger: from then on the reader listens."""
    stage.until(lambda: view.fingers.panel.hint.prompt == "Place the right index")


def nobody_comes_any_more(view: EnrolView) -> None:
    """The patience with which the finger is waited for is at its end, now and after whatever is still under way."""
    live = view.fingers.panel._live
    assert live is not None
    handoff = live._handoff
    assert isinstance(handoff, Newest)
    with handoff._changed:
        handoff._patience_s = handoff._deadline = 0.0
        handoff._changed.notify()


def touch_twice_more(stage: Stage, view: EnrolView, reader: VirtualReader) -> None:
    """The second and the third take; then the finger is kept by itself."""
    reader.touch(finger(7, 1))
    stage.until(lambda: takes(view) == 2)
    reader.touch(finger(7, 2))
    stage.until(lambda: bool(view.session.kept))


def said(step: FingersStep) -> str:
    return f"{step.panel.hint.prompt} {step.panel.hint.accessibleDescription()}"


def test_the_window_says_place_hold_and_lift_and_keeps_the_finger_by_itself(demo: Stage, reader: VirtualReader) -> None:
    view = at_the_reader(demo, f"reader:0?virtual={reader.path}")
    demo.press(Qt.Key.Key_Space)
    ready(demo, view)
    reader.say(FINGER, 1)
    demo.until(lambda: view.fingers.panel.hint.prompt == "Hold still")
    reader.touch(finger(7, 0))
    demo.until(lambda: takes(view) == 1)
    reader.say(FINGER, 0)
    demo.until(lambda: "Capture 1 of 3 is done" in said(view.fingers))
    touch_twice_more(demo, view, reader)
    assert view.fingers.panel.hint.prompt.startswith("Captured: ")


def test_where_nobody_comes_it_says_so_and_goes_on_with_the_takes_there_are(demo: Stage, reader: VirtualReader) -> None:
    demo.workspace.finger_patience_s = PATIENCE_S
    view = at_the_reader(demo, f"reader:0?virtual={reader.path}")
    demo.press(Qt.Key.Key_Space)
    ready(demo, view)
    reader.touch(finger(7, 0))
    demo.until(lambda: takes(view) == 1)
    nobody_comes_any_more(view)
    demo.until(view.fingers.panel.empty.isVisible)
    assert view.fingers.panel.empty.accessibleName().startswith("Nobody placed a finger")
    reader.let_go()
    retry = next(button for button in view.fingers.panel.empty.findChildren(Button) if button.text() == "Try again")
    retry.click()
    demo.until(lambda: view.fingers.panel.running)
    assert takes(view) == 1
    ready(demo, view)
    touch_twice_more(demo, view, reader)


def test_a_reader_that_is_unplugged_in_the_middle_goes_on_when_it_is_back(demo: Stage, reader: VirtualReader) -> None:
    view = at_the_reader(demo, f"reader:0?virtual={reader.path}")
    demo.press(Qt.Key.Key_Space)
    ready(demo, view)
    reader.touch(finger(7, 0))
    demo.until(lambda: takes(view) == 1)
    reader.say(UNPLUG)
    reader.let_go()
    demo.until(lambda: view.fingers.panel.hint.prompt == "Connect the device again")
    demo.until(lambda: "Capture 1 of 3 is done" in said(view.fingers))
    touch_twice_more(demo, view, reader)


@pytest.fixture
def service() -> Iterator[SbiService]:
    """A vendor's device service, with a finger on its device."""
    made = service_on_a_specified_port()
    made.record = record_of(finger(7, 0))
    yield made
    made.close()


def test_a_device_service_is_asked_for_the_finger_and_another_one_is_named(demo: Stage, service: SbiService) -> None:
    service.change_data = lambda data: data.update(bioSubType="Left Thumb")
    view = at_the_reader(demo, f"sbi:{service.port}")
    demo.press(Qt.Key.Key_Space)
    demo.until(lambda: view.fingers.panel.hint.prompt == "This is the left thumb")
    assert "place the right index" in said(view.fingers)
    asked = next(fields for verb, fields in service.requests if verb == "RCAPTURE")
    assert asked["bio"][0]["bioSubType"] == ["Right IndexFinger"]
    assert takes(view) == 0
    assert view.fingers.hands.current is FingerPosition.RIGHT_INDEX


def test_a_reader_that_gives_no_image_is_listed_greyed_with_the_reason(demo: Stage) -> None:
    listed = replace(demo.workspace.unlocked.choices[0], modality=Modality.FINGERPRINT, usable=False, note="no image")
    demo.workspace._unlocked = replace(demo.workspace.unlocked, choices=(listed,))
    button = SourceButton(demo.theme, listed, ("", False))
    assert not button.isEnabled()
    assert "no image" in {label.text() for label in button.findChildren(QLabel)}
    assert demo.workspace.source(Modality.FINGERPRINT) is None


def test_every_finger_is_found_by_name_and_state_and_exceptions_reach_the_review(demo: Stage) -> None:
    person(demo, 1)
    view = to_fingers(demo)
    hands = view.fingers.hands
    demo.press(Qt.Key.Key_Return)  # nothing is captured yet: it captures
    demo.until(lambda: bool(view.session.kept))
    demo.press(Qt.Key.Key_Home)
    assert hands.current is FingerPosition.LEFT_LITTLE
    view.fingers._except_for(ExceptionReason.INJURED)
    names = [widget.accessibleName() for widget in hands.findChildren(QWidget)]
    assert names[0] == "left little: injured"
    assert names[1] == "left ring: to do"
    assert names[6].startswith("right index: taken, quality ")
    rows = review_screen(view.session, demo.workspace.language).rows
    assert ("Finger (left little)", ("Not captured: injured",)) in [(row.title, row.lines) for row in rows]


def test_a_supervisor_trusts_a_devices_certificate_after_a_second_look_and_takes_it_back(
    demo: Stage, service: SbiService
) -> None:
    use_source(demo, f"sbi:{service.port}", Modality.FINGERPRINT)
    demo.window.go(PageName.DEVICES)
    devices = demo.view(PageName.DEVICES)
    assert isinstance(devices, DevicesPage)
    choice = demo.workspace.source(Modality.FINGERPRINT)
    assert choice is not None
    page = devices.trust_page(choice)
    page.ask_second = lambda *_: (SECOND, SECOND_PASSPHRASE)
    page.show()
    demo.until(lambda: "Nobody who is trusted" in page.verdict.text)
    language = demo.workspace.language
    (card, *_) = trust_screen(page._chain, language, trusted=False, may_decide=True).cards
    page.trust(card, "0000 0000")
    assert "Nothing was changed" in page.fault.text
    page.trust(card, card.fingerprint[-9:])
    demo.until(lambda: page.verdict.text.startswith("A certificate that is trusted"))
    page.withdraw(card)
    demo.until(lambda: "Nobody who is trusted" in page.verdict.text)
    page.accept()
    page.deleteLater()


def test_the_preview_of_a_device_service_is_seen_and_is_no_take(demo: Stage, service: SbiService) -> None:
    service.waits_for_a_finger.clear()
    service.pictures = [cv2.imencode(".jpg", finger(7, 0))[1].tobytes()]
    view = at_the_reader(demo, f"sbi:{service.port}")
    demo.press(Qt.Key.Key_Space)
    demo.until(lambda: view.fingers.panel.preview.has_picture)
    assert takes(view) == 0
    assert view.fingers.panel.hint.prompt == "Place the right index"


def test_a_reader_that_is_in_use_elsewhere_says_so_and_what_helps(demo: Stage, service: SbiService) -> None:
    service.information["deviceStatus"] = "Busy"
    view = at_the_reader(demo, f"sbi:{service.port}")
    demo.press(Qt.Key.Key_Space)
    demo.until(view.fingers.panel.empty.isVisible)
    assert view.fingers.panel.empty.accessibleName().startswith("Another program is using the device. Close the other")
    choice = demo.workspace.source(Modality.FINGERPRINT)
    assert choice is not None
    devices = demo.view(PageName.DEVICES)
    assert isinstance(devices, DevicesPage)
    devices._look_at(choice)
    demo.until(lambda: devices.trial.said.text.startswith("Another program is using the device."))
    devices.leave()
    service.information["deviceStatus"] = "Ready"
    next(button for button in view.fingers.panel.empty.findChildren(Button) if button.text() == "Try again").click()
    ready(demo, view)


def test_a_reader_whose_driver_hangs_is_let_go_and_the_takes_stay(demo: Stage, reader: VirtualReader) -> None:
    demo.workspace.finger_patience_s = PATIENCE_S  # only the hanging driver may end the capture
    view = at_the_reader(demo, f"reader:0?virtual={reader.path}")
    demo.press(Qt.Key.Key_Space)
    ready(demo, view)
    reader.touch(finger(7, 0))
    demo.until(lambda: takes(view) == 1)
    (driver,) = driver_processes()
    os.kill(driver, signal.SIGSTOP)
    demo.until(view.fingers.panel.empty.isVisible)
    assert view.fingers.panel.empty.accessibleName().startswith("The device stopped delivering. Unplug it")
    reader.let_go()
    view.fingers._capture()
    ready(demo, view)
    assert takes(view) == 1


def driver_processes() -> list[int]:
    """The processes of reader drivers that this test has started, by their numbers."""
    children = " ".join(path.read_text() for path in Path("/proc/self/task").glob("*/children")).split()
    return [
        int(process)
        for process in children
        if READER_PROGRAM.module.encode() in Path(f"/proc/{process}/cmdline").read_bytes()
    ]
