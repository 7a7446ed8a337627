"""Nobody places a finger: the reader is let go after its patience, and what is no touch does not lengthen it."""

from __future__ import annotations

import threading
import time

import pytest

from mlid_desktop.domain.characteristics import FingerPosition, Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice
from mlid_desktop.station.capture.handoff import Every, InOrder, Newest, handoff_for

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
