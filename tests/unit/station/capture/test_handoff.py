"""Nobody places a finger: the reader is let go after its patience, and what is no touch does not lengthen it."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from mlid_desktop.devices.sample_stamp import SampleStamp
from mlid_desktop.domain.characteristics import FingerPosition, Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, FrameSample
from mlid_desktop.station.capture.handoff import (
    MOST_BEHIND_S,
    Every,
    GatedHandoff,
    InOrder,
    Newest,
    NewestOfPatient,
    handoff_for,
)

READER = DeviceIdentity("reader", "1", "Reader")
OVER = 0.0  # seconds: over at once, unless a touch or an absence says otherwise


def notice(event: DeviceEvent, hint: Hint | None = None) -> DeviceNotice:
    return DeviceNotice(event, READER, hint, given=FingerPosition.LEFT_THUMB)


def gives_up(*notices: DeviceNotice, patience_s: float = OVER) -> bool:
    """Whether the reader of the hand-off hears that nobody came, after these and before the end."""
    handoff = Newest(patience_s)
    items = iter(handoff)
    for notice in notices:
        handoff.put(notice)
        next(items)
    if handoff._deadline is None:
        return False
    with pytest.raises(DeviceError) as fault:
        next(items)
    return fault.value.code is Code.DEVICE_NO_FINGER


def test_nobody_comes() -> None:
    assert gives_up()
    assert gives_up(notice(DeviceEvent.FINGER_WANTED))


def test_a_services_own_time_out_is_no_touch_and_a_finger_is() -> None:
    handoff = Newest(1000.0)
    before = handoff._deadline
    handoff.put(notice(DeviceEvent.TRY_AGAIN, Hint.PLACE_FINGER))
    handoff.put(notice(DeviceEvent.FINGER_WANTED))
    assert handoff._deadline == before
    handoff.put(notice(DeviceEvent.TRY_AGAIN, Hint.CENTRE_FINGER))
    assert handoff._deadline is not None
    assert before is not None
    assert handoff._deadline > before


def test_a_reader_that_is_away_does_not_run_the_time_down() -> None:
    assert not gives_up(notice(DeviceEvent.LOST))
    assert gives_up(notice(DeviceEvent.LOST), notice(DeviceEvent.BACK))


def test_only_fingers_are_waited_for_with_a_limit() -> None:
    assert isinstance(handoff_for(Modality.VOICE), Every)
    face, fingers = handoff_for(Modality.FACE), handoff_for(Modality.FINGERPRINT)
    assert isinstance(face, Newest)
    assert isinstance(fingers, Newest)
    assert (face._deadline is None, fingers._deadline is None) == (True, False)


def test_a_recording_loses_nothing_however_slowly_it_is_read() -> None:
    handoff = handoff_for(Modality.FACE, waits=True)
    notices = [
        DeviceNotice(DeviceEvent.FINGER_ON, DeviceIdentity("dir", str(number), "frames")) for number in range(50)
    ]

    def deliver() -> None:
        for notice in notices:
            handoff.put(notice)
        handoff.close()

    writer = threading.Thread(target=deliver)
    writer.start()
    read = []
    for item in handoff:
        time.sleep(0.001)
        read.append(item)
    writer.join()
    assert read == notices


def test_a_writer_that_waits_is_let_go_when_nobody_reads_any_more() -> None:
    handoff = InOrder()
    notice = DeviceNotice(DeviceEvent.FINGER_ON, DeviceIdentity("dir", "1", "frames"))
    handoff.put(notice)
    writer = threading.Thread(target=handoff.put, args=(notice,))
    writer.start()
    handoff.close()
    writer.join()
    assert list(handoff) == [notice]


def test_who_is_drawn_waits_for_a_busy_machine_and_shows_a_preview_meanwhile() -> None:
    handoff = NewestOfPatient()
    stamp = SampleStamp(DeviceIdentity("simulated", "face-1", "camera"), SourceKind.SIMULATED)
    delivered: list[float] = []

    def deliver() -> None:
        for number in range(100):
            frame = stamp.frame(np.zeros((2, 2, 3), np.uint8), number * 0.04)
            handoff.put(frame)
            delivered.append(frame.captured_at)
        handoff.close()

    writer = threading.Thread(target=deliver)
    writer.start()
    times = []
    for item in handoff:
        assert isinstance(item, FrameSample)
        times.append(item.captured_at)
        time.sleep(0.005)
    writer.join()
    assert max(np.diff(times)) <= 2 * MOST_BEHIND_S
    assert len(times) < len(delivered) == 100


def test_a_source_that_waits_is_let_go_when_its_capture_ends() -> None:
    handoff = NewestOfPatient()
    stamp = SampleStamp(DeviceIdentity("simulated", "face-1", "camera"), SourceKind.SIMULATED)
    frames = [stamp.frame(np.zeros((2, 2, 3), np.uint8), float(number)) for number in range(2)]

    def deliver() -> None:
        for frame in frames:
            handoff.put(frame)

    writer = threading.Thread(target=deliver)
    writer.start()
    writer.join(0.05)
    assert writer.is_alive()
    handoff.close()
    writer.join(60)
    assert not writer.is_alive()


def test_behind_a_gate_nothing_is_read_before_it_is_opened() -> None:
    gate = GatedHandoff(Newest())
    stamp = SampleStamp(READER, SourceKind.LIVE)
    first, newest, after = (stamp.frame(np.zeros((2, 2, 3), np.uint8), float(number)) for number in range(3))
    gate.put(notice(DeviceEvent.LOST))
    gate.put(first)
    gate.put(newest)
    assert gate.glance() is newest
    assert gate.glance() is None  # each frame is glanced at once
    gate.put(newest)
    gate.open()
    assert gate.glance() is None
    gate.put(after)
    gate.close()
    assert list(gate) == [after]


def test_a_fault_behind_a_gate_is_known_and_raised_to_the_reader() -> None:
    assert not GatedHandoff(Newest()).closed
    gate = GatedHandoff(Newest())
    gate.close(DeviceError(Code.DEVICE_NOT_FOUND))
    assert gate.closed
    with pytest.raises(DeviceError):
        next(iter(gate))
