"""Local cameras. Unplugging cannot be done to a real one in a test, so ``cv2.VideoCapture`` is stood in for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlid_desktop.devices.camera.discovery import FoundCamera, find_cameras
from mlid_desktop.devices.camera.local import Camera, FrameFormat
from mlid_desktop.devices.camera.steady_camera import CameraTimeouts
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, FrameSample, Image, SourceItem
from tests.contracts.pictures import picture
from tests.contracts.source_contract import SourceContract
from tests.pictures import opened

AT_ONCE = CameraTimeouts(
    first_frame=60.0, stalled_after=60.0, release=0.2, reopen_first=0.05, reopen_most=0.1, black_after=0.05
)
WITHOUT_A_FRAME = replace(AT_ONCE, first_frame=0.4)  # where the time has to run out: before the first, or after it
WITHOUT_ANOTHER = replace(AT_ONCE, stalled_after=0.4)


def desk_does_nothing() -> None:
    """Until a test says what happens."""


class Desk:
    """Cameras as the system lists them, and what opening one gives."""

    def __init__(self) -> None:
        self.found: list[FoundCamera] = [FoundCamera(0, "046d:0825:1234@1-1", "Desk camera")]
        self.image: Image | None = picture(1)
        self.busy = False
        self.hangs = threading.Event()
        self.goes_on = threading.Event()
        self.opened = 0
        self.released = 0
        self.asked = 0
        self._acts_at = -1
        self._act: Callable[[], None] = desk_does_nothing

    def find(self) -> tuple[FoundCamera, ...]:
        self._count()
        return tuple(self.found)

    def open(self, index: int) -> StandIn:
        self.opened += 1
        return StandIn(self, index)

    def camera(self, index: int = 0, timeouts: CameraTimeouts = AT_ONCE) -> Camera:
        return Camera(index, self.find, self.open, timeouts)

    def act_after(self, looks: int, act: Callable[[], None]) -> None:
        """Acts when the cameras have been looked for so many times more, as each attempt to open one does."""
        self._acts_at, self._act = self.asked + looks, act

    def _count(self) -> None:
        self.asked += 1
        if self.asked == self._acts_at:
            self._act()


class StandIn:
    """Behaves as cv2.VideoCapture does on Linux: a camera that was pulled out fails at once."""

    def __init__(self, desk: Desk, index: int) -> None:
        self._desk = desk
        self._camera = next((camera for camera in desk.found if camera.index == index), None)
        self._granted: dict[int, float] = {}

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return self._camera is not None and not self._desk.busy

    def read(self) -> tuple[bool, Any]:
        time.sleep(0.002)
        if self._desk.hangs.is_set():
            self._desk.goes_on.wait()
        image = self._desk.image
        return self._camera in self._desk.found and image is not None, image

    def set(self, property_id: int, value: float, /) -> bool:
        self._granted[property_id] = value
        return True

    def get(self, property_id: int, /) -> float:
        return self._granted.get(property_id, 0.0)

    def release(self) -> None:
        self._desk.released += 1


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.goes_on.set()


class TestCamera(SourceContract):
    kind = SourceKind.LIVE

    @pytest.fixture
    def make(self, desk: Desk) -> Callable[[], Source]:
        return desk.camera

    @pytest.fixture
    def absent(self, desk: Desk) -> Source:
        return desk.camera(3)

    def test_what_was_granted_is_reported(self, desk: Desk) -> None:
        camera = desk.camera()
        items = camera.samples()
        next(items)
        camera.close()
        list(items)
        assert camera.granted == FrameFormat(1280, 720, 30.0)
        assert desk.opened == desk.released == 1

    def test_unplugged_and_plugged_in_under_another_number_it_goes_on(self, desk: Desk) -> None:
        source = desk.camera()
        items: Iterator[SourceItem] = source.samples()
        next(items)
        camera = desk.found.pop()
        lost = next(item for item in items if isinstance(item, DeviceNotice))
        desk.found.append(FoundCamera(2, camera.key, camera.name))
        back, after = next(items), next(items)
        source.close()
        assert list(items) == []
        assert lost.event is DeviceEvent.LOST
        assert isinstance(back, DeviceNotice)
        assert back.event is DeviceEvent.BACK
        assert isinstance(after, FrameSample)
        assert after.provenance.device == source.identity
        assert after.sequence > 0
        assert after.provenance.opening == 1

    def test_another_camera_does_not_take_its_place(self, desk: Desk) -> None:
        source = desk.camera()
        items = source.samples()
        next(items)
        desk.found[:] = [FoundCamera(0, "dead:beef:1@9-9", "Somebody else's camera")]
        next(item for item in items if isinstance(item, DeviceNotice))
        desk.act_after(3, source.close)
        assert list(items) == []

    @pytest.mark.parametrize(
        "posing", [{"virtual": True}, {"driver": "v4l2loopback"}, {"name": "Somebody else's camera"}]
    )
    def test_what_poses_as_the_camera_while_it_is_away_does_not_take_its_place(
        self, desk: Desk, posing: dict[str, Any]
    ) -> None:
        source = desk.camera()
        items = source.samples()
        next(items)
        desk.found[:] = [replace(desk.found[0], **posing)]
        next(item for item in items if isinstance(item, DeviceNotice))
        desk.act_after(3, source.close)
        assert list(items) == []

    def test_a_camera_whose_index_another_took_before_it_was_opened_is_not_there(self, desk: Desk) -> None:
        camera = desk.camera()
        mine = desk.found[0]
        desk.act_after(
            2, lambda: desk.found.__setitem__(slice(None), [FoundCamera(0, "other", "Other"), replace(mine, index=1)])
        )
        with pytest.raises(DeviceError) as fault:
            next(camera.samples())
        assert fault.value.code is Code.DEVICE_NOT_FOUND
        assert desk.opened == desk.released == 1

    def test_a_camera_that_fails_and_fails_is_lost_once_and_not_for_each_attempt(self, desk: Desk) -> None:
        source = desk.camera()
        items = source.samples()
        next(items)
        desk.image = None
        opened_before = desk.opened
        lost = next(item for item in items if isinstance(item, DeviceNotice))
        desk.act_after(3, source.close)
        assert lost.event is DeviceEvent.LOST
        assert list(items) == []
        assert desk.opened > opened_before

    def test_absent_and_busy_are_told_apart(self, desk: Desk) -> None:
        with pytest.raises(DeviceError) as fault:
            next(desk.camera(5).samples())
        assert fault.value.code is Code.DEVICE_NOT_FOUND
        desk.busy = True
        with pytest.raises(DeviceError) as fault:
            next(desk.camera().samples())
        assert fault.value.code is Code.DEVICE_BUSY
        assert desk.released == 1

    def test_a_camera_this_account_may_not_open_is_denied(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        desk.busy = True
        monkeypatch.setattr("mlid_desktop.devices.camera.local.is_denied", lambda _: True)
        with pytest.raises(DeviceError) as fault:
            next(desk.camera().samples())
        assert fault.value.code is Code.DEVICE_DENIED

    def test_a_camera_that_shows_nothing_but_black_is_a_fault(self, desk: Desk) -> None:
        desk.image = np.zeros((120, 160, 3), np.uint8)
        with pytest.raises(DeviceError) as fault:
            list(islice(desk.camera().samples(), 500))
        assert fault.value.code is Code.DEVICE_DARK

    def test_a_clock_that_stands_is_a_fault_of_the_machine_and_no_attack(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        items = desk.camera().samples()
        next(items)
        monkeypatch.setattr("mlid_desktop.devices.camera.driver_thread.time.monotonic", lambda: 7.0)
        with pytest.raises(DeviceError) as fault:
            list(islice(items, 500))
        assert fault.value.code is Code.DEVICE_CLOCK_STANDS

    @pytest.mark.parametrize("from_the_start", [True, False])
    def test_a_driver_that_hangs_is_noticed(self, desk: Desk, from_the_start: bool) -> None:
        items = desk.camera(timeouts=WITHOUT_A_FRAME if from_the_start else WITHOUT_ANOTHER).samples()
        if not from_the_start:
            next(items)
        desk.hangs.set()
        with pytest.raises(DeviceError) as fault:
            list(islice(items, 500))
        assert fault.value.code is Code.DEVICE_STALLED

    def test_it_closes_although_the_driver_hangs(self, desk: Desk) -> None:
        source = desk.camera()
        items = source.samples()
        next(items)
        desk.hangs.set()
        threading.Timer(0.1, source.close).start()
        assert len(list(islice(items, 500))) < 500

    @pytest.mark.parametrize("image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.uint16), "no picture"])
    def test_what_is_no_colour_frame_is_not_delivered(self, desk: Desk, image: Any) -> None:
        desk.image = image
        with pytest.raises(DeviceError) as fault:
            next(desk.camera(timeouts=WITHOUT_A_FRAME).samples())
        assert fault.value.code is Code.DEVICE_STALLED

    def test_a_driver_that_throws_is_a_typed_fault(self, desk: Desk) -> None:
        def broken(_index: int) -> StandIn:
            raise RuntimeError("driver's words")

        with pytest.raises(DeviceError) as fault:
            next(Camera(0, desk.find, broken, AT_ONCE).samples())
        assert fault.value.code is Code.DEVICE_LOST
        assert "words" not in str(fault.value)

    def test_a_camera_without_hardware_is_virtual(self, desk: Desk) -> None:
        desk.found[:] = [FoundCamera(0, "video0", "Dummy video device", virtual=True)]
        source = desk.camera()
        sample = next(source.samples())
        source.close()
        assert source.kind is SourceKind.VIRTUAL
        assert isinstance(sample, FrameSample)
        assert sample.provenance.kind is SourceKind.VIRTUAL


@pytest.mark.hardware
def test_the_first_real_camera_delivers() -> None:
    cameras = [camera for camera in find_cameras() if Path(f"/dev/video{camera.index}").exists()]
    if not cameras:
        pytest.skip("no camera is connected")
    source = opened(f"camera:{cameras[0].index}")
    items = list(islice(source.samples(), 30))
    source.close()
    assert any(isinstance(item, FrameSample) for item in items)
