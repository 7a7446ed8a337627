"""Microphones, through a real PortAudio and a real sound server; only the card is stood in for, by a pipe."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from numpy.typing import NDArray

from mlid_desktop.devices.catalog import list_devices
from mlid_desktop.devices.microphone.microphone import Microphone, MicrophoneTimeouts
from mlid_desktop.devices.microphone.process import find_microphones
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, SoundSample, SourceItem
from tests.contracts.sound_contract import SoundContract
from tests.contracts.sound_desk import NAME, Playing, SoundDesk, needs_a_sound_server

pytestmark = needs_a_sound_server
AT_ONCE = MicrophoneTimeouts(opening=60.0, first_block=60.0, silent=60.0, reopen_first=0.05, reopen_most=0.1)
SHORT = replace(AT_ONCE, silent=0.4)  # where the time has to run out
COUNT = np.arange(60 * 16_000, dtype=np.int64).astype(np.int16)  # a minute in which each sample is one more


@pytest.fixture
def desk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundDesk]:
    made = SoundDesk(*getattr(request, "param", ()))
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    try:
        made.start()
        yield made
    finally:
        made.clear()


@pytest.fixture
def playing(desk: SoundDesk) -> Iterator[SoundDesk]:
    with Playing(desk, COUNT):
        yield desk


def heard(items: Iterator[SourceItem], blocks: int) -> NDArray[np.int16]:
    """As many blocks, as the 16-bit numbers they were."""
    taken = [item.block for item in islice(items, blocks) if isinstance(item, SoundSample)]
    return np.asarray(np.concatenate(taken) * 32768, np.int64).astype(np.int16)


def without_a_gap(numbers: NDArray[np.int16]) -> bool:
    return bool((np.diff(numbers) == 1).all())


def next_notice(items: Iterator[SourceItem], most: int = 2000) -> DeviceEvent | None:
    return next((item.event for item in islice(items, most) if isinstance(item, DeviceNotice)), None)


class TestMicrophone(SoundContract):
    kind = SourceKind.VIRTUAL

    @pytest.fixture
    def make(self, playing: SoundDesk) -> Callable[[], Source]:
        return lambda: Microphone(0, patience=AT_ONCE)

    @pytest.fixture
    def absent(self, desk: SoundDesk) -> Source:
        return Microphone(7, patience=AT_ONCE)

    def test_what_runs_in_comes_out_bit_for_bit_and_whole(self, playing: SoundDesk) -> None:
        source = Microphone(0, patience=AT_ONCE)
        numbers = heard(source.samples(), 100)
        source.close()
        assert len(numbers) == 100 * 320
        assert without_a_gap(numbers)

    def test_it_is_listed_by_its_name_and_as_what_it_is(self, desk: SoundDesk) -> None:
        (listed,) = (device for device in list_devices() if device.identity.scheme == "microphone")
        assert (str(listed.address), listed.identity.name) == ("microphone:0", NAME)
        assert (listed.kind, listed.modality) == (SourceKind.VIRTUAL, Modality.VOICE)

    def test_one_that_falls_silent_is_lost_and_goes_on_when_it_is_heard_again(self, desk: SoundDesk) -> None:
        source = Microphone(0, patience=SHORT)
        items = source.samples()
        with Playing(desk, COUNT):
            before = [item for item in islice(items, 20) if isinstance(item, SoundSample)]
        assert next_notice(items) is DeviceEvent.LOST
        with Playing(desk, COUNT):
            back = next(items)
            numbers = heard(items, 20)
        source.close()
        assert isinstance(back, DeviceNotice)
        assert back.event is DeviceEvent.BACK
        assert len(before) == 20
        assert without_a_gap(numbers)

    def test_a_server_that_dies_is_noticed_and_its_successor_is_found(self, desk: SoundDesk) -> None:
        source = Microphone(0, patience=SHORT)
        items = source.samples()
        with Playing(desk, COUNT):
            heard(items, 20)
            desk.kill()
            assert next_notice(items) is DeviceEvent.LOST
        desk.start()
        with Playing(desk, COUNT):
            assert next_notice(items) is DeviceEvent.BACK
            numbers = heard(items, 20)
        source.close()
        assert without_a_gap(numbers)

    def test_it_closes_while_the_server_is_away(self, playing: SoundDesk) -> None:
        source = Microphone(0, patience=SHORT)
        items = source.samples()
        heard(items, 5)
        playing.kill()
        assert next_notice(items) is DeviceEvent.LOST
        threading.Timer(0.5, source.close).start()
        assert list(items) == []

    @pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
    def test_a_helper_that_crashes_or_hangs_is_replaced(self, playing: SoundDesk, how: signal.Signals) -> None:
        source = Microphone(0, patience=SHORT)
        items = source.samples()
        heard(items, 5)
        assert source._helper is not None
        os.kill(source._helper.number, how)
        assert next_notice(items) is DeviceEvent.LOST
        assert next_notice(items) is DeviceEvent.BACK
        assert without_a_gap(heard(items, 20))
        source.close()

    def test_one_that_never_makes_a_sound_is_a_fault(self, desk: SoundDesk) -> None:
        patience = MicrophoneTimeouts(first_block=0.5)
        with pytest.raises(DeviceError) as fault:
            next(Microphone(0, patience=patience).samples())
        assert fault.value.code is Code.DEVICE_STALLED
        assert fault.value.facts["source"] == NAME


@pytest.mark.parametrize("desk", [(48_000, 2)], indirect=True)
def test_fast_stereo_sound_is_mixed_and_brought_to_16_khz(desk: SoundDesk) -> None:
    seconds = np.arange(10 * 48_000) / 48_000
    left, right = (0.5 * np.sin(2 * np.pi * hertz * seconds) for hertz in (440.0, 19_000.0))
    with Playing(desk, (np.stack([left, right], axis=1) * 32767).astype(np.int16)):
        source = Microphone(0, patience=AT_ONCE)
        samples = [item for item in islice(source.samples(), 100) if isinstance(item, SoundSample)]
        source.close()
    sound = np.concatenate([sample.block for sample in samples])
    spectrum = np.abs(np.fft.rfft(sound[-16_000:] * np.hanning(16_000)))
    assert samples[-1].origin is not None
    assert (samples[-1].origin.rate, samples[-1].origin.channels, samples[-1].rate) == (48_000, 2, 16_000)
    assert spectrum.argmax() == 440
    assert spectrum[3000 - 5 : 3000 + 5].max() < 1e-4 * spectrum.max()  # where 19 kHz would fold to


def test_settings_that_cannot_be_read_are_a_fault_and_not_an_empty_list(desk: SoundDesk) -> None:
    (desk.folder / ".asoundrc").write_text("pcm.!default { type\n")
    with pytest.raises(DeviceError) as fault:
        find_microphones()
    assert fault.value.code is Code.DEVICE_BAD_SETTINGS


def test_without_a_server_and_without_cards_there_is_no_microphone(desk: SoundDesk) -> None:
    desk.kill()
    assert [microphone for microphone in find_microphones() if microphone.system == "sound server"] == []
    with pytest.raises(DeviceError) as fault:
        next(Microphone(90, patience=AT_ONCE).samples())
    assert fault.value.code is Code.DEVICE_NOT_FOUND
