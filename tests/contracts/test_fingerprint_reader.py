"""Fingerprint readers, against the real libfprint: the hardware alone is stood in for, by its own virtual driver."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from mlid_desktop.devices.fingerprint.process import READER_PROGRAM, find_readers
from mlid_desktop.devices.fingerprint.reader import FingerprintReader, ReaderTimeouts
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, FingerSample, Image, Sample, SourceItem
from tests.contracts.source_contract import SourceContract
from tests.contracts.virtual_reader import (
    AUTOMATIC,
    ERROR,
    FINGER,
    RETRY,
    UNPLUG,
    VirtualReader,
    finger,
    require_libfprint,
)
from tests.pictures import opened as opened_address

AT_ONCE = ReaderTimeouts(opening=60.0, silent=60.0, reopen_first=0.05, reopen_most=0.2)
SHORT = replace(AT_ONCE, silent=5.0)  # where the time has to run out


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[VirtualReader]:
    require_libfprint()
    hand = VirtualReader(tmp_path)
    yield hand
    hand.let_go()


@pytest.fixture(scope="module")
def image() -> Image:
    return finger()


class Opened:
    """A source that is read on this thread, closed when the test is over."""

    def __init__(self, source: FingerprintReader) -> None:
        self.source = source
        self.items: Iterator[SourceItem] = source.samples()

    def event(self, wanted: DeviceEvent) -> DeviceNotice:
        """The next notice of that event; whatever comes before is let pass."""
        return next(item for item in self.items if isinstance(item, DeviceNotice) and item.event is wanted)

    def sample(self) -> FingerSample:
        """The next image."""
        return next(item for item in self.items if isinstance(item, FingerSample))

    def close(self) -> None:
        self.source.close()
        assert not [item for item in self.items if isinstance(item, Sample)]


@pytest.fixture
def opened(hand: VirtualReader) -> Iterator[Opened]:
    opening = Opened(FingerprintReader("0", hand.environment, patience=AT_ONCE))
    opening.event(DeviceEvent.FINGER_WANTED)
    yield opening
    opening.close()


class TestFingerprintReader(SourceContract):
    kind = SourceKind.SIMULATED
    made_of = FingerSample
    wanted = 20  # notices of the finger come between the images

    @pytest.fixture
    def make(self, hand: VirtualReader, tmp_path: Path, image: Image) -> Iterator[Callable[[], Source]]:
        stop = threading.Event()

        def touch() -> None:
            fingers = VirtualReader(tmp_path, patience_s=0.2)
            while not stop.wait(0.05):
                try:
                    fingers.touch(image)
                except OSError:
                    fingers.let_go()
            fingers.let_go()

        toucher = threading.Thread(target=touch)
        toucher.start()
        yield lambda: FingerprintReader("0", hand.environment, patience=AT_ONCE)
        stop.set()
        toucher.join()

    @pytest.fixture
    def absent(self, hand: VirtualReader) -> Source:
        return FingerprintReader("7", hand.environment)


def test_readers_are_listed_with_their_names_and_what_they_can(hand: VirtualReader) -> None:
    (reader,) = find_readers(hand.environment)
    assert reader.name == "Virtual image device for debugging"
    assert reader.captures
    assert reader.virtual
    assert not reader.denied


def test_libfprints_own_match_on_chip_reader_is_named_as_unusable(hand: VirtualReader, tmp_path: Path) -> None:
    inside = {"FP_VIRTUAL_DEVICE": str(tmp_path / "inside")}
    (reader,) = find_readers(inside)
    assert not reader.captures
    with pytest.raises(DeviceError) as fault:
        next(FingerprintReader("0", inside).samples())
    assert (fault.value.code, fault.value.facts["source"]) == (Code.DEVICE_NO_IMAGE, reader.name)


def test_a_demonstration_may_ask_for_the_virtual_driver_by_address(hand: VirtualReader, image: Image) -> None:
    source = opened_address(f"reader:0?virtual={hand.path}", Modality.FINGERPRINT)
    items = source.samples()
    next(items)
    hand.touch(image)
    assert np.array_equal(next(item for item in items if isinstance(item, FingerSample)).image, image)
    source.close()


def test_a_virtual_driver_in_this_environment_is_not_switched_on(
    hand: VirtualReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in hand.environment.items():
        monkeypatch.setenv(name, value)
    assert not [reader for reader in find_readers() if reader.virtual]


@pytest.mark.parametrize("selector", ["0", "virtual_image", "virtual_image:0"])
def test_a_reader_is_found_by_place_by_driver_and_by_device(hand: VirtualReader, selector: str) -> None:
    source = FingerprintReader(selector, hand.environment)
    assert source.identity.key == "virtual_image:0"
    assert source.kind is SourceKind.SIMULATED


def test_an_image_arrives_pixel_for_pixel_at_500_dpi_where_the_driver_does_not_know(
    hand: VirtualReader, opened: Opened, image: Image
) -> None:
    hand.touch(image)
    sample = opened.sample()
    assert np.array_equal(sample.image, image)
    assert sample.dpi == 500.0
    assert sample.provenance.kind is SourceKind.SIMULATED


def test_images_of_any_size_follow_one_another(hand: VirtualReader, opened: Opened, image: Image) -> None:
    for part in (image, image[:256, :300], image[40:, 20:]):
        hand.touch(np.ascontiguousarray(part))
        assert np.array_equal(opened.sample().image, part)
    assert opened.source.kind is SourceKind.SIMULATED


def test_the_finger_is_felt_as_it_comes_and_goes(hand: VirtualReader, opened: Opened, image: Image) -> None:
    hand.say(AUTOMATIC, 0)
    hand.say(FINGER, 1)
    opened.event(DeviceEvent.FINGER_ON)
    hand.touch(image)
    hand.say(FINGER, 0)
    opened.event(DeviceEvent.FINGER_OFF)
    assert np.array_equal(opened.sample().image, image)


@pytest.mark.parametrize(
    ("number", "hint"), [(0, Hint.LIFT_FINGER), (1, Hint.PLACE_FINGER), (2, Hint.CENTRE_FINGER), (3, Hint.LIFT_FINGER)]
)
def test_a_finger_that_was_not_read_is_a_hint_and_no_fault(
    hand: VirtualReader, opened: Opened, image: Image, number: int, hint: Hint
) -> None:
    hand.say(RETRY, number)
    assert opened.event(DeviceEvent.TRY_AGAIN).hint is hint
    hand.touch(image)
    assert opened.sample().sequence == 0


def test_a_surface_without_a_finger_asks_for_another_try(hand: VirtualReader, opened: Opened) -> None:
    hand.touch(np.full((300, 260), 200, np.uint8))
    assert opened.event(DeviceEvent.TRY_AGAIN).hint is Hint.LIFT_FINGER


@pytest.mark.parametrize(("number", "code"), [(0, Code.DEVICE_FAILED), (4, Code.DEVICE_BUSY), (5, Code.DEVICE_FAILED)])
def test_a_driver_that_reports_a_fault_ends_the_session_with_it(
    hand: VirtualReader, opened: Opened, number: int, code: Code
) -> None:
    hand.say(ERROR, number)
    with pytest.raises(DeviceError) as fault:
        list(opened.items)
    assert fault.value.code is code


def test_unplugged_in_the_middle_and_plugged_in_again_it_goes_on(
    hand: VirtualReader, opened: Opened, image: Image
) -> None:
    hand.touch(image)
    before = opened.sample()
    hand.say(UNPLUG)
    opened.event(DeviceEvent.LOST)
    hand.let_go()
    opened.event(DeviceEvent.BACK)
    hand.touch(image)
    after = opened.sample()
    assert after.sequence == before.sequence + 1
    assert after.provenance.device == before.provenance.device


def test_a_driver_that_crashes_takes_the_helper_down_and_nothing_else(
    hand: VirtualReader, opened: Opened, image: Image
) -> None:
    hand.touch(np.full((8, 8), 3, np.uint8))  # libfprint 1.94.5 dies of this with a segmentation fault
    opened.event(DeviceEvent.LOST)
    hand.let_go()
    opened.event(DeviceEvent.BACK)
    hand.touch(image)
    assert np.array_equal(opened.sample().image, image)


class Helpers:
    """Starts the real helper under a shell that notes its number, so that a test can do to it what a system does."""

    def __init__(self, folder: Path) -> None:
        self._note = folder / "number"

    def command(self, words: Sequence[str]) -> Sequence[str]:
        return ("/bin/sh", "-c", 'echo $$ > "$0"; exec "$@"', str(self._note), *READER_PROGRAM.command(words))

    def send(self, what: signal.Signals) -> None:
        os.kill(int(self._note.read_text()), what)


def test_a_helper_that_is_killed_in_the_middle_is_started_anew(
    hand: VirtualReader, tmp_path: Path, image: Image
) -> None:
    helpers = Helpers(tmp_path)
    opened = Opened(FingerprintReader("0", hand.environment, helpers.command, AT_ONCE))
    opened.event(DeviceEvent.FINGER_WANTED)
    helpers.send(signal.SIGKILL)
    opened.event(DeviceEvent.LOST)
    opened.event(DeviceEvent.BACK)
    hand.touch(image)
    assert np.array_equal(opened.sample().image, image)
    opened.close()


def test_a_helper_that_hangs_is_noticed_and_ended(hand: VirtualReader, tmp_path: Path) -> None:
    helpers = Helpers(tmp_path)
    opened = Opened(FingerprintReader("0", hand.environment, helpers.command, SHORT))
    opened.event(DeviceEvent.FINGER_WANTED)
    helpers.send(signal.SIGSTOP)
    with pytest.raises(DeviceError) as fault:
        list(opened.items)
    assert fault.value.code is Code.DEVICE_STALLED
    with pytest.raises(ProcessLookupError):
        helpers.send(signal.SIGCONT)


def test_it_closes_although_the_helper_hangs(hand: VirtualReader, tmp_path: Path) -> None:
    helpers = Helpers(tmp_path)
    opened = Opened(FingerprintReader("0", hand.environment, helpers.command, AT_ONCE))
    opened.event(DeviceEvent.FINGER_WANTED)
    helpers.send(signal.SIGSTOP)
    opened.close()
    assert list(islice(opened.items, 1)) == []
